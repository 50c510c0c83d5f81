/* SPDX-License-Identifier: GPL-2.0 */
/* The SADB: SAs by SAID, their states, lifetimes and counters. */
#ifndef KLIPS_SA_H
#define KLIPS_SA_H

#include <linux/atomic.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>

#include <klips/types.h>

#include "larval.h"
#include "limits.h"
#include "replay.h"
#include "selector.h"
#include "stats.h"

struct crypto_aead;
struct crypto_ahash;
struct klips_order;
struct klips_alg;
struct klips_net;
struct klips_transform;

/* Names an SA (RFC 4301 4.1, for unicast with the destination). A hash key: no holes. */
struct klips_said {
	union klips_addr dst;		/* beyond the family's length: zero */
	__be32 spi;
	u8 family;			/* of dst */
	u8 proto;			/* IPPROTO_ESP, IPPROTO_AH, IPPROTO_COMP, IPPROTO_IPIP */
	u16 zero;
};

/* Selectors of an SA, replaced as a whole under RCU. */
struct klips_selectors {
	struct rcu_head rcu;
	unsigned int count;
	struct klips_selector sel[];
};

#define KLIPS_SA_MAX_SELECTORS 256

/* ESP in UDP (RFC 3948), ports in network byte order. */
struct klips_encap {
	u8 type;			/* 0: none, UDP_ENCAP_ESPINUDP */
	bool oa_set;
	u16 keepalive;			/* seconds between keepalives of an idle SA, 0: none */
	__be16 sport;			/* of packets as they are sent */
	__be16 dport;
	/* Transport mode: addresses as the peer's stack saw them, to repair checksums by. */
	union klips_addr oa_src;
	union klips_addr oa_dst;
};

/* Where a peer behind NAT is seen. */
struct klips_mapping {
	union klips_addr src;
	__be16 sport;
	u16 zero;
};

/* KLIPS_SA_*: SADB_SAFLAGS_* and KLIPS_SAFLAGS_* that are done. */
#define KLIPS_SA_NOPMTUDISC	0x01	/* outer DF stays clear, whatever the device says */
#define KLIPS_SA_DECAP_DSCP	0x02	/* DSCP of the outer header into the inner one */
#define KLIPS_SA_NOECN		0x04	/* ECN is not copied, either way */
#define KLIPS_SA_FRAGMENTS	0x08	/* fragments may go through it, whatever its eroute names */

/* What a caller knows of an SA that it wants made; keys are the caller's to zero. */
struct klips_sa_def {
	struct klips_said said;
	union klips_addr src;		/* outer source, same family as said.dst */
	u8 mode;			/* IPSEC_MODE_TUNNEL, _TRANSPORT (or ANY, taken as tunnel) */
	u8 flags;			/* KLIPS_SA_* */
	u32 reqid;
	u8 ealg;			/* SADB_*EALG*, for IPCOMP SADB_X_CALG_* */
	u8 aalg;			/* SADB_*AALG* */
	const u8 *ekey;
	unsigned int ekey_bits;
	const u8 *akey;
	unsigned int akey_bits;
	u32 window;			/* packets, 0: no replay check */
	bool esn;			/* 64-bit sequence numbers */
	struct klips_limits soft;
	struct klips_limits hard;
	u32 device;			/* klips_dev id or 0 */
	struct klips_encap encap;
	bool encap_set;			/* UPDATE: from now on there is .encap, or none */
	bool moved;			/* UPDATE: @dst is a new one */
	union klips_addr dst;		/* where packets go from now on; the name of the SA stays */
};

/*
 * SAs that belong together, in the order in which they work on a packet that is sent: sa[0]
 * is the innermost. Replaced or dropped as a whole under kn->lock, read under RCU; owns no
 * reference, for every member that ends takes its group along.
 */
#define KLIPS_GROUP_MAX 4

struct klips_group {
	struct rcu_head rcu;
	unsigned int count;
	struct klips_sa *sa[KLIPS_GROUP_MAX];
};

