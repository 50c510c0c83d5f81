// SPDX-License-Identifier: GPL-2.0
/* Diffie-Hellman: RFC 2409 (2), RFC 3526 (5, 14 to 18), RFC 5903 (19 to 21), RFC 8031 (31); and what is in its place. */
#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "ike_crypto.h"
#include "ike_kem.h"

struct group {
	uint16_t number;
	size_t len, secret;
};

static const struct group *group_of(uint16_t number)
{
#define GROUP_ROW(constant, number, len, secret) { number, len, secret },
	static const struct group groups[] = { IKEALG_GROUPS(GROUP_ROW) };
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].number == number)
			return &groups[i];
	return NULL;
}

size_t ike_dh_len(uint16_t group)
{
	const struct group *g = group_of(group);

	return g ? g->len : 0;
}

/* ---- MODP: a 512-bit exponent, more than twice the strength of any of the groups ---- */

static BIGNUM *modp_prime(uint16_t group)
{
	switch (group) {
	case DH_MODP1024:
		return BN_get_rfc2409_prime_1024(NULL);
	case DH_MODP1536:
		return BN_get_rfc3526_prime_1536(NULL);
	case DH_MODP2048:
		return BN_get_rfc3526_prime_2048(NULL);
	case DH_MODP3072:
		return BN_get_rfc3526_prime_3072(NULL);
	case DH_MODP4096:
		return BN_get_rfc3526_prime_4096(NULL);
	case DH_MODP6144:
		return BN_get_rfc3526_prime_6144(NULL);
	case DH_MODP8192:
		return BN_get_rfc3526_prime_8192(NULL);
	}
	return NULL;
}

/* @base to the power of the seed; NULL: 2, the generator. */
static int modp_power(const struct ike_dh *dh, const BIGNUM *base, const BIGNUM *prime,
		      BN_CTX *ctx, uint8_t *out)
{
	BIGNUM *x = BN_secure_new(), *two = BN_new(), *y = BN_secure_new();
	int err = -EIO, len = ike_dh_len(dh->group);

	if (x && two && y && BN_set_word(two, 2) && BN_bin2bn(dh->seed, sizeof(dh->seed), x)) {
		BN_set_flags(x, BN_FLG_CONSTTIME);
		if (BN_set_bit(x, 511) &&
		    BN_mod_exp_mont_consttime(y, base ? base : two, x, prime, ctx, NULL) &&
		    BN_bn2binpad(y, out, len) == len)
			err = 0;
	}
	BN_clear_free(x);
	BN_clear_free(y);
	BN_free(two);
	return err;
}

/* 1 < @peer < p - 1, RFC 6989 2.1. */
static bool modp_valid(const BIGNUM *peer, const BIGNUM *prime)
{
	BIGNUM *top = BN_dup(prime);
	bool ok;

	ok = top && BN_sub_word(top, 1) && BN_cmp(peer, BN_value_one()) > 0 &&
	     BN_cmp(peer, top) < 0;
	BN_free(top);
	return ok;
}

static int modp(const struct ike_dh *dh, const uint8_t *peer, uint8_t *out)
{
	BIGNUM *prime = modp_prime(dh->group);
	BIGNUM *base = peer ? BN_bin2bn(peer, ike_dh_len(dh->group), NULL) : NULL;
	BN_CTX *ctx = BN_CTX_new();
	int err = -EIO;

	if (prime && ctx && (base || !peer))
		err = base && !modp_valid(base, prime) ? -EBADMSG :
		      modp_power(dh, base, prime, ctx, out);
	BN_free(base);
	BN_free(prime);
	BN_CTX_free(ctx);
	return err;
}

/* ---- ECP: of group 21 the seed has nine bits less than the order, and more than it needs ---- */

/* The seed made a number from 1 to the order less 1. */
static bool ecp_scalar(const struct ike_dh *dh, const EC_GROUP *g, BIGNUM *d, BN_CTX *ctx)
{
	BIGNUM *top = BN_dup(EC_GROUP_get0_order(g));
	bool ok;

	ok = top && BN_sub_word(top, 1) && BN_bin2bn(dh->seed, sizeof(dh->seed), d) &&
	     BN_nnmod(d, d, top, ctx) && BN_add_word(d, 1);
	BN_set_flags(d, BN_FLG_CONSTTIME);
	BN_free(top);
	return ok;
}

/* The peer's point, or NULL where @peer is not one: that it is on the curve is checked. */
static EC_POINT *ecp_point(const EC_GROUP *g, const uint8_t *peer, size_t half, BN_CTX *ctx)
{
	BIGNUM *x = BN_bin2bn(peer, half, NULL), *y = BN_bin2bn(peer + half, half, NULL);
	EC_POINT *p = EC_POINT_new(g);

	if (!x || !y || !p || !EC_POINT_set_affine_coordinates(g, p, x, y, ctx)) {
		EC_POINT_free(p);
		p = NULL;
	}
	BN_free(x);
	BN_free(y);
	return p;
}

