// SPDX-License-Identifier: GPL-2.0
/*
 * Rekeying of an IKE SA, RFC 7296 1.3.2, 2.8 and 2.18. The new one inherits the Child SAs; the side that began it
 * deletes the old one. When both began (2.8.2) each side has two new ones and the lowest nonce of the
 * four says whose goes, which is known when our own answer is here: until then the peer's is an heir.
 */
#include <errno.h>
#include <string.h>

#include "ike_internal.h"

static struct ike_sa *by_serial(const struct ike_conn *conn, uint32_t serial)
{
	struct ike_sa *sa;

	for (sa = conn ? conn->sas : NULL; sa && sa->serial != serial; sa = sa->conn_next)
		;
	return sa;
}

struct ike_sa *heir_find(struct ike_sa *sa)
{
	struct ike_sa *o;

	for (o = sa->conn ? sa->conn->sas : NULL; o; o = o->conn_next)
		if (o->heir_of == sa->serial && o->state == SA_UP)
			return o;
	return NULL;
}

/* As old as its line: a new one from IKE_SA_INIT is compared with the first of it, on both sides. */
static void continue_line(struct ike_sa *to, const struct ike_sa *from)
{
	to->born = from->born;
	to->up = from->up;
	to->up_at = from->up_at;
	to->line = from->line;
}

static void inherit_branches(struct ike_sa *to, struct ike_sa *from)
{
	struct ike_sa *b;
	struct spare *s;

	to->branches = from->branches;
	from->branches = NULL;
	for (b = to->branches; b; b = b->branch_next) {
		b->trunk = to;
		branch_refresh(b);
		for (s = b->spares; s; s = s->next)
			s->delete_sent = false;
	}
}

void sa_inherit(struct ike_sa *to, struct ike_sa *from)
{
	struct ike_conn *conn = from->conn;
	struct spare *s;

	/* It may have moved since the heir was made. */
	to->local = from->local;
	to->remote = from->remote;
	to->nat = from->nat;
	to->child = from->child;
	to->spares = from->spares;
	to->heir_of = 0;
	explicit_bzero(&from->child, sizeof(from->child));
	from->spares = NULL;
	for (s = to->spares; s; s = s->next)
		s->delete_sent = false;
	inherit_branches(to, from);
	continue_line(to, from);
	if (conn->current == from)
		conn->current = to;
	from->superseded = true;
	timer_clear(&from->e->heap, &from->t_life);
	timer_set(&from->e->heap, &from->t_state, from->e->now + IKE_LINGER_MS);
	child_timer_set(from);
	child_timer_set(to);
	sa_lifetime(to);
	to->looked_at = from->looked_at;
	to->looked = from->looked;
	timer_clear(&to->e->heap, &to->t_state);
	sa_heard(to);
	/* RFC 6290 4.3: both SPIs are in the token, which only the responder knows in time for CREATE_CHILD_SA. */
	/* How the peer sees us it says in hashes with the SPIs: behind a NAT that has to be learnt anew, see mobike_ask(). */
	to->send_update = from->send_update || from->out.is_update || (to->mobike && to->leads && to->nat & IKE_NAT_HERE);
	to->send_probe = from->send_probe || from->out.is_probe;
	to->send_qcd = to->initiator && to->e->env.qcd && from->qcd_len;
	ike_log(to->e, conn, LOG_INFO, "the IKE SA was rekeyed by %s", to->initiator ? "us" : "the peer");
	sa_send_next(to);
}

void heir_claim(struct ike_sa *sa)
{
	struct ike_sa *from = sa->heir_of ? by_serial(sa->conn, sa->heir_of) : NULL;

	if (from && from->state == SA_UP && family_alive(from, NULL))
		sa_inherit(sa, from);
	sa->heir_of = 0;
}

