// SPDX-License-Identifier: GPL-2.0
/* CREATE_CHILD_SA as responder, RFC 7296 1.3, 2.8 and 2.25; of an IKE SA see ike_rekey.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

void create_r_refuse(struct xchg *x, uint16_t type)
{
	struct ike_sa *sa = x->sa, *trunk = sa_trunk(sa);
	bool asked = x->state != X_R_WAIT;

	if (asked)
		sa_reply_notify(sa, trunk->in.exchange, type, NULL, 0);
	followup_r_end(x);
	sa_send_next(trunk);
}

static void refuse(struct ike_sa *sa, uint16_t type)
{
	sa_reply_notify(sa, EXCH_CREATE_CHILD_SA, type, NULL, 0);
}

static void refuse_spi(struct ike_sa *sa, const struct ike_notify *rekey)
{
	struct ike_writer w;

	w_notify_spi(sa_writer(sa, &w), rekey->proto, rekey->spi.p, rekey->spi.len, N_CHILD_SA_NOT_FOUND);
	sa_reply(sa, EXCH_CREATE_CHILD_SA, &w);
}

/* ---- what the peer wants ---- */

struct wish {
	struct ike_offers offers;
	struct ike_ts_list tsi, tsr;
	struct view nonce, ke;
	uint16_t group;			/* 0: no KE */
	bool transport;
};

static bool wish_parse(const struct ike_payloads *in, struct wish *w)
{
	const struct ike_payload *s = ike_find(in, PLD_SA), *n = ike_find(in, PLD_NONCE);
	const struct ike_payload *k = ike_find(in, PLD_KE);
	const struct ike_payload *i = ike_find(in, PLD_TSi), *r = ike_find(in, PLD_TSr);

	w->group = 0;
	w->transport = mode_said(in);
	if (!s || !n || !i || !r || n->body.len < 16 || n->body.len > IKE_MAX_NONCE)
		return false;
	w->nonce = n->body;
	if (ike_sa_parse(s->body, &w->offers) || ike_ts_parse(i->body, &w->tsi) || ike_ts_parse(r->body, &w->tsr))
		return false;
	return !k || !ike_ke_parse(k->body, &w->group, &w->ke);
}

/* What is on its way to us, or to our kernel, may be what the peer has already. */
static bool may_be_ours(const struct xchg *x, const struct ike_notify *rekey)
{
	if (!x || x->ike || x->unwanted || x->state < X_I_SENT || rekey->proto != PROTO_ESP || rekey->spi.len != 4)
		return false;
	return x->state == X_I_SENT || !memcmp(x->child.c.spi_out, rekey->spi.p, 4);
}

/* Whose it is that may be rekeyed, *serial says which; NULL: it is answered. */
static struct ike_sa *find_old(struct ike_sa *trunk, const struct ike_notify *rekey, uint32_t *serial)
{
	struct ike_sa *sa = trunk;
	struct spare *s = NULL;
	struct child *old = NULL;

	if (rekey->proto == PROTO_ESP && rekey->spi.len == 4)
		old = family_by_spi_out(trunk, rekey->spi.p, &sa, &s);
	if (!old && may_be_ours(family_x(trunk, true), rekey)) {
		refuse(trunk, N_TEMPORARY_FAILURE);
		return NULL;
	}
	if (!old) {
		refuse_spi(trunk, rekey);
		return NULL;
	}
	*serial = old->c.child;
	if (s && s->fresh && !s->deleting) {
		spare_takeover(sa, s);	/* the peer uses it, or it would not rekey it */
		return sa;
	}
	/* It is being deleted, or has been rekeyed before, by either side. */
	if (s || sa->superseded || spare_fresh(sa) ||
	    (sa->x_i && sa->x_i->old == old->c.child && sa->x_i->state > X_I_SENT)) {
		refuse(trunk, N_TEMPORARY_FAILURE);
		return NULL;
	}
	return sa;
}

