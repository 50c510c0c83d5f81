/* SPDX-License-Identifier: GPL-2.0 */
/* From IKE's traffic selectors (ranges) to the kernel's selectors (prefixes). Pure. */
#ifndef PLUTO_TS_H
#define PLUTO_TS_H

#include "engine.h"
#include "pfkey_ops.h"

#define TS_PREFIXES 64			/* of one range; what needs more is refused */

/* The prefixes that are exactly the range of @ts: their number, or -E2BIG, -EINVAL. */
int ts_prefixes(const struct ike_ts *ts, struct subnet out[TS_PREFIXES]);

/* The one prefix that @ts is; AF_UNSPEC: it is none, or more. */
struct subnet ts_prefix(const struct ike_ts *ts);

/*
 * Every pair of a local and a remote selector as a kernel selector from local to remote, without device.
 * *@list is the caller's to free. Their number or -E2BIG, -EINVAL, -EOPNOTSUPP (port ranges), -ENOMEM.
 */
int ts_flows(const struct ike_ts *local, unsigned int n_local, const struct ike_ts *remote,
	     unsigned int n_remote, struct flow_sel **list);

#endif
