// SPDX-License-Identifier: GPL-2.0
/* --optionsfrom FILE */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "optionsfrom.h"

#define FILE_MAX	65536	/* bytes of one file */
#define DEPTH_MAX	8	/* files that name files */
#define FILES_MAX	64
#define WORDS_MAX	4096

/* The words of the result point into these. */
static char *texts[FILES_MAX];
static int n_texts;

struct words {
	char **word;
	int n;
};

static bool add_word(struct words *w, char *word)
{
	if (w->n == WORDS_MAX) {
		complain("more than %d words with --optionsfrom", WORDS_MAX);
		return false;
	}
	w->word[w->n++] = word;
	return true;
}

/* The whole file in memory of its own, or NULL and a complaint. */
static char *read_file(const char *name)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	char *text = malloc(FILE_MAX + 1);
	size_t n = 0;

	errno = file && !text ? ENOMEM : errno;
	if (file && text)
		n = fread(text, 1, FILE_MAX + 1, file);
	if (!file || !text || ferror(file)) {
		complain("--optionsfrom '%s': %s", name, strerror(errno));
		goto fail;
	}
	if (n > FILE_MAX) {
		complain("--optionsfrom '%s': longer than %d bytes", name, FILE_MAX);
		goto fail;
	}
	if (memchr(text, '\0', n)) {
		complain("--optionsfrom '%s': is no text, it has zero bytes", name);
		goto fail;
	}
	text[n] = '\0';
	if (file != stdin)
		fclose(file);
	return text;
fail:
	if (text)
		explicit_bzero(text, n);
	free(text);
	if (file && file != stdin)
		fclose(file);
	return NULL;
}

char *optionsfrom_word(char **p, bool *bad)
{
	char *word, *end;

	for (;;) {
		while (isspace((unsigned char)**p))
			(*p)++;
		if (**p != '#')
			break;
		*p += strcspn(*p, "\n");
	}
	if (!**p)
		return NULL;
	word = *p;
	if (*word == '"' || *word == '\'') {
		end = strchr(word + 1, *word);
		if (!end || memchr(word, '\n', end - word)) {
			*bad = true;
			return NULL;
		}
		word++;
	} else {
		end = word;
		while (*end && !isspace((unsigned char)*end))
			end++;
	}
	*p = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool expand(struct words *w, char **argv, int argc, int depth);

/* The words of file @name instead of the option. */
static bool expand_file(struct words *w, const char *name, int depth)
{
	char *words[WORDS_MAX], *text, *word;
	bool bad = false;
	int n = 0;

	if (depth == DEPTH_MAX) {
		complain("--optionsfrom '%s': files name files more than %d deep",
			 name, DEPTH_MAX);
		return false;
	}
	if (n_texts == FILES_MAX) {
		complain("--optionsfrom '%s': more than %d files", name, FILES_MAX);
		return false;
	}
	text = read_file(name);
	if (!text)
		return false;
	texts[n_texts++] = text;
	while (n < WORDS_MAX && (word = optionsfrom_word(&text, &bad)))
		words[n++] = word;
	if (bad) {
		complain("--optionsfrom '%s': a quote is not closed on its line", name);
		return false;
	}
	return expand(w, words, n, depth + 1);
}

static bool expand(struct words *w, char **argv, int argc, int depth)
{
	static const char option[] = "--optionsfrom";
	size_t len = strlen(option);

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], option, len) ||
		    (argv[i][len] && argv[i][len] != '=')) {
			if (!add_word(w, argv[i]))
				return false;
		} else if (argv[i][len] == '=') {
			if (!expand_file(w, argv[i] + len + 1, depth))
				return false;
		} else if (++i == argc) {
			complain("option '%s' needs a value, see --help", option);
			return false;
		} else if (!expand_file(w, argv[i], depth)) {
			return false;
		}
	}
	return true;
}

bool optionsfrom(int argc, char **argv, int *out_argc, char ***out)
{
	static char *word[WORDS_MAX + 1];
	struct words w = { .word = word };

	while (n_texts)
		free(texts[--n_texts]);
	if (!expand(&w, argv, argc, 0))
		return false;
	word[w.n] = NULL;		/* of an earlier call there may be more */
	*out_argc = w.n;
	*out = w.word;
	return true;
}
