// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family "klips": reading, and closing networks. A dump holds no lock from one message
 * to the next; it remembers the last id it has shown, so what changes meanwhile is seen or
 * not, but nothing is shown twice or left out.
 */
#include <net/genetlink.h>

#include <klips/netlink.h>

#include "debug.h"
#include "netlink.h"
#include "netlink_fill.h"
#include "why.h"

/* No attribute at all. */
static const struct nla_policy none_policy[] = {
	[KLIPS_A_PAD] = { .type = NLA_REJECT },
};

static const struct nla_policy why_policy[KLIPS_A_MAX + 1] = {
	[KLIPS_A_PAD] = { .type = NLA_REJECT },
	[KLIPS_A_FAMILY] = { .type = NLA_U8 },
	[KLIPS_A_SRC] = { .type = NLA_BINARY, .len = sizeof(union klips_addr) },
	[KLIPS_A_DST] = { .type = NLA_BINARY, .len = sizeof(union klips_addr) },
	[KLIPS_A_PROTO] = { .type = NLA_U8 },
	[KLIPS_A_SPORT] = { .type = NLA_U16 },
	[KLIPS_A_DPORT] = { .type = NLA_U16 },
	[KLIPS_A_DEVICE] = { .type = NLA_NUL_STRING, .len = KLIPS_IFNAMSIZ - 1 },
};

static const struct nla_policy net_policy[KLIPS_A_MAX + 1] = {
	[KLIPS_A_PAD] = { .type = NLA_REJECT },
	[KLIPS_A_FAMILY] = { .type = NLA_U8 },
	[KLIPS_A_DST] = { .type = NLA_BINARY, .len = sizeof(union klips_addr) },
	[KLIPS_A_DST_PLEN] = { .type = NLA_U8 },
};

/* Called first for each dump. */
static int dump_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *genl = nlmsg_data(cb->nlh);

	klips_debug(klips_net(sock_net(cb->skb->sk)), KLIPS_DEBUG(NETLINK),
		    "netlink: dump %u", genl->cmd);
	return 0;
}

/* Where a dump goes on: an id of klips_eroute_next(), klips_sa_next() or of a device. */
static unsigned long *dump_id(struct netlink_callback *cb)
{
	return (unsigned long *)cb->ctx;
}

void *klips_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &klips_family, NLM_F_MULTI, cmd);
}