/* The branch that gets a new Child SA; NULL: it is answered, or comes again. */
static struct ike_sa *find_new(struct ike_sa *trunk, const struct wish *w)
{
	char i[IKE_TS_TEXT], r[IKE_TS_TEXT];
	uint16_t error = 0;
	struct ike_conn *conn = branch_conn(trunk, &w->tsi, &w->tsr, w->transport, &error);
	struct ike_sa *b;

	if (!conn) {
		ike_log_limited(trunk->e, LOG_WARNING, "conn \"%s\": the peer asks for another Child SA between %s (its) and %s (ours): %s",
				trunk->conn->name, ike_ts_text(w->tsi.list, w->tsi.n, i), ike_ts_text(w->tsr.list, w->tsr.n, r),
				error == N_TS_UNACCEPTABLE ? "no conn whose ike= allows what this IKE SA has is for these" : "refused, one that has these is up");
		refuse(trunk, error);
		return NULL;
	}
	b = branch_find(trunk, conn);
	if (!b)
		b = branch_new(trunk, conn);
	else
		branch_refresh(b);	/* it may have waited since before the trunk was up */
	/* Ours has got its answer, so the peer has one for these selectors. */
	if (b && b->x_i && b->x_i->state > X_I_SENT) {
		refuse(trunk, N_TEMPORARY_FAILURE);
		return NULL;
	}
	if (b && !b->x_i)
		b->born = ++b->e->seq;
	return b;
}

/* Ours that is under way, against the peer's: not sent yet, it is dropped; else they collide. */
static void collide(struct ike_sa *sa, const struct xchg *theirs)
{
	struct xchg *ours = sa->x_i;

	if (!ours || ours->ike || ours->unwanted)
		return;
	if (ours->state < X_I_SENT)
		x_end(ours);
	else if (ours->old == theirs->old)
		x_collides(ours, theirs);
}

/* Of a peer that chose its networks those that the old Child SA has: what it asked for since may have been refused. */
static unsigned int their_ts(struct xchg *x, struct ike_ts ts[IKE_MAX_TS])
{
	struct ike_sa *sa = x->sa;
	struct spare *s;
	const struct child *old = x->old && sa->conn->cfg.virt.on ? child_by_serial(sa, x->old, &s) : NULL;

	if (!old)
		return conn_ts(sa->conn, false, &sa->home, ts);
	memcpy(ts, old->c.remote_ts, sizeof(old->c.remote_ts));
	return old->c.n_remote_ts;
}

static bool narrow(struct xchg *x, const struct wish *w)
{
	struct ike_sa *sa = x->sa;
	struct ike_child *c = &x->child.c;
	struct ike_ts ts[IKE_MAX_TS];
	unsigned int n;

	n = their_ts(x, ts);
	c->n_remote_ts = ike_ts_narrow(w->tsi.list, w->tsi.n, ts, n, c->remote_ts);
	n = conn_ts(sa->conn, true, &sa->local, ts);
	c->n_local_ts = ike_ts_narrow(w->tsr.list, w->tsr.n, ts, n, c->local_ts);
	return c->n_local_ts && c->n_remote_ts;
}

/* 0, or the notify that refuses it. */
static uint16_t choose(struct xchg *x, const struct wish *w)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	char theirs[IKE_OFFERS_TEXT], ours[IKE_OFFERS_TEXT];
	unsigned int n = x_proposals(x->sa, true, list);
	const struct ike_offer *offer;
	const struct ike_proposal *p = ike_choose(&w->offers, true, list, n, w->group, &offer);

	if (!p || !get_u32(offer->spi)) {
		ike_log(x->sa->e, x->sa->conn, LOG_WARNING,
			"no proposal chosen for the %s Child SA: the peer offers %s; esp= and pfs= allow %s",
			x->old ? "rekeyed" : "new", ike_offers_text(&w->offers, true, theirs),
			ike_list_text(list, n, true, ours));
		return N_NO_PROPOSAL_CHOSEN;
	}
	if (!mode_possible(x->sa, x->sa->conn, w->transport)) {
		mode_log_refused(x->sa, x->sa->conn, w->transport);
		return N_NO_PROPOSAL_CHOSEN;
	}
	x->child.c.transport = x->sa->conn->cfg.transport;
	x->alg = *p;
	x->child.c.alg = *p;
	x->offer = offer->number;
	memcpy(x->child.c.spi_out, offer->spi, 4);
	return narrow(x, w) ? 0 : N_TS_UNACCEPTABLE;
}

