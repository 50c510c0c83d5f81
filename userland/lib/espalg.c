// SPDX-License-Identifier: GPL-2.0
/* ESP algorithms: names of the esp= grammar, PF_KEY numbers, key lengths. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <klips/algs.h>

#include "espalg.h"

#define XFORM_NAME(ealg) \
	((ealg) == SADB_X_EALG_AES_GCM_ICV16 ? "ESP_AES_GCM" : \
	 "ESP_AES_HMAC_SHA2_256")

#define ALG_ROW(sym, name, ealg, ebits, aalg, abits, iv, icv, block, crypto) \
	{ name, XFORM_NAME(ealg), ealg, aalg, ebits, abits, iv, icv, block },

static const struct esp_alg algs[] = {
	KLIPS_ESP_ALGS(ALG_ROW)
};

#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

#define SALT_BITS 32		/* RFC 4106 8.1 */

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

static bool spells_aead(const char *squeezed, unsigned int bits)
{
	static const char *const forms[] = {
		"aesgcm%u", "aesgcm16%u", "aesgcmc%u", "aes%ugcm16",
	};
	char text[64];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), forms[i], bits);
		if (!strcmp(text, squeezed))
			return true;
	}
	return false;
}

static bool spells_cbc(const char *squeezed, unsigned int bits)
{
	static const char *const hashes[] = {
		"sha2256", "sha2", "sha256", "hmacsha2256",
	};
	char text[64];

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		snprintf(text, sizeof(text), "aescbc%u%s", bits, hashes[i]);
		if (!strcmp(text, squeezed))
			return true;
		snprintf(text, sizeof(text), "aes%u%s", bits, hashes[i]);
		if (!strcmp(text, squeezed))
			return true;
	}
	return false;
}

const struct esp_alg *esp_alg_by_name(const char *name)
{
	char squeezed[64];

	if (!squeeze(name, squeezed, sizeof(squeezed)))
		return NULL;
	for (size_t i = 0; i < N_ALGS; i++) {
		const struct esp_alg *alg = &algs[i];

		if (alg->aalg ? spells_cbc(squeezed, alg->ekey_bits) :
				spells_aead(squeezed, alg->ekey_bits - SALT_BITS))
			return alg;
	}
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

char *esp_alg_names(char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < N_ALGS && used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s",
				 i ? ", " : "", algs[i].name);
	return buf;
}

const char *ealg_name(uint8_t ealg)
{
	switch (ealg) {
	case SADB_EALG_NONE: return "none";
	case SADB_EALG_3DESCBC: return "3DES";
	case SADB_EALG_NULL: return "NULL";
	case SADB_X_EALG_AESCBC: return "AES";
	case SADB_X_EALG_AESCTR: return "AES_CTR";
	case SADB_X_EALG_AES_CCM_ICV16: return "AES_CCM_16";
	case SADB_X_EALG_AES_GCM_ICV16: return "AES_GCM_16";
	default: return NULL;
	}
}

const char *aalg_name(uint8_t aalg)
{
	switch (aalg) {
	case SADB_AALG_NONE: return "none";
	case SADB_AALG_SHA1HMAC: return "HMAC_SHA1";
	case SADB_X_AALG_SHA2_256HMAC: return "HMAC_SHA2_256";
	case SADB_X_AALG_SHA2_384HMAC: return "HMAC_SHA2_384";
	case SADB_X_AALG_SHA2_512HMAC: return "HMAC_SHA2_512";
	default: return NULL;
	}
}
