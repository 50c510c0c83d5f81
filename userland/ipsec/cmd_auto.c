// SPDX-License-Identifier: GPL-2.0
/* ipsec auto, and its short forms ipsec up, down, add ... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "conns.h"
#include "diag.h"
#include "list.h"
#include "options.h"
#include "status.h"

static const char auto_help[] =
"Usage: ipsec auto [--config FILE] [--asynchronous] OPERATION [CONN]\n"
"\n"
"  --add CONN       load the conn from ipsec.conf\n"
"  --delete CONN    unload it, with its SAs, eroutes and routes\n"
"  --replace CONN   unload it where it is loaded, then load it\n"
"  --up CONN        bring it up and wait until it stands or failed (--asynchronous: do not wait)\n"
"  --down CONN      take it down\n"
"  --route CONN     let the first packet bring it up; of a shunt: install it\n"
"  --unroute CONN   the contrary\n"
"  --rekey-child CONN, --rekey-ike CONN  give its IPsec SAs, or its IKE SA, new keys now\n"
"  --status [CONN]  what there is; with --json for programs\n"
"  --ready          look at addresses and devices anew\n"
"  --rereadsecrets  read ipsec.secrets anew\n"
"  --rereadcacerts, --rereadcrls  read the CAs and CRLs of ipsec.d anew\n"
"  --rereadall      all of these\n"
"  --listpubkeys, --listcerts, --listcacerts, --listcrls, --listall  keys, certificates, CAs, CRLs that are loaded\n"
"  --checkpubkeys   those of them that have expired, or will within 30 days\n"
"                   (--utc: times in UTC; --json)\n"
"\n"
"Short: ipsec add, delete, replace, up, down, route, unroute, rekey-child, rekey-ike, status, ready,\n"
"rereadsecrets, rereadcacerts, rereadcrls, rereadall.\n"
"Also --ctlbase PATH (pluto's socket is PATH.ctl), --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 done; of --up: 1 no answer, 2 no proposal chosen, 3 authentication failed, 4 no connection\n"
"matches, 5 traffic selectors unacceptable, 6 no secret, 7 protocol error, 8 the kernel refused, 9 taken down\n"
"meanwhile; of all: 64 usage, 65 no such conn, 69 pluto is not running, 70 refused, 78 ipsec.conf is wrong.\n"
"See ipsec_auto(8).\n";

static const char short_help[] =
"Usage: ipsec add | delete | replace | up | down | route | unroute | rekey-child | rekey-ike CONN [--config FILE] [--asynchronous]\n"
"       ipsec status [CONN] [--json]\n"
"       ipsec ready | rereadsecrets | rereadcacerts | rereadcrls | rereadall\n"
"\n"
"Short forms of \"ipsec auto --add CONN\" and so on; see \"ipsec auto --help\" and ipsec_auto(8).\n"
"Also --ctlbase PATH, --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n";

enum {
	CONFIG = OPT_FIRST, ASYNC, VERBOSE, UTC, CTLBASE, JSON,
	ADD, DELETE, REPLACE, UP, DOWN, ROUTE, UNROUTE, REKEY_CHILD, REKEY_IKE, STATUS, READY, REREADSECRETS, REREADTRUST,
	LISTPUBKEYS, LISTCERTS, LISTCACERTS, LISTCRLS, LISTALL, CHECKPUBKEYS,
	LATER,				/* operations that are not built yet: all have this number */
};

