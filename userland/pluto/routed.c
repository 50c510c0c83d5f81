// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "flows.h"
#include "genl.h"
#include "iface.h"
#include "plog.h"
#include "pluto.h"
#include "route.h"
#include "routed.h"

/* What one conn has; undo takes back as far as it came. */
struct routed {
	struct routed *next;
	char conn[CONF_NAME_MAX];
	char virt[KLIPS_IFNAMSIZ];
	int virt_index, phys_index;
	struct ip_addr remote;
	struct flow_sel flow;
	bool has_eroute, has_peer, has_drop, has_route;
};

static struct routed *all;

/* ---- what outlives a crash ---- */

/*
 * The kernel does not know whose a shunt is. So each eroute that was made is a line of a file: SRC DST PROTO SPORT
 * DPORT DEVICE. Only lines that were written whole count.
 */
#define LINE 200

static const char *file_name(char buf[256])
{
	snprintf(buf, 256, "%s/eroutes", pluto.rundir);
	return buf;
}

static char *line_of(const struct flow_sel *sel, char buf[LINE])
{
	char src[SUBNET_TEXT], dst[SUBNET_TEXT];

	snprintf(buf, LINE, "%s %s %u %u %u %s\n", subnet_format(&sel->src, src), subnet_format(&sel->dst, dst), sel->proto,
		 sel->sport, sel->dport, sel->device);
	return buf;
}

static void remember(const struct flow_sel *sel)
{
	char name[256], line[LINE];
	FILE *f = fopen(file_name(name), "ae");

	if (!f) {
		plog(LOG_WARNING, NULL, "cannot write %s: %s", name, strerror(errno));
		return;
	}
	fputs(line_of(sel, line), f);
	fclose(f);
}

static bool remembered(FILE *f, const struct flow_sel *sel)
{
	char want[LINE], line[LINE];

	line_of(sel, want);
	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (!strcmp(line, want))
			return true;
	return false;
}

static void sweep(struct pfkey *pk, FILE *f)
{
	struct genl_eroute *list;
	struct genl g;
	size_t i, n = 0;

	if (genl_open(&g))
		return;
	if (!genl_list_eroutes(&g, &list, &n)) {
		for (i = 0; i < n; i++) {
			struct flow_sel sel = {
				.src = list[i].src, .dst = list[i].dst, .proto = list[i].proto, .sport = list[i].sport,
				.dport = list[i].dport, .sport_mask = list[i].sport_mask,
				.dport_mask = list[i].dport_mask, .device = list[i].device,
			};

			if (list[i].target != KLIPS_TARGET_SA && list[i].device[0] && !flow_owner(&sel) &&
			    remembered(f, &sel))
				flow_del(pk, &sel);
		}
		free(list);
	}
	genl_close(&g);
}

void routed_sweep(struct pfkey *pk)
{
	char name[256];
	FILE *f = fopen(file_name(name), "re");
	struct routed *r;

	if (!f)
		return;
	sweep(pk, f);
	fclose(f);
	unlink(name);
	for (r = all; r; r = r->next)
		remember(&r->flow);
}

void routed_close(void)
{
	char name[256];

	unlink(file_name(name));
}

/* ---- the peer inside of its client ---- */

static bool strict_rp_filter(const char *device)
{
	static const char * const places[] = { "all", "" };
	int strictest = 0, value;
	char path[128];
	unsigned int i;
	FILE *f;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", *places[i] ? places[i] : device);
		f = fopen(path, "re");
		if (f && fscanf(f, "%d", &value) == 1 && value > strictest)
			strictest = value;
		if (f)
			fclose(f);
	}
	return strictest == 1;
}

int routed_peer(const struct conn *conn, const struct flow_sel *flows, int n, const struct ip_addr *local,
		const struct ip_addr *remote, int phys_index, char why[ROUTED_WHY])
{
	bool inside = false, alone = false;
	struct rtnl_route way;
	int i, err;

	if (remote->family != AF_INET || !strict_rp_filter(conn->where.phys))	/* IPv6 has no such thing */
		return 0;
	for (i = 0; i < n; i++) {
		if (!subnet_contains(&flows[i].dst, remote))
			continue;
		inside = true;
		alone |= flows[i].dst.plen == addr_bits(remote->family);
	}
	/* No route helps where the client is the peer and nothing else. */
	if (alone)
		plog(LOG_WARNING, conn->conf.name, "the peer is its own client and rp_filter is strict on %s, which drops its packets: sysctl -w net.ipv4.conf.%s.rp_filter=2",
		     conn->where.phys, conn->where.phys);
	if (!inside || alone || conn->where.nexthop.family ||
	    rtnl_route_get(iface_rtnl(), remote, local, &way) || way.oif != phys_index)
		return 0;
	err = route_peer_add(remote, phys_index, &way.gateway, why);
	return err ? err : 1;
}

