/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ESP algorithms, once for both sides, named in the esp= grammar.
 *
 * KLIPS_ESP_ALGS(X): X(symbol, "name", PF_KEY encryption number, bits of KEY_ENCRYPT,
 * PF_KEY authentication number, bits of KEY_AUTH, IV bytes, ICV bytes, block bytes,
 * "kernel crypto name"). KEY_ENCRYPT of an AEAD ends with its salt (RFC 4106 8.1:
 * 4 bytes).
 */
#ifndef KLIPS_ALGS_H
#define KLIPS_ALGS_H

#include <linux/pfkeyv2.h>

#define KLIPS_ESP_ALGS(X) \
	X(AES_GCM128, "aes_gcm128", SADB_X_EALG_AES_GCM_ICV16, 160, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc4106(gcm(aes))") \
	X(AES_GCM192, "aes_gcm192", SADB_X_EALG_AES_GCM_ICV16, 224, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc4106(gcm(aes))") \
	X(AES_GCM256, "aes_gcm256", SADB_X_EALG_AES_GCM_ICV16, 288, \
	  SADB_AALG_NONE, 0, 8, 16, 1, "rfc4106(gcm(aes))") \
	X(AES128_SHA2_256, "aes128-sha2_256", SADB_X_EALG_AESCBC, 128, \
	  SADB_X_AALG_SHA2_256HMAC, 256, 16, 16, 16, \
	  "authenc(hmac(sha256),cbc(aes))") \
	X(AES192_SHA2_256, "aes192-sha2_256", SADB_X_EALG_AESCBC, 192, \
	  SADB_X_AALG_SHA2_256HMAC, 256, 16, 16, 16, \
	  "authenc(hmac(sha256),cbc(aes))") \
	X(AES256_SHA2_256, "aes256-sha2_256", SADB_X_EALG_AESCBC, 256, \
	  SADB_X_AALG_SHA2_256HMAC, 256, 16, 16, 16, \
	  "authenc(hmac(sha256),cbc(aes))")

#endif
