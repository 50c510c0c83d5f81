// SPDX-License-Identifier: GPL-2.0
/* Where sequence numbers end (RFC 4303 3.3.3). */
#include "selftest.h"

/* The number after @before is @want, 0: there is none. */
static bool test_next(struct klips_sa *sa, u64 before, u64 want)
{
	u64 seq;

	atomic64_set(&sa->seq_out, before);
	if (!take_sequence(sa, 1, &seq))
		return !want && (u64)atomic64_read(&sa->seq_out) == before;
	return seq == want;
}

static bool test_sequence(const char *name, u64 last)
{
	struct klips_sa *sa = kzalloc(sizeof(*sa), GFP_KERNEL);
	bool ok;

	if (!sa) {
		klips_selftest_fail(name, "no memory");
		return false;
	}
	sa->seq_last = last;
	ok = test_next(sa, 0, 1) && test_next(sa, last - 1, last) &&
	     test_next(sa, last, 0) && test_next(sa, last, 0) &&
	     test_next(sa, U32_MAX, last == U32_MAX ? 0 : 1ULL << 32);
	kfree(sa);
	if (ok)
		klips_selftest_ok(name);
	else
		klips_selftest_fail(name, "wrong number");
	return ok;
}

bool klips_selftest_xmit(void)
{
	bool ok = test_sequence("sequence numbers of 32 bits", U32_MAX);

	return test_sequence("sequence numbers of 64 bits", U64_MAX) && ok;
}
