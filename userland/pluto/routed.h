/* SPDX-License-Identifier: GPL-2.0 */
/* Routed conns: the eroutes and routes that they have without a tunnel. */
#ifndef PLUTO_ROUTED_H
#define PLUTO_ROUTED_H

#include "conn.h"
#include "pfkey_ops.h"

#define ROUTED_WHY 512

/*
 * The eroutes of @conn get this target where no tunnel has them, and there are routes to them; again: another
 * target, atomically. 0 or -errno and @why, and nothing has changed.
 */
int routed_set(struct pfkey *pk, const struct conn *conn, enum klips_target target, char why[ROUTED_WHY]);
/* Takes them away; what a tunnel has stays. */
void routed_drop(struct pfkey *pk, const char *conn);

/* What @conn is about, on this device; without a destination where the peer is not known and is its own client. */
struct flow_sel routed_flow(const struct conn *conn, const char *device);

/* Removes what a pluto left that ended without doing so, and that no conn of now has; when all of them are loaded. */
void routed_sweep(struct pfkey *pk);
/* Nothing is left. */
void routed_close(void);

/*
 * A peer inside of one of the far subnets: the way back to it is the tunnel, so a strict rp_filter drops its
 * ESP and IKE. A route of its own mends that. 1: there is one now, to be taken away by
 * route_peer_del(); 0: none is needed; or -errno and @why.
 */
int routed_peer(const struct conn *conn, const struct flow_sel *flows, int n, const struct ip_addr *local,
		const struct ip_addr *remote, int phys_index, char why[ROUTED_WHY]);

#endif
