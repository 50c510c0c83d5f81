// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes: soft ones make an SA dying, hard ones end it; each is told once
 * (RFC 2367 2.3.3, 3.1.8). One delayed work per SA looks at all of its limits
 * and sleeps until the next one of time; counters call it when they run over.
 */
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "life.h"
#include "net.h"
#include "pfkey.h"
#include "sa.h"

#define LARVAL_SECONDS 60		/* what GETSPI made and nobody filled */

static struct workqueue_struct *life_wq;

static bool limits_any(const struct klips_limits *l)
{
	return l->bytes || l->packets || l->addtime || l->usetime;
}

static bool over(u64 value, u64 limit)
{
	return limit && value >= limit;
}

static bool limits_over(const struct klips_sa *sa, const struct klips_limits *l)
{
	time64_t now = ktime_get_seconds();
	u64 packets, bytes;

	if (!limits_any(l))
		return false;
	klips_sa_count(sa, &packets, &bytes);
	return over(bytes, l->bytes) || over(packets, l->packets) ||
	       over(now - sa->added, l->addtime) ||
	       (sa->used_first && over(now - sa->used_first, l->usetime));
}

static bool is_over(const struct klips_sa *sa)
{
	return (u64)atomic64_read(&sa->seq_out) == sa->seq_last ||
	       limits_over(sa, &sa->hard);
}

/* Seconds until @limit seconds after @since, at most *@next. */
static void earlier(time64_t since, u64 limit, u64 *next)
{
	time64_t passed = ktime_get_seconds() - since;

	if (since && limit && limit > passed)
		*next = min_t(u64, *next, limit - passed);
}

static u64 next_event(const struct klips_sa *sa)
{
	u64 next = U64_MAX;

	earlier(sa->added, sa->soft.addtime, &next);
	earlier(sa->added, sa->hard.addtime, &next);
	earlier(sa->used_first, sa->soft.usetime, &next);
	earlier(sa->used_first, sa->hard.usetime, &next);
	return next;
}

/* The queued work owns a reference, taken here where it was not queued already. */
static void life_queue(struct klips_sa *sa, unsigned long delay)
{
	if (!klips_sa_get(sa))
		return;
	if (mod_delayed_work(life_wq, &sa->life, delay))
		klips_sa_put(sa);
}

static void life_work(struct work_struct *work)
{
	struct klips_sa *sa = container_of(to_delayed_work(work),
					   struct klips_sa, life);
	struct klips_net *kn = sa->kn;
	u64 next;

	mutex_lock(&kn->lock);
	if (sa->state == KLIPS_SA_DEAD || klips_sa_lookup(kn, &sa->said) != sa)
		goto out;
	if (sa->state == KLIPS_SA_LARVAL) {
		klips_sa_delete(kn, &sa->said);
		goto out;
	}
	/* First, so that it is told where a burst went over both. */
	if (sa->state == KLIPS_SA_MATURE && limits_over(sa, &sa->soft)) {
		WRITE_ONCE(sa->state, KLIPS_SA_DYING);
		klips_pfkey_expire(sa, false);
	}
	if (is_over(sa)) {
		klips_pfkey_expire(sa, true);
		klips_sa_delete(kn, &sa->said);
		goto out;
	}
	next = next_event(sa);
	if (next != U64_MAX)
		life_queue(sa, min_t(u64, next, LONG_MAX / HZ) * HZ);
out:
	mutex_unlock(&kn->lock);
	klips_sa_put(sa);
}

void klips_life_setup(struct workqueue_struct *wq)
{
	life_wq = wq;
}

void klips_life_init(struct klips_sa *sa)
{
	INIT_DELAYED_WORK(&sa->life, life_work);
}

void klips_life_start(struct klips_sa *sa)
{
	if (sa->state == KLIPS_SA_LARVAL)
		life_queue(sa, LARVAL_SECONDS * HZ);
	else if (limits_any(&sa->soft) || limits_any(&sa->hard))
		life_queue(sa, 0);
}

void klips_life_stop(struct klips_sa *sa)
{
	if (cancel_delayed_work(&sa->life))
		klips_sa_put(sa);
}

void klips_life_used(struct klips_sa *sa)
{
	if (sa->soft.usetime || sa->hard.usetime)
		life_queue(sa, 0);
}

void klips_life_exhausted(struct klips_sa *sa)
{
	life_queue(sa, 0);
}

bool klips_life_allows(struct klips_sa *sa)
{
	u64 packets, bytes;

	if (likely(!(sa->soft.bytes | sa->soft.packets |
		     sa->hard.bytes | sa->hard.packets)))
		return true;
	klips_sa_count(sa, &packets, &bytes);
	if (over(bytes, sa->hard.bytes) || over(packets, sa->hard.packets)) {
		life_queue(sa, 0);
		return false;
	}
	if (sa->state == KLIPS_SA_MATURE &&
	    (over(bytes, sa->soft.bytes) || over(packets, sa->soft.packets)))
		life_queue(sa, 0);
	return true;
}
