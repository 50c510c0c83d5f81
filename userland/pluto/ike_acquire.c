// SPDX-License-Identifier: GPL-2.0
/*
 * Conns on demand: a packet that met the trap of a conn brings it up. A conn has one attempt at a
 * time, however many flows wait for it; each of their holds gets an answer: the tunnel, a shunt,
 * or a refusal, after which the kernel asks again later and later.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ike_internal.h"

/* ---- out ---- */

static void refuse(struct ike_engine *e, struct ike_conn *conn, uint32_t seq, int error)
{
	struct act *act = act_new(IKE_REFUSE, conn, 0);

	if (!act)
		return;			/* the kernel asks again, or gives up by itself */
	act->a.refuse.seq = seq;
	act->a.refuse.error = error;
	act_push(e, act);
}

static void shunt_set(struct ike_conn *conn, enum ike_shunt shunt)
{
	struct act *act;

	timer_clear(&conn->e->heap, &conn->demand.t_shunt);
	if (conn->demand.shunt == shunt)
		return;
	act = act_new(IKE_SHUNT, conn, 0);
	if (!act)
		return;			/* what is there stays */
	conn->demand.shunt = shunt;
	act->a.shunt = shunt;
	act_push(conn->e, act);
}

static int error_of(enum ike_reason reason)
{
	switch (reason) {
	case IKE_NO_ANSWER:
		return ETIMEDOUT;
	case IKE_AUTH_FAILED:
	case IKE_NO_SECRET:
		return EACCES;
	case IKE_TS_UNACCEPTABLE:
		return EHOSTUNREACH;
	case IKE_GONE:
		return ECANCELED;
	default:
		return ECONNREFUSED;
	}
}

/* ---- who waits ---- */

static void remember(struct demand *d, uint32_t seq)
{
	unsigned int i;

	for (i = 0; i < d->n_holds; i++)
		if (d->holds[i] == seq)
			return;
	if (d->n_holds < IKE_MAX_HOLDS)
		d->holds[d->n_holds++] = seq;
}

static void refuse_all(struct ike_conn *conn, int error)
{
	struct demand *d = &conn->demand;

	while (d->n_holds)
		refuse(conn->e, conn, d->holds[--d->n_holds], error);
}

static uint64_t shunt_ms(const struct ike_engine *e)
{
	return e->env.shunt_ms ? e->env.shunt_ms : IKE_SHUNT_MS;
}

static void shunt_timer(void *owner)
{
	struct ike_conn *conn = owner;

	ike_log(conn->e, conn, LOG_NOTICE, "the failure shunt is over: the next packet asks again");
	shunt_set(conn, IKE_SHUNT_TRAP);
}

void demand_init(struct ike_conn *conn)
{
	conn->demand.t_shunt.fn = shunt_timer;
	conn->demand.t_shunt.owner = conn;
}

/* ---- what came of it ---- */

static void fail_shunt(struct ike_conn *conn)
{
	static const char *const names[] = { "hold", "passthrough", "drop", "reject" };
	struct demand *d = &conn->demand;
	unsigned int seconds = shunt_ms(conn->e) / 1000;

	shunt_set(conn, conn->cfg.failureshunt);
	if (d->shunt == IKE_SHUNT_TRAP)
		return;
	timer_set(&conn->e->heap, &d->t_shunt, conn->e->now + shunt_ms(conn->e));
	ike_log(conn->e, conn, LOG_NOTICE, "failureshunt=%s for %u s, or until it comes up", names[d->shunt], seconds);
}

void demand_failed(struct ike_conn *conn, enum ike_reason reason)
{
	struct demand *d = &conn->demand;
	unsigned int doublings;

	if (!d->pending)
		return;
	if (reason == IKE_NO_ANSWER && conn->tries < conn->cfg.keyingtries)
		return;			/* it is tried again */
	doublings = d->failures < IKE_DEAF_DOUBLINGS ? d->failures : IKE_DEAF_DOUBLINGS;
	d->failures++;
	d->deaf_until = conn->e->now + ((uint64_t)IKE_DEAF_MS << doublings);
	d->pending = false;
	fail_shunt(conn);
	refuse_all(conn, error_of(reason));
}

void demand_served(struct ike_conn *conn)
{
	struct demand *d = &conn->demand;

	d->pending = false;
	d->n_holds = 0;
	d->failures = 0;
	d->deaf_until = 0;
	shunt_set(conn, IKE_SHUNT_TRAP);
}

void demand_cancel(struct ike_conn *conn)
{
	refuse_all(conn, ECANCELED);
	demand_served(conn);
}

