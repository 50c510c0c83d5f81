// SPDX-License-Identifier: GPL-2.0
/* sources: klips/budget.c */
/*
 * Who has how many holds, and whose turn it is, against a model that looks at all of them: arrays instead of lists,
 * classes by counting, turns by the time since the last one.
 */
#include <stdlib.h>

#include "../../klips/budget.h"
#include "rnd.h"
#include "unit.h"

int unit_fail_after = -1;

#define HOLDS 64
#define SOURCES 12
#define STEPS 1000000
#define SECOND 1000000000ULL

static struct klips_budget budget;

static struct hold {
	struct klips_budget_item item;
	bool in, waits;
	int source;
	unsigned long long born, waiting_since;
} holds[HOLDS];

/* What the model knows of a source: since when it waits, and whether it has had a turn since it has holds. */
static struct source {
	bool served;
	unsigned long long queued;	/* step in which it got in line, 0: it is not */
} sources[SOURCES];

static unsigned long long step;

static union klips_addr address(int source, u8 *family)
{
	union klips_addr a = { .v6 = { 0 } };

	*family = source % 2 ? AF_INET6 : AF_INET;
	if (*family == AF_INET) {
		a.v4 = htonl(0x0a010000 + source);
		return a;
	}
	a.v6[0] = htonl(0x20010db8);
	a.v6[1] = htonl(source);
	/* Whatever host of the /64. */
	a.v6[3] = htonl(rnd(1000));
	return a;
}

static unsigned int count(int source, bool waiting)
{
	unsigned int n = 0;

	for (int i = 0; i < HOLDS; i++)
		n += holds[i].in && (source < 0 || holds[i].source == source) && (!waiting || holds[i].waits);
	return n;
}

static int class_of(unsigned int n)
{
	return n ? 31 - __builtin_clz(n) : -1;
}

static int top(void)
{
	int best = -1;

	for (int s = 0; s < SOURCES; s++)
		if (class_of(count(s, false)) > best)
			best = class_of(count(s, false));
	return best;
}

static void out(struct hold *h)
{
	struct source *s = &sources[h->source];

	klips_budget_del(&budget, &h->item);
	h->in = false;
	h->waits = false;
	if (!count(h->source, true))
		s->queued = 0;
	if (!count(h->source, false))
		s->served = false;
}

static void try_add(struct hold *h, unsigned int max)
{
	int source = rnd(SOURCES), err;
	bool room = count(-1, false) < max;
	u8 family;
	union klips_addr a = address(source, &family);
	bool has_less = class_of(count(source, false) + 1) < top();

	err = klips_budget_add(&budget, &h->item, family, &a, max);
	CHECK(!err == (room || has_less), "step %llu: source %d with %u of %u of at most %u: %d", step, source,
	      count(source, false), count(-1, false), max, err);
	if (err)
		return;
	h->in = true;
	h->waits = false;
	h->source = source;
	h->born = step;
	if (room)
		return;
	h = (struct hold *)((char *)klips_budget_victim(&budget) - offsetof(struct hold, item));
	CHECK(class_of(count(h->source, false)) == top(), "step %llu: one with less goes", step);
	for (int i = 0; i < HOLDS; i++)
		CHECK(!holds[i].in || holds[i].source != h->source || holds[i].born <= h->born, "step %llu: not the newest goes", step);
	out(h);
}

static void wait(struct hold *h)
{
	struct source *s = &sources[h->source];

	klips_budget_wait(&budget, &h->item);
	if (h->waits)
		return;
	h->waits = true;
	h->waiting_since = step;
	if (!s->queued)
		s->queued = step;
}

/* Those that never had a turn first; of equals who stands in line the longest; of one source its oldest. */
static struct hold *naive_next(void)
{
	struct hold *best = NULL;
	int who = -1;

	for (int s = 0; s < SOURCES; s++) {
		if (!sources[s].queued)
			continue;
		if (who < 0 || sources[s].served < sources[who].served ||
		    (sources[s].served == sources[who].served && sources[s].queued < sources[who].queued))
			who = s;
	}
	for (int i = 0; i < HOLDS && who >= 0; i++)
		if (holds[i].in && holds[i].waits && holds[i].source == who &&
		    (!best || holds[i].waiting_since < best->waiting_since))
			best = &holds[i];
	return best;
}

