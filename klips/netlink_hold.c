// SPDX-License-Identifier: GPL-2.0
/* Holds as netlink attributes, see <klips/netlink.h>. */
#include <klips/netlink.h>

#include "netlink_fill.h"

/* The device of a hold is that of its packets; as an eroute it names what its parent names. */
int klips_fill_hold_eroute(struct sk_buff *skb, struct klips_hold *h)
{
	struct klips_selector sel = h->sel;
	struct klips_hold_view view;

	sel.device = h->parent.device;
	klips_hold_look(h, &view);
	if (klips_fill_selector(skb, h->hs->kn, &sel) ||
	    nla_put_u8(skb, KLIPS_A_TARGET, KLIPS_TARGET_HOLD) ||
	    klips_fill_u64(skb, KLIPS_A_PACKETS, view.met) ||
	    klips_fill_u64(skb, KLIPS_A_IDLE, view.age_ms / MSEC_PER_SEC))
		return -EMSGSIZE;
	return nla_put_u8(skb, KLIPS_A_HOLD_STATE, view.state);
}

static int fill_parent(struct sk_buff *skb, const struct klips_hold *h)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_HOLD_PARENT);

	if (!nest || klips_fill_selector(skb, h->hs->kn, &h->parent))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return nla_put_u8(skb, KLIPS_A_TARGET, h->target);
}

int klips_fill_hold(struct sk_buff *skb, struct klips_hold *h)
{
	struct klips_hold_view view;

	klips_hold_look(h, &view);
	if (klips_fill_selector(skb, h->hs->kn, &h->sel) ||
	    klips_fill_u64(skb, KLIPS_A_PACKETS, view.met) ||
	    klips_fill_u64(skb, KLIPS_A_HELD, view.packets) ||
	    klips_fill_u64(skb, KLIPS_A_BYTES, view.bytes) ||
	    nla_put_u8(skb, KLIPS_A_HOLD_STATE, view.state) ||
	    klips_fill_u64(skb, KLIPS_A_HOLD_AGE, view.age_ms) ||
	    nla_put_u32(skb, KLIPS_A_HOLD_ASKED, view.asked) ||
	    nla_put_u32(skb, KLIPS_A_HOLD_SEQ, view.seq))
		return -EMSGSIZE;
	return fill_parent(skb, h);
}

static int fill_counts(struct sk_buff *skb, const struct klips_hold_sums *sums)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_HOLDS_COUNTS);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < __KLIPS_HOLD_COUNT_MAX; i++)
		if (nla_put_u64_64bit(skb, i + 1, sums->counts[i], 0))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int klips_fill_holds(struct sk_buff *skb, struct klips_net *kn)
{
	const struct klips_hold_settings *set = &kn->hold_settings;
	struct klips_hold_sums sums;

	klips_hold_sum(kn, &sums);
	if (nla_put_u32(skb, KLIPS_A_HOLDS, sums.holds) ||
	    nla_put_u32(skb, KLIPS_A_HOLDS_SOURCES, sums.sources) ||
	    nla_put_u32(skb, KLIPS_A_HOLDS_WAITING, sums.waiting) ||
	    klips_fill_u64(skb, KLIPS_A_BYTES, sums.bytes) ||
	    nla_put_u32(skb, KLIPS_A_HOLDS_MAX, READ_ONCE(set->holds_max)) ||
	    nla_put_u32(skb, KLIPS_A_HOLDS_BYTES_MAX, READ_ONCE(set->holds_bytes_max)))
		return -EMSGSIZE;
	return fill_counts(skb, &sums);
}
