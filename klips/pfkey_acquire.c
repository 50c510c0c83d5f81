// SPDX-License-Identifier: GPL-2.0
/* SADB_ACQUIRE: what the key daemon is asked, see <klips/pfkey.h>. */
#include "device.h"
#include "hold.h"
#include "pfkey.h"
#include "pfkey_msg.h"

static void put_address(struct sk_buff *skb, u16 type, u8 family, u8 plen, u8 proto,
			const union klips_addr *addr, __be16 port)
{
	unsigned int size = sizeof(struct sadb_address) + klips_pfkey_sockaddr_size(family);
	struct sadb_address *ext = klips_pfkey_ext_put(skb, type, size);

	ext->sadb_address_prefixlen = plen;
	ext->sadb_address_proto = proto;
	klips_pfkey_sockaddr_put(ext + 1, family, addr);
	/* The port stands at the same place in both. */
	((struct sockaddr_in *)(ext + 1))->sin_port = port;
}

static void put_flow(struct sk_buff *skb, const struct klips_flow *flow)
{
	u8 bits = klips_addr_len(flow->family) * 8;

	put_address(skb, SADB_EXT_ADDRESS_SRC, flow->family, bits, flow->proto, &flow->src, flow->sport);
	put_address(skb, SADB_EXT_ADDRESS_DST, flow->family, bits, flow->proto, &flow->dst, flow->dport);
}

static void put_trap(struct sk_buff *skb, const struct klips_hold *h)
{
	struct klips_ext_trap *ext = klips_pfkey_ext_put(skb, KLIPS_EXT_TRAP, sizeof(*ext));
	const struct klips_selector *sel = &h->parent;
	struct klips_ext_portmask *mask;

	ext->target = h->target;
	ext->flags = h->flow.fragment && !h->flow.quoted ? KLIPS_TRAP_FRAGMENT : 0;
	put_address(skb, KLIPS_EXT_TRAP_SRC, sel->family, sel->src_plen, sel->proto, &sel->src, sel->sport);
	put_address(skb, KLIPS_EXT_TRAP_DST, sel->family, sel->dst_plen, sel->proto, &sel->dst, sel->dport);
	if (!sel->sport_mask && !sel->dport_mask)
		return;
	mask = klips_pfkey_ext_put(skb, KLIPS_EXT_PORTMASK, sizeof(*mask));
	mask->src = sel->sport_mask;
	mask->dst = sel->dport_mask;
}

static void put_ipsec_device(struct sk_buff *skb, const struct klips_dev *kd)
{
	struct klips_ext_device *ext = klips_pfkey_ext_put(skb, KLIPS_EXT_DEVICE, sizeof(*ext));

	strscpy(ext->name, kd->dev->name, sizeof(ext->name));
}

bool klips_pfkey_acquire(struct klips_hold *h)
{
	static const size_t size = sizeof(struct sadb_msg) + sizeof(struct sadb_prop) +
		4 * (sizeof(struct sadb_address) + ALIGN(sizeof(struct sockaddr_in6), 8)) +
		sizeof(struct klips_ext_trap) + sizeof(struct klips_ext_portmask) +
		sizeof(struct klips_ext_device);
	struct sadb_msg hdr = {
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = SADB_ACQUIRE,
		.sadb_msg_satype = SADB_SATYPE_ESP,
		.sadb_msg_seq = READ_ONCE(h->seq),
	};
	struct sk_buff *skb = alloc_skb(size, GFP_ATOMIC);
	struct sadb_prop *prop;

	if (!skb)
		return false;
	klips_pfkey_hdr_put(skb, &hdr);
	put_flow(skb, &h->flow);
	prop = klips_pfkey_ext_put(skb, SADB_EXT_PROPOSAL, sizeof(*prop));
	prop->sadb_prop_replay = 64;
	put_trap(skb, h);
	put_ipsec_device(skb, h->kd);
	klips_pfkey_hdr_finish(skb);
	return klips_pfkey_tell(h->kd->kn, skb);
}
