// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_proposal.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* sources: userland/pluto/ike_frag.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c userland/pluto/ike_ppk.c userland/pluto/ike_qcd.c */
/* libs: -lcrypto */
/* Several conns in one IKE SA: who joins, who is refused, what ends what. Crossings by the hundred are test_ike_sim's. */
#include <stdio.h>

#include "ike_pair.h"

#define MORE 3

static struct ike_env env;
static const char *const names[MORE] = { CONN, "b", "c" };

static struct ike_conn_config config(struct pair *p, int i, int which)
{
	struct ike_conn_config c = pair_config(p, i);

	c.name = names[which];
	c.local_ts[0] = node_net(c.local_ts[0].start[1] + 60 * which);
	c.remote_ts[0] = node_net(c.remote_ts[0].start[1] + 60 * which);
	return c;
}

static void load(struct pair *p, void (*change)(struct ike_conn_config *c, int i, int which))
{
	struct ike_conn_config c;
	int i;

	pair_init(p, &env);
	for (i = 0; i < 2 * MORE; i++) {
		c = config(p, i & 1, i / 2);
		if (change)
			change(&c, i & 1, i / 2);
		CHECK(!ike_conn_add(p->n[i & 1].e, &c), "ike_conn_add");
	}
}

static void up(struct pair *p, int i, int which)
{
	CHECK(!ike_conn_up(p->n[i].e, names[which], p->now), "ike_conn_up");
}

static bool is_up(struct pair *p, int which)
{
	return conn_find(p->n[WEST].e, names[which])->current && conn_find(p->n[EAST].e, names[which])->current;
}

static unsigned int ike_sas(const struct node *n)
{
	const struct ike_sa *sa;
	unsigned int count = 0;

	for (sa = n->e->all; sa; sa = sa->all_next)
		count += !sa->trunk && sa->state != SA_DEAD;
	return count;
}

/* Each conn up on both sides with one Child SA of its own, in so many IKE SAs. */
static void check(struct pair *p, unsigned int n, unsigned int ike, const char *what)
{
	struct node_spi *s, *peer;
	int i, which;
	unsigned int ups = 0;

	for (which = 0; which < MORE; which++)
		ups += is_up(p, which);
	CHECK(ups == n, "%s: %u conns are up", what, ups);
	for (i = 0; i < 2; i++) {
		CHECK(node_installed(&p->n[i]) == n && node_spi_count(&p->n[i]) == n, "%s: %s has %u Child SAs, %u SPIs", what,
		      p->n[i].name, node_installed(&p->n[i]), node_spi_count(&p->n[i]));
		CHECK(ike_sas(&p->n[i]) == ike, "%s: %s has %u IKE SAs", what, p->n[i].name, ike_sas(&p->n[i]));
		CHECK(!p->n[i].trouble, "%s: %s: %s", what, p->n[i].name, p->n[i].trouble);
	}
	for (s = p->n[WEST].spis; s < p->n[WEST].spis + NODE_SPIS; s++) {
		if (!s->used)
			continue;
		peer = node_spi(&p->n[EAST], s->c.spi_out);
		CHECK(peer && child_mirror(&s->c, &peer->c) && !strcmp(s->conn, peer->conn), "%s: %s has other ends", what,
		      s->conn);
	}
}

static void end(struct pair *p, const char *what)
{
	int i;

	p->hook = NULL;
	p->fail_with = 0;
	pair_release(p);
	for (i = 0; i < 2 * MORE; i++)
		ike_conn_down(p->n[i & 1].e, names[i / 2], p->now);
	pair_end(p, what);
	unit_done(what);
}

/* ---- coming up ---- */

static void test_join(void)
{
	struct pair p;
	int i;

	for (i = 0; i < 2; i++) {
		load(&p, NULL);
		pair_up(&p, WEST);
		up(&p, i, 1);
		pair_run(&p);
		up(&p, !i, 2);
		pair_run(&p);
		check(&p, 3, 1, "one after the other");
		CHECK(p.sent == 4 + 2 + 2, "%u datagrams", p.sent);
		end(&p, i ? "ike_branch/join_other" : "ike_branch/join");
	}
}

/* All at once: one begins, the others wait for it. */
static void test_wait(void)
{
	struct pair p;
	int which;

	load(&p, NULL);
	for (which = 0; which < MORE; which++)
		up(&p, WEST, which);
	pair_run(&p);
	check(&p, 3, 1, "all at once");
	CHECK(p.n[WEST].ups == 3 && p.n[EAST].ups == 3, "%u and %u ups", p.n[WEST].ups, p.n[EAST].ups);
	end(&p, "ike_branch/wait");
}

