/* SPDX-License-Identifier: GPL-2.0 */
/* A flow as routing asks for it: addresses, protocol and ports; the caller adds device, mark and flags. */
#ifndef KLIPS_FLOWI_H
#define KLIPS_FLOWI_H

#include <net/flow.h>

#include "selector.h"

static inline struct flowi4 klips_flowi4(const struct klips_flow *flow)
{
	return (struct flowi4) {
		.daddr = flow->dst.v4,
		.saddr = flow->src.v4,
		.flowi4_proto = flow->proto,
		.fl4_sport = flow->sport,
		.fl4_dport = flow->dport,
	};
}

static inline struct flowi6 klips_flowi6(const struct klips_flow *flow)
{
	struct flowi6 fl6 = {
		.flowi6_proto = flow->proto,
		.fl6_sport = flow->sport,
		.fl6_dport = flow->dport,
	};

	memcpy(&fl6.daddr, flow->dst.v6, sizeof(fl6.daddr));
	memcpy(&fl6.saddr, flow->src.v6, sizeof(fl6.saddr));
	return fl6;
}

#endif
