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
/* Additional key exchanges: IKE_INTERMEDIATE and IKE_FOLLOWUP_KE, RFC 9242 and RFC 9370; one thing at a time. */
#include <stdio.h>

#include "ike_pair.h"

/* IKE SA and Child SA: on top of group 31 group 19, and in the third place ML-KEM, whose two messages are of different lengths. */
static struct ike_conn_config config(struct pair *p, int i, uint16_t kem)
{
	struct ike_conn_config c = pair_config(p, i);

	c.ike[0].addke[0] = DH_ECP256;
	c.ike[0].addke[2] = kem;
	c.esp[0] = (struct ike_proposal){ .encr = ENCR_AES_GCM_16, .keylen = 256, .dh = DH_X25519 };
	c.esp[0].addke[0] = DH_ECP256;
	c.esp[0].addke[6] = kem;
	c.n_esp = 1;
	c.pfs = IKE_PFS_YES;
	return c;
}

static struct ike_env env;

static void begin(struct pair *p, uint16_t kem)
{
	struct ike_conn_config c;
	int i;

	pair_init(p, &env);
	for (i = 0; i < 2; i++) {
		c = config(p, i, kem);
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
}

static struct ike_sa *current(struct pair *p, int i)
{
	return conn_find(p->n[i].e, CONN)->current;
}

/* Which exchanges there were, in order, requests only: the last figure of each. */
static char seen[64];
static unsigned int n_seen, n_pieces;

static bool note(struct pair *p, struct packet *pkt)
{
	(void)p;
	n_pieces += pkt->data[16] == PLD_SKF;
	if (!(pkt->data[19] & IKE_FLAG_RESPONSE) && (pkt->data[16] != PLD_SKF || pkt->data[33] == 1) && n_seen + 1 < sizeof(seen))
		seen[n_seen++] = '0' + pkt->data[18] % 10;
	seen[n_seen] = '\0';
	return true;
}

static void watch(struct pair *p)
{
	p->hook = note;
	n_seen = n_pieces = 0;
	seen[0] = '\0';
}

static void up(uint16_t kem, bool pieces)
{
	struct pair p;
	int i;

	begin(&p, kem);
	watch(&p);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "%u: no tunnel: %s", kem, p.n[WEST].last_text);
	CHECK(!strncmp(seen, "4335", 4), "exchanges: %s", seen);
	CHECK(!pieces || n_pieces, "no message was cut");
	CHECK(current(&p, WEST)->inter_done == 2 && current(&p, EAST)->inter_done == 2, "not two exchanges");
	for (i = 0; i < 2; i++) {
		CHECK(!ike_conn_rekey(p.n[i].e, CONN, false, p.now), "rekey");
		watch(&p);
		pair_run(&p);
		CHECK(pair_is_up(&p) && !strncmp(seen, "644", 3), "%s: Child SA not rekeyed: %s", p.n[i].name, seen);
		CHECK(!ike_conn_rekey(p.n[i].e, CONN, true, p.now), "rekey");
		watch(&p);
		pair_run(&p);
		CHECK(pair_is_up(&p) && !strncmp(seen, "644", 3) && p.n[i].inherited, "%s: IKE SA not rekeyed: %s", p.n[i].name, seen);
		CHECK(ike_addke(&current(&p, i)->alg, 1) == kem, "with another one");
		CHECK(!memcmp(&current(&p, 0)->keys, &current(&p, 1)->keys, sizeof(struct ike_keys)), "two IKE SAs");
	}
	CHECK(p.n[WEST].ups == 1 && !p.n[WEST].downs && !p.n[EAST].downs, "it went down meanwhile");
	pair_end(&p, "up");
}

static void ups(void)
{
	up(KE_MLKEM768, false);
	up(KE_MLKEM1024, true);		/* neither message fits a packet */
	up(DH_MODP1024, false);
	unit_done("up, and rekeyed by either side");
}

