// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ts.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ts.h"
#include "unit.h"

static struct ike_ts range(uint32_t start, uint32_t end)
{
	struct ike_ts ts = { .family = AF_INET, .end_port = 65535 };

	start = htonl(start);
	end = htonl(end);
	memcpy(ts.start, &start, 4);
	memcpy(ts.end, &end, 4);
	return ts;
}

static void known(uint32_t start, uint32_t end, int n, const char *first)
{
	struct ike_ts ts = range(start, end);
	struct subnet out[TS_PREFIXES];
	char text[SUBNET_TEXT];
	int got = ts_prefixes(&ts, out);

	CHECK(got == n, "%08x-%08x: %d prefixes, not %d", start, end, got, n);
	CHECK(got < 1 || !strcmp(subnet_format(&out[0], text), first), "%08x-%08x: begins with %s, not %s", start, end, text, first);
}

static void ranges(void)
{
	struct ike_ts six = { .family = AF_INET6, .end_port = 65535 };
	struct subnet out[TS_PREFIXES];
	char text[SUBNET_TEXT];

	known(0, UINT32_MAX, 1, "0.0.0.0/0");
	known(0x0a010000, 0x0a01ffff, 1, "10.1.0.0/16");
	known(0x0a010001, 0x0a010001, 1, "10.1.0.1/32");
	known(0xffffffff, 0xffffffff, 1, "255.255.255.255/32");
	known(0x0a010001, 0x0a010006, 4, "10.1.0.1/32");
	known(0x0a010000, 0x0a01fffe, 16, "10.1.0.0/17");
	known(1, UINT32_MAX - 1, 62, "0.0.0.1/32");
	known(2, 1, -EINVAL, "");
	six.start[0] = six.end[0] = 0x20;
	six.start[1] = six.end[1] = 1;
	six.start[5] = six.end[5] = 1;
	memset(six.end + 6, 0xff, 10);
	CHECK(ts_prefixes(&six, out) == 1 && !strcmp(subnet_format(&out[0], text), "2001:0:1::/48"), "%s", text);
	six.end[5] = 3;			/* 2001:0:1::/48 and 2001:0:2::/47 */
	CHECK(ts_prefixes(&six, out) == 2 && !strcmp(subnet_format(&out[1], text), "2001:0:2::/47"), "%s", text);
	memcpy(six.end, six.start, 16);
	CHECK(ts_prefixes(&six, out) == 1 && out[0].plen == 128, "one address");
	six.start[15] = 1;
	CHECK(ts_prefixes(&six, out) == -EINVAL, "from the end to the start");
	CHECK(!ts_prefix(&six).addr.family, "a prefix of what is none");
	memset(six.start, 0, 16);
	memset(six.end, 0xff, 16);
	CHECK(ts_prefix(&six).addr.family == AF_INET6 && !ts_prefix(&six).plen, "the prefix ::/0");
	CHECK(ts_prefixes(&six, out) == 1 && !out[0].plen, "::/0");
	six.start[15] = 1;
	CHECK(ts_prefixes(&six, out) == -E2BIG, "::1-ffff... is not refused");
	unit_done("ts: known ranges");
}

/* Random ranges: the prefixes lie one behind the other and cover exactly the range. */
static void cover(void)
{
	struct subnet out[TS_PREFIXES];
	uint32_t start, end, at, first, i;
	struct ike_ts ts;
	int n, j;

	srandom(1);
	for (i = 0; i < 20000; i++) {
		start = (uint32_t)random() << 1 ^ random();
		end = start + ((uint32_t)random() >> (random() % 31));
		if (end < start)
			continue;
		ts = range(start, end);
		n = ts_prefixes(&ts, out);
		CHECK(n > 0, "%08x-%08x: %d", start, end, n);
		at = start;
		for (j = 0; j < n; j++) {
			first = ntohl(out[j].addr.u.v4);
			CHECK(first == at, "%08x-%08x: prefix %d begins at %08x, not at %08x", start, end, j, first, at);
			at = first + (uint32_t)(1ULL << (32 - out[j].plen));
		}
		CHECK(at == end + 1, "%08x-%08x: ends before %08x", start, end, at);
	}
	unit_done("ts: random ranges are covered exactly");
}

static void flows(void)
{
	struct ike_ts local[2] = { range(0x0a010000, 0x0a01ffff), range(0x0a050001, 0x0a050002) };
	struct ike_ts remote[1] = { range(0x0a020000, 0x0a02ffff) };
	struct flow_sel *list;
	int n;

	n = ts_flows(local, 2, remote, 1, &list);
	CHECK(n == 3 && list[0].src.plen == 16 && list[2].src.plen == 32 && !list[0].proto && !list[0].sport_mask, "%d flows", n);
	if (n > 0)
		free(list);
	local[0].proto = IPPROTO_UDP;
	remote[0].proto = IPPROTO_UDP;
	remote[0].start_port = remote[0].end_port = 7000;
	n = ts_flows(local, 1, remote, 1, &list);
	CHECK(n == 1 && list[0].proto == IPPROTO_UDP && list[0].dport == htons(7000) && list[0].dport_mask == 0xffff &&
	      !list[0].sport_mask, "a port");
	if (n > 0)
		free(list);
	remote[0].end_port = 7001;
	CHECK(ts_flows(local, 1, remote, 1, &list) == -EOPNOTSUPP, "a range of ports is taken");
	remote[0] = range(1, UINT32_MAX - 1);
	local[0] = range(1, UINT32_MAX - 1);
	CHECK(ts_flows(local, 1, remote, 1, &list) == -E2BIG, "thousands of selectors are taken");
	CHECK(ts_flows(local, 0, remote, 1, &list) == -EINVAL, "no selector is taken");
	unit_done("ts: kernel selectors");
}

int main(void)
{
	ranges();
	cover();
	flows();
	return unit_status();
}