static bool drop_all(struct pair *p, struct packet *pkt)
{
	(void)p;
	(void)pkt;
	return false;
}

static void few_tries(struct ike_conn_config *c, int i, int which)
{
	(void)i;
	(void)which;
	c->keyingtries = 1;
}

/* What the one that begins hears of its failure the others hear too. */
static void test_fail(void)
{
	struct pair p;
	int which;

	load(&p, few_tries);
	p.hook = drop_all;
	for (which = 0; which < MORE; which++)
		up(&p, WEST, which);
	pair_wait(&p, 40000);
	CHECK(p.n[WEST].faileds == 3 && p.n[WEST].last_reason == IKE_NO_ANSWER, "%u failures, %d", p.n[WEST].faileds,
	      p.n[WEST].last_reason);
	CHECK(!p.n[WEST].e->n_sas, "%u SAs are left", p.n[WEST].e->n_sas);
	end(&p, "ike_branch/fail");
}

static void first_differs(struct ike_conn_config *c, int i, int which)
{
	if (i == EAST && !which)
		c->local_ts[0] = node_net(99);
}

/* The one that begins gets no Child SA: the IKE SA is there for the others. */
static void test_first_refused(void)
{
	struct pair p;

	load(&p, first_differs);
	up(&p, WEST, 0);
	up(&p, WEST, 1);
	up(&p, WEST, 2);
	pair_run(&p);
	CHECK(is_up(&p, 1) && is_up(&p, 2) && ike_sas(&p.n[WEST]) == 1, "the others are not up");
	CHECK(p.n[WEST].faileds == 1 && p.n[WEST].last_reason == IKE_OK, "%u failures", p.n[WEST].faileds);
	end(&p, "ike_branch/first_refused");
}

/* The same, and east's kernel takes its time for the first of the others. */
static void test_childless(void)
{
	struct pair p;

	load(&p, first_differs);
	p.n[EAST].hold = 1u << IKE_GETSPI;
	up(&p, WEST, 0);
	up(&p, WEST, 1);
	pair_wait(&p, 15000);
	pair_release(&p);
	pair_wait(&p, 5000);
	CHECK(is_up(&p, 1) && p.n[WEST].ups == 1 && ike_sas(&p.n[WEST]) == 1, "not up");
	CHECK(conn_find(p.n[WEST].e, names[1])->current->trunk, "not in the IKE SA that stood");
	end(&p, "ike_branch/childless");
}

/* ---- who may not ---- */

static void other_ways(struct ike_conn_config *c, int i, int which)
{
	(void)i;
	if (which == 1)
		c->encap = IKE_ENCAP_NO;
	if (which == 2)
		c->ike[0].keylen = 128;
}

static void test_apart(void)
{
	struct pair p;
	int which;

	load(&p, other_ways);
	for (which = 0; which < MORE; which++)
		up(&p, WEST, which);
	pair_run(&p);
	check(&p, 3, 3, "other encapsulation and other algorithms");
	end(&p, "ike_branch/apart");
}

static void east_differs(struct ike_conn_config *c, int i, int which)
{
	if (which == 1 && i == EAST)
		c->local_id = node_id("east2");
	if (which == 1 && i == WEST)
		c->remote_id.type = 0;
}

/* A peer that has it by another id: it gets an IKE SA of its own. */
static void test_own(void)
{
	struct pair p;

	load(&p, east_differs);
	pair_up(&p, WEST);
	up(&p, WEST, 1);
	pair_run(&p);
	CHECK(!p.n[WEST].faileds, "%u failures", p.n[WEST].faileds);
	CHECK(ike_sas(&p.n[WEST]) == 2 && p.n[WEST].e->n_sas == 2, "%u IKE SAs", ike_sas(&p.n[WEST]));
	up(&p, WEST, 2);
	pair_run(&p);
	check(&p, 3, 2, "one of them in an IKE SA of its own");
	end(&p, "ike_branch/own");
}

/* ---- what the peer asks for ---- */

static struct ike_sa *trunk(struct pair *p, int i)
{
	return sa_trunk(conn_find(p->n[i].e, CONN)->current);
}

static struct ike_ts part_of(const struct ike_ts *net, uint8_t last)
{
	struct ike_ts ts = *net;

	ts.start[3] = ts.end[3] = last;
	return ts;
}