/*
 * An SA. Identity, algorithm and keys are fixed once it is mature. Lives while it
 * is in the table or somebody has a reference (asynchronous crypto); the data path
 * uses it under RCU. See klips_sa_put() for the end of its life.
 */
struct klips_sa {
	struct rhash_head node;
	struct klips_said said;
	/* Addresses on the wire, a hash key: dst is said.dst until UPDATE moves it. */
	struct_group(wire,
		union klips_addr src;
		union klips_addr dst;
		u32 family;
	);
	struct rhlist_head by_address;	/* in klips_net.tunnels */
	struct rhash_head by_place;	/* in klips_net.moved, if */
	bool elsewhere;			/* .dst is not said.dst; under kn->lock */
	struct klips_said at;		/* then: said, with .dst */
	struct klips_net *kn;
	u32 id;				/* index in klips_net.sa_ids */
	refcount_t refs;
	u8 state;			/* enum klips_sa_state, READ_ONCE */
	u8 mode;
	u8 flags;			/* KLIPS_SA_* */
	u8 place;			/* in the group */
	u32 reqid;
	u32 device;
	struct klips_group __rcu *group; /* NULL: alone */

	const struct klips_transform *transform; /* NULL while larval */
	const struct klips_alg *alg;
	struct crypto_aead *aead;	/* ESP */
	struct crypto_ahash *ahash;	/* AH */
	struct klips_encap encap;
	struct klips_mapping told;	/* last one reported, under replay_lock */
	unsigned long told_at;		/* jiffies */
	struct klips_order *order;	/* parallel.c, NULL until it is needed */
	unsigned int ekey_bits;

	atomic64_t seq_out;		/* last number used */
	u64 seq_last;			/* the last that may be used */
	spinlock_t replay_lock;		/* protects replay */

	struct klips_selectors __rcu *selectors; /* NULL: no inner packet is refused */
	struct klips_limits soft;
	struct klips_limits hard;
	time64_t added;			/* ktime_get_seconds() when it became mature */
	time64_t used_first;		/* 0: never */
	time64_t used_last;

	struct dst_cache route;		/* of the outer packet */
	struct klips_counter __percpu *stats;
	atomic_long_t drops[__KLIPS_DROP_MAX];
	struct klips_larval larval;	/* larval.c */
	struct delayed_work life;	/* life.c */
	struct delayed_work keepalive;	/* keepalive.c */
	struct rcu_work free_work;
	struct klips_replay replay;	/* last: ends with its bitmap */
};

int klips_sa_init(void);
void klips_sa_exit(void);

int klips_sa_net_init(struct klips_net *kn);
void klips_sa_net_exit(struct klips_net *kn);

/* Waits for the last of what namespaces had that have just ended. May sleep. */
void klips_sa_net_exit_batch(void);

/*
 * Makes a mature SA. Caller holds kn->lock, may sleep. -EEXIST (also for a larval
 * one: that is UPDATE's), -EINVAL (key length, family, window), -EPROTONOSUPPORT
 * (satype), -ENOENT (kernel lacks the algorithm), -EOPNOTSUPP, -ENOMEM, -ENOSPC (more than
 * klips_sa_limit()).
 */
int klips_sa_add(struct klips_net *kn, const struct klips_sa_def *def);

/*
 * Turns a larval SA into a mature one (RFC 2367 3.1.2), or changes the lifetimes of a
 * mature one (then without keys), where it is, and whether it goes in UDP. -ESRCH, and the errors of
 * klips_sa_add(). Caller holds kn->lock.
 */
int klips_sa_update(struct klips_net *kn, const struct klips_sa_def *def);

/*
 * Makes a larval SA with an SPI of [min, max] (host order) that neither klips nor
 * XFRM uses, and writes it to said->spi. -EEXIST: the range is used up. Caller holds kn->lock.
 */
int klips_sa_getspi(struct klips_net *kn, struct klips_said *said,
		    const union klips_addr *src, u32 min, u32 max);

/* How many a namespace may have: the module parameter max_sas. */
unsigned int klips_sa_limit(void);

