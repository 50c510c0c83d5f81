// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes: soft ones make an SA dying, hard ones end it; each is told once
 * (RFC 2367 2.3.3, 3.1.8). One delayed work per SA looks at all of its limits
 * and sleeps until the next one of time; counters call it when they run over.
 */
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "events.h"
#include "life.h"
#include "net.h"
#include "pfkey.h"
#include "sa.h"

#define LARVAL_SECONDS 60		/* what GETSPI made and nobody filled */

static void read_usage(const struct klips_sa *sa, struct klips_usage *u)
{
	klips_counter_sum(sa->stats, &u->packets, &u->bytes);
	u->now = ktime_get_seconds();
	u->added = sa->added;
	u->used_first = READ_ONCE(sa->used_first);
}

static bool is_over(const struct klips_sa *sa, const struct klips_usage *u)
{
	return (u64)atomic64_read(&sa->seq_out) == sa->seq_last ||
	       klips_limits_over(&sa->hard, u);
}

static void tell_expired(struct klips_sa *sa, bool hard)
{
	klips_event_sa_expire(sa, hard);
	klips_pfkey_expire(sa, hard);
}

static void life_work(struct work_struct *work)
{
	struct klips_sa *sa = container_of(to_delayed_work(work),
					   struct klips_sa, life);
	struct klips_net *kn = sa->kn;
	struct klips_usage usage;
	u64 next;

	mutex_lock(&kn->lock);
	if (sa->state == KLIPS_SA_DEAD || klips_sa_lookup(kn, &sa->said) != sa)
		goto out;
	if (sa->state == KLIPS_SA_LARVAL) {
		klips_sa_delete(kn, &sa->said);
		goto out;
	}
	read_usage(sa, &usage);
	/* First, so that it is told where a burst went over both. */
	if (sa->state == KLIPS_SA_MATURE && klips_limits_over(&sa->soft, &usage)) {
		WRITE_ONCE(sa->state, KLIPS_SA_DYING);
		tell_expired(sa, false);
	}
	if (is_over(sa, &usage)) {
		tell_expired(sa, true);
		klips_sa_delete(kn, &sa->said);
		goto out;
	}
	next = klips_limits_next(&sa->soft, &sa->hard, &usage);
	if (next != KLIPS_LIMITS_NEVER)
		klips_sa_queue(sa, &sa->life, min_t(u64, next, LONG_MAX / HZ) * HZ);
out:
	mutex_unlock(&kn->lock);
	klips_sa_put(sa);
}

void klips_life_init(struct klips_sa *sa)
{
	INIT_DELAYED_WORK(&sa->life, life_work);
}

void klips_life_start(struct klips_sa *sa)
{
	if (sa->state == KLIPS_SA_LARVAL)
		klips_sa_queue(sa, &sa->life, LARVAL_SECONDS * HZ);
	else if (klips_limits_any(&sa->soft) || klips_limits_any(&sa->hard))
		klips_sa_queue(sa, &sa->life, 0);
}

void klips_life_stop(struct klips_sa *sa)
{
	if (cancel_delayed_work(&sa->life))
		klips_sa_put(sa);
}

void klips_life_used(struct klips_sa *sa)
{
	if (sa->soft.usetime || sa->hard.usetime)
		klips_sa_queue(sa, &sa->life, 0);
}

void klips_life_exhausted(struct klips_sa *sa)
{
	klips_sa_queue(sa, &sa->life, 0);
}

bool klips_life_allows(struct klips_sa *sa)
{
	u64 packets, bytes;

	if (likely(!klips_limits_counted(&sa->soft) && !klips_limits_counted(&sa->hard)))
		return true;
	klips_counter_sum(sa->stats, &packets, &bytes);
	if (klips_limits_counts_over(&sa->hard, bytes, packets)) {
		klips_sa_queue(sa, &sa->life, 0);
		return false;
	}
	if (sa->state == KLIPS_SA_MATURE &&
	    klips_limits_counts_over(&sa->soft, bytes, packets))
		klips_sa_queue(sa, &sa->life, 0);
	return true;
}
