// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ike_crypto.h"
#include "ctl_status.h"
#include "iface.h"
#include "instances.h"
#include "loop.h"
#include "ondemand.h"
#include "plog.h"
#include "pluto.h"
#include "ts.h"
#include "creds.h"

struct infos {
	struct ike_conn_info *list;
	size_t n, size;
};

struct status {
	void (*put)(void *ctx, enum ctl_type type, const void *body);
	void *ctx;
	const char *name;		/* "": all of them */
	const struct conn *of;		/* whose instance it names, NULL: none's */
	bool found;
	struct infos infos, instances;
	uint32_t up;
};

static void collect(void *ctx, const struct ike_conn_info *info)
{
	struct status *s = ctx;
	struct infos *in = info->of ? &s->instances : &s->infos;
	struct ike_conn_info *bigger;

	if (in->n == in->size) {
		bigger = reallocarray(in->list, in->size ? 2 * in->size : 64, sizeof(*bigger));
		if (!bigger)
			return;
		in->list = bigger;
		in->size = in->size ? 2 * in->size : 64;
	}
	in->list[in->n++] = *info;
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct ike_conn_info *)a)->name, ((const struct ike_conn_info *)b)->name);
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = ((const struct ike_conn_info *)a)->instance, y = ((const struct ike_conn_info *)b)->instance;

	return x < y ? -1 : x > y;
}

static const struct ike_conn_info *info_of(const struct infos *in, const char *name)
{
	struct ike_conn_info key = { .name = name };

	return in->n ? bsearch(&key, in->list, in->n, sizeof(key), by_name) : NULL;
}

static struct conf_proposal to_conf_proposal(const struct ike_proposal *p)
{
	struct conf_proposal out = {
		.encr = p->encr, .keylen = p->keylen, .prf = p->prf, .integ = p->integ, .dh = p->dh, .esn = p->esn,
	};

	memcpy(out.addke, p->addke, sizeof(out.addke));
	return out;
}

static void fill_place(struct ctl_conn *c, const struct conn *conn)
{
	c->us = conn->oriented ? conn->where.us : 2;
	if (!conn->oriented)
		return;
	c->local = conn->where.local;
	c->remote = conn->where.remote;
	c->nexthop = conn->where.nexthop;
	c->source = conn->where.source;
	strcpy(c->phys, conn->where.phys);
	strcpy(c->virt, conn->where.virt);
}

/* Its traffic goes by SAs of an earlier pluto: the engine knows nothing of them. */
static bool adopted(const struct conn *conn, struct said *in, struct said *out)
{
	return conn->oriented && pluto.kernel->adopted(conn, in, out);
}

/* The classic words for it are the client's. */
static uint8_t routing_of(const struct conn *conn, const struct ike_conn_info *info, bool carried)
{
	if (conf_conn_loopback(&conn->conf))
		return CTL_LOOPBACK;
	if (!conn->oriented)
		return CTL_UNORIENTED;
	if (carried || (info && info->state == IKE_CONN_ESTABLISHED))
		return CTL_TUNNEL;
	if (!conn->trapped)
		return CTL_UNROUTED;
	if (!info || !info->routed)
		return CTL_PROSPECTIVE;
	if (info->shunt_until)
		return CTL_FAILURE;
	if (info->shunt != IKE_SHUNT_TRAP)
		return CTL_NEGOTIATION;
	return info->asked_for ? CTL_HOLD : CTL_PROSPECTIVE;
}

