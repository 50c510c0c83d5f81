// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_SA_INIT as initiator, RFC 7296 1.2. Nothing that arrives here is authenticated: an
 * error is only a hint, and an answer that makes no sense is as if it had not come.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* The first of the conn's proposals that has @group, or NULL. */
static const struct ike_proposal *with_group(const struct ike_conn *conn, uint16_t group)
{
	unsigned int i;

	for (i = 0; i < conn->cfg.n_ike; i++)
		if (conn->cfg.ike[i].dh == group)
			return &conn->cfg.ike[i];
	return NULL;
}

static void out_of_memory(struct ike_sa *sa)
{
	conn_failed(sa, IKE_PROTOCOL, "out of memory");
	sa_drop(sa);
}

void init_start(struct ike_sa *sa)
{
	if (!sa->nonce_len[0]) {
		sa->nonce_len[0] = IKE_NONCE_LEN;
		sa->e->env.random(sa->e->env.ctx, sa->nonce[0], IKE_NONCE_LEN);
	}
	if (!sa->group)
		sa->group = sa->conn->cfg.ike[0].dh;
	sa_set_state(sa, SA_I_DH);
	if (req_dh_generate(sa))
		out_of_memory(sa);
}

/* @pub: our public value, kept so that the request can be made again with a cookie. */
static int send_init(struct ike_sa *sa)
{
	struct ike_conn_config *cfg = &sa->conn->cfg;
	struct ike_engine *e = sa->e;
	struct ike_writer w;
	uint8_t *copy;

	w_init(&w, e->buf, sizeof(e->buf));
	w_header(&w, sa->spi_i, NULL, EXCH_IKE_SA_INIT, IKE_FLAG_INITIATOR, 0);
	if (sa->cookie_len)
		w_notify(&w, N_COOKIE, sa->cookie, sa->cookie_len);
	w_proposals(&w, cfg->ike, cfg->n_ike, NULL);
	w_ke(&w, sa->group, sa->peer_ke, sa->peer_ke_len);
	w_nonce(&w, sa->nonce[0], sa->nonce_len[0]);
	w_natd(&w, sa->spi_i, NULL, &sa->local, &sa->remote, conn_encap(sa->conn));
	w_hashes(&w, cfg->auth_peer);
	if (frag_offered(sa))
		w_notify(&w, N_IKEV2_FRAGMENTATION_SUPPORTED, NULL, 0);
	if (ppk_wanted(sa))
		w_notify(&w, N_USE_PPK, NULL, 0);
	if (ike_has_addke(cfg->ike, cfg->n_ike))
		w_notify(&w, N_INTERMEDIATE_EXCHANGE_SUPPORTED, NULL, 0);
	w_finish(&w);
	copy = w.full ? NULL : copy_bytes(w.buf, w.len);
	if (!copy)
		return -ENOMEM;
	free(sa->msg[0]);
	sa->msg[0] = copy;
	sa->msg_len[0] = w.len;
	if (sa_transmit(sa, EXCH_IKE_SA_INIT, 0, copy, w.len))
		return -ENOMEM;
	sa->out_next = 1;
	sa_set_state(sa, SA_I_INIT);
	return 0;
}

/* Until the answer comes .peer_ke holds our own public value. */
void init_i_dh_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	char peer[IKE_ADDR_TEXT];

	if (error || len != ike_dh_len(sa->group)) {
		conn_failed(sa, IKE_PROTOCOL, "cannot make a key of group dh%u: %s", sa->group,
			    error ? strerror(-error) : "wrong length");
		sa_drop(sa);
		return;
	}
	free(sa->peer_ke);
	sa->peer_ke = copy_bytes(data, len);
	sa->peer_ke_len = len;
	if (!sa->peer_ke || send_init(sa)) {
		out_of_memory(sa);
		return;
	}
	conn_progress(sa, "sent IKE_SA_INIT to %s with group dh%u%s",
		      ike_peer_text(&sa->remote, peer), sa->group,
		      sa->cookie_len ? " and its cookie" : "");
}

static void with_cookie(struct ike_sa *sa, const struct ike_notify *n)
{
	if (!n->data.len || n->data.len > sizeof(sa->cookie) ||
	    sa->restarts == IKE_MAX_RESTARTS)
		return;
	if (n->data.len == sa->cookie_len && !memcmp(n->data.p, sa->cookie, n->data.len))
		return;			/* came twice */
	sa->restarts++;
	sa->cookie_len = n->data.len;
	memcpy(sa->cookie, n->data.p, n->data.len);
	if (send_init(sa)) {
		out_of_memory(sa);
		return;
	}
	conn_progress(sa, "sent IKE_SA_INIT again with the peer's cookie");
}

