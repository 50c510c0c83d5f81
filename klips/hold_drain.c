// SPDX-License-Identifier: GPL-2.0
/*
 * Holds let go. Whoever changes an eroute marks those whose packets it may be about; their work sends
 * what they hold, one packet after the other, each by the eroute that it meets now. A packet that comes
 * meanwhile goes to the end of the queue, so none overtakes another.
 */
#include "device.h"
#include "drop.h"
#include "hold.h"
#include "net.h"
#include "xmit.h"

/* h->lock held. */
void klips_hold_release(struct klips_hold *h)
{
	if (h->state == KLIPS_HOLD_DRAINING || h->state == KLIPS_HOLD_DEAD)
		return;
	h->state = KLIPS_HOLD_DRAINING;
	if (klips_hold_is_subnet(h))
		atomic_inc(&h->hs->draining_subnets);
	atomic_inc(&h->hs->draining);
	klips_hold_schedule(h, 0);
}

/* Those in @keep still meet what holds them: they wait on, in front of what came meanwhile. h->lock held. */
static void drain_stop(struct klips_hold *h, struct sk_buff_head *keep)
{
	struct sk_buff_head newer;
	struct sk_buff *skb;

	__skb_queue_head_init(&newer);
	klips_hold_queue_empty(h, &newer);
	while ((skb = __skb_dequeue(keep)))
		klips_hold_queue_add(h, skb);
	while ((skb = __skb_dequeue(&newer)))
		klips_hold_queue_add(h, skb);
	h->state = KLIPS_HOLD_HELD;
	if (klips_hold_is_subnet(h))
		atomic_dec(&h->hs->draining_subnets);
	atomic_dec(&h->hs->draining);
	h->asked = 0;
	klips_hold_schedule(h, HZ);
}

/* Sends one; it goes to @keep where it would come back. */
static void drain_one(struct klips_hold *h, struct sk_buff *skb, struct sk_buff_head *keep)
{
	local_bh_disable();
	rcu_read_lock();
	if (klips_xmit_held(h, skb, klips_hold_largest(skb)))
		klips_hold_count(h->hs, KLIPS_HOLD_COUNT_RELEASED);
	else
		__skb_queue_tail(keep, skb);
	rcu_read_unlock();
	local_bh_enable();
}

/* One packet after the other, until there is none: then the hold is over, or waits on. */
void klips_hold_drain(struct klips_hold *h)
{
	struct sk_buff_head keep;
	struct sk_buff *skb;
	bool died = false;

	__skb_queue_head_init(&keep);
	for (;;) {
		spin_lock_bh(&h->lock);
		if (h->state != KLIPS_HOLD_DRAINING)
			break;
		skb = klips_hold_queue_first(h);
		if (!skb) {
			if (skb_queue_empty(&keep))
				died = klips_hold_die(h);
			else
				drain_stop(h, &keep);
			break;
		}
		spin_unlock_bh(&h->lock);
		drain_one(h, skb, &keep);
		cond_resched();
	}
	spin_unlock_bh(&h->lock);
	/* It was ended meanwhile. */
	klips_hold_drop_all(h->kd, &keep, KLIPS_DROP_DEVICE_DOWN);
	if (died)
		klips_hold_forget(h);
}

bool klips_hold_draining(const struct klips_net *kn)
{
	const struct klips_holds *hs = READ_ONCE(kn->holds);

	return hs && atomic_read(&hs->draining);
}

/* Its state is looked at under its lock: false where it does not drain (any more). */
static bool join(struct klips_hold *h, struct sk_buff *skb, const struct klips_flow *flow)
{
	struct sk_buff_head out;
	bool joined;

	__skb_queue_head_init(&out);
	spin_lock_bh(&h->lock);
	joined = h->state == KLIPS_HOLD_DRAINING;
	if (joined) {
		h->met++;
		joined = klips_hold_queue_take(h, skb, flow, &out) == KLIPS_OK;
	}
	spin_unlock_bh(&h->lock);
	klips_hold_drop_all(h->kd, &out, KLIPS_DROP_HOLD_FULL);
	return joined;
}

static bool join_subnet(struct klips_holds *hs, u32 device, struct sk_buff *skb,
			const struct klips_flow *flow)
{
	struct klips_hold *h;

	if (!atomic_read(&hs->draining_subnets))
		return false;
	list_for_each_entry_rcu(h, &hs->subnets, subnet)
		if (klips_selector_match(&h->sel, device, flow) && join(h, skb, flow))
			return true;
	return false;
}

bool klips_hold_join(struct klips_dev *kd, struct sk_buff *skb, const struct klips_flow *flow)
{
	struct klips_holds *hs = READ_ONCE(kd->kn->holds);
	struct klips_selector key;
	struct klips_hold *h;
	int grain;

	for (grain = 0; grain < 3; grain++) {
		klips_hold_pair_key(&key, kd->id, flow, grain > 0, grain > 1);
		h = klips_hold_find(hs, &key);
		if (h && join(h, skb, flow))
			return true;
	}
	return join_subnet(hs, kd->id, skb, flow);
}

static bool overlap(const struct klips_selector *a, const struct klips_selector *b)
{
	return a->family == b->family &&
	       (!a->device || !b->device || a->device == b->device) &&
	       (!a->proto || !b->proto || a->proto == b->proto) &&
	       !((a->sport ^ b->sport) & a->sport_mask & b->sport_mask) &&
	       !((a->dport ^ b->dport) & a->dport_mask & b->dport_mask) &&
	       klips_addr_prefix_equal(&a->src, &b->src, min(a->src_plen, b->src_plen)) &&
	       klips_addr_prefix_equal(&a->dst, &b->dst, min(a->dst_plen, b->dst_plen));
}

void klips_hold_changed(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_holds *hs = kn->holds;
	struct klips_hold *h;

	lockdep_assert_held(&kn->lock);
	if (!hs)
		return;
	/* See look_again(). */
	smp_mb();
	rcu_read_lock();
	list_for_each_entry_rcu(h, &hs->list, list) {
		if (sel && !overlap(sel, &h->sel))
			continue;
		spin_lock_bh(&h->lock);
		klips_hold_release(h);
		spin_unlock_bh(&h->lock);
	}
	rcu_read_unlock();
}

void klips_hold_device_end(struct klips_dev *kd)
{
	struct klips_holds *hs = READ_ONCE(kd->kn->holds);
	struct klips_hold *h;

	if (!hs)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(h, &hs->list, list)
		if (h->kd == kd)
			klips_hold_end(h, KLIPS_DROP_DEVICE_DOWN, KLIPS_HOLD_COUNT_EXPIRED);
	rcu_read_unlock();
}
