/* SPDX-License-Identifier: GPL-2.0 */
/* TCP is told at its start how large a packet the tunnel takes, so that no ICMP has to say it. */
#ifndef KLIPS_MSS_H
#define KLIPS_MSS_H

#include <linux/skbuff.h>

#include "selector.h"

struct klips_dev;

/*
 * Where the device says so (mss auto or a number), lowers the maximum segment size that a SYN names:
 * out, by the MTU of the SA it goes to; in, by that of the SA by which the answer goes. @skb->data is
 * at the IP header, @flow is its own. KLIPS_OK, also where there was nothing to do, or NO_MEMORY.
 * RCU read lock held, BH off.
 */
enum klips_drop klips_mss_out(struct klips_dev *kd, struct sk_buff *skb,
			      const struct klips_flow *flow, unsigned int mtu);
enum klips_drop klips_mss_in(struct klips_dev *kd, struct sk_buff *skb,
			     const struct klips_flow *flow);

#endif
