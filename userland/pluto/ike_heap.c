// SPDX-License-Identifier: GPL-2.0
/* Timers in a binary heap: the next one is at hand however many there are. */
#include <errno.h>
#include <stdlib.h>

#include "ike_internal.h"

int heap_reserve(struct heap *h, size_t n)
{
	size_t room = h->room ? h->room : 16;
	struct timer **list;

	while (room < h->reserved + n)
		room *= 2;
	if (room > h->room) {
		list = realloc(h->list, room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		h->list = list;
		h->room = room;
	}
	h->reserved += n;
	return 0;
}

void heap_release(struct heap *h, size_t n)
{
	h->reserved -= n;
}

static void put(struct heap *h, size_t i, struct timer *t)
{
	h->list[i] = t;
	t->slot = i + 1;
}

static void up(struct heap *h, size_t i)
{
	struct timer *t = h->list[i];

	for (; i && h->list[(i - 1) / 2]->at > t->at; i = (i - 1) / 2)
		put(h, i, h->list[(i - 1) / 2]);
	put(h, i, t);
}

static void down(struct heap *h, size_t i)
{
	struct timer *t = h->list[i];
	size_t kid;

	for (; (kid = 2 * i + 1) < h->n; i = kid) {
		if (kid + 1 < h->n && h->list[kid + 1]->at < h->list[kid]->at)
			kid++;
		if (h->list[kid]->at >= t->at)
			break;
		put(h, i, h->list[kid]);
	}
	put(h, i, t);
}

void timer_clear(struct heap *h, struct timer *t)
{
	size_t i = t->slot - 1;

	if (!t->slot)
		return;
	t->slot = 0;
	h->n--;
	if (i == h->n)
		return;
	put(h, i, h->list[h->n]);
	up(h, i);
	down(h, h->list[i]->slot - 1);
}

void timer_set(struct heap *h, struct timer *t, uint64_t at)
{
	timer_clear(h, t);
	t->at = at;
	put(h, h->n, t);
	h->n++;
	up(h, h->n - 1);
}
