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

static struct req *post(struct ike_engine *e, struct act *act)
{
	struct req *r = act ? calloc(1, sizeof(*r)) : NULL;

	if (!r) {
		act_free(act);
		return NULL;
	}
	if (!++e->next_req)
		e->next_req = 1;
	r->id = e->next_req;
	r->kind = act->a.kind;
	r->next = e->reqs[r->id % IKE_BUCKETS];
	e->reqs[r->id % IKE_BUCKETS] = r;
	act->a.id = r->id;
	act_push(e, act);
	return r;
}

int req_send(struct ike_sa *sa, struct act *act)
{
	struct req *r = post(sa->e, act);

	if (!r)
		return -ENOMEM;
	r->sa = sa;
	sa->req = r;
	return 0;
}

int x_send(struct xchg *x, struct act *act)
{
	struct req *r = post(x->sa->e, act);

	if (!r)
		return -ENOMEM;
	r->x = x;
	x->req = r;
	x->due = x->sa->e->now + IKE_PATIENCE_MS;
	child_timer_set(x->sa);
	if (r->kind != IKE_INSTALL)
		return 0;
	r->conn = x->sa->conn;
	conn_get(r->conn);
	return 0;
}

struct act *act_dh_generate(struct ike_engine *e, struct ike_conn *conn, uint16_t group)
{
	struct act *act = act_new(IKE_DH_GENERATE, conn, 0);

	if (!act)
		return NULL;
	act->a.dh_generate.group = group;
	e->env.random(e->env.ctx, act->a.dh_generate.seed, sizeof(act->a.dh_generate.seed));
	return act;
}

int req_dh_generate(struct ike_sa *sa)
{
	return req_send(sa, act_dh_generate(sa->e, sa->conn, sa->group));
}

struct act *act_dh_shared(struct ike_conn *conn, uint32_t key, const uint8_t *peer, size_t len)
{
	struct act *act = act_new(IKE_DH_SHARED, conn, len);

	if (!act)
		return NULL;
	act->a.dh_shared.key = key;
	act->a.dh_shared.peer = memcpy(act->extra, peer, len);
	act->a.dh_shared.len = len;
	return act;
}

struct act *act_ke_answer(struct ike_engine *e, struct ike_conn *conn, uint16_t group, struct view peer)
{
	struct act *act = act_new(IKE_KE_ANSWER, conn, peer.len);

	if (!act)
		return NULL;
	act->a.ke_answer.group = group;
	e->env.random(e->env.ctx, act->a.ke_answer.seed, sizeof(act->a.ke_answer.seed));
	act->a.ke_answer.peer = memcpy(act->extra, peer.p, peer.len);
	act->a.ke_answer.len = peer.len;
	return act;
}

int req_dh_shared(struct ike_sa *sa)
{
	int err = req_send(sa, act_dh_shared(sa->conn, sa->dh_key, sa->peer_ke, sa->peer_ke_len));

	if (!err)
		sa->dh_key = 0;		/* used up */
	return err;
}

struct act *act_getspi(const struct ike_sa *sa)
{
	struct act *act = act_new(IKE_GETSPI, sa->conn, 0);

	if (!act)
		return NULL;
	act->a.getspi.local = sa->local;
	act->a.getspi.remote = sa->remote;
	return act;
}

int req_getspi(struct ike_sa *sa)
{
	return req_send(sa, act_getspi(sa));
}

struct act *act_install(struct ike_conn *conn, const struct ike_child *child)
{
	struct act *act = act_new(IKE_INSTALL, conn, sizeof(struct ike_child));
	struct ike_child *c;

	if (!act)
		return NULL;
	c = (struct ike_child *)act->extra;
	*c = *child;
	c->conn = act->a.conn;
	if (conn->cfg.ask_address) {
		c->lease = conn->lease;
		c->n_dns = conn->n_dns;
		memcpy(c->dns, conn->dns, sizeof(c->dns));
	}
	act->a.install = c;
	return act;
}

