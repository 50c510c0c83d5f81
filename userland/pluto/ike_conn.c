// SPDX-License-Identifier: GPL-2.0
/* Conns: what is wanted, what is tried, what came of it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

void conn_get(struct ike_conn *conn)
{
	conn->refs++;
}

void conn_put(struct ike_conn *conn)
{
	if (--conn->refs)
		return;
	timer_clear(&conn->e->heap, &conn->t_retry);
	heap_release(&conn->e->heap, 1);
	free(conn->last_text);
	free(conn->name);
	free(conn);
}

static enum ike_conn_state state_now(const struct ike_conn *conn)
{
	if (conn->current)
		return IKE_CONN_ESTABLISHED;
	if (conn->attempt)
		return IKE_CONN_TRYING;
	return conn->t_retry.slot ? IKE_CONN_WAITING : IKE_CONN_IDLE;
}

void conn_touch(struct ike_conn *conn)
{
	enum ike_conn_state state = state_now(conn);

	if (state == conn->state)
		return;
	conn->state = state;
	conn->since = conn->e->now;
}

void conn_progress(struct ike_sa *sa, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!sa->conn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ike_log(sa->e, sa->conn, LOG_DEBUG, "%s", text);
	ike_report(sa->conn, IKE_PROGRESS, IKE_OK, "%s", text);
}

static void remember(struct ike_conn *conn, enum ike_reason reason, const char *text)
{
	free(conn->last_text);
	conn->last_text = strdup(text);
	conn->last_reason = reason;
}

static uint64_t retry_ms(const struct ike_engine *e)
{
	return e->env.retry_ms ? e->env.retry_ms : IKE_RETRY_MS;
}

/* Up to a quarter more, so that two who failed together do not come back together. */
static uint64_t jitter(struct ike_engine *e, uint64_t ms)
{
	uint16_t r;

	e->env.random(e->env.ctx, &r, sizeof(r));
	return ms + ms * r / (4 * 65536);
}

static uint64_t backoff(const struct ike_conn *conn)
{
	uint64_t ms = retry_ms(conn->e);
	unsigned int i;

	for (i = 1; i < conn->tries && ms < IKE_RETRY_MAX_MS; i++)
		ms *= 2;
	return ms < IKE_RETRY_MAX_MS ? ms : IKE_RETRY_MAX_MS;
}

static void retry_after(struct ike_conn *conn, uint64_t ms)
{
	struct ike_engine *e = conn->e;

	if (!conn->wanted || conn->gone || conn->attempt || (conn->current && !conn->renew))
		return;
	if (conn->cfg.keyingtries && conn->tries >= conn->cfg.keyingtries) {
		ike_log(e, conn, LOG_NOTICE, "gave up after %u attempts (keyingtries=)",
			conn->tries);
		conn->wanted = false;
		conn->tries = 0;
		return;
	}
	timer_set(&e->heap, &conn->t_retry, e->now + (ms ? jitter(e, ms) : 0));
}

/* Also the timer: begins an attempt unless one is under way or none is needed. */
void conn_retry(void *owner)
{
	struct ike_conn *conn = owner;
	struct ike_sa *sa;

	timer_clear(&conn->e->heap, &conn->t_retry);
	if (conn->attempt || conn->gone || !conn->wanted || (conn->current && !conn->renew))
		return;
	conn->tries++;
	sa = sa_new(conn->e, true, &conn->cfg.local, &conn->cfg.remote);
	if (!sa) {
		retry_after(conn, backoff(conn));
		conn_touch(conn);
		return;
	}
	sa_attach(sa, conn);
	conn->attempt = sa;
	conn_touch(conn);
	init_start(sa);
}

