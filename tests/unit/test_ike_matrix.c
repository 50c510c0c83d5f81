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
 * Every kind of message in every state, twice, with every kind of content: in the clear, with
 * wrong keys, with the right keys, in and out of the window. Nothing crashes, nothing is left, both
 * sides agree in the end; and what is not authenticated, or not due, does not hinder the tunnel.
 */
#include <stdio.h>

#include "ike_pair.h"

static struct ike_env env;

static const char *const state_names[] = {
#define NAME(state, story) #state,
	SA_STATES(NAME)
};

/* ---- into a state ---- */

static bool drop_all(struct pair *p, struct packet *pkt)
{
	(void)p;
	(void)pkt;
	return false;
}

static bool drop_auth(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->data[18] != EXCH_IKE_AUTH;
}

static bool drop_later(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->data[18] == EXCH_IKE_SA_INIT;
}

static bool drop_inter(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->data[18] != EXCH_IKE_INTERMEDIATE;
}

static bool drop_followup(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->data[18] != EXCH_IKE_FOLLOWUP_KE;
}

/* The result of @kind after the first one. */
static bool hold_next(struct pair *p, struct packet *pkt)
{
	uint8_t exchange = pkt->data[18];

	if (exchange == EXCH_IKE_INTERMEDIATE || exchange == EXCH_IKE_FOLLOWUP_KE)
		p->n[*(int *)p->ctx].hold = 1u << IKE_DH_SHARED;
	return true;
}

static const struct {
	enum ike_action_kind hold;
	bool holds;
	bool (*hook)(struct pair *p, struct packet *pkt);
} ways[SA_N_STATES] = {
	[SA_I_DH] = { IKE_DH_GENERATE, true, NULL },
	[SA_I_INIT] = { 0, false, drop_all },
	[SA_I_SHARED] = { IKE_DH_SHARED, true, NULL },
	[SA_I_KE_DH] = { IKE_DH_GENERATE, true, NULL },
	[SA_I_KE] = { 0, false, drop_inter },
	[SA_I_KE_SHARED] = { 0, false, hold_next },
	[SA_I_GETSPI] = { IKE_GETSPI, true, NULL },
	[SA_I_MAKE] = { IKE_AUTH_MAKE, true, NULL },
	[SA_I_AUTH] = { 0, false, drop_auth },
	[SA_I_CHECK] = { IKE_AUTH_CHECK, true, NULL },
	[SA_I_INSTALL] = { IKE_INSTALL, true, NULL },
	[SA_R_DH] = { IKE_DH_GENERATE, true, NULL },
	[SA_R_INIT] = { 0, false, drop_later },
	[SA_R_SHARED] = { IKE_DH_SHARED, true, NULL },
	[SA_R_KE] = { IKE_KE_ANSWER, true, NULL },
	[SA_R_CHECK] = { IKE_AUTH_CHECK, true, NULL },
	[SA_R_GETSPI] = { IKE_GETSPI, true, NULL },
	[SA_R_MAKE] = { IKE_AUTH_MAKE, true, NULL },
	[SA_R_INSTALL] = { IKE_INSTALL, true, NULL },
};

/* Behind the states of an IKE SA: established, and a CREATE_CHILD_SA in each of its states, of either kind. */
#define CREATE(ike, state) (SA_N_STATES + (ike) * X_N_STATES + (state))
#define N_ALL CREATE(1, X_N_STATES)

static const struct {
	enum ike_action_kind hold;
	bool holds, only_child;
	const char *name;
} creates[X_N_STATES] = {
	[X_I_DH] = { IKE_DH_GENERATE, true, false, "I_DH" },
	[X_I_SPI] = { IKE_GETSPI, true, true, "I_SPI" },
	[X_I_SENT] = { 0, false, false, "I_SENT" },
	[X_I_SHARED] = { IKE_DH_SHARED, true, false, "I_SHARED" },
	[X_I_KE_DH] = { IKE_DH_GENERATE, true, false, "I_KE_DH" },
	[X_I_KE_SENT] = { 0, false, false, "I_KE_SENT" },
	[X_I_KE_SHARED] = { 0, false, false, "I_KE_SHARED" },
	[X_I_INSTALL] = { IKE_INSTALL, true, true, "I_INSTALL" },
	[X_R_DH] = { IKE_DH_GENERATE, true, false, "R_DH" },
	[X_R_SHARED] = { IKE_DH_SHARED, true, false, "R_SHARED" },
	[X_R_SPI] = { IKE_GETSPI, true, true, "R_SPI" },
	[X_R_WAIT] = { 0, false, false, "R_WAIT" },
	[X_R_KE] = { IKE_KE_ANSWER, true, false, "R_KE" },
	[X_R_INSTALL] = { IKE_INSTALL, true, true, "R_INSTALL" },
};