/* ---- one conn ---- */

static struct routed **find(const char *conn)
{
	struct routed **at = &all;

	while (*at && strcasecmp((*at)->conn, conn))
		at = &(*at)->next;
	return at;
}

static void undo(struct pfkey *pk, struct routed *r)
{
	if (r->has_route)
		route_tunnel_del(&r->flow.dst, r->virt_index);
	if (r->has_drop && !pluto.keep_drop)
		route_drop_del(&r->flow.dst);
	if (r->has_peer)
		route_peer_del(&r->remote, r->phys_index);
	if (r->has_eroute)
		flow_release(pk, &r->flow, r->conn, 0);
	free(r);
}

struct flow_sel routed_flow(const struct conn *conn, const char *device)
{
	const struct conf_end *us = &conn->conf.end[conn->where.us], *peer = &conn->conf.end[!conn->where.us];
	struct flow_sel sel = { .proto = us->protoport.proto, .device = device };

	sel.src = orient_client(us, &conn->where.local);
	sel.dst = orient_client(peer, &conn->where.remote);
	sel.sport = us->protoport.port;
	sel.dport = peer->protoport.port;
	sel.sport_mask = sel.sport ? 0xffff : 0;
	sel.dport_mask = sel.dport ? 0xffff : 0;
	return sel;
}

static struct routed *routed_new(const struct conn *conn, char why[ROUTED_WHY])
{
	struct routed *r = calloc(1, sizeof(*r));
	struct rtnl_link link;

	if (!r) {
		snprintf(why, ROUTED_WHY, "out of memory");
		return NULL;
	}
	strcpy(r->conn, conn->conf.name);
	strcpy(r->virt, conn->where.virt);
	r->virt_index = conn->where.virt_index;
	r->remote = conn->where.remote;
	r->flow = routed_flow(conn, r->virt);
	if (!r->virt_index || rtnl_link_get(iface_rtnl(), conn->where.phys, &link)) {
		snprintf(why, ROUTED_WHY, "cannot route: the devices %s and %s are not both there: look at \"ipsec tncfg\"",
			 conn->where.virt, conn->where.phys);
		free(r);
		return NULL;
	}
	r->phys_index = link.ifindex;
	return r;
}

static int claim(struct pfkey *pk, struct routed *r, enum klips_target target, char why[ROUTED_WHY])
{
	char src[SUBNET_TEXT], dst[SUBNET_TEXT];
	int err = flow_claim(pk, &r->flow, r->conn, 0, target, NULL);
	const char *owner = err == -EEXIST ? flow_owner(&r->flow) : NULL;

	subnet_format(&r->flow.src, src);
	subnet_format(&r->flow.dst, dst);
	if (owner)
		snprintf(why, ROUTED_WHY, "cannot route: the eroute %s -> %s is in use for conn \"%s\"", src, dst, owner);
	else if (err)
		snprintf(why, ROUTED_WHY, "cannot route: klips refused the eroute %s -> %s: %s; look at \"ipsec eroute\"",
			 src, dst, strerror(-err));
	return err;
}

/* The eroute before the route: nothing that is routed to ipsecN meets none. */
static int install(struct pfkey *pk, struct routed *r, const struct conn *conn, enum klips_target target,
		   char why[ROUTED_WHY])
{
	int err;

	remember(&r->flow);
	err = claim(pk, r, target, why);
	r->has_eroute = !err;
	if (!err && r->remote.family) {
		err = routed_peer(conn, &r->flow, 1, &conn->where.local, &r->remote, r->phys_index, why);
		r->has_peer = err > 0;
		err = err > 0 ? 0 : err;
	}
	if (!err && conf_closed(&conn->conf)) {
		err = route_drop_add(&r->flow.dst, true, why);
		r->has_drop = !err;
	}
	if (!err) {
		err = route_tunnel_add(&r->flow.dst, r->virt_index, &conn->where.source, conn->conf.mtu, why);
		r->has_route = !err;
	}
	return err;
}

int routed_set(struct pfkey *pk, const struct conn *conn, enum klips_target target, char why[ROUTED_WHY])
{
	struct routed *r = *find(conn->conf.name);
	int err;

	if (r)
		return claim(pk, r, target, why);
	r = routed_new(conn, why);
	if (!r)
		return -ENODEV;
	err = install(pk, r, conn, target, why);
	if (err) {
		undo(pk, r);
		return err;
	}
	r->next = all;
	all = r;
	return 0;
}

void routed_drop(struct pfkey *pk, const char *conn)
{
	struct routed **at = find(conn), *r = *at;

	if (!r)
		return;
	*at = r->next;
	undo(pk, r);
}
