/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes of ours, counted by their users: into ipsecN while a tunnel stands, and under
 * each of them one of the worst metric to the drop device, from the moment a conn is loaded until
 * it is unloaded. When daemon, module or device goes away, packets stop; they do not take the
 * default route.
 */
#ifndef PLUTO_ROUTE_H
#define PLUTO_ROUTE_H

#include "rtnl.h"

#define ROUTE_WHY 512
#define DROP_DEVICE "klips-drop"	/* kind dummy, outlives pluto and the module */

/* 0 or -errno and @why. 0.0.0.0/0 becomes two halves, so that the real default route stays. */
int route_drop_add(const struct subnet *net, char why[ROUTE_WHY]);
void route_drop_del(const struct subnet *net);

/* @source: of local packets, AF_UNSPEC: the kernel's choice. @mtu: bytes, 0: that of the device. */
int route_tunnel_add(const struct subnet *net, int virt_index, const struct ip_addr *source,
		     uint32_t mtu, char why[ROUTE_WHY]);
void route_tunnel_del(const struct subnet *net, int virt_index);

/* The peer itself through the underlying device, @gateway AF_UNSPEC: on link. */
int route_peer_add(const struct ip_addr *peer, int phys_index, const struct ip_addr *gateway,
		   char why[ROUTE_WHY]);
void route_peer_del(const struct ip_addr *peer, int phys_index);

/* Puts back what somebody removed. */
void route_restore(void);

/* What an earlier pluto left: routes into devices go, drop routes stay. */
void route_open(void);
/* Removes drop routes that no conn of now wants. */
void route_drop_sweep(void);
/* @keep_drop: routes to the drop device and it itself stay. */
void route_close(bool keep_drop);

#endif
