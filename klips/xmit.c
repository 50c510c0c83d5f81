// SPDX-License-Identifier: GPL-2.0
/*
 * The way out: a packet routed to ipsecN meets its eroute, then what the eroute's target
 * says. Each packet has one fate, counted once: transformed, passed or dropped for
 * a reason.
 */
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipsec.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/icmp.h>
#include <net/ip.h>

#include "device.h"
#include "eroute.h"
#include "flow.h"
#include "inner.h"
#include "life.h"
#include "net.h"
#include "outer.h"
#include "reject.h"
#include "transform.h"
#include "xmit.h"

/* A packet whose fate is to be dropped before it came to a transform. */
static void xmit_drop(struct klips_dev *kd, struct sk_buff *skb,
		      enum klips_drop why)
{
	klips_stat_tx(kd, skb->len);
	klips_stat_tx_drop(kd, why);
	kfree_skb(skb);
}

static void sa_drop(struct klips_dev *kd, struct klips_sa *sa,
		    struct sk_buff *skb, enum klips_drop why)
{
	atomic_long_inc(&sa->drops[why]);
	xmit_drop(kd, skb, why);
}

/*
 * Numbers start at 1 and are taken once, whatever becomes of the packet. The last is
 * 2^32 - 1, or 2^64 - 1 with ESN, never a wrap (RFC 4303 3.3.3); the counter stays there.
 */
static bool take_sequence(struct klips_sa *sa, u64 *seq)
{
	u64 before = atomic64_fetch_add_unless(&sa->seq_out, 1, sa->seq_last);

	*seq = before + 1;
	return likely(before != sa->seq_last);
}

/*
 * Makes @skb linear, writable and roomy in at most one copy, whatever of that it lacks.
 * NULL: no memory, @skb is untouched.
 */
static struct sk_buff *make_room(struct sk_buff *skb, unsigned int head,
				 unsigned int tail)
{
	struct sk_buff *copy;

	if (!skb_is_nonlinear(skb) && !skb_cloned(skb) &&
	    skb_headroom(skb) >= head && skb_tailroom(skb) >= tail)
		return skb;
	if (!skb_is_nonlinear(skb)) {
		int more = head > skb_headroom(skb) ? head - skb_headroom(skb) : 0;

		return pskb_expand_head(skb, SKB_DATA_ALIGN(more), tail,
					GFP_ATOMIC) ? NULL : skb;
	}
	copy = skb_copy_expand(skb, head, tail, GFP_ATOMIC);
	if (copy)
		consume_skb(skb);
	return copy;
}

/* Hands a packet that fits to the transform; from here klips_xmit_done() knows its fate. */
static void xmit_transform(struct klips_dev *kd, struct klips_sa *sa,
			   struct sk_buff *skb, struct dst_entry *dst)
{
	unsigned int head = LL_RESERVED_SPACE(dst->dev) + klips_outer_header(sa) +
			    sa->transform->headroom(sa);
	u8 proto = klips_inner_ipip(skb), tos = klips_inner_tos(skb);
	struct sk_buff *roomy;
	struct klips_pass *pass;
	u64 seq;

	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		sa_drop(kd, sa, skb, KLIPS_DROP_NO_MEMORY);
		return;
	}
	roomy = make_room(skb, head, sa->transform->tailroom(sa));
	if (!roomy) {
		sa_drop(kd, sa, skb, KLIPS_DROP_NO_MEMORY);
		return;
	}
	if (!take_sequence(sa, &seq)) {
		klips_life_exhausted(sa);
		sa_drop(kd, sa, roomy, KLIPS_DROP_SEQ_OVERFLOW);
		return;
	}
	if (!klips_sa_get(sa)) {
		sa_drop(kd, sa, roomy, KLIPS_DROP_SA_STATE);
		return;
	}
	klips_stat_tx(kd, roomy->len);
	skb_scrub_packet(roomy, !net_eq(dev_net(kd->dev), kd->kn->net));
	pass = klips_pass(roomy);
	dev_hold(kd->dev);
	*pass = (struct klips_pass) {
		.sa = sa, .kd = kd, .len = roomy->len,
		.inner_proto = proto, .tos = tos, .seq = seq,
	};
	sa->transform->output(roomy);
}

/* Takes the packet off its references, sends it and counts what became of it. */
static void xmit_send(struct klips_dev *kd, struct klips_sa *sa,
		      struct sk_buff *skb)
{
	struct klips_pass pass = *klips_pass(skb);
	struct dst_entry *dst;
	enum klips_drop why;
	int err;

	why = klips_outer_route(sa, kd, &dst);
	if (why != KLIPS_OK) {
		atomic_long_inc(&sa->drops[why]);
		klips_stat_tx_drop(kd, why);
		kfree_skb(skb);
		return;
	}
	klips_outer_push(skb, sa, pass.tos, dst);
	skb_dst_set(skb, dst);
	skb->ip_summed = CHECKSUM_NONE;
	skb->mark = kd->fwmark;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	/* So that nothing on the way asks XFRM's policies again. */
	IPCB(skb)->flags |= IPSKB_XFRM_TRANSFORMED;
	klips_sa_used(sa, pass.len);
	err = ip_local_out(kd->kn->net, NULL, skb);
	if (unlikely(net_xmit_eval(err))) {
		atomic_long_inc(&sa->drops[KLIPS_DROP_SEND]);
		klips_stat_tx_drop(kd, KLIPS_DROP_SEND);
	} else {
		klips_stat_tx_transformed(kd);
	}
}

