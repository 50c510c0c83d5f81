// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "nat_rules.h"

#define LINE 1024
#define WORDS 64

/* Words between blanks and commas, without quotes. */
static unsigned int split(char *line, char *word[WORDS])
{
	unsigned int n = 0;
	char *rest;

	for (line = strtok_r(line, " \t,\"", &rest); line && n < WORDS; line = strtok_r(NULL, " \t,\"", &rest))
		word[n++] = line;
	return n;
}

static void device_add(struct nat_rule *rule, const char *name)
{
	if (rule->n_devices < NAT_DEVICES && strlen(name) < KLIPS_IFNAMSIZ)
		strcpy(rule->devices[rule->n_devices++], name);
}

static void saddr_set(struct nat_rule *rule, const char *text)
{
	struct subnet net;

	if (!subnet_parse(text, AF_UNSPEC, &net))
		rule->saddr = net;
}

/* What stands behind oifname: [!=] NAME | [!=] { NAME NAME }. */
static unsigned int nft_devices(struct nat_rule *rule, char **word, unsigned int at, unsigned int n)
{
	if (at < n && !strcmp(word[at], "!=")) {
		rule->not_devices = true;
		at++;
	}
	if (at < n && strcmp(word[at], "{")) {
		device_add(rule, word[at]);
		return at;
	}
	for (at++; at < n && strcmp(word[at], "}"); at++)
		device_add(rule, word[at]);
	return at;
}

static bool nft_rule(struct nat_rule *rule, char *line)
{
	char *word[WORDS];
	unsigned int n, i;
	bool nat = false;

	memset(rule, 0, sizeof(*rule));
	snprintf(rule->text, sizeof(rule->text), "%s", line + strspn(line, " \t"));
	n = split(line, word);
	for (i = 0; i < n; i++) {
		if (!strcmp(word[i], "masquerade") || !strcmp(word[i], "snat"))
			nat = true;
		else if (!strcmp(word[i], "oifname") || !strcmp(word[i], "oif"))
			i = nft_devices(rule, word, i + 1, n);
		else if (!strcmp(word[i], "saddr") && i + 1 < n && strcmp(word[i + 1], "!="))
			saddr_set(rule, word[++i]);
	}
	return nat;
}

/* -o DEVICE, ! -o DEVICE, -s NET. */
static bool iptables_rule(struct nat_rule *rule, char *line)
{
	char *word[WORDS];
	unsigned int n, i;
	bool nat = false, not;

	memset(rule, 0, sizeof(*rule));
	snprintf(rule->text, sizeof(rule->text), "%s", line);
	n = split(line, word);
	if (n < 2 || strcmp(word[0], "-A"))
		return false;
	for (i = 0; i + 1 < n; i++) {
		not = i && !strcmp(word[i - 1], "!");
		if (!strcmp(word[i], "-j"))
			nat = !strcmp(word[i + 1], "MASQUERADE") || !strcmp(word[i + 1], "SNAT");
		else if (!strcmp(word[i], "-o")) {
			rule->not_devices = not;
			device_add(rule, word[i + 1]);
		} else if (!strcmp(word[i], "-s") && !not) {
			saddr_set(rule, word[i + 1]);
		}
	}
	return nat;
}

static void each_line(const char *text, bool (*take)(struct nat_rule *rule, char *line),
		      void (*each)(void *ctx, const struct nat_rule *rule), void *ctx)
{
	struct nat_rule rule;
	char line[LINE];
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len >= sizeof(line))
			continue;
		memcpy(line, text, len);
		line[len] = '\0';
		if (take(&rule, line))
			each(ctx, &rule);
	}
}

void nat_rules_nft(const char *text, void (*each)(void *ctx, const struct nat_rule *rule), void *ctx)
{
	each_line(text, nft_rule, each, ctx);
}

void nat_rules_iptables(const char *text, void (*each)(void *ctx, const struct nat_rule *rule), void *ctx)
{
	each_line(text, iptables_rule, each, ctx);
}

static bool like(const char *pattern, const char *device)
{
	size_t len = strlen(pattern);

	if (len && (pattern[len - 1] == '*' || pattern[len - 1] == '+'))
		return !strncmp(pattern, device, len - 1);
	return !strcmp(pattern, device);
}

bool nat_rule_meets(const struct nat_rule *rule, const char *device)
{
	bool among = false;
	unsigned int i;

	if (!rule->n_devices)
		return true;
	for (i = 0; i < rule->n_devices; i++)
		among |= like(rule->devices[i], device);
	return among != rule->not_devices;
}
