// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf_secrets.c userland/lib/conf_secrets_match.c userland/lib/conf_id.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/rsapriv.c userland/lib/addr.c userland/lib/ttodata.c */
/* libs: -lgmp */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_secrets.h"
#include "rsa_test_key.h"
#include "unit.h"

static char dir[] = "/tmp/test_secrets.XXXXXX";
static char path[64], other[64];
static char said[4096];
static unsigned int errors, warnings;

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	if (error)
		errors++;
	else
		warnings++;
	strncat(said, text, sizeof(said) - strlen(said) - 1);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static void put(const char *to, const char *text, mode_t mode)
{
	FILE *f = fopen(to, "w");

	CHECK(f, "cannot write %s", to);
	if (!f)
		exit(1);
	fputs(text, f);
	fclose(f);
	chmod(to, mode);
}

static int load(struct secrets *s, const char *text)
{
	put(path, text, 0600);
	said[0] = '\0';
	errors = warnings = 0;
	return secrets_load(s, path, report, NULL);
}

static struct conf_id id(const char *text)
{
	struct conf_id id;
	const char *wrong;

	memset(&id, 0, sizeof(id));
	wrong = conf_id_parse(text, &id);
	CHECK(!wrong, "%s: %s", text, wrong);
	return id;
}

static bool is(const struct secret *one, const char *psk)
{
	return one && one->len == strlen(psk) && !memcmp(one->psk, psk, one->len);
}

/* What the file gives for a pair of identities. */
static bool gives(const char *text, const char *me, const char *peer, const char *psk)
{
	struct conf_id a = id(me), b = id(peer);
	const struct secret *one;
	struct secrets s;
	bool ambiguous, ok;

	if (load(&s, text))
		return false;
	one = secrets_find(&s, &a, &b, &ambiguous);
	ok = psk ? is(one, psk) : !one;
	secrets_free(&s);
	return ok;
}

/* PPKs: by name, for whom, and never taken for a PSK or a private key. */
static void ppks(void)
{
	static const char *const bad[] = {
		": PPKS\n", ": PPKS \"a\"\n", ": PPKS \"a\" nothing\n", ": PPKS \"\" \"b\"\n", ": PPKS \"a,b\" \"c\"\n",
		": PPKS \"a\" \"b\" \"c\"\n", ": PPKS \"a\" \"\"\n", ": PPKS \"a\" 0x1\n",
		": PPKS \"0123456789012345678901234567890123456789012345678901234567890123456789\" \"b\"\n",
	};
	static const struct {
		const char *names, *name, *key;
	} cases[] = {
		{ "", NULL, "first" }, { "", "one", "first" }, { "", "two", "second" }, { "two", NULL, "second" },
		{ "two,one", NULL, "first" }, { "two", "one", NULL }, { "on,tw,onetwo", NULL, NULL }, { "", "three", NULL },
		{ "", "on", NULL }, { "", "one1", NULL },
	};
	struct conf_id a = id("10.0.0.1"), b = id("10.0.0.2");
	const struct secret *one;
	struct secrets s;
	bool ambiguous;
	size_t i;

	CHECK(!load(&s, "10.0.0.1 10.0.0.3 : PPKS \"three\" \"third\"\n: PPKS \"one\" \"first\"\n10.0.0.2 10.0.0.1 : PPK 'two' 0x7365636f6e64\n"),
	      "%s", said);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		one = secrets_ppk(&s, &a, &b, cases[i].names, (const uint8_t *)cases[i].name,
				  cases[i].name ? strlen(cases[i].name) : 0);
		CHECK(cases[i].key ? is(one, cases[i].key) : !one, "case %zu", i);
	}
	CHECK(!secrets_find(&s, &a, &b, &ambiguous), "taken for a PSK");
	CHECK(!secret_key_match(&s.list[1], &a), "taken for a private key");
	secrets_free(&s);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(load(&s, bad[i]) == -EINVAL && errors == 1, "%s: %s", bad[i], said);
	}
	unit_done("secrets: PPKs");
}

