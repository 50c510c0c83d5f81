// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_value.h"
#include "value.h"

#define MTU_MIN 68			/* RFC 791 */
#define MTU_MAX 65535
#define LIFETIME_MAX 86400		/* seconds; the limit of KLIPS' pluto */

size_t conf_next_word(const char **text, char *word, size_t size)
{
	size_t len;

	*text += strspn(*text, " \t,");
	len = strcspn(*text, " \t,");
	if (len >= size) {
		word[0] = '\0';
		*text += len;
		return len;
	}
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return len;
}

/* Letters, digits, "-", "_" and single dots; the last part begins with a letter: 0x7f is an address to the C library. */
bool conf_host_name_ok(const char *text)
{
	size_t len = strlen(text), i, part = 0;
	bool letter = false;

	if (!len || len >= CONF_HOST_NAME)
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] == '.' ? !part : !isalnum((unsigned char)text[i]) && text[i] != '_' && (text[i] != '-' || !part))
			return false;
		part = text[i] == '.' ? 0 : part + 1;
		if (part == 1)
			letter = isalpha((unsigned char)text[i]);
		if (part > 63)
			return false;
	}
	return letter && part;
}

const char *conf_value_host(const char *text, void *field)
{
	struct conf_end *end = field;
	struct ip_addr addr;

	memset(&addr, 0, sizeof(addr));
	if (!strcasecmp(text, "%any")) {
		end->host = CONF_HOST_ANY;
	} else if (!strcasecmp(text, "%defaultroute")) {
		end->host = CONF_HOST_DEFAULTROUTE;
	} else if (!strncasecmp(text, "%oppo", 5) || !strncasecmp(text, "%group", 6)) {
		return "opportunistic encryption is not built yet; expected an address, %defaultroute or %any";
	} else {
		if (!addr_parse(text, AF_UNSPEC, &addr))
			end->host = addr_is_any(&addr) ? CONF_HOST_ANY : CONF_HOST_ADDR;
		else if (conf_host_name_ok(text))
			end->host = CONF_HOST_DNS;
		else
			return "expected an address, a name that has one, %defaultroute or %any";
	}
	end->addr = addr;
	memset(end->name, 0, sizeof(end->name));
	if (end->host == CONF_HOST_DNS)
		strcpy(end->name, text);
	return NULL;
}

const char *conf_value_nexthop(const char *text, void *field)
{
	struct conf_end *end = field;
	struct ip_addr addr;

	memset(&addr, 0, sizeof(addr));
	if (!strcasecmp(text, "%direct")) {
		end->nexthop = CONF_NEXTHOP_DIRECT;
	} else if (!strcasecmp(text, "%defaultroute")) {
		end->nexthop = CONF_NEXTHOP_DEFAULTROUTE;
	} else {
		if (addr_parse(text, AF_UNSPEC, &addr) || addr_is_any(&addr))
			return "expected a numeric address, %direct or %defaultroute";
		end->nexthop = CONF_NEXTHOP_ADDR;
	}
	end->nexthop_addr = addr;
	return NULL;
}

const char *conf_value_subnet(const char *text, void *field)
{
	struct conf_end *end = field;
	struct conf_vhost vhost;
	struct subnet subnet;
	const char *wrong;

	memset(&subnet, 0, sizeof(subnet));
	if (!strncasecmp(text, "vhost:", 6) || !strncasecmp(text, "vnet:", 5)) {
		wrong = conf_vhost_parse(text, &vhost);
		if (!wrong)
			strcpy(end->vhost, text);
		return wrong;
	}
	if (strpbrk(text, ", \t"))
		return "several subnets in subnet=; expected NET/BITS, or leftsubnets= (rightsubnets=) in place of it";
	if (subnet_parse(text, AF_UNSPEC, &subnet))
		return "expected NET/BITS, NET/NETMASK or an address";
	end->subnet = subnet;
	return NULL;
}

const char *conf_subnets_parse(const char *text, struct subnet list[CONF_SUBNETS], unsigned int *n)
{
	static const char expected[] = "expected one to 16 of NET/BITS, each once: {10.1.0.0/24 10.3.0.0/24}";
	char word[SUBNET_TEXT], inside[CONF_SUBNETS * (SUBNET_TEXT + 1)];
	size_t len = strlen(text);
	unsigned int i;

	/* Braces in quotes. */
	if (len > 2 && len < sizeof(inside) && text[0] == '{' && text[len - 1] == '}') {
		memcpy(inside, text + 1, len - 2);
		inside[len - 2] = '\0';
		text = inside;
	}
	*n = 0;
	while (conf_next_word(&text, word, sizeof(word))) {
		if (*n == CONF_SUBNETS)
			return expected;
		memset(&list[*n], 0, sizeof(list[*n]));
		if (subnet_parse(word, AF_UNSPEC, &list[*n]))
			return expected;
		for (i = 0; i < *n; i++)
			if (list[i].plen == list[*n].plen && addr_equal(&list[i].addr, &list[*n].addr))
				return expected;
		++*n;
	}
	return *n ? NULL : expected;
}

