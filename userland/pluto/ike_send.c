// SPDX-License-Identifier: GPL-2.0
/* Encrypted messages out and in, retransmission, answers to repetitions. RFC 7296 2.1 to 2.4. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

#define FRAG_HINT 1200			/* longer messages may not pass whole */

struct ike_writer *sa_writer(struct ike_sa *sa, struct ike_writer *w)
{
	w_init(w, sa->e->inner, sizeof(sa->e->inner));
	return w;
}

static struct ike_cipher cipher(const struct ike_sa *sa, int whose)
{
	return (struct ike_cipher){
		.encr = sa->alg.encr, .keylen = sa->alg.keylen, .integ = sa->alg.integ,
		.key = sa->keys.e[whose], .integ_key = sa->keys.a[whose],
	};
}

/* RFC 5282 3.1: a counter never repeats. CBC wants what nobody can foretell. */
static void next_iv(struct ike_sa *sa, uint8_t iv[IKE_MAX_IV])
{
	uint64_t n = ++sa->iv;

	if (!ike_is_aead(sa->alg.encr)) {
		sa->e->env.random(sa->e->env.ctx, iv, IKE_MAX_IV);
		return;
	}
	put_u32(iv, n >> 32);
	put_u32(iv + 4, n);
}

size_t sa_sealed_len(const struct ike_sa *sa, size_t plain)
{
	struct ike_cipher c = cipher(sa, sa_me(sa));

	return ike_sealed_len(&c, plain);
}

size_t sa_seal(struct ike_sa *sa, const struct piece *p, uint8_t *buf, size_t cap)
{
	struct ike_cipher c = cipher(sa, sa_me(sa));
	size_t len = ike_sealed_len(&c, p->len);
	uint8_t iv[IKE_MAX_IV];
	struct ike_writer w;

	w_init(&w, buf, cap);
	w_header(&w, sa->spi_i, sa->spi_r, p->exchange,
		 (sa->initiator ? IKE_FLAG_INITIATOR : 0) | (p->response ? IKE_FLAG_RESPONSE : 0), p->id);
	w_begin(&w, p->total ? PLD_SKF : PLD_SK);
	if (p->total) {
		w_u16(&w, p->number);
		w_u16(&w, p->total);
	}
	if (!len || w.full || len > w.cap - w.len)
		return 0;
	*w.next = p->first;
	put_u16(w.buf + w.open + 2, w.len - w.open + len);
	put_u32(w.buf + 24, w.len + len);
	next_iv(sa, iv);
	if (ike_seal(&c, iv, w.buf, w.len, p->plain, p->len))
		return 0;
	return w.len + len;
}

/* What is inside, encrypted, into the engine's buffer: one message, or its fragments. Returns the length or 0. */
static size_t seal(struct ike_sa *sa, uint8_t exchange, bool response, uint32_t id,
		   const struct ike_writer *inner)
{
	struct piece whole = { exchange, response, id, inner->first, 0, 0, inner->buf, inner->len };
	size_t room = frag_room(sa, response);

	if (inner->full)
		return 0;
	if (room && IKE_HEADER_LEN + IKE_GENERIC_LEN + sa_sealed_len(sa, inner->len) > room)
		return frag_seal(sa, &whole, room);
	return sa_seal(sa, &whole, sa->e->buf, sizeof(sa->e->buf));
}

static int open_with(const struct ike_cipher *c, struct msg *m, uint8_t *plain)
{
	const struct ike_payload *sk = &m->outer.list[0];
	size_t len, head;
	int err;

	if (m->outer.n != 1 || sk->type != (m->total ? PLD_SKF : PLD_SK))
		return -EBADMSG;
	head = sk->body.p - m->raw.p + (m->total ? 4 : 0);
	err = ike_open(c, m->raw.p, head, m->raw.len, plain, &len);
	if (err)
		return err;
	m->plain = (struct view){ plain, len };
	m->plain_first = sk->inside;
	return 0;
}

int sa_open(struct ike_sa *sa, struct msg *m, uint8_t *plain)
{
	struct ike_cipher c = cipher(sa, sa_peer(sa));

	return open_with(&c, m, plain);
}

int sa_open_before(struct ike_sa *sa, struct msg *m, uint8_t *plain)
{
	struct ike_cipher c = cipher(sa, sa_peer(sa));

	c.key = sa->before.e;
	c.integ_key = sa->before.a;
	return open_with(&c, m, plain);
}

void ike_send_all(struct ike_engine *e, const struct ike_addr *local, const struct ike_addr *remote,
		  const uint8_t *data, size_t len)
{
	size_t one;

	for (; len; data += one, len -= one) {
		one = get_u32(data + 24);
		ike_send(e, local, remote, data, one);
	}
}

/* ---- our requests ---- */

static uint64_t first_wait(const struct ike_engine *e)
{
	return e->env.retransmit_ms ? e->env.retransmit_ms : IKE_RETRANSMIT_MS;
}

