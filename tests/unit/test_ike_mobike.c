// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c */
/* libs: -lcrypto */
/*
 * MOBIKE, RFC 4555: west goes elsewhere and takes the tunnel along, with and without NATs, rekeyings and other conns
 * under way; what it and east may say of addresses, in every length; and ESP that a firewall eats, which moves to UDP.
 */
#include <stdio.h>

#include "ike_pair.h"

static struct ike_env env;

/* What went over the wire. */
struct wire {
	struct ike_addr nat;		/* west is seen there, family 0: there is no NAT */
	uint16_t base;			/* of its ports there; 0: 20000 */
	bool no_4500;			/* a firewall drops that port */
	bool forged;			/* IKE_AUTH of west says that it comes from 192.1.2.99 */
	unsigned int infos, inits;
	struct ike_addr last;		/* of west, as east saw it */
};

static bool on_wire(struct pair *p, struct packet *pkt)
{
	struct wire *w = p->ctx;

	w->infos += pkt->data[18] == EXCH_INFORMATIONAL;
	w->inits += pkt->data[18] == EXCH_IKE_SA_INIT;
	if (w->no_4500 && (pkt->local.port == 4500 || pkt->remote.port == 4500))
		return false;
	if (w->forged && pkt->from == WEST && pkt->data[18] == EXCH_IKE_AUTH)
		pkt->local.bytes[3] = 99;
	else if (w->forged && pkt->from == EAST)
		pkt->remote.bytes[3] = 45;
	if (w->nat.family && !w->base)
		w->base = 20000;
	if (w->nat.family && pkt->from == WEST) {
		w->nat.port = w->base + pkt->local.port;
		pkt->local = w->nat;
	} else if (w->nat.family) {
		if (pkt->remote.port != w->base + 500 && pkt->remote.port != w->base + 4500)
			return false;
		pkt->remote.port -= w->base;
		memcpy(pkt->remote.bytes, conn_find(p->n[WEST].e, CONN)->cfg.local.bytes, 4);
	}
	if (pkt->from == WEST)
		w->last = pkt->local;
	return true;
}

struct want {
	bool mobike[2];
	enum ike_encap encap;
	bool transport;
};

