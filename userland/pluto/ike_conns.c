// SPDX-License-Identifier: GPL-2.0
/* The list of conns: loading, finding, commands, looking. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_internal.h"

/* Where @name is, or would be. */
static unsigned int position(const struct ike_engine *e, const char *name)
{
	unsigned int low = 0, high = e->n_conns, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (strcmp(e->conns[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct ike_conn *conn_find(struct ike_engine *e, const char *name)
{
	unsigned int i = position(e, name);

	return i < e->n_conns && !strcmp(e->conns[i]->name, name) ? e->conns[i] : NULL;
}

static bool addr_fits(const struct ike_conn *conn, const struct ike_addr *local,
		      const struct ike_addr *remote, bool any)
{
	const struct ike_conn_config *cfg = &conn->cfg;

	if (conn->of || !ike_addr_equal(&cfg->local, local))
		return false;
	return any ? !cfg->remote.family : ike_addr_equal(&cfg->remote, remote);
}

struct ike_conn *conn_by_addr(struct ike_engine *e, const struct ike_addr *local,
			      const struct ike_addr *remote, struct ike_conn *after)
{
	unsigned int i = after ? position(e, after->name) + 1 : 0;
	bool any = after && !after->cfg.remote.family;

	for (;; i = 0, any = true) {
		for (; i < e->n_conns; i++)
			if (addr_fits(e->conns[i], local, remote, any))
				return e->conns[i];
		if (any)
			return NULL;
	}
}

bool conn_ids_match(const struct ike_conn *conn, const struct ike_id *peer, const struct ike_id *me)
{
	if (conn->cfg.remote_id.type && !ike_id_match(&conn->cfg.remote_id, peer))
		return false;
	return !me->type || ike_id_equal(&conn->cfg.local_id, me);
}

/* ---- loading ---- */

static bool ts_ok(const struct ike_ts *list, unsigned int n)
{
	if (n > IKE_MAX_VIRTUAL)
		return false;
	for (; n; n--, list++)
		if (!ike_addr_len(list->family) || list->start_port > list->end_port ||
		    memcmp(list->start, list->end, 16) > 0)
			return false;
	return true;
}

static bool pool_ok(const struct ike_conn_config *c)
{
	const struct ike_pool *p = &c->pool;

	if (!p->first.family)
		return true;
	return ike_addr_len(p->first.family) && p->first.family == p->last.family && memcmp(p->first.bytes, p->last.bytes, 16) <= 0 &&
	       !c->remote.family && c->n_remote_ts <= 1 && !c->transport;
}

static bool config_ok(const struct ike_conn_config *c)
{
	unsigned int i;

	if (!c->name || !c->name[0] || !ike_addr_len(c->local.family))
		return false;
	if (c->remote.family && c->remote.family != c->local.family)
		return false;
	if (!c->local_id.type || c->local_id.len > sizeof(c->local_id.data) ||
	    c->remote_id.len > sizeof(c->remote_id.data))
		return false;
	if (c->n_local_ts > IKE_MAX_TS || c->n_remote_ts > IKE_MAX_TS)
		return false;
	if (!ts_ok(c->local_ts, c->n_local_ts) || !ts_ok(c->remote_ts, c->n_remote_ts))
		return false;
	if (!c->n_ike || c->n_ike > IKE_MAX_PROPOSALS || !c->n_esp || c->n_esp > IKE_MAX_PROPOSALS)
		return false;
	if (c->virt.on && (c->remote.family || c->n_remote_ts || c->pool.first.family || c->transport ||
			   !ts_ok(c->virt.allow, c->virt.n_allow) || !ts_ok(c->virt.deny, c->virt.n_deny)))
		return false;
	if (c->n_dns > IKE_MAX_DNS || !pool_ok(c) || (c->ask_address && (!c->remote.family || !c->n_local_ts)))
		return false;
	for (i = 0; i < c->n_ike; i++)
		if (ike_proposal_check(&c->ike[i], false))
			return false;
	for (i = 0; i < c->n_esp; i++)
		if (ike_proposal_check(&c->esp[i], true))
			return false;
	return true;
}

/* The first Child SA has no key exchanges of its own (RFC 7296 1.2): without them some are the same. */
static void strip_groups(struct ike_conn_config *c)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < c->n_esp; i++) {
		c->esp[i].dh = 0;
		memset(c->esp[i].addke, 0, sizeof(c->esp[i].addke));
		for (j = 0; j < n && !ike_proposal_equal(&c->esp[i], &c->esp[j]); j++)
			;
		if (j == n)
			c->esp[n++] = c->esp[i];
	}
	c->n_esp = n;
}

static int make_room(struct ike_engine *e)
{
	unsigned int room = e->conn_room ? 2 * e->conn_room : 8;
	struct ike_conn **list;

	if (e->n_conns < e->conn_room)
		return 0;
	list = realloc(e->conns, room * sizeof(*list));
	if (!list)
		return -ENOMEM;
	e->conns = list;
	e->conn_room = room;
	return 0;
}

/* Whatever else it says of packets, they are those of the pool. */
static void pool_selector(struct ike_conn_config *c)
{
	struct ike_ts *ts = &c->remote_ts[0];

	if (!c->n_remote_ts)
		*ts = ike_ts_host(&c->pool.first);
	c->n_remote_ts = 1;
	ts->family = c->pool.first.family;
	memcpy(ts->start, c->pool.first.bytes, sizeof(ts->start));
	memcpy(ts->end, c->pool.last.bytes, sizeof(ts->end));
}

static struct ike_conn *conn_new(struct ike_engine *e, const struct ike_conn_config *config)
{
	struct ike_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->name = strdup(config->name);
	if (!conn->name || heap_reserve(&e->heap, CONN_TIMERS)) {
		free(conn->name);
		free(conn);
		return NULL;
	}
	conn->e = e;
	conn->refs = 1;
	conn->cfg = *config;
	conn->cfg.name = conn->name;
	memcpy(conn->esp_pfs, config->esp, sizeof(conn->esp_pfs));
	conn->n_esp_pfs = config->n_esp;
	strip_groups(&conn->cfg);
	if (conn->cfg.pool.first.family)
		pool_selector(&conn->cfg);
	if (!conn->cfg.auth_me)
		conn->cfg.auth_me = IKE_AUTHBY_PSK;
	if (!conn->cfg.auth_peer)
		conn->cfg.auth_peer = IKE_AUTHBY_PSK;
	if (!conn->cfg.local.port)
		conn->cfg.local.port = 500;
	if (!conn->cfg.remote.port)
		conn->cfg.remote.port = 500;
	conn->since = e->now;
	conn->t_retry.fn = conn_retry;
	conn->t_retry.owner = conn;
	demand_init(conn);
	return conn;
}

int ike_conn_add(struct ike_engine *e, const struct ike_conn_config *config)
{
	struct ike_conn *conn;
	unsigned int at;

	if (!config_ok(config))
		return -EINVAL;
	if (conn_find(e, config->name))
		return -EEXIST;
	conn = make_room(e) ? NULL : conn_new(e, config);
	if (!conn)
		return -ENOMEM;
	at = position(e, conn->name);
	memmove(e->conns + at + 1, e->conns + at, (e->n_conns - at) * sizeof(*e->conns));
	e->conns[at] = conn;
	e->n_conns++;
	return 0;
}

/* ---- commands ---- */

/* The conn has nothing of it any more. */
static bool only_others(const struct ike_sa *sa)
{
	return sa->state == SA_UP && !sa->trunk && !sa->child.installed && family_alive(sa, NULL);
}

/* An IKE SA of the conn that has not been told to end, or NULL. */
static struct ike_sa *not_ended(struct ike_conn *conn)
{
	struct ike_sa *sa;

	for (sa = conn->sas; sa; sa = sa->conn_next)
		if (sa->state != SA_DELETING && sa->state != SA_DEAD && !sa->doomed && !only_others(sa))
			return sa;
	return NULL;
}

void conn_take_down(struct ike_conn *conn, uint16_t refuse)
{
	bool trying = conn->attempt && !conn->current;
	struct ike_sa *sa;

	conn->wanted = false;
	conn->renew = false;
	conn->in_udp = false;
	conn->udp_trial = false;
	conn->no_udp = false;
	conn->tries = 0;
	timer_clear(&conn->e->heap, &conn->t_retry);
	demand_cancel(conn);
	while ((sa = not_ended(conn)))
		sa_end(sa, refuse);
	if (trying)
		ike_report(conn, IKE_FAILED, IKE_GONE, "taken down while it was being set up");
	ike_report(conn, IKE_DOWN, IKE_GONE, "taken down");
	conn_touch(conn);
}

int ike_conn_up(struct ike_engine *e, const char *name, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);

	if (!conn)
		return -ENOENT;
	if (!conn->cfg.remote.family)
		return -EDESTADDRREQ;
	engine_enter(e, now);
	conn->wanted = true;
	conn->demand.failures = 0;
	conn->demand.deaf_until = 0;
	if (conn->current) {
		ike_report(conn, IKE_UP, IKE_OK, "is up already");
	} else if (!conn->attempt) {
		conn->tries = 0;
		conn_retry(conn);
	}
	engine_leave(e);
	return 0;
}

int ike_conn_renew(struct ike_engine *e, const char *name, bool on, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);

	if (!conn)
		return -ENOENT;
	if (!conn->cfg.remote.family)
		return -EDESTADDRREQ;
	if (conn->current)
		return 0;		/* that renews itself */
	engine_enter(e, now);
	conn->renew = on;
	if (on && !conn->attempt && !conn->t_retry.slot) {
		conn->tries = 0;
		conn_retry(conn);
	}
	engine_leave(e);
	return 0;
}

