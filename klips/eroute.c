// SPDX-License-Identifier: GPL-2.0
/*
 * The eroute table: entries of a classifier with a target, counters and an id, by which dumps
 * go through them.
 */
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <klips/pfkey.h>

#include "eroute.h"
#include "events.h"
#include "net.h"
#include "transform.h"

/* A lookup at this many shapes costs what the README says; what peers narrow to adds to them. */
static unsigned int max_shapes = 1024;
module_param(max_shapes, uint, 0644);
MODULE_PARM_DESC(max_shapes,
		 "Kinds of selector (prefix lengths, protocol, port masks) in a network namespace (default: 1024)");

static unsigned int max_eroutes = 262144;
module_param(max_eroutes, uint, 0644);
MODULE_PARM_DESC(max_eroutes, "Eroutes in a network namespace (default: 262144)");

static struct klips_eroute *eroute_of(struct klips_entry *e)
{
	return e ? container_of(e, struct klips_eroute, entry) : NULL;
}

static void eroute_free_rcu(struct rcu_head *rcu)
{
	struct klips_eroute *er = container_of(rcu, struct klips_eroute, rcu);

	free_percpu(er->stats);
	kfree(er);
}

static struct klips_eroute *eroute_alloc(const struct klips_selector *sel,
					 enum klips_target target,
					 const struct klips_said *said, bool soft)
{
	struct klips_eroute *er = kzalloc(sizeof(*er), GFP_KERNEL_ACCOUNT);

	if (!er)
		return NULL;
	er->entry.sel = *sel;
	er->target = target;
	er->soft = soft;
	if (target == KLIPS_TARGET_SA)
		er->said = *said;
	return er;
}

/* -ENOSPC where the namespace has all that it may have; told by /proc/net/ipsec/limits. */
static int limit_check(struct klips_net *kn)
{
	if (kn->n_eroutes < READ_ONCE(max_eroutes))
		return 0;
	kn->refused.eroutes++;
	return -ENOSPC;
}

static int classify_add(struct klips_net *kn, struct klips_entry *e)
{
	int err;

	kn->classifier.max_shapes = READ_ONCE(max_shapes);
	err = klips_classify_add(&kn->classifier, e);
	if (err == -ENOSPC)
		kn->refused.shapes++;
	return err;
}

/* Caller holds kn->lock. */
static void count_pass(struct klips_net *kn, const struct klips_eroute *er, int by)
{
	if (er->target == KLIPS_TARGET_PASS)
		WRITE_ONCE(kn->n_pass, kn->n_pass + by);
}