static void start(struct pair *p, struct wire *wire, const struct want *want)
{
	struct ike_conn_config c;
	int i;

	pair_init(p, &env);
	p->hook = on_wire;
	p->ctx = wire;
	for (i = 0; i < 2; i++) {
		c = pair_config(p, i);
		c.mobike = want->mobike[i];
		c.encap = want->encap;
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
	pair_up(p, WEST);
	CHECK(pair_is_up(p), "not up: %s", p->n[WEST].last_text);
	wire->infos = wire->inits = 0;
}

static const struct want both = { .mobike = { true, true } };

static struct ike_sa *sa_of(struct pair *p, int i)
{
	return sa_trunk(conn_find(p->n[i].e, CONN)->current);
}

/* This host is at 192.1.2.LAST now. */
static int elsewhere(struct pair *p, int i, const char *name, uint8_t last)
{
	struct ike_conn_config c = conn_find(p->n[i].e, name)->cfg;
	int err;

	c.local.bytes[3] = last;
	c.name = name;
	err = ike_conn_moved(p->n[i].e, &c, p->now);
	pair_run(p);
	return err;
}

/* Same SPIs as @spi on both sides, west at @last, and in UDP or not. */
static void check_place(struct pair *p, const char *what, const uint8_t spi[4], uint8_t last, bool encap)
{
	const struct ike_child *west = node_child(&p->n[WEST]), *east = node_child(&p->n[EAST]);

	CHECK(pair_is_up(p), "%s: not up", what);
	if (!west || !east)
		return;
	CHECK(!memcmp(west->spi_in, spi, 4), "%s: another SPI", what);
	CHECK(west->local.bytes[3] == last && east->remote.bytes[3] == last, "%s: west is at .%u, and for east at .%u, not .%u",
	      what, west->local.bytes[3], east->remote.bytes[3], last);
	CHECK(west->encap == encap && east->encap == encap, "%s: in UDP %d, %d", what, west->encap, east->encap);
}

static void spi_of(struct pair *p, uint8_t spi[4])
{
	memcpy(spi, node_child(&p->n[WEST])->spi_in, 4);
}

/* ---- moving ---- */

static void test_offers(void)
{
	static const struct want wants[] = { { { false, true }, 0, 0 }, { { true, false }, 0, 0 }, { { false, false }, 0, 0 },
		{ { true, true }, IKE_ENCAP_NO, 0 } };
	unsigned int i;
	struct pair p;

	for (i = 0; i < 4; i++) {
		struct wire wire = { 0 };
		bool on = wants[i].mobike[0] && wants[i].mobike[1];

		start(&p, &wire, &wants[i]);
		CHECK(sa_of(&p, WEST)->mobike == on && sa_of(&p, EAST)->mobike == on, "%u: MOBIKE %d, %d", i,
		      sa_of(&p, WEST)->mobike, sa_of(&p, EAST)->mobike);
		CHECK(on || elsewhere(&p, WEST, CONN, 46) == -EOPNOTSUPP, "%u: moves", i);
		CHECK(sa_of(&p, WEST)->local.port == (i == 1 ? 4500 : 500), "%u: port %u", i, sa_of(&p, WEST)->local.port);
		CHECK(on || node_child(&p.n[WEST])->local.bytes[3] == 45, "%u: moved", i);
		pair_end(&p, "offers");
	}
	unit_done("ike_mobike/offers");
}

static void test_moves(void)
{
	struct wire wire = { 0 };
	uint8_t spi[4], last;
	struct pair p;

	start(&p, &wire, &both);
	spi_of(&p, spi);
	check_place(&p, "at first", spi, 45, false);
	CHECK(sa_of(&p, WEST)->local.port == 4500, "west is at port %u", sa_of(&p, WEST)->local.port);
	for (last = 46; last < 50; last++) {
		wire.infos = 0;
		CHECK(!elsewhere(&p, WEST, CONN, last), "west may not move");
		check_place(&p, "moved", spi, last, false);
		CHECK(wire.infos == 4, "%u INFORMATIONAL messages", wire.infos);
		CHECK(wire.last.bytes[3] == last, "west speaks from .%u", wire.last.bytes[3]);
	}
	CHECK(!wire.inits, "%u IKE_SA_INIT", wire.inits);
	pair_wait(&p, 200000);
	check_place(&p, "later", spi, 49, false);
	CHECK(elsewhere(&p, EAST, CONN, 24) == -EPERM, "east, who did not begin, moves");
	check_place(&p, "east stays", spi, 49, false);
	pair_end(&p, "moves");
	unit_done("ike_mobike/moves");
}

static void test_refused_moves(void)
{
	struct wire wire = { 0 };
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	CHECK(elsewhere(&p, WEST, CONN, 46) == -ENOTCONN, "not up");
	c = pair_config(&p, WEST);
	c.name = "nobody";
	CHECK(ike_conn_moved(p.n[WEST].e, &c, p.now) == -ENOENT, "unknown conn");
	pair_end(&p, "not up");
	start(&p, &wire, &both);
	c = conn_find(p.n[WEST].e, CONN)->cfg;
	c.local_ts[0].start[3] ^= 1;
	CHECK(ike_conn_moved(p.n[WEST].e, &c, p.now) == -EOPNOTSUPP, "with another subnet");
	pair_end(&p, "other subnet");
	unit_done("ike_mobike/refused moves");
}

/* A tunnel for west itself does not go along: its old address is somebody else's then. It is made anew. */
static void test_host(void)
{
	struct wire wire = { 0 };
	struct ike_conn_config c;
	uint8_t spi[4];
	struct pair p;
	int i;

	pair_init(&p, &env);
	p.hook = on_wire;
	p.ctx = &wire;
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		c.mobike = true;
		*(i == WEST ? c.local_ts : c.remote_ts) = ike_ts_host(i == WEST ? &c.local : &c.remote);
		CHECK(!ike_conn_add(p.n[i].e, &c), "ike_conn_add");
	}
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "not up: %s", p.n[WEST].last_text);
	spi_of(&p, spi);
	wire.inits = 0;
	CHECK(!elsewhere(&p, WEST, CONN, 46), "west may not move");
	CHECK(wire.inits, "east took a tunnel for .45 along to .46");
	CHECK(!node_child(&p.n[EAST]) || memcmp(node_child(&p.n[EAST])->spi_out, spi, 4) ||
	      node_child(&p.n[EAST])->remote.bytes[3] == 45, "the SA is at .46");
	pair_end(&p, "host");
	unit_done("ike_mobike/host");
}