void demand_selectors(const struct ike_conn *conn, struct ike_child *c)
{
	const struct demand *d = &conn->demand;

	if (!d->pending || c->n_local_ts == IKE_MAX_TS || c->n_remote_ts == IKE_MAX_TS ||
	    !ike_ts_within(&d->local, 1, c->local_ts, c->n_local_ts) ||
	    !ike_ts_within(&d->remote, 1, c->remote_ts, c->n_remote_ts))
		return;
	memmove(c->local_ts + 1, c->local_ts, c->n_local_ts++ * sizeof(c->local_ts[0]));
	memmove(c->remote_ts + 1, c->remote_ts, c->n_remote_ts++ * sizeof(c->remote_ts[0]));
	c->local_ts[0] = d->local;
	c->remote_ts[0] = d->remote;
}

/* ---- in ---- */

static void packet_text(const struct ike_acquire *a, char *buf, size_t size)
{
	char l[IKE_TS_TEXT], r[IKE_TS_TEXT];

	snprintf(buf, size, "%s -> %s", ike_ts_text(&a->local, 1, l), ike_ts_text(&a->remote, 1, r));
}

#define PACKET_TEXT (2 * IKE_TS_TEXT + 8)

static enum ike_acquired unmatched(struct ike_engine *e, const struct ike_acquire *a)
{
	char text[PACKET_TEXT];

	packet_text(a, text, sizeof(text));
	ike_log_limited(e, LOG_WARNING, "a packet %s met a trap that is of no conn: refused; look at \"ipsec eroute\"", text);
	refuse(e, NULL, a->seq, ENOENT);
	return IKE_ACQ_UNMATCHED;
}

/* The tunnel came up while the packet was on its way here, or the peer narrowed it to others. */
static enum ike_acquired already_up(struct ike_conn *conn, const struct ike_acquire *a)
{
	const struct ike_child *c = &conn->current->child.c;
	char text[PACKET_TEXT];

	if (ike_ts_within(&a->local, 1, c->local_ts, c->n_local_ts) &&
	    ike_ts_within(&a->remote, 1, c->remote_ts, c->n_remote_ts))
		return IKE_ACQ_DUPLICATE;
	packet_text(a, text, sizeof(text));
	ike_log_limited(conn->e, LOG_WARNING, "conn \"%s\": a packet %s is outside of what the peer agreed to: refused",
			conn->name, text);
	refuse(conn->e, conn, a->seq, EHOSTUNREACH);
	return IKE_ACQ_REFUSED;
}

static enum ike_acquired start(struct ike_conn *conn, const struct ike_acquire *a)
{
	struct demand *d = &conn->demand;
	bool under_way = conn->attempt;
	char text[PACKET_TEXT];

	packet_text(a, text, sizeof(text));
	ike_log(conn->e, conn, LOG_INFO, "a packet %s asks for it", text);
	d->pending = true;
	d->local = a->local;
	d->remote = a->remote;
	d->n_holds = 0;
	remember(d, a->seq);
	shunt_set(conn, conn->cfg.negotiationshunt);
	if (under_way)
		return IKE_ACQ_DUPLICATE;
	if (!conn->wanted)
		conn->tries = 0;
	conn_retry(conn);
	return IKE_ACQ_STARTED;
}

static enum ike_acquired asked(struct ike_conn *conn, const struct ike_acquire *a)
{
	struct demand *d = &conn->demand;

	if (conn->current)
		return already_up(conn, a);
	if (d->pending && (conn->attempt || conn->t_retry.slot)) {
		remember(d, a->seq);
		return IKE_ACQ_DUPLICATE;
	}
	if (d->shunt != IKE_SHUNT_TRAP || conn->e->now < d->deaf_until) {
		refuse(conn->e, conn, a->seq, error_of(conn->last_reason));
		return IKE_ACQ_REFUSED;
	}
	return start(conn, a);
}

enum ike_acquired ike_acquire(struct ike_engine *e, const char *name, const struct ike_acquire *a, uint64_t now)
{
	struct ike_conn *conn = name ? conn_find(e, name) : NULL;
	enum ike_acquired kind;

	engine_enter(e, now);
	kind = conn && conn->demand.routed ? asked(conn, a) : unmatched(e, a);
	e->acquires[kind]++;
	engine_leave(e);
	return kind;
}

void ike_acquires(const struct ike_engine *e, uint64_t counts[IKE_ACQ_KINDS])
{
	memcpy(counts, e->acquires, sizeof(e->acquires));
}

/* ---- commands ---- */

int ike_conn_route(struct ike_engine *e, const char *name, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);

	if (!conn)
		return -ENOENT;
	if (!conn->cfg.remote.family)
		return -EDESTADDRREQ;
	engine_enter(e, now);
	conn->demand.routed = true;
	engine_leave(e);
	return 0;
}

int ike_conn_unroute(struct ike_engine *e, const char *name, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);

	if (!conn)
		return -ENOENT;
	if (conn->current)
		return -EBUSY;
	engine_enter(e, now);
	if (conn->demand.pending && !conn->wanted)
		conn_take_down(conn, N_TEMPORARY_FAILURE);
	demand_cancel(conn);
	conn->demand.routed = false;
	engine_leave(e);
	return 0;
}
