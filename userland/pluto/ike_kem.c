// SPDX-License-Identifier: GPL-2.0
/*
 * Key encapsulation, FIPS 203: ML-KEM, as libcrypto has it from OpenSSL 3.5 on. Whether it does is asked while pluto runs, by
 * names that older ones know nothing of; the functions are those of OpenSSL 3.0.
 */
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "ike_crypto.h"
#include "ike_kem.h"

/* Parameters of EVP_KEYMGMT-ML-KEM(7) and EVP_KEM-ML-KEM(7), without constants in the headers of 3.0. */
#define PARAM_SEED "seed"		/* d and z: the decapsulation key is made of them */
#define PARAM_RANDOM "ikme"		/* what encapsulation draws */
#define RANDOM_LEN 32

struct kem {
	uint16_t number;
	const char *name;
	size_t ask, answer, secret;
};

#define KEM_ROW(constant, number, name, libcrypto, ask, answer, secret) { number, libcrypto, ask, answer, secret },
static const struct kem kems[] = { IKEALG_KEMS(KEM_ROW) };
#define KEMS (sizeof(kems) / sizeof(kems[0]))

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static bool have[KEMS];

static const struct kem *kem_of(uint16_t number)
{
	size_t i;

	for (i = 0; i < KEMS; i++)
		if (kems[i].number == number)
			return &kems[i];
	return NULL;
}

static void look(void)
{
	EVP_KEYMGMT *keys;
	EVP_KEM *kem;
	size_t i;

	for (i = 0; i < KEMS; i++) {
		keys = EVP_KEYMGMT_fetch(NULL, kems[i].name, NULL);
		kem = EVP_KEM_fetch(NULL, kems[i].name, NULL);
		have[i] = keys && kem;
		EVP_KEM_free(kem);
		EVP_KEYMGMT_free(keys);
	}
}

bool ike_kem_ready(uint16_t number)
{
	const struct kem *k = kem_of(number);

	return k && CRYPTO_THREAD_run_once(&once, look) && have[k - kems];
}

const char *ike_libcrypto(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

size_t ike_kem_len(uint16_t number, bool answer)
{
	const struct kem *k = kem_of(number);

	return k ? (answer ? k->answer : k->ask) : 0;
}

/* A key of the bytes @data, which are what @param says; NULL: they are none. */
static EVP_PKEY *key_of(const struct kem *k, const char *param, int selection, const uint8_t *data, size_t len)
{
	OSSL_PARAM params[] = { OSSL_PARAM_octet_string(param, (void *)data, len), OSSL_PARAM_END };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, k->name, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 || EVP_PKEY_fromdata(ctx, &key, selection, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

int ike_kem_public(uint16_t number, const uint8_t seed[64], uint8_t *out)
{
	const struct kem *k = kem_of(number);
	EVP_PKEY *key = ike_kem_ready(number) ? key_of(k, PARAM_SEED, EVP_PKEY_KEYPAIR, seed, 64) : NULL;
	size_t len = 0;
	bool ok;

	ok = key && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out, k->ask, &len) > 0 && len == k->ask;
	EVP_PKEY_free(key);
	return ok ? 0 : -EIO;
}

int ike_kem_decapsulate(uint16_t number, const uint8_t seed[64], const uint8_t *answer, size_t len, uint8_t *out, size_t *out_len)
{
	const struct kem *k = kem_of(number);
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key;
	bool ok;

	if (!ike_kem_ready(number))
		return -EINVAL;
	if (len != k->answer)
		return -EBADMSG;
	key = key_of(k, PARAM_SEED, EVP_PKEY_KEYPAIR, seed, 64);
	ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	*out_len = k->secret;
	ok = ctx && EVP_PKEY_decapsulate_init(ctx, NULL) > 0 && EVP_PKEY_decapsulate(ctx, out, out_len, answer, len) > 0 &&
	     *out_len == k->secret;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok ? 0 : -EIO;
}

/* FIPS 203 7.2: an encapsulation key that is not what it should be is refused when it is read. */
int ike_kem_encapsulate(uint16_t number, const uint8_t seed[64], const uint8_t *ask, size_t len, uint8_t *answer, uint8_t *secret)
{
	OSSL_PARAM params[] = { OSSL_PARAM_octet_string(PARAM_RANDOM, (void *)seed, RANDOM_LEN), OSSL_PARAM_END };
	const struct kem *k = kem_of(number);
	size_t answer_len, secret_len;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key;
	int err = -EIO;

	if (!ike_kem_ready(number))
		return -EINVAL;
	if (len != k->ask)
		return -EBADMSG;
	key = key_of(k, OSSL_PKEY_PARAM_PUB_KEY, EVP_PKEY_PUBLIC_KEY, ask, len);
	if (!key)
		return -EBADMSG;
	answer_len = k->answer;
	secret_len = k->secret;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (ctx && EVP_PKEY_encapsulate_init(ctx, params) > 0 &&
	    EVP_PKEY_encapsulate(ctx, answer, &answer_len, secret, &secret_len) > 0 && answer_len == k->answer &&
	    secret_len == k->secret)
		err = 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return err;
}
