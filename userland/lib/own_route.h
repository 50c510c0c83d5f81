/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes of ours, and the drop device under them: what pluto and "ipsec setup failclosed" both make. They are known by
 * their protocol numbers. The two differ, so that who flushes the routes of one (ip route flush proto 117, or dev
 * ipsec0) leaves the other, and nothing leaves in the clear meanwhile.
 */
#ifndef KLIPS_LIB_OWN_ROUTE_H
#define KLIPS_LIB_OWN_ROUTE_H

#include <klips/netlink.h>

#include "rtnl.h"

/* Free in rt_protos of iproute2. */
#define OWN_RTPROT 117			/* into ipsecN, and to peers */
#define DROP_RTPROT 118			/* to the drop device */

#define DROP_DEVICE KLIPS_DROP_DEVICE	/* kind dummy, outlives pluto and the module */
#define DROP_METRIC UINT32_MAX		/* the worst: every other route to the same subnet wins */

/*
 * Makes the drop device where there is none, and sets it up: 0 and its @ifindex, or -errno and rtnl_error(). -EEXIST:
 * there is a device of that name of another kind.
 */
int drop_device(struct rtnl *r, int *ifindex);

#define DROP_WHY 256
/* What went wrong with it, for people. */
const char *drop_device_why(const struct rtnl *r, int err, char why[DROP_WHY]);

/* The route of the worst metric to the drop device; its dst is to be filled in. */
struct rtnl_route drop_route(int ifindex);

/* Whether a route that was found is one of ours, and one of those to the drop device. */
bool route_is_own(const struct rtnl_route *route);
bool route_is_drop(const struct rtnl_route *route);

/* Of a route that no other one to the same network may win over: in IPv6 0 would be 1024, and what is connected has 256. */
uint32_t route_best_metric(const struct subnet *dst);

/* 0.0.0.0/0 and ::/0 become two halves, so that the real default route stays: how many there are in @out. */
unsigned int net_halves(const struct subnet *net, struct subnet out[2]);

/*
 * Adds @route; one of ours with its destination and metric is replaced. 0 or -errno; -EEXIST: there is one that is not
 * ours, in @in_the_way.
 */
int own_route_add(struct rtnl *r, const struct rtnl_route *route, struct rtnl_route *in_the_way);

#endif
