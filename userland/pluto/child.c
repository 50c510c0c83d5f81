// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipsec.h>
#include <linux/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adopt.h"
#include "adopt_match.h"
#include "child.h"
#include "flows.h"
#include "iface.h"
#include "ikealg.h"
#include "inner.h"
#include "linger.h"
#include "pluto.h"
#include "route.h"
#include "routed.h"
#include "ts.h"

#define WINDOW 64			/* packets of the replay window */
#define LIFE_MARGIN 60			/* seconds after which the kernel ends an SA that pluto did not */

static uint32_t last_reqid;

/* ---- what goes wrong, for people ---- */

static int wrong(char why[CHILD_WHY], int err, const char *what)
{
	snprintf(why, CHILD_WHY, "klips refused to %s: %s%s", what, strerror(-err),
		 err == -EEXIST ? "; look at \"ipsec eroute\" and \"ipsec spi\"" :
		 err == -ENOENT || err == -EPROTONOSUPPORT ? "; look at the kernel log" : "");
	return err;
}

static int ts_wrong(char why[CHILD_WHY], int err)
{
	snprintf(why, CHILD_WHY, "traffic selectors that klips cannot hold: %s",
		 err == -EOPNOTSUPP ? "a range of ports" : err == -E2BIG ? "a range of addresses that needs too many prefixes" :
		 strerror(-err));
	return err;
}

/* ---- the steps of an installation; undo takes back in reverse as far as they came ---- */

static const struct esp_alg *alg_of(const struct ike_child *c)
{
	const struct ikealg_encr *encr = ikealg_encr(c->alg.encr);
	unsigned int n, i;
	const struct esp_alg *algs = esp_algs(&n);

	for (i = 0; encr && i < n; i++)
		if (algs[i].ealg == encr->ealg && algs[i].ekey_bits == c->encr_len * 8 &&
		    algs[i].akey_bits == c->integ_len * 8)
			return &algs[i];
	return NULL;
}

static struct sa_spec spec_of(const struct ike_child *c, const struct child *k, const struct esp_alg *alg,
			      bool inbound)
{
	const uint8_t *key = inbound ? c->key_in : c->key_out;
	struct sa_spec spec = { .alg = alg, .mode = c->transport ? IPSEC_MODE_TRANSPORT : IPSEC_MODE_TUNNEL,
				.window = WINDOW, .device = k->virt };

	spec.said = inbound ? k->in : k->out;
	spec.src = inbound ? k->remote : k->local;
	spec.ekey = key;
	spec.akey = c->integ_len ? key + c->encr_len : NULL;
	spec.reqid = PLUTO_REQID | (++last_reqid & ~PLUTO_REQID_MASK);
	spec.esn = c->alg.esn;
	spec.hard = k->hard;
	spec.soft = k->soft;
	spec.encap = inbound ? k->encap_in : k->encap_out;
	return spec;
}

/*
 * The selectors come first, to the larval SA that GETSPI made: so there is no packet that
 * the SA accepts without them.
 */
static int install_in(struct pfkey *pk, struct child *k, const struct ike_child *c, const struct esp_alg *alg,
		      char why[CHILD_WHY])
{
	struct sa_spec spec = spec_of(c, k, alg, true);
	struct flow_sel sel;
	int err;

	for (; k->n_in < k->n_flows; k->n_in++) {
		sel = adopt_reversed(&k->flows[k->n_in]);
		sel.device = NULL;
		err = flow_add_inbound(pk, &sel, &k->in, k->n_in == 0);
		if (err)
			return wrong(why, err, "take the inbound selectors");
	}
	err = sa_update(pk, &spec);
	if (err)
		return wrong(why, err, "take the inbound SA");
	k->has_in = true;
	return 0;
}

static int install_out(struct pfkey *pk, struct child *k, const struct ike_child *c, const struct esp_alg *alg,
		       char why[CHILD_WHY])
{
	struct sa_spec spec = spec_of(c, k, alg, false);
	int err = sa_add(pk, &spec);

	/* A peer that began anew may choose the SPI of before: what it had then it has no more. */
	if (err == -EEXIST && (adopt_give_way(pk, &k->out) || linger_give_way(pk, &k->out)))
		err = sa_add(pk, &spec);
	if (err)
		return wrong(why, err, "take the outbound SA");
	k->has_out = true;
	return 0;
}

