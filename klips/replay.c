// SPDX-License-Identifier: GPL-2.0
/* The anti-replay window. Pure: compiles in user space for its unit test. */
#include "replay.h"

unsigned int klips_replay_words(u32 window)
{
	unsigned int words = 1;

	while (words * 64 < window + 64)
		words *= 2;
	return words;
}

void klips_replay_init(struct klips_replay *r, u32 window, bool esn)
{
	r->window = window;
	r->mask = klips_replay_words(window) - 1;
	r->esn = esn;
}

/*
 * RFC 4303 A2.1, both of its cases at once: seen from the lower edge of the window, a packet is
 * ahead by less than 2^32. Without a window, which nobody should combine with ESN, the edge is 2^31 behind,
 * so that the nearest number is taken. Below 0 there are no numbers.
 */
u64 klips_replay_number(const struct klips_replay *r, u32 low)
{
	u64 edge;

	if (!r->esn)
		return low;
	edge = r->top - (r->window ? r->window - 1 : 1U << 31);
	if (edge > r->top)
		edge = 0;
	return edge + (u32)(low - (u32)edge);
}

static unsigned int word_of(const struct klips_replay *r, u64 seq)
{
	return (seq >> 6) & r->mask;
}

static u64 bit_of(u64 seq)
{
	return 1ULL << (seq & 63);
}

bool klips_replay_check(const struct klips_replay *r, u64 seq)
{
	if (!r->window)
		return true;
	/* Numbers start at 1 (RFC 4303 3.3.3). */
	if (!seq)
		return false;
	if (seq > r->top)
		return true;
	return r->top - seq < r->window &&
	       !(r->ring[word_of(r, seq)] & bit_of(seq));
}

/* Moves the window up to @seq: the words that come into the ring hold nothing yet. */
static void slide(struct klips_replay *r, u64 seq)
{
	u64 word = r->top >> 6, left = (seq >> 6) - word;

	if (left > r->mask)
		left = (u64)r->mask + 1;
	while (left--)
		r->ring[++word & r->mask] = 0;
	r->top = seq;
}

bool klips_replay_advance(struct klips_replay *r, u64 seq)
{
	if (!klips_replay_check(r, seq))
		return false;
	if (seq > r->top)
		slide(r, seq);
	if (r->window)
		r->ring[word_of(r, seq)] |= bit_of(seq);
	return true;
}

u64 klips_replay_recent(const struct klips_replay *r)
{
	u64 recent = 0, n;

	for (n = 0; n < 64 && n < r->window && n < r->top; n++)
		if (r->ring[word_of(r, r->top - n)] & bit_of(r->top - n))
			recent |= 1ULL << n;
	return recent;
}
