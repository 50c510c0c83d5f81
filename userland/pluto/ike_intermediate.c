// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_INTERMEDIATE (RFC 9242): between IKE_SA_INIT and IKE_AUTH one for each additional key exchange (RFC 9370 2.2.2), after
 * which all keys are new. Both have that much of the other proved only by AUTH, which covers these messages, too.
 */
#include <errno.h>
#include <string.h>

#include "ike_internal.h"

static uint16_t method_due(const struct ike_sa *sa)
{
	return ike_addke(&sa->alg, sa->inter_done);
}

/* ---- what AUTH covers ---- */

/*
 * RFC 9242 3.3.2: the message as it would be if it were whole and not encrypted, from @header to the end of @plain; @sk: the first
 * two bytes of the payload that was encrypted.
 */
static int cover(struct ike_sa *sa, int whose, const uint8_t *header, const uint8_t sk[2], struct view plain)
{
	uint8_t head[IKE_HEADER_LEN + IKE_GENERIC_LEN];
	size_t prf = ike_prf_len(sa->alg.prf);
	struct view parts[] = { { sa->int_auth[whose], sa->inter_done ? prf : 0 }, { head, sizeof(head) }, plain };

	if (plain.len > IKE_MAX_GATHERED - sizeof(head))
		return -EMSGSIZE;
	memcpy(head, header, IKE_HEADER_LEN);
	head[16] = PLD_SK;
	put_u32(head + 24, sizeof(head) + plain.len);
	memcpy(head + IKE_HEADER_LEN, sk, 2);
	put_u16(head + IKE_HEADER_LEN + 2, IKE_GENERIC_LEN + plain.len);
	return ike_prf(sa->alg.prf, sa->keys.p[whose], prf, parts, 3, sa->int_auth[whose]);
}

static int cover_mine(struct ike_sa *sa, bool response, const struct ike_writer *inner)
{
	uint8_t head[IKE_HEADER_LEN], sk[2] = { inner->first, 0 };
	struct ike_writer w;

	w_init(&w, head, sizeof(head));
	w_header(&w, sa->spi_i, sa->spi_r, EXCH_IKE_INTERMEDIATE,
		 (sa->initiator ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0),
		 response ? sa->in.next : sa->out_next);
	return cover(sa, sa_me(sa), head, sk, (struct view){ inner->buf, inner->len });
}

static int cover_theirs(struct ike_sa *sa, const struct msg *m)
{
	uint8_t sk[2] = { m->plain_first, m->outer.list[0].body.p[1 - IKE_GENERIC_LEN] };

	return cover(sa, sa_peer(sa), m->raw.p, sk, m->plain);
}

size_t inter_octets(const struct ike_sa *sa, uint8_t out[IKE_MAX_INT_AUTH])
{
	size_t prf = ike_prf_len(sa->alg.prf);

	if (!sa->inter_done)
		return 0;
	memcpy(out, sa->int_auth[0], prf);
	memcpy(out + prf, sa->int_auth[1], prf);
	put_u32(out + 2 * prf, 1 + sa->inter_done);	/* id of the first IKE_AUTH */
	return 2 * prf + 4;
}

bool ke_value(const struct ike_payloads *in, uint16_t method, bool answer, struct view *value)
{
	const struct ike_payload *k = ike_find(in, PLD_KE);
	uint16_t group;

	return k && !ike_ke_parse(k->body, &group, value) && group == method && value->len == ike_ke_len(method, answer);
}

/* ---- initiator ---- */

static void fail(struct ike_sa *sa, const char *why)
{
	conn_failed(sa, IKE_PROTOCOL, "additional key exchange with %s: %s", ike_transform_name(TRANS_DH, method_due(sa), 0), why);
	sa_drop(sa);
}

