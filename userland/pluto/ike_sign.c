// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "ike_sign.h"
#include "rsakey.h"

enum padding { PKCS1, PSS, NONE };

struct sig_alg {
	uint32_t bit;			/* IKE_AUTHBY_* */
	uint8_t hash;			/* number of RFC 7427, 5: none of its own; 0: method 1 */
	const char *md;			/* NULL: the algorithm has its own */
	enum padding padding;
	int salt;			/* PSS */
	const char *name;
	uint8_t len;
	uint8_t der[70];
};

#define OID_SHA2(n) 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, n
#define OID_PKCS1(n) 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n

#define DER_PKCS1(n) 15, { 0x30, 0x0d, OID_PKCS1(n), 0x05, 0x00 }
#define DER_ECDSA(n) 12, { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, n }
/* RFC 7427 A.4.3; hashes with NULL as parameters, or without any (RFC 4055 2.1: both are to be accepted). */
#define DER_PSS(n, salt) 67, { 0x30, 0x41, OID_PKCS1(0x0a), 0x30, 0x34, \
	0xa0, 0x0f, 0x30, 0x0d, OID_SHA2(n), 0x05, 0x00, \
	0xa1, 0x1c, 0x30, 0x1a, OID_PKCS1(0x08), 0x30, 0x0d, OID_SHA2(n), 0x05, 0x00, \
	0xa2, 0x03, 0x02, 0x01, salt }
#define DER_PSS_BARE(n, salt) 63, { 0x30, 0x3d, OID_PKCS1(0x0a), 0x30, 0x30, \
	0xa0, 0x0d, 0x30, 0x0b, OID_SHA2(n), \
	0xa1, 0x1a, 0x30, 0x18, OID_PKCS1(0x08), 0x30, 0x0b, OID_SHA2(n), \
	0xa2, 0x03, 0x02, 0x01, salt }

/* Best first: the first that key, conn and peer allow is what we sign with. */
static const struct sig_alg algs[] = {
	{ IKE_AUTHBY_RSA_SHA2_512, 4, "SHA512", PSS, 64, "RSA-PSS with SHA2-512", DER_PSS(3, 64) },
	{ IKE_AUTHBY_RSA_SHA2_384, 3, "SHA384", PSS, 48, "RSA-PSS with SHA2-384", DER_PSS(2, 48) },
	{ IKE_AUTHBY_RSA_SHA2_256, 2, "SHA256", PSS, 32, "RSA-PSS with SHA2-256", DER_PSS(1, 32) },
	{ IKE_AUTHBY_RSA_SHA2_512, 4, "SHA512", PSS, 64, "RSA-PSS with SHA2-512", DER_PSS_BARE(3, 64) },
	{ IKE_AUTHBY_RSA_SHA2_384, 3, "SHA384", PSS, 48, "RSA-PSS with SHA2-384", DER_PSS_BARE(2, 48) },
	{ IKE_AUTHBY_RSA_SHA2_256, 2, "SHA256", PSS, 32, "RSA-PSS with SHA2-256", DER_PSS_BARE(1, 32) },
	{ IKE_AUTHBY_RSA_SHA2_512, 4, "SHA512", PKCS1, 0, "RSA with SHA2-512", DER_PKCS1(0x0d) },
	{ IKE_AUTHBY_RSA_SHA2_384, 3, "SHA384", PKCS1, 0, "RSA with SHA2-384", DER_PKCS1(0x0c) },
	{ IKE_AUTHBY_RSA_SHA2_256, 2, "SHA256", PKCS1, 0, "RSA with SHA2-256", DER_PKCS1(0x0b) },
	{ IKE_AUTHBY_ECDSA_SHA2_512, 4, "SHA512", NONE, 0, "ECDSA with SHA2-512", DER_ECDSA(4) },
	{ IKE_AUTHBY_ECDSA_SHA2_384, 3, "SHA384", NONE, 0, "ECDSA with SHA2-384", DER_ECDSA(3) },
	{ IKE_AUTHBY_ECDSA_SHA2_256, 2, "SHA256", NONE, 0, "ECDSA with SHA2-256", DER_ECDSA(2) },
	{ IKE_AUTHBY_EDDSA, 5, NULL, NONE, 0, "Ed25519", 7, { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 } },
	{ IKE_AUTHBY_EDDSA, 5, NULL, NONE, 0, "Ed448", 7, { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71 } },
};

#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

static const struct sig_alg rsa_sha1 = { IKE_AUTHBY_RSA_SHA1, 0, "SHA1", PKCS1, 0, "RSA with SHA1", 0, { 0 } };

static const char *key_type(const struct sig_alg *alg)
{
	if (alg->bit & (IKE_AUTHBY_RSA | IKE_AUTHBY_RSA_SHA1))
		return "RSA";
	return alg->bit & IKE_AUTHBY_ECDSA ? "EC" : alg->name;
}

static bool fits(const struct sig_alg *alg, const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, key_type(alg));
}

/* ---- keys ---- */

static const char *rsa_wrong(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	const char *wrong = NULL;
	BIGNUM *e = NULL;

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return "an RSA key that is not of 2048 to 8192 bits";
	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) || !BN_is_odd(e) || BN_is_one(e) ||
	    BN_num_bits(e) > 64)
		wrong = "an RSA key with a strange public exponent";
	BN_free(e);
	return wrong;
}

