// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adopt.h"
#include "adopt_match.h"
#include "adopt_watch.h"
#include "child.h"
#include "flows.h"
#include "genl.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "routed.h"

#define LINGER_MS 30000			/* of an inbound SA that was superseded, as in the engine */
#define SETTLE_MS 1000			/* all conns are loaded, mostly */
#define DELAY_MS 60000			/* without dpddelay=, as in the engine */
#define TIMEOUT_MS 120000		/* without dpdtimeout= */

struct found {
	struct found *next;
	struct adopt_sa sa;
	uint32_t serial;
	struct child *child;		/* NULL: it is no conn's (yet) */
	int score;			/* of that conn */
	bool gone;			/* the kernel ended it */
	uint64_t until;			/* superseded: ends then; 0: it is not */
	uint64_t ends;			/* its lifetime does then; 0: never */
	/* Of an outbound one: */
	uint64_t renew_at;		/* then others are to take its place; UINT64_MAX: they are being asked for, or never */
	bool renewing;
	uint64_t look_at;
	struct adopt_watch watch;
};

static struct found *all;
static bool recheck;			/* some of them may have ended unheard of */

/* ---- reading ---- */

static bool ours(const struct genl_sa *sa)
{
	return (sa->reqid & PLUTO_REQID_MASK) == PLUTO_REQID;
}

static struct flow_sel sel_of(const struct genl_eroute *er)
{
	return (struct flow_sel){
		.src = er->src, .dst = er->dst, .proto = er->proto, .sport = er->sport, .dport = er->dport,
		.sport_mask = er->sport_mask, .dport_mask = er->dport_mask,
	};
}

static bool add_sel(struct found *f, struct flow_sel sel)
{
	struct flow_sel *more = reallocarray(f->sa.sels, f->sa.n_sels + 1, sizeof(*more));

	if (!more)
		return false;
	f->sa.sels = more;
	sel.device = f->sa.device[0] ? f->sa.device : NULL;
	f->sa.sels[f->sa.n_sels++] = sel;
	return true;
}

static void found_free(struct found *f)
{
	free(f->sa.sels);
	free(f);
}

/* Those of the list that it is about; an outbound SA has the eroutes that name it. */
static bool add_sels(struct found *f, const struct genl_sa *sa, const struct genl_eroute *eroutes, size_t n)
{
	struct flow_sel sel;
	bool ok = true;
	size_t i;

	if (sa->state != KLIPS_SA_MATURE && sa->state != KLIPS_SA_DYING)
		return true;		/* without any: of no conn */
	for (i = 0; sa->inbound && ok && i < sa->selectors_known; i++) {
		sel = sel_of(&sa->selector[i]);
		ok = add_sel(f, adopt_reversed(&sel));
	}
	for (i = 0; !sa->inbound && ok && i < n; i++)
		if (eroutes[i].target == KLIPS_TARGET_SA && said_equal(&eroutes[i].said, &sa->said) &&
		    !strcmp(eroutes[i].device, sa->device))
			ok = add_sel(f, sel_of(&eroutes[i]));
	return ok;
}

static struct sa_limits limits_of(const struct genl_limits *l)
{
	return (struct sa_limits){
		.allocations = l->packets, .bytes = l->bytes, .addtime = l->addtime, .usetime = l->usetime,
	};
}

static void describe(struct found *f, const struct genl_sa *sa)
{
	uint64_t age = sa->mature ? sa->age : 0;

	f->sa.said = sa->said;
	f->sa.src = sa->src;
	f->sa.peer = sa->inbound ? sa->src : sa->wire_dst;
	f->sa.local = sa->inbound ? sa->wire_dst : sa->src;
	f->sa.inbound = sa->inbound;
	f->sa.encap = sa->encap;
	f->sa.hard = limits_of(&sa->hard);
	f->sa.soft = limits_of(&sa->soft);
	strcpy(f->sa.device, sa->device);
	if (sa->hard.addtime)
		f->ends = loop_now() + (sa->hard.addtime > age ? 1000 * (sa->hard.addtime - age) : 0);
}

