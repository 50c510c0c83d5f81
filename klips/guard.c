// SPDX-License-Identifier: GPL-2.0
/*
 * A packet that comes in the clear asks for its answer's way: if that is an ipsecN, the answer's eroute says
 * whether it should have come in the clear. judge.c decides; here is all that it has to be told.
 */
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/xfrm.h>

#include "bypass.h"
#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "flow.h"
#include "flowi.h"
#include "frag.h"
#include "guard.h"
#include "judge.h"
#include "net.h"
#include "sa.h"
#include "transform.h"
#include "whole.h"

/* What differs between the families. */
struct guard_family {
	/* Whether the packet's addresses are those of its flow: it is no ICMP error. May be false where it is none, either. */
	bool (*is_plain)(const struct sk_buff *skb);
	/*
	 * The device that the answer of a plain one is routed to where there are no rules, NULL: none. It may be that of a
	 * route that ends here, or rejects.
	 */
	const struct net_device *(*way_back)(struct net *net, const struct sk_buff *skb);
	/* The device that @flow, come in by @iif, is routed to; NULL: none, or it ends here. */
	const struct net_device *(*route)(struct net *net, const struct sk_buff *skb,
					  const struct klips_flow *flow, int iif);
	/* Whether it matters by which device a packet comes in. */
	bool (*has_rules)(const struct net *net);
	/* Where the packet of @s goes, and of which kind it is. */
	void (*look)(struct net *net, const struct sk_buff *skb, struct klips_suspect *s);
	/* With a reference. */
	struct sock *(*socket)(struct net *net, const struct sk_buff *skb,
			       const struct klips_flow *flow);
};

static bool is_plain_v4(const struct sk_buff *skb)
{
	return ip_hdr(skb)->protocol != IPPROTO_ICMP;
}

static bool is_plain_v6(const struct sk_buff *skb)
{
	u8 next = ipv6_hdr(skb)->nexthdr;

	return next == NEXTHDR_TCP || next == NEXTHDR_UDP;
}

static __always_inline const struct net_device *find_v4(struct net *net, struct flowi4 *fl4)
{
	struct fib_result res;

	if (fib_lookup(net, fl4, &res, 0) || res.type != RTN_UNICAST)
		return NULL;
	return FIB_RES_DEV(res);
}

static __always_inline const struct net_device *find_v6(struct net *net, struct flowi6 *fl6)
{
	struct fib6_result res = { };

	if (klips_compat_fib6_lookup(net, 0, fl6, &res, RT6_LOOKUP_F_HAS_SADDR) ||
	    res.fib6_type != RTN_UNICAST || res.fib6_flags & (RTF_REJECT | RTF_LOCAL))
		return NULL;
	return res.nh->fib_nh_dev;
}

static __always_inline const struct net_device *way_back_v4(struct net *net, const struct sk_buff *skb)
{
	struct flowi4 fl4 = {
		.daddr = ip_hdr(skb)->saddr,
		.saddr = ip_hdr(skb)->daddr,
		.flowi4_iif = LOOPBACK_IFINDEX,
	};

	return find_v4(net, &fl4);
}

/* Of which kind the route is inspect() asks once more, where it matters. */
static __always_inline const struct net_device *way_back_v6(struct net *net, const struct sk_buff *skb)
{
	struct flowi6 fl6 = {
		.daddr = ipv6_hdr(skb)->saddr,
		.saddr = ipv6_hdr(skb)->daddr,
		.flowi6_iif = LOOPBACK_IFINDEX,
	};
	struct fib6_result res = { };

	if (klips_compat_fib6_lookup(net, 0, &fl6, &res, RT6_LOOKUP_F_HAS_SADDR) || !res.nh)
		return NULL;
	return res.nh->fib_nh_dev;
}

static const struct net_device *route_v4(struct net *net, const struct sk_buff *skb,
					 const struct klips_flow *flow, int iif)
{
	struct flowi4 fl4 = klips_flowi4(flow);

	fl4.flowi4_iif = iif;
	fl4.flowi4_mark = skb->mark;
	return find_v4(net, &fl4);
}

static const struct net_device *route_v6(struct net *net, const struct sk_buff *skb,
					 const struct klips_flow *flow, int iif)
{
	struct flowi6 fl6 = klips_flowi6(flow);

	fl6.flowi6_iif = iif;
	fl6.flowi6_mark = skb->mark;
	return find_v6(net, &fl6);
}

static bool has_rules_v4(const struct net *net)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	return net->ipv4.fib_has_custom_rules;
#else
	return false;
#endif
}

static bool has_rules_v6(const struct net *net)
{
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	return net->ipv6.fib6_has_custom_rules;
#else
	return false;
#endif
}

