// SPDX-License-Identifier: GPL-2.0
/* Whether a peer's certificate is good, and for the id that comes with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "certs.h"
#include "certs_trust.h"
#include "dn.h"
#include "ike_sign.h"

#define DEPTH 7				/* CAs one above another */
#define SECURITY 2			/* libcrypto's level: 112 bits, so no SHA-1 and no RSA below 2048 */
#define NAME_TEXT 200

/* ---- text ---- */

static const char *name_text(const X509_NAME *name, char buf[NAME_TEXT])
{
	const unsigned char *der;
	size_t len;

	if (!name || !X509_NAME_get0_der(name, &der, &len))
		return "(no name)";
	return dn_format(der, len, buf, NAME_TEXT);
}

static const char *time_text(const ASN1_TIME *t, char buf[32])
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm) || !strftime(buf, 32, "%Y-%m-%d %H:%M UTC", &tm))
		return "an unknown time";
	return buf;
}

/* What is wrong with @x of the chain, so that somebody can mend it. */
static void chain_why(X509_STORE_CTX *ctx, char why[CERT_WHY])
{
	int err = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	char subject[NAME_TEXT], issuer[NAME_TEXT], when[32];
	const char *whose = depth > 0 ? "the CA certificate" : "the certificate", *name;

	name = x ? name_text(X509_get_subject_name(x), subject) : "(none)";
	if (x)
		name_text(X509_get_issuer_name(x), issuer);
	else
		issuer[0] = '\0';
	switch (err) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		snprintf(why, CERT_WHY, "%s \"%s\" has expired (%s)", whose, name, time_text(x ? X509_get0_notAfter(x) : NULL, when));
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(why, CERT_WHY, "%s \"%s\" is valid from %s only; is the clock right?", whose, name,
			 time_text(x ? X509_get0_notBefore(x) : NULL, when));
		break;
	case X509_V_ERR_CERT_REVOKED:
		snprintf(why, CERT_WHY, "%s \"%s\" is revoked, says the CRL of its CA", whose, name);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		snprintf(why, CERT_WHY, "%s \"%s\" is of the CA \"%s\", which is not among those in /etc/ipsec.d/cacerts", whose,
			 name, issuer);
		break;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
		snprintf(why, CERT_WHY, "there is no current CRL of \"%s\" in /etc/ipsec.d/crls, and strictcrlpolicy=yes asks for one",
			 issuer);
		break;
	default:
		snprintf(why, CERT_WHY, "%s \"%s\": %s", whose, name, X509_verify_cert_error_string(err));
	}
}

/* ---- the chain ---- */

/* A CRL that is missing or too old is an error only where strictcrlpolicy= says so. */
static int on_error(int ok, X509_STORE_CTX *ctx)
{
	const struct trust *t = X509_STORE_CTX_get_app_data(ctx);
	int err = X509_STORE_CTX_get_error(ctx);

	if (ok || t->strict || (err != X509_V_ERR_UNABLE_TO_GET_CRL && err != X509_V_ERR_CRL_HAS_EXPIRED))
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/* libcrypto lets some of old pass as CAs that do not say they are: here only what we trust by itself may. */
static bool issuers_ok(STACK_OF(X509) *chain, char why[CERT_WHY])
{
	char name[NAME_TEXT];
	int i;

	for (i = 1; i + 1 < sk_X509_num(chain); i++) {
		if (X509_check_ca(sk_X509_value(chain, i)) == 1)
			continue;
		snprintf(why, CERT_WHY, "the certificate \"%s\" issued another but is that of no CA",
			 name_text(X509_get_subject_name(sk_X509_value(chain, i)), name));
		return false;
	}
	return true;
}

static bool below_ca(STACK_OF(X509) *chain, const struct cert_question *q, char why[CERT_WHY])
{
	char want[NAME_TEXT], got[NAME_TEXT];
	const unsigned char *der;
	size_t len;
	int i;

	if (q->ca_kind == CONF_CA_ANY)
		return true;
	for (i = 1; i < sk_X509_num(chain); i++)
		if (X509_NAME_get0_der(X509_get_subject_name(sk_X509_value(chain, i)), &der, &len) &&
		    dn_match(q->ca, q->ca_len, der, len, true))
			return true;
	snprintf(why, CERT_WHY, "its certificate is of the CA \"%s\", the conn wants one below \"%s\" (leftca=, rightca=)",
		 name_text(X509_get_issuer_name(sk_X509_value(chain, 0)), got),
		 dn_format(q->ca, q->ca_len, want, sizeof(want)));
	return false;
}

static bool chain_ok(X509 *x, STACK_OF(X509) *others, const struct cert_question *q, char why[CERT_WHY])
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	bool ok = false;

	if (!ctx || !X509_STORE_CTX_init(ctx, q->trust->store, x, others)) {
		snprintf(why, CERT_WHY, "out of memory");
		X509_STORE_CTX_free(ctx);
		return false;
	}
	if (q->trust->n_crls || q->trust->strict)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_depth(param, DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY);
	X509_STORE_CTX_set_app_data(ctx, q->trust);
	X509_STORE_CTX_set_verify_cb(ctx, on_error);
	if (X509_verify_cert(ctx) == 1)
		ok = issuers_ok(X509_STORE_CTX_get0_chain(ctx), why) &&
		     below_ca(X509_STORE_CTX_get0_chain(ctx), q, why);
	else
		chain_why(ctx, why);
	X509_STORE_CTX_free(ctx);
	return ok;
}

