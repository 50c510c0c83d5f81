// SPDX-License-Identifier: GPL-2.0
/* sources: klips/judge.c klips/quote.c klips/selector.c */
/*
 * The guard's cases: who sends what in the clear, where its answer is routed, which entry that meets, and whether it is
 * let in. The gateway is 192.0.2.1 and 10.1.0.1, 2001:db8::1 and fd01::1.
 */
#include <stdlib.h>

#include "../../klips/judge.h"
#include "../../klips/quote.h"
#include "unit.h"

enum { ICMP = 1, IGMP = 2, TCP = 6, UDP = 17, GRE = 47, ESP = 50, AH = 51, ICMPV6 = 58, COMP = 108 };

/* Where answers are routed, the first one that fits. */
enum device { LAN, ETH, IPSEC };

static const struct route {
	const char *dst;
	unsigned int plen;
	enum device dev;
} routes[] = {
	{ "10.1.0.0", 24, LAN },
	{ "192.0.2.0", 24, ETH },
	{ "0.0.0.0", 0, IPSEC },
	{ "fd01::", 64, LAN },
	{ "2001:db8::", 64, ETH },
	{ "::", 0, IPSEC },
};

/* What there is on the ipsec device, in the order of match. */
static const struct entry {
	const char *src;
	unsigned int src_plen;
	const char *dst;
	unsigned int dst_plen;
	unsigned int proto, sport;	/* proto 0: any, and any port */
	enum klips_target target;
} entries[] = {
	{ "10.1.0.9", 32, "10.2.0.0", 24, 0, 0, KLIPS_TARGET_PASS },
	{ "10.1.0.0", 24, "10.2.0.77", 32, 0, 0, KLIPS_TARGET_PASS },
	{ "10.1.0.0", 24, "10.3.0.0", 24, 0, 0, KLIPS_TARGET_TRAP },
	{ "10.1.0.0", 24, "10.3.1.0", 24, 0, 0, KLIPS_TARGET_TRAPSUBNET },
	{ "10.1.0.0", 24, "10.3.2.0", 24, 0, 0, KLIPS_TARGET_HOLD },
	{ "10.1.0.0", 24, "10.3.3.0", 24, 0, 0, KLIPS_TARGET_DROP },
	{ "10.1.0.0", 24, "10.3.4.0", 24, 0, 0, KLIPS_TARGET_REJECT },
	{ "10.1.0.0", 24, "10.3.5.0", 24, UDP, 53, KLIPS_TARGET_PASS },
	{ "10.1.0.0", 24, "10.3.5.0", 24, ICMP, 0, KLIPS_TARGET_PASS },
	{ "10.1.0.0", 24, "0.0.0.0", 0, 0, 0, KLIPS_TARGET_SA },
	{ "fd01::9", 128, "fd02::", 64, 0, 0, KLIPS_TARGET_PASS },
	{ "fd01::", 64, "::", 0, 0, 0, KLIPS_TARGET_SA },
};

/* What else is to be known of a packet. */
enum {
	US = 1,				/* its destination is an address of the gateway */
	MANY = 2,			/* or broadcast, or multicast */
	BYPASS = 4,			/* the socket that it is for has the bypass policy */
	QUOTES = 8,			/* it is an ICMP error: from, to and the rest are those of the answer to what it quotes */
	LAST = 16,			/* it is a later fragment */
	ONE_HOP = 32,			/* it has hop limit 255 */
	OPENED = 64,			/* XFRM has decrypted it */
	PORTS = 128,			/* some entry names ports, and this fragment shows none */
	BAD = 256,			/* an ICMP error that quotes nothing */
	WHOLE = 512,			/* it was put together of fragments */
	SOFT = 1024,			/* the trap is a soft one */
};

#define IN KLIPS_OK			/* let in, as its answer says */
#define EXEMPT (KLIPS_OK + 1)		/* let in, whatever its answer meets */
#define ELSEWHERE (KLIPS_OK + 2)	/* its answer goes through no tunnel */
#define WAITS (KLIPS_OK + 3)		/* it is put together first */
#define CLEAR KLIPS_DROP_CLEAR
#define FRAGMENT KLIPS_DROP_FRAGMENT
#define BAD_QUOTE KLIPS_DROP_BAD_QUOTE

