// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/adopt_match.c userland/pluto/adopt_watch.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c */
/* Which conn the SAs of an earlier pluto belong to. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "adopt_match.h"
#include "adopt_watch.h"
#include "unit.h"

/* One selector: "" for nothing, ports with protocol tcp. */
struct words {
	const char *src, *dst;
	in_port_t dport;
};

static struct ip_addr addr(const char *text)
{
	struct ip_addr a = { 0 };

	CHECK(!*text || !addr_parse(text, AF_UNSPEC, &a), "%s", text);
	return a;
}

static struct flow_sel sel_of(const struct words *w)
{
	struct flow_sel s = { 0 };

	CHECK(!subnet_parse(w->src, AF_UNSPEC, &s.src), "%s", w->src);
	CHECK(!*w->dst || !subnet_parse(w->dst, AF_UNSPEC, &s.dst), "%s", w->dst);
	if (w->dport) {
		s.proto = IPPROTO_TCP;
		s.dport = htons(w->dport);
		s.dport_mask = 0xffff;
	}
	return s;
}

static const struct {
	const char *what;
	bool fits;
	/* the SA: from us to the peer; with a second selector, or none at all */
	const char *local, *remote, *device;
	struct words sel, second;
	bool inbound;
	/* the conn */
	const char *conn_local, *conn_remote, *conn_device;
	struct words flow;
} cases[] = {
#define US "192.0.2.1"
#define PEER "192.0.2.2"
#define NETS { "10.1.0.0/24", "10.2.0.0/24", 0 }
#define CONN US, PEER, "ipsec0", NETS
	{ "its own", true, US, PEER, "ipsec0", NETS, { 0 }, false, CONN },
	{ "its own, inbound", true, US, PEER, "ipsec0", NETS, { 0 }, true, CONN },
	{ "narrowed", true, US, PEER, "ipsec0", { "10.1.0.7/32", "10.2.0.128/25", 0 }, { 0 }, false, CONN },
	{ "one port of it", true, US, PEER, "ipsec0", { "10.1.0.0/24", "10.2.0.0/24", 80 }, { 0 }, false, CONN },
	{ "two, both within", true, US, PEER, "ipsec0", { "10.1.0.7/32", "10.2.0.7/32", 80 }, NETS, false, CONN },
	{ "two, one without", false, US, PEER, "ipsec0", NETS, { "10.1.0.0/24", "10.3.0.0/24", 0 }, false, CONN },
	{ "wider", false, US, PEER, "ipsec0", { "10.1.0.0/16", "10.2.0.0/24", 0 }, { 0 }, false, CONN },
	{ "another network", false, US, PEER, "ipsec0", { "10.1.0.0/24", "10.3.0.0/24", 0 }, { 0 }, false, CONN },
	{ "turned round", false, US, PEER, "ipsec0", { "10.2.0.0/24", "10.1.0.0/24", 0 }, { 0 }, false, CONN },
	{ "another peer", false, US, "192.0.2.3", "ipsec0", NETS, { 0 }, false, CONN },
	{ "another address of ours", false, "192.0.2.9", PEER, "ipsec0", NETS, { 0 }, false, CONN },
	{ "another device", false, US, PEER, "ipsec1", NETS, { 0 }, false, CONN },
	{ "no device", false, US, PEER, "", NETS, { 0 }, false, CONN },
	{ "no selector", false, US, PEER, "ipsec0", { 0 }, { 0 }, false, CONN },
	{ "IPv6 inside", false, US, PEER, "ipsec0", { "2001:db8:1::/64", "2001:db8:2::/64", 0 }, { 0 }, false, CONN },
	{ "anybody, a network", true, US, PEER, "ipsec0", NETS, { 0 }, false, US, "", "ipsec0", NETS },
	{ "anybody, itself", true, US, PEER, "ipsec0", { "10.1.0.0/24", PEER "/32", 0 }, { 0 }, false, US, "", "ipsec0",
	  { "10.1.0.0/24", "", 0 } },
	{ "anybody, another", false, US, PEER, "ipsec0", NETS, { 0 }, false, US, "", "ipsec0", { "10.1.0.0/24", "", 0 } },
	{ "the port", true, US, PEER, "ipsec0", { "10.1.0.0/24", "10.2.0.0/24", 80 }, { 0 }, false, US, PEER, "ipsec0",
	  { "10.1.0.0/24", "10.2.0.0/24", 80 } },
	{ "another port", false, US, PEER, "ipsec0", { "10.1.0.0/24", "10.2.0.0/24", 81 }, { 0 }, false, US, PEER, "ipsec0",
	  { "10.1.0.0/24", "10.2.0.0/24", 80 } },
	{ "all ports", false, US, PEER, "ipsec0", NETS, { 0 }, false, US, PEER, "ipsec0", { "10.1.0.0/24", "10.2.0.0/24", 80 } },
};

