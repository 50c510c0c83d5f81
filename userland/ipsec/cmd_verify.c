// SPDX-License-Identifier: GPL-2.0
/* ipsec verify: lines like those of old, [OK], [WARNING], [FAILED]. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "commands.h"
#include "diag.h"
#include "options.h"
#include "paths.h"
#include "verify.h"

static const char help[] =
"Usage: ipsec verify [--json] [--config FILE]\n"
"       ipsec verify --from-xfrm [--json] [--config FILE]\n"
"\n"
"Looks at this host and changes nothing: module, af_key, forwarding, rp_filter, redirects, NAT rules, ports, other key\n"
"daemons, clock, ipsec.conf, secrets, drop routes. A line a check, and below what is wrong how to mend it.\n"
"\n"
"--from-xfrm    which flows the kernel's own stack (XFRM) protects now, and which conn of ipsec.conf would protect each\n"
"               of them: what a move to klips would change\n"
"--config FILE  (or --conf) instead of /etc/ipsec.conf\n"
"--json         one object, see ipsec_verify(8)\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 nothing FAILED, 1 something did, 64 usage.\n";

enum { AS_JSON = OPT_FIRST, CONFIG, CONF, FROM_XFRM };

static const struct option table[] = {
	{ "json", no_argument, NULL, AS_JSON },
	{ "config", required_argument, NULL, CONFIG },
	{ "conf", required_argument, NULL, CONF },
	{ "from-xfrm", no_argument, NULL, FROM_XFRM },
	OPTIONS_COMMON
};

static const char * const words[] = { "OK", "WARNING", "FAILED", "N/A" };
static const char * const names[] = { "ok", "warning", "failed", "not_applicable" };
static const char * const colours[] = { "\033[32m", "\033[33m", "\033[31m", "" };

void verify_say(struct verify *v, enum verdict verdict, const char *name, const char *what, const char *fmt, ...)
{
	char text[1024] = "";
	va_list args;

	if (fmt) {
		va_start(args, fmt);
		vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
	}
	v->failed += verdict == VERIFY_FAILED;
	v->warnings += verdict == VERIFY_WARNING;
	if (v->json) {
		json_object(v->json, NULL);
		json_string(v->json, "check", name);
		json_string(v->json, "what", what);
		json_string(v->json, "result", names[verdict]);
		json_string(v->json, "text", text[0] ? text : NULL);
		json_end(v->json);
		return;
	}
	printf("%-50s\t%s[%s]%s\n", what, v->colour ? colours[verdict] : "", words[verdict], v->colour ? "\033[0m" : "");
	if (text[0])
		printf("  %s\n", text);
}

bool verify_is_local(void *ctx, const struct ip_addr *addr)
{
	const struct verify *v = ctx;
	unsigned int i;

	for (i = 0; i < v->n_locals; i++)
		if (addr_equal(&v->locals[i], addr))
			return true;
	return false;
}

unsigned int verify_us(const struct verify *v, const struct conf_conn *conn)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (conn->end[i].host == CONF_HOST_DEFAULTROUTE ||
		    (conn->end[i].host == CONF_HOST_ADDR && verify_is_local((void *)v, &conn->end[i].addr)))
			return i;
	return 2;
}

static int each_addr(void *ctx, const struct rtnl_addr *addr)
{
	struct verify *v = ctx;
	struct ip_addr *bigger = reallocarray(v->locals, v->n_locals + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	v->locals = bigger;
	v->locals[v->n_locals++] = addr->local;
	return 0;
}

struct first_error {
	unsigned int errors;
	char text[512];
};

static void report(void *ctx, bool error, const char *text)
{
	struct first_error *first = ctx;

	if (error && !first->errors++)
		snprintf(first->text, sizeof(first->text), "%s", text);
}

static void read_conf(struct verify *v)
{
	struct first_error first = { 0 };

	if (conf_load(&v->conf, v->conf_path, report, &first))
		verify_say(v, VERIFY_FAILED, "config", "Configuration", "%s%s", first.text,
			   first.errors > 1 ? "; there is more: ipsec addconn --checkconfig" : "");
	else
		verify_say(v, VERIFY_OK, "config", "Configuration", "%s, %u conns", v->conf_path, v->conf.n_conns);
}

/* 0, or an exit status. */
static int run(struct verify *v, bool from_xfrm)
{
	int err = rtnl_open(&v->rtnl);

	if (err)
		return complain("cannot open rtnetlink: %s", strerror(-err));
	err = rtnl_addrs(&v->rtnl, AF_UNSPEC, each_addr, v);
	if (err) {
		rtnl_close(&v->rtnl);
		return complain("cannot read the addresses of this host: %s", rtnl_error(&v->rtnl, err));
	}
	read_conf(v);
	if (from_xfrm) {
		verify_xfrm(v);
	} else {
		verify_kernel(v);
		verify_net(v);
		verify_nat(v);
		verify_daemon(v);
	}
	rtnl_close(&v->rtnl);
	conf_free(&v->conf);
	free(v->locals);
	return v->failed ? 1 : 0;
}

static int run_json(struct verify *v, bool from_xfrm)
{
	struct json j;
	int status;

	json_start_list(&j, stdout, "checks");
	v->json = &j;
	status = run(v, from_xfrm);
	json_end(&j);
	json_u64(&j, "failed", v->failed);
	json_u64(&j, "warnings", v->warnings);
	json_finish(&j);
	return status;
}

int cmd_verify(int argc, char **argv)
{
	struct verify v = { 0 };
	char path[PATH_MAX];
	struct options o;
	int opt, status;

	if (!options_start(&o, argc, argv, table, "ipsec verify", help))
		return EXIT_USAGE;
	snprintf(path, sizeof(path), "%s/ipsec.conf", path_conf_dir());
	v.conf_path = path;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		if (opt == CONFIG || opt == CONF)
			v.conf_path = optarg;
	}
	if (!options_no_words(&o))
		return EXIT_USAGE;
	v.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	status = options_seen(&o, AS_JSON) ? run_json(&v, options_seen(&o, FROM_XFRM)) : run(&v, options_seen(&o, FROM_XFRM));
	if (status && v.failed)
		complain("encountered errors: %u FAILED, %u warnings", v.failed, v.warnings);
	if (ferror(stdout) || fflush(stdout))
		status = complain("cannot write the answer");
	return status;
}
