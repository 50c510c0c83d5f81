// SPDX-License-Identifier: GPL-2.0
/* Holds for eyes: dumps walk the list, and look at each for a moment. */
#include "device.h"
#include "eroute.h"
#include "hold.h"
#include "net.h"

#define COUNT_NAME(_sym, _name) [KLIPS_HOLD_COUNT_##_sym] = _name,
static const char *const count_names[] = { KLIPS_HOLD_COUNTS(COUNT_NAME) };

static const char *const state_names[] = {
	[KLIPS_HOLD_HELD] = "held",
	[KLIPS_HOLD_DRAINING] = "draining",
	[KLIPS_HOLD_REFUSED] = "refused",
	[KLIPS_HOLD_IDLE] = "idle",
	[KLIPS_HOLD_DEAD] = "dead",
};

const char *klips_hold_count_name(enum klips_hold_count count)
{
	return count_names[count];
}

const char *klips_hold_state_name(enum klips_hold_state state)
{
	return state_names[state];
}

bool klips_hold_under(struct klips_net *kn, const struct klips_eroute *er)
{
	struct klips_holds *hs = READ_ONCE(kn->holds);
	struct klips_selector key = er->entry.sel;
	struct klips_dev *kd;

	if (!hs || er->target != KLIPS_TARGET_TRAPSUBNET)
		return false;
	list_for_each_entry_rcu(kd, &kn->devices, list) {
		key.device = kd->id;
		if (klips_hold_find(hs, &key))
			return true;
	}
	return false;
}

struct klips_hold *klips_hold_next(struct klips_net *kn, u64 id)
{
	struct klips_holds *hs = READ_ONCE(kn->holds);
	struct klips_hold *h;

	if (!hs)
		return NULL;
	list_for_each_entry_rcu(h, &hs->list, list)
		if (h->id > id)
			return h;
	return NULL;
}

bool klips_hold_is_eroute(const struct klips_hold *h)
{
	enum klips_hold_state state = READ_ONCE(h->state);

	return !klips_hold_is_subnet(h) &&
	       (state == KLIPS_HOLD_HELD || state == KLIPS_HOLD_DRAINING);
}

void klips_hold_look(struct klips_hold *h, struct klips_hold_view *view)
{
	spin_lock_bh(&h->lock);
	view->state = h->state;
	view->packets = skb_queue_len(&h->queue);
	view->bytes = h->bytes;
	view->met = h->met;
	view->seq = h->seq;
	view->asked = h->asked;
	view->age_ms = jiffies64_to_msecs(get_jiffies_64() - h->since);
	spin_unlock_bh(&h->lock);
}

void klips_hold_sum(struct klips_net *kn, struct klips_hold_sums *sums)
{
	struct klips_holds *hs = READ_ONCE(kn->holds);
	int i;

	memset(sums, 0, sizeof(*sums));
	if (!hs)
		return;
	spin_lock_bh(&hs->lock);
	sums->holds = hs->budget.holds;
	sums->sources = hs->budget.sources;
	sums->waiting = hs->budget.waiting;
	spin_unlock_bh(&hs->lock);
	sums->bytes = atomic_long_read(&hs->bytes);
	for (i = 0; i < __KLIPS_HOLD_COUNT_MAX; i++)
		sums->counts[i] = atomic_long_read(&hs->counts[i]);
}