static uint16_t answered;
static const struct ike_sa *asker;

static bool read_answer(struct pair *p, struct packet *pkt)
{
	struct ike_payloads in;
	uint8_t plain[2048], first;
	size_t len;

	(void)p;
	if (pkt->from != EAST || pkt->data[18] != EXCH_CREATE_CHILD_SA)
		return true;
	len = unseal(asker, pkt, plain, &first);
	answered = !len || ike_chain_parse(first, (struct view){ plain, len }, &in) ? 0xffff : ike_notify_error(&in);
	return false;
}

/* West's IKE SA asks east for a Child SA between these; what east answers, 0: it has one. */
static uint16_t ask(struct pair *p, const struct ike_ts *tsi, unsigned int n, const struct ike_ts *tsr, unsigned int m)
{
	struct ike_sa *east = trunk(p, EAST);
	uint8_t inner[1024], out[2048], spi[4] = { 0, 0, 0x77, 1 }, nonce[32] = { 1 };
	struct ike_conn_config c = pair_config(p, WEST);
	struct ike_writer w;
	size_t len;

	w_init(&w, inner, sizeof(inner));
	w_proposals(&w, c.esp, c.n_esp, spi);
	w_nonce(&w, nonce, sizeof(nonce));
	w_ts(&w, PLD_TSi, tsi, n);
	w_ts(&w, PLD_TSr, tsr, m);
	len = forge(east, EXCH_CREATE_CHILD_SA, false, east->in.next, w.first, inner, w.len, out, sizeof(out));
	answered = 0xfffe;
	asker = trunk(p, WEST);
	p->hook = read_answer;
	pair_deliver(p, EAST, &p->n[EAST].addr, &p->n[WEST].addr, out, len);
	pair_run(p);
	p->hook = NULL;
	return answered;
}

/* Nobody takes the eroute of a conn that is up, nor of a part of it; an empty, a malformed and a strange wish. */
static void test_asked(void)
{
	struct ike_ts i[MORE], r[MORE], small, wide = node_net(45), none = node_net(200);
	struct pair p;
	int which;

	load(&p, NULL);
	pair_up(&p, WEST);
	wide.start[1] = 0;
	wide.end[1] = 255;
	for (which = 0; which < MORE; which++) {
		i[which] = node_net(45 + 60 * which);
		r[which] = node_net(23 + 60 * which);
	}
	small = part_of(&i[0], 7);
	CHECK(ask(&p, &i[0], 1, &r[0], 1) == N_NO_ADDITIONAL_SAS, "the same again: %u", answered);
	CHECK(ask(&p, &small, 1, &r[0], 1) == N_NO_ADDITIONAL_SAS, "a part: %u", answered);
	CHECK(ask(&p, &i[0], 1, &r[1], 1) == N_TS_UNACCEPTABLE, "of two conns: %u", answered);
	CHECK(ask(&p, &none, 1, &r[0], 1) == N_TS_UNACCEPTABLE, "of none: %u", answered);
	CHECK(ask(&p, NULL, 0, &r[0], 1) == N_TS_UNACCEPTABLE || answered == N_INVALID_SYNTAX, "nothing: %u", answered);
	CHECK(node_installed(&p.n[EAST]) == 1 && p.n[EAST].e->n_sas == 1, "%u SAs after what was refused", p.n[EAST].e->n_sas);
	CHECK(!ask(&p, &i[1], 1, &r[1], 1), "another conn: %u", answered);
	small = part_of(&i[1], 9);
	CHECK(ask(&p, &small, 1, &r[1], 1) == N_NO_ADDITIONAL_SAS, "a part of it: %u", answered);
	CHECK(!ask(&p, &wide, 1, &wide, 1), "all there are: %u", answered);
	CHECK(node_installed(&p.n[EAST]) == 3 && conn_find(p.n[EAST].e, "c")->current, "it is not the one that was left");
	CHECK(ask(&p, &wide, 1, &wide, 1) == N_NO_ADDITIONAL_SAS, "and none is left: %u", answered);
	CHECK(!p.n[EAST].trouble && !p.n[EAST].downs, "%s", p.n[EAST].trouble);
	end(&p, "ike_branch/asked");
}

/* ---- going down ---- */

