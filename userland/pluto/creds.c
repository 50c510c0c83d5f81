// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "creds.h"
#include "ike_crypto.h"
#include "ike_sign.h"
#include "plog.h"
#include "privkey.h"

#define MADE_MAX 14000			/* bytes of AUTH and CERT: a message is not longer */

/* Only the loop touches these; jobs have references and copies. */
static struct secrets secrets;
static struct privkeys keys;
static struct trust *trust;

struct auth_job {
	bool make;
	uint16_t prf;
	uint32_t allowed, hashes;
	uint8_t *octets;
	size_t len;
	bool null;			/* RFC 7619 */
	uint8_t *psk;			/* NULL: a signature */
	size_t psk_len;
	EVP_PKEY *key[2];		/* ours; or those that the peer may have */
	uint8_t method;			/* CHECK */
	uint8_t *auth;
	size_t auth_len;
	uint8_t *der[IKE_MAX_CERTS];	/* MAKE: to be sent; CHECK: what came */
	struct ike_bytes certs[IKE_MAX_CERTS];
	unsigned int n_certs;
	struct cert_question question;	/* CHECK by certificate */
	uint8_t *ca;
	const char *whose_key;		/* "rightrsasigkey=" ... */
	char why[CERT_WHY];
	uint8_t *out;
	size_t out_len;
};

/* ---- loading ---- */

int creds_load_trust(const char *dir, bool strict, conf_report_fn report, void *ctx)
{
	struct trust *fresh = trust_load(dir, strict, report, ctx);

	if (!fresh)
		return -ENOMEM;
	trust_put(trust);
	trust = fresh;
	return 0;
}

int creds_load(const char *path, const char *dir, bool strict, conf_report_fn report, void *ctx)
{
	struct privkeys fresh_keys;
	struct secrets fresh;
	char private_dir[300];
	int err = secrets_load(&fresh, path, report, ctx);

	if (err)
		return err;
	snprintf(private_dir, sizeof(private_dir), "%s/private", dir);
	err = privkeys_load(&fresh_keys, &fresh, private_dir, report, ctx);
	if (!err)
		err = creds_load_trust(dir, strict, report, ctx);
	if (err) {
		privkeys_free(&fresh_keys);
		secrets_free(&fresh);
		return err;
	}
	privkeys_free(&keys);
	secrets_free(&secrets);
	secrets = fresh;
	keys = fresh_keys;
	return secrets.n;
}

unsigned int creds_secrets(void)
{
	return secrets.n;
}

const struct trust *creds_trust(void)
{
	return trust;
}

void creds_free(void)
{
	privkeys_free(&keys);
	secrets_free(&secrets);
	trust_put(trust);
	trust = NULL;
}

bool creds_has_private(const EVP_PKEY *pub)
{
	return pub && privkeys_by_public(&keys, pub);
}

bool creds_has_private_rsa(const uint8_t *blob, size_t len)
{
	EVP_PKEY *pub = sig_key_rsa(blob, len);
	bool has = creds_has_private(pub);

	EVP_PKEY_free(pub);
	return has;
}

static struct cert *cert_of_p12(const struct privkey *k)
{
	struct cert *cert = calloc(1, sizeof(*cert));
	int i;

	if (!cert)
		return NULL;
	X509_up_ref(k->cert);
	cert->x = k->cert;
	cert->chain = sk_X509_new_null();
	for (i = 0; cert->chain && k->chain && i < sk_X509_num(k->chain); i++)
		if (sk_X509_push(cert->chain, sk_X509_value(k->chain, i)))
			X509_up_ref(sk_X509_value(k->chain, i));
	return cert;
}

struct cert *creds_cert(const char *name, const char *dir, char why[CERT_WHY])
{
	unsigned int i;

	for (i = 0; i < keys.n; i++)
		if (keys.list[i].cert && !strcmp(keys.list[i].secret->path, name))
			return cert_of_p12(&keys.list[i]);
	return cert_load(name, dir, why);
}

/* ---- putting a question together ---- */

static uint8_t *copy_of(const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (copy && len)
		memcpy(copy, p, len);
	return copy;
}

static struct conf_id to_conf_id(const struct ike_id *id)
{
	struct conf_id out;

	memset(&out, 0, sizeof(out));
	out.type = id->type;
	out.len = id->len > sizeof(out.data) ? sizeof(out.data) : id->len;
	memcpy(out.data, id->data, out.len);
	return out;
}

