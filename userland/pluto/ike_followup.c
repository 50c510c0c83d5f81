// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_FOLLOWUP_KE (RFC 9370 2.2.4): what CREATE_CHILD_SA makes is there when the additional key exchanges that it agreed on are
 * over, one exchange each. The responder names what it waits with by a link, which the initiator sends back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

static uint16_t method_due(const struct xchg *x)
{
	return ike_addke(&x->alg, x->ke_done);
}

/* The secrets one behind the other, as the keys want them; a copy never stays. */
static int secret_add(struct xchg *x, const uint8_t *data, size_t len)
{
	uint8_t *more = len ? malloc(x->more_len + len) : NULL;

	if (!more)
		return -ENOMEM;
	if (x->more_len)
		memcpy(more, x->more, x->more_len);
	memcpy(more + x->more_len, data, len);
	followup_forget(x);
	x->more = more;
	x->more_len = len + x->more_len;
	x->ke_done++;
	return 0;
}

void followup_forget(struct xchg *x)
{
	if (x->more)
		explicit_bzero(x->more, x->more_len);
	free(x->more);
	x->more = NULL;
}

bool followup_due(const struct xchg *x)
{
	return method_due(x);
}

bool followup_link(struct xchg *x, const struct ike_payloads *in)
{
	struct ike_notify n;

	if (!ike_notify_find(in, N_ADDITIONAL_KEY_EXCHANGE, &n) || !n.data.len || n.data.len > sizeof(x->link))
		return false;
	memcpy(x->link, n.data.p, n.data.len);
	x->link_len = n.data.len;
	return true;
}

/* ---- initiator ---- */

void followup_i_next(struct xchg *x)
{
	if (!followup_due(x)) {
		create_i_go_on(x);
		return;
	}
	x->state = X_I_KE_DH;
	x->group = method_due(x);
	if (x_dh_generate(x))
		create_i_failed(x, "out of memory");
}

void followup_i_dh_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	free(x->ke);
	x->ke = error || len != ike_ke_len(x->group, false) ? NULL : copy_bytes(data, len);
	x->ke_len = len;
	if (!x->ke) {
		create_i_failed(x, "no key for an additional key exchange");
		return;
	}
	x->state = X_I_KE_READY;
	sa_send_next(x->sa);
}

void followup_i_send(struct xchg *x)
{
	struct ike_writer w;

	w_ke(sa_writer(x->sa, &w), x->group, x->ke, x->ke_len);
	w_notify(&w, N_ADDITIONAL_KEY_EXCHANGE, x->link, x->link_len);
	if (w.full || sa_request(x->sa, EXCH_IKE_FOLLOWUP_KE, &w))
		create_i_failed(x, "out of memory");
	else
		x->state = X_I_KE_SENT;
}

static void answered(struct xchg *x, const struct msg *m)
{
	uint16_t error = ike_notify_error(&m->in);
	struct view value;
	int err;

	if (error) {
		create_i_failed(x, ike_notify_name(error));
		return;
	}
	x->state = X_I_KE_SHARED;	/* if this was the last the peer has it */
	if (!ke_value(&m->in, x->group, true, &value) || (ike_addke(&x->alg, x->ke_done + 1) && !followup_link(x, &m->in))) {
		create_i_failed(x, "the peer's answer makes no sense");
		return;
	}
	err = x_send(x, act_dh_shared(x->sa->conn, x->dh_key, value.p, value.len));
	if (err)
		create_i_failed(x, "out of memory");
	else
		x->dh_key = 0;		/* used up */
}

void followup_response(struct ike_sa *sa, struct msg *m)
{
	struct xchg *x = family_x(sa, true);

	sa_answered(sa);
	if (sa->state == SA_UP && x && x->state == X_I_KE_SENT)
		answered(x, m);
	sa_send_next(sa);
}

void followup_i_shared_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	if (error || secret_add(x, data, len))
		create_i_failed(x, "the peer's value for an additional key exchange is refused");
	else
		followup_i_next(x);
}