bool create_r_wrong_group(struct xchg *x, uint16_t group, struct view ke)
{
	struct ike_sa *sa = x->sa;
	uint8_t want[2];

	if (!x->alg.dh)
		return false;
	if (group == x->alg.dh && ke.len == ike_dh_len(group))
		return false;
	put_u16(want, x->alg.dh);
	x_end(x);
	sa_reply_notify(sa, EXCH_CREATE_CHILD_SA, N_INVALID_KE_PAYLOAD, want, sizeof(want));
	branch_tidy(sa);
	sa_send_next(sa);
	return true;
}

int create_r_begin(struct xchg *x, struct view nonce, struct view ke)
{
	x->nonce_len[0] = nonce.len;
	memcpy(x->nonce[0], nonce.p, nonce.len);
	x->group = x->alg.dh;
	if (!x->group) {
		x->state = X_R_SPI;
		return x_child_prepare(x);
	}
	x->ke = copy_bytes(ke.p, ke.len);
	x->ke_len = ke.len;
	x->state = X_R_DH;
	return x->ke ? x_dh_generate(x) : -ENOMEM;
}

static void child_request(struct ike_sa *trunk, struct msg *m)
{
	struct ike_notify rekey;
	uint32_t old = 0;
	struct ike_sa *sa;
	uint16_t error;
	struct xchg *x;
	struct wish w;

	if (!wish_parse(&m->in, &w)) {
		refuse(trunk, N_INVALID_SYNTAX);
		return;
	}
	/* Also ours that is out: what comes of it would be the new IKE SA's. */
	x = family_x(trunk, true);
	if (x && x->ike && x->state >= X_I_SENT) {
		refuse(trunk, N_TEMPORARY_FAILURE);
		return;
	}
	sa = ike_notify_find(&m->in, N_REKEY_SA, &rekey) ? find_old(trunk, &rekey, &old) : find_new(trunk, &w);
	if (!sa)
		return;
	if (spares_count(sa) >= IKE_MAX_SPARES) {
		refuse(trunk, N_TEMPORARY_FAILURE);
		branch_tidy(sa);
		return;
	}
	x = x_new(sa, false, false);
	if (!x) {
		sa_trunk(sa)->in.pending = false;
		branch_tidy(sa);
		return;			/* it comes again */
	}
	x->old = old;
	error = choose(x, &w);
	if (error) {
		create_r_refuse(x, error);
		return;
	}
	if (create_r_wrong_group(x, w.group, w.ke))
		return;
	error = create_r_begin(x, w.nonce, w.ke) ? N_TEMPORARY_FAILURE : 0;
	if (error)
		create_r_refuse(x, error);
	else
		collide(sa, x);
}

void create_child_request(struct ike_sa *sa, struct msg *m)
{
	const struct ike_payload *s = ike_find(&m->in, PLD_SA);

	heir_claim(sa);
	followup_r_forsake(sa);
	/* Where a peer that moves is has to be proved before anything more goes there. */
	if (sa->state != SA_UP || sa->superseded || sa->send_probe || sa->out.is_probe) {
		refuse(sa, N_TEMPORARY_FAILURE);
	} else if (!s || s->body.len < 8) {
		refuse(sa, N_INVALID_SYNTAX);
	} else if (s->body.p[5] == PROTO_IKE && family_up(sa)) {
		rekey_r_request(sa, m);
	} else if (s->body.p[5] == PROTO_IKE) {
		refuse(sa, N_NO_ADDITIONAL_SAS);
	} else {
		child_request(sa, m);
	}
	/* What was given up for it may have kept ours waiting. */
	if (!family_x(sa, false))
		sa_send_next(sa);
}