/* Whose IKE_AUTH says another source than its IKE_SA_INIT: home is where the latter was answered. */
static void test_forged(void)
{
	struct wire wire = { .forged = true };
	struct ike_conn_config c;
	struct ike_engine *e;
	unsigned int n, seen = 0;
	struct pair p;
	int i;

	pair_init(&p, &env);
	p.hook = on_wire;
	p.ctx = &wire;
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		if (i == EAST)
			memset(&c.remote, 0, sizeof(c.remote));
		CHECK(!ike_conn_add(p.n[i].e, &c), "ike_conn_add");
	}
	pair_up(&p, WEST);
	e = p.n[EAST].e;
	for (n = 0; n < e->n_conns; n++) {
		if (!e->conns[n]->sas)
			continue;
		seen++;
		CHECK(e->conns[n]->sas->home.bytes[3] == 45, "home is .%u", e->conns[n]->sas->home.bytes[3]);
	}
	CHECK(seen, "east has no IKE SA: %s", p.n[WEST].last_text);
	wire.forged = false;
	pair_end(&p, "forged");
	unit_done("ike_mobike/forged source");
}

/* Behind a NAT and out again: into UDP and out of it. */
static void test_nat(void)
{
	struct wire wire = { 0 };
	uint8_t spi[4];
	struct pair p;

	start(&p, &wire, &both);
	spi_of(&p, spi);
	wire.nat = (struct ike_addr){ .family = AF_INET, .bytes = { 203, 0, 113, 9 } };
	CHECK(!elsewhere(&p, WEST, CONN, 46), "west may not move");
	CHECK(node_child(&p.n[EAST])->encap && node_child(&p.n[WEST])->encap, "behind a NAT and not in UDP");
	CHECK(node_child(&p.n[EAST])->remote.bytes[3] == 9 && node_child(&p.n[EAST])->remote.port == 24500, "east sends to .%u port %u",
	      node_child(&p.n[EAST])->remote.bytes[3], node_child(&p.n[EAST])->remote.port);
	CHECK(node_child(&p.n[WEST])->keepalive && !node_child(&p.n[EAST])->keepalive, "keepalives");
	wire.nat.family = 0;
	CHECK(!elsewhere(&p, WEST, CONN, 47), "west may not move");
	check_place(&p, "without a NAT", spi, 47, false);
	CHECK(!node_child(&p.n[WEST])->keepalive, "keepalives for nobody");
	pair_end(&p, "nat");
	unit_done("ike_mobike/nat");
}

