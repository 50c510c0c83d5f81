/* SPDX-License-Identifier: GPL-2.0 */
/* What is special about a peer behind NAT (RFC 3948). */
#ifndef KLIPS_NATT_H
#define KLIPS_NATT_H

#include <linux/skbuff.h>

struct klips_mapping;
struct klips_sa;

/* Where the packet came from: its IP header stands at skb_network_header(), UDP behind it. */
void klips_natt_mapping(const struct sk_buff *skb, struct klips_mapping *m);

/* Its ICV was good: if it came from elsewhere than the SA knows, that is reported, and again now and then. */
void klips_natt_seen(struct klips_sa *sa, const struct klips_mapping *m);

/*
 * Transport mode: the checksum of the packet at skb->data was made over other addresses than it
 * has now. Repairs it where they are known, else the ICV has to do (RFC 3948 3.1.2): skb->ip_summed.
 */
void klips_natt_repair(struct sk_buff *skb, const struct klips_sa *sa);

#endif
