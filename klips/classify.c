// SPDX-License-Identifier: GPL-2.0
/*
 * The changing side of a klips_classifier: makes what classify_find.c searches. An entry is seen
 * from one store on, until another: all that it needs is there before, and goes after.
 */
#include <linux/slab.h>

#include "classify_tables.h"

/*
 * What goes by the thousand when all is flushed goes by call_rcu(): kfree_rcu() may keep what it is given for five seconds
 * before it begins to wait.
 */

static void side_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct klips_side, rcu));
}

static void ports_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct klips_ports, rcu));
}

static void pair_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct klips_pair, rcu));
}

/* Prefix lengths. */

static void bits_store(unsigned long *bits, u8 plen, bool set)
{
	unsigned long *word = &bits[plen / BITS_PER_LONG];
	unsigned long bit = 1UL << plen % BITS_PER_LONG;

	WRITE_ONCE(*word, set ? *word | bit : *word & ~bit);
}

static int lens_get(struct klips_lens *lens, u8 plen)
{
	struct klips_len_count *count;
	unsigned int i;

	for (i = 0; i < lens->n; i++) {
		if (lens->count[i].plen == plen) {
			lens->count[i].users++;
			return 0;
		}
	}
	count = krealloc(lens->count, (lens->n + 1) * sizeof(*count), GFP_KERNEL_ACCOUNT);
	if (!count)
		return -ENOMEM;
	count[lens->n].plen = plen;
	count[lens->n].users = 1;
	lens->count = count;
	lens->n++;
	bits_store(lens->bits, plen, true);
	return 0;
}

static void lens_put(struct klips_lens *lens, u8 plen)
{
	unsigned int i;

	for (i = 0; i < lens->n && lens->count[i].plen != plen; i++)
		;
	if (i == lens->n || --lens->count[i].users)
		return;
	bits_store(lens->bits, plen, false);
	lens->count[i] = lens->count[--lens->n];
}

/* Shapes: how many ways of cutting a flow there are. Only their number matters, see max_shapes. */

struct klips_shape_key {
	__be16 sport_mask;
	__be16 dport_mask;
	u8 src_plen;
	u8 dst_plen;
	u8 family;
	u8 flags;			/* 1: names a protocol, 2: names a device */
};

struct klips_shape {
	struct rhash_head node;
	struct klips_shape_key key;
	unsigned int users;		/* entries */
};

static const struct rhashtable_params shape_params = {
	.key_len = sizeof(struct klips_shape_key),
	.key_offset = offsetof(struct klips_shape, key),
	.head_offset = offsetof(struct klips_shape, node),
	.automatic_shrinking = true,
};

static struct klips_shape_key shape_key(const struct klips_selector *sel)
{
	return (struct klips_shape_key) {
		.family = sel->family,
		.src_plen = sel->src_plen, .dst_plen = sel->dst_plen,
		.sport_mask = sel->sport_mask, .dport_mask = sel->dport_mask,
		.flags = (sel->proto ? 1 : 0) | (sel->device ? 2 : 0),
	};
}

static int shape_get(struct klips_classifier *c, const struct klips_selector *sel)
{
	struct klips_shape_key key = shape_key(sel);
	struct klips_shape *shape = rhashtable_lookup_fast(&c->shapes, &key, shape_params);
	int err;

	if (shape) {
		shape->users++;
		return 0;
	}
	if (c->n_shapes >= c->max_shapes)
		return -ENOSPC;
	shape = kzalloc(sizeof(*shape), GFP_KERNEL_ACCOUNT);
	if (!shape)
		return -ENOMEM;
	shape->key = key;
	shape->users = 1;
	err = rhashtable_insert_fast(&c->shapes, &shape->node, shape_params);
	if (err)
		kfree(shape);
	else
		c->n_shapes++;
	return err;
}

static void shape_put(struct klips_classifier *c, const struct klips_selector *sel)
{
	struct klips_shape_key key = shape_key(sel);
	struct klips_shape *shape = rhashtable_lookup_fast(&c->shapes, &key, shape_params);

	if (!shape || --shape->users)
		return;
	rhashtable_remove_fast(&c->shapes, &shape->node, shape_params);
	c->n_shapes--;
	kfree(shape);
}

/* Spaces. */

static struct klips_space *space_find(struct klips_classifier *c, u32 device)
{
	if (!device)
		return &c->any;
	return rhashtable_lookup_fast(&c->spaces, &device, space_params);
}

