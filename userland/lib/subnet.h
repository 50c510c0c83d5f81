/* SPDX-License-Identifier: GPL-2.0 */
/* Subnets: an address and how many of its bits count. */
#ifndef KLIPS_LIB_SUBNET_H
#define KLIPS_LIB_SUBNET_H

#include "addr.h"

/* Bits of addr beyond plen are zero. */
struct subnet {
	struct ip_addr addr;
	uint8_t plen;
};

#define SUBNET_TEXT (ADDR_TEXT + 4)

/*
 * address/bits, address/netmask (contiguous), a bare address (that host), 0/0 and
 * %default (0.0.0.0/0). Host bits are dropped silently, as KLIPS did.
 * @family AF_UNSPEC: either.
 */
const char *subnet_parse(const char *text, int family, struct subnet *subnet);

/* Writes address/bits to @buf and returns it. */
char *subnet_format(const struct subnet *subnet, char buf[SUBNET_TEXT]);

/* @addr with all bits beyond @plen dropped; false where @plen is too long for it. */
bool subnet_set(struct subnet *subnet, const struct ip_addr *addr,
		unsigned int plen);

/* The /32 or /128 of @addr. */
struct subnet subnet_host(const struct ip_addr *addr);

bool subnet_contains(const struct subnet *subnet, const struct ip_addr *addr);
bool subnet_within(const struct subnet *outer, const struct subnet *inner);
bool subnet_equal(const struct subnet *a, const struct subnet *b);

/* Order of family, address, length. */
int subnet_cmp(const struct subnet *a, const struct subnet *b);

#endif
