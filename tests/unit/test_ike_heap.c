// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_heap.c */
/* Timers in a heap against an array that is searched. */
#include <stdlib.h>

#include "ike_internal.h"
#include "unit.h"

#define N 60

static uint64_t state = 88172645463325252ull;

static unsigned int draw(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % n;
}

static uint64_t naive_next(const struct timer *list)
{
	uint64_t at = UINT64_MAX;
	int i;

	for (i = 0; i < N; i++)
		if (list[i].slot && list[i].at < at)
			at = list[i].at;
	return at;
}

int main(void)
{
	struct timer list[N] = { 0 };
	struct heap h = { 0 };
	unsigned int round, i, set;
	size_t slot;

	CHECK(!heap_reserve(&h, N), "no room");
	for (round = 0; round < 200000; round++) {
		i = draw(N);
		if (draw(3))
			timer_set(&h, &list[i], draw(1000));
		else
			timer_clear(&h, &list[i]);
		for (i = 0, set = 0; i < N; i++) {
			slot = list[i].slot;
			set += !!slot;
			if (slot && h.list[slot - 1] != &list[i])
				CHECK(0, "round %u: timer %u is not in its slot", round, i);
		}
		if (set != h.n || (h.n ? h.list[0]->at : UINT64_MAX) != naive_next(list))
			CHECK(0, "round %u: not the next one", round);
	}
	free(h.list);
	unit_done("ike_heap");
	return unit_status();
}
