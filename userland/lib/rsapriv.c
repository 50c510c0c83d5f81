// SPDX-License-Identifier: GPL-2.0
/* Private RSA keys, with libgmp: apart from the public ones, which every command of ipsec may have to read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gmp.h>

#include "rsakey.h"

#define ROUNDS 12			/* of the primality test, of primes that nobody hostile chose */

const char * const rsa_field_names[RSA_FIELDS] = {
	"Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2", "Coefficient",
};

int rsa_private_set(struct rsa_private *key, enum rsa_field field, const uint8_t *data, size_t len)
{
	for (; len && !*data; len--)
		data++;
	if (!len || len > RSA_MAX_BITS / 8)
		return -EINVAL;
	key->data[field] = malloc(len);
	if (!key->data[field])
		return -ENOMEM;
	memcpy(key->data[field], data, len);
	key->len[field] = len;
	return 0;
}

void rsa_private_wipe(struct rsa_private *key)
{
	unsigned int i;

	for (i = 0; i < RSA_FIELDS; i++) {
		if (key->data[i])
			explicit_bzero(key->data[i], key->len[i]);
		free(key->data[i]);
	}
	memset(key, 0, sizeof(*key));
}

static struct rsa_public public_of(const struct rsa_private *key)
{
	return (struct rsa_public){
		.e = key->data[RSA_E], .e_len = key->len[RSA_E], .n = key->data[RSA_N], .n_len = key->len[RSA_N],
	};
}

size_t rsa_private_blob(const struct rsa_private *key, uint8_t *blob, size_t size)
{
	struct rsa_public pub = public_of(key);

	return rsa_public_build(&pub, blob, size);
}

/* libgmp frees its numbers without wiping them: it is given an allocator that does. */
static void *gmp_realloc(void *old, size_t old_size, size_t size)
{
	void *block = malloc(size);

	if (!block)
		abort();		/* libgmp cannot go on either */
	memcpy(block, old, old_size < size ? old_size : size);
	explicit_bzero(old, old_size);
	free(old);
	return block;
}

static void gmp_free(void *block, size_t size)
{
	explicit_bzero(block, size);
	free(block);
}

struct numbers {
	mpz_t v[RSA_FIELDS];
	mpz_t p1, q1, t;		/* p - 1, q - 1, and for what is computed */
};

static void numbers_load(struct numbers *m, const struct rsa_private *key)
{
	unsigned int i;

	mp_set_memory_functions(NULL, gmp_realloc, gmp_free);
	mpz_inits(m->p1, m->q1, m->t, NULL);
	for (i = 0; i < RSA_FIELDS; i++) {
		mpz_init(m->v[i]);
		mpz_import(m->v[i], key->len[i], 1, 1, 1, 0, key->data[i]);
	}
	mpz_sub_ui(m->p1, m->v[RSA_P], 1);
	mpz_sub_ui(m->q1, m->v[RSA_Q], 1);
}

static void numbers_wipe(struct numbers *m)
{
	unsigned int i;

	for (i = 0; i < RSA_FIELDS; i++)
		mpz_clear(m->v[i]);
	mpz_clears(m->p1, m->q1, m->t, NULL);
}

/* Whether a * b leaves 1 when divided by @modulus. */
static bool inverse(struct numbers *m, enum rsa_field a, enum rsa_field b, const mpz_t modulus)
{
	mpz_mul(m->t, m->v[a], m->v[b]);
	mpz_mod(m->t, m->t, modulus);
	return !mpz_cmp_ui(m->t, 1);
}

/* Whether @small is d mod @modulus. */
static bool reduced(struct numbers *m, enum rsa_field small, const mpz_t modulus)
{
	mpz_mod(m->t, m->v[RSA_D], modulus);
	return !mpz_cmp(m->t, m->v[small]);
}

/* Every step relies on those before: no division by what may be zero. */
static const char *relations_wrong(struct numbers *m)
{
	mpz_mul(m->t, m->v[RSA_P], m->v[RSA_Q]);
	if (mpz_cmp(m->t, m->v[RSA_N]))
		return "Prime1 times Prime2 is not the Modulus";
	if (mpz_cmp_ui(m->p1, 1) <= 0 || mpz_cmp_ui(m->q1, 1) <= 0 || !mpz_cmp(m->p1, m->q1))
		return "Prime1 and Prime2 are not two primes";
	if (!mpz_probab_prime_p(m->v[RSA_P], ROUNDS) || !mpz_probab_prime_p(m->v[RSA_Q], ROUNDS))
		return "Prime1 or Prime2 is not a prime";
	if (!inverse(m, RSA_E, RSA_D, m->p1) || !inverse(m, RSA_E, RSA_D, m->q1))
		return "PublicExponent and PrivateExponent are not each other's inverse";
	if (!reduced(m, RSA_DP, m->p1))
		return "Exponent1 is not what PrivateExponent and Prime1 make";
	if (!reduced(m, RSA_DQ, m->q1))
		return "Exponent2 is not what PrivateExponent and Prime2 make";
	if (mpz_cmp(m->v[RSA_QINV], m->v[RSA_P]) >= 0 || !inverse(m, RSA_QINV, RSA_Q, m->v[RSA_P]))
		return "Coefficient is not the inverse of Prime2";
	return NULL;
}

const char *rsa_private_check(const struct rsa_private *key)
{
	struct rsa_public pub = public_of(key);
	struct numbers m;
	const char *wrong;
	unsigned int i;

	for (i = 0; i < RSA_FIELDS; i++)
		if (!key->len[i])
			return "a number is missing";
	wrong = rsa_public_wrong(&pub);
	if (wrong)
		return wrong;
	numbers_load(&m, key);
	wrong = relations_wrong(&m);
	numbers_wipe(&m);
	return wrong;
}