const char *conf_value_subnets(const char *text, void *field)
{
	struct subnet list[CONF_SUBNETS];
	unsigned int n;
	const char *wrong = conf_subnets_parse(text, list, &n);

	if (!wrong)
		*(uint8_t *)field = n;
	return wrong;
}

const char *conf_value_sourceip(const char *text, void *field)
{
	struct ip_addr addr;

	memset(&addr, 0, sizeof(addr));
	if (addr_parse(text, AF_UNSPEC, &addr) || addr_is_any(&addr))
		return "expected a numeric address";
	*(struct ip_addr *)field = addr;
	return NULL;
}

const char *conf_value_id(const char *text, void *field)
{
	struct conf_id *id = field;

	if (strcasecmp(text, "%fromcert"))
		return conf_id_parse(text, id);
	memset(id, 0, sizeof(*id));
	id->type = CONF_ID_FROMCERT;
	return NULL;
}

struct word {
	const char *text;
	uint8_t value;
};

/* The value of one of @n words: false where @text is none of them. */
static bool word_value(const struct word *words, unsigned int n, const char *text, uint8_t *value)
{
	for (; n; n--, words++) {
		if (strcasecmp(text, words->text))
			continue;
		*value = words->value;
		return true;
	}
	return false;
}

#define WORD_VALUE(words, text, field) word_value(words, sizeof(words) / sizeof((words)[0]), text, field)

const char *conf_value_auto(const char *text, void *field)
{
	static const struct word words[] = {
		{ "ignore", CONF_AUTO_IGNORE }, { "add", CONF_AUTO_ADD },
		{ "start", CONF_AUTO_START }, { "up", CONF_AUTO_START },
		{ "route", CONF_AUTO_ROUTE }, { "ondemand", CONF_AUTO_ROUTE },
	};

	return WORD_VALUE(words, text, field) ? NULL : "expected ignore, add, route or start";
}

const char *conf_value_type(const char *text, void *field)
{
	static const struct word words[] = {
		{ "tunnel", CONF_TUNNEL }, { "passthrough", CONF_PASSTHROUGH }, { "pass", CONF_PASSTHROUGH },
		{ "drop", CONF_DROP }, { "reject", CONF_REJECT }, { "transport", CONF_TRANSPORT },
	};

	return WORD_VALUE(words, text, field) ? NULL : "expected tunnel, transport, passthrough, drop or reject";
}

const char *conf_value_shunt(const char *text, void *field)
{
	static const struct word words[] = {
		{ "none", CONF_SHUNT_HOLD }, { "hold", CONF_SHUNT_HOLD },
		{ "passthrough", CONF_SHUNT_PASSTHROUGH }, { "pass", CONF_SHUNT_PASSTHROUGH },
		{ "drop", CONF_SHUNT_DROP }, { "reject", CONF_SHUNT_REJECT },
	};

	return WORD_VALUE(words, text, field) ? NULL : "expected none (the same as hold), passthrough, drop or reject";
}

const char *conf_value_family(const char *text, void *field)
{
	static const struct word words[] = {
		{ "ipv4", CONF_FAMILY_IPV4 }, { "v4", CONF_FAMILY_IPV4 }, { "inet", CONF_FAMILY_IPV4 },
		{ "ipv6", CONF_FAMILY_IPV6 }, { "v6", CONF_FAMILY_IPV6 }, { "inet6", CONF_FAMILY_IPV6 },
	};

	return WORD_VALUE(words, text, field) ? NULL : "expected ipv4 or ipv6";
}

const char *conf_value_frag(const char *text, void *field)
{
	static const struct word words[] = {
		{ "yes", CONF_FRAG_YES }, { "true", CONF_FRAG_YES }, { "on", CONF_FRAG_YES }, { "y", CONF_FRAG_YES },
		{ "1", CONF_FRAG_YES }, { "no", CONF_FRAG_NO }, { "false", CONF_FRAG_NO }, { "off", CONF_FRAG_NO },
		{ "n", CONF_FRAG_NO }, { "0", CONF_FRAG_NO }, { "force", CONF_FRAG_FORCE },
	};

	return WORD_VALUE(words, text, field) ? NULL : "expected yes, no or force";
}