int req_install(struct ike_sa *sa)
{
	int err;

	sa->child.c.peer_id = sa->peer_id;
	err = req_send(sa, act_install(sa->conn, &sa->child.c));

	if (err)
		return err;
	sa->req->conn = sa->conn;
	conn_get(sa->conn);
	return 0;
}

/* With @extra bytes behind the ids and the octets; *at is where they are. */
static struct act *act_auth(struct ike_sa *sa, enum ike_action_kind kind, const uint8_t *octets, size_t len,
			    size_t extra, uint8_t **at)
{
	struct act *act = act_new(kind, sa->conn, 2 * sizeof(struct ike_id) + len + IKE_MAX_PRF + extra);
	int signer = kind == IKE_AUTH_MAKE ? sa_me(sa) : sa_peer(sa);
	struct ike_id *ids;

	if (!act)
		return NULL;
	ids = (struct ike_id *)act->extra;
	ids[0] = sa->conn->cfg.local_id;
	ids[1] = sa->peer_id;
	act->a.auth.me = &ids[0];
	act->a.auth.peer = &ids[1];
	act->a.auth.prf = sa->alg.prf;
	act->a.auth.null_len = ike_prf_len(sa->alg.prf);
	*at = act->extra + 2 * sizeof(*ids);
	act->a.auth.octets = memcpy(*at, octets, len);
	act->a.auth.len = len;
	*at += len;
	act->a.auth.null_key = memcpy(*at, sa->keys.p[signer], act->a.auth.null_len);
	*at += act->a.auth.null_len;
	return act;
}

int req_auth_make(struct ike_sa *sa, const uint8_t *octets, size_t len)
{
	uint8_t *at;
	struct act *act = act_auth(sa, IKE_AUTH_MAKE, octets, len, 0, &at);

	if (!act)
		return -ENOMEM;
	act->a.auth.allowed = sa->conn->cfg.auth_me;
	act->a.auth.hashes = sa->peer_hashes;
	act->a.auth.cert_asked = sa->cert_asked;
	return req_send(sa, act);
}

int req_auth_check(struct ike_sa *sa, const uint8_t *octets, size_t len, const struct ike_payloads *in, struct view instead)
{
	struct view auth, certs[IKE_MAX_CERTS];
	unsigned int n = auth_certs(in, certs), i;
	const struct ike_payload *a = ike_find(in, PLD_AUTH);
	uint8_t method, *at;
	struct act *act;
	size_t extra;

	if (!a || ike_auth_parse(a->body, &method, &auth))
		return -EBADMSG;
	if (instead.p)
		auth = instead;
	extra = auth.len;
	for (i = 0; i < n; i++)
		extra += certs[i].len;
	act = act_auth(sa, IKE_AUTH_CHECK, octets, len, extra, &at);
	if (!act)
		return -ENOMEM;
	act->a.auth.allowed = sa->conn->cfg.auth_peer;
	act->a.auth.method = method;
	act->a.auth.auth = memcpy(at, auth.p, auth.len);
	act->a.auth.auth_len = auth.len;
	at += auth.len;
	act->a.auth.n_certs = n;
	for (i = 0; i < n; i++) {
		act->a.auth.certs[i] = (struct ike_bytes){ memcpy(at, certs[i].p, certs[i].len), certs[i].len };
		at += certs[i].len;
	}
	return req_send(sa, act);
}

/* Nobody waits any more; when the result comes, what it made is given back. */
void req_forsake(struct req *r, struct child *child)
{
	if (r->kind == IKE_GETSPI || r->kind == IKE_INSTALL) {
		r->remove = child->remove;
		child->remove = NULL;
		child->have_spi = false;
	}
	r->sa = NULL;
	r->x = NULL;
}

void req_orphan(struct ike_sa *sa)
{
	if (!sa->req)
		return;
	req_forsake(sa->req, &sa->child);
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

void dh_forget_key(struct ike_engine *e, uint32_t key)
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
		dh_forget_key(sa->e, sa->dh_key);
	sa->dh_key = 0;
}

void req_result_unwanted(struct ike_engine *e, struct req *r, int error, const uint8_t *data,
			 size_t len)
{
	if (r->kind == IKE_DH_GENERATE && !error)
		dh_forget_key(e, r->id);
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
