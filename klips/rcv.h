/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_RCV_H
#define KLIPS_RCV_H

#include <linux/skbuff.h>

#include <klips/types.h>

struct klips_sa;

/* A packet as it arrived: how far it was read. */
struct klips_rcv {
	u64 seq;			/* what it carries of its number */
	u16 head;			/* as in struct klips_pass, as all below */
	u16 nhoff;
	u8 proto;
	bool udp;
};

/*
 * The packet at skb->data, with its IP header at skb_network_header(skb), is one for @sa. Takes
 * @skb. RCU read lock held, BH off.
 */
void klips_rcv(struct klips_sa *sa, struct sk_buff *skb, const struct klips_rcv *at);

/* Drops @skb, which was to be received by @sa; skb->dev may be NULL. RCU read lock held, BH off. */
void klips_rcv_drop(struct klips_sa *sa, struct sk_buff *skb, enum klips_drop why);

#endif
