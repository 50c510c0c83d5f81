/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The algorithms of ike= and esp=, once: numbers of the IANA registry "Internet Key Exchange Version 2 (IKEv2)
 * Parameters", transform types 1 to 4, and 6 to 12, whose numbers are those of 4.
 */
#ifndef KLIPS_LIB_IKEALG_H
#define KLIPS_LIB_IKEALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <klips/algs.h>

#define IKEALG_IKE 1			/* for IKE SAs */
#define IKEALG_ESP 2

/*
 * X(CONSTANT, number, "name", bits of the key: 0 where a transform says which of 128, 192 and 256; bytes of salt, IV,
 * block; bytes of ICV: 0 where a hash has it; where it may be used, PF_KEY number).
 * RFC 2451 (3DES), 3602 (CBC), 3686 (CTR), 4106 (GCM), 4309 (CCM), 4543 (GMAC), 7634 (ChaCha20); in IKE: RFC 5282, 7634.
 */
#define IKEALG_ENCRS(X) \
	X(ENCR_3DES, 3, "3des", 192, 0, 8, 8, 0, IKEALG_IKE | IKEALG_ESP, SADB_EALG_3DESCBC) \
	X(ENCR_NULL, 11, "null", 1, 0, 0, 1, 0, IKEALG_ESP, SADB_EALG_NULL) \
	X(ENCR_AES_CBC, 12, "aes", 0, 0, 16, 16, 0, IKEALG_IKE | IKEALG_ESP, SADB_X_EALG_AESCBC) \
	X(ENCR_AES_CTR, 13, "aes_ctr", 0, 4, 8, 1, 0, IKEALG_ESP, SADB_X_EALG_AESCTR) \
	X(ENCR_AES_CCM_8, 14, "aes_ccm_8_", 0, 3, 8, 1, 8, IKEALG_ESP, SADB_X_EALG_AES_CCM_ICV8) \
	X(ENCR_AES_CCM_12, 15, "aes_ccm_12_", 0, 3, 8, 1, 12, IKEALG_ESP, SADB_X_EALG_AES_CCM_ICV12) \
	X(ENCR_AES_CCM_16, 16, "aes_ccm", 0, 3, 8, 1, 16, IKEALG_ESP, SADB_X_EALG_AES_CCM_ICV16) \
	X(ENCR_AES_GCM_16, 20, "aes_gcm", 0, 4, 8, 1, 16, IKEALG_IKE | IKEALG_ESP, SADB_X_EALG_AES_GCM_ICV16) \
	X(ENCR_AES_GMAC, 21, "aes_gmac", 0, 4, 8, 1, 16, IKEALG_ESP, SADB_X_EALG_NULL_AES_GMAC) \
	X(ENCR_CHACHA20_POLY1305, 28, "chacha20_poly1305", 256, 4, 8, 1, 16, IKEALG_IKE | IKEALG_ESP, KLIPS_EALG_CHACHA20_POLY1305)

/* X(NAME, number as PRF, as integrity algorithm, "name", libcrypto's name, bytes of key and output, of ICV). RFC 2404, 4868. */
#define IKEALG_HASHES(X) \
	X(SHA1, 2, 2, "sha1", "SHA1", 20, 12) \
	X(SHA2_256, 5, 12, "sha2_256", "SHA256", 32, 16) \
	X(SHA2_384, 6, 13, "sha2_384", "SHA384", 48, 24) \
	X(SHA2_512, 7, 14, "sha2_512", "SHA512", 64, 32)

/* X(CONSTANT, number, bytes of a public value, of the secret). RFC 2409, 3526, 5903, 8031. */
#define IKEALG_GROUPS(X) \
	X(DH_MODP1024, 2, 128, 128) \
	X(DH_MODP1536, 5, 192, 192) \
	X(DH_MODP2048, 14, 256, 256) \
	X(DH_MODP3072, 15, 384, 384) \
	X(DH_MODP4096, 16, 512, 512) \
	X(DH_MODP6144, 17, 768, 768) \
	X(DH_MODP8192, 18, 1024, 1024) \
	X(DH_ECP256, 19, 64, 32) \
	X(DH_ECP384, 20, 96, 48) \
	X(DH_ECP521, 21, 132, 66) \
	X(DH_X25519, 31, 32, 32)

/*
 * Key encapsulation, for additional key exchanges only. X(CONSTANT, number, "name", libcrypto's name, bytes of what the
 * initiator sends, of the answer, of the secret). FIPS 203; draft-ietf-ipsecme-ikev2-mlkem.
 */
#define IKEALG_KEMS(X) \
	X(KE_MLKEM512, 35, "mlkem512", "ML-KEM-512", 800, 768, 32) \
	X(KE_MLKEM768, 36, "mlkem768", "ML-KEM-768", 1184, 1088, 32) \
	X(KE_MLKEM1024, 37, "mlkem1024", "ML-KEM-1024", 1568, 1568, 32)

#define IKEALG_ADDKES 7			/* additional key exchanges, RFC 9370 2.2.1 */

#define IKEALG_NUMBER(constant, number, ...) constant = number,
enum { IKEALG_ENCRS(IKEALG_NUMBER) };
enum { IKEALG_GROUPS(IKEALG_NUMBER) };
enum { IKEALG_KEMS(IKEALG_NUMBER) };
#define IKEALG_HASH_NUMBERS(name, prf, integ, ...) PRF_ ## name = prf, INTEG_ ## name = integ,
enum { INTEG_NONE = 0, IKEALG_HASHES(IKEALG_HASH_NUMBERS) };

#define IKEALG_KEY_NONE 1		/* .bits of a cipher without a key */

struct ikealg_encr {
	uint16_t number;
	const char *name;		/* without the bits */
	uint16_t bits;			/* 0: 128, 192 or 256, as the transform says; IKEALG_KEY_NONE */
	uint8_t salt, iv, block, icv;	/* bytes; icv 0: it goes with a hash */
	uint8_t use;			/* IKEALG_IKE, IKEALG_ESP */
	uint8_t ealg;			/* SADB_*EALG* */
};

/* NULL: unknown. */
static inline const struct ikealg_encr *ikealg_encr(uint16_t number)
{
#define IKEALG_ENCR_ROW(constant, number, name, bits, salt, iv, block, icv, use, ealg) \
	{ number, name, bits, salt, iv, block, icv, use, ealg },
	static const struct ikealg_encr table[] = { IKEALG_ENCRS(IKEALG_ENCR_ROW) };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].number == number)
			return &table[i];
	return NULL;
}

/* NULL: it is no key encapsulation. */
static inline const char *ikealg_kem_name(uint16_t number)
{
#define IKEALG_KEM_NAME(constant, number, name, ...) { number, name },
	static const struct {
		uint16_t number;
		const char *name;
	} table[] = { IKEALG_KEMS(IKEALG_KEM_NAME) };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].number == number)
			return table[i].name;
	return NULL;
}

/* Whether a transform may name @keylen (0: none) for the cipher. */
static inline bool ikealg_keylen_ok(const struct ikealg_encr *encr, uint16_t keylen)
{
	return encr->bits ? !keylen : keylen == 128 || keylen == 192 || keylen == 256;
}

#endif
