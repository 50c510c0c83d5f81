// SPDX-License-Identifier: GPL-2.0
/* sources: klips/tcpopt.c */
/* The MSS option of TCP, and the checksum after it was changed: against packets built by hand, and against anything. */
#include <stdlib.h>

#include "../../klips/tcpopt.h"
#include "rnd.h"
#include "unit.h"

static unsigned int sum(const u8 *p, unsigned int len)
{
	u32 s = 0;
	unsigned int i;

	for (i = 0; i < len; i += 2)
		s += p[i] << 8 | (i + 1 < len ? p[i + 1] : 0);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void test_mss(void)
{
	u8 p[60] = { 0 };
	unsigned int at, i;

	memcpy(p + 20, (u8[]){ 1, 1, 4, 2, 2, 4, 5, 0xb4 }, 8);
	CHECK(klips_tcpopt_mss(p, 28) == 26, "behind two others");
	CHECK(!klips_tcpopt_mss(p, 27), "cut off");
	CHECK(!klips_tcpopt_mss(p, 20), "no options");
	p[25] = 3;
	CHECK(!klips_tcpopt_mss(p, 28), "of three bytes");
	p[22] = 0;
	CHECK(!klips_tcpopt_mss(p, 28), "behind the end");
	p[22] = 4;
	p[23] = 1;
	CHECK(!klips_tcpopt_mss(p, 28), "behind an option of one byte");
	for (i = 0; i < 200000; i++) {
		unsigned int len = 20 + rnd(11) * 4;
		u8 *q = malloc(len);

		for (at = 0; at < len; at++)
			q[at] = rnd(3) ? rnd(6) : rnd(256);
		at = klips_tcpopt_mss(q, len);
		CHECK(!at || (at >= 22 && at + 2 <= len && q[at - 2] == 2 && q[at - 1] == 4), "offset %u of %u", at, len);
		free(q);
	}
	unit_done("tcp-mss");
}

static void test_check(void)
{
	unsigned int i, j, at, from, to;
	u8 p[60];
	__be16 check;

	for (i = 0; i < 200000; i++) {
		for (j = 0; j < sizeof(p); j++)
			p[j] = rnd(256);
		p[16] = p[17] = 0;
		check = htons(~sum(p, sizeof(p)));
		at = 20 + rnd(38);
		from = p[at] << 8 | p[at + 1];
		to = rnd(65536);
		p[at] = to >> 8;
		p[at + 1] = to;
		check = klips_tcpopt_check(check, at, from, to);
		memcpy(p + 16, &check, 2);
		CHECK(sum(p, sizeof(p)) == 0xffff, "checksum after %x became %x at %u", from, to, at);
	}
	unit_done("tcp-check");
}

int main(void)
{
	test_mss();
	test_check();
	return unit_status();
}
