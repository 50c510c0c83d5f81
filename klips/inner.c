// SPDX-License-Identifier: GPL-2.0
#include <linux/icmpv6.h>
#include <net/dsfield.h>
#include <net/icmp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "drop.h"
#include "flow.h"
#include "inner.h"

static bool is_v4(const struct sk_buff *skb)
{
	return skb->data[0] >> 4 == 4;
}

static struct iphdr *v4(const struct sk_buff *skb)
{
	return (struct iphdr *)skb->data;
}

static struct ipv6hdr *v6(const struct sk_buff *skb)
{
	return (struct ipv6hdr *)skb->data;
}

u8 klips_inner_ipip(const struct sk_buff *skb)
{
	return is_v4(skb) ? IPPROTO_IPIP : IPPROTO_IPV6;
}

u8 klips_inner_tos(const struct sk_buff *skb)
{
	return is_v4(skb) ? v4(skb)->tos : ipv6_get_dsfield(v6(skb));
}

unsigned int klips_inner_mtu(const struct sk_buff *skb, unsigned int mtu)
{
	return is_v4(skb) ? mtu : max_t(unsigned int, mtu, IPV6_MIN_MTU);
}

bool klips_inner_df(const struct sk_buff *skb)
{
	if (is_v4(skb))
		return v4(skb)->frag_off & htons(IP_DF);
	/* Up to there nobody has to ask how much a path carries. */
	return skb->len > IPV6_MIN_MTU;
}

/* Tells the sender, which believes a number below these no more than we do. */
static void tell_too_big(struct sk_buff *skb, unsigned int mtu)
{
	if (is_v4(skb))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, klips_inner_mtu(skb, mtu));
}

/*
 * One fragment of an IPv6 packet may have ignore_df and the others not: a sender hears only of what
 * it is told about the first, which has the ports.
 */
static bool is_fragment_v6(const struct sk_buff *skb)
{
	u8 next = v6(skb)->nexthdr;
	__be16 frag = 0;

	return ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &next, &frag) >= 0 && frag;
}

enum klips_fit klips_inner_fit(struct sk_buff *skb, unsigned int mtu, bool cut, bool quiet)
{
	bool may = is_v4(skb) ? skb->ignore_df || !klips_inner_df(skb) :
				skb->ignore_df && !is_fragment_v6(skb);

	if (mtu < IPV4_MIN_MTU)
		return KLIPS_FIT_NOT;
	if (may && cut && is_v4(skb))
		return KLIPS_FIT_CUT;
	if (may || quiet)
		return KLIPS_FIT_WHOLE;
	tell_too_big(skb, mtu);
	return KLIPS_FIT_NOT;
}

struct cut {
	void (*fn)(struct sk_buff *skb, void *arg);
	struct klips_inner_cut *arg;
};

/*
 * ip_do_fragment() gives its caller's function nothing but the fragment, whose cb is new: what
 * it has to know waits here while the call lasts, with BH off.
 */
static DEFINE_PER_CPU(const struct cut *, cut_now);

static int cut_one(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const struct cut *cut = this_cpu_read(cut_now);

	cut->fn(skb, cut->arg);
	return 0;
}

enum klips_drop klips_inner_fragment(struct sk_buff *skb, unsigned int mtu,
				     void (*fn)(struct sk_buff *skb, void *arg),
				     struct klips_inner_cut *cut)
{
	struct cut now = { .fn = fn, .arg = cut };
	const struct cut *before;
	int err;

	if (!skb_dst(skb)) {
		klips_drop_free(skb, KLIPS_DROP_NO_ROUTE);
		return KLIPS_DROP_NO_ROUTE;
	}
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->frag_max_size = mtu;
	/* A fragment may meet another ipsec device on its way, and be cut there again. */
	before = this_cpu_read(cut_now);
	this_cpu_write(cut_now, &now);
	err = ip_do_fragment(dev_net(skb->dev), NULL, skb, cut_one);
	this_cpu_write(cut_now, before);
	return err ? KLIPS_DROP_NO_MEMORY : KLIPS_OK;
}

static struct dst_entry *pass_route_v4(struct net *net, int oif,
				       const struct klips_flow *flow, u32 mark)
{
	struct flowi4 fl4 = {
		.daddr = flow->dst.v4,
		.saddr = flow->src.v4,
		.flowi4_oif = oif,
		.flowi4_mark = mark,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

/* oif alone is a preference in IPv6: the flag makes it a condition. */
static struct dst_entry *pass_route_v6(struct net *net, int oif,
				       const struct klips_flow *flow, u32 mark)
{
	struct flowi6 fl6 = {
		.flowi6_oif = oif,
		.flowi6_mark = mark,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
	};
	struct dst_entry *dst;

	memcpy(&fl6.daddr, flow->dst.v6, sizeof(fl6.daddr));
	memcpy(&fl6.saddr, flow->src.v6, sizeof(fl6.saddr));
	dst = ip6_route_output_flags(net, NULL, &fl6, RT6_LOOKUP_F_IFACE);
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

struct dst_entry *klips_inner_pass_route(struct net *net,
					 const struct net_device *lower,
					 const struct klips_flow *flow, u32 mark)
{
	struct dst_entry *dst = flow->family == AF_INET ?
				pass_route_v4(net, lower->ifindex, flow, mark) :
				pass_route_v6(net, lower->ifindex, flow, mark);

	if (!dst || dst->dev == lower)
		return dst;
	dst_release(dst);
	return NULL;
}

void klips_inner_reroute(struct sk_buff *skb, struct dst_entry *dst)
{
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	/* Both families read flags here that the device layer may have overwritten. */
	memset(skb->cb, 0, sizeof(skb->cb));
}

void klips_inner_recut(struct sk_buff *skb, unsigned int largest)
{
	if (is_v4(skb))
		IPCB(skb)->frag_max_size = largest;
	else
		IP6CB(skb)->frag_max_size = largest;
}

static enum klips_drop accept_v4(struct sk_buff *skb)
{
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(struct iphdr)))
		return KLIPS_DROP_BAD_INNER;
	len = ntohs(v4(skb)->tot_len);
	if (v4(skb)->version != 4 || v4(skb)->ihl < 5 ||
	    len < v4(skb)->ihl * 4 || len > skb->len ||
	    !pskb_may_pull(skb, v4(skb)->ihl * 4))
		return KLIPS_DROP_BAD_INNER;
	return pskb_trim(skb, len) ? KLIPS_DROP_NO_MEMORY : KLIPS_OK;
}

static enum klips_drop accept_v6(struct sk_buff *skb)
{
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(struct ipv6hdr)))
		return KLIPS_DROP_BAD_INNER;
	len = sizeof(struct ipv6hdr) + ntohs(v6(skb)->payload_len);
	if (v6(skb)->version != 6 || len > skb->len)
		return KLIPS_DROP_BAD_INNER;
	return pskb_trim(skb, len) ? KLIPS_DROP_NO_MEMORY : KLIPS_OK;
}

enum klips_drop klips_inner_accept(struct sk_buff *skb, u8 proto)
{
	enum klips_drop why;

	switch (proto) {
	case IPPROTO_IPIP:
		why = accept_v4(skb);
		skb->protocol = htons(ETH_P_IP);
		break;
	case IPPROTO_IPV6:
		why = accept_v6(skb);
		skb->protocol = htons(ETH_P_IPV6);
		break;
	default:
		return KLIPS_DROP_BAD_NEXTHDR;
	}
	skb_reset_network_header(skb);
	return why;
}

bool klips_inner_ecn(struct sk_buff *skb, u8 outer_tos)
{
	return INET_ECN_decapsulate(skb, outer_tos, klips_inner_tos(skb)) <= 1;
}

void klips_inner_dscp(struct sk_buff *skb, u8 outer_tos)
{
	if (is_v4(skb))
		ipv4_change_dsfield(v4(skb), INET_ECN_MASK, outer_tos & ~INET_ECN_MASK);
	else
		ipv6_change_dsfield(v6(skb), INET_ECN_MASK, outer_tos & ~INET_ECN_MASK);
}