static const struct row {
	const char *who, *from, *to;
	unsigned int proto, sport, dport, flags;
	unsigned int verdict;
} rows[] = {
	/* Neighbours, under an entry for everything. */
	{ "a LAN host to the world", "10.1.0.2", "203.0.113.7", UDP, 1, 2, 0, ELSEWHERE },
	{ "a LAN host to another by the gateway", "10.1.0.2", "10.1.0.3", UDP, 1, 2, 0, ELSEWHERE },
	{ "a LAN host to the gateway", "10.1.0.2", "10.1.0.1", TCP, 1, 22, US, ELSEWHERE },
	{ "a host of the outside link to the gateway", "192.0.2.7", "192.0.2.1", TCP, 1, 22, US, ELSEWHERE },
	{ "a LAN host, IPv6", "fd01::2", "2001:db8:9::7", UDP, 1, 2, 0, ELSEWHERE },
	/* What should have come through the tunnel. */
	{ "the far subnet to the inside", "10.2.0.2", "10.1.0.2", UDP, 7, 7, 0, CLEAR },
	{ "the same, TCP", "10.2.0.2", "10.1.0.2", TCP, 7, 7, 0, CLEAR },
	{ "the same, another protocol", "10.2.0.2", "10.1.0.2", GRE, 0, 0, 0, CLEAR },
	{ "the same, to the gateway", "10.2.0.2", "10.1.0.1", TCP, 7, 22, US, CLEAR },
	{ "the same, from anywhere", "203.0.113.7", "10.1.0.2", TCP, 7, 22, 0, CLEAR },
	{ "the far subnet to the gateway's outside, without an entry", "10.2.0.2", "192.0.2.1", TCP, 7, 22, US, CLEAR },
	{ "the far subnet, IPv6", "fd02::2", "fd01::2", UDP, 7, 7, 0, CLEAR },
	{ "the same, to the gateway", "fd02::2", "fd01::1", UDP, 7, 7, US, CLEAR },
	{ "echo request", "10.2.0.2", "10.1.0.2", ICMP, 8, 0, 0, CLEAR },
	{ "echo request to the gateway's outside", "203.0.113.2", "192.0.2.1", ICMP, 8, 0, US, CLEAR },
	{ "echo request, IPv6", "fd02::2", "fd01::2", ICMPV6, 128, 0, 0, CLEAR },
	/* Every target. */
	{ "%pass by source", "10.2.0.2", "10.1.0.9", UDP, 7, 7, 0, IN },
	{ "%pass by destination", "10.2.0.77", "10.1.0.2", UDP, 7, 7, 0, IN },
	{ "%pass, to the gateway", "10.2.0.77", "10.1.0.1", UDP, 7, 7, US, IN },
	{ "%pass, IPv6", "fd02::2", "fd01::9", UDP, 7, 7, 0, IN },
	{ "%trap", "10.3.0.2", "10.1.0.2", UDP, 7, 7, 0, CLEAR },
	{ "a soft %trap", "10.3.0.2", "10.1.0.2", UDP, 7, 7, SOFT, IN },
	{ "a soft %trapsubnet", "10.3.1.2", "10.1.0.2", UDP, 7, 7, SOFT, IN },
	{ "%trapsubnet", "10.3.1.2", "10.1.0.2", UDP, 7, 7, 0, CLEAR },
	{ "%hold", "10.3.2.2", "10.1.0.2", UDP, 7, 7, 0, CLEAR },
	{ "%drop", "10.3.3.2", "10.1.0.2", UDP, 7, 7, 0, CLEAR },
	{ "%reject", "10.3.4.2", "10.1.0.2", UDP, 7, 7, 0, CLEAR },
	/* Entries with ports: those of the answer. */
	{ "to the port that may", "10.3.5.2", "10.1.0.2", UDP, 7, 53, 0, IN },
	{ "from that port", "10.3.5.2", "10.1.0.2", UDP, 53, 7, 0, CLEAR },
	{ "to that port, TCP", "10.3.5.2", "10.1.0.2", TCP, 7, 53, 0, CLEAR },
	{ "echo request, whose answer may", "10.3.5.2", "10.1.0.2", ICMP, 8, 0, 0, IN },
	{ "echo reply, whose question may not", "10.3.5.2", "10.1.0.2", ICMP, 0, 0, 0, CLEAR },
	{ "ICMP that nobody answers", "10.3.5.2", "10.1.0.2", ICMP, 9, 0, 0, CLEAR },
	{ "a fragment, ports named", "10.3.5.2", "10.1.0.2", UDP, 0, 0, LAST | PORTS, WAITS },
	{ "the same under %pass", "10.2.0.77", "10.1.0.2", UDP, 0, 0, LAST | PORTS, WAITS },
	{ "a whole that is a fragment again", "10.2.0.77", "10.1.0.2", UDP, 0, 0, LAST | PORTS | WHOLE, FRAGMENT },
	{ "an error that quotes a fragment, ports named", "10.2.0.77", "10.1.0.2", UDP, 0, 0, LAST | PORTS | QUOTES, FRAGMENT },
	{ "a fragment, no ports named", "10.2.0.2", "10.1.0.2", UDP, 0, 0, LAST, CLEAR },
	{ "the same under %pass", "10.2.0.77", "10.1.0.2", UDP, 0, 0, LAST, IN },
	/* Tunnels and their keys, of a peer that is in the far subnet itself. */
	{ "ESP", "203.0.113.2", "192.0.2.1", ESP, 0, 0, US, EXEMPT },
	{ "AH", "203.0.113.2", "192.0.2.1", AH, 0, 0, US, EXEMPT },
	{ "IPCOMP", "203.0.113.2", "192.0.2.1", COMP, 0, 0, US, EXEMPT },
	{ "ESP, a fragment of it", "203.0.113.2", "192.0.2.1", ESP, 0, 0, US | LAST | PORTS, EXEMPT },
	{ "ESP, IPv6", "2001:db8:2::2", "2001:db8::1", ESP, 0, 0, US, EXEMPT },
	{ "ESP for somebody inside", "203.0.113.2", "10.1.0.2", ESP, 0, 0, 0, CLEAR },
	{ "IKE", "203.0.113.2", "192.0.2.1", UDP, 500, 500, US | BYPASS, EXEMPT },
	{ "IKE, IPv6", "2001:db8:2::2", "2001:db8::1", UDP, 500, 500, US | BYPASS, EXEMPT },
	{ "port 500 without the bypass", "203.0.113.2", "192.0.2.1", UDP, 500, 500, US, CLEAR },
	{ "port 500 for somebody inside", "203.0.113.2", "10.1.0.2", UDP, 500, 500, 0, CLEAR },
	{ "a fragment of UDP", "203.0.113.2", "192.0.2.1", UDP, 0, 0, US | LAST, WAITS },
	{ "a fragment of UDP, which names ports", "203.0.113.2", "192.0.2.1", UDP, 0, 0, US | LAST | PORTS, WAITS },
	{ "a whole of UDP, of IKE", "203.0.113.2", "192.0.2.1", UDP, 500, 500, US | WHOLE | BYPASS, EXEMPT },
	{ "a whole of UDP, another", "203.0.113.2", "192.0.2.1", UDP, 7, 7, US | WHOLE, CLEAR },
	{ "an error that quotes a fragment of UDP", "203.0.113.2", "192.0.2.1", UDP, 0, 0, US | LAST | QUOTES, CLEAR },
	{ "a fragment of TCP", "203.0.113.2", "192.0.2.1", TCP, 0, 0, US | LAST, CLEAR },
	{ "a fragment of UDP for somebody inside", "203.0.113.2", "10.1.0.2", UDP, 0, 0, LAST, CLEAR },
	{ "what XFRM decrypted", "203.0.113.2", "10.1.0.2", UDP, 7, 7, OPENED, EXEMPT },
	/* ICMP errors go with what they quote. */
	{ "an error about our ESP", "203.0.113.2", "192.0.2.1", ESP, 0, 0, US | QUOTES, EXEMPT },
	{ "an error about our IKE", "203.0.113.2", "192.0.2.1", UDP, 500, 500, US | QUOTES | BYPASS, EXEMPT },
	{ "an error about UDP of ours", "203.0.113.2", "192.0.2.1", UDP, 7, 7, US | QUOTES, CLEAR },
	{ "an error about a packet of the tunnel", "10.2.0.2", "10.1.0.2", UDP, 7, 7, QUOTES, CLEAR },
	{ "an error about a packet under %pass", "10.2.0.77", "10.1.0.2", UDP, 7, 7, QUOTES, IN },
	{ "an error about a neighbour's packet", "10.1.0.3", "10.1.0.2", UDP, 7, 7, QUOTES, ELSEWHERE },
	{ "an error about an echo request under %pass", "10.2.0.77", "10.1.0.2", ICMP, 0, 0, QUOTES, IN },
	{ "an error about nothing", "203.0.113.2", "10.1.0.2", ICMP, 0, 0, BAD, BAD_QUOTE },
	{ "the same, to the gateway", "203.0.113.2", "192.0.2.1", ICMP, 0, 0, BAD | US, BAD_QUOTE },
	/* What is for many, or for neighbours. */
	{ "broadcast", "203.0.113.2", "192.0.2.255", UDP, 7, 7, MANY, EXEMPT },
	{ "multicast", "203.0.113.2", "224.0.0.5", UDP, 7, 7, MANY, EXEMPT },
	{ "multicast, IPv6", "fd02::2", "ff02::1", UDP, 7, 7, MANY, EXEMPT },
	{ "link-local source", "fe80::2", "fd01::1", UDP, 7, 7, US, EXEMPT },
	{ "link-local destination", "fd02::2", "fe80::1", UDP, 7, 7, US, EXEMPT },
	{ "almost link-local", "fec0::2", "fd01::1", UDP, 7, 7, US, CLEAR },
	{ "neighbour solicitation", "2001:db8:2::2", "2001:db8::1", ICMPV6, 135, 0, US | ONE_HOP, EXEMPT },
	{ "neighbour advertisement", "2001:db8:2::2", "2001:db8::1", ICMPV6, 136, 0, US | ONE_HOP, EXEMPT },
	{ "one from far away", "2001:db8:2::2", "2001:db8::1", ICMPV6, 136, 0, US, CLEAR },
	{ "redirect of a global address", "2001:db8:2::2", "2001:db8::1", ICMPV6, 137, 0, US | ONE_HOP, CLEAR },
	{ "echo request of a neighbour", "2001:db8:2::2", "2001:db8::1", ICMPV6, 128, 0, US | ONE_HOP, CLEAR },
	{ "UDP of one, from port 135", "2001:db8:2::2", "2001:db8::1", UDP, 135, 7, US | ONE_HOP, CLEAR },
	{ "IPv4 from type 135", "203.0.113.2", "192.0.2.1", ICMP, 135, 0, US | ONE_HOP, CLEAR },
};

