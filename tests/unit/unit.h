/* SPDX-License-Identifier: GPL-2.0 */
/* What every unit test needs: a check that names what was wrong, and a verdict. */
#ifndef KLIPS_TESTS_UNIT_H
#define KLIPS_TESTS_UNIT_H

#include <stdio.h>

static int unit_failures_now;
static int unit_failures_all;

/* One expectation; prints where and why on failure and carries on. */
#define CHECK(cond, ...) do { \
	if (!(cond)) { \
		unit_failures_now++; \
		printf("# %s:%d: ", __FILE__, __LINE__); \
		printf(__VA_ARGS__); \
		printf("\n"); \
	} \
} while (0)

/* Ends a group of checks: one line, "ok NAME" or "not ok NAME: N checks failed". */
static inline void unit_done(const char *name)
{
	if (unit_failures_now)
		printf("not ok %s: %d checks failed\n", name, unit_failures_now);
	else
		printf("ok %s\n", name);
	fflush(stdout);
	unit_failures_all += unit_failures_now;
	unit_failures_now = 0;
}

/* The exit status of a test program. */
static inline int unit_status(void)
{
	return unit_failures_all ? 1 : 0;
}

#endif
