// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf_closed.c userland/pluto/adopt.c userland/pluto/adopt_match.c userland/pluto/adopt_watch.c userland/pluto/child.c userland/pluto/linger.c userland/pluto/inner.c userland/pluto/flows.c userland/lib/conf_pool.c userland/pluto/ts.c userland/lib/espalg.c userland/lib/pfkey_msg.c userland/lib/pfkey_acquire.c userland/lib/addr.c userland/lib/said.c userland/lib/subnet.c userland/lib/value.c */
/*
 * A pluto that finds the SAs and eroutes of an earlier one, over a kernel of two tables: what stays, what takes over, what
 * goes and when. At no time is the eroute of a conn that stands missing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "child.h"
#include "flows.h"
#include "genl.h"
#include "iface.h"
#include "inner.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "route.h"
#include "routed.h"
#include "unit.h"

struct pluto pluto;

/* ---- the kernel ---- */

static struct genl_sa sas[16];
static struct genl_eroute eroutes[16];
static size_t n_sas, n_eroutes;
static unsigned int changes, dels;
static int routes, drops;
static uint64_t now = 1000;

static struct genl_sa *sa_at(const struct said *said)
{
	size_t i;

	for (i = 0; i < n_sas; i++)
		if (said_equal(&sas[i].said, said))
			return &sas[i];
	return NULL;
}

static struct genl_eroute *eroute_at(const struct flow_sel *sel)
{
	size_t i;

	for (i = 0; i < n_eroutes; i++)
		if (subnet_equal(&eroutes[i].src, &sel->src) && subnet_equal(&eroutes[i].dst, &sel->dst))
			return &eroutes[i];
	return NULL;
}

int sa_add(struct pfkey *pk, const struct sa_spec *spec)
{
	(void)pk;
	if (sa_at(&spec->said))
		return -EEXIST;
	changes++;
	sas[n_sas++] = (struct genl_sa){
		.said = spec->said, .src = spec->src, .wire_dst = spec->said.dst, .state = KLIPS_SA_MATURE, .reqid = spec->reqid, .device = "ipsec0",
	};
	return 0;
}

static unsigned int updates;

/* One that is there gets another peer; one that is not was larval. */
int sa_update(struct pfkey *pk, const struct sa_spec *spec)
{
	struct genl_sa *sa = sa_at(&spec->said);
	int err;

	if (sa) {
		CHECK(spec->encap.type == sa->encap.type && spec->hard.addtime == sa->hard.addtime, "an update makes it another");
		updates++;
		sa->src = spec->src;
		sa->encap = spec->encap;
		if (spec->new_dst.family)
			sa->wire_dst = spec->new_dst;
		return 0;
	}
	err = sa_add(pk, spec);

	if (!err)
		sas[n_sas - 1].inbound = true;
	return err;
}

int sa_delete(struct pfkey *pk, const struct said *said, const struct ip_addr *src)
{
	struct genl_sa *sa = sa_at(said);

	(void)pk;
	(void)src;
	if (!sa)
		return -ESRCH;
	changes++;
	*sa = sas[--n_sas];
	return 0;
}

int sa_packets(struct pfkey *pk, const struct said *said, const struct ip_addr *src, uint64_t *packets)
{
	struct genl_sa *sa = sa_at(said);

	(void)pk;
	(void)src;
	if (sa)
		*packets = sa->packets;
	return sa ? 0 : -ESRCH;
}

int flow_add(struct pfkey *pk, const struct flow_sel *sel, enum klips_target target, const struct said *said, bool replace)
{
	struct genl_eroute *er = eroute_at(sel);

	(void)pk;
	CHECK(replace, "not replaced: there would be none for a moment");
	if (target == KLIPS_TARGET_SA && !sa_at(said))
		return -ESRCH;
	changes++;
	if (!er)
		er = &eroutes[n_eroutes++];
	*er = (struct genl_eroute){ .src = sel->src, .dst = sel->dst, .target = target, .device = "ipsec0" };
	if (said)
		er->said = *said;
	return 0;
}

