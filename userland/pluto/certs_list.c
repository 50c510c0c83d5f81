// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "certs.h"
#include "certs_trust.h"

/* 0: not said, or nothing that is a time. */
static int64_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

static void number_text(const ASN1_INTEGER *number, char *buf, size_t size)
{
	BIGNUM *bn = number ? ASN1_INTEGER_to_BN(number, NULL) : NULL;
	char *text = bn ? BN_bn2hex(bn) : NULL;

	snprintf(buf, size, "%s", text ? text : "");
	OPENSSL_free(text);
	BN_free(bn);
}

void cert_describe(const X509 *x, struct ctl_item *item)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);

	cert_name(X509_get_subject_name(x), &item->subject);
	cert_name(X509_get_issuer_name(x), &item->issuer);
	number_text(X509_get0_serialNumber(x), item->serial, sizeof(item->serial));
	if (key)
		snprintf(item->key, sizeof(item->key), "%d %s", EVP_PKEY_get_bits(key), EVP_PKEY_get0_type_name(key));
	item->from = seconds(X509_get0_notBefore(x));
	item->until = seconds(X509_get0_notAfter(x));
}

static void crl_describe(X509_CRL *crl, struct ctl_item *item)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);

	cert_name(X509_CRL_get_issuer(crl), &item->issuer);
	number_text(number, item->serial, sizeof(item->serial));
	item->from = seconds(X509_CRL_get0_lastUpdate(crl));
	item->until = seconds(X509_CRL_get0_nextUpdate(crl));
	item->revoked = revoked ? sk_X509_REVOKED_num(revoked) : 0;
	ASN1_INTEGER_free(number);
}

void trust_each(const struct trust *t, unsigned int kinds, void (*fn)(void *ctx, const struct ctl_item *item), void *ctx)
{
	STACK_OF(X509_OBJECT) *objects = t ? X509_STORE_get0_objects(t->store) : NULL;
	struct ctl_item item;
	X509_OBJECT *o;
	int i;

	for (i = 0; objects && i < sk_X509_OBJECT_num(objects); i++) {
		o = sk_X509_OBJECT_value(objects, i);
		memset(&item, 0, sizeof(item));
		if (X509_OBJECT_get_type(o) == X509_LU_X509 && kinds & CTL_LIST_CACERTS) {
			item.kind = CTL_LIST_CACERTS;
			cert_describe(X509_OBJECT_get0_X509(o), &item);
			fn(ctx, &item);
		} else if (X509_OBJECT_get_type(o) == X509_LU_CRL && kinds & CTL_LIST_CRLS) {
			item.kind = CTL_LIST_CRLS;
			crl_describe(X509_OBJECT_get0_X509_CRL(o), &item);
			fn(ctx, &item);
		}
	}
}
