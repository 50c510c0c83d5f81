// SPDX-License-Identifier: GPL-2.0
/* Lifetimes as arithmetic (RFC 2367 2.3.3). Pure: compiles in user space for its unit test. */
#include "limits.h"

bool klips_limits_any(const struct klips_limits *l)
{
	return klips_limits_counted(l) || l->addtime || l->usetime;
}

static bool over(u64 value, u64 limit)
{
	return limit && value >= limit;
}

bool klips_limits_counts_over(const struct klips_limits *l, u64 bytes, u64 packets)
{
	return over(bytes, l->bytes) || over(packets, l->packets);
}

bool klips_limits_over(const struct klips_limits *l, const struct klips_usage *u)
{
	return klips_limits_counts_over(l, u->bytes, u->packets) ||
	       over(u->now - u->added, l->addtime) ||
	       (u->used_first && over(u->now - u->used_first, l->usetime));
}

static u64 sooner(u64 next, u64 passed, u64 limit)
{
	return limit > passed && limit - passed < next ? limit - passed : next;
}

static u64 next_of(const struct klips_limits *l, const struct klips_usage *u, u64 next)
{
	next = sooner(next, u->now - u->added, l->addtime);
	if (u->used_first)
		next = sooner(next, u->now - u->used_first, l->usetime);
	return next;
}

u64 klips_limits_next(const struct klips_limits *soft, const struct klips_limits *hard,
		      const struct klips_usage *u)
{
	return next_of(hard, u, next_of(soft, u, KLIPS_LIMITS_NEVER));
}
