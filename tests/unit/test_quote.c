// SPDX-License-Identifier: GPL-2.0
/* sources: klips/quote.c */
/* What ICMP errors quote: against packets built by hand, and against anything. */
#include <stdlib.h>

#include "../../klips/quote.h"
#include "rnd.h"
#include "unit.h"

/* 10.1.0.2 to 10.2.0.2, 0x1234 to 0x5678. */
static const u8 udp4[28] = {
	0x45, 0, 0, 28, 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 1, 0, 2, 10, 2, 0, 2, 0x12, 0x34, 0x56, 0x78, 0, 8, 0, 0,
};

/* 2001:db8::1 to 2001:db8::2. */
static const u8 tcp6[48] = {
	0x60, 0, 0, 0, 0, 8, 6, 64,
	0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0,
};

static union klips_addr addr(u8 family, const u8 *at)
{
	union klips_addr a = { 0 };

	memcpy(&a, at, klips_addr_len(family));
	return a;
}

static bool read_v4(const u8 *quote, unsigned int len, struct klips_flow *flow)
{
	union klips_addr to = addr(AF_INET, udp4 + 12);

	return klips_quote_read(AF_INET, quote, len, &to, flow);
}

static bool read_v6(const u8 *quote, unsigned int len, struct klips_flow *flow)
{
	union klips_addr to = addr(AF_INET6, tcp6 + 8);

	return klips_quote_read(AF_INET6, quote, len, &to, flow);
}

static bool ports(const struct klips_flow *flow, u16 sport, u16 dport)
{
	return !flow->fragment && flow->sport == htons(sport) && flow->dport == htons(dport);
}

static void test_v4(void)
{
	struct klips_flow flow = { 0 };
	u8 p[28];

	CHECK(read_v4(udp4, 28, &flow), "a datagram is not read");
	CHECK(flow.quoted && flow.family == AF_INET && flow.proto == 17, "not of the answer");
	CHECK(!memcmp(&flow.src, udp4 + 16, 4) && !memcmp(&flow.dst, udp4 + 12, 4), "addresses are not exchanged");
	CHECK(ports(&flow, 0x5678, 0x1234), "ports are not exchanged");
	CHECK(read_v4(udp4, 23, &flow) && flow.fragment, "ports cut off are not unknown");
	CHECK(!read_v4(udp4, 19, &flow), "a cut header is read");
	memcpy(p, udp4, 28);
	p[7] = 1;
	CHECK(read_v4(p, 28, &flow) && flow.fragment, "a later fragment shows ports");
	p[7] = 0;
	p[6] = 0x20;
	CHECK(read_v4(p, 28, &flow) && ports(&flow, 0x5678, 0x1234), "a first fragment shows none");
	p[15] = 3;
	CHECK(!read_v4(p, 28, &flow), "a packet of somebody else is read");
	p[15] = 2;
	p[0] = 0x46;
	CHECK(read_v4(p, 28, &flow) && ports(&flow, 0, 8), "options are not skipped");
	p[0] = 0x44;
	CHECK(!read_v4(p, 28, &flow), "a header of 16 bytes is read");
	p[0] = 0x65;
	CHECK(!read_v4(p, 28, &flow), "IPv6 in an IPv4 error is read");
	unit_done("quote-v4");
}

static void test_icmp(void)
{
	static const int answers[][2] = { { 8, 0 }, { 0, 8 }, { 13, 14 }, { 14, 13 }, { 17, 18 }, { 18, 17 } };
	struct klips_flow flow = { 0 };
	unsigned int i;
	u8 p[48];

	memcpy(p, udp4, 28);
	p[9] = 1;
	p[21] = 0;
	for (i = 0; i < 6; i++) {
		p[20] = answers[i][0];
		CHECK(read_v4(p, 28, &flow) && ports(&flow, answers[i][1], 0), "answer to type %d", answers[i][0]);
	}
	p[20] = 42;
	CHECK(read_v4(p, 28, &flow) && flow.fragment, "a type without an answer has one");
	p[20] = 3;
	CHECK(!read_v4(p, 28, &flow), "an error about an error is read");
	memcpy(p, tcp6, 48);
	p[6] = 58;
	p[40] = 128;
	p[41] = 0;
	CHECK(read_v6(p, 48, &flow) && ports(&flow, 129, 0), "answer to an echo request");
	p[40] = 2;
	CHECK(!read_v6(p, 48, &flow), "an error about an error is read");
	CHECK(klips_quote_is_error(AF_INET, 1, 11) && !klips_quote_is_error(AF_INET, 1, 8) &&
	      !klips_quote_is_error(AF_INET, 17, 3) && klips_quote_is_error(AF_INET6, 58, 2) &&
	      !klips_quote_is_error(AF_INET6, 58, 5) && !klips_quote_is_error(AF_INET6, 1, 3), "what is an error");
	unit_done("quote-icmp");
}

static void test_v6(void)
{
	struct klips_flow flow = { 0 };
	u8 p[80] = { 0 };

	CHECK(read_v6(tcp6, 48, &flow) && ports(&flow, 0x5678, 0x1234) && flow.proto == 6, "a segment is not read");
	CHECK(!memcmp(&flow.src, tcp6 + 24, 16) && !memcmp(&flow.dst, tcp6 + 8, 16), "addresses are not exchanged");
	/* Hop-by-hop, 16 bytes, and a fragment header. */
	memcpy(p, tcp6, 40);
	p[6] = 0;
	p[40] = 44;
	p[41] = 1;
	p[56] = 17;
	memcpy(p + 64, tcp6 + 40, 8);
	CHECK(read_v6(p, 72, &flow) && ports(&flow, 0x5678, 0x1234) && flow.proto == 17, "extension headers");
	CHECK(read_v6(p, 66, &flow) && flow.fragment, "ports cut off behind extension headers");
	CHECK(!read_v6(p, 60, &flow), "a chain that is cut off is read");
	p[59] = 8;
	CHECK(read_v6(p, 72, &flow) && flow.fragment && flow.proto == 17, "a later fragment shows ports");
	unit_done("quote-v6");
}

/* Any bytes: no read beyond the end, and what is read is of whom it goes to. */
static void test_anything(void)
{
	struct klips_flow flow, before;
	unsigned int i, j, len, good = 0;
	u8 *p;

	for (i = 0; i < 200000; i++) {
		u8 family = rnd(2) ? AF_INET : AF_INET6;

		len = rnd(90);
		p = malloc(len ? len : 1);
		for (j = 0; j < len; j++)
			p[j] = rnd(4) ? rnd(256) : 0;
		if (rnd(4))
			memcpy(p, family == AF_INET ? udp4 : tcp6, len < 28 ? len : 28);
		if (len > 9 && rnd(2))
			p[family == AF_INET ? 9 : 6] = (u8[]){ 0, 1, 6, 17, 43, 44, 51, 58, 60, 132 }[rnd(10)];
		memset(&flow, 0x5a, sizeof(flow));
		before = flow;
		if (family == AF_INET ? read_v4(p, len, &flow) : read_v6(p, len, &flow)) {
			good++;
			CHECK(!memcmp(&flow.dst, (family == AF_INET ? udp4 + 12 : tcp6 + 8), klips_addr_len(family)),
			      "somebody else's");
		} else {
			CHECK(!memcmp(&flow, &before, sizeof(flow)), "the flow is touched");
		}
		free(p);
	}
	CHECK(good > 10000, "only %u of the random quotes are good", good);
	unit_done("quote-anything");
}

int main(void)
{
	test_v4();
	test_icmp();
	test_v6();
	test_anything();
	return unit_status();
}
