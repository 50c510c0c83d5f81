// SPDX-License-Identifier: GPL-2.0
/* rtnetlink messages into plain structs. */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "rtnl_parse.h"

static void get_string(const struct nlattr *attr, char *buf, size_t size)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		snprintf(buf, size, "%s", mnl_attr_get_str(attr));
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) >= 0 ?
	       mnl_attr_get_u32(attr) : 0;
}

static void get_addr(const struct nlattr *attr, int family, struct ip_addr *addr)
{
	addr_from_bytes(addr, family, mnl_attr_get_payload(attr),
			mnl_attr_get_payload_len(attr));
}

static void get_kind(const struct nlattr *info, struct rtnl_link *link)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			get_string(attr, link->kind, sizeof(link->kind));
}

bool rtnl_parse_link(const struct nlmsghdr *nlh, struct rtnl_link *link)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	memset(link, 0, sizeof(*link));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) ||
	    (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK))
		return false;
	link->ifindex = ifi->ifi_index;
	link->flags = ifi->ifi_flags;
	link->changed = ifi->ifi_change;
	link->loopback = ifi->ifi_flags & IFF_LOOPBACK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			get_string(attr, link->name, sizeof(link->name));
			break;
		case IFLA_MTU:
			link->mtu = get_u32(attr);
			break;
		case IFLA_LINK:
			link->lower = get_u32(attr);
			/* a link without one may name itself */
			if (link->lower == link->ifindex)
				link->lower = 0;
			break;
		case IFLA_LINKINFO:
			get_kind(attr, link);
			break;
		}
	}
	return true;
}

bool rtnl_parse_addr(const struct nlmsghdr *nlh, struct rtnl_addr *addr)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct ip_addr local = { 0 }, address = { 0 };
	const struct nlattr *attr;
	uint32_t flags;

	memset(addr, 0, sizeof(*addr));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
	    (nlh->nlmsg_type != RTM_NEWADDR && nlh->nlmsg_type != RTM_DELADDR))
		return false;
	flags = ifa->ifa_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		switch (mnl_attr_get_type(attr)) {
		case IFA_LOCAL:
			get_addr(attr, ifa->ifa_family, &local);
			break;
		case IFA_ADDRESS:
			get_addr(attr, ifa->ifa_family, &address);
			break;
		case IFA_FLAGS:
			flags = get_u32(attr);
			break;
		}
	}
	/* IPv6 has IFA_LOCAL only where there is a peer (then in IFA_ADDRESS) */
	addr->local = local.family ? local : address;
	if (local.family && address.family && !addr_equal(&local, &address))
		addr->peer = address;
	addr->ifindex = ifa->ifa_index;
	addr->scope = ifa->ifa_scope;
	addr->tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED);
	addr->passing = ifa->ifa_family == AF_INET6 && flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED);
	addr->noprefixroute = flags & IFA_F_NOPREFIXROUTE;
	return subnet_set(&addr->prefix, addr->peer.family ? &addr->peer : &addr->local,
			  ifa->ifa_prefixlen);
}

/* The gateway of RTA_VIA, which may be of another family than the route. */
static void get_via(const struct nlattr *attr, struct ip_addr *addr)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) >= sizeof(*via))
		addr_from_bytes(addr, via->rtvia_family, via->rtvia_addr,
				mnl_attr_get_payload_len(attr) - sizeof(*via));
}

/* The first of several next hops, and how many there are. */
static void get_nexthops(const struct nlattr *attr, int family,
			 struct rtnl_route *route)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(attr);
	int left = mnl_attr_get_payload_len(attr);

	route->nexthops = 0;
	for (; RTNH_OK(nh, left); left -= RTNH_ALIGN(nh->rtnh_len), nh = RTNH_NEXT(nh)) {
		const struct rtattr *rta = RTNH_DATA(nh);
		int rest = nh->rtnh_len - RTNH_LENGTH(0);

		if (route->nexthops++)
			continue;
		route->oif = nh->rtnh_ifindex;
		for (; RTA_OK(rta, rest); rta = RTA_NEXT(rta, rest))
			if (rta->rta_type == RTA_GATEWAY)
				addr_from_bytes(&route->gateway, family,
						RTA_DATA(rta), RTA_PAYLOAD(rta));
	}
}

static void get_route_attr(const struct nlattr *attr, int family,
			   struct rtnl_route *route)
{
	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		get_addr(attr, family, &route->dst.addr);
		break;
	case RTA_GATEWAY:
		get_addr(attr, family, &route->gateway);
		break;
	case RTA_VIA:
		get_via(attr, &route->gateway);
		break;
	case RTA_PREFSRC:
		get_addr(attr, family, &route->prefsrc);
		break;
	case RTA_OIF:
		route->oif = get_u32(attr);
		break;
	case RTA_TABLE:
		route->table = get_u32(attr);
		break;
	case RTA_PRIORITY:
		route->metric = get_u32(attr);
		break;
	case RTA_MULTIPATH:
		get_nexthops(attr, family, route);
		break;
	}
}

bool rtnl_parse_route(const struct nlmsghdr *nlh, struct rtnl_route *route)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	memset(route, 0, sizeof(*route));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
	    (nlh->nlmsg_type != RTM_NEWROUTE && nlh->nlmsg_type != RTM_DELROUTE))
		return false;
	if (!addr_len(rtm->rtm_family) || rtm->rtm_flags & RTM_F_CLONED)
		return false;
	route->dst.addr = addr_any(rtm->rtm_family);
	route->table = rtm->rtm_table;
	route->protocol = rtm->rtm_protocol;
	route->type = rtm->rtm_type;
	route->scope = rtm->rtm_scope;
	route->onlink = rtm->rtm_flags & RTNH_F_ONLINK;
	route->nexthops = 1;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		get_route_attr(attr, rtm->rtm_family, route);
	return subnet_set(&route->dst, &route->dst.addr, rtm->rtm_dst_len);
}
