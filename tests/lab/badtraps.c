// SPDX-License-Identifier: GPL-2.0
/*
 * Traps and holds that cannot be, said to the module in PF_KEY: selectors that no packet has, families that do not exist, and
 * deletions of such. Each must be refused with the errno that stands here. Prints "not ok: WHAT" for every finding and "refused N"
 * at the end. Exit status 0: nothing found.
 */
#include <arpa/inet.h>
#include <unistd.h>

#include "pfsocket.h"

enum { WHOLE = 0xffff, NEVER = 200 };

/* What is written over an eroute from 10.1.0.0/24 to 10.3.0.0/24, or from 2001::/32 to 2002::/32; 0: nothing is. */
static const struct bad {
	const char *what;
	int family;			/* of a good one */
	int says_src, says_dst;		/* the family in the sockaddr; NEVER: 0 */
	uint8_t src_bits, dst_bits;	/* NEVER: 0 */
	uint8_t src_proto, dst_proto;
	uint16_t sport, dport;
	uint16_t src_mask, dst_mask;	/* if any of them */
	const char *device;
	int err;
} bads[] = {
	{ "a family of 0", AF_INET, .says_src = NEVER, .says_dst = NEVER, .err = EAFNOSUPPORT },
	{ "a family that nobody knows", AF_INET, .says_src = 99, .says_dst = 99, .err = EAFNOSUPPORT },
	{ "PF_KEY as a family", AF_INET6, .says_src = AF_KEY, .says_dst = AF_KEY, .err = EAFNOSUPPORT },
	{ "IPv6 in the space of IPv4", AF_INET, .says_src = AF_INET6, .says_dst = AF_INET6, .err = EINVAL },
	{ "IPv4 in the space of IPv6", AF_INET6, .says_src = AF_INET, .says_dst = AF_INET, .err = EINVAL },
	{ "two families", AF_INET, .says_dst = AF_INET6, .err = EINVAL },
	{ "33 bits", AF_INET, .src_bits = 33, .err = EINVAL },
	{ "255 bits", AF_INET, .dst_bits = 255, .err = EINVAL },
	{ "129 bits", AF_INET6, .dst_bits = 129, .err = EINVAL },
	{ "bits behind the source's prefix", AF_INET, .src_bits = 8, .err = EINVAL },
	{ "bits behind the destination's prefix", AF_INET6, .dst_bits = 8, .err = EINVAL },
	{ "bits behind a prefix of none", AF_INET, .dst_bits = NEVER, .err = EINVAL },
	{ "two protocols", AF_INET, .src_proto = 6, .dst_proto = 17, .err = EINVAL },
	{ "a port of no protocol", AF_INET, .dport = 80, .err = EINVAL },
	{ "a port of ESP", AF_INET, .src_proto = 50, .dst_proto = 50, .sport = 80, .err = EINVAL },
	{ "ICMP of IPv4 in IPv6, with a type", AF_INET6, .src_proto = 1, .dst_proto = 1, .sport = 8, .err = EINVAL },
	{ "ICMPv6 in IPv4, with a type", AF_INET, .src_proto = 58, .dst_proto = 58, .sport = 128, .err = EINVAL },
	{ "a mask of a port of no protocol", AF_INET, .dst_mask = 0xff00, .err = EINVAL },
	{ "a port behind its mask", AF_INET, .src_proto = 17, .dst_proto = 17, .dport = 0x1234, .dst_mask = 0xff00, .err = EINVAL },
	{ "a port without a mask where there is one", AF_INET, .src_proto = 6, .dst_proto = 6, .sport = 80, .dport = 80,
	  .dst_mask = WHOLE, .err = EINVAL },
	{ "a device that is not there", AF_INET, .device = "ipsec77", .err = ENODEV },
	{ "a device of another kind", AF_INET, .device = "eth0", .err = ENODEV },
};

static const uint8_t targets[] = { KLIPS_TARGET_TRAP, KLIPS_TARGET_TRAPSUBNET, KLIPS_TARGET_HOLD };

