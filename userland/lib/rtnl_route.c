// SPDX-License-Identifier: GPL-2.0
/* rtnetlink: routes. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl.h"
#include "rtnl_ask.h"
#include "rtnl_parse.h"

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct ip_addr *addr)
{
	if (addr->family)
		mnl_attr_put(nlh, type, addr_len(addr->family), addr->u.bytes);
}

static void put_gateway(struct nlmsghdr *nlh, const struct rtnl_route *route)
{
	const struct ip_addr *gw = &route->gateway;
	struct {
		struct rtvia via;
		uint8_t bytes[16];
	} __attribute__((packed)) other = { .via = { .rtvia_family = gw->family } };

	if (!gw->family || gw->family == route->dst.addr.family) {
		put_addr(nlh, RTA_GATEWAY, gw);
		return;
	}
	memcpy(other.bytes, gw->u.bytes, addr_len(gw->family));
	mnl_attr_put(nlh, RTA_VIA, sizeof(other.via) + addr_len(gw->family), &other);
}

static void put_mtu(struct nlmsghdr *nlh, uint32_t mtu)
{
	struct nlattr *metrics;

	if (!mtu)
		return;
	metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
	mnl_attr_put_u32(nlh, RTAX_MTU, mtu);
	mnl_attr_nest_end(nlh, metrics);
}

/* Routes of a type that drops need no device; those on a device are its own or beyond a gateway. */
static uint8_t scope_of(const struct rtnl_route *route, uint8_t type)
{
	if (route->dst.addr.family == AF_INET6 || type != RTN_UNICAST ||
	    route->gateway.family)
		return RT_SCOPE_UNIVERSE;
	return RT_SCOPE_LINK;
}

static int route_talk(struct rtnl *r, uint16_t nltype, uint16_t flags,
		      const struct rtnl_route *route)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	bool add = nltype == RTM_NEWROUTE;
	uint8_t type = route->type ? route->type : RTN_UNICAST;
	struct rtmsg *rtm;

	r->error[0] = '\0';
	if (!addr_len(route->dst.addr.family))
		return -EAFNOSUPPORT;
	nlh->nlmsg_type = nltype;
	nlh->nlmsg_flags = flags;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = route->dst.addr.family;
	rtm->rtm_dst_len = route->dst.plen;
	rtm->rtm_table = RT_TABLE_UNSPEC;
	rtm->rtm_protocol = route->protocol || !add ? route->protocol : RTPROT_STATIC;
	rtm->rtm_scope = add ? scope_of(route, type) : RT_SCOPE_NOWHERE;
	rtm->rtm_type = add ? type : route->type;
	rtm->rtm_flags = route->onlink ? RTNH_F_ONLINK : 0;
	put_addr(nlh, RTA_DST, &route->dst.addr);
	put_gateway(nlh, route);
	put_addr(nlh, RTA_PREFSRC, &route->prefsrc);
	if (route->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, route->oif);
	mnl_attr_put_u32(nlh, RTA_TABLE,
			 route->table ? route->table : RT_TABLE_MAIN);
	if (route->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
	if (add)
		put_mtu(nlh, route->mtu);
	return rtnl_ask(r, nlh, NULL, NULL);
}

int rtnl_route_add(struct rtnl *r, const struct rtnl_route *route, bool replace)
{
	return route_talk(r, RTM_NEWROUTE,
			  NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL),
			  route);
}

int rtnl_route_del(struct rtnl *r, const struct rtnl_route *route)
{
	return route_talk(r, RTM_DELROUTE, 0, route);
}

struct each_route {
	int (*each)(void *ctx, const struct rtnl_route *route);
	void *ctx;
};

static int each_route(void *ctx, const struct nlmsghdr *nlh)
{
	struct each_route *e = ctx;
	struct rtnl_route route;

	if (!rtnl_parse_route(nlh, &route) || route.type == RTN_BROADCAST ||
	    route.type == RTN_MULTICAST || route.type == RTN_ANYCAST)
		return 0;
	return e->each(e->ctx, &route);
}

static int dump(struct rtnl *r, int family, struct each_route *e)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_DUMP;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	return rtnl_ask(r, nlh, each_route, e);
}

int rtnl_routes(struct rtnl *r, int family,
		int (*each)(void *ctx, const struct rtnl_route *route), void *ctx)
{
	struct each_route e = { each, ctx };
	int err = 0;

	/* asked for each family: AF_UNSPEC would dump other families, too */
	if (family != AF_INET6)
		err = dump(r, AF_INET, &e);
	if (!err && family != AF_INET)
		err = dump(r, AF_INET6, &e);
	return err;
}

static int take_route(void *ctx, const struct nlmsghdr *nlh)
{
	struct nlmsghdr *writable = (struct nlmsghdr *)nlh;
	struct rtmsg *rtm = mnl_nlmsg_get_payload(writable);

	/* the answer to a look-up is always marked as a copy */
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*rtm))
		rtm->rtm_flags &= ~RTM_F_CLONED;
	return rtnl_parse_route(nlh, ctx) ? 0 : -EBADMSG;
}

int rtnl_route_get(struct rtnl *r, const struct ip_addr *dst,
		   const struct ip_addr *src, struct rtnl_route *route)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	r->error[0] = '\0';
	if (!addr_len(dst->family) || (src && src->family != dst->family))
		return -EAFNOSUPPORT;
	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = dst->family;
	rtm->rtm_dst_len = addr_bits(dst->family);
	put_addr(nlh, RTA_DST, dst);
	if (src) {
		rtm->rtm_src_len = addr_bits(src->family);
		put_addr(nlh, RTA_SRC, src);
	}
	return rtnl_ask(r, nlh, take_route, route);
}
