/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a packet. Every drop goes through klips_dropped(), which counts it, writes it
 * down and tells who listens, so that counters, journal, events and tracepoint cannot differ.
 */
#ifndef KLIPS_DROP_H
#define KLIPS_DROP_H

#include <linux/skbuff.h>
#include <klips/types.h>

struct klips_dev;
struct klips_eroute;
struct klips_flow;
struct klips_net;
struct klips_sa;
struct klips_said;

/* What is known of a packet that is dropped; all but @kn and @why may be missing. */
struct klips_drop_info {
	struct klips_net *kn;
	enum klips_drop why;
	bool inbound;
	/* It was in a transform: what it had been does not stand in it any more. */
	bool sealed;
	struct klips_dev *kd;		/* counts it */
	struct klips_sa *sa;		/* counts it too */
	const struct klips_said *said;	/* without @sa: the one that there is not */
	const struct klips_eroute *er;	/* NULL: looked up, if it may have met one */
	const struct klips_flow *flow;	/* NULL: read from the packet at its network header */
};

/*
 * Once for each packet. @skb: the packet, which stays the caller's and as it is; NULL where it is
 * gone. RCU read lock held, BH off; never sleeps.
 */
void klips_dropped(const struct klips_drop_info *info, struct sk_buff *skb);

/* Frees what was dropped, and tells the kernel's own drop monitor why. */
void klips_drop_free(struct sk_buff *skb, enum klips_drop why);

#endif