bool creds_ppk(const char *names, const struct ike_id *me, const struct ike_id *peer, const uint8_t *id, size_t id_len,
	       struct ike_ppk *out)
{
	struct conf_id conf_me = to_conf_id(me), conf_peer = to_conf_id(peer);
	const struct secret *one = secrets_ppk(&secrets, &conf_me, &conf_peer, names, id, id_len);

	if (!one || one->len > sizeof(out->key) || strlen(one->path) > sizeof(out->id))
		return false;
	out->id_len = strlen(one->path);
	memcpy(out->id, one->path, out->id_len);
	out->len = one->len;
	memcpy(out->key, one->psk, one->len);
	return true;
}

static int take_psk(struct auth_job *job, const struct ike_action *a, char why[CERT_WHY])
{
	struct conf_id me = to_conf_id(a->auth.me), peer = to_conf_id(a->auth.peer);
	char me_text[CONF_ID_TEXT], peer_text[CONF_ID_TEXT];
	const struct secret *secret;
	bool ambiguous;

	why[0] = '\0';			/* the engine says it by itself */
	secret = secrets_find(&secrets, &me, &peer, &ambiguous);
	conf_id_format(&me, me_text);
	conf_id_format(&peer, peer_text);
	if (!secret) {
		plog(LOG_ERR, a->conn, "no pre-shared key for %s and %s: look at ipsec.secrets, then \"ipsec rereadsecrets\"",
		     me_text, peer_text);
		return -ENOENT;
	}
	if (ambiguous)
		plog(LOG_WARNING, a->conn, "several entries of ipsec.secrets with different keys match %s and %s: taking that of line %u",
		     me_text, peer_text, secret->line);
	job->psk = copy_of(secret->psk, secret->len);
	job->psk_len = secret->len;
	return job->psk ? 0 : -ENOMEM;
}

/* Whether a key of this type can sign in a way that is allowed. */
static bool key_fits(const EVP_PKEY *key, uint32_t allowed)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return allowed & (IKE_AUTHBY_RSA | IKE_AUTHBY_RSA_SHA1);
	if (EVP_PKEY_is_a(key, "EC"))
		return allowed & IKE_AUTHBY_ECDSA;
	return allowed & IKE_AUTHBY_EDDSA;
}

static const struct privkey *by_public(EVP_PKEY *pub, const char *what, char why[CERT_WHY])
{
	const struct privkey *k = pub ? privkeys_by_public(&keys, pub) : NULL;

	if (!k)
		snprintf(why, CERT_WHY, "ipsec.secrets has no private key of %s; \"ipsec rereadsecrets\" reads it anew", what);
	return k;
}

/* Our private key: that of our certificate, or of our rsasigkey=, or what the indices say. */
static const struct privkey *our_key(const struct ike_action *a, const struct conn_creds *conn, char why[CERT_WHY])
{
	struct conf_id me = to_conf_id(a->auth.me);
	const struct privkey *k;
	char text[CONF_ID_TEXT];
	EVP_PKEY *pub;

	if (conn->our_cert)
		return by_public(X509_get0_pubkey(conn->our_cert->x), "our certificate (leftcert=)", why);
	if (conn->us->key.kind == CONF_PUBKEY_RSA) {
		pub = sig_key_rsa(conn->us->key.data, conn->us->key.len);
		k = by_public(pub, "our public key (leftrsasigkey=)", why);
		EVP_PKEY_free(pub);
		return k;
	}
	k = privkeys_by_id(&keys, &me, key_fits, a->auth.allowed);
	if (!k)
		snprintf(why, CERT_WHY, "ipsec.secrets has no private key for %.200s that authby= can use; \"ipsec newhostkey\" makes one",
			 conf_id_format(&me, text));
	return k;
}

static int add_cert(struct auth_job *job, const uint8_t *der, size_t len)
{
	uint8_t *copy = copy_of(der, len);

	if (!copy)
		return -ENOMEM;
	job->der[job->n_certs] = copy;
	job->certs[job->n_certs++] = (struct ike_bytes){ copy, len };
	return 0;
}

static int add_x509(struct auth_job *job, const X509 *x)
{
	uint8_t *der;
	size_t len = cert_der(x, &der);
	int err = len ? add_cert(job, der, len) : -ENOMEM;

	free(der);
	return err;
}

