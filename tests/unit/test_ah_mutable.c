// SPDX-License-Identifier: GPL-2.0
/* sources: klips/ah_mutable.c */
/*
 * IP headers as AH sees them. Headers are made from a description, which also says what has to come out; then a
 * path of routers changes what routers may change, and what comes out at the end of it must be the same. A byte that
 * no router may change must make a difference. At last, anything.
 */
#include <stdlib.h>

#include "../../klips/ah_mutable.h"
#include "rnd.h"
#include "unit.h"

#define CASES 1000000
#define ROOM 2048

static void fill(u8 *to, unsigned int len)
{
	while (len--)
		*to++ = rnd(256);
}

/*
 * A header. @want: what is authenticated; @may: the bits that routers may change; @hidden: bytes that they do not
 * change, and that are not authenticated either.
 */
struct header {
	u8 bytes[ROOM];
	u8 want[ROOM];
	u8 may[ROOM];
	bool hidden[ROOM];
	unsigned int len;
	u8 type;			/* v4: option; v6: 43; 0: no source route */
	unsigned int at;		/* of the option or extension header */
	unsigned int hops;
	unsigned int visited;
};

static void put(struct header *h, const void *bytes, unsigned int len, u8 may)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		h->bytes[h->len] = ((const u8 *)bytes)[i];
		h->want[h->len] = may ? 0 : h->bytes[h->len];
		h->hidden[h->len] = false;
		h->may[h->len++] = may;
	}
}

static void put_random(struct header *h, unsigned int len, u8 may)
{
	u8 bytes[ROOM];

	fill(bytes, len);
	put(h, bytes, len, may);
}

static void put_byte(struct header *h, u8 byte, u8 may)
{
	put(h, &byte, 1, may);
}

static void hide(struct header *h, unsigned int from)
{
	for (; from < h->len; from++) {
		h->want[from] = 0;
		h->may[from] = 0;
		h->hidden[from] = true;
	}
}

static void start(struct header *h)
{
	h->len = 0;
	h->type = 0;
	h->hops = 0;
	h->visited = 0;
}

/* Appendix A1 of RFC 4302, as its table says it. */
static const u8 v4_kept[] = { 130, 133, 134, 148, 149 };
static const u8 v4_changed[] = { 7, 68, 82, 136, 11, 12, 25, 30, 94, 200 };

static void v4_option(struct header *h, unsigned int room)
{
	u8 kept = rnd(2), len = 2 + rnd(room - 1);

	put_byte(h, kept ? v4_kept[rnd(sizeof(v4_kept))] :
			   v4_changed[rnd(sizeof(v4_changed))], 0);
	put_byte(h, len, 0);
	if (!kept)
		hide(h, h->len - 2);
	put_random(h, len - 2, kept ? 0 : 0xff);
}

/* Routers change it in a known way: the option is not kept, the last address becomes the destination. */
static void v4_source_route(struct header *h, unsigned int room)
{
	h->type = rnd(2) ? 131 : 137;
	h->at = h->len;
	h->hops = 1 + rnd((room - 3) / 4);
	put_byte(h, h->type, 0);
	put_byte(h, 3 + 4 * h->hops, 0);
	put_byte(h, 4, 0);
	put_random(h, 4 * h->hops, 0);
	hide(h, h->at);
	memcpy(h->want + 16, h->bytes + h->len - 4, 4);
}

static void v4_options(struct header *h, unsigned int len)
{
	while (h->len < len) {
		unsigned int room = len - h->len;

		if (rnd(12) == 0)
			break;
		if (rnd(5) == 0 || room < 2)
			put_byte(h, 1, 0);
		else if (!h->type && room >= 7 && rnd(3) == 0)
			v4_source_route(h, room);
		else
			v4_option(h, room);
	}
	if (h->len < len) {
		put_byte(h, 0, 0);
		put_random(h, len - h->len, 0);
	}
}

static void v4_make(struct header *h)
{
	unsigned int len = 20 + 4 * (rnd(3) ? rnd(11) : 0);

	start(h);
	put_byte(h, 0x40 | len / 4, 0);
	put_random(h, 1, 0xff);		/* TOS */
	put_random(h, 4, 0);		/* length, ID */
	put_random(h, 2, 0xff);		/* flags, offset */
	put_random(h, 1, 0xff);		/* TTL */
	put_random(h, 1, 0);
	put_random(h, 2, 0xff);		/* checksum */
	put_random(h, 8, 0);
	v4_options(h, len);
}

