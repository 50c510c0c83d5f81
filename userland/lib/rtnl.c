// SPDX-License-Identifier: GPL-2.0
/* rtnetlink: links and addresses. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <klips/netlink.h>

#include "nl.h"
#include "rtnl_ask.h"
#include "rtnl_parse.h"

int rtnl_open(struct rtnl *r)
{
	memset(r, 0, sizeof(*r));
	return nl_open(&r->nl, NETLINK_ROUTE);
}

void rtnl_close(struct rtnl *r)
{
	if (r->nl)
		mnl_socket_close(r->nl);
	r->nl = NULL;
}

const char *rtnl_error(const struct rtnl *r, int err)
{
	return r->error[0] ? r->error : strerror(-err);
}

int rtnl_ask(struct rtnl *r, struct nlmsghdr *nlh,
	     int (*each)(void *ctx, const struct nlmsghdr *nlh), void *ctx)
{
	struct nl_ask ask = {
		.nl = r->nl, .seq = &r->seq, .each = each, .ctx = ctx,
		.error = r->error, .error_size = sizeof(r->error),
	};

	return nl_talk(&ask, nlh);
}

static struct nlmsghdr *link_begin(char *buf, uint16_t type, uint16_t flags,
				   int ifindex, struct ifinfomsg **ifi)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	*ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(**ifi));
	(*ifi)->ifi_family = AF_UNSPEC;
	(*ifi)->ifi_index = ifindex;
	return nlh;
}

static int take_link(void *ctx, const struct nlmsghdr *nlh)
{
	return rtnl_parse_link(nlh, ctx) ? 0 : -EBADMSG;
}

/* @name counts where @ifindex is 0. */
static int link_get(struct rtnl *r, int ifindex, const char *name,
		    struct rtnl_link *link)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;

	nlh = link_begin(buf, RTM_GETLINK, 0, ifindex, &ifi);
	if (!ifindex)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return rtnl_ask(r, nlh, take_link, link);
}

int rtnl_link_get(struct rtnl *r, const char *name, struct rtnl_link *link)
{
	size_t len = strlen(name);

	r->error[0] = '\0';
	if (!len || len >= KLIPS_IFNAMSIZ)
		return -ENODEV;
	return link_get(r, 0, name, link);
}

int rtnl_link_get_index(struct rtnl *r, int ifindex, struct rtnl_link *link)
{
	r->error[0] = '\0';
	if (ifindex <= 0)
		return -ENODEV;
	return link_get(r, ifindex, NULL, link);
}

struct each_link {
	int (*each)(void *ctx, const struct rtnl_link *link);
	void *ctx;
};

static int each_link(void *ctx, const struct nlmsghdr *nlh)
{
	struct each_link *e = ctx;
	struct rtnl_link link;

	return rtnl_parse_link(nlh, &link) ? e->each(e->ctx, &link) : 0;
}

int rtnl_links(struct rtnl *r,
	       int (*each)(void *ctx, const struct rtnl_link *link), void *ctx)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct each_link e = { each, ctx };
	struct ifinfomsg *ifi;

	return rtnl_ask(r, link_begin(buf, RTM_GETLINK, NLM_F_DUMP, 0, &ifi),
			each_link, &e);
}

int rtnl_link_add(struct rtnl *r, const char *name, const char *kind, int lower)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	size_t len = strlen(name);
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;
	struct nlattr *info;

	r->error[0] = '\0';
	if (!len || len >= KLIPS_IFNAMSIZ || strlen(kind) > 15)
		return -EINVAL;
	nlh = link_begin(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, &ifi);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (lower)
		mnl_attr_put_u32(nlh, IFLA_LINK, lower);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, info);
	return rtnl_ask(r, nlh, NULL, NULL);
}

int rtnl_link_del(struct rtnl *r, int ifindex)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct ifinfomsg *ifi;

	r->error[0] = '\0';
	if (ifindex <= 0)
		return -ENODEV;
	return rtnl_ask(r, link_begin(buf, RTM_DELLINK, 0, ifindex, &ifi), NULL,
			NULL);
}

/* A request about a link of ours, with the nests open for its attributes. */
struct klips_change {
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	struct nlattr *info, *data;
};