int flow_del(struct pfkey *pk, const struct flow_sel *sel)
{
	struct genl_eroute *er = eroute_at(sel);

	(void)pk;
	if (!er)
		return -ENOENT;
	changes++;
	dels++;
	*er = eroutes[--n_eroutes];
	return 0;
}

int flow_add_inbound(struct pfkey *pk, const struct flow_sel *sel, const struct said *said, bool replace)
{
	(void)pk;
	(void)sel;
	(void)said;
	(void)replace;
	return 0;
}

int genl_open(struct genl *g)
{
	(void)g;
	return 0;
}

void genl_close(struct genl *g)
{
	(void)g;
}

static void *copy(const void *list, size_t n, size_t size)
{
	void *to = calloc(n ? n : 1, size);

	if (to && n)
		memcpy(to, list, n * size);
	return to;
}

int genl_list_sas(struct genl *g, struct genl_sa **list, size_t *n)
{
	(void)g;
	*n = n_sas;
	*list = copy(sas, n_sas, sizeof(*sas));
	return *list ? 0 : -ENOMEM;
}

int genl_list_eroutes(struct genl *g, struct genl_eroute **list, size_t *n)
{
	(void)g;
	*n = n_eroutes;
	*list = copy(eroutes, n_eroutes, sizeof(*eroutes));
	return *list ? 0 : -ENOMEM;
}

/* ---- the rest of the daemon ---- */

int route_drop_add(const struct subnet *net, char why[ROUTE_WHY])
{
	(void)net;
	(void)why;
	drops++;
	return 0;
}

void route_drop_del(const struct subnet *net)
{
	(void)net;
	drops--;
}

int route_tunnel_add(const struct subnet *net, int virt_index, const struct ip_addr *source, uint32_t mtu,
		     char why[ROUTE_WHY])
{
	(void)net;
	(void)virt_index;
	(void)source;
	(void)mtu;
	(void)why;
	routes++;
	return 0;
}

int route_tunnel_source(const struct subnet *net, int virt_index, const struct ip_addr *source, char why[ROUTE_WHY])
{
	(void)net;
	(void)virt_index;
	(void)source;
	(void)why;
	return 0;
}

void route_tunnel_del(const struct subnet *net, int virt_index)
{
	(void)net;
	(void)virt_index;
	routes--;
}

void route_peer_del(const struct ip_addr *peer, int phys_index)
{
	(void)peer;
	(void)phys_index;
}

int routed_peer(const struct conn *conn, const struct flow_sel *flows, int n, const struct ip_addr *local,
		const struct ip_addr *remote, int phys_index, char why[ROUTED_WHY])
{
	(void)conn;
	(void)flows;
	(void)n;
	(void)local;
	(void)remote;
	(void)phys_index;
	(void)why;
	return 0;
}

struct flow_sel routed_flow(const struct conn *conn, const char *device)
{
	return (struct flow_sel){ .src = conn->conf.end[0].subnet, .dst = conn->conf.end[1].subnet, .device = device };
}

struct rtnl *iface_rtnl(void)
{
	return NULL;
}

static struct ip_addr on_device;

int rtnl_addr_add(struct rtnl *r, const struct rtnl_addr *addr)
{
	(void)r;
	if (addr_equal(&on_device, &addr->local))
		return -EEXIST;
	on_device = addr->local;
	return 0;
}

int rtnl_addr_del(struct rtnl *r, const struct rtnl_addr *addr)
{
	(void)r;
	if (!addr_equal(&on_device, &addr->local))
		return -EADDRNOTAVAIL;
	on_device = (struct ip_addr){ 0 };
	return 0;
}

int rtnl_link_get(struct rtnl *r, const char *name, struct rtnl_link *link)
{
	(void)r;
	(void)name;
	link->ifindex = 2;
	return 0;
}

struct ip_addr from_ike_addr(const struct ike_addr *addr)
{
	struct ip_addr out = { 0 };

	addr_from_bytes(&out, addr->family, addr->bytes, addr_len(addr->family));
	return out;
}

uint64_t loop_now(void)
{
	return now;
}

