// SPDX-License-Identifier: GPL-2.0
/*
 * ipsec whack: the control client of old, for scripts that know it. What it can do is "ipsec auto", which is
 * handed its words; all else is refused by name, with what to do instead.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "commands.h"
#include "diag.h"
#include "options.h"

static const char help[] =
"Usage: ipsec whack --name CONN --initiate [--asynchronous] | --terminate | --route | --unroute | --delete\n"
"                   | --rekey-ike | --rekey-ipsec\n"
"       ipsec whack --status | --trafficstatus [--name CONN]\n"
"       ipsec whack --listpubkeys | --listcerts | --listcacerts | --listcrls | --listall | --checkpubkeys [--utc]\n"
"       ipsec whack --listen | --shutdown | --rereadsecrets | --rereadcacerts | --rereadcrls | --rereadall\n"
"\n"
"Does what \"ipsec auto\" does. Conns are defined in ipsec.conf only (ipsec add CONN): the options that define one,\n"
"and others of old, are refused with a line that says what to do instead.\n"
"Also --ctlbase PATH (pluto's socket is PATH.ctl), --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: as of \"ipsec auto\"; 64 for what is refused. See ipsec_whack(8).\n";

enum {
	NAME = OPT_FIRST, ASYNC, CTLBASE,
	INITIATE, TERMINATE, ROUTE, UNROUTE, DELETE, REKEY_IKE, REKEY_IPSEC, STATUS, TRAFFIC, LISTEN, SHUTDOWN, SECRETS,
	CACERTS, CRLS, ALL, LISTING, UTC,
	/* refused, by reason */
	DEFINE, DEBUGGING, UNLISTEN, SERIAL, OPPORTUNISTIC, KEYS, LISTS, OCSP, RECORD, EXTENDED,
};

/* A value behind a refused one is none of our business. */
#define REFUSED(name, why) { name, optional_argument, NULL, why }

