// SPDX-License-Identifier: GPL-2.0
/* The klips backend: SAs and eroutes by PF_KEY; devices and routes are in files of their own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adopt.h"
#include "child.h"
#include "device.h"
#include "genl.h"
#include "iface.h"
#include "linger.h"
#include "mapping.h"
#include "ondemand.h"
#include "plog.h"
#include "pluto.h"
#include "route.h"
#include "routed.h"

static struct pfkey pk;
static struct watch pk_watch;
static struct child *children;
static bool opened;
static bool engaged;			/* a conn was loaded */

static int klips_install(const struct ike_child *c, const struct conn *conn, char why[KERNEL_WHY])
{
	struct child *k;
	int err = child_set_up(&pk, c, conn, &k, why);

	if (err)
		return err;
	k->next = children;
	children = k;
	if (!c->inbound_only)
		adopt_superseded(&pk, conn, k);
	return 0;
}

static struct child *child_find(uint32_t serial)
{
	struct child *k = children;

	while (k && k->serial != serial)
		k = k->next;
	return k;
}

static int klips_packets(uint32_t serial, uint64_t *in, uint64_t *out)
{
	const struct child *k = child_find(serial);
	int err = k ? sa_packets(&pk, &k->in, NULL, in) : -ESRCH;

	return err ? err : sa_packets(&pk, &k->out, NULL, out);
}

/* Until then the traffic goes through the Child SA before it. */
static void klips_takeover(uint32_t serial)
{
	struct child *k = child_find(serial);
	const struct conn *conn = k ? loaded_find(k->conn) : NULL;
	char why[KERNEL_WHY] = "the conn is gone";
	int err = conn ? child_take_over(&pk, k, conn, why) : -ENOENT;

	if (!err)
		adopt_superseded(&pk, conn, k);
	else if (k)
		plog(LOG_ERR, k->conn, "%s", why);
}

static void klips_remove(uint32_t serial, const uint8_t spi_in[4], const struct ike_addr *local)
{
	struct ip_addr dst = from_ike_addr(local);
	struct said in = child_said(&dst, spi_in);
	struct child **at = &children, *k;

	while (*at && (*at)->serial != serial)
		at = &(*at)->next;
	k = *at;
	if (k) {
		*at = k->next;
		linger_remove(&pk, children, k);
	} else if (in.spi) {
		sa_delete(&pk, &in, NULL);	/* the larval one, if it is still there */
	}
}

static void klips_move(uint32_t serial, const struct child_path *path)
{
	struct child *k = child_find(serial);
	const struct conn *conn = k ? loaded_find(k->conn) : NULL;
	char why[KERNEL_WHY];

	if (conn && child_move_to(&pk, k, conn, path, why))
		plog(LOG_ERR, k->conn, "%s", why);
}

static int klips_getspi(const struct ike_addr *local, const struct ike_addr *remote, uint8_t spi[4])
{
	struct ip_addr src = from_ike_addr(remote);
	struct said said = { .dst = from_ike_addr(local), .proto = IPPROTO_ESP };
	int err = sa_getspi(&pk, &said, &src, 0, 0);

	if (!err)
		memcpy(spi, &said.spi, 4);
	return err;
}

/* ---- conns ---- */

/* nexthop= is the way to the peer, whatever the routing table says; 0: it was not given. */
static int nexthop_index(const struct oriented *where)
{
	struct rtnl_link link;

	if (!where->nexthop.family || !where->remote.family || rtnl_link_get(iface_rtnl(), where->phys, &link))
		return 0;
	return link.ifindex;
}

static int klips_load(const struct conn *conn, char why[KERNEL_WHY])
{
	int index = nexthop_index(&conn->where), err = 0;

	if (index)
		err = route_peer_add(&conn->where.remote, index, &conn->where.nexthop, why);
	if (err)
		return err;
	if (conn->conf.mss)
		device_mss_get(conn->where.virt);
	engaged = true;
	adopt_conn(&pk, conn);
	return 0;
}

static void klips_unload(const struct conn *conn)
{
	int index = nexthop_index(&conn->where);

	adopt_drop(&pk, conn->conf.name);
	if (conn->conf.mss)
		device_mss_put(conn->where.virt);
	if (index)
		route_peer_del(&conn->where.remote, index);
}

static void klips_moved(const struct conn *conn, const struct oriented *was)
{
	int before = nexthop_index(was), now = nexthop_index(&conn->where);
	char why[KERNEL_WHY];
	struct child *k;

	if (before)
		route_peer_del(&was->remote, before);
	if (now && route_peer_add(&conn->where.remote, now, &conn->where.nexthop, why))
		plog(LOG_ERR, conn->conf.name, "%s", why);
	for (k = children; k; k = k->next)
		if (!strcasecmp(k->conn, conn->conf.name) && child_new_place(k, conn, why))
			plog(LOG_ERR, k->conn, "%s", why);
}

static void klips_unshut(const struct subnet *net)
{
	if (!pluto.keep_drop)
		route_drop_del(net);
}

static void klips_loaded(void)
{
	adopt_sweep(&pk);
	routed_sweep(&pk);
	route_sweep();
}

