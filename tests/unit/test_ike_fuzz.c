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
/*
 * Every message of whole exchanges cut at every length and with every byte changed, outside
 * and inside the encryption: nothing crashes, nothing is left, both sides agree; and what
 * breaks the integrity value changes nothing at all. ASan and UBSan watch.
 */
#include <stdio.h>
#include <unistd.h>

#include "ike_pair.h"

enum script { PLAIN, CBC, COOKIES, OTHER_GROUP, REFUSED, SHARED, LENDING, ADDKE, N_SCRIPTS };

static const char *const script_names[] = { "plain", "cbc", "cookies", "other_group", "refused", "shared", "lending", "addke" };

/* Datagrams of a script that are worth it: what comes later is as in "plain". */
static const unsigned int worth[] = { 100, 100, 4, 4, 8, 8, 4, 10 };

/* CREATE_CHILD_SA comes after four that are as in "plain", IKE_INTERMEDIATE after two. */
static unsigned int first_of(enum script script)
{
	return script == SHARED ? 4 : script == ADDKE ? 2 : 0;
}

#define SECOND "second"

enum change { CUT, FLIP, NOISE };

/* What is done to which datagram. */
struct plan {
	enum script script;
	unsigned int target;		/* number of the datagram */
	bool inside;
	enum change change;
	size_t at;
	uint8_t noise;
	/* What was found: */
	size_t len;			/* of the datagram, or what is inside; 0: has no inside */
	bool encrypted;
	bool done;
	unsigned int count;		/* datagrams so far */
};

/* The IKE SA of @pkt at one of the two, with keys that open it. Who answered IKE_INTERMEDIATE has new ones by now. */
static const struct ike_sa *opens(struct pair *p, int side, const struct packet *pkt, uint8_t *plain, size_t *len)
{
	const struct ike_sa *sa;
	struct ike_cipher c;

	for (sa = p->n[side].e->all; sa; sa = sa->all_next) {
		if (!sa->keys.ready || memcmp(sa->spi_i, pkt->data, 8) || memcmp(sa->spi_r, pkt->data + 8, 8))
			continue;
		c = sa_cipher(sa, side == pkt->from ? sa_me(sa) : sa_peer(sa));
		if (!ike_open(&c, pkt->data, 32, pkt->len, plain, len))
			return sa;
	}
	return NULL;
}

static size_t alter(const struct plan *plan, uint8_t *data, size_t len)
{
	if (plan->change == CUT)
		return plan->at < len ? plan->at : len;
	if (plan->at < len)
		data[plan->at] = plan->change == FLIP ? ~data[plan->at] : plan->noise;
	return len;
}

/* The header, and an SK payload, say the length that is there. */
static void mend(uint8_t *data, size_t len)
{
	if (len < 28)
		return;
	put_u32(data + 24, len);
	if (data[16] == PLD_SK && len >= 32)
		put_u16(data + 30, len - 28);
}

static void outside(struct pair *p, struct plan *plan, const struct packet *pkt)
{
	uint8_t *data = copy_bytes(pkt->data, pkt->len);
	size_t len;

	plan->len = pkt->len;
	len = alter(plan, data, pkt->len);
	pair_deliver(p, !pkt->from, &pkt->remote, &pkt->local, data, len);
	if (plan->change == CUT) {
		mend(data, len);
		pair_deliver(p, !pkt->from, &pkt->remote, &pkt->local, data, len);
	}
	free(data);
}

static void inside(struct pair *p, struct plan *plan, const struct packet *pkt)
{
	int side = pkt->from;
	const struct ike_sa *sa;
	struct ike_cipher c;
	struct ike_payloads outer;
	uint8_t *plain, *out;
	size_t len;

	if (ike_chain_parse(pkt->data[16], (struct view){ pkt->data + 28, pkt->len - 28 }, &outer) || outer.list[0].type != PLD_SK)
		return;
	plain = malloc(pkt->len);
	out = malloc(pkt->len + 64);
	sa = opens(p, side, pkt, plain, &len);
	if (!sa) {
		side = !side;
		sa = opens(p, side, pkt, plain, &len);
	}
	if (sa) {
		c = sa_cipher(sa, side == pkt->from ? sa_me(sa) : sa_peer(sa));
		plan->len = len;
		len = alter(plan, plain, len);
		memcpy(out, pkt->data, 32);
		mend(out, 32 + ike_sealed_len(&c, len));
		ike_seal(&c, pkt->data + 32, out, 32, plain, len);
		pair_deliver(p, !pkt->from, &pkt->remote, &pkt->local, out, 32 + ike_sealed_len(&c, len));
	}
	free(plain);
	free(out);
}

static bool hook(struct pair *p, struct packet *pkt)
{
	struct plan *plan = p->ctx;

	if (plan->count++ != plan->target)
		return true;
	plan->done = true;
	plan->encrypted = pkt->data[16] == PLD_SK;
	if (plan->inside)
		inside(p, plan, pkt);
	else
		outside(p, plan, pkt);
	/* What it answered is under way; the right one comes too. */
	return true;
}