/* RFC 9370 2.2.2, and 2.2.4 for Child SAs, written down once more: of what each side had before and of the secret. */
static void keys(void)
{
	uint8_t skeyseed[32], stream[32 * 3 + 36 * 2 + 64], before[IKE_MAX_PRF], secret[IKE_MAX_DH];
	struct view parts[3], seed[4];
	struct ike_sa *sa;
	struct pair p;
	size_t len;

	begin(&p, KE_MLKEM768);
	p.n[WEST].hold = 1u << IKE_DH_SHARED;
	pair_up(&p, WEST);
	p.n[WEST].hold = 0;
	ike_result(p.n[WEST].e, p.now, p.held[0].r.id, 0, p.held[0].r.data, p.held[0].r.len);
	p.n_held = 0;
	p.n[WEST].hold = 1u << IKE_DH_SHARED;
	pair_run(&p);
	sa = p.n[WEST].e->all;
	CHECK(sa->state == SA_I_KE_SHARED && p.n_held == 1, "the secret of the first is awaited");
	memcpy(before, sa->keys.d, sizeof(before));
	len = p.held[0].r.len;
	memcpy(secret, p.held[0].r.data, len);
	p.n[WEST].hold = 0;
	p.n_held = 0;
	p.n[WEST].hold = 1u << IKE_DH_GENERATE;
	ike_result(p.n[WEST].e, p.now, p.held[0].r.id, 0, secret, len);
	parts[0] = (struct view){ secret, len };
	parts[1] = seed[0] = (struct view){ sa->nonce[0], sa->nonce_len[0] };
	parts[2] = seed[1] = (struct view){ sa->nonce[1], sa->nonce_len[1] };
	seed[2] = (struct view){ sa->spi_i, 8 };
	seed[3] = (struct view){ sa->spi_r, 8 };
	CHECK(!ike_prf(PRF_SHA2_256, before, 32, parts, 3, skeyseed), "SKEYSEED");
	CHECK(!ike_prf_plus(PRF_SHA2_256, skeyseed, 32, seed, 4, stream, 32 + 2 * 36 + 64), "the stream");
	CHECK(!memcmp(sa->keys.d, stream, 32) && !memcmp(sa->keys.e[0], stream + 32, 36) && !memcmp(sa->keys.e[1], stream + 68, 36) &&
	      !memcmp(sa->keys.p[0], stream + 104, 32) && !memcmp(sa->keys.p[1], stream + 136, 32), "SK_d, SK_e, SK_p");
	pair_run(&p);
	pair_release(&p);
	CHECK(pair_is_up(&p), "no tunnel");
	pair_end(&p, "keys");
	unit_done("keys");
}

/* What each covers of the other's messages is part of AUTH. */
static bool change(struct pair *p, struct packet *pkt)
{
	if (pkt->data[18] == EXCH_IKE_AUTH && pkt->from == WEST)
		p->n[*(int *)p->ctx].e->all->int_auth[!*(int *)p->ctx][5] ^= 1;
	return true;
}

static void covered(void)
{
	struct pair p;
	int i;

	for (i = 0; i < 2; i++) {
		begin(&p, KE_MLKEM768);
		p.hook = change;
		p.ctx = &i;
		pair_up(&p, WEST);
		CHECK(!pair_is_up(&p) && p.n[WEST].last_reason == IKE_AUTH_FAILED, "%s: %s", p.n[i].name, p.n[WEST].last_text);
		pair_end(&p, "covered");
	}
	unit_done("AUTH covers IKE_INTERMEDIATE");
}

/* ---- who can what ---- */