/* With its instances. */
static void take_down_all(struct ike_conn *conn, uint16_t refuse)
{
	struct ike_engine *e = conn->e;
	unsigned int i;

	conn_take_down(conn, refuse);
	for (i = 0; i < e->n_conns; i++)
		if (e->conns[i]->of == conn)
			conn_take_down(e->conns[i], refuse);
}

int ike_conn_down(struct ike_engine *e, const char *name, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);

	if (!conn)
		return -ENOENT;
	engine_enter(e, now);
	take_down_all(conn, N_TEMPORARY_FAILURE);
	engine_leave(e);
	return 0;
}

static int rekey_one(struct ike_conn *conn, bool ike)
{
	if (!conn->current)
		return -ENOTCONN;
	return ike ? rekey_ike(sa_trunk(conn->current)) : rekey_child_soon(conn->current);
}

int ike_conn_rekey(struct ike_engine *e, const char *name, bool ike, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);
	int err, one;
	unsigned int i;

	if (!conn)
		return -ENOENT;
	engine_enter(e, now);
	err = rekey_one(conn, ike);
	/* Of a template: all who are up, and it was of use if one could be. */
	for (i = 0; i < e->n_conns; i++) {
		if (e->conns[i]->of != conn)
			continue;
		one = rekey_one(e->conns[i], ike);
		err = err == -ENOTCONN || !one ? one : err;
	}
	engine_leave(e);
	return err;
}

