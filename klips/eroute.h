/* SPDX-License-Identifier: GPL-2.0 */
/* The eroute table: selector to target, one table a namespace. */
#ifndef KLIPS_EROUTE_H
#define KLIPS_EROUTE_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "classify.h"
#include "sa.h"
#include "selector.h"

struct klips_net;

/*
 * One eroute. Never changed after it is in the table: a replacement is a new one, so
 * a reader sees the old or the new target, whole. Freed after a grace period.
 */
struct klips_eroute {
	struct klips_entry entry;	/* with its selector */
	enum klips_target target;
	bool soft;			/* a trap whose packets may come and go in the clear */
	struct klips_said said;		/* with KLIPS_TARGET_SA */
	u32 id;				/* index in klips_net.eroute_ids */
	time64_t last_used;		/* ktime_get_seconds(), 0: never; racy, for eyes */
	struct klips_counter __percpu *stats; /* packets that met it */
	struct rcu_head rcu;
};

int klips_eroute_net_init(struct klips_net *kn);
void klips_eroute_net_exit(struct klips_net *kn);

/*
 * Adds an eroute. @flags: KLIPS_FLOW_REPLACE creates or replaces it, atomically and keeping its
 * counters, KLIPS_FLOW_SOFT. Caller holds kn->lock. -EEXIST, -EINVAL (selector not canonical, or
 * said missing), -ENOMEM, -ENOSPC (more than the module
 * parameters max_eroutes or max_shapes permit); on error nothing changed.
 */
int klips_eroute_add(struct klips_net *kn, const struct klips_selector *sel,
		     enum klips_target target, const struct klips_said *said,
		     u8 flags);

/* Removes the eroute with this selector: 0 or -ENOENT. Caller holds kn->lock. */
int klips_eroute_del(struct klips_net *kn, const struct klips_selector *sel);

/* Removes all eroutes, or (device != 0) those that name this device. Caller holds kn->lock. */
void klips_eroute_flush(struct klips_net *kn, u32 device);

/*
 * The decision on a packet: KLIPS_OK with the eroute in *@er, or why there is none.
 * KLIPS_DROP_FRAGMENT: it is a fragment, and what it does not show would decide; nothing is judged by
 * a broader entry for that. RCU read lock held.
 */
enum klips_drop klips_eroute_find(struct klips_net *kn, u32 device,
				  const struct klips_flow *flow,
				  struct klips_eroute **er);

/*
 * Walks all eroutes, oldest first: start with *@id = 0, NULL at the end. Survives
 * changes between calls. RCU read lock held from the call to the last use of the result.
 */
struct klips_eroute *klips_eroute_next(struct klips_net *kn, unsigned long *id);

/* What a namespace has, and may have. */
struct klips_eroute_limits {
	unsigned int eroutes, max_eroutes;
	unsigned int shapes, max_shapes;
};

void klips_eroute_limits(struct klips_net *kn, struct klips_eroute_limits *limits);

/* Accounts one packet of @bytes that met @er. RCU read lock held, BH off. */
void klips_eroute_used(struct klips_eroute *er, unsigned int bytes);

#endif