static u8 addr(const char *text, union klips_addr *a)
{
	u8 family = strchr(text, ':') ? AF_INET6 : AF_INET;

	memset(a, 0, sizeof(*a));
	if (inet_pton(family, text, a) != 1)
		abort();
	return family;
}

static enum device route(const struct klips_flow *answer)
{
	union klips_addr dst;
	unsigned int i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (addr(routes[i].dst, &dst) == answer->family &&
		    klips_addr_prefix_equal(&dst, &answer->dst, routes[i].plen))
			return routes[i].dev;
	return ETH;
}

static struct klips_selector selector(const struct entry *e)
{
	struct klips_selector sel = {
		.src_plen = e->src_plen, .dst_plen = e->dst_plen,
		.proto = e->proto, .sport = htons(e->sport), .sport_mask = e->proto ? htons(0xffff) : 0,
	};

	sel.family = addr(e->src, &sel.src);
	addr(e->dst, &sel.dst);
	return sel;
}

static enum klips_drop find(const struct klips_flow *answer, bool ports, enum klips_target *target)
{
	struct klips_selector sel;
	unsigned int i;

	*target = KLIPS_TARGET_NONE;
	if (answer->fragment && ports)
		return KLIPS_DROP_FRAGMENT;
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		sel = selector(&entries[i]);
		CHECK(!klips_selector_check(&sel), "entry %u is none", i);
		if (!klips_selector_match(&sel, 1, answer))
			continue;
		*target = entries[i].target;
		return KLIPS_OK;
	}
	return KLIPS_DROP_NO_EROUTE;
}

