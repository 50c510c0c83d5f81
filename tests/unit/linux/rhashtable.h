/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's hash table, as far as klips uses it, for unit tests in one thread: a list for each
 * of 64 values of the hash. An entry that is inserted twice, or removed without being there, ends the test.
 */
#ifndef KLIPS_UNIT_RHASHTABLE_H
#define KLIPS_UNIT_RHASHTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

#include "slab.h"

#define BITS_PER_LONG (8 * (int)sizeof(long))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __rcu
#define __flatten
#define __uninitialized
#define __always_unused __attribute__((unused))
#define __fls(word) (BITS_PER_LONG - 1 - __builtin_clzl(word))
#define READ_ONCE(x) (*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define smp_rmb() __sync_synchronize()
#define smp_wmb() __sync_synchronize()
#define rcu_dereference(p) (p)
#define rcu_dereference_raw(p) (p)
#define rcu_dereference_protected(p, c) (p)
#define rcu_assign_pointer(p, value) ((p) = (value))
#define RCU_INIT_POINTER(p, value) ((p) = (value))
#define likely(x) (x)
#define unlikely(x) (x)
#define atomic_read(p) (*(p))

struct rcu_head {
	void *unused;
};

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable_compare_arg {
	const void *key;
};

struct rhashtable_params {
	uint16_t key_len, key_offset, head_offset;
	bool automatic_shrinking;
	__u32 (*hashfn)(const void *data, __u32 len, __u32 seed);
	__u32 (*obj_hashfn)(const void *obj, __u32 len, __u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg, const void *obj);
};

struct rhashtable {
	struct rhash_head *bucket[64];
	int nelems;
};

/* Any mixing will do. */
static inline __u32 jhash_3words(__u32 a, __u32 b, __u32 c, __u32 seed)
{
	return (((a * 31 + b) * 31 + c) * 31 + seed) * 2654435761u >> 8;
}

static inline __u32 jhash_2words(__u32 a, __u32 b, __u32 seed)
{
	return jhash_3words(a, b, 0, seed);
}

static inline __u32 jhash2(const __u32 *words, __u32 n, __u32 seed)
{
	while (n--)
		seed = jhash_2words(*words++, n, seed);
	return seed;
}

static inline int rhashtable_init(struct rhashtable *t, const struct rhashtable_params *p)
{
	(void)p;
	memset(t, 0, sizeof(*t));
	return 0;
}

static inline void rhashtable_destroy(struct rhashtable *t)
{
	if (t->nelems)
		abort();
}

static inline struct rhash_head **unit_bucket(struct rhashtable *t, __u32 hash)
{
	return &t->bucket[hash % 64];
}

static inline __u32 unit_key_hash(const void *key, const struct rhashtable_params *p)
{
	__u32 hash = 0;
	unsigned int i;

	if (p->hashfn)
		return p->hashfn(key, p->key_len, 1);
	for (i = 0; i < p->key_len; i++)
		hash = hash * 31 + ((const uint8_t *)key)[i];
	return hash;
}

static inline void *unit_object(struct rhash_head *head, const struct rhashtable_params *p)
{
	return (char *)head - p->head_offset;
}

static inline struct rhash_head **unit_bucket_of(struct rhashtable *t, struct rhash_head *head,
						 const struct rhashtable_params *p)
{
	char *obj = unit_object(head, p);

	return unit_bucket(t, p->obj_hashfn ? p->obj_hashfn(obj, p->key_len, 1) :
					      unit_key_hash(obj + p->key_offset, p));
}

static inline void *unit_lookup(struct rhashtable *t, const void *key,
				const struct rhashtable_params *p)
{
	struct rhashtable_compare_arg arg = { .key = key };
	struct rhash_head *head;

	for (head = *unit_bucket(t, unit_key_hash(key, p)); head; head = head->next) {
		char *obj = unit_object(head, p);

		if (p->obj_cmpfn ? !p->obj_cmpfn(&arg, obj) :
				   !memcmp(obj + p->key_offset, key, p->key_len))
			return obj;
	}
	return NULL;
}

static inline int unit_insert(struct rhashtable *t, struct rhash_head *head,
			      const struct rhashtable_params *p)
{
	struct rhash_head **bucket = unit_bucket_of(t, head, p), *other;

	for (other = *bucket; other; other = other->next)
		if (other == head)
			abort();
	if (unit_alloc_fails())
		return -12;
	head->next = *bucket;
	*bucket = head;
	t->nelems++;
	return 0;
}

static inline struct rhash_head **unit_find(struct rhashtable *t, struct rhash_head *head,
					    const struct rhashtable_params *p)
{
	struct rhash_head **at = unit_bucket_of(t, head, p);

	while (*at && *at != head)
		at = &(*at)->next;
	if (!*at)
		abort();
	return at;
}

static inline int unit_remove(struct rhashtable *t, struct rhash_head *head,
			      const struct rhashtable_params *p)
{
	*unit_find(t, head, p) = head->next;
	t->nelems--;
	return 0;
}

static inline int unit_replace(struct rhashtable *t, struct rhash_head *old,
			       struct rhash_head *head, const struct rhashtable_params *p)
{
	struct rhash_head **at = unit_find(t, old, p);

	head->next = old->next;
	*at = head;
	return 0;
}

#define rhashtable_lookup(t, key, params) unit_lookup(t, key, &(params))
#define rhashtable_lookup_fast(t, key, params) unit_lookup(t, key, &(params))
#define rhashtable_insert_fast(t, head, params) unit_insert(t, head, &(params))
#define rhashtable_remove_fast(t, head, params) unit_remove(t, head, &(params))
#define rhashtable_replace_fast(t, old, head, params) unit_replace(t, old, head, &(params))

#endif