/* x | y, or x alone for the shared secret (RFC 5903 7). */
static bool ecp_write(const EC_GROUP *g, const EC_POINT *p, bool both, size_t half, BN_CTX *ctx,
		      uint8_t *out)
{
	BIGNUM *x = BN_new(), *y = BN_new();
	bool ok;

	ok = x && y && EC_POINT_get_affine_coordinates(g, p, x, y, ctx) &&
	     BN_bn2binpad(x, out, half) == (int)half;
	if (ok && both)
		ok = BN_bn2binpad(y, out + half, half) == (int)half;
	BN_clear_free(x);
	BN_clear_free(y);
	return ok;
}

static int ecp(const struct ike_dh *dh, const uint8_t *peer, uint8_t *out)
{
	int curve = dh->group == DH_ECP256 ? NID_X9_62_prime256v1 : dh->group == DH_ECP384 ? NID_secp384r1 : NID_secp521r1;
	size_t half = ike_dh_len(dh->group) / 2;
	EC_GROUP *g = EC_GROUP_new_by_curve_name(curve);
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *d = BN_secure_new();
	EC_POINT *r = g ? EC_POINT_new(g) : NULL, *q = NULL;
	int err = -EIO;

	if (!g || !ctx || !d || !r || !ecp_scalar(dh, g, d, ctx))
		goto out;
	if (peer) {
		q = ecp_point(g, peer, half, ctx);
		err = -EBADMSG;
		if (!q)
			goto out;
	}
	err = -EIO;
	if (EC_POINT_mul(g, r, q ? NULL : d, q, q ? d : NULL, ctx) &&
	    ecp_write(g, r, !peer, half, ctx, out))
		err = 0;
out:
	EC_POINT_free(q);
	EC_POINT_clear_free(r);
	BN_clear_free(d);
	BN_CTX_free(ctx);
	EC_GROUP_free(g);
	return err;
}

/* ---- group 31 ---- */

static int x25519_derive(EVP_PKEY *mine, EVP_PKEY *peer, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(mine, NULL);
	size_t len = 32;
	int err = -EBADMSG;		/* also for a secret of zeros, RFC 8031 3.2 */

	if (ctx && EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
	    EVP_PKEY_derive(ctx, out, &len) > 0 && len == 32)
		err = 0;
	EVP_PKEY_CTX_free(ctx);
	return err;
}

static int x25519(const struct ike_dh *dh, const uint8_t *peer, uint8_t *out)
{
	EVP_PKEY *mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, dh->seed, 32);
	EVP_PKEY *other = NULL;
	size_t len = 32;
	int err = -EIO;

	if (mine && !peer) {
		err = EVP_PKEY_get_raw_public_key(mine, out, &len) && len == 32 ? 0 : -EIO;
	} else if (mine) {
		other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, 32);
		if (other)
			err = x25519_derive(mine, other, out);
	}
	EVP_PKEY_free(mine);
	EVP_PKEY_free(other);
	return err;
}

static int power(const struct ike_dh *dh, const uint8_t *peer, uint8_t *out)
{
	switch (dh->group) {
	case DH_ECP256:
	case DH_ECP384:
	case DH_ECP521:
		return ecp(dh, peer, out);
	case DH_X25519:
		return x25519(dh, peer, out);
	}
	return group_of(dh->group) ? modp(dh, peer, out) : -EINVAL;
}

size_t ike_ke_len(uint16_t method, bool answer)
{
	size_t len = ike_dh_len(method);

	return len ? len : ike_kem_len(method, answer);
}

int ike_dh_generate(struct ike_dh *dh, uint16_t group, const uint8_t seed[64],
		    uint8_t *pub, size_t *pub_len)
{
	dh->group = group;
	memcpy(dh->seed, seed, sizeof(dh->seed));
	*pub_len = ike_ke_len(group, false);
	return ike_kem_len(group, false) ? ike_kem_public(group, seed, pub) : power(dh, NULL, pub);
}

int ike_dh_shared(const struct ike_dh *dh, const uint8_t *peer, size_t peer_len,
		  uint8_t *out, size_t *out_len)
{
	const struct group *g = group_of(dh->group);

	if (ike_kem_len(dh->group, true))
		return ike_kem_decapsulate(dh->group, dh->seed, peer, peer_len, out, out_len);
	if (!g || peer_len != g->len)
		return -EBADMSG;
	*out_len = g->secret;
	return power(dh, peer, out);
}

int ike_ke_answer(uint16_t method, const uint8_t seed[64], const uint8_t *peer, size_t peer_len, uint8_t *out, size_t *out_len)
{
	size_t len = ike_ke_len(method, true), secret = 32;
	struct ike_dh dh;
	int err;

	if (ike_kem_len(method, true)) {
		err = ike_kem_encapsulate(method, seed, peer, peer_len, out, out + len);
	} else {
		err = ike_dh_generate(&dh, method, seed, out, &len);
		if (!err)
			err = ike_dh_shared(&dh, peer, peer_len, out + len, &secret);
		OPENSSL_cleanse(&dh, sizeof(dh));
	}
	*out_len = len + secret;
	return err;
}
