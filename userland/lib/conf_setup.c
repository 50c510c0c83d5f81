// SPDX-License-Identifier: GPL-2.0
/* Values of "config setup" that no conn has. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_value.h"

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
		while (conf_next_word(&text, word, sizeof(word))) {
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
	while (conf_next_word(&text, word, sizeof(word))) {
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

	while (conf_next_word(&text, word, sizeof(word))) {
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
