// SPDX-License-Identifier: GPL-2.0
/* Algorithms: names of the esp= and ah= grammars, PF_KEY numbers, key lengths. */
#include <ctype.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <klips/algs.h>

#include "espalg.h"

#define ALG_ROW(name, ealg, bits, salt, aalg, abits, iv, icv, block, cipher, hash) \
	{ IPPROTO_ESP, name, ealg, aalg, (bits) + (salt), salt, abits, iv, icv, block },

static const struct esp_alg algs[] = {
	KLIPS_ESP_ALGS(ALG_ROW)
};

#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

#define AH_ROW(name, aalg, abits, icv, hash) \
	{ IPPROTO_AH, name, 0, aalg, 0, 0, abits, 0, icv, 4 },
#define COMP_ROW(name, calg) \
	{ IPPROTO_COMP, name, calg, 0, 0, 0, 0, 0, 0, 1 },

static const struct esp_alg others[] = {
	KLIPS_AH_ALGS(AH_ROW)
	KLIPS_COMP_ALGS(COMP_ROW)
	{ IPPROTO_IPIP, "none", 0, 0, 0, 0, 0, 0, 0, 1 },
};

#define SPELLINGS 6

/* How people call what a PF_KEY number stands for; the spellings without "-" and "_". */
struct term {
	uint8_t number;
	const char *name;		/* for eyes */
	const char *classic;		/* in an ESP_* text */
	const char *spelling[SPELLINGS]; /* %u: bits of the key without the salt */
};

static const struct term ciphers[] = {
	{ SADB_EALG_NONE, "none", "NONE", { NULL } },
	{ SADB_EALG_NULL, "NULL", "NULL", { "null" } },
	{ SADB_EALG_3DESCBC, "3DES", "3DES", { "3des", "3descbc" } },
	{ SADB_X_EALG_AESCBC, "AES", "AES", { "aes%u", "aescbc%u" } },
	{ SADB_X_EALG_AESCTR, "AES_CTR", "AES_CTR", { "aesctr%u", "aes%uctr" } },
	{ SADB_X_EALG_AES_CCM_ICV8, "AES_CCM_8", "AES_CCM_8",
	  { "aesccm8%u", "aesccma%u", "aes%uccm8" } },
	{ SADB_X_EALG_AES_CCM_ICV12, "AES_CCM_12", "AES_CCM_12",
	  { "aesccm12%u", "aesccmb%u", "aes%uccm12" } },
	{ SADB_X_EALG_AES_CCM_ICV16, "AES_CCM_16", "AES_CCM",
	  { "aesccm%u", "aesccm16%u", "aesccmc%u", "aes%uccm16", "aes%uccm" } },
	{ SADB_X_EALG_AES_GCM_ICV16, "AES_GCM_16", "AES_GCM",
	  { "aesgcm%u", "aesgcm16%u", "aesgcmc%u", "aes%ugcm16", "aes%ugcm" } },
	{ SADB_X_EALG_NULL_AES_GMAC, "NULL_AES_GMAC", "AES_GMAC",
	  { "aesgmac%u", "nullauthaesgmac%u", "aes%ugmac" } },
	{ KLIPS_EALG_CHACHA20_POLY1305, "CHACHA20_POLY1305", "CHACHA20_POLY1305",
	  { "chacha20poly1305", "chacha20poly1305%u" } },
};