/* A selector has one eroute: a conn may take over its own, never another conn's. */
static int check_owners(const struct child *k, char why[CHILD_WHY])
{
	char src[SUBNET_TEXT], dst[SUBNET_TEXT];
	const char *owner;
	int i;

	for (i = 0; i < k->n_flows; i++) {
		owner = flow_owner(&k->flows[i]);
		if (!owner || flow_may_take(k->conn, owner))
			continue;
		snprintf(why, CHILD_WHY, "cannot install the eroute %s -> %s: conn \"%s\" has it",
			 subnet_format(&k->flows[i].src, src), subnet_format(&k->flows[i].dst, dst), owner);
		return -EEXIST;
	}
	return 0;
}

static int install_eroutes(struct pfkey *pk, struct child *k, char why[CHILD_WHY])
{
	int err;

	for (; k->n_eroutes < k->n_flows; k->n_eroutes++) {
		err = flow_claim(pk, &k->flows[k->n_eroutes], k->conn, k->serial, KLIPS_TARGET_SA, &k->out);
		if (err)
			return wrong(why, err, "take the eroute");
	}
	return 0;
}

/* To an older child that still has its SA, to the routed conn, or away. */
void child_let_go(struct pfkey *pk, struct child *k)
{
	while (k->n_eroutes) {
		k->n_eroutes--;
		flow_release(pk, &k->flows[k->n_eroutes], k->conn, k->serial);
	}
}

/* ---- routes ---- */

static int install_routes(struct child *k, const struct conn *conn, char why[CHILD_WHY])
{
	int err = 0, i;

	if (k->lease.family && !k->has_lease) {
		err = inner_add(&k->lease, k->virt, k->virt_index, why);
		k->has_lease = !err;
	}
	if (err)
		return err;
	err = routed_peer(conn, k->flows, k->n_flows, &k->local, &k->remote, k->phys_index, why);
	k->has_peer = err > 0;
	err = err > 0 ? 0 : err;
	/* The peer may have narrowed the selectors, or it was %any: other subnets than those of the conn. */
	for (; !err && conf_closed(&conn->conf) && k->n_drops < k->n_flows; k->n_drops++) {
		err = route_drop_add(&k->flows[k->n_drops].dst, true, why);
		if (err)
			return err;
	}
	for (; !err && k->n_routes < k->n_flows; k->n_routes++) {
		err = route_tunnel_add(&k->flows[k->n_routes].dst, k->virt_index, &k->source, conn->conf.mtu, why);
		if (err)
			return err;
	}
	/* The peer may have given another address than before, which goes with the Child SA of before. */
	for (i = 0; !err && k->has_lease && i < k->n_routes; i++)
		err = route_tunnel_source(&k->flows[i].dst, k->virt_index, &k->lease, why);
	return err;
}

int child_take_over(struct pfkey *pk, struct child *k, const struct conn *conn, char why[CHILD_WHY])
{
	int err = install_eroutes(pk, k, why);

	return err ? err : install_routes(k, conn, why);
}

/* ---- a whole child ---- */

void child_undo(struct pfkey *pk, struct child *k)
{
	while (k->n_routes)
		route_tunnel_del(&k->flows[--k->n_routes].dst, k->virt_index);
	while (k->n_drops && !pluto.keep_drop)
		route_drop_del(&k->flows[--k->n_drops].dst);
	if (k->has_lease)
		inner_del(&k->lease, k->virt_index);
	if (k->has_peer)
		route_peer_del(&k->remote, k->phys_index);
	child_let_go(pk, k);
	if (k->has_out)
		sa_delete(pk, &k->out, NULL);
	if (k->has_in)
		sa_delete(pk, &k->in, NULL);	/* wherever a move that failed half-way left them */
	free(k->flows);
	free(k);
}

struct said child_said(const struct ip_addr *dst, const uint8_t spi[4])
{
	struct said said = { .dst = *dst, .proto = IPPROTO_ESP };

	memcpy(&said.spi, spi, 4);
	return said;
}

void child_reqid_taken(uint32_t reqid)
{
	reqid &= ~PLUTO_REQID_MASK;
	if (reqid > last_reqid)
		last_reqid = reqid;
}

static struct child *child_new(const char *name, uint32_t serial, const struct conn *conn)
{
	struct child *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->serial = serial;
	snprintf(k->conn, sizeof(k->conn), "%s", name);
	strcpy(k->virt, conn->where.virt);
	k->virt_index = conn->where.virt_index;
	k->source = conn->where.source;
	return k;
}