/* The NAT gives west other ports: west hears of it when it asks whether east lives, and says so. */
static void test_rebinding(void)
{
	struct wire wire = { 0 };
	struct pair p;
	int i;

	start(&p, &wire, &both);
	wire.nat = (struct ike_addr){ .family = AF_INET, .bytes = { 203, 0, 113, 9 } };
	CHECK(!elsewhere(&p, WEST, CONN, 46), "west may not move");
	for (i = 0; i < 3; i++) {
		pair_wait(&p, 130000);
		if (!node_child(&p.n[EAST]))
			break;
		CHECK(node_child(&p.n[EAST])->remote.port == wire.base + 4500, "%d: east sends to %u, not %u", i,
		      node_child(&p.n[EAST])->remote.port, wire.base + 4500);
		CHECK(pair_is_up(&p) && !wire.inits, "%d: not up, or made anew", i);
		if (i == 1)
			CHECK(!ike_conn_rekey(p.n[EAST].e, CONN, true, p.now), "rekey");
		pair_run(&p);
		wire.base += 100;
	}
	CHECK(i == 3, "down after %d", i);
	pair_wait(&p, 130000);
	pair_end(&p, "rebinding");
	unit_done("ike_mobike/rebinding");
}

static bool lose_infos(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->data[18] != EXCH_INFORMATIONAL;
}

/* What was on its way is repeated from the new place; and west may move again before anybody has answered. */
static void test_lossy(void)
{
	struct wire wire = { 0 };
	uint8_t spi[4], last;
	struct pair p;

	start(&p, &wire, &both);
	spi_of(&p, spi);
	for (last = 46; last < 50; last++) {
		p.hook = lose_infos;
		if (last & 1)
			pair_wait(&p, 22000);	/* a liveness request is lost */
		CHECK(!elsewhere(&p, WEST, CONN, last), "west may not move");
		CHECK(!elsewhere(&p, WEST, CONN, last + 100), "west may not move again");
		pair_wait(&p, 2000);
		p.hook = on_wire;
		pair_wait(&p, 40000);
		check_place(&p, "after losses", spi, last + 100, false);
	}
	pair_end(&p, "lossy");
	unit_done("ike_mobike/lossy");
}

/* Whoever rekeys: west began the line, and moves; what a rekeying makes meanwhile is at the new place. */
static void test_rekeys(void)
{
	static const enum ike_action_kind kinds[] = { IKE_GETSPI, IKE_DH_GENERATE, IKE_INSTALL };
	struct wire wire = { 0 };
	uint8_t last = 46;
	struct pair p;
	unsigned int i;

	start(&p, &wire, &both);
	for (i = 0; i < 24; i++, last++) {
		p.n[i >> 1 & 1].hold = 1u << kinds[i >> 2 & 1 ? i % 3 : 1];
		CHECK(!ike_conn_rekey(p.n[i & 1].e, CONN, i & 8, p.now), "rekey %u", i);
		pair_run(&p);
		CHECK(!elsewhere(&p, WEST, CONN, last), "%u: west may not move", i);
		pair_release(&p);
		pair_wait(&p, 50000);
		CHECK(pair_is_up(&p) && node_child(&p.n[EAST])->remote.bytes[3] == last &&
		      node_child(&p.n[WEST])->local.bytes[3] == last && sa_of(&p, WEST)->local.bytes[3] == last &&
		      sa_of(&p, EAST)->remote.bytes[3] == last, "%u: not moved to .%u", i, last);
		CHECK(sa_of(&p, WEST)->leads && !sa_of(&p, EAST)->leads && sa_of(&p, EAST)->mobike, "%u: who leads", i);
	}
	CHECK(!wire.inits, "%u IKE_SA_INIT", wire.inits);
	pair_end(&p, "rekeys");
	unit_done("ike_mobike/rekeys");
}

