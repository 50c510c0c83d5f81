// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_payload.c userland/pluto/ike_write.c userland/pluto/ike_text.c */
/* sources: userland/pluto/ike_ts.c userland/pluto/ike_names.c */
/*
 * Messages as bytes: what the writer writes the parser reads; every message cut at every length, and
 * with every byte changed, is read without reading beyond its end (ASan sees it, for
 * each copy is exactly as long as it says). Selectors against sets of points.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_payload.h"
#include "ike_text.h"
#include "unit.h"

static uint64_t state = 88172645463325252ull;

static unsigned int draw(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % n;
}

static void put_transform(struct ike_writer *w, bool last, uint8_t type, uint16_t id, uint16_t bits)
{
	w_u8(w, last ? 0 : 3);
	w_u8(w, 0);
	w_u16(w, bits ? 12 : 8);
	w_u8(w, type);
	w_u8(w, 0);
	w_u16(w, id);
	if (bits) {
		w_u16(w, 0x800e);
		w_u16(w, bits);
	}
}

static const struct ike_ts net4 = { AF_INET, 17, 500, 600, { 10, 1 }, { 10, 1, 255, 255 } };
static const struct ike_ts net6 = { AF_INET6, 0, 0, 65535, { 0x20, 1 }, { 0x20, 2 } };

/* A message with a payload of every kind. Returns its length. */
static size_t whole(uint8_t *buf, size_t cap)
{
	static const uint8_t spi[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct ike_id id = { ID_FQDN, 4, "east" };
	struct ike_ts ts[2] = { net4, net6 };
	struct ike_writer w;

	w_init(&w, buf, cap);
	w_header(&w, spi, spi, EXCH_IKE_AUTH, IKE_FLAG_INITIATOR, 7);
	w_begin(&w, PLD_SA);
	w_u8(&w, 0);
	w_u8(&w, 0);
	w_u16(&w, 8 + 4 + 12 + 8);
	w_u8(&w, 1);
	w_u8(&w, PROTO_ESP);
	w_u8(&w, 4);
	w_u8(&w, 2);
	w_bytes(&w, spi, 4);
	put_transform(&w, false, TRANS_ENCR, ENCR_AES_GCM_16, 256);
	put_transform(&w, true, TRANS_ESN, 0, 0);
	w_end(&w);
	w_ke(&w, DH_X25519, spi, 8);
	w_nonce(&w, spi, 8);
	w_id(&w, PLD_IDi, &id);
	w_auth(&w, AUTH_PSK, spi, 8);
	w_ts(&w, PLD_TSi, ts, 2);
	w_ts(&w, PLD_TSr, ts, 1);
	w_notify(&w, N_COOKIE, spi, 8);
	w_notify(&w, N_TS_UNACCEPTABLE, NULL, 0);
	w_delete_esp(&w, spi, 2);
	w_delete_ike(&w);
	w_finish(&w);
	return w.full ? 0 : w.len;
}

static void test_round_trip(void)
{
	uint8_t buf[1024], method;
	size_t len = whole(buf, sizeof(buf));
	struct ike_payloads in;
	struct ike_offers offers;
	struct ike_ts_list ts;
	struct ike_notify n;
	struct ike_delete d;
	struct ike_header h;
	struct view v;
	struct ike_id id;
	uint16_t group;

	CHECK(len && !ike_header_parse((struct view){ buf, len }, &h), "header");
	CHECK(h.exchange == EXCH_IKE_AUTH && h.id == 7 && h.next == PLD_SA && h.len == len, "fields");
	CHECK(!ike_chain_parse(h.next, (struct view){ buf + 28, len - 28 }, &in) && in.n == 11,
	      "chain of %u", in.n);
	CHECK(!ike_sa_parse(in.list[0].body, &offers) && offers.n == 1 && offers.n_transforms == 2 &&
	      offers.list[0].spi_len == 4 && offers.list[0].proto == PROTO_ESP &&
	      offers.transforms[0].keylen == 256 && offers.transforms[0].id == ENCR_AES_GCM_16, "SA");
	CHECK(!ike_ke_parse(ike_find(&in, PLD_KE)->body, &group, &v) && group == 31 && v.len == 8,
	      "KE");
	CHECK(!ike_id_parse(ike_find(&in, PLD_IDi)->body, &id) && id.len == 4, "ID");
	CHECK(!ike_auth_parse(ike_find(&in, PLD_AUTH)->body, &method, &v) && method == 2, "AUTH");
	CHECK(!ike_ts_parse(ike_find(&in, PLD_TSi)->body, &ts) && ts.n == 2 &&
	      !memcmp(&ts.list[0], &net4, sizeof(net4)) && !memcmp(&ts.list[1], &net6, sizeof(net6)),
	      "TS");
	CHECK(ike_notify_find(&in, N_COOKIE, &n) && n.data.len == 8, "notify");
	CHECK(ike_notify_error(&in) == N_TS_UNACCEPTABLE, "error notify");
	CHECK(!ike_delete_parse(ike_find(&in, PLD_DELETE)->body, &d) && d.n == 2 && d.spi_len == 4,
	      "DELETE");
	CHECK(!ike_unknown_critical(&in), "critical");
	in.list[3].critical = true;
	CHECK(!ike_unknown_critical(&in), "a known payload may be critical");
	in.list[3].type = 200;
	CHECK(ike_unknown_critical(&in) == 200, "an unknown one may not");
	unit_done("ike_payload/round_trip");
}

/* Reads everything that can be read. Returns how many parts were well formed. */
static unsigned int read_all(const uint8_t *p, size_t len)
{
	struct ike_payloads in;
	struct ike_offers offers;
	struct ike_ts_list ts;
	struct ike_notify n;
	struct ike_delete d;
	struct ike_header h;
	struct view v, body;
	struct ike_id id;
	unsigned int i, good = 0;
	uint16_t group;
	uint8_t method;

	if (ike_header_parse((struct view){ p, len }, &h) ||
	    ike_chain_parse(h.next, (struct view){ p + 28, len - 28 }, &in))
		return 0;
	for (i = 0; i < in.n; i++) {
		body = in.list[i].body;
		good += !ike_sa_parse(body, &offers) + !ike_ts_parse(body, &ts) +
			!ike_notify_parse(body, &n) + !ike_delete_parse(body, &d) +
			!ike_ke_parse(body, &group, &v) + !ike_auth_parse(body, &method, &v) +
			!ike_id_parse(body, &id);
	}
	return good + ike_notify_error(&in) + ike_unknown_critical(&in);
}

/* @p on the heap, exactly as long as it is. */
static unsigned int read_exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	unsigned int good;

	memcpy(copy, p, len);
	good = read_all(copy, len);
	free(copy);
	return good;
}

