// SPDX-License-Identifier: GPL-2.0
/* ipsec tncfg: ipsec devices and what they are attached to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <klips/netlink.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "rtnl.h"
#include "saidopts.h"
#include "show.h"
#include "value.h"

static const char help[] =
"Usage: ipsec tncfg [--json]\n"
"       ipsec tncfg --attach --virtual IPSEC --physical DEVICE\n"
"       ipsec tncfg --detach --virtual IPSEC\n"
"       ipsec tncfg --create IPSEC | --set IPSEC | --delete IPSEC\n"
"       ipsec tncfg --clear\n"
"\n"
"Without an action: lists ipsec devices: IPSEC -> DEVICE mtu=MTU(effective MTU) -> MTU.\n"
"--attach creates IPSEC where it is missing; it does not set it up or give it an\n"
"address. --clear detaches all. See ipsec_tncfg(8).\n"
"With --attach, --create and --set, what the device does with headers:\n"
"  --df clear|copy|set   DF of outer IPv4 packets (clear)\n"
"  --hidetos yes|no      no: DSCP of the inner packet on the outer one (yes)\n"
"  --fragicmp yes|no     no: too large packets with DF are sent, cut (yes)\n"
"  --mss off|auto|BYTES  the most that TCP SYNs name, both ways (off)\n"
"  --fwmark MARK         mark of outer packets, for ip rule and nft (0)\n"
"and with its packets:\n"
"  --parallel yes|no     yes: those of an SA are spread over all CPUs, in order (no)\n"
"  --guard drop|count|off  packets in the clear whose answer goes into a tunnel (drop)\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n";

enum {
	ATTACH = OPT_FIRST, DETACH, CREATE, SET, DELETE, CLEAR, JSON,
	VIRTUAL, PHYSICAL, DF, HIDETOS, FRAGICMP, MSS, FWMARK, PARALLEL, GUARD,
};

static const struct option table[] = {
	{ "attach", no_argument, NULL, ATTACH },
	{ "detach", no_argument, NULL, DETACH },
	{ "create", required_argument, NULL, CREATE },
	{ "set", required_argument, NULL, SET },
	{ "delete", required_argument, NULL, DELETE },
	{ "clear", no_argument, NULL, CLEAR },
	{ "json", no_argument, NULL, JSON },
	{ "virtual", required_argument, NULL, VIRTUAL },
	{ "physical", required_argument, NULL, PHYSICAL },
	{ "df", required_argument, NULL, DF },
	{ "hidetos", required_argument, NULL, HIDETOS },
	{ "fragicmp", required_argument, NULL, FRAGICMP },
	{ "mss", required_argument, NULL, MSS },
	{ "fwmark", required_argument, NULL, FWMARK },
	{ "parallel", required_argument, NULL, PARALLEL },
	{ "guard", required_argument, NULL, GUARD },
	OPTIONS_COMMON
};

struct request {
	int action;
	const char *virt;		/* of --virtual, --create, --set or --delete */
	const char *virt_option;
	const char *physical;
	bool any_header;
	struct rtnl_headers headers;
};

static bool set_action(struct request *r, int action)
{
	if (r->action) {
		complain("only one of --attach, --detach, --create, --set, --delete, --clear, --json is permitted");
		return false;
	}
	r->action = action;
	return true;
}

static bool set_virtual(struct request *r, const char *option)
{
	if (r->virt) {
		complain("--create, --set and --delete name the device themselves, without --virtual");
		return false;
	}
	r->virt = optarg;
	r->virt_option = option;
	return true;
}

/* One of three words, whose place is the value. */
static bool set_word(const char *option, const char * const words[3], int *value)
{
	char expected[64];

	for (int i = 0; i < 3; i++) {
		if (strcmp(optarg, words[i]))
			continue;
		*value = i;
		return true;
	}
	snprintf(expected, sizeof(expected), "expected %s, %s or %s", words[0], words[1], words[2]);
	return bad_value(option, optarg, expected);
}

static bool set_df(struct request *r)
{
	static const char * const words[] = { "clear", "copy", "set" };

	return set_word("df", words, &r->headers.df);
}

static bool set_guard(struct request *r)
{
	static const char * const words[] = { "drop", "count", "off" };

	return set_word("guard", words, &r->headers.guard);
}

static bool set_yes_no(const char *option, int *value)
{
	bool yes;

	if (bool_parse(optarg, &yes))
		return bad_value(option, optarg, "expected yes or no");
	*value = yes;
	return true;
}

static bool set_mss(struct request *r)
{
	uint64_t bytes;

	if (!strcmp(optarg, "off")) {
		r->headers.mss = KLIPS_MSS_OFF;
	} else if (!strcmp(optarg, "auto")) {
		r->headers.mss = KLIPS_MSS_AUTO;
	} else {
		if (number_parse(optarg, KLIPS_MSS_MIN, KLIPS_MSS_MAX, &bytes))
			return bad_value("mss", optarg, "expected off, auto or 88 to 65495 bytes");
		r->headers.mss = bytes;
	}
	return true;
}