static const struct option auto_table[] = {
	{ "config", required_argument, NULL, CONFIG },
	{ "asynchronous", no_argument, NULL, ASYNC },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "utc", no_argument, NULL, UTC },
	{ "ctlbase", required_argument, NULL, CTLBASE },
	{ "json", no_argument, NULL, JSON },
	{ "add", no_argument, NULL, ADD },
	{ "delete", no_argument, NULL, DELETE },
	{ "replace", no_argument, NULL, REPLACE },
	{ "up", no_argument, NULL, UP },
	{ "down", no_argument, NULL, DOWN },
	{ "route", no_argument, NULL, ROUTE },
	{ "unroute", no_argument, NULL, UNROUTE },
	{ "rekey-child", no_argument, NULL, REKEY_CHILD },
	{ "rekey-ike", no_argument, NULL, REKEY_IKE },
	{ "status", no_argument, NULL, STATUS },
	{ "ready", no_argument, NULL, READY },
	{ "rereadsecrets", no_argument, NULL, REREADSECRETS },
	{ "rereadgroups", no_argument, NULL, LATER },
	{ "rereadcacerts", no_argument, NULL, REREADTRUST },
	{ "rereadaacerts", no_argument, NULL, LATER },
	{ "rereadocspcerts", no_argument, NULL, LATER },
	{ "rereadacerts", no_argument, NULL, LATER },
	{ "rereadcrls", no_argument, NULL, REREADTRUST },
	{ "rereadall", no_argument, NULL, REREADSECRETS },
	{ "listpubkeys", no_argument, NULL, LISTPUBKEYS },
	{ "listcerts", no_argument, NULL, LISTCERTS },
	{ "listcacerts", no_argument, NULL, LISTCACERTS },
	{ "listaacerts", no_argument, NULL, LATER },
	{ "listocspcerts", no_argument, NULL, LATER },
	{ "listacerts", no_argument, NULL, LATER },
	{ "listgroups", no_argument, NULL, LATER },
	{ "listcrls", no_argument, NULL, LISTCRLS },
	{ "listocsp", no_argument, NULL, LATER },
	{ "listall", no_argument, NULL, LISTALL },
	{ "checkpubkeys", no_argument, NULL, CHECKPUBKEYS },
	{ "purgeocsp", no_argument, NULL, LATER },
	{ "show", no_argument, NULL, LATER },
	{ "showonly", no_argument, NULL, LATER },
	OPTIONS_COMMON
};

static const struct option short_table[] = {
	{ "config", required_argument, NULL, CONFIG },
	{ "asynchronous", no_argument, NULL, ASYNC },
	{ "ctlbase", required_argument, NULL, CTLBASE },
	{ "json", no_argument, NULL, JSON },
	OPTIONS_COMMON
};

static const struct {
	const char *name;
	int op;
} short_forms[] = {
	{ "add", ADD }, { "delete", DELETE }, { "replace", REPLACE }, { "up", UP }, { "down", DOWN },
	{ "route", ROUTE }, { "unroute", UNROUTE }, { "rekey-child", REKEY_CHILD }, { "rekey-ike", REKEY_IKE },
	{ "status", STATUS }, { "ready", READY }, { "rereadsecrets", REREADSECRETS }, { "secrets", REREADSECRETS },
	{ "rereadcacerts", REREADTRUST }, { "rereadcrls", REREADTRUST }, { "rereadall", REREADSECRETS },
};

struct request {
	int op;				/* 0: none yet */
	const char *op_name;
	const char *conn;		/* NULL: none */
	const char *config;
	const char *ctl;
	bool async, json, utc;
};

static const char *ctl_of(const char *base)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s.ctl", base);
	return path;
}

static int usage(const char *text, const char *what)
{
	complain(text, what ? what : "");
	return EXIT_USAGE;
}

/* One option: 0, or an exit status. */
static int take(struct request *r, const struct options *o, int opt)
{
	const char *name = o->table[o->index].name;

	switch (opt) {
	case CONFIG:
		r->config = optarg;
		return 0;
	case CTLBASE:
		r->ctl = ctl_of(optarg);
		return 0;
	case ASYNC:
		r->async = true;
		return 0;
	case JSON:
		r->json = true;
		return 0;
	case UTC:
		r->utc = true;
		return 0;
	case VERBOSE:
	case LATER:
		return usage("--%s is not built yet", name);
	}
	if (r->op) {
		complain("--%s and --%s: expected one operation", r->op_name, name);
		return EXIT_USAGE;
	}
	r->op = opt;
	r->op_name = name;
	return 0;
}

/* What a listing shows, 0: @op is none. */
static unsigned int listed(int op)
{
	switch (op) {
	case LISTPUBKEYS:
		return CTL_LIST_PUBKEYS;
	case LISTCERTS:
		return CTL_LIST_CERTS;
	case LISTCACERTS:
		return CTL_LIST_CACERTS;
	case LISTCRLS:
		return CTL_LIST_CRLS;
	case LISTALL:
	case CHECKPUBKEYS:
		return CTL_LIST_ALL;
	default:
		return 0;
	}
}