static void test_down(void)
{
	struct pair p;
	int side, which;

	for (side = 0; side < 2; side++) {
		for (which = 0; which < MORE; which++) {
			load(&p, NULL);
			up(&p, WEST, 0);
			up(&p, WEST, 1);
			up(&p, WEST, 2);
			pair_run(&p);
			conn_find(p.n[WEST].e, names[which])->wanted = false;
			ike_conn_down(p.n[side].e, names[which], p.now);
			pair_run(&p);
			check(&p, 2, 1, "one is down");
			CHECK(p.n[!side].downs == 1, "%u downs", p.n[!side].downs);
			up(&p, side, which);
			pair_run(&p);
			check(&p, 3, 1, "and up again");
			end(&p, "ike_branch/down");
		}
	}
}

/* Conns are unloaded one after the other, that of the IKE SA first; it goes on, and ends with the last. */
static void test_delete(void)
{
	struct pair p;

	load(&p, NULL);
	pair_up(&p, WEST);
	up(&p, WEST, 1);
	up(&p, WEST, 2);
	pair_run(&p);
	ike_conn_delete(p.n[WEST].e, CONN, p.now);
	pair_run(&p);
	CHECK(node_installed(&p.n[WEST]) == 2 && node_installed(&p.n[EAST]) == 2, "more or fewer than two stay");
	CHECK(!ike_conn_rekey(p.n[WEST].e, "b", true, p.now), "rekey");
	pair_wait(&p, 200000);
	CHECK(ike_sas(&p.n[WEST]) == 1 && node_installed(&p.n[WEST]) == 2 && p.n[WEST].inherited == 1, "not rekeyed");
	ike_conn_delete(p.n[WEST].e, "b", p.now);
	ike_conn_delete(p.n[WEST].e, "c", p.now);
	pair_wait(&p, 60000);
	CHECK(!p.n[WEST].e->n_sas && !p.n[EAST].e->n_sas, "%u and %u SAs", p.n[WEST].e->n_sas, p.n[EAST].e->n_sas);
	end(&p, "ike_branch/delete");
}

static void test_silent(void)
{
	struct pair p;

	load(&p, NULL);
	pair_up(&p, WEST);
	up(&p, WEST, 1);
	pair_run(&p);
	p.hook = drop_all;
	pair_wait(&p, 95000);
	CHECK(p.n[WEST].downs == 2 && !node_installed(&p.n[WEST]) && p.n[WEST].last_reason == IKE_NO_ANSWER, "%u downs",
	      p.n[WEST].downs);
	p.hook = NULL;
	pair_wait(&p, 60000);
	check(&p, 2, 1, "the peer is back");
	end(&p, "ike_branch/silent");
}

/* A conn goes down while something of it is under way, whatever it is. */
static void test_midway(void)
{
	unsigned int kind;
	struct pair p;
	int i, side, was;

	for (kind = IKE_DH_GENERATE; kind <= IKE_INSTALL; kind++) {
		for (i = 0; i < 4; i++) {
			side = i & 1;
			load(&p, NULL);
			pair_up(&p, WEST);
			p.n[side].hold = 1u << kind;
			up(&p, WEST, 1);
			pair_run(&p);
			was = p.n_held;
			ike_conn_down(p.n[i / 2].e, names[1], p.now);
			conn_find(p.n[WEST].e, names[1])->wanted = false;
			pair_run(&p);
			pair_release(&p);
			pair_wait(&p, 100000);
			CHECK(is_up(&p, 0) && node_installed(&p.n[WEST]) == node_installed(&p.n[EAST]),
			      "kind %u, held at %s (%d), down at %s: %u and %u Child SAs", kind, p.n[side].name, was,
			      p.n[i / 2].name, node_installed(&p.n[WEST]), node_installed(&p.n[EAST]));
			CHECK(!p.n[WEST].trouble && !p.n[EAST].trouble, "kind %u: %s, %s", kind, p.n[WEST].trouble,
			      p.n[EAST].trouble);
			end(&p, "ike_branch/midway");
		}
	}
}

/* Requests fail, each kind on each side: the others stay, and it is tried again. */
static void test_failing(void)
{
	unsigned int kind;
	struct pair p;
	int side;

	for (kind = IKE_GETSPI; kind <= IKE_INSTALL; kind++) {
		for (side = 0; side < 2; side++) {
			load(&p, NULL);
			pair_up(&p, WEST);
			p.fail_kind = kind;
			p.fail_node = side;
			p.fail_with = -ENOBUFS;
			up(&p, WEST, 1);
			pair_run(&p);
			CHECK(is_up(&p, 0) && !is_up(&p, 1) && p.n[WEST].faileds == 1, "kind %u fails at %s", kind, p.n[side].name);
			p.fail_with = 0;
			pair_wait(&p, 20000);
			check(&p, 2, 1, "again");
			end(&p, "ike_branch/failing");
		}
	}
}