/* ---- what it may be used for, RFC 4945 5.1.3 ---- */

static bool for_ike(X509 *x)
{
	static const int nids[] = { NID_anyExtendedKeyUsage, NID_ipsec_IKE, NID_server_auth, NID_client_auth,
		NID_ipsecEndSystem, NID_ipsecTunnel, NID_ipsecUser };
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	bool ok = !eku;
	size_t j;
	int i;

	for (i = 0; eku && i < sk_ASN1_OBJECT_num(eku); i++)
		for (j = 0; j < sizeof(nids) / sizeof(nids[0]); j++)
			ok |= OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i)) == nids[j];
	EXTENDED_KEY_USAGE_free(eku);
	return ok;
}

static bool usage_ok(X509 *x, char why[CERT_WHY])
{
	if (!(X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		snprintf(why, CERT_WHY, "its certificate may not sign: keyUsage has neither digitalSignature nor nonRepudiation");
	else if (!for_ike(x))
		snprintf(why, CERT_WHY, "its certificate is not for IKE: extendedKeyUsage has none of ipsecIKE, serverAuth, clientAuth, any");
	else
		return true;
	return false;
}

/* ---- whose it is ---- */

static bool same_string(const ASN1_STRING *s, const struct conf_id *id)
{
	return (size_t)ASN1_STRING_length(s) == id->len && !memchr(id->data, 0, id->len) &&
	       !strncasecmp((const char *)ASN1_STRING_get0_data(s), (const char *)id->data, id->len);
}

static bool alt_name_is(const GENERAL_NAME *g, const struct conf_id *id)
{
	switch (id->type) {
	case CONF_ID_FQDN:
		return g->type == GEN_DNS && same_string(g->d.dNSName, id);
	case CONF_ID_RFC822:
		return g->type == GEN_EMAIL && same_string(g->d.rfc822Name, id);
	case CONF_ID_IPV4:
	case CONF_ID_IPV6:
		return g->type == GEN_IPADD && ASN1_STRING_length(g->d.iPAddress) == id->len &&
		       !memcmp(ASN1_STRING_get0_data(g->d.iPAddress), id->data, id->len);
	default:
		return false;
	}
}

/* One of its other names as text that can be read; "" for kinds that are no id. */
static void alt_name_text(const GENERAL_NAME *g, char buf[CONF_ID_TEXT])
{
	const ASN1_STRING *s = g->type == GEN_DNS ? g->d.dNSName : g->type == GEN_EMAIL ? g->d.rfc822Name :
			       g->type == GEN_IPADD ? g->d.iPAddress : NULL;
	struct conf_id id = { 0 };
	size_t len = s ? ASN1_STRING_length(s) : 0;

	buf[0] = '\0';
	if (!len || len > sizeof(id.data))
		return;
	id.type = g->type == GEN_DNS ? CONF_ID_FQDN : g->type == GEN_EMAIL ? CONF_ID_RFC822 :
		  len == 4 ? CONF_ID_IPV4 : CONF_ID_IPV6;
	id.len = len;
	memcpy(id.data, ASN1_STRING_get0_data(s), len);
	conf_id_format(&id, buf);
}

static void add_text(char *to, size_t size, const char *text)
{
	size_t len = strlen(to);

	if (text[0])
		snprintf(to + len, size - len, "%s%.100s", len ? ", " : "", text);
}

static bool names(X509 *x, const struct conf_id *id, char why[CERT_WHY])
{
	GENERAL_NAMES *alts = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	char want[CONF_ID_TEXT], text[CONF_ID_TEXT], list[300] = "", subject[NAME_TEXT];
	const unsigned char *der;
	bool ok = false;
	size_t len;
	int i;

	if (id->type == CONF_ID_DN && X509_NAME_get0_der(X509_get_subject_name(x), &der, &len))
		ok = dn_match(id->data, id->len, der, len, false);
	for (i = 0; alts && i < sk_GENERAL_NAME_num(alts); i++) {
		ok |= alt_name_is(sk_GENERAL_NAME_value(alts, i), id);
		alt_name_text(sk_GENERAL_NAME_value(alts, i), text);
		add_text(list, sizeof(list), text);
	}
	GENERAL_NAMES_free(alts);
	if (!ok)
		snprintf(why, CERT_WHY, "its certificate \"%.150s\" is not for %.150s but for %.220s",
			 name_text(X509_get_subject_name(x), subject), conf_id_format(id, want), list[0] ? list : "no other name (subjectAltName)");
	return ok;
}

/* ---- all of it ---- */

/* @der is one certificate and nothing else. */
static X509 *parse(const struct ike_bytes *der)
{
	const unsigned char *at = der->p;
	X509 *x = d2i_X509(NULL, &at, der->len);

	if (x && at == der->p + der->len)
		return x;
	X509_free(x);
	return NULL;
}

static STACK_OF(X509) *others_of(const struct cert_question *q)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	unsigned int i;
	X509 *x;

	for (i = 1; list && i < q->n; i++) {
		x = parse(&q->certs[i]);
		if (x && !sk_X509_push(list, x))
			X509_free(x);
	}
	return list;
}

static EVP_PKEY *key_of(X509 *x, char why[CERT_WHY])
{
	EVP_PKEY *key = X509_get_pubkey(x);
	const char *wrong = key ? sig_key_wrong(key) : "a key that libcrypto does not know";

	if (!wrong)
		return key;
	snprintf(why, CERT_WHY, "its certificate has %s", wrong);
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *cert_check(const struct cert_question *q, char why[CERT_WHY])
{
	X509 *x = q->n ? parse(&q->certs[0]) : NULL;
	STACK_OF(X509) *others;
	EVP_PKEY *key = NULL;

	if (!x) {
		snprintf(why, CERT_WHY, "it sent a certificate that is malformed");
		ERR_clear_error();
		return NULL;
	}
	others = others_of(q);
	snprintf(why, CERT_WHY, "no CA is loaded from /etc/ipsec.d/cacerts");
	if (q->trust && (q->trust->n_cas || q->trust->strict) && chain_ok(x, others, q, why) && usage_ok(x, why) &&
	    names(x, &q->id, why))
		key = key_of(x, why);
	sk_X509_pop_free(others, X509_free);
	X509_free(x);
	ERR_clear_error();
	return key;
}

EVP_PKEY *cert_pinned_key(const X509 *x, char why[CERT_WHY])
{
	char name[NAME_TEXT], when[32];

	name_text(X509_get_subject_name(x), name);
	if (X509_cmp_current_time(X509_get0_notAfter(x)) <= 0)
		snprintf(why, CERT_WHY, "the certificate \"%s\" that ipsec.conf names has expired (%s)", name,
			 time_text(X509_get0_notAfter(x), when));
	else if (X509_cmp_current_time(X509_get0_notBefore(x)) >= 0)
		snprintf(why, CERT_WHY, "the certificate \"%s\" that ipsec.conf names is valid from %s only", name,
			 time_text(X509_get0_notBefore(x), when));
	else
		return key_of((X509 *)x, why);
	return NULL;
}