static bool wants_conn(int op)
{
	return op == ADD || op == DELETE || op == REPLACE || op == UP || op == DOWN || op == ROUTE || op == UNROUTE ||
	       op == REKEY_CHILD || op == REKEY_IKE;
}

static int check(struct request *r, int n_words, char **words)
{
	if (!r->op)
		return usage("no operation; expected --up CONN, --status ... see --help%s", NULL);
	r->conn = n_words ? words[0] : NULL;
	if (wants_conn(r->op) && !r->conn)
		return usage("%s: expected the name of a conn", r->op_name);
	if (n_words > 1 || (r->conn && !wants_conn(r->op) && r->op != STATUS))
		return usage("unexpected word \"%s\"", words[n_words - 1]);
	if (r->json && r->op != STATUS && !listed(r->op))
		return usage("--json: expected with status and listings only%s", NULL);
	if (r->utc && !listed(r->op))
		return usage("--utc: expected with listings only%s", NULL);
	if (r->async && r->op != UP)
		return usage("--asynchronous: expected with up only%s", NULL);
	if (r->config && r->op != ADD && r->op != REPLACE)
		return usage("--config: expected with add and replace only%s", NULL);
	return 0;
}

static int load(const struct request *r, const struct client *c)
{
	struct conf conf;
	int status;

	if (!conns_read(&conf, r->config))
		return EXIT_CONFIG;
	status = conns_load_one(c, &conf, r->op == ADD ? CTL_ADD : CTL_REPLACE, r->conn);
	conf_free(&conf);
	return status;
}

static int perform(const struct request *r)
{
	struct list_how how = { .kinds = listed(r->op), .due = r->op == CHECKPUBKEYS, .utc = r->utc, .json = r->json };
	struct client c = { .ctl = r->ctl };

	if (how.kinds)
		return list_print(r->ctl, &how);
	switch (r->op) {
	case ADD:
	case REPLACE:
		return load(r, &c);
	case DELETE:
		return client_ask_name(&c, CTL_DELETE, r->conn, false);
	case UP:
		return client_ask_name(&c, CTL_UP, r->conn, r->async);
	case DOWN:
		return client_ask_name(&c, CTL_DOWN, r->conn, false);
	case ROUTE:
		return client_ask_name(&c, CTL_ROUTE, r->conn, false);
	case UNROUTE:
		return client_ask_name(&c, CTL_UNROUTE, r->conn, false);
	case REKEY_CHILD:
		return client_ask_name(&c, CTL_REKEY_CHILD, r->conn, false);
	case REKEY_IKE:
		return client_ask_name(&c, CTL_REKEY_IKE, r->conn, false);
	case READY:
		return client_ask(&c, CTL_READY, NULL, 0, NULL);
	case REREADTRUST:
		return client_ask(&c, CTL_REREAD_TRUST, NULL, 0, NULL);
	case REREADSECRETS:
		return client_ask(&c, CTL_REREAD, NULL, 0, NULL);
	default:
		return status_print(r->ctl, r->conn ? r->conn : "", r->json);
	}
}

static int run(struct request *r, int argc, char **argv, const struct option *table, const char *name,
	       const char *help)
{
	struct options o;
	int opt, status;

	r->ctl = CTL_PATH;
	if (!options_start(&o, argc, argv, table, name, help))
		return EXIT_USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		status = take(r, &o, opt);
		if (status)
			return status;
	}
	status = check(r, o.argc - optind, o.argv + optind);
	return status ? status : perform(r);
}

int cmd_auto(int argc, char **argv)
{
	struct request r = { 0 };

	return run(&r, argc, argv, auto_table, "ipsec auto", auto_help);
}

int cmd_auto_short(int argc, char **argv)
{
	static char name[32];
	struct request r = { 0 };
	size_t i;

	for (i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++)
		if (!strcmp(argv[0], short_forms[i].name))
			r = (struct request){ .op = short_forms[i].op, .op_name = short_forms[i].name };
	snprintf(name, sizeof(name), "ipsec %s", argv[0]);
	return run(&r, argc, argv, short_table, name, short_help);
}