static bool set_fwmark(struct request *r)
{
	uint64_t mark;

	if (number_parse(optarg, 0, UINT32_MAX, &mark))
		return bad_value("fwmark", optarg, "expected 0 to 4294967295, or the same with 0x");
	r->headers.fwmark = mark;
	return true;
}

static bool take_header(struct request *r, int opt)
{
	r->any_header = true;
	switch (opt) {
	case DF:
		return set_df(r);
	case HIDETOS:
		return set_yes_no("hidetos", &r->headers.hidetos);
	case FRAGICMP:
		return set_yes_no("fragicmp", &r->headers.fragicmp);
	case FWMARK:
		return set_fwmark(r);
	case PARALLEL:
		return set_yes_no("parallel", &r->headers.parallel);
	case GUARD:
		return set_guard(r);
	default:
		return set_mss(r);
	}
}

static bool take(void *ctx, int opt)
{
	struct request *r = ctx;

	if (opt >= DF)
		return take_header(r, opt);
	switch (opt) {
	case VIRTUAL:
		return set_virtual(r, "virtual");
	case PHYSICAL:
		r->physical = optarg;
		return true;
	case CREATE:
		return set_virtual(r, "create") && set_action(r, opt);
	case SET:
		return set_virtual(r, "set") && set_action(r, opt);
	case DELETE:
		return set_virtual(r, "delete") && set_action(r, opt);
	default:
		return set_action(r, opt);
	}
}

static bool good_name(const char *option, const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= KLIPS_IFNAMSIZ || strpbrk(name, "/: \t\n") ||
	    !strcmp(name, ".") || !strcmp(name, ".."))
		return bad_value(option, name,
				 "not a device name, expected 1 to 15 characters");
	return true;
}

static bool check(const struct request *r)
{
	bool wants_physical = r->action == ATTACH;
	bool wants_virtual = r->action != CLEAR;
	bool may_header = r->action == ATTACH || r->action == CREATE || r->action == SET;

	if (!r->action)
		complain("one of --attach, --detach, --create, --set, --delete, --clear is needed");
	else if (wants_virtual && !r->virt)
		complain("virtual I/F parameter missing: --virtual IPSEC");
	else if (wants_physical && !r->physical)
		complain("physical I/F parameter missing: --physical DEVICE");
	else if (!wants_virtual && r->virt)
		complain("--clear detaches every ipsec device and takes no --virtual");
	else if (!wants_physical && r->physical)
		complain("option '--physical' has a meaning only with --attach");
	else if (!may_header && r->any_header)
		complain("--df, --hidetos, --fragicmp, --mss, --fwmark, --parallel and --guard have a meaning only with --attach, --create and --set");
	else if (r->action == SET && !r->any_header)
		complain("--set needs one of --df, --hidetos, --fragicmp, --mss, --fwmark, --parallel, --guard");
	else
		return (!r->virt || good_name(r->virt_option, r->virt)) &&
		       (!r->physical || good_name("physical", r->physical));
	return false;
}

/* The ipsec device of the request: 0, or the exit status and it has been told. */
static int get_virtual(struct rtnl *rt, const struct request *r,
		       struct rtnl_link *link)
{
	int err = rtnl_link_get(rt, r->virt, link);

	if (err == -ENODEV)
		return complain("--%s '%s': there is no such device, see ipsec tncfg",
				r->virt_option, r->virt);
	if (err)
		return complain("--%s '%s': %s", r->virt_option, r->virt,
				rtnl_error(rt, err));
	if (strcmp(link->kind, KLIPS_LINK_KIND))
		return complain("--%s '%s': is not an ipsec device", r->virt_option,
				r->virt);
	return 0;
}

static int create(struct rtnl *rt, const struct request *r, int lower)
{
	int err = rtnl_link_add(rt, r->virt, KLIPS_LINK_KIND, lower);

	if (err == -EEXIST)
		return complain("--%s '%s': a device of that name exists already",
				r->virt_option, r->virt);
	if (err == -EOPNOTSUPP)
		return complain(GENL_NOT_LOADED);
	if (err == -EPERM)
		return complain("--%s '%s': %s", r->virt_option, r->virt,
				kernel_why(err));
	if (err)
		return complain("--%s '%s': %s", r->virt_option, r->virt,
				rtnl_error(rt, err));
	return 0;
}

static int attach_existing(struct rtnl *rt, const struct request *r,
			   const struct rtnl_link *lower)
{
	struct rtnl_link link, now;
	int err;

	if (get_virtual(rt, r, &link))
		return 1;
	if (link.lower == lower->ifindex)
		return 0;
	if (link.lower) {
		err = rtnl_link_get_index(rt, link.lower, &now);
		return complain("device busy: virtual device %s is already attached to %s, detach it first",
				r->virt, err ? "another device" : now.name);
	}
	err = rtnl_link_attach(rt, link.ifindex, lower->ifindex);
	if (err)
		return complain("cannot attach %s to %s: %s", r->virt, r->physical,
				err == -EPERM ? kernel_why(err) : rtnl_error(rt, err));
	return 0;
}