static void choices(void)
{
	static const struct {
		bool both[2];		/* has the proposal without them, too */
		bool none[2];		/* has no other */
		int done;		/* exchanges, -1: no tunnel */
	} table[] = {
		{ { true, true }, { false, false }, 2 }, { { true, false }, { false, false }, 2 },
		{ { false, true }, { false, false }, 2 }, { { true, false }, { false, true }, 0 },
		{ { false, true }, { true, false }, 0 }, { { false, false }, { false, true }, -1 },
		{ { false, false }, { true, false }, -1 },
	};
	struct ike_conn_config c;
	struct pair p;
	unsigned int i;
	int side;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		pair_init(&p, &env);
		for (side = 0; side < 2; side++) {
			c = config(&p, side, KE_MLKEM768);
			c.ike[1] = c.ike[0];
			memset(c.ike[1].addke, 0, sizeof(c.ike[1].addke));
			c.n_ike = table[i].both[side] ? 2 : 1;
			if (table[i].none[side])
				c.ike[0] = c.ike[1];
			CHECK(!ike_conn_add(p.n[side].e, &c), "ike_conn_add");
		}
		pair_up(&p, WEST);
		pair_wait(&p, 2000);
		CHECK(pair_is_up(&p) == (table[i].done >= 0), "%u: %s", i, p.n[WEST].last_text);
		if (pair_is_up(&p))
			CHECK(current(&p, EAST)->inter_done == table[i].done, "%u: %u exchanges", i, current(&p, EAST)->inter_done);
		else
			CHECK(p.n[WEST].last_reason == IKE_NO_PROPOSAL, "%u: %s", i, p.n[WEST].last_text);
		pair_end(&p, "choices");
	}
	unit_done("choices");
}

static void checks(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = config(&p, WEST, DH_ECP256);
	CHECK(ike_conn_add(p.n[WEST].e, &c) == -EINVAL, "one twice");
	c = config(&p, WEST, DH_X25519);
	CHECK(ike_conn_add(p.n[WEST].e, &c) == -EINVAL, "the group itself");
	c = config(&p, WEST, 38);
	CHECK(ike_conn_add(p.n[WEST].e, &c) == -EINVAL, "not known");
	c = config(&p, WEST, KE_MLKEM768);
	c.esp[0].dh = 0;
	CHECK(ike_conn_add(p.n[WEST].e, &c) == -EINVAL, "without a group");
	c = config(&p, WEST, KE_MLKEM768);
	c.ike[0].dh = KE_MLKEM512;
	CHECK(ike_conn_add(p.n[WEST].e, &c) == -EINVAL, "ML-KEM in place of a group");
	ike_engine_free(p.n[WEST].e);
	ike_engine_free(p.n[EAST].e);
	unit_done("what cannot be");
}

/* ---- repetitions ---- */

struct lost {
	unsigned int which;		/* answer to IKE_INTERMEDIATE, from 0 */
	unsigned int answers;
};

/* Of that one nothing arrives. */
static bool lose_answer(struct pair *p, struct packet *pkt)
{
	struct lost *lost = p->ctx;
	struct ike_sa *sa = p->n[WEST].e->all;

	if (pkt->from != EAST || pkt->data[18] != EXCH_IKE_INTERMEDIATE || sa->inter_done != lost->which)
		return true;
	lost->answers++;
	return false;
}

/* The first fragment of west's request, cut anew, as it never was on the wire. */
static size_t other_cut(struct pair *p, uint32_t id, uint8_t *out, size_t cap)
{
	static const uint8_t text[100];
	struct piece piece = { EXCH_IKE_INTERMEDIATE, false, id, PLD_KE, 1, 9, text, sizeof(text) };

	return sa_seal(p->n[WEST].e->all, &piece, out, cap);
}

/* After its answer the responder's keys are others; the peer, without an answer, still has those of before (RFC 7383 2.5.2). */
static void cut_anew(void)
{
	struct lost lost;
	uint8_t out[512];
	unsigned int sent;
	struct pair p;
	size_t len;

	for (lost.which = 0; lost.which < 2; lost.which++) {
		begin(&p, DH_MODP1024);
		lost.answers = 0;
		p.hook = lose_answer;
		p.ctx = &lost;
		pair_up(&p, WEST);
		CHECK(lost.answers == 1 && p.n[EAST].e->all->inter_done == lost.which + 1, "%u: %u answers", lost.which, lost.answers);
		len = other_cut(&p, 1 + lost.which, out, sizeof(out));
		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, out, len);
		pair_run(&p);
		CHECK(lost.answers == 2, "%u: no answer to another cut", lost.which);
		out[len - 1] ^= 1;
		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, out, len);
		pair_run(&p);
		CHECK(lost.answers == 2, "%u: an answer to a forged one", lost.which);
		p.hook = NULL;
		pair_wait(&p, 2000);
		CHECK(pair_is_up(&p), "%u: no tunnel", lost.which);
		out[len - 1] ^= 1;
		sent = p.sent;
		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, out, len);
		pair_run(&p);
		CHECK(pair_is_up(&p) && p.sent == sent, "%u: too late, and %u answers", lost.which, p.sent - sent);
		pair_end(&p, "cut anew");
	}
	unit_done("another cut of an IKE_INTERMEDIATE that was answered");
}

