// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_SA_INIT as responder, RFC 7296 1.2 and 2.6. Refusals keep no state; a half-open IKE SA
 * costs one Diffie-Hellman key, and from a threshold on only those who proved their
 * address get one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

struct wish {
	struct ike_offers offers;
	struct view ke, nonce;
	uint16_t group;
	struct common common;
};

static bool wish_parse(const struct msg *m, struct wish *w)
{
	const struct ike_payload *s = ike_find(&m->outer, PLD_SA), *k = ike_find(&m->outer, PLD_KE);
	const struct ike_payload *n = ike_find(&m->outer, PLD_NONCE);

	if (!s || !k || !n || n->body.len < 16 || n->body.len > IKE_MAX_NONCE)
		return false;
	w->nonce = n->body;
	return !ike_sa_parse(s->body, &w->offers) && !ike_ke_parse(k->body, &w->group, &w->ke);
}

static void refuse(struct ike_engine *e, const struct msg *m, const struct wish *w)
{
	const struct ike_conn *any = w->common.conn;
	char peer[IKE_ADDR_TEXT], local[IKE_ADDR_TEXT];
	char theirs[IKE_OFFERS_TEXT], ours[IKE_OFFERS_TEXT];

	ike_peer_text(&m->remote, peer);
	if (any)
		ike_log_limited(e, LOG_WARNING,
				"\"%s\": no proposal chosen for %s: it offers %s; ike= of the conn allows %s",
				any->name, peer, ike_offers_text(&w->offers, false, theirs),
				ike_list_text(any->cfg.ike, any->cfg.n_ike, false, ours));
	else
		ike_log_limited(e, LOG_WARNING,
				"no connection matches: %s asks for IKE at %s, and no conn that is loaded has these two addresses",
				peer, ike_addr_text(&m->local, local));
	send_clear_notify(e, m, N_NO_PROPOSAL_CHOSEN, NULL, 0);
}

static struct ike_sa *half_open(struct ike_engine *e, const struct msg *m, const struct wish *w)
{
	struct ike_sa *sa = sa_new(e, false, &m->local, &m->remote);
	struct ike_notify n;

	if (!sa)
		return NULL;
	memcpy(sa->spi_i, m->h.spi_i, IKE_SPI_LEN);
	sa->alg = *w->common.chosen;
	sa->offer = w->common.offer->number;
	auth_note(sa, &m->outer);
	sa->frag = ike_notify_find(&m->outer, N_IKEV2_FRAGMENTATION_SUPPORTED, &n) && frag_offered(sa);
	sa->peer_ppk = ike_notify_find(&m->outer, N_USE_PPK, &n) && ppk_wanted(sa);
	memcpy(sa->nonce[0], w->nonce.p, w->nonce.len);
	sa->nonce_len[0] = w->nonce.len;
	sa->nonce_len[1] = IKE_NONCE_LEN;
	e->env.random(e->env.ctx, sa->nonce[1], IKE_NONCE_LEN);
	sa->group = w->group;
	sa->peer_ke = copy_bytes(w->ke.p, w->ke.len);
	sa->peer_ke_len = w->ke.len;
	sa->msg[0] = copy_bytes(m->raw.p, m->raw.len);
	sa->msg_len[0] = m->raw.len;
	if (!sa->peer_ke || !sa->msg[0] || ike_sha256(&m->raw, 1, sa->init_hash)) {
		sa_drop(sa);
		return NULL;
	}
	sa->in.pending = true;
	sa->in.local = m->local;
	sa->in.remote = m->remote;
	sa_index_peer(sa);
	return sa;
}

/* Repetition of a request that was answered, or is being answered. */
static bool repeated(struct ike_engine *e, const struct msg *m)
{
	struct ike_sa *sa;
	uint8_t hash[32];

	if (ike_sha256(&m->raw, 1, hash))
		return true;
	sa = sa_by_init(e, &m->remote, m->h.spi_i, hash);
	if (!sa)
		return false;
	if (sa->msg[1])
		ike_send(e, &m->local, &m->remote, sa->msg[1], sa->msg_len[1]);
	return true;
}

