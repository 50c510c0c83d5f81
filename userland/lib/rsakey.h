/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RSA keys as ipsec.conf and ipsec.secrets have them: public ones as in RFC 3110, private ones as
 * eight numbers that must fit together. The arithmetic is libgmp's; nothing here signs anything.
 */
#ifndef KLIPS_LIB_RSAKEY_H
#define KLIPS_LIB_RSAKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSA_MIN_BITS 2048		/* less is within reach of who wants it */
#define RSA_MAX_BITS 8192		/* more is of use only to who wants us to compute */
#define RSA_BLOB_MAX (3 + 8 + RSA_MAX_BITS / 8)
#define RSA_KEYID 10			/* bytes of a key's short name, zero included */

/* Views into the blob. */
struct rsa_public {
	const uint8_t *e, *n;
	size_t e_len, n_len;
};

/* RFC 3110 section 2, strictly; and of a size that is of use. NULL or what is wrong. */
const char *rsa_public_parse(const uint8_t *blob, size_t len, struct rsa_public *key);
/* The same for numbers that came in another way. */
const char *rsa_public_wrong(const struct rsa_public *key);
/* The number of bytes written, 0: @size is too small. */
size_t rsa_public_build(const struct rsa_public *key, uint8_t *blob, size_t size);
unsigned int rsa_public_bits(const struct rsa_public *key);
/* The classic short name: the first letters of its base64. */
char *rsa_keyid(const uint8_t *blob, size_t len, char buf[RSA_KEYID]);

enum rsa_field { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QINV, RSA_FIELDS };

/* "Modulus", "PublicExponent" ...: as they stand in the file, in this order. */
extern const char * const rsa_field_names[RSA_FIELDS];

/* Big-endian, without zeros in front. */
struct rsa_private {
	uint8_t *data[RSA_FIELDS];
	size_t len[RSA_FIELDS];
};

/* Copies @data without the zeros in front: 0, -EINVAL (it is zero, or too long) or -ENOMEM. */
int rsa_private_set(struct rsa_private *key, enum rsa_field field, const uint8_t *data, size_t len);
/* Whether the numbers fit together: p * q = n, the exponents are each other's inverse ... NULL or what is wrong. */
const char *rsa_private_check(const struct rsa_private *key);
/* The public part as in RFC 3110: bytes written, 0: @size is too small. */
size_t rsa_private_blob(const struct rsa_private *key, uint8_t *blob, size_t size);
/* Zeroes and frees what is in it. */
void rsa_private_wipe(struct rsa_private *key);

#endif
