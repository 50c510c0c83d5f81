// SPDX-License-Identifier: GPL-2.0
/* Selectors: check, match, order. Pure: compiles in user space for its unit test. */
#include "selector.h"

bool klips_addr_prefix_equal(const union klips_addr *a,
			     const union klips_addr *b, unsigned int plen)
{
	unsigned int bytes = plen / 8, bits = plen % 8;

	if (memcmp(a->bytes, b->bytes, bytes))
		return false;
	return !bits || !((a->bytes[bytes] ^ b->bytes[bytes]) >> (8 - bits));
}

static void mask_addr(union klips_addr *out, const union klips_addr *in,
		      unsigned int plen)
{
	unsigned int bytes = plen / 8, bits = plen % 8;

	memcpy(out->bytes, in->bytes, bytes);
	if (bits)
		out->bytes[bytes] = in->bytes[bytes] & (0xff << (8 - bits));
}

/* Whether nothing is set in @addr behind its first @plen bits. */
static bool addr_is_masked(const union klips_addr *addr, unsigned int plen)
{
	union klips_addr masked;

	memset(&masked, 0, sizeof(masked));
	mask_addr(&masked, addr, plen);
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
	if (!addr_is_masked(&sel->src, sel->src_plen) ||
	    !addr_is_masked(&sel->dst, sel->dst_plen))
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

static int bits_set(__be16 mask)
{
	return hweight16((__force u16)mask);
}

int klips_selector_order(const struct klips_selector *a,
			 const struct klips_selector *b)
{
	int d;

	d = (int)a->family - b->family;
	if (!d)
		d = !a->device - !b->device;
	if (!d)
		d = (int)b->src_plen - a->src_plen;
	if (!d)
		d = (int)b->dst_plen - a->dst_plen;
	if (!d)
		d = !a->proto - !b->proto;
	if (!d)
		d = bits_set(b->sport_mask) - bits_set(a->sport_mask);
	if (!d)
		d = bits_set(b->dport_mask) - bits_set(a->dport_mask);
	/* Masks of equal length but other bits: any fixed order will do. */
	if (!d)
		d = (int)(__force u16)a->sport_mask - (__force u16)b->sport_mask;
	if (!d)
		d = (int)(__force u16)a->dport_mask - (__force u16)b->dport_mask;
	return d;
}

void klips_selector_key(const struct klips_selector *shape, u32 device,
			const struct klips_flow *flow,
			struct klips_selector *key)
{
	memset(key, 0, sizeof(*key));
	key->family = shape->family;
	key->src_plen = shape->src_plen;
	key->dst_plen = shape->dst_plen;
	if (shape->proto)
		key->proto = flow->proto;
	key->sport_mask = shape->sport_mask;
	key->dport_mask = shape->dport_mask;
	key->sport = flow->sport & shape->sport_mask;
	key->dport = flow->dport & shape->dport_mask;
	if (shape->device)
		key->device = device;
	mask_addr(&key->src, &flow->src, shape->src_plen);
	mask_addr(&key->dst, &flow->dst, shape->dst_plen);
}
