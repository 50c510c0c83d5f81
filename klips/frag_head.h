/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between IPv4 and IPv6 in a fragment, and in what it was a fragment of. */
#ifndef KLIPS_FRAG_HEAD_H
#define KLIPS_FRAG_HEAD_H

#include <linux/skbuff.h>
#include <klips/types.h>

#include "pieces.h"

/* Which datagram: a hash key, no holes. */
struct klips_frag_key {
	union klips_addr src;
	union klips_addr dst;
	__be32 id;
	u32 user;			/* as in struct klips_frag_from, as the next two */
	u32 device;
	u8 inbound;
	u8 family;
	u8 proto;			/* IPv4 only */
	u8 zero;
};

/* What a fragment is, in its skb->cb. */
struct klips_frag {
	struct klips_piece piece;
	u16 head;			/* bytes in front of its part of the datagram */
	u16 nhoff;			/* IPv6: in those, the octet that names the fragment header */
	u8 ecn;				/* bit of the ECN field, for ip_frag_ecn_table */
	bool last;
};

static inline struct klips_frag *klips_frag(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct klips_frag) > sizeof(skb->cb));
	return (struct klips_frag *)skb->cb;
}

/*
 * Reads the fragment at skb->data into klips_frag(skb) and the first half of @key, which is zero
 * before. Pulls its headers, cuts what is behind it. False: it is none, or not one of a datagram that can be
 * put together.
 */
bool klips_frag_read(struct sk_buff *skb, struct klips_frag_key *key);

/*
 * Makes the first fragment, to which the rest has been added, the datagram. @ecn: what to add to its ECN field. Its
 * headers are linear and writable.
 */
void klips_frag_finish(struct sk_buff *skb, u8 ecn);

#endif
