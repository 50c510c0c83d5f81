// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "own_route.h"

int drop_device(struct rtnl *r, int *ifindex)
{
	struct rtnl_link link;
	int err = rtnl_link_get(r, DROP_DEVICE, &link);

	if (err == -ENODEV) {
		err = rtnl_link_add(r, DROP_DEVICE, "dummy", 0);
		/* somebody else of ours may have been quicker */
		if (!err || err == -EEXIST)
			err = rtnl_link_get(r, DROP_DEVICE, &link);
	}
	if (!err && strcmp(link.kind, "dummy") != 0)
		err = -EEXIST;
	if (!err && !(link.flags & IFF_UP))
		err = rtnl_link_up(r, link.ifindex, true);
	*ifindex = err ? 0 : link.ifindex;
	return err;
}

const char *drop_device_why(const struct rtnl *r, int err, char why[DROP_WHY])
{
	snprintf(why, DROP_WHY, "cannot make the drop device " DROP_DEVICE ": %s", err == -EEXIST ?
		 "there is a device of that name of another kind than dummy; remove it" : rtnl_error(r, err));
	if (err == -EOPNOTSUPP)
		strcat(why, "; look at \"modprobe dummy\"");
	return why;
}

struct rtnl_route drop_route(int ifindex)
{
	return (struct rtnl_route){ .oif = ifindex, .metric = DROP_METRIC, .protocol = DROP_RTPROT };
}

bool route_is_own(const struct rtnl_route *route)
{
	return route->protocol == OWN_RTPROT || route->protocol == DROP_RTPROT;
}

bool route_is_drop(const struct rtnl_route *route)
{
	return route->protocol == DROP_RTPROT && route->metric == DROP_METRIC;
}

uint32_t route_best_metric(const struct subnet *dst)
{
	return dst->addr.family == AF_INET6;
}

unsigned int net_halves(const struct subnet *net, struct subnet out[2])
{
	out[0] = out[1] = *net;
	if (net->plen)
		return 1;
	out[0].plen = out[1].plen = 1;
	out[1].addr.u.bytes[0] = 0x80;
	return 2;
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

int own_route_add(struct rtnl *r, const struct rtnl_route *route, struct rtnl_route *in_the_way)
{
	int err = rtnl_route_add(r, route, false);

	if (err != -EEXIST)
		return err;
	*in_the_way = (struct rtnl_route){ .dst = route->dst, .metric = route->metric };
	if (rtnl_routes(r, route->dst.addr.family, each_in_the_way, in_the_way) == 1 && !route_is_own(in_the_way))
		return -EEXIST;
	return rtnl_route_add(r, route, true);
}
