// SPDX-License-Identifier: GPL-2.0
/*
 * Instances: a conn for any peer is a template, and each peer that has authenticated gets a conn of its own that is made
 * of it, with its own SAs, address and name. It is there as long as it has an IKE SA; a peer that comes back meanwhile gets
 * the same one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

static bool overlaps(const struct ike_ts *ts, const struct ike_ts *list, unsigned int n)
{
	struct ike_ts both;

	for (; n; n--, list++)
		if (ike_ts_intersect(ts, list, &both))
			return true;
	return false;
}

/* It says that it has @ts behind itself, or is it. */
static bool virtual_ok(const struct ike_virtual *v, const struct ike_ts *ts)
{
	if (!v->nets && memcmp(ts->start, ts->end, sizeof(ts->start)))
		return false;
	return ike_ts_within(ts, 1, v->allow, v->n_allow) && !overlaps(ts, v->deny, v->n_deny);
}

unsigned int instance_ts(const struct ike_conn *conn, const struct ike_addr *peer, const struct ike_ts_list *want,
			 struct ike_ts out[IKE_MAX_TS])
{
	const struct ike_virtual *v = &conn->cfg.virt;
	struct ike_ts ts[IKE_MAX_TS], host = ike_ts_host(peer);
	unsigned int i, n;

	if (!v->on || !conn_is_template(conn)) {
		n = conn_ts(conn, false, peer, ts);
		return ike_ts_narrow(want->list, want->n, ts, n, out);
	}
	for (i = 0, n = 0; i < want->n && n < IKE_MAX_TS; i++) {
		if (virtual_ok(v, &want->list[i]))
			ts[n++] = want->list[i];
		else if (v->host && ike_ts_intersect(&want->list[i], &host, &ts[n]))
			n++;
	}
	return ike_ts_reduce(ts, n, out);
}

bool conn_is_template(const struct ike_conn *conn)
{
	return !conn->cfg.remote.family && !conn->of;
}

/* Of those without a name each address and port is another one. */
static bool same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	if (!sa_same_peer(a, b))
		return false;
	return a->peer_id.type != ID_NULL || (ike_addr_equal(&a->home, &b->home) && a->home.port == b->home.port);
}

static bool is_with(const struct ike_conn *conn, const struct ike_sa *sa)
{
	const struct ike_sa *o;

	for (o = conn->sas; o; o = o->conn_next)
		if (same_peer(o, sa))
			return true;
	return false;
}

struct ike_conn *instance_find(const struct ike_conn *of, const struct ike_sa *sa)
{
	const struct ike_engine *e = of->e;
	unsigned int i;

	for (i = 0; i < e->n_conns; i++)
		if (e->conns[i]->of == of && is_with(e->conns[i], sa))
			return e->conns[i];
	return NULL;
}

static char *free_name(struct ike_conn *of)
{
	char *name;

	for (;; free(name)) {
		if (asprintf(&name, "%s[%u]", of->name, ++of->instances) < 0)
			return NULL;
		if (!conn_find(of->e, name))
			return name;
	}
}

static struct ike_conn *instance_new(struct ike_conn *of)
{
	struct ike_conn_config cfg = of->cfg;
	struct ike_conn *conn = NULL;
	char *name = free_name(of);

	if (!name)
		return NULL;
	cfg.name = name;
	memcpy(cfg.esp, of->esp_pfs, sizeof(cfg.esp));
	cfg.n_esp = of->n_esp_pfs;
	if (!ike_conn_add(of->e, &cfg))
		conn = conn_find(of->e, name);
	free(name);
	if (!conn)
		return NULL;
	conn->of = of;
	conn->instance = of->instances;
	conn_get(of);
	of->e->instance_ended = true;	/* until it has an IKE SA */
	return conn;
}

static uint16_t lend(struct ike_conn *conn, const struct ike_sa *sa, const struct ike_addr *wish)
{
	char peer[IKE_ID_TEXT];
	struct ike_ts *ts = conn->cfg.remote_ts;

	if (pool_lease(conn, sa, wish)) {
		ike_log_limited(sa->e, LOG_WARNING, "conn \"%s\": no address for %s: all of rightaddresspool= are in use", conn->of->name,
				ike_id_text(&sa->peer_id, peer));
		return N_INTERNAL_ADDRESS_FAILURE;
	}
	memcpy(ts->start, conn->lease.bytes, sizeof(ts->start));
	memcpy(ts->end, conn->lease.bytes, sizeof(ts->end));
	return 0;
}