static int attach(struct rtnl *rt, const struct request *r)
{
	struct rtnl_link lower, link;
	int err = rtnl_link_get(rt, r->physical, &lower);

	if (err)
		return complain("--physical '%s': no such device, is the physical device valid?",
				r->physical);
	if (!strcmp(lower.kind, KLIPS_LINK_KIND))
		return complain("--physical '%s': is an ipsec device itself",
				r->physical);
	if (rtnl_link_get(rt, r->virt, &link) == -ENODEV)
		return create(rt, r, lower.ifindex);
	return attach_existing(rt, r, &lower);
}

static int detach(struct rtnl *rt, const struct request *r)
{
	struct rtnl_link link;
	int err;

	if (get_virtual(rt, r, &link))
		return 1;
	if (!link.lower)
		return complain("--virtual '%s': is not linked to any physical device",
				r->virt);
	err = rtnl_link_attach(rt, link.ifindex, 0);
	if (err)
		return complain("cannot detach %s: %s", r->virt,
				err == -EPERM ? kernel_why(err) : rtnl_error(rt, err));
	return 0;
}

/* What was asked for beside the action, once the device is there. */
static int set(struct rtnl *rt, const struct request *r)
{
	struct rtnl_link link;
	int err;

	if (!r->any_header)
		return 0;
	if (get_virtual(rt, r, &link))
		return 1;
	err = rtnl_link_headers(rt, link.ifindex, &r->headers);
	if (err)
		return complain("cannot change %s: %s", r->virt,
				err == -EPERM ? kernel_why(err) : rtnl_error(rt, err));
	return 0;
}

static int delete(struct rtnl *rt, const struct request *r)
{
	struct rtnl_link link;
	int err;

	if (get_virtual(rt, r, &link))
		return 1;
	err = rtnl_link_del(rt, link.ifindex);
	if (err)
		return complain("cannot delete %s: %s", r->virt,
				err == -EPERM ? kernel_why(err) : rtnl_error(rt, err));
	return 0;
}

struct clear {
	struct rtnl *rt;		/* for changes, not the one that dumps */
	int status;
};

static int clear_one(void *ctx, const struct rtnl_link *link)
{
	struct clear *c = ctx;
	int err;

	if (strcmp(link->kind, KLIPS_LINK_KIND) || !link->lower)
		return 0;
	err = rtnl_link_attach(c->rt, link->ifindex, 0);
	if (err)
		c->status = complain("cannot detach %s: %s", link->name,
				     err == -EPERM ? kernel_why(err) :
						     rtnl_error(c->rt, err));
	return 0;
}

static int clear(struct rtnl *rt)
{
	struct clear c = { .rt = rt };
	struct rtnl dump;
	int err = rtnl_open(&dump);

	if (!err) {
		err = rtnl_links(&dump, clear_one, &c);
		rtnl_close(&dump);
	}
	if (err && err != -EINTR)
		return complain("cannot list devices: %s", strerror(-err));
	return c.status;
}

static int change(const struct request *r)
{
	struct rtnl rt;
	struct genl g;
	int err, status;

	if (!check(r) || !kernel_genl(&g))
		return 1;
	genl_close(&g);
	err = rtnl_open(&rt);
	if (err)
		return complain("cannot open rtnetlink: %s", strerror(-err));
	switch (r->action) {
	case ATTACH: status = attach(&rt, r) || set(&rt, r); break;
	case DETACH: status = detach(&rt, r); break;
	case CREATE: status = create(&rt, r, 0) || set(&rt, r); break;
	case SET: status = set(&rt, r); break;
	case DELETE: status = delete(&rt, r); break;
	default: status = clear(&rt);
	}
	rtnl_close(&rt);
	return status;
}

static int list(bool as_json)
{
	struct genl_device *dev;
	struct json json;
	struct genl g;
	size_t n;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_list_devices(&g, &dev, &n);
	genl_close(&g);
	if (err)
		return complain("cannot read the devices: %s", kernel_why(err));
	qsort(dev, n, sizeof(*dev), show_device_cmp);
	if (as_json)
		json_start_list(&json, stdout, "devices");
	for (size_t i = 0; i < n; i++) {
		if (as_json)
			json_device(&json, NULL, &dev[i]);
		else
			show_device(stdout, &dev[i]);
	}
	if (as_json)
		json_finish(&json);
	free(dev);
	return 0;
}

int cmd_tncfg(int argc, char **argv)
{
	struct request r = { .headers = RTNL_HEADERS_KEEP };
	struct options o;

	if (!options_start(&o, argc, argv, table, "ipsec tncfg", help) ||
	    !options_read(&o, take, &r))
		return o.status;
	if (!options_any(&o))
		return list(false);
	if (r.action == JSON && o.seen != 1ULL << (JSON - OPT_FIRST))
		return complain("--json lists all devices and takes no other option");
	return r.action == JSON ? list(true) : change(&r);
}
