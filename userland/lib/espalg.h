/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Algorithms: names of the esp= and ah= grammars, PF_KEY numbers, key lengths. Most are ESP's; AH
 * has the hashes, IPCOMP deflate, and IPIP one that does nothing.
 */
#ifndef KLIPS_LIB_ESPALG_H
#define KLIPS_LIB_ESPALG_H

#include <stddef.h>
#include <stdint.h>

struct esp_alg {
	uint8_t proto;			/* IPPROTO_ESP, _AH, _COMP, _IPIP */
	const char *name;		/* aes_gcm128, aes128-sha2_256; sha2_256; deflate; none */
	uint8_t ealg;			/* SADB_*EALG*, of IPCOMP SADB_X_CALG_* */
	uint8_t aalg;			/* SADB_*AALG*, 0 for an AEAD */
	uint16_t ekey_bits;		/* with the salt */
	uint16_t salt_bits;		/* at the end of the key */
	uint16_t akey_bits;
	uint8_t iv;			/* bytes on the wire */
	uint8_t icv;			/* bytes */
	uint8_t block;			/* bytes */
};

/* The table of <klips/algs.h>; @n is its length. */
const struct esp_alg *esp_algs(unsigned int *n);

/*
 * By name; also other spellings of libreswan and strongSwan (aes_gcm_16_256, aes256gcm16,
 * aes_gcm256-null, aes256-sha2, aes256-hmac_sha2_256 ..., any case, "_" for "-"). NULL: none.
 */
const struct esp_alg *esp_alg_by_name(const char *name);

const struct esp_alg *esp_alg_by_number(uint8_t ealg, uint8_t aalg,
					unsigned int ekey_bits);

/*
 * The same for SAs of @proto: with AH sha1, sha2_256, hmac-sha1-96 and so on, with IPCOMP
 * deflate, with IPIP none.
 */
const struct esp_alg *sa_alg_by_name(uint8_t proto, const char *name);

#define ESP_ALG_XFORM 48

/*
 * Its classic text, in a buffer of ESP_ALG_XFORM: ESP_AES_GCM, ESP_AES_HMAC_SHA2_256, AH_HMAC_SHA1,
 * COMP_DEFLATE, IPIP.
 */
char *esp_alg_xform(const struct esp_alg *alg, char *buf);

/* Names of PF_KEY numbers for eyes ("AES_GCM_16", "HMAC_SHA2_256"); NULL: unknown. */
const char *ealg_name(uint8_t ealg);
const char *aalg_name(uint8_t aalg);
const char *calg_name(uint8_t calg);

#endif