static bool exists(unsigned int state)
{
	unsigned int x = (state - SA_N_STATES) % X_N_STATES;

	/* READY is as short as the wait for the window. */
	return state < SA_N_STATES || (x != X_I_READY && x != X_I_KE_READY && !(state >= CREATE(1, 0) && creates[x].only_child));
}

static bool is_up(unsigned int state)
{
	return state >= SA_N_STATES;
}

static const char *name_of(unsigned int state)
{
	static char buf[64];

	if (!is_up(state))
		return state_names[state];
	snprintf(buf, sizeof(buf), "UP, %s SA %s", state >= CREATE(1, 0) ? "IKE" : "Child",
		 creates[(state - SA_N_STATES) % X_N_STATES].name);
	return buf;
}

static int owner_of(unsigned int state)
{
	if (is_up(state))
		return (state - SA_N_STATES) % X_N_STATES >= X_R_DH ? EAST : WEST;

	return (state >= SA_R_DH && state <= SA_R_INSTALL) || state == SA_DEAD ? EAST : WEST;
}

/* The first key is there, the next one is held. */
static void let_first(struct pair *p)
{
	struct held h = p->held[0];

	p->n_held = 0;
	ike_result(p->n[h.node].e, p->now, h.r.id, h.r.error, h.r.data, h.r.len);
	pair_run(p);
}

/* West rekeys; whose state it is is the owner's. */
static struct ike_sa *reach_create(struct pair *p, unsigned int state)
{
	unsigned int x = (state - SA_N_STATES) % X_N_STATES;
	int i = owner_of(state);
	struct ike_sa *sa;
	struct xchg *found;

	if (x == X_I_KE_SENT || x == X_R_WAIT)
		p->hook = drop_followup;
	else if (x == X_I_KE_SHARED)
		p->hook = hold_next;
	else if (creates[x].holds)
		p->n[i].hold = 1u << creates[x].hold;
	else
		p->hook = drop_all;
	CHECK(!ike_conn_rekey(p->n[WEST].e, CONN, state >= CREATE(1, 0), p->now), "rekeying begins");
	pair_run(p);
	if (x == X_I_KE_DH)
		let_first(p);
	sa = conn_find(p->n[i].e, CONN)->current;
	found = i == WEST ? sa->x_i : sa->x_r;
	CHECK(found && found->state == x, "%s is not reached", name_of(state));
	return sa;
}

/* Additional key exchanges only where they are needed to reach a state: they cost time. */
#define ADDKE_X(state) (((state) - SA_N_STATES) % X_N_STATES >= X_I_SHARED)

static struct ike_conn_config addke_config(struct pair *p, int i, bool addke)
{
	struct ike_conn_config c = pair_config(p, i);

	if (!addke)
		return c;
	c.ike[0].addke[0] = KE_MLKEM512;
	c.esp[0].dh = DH_X25519;
	c.esp[0].addke[0] = KE_MLKEM512;
	c.n_esp = 1;
	return c;
}

static struct ike_sa *reach(struct pair *p, unsigned int state)
{
	static int owner;
	int i = owner_of(state);
	struct ike_conn_config c;
	struct ike_sa *sa;