static const struct term hashes[] = {
	{ SADB_AALG_NONE, "none", NULL, { "", "null", "none" } },
	{ SADB_AALG_SHA1HMAC, "HMAC_SHA1", "SHA1",
	  { "sha1", "sha", "hmacsha1", "sha196", "hmacsha196" } },
	{ SADB_X_AALG_SHA2_256HMAC, "HMAC_SHA2_256", "SHA2_256",
	  { "sha2256", "sha2", "sha256", "hmacsha2256", "sha2256128",
	    "hmacsha2256128" } },
	{ SADB_X_AALG_SHA2_384HMAC, "HMAC_SHA2_384", "SHA2_384",
	  { "sha2384", "sha384", "hmacsha2384", "sha2384192", "hmacsha2384192" } },
	{ SADB_X_AALG_SHA2_512HMAC, "HMAC_SHA2_512", "SHA2_512",
	  { "sha2512", "sha512", "hmacsha2512", "sha2512256", "hmacsha2512256" } },
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct term *find_term(const struct term *terms, size_t n,
				    uint8_t number)
{
	for (size_t i = 0; i < n; i++)
		if (terms[i].number == number)
			return &terms[i];
	return NULL;
}

static const struct term *cipher_of(uint8_t ealg)
{
	return find_term(ciphers, N(ciphers), ealg);
}

static const struct term *hash_of(uint8_t aalg)
{
	return find_term(hashes, N(hashes), aalg);
}

const struct esp_alg *esp_algs(unsigned int *n)
{
	*n = N_ALGS;
	return algs;
}

/* @name without the characters that grammars disagree on. False: too long. */
static bool squeeze(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	for (; *name; name++) {
		if (*name == '-' || *name == '_')
			continue;
		if (n + 1 >= size)
			return false;
		buf[n++] = tolower((unsigned char)*name);
	}
	buf[n] = '\0';
	return true;
}

static bool spells_hash(uint8_t aalg, const char *text)
{
	const struct term *hash = hash_of(aalg);

	for (size_t i = 0; i < SPELLINGS && hash->spelling[i]; i++)
		if (!strcmp(hash->spelling[i], text))
			return true;
	return false;
}

/* Whether @text is a spelling of the cipher, followed by one of the hash. */
static bool spells(const struct esp_alg *alg, const char *text)
{
	const struct term *cipher = cipher_of(alg->ealg);
	char start[64];

	for (size_t i = 0; i < SPELLINGS && cipher->spelling[i]; i++) {
		size_t len = snprintf(start, sizeof(start), cipher->spelling[i],
				      alg->ekey_bits - alg->salt_bits);

		if (!strncmp(text, start, len) && spells_hash(alg->aalg, text + len))
			return true;
	}
	return false;
}

const struct esp_alg *esp_alg_by_name(const char *name)
{
	char squeezed[64];

	if (!squeeze(name, squeezed, sizeof(squeezed)))
		return NULL;
	for (size_t i = 0; i < N_ALGS; i++)
		if (spells(&algs[i], squeezed))
			return &algs[i];
	return NULL;
}

static bool is_called(const struct esp_alg *alg, const char *name)
{
	char squeezed[64];

	if (alg->proto != IPPROTO_AH)
		return !strcasecmp(alg->name, name);
	return squeeze(name, squeezed, sizeof(squeezed)) &&
	       spells_hash(alg->aalg, squeezed);
}

const struct esp_alg *sa_alg_by_name(uint8_t proto, const char *name)
{
	if (proto == IPPROTO_ESP)
		return esp_alg_by_name(name);
	for (size_t i = 0; i < N(others); i++)
		if (others[i].proto == proto && is_called(&others[i], name))
			return &others[i];
	return NULL;
}

const struct esp_alg *esp_alg_by_number(uint8_t ealg, uint8_t aalg,
					unsigned int ekey_bits)
{
	for (size_t i = 0; i < N_ALGS; i++)
		if (algs[i].ealg == ealg && algs[i].aalg == aalg &&
		    algs[i].ekey_bits == ekey_bits)
			return &algs[i];
	return NULL;
}

char *esp_alg_xform(const struct esp_alg *alg, char *buf)
{
	switch (alg->proto) {
	case IPPROTO_AH:
		snprintf(buf, ESP_ALG_XFORM, "AH_HMAC_%s", hash_of(alg->aalg)->classic);
		break;
	case IPPROTO_COMP:
		snprintf(buf, ESP_ALG_XFORM, "COMP_DEFLATE");
		break;
	case IPPROTO_IPIP:
		snprintf(buf, ESP_ALG_XFORM, "IPIP");
		break;
	default:
		snprintf(buf, ESP_ALG_XFORM, "ESP_%s%s%s", cipher_of(alg->ealg)->classic,
			 alg->aalg ? "_HMAC_" : "",
			 alg->aalg ? hash_of(alg->aalg)->classic : "");
	}
	return buf;
}

const char *ealg_name(uint8_t ealg)
{
	const struct term *cipher = cipher_of(ealg);

	return cipher ? cipher->name : NULL;
}

const char *aalg_name(uint8_t aalg)
{
	const struct term *hash = hash_of(aalg);

	return hash ? hash->name : NULL;
}

const char *calg_name(uint8_t calg)
{
	static const char *const names[] = { "none", "OUI", "DEFLATE", "LZS", "LZJH" };

	return calg < N(names) ? names[calg] : NULL;
}