static void take(const struct genl_sa *sa, const struct genl_eroute *eroutes, size_t n)
{
	static uint32_t serial = CHILD_ADOPTED;
	struct found *f = calloc(1, sizeof(*f));

	if (!f)
		return;
	describe(f, sa);
	f->serial = ++serial;
	if (!add_sels(f, sa, eroutes, n)) {
		found_free(f);
		return;
	}
	child_reqid_taken(sa->reqid);
	f->next = all;
	all = f;
}

void adopt_open(void)
{
	struct genl_eroute *eroutes;
	struct genl_sa *sas = NULL;
	size_t n_eroutes, n = 0, i;
	struct genl g;

	if (genl_open(&g))
		return;
	if (!genl_list_sas(&g, &sas, &n) && !genl_list_eroutes(&g, &eroutes, &n_eroutes)) {
		for (i = 0; i < n; i++)
			if (ours(&sas[i]))
				take(&sas[i], eroutes, n_eroutes);
		free(eroutes);
	}
	free(sas);
	genl_close(&g);
}

/* ---- of a conn ---- */

/* A tunnel that packets ask for is to work like one as soon as may be; of others the last tenth is time enough. */
static uint64_t renewal(const struct found *f, const struct conn *conn)
{
	uint64_t now = loop_now();

	if (conn->conf.startup == CONF_AUTO_ROUTE)
		return now + SETTLE_MS;
	if (!f->ends || conn->conf.rekey == CONF_NO)
		return UINT64_MAX;
	return f->ends - (f->ends > now ? (f->ends - now) / 10 : 0);
}

/* Where its peer is the kernel tells once, and perhaps it told nobody: this makes it tell again. */
static void ask_where(struct pfkey *pk, struct found *f)
{
	struct ike_addr there = to_ike_addr(&f->sa.peer, ntohs(f->sa.encap.sport));

	if (f->sa.inbound && f->sa.encap.type)
		child_move(pk, f->child, &there);
}

static void adopt_one(struct pfkey *pk, struct found *f, const struct conn *conn, int score)
{
	const struct adopt_sa *sa = &f->sa;
	char why[CHILD_WHY], text[SAID_TEXT];

	if (f->child) {
		child_rename(f->child, conn->conf.name);
	} else if (child_adopt(conn, sa, f->serial, &f->child, why)) {
		plog(LOG_WARNING, conn->conf.name, "cannot adopt %s: %s", said_format(&sa->said, 0, text), why);
		return;
	} else {
		ask_where(pk, f);
	}
	f->score = score;
	f->renew_at = renewal(f, conn);
	f->look_at = loop_now();
	plog(LOG_NOTICE, conn->conf.name, "adopted %s of an earlier pluto", said_format(&sa->said, 0, text));
}

void adopt_conn(struct pfkey *pk, const struct conn *conn)
{
	struct adopt_conn c = {
		.local = conn->where.local, .remote = conn->where.remote, .device = conn->where.virt,
		.flow = routed_flow(conn, conn->where.virt),
	};
	const struct conf_range *pool = &conn->conf.end[!conn->where.us].pool;
	struct found *f;
	int score;

	if (!conf_conn_negotiated(&conn->conf))
		return;
	c.given = conn->conf.end[conn->where.us].cfgclient == CONF_YES;
	c.chosen = conn->conf.end[!conn->where.us].vhost[0];
	c.pool[0] = pool->first;
	c.pool[1] = pool->last;
	for (f = all; f; f = f->next) {
		if (f->gone || f->until)
			continue;
		score = adopt_score(&f->sa, &c);
		if (score >= 0 && (!f->child || score > f->score))
			adopt_one(pk, f, conn, score);
	}
}