static void with_other_group(struct ike_sa *sa, const struct ike_notify *n)
{
	uint16_t group = n->data.len == 2 ? get_u16(n->data.p) : 0;

	if (group == sa->group || !with_group(sa->conn, group)) {
		sa->hint = N_INVALID_KE_PAYLOAD;
		return;
	}
	if (sa->restarts == IKE_MAX_RESTARTS)
		return;
	sa->restarts++;
	dh_forget(sa);
	sa_answered(sa);
	sa->group = group;
	conn_progress(sa, "the peer wants group dh%u", group);
	init_start(sa);
}

/* Only a hint: it may come from anybody. A refusal ends the attempt if nothing better comes. */
static void refused(struct ike_sa *sa, uint16_t type)
{
	sa->hint = type;
	if (type != N_NO_PROPOSAL_CHOSEN || sa->hint_final)
		return;
	sa->hint_final = true;
	timer_set(&sa->e->heap, &sa->t_state, sa->e->now + IKE_HINT_MS);
}

struct answer {
	struct ike_offers offers;
	const struct ike_proposal *chosen;
	struct view ke, nonce;
};

/* Everything there and well formed, and what was chosen was offered. */
static bool answer_parse(struct ike_sa *sa, const struct msg *m, struct answer *a)
{
	const struct ike_payload *s = ike_find(&m->outer, PLD_SA), *k = ike_find(&m->outer, PLD_KE);
	const struct ike_payload *n = ike_find(&m->outer, PLD_NONCE);
	static const uint8_t none[IKE_SPI_LEN];
	struct ike_notify inter;
	uint16_t group;

	if (!s || !k || !n || !memcmp(m->h.spi_r, none, IKE_SPI_LEN))
		return false;
	if (ike_sa_parse(s->body, &a->offers) || ike_ke_parse(k->body, &group, &a->ke))
		return false;
	a->nonce = n->body;
	if (a->nonce.len < 16 || a->nonce.len > IKE_MAX_NONCE)
		return false;
	a->chosen = ike_chosen(&a->offers, false, sa->conn->cfg.ike, sa->conn->cfg.n_ike);
	if (a->chosen && ike_addke(a->chosen, 0) && !ike_notify_find(&m->outer, N_INTERMEDIATE_EXCHANGE_SUPPORTED, &inter))
		return false;
	return a->chosen && a->chosen->dh == sa->group && group == sa->group &&
	       a->ke.len == ike_dh_len(group);
}

static int answer_keep(struct ike_sa *sa, const struct msg *m, const struct answer *a)
{
	uint8_t *ke = copy_bytes(a->ke.p, a->ke.len);
	uint8_t *msg = copy_bytes(m->raw.p, m->raw.len);

	if (!ke || !msg) {
		free(ke);
		free(msg);
		return -ENOMEM;
	}
	free(sa->peer_ke);
	sa->peer_ke = ke;
	sa->peer_ke_len = a->ke.len;
	sa->msg[1] = msg;
	sa->msg_len[1] = m->raw.len;
	sa->alg = *a->chosen;
	memcpy(sa->spi_r, m->h.spi_r, IKE_SPI_LEN);
	memcpy(sa->nonce[1], a->nonce.p, a->nonce.len);
	sa->nonce_len[1] = a->nonce.len;
	return 0;
}

static void accepted(struct ike_sa *sa, struct msg *m, const struct answer *a)
{
	char peer[IKE_ADDR_TEXT], alg[IKE_PROPOSAL_TEXT];
	struct ike_notify n;

	sa_answered(sa);
	natt_detect(sa, m, conn_encap(sa->conn));
	natt_float(sa, &m->outer);
	sa->hint = 0;
	sa->hint_final = false;
	if (answer_keep(sa, m, a)) {
		out_of_memory(sa);
		return;
	}
	auth_note(sa, &m->outer);
	sa->frag = frag_offered(sa) && ike_notify_find(&m->outer, N_IKEV2_FRAGMENTATION_SUPPORTED, &n);
	sa->peer_ppk = ppk_wanted(sa) && ike_notify_find(&m->outer, N_USE_PPK, &n);
	sa_set_state(sa, SA_I_SHARED);
	conn_progress(sa, "%s chose %s", ike_peer_text(&sa->remote, peer),
		      ike_proposal_text(&sa->alg, alg));
	if (req_dh_shared(sa))
		out_of_memory(sa);
}

void init_i_response(struct ike_sa *sa, struct msg *m)
{
	struct ike_notify n;
	struct answer a;
	uint16_t error;

	if (ike_notify_find(&m->outer, N_COOKIE, &n)) {
		with_cookie(sa, &n);
		return;
	}
	if (ike_notify_find(&m->outer, N_INVALID_KE_PAYLOAD, &n)) {
		with_other_group(sa, &n);
		return;
	}
	error = ike_notify_error(&m->outer);
	if (error)
		refused(sa, error);
	else if (!ike_unknown_critical(&m->outer) && answer_parse(sa, m, &a))
		accepted(sa, m, &a);
	else
		sa->hint = N_INVALID_SYNTAX;
}
