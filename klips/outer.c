// SPDX-License-Identifier: GPL-2.0
/*
 * Outer headers. Rules (DESIGN section 3): TTL of the route, DSCP 0 (the inner one is
 * nobody's business, as hidetos=yes has it), ECN by RFC 6040 4.1, DF clear: what is too big for
 * the path on the way is fragmented there, the inner sender heard of our own link's MTU before.
 */
#include <net/dst_cache.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/route.h>

#include "device.h"
#include "net.h"
#include "outer.h"
#include "transform.h"

unsigned int klips_outer_header(const struct klips_sa *sa)
{
	return sizeof(struct iphdr);
}

/* A cached route counts only while it leaves by the device attached now. */
static bool route_is_current(const struct dst_entry *dst,
			     const struct net_device *lower)
{
	return !lower || dst->dev == lower;
}

static struct dst_entry *route_cached(struct klips_sa *sa,
				      const struct net_device *lower)
{
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(&sa->route, &saddr);
	if (!rt)
		return NULL;
	if (route_is_current(&rt->dst, lower))
		return &rt->dst;
	ip_rt_put(rt);
	return NULL;
}

/* flowi4_proto stays 0: so XFRM's output policies are not asked. */
static struct dst_entry *route_lookup(struct klips_sa *sa, struct klips_dev *kd,
				      const struct net_device *lower)
{
	struct flowi4 fl4 = {
		.daddr = sa->said.dst.v4,
		.saddr = sa->src.v4,
		.flowi4_oif = lower ? lower->ifindex : 0,
		.flowi4_mark = kd->fwmark,
	};
	struct rtable *rt = ip_route_output_key(kd->kn->net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

enum klips_drop klips_outer_route(struct klips_sa *sa, struct klips_dev *kd,
				  struct dst_entry **dst)
{
	const struct net_device *lower = rcu_dereference(kd->lower);

	*dst = route_cached(sa, lower);
	if (*dst)
		return KLIPS_OK;
	*dst = route_lookup(sa, kd, lower);
	if (!*dst)
		return KLIPS_DROP_NO_ROUTE;
	if (klips_device_is((*dst)->dev)) {
		dst_release(*dst);
		*dst = NULL;
		return KLIPS_DROP_LOOP;
	}
	dst_cache_set_ip4(&sa->route, *dst, sa->src.v4);
	return KLIPS_OK;
}

unsigned int klips_outer_mtu(const struct klips_sa *sa,
			     const struct dst_entry *dst)
{
	unsigned int mtu = dst_mtu(dst), header = klips_outer_header(sa);

	return mtu > header ? sa->transform->max_payload(sa, mtu - header) : 0;
}

void klips_outer_push(struct sk_buff *skb, const struct klips_sa *sa, u8 tos,
		      const struct dst_entry *dst)
{
	struct iphdr *iph;

	skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(*iph));
	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = INET_ECN_encapsulate(0, tos);
	iph->frag_off = 0;
	iph->ttl = ip4_dst_hoplimit(dst);
	iph->protocol = sa->said.proto;
	iph->saddr = sa->src.v4;
	iph->daddr = sa->said.dst.v4;
	skb->protocol = htons(ETH_P_IP);
	__ip_select_ident(sa->kn->net, iph, 1);
}
