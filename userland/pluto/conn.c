// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conn.h"
#include "ctl.h"
#include "iface.h"
#include "instances.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "updown.h"

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
	struct conn *c = *find_at(name);
	char base[CONF_INSTANCE_MAX];

	if (c || strlen(name) >= sizeof(base))
		return c;
	strcpy(base, name);
	base[conf_base_len(name)] = '\0';
	return *find_at(base);
}

/* What the engine calls @c, or the instance of it that @name is. */
static const char *engine_name(const struct conn *c, const char *name, char buf[CONF_INSTANCE_MAX])
{
	snprintf(buf, CONF_INSTANCE_MAX, "%s%s", c->conf.name, *find_at(name) ? "" : name + conf_base_len(name));
	return buf;
}

static int no_instance(const struct conn *c, const char *name, char why[CONN_WHY])
{
	instance_missing(c->conf.name, name, why, CONN_WHY);
	return -ENOENT;
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

struct named {
	const char *name;
	char (*list)[CONF_NAME_MAX];
	unsigned int n;
};

static void put_named(void *ctx, struct conn *conn)
{
	struct named *named = ctx;

	if (conf_named(&conn->conf, named->name))
		strcpy(named->list[named->n++], conn->conf.name);
}

char (*loaded_named(const char *name, unsigned int *n))[CONF_NAME_MAX]
{
	struct named named = { .name = name, .list = calloc(count + 1, CONF_NAME_MAX) };

	if (!named.list)
		return NULL;
	loaded_each(put_named, &named);
	if (!named.n)
		snprintf(named.list[named.n++], CONF_NAME_MAX, "%s", name);
	*n = named.n;
	return named.list;
}

/* ---- routing ---- */

static bool is_tunnel(const struct conn *c)
{
	return conf_conn_negotiated(&c->conf);
}

static enum klips_target shunt_target(const struct conn *c)
{
	static const uint8_t targets[] = {
		[CONF_TUNNEL] = KLIPS_TARGET_TRAP, [CONF_TRANSPORT] = KLIPS_TARGET_TRAP,
		[CONF_PASSTHROUGH] = KLIPS_TARGET_PASS,
		[CONF_DROP] = KLIPS_TARGET_DROP, [CONF_REJECT] = KLIPS_TARGET_REJECT,
	};

	return targets[c->conf.type];
}

/* An oriented conn gets its routes and eroutes: 0 or -errno and @why. */
static int conn_route(struct conn *c, char why[CONN_WHY])
{
	int err;

	if (c->trapped)
		return 0;
	if (c->conf.end[c->where.us].cfgclient == CONF_YES) {
		snprintf(why, CONN_WHY, "cannot route: the peer gives this host its address, which packets could not have before");
		return -EOPNOTSUPP;
	}
	if (is_tunnel(c) && ike_conn_route(pluto.engine, c->conf.name, loop_now()) == -EDESTADDRREQ) {
		snprintf(why, CONN_WHY, "cannot route: its peer is %%any, whom no packet can ask for");
		return -EDESTADDRREQ;
	}
	err = pluto.kernel->route(c, shunt_target(c), why);
	c->trapped = !err;
	if (err && is_tunnel(c))
		ike_conn_unroute(pluto.engine, c->conf.name, loop_now());
	if (!err) {
		plog(LOG_INFO, c->conf.name, "routed");
		updown_routed(c, true);
	}
	return err;
}

static int conn_unroute(struct conn *c, char why[CONN_WHY])
{
	struct said in, out;

	if (is_tunnel(c) && (pluto.kernel->adopted(c, &in, &out) ||
			     ike_conn_unroute(pluto.engine, c->conf.name, loop_now()) == -EBUSY)) {
		snprintf(why, CONN_WHY, "cannot unroute: its tunnel uses the route; \"ipsec down %s\" takes it down", c->conf.name);
		return -EBUSY;
	}
	server_pump();
	pluto.kernel->unroute(c);
	c->trapped = false;
	plog(LOG_INFO, c->conf.name, "unrouted");
	updown_routed(c, false);
	return 0;
}

/* ---- loading ---- */

static void disorient(struct conn *c)
{
	if (!c->oriented)
		return;
	ike_conn_delete(pluto.engine, c->conf.name, loop_now());
	server_pump();
	if (c->trapped) {
		pluto.kernel->unroute(c);
		updown_routed(c, false);
	}
	c->trapped = false;
	pluto.kernel->unload(c);
	c->oriented = false;
	c->name_proved = false;
}

/* The engine knows nothing of conns that negotiate nothing. */
static int engine_add(const struct conn *c, char why[CONN_WHY])
{
	struct ike_conn_config cfg;
	int err;

	if (!is_tunnel(c))
		return 0;
	if (c->conf.end[!c->where.us].cfgclient == CONF_YES && !c->conf.end[!c->where.us].pool.first.family) {
		snprintf(why, CONN_WHY, "the peer asks this host for an address, which has no addresspool= to give; expected it, and %s=%%any",
			 c->where.us ? "left" : "right");
		return -EINVAL;
	}
	cfg = conn_engine_config(c);
	err = ike_conn_add(pluto.engine, &cfg);
	if (err)
		snprintf(why, CONN_WHY, "the conn contradicts itself: %s", strerror(-err));
	return err;
}

/* Hands an oriented conn to the kernel and the engine: 0 or -errno and @why. */
static int engage(struct conn *c, char why[CONN_WHY])
{
	int err = conn_shut(c, why);
	struct said in, out;

	if (!err)
		err = conn_certs_read(c, why);

	if (!err)
		err = pluto.kernel->load(c, why);
	if (err)
		return err;
	err = engine_add(c, why);
	if (err) {
		pluto.kernel->unload(c);
		return err;
	}
	c->oriented = true;
	if (pluto.kernel->adopted(c, &in, &out))
		loaded_came_up(c->conf.name);
	if (c->routed && conn_route(c, why))
		plog(LOG_ERR, c->conf.name, "%s", why);
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

/* The addresses in the tunnel stay; the one that the peer gave does so wherever this host is. */
static bool same_inside(const struct conn *c, const struct oriented *where)
{
	return c->conf.end[c->where.us].cfgclient == CONF_YES || addr_equal(&c->where.source, &where->source);
}

/* Its tunnel goes on from where this host is now (MOBIKE): all is as it was but for the way to the peer. */
static bool conn_follow(struct conn *c, const struct oriented *where)
{
	struct oriented was = c->where;
	struct ike_conn_config cfg;
	int err;

	if (!is_tunnel(c) || was.us != where->us || !addr_equal(&was.remote, &where->remote) ||
	    !same_inside(c, where) || strcmp(was.virt, where->virt) || was.virt_index != where->virt_index)
		return false;
	c->where = *where;
	cfg = conn_engine_config(c);
	err = ike_conn_moved(pluto.engine, &cfg, loop_now());
	if (err == -EPERM)
		plog(LOG_NOTICE, c->conf.name, "our address changed, but the peer began the IKE SA, so only the peer could move it (RFC 4555)");
	if (err) {
		c->where = was;
		return false;
	}
	pluto.kernel->moved(c, &was);
	server_pump();
	return true;
}

/* Finds out what @c is here and now. 0, -ENXIO: it is not oriented (yet), or another -errno. */
static int conn_orient(struct conn *c, char why[CONN_WHY])
{
	struct local_view view = iface_view();
	struct oriented where;

	if (conf_conn_loopback(&c->conf)) {
		snprintf(why, CONN_WHY, "packets to this host itself reach no ipsec device: there is nothing to be done");
		return -ENXIO;
	}
	if (conn_names_fill(c, why) || !orient(&c->conf, &view, &where, why))
		return -ENXIO;
	if (c->oriented && (same_place(&where, &c->where) || conn_follow(c, &where)))
		return 0;
	if (c->oriented)
		plog(LOG_NOTICE, c->conf.name, "addresses, routes or devices of this host changed: loading it anew");
	disorient(c);
	c->where = where;
	return engage(c, why);
}

static void orient_one(void *ctx, struct conn *c)
{
	char why[CONN_WHY], shut_why[CONN_WHY];
	bool before = c->oriented;
	int err = conn_orient(c, why);

	(void)ctx;
	/* What is known of its names may say more of what is to be kept closed, or less. */
	if (err == -ENXIO && !c->oriented && (c->name[0] || c->name[1]) && conn_shut_unoriented(c, shut_why))
		plog(LOG_ERR, c->conf.name, "%s", shut_why);
	if (!err && !before)
		plog(LOG_NOTICE, c->conf.name, "this host is %s=", c->where.us ? "right" : "left");
	else if (err && err != -ENXIO)
		plog(LOG_ERR, c->conf.name, "%s", why);
	if (err && c->wanted && !conn_names_pending(c))
		ctl_report(c->conf.name, IKE_FAILED, IKE_NO_ANSWER, why);
}

void conns_orient(void)
{
	loaded_each(orient_one, NULL);
	ctl_oriented();
}

static void conn_drop(struct conn **at)
{
	struct conn *c = *at;

	disorient(c);
	conn_unshut(c);
	*at = c->next;
	count--;
	conn_certs_forget(c);
	conn_names_put(c);
	free(c);
}

int loaded_add(const struct conf_conn *conf, char why[CONN_WHY])
{
	const char *wrong = conn_conf_wrong(conf);
	char shut_why[CONN_WHY];
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
	err = conn_names_get(c);
	if (err)
		snprintf(why, CONN_WHY, "out of memory");
	else
		err = conn_orient(c, why);
	if (err == -ENXIO && conn_shut_unoriented(c, shut_why))
		plog(LOG_ERR, conf->name, "%s", shut_why);
	if (err && err != -ENXIO) {
		conn_drop(at);
		return err;
	}
	if (conf_conn_negotiated(conf) && (conf_conn_auth(conf, 0) | conf_conn_auth(conf, 1)) & CONF_AUTHBY_NULL)
		plog(LOG_WARNING, conf->name, "authby=null: it keeps those out who only listen, and lets anybody in who speaks IKE");
	if ((strcasestr(conf->end[0].vhost, "%priv") || strcasestr(conf->end[1].vhost, "%priv")) && !pluto.setup.virtual_private[0])
		plog(LOG_WARNING, conf->name, "vhost:%%priv, and virtual_private= in \"config setup\" names no networks: nobody has a private one");
	if (conf_conn_loopback(conf))
		plog(LOG_INFO, conf->name, "loaded; %s", why);
	else
		plog(err ? LOG_WARNING : LOG_INFO, conf->name, err ? "loaded, but %s" : "loaded", why);
	return 0;
}

static int unknown(const char *name, char why[CONN_WHY])
{
	snprintf(why, CONN_WHY, "no conn \"%.63s\" is loaded; \"ipsec add %.63s\" loads it from ipsec.conf", name, name);
	return -ENOENT;
}

/* Nets that conns kept closed which are gone. */
struct former {
	struct subnet *nets;
	unsigned int n;
};

static void former_keep(struct former *f, struct conn *c)
{
	struct subnet *more = c->n_shut ? reallocarray(f->nets, f->n + c->n_shut, sizeof(*more)) : NULL;

	if (more) {			/* else nothing, or closed for good, by a count that nobody takes back */
		f->nets = more;
		memcpy(more + f->n, c->shut, c->n_shut * sizeof(*more));
		f->n += c->n_shut;
	}
	c->n_shut = 0;
}

static void former_open(struct former *f)
{
	while (f->n)
		pluto.kernel->unshut(&f->nets[--f->n]);
	free(f->nets);
	f->nets = NULL;
}

/* Until those in their place do: the last of its pairs, or, where one could not be loaded, the next that can. */
static struct former replaced;
/* Until all of ipsec.conf is loaded. */
static struct former deleted;

static int delete(const char *name, bool closed, char why[CONN_WHY])
{
	struct conn **at = find_at(name);

	if (!*at)
		return unknown(name, why);
	plog(LOG_INFO, (*at)->conf.name, "unloaded");
	if (closed)
		former_keep(&deleted, *at);
	conn_drop(at);
	return 0;
}

int loaded_delete(const char *name, char why[CONN_WHY])
{
	return delete(name, false, why);
}

int loaded_delete_closed(const char *name, char why[CONN_WHY])
{
	return delete(name, true, why);
}

void loaded_all(void)
{
	former_open(&deleted);
}

/* A conn that was one has become pairs, or the contrary, or fewer pairs: what is no more must not stay beside it. */
static void drop_former(const struct conf_conn *conf)
{
	char (*names)[CONF_NAME_MAX];
	struct conn **at;
	unsigned int i, n;

	names = loaded_named(conf->alias[0] ? conf->alias : conf->name, &n);
	for (i = 0; names && i < n; i++) {
		at = find_at(names[i]);
		if (!*at || !strcasecmp((*at)->conf.name, conf->name) || conf_pair_of(&(*at)->conf, conf))
			continue;
		plog(LOG_INFO, names[i], "unloaded: ipsec.conf has it in another form now");
		former_keep(&replaced, *at);
		conn_drop(at);
	}
	free(names);
}

int loaded_replace(const struct conf_conn *conf, char why[CONN_WHY])
{
	const char *wrong = conn_conf_wrong(conf);
	struct conn **at;
	int err;

	if (wrong) {
		snprintf(why, CONN_WHY, "%s", wrong);
		return -EINVAL;
	}
	at = find_at(conf->name);
	if (*at) {
		/* In between nothing leaves in the clear. */
		former_keep(&replaced, *at);
		conn_drop(at);
	}
	drop_former(conf);
	err = loaded_add(conf, why);
	if (err && replaced.n)
		plog(LOG_WARNING, conf->name, "not replaced: what it kept closed stays closed until a conn is replaced");
	else if (!err && conf_pair_last(conf))
		former_open(&replaced);
	return err;
}

int loaded_up(const char *name, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);
	int err;

	if (!c)
		return unknown(name, why);
	if (!is_tunnel(c)) {
		snprintf(why, CONN_WHY, "cannot initiate a shunt: its type= negotiates nothing; \"ipsec route %s\" installs it",
			 c->conf.name);
		return -EOPNOTSUPP;
	}
	if (!c->oriented) {
		err = conn_orient(c, why);
		if (err) {
			c->wanted = err == -ENXIO;
			return conn_names_pending(c) ? 0 : err;
		}
	}
	err = ike_conn_up(pluto.engine, c->conf.name, loop_now());
	c->wanted = !err;
	if (err)
		snprintf(why, CONN_WHY, "%s", err == -EDESTADDRREQ ?
			 "its peer is %any: it can only be brought up from there" : strerror(-err));
	return err;
}

/* From now on the trap lies under the tunnel: when the peer is dead packets are held, and none leaves. */
void loaded_came_up(const char *name)
{
	struct conn *c = loaded_find(name);
	char why[CONN_WHY];

	if (!c || c->trapped || !c->where.remote.family || c->conf.end[c->where.us].cfgclient == CONF_YES ||
	    (c->conf.dpdaction != CONF_DPD_HOLD && c->conf.dpdaction != CONF_DPD_RESTART))
		return;
	if (conn_route(c, why))
		plog(LOG_ERR, c->conf.name, "%s", why);
}

void loaded_adopted_dead(const char *name)
{
	struct conn *c = loaded_find(name);
	char why[CONN_WHY];

	if (!c)
		return;
	if (c->conf.dpdaction == CONF_DPD_UNSAID && !c->trapped) {
		plog(LOG_WARNING, name, "nothing comes by the adopted tunnel, and the peer does not answer: asking goes on");
		return;
	}
	plog(LOG_NOTICE, name, "tunnel down: nothing comes by the adopted one, and the peer does not answer");
	/* @name may be that of an SA, which goes now. */
	if (c->conf.dpdaction == CONF_DPD_CLEAR) {
		loaded_down(c->conf.name, why);
		return;
	}
	pluto.kernel->down(c);
	if (c->conf.dpdaction == CONF_DPD_RESTART)
		loaded_up(c->conf.name, why);
}

int loaded_down(const char *name, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);
	char full[CONF_INSTANCE_MAX];

	if (!c)
		return unknown(name, why);
	engine_name(c, name, full);
	if (strcmp(full, c->conf.name))
		return ike_conn_down(pluto.engine, full, loop_now()) ? no_instance(c, full, why) : 0;
	c->wanted = false;
	if (c->oriented) {
		pluto.kernel->down(c);
		ike_conn_down(pluto.engine, c->conf.name, loop_now());
	}
	if (c->trapped && !c->routed)
		return conn_unroute(c, why); /* it was for the dead peer that is none */
	return 0;
}

