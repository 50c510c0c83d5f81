// SPDX-License-Identifier: GPL-2.0
#include <linux/icmpv6.h>
#include <linux/netdevice.h>
#include <net/icmp.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "device.h"
#include "reject.h"

/* The kernel's own TCP reset, a whole packet from the far end to the sender. */
static struct sk_buff *make_reset(struct klips_dev *kd, struct sk_buff *skb,
				  const struct klips_flow *flow)
{
	struct net *net = dev_net(kd->dev);

	if (flow->family == AF_INET)
		return nf_reject_skb_v4_tcp_reset(net, skb, kd->dev,
						  NF_INET_PRE_ROUTING);
	return nf_reject_skb_v6_tcp_reset(net, skb, kd->dev,
					  NF_INET_PRE_ROUTING);
}

static void send_reset(struct klips_dev *kd, struct sk_buff *skb,
		       const struct klips_flow *flow)
{
	struct sk_buff *reset = make_reset(kd, skb, flow);

	if (!reset)
		return;
	/* It comes out of the device, as an answer of the far end would. */
	reset->dev = kd->dev;
	skb_reset_mac_header(reset);
	reset->pkt_type = PACKET_HOST;
	netif_rx(reset);
}

void klips_reject(struct klips_dev *kd, struct sk_buff *skb,
		  const struct klips_flow *flow)
{
	/* No error is answered (RFC 1122 3.2.2, RFC 4443 2.4). */
	if (flow->quoted)
		return;
	if (flow->proto == IPPROTO_TCP && !flow->fragment)
		send_reset(kd, skb, flow);
	else if (flow->family == AF_INET)
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED, 0);
}
