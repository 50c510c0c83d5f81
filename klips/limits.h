/* SPDX-License-Identifier: GPL-2.0 */
/* When an SA has lived long enough. Pure: compiles in user space for its unit test. */
#ifndef KLIPS_LIMITS_H
#define KLIPS_LIMITS_H

#include "pure.h"

struct klips_limits {
	u64 bytes;			/* 0: no limit, as all below */
	u64 packets;
	u64 addtime;			/* seconds since mature */
	u64 usetime;			/* seconds since first use */
};

/* What an SA has behind it. Times in seconds of one clock that does not jump. */
struct klips_usage {
	u64 bytes;
	u64 packets;
	s64 now;
	s64 added;			/* when it became mature */
	s64 used_first;			/* 0: never */
};

#define KLIPS_LIMITS_NEVER (~0ULL)

/* Whether there is one of bytes or packets: asked for each packet. */
static inline bool klips_limits_counted(const struct klips_limits *l)
{
	return l->bytes | l->packets;
}

/* Whether there is any. */
bool klips_limits_any(const struct klips_limits *l);

/* Whether one is reached, of all or of bytes and packets only. */
bool klips_limits_over(const struct klips_limits *l, const struct klips_usage *u);
bool klips_limits_counts_over(const struct klips_limits *l, u64 bytes, u64 packets);

/*
 * Seconds until the next of either is reached by the passing of time alone, at least 1;
 * KLIPS_LIMITS_NEVER. Those reached already do not count.
 */
u64 klips_limits_next(const struct klips_limits *soft, const struct klips_limits *hard,
		      const struct klips_usage *u);

#endif