static void test_damage(void)
{
	uint8_t buf[1024], cut[1024];
	size_t len = whole(buf, sizeof(buf)), i;
	unsigned int v;

	CHECK(read_exact(buf, len), "nothing is readable");
	for (i = 0; i < len; i++) {
		CHECK(!read_exact(buf, i), "cut to %zu: read", i);
		memcpy(cut, buf, i);
		if (i >= 28) {
			put_u32(cut + 24, i);	/* and the header says so */
			read_exact(cut, i);
		}
		memcpy(cut, buf, len);
		for (v = 0; v < 256; v++) {
			cut[i] = v;
			read_exact(cut, len);
		}
	}
	unit_done("ike_payload/damage");
}

static void test_edges(void)
{
	uint8_t buf[28 + 65 * 4] = { 0 }, sa[] = { 0, 0, 0, 8, 1, 1, 0, 0 };
	struct ike_payloads in;
	struct ike_offers offers;
	struct ike_writer w;
	uint8_t small[40];
	unsigned int i;
	size_t n;

	CHECK(!ike_chain_parse(0, (struct view){ buf, 0 }, &in) && !in.n, "no payload");
	CHECK(ike_chain_parse(0, (struct view){ buf, 1 }, &in), "bytes behind the last payload");
	for (i = 0; i < 65; i++) {
		buf[4 * i] = i < 64 ? PLD_VENDOR : 0;
		buf[4 * i + 3] = 4;
	}
	CHECK(ike_chain_parse(PLD_VENDOR, (struct view){ buf, 65 * 4 }, &in), "65 payloads");
	buf[4 * 63] = 0;
	CHECK(!ike_chain_parse(PLD_VENDOR, (struct view){ buf, 64 * 4 }, &in), "64 payloads");
	CHECK(!ike_sa_parse((struct view){ sa, 8 }, &offers) && offers.n == 1, "no transform");
	sa[7] = 1;
	CHECK(ike_sa_parse((struct view){ sa, 8 }, &offers), "a transform that is not there");
	sa[6] = 1;
	sa[7] = 0;
	CHECK(ike_sa_parse((struct view){ sa, 8 }, &offers), "an SPI that is not there");
	for (n = 0; n < sizeof(small); n++) {
		w_init(&w, small, n);
		w_header(&w, buf, buf, EXCH_INFORMATIONAL, 0, 0);
		w_delete_ike(&w);
		w_finish(&w);
		CHECK(w.full == (n < 36) && w.len <= n, "writer with room for %zu", n);
	}
	unit_done("ike_payload/edges");
}