/* Our certificate and those between it and the CA; not what signed itself: the peer has to have that. */
static int our_certs(struct auth_job *job, const struct ike_action *a, const struct conn_creds *conn)
{
	const struct cert *cert = conn->our_cert;
	int err, i;

	if (!cert || conn->us->sendcert == CONF_SENDCERT_NEVER ||
	    (conn->us->sendcert == CONF_SENDCERT_ASKED && !a->auth.cert_asked))
		return 0;
	err = add_x509(job, cert->x);
	for (i = 0; !err && cert->chain && i < sk_X509_num(cert->chain) && job->n_certs < IKE_MAX_CERTS; i++)
		if (X509_check_issued(sk_X509_value(cert->chain, i), sk_X509_value(cert->chain, i)) != X509_V_OK)
			err = add_x509(job, sk_X509_value(cert->chain, i));
	return err;
}

/* RFC 7619 2.1: a key of the IKE SA stands for the secret that there is not. */
static int take_null(struct auth_job *job, const struct ike_action *a)
{
	job->null = true;
	job->psk = copy_of(a->auth.null_key, a->auth.null_len);
	job->psk_len = a->auth.null_len;
	return job->psk ? 0 : -ENOMEM;
}

static int prepare_make(struct auth_job *job, const struct ike_action *a, const struct conn_creds *conn,
			char why[CERT_WHY])
{
	const struct privkey *k = NULL;

	job->hashes = a->auth.hashes;
	if (a->auth.allowed == IKE_AUTHBY_NULL)
		return take_null(job, a);
	if (conn && a->auth.allowed & ~IKE_AUTHBY_PSK)
		k = our_key(a, conn, why);
	if (!k)
		return a->auth.allowed & IKE_AUTHBY_PSK ? take_psk(job, a, why) : -ENOENT;
	EVP_PKEY_up_ref(k->key);
	job->key[0] = k->key;
	return our_certs(job, a, conn);
}

/* By the key that ipsec.conf has, else by what the peer sent. */
static int prepare_signature(struct auth_job *job, const struct ike_action *a, const struct conn_creds *conn,
			     char why[CERT_WHY])
{
	const struct conf_end *peer = conn->peer;
	unsigned int i;
	int err = 0;

	job->whose_key = "rightrsasigkey=";
	if (peer->key.kind == CONF_PUBKEY_RSA)
		job->key[0] = sig_key_rsa(peer->key.data, peer->key.len);
	if (peer->key2.kind == CONF_PUBKEY_RSA)
		job->key[1] = sig_key_rsa(peer->key2.data, peer->key2.len);
	if (job->key[0] || job->key[1])
		return 0;
	if (conn->peer_cert) {
		job->whose_key = "rightcert=";
		job->key[0] = cert_pinned_key(conn->peer_cert->x, why);
		return job->key[0] ? 0 : -EKEYREJECTED;
	}
	if (!a->auth.n_certs) {
		snprintf(why, CERT_WHY, "there is no public key of it: the conn has no rightrsasigkey= or rightcert=, and it sent no certificate");
		return -ENOENT;
	}
	for (i = 0; !err && i < a->auth.n_certs; i++)
		err = add_cert(job, a->auth.certs[i].p, a->auth.certs[i].len);
	job->whose_key = "its certificate";
	job->question.trust = trust_get(trust);
	job->question.id = to_conf_id(a->auth.peer);
	return err;
}

/* The CA that has to be above the peer's certificate. */
static int prepare_ca(struct auth_job *job, const struct conn_creds *conn)
{
	const struct conf_ca *ca = &conn->peer->ca;
	const unsigned char *der = ca->name.data;
	size_t len = ca->name.len;

	if (ca->kind == CONF_CA_ANY)
		return 0;
	if (ca->kind == CONF_CA_SAME &&
	    (!conn->our_cert || !X509_NAME_get0_der(X509_get_issuer_name(conn->our_cert->x), &der, &len)))
		return -ENOENT;
	job->ca = copy_of(der, len);
	job->question.ca = job->ca;
	job->question.ca_len = len;
	job->question.ca_kind = CONF_CA_NAME;
	return job->ca ? 0 : -ENOMEM;
}

static int prepare_check(struct auth_job *job, const struct ike_action *a, const struct conn_creds *conn,
			 char why[CERT_WHY])
{
	int err;

	job->method = a->auth.method;
	job->auth = copy_of(a->auth.auth, a->auth.auth_len);
	job->auth_len = a->auth.auth_len;
	if (!job->auth)
		return -ENOMEM;
	if (a->auth.method == AUTH_NULL)
		return a->auth.allowed & IKE_AUTHBY_NULL ? take_null(job, a) : -EKEYREJECTED;
	if (a->auth.method == AUTH_PSK)
		return take_psk(job, a, why);
	if (!conn)
		return -ENOENT;
	err = prepare_signature(job, a, conn, why);
	if (!err && prepare_ca(job, conn)) {
		snprintf(why, CERT_WHY, "rightca=%%same, and we have no certificate (leftcert=) whose CA it could be");
		err = -ENOENT;
	}
	return err;
}