int loaded_rekey(const char *name, bool ike, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);
	char full[CONF_INSTANCE_MAX];
	int err;

	if (!c)
		return unknown(name, why);
	engine_name(c, name, full);
	err = ike_conn_rekey(pluto.engine, full, ike, loop_now());
	if (err == -ENOENT && strcmp(full, c->conf.name))
		return no_instance(c, full, why);
	if (err)
		snprintf(why, CONN_WHY, "cannot rekey: %s", err == -EBUSY ? "it is being rekeyed just now" :
			 err == -ENOMEM ? "out of memory" : "it is not up");
	return err;
}

int loaded_route(const char *name, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);
	int err;

	if (!c)
		return unknown(name, why);
	if (conf_conn_loopback(&c->conf))
		return 0;		/* the classic exclude-lo is auto=route */
	if (!c->oriented) {
		err = conn_orient(c, why);
		if (err) {
			c->routed = err == -ENXIO;
			return conn_names_pending(c) ? 0 : err;
		}
	}
	err = conn_route(c, why);
	c->routed = !err;
	return err;
}

int loaded_unroute(const char *name, char why[CONN_WHY])
{
	struct conn *c = loaded_find(name);
	int err = 0;

	if (!c)
		return unknown(name, why);
	if (c->trapped)
		err = conn_unroute(c, why);
	c->routed &= err != 0;
	return err;
}

void conns_end(void)
{
	unsigned int i;

	for (i = 0; i < CHAINS; i++)
		while (chains[i])
			conn_drop(&chains[i]);
}