static int eroute_insert(struct klips_net *kn, struct klips_eroute *er)
{
	static const struct xa_limit ids = XA_LIMIT(1, U32_MAX);
	int err;

	err = limit_check(kn);
	if (err)
		return err;
	er->stats = alloc_percpu_gfp(struct klips_counter, GFP_KERNEL_ACCOUNT);
	if (!er->stats)
		return -ENOMEM;
	/* Only what packets meet is shown: nobody may see an eroute that ends in an error. */
	err = xa_alloc_cyclic(&kn->eroute_ids, &er->id, NULL, ids,
			      &kn->next_eroute, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_free_stats;
	err = classify_add(kn, &er->entry);
	if (err)
		goto err_erase_id;
	xa_store(&kn->eroute_ids, er->id, er, GFP_KERNEL_ACCOUNT);
	kn->n_eroutes++;
	return 0;

err_erase_id:
	xa_erase(&kn->eroute_ids, er->id);
err_free_stats:
	free_percpu(er->stats);
	er->stats = NULL;
	return err;
}

/*
 * Puts @er in the place of @old. It takes over the counters, to which readers of @old may
 * still add: they are freed with @er, which dies a grace period later than @old.
 */
static int eroute_replace(struct klips_net *kn, struct klips_eroute *old,
			  struct klips_eroute *er)
{
	int err;

	er->id = old->id;
	er->last_used = old->last_used;
	er->stats = old->stats;
	err = klips_classify_replace(&kn->classifier, &old->entry, &er->entry);
	if (err) {
		er->stats = NULL;
		return err;
	}
	xa_store(&kn->eroute_ids, er->id, er, GFP_KERNEL_ACCOUNT);
	count_pass(kn, old, -1);
	kfree_rcu(old, rcu);
	return 0;
}

static int target_check(enum klips_target target, const struct klips_said *said)
{
	switch (target) {
	case KLIPS_TARGET_SA:
		return said ? 0 : -EINVAL;
	case KLIPS_TARGET_PASS:
	case KLIPS_TARGET_DROP:
	case KLIPS_TARGET_REJECT:
	case KLIPS_TARGET_HOLD:
	case KLIPS_TARGET_TRAP:
	case KLIPS_TARGET_TRAPSUBNET:
		return 0;
	default:
		return -EINVAL;
	}
}

int klips_eroute_add(struct klips_net *kn, const struct klips_selector *sel,
		     enum klips_target target, const struct klips_said *said,
		     u8 flags)
{
	struct klips_eroute *er, *old;
	int err;

	lockdep_assert_held(&kn->lock);
	err = klips_selector_check(sel);
	if (!err)
		err = target_check(target, said);
	if (!err && klips_hold_is_target(target))
		err = klips_hold_start(kn);
	if (err)
		return err;
	old = eroute_of(klips_classify_get(&kn->classifier, sel));
	if (old && !(flags & KLIPS_FLOW_REPLACE))
		return -EEXIST;
	er = eroute_alloc(sel, target, said, flags & KLIPS_FLOW_SOFT);
	if (!er)
		return -ENOMEM;
	/* Before any packet can meet it: detour.c looks for what is counted. */
	count_pass(kn, er, 1);
	err = old ? eroute_replace(kn, old, er) : eroute_insert(kn, er);
	if (err) {
		count_pass(kn, er, -1);
		kfree(er);
		return err;
	}
	klips_event_eroute_change(kn, er, old ? "replaced" : "added");
	klips_hold_changed(kn, sel);
	return 0;
}

static void eroute_remove(struct klips_net *kn, struct klips_eroute *er)
{
	klips_classify_del(&kn->classifier, &er->entry);
	xa_erase(&kn->eroute_ids, er->id);
	kn->n_eroutes--;
	count_pass(kn, er, -1);
	klips_event_eroute_change(kn, er, "removed");
	call_rcu(&er->rcu, eroute_free_rcu);
}

int klips_eroute_del(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_eroute *er;

	lockdep_assert_held(&kn->lock);
	er = eroute_of(klips_classify_get(&kn->classifier, sel));
	if (!er)
		return -ENOENT;
	eroute_remove(kn, er);
	klips_hold_changed(kn, sel);
	return 0;
}

void klips_eroute_flush(struct klips_net *kn, u32 device)
{
	struct klips_eroute *er;
	unsigned long id;

	lockdep_assert_held(&kn->lock);
	xa_for_each(&kn->eroute_ids, id, er) {
		if (!device || er->entry.sel.device == device)
			eroute_remove(kn, er);
		cond_resched();
	}
	klips_hold_changed(kn, NULL);
}

enum klips_drop klips_eroute_find(struct klips_net *kn, u32 device,
				  const struct klips_flow *flow,
				  struct klips_eroute **er)
{
	struct klips_entry *e = klips_classify_find(&kn->classifier, device, flow);

	if (unlikely(klips_classify_undecided(e)))
		return KLIPS_DROP_FRAGMENT;
	*er = eroute_of(e);
	return *er ? KLIPS_OK : KLIPS_DROP_NO_EROUTE;
}

struct klips_eroute *klips_eroute_next(struct klips_net *kn, unsigned long *id)
{
	return xa_find_after(&kn->eroute_ids, id, ULONG_MAX, XA_PRESENT);
}

void klips_eroute_used(struct klips_eroute *er, unsigned int bytes)
{
	time64_t now = ktime_get_seconds();

	klips_counter_add(er->stats, bytes);
	if (er->last_used != now)
		WRITE_ONCE(er->last_used, now);
}

int klips_eroute_net_init(struct klips_net *kn)
{
	xa_init_flags(&kn->eroute_ids, XA_FLAGS_ALLOC1);
	return klips_classify_init(&kn->classifier);
}

/* No packet and no socket of the namespace is left. */
void klips_eroute_net_exit(struct klips_net *kn)
{
	mutex_lock(&kn->lock);
	klips_eroute_flush(kn, 0);
	mutex_unlock(&kn->lock);
	klips_classify_exit(&kn->classifier);
	xa_destroy(&kn->eroute_ids);
}

void klips_eroute_limits(struct klips_net *kn, struct klips_eroute_limits *limits)
{
	limits->max_eroutes = READ_ONCE(max_eroutes);
	limits->max_shapes = READ_ONCE(max_shapes);
	limits->eroutes = READ_ONCE(kn->n_eroutes);
	limits->shapes = READ_ONCE(kn->classifier.n_shapes);
}

#ifdef DEBUG
#include "selftest/eroute.c"
#endif
