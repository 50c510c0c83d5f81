// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iface.h"
#include "plog.h"
#include "pluto.h"
#include "route.h"

#define METRIC_WORST UINT32_MAX

struct owned {
	struct owned *next;
	struct rtnl_route route;
	unsigned int users;
};

static struct owned *owned;
static int drop_index;			/* of the drop device, 0: not made yet */

/* ---- the drop device ---- */

static int drop_device(char why[ROUTE_WHY])
{
	struct rtnl *r = iface_rtnl();
	struct rtnl_link link;
	int err;

	err = rtnl_link_get(r, DROP_DEVICE, &link);
	if (err == -ENODEV) {
		err = rtnl_link_add(r, DROP_DEVICE, "dummy", 0);
		if (!err)
			err = rtnl_link_get(r, DROP_DEVICE, &link);
	}
	if (!err && !(link.flags & IFF_UP))
		err = rtnl_link_up(r, link.ifindex, true);
	drop_index = err ? 0 : link.ifindex;
	if (err)
		snprintf(why, ROUTE_WHY, "cannot make the drop device " DROP_DEVICE " (kind dummy): %s; look at \"modprobe dummy\"",
			 rtnl_error(r, err));
	return err;
}

/* ---- one route ---- */

static bool same_route(const struct rtnl_route *a, const struct rtnl_route *b)
{
	return subnet_equal(&a->dst, &b->dst) && a->metric == b->metric && a->oif == b->oif;
}

static struct owned **owned_find(const struct rtnl_route *route)
{
	struct owned **at = &owned;

	while (*at && !same_route(&(*at)->route, route))
		at = &(*at)->next;
	return at;
}

static int each_in_the_way(void *ctx, const struct rtnl_route *route)
{
	struct rtnl_route *found = ctx;

	if (route->table != RT_TABLE_MAIN || !subnet_equal(&route->dst, &found->dst) ||
	    route->metric != found->metric)
		return 0;
	*found = *route;
	return 1;
}

/* The kernel has a route with this destination and metric: ours from an earlier life, or somebody's. */
static int replace_own(const struct rtnl_route *route, char why[ROUTE_WHY])
{
	struct rtnl *r = iface_rtnl();
	struct rtnl_route found = { .dst = route->dst, .metric = route->metric };
	struct rtnl_link link = { .name = "?" };
	char text[SUBNET_TEXT];
	int err;

	if (rtnl_routes(r, route->dst.addr.family, each_in_the_way, &found) == 1 &&
	    found.protocol != PLUTO_RTPROT) {
		rtnl_link_get_index(r, found.oif, &link);
		snprintf(why, ROUTE_WHY, "there is a route to %s already, on %s, that is not pluto's: remove it, or give it a metric",
			 subnet_format(&route->dst, text), link.name);
		return -EEXIST;
	}
	err = rtnl_route_add(r, route, true);
	if (err)
		snprintf(why, ROUTE_WHY, "cannot replace the route to %s: %s", subnet_format(&route->dst, text),
			 rtnl_error(r, err));
	return err;
}

static int route_add(const struct rtnl_route *route, char why[ROUTE_WHY])
{
	struct rtnl *r = iface_rtnl();
	char text[SUBNET_TEXT], source[ADDR_TEXT];
	int err;

	err = rtnl_route_add(r, route, false);
	if (err == -EEXIST)
		return replace_own(route, why);
	if (err)
		snprintf(why, ROUTE_WHY, "cannot make the route to %s with source %s: %s%s", subnet_format(&route->dst, text),
			 addr_format(&route->prefsrc, source), rtnl_error(r, err), err == -EINVAL && route->prefsrc.family ?
			 "; is that an address of this host?" : "");
	else
		plog_debug(CONF_DEBUG_KERNEL, NULL, "route to %s metric %u on device %d", subnet_format(&route->dst, text),
			   route->metric, route->oif);
	return err;
}

static int own(const struct rtnl_route *route, char why[ROUTE_WHY])
{
	struct owned **at = owned_find(route), *o;
	int err;

	if (*at) {
		(*at)->users++;
		return 0;
	}
	o = calloc(1, sizeof(*o));
	if (!o) {
		snprintf(why, ROUTE_WHY, "out of memory");
		return -ENOMEM;
	}
	o->route = *route;
	o->users = 1;
	err = route_add(route, why);
	if (err) {
		free(o);
		return err;
	}
	o->next = owned;
	owned = o;
	return 0;
}

static void disown(const struct rtnl_route *route)
{
	struct owned **at = owned_find(route), *o = *at;
	char text[SUBNET_TEXT];
	int err;

	if (!o || --o->users)
		return;
	*at = o->next;
	err = rtnl_route_del(iface_rtnl(), &o->route);
	if (err && err != -ESRCH && err != -ENODEV)
		plog(LOG_ERR, NULL, "cannot remove the route to %s: %s", subnet_format(&o->route.dst, text),
		     rtnl_error(iface_rtnl(), err));
	free(o);
}

/* ---- networks: 0/0 is two halves ---- */

static unsigned int halves(const struct subnet *net, struct subnet out[2])
{
	out[0] = out[1] = *net;
	if (net->plen)
		return 1;
	out[0].plen = out[1].plen = 1;
	out[1].addr.u.bytes[0] = 0x80;
	return 2;
}

/* Owns @route for both halves, or for none. */
static int own_net(struct rtnl_route *route, const struct subnet *net, char why[ROUTE_WHY])
{
	struct subnet part[2];
	unsigned int n = halves(net, part), i;
	int err;

	for (i = 0; i < n; i++) {
		route->dst = part[i];
		err = own(route, why);
		if (!err)
			continue;
		while (i--) {
			route->dst = part[i];
			disown(route);
		}
		return err;
	}
	return 0;
}

static void disown_net(struct rtnl_route *route, const struct subnet *net)
{
	struct subnet part[2];
	unsigned int n = halves(net, part);

	while (n--) {
		route->dst = part[n];
		disown(route);
	}
}

static struct rtnl_route drop_route(void)
{
	return (struct rtnl_route){ .oif = drop_index, .metric = METRIC_WORST, .protocol = PLUTO_RTPROT };
}

int route_drop_add(const struct subnet *net, char why[ROUTE_WHY])
{
	struct rtnl_route route;
	int err = drop_index ? 0 : drop_device(why);

	if (err)
		return err;
	route = drop_route();
	return own_net(&route, net, why);
}

void route_drop_del(const struct subnet *net)
{
	struct rtnl_route route = drop_route();

	disown_net(&route, net);
}

int route_tunnel_add(const struct subnet *net, int virt_index, const struct ip_addr *source,
		     uint32_t mtu, char why[ROUTE_WHY])
{
	struct rtnl_route route = {
		.oif = virt_index, .protocol = PLUTO_RTPROT, .prefsrc = *source, .mtu = mtu,
	};

	return own_net(&route, net, why);
}

void route_tunnel_del(const struct subnet *net, int virt_index)
{
	struct rtnl_route route = { .oif = virt_index };

	disown_net(&route, net);
}

int route_peer_add(const struct ip_addr *peer, int phys_index, const struct ip_addr *gateway,
		   char why[ROUTE_WHY])
{
	struct rtnl_route route = { .oif = phys_index, .protocol = PLUTO_RTPROT, .gateway = *gateway };

	route.dst = subnet_host(peer);
	return own(&route, why);
}

void route_peer_del(const struct ip_addr *peer, int phys_index)
{
	struct rtnl_route route = { .oif = phys_index };

	route.dst = subnet_host(peer);
	disown(&route);
}

/* ---- keeping them, and beginning and end ---- */

void route_restore(void)
{
	char why[ROUTE_WHY], text[SUBNET_TEXT];
	int before = drop_index;
	struct owned *o;

	/* Somebody may have removed the drop device: its routes then need the new one's index. */
	if (before && !drop_device(why) && drop_index != before)
		for (o = owned; o; o = o->next)
			if (o->route.oif == before)
				o->route.oif = drop_index;
	for (o = owned; o; o = o->next)
		if (!rtnl_route_add(iface_rtnl(), &o->route, false))
			plog(LOG_WARNING, NULL, "the route to %s had been removed, it is there again",
			     subnet_format(&o->route.dst, text));
}

struct leftovers {
	struct rtnl_route *list;
	unsigned int n;
};

static int each_leftover(void *ctx, const struct rtnl_route *route)
{
	struct leftovers *l = ctx;
	struct rtnl_route *bigger;

	if (route->protocol != PLUTO_RTPROT || route->table != RT_TABLE_MAIN)
		return 0;
	bigger = reallocarray(l->list, l->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	l->list = bigger;
	l->list[l->n++] = *route;
	return 0;
}

/* Removes routes with our protocol number; @drop: also those to the drop device. */
static void sweep(bool drop)
{
	struct leftovers l = { 0 };
	unsigned int i;

	rtnl_routes(iface_rtnl(), AF_INET, each_leftover, &l);
	for (i = 0; i < l.n; i++)
		if (drop || l.list[i].metric != METRIC_WORST)
			rtnl_route_del(iface_rtnl(), &l.list[i]);
	free(l.list);
}

void route_drop_sweep(void)
{
	struct leftovers l = { 0 };
	struct rtnl_route key;
	unsigned int i;

	rtnl_routes(iface_rtnl(), AF_INET, each_leftover, &l);
	for (i = 0; i < l.n; i++) {
		key = l.list[i];
		if (key.metric == METRIC_WORST && !*owned_find(&key))
			rtnl_route_del(iface_rtnl(), &key);
	}
	free(l.list);
}

void route_open(void)
{
	sweep(false);
}

void route_close(bool keep_drop)
{
	struct rtnl_link link;
	struct owned *o;

	while ((o = owned) != NULL) {
		owned = o->next;
		free(o);
	}
	drop_index = 0;
	sweep(!keep_drop);
	if (!keep_drop && !rtnl_link_get(iface_rtnl(), DROP_DEVICE, &link))
		rtnl_link_del(iface_rtnl(), link.ifindex);
}