static bool is_of(const struct found *f, const char *conn)
{
	return f->child && !strcasecmp(f->child->conn, conn);
}

/* Of the peer, in UDP; else 0. */
static in_port_t peer_port(const struct found *f)
{
	return f->sa.inbound ? f->child->encap_in.sport : f->child->encap_out.dport;
}

/* The peers of a template have its name in common, and behind one NAT their address, too: the ports tell them apart. */
static bool supersedes(const struct child *by, const struct conn *conn, const struct found *f)
{
	if (!is_of(f, conn->conf.name) || !addr_equal(&f->child->remote, &by->remote))
		return false;
	return conn->where.remote.family ||
	       (f->sa.encap.type == by->encap_out.type && peer_port(f) == by->encap_out.dport);
}

void adopt_superseded(struct pfkey *pk, const struct conn *conn, const struct child *by)
{
	struct found *f;

	for (f = all; f; f = f->next) {
		if (f->until || !supersedes(by, conn, f))
			continue;
		child_let_go(pk, f->child);
		f->until = f->sa.inbound ? loop_now() + LINGER_MS : 1;
	}
}

/* ---- their end ---- */

/* Its eroutes too, where they are still those that were found. */
static bool remove_orphan(struct pfkey *pk, const struct adopt_sa *sa)
{
	int i;

	for (i = 0; !sa->inbound && i < sa->n_sels; i++)
		if (sa->sels[i].device && !flow_owner(&sa->sels[i]))
			flow_del(pk, &sa->sels[i]);
	return !sa_delete(pk, &sa->said, &sa->src);
}

static bool carries(const struct found *f)
{
	return f->child && !f->sa.inbound && !f->until && !f->gone;
}

/* @f, which is off the list, was the last by which traffic of its conn goes. */
static void stop_renewing(const struct found *f)
{
	const struct found *o;

	for (o = all; o; o = o->next)
		if (carries(o) && is_of(o, f->child->conn))
			return;
	ike_conn_renew(pluto.engine, f->child->conn, false, loop_now());
}

/* Takes @f off the list and its SA, if it is there, out of the kernel. True: it was. */
static bool end(struct pfkey *pk, struct found *f)
{
	struct found **at = &all;
	bool was = !f->gone;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (f->renewing)
		stop_renewing(f);
	if (f->child)
		child_undo(pk, f->child);
	else
		was = remove_orphan(pk, &f->sa);
	found_free(f);
	return was;
}

void adopt_drop(struct pfkey *pk, const char *conn)
{
	struct found *f, *next;
	unsigned int n = 0;

	for (f = all; f; f = next) {
		next = f->next;
		if (is_of(f, conn))
			n += end(pk, f);
	}
	if (n)
		plog(LOG_NOTICE, conn, "removed %u adopted SAs; the peer was not told, as their IKE SA ended with an earlier pluto", n);
}

void adopt_sweep(struct pfkey *pk)
{
	struct found *f, *next;
	unsigned int n = 0;

	for (f = all; f; f = next) {
		next = f->next;
		if (!f->child)
			n += end(pk, f);
	}
	if (n)
		plog(LOG_WARNING, NULL, "removed %u SAs that an earlier pluto left: they belong to no conn of now", n);
}

void adopt_close(struct pfkey *pk)
{
	while (all)
		end(pk, all);
}

bool adopt_any(void)
{
	return all;
}

bool adopt_give_way(struct pfkey *pk, const struct said *said)
{
	struct found *f;

	for (f = all; f; f = f->next) {
		if (!said_equal(&f->sa.said, said))
			continue;
		end(pk, f);
		return true;
	}
	return false;
}

/* ---- new ones in their place ---- */

static bool rekeys(const struct found *f)
{
	const struct conn *conn = loaded_find(f->child->conn);

	return conn && conn->conf.rekey != CONF_NO && !f->renewing;
}

