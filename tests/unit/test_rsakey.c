// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/rsakey.c userland/lib/rsapriv.c userland/lib/ttodata.c */
/* libs: -lgmp */
/* RSA keys: RFC 3110 blobs, and private keys whose numbers do not fit together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rsa_test_key.h"
#include "rsakey.h"
#include "ttodata.h"
#include "unit.h"

/* RFC 4034 2.3: the public key of the DNSKEY record there, without the record's own fields. */
#define RFC4034_KEY "0sAQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmvHjcZc8nokfzj31GajIQKY+5CptLr3buXA10hWqTkF7H6RfoRqXQe" \
	"ogmMHfpftf6zMv1LyBUgia7za6ZEzOJBOztyvhjL742iU/TpPSEDhm2SNKLijfUppn1UaNvv4w=="

static size_t bytes(const char *text, uint8_t *buf, size_t size)
{
	const char *wrong;
	size_t len = 0;

	wrong = ttodata(text, buf, size, &len);
	CHECK(!wrong, "%s: %s", text, wrong);
	return len;
}

static void rfc_key(void)
{
	uint8_t blob[512];
	size_t len = bytes(RFC4034_KEY, blob, sizeof(blob));
	struct rsa_public key;
	char keyid[RSA_KEYID];
	const char *wrong = rsa_public_parse(blob, len, &key);

	CHECK(len == 130 && key.e_len == 1 && key.e[0] == 3 && key.n_len == 128 && rsa_public_bits(&key) == 1024,
	      "%zu bytes, exponent of %zu, modulus of %zu", len, key.e_len, key.n_len);
	CHECK(wrong && strstr(wrong, "2048"), "1024 bits are taken");
	CHECK(!strcmp(rsa_keyid(blob, len, keyid), "AQPSKmynf"), "key id %s", keyid);
	unit_done("rsakey: the key of RFC 4034");
}

/* Header of @head bytes, then a modulus of @n bytes that begins with @first and ends with @last. */
static const char *made(const uint8_t *head, size_t head_len, size_t n, uint8_t first, uint8_t last)
{
	uint8_t *blob = malloc(head_len + n + 1);
	struct rsa_public key;
	const char *wrong;

	memcpy(blob, head, head_len);
	memset(blob + head_len, 0x55, n);
	if (n) {
		blob[head_len] = first;
		blob[head_len + n - 1] = last;
	}
	wrong = rsa_public_parse(blob, head_len + n, &key);
	free(blob);
	return wrong;
}

#define MADE(n, first, last, ...) made((const uint8_t []){ __VA_ARGS__ }, sizeof((const uint8_t []){ __VA_ARGS__ }), n, first, last)

static void blobs(void)
{
	uint8_t blob[RSA_BLOB_MAX], again[RSA_BLOB_MAX];
	struct rsa_public key;
	uint8_t big[3 + 256] = { 0, 1, 0 };
	size_t len;

	CHECK(!MADE(256, 0x80, 1, 1, 3), "2048 bits, exponent 3");
	CHECK(!MADE(256, 0x80, 1, 3, 1, 0, 1), "exponent 65537");
	CHECK(!MADE(1024, 0xff, 1, 1, 3), "8192 bits");
	CHECK(MADE(1025, 0x01, 1, 1, 3), "8193 bits");
	CHECK(MADE(256, 0x7f, 1, 1, 3), "2047 bits");
	CHECK(MADE(257, 0, 1, 1, 3), "a zero in front of the modulus");
	CHECK(MADE(256, 0x80, 1, 2, 0, 3), "a zero in front of the exponent");
	CHECK(MADE(256, 0x80, 2, 1, 3), "an even modulus");
	CHECK(MADE(256, 0x80, 1, 1, 1), "exponent 1");
	CHECK(MADE(256, 0x80, 1, 1, 4), "exponent 4");
	CHECK(MADE(256, 0x80, 1, 1, 0), "exponent 0");
	CHECK(MADE(256, 0x80, 1, 0, 0, 1, 3), "the long form for a short exponent");
	CHECK(MADE(256, 0x80, 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 1), "an exponent of 65 bits");
	CHECK(MADE(0, 0, 0, 1, 3), "no modulus");
	CHECK(MADE(0, 0, 0, 255, 3, 3), "an exponent beyond the end");
	big[258] = 3;
	CHECK(made(big, sizeof(big), 256, 0x80, 1), "an exponent of 256 bytes");
	CHECK(rsa_public_parse(blob, 0, &key) && rsa_public_parse(blob, 2, &key), "nothing");

	len = bytes(TEST_PUBKEY, blob, sizeof(blob));
	CHECK(!rsa_public_parse(blob, len, &key) && rsa_public_bits(&key) == 2048, "the test key");
	CHECK(rsa_public_build(&key, again, sizeof(again)) == len && !memcmp(blob, again, len), "built again");
	CHECK(!rsa_public_build(&key, again, len - 1), "built into too little room");
	unit_done("rsakey: RFC 3110, strictly");
}

