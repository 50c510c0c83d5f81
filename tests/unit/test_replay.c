// SPDX-License-Identifier: GPL-2.0
/* sources: klips/replay.c */
/* The replay window against a model that remembers every number it saw. */
#include <stdlib.h>

#include "../../klips/replay.h"
#define RND_SEED 2463534242ULL
#include "rnd.h"
#include "unit.h"

#define CASES 1000000
#define LLU(n) ((unsigned long long)(n))

/* Every number that was accepted, in a hash that never forgets. */
#define SLOTS (1U << 21)

struct model {
	u32 window;
	u64 top;
	u64 seen[SLOTS];		/* 0: free */
};

static struct model m;

static u64 *slot_of(u64 seq)
{
	u32 i = (seq * 0x9e3779b97f4a7c15ULL) >> 43;

	while (m.seen[i] && m.seen[i] != seq)
		i = (i + 1) % SLOTS;
	return &m.seen[i];
}

static void model_start(u32 window)
{
	memset(&m, 0, sizeof(m));
	m.window = window;
}

static bool model_ok(u64 seq)
{
	if (!m.window)
		return true;
	if (!seq || (seq <= m.top && m.top - seq >= m.window))
		return false;
	return !*slot_of(seq);
}

static void model_accept(u64 seq)
{
	*slot_of(seq) = seq;
	if (seq > m.top)
		m.top = seq;
}

/* RFC 4303 A2.1, as it stands there. */
static u64 model_number(u32 low)
{
	u32 window = m.window, tl = m.top, th = m.top >> 32;
	u32 bl = tl - window + 1, h;

	if (tl >= window - 1)
		h = low >= bl ? th : th + 1;
	else
		h = low >= bl && th ? th - 1 : th;
	return (u64)h << 32 | low;
}

static struct klips_replay *replay_new(u32 window, bool esn)
{
	struct klips_replay *r;

	r = calloc(1, sizeof(*r) + klips_replay_words(window) * sizeof(r->ring[0]));
	if (!r)
		abort();
	klips_replay_init(r, window, esn);
	return r;
}

/* A number as the wire may bring it: mostly near the top, some at the edges, some far away. */
static u64 some_number(u32 window)
{
	u32 reach = window + 70;

	switch (rnd(40)) {
	case 0:
		return m.top - window;
	case 1:
		return m.top - window + 1;
	case 2:
		return m.top;
	case 3:
		return m.top + window + rnd(200);
	case 4:
		return rnd(4000) ? m.top + 1 : m.top + ((u64)rnd(1U << 31) << rnd(8));
	case 5:
		return rnd(3);
	default:
		return m.top + rnd(2 * reach) + 1 < reach ? 1 : m.top + rnd(2 * reach) - reach;
	}
}

static u64 model_recent(void)
{
	u64 recent = 0;

	for (u64 n = 0; n < 64 && n < m.window && n < m.top; n++)
		if (*slot_of(m.top - n))
			recent |= 1ULL << n;
	return recent;
}

static void one_case(struct klips_replay *r, u64 seq, unsigned int *refused)
{
	bool want = model_ok(seq);

	*refused += !want;
	CHECK(klips_replay_check(r, seq) == want, "window %u: check of %llu, top %llu",
	      m.window, LLU(seq), LLU(m.top));
	if (rnd(4) == 0)
		return;		/* checked, never authenticated: nothing may change */
	CHECK(klips_replay_advance(r, seq) == want, "window %u: advance to %llu, top %llu",
	      m.window, LLU(seq), LLU(m.top));
	if (want)
		model_accept(seq);
	CHECK(r->top == m.top, "window %u: top %llu, want %llu", m.window,
	      LLU(r->top), LLU(m.top));
}

static void test_random(u32 window)
{
	struct klips_replay *r = replay_new(window, true);
	unsigned int i, refused = 0;
	char name[64];

	model_start(window);
	for (i = 0; i < CASES && unit_failures_now <= 5; i++) {
		one_case(r, some_number(window), &refused);
		if (i % 64 == 0)
			CHECK(klips_replay_recent(r) == model_recent(), "window %u: bitmap", window);
	}
	CHECK(!window || refused > 1000, "only %u refused: the test tests nothing", refused);
	free(r);
	snprintf(name, sizeof(name), "replay window %u against the model", window);
	unit_done(name);
}

/* Tops around every wrap, low halves around the window's edges: the text of the RFC says what is right. */
static void test_numbers(u32 window)
{
	struct klips_replay *r = replay_new(window, true);
	char name[64];
	unsigned int i;

	model_start(window);
	for (i = 0; i < CASES && unit_failures_now <= 5; i++) {
		u32 low = rnd(3) ? (u32)m.top + rnd(3 * window) - 2 * window : rng >> 9;

		if (i % 16 == 0) {
			m.top = ((u64)rnd(4) << 32) + rnd(3 * window);
			m.top -= m.top > 2 * window ? rnd(2 * window) : 0;
			r->top = m.top;
		}
		CHECK(klips_replay_number(r, low) == model_number(low), "window %u: top %llx, low %x: %llx, not %llx",
		      window, LLU(m.top), low, LLU(klips_replay_number(r, low)), LLU(model_number(low)));
	}
	free(r);
	snprintf(name, sizeof(name), "numbers of 64 bits, window %u, against RFC 4303 A2.1", window);
	unit_done(name);
}

