// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pkcs12.h>

#include "ike_sign.h"
#include "privkey.h"

#define KEY_FILE_MAX 65536

/* ---- of numbers ---- */

static const char * const params_of[RSA_FIELDS] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
	OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

static EVP_PKEY *from_params(OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *from_numbers(const struct rsa_private *rsa)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *v[RSA_FIELDS] = { NULL };
	EVP_PKEY *key = NULL;
	bool ok = bld;
	unsigned int i;

	for (i = 0; i < RSA_FIELDS; i++) {
		v[i] = BN_secure_new();
		ok = ok && v[i] && BN_bin2bn(rsa->data[i], rsa->len[i], v[i]) &&
		     OSSL_PARAM_BLD_push_BN(bld, params_of[i], v[i]);
	}
	if (ok)
		key = from_params(bld);
	OSSL_PARAM_BLD_free(bld);
	for (i = 0; i < RSA_FIELDS; i++)
		BN_clear_free(v[i]);
	return key;
}

/* ---- of files ---- */

/* Never asks anybody: without a phrase there is none. */
static int phrase(char *buf, int size, int rwflag, void *ctx)
{
	const struct secret *one = ctx;

	(void)rwflag;
	if (!one->psk || one->len > (size_t)size)
		return -1;
	memcpy(buf, one->psk, one->len);
	return one->len;
}

static EVP_PKEY *from_bytes(const struct secret *one, const uint8_t *data, size_t len)
{
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(&key, NULL, NULL, NULL, OSSL_KEYMGMT_SELECT_ALL, NULL, NULL);

	if (!ctx || !OSSL_DECODER_CTX_set_pem_password_cb(ctx, phrase, (void *)one) ||
	    !OSSL_DECODER_from_data(ctx, &data, &len))
		key = NULL;
	OSSL_DECODER_CTX_free(ctx);
	return key;
}

static bool from_p12(struct privkey *k, const uint8_t *data, size_t len)
{
	PKCS12 *p12 = d2i_PKCS12(NULL, &data, len);
	char *pass = strndup(k->secret->psk ? (const char *)k->secret->psk : "", k->secret->len);
	bool ok;

	ok = p12 && pass && PKCS12_parse(p12, pass, &k->key, &k->cert, &k->chain);
	if (pass)
		explicit_bzero(pass, strlen(pass));
	free(pass);
	PKCS12_free(p12);
	return ok && k->key && k->cert;
}

/* The whole file; the caller wipes and frees it. NULL and errno. */
static uint8_t *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;
	ssize_t got;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > KEY_FILE_MAX) {
		close(fd);
		errno = EFBIG;
		return NULL;
	}
	data = malloc(st.st_size + 1);
	got = data ? read(fd, data, st.st_size) : -1;
	close(fd);
	if (got < 0) {
		free(data);
		return NULL;
	}
	*len = got;
	return data;
}

static const char *from_file(struct privkey *k, const char *dir)
{
	const struct secret *one = k->secret;
	const char *wrong = NULL;
	char path[512];
	uint8_t *data;
	size_t len;

	snprintf(path, sizeof(path), "%s%s%s", one->path[0] == '/' ? "" : dir, one->path[0] == '/' ? "" : "/", one->path);
	data = slurp(path, &len);
	if (!data)
		return errno == ENOENT ? "there is no such file" : "it cannot be read";
	if (one->kind == SECRET_P12) {
		if (!from_p12(k, data, len))
			wrong = "expected a PKCS#12 file with a key and its certificate that this phrase opens";
	} else {
		k->key = from_bytes(one, data, len);
		if (!k->key)
			wrong = "expected a private key in PEM or DER that is not encrypted, or that this phrase opens";
	}
	explicit_bzero(data, len);
	free(data);
	ERR_clear_error();
	return wrong;
}

/* ---- all of them ---- */

static void privkey_free(struct privkey *k)
{
	EVP_PKEY_free(k->key);
	X509_free(k->cert);
	sk_X509_pop_free(k->chain, X509_free);
	memset(k, 0, sizeof(*k));
}

static const char *load_one(struct privkey *k, const char *dir)
{
	const char *wrong = NULL;

	if (k->secret->kind == SECRET_RSA)
		k->key = from_numbers(k->secret->rsa);
	else
		wrong = from_file(k, dir);
	if (!wrong && !k->key)
		wrong = "libcrypto does not take the key";
	return wrong ? wrong : sig_key_wrong(k->key);
}

int privkeys_load(struct privkeys *keys, const struct secrets *s, const char *dir, conf_report_fn report, void *ctx)
{
	char text[700];
	struct privkey *k;
	const char *wrong;
	unsigned int i;

	memset(keys, 0, sizeof(*keys));
	keys->list = calloc(s->n ? s->n : 1, sizeof(*keys->list));
	if (!keys->list)
		return -ENOMEM;
	for (i = 0; i < s->n; i++) {
		if (s->list[i].kind == SECRET_PSK || s->list[i].kind == SECRET_PPK)
			continue;
		k = &keys->list[keys->n];
		k->secret = &s->list[i];
		wrong = load_one(k, dir);
		if (!wrong) {
			keys->n++;
			continue;
		}
		snprintf(text, sizeof(text), "ipsec.secrets, line %u: private key %.200s: %s; it is left out", k->secret->line,
			 k->secret->path ? k->secret->path : "{ ... }", wrong);
		report(ctx, false, text);
		privkey_free(k);
	}
	return 0;
}

void privkeys_free(struct privkeys *keys)
{
	while (keys->n)
		privkey_free(&keys->list[--keys->n]);
	free(keys->list);
	memset(keys, 0, sizeof(*keys));
}

const struct privkey *privkeys_by_public(const struct privkeys *keys, const EVP_PKEY *pub)
{
	unsigned int i;

	for (i = 0; i < keys->n; i++)
		if (EVP_PKEY_eq(keys->list[i].key, pub) == 1)
			return &keys->list[i];
	return NULL;
}

const struct privkey *privkeys_by_id(const struct privkeys *keys, const struct conf_id *me,
				     bool (*fits)(const EVP_PKEY *key, uint32_t allowed), uint32_t allowed)
{
	const struct privkey *best = NULL;
	unsigned int i, bits, most = 0;

	for (i = 0; i < keys->n; i++) {
		bits = fits(keys->list[i].key, allowed) ? secret_key_match(keys->list[i].secret, me) : 0;
		if (bits <= most)
			continue;
		most = bits;
		best = &keys->list[i];
	}
	return best;
}