void plog(int level, const char *conn, const char *fmt, ...)
{
	(void)level;
	(void)conn;
	(void)fmt;
}

int pfkey_send(struct pfkey *pk, struct pfkey_msg *msg)
{
	(void)pk;
	(void)msg;
	return 0;
}

struct ike_addr to_ike_addr(const struct ip_addr *addr, uint16_t port)
{
	struct ike_addr out = { .family = addr->family, .port = port };

	memcpy(out.bytes, addr->u.bytes, sizeof(out.bytes));
	return out;
}

static struct conn *there;		/* the one that is loaded */
static int renewals, stops, deaths;

struct conn *loaded_find(const char *name)
{
	return there && !strcasecmp(there->conf.name, name) ? there : NULL;
}

int ike_conn_renew(struct ike_engine *e, const char *name, bool on, uint64_t at)
{
	(void)e;
	CHECK(at == now && loaded_find(name), "%s", name);
	if (!there->where.remote.family)
		return -EDESTADDRREQ;
	*(on ? &renewals : &stops) += 1;
	return 0;
}

/* As conn.c does with dpdaction=clear. */
void loaded_adopted_dead(const char *name)
{
	deaths++;
	adopt_drop(NULL, name);
}

void server_pump(void)
{
}

/* ---- the stage ---- */

#define US "192.0.2.1"
#define PEER "192.0.2.2"

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	CHECK(!addr_parse(text, AF_UNSPEC, &a), "%s", text);
	return a;
}

static struct subnet net(const char *text)
{
	struct subnet s;

	CHECK(!subnet_parse(text, AF_UNSPEC, &s), "%s", text);
	return s;
}

static struct said said(const char *dst, uint32_t spi)
{
	return (struct said){ .dst = addr(dst), .spi = htonl(spi), .proto = IPPROTO_ESP };
}

static struct conn conn(const char *name, const char *src, const char *dst)
{
	struct conn c = { .oriented = true };

	strcpy(c.conf.name, name);
	c.conf.type = CONF_TUNNEL;
	c.conf.end[0].subnet = net(src);
	c.conf.end[1].subnet = net(dst);
	c.where.local = addr(US);
	c.where.remote = addr(PEER);
	strcpy(c.where.virt, "ipsec0");
	c.where.virt_index = 9;
	return c;
}

/* As an earlier pluto leaves it: SAs @spi (out) and @spi + 1 (in), with an eroute unless @dst is NULL. */
static void left(uint32_t spi, const char *src, const char *dst)
{
	struct genl_sa *out = &sas[n_sas++], *in = &sas[n_sas++];
	struct flow_sel sel;
	struct said of = said(PEER, spi);

	*out = (struct genl_sa){ .said = of, .src = addr(US), .wire_dst = addr(PEER), .device = "ipsec0",
				 .state = KLIPS_SA_MATURE, .reqid = PLUTO_REQID | spi };
	*in = (struct genl_sa){ .said = said(US, spi + 1), .src = addr(PEER), .wire_dst = addr(US), .device = "ipsec0", .inbound = true,
				.state = KLIPS_SA_MATURE, .reqid = PLUTO_REQID | (spi + 1) };
	if (!dst)
		return;
	sel = (struct flow_sel){ .src = net(src), .dst = net(dst), .device = "ipsec0" };
	flow_add(NULL, &sel, KLIPS_TARGET_SA, &of, true);
	in->selectors = in->selectors_known = 1;
	in->selector[0] = (struct genl_eroute){ .src = net(dst), .dst = net(src) };
}

static void begin(void)
{
	adopt_open();
	changes = dels = 0;
}

static void empty(const char *when)
{
	CHECK(!n_sas && !n_eroutes && !routes && !drops, "%s: %zu SAs, %zu eroutes, %d routes, %d drop routes are left", when,
	      n_sas, n_eroutes, routes, drops);
	CHECK(!adopt_any() && adopt_deadline() == UINT64_MAX, "%s: something is left to do", when);
}

