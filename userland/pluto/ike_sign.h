/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures of IKE_AUTH (RFC 7296 2.15 and 3.8, RFC 7427, RFC 8420) over libcrypto. An AlgorithmIdentifier
 * is compared with a table byte by byte, and what is signed is checked by libcrypto alone: nothing
 * of a peer's signature is taken apart here. Nothing is kept between calls.
 */
#ifndef PLUTO_IKE_SIGN_H
#define PLUTO_IKE_SIGN_H

#include "ike_payload.h"

typedef struct evp_pkey_st EVP_PKEY;

#define IKE_MAX_SIGNATURE (1 + 80 + 1024 + 16)	/* AUTH data: length, AlgorithmIdentifier, signature */

/* What signs and checks: one bit of IKE_AUTHBY_*, and how. */
struct sig_alg;

/* An RSA key of RFC 3110, or NULL: it is none that is of use. The caller frees it with EVP_PKEY_free(). */
EVP_PKEY *sig_key_rsa(const uint8_t *blob, size_t len);

/* NULL, or why @key is of no use: too short or too long, a curve that is not known, a strange exponent ... */
const char *sig_key_wrong(const EVP_PKEY *key);

/*
 * Signs @octets with @key by the best way that is among @allowed (IKE_AUTHBY_*) and that the peer
 * understands: @hashes has a bit for every number of its SIGNATURE_HASH_ALGORITHMS. 0 and @method and
 * @out (IKE_MAX_SIGNATURE bytes of room); -ENOTSUP: there is no such way; -EIO.
 */
int sig_make(EVP_PKEY *key, uint32_t allowed, uint32_t hashes, const uint8_t *octets, size_t len,
	     uint8_t *method, uint8_t *out, size_t *out_len);

/*
 * Whether @auth of @method is that of @key over @octets: 0, -EKEYREJECTED: no; -ENOTSUP: a way of
 * signing that is not among @allowed, or that is not known.
 */
int sig_check(EVP_PKEY *key, uint32_t allowed, uint8_t method, struct view auth,
	      const uint8_t *octets, size_t len);

/* "RSA-PSS with SHA2-256", or "an unknown way of signing". */
const char *sig_name(uint8_t method, struct view auth);

#endif