static void forms(void)
{
	static const struct {
		const char *text, *psk;
	} good[] = {
		{ ": PSK \"simple\"\n", "simple" },
		{ ": PSK \"with spaces in it\"\n", "with spaces in it" },
		{ ": PSK \"  leading and trailing  \"\n", "  leading and trailing  " },
		{ ": PSK \"a#b 'single' \\n\"\n", "a#b 'single' \\n" },
		{ ": PSK 'a \"double\" one'\n", "a \"double\" one" },
		{ ": PSK 0x616263\n", "abc" },
		{ ": PSK 0x61_62_63\n", "abc" },
		{ ": PSK 0X616263\n", "abc" },
		{ ": PSK 0sYWJj\n", "abc" },
		{ ": PSK 0tabc:#1\n", "abc:#1" },
		{ ": psk \"lower\"\n", "lower" },
		{ ": \"old form\"\n", "old form" },
		{ ":\tPSK\n\t\"next line\"\n", "next line" },
		{ "10.0.0.1 10.0.0.2: PSK \"no blank before the colon\"", "no blank before the colon" },
		{ "# a comment\n\n: PSK \"x\" # another\n", "x" },
		{ "10.0.0.1\n # who\n 10.0.0.2\n\n : PSK \"many lines\"\n", "many lines" },
		{ ": PSK \"crlf\"\r\n", "crlf" },
		{ ": PSK \"no newline\"", "no newline" },
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(gives(good[i].text, "10.0.0.1", "10.0.0.2", good[i].psk), "%s: not \"%s\": %s",
		      good[i].text, good[i].psk, said);
	unit_done("secrets: every form of a PSK");
}

static void bad(void)
{
	static const struct {
		const char *text;
		unsigned int line;
	} bad[] = {
		{ ": PSK\n", 1 }, { ": PSK \"open\n", 1 }, { ": PSK 'open\"\n", 1 }, { ": PSK \"\"\n", 1 },
		{ ": PSK bare\n", 1 }, { ": PSK 0xabc\n", 1 }, { ": PSK 0x\n", 1 }, { ": PSK 0xzz\n", 1 },
		{ ": PSK 0sYWJ\n", 1 }, { ": PSK 0s!!!!\n", 1 }, { ": PSK 0q12\n", 1 }, { ": PSK 0\n", 1 },
		{ ": PSK \"a\" \"b\"\n", 1 }, { ": PSK \"a\" b\n", 1 }, { "\n\n: WHAT \"a\"\n", 3 },
		{ "10.0.0.1 PSK \"a\"\n", 1 }, { "10.0.0.1\n", 1 }, { "10.0.0.1 : \n", 1 }, { "\"quoted\" : PSK \"a\"\n", 1 },
		{ "# x\nhost.name : PSK \"a\"\n", 2 }, { "@#abc : PSK \"a\"\n", 1 }, { " : PSK \"indented\"\n", 1 },
		{ "include\n", 1 }, { "include /nonexistent/secrets\n", 0 },
		{ ": PSK \"good\"\n\n10.0.0.1 : PSK bad\n", 3 },
		{ "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9 1.1.1.10 1.1.1.11 1.1.1.12 1.1.1.13 1.1.1.14 1.1.1.15 1.1.1.16 1.1.1.17 : PSK \"a\"\n", 1 },
	};
	char place[96];
	struct secrets s;
	size_t i;
	int err;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = load(&s, bad[i].text);
		CHECK(err < 0 && errors && !s.n && !s.list, "%s: %d, %u errors, %u secrets", bad[i].text, err, errors, s.n);
		snprintf(place, sizeof(place), "%s:%u: ", path, bad[i].line);
		CHECK(!bad[i].line || strstr(said, place), "%s: \"%s\" does not say %s", bad[i].text, said, place);
		CHECK(!bad[i].line || strstr(said, "expected") || strstr(said, "does not") || strstr(said, "bad") ||
		      strstr(said, "mid") || strstr(said, "short") || strstr(said, "unknown") || strstr(said, "no data"),
		      "%s: \"%s\" says nothing of what was expected", bad[i].text, said);
		CHECK(!strstr(said, "good"), "a secret in a message: %s", said);
		secrets_free(&s);
	}
	CHECK(secrets_load(&s, "/nonexistent", report, NULL) < 0, "a missing file is no error");
	unit_done("secrets: errors name file, line and what was expected, nothing is half loaded");
}

static void kinds(void)
{
	struct conf_id a = id("10.0.0.1"), b = id("10.0.0.2");
	struct secrets s;
	bool ambiguous;
	int err;

	err = load(&s, "@user : XAUTH \"password\"\n: PIN 1234\n: PSK \"mine\"\n");
	CHECK(!err && s.n == 1 && warnings == 2, "%d, %u secrets, %u warnings: %s", err, s.n, warnings, said);
	CHECK(is(secrets_find(&s, &a, &b, &ambiguous), "mine"), "the PSK among others is lost");
	CHECK(strstr(said, ":1: ") && strstr(said, "XAUTH") && strstr(said, ":2: "), "%s", said);
	CHECK(!strstr(said, "password"), "a secret in a message: %s", said);
	secrets_free(&s);
	unit_done("secrets: other kinds are named and left out");
}