	pair_init(p, &env);
	p->n[WEST].fake_dh = true;
	p->n[EAST].fake_dh = true;
	if (is_up(state)) {
		owner = owner_of(state);
		p->ctx = &owner;
		for (i = 0; i < 2; i++) {
			c = addke_config(p, i, ADDKE_X(state));
			c.pfs = IKE_PFS_YES;
			c.mobike = true;
			CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
		}
		pair_up(p, WEST);
		return reach_create(p, state);
	}
	for (i = 0; i < 2; i++) {
		c = addke_config(p, i, state >= SA_I_KE_DH && (state <= SA_I_KE_SHARED || state == SA_R_KE || state == SA_R_INIT));
		c.mobike = true;
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
	i = owner_of(state);
	p->ctx = &owner;
	owner = i;
	if (ways[state].holds)
		p->n[i].hold = 1u << ways[state].hold;
	p->hook = ways[state].hook;
	pair_up(p, WEST);
	if (state == SA_I_KE_DH)
		let_first(p);
	if (state == SA_DELETING)
		p->hook = drop_all;
	if (state == SA_EMBRYO) {
		p->n[i].hold = 1u << IKE_DH_GENERATE;
		CHECK(!ike_conn_rekey(p->n[i].e, CONN, true, p->now), "rekeying begins");
	}
	if (state == SA_DELETING || state == SA_DEAD)
		ike_conn_down(p->n[WEST].e, CONN, p->now);
	pair_run(p);
	sa = p->n[i].e->all;
	CHECK(sa && sa->state == state, "%s is not reached but %s", name_of(state),
	      sa ? state_names[sa->state] : "none");
	return sa;
}

/* ---- contents ---- */

enum content { CLEAR, CLEAR_ERROR, CLEAR_WHOLE, WRONG_KEYS, EMPTY, DELETE_IKE, DELETE_ESP, AUTH_FAILED, AUTH_WHOLE,
	CRITICAL, MALFORMED, REKEY_ESP, REKEY_OTHER, NEW_CHILD, REKEY_IKE, TEMPORARY, WRONG_GROUP, MOVES,
	NOT_THERE, MORE_KE, MORE_KE_WRONG, N_CONTENTS };

static const char *const content_names[] = { "clear", "error in the clear", "payloads in the clear",
	"with wrong keys", "empty", "DELETE", "DELETE of ESP", "AUTHENTICATION_FAILED", "all of IKE_AUTH",
	"critical", "malformed", "rekeys the Child SA", "rekeys another Child SA", "a new Child SA", "rekeys the IKE SA",
	"TEMPORARY_FAILURE", "INVALID_KE_PAYLOAD", "UPDATE_SA_ADDRESSES", "UNACCEPTABLE_ADDRESSES",
	"an additional key exchange", "one of wrong length" };

static void w_auth_whole(struct ike_writer *w, struct pair *p)
{
	struct ike_conn_config c = pair_config(p, WEST);
	uint8_t auth[32] = { 1 }, spi[4] = { 9, 9, 9, 9 };

	w_id(w, PLD_IDi, &c.local_id);
	w_id(w, PLD_IDr, &c.remote_id);
	w_auth(w, AUTH_PSK, auth, sizeof(auth));
	w_proposals(w, c.esp, c.n_esp, spi);
	w_ts(w, PLD_TSi, c.local_ts, 1);
	w_ts(w, PLD_TSr, c.remote_ts, 1);
}

static void w_child(struct ike_writer *w, struct pair *p, const uint8_t *rekey)
{
	struct ike_conn_config c = pair_config(p, WEST);
	uint8_t nonce[32] = { 3 }, spi[4] = { 9, 9, 9, 9 }, ke[32] = { 9 };

	c.esp[0].dh = DH_X25519;
	if (rekey)
		w_notify_spi(w, PROTO_ESP, rekey, 4, N_REKEY_SA);
	w_proposals(w, c.esp, 1, spi);
	w_nonce(w, nonce, sizeof(nonce));
	w_ke(w, DH_X25519, ke, sizeof(ke));
	w_ts(w, PLD_TSi, c.local_ts, 1);
	w_ts(w, PLD_TSr, c.remote_ts, 1);
}

static void w_ike(struct ike_writer *w, struct pair *p)
{
	struct ike_conn_config c = pair_config(p, WEST);
	uint8_t nonce[32] = { 3 }, spi[8] = { 9, 9, 9, 9 }, ke[32] = { 9 };

	w_rekey_proposals(w, c.ike, c.n_ike, spi);
	w_nonce(w, nonce, sizeof(nonce));
	w_ke(w, DH_X25519, ke, sizeof(ke));
}

static void w_content(struct ike_writer *w, struct pair *p, const struct ike_sa *sa, enum content content)
{
	static const uint8_t spi[4] = { 1, 2, 3, 4 }, spi8[8] = { 1, 2, 3, 4 }, group[2] = { 0, 14 };
	static const uint8_t noise[1024] = { 5 };

	switch (content) {
	case REKEY_ESP:
		w_child(w, p, sa->child.installed ? sa->child.c.spi_out : spi);
		break;
	case REKEY_OTHER:
		w_child(w, p, spi);
		break;
	case NEW_CHILD:
		w_child(w, p, NULL);
		break;
	case REKEY_IKE:
		w_ike(w, p);
		break;
	case TEMPORARY:
		w_notify(w, N_TEMPORARY_FAILURE, NULL, 0);
		break;
	case WRONG_GROUP:
		w_notify(w, N_INVALID_KE_PAYLOAD, group, sizeof(group));
		break;
	case MOVES:
		w_notify(w, N_UPDATE_SA_ADDRESSES, NULL, 0);
		w_notify(w, N_COOKIE2, spi8, sizeof(spi8));
		w_natd(w, sa->spi_i, sa->spi_r, &sa->remote, &sa->local, IKE_ENCAP_AUTO);
		break;
	case NOT_THERE:
		w_notify(w, N_UNACCEPTABLE_ADDRESSES, NULL, 0);
		break;
	case MORE_KE:
	case MORE_KE_WRONG:
		/* As the peer would send it: a request, or what answers. */
		w_ke(w, KE_MLKEM512, noise, ike_ke_len(KE_MLKEM512, sa->out.data) - (content == MORE_KE_WRONG));
		w_notify(w, N_ADDITIONAL_KEY_EXCHANGE, sa->x_r ? sa->x_r->link : spi8, 8);
		break;
	case DELETE_IKE:
		w_delete_ike(w);
		break;
	case DELETE_ESP:
		w_delete_esp(w, sa->child.installed ? sa->child.c.spi_out : spi, 1);
		break;
	case AUTH_FAILED:
	case CLEAR_ERROR:
		w_notify(w, N_AUTHENTICATION_FAILED, NULL, 0);
		break;
	case AUTH_WHOLE:
	case CLEAR_WHOLE:
		w_auth_whole(w, p);
		break;
	case CRITICAL:
		w_begin(w, 250);
		w_end(w);
		if (!w->full)
			w->buf[w->open + 1] = 0x80;
		break;
	case MALFORMED:
		w_begin(w, PLD_DELETE);
		w_u8(w, 1);
		w_end(w);
		break;
	default:
		break;
	}
}

static size_t message(struct pair *p, const struct ike_sa *sa, uint8_t exchange, bool response,
		      uint32_t id, enum content content, uint8_t *out, size_t cap)
{
	uint8_t inner[2048];
	struct ike_writer w;
	size_t len;

	w_init(&w, inner, sizeof(inner));
	w_content(&w, p, sa, content);
	if (content > WRONG_KEYS && sa->keys.ready)
		return forge(sa, exchange, response, id, w.first, inner, w.len, out, cap);
	len = forge(sa, exchange, response, id, 0, NULL, 0, out, cap);
	if (content == CLEAR)
		return len;
	if (content > CLEAR_WHOLE) {	/* an SK payload of noise */
		w.first = PLD_SK;
		memset(inner, 0x5a, 68);
		memcpy(inner, "\0\0\0\x44", 4);
		w.len = 68;
	}
	out[16] = w.first;
	memcpy(out + len, inner, w.len);
	put_u32(out + 24, len + w.len);
	return len + w.len;
}

/* ---- the matrix ---- */

struct cell {
	unsigned int state;		/* enum sa_state, or CREATE() */
	uint8_t exchange;
	bool response;
	int id;				/* against the one that is due */
	enum content content;
};

static void describe(const struct cell *c, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s: %s %s, id %+d, %s", name_of(c->state), ike_exchange_name(c->exchange),
		 c->response ? "response" : "request", c->id, content_names[c->content]);
}

