// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#include "budget.h"

#define SECOND 1000000000ULL

/* One that has holds; it goes with the last of them. */
struct klips_budget_source {
	struct list_head node;		/* in its bucket */
	struct list_head peers;		/* in its class */
	struct list_head turn;		/* in fresh or turns, while one of its holds waits */
	struct list_head items;		/* newest first */
	struct list_head waiting;	/* oldest first */
	unsigned int holds;
	bool served;			/* has had a turn */
	u32 key[2];
};

void klips_budget_init(struct klips_budget *b, u32 seed)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->seed = seed;
	for (i = 0; i < KLIPS_BUDGET_BUCKETS; i++)
		INIT_LIST_HEAD(&b->buckets[i]);
	for (i = 0; i < KLIPS_BUDGET_CLASSES; i++)
		INIT_LIST_HEAD(&b->classes[i]);
	INIT_LIST_HEAD(&b->fresh);
	INIT_LIST_HEAD(&b->turns);
}

/* Who has a /64 has all of it. IPv4 never looks like that: its first word is one of no IPv6 unicast address. */
static void source_key(u32 key[2], u8 family, const union klips_addr *src)
{
	key[0] = family == AF_INET ? 0 : (__force u32)src->v6[0];
	key[1] = (__force u32)(family == AF_INET ? src->v4 : src->v6[1]);
}

static struct list_head *bucket(struct klips_budget *b, const u32 key[2])
{
	u64 mixed = (((u64)key[0] << 32 | key[1]) ^ ((u64)b->seed << 17)) * 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ (mixed >> 29) ^ b->seed) * 0xbf58476d1ce4e5b9ULL;
	return &b->buckets[(mixed >> 40) % KLIPS_BUDGET_BUCKETS];
}

static struct klips_budget_source *source_find(struct klips_budget *b, const u32 key[2])
{
	struct klips_budget_source *s;

	list_for_each_entry(s, bucket(b, key), node)
		if (s->key[0] == key[0] && s->key[1] == key[1])
			return s;
	return NULL;
}

static struct klips_budget_source *source_new(struct klips_budget *b, const u32 key[2])
{
	struct klips_budget_source *s = kzalloc(sizeof(*s), GFP_ATOMIC);

	if (!s)
		return NULL;
	s->key[0] = key[0];
	s->key[1] = key[1];
	INIT_LIST_HEAD(&s->peers);
	INIT_LIST_HEAD(&s->turn);
	INIT_LIST_HEAD(&s->items);
	INIT_LIST_HEAD(&s->waiting);
	list_add(&s->node, bucket(b, key));
	b->sources++;
	return s;
}

static unsigned int class_of(unsigned int holds)
{
	unsigned int class = 0;

	while (holds >>= 1)
		class++;
	return class;
}

/* The highest class that somebody is in, or -1. */
static int top_class(const struct klips_budget *b)
{
	int class = KLIPS_BUDGET_CLASSES - 1;

	while (class >= 0 && list_empty(&b->classes[class]))
		class--;
	return class;
}

static void source_count(struct klips_budget *b, struct klips_budget_source *s, int by)
{
	s->holds += by;
	b->holds += by;
	if (s->holds) {
		list_move_tail(&s->peers, &b->classes[class_of(s->holds)]);
		return;
	}
	list_del(&s->peers);
	list_del(&s->node);
	b->sources--;
	kfree(s);
}

int klips_budget_add(struct klips_budget *b, struct klips_budget_item *item, u8 family,
		     const union klips_addr *src, unsigned int max)
{
	struct klips_budget_source *s;
	u32 key[2];

	source_key(key, family, src);
	s = source_find(b, key);
	if (b->holds >= max &&
	    (!b->holds || class_of(s ? s->holds + 1 : 1) >= (unsigned int)top_class(b)))
		return -ENOSPC;
	if (!s)
		s = source_new(b, key);
	if (!s)
		return -ENOMEM;
	item->source = s;
	item->waits = false;
	INIT_LIST_HEAD(&item->wait);
	list_add(&item->node, &s->items);
	source_count(b, s, 1);
	return 0;
}

/* A source without a waiting hold has no turn to come. */
static void stop_waiting(struct klips_budget *b, struct klips_budget_item *item)
{
	if (!item->waits)
		return;
	item->waits = false;
	b->waiting--;
	list_del_init(&item->wait);
	if (list_empty(&item->source->waiting))
		list_del_init(&item->source->turn);
}

void klips_budget_del(struct klips_budget *b, struct klips_budget_item *item)
{
	stop_waiting(b, item);
	list_del(&item->node);
	source_count(b, item->source, -1);
	item->source = NULL;
}

struct klips_budget_item *klips_budget_victim(const struct klips_budget *b)
{
	int class = top_class(b);
	struct klips_budget_source *s;

	if (class < 0)
		return NULL;
	s = list_first_entry(&b->classes[class], struct klips_budget_source, peers);
	return list_first_entry(&s->items, struct klips_budget_item, node);
}

void klips_budget_wait(struct klips_budget *b, struct klips_budget_item *item)
{
	struct klips_budget_source *s = item->source;

	if (item->waits)
		return;
	item->waits = true;
	b->waiting++;
	if (list_empty(&s->waiting))
		list_add_tail(&s->turn, s->served ? &b->turns : &b->fresh);
	list_add_tail(&item->wait, &s->waiting);
}

/* Whoever reads the clock first may come second: nothing has passed for him. */
static u64 passed(const struct klips_budget *b, u64 now)
{
	return now > b->filled ? now - b->filled : 0;
}

/* What passes while nobody asks is saved up, as far as a burst goes. */
static bool take_credit(struct klips_budget *b, u64 now, unsigned int rate, unsigned int burst)
{
	u64 price = SECOND / rate, most = price * burst;

	b->credit += passed(b, now);
	if (!b->filled || b->credit > most)
		b->credit = most;
	b->filled += passed(b, now);
	if (b->credit < price)
		return false;
	b->credit -= price;
	return true;
}

struct klips_budget_item *klips_budget_next(struct klips_budget *b, u64 now, unsigned int rate,
					    unsigned int burst)
{
	struct list_head *from = list_empty(&b->fresh) ? &b->turns : &b->fresh;
	struct klips_budget_source *s;
	struct klips_budget_item *item;

	if (list_empty(from) || !take_credit(b, now, rate, burst))
		return NULL;
	s = list_first_entry(from, struct klips_budget_source, turn);
	item = list_first_entry(&s->waiting, struct klips_budget_item, wait);
	s->served = true;
	stop_waiting(b, item);
	if (!list_empty(&s->waiting))
		list_move_tail(&s->turn, &b->turns);
	return item;
}

u64 klips_budget_delay(const struct klips_budget *b, u64 now, unsigned int rate)
{
	u64 price = SECOND / rate, have = b->credit + passed(b, now);

	return have >= price ? 0 : price - have;
}
