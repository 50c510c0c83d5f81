/* SPDX-License-Identifier: GPL-2.0 */
/* The way of outer packets: its route, its size, its start. */
#ifndef KLIPS_OUTER_H
#define KLIPS_OUTER_H

#include <linux/skbuff.h>

#include "sa.h"

struct dst_entry;
struct klips_dev;

/*
 * The route of outer packets of @sa that come from @kd, with a reference in *@dst.
 * KLIPS_OK, NO_ROUTE or LOOP. RCU read lock held, BH off.
 */
enum klips_drop klips_outer_route(struct klips_sa *sa, struct klips_dev *kd,
				  struct dst_entry **dst);

/* Whether @dst leaves by the device that @kd is attached to now, if it is to any. RCU read lock held. */
bool klips_outer_leaves(const struct klips_dev *kd, const struct dst_entry *dst);

/*
 * Largest packet that @sa and those behind it make an outer packet of that needs not be cut over
 * @dst, the route of the outermost. @head: bytes of its IP header. RCU read lock held.
 */
unsigned int klips_outer_mtu(struct klips_sa *sa, const struct klips_dev *kd,
			     unsigned int head, const struct dst_entry *dst);

/* Most bytes that @sa and those behind it need in front of a packet, and behind. */
void klips_outer_room(const struct klips_sa *sa, unsigned int *head,
		      unsigned int *tail);

/*
 * Sends the packet at skb->data, which has its IP header, by the route that it has: errors as of
 * dst_output(). Takes @skb.
 */
int klips_outer_send(struct klips_dev *kd, struct sk_buff *skb);

#endif
