// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* libs: -lcrypto */
/*
 * Additional key exchanges as cryptography: every group as well, and ML-KEM, where libcrypto has it: tests/lab/check runs this
 * again with the libcrypto of a newer Debian, and NEED_MLKEM in the environment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_crypto.h"
#include "unit.h"

static const uint16_t kems[] = { KE_MLKEM512, KE_MLKEM768, KE_MLKEM1024 };

static void lengths(void)
{
	CHECK(ike_ke_len(KE_MLKEM512, false) == 800 && ike_ke_len(KE_MLKEM512, true) == 768, "512");
	CHECK(ike_ke_len(KE_MLKEM768, false) == 1184 && ike_ke_len(KE_MLKEM768, true) == 1088, "768");
	CHECK(ike_ke_len(KE_MLKEM1024, false) == 1568 && ike_ke_len(KE_MLKEM1024, true) == 1568, "1024");
	CHECK(ike_ke_len(DH_X25519, false) == 32 && ike_ke_len(DH_X25519, true) == 32, "group 31");
	CHECK(!ike_ke_len(1, false) && !ike_ke_len(38, true), "what is not known");
	CHECK(!ike_dh_len(KE_MLKEM768), "ML-KEM is no group: IKE_SA_INIT and CREATE_CHILD_SA have none of it");
	unit_done("lengths");
}

/* Both have the same secret; what is too short or too long is refused, and what is wrong gives another one. */
static void both(uint16_t method)
{
	uint8_t seed[64], other[64], ask[IKE_MAX_KE], out[IKE_MAX_KE + IKE_MAX_DH], secret[IKE_MAX_DH];
	size_t ask_len, out_len, len, answer = ike_ke_len(method, true);
	struct ike_dh dh;

	memset(seed, method, sizeof(seed));
	memset(other, method + 1, sizeof(other));
	CHECK(!ike_dh_generate(&dh, method, seed, ask, &ask_len) && ask_len == ike_ke_len(method, false), "method %u: generate", method);
	CHECK(!ike_ke_answer(method, other, ask, ask_len, out, &out_len) && out_len > answer, "method %u: answer", method);
	CHECK(!ike_dh_shared(&dh, out, answer, secret, &len) && len == out_len - answer && !memcmp(secret, out + answer, len),
	      "method %u: the secrets are not the same", method);
	CHECK(ike_ke_answer(method, other, ask, ask_len - 1, out, &out_len) == -EBADMSG, "method %u: a byte less", method);
	CHECK(ike_ke_answer(method, other, ask, ask_len + 1, out, &out_len) == -EBADMSG, "method %u: a byte more", method);
	CHECK(ike_dh_shared(&dh, out, answer - 1, secret, &len) == -EBADMSG, "method %u: an answer with a byte less", method);
	CHECK(ike_dh_shared(&dh, out, answer + 1, secret, &len) == -EBADMSG, "method %u: an answer with a byte more", method);
}

static void groups(void)
{
#define GROUP(constant, ...) constant,
	static const uint16_t all[] = { IKEALG_GROUPS(GROUP) };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		both(all[i]);
	unit_done("groups");
}

/* FIPS 203 6.3: a wrong answer is not told from a right one, and its secret is nobody's. 7.2: a key out of range is refused. */
static void implicit_rejection(uint16_t method)
{
	uint8_t seed[64] = { 1 }, ask[IKE_MAX_KE], out[IKE_MAX_KE + IKE_MAX_DH], wrong[IKE_MAX_DH], again[IKE_MAX_DH];
	size_t ask_len, out_len, len, answer = ike_ke_len(method, true);
	struct ike_dh dh;

	CHECK(!ike_dh_generate(&dh, method, seed, ask, &ask_len) && !ike_ke_answer(method, seed, ask, ask_len, out, &out_len), "both");
	out[7] ^= 1;
	CHECK(!ike_dh_shared(&dh, out, answer, wrong, &len) && len == 32 && memcmp(wrong, out + answer, 32), "method %u: a bit", method);
	CHECK(!ike_dh_shared(&dh, out, answer, again, &len) && !memcmp(wrong, again, 32), "method %u: not the same again", method);
	memset(out, 0xff, answer);
	CHECK(!ike_dh_shared(&dh, out, answer, wrong, &len) && len == 32, "method %u: ones", method);
	memset(ask, 0xff, ask_len);
	CHECK(ike_ke_answer(method, seed, ask, ask_len, out, &out_len) == -EBADMSG, "method %u: a key of ones", method);
}

/* The encapsulation key of the seed 00 01 .. 3f; its SHA-256 is BouncyCastle's, by way of the tests of PostQuantum.Hybrid. */
static void vector(void)
{
	static const uint8_t want[32] = {
		0x0b, 0x79, 0x34, 0xc8, 0x31, 0x25, 0xc7, 0x88, 0x99, 0x5e, 0x2b, 0xa6, 0xbd, 0x76, 0x1e, 0x33,
		0x04, 0x6b, 0x3e, 0x40, 0x57, 0x1b, 0xe5, 0x3e, 0x02, 0x33, 0x09, 0xa2, 0x9f, 0x39, 0x8c, 0xc9,
	};
	uint8_t seed[64], ask[IKE_MAX_KE], hash[32];
	struct view v = { ask, 0 };
	struct ike_dh dh;
	unsigned int i;

	for (i = 0; i < sizeof(seed); i++)
		seed[i] = i;
	CHECK(!ike_dh_generate(&dh, KE_MLKEM768, seed, ask, &v.len) && !ike_sha256(&v, 1, hash) && !memcmp(hash, want, 32),
	      "the key of the seed");
}

static void kem(void)
{
	uint8_t seed[64] = { 0 }, ask[IKE_MAX_KE];
	struct ike_dh dh;
	size_t i, len;

	for (i = 0; i < sizeof(kems) / sizeof(kems[0]); i++) {
		if (!ike_kem_ready(kems[i])) {
			CHECK(ike_dh_generate(&dh, kems[i], seed, ask, &len) && ike_ke_answer(kems[i], seed, ask, ike_ke_len(kems[i], false),
											    ask, &len) == -EINVAL, "what is missing is said");
			CHECK(!getenv("NEED_MLKEM"), "%s: %s does not have it", ikealg_kem_name(kems[i]), ike_libcrypto());
			printf("# skip %s: %s does not have it\n", ikealg_kem_name(kems[i]), ike_libcrypto());
			continue;
		}
		both(kems[i]);
		if (kems[i] == KE_MLKEM768)
			vector();
		implicit_rejection(kems[i]);
	}
	unit_done("ML-KEM");
}

int main(void)
{
	lengths();
	groups();
	kem();
	return unit_status();
}
