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
/* Conns on demand: packets that ask, once and often, for what is there and what is not, and what they get. */
#include <stdio.h>

#include "ike_pair.h"

#define SHUNT_MS 60000

static struct ike_env env;

static bool drop_all(struct pair *p, struct packet *pkt)
{
	(void)p;
	(void)pkt;
	return false;
}

/* Both load the conn, west routes it; west's shunts and tries are as given. */
static void routed(struct pair *p, enum ike_shunt negotiation, enum ike_shunt failure, unsigned int tries)
{
	struct ike_conn_config c;

	pair_init(p, &env);
	c = pair_config(p, WEST);
	c.negotiationshunt = negotiation;
	c.failureshunt = failure;
	c.keyingtries = tries;
	CHECK(!ike_conn_add(p->n[WEST].e, &c), "ike_conn_add");
	c = pair_config(p, EAST);
	CHECK(!ike_conn_add(p->n[EAST].e, &c), "ike_conn_add");
	CHECK(!ike_conn_route(p->n[WEST].e, CONN, p->now), "ike_conn_route");
}

static enum ike_acquired ask(struct pair *p, uint32_t seq, uint8_t from)
{
	enum ike_acquired kind = node_acquire(&p->n[WEST], CONN, &p->n[EAST], seq, from, p->now);

	pair_run(p);
	return kind;
}

static void counts(struct pair *p, unsigned int started, unsigned int duplicate, unsigned int refused,
		   unsigned int unmatched)
{
	uint64_t n[IKE_ACQ_KINDS];

	ike_acquires(p->n[WEST].e, n);
	CHECK(n[0] == started && n[1] == duplicate && n[2] == refused && n[3] == unmatched,
	      "started %u, duplicate %u, refused %u, unmatched %u", (unsigned int)n[0], (unsigned int)n[1],
	      (unsigned int)n[2], (unsigned int)n[3]);
}

static struct node *west(struct pair *p)
{
	return &p->n[WEST];
}

static enum ike_shunt shunt(struct pair *p)
{
	return node_owner(west(p), CONN)->shunt;
}

static void collect(void *ctx, const struct ike_conn_info *i)
{
	*(struct ike_conn_info *)ctx = *i;
}

static const struct ike_conn_info *info(struct pair *p)
{
	static struct ike_conn_info i;

	memset(&i, 0, sizeof(i));
	ike_conns(west(p)->e, collect, &i);
	return &i;
}

/* A packet brings it up; down by the peer, the next packet brings it up again, and nothing else does. */
static void test_up(void)
{
	struct pair p;

	routed(&p, 0, 0, 0);
	CHECK(info(&p)->routed && !info(&p)->asked_for, "info");
	CHECK(ask(&p, 1, 7) == IKE_ACQ_STARTED && pair_is_up(&p), "not up");
	CHECK(!west(&p)->n_holds && !west(&p)->refuses && !west(&p)->shunts, "holds");
	CHECK(node_child(west(&p))->n_local_ts == 1 && node_child(west(&p))->local_ts[0].end[3] == 255 &&
	      !node_child(west(&p))->local_ts[0].proto, "the answer is not reduced to the subnets");
	CHECK(ask(&p, 2, 8) == IKE_ACQ_DUPLICATE && p.sent == 4, "asked while it is up");
	ike_conn_down(p.n[EAST].e, CONN, p.now);
	pair_wait(&p, 600000);
	CHECK(!node_child(west(&p)) && info(&p)->state == IKE_CONN_IDLE, "came up by itself");
	CHECK(ask(&p, 3, 9) == IKE_ACQ_STARTED && pair_is_up(&p), "not up again");
	ike_conn_down(west(&p)->e, CONN, p.now);
	pair_run(&p);
	CHECK(!node_child(west(&p)) && info(&p)->routed, "down is not unroute");
	CHECK(ask(&p, 4, 9) == IKE_ACQ_STARTED && pair_is_up(&p), "not up after down");
	CHECK(ike_conn_unroute(west(&p)->e, CONN, p.now) == -EBUSY, "unrouted while it is up");
	counts(&p, 3, 1, 0, 0);
	pair_end(&p, "up");
	unit_done("ike_acquire/up");
}

static uint8_t first_ts[8];		/* kinds of what stood in TSi and TSr */

