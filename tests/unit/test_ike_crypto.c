// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* libs: -lcrypto */
/* The libcrypto interface against published vectors, naive models and values at the edge. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "ike_crypto.h"
#include "unit.h"

static size_t hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned int v;

	for (; sscanf(text, "%2x", &v) == 1; text += 2)
		out[n++] = v;
	return n;
}

static bool is_hex(const uint8_t *p, const char *text)
{
	uint8_t want[512];
	size_t n = hex(text, want);

	return !memcmp(p, want, n);
}

/* RFC 4231 test cases 1 and 2. */
static void test_prf(void)
{
	uint8_t key[20], out[IKE_MAX_PRF];
	struct view hi[] = { { (uint8_t *)"Hi ", 3 }, { NULL, 0 }, { (uint8_t *)"There", 5 } };
	struct view what = { (uint8_t *)"what do ya want for nothing?", 28 };

	memset(key, 0x0b, sizeof(key));
	CHECK(!ike_prf(PRF_SHA2_256, key, 20, hi, 3, out) &&
	      is_hex(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
	      "RFC 4231 1, SHA-256");
	CHECK(!ike_prf(PRF_SHA2_384, key, 20, hi, 3, out) &&
	      is_hex(out, "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"),
	      "RFC 4231 1, SHA-384");
	CHECK(!ike_prf(PRF_SHA2_512, key, 20, hi, 3, out) &&
	      is_hex(out, "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"),
	      "RFC 4231 1, SHA-512");
	CHECK(!ike_prf(PRF_SHA2_256, "Jefe", 4, &what, 1, out) &&
	      is_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
	      "RFC 4231 2, SHA-256");
	CHECK(!ike_prf(PRF_SHA1, key, 20, hi, 3, out) && is_hex(out, "b617318655057264e28bc0b6fb378c8ef146be00"),
	      "RFC 2202 1, SHA-1");
	CHECK(ike_prf(1, key, 20, hi, 3, out) == -EINVAL, "MD5 as PRF");
	CHECK(!ike_prf(PRF_SHA2_256, NULL, 0, &what, 1, out), "empty key");
	unit_done("ike_crypto/prf");
}

/* RFC 7296 2.13, written out. */
static void test_prf_plus(void)
{
	static const uint16_t prfs[] = { PRF_SHA2_256, PRF_SHA2_384, PRF_SHA2_512 };
	uint8_t key[40], seed[70], out[700], naive[700], t[IKE_MAX_PRF], n;
	struct view parts[3], split[] = { { seed, 33 }, { seed + 33, 37 } };
	size_t len, i, at;

	for (i = 0; i < sizeof(seed); i++)
		seed[i] = i * 7;
	memset(key, 0x5a, sizeof(key));
	for (i = 0; i < 3; i++) {
		for (at = 0, n = 1; at < 600; n++, at += ike_prf_len(prfs[i])) {
			parts[0] = (struct view){ t, n > 1 ? ike_prf_len(prfs[i]) : 0 };
			parts[1] = (struct view){ seed, sizeof(seed) };
			parts[2] = (struct view){ &n, 1 };
			ike_prf(prfs[i], key, sizeof(key), parts, 3, t);
			memcpy(naive + at, t, ike_prf_len(prfs[i]));
		}
		for (len = 0; len < 600; len += 37) {
			memset(out, 0xee, sizeof(out));
			CHECK(!ike_prf_plus(prfs[i], key, sizeof(key), split, 2, out, len) &&
			      !memcmp(out, naive, len) && out[len] == 0xee,
			      "prf+ %u, %zu bytes", prfs[i], len);
		}
	}
	CHECK(ike_prf_plus(PRF_SHA2_256, key, 8, split, 2, out, 255 * 32 + 1) == -EINVAL,
	      "prf+ beyond 255 blocks");
	unit_done("ike_crypto/prf_plus");
}

/* "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, test cases 4 and 16. */
static void test_gcm(void)
{
	static const char *const keys[] = { "feffe9928665731c6d6a8f9467308308",
		"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308" };
	static const char *const texts[] = {
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
		"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b" };
	uint8_t key[36], msg[200], plain[200];
	struct ike_cipher c = { .encr = ENCR_AES_GCM_16, .key = key };
	size_t n, len, i, j;

	for (i = 0; i < 2; i++) {
		c.keylen = i ? 256 : 128;
		n = hex(keys[i], key);
		hex("cafebabe", key + n);
		len = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2facedbaddecaf888", msg);
		len += hex(texts[i], msg + len);
		/* The vector's last byte, 0x39, reads as 57 bytes of padding: two bytes are left. */
		CHECK(!ike_open(&c, msg, 20, len, plain, &n) && n == 2 && is_hex(plain, "d931"),
		      "GCM %u", c.keylen);
		for (j = 0; j < len; j++) {
			msg[j] ^= 1;
			CHECK(ike_open(&c, msg, 20, len, plain, &n) == -EBADMSG,
			      "GCM %u: byte %zu may be changed", c.keylen, j);
			msg[j] ^= 1;
			CHECK(ike_open(&c, msg, 20, j, plain, &n) == -EBADMSG,
			      "GCM %u: cut to %zu", c.keylen, j);
		}
	}
	unit_done("ike_crypto/gcm");
}

/* NIST SP 800-38A F.2.1 and F.2.5, with an integrity value of RFC 4868 behind it. */
static void test_cbc(void)
{
	static const char *const keys[] = { "2b7e151628aed2a6abf7158809cf4f3c",
		"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4" };
	static const char *const texts[] = {
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
		"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b" };
	uint8_t key[32], ikey[64], msg[200], plain[200], icv[IKE_MAX_PRF];
	struct ike_cipher c = { .encr = ENCR_AES_CBC, .integ = INTEG_SHA2_256, .key = key,
				.integ_key = ikey };
	struct view part = { msg, 28 + 16 + 64 };
	size_t n, len, i, j;

	memset(ikey, 0x77, sizeof(ikey));
	for (i = 0; i < 2; i++) {
		c.keylen = i ? 256 : 128;
		hex(keys[i], key);
		memset(msg, 0, 28);
		len = 28 + hex("000102030405060708090a0b0c0d0e0f", msg + 28);
		len += hex(texts[i], msg + len);
		ike_prf(PRF_SHA2_256, ikey, 32, &part, 1, icv);
		memcpy(msg + len, icv, 16);
		len += 16;
		CHECK(!ike_open(&c, msg, 28, len, plain, &n) && n == 47 &&
		      is_hex(plain, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"),
		      "CBC %u", c.keylen);
		for (j = 0; j < len; j++) {
			msg[j] ^= 0x80;
			CHECK(ike_open(&c, msg, 28, len, plain, &n) == -EBADMSG,
			      "CBC %u: byte %zu may be changed", c.keylen, j);
			msg[j] ^= 0x80;
		}
	}
	unit_done("ike_crypto/cbc");
}

static void test_round_trip(void)
{
	static const struct ike_cipher kinds[] = {
		{ ENCR_AES_GCM_16, 128, 0, NULL, NULL }, { ENCR_AES_GCM_16, 192, 0, NULL, NULL },
		{ ENCR_AES_GCM_16, 256, 0, NULL, NULL }, { ENCR_AES_CBC, 128, 12, NULL, NULL },
		{ ENCR_AES_CBC, 192, 13, NULL, NULL }, { ENCR_AES_CBC, 256, 14, NULL, NULL },
		{ ENCR_CHACHA20_POLY1305, 0, 0, NULL, NULL }, { ENCR_3DES, 0, 2, NULL, NULL },
	};
	uint8_t key[64] = { 1 }, ikey[64] = { 2 }, iv[16] = { 3 }, in[100], out[400], back[400];
	struct ike_cipher c;
	size_t i, n, len;

	for (n = 0; n < sizeof(in); n++)
		in[n] = n;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		c = kinds[i];
		c.key = key;
		c.integ_key = ikey;
		for (n = 0; n < sizeof(in); n++) {
			memset(out, 0xaa, sizeof(out));
			len = 32 + ike_sealed_len(&c, n);
			CHECK(!ike_seal(&c, iv, out, 32, in, n) && out[len] == 0xaa &&
			      !ike_open(&c, out, 32, len, back, &len) && len == n &&
			      !memcmp(in, back, n), "kind %zu, %zu bytes", i, n);
			out[33 + n / 2] ^= 1;
			CHECK(ike_open(&c, out, 32, 32 + ike_sealed_len(&c, n), back, &len) == -EBADMSG,
			      "kind %zu, %zu bytes: changed", i, n);
		}
	}
	c.encr = ENCR_AES_CTR;
	CHECK(!ike_sealed_len(&c, 1) && ike_open(&c, out, 32, 100, back, &len) == -EINVAL, "CTR is for ESP only");
	c.encr = ENCR_NULL;
	CHECK(!ike_sealed_len(&c, 1) && ike_open(&c, out, 32, 100, back, &len) == -EINVAL, "NULL is for ESP only");
	c = kinds[3];
	c.integ = 0;
	CHECK(!ike_sealed_len(&c, 1), "CBC without integrity");
	c = kinds[0];
	c.keylen = 0;
	CHECK(!ike_sealed_len(&c, 1), "GCM without a key length");
	unit_done("ike_crypto/round_trip");
}

/* The seed that makes @d the private value of a curve: see ecp_scalar(). */
static void ecp_seed(const char *d, uint8_t seed[64])
{
	uint8_t buf[64];
	size_t n = hex(d, buf);
	int i;

	memset(seed, 0, 64);
	memcpy(seed + 64 - n, buf, n);
	for (i = 63; !seed[i]--; i--)
		;
}

static void ecp_case(uint16_t group, const char *i, const char *gi, const char *r, const char *gr,
		     const char *gir)
{
	uint8_t seed[64], a[96], b[96], s1[IKE_MAX_DH], s2[IKE_MAX_DH];
	struct ike_dh da, db;
	size_t n, n1, n2;

	ecp_seed(i, seed);
	CHECK(!ike_dh_generate(&da, group, seed, a, &n) && n == ike_dh_len(group) && is_hex(a, gi),
	      "RFC 5903 gi of group %u", group);
	ecp_seed(r, seed);
	CHECK(!ike_dh_generate(&db, group, seed, b, &n) && is_hex(b, gr),
	      "RFC 5903 gr of group %u", group);
	CHECK(!ike_dh_shared(&da, b, n, s1, &n1) && !ike_dh_shared(&db, a, n, s2, &n2) &&
	      n1 == n / 2 && n2 == n1 && is_hex(s1, gir) && is_hex(s2, gir),
	      "RFC 5903 shared secret of group %u", group);
	a[n - 1] ^= 1;
	CHECK(ike_dh_shared(&db, a, n, s2, &n2) == -EBADMSG, "group %u: not on the curve", group);
	memset(a, 0, n);
	CHECK(ike_dh_shared(&db, a, n, s2, &n2) == -EBADMSG, "group %u: zeros", group);
	memset(a, 0xff, n);
	CHECK(ike_dh_shared(&db, a, n, s2, &n2) == -EBADMSG, "group %u: ones", group);
}

/* RFC 5903 8.1 and 8.2. */
static void test_ecp(void)
{
	ecp_case(DH_ECP256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
		 "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C37725811805271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
		 "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
		 "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF6356FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
		 "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE");
	ecp_case(DH_ECP384, "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194",
		 "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AEE95F41AA9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C",
		 "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD55A7448FC",
		 "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0774A3571DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
		 "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A270F59746");
	unit_done("ike_crypto/ecp");
}

/* RFC 7748 6.1. */
static void test_x25519(void)
{
	uint8_t seed[64] = { 0 }, pub[32], alice[32], secret[IKE_MAX_DH];
	struct ike_dh dh;
	size_t n;

	hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", seed);
	hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", alice);
	CHECK(!ike_dh_generate(&dh, DH_X25519, seed, pub, &n) && n == 32 &&
	      is_hex(pub, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"),
	      "RFC 7748 public value");
	CHECK(!ike_dh_shared(&dh, alice, 32, secret, &n) && n == 32 &&
	      is_hex(secret, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"),
	      "RFC 7748 shared secret");
	memset(alice, 0, 32);
	CHECK(ike_dh_shared(&dh, alice, 32, secret, &n) == -EBADMSG, "zeros");
	alice[0] = 1;
	CHECK(ike_dh_shared(&dh, alice, 32, secret, &n) == -EBADMSG, "a point of small order");
	CHECK(ike_dh_shared(&dh, alice, 31, secret, &n) == -EBADMSG, "too short");
	unit_done("ike_crypto/x25519");
}

/* A MODP group against the plain formula, and the values that RFC 6989 2.1 forbids. */
static void modp_case(uint16_t group, BIGNUM *p)
{
	uint8_t seed[64], a[IKE_MAX_DH], b[IKE_MAX_DH], s1[IKE_MAX_DH], s2[IKE_MAX_DH], want[IKE_MAX_DH];
	BIGNUM *x, *y = BN_new(), *g = BN_new();
	size_t n, i, len = BN_num_bytes(p);
	BN_CTX *ctx = BN_CTX_new();
	struct ike_dh da, db;

	for (i = 0; i < 64; i++)
		seed[i] = 0x80 | i;
	CHECK(!ike_dh_generate(&da, group, seed, a, &n) && n == len, "group %u: generate", group);
	x = BN_bin2bn(seed, 64, NULL);
	BN_set_word(g, 2);
	BN_mod_exp(y, g, x, p, ctx);
	BN_bn2binpad(y, want, len);
	CHECK(!memcmp(a, want, len), "group %u: public value is not 2^x mod p", group);
	seed[5]++;
	ike_dh_generate(&db, group, seed, b, &n);
	CHECK(!ike_dh_shared(&da, b, len, s1, &n) && !ike_dh_shared(&db, a, len, s2, &n) &&
	      n == len && !memcmp(s1, s2, len), "group %u: shared secret", group);
	CHECK(ike_dh_shared(&da, b, len - 1, s1, &n) == -EBADMSG, "group %u: a byte less", group);
	memset(b, 0, len);
	CHECK(ike_dh_shared(&da, b, len, s1, &n) == -EBADMSG, "group %u: 0", group);
	b[len - 1] = 1;
	CHECK(ike_dh_shared(&da, b, len, s1, &n) == -EBADMSG, "group %u: 1", group);
	b[len - 1] = 2;
	CHECK(!ike_dh_shared(&da, b, len, s1, &n), "group %u: 2", group);
	BN_bn2binpad(p, b, len);
	CHECK(ike_dh_shared(&da, b, len, s1, &n) == -EBADMSG, "group %u: p", group);
	b[len - 1]--;
	CHECK(ike_dh_shared(&da, b, len, s1, &n) == -EBADMSG, "group %u: p - 1", group);
	b[len - 1]--;
	CHECK(!ike_dh_shared(&da, b, len, s1, &n), "group %u: p - 2", group);
	BN_free(p);
	BN_free(x);
	BN_free(y);
	BN_free(g);
	BN_CTX_free(ctx);
}

static void test_modp(void)
{
	uint8_t seed[64] = { 1 }, a[IKE_MAX_DH];
	struct ike_dh da;
	size_t n;

	modp_case(2, BN_get_rfc2409_prime_1024(NULL));
	modp_case(5, BN_get_rfc3526_prime_1536(NULL));
	modp_case(14, BN_get_rfc3526_prime_2048(NULL));
	modp_case(15, BN_get_rfc3526_prime_3072(NULL));
	modp_case(16, BN_get_rfc3526_prime_4096(NULL));
	modp_case(17, BN_get_rfc3526_prime_6144(NULL));
	modp_case(18, BN_get_rfc3526_prime_8192(NULL));
	CHECK(ike_dh_generate(&da, 22, seed, a, &n) == -EINVAL && !n, "group 22 (RFC 8247: must not)");
	unit_done("ike_crypto/modp");
}

/* RFC 5903's example of group 21 has a private value longer than our seeds: what both ends get is the same, as with the others. */
static void test_ecp521(void)
{
	uint8_t seed[64], a[IKE_MAX_DH], b[IKE_MAX_DH], s1[IKE_MAX_DH], s2[IKE_MAX_DH];
	struct ike_dh da, db;
	size_t n;

	memset(seed, 0xa5, sizeof(seed));
	CHECK(!ike_dh_generate(&da, DH_ECP521, seed, a, &n) && n == 132, "generate");
	seed[1]++;
	CHECK(!ike_dh_generate(&db, DH_ECP521, seed, b, &n) && memcmp(a, b, 132), "generate another");
	CHECK(!ike_dh_shared(&da, b, 132, s1, &n) && n == 66 && !ike_dh_shared(&db, a, 132, s2, &n) && !memcmp(s1, s2, 66),
	      "shared secret");
	a[131] ^= 1;
	CHECK(ike_dh_shared(&db, a, 132, s2, &n) == -EBADMSG, "not on the curve");
	CHECK(ike_dh_shared(&db, a, 131, s2, &n) == -EBADMSG, "a byte less");
	unit_done("ike_crypto/ecp521");
}

static void test_psk(void)
{
	struct view pad = { (uint8_t *)"Key Pad for IKEv2", 17 }, octets = { (uint8_t *)"octets", 6 };
	uint8_t inner[IKE_MAX_PRF], want[IKE_MAX_PRF], auth[IKE_MAX_AUTH];
	size_t n;

	ike_prf(PRF_SHA2_256, "secret", 6, &pad, 1, inner);
	ike_prf(PRF_SHA2_256, inner, 32, &octets, 1, want);
	CHECK(!ike_psk_auth(PRF_SHA2_256, (uint8_t *)"secret", 6, octets.p, 6, auth, &n) &&
	      n == 32 && !memcmp(auth, want, 32), "RFC 7296 2.15");
	CHECK(!ike_psk_check(PRF_SHA2_256, (uint8_t *)"secret", 6, octets.p, 6, auth, 32), "right");
	CHECK(ike_psk_check(PRF_SHA2_256, (uint8_t *)"Secret", 6, octets.p, 6, auth, 32) ==
	      -EKEYREJECTED, "other secret");
	CHECK(ike_psk_check(PRF_SHA2_256, (uint8_t *)"secret", 6, octets.p, 6, auth, 31) ==
	      -EKEYREJECTED, "cut");
	CHECK(ike_psk_check(PRF_SHA2_256, (uint8_t *)"secret", 6, octets.p, 6, auth, 0) ==
	      -EKEYREJECTED, "empty");
	auth[31] ^= 1;
	CHECK(ike_psk_check(PRF_SHA2_256, (uint8_t *)"secret", 6, octets.p, 6, auth, 32) ==
	      -EKEYREJECTED, "last byte");
	unit_done("ike_crypto/psk");
}

int main(void)
{
	test_prf();
	test_prf_plus();
	test_gcm();
	test_cbc();
	test_round_trip();
	test_ecp();
	test_x25519();
	test_modp();
	test_ecp521();
	test_psk();
	return unit_status();
}
