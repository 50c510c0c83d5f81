// SPDX-License-Identifier: GPL-2.0
/* ipsec klipsdebug: what the module tells in the kernel log. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "json.h"
#include "kernel.h"
#include "options.h"
#include "pfkey_ops.h"
#include "saidopts.h"

#define FLAG_LINE(sym, name, text) "  " name "\t" text "\n"

static const char help[] =
"Usage: ipsec klipsdebug [--json]\n"
"       ipsec klipsdebug --set FLAG | --clear FLAG | --all | --none\n"
"\n"
"Without an action: lists which flags are on. They make the module tell what it does in the\n"
"kernel log (dmesg), for this network namespace, at most 200 lines a second.\n"
"--all turns on all but verbose, --none turns off all.\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version. See ipsec_klipsdebug(8).\n"
"\n"
"FLAG (tunnel-xmit is xmit, ipcomp is comp):\n"
"  all\tevery flag but verbose\n"
KLIPS_DEBUG_FLAGS(FLAG_LINE);

enum { SET = OPT_FIRST, CLEAR, ALL, NONE, AS_JSON };

static const struct option table[] = {
	{ "set", required_argument, NULL, SET },
	{ "clear", required_argument, NULL, CLEAR },
	{ "all", no_argument, NULL, ALL },
	{ "none", no_argument, NULL, NONE },
	{ "json", no_argument, NULL, AS_JSON },
	OPTIONS_COMMON
};

#define FLAG_NAME(sym, name, text) name,
static const char *const names[] = { KLIPS_DEBUG_FLAGS(FLAG_NAME) };

#define ALL_FLAGS (KLIPS_DEBUG_ALL & ~KLIPS_DEBUG(VERBOSE))

/* Names that KLIPS had beside. */
static const struct { const char *name; uint32_t flags; } others[] = {
	{ "all", ALL_FLAGS },
	{ "tunnel-xmit", KLIPS_DEBUG(XMIT) },
	{ "ipcomp", KLIPS_DEBUG(COMP) },
};

/* 0: there is no such flag. */
static uint32_t flag_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(name, others[i].name))
			return others[i].flags;
	for (int i = 0; i < __KLIPS_DEBUG_MAX; i++)
		if (!strcmp(name, names[i]))
			return 1U << i;
	return 0;
}

struct request {
	int action;			/* SET ... NONE, AS_JSON; 0: list */
	uint32_t set, clear;
};

static bool take_flag(struct request *r, int opt)
{
	uint32_t flags = flag_by_name(optarg);

	if (!flags)
		return bad_value(opt == SET ? "set" : "clear", optarg,
				 "there is no such flag, expected e.g. tunnel, see --help");
	if (opt == SET)
		r->set = flags;
	else
		r->clear = flags;
	return true;
}

static bool take(void *ctx, int opt)
{
	struct request *r = ctx;

	if (r->action) {
		complain("only one of --set, --clear, --all, --none, --json is permitted");
		return false;
	}
	r->action = opt;
	switch (opt) {
	case ALL:
		r->set = ALL_FLAGS;
		return true;
	case NONE:
		r->clear = KLIPS_DEBUG_ALL;
		return true;
	case AS_JSON:
		return true;
	default:
		return take_flag(r, opt);
	}
}

static void print_json(uint32_t flags)
{
	struct json json;

	json_start(&json, stdout);
	json_object(&json, NULL);
	json_object(&json, "klipsdebug");
	for (int i = 0; i < __KLIPS_DEBUG_MAX; i++)
		json_bool(&json, names[i], flags & 1U << i);
	json_finish(&json);
}

/* The lines of /proc/net/ipsec_klipsdebug. */
static void print_lines(uint32_t flags)
{
	for (int i = 0; i < __KLIPS_DEBUG_MAX; i++)
		printf("debug_%s=%08x.\n", names[i], flags & 1U << i ? 0xffffffff : 0);
}

static int list(bool as_json)
{
	struct genl g;
	uint32_t flags;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_debug(&g, &flags);
	genl_close(&g);
	if (err)
		return complain("cannot read the flags: %s", kernel_why(err));
	if (as_json)
		print_json(flags);
	else
		print_lines(flags);
	return 0;
}

static int change(const struct request *r)
{
	struct pfkey pk;
	int err;

	if (!kernel_pfkey(&pk))
		return 1;
	err = debug_set(&pk, r->set, r->clear);
	pfkey_close(&pk);
	return err ? complain("cannot change the flags: %s", kernel_why(err)) : 0;
}

int cmd_klipsdebug(int argc, char **argv)
{
	struct request r = { 0 };
	struct options o;

	if (!options_start(&o, argc, argv, table, "ipsec klipsdebug", help) ||
	    !options_read(&o, take, &r))
		return o.status;
	if (!r.action || r.action == AS_JSON)
		return list(r.action == AS_JSON);
	return change(&r);
}
