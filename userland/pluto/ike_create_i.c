// SPDX-License-Identifier: GPL-2.0
/* CREATE_CHILD_SA as initiator, RFC 7296 1.3 and 2.8: a Child SA, new or rekeyed; of an IKE SA see ike_rekey.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* It did not work for now: once more, later. */
static void again(struct xchg *x)
{
	struct ike_sa *sa = x->sa;

	x_end(x);
	if (sa->child.rekey_at)
		sa->child.rekey_at = sa->e->now + engine_jitter(sa->e, IKE_REKEY_AGAIN_MS);
	child_timer_set(sa);
}

/* The peer has what was made, and we do not want it. */
static void discard(struct xchg *x)
{
	struct ike_sa *sa = x->sa;
	struct spare *s = x->spare;

	x->spare = NULL;
	spare_put(sa, s, &x->child);
	s->deleting = true;
	x_end(x);
}

/* The first Child SA of a branch, and not the peer's in its place. */
static bool is_first(const struct xchg *x)
{
	return !x->ike && !x->old;
}

/* The peer learns that we do not have what it made. */
static void bye(struct xchg *x, bool later)
{
	struct spare *s = x->spare;

	x->spare = NULL;
	spare_bye(sa_trunk(x->sa), s, x->child.c.spi_in, later);
}

/* What there is to be said of the conn has been said: the branch goes, if it has nothing else. */
static void first_end(struct xchg *x, bool later)
{
	struct ike_sa *sa = x->sa, *trunk = sa_trunk(sa);

	if (x->state > X_I_SENT)
		bye(x, later);
	x_end(x);
	branch_tidy(sa);
	if (!family_alive(trunk, NULL) && trunk->state == SA_UP)
		sa_close(trunk);
	else
		sa_send_next(trunk);
}

static void first_failed(struct xchg *x, enum ike_reason reason, const char *why)
{
	struct ike_sa *sa = x->sa;

	/* The peer's is there, or under way. */
	if (!sa->x_r && !sa->child.installed)
		conn_failed(sa, reason, "cannot create the Child SA: %s", why);
	first_end(x, false);
}

/* The peer may use ours until its own is up there, too: then it deletes it. */
void create_i_beaten(struct xchg *x)
{
	struct ike_sa *sa = x->sa;

	ike_log(sa->e, sa->conn, LOG_DEBUG, "the peer began at the same time: its Child SA stays");
	if (sa->conn->attempt == sa && !sa->x_r)
		sa->conn->attempt = NULL; /* else it goes on if the peer's fails */
	conn_touch(sa->conn);
	first_end(x, true);
}

/* It has what was agreed on; while there are key exchanges to come it has not. */
static bool peer_has(const struct xchg *x)
{
	return x->state > X_I_SENT && (x->state < X_I_KE_DH || x->state > X_I_KE_SENT);
}

void create_i_failed(struct xchg *x, const char *why)
{
	struct ike_sa *sa = x->sa;

	if (is_first(x)) {
		first_failed(x, x->state == X_I_SPI || x->state == X_I_INSTALL ? IKE_KERNEL : IKE_PROTOCOL, why);
		return;
	}
	ike_log(sa->e, sa->conn, LOG_WARNING, "cannot rekey the %s SA: %s", x->ike ? "IKE" : "Child", why);
	if (x->ike)
		rekey_i_lost(x);
	else if (peer_has(x))
		discard(x);
	else
		again(x);
	sa_send_next(sa);
}

static void begin(struct xchg *x)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];

	x_proposals(x->sa, false, list);
	x->group = list[0].dh;
	x->state = x->group ? X_I_DH : X_I_SPI;
	if (x->group ? x_dh_generate(x) : x_child_prepare(x))
		create_i_failed(x, "out of memory");
}

int rekey_child(struct ike_sa *sa)
{
	struct xchg *x;

	if (sa->state != SA_UP || sa->superseded || !sa->child.installed)
		return -ENOTCONN;
	if (family_x(sa, true) || family_x(sa, false) || spare_fresh(sa))
		return -EBUSY;
	x = x_new(sa, true, false);
	if (!x)
		return -ENOMEM;
	x->old = sa->child.c.child;
	begin(x);
	return 0;
}

