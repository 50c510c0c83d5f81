// SPDX-License-Identifier: GPL-2.0
/*
 * What both sides of IKE_AUTH need for signatures: RFC 7427's hash algorithms, certificates (RFC 7296
 * 3.6, 3.7), what the peer may authenticate with. Certificates are bytes here, nobody looks into them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

#define CERT_X509 4			/* X.509 Certificate - Signature */
#define CA_HASH 20

/* ---- what is allowed ---- */

bool auth_method_ok(const struct ike_conn *conn, uint8_t method)
{
	uint32_t allowed = conn->cfg.auth_peer;

	switch (method) {
	case AUTH_PSK:
		return allowed & IKE_AUTHBY_PSK;
	case AUTH_NULL:
		return allowed & IKE_AUTHBY_NULL;
	case AUTH_RSA:
		return allowed & IKE_AUTHBY_RSA_SHA1;
	case AUTH_SIGNATURE:
		return allowed & IKE_AUTHBY_RFC7427;
	default:
		return false;
	}
}

const char *auth_expected(const struct ike_conn *conn)
{
	uint32_t allowed = conn->cfg.auth_peer;

	if (allowed == IKE_AUTHBY_PSK)
		return "a pre-shared key";
	if (allowed == IKE_AUTHBY_NULL)
		return "nothing (authby=null)";
	if (allowed == IKE_AUTHBY_RSA_SHA1)
		return "an RSA signature with SHA-1";
	return allowed & IKE_AUTHBY_PSK ? "a pre-shared key or a digital signature (RFC 7427)" : "a digital signature (RFC 7427)";
}

bool auth_id_ok(const struct ike_id *id, uint8_t method)
{
	return id->type != ID_NULL || method == AUTH_NULL;
}

bool auth_same(const struct ike_conn *a, const struct ike_conn *b)
{
	return a == b || (a->cfg.ppk == b->cfg.ppk && a->cfg.auth_me == b->cfg.auth_me && a->cfg.auth_peer == b->cfg.auth_peer &&
			  ike_id_equal(&a->cfg.local_id, &b->cfg.local_id) &&
			  !memcmp(a->cfg.creds, b->cfg.creds, sizeof(a->cfg.creds)));
}

/* ---- hash algorithms ---- */

void w_hashes(struct ike_writer *w, uint32_t allowed)
{
	static const struct {
		uint32_t bits;
		uint16_t hash;
	} table[] = {
		{ IKE_AUTHBY_RSA_SHA2_256 | IKE_AUTHBY_ECDSA_SHA2_256, 2 },
		{ IKE_AUTHBY_RSA_SHA2_384 | IKE_AUTHBY_ECDSA_SHA2_384, 3 },
		{ IKE_AUTHBY_RSA_SHA2_512 | IKE_AUTHBY_ECDSA_SHA2_512, 4 },
		{ IKE_AUTHBY_EDDSA, 5 },	/* RFC 8420: identity */
	};
	uint8_t data[8];
	size_t i, len = 0;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!(table[i].bits & allowed))
			continue;
		put_u16(data + len, table[i].hash);
		len += 2;
	}
	if (len)
		w_notify(w, N_SIGNATURE_HASH_ALGORITHMS, data, len);
}

/* ---- certificates ---- */

int ike_set_cas(struct ike_engine *e, const uint8_t *hashes, size_t len)
{
	uint8_t *copy;

	len = len < IKE_MAX_CAS * CA_HASH ? len - len % CA_HASH : IKE_MAX_CAS * CA_HASH;
	copy = malloc(len ? len : 1);
	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, hashes, len);
	free(e->cas);
	e->cas = copy;
	e->cas_len = len;
	return 0;
}

void w_certreq(struct ike_writer *w, const struct ike_engine *e)
{
	if (!e->cas_len)
		return;
	w_begin(w, PLD_CERTREQ);
	w_u8(w, CERT_X509);
	w_bytes(w, e->cas, e->cas_len);
	w_end(w);
}

