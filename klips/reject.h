/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_REJECT_H
#define KLIPS_REJECT_H

#include <linux/skbuff.h>

#include "selector.h"

struct klips_dev;

/*
 * Answers a packet that an eroute rejects: a reset where it is TCP, else ICMP
 * administratively prohibited. Leaves @skb to the caller. BH off.
 */
void klips_reject(struct klips_dev *kd, struct sk_buff *skb,
		  const struct klips_flow *flow);

#endif
