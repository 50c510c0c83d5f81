// SPDX-License-Identifier: GPL-2.0
/*
 * Holds: made by the first packet, filled by those after it, emptied when an eroute changes.
 *
 * A packet that comes while its hold drains goes to the end of the queue, so none overtakes another.
 * The hold leaves the table, under its lock, when its queue is empty; whoever had found it before
 * sees that it is DEAD, and looks for an eroute again.
 */
#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "hold.h"
#include "net.h"
#include "pfkey.h"
#include "xmit.h"

/* Seconds that a hold which may ask again is remembered, with how often it was refused. */
#define IDLE_SECONDS 64

/* What klips_drop cannot say: the hold is DEAD, look again. */
#define HOLD_GONE (KLIPS_OK + 1)

static struct workqueue_struct *hold_wq;

static const struct rhashtable_params hold_params = {
	.key_len = sizeof(struct klips_selector),
	.key_offset = offsetof(struct klips_hold, sel),
	.head_offset = offsetof(struct klips_hold, node),
	.automatic_shrinking = true,
};

static const struct klips_hold_settings *settings(const struct klips_holds *hs)
{
	return &hs->kn->hold_settings;
}

struct klips_hold *klips_hold_find(struct klips_holds *hs, const struct klips_selector *key)
{
	return rhashtable_lookup(&hs->table, key, hold_params);
}

void klips_hold_count(struct klips_holds *hs, enum klips_hold_count count)
{
	atomic_long_inc(&hs->counts[count]);
}

static void hold_free_rcu(struct rcu_head *rcu)
{
	struct klips_hold *h = container_of(rcu, struct klips_hold, rcu);

	dev_put(h->kd->dev);
	kfree(h);
}

void klips_hold_get(struct klips_hold *h)
{
	refcount_inc(&h->refs);
}

void klips_hold_put(struct klips_hold *h)
{
	if (refcount_dec_and_test(&h->refs))
		call_rcu(&h->rcu, hold_free_rcu);
}

void klips_hold_later(struct delayed_work *work, unsigned long delay)
{
	mod_delayed_work(hold_wq, work, delay);
}

/* h->lock held, and it is not DEAD: nothing is queued after that. */
void klips_hold_schedule(struct klips_hold *h, unsigned long delay)
{
	klips_hold_get(h);
	if (mod_delayed_work(hold_wq, &h->work, delay))
		klips_hold_put(h);
}

/* One pair of hosts, and as much of protocol and ports. */
void klips_hold_pair_key(struct klips_selector *key, u32 device, const struct klips_flow *flow,
		     bool proto, bool ports)
{
	memset(key, 0, sizeof(*key));
	key->family = flow->family;
	key->src_plen = klips_addr_len(flow->family) * 8;
	key->dst_plen = key->src_plen;
	key->device = device;
	key->src = flow->src;
	key->dst = flow->dst;
	if (!proto)
		return;
	key->proto = flow->proto;
	if (!ports)
		return;
	key->sport = flow->sport;
	key->dport = flow->dport;
	key->sport_mask = htons(0xffff);
	key->dport_mask = htons(0xffff);
}

static void hold_key(struct klips_selector *key, u32 device, const struct klips_eroute *er,
		     const struct klips_flow *flow)
{
	const struct klips_selector *sel = &er->entry.sel;

	if (er->target == KLIPS_TARGET_TRAP) {
		klips_hold_pair_key(key, device, flow, sel->proto, sel->sport_mask || sel->dport_mask);
		return;
	}
	*key = *sel;
	key->device = device;
}

bool klips_hold_keeps(const struct klips_hold *h, const struct klips_eroute *er,
		      const struct klips_flow *flow)
{
	struct klips_selector key;

	if (!klips_hold_is_target(er->target))
		return false;
	hold_key(&key, h->kd->id, er, flow);
	return !memcmp(&key, &h->sel, sizeof(key));
}

/* Out of the table: new packets make a new one. h->lock held; false: it was DEAD before. */
bool klips_hold_die(struct klips_hold *h)
{
	if (h->state == KLIPS_HOLD_DEAD)
		return false;
	if (h->state == KLIPS_HOLD_DRAINING) {
		atomic_dec(&h->hs->draining);
		if (klips_hold_is_subnet(h))
			atomic_dec(&h->hs->draining_subnets);
	}
	h->state = KLIPS_HOLD_DEAD;
	rhashtable_remove_fast(&h->hs->table, &h->node, hold_params);
	if (cancel_delayed_work(&h->work))
		klips_hold_put(h);
	return true;
}