/* ---- hostile ---- */

enum bad { EARLY_AUTH, TOO_MANY, SHORT, LONG, OTHER_METHOD, NO_KE, NOISE, N_BAD };
static const char *const bad_names[] = { "IKE_AUTH before", "one too many", "a byte less", "a byte more", "another method", "no KE",
	"not a value of the group" };

struct plan {
	enum bad bad;
	unsigned int after;		/* so many exchanges */
	bool done;
};

static void w_bad(struct ike_writer *w, enum bad bad, uint16_t method)
{
	static uint8_t value[2048];
	size_t len = ike_ke_len(method, false);

	memset(value, 0xff, sizeof(value));
	if (bad == NO_KE || bad == EARLY_AUTH)
		w_nonce(w, value, 32);
	else
		w_ke(w, bad == OTHER_METHOD ? DH_ECP384 : method, value, len - (bad == SHORT) + (bad == LONG));
}

/* In place of what west sends next. */
static bool replace(struct pair *p, struct packet *pkt)
{
	struct plan *plan = p->ctx;
	struct ike_sa *sa = p->n[EAST].e->all;
	uint8_t inner[4096], out[4096];
	struct ike_writer w;
	size_t len;

	if (plan->done || pkt->from != WEST || pkt->data[18] == EXCH_IKE_SA_INIT || !sa || sa->inter_done != plan->after ||
	    !sa->keys.ready)
		return true;
	plan->done = true;
	w_init(&w, inner, sizeof(inner));
	w_bad(&w, plan->bad, ike_addke(&sa->alg, plan->after) ? ike_addke(&sa->alg, plan->after) : DH_ECP256);
	len = forge(sa, plan->bad == EARLY_AUTH ? EXCH_IKE_AUTH : EXCH_IKE_INTERMEDIATE, false, sa->in.next, w.first, inner, w.len, out,
		    sizeof(out));
	pair_deliver(p, EAST, &p->n[EAST].addr, &p->n[WEST].addr, out, len);
	return false;
}

static void hostile(void)
{
	struct plan plan;
	struct pair p;
	int bad;

	for (bad = 0; bad < N_BAD; bad++) {
		for (plan.after = bad == TOO_MANY ? 2 : 1; plan.after < (bad == TOO_MANY ? 3 : 2); plan.after++) {
			plan.bad = bad;
			plan.done = false;
			begin(&p, DH_MODP1024);
			p.hook = replace;
			p.ctx = &plan;
			pair_up(&p, WEST);
			CHECK(plan.done && !pair_is_up(&p) && !p.n[EAST].e->half_open, "%s: not refused", bad_names[bad]);
			pair_wait(&p, 1000);
			CHECK(!p.n[EAST].ups && strstr(p.n[EAST].last_log, "is refused"), "%s: %s", bad_names[bad], p.n[EAST].last_log);
			pair_end(&p, bad_names[bad]);
		}
	}
	unit_done("hostile initiators");
}

