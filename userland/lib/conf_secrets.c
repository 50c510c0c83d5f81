// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_secrets.h"
#include "ttodata.h"

#define DEPTH 10
#define FILE_MAX (4 << 20)		/* bytes */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED };

struct reader {
	struct secrets *s;
	conf_report_fn report;
	void *ctx;
	const char *file;
	unsigned int depth;
	char *at;			/* what is left of the text, zero-terminated */
	unsigned int line;
	bool ended;			/* the record is; at stands where the next one starts */
	unsigned int errors;
	/* The last token; text is cut out in place. */
	enum token_kind kind;
	char *text;
	size_t len;
	unsigned int token_line;
};

static void say(struct reader *r, bool error, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Never says anything of a secret itself. */
static void say(struct reader *r, bool error, unsigned int line, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int n;

	n = snprintf(text, sizeof(text), line ? "%.200s:%u: " : "%.200s: ", r->file, line);
	va_start(args, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, args);
	va_end(args);
	r->report(r->ctx, error, text);
	r->errors += error;
}

/* ---- tokens ---- */

/* Goes to the next token of the record: false at its end, a line that starts in the first column. */
static bool skip_space(struct reader *r)
{
	while (!r->ended) {
		r->at += strspn(r->at, " \t\r");
		if (*r->at == '#')
			r->at += strcspn(r->at, "\n");
		if (*r->at && *r->at != '\n')
			return true;
		if (*r->at) {
			r->at++;
			r->line++;
		}
		/* Empty lines and comments do not end a record, wherever they start. */
		r->ended = !*r->at || !strchr(" \t\r\n#", *r->at);
	}
	return false;
}

static bool quoted(struct reader *r)
{
	char quote = *r->at, *end;

	end = r->at + 1 + strcspn(r->at + 1, quote == '"' ? "\"\n" : "'\n");
	if (*end != quote) {
		say(r, true, r->line, "no closing %c; expected it on the same line", quote);
		r->at = end;
		return false;
	}
	r->kind = TOKEN_QUOTED;
	r->text = r->at + 1;
	r->len = end - r->text;
	r->at = end + 1;
	return true;
}

/* The next token of this record into r->kind, text, len. False after an error. */
static bool token(struct reader *r)
{
	r->kind = TOKEN_END;
	if (!skip_space(r))
		return true;
	r->token_line = r->line;
	if (*r->at == '"' || *r->at == '\'')
		return quoted(r);
	r->kind = TOKEN_WORD;
	r->text = r->at;
	r->len = strcspn(r->at, " \t\r\n");
	r->at += r->len;
	return true;
}

static bool word_is(const struct reader *r, const char *word)
{
	return r->kind == TOKEN_WORD && strlen(word) == r->len && !strncasecmp(r->text, word, r->len);
}

static void skip_record(struct reader *r)
{
	while (skip_space(r))
		r->at += strcspn(r->at, "\n");
}

/* ---- one record ---- */

static void secret_free(struct secret *one)
{
	if (one->psk)
		explicit_bzero(one->psk, one->len);
	if (one->rsa)
		rsa_private_wipe(one->rsa);
	free(one->psk);
	free(one->rsa);
	free(one->path);
	free(one->ids);
	memset(one, 0, sizeof(*one));
}

static bool index_add(struct reader *r, struct secret *one, size_t len)
{
	char text[CONF_ID_TEXT];
	const char *wrong = "expected at most 16 of them";
	struct conf_id *ids;

	snprintf(text, sizeof(text), "%.*s", (int)(len < sizeof(text) ? len : sizeof(text) - 1), r->text);
	ids = reallocarray(one->ids, one->n_ids + 1, sizeof(*ids));
	if (!ids) {
		say(r, true, r->token_line, "out of memory");
		return false;
	}
	one->ids = ids;
	ids += one->n_ids;
	memset(ids, 0, sizeof(*ids));
	if (!strcasecmp(text, "%any") || !strcasecmp(text, "%any6") || !strcmp(text, "0.0.0.0") ||
	    !strcmp(text, "::"))
		ids->type = CONF_ID_ANY;
	else if (one->n_ids < SECRET_IDS)
		wrong = conf_id_parse(text, ids);
	if (!ids->type) {
		say(r, true, r->token_line, "index \"%s\": %s, or %%any", text, wrong);
		return false;
	}
	one->n_ids++;
	return true;
}

/* Indices up to and with the ":". */
static bool indices(struct reader *r, struct secret *one)
{
	for (;;) {
		if (r->kind == TOKEN_END || (r->kind == TOKEN_QUOTED && !memchr(r->text, '=', r->len))) {
			say(r, true, r->token_line, "expected \"INDEX ... : PSK ...\", there is no \":\"");
			return false;
		}
		if (r->kind == TOKEN_QUOTED) {	/* a name with blanks in it */
			if (!index_add(r, one, r->len) || !token(r))
				return false;
			continue;
		}
		if (r->len == 1 && r->text[0] == ':')
			return true;
		/* "10.0.0.1:", but not "::" and not the end of "fe80::" followed by " :" */
		if (r->text[r->len - 1] == ':' && !(r->len > 1 && r->text[r->len - 2] == ':'))
			return index_add(r, one, r->len - 1);
		if (!index_add(r, one, r->len) || !token(r))
			return false;
	}
}

static bool psk_set(struct reader *r, struct secret *one, const void *data, size_t len)
{
	if (!len || len > SECRET_MAX) {
		say(r, true, r->token_line, "expected a pre-shared key of 1 to %d bytes", SECRET_MAX);
		return false;
	}
	one->psk = malloc(len);
	if (!one->psk) {
		say(r, true, r->token_line, "out of memory");
		return false;
	}
	memcpy(one->psk, data, len);
	one->len = len;
	return true;
}

/* 0x, 0s and 0t in the last token. */
static bool psk_data(struct reader *r, struct secret *one)
{
	uint8_t data[SECRET_MAX];
	const char *wrong = "it begins with none of a quote, 0x, 0s and 0t", *expected = "one that does";
	char form = r->len > 2 && r->text[0] == '0' ? r->text[1] | 0x20 : 0;
	int base = form == 'x' ? 16 : form == 's' ? 64 : form == 't' ? 256 : 0;
	size_t len = 0;
	bool ok;

	if (base) {
		expected = base == 16 ? "pairs of hexadecimal digits" : base == 64 ? "whole base64" : "text without blanks";
		wrong = ttodata_base(r->text + 2, r->len - 2, base, data, sizeof(data), &len);
	}
	if (wrong) {
		say(r, true, r->token_line, "malformed pre-shared key: %s; expected %s", wrong, expected);
		return false;
	}
	ok = psk_set(r, one, data, len);
	explicit_bzero(data, sizeof(data));
	return ok;
}

static bool psk(struct reader *r, struct secret *one)
{
	if (r->kind == TOKEN_END) {
		say(r, true, r->token_line, "the pre-shared key is missing; expected \"text\", 0x..., 0s... or 0t...");
		return false;
	}
	if (r->kind == TOKEN_QUOTED ? !psk_set(r, one, r->text, r->len) : !psk_data(r, one))
		return false;
	if (!token(r))
		return false;
	if (r->kind != TOKEN_END) {
		say(r, true, r->token_line, "something follows the pre-shared key; expected the end of the line");
		return false;
	}
	return true;
}

/* ---- private keys ---- */

/* Value of a field of RSA { }: 0x or 0s. */
static bool rsa_value(struct reader *r, struct secret *one, enum rsa_field field)
{
	uint8_t data[RSA_MAX_BITS / 8 + 16];
	const char *wrong = "expected 0x and hexadecimal digits, or 0s and base64";
	char form = r->kind == TOKEN_WORD && r->len > 2 && r->text[0] == '0' ? r->text[1] | 0x20 : 0;
	size_t len = 0;

	if (form == 'x' && r->len % 2 && !memchr(r->text, '_', r->len)) {
		/* An odd number of digits: the first byte is a small one. */
		r->text[1] = '0';
		r->text++;
		r->len--;
		wrong = ttodata_base(r->text, r->len, 16, data, sizeof(data), &len);
	} else if (form == 'x' || form == 's') {
		wrong = ttodata_base(r->text + 2, r->len - 2, form == 'x' ? 16 : 64, data, sizeof(data), &len);
	}
	if (!wrong && rsa_private_set(one->rsa, field, data, len))
		wrong = "expected a number that is not zero, of at most 8192 bits";
	explicit_bzero(data, sizeof(data));
	if (wrong)
		say(r, true, r->token_line, "%s: %s", rsa_field_names[field], wrong);
	return !wrong;
}

/* "Modulus:", as a word of its own. */
static bool is_field(const struct reader *r, const char *name)
{
	size_t len = strlen(name);

	return r->kind == TOKEN_WORD && r->len == len + 1 && r->text[len] == ':' && !strncasecmp(r->text, name, len);
}

static bool rsa_fields(struct reader *r, struct secret *one)
{
	unsigned int i;

	for (i = 0; i < RSA_FIELDS; i++) {
		if (!token(r))
			return false;
		if (!is_field(r, rsa_field_names[i])) {
			say(r, true, r->token_line, "RSA key: expected \"%s: 0x...\" here", rsa_field_names[i]);
			return false;
		}
		if (!token(r) || !rsa_value(r, one, i))
			return false;
	}
	/* libreswan's name of the key in its database, of no use here. */
	if (!token(r))
		return false;
	if (is_field(r, "CKAIDNSS") && (!token(r) || !token(r)))
		return false;
	if (word_is(r, "}"))
		return true;
	say(r, true, r->token_line, "RSA key: expected \"}\" behind %s", rsa_field_names[RSA_FIELDS - 1]);
	return false;
}

static bool ends(struct reader *r, const char *what)
{
	if (!token(r))
		return false;
	if (r->kind == TOKEN_END)
		return true;
	say(r, true, r->token_line, "something follows the %s; expected the end of the line", what);
	return false;
}

static bool rsa_block(struct reader *r, struct secret *one)
{
	unsigned int line = r->token_line;
	const char *wrong;

	one->kind = SECRET_RSA;
	one->rsa = calloc(1, sizeof(*one->rsa));
	if (!one->rsa) {
		say(r, true, line, "out of memory");
		return false;
	}
	if (!rsa_fields(r, one) || !ends(r, "RSA key"))
		return false;
	wrong = rsa_private_check(one->rsa);
	if (wrong)
		say(r, true, line, "RSA key: %s", wrong);
	return !wrong;
}

/* NAME of a file and what opens it. */
static bool key_file(struct reader *r, struct secret *one, enum secret_kind kind)
{
	one->kind = kind;
	if (r->kind == TOKEN_END || !r->len) {
		say(r, true, r->token_line, "expected the name of a file in /etc/ipsec.d/private, or its path");
		return false;
	}
	one->path = strndup(r->text, r->len);
	if (!one->path) {
		say(r, true, r->token_line, "out of memory");
		return false;
	}
	if (!token(r))
		return false;
	if (r->kind == TOKEN_END)
		return true;
	if (word_is(r, "%prompt")) {
		say(r, true, r->token_line, "pluto cannot ask for the phrase; expected it here in quotes, or a file that needs none");
		return false;
	}
	if (r->kind != TOKEN_QUOTED) {
		say(r, true, r->token_line, "expected the phrase that opens the file, in quotes, or nothing");
		return false;
	}
	return psk_set(r, one, r->text, r->len) && ends(r, "phrase");
}

/* "NAME" and then as a pre-shared key. */
static bool ppk(struct reader *r, struct secret *one)
{
	one->kind = SECRET_PPK;
	if (r->kind == TOKEN_END || !r->len || r->len > SECRET_NAME || memchr(r->text, ',', r->len)) {
		say(r, true, r->token_line, "expected the name of the PPK, of 1 to %d bytes without commas, and then the secret", SECRET_NAME);
		return false;
	}
	one->path = strndup(r->text, r->len);
	if (!one->path) {
		say(r, true, r->token_line, "out of memory");
		return false;
	}
	return token(r) && psk(r, one);
}

static bool private_key(struct reader *r, struct secret *one, bool rsa, enum secret_kind kind)
{
	if (!token(r))
		return false;
	return rsa && word_is(r, "{") ? rsa_block(r, one) : key_file(r, one, kind);
}

/* What comes behind ":". True: @one is a secret to be kept, or none and r->errors says why. */
static bool kind(struct reader *r, struct secret *one)
{
	static const char * const later[] = { "XAUTH", "EAP", "NTLM", "PIN", "BLISS" };
	size_t i;

	if (!token(r))
		return false;
	if (r->kind == TOKEN_QUOTED)
		return psk(r, one);		/* the old form without PSK */
	if (word_is(r, "PSK"))
		return token(r) && psk(r, one);
	if (word_is(r, "RSA"))
		return private_key(r, one, true, SECRET_FILE);
	if (word_is(r, "ECDSA") || word_is(r, "PKCS8"))
		return private_key(r, one, false, SECRET_FILE);
	if (word_is(r, "P12") || word_is(r, "PKCS12"))
		return private_key(r, one, false, SECRET_P12);
	if (word_is(r, "PPKS") || word_is(r, "PPK"))
		return token(r) && ppk(r, one);
	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (word_is(r, later[i])) {
			say(r, false, r->token_line, "secrets of kind %s are not supported yet, this one is left out",
			    later[i]);
			return false;
		}
	}
	say(r, true, r->token_line, "unrecognized kind of secret; expected PSK, RSA, ECDSA, PKCS8, P12 or PPKS");
	return false;
}

