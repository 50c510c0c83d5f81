// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conn.h"
#include "iface.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"

#define CHAINS 1024

static struct conn *chains[CHAINS];
static unsigned int count;

static struct conn **chain_of(const char *name)
{
	unsigned int hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + tolower((unsigned char)*name);
	return &chains[hash % CHAINS];
}

static struct conn **find_at(const char *name)
{
	struct conn **at = chain_of(name);

	while (*at && strcasecmp((*at)->conf.name, name))
		at = &(*at)->next;
	return at;
}

struct conn *loaded_find(const char *name)
{
	return *find_at(name);
}

unsigned int loaded_count(void)
{
	return count;
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp((*(struct conn * const *)a)->conf.name, (*(struct conn * const *)b)->conf.name);
}

/* All of them, sorted; NULL: no memory or none. The caller frees it. */
static struct conn **sorted(void)
{
	struct conn **list = calloc(count ? count : 1, sizeof(*list)), *c;
	unsigned int i, n = 0;

	for (i = 0; list && i < CHAINS; i++)
		for (c = chains[i]; c; c = c->next)
			list[n++] = c;
	if (list)
		qsort(list, n, sizeof(*list), by_name);
	return list;
}

void loaded_each(void (*fn)(void *ctx, struct conn *conn), void *ctx)
{
	struct conn **list = sorted();
	unsigned int i, n = count;

	for (i = 0; list && i < n; i++)
		fn(ctx, list[i]);
	free(list);
}

/* ---- to the engine ---- */

static struct ike_id to_ike_id(const struct conf_id *id, const struct ip_addr *addr)
{
	struct conf_id own = *id;
	struct ike_id out;

	if (!own.type)
		own = conf_id_of_addr(addr);
	memset(&out, 0, sizeof(out));
	out.type = own.type;
	out.len = own.len;
	memcpy(out.data, own.data, own.len);
	return out;
}

static struct ike_ts to_ike_ts(const struct subnet *net)
{
	struct ike_ts ts = { .family = net->addr.family, .end_port = 65535 };
	unsigned int len = addr_len(net->addr.family), i, bits;

	memcpy(ts.start, net->addr.u.bytes, len);
	memcpy(ts.end, net->addr.u.bytes, len);
	for (i = 0; i < len; i++) {
		bits = net->plen > 8 * i ? net->plen - 8 * i : 0;
		if (bits < 8)
			ts.end[i] |= 0xff >> bits;
	}
	return ts;
}

static void proposals(struct ike_proposal *to, unsigned int *n, const struct conf_proposals *from)
{
	unsigned int i;

	*n = from->n < IKE_MAX_PROPOSALS ? from->n : IKE_MAX_PROPOSALS;
	for (i = 0; i < *n; i++) {
		to[i].encr = from->list[i].encr;
		to[i].keylen = from->list[i].keylen;
		to[i].prf = from->list[i].prf;
		to[i].integ = from->list[i].integ;
		to[i].dh = from->list[i].dh;
		to[i].esn = from->list[i].esn;
	}
}

/* What the engine is told; the name stays @c's. */
static struct ike_conn_config engine_config(const struct conn *c)
{
	const struct conf_end *us = &c->conf.end[c->where.us], *peer = &c->conf.end[!c->where.us];
	struct subnet ours = orient_client(us, &c->where.local);
	struct subnet theirs = orient_client(peer, &c->where.remote);
	struct ike_conn_config cfg;

	memset(&cfg, 0, sizeof(cfg));
	cfg.name = c->conf.name;
	cfg.local = to_ike_addr(&c->where.local, 500);
	cfg.remote = to_ike_addr(&c->where.remote, 500);
	cfg.local_id = to_ike_id(&us->id, &c->where.local);
	cfg.remote_id = to_ike_id(&peer->id, &c->where.remote);
	cfg.local_ts[cfg.n_local_ts++] = to_ike_ts(&ours);
	if (theirs.addr.family)		/* else the peer itself, whoever it will be */
		cfg.remote_ts[cfg.n_remote_ts++] = to_ike_ts(&theirs);
	proposals(cfg.ike, &cfg.n_ike, &c->conf.ike);
	proposals(cfg.esp, &cfg.n_esp, &c->conf.esp);
	cfg.ike_lifetime = c->conf.ikelifetime;
	cfg.sa_lifetime = c->conf.salifetime;
	cfg.keyingtries = c->conf.keyingtries;
	return cfg;
}

/* ---- loading ---- */

static void disorient(struct conn *c)
{
	if (!c->oriented)
		return;
	ike_conn_delete(pluto.engine, c->conf.name, loop_now());
	server_pump();
	pluto.kernel->unload(c);
	c->oriented = false;
}

/* Hands an oriented conn to the kernel and the engine: 0 or -errno and @why. */
static int engage(struct conn *c, char why[CONN_WHY])
{
	struct ike_conn_config cfg = engine_config(c);
	int err;

	err = pluto.kernel->load(c, why);
	if (err)
		return err;
	err = ike_conn_add(pluto.engine, &cfg);
	if (err) {
		pluto.kernel->unload(c);
		snprintf(why, CONN_WHY, "the conn contradicts itself: %s", strerror(-err));
		return err;
	}
	c->oriented = true;
	if (c->wanted)
		ike_conn_up(pluto.engine, c->conf.name, loop_now());
	server_pump();
	return 0;
}