/* For all by which traffic of that conn goes. */
static void renew(struct found *f)
{
	const char *conn = f->child->conn;
	bool begun = !ike_conn_renew(pluto.engine, conn, true, loop_now());
	struct found *o;

	for (o = all; o; o = o->next) {
		if (!carries(o) || !is_of(o, conn))
			continue;
		o->renew_at = UINT64_MAX;
		o->renewing = begun;
	}
	if (begun)
		plog(LOG_INFO, conn, "asking the peer for new SAs in the place of those adopted");
}

static bool same_peer(const struct found *a, const struct found *b)
{
	const struct child *k = a->child, *l = b->child;

	return !strcasecmp(k->conn, l->conn) && addr_equal(&k->remote, &l->remote) &&
	       k->encap_in.type + k->encap_out.type == l->encap_in.type + l->encap_out.type && peer_port(a) == peer_port(b);
}

static uint64_t packets_in(struct pfkey *pk, const struct found *out)
{
	uint64_t sum = 0, one;
	const struct found *f;

	for (f = all; f; f = f->next)
		if (f->child && f->sa.inbound && !f->gone && same_peer(out, f) &&
		    !sa_packets(pk, &f->sa.said, &f->child->remote, &one))
			sum += one;
	return sum;
}

/* True: by what conn.c did because of it the list may be another one. */
static bool look(struct pfkey *pk, struct found *f)
{
	const struct conn *conn = loaded_find(f->child->conn);
	uint64_t delay = conn && conn->conf.dpddelay ? 1000 * (uint64_t)conn->conf.dpddelay : DELAY_MS;
	uint64_t timeout = conn && conn->conf.dpdtimeout ? 1000 * (uint64_t)conn->conf.dpdtimeout : TIMEOUT_MS;
	uint64_t out, now = loop_now();
	enum adopt_life life;

	f->look_at = now + delay / 2;
	/* Who comes from anywhere cannot be asked; he comes again himself. */
	if (!conn || !conn->where.remote.family || sa_packets(pk, &f->sa.said, &f->child->local, &out))
		return false;
	life = adopt_watch(&f->watch, out, packets_in(pk, f), now, delay, timeout);
	if (life == ADOPT_SILENT && !f->renewing)
		renew(f);
	if (life != ADOPT_DEAD)
		return false;
	f->watch.since = 0;
	loaded_adopted_dead(f->child->conn);
	return true;
}

static bool serve_one(struct pfkey *pk, struct found *f)
{
	if (!carries(f))
		return false;
	if (f->renew_at <= loop_now())
		renew(f);
	return f->look_at <= loop_now() && look(pk, f);
}

static void serve_all(struct pfkey *pk)
{
	struct found *f = all;

	while (f)
		f = serve_one(pk, f) ? all : f->next;
	server_pump();
}

void adopt_moved(struct pfkey *pk, const uint8_t spi_in[4], const struct ike_addr *remote)
{
	const struct conn *conn;
	struct found *f, *in;
	bool behind_nat;
	int err = 0;

	for (in = all; in; in = in->next)
		if (in->child && in->sa.inbound && in->child->encap_in.type && !memcmp(&in->sa.said.spi, spi_in, 4))
			break;
	conn = in ? loaded_find(in->child->conn) : NULL;
	/* Who sends keepalives is behind a NAT; who was told not to may be. */
	behind_nat = !conn || conn->conf.nat_keepalive == CONF_NO;
	for (f = all; in && f; f = f->next)
		behind_nat |= f->child && same_peer(in, f) && f->child->encap_out.keepalive;
	if (behind_nat)
		return;
	plog(LOG_INFO, conn->conf.name, "the peer's NAT has moved it to port %u", remote->port);
	for (f = all; f && !err; f = f->next)
		if (f != in && f->child && same_peer(in, f))
			err = child_move(pk, f->child, remote);
	if (!err)
		err = child_move(pk, in->child, remote);
	if (err)
		plog(LOG_ERR, conn->conf.name, "klips refused to move the SAs to where the peer is now: %s", strerror(-err));
}

