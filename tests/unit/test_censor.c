// SPDX-License-Identifier: GPL-2.0
/* sources: userland/ipsec/censor.c userland/ipsec/capture.c */
/* Nothing of ipsec.secrets is ever in what may be seen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "censor.h"
#include "rnd.h"
#include "unit.h"

static char dir[] = "/tmp/test_censor.XXXXXX";
static char path[64];

static void put(const char *name, const char *text)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

/* What is seen of @text; the caller frees it. */
static char *seen(const struct censor *c, const char *text)
{
	char *buf;
	size_t n;
	FILE *f = open_memstream(&buf, &n);

	if (c)
		censor_print(c, text, f);
	else
		censor_print_secrets(text, f);
	fclose(f);
	return buf;
}

static void shown(const struct censor *c, const char *text, const char *want)
{
	char *got = seen(c, text);

	CHECK(!strcmp(got, want), "'%s' becomes '%s', not '%s'", text, got, want);
	free(got);
}

static const char file[] =
	"# a comment with oldsecret in it\n"
	"192.0.2.1 192.0.2.2 : PSK \"with spaces in it\"\n"
	"@west @east: PSK 'single'\n"
	"\n"
	"%any : PSK 0x00112233445566\n"
	": \"bare old form\"\n"
	"@a @b : PSK 0sAAECAwQFBgc=\n"
	"@a @c : PSK 0tliteral\n"
	"include more.secrets\n"
	"\"C=AT, CN=west\" : PKCS8 west.key \"pass phrase\"\n"
	"user : XAUTH \"hunter2\"\n"
	"10.0.0.1: PSK \"geheim\"   # to site B : Vienna\n"
	"@y : PSK \"swordfish:\" # key for the office\n"
	"@x PSK nocolonatall\n"
	": RSA {\n"
	"\tModulus: 0xa1b2c3\n"
	"\tPrivateExponent: 0x5ec5ec\n"
	"\t}\n";

static const char * const secrets[] = {
	"with spaces in it", "single", "00112233445566", "bare old form", "AAECAwQFBgc=", "literal", "pass phrase", "hunter2", "nocolonatall",
	"5ec5ec", "geheim", "swordfish:", "included", "deep",
};

static void learnt(void)
{
	struct censor c = { 0 };
	char text[256], *got;
	unsigned int i;

	put("deep.secrets", ": PSK \"deep\"\n");
	put("more.secrets", "@m : PSK \"included\"\ninclude dee*.secrets\n");
	put("ipsec.secrets", file);
	CHECK(!censor_learn(&c, path), "it is not learnt");
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		snprintf(text, sizeof(text), "log: %s; again (%s)%s\n", secrets[i], secrets[i], secrets[i]);
		got = seen(&c, text);
		CHECK(!strstr(got, secrets[i]), "%s is seen: %s", secrets[i], got);
		CHECK(!strncmp(got, "log: [...]", 10), "it says %s", got);
		free(got);
	}
	shown(&c, "conn west-east 192.0.2.1 PSK RSA\n", "conn west-east 192.0.2.1 PSK RSA\n");
	shown(&c, "with spaces in i", "with spaces in i");
	censor_free(&c);
	CHECK(!c.n && !c.secrets, "something is left");
	unit_done("censor: what the file has");
}

static void hex(void)
{
	struct censor c = { 0 };

	shown(&c, "enckey=0x000102030405060708090a0b0c0d0e0f10111213 x", "enckey=0x[...] x");
	shown(&c, "0x00010203_04050607_08090a0b_0c0d0e0f", "0x[...]");
	shown(&c, "000102030405060708090a0b0c0d0e0f", "[...]");
	shown(&c, "bit=0xffffffffffffffff esp0x12345678@192.0.2.1 00:11:22:33:44:55", "bit=0xffffffffffffffff esp0x12345678@192.0.2.1 00:11:22:33:44:55");
	shown(&c, "0001020304050607 08090a0b0c0d0e0f", "0001020304050607 08090a0b0c0d0e0f");
	shown(&c, "", "");
	unit_done("censor: what looks like a key");
}

static void of_the_file(void)
{
	char *got = seen(NULL, file);
	unsigned int i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		CHECK(!strstr(got, secrets[i]), "%s is seen: %s", secrets[i], got);
	CHECK(!strstr(got, "oldsecret"), "the comment is seen: %s", got);
	CHECK(strstr(got, "192.0.2.1 192.0.2.2 : PSK [...]\n"), "whose it is: %s", got);
	CHECK(strstr(got, "\"C=AT, CN=west\" : PKCS8 [...]\n"), "whose it is: %s", got);
	CHECK(strstr(got, "include more.secrets\n"), "what is included: %s", got);
	CHECK(strstr(got, ": RSA [...]\n"), "an RSA key: %s", got);
	CHECK(strstr(got, "[a record that cannot be read]"), "what has no colon: %s", got);
	free(got);
	unit_done("censor: what may be seen of the file");
}

/* Cut anywhere, bytes changed: no reading behind the end, nothing of what still is a record of its own is seen. */
static void broken(void)
{
	unsigned int i, at;
	char *text, *got;

	for (i = 0; i < 2000; i++) {
		struct censor c = { 0 };

		text = strdup(file);
		text[rnd(sizeof(file))] = '\0';
		at = rnd(strlen(text) + 1);
		if (text[at])
			text[at] = "\n\t\"' :#{\\x"[rnd(9)];
		got = seen(NULL, text);
		free(got);
		put("ipsec.secrets", text);
		CHECK(!censor_learn(&c, path), "it is not learnt");
		got = seen(&c, text);
		free(got);
		censor_free(&c);
		free(text);
	}
	unit_done("censor: broken files");
}

static void unreadable(void)
{
	struct censor c = { 0 };

	CHECK(!censor_learn(&c, "/nonexistent/ipsec.secrets") && !c.n, "there is none: nothing to hide");
	CHECK(censor_learn(&c, "/proc/self/mem") < 0, "what cannot be read is as good as empty");
	put("ipsec.secrets", "include ipsec.secrets\n: PSK \"round\"\n");
	CHECK(!censor_learn(&c, path), "a file that includes itself");
	shown(&c, "round and round", "[...] and [...]");
	censor_free(&c);
	unit_done("censor: files that are none");
}

int main(void)
{
	static const char * const names[] = { "ipsec.secrets", "more.secrets", "deep.secrets" };
	unsigned int i;

	if (!mkdtemp(dir))
		return 1;
	learnt();
	hex();
	of_the_file();
	broken();
	unreadable();
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	return unit_status();
}
