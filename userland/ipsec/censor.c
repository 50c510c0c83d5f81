// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "censor.h"

#define DEPTH 10			/* of include, as in conf_secrets.c */
#define SHORTEST 3			/* what is shorter would make everything unreadable, and is no secret */
#define HEX_RUN 32			/* digits: 128 bits */

static int add(struct censor *c, const char *text, size_t len)
{
	char **bigger, *copy;

	if (len < SHORTEST)
		return 0;
	bigger = reallocarray(c->secrets, c->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	c->secrets = bigger;
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	c->secrets[c->n++] = copy;
	return 0;
}

/* A quoted string or a word at @at: its length; *in, *in_len: without the quotes. */
static size_t token(const char *at, const char **in, size_t *in_len)
{
	const char *end = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;

	if (end) {
		*in = at + 1;
		*in_len = end - at - 1;
		return end + 1 - at;
	}
	*in = at;
	*in_len = strcspn(at, " \t\r\n");
	return *in_len;
}

/* Where the indices of a record are over: behind a ":" of its own; NULL: it has none. */
static const char *colon(const char *at, const char *end)
{
	const char *in, *word;
	size_t len;

	while (at < end) {
		at += strspn(at, " \t\r\n");
		if (at >= end)
			return NULL;
		if (*at == '#') {		/* to the end of its line, as pluto reads it */
			at += strcspn(at, "\n");
			continue;
		}
		if (*at == ':' && (at + 1 == end || isspace((unsigned char)at[1]) || at[1] == '"' || at[1] == '\''))
			return at + 1;
		word = at;
		at += token(at, &in, &len);
		if (at > end)
			return NULL;
		if (in != word && !memchr(in, '=', len))
			return NULL;		/* a secret, and no name: the ":" is missing */
		/* "10.0.0.1:", but not "fe80::" */
		if (in == word && len > 1 && in[len - 1] == ':' && in[len - 2] != ':')
			return at;
	}
	return NULL;
}

/* Everything behind the colon but kinds and field names: more than need be, rather than less. */
static int learn_data(struct censor *c, const char *at, const char *end)
{
	static const char * const open[] = { "PSK", "RSA", "XAUTH", "PIN", "PKCS8", "ECDSA", "NTLM", "EAP", "PPKS", "PPK", "{", "}" };
	const char *in;
	size_t len, used;
	unsigned int i;
	int err = 0;

	for (at += strspn(at, " \t\r\n"); at < end && !err; at += strspn(at, " \t\r\n")) {
		if (*at == '#') {
			at += strcspn(at, "\n");
			continue;
		}
		used = token(at, &in, &len);
		if (at + used > end)
			len = in < end ? (size_t)(end - in) : 0;
		for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
			if (strlen(open[i]) == len && !strncasecmp(open[i], in, len))
				break;
		if (i == sizeof(open) / sizeof(open[0]) && !(in == at && len && in[len - 1] == ':'))
			err = add(c, in, len);
		/* what a prefix says how to read may stand elsewhere without it */
		if (!err && len > 2 && in[0] == '0' && strchr("xXsStT", in[1]))
			err = add(c, in + 2, len - 2);
		at += used;
	}
	return err;
}

/* The end of the record that begins at @at: the next line that begins in the first column. */
static const char *record_end(const char *at)
{
	do {
		at += strcspn(at, "\n");
		at += *at == '\n';
	} while (*at == ' ' || *at == '\t');
	return at;
}

static int learn_file(struct censor *c, const char *path, unsigned int depth);

static int learn_include(struct censor *c, const char *path, const char *at, const char *end, unsigned int depth)
{
	char word[PATH_MAX], full[2 * PATH_MAX], *copy;
	glob_t found;
	size_t i, len;
	int err = 0;

	at += strspn(at, " \t");
	len = strcspn(at, " \t\r\n");
	if (at + len > end || !len || len >= sizeof(word) || depth >= DEPTH)
		return 0;
	memcpy(word, at, len);
	word[len] = '\0';
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	snprintf(full, sizeof(full), "%s%s%s", word[0] == '/' ? "" : dirname(copy), word[0] == '/' ? "" : "/", word);
	free(copy);
	if (glob(full, GLOB_BRACE, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc && !err; i++)
		err = learn_file(c, found.gl_pathv[i], depth + 1);
	globfree(&found);
	return err;
}

static int learn_file(struct censor *c, const char *path, unsigned int depth)
{
	char *text = file_text(path);
	const char *at = text, *end, *data;
	int err = 0;

	if (!text)
		return errno == ENOENT || errno == EISDIR ? 0 : -errno;
	for (; *at && !err; at = end) {
		end = record_end(at);
		data = colon(at, end);
		if (!strncasecmp(at, "include", 7) && (at[7] == ' ' || at[7] == '\t'))
			err = learn_include(c, path, at + 7, end, depth);
		else if (*at != '#' && *at != '\n')
			err = learn_data(c, data ? data : at, end);	/* what cannot be read may be one, too */
	}
	explicit_bzero(text, strlen(text));
	free(text);
	return err;
}

/* The longest first: one may be a part of another. */
static int by_length(const void *a, const void *b)
{
	size_t la = strlen(*(char * const *)a), lb = strlen(*(char * const *)b);

	return (lb > la) - (lb < la);
}

int censor_learn(struct censor *c, const char *path)
{
	int err = learn_file(c, path, 0);

	if (c->n)
		qsort(c->secrets, c->n, sizeof(*c->secrets), by_length);
	return err;
}

void censor_free(struct censor *c)
{
	while (c->n) {
		c->n--;
		explicit_bzero(c->secrets[c->n], strlen(c->secrets[c->n]));
		free(c->secrets[c->n]);
	}
	free(c->secrets);
	memset(c, 0, sizeof(*c));
}

/* How many bytes at @at must not be seen; 0: it may. */
static size_t hidden(const struct censor *c, const char *at, bool in_word)
{
	size_t len = strspn(at, "0123456789abcdefABCDEF_");
	unsigned int i;

	if (len >= HEX_RUN && !in_word)
		return len;
	for (i = 0; i < c->n; i++) {
		len = strlen(c->secrets[i]);
		if (!strncmp(at, c->secrets[i], len))
			return len;
	}
	return 0;
}

void censor_print(const struct censor *c, const char *text, FILE *out)
{
	bool in_word = false;
	size_t len;

	while (*text) {
		len = hidden(c, text, in_word);
		if (len) {
			fputs("[...]", out);
			text += len;
			in_word = false;
			continue;
		}
		/* the x of 0x ends what is in front of the digits */
		in_word = isalnum((unsigned char)*text) && *text != 'x' && *text != 'X';
		fputc(*text++, out);
	}
}

void censor_print_secrets(const char *text, FILE *out)
{
	static const char * const kinds[] = { "PSK", "RSA", "XAUTH", "PIN", "PKCS8", "ECDSA" };
	const char *at = text, *end, *data, *kind;
	size_t len;
	unsigned int i;

	for (; *at; at = end) {
		end = record_end(at);
		if (*at == '#' || *at == '\n' || *at == '\r')
			continue;
		if (!strncasecmp(at, "include", 7) && (at[7] == ' ' || at[7] == '\t')) {
			fprintf(out, "%.*s\n", (int)strcspn(at, "\n"), at);
			continue;
		}
		data = colon(at, end);
		if (!data) {
			fputs("[a record that cannot be read]\n", out);
			continue;
		}
		kind = data + strspn(data, " \t\r\n");
		len = strcspn(kind, " \t\r\n\"'{");
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strlen(kinds[i]) == len && !strncasecmp(kinds[i], kind, len))
				break;
		fprintf(out, "%.*s %s [...]\n", (int)(data - at), at, i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : "");
	}
}