static bool look_at_auth(struct pair *p, struct packet *pkt)
{
	struct ike_sa *sa = p->n[EAST].e->all;
	uint8_t plain[2048], first;
	struct ike_payloads in;
	struct ike_ts_list i, r;
	size_t len;

	if (pkt->from != WEST || pkt->data[18] != EXCH_IKE_AUTH || !sa || !sa->keys.ready)
		return true;
	len = unseal(sa, pkt, plain, &first);
	if (!len || ike_chain_parse(first, (struct view){ plain, len }, &in) || !ike_find(&in, PLD_TSi) ||
	    ike_ts_parse(ike_find(&in, PLD_TSi)->body, &i) || ike_ts_parse(ike_find(&in, PLD_TSr)->body, &r))
		return true;
	CHECK(i.n == 2 && r.n == 2, "%u and %u selectors", i.n, r.n);
	CHECK(i.list[0].proto == 6 && i.list[0].start_port == 40000 && i.list[0].end_port == 40000 &&
	      i.list[0].start[3] == 7 && i.list[0].end[3] == 7, "the first of TSi is not the packet's");
	CHECK(r.list[0].proto == 6 && r.list[0].start_port == 80 && r.list[0].start[3] == 1 && r.list[0].end[3] == 1,
	      "the first of TSr is not the packet's");
	CHECK(!i.list[1].proto && i.list[1].end[3] == 255 && r.list[1].end[3] == 255, "and then the conn's own");
	first_ts[0]++;
	return true;
}

/* RFC 7296 2.9. The keys of east are there only when the message comes a second time. */
static void test_selectors(void)
{
	struct pair p;

	routed(&p, 0, 0, 0);
	p.n[EAST].hold = 1u << IKE_AUTH_CHECK;
	p.hook = look_at_auth;
	ask(&p, 1, 7);
	pair_wait(&p, 2000);
	CHECK(first_ts[0], "IKE_AUTH was not seen");
	pair_release(&p);
	CHECK(pair_is_up(&p), "not up");
	pair_end(&p, "selectors");
	unit_done("ike_acquire/selectors");
}

/* Many flows and repetitions while one attempt is under way; all are answered by the tunnel. */
static void test_duplicates(void)
{
	struct pair p;
	int i;

	routed(&p, 0, 0, 0);
	west(&p)->hold = 1u << IKE_DH_GENERATE;
	CHECK(ask(&p, 1, 1) == IKE_ACQ_STARTED, "start");
	CHECK(info(&p)->asked_for && info(&p)->state == IKE_CONN_TRYING, "info");
	for (i = 0; i < 100; i++)
		CHECK(ask(&p, 1 + i, i) == IKE_ACQ_DUPLICATE, "%d", i);
	CHECK(p.n_held == 1 && west(&p)->e->n_sas == 1, "%u attempts", west(&p)->e->n_sas);
	pair_release(&p);
	CHECK(pair_is_up(&p) && !west(&p)->n_holds && !west(&p)->refuses && p.sent == 4, "not up");
	counts(&p, 1, 100, 0, 0);
	pair_end(&p, "duplicates");
	unit_done("ike_acquire/duplicates");
}

static void test_unmatched(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	CHECK(ask(&p, 5, 1) == IKE_ACQ_UNMATCHED && west(&p)->last_refused == 5 && west(&p)->last_error == ENOENT, "not routed");
	CHECK(strstr(west(&p)->last_log, "10.45.0.1/32 protocol 6 port 40000 -> 10.23.0.1/32 protocol 6 port 80"), "%s", west(&p)->last_log);
	CHECK(node_acquire(west(&p), "other", &p.n[EAST], 6, 1, p.now) == IKE_ACQ_UNMATCHED, "no such conn");
	CHECK(node_acquire(west(&p), NULL, &p.n[EAST], 7, 1, p.now) == IKE_ACQ_UNMATCHED, "nobody's");
	pair_run(&p);
	CHECK(west(&p)->refuses == 3 && west(&p)->last_refused == 7 && !p.sent && !west(&p)->n_holds, "refusals");
	CHECK(ike_conn_route(west(&p)->e, "other", p.now) == -ENOENT && ike_conn_unroute(west(&p)->e, "other", p.now) == -ENOENT,
	      "route of no conn");
	counts(&p, 0, 0, 0, 3);
	pair_end(&p, "unmatched");
	unit_done("ike_acquire/unmatched");
}