static bool same_place(const struct oriented *a, const struct oriented *b)
{
	return a->us == b->us && addr_equal(&a->local, &b->local) && addr_equal(&a->remote, &b->remote) &&
	       addr_equal(&a->nexthop, &b->nexthop) && addr_equal(&a->source, &b->source) &&
	       !strcmp(a->phys, b->phys) && !strcmp(a->virt, b->virt) && a->virt_index == b->virt_index;
}

/* Finds out what @c is here and now. 0, -ENXIO: it is not oriented (yet), or another -errno. */
static int conn_orient(struct conn *c, char why[CONN_WHY])
{
	struct local_view view = iface_view();
	struct oriented where;

	if (!orient(&c->conf, &view, &where, why))
		return -ENXIO;
	if (c->oriented && same_place(&where, &c->where))
		return 0;
	if (c->oriented)
		plog(LOG_NOTICE, c->conf.name, "addresses, routes or devices of this host changed: loading it anew");
	disorient(c);
	c->where = where;
	return engage(c, why);
}

static void orient_one(void *ctx, struct conn *c)
{
	char why[CONN_WHY];
	bool before = c->oriented;
	int err = conn_orient(c, why);

	(void)ctx;
	if (!err && !before)
		plog(LOG_NOTICE, c->conf.name, "this host is %s=", c->where.us ? "right" : "left");
	else if (err && err != -ENXIO)
		plog(LOG_ERR, c->conf.name, "%s", why);
}

void conns_orient(void)
{
	loaded_each(orient_one, NULL);
}

static void conn_drop(struct conn **at)
{
	struct conn *c = *at;

	disorient(c);
	*at = c->next;
	count--;
	free(c);
}

/* What comes over the socket was parsed by another program: look at it again. */
static const char *conf_wrong(const struct conf_conn *conf)
{
	unsigned int i;

	if (!memchr(conf->name, '\0', sizeof(conf->name)) || !conf->name[0])
		return "a conn without a name";
	if (conf->ike.n < 1 || conf->ike.n > CONF_PROPOSALS || conf->esp.n < 1 || conf->esp.n > CONF_PROPOSALS)
		return "a conn without algorithms";
	for (i = 0; i < 2; i++)
		if (conf->end[i].id.len > sizeof(conf->end[i].id.data) ||
		    conf->end[i].subnet.plen > addr_bits(conf->end[i].subnet.addr.family))
			return "malformed end";
	return conf_conn_wrong(conf);
}

int loaded_add(const struct conf_conn *conf, char why[CONN_WHY])
{
	const char *wrong = conf_wrong(conf);
	struct conn **at, *c;
	int err;

	if (wrong) {
		snprintf(why, CONN_WHY, "%s", wrong);
		return -EINVAL;
	}
	at = find_at(conf->name);
	if (*at) {
		snprintf(why, CONN_WHY, "it is loaded already; \"ipsec replace %s\" loads it anew", conf->name);
		return -EEXIST;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		snprintf(why, CONN_WHY, "out of memory");
		return -ENOMEM;
	}
	c->conf = *conf;
	*at = c;
	count++;
	err = conn_orient(c, why);
	if (err && err != -ENXIO) {
		conn_drop(at);
		return err;
	}
	plog(err ? LOG_WARNING : LOG_INFO, conf->name, err ? "loaded, but %s" : "loaded", why);
	return 0;
}

static int unknown(const char *name, char why[CONN_WHY])
{
	snprintf(why, CONN_WHY, "no conn \"%.63s\" is loaded; \"ipsec add %.63s\" loads it from ipsec.conf", name, name);
	return -ENOENT;
}

int loaded_delete(const char *name, char why[CONN_WHY])
{
	struct conn **at = find_at(name);

	if (!*at)
		return unknown(name, why);
	plog(LOG_INFO, (*at)->conf.name, "unloaded");
	conn_drop(at);
	return 0;
}

int loaded_replace(const struct conf_conn *conf, char why[CONN_WHY])
{
	const char *wrong = conf_wrong(conf);
	struct conn **at;

	if (wrong) {
		snprintf(why, CONN_WHY, "%s", wrong);
		return -EINVAL;
	}
	at = find_at(conf->name);
	if (*at)
		conn_drop(at);
	return loaded_add(conf, why);
}

int loaded_up(const char *name, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);
	int err;

	if (!c)
		return unknown(name, why);
	if (!c->oriented) {
		err = conn_orient(c, why);
		if (err) {
			c->wanted = err == -ENXIO;
			return err;
		}
	}
	err = ike_conn_up(pluto.engine, c->conf.name, loop_now());
	c->wanted = !err;
	if (err)
		snprintf(why, CONN_WHY, "%s", err == -EDESTADDRREQ ?
			 "its peer is %any: it can only be brought up from there" : strerror(-err));
	return err;
}

int loaded_down(const char *name, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);

	if (!c)
		return unknown(name, why);
	c->wanted = false;
	if (c->oriented)
		ike_conn_down(pluto.engine, c->conf.name, loop_now());
	return 0;
}

void conns_end(void)
{
	unsigned int i;

	for (i = 0; i < CHAINS; i++)
		while (chains[i])
			conn_drop(&chains[i]);
}