static struct klips_suspect suspect(const struct row *r)
{
	struct klips_suspect s = {
		.read = r->flags & BAD ? KLIPS_DROP_BAD_QUOTE : KLIPS_OK,
		.proto = r->proto,
		.to_us = r->flags & US, .to_many = r->flags & MANY, .neighbour = r->flags & ONE_HOP,
		.opened = r->flags & OPENED, .bypass = r->flags & BYPASS,
		.whole = r->flags & WHOLE,
		.flow = {
			.proto = r->proto, .sport = htons(r->sport), .dport = htons(r->dport),
			.fragment = !!(r->flags & LAST), .quoted = !!(r->flags & QUOTES),
			.no_ports = r->proto == GRE || r->proto == ESP || r->proto == AH || r->proto == COMP,
		},
	};

	s.flow.family = addr(r->from, &s.flow.src);
	addr(r->to, &s.flow.dst);
	return s;
}

static unsigned int verdict(const struct row *r)
{
	struct klips_suspect s = suspect(r);
	struct klips_flow answer;
	enum klips_target target;
	enum klips_drop found;

	klips_judge_answer(&s.flow, &answer);
	if (route(&answer) != IPSEC)
		return ELSEWHERE;
	if (klips_judge_exempt(&s))
		return EXEMPT;
	found = find(&answer, r->flags & PORTS, &target);
	if (klips_judge_wants_whole(&s, found))
		return WAITS;
	return klips_judge(&s, found, target, r->flags & SOFT);
}

