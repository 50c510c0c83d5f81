// SPDX-License-Identifier: GPL-2.0
#include "restore.h"

static uint64_t pause_of(unsigned int times)
{
	uint64_t pause = RESTORE_PAUSE_MIN;

	if (times < RESTORE_AT_ONCE)
		return 0;
	for (times -= RESTORE_AT_ONCE; times && pause < RESTORE_PAUSE_MAX; times--)
		pause *= 2;
	return pause < RESTORE_PAUSE_MAX ? pause : RESTORE_PAUSE_MAX;
}

static enum restore_say say(struct restore *r, uint64_t now)
{
	if (now >= r->window + RESTORE_TELL) {
		r->window = now;
		r->lines = 0;
	}
	if (r->times != 1 && r->times != RESTORE_AT_ONCE && now < r->told + RESTORE_TELL)
		return RESTORE_QUIET;
	if (r->lines >= RESTORE_LINES)
		return RESTORE_QUIET;
	r->lines++;
	r->told = now;
	return r->times == RESTORE_AT_ONCE ? RESTORE_SAY_PAUSES : RESTORE_SAY;
}

enum restore_say restore_done(struct restore *r, uint64_t gone_at, uint64_t now)
{
	if (gone_at >= r->last + RESTORE_STAYED)
		r->times = 0;
	r->times++;
	r->last = now;
	r->next = now + pause_of(r->times);
	return say(r, now);
}
