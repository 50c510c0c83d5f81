// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_value.h"
#include "value.h"

#define MTU_MIN 68			/* RFC 791 */
#define MTU_MAX 65535
#define LIFETIME_MAX 86400		/* seconds; the limit of KLIPS' pluto */

/* Cuts the next word off @text at blanks and commas: its length, 0 at the end. */
static size_t next_word(const char **text, char *word, size_t size)
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

static bool ifname_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < KLIPS_IFNAMSIZ && !strpbrk(name, "/: \t%") &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static const char *pair_parse(char *word, struct conf_pair *pair)
{
	char *eq = strchr(word, '=');

	memset(pair, 0, sizeof(*pair));
	if (!strcasecmp(word, "%defaultroute")) {
		strcpy(pair->virt, "ipsec0");
		return NULL;
	}
	if (!eq)
		return "expected ipsecN=DEVICE pairs (\"ipsec0=eth0\"), %defaultroute or %none";
	*eq++ = '\0';
	if (!ifname_ok(word) || (strcasecmp(eq, "%defaultroute") && !ifname_ok(eq)))
		return "expected ipsecN=DEVICE with device names of at most 15 characters";
	strcpy(pair->virt, word);
	if (strcasecmp(eq, "%defaultroute"))
		strcpy(pair->phys, eq);
	return NULL;
}

static bool pair_clashes(const struct conf_pair *pairs, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(pairs[i].virt, pairs[n].virt))
			return true;
	return false;
}

const char *conf_value_pairs(const char *text, void *field)
{
	struct conf_setup *setup = field;
	struct conf_pair pairs[CONF_PAIRS];
	char word[2 * KLIPS_IFNAMSIZ + 16];
	const char *wrong;
	uint32_t n = 0;

	memset(pairs, 0, sizeof(pairs));
	if (strcasecmp(text, "%none")) {
		while (next_word(&text, word, sizeof(word))) {
			if (n == CONF_PAIRS)
				return "expected at most 16 pairs";
			wrong = pair_parse(word, &pairs[n]);
			if (wrong)
				return wrong;
			if (pair_clashes(pairs, n++))
				return "expected each ipsecN once";
		}
		if (!n)
			return "expected ipsecN=DEVICE pairs, %defaultroute or %none";
	}
	setup->n_pairs = n;
	memcpy(setup->pairs, pairs, sizeof(pairs));
	return NULL;
}

const char *conf_value_listen(const char *text, void *field)
{
	static const char expected[] = "expected one to 8 numeric addresses, separated by commas";
	struct conf_setup *setup = field;
	struct ip_addr list[CONF_LISTEN];
	char word[ADDR_TEXT];
	uint32_t n = 0;

	memset(list, 0, sizeof(list));
	while (next_word(&text, word, sizeof(word))) {
		if (n == CONF_LISTEN || addr_parse(word, AF_UNSPEC, &list[n]) ||
		    addr_is_any(&list[n]))
			return expected;
		n++;
	}
	if (!n)
		return expected;
	setup->n_listen = n;
	memcpy(setup->listen, list, sizeof(list));
	return NULL;
}

const char *conf_value_stack(const char *text, void *field)
{
	uint8_t *stack = field;

	if (!strcasecmp(text, "klips") || !strcasecmp(text, "auto"))
		*stack = CONF_STACK_KLIPS;
	else if (!strcasecmp(text, "none"))
		*stack = CONF_STACK_NONE;
	else if (!strcasecmp(text, "netkey") || !strcasecmp(text, "xfrm") ||
		 !strcasecmp(text, "native"))
		return "the kernel's own stack is not supported as a backend (it keeps working beside klips); expected klips or auto";
	else if (!strcasecmp(text, "mast"))
		return "mast devices are history: ipsecN devices do what they did; expected klips or auto";
	else
		return "expected klips (the default), auto (the same) or none (no kernel, for tests)";
	return NULL;
}

