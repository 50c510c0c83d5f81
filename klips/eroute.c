// SPDX-License-Identifier: GPL-2.0
/*
 * The eroute table: tuple-space search. Selectors of one shape (the same prefix
 * lengths and masks) are told apart by one hash probe, so a lookup costs one probe for each
 * shape that exists, however many eroutes there are. Shapes are kept in the order of
 * match, so the first hit is the answer.
 */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "eroute.h"
#include "net.h"
#include "transform.h"

struct klips_shape {
	struct klips_selector sel;	/* lengths and masks only; device 0 or 1, proto 0 or 1 */
	unsigned int users;		/* eroutes of this shape, under kn->lock */
};

struct klips_shapes {
	struct rcu_head rcu;
	unsigned int count;
	bool ports[2];			/* v4, v6: some shape has ports */
	struct klips_shape shape[];
};

static const struct rhashtable_params eroute_params = {
	.key_len = sizeof(struct klips_selector),
	.key_offset = offsetof(struct klips_eroute, sel),
	.head_offset = offsetof(struct klips_eroute, node),
	.automatic_shrinking = true,
};

static struct klips_shapes *shapes_locked(struct klips_net *kn)
{
	return rcu_dereference_protected(kn->shapes, lockdep_is_held(&kn->lock));
}

static void shape_of(const struct klips_selector *sel, struct klips_selector *shape)
{
	*shape = *sel;
	memset(&shape->src, 0, sizeof(shape->src));
	memset(&shape->dst, 0, sizeof(shape->dst));
	shape->sport = 0;
	shape->dport = 0;
	shape->proto = !!sel->proto;
	shape->device = !!sel->device;
}

/* The place of @shape in @s, or the one where it belongs with *@found false. */
static unsigned int shape_find(const struct klips_shapes *s,
			       const struct klips_selector *shape, bool *found)
{
	unsigned int i;
	int d = -1;

	for (i = 0; i < s->count; i++) {
		d = klips_selector_order(shape, &s->shape[i].sel);
		if (d <= 0)
			break;
	}
	*found = i < s->count && !d;
	return i;
}

static void shapes_publish(struct klips_net *kn, struct klips_shapes *s)
{
	struct klips_shapes *old = shapes_locked(kn);
	unsigned int i;

	for (i = 0; i < s->count; i++)
		if (s->shape[i].sel.sport_mask || s->shape[i].sel.dport_mask)
			s->ports[s->shape[i].sel.family == AF_INET6] = true;
	rcu_assign_pointer(kn->shapes, s);
	kfree_rcu(old, rcu);
}

static struct klips_shapes *shapes_alloc(unsigned int count)
{
	struct klips_shapes *s;

	s = kzalloc(struct_size(s, shape, count), GFP_KERNEL_ACCOUNT);
	if (s)
		s->count = count;
	return s;
}

/* Counts one more eroute of this shape. Done before the eroute is in the hash. */
static int shape_get(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_shapes *old = shapes_locked(kn), *s;
	struct klips_selector shape;
	unsigned int at;
	bool found;

	shape_of(sel, &shape);
	at = shape_find(old, &shape, &found);
	if (found) {
		old->shape[at].users++;
		return 0;
	}
	s = shapes_alloc(old->count + 1);
	if (!s)
		return -ENOMEM;
	memcpy(s->shape, old->shape, at * sizeof(*s->shape));
	s->shape[at].sel = shape;
	s->shape[at].users = 1;
	memcpy(s->shape + at + 1, old->shape + at,
	       (old->count - at) * sizeof(*s->shape));
	shapes_publish(kn, s);
	return 0;
}

/* One eroute of this shape less. Done after the eroute left the hash. */
static void shape_put(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_shapes *old = shapes_locked(kn), *s;
	struct klips_selector shape;
	unsigned int at;
	bool found;

	shape_of(sel, &shape);
	at = shape_find(old, &shape, &found);
	if (WARN_ON_ONCE(!found) || --old->shape[at].users)
		return;
	s = shapes_alloc(old->count - 1);
	if (!s)
		return;			/* an empty shape costs a probe, nothing else */
	memcpy(s->shape, old->shape, at * sizeof(*s->shape));
	memcpy(s->shape + at, old->shape + at + 1,
	       (s->count - at) * sizeof(*s->shape));
	shapes_publish(kn, s);
}

static void eroute_free_rcu(struct rcu_head *rcu)
{
	struct klips_eroute *er = container_of(rcu, struct klips_eroute, rcu);

	free_percpu(er->stats);
	kfree(er);
}

static struct klips_eroute *eroute_alloc(const struct klips_selector *sel,
					 enum klips_target target,
					 const struct klips_said *said)
{
	struct klips_eroute *er = kzalloc(sizeof(*er), GFP_KERNEL_ACCOUNT);

	if (!er)
		return NULL;
	er->sel = *sel;
	er->target = target;
	if (target == KLIPS_TARGET_SA)
		er->said = *said;
	return er;
}