/* One hop of a source route: RFC 791 3.1, with an address of the router's own left behind. */
static void v4_visit(struct header *h)
{
	u8 *opt = h->bytes + h->at;

	if (!h->type || h->visited == h->hops)
		return;
	memcpy(h->bytes + 16, opt + opt[2] - 1, 4);
	fill(opt + opt[2] - 1, 4);
	opt[2] += 4;
	h->visited++;
}

static const u8 v6_types[] = { 0x01, 0x05, 0x1e, 0x23, 0x26, 0x3e, 0x63, 0x8b, 0xc2, 0xc9, 0xee };

static void v6_options(struct header *h, unsigned int end)
{
	while (h->len < end) {
		unsigned int room = end - h->len;
		u8 type = v6_types[rnd(sizeof(v6_types))], len;

		if (room == 1 || rnd(4) == 0) {
			put_byte(h, 0, 0);
			continue;
		}
		len = rnd((room > 257 ? 257 : room) - 1);
		put_byte(h, type, 0);
		put_byte(h, len, 0);
		put_random(h, len, type & 0x20 ? 0xff : 0);
	}
}

static void v6_routing(struct header *h, u8 hops)
{
	h->type = 43;
	h->at = h->len - 2;
	h->hops = hops;
	put_byte(h, rnd(2) ? 0 : 2, 0);
	put_byte(h, hops, 0);
	h->want[h->len - 1] = 0;
	put_random(h, 4, 0);
	put_random(h, 16 * hops, 0);
	if (!hops)
		return;
	/* At the end: what was the destination first, then all but the last. */
	memcpy(h->want + h->at + 8, h->bytes + 24, 16);
	memcpy(h->want + h->at + 24, h->bytes + h->at + 8, 16 * (hops - 1));
	memcpy(h->want + 24, h->bytes + h->len - 16, 16);
}

/* One extension header, which names what follows it. */
static void v6_extension(struct header *h, u8 type, u8 next)
{
	unsigned int begin = h->len;
	u8 hops = rnd(5), len = type == 43 ? 2 * hops : rnd(rnd(8) ? 4 : 40);

	put_byte(h, next, 0);
	put_byte(h, len, 0);
	if (type == 43)
		v6_routing(h, hops);
	else
		v6_options(h, begin + (len + 1) * 8);
}

static void v6_make(struct header *h)
{
	static const u8 order[] = { 0, 60, 43, 60 };
	u8 types[5];
	unsigned int i, n = 0;
	u8 class = rnd(256);

	for (i = 0; i < sizeof(order); i++)
		if (rnd(2))
			types[n++] = order[i];
	types[n] = 51;
	start(h);
	put_byte(h, 0x60 | class >> 4, 0x0f);
	h->want[0] = 0x60;
	put_random(h, 3, 0xff);
	put_random(h, 2, 0);		/* length */
	put_byte(h, types[0], 0);
	put_random(h, 1, 0xff);		/* hop limit */
	put_random(h, 32, 0);
	for (i = 0; i < n; i++)
		v6_extension(h, types[i], types[i + 1]);
}

static void v6_visit(struct header *h)
{
	u8 *ext = h->bytes + h->at, *addr, old[16];

	if (!h->type || h->visited == h->hops)
		return;
	addr = ext + 8 + 16 * h->visited++;
	memcpy(old, h->bytes + 24, 16);
	memcpy(h->bytes + 24, addr, 16);
	memcpy(addr, old, 16);
	ext[3]--;
}

/* Routers on the way change whatever they may. */
static void travel(struct header *h)
{
	unsigned int i;

	for (i = 0; i < h->len; i++)
		if (h->may[i] && rnd(3))
			h->bytes[i] = (h->bytes[i] & ~h->may[i]) | (rnd(256) & h->may[i]);
}

/* A copy that ends where the header ends, so that reading on is found. */
static u8 *exact(const u8 *bytes, unsigned int len)
{
	u8 *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	return copy;
}

static bool canonical_is(const struct header *h, const u8 *want)
{
	u8 *copy = exact(h->bytes, h->len);
	bool same = klips_ah_canonical(copy, h->len) && !memcmp(copy, want, h->len);

	free(copy);
	return same;
}

/* A byte of no router's that was changed on the way shows. */
static bool tampering_shows(struct header *h)
{
	unsigned int i = rnd(h->len), bit = 1U << rnd(8);
	bool route = h->type && (i >= h->at || (i >= 16 && i < 40)), shows;

	if ((h->may[i] & bit) || h->hidden[i] || route)
		return true;
	h->bytes[i] ^= bit;
	shows = !canonical_is(h, h->want);
	h->bytes[i] ^= bit;
	return shows;
}