/* ---- the answer ---- */

void create_r_dh_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	x->pub = error || len != ike_dh_len(x->group) ? NULL : copy_bytes(data, len);
	x->state = X_R_SHARED;
	if (!x->pub || x_dh_shared(x))
		create_r_refuse(x, N_TEMPORARY_FAILURE);
}

void create_r_shared_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	if (error || x_keep_secret(x, data, len)) {
		create_r_refuse(x, error == -EBADMSG ? N_INVALID_SYNTAX : N_TEMPORARY_FAILURE);
		return;
	}
	if (x->ike) {
		rekey_r_done(x);
		return;
	}
	x->state = X_R_SPI;
	if (x_child_prepare(x))
		create_r_refuse(x, N_TEMPORARY_FAILURE);
}

static void w_answer(struct ike_writer *w, struct xchg *x)
{
	struct ike_child *c = &x->child.c;

	w_mode(w, c->transport);
	w_chosen(w, &x->alg, x->offer, c->spi_in);
	w_nonce(w, x->nonce[1], x->nonce_len[1]);
	if (x->pub)
		w_ke(w, x->group, x->pub, ike_dh_len(x->group));
	w_ts(w, PLD_TSi, c->remote_ts, c->n_remote_ts);
	w_ts(w, PLD_TSr, c->local_ts, c->n_local_ts);
	w_followup(w, x);
}

/* There is nothing yet but what was agreed on. */
static void first_answer(struct xchg *x)
{
	struct ike_writer w;

	w_answer(sa_writer(x->sa, &w), x);
	if (sa_reply(x->sa, EXCH_CREATE_CHILD_SA, &w))
		followup_r_end(x);
	else
		followup_r_wait(x);
}

void create_r_spi_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	if (error || len != 4) {
		ike_log(x->sa->e, x->sa->conn, LOG_ERR, "the kernel gives no SPI: %s",
			error ? strerror(-error) : "wrong length");
		create_r_refuse(x, N_TEMPORARY_FAILURE);
		return;
	}
	x_spi(x, data);
	if (followup_due(x)) {
		first_answer(x);
		return;
	}
	x->state = X_R_INSTALL;
	x_install(x);
}

/* The first Child SA of a branch has the eroute already. */
static void first_up(struct xchg *x)
{
	struct ike_sa *sa = x->sa;
	struct spare *s = x->spare;

	if (sa->child.installed) {
		x->spare = NULL;	/* ours is the one that stays, and the peer will delete this one */
		spare_put(sa, s, &x->child);
		x_end(x);
		sa_send_next(sa);
		return;
	}
	child_hand_over(&sa->child, &x->child);
	x_end(x);
	conn_sa_up(sa);
}

void create_r_installed(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	struct ike_sa *sa = x->sa;
	struct spare *s = x->spare;
	struct ike_writer w;
	bool answered;

	(void)data;
	(void)len;
	if (error) {
		ike_log(sa->e, sa->conn, LOG_ERR, "the kernel refused the %s Child SA: %s", x->old ? "rekeyed" : "new",
			strerror(-error));
		create_r_refuse(x, N_TEMPORARY_FAILURE);
		return;
	}
	child_installed(x->sa, &x->child);
	sa_writer(sa, &w);
	if (x->ke_done)
		followup_w_answer(x, &w);
	else
		w_answer(&w, x);
	answered = !sa_reply(sa, x->ke_done ? EXCH_IKE_FOLLOWUP_KE : EXCH_CREATE_CHILD_SA, &w);
	if (answered && !x->old) {
		first_up(x);
		return;
	}
	if (answered) {
		x->spare = NULL;
		child_lifetime(sa, &x->child);
		s->fresh = true;
		spare_put(sa, s, &x->child);
		/* By then the peer has our answer, or is gone: it listens. */
		s->due = sa->e->now + retransmit_total(sa->e);
	}
	x_end(x);
	branch_tidy(sa);
	sa_send_next(sa);
}
