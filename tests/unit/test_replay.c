// SPDX-License-Identifier: GPL-2.0
/* sources: klips/replay.c */
/* The replay window against a model that remembers every number it saw. */
#include <stdlib.h>

#include "../../klips/replay.h"
#include "unit.h"

static unsigned long long rng = 2463534242ULL;

static u32 rnd(u32 n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (u32)(rng >> 16) % n;
}

#define NUMBERS 4096

struct model {
	u32 window;
	u64 top;
	bool seen[NUMBERS];
};

static bool model_ok(const struct model *m, u64 seq)
{
	if (!m->window)
		return true;
	return seq && (seq > m->top || m->top - seq < m->window) && !m->seen[seq];
}

static void test_random(u32 window)
{
	struct klips_replay r = { .window = window };
	struct model m = { .window = window };
	char name[64];
	unsigned int i, no = 0;

	for (i = 0; i < 300000; i++) {
		u64 seq = m.top + rnd(100) > 50 ? m.top + rnd(100) - 50 : rnd(50);
		bool want;

		if (m.top > NUMBERS - 200) {
			memset(&m.seen, 0, sizeof(m.seen));
			m.top = 0;
			r = (struct klips_replay){ .window = window };
		}
		if (seq >= NUMBERS)
			continue;
		want = model_ok(&m, seq);
		no += !want;
		CHECK(klips_replay_check(&r, seq) == want, "window %u: check of %llu, top %llu",
		      window, (unsigned long long)seq, (unsigned long long)m.top);
		if (rnd(4) == 0)
			continue;	/* checked, never authenticated: nothing may change */
		CHECK(klips_replay_advance(&r, seq) == want, "window %u: advance to %llu, top %llu",
		      window, (unsigned long long)seq, (unsigned long long)m.top);
		if (want) {
			m.seen[seq] = true;
			if (seq > m.top)
				m.top = seq;
		}
		CHECK(r.top == m.top, "window %u: top %llu, want %llu", window,
		      (unsigned long long)r.top, (unsigned long long)m.top);
		if (unit_failures_now > 5)
			break;
	}
	CHECK(!window || no > 1000, "only %u refused: the test tests nothing", no);
	snprintf(name, sizeof(name), "replay window %u against the model", window);
	unit_done(name);
}

static void test_edges(void)
{
	struct klips_replay r = { .window = 64 };

	CHECK(!klips_replay_check(&r, 0), "0 is never sent");
	CHECK(klips_replay_advance(&r, 0xffffffff), "the last number");
	CHECK(!klips_replay_advance(&r, 0xffffffff), "the last number again");
	CHECK(klips_replay_advance(&r, 0xffffffff - 63), "the far edge of the window");
	CHECK(!klips_replay_advance(&r, 0xffffffff - 64), "one beyond it");
	CHECK(klips_replay_advance(&r, 0x100000000ULL + 200), "a jump further than the window");
	CHECK(!klips_replay_advance(&r, 0xffffffff), "what the jump left behind");
	unit_done("replay edges");
}

int main(void)
{
	static const u32 windows[] = { 0, 1, 2, 31, 32, 33, 63, 64 };
	unsigned int i;

	for (i = 0; i < sizeof(windows) / sizeof(*windows); i++)
		test_random(windows[i]);
	test_edges();
	return unit_status();
}