struct auth_job *auth_job_new(const struct ike_action *a, const struct conn_creds *conn, int *err, char why[CERT_WHY])
{
	struct auth_job *job = calloc(1, sizeof(*job));

	why[0] = '\0';
	*err = -ENOMEM;
	if (!job)
		return NULL;
	job->make = a->kind == IKE_AUTH_MAKE;
	job->prf = a->auth.prf;
	job->allowed = a->auth.allowed;
	job->octets = copy_of(a->auth.octets, a->auth.len);
	job->len = a->auth.len;
	if (job->octets)
		*err = job->make ? prepare_make(job, a, conn, why) : prepare_check(job, a, conn, why);
	if (!*err)
		return job;
	auth_job_free(job);
	return NULL;
}

void auth_job_free(struct auth_job *job)
{
	unsigned int i;

	if (!job)
		return;
	if (job->psk)
		explicit_bzero(job->psk, job->psk_len);
	for (i = 0; i < job->n_certs; i++)
		free(job->der[i]);
	EVP_PKEY_free(job->key[0]);
	EVP_PKEY_free(job->key[1]);
	trust_put(job->question.trust);
	free(job->psk);
	free(job->octets);
	free(job->auth);
	free(job->ca);
	free(job->out);
	explicit_bzero(job, sizeof(*job));
	free(job);
}

/* ---- answering it ---- */

static int do_make(struct auth_job *job)
{
	uint8_t auth[IKE_MAX_SIGNATURE], method = job->null ? AUTH_NULL : AUTH_PSK;
	size_t len;
	int err;

	if (job->psk)
		err = ike_psk_auth(job->prf, job->psk, job->psk_len, job->octets, job->len, auth, &len);
	else
		err = sig_make(job->key[0], job->allowed, job->hashes, job->octets, job->len, &method, auth, &len);
	if (err == -ENOTSUP)
		snprintf(job->why, sizeof(job->why), job->hashes ?
			 "the peer can check none of the signatures that authby= and our key allow (SIGNATURE_HASH_ALGORITHMS of RFC 7427)" :
			 "the peer does not know RFC 7427, so it can check RSA with SHA1 only; authby=rsa-sha1 allows that");
	if (err)
		return err;
	job->out = malloc(MADE_MAX);
	if (job->out)
		job->out_len = ike_made_put(job->out, MADE_MAX, method, auth, len, job->certs, job->n_certs);
	if (job->out_len)
		return 0;
	snprintf(job->why, sizeof(job->why), "our certificates do not fit a message");
	return -EMSGSIZE;
}

static int do_check(struct auth_job *job)
{
	struct view auth = { job->auth, job->auth_len };
	unsigned int i;
	int err = -EKEYREJECTED;

	if (job->psk)
		return ike_psk_check(job->prf, job->psk, job->psk_len, job->octets, job->len, job->auth, job->auth_len);
	if (!job->key[0] && !job->key[1]) {
		job->question.certs = job->certs;
		job->question.n = job->n_certs;
		job->key[0] = cert_check(&job->question, job->why);
		if (!job->key[0])
			return -EKEYREJECTED;
	}
	for (i = 0; err && i < 2; i++)
		if (job->key[i])
			err = sig_check(job->key[i], job->allowed, job->method, auth, job->octets, job->len);
	if (err == -ENOTSUP)
		snprintf(job->why, sizeof(job->why), "it signs by %s, which authby= of the conn does not allow",
			 sig_name(job->method, auth));
	else if (err)
		snprintf(job->why, sizeof(job->why), "its signature (%s) is not by the private key of %s", sig_name(job->method, auth),
			 job->whose_key);
	return err;
}

int auth_job_do(struct auth_job *job)
{
	return job->make ? do_make(job) : do_check(job);
}

const uint8_t *auth_job_result(const struct auth_job *job, size_t *len)
{
	if (job->out_len) {
		*len = job->out_len;
		return job->out;
	}
	*len = strlen(job->why);
	return *len ? (const uint8_t *)job->why : NULL;
}