static void klips_down(const struct conn *conn)
{
	adopt_drop(&pk, conn->conf.name);
}

static bool klips_adopted(const struct conn *conn, struct said *in, struct said *out)
{
	return adopt_carries(conn->conf.name, in, out);
}

/* ---- on demand ---- */

static int klips_route(const struct conn *conn, enum klips_target target, char why[KERNEL_WHY])
{
	return routed_set(&pk, conn, target, why);
}

static void klips_unroute(const struct conn *conn)
{
	routed_drop(&pk, conn->conf.name);
}

static void klips_refuse(uint32_t seq, int error)
{
	int err = pfkey_refuse(&pk, seq, error);

	if (err)
		plog(LOG_WARNING, NULL, "cannot refuse what a trap holds: %s", strerror(-err));
}

/* ---- beginning and end ---- */

/* Messages to everybody, and answers to others. Read so that ours find room. */
static void pfkey_other(void *ctx, const struct pfkey_msg *msg)
{
	(void)ctx;
	if (msg->hdr.sadb_msg_type == SADB_ACQUIRE)
		ondemand_put(msg);
	if (msg->hdr.sadb_msg_type == SADB_X_NAT_T_NEW_MAPPING)
		mapping_put(msg);
	if (msg->hdr.sadb_msg_type == SADB_EXPIRE && !adopt_expired(msg))
		ondemand_expire(msg);
	plog_debug(CONF_DEBUG_KERNEL, NULL, "PF_KEY message of type %u from %u", msg->hdr.sadb_msg_type,
		   msg->hdr.sadb_msg_pid);
}

static void pfkey_ready(struct watch *w, uint32_t events)
{
	struct pfkey_msg msg;
	ssize_t got;

	(void)w;
	(void)events;
	while ((got = pfkey_receive(&pk, &msg, 0)) > 0) {
		pfkey_other(NULL, &msg);
		pfkey_wipe(&msg);
	}
	if (got == -ENOBUFS) {
		plog(LOG_WARNING, NULL, "the PF_KEY socket was full: some of what the kernel said is lost, it says again what counts");
		adopt_lost();
	}
}

/* ACQUIREs, SAs that near their end, peers that moved, what came of what was adopted, and what was rekeyed. */
static uint64_t klips_deadline(void)
{
	uint64_t adopt = adopt_deadline(), linger = linger_deadline();

	if (ondemand_waiting() || mapping_waiting())
		return 0;
	return adopt < linger ? adopt : linger;
}

static void klips_serve(void)
{
	ondemand_serve();
	mapping_serve(&pk);
	adopt_serve(&pk);
	linger_serve(&pk);
}

static int pfkey_wrong(int err, char why[KERNEL_WHY])
{
	const char *look = "";

	if (err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT)
		look = "; klips is not loaded: modprobe klips";
	else if (err == -EPERM || err == -EACCES)
		look = "; pluto needs CAP_NET_ADMIN";
	snprintf(why, KERNEL_WHY, "cannot open PF_KEY: %s%s", strerror(-err), look);
	return err;
}

static int klips_open(char why[KERNEL_WHY])
{
	struct genl g;
	int err = genl_open(&g);

	if (err) {
		snprintf(why, KERNEL_WHY, "%s", err == -ENOENT ? GENL_NOT_LOADED : strerror(-err));
		return err;
	}
	genl_close(&g);
	err = pfkey_open(&pk);
	if (err)
		return pfkey_wrong(err, why);
	pk.other = pfkey_other;
	err = pfkey_register(&pk, SADB_SATYPE_ESP, NULL);
	if (err)
		return pfkey_wrong(err, why);
	pk_watch.fd = pk.fd;
	pk_watch.ready = pfkey_ready;
	err = loop_add(&pk_watch, EPOLLIN);
	if (err)
		return pfkey_wrong(err, why);
	adopt_open();
	device_open();
	opened = true;
	return 0;
}

static void klips_close(void)
{
	struct child *k;

	/* The start failed: what an earlier pluto left goes on as it is. */
	if (!engaged && adopt_any())
		return;
	while ((k = children) != NULL) {
		children = k->next;
		child_undo(&pk, k);
	}
	linger_close(&pk);
	if (opened) {
		adopt_close(&pk);
		routed_sweep(&pk);
	}
	route_close(pluto.keep_drop);
	device_close();
	if (!opened)
		return;
	routed_close();
	loop_del(&pk_watch);
	pfkey_close(&pk);
}

const struct kernel_ops kernel_klips = {
	.name = "klips",
	.devices = true,
	.open = klips_open,
	.close = klips_close,
	.getspi = klips_getspi,
	.install = klips_install,
	.takeover = klips_takeover,
	.packets = klips_packets,
	.remove = klips_remove,
	.move = klips_move,
	.shut = route_drop_add,
	.unshut = klips_unshut,
	.load = klips_load,
	.unload = klips_unload,
	.moved = klips_moved,
	.loaded = klips_loaded,
	.down = klips_down,
	.adopted = klips_adopted,
	.adopted_client = adopt_client,
	.route = klips_route,
	.unroute = klips_unroute,
	.refuse = klips_refuse,
	.deadline = klips_deadline,
	.serve = klips_serve,
};