static unsigned int tries(const struct ike_engine *e)
{
	return e->env.retransmit_tries ? e->env.retransmit_tries : IKE_RETRANSMIT_TRIES;
}

uint64_t retransmit_total(const struct ike_engine *e)
{
	unsigned int n = tries(e);

	return first_wait(e) * ((1ull << (n < 20 ? n : 20)) - 1);
}

void sa_retransmit(struct ike_sa *sa)
{
	struct outgoing *out = &sa->out;

	if (!out->data)
		return;
	out->sent = 1;
	out->wait = first_wait(sa->e);
	out->first = sa->e->now;
	ike_send_all(sa->e, &sa->local, &sa->remote, out->data, out->len);
	timer_set(&sa->e->heap, &sa->t_send, sa->e->now + out->wait);
}

int sa_transmit(struct ike_sa *sa, uint8_t exchange, uint32_t id, const uint8_t *data, size_t len)
{
	struct outgoing *out = &sa->out;
	uint8_t *copy = copy_bytes(data, len);

	if (!copy)
		return -ENOMEM;
	sa_answered(sa);
	out->data = copy;
	out->len = len;
	out->id = id;
	out->exchange = exchange;
	sa_retransmit(sa);
	return 0;
}

int sa_request(struct ike_sa *sa, uint8_t exchange, struct ike_writer *inner)
{
	size_t len;
	int err;

	sa = sa_trunk(sa);
	len = sa->out_next == UINT32_MAX ? 0 : seal(sa, exchange, false, sa->out_next, inner);
	if (!len)
		return -EMSGSIZE;
	err = sa_transmit(sa, exchange, sa->out_next, sa->e->buf, len);
	if (!err)
		sa->out_next++;
	return err;
}

void sa_answered(struct ike_sa *sa)
{
	free(sa->out.data);
	memset(&sa->out, 0, sizeof(sa->out));
	timer_clear(&sa->e->heap, &sa->t_send);
}

/* The peer is silent: what that means depends on what it was asked. */
static void silent(struct ike_sa *sa)
{
	unsigned int sent = sa->out.sent;
	uint64_t s = (sa->e->now - sa->out.first + 500) / 1000;
	const char *what = ike_exchange_name(sa->out.exchange);
	char peer[IKE_ADDR_TEXT], hint[192] = "";
	struct text t;

	ike_peer_text(&sa->remote, peer);
	t_init(&t, hint, sizeof(hint));
	if (sa->hint)
		t_add(&t, "; something answered %s in the clear", ike_notify_name(sa->hint));
	if (!sa->frag && sa->out.len > FRAG_HINT)
		t_add(&t, ", of %zu bytes and without IKE fragments (do IP fragments pass?)", sa->out.len);
	if (sa->state == SA_I_INIT)
		conn_failed(sa, IKE_NO_ANSWER,
			    "no answer from %s to %s (sent %u times in %u s)%s: is it up, does its IKE daemon run, does a firewall drop UDP port %u?",
			    peer, what, sent, (unsigned int)s, hint, sa->remote.port);
	else if (sa->state == SA_I_KE || (sa->state == SA_I_AUTH && !sa->doomed))
		conn_failed(sa, IKE_NO_ANSWER,
			    "no answer from %s to %s (sent %u times in %u s)%s: it answered IKE_SA_INIT; see its log",
			    peer, what, sent, (unsigned int)s, hint);
	else if (sa->state == SA_UP)
		family_lost(sa, IKE_NO_ANSWER, "%s does not answer any more (asked %u times in %u s)",
			  peer, sent, (unsigned int)s);
	sa_drop(sa);
}

/* dpdtimeout=: what was said last counts, and one repetition is always given time. */
static uint64_t dead_at(const struct ike_sa *sa)
{
	uint64_t at = sa->out.first + 2 * first_wait(sa->e), limit;

	if (sa->state != SA_UP || !sa->conn || !sa->conn->cfg.dpd_timeout)
		return UINT64_MAX;
	limit = sa->heard + 1000ull * sa->conn->cfg.dpd_timeout;
	return limit > at ? limit : at;
}

void sa_send_timer(void *owner)
{
	struct ike_sa *sa = owner;
	struct outgoing *out = &sa->out;
	uint64_t again;

	if (!out->data)
		return;
	if (out->sent >= tries(sa->e) || sa->e->now >= dead_at(sa)) {
		silent(sa);
		return;
	}
	out->sent++;
	out->wait *= 2;
	ike_send_all(sa->e, &sa->local, &sa->remote, out->data, out->len);
	again = sa->e->now + out->wait;
	timer_set(&sa->e->heap, &sa->t_send, again < dead_at(sa) ? again : dead_at(sa));
}

/* It cannot say what it must: it ends without a word. */
static void sa_lose(struct ike_sa *sa)
{
	family_lost(sa, IKE_PROTOCOL, "out of memory, or of message ids");
	sa_drop(sa);
}

