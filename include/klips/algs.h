/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The algorithms, once for both sides, those of ESP named in the esp= grammar.
 *
 * KLIPS_ESP_ALGS(X): X("name", PF_KEY encryption number, key bits, salt bits, PF_KEY
 * authentication number, bits of KEY_AUTH, IV bytes, ICV bytes, block bytes, "the kernel's
 * name of the cipher or AEAD", "that of the hash"). The name of an AEAD without a size of ICV has
 * the one of 16 bytes. KEY_ENCRYPT is the key and behind it the salt, where there is one (RFC 3686 5.1,
 * RFC 4106 8.1, RFC 4309 7.1, RFC 4543 5, RFC 7634 2). A block of one byte tells a stream: its
 * IV must never repeat, that of a block cipher must not be foreseen.
 *
 * KLIPS_AH_ALGS(X): X("name", PF_KEY authentication number, bits of KEY_AUTH, ICV bytes, "the kernel's
 * name of the hash"). KLIPS_COMP_ALGS(X): X("name", SADB_X_CALG_* in place of an encryption number).
 */
#ifndef KLIPS_ALGS_H
#define KLIPS_ALGS_H

#include <linux/pfkeyv2.h>

/* RFC 7634, which <linux/pfkeyv2.h> has no number for. */
#define KLIPS_EALG_CHACHA20_POLY1305 200

/* Combined mode: nothing beside them. */
#define KLIPS_ESP_GCM(X, bits, name) \
	X(name, SADB_X_EALG_AES_GCM_ICV16, bits, 32, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc4106(gcm(aes))", "")

#define KLIPS_ESP_CCM(X, bits, name16, name12, name8) \
	X(name16, SADB_X_EALG_AES_CCM_ICV16, bits, 24, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc4309(ccm(aes))", "") \
	X(name12, SADB_X_EALG_AES_CCM_ICV12, bits, 24, \
	  SADB_AALG_NONE, 0, 8, 12, 1, "rfc4309(ccm(aes))", "") \
	X(name8, SADB_X_EALG_AES_CCM_ICV8, bits, 24, \
	  SADB_AALG_NONE, 0, 8, 8, 1, "rfc4309(ccm(aes))", "")

#define KLIPS_ESP_GMAC(X, bits, name) \
	X(name, SADB_X_EALG_NULL_AES_GMAC, bits, 32, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc4543(gcm(aes))", "")

#define KLIPS_ESP_AEADS(X) \
	KLIPS_ESP_GCM(X, 128, "aes_gcm128") \
	KLIPS_ESP_GCM(X, 192, "aes_gcm192") \
	KLIPS_ESP_GCM(X, 256, "aes_gcm256") \
	KLIPS_ESP_CCM(X, 128, "aes_ccm128", "aes_ccm_12_128", "aes_ccm_8_128") \
	KLIPS_ESP_CCM(X, 192, "aes_ccm192", "aes_ccm_12_192", "aes_ccm_8_192") \
	KLIPS_ESP_CCM(X, 256, "aes_ccm256", "aes_ccm_12_256", "aes_ccm_8_256") \
	X("chacha20_poly1305", KLIPS_EALG_CHACHA20_POLY1305, 256, 32, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc7539esp(chacha20,poly1305)", "") \
	KLIPS_ESP_GMAC(X, 128, "aes_gmac128") \
	KLIPS_ESP_GMAC(X, 192, "aes_gmac192") \
	KLIPS_ESP_GMAC(X, 256, "aes_gmac256")

/* Every cipher with one HMAC: its name, PF_KEY number, key bits, ICV bytes, kernel name. */
#define KLIPS_ESP_CIPHERS(X, hash, aalg, abits, icv, khash) \
	X("aes128-" hash, SADB_X_EALG_AESCBC, 128, 0, \
	  aalg, abits, 16, icv, 16, "cbc(aes)", khash) \
	X("aes192-" hash, SADB_X_EALG_AESCBC, 192, 0, \
	  aalg, abits, 16, icv, 16, "cbc(aes)", khash) \
	X("aes256-" hash, SADB_X_EALG_AESCBC, 256, 0, \
	  aalg, abits, 16, icv, 16, "cbc(aes)", khash) \
	X("aes_ctr128-" hash, SADB_X_EALG_AESCTR, 128, 32, \
	  aalg, abits, 8, icv, 1, "rfc3686(ctr(aes))", khash) \
	X("aes_ctr192-" hash, SADB_X_EALG_AESCTR, 192, 32, \
	  aalg, abits, 8, icv, 1, "rfc3686(ctr(aes))", khash) \
	X("aes_ctr256-" hash, SADB_X_EALG_AESCTR, 256, 32, \
	  aalg, abits, 8, icv, 1, "rfc3686(ctr(aes))", khash) \
	X("3des-" hash, SADB_EALG_3DESCBC, 192, 0, \
	  aalg, abits, 8, icv, 8, "cbc(des3_ede)", khash) \
	X("null-" hash, SADB_EALG_NULL, 0, 0, \
	  aalg, abits, 0, icv, 1, "ecb(cipher_null)", khash)

/* ICVs of RFC 2404 2 and RFC 4868 2.3. */
#define KLIPS_ESP_ALGS(X) \
	KLIPS_ESP_AEADS(X) \
	KLIPS_ESP_CIPHERS(X, "sha1", SADB_AALG_SHA1HMAC, 160, 12, "hmac(sha1)") \
	KLIPS_ESP_CIPHERS(X, "sha2_256", SADB_X_AALG_SHA2_256HMAC, 256, 16, "hmac(sha256)") \
	KLIPS_ESP_CIPHERS(X, "sha2_384", SADB_X_AALG_SHA2_384HMAC, 384, 24, "hmac(sha384)") \
	KLIPS_ESP_CIPHERS(X, "sha2_512", SADB_X_AALG_SHA2_512HMAC, 512, 32, "hmac(sha512)")

#define KLIPS_AH_ALGS(X) \
	X("sha1", SADB_AALG_SHA1HMAC, 160, 12, "hmac(sha1)") \
	X("sha2_256", SADB_X_AALG_SHA2_256HMAC, 256, 16, "hmac(sha256)") \
	X("sha2_384", SADB_X_AALG_SHA2_384HMAC, 384, 24, "hmac(sha384)") \
	X("sha2_512", SADB_X_AALG_SHA2_512HMAC, 512, 32, "hmac(sha512)")

#define KLIPS_COMP_ALGS(X) \
	X("deflate", SADB_X_CALG_DEFLATE)

#endif