unsigned int auth_certs(const struct ike_payloads *in, struct view certs[IKE_MAX_CERTS])
{
	unsigned int i, n = 0;
	struct view body;

	for (i = 0; i < in->n && n < IKE_MAX_CERTS; i++) {
		body = in->list[i].body;
		if (in->list[i].type == PLD_CERT && body.len > 1 && body.p[0] == CERT_X509 && body.len <= IKE_MAX_CERT)
			certs[n++] = (struct view){ body.p + 1, body.len - 1 };
	}
	return n;
}

void auth_note(struct ike_sa *sa, const struct ike_payloads *in)
{
	struct ike_notify n;
	uint16_t hash;
	unsigned int i;
	size_t at;

	if (ike_notify_find(in, N_SIGNATURE_HASH_ALGORITHMS, &n)) {
		sa->peer_hashes = 0;
		for (at = 0; at + 2 <= n.data.len; at += 2) {
			hash = get_u16(n.data.p + at);
			if (hash < 32)
				sa->peer_hashes |= 1u << hash;
		}
	}
	for (i = 0; i < in->n; i++)
		if (in->list[i].type == PLD_CERTREQ && in->list[i].body.len && in->list[i].body.p[0] == CERT_X509)
			sa->cert_asked = true;
}

/* ---- the result of IKE_AUTH_MAKE: method, number of certificates, then each with its length in front ---- */

static bool put_bytes(uint8_t *buf, size_t size, size_t *at, const uint8_t *p, size_t len)
{
	if (len > UINT16_MAX || size - *at < 2 || size - *at - 2 < len)
		return false;
	put_u16(buf + *at, len);
	if (len)
		memcpy(buf + *at + 2, p, len);
	*at += 2 + len;
	return true;
}

size_t ike_made_put(uint8_t *buf, size_t size, uint8_t method, const uint8_t *auth, size_t auth_len,
		    const struct ike_bytes *certs, unsigned int n_certs)
{
	size_t at = 2;
	unsigned int i;

	if (size < 2 || n_certs > IKE_MAX_CERTS || !put_bytes(buf, size, &at, auth, auth_len))
		return 0;
	buf[0] = method;
	buf[1] = n_certs;
	for (i = 0; i < n_certs; i++)
		if (!put_bytes(buf, size, &at, certs[i].p, certs[i].len))
			return 0;
	return at;
}

static bool get_bytes(const uint8_t *buf, size_t size, size_t *at, struct view *out)
{
	if (size - *at < 2)
		return false;
	out->len = get_u16(buf + *at);
	out->p = buf + *at + 2;
	if (size - *at - 2 < out->len)
		return false;
	*at += 2 + out->len;
	return true;
}

bool w_made_certs(struct ike_writer *w, const uint8_t *made, size_t len)
{
	struct view one;
	unsigned int i;
	size_t at = 2;

	if (len < 2 || !get_bytes(made, len, &at, &one))
		return false;
	for (i = 0; i < made[1]; i++) {
		if (!get_bytes(made, len, &at, &one))
			return false;
		w_begin(w, PLD_CERT);
		w_u8(w, CERT_X509);
		w_bytes(w, one.p, one.len);
		w_end(w);
	}
	return true;
}

bool auth_of_made(const uint8_t *made, size_t len, struct view *auth)
{
	size_t at = 2;

	return len >= 2 && get_bytes(made, len, &at, auth) && auth->len;
}

bool w_made_auth(struct ike_writer *w, const uint8_t *made, size_t len)
{
	struct view auth;

	if (!auth_of_made(made, len, &auth))
		return false;
	w_auth(w, made[0], auth.p, auth.len);
	return true;
}

const char *auth_why(const uint8_t *data, size_t len, const char *instead, char *buf, size_t size)
{
	if (!len)
		return instead;
	snprintf(buf, size, "%.*s", (int)(len < size ? len : size - 1), (const char *)data);
	return buf;
}