static void serve(u64 now)
{
	struct hold *expected = naive_next();
	struct klips_budget_item *item = klips_budget_next(&budget, now, 1, 1000000);
	struct source *s;

	CHECK(item == (expected ? &expected->item : NULL), "step %llu: not the one whose turn it is", step);
	if (!expected)
		return;
	s = &sources[expected->source];
	expected->waits = false;
	s->served = true;
	s->queued = count(expected->source, true) ? step : 0;
}

static void test_turns(void)
{
	klips_budget_init(&budget, 4711);
	for (step = 1; step < STEPS && !unit_failures_now; step++) {
		struct hold *h = &holds[rnd(HOLDS)];
		/* Always enough saved up: what the rate is about is the other test's. */
		u64 now = step * 1000000 * SECOND;

		if (!h->in)
			try_add(h, 24);
		else if (!rnd(4))
			out(h);
		else if (rnd(2))
			wait(h);
		else
			serve(now);
		CHECK(budget.holds == count(-1, false) && budget.waiting == count(-1, true), "step %llu: sums", step);
	}
	for (int i = 0; i < HOLDS; i++)
		if (holds[i].in)
			out(&holds[i]);
	CHECK(!budget.sources && !budget.holds, "%u sources are left", budget.sources);
	unit_done("budget turns");
}

/* Never more than a burst at once, nor than the rate over all, and all of that while somebody waits. */
static void test_rate(void)
{
	static const unsigned int rates[] = { 1, 7, 100, 10000 }, bursts[] = { 1, 5, 100 };

	for (unsigned int r = 0; r < 4; r++) {
		for (unsigned int b = 0; b < 3; b++) {
			unsigned long long got = 0, first = 0;
			u64 now = 5 * SECOND, end = now + 20 * SECOND;
			u8 family;
			union klips_addr a = address(0, &family);
			struct hold *h = &holds[0];

			klips_budget_init(&budget, 1);
			klips_budget_add(&budget, &h->item, family, &a, 10);
			while (now < end) {
				klips_budget_wait(&budget, &h->item);
				if (klips_budget_next(&budget, now, rates[r], bursts[b])) {
					got++;
					continue;
				}
				first = first ? first : got;
				CHECK(klips_budget_delay(&budget, now, rates[r]) > 0, "no delay, and none to have");
				now += klips_budget_delay(&budget, now, rates[r]);
			}
			CHECK(first == bursts[b], "rate %u, burst %u: %llu at once", rates[r], bursts[b], first);
			CHECK(got >= 20ULL * rates[r] + bursts[b] - 1 && got <= 20ULL * rates[r] + bursts[b],
			      "rate %u, burst %u: %llu in 20 s", rates[r], bursts[b], got);
			klips_budget_del(&budget, &h->item);
		}
	}
	unit_done("budget rate");
}

/* Two CPUs: the one that read the clock first comes second, and gets nothing for it. */
static void test_backwards(void)
{
	union klips_addr a = { .v4 = htonl(1) };
	struct klips_budget_item item = { .waits = false };
	unsigned int got = 0;

	klips_budget_init(&budget, 1);
	klips_budget_add(&budget, &item, AF_INET, &a, 10);
	for (int i = 0; i < 1000; i++) {
		klips_budget_wait(&budget, &item);
		got += !!klips_budget_next(&budget, 5 * SECOND - i % 2 * 1000, 10, 5);
	}
	CHECK(got == 5, "%u of a burst of 5 while the clock stood still", got);
	CHECK(klips_budget_delay(&budget, 4 * SECOND, 10) == SECOND / 10, "the delay of a clock that is behind");
	klips_budget_del(&budget, &item);
	unit_done("budget clock");
}

static void test_memory(void)
{
	union klips_addr a = { .v4 = htonl(1) };
	struct klips_budget_item item = { .waits = false };

	klips_budget_init(&budget, 1);
	unit_fail_after = 0;
	CHECK(klips_budget_add(&budget, &item, AF_INET, &a, 10) == -ENOMEM, "without memory");
	CHECK(!budget.holds && !budget.sources && !klips_budget_victim(&budget), "something is left");
	unit_fail_after = -1;
	unit_done("budget memory");
}

int main(void)
{
	test_turns();
	test_rate();
	test_backwards();
	test_memory();
	return unit_status();
}