/* ---- what the kernel says ---- */

bool adopt_expired(const struct pfkey_msg *msg)
{
	struct pfkey_view view;
	struct said said;
	struct found *f;

	if (pfkey_parse(msg->bytes, msg->len, &view) || !pfkey_get_said(&view, &said))
		return false;
	for (f = all; f; f = f->next) {
		if (!said_equal(&f->sa.said, &said))
			continue;
		f->gone |= pfkey_ext(&view, SADB_EXT_LIFETIME_HARD) != NULL;
		if (carries(f) && rekeys(f))
			f->renew_at = 0;
		return true;
	}
	return false;
}

void adopt_lost(void)
{
	recheck = all != NULL;
}

static bool listed(const struct said *said, const struct genl_sa *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (said_equal(&list[i].said, said) && list[i].state != KLIPS_SA_DEAD)
			return true;
	return false;
}

static void check(void)
{
	struct genl_sa *list;
	struct found *f;
	struct genl g;
	size_t n;

	recheck = false;
	if (genl_open(&g))
		return;
	if (!genl_list_sas(&g, &list, &n)) {
		for (f = all; f; f = f->next)
			f->gone |= !listed(&f->sa.said, list, n);
		free(list);
	}
	genl_close(&g);
}

static bool due(const struct found *f, uint64_t now)
{
	return f->gone || (f->until && f->until <= now);
}

void adopt_serve(struct pfkey *pk)
{
	char text[SAID_TEXT];
	struct found *f, *next;

	if (recheck)
		check();
	serve_all(pk);
	for (f = all; f; f = next) {
		next = f->next;
		if (!due(f, loop_now()))
			continue;
		if (f->gone && f->child && !f->until)
			plog(LOG_NOTICE, f->child->conn, "the lifetime of the adopted %s is over",
			     said_format(&f->sa.said, 0, text));
		end(pk, f);
	}
}

uint64_t adopt_deadline(void)
{
	uint64_t first = recheck ? 0 : UINT64_MAX;
	const struct found *f;

	for (f = all; f; f = f->next) {
		if (f->gone)
			return 0;
		if (f->until && f->until < first)
			first = f->until;
		if (carries(f) && f->renew_at < first)
			first = f->renew_at;
		if (carries(f) && f->look_at < first)
			first = f->look_at;
	}
	return first;
}

/* Who has no SA in UDP is the only one at his address; his port is that of IKE. */
static bool is_at(const struct found *f, const struct ike_addr *peer)
{
	struct ip_addr addr = from_ike_addr(peer);

	return addr_equal(&f->child->remote, &addr) && (!f->sa.encap.type || peer_port(f) == htons(peer->port));
}

bool adopt_client(const struct ip_addr *addr, const struct ike_addr *asker)
{
	struct subnet client = subnet_host(addr);
	const struct found *f;
	int i;

	for (f = all; f; f = f->next)
		for (i = 0; f->child && !f->gone && !f->until && !is_at(f, asker) && i < f->sa.n_sels; i++)
			if (subnet_equal(&f->sa.sels[i].dst, &client))
				return true;
	return false;
}

bool adopt_source(const struct ip_addr *addr)
{
	struct subnet source = subnet_host(addr);
	const struct found *f;

	for (f = all; f; f = f->next)
		if (f->sa.n_sels && subnet_equal(&f->sa.sels[0].src, &source))
			return true;
	return false;
}

bool adopt_carries(const char *conn, struct said *in, struct said *out)
{
	const struct found *f;

	*in = *out = (struct said){ 0 };
	for (f = all; f; f = f->next)
		if (is_of(f, conn) && !f->until)
			*(f->sa.inbound ? in : out) = f->sa.said;
	return out->spi;
}
