/* SPDX-License-Identifier: GPL-2.0 */
/* The anti-replay window of RFC 4303 3.4.3. Pure, no lock in here. */
#ifndef KLIPS_REPLAY_H
#define KLIPS_REPLAY_H

#include "pure.h"

#define KLIPS_REPLAY_MAX_WINDOW 64

struct klips_replay {
	u32 window;			/* packets, 0: no check, at most KLIPS_REPLAY_MAX_WINDOW */
	u64 top;			/* highest number accepted */
	u64 bitmap;			/* bit n: top - n was accepted */
};

/* Whether @seq could still be accepted; asked before the ICV is checked, changes nothing. */
bool klips_replay_check(const struct klips_replay *r, u64 seq);

/* Accepts @seq, once, after its ICV was found good: false where it is a replay after all. */
bool klips_replay_advance(struct klips_replay *r, u64 seq);

#endif
