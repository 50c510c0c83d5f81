// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_sign.c userland/pluto/privkey.c userland/lib/rsakey.c userland/lib/rsapriv.c userland/lib/ttodata.c */
/* sources: userland/lib/conf_secrets.c userland/lib/conf_secrets_match.c userland/lib/conf_id.c userland/lib/dn.c userland/lib/addr.c */
/* libs: -lcrypto -lgmp */
/* Signatures of IKE_AUTH: RFC 7427's identifiers, every kind of key, and forgeries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmp.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "ike_sign.h"
#include "privkey.h"
#include "rsa_test_key.h"
#include "ttodata.h"
#include "unit.h"

#define ALL (IKE_AUTHBY_RFC7427 | IKE_AUTHBY_RSA_SHA1)
#define HASHES 0x3c			/* SHA2-256, 384, 512, identity */

static const uint8_t octets[] = "what AUTH signs: a message, a nonce and a MAC";
static char dir[] = "/tmp/test_sign.XXXXXX";

static void report(void *ctx, bool error, const char *text)
{
	(void)error;
	snprintf(ctx, 700, "%s", text);
}

static size_t bytes(const char *text, uint8_t *buf, size_t size)
{
	size_t len = 0;
	const char *wrong = ttodata(text, buf, size, &len);

	CHECK(!wrong, "%s: %s", text, wrong);
	return len;
}

/* ---- RFC 7427 appendix A ---- */

static const struct {
	const char *name, *der;
} identifiers[] = {
	{ "RSA with SHA2-256", "0x300d06092a864886f70d01010b0500" },
	{ "RSA with SHA2-384", "0x300d06092a864886f70d01010c0500" },
	{ "RSA with SHA2-512", "0x300d06092a864886f70d01010d0500" },
	{ "ECDSA with SHA2-256", "0x300a06082a8648ce3d040302" },
	{ "ECDSA with SHA2-384", "0x300a06082a8648ce3d040303" },
	{ "ECDSA with SHA2-512", "0x300a06082a8648ce3d040304" },
	/* A.4.3 */
	{ "RSA-PSS with SHA2-256", "0x304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
		"a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120" },
	/* RFC 8420 */
	{ "Ed25519", "0x300506032b6570" },
	{ "Ed448", "0x300506032b6571" },
	/* A.1.1, A.2.1, A.3.1, A.4.2: SHA-1 is not to be had this way */
	{ NULL, "0x300d06092a864886f70d0101050500" },
	{ NULL, "0x300906072a8648ce380403" },
	{ NULL, "0x300906072a8648ce3d0401" },
	{ NULL, "0x300d06092a864886f70d01010a3000" },
	/* lengths and parameters in another form */
	{ NULL, "0x300b06092a864886f70d01010b" },
	{ NULL, "0x30810d06092a864886f70d01010b0500" },
	{ NULL, "0x300c06082a8648ce3d0403020500" },
	/* PSS with a salt of 20 bytes, or of none */
	{ NULL, "0x304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
		"a11c301a06092a864886f70d010108300d06096086480165030402010500a203020114" },
	{ NULL, "0x304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
		"a11c301a06092a864886f70d010108300d06096086480165030402010500a203020100" },
	/* SHA2-256 with MGF1 of SHA2-512 */
	{ NULL, "0x304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
		"a11c301a06092a864886f70d010108300d06096086480165030402030500a203020120" },
};

static void rfc_identifiers(void)
{
	uint8_t auth[256];
	const char *name;
	size_t i, len;

	for (i = 0; i < sizeof(identifiers) / sizeof(identifiers[0]); i++) {
		len = bytes(identifiers[i].der, auth + 1, sizeof(auth) - 1);
		auth[0] = len;
		auth[1 + len] = 0x55;
		name = sig_name(AUTH_SIGNATURE, (struct view){ auth, len + 2 });
		CHECK(!strcmp(name, identifiers[i].name ? identifiers[i].name : "an unknown way of signing"), "%s is %s",
		      identifiers[i].der, name);
		name = sig_name(AUTH_SIGNATURE, (struct view){ auth, len + 1 });
		CHECK(strstr(name, "unknown"), "%s without a signature is %s", identifiers[i].der, name);
	}
	unit_done("sign: the identifiers of RFC 7427 and no others");
}

/* ---- every kind of key ---- */