static const struct option table[] = {
	{ "name", required_argument, NULL, NAME },
	{ "asynchronous", no_argument, NULL, ASYNC },
	{ "ctlbase", required_argument, NULL, CTLBASE },
	{ "initiate", no_argument, NULL, INITIATE },
	{ "terminate", no_argument, NULL, TERMINATE },
	{ "route", no_argument, NULL, ROUTE },
	{ "unroute", no_argument, NULL, UNROUTE },
	{ "delete", no_argument, NULL, DELETE },
	{ "rekey-ike", no_argument, NULL, REKEY_IKE },
	{ "rekey-ipsec", no_argument, NULL, REKEY_IPSEC },
	{ "status", no_argument, NULL, STATUS },
	{ "trafficstatus", no_argument, NULL, TRAFFIC },
	{ "listen", no_argument, NULL, LISTEN },
	{ "ready", no_argument, NULL, LISTEN },
	{ "shutdown", no_argument, NULL, SHUTDOWN },
	{ "rereadsecrets", no_argument, NULL, SECRETS },
	{ "rereadcacerts", no_argument, NULL, CACERTS },
	{ "rereadcrls", no_argument, NULL, CRLS },
	{ "rereadall", no_argument, NULL, ALL },
	{ "listpubkeys", no_argument, NULL, LISTING },
	{ "listcerts", no_argument, NULL, LISTING },
	{ "listcacerts", no_argument, NULL, LISTING },
	{ "listcrls", no_argument, NULL, LISTING },
	{ "listall", no_argument, NULL, LISTING },
	{ "checkpubkeys", no_argument, NULL, LISTING },
	{ "utc", no_argument, NULL, UTC },
	REFUSED("connalias", DEFINE), REFUSED("host", DEFINE), REFUSED("id", DEFINE), REFUSED("cert", DEFINE),
	REFUSED("ca", DEFINE), REFUSED("sendcert", DEFINE), REFUSED("certtype", DEFINE), REFUSED("groups", DEFINE),
	REFUSED("ikeport", DEFINE), REFUSED("nexthop", DEFINE), REFUSED("client", DEFINE), REFUSED("clientwithin", DEFINE),
	REFUSED("clientprotoport", DEFINE), REFUSED("srcip", DEFINE), REFUSED("updown", DEFINE),
	REFUSED("dnskeyondemand", DEFINE), REFUSED("tundev", DEFINE), REFUSED("to", DEFINE), REFUSED("psk", DEFINE),
	REFUSED("rsasig", DEFINE), REFUSED("encrypt", DEFINE), REFUSED("authenticate", DEFINE), REFUSED("compress", DEFINE),
	REFUSED("tunnel", DEFINE), REFUSED("pfs", DEFINE), REFUSED("pfsgroup", DEFINE),
	REFUSED("disablearrivalcheck", DEFINE), REFUSED("overlapip", DEFINE), REFUSED("aggrmode", DEFINE),
	REFUSED("dontrekey", DEFINE), REFUSED("forceencaps", DEFINE), REFUSED("sha2_truncbug", DEFINE),
	REFUSED("initiateontraffic", DEFINE), REFUSED("pass", DEFINE), REFUSED("drop", DEFINE), REFUSED("reject", DEFINE),
	REFUSED("failnone", DEFINE), REFUSED("failpass", DEFINE), REFUSED("faildrop", DEFINE), REFUSED("failreject", DEFINE),
	REFUSED("ikelifetime", DEFINE), REFUSED("ipseclifetime", DEFINE), REFUSED("rekeymargin", DEFINE),
	REFUSED("rekeywindow", DEFINE), REFUSED("rekeyfuzz", DEFINE), REFUSED("keyingtries", DEFINE), REFUSED("ike", DEFINE),
	REFUSED("ikealg", DEFINE), REFUSED("esp", DEFINE), REFUSED("dpddelay", DEFINE), REFUSED("dpdtimeout", DEFINE),
	REFUSED("dpdaction", DEFINE), REFUSED("metric", DEFINE), REFUSED("mtu", DEFINE), REFUSED("ipv4", DEFINE),
	REFUSED("ipv6", DEFINE), REFUSED("tunnelipv4", DEFINE), REFUSED("tunnelipv6", DEFINE), REFUSED("firstmsgid", DEFINE),
	REFUSED("remote_peer_type", DEFINE), REFUSED("labeledipsec", DEFINE), REFUSED("policylabel", DEFINE),
	REFUSED("loopback", DEFINE),
	REFUSED("xauthserver", EXTENDED), REFUSED("xauthclient", EXTENDED), REFUSED("modecfgserver", EXTENDED),
	REFUSED("modecfgclient", EXTENDED), REFUSED("xauthname", EXTENDED), REFUSED("xauthpass", EXTENDED),
	REFUSED("debug-none", DEBUGGING), REFUSED("debug-all", DEBUGGING), REFUSED("debug-raw", DEBUGGING),
	REFUSED("debug-crypt", DEBUGGING), REFUSED("debug-parsing", DEBUGGING), REFUSED("debug-emitting", DEBUGGING),
	REFUSED("debug-control", DEBUGGING), REFUSED("debug-lifecycle", DEBUGGING), REFUSED("debug-klips", DEBUGGING),
	REFUSED("debug-dns", DEBUGGING), REFUSED("debug-oppo", DEBUGGING), REFUSED("debug-pfkey", DEBUGGING),
	REFUSED("debug-natt", DEBUGGING), REFUSED("debug-x509", DEBUGGING), REFUSED("debug-dpd", DEBUGGING),
	REFUSED("debug-private", DEBUGGING), REFUSED("impair", DEBUGGING),
	REFUSED("unlisten", UNLISTEN), REFUSED("deletestate", SERIAL), REFUSED("deleteuser", SERIAL), REFUSED("crash", SERIAL),
	REFUSED("oppohere", OPPORTUNISTIC), REFUSED("oppothere", OPPORTUNISTIC), REFUSED("myid", OPPORTUNISTIC),
	REFUSED("rereadgroups", OPPORTUNISTIC),
	REFUSED("keyid", KEYS), REFUSED("addkey", KEYS), REFUSED("pubkeyrsa", KEYS),
	REFUSED("listgroups", LISTS), REFUSED("listpsks", LISTS), REFUSED("listevents", LISTS),
	REFUSED("listpairs", LISTS), REFUSED("listhostpairs", LISTS),
	REFUSED("rereadaacerts", OCSP), REFUSED("rereadocspcerts", OCSP), REFUSED("rereadacerts", OCSP),
	REFUSED("listaacerts", OCSP), REFUSED("listocspcerts", OCSP), REFUSED("listacerts", OCSP), REFUSED("listocsp", OCSP),
	REFUSED("purgeocsp", OCSP),
	REFUSED("whackrecord", RECORD), REFUSED("whackstoprecord", RECORD),
	OPTIONS_COMMON
};

static const char *refusal(int opt)
{
	switch (opt) {
	case DEFINE:
		return "conns are defined in ipsec.conf; \"ipsec add CONN\" loads one";
	case EXTENDED:
		return "XAUTH and mode-config belong to IKEv1; klips speaks IKEv2";
	case DEBUGGING:
		return "set plutodebug= in ipsec.conf, then \"ipsec restart\"";
	case UNLISTEN:
		return "pluto always listens; \"ipsec stop\" ends it";
	case SERIAL:
		return "name the conn: \"ipsec down CONN\"";
	case OPPORTUNISTIC:
		return "opportunistic encryption is not built";
	case KEYS:
		return "public keys stand in ipsec.conf (rsasigkey=)";
	case LISTS:
		return "\"ipsec status --json\" has what there is";
	case OCSP:
		return "CAs and CRLs are all there is: --rereadcacerts, --rereadcrls";
	default:
		return "there is nothing to record; \"ipsec pf_key\" and the log show what is done";
	}
}