/* Spares that are to be deleted, into @w, all at once; false: there are none. */
static bool write_child_delete(struct ike_sa *sa, struct ike_writer *w)
{
	uint8_t spis[IKE_MAX_NAMED * 4];
	unsigned int n = 0;
	struct spare *s;

	for (; sa; sa = family_next(sa)) {
		for (s = sa->spares; s && n < IKE_MAX_NAMED; s = s->next) {
			if (!s->deleting || s->delete_sent)
				continue;
			memcpy(spis + 4 * n++, s->child.c.spi_in, 4);
			s->delete_sent = true;
		}
	}
	if (n)
		w_delete_esp(w, spis, n);
	return n;
}

/* The peer may have given the Child SAs to the new IKE SA already: what is to be said of them is said there. */
static bool rekeyed_soon(struct ike_sa *sa)
{
	const struct xchg *x = sa->state == SA_UP ? family_x(sa, true) : NULL;

	return x && x->ike && x->state >= X_I_SENT;
}

/* Whose CREATE_CHILD_SA or IKE_FOLLOWUP_KE may go out, NULL: none. */
static struct ike_sa *create_ready(struct ike_sa *sa)
{
	struct xchg *x = sa->state == SA_UP ? family_x(sa, true) : NULL;

	if (!x || (x->state != X_I_READY && x->state != X_I_KE_READY))
		return NULL;
	return x->state == X_I_READY && x->ike && family_x(sa, false) ? NULL : x->sa;
}

/* One request at a time; DELETE before all others, and after it none. */
void sa_send_next(struct ike_sa *sa)
{
	bool child_delete = false, moving = false;
	struct ike_sa *creates;
	struct ike_writer w;

	sa = sa_trunk(sa);
	if (sa->state == SA_UP && !sa->send_delete)
		branch_next(sa);
	if ((sa->state != SA_UP && sa->state != SA_DELETING) || sa->out.data)
		return;
	sa_writer(sa, &w);
	if (sa->send_delete) {
		if (sa->send_auth_failed)
			w_notify(&w, N_AUTHENTICATION_FAILED, NULL, 0);
		w_delete_ike(&w);
	} else if (sa->send_update || sa->send_probe) {
		moving = true;
		mobike_write(sa, &w);
	} else if (!rekeyed_soon(sa) && write_child_delete(sa, &w)) {
		child_delete = true;
	} else if ((creates = create_ready(sa))) {
		create_i_send(creates);
		return;
	} else if (sa->send_qcd) {
		w_qcd(&w, sa);
	} else if (!sa->send_liveness) {
		return;
	} else {
		mobike_ask(sa, &w);
	}
	if (sa_request(sa, EXCH_INFORMATIONAL, &w)) {
		if (sa->send_delete || child_delete)
			sa_lose(sa);
		return;
	}
	sa->out.is_delete = sa->send_delete;
	sa->out.is_child_delete = child_delete;
	sa->out.is_update = moving && sa->send_update;
	sa->out.is_probe = moving && sa->send_probe;
	sa->send_delete = false;
	sa->send_qcd &= child_delete || moving;
	sa->send_liveness = false;
	if (moving)
		sa->send_update = sa->send_probe = false;
}

/* ---- answers ---- */

int sa_reply(struct ike_sa *sa, uint8_t exchange, struct ike_writer *inner)
{
	uint8_t *copy;
	size_t len;

	sa = sa_trunk(sa);
	len = seal(sa, exchange, true, sa->in.next, inner);
	copy = len ? copy_bytes(sa->e->buf, len) : NULL;
	sa->in.pending = false;
	if (!copy)
		return -ENOMEM;
	free(sa->in.reply);
	sa->in.reply = copy;
	sa->in.reply_len = len;
	sa->in.next++;
	ike_send_all(sa->e, &sa->in.local, &sa->in.remote, copy, len);
	return 0;
}

int sa_reply_notify(struct ike_sa *sa, uint8_t exchange, uint16_t type, const void *data, size_t len)
{
	struct ike_writer w;

	w_notify(sa_writer(sa, &w), type, data, len);
	return sa_reply(sa, exchange, &w);
}

/* The same bytes as before, where the repetition came from. */
void sa_repeat_reply(struct ike_sa *sa, const struct msg *m)
{
	if (sa->in.reply)
		ike_send_all(sa->e, &m->local, &m->remote, sa->in.reply, sa->in.reply_len);
}

void send_clear_notify(struct ike_engine *e, const struct msg *m, uint16_t type, const void *data,
		       size_t len)
{
	bool init = m->h.exchange == EXCH_IKE_SA_INIT;
	struct ike_writer w;

	w_init(&w, e->buf, sizeof(e->buf));
	w_header(&w, m->h.spi_i, init ? NULL : m->h.spi_r, m->h.exchange,
		 IKE_FLAG_RESPONSE | (~m->h.flags & IKE_FLAG_INITIATOR), m->h.id);
	w_notify(&w, type, data, len);
	w_finish(&w);
	if (!w.full)
		ike_send(e, &m->local, &m->remote, w.buf, w.len);
}