static EVP_PKEY *make_key(const char *kind)
{
	if (!strcmp(kind, "rsa"))
		return EVP_RSA_gen(2048);
	if (kind[0] == 'P')
		return EVP_EC_gen(kind);
	return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

/* Signs with each set of methods, and the other side checks; any change of what was signed is seen. */
static void round_trips(const char *kind, uint32_t bits)
{
	uint8_t auth[IKE_MAX_SIGNATURE], method;
	EVP_PKEY *key = make_key(kind), *other = make_key(kind);
	uint32_t allowed;
	struct view v;
	size_t len, i;
	int err;

	CHECK(key && other && !sig_key_wrong(key), "%s: no key", kind);
	for (allowed = IKE_AUTHBY_RSA_SHA1; allowed <= IKE_AUTHBY_EDDSA; allowed <<= 1) {
		err = sig_make(key, allowed, HASHES, octets, sizeof(octets), &method, auth, &len);
		CHECK(err == (allowed & bits ? 0 : -ENOTSUP), "%s, %x: %d", kind, allowed, err);
		if (err)
			continue;
		v = (struct view){ auth, len };
		CHECK(method == (allowed == IKE_AUTHBY_RSA_SHA1 ? AUTH_RSA : AUTH_SIGNATURE), "%s: method %u", kind, method);
		CHECK(!sig_check(key, allowed, method, v, octets, sizeof(octets)), "%s, %x is wrong", kind, allowed);
		CHECK(sig_check(key, ALL & ~allowed, method, v, octets, sizeof(octets)) == -ENOTSUP, "%s: not allowed", kind);
		CHECK(sig_check(other, allowed, method, v, octets, sizeof(octets)) == -EKEYREJECTED, "%s: another key", kind);
		CHECK(sig_check(key, allowed, method, v, octets, sizeof(octets) - 1) == -EKEYREJECTED, "%s: other octets", kind);
		for (i = 0; i < len; i += i < 72 ? 1 : 41) {
			auth[i] ^= 1;
			CHECK(sig_check(key, ALL, method, v, octets, sizeof(octets)), "%s: byte %zu changed", kind, i);
			auth[i] ^= 1;
		}
		for (i = 0; i < len; i += i < 72 ? 1 : 41)
			CHECK(sig_check(key, ALL, method, (struct view){ auth, i }, octets, sizeof(octets)), "%s: cut to %zu", kind, i);
	}
	if (bits & IKE_AUTHBY_RFC7427)
		CHECK(sig_make(key, IKE_AUTHBY_RFC7427, 0, octets, sizeof(octets), &method, auth, &len) == -ENOTSUP,
		      "%s: signed for a peer that knows no hash", kind);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void keys(void)
{
	EVP_PKEY *weak = EVP_RSA_gen(1024), *strange = EVP_EC_gen("secp256k1");

	round_trips("rsa", IKE_AUTHBY_RSA | IKE_AUTHBY_RSA_SHA1);
	round_trips("P-256", IKE_AUTHBY_ECDSA);
	round_trips("P-384", IKE_AUTHBY_ECDSA);
	round_trips("P-521", IKE_AUTHBY_ECDSA);
	round_trips("ED25519", IKE_AUTHBY_EDDSA);
	round_trips("ED448", IKE_AUTHBY_EDDSA);
	CHECK(sig_key_wrong(weak) && sig_key_wrong(strange), "1024 bits, or secp256k1");
	EVP_PKEY_free(weak);
	EVP_PKEY_free(strange);
	unit_done("sign: every kind of key, every way, every change");
}

/* What is best for the key and the peer. */
static void choice(void)
{
	static const struct {
		const char *kind;
		uint32_t hashes;
		const char *name;
	} cases[] = {
		{ "rsa", 0x3c, "RSA-PSS with SHA2-512" }, { "rsa", 0x0c, "RSA-PSS with SHA2-384" },
		{ "rsa", 0x04, "RSA-PSS with SHA2-256" }, { "P-256", 0x3c, "ECDSA with SHA2-256" },
		{ "P-384", 0x3c, "ECDSA with SHA2-384" }, { "P-521", 0x3c, "ECDSA with SHA2-512" },
		{ "P-384", 0x04, "ECDSA with SHA2-256" }, { "ED25519", 0x3c, "Ed25519" },
	};
	uint8_t auth[IKE_MAX_SIGNATURE], method;
	EVP_PKEY *key;
	size_t i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		key = make_key(cases[i].kind);
		CHECK(!sig_make(key, IKE_AUTHBY_RFC7427, cases[i].hashes, octets, sizeof(octets), &method, auth, &len), "%s", cases[i].kind);
		CHECK(!strcmp(sig_name(method, (struct view){ auth, len }), cases[i].name), "%s with %x: %s", cases[i].kind, cases[i].hashes,
		      sig_name(method, (struct view){ auth, len }));
		EVP_PKEY_free(key);
	}
	unit_done("sign: which way is chosen");
}

/* ---- published vectors and forgeries ---- */

/* RFC 8032 7.1, TEST 2. */
static void ed25519(void)
{
	static const uint8_t message[] = { 0x72 };
	uint8_t pub[32], auth[1 + 7 + 64] = { 7, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70 };
	EVP_PKEY *key;

	bytes("0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", pub, sizeof(pub));
	bytes("0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
	      auth + 8, 64);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, sizeof(pub));
	CHECK(!sig_check(key, IKE_AUTHBY_EDDSA, AUTH_SIGNATURE, (struct view){ auth, sizeof(auth) }, message, 1), "RFC 8032");
	EVP_PKEY_free(key);
	unit_done("sign: Ed25519 of RFC 8032");
}

/*
 * Bleichenbacher's forgery of 2006: with exponent 3 a cube root makes a block that begins as a signature
 * does and ends in rubbish. Who looks only at how it begins takes it.
 */
