// SPDX-License-Identifier: GPL-2.0
/* ipsec why: what would happen to a packet. The module answers with its own lookups. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "protoport.h"
#include "saidopts.h"
#include "show.h"
#include "why_conn.h"

static const char help[] =
"Usage: ipsec why [--device IPSEC] [--json] SRC DST [PROTO [SPORT DPORT]]\n"
"       ipsec why [--device IPSEC] [--json] --stdin\n"
"       ipsec why [--json] [--ctlbase PATH] CONN\n"
"\n"
"Says what would happen to a packet from SRC to DST that this host sends or forwards:\n"
"by which route, eroute and SA, and where to. Asks the module, sends nothing.\n"
"\n"
"PROTO     name or number, e.g. udp; without it one that no eroute names\n"
"SPORT     port number or service name; for icmp SPORT is the type, DPORT the code\n"
"--device  as if it were routed to this ipsec device\n"
"--json    one object a line, see ipsec_why(8)\n"
"--stdin   reads SRC DST ... from standard input, one packet a line\n"
"CONN      why its tunnel is down, since when, what is tried next and when; pluto (at PATH.ctl) is asked\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"\n"
"Exit status: 0 if there was an answer, whatever it is; 1 if not; of CONN also 65: no such conn, 69: pluto is\n"
"not running.\n";

enum { DEVICE = OPT_FIRST, JSON, STDIN, CTLBASE };

static const struct option table[] = {
	{ "device", required_argument, NULL, DEVICE },
	{ "json", no_argument, NULL, JSON },
	{ "stdin", no_argument, NULL, STDIN },
	{ "ctlbase", required_argument, NULL, CTLBASE },
	OPTIONS_COMMON
};

#define SENTENCE 512
#define WORDS_MAX 5			/* SRC DST PROTO SPORT DPORT */

static const char *verdict_name(enum klips_verdict verdict)
{
	switch (verdict) {
	case KLIPS_VERDICT_NOT_OURS: return "not_ours";
	case KLIPS_VERDICT_SA: return "sa";
	case KLIPS_VERDICT_PASS: return "pass";
	case KLIPS_VERDICT_DROP: return "drop";
	case KLIPS_VERDICT_REJECT: return "reject";
	case KLIPS_VERDICT_HOLD: return "hold";
	case KLIPS_VERDICT_NO_ROUTE: return "no_route";
	default: return "unknown";
	}
}

static const char *or_unknown(const char *name)
{
	return *name ? name : "an unknown device";
}

/* The route of what is for this host itself, as the kernel has it. */
static bool is_local(const struct genl_why *why)
{
	return !strcmp(why->route_dev, "lo");
}

/* The verdict as a sentence without a subject. */
static void sentence(const struct genl_why *why, char buf[SENTENCE])
{
	char said[SAID_TEXT], dst[ADDR_TEXT];

	switch (why->verdict) {
	case KLIPS_VERDICT_NOT_OURS:
		if (is_local(why))
			snprintf(buf, SENTENCE, "would stay here: the destination is an address of this host");
		else
			snprintf(buf, SENTENCE, "would leave in the clear by %s: it is not routed to an ipsec device",
				 or_unknown(why->route_dev));
		break;
	case KLIPS_VERDICT_SA:
		snprintf(buf, SENTENCE, "would be encrypted by %s and leave by %s towards %s",
			 said_format(&why->sa.said, 'x', said),
			 or_unknown(why->outer_dev),
			 addr_format(&why->outer_dst, dst));
		break;
	case KLIPS_VERDICT_PASS:
		snprintf(buf, SENTENCE, "would leave in the clear by %s: the eroute says %%pass",
			 or_unknown(why->outer_dev));
		break;
	case KLIPS_VERDICT_DROP:
		snprintf(buf, SENTENCE, "would be dropped: %s", drop_text(why->drop));
		break;
	case KLIPS_VERDICT_REJECT:
		snprintf(buf, SENTENCE, "would be dropped and answered: the eroute says %%reject");
		break;
	case KLIPS_VERDICT_HOLD:
		snprintf(buf, SENTENCE, "would be held until there is an SA");
		break;
	case KLIPS_VERDICT_NO_ROUTE:
		snprintf(buf, SENTENCE, "would go nowhere: this host has no route for it");
		break;
	default:
		snprintf(buf, SENTENCE, "would meet a verdict newer than this program");
	}
}

static void print_flow(const struct genl_flow *flow)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT], proto[16];

	printf("%s -> %s", addr_format(&flow->src, src), addr_format(&flow->dst, dst));
	if (flow->proto)
		printf(" %s", ipproto_format(flow->proto, proto));
	if (flow->sport || flow->dport)
		printf(" %u -> %u", ntohs(flow->sport), ntohs(flow->dport));
	putchar('\n');
}

static void print_gateway(const struct ip_addr *gw)
{
	char text[ADDR_TEXT];

	if (gw->family)
		printf(", gateway %s", addr_format(gw, text));
	putchar('\n');
}

