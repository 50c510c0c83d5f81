/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may have how many holds, and whose turn it is to ask the key daemon. Holds are counted by
 * the source of the packet that made them (IPv4 /32, IPv6 /64), so a scanner fills its own share and
 * waits for its own turn. Knows no packets: compiles in user space for its unit test.
 */
#ifndef KLIPS_BUDGET_H
#define KLIPS_BUDGET_H

#include <linux/list.h>
#include <linux/types.h>

#include "pure.h"
#include <klips/types.h>

#define KLIPS_BUDGET_BUCKETS	1024
#define KLIPS_BUDGET_CLASSES	17	/* 2^0 to 2^16 holds */
#define KLIPS_BUDGET_MAX	65536	/* holds in all */

struct klips_budget {
	struct list_head buckets[KLIPS_BUDGET_BUCKETS];	/* sources, by their hash */
	struct list_head classes[KLIPS_BUDGET_CLASSES];	/* of 2^n holds and more, below 2^(n+1) */
	struct list_head fresh;		/* sources that wait and have never had a turn, oldest first */
	struct list_head turns;		/* others that wait, the longest since their last turn first */
	u32 seed;			/* of the hash; set by the owner: nobody outside knows it */
	unsigned int holds;
	unsigned int sources;
	unsigned int waiting;		/* holds */
	u64 credit;			/* ns of rate that are saved up */
	u64 filled;			/* ns, when credit was brought up to date */
};

/* One hold's part, embedded in it; all zero while it is in no budget. */
struct klips_budget_item {
	struct klips_budget_source *source;
	struct list_head node;		/* of the source, newest first */
	struct list_head wait;		/* of those of the source that wait, oldest first */
	bool waits;
};

/* Calls for one budget exclude each other; the caller sees to it. None sleeps. */

void klips_budget_init(struct klips_budget *b, u32 seed);

/*
 * Takes @item in for the source @src: -ENOMEM, or -ENOSPC where there are @max holds and @src has
 * about as many as anybody has: then it is the one that goes without.
 */
int klips_budget_add(struct klips_budget *b, struct klips_budget_item *item, u8 family,
		     const union klips_addr *src, unsigned int max);

void klips_budget_del(struct klips_budget *b, struct klips_budget_item *item);

/* The newest hold of a source that has most, or about as many: it goes where another needs room. NULL: none. */
struct klips_budget_item *klips_budget_victim(const struct klips_budget *b);

/* @item waits for its turn; nothing happens where it does already. */
void klips_budget_wait(struct klips_budget *b, struct klips_budget_item *item);

/*
 * The next that has its turn at @now, and waits no more: sources one after the other, first those that
 * never had one. NULL: nobody waits, or the @rate (a second, with bursts of @burst) is used up.
 */
struct klips_budget_item *klips_budget_next(struct klips_budget *b, u64 now, unsigned int rate,
					    unsigned int burst);

/* Nanoseconds from @now until klips_budget_next() can have one for @rate. */
u64 klips_budget_delay(const struct klips_budget *b, u64 now, unsigned int rate);

#endif
