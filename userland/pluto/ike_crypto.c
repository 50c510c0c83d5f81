// SPDX-License-Identifier: GPL-2.0
/* PRF, hashes and the encrypted payload, over libcrypto. */
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ike_crypto.h"

struct hash {
	uint16_t prf, integ;
	const char *name;
	size_t len, icv;
};

#define HASH_ROW(constant, prf, integ, name, libcrypto, len, icv) { prf, integ, libcrypto, len, icv },
static const struct hash hashes[] = { IKEALG_HASHES(HASH_ROW) };
#define HASHES (sizeof(hashes) / sizeof(hashes[0]))

/* Fetching is slow in OpenSSL 3, so it is done once for the life of the process. */
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MAC *hmac;
static EVP_MD *sha1, *sha256;
static EVP_CIPHER *gcm[3], *cbc[3], *chacha, *des;

static void fetch(void)
{
	static const char *const gcms[] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" };
	static const char *const cbcs[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
	int i;

	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	for (i = 0; i < 3; i++) {
		gcm[i] = EVP_CIPHER_fetch(NULL, gcms[i], NULL);
		cbc[i] = EVP_CIPHER_fetch(NULL, cbcs[i], NULL);
	}
	chacha = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	des = EVP_CIPHER_fetch(NULL, "DES-EDE3-CBC", NULL);
}

static bool ready(void)
{
	return CRYPTO_THREAD_run_once(&once, fetch) && hmac && sha1 && sha256;
}

static const struct hash *prf_hash(uint16_t prf)
{
	size_t i;

	for (i = 0; i < HASHES; i++)
		if (hashes[i].prf == prf)
			return &hashes[i];
	return NULL;
}

static const struct hash *integ_hash(uint16_t integ)
{
	size_t i;

	for (i = 0; i < HASHES; i++)
		if (hashes[i].integ == integ)
			return &hashes[i];
	return NULL;
}

size_t ike_prf_len(uint16_t prf)
{
	const struct hash *h = prf_hash(prf);

	return h ? h->len : 0;
}

size_t ike_integ_key_len(uint16_t integ)
{
	const struct hash *h = integ_hash(integ);

	return h ? h->len : 0;
}

/* Bytes of the key alone. */
static size_t key_len(const struct ikealg_encr *alg, uint16_t keylen)
{
	return alg->bits == IKEALG_KEY_NONE ? 0 : (alg->bits ? alg->bits : keylen) / 8;
}

size_t ike_encr_key_len(uint16_t encr, uint16_t keylen)
{
	const struct ikealg_encr *alg = ikealg_encr(encr);

	return alg && ikealg_keylen_ok(alg, keylen) ? key_len(alg, keylen) + alg->salt : 0;
}

bool ike_same(const void *a, const void *b, size_t len)
{
	return !CRYPTO_memcmp(a, b, len);
}

static int mac(const struct hash *h, const void *key, size_t key_len,
	       const struct view *parts, unsigned int n, uint8_t *out)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)h->name, 0),
		OSSL_PARAM_END,
	};
	EVP_MAC_CTX *ctx = ready() ? EVP_MAC_CTX_new(hmac) : NULL;
	static const uint8_t none[1];
	bool ok;
	size_t len;

	ok = ctx && EVP_MAC_init(ctx, key_len ? key : none, key_len, params);
	for (; ok && n; n--, parts++)
		if (parts->len)
			ok = EVP_MAC_update(ctx, parts->p, parts->len);
	ok = ok && EVP_MAC_final(ctx, out, &len, h->len) && len == h->len;
	EVP_MAC_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int ike_prf(uint16_t prf, const void *key, size_t key_len,
	    const struct view *parts, unsigned int n, uint8_t *out)
{
	const struct hash *h = prf_hash(prf);

	return h ? mac(h, key, key_len, parts, n, out) : -EINVAL;
}

