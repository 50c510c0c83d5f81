/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command lines: long options in any order, each at most once, --optionsfrom, and one
 * line
 * on stderr for everything that is wrong. Every table ends with OPTIONS_COMMON.
 */
#ifndef KLIPS_IPSEC_OPTIONS_H
#define KLIPS_IPSEC_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

enum {
	OPT_END = -1,			/* no more options */
	OPT_EXIT = -2,			/* leave with status */
	OPT_FIRST = 256,		/* a command numbers its own from here */
	OPT_LAST = 319,
	OPT_HELP = 1000,
	OPT_VERSION,
	OPT_LABEL,
	OPT_DEBUG,
};

#define OPTIONS_COMMON \
	{ "help", no_argument, NULL, OPT_HELP }, \
	{ "version", no_argument, NULL, OPT_VERSION }, \
	{ "label", required_argument, NULL, OPT_LABEL }, \
	{ "debug", no_argument, NULL, OPT_DEBUG }, \
	{ NULL, 0, NULL, 0 }

struct options {
	int argc;
	char **argv;			/* with --optionsfrom replaced by what it names */
	const struct option *table;
	const char *name;		/* "ipsec spi", for --version */
	const char *help;		/* the whole text of --help */
	unsigned long long seen;	/* bit val - OPT_FIRST */
	int status;			/* with OPT_EXIT */
	int index;			/* of the current option in table */
};

/* False: @o->status says how to leave. */
bool options_start(struct options *o, int argc, char **argv,
		   const struct option *table, const char *name,
		   const char *help);

/*
 * The val of the next option (its value in optarg), OPT_END, or OPT_EXIT after --help,
 * --version or an error that has been told. --label and --debug are dealt with here.
 */
int options_next(struct options *o);

/*
 * The whole command line: each option to @take, which is false where it has complained; no words
 * behind them. False: @o->status says how to leave.
 */
bool options_read(struct options *o, bool (*take)(void *ctx, int opt), void *ctx);

/* Whether the option with this val was given. */
bool options_seen(const struct options *o, int val);

/* The name of the option with this val, without dashes. */
const char *options_name(const struct options *o, int val);

/*
 * Complains where words follow that are no options: OPT_END's last check of most
 * commands.
 */
bool options_no_words(const struct options *o);

/* Whether any option of the command itself was given (not --label, --debug). */
bool options_any(const struct options *o);

#endif
