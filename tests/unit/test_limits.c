// SPDX-License-Identifier: GPL-2.0
/* sources: klips/limits.c */
/*
 * Lifetimes against a model that looks at every limit every second and after every packet. What is tested only
 * looks when it said it would, when the first packet went through and when a packet finds a counter over.
 */
#include <stdlib.h>

#include "../../klips/limits.h"
#include "rnd.h"
#include "unit.h"

#define CASES 1000000
#define SECONDS 40
#define LLU(n) ((unsigned long long)(n))

/* The model: what is left of each limit counts down; a limit that is not there never gets there. */
struct left {
	s64 bytes;
	s64 packets;
	s64 addtime;
	s64 usetime;
	bool over;
};

static s64 left_of(u64 limit)
{
	return limit ? (s64)limit : INT64_MAX;
}

static struct left left_start(const struct klips_limits *l)
{
	return (struct left) {
		.bytes = left_of(l->bytes), .packets = left_of(l->packets),
		.addtime = left_of(l->addtime), .usetime = left_of(l->usetime),
	};
}

static void left_look(struct left *left)
{
	if (left->bytes <= 0 || left->packets <= 0 || left->addtime <= 0 || left->usetime <= 0)
		left->over = true;
}

static void left_second(struct left *left, bool used)
{
	left->addtime -= left->addtime != INT64_MAX;
	left->usetime -= used && left->usetime != INT64_MAX;
	left_look(left);
}

static void left_packet(struct left *left, u32 bytes)
{
	left->bytes -= left->bytes != INT64_MAX ? bytes : 0;
	left->packets -= left->packets != INT64_MAX;
	left_look(left);
}

/* What life.c does with it. */
struct life {
	struct klips_limits soft, hard;
	struct klips_usage usage;
	u64 wake;			/* when it looks again */
	bool soft_over, hard_over;
	unsigned int looks;
};

static void life_look(struct life *life)
{
	u64 next;

	life->looks++;
	life->soft_over |= klips_limits_over(&life->soft, &life->usage);
	life->hard_over |= klips_limits_over(&life->hard, &life->usage);
	next = klips_limits_next(&life->soft, &life->hard, &life->usage);
	CHECK(next, "it would look again at once");
	life->wake = next == KLIPS_LIMITS_NEVER ? next : life->usage.now + next;
}

static void life_second(struct life *life)
{
	life->usage.now++;
	if ((u64)life->usage.now >= life->wake)
		life_look(life);
}

static void life_packet(struct life *life, u32 bytes)
{
	bool first = !life->usage.used_first;
	struct klips_usage *u = &life->usage;

	u->packets++;
	u->bytes += bytes;
	if (first)
		u->used_first = u->now;
	if (first || klips_limits_counts_over(&life->hard, u->bytes, u->packets) ||
	    klips_limits_counts_over(&life->soft, u->bytes, u->packets))
		life_look(life);
}

static void random_limits(struct klips_limits *l)
{
	memset(l, 0, sizeof(*l));
	if (rnd(3) == 0)
		l->bytes = 1 + rnd(3000);
	if (rnd(3) == 0)
		l->packets = 1 + rnd(20);
	if (rnd(3) == 0)
		l->addtime = 1 + rnd(SECONDS);
	if (rnd(3) == 0)
		l->usetime = 1 + rnd(SECONDS);
}

static struct life life_start(void)
{
	struct life life = { .wake = KLIPS_LIMITS_NEVER };

	random_limits(&life.soft);
	random_limits(&life.hard);
	life.usage.now = 1 + rnd(1000000);
	life.usage.added = life.usage.now;
	if (klips_limits_any(&life.soft) || klips_limits_any(&life.hard))
		life_look(&life);
	return life;
}

/* Whether both say the same at any time; how often one was over is added to @ends. */
static bool one_case(unsigned int *ends, unsigned int *looks)
{
	struct life life = life_start();
	struct left soft = left_start(&life.soft), hard = left_start(&life.hard);
	u32 second, busy = 1 + rnd(20);
	bool used = false;

	for (second = 0; second < SECONDS && !hard.over; second++) {
		if (rnd(busy) == 0) {
			u32 bytes = rnd(1500);

			left_packet(&soft, bytes);
			left_packet(&hard, bytes);
			life_packet(&life, bytes);
			used = true;
		}
		if (life.soft_over != soft.over || life.hard_over != hard.over)
			return false;
		left_second(&soft, used);
		left_second(&hard, used);
		life_second(&life);
		if (life.soft_over != soft.over || life.hard_over != hard.over)
			return false;
	}
	*ends += soft.over + hard.over;
	*looks += life.looks;
	return true;
}

static void test_model(void)
{
	unsigned int i, ends = 0, looks = 0;

	for (i = 0; i < CASES && unit_failures_now <= 5; i++)
		CHECK(one_case(&ends, &looks), "case %u differs from the model", i);
	CHECK(ends > CASES / 2, "only %u ends: the test tests nothing", ends);
	CHECK(looks < 8 * CASES, "%u looks: it does not wait", looks);
	unit_done("lifetimes, 1,000,000 lives against the model");
}

static void test_edges(void)
{
	struct klips_usage u = { .now = 100, .added = 100 };
	struct klips_limits none = {}, l = {}, big = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };

	CHECK(!klips_limits_any(&none) && !klips_limits_counted(&none), "no limit is one");
	CHECK(!klips_limits_over(&none, &u), "no limit is over");
	CHECK(klips_limits_next(&none, &none, &u) == KLIPS_LIMITS_NEVER, "no limit comes");
	CHECK(klips_limits_any(&big) && klips_limits_counted(&big), "the largest limits");
	CHECK(!klips_limits_over(&big, &u), "the largest limits are over");
	u.bytes = ~0ULL;
	CHECK(klips_limits_over(&big, &u), "2^64 - 1 bytes");
	CHECK(klips_limits_counts_over(&big, 0, ~0ULL), "2^64 - 1 packets");
	CHECK(!klips_limits_counts_over(&big, ~0ULL - 1, ~0ULL - 1), "one less of each");
	l.addtime = 1;
	CHECK(klips_limits_any(&l) && !klips_limits_counted(&l), "time is not counted by packets");
	CHECK(!klips_limits_over(&l, &u) && klips_limits_next(&l, &none, &u) == 1, "a second too early");
	u.now = 101;
	CHECK(klips_limits_over(&l, &u), "a second");
	CHECK(klips_limits_next(&l, &none, &u) == KLIPS_LIMITS_NEVER, "what is over comes again");
	l.addtime = 0;
	l.usetime = 5;
	CHECK(!klips_limits_over(&l, &u) && klips_limits_next(&none, &l, &u) == KLIPS_LIMITS_NEVER,
	      "time of use before the first");
	u.used_first = 98;
	CHECK(klips_limits_next(&none, &l, &u) == 2, "%llu seconds", LLU(klips_limits_next(&none, &l, &u)));
	u.now = INT64_MAX;
	CHECK(klips_limits_over(&l, &u), "the end of time");
	unit_done("edges of lifetimes");
}

int main(void)
{
	test_edges();
	test_model();
	return unit_status();
}
