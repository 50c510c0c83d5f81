// SPDX-License-Identifier: GPL-2.0
/* What goes out of the engine: the queue of actions, the requests and their book-keeping. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* One block holds the action, the name of the conn and @extra bytes to point to. */
struct act *act_new(enum ike_action_kind kind, struct ike_conn *conn, size_t extra)
{
	size_t name = conn ? strlen(conn->name) + 1 : 0;
	struct act *act = calloc(1, sizeof(*act) + extra + name);

	if (!act)
		return NULL;
	act->size = sizeof(*act) + extra + name;
	act->a.kind = kind;
	if (conn)
		act->a.conn = memcpy(act->extra + extra, conn->name, name);
	return act;
}

/* Keys may be inside. */
void act_free(struct act *act)
{
	if (!act)
		return;
	explicit_bzero(act, act->size);
	free(act);
}

void act_push(struct ike_engine *e, struct act *act)
{
	act->next = NULL;
	*e->last = act;
	e->last = &act->next;
}

const struct ike_action *ike_next_action(struct ike_engine *e)
{
	act_free(e->current);
	e->current = e->first;
	if (!e->current)
		return NULL;
	e->first = e->current->next;
	if (!e->first)
		e->last = &e->first;
	return &e->current->a;
}

/* Without memory the datagram is lost, as any datagram may be. */
void ike_send(struct ike_engine *e, const struct ike_addr *local, const struct ike_addr *remote,
	      const uint8_t *data, size_t len)
{
	struct act *act = act_new(IKE_SEND, NULL, len);

	if (!act)
		return;
	act->a.send.local = *local;
	act->a.send.remote = *remote;
	act->a.send.data = memcpy(act->extra, data, len);
	act->a.send.len = len;
	act_push(e, act);
}

/* The text as the extra bytes of an action; NULL without memory: a line lost. */
static struct act *act_text(enum ike_action_kind kind, struct ike_conn *conn, const char *fmt,
			    va_list ap)
{
	struct act *act;
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	act = len < 0 ? NULL : act_new(kind, conn, len + 1);
	if (act)
		vsnprintf((char *)act->extra, len + 1, fmt, ap);
	return act;
}

static void vlog(struct ike_engine *e, struct ike_conn *conn, int level, const char *fmt,
		 va_list ap)
{
	struct act *act = act_text(IKE_LOG, conn, fmt, ap);

	if (!act)
		return;
	act->a.log.level = level;
	act->a.log.text = (const char *)act->extra;
	act_push(e, act);
}

void ike_log(struct ike_engine *e, struct ike_conn *conn, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(e, conn, level, fmt, ap);
	va_end(ap);
}

bool limit_ok(struct ike_engine *e, struct limit *l, unsigned int max)
{
	if (e->now - l->start >= 10000) {
		l->start = e->now;
		l->n = 0;
	}
	return l->n++ < max;
}

void ike_log_limited(struct ike_engine *e, int level, const char *fmt, ...)
{
	va_list ap;

	if (!limit_ok(e, &e->log_limit, 10)) {
		if (e->log_limit.n == 11)
			ike_log(e, NULL, level, "more lines of this kind are left out for ten seconds");
		return;
	}
	va_start(ap, fmt);
	vlog(e, NULL, level, fmt, ap);
	va_end(ap);
}

void ike_report(struct ike_conn *conn, enum ike_report_kind kind, enum ike_reason reason,
		const char *fmt, ...)
{
	struct act *act;
	va_list ap;

	va_start(ap, fmt);
	act = act_text(IKE_REPORT, conn, fmt, ap);
	va_end(ap);
	if (!act)
		return;
	act->a.report.kind = kind;
	act->a.report.reason = reason;
	act->a.report.text = (const char *)act->extra;
	act_push(conn->e, act);
}

/* ---- requests ---- */

int req_send(struct ike_sa *sa, struct act *act)
{
	struct ike_engine *e = sa->e;
	struct req *r = act ? calloc(1, sizeof(*r)) : NULL;

	if (!r) {
		act_free(act);
		return -ENOMEM;
	}
	if (!++e->next_req)
		e->next_req = 1;
	r->id = e->next_req;
	r->kind = act->a.kind;
	r->sa = sa;
	r->next = e->reqs[r->id % IKE_BUCKETS];
	e->reqs[r->id % IKE_BUCKETS] = r;
	sa->req = r;
	act->a.id = r->id;
	act_push(e, act);
	return 0;
}

