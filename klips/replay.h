/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The anti-replay window (RFC 4303 3.4.3) and extended sequence numbers (RFC 4303 2.2.1,
 * RFC 4304). Pure, no lock in here.
 */
#ifndef KLIPS_REPLAY_H
#define KLIPS_REPLAY_H

#include "pure.h"

#define KLIPS_REPLAY_MAX_WINDOW 4096

/*
 * The bitmap is a ring of 64-bit words (RFC 6479): number n has bit n % 64 of word n / 64. There
 * is at least one word more than the window needs, so that a new word can be cleared as a whole.
 */
struct klips_replay {
	u32 window;			/* packets, 0: no check, at most KLIPS_REPLAY_MAX_WINDOW */
	u32 mask;			/* words in the ring, a power of two, less 1 */
	bool esn;			/* numbers have 64 bits, of which packets carry the lower 32 */
	u64 top;			/* highest number accepted */
	u64 ring[];			/* klips_replay_words() of them */
};

/* How many words a window of @window packets takes. */
unsigned int klips_replay_words(u32 window);

/* @r is zeroed, with room for klips_replay_words(@window). */
void klips_replay_init(struct klips_replay *r, u32 window, bool esn);

/*
 * The whole number of a packet that carries @low: without ESN @low itself, else the one
 * that the window's position says (RFC 4303 A2.1). Only a good ICV proves it.
 */
u64 klips_replay_number(const struct klips_replay *r, u32 low);

/* Whether @seq could still be accepted; asked before the ICV is checked, changes nothing. */
bool klips_replay_check(const struct klips_replay *r, u64 seq);

/* Accepts @seq, once, after its ICV was found good: false where it is a replay after all. */
bool klips_replay_advance(struct klips_replay *r, u64 seq);

/* For eyes: bit n says that top - n is in the window and was accepted. */
u64 klips_replay_recent(const struct klips_replay *r);

#endif
