// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl_status.h"
#include "iface.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "vault.h"

struct infos {
	struct ike_conn_info *list;
	size_t n, size;
};

struct status {
	void (*put)(void *ctx, enum ctl_type type, const void *body);
	void *ctx;
	const char *name;
	bool found;
	struct infos infos;
	uint32_t up;
};

static void collect(void *ctx, const struct ike_conn_info *info)
{
	struct infos *in = ctx;
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

static const struct ike_conn_info *info_of(const struct infos *in, const char *name)
{
	struct ike_conn_info key = { .name = name };

	return in->n ? bsearch(&key, in->list, in->n, sizeof(key), by_name) : NULL;
}

static struct conf_proposal to_conf_proposal(const struct ike_proposal *p)
{
	return (struct conf_proposal){
		.encr = p->encr, .keylen = p->keylen, .prf = p->prf, .integ = p->integ, .dh = p->dh, .esn = p->esn,
	};
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

static void fill_info(struct ctl_conn *c, const struct ike_conn_info *info)
{
	static const uint8_t states[] = {
		[IKE_CONN_IDLE] = CTL_IDLE, [IKE_CONN_TRYING] = CTL_TRYING,
		[IKE_CONN_ESTABLISHED] = CTL_ESTABLISHED, [IKE_CONN_WAITING] = CTL_WAITING,
	};
	uint64_t now = loop_now();

	c->state = states[info->state];
	c->since = now > info->since ? (now - info->since) / 1000 : 0;
	if (info->retry_at)
		c->retry = info->retry_at > now ? (info->retry_at - now + 999) / 1000 : 0;
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
	memcpy(&c->in.spi, info->spi_in, 4);
	memcpy(&c->out.spi, info->spi_out, 4);
	if (info->last_text)
		snprintf(c->failure, sizeof(c->failure), "%s", info->last_text);
	if (info->story)
		snprintf(c->story, sizeof(c->story), "%s", info->story);
}

static void each_conn(void *ctx, struct conn *conn)
{
	struct status *s = ctx;
	const struct ike_conn_info *info = info_of(&s->infos, conn->conf.name);
	struct ctl_conn c;

	if (s->name[0] && strcasecmp(s->name, conn->conf.name))
		return;
	s->found = true;
	memset(&c, 0, sizeof(c));
	c.conf = conn->conf;
	c.retry = UINT64_MAX;
	fill_place(&c, conn);
	if (info)
		fill_info(&c, info);
	else
		snprintf(c.story, sizeof(c.story), "waiting for an address of this host");
	s->put(s->ctx, CTL_CONN, &c);
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
	d.pid = getpid();
	d.debug = plog_debugging();
	d.n_secrets = vault_secrets();
	d.n_conns = loaded_count();
	d.n_up = s->up;
	d.uptime = (loop_now() - pluto.started) / 1000;
	s->put(s->ctx, CTL_DAEMON, &d);
}

bool ctl_status(const char *name, void (*put)(void *ctx, enum ctl_type type, const void *body), void *ctx)
{
	struct status s = { .put = put, .ctx = ctx, .name = name };
	size_t i;

	ike_conns(pluto.engine, collect, &s.infos);
	if (s.infos.n)
		qsort(s.infos.list, s.infos.n, sizeof(*s.infos.list), by_name);
	for (i = 0; i < s.infos.n; i++)
		s.up += s.infos.list[i].state == IKE_CONN_ESTABLISHED;
	put_daemon(&s);
	iface_each(each_iface, &s);
	loaded_each(each_conn, &s);
	free(s.infos.list);
	return s.found || !name[0];
}