static void print_sa(const struct genl_sa *sa)
{
	char said[SAID_TEXT];

	printf("  SA       %s %s, %s, %" PRIu64 " packets, %" PRIu64 " bytes\n",
	       said_format(&sa->said, 'x', said),
	       sa->alg[0] ? sa->alg : "no algorithm yet", show_sa_state(sa->state),
	       sa->packets, sa->bytes);
}

static void print_eroute(const struct genl_why *why)
{
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT], said[SAID_TEXT], proto[16];
	const struct genl_eroute *er = &why->eroute;

	if (!why->has_eroute) {
		if (why->verdict != KLIPS_VERDICT_NOT_OURS &&
		    why->verdict != KLIPS_VERDICT_NO_ROUTE)
			printf("  eroute   none matches\n");
		return;
	}
	printf("  eroute   %s -> %s => %s",
	       show_selector(&er->src, er->sport, er->sport_mask, src),
	       show_selector(&er->dst, er->dport, er->dport_mask, dst),
	       said_format(&er->said, 'x', said));
	if (er->proto)
		printf(", only %s", ipproto_format(er->proto, proto));
	if (er->device[0])
		printf(", only on %s", er->device);
	printf(" (%" PRIu64 " packets)\n", er->packets);
}

static void print_why(const struct genl_flow *flow, const struct genl_why *why)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT], text[SENTENCE];
	const struct ip_addr none = { 0 };

	print_flow(flow);
	printf("  route    %s", why->route_dev[0] ? why->route_dev : "none");
	print_gateway(is_local(why) ? &none : &why->route_gw);
	if (flow->device)
		printf("  asked    as if it were routed to %s\n", flow->device);
	print_eroute(why);
	if (why->has_sa)
		print_sa(&why->sa);
	if (why->outer_dst.family) {
		printf("  outer    %s -> %s by %s", addr_format(&why->outer_src, src),
		       addr_format(&why->outer_dst, dst), or_unknown(why->outer_dev));
		print_gateway(&why->outer_gw);
	}
	if (why->mtu)
		printf("  largest  %u bytes without fragments\n", why->mtu);
	sentence(why, text);
	printf("  verdict  %s\n", text);
}

static void json_addr(struct json *json, const char *key, const struct ip_addr *addr)
{
	char text[ADDR_TEXT];

	json_string(json, key, addr->family ? addr_format(addr, text) : NULL);
}

static void json_flow(struct json *json, const struct genl_flow *flow)
{
	json_object(json, "flow");
	json_string(json, "family", show_family(flow->src.family));
	json_addr(json, "src", &flow->src);
	json_addr(json, "dst", &flow->dst);
	json_u64(json, "proto", flow->proto);
	json_u64(json, "sport", ntohs(flow->sport));
	json_u64(json, "dport", ntohs(flow->dport));
	json_string(json, "device", flow->device);
	json_end(json);
}

/* The outer packet, or the clear one of %pass. */
static void json_outer(struct json *json, const struct genl_why *why)
{
	if (!why->outer_dst.family && !why->outer_dev[0]) {
		json_null(json, "outer");
		return;
	}
	json_object(json, "outer");
	json_addr(json, "src", &why->outer_src);
	json_addr(json, "dst", &why->outer_dst);
	json_string(json, "device", why->outer_dev[0] ? why->outer_dev : NULL);
	json_addr(json, "gateway", &why->outer_gw);
	json_end(json);
}

static void json_why(const struct genl_flow *flow, const struct genl_why *why)
{
	bool dropped = why->verdict == KLIPS_VERDICT_DROP;
	const struct ip_addr none = { 0 };
	char text[SENTENCE];
	struct json json;

	sentence(why, text);
	json_start(&json, stdout);
	json_object(&json, NULL);
	json_flow(&json, flow);
	json_string(&json, "verdict", verdict_name(why->verdict));
	json_string(&json, "drop", dropped ? drop_name(why->drop) : NULL);
	json_string(&json, "text", text);
	json_object(&json, "route");
	json_string(&json, "device", why->route_dev[0] ? why->route_dev : NULL);
	json_addr(&json, "gateway", is_local(why) ? &none : &why->route_gw);
	json_end(&json);
	if (why->has_eroute)
		json_eroute(&json, "eroute", &why->eroute);
	else
		json_null(&json, "eroute");
	if (why->has_sa)
		json_sa(&json, "sa", &why->sa);
	else
		json_null(&json, "sa");
	json_outer(&json, why);
	if (why->mtu)
		json_u64(&json, "mtu", why->mtu);
	else
		json_null(&json, "mtu");
	json_finish(&json);
}

static bool bad_word(const char *name, const char *value, const char *err)
{
	complain("%s '%s': %s", name, value, err);
	return false;
}

