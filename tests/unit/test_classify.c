// SPDX-License-Identifier: GPL-2.0
/* sources: klips/classify.c klips/classify_find.c klips/selector.c */
/*
 * The eroute table's search against a scan of all selectors, while selectors come and go and
 * memory fails.
 */
#include <stdlib.h>

#include "../../klips/classify.h"
#include "rnd.h"
#include "unit.h"

int unit_fail_after = -1;

#define ENTRIES 200

static struct klips_entry *in[ENTRIES];		/* the model: what is in the table */
static unsigned int n_in;
static struct klips_classifier table;

/* The model's order of match: device, source, destination, protocol, ports; as numbers, the greatest first. */
static unsigned long long rank(const struct klips_selector *s)
{
	unsigned long long ports = __builtin_popcount(s->sport_mask) << 5 | __builtin_popcount(s->dport_mask);

	return (unsigned long long)!!s->device << 50 | (unsigned long long)s->src_plen << 40 |
	       (unsigned long long)s->dst_plen << 30 | (unsigned long long)!!s->proto << 20 | ports;
}

static struct klips_entry *naive_find(u32 device, const struct klips_flow *flow)
{
	struct klips_entry *best = NULL;
	unsigned int i;

	for (i = 0; i < n_in; i++) {
		if (!klips_selector_match(&in[i]->sel, device, flow))
			continue;
		if (!best || rank(&in[i]->sel) > rank(&best->sel))
			best = in[i];
	}
	return best;
}

static bool entry_hides(const struct klips_selector *s)
{
	return s->family == AF_INET6 ? s->proto : s->sport_mask || s->dport_mask;
}

/* Of a fragment: whether an entry for its addresses, which is of no lower rank than what it meets, names what it hides. */
static bool naive_undecided(u32 device, const struct klips_flow *flow, const struct klips_entry *met)
{
	unsigned int i;

	for (i = 0; i < n_in && flow->fragment; i++) {
		const struct klips_selector *s = &in[i]->sel;
		struct klips_selector addresses = *s;

		addresses.proto = 0;
		addresses.sport = addresses.sport_mask = 0;
		addresses.dport = addresses.dport_mask = 0;
		if (entry_hides(s) && klips_selector_match(&addresses, device, flow) &&
		    (!met || rank(s) >> 30 >= rank(&met->sel) >> 30))
			return true;
	}
	return false;
}

static unsigned int naive_at(const struct klips_selector *sel)
{
	unsigned int i;

	for (i = 0; i < n_in; i++)
		if (!memcmp(&in[i]->sel, sel, sizeof(*sel)))
			break;
	return i;
}

/* Addresses of few bits at the ends of all lengths, so that prefixes nest and flows meet them. */
static void random_addr(union klips_addr *a, u8 family)
{
	unsigned int i, len = klips_addr_len(family);

	memset(a, 0, sizeof(*a));
	for (i = 0; i < len; i += 1 + rnd(4))
		a->bytes[i] = rnd(3) ? 0 : 0x80 >> rnd(8);
}

static u8 random_plen(u8 family)
{
	static const u8 usual[] = { 0, 8, 16, 24, 32 };

	return rnd(2) ? usual[rnd(5)] : rnd(klips_addr_len(family) * 8 + 1);
}

static void random_selector(struct klips_selector *s)
{
	static const u16 masks[] = { 0xffff, 0xff00, 0xf000, 0xfffe, 0x00ff };
	union klips_addr src, dst;

	memset(s, 0, sizeof(*s));
	s->family = rnd(2) ? AF_INET : AF_INET6;
	s->device = rnd(3) ? 0 : rnd(3);
	s->src_plen = random_plen(s->family);
	s->dst_plen = random_plen(s->family);
	random_addr(&src, s->family);
	random_addr(&dst, s->family);
	klips_addr_mask(&s->src, &src, s->family, s->src_plen);
	klips_addr_mask(&s->dst, &dst, s->family, s->dst_plen);
	if (rnd(2))
		return;
	s->proto = rnd(2) ? 17 : 6;
	if (rnd(2))
		s->dport_mask = htons(masks[rnd(5)]);
	if (!rnd(3))
		s->sport_mask = htons(masks[rnd(5)]);
	s->dport = htons(rnd(4) << 8 | rnd(2)) & s->dport_mask;
	s->sport = htons(rnd(4) << 8 | rnd(2)) & s->sport_mask;
}

/* Half of the flows come from a selector that is in the table, in a bit that it does not name. */
static void random_flow(struct klips_flow *f)
{
	static const u8 protos[] = { 17, 6, 17, 6, 47, 0 };
	const struct klips_selector *like = n_in && rnd(2) ? &in[rnd(n_in)]->sel : NULL;

	memset(f, 0, sizeof(*f));
	f->family = like ? like->family : rnd(2) ? AF_INET : AF_INET6;
	f->proto = protos[rnd(6)];
	f->no_ports = f->proto != 17 && f->proto != 6;
	f->fragment = !f->no_ports && !rnd(8);
	if (!f->fragment && !f->no_ports) {
		f->dport = htons(rnd(4) << 8 | rnd(2));
		f->sport = htons(rnd(4) << 8 | rnd(2));
	}
	random_addr(&f->src, f->family);
	random_addr(&f->dst, f->family);
	if (like) {
		f->src = like->src;
		f->dst = like->dst;
		f->dst.bytes[klips_addr_len(f->family) - 1] |= rnd(2);
		f->src.bytes[rnd(4)] |= rnd(2) << rnd(8);
	}
}