/* IPv6 selectors: one good one, and what is wrong with others. */
static void test_ts_six(void)
{
	static const struct {
		size_t at;
		uint8_t to;
		const char *what;
	} bad[] = {
		{ 0, 0, "no selector" }, { 0, 2, "one that is not there" }, { 0, 255, "255 of them" }, { 4, TS_IPV4_RANGE, "IPv4 of 40 bytes" },
		{ 7, 16, "a length of 16" }, { 7, 39, "a length of 39" }, { 7, 41, "a length of 41" }, { 7, 3, "a length of 3" },
		{ 7, 0, "no length" }, { 6, 255, "a length of 65320" },
	};
	uint8_t body[44] = { 1, 0, 0, 0, TS_IPV6_RANGE, 17, 0, 40, 0, 53, 0, 53, [12] = 0x20, [27] = 1, [28] = 0x20, [43] = 9 }, cut[44], *copy;
	static uint8_t id[300];
	struct ike_ts_list ts;
	struct ike_id parsed;
	size_t i;

	CHECK(!ike_ts_parse((struct view){ body, 44 }, &ts) && ts.n == 1 && ts.list[0].family == AF_INET6 && ts.list[0].proto == 17 &&
	      ts.list[0].start_port == 53 && ts.list[0].start[15] == 1 && ts.list[0].end[15] == 9, "the good one");
	for (i = 0; i < sizeof(body); i++) {
		copy = malloc(i ? i : 1);
		memcpy(copy, body, i);
		CHECK(ike_ts_parse((struct view){ copy, i }, &ts), "cut to %zu", i);
		free(copy);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(cut, body, sizeof(cut));
		cut[bad[i].at] = bad[i].to;
		CHECK(ike_ts_parse((struct view){ cut, sizeof(cut) }, &ts), "%s", bad[i].what);
	}
	body[43] = 0;			/* from ::1 back to ::0: nobody's packets */
	CHECK(!ike_ts_parse((struct view){ body, 44 }, &ts) && !ts.n, "a range that is none");
	for (i = 0; i < 300; i++) {
		memset(id, 0, 4);
		id[0] = ID_IPV6_ADDR;
		CHECK(!ike_id_parse((struct view){ id, i }, &parsed) == (i == 20), "an id ID_IPV6_ADDR of %zu bytes", i);
	}
	unit_done("ike_payload/ts_six");
}

/* ---- selectors: a world of 16 addresses, 4 ports, 3 protocols, in one family ---- */

static uint8_t family;

/* The byte of an address that counts. */
static unsigned int last(void)
{
	return family == AF_INET ? 3 : 15;
}