/* What is left to do for one that has just died. */
void klips_hold_forget(struct klips_hold *h)
{
	struct klips_holds *hs = h->hs;

	spin_lock_bh(&hs->lock);
	if (h->budget.source) {
		klips_budget_del(&hs->budget, &h->budget);
		list_del_rcu(&h->list);
		if (klips_hold_is_subnet(h))
			list_del_rcu(&h->subnet);
	}
	spin_unlock_bh(&hs->lock);
	klips_hold_put(h);
}

void klips_hold_end(struct klips_hold *h, enum klips_drop why, enum klips_hold_count count)
{
	struct sk_buff_head queue;
	bool died;

	__skb_queue_head_init(&queue);
	spin_lock_bh(&h->lock);
	died = klips_hold_die(h);
	klips_hold_queue_empty(h, &queue);
	spin_unlock_bh(&h->lock);
	klips_hold_drop_all(h->kd, &queue, why);
	if (!died)
		return;
	klips_hold_count(h->hs, count);
	klips_hold_forget(h);
}

/* Jiffies that are left to it; 0: its time is over. */
static unsigned long time_left(const struct klips_hold *h)
{
	u64 end = h->since + READ_ONCE(settings(h->hs)->hold_expire) * HZ, now = get_jiffies_64();

	return time_before64(now, end) ? end - now : 0;
}

/* h->lock held; true: its time is over. */
static bool hold_tick(struct klips_hold *h, bool *ask)
{
	*ask = false;
	switch (h->state) {
	case KLIPS_HOLD_HELD:
		if (!time_left(h))
			return true;
		*ask = klips_hold_asks(h);
		klips_hold_schedule(h, *ask ? klips_hold_again(h) * HZ : time_left(h));
		return false;
	case KLIPS_HOLD_REFUSED:
		h->state = KLIPS_HOLD_IDLE;
		klips_hold_schedule(h, IDLE_SECONDS * HZ);
		return false;
	case KLIPS_HOLD_IDLE:
		return true;
	default:
		return false;
	}
}

static void hold_work(struct work_struct *work)
{
	struct klips_hold *h = container_of(to_delayed_work(work), struct klips_hold, work);
	bool over, ask;

	klips_hold_drain(h);
	spin_lock_bh(&h->lock);
	over = hold_tick(h, &ask);
	spin_unlock_bh(&h->lock);
	if (over)
		klips_hold_end(h, KLIPS_DROP_HOLD_EXPIRED, KLIPS_HOLD_COUNT_EXPIRED);
	else if (ask)
		klips_hold_ask(h);
	klips_hold_put(h);
}

/* Of an ACQUIRE: 0 is none. */
static u32 next_seq(struct klips_holds *hs)
{
	return atomic_inc_return(&hs->next_seq) ?: atomic_inc_return(&hs->next_seq);
}

static struct klips_hold *hold_alloc(struct klips_dev *kd, const struct klips_selector *key,
				     const struct klips_eroute *er, const struct klips_flow *flow)
{
	struct klips_hold *h = kzalloc(sizeof(*h), GFP_ATOMIC);

	if (!h)
		return NULL;
	h->sel = *key;
	h->hs = READ_ONCE(kd->kn->holds);
	h->kd = kd;
	h->target = er->target;
	h->parent = er->entry.sel;
	h->flow = *flow;
	h->state = KLIPS_HOLD_HELD;
	h->since = get_jiffies_64();
	h->seq = next_seq(h->hs);
	refcount_set(&h->refs, 1);
	spin_lock_init(&h->lock);
	__skb_queue_head_init(&h->queue);
	INIT_DELAYED_WORK(&h->work, hold_work);
	dev_hold(kd->dev);
	return h;
}

/* Into list and budget: KLIPS_OK, or there is no room. *@victim, with a reference, makes some. */
static enum klips_drop hold_admit(struct klips_hold *h, struct klips_hold **victim)
{
	struct klips_holds *hs = h->hs;
	unsigned int max = READ_ONCE(settings(hs)->holds_max);
	struct klips_budget_item *item = NULL;
	int err;