static void fill_info(struct ctl_conn *c, const struct ike_conn_info *info)
{
	static const uint8_t states[] = {
		[IKE_CONN_IDLE] = CTL_IDLE, [IKE_CONN_TRYING] = CTL_TRYING,
		[IKE_CONN_ESTABLISHED] = CTL_ESTABLISHED, [IKE_CONN_WAITING] = CTL_WAITING,
	};
	uint64_t now = loop_now(), since;

	c->state = states[info->state];
	since = info->since ? info->since : pluto.started;	/* it was never otherwise */
	c->since = now > since ? (now - since) / 1000 : 0;
	if (info->retry_at)
		c->retry = info->retry_at > now ? (info->retry_at - now + 999) / 1000 : 0;
	if (info->shunt_until)
		c->shunt_left = info->shunt_until > now ? (info->shunt_until - now + 999) / 1000 : 0;
	c->tries = info->tries;
	c->reason = info->last_reason;
	c->ike_serial = info->ike_serial;
	c->child_serial = info->child_serial;
	c->ike = to_conf_proposal(&info->ike);
	c->esp = to_conf_proposal(&info->esp);
	c->in = (struct said){ .dst = c->local, .proto = IPPROTO_ESP };
	c->out = (struct said){ .dst = c->remote, .proto = IPPROTO_ESP };
	if (!c->remote.family)		/* %any: the conn does not say who it is now */
		c->out.dst = addr_any(c->local.family);
	if (info->child_serial) {
		c->in.dst = from_ike_addr(&info->named);
		c->out.dst = from_ike_addr(&info->named_peer);
	}
	memcpy(&c->in.spi, info->spi_in, 4);
	memcpy(&c->out.spi, info->spi_out, 4);
	if (info->last_text)
		snprintf(c->failure, sizeof(c->failure), "%s", info->last_text);
	if (info->story)
		snprintf(c->story, sizeof(c->story), "%s", info->story);
}

/* As ipsec.conf has it: what addresses its names have is said elsewhere. */
static void fill_conf(struct ctl_conn *c, const struct conn *conn)
{
	unsigned int i;

	c->conf = conn->conf;
	for (i = 0; i < 2; i++)
		if (c->conf.end[i].host == CONF_HOST_DNS)
			memset(&c->conf.end[i].addr, 0, sizeof(c->conf.end[i].addr));
}

/* Not oriented: what was looked for, and what there is. */
static void fill_why(struct ctl_conn *c, const struct conn *conn)
{
	struct local_view view = iface_view();
	char why[CONN_WHY] = "";
	struct oriented where;

	c->nameless = conn_names_missing(conn, why);
	if (c->nameless || !orient(&conn->conf, &view, &where, why))
		snprintf(c->failure, sizeof(c->failure), "%s", why);
}

static void fill_instance(struct ctl_conn *c, const struct ike_conn_info *info)
{
	unsigned int i;

	c->lease = from_ike_addr(&info->lease);
	for (i = 0; i < info->n_dns && i < sizeof(c->dns) / sizeof(c->dns[0]); i++)
		c->dns[c->n_dns++] = from_ike_addr(&info->dns[i]);
	if (!info->of)
		return;
	c->instance = info->instance;
	c->client = ts_prefix(&info->client);
	c->remote = from_ike_addr(&info->peer);
	c->peer_port = info->peer.port;
	c->peer_id.type = info->peer_id.type;
	c->peer_id.len = info->peer_id.len;
	memcpy(c->peer_id.data, info->peer_id.data, sizeof(c->peer_id.data));
}

/* @conn, or an instance of it. */
static void put_conn(struct status *s, const struct conn *conn, const struct ike_conn_info *info)
{
	bool instance = info && info->of;
	struct said in, out;
	struct ctl_conn c;

	memset(&c, 0, sizeof(c));
	fill_conf(&c, conn);
	c.retry = UINT64_MAX;
	fill_place(&c, conn);
	c.adopted = !instance && (!info || info->state != IKE_CONN_ESTABLISHED) && adopted(conn, &in, &out);
	c.routing = routing_of(conn, info, c.adopted);
	if (info)
		fill_instance(&c, info);
	if (info)
		fill_info(&c, info);
	if (c.routing == CTL_UNORIENTED)
		fill_why(&c, conn);
	if (!info)
		snprintf(c.story, sizeof(c.story), "%s", c.routing == CTL_LOOPBACK ? "this host itself: nothing to do" :
			 conn->oriented ? "a shunt: nothing to negotiate" : c.nameless ?
			 "waiting for the address of a name" : "waiting for an address of this host");
	if (c.adopted) {
		c.in = in;
		c.out = out;
	}
	s->put(s->ctx, CTL_CONN, &c);
}