static int find_devices(struct child *k, const struct conn *conn, char why[CHILD_WHY])
{
	struct rtnl_link link;
	int err = rtnl_link_get(iface_rtnl(), conn->where.phys, &link);

	if (err || !k->virt_index) {
		snprintf(why, CHILD_WHY, "the devices %s and %s are not both there: look at \"ipsec tncfg\"",
			 k->virt, conn->where.phys);
		return err ? err : -ENODEV;
	}
	k->phys_index = link.ifindex;
	return 0;
}

static void set_life(struct child *k, const struct ike_child *c)
{
	if (c->lifetime)
		k->hard.addtime = (uint64_t)c->lifetime + LIFE_MARGIN;
	k->hard.bytes = c->max_bytes;
	k->soft.bytes = c->max_bytes / 4 * 3;
	k->hard.allocations = c->max_packets < UINT32_MAX ? c->max_packets : UINT32_MAX;
	k->soft.allocations = k->hard.allocations / 4 * 3;
}

static void set_path(struct child *k, const struct child_path *p, const struct conn *conn)
{
	k->local = from_ike_addr(&p->local);
	k->remote = from_ike_addr(&p->remote);
	k->encap_in = k->encap_out = (struct sa_encap){ 0 };
	if (!p->encap)
		return;
	k->encap_in = (struct sa_encap){
		.type = UDP_ENCAP_ESPINUDP, .sport = htons(p->remote.port), .dport = htons(p->local.port),
	};
	k->encap_out = (struct sa_encap){
		.type = UDP_ENCAP_ESPINUDP, .sport = htons(p->local.port), .dport = htons(p->remote.port),
	};
	if (p->keepalive && conn->conf.nat_keepalive != CONF_NO)
		k->encap_out.keepalive = pluto.setup.keep_alive;
}

/* Both SAs are where @k says, with their names, keys and numbers as they were. */
static int update_both(struct pfkey *pk, const struct child *k, char why[CHILD_WHY])
{
	struct sa_spec in = { .said = k->in, .src = k->remote, .new_dst = k->local, .hard = k->hard, .soft = k->soft };
	struct sa_spec out = { .said = k->out, .src = k->local, .new_dst = k->remote, .hard = k->hard, .soft = k->soft };
	int err;

	in.encap = k->encap_in;
	out.encap = k->encap_out;
	err = k->has_in ? sa_update(pk, &in) : 0;
	if (!err && k->has_out)
		err = sa_update(pk, &out);
	return err ? wrong(why, err, "move the SAs to where both ends are now") : 0;
}

static int prepare(struct child *k, const struct ike_child *c, const struct conn *conn, char why[CHILD_WHY])
{
	struct child_path path = {
		.local = c->local, .remote = c->remote, .encap = c->encap, .keepalive = c->keepalive,
	};
	struct ip_addr named = from_ike_addr(&c->named);
	int i, err;

	set_path(k, &path, conn);
	k->lease = from_ike_addr(&c->lease);
	if (k->lease.family)
		k->source = k->lease;
	k->in = child_said(&named, c->spi_in);
	k->out = child_said(&k->remote, c->spi_out);
	set_life(k, c);
	k->n_flows = ts_flows(c->local_ts, c->n_local_ts, c->remote_ts, c->n_remote_ts, &k->flows);
	if (k->n_flows < 0) {
		err = k->n_flows;
		k->n_flows = 0;
		return ts_wrong(why, err);
	}
	for (i = 0; i < k->n_flows; i++)
		k->flows[i].device = k->virt;
	err = find_devices(k, conn, why);
	return err ? err : check_owners(k, why);
}

static int no_memory(char why[CHILD_WHY])
{
	snprintf(why, CHILD_WHY, "out of memory");
	return -ENOMEM;
}

int child_set_up(struct pfkey *pk, const struct ike_child *c, const struct conn *conn, struct child **child,
		 char why[CHILD_WHY])
{
	const struct esp_alg *alg = alg_of(c);
	struct child *k;
	int err;

	if (!alg) {
		snprintf(why, CHILD_WHY, "klips has no such ESP algorithm (%u, %u bits, integrity %u)", c->alg.encr,
			 c->alg.keylen, c->alg.integ);
		return -EOPNOTSUPP;
	}
	k = child_new(c->conn, c->child, conn);
	if (!k)
		return no_memory(why);
	err = prepare(k, c, conn, why);
	if (!err)
		err = install_in(pk, k, c, alg, why);
	if (!err)
		err = install_out(pk, k, c, alg, why);
	/* We moved after the SPI was taken. */
	if (!err && !addr_equal(&k->in.dst, &k->local))
		err = update_both(pk, k, why);
	if (!err && !c->inbound_only)
		err = child_take_over(pk, k, conn, why);
	if (err)
		child_undo(pk, k);
	else
		*child = k;
	return err;
}

