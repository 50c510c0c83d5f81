/* SPDX-License-Identifier: GPL-2.0 */
/* The SADB: SAs by SAID, their states, lifetimes and counters. */
#ifndef KLIPS_SA_H
#define KLIPS_SA_H

#include <linux/atomic.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>

#include <klips/types.h>

#include "replay.h"
#include "selector.h"

struct crypto_aead;
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

struct klips_limits {
	u64 bytes;			/* 0: no limit, as all below */
	u64 packets;
	u64 addtime;			/* seconds since mature */
	u64 usetime;			/* seconds since first use */
};

struct klips_sa_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	struct u64_stats_sync sync;
};

/* Selectors of an SA, replaced as a whole under RCU. */
struct klips_selectors {
	struct rcu_head rcu;
	unsigned int count;
	struct klips_selector sel[];
};

#define KLIPS_SA_MAX_SELECTORS 256

/* What a caller knows of an SA that it wants made; keys are the caller's to zero. */
struct klips_sa_def {
	struct klips_said said;
	union klips_addr src;		/* outer source, same family as said.dst */
	u8 mode;			/* IPSEC_MODE_TUNNEL (or ANY, taken as tunnel) */
	u32 reqid;
	u8 ealg;			/* SADB_*EALG* */
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
};

/*
 * An SA. Identity, algorithm and keys are fixed once it is mature. Lives while it
 * is in the table or somebody has a reference (asynchronous crypto); the data path
 * uses it under RCU. See klips_sa_put() for the end of its life.
 */
struct klips_sa {
	struct rhash_head node;
	struct klips_said said;
	union klips_addr src;
	struct klips_net *kn;
	u32 id;				/* index in klips_net.sa_ids */
	refcount_t refs;
	u8 state;			/* enum klips_sa_state, READ_ONCE */
	u8 mode;
	u32 reqid;
	u32 device;

	const struct klips_transform *transform; /* NULL while larval */
	const struct klips_alg *alg;
	struct crypto_aead *aead;
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
	struct klips_sa_stats __percpu *stats;
	atomic_long_t drops[__KLIPS_DROP_MAX];
	struct delayed_work life;	/* life.c */
	struct rcu_work free_work;
	struct klips_replay replay;	/* last: ends with its bitmap */
};

int klips_sa_init(void);
void klips_sa_exit(void);

int klips_sa_net_init(struct klips_net *kn);
void klips_sa_net_exit(struct klips_net *kn);

/*
 * Makes a mature SA. Caller holds kn->lock, may sleep. -EEXIST (also for a larval
 * one: that is UPDATE's), -EINVAL (key length, family, window), -EPROTONOSUPPORT
 * (satype), -ENOENT (kernel lacks the algorithm), -EOPNOTSUPP, -ENOMEM.
 */
int klips_sa_add(struct klips_net *kn, const struct klips_sa_def *def);

/*
 * Turns a larval SA into a mature one (RFC 2367 3.1.2), or changes the lifetimes of a
 * mature one (then without keys). -ESRCH, and the errors of klips_sa_add(). Caller holds kn->lock.
 */
int klips_sa_update(struct klips_net *kn, const struct klips_sa_def *def);

/*
 * Makes a larval SA with an SPI of [min, max] (host order) that neither klips nor
 * XFRM uses, and writes it to said->spi. -EEXIST: the range is used up. Caller holds kn->lock.
 */
int klips_sa_getspi(struct klips_net *kn, struct klips_said *said,
		    const union klips_addr *src, u32 min, u32 max);

/* Ends an SA: 0 or -ESRCH. Caller holds kn->lock. */
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

/* Walks all SAs as klips_eroute_next() does. RCU read lock held. */
struct klips_sa *klips_sa_next(struct klips_net *kn, unsigned long *id);

/* KLIPS_OK where @sa may carry one more packet, else why not. RCU read lock held. */
enum klips_drop klips_sa_usable(struct klips_sa *sa);

/* Whether inner packets of this flow may come out of (or go into) @sa. RCU read lock held. */
bool klips_sa_admits(const struct klips_sa *sa, u32 device,
		     const struct klips_flow *flow);

/* A reference that outlives the RCU read lock: false where the SA is ending. */
bool klips_sa_get(struct klips_sa *sa);
void klips_sa_put(struct klips_sa *sa);

/* Accounts one packet of @bytes. BH off. */
void klips_sa_used(struct klips_sa *sa, unsigned int bytes);

/* Counters, summed over CPUs. */
void klips_sa_count(const struct klips_sa *sa, u64 *packets, u64 *bytes);

/* Whether the destination is an address of the namespace. RCU read lock held. */
bool klips_sa_inbound(const struct klips_sa *sa);

#endif
