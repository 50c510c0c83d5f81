/* SPDX-License-Identifier: GPL-2.0 */
/* What would happen to a flow: asked of the data path's own lookups. */
#ifndef KLIPS_WHY_H
#define KLIPS_WHY_H

#include <linux/if.h>
#include <klips/netlink.h>

#include "eroute.h"
#include "sa.h"

struct klips_why {
	enum klips_verdict verdict;
	enum klips_drop drop;		/* with KLIPS_VERDICT_DROP */
	struct klips_eroute *er;	/* or NULL; valid while RCU is held */
	struct klips_sa *sa;		/* or NULL; the same */
	char route_dev[IFNAMSIZ];	/* "" where there is no route */
	bool route_gw_set;
	union klips_addr route_gw;
	bool outer_set;			/* the fields below are filled */
	bool outer_gw_set;
	u8 outer_family;
	union klips_addr outer_src;
	union klips_addr outer_dst;
	union klips_addr outer_gw;
	char outer_dev[IFNAMSIZ];
	u32 mtu;
};

/*
 * Fills @why for @flow. @device names an ipsecN id to ask (0: where the namespace's
 * routing sends the flow). RCU read lock held. -EAFNOSUPPORT, else 0.
 */
int klips_why(struct klips_net *kn, u32 device, const struct klips_flow *flow,
	      struct klips_why *why);

#endif
