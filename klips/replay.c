// SPDX-License-Identifier: GPL-2.0
/* The anti-replay window. Pure: compiles in user space for its unit test. */
#include "replay.h"

bool klips_replay_check(const struct klips_replay *r, u64 seq)
{
	u64 behind;

	if (!r->window)
		return true;
	/* Numbers start at 1 (RFC 4303 3.3.3). */
	if (!seq)
		return false;
	if (seq > r->top)
		return true;
	behind = r->top - seq;
	if (behind >= r->window)
		return false;
	return !(r->bitmap >> behind & 1);
}

bool klips_replay_advance(struct klips_replay *r, u64 seq)
{
	u64 ahead;

	if (!klips_replay_check(r, seq))
		return false;
	if (!r->window) {
		if (seq > r->top)
			r->top = seq;
		return true;
	}
	if (seq <= r->top) {
		r->bitmap |= 1ULL << (r->top - seq);
		return true;
	}
	ahead = seq - r->top;
	r->bitmap = ahead < 64 ? r->bitmap << ahead : 0;
	r->bitmap |= 1;
	r->top = seq;
	return true;
}