static void refused(const char *text, const char *place, const char *what)
{
	struct secrets s;
	int err = load(&s, text);

	CHECK(err == -EINVAL && !s.n && errors, "%s\nis not refused", text);
	CHECK(strstr(said, place) && strstr(said, "expected"), "%s\ndoes not say where or what was expected: %s", text, said);
	CHECK(strstr(said, what), "%s\nsays nothing of \"%s\" but %s", text, what, said);
	CHECK(!strstr(said, "hush"), "a secret in a message: %s", said);
	secrets_free(&s);
}

static void private_keys(void)
{
	struct conf_id east = id("@east"), west = id("@west"), name = id("C=AT, CN=x y");
	struct secrets s;
	bool ambiguous;

	CHECK(!load(&s, "@east : RSA {\n\t# RSA 2048 bits\n" TEST_RSA_FIELDS "\t}\n: RSA key.pem \"hush\"\n\"C=AT, CN=x y\" @west : ECDSA k\n"
		    ": PKCS8 p\n: P12 x.p12 'hush'\n"), "%s", said);
	CHECK(s.n == 5 && s.list[0].kind == SECRET_RSA && s.list[0].rsa && s.list[0].line == 1, "the RSA key");
	CHECK(s.list[1].kind == SECRET_FILE && !strcmp(s.list[1].path, "key.pem") && s.list[1].len == 4, "a file with a phrase");
	CHECK(s.list[2].kind == SECRET_FILE && s.list[2].n_ids == 2 && !s.list[2].psk, "ECDSA");
	CHECK(s.list[4].kind == SECRET_P12 && !strcmp(s.list[4].path, "x.p12"), "P12");
	CHECK(!secrets_find(&s, &east, &west, &ambiguous), "a private key is no PSK");
	CHECK(secret_key_match(&s.list[0], &east) > secret_key_match(&s.list[1], &east) && secret_key_match(&s.list[1], &east) &&
	      !secret_key_match(&s.list[0], &west), "whose key");
	CHECK(secret_key_match(&s.list[2], &name) && secret_key_match(&s.list[2], &west) && !secret_key_match(&s.list[2], &east),
	      "by name");
	secrets_free(&s);

	refused(": RSA {\n\tModulus: 0x1234\n\tPrivateExponent: 0x5\n\t}\n", ":3: ", "PublicExponent");
	refused(": RSA {\n\tModulus: hush\n\t}\n", ":2: ", "Modulus");
	refused(": RSA {\n\tModulus: 0x00\n\t}\n", ":2: ", "Modulus");
	refused(": RSA {\n" TEST_RSA_FIELDS "\n", ":", "expected \"}\"");
	refused(": RSA {\n" TEST_RSA_FIELDS "\t} hush\n", ":10: ", "end of the line");
	refused(": RSA {\n\tModulus: 0x" TEST_PRIME1 "\n\tPublicExponent: 0x03\n\tPrivateExponent: 0x03\n\tPrime1: 0x03\n"
		"\tPrime2: 0x03\n\tExponent1: 0x03\n\tExponent2: 0x03\n\tCoefficient: 0x03\n\t}\n", ":1: ", "2048");
	refused(": RSA\n", ":1: ", "file");
	refused(": RSA key.pem hush\n", ":1: ", "phrase");
	refused(": RSA key.pem %prompt\n", ":1: ", "phrase");
	refused(": RSA key.pem \"hush\" more\n", ":1: ", "end of the line");
	unit_done("secrets: private keys");
}

