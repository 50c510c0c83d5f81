/* SPDX-License-Identifier: GPL-2.0 */
/* The packet around the packet: its route and its header. */
#ifndef KLIPS_OUTER_H
#define KLIPS_OUTER_H

#include <linux/skbuff.h>

#include "sa.h"

struct dst_entry;
struct klips_dev;

/* Bytes of the outer IP header of @sa. */
unsigned int klips_outer_header(const struct klips_sa *sa);

/*
 * The route of outer packets of @sa that come from @kd, with a reference in *@dst.
 * KLIPS_OK, NO_ROUTE or LOOP. RCU read lock held, BH off.
 */
enum klips_drop klips_outer_route(struct klips_sa *sa, struct klips_dev *kd,
				  struct dst_entry **dst);

/* Largest inner packet that @sa carries over @dst unfragmented. */
unsigned int klips_outer_mtu(const struct klips_sa *sa,
			     const struct dst_entry *dst);

/* Puts the outer header in front of a transformed payload. Room is there. */
void klips_outer_push(struct sk_buff *skb, const struct klips_sa *sa, u8 tos,
		      const struct dst_entry *dst);

#endif