static bool secret_add(struct reader *r, struct secret *one)
{
	struct secret *list = reallocarray(r->s->list, r->s->n + 1, sizeof(*list));

	if (!list) {
		say(r, true, one->line, "out of memory");
		return false;
	}
	r->s->list = list;
	list[r->s->n++] = *one;
	return true;
}

static void include(struct reader *r);

static void record(struct reader *r)
{
	struct secret one = { .line = r->line };

	if (!token(r)) {
		skip_record(r);
		return;
	}
	if (word_is(r, "include"))
		include(r);
	else if (!(indices(r, &one) && kind(r, &one) && secret_add(r, &one)))
		secret_free(&one);
	skip_record(r);
}

/* ---- files ---- */

static void file_read(struct reader *r, const char *path);

static void include_one(struct reader *r, const char *path)
{
	struct reader inner = { .s = r->s, .report = r->report, .ctx = r->ctx, .depth = r->depth + 1 };

	if (inner.depth > DEPTH) {
		say(r, true, r->token_line, "include %s: expected at most %d files one in another", path, DEPTH);
		return;
	}
	inner.file = path;
	file_read(&inner, path);
	r->errors += inner.errors;
}

static void include(struct reader *r)
{
	char *copy, *pattern = NULL;
	glob_t found;
	size_t i;

	if (!token(r) || r->kind == TOKEN_END) {
		say(r, true, r->token_line, "include: expected the name of a file");
		return;
	}
	copy = strdup(r->file);
	if (!copy || asprintf(&pattern, "%s%s%.*s", r->text[0] == '/' ? "" : dirname(copy),
			      r->text[0] == '/' ? "" : "/", (int)r->len, r->text) < 0) {
		say(r, true, r->token_line, "out of memory");
		free(copy);
		return;
	}
	free(copy);
	if (!strpbrk(pattern, "*?[{")) {
		include_one(r, pattern);
	} else if (!glob(pattern, GLOB_BRACE, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++)
			include_one(r, found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
}

/* The file as text in memory of its own (@size bytes of it); NULL and errno. */
static char *slurp(struct reader *r, int fd, size_t *size)
{
	struct stat st;
	char *text;
	ssize_t got;
	size_t n = 0;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return NULL;
	}
	if (st.st_mode & 077)
		say(r, false, 0, "others than its owner have rights to it (mode %03o); expected chmod 600", st.st_mode & 0777);
	*size = st.st_size + 1;
	text = calloc(1, *size);
	while (text && n + 1 < *size) {
		got = read(fd, text + n, *size - 1 - n);
		if (got <= 0)
			break;
		n += got;
	}
	return text;
}

static void records(struct reader *r)
{
	r->line = 1;
	/* The first record may start anywhere; skip_space() ends where one does. */
	while (*r->at) {
		r->ended = false;
		if (!strchr(" \t\r\n#", *r->at))
			record(r);
		else if (skip_space(r)) {
			say(r, true, r->line, "a line that starts with blanks belongs to nothing; expected a secret in the first column");
			skip_record(r);
		}
	}
}

static void file_read(struct reader *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	char *text;

	text = fd < 0 ? NULL : slurp(r, fd, &size);
	if (!text)
		say(r, true, 0, "cannot read it: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!text)
		return;
	r->at = text;
	if (strlen(text) != size - 1)
		say(r, true, 0, "a zero byte in it; expected text");
	else
		records(r);
	explicit_bzero(text, size);
	free(text);
}

int secrets_load(struct secrets *s, const char *path, conf_report_fn report, void *ctx)
{
	struct reader r = { .s = s, .report = report, .ctx = ctx, .file = path };

	memset(s, 0, sizeof(*s));
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		say(&r, true, 0, "there is no such file; expected the pre-shared and private keys in it");
		return -ENOENT;
	}
	file_read(&r, path);
	if (!r.errors)
		return 0;
	secrets_free(s);
	return -EINVAL;
}

void secrets_free(struct secrets *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		secret_free(&s->list[i]);
	free(s->list);
	memset(s, 0, sizeof(*s));
}