/* The text of a failure, to be freed; never NULL. */
static char *text_of(const char *fmt, va_list ap)
{
	char *text;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

void conn_failed(struct ike_sa *sa, enum ike_reason reason, const char *fmt, ...)
{
	struct ike_conn *conn = sa->conn;
	bool matters;
	va_list ap;
	char *text;

	if (!conn || conn->attempt != sa)
		return;
	va_start(ap, fmt);
	text = text_of(fmt, ap);
	va_end(ap);
	conn->attempt = NULL;
	matters = !conn->current;
	ike_log(sa->e, conn, matters || conn->renew ? LOG_WARNING : LOG_DEBUG, "%s",
		text ? text : "out of memory");
	if (matters) {
		remember(conn, reason, text ? text : "out of memory");
		ike_report(conn, IKE_FAILED, reason, "%s", text ? text : "out of memory");
	}
	free(text);
	retry_after(conn, backoff(conn));
	conn_touch(conn);
}

/* Another IKE SA of @conn whose Child SA stands, or NULL. */
static struct ike_sa *other_up(const struct ike_conn *conn, const struct ike_sa *but)
{
	struct ike_sa *sa;

	for (sa = conn->sas; sa; sa = sa->conn_next)
		if (sa != but && sa->state == SA_UP && sa->child.installed && !sa->superseded)
			return sa;
	return NULL;
}

void conn_lost(struct ike_sa *sa, enum ike_reason reason, const char *fmt, ...)
{
	struct ike_conn *conn = sa->conn;
	va_list ap;
	char *text;

	if (!conn || conn->current != sa)
		return;
	va_start(ap, fmt);
	text = text_of(fmt, ap);
	va_end(ap);
	conn->current = other_up(conn, sa);
	remember(conn, reason, text ? text : "out of memory");
	ike_log(sa->e, conn, LOG_NOTICE, "tunnel down: %s", conn->last_text ? conn->last_text : "");
	if (!conn->current) {
		conn->renew = false;
		ike_report(conn, IKE_DOWN, reason, "%s", text ? text : "out of memory");
		retry_after(conn, reason == IKE_NO_ANSWER ? 0 : retry_ms(sa->e));
	}
	free(text);
	conn_touch(conn);
}

/* ---- up ---- */

/* Two IKE SAs between the same two identities. */
static bool same_ends(const struct ike_sa *a, const struct ike_sa *b)
{
	return a->conn && b->conn && sa_same_peer(a, b) &&
	       ike_id_equal(&a->conn->cfg.local_id, &b->conn->cfg.local_id);
}

/* RFC 7296 2.4: what the peer had before it began this one it has no more. */
static bool forgotten(const struct ike_sa *sa, const struct ike_sa *old)
{
	return sa->initial_contact && old->up < sa->born;
}

/* One IKE SA that @sa puts an end to and that @sa's side has yet to do something about, or NULL. */
static struct ike_sa *superseded(const struct ike_sa *sa)
{
	struct ike_sa *o;

	for (o = sa->e->all; o; o = o->all_next) {
		if (o == sa || o->state != SA_UP || !same_ends(sa, o))
			continue;
		if (o->superseded && !sa->initiator)
			continue;
		if (o->conn == sa->conn || forgotten(sa, o))
			return o;
	}
	return NULL;
}

/*
 * The side that began the new one is the last to have it up, so it deletes the old: until
 * then the other side still takes in what comes through the old.
 */
static void end_superseded(struct ike_sa *sa)
{
	struct ike_sa *o;

	while ((o = superseded(sa))) {
		if (o->conn != sa->conn)
			conn_lost(o, IKE_GONE, "the peer began anew");
		if (forgotten(sa, o)) {
			sa_drop(o);
		} else if (sa->initiator) {
			sa_close(o);
		} else {
			o->superseded = true;
			timer_set(&sa->e->heap, &o->t_state, sa->e->now + IKE_LINGER_MS);
		}
	}
}

static void set_lifetime(struct ike_sa *sa)
{
	uint64_t a = sa->conn->cfg.ike_lifetime, b = sa->conn->cfg.sa_lifetime, ms;

	ms = 1000 * (!a || (b && b < a) ? b : a);
	if (!ms)
		return;
	sa->expires = sa->e->now + ms;
	ms = ms / 100 * IKE_RENEW_PERCENT;
	timer_set(&sa->e->heap, &sa->t_life, sa->e->now + ms - ms / 20 + jitter(sa->e, ms / 20) / 2);
}

static void announce(struct ike_sa *sa)
{
	char ike[IKE_PROPOSAL_TEXT], esp[IKE_PROPOSAL_TEXT], peer[IKE_ID_TEXT];
	char l[IKE_TS_TEXT], r[IKE_TS_TEXT], text[2 * IKE_TS_TEXT + IKE_ID_TEXT + 300];
	const struct ike_child *c = &sa->child.c;

	snprintf(text, sizeof(text), "tunnel up with %s: %s === %s, ESP %s, SPI in 0x%08x out 0x%08x, IKE %s",
		 ike_id_text(&sa->peer_id, peer), ike_ts_text(c->local_ts, c->n_local_ts, l),
		 ike_ts_text(c->remote_ts, c->n_remote_ts, r), ike_proposal_text(&c->alg, esp),
		 get_u32(c->spi_in), get_u32(c->spi_out), ike_proposal_text(&sa->alg, ike));
	ike_log(sa->e, sa->conn, LOG_NOTICE, "%s", text);
	ike_report(sa->conn, IKE_UP, IKE_OK, "%s", text);
}

void conn_sa_up(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;
	struct ike_engine *e = sa->e;

	sa->up = ++e->seq;
	sa_heard(sa);
	if (!sa->child.installed) {
		timer_set(&e->heap, &sa->t_state, e->now + IKE_CHILDLESS_MS);
		return;
	}
	conn->current = sa;
	conn->renew = false;
	conn->tries = 0;
	timer_clear(&e->heap, &conn->t_retry);
	if (conn->attempt == sa)
		conn->attempt = NULL;
	else if (conn->attempt && conn->attempt->state < SA_I_AUTH)
		sa_drop(conn->attempt);	/* the peer was faster; see beats() */
	end_superseded(sa);
	set_lifetime(sa);
	remember(conn, IKE_OK, "");
	conn_touch(conn);
	announce(sa);
}
