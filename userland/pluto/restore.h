/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How soon something of ours that somebody removes is put back: at once, but with one who removes it again and again
 * after growing pauses, and not each time with a line in the log. Pure; times are milliseconds.
 */
#ifndef PLUTO_RESTORE_H
#define PLUTO_RESTORE_H

#include <stdint.h>

#define RESTORE_AT_ONCE 5		/* times: "ip route flush" removes until it sees nothing any more */
#define RESTORE_STAYED 500		/* what stays that long was not removed at once again */
#define RESTORE_PAUSE_MIN 50
#define RESTORE_PAUSE_MAX 1000
#define RESTORE_LINES 20		/* in the log, at most, in a RESTORE_TELL */
#define RESTORE_TELL 60000

/* All zero in the beginning. */
struct restore {
	uint64_t last;			/* when it was put back */
	uint64_t next;			/* not to be put back before */
	uint64_t told;
	unsigned int times;		/* without having stayed */
	uint64_t window;		/* when lines began to be counted */
	unsigned int lines;
};

enum restore_say {
	RESTORE_SAY,			/* a line */
	RESTORE_SAY_PAUSES,		/* the same, and that from now on there are pauses, and one line a minute */
	RESTORE_QUIET,
};

/* What was seen gone at @gone_at was put back now: what to say, and r->next. */
enum restore_say restore_done(struct restore *r, uint64_t gone_at, uint64_t now);

#endif
