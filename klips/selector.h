/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Selectors: which packets an eroute or an SA is for. Pure, no skb in here.
 */
#ifndef KLIPS_SELECTOR_H
#define KLIPS_SELECTOR_H

#include "pure.h"
#include <klips/types.h>

/* What a lookup knows of a packet; for ICMP the ports are type and code. */
struct klips_flow {
	u8 family;			/* AF_INET or AF_INET6 */
	u8 proto;			/* transport protocol, behind extension headers */
	u8 fragment;			/* not whole: ports cannot be known */
	u8 no_ports;			/* the protocol has none, or they are cut off */
	u8 quoted;			/* of an ICMP error: the flow that it is about */
	u16 largest;			/* put together (frag.h): bytes of the largest fragment; 0: it came whole */
	__be16 sport;
	__be16 dport;
	union klips_addr src;
	union klips_addr dst;
};

/*
 * A selector in canonical form (klips_selector_check): bits outside the masks are
 * zero, so that two selectors are the same packets if and only if memcmp says so.
 * It is a hash key: no holes.
 */
struct klips_selector {
	u8 family;
	u8 src_plen;
	u8 dst_plen;
	u8 proto;			/* 0: any */
	__be16 sport;
	__be16 dport;
	__be16 sport_mask;		/* 0: any */
	__be16 dport_mask;		/* 0: any */
	u32 device;			/* klips_dev id, 0: every device */
	union klips_addr src;
	union klips_addr dst;
};

/* 0, or -EINVAL where @sel is not canonical (unknown family, long prefix, stray bits, ports without a protocol). */
int klips_selector_check(const struct klips_selector *sel);

/* Whether @flow, on the device with id @device, is one that @sel names. */
bool klips_selector_match(const struct klips_selector *sel, u32 device,
			  const struct klips_flow *flow);

/* Whether a fragment may not show what @sel names: ports, and in IPv6 what stands behind the other headers. */
static inline bool klips_selector_hides(const struct klips_selector *sel)
{
	return sel->sport_mask || sel->dport_mask || (sel->family == AF_INET6 && sel->proto);
}

/* Bytes of an address of @family, 0 where there is no such family. */
static inline unsigned int klips_addr_len(u8 family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

/* The first @plen bits of @in, an address of @family; @out is zero before. */
static inline void klips_addr_mask(union klips_addr *out, const union klips_addr *in,
				   u8 family, unsigned int plen)
{
	unsigned int words, bits, i;

	if (family == AF_INET) {
		out->v4 = plen ? in->v4 & htonl(~0U << (32 - plen)) : 0;
		return;
	}
	words = plen / 32;
	bits = plen % 32;
	for (i = 0; i < words; i++)
		out->v6[i] = in->v6[i];
	if (bits)
		out->v6[i] = in->v6[i] & htonl(~0U << (32 - bits));
}

/* Whether the first @plen bits of @a and @b are equal. */
bool klips_addr_prefix_equal(const union klips_addr *a,
			     const union klips_addr *b, unsigned int plen);

#endif
