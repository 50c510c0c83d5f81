/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spreading the packets of a heavy SA over all CPUs, in order: for devices that ask for
 * it, because with one CPU the queues cost more than they bring.
 */
#ifndef KLIPS_PARALLEL_H
#define KLIPS_PARALLEL_H

#include <linux/skbuff.h>

#include <klips/types.h>

struct klips_sa;

int klips_parallel_init(void);
void klips_parallel_exit(void);

/*
 * Calls @work(skb) on some CPU, with RCU read lock held and BH off; then, after klips_parallel_done()
 * said that this is over, @end(skb, why) on the CPU of its SA, in the order of these calls. KLIPS_OK, or
 * why not: then nothing is called. @skb holds its references (klips_pass). BH off.
 */
enum klips_drop klips_parallel_start(struct sk_buff *skb, void (*work)(struct sk_buff *skb));

/* Any CPU, BH off. @end is the same for all packets of an SA. */
void klips_parallel_done(struct sk_buff *skb, enum klips_drop why,
			 void (*end)(struct sk_buff *skb, enum klips_drop why));

/* Nothing of @sa is under way any more. */
void klips_parallel_free(struct klips_sa *sa);

#endif
