// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "rsakey.h"

#define E_MAX 8				/* bytes of a public exponent */

/* ---- public keys ---- */

static unsigned int bits_of(const uint8_t *n, size_t len)
{
	unsigned int bits = 8 * len;
	uint8_t top;

	if (!len)
		return 0;
	for (top = n[0]; !(top & 0x80) && bits; top <<= 1)
		bits--;
	return bits;
}

unsigned int rsa_public_bits(const struct rsa_public *key)
{
	return bits_of(key->n, key->n_len);
}

/* What holds for every public key, wherever it came from. */
const char *rsa_public_wrong(const struct rsa_public *key)
{
	unsigned int bits;

	if (!key->e_len || !key->n_len || !key->e[0] || !key->n[0])
		return "an RSA key with zeros in front of its numbers, or without them";
	bits = rsa_public_bits(key);
	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return "expected an RSA key of 2048 to 8192 bits";
	if (key->e_len > E_MAX || !(key->e[key->e_len - 1] & 1) || (key->e_len == 1 && key->e[0] < 3))
		return "expected an RSA key with an odd public exponent of 3 or more, of at most 64 bits";
	return key->n[key->n_len - 1] & 1 ? NULL : "expected an RSA key with an odd modulus";
}

const char *rsa_public_parse(const uint8_t *blob, size_t len, struct rsa_public *key)
{
	size_t head = 1;

	if (len < 3)
		return "expected an RSA public key (RFC 3110), this is too short";
	key->e_len = blob[0];
	if (!blob[0]) {
		key->e_len = blob[1] << 8 | blob[2];
		head = 3;
		if (key->e_len < 256)
			return "an RSA public key (RFC 3110) whose exponent's length is not in its shortest form";
	}
	if (len - head <= key->e_len)
		return "expected an RSA public key (RFC 3110), this ends before its modulus";
	key->e = blob + head;
	key->n = key->e + key->e_len;
	key->n_len = len - head - key->e_len;
	return rsa_public_wrong(key);
}

size_t rsa_public_build(const struct rsa_public *key, uint8_t *blob, size_t size)
{
	if (!key->e_len || key->e_len > 255 || 1 + key->e_len + key->n_len > size)
		return 0;
	blob[0] = key->e_len;
	memcpy(blob + 1, key->e, key->e_len);
	memcpy(blob + 1 + key->e_len, key->n, key->n_len);
	return 1 + key->e_len + key->n_len;
}

char *rsa_keyid(const uint8_t *blob, size_t len, char buf[RSA_KEYID])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int i, bit;

	for (i = 0; i < RSA_KEYID - 1; i++) {
		bit = 6 * i;
		if (bit / 8 + 1 >= len)
			break;
		buf[i] = digits[((blob[bit / 8] << 8 | blob[bit / 8 + 1]) >> (10 - bit % 8)) & 63];
	}
	buf[i] = '\0';
	return buf;
}