/* Without a word of it in IKE_SA_INIT, and when the IKE SA stands. */
static void not_negotiated(void)
{
	uint8_t inner[64], out[256];
	struct ike_writer w;
	struct ike_sa *sa;
	struct pair p;
	size_t len;

	pair_init(&p, &env);
	pair_load(&p);
	pair_up(&p, WEST);
	sa = current(&p, EAST);
	w_ke(({ w_init(&w, inner, sizeof(inner)); &w; }), DH_X25519, sa->spi_i, 8);
	len = forge(sa, EXCH_IKE_INTERMEDIATE, false, sa->in.next, w.first, inner, w.len, out, sizeof(out));
	pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, out, len);
	CHECK(pair_is_up(&p) && current(&p, EAST) == sa && sa->in.reply, "the tunnel stands");
	len = forge(sa, EXCH_IKE_FOLLOWUP_KE, false, sa->in.next, w.first, inner, w.len, out, sizeof(out));
	pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, out, len);
	CHECK(pair_is_up(&p) && current(&p, EAST) == sa, "the tunnel stands");
	current(&p, WEST)->out_next += 2;	/* as if it had sent these */
	pair_end(&p, "not negotiated");
	unit_done("IKE_INTERMEDIATE and IKE_FOLLOWUP_KE that nobody asked for");
}

/* ---- silence, and what goes on after it ---- */

static bool lose(struct pair *p, struct packet *pkt)
{
	return pkt->data[18] != *(uint8_t *)p->ctx || pkt->from != EAST;
}

static void silence(void)
{
	uint8_t exchange = EXCH_IKE_INTERMEDIATE;
	struct pair p;

	begin(&p, KE_MLKEM768);
	p.hook = lose;
	p.ctx = &exchange;
	pair_up(&p, WEST);
	pair_wait(&p, 32000);
	CHECK(p.n[WEST].last_reason == IKE_NO_ANSWER && strstr(p.n[WEST].last_text, "IKE_INTERMEDIATE"), "%s", p.n[WEST].last_text);
	pair_wait(&p, 40000);
	CHECK(p.n[EAST].e->half_open <= 1, "%u are half-open", p.n[EAST].e->half_open);
	pair_end(&p, "silence");
	unit_done("silence");
}

/* A responder that waits for IKE_FOLLOWUP_KE gives up, or is told that something else is wanted. */
static void followup(bool wait)
{
	uint8_t inner[2048], out[2048], ke[64] = { 1 };
	struct ike_sa *sa;
	struct ike_writer w;
	struct pair p;
	size_t len;

	begin(&p, KE_MLKEM768);
	pair_up(&p, WEST);
	sa = current(&p, EAST);
	p.n[WEST].hold = 1u << IKE_DH_SHARED;
	CHECK(!ike_conn_rekey(p.n[WEST].e, CONN, false, p.now), "rekey");
	pair_run(&p);
	CHECK(sa->x_r && sa->x_r->state == X_R_WAIT, "it waits");
	w_init(&w, inner, sizeof(inner));
	w_ke(&w, DH_ECP256, ke, 64);
	w_notify(&w, N_ADDITIONAL_KEY_EXCHANGE, "not this", 8);
	len = forge(sa, EXCH_IKE_FOLLOWUP_KE, false, sa->in.next, w.first, inner, w.len, out, sizeof(out));
	pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, out, len);
	current(&p, WEST)->out_next++;	/* as if it had sent that */
	CHECK(sa->x_r && sa->x_r->state == X_R_WAIT, "another link ends nothing");
	if (wait) {
		pair_wait(&p, 59000);
		CHECK(sa->x_r, "it waits a while");
		p.n_held = 0;
		pair_wait(&p, 3000);
		CHECK(!sa->x_r, "and not for ever");
		CHECK(pair_is_up(&p), "the old one is in use");
	} else {
		pair_release(&p);
		CHECK(pair_is_up(&p) && !sa->x_r, "the right link goes on");
		CHECK(node_child(&p.n[WEST])->child != 1, "a new one");
	}
	p.n[WEST].hold = 0;
	pair_end(&p, "followup");
}

static void followups(void)
{
	followup(false);
	followup(true);
	unit_done("a responder that waits");
}

int main(void)
{
	ups();
	keys();
	covered();
	choices();
	checks();
	cut_anew();
	hostile();
	not_negotiated();
	silence();
	followups();
	return unit_status();
}