static void change_begin(struct klips_change *c, int ifindex)
{
	struct ifinfomsg *ifi;

	c->nlh = link_begin(c->buf, RTM_NEWLINK, 0, ifindex, &ifi);
	c->info = mnl_attr_nest_start(c->nlh, IFLA_LINKINFO);
	mnl_attr_put_str(c->nlh, IFLA_INFO_KIND, KLIPS_LINK_KIND);
	c->data = mnl_attr_nest_start(c->nlh, IFLA_INFO_DATA);
}

static int change_end(struct rtnl *r, struct klips_change *c)
{
	mnl_attr_nest_end(c->nlh, c->data);
	mnl_attr_nest_end(c->nlh, c->info);
	return rtnl_ask(r, c->nlh, NULL, NULL);
}

int rtnl_link_attach(struct rtnl *r, int ifindex, int lower)
{
	struct klips_change c;

	change_begin(&c, ifindex);
	mnl_attr_put_u32(c.nlh, IFLA_KLIPS_DEV, lower);
	return change_end(r, &c);
}

int rtnl_link_headers(struct rtnl *r, int ifindex, const struct rtnl_headers *set)
{
	struct klips_change c;

	change_begin(&c, ifindex);
	if (set->df >= 0)
		mnl_attr_put_u8(c.nlh, IFLA_KLIPS_DF, set->df);
	if (set->hidetos >= 0)
		mnl_attr_put_u8(c.nlh, IFLA_KLIPS_HIDETOS, set->hidetos);
	if (set->fragicmp >= 0)
		mnl_attr_put_u8(c.nlh, IFLA_KLIPS_FRAGICMP, set->fragicmp);
	if (set->mss >= 0)
		mnl_attr_put_u16(c.nlh, IFLA_KLIPS_MSS, set->mss);
	if (set->parallel >= 0)
		mnl_attr_put_u8(c.nlh, IFLA_KLIPS_PARALLEL, set->parallel);
	if (set->fwmark >= 0)
		mnl_attr_put_u32(c.nlh, IFLA_KLIPS_FWMARK, set->fwmark);
	if (set->guard >= 0)
		mnl_attr_put_u8(c.nlh, IFLA_KLIPS_GUARD, set->guard);
	return change_end(r, &c);
}

int rtnl_link_up(struct rtnl *r, int ifindex, bool up)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;

	nlh = link_begin(buf, RTM_NEWLINK, 0, ifindex, &ifi);
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	return rtnl_ask(r, nlh, NULL, NULL);
}

int rtnl_link_mtu(struct rtnl *r, int ifindex, uint32_t mtu)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;

	nlh = link_begin(buf, RTM_NEWLINK, 0, ifindex, &ifi);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return rtnl_ask(r, nlh, NULL, NULL);
}

static int addr_talk(struct rtnl *r, uint16_t type, uint16_t flags,
		     const struct rtnl_addr *addr)
{
	const struct ip_addr *peer = addr->peer.family ? &addr->peer : &addr->local;
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	unsigned int len = addr_len(addr->local.family);
	struct ifaddrmsg *ifa;

	r->error[0] = '\0';
	if (!len || addr_len(peer->family) != len ||
	    addr->prefix.plen > len * 8)
		return -EINVAL;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = addr->local.family;
	ifa->ifa_prefixlen = addr->prefix.plen;
	ifa->ifa_scope = addr->scope;
	ifa->ifa_index = addr->ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, len, addr->local.u.bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, len, peer->u.bytes);
	if (addr->noprefixroute)
		mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	return rtnl_ask(r, nlh, NULL, NULL);
}

int rtnl_addr_add(struct rtnl *r, const struct rtnl_addr *addr)
{
	return addr_talk(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, addr);
}

int rtnl_addr_del(struct rtnl *r, const struct rtnl_addr *addr)
{
	return addr_talk(r, RTM_DELADDR, 0, addr);
}

struct each_addr {
	int (*each)(void *ctx, const struct rtnl_addr *addr);
	void *ctx;
};

static int each_addr(void *ctx, const struct nlmsghdr *nlh)
{
	struct each_addr *e = ctx;
	struct rtnl_addr addr;

	return rtnl_parse_addr(nlh, &addr) ? e->each(e->ctx, &addr) : 0;
}

int rtnl_addrs(struct rtnl *r, int family,
	       int (*each)(void *ctx, const struct rtnl_addr *addr), void *ctx)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct each_addr e = { each, ctx };
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = family;
	return rtnl_ask(r, nlh, each_addr, &e);
}