static const struct {
	const char *name;
	uint32_t bits;
} debug_names[] = {
	{ "all", CONF_DEBUG_ALL },
	{ "base", CONF_DEBUG_CONTROL },
	{ "control", CONF_DEBUG_CONTROL },
	{ "controlmore", CONF_DEBUG_CONTROL },
	{ "lifecycle", CONF_DEBUG_CONTROL },
	{ "parsing", CONF_DEBUG_CONTROL },
	{ "emitting", CONF_DEBUG_CONTROL },
	{ "crypt", CONF_DEBUG_CONTROL },
	{ "kernel", CONF_DEBUG_KERNEL },
	{ "klips", CONF_DEBUG_KERNEL },
	{ "pfkey", CONF_DEBUG_KERNEL },
	{ "packets", CONF_DEBUG_PACKETS },
	{ "raw", CONF_DEBUG_PACKETS },
};

static bool debug_bits(const char *word, uint32_t *bits)
{
	size_t i;

	for (i = 0; i < sizeof(debug_names) / sizeof(debug_names[0]); i++) {
		if (!strcasecmp(word, debug_names[i].name)) {
			*bits |= debug_names[i].bits;
			return true;
		}
	}
	return false;
}

const char *conf_value_debug(const char *text, void *field)
{
	uint32_t *debug = field, bits = 0;
	char word[32];
	bool any = false;

	while (next_word(&text, word, sizeof(word))) {
		any = true;
		if (!strcasecmp(word, "none"))
			bits = 0;
		else if (!strcasecmp(word, "private"))
			return "keys are never logged; expected none, all, or some of control, kernel, packets";
		else if (!debug_bits(word, &bits))
			return "expected none, all, or some of control, kernel, packets (and their classic names crypt, parsing, emitting, lifecycle, klips, pfkey, raw)";
	}
	if (!any)
		return "expected none, all, or some of control, kernel, packets";
	*debug = bits;
	return NULL;
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
		if (addr_parse(text, AF_UNSPEC, &addr))
			return "expected a numeric address (names are not looked up yet), %defaultroute or %any";
		end->host = addr_is_any(&addr) ? CONF_HOST_ANY : CONF_HOST_ADDR;
	}
	end->addr = addr;
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
	struct subnet subnet;

	memset(&subnet, 0, sizeof(subnet));
	if (!strncasecmp(text, "vhost:", 6) || !strncasecmp(text, "vnet:", 5))
		return "vhost: and vnet: are not built yet; expected NET/BITS";
	if (strpbrk(text, ", \t"))
		return "several subnets in one conn are not built yet, write one conn for each; expected NET/BITS";
	if (subnet_parse(text, AF_UNSPEC, &subnet))
		return "expected NET/BITS, NET/NETMASK or an address";
	*(struct subnet *)field = subnet;
	return NULL;
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
	return conf_id_parse(text, field);
}

const char *conf_value_auto(const char *text, void *field)
{
	uint8_t *startup = field;

	if (!strcasecmp(text, "ignore"))
		*startup = CONF_AUTO_IGNORE;
	else if (!strcasecmp(text, "add"))
		*startup = CONF_AUTO_ADD;
	else if (!strcasecmp(text, "start") || !strcasecmp(text, "up"))
		*startup = CONF_AUTO_START;
	else if (!strcasecmp(text, "route") || !strcasecmp(text, "ondemand"))
		return "bringing a conn up on demand (%trap) is not built yet; expected ignore, add or start";
	else
		return "expected ignore, add or start";
	return NULL;
}

const char *conf_value_authby(const char *text, void *field)
{
	uint8_t *authby = field;

	if (!strcasecmp(text, "secret") || !strcasecmp(text, "psk"))
		*authby = CONF_AUTHBY_SECRET;
	else if (!strncasecmp(text, "rsa", 3) || !strncasecmp(text, "ecdsa", 5) ||
		 !strcasecmp(text, "never") || !strcasecmp(text, "null"))
		return "only pre-shared keys are built yet; expected secret";
	else
		return "expected secret";
	return NULL;
}

const char *conf_value_type(const char *text, void *field)
{
	uint8_t *type = field;

	if (!strcasecmp(text, "tunnel"))
		*type = 0;
	else if (!strcasecmp(text, "transport") || !strcasecmp(text, "passthrough") ||
		 !strcasecmp(text, "pass") || !strcasecmp(text, "drop") ||
		 !strcasecmp(text, "reject"))
		return "not built yet; expected tunnel";
	else
		return "expected tunnel";
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

	if (!len || len >= CONF_NAME_MAX || strpbrk(text, " \t=\"{}") || text[0] == '%')
		return "expected the name of a conn";
	memcpy(field, text, len + 1);
	return NULL;
}