int klips_dump_finish(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

/* The same for holds, whose ids have 64 bits everywhere. */
static u64 *dump_hold_id(struct netlink_callback *cb)
{
	return (u64 *)&cb->args[2];
}

/* Holds, from where the dump is: each by @fill; those of traps alone, if @traps. The one that had no room, or NULL. */
static struct klips_hold *dump_some_holds(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
					  int (*fill)(struct sk_buff *skb, struct klips_hold *h),
					  bool traps)
{
	struct klips_net *kn = klips_net(sock_net(skb->sk));
	struct klips_hold *h;

	while ((h = klips_hold_next(kn, *dump_hold_id(cb)))) {
		if (!traps || klips_hold_is_eroute(h)) {
			void *hdr = klips_dump_put(skb, cb, cmd);

			if (!hdr || klips_dump_finish(skb, hdr, fill(skb, h)))
				return h;
		}
		*dump_hold_id(cb) = h->id;
	}
	return NULL;
}

static int dump_eroutes(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct klips_net *kn = klips_net(sock_net(skb->sk));
	unsigned long id = *dump_id(cb);
	struct klips_eroute *er;
	bool more;

	rcu_read_lock();
	while ((er = klips_eroute_next(kn, &id))) {
		void *hdr = klips_dump_put(skb, cb, KLIPS_CMD_EROUTE);

		if (!hdr || klips_dump_finish(skb, hdr, klips_fill_eroute(skb, kn, er)))
			break;
		*dump_id(cb) = id;
	}
	more = er || dump_some_holds(skb, cb, KLIPS_CMD_EROUTE, klips_fill_hold_eroute, true);
	rcu_read_unlock();
	return more && !skb->len ? -EMSGSIZE : skb->len;
}

static int dump_holds(struct sk_buff *skb, struct netlink_callback *cb)
{
	bool more;

	rcu_read_lock();
	more = dump_some_holds(skb, cb, KLIPS_CMD_HOLD, klips_fill_hold, false);
	rcu_read_unlock();
	return more && !skb->len ? -EMSGSIZE : skb->len;
}

static int dump_sas(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct klips_net *kn = klips_net(sock_net(skb->sk));
	unsigned long id = *dump_id(cb);
	struct klips_sa *sa;

	rcu_read_lock();
	while ((sa = klips_sa_next(kn, &id))) {
		void *hdr = klips_dump_put(skb, cb, KLIPS_CMD_SA);

		if (!hdr || klips_dump_finish(skb, hdr, klips_fill_sa(skb, sa)))
			break;
		*dump_id(cb) = id;
	}
	rcu_read_unlock();
	return sa && !skb->len ? -EMSGSIZE : skb->len;
}

/* Ids of devices only ever grow, and so does the list. */
static int dump_devices(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct klips_net *kn = klips_net(sock_net(skb->sk));
	struct klips_dev *kd;
	int err = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(kd, &kn->devices, list) {
		void *hdr;

		if (kd->id <= *dump_id(cb))
			continue;
		hdr = klips_dump_put(skb, cb, KLIPS_CMD_DEVICE);
		if (hdr)
			err = klips_dump_finish(skb, hdr, klips_fill_device(skb, kd));
		else
			err = -EMSGSIZE;
		if (err)
			break;
		*dump_id(cb) = kd->id;
	}
	rcu_read_unlock();
	return err && !skb->len ? err : skb->len;
}

/* The answer to @info, begun; NULL: out of memory. */
static struct sk_buff *reply_new(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE * 2, GFP_KERNEL);

	klips_debug(klips_net(genl_info_net(info)), KLIPS_DEBUG(NETLINK),
		    "netlink: request %u", cmd);
	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &klips_family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int get_version(struct sk_buff *request, struct genl_info *info)
{
	const struct klips_net *kn = klips_net(genl_info_net(info));
	struct sk_buff *skb;
	void *hdr;

	skb = reply_new(info, KLIPS_CMD_VERSION, &hdr);
	if (!skb)
		return -ENOMEM;
	if (nla_put_string(skb, KLIPS_A_VERSION, KLIPS_VERSION) ||
	    nla_put_u32(skb, KLIPS_A_DEBUG, READ_ONCE(kn->debug))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static int get_holds(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *hdr;

	skb = reply_new(info, KLIPS_CMD_HOLD, &hdr);
	if (!skb)
		return -ENOMEM;
	if (klips_fill_holds(skb, klips_net(genl_info_net(info)))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

int klips_genl_read_address(struct genl_info *info, int type, u8 family, union klips_addr *addr)
{
	struct nlattr *attr = info->attrs[type];

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "an address is missing");
		return -EINVAL;
	}
	if (nla_len(attr) != klips_addr_len(family)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the address has not the length of its family");
		return -EINVAL;
	}
	memcpy(addr, nla_data(attr), nla_len(attr));
	return 0;
}

/* Protocol and ports that are not given are 0. */
static int read_flow(struct genl_info *info, struct klips_flow *flow)
{
	struct nlattr **attrs = info->attrs;
	int err;

	memset(flow, 0, sizeof(*flow));
	if (!attrs[KLIPS_A_FAMILY]) {
		NL_SET_ERR_MSG(info->extack, "the flow has no family");
		return -EINVAL;
	}
	flow->family = nla_get_u8(attrs[KLIPS_A_FAMILY]);
	if (!klips_addr_len(flow->family)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[KLIPS_A_FAMILY],
				    "the family is neither AF_INET nor AF_INET6");
		return -EAFNOSUPPORT;
	}
	err = klips_genl_read_address(info, KLIPS_A_SRC, flow->family, &flow->src);
	if (!err)
		err = klips_genl_read_address(info, KLIPS_A_DST, flow->family, &flow->dst);
	if (err)
		return err;
	if (attrs[KLIPS_A_PROTO])
		flow->proto = nla_get_u8(attrs[KLIPS_A_PROTO]);
	if (attrs[KLIPS_A_SPORT])
		flow->sport = nla_get_be16(attrs[KLIPS_A_SPORT]);
	if (attrs[KLIPS_A_DPORT])
		flow->dport = nla_get_be16(attrs[KLIPS_A_DPORT]);
	return 0;
}

/* Id of the device that is asked, 0 where none is named. RCU read lock held. */
static int read_device(struct klips_net *kn, struct genl_info *info, u32 *id)
{
	struct nlattr *attr = info->attrs[KLIPS_A_DEVICE];
	struct klips_dev *kd;

	*id = 0;
	if (!attr)
		return 0;
	kd = klips_device_by_name(kn, nla_data(attr));
	if (!kd) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no ipsec device of this namespace has this name");
		return -ENODEV;
	}
	*id = kd->id;
	return 0;
}

static int fill_why_route(struct sk_buff *skb, const struct klips_flow *flow,
			  const struct klips_why *why)
{
	if (why->route_dev[0] &&
	    nla_put_string(skb, KLIPS_A_WHY_ROUTE_DEV, why->route_dev))
		return -EMSGSIZE;
	if (!why->route_gw_set)
		return 0;
	return klips_fill_addr(skb, KLIPS_A_WHY_ROUTE_GW, flow->family,
			       &why->route_gw);
}

/* A flow that passes in the clear has a device and an MTU, but no outer header. */
static int fill_why_outer(struct sk_buff *skb, const struct klips_why *why)
{
	u8 family = why->outer_family;

	if (why->outer_dev[0] &&
	    nla_put_string(skb, KLIPS_A_WHY_OUTER_DEV, why->outer_dev))
		return -EMSGSIZE;
	if (why->mtu && nla_put_u32(skb, KLIPS_A_WHY_MTU, why->mtu))
		return -EMSGSIZE;
	if (!why->outer_set)
		return 0;
	if (klips_fill_addr(skb, KLIPS_A_WHY_OUTER_SRC, family, &why->outer_src) ||
	    klips_fill_addr(skb, KLIPS_A_WHY_OUTER_DST, family, &why->outer_dst))
		return -EMSGSIZE;
	if (!why->outer_gw_set)
		return 0;
	return klips_fill_addr(skb, KLIPS_A_WHY_OUTER_GW, family, &why->outer_gw);
}

static int fill_why_nests(struct sk_buff *skb, struct klips_net *kn,
			  const struct klips_why *why)
{
	struct nlattr *nest;

	if (why->er) {
		nest = nla_nest_start(skb, KLIPS_A_WHY_EROUTE);
		if (!nest || klips_fill_eroute(skb, kn, why->er))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	if (why->sa) {
		nest = nla_nest_start(skb, KLIPS_A_WHY_SA);
		if (!nest || klips_fill_sa(skb, why->sa))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int fill_why(struct sk_buff *skb, struct klips_net *kn,
		    const struct klips_flow *flow, const struct klips_why *why)
{
	if (nla_put_u8(skb, KLIPS_A_WHY_VERDICT, why->verdict))
		return -EMSGSIZE;
	if (why->verdict == KLIPS_VERDICT_DROP &&
	    nla_put_u8(skb, KLIPS_A_WHY_DROP, why->drop))
		return -EMSGSIZE;
	return fill_why_nests(skb, kn, why) ?:
	       fill_why_route(skb, flow, why) ?: fill_why_outer(skb, why);
}

static int get_why(struct sk_buff *request, struct genl_info *info)
{
	struct klips_net *kn = klips_net(genl_info_net(info));
	struct klips_flow flow;
	struct klips_why why;
	struct sk_buff *skb;
	u32 device;
	void *hdr;
	int err;

	err = read_flow(info, &flow);
	if (err)
		return err;
	skb = reply_new(info, KLIPS_CMD_WHY, &hdr);
	if (!skb)
		return -ENOMEM;
	memset(&why, 0, sizeof(why));
	rcu_read_lock();
	err = read_device(kn, info, &device);
	if (!err)
		err = klips_why(kn, device, &flow, &why);
	if (!err)
		err = fill_why(skb, kn, &flow, &why);
	rcu_read_unlock();
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static const struct genl_multicast_group klips_groups[] = {
	[KLIPS_MCGRP_DROPS] = {
		.name = KLIPS_GENL_GROUP_DROPS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* Who may see eroutes and SAs: the administrator of the namespace, as in /proc. */
static const struct genl_ops klips_ops[] = {
	{
		.cmd = KLIPS_CMD_VERSION,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.doit = get_version,
	},
	{
		.cmd = KLIPS_CMD_EROUTE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.start = dump_start,
		.dumpit = dump_eroutes,
	},
	{
		.cmd = KLIPS_CMD_SA,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.start = dump_start,
		.dumpit = dump_sas,
	},
	{
		.cmd = KLIPS_CMD_DEVICE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.start = dump_start,
		.dumpit = dump_devices,
	},
	{
		.cmd = KLIPS_CMD_DROP,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.start = dump_start,
		.dumpit = klips_dump_drops,
	},
	{
		.cmd = KLIPS_CMD_WHY,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = why_policy,
		.maxattr = ARRAY_SIZE(why_policy) - 1,
		.doit = get_why,
	},
	{
		.cmd = KLIPS_CMD_HOLD,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.doit = get_holds,
		.start = dump_start,
		.dumpit = dump_holds,
	},
	{
		.cmd = KLIPS_CMD_CLOSED,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = none_policy,
		.maxattr = ARRAY_SIZE(none_policy) - 1,
		.start = dump_start,
		.dumpit = klips_dump_closed,
	},
	{
		.cmd = KLIPS_CMD_CLOSE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = net_policy,
		.maxattr = ARRAY_SIZE(net_policy) - 1,
		.doit = klips_genl_close,
	},
	{
		.cmd = KLIPS_CMD_OPEN,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = net_policy,
		.maxattr = ARRAY_SIZE(net_policy) - 1,
		.doit = klips_genl_open,
	},
};

struct genl_family klips_family __ro_after_init = {
	.name = KLIPS_GENL_NAME,
	.version = KLIPS_GENL_VERSION,
	.maxattr = KLIPS_A_MAX,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = klips_ops,
	.n_ops = ARRAY_SIZE(klips_ops),
	.mcgrps = klips_groups,
	.n_mcgrps = ARRAY_SIZE(klips_groups),
	.resv_start_op = KLIPS_CMD_UNSPEC + 1,
};

int klips_netlink_init(void)
{
	return genl_register_family(&klips_family);
}

void klips_netlink_exit(void)
{
	klips_netlink_stop_telling();
	genl_unregister_family(&klips_family);
}
