/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of many selectors a flow meets first, in the order of match of DESIGN section 4. Knows
 * no eroutes and no packets: compiles in user space for its unit test.
 */
#ifndef KLIPS_CLASSIFY_H
#define KLIPS_CLASSIFY_H

#include <linux/rhashtable.h>

#include "selector.h"

#define KLIPS_LENS 129			/* prefix lengths 0 to 128 */

/* One selector of the table, embedded in what it stands for. Fixed while it is in. */
struct klips_entry {
	struct rhash_head node;		/* in klips_classifier.entries, if it names a protocol */
	struct klips_pair *pair;
	struct klips_selector sel;
};

/* A set of prefix lengths that counts; readers see the bits alone. */
struct klips_lens {
	unsigned long bits[(KLIPS_LENS + BITS_PER_LONG - 1) / BITS_PER_LONG];
	struct klips_len_count *count;
	unsigned int n;			/* elements of count */
};

/* The entries of one device, or those of none. */
struct klips_space {
	struct rhash_head node;
	u32 device;
	unsigned int users;		/* source prefixes */
	struct klips_lens src_lens[2];	/* of IPv4, of IPv6 */
	struct rcu_head rcu;
};

struct klips_classifier {
	struct rhashtable sides;	/* struct klips_side by prefix */
	struct rhashtable pairs;	/* struct klips_pair by its two sides */
	struct rhashtable entries;	/* struct klips_entry by pair, protocol and ports */
	struct rhashtable spaces;	/* struct klips_space by device */
	struct rhashtable shapes;	/* struct klips_shape, to count them */
	struct klips_space any;		/* entries of no device */
	unsigned int n_shapes;
	unsigned int max_shapes;	/* set by the owner before an add */
	u32 changes;			/* see klips_classify_find() */
};

int klips_classify_init(struct klips_classifier *c);

/* Nothing is in it any more, nobody looks anything up. */
void klips_classify_exit(struct klips_classifier *c);

/*
 * Puts @e, with its selector in canonical form, in: -ENOMEM, or -ENOSPC where it would be of
 * a new shape and there are max_shapes. Its selector must not be in. Changes of one
 * classifier exclude each other; the caller sees to it, as for the two below.
 */
int klips_classify_add(struct klips_classifier *c, struct klips_entry *e);

/* Takes @e out. The caller frees it after a grace period. */
void klips_classify_del(struct klips_classifier *c, struct klips_entry *e);

/* Puts @e, with the selector of @old, into its place: every lookup finds one of them. */
int klips_classify_replace(struct klips_classifier *c, struct klips_entry *old,
			   struct klips_entry *e);

/* The entry with this very selector, or NULL. RCU read lock, or excluding changes. */
struct klips_entry *klips_classify_get(struct klips_classifier *c,
				       const struct klips_selector *sel);

/*
 * The entry that @flow meets on device id @device, or NULL. Of a fragment perhaps one that is none, see
 * below. RCU read lock.
 */
struct klips_entry *klips_classify_find(struct klips_classifier *c, u32 device,
					const struct klips_flow *flow);

/*
 * Whether a fragment does not show what it meets: an entry for its addresses, which comes before those that it
 * could meet, names ports, or in IPv6 a protocol.
 */
bool klips_classify_undecided(const struct klips_entry *e);

#endif
