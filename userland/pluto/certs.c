// SPDX-License-Identifier: GPL-2.0
/* Files with certificates and CRLs. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "certs.h"
#include "certs_trust.h"
#include "ike_sign.h"

#define FILE_MAX (1 << 20)
#define CHAIN_MAX 8			/* certificates of one leftcert= file */
#define FILES_MAX 4096			/* of a directory */

/* A regular file of a size that makes sense; NULL and @why. */
static BIO *file_open(const char *path, char why[CERT_WHY])
{
	struct stat st;
	BIO *bio;

	if (stat(path, &st) < 0) {
		snprintf(why, CERT_WHY, "cannot read %.300s: %s", path, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		snprintf(why, CERT_WHY, "%.300s: expected a file of at most 1 MB", path);
		return NULL;
	}
	bio = BIO_new_file(path, "r");
	if (!bio)
		snprintf(why, CERT_WHY, "cannot read %.300s: %s", path, strerror(errno));
	ERR_clear_error();
	return bio;
}

/* All certificates of a PEM file, or the one of a DER file. NULL and @why. */
static STACK_OF(X509) *certs_read(const char *path, unsigned int max, char why[CERT_WHY])
{
	STACK_OF(X509) *list = sk_X509_new_null();
	BIO *bio = list ? file_open(path, why) : NULL;
	X509 *x;

	if (!bio) {
		sk_X509_free(list);
		return NULL;
	}
	while ((unsigned int)sk_X509_num(list) < max && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (!sk_X509_push(list, x))
			X509_free(x);
	if (!sk_X509_num(list) && !BIO_reset(bio)) {
		x = d2i_X509_bio(bio, NULL);
		if (x && !sk_X509_push(list, x))
			X509_free(x);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (sk_X509_num(list))
		return list;
	sk_X509_free(list);
	snprintf(why, CERT_WHY, "%.300s: expected a certificate in PEM or DER", path);
	return NULL;
}

struct cert *cert_load(const char *name, const char *dir, char why[CERT_WHY])
{
	struct cert *cert = calloc(1, sizeof(*cert));
	const char *wrong;
	char path[600];

	snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : dir, name[0] == '/' ? "" : "/certs/", name);
	snprintf(why, CERT_WHY, "out of memory");
	if (cert)
		cert->chain = certs_read(path, CHAIN_MAX, why);
	if (!cert || !cert->chain) {
		free(cert);
		return NULL;
	}
	cert->x = sk_X509_shift(cert->chain);
	wrong = X509_get0_pubkey(cert->x) ? sig_key_wrong(X509_get0_pubkey(cert->x)) : "a key that libcrypto does not know";
	if (!wrong)
		return cert;
	snprintf(why, CERT_WHY, "%.300s has %s", path, wrong);
	cert_free(cert);
	return NULL;
}

void cert_free(struct cert *cert)
{
	if (!cert)
		return;
	X509_free(cert->x);
	sk_X509_pop_free(cert->chain, X509_free);
	free(cert);
}

bool cert_name(const X509_NAME *name, struct conf_id *id)
{
	const unsigned char *der;
	size_t len;

	memset(id, 0, sizeof(*id));
	if (!name || !X509_NAME_get0_der(name, &der, &len) || len > sizeof(id->data) || !X509_NAME_entry_count(name))
		return false;
	id->type = CONF_ID_DN;
	id->len = len;
	memcpy(id->data, der, len);
	return true;
}

bool cert_subject(const X509 *x, struct conf_id *id)
{
	return cert_name(X509_get_subject_name(x), id);
}

size_t cert_der(const X509 *x, uint8_t **der)
{
	int len = i2d_X509((X509 *)x, NULL);
	unsigned char *at;

	*der = len > 0 ? malloc(len) : NULL;
	at = *der;
	return at && i2d_X509((X509 *)x, &at) == len ? len : 0;
}

/* ---- whom we trust ---- */

struct reading {
	struct trust *t;
	conf_report_fn report;
	void *ctx;
};

static bool hash_add(struct trust *t, X509 *x)
{
	uint8_t *hashes = realloc(t->hashes, t->hashes_len + 20), *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	bool ok;

	if (hashes)
		t->hashes = hashes;
	ok = hashes && len > 0 && EVP_Digest(der, len, t->hashes + t->hashes_len, NULL, EVP_sha1(), NULL);
	t->hashes_len += ok ? 20 : 0;
	OPENSSL_free(der);
	return ok;
}

static void ca_add(struct reading *r, const char *path, X509 *x)
{
	char text[CERT_WHY];

	if (!X509_check_ca(x)) {
		snprintf(text, sizeof(text), "%.300s: a certificate of no CA (basicConstraints says so); it is left out", path);
		r->report(r->ctx, false, text);
		return;
	}
	if (X509_STORE_add_cert(r->t->store, x) && hash_add(r->t, x))
		r->t->n_cas++;
}

static void cas_read(struct reading *r, const char *path)
{
	char why[CERT_WHY];
	STACK_OF(X509) *list = certs_read(path, 1000, why);
	int i;

	if (!list)
		r->report(r->ctx, false, why);
	for (i = 0; list && i < sk_X509_num(list); i++)
		ca_add(r, path, sk_X509_value(list, i));
	sk_X509_pop_free(list, X509_free);
}

static void crls_read(struct reading *r, const char *path)
{
	char why[CERT_WHY];
	BIO *bio = file_open(path, why);
	unsigned int n = 0;
	X509_CRL *crl;

	while (bio && (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL) {
		n += X509_STORE_add_crl(r->t->store, crl);
		X509_CRL_free(crl);
	}
	if (bio && !n && !BIO_reset(bio)) {
		crl = d2i_X509_CRL_bio(bio, NULL);
		n += crl && X509_STORE_add_crl(r->t->store, crl);
		X509_CRL_free(crl);
	}
	if (bio && !n)
		snprintf(why, sizeof(why), "%.300s: expected a CRL in PEM or DER", path);
	if (!n)
		r->report(r->ctx, false, why);
	r->t->n_crls += n;
	BIO_free(bio);
	ERR_clear_error();
}

/* Every file of @dir/@sub but those that begin with a dot. */
static void each_file(struct reading *r, const char *dir, const char *sub,
		      void (*fn)(struct reading *r, const char *path))
{
	char path[600];
	struct dirent **list;
	int n, i;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	n = scandir(path, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", dir, sub, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && i < FILES_MAX)
			fn(r, path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

struct trust *trust_load(const char *dir, bool strict, conf_report_fn report, void *ctx)
{
	struct reading r = { .report = report, .ctx = ctx, .t = calloc(1, sizeof(*r.t)) };

	if (!r.t)
		return NULL;
	atomic_init(&r.t->refs, 1);
	r.t->strict = strict;
	r.t->store = X509_STORE_new();
	if (!r.t->store) {
		free(r.t);
		return NULL;
	}
	each_file(&r, dir, "cacerts", cas_read);
	each_file(&r, dir, "crls", crls_read);
	return r.t;
}

struct trust *trust_get(struct trust *t)
{
	if (t)
		atomic_fetch_add(&t->refs, 1);
	return t;
}

void trust_put(struct trust *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	X509_STORE_free(t->store);
	free(t->hashes);
	free(t);
}

unsigned int trust_cas(const struct trust *t)
{
	return t ? t->n_cas : 0;
}

unsigned int trust_crls(const struct trust *t)
{
	return t ? t->n_crls : 0;
}

const uint8_t *trust_hashes(const struct trust *t, size_t *len)
{
	*len = t ? t->hashes_len : 0;
	return t ? t->hashes : NULL;
}
