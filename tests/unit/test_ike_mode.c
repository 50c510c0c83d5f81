// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c */
/* libs: -lcrypto */
/*
 * Transport mode, RFC 7296 1.3.1: a conn comes up in the mode that it says, or not at all, whoever asks whom, and
 * stays in it when it is rekeyed.
 */
#include "ike_pair.h"

static struct ike_conn_config config(struct pair *p, int i, bool transport)
{
	struct ike_conn_config c = pair_config(p, i);

	c.transport = transport;
	c.keyingtries = 1;
	c.n_local_ts = c.n_remote_ts = 0;
	return c;
}

static void start(struct pair *p, bool west, bool east)
{
	static struct ike_env env;
	struct ike_conn_config c;

	pair_init(p, &env);
	c = config(p, WEST, west);
	CHECK(!ike_conn_add(p->n[WEST].e, &c), "ike_conn_add");
	c = config(p, EAST, east);
	CHECK(!ike_conn_add(p->n[EAST].e, &c), "ike_conn_add");
}

static bool in_mode(struct pair *p, bool transport)
{
	return pair_is_up(p) && node_child(&p->n[WEST])->transport == transport &&
	       node_child(&p->n[EAST])->transport == transport;
}

static void both(void)
{
	struct pair p;
	int i, ike;

	for (i = 0; i < 2; i++) {
		start(&p, true, true);
		pair_up(&p, i);
		CHECK(in_mode(&p, true), "not in transport mode: %s", p.n[i].last_text);
		for (ike = 0; ike < 4; ike++) {
			CHECK(!ike_conn_rekey(p.n[ike & 1].e, CONN, ike & 2, p.now), "rekey");
			pair_wait(&p, 40000);
			CHECK(in_mode(&p, true), "rekeying %d: not in transport mode any more", ike);
		}
		CHECK(p.n[WEST].installs > 2, "hardly rekeyed: %u", p.n[WEST].installs);
		pair_end(&p, "both");
	}
	unit_done("ike_mode: transport mode, rekeyed by either side");
}

/* Neither in tunnel mode nor in the other's mode, and nothing is left. */
static void one(void)
{
	static const struct {
		bool west, east;
		const char *says;
	} cases[] = {
		{ true, false, "agrees to tunnel mode only" }, { false, true, "no proposal chosen" },
	};
	struct pair p;
	size_t i;

	for (i = 0; i < 2; i++) {
		start(&p, cases[i].west, cases[i].east);
		pair_up(&p, WEST);
		pair_wait(&p, 100);
		CHECK(!node_installed(&p.n[WEST]) && !node_installed(&p.n[EAST]), "case %zu: something is up", i);
		CHECK(strstr(p.n[WEST].last_text, cases[i].says), "case %zu: %s", i, p.n[WEST].last_text);
		if (cases[i].east)
			CHECK(strstr(p.n[EAST].last_log, "asks for tunnel mode"), "%s", p.n[EAST].last_log);
		pair_end(&p, "one");
	}
	unit_done("ike_mode: only where both say it");
}

/* Of two conns between the same the one that has the mode that is asked for. */
static void two(void)
{
	struct ike_conn_config c;
	struct pair p;
	int i;

	for (i = 0; i < 2; i++) {
		start(&p, i, false);
		c = config(&p, EAST, true);
		c.name = "another";
		CHECK(!ike_conn_add(p.n[EAST].e, &c), "ike_conn_add");
		pair_up(&p, WEST);
		CHECK(in_mode(&p, i), "case %d: %s", i, p.n[WEST].last_text);
		ike_conn_down(p.n[EAST].e, "another", p.now);
		pair_end(&p, "two");
	}
	unit_done("ike_mode: the conn with the mode that is asked for");
}

/* West changes its mind, so that what east answers was not asked for; of a rekeying too. */
static bool change_mind(struct pair *p, struct packet *pkt)
{
	if (pkt->from == EAST && pkt->data[18] == *(uint8_t *)p->ctx) {
		conn_find(p->n[WEST].e, CONN)->cfg.transport = false;
		if (p->n[WEST].e->all->x_i)
			p->n[WEST].e->all->x_i->child.c.transport = false;
	}
	return true;
}

static void unasked(void)
{
	uint8_t exchange = EXCH_IKE_AUTH;
	struct pair p;

	start(&p, true, true);
	p.hook = change_mind;
	p.ctx = &exchange;
	pair_up(&p, WEST);
	pair_wait(&p, 100);
	CHECK(!pair_is_up(&p) && strstr(p.n[WEST].last_text, "which was not asked for"), "%s", p.n[WEST].last_text);
	pair_end(&p, "unasked");

	start(&p, true, true);
	pair_up(&p, WEST);
	exchange = EXCH_CREATE_CHILD_SA;
	p.hook = change_mind;
	p.ctx = &exchange;
	CHECK(!ike_conn_rekey(p.n[WEST].e, CONN, false, p.now), "rekey");
	pair_run(&p);
	CHECK(p.n[WEST].installs == 1, "a mode that was not asked for is installed");
	pair_end(&p, "unasked");
	unit_done("ike_mode: a mode that was not asked for");
}

/* A NAT: who begins says it before the peer is bothered. */
static bool translate(struct pair *p, struct packet *pkt)
{
	(void)p;
	if (pkt->from == WEST)
		pkt->local.port += 1000;
	else
		pkt->remote.port -= 1000;
	return true;
}

static void nat(void)
{
	struct pair p;

	start(&p, true, true);
	p.hook = translate;
	pair_up(&p, WEST);
	CHECK(!pair_is_up(&p) && strstr(p.n[WEST].last_text, "through a NAT is not built"), "%s", p.n[WEST].last_text);
	pair_end(&p, "nat");

	/* Who does not know it learns it from the answer. */
	start(&p, true, true);
	p.hook = translate;
	CHECK(!ike_conn_up(p.n[WEST].e, CONN, p.now), "up");
	p.n[WEST].hold = 1u << IKE_DH_SHARED;
	pair_run(&p);
	CHECK(p.n[WEST].e->all->nat, "no NAT was found");
	p.n[WEST].e->all->nat = 0;
	pair_release(&p);
	pair_wait(&p, 100);
	CHECK(!node_installed(&p.n[EAST]) && strstr(p.n[EAST].last_log, "through a NAT"), "%s", p.n[EAST].last_log);
	CHECK(p.n[WEST].last_reason == IKE_NO_PROPOSAL, "%s", p.n[WEST].last_text);
	pair_end(&p, "nat");
	unit_done("ike_mode: not through a NAT");
}

int main(void)
{
	both();
	one();
	two();
	unasked();
	nat();
	return unit_status();
}