static void matching(void)
{
	/* Each line of the file matches worse than the one below it. */
	static const char * const order[] = {
		": PSK \"1 default\"\n",
		"%any : PSK \"2 any\"\n",
		"10.0.0.2 %any : PSK \"6 peer and any\"\n",
		"10.0.0.1 : PSK \"9 me\"\n",
		"10.0.0.1 %any : PSK \"10 me and any\"\n",
		"10.0.0.1 10.0.0.2 : PSK \"12 both\"\n",
	};
	static const char * const psk[] = { "1 default", "2 any", "6 peer and any", "9 me", "10 me and any", "12 both" };
	char text[1024];
	int i, j;

	for (i = 0; i < 6; i++) {
		text[0] = '\0';
		for (j = i; j >= 0; j--)
			strcat(text, order[j]);
		CHECK(gives(text, "10.0.0.1", "10.0.0.2", psk[i]), "not \"%s\" in\n%s", psk[i], text);
		text[0] = '\0';
		for (j = 0; j <= i; j++)
			strcat(text, order[j]);
		CHECK(gives(text, "10.0.0.1", "10.0.0.2", psk[i]), "not \"%s\" in\n%s", psk[i], text);
	}
	CHECK(gives("10.0.0.2 : PSK \"x\"\n", "10.0.0.1", "10.0.0.2", NULL), "the peer alone matches");
	CHECK(gives("10.0.0.1 10.0.0.3 : PSK \"x\"\n", "10.0.0.1", "10.0.0.2", NULL), "another peer matches");
	CHECK(gives("10.0.0.2 10.0.0.1 : PSK \"x\"\n", "10.0.0.1", "10.0.0.2", "x"), "the order of indices matters");
	CHECK(gives("2001:db8::1 2001:db8:0::2: PSK \"x\"\n", "2001:db8::1", "2001:db8::2", "x"), "IPv6");
	CHECK(gives("2001:db8::1 %any6 : PSK \"x\"\n", "2001:db8::1", "2001:db8::2", "x"), "IPv6 and any");
	CHECK(gives("2001:db8::1 :: : PSK \"x\"\n", "2001:db8::1", "2001:db8::2", "x"), "IPv6 and ::");
	CHECK(gives("192.0.2.1 192.0.2.2 : PSK \"x\"\n", "2001:db8::1", "2001:db8::2", NULL), "another family");
	CHECK(gives("@East user@west : PSK \"x\"\n", "@east", "user@WEST", "x"), "case matters in names");
	CHECK(gives("@#0a0b @[text] : PSK \"x\"\n", "@#0A0B", "@#74657874", "x"), "key ids do not match");
	CHECK(gives("@east @west : PSK \"x\"\n", "@east", "@wes", NULL), "a shorter name matches");
	unit_done("secrets: which one matches");
}

static void ambiguity(void)
{
	struct conf_id a = id("@a"), b = id("@b");
	const struct secret *one;
	struct secrets s;
	bool ambiguous;

	load(&s, "@a @b : PSK \"first\"\n@b @a : PSK \"second\"\n");
	one = secrets_find(&s, &a, &b, &ambiguous);
	CHECK(is(one, "first") && ambiguous, "two that differ: not the first, or not said");
	secrets_free(&s);
	load(&s, "@a @b : PSK \"same\"\n@b @a : PSK \"same\"\n");
	one = secrets_find(&s, &a, &b, &ambiguous);
	CHECK(is(one, "same") && !ambiguous, "two that agree are called ambiguous");
	secrets_free(&s);
	unit_done("secrets: two that match equally");
}

static void files(void)
{
	struct secrets s;
	char text[128];

	put(other, "@a : PSK \"from the included file\"\n", 0600);
	snprintf(text, sizeof(text), "include other.secrets\n: PSK \"after\"\n");
	CHECK(!load(&s, text) && s.n == 2, "relative include: %s", said);
	secrets_free(&s);
	CHECK(!load(&s, "include *.none\n: PSK \"a\"\n") && s.n == 1, "a pattern without a match: %s", said);
	secrets_free(&s);
	put(other, "include main.secrets\n", 0600);
	CHECK(load(&s, text) < 0 && strstr(said, "10 files"), "an include loop: %s", said);
	put(other, "@a : PSK bad\n", 0600);
	CHECK(load(&s, text) < 0 && strstr(said, "other.secrets:1: "), "an error in an included file: %s", said);
	put(path, ": PSK \"open\"\n", 0644);
	said[0] = '\0';
	CHECK(!secrets_load(&s, path, report, NULL) && strstr(said, "600"), "rights are not looked at: %s", said);
	secrets_free(&s);
	unit_done("secrets: include and rights");
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/main.secrets", dir);
	snprintf(other, sizeof(other), "%s/other.secrets", dir);
	ppks();
	forms();
	bad();
	kinds();
	private_keys();
	matching();
	ambiguity();
	files();
	unlink(path);
	unlink(other);
	rmdir(dir);
	return unit_status();
}