void create_child(struct ike_sa *b)
{
	bool natted = b->conn->cfg.transport && mode_natted(b);
	struct xchg *x = natted ? NULL : x_new(b, true, false);
	struct ike_sa *trunk = b->trunk;

	if (x) {
		begin(x);
		return;
	}
	conn_failed(b, IKE_PROTOCOL, natted ? MODE_NATTED : "out of memory");
	branch_drop(b);
	branch_next(trunk);		/* else the others wait for what happens next */
}

void create_i_dh_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	struct ike_sa *sa = x->sa;

	free(x->ke);
	x->ke = error || len != ike_dh_len(x->group) ? NULL : copy_bytes(data, len);
	x->ke_len = len;
	if (!x->ke) {
		create_i_failed(x, "no key of its group");
		return;
	}
	if (x->ike || x->child.have_spi) {
		x->state = X_I_READY;
		sa_send_next(sa);
		return;
	}
	x->state = X_I_SPI;
	if (x_child_prepare(x))
		create_i_failed(x, "out of memory");
}

void create_i_spi_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	if (error || len != 4) {
		create_i_failed(x, error ? strerror(-error) : "an SPI of wrong length");
		return;
	}
	x_spi(x, data);
	x->state = X_I_READY;
	sa_send_next(x->sa);
}

static void first_selectors(struct ike_sa *sa, struct ike_child *c)
{
	c->n_local_ts = conn_ts(sa->conn, true, &sa->local, c->local_ts);
	c->n_remote_ts = conn_ts(sa->conn, false, &sa->home, c->remote_ts);
	demand_selectors(sa->conn, c);
}

/* The selectors are those in use, which the peer agreed to before (RFC 7296 2.9.2). */
static bool write_child(struct xchg *x, struct ike_writer *w)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	struct ike_child *c = &x->child.c;
	struct spare *s;
	struct child *old = child_by_serial(x->sa, x->old, &s);
	unsigned int n = x_proposals(x->sa, false, list);

	if (is_first(x)) {
		first_selectors(x->sa, c);
		c->transport = x->sa->conn->cfg.transport;
		w_mode(w, c->transport);
		w_proposals(w, list, n, c->spi_in);
		return true;
	}
	if (!old || s)
		return false;		/* it is not in use any more */
	memcpy(c->local_ts, old->c.local_ts, sizeof(c->local_ts));
	memcpy(c->remote_ts, old->c.remote_ts, sizeof(c->remote_ts));
	c->n_local_ts = old->c.n_local_ts;
	c->n_remote_ts = old->c.n_remote_ts;
	c->transport = old->c.transport;
	w_notify_spi(w, PROTO_ESP, old->c.spi_in, 4, N_REKEY_SA);
	w_mode(w, c->transport);
	w_proposals(w, list, n, c->spi_in);
	return true;
}

/* The window is free. */
void create_i_send(struct ike_sa *sa)
{
	struct xchg *x = sa->x_i;
	struct ike_child *c = &x->child.c;
	struct ike_writer w;

	if (x->state == X_I_KE_READY) {
		followup_i_send(x);
		return;
	}
	sa_writer(sa, &w);
	if (x->ike) {
		rekey_i_write(x, &w);
	} else if (!write_child(x, &w)) {
		x_end(x);
		return;
	}
	w_nonce(&w, x->nonce[0], x->nonce_len[0]);
	if (x->group)
		w_ke(&w, x->group, x->ke, x->ke_len);
	if (!x->ike) {
		w_ts(&w, PLD_TSi, c->local_ts, c->n_local_ts);
		w_ts(&w, PLD_TSr, c->remote_ts, c->n_remote_ts);
	}
	if (sa_request(sa, EXCH_CREATE_CHILD_SA, &w)) {
		if (is_first(x))
			first_failed(x, IKE_PROTOCOL, "out of memory");
		else
			x->ike ? rekey_i_lost(x) : again(x);
		return;
	}
	x->state = X_I_SENT;
	ike_log(sa->e, sa->conn, LOG_DEBUG, is_first(x) ? "creating another Child SA" : "rekeying the %s SA",
		x->ike ? "IKE" : "Child");
}

/* ---- the answer ---- */

static bool offers_group(const struct xchg *x, uint16_t group)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	unsigned int n = x->ike ? which_ike(x->sa, list) : x_proposals(x->sa, false, list), i;

	for (i = 0; i < n; i++)
		if (list[i].dh == group)
			return true;
	return false;
}