static int eroute_insert(struct klips_net *kn, struct klips_eroute *er)
{
	static const struct xa_limit ids = XA_LIMIT(1, U32_MAX);
	int err = -ENOMEM;

	er->stats = alloc_percpu_gfp(struct klips_eroute_stats, GFP_KERNEL_ACCOUNT);
	if (!er->stats)
		return -ENOMEM;
	err = shape_get(kn, &er->sel);
	if (err)
		goto err_free_stats;
	/* Only what is in the hash is shown: nobody may see an eroute that ends in an error. */
	err = xa_alloc_cyclic(&kn->eroute_ids, &er->id, NULL, ids,
			      &kn->next_eroute, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_put_shape;
	err = rhashtable_insert_fast(&kn->eroutes, &er->node, eroute_params);
	if (err)
		goto err_erase_id;
	xa_store(&kn->eroute_ids, er->id, er, GFP_KERNEL_ACCOUNT);
	return 0;

err_erase_id:
	xa_erase(&kn->eroute_ids, er->id);
err_put_shape:
	shape_put(kn, &er->sel);
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
	err = rhashtable_replace_fast(&kn->eroutes, &old->node, &er->node,
				      eroute_params);
	if (err) {
		er->stats = NULL;
		return err;
	}
	xa_store(&kn->eroute_ids, er->id, er, GFP_KERNEL_ACCOUNT);
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
		return 0;
	case KLIPS_TARGET_HOLD:
	case KLIPS_TARGET_TRAP:
	case KLIPS_TARGET_TRAPSUBNET:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

int klips_eroute_add(struct klips_net *kn, const struct klips_selector *sel,
		     enum klips_target target, const struct klips_said *said,
		     bool replace)
{
	struct klips_eroute *er, *old;
	int err;

	lockdep_assert_held(&kn->lock);
	err = klips_selector_check(sel);
	if (!err)
		err = target_check(target, said);
	if (err)
		return err;
	old = rhashtable_lookup_fast(&kn->eroutes, sel, eroute_params);
	if (old && !replace)
		return -EEXIST;
	er = eroute_alloc(sel, target, said);
	if (!er)
		return -ENOMEM;
	err = old ? eroute_replace(kn, old, er) : eroute_insert(kn, er);
	if (err)
		kfree(er);
	return err;
}

static void eroute_remove(struct klips_net *kn, struct klips_eroute *er)
{
	rhashtable_remove_fast(&kn->eroutes, &er->node, eroute_params);
	xa_erase(&kn->eroute_ids, er->id);
	shape_put(kn, &er->sel);
	call_rcu(&er->rcu, eroute_free_rcu);
}

int klips_eroute_del(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_eroute *er;

	lockdep_assert_held(&kn->lock);
	er = rhashtable_lookup_fast(&kn->eroutes, sel, eroute_params);
	if (!er)
		return -ENOENT;
	eroute_remove(kn, er);
	return 0;
}

void klips_eroute_flush(struct klips_net *kn, u32 device)
{
	struct klips_eroute *er;
	unsigned long id;

	lockdep_assert_held(&kn->lock);
	xa_for_each(&kn->eroute_ids, id, er) {
		if (!device || er->sel.device == device)
			eroute_remove(kn, er);
		cond_resched();
	}
}

struct klips_eroute *klips_eroute_lookup(struct klips_net *kn, u32 device,
					 const struct klips_flow *flow)
{
	const struct klips_shapes *s = rcu_dereference(kn->shapes);
	struct klips_selector key;
	struct klips_eroute *er;
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		if (s->shape[i].sel.family != flow->family)
			continue;
		klips_selector_key(&s->shape[i].sel, device, flow, &key);
		er = rhashtable_lookup(&kn->eroutes, &key, eroute_params);
		if (er)
			return er;
	}
	return NULL;
}

enum klips_drop klips_eroute_find(struct klips_net *kn, u32 device,
				  const struct klips_flow *flow,
				  struct klips_eroute **er)
{
	if (unlikely(flow->fragment) &&
	    rcu_dereference(kn->shapes)->ports[flow->family == AF_INET6])
		return KLIPS_DROP_FRAGMENT;
	*er = klips_eroute_lookup(kn, device, flow);
	return *er ? KLIPS_OK : KLIPS_DROP_NO_EROUTE;
}

struct klips_eroute *klips_eroute_next(struct klips_net *kn, unsigned long *id)
{
	return xa_find_after(&kn->eroute_ids, id, ULONG_MAX, XA_PRESENT);
}

void klips_eroute_count(const struct klips_eroute *er, u64 *packets, u64 *bytes)
{
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		const struct klips_eroute_stats *st = per_cpu_ptr(er->stats, cpu);
		unsigned int start;
		u64 p, b;

		do {
			start = u64_stats_fetch_begin(&st->sync);
			p = u64_stats_read(&st->packets);
			b = u64_stats_read(&st->bytes);
		} while (u64_stats_fetch_retry(&st->sync, start));
		*packets += p;
		*bytes += b;
	}
}

void klips_eroute_used(struct klips_eroute *er, unsigned int bytes)
{
	struct klips_eroute_stats *st = this_cpu_ptr(er->stats);
	time64_t now = ktime_get_seconds();

	u64_stats_update_begin(&st->sync);
	u64_stats_inc(&st->packets);
	u64_stats_add(&st->bytes, bytes);
	u64_stats_update_end(&st->sync);
	if (er->last_used != now)
		WRITE_ONCE(er->last_used, now);
}

int klips_eroute_net_init(struct klips_net *kn)
{
	struct klips_shapes *s = shapes_alloc(0);
	int err;

	if (!s)
		return -ENOMEM;
	err = rhashtable_init(&kn->eroutes, &eroute_params);
	if (err) {
		kfree(s);
		return err;
	}
	RCU_INIT_POINTER(kn->shapes, s);
	xa_init_flags(&kn->eroute_ids, XA_FLAGS_ALLOC1);
	return 0;
}

/* No packet and no socket of the namespace is left. */
void klips_eroute_net_exit(struct klips_net *kn)
{
	mutex_lock(&kn->lock);
	klips_eroute_flush(kn, 0);
	kfree_rcu(shapes_locked(kn), rcu);
	RCU_INIT_POINTER(kn->shapes, NULL);
	mutex_unlock(&kn->lock);
	rhashtable_destroy(&kn->eroutes);
	xa_destroy(&kn->eroute_ids);
}