static const char *ec_wrong(const EVP_PKEY *key)
{
	static const char * const curves[] = { "prime256v1", "secp384r1", "secp521r1" };
	char name[64];
	size_t len, i;

	if (!EVP_PKEY_get_group_name(key, name, sizeof(name), &len))
		return "an EC key whose curve has no name";
	for (i = 0; i < 3; i++)
		if (!strcmp(name, curves[i]))
			return NULL;
	return "an EC key of another curve than P-256, P-384 and P-521";
}

const char *sig_key_wrong(const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return rsa_wrong(key);
	if (EVP_PKEY_is_a(key, "EC"))
		return ec_wrong(key);
	if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
		return NULL;
	return "a key that is neither RSA nor EC nor Ed25519";
}

EVP_PKEY *sig_key_rsa(const uint8_t *blob, size_t len)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = NULL, *e = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	struct rsa_public pub;

	if (bld && ctx && !rsa_public_parse(blob, len, &pub)) {
		n = BN_bin2bn(pub.n, pub.n_len, NULL);
		e = BN_bin2bn(pub.e, pub.e_len, NULL);
		if (n && e && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
		    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e))
			params = OSSL_PARAM_BLD_to_param(bld);
		if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
		    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
			key = NULL;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

/* ---- both ways ---- */

static bool set_padding(EVP_PKEY_CTX *pctx, const struct sig_alg *alg)
{
	if (alg->padding == NONE)
		return true;
	if (alg->padding == PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, alg->salt) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md_name(pctx, alg->md, NULL) > 0;
}

static bool sign(EVP_PKEY *key, const struct sig_alg *alg, const uint8_t *octets, size_t len, uint8_t *out,
		 size_t *out_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	ok = ctx && EVP_DigestSignInit_ex(ctx, &pctx, alg->md, NULL, NULL, key, NULL) > 0 && set_padding(pctx, alg) &&
	     EVP_DigestSign(ctx, out, out_len, octets, len) > 0;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool verify(EVP_PKEY *key, const struct sig_alg *alg, const uint8_t *octets, size_t len, struct view sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	ok = ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, alg->md, NULL, NULL, key, NULL) > 0 && set_padding(pctx, alg) &&
	     EVP_DigestVerify(ctx, sig.p, sig.len, octets, len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* ---- making ---- */

/* An EC key is at its best with the hash of its own size (RFC 4754). */
static bool is_natural(const struct sig_alg *alg, const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	return alg->bit == (bits > 384 ? IKE_AUTHBY_ECDSA_SHA2_512 : bits > 256 ? IKE_AUTHBY_ECDSA_SHA2_384 :
			    IKE_AUTHBY_ECDSA_SHA2_256);
}

static const struct sig_alg *choose(const EVP_PKEY *key, uint32_t allowed, uint32_t hashes)
{
	const struct sig_alg *best = NULL;
	size_t i;

	for (i = 0; i < N_ALGS; i++) {
		if (!(algs[i].bit & allowed) || !(hashes >> algs[i].hash & 1) || !fits(&algs[i], key))
			continue;
		if (!best || is_natural(&algs[i], key))
			best = &algs[i];
	}
	if (!best && allowed & IKE_AUTHBY_RSA_SHA1 && fits(&rsa_sha1, key))
		best = &rsa_sha1;
	return best;
}

int sig_make(EVP_PKEY *key, uint32_t allowed, uint32_t hashes, const uint8_t *octets, size_t len,
	     uint8_t *method, uint8_t *out, size_t *out_len)
{
	const struct sig_alg *alg = choose(key, allowed, hashes);
	size_t head, room;

	if (!alg)
		return -ENOTSUP;
	*method = alg == &rsa_sha1 ? AUTH_RSA : AUTH_SIGNATURE;
	head = alg == &rsa_sha1 ? 0 : 1 + alg->len;
	if (head) {
		out[0] = alg->len;
		memcpy(out + 1, alg->der, alg->len);
	}
	room = IKE_MAX_SIGNATURE - head;
	if (!sign(key, alg, octets, len, out + head, &room))
		return -EIO;
	*out_len = head + room;
	return 0;
}

/* ---- checking ---- */

/* What @auth says it is, and the signature itself. NULL: nothing that is known. */
static const struct sig_alg *split(uint8_t method, struct view auth, struct view *sig)
{
	size_t i, len;

	*sig = auth;
	if (method == AUTH_RSA)
		return &rsa_sha1;
	if (method != AUTH_SIGNATURE || !auth.len)
		return NULL;
	len = auth.p[0];
	if (auth.len - 1 <= len)
		return NULL;
	for (i = 0; i < N_ALGS; i++) {
		if (algs[i].len != len || memcmp(algs[i].der, auth.p + 1, len))
			continue;
		*sig = (struct view){ auth.p + 1 + len, auth.len - 1 - len };
		return &algs[i];
	}
	return NULL;
}

const char *sig_name(uint8_t method, struct view auth)
{
	struct view sig;
	const struct sig_alg *alg = split(method, auth, &sig);

	return alg ? alg->name : "an unknown way of signing";
}

int sig_check(EVP_PKEY *key, uint32_t allowed, uint8_t method, struct view auth, const uint8_t *octets, size_t len)
{
	struct view sig;
	const struct sig_alg *alg = split(method, auth, &sig);

	if (!alg || !(alg->bit & allowed))
		return -ENOTSUP;
	if (!fits(alg, key) || sig_key_wrong(key))
		return -EKEYREJECTED;
	return verify(key, alg, octets, len, sig) ? 0 : -EKEYREJECTED;
}
