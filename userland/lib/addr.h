/* SPDX-License-Identifier: GPL-2.0 */
/* IP addresses of either family: text, sockaddr, comparison. */
#ifndef KLIPS_LIB_ADDR_H
#define KLIPS_LIB_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <klips/types.h>

/*
 * Parsers of this library return NULL for success or a constant text that says what is
 * wrong with the input ("no @ in SAID specification"); the caller adds which option or
 * file and the value. Nothing is written to the result on error.
 */

/*
 * An address in network byte order; family AF_UNSPEC (zeroed memory): none. Bytes
 * beyond the family's length are zero.
 */
struct ip_addr {
	uint8_t family;
	union klips_addr u;
};

#define ADDR_TEXT 46		/* bytes of the longest text, zero included */

/* Bytes and bits of an address of @family; 0 where there is no such family. */
unsigned int addr_len(int family);
unsigned int addr_bits(int family);

/* @family AF_UNSPEC: either. Numeric only, no names: nothing here asks the DNS. */
const char *addr_parse(const char *text, int family, struct ip_addr *addr);

/* Writes text to @buf and returns it; "none" for AF_UNSPEC. */
char *addr_format(const struct ip_addr *addr, char buf[ADDR_TEXT]);

/* Order of families, then of bytes. */
int addr_cmp(const struct ip_addr *a, const struct ip_addr *b);
bool addr_equal(const struct ip_addr *a, const struct ip_addr *b);

/* 0.0.0.0 or :: (not AF_UNSPEC). */
bool addr_is_any(const struct ip_addr *addr);

/* 0.0.0.0 or :: of @family. */
struct ip_addr addr_any(int family);

/* From 4 or 16 bytes in network byte order; false where @len does not fit @family. */
bool addr_from_bytes(struct ip_addr *addr, int family, const void *bytes,
		     size_t len);

/*
 * @port in network byte order. Writes sockaddr_in or sockaddr_in6 and returns its
 * length, 0 for AF_UNSPEC.
 */
socklen_t addr_to_sockaddr(const struct ip_addr *addr, in_port_t port,
			   struct sockaddr_storage *ss);

/* @len bytes at @sa may be read; @port may be NULL. False where they are no address. */
bool addr_from_sockaddr(struct ip_addr *addr, in_port_t *port,
			const struct sockaddr *sa, size_t len);

#endif
