// SPDX-License-Identifier: GPL-2.0
/* The ring keeps the newest KLIPS_JOURNAL_SIZE drops, in order. */
#include <linux/slab.h>

#include "selftest.h"

static void add_many(struct klips_net *kn, unsigned int n)
{
	struct klips_drop_record rec = { .why = KLIPS_DROP_LOOP };

	while (n--) {
		rec.time++;
		local_bh_disable();
		klips_journal_add(kn, &rec);
		local_bh_enable();
	}
}

/* Whether the journal has exactly the drops @first to @last, each what it was. */
static bool has(struct klips_net *kn, u64 first, u64 last)
{
	struct klips_drop_record rec = {};
	u64 after = 0;

	while (klips_journal_read(kn, after, &rec)) {
		if (rec.number != (after ? after + 1 : first) ||
		    rec.time != rec.number || rec.why != KLIPS_DROP_LOOP)
			return false;
		after = rec.number;
	}
	return after == last;
}

static const char *test_ring(struct klips_net *kn)
{
	struct klips_drop_record rec;

	add_many(kn, 1);
	if (kn->journal || klips_journal_read(kn, 0, &rec))
		return "something without a journal";
	if (klips_journal_start(kn) || klips_journal_start(kn))
		return "no memory";
	if (!has(kn, 0, 0))
		return "not empty at first";
	add_many(kn, 1);
	if (!has(kn, 1, 1))
		return "one drop";
	return NULL;
}

static const char *test_wrap(struct klips_net *kn)
{
	struct klips_drop_record rec = { .time = 2 };

	/* The record counts on where it is its own number. */
	while (rec.time <= 3 * KLIPS_JOURNAL_SIZE + 7) {
		rec.why = KLIPS_DROP_LOOP;
		local_bh_disable();
		klips_journal_add(kn, &rec);
		local_bh_enable();
		if (rec.number != rec.time++)
			return "number";
		if (rec.number % (KLIPS_JOURNAL_SIZE / 2) > 1)
			continue;
		if (!has(kn, max_t(s64, 1, (s64)rec.number - KLIPS_JOURNAL_SIZE + 1),
			 rec.number))
			return "wrapped";
	}
	return NULL;
}

bool klips_selftest_journal(void)
{
	struct klips_net *kn = kzalloc(sizeof(*kn), GFP_KERNEL);
	const char *why = kn ? test_ring(kn) : "no memory";

	if (!why)
		why = test_wrap(kn);
	if (kn)
		klips_journal_net_exit(kn);
	kfree(kn);
	if (why)
		klips_selftest_fail("drop journal", why);
	else
		klips_selftest_ok("drop journal");
	return !why;
}
