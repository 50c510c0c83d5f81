/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that are there before their SA: who answers a request for new keys may use them at once, and who asked has
 * to compute them first (RFC 7296 2.8). They wait with the larval SA, a few of them, and no longer than it lives.
 */
#ifndef KLIPS_LARVAL_H
#define KLIPS_LARVAL_H

#include <linux/list.h>
#include <linux/spinlock.h>

struct klips_rcv;
struct klips_sa;
struct sk_buff;

/* In every SA; empty in one that was never larval. */
struct klips_larval {
	spinlock_t lock;
	struct list_head packets;
	unsigned int n;
	bool closed;			/* it is larval no more */
};

void klips_larval_init(struct klips_larval *l);

/*
 * Takes @skb, and is true, where it may wait for larval @sa, or can go to the one that has taken its place. RCU read
 * lock held, BH off.
 */
bool klips_larval_hold(struct klips_sa *sa, struct sk_buff *skb, const struct klips_rcv *at);

/* What waits for @larval goes to @sa; NULL: it is dropped. Nothing will wait any more. Caller holds kn->lock. */
void klips_larval_end(struct klips_sa *larval, struct klips_sa *sa);

#endif