	spin_lock_bh(&hs->lock);
	err = klips_budget_add(&hs->budget, &h->budget, h->flow.family, &h->flow.src, max);
	if (!err) {
		h->id = ++hs->next_id;
		list_add_tail_rcu(&h->list, &hs->list);
		if (klips_hold_is_subnet(h))
			list_add_tail_rcu(&h->subnet, &hs->subnets);
		if (hs->budget.holds > max)
			item = klips_budget_victim(&hs->budget);
	}
	if (item) {
		*victim = container_of(item, struct klips_hold, budget);
		klips_hold_get(*victim);
	}
	spin_unlock_bh(&hs->lock);
	if (!err)
		return KLIPS_OK;
	return err == -ENOSPC ? KLIPS_DROP_HOLD_LIMIT : KLIPS_DROP_NO_MEMORY;
}

static void evict(struct klips_hold *victim)
{
	klips_hold_end(victim, KLIPS_DROP_HOLD_LIMIT, KLIPS_HOLD_COUNT_EVICTED);
	klips_hold_put(victim);
}

/*
 * An eroute may have come between the look at the table of eroutes and the one at that of holds. Whoever
 * changes an eroute looks through the list after it; one of the two sees the other.
 */
static void look_again(struct klips_hold *h, const struct klips_eroute *er)
{
	struct klips_eroute *now;

	smp_mb();
	if (klips_eroute_find(h->kd->kn, h->kd->id, &h->flow, &now) == KLIPS_OK && now == er)
		return;
	spin_lock_bh(&h->lock);
	klips_hold_release(h);
	spin_unlock_bh(&h->lock);
}

static enum klips_drop may_make(struct klips_dev *kd, const struct sk_buff *skb,
				const struct klips_eroute *er, const struct klips_flow *flow)
{
	if (!(kd->dev->flags & IFF_UP))
		return KLIPS_DROP_DEVICE_DOWN;
	if (er->target == KLIPS_TARGET_HOLD)
		return KLIPS_OK;
	if (!klips_hold_askable(flow, skb))
		return KLIPS_DROP_NOT_ASKED;
	return klips_pfkey_listens(kd->kn) ? KLIPS_OK : KLIPS_DROP_NO_DAEMON;
}

/* Puts @h into the table, or finds the one that another CPU has put there; *@why where there is none. */
static struct klips_hold *hold_insert(struct klips_hold *h, const struct klips_eroute *er,
				      enum klips_drop *why)
{
	struct klips_hold *old, *victim = NULL;

	old = rhashtable_lookup_get_insert_fast(&h->hs->table, &h->node, hold_params);
	if (old) {
		klips_hold_put(h);
		*why = KLIPS_DROP_NO_MEMORY;
		return IS_ERR(old) ? NULL : old;
	}
	*why = hold_admit(h, &victim);
	if (victim)
		evict(victim);
	if (*why != KLIPS_OK) {
		klips_hold_end(h, *why, KLIPS_HOLD_COUNT_EVICTED);
		return NULL;
	}
	klips_hold_count(h->hs, KLIPS_HOLD_COUNT_MADE);
	spin_lock_bh(&h->lock);
	if (h->state == KLIPS_HOLD_HELD)
		klips_hold_schedule(h, HZ);
	spin_unlock_bh(&h->lock);
	if (klips_hold_asks(h))
		klips_hold_ask(h);
	look_again(h, er);
	return h;
}

static struct klips_hold *hold_make(struct klips_dev *kd, const struct klips_selector *key,
				    const struct sk_buff *skb, const struct klips_eroute *er,
				    const struct klips_flow *flow, enum klips_drop *why)
{
	struct klips_hold *h;

	*why = may_make(kd, skb, er, flow);
	if (*why != KLIPS_OK)
		return NULL;
	h = hold_alloc(kd, key, er, flow);
	if (h)
		return hold_insert(h, er, why);
	*why = KLIPS_DROP_NO_MEMORY;
	return NULL;
}

/* Over the limit of the namespace a hold of whoever has most goes, if that is not @h's own source. */
static bool make_room(struct klips_hold *h, unsigned int bytes)
{
	struct klips_holds *hs = h->hs;
	long max = READ_ONCE(settings(hs)->holds_bytes_max);
	struct klips_budget_item *item;
	struct klips_hold *victim = NULL;

	if (likely(atomic_long_read(&hs->bytes) + bytes <= max))
		return true;
	spin_lock_bh(&hs->lock);
	item = klips_budget_victim(&hs->budget);
	if (item && item->source != h->budget.source) {
		victim = container_of(item, struct klips_hold, budget);
		klips_hold_get(victim);
	}
	spin_unlock_bh(&hs->lock);
	if (!victim)
		return false;
	evict(victim);
	return atomic_long_read(&hs->bytes) + bytes <= max;
}