static void each_conn(void *ctx, struct conn *conn)
{
	struct status *s = ctx;
	const struct ike_conn_info *i;
	size_t n;

	if (s->of ? conn != s->of : s->name[0] && !conf_named(&conn->conf, s->name))
		return;
	if (!s->of) {
		s->found = true;
		put_conn(s, conn, info_of(&s->infos, conn->conf.name));
	}
	for (i = s->instances.list, n = s->instances.n; n; n--, i++) {
		if (strcasecmp(i->of, conn->conf.name) || (s->of && strcasecmp(i->name, s->name)))
			continue;
		s->found = true;
		put_conn(s, conn, i);
	}
}

static void count_adopted(void *ctx, struct conn *conn)
{
	struct status *s = ctx;
	struct said in, out;

	s->up += adopted(conn, &in, &out);
}

static void each_iface(void *ctx, const struct ctl_iface *iface)
{
	struct status *s = ctx;

	s->put(s->ctx, CTL_IFACE, iface);
}

static void put_daemon(struct status *s)
{
	struct ctl_daemon d;

	memset(&d, 0, sizeof(d));
	snprintf(d.version, sizeof(d.version), "%s", KLIPS_VERSION);
	snprintf(d.stack, sizeof(d.stack), "%s", pluto.kernel->name);
	snprintf(d.secrets, sizeof(d.secrets), "%s", pluto.secrets);
	snprintf(d.libcrypto, sizeof(d.libcrypto), "%s", ike_libcrypto());
	d.mlkem = ike_kem_ready(KE_MLKEM768);
	d.pid = getpid();
	d.debug = plog_debugging();
	d.n_secrets = creds_secrets();
	d.n_conns = loaded_count();
	d.n_up = s->up;
	ike_acquires(pluto.engine, d.acquires);
	d.acquires_lost = pluto.kernel == &kernel_klips ? ondemand_lost() : 0;
	d.uptime = (loop_now() - pluto.started) / 1000;
	s->put(s->ctx, CTL_DAEMON, &d);
}

static int missing(const struct status *s, char why[CTL_WHY])
{
	if (s->of)
		instance_missing(s->of->conf.name, s->name, why, CTL_WHY);
	else
		snprintf(why, CTL_WHY, "no conn \"%.63s\" is loaded", s->name);
	return -ENOENT;
}

int ctl_status(const char *name, void (*put)(void *ctx, enum ctl_type type, const void *body), void *ctx, char why[CTL_WHY])
{
	struct status s = { .put = put, .ctx = ctx, .name = name };
	size_t i;

	if (name[conf_base_len(name)])
		s.of = loaded_find(name);
	ike_conns(pluto.engine, collect, &s);
	if (s.infos.n)
		qsort(s.infos.list, s.infos.n, sizeof(*s.infos.list), by_name);
	if (s.instances.n)
		qsort(s.instances.list, s.instances.n, sizeof(*s.instances.list), by_number);
	for (i = 0; i < s.infos.n; i++)
		s.up += s.infos.list[i].state == IKE_CONN_ESTABLISHED;
	for (i = 0; i < s.instances.n; i++)
		s.up += s.instances.list[i].state == IKE_CONN_ESTABLISHED;
	loaded_each(count_adopted, &s);
	put_daemon(&s);
	iface_each(each_iface, &s);
	loaded_each(each_conn, &s);
	free(s.infos.list);
	free(s.instances.list);
	return s.found || !name[0] ? 0 : missing(&s, why);
}
