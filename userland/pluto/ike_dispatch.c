// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine: which message, and which result, means what in which state. A message
 * reaches its handler only with a right integrity value, in the right place of the
 * request window, and well formed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

enum kind { INIT_REQ, INIT_RESP, AUTH_REQ, AUTH_RESP, CHILD_REQ, CHILD_RESP, INFO_REQ, INFO_RESP,
	INTER_REQ, INTER_RESP, FOLLOW_REQ, FOLLOW_RESP, OTHER_REQ, N_KINDS };

static void refuse_exchange(struct ike_sa *sa, struct msg *m)
{
	sa_reply_notify(sa, m->h.exchange, N_INVALID_SYNTAX, NULL, 0);
}

typedef void (*msg_fn)(struct ike_sa *sa, struct msg *m);
typedef void (*result_fn)(struct ike_sa *sa, int error, const uint8_t *data, size_t len);

/* What is not here is not for the state and left unanswered. */
static const struct {
	msg_fn msg[N_KINDS];
	result_fn result;
} table[SA_N_STATES] = {
	[SA_I_DH] = { .result = init_i_dh_done },
	[SA_I_INIT] = { .msg = { [INIT_RESP] = init_i_response } },
	[SA_I_SHARED] = { .result = auth_i_shared_done },
	[SA_I_KE_DH] = { .result = inter_i_dh_done },
	[SA_I_KE] = { .msg = { [INTER_RESP] = inter_i_response } },
	[SA_I_KE_SHARED] = { .result = inter_i_shared_done },
	[SA_I_GETSPI] = { .result = auth_i_spi_done },
	[SA_I_MAKE] = { .result = auth_i_made },
	[SA_I_AUTH] = { .msg = { [AUTH_RESP] = auth_i_response } },
	[SA_I_CHECK] = { .result = auth_i_checked },
	[SA_I_INSTALL] = { .result = auth_i_installed },
	[SA_R_DH] = { .result = init_r_dh_done },
	[SA_R_INIT] = { .msg = { [AUTH_REQ] = auth_r_request, [INTER_REQ] = inter_r_request } },
	[SA_R_SHARED] = { .result = auth_r_shared_done, .msg = { /* they are parked */
		[AUTH_REQ] = auth_r_request, [INTER_REQ] = inter_r_request } },
	[SA_R_KE] = { .result = inter_r_answered },
	[SA_R_CHECK] = { .result = auth_r_checked },
	[SA_R_GETSPI] = { .result = auth_r_spi_done },
	[SA_R_MAKE] = { .result = auth_r_made },
	[SA_R_INSTALL] = { .result = auth_r_installed },
	[SA_UP] = { .result = sa_looked, .msg = {
		[INFO_REQ] = info_request, [INFO_RESP] = info_response,
		[CHILD_REQ] = create_child_request, [CHILD_RESP] = create_child_response,
		[FOLLOW_REQ] = followup_request, [FOLLOW_RESP] = followup_response,
		[AUTH_REQ] = refuse_exchange, [INTER_REQ] = refuse_exchange, [OTHER_REQ] = refuse_exchange } },
	[SA_DELETING] = { .msg = {
		[INFO_REQ] = info_request, [INFO_RESP] = info_response,
		[CHILD_REQ] = create_child_request, [CHILD_RESP] = create_child_response,
		[FOLLOW_REQ] = followup_request, [FOLLOW_RESP] = followup_response,
		[AUTH_REQ] = refuse_exchange, [INTER_REQ] = refuse_exchange, [OTHER_REQ] = refuse_exchange } },
};

void sa_result(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	if (table[sa->state].result)
		table[sa->state].result(sa, error, data, len);
}

static msg_fn handler(const struct ike_sa *sa, const struct ike_header *h)
{
	bool response = h->flags & IKE_FLAG_RESPONSE;

	switch (h->exchange) {
	case EXCH_IKE_SA_INIT ... EXCH_INFORMATIONAL:
		return table[sa->state].msg[INIT_REQ + (h->exchange - EXCH_IKE_SA_INIT) * 2 + response];
	case EXCH_IKE_INTERMEDIATE:
		return table[sa->state].msg[INTER_REQ + response];
	case EXCH_IKE_FOLLOWUP_KE:
		return table[sa->state].msg[FOLLOW_REQ + response];
	}
	return response ? NULL : table[sa->state].msg[OTHER_REQ];
}