static void space_drop_unused(struct klips_classifier *c, struct klips_space *space)
{
	if (space == &c->any || space->users)
		return;
	rhashtable_remove_fast(&c->spaces, &space->node, space_params);
	kfree(space->src_lens[0].count);
	kfree(space->src_lens[1].count);
	kfree_rcu(space, rcu);
}

static struct klips_space *space_make(struct klips_classifier *c, u32 device)
{
	struct klips_space *space = space_find(c, device);

	if (space)
		return space;
	space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);
	if (!space)
		return NULL;
	space->device = device;
	if (!rhashtable_insert_fast(&c->spaces, &space->node, space_params))
		return space;
	kfree(space);
	return NULL;
}

/* Sides. */

static struct klips_side_key side_key(const struct klips_selector *sel, bool dst)
{
	return (struct klips_side_key) {
		.addr = dst ? sel->dst : sel->src,
		.plen = dst ? sel->dst_plen : sel->src_plen,
		.family = sel->family, .device = sel->device, .dst = dst,
	};
}

static struct klips_side *side_find(struct klips_classifier *c,
				    const struct klips_side_key *key)
{
	return rhashtable_lookup_fast(&c->sides, key, side_params);
}

static void side_drop_unused(struct klips_classifier *c, struct klips_side *side)
{
	struct klips_space *space;

	if (side->users)
		return;
	rhashtable_remove_fast(&c->sides, &side->node, side_params);
	if (!side->key.dst) {
		space = space_find(c, side->key.device);
		lens_put(klips_space_lens(space, side->key.family), side->key.plen);
		space->users--;
		space_drop_unused(c, space);
	}
	kfree(side->lens.count);
	call_rcu(&side->rcu, side_free_rcu);
}

/* A new source prefix is one more of its length in its space. */
static int side_announce(struct klips_classifier *c, const struct klips_side_key *key)
{
	struct klips_space *space = space_make(c, key->device);

	if (!space)
		return -ENOMEM;
	if (lens_get(klips_space_lens(space, key->family), key->plen)) {
		space_drop_unused(c, space);
		return -ENOMEM;
	}
	space->users++;
	return 0;
}

/* The prefix, made where it is new; an unused one is the caller's to drop. NULL: no memory. */
static struct klips_side *side_make(struct klips_classifier *c,
				    const struct klips_selector *sel, bool dst)
{
	struct klips_side_key key = side_key(sel, dst);
	struct klips_side *side = side_find(c, &key);

	if (side)
		return side;
	side = kzalloc(sizeof(*side), GFP_KERNEL_ACCOUNT);
	if (!side)
		return NULL;
	side->key = key;
	if (rhashtable_insert_fast(&c->sides, &side->node, side_params)) {
		kfree(side);
		return NULL;
	}
	if (dst || !side_announce(c, &key))
		return side;
	rhashtable_remove_fast(&c->sides, &side->node, side_params);
	call_rcu(&side->rcu, side_free_rcu);
	return NULL;
}

/* Port masks of a pair. Excluding changes. */

static struct klips_ports *ports_of(const struct klips_pair *pair)
{
	return rcu_dereference_protected(pair->ports, true);
}

/* < 0: masks @a come first. More bits of the source port, then of the destination port. */
static int masks_order(__be16 a_sport, __be16 a_dport, __be16 b_sport, __be16 b_dport)
{
	int d = (int)hweight16((__force u16)b_sport) - (int)hweight16((__force u16)a_sport);

	if (!d)
		d = (int)hweight16((__force u16)b_dport) - (int)hweight16((__force u16)a_dport);
	/* Equally many bits, but others: any fixed order will do. */
	if (!d)
		d = (int)(__force u16)a_sport - (int)(__force u16)b_sport;
	if (!d)
		d = (int)(__force u16)a_dport - (int)(__force u16)b_dport;
	return d;
}

/* The place of the masks of @sel, or the one where they belong with *@found false. */
static unsigned int ports_find(const struct klips_ports *ports,
			       const struct klips_selector *sel, bool *found)
{
	unsigned int i, count = ports ? ports->count : 0;
	int d = -1;

	for (i = 0; i < count; i++) {
		d = masks_order(sel->sport_mask, sel->dport_mask,
				ports->shape[i].sport_mask, ports->shape[i].dport_mask);
		if (d <= 0)
			break;
	}
	*found = i < count && !d;
	return i;
}

