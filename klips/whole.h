/* SPDX-License-Identifier: GPL-2.0 */
/* A fragment in a netfilter hook becomes the whole datagram there. */
#ifndef KLIPS_WHOLE_H
#define KLIPS_WHOLE_H

#include <linux/skbuff.h>

struct klips_dev;

/*
 * Takes the fragment @skb, which a PRE_ROUTING hook was given, as klips_frag_gather() does, on the account of @kd.
 * KLIPS_OK: @skb itself is the whole now, as the family's defragmentation in front of conntrack would have left it: it
 * goes on through the hook, and is cut again where it is sent on. KLIPS_FRAG_WAITS: it was taken. Else why it is to be
 * dropped; it is still the caller's. RCU read lock held.
 */
int klips_whole_gather(struct klips_dev *kd, struct sk_buff *skb);

#endif