/*
 * Makes a group of @count SAs, innermost first; with one: dissolves the group that it is in.
 * -ESRCH (one is not there), -EEXIST (one is in a group already), -EINVAL (count, one twice,
 * larval, an order that cannot work, in and out mixed), -ENOMEM. Caller holds kn->lock.
 */
int klips_sa_group(struct klips_net *kn, const struct klips_said *saids,
		   unsigned int count);

/*
 * Dissolves the group that @sa is in and writes its members to @members: how many, 0: it is
 * alone. Caller holds kn->lock.
 */
unsigned int klips_group_dissolve(struct klips_sa *sa,
				  struct klips_sa *members[KLIPS_GROUP_MAX]);

/* Ends an SA and its group: 0 or -ESRCH. Caller holds kn->lock. */
int klips_sa_delete(struct klips_net *kn, const struct klips_said *said);

/* Ends all SAs of @proto, all at all with 0. Caller holds kn->lock. */
void klips_sa_flush(struct klips_net *kn, u8 proto);

/*
 * Adds (or with @only sets) a selector that inner packets must fit; -ESRCH, -EEXIST, -ENOSPC,
 * -ENOMEM. Caller holds kn->lock.
 */
int klips_sa_selector_add(struct klips_net *kn, const struct klips_said *said,
			  const struct klips_selector *sel, bool only);
int klips_sa_selector_del(struct klips_net *kn, const struct klips_said *said,
			  const struct klips_selector *sel);

/* The SA with this SAID in whatever state, or NULL. RCU read lock or kn->lock held. */
struct klips_sa *klips_sa_lookup(struct klips_net *kn,
				 const struct klips_said *said);

/* Whether packets may come for @sa that do not say its SPI. */
bool klips_sa_is_by_address(const struct klips_sa *sa);

/*
 * The SA for packets of protocol IPIP from @src to @dst, which carry no SPI, or NULL.
 * RCU read lock held.
 */
struct klips_sa *klips_sa_by_address(struct klips_net *kn, u8 family,
				     const union klips_addr *src,
				     const union klips_addr *dst);

/*
 * The SA that works on a packet after @sa, outward, or NULL where @sa is the last; the one that
 * puts on the outermost header. RCU read lock held.
 */
struct klips_sa *klips_sa_outer(const struct klips_sa *sa);
struct klips_sa *klips_sa_outermost(struct klips_sa *sa);
/* The one before it, inward, or NULL where @sa is the first or alone; the first of all. */
struct klips_sa *klips_sa_inner(const struct klips_sa *sa);
struct klips_sa *klips_sa_innermost(struct klips_sa *sa);

/* Walks all SAs as klips_eroute_next() does. RCU read lock held. */
struct klips_sa *klips_sa_next(struct klips_net *kn, unsigned long *id);

/* KLIPS_OK where @sa may carry one more packet, else why not. RCU read lock held. */
enum klips_drop klips_sa_usable(struct klips_sa *sa);

/* Whether inner packets of this flow may come out of (or go into) @sa. RCU read lock held. */
bool klips_sa_admits(const struct klips_sa *sa, u32 device,
		     const struct klips_flow *flow);

/* Whether a fragment does not show if klips_sa_admits() it: @sa has selectors that name more. RCU read lock held. */
bool klips_sa_wants_whole(const struct klips_sa *sa, const struct klips_flow *flow);

/* A reference that outlives the RCU read lock: false where the SA is ending. */
bool klips_sa_get(struct klips_sa *sa);
void klips_sa_put(struct klips_sa *sa);

/*
 * Runs @work, one of @sa's own, after @delay jiffies, instead of when it was to run before. It owns a
 * reference, which it puts at its end, as whoever cancels it does. Nothing where @sa is ending. Any context.
 */
void klips_sa_queue(struct klips_sa *sa, struct delayed_work *work, unsigned long delay);

/* Accounts one packet of @bytes. BH off. */
void klips_sa_used(struct klips_sa *sa, unsigned int bytes);

/* Whether the destination, on the wire, is an address of the namespace. RCU read lock held. */
bool klips_sa_inbound(const struct klips_sa *sa);

#endif
