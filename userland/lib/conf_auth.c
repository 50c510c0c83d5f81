// SPDX-License-Identifier: GPL-2.0
/* Values of ipsec.conf that say who somebody is and what proves it. */
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_value.h"
#include "ttodata.h"

static const struct {
	const char *name;
	uint32_t bits;
} methods[] = {
	{ "secret", CONF_AUTHBY_SECRET },
	{ "psk", CONF_AUTHBY_SECRET },
	{ "rsasig", CONF_AUTHBY_RSA },
	{ "rsa", CONF_AUTHBY_RSA },
	{ "rsa-sha1", CONF_AUTHBY_RSA_SHA1 },
	{ "rsa-sha2", CONF_AUTHBY_RSA },
	{ "rsa-sha2_256", CONF_AUTHBY_RSA_SHA2_256 },
	{ "rsa-sha2_384", CONF_AUTHBY_RSA_SHA2_384 },
	{ "rsa-sha2_512", CONF_AUTHBY_RSA_SHA2_512 },
	{ "ecdsa", CONF_AUTHBY_ECDSA },
	{ "ecdsa-sha2", CONF_AUTHBY_ECDSA },
	{ "ecdsa-sha2_256", CONF_AUTHBY_ECDSA_SHA2_256 },
	{ "ecdsa-sha2_384", CONF_AUTHBY_ECDSA_SHA2_384 },
	{ "ecdsa-sha2_512", CONF_AUTHBY_ECDSA_SHA2_512 },
	{ "eddsa", CONF_AUTHBY_EDDSA },
	{ "null", CONF_AUTHBY_NULL },
};

static uint32_t method_bits(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strlen(methods[i].name) == len && !strncasecmp(methods[i].name, word, len))
			return methods[i].bits;
	return 0;
}

/* Words with "|", "," or "+" between them. 0: one of them is not known. */
static uint32_t methods_bits(const char *text)
{
	uint32_t bits = 0, more;
	size_t len;

	for (;;) {
		len = strcspn(text, "|,+");
		more = method_bits(text, len);
		if (!more)
			return 0;
		bits |= more;
		if (!text[len])
			return bits;
		text += len + 1;
	}
}

const char *conf_value_endauth(const char *text, void *field)
{
	uint32_t bits = methods_bits(text);

	if (bits & CONF_AUTHBY_NULL && bits != CONF_AUTHBY_NULL)
		return "null beside others: who may prove nothing does not have to prove anything; expected null alone, or none of it";
	if (!bits && !strncasecmp(text, "eap", 3))
		return "EAP is not built; expected secret, rsasig, ecdsa or eddsa";
	if (!bits)
		return "expected secret, rsasig (or rsa-sha2_256, rsa-sha2_384, rsa-sha2_512), rsa-sha1, ecdsa (or ecdsa-sha2_256 ...), eddsa, null, or several with | between them";
	*(uint32_t *)field = bits;
	return NULL;
}

const char *conf_value_authby(const char *text, void *field)
{
	const char *wrong;

	if (!strcasecmp(text, "never")) {
		*(uint32_t *)field = CONF_AUTHBY_NEVER;
		return NULL;
	}
	wrong = conf_value_endauth(text, field);
	return wrong && !strncmp(wrong, "expected", 8) ?
	       "expected secret, rsasig (or rsa-sha2_256, rsa-sha2_384, rsa-sha2_512), rsa-sha1, ecdsa (or ecdsa-sha2_256 ...), eddsa, null, several of these with | between them, or never (with type=passthrough, drop or reject)" : wrong;
}

const char *conf_value_pubkey(const char *text, void *field)
{
	struct conf_pubkey *key = field, fresh;
	struct rsa_public rsa;
	const char *wrong;
	size_t len;

	memset(&fresh, 0, sizeof(fresh));
	if (!strcasecmp(text, "%none")) {
		fresh.kind = CONF_PUBKEY_NONE;
	} else if (!strcasecmp(text, "%cert")) {
		fresh.kind = CONF_PUBKEY_CERT;
	} else if (!strncasecmp(text, "%dns", 4)) {
		return "keys are not looked up in the DNS; expected 0s and base64 as \"ipsec showhostkey\" prints it, %cert or %none";
	} else {
		if (text[0] != '0' || !text[1] || !strchr("sSxX", text[1]))
			return "expected 0s and base64 (or 0x and hexadecimal digits) of an RSA key as \"ipsec showhostkey\" prints it, %cert or %none";
		wrong = ttodata(text, fresh.data, sizeof(fresh.data), &len);
		if (!wrong)
			wrong = rsa_public_parse(fresh.data, len, &rsa);
		if (wrong)
			return wrong;
		fresh.kind = CONF_PUBKEY_RSA;
		fresh.len = len;
	}
	*key = fresh;
	return NULL;
}

const char *conf_value_cert(const char *text, void *field)
{
	size_t len = strlen(text);

	if (!len || len >= CONF_PATH_MAX || text[0] == '%')
		return "expected the name of a certificate's file in /etc/ipsec.d/certs, or its path";
	memset(field, 0, CONF_PATH_MAX);
	memcpy(field, text, len);
	return NULL;
}

const char *conf_value_sendcert(const char *text, void *field)
{
	uint8_t *send = field;

	if (!strcasecmp(text, "always") || !strcasecmp(text, "alwayssend") || !strcasecmp(text, "yes"))
		*send = CONF_SENDCERT_ALWAYS;
	else if (!strcasecmp(text, "sendifasked") || !strcasecmp(text, "ifasked"))
		*send = CONF_SENDCERT_ASKED;
	else if (!strcasecmp(text, "never") || !strcasecmp(text, "no"))
		*send = CONF_SENDCERT_NEVER;
	else
		return "expected always, sendifasked or never";
	return NULL;
}

const char *conf_value_ca(const char *text, void *field)
{
	struct conf_ca *ca = field, fresh;
	const char *wrong;

	memset(&fresh, 0, sizeof(fresh));
	if (!strcasecmp(text, "%same")) {
		fresh.kind = CONF_CA_SAME;
	} else if (strcasecmp(text, "%any")) {
		wrong = strchr(text, '=') ? conf_id_parse(text, &fresh.name) : "expected the name of a CA (\"C=AT, O=Example, CN=CA\"), %same or %any";
		if (wrong)
			return wrong;
		if (fresh.name.type != CONF_ID_DN)
			return "expected the name of a CA (\"C=AT, O=Example, CN=CA\"), %same or %any";
		fresh.kind = CONF_CA_NAME;
	}
	*ca = fresh;
	return NULL;
}