/* The id is the one to come. A repetition is answered with the bytes of the first answer. */
static bool request_in_window(struct ike_sa *sa, struct msg *m)
{
	uint8_t hash[32];

	if (sa->in.next && m->h.id == sa->in.next - 1 && sa->in.reply) {
		if (m->total ? frag_repeats(sa, m) :
		    !ike_sha256(&m->raw, 1, hash) && !memcmp(hash, sa->in.hash, sizeof(hash)))
			sa_repeat_reply(sa, m);
		return false;
	}
	return m->h.id == sa->in.next && !sa->in.pending && m->h.id < IKE_LAST_ID;
}

static bool response_in_window(const struct ike_sa *sa, const struct msg *m)
{
	return sa->out.data && m->h.id == sa->out.id && m->h.exchange == sa->out.exchange;
}

/* RFC 7296 2.5, 2.21: authenticated, but not to be understood. */
static bool understood(struct ike_sa *sa, struct msg *m)
{
	uint8_t critical;
	uint16_t type = N_INVALID_SYNTAX;

	if (!ike_chain_parse(m->plain_first, m->plain, &m->in)) {
		critical = ike_unknown_critical(&m->in);
		if (!critical)
			return true;
		type = N_UNSUPPORTED_CRITICAL_PAYLOAD;
	} else {
		critical = 0;
	}
	ike_log_limited(sa->e, LOG_INFO, "%s sent %s that cannot be read: %s",
			sa->conn ? sa->conn->name : "peer", ike_exchange_name(m->h.exchange),
			ike_notify_name(type));
	if (m->h.flags & IKE_FLAG_RESPONSE) {
		m->in.n = 0;		/* as an answer without content */
		return true;
	}
	sa_reply_notify(sa, m->h.exchange, type, &critical, critical ? 1 : 0);
	if (sa->state == SA_R_INIT)
		sa_bury(sa);
	return false;
}

static void deliver(struct ike_sa *sa, struct msg *m, msg_fn fn)
{
	if (!(m->h.flags & IKE_FLAG_RESPONSE)) {
		if (m->hashed)
			memcpy(sa->in.hash, m->hash, sizeof(sa->in.hash));
		else if (ike_sha256(&m->raw, 1, sa->in.hash))
			return;
		sa->in.piece = m->total ? sa->in.piece : 0;
		sa->in.pending = true;
		sa->in.exchange = m->h.exchange;
		sa->in.local = m->local;
		sa->in.remote = m->remote;
	}
	if (sa->state == SA_UP) {
		sa_heard(sa);
		if (!sa->mobike)	/* it says so itself */
			natt_moved(sa, &m->remote);
	}
	if (sa->state == SA_UP && (sa->in.next >= IKE_REKEY_ID || sa->out_next >= IKE_REKEY_ID))
		rekey_ike(sa);		/* message ids never wrap, RFC 7296 2.2 */
	if (understood(sa, m))
		fn(sa, m);
}

/* It was opened: the whole message, or a fragment that may make one whole. */
static void opened(struct ike_sa *sa, struct msg *m, msg_fn fn)
{
	uint8_t *whole = NULL;
	size_t len;

	if (m->total) {
		whole = frag_gather(sa, m);
		if (!whole)
			return;
	}
	len = m->plain.len;
	frag_forget(sa, m->h.flags & IKE_FLAG_RESPONSE);
	deliver(sa, m, fn);
	if (whole)
		explicit_bzero(whole, len);
	free(whole);
}

static void receive_encrypted(struct ike_sa *sa, struct msg *m, msg_fn fn)
{
	char peer[IKE_ADDR_TEXT];
	uint8_t *plain;

	if (!sa->keys.ready) {
		if (m->h.exchange == EXCH_IKE_AUTH || m->h.exchange == EXCH_IKE_INTERMEDIATE)
			auth_r_park(sa, m);
		return;
	}
	if (m->total && !frag_wanted(sa, m))
		return;
	plain = malloc(m->raw.len);
	if (!plain)
		return;
	if (!sa_open(sa, m, plain))
		opened(sa, m, fn);
	else
		ike_log_limited(sa->e, LOG_DEBUG, "%s from %s: integrity check failed",
				ike_exchange_name(m->h.exchange), ike_peer_text(&m->remote, peer));
	explicit_bzero(plain, m->raw.len);
	free(plain);
}

