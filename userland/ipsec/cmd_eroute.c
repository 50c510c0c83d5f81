// SPDX-License-Identifier: GPL-2.0
/* ipsec eroute: list and change eroutes. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "pfkey_ops.h"
#include "protoport.h"
#include "saidopts.h"
#include "show.h"

static const char help[] =
"Usage: ipsec eroute [--json]\n"
"       ipsec eroute --holds [--json]\n"
"       ipsec eroute --add | --replace [--eraf FAMILY] --src NET --dst NET SA [SELECTOR]\n"
"       ipsec eroute --addin | --replacein [--eraf FAMILY] --src NET --dst NET SA [SELECTOR]\n"
"       ipsec eroute --del [--eraf FAMILY] --src NET --dst NET [SELECTOR]\n"
"       ipsec eroute --delin [--eraf FAMILY] --src NET --dst NET SA [SELECTOR]\n"
"       ipsec eroute --clear [--device IPSEC]\n"
"\n"
"Without an action: lists eroutes (packets, source -> destination => target). --holds lists what\n"
"traps and %hold hold: of which, state, age, packets, bytes, ACQUIREs sent.\n"
"SA        --said SAID, e.g. esp0x1234@192.0.2.2, %pass, %drop, %reject, %hold, %trap;\n"
"          or [--af inet|inet6] --edst ADDRESS --spi NUMBER --proto esp|ah|comp|tun|int\n"
"          With %trap and %trapsubnet: --soft, what it covers may come in the clear\n"
"SELECTOR  [--transport-proto PROTO [--src-port PORT] [--dst-port PORT]] [--device IPSEC]\n"
"NET       ADDRESS/BITS, ADDRESS/NETMASK, ADDRESS\n"
"FAMILY    inet or inet6, else the addresses tell it\n"
"\n"
"--replace creates the eroute or replaces it, without a moment between. --addin and\n"
"--replacein say what packets an inbound SA may carry; --delin takes it back.\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version. See ipsec_eroute(8).\n";

enum {
	ADD = OPT_FIRST, ADDIN, REPLACE, REPLACEIN, DEL, DELIN, CLEAR,
	JSON, HOLDS, ERAF, SRC, DST, SAID, AF, EDST, SPI, PROTO,
	TRANSPORT_PROTO, SRC_PORT, DST_PORT, DEVICE, SOFT,
};

/* Options of a listing, as bits of options.seen. */
#define LISTING (1ULL << (JSON - OPT_FIRST) | 1ULL << (HOLDS - OPT_FIRST))

static const struct option table[] = {
	{ "add", no_argument, NULL, ADD },
	{ "addin", no_argument, NULL, ADDIN },
	{ "replace", no_argument, NULL, REPLACE },
	{ "replacein", no_argument, NULL, REPLACEIN },
	{ "del", no_argument, NULL, DEL },
	{ "delin", no_argument, NULL, DELIN },
	{ "clear", no_argument, NULL, CLEAR },
	{ "json", no_argument, NULL, JSON },
	{ "holds", no_argument, NULL, HOLDS },
	{ "eraf", required_argument, NULL, ERAF },
	{ "src", required_argument, NULL, SRC },
	{ "dst", required_argument, NULL, DST },
	{ "said", required_argument, NULL, SAID },
	{ "af", required_argument, NULL, AF },
	{ "edst", required_argument, NULL, EDST },
	{ "spi", required_argument, NULL, SPI },
	{ "proto", required_argument, NULL, PROTO },
	{ "transport-proto", required_argument, NULL, TRANSPORT_PROTO },
	{ "src-port", required_argument, NULL, SRC_PORT },
	{ "dst-port", required_argument, NULL, DST_PORT },
	{ "device", required_argument, NULL, DEVICE },
	{ "soft", no_argument, NULL, SOFT },
	OPTIONS_COMMON
};

/* The command line as it was given, then what it means. */
struct request {
	int action;			/* ADD ... CLEAR; 0: list */
	bool json, holds, soft;
	const char *eraf, *src, *dst, *transport_proto, *src_port, *dst_port;
	struct said_opts said_opts;

	struct flow_sel sel;
	struct said said;
};

static bool set_action(struct request *r, int action)
{
	if (r->action) {
		complain("only one of --add, --addin, --replace, --replacein, --del, --delin, --clear is permitted");
		return false;
	}
	r->action = action;
	return true;
}

