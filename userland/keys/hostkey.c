// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "hostkey.h"
#include "ttodata.h"
#include "value.h"

const char *hostkey_bits_parse(const char *text, unsigned int *bits)
{
	uint64_t n;

	if (number_parse(text, RSA_MIN_BITS, RSA_MAX_BITS, &n) || n % 16)
		return "expected 2048 to 8192 bits, a multiple of 16";
	*bits = n;
	return NULL;
}

static const char * const params[RSA_FIELDS] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
	OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

static bool take_number(const EVP_PKEY *pkey, struct rsa_private *key, unsigned int field)
{
	uint8_t data[RSA_MAX_BITS / 8];
	BIGNUM *v = NULL;
	bool ok;

	ok = EVP_PKEY_get_bn_param(pkey, params[field], &v) && BN_num_bytes(v) <= (int)sizeof(data) &&
	     !rsa_private_set(key, field, data, BN_bn2bin(v, data));
	BN_clear_free(v);
	explicit_bzero(data, sizeof(data));
	return ok;
}

bool hostkey_make(unsigned int bits, struct rsa_private *key)
{
	EVP_PKEY *pkey = EVP_RSA_gen(bits);
	bool ok = pkey;
	unsigned int i;

	memset(key, 0, sizeof(*key));
	for (i = 0; ok && i < RSA_FIELDS; i++)
		ok = take_number(pkey, key, i);
	EVP_PKEY_free(pkey);
	ok = ok && !rsa_private_check(key);
	if (!ok)
		rsa_private_wipe(key);
	return ok;
}

static void print_number(FILE *out, const char *name, const uint8_t *data, size_t len)
{
	fprintf(out, "\t%s: 0x", name);
	for (; len; len--, data++)
		fprintf(out, "%02x", *data);
	putc('\n', out);
}

void hostkey_print(FILE *out, const struct rsa_private *key, unsigned int bits, const char *host)
{
	char name[HOST_NAME_MAX + 1] = "localhost", when[64] = "", text[BASE64_LEN(RSA_BLOB_MAX)];
	uint8_t blob[RSA_BLOB_MAX];
	time_t now = time(NULL);
	unsigned int i;

	gethostname(name, sizeof(name) - 1);
	strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", localtime(&now));
	fprintf(out, "\t# RSA %u bits   %s   %s\n", bits, host ? host : name, when);
	fputs("\t# for signatures only, UNSAFE FOR ENCRYPTION\n", out);
	fprintf(out, "\t#pubkey=0s%s\n", base64_format(blob, rsa_private_blob(key, blob, sizeof(blob)), text));
	for (i = 0; i < RSA_FIELDS; i++) {
		if (i == RSA_D)
			fputs("\t# everything after this point is secret\n", out);
		print_number(out, rsa_field_names[i], key->data[i], key->len[i]);
	}
}
