// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_cp.c userland/pluto/ike_payload.c userland/pluto/ike_write.c */
/* The CP payload, RFC 7296 3.15: read in every cut and with every length, and written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_payload.h"
#include "unit.h"

static const uint8_t request[] = {
	CFG_REQUEST, 0, 0, 0,
	0x80, INTERNAL_IP4_ADDRESS, 0, 4, 10, 9, 0, 7,
	0, INTERNAL_IP4_NETMASK, 0, 0,
	0, INTERNAL_IP4_DNS, 0, 0,
	0, INTERNAL_IP6_ADDRESS, 0, 17, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 64,
	0x70, 0x01, 0, 3, 'a', 'b', 'c',
};

/* A request with no address but one, by where it is cut: what is whole attributes is a payload, what is not is none. */
static void truncations(void)
{
	static const size_t whole[] = { 4, 12, 16, 20, 41, 48 };
	struct ike_cp cp;
	unsigned int i, good = 0, bad = 0;
	uint8_t *copy;
	bool fits;
	size_t n;
	int err;

	for (n = 0; n <= sizeof(request); n++) {
		copy = malloc(n ? n : 1);
		memcpy(copy, request, n);
		err = ike_cp_parse((struct view){ copy, n }, &cp);
		free(copy);
		for (fits = false, i = 0; i < 6; i++)
			fits |= whole[i] == n;
		CHECK(err == (fits ? 0 : -EBADMSG), "%zu bytes of a CP payload: %d", n, err);
		good += !err;
		bad += !!err;
	}
	CHECK(good == 6 && bad == sizeof(request) + 1 - 6, "%u good, %u bad", good, bad);
	CHECK(!ike_cp_parse((struct view){ request, sizeof(request) }, &cp) && cp.type == CFG_REQUEST && cp.ip4.lease && cp.ip4.dns &&
	      cp.ip4.addr.family == AF_INET && cp.ip4.addr.bytes[3] == 7 && cp.ip6.lease && !cp.ip6.dns &&
	      cp.ip6.addr.family == AF_INET6 && cp.ip6.addr.bytes[15] == 1 && !cp.n_servers, "a request is read as another one");
}

/* A length of a known kind that is not its own. */
static void lengths(void)
{
	static const struct { uint8_t type, len[2]; } kinds[] = {
		{ INTERNAL_IP4_ADDRESS, { 0, 4 } }, { INTERNAL_IP4_NETMASK, { 0, 4 } }, { INTERNAL_IP4_DNS, { 0, 4 } },
		{ INTERNAL_IP6_ADDRESS, { 0, 17 } }, { INTERNAL_IP6_DNS, { 0, 16 } },
	};
	uint8_t body[64] = { CFG_REPLY };
	unsigned int i, len;
	struct ike_cp cp;
	int err;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (len = 0; len < 40; len++) {
			body[5] = kinds[i].type;
			body[7] = len;
			err = ike_cp_parse((struct view){ body, 8 + len }, &cp);
			CHECK(!err == (len == kinds[i].len[0] || len == kinds[i].len[1]), "type %u of %u bytes: %d",
			      kinds[i].type, len, err);
		}
	}
}

/* RFC 7296 3.15.1: 16 bytes and a prefix length, which is one. */
static void prefix(void)
{
	uint8_t body[] = { CFG_REPLY, 0, 0, 0, 0, INTERNAL_IP6_ADDRESS, 0, 17, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
	struct ike_cp cp;
	unsigned int i;

	for (i = 0; i < 256; i++) {
		body[sizeof(body) - 1] = i;
		CHECK(!ike_cp_parse((struct view){ body, sizeof(body) }, &cp) == (i <= 128), "a prefix of %u bits", i);
	}
}

/* What is asked for without a wish, of both families. */
static void asked(void)
{
	static const uint8_t both[] = {
		0, 0, 0, 24, CFG_REQUEST, 0, 0, 0,
		0, INTERNAL_IP4_ADDRESS, 0, 0, 0, INTERNAL_IP4_DNS, 0, 0,
		0, INTERNAL_IP6_ADDRESS, 0, 0, 0, INTERNAL_IP6_DNS, 0, 0,
	};
	struct ike_cp cp = { .type = CFG_REQUEST, .ip4 = { .lease = true, .dns = true }, .ip6 = { .lease = true, .dns = true } }, back;
	struct ike_writer w;
	uint8_t buf[64];

	w_init(&w, buf, sizeof(buf));
	w_cp(&w, &cp);
	CHECK(!w.full && w.len == sizeof(both) && !memcmp(buf, both, sizeof(both)), "a request is written as another one");
	CHECK(!ike_cp_parse((struct view){ buf + 4, w.len - 4 }, &back) && !memcmp(&back, &cp, sizeof(cp)), "and read so");
}

static void written(void)
{
	struct ike_cp cp = { .type = CFG_REPLY, .ip4.lease = true, .ip6.lease = true }, back;
	struct ike_payloads in;
	uint8_t buf[512];
	struct ike_writer w;
	unsigned int i;

	cp.ip4.addr = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 1 } };
	cp.ip6.addr = (struct ike_addr){ .family = AF_INET6, .bytes = { 0xfd, 9, [15] = 1 } };
	for (i = 0; i < IKE_MAX_DNS; i++)
		cp.server[cp.n_servers++] = (struct ike_addr){ .family = i & 1 ? AF_INET6 : AF_INET, .bytes = { 1, 2, 3, i } };
	w_init(&w, buf, sizeof(buf));
	w_cp(&w, &cp);
	CHECK(!w.full && !ike_chain_parse(w.first, (struct view){ buf, w.len }, &in) && in.n == 1 && in.list[0].type == PLD_CP,
	      "no CP payload was written");
	CHECK(!ike_cp_parse(in.list[0].body, &back) && back.ip4.lease && back.ip4.dns && back.ip6.dns && back.n_servers == IKE_MAX_DNS &&
	      !memcmp(&back.ip4.addr, &cp.ip4.addr, sizeof(cp.ip4.addr)) && !memcmp(&back.ip6.addr, &cp.ip6.addr, sizeof(cp.ip6.addr)) && !memcmp(back.server, cp.server, sizeof(cp.server)),
	      "what was written is read as something else");
	/* In too little room it is void. */
	for (i = 0; i < w.len; i++) {
		struct ike_writer small;

		w_init(&small, buf, i);
		w_cp(&small, &cp);
		CHECK(small.full, "it fits %u bytes", i);
	}
}

int main(void)
{
	truncations();
	unit_done("ike_cp: every cut");
	lengths();
	prefix();
	unit_done("ike_cp: lengths of its attributes");
	asked();
	unit_done("ike_cp: both families asked for");
	written();
	unit_done("ike_cp: what is written is read");
	return unit_status();
}
