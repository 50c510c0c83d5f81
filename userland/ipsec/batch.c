// SPDX-License-Identifier: GPL-2.0
/* ipsec --batch FILE: one process for many commands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "diag.h"
#include "optionsfrom.h"

#define WORDS_MAX 64		/* of one line */

/* A line, whose keys are gone when it is done. */
static int run_line(char *line, size_t len, int (*run)(int argc, char **argv))
{
	char *argv[WORDS_MAX + 1] = { NULL }, *p = line;
	bool bad = false;
	int argc = 0, status = 0;

	while (argc < WORDS_MAX && (argv[argc] = optionsfrom_word(&p, &bad)))
		argc++;
	if (bad)
		status = complain("a quote is not closed on its line");
	else if (argc == WORDS_MAX)
		status = complain("more than %d words", WORDS_MAX - 1);
	else if (argc)
		status = run(argc, argv);
	explicit_bzero(line, len);
	diag_name("ipsec");
	diag_label(NULL);
	diag_debug(false);
	return status;
}

static int run_file(FILE *file, const char *name, int (*run)(int argc, char **argv))
{
	unsigned int number = 0;
	char *line = NULL;
	size_t room = 0;
	int status = 0;
	ssize_t len;

	while (!status && (len = getline(&line, &room, file)) >= 0) {
		number++;
		status = run_line(line, len, run);
	}
	if (status)
		complain("--batch '%s': ended by line %u, those before it are done", name, number);
	else if (ferror(file))
		status = complain("--batch '%s': %s", name, strerror(errno));
	free(line);
	return status;
}

int batch(const char *name, int (*run)(int argc, char **argv))
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	int status;

	if (!file)
		return complain("--batch '%s': %s", name, strerror(errno));
	status = run_file(file, name, run);
	if (file != stdin)
		fclose(file);
	return status;
}
