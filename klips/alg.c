// SPDX-License-Identifier: GPL-2.0
#include <linux/crypto.h>
#include <linux/kernel.h>

#include <klips/algs.h>

#include "alg.h"

#define ALG(_sym, _name, _ealg, _ebits, _aalg, _abits, _iv, _icv, _block, _crypto) { \
	.name = _name, \
	.crypto = _crypto, \
	.ealg = _ealg, \
	.aalg = _aalg, \
	.ekey_bits = _ebits, \
	.akey_bits = _abits, \
	.iv = _iv, \
	.icv = _icv, \
	.block = _block, \
	.iv_counter = (_aalg) == SADB_AALG_NONE, \
},

static const struct klips_alg algs[] = {
	KLIPS_ESP_ALGS(ALG)
};

const struct klips_alg *klips_algs(unsigned int *n)
{
	*n = ARRAY_SIZE(algs);
	return algs;
}

const struct klips_alg *klips_alg_find(u8 ealg, u8 aalg, unsigned int ekey_bits,
				       unsigned int akey_bits)
{
	const struct klips_alg *alg;

	for (alg = algs; alg < algs + ARRAY_SIZE(algs); alg++)
		if (alg->ealg == ealg && alg->aalg == aalg &&
		    alg->ekey_bits == ekey_bits && alg->akey_bits == akey_bits)
			return alg;
	return NULL;
}

bool klips_alg_present(const struct klips_alg *alg)
{
	return crypto_has_alg(alg->crypto, 0, 0);
}
