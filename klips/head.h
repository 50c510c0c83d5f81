/* SPDX-License-Identifier: GPL-2.0 */
/* The IP header in front of a transform's: taken away from a packet, put on, put back. */
#ifndef KLIPS_HEAD_H
#define KLIPS_HEAD_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "sa.h"

/* Bytes of an IP header without options. */
static inline unsigned int klips_head_size(u8 family)
{
	return family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

/*
 * Bytes of the IP header at skb->data that an IPsec header goes behind in transport mode, with
 * the extension headers that the way needs (RFC 4303 3.1.1), and in *@nhoff the octet that
 * says what follows. 0: malformed.
 */
unsigned int klips_head_len(const struct sk_buff *skb, u16 *nhoff);

/*
 * In. The same with all extension headers: destination options may stand in front of an IPsec header
 * as well as behind it (RFC 4302 3.1.1, RFC 4303 3.1.1), as the peer likes.
 */
unsigned int klips_head_whole(const struct sk_buff *skb, u16 *nhoff);

/*
 * Out. Puts the header of klips_pass(skb)->sa in front of skb->data: in tunnel mode a new one, in
 * transport mode the one that stands at skb_network_header(skb), pass->head bytes, with UDP
 * between where the SA has it. It says pass->proto. skb->data is then at the IP header, network and
 * transport header are set. Room is there. RCU read lock held.
 */
void klips_head_put(struct sk_buff *skb);

/* The same with a new header, whatever the mode. */
void klips_head_new(struct sk_buff *skb);

/*
 * In. The header at skb_network_header(skb) moves to in front of the payload at skb->data
 * and names it: pass->inner_proto. skb->data is then at the IP header.
 */
void klips_head_back(struct sk_buff *skb);

/*
 * In. Takes the fragment header out of the IPv6 header at skb_network_header(skb), *@head bytes with its extension
 * headers, which are linear, writable and read already; *@head and *@nhoff follow. Without one nothing is done.
 */
void klips_head_unfragment(struct sk_buff *skb, u16 *head, u16 *nhoff);

/* Addresses of the IP header at @head, whole; beyond those of IPv4: zero. */
void klips_head_addresses(const void *head, union klips_addr *src, union klips_addr *dst);

/* Whether the IP header at @head is of @family, from @src and to @dst; NULL: any. */
bool klips_head_is(const void *head, u8 family, const union klips_addr *src,
		   const union klips_addr *dst);

/* AF_INET or AF_INET6, as the IP header at @head says. */
static inline u8 klips_head_family(const void *head)
{
	return ((const struct iphdr *)head)->version == 4 ? AF_INET : AF_INET6;
}

/* Most bytes that klips_head_put() puts in front, beside what the packet has. */
unsigned int klips_head_room(const struct klips_sa *sa);

#endif
