// SPDX-License-Identifier: GPL-2.0
#include <net/ip6_route.h>
#include <net/route.h>

#include "closed.h"
#include "device.h"
#include "flowi.h"
#include "head.h"
#include "inner.h"
#include "life.h"
#include "net.h"
#include "outer.h"
#include "transform.h"
#include "why.h"

static struct dst_entry *flow_route_v4(struct net *net, const struct klips_flow *flow,
				       struct klips_why *why)
{
	struct flowi4 fl4 = klips_flowi4(flow);
	struct rtable *rt;

	fl4.flowi4_flags = FLOWI_FLAG_ANYSRC;
	/* The key lookup alone: XFRM is not asked, only where the packet goes. */
	rt = __ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (rt->rt_gw_family == AF_INET) {
		why->route_gw_set = true;
		why->route_gw.v4 = rt->rt_gw4;
	}
	return &rt->dst;
}

static struct dst_entry *flow_route_v6(struct net *net, const struct klips_flow *flow,
				       struct klips_why *why)
{
	struct flowi6 fl6 = klips_flowi6(flow);
	struct dst_entry *dst;
	struct rt6_info *rt;

	fl6.flowi6_flags = FLOWI_FLAG_ANYSRC;
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	rt = (struct rt6_info *)dst;
	if (rt->rt6i_flags & RTF_GATEWAY) {
		why->route_gw_set = true;
		memcpy(why->route_gw.v6, &rt->rt6i_gateway, sizeof(why->route_gw.v6));
	}
	return dst;
}

static void why_drop(struct klips_why *why, enum klips_drop drop)
{
	why->verdict = KLIPS_VERDICT_DROP;
	why->drop = drop;
}

/* The device that the flow is routed to: ours, or NULL with the verdict set. */
static struct klips_dev *why_route(struct klips_net *kn, const struct klips_flow *flow,
				   struct klips_why *why)
{
	struct dst_entry *dst = flow->family == AF_INET ?
				flow_route_v4(kn->net, flow, why) :
				flow_route_v6(kn->net, flow, why);
	struct klips_dev *kd = NULL;

	if (!dst) {
		why->verdict = KLIPS_VERDICT_NO_ROUTE;
		return NULL;
	}
	strscpy(why->route_dev, dst->dev->name, sizeof(why->route_dev));
	why->verdict = KLIPS_VERDICT_NOT_OURS;
	if (klips_device_is(dst->dev))
		kd = netdev_priv(dst->dev);
	local_bh_disable();
	if (klips_closed_keeps(kn, flow, dst->dev))
		why_drop(why, KLIPS_DROP_CLOSED);
	local_bh_enable();
	dst_release(dst);
	return kd;
}

/* Where the packets of @sa, the outermost, go by @dst. */
static void why_outer(struct klips_sa *sa, const struct dst_entry *dst,
		      struct klips_why *why)
{
	const struct rtable *rt = (const struct rtable *)dst;
	const struct rt6_info *rt6 = (const struct rt6_info *)dst;

	why->outer_set = true;
	why->outer_family = sa->said.family;
	why->outer_src = sa->src;
	why->outer_dst = sa->dst;
	strscpy(why->outer_dev, dst->dev->name, sizeof(why->outer_dev));
	if (sa->said.family == AF_INET6) {
		why->outer_gw_set = rt6->rt6i_flags & RTF_GATEWAY;
		memcpy(why->outer_gw.v6, &rt6->rt6i_gateway, sizeof(why->outer_gw.v6));
	} else if (rt->rt_gw_family == AF_INET) {
		why->outer_gw_set = true;
		why->outer_gw.v4 = rt->rt_gw4;
	}
}

static void why_sa(struct klips_net *kn, struct klips_dev *kd,
		   const struct klips_flow *flow, struct klips_why *why)
{
	struct klips_sa *outermost;
	struct dst_entry *dst;
	enum klips_drop drop;

	why->sa = klips_sa_lookup(kn, &why->er->said);
	if (!why->sa) {
		why_drop(why, KLIPS_DROP_NO_SA);
		return;
	}
	drop = klips_sa_usable(why->sa);
	outermost = klips_sa_outermost(why->sa);
	if (drop == KLIPS_OK)
		drop = klips_outer_route(outermost, kd, &dst);
	if (drop != KLIPS_OK) {
		why_drop(why, drop);
		return;
	}
	why->verdict = KLIPS_VERDICT_SA;
	why_outer(outermost, dst, why);
	why->mtu = klips_outer_mtu(why->sa, kd, klips_head_size(flow->family), dst);
	dst_release(dst);
}

static void why_pass(struct klips_dev *kd, const struct klips_flow *flow,
		     struct klips_why *why)
{
	const struct net_device *lower = rcu_dereference(kd->lower);
	struct dst_entry *dst;

	if (!lower) {
		why_drop(why, KLIPS_DROP_NO_DEVICE);
		return;
	}
	dst = klips_inner_pass_route(kd->kn->net, lower, flow, 0);
	if (!dst) {
		why_drop(why, KLIPS_DROP_NO_ROUTE);
		return;
	}
	dst_release(dst);
	why->verdict = KLIPS_VERDICT_PASS;
	strscpy(why->outer_dev, lower->name, sizeof(why->outer_dev));
	why->mtu = READ_ONCE(lower->mtu);
}

static void why_target(struct klips_net *kn, struct klips_dev *kd,
		       const struct klips_flow *flow, struct klips_why *why)
{
	switch (why->er->target) {
	case KLIPS_TARGET_SA:
		why_sa(kn, kd, flow, why);
		break;
	case KLIPS_TARGET_PASS:
		why_pass(kd, flow, why);
		break;
	case KLIPS_TARGET_DROP:
		why_drop(why, KLIPS_DROP_EROUTE_DROP);
		break;
	case KLIPS_TARGET_REJECT:
		why->verdict = KLIPS_VERDICT_REJECT;
		break;
	case KLIPS_TARGET_HOLD:
	case KLIPS_TARGET_TRAP:
	case KLIPS_TARGET_TRAPSUBNET:
		why->verdict = KLIPS_VERDICT_HOLD;
		break;
	default:
		why_drop(why, KLIPS_DROP_UNSUPPORTED);
		break;
	}
}

/* Who got a device moved into the namespace has the clear side: what happens, not by whose keys. */
static void why_hide(struct klips_why *why)
{
	why->er = NULL;
	why->sa = NULL;
	why->outer_set = false;
	why->outer_dev[0] = '\0';
}

int klips_why(struct klips_net *kn, u32 device, const struct klips_flow *flow,
	      struct klips_why *why)
{
	struct klips_dev *kd;
	enum klips_drop drop;

	memset(why, 0, sizeof(*why));
	if (!klips_addr_len(flow->family))
		return -EAFNOSUPPORT;
	kd = why_route(kn, flow, why);
	if (device)
		kd = klips_device_by_id(kn, device);
	if (!kd)
		return 0;
	if (!(kd->dev->flags & IFF_UP)) {
		why_drop(why, KLIPS_DROP_DEVICE_DOWN);
		return 0;
	}
	local_bh_disable();
	drop = klips_eroute_find(kd->kn, kd->id, flow, &why->er);
	if (drop == KLIPS_OK)
		why_target(kd->kn, kd, flow, why);
	else
		why_drop(why, drop);
	local_bh_enable();
	if (kd->kn != kn)
		why_hide(why);
	return 0;
}
