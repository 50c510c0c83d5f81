// SPDX-License-Identifier: GPL-2.0
/* Numbers to names, for messages. */
#include <stddef.h>
#include <stdio.h>

#include "ike_names.h"

struct name {
	unsigned int number;
	const char *name;
};

#define IKE_X_NAME(name, number) { number, #name },

static const struct name exchanges[] = { IKE_EXCHANGES(IKE_X_NAME) };
static const struct name payloads[] = { IKE_PAYLOADS(IKE_X_NAME) };
static const struct name notifies[] = { IKE_NOTIFIES(IKE_X_NAME) };

static const struct name encrs[] = {
	{ 3, "3des" }, { ENCR_AES_CBC, "aes" }, { 11, "null" }, { 13, "aes_ctr" },
	{ 14, "aes_ccm_8" }, { 15, "aes_ccm_12" }, { 16, "aes_ccm_16" },
	{ 18, "aes_gcm_8_" }, { 19, "aes_gcm_12_" }, { ENCR_AES_GCM_16, "aes_gcm" },
	{ 21, "null_auth_aes_gmac" }, { 23, "camellia" }, { 28, "chacha20_poly1305" },
};

static const struct name prfs[] = {
	{ 1, "md5" }, { 2, "sha1" }, { 4, "aes_xcbc" }, { PRF_SHA2_256, "sha2_256" },
	{ PRF_SHA2_384, "sha2_384" }, { PRF_SHA2_512, "sha2_512" }, { 8, "aes_cmac" },
};

static const struct name integs[] = {
	{ 0, "none" }, { 1, "md5" }, { 2, "sha1" }, { 5, "aes_xcbc" }, { 8, "aes_cmac" },
	{ INTEG_SHA2_256, "sha2_256" }, { INTEG_SHA2_384, "sha2_384" },
	{ INTEG_SHA2_512, "sha2_512" },
};

static const struct name auths[] = {
	{ AUTH_RSA, "an RSA signature" }, { AUTH_PSK, "a pre-shared key" },
	{ AUTH_DSS, "a DSS signature" }, { 9, "an ECDSA signature" },
	{ 10, "an ECDSA signature" }, { 11, "an ECDSA signature" },
	{ 13, "NULL authentication" }, { AUTH_SIGNATURE, "a digital signature (RFC 7427)" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *find(const struct name *list, size_t n, unsigned int number)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].number == number)
			return list[i].name;
	return NULL;
}

static const char *find_or_number(const struct name *list, size_t n, unsigned int number,
				  const char *what)
{
	static char text[4][32];
	static unsigned int turn;
	const char *name = find(list, n, number);

	if (name)
		return name;
	turn = (turn + 1) % 4;
	snprintf(text[turn], sizeof(text[turn]), "%s %u", what, number);
	return text[turn];
}

const char *ike_exchange_name(unsigned int exchange)
{
	return find_or_number(exchanges, COUNT(exchanges), exchange, "exchange");
}

const char *ike_payload_name(unsigned int type)
{
	return find_or_number(payloads, COUNT(payloads), type, "payload");
}

const char *ike_notify_name(unsigned int type)
{
	return find_or_number(notifies, COUNT(notifies), type, "notify");
}

const char *ike_auth_name(unsigned int method)
{
	return find_or_number(auths, COUNT(auths), method, "method");
}

const char *ike_transform_name(unsigned int type, unsigned int id, unsigned int keylen)
{
	static char text[4][40];
	static unsigned int turn;
	const char *name = NULL;

	if (type == TRANS_ENCR)
		name = find(encrs, COUNT(encrs), id);
	else if (type == TRANS_PRF)
		name = find(prfs, COUNT(prfs), id);
	else if (type == TRANS_INTEG)
		name = find(integs, COUNT(integs), id);
	turn = (turn + 1) % 4;
	if (type == TRANS_DH)
		snprintf(text[turn], sizeof(text[turn]), "dh%u", id);
	else if (type == TRANS_ESN)
		snprintf(text[turn], sizeof(text[turn]), "%s", id ? "esn" : "noesn");
	else if (name && keylen)
		snprintf(text[turn], sizeof(text[turn]), "%s%u", name, keylen);
	else if (name)
		snprintf(text[turn], sizeof(text[turn]), "%s", name);
	else
		snprintf(text[turn], sizeof(text[turn]), "%u:%u", type, id);
	return text[turn];
}