static void with_other_group(struct xchg *x, const struct ike_notify *n)
{
	uint16_t group = n->data.len == 2 ? get_u16(n->data.p) : 0;

	if (!group || group == x->group || !offers_group(x, group) || x->restarts == IKE_MAX_RESTARTS) {
		create_i_failed(x, "the peer wants another group");
		return;
	}
	x->restarts++;
	x->collided = false;
	if (x->dh_key)
		dh_forget_key(x->sa->e, x->dh_key);
	x->dh_key = 0;
	x->group = group;
	x->state = X_I_DH;
	if (x_dh_generate(x))
		create_i_failed(x, "out of memory");
}

/* The peer knows nothing of what we want to rekey. */
static void not_found(struct xchg *x)
{
	struct ike_sa *sa = x->sa;
	bool in_use = sa->child.installed && sa->child.c.child == x->old && !x->collided;

	x_end(x);
	if (!in_use || child_succeeded(sa))
		return;
	conn_lost(sa, IKE_GONE, "the peer does not have its Child SA any more");
	tunnel_close(sa, false);
}

/* The peer may want an IKE SA for each of its conns, or have another conn for these selectors. */
static void first_refused(struct xchg *x, uint16_t type)
{
	struct ike_sa *sa = x->sa, *trunk = sa_trunk(sa);
	struct ike_conn *conn = sa->conn;

	if (type == N_TEMPORARY_FAILURE || sa->x_r || sa->child.installed || conn->attempt != sa) {
		first_failed(x, IKE_PROTOCOL, ike_notify_name(type));
		return;
	}
	ike_log(sa->e, conn, LOG_INFO, "the peer has no Child SA for it in the IKE SA that stands (%s): it gets an IKE SA of its own",
		ike_notify_name(type));
	conn->refused_by = trunk->serial;
	conn->attempt = NULL;
	if (conn->tries)
		conn->tries--;
	first_end(x, false);
	conn_retry(conn);
}

static void refused(struct xchg *x, uint16_t type)
{
	struct ike_sa *sa = x->sa;

	if (is_first(x)) {
		first_refused(x, type);
		return;
	}
	if (type == N_CHILD_SA_NOT_FOUND && !x->ike) {
		not_found(x);
		return;
	}
	if (type != N_TEMPORARY_FAILURE && !x->collided && conn_renew(sa))
		ike_log(sa->e, sa->conn, LOG_NOTICE, "the peer does not rekey: the tunnel is made anew");
	create_i_failed(x, ike_notify_name(type));
}

static bool child_answer(struct xchg *x, const struct msg *m, const struct ike_offers *offers)
{
	const struct ike_payload *ti = ike_find(&m->in, PLD_TSi), *tr = ike_find(&m->in, PLD_TSr);
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	const struct ike_proposal *p;
	struct ike_child *c = &x->child.c;
	struct ike_ts_list i, r;

	p = ike_chosen(offers, true, list, x_proposals(x->sa, false, list));
	if (!p || !get_u32(offers->list[0].spi))
		return false;
	if (!ti || !tr || ike_ts_parse(ti->body, &i) || ike_ts_parse(tr->body, &r) || !i.n || !r.n ||
	    i.n > IKE_MAX_TS || r.n > IKE_MAX_TS || !ike_ts_within(i.list, i.n, c->local_ts, c->n_local_ts) ||
	    !ike_ts_within(r.list, r.n, c->remote_ts, c->n_remote_ts))
		return false;
	if (mode_said(&m->in) != c->transport)
		return false;
	x->alg = *p;
	c->alg = *p;
	memcpy(c->spi_out, offers->list[0].spi, 4);
	c->n_local_ts = ike_ts_reduce(i.list, i.n, c->local_ts);
	c->n_remote_ts = ike_ts_reduce(r.list, r.n, c->remote_ts);
	return true;
}

/* Everything there and well formed, and nothing that was not offered. */
static bool answer_take(struct xchg *x, const struct msg *m)
{
	const struct ike_payload *s = ike_find(&m->in, PLD_SA), *n = ike_find(&m->in, PLD_NONCE);
	struct ike_offers offers;
	struct view value;

	if (!s || !n || ike_sa_parse(s->body, &offers) || n->body.len < 16 || n->body.len > IKE_MAX_NONCE)
		return false;
	if (x->ike ? !rekey_i_answer(x, &offers) : !child_answer(x, m, &offers))
		return false;
	if (x->ike)
		qcd_note(x->made, &m->in);
	x->nonce_len[1] = n->body.len;
	memcpy(x->nonce[1], n->body.p, n->body.len);
	free(x->ke);
	x->ke = NULL;
	if (followup_due(x) && !followup_link(x, &m->in))
		return false;
	if (!x->alg.dh)
		return true;
	if (x->group != x->alg.dh || !ke_value(&m->in, x->group, true, &value))
		return false;
	x->ke = copy_bytes(value.p, value.len);
	x->ke_len = value.len;
	return x->ke;
}