static struct ike_ts small_ts(void)
{
	struct ike_ts ts = { .family = family };
	unsigned int a = draw(16), b = draw(16);

	ts.proto = draw(3);
	ts.start[last()] = a < b ? a : b;
	ts.end[last()] = a < b ? b : a;
	a = draw(4);
	b = draw(4);
	ts.start_port = a < b ? a : b;
	ts.end_port = a < b ? b : a;
	return ts;
}

/* Protocol 0 is every protocol: points have 1 or 2. */
static bool in_list(const struct ike_ts *list, unsigned int n, unsigned int addr, unsigned int port,
		    unsigned int proto)
{
	for (; n; n--, list++)
		if (addr >= list->start[last()] && addr <= list->end[last()] && port >= list->start_port &&
		    port <= list->end_port && (!list->proto || list->proto == proto))
			return true;
	return false;
}

static void test_narrow(void)
{
	struct ike_ts a[3], b[2], out[IKE_MAX_TS];
	unsigned int round, i, na, nb, n, addr, port, proto;

	for (round = 0; round < 20000; round++) {
		na = 1 + draw(3);
		nb = 1 + draw(2);
		for (i = 0; i < na; i++)
			a[i] = small_ts();
		for (i = 0; i < nb; i++)
			b[i] = small_ts();
		n = ike_ts_narrow(a, na, b, nb, out);
		for (addr = 0; addr < 16; addr++)
			for (port = 0; port < 4; port++)
				for (proto = 1; proto < 3; proto++)
					CHECK(in_list(out, n, addr, port, proto) ==
					      (in_list(a, na, addr, port, proto) &&
					       in_list(b, nb, addr, port, proto)),
					      "round %u: %u port %u protocol %u", round, addr, port, proto);
		CHECK(ike_ts_within(out, n, a, na) && ike_ts_within(out, n, b, nb),
		      "round %u: not within", round);
	}
	CHECK(!ike_ts_narrow(&net4, 1, &net6, 1, out), "two families");
	unit_done("ike_payload/narrow");
}

static void test_text(void)
{
	struct ike_id id = { ID_FQDN, 4, "east" }, bad = { ID_FQDN, 3, "a\nb" };
	struct ike_id six = { ID_IPV6_ADDR, 16, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	struct ike_ts ts = { AF_INET, 0, 0, 65535, { 10, 1 }, { 10, 1, 255, 255 } };
	char buf[IKE_TS_TEXT];

	CHECK(!strcmp(ike_id_text(&id, buf), "@east"), "%s", buf);
	CHECK(!strcmp(ike_id_text(&bad, buf), "@#0x610a62"), "%s", buf);
	bad.type = ID_KEY_ID;
	bad.len = 256;
	CHECK(strlen(ike_id_text(&bad, buf)) < IKE_ID_TEXT, "long id");
	CHECK(!strcmp(ike_ts_text(&ts, 1, buf), "10.1.0.0/16"), "%s", buf);
	CHECK(!strcmp(ike_ts_text(&net4, 1, buf), "10.1.0.0/16 protocol 17 ports 500-600"), "%s", buf);
	ts.end[1] = 2;
	ts.end[3] = 7;
	CHECK(!strcmp(ike_ts_text(&ts, 1, buf), "10.1.0.0-10.2.255.7"), "%s", buf);
	CHECK(!strcmp(ike_ts_text(&net6, 1, buf), "2001::-2002::"), "%s", buf);
	CHECK(!strcmp(ike_notify_name(17), "INVALID_KE_PAYLOAD") &&
	      !strcmp(ike_notify_name(99), "notify 99"), "names");
	CHECK(!strcmp(ike_id_text(&six, buf), "2001:db8::1"), "%s", buf);
	unit_done("ike_payload/text");
}

int main(void)
{
	test_round_trip();
	test_damage();
	test_edges();
	test_ts_six();
	for (family = AF_INET; family; family = family == AF_INET ? AF_INET6 : 0)
		test_narrow();
	test_text();
	return unit_status();
}