static void put_net(struct bytes *m, uint16_t type, const struct bad *bad)
{
	bool src = type == SADB_EXT_ADDRESS_SRC, v6 = bad->family == AF_INET6;
	uint8_t bits = src ? bad->src_bits : bad->dst_bits;
	int says = src ? bad->says_src : bad->says_dst;
	struct sadb_address *ext = grow(m, type, v6 ? 40 : 24);
	struct sockaddr_in6 *in6 = (void *)(ext + 1);
	struct sockaddr_in *in = (void *)(ext + 1);
	uint16_t family;

	in->sin_family = bad->family;
	/* At the same place in both. */
	in->sin_port = htons(src ? bad->sport : bad->dport);
	if (v6)
		inet_pton(AF_INET6, src ? "2001:db8::" : "2002:db8::", &in6->sin6_addr);
	else
		inet_pton(AF_INET, src ? "10.1.0.0" : "10.3.0.0", &in->sin_addr);
	ext->sadb_address_prefixlen = bits == NEVER ? 0 : bits ? bits : v6 ? 32 : 24;
	ext->sadb_address_proto = src ? bad->src_proto : bad->dst_proto;
	family = says == NEVER ? 0 : says;
	if (says)
		memcpy(ext + 1, &family, sizeof(family));
}

static void put_rest(struct bytes *m, const struct bad *bad)
{
	struct klips_ext_portmask *mask;

	if (bad->src_mask || bad->dst_mask) {
		mask = grow(m, KLIPS_EXT_PORTMASK, sizeof(*mask));
		mask->src = htons(bad->src_mask);
		mask->dst = htons(bad->dst_mask);
	}
	if (bad->device)
		strcpy(((struct klips_ext_device *)grow(m, KLIPS_EXT_DEVICE, 24))->name, bad->device);
}

/* The errno of the answer to @m, that of the write, or ETIMEDOUT. */
static int answer(int fd, struct bytes *m)
{
	struct bytes got;

	finish(m);
	if (send(fd, m->b, m->len, 0) < 0)
		return errno;
	return receive(fd, &got, ANSWER_MS) < 16 ? ETIMEDOUT : got.b[2];
}

static void try(int fd, const struct bad *bad, uint8_t type, uint8_t target, uint8_t flags)
{
	struct bytes m;
	int err;

	begin(&m, type, 0);
	add_target(&m, target, flags);
	put_net(&m, SADB_EXT_ADDRESS_SRC, bad);
	put_net(&m, SADB_EXT_ADDRESS_DST, bad);
	put_rest(&m, bad);
	err = answer(fd, &m);
	EXPECT(err == bad->err, "%s, message %u, target %u, flags %u: %s", bad->what, type, target, flags,
	       err ? strerror(err) : "accepted");
}

int main(void)
{
	static const uint8_t inbound_flags = KLIPS_FLOW_INBOUND, clear = KLIPS_FLOW_CLEAR;
	static const struct bad none = { .what = "nothing is wrong", .family = AF_INET };
	static const struct bad wrong = { .what = "a trap that cannot be", .family = AF_INET, .err = EINVAL };
	static const struct bad missing = { .what = "none is there", .family = AF_INET, .err = ENOENT };
	int fd = open_socket(), n = 0;

	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		for (size_t t = 0; t < sizeof(targets); t++, n += 2) {
			try(fd, &bads[i], KLIPS_SADB_ADDFLOW, targets[t], 0);
			try(fd, &bads[i], KLIPS_SADB_ADDFLOW, targets[t], KLIPS_FLOW_REPLACE);
		}
		try(fd, &bads[i], KLIPS_SADB_DELFLOW, 0, 0);
		n++;
	}
	for (size_t t = 0; t < sizeof(targets); t++, n += 3) {
		try(fd, &wrong, KLIPS_SADB_ADDFLOW, targets[t], inbound_flags);
		try(fd, &wrong, KLIPS_SADB_ADDFLOW, targets[t], clear);
		try(fd, &wrong, KLIPS_SADB_DELFLOW, targets[t], 0);
	}
	/* It is what is wrong with them that they are refused for. */
	try(fd, &missing, KLIPS_SADB_DELFLOW, 0, 0);
	for (size_t t = 0; t < sizeof(targets); t++) {
		try(fd, &none, KLIPS_SADB_ADDFLOW, targets[t], 0);
		try(fd, &none, KLIPS_SADB_DELFLOW, 0, 0);
	}
	printf("refused %d\n", n + 1 - findings);
	return findings > 0;
}
