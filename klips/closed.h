/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Closed networks: nothing leaves for them but through an ipsecN. Routes say where packets go, and anybody who may change
 * routes may take away ours and the one to the drop device under it with one command; what is closed stays so.
 */
#ifndef KLIPS_CLOSED_H
#define KLIPS_CLOSED_H

#include <linux/netfilter.h>
#include <linux/rhashtable.h>

#include "selector.h"

struct klips_net;
struct net_device;

/* A hash key: no holes. */
struct klips_closed_key {
	u8 family;
	u8 plen;
	u16 zero;
	union klips_addr net;		/* bits behind plen are zero */
};

/* One closed network. Freed after a grace period. */
struct klips_closed {
	struct rhash_head node;
	struct klips_closed_key key;
	u32 id;				/* index in klips_closed_nets.ids */
	atomic64_t packets;		/* that were kept in by it */
	atomic64_t bytes;
	struct rcu_head rcu;
};

#define KLIPS_CLOSED_LENS 129		/* prefix lengths 0 to 128 */

/* All those of a namespace. */
struct klips_closed_nets {
	struct rhashtable table;	/* klips_closed by key */
	struct xarray ids;		/* by age, for dumps */
	u32 next_id;
	unsigned int n;			/* under klips_net.lock, as the two below are changed */
	unsigned int count[2][KLIPS_CLOSED_LENS]; /* of each prefix length, IPv4 and IPv6 */
	unsigned long lens[2][BITS_TO_LONGS(KLIPS_CLOSED_LENS)]; /* those that there are, for readers */
};

int klips_closed_net_init(struct klips_net *kn);
/* May sleep. */
void klips_closed_net_exit(struct klips_net *kn);

/*
 * Closes the network of @key, or opens it: 0, also where it is closed already; -EINVAL (no such family, stray bits),
 * -ENOENT, -ENOMEM, -ENOSPC (65,536 are closed). On error nothing changed. Takes kn->lock, may sleep.
 */
int klips_closed_add(struct klips_net *kn, const struct klips_closed_key *key);
int klips_closed_del(struct klips_net *kn, const struct klips_closed_key *key);

/* The next one behind *@id, which becomes its id; NULL: none. RCU read lock held. */
struct klips_closed *klips_closed_next(struct klips_net *kn, unsigned long *id);

/* Whether @flow, which is routed to @out, would be kept in. RCU read lock held, BH off. */
bool klips_closed_keeps(struct klips_net *kn, const struct klips_flow *flow, const struct net_device *out);

/* On FORWARD and POSTROUTING: what leaves in the clear for a closed network ends here, counted; its sender hears nothing. */
unsigned int klips_closed_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif
