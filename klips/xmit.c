// SPDX-License-Identifier: GPL-2.0
/*
 * The way out: a packet routed to ipsecN meets its eroute, then what the eroute's target
 * says. Each packet has one fate, counted once: transformed, passed, held or dropped for
 * a reason.
 */
#include <linux/ipsec.h>
#include <net/ip.h>

#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "events.h"
#include "flow.h"
#include "frag.h"
#include "hold.h"
#include "inner.h"
#include "net.h"
#include "reject.h"
#include "sa.h"
#include "xmit.h"

void klips_xmit_drop(struct klips_dev *kd, const struct klips_eroute *er,
		     struct klips_sa *sa, struct sk_buff *skb, enum klips_drop why)
{
	const struct klips_drop_info info = {
		.kn = kd->kn, .kd = kd, .er = er, .sa = sa, .why = why,
	};

	klips_stat_tx(kd, skb->len);
	klips_dropped(&info, skb);
	klips_drop_free(skb, why);
}

void klips_xmit_lost(struct klips_dev *kd, const struct klips_eroute *er,
		     const struct klips_flow *flow, struct klips_sa *sa, enum klips_drop why)
{
	const struct klips_drop_info info = {
		.kn = kd->kn, .kd = kd, .er = er, .flow = flow, .sa = sa,
		.why = why, .sealed = true,
	};

	klips_dropped(&info, NULL);
}

static void xmit_pass(struct klips_dev *kd, struct sk_buff *skb,
		      struct klips_eroute *er, const struct klips_flow *flow)
{
	struct net_device *lower = rcu_dereference(kd->lower);
	unsigned int len = skb->len;
	struct dst_entry *dst;
	int err;

	if (!lower) {
		klips_xmit_drop(kd, er, NULL, skb, KLIPS_DROP_NO_DEVICE);
		return;
	}
	dst = klips_inner_pass_route(kd->kn->net, lower, flow, skb->mark);
	if (!dst) {
		klips_xmit_drop(kd, er, NULL, skb, KLIPS_DROP_NO_ROUTE);
		return;
	}
	klips_inner_reroute(skb, dst);
	if (unlikely(flow->largest))
		klips_inner_recut(skb, flow->largest);
	klips_stat_tx(kd, len);
	err = dst_output(kd->kn->net, skb->sk, skb);
	if (unlikely(net_xmit_eval(err)))
		klips_xmit_lost(kd, er, flow, NULL, KLIPS_DROP_SEND);
	else
		klips_stat_tx_passed(kd);
}

static void xmit_discard(struct klips_dev *kd, struct sk_buff *skb,
			 struct klips_eroute *er, const struct klips_flow *flow)
{
	klips_xmit_drop(kd, er, NULL, skb, KLIPS_DROP_EROUTE_DROP);
}

static void xmit_reject(struct klips_dev *kd, struct sk_buff *skb,
			struct klips_eroute *er, const struct klips_flow *flow)
{
	klips_reject(kd, skb, flow);
	klips_xmit_drop(kd, er, NULL, skb, KLIPS_DROP_EROUTE_REJECT);
}

/* What each target does; an entry that is missing drops. */
static void (*const targets[__KLIPS_TARGET_MAX])(struct klips_dev *kd,
						 struct sk_buff *skb,
						 struct klips_eroute *er,
						 const struct klips_flow *flow) = {
	[KLIPS_TARGET_SA] = klips_xmit_sa,
	[KLIPS_TARGET_PASS] = xmit_pass,
	[KLIPS_TARGET_DROP] = xmit_discard,
	[KLIPS_TARGET_REJECT] = xmit_reject,
	[KLIPS_TARGET_HOLD] = klips_hold,
	[KLIPS_TARGET_TRAP] = klips_hold,
	[KLIPS_TARGET_TRAPSUBNET] = klips_hold,
};

