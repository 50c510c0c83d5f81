// SPDX-License-Identifier: GPL-2.0
/*
 * Quick crash detection, RFC 6290. Both sides give each other a token, made of the two SPIs and of a secret that outlives
 * them. Who has lost an IKE SA says that with its token, in the clear, as soon as a packet of it comes; who gets the
 * right token knows that it is gone, at once and not after all repetitions.
 */
#include <string.h>

#include "ike_internal.h"

#define TOKEN 32
#define ANSWERS 20			/* in ten seconds */

static bool token_make(const struct ike_engine *e, const uint8_t *spi_i, const uint8_t *spi_r, uint8_t token[TOKEN])
{
	struct view parts[] = { { spi_i, IKE_SPI_LEN }, { spi_r, IKE_SPI_LEN } };

	return e->env.qcd && !ike_prf(PRF_SHA2_256, e->env.qcd_secret, sizeof(e->env.qcd_secret), parts, 2, token);
}

static void w_token(struct ike_writer *w, const uint8_t token[TOKEN])
{
	w_begin(w, PLD_NOTIFY);
	w_u8(w, PROTO_IKE);
	w_u8(w, 0);
	w_u16(w, N_QCD_TOKEN);
	w_bytes(w, token, TOKEN);
	w_end(w);
}

void w_qcd(struct ike_writer *w, const struct ike_sa *sa)
{
	uint8_t token[TOKEN];

	if (token_make(sa->e, sa->spi_i, sa->spi_r, token))
		w_token(w, token);
}

void qcd_note(struct ike_sa *sa, const struct ike_payloads *in)
{
	struct ike_notify n;

	if (!ike_notify_find(in, N_QCD_TOKEN, &n) || n.data.len < QCD_MIN || n.data.len > QCD_MAX)
		return;
	memcpy(sa->qcd, n.data.p, n.data.len);
	sa->qcd_len = n.data.len;
}

/*
 * A token is worth something as long as the IKE SA stands, so it must not be had by asking: whoever turns the direction
 * of a packet around names the peer's SPI as ours, RFC 6290 9.
 */
static bool is_gone(struct ike_engine *e, const struct msg *m)
{
	static const uint8_t none[IKE_SPI_LEN];

	return memcmp(m->h.spi_i, none, IKE_SPI_LEN) && memcmp(m->h.spi_r, none, IKE_SPI_LEN) &&
	       !sa_by_spi(e, m->h.spi_i) && !sa_by_spi(e, m->h.spi_r);
}

bool qcd_answer(struct ike_engine *e, const struct msg *m)
{
	uint8_t token[TOKEN];
	struct ike_writer w;

	if ((m->h.next != PLD_SK && m->h.next != PLD_SKF) || !is_gone(e, m) || !limit_ok(e, &e->qcd_limit, ANSWERS) ||
	    !token_make(e, m->h.spi_i, m->h.spi_r, token))
		return false;
	w_init(&w, e->buf, sizeof(e->buf));
	w_header(&w, m->h.spi_i, m->h.spi_r, m->h.exchange, IKE_FLAG_RESPONSE | (~m->h.flags & IKE_FLAG_INITIATOR), m->h.id);
	w_notify(&w, N_INVALID_IKE_SPI, NULL, 0);
	w_token(&w, token);
	w_finish(&w);
	if (!w.full)
		ike_send(e, &m->local, &m->remote, w.buf, w.len);
	return true;
}

bool qcd_proved(const struct ike_sa *sa, const struct msg *m)
{
	struct ike_notify n;

	return sa->qcd_len && ike_notify_find(&m->outer, N_QCD_TOKEN, &n) && n.data.len == sa->qcd_len &&
	       ike_same(n.data.p, sa->qcd, sa->qcd_len);
}

void qcd_gone(struct ike_sa *sa)
{
	char peer[IKE_ADDR_TEXT];

	if (sa->state == SA_UP)
		family_lost(sa, IKE_NO_ANSWER, "%s has begun anew and proves that it has lost its IKE SA (RFC 6290)",
			  ike_peer_text(&sa->remote, peer));
	sa_drop(sa);
}