static struct klips_ports *ports_alloc(unsigned int count)
{
	struct klips_ports *ports;

	ports = kzalloc(sizeof(*ports) + count * sizeof(ports->shape[0]), GFP_KERNEL_ACCOUNT);
	if (ports)
		ports->count = count;
	return ports;
}

static void ports_publish(struct klips_pair *pair, struct klips_ports *ports)
{
	struct klips_ports *old = ports_of(pair);

	rcu_assign_pointer(pair->ports, ports);
	if (old)
		call_rcu(&old->rcu, ports_free_rcu);
}

/* One more entry with these masks. Done before the entry is in the hash. */
static int ports_get(struct klips_pair *pair, const struct klips_selector *sel)
{
	struct klips_ports *old = ports_of(pair), *ports;
	unsigned int at, count = old ? old->count : 0;
	bool found;

	at = ports_find(old, sel, &found);
	if (found) {
		old->shape[at].users++;
		return 0;
	}
	ports = ports_alloc(count + 1);
	if (!ports)
		return -ENOMEM;
	if (at)
		memcpy(ports->shape, old->shape, at * sizeof(*ports->shape));
	ports->shape[at].sport_mask = sel->sport_mask;
	ports->shape[at].dport_mask = sel->dport_mask;
	ports->shape[at].users = 1;
	if (count > at)
		memcpy(ports->shape + at + 1, old->shape + at,
		       (count - at) * sizeof(*ports->shape));
	ports_publish(pair, ports);
	return 0;
}

/* One entry with these masks less. Done after the entry left the hash. */
static void ports_put(struct klips_pair *pair, const struct klips_selector *sel)
{
	struct klips_ports *old = ports_of(pair), *ports = NULL;
	unsigned int at;
	bool found;

	at = ports_find(old, sel, &found);
	if (!found || --old->shape[at].users)
		return;
	if (old->count > 1) {
		ports = ports_alloc(old->count - 1);
		if (!ports)
			return;		/* costs a probe, nothing else */
		memcpy(ports->shape, old->shape, at * sizeof(*ports->shape));
		memcpy(ports->shape + at, old->shape + at + 1,
		       (ports->count - at) * sizeof(*ports->shape));
	}
	ports_publish(pair, ports);
}

/* Pairs. */

static struct klips_pair *pair_find(struct klips_classifier *c, struct klips_side *src,
				    struct klips_side *dst)
{
	struct klips_pair_key key = { .src = src, .dst = dst };

	return rhashtable_lookup_fast(&c->pairs, &key, pair_params);
}

/* Each of the two sides knows the length of the other. */
static int pair_link(struct klips_side *src, struct klips_side *dst)
{
	if (lens_get(&src->lens, dst->key.plen))
		return -ENOMEM;
	if (lens_get(&dst->lens, src->key.plen)) {
		lens_put(&src->lens, dst->key.plen);
		return -ENOMEM;
	}
	src->users++;
	dst->users++;
	return 0;
}

static void pair_unlink(struct klips_side *src, struct klips_side *dst)
{
	lens_put(&src->lens, dst->key.plen);
	lens_put(&dst->lens, src->key.plen);
	src->users--;
	dst->users--;
}

static struct klips_pair *pair_new(struct klips_classifier *c, struct klips_side *src,
				   struct klips_side *dst)
{
	struct klips_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);

	if (!pair)
		return NULL;
	pair->key.src = src;
	pair->key.dst = dst;
	if (pair_link(src, dst)) {
		kfree(pair);
		return NULL;
	}
	if (!rhashtable_insert_fast(&c->pairs, &pair->node, pair_params))
		return pair;
	pair_unlink(src, dst);
	kfree(pair);
	return NULL;
}

static void pair_drop_unused(struct klips_classifier *c, struct klips_pair *pair)
{
	struct klips_side *src = pair->key.src, *dst = pair->key.dst;

	if (pair->users)
		return;
	rhashtable_remove_fast(&c->pairs, &pair->node, pair_params);
	pair_unlink(src, dst);
	side_drop_unused(c, src);
	side_drop_unused(c, dst);
	if (ports_of(pair))		/* what ports_put() could not shorten */
		ports_publish(pair, NULL);
	call_rcu(&pair->rcu, pair_free_rcu);
}