static void forgery(void)
{
	static const uint8_t info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20 };
	uint8_t auth[16 + 256] = { 15, 0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b, 5, 0 };
	uint8_t block[256] = { 0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 0 }, cube[256], blob[2 + 256] = { 1, 3 };
	size_t head = 11 + sizeof(info) + 32, len;
	EVP_PKEY *key;
	mpz_t t, s;

	memcpy(block + 11, info, sizeof(info));
	EVP_Digest(octets, sizeof(octets), block + 11 + sizeof(info), NULL, EVP_sha256(), NULL);
	mpz_inits(t, s, NULL);
	mpz_import(t, sizeof(block), 1, 1, 1, 0, block);
	mpz_root(s, t, 3);
	mpz_add_ui(s, s, 1);
	memset(auth + 16, 0, 256);
	mpz_export(auth + 16 + 256 - (mpz_sizeinbase(s, 2) + 7) / 8, &len, 1, 1, 1, 0, s);
	mpz_pow_ui(t, s, 3);
	memset(cube, 0, sizeof(cube));
	mpz_export(cube + 256 - (mpz_sizeinbase(t, 2) + 7) / 8, &len, 1, 1, 1, 0, t);
	CHECK(!memcmp(cube, block, head), "the forgery does not look like a signature");
	memset(blob + 2, 0xff, 256);
	key = sig_key_rsa(blob, sizeof(blob));
	CHECK(key && !sig_key_wrong(key), "no key");
	CHECK(sig_check(key, ALL, AUTH_SIGNATURE, (struct view){ auth, sizeof(auth) }, octets, sizeof(octets)) == -EKEYREJECTED,
	      "a forged signature is taken");
	EVP_PKEY_free(key);
	mpz_clears(t, s, NULL);
	unit_done("sign: a cube root is no signature");
}

/* ---- private keys of ipsec.secrets ---- */

static void put_key(const char *name, EVP_PKEY *key, const char *phrase)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	CHECK(f && PEM_write_PrivateKey(f, key, phrase ? EVP_aes_128_cbc() : NULL, (void *)phrase, phrase ? strlen(phrase) : 0, NULL, NULL),
	      "cannot write %s", path);
	if (f)
		fclose(f);
}

static bool any_key(const EVP_PKEY *key, uint32_t allowed)
{
	return !allowed || EVP_PKEY_is_a(key, "RSA") == (allowed == IKE_AUTHBY_RSA);
}

static void secrets_keys(void)
{
	EVP_PKEY *ec = make_key("P-256"), *ed = make_key("ED25519"), *weak = EVP_RSA_gen(1024), *pub;
	char path[128], said[700] = "";
	uint8_t blob[RSA_BLOB_MAX];
	struct conf_id east = { 0 };
	struct privkeys keys;
	struct secrets s;
	FILE *f;

	put_key("ec.pem", ec, NULL);
	put_key("ed.pem", ed, "hush");
	put_key("weak.pem", weak, NULL);
	snprintf(path, sizeof(path), "%s/secrets", dir);
	f = fopen(path, "w");
	fputs("@east : RSA {\n" TEST_RSA_FIELDS "\t}\n: ECDSA ec.pem\n%any : PKCS8 ed.pem \"hush\"\n: PSK \"x\"\n"
	      ": PKCS8 ed.pem \"wrong\"\n: PKCS8 ed.pem\n: RSA weak.pem\n: RSA none.pem\n: P12 ec.pem\n", f);
	fclose(f);
	chmod(path, 0600);
	CHECK(!secrets_load(&s, path, report, said) && s.n == 9, "%s", said);
	CHECK(!privkeys_load(&keys, &s, dir, report, said) && keys.n == 3, "%u keys: %s", keys.n, said);
	CHECK(!strstr(said, "wrong") && !strstr(said, "hush"), "a phrase in a message: %s", said);
	pub = sig_key_rsa(blob, bytes(TEST_PUBKEY, blob, sizeof(blob)));
	CHECK(pub && privkeys_by_public(&keys, pub) == &keys.list[0], "by RFC 3110");
	CHECK(privkeys_by_public(&keys, ec) == &keys.list[1] && !privkeys_by_public(&keys, weak), "by public part");
	conf_id_parse("@east", &east);
	CHECK(privkeys_by_id(&keys, &east, any_key, 0) == &keys.list[0], "by id");
	CHECK(privkeys_by_id(&keys, &east, any_key, IKE_AUTHBY_ECDSA) == &keys.list[2], "%%any before no index");
	conf_id_parse("@west", &east);
	CHECK(!privkeys_by_id(&keys, &east, any_key, IKE_AUTHBY_RSA), "a key of somebody else");
	privkeys_free(&keys);
	secrets_free(&s);
	EVP_PKEY_free(pub);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(weak);
	unit_done("sign: private keys of ipsec.secrets");
}

int main(void)
{
	CHECK(mkdtemp(dir), "no directory");
	rfc_identifiers();
	keys();
	choice();
	ed25519();
	forgery();
	secrets_keys();
	return unit_status();
}