const char *conf_value_ppk(const char *text, void *field)
{
	static const struct word words[] = {
		{ "no", CONF_PPK_NO }, { "never", CONF_PPK_NO }, { "off", CONF_PPK_NO }, { "false", CONF_PPK_NO },
		{ "yes", CONF_PPK_PROPOSE }, { "propose", CONF_PPK_PROPOSE }, { "permit", CONF_PPK_PROPOSE },
		{ "on", CONF_PPK_PROPOSE }, { "true", CONF_PPK_PROPOSE },
		{ "insist", CONF_PPK_INSIST }, { "always", CONF_PPK_INSIST },
	};

	return WORD_VALUE(words, text, field) ? NULL : "expected yes (or propose), no or insist";
}

/* Blanks around commas go. */
const char *conf_value_ppks(const char *text, void *field)
{
	static const char *const expected = "expected names of PPKS in ipsec.secrets, with commas between them";
	char out[CONF_PPKS_MAX];
	size_t n, len = 0;

	for (;;) {
		text += strspn(text, " \t");
		n = strcspn(text, " \t,");
		if (!n || len + n + 2 > sizeof(out))
			return n ? "names that are too long altogether" : expected;
		memcpy(out + len, text, n);
		len += n;
		text += n + strspn(text + n, " \t");
		if (!*text)
			break;
		if (*text++ != ',')
			return expected;
		out[len++] = ',';
	}
	out[len] = '\0';
	memset(field, 0, sizeof(out));
	memcpy(field, out, len);
	return NULL;
}

const char *conf_value_protoport(const char *text, void *field)
{
	struct protoport pp;

	memset(&pp, 0, sizeof(pp));
	if (protoport_parse(text, &pp))
		return "expected PROTOCOL or PROTOCOL/PORT, by number or by name: tcp, 17/1701, tcp/http";
	if (pp.port_any)
		return "a port that is chosen when the conn comes up is not built yet; expected PROTOCOL or PROTOCOL/PORT";
	if (pp.port && (pp.proto == IPPROTO_ICMP || pp.proto == IPPROTO_ICMPV6))
		return "one type of ICMP is not built yet; expected PROTOCOL, or PROTOCOL/PORT with tcp, udp ...";
	*(struct protoport *)field = pp;
	return NULL;
}

const char *conf_value_lifetime(const char *text, void *field)
{
	uint64_t seconds;

	if (time_parse(text, &seconds) || seconds < 1 || seconds > LIFETIME_MAX)
		return "expected a time of 1 second to 24 hours: N, Ns, Nm, Nh or Nd";
	*(uint32_t *)field = seconds;
	return NULL;
}

const char *conf_value_dpd(const char *text, void *field)
{
	uint64_t seconds;

	if (time_parse(text, &seconds) || seconds > LIFETIME_MAX)
		return "expected a time of 0 to 24 hours: N, Ns, Nm, Nh or Nd";
	*(uint32_t *)field = seconds;
	return NULL;
}

const char *conf_value_dpdaction(const char *text, void *field)
{
	static const char * const names[] = { "", "hold", "clear", "restart", "restart_by_peer" };
	unsigned int i;

	for (i = 1; i < 5; i++)
		if (!strcasecmp(text, names[i]))
			break;
	if (i == 5)
		return "expected hold, clear or restart";
	*(uint8_t *)field = i < CONF_DPD_RESTART ? i : CONF_DPD_RESTART;
	return NULL;
}

const char *conf_value_amount(const char *text, void *field)
{
	static const char units[] = "KMG";
	char digits[24];
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, toupper((unsigned char)text[len - 1])) : NULL;
	uint64_t n;

	if (len >= sizeof(digits))
		return "expected a number: N, NK, NM or NG";
	memcpy(digits, text, len + 1);
	if (unit)
		digits[len - 1] = '\0';
	if (number_parse(digits, unit ? 1 : 100, UINT32_MAX, &n))
		return "expected a number of at least 100: N, NK, NM or NG";
	*(uint64_t *)field = unit ? n << 10 * (unit - units + 1) : n;
	return NULL;
}

