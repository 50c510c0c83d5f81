/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orientation: which end of a conn is this host, and what the words of ipsec.conf
 * (%defaultroute, no nexthop, no sourceip) mean here and now. Pure: it sees a view of the
 * host and changes nothing.
 */
#ifndef PLUTO_ORIENT_H
#define PLUTO_ORIENT_H

#include "conf.h"

struct local_addr {
	struct ip_addr addr;
	int ifindex;			/* of phys */
	char phys[KLIPS_IFNAMSIZ];	/* the device it is on */
	char virt[KLIPS_IFNAMSIZ];	/* the ipsecN above that device, "": none */
	int virt_index;			/* its ifindex; another one when it was made anew */
	bool listening;			/* pluto has its sockets there */
	bool passing;			/* IPv6: it will be gone soon */
};

/* The default route of one family. */
struct local_default {
	bool there;
	struct ip_addr gw;		/* AF_UNSPEC: on link */
	struct ip_addr src;		/* our address on it, AF_UNSPEC: none; of several of IPv6 any, see source6.h */
};

/* The host as orientation sees it. */
struct local_view {
	const struct local_addr *addrs;
	unsigned int n;
	bool any_device;		/* without klips: no ipsecN is needed */
	struct local_default way_out[2]; /* IPv4, IPv6 */
};

struct oriented {
	unsigned int us;		/* the end that is this host */
	struct ip_addr local;
	struct ip_addr remote;		/* AF_UNSPEC: any */
	struct ip_addr nexthop;		/* AF_UNSPEC: as the kernel routes */
	struct ip_addr source;		/* of the gateway's own packets, AF_UNSPEC: the kernel's choice */
	char phys[KLIPS_IFNAMSIZ];
	char virt[KLIPS_IFNAMSIZ];
	int virt_index;
};

#define ORIENT_WHY 512

/* True and @out; or false and one line in @why that says what was looked for and what there is. */
bool orient(const struct conf_conn *conn, const struct local_view *view, struct oriented *out,
	    char why[ORIENT_WHY]);

/* Whether @addr is one of this host's, as far as @view, a struct local_view, knows them. */
bool orient_is_local(void *view, const struct ip_addr *addr);

/* The client of an end: its subnet, or the host @addr itself. */
struct subnet orient_client(const struct conf_end *end, const struct ip_addr *addr);

#endif