/* A peer that refuses: every hold is refused, and so is who asks again too soon. */
static void test_refused(void)
{
	struct pair p;
	int i;

	routed(&p, 0, 0, 0);
	west(&p)->hold = 1u << IKE_DH_GENERATE;
	p.n[EAST].psk = "other";
	ask(&p, 1, 1);
	ask(&p, 2, 2);
	pair_release(&p);
	CHECK(west(&p)->faileds == 1 && west(&p)->refuses == 2 && !west(&p)->n_holds && west(&p)->last_error == EACCES,
	      "%u refused, errno %d", west(&p)->refuses, west(&p)->last_error);
	CHECK(info(&p)->state == IKE_CONN_IDLE && !info(&p)->asked_for && shunt(&p) == IKE_SHUNT_TRAP, "goes on by itself");
	CHECK(ask(&p, 3, 3) == IKE_ACQ_REFUSED && west(&p)->refuses == 3, "too soon");
	/* Deaf for 1, 2, 4 ... 64 s, as the kernel is quiet. */
	for (i = 0; i < 9; i++) {
		pair_wait(&p, (1000 << (i < 6 ? i : 6)) - 1);
		CHECK(ask(&p, 10 + i, 4) == IKE_ACQ_REFUSED, "%d: heard too soon", i);
		pair_wait(&p, 1);
		CHECK(ask(&p, 30 + i, 4) == IKE_ACQ_STARTED, "%d: not heard", i);
		CHECK(!west(&p)->n_holds, "%d: not answered", i);
	}
	p.n[EAST].psk = west(&p)->psk;
	pair_wait(&p, 64000);
	CHECK(ask(&p, 50, 4) == IKE_ACQ_STARTED && pair_is_up(&p), "not up");
	pair_end(&p, "refused");
	unit_done("ike_acquire/refused");
}

/* A silent peer: one attempt, or as many as keyingtries= says. */
static void test_silent(void)
{
	static const unsigned int tries[] = { 0, 1, 3 };
	struct pair p;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		routed(&p, 0, 0, tries[i]);
		p.hook = drop_all;
		ask(&p, 1, 1);
		pair_wait(&p, 30999);
		CHECK(!west(&p)->refuses, "refused before the attempt is over");
		pair_wait(&p, 1);
		CHECK(west(&p)->refuses == (tries[i] < 2), "keyingtries=%u: %u refused", tries[i], west(&p)->refuses);
		pair_wait(&p, 300000);
		CHECK(west(&p)->refuses == 1 && west(&p)->last_error == ETIMEDOUT && west(&p)->faileds == (tries[i] < 2 ? 1 : 3) &&
		      !west(&p)->e->heap.n && info(&p)->state == IKE_CONN_IDLE, "keyingtries=%u: %u attempts, %u refused",
		      tries[i], west(&p)->faileds, west(&p)->refuses);
		pair_end(&p, "silent");
	}
	unit_done("ike_acquire/silent");
}

/* Every failure shunt: it replaces the trap, expires, and goes when the conn comes up. */
static void test_failureshunt(void)
{
	enum ike_shunt s;
	struct pair p;

	for (s = IKE_SHUNT_PASS; s <= IKE_SHUNT_REJECT; s++) {
		routed(&p, 0, s, 0);
		p.n[EAST].psk = "other";
		ask(&p, 1, 1);
		CHECK(west(&p)->faileds == 1 && shunt(&p) == s && !west(&p)->n_holds, "not installed");
		CHECK(info(&p)->shunt == s && info(&p)->shunt_until == p.now + SHUNT_MS && info(&p)->routed, "info");
		pair_wait(&p, SHUNT_MS - 1);
		CHECK(shunt(&p) == s, "expires too soon");
		CHECK(ask(&p, 2, 1) == IKE_ACQ_REFUSED, "an ACQUIRE that was under way");
		pair_wait(&p, 1);
		CHECK(shunt(&p) == IKE_SHUNT_TRAP && !west(&p)->e->heap.n, "does not expire");
		CHECK(ask(&p, 3, 1) == IKE_ACQ_STARTED && shunt(&p) == s, "not again");
		p.n[EAST].psk = west(&p)->psk;
		pair_up(&p, WEST);
		CHECK(pair_is_up(&p) && shunt(&p) == IKE_SHUNT_TRAP, "still there under the tunnel");
		pair_end(&p, "failureshunt");
	}
	unit_done("ike_acquire/failureshunt");
}