int child_move(struct pfkey *pk, struct child *k, const struct ike_addr *remote)
{
	char why[CHILD_WHY];

	k->remote = from_ike_addr(remote);
	k->encap_in.sport = k->encap_out.dport = htons(remote->port);
	return update_both(pk, k, why);
}

/* The way to the peer around its own tunnel, if it needs one, is that of now. */
static int move_peer_route(struct child *k, const struct conn *conn, const struct ip_addr *before, char why[CHILD_WHY])
{
	int err, was = k->phys_index;

	err = find_devices(k, conn, why);
	if (err || (was == k->phys_index && addr_equal(before, &k->remote)))
		return err;
	if (k->has_peer)
		route_peer_del(before, was);
	k->has_peer = false;
	err = k->n_routes ? routed_peer(conn, k->flows, k->n_flows, &k->local, &k->remote, k->phys_index, why) : 0;
	k->has_peer = err > 0;
	return err > 0 ? 0 : err;
}

int child_new_place(struct child *k, const struct conn *conn, char why[CHILD_WHY])
{
	return move_peer_route(k, conn, &k->remote, why);
}

int child_move_to(struct pfkey *pk, struct child *k, const struct conn *conn, const struct child_path *path,
		  char why[CHILD_WHY])
{
	struct child was = *k;
	char again[CHILD_WHY];
	int err;

	set_path(k, path, conn);
	err = update_both(pk, k, why);
	if (err) {
		k->local = was.local;
		k->remote = was.remote;
		k->encap_in = was.encap_in;
		k->encap_out = was.encap_out;
		update_both(pk, k, again);
	}
	/* A conn that has not been told yet that this host is elsewhere will be: child_new_place(). */
	if (err || !addr_equal(&conn->where.local, &k->local))
		return err;
	return move_peer_route(k, conn, &was.remote, why);
}

/* ---- one that is there already ---- */

static int adopt_eroutes(struct child *k, const struct adopt_sa *sa, char why[CHILD_WHY])
{
	int err = 0, n = sa->n_sels;

	k->flows = calloc(n ? n : 1, sizeof(*k->flows));
	if (!k->flows)
		return no_memory(why);
	for (; k->n_flows < n; k->n_flows++) {
		k->flows[k->n_flows] = sa->sels[k->n_flows];
		k->flows[k->n_flows].device = k->virt;
	}
	err = check_owners(k, why);
	for (; !err && k->n_eroutes < n; k->n_eroutes++) {
		err = flow_adopt(&k->flows[k->n_eroutes], k->conn, k->serial, &k->out);
		if (err)
			return wrong(why, err, "adopt the eroute");
	}
	return err;
}

/* Lets go of it; SAs and eroutes stay as they were. */
static void abandon(struct child *k)
{
	while (k->n_eroutes)
		flow_forget(&k->flows[--k->n_eroutes], k->conn, k->serial);
	k->has_in = k->has_out = false;
	child_undo(NULL, k);
}

int child_adopt(const struct conn *conn, const struct adopt_sa *sa, uint32_t serial, struct child **child,
		char why[CHILD_WHY])
{
	struct child *k = child_new(conn->conf.name, serial, conn);
	int err;

	if (!k)
		return no_memory(why);
	*(sa->inbound ? &k->in : &k->out) = sa->said;
	*(sa->inbound ? &k->encap_in : &k->encap_out) = sa->encap;
	k->local = sa->local;
	k->remote = sa->peer;
	k->hard = sa->hard;
	k->soft = sa->soft;
	if (!sa->inbound && sa->n_sels && conn->conf.end[conn->where.us].cfgclient == CONF_YES)
		k->source = k->lease = sa->sels[0].src.addr;
	err = find_devices(k, conn, why);
	if (!err && !sa->inbound)
		err = adopt_eroutes(k, sa, why);
	if (!err && !sa->inbound)
		err = install_routes(k, conn, why);
	if (err) {
		abandon(k);
		return err;
	}
	k->has_in = sa->inbound;
	k->has_out = !sa->inbound;
	*child = k;
	return 0;
}

void child_rename(struct child *k, const char *conn)
{
	int i;

	for (i = 0; i < k->n_eroutes; i++)
		flow_rename(&k->flows[i], k->conn, k->serial, conn);
	snprintf(k->conn, sizeof(k->conn), "%s", conn);
}
