// SPDX-License-Identifier: GPL-2.0
/* sources: klips/selector.c */
/* Selectors against a naive model, bit by bit. */
#include <stdlib.h>

#include "../../klips/selector.h"
#include "rnd.h"
#include "unit.h"

static int naive_bit(const union klips_addr *a, unsigned int bit)
{
	return a->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static bool naive_prefix(const union klips_addr *a, const union klips_addr *b, unsigned int plen)
{
	unsigned int i;

	for (i = 0; i < plen; i++)
		if (naive_bit(a, i) != naive_bit(b, i))
			return false;
	return true;
}

static bool naive_match(const struct klips_selector *s, u32 device, const struct klips_flow *f)
{
	bool ports = s->sport_mask || s->dport_mask;

	if (s->family != f->family || (s->device && s->device != device))
		return false;
	if (s->proto && s->proto != f->proto)
		return false;
	if (ports && (f->fragment || f->no_ports))
		return false;
	if (ports && ((f->sport & s->sport_mask) != s->sport || (f->dport & s->dport_mask) != s->dport))
		return false;
	return naive_prefix(&s->src, &f->src, s->src_plen) &&
	       naive_prefix(&s->dst, &f->dst, s->dst_plen);
}

/* Addresses from few bits, so that matches happen. */
static void random_addr(union klips_addr *a, u8 family)
{
	unsigned int i, len = klips_addr_len(family);

	memset(a, 0, sizeof(*a));
	for (i = 0; i < len; i++)
		a->bytes[i] = rnd(2) ? 0x80 >> rnd(8) : 0;
}

static void mask(union klips_addr *a, unsigned int plen)
{
	unsigned int i;

	for (i = plen; i < 128; i++)
		a->bytes[i / 8] &= ~(0x80 >> i % 8);
}

static void random_selector(struct klips_selector *s)
{
	memset(s, 0, sizeof(*s));
	s->family = rnd(2) ? AF_INET : AF_INET6;
	s->device = rnd(3);
	s->src_plen = rnd(klips_addr_len(s->family) * 8 + 1);
	s->dst_plen = rnd(klips_addr_len(s->family) * 8 + 1);
	random_addr(&s->src, s->family);
	random_addr(&s->dst, s->family);
	mask(&s->src, s->src_plen);
	mask(&s->dst, s->dst_plen);
	if (rnd(2))
		return;
	s->proto = rnd(2) ? 17 : 6;
	if (rnd(2))
		return;
	s->dport_mask = htons(rnd(2) ? 0xffff : 0xff00);
	s->dport = htons(rnd(4) << 8) & s->dport_mask;
}

static void random_flow(struct klips_flow *f)
{
	memset(f, 0, sizeof(*f));
	f->family = rnd(2) ? AF_INET : AF_INET6;
	f->proto = rnd(3) ? 17 : 6;
	f->fragment = !rnd(8);
	if (!f->fragment)
		f->dport = htons(rnd(4) << 8 | rnd(2));
	random_addr(&f->src, f->family);
	random_addr(&f->dst, f->family);
}

static void test_match(void)
{
	struct klips_selector s;
	struct klips_flow f;
	unsigned int i, hits = 0;

	for (i = 0; i < 1000000; i++) {
		u32 device = rnd(3);

		random_selector(&s);
		if (rnd(2)) {		/* half of them close to a hit */
			s.src_plen = rnd(4);
			s.dst_plen = rnd(4);
			mask(&s.src, s.src_plen);
			mask(&s.dst, s.dst_plen);
		}
		random_flow(&f);
		hits += naive_match(&s, device, &f);
		CHECK(klips_selector_match(&s, device, &f) == naive_match(&s, device, &f),
		      "case %u differs from the model", i);
		if (unit_failures_now > 5)
			break;
	}
	CHECK(hits > 1000, "only %u hits: the test tests nothing", hits);
	unit_done("selector match, 1,000,000 random cases");
}

static void test_check(void)
{
	struct klips_selector s = { .family = AF_INET, .src_plen = 24, .dst_plen = 32 };

	CHECK(!klips_selector_check(&s), "a plain selector is refused");
	s.src.bytes[3] = 1;
	CHECK(klips_selector_check(&s) == -EINVAL, "bits behind the prefix");
	s.src.bytes[3] = 0;
	s.src.bytes[4] = 1;
	CHECK(klips_selector_check(&s) == -EINVAL, "bits behind the address");
	s.src.bytes[4] = 0;
	s.src_plen = 33;
	CHECK(klips_selector_check(&s) == -EINVAL, "/33 in IPv4");
	s.src_plen = 24;
	s.dport_mask = htons(0xffff);
	CHECK(klips_selector_check(&s) == -EINVAL, "ports without a protocol");
	s.proto = 47;
	CHECK(klips_selector_check(&s) == -EINVAL, "ports with GRE");
	s.proto = 17;
	CHECK(!klips_selector_check(&s), "ports with UDP are refused");
	s.dport_mask = 0;
	s.dport = htons(1);
	CHECK(klips_selector_check(&s) == -EINVAL, "port bits outside the mask");
	s.dport = 0;
	s.family = 7;
	CHECK(klips_selector_check(&s) == -EINVAL, "unknown family");
	unit_done("selector check");
}

int main(void)
{
	test_check();
	test_match();
	return unit_status();
}