int req_dh_generate(struct ike_sa *sa)
{
	struct act *act = act_new(IKE_DH_GENERATE, sa->conn, 0);

	if (!act)
		return -ENOMEM;
	act->a.dh_generate.group = sa->group;
	sa->e->env.random(sa->e->env.ctx, act->a.dh_generate.seed, sizeof(act->a.dh_generate.seed));
	return req_send(sa, act);
}

int req_dh_shared(struct ike_sa *sa)
{
	struct act *act = act_new(IKE_DH_SHARED, sa->conn, sa->peer_ke_len);
	int err;

	if (!act)
		return -ENOMEM;
	act->a.dh_shared.key = sa->dh_key;
	act->a.dh_shared.peer = memcpy(act->extra, sa->peer_ke, sa->peer_ke_len);
	act->a.dh_shared.len = sa->peer_ke_len;
	err = req_send(sa, act);
	if (!err)
		sa->dh_key = 0;		/* used up */
	return err;
}

int req_getspi(struct ike_sa *sa)
{
	struct act *act = act_new(IKE_GETSPI, sa->conn, 0);

	if (!act)
		return -ENOMEM;
	act->a.getspi.local = sa->local;
	act->a.getspi.remote = sa->remote;
	return req_send(sa, act);
}

int req_install(struct ike_sa *sa)
{
	struct act *act = act_new(IKE_INSTALL, sa->conn, sizeof(struct ike_child));
	struct ike_child *c;
	int err;

	if (!act)
		return -ENOMEM;
	c = (struct ike_child *)act->extra;
	*c = sa->child.c;
	c->conn = act->a.conn;
	act->a.install = c;
	err = req_send(sa, act);
	if (err)
		return err;
	sa->req->conn = sa->conn;
	conn_get(sa->conn);
	return 0;
}

int req_auth(struct ike_sa *sa, bool check, const uint8_t *octets, size_t len,
	     const struct view *auth)
{
	size_t auth_len = auth ? auth->len : 0;
	struct act *act = act_new(check ? IKE_AUTH_CHECK : IKE_AUTH_MAKE, sa->conn,
				  2 * sizeof(struct ike_id) + len + auth_len);
	struct ike_id *ids;
	uint8_t *p;

	if (!act)
		return -ENOMEM;
	ids = (struct ike_id *)act->extra;
	ids[0] = sa->conn->cfg.local_id;
	ids[1] = sa->peer_id;
	p = act->extra + 2 * sizeof(*ids);
	act->a.auth.me = &ids[0];
	act->a.auth.peer = &ids[1];
	act->a.auth.prf = sa->alg.prf;
	act->a.auth.octets = memcpy(p, octets, len);
	act->a.auth.len = len;
	if (auth_len)
		act->a.auth.auth = memcpy(p + len, auth->p, auth_len);
	act->a.auth.auth_len = auth_len;
	return req_send(sa, act);
}

/* Nobody waits any more; when the result comes, what it made is given back. */
void req_orphan(struct ike_sa *sa)
{
	if (!sa->req)
		return;
	if (sa->req->kind == IKE_GETSPI || sa->req->kind == IKE_INSTALL) {
		sa->req->remove = sa->child.remove;
		sa->child.remove = NULL;
		sa->child.have_spi = false;
	}
	sa->req->sa = NULL;
	sa->req = NULL;
}

struct req *req_take(struct ike_engine *e, uint32_t id)
{
	struct req **at = &e->reqs[id % IKE_BUCKETS], *r;

	for (; (r = *at); at = &r->next) {
		if (r->id != id)
			continue;
		*at = r->next;
		return r;
	}
	return NULL;
}

void req_free(struct req *r)
{
	act_free(r->remove);
	if (r->conn)
		conn_put(r->conn);
	free(r);
}

static void forget(struct ike_engine *e, uint32_t key)
{
	struct act *act = act_new(IKE_DH_FORGET, NULL, 0);

	if (!act)
		return;
	act->a.dh_forget.key = key;
	act_push(e, act);
}

void dh_forget(struct ike_sa *sa)
{
	if (sa->dh_key)
		forget(sa->e, sa->dh_key);
	sa->dh_key = 0;
}

void req_result_unwanted(struct ike_engine *e, struct req *r, int error, const uint8_t *data,
			 size_t len)
{
	if (r->kind == IKE_DH_GENERATE && !error)
		forget(e, r->id);
	if (!r->remove)
		return;
	if (r->kind == IKE_GETSPI) {
		if (error || len != 4)
			return;
		memcpy(r->remove->a.remove.spi_in, data, 4);
	}
	act_push(e, r->remove);
	r->remove = NULL;
}