static void try(const struct cell *c)
{
	struct pair p;
	struct ike_sa *sa = reach(&p, c->state);
	int i = owner_of(c->state), twice;
	bool valid = sa->keys.ready && c->content > WRONG_KEYS && !c->id &&
		     (!c->response || (sa->out.data && sa->out.exchange == c->exchange)), up;
	uint32_t id = (c->response ? sa->out.id : sa->in.next) + c->id;
	uint8_t buf[4096];
	char what[256];
	size_t len = message(&p, sa, c->exchange, c->response, id, c->content, buf, sizeof(buf));

	describe(c, what, sizeof(what));
	for (twice = 0; twice < 2; twice++) {
		pair_deliver(&p, i, &p.n[i].addr, &p.n[!i].addr, buf, len);
		pair_run(&p);
	}
	p.hook = NULL;
	pair_release(&p);
	pair_wait(&p, 200000);
	up = pair_is_up(&p);
	CHECK(up || (!node_child(&p.n[WEST]) && !node_child(&p.n[EAST])), "%s: the sides do not agree", what);
	if (!valid && (c->state < SA_DELETING || is_up(c->state)))
		CHECK(up && p.n[WEST].ups == 1 && !p.n[WEST].faileds, "%s: hinders the tunnel", what);
	pair_end(&p, what);
}