static void test_rows(void)
{
	unsigned int i, got;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = verdict(&rows[i]);
		CHECK(got == rows[i].verdict, "%s, %s to %s: %u, not %u", rows[i].who, rows[i].from, rows[i].to,
		      got, rows[i].verdict);
	}
	unit_done("guard-cases");
}

static void test_answer(void)
{
	struct klips_suspect s = suspect(&(struct row){ "", "10.2.0.2", "10.1.0.2", TCP, 1, 2, 0, 0 });
	struct klips_flow answer, back;

	klips_judge_answer(&s.flow, &answer);
	CHECK(!memcmp(&answer.src, &s.flow.dst, 16) && !memcmp(&answer.dst, &s.flow.src, 16), "addresses");
	CHECK(answer.sport == htons(2) && answer.dport == htons(1) && answer.proto == TCP, "ports");
	klips_judge_answer(&answer, &back);
	CHECK(!memcmp(&back, &s.flow, sizeof(back)), "the answer's answer is another flow");
	unit_done("guard-answer");
}

/* What 0.0.0.0/0 and ::/0 do not keep in when they are closed. */
static void test_link_scope(void)
{
	static const struct {
		const char *to;
		unsigned int proto, type, flags;
		bool link;
	} cases[] = {
		{ "255.255.255.255", UDP, 0, 0, true }, { "255.255.255.254", UDP, 0, 0, false },
		{ "224.0.0.0", UDP, 0, 0, true }, { "224.0.0.255", UDP, 0, 0, true },
		{ "224.0.1.0", UDP, 0, 0, false }, { "224.1.0.1", UDP, 0, 0, false }, { "239.255.255.250", UDP, 0, 0, false },
		{ "192.0.2.255", UDP, 0, 0, false }, { "0.0.0.0", UDP, 0, 0, false },
		/* Its protocol is none of IPv4's. */
		{ "10.2.0.2", ICMPV6, 135, ONE_HOP, false },
		{ "ff01::1", UDP, 0, 0, true }, { "ff02::1:ff00:2", ICMPV6, 135, ONE_HOP, true }, { "ff12::1", UDP, 0, 0, true },
		{ "ff03::1", UDP, 0, 0, false }, { "ff05::2", UDP, 0, 0, false }, { "ff0e::1", UDP, 0, 0, false },
		{ "fe80::1", TCP, 0, 0, true }, { "febf::1", TCP, 0, 0, true }, { "fec0::1", TCP, 0, 0, false },
		{ "fd02::2", ICMPV6, 133, ONE_HOP, true }, { "fd02::2", ICMPV6, 135, ONE_HOP, true },
		{ "fd02::2", ICMPV6, 136, ONE_HOP, true }, { "fd02::2", ICMPV6, 136, 0, false },
		{ "fd02::2", ICMPV6, 128, ONE_HOP, false }, { "fd02::2", ICMPV6, 137, ONE_HOP, false },
		{ "fd02::2", ICMPV6, 135, ONE_HOP | LAST, false }, { "fd02::2", ICMPV6, 135, ONE_HOP | QUOTES, false },
		{ "fd02::2", UDP, 135, ONE_HOP, false },
		/* Who listens to a group. */
		{ "239.1.2.3", IGMP, 0, 0, true }, { "10.2.0.2", IGMP, 0, 0, false }, { "239.1.2.3", UDP, 0, 0, false },
		{ "ff05::77", ICMPV6, 131, 0, true }, { "ff05::77", ICMPV6, 132, 0, true }, { "ff05::77", ICMPV6, 130, 0, true },
		{ "ff05::77", ICMPV6, 129, 0, false }, { "fd02::2", ICMPV6, 131, 0, false },
		{ "ff05::77", ICMPV6, 131, LAST, false }, { "ff05::77", ICMPV6, 131, QUOTES, false },
	};
	struct klips_flow flow;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		flow = (struct klips_flow){
			.proto = cases[i].proto, .sport = htons(cases[i].type),
			.fragment = !!(cases[i].flags & LAST), .quoted = !!(cases[i].flags & QUOTES),
		};
		flow.family = addr(cases[i].to, &flow.dst);
		CHECK(klips_judge_link_scope(&flow, cases[i].flags & ONE_HOP) == cases[i].link, "to %s, protocol %u, type %u",
		      cases[i].to, cases[i].proto, cases[i].type);
	}
	unit_done("closed-link-scope");
}

int main(void)
{
	test_link_scope();
	test_rows();
	test_answer();
	return unit_status();
}