/* Two conns in one IKE SA: one UPDATE for both, and a third that comes later finds the IKE SA. */
static void test_branch(void)
{
	static const char * const names[] = { "second", "third" };
	struct wire wire = { 0 };
	struct ike_conn_config c;
	const struct node_spi *s;
	unsigned int moved = 0;
	struct pair p;
	int i, j;

	start(&p, &wire, &both);
	for (j = 0; j < 2; j++) {
		for (i = 0; i < 2; i++) {
			c = pair_config(&p, i);
			c.name = names[j];
			c.mobike = true;
			if (i == WEST && j)
				c.local.bytes[3] = 46;
			c.local_ts[0] = node_net(c.local_ts[0].start[1] + 60 * (j + 1));
			c.remote_ts[0] = node_net(c.remote_ts[0].start[1] + 60 * (j + 1));
			CHECK(!ike_conn_add(p.n[i].e, &c), "%s", names[j]);
		}
		CHECK(!ike_conn_up(p.n[WEST].e, names[j], p.now), "up");
		pair_run(&p);
		wire.infos = 0;
		CHECK(j || (!elsewhere(&p, WEST, CONN, 46) && !elsewhere(&p, WEST, "second", 46)), "west may not move");
	}
	for (s = p.n[EAST].spis; s < p.n[EAST].spis + NODE_SPIS; s++)
		moved += s->used && s->installed && s->c.remote.bytes[3] == 46;
	CHECK(moved == 3 && node_installed(&p.n[WEST]) == 3 && node_installed(&p.n[EAST]) == 3, "%u of %u Child SAs have moved", moved,
	      node_installed(&p.n[EAST]));
	CHECK(!wire.inits, "%u IKE_SA_INIT", wire.inits);
	for (j = 0; j < 2; j++)
		for (i = 0; i < 2; i++)
			ike_conn_down(p.n[i].e, names[j], p.now), pair_run(&p);
	pair_end(&p, "branch");
	unit_done("ike_mobike/branch");
}

/* ---- what may be said ---- */

struct said {
	uint16_t type[3];
	size_t len[3];
	const uint8_t *data[3];
	struct ike_addr from, to;	/* family 0: as always */
};

/* East is told this; the notifies of its answer. */
static unsigned int tell_east(struct pair *p, const struct said *s, uint16_t types[8])
{
	static const uint8_t filler[80] = "cookie";
	struct ike_sa *sa = sa_of(p, EAST);
	struct ike_addr from = s->from.family ? s->from : sa->remote, to = s->to.family ? s->to : sa->local;
	uint8_t inner[512], out[1024], plain[1024], first;
	struct ike_payloads in;
	struct ike_notify n;
	struct ike_writer w;
	struct packet *pkt;
	unsigned int i, got = 0;
	size_t len;

	w_init(&w, inner, sizeof(inner));
	for (i = 0; i < 3 && s->type[i]; i++)
		w_notify(&w, s->type[i], s->data[i] ? s->data[i] : filler, s->len[i]);
	len = forge(sa, EXCH_INFORMATIONAL, false, sa->in.next, w.first, inner, w.len, out, sizeof(out));
	pair_deliver(p, EAST, &to, &from, out, len);
	pair_drain(p, EAST);
	for (pkt = p->first; pkt && !(pkt->from == EAST && pkt->data[19] & IKE_FLAG_RESPONSE); pkt = pkt->next)
		;
	CHECK(pkt, "no answer");
	if (!pkt)
		return 0;
	len = unseal(sa_of(p, WEST), pkt, plain, &first);
	CHECK(!ike_chain_parse(first, (struct view){ plain, len }, &in), "an answer that cannot be read");
	for (i = 0; i < in.n && got < 8; i++)
		if (in.list[i].type == PLD_NOTIFY && !ike_notify_parse(in.list[i].body, &n))
			types[got++] = n.type;
	sa_of(p, WEST)->out_next++;
	while ((pkt = p->first)) {
		p->first = pkt->next;
		free(pkt);
	}
	p->last = &p->first;
	return got;
}

static bool has(const uint16_t *types, unsigned int n, uint16_t type)
{
	while (n--)
		if (types[n] == type)
			return true;
	return false;
}