/* Whatever protocol and ports: narrower selectors would win over those that somebody has already. */
static bool addresses_meet(const struct ike_ts *list, unsigned int n, const struct ike_ts *have, unsigned int n_have)
{
	struct ike_ts any = { .end_port = UINT16_MAX }, theirs, both;
	unsigned int i;

	for (; n; n--, list++) {
		for (i = 0; i < n_have; i++) {
			theirs = any;
			theirs.family = have[i].family;
			memcpy(theirs.start, have[i].start, sizeof(theirs.start));
			memcpy(theirs.end, have[i].end, sizeof(theirs.end));
			if (ike_ts_intersect(list, &theirs, &both))
				return true;
		}
	}
	return false;
}

static bool has_some_of(const struct ike_conn *conn, const struct ike_ts *list, unsigned int n)
{
	const struct ike_sa *sa;
	struct ike_ts ts[IKE_MAX_TS];
	unsigned int n_ts;

	for (sa = conn->sas; sa; sa = sa->conn_next) {
		n_ts = conn_ts(conn, false, &sa->home, ts);
		if (addresses_meet(list, n, ts, n_ts) ||
		    (sa->child.installed && addresses_meet(list, n, sa->child.c.remote_ts, sa->child.c.n_remote_ts)))
			return true;
	}
	return false;
}

/* The instance, other than @own, that has some of the addresses that the peer of @sa wants for itself; NULL: none. */
static const struct ike_conn *owner(const struct ike_sa *sa, const struct ike_conn *own)
{
	const struct ike_child *c = &sa->child.c;
	const struct ike_engine *e = sa->e;
	unsigned int i;

	for (i = 0; i < e->n_conns; i++)
		if (e->conns[i]->of && e->conns[i] != own && has_some_of(e->conns[i], c->remote_ts, c->n_remote_ts))
			return e->conns[i];
	return NULL;
}

uint16_t instance_enter(struct ike_sa *sa, const struct ike_addr *wish)
{
	char id[IKE_ID_TEXT], peer[IKE_ADDR_TEXT];
	struct ike_conn *of = sa->conn, *conn;
	const struct ike_conn *other;
	uint16_t error = 0;
	bool known;

	if (!conn_is_template(of))
		return 0;
	conn = instance_find(of, sa);
	other = of->cfg.virt.on ? owner(sa, conn) : NULL;
	if (other) {
		ike_log_limited(sa->e, LOG_WARNING, "conn \"%s\": %s wants addresses that \"%s\" has", of->name,
				ike_id_text(&sa->peer_id, id), other->name);
		return N_TS_UNACCEPTABLE;
	}
	known = conn;
	if (!conn)
		conn = instance_new(of);
	if (!conn)
		return N_TEMPORARY_FAILURE;
	if (of->cfg.pool.first.family)
		error = lend(conn, sa, wish);
	if (of->cfg.virt.on) {
		conn->cfg.n_remote_ts = sa->child.c.n_remote_ts;
		memcpy(conn->cfg.remote_ts, sa->child.c.remote_ts, sizeof(conn->cfg.remote_ts));
	}
	if (error)
		return error;
	sa_move(sa, conn);
	if (!known)
		ike_log(sa->e, conn, LOG_INFO, "this is %s at %s", ike_id_text(&sa->peer_id, id), ike_peer_text(&sa->remote, peer));
	return 0;
}

struct ike_conn *instance_by(struct ike_sa *trunk, struct ike_conn *conn)
{
	struct ike_conn *known;

	if (!conn_is_template(conn))
		return conn;
	known = instance_find(conn, trunk);
	if (known || conn->cfg.pool.first.family || conn->cfg.virt.on)
		return known;		/* addresses are a matter of IKE_AUTH */
	return instance_new(conn);
}

void w_lease(struct ike_writer *w, const struct ike_sa *sa)
{
	const struct ike_conn *conn = sa->conn;
	struct ike_cp cp = { .type = CFG_REPLY, .n_servers = conn->cfg.n_dns };

	if (!sa->cp_asked || !conn->leased)
		return;
	*ike_cp_part(&cp, conn->lease.family) = (struct ike_cp_part){ .lease = true, .addr = conn->lease };
	memcpy(cp.server, conn->cfg.dns, sizeof(cp.server));
	w_cp(w, &cp);
}

static void instance_end(struct ike_engine *e, unsigned int at)
{
	struct ike_conn *conn = e->conns[at];

	pool_release(conn);
	e->n_conns--;
	memmove(e->conns + at, e->conns + at + 1, (e->n_conns - at) * sizeof(*e->conns));
	conn->gone = true;
	conn_put(conn);
}

void instances_sweep(struct ike_engine *e)
{
	unsigned int i;

	if (!e->instance_ended)
		return;
	e->instance_ended = false;
	for (i = e->n_conns; i--;)
		if (e->conns[i]->of && !e->conns[i]->sas)
			instance_end(e, i);
}
