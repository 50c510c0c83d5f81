/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rtnetlink: links (kinds klips and dummy), addresses, routes, and changes to them. All
 * functions return 0 or -errno as the kernel said it; rtnl_error() has its own words
 * for the last failure where it sent some.
 * One struct rtnl for requests, another one for events.
 */
#ifndef KLIPS_LIB_RTNL_H
#define KLIPS_LIB_RTNL_H

#include "subnet.h"

struct mnl_socket;

struct rtnl {
	struct mnl_socket *nl;
	uint32_t seq;
	char error[128];		/* extended ack text of the last failure, or "" */
};

int rtnl_open(struct rtnl *r);
void rtnl_close(struct rtnl *r);

/*
 * The kernel's words for the last failure, else strerror(-@err). Valid until the next
 * call.
 */
const char *rtnl_error(const struct rtnl *r, int err);

struct rtnl_link {
	int ifindex;
	char name[KLIPS_IFNAMSIZ];
	char kind[16];			/* "klips", "dummy", "" ... */
	unsigned int flags;		/* IFF_* */
	unsigned int changed;		/* events: which of them changed; all of a new link's */
	uint32_t mtu;
	int lower;			/* ifindex of the underlying device (IFLA_LINK), 0: none */
	bool loopback;
};

/* -ENODEV where there is none. */
int rtnl_link_get(struct rtnl *r, const char *name, struct rtnl_link *link);
int rtnl_link_get_index(struct rtnl *r, int ifindex, struct rtnl_link *link);

/* A nonzero return of @each ends a dump and is returned. */
int rtnl_links(struct rtnl *r,
	       int (*each)(void *ctx, const struct rtnl_link *link), void *ctx);

/*
 * Creates a link of @kind ("klips", "dummy") on @lower (an ifindex, 0: none). -EEXIST;
 * -EOPNOTSUPP where
 * no module knows the kind. Does not set it up.
 */
int rtnl_link_add(struct rtnl *r, const char *name, const char *kind, int lower);
int rtnl_link_del(struct rtnl *r, int ifindex);

/* Sets the underlying device of a link of kind klips; @lower 0 detaches. */
int rtnl_link_attach(struct rtnl *r, int ifindex, int lower);

/* What a link of kind klips does with headers, and how it works; -1: as it is. */
struct rtnl_headers {
	int df;				/* enum klips_df */
	int hidetos, fragicmp;		/* 0, 1 */
	int mss;			/* KLIPS_MSS_OFF, KLIPS_MSS_AUTO or bytes */
	int parallel;			/* 0, 1 */
	int64_t fwmark;			/* of outer packets, 32 bits */
	int guard;			/* enum klips_guard */
};

#define RTNL_HEADERS_KEEP { -1, -1, -1, -1, -1, -1, -1 }

int rtnl_link_headers(struct rtnl *r, int ifindex, const struct rtnl_headers *set);
int rtnl_link_up(struct rtnl *r, int ifindex, bool up);
int rtnl_link_mtu(struct rtnl *r, int ifindex, uint32_t mtu);

struct rtnl_addr {
	int ifindex;
	struct subnet prefix;		/* host bits dropped */
	struct ip_addr local;		/* the address itself */
	struct ip_addr peer;		/* of a point-to-point link, AF_UNSPEC: none */
	uint8_t scope;			/* RT_SCOPE_* */
	bool tentative;			/* IPv6: not usable (yet) */
	bool passing;			/* IPv6: temporary (RFC 8981), or deprecated */
	bool noprefixroute;		/* add: makes no connected route */
};

/*
 * Uses ifindex, local, prefix.plen, peer, scope, noprefixroute. -EEXIST,
 * -EADDRNOTAVAIL.
 */
int rtnl_addr_add(struct rtnl *r, const struct rtnl_addr *addr);
int rtnl_addr_del(struct rtnl *r, const struct rtnl_addr *addr);

/* @family AF_INET, AF_INET6 or AF_UNSPEC: both. */
int rtnl_addrs(struct rtnl *r, int family,
	       int (*each)(void *ctx, const struct rtnl_addr *addr), void *ctx);

/*
 * A route. Zero what does not count: table 0 is RT_TABLE_MAIN, type 0 is RTN_UNICAST,
 * protocol 0 is
 * RTPROT_STATIC when added and any when deleted.
 */
struct rtnl_route {
	struct subnet dst;
	struct ip_addr gateway;		/* AF_UNSPEC: on link; may be of the other family */
	struct ip_addr prefsrc;		/* source of local packets, AF_UNSPEC: the kernel's choice */
	int oif;			/* ifindex, 0: none or several */
	uint32_t table;
	uint32_t metric;		/* IPv6: 0 is 1024 */
	uint32_t mtu;			/* when added: of the way, 0: that of the device */
	uint8_t protocol;		/* RTPROT_*, or a number of one's own */
	uint8_t type;			/* RTN_* */
	bool onlink;			/* the gateway needs no route of its own */
	uint8_t scope;			/* filled by dumps */
	unsigned int nexthops;		/* filled by dumps: more than 1: oif and gateway are the first's */
};

/*
 * -EEXIST unless @replace: creates, or replaces the one with the same destination,
 * table and metric.
 */
int rtnl_route_add(struct rtnl *r, const struct rtnl_route *route, bool replace);

/* Every field that is not zero must match. -ESRCH where none does. */
int rtnl_route_del(struct rtnl *r, const struct rtnl_route *route);

/*
 * Unicast and other routes of all tables but local's broadcast entries; cloned ones
 * left out.
 */
int rtnl_routes(struct rtnl *r, int family,
		int (*each)(void *ctx, const struct rtnl_route *route), void *ctx);

/*
 * Where a packet from @src (may be NULL) to @dst would go now; dst.plen is 32 or 128.
 * -ENETUNREACH ...
 */
int rtnl_route_get(struct rtnl *r, const struct ip_addr *dst,
		   const struct ip_addr *src, struct rtnl_route *route);

/*
 * Events: what happened. The struct it is about is in the one member that fits. The kernel
 * does not report IPv4 routes that go with their link or address: at such an event look
 * at the routes anew.
 */
struct rtnl_event {
	enum {
		RTNL_EVENT_LINK, RTNL_EVENT_ADDR, RTNL_EVENT_ROUTE,
		RTNL_EVENT_LOST,	/* some were lost: look at everything anew */
	} what;
	bool gone;			/* it was deleted */
	bool replaced;			/* a route: it took the place of another one */
	uint32_t port;			/* of the netlink socket that asked for it, 0: the kernel does not say */
	union {
		struct rtnl_link link;
		struct rtnl_addr addr;
		struct rtnl_route route;
	};
};

/* Opens @r for events of links, addresses and routes of both families; nonblocking. */
int rtnl_subscribe(struct rtnl *r);

/* For poll(). */
int rtnl_fd(const struct rtnl *r);

/* Gives all that has come to @each; 0 (also where nothing has) or -errno. */
int rtnl_events(struct rtnl *r,
		void (*each)(void *ctx, const struct rtnl_event *event), void *ctx);

#endif