static void test_cookie2(void)
{
	struct wire wire = { 0 };
	uint16_t types[8];
	struct pair p;
	unsigned int n;
	size_t len;

	start(&p, &wire, &both);
	for (len = 0; len < 80; len++) {
		struct said s = { .type = { N_COOKIE2 }, .len = { len } };

		n = tell_east(&p, &s, types);
		CHECK(has(types, n, len < 8 || len > 64 ? N_INVALID_SYNTAX : N_COOKIE2) && n == 1, "COOKIE2 of %zu bytes: %u, %u", len, n,
		      n ? types[0] : 0);
	}
	for (len = 1; len < 40; len++) {
		struct said s = { .type = { N_UPDATE_SA_ADDRESSES }, .len = { len } };

		n = tell_east(&p, &s, types);
		CHECK(has(types, n, N_INVALID_SYNTAX), "UPDATE_SA_ADDRESSES of %zu bytes", len);
	}
	CHECK(pair_is_up(&p) && node_child(&p.n[EAST])->remote.bytes[3] == 45, "moved");
	pair_end(&p, "cookie2");
	unit_done("ike_mobike/cookie2");
}

/* The notifies of a whole request, cut anywhere: nothing is read past its end, and nothing is done. */
static void test_truncated(void)
{
	struct wire wire = { 0 };
	uint8_t inner[256] = { 0 }, out[512];
	struct ike_writer w;
	struct ike_sa *sa;
	struct pair p;
	size_t cut, len;

	start(&p, &wire, &both);
	w_init(&w, inner, sizeof(inner));
	w_notify(&w, N_UPDATE_SA_ADDRESSES, NULL, 0);
	w_notify(&w, N_COOKIE2, "12345678", 8);
	w_notify(&w, N_NO_NATS_ALLOWED, "123456789012", 12);
	for (cut = 1; cut < w.len; cut++) {
		if (cut == 8 || cut == 24)
			continue;	/* the end of a payload, and a next one that is none */
		sa = sa_of(&p, EAST);
		len = forge(sa, EXCH_INFORMATIONAL, false, sa->in.next, w.first, inner, cut, out, sizeof(out));
		pair_deliver(&p, EAST, &sa->local, &(struct ike_addr){ .family = AF_INET, .port = 4500, .bytes = { 1, 2, 3, 4 } }, out, len);
		p.hook = NULL;
		pair_run(&p);
		CHECK(node_child(&p.n[EAST]) && node_child(&p.n[EAST])->remote.bytes[3] == 45, "cut at %zu: moved", cut);
		sa_of(&p, WEST)->out_next++;
	}
	pair_end(&p, "truncated");
	unit_done("ike_mobike/truncated");
}

static void test_addresses(void)
{
	struct ike_addr away = { .family = AF_INET, .port = 4500, .bytes = { 192, 1, 2, 99 } };
	struct ike_addr other = { .family = AF_INET, .port = 4500, .bytes = { 192, 1, 2, 24 } };
	struct ike_addr v6 = { .family = AF_INET6, .port = 4500, .bytes = { 0x20, 1 } };
	uint8_t nats[16] = { 192, 1, 2, 99, 192, 1, 2, 23, 4500 >> 8, 4500 & 255, 4500 >> 8, 4500 & 255 };
	struct said s = { .type = { N_UPDATE_SA_ADDRESSES } };
	struct wire wire = { 0 };
	uint16_t types[8];
	struct pair p;
	unsigned int n;
	size_t i;

	start(&p, &wire, &both);
	s.from = away;
	s.to = other;
	n = tell_east(&p, &s, types);
	CHECK(has(types, n, N_UNACCEPTABLE_ADDRESSES), "at another address of ours");
	s.from = v6;
	s.to.family = 0;
	n = tell_east(&p, &s, types);
	CHECK(has(types, n, N_UNACCEPTABLE_ADDRESSES), "of another family");
	s.from = away;
	s.type[1] = N_NO_NATS_ALLOWED;
	s.data[1] = nats;
	for (i = 0; i <= sizeof(nats); i++) {
		if (i == 12)
			continue;
		s.len[1] = i;
		n = tell_east(&p, &s, types);
		CHECK(has(types, n, N_UNEXPECTED_NAT_DETECTED), "NO_NATS_ALLOWED of %zu bytes", i);
	}
	s.len[1] = 12;
	for (i = 0; i < 12; i++) {
		nats[i] ^= 1;
		n = tell_east(&p, &s, types);
		CHECK(has(types, n, N_UNEXPECTED_NAT_DETECTED), "NO_NATS_ALLOWED with another byte %zu", i);
		nats[i] ^= 1;
	}
	CHECK(node_child(&p.n[EAST])->remote.bytes[3] == 45 && sa_of(&p, EAST)->remote.bytes[3] == 45, "moved all the same");
	n = tell_east(&p, &s, types);
	CHECK(!n && sa_of(&p, EAST)->remote.bytes[3] == 99, "what it says is so: %u notifies", n);
	CHECK(node_child(&p.n[EAST])->remote.bytes[3] == 45, "Child SAs move before anybody there has answered");
	pair_wait(&p, 100000);
	pair_end(&p, "addresses");
	unit_done("ike_mobike/addresses");
}

