/* SPDX-License-Identifier: GPL-2.0 */
/* The conns that were loaded: what ipsec.conf said, which end we are, what the engine was told. */
#ifndef PLUTO_CONN_H
#define PLUTO_CONN_H

#include "conf.h"
#include "creds.h"
#include "engine.h"
#include "orient.h"

struct conn {
	struct conn *next;		/* in its hash chain */
	struct conf_conn conf;
	bool oriented;			/* .where is valid, the engine knows the conn */
	struct oriented where;
	bool wanted;			/* to be brought up as soon as it is oriented */
	bool routed;			/* to be routed as soon as it is oriented */
	bool trapped;			/* it is: the kernel has its eroutes and routes */
	struct subnet *shut;		/* nothing for these leaves in the clear, from load to unload */
	unsigned int n_shut;
	struct peer_name *name[2];	/* of left and right, where these are names; or NULL */
	bool name_proved;		/* a tunnel stands: the peer stays where it is, whatever becomes of its name */
	struct cert *cert[2];		/* of left and right, read when it was oriented; or NULL */
};

#define CONN_WHY 512

/* All return 0 or -errno with one line in @why. */
int loaded_add(const struct conf_conn *conf, char why[CONN_WHY]);
int loaded_replace(const struct conf_conn *conf, char why[CONN_WHY]);
int loaded_delete(const char *name, char why[CONN_WHY]);
/* What it kept closed stays so until loaded_all(): under another name the same may come. */
int loaded_delete_closed(const char *name, char why[CONN_WHY]);
void loaded_all(void);
int loaded_up(const char *name, char why[CONN_WHY]);
/* Its tunnel is up. */
void loaded_came_up(const char *name);
/* Its tunnel is that of an earlier pluto, nothing comes by it, and nobody answers: dpdaction=. */
void loaded_adopted_dead(const char *name);
int loaded_down(const char *name, char why[CONN_WHY]);
/* Begins it, and does not wait for its end. */
int loaded_rekey(const char *name, bool ike, char why[CONN_WHY]);
int loaded_route(const char *name, char why[CONN_WHY]);
int loaded_unroute(const char *name, char why[CONN_WHY]);

/* What it says about keys and certificates; as long as the conn is there. It has to be oriented. */
struct conn_creds conn_creds(const struct conn *conn);

/* ---- conn_engine.c ---- */

/* What the engine is told; the name stays @c's. */
struct ike_conn_config conn_engine_config(const struct conn *c);
/* Reads what leftcert= and rightcert= name: 0 or -EINVAL and @why. */
int conn_certs_read(struct conn *c, char why[CONN_WHY]);
void conn_certs_forget(struct conn *c);

/* ---- conn_check.c ---- */

/* What comes over the control socket, with all of its parts looked at: NULL, or what is wrong. */
const char *conn_conf_wrong(const struct conf_conn *conf);

/* ---- conn_names.c ---- */

/* Begins to look its names up: 0 or -ENOMEM. */
int conn_names_get(struct conn *c);
void conn_names_put(struct conn *c);
/* Takes over what is known now: 0, or -ENXIO and @why: not all are. */
int conn_names_fill(struct conn *c, char why[CONN_WHY]);
/* They are being looked up for the first time, and all that is known is good. */
bool conn_names_pending(const struct conn *c);
/* One of them has no address yet: true and @why. */
bool conn_names_missing(const struct conn *c, char why[CONN_WHY]);
/* This host's addresses changed: names of conns of which no end is this host any more are looked up again. */
void conns_names_again(void);
/* The tunnel of the conn @name stands: the peer is where its name says. */
void conn_names_trust(const char *name);
/* It went down, or cannot come up; @again: that may be the address's fault; @silent: nobody answers there. */
void conn_names_doubt(const char *name, bool again, bool silent);

/* ---- conn_shut.c ---- */

/* Of a conn whose where counts: 0 or -errno and @why. */
int conn_shut(struct conn *c, char why[CONN_WHY]);
/* Of one that is not oriented (yet): what was shut at boot stays so. */
int conn_shut_unoriented(struct conn *c, char why[CONN_WHY]);
void conn_unshut(struct conn *c);

/* ---- conn.c ---- */

/*
 * The conn of this name, or the pairs of subnets whose alias it is: their names, at least @name itself, and how many in
 * *n. The caller frees it; NULL: no memory.
 */
char (*loaded_named(const char *name, unsigned int *n))[CONF_NAME_MAX];

/* By name, or by that of an instance; case does not matter. NULL: none. */
struct conn *loaded_find(const char *name);
unsigned int loaded_count(void);
/* In the order of names; @fn must not change the table. */
void loaded_each(void (*fn)(void *ctx, struct conn *conn), void *ctx);

/* Looks at every conn anew after addresses, devices or routes changed. */
void conns_orient(void);
/* Ends all: SAs with DELETE to the peers, eroutes, routes. */
void conns_end(void);

#endif