static const char * const fields[RSA_FIELDS] = {
	TEST_MODULUS, TEST_PUBLICEXPONENT, TEST_PRIVATEEXPONENT, TEST_PRIME1, TEST_PRIME2, TEST_EXPONENT1, TEST_EXPONENT2,
	TEST_COEFFICIENT,
};

static void fill(struct rsa_private *key)
{
	uint8_t data[512];
	unsigned int i;
	char *text;
	size_t len;

	memset(key, 0, sizeof(*key));
	for (i = 0; i < RSA_FIELDS; i++) {
		text = malloc(strlen(fields[i]) + 3);
		sprintf(text, "0x%s", fields[i]);
		len = bytes(text, data, sizeof(data));
		CHECK(!rsa_private_set(key, i, data, len), "field %u", i);
		free(text);
	}
}

/* Every bit near the ends of every number, one at a time: each breaks something. */
static void damaged(void)
{
	struct rsa_private key;
	const char *wrong;
	unsigned int i, bit;
	uint8_t *at;

	for (i = 0; i < RSA_FIELDS; i++) {
		for (bit = 0; bit < 4; bit++) {
			fill(&key);
			at = bit < 2 ? &key.data[i][key.len[i] - 1] : &key.data[i][key.len[i] / 2];
			*at ^= 1u << (bit % 2 + 1);
			wrong = rsa_private_check(&key);
			CHECK(wrong, "%s with another bit is taken", rsa_field_names[i]);
			rsa_private_wipe(&key);
		}
	}
	unit_done("rsakey: one bit changed in each number of a private key");
}

static void private_keys(void)
{
	uint8_t blob[RSA_BLOB_MAX], want[RSA_BLOB_MAX];
	struct rsa_private key;
	const char *wrong;
	uint8_t *swap;
	size_t len;

	fill(&key);
	wrong = rsa_private_check(&key);
	CHECK(!wrong, "the test key: %s", wrong);
	len = bytes(TEST_PUBKEY, want, sizeof(want));
	CHECK(rsa_private_blob(&key, blob, sizeof(blob)) == len && !memcmp(blob, want, len), "its public part");
	/* The primes the other way round: Coefficient and exponents do not fit. */
	swap = key.data[RSA_P];
	key.data[RSA_P] = key.data[RSA_Q];
	key.data[RSA_Q] = swap;
	CHECK(rsa_private_check(&key), "primes exchanged");
	rsa_private_wipe(&key);
	CHECK(rsa_private_check(&key), "an empty key");
	CHECK(rsa_private_set(&key, RSA_N, (const uint8_t *)"\0\0", 2) == -EINVAL, "zero");
	memset(blob, 1, sizeof(blob));
	CHECK(rsa_private_set(&key, RSA_N, blob, RSA_MAX_BITS / 8 + 1) == -EINVAL, "too long");
	unit_done("rsakey: private keys");
}

int main(void)
{
	rfc_key();
	blobs();
	private_keys();
	damaged();
	return unit_status();
}