static void configure(struct pair *p, enum script script)
{
	struct ike_conn_config c;
	int i;

	for (i = 0; i < 2; i++) {
		p->n[i].fake_dh = true;
		c = pair_config(p, i);
		if (script == CBC) {
			c.ike[0] = (struct ike_proposal){ ENCR_AES_CBC, 256, 7, 14, DH_X25519, 0, { 0 } };
			c.local_ts[1] = (struct ike_ts){ AF_INET6, 17, 5, 9, { 1 }, { 2 } };
			c.remote_ts[1] = c.local_ts[1];
			c.n_local_ts = 2;
			c.n_remote_ts = 2;
		}
		if (script == OTHER_GROUP && i == WEST) {
			c.ike[1] = c.ike[0];
			c.ike[0].dh = DH_ECP256;
			c.n_ike = 2;
		}
		if (script == LENDING)
			pair_lend(&c, i);
		if (script == REFUSED && i == EAST)
			c.local_ts[0] = node_net(99);
		if (script == ADDKE) {
			c.ike[0].addke[0] = DH_ECP256;
			c.esp[0].dh = DH_X25519;
			c.esp[0].addke[1] = DH_ECP256;
			c.n_esp = 1;
			c.pfs = IKE_PFS_YES;
		}
		ike_conn_add(p->n[i].e, &c);
		if (script != SHARED && script != ADDKE)
			continue;
		c.name = SECOND;
		c.local_ts[0] = node_net(c.local_ts[0].start[1] + 60);
		c.remote_ts[0] = node_net(c.remote_ts[0].start[1] + 60);
		ike_conn_add(p->n[i].e, &c);
	}
}

static bool is_up(struct pair *p, enum script script)
{
	return script != SHARED && script != ADDKE ? pair_is_up(p) : node_installed(&p->n[WEST]) == 2 && node_installed(&p->n[EAST]) == 2;
}

/* Somebody else is half-open at east, for ever. */
static void make_busy(struct pair *p)
{
	p->n[EAST].hold = 1u << IKE_DH_GENERATE;
	pair_up(p, WEST);
	p->n[EAST].hold = 0;
	ike_conn_down(p->n[WEST].e, CONN, p->now);
	pair_run(p);
}

static void run(struct plan *plan)
{
	struct ike_env env = { .cookie_threshold = plan->script == COOKIES ? 1 : 500 };
	bool stands = plan->script != REFUSED, up;
	struct pair p;
	char what[128];

	pair_init(&p, &env);
	configure(&p, plan->script);
	if (plan->script == COOKIES)
		make_busy(&p);
	plan->count = 0;
	plan->done = false;
	plan->len = 0;
	p.hook = hook;
	p.ctx = plan;
	pair_up(&p, WEST);
	ike_conn_up(p.n[WEST].e, SECOND, p.now);
	pair_wait(&p, 61000);		/* repetitions; liveness, both ways */
	up = is_up(&p, plan->script);
	ike_conn_down(p.n[WEST].e, SECOND, p.now);
	pair_run(&p);
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	pair_run(&p);
	snprintf(what, sizeof(what), "%s: datagram %u%s, change %d at %zu (%u)", script_names[plan->script],
		 plan->target, plan->inside ? " inside" : "", plan->change, plan->at, plan->noise);
	if (plan->encrypted && !plan->inside && stands)
		CHECK(up && !p.n[WEST].faileds, "%s: hinders the tunnel", what);
	pair_wait(&p, 100000);
	CHECK(node_installed(&p.n[WEST]) == node_installed(&p.n[EAST]), "%s: the sides do not agree", what);
	ike_conn_down(p.n[EAST].e, SECOND, p.now);
	pair_end(&p, what);
}

static unsigned int fuzz(struct plan *plan)
{
	unsigned int n = 0;
	size_t len;
	int pass;

	plan->change = CUT;
	plan->at = SIZE_MAX;
	run(plan);
	len = plan->len;
	for (plan->at = 0; plan->at < len; plan->at++) {
		/* A byte under the integrity value need not be changed twice. */
		for (pass = 0; pass < (plan->encrypted && !plan->inside ? 2 : 3); pass++, n++) {
			plan->change = pass;
			plan->noise = (plan->at * 89 + plan->target * 17) ^ 0x5b;
			run(plan);
		}
		plan->change = CUT;
	}
	return n;
}

int main(void)
{
	struct plan plan = { 0 };
	unsigned int n = 0, script;

	alarm(600);			/* an endless loop is a failure too */
	for (script = 0; script < N_SCRIPTS; script++) {
		for (plan.target = first_of(script); plan.target < worth[script]; plan.target++) {
			plan.script = script;
			plan.inside = false;
			n += fuzz(&plan);
			if (!plan.done)
				break;
			plan.inside = true;
			n += fuzz(&plan);
		}
		CHECK(plan.target >= first_of(script) + 4, "only %u datagrams", plan.target);
		printf("# %s: %u datagrams\n", script_names[script], plan.target);
		unit_done(script_names[script]);
	}
	printf("# %u runs\n", n);
	return unit_status();
}