/* Who sends no, or another, COOKIE2 back is not believed. */
static void test_probe(void)
{
	static const struct { size_t len; bool any; } answers[] = { { 0, false }, { 16, true }, { 8, true }, { 17, true } };
	struct ike_addr away = { .family = AF_INET, .port = 4500, .bytes = { 192, 1, 2, 99 } };
	struct said s = { .type = { N_UPDATE_SA_ADDRESSES }, .from = away };
	uint8_t inner[128] = { 0 }, out[512];
	struct wire wire = { 0 };
	struct ike_writer w;
	uint16_t types[8];
	struct ike_sa *sa;
	unsigned int i;
	struct pair p;
	size_t len;

	for (i = 0; i < 4; i++) {
		start(&p, &wire, &both);
		tell_east(&p, &s, types);
		sa = sa_of(&p, EAST);
		CHECK(sa->out.is_probe, "%u: east does not ask back", i);
		w_init(&w, inner, sizeof(inner));
		if (answers[i].any)
			w_notify(&w, N_COOKIE2, "another cookie, not that", answers[i].len);
		len = forge(sa, EXCH_INFORMATIONAL, true, sa->out.id, w.first, inner, w.len, out, sizeof(out));
		pair_deliver(&p, EAST, &sa->local, &away, out, len);
		pair_drain(&p, EAST);
		CHECK(!node_child(&p.n[EAST]), "%u: east believes it", i);
		pair_wait(&p, 200000);
		pair_end(&p, "probe");
	}
	unit_done("ike_mobike/probe");
}

/* East does not take it: a new IKE SA from the new place is the other way. */
static void test_unacceptable(void)
{
	struct wire wire = { 0 };
	uint8_t inner[64], out[512];
	struct ike_conn_config c;
	struct ike_writer w;
	struct ike_sa *sa;
	struct pair p;
	size_t len;

	start(&p, &wire, &both);
	c = pair_config(&p, EAST);
	c.name = "away";
	c.remote.bytes[3] = 46;
	CHECK(!ike_conn_add(p.n[EAST].e, &c), "a conn for west where it is then");
	p.hook = lose_infos;
	elsewhere(&p, WEST, CONN, 46);
	sa = sa_of(&p, WEST);
	CHECK(sa->out.is_update, "no UPDATE_SA_ADDRESSES");
	w_init(&w, inner, sizeof(inner));
	w_notify(&w, N_UNACCEPTABLE_ADDRESSES, NULL, 0);
	len = forge(sa, EXCH_INFORMATIONAL, true, sa->out.id, w.first, inner, w.len, out, sizeof(out));
	p.hook = on_wire;
	wire.inits = 0;
	pair_deliver(&p, WEST, &sa->local, &sa->remote, out, len);
	pair_run(&p);
	CHECK(wire.inits == 2, "%u IKE_SA_INIT", wire.inits);
	CHECK(sa_of(&p, WEST) != sa || conn_find(p.n[WEST].e, CONN)->attempt, "no new one");
	pair_wait(&p, 200000);
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	pair_run(&p);
	ike_conn_down(p.n[EAST].e, "away", p.now);
	pair_end(&p, "unacceptable");
	unit_done("ike_mobike/unacceptable");
}