static bool take(void *ctx, int opt)
{
	struct request *r = ctx;

	switch (opt) {
	case ERAF: r->eraf = optarg; break;
	case SRC: r->src = optarg; break;
	case DST: r->dst = optarg; break;
	case SAID: r->said_opts.said = optarg; break;
	case AF: r->said_opts.af = optarg; break;
	case EDST: r->said_opts.edst = optarg; break;
	case SPI: r->said_opts.spi = optarg; break;
	case PROTO: r->said_opts.proto = optarg; break;
	case TRANSPORT_PROTO: r->transport_proto = optarg; break;
	case SRC_PORT: r->src_port = optarg; break;
	case DST_PORT: r->dst_port = optarg; break;
	case DEVICE: r->sel.device = optarg; break;
	case JSON: r->json = true; break;
	case HOLDS: r->holds = true; break;
	case SOFT: r->soft = true; break;
	default: return set_action(r, opt);
	}
	return true;
}

static bool missing(const char *option)
{
	complain("option '--%s' is missing", option);
	return false;
}

static bool parse_nets(struct request *r)
{
	const char *err;
	int family;

	if (!family_opt("eraf", r->eraf, &family))
		return false;
	if (!r->src)
		return missing("src");
	if (!r->dst)
		return missing("dst");
	err = subnet_parse(r->src, family, &r->sel.src);
	if (err)
		return bad_value("src", r->src, err);
	err = subnet_parse(r->dst, family, &r->sel.dst);
	if (err)
		return bad_value("dst", r->dst, err);
	if (r->sel.src.addr.family != r->sel.dst.addr.family)
		return bad_value("dst", r->dst, "not of the same family as --src");
	return true;
}

static bool parse_port(const struct request *r, const char *option,
		       const char *value, in_port_t *port)
{
	const char *err;

	if (!value)
		return true;
	if (!r->transport_proto || !ipproto_has_ports(r->sel.proto))
		return bad_value(option, value,
				 "a port needs --transport-proto tcp or udp");
	err = port_parse(value, r->sel.proto, port);
	return err ? bad_value(option, value, err) : true;
}

static bool parse_selector(struct request *r)
{
	const char *err;

	if (!parse_nets(r))
		return false;
	if (r->transport_proto) {
		err = ipproto_parse(r->transport_proto, &r->sel.proto);
		if (err)
			return bad_value("transport-proto", r->transport_proto, err);
	}
	return parse_port(r, "src-port", r->src_port, &r->sel.sport) &&
	       parse_port(r, "dst-port", r->dst_port, &r->sel.dport);
}

static bool parse_device(const struct request *r)
{
	const char *device = r->sel.device;

	if (device && (!*device || strlen(device) >= KLIPS_IFNAMSIZ))
		return bad_value("device", device,
				 "not a device name, expected 1 to 15 characters");
	return true;
}

/* The SA of a real one, for what is about inbound SAs. */
static bool parse_inbound(struct request *r)
{
	if (!said_opts_parse(&r->said_opts, 0, &r->said))
		return false;
	if (said_target(&r->said) != KLIPS_TARGET_SA) {
		complain("--addin, --replacein and --delin are about an SA, not about %%pass and the like");
		return false;
	}
	if (r->sel.device)
		return bad_value("device", r->sel.device,
				 "has no meaning for what an inbound SA may carry");
	return true;
}

/* All that add and replace need of the target. */
static bool parse_target(struct request *r)
{
	if (!said_opts_parse(&r->said_opts, 0, &r->said))
		return false;
	if (said_target(&r->said) == KLIPS_TARGET_NONE) {
		complain("int SPIs are 256 (%%pass) to 261 (%%trapsubnet)");
		return false;
	}
	return true;
}

static bool check_soft(const struct request *r)
{
	enum klips_target target = said_target(&r->said);

	if (!r->soft || target == KLIPS_TARGET_TRAP || target == KLIPS_TARGET_TRAPSUBNET)
		return true;
	complain("option '--soft' has a meaning only with --add or --replace of %%trap or %%trapsubnet");
	return false;
}

static bool parse_action(struct request *r)
{
	if (!parse_device(r))
		return false;
	switch (r->action) {
	case CLEAR:
		if (!r->src && !r->dst && !said_opts_given(&r->said_opts) &&
		    !r->eraf && !r->transport_proto && !r->src_port && !r->dst_port)
			return true;
		complain("--clear removes every eroute and takes no option but --device");
		return false;
	case ADD:
	case REPLACE:
		return parse_selector(r) && parse_target(r);
	case ADDIN:
	case REPLACEIN:
	case DELIN:
		return parse_selector(r) && parse_inbound(r);
	default:
		return parse_selector(r);
	}
}

