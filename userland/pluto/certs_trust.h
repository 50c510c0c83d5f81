/* SPDX-License-Identifier: GPL-2.0 */
/* What certs.c loads and certs_check.c uses. */
#ifndef PLUTO_CERTS_TRUST_H
#define PLUTO_CERTS_TRUST_H

#include <stdatomic.h>
#include <stdbool.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "conf.h"

struct trust {
	atomic_uint refs;
	X509_STORE *store;
	bool strict;			/* every issuer must have a current CRL */
	unsigned int n_cas, n_crls;
	uint8_t *hashes;
	size_t hashes_len;
};

/* As an id; false: it has nothing in it, or too much for one. */
bool cert_name(const X509_NAME *name, struct conf_id *id);

#endif
