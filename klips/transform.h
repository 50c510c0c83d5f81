/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a security protocol does to a packet: a table of functions. Nothing outside
 * of this table asks which protocol an SA has.
 *
 * Packets may change hands here: crypto may finish on another CPU, after the call
 * returned. struct klips_pass in skb->cb carries what both ends need, and owns a reference on
 * the device and on the SA for as long.
 */
#ifndef KLIPS_TRANSFORM_H
#define KLIPS_TRANSFORM_H

#include <linux/skbuff.h>

#include "sa.h"

struct klips_dev;

/* In skb->cb while a packet is in a transform. */
struct klips_pass {
	struct klips_sa *sa;		/* reference */
	struct klips_dev *kd;		/* reference on kd->dev */
	void *tmp;			/* request memory of the transform */
	u32 len;			/* bytes of the packet as it came */
	u8 inner_proto;			/* IPPROTO_IPIP, IPPROTO_IPV6: what is inside */
	u8 tos;				/* of the inner packet (out), of the outer one (in) */
	u64 seq;			/* whole, also where packets carry the lower half */
};

static inline struct klips_pass *klips_pass(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct klips_pass) > sizeof(skb->cb));
	return (struct klips_pass *)skb->cb;
}

struct klips_transform {
	u8 proto;			/* IPPROTO_* */

	/* 0 or -errno: sets up crypto from the keys of @def. May sleep. */
	int (*init)(struct klips_sa *sa, const struct klips_sa_def *def);
	/* Frees what init made. May sleep. */
	void (*destroy)(struct klips_sa *sa);

	/* Bytes of header in front of, and most bytes behind, a payload. */
	unsigned int (*headroom)(const struct klips_sa *sa);
	unsigned int (*tailroom)(const struct klips_sa *sa);
	/* Largest payload whose transformed packet has at most @room bytes, 0: none. */
	unsigned int (*max_payload)(const struct klips_sa *sa, unsigned int room);

	/*
	 * Transforms the payload at skb->data. Takes @skb: hands it to
	 * klips_xmit_done() at once or later. skb is writable, linear and has the room above.
	 * RCU read lock held, BH off.
	 */
	void (*output)(struct sk_buff *skb);

	/*
	 * Checks and unwraps the header at skb->data, transport header there. Takes @skb: hands
	 * it to klips_rcv_done() at once or later. skb is writable and linear.
	 */
	void (*input)(struct sk_buff *skb);

	/* Parses SPI and sequence number, of which packets carry 32 bits; false: truncated. Only pulls. */
	bool (*parse)(struct sk_buff *skb, __be32 *spi, u32 *seq);
};

/* The transform of an IP protocol, or NULL. */
const struct klips_transform *klips_transform_find(u8 proto);

extern const struct klips_transform klips_esp;

/*
 * Ends of a transform. @why: __KLIPS_DROP_MAX where it succeeded, else the reason for
 * which the packet is dropped and counted. Any context with BH off.
 */
void klips_xmit_done(struct sk_buff *skb, enum klips_drop why);
void klips_rcv_done(struct sk_buff *skb, enum klips_drop why);

#endif
