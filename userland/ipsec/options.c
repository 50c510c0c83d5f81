// SPDX-License-Identifier: GPL-2.0
/* Command lines. */
#include <stdio.h>
#include <string.h>

#include <klips/types.h>

#include "diag.h"
#include "options.h"
#include "optionsfrom.h"

bool options_start(struct options *o, int argc, char **argv,
		   const struct option *table, const char *name,
		   const char *help)
{
	*o = (struct options){ .table = table, .name = name, .help = help };
	if (!optionsfrom(argc, argv, &o->argc, &o->argv)) {
		o->status = 1;
		return false;
	}
	opterr = 0;
	optind = 0;			/* 0 and not 1: glibc starts anew, with the leading "+" or ":" read */
	return true;
}

static int leave(struct options *o, int status)
{
	o->status = status;
	return OPT_EXIT;
}

/* What getopt_long() did not like. */
static int bad_option(struct options *o, int opt)
{
	const char *word = o->argv[optind - 1];
	int len = strcspn(word, "=");	/* behind it there may be a key */

	if (opt == ':')
		complain("option '%s' needs a value, see --help", word);
	else if (optopt >= OPT_FIRST)
		complain("option '%.*s' takes no value", len, word);
	else if (optopt)
		complain("unknown option '-%c', see --help", optopt);
	else
		complain("unknown or ambiguous option '%.*s', see --help", len, word);
	return leave(o, 1);
}

/* Every option of a command may come once. */
static bool first_time(struct options *o, int val)
{
	unsigned long long bit;

	if (val < OPT_FIRST || val > OPT_LAST)
		return true;
	bit = 1ULL << (val - OPT_FIRST);
	if (o->seen & bit) {
		complain("option '--%s' was given twice", options_name(o, val));
		return false;
	}
	o->seen |= bit;
	return true;
}

int options_next(struct options *o)
{
	int opt;

	for (;;) {
		opt = getopt_long(o->argc, o->argv, ":", o->table, &o->index);
		switch (opt) {
		case -1:
			return OPT_END;
		case ':':
		case '?':
			return bad_option(o, opt);
		case OPT_HELP:
			fputs(o->help, stdout);
			return leave(o, 0);
		case OPT_VERSION:
			printf("%s (klips) %s\n", o->name, KLIPS_VERSION);
			return leave(o, 0);
		case OPT_LABEL:
			diag_label(optarg);
			break;
		case OPT_DEBUG:
			diag_debug(true);
			break;
		default:
			return first_time(o, opt) ? opt : leave(o, 1);
		}
	}
}

bool options_read(struct options *o, bool (*take)(void *ctx, int opt), void *ctx)
{
	int opt;

	while ((opt = options_next(o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return false;
		if (!take(ctx, opt)) {
			o->status = 1;
			return false;
		}
	}
	o->status = 1;
	return options_no_words(o);
}

bool options_seen(const struct options *o, int val)
{
	return o->seen & 1ULL << (val - OPT_FIRST);
}

const char *options_name(const struct options *o, int val)
{
	const struct option *opt = o->table;

	while (opt->name && opt->val != val)
		opt++;
	return opt->name ? opt->name : "?";
}

bool options_no_words(const struct options *o)
{
	if (optind >= o->argc)
		return true;
	complain("unexpected argument '%s', options begin with --, see --help",
		 o->argv[optind]);
	return false;
}

bool options_any(const struct options *o)
{
	return o->seen != 0;
}
