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
	timer_clear(&conn->e->heap, &conn->demand.t_shunt);
	heap_release(&conn->e->heap, CONN_TIMERS);
	if (conn->of)
		conn_put(conn->of);
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

uint64_t engine_random(struct ike_engine *e, uint64_t below)
{
	uint16_t r;

	e->env.random(e->env.ctx, &r, sizeof(r));
	return below * r / 65536;
}

uint64_t engine_jitter(struct ike_engine *e, uint64_t ms)
{
	return ms + engine_random(e, ms / 4);
}

static uint64_t backoff(const struct ike_conn *conn)
{
	uint64_t ms = retry_ms(conn->e);
	unsigned int i;

	for (i = 1; i < conn->tries && ms < IKE_RETRY_MAX_MS; i++)
		ms *= 2;
	return ms < IKE_RETRY_MAX_MS ? ms : IKE_RETRY_MAX_MS;
}

/* By people, by packets, or because what stands nears its end. */
static bool asked_for(const struct ike_conn *conn)
{
	return conn->wanted || conn->demand.pending || conn->renew;
}

static void retry_after(struct ike_conn *conn, uint64_t ms)
{
	struct ike_engine *e = conn->e;

	if (!asked_for(conn) || conn->gone || conn->attempt || (conn->current && !conn->renew))
		return;
	if (conn->cfg.keyingtries && conn->tries >= conn->cfg.keyingtries) {
		ike_log(e, conn, LOG_NOTICE, "gave up after %u attempts (keyingtries=)",
			conn->tries);
		conn->wanted = false;
		conn->tries = 0;
		return;
	}
	timer_set(&e->heap, &conn->t_retry, e->now + (ms ? engine_jitter(e, ms) : 0));
}

/* Also the timer: begins an attempt unless one is under way or none is needed. */
void conn_retry(void *owner)
{
	struct ike_conn *conn = owner;
	struct ike_sa *sa, *trunk;

	timer_clear(&conn->e->heap, &conn->t_retry);
	if (conn->attempt || conn->gone || !asked_for(conn) || (conn->current && !conn->renew))
		return;
	conn->tries++;
	trunk = branch_trunk(conn);
	sa = trunk ? branch_new(trunk, conn) : sa_new(conn->e, true, &conn->cfg.local, &conn->cfg.remote);
	if (!sa) {
		retry_after(conn, backoff(conn));
		conn_touch(conn);
		return;
	}
	if (!trunk)
		sa_attach(sa, conn);
	conn->attempt = sa;
	conn_touch(conn);
	if (trunk)
		sa_send_next(trunk);
	else
		init_start(sa);
}

bool conn_renew(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;

	if (!conn || conn->current != sa || !conn->cfg.remote.family || sa->superseded)
		return false;
	conn->renew = true;
	conn_retry(conn);
	return true;
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
	eaten_trial_over(conn, false);
	ike_log(sa->e, conn, matters || conn->renew ? LOG_WARNING : LOG_DEBUG, "%s",
		text ? text : "out of memory");
	if (matters) {
		remember(conn, reason, text ? text : "out of memory");
		ike_report(conn, IKE_FAILED, reason, "%s", text ? text : "out of memory");
		demand_failed(conn, reason);
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

static void peer_dead(struct ike_conn *conn)
{
	enum ike_dpd action = conn->cfg.dpd_action;

	if (action == IKE_DPD_RESTART && conn->cfg.remote.family)
		conn->wanted = true;
	else if (action != IKE_DPD_UNSAID)
		conn->wanted = false;
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
	if (reason == IKE_NO_ANSWER && !conn->current)
		peer_dead(conn);
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

/* It has no Child SA of its own any more, but is there for others. */
static bool carries_others(const struct ike_sa *sa)
{
	return !sa->trunk && !sa->child.installed && family_alive(sa, NULL);
}

/* One IKE SA that @sa puts an end to and that @sa's side has yet to do something about, or NULL. */
static struct ike_sa *superseded(const struct ike_sa *sa)
{
	struct ike_sa *o;

	for (o = sa->e->all; o; o = o->all_next) {
		if (o == sa || o->trunk == sa || o->state != SA_UP || !o->up || !same_ends(sa, o))
			continue;
		if (o->superseded && !sa->initiator)
			continue;
		if (forgotten(sa, o) || (o->conn == sa->conn && o != sa->trunk && !carries_others(o)))
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
		if (forgotten(sa, o)) {
			family_lost(sa_trunk(o), IKE_GONE, "the peer began anew");
			sa_drop(sa_trunk(o));
		} else if (sa->initiator) {
			tunnel_close(o, true);
		} else {
			tunnel_linger(o);
		}
	}
}

void sa_lifetime(struct ike_sa *sa)
{
	uint32_t life = sa->conn->cfg.ike_lifetime;

	if (!life)
		return;
	sa->expires = sa->e->now + 1000ull * life;
	timer_set(&sa->e->heap, &sa->t_life, sa->conn->cfg.no_rekey ? sa->expires :
		  sa->expires - rekey_margin_ms(sa, life));
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

/* An attempt that has not gone so far that the peer may have something of it. */
static void let_go(struct ike_sa *sa)
{
	if (sa->trunk && !sa->x_i)
		branch_drop(sa);
	if (sa->state >= SA_I_AUTH)
		return;
	branches_scatter(sa);
	sa_drop(sa);
}

void conn_sa_up(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;
	struct ike_engine *e = sa->e;

	sa->up = ++e->seq;
	sa->up_at = e->now;
	sa_heard(sa_trunk(sa));
	if (!sa->child.installed) {
		timer_set(&e->heap, &sa->t_state, e->now + IKE_CHILDLESS_MS);
		sa_lifetime(sa);
		sa_send_next(sa);
		return;
	}
	conn->current = sa;
	conn->renew = false;
	eaten_trial_over(conn, true);
	conn->tries = 0;
	timer_clear(&e->heap, &conn->t_retry);
	if (conn->attempt == sa)
		conn->attempt = NULL;
	else if (conn->attempt)
		let_go(conn->attempt);	/* the peer was faster; see beats() */
	demand_served(conn);
	end_superseded(sa);
	if (!sa->trunk)
		sa_lifetime(sa);
	child_lifetime(sa, &sa->child);
	child_timer_set(sa);
	remember(conn, IKE_OK, "");
	conn_touch(conn);
	announce(sa);
	sa_send_next(sa);
}
