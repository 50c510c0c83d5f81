// SPDX-License-Identifier: GPL-2.0
/* Messages of the tools: one line on stderr. */
#include <stdarg.h>
#include <stdio.h>

#include "diag.h"

static const char *diag_prog = "ipsec";
static const char *diag_note;
static bool diag_verbose;

void diag_name(const char *name)
{
	diag_prog = name;
}

void diag_label(const char *label)
{
	diag_note = label;
}

void diag_debug(bool on)
{
	diag_verbose = on;
}

static void say(const char *fmt, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, args);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (diag_note)
		fprintf(stderr, "%s (%s): %s\n", diag_prog, diag_note, line);
	else
		fprintf(stderr, "%s: %s\n", diag_prog, line);
}

int complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return 1;
}

void debug(const char *fmt, ...)
{
	va_list args;

	if (!diag_verbose)
		return;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}