/*
 * A sender that counts across the wrap of the low half, several times, and a network that loses,
 * repeats and reorders: what it sent is what is understood.
 */
static void test_wraps(u32 window, u32 reorder)
{
	struct klips_replay *r = replay_new(window, true);
	u64 sent = 0xffffff00ULL;
	unsigned int i, took = 0;
	char name[80];

	model_start(window);
	r->top = sent;
	m.top = sent;
	for (i = 0; i < CASES && unit_failures_now <= 5; i++) {
		u64 seq = sent - (reorder ? rnd(reorder) : 0), got;

		got = klips_replay_number(r, seq);
		CHECK(got == seq, "window %u: %llx understood as %llx, top %llx", window, LLU(seq), LLU(got), LLU(r->top));
		CHECK(klips_replay_check(r, got) == model_ok(seq), "window %u: %llx", window, LLU(seq));
		if (klips_replay_advance(r, got)) {
			model_accept(seq);
			took++;
		}
		/* All of these were lost, fewer than 2^32 - window, or than 2^31 without one. */
		if (rnd(20000) == 0)
			sent += (window ? 0xffffe000 : 0x7fff0000) - rnd(1000);
		sent += rnd(3);
	}
	CHECK(took > CASES / 20 && sent >> 32 > 10, "%u accepted, sent %llx: the test tests nothing", took, LLU(sent));
	free(r);
	snprintf(name, sizeof(name), "low half wraps, window %u", window);
	unit_done(name);
}

/* Packets that nobody authenticated, whatever numbers they carry: not a bit of the window moves. */
static void test_forged(u32 window)
{
	size_t size = sizeof(struct klips_replay) + klips_replay_words(window) * sizeof(u64);
	struct klips_replay *r = replay_new(window, true), *before = replay_new(window, true);
	unsigned int i, taken = 0;
	char name[64];

	for (i = 0; i < 1000; i++)
		klips_replay_advance(r, 0xfffffe00ULL + rnd(2000));
	memcpy(before, r, size);
	for (i = 0; i < CASES; i++) {
		u64 seq = klips_replay_number(r, rnd(2) ? rng >> 7 : (u32)r->top + rnd(3 * window + 9) - window);

		taken += klips_replay_check(r, seq);
	}
	CHECK(!memcmp(before, r, size), "window %u: it moved", window);
	CHECK(taken > 1000, "only %u would be taken: the test tests nothing", taken);
	free(before);
	free(r);
	snprintf(name, sizeof(name), "no advance without authentication, window %u", window);
	unit_done(name);
}

static void test_edges(void)
{
	struct klips_replay *r = replay_new(64, false);

	CHECK(!klips_replay_check(r, 0), "0 is never sent");
	CHECK(klips_replay_advance(r, 0xffffffff), "the last number");
	CHECK(!klips_replay_advance(r, 0xffffffff), "the last number again");
	CHECK(klips_replay_advance(r, 0xffffffff - 63), "the far edge of the window");
	CHECK(!klips_replay_advance(r, 0xffffffff - 64), "one beyond it");
	CHECK(klips_replay_number(r, 5) == 5, "without ESN nothing wraps");
	CHECK(klips_replay_recent(r) == (1ULL << 63 | 1), "bitmap %llx", LLU(klips_replay_recent(r)));
	free(r);

	r = replay_new(4096, true);
	CHECK(klips_replay_advance(r, UINT64_MAX), "the last number of all");
	CHECK(!klips_replay_advance(r, UINT64_MAX), "the last number of all again");
	CHECK(klips_replay_advance(r, UINT64_MAX - 4095), "the far edge of the largest window");
	CHECK(!klips_replay_advance(r, UINT64_MAX - 4096), "one beyond it");
	CHECK(!klips_replay_check(r, klips_replay_number(r, 7)), "a number that would be 2^64 + 7");
	free(r);

	r = replay_new(0, true);
	CHECK(klips_replay_number(r, 0xfffffff0) == 0xfffffff0, "no number is below 0");
	CHECK(klips_replay_advance(r, 0xfffffff0), "without a window all is taken");
	CHECK(klips_replay_advance(r, 0xfffffff0), "twice, too");
	CHECK(klips_replay_number(r, 3) == 0x100000003ULL, "the nearest number, above");
	CHECK(klips_replay_advance(r, 0x100000003ULL), "it is taken");
	CHECK(klips_replay_number(r, 0xfffffff0) == 0xfffffff0, "the nearest number, below");
	CHECK(!klips_replay_recent(r), "no window, no bitmap");
	free(r);
	CHECK(klips_replay_words(0) == 1 && klips_replay_words(64) == 2 &&
	      klips_replay_words(65) == 4 && klips_replay_words(4096) == 128, "size of the ring");
	unit_done("replay edges");
}

int main(void)
{
	static const u32 windows[] = { 0, 1, 2, 31, 32, 33, 63, 64, 65, 128, 1000, 4095, 4096 };
	unsigned int i;

	for (i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
		test_random(windows[i]);
		if (windows[i])
			test_numbers(windows[i]);
		test_wraps(windows[i], windows[i] ? windows[i] : 100);
		test_forged(windows[i]);
	}
	test_edges();
	return unit_status();
}