static bool parse_addrs(char **word, struct genl_flow *flow)
{
	const char *err = addr_parse(word[0], AF_UNSPEC, &flow->src);

	if (err)
		return bad_word("SRC", word[0], err);
	err = addr_parse(word[1], AF_UNSPEC, &flow->dst);
	if (err)
		return bad_word("DST", word[1], err);
	if (flow->src.family != flow->dst.family)
		return bad_word("DST", word[1], "not of the same family as SRC");
	return true;
}

static bool parse_words(char **word, int n, struct genl_flow *flow)
{
	const char *err;

	if (n != 2 && n != 3 && n != 5) {
		complain("expected SRC DST, SRC DST PROTO, SRC DST PROTO SPORT DPORT or CONN, got %d words, see --help",
			 n);
		return false;
	}
	if (!parse_addrs(word, flow))
		return false;
	err = n > 2 ? ipproto_parse(word[2], &flow->proto) : NULL;
	if (err)
		return bad_word("PROTO", word[2], err);
	if (n <= 3)
		return true;
	if (!ipproto_has_ports(flow->proto))
		return bad_word("PROTO", word[2], "has no ports");
	err = port_parse(word[3], flow->proto, &flow->sport);
	if (err)
		return bad_word("SPORT", word[3], err);
	err = port_parse(word[4], flow->proto, &flow->dport);
	return err ? bad_word("DPORT", word[4], err) : true;
}

static int ask(struct genl *g, const struct genl_flow *flow, bool as_json)
{
	struct genl_why why;
	int err;

	memset(&why, 0, sizeof(why));
	err = genl_why(g, flow, &why);
	if (err == -ENODEV && flow->device)
		return complain("--device '%s': there is no such ipsec device, see ipsec tncfg",
				flow->device);
	if (err)
		return complain("the module did not answer: %s", kernel_why(err));
	if (as_json)
		json_why(flow, &why);
	else
		print_why(flow, &why);
	return 0;
}

/* The words of @line, at most one more than there may be; their number. */
static int split(char *line, char *word[WORDS_MAX + 1])
{
	char *rest;
	int n = 0;

	for (char *w = strtok_r(line, " \t\n", &rest); w && n <= WORDS_MAX;
	     w = strtok_r(NULL, " \t\n", &rest))
		word[n++] = w;
	return n;
}

/* Stops at the first line that is wrong, and says which. */
static int ask_stdin(struct genl *g, const char *device, bool as_json)
{
	char line[512], *word[WORDS_MAX + 1], name[32];
	int status = 0;

	for (unsigned int n = 1; !status && fgets(line, sizeof(line), stdin); n++) {
		struct genl_flow flow = { .device = device };

		snprintf(name, sizeof(name), "line %u", n);
		diag_label(name);
		if (!parse_words(word, split(line, word), &flow))
			return 1;
		status = ask(g, &flow, as_json);
	}
	return status;
}

/* One word, and no half of a packet. */
static bool is_conn(const struct options *o)
{
	struct ip_addr addr;

	return !options_seen(o, STDIN) && o->argc - optind == 1 && o->argv[optind][0] &&
	       addr_parse(o->argv[optind], AF_UNSPEC, &addr);
}

/* What would be about packets has nothing to do there, nor pluto's socket with packets. */
static bool kinds_mixed(const struct options *o, bool conn)
{
	int odd = conn ? (options_seen(o, DEVICE) ? DEVICE : options_seen(o, STDIN) ? STDIN : 0) :
			 options_seen(o, CTLBASE) ? CTLBASE : 0;

	if (odd)
		complain("--%s: not expected with %s, see --help", options_name(o, odd), conn ? "CONN" : "a packet");
	return odd != 0;
}

/* What the options left, checked before the module is asked for. */
static int run(const struct options *o, struct genl_flow *flow, const char *ctl)
{
	bool from_stdin = options_seen(o, STDIN), as_json = options_seen(o, JSON);
	struct genl g;
	int status;

	if (flow->device && (!*flow->device ||
			     strlen(flow->device) >= KLIPS_IFNAMSIZ)) {
		bad_value("device", flow->device,
			  "not a device name, expected 1 to 15 characters");
		return 1;
	}
	if (kinds_mixed(o, is_conn(o)))
		return 1;
	if (is_conn(o))
		return why_conn(ctl, o->argv[optind], as_json);
	if (from_stdin && !options_no_words(o))
		return 1;
	if (!from_stdin && !parse_words(o->argv + optind, o->argc - optind, flow))
		return 1;
	if (!kernel_genl(&g))
		return 1;
	status = from_stdin ? ask_stdin(&g, flow->device, as_json) :
			      ask(&g, flow, as_json);
	genl_close(&g);
	return status;
}

int cmd_why(int argc, char **argv)
{
	struct genl_flow flow = { 0 };
	char ctl[256] = CTL_PATH;
	struct options o;
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec why", help))
		return o.status;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status;
		if (opt == DEVICE)
			flow.device = optarg;
		if (opt == CTLBASE)
			snprintf(ctl, sizeof(ctl), "%s.ctl", optarg);
	}
	return run(&o, &flow, ctl);
}
