/* SPDX-License-Identifier: GPL-2.0 */
/* Source NAT as "nft list ruleset" and "iptables-legacy-save" show it, a line at a time. Pure. */
#ifndef KLIPS_IPSEC_NAT_RULES_H
#define KLIPS_IPSEC_NAT_RULES_H

#include "subnet.h"

#define NAT_DEVICES 8
#define NAT_TEXT 200

/* A rule that changes sources. */
struct nat_rule {
	char text[NAT_TEXT];		/* as it stands there, for people */
	unsigned int n_devices;		/* 0: of every device that packets leave by */
	bool not_devices;		/* of every one but these */
	char devices[NAT_DEVICES][KLIPS_IFNAMSIZ];
	struct subnet saddr;		/* AF_UNSPEC: of every source, or of what is not understood */
};

/* Calls @each with every such rule of the whole text. */
void nat_rules_nft(const char *text, void (*each)(void *ctx, const struct nat_rule *rule), void *ctx);
void nat_rules_iptables(const char *text, void (*each)(void *ctx, const struct nat_rule *rule), void *ctx);

/* Whether it is for packets that leave by @device ("eth*" and "eth+" in rules count as patterns). */
bool nat_rule_meets(const struct nat_rule *rule, const char *device);

#endif
