/* SPDX-License-Identifier: GPL-2.0 */
/* The guard: cleartext from outside that should have come through a tunnel. */
#ifndef KLIPS_GUARD_H
#define KLIPS_GUARD_H

#include <linux/netfilter.h>

/* On PREROUTING, behind conntrack and DNAT, before all filters. */
unsigned int klips_guard_v4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int klips_guard_v6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif
