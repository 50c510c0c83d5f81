// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "iface.h"
#include "plog.h"
#include "pluto.h"
#include "restore.h"
#include "route.h"

#define SETTLE_MS 100			/* changes come in swarms: look once */

/* An address of this host, with its sockets where pluto listens there. */
struct place {
	struct place *next;
	struct udp udp[2];		/* 500, 4500 */
	bool open, seen;
	struct local_addr at;
};

static struct rtnl requests;
static struct rtnl events;
static struct watch event_watch;
static struct place *places;
static struct local_addr *view_addrs;	/* the same as an array, for orientation */
static unsigned int n_view;
static struct rtnl_route default_route[2]; /* of IPv4, IPv6; oif 0: none */
static struct ip_addr default_src[2];
static uint64_t refresh_at = UINT64_MAX;
static struct restore made_again;	/* ipsecN that somebody removes */

struct rtnl *iface_rtnl(void)
{
	return &requests;
}

/* ---- the default route ---- */

static int each_route(void *ctx, const struct rtnl_route *route)
{
	struct rtnl_route *best = &default_route[route->dst.addr.family == AF_INET6];

	(void)ctx;
	if (route->dst.plen || route->table != RT_TABLE_MAIN || route->type != RTN_UNICAST ||
	    !route->oif || route_is_own(route))
		return 0;
	if (!best->oif || route->metric < best->metric)
		*best = *route;
	return 0;
}

static int find_default(void)
{
	memset(default_route, 0, sizeof(default_route));
	return rtnl_routes(&requests, AF_UNSPEC, each_route, NULL);
}

/* What %defaultroute in interfaces= is. */
static int default_index(void)
{
	return default_route[0].oif ? default_route[0].oif : default_route[1].oif;
}

/* ---- addresses ---- */

static struct place *place_find(const struct rtnl_addr *addr)
{
	struct place *p;

	for (p = places; p; p = p->next)
		if (p->at.ifindex == addr->ifindex && addr_equal(&p->at.addr, &addr->local))
			return p;
	return NULL;
}

struct found {
	struct rtnl_addr *list;
	unsigned int n;
};

/* Only gathers: nothing else may be asked for while a dump comes in. */
static int each_addr(void *ctx, const struct rtnl_addr *addr)
{
	struct found *f = ctx;
	struct rtnl_addr *bigger;

	/* An address of one link (fe80::) is no end of a tunnel. */
	if (addr->tentative || (addr->local.family == AF_INET6 && addr->scope == RT_SCOPE_LINK))
		return 0;
	bigger = reallocarray(f->list, f->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	f->list = bigger;
	f->list[f->n++] = *addr;
	return 0;
}

/* The last one that is known elsewhere. Which of IPv6 it is depends on the peer (source6.c). */
static void take_default_src(const struct rtnl_addr *addr)
{
	int i = addr->local.family == AF_INET6;

	if (addr->ifindex == default_route[i].oif &&
	    (!default_src[i].family || addr->scope == RT_SCOPE_UNIVERSE))
		default_src[i] = addr->local;
}

static int take_addr(const struct rtnl_addr *addr)
{
	struct rtnl_link link;
	struct place *p;

	if (rtnl_link_get_index(&requests, addr->ifindex, &link) ||
	    (link.loopback && pluto.kernel->devices))
		return 0;
	p = place_find(addr);
	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return -ENOMEM;
		p->udp[0].watch.fd = p->udp[1].watch.fd = -1;
		p->at.addr = addr->local;
		p->at.ifindex = addr->ifindex;
		p->next = places;
		places = p;
	}
	p->seen = true;
	strcpy(p->at.phys, link.name);
	strcpy(p->at.virt, device_above(addr->ifindex));
	p->at.virt_index = device_index(p->at.virt);
	p->at.passing = addr->passing;
	take_default_src(addr);
	return 0;
}

static int find_addrs(void)
{
	struct found found = { 0 };
	int err = rtnl_addrs(&requests, AF_UNSPEC, each_addr, &found);
	unsigned int i;

	for (i = 0; !err && i < found.n; i++)
		err = take_addr(&found.list[i]);
	free(found.list);
	return err;
}

/* ---- sockets ---- */

static bool wants_sockets(const struct place *p)
{
	unsigned int i;

	if (pluto.kernel->devices && !p->at.virt[0])
		return false;
	for (i = 0; i < pluto.setup.n_listen; i++)
		if (addr_equal(&pluto.setup.listen[i], &p->at.addr))
			return true;
	return !pluto.setup.n_listen;
}

static void place_close(struct place *p)
{
	udp_close(&p->udp[0]);
	udp_close(&p->udp[1]);
	p->open = p->at.listening = false;
}

static int place_open(struct place *p, char why[IFACE_WHY])
{
	static const uint16_t ports[] = { 500, 4500 };
	char text[ADDR_TEXT];
	int i, err;

	for (i = 0; i < 2; i++) {
		err = udp_open(&p->udp[i], &p->at.addr, ports[i], p->at.phys, why);
		if (err) {
			place_close(p);
			return err;
		}
	}
	p->open = p->at.listening = true;
	plog(LOG_INFO, NULL, "listening at %s on %s%s%s", addr_format(&p->at.addr, text), p->at.phys,
	     p->at.virt[0] ? " under " : "", p->at.virt);
	return 0;
}

/* Opens and closes sockets as the addresses want it; the first failure in @why. */
static int sync_sockets(char why[IFACE_WHY])
{
	char this_why[IFACE_WHY];
	struct place **at = &places, *p;
	int err = 0, this_err = 0;

	while ((p = *at) != NULL) {
		if (!p->seen) {
			place_close(p);
			*at = p->next;
			free(p);
			continue;
		}
		if (p->open && !wants_sockets(p))
			place_close(p);
		else if (!p->open && wants_sockets(p))
			this_err = place_open(p, this_why);
		if (this_err && !err) {
			err = this_err;
			memcpy(why, this_why, IFACE_WHY);
		}
		this_err = 0;
		at = &p->next;
	}
	return err;
}

static int fill_view(void)
{
	struct local_addr *fresh;
	struct place *p;
	unsigned int n = 0;

	for (p = places; p; p = p->next)
		n++;
	fresh = reallocarray(view_addrs, n ? n : 1, sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	view_addrs = fresh;
	n_view = 0;
	for (p = places; p; p = p->next)
		view_addrs[n_view++] = p->at;
	return 0;
}

struct local_view iface_view(void)
{
	struct local_view view = { .addrs = view_addrs, .n = n_view, .any_device = !pluto.kernel->devices };
	int i;

	for (i = 0; i < 2; i++)
		view.way_out[i] = (struct local_default){
			default_route[i].oif != 0, default_route[i].gateway, default_src[i],
		};
	return view;
}

int iface_refresh(char why[IFACE_WHY])
{
	int err, device_err = 0;
	struct place *p;

	snprintf(why, IFACE_WHY, "cannot read addresses and routes");
	refresh_at = UINT64_MAX;
	err = find_default();
	if (err)
		return err;
	if (pluto.kernel->devices)
		device_err = device_sync(default_index(), why);
	memset(default_src, 0, sizeof(default_src));
	for (p = places; p; p = p->next)
		p->seen = false;
	err = find_addrs();
	if (err)
		return err;
	err = sync_sockets(why);
	if (!err)
		err = fill_view();
	return device_err ? device_err : err;
}

const struct udp *iface_socket(const struct ike_addr *local)
{
	struct ip_addr addr = from_ike_addr(local);
	struct place *p;

	for (p = places; p; p = p->next)
		if (p->open && addr_equal(&p->at.addr, &addr))
			return &p->udp[local->port == 4500];
	return NULL;
}

void iface_each(void (*fn)(void *ctx, const struct ctl_iface *iface), void *ctx)
{
	struct ctl_iface iface;
	struct place *p;
	int i;

	for (p = places; p; p = p->next) {
		for (i = 0; p->open && i < 2; i++) {
			memset(&iface, 0, sizeof(iface));
			strcpy(iface.virt, p->at.virt);
			strcpy(iface.phys, p->at.phys);
			iface.addr = p->at.addr;
			iface.port = p->udp[i].port;
			fn(ctx, &iface);
		}
	}
}

/* ---- events ---- */

static void each_event(void *ctx, const struct rtnl_event *event)
{
	(void)ctx;
	if (pluto.kernel->devices)
		route_event(event);
	/* Of routes only the default one counts here: a routing daemon may have a million. */
	if (event->what == RTNL_EVENT_ROUTE && event->route.dst.plen)
		return;
	if (event->what == RTNL_EVENT_LINK && event->gone && device_lost(event->link.ifindex)) {
		restore_done(&made_again, loop_now(), loop_now());
		refresh_at = made_again.next;
	} else if (refresh_at == UINT64_MAX) {
		refresh_at = loop_now() + SETTLE_MS;
	}
}

static void event_ready(struct watch *w, uint32_t what)
{
	(void)w;
	(void)what;
	rtnl_events(&events, each_event, NULL);
	if (pluto.kernel->devices)
		route_tick();
}

uint64_t iface_deadline(void)
{
	uint64_t route = route_deadline();

	return route < refresh_at ? route : refresh_at;
}

void iface_tick(void)
{
	static char last[IFACE_WHY];
	char why[IFACE_WHY];

	route_tick();
	if (loop_now() < refresh_at)
		return;
	if (!iface_refresh(why))
		last[0] = '\0';
	else if (strcmp(last, why))	/* said once, not at every event */
		plog(LOG_ERR, NULL, "%s", strcpy(last, why));
	if (pluto.kernel->devices)
		route_restore();
	conns_orient();
	conns_names_again();
}

int iface_open(char why[IFACE_WHY])
{
	int err = rtnl_open(&requests);

	if (!err)
		err = rtnl_subscribe(&events);
	if (err) {
		snprintf(why, IFACE_WHY, "cannot open rtnetlink: %s", strerror(-err));
		return err;
	}
	event_watch.fd = rtnl_fd(&events);
	event_watch.ready = event_ready;
	return loop_add(&event_watch, EPOLLIN);
}

void iface_close(void)
{
	struct place *p;

	while ((p = places) != NULL) {
		place_close(p);
		places = p->next;
		free(p);
	}
	free(view_addrs);
	view_addrs = NULL;
	n_view = 0;
	loop_del(&event_watch);
	rtnl_close(&events);
	rtnl_close(&requests);
}