static void meets(const char *src, const char *dst, enum klips_target target, uint32_t spi, const char *when)
{
	struct flow_sel sel = { .src = net(src), .dst = net(dst) };
	struct genl_eroute *er = eroute_at(&sel);

	CHECK(er && er->target == target && (target != KLIPS_TARGET_SA || er->said.spi == htonl(spi)), "%s: %s", when,
	      er ? "another eroute" : "no eroute");
}

#define A "10.1.0.0/24"
#define B "10.2.0.0/24"

static struct child *set_up(const struct conn *c, uint32_t spi, int expect)
{
	struct ike_child ic = {
		.conn = c->conf.name, .child = 1, .alg = { .encr = 20, .keylen = 128 }, .encr_len = 20,
		.local_ts = { { .family = AF_INET, .end_port = 65535, .start = { 10, 1, 0, 0 }, .end = { 10, 1, 0, 255 } } },
		.remote_ts = { { .family = AF_INET, .end_port = 65535, .start = { 10, 2, 0, 0 }, .end = { 10, 2, 0, 255 } } },
		.n_local_ts = 1, .n_remote_ts = 1, .local = { .family = AF_INET, .bytes = { 192, 0, 2, 1 } },
		.remote = { .family = AF_INET, .bytes = { 192, 0, 2, 2 } },
	};
	uint32_t in = htonl(spi + 1), out = htonl(spi);
	char why[CHILD_WHY] = "";
	struct child *k = NULL;
	int err;

	memcpy(ic.spi_in, &in, 4);
	memcpy(ic.spi_out, &out, 4);
	err = child_set_up(NULL, &ic, c, &k, why);
	CHECK(err == expect, "set up: %d, not %d: %s", err, expect, why);
	return k;
}

static bool carries(const struct conn *c, uint32_t spi)
{
	struct said in, out;

	return adopt_carries(c->conf.name, &in, &out) && out.spi == htonl(spi) && in.spi == htonl(spi + 1);
}

/* ---- the cases ---- */

static void test_taken_over(void)
{
	struct conn c = conn("a", A, B);
	struct child *k;

	left(100, A, B);
	begin();
	adopt_conn(NULL, &c);
	adopt_sweep(NULL);
	CHECK(!changes && carries(&c, 100) && routes == 1 && drops == 1, "adopting changed the kernel, or adopted nothing");
	k = set_up(&c, 200, 0);
	meets(A, B, KLIPS_TARGET_SA, 200, "taken over");
	adopt_superseded(NULL, &c, k);
	adopt_serve(NULL);
	meets(A, B, KLIPS_TARGET_SA, 200, "the old outbound SA is gone");
	CHECK(!dels && !carries(&c, 100), "an eroute was missing");
	CHECK(n_sas == 3 && adopt_deadline() == now + 30000, "%zu SAs", n_sas);
	/* Who goes down meanwhile does not fall back on what the peer has no more. */
	child_undo(NULL, k);
	CHECK(!n_eroutes, "the eroute of an SA that is gone is back");
	now += 30000;
	adopt_serve(NULL);
	empty("after a while");
	unit_done("adopted/taken-over");
}

static void test_same_spi(void)
{
	struct conn c = conn("a", A, B);
	struct child *k;

	left(100, A, B);
	begin();
	adopt_conn(NULL, &c);
	sas[1].said.spi = htonl(555);	/* not our own choice again: that one the kernel would not give */
	k = set_up(&c, 100, 0);
	adopt_superseded(NULL, &c, k);
	meets(A, B, KLIPS_TARGET_SA, 100, "the peer's choice again");
	CHECK(sa_at(&k->out), "the new SA went with the old one");
	adopt_drop(NULL, "a");
	meets(A, B, KLIPS_TARGET_SA, 100, "after the adopted ones");
	child_undo(NULL, k);
	n_sas = 0;
	empty("the same SPI");
	unit_done("adopted/same-spi");
}

