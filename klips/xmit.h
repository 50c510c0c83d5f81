/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_XMIT_H
#define KLIPS_XMIT_H

#include <linux/skbuff.h>

struct klips_dev;

/* A packet was routed to @kd: decides and acts. Takes @skb. RCU read lock held, BH off. */
void klips_xmit(struct klips_dev *kd, struct sk_buff *skb);

#endif
