// SPDX-License-Identifier: GPL-2.0
#include <crypto/aead.h>
#include <linux/crypto.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include <klips/algs.h>

#include "alg.h"

#define ALG(_name, _ealg, _bits, _salt, _aalg, _abits, _iv, _icv, _block, _cipher, _hash) { \
	.proto = IPPROTO_ESP, \
	.name = _name, \
	.cipher = _cipher, \
	.hash = _hash, \
	.ealg = _ealg, \
	.aalg = _aalg, \
	.ekey_bits = (_bits) + (_salt), \
	.akey_bits = _abits, \
	.iv = _iv, \
	.icv = _icv, \
	.block = _block, \
	.iv_counter = (_block) == 1 && (_iv), \
},

#define ALG_AH(_name, _aalg, _abits, _icv, _hash) { \
	.proto = IPPROTO_AH, \
	.name = _name, \
	.cipher = "", \
	.hash = _hash, \
	.aalg = _aalg, \
	.akey_bits = _abits, \
	.icv = _icv, \
},

#define ALG_COMP(_name, _calg) { \
	.proto = IPPROTO_COMP, \
	.name = _name, \
	.cipher = "", \
	.hash = "", \
	.ealg = _calg, \
},

static const struct klips_alg algs[] = {
	KLIPS_ESP_ALGS(ALG)
	KLIPS_AH_ALGS(ALG_AH)
	KLIPS_COMP_ALGS(ALG_COMP)
	{ .proto = IPPROTO_IPIP, .name = "none", .cipher = "", .hash = "" },
};

const struct klips_alg *klips_algs(unsigned int *n)
{
	*n = ARRAY_SIZE(algs);
	return algs;
}

const struct klips_alg *klips_alg_find(u8 proto, u8 ealg, u8 aalg,
				       unsigned int ekey_bits, unsigned int akey_bits)
{
	const struct klips_alg *alg;

	for (alg = algs; alg < algs + ARRAY_SIZE(algs); alg++)
		if (alg->proto == proto && alg->ealg == ealg && alg->aalg == aalg &&
		    alg->ekey_bits == ekey_bits && alg->akey_bits == akey_bits)
			return alg;
	return NULL;
}

#ifdef DEBUG
/* Makes crypto that is done at once be done later, for tests: "cryptd" or "pcrypt". */
static char crypto_wrap[16];
module_param_string(crypto_wrap, crypto_wrap, sizeof(crypto_wrap), 0600);
MODULE_PARM_DESC(crypto_wrap, "template around every cipher (cryptd, pcrypt), for tests");

/*
 * A template's instances are found by the name of the driver that they wrap. One that is done at once:
 * cryptd takes no other, and some machines' fastest is not.
 */
static void wrap_name(char *buf, size_t size)
{
	struct crypto_aead *tfm;

	if (!crypto_wrap[0])
		return;
	tfm = crypto_alloc_aead(buf, 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(tfm))
		return;
	snprintf(buf, size, "%s(%s)", crypto_wrap,
		 crypto_tfm_alg_driver_name(crypto_aead_tfm(tfm)));
	crypto_free_aead(tfm);
}
#else
static void wrap_name(char *buf, size_t size)
{
}
#endif

void klips_alg_crypto(const struct klips_alg *alg, bool esn, char *buf, size_t size)
{
	if (alg->hash[0])
		snprintf(buf, size, "authenc%s(%s,%s)", esn ? "esn" : "",
			 alg->hash, alg->cipher);
	else
		strscpy(buf, alg->cipher, size);
	wrap_name(buf, size);
}

/* The parts only: asking for the whole would make an instance of every pair, for good. */
bool klips_alg_present(const struct klips_alg *alg)
{
	return (!alg->cipher[0] || crypto_has_alg(alg->cipher, 0, 0)) &&
	       (!alg->hash[0] || crypto_has_alg(alg->hash, 0, 0));
}
