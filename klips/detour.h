/* SPDX-License-Identifier: GPL-2.0 */
/* %pass, decided before source NAT. */
#ifndef KLIPS_DETOUR_H
#define KLIPS_DETOUR_H

#include <linux/netfilter.h>

/*
 * On POSTROUTING of both families, before source NAT: what leaves by an ipsecN and meets %pass there goes
 * round, and leaves by the underlying device, with the source NAT of that one.
 */
unsigned int klips_detour(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif
