/* SPDX-License-Identifier: GPL-2.0 */
/* From a packet to the flow that selectors are matched against. */
#ifndef KLIPS_FLOW_H
#define KLIPS_FLOW_H

#include <linux/skbuff.h>

#include "selector.h"

/*
 * Reads the flow of the IP packet at skb->data, for an ICMP error that which it is about (quote.h).
 * KLIPS_OK, or why there is none: not IP, its header is broken, or what it quotes says nothing of
 * a flow of whom it goes to. Pulls headers, changes nothing.
 */
enum klips_drop klips_flow_read(struct sk_buff *skb, struct klips_flow *flow);

/* ETH_P_IP or ETH_P_IPV6 by the version of the packet at skb->data, 0: neither. */
__be16 klips_ip_protocol(const struct sk_buff *skb);

#endif
