/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Eroutes, SAs and devices as netlink attributes. All: RCU read lock held; 0, or
 * -EMSGSIZE with an unfinished message that the caller cancels.
 */
#ifndef KLIPS_NETLINK_FILL_H
#define KLIPS_NETLINK_FILL_H

#include <net/netlink.h>

#include "device.h"
#include "eroute.h"
#include "journal.h"
#include "net.h"
#include "sa.h"

/*
 * The most selectors of an SA that one message shows, so that every message fits into
 * a buffer of one page; KLIPS_A_SA_SELECTORS says how many there are.
 */
#define KLIPS_FILL_SELECTORS 16

int klips_fill_eroute(struct sk_buff *skb, struct klips_net *kn,
		      const struct klips_eroute *er);
/* A selector, with the name of its device. */
int klips_fill_selector(struct sk_buff *skb, struct klips_net *kn, const struct klips_selector *sel);
int klips_fill_sa(struct sk_buff *skb, struct klips_sa *sa);
/* @rec is of a journal; no lock needed. */
int klips_fill_drop(struct sk_buff *skb, const struct klips_drop_record *rec);
int klips_fill_device(struct sk_buff *skb, const struct klips_dev *kd);

/* netlink_hold.c: a hold, as an eroute and as what it is; all holds. */
int klips_fill_hold_eroute(struct sk_buff *skb, struct klips_hold *h);
int klips_fill_hold(struct sk_buff *skb, struct klips_hold *h);
int klips_fill_holds(struct sk_buff *skb, struct klips_net *kn);

int klips_fill_u64(struct sk_buff *skb, int type, u64 value);

/* An address of @family as attribute @type. */
int klips_fill_addr(struct sk_buff *skb, int type, u8 family,
		    const union klips_addr *addr);

#endif
