/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel has for one Child SA, step by step: SAs, eroutes, routes. What was done is in the struct, so that taking
 * it back is the same wherever it ended.
 */
#ifndef PLUTO_CHILD_H
#define PLUTO_CHILD_H

#include "adopt_match.h"
#include "conn.h"
#include "kernel.h"
#include "pfkey_ops.h"

#define CHILD_WHY 512
#define CHILD_ADOPTED 0x80000000u	/* in .serial: no Child SA of the engine, an earlier pluto made it */

/* What is in the kernel for one Child SA. */
struct child {
	struct child *next;
	uint32_t serial;		/* of the engine, or CHILD_ADOPTED and a number of ours */
	char conn[CONF_INSTANCE_MAX];
	char virt[KLIPS_IFNAMSIZ];
	int virt_index, phys_index;
	struct said in, out;
	struct ip_addr local, remote;
	struct ip_addr source;
	struct sa_encap encap_in, encap_out; /* type 0: not in UDP */
	struct sa_limits hard, soft;
	struct flow_sel *flows;		/* of the eroutes; all on virt */
	int n_flows;
	int n_in, n_eroutes, n_routes, n_drops; /* how far install came */
	struct ip_addr lease;		/* that the peer gave us, AF_UNSPEC: none */
	bool has_in, has_out, has_peer, has_lease;
	uint64_t until;			/* it was rekeyed (linger.h): ends then */
};

/*
 * All of @c, or nothing of it: *@child is the caller's; 0 or -errno and @why. Of one that is .inbound_only the eroutes and
 * routes are not made before child_take_over().
 */
int child_set_up(struct pfkey *pk, const struct ike_child *c, const struct conn *conn, struct child **child,
		 char why[CHILD_WHY]);

int child_take_over(struct pfkey *pk, struct child *k, const struct conn *conn, char why[CHILD_WHY]);

/* It is between these ends now. The SAIDs stay the names of the SAs. 0 or -errno and @why. */
int child_move_to(struct pfkey *pk, struct child *k, const struct conn *conn, const struct child_path *path,
		  char why[CHILD_WHY]);
/* Its conn is where conn->where says. 0 or -errno and @why. */
int child_new_place(struct child *k, const struct conn *conn, char why[CHILD_WHY]);
/* Only the peer of one in UDP has moved. */
int child_move(struct pfkey *pk, struct child *k, const struct ike_addr *remote);

/*
 * What is there already, as if it had been set up for @conn: an outbound SA with its eroutes, which are left as they are and
 * get their routes; or an inbound one, without. *@child as above.
 */
int child_adopt(const struct conn *conn, const struct adopt_sa *sa, uint32_t serial, struct child **child,
		char why[CHILD_WHY]);
/* The same child is another conn's. */
void child_rename(struct child *k, const char *conn);

/* Its eroutes go to whoever else claims them, or away; the SAs stay. */
void child_let_go(struct pfkey *pk, struct child *k);
/* Takes all back and frees it. */
void child_undo(struct pfkey *pk, struct child *k);

/* From now on reqids are higher than this one. */
void child_reqid_taken(uint32_t reqid);

struct said child_said(const struct ip_addr *dst, const uint8_t spi[4]);

#endif
