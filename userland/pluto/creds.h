/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vault's part of IKE_AUTH: which secret, key or certificate a conn means, making AUTH and checking
 * it. A question is put together in the event loop, from what is loaded then, and answered in a thread.
 */
#ifndef PLUTO_CREDS_H
#define PLUTO_CREDS_H

#include "certs.h"
#include "conf_secrets.h"
#include "engine.h"

/*
 * Reads secrets, private keys, CAs and CRLs anew. On error (of ipsec.secrets itself) what was there
 * stays. The number of secrets and keys, or -errno.
 */
int creds_load(const char *secrets, const char *dir, bool strict, conf_report_fn report, void *ctx);
/* The same for CAs and CRLs alone: 0 or -ENOMEM. */
int creds_load_trust(const char *dir, bool strict, conf_report_fn report, void *ctx);
unsigned int creds_secrets(void);
const struct trust *creds_trust(void);
void creds_free(void);
/* Whether ipsec.secrets has the private key of @pub, or of the RSA key in @blob (RFC 3110). */
bool creds_has_private(const EVP_PKEY *pub);
bool creds_has_private_rsa(const uint8_t *blob, size_t len);

/* What a conn names: read when it is loaded. */
struct conn_creds {
	const struct conf_end *us, *peer;
	const struct cert *our_cert, *peer_cert; /* or NULL */
};

/* A certificate by the name that ipsec.conf gives it, a PKCS#12 file of ipsec.secrets included. NULL and @why. */
struct cert *creds_cert(const char *name, const char *dir, char why[CERT_WHY]);

/* struct ike_env's .ppk, of those that are among @names (ppk-ids=, "": any). */
bool creds_ppk(const char *names, const struct ike_id *me, const struct ike_id *peer, const uint8_t *id, size_t id_len,
	       struct ike_ppk *out);

struct auth_job;

/* In the loop. NULL: @err says why not, and @why, unless it is "". @conn may be NULL: pre-shared keys only. */
struct auth_job *auth_job_new(const struct ike_action *a, const struct conn_creds *conn, int *err, char why[CERT_WHY]);
/* In any thread: 0 or -errno, then auth_job_result() is the text for ike_result(), or what AUTH_MAKE made. */
int auth_job_do(struct auth_job *job);
const uint8_t *auth_job_result(const struct auth_job *job, size_t *len);
void auth_job_free(struct auth_job *job);

#endif