const char *conf_value_percent(const char *text, void *field)
{
	char digits[8];
	size_t len = strlen(text);
	uint64_t n;

	if (len < 2 || len > sizeof(digits) || text[len - 1] != '%')
		return "expected a percentage: 100%";
	memcpy(digits, text, len - 1);
	digits[len - 1] = '\0';
	if (number_parse(digits, 0, 1000, &n))
		return "expected a percentage of 0% to 1000%";
	*(uint32_t *)field = n;
	return NULL;
}

const char *conf_value_tries(const char *text, void *field)
{
	uint64_t n;

	if (!strcasecmp(text, "%forever"))
		n = 0;
	else if (number_parse(text, 0, 1000000, &n))
		return "expected a number (0: for ever) or %forever";
	*(uint32_t *)field = n;
	return NULL;
}

const char *conf_value_ike(const char *text, void *field)
{
	return conf_ike_parse(text, field);
}

const char *conf_value_esp(const char *text, void *field)
{
	return conf_esp_parse(text, field);
}

const char *conf_value_path(const char *text, void *field)
{
	size_t len = strlen(text);

	if (text[0] != '/' || len >= CONF_PATH_MAX)
		return "expected a path that begins with /";
	memcpy(field, text, len + 1);
	return NULL;
}

/* What KLIPS' own program did is done by pluto itself. */
const char *conf_value_updown(const char *text, void *field)
{
	static const char * const own[] = { "%disabled", "%none", "ipsec _updown", "ipsec _updown.klips" };
	unsigned int i, words = 0;
	const char *at;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcasecmp(text, own[i])) {
			*(char *)field = '\0';
			return NULL;
		}
	}
	if (text[0] != '/' || strlen(text) >= CONF_PATH_MAX)
		return "expected the PATH of a program, which begins with /, and its arguments; or %disabled";
	if (strpbrk(text, "'`$\\;&|<>()"))
		return "expected no signs of the shell: none runs it; put them into a script";
	for (at = text; *at; words++) {
		at += strcspn(at, " \t");
		at += strspn(at, " \t");
	}
	if (words > 16)
		return "expected a program with at most 15 arguments";
	strcpy(field, text);
	return NULL;
}

const char *conf_value_encap(const char *text, void *field)
{
	bool yes;

	if (!strcasecmp(text, "auto"))
		*(uint8_t *)field = CONF_ENCAP_AUTO;
	else if (!bool_parse(text, &yes))
		*(uint8_t *)field = yes ? CONF_ENCAP_YES : CONF_ENCAP_NO;
	else
		return "expected auto, yes or no";
	return NULL;
}

const char *conf_value_esn(const char *text, void *field)
{
	bool yes;

	if (!strcasecmp(text, "either") || !strcasecmp(text, "yes,no") || !strcasecmp(text, "no,yes"))
		*(uint8_t *)field = CONF_ESN_EITHER;
	else if (!bool_parse(text, &yes))
		*(uint8_t *)field = yes ? CONF_ESN_YES : CONF_ESN_NO;
	else
		return "expected either, yes or no";
	return NULL;
}

const char *conf_value_forceencaps(const char *text, void *field)
{
	bool yes;

	if (bool_parse(text, &yes))
		return "expected yes or no";
	*(uint8_t *)field = yes ? CONF_ENCAP_YES : CONF_ENCAP_AUTO;
	return NULL;
}

const char *conf_value_bool(const char *text, void *field)
{
	bool yes;

	if (bool_parse(text, &yes))
		return "expected yes or no";
	*(uint8_t *)field = yes ? CONF_YES : CONF_NO;
	return NULL;
}

const char *conf_value_mtu(const char *text, void *field)
{
	uint64_t n;

	if (number_parse(text, MTU_MIN, MTU_MAX, &n))
		return "expected a number of bytes from 68 to 65535";
	*(uint32_t *)field = n;
	return NULL;
}

const char *conf_value_mss(const char *text, void *field)
{
	uint8_t *mss = field;

	if (!strcasecmp(text, "auto"))
		*mss = 1;
	else if (!strcasecmp(text, "no") || !strcasecmp(text, "off"))
		*mss = 0;
	else
		return "expected auto or no (a number is a setting of the device: \"ipsec tncfg --set ipsec0 --mss N\")";
	return NULL;
}

const char *conf_value_conn(const char *text, void *field)
{
	size_t len = strlen(text);

	if (!len || len >= CONF_NAME_MAX || strpbrk(text, " \t=\"{}") || text[0] == '%' || conf_base_len(text) != len)
		return "expected the name of a conn";
	memcpy(field, text, len + 1);
	return NULL;
}