static void ready(struct ike_sa *made, struct ike_sa *old)
{
	made->peer_id = old->peer_id;
	made->nat = old->nat;
	made->frag = old->frag;
	made->local = old->local;
	made->remote = old->remote;	/* it may have moved meanwhile */
	made->home = old->home;
	made->mobike = old->mobike;
	made->leads = old->leads;
	sa_attach(made, old->conn);
	continue_line(made, old);
	sa_set_state(made, SA_UP);
	timer_set(&made->e->heap, &made->t_state, made->e->now + retransmit_total(made->e) + IKE_LINGER_MS);
}

/* ---- initiator ---- */

void rekey_ike_later(struct ike_sa *sa, uint64_t ms)
{
	uint64_t at = sa->e->now + engine_jitter(sa->e, ms);

	if (sa->state != SA_UP || sa->superseded || !sa->expires)
		return;
	timer_set(&sa->e->heap, &sa->t_life, at < sa->expires ? at : sa->expires);
}

int rekey_ike(struct ike_sa *sa)
{
	struct xchg *x;

	if (sa->state != SA_UP || sa->superseded || !family_up(sa))
		return -ENOTCONN;
	if (family_x(sa, true) || family_x(sa, false))
		return -EBUSY;
	x = x_new(sa, true, true);
	if (!x)
		return -ENOMEM;
	x->made = sa_new(sa->e, true, &sa->local, &sa->remote);
	x->group = sa->alg.dh;
	if (x->made)
		sa_set_state(x->made, SA_EMBRYO);
	if (!x->made || x_dh_generate(x))
		create_i_failed(x, "out of memory");
	return 0;
}

void rekey_i_write(struct xchg *x, struct ike_writer *w)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];

	w_rekey_proposals(w, list, which_ike(x->sa, list), x->made->spi_i);
}

static bool spi_ok(const uint8_t *spi)
{
	static const uint8_t none[IKE_SPI_LEN];

	return memcmp(spi, none, sizeof(none));
}

bool rekey_i_answer(struct xchg *x, struct ike_offers *offers)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	const struct ike_proposal *p;

	offers->ike_spi_len = IKE_SPI_LEN;
	p = ike_chosen(offers, false, list, which_ike(x->sa, list));
	if (!p || !spi_ok(offers->list[0].spi))
		return false;
	x->alg = *p;
	memcpy(x->made->spi_r, offers->list[0].spi, IKE_SPI_LEN);
	return true;
}

/* Ours is nothing, or goes: the peer's is the one, when it is there. */
void rekey_i_lost(struct xchg *x)
{
	struct ike_sa *sa = x->sa, *heir = heir_find(sa);

	x_end(x);
	if (heir)
		heir_claim(heir);
	else if (!sa->x_r)
		rekey_ike_later(sa, IKE_REKEY_AGAIN_MS);
}

void rekey_i_done(struct xchg *x)
{
	struct ike_sa *sa = x->sa, *made = x->made;

	if (keys_x_ike(x)) {
		create_i_failed(x, "libcrypto failed");
		return;
	}
	x->made = NULL;
	ready(made, sa);
	if (x_loses(x) || !family_alive(sa, NULL)) {
		rekey_i_lost(x);
		sa_close(made);
		return;
	}
	x_end(x);
	sa_inherit(made, sa);
	sa_close(sa);
}

/* ---- responder ---- */

struct wish {
	struct ike_offers offers;
	struct view nonce, ke;
	uint16_t group;
};

static bool wish_parse(const struct ike_payloads *in, struct wish *w)
{
	const struct ike_payload *s = ike_find(in, PLD_SA), *n = ike_find(in, PLD_NONCE);
	const struct ike_payload *k = ike_find(in, PLD_KE);

	if (!s || !n || !k || n->body.len < 16 || n->body.len > IKE_MAX_NONCE)
		return false;
	w->nonce = n->body;
	if (ike_sa_parse(s->body, &w->offers) || ike_ke_parse(k->body, &w->group, &w->ke))
		return false;
	w->offers.ike_spi_len = IKE_SPI_LEN;
	return true;
}

