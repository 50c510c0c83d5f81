/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec.secrets: pre-shared and private keys, and whom they are for. Everything that held a key is zeroed. */
#ifndef KLIPS_LIB_CONF_SECRETS_H
#define KLIPS_LIB_CONF_SECRETS_H

#include "conf.h"
#include "rsakey.h"

#define SECRET_IDS 16			/* indices of one secret */
#define SECRET_MAX 1024			/* bytes of one PSK, or PPK */
#define SECRET_NAME 64			/* bytes of the name of a PPK */

enum secret_kind {
	SECRET_PSK,
	SECRET_RSA,			/* : RSA { ... } */
	SECRET_FILE,			/* : RSA, ECDSA, PKCS8 with the name of a file */
	SECRET_P12,			/* : P12 with the name of a file */
	SECRET_PPK,			/* : PPKS "name" "secret", RFC 8784 */
};

struct secret {
	enum secret_kind kind;
	struct conf_id *ids;		/* CONF_ID_ANY: %any */
	unsigned int n_ids;		/* 0: matches everything, least */
	uint8_t *psk;			/* PSK, PPK, or the phrase that opens the file */
	size_t len;
	struct rsa_private *rsa;	/* RSA */
	char *path;			/* FILE, P12: as written; PPK: its name */
	unsigned int line;		/* in the file it came from */
};

struct secrets {
	struct secret *list;		/* in the order of the file */
	unsigned int n;
};

/*
 * Reads @path and what it includes. 0, or -errno with at least one error reported and
 * nothing in @s. Kinds of secret that are not supported are reported as warnings and left out.
 */
int secrets_load(struct secrets *s, const char *path, conf_report_fn report, void *ctx);
void secrets_free(struct secrets *s);

/*
 * The best PSK for @me and @peer, NULL: none. @ambiguous: another, different one matches as
 * well; then the first of the file is given. Precedence: both ids, me and %any, me alone,
 * the peer and %any, %any, no index.
 */
const struct secret *secrets_find(const struct secrets *s, const struct conf_id *me,
				  const struct conf_id *peer, bool *ambiguous);

/*
 * The first PPK for these two, in the order of the file, with the name @name, or with one of @names (separated by
 * commas; "": any): NULL: none.
 */
const struct secret *secrets_ppk(const struct secrets *s, const struct conf_id *me, const struct conf_id *peer,
				 const char *names, const uint8_t *name, size_t len);

/*
 * How well a private key is for @me: 0 not at all; %any and no index fit everybody, least. Only
 * our own id counts for these.
 */
unsigned int secret_key_match(const struct secret *one, const struct conf_id *me);

#endif