static void look_v4(struct net *net, const struct sk_buff *skb, struct klips_suspect *s)
{
	unsigned int type = inet_addr_type_dev_table(net, skb->dev, s->flow.dst.v4);

	s->proto = s->flow.proto;
	s->to_us = type == RTN_LOCAL;
	s->to_many = type == RTN_BROADCAST || type == RTN_MULTICAST;
}

/*
 * What is behind the headers that are for the way. In IPv6 AH counts as one of them where flows are read, and a later
 * fragment has no protocol there.
 */
static u8 proto_v6(const struct sk_buff *skb)
{
	u8 next = ipv6_hdr(skb)->nexthdr;
	unsigned int at = sizeof(struct ipv6hdr);
	struct frag_hdr _head, *head;

	while (ipv6_ext_hdr(next) && next != NEXTHDR_NONE && next != NEXTHDR_AUTH) {
		head = skb_header_pointer(skb, at, sizeof(_head), &_head);
		if (!head)
			break;
		if (next == NEXTHDR_FRAGMENT && head->frag_off & htons(IP6_OFFSET))
			return head->nexthdr;
		at += next == NEXTHDR_FRAGMENT ? sizeof(_head) :
		      ipv6_optlen((struct ipv6_opt_hdr *)head);
		next = head->nexthdr;
	}
	return next;
}

static void look_v6(struct net *net, const struct sk_buff *skb, struct klips_suspect *s)
{
	const struct in6_addr *dst = (const struct in6_addr *)&s->flow.dst;

	s->to_us = ipv6_chk_addr(net, dst, NULL, 0);
	s->to_many = ipv6_addr_is_multicast(dst);
	s->proto = s->flow.quoted ? s->flow.proto : proto_v6(skb);
	s->neighbour = ipv6_hdr(skb)->hop_limit == 255;
}

static struct sock *socket_v4(struct net *net, const struct sk_buff *skb,
			      const struct klips_flow *flow)
{
	return udp4_lib_lookup(net, flow->src.v4, flow->sport, flow->dst.v4, flow->dport,
			       skb->dev->ifindex);
}

static struct sock *socket_v6(struct net *net, const struct sk_buff *skb,
			      const struct klips_flow *flow)
{
	return udp6_lib_lookup(net, (const struct in6_addr *)&flow->src, flow->sport,
			       (const struct in6_addr *)&flow->dst, flow->dport,
			       skb->dev->ifindex);
}

static const struct guard_family v4 = {
	.is_plain = is_plain_v4,
	.way_back = way_back_v4,
	.route = route_v4,
	.has_rules = has_rules_v4,
	.look = look_v4,
	.socket = socket_v4,
};

static const struct guard_family v6 = {
	.is_plain = is_plain_v6,
	.way_back = way_back_v6,
	.route = route_v6,
	.has_rules = has_rules_v6,
	.look = look_v6,
	.socket = socket_v6,
};

/*
 * Where the answer would come in: from behind the device that the packet goes to, or from a socket
 * of this host, or of the VRF that it belongs to. Nobody but rules asks for it.
 */
static int answer_iif(const struct guard_family *fam, struct net *net, const struct sk_buff *skb,
		      const struct klips_flow *flow)
{
	const struct net_device *dev = NULL;

	if (unlikely(fam->has_rules(net)))
		dev = fam->route(net, skb, flow, skb->dev->ifindex);
	if (dev)
		return dev->ifindex;
	return l3mdev_master_ifindex_rcu(skb->dev) ?: LOOPBACK_IFINDEX;
}

/* Whether a socket of a key daemon takes it. */
static bool takes_bypass(const struct guard_family *fam, struct net *net,
			 const struct sk_buff *skb, const struct klips_flow *flow)
{
	struct sock *sk;
	bool bypass;

	if (flow->proto != IPPROTO_UDP || flow->fragment)
		return false;
	sk = fam->socket(net, skb, flow);
	if (!sk)
		return false;
	bypass = klips_bypasses(sk);
	sock_put(sk);
	return bypass;
}

/* Whether what meets @er comes out protected: IPCOMP alone does not, and leaves what is small as it is. */
static bool protects(struct klips_net *kn, const struct klips_eroute *er)
{
	struct klips_sa *sa = klips_sa_lookup(kn, &er->said);

	if (!sa)
		return true;
	while (sa && sa->transform && sa->transform->may_skip)
		sa = klips_sa_outer(sa);
	return sa;
}

/*
 * KLIPS_OK, or why the packet of @s is not let in, or KLIPS_FRAG_WAITS: the rest of it has to be there first.
 * @er: the eroute of its answer, if there is one.
 */
static int verdict(const struct guard_family *fam, struct net *net,
			       const struct sk_buff *skb, struct klips_dev *kd,
			       struct klips_suspect *s, struct klips_eroute **er)
{
	enum klips_drop found;
	struct klips_flow answer;

	fam->look(net, skb, s);
	s->opened = secpath_exists(skb);
	s->bypass = s->to_us && takes_bypass(fam, net, skb, &s->flow);
	if (klips_judge_exempt(s))
		return KLIPS_OK;
	klips_judge_answer(&s->flow, &answer);
	found = klips_eroute_find(kd->kn, kd->id, &answer, er);
	if (klips_judge_wants_whole(s, found))
		return KLIPS_FRAG_WAITS;
	if (found != KLIPS_OK)
		*er = NULL;
	if (!*er)
		return klips_judge(s, found, KLIPS_TARGET_NONE, false);
	if ((*er)->target == KLIPS_TARGET_SA && !protects(kd->kn, *er))
		return KLIPS_OK;
	return klips_judge(s, found, (*er)->target, (*er)->soft);
}

static unsigned int refuse(struct klips_dev *kd, struct sk_buff *skb, const struct klips_eroute *er,
			   const struct klips_flow *flow, enum klips_drop why)
{
	const struct klips_drop_info info = {
		.kn = kd->kn, .kd = kd, .er = er, .flow = flow, .why = why, .inbound = true,
	};

	klips_dropped(&info, skb);
	klips_drop_free(skb, why);
	return NF_STOLEN;
}

static unsigned int inspect(const struct guard_family *fam, struct net *net, struct sk_buff *skb,
			    bool whole);

static unsigned int gather(const struct guard_family *fam, struct net *net, struct sk_buff *skb,
			   struct klips_dev *kd, const struct klips_flow *flow)
{
	int why = klips_whole_gather(kd, skb);

	if (why == KLIPS_FRAG_WAITS)
		return NF_STOLEN;
	if (why == KLIPS_OK)
		return inspect(fam, net, skb, true);
	return refuse(kd, skb, NULL, flow, why);
}

/* The answer of the packet of @s is routed to @kd. A guard that only counts lets pass what it cannot tell. */
static noinline unsigned int judge(const struct guard_family *fam, struct net *net,
				   struct sk_buff *skb, struct klips_dev *kd,
				   struct klips_suspect *s)
{
	u8 mode = READ_ONCE(kd->guard);
	struct klips_eroute *er = NULL;
	int why;

	if (mode == KLIPS_GUARD_OFF)
		return NF_ACCEPT;
	why = verdict(fam, net, skb, kd, s, &er);
	if (why == KLIPS_OK)
		return NF_ACCEPT;
	if (mode == KLIPS_GUARD_COUNT) {
		if (why != KLIPS_FRAG_WAITS)
			klips_stat_rx_would_drop(kd);
		return NF_ACCEPT;
	}
	if (why == KLIPS_FRAG_WAITS)
		return gather(fam, net, skb, kd, &s->flow);
	return refuse(kd, skb, er, &s->flow, why);
}

/* What came out of a tunnel, or from this host. A VRF shows once more what one of its devices has. */
static bool is_inside(const struct net_device *dev)
{
	return klips_device_is(dev) || dev->flags & IFF_LOOPBACK || netif_is_l3_master(dev);
}

/* What it takes to know where the answer of @skb goes, and whether @skb is let in then. @whole: it was put together here. */
static noinline unsigned int inspect(const struct guard_family *fam, struct net *net,
				     struct sk_buff *skb, bool whole)
{
	struct klips_suspect s = { .whole = whole };
	const struct net_device *dev;
	struct klips_flow answer;

	s.read = klips_flow_read(skb, &s.flow);
	/* Too short to have addresses: the stack takes it no further. */
	if (!s.flow.family)
		return NF_ACCEPT;
	klips_judge_answer(&s.flow, &answer);
	dev = fam->route(net, skb, &answer, answer_iif(fam, net, skb, &s.flow));
	if (!dev || !klips_device_is(dev))
		return NF_ACCEPT;
	return judge(fam, net, skb, netdev_priv(dev), &s);
}

/*
 * Most packets are none of the guard's business, and most of those are known by their addresses: routes know nothing of the
 * rest of a flow, only rules do. The others are looked at in full.
 */
static __always_inline unsigned int glance(const struct guard_family *fam, struct net *net,
					   struct sk_buff *skb)
{
	const struct net_device *dev;

	if (is_inside(skb->dev))
		return NF_ACCEPT;
	if (likely(fam->is_plain(skb) && !fam->has_rules(net))) {
		dev = fam->way_back(net, skb);
		if (likely(!dev || !klips_device_is(dev)))
			return NF_ACCEPT;
	}
	return inspect(fam, net, skb, false);
}

unsigned int klips_guard_v4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return glance(&v4, state->net, skb);
}

unsigned int klips_guard_v6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return glance(&v6, state->net, skb);
}