void inter_i_next(struct ike_sa *sa)
{
	if (!method_due(sa)) {
		auth_i_begin(sa);
		return;
	}
	sa_set_state(sa, SA_I_KE_DH);
	if (req_send(sa, act_dh_generate(sa->e, sa->conn, method_due(sa))))
		fail(sa, "out of memory");
}

void inter_i_dh_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	uint16_t method = method_due(sa);
	struct ike_writer w;

	if (error || len != ike_ke_len(method, false)) {
		fail(sa, error ? strerror(-error) : "a key of wrong length");
		return;
	}
	w_ke(sa_writer(sa, &w), method, data, len);
	if (w.full || cover_mine(sa, false, &w) || sa_request(sa, EXCH_IKE_INTERMEDIATE, &w)) {
		fail(sa, "out of memory");
		return;
	}
	sa_set_state(sa, SA_I_KE);
	conn_progress(sa, "sent IKE_INTERMEDIATE with %s", ike_transform_name(TRANS_DH, method, 0));
}

void inter_i_response(struct ike_sa *sa, struct msg *m)
{
	uint16_t error = ike_notify_error(&m->in);
	struct view value;
	int err;

	sa_answered(sa);
	if (error || !ke_value(&m->in, method_due(sa), true, &value)) {
		fail(sa, error ? ike_notify_name(error) : "the peer answered IKE_INTERMEDIATE with a malformed message");
		return;
	}
	sa_set_state(sa, SA_I_KE_SHARED);
	err = cover_theirs(sa, m);
	if (!err)
		err = req_send(sa, act_dh_shared(sa->conn, sa->dh_key, value.p, value.len));
	if (err)
		fail(sa, "out of memory");
	else
		sa->dh_key = 0;		/* used up */
}

void inter_i_shared_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	if (error || keys_more(sa, data, len)) {
		fail(sa, error ? "the peer's value is refused" : "libcrypto failed while making keys");
		return;
	}
	sa->inter_done++;
	inter_i_next(sa);
}

/* ---- responder ---- */

static void refuse(struct ike_sa *sa, uint16_t type, const char *why)
{
	char peer[IKE_ADDR_TEXT];

	ike_log_limited(sa->e, LOG_WARNING, "IKE_INTERMEDIATE of %s is refused: %s", ike_peer_text(&sa->remote, peer), why);
	auth_r_refuse(sa, type);
}

void inter_r_request(struct ike_sa *sa, struct msg *m)
{
	uint16_t method = method_due(sa);
	struct view value;
	int err;

	if (!method || !ke_value(&m->in, method, false, &value)) {
		refuse(sa, N_INVALID_SYNTAX, method ? "it has no value of the key exchange that is due" : "no key exchange is due");
		return;
	}
	sa_set_state(sa, SA_R_KE);
	err = cover_theirs(sa, m);
	if (!err)
		err = req_send(sa, act_ke_answer(sa->e, NULL, method, value));
	if (err)
		sa_drop(sa);
}

/* The answer still goes with the keys before. */
void inter_r_answered(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	uint16_t method = method_due(sa);
	size_t answer = ike_ke_len(method, true);
	struct ike_writer w;

	if (error || len <= answer) {
		refuse(sa, error == -EBADMSG ? N_INVALID_SYNTAX : N_TEMPORARY_FAILURE,
		       error == -EBADMSG ? "its value is none of the key exchange" : "libcrypto failed");
		return;
	}
	w_ke(sa_writer(sa, &w), method, data, answer);
	memcpy(sa->before.e, sa->keys.e[sa_peer(sa)], sizeof(sa->before.e));
	memcpy(sa->before.a, sa->keys.a[sa_peer(sa)], sizeof(sa->before.a));
	if (w.full || cover_mine(sa, true, &w) || sa_reply(sa, EXCH_IKE_INTERMEDIATE, &w) ||
	    keys_more(sa, data + answer, len - answer)) {
		sa_drop(sa);
		return;
	}
	sa->inter_done++;
	sa_set_state(sa, SA_R_INIT);
}
