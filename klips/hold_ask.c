// SPDX-License-Identifier: GPL-2.0
/* What holds ask the key daemon: not all at once, not for everything, and what a no means. */
#include <linux/ktime.h>
#include <net/dst_metadata.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "hold.h"
#include "net.h"
#include "pfkey.h"

/* Longest time between two ACQUIREs of a hold, or after a refusal: 2^6 seconds. */
#define LONGEST 6U

static bool is_askable_v4(__be32 dst, const struct sk_buff *skb)
{
	if (ipv4_is_multicast(dst) || ipv4_is_lbcast(dst) || ipv4_is_zeronet(dst) ||
	    ipv4_is_linklocal_169(dst) || ipv4_is_loopback(dst))
		return false;
	return !skb_valid_dst(skb) ||
	       !(skb_rtable(skb)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST));
}

static bool is_askable_v6(const union klips_addr *dst)
{
	struct in6_addr addr;

	memcpy(&addr, dst, sizeof(addr));
	return !(ipv6_addr_type(&addr) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL |
					  IPV6_ADDR_LOOPBACK)) && !ipv6_addr_any(&addr);
}

bool klips_hold_askable(const struct klips_flow *flow, const struct sk_buff *skb)
{
	return flow->family == AF_INET ? is_askable_v4(flow->dst.v4, skb) : is_askable_v6(&flow->dst);
}

/* Its turn has come. It may have ended while it waited. */
static void ask(struct klips_hold *h)
{
	bool held;

	spin_lock_bh(&h->lock);
	held = h->state == KLIPS_HOLD_HELD;
	h->asked += held;
	spin_unlock_bh(&h->lock);
	if (held)
		klips_hold_count(h->hs, klips_pfkey_acquire(h) ? KLIPS_HOLD_COUNT_ASKED :
							       KLIPS_HOLD_COUNT_UNHEARD);
}

/* The next whose turn it is, with a reference; NULL: @delay until there may be one, 0: nobody waits. */
static struct klips_hold *next_turn(struct klips_holds *hs, u64 *delay)
{
	unsigned int rate = READ_ONCE(hs->kn->hold_settings.acquire_rate);
	unsigned int burst = READ_ONCE(hs->kn->hold_settings.acquire_burst);
	u64 now = ktime_get_ns();
	struct klips_budget_item *item;
	struct klips_hold *h = NULL;

	spin_lock_bh(&hs->lock);
	item = klips_budget_next(&hs->budget, now, rate, burst);
	if (item) {
		h = container_of(item, struct klips_hold, budget);
		klips_hold_get(h);
	}
	*delay = hs->budget.waiting ? klips_budget_delay(&hs->budget, now, rate) + 1 : 0;
	spin_unlock_bh(&hs->lock);
	return h;
}

static void serve(struct klips_holds *hs)
{
	struct klips_hold *h;
	u64 delay;

	while ((h = next_turn(hs, &delay))) {
		ask(h);
		klips_hold_put(h);
	}
	if (delay)
		klips_hold_later(&hs->turns, nsecs_to_jiffies(delay) + 1);
}

void klips_hold_turns(struct work_struct *work)
{
	serve(container_of(to_delayed_work(work), struct klips_holds, turns));
}

void klips_hold_ask(struct klips_hold *h)
{
	struct klips_holds *hs = h->hs;

	spin_lock_bh(&hs->lock);
	/* It is in no budget any more once it has ended. */
	if (h->budget.source)
		klips_budget_wait(&hs->budget, &h->budget);
	spin_unlock_bh(&hs->lock);
	serve(hs);
}

unsigned int klips_hold_again(const struct klips_hold *h)
{
	return 1 << min(h->asked ? h->asked - 1 : 0, LONGEST);
}

/* The time until it may ask again doubles with each refusal in a row. */
static bool refuse(struct klips_hold *h, u32 seq, struct sk_buff_head *out)
{
	bool mine;

	spin_lock_bh(&h->lock);
	mine = h->state == KLIPS_HOLD_HELD && klips_hold_asks(h) && h->seq == seq;
	if (mine) {
		h->state = KLIPS_HOLD_REFUSED;
		klips_hold_schedule(h, HZ << min(h->refusals, LONGEST));
		h->refusals++;
		klips_hold_queue_empty(h, out);
	}
	spin_unlock_bh(&h->lock);
	return mine;
}

int klips_hold_refuse(struct klips_net *kn, u32 seq)
{
	struct klips_holds *hs = READ_ONCE(kn->holds);
	struct sk_buff_head out;
	struct klips_hold *h;
	int err = -ESRCH;

	if (!hs)
		return err;
	__skb_queue_head_init(&out);
	rcu_read_lock();
	list_for_each_entry_rcu(h, &hs->list, list) {
		if (READ_ONCE(h->seq) != seq || !refuse(h, seq, &out))
			continue;
		klips_hold_count(hs, KLIPS_HOLD_COUNT_REFUSED);
		klips_hold_drop_all(h->kd, &out, KLIPS_DROP_REFUSED);
		err = 0;
		break;
	}
	rcu_read_unlock();
	return err;
}
