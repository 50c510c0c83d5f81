/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a lookup (classify_find.c) and a change (classify.c) share: the tables of a klips_classifier.
 *
 *   space   which lengths the source prefixes of a device have
 *   side    a source or destination prefix, and the lengths of the prefixes across from it
 *   pair    a source and a destination prefix that have entries together: the one without a
 *	     protocol, and the port masks of the others, which one probe each finds
 */
#ifndef KLIPS_CLASSIFY_TABLES_H
#define KLIPS_CLASSIFY_TABLES_H

#include "classify.h"

/* A source or destination prefix of some entry. */
struct klips_side_key {
	union klips_addr addr;
	u32 device;
	u8 family;
	u8 plen;
	bool dst;
	u8 zero;
};

struct klips_side {
	struct rhash_head node;
	struct klips_side_key key;
	struct klips_lens lens;		/* of the other side, one count per pair */
	unsigned int users;		/* pairs */
	struct rcu_head rcu;
};

/* Port masks that entries of a pair have. A protocol is named by all of them. */
struct klips_port_shape {
	__be16 sport_mask;
	__be16 dport_mask;
	unsigned int users;
};

struct klips_ports {
	struct rcu_head rcu;
	unsigned int count;
	struct klips_port_shape shape[];	/* in the order of match */
};

struct klips_pair_key {
	struct klips_side *src;
	struct klips_side *dst;
};

struct klips_pair {
	struct rhash_head node;
	struct klips_pair_key key;
	struct klips_entry __rcu *plain;	/* the one that names no protocol */
	struct klips_ports __rcu *ports;	/* NULL: no other */
	unsigned int users;			/* entries */
	struct rcu_head rcu;
};

struct klips_entry_key {
	const struct klips_pair *pair;
	__be16 sport, dport, sport_mask, dport_mask;
	u8 proto;
};

struct klips_len_count {
	unsigned int users;
	u8 plen;
};

/* Hash keys. */

static inline u32 hash_side(const void *data, u32 __always_unused len, u32 seed)
{
	const struct klips_side_key *k = data;
	u32 rest = k->device << 9 | k->plen << 1 | k->dst;

	if (k->family == AF_INET)
		return jhash_2words((__force u32)k->addr.v4, rest, seed);
	return jhash2((const u32 *)k->addr.v6, 4, seed ^ rest);
}

static inline u32 hash_side_obj(const void *obj, u32 __always_unused len, u32 seed)
{
	return hash_side(&((const struct klips_side *)obj)->key, len, seed);
}

static inline int differ_side(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct klips_side_key *k = arg->key;
	const struct klips_side *side = obj;

	return memcmp(&side->key, k, sizeof(*k)) != 0;
}

static inline u32 hash_pair(const void *data, u32 __always_unused len, u32 seed)
{
	const struct klips_pair_key *k = data;

	return jhash_2words((unsigned long)k->src >> 3, (unsigned long)k->dst >> 3, seed);
}

static inline u32 hash_pair_obj(const void *obj, u32 __always_unused len, u32 seed)
{
	return hash_pair(&((const struct klips_pair *)obj)->key, len, seed);
}

static inline int differ_pair(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct klips_pair_key *k = arg->key;
	const struct klips_pair *pair = obj;

	return pair->key.src != k->src || pair->key.dst != k->dst;
}

static inline u32 hash_entry(const void *data, u32 __always_unused len, u32 seed)
{
	const struct klips_entry_key *k = data;

	return jhash_3words((unsigned long)k->pair >> 3,
			    (__force u32)k->sport << 16 | (__force u32)k->dport,
			    ((__force u32)k->sport_mask << 16 | (__force u32)k->dport_mask) ^
			    k->proto << 8, seed);
}

static inline struct klips_entry_key entry_key(const struct klips_pair *pair,
					const struct klips_selector *sel)
{
	return (struct klips_entry_key) {
		.pair = pair, .proto = sel->proto,
		.sport = sel->sport, .dport = sel->dport,
		.sport_mask = sel->sport_mask, .dport_mask = sel->dport_mask,
	};
}

static inline u32 hash_entry_obj(const void *obj, u32 __always_unused len, u32 seed)
{
	const struct klips_entry *e = obj;
	struct klips_entry_key key = entry_key(e->pair, &e->sel);

	return hash_entry(&key, len, seed);
}

static inline int differ_entry(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct klips_entry_key *k = arg->key;
	const struct klips_entry *e = obj;

	return e->pair != k->pair || e->sel.proto != k->proto ||
	       e->sel.sport != k->sport || e->sel.dport != k->dport ||
	       e->sel.sport_mask != k->sport_mask || e->sel.dport_mask != k->dport_mask;
}

static const struct rhashtable_params side_params = {
	.key_len = sizeof(struct klips_side_key),
	.head_offset = offsetof(struct klips_side, node),
	.hashfn = hash_side, .obj_hashfn = hash_side_obj, .obj_cmpfn = differ_side,
	.automatic_shrinking = true,
};

static const struct rhashtable_params pair_params = {
	.key_len = sizeof(struct klips_pair_key),
	.head_offset = offsetof(struct klips_pair, node),
	.hashfn = hash_pair, .obj_hashfn = hash_pair_obj, .obj_cmpfn = differ_pair,
	.automatic_shrinking = true,
};

static const struct rhashtable_params entry_params = {
	.key_len = sizeof(struct klips_entry_key),
	.head_offset = offsetof(struct klips_entry, node),
	.hashfn = hash_entry, .obj_hashfn = hash_entry_obj, .obj_cmpfn = differ_entry,
	.automatic_shrinking = true,
};

static const struct rhashtable_params space_params = {
	.key_len = sizeof(u32),
	.key_offset = offsetof(struct klips_space, device),
	.head_offset = offsetof(struct klips_space, node),
	.automatic_shrinking = true,
};

static inline struct klips_lens *klips_space_lens(struct klips_space *space, u8 family)
{
	return &space->src_lens[family == AF_INET6];
}

#endif