/* The fate of a packet that met @er. What waits in a hold counts when it is let go. */
static void xmit_target(struct klips_dev *kd, struct sk_buff *skb, struct klips_eroute *er,
			const struct klips_flow *flow)
{
	if (likely(!klips_hold_is_target(er->target)))
		klips_eroute_used(er, skb->len);
	klips_event_eroute(kd, flow, er);
	if (likely(targets[er->target]))
		targets[er->target](kd, skb, er, flow);
	else
		klips_xmit_drop(kd, er, NULL, skb, KLIPS_DROP_UNSUPPORTED);
}

/* Whether the fragment goes into transport mode, which is for whole packets. */
static bool into_transport(struct klips_net *kn, const struct klips_eroute *er)
{
	const struct klips_sa *sa;

	if (er->target != KLIPS_TARGET_SA)
		return false;
	sa = klips_sa_lookup(kn, &er->said);
	return sa && sa->mode == IPSEC_MODE_TRANSPORT;
}

/* Which eroute the packet meets; KLIPS_FRAG_WAITS: the rest of it has to be there first. */
static int xmit_find(struct klips_dev *kd, const struct klips_flow *flow, struct klips_eroute **er)
{
	enum klips_drop why = klips_eroute_find(kd->kn, kd->id, flow, er);

	if (likely(!flow->fragment) || flow->quoted || flow->largest)
		return why;
	if (why == KLIPS_DROP_FRAGMENT || (why == KLIPS_OK && into_transport(kd->kn, *er)))
		return KLIPS_FRAG_WAITS;
	return why;
}

static void xmit_packet(struct klips_dev *kd, struct sk_buff *skb, unsigned int largest);

/* What came as fragments is one packet once all of them are there. */
static void xmit_gather(struct klips_dev *kd, struct sk_buff *skb)
{
	const struct klips_frag_from from = { .kn = kd->kn, .kd = kd };
	unsigned int largest;
	int why = klips_frag_gather(&from, &skb, &largest);

	if (why == KLIPS_OK)
		xmit_packet(kd, skb, largest);
	else if (why != KLIPS_FRAG_WAITS)
		klips_xmit_drop(kd, NULL, NULL, skb, why);
}

/* What xmit_find() has found. */
static void xmit_found(struct klips_dev *kd, struct sk_buff *skb, struct klips_eroute *er,
		       const struct klips_flow *flow, int why)
{
	if (likely(why == KLIPS_OK))
		xmit_target(kd, skb, er, flow);
	else if (why == KLIPS_FRAG_WAITS)
		xmit_gather(kd, skb);
	else
		klips_xmit_drop(kd, NULL, NULL, skb, why);
}

/* @largest: as in the flow. */
static void xmit_packet(struct klips_dev *kd, struct sk_buff *skb, unsigned int largest)
{
	struct klips_eroute *er = NULL;
	struct klips_flow flow;
	int why = klips_flow_read(skb, &flow);

	flow.largest = largest;
	if (why == KLIPS_OK) {
		if (unlikely(klips_hold_draining(kd->kn)) && klips_hold_join(kd, skb, &flow))
			return;
		why = xmit_find(kd, &flow, &er);
	}
	xmit_found(kd, skb, er, &flow, why);
}

void klips_xmit(struct klips_dev *kd, struct sk_buff *skb)
{
	xmit_packet(kd, skb, 0);
}

bool klips_xmit_held(const struct klips_hold *h, struct sk_buff *skb, unsigned int largest)
{
	struct klips_dev *kd = h->kd;
	struct klips_eroute *er = NULL;
	struct klips_flow flow;
	int why = klips_flow_read(skb, &flow);

	flow.largest = largest;
	if (!(kd->dev->flags & IFF_UP))
		why = KLIPS_DROP_DEVICE_DOWN;
	if (why == KLIPS_OK)
		why = xmit_find(kd, &flow, &er);
	if (why == KLIPS_OK && klips_hold_keeps(h, er, &flow))
		return false;
	xmit_found(kd, skb, er, &flow, why);
	return true;
}
