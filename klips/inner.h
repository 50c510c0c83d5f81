/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between IPv4 and IPv6 in a packet that is to go into a tunnel or came out of one. */
#ifndef KLIPS_INNER_H
#define KLIPS_INNER_H

#include <linux/skbuff.h>
#include <klips/types.h>

struct dst_entry;
struct klips_dev;
struct klips_flow;
struct klips_sa;

/* What every fragment of a packet needs to know of it. */
struct klips_inner_cut {
	struct klips_dev *kd;
	struct klips_sa *sa;
	struct dst_entry *dst;		/* of the outer packets */
};

/* IPPROTO_IPIP or IPPROTO_IPV6, for the next header in front of the packet at skb->data. */
u8 klips_inner_ipip(const struct sk_buff *skb);

/* Its TOS or traffic class. */
u8 klips_inner_tos(const struct sk_buff *skb);

/* @mtu, or what a packet of this family is always carried with (RFC 8200 5). */
unsigned int klips_inner_mtu(const struct sk_buff *skb, unsigned int mtu);

/* Whether its sender wants to hear of a path that it does not fit. */
bool klips_inner_df(const struct sk_buff *skb);

enum klips_fit {
	KLIPS_FIT_NOT,			/* dropped; the sender was told, where it can be */
	KLIPS_FIT_CUT,			/* goes in fragments of its own */
	KLIPS_FIT_WHOLE,		/* goes whole, what is around it is cut */
};

/*
 * What to do with a packet larger than @mtu (RFC 1191, RFC 8201). @cut: it may go in by fragments,
 * @quiet: nobody is told.
 */
enum klips_fit klips_inner_fit(struct sk_buff *skb, unsigned int mtu, bool cut, bool quiet);

/*
 * Cuts *@skb into fragments of at most @mtu bytes and calls @fn on each, which takes it.
 * Takes @skb; KLIPS_OK, or why the rest of it was freed before its end.
 */
enum klips_drop klips_inner_fragment(struct sk_buff *skb, unsigned int mtu,
				     void (*fn)(struct sk_buff *skb, void *arg),
				     struct klips_inner_cut *cut);

/* The route of a flow that may %pass through @lower, with a reference; NULL: there is none. */
struct dst_entry *klips_inner_pass_route(struct net *net,
					 const struct net_device *lower,
					 const struct klips_flow *flow, u32 mark);

/* Gives the packet this route. Takes @dst. */
void klips_inner_reroute(struct sk_buff *skb, struct dst_entry *dst);

/*
 * The packet was put together of fragments (frag.h), and has its route: they will be no larger than before. Nothing but
 * sending it comes behind that.
 */
void klips_inner_recut(struct sk_buff *skb, unsigned int largest);

/*
 * The packet at skb->data came out of a tunnel with next header @proto: checks that it
 * is one, cuts what is behind it, sets protocol and network header. KLIPS_OK, BAD_NEXTHDR, BAD_INNER.
 */
enum klips_drop klips_inner_accept(struct sk_buff *skb, u8 proto);

/* ECN of the outer header into the inner one, RFC 6040 4.2: false: drop. */
bool klips_inner_ecn(struct sk_buff *skb, u8 outer_tos);

/* DSCP of the outer header into the inner one. */
void klips_inner_dscp(struct sk_buff *skb, u8 outer_tos);

#endif