void sa_receive(struct ike_sa *sa, struct msg *m)
{
	bool response = m->h.flags & IKE_FLAG_RESPONSE;
	msg_fn fn = handler(sa, &m->h);

	if (ike_chain_parse(m->h.next, (struct view){ m->raw.p + IKE_HEADER_LEN,
			    m->raw.len - IKE_HEADER_LEN }, &m->outer) || !frag_parse(sa, m))
		return;
	if (response ? !response_in_window(sa, m) : !request_in_window(sa, m))
		return;
	if (!fn)
		return;
	if (m->h.exchange == EXCH_IKE_SA_INIT)
		fn(sa, m);
	else if (m->total || ike_find(&m->outer, PLD_SK))
		receive_encrypted(sa, m, fn);
	else if (response && (sa->state == SA_UP || sa->state == SA_DELETING) && qcd_proved(sa, m))
		qcd_gone(sa);
	else if (response && ike_notify_error(&m->outer))
		sa->hint = ike_notify_error(&m->outer);
}

/* ---- from the wire ---- */

static void unknown_sa(struct ike_engine *e, const struct msg *m)
{
	if (m->h.flags & IKE_FLAG_RESPONSE)
		return;
	if (!qcd_answer(e, m) && limit_ok(e, &e->stranger_limit, 100))
		send_clear_notify(e, m, N_INVALID_IKE_SPI, NULL, 0);
}

/* RFC 7296 2.5; IKEv1 is history (RFC 9395). */
static bool version_ok(struct ike_engine *e, const struct msg *m)
{
	char peer[IKE_ADDR_TEXT];

	if (m->h.version >> 4 == 2)
		return true;
	ike_peer_text(&m->remote, peer);
	if (m->h.version >> 4 == 1) {
		ike_log_limited(e, LOG_WARNING,
				"IKEv1 packet from %s refused: IKEv1 is history (RFC 9395); set that side to IKEv2",
				peer);
		return false;
	}
	ike_log_limited(e, LOG_INFO, "packet of IKE version %u from %s refused",
			m->h.version >> 4, peer);
	if (m->h.version >> 4 > 2 && !(m->h.flags & IKE_FLAG_RESPONSE) &&
	    limit_ok(e, &e->stranger_limit, 100))
		send_clear_notify(e, m, N_INVALID_MAJOR_VERSION, NULL, 0);
	return false;
}

static bool is_first_request(const struct ike_header *h)
{
	static const uint8_t none[IKE_SPI_LEN];

	return h->exchange == EXCH_IKE_SA_INIT && h->flags & IKE_FLAG_INITIATOR &&
	       !(h->flags & IKE_FLAG_RESPONSE) && !h->id &&
	       !memcmp(h->spi_r, none, sizeof(none)) && memcmp(h->spi_i, none, sizeof(none));
}

static void receive(struct ike_engine *e, struct msg *m)
{
	const uint8_t *peer_spi;
	struct ike_sa *sa;
	bool ours_is_r = m->h.flags & IKE_FLAG_INITIATOR;

	if (is_first_request(&m->h)) {
		if (!ike_chain_parse(m->h.next, (struct view){ m->raw.p + IKE_HEADER_LEN,
				     m->raw.len - IKE_HEADER_LEN }, &m->outer))
			init_r_request(e, m);
		return;
	}
	if (m->h.exchange == EXCH_IKE_SA_INIT && !(m->h.flags & IKE_FLAG_RESPONSE))
		return;
	sa = sa_by_spi(e, ours_is_r ? m->h.spi_r : m->h.spi_i);
	if (!sa || sa->initiator == ours_is_r) {
		unknown_sa(e, m);
		return;
	}
	peer_spi = ours_is_r ? m->h.spi_i : m->h.spi_r;
	if (sa->state != SA_I_INIT &&
	    memcmp(peer_spi, sa->initiator ? sa->spi_r : sa->spi_i, IKE_SPI_LEN))
		return;
	sa_receive(sa, m);
}

void ike_packet(struct ike_engine *e, uint64_t now, const struct ike_addr *local,
		const struct ike_addr *remote, const uint8_t *data, size_t len)
{
	struct msg m;

	m.local = *local;
	m.remote = *remote;
	m.raw = (struct view){ data, len };
	if (ike_header_parse(m.raw, &m.h))
		return;
	engine_enter(e, now);
	if (version_ok(e, &m))
		receive(e, &m);
	engine_leave(e);
}