void create_i_go_on(struct xchg *x)
{
	struct ike_sa *sa = x->sa;

	if (x->ike) {
		rekey_i_done(x);
	} else if (is_first(x) && x_loses(x)) {
		create_i_beaten(x);
	} else if (x_loses(x) || sa->superseded) {
		ike_log(sa->e, sa->conn, LOG_DEBUG, "the peer rekeyed at the same time: its Child SA stays");
		discard(x);
		sa_send_next(sa);
	} else {
		x->state = X_I_INSTALL;
		x_install(x);
	}
}

static void accepted(struct xchg *x, const struct msg *m)
{
	x->state = X_I_SHARED;		/* from here on the peer has it, unless more key exchanges follow */
	if (!answer_take(x, m)) {
		create_i_failed(x, "the peer's answer makes no sense");
		return;
	}
	if (x->alg.dh) {
		if (x_dh_shared(x))
			create_i_failed(x, "out of memory");
		return;
	}
	create_i_go_on(x);
}

/* The conn was taken down meanwhile. */
static void dispose(struct xchg *x, uint16_t error)
{
	if (!error)
		bye(x, false);
	x_end(x);
}

void create_child_response(struct ike_sa *sa, struct msg *m)
{
	struct xchg *x = family_x(sa, true);
	struct ike_notify n;
	uint16_t error = ike_notify_error(&m->in);

	sa_answered(sa);
	if (sa->state != SA_UP || !x || x->state != X_I_SENT)
		;			/* it is not wanted any more */
	else if (x->unwanted)
		dispose(x, error);
	else if (ike_notify_find(&m->in, N_INVALID_KE_PAYLOAD, &n))
		with_other_group(x, &n);
	else if (error)
		refused(x, error);
	else
		accepted(x, m);
	sa_send_next(sa);
}

void create_i_gone(struct ike_sa *sa, const uint8_t spi[4])
{
	struct xchg *x = family_x(sa, true);

	if (x && !x->ike && x->state >= X_I_SENT && x->n_gone < IKE_MAX_GONE)
		memcpy(x->gone[x->n_gone++], spi, 4);
}

static bool is_gone(const struct xchg *x)
{
	unsigned int i;

	for (i = 0; i < x->n_gone; i++)
		if (!memcmp(x->gone[i], x->child.c.spi_out, 4))
			return true;
	return false;
}

void create_i_shared_done(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	if (error || x_keep_secret(x, data, len))
		create_i_failed(x, "the peer's public value is refused");
	else
		followup_i_next(x);
}

void create_i_installed(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	struct ike_sa *sa = x->sa;
	struct spare *s = x->spare;
	uint32_t old = x->old;
	bool first;

	(void)data;
	(void)len;
	if (!error && is_gone(x)) {
		child_installed(x->sa, &x->child);
		is_first(x) ? first_failed(x, IKE_GONE, "the peer has deleted it") : create_i_failed(x, "the peer has deleted it");
		return;
	}
	if (error && is_first(x)) {
		first_failed(x, IKE_KERNEL, strerror(-error));
		return;
	}
	if (error) {
		create_i_failed(x, strerror(-error));
		if (sa->child.rekey_at)
			sa->child.rekey_at = sa->e->now + engine_jitter(sa->e, IKE_REKEY_AGAIN_MS);
		return;
	}
	first = !sa->child.installed;
	if (!first) {
		x->spare = NULL;
		spare_put(sa, s, &sa->child);
	}
	child_hand_over(&sa->child, &x->child);
	child_installed(sa, &sa->child);
	if (!first)
		child_lifetime(sa, &sa->child);
	x_end(x);
	if (first) {
		conn_sa_up(sa);
		return;
	}
	child_announce(sa, &sa->child, "rekeyed");
	if (old)
		child_retire(sa, old);
	sa_send_next(sa);
}