/* ---- ESP that is eaten ---- */

static void test_eaten(void)
{
	static const struct { struct want want; bool blocked; uint64_t in, out; bool moves, same; const char *what; } cases[] = {
		{ { { true, true }, IKE_ENCAP_AUTO, 0 }, false, 0, 9, true, true, "with MOBIKE" },
		{ { { false, false }, IKE_ENCAP_AUTO, 0 }, false, 0, 9, true, false, "without MOBIKE" },
		{ { { false, false }, IKE_ENCAP_AUTO, 0 }, true, 0, 9, false, true, "port 4500 is closed" },
		{ { { true, true }, IKE_ENCAP_AUTO, 0 }, false, 9, 9, false, true, "ESP comes back" },
		{ { { true, true }, IKE_ENCAP_AUTO, 0 }, false, 0, 0, false, true, "nothing is sent" },
		{ { { true, true }, IKE_ENCAP_NO, 0 }, false, 0, 9, false, true, "encapsulation=no" },
		{ { { false, false }, IKE_ENCAP_NO, 0 }, false, 0, 9, false, true, "encapsulation=no, without MOBIKE" },
	};
	unsigned int i;
	uint8_t spi[4];
	struct pair p;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire wire = { 0 };

		start(&p, &wire, &cases[i].want);
		spi_of(&p, spi);
		wire.no_4500 = cases[i].blocked;
		p.n[WEST].packets[0] = cases[i].in;
		p.n[WEST].packets[1] = cases[i].out;
		pair_wait(&p, 200000);
		CHECK(pair_is_up(&p), "%s: not up", cases[i].what);
		CHECK(node_child(&p.n[WEST])->encap == cases[i].moves && node_child(&p.n[EAST])->encap == cases[i].moves,
		      "%s: in UDP %d, %d", cases[i].what, node_child(&p.n[WEST])->encap, node_child(&p.n[EAST])->encap);
		CHECK(!memcmp(node_child(&p.n[WEST])->spi_in, spi, 4) == cases[i].same, "%s: SPIs", cases[i].what);
		pair_wait(&p, 600000);
		CHECK(wire.inits <= (cases[i].blocked || !cases[i].same ? 2 : 0), "%s: %u IKE_SA_INIT", cases[i].what, wire.inits);
		pair_end(&p, cases[i].what);
	}
	unit_done("ike_mobike/eaten");
}

/* Only east, who did not begin, finds it out; and both at once. */
static void test_eaten_there(void)
{
	struct wire wire = { 0 };
	struct pair p;
	int i;

	for (i = 0; i < 4; i++) {
		start(&p, &wire, i & 1 ? &both : &(struct want){ 0 });
		p.n[EAST].packets[1] = 9;
		p.n[WEST].packets[1] = i & 2 ? 9 : 0;
		pair_wait(&p, 400000);
		CHECK(pair_is_up(&p) && node_child(&p.n[WEST])->encap && node_child(&p.n[EAST])->encap, "%d: not up in UDP", i);
		pair_end(&p, "eaten there");
	}
	unit_done("ike_mobike/eaten there");
}

int main(void)
{
	test_offers();
	test_moves();
	test_refused_moves();
	test_host();
	test_forged();
	test_nat();
	test_rebinding();
	test_lossy();
	test_rekeys();
	test_branch();
	test_cookie2();
	test_truncated();
	test_addresses();
	test_probe();
	test_unacceptable();
	test_eaten();
	test_eaten_there();
	return unit_status();
}