static void test_family(const char *name, void (*make)(struct header *h),
			void (*visit)(struct header *h))
{
	unsigned int i, hops = 0, options = 0;
	static struct header h;

	for (i = 0; i < CASES && unit_failures_now <= 5; i++) {
		make(&h);
		options += h.len > 40;
		CHECK(canonical_is(&h, h.want), "case %u: %u bytes, not as the tables say", i, h.len);
		CHECK(tampering_shows(&h), "case %u: a change is not seen", i);
		while (rnd(2)) {
			visit(&h);
			travel(&h);
		}
		hops += h.visited;
		CHECK(canonical_is(&h, h.want), "case %u: %u bytes, not the same after %u hops", i, h.len, h.visited);
	}
	CHECK(hops > CASES / 20 && options > CASES / 20, "%u hops, %u headers with options: the test tests nothing",
	      hops, options);
	unit_done(name);
}

/* Whatever comes: no byte outside is touched, and what was accepted stays as it is. */
static void test_fuzz(void)
{
	unsigned int i, taken = 0, refused = 0;
	static struct header h;

	for (i = 0; i < CASES && unit_failures_now <= 5; i++) {
		unsigned int changes = rnd(4), len;
		u8 *once, *twice;

		if (rnd(2))
			v4_make(&h);
		else
			v6_make(&h);
		len = rnd(3) ? h.len : rnd(h.len + 1);
		while (changes--)
			h.bytes[rnd(h.len)] = rnd(256);
		once = exact(h.bytes, len);
		if (!klips_ah_canonical(once, len)) {
			free(once);
			refused++;
			continue;
		}
		taken++;
		twice = exact(once, len);
		CHECK(klips_ah_canonical(twice, len) && !memcmp(once, twice, len),
		      "case %u: %u bytes, twice is not as once", i, len);
		free(twice);
		free(once);
	}
	CHECK(taken > CASES / 10 && refused > CASES / 10, "%u taken, %u refused: the test tests nothing", taken, refused);
	unit_done("headers changed at random");
}

static bool refused(const void *bytes, unsigned int len)
{
	u8 *copy = exact(bytes, len);
	bool ok = klips_ah_canonical(copy, len);

	free(copy);
	return !ok;
}

static void test_edges(void)
{
	static struct header h;
	u8 v4[60] = { 0x46 }, v6[80] = { 0x60 };

	CHECK(refused("", 0), "nothing");
	CHECK(refused("\x45", 1), "one byte of IPv4");
	CHECK(refused("\x60", 1), "one byte of IPv6");
	CHECK(refused("\x55\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20), "version 5");
	CHECK(refused(v4, 20) && refused(v4, 28), "IHL is not the length");
	CHECK(!refused(v4, 24), "end of options");
	v4[20] = 7;
	v4[21] = 1;
	CHECK(refused(v4, 24), "option of one byte");
	v4[21] = 5;
	CHECK(refused(v4, 24), "option beyond the header");
	memset(v4 + 20, 1, 3);
	v4[23] = 7;
	CHECK(refused(v4, 24), "option without length");
	v6[6] = 6;
	CHECK(!refused(v6, 40) && refused(v6, 48), "an extension header that is TCP");
	v6[6] = 0;
	v6[40 + 1] = 1;
	CHECK(refused(v6, 48), "hop-by-hop options beyond the header");
	CHECK(!refused(v6, 56), "hop-by-hop options");
	v6[6] = 43;
	v6[40 + 1] = 2;
	v6[40 + 2] = 4;
	CHECK(!refused(v6, 64), "a segment routing header that is used up");
	v6[40 + 3] = 1;
	CHECK(refused(v6, 64), "a segment routing header that is not");
	v6[40 + 2] = 0;
	CHECK(!refused(v6, 64), "one segment left, one address");
	v6[40 + 3] = 2;
	CHECK(refused(v6, 64), "more segments left than addresses");
	do
		v4_make(&h);
	while (!h.type || h.hops < 2);
	h.bytes[h.at + 2] = 0;
	memcpy(h.want + 16, h.bytes + 16, 4);
	CHECK(canonical_is(&h, h.want), "a source route whose pointer is nowhere");
	unit_done("edges");
}

int main(void)
{
	test_edges();
	test_family("IPv4 headers, 1,000,000 paths", v4_make, v4_visit);
	test_family("IPv6 headers, 1,000,000 paths", v6_make, v6_visit);
	test_fuzz();
	return unit_status();
}