static int act(struct pfkey *pk, const struct request *r)
{
	enum klips_target target = said_target(&r->said);

	switch (r->action) {
	case ADD:
	case REPLACE:
		if (r->soft)
			return flow_add_soft(pk, &r->sel, target, r->action == REPLACE);
		return flow_add(pk, &r->sel, target, &r->said, r->action == REPLACE);
	case ADDIN: return flow_add_inbound(pk, &r->sel, &r->said, false);
	case REPLACEIN: return flow_add_inbound(pk, &r->sel, &r->said, true);
	case DEL: return flow_del(pk, &r->sel);
	case DELIN: return flow_del_inbound(pk, &r->sel, &r->said);
	default: return flow_clear(pk, r->sel.device);
	}
}

/* The kernel's errno in the words of this action. */
static const char *why(int action, int err)
{
	bool in = action == ADDIN || action == REPLACEIN || action == DELIN;

	switch (-err) {
	case EEXIST:
		return in ? "the SA has this selector already" :
			    "eroute already in use, delete the old one first or use --replace";
	case ENOENT:
	case ESRCH:
		return in ? "there is no such SA, or it does not have this selector" :
			    "there is no such eroute, see ipsec eroute";
	case ENOSPC:
		return in ? "the SA has as many selectors as it can have" :
			    "the network namespace has all eroutes, or shapes of them, that it may have, see /proc/net/ipsec/limits";
	case EOPNOTSUPP:
		return "this kernel module cannot do that (target, family) yet";
	default:
		return kernel_why(err);
	}
}

/* "10.1.0.0/24 -> 10.2.0.0/24", or what --clear is about. */
static int told(const struct request *r, int err)
{
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT];
	const struct flow_sel *s = &r->sel;

	if (!err)
		return 0;
	if (r->action == CLEAR)
		return complain("--clear: %s", why(r->action, err));
	show_selector(&s->src, s->sport, s->sport ? 0xffff : 0, src);
	show_selector(&s->dst, s->dport, s->dport ? 0xffff : 0, dst);
	return complain("%s -> %s: %s", src, dst, why(r->action, err));
}

static int change(struct request *r)
{
	struct pfkey pk;
	int status;

	if (!parse_action(r) || !check_soft(r))
		return 1;
	if (!kernel_pfkey(&pk))
		return 1;
	status = told(r, act(&pk, r));
	kernel_pfkey_keep(&pk);
	return status;
}

static int list(bool as_json)
{
	struct genl_eroute *er;
	struct json json;
	struct genl g;
	size_t n;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_list_eroutes(&g, &er, &n);
	genl_close(&g);
	if (err)
		return complain("cannot read the eroutes: %s", kernel_why(err));
	qsort(er, n, sizeof(*er), show_eroute_cmp);
	if (as_json)
		json_start_list(&json, stdout, "eroutes");
	for (size_t i = 0; i < n; i++) {
		if (as_json)
			json_eroute(&json, NULL, &er[i]);
		else
			show_eroute(stdout, &er[i]);
	}
	if (as_json)
		json_finish(&json);
	free(er);
	return 0;
}

static int list_holds(bool as_json)
{
	struct genl_hold_sums sums;
	struct genl_hold *holds;
	struct json json;
	struct genl g;
	size_t n;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_list_holds(&g, &holds, &n);
	if (!err)
		err = genl_hold_sums(&g, &sums);
	genl_close(&g);
	if (err)
		return complain("cannot read the holds: %s", kernel_why(err));
	if (as_json)
		json_start_list(&json, stdout, "holds");
	for (size_t i = 0; i < n; i++) {
		if (as_json)
			json_hold(&json, NULL, &holds[i]);
		else
			show_hold(stdout, &holds[i]);
	}
	if (as_json) {
		json_end(&json);
		json_hold_sums(&json, "sums", &sums);
		json_finish(&json);
	} else {
		show_hold_sums(stdout, &sums);
	}
	free(holds);
	return 0;
}

int cmd_eroute(int argc, char **argv)
{
	struct request r = { 0 };
	struct options o;

	if (!options_start(&o, argc, argv, table, "ipsec eroute", help) ||
	    !options_read(&o, take, &r))
		return o.status;
	if (!(o.seen & ~LISTING))
		return r.holds ? list_holds(r.json) : list(r.json);
	if (r.json || r.holds)
		return complain("--json and --holds list all there are and take no other option");
	if (!r.action)
		return complain("one of --add, --addin, --replace, --replacein, --del, --delin, --clear is needed");
	return change(&r);
}