/* RFC 7296 2.13: T1 = prf(K, S | 1), T2 = prf(K, T1 | S | 2), ... */
int ike_prf_plus(uint16_t prf, const void *key, size_t key_len,
		 const struct view *parts, unsigned int n, uint8_t *out, size_t len)
{
	const struct hash *h = prf_hash(prf);
	uint8_t t[IKE_MAX_PRF], counter = 0;
	struct view list[8];
	size_t some;
	int err = 0;

	if (!h || n > 6 || len > 255 * h->len)
		return -EINVAL;
	if (n)
		memcpy(list + 1, parts, n * sizeof(*parts));
	list[n + 1] = (struct view){ &counter, 1 };
	while (len && !err) {
		list[0] = (struct view){ t, counter ? h->len : 0 };
		counter++;
		err = mac(h, key, key_len, list, n + 2, t);
		some = len < h->len ? len : h->len;
		if (!err)
			memcpy(out, t, some);
		out += some;
		len -= some;
	}
	OPENSSL_cleanse(t, sizeof(t));
	return err;
}

static int digest(EVP_MD *md, const struct view *parts, unsigned int n, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL);

	for (; ok && n; n--, parts++)
		if (parts->len)
			ok = EVP_DigestUpdate(ctx, parts->p, parts->len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int ike_sha1(const struct view *parts, unsigned int n, uint8_t out[20])
{
	return ready() ? digest(sha1, parts, n, out) : -EIO;
}

int ike_sha256(const struct view *parts, unsigned int n, uint8_t out[32])
{
	return ready() ? digest(sha256, parts, n, out) : -EIO;
}

/* ---- the encrypted payload ---- */

size_t ike_iv_len(uint16_t encr)
{
	const struct ikealg_encr *alg = ikealg_encr(encr);

	return alg && alg->use & IKEALG_IKE ? alg->iv : 0;
}

bool ike_is_aead(uint16_t encr)
{
	const struct ikealg_encr *alg = ikealg_encr(encr);

	return alg && alg->icv;
}

static size_t icv_len(const struct ike_cipher *c)
{
	const struct ikealg_encr *alg = ikealg_encr(c->encr);
	const struct hash *h = integ_hash(c->integ);

	if (alg && alg->icv)
		return alg->icv;
	return h ? h->icv : 0;
}

static bool known(const struct ike_cipher *c)
{
	return ready() && ike_iv_len(c->encr) && ike_encr_key_len(c->encr, c->keylen) && icv_len(c);
}

/* Padding, without the byte that says how much. An AEAD needs none. */
static size_t pad_len(const struct ike_cipher *c, size_t plain)
{
	size_t block = ikealg_encr(c->encr)->block;

	return block - 1 - plain % block;
}

size_t ike_sealed_len(const struct ike_cipher *c, size_t plain)
{
	if (!known(c))
		return 0;
	return ike_iv_len(c->encr) + plain + pad_len(c, plain) + 1 + icv_len(c);
}

static const EVP_CIPHER *evp_of(const struct ike_cipher *c)
{
	switch (c->encr) {
	case ENCR_AES_GCM_16:
		return gcm[(c->keylen - 128) / 64];
	case ENCR_AES_CBC:
		return cbc[(c->keylen - 128) / 64];
	case ENCR_CHACHA20_POLY1305:
		return chacha;
	case ENCR_3DES:
		return des;
	}
	return NULL;
}

/* A context with key and IV in it, or NULL. */
static EVP_CIPHER_CTX *start(const struct ike_cipher *c, const uint8_t *iv, bool encrypt)
{
	const struct ikealg_encr *alg = ikealg_encr(c->encr);
	const EVP_CIPHER *cipher = evp_of(c);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[IKE_MAX_IV];

	memcpy(nonce, c->key + key_len(alg, c->keylen), alg->salt);
	memcpy(nonce + alg->salt, iv, alg->iv);
	if (ctx && cipher && EVP_CipherInit_ex2(ctx, cipher, c->key, nonce, encrypt, NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static bool update(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *in, size_t len)
{
	int n = 0;

	return !len || (len <= 65536 && EVP_CipherUpdate(ctx, out, &n, in, len) &&
			(!out || (size_t)n == len));
}

/* The integrity value of CBC: over all that stands before it. */
static int cbc_icv(const struct ike_cipher *c, const uint8_t *msg, size_t len, uint8_t *out)
{
	const struct hash *h = integ_hash(c->integ);
	struct view part = { msg, len };

	return mac(h, c->integ_key, h->len, &part, 1, out);
}

int ike_seal(const struct ike_cipher *c, const uint8_t *iv, uint8_t *msg, size_t head,
	     const uint8_t *plain, size_t plain_len)
{
	bool ok, aead = ike_is_aead(c->encr);
	uint8_t *p, icv[IKE_MAX_PRF];
	size_t iv_len, pad, len;
	EVP_CIPHER_CTX *ctx;
	int n;

	if (!known(c))
		return -EINVAL;
	iv_len = ike_iv_len(c->encr);
	pad = pad_len(c, plain_len);
	p = msg + head + iv_len;
	len = plain_len + pad + 1;
	memcpy(msg + head, iv, iv_len);
	memcpy(p, plain, plain_len);
	memset(p + plain_len, 0, pad);
	p[plain_len + pad] = pad;
	ctx = start(c, iv, true);
	ok = ctx && (!aead || update(ctx, NULL, msg, head)) && update(ctx, p, p, len) &&
	     EVP_CipherFinal_ex(ctx, icv, &n);
	if (ok && aead)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, icv_len(c), p + len);
	EVP_CIPHER_CTX_free(ctx);
	if (!ok) {
		OPENSSL_cleanse(p, len);
		return -EIO;
	}
	if (aead)
		return 0;
	if (cbc_icv(c, msg, head + iv_len + len, icv))
		return -EIO;
	memcpy(p + len, icv, icv_len(c));
	return 0;
}

static int open_aead(const struct ike_cipher *c, const uint8_t *msg, size_t head,
		    const uint8_t *p, size_t len, uint8_t *plain)
{
	EVP_CIPHER_CTX *ctx = start(c, msg + head, false);
	uint8_t last[16];
	bool ok;
	int n;

	ok = ctx && update(ctx, NULL, msg, head) && update(ctx, plain, p, len) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, icv_len(c), (void *)(p + len)) &&
	     EVP_CipherFinal_ex(ctx, last, &n);
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		OPENSSL_cleanse(plain, len);
	return ok ? 0 : -EBADMSG;
}

/* Encrypt-then-MAC: nothing is decrypted before the integrity value is right. */
static int open_cbc(const struct ike_cipher *c, const uint8_t *msg, size_t head,
		    const uint8_t *p, size_t len, uint8_t *plain)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t icv[IKE_MAX_PRF];
	bool ok;

	if (len % ikealg_encr(c->encr)->block)
		return -EBADMSG;
	if (cbc_icv(c, msg, p + len - msg, icv))
		return -EIO;
	if (!ike_same(icv, p + len, icv_len(c)))
		return -EBADMSG;
	ctx = start(c, msg + head, false);
	ok = ctx && update(ctx, plain, p, len);
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int ike_open(const struct ike_cipher *c, const uint8_t *msg, size_t head, size_t len,
	     uint8_t *plain, size_t *plain_len)
{
	const uint8_t *p;
	size_t n, pad;
	int err;

	if (!known(c))
		return -EINVAL;
	if (len < head || len - head < ike_iv_len(c->encr) + 1 + icv_len(c))
		return -EBADMSG;
	p = msg + head + ike_iv_len(c->encr);
	n = len - head - ike_iv_len(c->encr) - icv_len(c);
	if (ike_is_aead(c->encr))
		err = open_aead(c, msg, head, p, n, plain);
	else
		err = open_cbc(c, msg, head, p, n, plain);
	if (err)
		return err;
	pad = plain[n - 1];
	if (pad + 1 > n)
		return -EBADMSG;
	*plain_len = n - pad - 1;
	return 0;
}

/* ---- pre-shared keys ---- */

int ike_psk_auth(uint16_t prf, const uint8_t *psk, size_t psk_len,
		 const uint8_t *octets, size_t len, uint8_t *out, size_t *out_len)
{
	struct view pad = { (const uint8_t *)"Key Pad for IKEv2", 17 };
	struct view part = { octets, len };
	uint8_t key[IKE_MAX_PRF];
	int err;

	err = ike_prf(prf, psk, psk_len, &pad, 1, key);
	if (!err)
		err = ike_prf(prf, key, ike_prf_len(prf), &part, 1, out);
	*out_len = ike_prf_len(prf);
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

int ike_psk_check(uint16_t prf, const uint8_t *psk, size_t psk_len,
		  const uint8_t *octets, size_t len, const uint8_t *auth, size_t auth_len)
{
	uint8_t right[IKE_MAX_AUTH];
	size_t n;
	int err;

	err = ike_psk_auth(prf, psk, psk_len, octets, len, right, &n);
	if (!err && (auth_len != n || !ike_same(right, auth, n)))
		err = -EKEYREJECTED;
	OPENSSL_cleanse(right, sizeof(right));
	return err;
}