static struct ike_sa *by_child_spi(struct ike_engine *e, const uint8_t spi[4])
{
	struct ike_sa *sa;

	for (sa = e->all; sa; sa = sa->all_next)
		if (sa->child.installed && (!memcmp(sa->child.c.spi_in, spi, 4) || !memcmp(sa->child.c.spi_out, spi, 4)))
			break;
	return sa;
}

int ike_child_expires(struct ike_engine *e, const uint8_t spi[4], uint64_t now)
{
	struct ike_sa *sa = by_child_spi(e, spi);

	if (!sa)
		return -ENOENT;
	engine_enter(e, now);
	if (!sa->conn || !sa->conn->cfg.no_rekey)
		rekey_child_soon(sa);
	engine_leave(e);
	return 0;
}

int ike_conn_delete(struct ike_engine *e, const char *name, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, name);
	unsigned int at;

	if (!conn || conn->of)
		return -ENOENT;
	engine_enter(e, now);
	take_down_all(conn, N_AUTHENTICATION_FAILED);
	at = position(e, name);
	e->n_conns--;
	memmove(e->conns + at, e->conns + at + 1, (e->n_conns - at) * sizeof(*e->conns));
	conn->gone = true;
	conn_put(conn);
	engine_leave(e);
	return 0;
}

/* ---- looking ---- */

static struct ike_sa *to_show(const struct ike_conn *conn)
{
	if (conn->current)
		return conn->current;
	return conn->attempt ? conn->attempt : conn->sas;
}

static struct ike_conn_info info_of(const struct ike_conn *conn)
{
	struct ike_sa *sa = to_show(conn), *trunk;
	struct ike_conn_info i = {
		.name = conn->name, .state = conn->state, .last_reason = conn->last_reason,
		.last_text = conn->last_text ? conn->last_text : "", .since = conn->since,
		.retry_at = conn->t_retry.slot ? conn->t_retry.at : 0, .tries = conn->tries,
		.story = conn->t_retry.slot ? "waiting for the next attempt" :
			 conn->demand.routed ? "waiting for packets" : "nothing to do",
		.routed = conn->demand.routed, .asked_for = conn->demand.pending, .shunt = conn->demand.shunt,
		.shunt_until = conn->demand.t_shunt.slot ? conn->demand.t_shunt.at : 0,
	};

	if (conn->of) {
		i.of = conn->of->name;
		i.instance = conn->instance;
	}
	if (!sa)
		return i;
	trunk = sa_trunk(sa);
	i.peer = trunk->remote;
	i.peer_id = trunk->peer_id;
	if (sa->child.installed && sa->child.c.n_remote_ts)
		i.client = sa->child.c.remote_ts[0];
	if (conn->leased || conn->current) {
		i.lease = conn->lease;
		i.n_dns = conn->n_dns;
		memcpy(i.dns, conn->dns, sizeof(i.dns));
	}
	i.story = sa->trunk && !sa->child.installed && trunk->state == SA_UP ?
		  "asking for a Child SA in an IKE SA that stands" : sa_story(trunk->state);
	i.ike_serial = trunk->serial;
	i.ike = trunk->alg;
	if (!sa->child.installed)
		return i;
	i.child_serial = sa->child.c.child;
	i.esp = sa->child.c.alg;
	if (conn->in_udp && sa->child.c.encap)
		i.story = "established, ESP in UDP as plain ESP did not come through";
	i.named = sa->child.c.named;
	i.named_peer = sa->child.c.named_peer;
	memcpy(i.spi_in, sa->child.c.spi_in, 4);
	memcpy(i.spi_out, sa->child.c.spi_out, 4);
	return i;
}

void ike_conns(const struct ike_engine *e, void (*fn)(void *ctx, const struct ike_conn_info *info),
	       void *ctx)
{
	struct ike_conn_info info;
	unsigned int i;

	for (i = 0; i < e->n_conns; i++) {
		info = info_of(e->conns[i]);
		fn(ctx, &info);
	}
}

void conns_free(struct ike_engine *e)
{
	while (e->n_conns)
		conn_put(e->conns[--e->n_conns]);
	free(e->conns);
}