static struct adopt_conn conn_of(const char *local, const char *remote, const char *device, const struct words *flow)
{
	return (struct adopt_conn){ .local = addr(local), .remote = addr(remote), .device = device, .flow = sel_of(flow) };
}

static void test_cases(void)
{
	struct flow_sel sels[2];
	struct adopt_conn conn;
	struct adopt_sa sa;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&sa, 0, sizeof(sa));
		sa.inbound = cases[i].inbound;
		sa.local = addr(cases[i].local);
		sa.src = addr(sa.inbound ? cases[i].remote : cases[i].local);
		sa.said.dst = addr(sa.inbound ? cases[i].local : cases[i].remote);
		sa.peer = addr(cases[i].remote);
		strcpy(sa.device, cases[i].device);
		sa.sels = sels;
		if (cases[i].sel.src)
			sels[sa.n_sels++] = sel_of(&cases[i].sel);
		if (cases[i].second.src)
			sels[sa.n_sels++] = sel_of(&cases[i].second);
		conn = conn_of(cases[i].conn_local, cases[i].conn_remote, cases[i].conn_device, &cases[i].flow);
		CHECK((adopt_score(&sa, &conn) >= 0) == cases[i].fits, "%s", cases[i].what);
	}
	unit_done("adopt/cases");
}

/* Of a conn for anybody: an address that was lent, and nothing else; or what the peer chose. */
static void test_lent(void)
{
	static const struct words none = { "10.1.0.0/24", "", 0 };
	static const struct { const char *dst; bool fits; } cases[] = {
		{ "10.9.0.1/32", true }, { "10.9.0.9/32", true }, { "10.9.0.0/32", false }, { "10.9.0.10/32", false },
		{ "10.9.0.4/31", false }, { "0.0.0.0/0", false }, { PEER "/32", false },
	};
	struct adopt_conn conn = conn_of(US, "", "ipsec0", &none);
	struct words words = { "10.1.0.0/24", "", 0 };
	struct flow_sel sel;
	struct adopt_sa sa = { .src = addr(US), .local = addr(US), .said.dst = addr(PEER), .peer = addr(PEER), .device = "ipsec0", .sels = &sel, .n_sels = 1 };
	unsigned int i;

	conn.pool[0] = addr("10.9.0.1");
	conn.pool[1] = addr("10.9.0.9");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		words.dst = cases[i].dst;
		sel = sel_of(&words);
		CHECK((adopt_score(&sa, &conn) >= 0) == cases[i].fits, "%s of a pool", cases[i].dst);
	}
	conn.pool[0] = addr("fd09::1");
	conn.pool[1] = addr("fd09::9");
	sel.dst = subnet_host(&conn.pool[1]);
	CHECK(adopt_score(&sa, &conn) >= 0, "fd09::9 of a pool");
	sel.dst.addr = addr("fd09::a");
	CHECK(adopt_score(&sa, &conn) < 0, "fd09::a of a pool");
	memset(conn.pool, 0, sizeof(conn.pool));
	words.dst = PEER "/32";
	sel = sel_of(&words);
	CHECK(adopt_score(&sa, &conn) >= 0, "itself");
	words.dst = "192.168.0.7/32";
	sel = sel_of(&words);
	CHECK(adopt_score(&sa, &conn) < 0, "another client");
	conn.chosen = true;
	CHECK(adopt_score(&sa, &conn) >= 0, "a client that it chose");
	conn = conn_of(US, PEER, "ipsec0", &(struct words){ US "/32", "10.2.0.0/24", 0 });
	words = (struct words){ "10.9.0.1/32", "10.2.0.0/24", 0 };
	sel = sel_of(&words);
	CHECK(adopt_score(&sa, &conn) < 0, "an address that nobody asked for");
	conn.given = true;
	CHECK(adopt_score(&sa, &conn) >= 0, "an address that the peer gave");
	words.src = "10.9.0.0/31";
	sel = sel_of(&words);
	CHECK(adopt_score(&sa, &conn) < 0, "two addresses");
	unit_done("adopt/lent");
}

