/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks a PF_KEY message as a whole, before anything is changed by it. Pure: bytes
 * in, pointers into the same bytes out.
 */
#ifndef KLIPS_PFKEY_PARSE_H
#define KLIPS_PFKEY_PARSE_H

#include <klips/pfkey.h>
#include <klips/types.h>

#include "pure.h"

/* Longest message that is taken, bytes. */
#define KLIPS_PFKEY_MAX_MSG 16384

/* Places of the extensions in klips_pfkey_msg.ext: RFC 2367 and Linux, then ours. */
#define KLIPS_SLOT(type) \
	((type) < KLIPS_EXT_MIN ? (type) : (type) - KLIPS_EXT_MIN + SADB_EXT_MAX + 1)
#define KLIPS_SLOTS (KLIPS_SLOT(KLIPS_EXT_MAX) + 1)
#define KLIPS_SLOT_BIT(type) (1ULL << KLIPS_SLOT(type))

/* A message that was found good; lives as long as the bytes that it points into. */
struct klips_pfkey_msg {
	const struct sadb_msg *hdr;
	u64 present;			/* KLIPS_SLOT_BIT() of those that it has */
	const void *ext[KLIPS_SLOTS];	/* NULL where there is none */
};

/* An address extension taken apart. */
struct klips_pfkey_addr {
	u8 family;
	u8 plen;
	u8 proto;			/* 0: any */
	__be16 port;
	union klips_addr addr;		/* beyond the family's length: zero */
};

/*
 * Whether @len bytes are one PF_KEY message at all: -EMSGSIZE where the length is not
 * that of the header or out of bounds, -EINVAL where version or reserved field are
 * wrong. Extensions are not looked at.
 */
int klips_pfkey_frame(const void *buf, size_t len);

/*
 * Checks the message that klips_pfkey_frame() has let pass and fills @msg. @buf is
 * 8-byte aligned. 0, or what its sender is told:
 *   -EINVAL        unknown type; an extension that is truncated, overlong, unknown,
 *                  there twice, missing, not of this message or has a field out of range
 *   -EAFNOSUPPORT  an address that is neither IPv4 nor IPv6
 *   -EOPNOTSUPP    PF_KEY knows it, klips does not do it (yet)
 */
int klips_pfkey_parse(const void *buf, size_t len, struct klips_pfkey_msg *msg);

/* Extension @type (SADB_EXT_*, SADB_X_EXT_*, KLIPS_EXT_*) of @msg, or NULL. */
static inline const void *klips_pfkey_ext(const struct klips_pfkey_msg *msg,
					  u16 type)
{
	return msg->ext[KLIPS_SLOT(type)];
}

/* The sockaddr behind an address extension or KLIPS_EXT_SAID that were checked. */
void klips_pfkey_sockaddr(const void *sockaddr, struct klips_pfkey_addr *out);

/* Address extension @type of @msg; false where there is none. */
bool klips_pfkey_address(const struct klips_pfkey_msg *msg, u16 type,
			 struct klips_pfkey_addr *out);

/* The extension that names member @n of a group, from 0. */
static inline u16 klips_pfkey_member(unsigned int n)
{
	return n ? KLIPS_EXT_SAID2 + n - 1 : KLIPS_EXT_SAID;
}

/* IP protocol of an SA type, 0 where it names none; and back. */
u8 klips_pfkey_proto(u8 satype);
u8 klips_pfkey_satype(u8 proto);

#endif
