// SPDX-License-Identifier: GPL-2.0
/* ipsec addconn: load conns, or only look at ipsec.conf. ipsec readwriteconf: what was understood of it. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "conf_write.h"
#include "conns.h"
#include "diag.h"
#include "options.h"

static const char addconn_help[] =
"Usage: ipsec addconn [--config FILE] --checkconfig\n"
"       ipsec addconn [--config FILE] CONN... | --addall\n"
"       ipsec addconn [--config FILE] --listadd | --listroute | --liststart\n"
"\n"
"  --checkconfig  reads ipsec.conf and says what is wrong with it; asks nobody, changes nothing\n"
"  CONN...        loads these conns, as \"ipsec add\" does\n"
"  --addall       loads all conns that auto= wants loaded, routes and brings up those that it wants so\n"
"  --listadd, --listroute, --liststart\n"
"                 prints the names of the conns with auto=add, route, start\n"
"Also --ctlbase PATH (pluto's socket is PATH.ctl), --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 done, 64 usage, 65 no such conn, 69 pluto is not running, 70 refused, 78 ipsec.conf is wrong.\n"
"See ipsec_addconn(8).\n";

static const char readwrite_help[] =
"Usage: ipsec readwriteconf [--config FILE]\n"
"\n"
"Reads ipsec.conf and prints what was understood of it: include, also= and conn %default resolved, defaults left\n"
"out, every keyword by its own name. Reading that again gives the same.\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 done, 1 it cannot be written, 64 usage, 78 ipsec.conf is wrong. See ipsec_addconn(8).\n";

enum { CONFIG = OPT_FIRST, CTLBASE, CHECK, ADDALL, LISTADD, LISTROUTE, LISTSTART };

static const struct option addconn_table[] = {
	{ "config", required_argument, NULL, CONFIG },
	{ "ctlbase", required_argument, NULL, CTLBASE },
	{ "checkconfig", no_argument, NULL, CHECK },
	{ "addall", no_argument, NULL, ADDALL },
	{ "listadd", no_argument, NULL, LISTADD },
	{ "listroute", no_argument, NULL, LISTROUTE },
	{ "liststart", no_argument, NULL, LISTSTART },
	OPTIONS_COMMON
};

static const struct option readwrite_table[] = {
	{ "config", required_argument, NULL, CONFIG },
	OPTIONS_COMMON
};

struct request {
	const char *config;		/* NULL: the usual one */
	char ctl[256];
	int op;				/* 0: conns by name */
	const char *op_name;
};

/* What is no error of a file that nobody has asked to load: conns of auto=ignore may be incomplete. */
static int check_config(const struct conf *conf)
{
	unsigned int i, ignored = 0;

	for (i = 0; i < conf->n_conns; i++)
		ignored += conf->conns[i].startup == CONF_AUTO_IGNORE;
	printf("nothing is wrong with it: %u conns", conf->n_conns);
	if (ignored)
		printf(", %u of them auto=ignore, which may be incomplete", ignored);
	putchar('\n');
	return EXIT_DONE;
}

static int list(const struct conf *conf, int op)
{
	uint8_t startup = op == LISTADD ? CONF_AUTO_ADD : op == LISTROUTE ? CONF_AUTO_ROUTE : CONF_AUTO_START;
	unsigned int i;

	for (i = 0; i < conf->n_conns; i++)
		if (conf->conns[i].startup == startup)
			puts(conf->conns[i].name);
	return EXIT_DONE;
}

/* All of them are tried; the status is the first one's that failed. */
static int load_names(const struct client *c, const struct conf *conf, int n, char **names)
{
	int status = EXIT_DONE, one, i;

	for (i = 0; i < n; i++) {
		one = conns_load_one(c, conf, CTL_ADD, names[i]);
		if (!status)
			status = one;
	}
	return status;
}

static int perform(const struct request *r, int n, char **names)
{
	struct client c = { .ctl = r->ctl };
	struct conf conf;
	int status;

	if (!conns_read(&conf, r->config))
		return EXIT_CONFIG;
	switch (r->op) {
	case CHECK:
		status = check_config(&conf);
		break;
	case ADDALL:
		status = conns_load_all(&c, &conf);
		break;
	case 0:
		status = load_names(&c, &conf, n, names);
		break;
	default:
		status = list(&conf, r->op);
	}
	conf_free(&conf);
	return status;
}

static bool take(struct request *r, const struct options *o, int opt)
{
	if (opt == CONFIG) {
		r->config = optarg;
	} else if (opt == CTLBASE) {
		snprintf(r->ctl, sizeof(r->ctl), "%s.ctl", optarg);
	} else if (r->op) {
		complain("--%s and --%s: expected one of them", r->op_name, o->table[o->index].name);
		return false;
	} else {
		r->op = opt;
		r->op_name = o->table[o->index].name;
	}
	return true;
}

int cmd_addconn(int argc, char **argv)
{
	struct request r = { .ctl = CTL_PATH };
	struct options o;
	int opt;

	if (!options_start(&o, argc, argv, addconn_table, "ipsec addconn", addconn_help))
		return EXIT_USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		if (!take(&r, &o, opt))
			return EXIT_USAGE;
	}
	if (r.op && !options_no_words(&o))
		return EXIT_USAGE;
	if (!r.op && optind >= o.argc) {
		complain("expected the names of conns, or --checkconfig, --addall, --listadd ..., see --help");
		return EXIT_USAGE;
	}
	return perform(&r, o.argc - optind, o.argv + optind);
}

int cmd_readwriteconf(int argc, char **argv)
{
	const char *config = NULL;
	struct options o;
	struct conf conf;
	int opt;

	if (!options_start(&o, argc, argv, readwrite_table, "ipsec readwriteconf", readwrite_help))
		return EXIT_USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		config = optarg;
	}
	if (!options_no_words(&o))
		return EXIT_USAGE;
	if (!conns_read(&conf, config))
		return EXIT_CONFIG;
	conf_write(&conf, stdout);
	conf_free(&conf);
	return ferror(stdout) || fflush(stdout) ? complain("cannot write the answer") : EXIT_DONE;
}