/* Every negotiation shunt: while the attempt is under way, and no longer. */
static void test_negotiationshunt(void)
{
	enum ike_shunt s;
	struct pair p;

	for (s = IKE_SHUNT_PASS; s <= IKE_SHUNT_REJECT; s++) {
		routed(&p, s, 0, 0);
		west(&p)->hold = 1u << IKE_DH_GENERATE;
		ask(&p, 1, 1);
		CHECK(shunt(&p) == s && info(&p)->asked_for && !info(&p)->shunt_until, "not installed");
		pair_release(&p);
		CHECK(pair_is_up(&p) && shunt(&p) == IKE_SHUNT_TRAP, "still there under the tunnel");
		ike_conn_down(west(&p)->e, CONN, p.now);
		pair_run(&p);
		p.n[EAST].psk = "other";
		ask(&p, 2, 1);
		CHECK(west(&p)->faileds == 1 && shunt(&p) == IKE_SHUNT_TRAP && west(&p)->refuses == 1, "after a failure");
		pair_end(&p, "negotiationshunt");
	}
	unit_done("ike_acquire/negotiationshunt");
}

/* Commands in between: every hold is answered, whatever people do. */
static void test_commands(void)
{
	struct pair p;

	routed(&p, IKE_SHUNT_DROP, IKE_SHUNT_PASS, 0);
	west(&p)->hold = 1u << IKE_DH_GENERATE;
	ask(&p, 1, 1);
	ike_conn_down(west(&p)->e, CONN, p.now);
	pair_release(&p);
	CHECK(west(&p)->last_error == ECANCELED && shunt(&p) == IKE_SHUNT_TRAP && info(&p)->state == IKE_CONN_IDLE, "down");
	west(&p)->hold = 1u << IKE_DH_GENERATE;
	CHECK(ask(&p, 2, 1) == IKE_ACQ_STARTED, "down makes it deaf");
	CHECK(!ike_conn_unroute(west(&p)->e, CONN, p.now), "unroute");
	pair_release(&p);
	CHECK(west(&p)->last_refused == 2 && shunt(&p) == IKE_SHUNT_TRAP && !info(&p)->routed && !west(&p)->e->n_sas, "unroute");
	CHECK(ask(&p, 3, 1) == IKE_ACQ_UNMATCHED, "asked after unroute");
	/* What people want goes on without the trap. */
	ike_conn_route(west(&p)->e, CONN, p.now);
	west(&p)->hold = 1u << IKE_DH_GENERATE;
	pair_up(&p, WEST);
	CHECK(ask(&p, 4, 1) == IKE_ACQ_DUPLICATE && shunt(&p) == IKE_SHUNT_DROP, "joins what is under way");
	CHECK(!ike_conn_unroute(west(&p)->e, CONN, p.now), "unroute");
	pair_release(&p);
	CHECK(pair_is_up(&p), "not up");
	ike_conn_down(west(&p)->e, CONN, p.now);
	pair_run(&p);
	ike_conn_route(west(&p)->e, CONN, p.now);
	west(&p)->hold = 1u << IKE_GETSPI;
	ask(&p, 5, 1);
	ike_conn_delete(west(&p)->e, CONN, p.now);
	pair_release(&p);
	CHECK(west(&p)->last_refused == 5 && west(&p)->last_error == ECANCELED, "delete");
	pair_end(&p, "commands");
	unit_done("ike_acquire/commands");
}

/* The peer has a narrower idea: what it does not cover is refused, what it covers is not asked for again. */
static void test_narrowed(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	CHECK(!ike_conn_add(west(&p)->e, &c), "add");
	c = pair_config(&p, EAST);
	c.remote_ts[0].end[3] = 127;
	CHECK(!ike_conn_add(p.n[EAST].e, &c), "add");
	ike_conn_route(west(&p)->e, CONN, p.now);
	CHECK(ask(&p, 1, 7) == IKE_ACQ_STARTED && pair_is_up(&p), "not up");
	CHECK(node_child(west(&p))->n_local_ts == 1 && node_child(west(&p))->local_ts[0].end[3] == 127, "not narrowed");
	CHECK(ask(&p, 2, 8) == IKE_ACQ_DUPLICATE, "inside");
	CHECK(ask(&p, 3, 200) == IKE_ACQ_REFUSED && west(&p)->last_error == EHOSTUNREACH, "outside");
	pair_end(&p, "narrowed");
	unit_done("ike_acquire/narrowed");
}

int main(void)
{
	env.shunt_ms = SHUNT_MS;
	test_up();
	test_selectors();
	test_duplicates();
	test_unmatched();
	test_refused();
	test_silent();
	test_failureshunt();
	test_negotiationshunt();
	test_commands();
	test_narrowed();
	return unit_status();
}
