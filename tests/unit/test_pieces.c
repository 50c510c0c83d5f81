// SPDX-License-Identifier: GPL-2.0
/* sources: klips/pieces.c */
/*
 * Fragments against a model that has a mark for each unit of eight bytes: all orders of four, and random
 * ones that repeat, overlap and lie about the end.
 */
#include <stdlib.h>

#include "../../klips/pieces.h"
#include "rnd.h"
#include "unit.h"

#define UNITS 64

/* The model: which piece brought each unit, and where the end is said to be. */
struct model {
	int by[UNITS];
	int n;
	int end;			/* 0: nobody said */
	struct { int from, to; bool last; } piece[KLIPS_PIECES_MAX];
};

static enum klips_piece_fate model_add(struct model *m, int from, int to, bool last)
{
	int i, touched = 0, most = 0;

	for (i = 0; i < m->n; i++)
		most = m->piece[i].to > most ? m->piece[i].to : most;
	if (last && ((m->end && m->end != to) || most > to))
		return KLIPS_PIECE_OVERLAPS;
	if (!last && m->end && to >= m->end)
		return KLIPS_PIECE_OVERLAPS;
	for (i = from; i < to; i++)
		touched += m->by[i] != 0;
	for (i = 0; i < m->n && touched; i++)
		if (m->piece[i].from == from && m->piece[i].to == to)
			return KLIPS_PIECE_AGAIN;
	if (touched)
		return KLIPS_PIECE_OVERLAPS;
	m->piece[m->n].from = from;
	m->piece[m->n].to = to;
	m->n++;
	for (i = from; i < to; i++)
		m->by[i] = m->n;
	if (last)
		m->end = to;
	for (i = 0; i < m->end; i++)
		if (!m->by[i])
			return KLIPS_PIECE_WAITS;
	return m->end ? KLIPS_PIECE_WHOLE : KLIPS_PIECE_WAITS;
}

static void check_order(const struct klips_pieces *all, const struct model *m)
{
	const struct klips_piece *p;
	u32 end = 0, have = 0, count = 0;

	for (p = all->first; p; p = p->next) {
		CHECK(p->from >= end, "pieces are not in their order");
		end = p->to;
		have += p->to - p->from;
		count++;
	}
	CHECK(count == all->count && have == all->have, "miscounted: %u pieces of %u, %u bytes of %u", count,
	      all->count, have, all->have);
	CHECK((int)count == m->n, "%u pieces, the model has %d", count, m->n);
}

static void test_random(void)
{
	static unsigned int fates[KLIPS_PIECE_TOO_MANY + 1];
	unsigned int i, j;

	for (i = 0; i < 200000; i++) {
		struct klips_piece piece[24] = { };
		struct klips_pieces all = { };
		struct model m = { .n = 0 };
		int size = 4 + rnd(UNITS - 4), each = 1 + rnd(size);

		for (j = 0; j < 24; j++) {
			int from = rnd(4) ? rnd(size / each + 1) * each : rnd(size);
			int to = from + (rnd(6) ? each : 1 + (int)rnd(8));
			enum klips_piece_fate want, got;
			bool last;

			to = to > size ? size : to;
			if (to <= from)
				continue;
			last = rnd(30) ? to == size : rnd(2);
			piece[j].from = from * 8;
			piece[j].to = to * 8;
			want = model_add(&m, from, to, last);
			got = klips_pieces_add(&all, &piece[j], last);
			CHECK(want == got, "case %u.%u: fate %u, the model says %u", i, j, got, want);
			fates[got]++;
			if (got == KLIPS_PIECE_WHOLE)
				break;
		}
		check_order(&all, &m);
		if (unit_failures_now > 5)
			return;
	}
	for (j = 0; j < KLIPS_PIECE_TOO_MANY; j++)
		CHECK(fates[j] > 1000, "fate %u only %u times: the test tests nothing", j, fates[j]);
	unit_done("random fragments against a model, 200,000 datagrams");
}

/* The @n-th order of four. */
static void order_of(unsigned int n, unsigned int order[4])
{
	unsigned int left[4] = { 0, 1, 2, 3 }, i, j, k;

	for (i = 4; i > 0; i--) {
		j = n % i;
		n /= i;
		order[4 - i] = left[j];
		for (k = j; k + 1 < i; k++)
			left[k] = left[k + 1];
	}
}

static void test_orders(void)
{
	unsigned int n, i, order[4];

	for (n = 0; n < 24; n++) {
		struct klips_piece piece[4] = { };
		struct klips_pieces all = { };

		order_of(n, order);
		for (i = 0; i < 4; i++) {
			struct klips_piece *p = &piece[order[i]];

			p->from = order[i] * 1000;
			p->to = p->from + 1000;
			CHECK(klips_pieces_add(&all, p, order[i] == 3) ==
			      (i == 3 ? KLIPS_PIECE_WHOLE : KLIPS_PIECE_WAITS), "order %u, piece %u", n, i);
		}
		for (i = 0; i < 4; i++)
			CHECK(i ? piece[i - 1].next == &piece[i] : all.first == piece, "order %u: not sorted", n);
	}
	unit_done("all orders of four fragments");
}

static void test_most(void)
{
	static struct klips_piece piece[KLIPS_PIECES_MAX + 1];
	struct klips_pieces all = { };
	u32 i;

	for (i = 0; i <= KLIPS_PIECES_MAX; i++) {
		piece[i].from = 16 * i;
		piece[i].to = 16 * i + 8;
		CHECK(klips_pieces_add(&all, &piece[i], false) ==
		      (i < KLIPS_PIECES_MAX ? KLIPS_PIECE_WAITS : KLIPS_PIECE_TOO_MANY), "piece %u", i);
	}
	unit_done("no more fragments than permitted");
}

static void test_plausible(void)
{
	static const struct { u32 from, to; bool last, want; } cases[] = {
		{ 0, 1480, false, true }, { 1480, 2960, false, true }, { 2960, 2961, true, true },
		{ 0, 16, false, true }, { 16, 24, false, true },
		{ 0, 8, true, true },			/* whole, in a fragment of its own */
		{ 0, 8, false, false },			/* tiny */
		{ 8, 1480, false, false }, { 8, 9, true, false },	/* offset 1 */
		{ 0, 1481, false, false }, { 16, 30, false, false },	/* not by eights */
		{ 0, 0, true, false }, { 1480, 1480, true, false },	/* nothing in it */
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(klips_piece_plausible(cases[i].from, cases[i].to, cases[i].last) == cases[i].want,
		      "[%u, %u)", cases[i].from, cases[i].to);
	unit_done("tiny fragments");
}

int main(void)
{
	test_plausible();
	test_orders();
	test_most();
	test_random();
	return unit_status();
}