static void expire(const struct said *of, uint16_t limit)
{
	static struct pfkey_msg msg;

	pfkey_begin(&msg, SADB_EXPIRE, SADB_SATYPE_ESP);
	pfkey_put_sa(&msg, of->spi, 0, SADB_SASTATE_DEAD, 0, 0, 0);
	pfkey_put_lifetime(&msg, limit, 0, 0, 1, 0);
	pfkey_put_address(&msg, SADB_EXT_ADDRESS_DST, &of->dst, 32, 0, 0);
	msg.hdr.sadb_msg_len = msg.len / 8;
	CHECK(!msg.err, "EXPIRE");
	CHECK(adopt_expired(&msg), "an EXPIRE that is not recognised");
}

static void test_expired(void)
{
	struct flow_sel sel = { .src = net(A), .dst = net(B), .device = "ipsec0" };
	struct conn c = conn("a", A, B);
	struct said out = said(PEER, 100), in = said(US, 101);

	left(100, A, B);
	begin();
	adopt_conn(NULL, &c);
	CHECK(!flow_claim(NULL, &sel, "a", 0, KLIPS_TARGET_TRAP, NULL), "routed");
	meets(A, B, KLIPS_TARGET_SA, 100, "routed below it");
	expire(&out, SADB_EXT_LIFETIME_SOFT);
	adopt_serve(NULL);
	CHECK(adopt_deadline() && carries(&c, 100), "a soft limit ended it");
	meets(A, B, KLIPS_TARGET_SA, 100, "a soft limit");
	expire(&out, SADB_EXT_LIFETIME_HARD);
	sa_delete(NULL, &out, NULL);
	CHECK(!adopt_deadline(), "nothing is to be done");
	adopt_serve(NULL);
	meets(A, B, KLIPS_TARGET_TRAP, 0, "the trap");
	/* The other one's EXPIRE was lost. */
	sa_delete(NULL, &in, NULL);
	adopt_lost();
	CHECK(!adopt_deadline(), "what was lost is not looked for");
	adopt_serve(NULL);
	CHECK(!dels, "there was no eroute");
	flow_release(NULL, &sel, "a", 0);
	empty("expired");
	unit_done("adopted/expired");
}

static void test_whose(void)
{
	struct conn wide = conn("wide", "10.0.0.0/8", "10.0.0.0/8"), narrow = conn("narrow", A, B);
	struct conn other = conn("other", A, "10.9.0.0/16");
	struct flow_sel theirs = { .src = net(A), .dst = net("10.3.0.0/24"), .device = "ipsec0" };
	struct child *k;

	left(100, A, B);
	left(200, A, "10.3.0.0/24");
	left(300, A, NULL);		/* larval, or on its way */
	left(400, A, "10.4.0.0/24");
	sas[n_sas - 2].reqid = sas[n_sas - 1].reqid = 7; /* somebody else's */
	begin();
	adopt_conn(NULL, &other);
	CHECK(!carries(&other, 100) && !carries(&other, 200), "another conn's");
	adopt_conn(NULL, &wide);
	adopt_conn(NULL, &narrow);
	adopt_conn(NULL, &wide);
	CHECK(carries(&narrow, 100) && carries(&wide, 200), "not the narrowest conn's");
	CHECK(!changes, "adopting changes something");
	adopt_sweep(NULL);
	CHECK(n_sas == 6 && n_eroutes == 3 && !dels, "%zu SAs and %zu eroutes stay", n_sas, n_eroutes);
	k = set_up(&narrow, 500, 0);
	adopt_drop(NULL, "narrow");
	meets(A, B, KLIPS_TARGET_SA, 500, "its own");
	adopt_drop(NULL, "WIDE");
	CHECK(!eroute_at(&theirs), "down, and the eroute stays");
	child_undo(NULL, k);
	CHECK(n_sas == 2 && n_eroutes == 1, "somebody else's are gone");
	n_sas = n_eroutes = 0;
	empty("whose");
	unit_done("adopted/whose");
}

/* A conn that nobody has, and an eroute that somebody else has taken meanwhile. */
static void test_orphans(void)
{
	struct flow_sel sel = { .src = net(A), .dst = net(B), .device = "ipsec0" };

	left(100, A, B);
	left(200, A, "10.3.0.0/24");
	begin();
	flow_claim(NULL, &sel, "b", 0, KLIPS_TARGET_DROP, NULL);
	adopt_sweep(NULL);
	meets(A, B, KLIPS_TARGET_DROP, 0, "somebody's");
	CHECK(n_eroutes == 1 && !n_sas, "%zu eroutes, %zu SAs", n_eroutes, n_sas);
	flow_release(NULL, &sel, "b", 0);
	left(100, A, B);
	begin();
	adopt_close(NULL);
	empty("an orderly end");
	unit_done("adopted/orphans");
}

/* ---- in UDP ---- */

/* The SAs that left() made last: the peer is at port @port of its NAT. */
static void in_udp(uint16_t port, uint16_t keepalive)
{
	struct genl_sa *out = &sas[n_sas - 2], *in = &sas[n_sas - 1];

	out->encap = (struct sa_encap){ .type = 2, .sport = htons(4500), .dport = htons(port), .keepalive = keepalive };
	in->encap = (struct sa_encap){ .type = 2, .sport = htons(port), .dport = htons(4500) };
	out->hard.addtime = in->hard.addtime = 28800;
}

static void moved(uint32_t spi_in, const char *to, uint16_t port)
{
	struct ip_addr a = addr(to);
	struct ike_addr remote = to_ike_addr(&a, port);
	uint32_t spi = htonl(spi_in);

	adopt_moved(NULL, (uint8_t *)&spi, &remote);
}

static bool is_at(uint32_t spi, const char *where, uint16_t port)
{
	struct said out = said(PEER, spi), in = said(US, spi + 1);
	struct ip_addr a = addr(where);

	return addr_equal(&sa_at(&out)->wire_dst, &a) && sa_at(&out)->encap.dport == htons(port) &&
	       addr_equal(&sa_at(&in)->src, &a) && sa_at(&in)->encap.sport == htons(port);
}

static void test_nat(void)
{
	struct conn c = conn("a", A, B);

	c.where.remote = (struct ip_addr){ 0 };
	there = &c;
	left(100, A, B);
	in_udp(30000, 0);
	left(200, A, "10.2.0.0/25");
	in_udp(30001, 0);
	left(300, A, "10.2.0.0/26");
	in_udp(30000, 0);
	begin();
	adopt_conn(NULL, &c);
	CHECK(updates == 3 && is_at(100, PEER, 30000), "%u inbound SAs were asked where their peer is", updates);
	moved(101, "192.0.2.9", 40000);
	CHECK(is_at(100, "192.0.2.9", 40000) && is_at(300, "192.0.2.9", 40000), "it did not follow");
	CHECK(is_at(200, PEER, 30001), "another peer behind the same NAT did");
	moved(301, "192.0.2.9", 40001);
	CHECK(is_at(100, "192.0.2.9", 40001), "a second time");
	moved(999, "192.0.2.9", 40002);
	c.conf.nat_keepalive = CONF_NO;
	moved(101, "192.0.2.9", 40002);
	CHECK(is_at(100, "192.0.2.9", 40001), "nat_keepalive=no, and perhaps behind a NAT");
	c.conf.nat_keepalive = CONF_UNSAID;
	adopt_drop(NULL, "a");
	empty("in UDP");
	left(100, A, B);
	in_udp(4500, 20);
	begin();
	adopt_conn(NULL, &c);
	moved(101, "192.0.2.9", 40000);
	CHECK(is_at(100, PEER, 4500), "behind a NAT, and led astray");
	adopt_drop(NULL, "a");
	/* Moved before, by the earlier pluto. */
	c.where.remote = addr("192.0.2.9");
	left(100, A, B);
	in_udp(40000, 0);
	sas[0].wire_dst = sas[1].src = c.where.remote;
	begin();
	adopt_conn(NULL, &c);
	CHECK(carries(&c, 100), "not its own where it is now");
	adopt_drop(NULL, "a");
	there = NULL;
	empty("in UDP, behind a NAT");
	unit_done("adopted/nat");
}

/* Who comes back first ends nobody's but his own: the others' traffic would leave in the clear. */
static void test_one_of_many(void)
{
	struct conn c = conn("a", A, B);
	struct child by = { .remote = addr(PEER), .encap_out = { .type = 2, .sport = htons(4500), .dport = htons(30001) } };
	struct said kept[] = { said(PEER, 100), said(US, 101), said(PEER, 300), said(US, 301) };
	struct said ended[] = { said(PEER, 200), said(US, 201) };
	unsigned int i;

	c.where.remote = (struct ip_addr){ 0 };
	left(100, A, B);
	in_udp(30000, 0);
	left(200, A, "10.2.0.0/25");
	in_udp(30001, 0);
	left(300, A, "10.2.0.0/26");	/* the NAT itself, in no UDP */
	begin();
	adopt_conn(NULL, &c);
	adopt_superseded(NULL, &c, &by);
	now += 30000;
	adopt_serve(NULL);
	for (i = 0; i < 4; i++)
		CHECK(sa_at(&kept[i]), "another peer's SA %u is gone", ntohl(kept[i].spi));
	for (i = 0; i < 2; i++)
		CHECK(!sa_at(&ended[i]), "the SA %u that was superseded stays", ntohl(ended[i].spi));
	meets(A, B, KLIPS_TARGET_SA, 100, "another peer's eroute");
	by.encap_out = (struct sa_encap){ 0 };
	adopt_superseded(NULL, &c, &by);
	now += 30000;
	adopt_serve(NULL);
	CHECK(n_sas == 2 && sa_at(&kept[0]) && sa_at(&kept[1]), "%zu SAs after that in no UDP", n_sas);
	adopt_drop(NULL, "a");
	empty("one of many");
	unit_done("adopted/one-of-many");
}

static bool is_anothers(const char *client, const char *asker, uint16_t port)
{
	struct ip_addr a = addr(client), from = addr(asker);
	struct ike_addr remote = to_ike_addr(&from, port);

	return adopt_client(&a, &remote);
}

/* Addresses of a pool: nobody else's, and not closed to their owner. */
static void test_clients(void)
{
	struct conn c = conn("a", A, "10.9.0.0/24");

	c.where.remote = (struct ip_addr){ 0 };
	c.conf.end[1].subnet = (struct subnet){ 0 };
	c.conf.end[1].pool.first = addr("10.9.0.1");
	c.conf.end[1].pool.last = addr("10.9.0.9");
	left(100, A, "10.9.0.1/32");
	in_udp(30000, 0);
	left(200, A, "10.9.0.2/32");
	begin();
	adopt_conn(NULL, &c);
	CHECK(is_anothers("10.9.0.1", PEER, 30001) && is_anothers("10.9.0.1", "192.0.2.9", 30000), "lent beside an adopted SA");
	CHECK(!is_anothers("10.9.0.1", PEER, 30000), "its owner cannot have it again");
	CHECK(is_anothers("10.9.0.2", "192.0.2.9", 500) && !is_anothers("10.9.0.2", PEER, 500), "in no UDP");
	CHECK(!is_anothers("10.9.0.3", "192.0.2.9", 500), "nobody has it");
	adopt_drop(NULL, "a");
	empty("clients");
	unit_done("adopted/clients");
}

/* What the peer gave goes with the last tunnel; what was on the device before does not. */
static void test_given(void)
{
	struct conn c = conn("a", "10.9.0.1/32", B);
	struct ip_addr given = addr("10.9.0.1");
	char why[INNER_WHY];

	CHECK(!inner_add(&given, "ipsec0", 9, why) && !inner_add(&given, "ipsec0", 9, why), "%s", why);
	inner_del(&given, 9);
	CHECK(on_device.family, "another tunnel needs it");
	inner_del(&given, 9);
	CHECK(!on_device.family, "it stays");
	on_device = given;
	CHECK(!inner_add(&given, "ipsec0", 9, why), "the administrator's: %s", why);
	inner_del(&given, 9);
	CHECK(on_device.family, "the administrator's is gone");

	c.conf.end[0].subnet = (struct subnet){ 0 };
	c.conf.end[0].cfgclient = CONF_YES;
	left(100, "10.9.0.1/32", B);
	begin();
	adopt_conn(NULL, &c);
	CHECK(carries(&c, 100) && on_device.family, "not adopted");
	adopt_drop(NULL, "a");
	CHECK(!on_device.family, "what an earlier pluto put there stays");
	empty("given");
	unit_done("adopted/given");
}

/* ---- new ones ---- */

static void later(uint64_t ms)
{
	now += ms;
	CHECK(adopt_deadline() <= now, "nothing is due");
	adopt_serve(NULL);
}

static void test_renewed(void)
{
	struct conn c = conn("a", A, B);
	struct said out = said(PEER, 100);

	there = &c;
	renewals = stops = deaths = 0;
	c.conf.startup = CONF_AUTO_ROUTE;
	left(100, A, B);
	begin();
	adopt_conn(NULL, &c);
	adopt_serve(NULL);
	CHECK(!renewals, "before all conns are loaded");
	later(1000);
	later(30000);
	CHECK(renewals == 1 && !changes, "auto=route: asked for %d times", renewals);
	adopt_drop(NULL, "a");
	CHECK(stops == 1, "asking goes on after the end");
	empty("auto=route");

	c.conf.startup = CONF_AUTO_ADD;
	left(100, A, B);
	sas[0].mature = sas[1].mature = true;
	sas[0].age = 1800;
	sas[0].hard.addtime = 3600;
	begin();
	adopt_conn(NULL, &c);
	later(1000);
	CHECK(renewals == 1, "auto=add, and its lifetime has begun");
	later(1619000);
	CHECK(renewals == 2, "auto=add, and its lifetime is nearly over");
	adopt_drop(NULL, "a");
	left(100, A, B);
	begin();
	adopt_conn(NULL, &c);
	c.conf.rekey = CONF_NO;
	expire(&out, SADB_EXT_LIFETIME_SOFT);
	adopt_serve(NULL);
	CHECK(renewals == 2, "rekey=no, and a soft limit");
	c.conf.rekey = CONF_UNSAID;
	expire(&out, SADB_EXT_LIFETIME_SOFT);
	adopt_serve(NULL);
	CHECK(renewals == 3, "a soft limit");
	adopt_drop(NULL, "a");
	there = NULL;
	empty("renewed");
	unit_done("adopted/renewed");
}

static void test_silence(void)
{
	struct conn c = conn("a", A, B);
	int i;

	there = &c;
	renewals = stops = deaths = 0;
	c.conf.dpddelay = 10;
	c.conf.dpdtimeout = 30;
	left(100, A, B);
	sas[0].packets = 7;
	sas[1].packets = 7;
	begin();
	adopt_conn(NULL, &c);
	adopt_serve(NULL);
	for (i = 0; i < 20; i++) {
		sas[0].packets += 10;
		sas[1].packets += i % 2;
		later(5000);
	}
	CHECK(!renewals, "now and then something comes");
	sas[0].packets++;
	later(5000);			/* seen */
	later(5000);
	CHECK(!renewals, "asked too early");
	later(5000);
	CHECK(renewals == 1 && !deaths, "asked %d times, dead %d", renewals, deaths);
	for (i = 0; i < 5; i++)
		later(5000);
	CHECK(renewals == 1 && !deaths, "asked %d times, dead %d", renewals, deaths);
	later(5000);
	CHECK(deaths == 1 && stops == 1, "dead %d, stopped %d", deaths, stops);
	empty("silence");
	/* Whoever comes: he cannot be asked. */
	c.where.remote = (struct ip_addr){ 0 };
	left(100, A, B);
	begin();
	adopt_conn(NULL, &c);
	for (i = 0; i < 20; i++) {
		sas[0].packets++;
		later(5000);
	}
	CHECK(renewals == 1 && deaths == 1, "anybody");
	adopt_drop(NULL, "a");
	there = NULL;
	empty("silence of anybody");
	unit_done("adopted/silence");
}

int main(void)
{
	test_nat();
	test_one_of_many();
	test_clients();
	test_given();
	test_renewed();
	test_silence();
	test_taken_over();
	test_same_spi();
	test_expired();
	test_whose();
	test_orphans();
	return unit_status();
}
