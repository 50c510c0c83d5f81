// SPDX-License-Identifier: GPL-2.0
/*
 * A SYN without the option is left alone: it stands for 536 bytes (IPv6: 1220), which fit as good as
 * everywhere (RFC 9293 3.7.1).
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include <klips/netlink.h>

#include "device.h"
#include "eroute.h"
#include "head.h"
#include "life.h"
#include "mss.h"
#include "outer.h"
#include "tcpopt.h"
#include "transform.h"

/* Where TCP begins, 0: nowhere. */
static unsigned int tcp_offset(const struct sk_buff *skb, u8 family)
{
	u8 proto = ipv6_hdr(skb)->nexthdr;
	__be16 frag;
	int at;

	if (family == AF_INET)
		return ip_hdrlen(skb);
	at = ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr), &proto, &frag);
	return at > 0 ? at : 0;
}

/* Bytes of the TCP header at @offset where it is that of a SYN and all there, else 0. */
static unsigned int syn_len(const struct sk_buff *skb, unsigned int offset)
{
	struct tcphdr _tcph, *tcph;
	unsigned int len;

	if (!offset)
		return 0;
	tcph = skb_header_pointer(skb, offset, sizeof(_tcph), &_tcph);
	if (!tcph || !tcph->syn)
		return 0;
	len = tcph->doff * 4;
	return len >= sizeof(*tcph) && len <= skb->len - offset ? len : 0;
}

/* The checksum of a packet that is not summed yet covers nothing of this. */
static void lower(struct sk_buff *skb, struct tcphdr *tcph, unsigned int at, u16 from, u16 to)
{
	put_unaligned_be16(to, (u8 *)tcph + at);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		tcph->check = (__force __sum16)klips_tcpopt_check((__force __be16)tcph->check,
								  at, from, to);
}

static enum klips_drop clamp_syn(struct sk_buff *skb, unsigned int offset, unsigned int max)
{
	unsigned int len = syn_len(skb, offset), at;
	struct tcphdr *tcph;
	u16 mss;

	if (!len)
		return KLIPS_OK;
	/* A local socket keeps a clone, and sends it again. */
	if (skb_ensure_writable(skb, offset + len))
		return KLIPS_DROP_NO_MEMORY;
	tcph = (void *)skb->data + offset;
	at = klips_tcpopt_mss((const u8 *)tcph, len);
	if (!at)
		return KLIPS_OK;
	mss = get_unaligned_be16((u8 *)tcph + at);
	if (mss > max)
		lower(skb, tcph, at, mss, max);
	return KLIPS_OK;
}

/* The size counts no options (RFC 6691), so neither does what is taken from the MTU. */
static unsigned int largest(const struct klips_dev *kd, u8 family, unsigned int mtu, u16 mss)
{
	unsigned int heads = klips_head_size(family) + sizeof(struct tcphdr);

	if (mss != KLIPS_MSS_AUTO)
		return mss;
	mtu = min(mtu, READ_ONCE(kd->dev->mtu));
	return mtu > heads + KLIPS_MSS_MIN ? mtu - heads : KLIPS_MSS_MIN;
}

static bool is_tcp(const struct klips_flow *flow)
{
	return flow->proto == IPPROTO_TCP && !flow->fragment && !flow->quoted;
}

enum klips_drop klips_mss_out(struct klips_dev *kd, struct sk_buff *skb,
			      const struct klips_flow *flow, unsigned int mtu)
{
	u16 mss = READ_ONCE(kd->mss);

	if (likely(mss == KLIPS_MSS_OFF) || !is_tcp(flow))
		return KLIPS_OK;
	return clamp_syn(skb, tcp_offset(skb, flow->family), largest(kd, flow->family, mtu, mss));
}

static struct klips_flow reversed(const struct klips_flow *flow)
{
	struct klips_flow back = *flow;

	back.src = flow->dst;
	back.dst = flow->src;
	back.sport = flow->dport;
	back.dport = flow->sport;
	return back;
}

/* What the way back carries: the eroute of the answer says by which SA. Without one, what the device does. */
static unsigned int answer_mtu(struct klips_dev *kd, const struct klips_flow *flow)
{
	struct klips_flow back = reversed(flow);
	unsigned int mtu = READ_ONCE(kd->dev->mtu);
	struct klips_eroute *er;
	struct dst_entry *dst;
	struct klips_sa *sa;

	if (klips_eroute_find(kd->kn, kd->id, &back, &er) != KLIPS_OK ||
	    er->target != KLIPS_TARGET_SA)
		return mtu;
	sa = klips_sa_lookup(kd->kn, &er->said);
	if (!sa || klips_sa_usable(sa) != KLIPS_OK ||
	    klips_outer_route(klips_sa_outermost(sa), kd, &dst) != KLIPS_OK)
		return mtu;
	mtu = klips_outer_mtu(sa, kd, klips_head_size(flow->family), dst);
	dst_release(dst);
	return mtu;
}

enum klips_drop klips_mss_in(struct klips_dev *kd, struct sk_buff *skb,
			     const struct klips_flow *flow)
{
	u16 mss = READ_ONCE(kd->mss);
	unsigned int offset, mtu;

	if (likely(mss == KLIPS_MSS_OFF) || !is_tcp(flow))
		return KLIPS_OK;
	offset = tcp_offset(skb, flow->family);
	if (!syn_len(skb, offset))
		return KLIPS_OK;
	mtu = mss == KLIPS_MSS_AUTO ? answer_mtu(kd, flow) : 0;
	return clamp_syn(skb, offset, largest(kd, flow->family, mtu, mss));
}
