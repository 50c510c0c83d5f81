// SPDX-License-Identifier: GPL-2.0
/* SAIDs: which SA, as text and as PF_KEY says it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <klips/pfkey.h>

#include "said.h"
#include "value.h"

static const struct {
	const char *name;
	uint8_t proto;
	uint8_t satype;
} protos[] = {
	{ "esp", IPPROTO_ESP, SADB_SATYPE_ESP },
	{ "ah", IPPROTO_AH, SADB_SATYPE_AH },
	{ "comp", IPPROTO_COMP, SADB_X_SATYPE_IPCOMP },
	{ "tun", IPPROTO_IPIP, KLIPS_SATYPE_IPIP },
	{ "int", SA_PROTO_INT, KLIPS_SATYPE_INT },
};

#define N_PROTOS (sizeof(protos) / sizeof(protos[0]))

/* In the order of their pseudo SPIs. */
static const struct {
	const char *name;
	enum klips_target target;
} shunts[] = {
	{ "%pass", KLIPS_TARGET_PASS },
	{ "%drop", KLIPS_TARGET_DROP },
	{ "%reject", KLIPS_TARGET_REJECT },
	{ "%hold", KLIPS_TARGET_HOLD },
	{ "%trap", KLIPS_TARGET_TRAP },
	{ "%trapsubnet", KLIPS_TARGET_TRAPSUBNET },
};

#define N_SHUNTS (sizeof(shunts) / sizeof(shunts[0]))

const char *sa_proto_name(uint8_t proto)
{
	for (size_t i = 0; i < N_PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	return NULL;
}

const char *sa_proto_parse(const char *text, uint8_t *proto)
{
	for (size_t i = 0; i < N_PROTOS; i++) {
		if (!strcmp(protos[i].name, text)) {
			*proto = protos[i].proto;
			return NULL;
		}
	}
	return "not one of esp, ah, comp, tun, int";
}

uint8_t sa_proto_satype(uint8_t proto)
{
	for (size_t i = 0; i < N_PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].satype;
	return SADB_SATYPE_UNSPEC;
}

uint8_t satype_sa_proto(uint8_t satype)
{
	for (size_t i = 0; i < N_PROTOS; i++)
		if (protos[i].satype == satype)
			return protos[i].proto;
	return 0;
}

enum klips_target said_target(const struct said *said)
{
	uint32_t spi = ntohl(said->spi);

	if (said->proto != SA_PROTO_INT)
		return KLIPS_TARGET_SA;
	if (spi < KLIPS_SPI_PASS || spi - KLIPS_SPI_PASS >= N_SHUNTS)
		return KLIPS_TARGET_NONE;
	return shunts[spi - KLIPS_SPI_PASS].target;
}

struct said said_of_target(enum klips_target target, int family)
{
	struct said said = { .dst = addr_any(family), .proto = SA_PROTO_INT };

	for (size_t i = 0; i < N_SHUNTS; i++)
		if (shunts[i].target == target)
			said.spi = htonl(KLIPS_SPI_PASS + i);
	return said;
}

const char *target_name(enum klips_target target)
{
	for (size_t i = 0; i < N_SHUNTS; i++)
		if (shunts[i].target == target)
			return shunts[i].name;
	return target == KLIPS_TARGET_SA ? "SA" : "none";
}

const char *spi_parse(const char *text, uint32_t *spi)
{
	uint64_t n;

	if (number_parse(text, 0, UINT32_MAX, &n))
		return "SPI is not a number from 0 to 0xffffffff";
	*spi = htonl(n);
	return NULL;
}

/* The % forms. */
static const char *parse_keyword(const char *text, struct said *said)
{
	if (!strcmp(text, "%passthrough") || !strcmp(text, "%passthrough4") ||
	    !strcmp(text, "%passthrough6")) {
		*said = (struct said){ .proto = IPPROTO_IPIP };
		said->dst = addr_any(strchr(text, '6') ? AF_INET6 : AF_INET);
		return NULL;
	}
	for (size_t i = 0; i < N_SHUNTS; i++) {
		if (!strcmp(text, shunts[i].name)) {
			*said = said_of_target(shunts[i].target, AF_INET);
			return NULL;
		}
	}
	return "unknown % keyword";
}

/* The protocol in front; *@rest is what comes behind it. */
static bool parse_prefix(const char *text, uint8_t *proto, const char **rest)
{
	for (size_t i = 0; i < N_PROTOS; i++) {
		size_t len = strlen(protos[i].name);

		if (!strncmp(text, protos[i].name, len)) {
			*proto = protos[i].proto;
			*rest = text + len;
			return true;
		}
	}
	return false;
}

const char *said_parse(const char *text, struct said *said)
{
	struct said s = { 0 };
	int family = AF_UNSPEC;
	const char *at, *p, *err;
	char spi[16] = "";
	size_t skip = 0;

	if (!*text)
		return "empty string";
	if (*text == '%')
		return parse_keyword(text, said);
	if (strlen(text) < 5)
		return "too short to be an SAID";
	at = strchr(text, '@');
	if (!at)
		return "no @ in SAID";
	if (!parse_prefix(text, &s.proto, &p))
		return "SAID does not begin with esp, ah, comp, tun or int";
	if (*p == '.' || *p == ':') {
		family = *p++ == '.' ? AF_INET : AF_INET6;
		strcpy(spi, "0x");
		skip = 2;
	}
	if (p >= at)
		return "no SPI in SAID";
	if ((size_t)(at - p) >= sizeof(spi) - skip)
		return "SPI is not a number from 0 to 0xffffffff";
	memcpy(spi + skip, p, at - p);
	err = spi_parse(spi, &s.spi);
	if (!err)
		err = addr_parse(at + 1, family, &s.dst);
	if (!err)
		*said = s;
	return err;
}

/* The names that stand for a whole SAID, or NULL. */
static const char *keyword(const struct said *said, int format)
{
	enum klips_target target = said_target(said);

	if (said->proto == SA_PROTO_INT)
		return target == KLIPS_TARGET_NONE ? NULL : target_name(target);
	if (said->proto != IPPROTO_IPIP || said->spi || !addr_is_any(&said->dst))
		return NULL;
	if (said->dst.family == AF_INET6)
		return "%passthrough6";
	return format ? "%passthrough" : "%passthrough4";
}

char *said_format(const struct said *said, int format, char buf[SAID_TEXT])
{
	const char *name = sa_proto_name(said->proto), *word;
	uint32_t spi = ntohl(said->spi);
	char dst[ADDR_TEXT];

	word = keyword(said, format);
	addr_format(&said->dst, dst);
	if (!name)
		name = "unk";
	if (word)
		snprintf(buf, SAID_TEXT, "%s", word);
	else if (said->proto == SA_PROTO_INT && format == 'x')
		snprintf(buf, SAID_TEXT, "%%unk-%u", spi);
	else if (format == 'x')
		snprintf(buf, SAID_TEXT, "%s0x%x@%s", name, spi, dst);
	else if (format == 'd')
		snprintf(buf, SAID_TEXT, "%s%u@%s", name, spi, dst);
	else
		snprintf(buf, SAID_TEXT, "%s%c%x@%s", name,
			 said->dst.family == AF_INET6 ? ':' : '.', spi, dst);
	return buf;
}

int said_cmp(const struct said *a, const struct said *b)
{
	int order = addr_cmp(&a->dst, &b->dst);

	if (order)
		return order;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->spi != b->spi)
		return ntohl(a->spi) < ntohl(b->spi) ? -1 : 1;
	return 0;
}

bool said_equal(const struct said *a, const struct said *b)
{
	return !said_cmp(a, b);
}
