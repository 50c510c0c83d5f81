// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closed.h"
#include "iface.h"
#include "loop.h"
#include "plog.h"
#include "remover.h"
#include "restore.h"
#include "route.h"

/* A route that the kernel is to have, with its users. */
struct owned {
	struct owned *next;
	struct rtnl_route route;
	unsigned int users;
	bool gone;			/* it may be gone: to be put back */
	bool replaced;			/* another one is in its place */
	bool with_device;		/* so are others: one line for all of them */
	uint64_t gone_at;
	char by[REMOVER_TEXT];		/* "": the kernel did not say */
	struct restore restore;
};

static struct owned *owned;
static unsigned int n_gone;

/* The drop device; index 0: not made yet. */
static struct {
	int index;
	bool gone;			/* or down */
	uint64_t gone_at;
	char by[REMOVER_TEXT];
	struct restore restore;
} drop;

static int drop_make(char why[ROUTE_WHY])
{
	int err = drop_device(iface_rtnl(), &drop.index);

	if (err)
		drop_device_why(iface_rtnl(), err, why);
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

static int route_add(const struct rtnl_route *route, char why[ROUTE_WHY])
{
	struct rtnl_link link = { .name = "?" };
	char text[SUBNET_TEXT], source[ADDR_TEXT];
	struct rtnl *r = iface_rtnl();
	struct rtnl_route other;
	int err;

	err = own_route_add(r, route, &other);
	if (err == -EEXIST) {
		rtnl_link_get_index(r, other.oif, &link);
		snprintf(why, ROUTE_WHY, "there is a route to %s already, on %s, that is not pluto's: remove it, or give it a metric",
			 subnet_format(&route->dst, text), link.name);
	} else if (err) {
		snprintf(why, ROUTE_WHY, "cannot make the route to %s with source %s: %s%s", subnet_format(&route->dst, text),
			 addr_format(&route->prefsrc, source), rtnl_error(r, err), err == -EINVAL && route->prefsrc.family ?
			 "; is that an address of this host?" : "");
	} else {
		plog_debug(CONF_DEBUG_KERNEL, NULL, "route to %s metric %u on device %d", subnet_format(&route->dst, text),
			   route->metric, route->oif);
	}
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
	n_gone -= o->gone;
	if (route_is_drop(&o->route))
		closed_del(&o->route.dst);
	err = rtnl_route_del(iface_rtnl(), &o->route);
	if (err && err != -ESRCH && err != -ENODEV)
		plog(LOG_ERR, NULL, "cannot remove the route to %s: %s", subnet_format(&o->route.dst, text),
		     rtnl_error(iface_rtnl(), err));
	free(o);
}

/* ---- networks ---- */

/* Owns @route for both halves, or for none. */
static int own_net(struct rtnl_route *route, const struct subnet *net, char why[ROUTE_WHY])
{
	struct subnet part[2];
	unsigned int n = net_halves(net, part), i;
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
	unsigned int n = net_halves(net, part);

	while (n--) {
		route->dst = part[n];
		disown(route);
	}
}

/* Both halves. Where the module does not take them their drop routes are what there is. */
static void close_net(const struct subnet *net)
{
	struct subnet part[2];
	unsigned int n = net_halves(net, part);

	while (n--)
		closed_add(&part[n]);
}

int route_drop_add(const struct subnet *net, bool sure, char why[ROUTE_WHY])
{
	struct rtnl_route route;
	int err = drop.index ? 0 : drop_make(why);

	if (err)
		return err;
	route = drop_route(drop.index);
	err = own_net(&route, net, why);
	if (!err && sure)
		close_net(net);
	return err;
}

void route_drop_del(const struct subnet *net)
{
	struct rtnl_route route = drop_route(drop.index);

	disown_net(&route, net);
}

int route_tunnel_add(const struct subnet *net, int virt_index, const struct ip_addr *source,
		     uint32_t mtu, char why[ROUTE_WHY])
{
	struct rtnl_route route = {
		.oif = virt_index, .protocol = OWN_RTPROT, .metric = route_best_metric(net), .prefsrc = *source, .mtu = mtu,
	};

	return own_net(&route, net, why);
}

int route_tunnel_source(const struct subnet *net, int virt_index, const struct ip_addr *source, char why[ROUTE_WHY])
{
	struct rtnl_route route = { .oif = virt_index };
	struct subnet part[2];
	unsigned int n = net_halves(net, part);
	struct owned *o;
	int err = 0;

	while (n-- && !err) {
		route.dst = part[n];
		o = *owned_find(&route);
		if (!o || addr_equal(&o->route.prefsrc, source))
			continue;
		rtnl_route_del(iface_rtnl(), &o->route);
		o->route.prefsrc = *source;
		err = route_add(&o->route, why);
	}
	return err;
}

void route_tunnel_del(const struct subnet *net, int virt_index)
{
	struct rtnl_route route = { .oif = virt_index, .metric = route_best_metric(net) };

	disown_net(&route, net);
}

int route_peer_add(const struct ip_addr *peer, int phys_index, const struct ip_addr *gateway,
		   char why[ROUTE_WHY])
{
	struct rtnl_route route = { .oif = phys_index, .protocol = OWN_RTPROT, .gateway = *gateway };

	route.dst = subnet_host(peer);
	route.metric = route_best_metric(&route.dst);
	return own(&route, why);
}

void route_peer_del(const struct ip_addr *peer, int phys_index)
{
	struct rtnl_route route = { .oif = phys_index };

	route.dst = subnet_host(peer);
	route.metric = route_best_metric(&route.dst);
	disown(&route);
}

/* ---- keeping them ---- */

/* @port: of who did it, as far as the kernel says. */
static void mark(struct owned *o, uint32_t port)
{
	if (!o->gone) {
		n_gone++;
		o->gone_at = loop_now();
	}
	o->gone = true;
	if (port)
		remover_text(port, o->by);
}

static void unmark(struct owned *o)
{
	n_gone -= o->gone;
	o->gone = o->replaced = o->with_device = false;
	o->by[0] = '\0';
}

static void mark_device(int ifindex, uint32_t port)
{
	struct owned *o;

	for (o = owned; o; o = o->next) {
		if (ifindex && o->route.oif != ifindex)
			continue;
		o->with_device = !o->gone;
		mark(o, port);
	}
}

static void drop_mark(uint32_t port)
{
	if (!drop.gone)
		drop.gone_at = loop_now();
	drop.gone = drop.index != 0;
	if (port)
		remover_text(port, drop.by);
}

/* Of ours only those that pluto did not remove itself are still among the owned. */
static void route_event_route(const struct rtnl_event *event)
{
	const struct rtnl_route *route = &event->route;
	struct owned *o;

	if (route->table != RT_TABLE_MAIN)
		return;
	if (event->gone && route_is_own(route)) {
		o = *owned_find(route);
		if (o)
			mark(o, event->port);
	}
	/* One of ours in the place of another: two conns through two devices. */
	if (!event->replaced || *owned_find(route))
		return;
	for (o = owned; o; o = o->next) {
		if (!subnet_equal(&o->route.dst, &route->dst) || o->route.metric != route->metric ||
		    o->route.oif == route->oif)
			continue;
		o->replaced = true;
		mark(o, event->port);
	}
}

/* The kernel removes routes with their device, when it goes down, or their source address, and says nothing of them. */
void route_event(const struct rtnl_event *event)
{
	const struct rtnl_link *link = &event->link;
	bool up = event->what == RTNL_EVENT_LINK && !event->gone && link->flags & IFF_UP;
	struct owned *o;

	switch (event->what) {
	case RTNL_EVENT_ROUTE:
		route_event_route(event);
		break;
	case RTNL_EVENT_LINK:
		if (link->ifindex == drop.index && !up)
			drop_mark(event->port);
		else if (up && link->changed & IFF_UP)
			mark_device(link->ifindex, event->port);
		break;
	case RTNL_EVENT_ADDR:
		for (o = owned; o && !event->gone; o = o->next)
			if (addr_equal(&o->route.prefsrc, &event->addr.local))
				mark(o, 0);
		break;
	case RTNL_EVENT_LOST:
		drop_mark(0);
		mark_device(0, 0);
		break;
	}
}

static const char *by_text(const char *by)
{
	return by[0] ? by : "somebody whom the kernel does not name";
}

static const char *pauses_text(enum restore_say say)
{
	return say == RESTORE_SAY_PAUSES ?
	       "; as it is removed again and again, it will be after pauses of up to a second, and told once a minute" : "";
}

/* Its routes went with it, and need the index of the new one. */
static void drop_again(uint64_t now)
{
	char why[ROUTE_WHY];
	int before = drop.index;
	enum restore_say say;
	struct owned *o;

	drop.gone = false;
	if (drop_make(why)) {
		drop.index = before;
		plog(LOG_ERR, NULL, "%s", why);
		return;
	}
	say = restore_done(&drop.restore, drop.gone_at, now);
	if (say != RESTORE_QUIET)
		plog(LOG_WARNING, NULL, "the drop device " DROP_DEVICE " was removed or taken down by %s; it is there again%s",
		     by_text(drop.by), pauses_text(say));
	for (o = owned; o; o = o->next)
		if (o->route.oif == before)
			o->route.oif = drop.index;
	mark_device(drop.index, 0);
	drop.by[0] = '\0';
}

/* What went with a device, for one line. */
struct together {
	unsigned int n;
	int oif;
	enum restore_say say;
	char by[REMOVER_TEXT];
};

static void device_name(int ifindex, struct rtnl_link *link)
{
	if (rtnl_link_get_index(iface_rtnl(), ifindex, link))
		strcpy(link->name, "?");
}

static void tell(const struct owned *o, enum restore_say say, uint64_t now)
{
	struct rtnl_link link;
	char text[SUBNET_TEXT];

	if (say == RESTORE_QUIET)
		return;
	device_name(o->route.oif, &link);
	plog(LOG_WARNING, NULL, "the route to %s on %s was %s by %s; it is there again, %llu ms later%s",
	     subnet_format(&o->route.dst, text), link.name, o->replaced ? "replaced" : "removed", by_text(o->by),
	     (unsigned long long)(now - o->gone_at), pauses_text(say));
}

static void tell_together(const struct together *t)
{
	struct rtnl_link link;

	if (!t->n || t->say == RESTORE_QUIET)
		return;
	device_name(t->oif, &link);
	plog(LOG_WARNING, NULL, "%u route%s had gone with a device or an address, the last on %s, by %s: put back%s",
	     t->n, t->n == 1 ? "" : "s", link.name, by_text(t->by), pauses_text(t->say));
}

/* What fails is tried again when something changes. */
static void put_back(struct owned *o, struct together *t, uint64_t now)
{
	char text[SUBNET_TEXT];
	int err = rtnl_route_add(iface_rtnl(), &o->route, o->replaced);

	if (!err && o->with_device) {
		t->n++;
		t->oif = o->route.oif;
		t->say = restore_done(&o->restore, o->gone_at, now);
		strcpy(t->by, o->by);
	} else if (!err) {
		tell(o, restore_done(&o->restore, o->gone_at, now), now);
	} else if (err != -EEXIST) {
		plog_debug(CONF_DEBUG_KERNEL, NULL, "cannot put back the route to %s: %s",
			   subnet_format(&o->route.dst, text), rtnl_error(iface_rtnl(), err));
	}
	unmark(o);
}

/* Down is as bad as removed. */
static bool drop_missing(void)
{
	struct rtnl_link link;

	return drop.index && (rtnl_link_get_index(iface_rtnl(), drop.index, &link) || !(link.flags & IFF_UP));
}

void route_tick(void)
{
	struct together together = { 0 };
	uint64_t now = loop_now();
	struct owned *o;

	if (drop.gone && now >= drop.restore.next) {
		if (drop_missing())
			drop_again(now);
		drop.gone = false;
	}
	for (o = owned; o && n_gone; o = o->next)
		if (o->gone && now >= o->restore.next)
			put_back(o, &together, now);
	tell_together(&together);
}

uint64_t route_deadline(void)
{
	uint64_t first = drop.gone ? drop.restore.next : UINT64_MAX;
	struct owned *o;

	for (o = owned; o && n_gone; o = o->next)
		if (o->gone && o->restore.next < first)
			first = o->restore.next;
	return first;
}

void route_restore(void)
{
	drop_mark(0);
	mark_device(0, 0);
	route_tick();
}

/* ---- beginning and end ---- */

struct leftovers {
	struct rtnl_route *list;
	unsigned int n;
};

static int each_leftover(void *ctx, const struct rtnl_route *route)
{
	struct leftovers *l = ctx;
	struct rtnl_route *bigger;

	if (!route_is_own(route) || route->table != RT_TABLE_MAIN)
		return 0;
	bigger = reallocarray(l->list, l->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	l->list = bigger;
	l->list[l->n++] = *route;
	return 0;
}

/* Removes routes of ours; @all: also those to the drop device. */
static void sweep_all(bool all)
{
	struct leftovers l = { 0 };
	unsigned int i;

	rtnl_routes(iface_rtnl(), AF_UNSPEC, each_leftover, &l);
	for (i = 0; i < l.n; i++)
		if (all || !route_is_drop(&l.list[i]))
			rtnl_route_del(iface_rtnl(), &l.list[i]);
	free(l.list);
}

/* What an earlier pluto was sure of stays closed, though this one may not be, yet. */
static bool has_drop(const struct subnet *net)
{
	struct rtnl_route route = drop_route(drop.index);

	route.dst = *net;
	return *owned_find(&route);
}

void route_sweep(void)
{
	struct leftovers l = { 0 };
	unsigned int i;

	rtnl_routes(iface_rtnl(), AF_UNSPEC, each_leftover, &l);
	for (i = 0; i < l.n; i++)
		if (!*owned_find(&l.list[i]))
			rtnl_route_del(iface_rtnl(), &l.list[i]);
	free(l.list);
	closed_sweep(has_drop);
}

void route_close(bool keep_drop)
{
	struct rtnl_link link;
	struct owned *o;

	while ((o = owned) != NULL) {
		owned = o->next;
		free(o);
	}
	n_gone = 0;
	memset(&drop, 0, sizeof(drop));
	if (!keep_drop)
		closed_sweep(NULL);
	closed_end();
	sweep_all(!keep_drop);
	if (!keep_drop && !rtnl_link_get(iface_rtnl(), DROP_DEVICE, &link) && !strcmp(link.kind, "dummy"))
		rtnl_link_del(iface_rtnl(), link.ifindex);
}