/* True: refused, or a cookie was asked for. */
static bool defended(struct ike_engine *e, const struct msg *m, const struct wish *w)
{
	unsigned int from = e->env.cookie_threshold ? e->env.cookie_threshold : IKE_COOKIE_THRESHOLD;
	uint8_t cookie[32];

	if (e->half_open < from || cookie_valid(e, m, w->nonce))
		return e->half_open >= IKE_MAX_HALF_OPEN;
	if (!cookie_make(e, m, w->nonce, false, cookie))
		send_clear_notify(e, m, N_COOKIE, cookie, sizeof(cookie));
	return true;
}

/* Which conn it will be is not known before IKE_AUTH. */
static void accept_wish(struct ike_engine *e, const struct msg *m, const struct wish *w)
{
	struct ike_sa *sa = half_open(e, m, w);

	if (!sa)
		return;
	sa->encap = w->common.conn->cfg.encap;
	natt_detect(sa, m, sa->encap);
	sa_set_state(sa, SA_R_DH);
	if (req_dh_generate(sa))
		sa_drop(sa);
}

void init_r_request(struct ike_engine *e, struct msg *m)
{
	uint8_t critical = ike_unknown_critical(&m->outer), group[2];
	char peer[IKE_ADDR_TEXT];
	struct wish w;

	if (repeated(e, m))
		return;
	if (critical) {
		send_clear_notify(e, m, N_UNSUPPORTED_CRITICAL_PAYLOAD, &critical, 1);
		return;
	}
	if (!wish_parse(m, &w)) {
		ike_log_limited(e, LOG_INFO, "malformed IKE_SA_INIT from %s",
				ike_peer_text(&m->remote, peer));
		send_clear_notify(e, m, N_INVALID_SYNTAX, NULL, 0);
		return;
	}
	if (defended(e, m, &w))
		return;
	if (!which_offer(e, m, &w.offers, w.group, &w.common)) {
		refuse(e, m, &w);
		return;
	}
	if (w.group != w.common.chosen->dh) {
		put_u16(group, w.common.chosen->dh);
		send_clear_notify(e, m, N_INVALID_KE_PAYLOAD, group, sizeof(group));
	} else if (w.ke.len != ike_dh_len(w.group)) {
		send_clear_notify(e, m, N_INVALID_SYNTAX, NULL, 0);
	} else {
		accept_wish(e, m, &w);
	}
}

/* Who it is will be known later: what any conn may need that it can be. */
static void w_signatures(struct ike_writer *w, const struct ike_sa *sa)
{
	struct ike_conn *conn = NULL;
	bool ask_cert = false;
	uint32_t allowed = 0;

	while ((conn = which_next(sa, conn))) {
		allowed |= conn->cfg.auth_peer;
		ask_cert |= conn->cfg.ask_cert;
	}
	w_hashes(w, allowed);
	if (ask_cert)
		w_certreq(w, sa->e);
}

void init_r_dh_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	struct ike_engine *e = sa->e;
	struct ike_writer w;

	if (error || len != ike_dh_len(sa->group)) {
		ike_log(e, NULL, LOG_ERR, "cannot make a key of group dh%u: %s", sa->group,
			error ? strerror(-error) : "wrong length");
		sa_drop(sa);
		return;
	}
	w_init(&w, e->buf, sizeof(e->buf));
	w_header(&w, sa->spi_i, sa->spi_r, EXCH_IKE_SA_INIT, IKE_FLAG_RESPONSE, 0);
	w_chosen(&w, &sa->alg, sa->offer, NULL);
	w_ke(&w, sa->group, data, len);
	w_nonce(&w, sa->nonce[1], sa->nonce_len[1]);
	w_natd(&w, sa->spi_i, sa->spi_r, &sa->in.local, &sa->in.remote, sa->encap);
	w_signatures(&w, sa);
	if (sa->frag)
		w_notify(&w, N_IKEV2_FRAGMENTATION_SUPPORTED, NULL, 0);
	if (sa->peer_ppk)
		w_notify(&w, N_USE_PPK, NULL, 0);
	if (ike_addke(&sa->alg, 0))
		w_notify(&w, N_INTERMEDIATE_EXCHANGE_SUPPORTED, NULL, 0);
	w_finish(&w);
	sa->msg[1] = w.full ? NULL : copy_bytes(w.buf, w.len);
	sa->msg_len[1] = w.len;
	if (!sa->msg[1]) {
		sa_drop(sa);
		return;
	}
	sa->in.pending = false;
	sa->in.next = 1;
	sa_set_state(sa, SA_R_INIT);
	ike_send(e, &sa->in.local, &sa->in.remote, sa->msg[1], sa->msg_len[1]);
}
