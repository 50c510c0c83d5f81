/* SPDX-License-Identifier: GPL-2.0 */
/*
 * X.509 over libcrypto: our certificates, whom we trust, and whether a peer's certificate is for the id that
 * it shows (RFC 5280, RFC 4945). Everything that a peer sends is bounded before it is parsed.
 */
#ifndef PLUTO_CERTS_H
#define PLUTO_CERTS_H

#include "conf.h"
#include "control.h"
#include "engine.h"

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;
struct stack_st_X509;
struct x509_store_st;

#define CERT_WHY 600

/* A certificate of ipsec.conf, and what else is in its file. */
struct cert {
	X509 *x;
	struct stack_st_X509 *chain;	/* may be NULL */
};

/* Reads leftcert=@name (PEM or DER; @dir: of names that are no paths). NULL and a line in @why. */
struct cert *cert_load(const char *name, const char *dir, char why[CERT_WHY]);
void cert_free(struct cert *cert);

/* Its subject. False: it is longer than an id can be, or empty. */
bool cert_subject(const X509 *x, struct conf_id *id);
/* DER of it for CERT; the caller frees it with free(). 0: no memory. */
size_t cert_der(const X509 *x, uint8_t **der);

/* ---- whom we trust: shared with the threads that check ---- */

struct trust;

/*
 * Reads @dir/cacerts and @dir/crls. What cannot be read is reported and left out. NULL without memory;
 * ended by trust_put().
 */
struct trust *trust_load(const char *dir, bool strict, conf_report_fn report, void *ctx);
struct trust *trust_get(struct trust *t);
void trust_put(struct trust *t);
unsigned int trust_cas(const struct trust *t);
unsigned int trust_crls(const struct trust *t);
/* SHA-1 of the CAs' public keys, 20 bytes each: for ike_set_cas(). */
const uint8_t *trust_hashes(const struct trust *t, size_t *len);

/* ---- certs_list.c: for people ---- */

/* Names, serial number, key and times of @x; the rest of @item is the caller's. */
void cert_describe(const X509 *x, struct ctl_item *item);
/* Each CA, or CRL, of those in @kinds (CTL_LIST_CACERTS, CTL_LIST_CRLS). */
void trust_each(const struct trust *t, unsigned int kinds, void (*fn)(void *ctx, const struct ctl_item *item), void *ctx);

/* ---- a peer's certificate ---- */

struct cert_question {
	struct trust *trust;
	const struct ike_bytes *certs;	/* as they came, its own first */
	unsigned int n;
	struct conf_id id;		/* what it says it is */
	uint8_t ca_kind;		/* CONF_CA_ANY or CONF_CA_NAME */
	const uint8_t *ca;		/* DER, "*" fits any value */
	size_t ca_len;
};

/* Its public key, or NULL and one line in @why. May be called from any thread. */
EVP_PKEY *cert_check(const struct cert_question *q, char why[CERT_WHY]);

/* The key of a certificate that ipsec.conf names for the peer, if it is valid today. */
EVP_PKEY *cert_pinned_key(const X509 *x, char why[CERT_WHY]);

#endif