void klips_xmit_done(struct sk_buff *skb, enum klips_drop why)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	struct klips_dev *kd = klips_pass(skb)->kd;

	rcu_read_lock();
	if (why == KLIPS_OK) {
		xmit_send(kd, sa, skb);
	} else {
		atomic_long_inc(&sa->drops[why]);
		klips_stat_tx_drop(kd, why);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	klips_sa_put(sa);
	dev_put(kd->dev);
}

/* A fragment of a packet that klips_inner_fragment() cut: device and SA as of the whole. */
static void xmit_fragment(struct sk_buff *skb, void *arg)
{
	struct klips_inner_cut *cut = arg;
	struct dst_entry *dst;
	enum klips_drop why;

	why = klips_outer_route(cut->sa, cut->kd, &dst);
	if (why != KLIPS_OK) {
		sa_drop(cut->kd, cut->sa, skb, why);
		return;
	}
	xmit_transform(cut->kd, cut->sa, skb, dst);
	dst_release(dst);
}

/* Tells the sender, or cuts the packet, so that what is encrypted fits the path. */
static void xmit_too_big(struct klips_dev *kd, struct klips_sa *sa,
			 struct sk_buff *skb, unsigned int mtu)
{
	struct klips_inner_cut cut = { .kd = kd, .sa = sa };
	unsigned int len = skb->len;
	enum klips_drop why;

	why = klips_inner_too_big(skb, mtu);
	if (why != KLIPS_OK) {
		sa_drop(kd, sa, skb, why);
		return;
	}
	why = klips_inner_fragment(skb, mtu, xmit_fragment, &cut);
	if (why == KLIPS_OK)
		return;
	/* What was not handed over counts as one packet. */
	atomic_long_inc(&sa->drops[why]);
	klips_stat_tx(kd, len);
	klips_stat_tx_drop(kd, why);
}

static void xmit_sa(struct klips_dev *kd, struct sk_buff *skb,
		    const struct klips_eroute *er, const struct klips_flow *flow)
{
	struct klips_sa *sa = klips_sa_lookup(kd->kn, &er->said);
	struct dst_entry *dst;
	enum klips_drop why;
	unsigned int mtu;

	if (!sa) {
		xmit_drop(kd, skb, KLIPS_DROP_NO_SA);
		return;
	}
	why = klips_sa_usable(sa);
	if (why == KLIPS_OK)
		why = klips_outer_route(sa, kd, &dst);
	if (why != KLIPS_OK) {
		sa_drop(kd, sa, skb, why);
		return;
	}
	mtu = klips_outer_mtu(sa, dst);
	if (kd->effective_mtu != mtu)
		WRITE_ONCE(kd->effective_mtu, mtu);
	if (skb->len <= klips_inner_mtu(skb, mtu))
		xmit_transform(kd, sa, skb, dst);
	else
		xmit_too_big(kd, sa, skb, mtu);
	dst_release(dst);
}

static void xmit_pass(struct klips_dev *kd, struct sk_buff *skb,
		      const struct klips_eroute *er, const struct klips_flow *flow)
{
	struct net_device *lower = rcu_dereference(kd->lower);
	unsigned int len = skb->len;
	struct dst_entry *dst;
	int err;

	if (!lower) {
		xmit_drop(kd, skb, KLIPS_DROP_NO_DEVICE);
		return;
	}
	dst = klips_inner_pass_route(kd->kn->net, lower, flow, skb->mark);
	if (!dst) {
		xmit_drop(kd, skb, KLIPS_DROP_NO_ROUTE);
		return;
	}
	klips_inner_reroute(skb, dst);
	klips_stat_tx(kd, len);
	err = dst_output(kd->kn->net, skb->sk, skb);
	if (unlikely(net_xmit_eval(err)))
		klips_stat_tx_drop(kd, KLIPS_DROP_SEND);
	else
		klips_stat_tx_passed(kd);
}

static void xmit_discard(struct klips_dev *kd, struct sk_buff *skb,
			 const struct klips_eroute *er, const struct klips_flow *flow)
{
	xmit_drop(kd, skb, KLIPS_DROP_EROUTE_DROP);
}

static void xmit_reject(struct klips_dev *kd, struct sk_buff *skb,
			const struct klips_eroute *er, const struct klips_flow *flow)
{
	klips_reject(kd, skb, flow);
	xmit_drop(kd, skb, KLIPS_DROP_EROUTE_REJECT);
}

/* What each target does; an entry that is missing drops. */
static void (*const targets[__KLIPS_TARGET_MAX])(struct klips_dev *kd,
						 struct sk_buff *skb,
						 const struct klips_eroute *er,
						 const struct klips_flow *flow) = {
	[KLIPS_TARGET_SA] = xmit_sa,
	[KLIPS_TARGET_PASS] = xmit_pass,
	[KLIPS_TARGET_DROP] = xmit_discard,
	[KLIPS_TARGET_REJECT] = xmit_reject,
};

void klips_xmit(struct klips_dev *kd, struct sk_buff *skb)
{
	struct klips_eroute *er;
	struct klips_flow flow;
	enum klips_drop why;

	why = klips_flow_read(skb, &flow);
	if (why == KLIPS_OK)
		why = klips_eroute_find(kd->kn, kd->id, &flow, &er);
	if (why != KLIPS_OK) {
		xmit_drop(kd, skb, why);
		return;
	}
	klips_eroute_used(er, skb->len);
	if (likely(targets[er->target]))
		targets[er->target](kd, skb, er, &flow);
	else
		xmit_drop(kd, skb, KLIPS_DROP_UNSUPPORTED);
}

#ifdef DEBUG
#include "selftest/xmit.c"
#endif
