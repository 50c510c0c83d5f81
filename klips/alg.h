/* SPDX-License-Identifier: GPL-2.0 */
/* Which algorithms an SA can have, and how the kernel's crypto API calls them. */
#ifndef KLIPS_ALG_H
#define KLIPS_ALG_H

#include <linux/types.h>

struct klips_alg {
	u8 proto;			/* IPPROTO_* of SAs that can have it */
	const char *name;		/* in the esp= grammar; "sha1" for AH, "deflate", "none" (IPIP) */
	const char *cipher;		/* as the kernel calls it; "" where there is none */
	const char *hash;		/* the same; "" beside an AEAD too */
	u8 ealg;
	u8 aalg;
	u16 ekey_bits;			/* of KEY_ENCRYPT, with the salt of an AEAD */
	u16 akey_bits;
	u8 iv;				/* bytes on the wire */
	u8 icv;				/* bytes */
	u8 block;			/* bytes that the payload is padded to, besides 4 */
	bool iv_counter;		/* IV is the sequence number, else random, or there is none */
};

/* The table, those of all protocols; @n is its length. */
const struct klips_alg *klips_algs(unsigned int *n);

/* The algorithm of protocol @proto with these PF_KEY numbers and key lengths, or NULL. */
const struct klips_alg *klips_alg_find(u8 proto, u8 ealg, u8 aalg,
				       unsigned int ekey_bits, unsigned int akey_bits);

#define KLIPS_ALG_CRYPTO 128		/* bytes that any name for crypto_alloc_aead() needs */

/* The name for crypto_alloc_aead(), with 64-bit sequence numbers where @esn. */
void klips_alg_crypto(const struct klips_alg *alg, bool esn, char *buf, size_t size);

/* Whether the running kernel can do it (loads crypto modules, may sleep). */
bool klips_alg_present(const struct klips_alg *alg);

#endif
