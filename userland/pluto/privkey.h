/* SPDX-License-Identifier: GPL-2.0 */
/* Private keys: what ipsec.secrets names, as libcrypto wants it. For the vault only. */
#ifndef PLUTO_PRIVKEY_H
#define PLUTO_PRIVKEY_H

#include "conf_secrets.h"

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;
struct stack_st_X509;

struct privkey {
	EVP_PKEY *key;
	const struct secret *secret;	/* whose; lives as long as this */
	X509 *cert;			/* of a PKCS#12 file, or NULL */
	struct stack_st_X509 *chain;	/* what else was in it, or NULL */
};

struct privkeys {
	struct privkey *list;
	unsigned int n;
};

/*
 * Makes the keys of @s, which has to outlive @keys; files are looked for in @dir. What cannot be
 * read is reported (without a word of what is in it) and left out. 0 or -ENOMEM.
 */
int privkeys_load(struct privkeys *keys, const struct secrets *s, const char *dir, conf_report_fn report, void *ctx);
void privkeys_free(struct privkeys *keys);

/* The key whose public part is that of @pub; else NULL. */
const struct privkey *privkeys_by_public(const struct privkeys *keys, const EVP_PKEY *pub);
/* The best one for @me by its indices, of a type that @fits says is of use. */
const struct privkey *privkeys_by_id(const struct privkeys *keys, const struct conf_id *me,
				     bool (*fits)(const EVP_PKEY *key, uint32_t allowed), uint32_t allowed);

#endif