/* ---- rekeying ---- */

static void test_rekey(void)
{
	struct pair p;
	int i;

	load(&p, NULL);
	for (i = 0; i < MORE; i++)
		up(&p, WEST, i);
	pair_run(&p);
	for (i = 0; i < MORE; i++)
		CHECK(!ike_conn_rekey(p.n[EAST].e, names[i], false, p.now), "%s", names[i]);
	pair_wait(&p, 60000);
	check(&p, 3, 1, "each Child SA");
	CHECK(p.n[WEST].takeovers == 3, "%u takeovers", p.n[WEST].takeovers);
	CHECK(!ike_conn_rekey(p.n[WEST].e, "c", true, p.now), "IKE");
	pair_wait(&p, 1000);
	CHECK(p.n[EAST].inherited == 1, "not inherited");
	check(&p, 3, 1, "the IKE SA");
	CHECK(!ike_conn_rekey(p.n[WEST].e, "b", false, p.now), "b");
	pair_wait(&p, 60000);
	check(&p, 3, 1, "one in the new IKE SA");
	CHECK(!p.n[WEST].downs && !p.n[EAST].downs, "went down");
	end(&p, "ike_branch/rekey");
}

static void short_lives(struct ike_conn_config *c, int i, int which)
{
	(void)which;
	c->sa_lifetime = 90;
	c->ike_lifetime = i ? 0 : 300;
}

static void test_lives(void)
{
	struct pair p;
	int i;

	load(&p, short_lives);
	for (i = 0; i < MORE; i++)
		up(&p, i & 1, i);
	pair_wait(&p, 3000000);
	for (i = 0; i < 30 && node_installed(&p.n[WEST]) + node_installed(&p.n[EAST]) != 6; i++)
		pair_wait(&p, 1000);
	check(&p, 3, ike_sas(&p.n[WEST]), "50 minutes of 90 s");
	CHECK(!p.n[WEST].downs && !p.n[EAST].downs, "%u and %u downs", p.n[WEST].downs, p.n[EAST].downs);
	CHECK(p.n[WEST].installs > 60 && p.n[WEST].inherited > 5, "%u Child SAs, %u IKE SAs", p.n[WEST].installs,
	      p.n[WEST].inherited);
	end(&p, "ike_branch/lives");
}

static void reauth(struct ike_conn_config *c, int i, int which)
{
	(void)which;
	c->ike_lifetime = i ? 0 : 300;
	c->reauth = true;
}

/* The IKE SA is made anew, and all its conns go over. */
static void test_reauth(void)
{
	struct pair p;
	int i;

	load(&p, reauth);
	for (i = 0; i < MORE; i++)
		up(&p, WEST, i);
	pair_wait(&p, 340000);
	check(&p, 3, 1, "made anew");
	CHECK(!p.n[WEST].downs && !p.n[EAST].downs && p.n[WEST].ups >= 6, "%u ups, %u and %u downs", p.n[WEST].ups,
	      p.n[WEST].downs, p.n[EAST].downs);
	end(&p, "ike_branch/reauth");
}

/* Both ask for the same at once: one Child SA stays. */
static void test_crossing(void)
{
	struct pair p;
	int i;

	for (i = 0; i < 8; i++) {
		load(&p, NULL);
		pair_up(&p, WEST);
		p.n[WEST].rng.s += i;
		p.n[EAST].rng.s += 3 * i;
		up(&p, WEST, 1);
		up(&p, EAST, 1);
		pair_run(&p);
		pair_wait(&p, 100000);
		check(&p, 2, 1, "crossing");
		CHECK(!p.n[WEST].downs && !p.n[EAST].downs, "%u and %u downs", p.n[WEST].downs, p.n[EAST].downs);
		CHECK(node_owner(&p.n[WEST], "b")->child && node_owner(&p.n[EAST], "b")->child, "the eroute is lost");
		end(&p, "ike_branch/crossing");
	}
}

int main(void)
{
	test_join();
	test_wait();
	test_fail();
	test_first_refused();
	test_childless();
	test_apart();
	test_own();
	test_asked();
	test_down();
	test_delete();
	test_silent();
	test_midway();
	test_failing();
	test_rekey();
	test_lives();
	test_reauth();
	test_crossing();
	return unit_status();
}
