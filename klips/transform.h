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
	u64 seq;			/* whole, also where packets carry the lower half */
	u32 len;			/* bytes of the packet as it came */
	u16 head;			/* bytes of IP header, with extension headers, in front of the transform's */
	u16 nhoff;			/* in those, the octet that says what follows */
	u8 inner_proto;			/* what is inside; IPPROTO_IPIP, IPPROTO_IPV6 in tunnel mode */
	u8 proto;			/* what follows the IP header; output may change it */
	u8 tos;				/* of the inner packet (out), of the outer one (in) */
	u8 df:1;			/* out: the inner packet says so */
	u8 more:1;			/* out: another SA of the group has to work on it */
	u8 udp:1;			/* in: came in UDP */
	u8 cut:1;			/* in: came in fragments */
	u8 ticketed:1;			/* parallel.c has it, as the next two */
	u8 why;				/* enum klips_drop */
	u16 ticket;
};

static inline struct klips_pass *klips_pass(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct klips_pass) > sizeof(skb->cb));
	return (struct klips_pass *)skb->cb;
}

struct klips_transform {
	u8 proto;			/* IPPROTO_* */
	bool has_spi;			/* packets say by which SA: else addresses do */
	bool numbered;			/* packets have sequence numbers */
	bool may_skip;			/* packets may do without it (IPCOMP) */
	bool covers_head;		/* works on the IP header too, puts it on itself (AH) */

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
	 * Transforms the payload at skb->data, which pass->inner_proto says what it is. Takes
	 * @skb: hands it to klips_xmit_done() at once or later, with skb->data at its own header;
	 * or, with covers_head, at the IP header that klips_head_put() put in front of it.
	 * skb is writable, linear and has the room above. RCU read lock held, BH off.
	 */
	void (*output)(struct sk_buff *skb);

	/*
	 * Checks and unwraps the header at skb->data. The IP header, pass->head bytes, stands
	 * at skb_network_header(skb), with UDP behind it where pass->udp. Takes @skb: hands it to
	 * klips_rcv_done() at once or later, with skb->data at the payload and pass->inner_proto
	 * set. skb is writable and linear.
	 */
	void (*input)(struct sk_buff *skb);

	/*
	 * Parses SPI and sequence number (0: has none), of which packets carry 32 bits, of the
	 * header at skb->data; false: truncated. Only pulls. NULL without has_spi.
	 */
	bool (*parse)(struct sk_buff *skb, __be32 *spi, u32 *seq);
};

/* Gives back the references of a packet whose klips_pass was copied. Any context. */
void klips_pass_put(const struct klips_pass *pass);

/* What an errno of a crypto request says of the packet; 0: KLIPS_OK. */
enum klips_drop klips_crypto_why(int err);

/* The transform of an IP protocol, or NULL. */
const struct klips_transform *klips_transform_find(u8 proto);

extern const struct klips_transform klips_esp;
extern const struct klips_transform klips_ah;
extern const struct klips_transform klips_ipcomp;
extern const struct klips_transform klips_ipip;

/*
 * Ends of a transform. @why: __KLIPS_DROP_MAX where it succeeded, else the reason for
 * which the packet is dropped and counted. Any context with BH off.
 */
void klips_xmit_done(struct sk_buff *skb, enum klips_drop why);
void klips_rcv_done(struct sk_buff *skb, enum klips_drop why);

#endif
