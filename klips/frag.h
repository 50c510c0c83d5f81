/* SPDX-License-Identifier: GPL-2.0 */
/* Fragments put together again, where a whole packet is needed. */
#ifndef KLIPS_FRAG_H
#define KLIPS_FRAG_H

#include <linux/skbuff.h>

struct klips_dev;

/*
 * Takes a fragment. KLIPS_OK: @skb is the whole packet now, which the path may cut again.
 * KLIPS_FRAG_WAITS: it was taken, others are missing. Else why it cannot be; @skb is still the
 * caller's if *@skbp is not NULL. BH off.
 */
#define KLIPS_FRAG_WAITS (KLIPS_OK + 1)

int klips_frag_gather(struct klips_dev *kd, struct sk_buff **skbp);

#endif