struct words {
	const char *name, *op;		/* of ipsec auto */
	const char *given;		/* of whack, as typed */
	const char *ctlbase;
	bool wants_name, async, utc;
};

static const char *op_of(int opt, bool *wants_name)
{
	*wants_name = opt >= INITIATE && opt <= REKEY_IPSEC;
	switch (opt) {
	case INITIATE:
		return "--up";
	case TERMINATE:
		return "--down";
	case ROUTE:
		return "--route";
	case UNROUTE:
		return "--unroute";
	case DELETE:
		return "--delete";
	case REKEY_IKE:
		return "--rekey-ike";
	case REKEY_IPSEC:
		return "--rekey-child";
	case STATUS:
		return "--status";
	case TRAFFIC:
		return "trafficstatus";
	case LISTEN:
		return "--ready";
	case SHUTDOWN:
		return "shutdown";
	case SECRETS:
		return "--rereadsecrets";
	case CACERTS:
		return "--rereadcacerts";
	case CRLS:
		return "--rereadcrls";
	default:
		return "--rereadall";
	}
}

/* Of the same name in ipsec auto. */
static const char *same_op(const char *name)
{
	static char op[32];

	snprintf(op, sizeof(op), "--%s", name);
	return op;
}

/* One option: whether to go on. */
static bool take(struct words *w, const struct options *o, int opt)
{
	const char *name = o->table[o->index].name;

	if (opt == NAME) {
		w->name = optarg;
	} else if (opt == CTLBASE) {
		w->ctlbase = optarg;
	} else if (opt == ASYNC) {
		w->async = true;
	} else if (opt == UTC) {
		w->utc = true;
	} else if (opt >= DEFINE) {
		complain("--%s: %s", name, refusal(opt));
		return false;
	} else if (w->op) {
		complain("--%s and --%s: expected one operation", w->given, name);
		return false;
	} else {
		w->op = opt == LISTING ? same_op(name) : op_of(opt, &w->wants_name);
		w->given = name;
	}
	return true;
}

static bool check(const struct words *w)
{
	if (!w->op)
		complain("no operation; expected --initiate, --status ... see --help");
	else if (w->wants_name && !w->name)
		complain("--%s: expected --name CONN with it", w->given);
	else if (w->name && !w->wants_name && strcmp(w->op, "--status") && strcmp(w->op, "trafficstatus"))
		complain("--name '%s': not expected with --%s", w->name, w->given);
	else if (w->async && strcmp(w->op, "--up"))
		complain("--asynchronous: expected with --initiate only");
	else
		return true;
	return false;
}

static int shutdown_pluto(const struct words *w)
{
	const struct ctl_stop stop = { 0 };
	struct client c = { .ctl = CTL_PATH };
	char path[256];

	if (w->ctlbase) {
		snprintf(path, sizeof(path), "%s.ctl", w->ctlbase);
		c.ctl = path;
	}
	return client_stop(&c, &stop);
}

static int perform(const struct words *w)
{
	bool traffic = !strcmp(w->op, "trafficstatus");
	char *argv[9];
	int argc = 0;

	if (!strcmp(w->op, "shutdown"))
		return shutdown_pluto(w);
	argv[argc++] = (char *)(traffic ? "trafficstatus" : "auto");
	if (w->ctlbase) {
		argv[argc++] = (char *)"--ctlbase";
		argv[argc++] = (char *)w->ctlbase;
	}
	if (w->async)
		argv[argc++] = (char *)"--asynchronous";
	if (w->utc)
		argv[argc++] = (char *)"--utc";
	if (!traffic)
		argv[argc++] = (char *)w->op;
	if (w->name) {
		argv[argc++] = (char *)"--";
		argv[argc++] = (char *)w->name;
	}
	argv[argc] = NULL;
	return traffic ? cmd_trafficstatus(argc, argv) : cmd_auto(argc, argv);
}

int cmd_whack(int argc, char **argv)
{
	struct words w = { 0 };
	struct options o;
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec whack", help))
		return EXIT_USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		if (!take(&w, &o, opt))
			return EXIT_USAGE;
	}
	if (!options_no_words(&o) || !check(&w))
		return EXIT_USAGE;
	return perform(&w);
}
