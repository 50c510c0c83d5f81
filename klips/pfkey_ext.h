/* SPDX-License-Identifier: GPL-2.0 */
/* The extensions of PF_KEY one by one: where they are kept, whether they are well formed. */
#ifndef KLIPS_PFKEY_EXT_H
#define KLIPS_PFKEY_EXT_H

#include "pfkey_parse.h"

static inline bool klips_is_zero(const void *bytes, size_t len)
{
	const u8 *p = bytes;

	while (len--)
		if (*p++)
			return false;
	return true;
}

/* The place of extensions of @type in klips_pfkey_msg.ext; negative: there is no such type. */
int klips_pfkey_slot(u16 type);

/*
 * Whether the @len bytes at @ext, its own length as it says itself, are a good extension for
 * that place: 0, -EINVAL, -EAFNOSUPPORT, -EOPNOTSUPP.
 */
int klips_pfkey_ext_check(unsigned int slot, const void *ext, size_t len);

/* Whether SAs of @satype can have @spi: none of IANA's, of 16 bits for IPCOMP. */
bool klips_pfkey_spi_fits(u8 satype, __be32 spi);

#endif