static struct klips_entry *entry_new(const struct klips_selector *sel)
{
	struct klips_entry *e = calloc(1, sizeof(*e));

	e->sel = *sel;
	return e;
}

/* Any allocation of the change may be the one that fails. */
static void maybe_fail(void)
{
	unit_fail_after = rnd(3) ? -1 : (int)rnd(12);
}

static void add_or_replace(void)
{
	struct klips_selector sel;
	struct klips_entry *e;
	unsigned int at;
	int err;

	random_selector(&sel);
	at = naive_at(&sel);
	e = entry_new(&sel);
	maybe_fail();
	if (at < n_in)
		err = klips_classify_replace(&table, in[at], e);
	else
		err = klips_classify_add(&table, e);
	CHECK(!err || unit_fail_after < 0, "an add fails without a reason: %d", err);
	unit_fail_after = -1;
	if (err) {
		free(e);
	} else if (at < n_in) {
		free(in[at]);
		in[at] = e;
	} else {
		in[n_in++] = e;
	}
}

static void del(unsigned int at)
{
	maybe_fail();
	klips_classify_del(&table, in[at]);
	unit_fail_after = -1;
	free(in[at]);
	in[at] = in[--n_in];
}

static void change(unsigned int target)
{
	if (n_in < target && n_in < ENTRIES)
		add_or_replace();
	else if (n_in)
		del(rnd(n_in));
}

static unsigned int naive_shapes(void)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < n_in; i++) {
		const struct klips_selector *a = &in[i]->sel;

		for (j = 0; j < i; j++) {
			const struct klips_selector *b = &in[j]->sel;

			if (a->family == b->family && !a->device == !b->device && !a->proto == !b->proto &&
			    a->src_plen == b->src_plen && a->dst_plen == b->dst_plen &&
			    a->sport_mask == b->sport_mask && a->dport_mask == b->dport_mask)
				break;
		}
		n += j == i;
	}
	return n;
}

static void check_state(void)
{
	unsigned int i;

	for (i = 0; i < n_in; i++)
		CHECK(klips_classify_get(&table, &in[i]->sel) == in[i], "an entry is not found by its selector");
	CHECK(table.n_shapes == naive_shapes(), "%u shapes, the model has %u", table.n_shapes, naive_shapes());
}

/* Five times from an empty table to a full one and back, 1,000,000 lookups on the way. */
static void test_find(void)
{
	unsigned int i, hits = 0, undecided = 0, decided = 0, target = 0;

	klips_classify_init(&table);
	table.max_shapes = ~0U;
	for (i = 0; i < 1000000; i++) {
		struct klips_entry *e, *want;
		struct klips_flow f;
		u32 device = rnd(4);

		if (!(i % 20000))
			target = rnd(3) ? rnd(ENTRIES) : rnd(8);
		change(target + rnd(5));
		random_flow(&f);
		e = klips_classify_find(&table, device, &f);
		want = naive_find(device, &f);
		hits += !!want;
		decided += f.fragment && want;
		if (naive_undecided(device, &f, want)) {
			CHECK(klips_classify_undecided(e), "case %u of %u entries: decided on a fragment", i, n_in);
			undecided++;
			continue;
		}
		/* Masks with equally many bits have no order that matters. */
		CHECK(e == want || (e && want && rank(&e->sel) == rank(&want->sel) &&
				    klips_selector_match(&e->sel, device, &f)),
		      "case %u of %u entries: another one than the model's", i, n_in);
		if (!(i % 1000))
			check_state();
		if (unit_failures_now > 5)
			break;
	}
	CHECK(hits > 100000 && undecided > 1000 && decided > undecided + 1000,
	      "only %u hits, %u of fragments, %u undecided: the test tests nothing", hits, decided, undecided);
	while (n_in)
		del(0);
	check_state();
	klips_classify_exit(&table);
	unit_done("lookup against a scan, 1,000,000 random cases");
}

static struct klips_selector hosts(unsigned int n, u8 src_plen, u8 dst_plen)
{
	struct klips_selector sel = { .family = AF_INET, .src_plen = src_plen, .dst_plen = dst_plen };
	union klips_addr addr = { .v4 = htonl(0x0a000000 + n) };

	klips_addr_mask(&sel.src, &addr, AF_INET, src_plen);
	klips_addr_mask(&sel.dst, &addr, AF_INET, dst_plen);
	return sel;
}

static int add(const struct klips_selector *sel)
{
	struct klips_entry *e = entry_new(sel);
	int err = klips_classify_add(&table, e);

	if (err)
		free(e);
	else
		in[n_in++] = e;
	return err;
}

static void test_max_shapes(void)
{
	struct klips_selector sel;
	unsigned int i;

	klips_classify_init(&table);
	table.max_shapes = 4;
	for (i = 0; i < 4; i++) {
		sel = hosts(i << 8, 24, 20 + i);
		CHECK(!add(&sel), "shape %u is refused", i);
	}
	sel = hosts(9 << 8, 24, 24);
	CHECK(add(&sel) == -ENOSPC, "a fifth shape is taken");
	CHECK(!klips_classify_get(&table, &sel), "what was refused is there");
	sel = hosts(9 << 8, 24, 23);
	CHECK(!add(&sel), "one more of a shape that is there is refused");
	del(0);
	sel = hosts(9 << 8, 24, 24);
	CHECK(!add(&sel), "the place of a shape that went is not free");
	check_state();
	while (n_in)
		del(0);
	klips_classify_exit(&table);
	unit_done("no more shapes than permitted");
}

int main(void)
{
	test_max_shapes();
	test_find();
	return unit_status();
}