/* ---- responder ---- */

void w_followup(struct ike_writer *w, struct xchg *x)
{
	if (!followup_due(x))
		return;
	if (!x->link_len) {
		x->link_len = IKE_LINK_LEN;
		x->sa->e->env.random(x->sa->e->env.ctx, x->link, x->link_len);
	}
	w_notify(w, N_ADDITIONAL_KEY_EXCHANGE, x->link, x->link_len);
}

void followup_r_wait(struct xchg *x)
{
	x->state = X_R_WAIT;
	x->due = x->sa->e->now + IKE_PATIENCE_MS;
	child_timer_set(x->sa);
}

void followup_r_end(struct xchg *x)
{
	struct ike_sa *sa = x->sa;

	if (sa->x_i && sa->x_i->ike == x->ike)
		sa->x_i->collided = false;
	x_end(x);
	branch_tidy(sa);
}

void followup_r_forsake(struct ike_sa *sa)
{
	struct xchg *x = family_x(sa, false);

	if (x && x->state == X_R_WAIT)
		followup_r_end(x);
}

/* What is to be replaced is still in use, and no other IKE SA has taken over meanwhile. */
static bool still_wanted(const struct xchg *x)
{
	struct spare *s = NULL;

	if (x->sa->superseded || sa_trunk(x->sa)->superseded)
		return false;
	return !x->old || (child_by_serial(x->sa, x->old, &s) && !s);
}

void followup_request(struct ike_sa *sa, struct msg *m)
{
	struct xchg *x = family_x(sa, false);
	struct ike_notify n;
	struct view value;
	uint16_t method;

	if (sa->state != SA_UP || !x || x->state != X_R_WAIT || !ike_notify_find(&m->in, N_ADDITIONAL_KEY_EXCHANGE, &n) ||
	    n.data.len != x->link_len || memcmp(n.data.p, x->link, x->link_len)) {
		sa_reply_notify(sa, EXCH_IKE_FOLLOWUP_KE, N_STATE_NOT_FOUND, NULL, 0);
		return;
	}
	if (!still_wanted(x)) {
		followup_r_end(x);
		sa_reply_notify(sa, EXCH_IKE_FOLLOWUP_KE, N_STATE_NOT_FOUND, NULL, 0);
		sa_send_next(sa);
		return;
	}
	method = method_due(x);
	x->state = X_R_KE;
	if (!ke_value(&m->in, method, false, &value))
		create_r_refuse(x, N_INVALID_SYNTAX);
	else if (x_send(x, act_ke_answer(sa->e, x->sa->conn, method, value)))
		create_r_refuse(x, N_TEMPORARY_FAILURE);
}

/* Ours, and what there is more of it to come. */
static void answer(struct xchg *x)
{
	struct ike_writer w;

	followup_w_answer(x, sa_writer(x->sa, &w));
	if (sa_reply(x->sa, EXCH_IKE_FOLLOWUP_KE, &w))
		followup_r_end(x);
	else
		followup_r_wait(x);
}

void followup_w_answer(struct xchg *x, struct ike_writer *w)
{
	w_ke(w, x->group, x->pub, ike_ke_len(x->group, true));
	w_followup(w, x);
}

void followup_r_answered(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	uint16_t method = method_due(x);
	size_t n = ike_ke_len(method, true);

	free(x->pub);
	x->pub = error || len <= n ? NULL : copy_bytes(data, n);
	x->group = method;
	if (!x->pub || secret_add(x, data + n, len - n)) {
		create_r_refuse(x, error == -EBADMSG ? N_INVALID_SYNTAX : N_TEMPORARY_FAILURE);
		return;
	}
	if (followup_due(x)) {
		answer(x);
	} else if (x->ike) {
		rekey_r_done(x);
	} else {
		x->state = X_R_INSTALL;
		x_install(x);
	}
}