/* Packets meet the trap in every state, on either side; then it is unrouted, or not. */
static void try_acquire(unsigned int state, int asker, bool unroute)
{
	struct pair p;
	char what[128];
	uint32_t seq;
	bool up;

	reach(&p, state);
	snprintf(what, sizeof(what), "%s: ACQUIRE at %s%s", name_of(state), p.n[asker].name, unroute ? ", unrouted" : "");
	CHECK(!ike_conn_route(p.n[asker].e, CONN, p.now), "%s: route", what);
	for (seq = 1; seq < 5; seq++) {
		node_acquire(&p.n[asker], CONN, &p.n[!asker], 1 + seq % 2, seq, p.now);
		if (node_child(&p.n[asker]))
			p.n[asker].n_holds = 0;	/* it was under way when the tunnel released what was held */
		pair_run(&p);
	}
	if (unroute && !ike_conn_unroute(p.n[asker].e, CONN, p.now))
		p.n[asker].n_holds = 0;
	pair_run(&p);
	p.hook = NULL;
	pair_release(&p);
	pair_wait(&p, 200000);
	up = pair_is_up(&p);
	CHECK(up || (!node_child(&p.n[WEST]) && !node_child(&p.n[EAST])), "%s: the sides do not agree", what);
	CHECK(up || unroute || state == SA_DELETING, "%s: no tunnel", what);
	CHECK(up || !p.n[asker].n_holds, "%s: %u holds have no answer", what, p.n[asker].n_holds);
	pair_end(&p, what);
}

static void acquires(void)
{
	unsigned int state, i;

	for (state = 0; state < SA_N_STATES; state++)
		for (i = 0; i < 4; i++)
			try_acquire(state, i & 1, i & 2);
	unit_done("ACQUIRE in every state");
}

int main(void)
{
	static const uint8_t exchanges[] = { EXCH_IKE_SA_INIT, EXCH_IKE_AUTH, EXCH_CREATE_CHILD_SA,
		EXCH_INFORMATIONAL, EXCH_IKE_INTERMEDIATE, EXCH_IKE_FOLLOWUP_KE, 99 };
	unsigned int state, x, n = 0;
	struct cell c;

	acquires();
	for (state = 0; state < N_ALL; state++) {
		if (!exists(state))
			continue;
		c.state = state;
		for (x = 0; x < sizeof(exchanges); x++) {
			c.exchange = exchanges[x];
			for (c.response = 0; ; c.response = true) {
				for (c.id = -1; c.id < 2; c.id++)
					for (c.content = 0; c.content < N_CONTENTS; c.content++) {
						/* What is not due is not looked at, whatever is in it. */
						if (c.id && is_up(state) && c.content != DELETE_IKE)
							continue;
						try(&c);
						n++;
					}
				if (c.response)
					break;
			}
		}
		unit_done(name_of(state));
	}
	printf("# %u cells\n", n);
	return unit_status();
}
