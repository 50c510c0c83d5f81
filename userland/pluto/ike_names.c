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

/* What we have, and what peers of this world may offer besides. */
#define IKE_X_ENCR(constant, number, name, ...) { number, name },
#define IKE_X_PRF(constant, prf, integ, name, ...) { prf, name },
#define IKE_X_INTEG(constant, prf, integ, name, ...) { integ, name },

static const struct name encrs[] = {
	IKEALG_ENCRS(IKE_X_ENCR)
	{ 18, "aes_gcm_8_" }, { 19, "aes_gcm_12_" }, { 23, "camellia" },
};

static const struct name prfs[] = {
	IKEALG_HASHES(IKE_X_PRF)
	{ 1, "md5" }, { 4, "aes_xcbc" }, { 8, "aes_cmac" },
};

static const struct name integs[] = {
	IKEALG_HASHES(IKE_X_INTEG)
	{ INTEG_NONE, "none" }, { 1, "md5" }, { 5, "aes_xcbc" }, { 8, "aes_cmac" },
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
	static char text[8][40];
	static unsigned int turn;
	const char *name = NULL;

	if (type == TRANS_ENCR)
		name = find(encrs, COUNT(encrs), id);
	else if (type == TRANS_PRF)
		name = find(prfs, COUNT(prfs), id);
	else if (type == TRANS_INTEG)
		name = find(integs, COUNT(integs), id);
	turn = (turn + 1) % 8;
	if (type >= TRANS_ADDKE1 && type <= TRANS_ADDKE7 && !id)
		snprintf(text[turn], sizeof(text[turn]), "ke%u_none", type - TRANS_ADDKE1 + 1);
	else if (type >= TRANS_ADDKE1 && type <= TRANS_ADDKE7 && ikealg_kem_name(id))
		snprintf(text[turn], sizeof(text[turn]), "ke%u_%s", type - TRANS_ADDKE1 + 1, ikealg_kem_name(id));
	else if (type >= TRANS_ADDKE1 && type <= TRANS_ADDKE7)
		snprintf(text[turn], sizeof(text[turn]), "ke%u_dh%u", type - TRANS_ADDKE1 + 1, id);
	else if (type == TRANS_DH && ikealg_kem_name(id))
		snprintf(text[turn], sizeof(text[turn]), "%s", ikealg_kem_name(id));
	else if (type == TRANS_DH)
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
