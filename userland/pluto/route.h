/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes of ours, counted by their users: into ipsecN while a tunnel stands, and under
 * each of them one of the worst metric to the drop device, from the moment a conn is loaded until
 * it is unloaded, while which the module keeps its network closed, too (closed.h). When daemon, module or device goes away,
 * packets stop; they do not take the default route.
 */
#ifndef PLUTO_ROUTE_H
#define PLUTO_ROUTE_H

#include "own_route.h"

#define ROUTE_WHY 512

/*
 * 0 or -errno and @why. 0.0.0.0/0 becomes two halves, so that the real default route stays. @sure: it is no network of this
 * host's own, and the module closes it, until the last user has gone.
 */
int route_drop_add(const struct subnet *net, bool sure, char why[ROUTE_WHY]);
void route_drop_del(const struct subnet *net);

/* @source: of local packets, AF_UNSPEC: the kernel's choice. @mtu: bytes, 0: that of the device. */
int route_tunnel_add(const struct subnet *net, int virt_index, const struct ip_addr *source,
		     uint32_t mtu, char why[ROUTE_WHY]);
/* What goes by the route, which is there, has another source from now on. 0 or -errno and @why. */
int route_tunnel_source(const struct subnet *net, int virt_index, const struct ip_addr *source, char why[ROUTE_WHY]);
void route_tunnel_del(const struct subnet *net, int virt_index);

/* The peer itself through the underlying device, @gateway AF_UNSPEC: on link. */
int route_peer_add(const struct ip_addr *peer, int phys_index, const struct ip_addr *gateway,
		   char why[ROUTE_WHY]);
void route_peer_del(const struct ip_addr *peer, int phys_index);

/*
 * Something happened: what it removed of ours is put back by the next route_tick(), which logs by whom it was removed.
 * Whoever goes on removing is given way to, see restore.h; route_deadline() is when that is over, UINT64_MAX: never.
 */
void route_event(const struct rtnl_event *event);
void route_tick(void);
uint64_t route_deadline(void);
/* The same without an event: looks at everything. */
void route_restore(void);

/* Removes what an earlier pluto left and no conn of now wants. Until then it keeps packets where they were. */
void route_sweep(void);
/* @keep_drop: routes to the drop device and it itself stay. */
void route_close(bool keep_drop);

#endif
