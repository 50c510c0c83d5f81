// SPDX-License-Identifier: GPL-2.0
/* Selectors: check and match. Pure: compiles in user space for its unit test. */
#include "selector.h"

bool klips_addr_prefix_equal(const union klips_addr *a,
			     const union klips_addr *b, unsigned int plen)
{
	unsigned int bytes = plen / 8, bits = plen % 8;

	if (memcmp(a->bytes, b->bytes, bytes))
		return false;
	return !bits || !((a->bytes[bytes] ^ b->bytes[bytes]) >> (8 - bits));
}

/* Whether nothing is set in @addr behind its first @plen bits. */
static bool addr_is_masked(const union klips_addr *addr, u8 family, unsigned int plen)
{
	union klips_addr masked;

	memset(&masked, 0, sizeof(masked));
	klips_addr_mask(&masked, addr, family, plen);
	return !memcmp(&masked, addr, sizeof(masked));
}

/* Protocols whose first four bytes are two ports, and ICMP with type and code. */
static bool proto_has_ports(u8 family, u8 proto)
{
	switch (proto) {
	case 6:				/* TCP */
	case 17:			/* UDP */
	case 33:			/* DCCP */
	case 132:			/* SCTP */
	case 136:			/* UDP-Lite */
		return true;
	case 1:
		return family == AF_INET;
	case 58:
		return family == AF_INET6;
	default:
		return false;
	}
}

int klips_selector_check(const struct klips_selector *sel)
{
	unsigned int bits = klips_addr_len(sel->family) * 8;

	if (!bits || sel->src_plen > bits || sel->dst_plen > bits)
		return -EINVAL;
	if (!addr_is_masked(&sel->src, sel->family, sel->src_plen) ||
	    !addr_is_masked(&sel->dst, sel->family, sel->dst_plen))
		return -EINVAL;
	if ((sel->sport & ~sel->sport_mask) || (sel->dport & ~sel->dport_mask))
		return -EINVAL;
	if ((sel->sport_mask || sel->dport_mask) &&
	    !proto_has_ports(sel->family, sel->proto))
		return -EINVAL;
	return 0;
}

bool klips_selector_match(const struct klips_selector *sel, u32 device,
			  const struct klips_flow *flow)
{
	if (sel->family != flow->family)
		return false;
	if (sel->device && sel->device != device)
		return false;
	if (sel->proto && sel->proto != flow->proto)
		return false;
	if ((sel->sport_mask || sel->dport_mask) &&
	    (flow->fragment || flow->no_ports))
		return false;
	if ((flow->sport & sel->sport_mask) != sel->sport ||
	    (flow->dport & sel->dport_mask) != sel->dport)
		return false;
	return klips_addr_prefix_equal(&sel->src, &flow->src, sel->src_plen) &&
	       klips_addr_prefix_equal(&sel->dst, &flow->dst, sel->dst_plen);
}