/* RFC 7296 2.25.2: not while something of ours is under way that the new one could not go on with. */
static bool busy(struct ike_sa *sa)
{
	const struct xchg *ours = family_x(sa, true);

	return sa->out.is_child_delete || (ours && ours->state >= (ours->ike ? X_I_SHARED : X_I_SENT));
}

static bool choose(struct xchg *x, const struct wish *w)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	const struct ike_offer *offer;
	const struct ike_proposal *p = ike_choose(&w->offers, false, list, which_ike(x->sa, list), w->group, &offer);

	if (!p || !spi_ok(offer->spi))
		return false;
	x->alg = *p;
	x->offer = offer->number;
	x->made = sa_new(x->sa->e, false, &x->sa->local, &x->sa->remote);
	if (!x->made)
		return false;
	sa_not_half_open(x->made);
	sa_set_state(x->made, SA_EMBRYO);
	memcpy(x->made->spi_i, offer->spi, IKE_SPI_LEN);
	return true;
}

static void collide(struct ike_sa *sa, const struct xchg *theirs)
{
	struct xchg *ours = family_x(sa, true);

	if (ours && ours->state < X_I_SENT) {
		if (!ours->ike && ours->sa->child.rekey_at)
			ours->sa->child.rekey_at = sa->e->now + engine_jitter(sa->e, 1000);
		x_end(ours);
	} else if (ours && ours->ike) {
		x_collides(ours, theirs);
	}
}

void rekey_r_request(struct ike_sa *sa, struct msg *m)
{
	struct xchg *x;
	struct wish w;

	if (!wish_parse(&m->in, &w)) {
		sa_reply_notify(sa, EXCH_CREATE_CHILD_SA, N_INVALID_SYNTAX, NULL, 0);
		return;
	}
	if (busy(sa) || heir_find(sa)) {
		sa_reply_notify(sa, EXCH_CREATE_CHILD_SA, N_TEMPORARY_FAILURE, NULL, 0);
		return;
	}
	x = x_new(sa, false, true);
	if (!x) {
		sa->in.pending = false;
		return;			/* it comes again */
	}
	if (!choose(x, &w)) {
		create_r_refuse(x, N_NO_PROPOSAL_CHOSEN);
		return;
	}
	if (create_r_wrong_group(x, w.group, w.ke))
		return;
	if (create_r_begin(x, w.nonce, w.ke))
		create_r_refuse(x, N_TEMPORARY_FAILURE);
	else
		collide(sa, x);
}

/* Everything but the last key exchange, if more follow. */
static void w_answer(struct ike_writer *w, struct xchg *x)
{
	w_rekey_chosen(w, &x->alg, x->offer, x->made->spi_r);
	w_nonce(w, x->nonce[1], x->nonce_len[1]);
	w_ke(w, x->group, x->pub, ike_dh_len(x->group));
	if (x->sa->qcd_len)
		w_qcd(w, x->made);
	w_followup(w, x);
}

void rekey_r_done(struct xchg *x)
{
	struct ike_sa *sa = x->sa, *made = x->made;
	struct xchg *ours;
	struct ike_writer w;

	if (!followup_due(x) && keys_x_ike(x)) {
		create_r_refuse(x, N_TEMPORARY_FAILURE);
		return;
	}
	sa_writer(sa, &w);
	x->ke_done ? followup_w_answer(x, &w) : w_answer(&w, x);
	if (sa_reply(sa, x->ke_done ? EXCH_IKE_FOLLOWUP_KE : EXCH_CREATE_CHILD_SA, &w)) {
		followup_r_end(x);
		return;			/* CREATE_CHILD_SA comes again, to IKE_FOLLOWUP_KE we know nothing of it any more */
	}
	if (followup_due(x)) {
		followup_r_wait(x);
		return;
	}
	x->made = NULL;
	x_end(x);
	ready(made, sa);
	ours = family_x(sa, true);
	made->heir_of = sa->serial;
	if (!ours || !ours->ike || ours->state < X_I_SENT)
		heir_claim(made);
	sa_send_next(sa);
}
