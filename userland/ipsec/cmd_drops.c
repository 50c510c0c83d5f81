// SPDX-License-Identifier: GPL-2.0
/* ipsec drops: the last packets that were dropped, and why. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "saidopts.h"
#include "show.h"

#define REASON_WORD(sym, name, text) " " name

static const char help[] =
"Usage: ipsec drops [--follow] [--json] [--device IPSEC] [--reason NAME]\n"
"\n"
"Lists the last 1,024 packets that were dropped, oldest first: when, on which device, which\n"
"way, why, whose packet, by which eroute and SA.\n"
"\n"
"--follow  goes on with those to come, until it is ended\n"
"--json    one object; with --follow one object a line for each packet\n"
"--device  only those of this ipsec device\n"
"--reason  only those dropped for this reason, see below and ipsec_drops(8)\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"\n"
"Reasons:" KLIPS_DROPS(REASON_WORD) "\n";

enum { FOLLOW = OPT_FIRST, AS_JSON, DEVICE, REASON };

static const struct option table[] = {
	{ "follow", no_argument, NULL, FOLLOW },
	{ "json", no_argument, NULL, AS_JSON },
	{ "device", required_argument, NULL, DEVICE },
	{ "reason", required_argument, NULL, REASON },
	OPTIONS_COMMON
};

struct view {
	bool follow, as_json;
	const char *device;		/* NULL: any */
	int reason;			/* negative: any */
	uint64_t last;			/* number of the last drop that came, 0: none yet */
	struct genl *g;			/* for the journal */
	struct json json;		/* without follow */
};

static bool wanted(const struct view *v, const struct genl_drop *drop)
{
	return (!v->device || !strcmp(v->device, drop->device)) &&
	       (v->reason < 0 || v->reason == drop->reason);
}

static void print_line(const struct genl_drop *drop)
{
	struct json json;

	json_start(&json, stdout);
	json_drop(&json, NULL, drop);
	json_finish(&json);
}

static int print_drop(void *ctx, const struct genl_drop *drop)
{
	struct view *v = ctx;

	v->last = drop->number;
	if (!wanted(v, drop))
		return 0;
	if (!v->as_json)
		show_drop(stdout, drop);
	else if (v->follow)
		print_line(drop);
	else
		json_drop(&v->json, NULL, drop);
	return ferror(stdout) ? -EIO : 0;
}

/* What came between two that are here: too many at once, or this program was too slow. */
static void print_missed(const struct view *v, uint64_t n)
{
	struct json json;

	if (!v->as_json) {
		printf("(%" PRIu64 " more, not shown)\n", n);
		return;
	}
	json_start(&json, stdout);
	json_object(&json, NULL);
	json_u64(&json, "missed", n);
	json_finish(&json);
}

static int print_new(void *ctx, const struct genl_drop *drop)
{
	struct view *v = ctx;

	if (drop->number <= v->last)
		return 0;
	if (v->last && drop->number > v->last + 1)
		print_missed(v, drop->number - v->last - 1);
	return print_drop(v, drop);
}

static int flush(void *ctx)
{
	(void)ctx;
	return fflush(stdout) ? -EIO : 0;
}

/* The newest of those that came too fast are in the journal. */
static int catch_up(void *ctx)
{
	struct view *v = ctx;

	return genl_drops(v->g, print_new, v);
}

static int told(int err)
{
	if (!err)
		return 0;
	if (err == -EIO)
		return 1;		/* nobody reads on */
	return complain("cannot read the drops: %s", kernel_why(err));
}

static int list(struct view *v)
{
	int err;

	if (v->as_json) {
		json_start(&v->json, stdout);
		json_object(&v->json, NULL);
		json_array(&v->json, "drops");
	}
	err = genl_drops(v->g, print_drop, v);
	if (v->as_json)
		json_finish(&v->json);
	return told(err);
}

/* Events queue on a socket of their own while the journal is read. */
static int follow(struct view *v)
{
	const struct genl_follow f = {
		.each = print_new, .idle = flush, .lost = catch_up, .ctx = v,
	};
	struct genl events;
	int err;

	if (!kernel_genl(&events))
		return 1;
	err = genl_drops_join(&events);
	if (!err)
		err = genl_drops(v->g, print_drop, v);
	if (!err)
		err = flush(v);
	if (!err)
		err = genl_drops_follow(&events, &f);
	genl_close(&events);
	return told(err);
}

static int run(struct view *v)
{
	struct genl g;
	int status;

	if (!kernel_genl(&g))
		return 1;
	v->g = &g;
	status = v->follow ? follow(v) : list(v);
	genl_close(&g);
	return status;
}

static bool take(void *ctx, int opt)
{
	struct view *v = ctx;

	switch (opt) {
	case FOLLOW:
		v->follow = true;
		return true;
	case AS_JSON:
		v->as_json = true;
		return true;
	case DEVICE:
		v->device = optarg;
		if (*optarg && strlen(optarg) < KLIPS_IFNAMSIZ)
			return true;
		return bad_value("device", optarg,
				 "not a device name, expected 1 to 15 characters");
	default:
		v->reason = drop_by_name(optarg);
		if (v->reason >= 0)
			return true;
		return bad_value("reason", optarg,
				 "there is no such reason, expected e.g. no_eroute, see ipsec_drops(8)");
	}
}

int cmd_drops(int argc, char **argv)
{
	struct view v = { .reason = -1 };
	struct options o;

	if (!options_start(&o, argc, argv, table, "ipsec drops", help) ||
	    !options_read(&o, take, &v))
		return o.status;
	return run(&v);
}