/* As side_make(). */
static struct klips_pair *pair_make(struct klips_classifier *c,
				    const struct klips_selector *sel)
{
	struct klips_side *src, *dst;
	struct klips_pair *pair;

	src = side_make(c, sel, false);
	if (!src)
		return NULL;
	dst = side_make(c, sel, true);
	if (!dst) {
		side_drop_unused(c, src);
		return NULL;
	}
	pair = pair_find(c, src, dst) ?: pair_new(c, src, dst);
	if (pair)
		return pair;
	side_drop_unused(c, src);
	side_drop_unused(c, dst);
	return NULL;
}

/* Entries. */

/* Behind every change, see klips_classify_find(). */
static void changed(struct klips_classifier *c)
{
	smp_wmb();
	WRITE_ONCE(c->changes, c->changes + 1);
	smp_wmb();
}

static int entry_publish(struct klips_classifier *c, struct klips_entry *e)
{
	int err;

	if (!e->sel.proto) {
		rcu_assign_pointer(e->pair->plain, e);
		return 0;
	}
	err = ports_get(e->pair, &e->sel);
	if (err)
		return err;
	err = rhashtable_insert_fast(&c->entries, &e->node, entry_params);
	if (err)
		ports_put(e->pair, &e->sel);
	return err;
}

int klips_classify_add(struct klips_classifier *c, struct klips_entry *e)
{
	int err = shape_get(c, &e->sel);

	if (err)
		return err;
	err = -ENOMEM;
	e->pair = pair_make(c, &e->sel);
	if (!e->pair)
		goto err_shape;
	err = entry_publish(c, e);
	if (err)
		goto err_pair;
	e->pair->users++;
	changed(c);
	return 0;

err_pair:
	pair_drop_unused(c, e->pair);
err_shape:
	shape_put(c, &e->sel);
	return err;
}

void klips_classify_del(struct klips_classifier *c, struct klips_entry *e)
{
	struct klips_pair *pair = e->pair;

	if (e->sel.proto) {
		rhashtable_remove_fast(&c->entries, &e->node, entry_params);
		changed(c);
		ports_put(pair, &e->sel);
	} else {
		RCU_INIT_POINTER(pair->plain, NULL);
		changed(c);
	}
	pair->users--;
	pair_drop_unused(c, pair);
	shape_put(c, &e->sel);
}

int klips_classify_replace(struct klips_classifier *c, struct klips_entry *old,
			   struct klips_entry *e)
{
	int err = 0;

	e->pair = old->pair;
	if (e->sel.proto)
		err = rhashtable_replace_fast(&c->entries, &old->node, &e->node, entry_params);
	else
		rcu_assign_pointer(e->pair->plain, e);
	if (!err)
		changed(c);
	return err;
}

struct klips_entry *klips_classify_get(struct klips_classifier *c,
				       const struct klips_selector *sel)
{
	struct klips_side_key src_key = side_key(sel, false), dst_key = side_key(sel, true);
	struct klips_side *src = side_find(c, &src_key), *dst = side_find(c, &dst_key);
	struct klips_pair *pair = src && dst ? pair_find(c, src, dst) : NULL;
	struct klips_entry_key key;

	if (!pair)
		return NULL;
	if (!sel->proto)
		return rcu_dereference_raw(pair->plain);
	key = entry_key(pair, sel);
	return rhashtable_lookup_fast(&c->entries, &key, entry_params);
}

int klips_classify_init(struct klips_classifier *c)
{
	const struct {
		struct rhashtable *table;
		const struct rhashtable_params *params;
	} all[] = {
		{ &c->sides, &side_params }, { &c->pairs, &pair_params },
		{ &c->entries, &entry_params }, { &c->spaces, &space_params },
		{ &c->shapes, &shape_params },
	};
	unsigned int i;
	int err;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		err = rhashtable_init(all[i].table, all[i].params);
		if (err)
			goto err_destroy;
	}
	return 0;

err_destroy:
	while (i--)
		rhashtable_destroy(all[i].table);
	return err;
}

void klips_classify_exit(struct klips_classifier *c)
{
	rhashtable_destroy(&c->shapes);
	rhashtable_destroy(&c->spaces);
	rhashtable_destroy(&c->entries);
	rhashtable_destroy(&c->pairs);
	rhashtable_destroy(&c->sides);
	kfree(c->any.src_lens[0].count);
	kfree(c->any.src_lens[1].count);
}
