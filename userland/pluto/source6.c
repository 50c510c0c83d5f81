// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "source6.h"

struct label {
	uint8_t plen;
	uint8_t label;
	uint8_t prefix[16];
};

/* RFC 6724 2.1: what is of the same label belongs together. The longest prefix first. */
static const struct label labels[] = {
	{ 128, 0, { [15] = 1 } },
	{ 96, 4, { [10] = 0xff, 0xff } },
	{ 96, 3, { 0 } },
	{ 32, 5, { 0x20, 0x01 } },
	{ 16, 2, { 0x20, 0x02 } },
	{ 16, 12, { 0x3f, 0xfe } },
	{ 10, 11, { 0xfe, 0xc0 } },
	{ 7, 13, { 0xfc } },
	{ 0, 1, { 0 } },
};

static unsigned int common_bits(const uint8_t *a, const uint8_t *b)
{
	unsigned int n = 0;

	while (n < 128 && !((a[n / 8] ^ b[n / 8]) >> (7 - n % 8) & 1))
		n++;
	return n;
}

static uint8_t label_of(const struct ip_addr *addr)
{
	const struct label *l = labels;

	while (common_bits(l->prefix, addr->u.bytes) < l->plen)
		l++;
	return l->label;
}

/* Rules 3 and 7, 6, 8 (what is behind the prefix of a subnet says nothing): the more the better. */
static unsigned int fitness(const struct local_addr *at, const struct ip_addr *peer)
{
	unsigned int bits = common_bits(at->addr.u.bytes, peer->u.bytes);

	return (at->passing ? 0 : 256) + (label_of(&at->addr) == label_of(peer) ? 128 : 0) + (bits < 64 ? bits : 64);
}

static bool candidate(const struct local_addr *at, const char *phys)
{
	return at->addr.family == AF_INET6 && !strcmp(at->phys, phys);
}

const struct local_addr *source6(const struct local_view *view, const char *phys, const struct ip_addr *peer)
{
	static const struct ip_addr anybody = { .family = AF_INET6, .u.bytes = { 0x20 } };
	const struct local_addr *best = NULL, *at;
	bool listening = false;
	unsigned int i;

	if (peer->family != AF_INET6)
		peer = &anybody;
	for (i = 0; i < view->n; i++)
		listening |= view->addrs[i].listening && candidate(&view->addrs[i], phys);
	/* Of equal ones the last, which is there for the longest time: a tunnel need not move. */
	for (i = 0; i < view->n; i++) {
		at = &view->addrs[i];
		if (candidate(at, phys) && (at->listening || !listening) && (!best || fitness(at, peer) >= fitness(best, peer)))
			best = at;
	}
	return best;
}
