// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* libs: -lcrypto */
/* Rekeying of Child SAs and IKE SAs, liveness: one thing at a time; what crosses what is test_ike_sim's. */
#include <stdio.h>

#include "ike_pair.h"

static struct ike_env env;

static void load(struct pair *p, void (*change)(struct ike_conn_config *c, int i))
{
	struct ike_conn_config c;
	int i;

	pair_init(p, &env);
	for (i = 0; i < 2; i++) {
		c = pair_config(p, i);
		if (change)
			change(&c, i);
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
	pair_up(p, WEST);
	CHECK(pair_is_up(p), "not up");
}

static struct ike_sa *current(struct pair *p, int i)
{
	return conn_find(p->n[i].e, CONN)->current;
}

static unsigned int alive(const struct node *n)
{
	const struct ike_sa *sa;
	unsigned int count = 0;

	for (sa = n->e->all; sa; sa = sa->all_next)
		count += sa->state != SA_DEAD;
	return count;
}

/* The tunnel as at first, with other SPIs; nothing went down, and each side has one IKE SA. */
static void check_moved(struct pair *p, uint32_t spi, const char *what)
{
	CHECK(pair_is_up(p), "%s: %u and %u Child SAs", what, node_installed(&p->n[WEST]), node_installed(&p->n[EAST]));
	CHECK(!p->n[WEST].downs && !p->n[EAST].downs && p->n[WEST].ups == 1, "%s: went down", what);
	CHECK(alive(&p->n[WEST]) == 1 && alive(&p->n[EAST]) == 1, "%s: %u and %u IKE SAs", what, alive(&p->n[WEST]),
	      alive(&p->n[EAST]));
	CHECK(!spi || get_u32(node_child(&p->n[WEST])->spi_in) != spi, "%s: the same SPI", what);
	CHECK(!p->n[WEST].trouble && !p->n[EAST].trouble, "%s: %s, %s", what, p->n[WEST].trouble, p->n[EAST].trouble);
}

/* ---- Child SAs ---- */

static const struct {
	const char *name;
	enum ike_pfs pfs[2];
	uint16_t dh;			/* of the rekeyed one */
	unsigned int ups;		/* 2: it was made anew instead */
} pfs_table[] = {
	{ "no no", { IKE_PFS_NO, IKE_PFS_NO }, 0, 1 },
	{ "no prefer", { IKE_PFS_NO, IKE_PFS_PREFER }, 0, 1 },
	{ "no yes", { IKE_PFS_NO, IKE_PFS_YES }, 0, 2 },
	{ "prefer no", { IKE_PFS_PREFER, IKE_PFS_NO }, DH_X25519, 1 },
	{ "prefer prefer", { IKE_PFS_PREFER, IKE_PFS_PREFER }, DH_X25519, 1 },
	{ "prefer yes", { IKE_PFS_PREFER, IKE_PFS_YES }, DH_X25519, 1 },
	{ "yes no", { IKE_PFS_YES, IKE_PFS_NO }, DH_X25519, 1 },
	{ "yes yes", { IKE_PFS_YES, IKE_PFS_YES }, DH_X25519, 1 },
};

static unsigned int row;

static void with_pfs(struct ike_conn_config *c, int i)
{
	c->pfs = pfs_table[row].pfs[i];
}

static void test_pfs(void)
{
	struct pair p;
	uint32_t spi;

	for (row = 0; row < sizeof(pfs_table) / sizeof(pfs_table[0]); row++) {
		load(&p, with_pfs);
		spi = get_u32(node_child(&p.n[WEST])->spi_in);
		CHECK(!ike_conn_rekey(p.n[WEST].e, CONN, false, p.now), "rekey");
		pair_wait(&p, 2000);
		CHECK(pair_is_up(&p) && p.n[WEST].ups == pfs_table[row].ups && !p.n[WEST].downs, "pfs %s: %u ups, %s",
		      pfs_table[row].name, p.n[WEST].ups, p.n[WEST].last_log);
		CHECK(get_u32(node_child(&p.n[WEST])->spi_in) != spi, "pfs %s: the same", pfs_table[row].name);
		CHECK(node_child(&p.n[WEST])->alg.dh == pfs_table[row].dh, "pfs %s: group %u", pfs_table[row].name,
		      node_child(&p.n[WEST])->alg.dh);
		pair_end(&p, pfs_table[row].name);
	}
	unit_done("ike_rekey/pfs");
}

/* West guesses a group of which east has none. */
static void with_groups(struct ike_conn_config *c, int i)
{
	c->pfs = IKE_PFS_YES;
	c->n_esp = i == WEST ? 2 : 1;
	c->esp[1] = c->esp[0];
	c->esp[0].dh = DH_ECP256;
	c->esp[i == WEST].dh = DH_ECP384;
}

static void test_other_group(void)
{
	struct pair p;

	load(&p, with_groups);
	CHECK(!ike_conn_rekey(p.n[WEST].e, CONN, false, p.now), "rekey");
	pair_wait(&p, 2000);
	check_moved(&p, 0, "another group");
	CHECK(node_child(&p.n[EAST])->alg.dh == DH_ECP384, "group %u", node_child(&p.n[EAST])->alg.dh);
	pair_end(&p, "other_group");
	unit_done("ike_rekey/other_group");
}

static void test_sides(void)
{
	struct pair p;
	uint32_t spi, serial;
	int i, round;

	load(&p, NULL);
	for (i = 0; i < 2; i++)
		for (round = 0; round < 3; round++) {
			spi = get_u32(node_child(&p.n[WEST])->spi_in);
			serial = current(&p, WEST)->serial;
			CHECK(!ike_conn_rekey(p.n[i].e, CONN, false, p.now), "rekey");
			pair_wait(&p, 1000);
			check_moved(&p, spi, "Child SA");
			CHECK(current(&p, WEST)->serial == serial, "another IKE SA");
			spi = get_u32(node_child(&p.n[WEST])->spi_in);
			CHECK(!ike_conn_rekey(p.n[i].e, CONN, true, p.now), "rekey");
			pair_wait(&p, 1000);
			check_moved(&p, 0, "IKE SA");
			CHECK(current(&p, WEST)->serial != serial && current(&p, WEST)->initiator == (i == WEST), "the same IKE SA");
			CHECK(get_u32(node_child(&p.n[WEST])->spi_in) == spi, "another Child SA");
		}
	CHECK(p.n[WEST].takeovers == 3 && p.n[EAST].takeovers == 3, "%u and %u takeovers", p.n[WEST].takeovers,
	      p.n[EAST].takeovers);
	CHECK(ike_conn_rekey(p.n[WEST].e, "none", true, p.now) == -ENOENT, "no such conn");
	pair_end(&p, "sides");
	unit_done("ike_rekey/sides");
}

/* Both requests are on the wire before either arrives. */
static struct packet *kept[2];
static unsigned int n_kept;

static bool keep_create(struct pair *p, struct packet *pkt)
{
	struct packet *copy;

	if (pkt->data[18] != EXCH_CREATE_CHILD_SA || n_kept == 2)
		return true;
	copy = packet_new(pkt->from, &pkt->local, &pkt->remote, pkt->data, pkt->len);
	kept[n_kept++] = copy;
	(void)p;
	return false;
}

static void test_simultaneous(void)
{
	struct pair p;
	int round, i;

	for (round = 0; round < 16; round++) {
		load(&p, row ? with_pfs : NULL);
		for (i = 0; i < round; i++)
			p.n[i & 1].rng.s ^= rng_next(&p.n[i & 1].rng); /* other nonces */
		n_kept = 0;
		p.hook = keep_create;
		ike_conn_rekey(p.n[WEST].e, CONN, round & 1, p.now);
		ike_conn_rekey(p.n[EAST].e, CONN, round & 1, p.now);
		pair_run(&p);
		CHECK(n_kept == 2, "%u requests", n_kept);
		p.hook = NULL;
		for (i = 0; i < 2; i++)
			pair_push(&p, kept[i ^ (round >> 1 & 1)]);
		pair_wait(&p, 1000);
		check_moved(&p, 0, round & 1 ? "both IKE" : "both Child");
		CHECK(!!p.n[WEST].takeovers != !!p.n[EAST].takeovers || round & 1, "both win, or none");
		pair_end(&p, "simultaneous");
	}
	unit_done("ike_rekey/simultaneous");
}

/* Every datagram of the rekeying is lost once, on each side, and comes twice. */
static unsigned int lose_at, seen;

static bool lose_one(struct pair *p, struct packet *pkt)
{
	(void)p;
	(void)pkt;
	return seen++ != lose_at;
}

static void test_losses(void)
{
	struct pair p;
	int ike;

	for (ike = 0; ike < 2; ike++)
		for (lose_at = 0; lose_at < 5; lose_at++) {
			load(&p, NULL);
			seen = 0;
			p.hook = lose_one;
			ike_conn_rekey(p.n[EAST].e, CONN, ike, p.now);
			pair_wait(&p, 5000);
			check_moved(&p, 0, "a datagram is lost");
			pair_end(&p, "losses");
		}
	unit_done("ike_rekey/losses");
}

/* The peer's DELETE of what it rekeyed never comes, and an IKE SA of its own takes the place of the old one meanwhile. */
static bool lose_deletes(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->from != WEST || pkt->data[18] != EXCH_INFORMATIONAL;
}

static void test_renewed(void)
{
	struct node *east;
	uint32_t serial;
	struct pair p;

	load(&p, NULL);
	p.hook = lose_deletes;
	ike_conn_rekey(p.n[WEST].e, CONN, false, p.now);
	pair_wait(&p, 5000);
	CHECK(node_installed(&p.n[EAST]) == 2 && !p.n[EAST].takeovers, "%u Child SAs", node_installed(&p.n[EAST]));
	engine_enter(p.n[WEST].e, p.now);
	CHECK(conn_renew(current(&p, WEST)), "it is not made anew");
	engine_leave(p.n[WEST].e);
	pair_wait(&p, 1000);
	east = &p.n[EAST];
	serial = current(&p, EAST)->child.c.child;
	CHECK(p.n[WEST].ups == 2 && node_owner(east, CONN)->child == serial, "the new one has not got the eroute");
	while (p.now < 60000) {
		pair_wait(&p, 100);
		CHECK(node_owner(east, CONN)->child == serial, "the eroute is an old one's after %u s", (unsigned int)p.now / 1000);
	}
	CHECK(!east->takeovers && !east->trouble, "%u takeovers, %s", east->takeovers, east->trouble);
	pair_end(&p, "renewed");
	unit_done("ike_rekey/renewed");
}

/* ---- what is refused ---- */

static uint16_t last_notify;
static uint8_t last_spi_len;

/* What east answers: the first notify of it. */
static bool look(struct pair *p, struct packet *pkt)
{
	struct ike_sa mirror = *current(p, WEST);
	struct ike_payloads in;
	struct ike_notify n;
	uint8_t plain[2048], type = 0;
	size_t len;

	if (pkt->from != EAST)
		return true;
	len = unseal(&mirror, pkt, plain, &type);
	last_notify = 0;
	if (type && !ike_chain_parse(type, (struct view){ plain, len }, &in) && in.n && in.list[0].type == PLD_NOTIFY &&
	    !ike_notify_parse(in.list[0].body, &n)) {
		last_notify = n.type;
		last_spi_len = n.spi.len;
	}
	return false;
}

/* A CREATE_CHILD_SA to east that would rekey what has @spi. */
static uint16_t ask_rekey(struct pair *p, const uint8_t *spi, uint8_t proto, bool nonce)
{
	struct ike_conn_config c = pair_config(p, WEST);
	static const uint8_t ours[4] = { 7, 7, 7, 7 };
	uint8_t inner[1500], out[2000], bytes[32] = { 1 };
	struct ike_sa *sa = current(p, EAST);
	struct ike_writer w;
	size_t len;

	w_init(&w, inner, sizeof(inner));
	if (spi)
		w_notify_spi(&w, proto, spi, 4, N_REKEY_SA);
	w_proposals(&w, c.esp, c.n_esp, ours);
	if (nonce)
		w_nonce(&w, bytes, sizeof(bytes));
	w_ts(&w, PLD_TSi, c.local_ts, 1);
	w_ts(&w, PLD_TSr, c.remote_ts, 1);
	len = forge(sa, EXCH_CREATE_CHILD_SA, false, sa->in.next, w.first, inner, w.len, out, sizeof(out));
	p->hook = look;
	last_notify = 0xffff;
	pair_deliver(p, EAST, &p->n[EAST].addr, &p->n[WEST].addr, out, len);
	pair_run(p);
	p->hook = NULL;
	return last_notify;
}

static void test_refused(void)
{
	static const uint8_t spi[4] = { 1, 2, 3, 4 };
	uint8_t own[4];
	struct pair p;

	load(&p, NULL);
	CHECK(ask_rekey(&p, spi, PROTO_ESP, true) == N_CHILD_SA_NOT_FOUND && last_spi_len == 4, "unknown SPI: %u", last_notify);
	CHECK(ask_rekey(&p, spi, PROTO_AH, true) == N_CHILD_SA_NOT_FOUND, "AH: %u", last_notify);
	memcpy(own, node_child(&p.n[EAST])->spi_out, 4);
	CHECK(ask_rekey(&p, own, PROTO_ESP, false) == N_INVALID_SYNTAX, "no nonce: %u", last_notify);
	CHECK(pair_is_up(&p), "the tunnel suffered");
	CHECK(!ask_rekey(&p, own, PROTO_ESP, true), "it is rekeyed: %u", last_notify);
	CHECK(ask_rekey(&p, own, PROTO_ESP, true) == N_TEMPORARY_FAILURE, "and again: %u", last_notify);
	CHECK(node_installed(&p.n[EAST]) == 2, "%u Child SAs", node_installed(&p.n[EAST]));
	pair_end(&p, "refused");
	unit_done("ike_rekey/refused");
}

/* ---- time ---- */

static void with_lifetimes(struct ike_conn_config *c, int i)
{
	c->ike_lifetime = 700;
	c->sa_lifetime = 300;
	c->rekey_margin = 60;
	c->rekey_fuzz = 100;
	c->no_rekey = row == 1 ? i == WEST : row == 2;
	c->reauth = row == 3;
}

/* An hour: what rekeys lives on, and what may not ends with its lifetime. */
static void test_lifetimes(void)
{
	struct pair p;

	for (row = 0; row < 4; row++) {
		load(&p, with_lifetimes);
		pair_wait(&p, 3600000);
		if (row == 2)
			CHECK(p.n[WEST].downs >= 10, "rekey=no: %u downs", p.n[WEST].downs);
		else
			CHECK(pair_is_up(&p) && !p.n[WEST].downs && !p.n[EAST].downs && p.n[WEST].installs >= 12,
			      "row %u: %u Child SAs, %u downs", row, p.n[WEST].installs, p.n[WEST].downs);
		CHECK(row != 3 || p.n[WEST].ups >= 5, "reauth: %u times", p.n[WEST].ups);
		CHECK(row > 1 || p.n[WEST].inherited >= 5, "%u IKE SAs", p.n[WEST].inherited);
		pair_end(&p, "lifetimes");
	}
	row = 0;
	unit_done("ike_rekey/lifetimes");
}

static void test_soft(void)
{
	static const uint8_t none[4] = { 9 };
	struct pair p;
	uint32_t spi;

	load(&p, NULL);
	spi = get_u32(node_child(&p.n[WEST])->spi_in);
	CHECK(!ike_child_expires(p.n[EAST].e, node_child(&p.n[EAST])->spi_in, p.now), "soft EXPIRE");
	pair_wait(&p, 1000);
	check_moved(&p, spi, "soft EXPIRE");
	CHECK(ike_child_expires(p.n[EAST].e, none, p.now) == -ENOENT, "of an SA of nobody");
	pair_end(&p, "soft");
	unit_done("ike_rekey/soft");
}

/* Message ids never wrap: the IKE SA is rekeyed, and one that cannot be is given up. */
static void test_ids(void)
{
	struct ike_sa *sa[2];
	uint32_t serial;
	struct pair p;
	int i;

	load(&p, NULL);
	for (i = 0; i < 2; i++)
		sa[i] = current(&p, i);
	serial = sa[WEST]->serial;
	sa[WEST]->out_next = sa[EAST]->in.next = IKE_REKEY_ID;
	pair_wait(&p, 130000);
	check_moved(&p, 0, "message ids");
	CHECK(current(&p, WEST)->serial != serial && current(&p, WEST)->out_next < 10, "id %u", current(&p, WEST)->out_next);
	current(&p, WEST)->out_next = UINT32_MAX;
	ike_conn_rekey(p.n[WEST].e, CONN, false, p.now);
	pair_wait(&p, 200000);
	CHECK(p.n[WEST].e->n_sas <= 2, "%u IKE SAs", p.n[WEST].e->n_sas);
	pair_end(&p, "ids");
	unit_done("ike_rekey/ids");
}

/* ---- liveness ---- */

static bool drop_all(struct pair *p, struct packet *pkt)
{
	(void)p;
	(void)pkt;
	return false;
}

static void with_dpd(struct ike_conn_config *c, int i)
{
	(void)i;
	c->dpd_delay = 10;
	c->dpd_timeout = 25;
	c->dpd_action = row;
}

/* Traffic is a sign of life: nobody is asked, and a peer whose IKE is deaf is not dead. */
static void test_traffic(void)
{
	unsigned int before, i;
	struct pair p;

	row = IKE_DPD_CLEAR;
	load(&p, with_dpd);
	before = p.sent;
	for (i = 0; i < 60; i++) {
		p.n[WEST].packets[0]++;
		p.n[EAST].packets[0]++;
		pair_wait(&p, 5000);
	}
	CHECK(p.sent == before, "%u datagrams", p.sent - before);
	p.hook = drop_all;
	for (i = 0; i < 60; i++) {
		p.n[WEST].packets[0]++;
		pair_wait(&p, 5000);
	}
	CHECK(!p.n[WEST].downs && p.n[EAST].downs == 1, "%u and %u downs", p.n[WEST].downs, p.n[EAST].downs);
	pair_wait(&p, 60000);
	CHECK(p.n[WEST].downs == 1, "traffic ended, and nothing was noticed");
	row = 0;
	pair_end(&p, "traffic");
	unit_done("ike_rekey/traffic");
}

static void test_dpd(void)
{
	unsigned int before;
	struct pair p;

	for (row = 0; row <= IKE_DPD_RESTART; row++) {
		load(&p, with_dpd);
		before = p.sent;
		pair_wait(&p, 60000);
		CHECK(pair_is_up(&p) && p.sent - before >= 8 && p.sent - before <= 26, "%u datagrams in a minute",
		      p.sent - before);
		p.hook = drop_all;
		pair_wait(&p, 23000);
		CHECK(!p.n[WEST].downs, "dead before dpdtimeout");
		pair_wait(&p, 13000);
		CHECK(p.n[WEST].downs == 1 && p.n[EAST].downs == 1 && p.n[WEST].last_reason == IKE_NO_ANSWER,
		      "%u downs: %s", p.n[WEST].downs, p.n[WEST].last_text);
		CHECK(!node_spi_count(&p.n[WEST]) || row == 0 || row == 3, "SPIs");
		p.hook = NULL;
		pair_wait(&p, 120000);
		CHECK(pair_is_up(&p) == (row == IKE_DPD_UNSAID || row == IKE_DPD_RESTART), "action %u: %s", row,
		      pair_is_up(&p) ? "up" : "down");
		pair_end(&p, "dpd");
	}
	row = 0;
	unit_done("ike_rekey/dpd");
}

int main(void)
{
	test_pfs();
	test_other_group();
	test_sides();
	row = 0;
	test_simultaneous();
	row = 7;
	test_simultaneous();
	test_losses();
	test_renewed();
	test_refused();
	test_lifetimes();
	test_soft();
	test_ids();
	test_dpd();
	test_traffic();
	return unit_status();
}