/* h->lock held. */
static int hold_take(struct klips_hold *h, struct sk_buff *skb, const struct klips_flow *flow,
		     struct sk_buff_head *out, bool *ask)
{
	if (h->state == KLIPS_HOLD_DEAD)
		return HOLD_GONE;
	h->met++;
	if (h->state == KLIPS_HOLD_REFUSED)
		return KLIPS_DROP_REFUSED;
	if (h->state == KLIPS_HOLD_IDLE) {
		*ask = true;
		h->state = KLIPS_HOLD_HELD;
		h->since = get_jiffies_64();
		h->asked = 0;
		h->seq = next_seq(h->hs);
		klips_hold_schedule(h, HZ);
	}
	return klips_hold_queue_take(h, skb, flow, out);
}

static int hold_packet(struct klips_hold *h, struct sk_buff *skb, const struct klips_flow *flow)
{
	struct sk_buff_head out;
	bool ask = false;
	int why;

	if (!make_room(h, skb->truesize))
		return KLIPS_DROP_HOLD_LIMIT;
	__skb_queue_head_init(&out);
	spin_lock_bh(&h->lock);
	why = hold_take(h, skb, flow, &out, &ask);
	spin_unlock_bh(&h->lock);
	klips_hold_drop_all(h->kd, &out, KLIPS_DROP_HOLD_FULL);
	if (ask)
		klips_hold_ask(h);
	return why;
}

void klips_hold(struct klips_dev *kd, struct sk_buff *skb, struct klips_eroute *er,
		const struct klips_flow *flow)
{
	struct klips_holds *hs = READ_ONCE(kd->kn->holds);
	enum klips_drop none = KLIPS_OK;
	unsigned int len = skb->len;
	struct klips_selector key;
	struct klips_hold *h;
	int why;

	hold_key(&key, kd->id, er, flow);
	h = klips_hold_find(hs, &key);
	/* What meets a child of the trap does not meet the trap. */
	if (!h || er->target != KLIPS_TARGET_TRAP)
		klips_eroute_used(er, len);
	if (!h)
		h = hold_make(kd, &key, skb, er, flow, &none);
	why = h ? hold_packet(h, skb, flow) : none;
	if (why == HOLD_GONE)
		klips_xmit(kd, skb);
	else if (why != KLIPS_OK)
		klips_xmit_drop(kd, NULL, NULL, skb, why);
}

int klips_hold_start(struct klips_net *kn)
{
	struct klips_holds *hs;
	int err;

	lockdep_assert_held(&kn->lock);
	if (kn->holds)
		return 0;
	hs = kzalloc(sizeof(*hs), GFP_KERNEL_ACCOUNT);
	if (!hs)
		return -ENOMEM;
	err = rhashtable_init(&hs->table, &hold_params);
	if (err) {
		kfree(hs);
		return err;
	}
	hs->kn = kn;
	spin_lock_init(&hs->lock);
	INIT_LIST_HEAD(&hs->list);
	INIT_LIST_HEAD(&hs->subnets);
	klips_budget_init(&hs->budget, get_random_u32());
	INIT_DELAYED_WORK(&hs->turns, klips_hold_turns);
	/* Packets see it behind the first eroute that needs it. */
	smp_store_release(&kn->holds, hs);
	return 0;
}

/* The devices are gone, and their holds with them; a turn may still be due. */
void klips_hold_net_exit(struct klips_net *kn)
{
	struct klips_holds *hs = kn->holds;

	if (!hs)
		return;
	cancel_delayed_work_sync(&hs->turns);
	rhashtable_destroy(&hs->table);
	kfree(hs);
}

int klips_hold_init(void)
{
	hold_wq = alloc_workqueue("klips_hold", WQ_UNBOUND, 0);
	return hold_wq ? 0 : -ENOMEM;
}

/* Holds hold their device, so none is left, but what frees the last of them may still run. */
void klips_hold_exit(void)
{
	destroy_workqueue(hold_wq);
	rcu_barrier();
}