/* An SA of an address that was lent is that of the conn with the pool, also beside a conn whose peer may have any. */
static void test_lent_first(void)
{
	struct adopt_conn lends = conn_of(US, "", "ipsec0", &(struct words){ "10.0.0.0/8", "", 0 });
	struct adopt_conn vhost = conn_of(US, "", "ipsec0", &(struct words){ "10.1.0.0/24", "", 6 });
	struct adopt_conn named = conn_of(US, PEER, "ipsec0", &(struct words){ "10.0.0.0/8", "10.0.0.0/8", 0 });
	struct adopt_conn fixed = conn_of(US, "", "ipsec0", &(struct words){ "10.0.0.0/8", "10.9.0.1/32", 0 });
	struct flow_sel sel = sel_of(&(struct words){ "10.1.0.0/24", "10.9.0.1/32", 6 });
	struct adopt_sa sa = { .src = addr(US), .local = addr(US), .said.dst = addr(PEER), .peer = addr(PEER), .device = "ipsec0", .sels = &sel, .n_sels = 1 };

	lends.pool[0] = addr("10.9.0.1");
	lends.pool[1] = addr("10.9.0.9");
	vhost.chosen = true;
	CHECK(adopt_score(&sa, &vhost) >= 0 && adopt_score(&sa, &lends) > adopt_score(&sa, &vhost), "lent: not of the pool");
	CHECK(adopt_score(&sa, &named) > adopt_score(&sa, &lends), "lent: the peer is named");
	CHECK(adopt_score(&sa, &fixed) > adopt_score(&sa, &lends), "lent: that one address is another conn's");
	sel = sel_of(&(struct words){ "10.1.0.0/24", "192.168.0.7/32", 6 });
	CHECK(adopt_score(&sa, &lends) < 0 && adopt_score(&sa, &vhost) >= 0, "chosen: of the pool");
	unit_done("adopt/lent before chosen");
}

/* The narrower conn wins, whatever comes first. */
static void test_order(void)
{
	static const struct words net = NETS, half = { "10.1.0.0/24", "10.2.0.0/25", 0 };
	static const struct words port = { "10.1.0.0/24", "10.2.0.0/24", 80 }, inner = { "10.1.0.0/24", "10.2.0.0/26", 80 };
	struct adopt_conn wide = conn_of(US, PEER, "ipsec0", &net), narrow = conn_of(US, PEER, "ipsec0", &half);
	struct adopt_conn any = conn_of(US, "", "ipsec0", &half), web = conn_of(US, PEER, "ipsec0", &port);
	struct flow_sel sel = sel_of(&inner), back = adopt_reversed(&sel), again = adopt_reversed(&back);
	struct adopt_sa sa = {
		.src = addr(US), .local = addr(US), .said.dst = addr(PEER), .peer = addr(PEER), .device = "ipsec0", .sels = &sel, .n_sels = 1,
	};

	CHECK(adopt_score(&sa, &narrow) > adopt_score(&sa, &wide), "longer prefix");
	CHECK(adopt_score(&sa, &web) > adopt_score(&sa, &wide), "protocol and port");
	CHECK(adopt_score(&sa, &wide) > adopt_score(&sa, &any), "a peer that is named");
	CHECK(back.sport == htons(80) && !back.dport_mask && subnet_equal(&back.src, &sel.dst), "reversed");
	CHECK(again.dport == sel.dport && again.sport_mask == sel.sport_mask && subnet_equal(&again.src, &sel.src), "and back");
	unit_done("adopt/order");
}

/* A NAT has given the peer another address since the SA got its name. */
static void test_moved(void)
{
	static const struct words net = NETS;
	struct adopt_conn conn = conn_of(US, "192.0.2.3", "ipsec0", &net), before = conn_of(US, PEER, "ipsec0", &net);
	struct flow_sel sel = sel_of(&net);
	struct adopt_sa sa = {
		.src = addr(US), .local = addr(US), .said.dst = addr(PEER), .peer = addr("192.0.2.3"), .device = "ipsec0", .sels = &sel, .n_sels = 1,
	};

	CHECK(adopt_score(&sa, &conn) >= 0 && adopt_score(&sa, &before) < 0, "where it was, not where it is");
	unit_done("adopt/moved");
}

static void test_watch(void)
{
	static const struct {
		const char *what;
		uint64_t out, in, now;
		enum adopt_life life;
	} steps[] = {
		{ "the beginning", 5, 5, 1000, ADOPT_LIVES },
		{ "nothing goes", 5, 5, 500000, ADOPT_LIVES },
		{ "something goes", 6, 5, 600000, ADOPT_LIVES },
		{ "silence", 9, 5, 629999, ADOPT_LIVES },
		{ "it is too long", 9, 5, 630000, ADOPT_SILENT },
		{ "one came", 9, 6, 640000, ADOPT_LIVES },
		{ "nothing goes again", 9, 6, 900000, ADOPT_LIVES },
		{ "silence again", 10, 6, 900001, ADOPT_LIVES },
		{ "not yet dead", 11, 6, 1050000, ADOPT_SILENT },
		{ "dead", 11, 6, 1050001, ADOPT_DEAD },
		{ "and yet it lives", 11, 7, 1060000, ADOPT_LIVES },
	};
	struct adopt_watch w = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		CHECK(adopt_watch(&w, steps[i].out, steps[i].in, steps[i].now, 30000, 120000) == steps[i].life, "%s",
		      steps[i].what);
	unit_done("adopt/watch");
}

int main(void)
{
	test_moved();
	test_watch();
	test_cases();
	test_lent();
	test_lent_first();
	test_order();
	return unit_status();
}
