/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_XMIT_H
#define KLIPS_XMIT_H

#include <linux/skbuff.h>

#include <klips/types.h>

struct klips_dev;
struct klips_eroute;
struct klips_flow;
struct klips_hold;
struct klips_sa;

/* A packet was routed to @kd: decides and acts. Takes @skb. RCU read lock held, BH off. */
void klips_xmit(struct klips_dev *kd, struct sk_buff *skb);

/* The same for one that @h has held, with @largest of its flow; false: it meets what holds it again, and stays the caller's. */
bool klips_xmit_held(const struct klips_hold *h, struct sk_buff *skb, unsigned int largest);

/*
 * Drops a packet whose fate is that, before it came to a transform, counted as one that was routed to @kd. @er: NULL: none, or
 * not at hand. @sa: counts it too, or NULL. Takes @skb. RCU read lock held, BH off, as for the two below.
 */
void klips_xmit_drop(struct klips_dev *kd, const struct klips_eroute *er, struct klips_sa *sa,
		     struct sk_buff *skb, enum klips_drop why);

/* Counts the loss of one that klips_stat_tx() has counted and that is not what it was any more, or is gone. */
void klips_xmit_lost(struct klips_dev *kd, const struct klips_eroute *er,
		     const struct klips_flow *flow, struct klips_sa *sa, enum klips_drop why);

/* xmit_sa.c: a packet that met @er, whose target is an SA. Takes @skb. */
void klips_xmit_sa(struct klips_dev *kd, struct sk_buff *skb, struct klips_eroute *er,
		   const struct klips_flow *flow);

#endif
