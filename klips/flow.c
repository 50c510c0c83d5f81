// SPDX-License-Identifier: GPL-2.0
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>

#include "flow.h"
#include "quote.h"
#include "transform.h"

/* Bytes of a quoted packet that are looked at: its headers, and those of IPv6 that most have. */
#define QUOTE_MAX 256

__be16 klips_ip_protocol(const struct sk_buff *skb)
{
	if (skb_headlen(skb) < 1)
		return 0;
	switch (skb->data[0] >> 4) {
	case 4:
		return htons(ETH_P_IP);
	case 6:
		return htons(ETH_P_IPV6);
	default:
		return 0;
	}
}

static enum klips_drop read_ports(struct sk_buff *skb, int offset,
				  struct klips_flow *flow)
{
	__be16 _ports[2], *ports;

	ports = skb_header_pointer(skb, offset, sizeof(_ports), _ports);
	if (!ports)
		return KLIPS_DROP_BAD_HEADER;
	flow->sport = ports[0];
	flow->dport = ports[1];
	return KLIPS_OK;
}

/* An error is of the flow that it is about. */
static noinline_for_stack enum klips_drop read_quote(struct sk_buff *skb, int offset,
						     struct klips_flow *flow)
{
	const union klips_addr to = flow->dst;
	u8 _quote[QUOTE_MAX], *quote;
	unsigned int len;

	offset += KLIPS_QUOTE_OFFSET;
	if (skb->len <= offset)
		return KLIPS_DROP_BAD_QUOTE;
	len = min_t(unsigned int, skb->len - offset, QUOTE_MAX);
	quote = skb_header_pointer(skb, offset, len, _quote);
	if (!quote || !klips_quote_read(flow->family, quote, len, &to, flow))
		return KLIPS_DROP_BAD_QUOTE;
	return KLIPS_OK;
}

/* Type and code stand where a selector has its ports (RFC 4301 4.4.1.1). */
static enum klips_drop read_icmp(struct sk_buff *skb, int offset,
				 struct klips_flow *flow)
{
	u8 _icmp[2], *icmp;

	icmp = skb_header_pointer(skb, offset, sizeof(_icmp), _icmp);
	if (!icmp)
		return KLIPS_DROP_BAD_HEADER;
	if (klips_quote_is_error(flow->family, flow->proto, icmp[0]))
		return read_quote(skb, offset, flow);
	flow->sport = htons(icmp[0]);
	flow->dport = htons(icmp[1]);
	return KLIPS_OK;
}

static enum klips_drop read_transport(struct sk_buff *skb, int offset,
				      struct klips_flow *flow)
{
	switch (flow->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return read_ports(skb, offset, flow);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return read_icmp(skb, offset, flow);
	default:
		flow->no_ports = true;
		return KLIPS_OK;
	}
}

static enum klips_drop read_v4(struct sk_buff *skb, struct klips_flow *flow)
{
	const struct iphdr *iph;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return KLIPS_DROP_BAD_HEADER;
	iph = (const struct iphdr *)skb->data;
	if (iph->version != 4 || iph->ihl < 5 || iph->ihl * 4 > skb->len ||
	    ntohs(iph->tot_len) < iph->ihl * 4)
		return KLIPS_DROP_BAD_HEADER;
	flow->family = AF_INET;
	flow->src.v4 = iph->saddr;
	flow->dst.v4 = iph->daddr;
	flow->proto = iph->protocol;
	flow->fragment = ip_is_fragment(iph);
	if (flow->fragment)
		return KLIPS_OK;
	return read_transport(skb, iph->ihl * 4, flow);
}

static enum klips_drop read_v6(struct sk_buff *skb, struct klips_flow *flow)
{
	const struct ipv6hdr *ip6h;
	__be16 frag;
	int offset;
	u8 proto;

	if (!pskb_may_pull(skb, sizeof(*ip6h)))
		return KLIPS_DROP_BAD_HEADER;
	ip6h = (const struct ipv6hdr *)skb->data;
	if (ip6h->version != 6)
		return KLIPS_DROP_BAD_HEADER;
	flow->family = AF_INET6;
	memcpy(flow->src.v6, &ip6h->saddr, sizeof(flow->src.v6));
	memcpy(flow->dst.v6, &ip6h->daddr, sizeof(flow->dst.v6));
	proto = ip6h->nexthdr;
	offset = ipv6_skip_exthdr(skb, sizeof(*ip6h), &proto, &frag);
	if (offset < 0)
		return KLIPS_DROP_BAD_HEADER;
	flow->proto = proto;
	/* An atomic fragment (offset 0, no more) is whole. */
	flow->fragment = !!(frag & htons(IP6_OFFSET | IP6_MF));
	if (flow->fragment)
		return KLIPS_OK;
	return read_transport(skb, offset, flow);
}

enum klips_drop klips_flow_read(struct sk_buff *skb, struct klips_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	switch (klips_ip_protocol(skb)) {
	case htons(ETH_P_IP):
		return read_v4(skb, flow);
	case htons(ETH_P_IPV6):
		return read_v6(skb, flow);
	default:
		return KLIPS_DROP_NOT_IP;
	}
}
