/* SPDX-License-Identifier: GPL-2.0 */
/* The conns that were loaded: what ipsec.conf said, which end we are, what the engine was told. */
#ifndef PLUTO_CONN_H
#define PLUTO_CONN_H

#include "conf.h"
#include "engine.h"
#include "orient.h"

struct conn {
	struct conn *next;		/* in its hash chain */
	struct conf_conn conf;
	bool oriented;			/* .where is valid, the engine knows the conn */
	struct oriented where;
	bool wanted;			/* to be brought up as soon as it is oriented */
};

#define CONN_WHY 512

/* All return 0 or -errno with one line in @why. */
int loaded_add(const struct conf_conn *conf, char why[CONN_WHY]);
int loaded_replace(const struct conf_conn *conf, char why[CONN_WHY]);
int loaded_delete(const char *name, char why[CONN_WHY]);
int loaded_up(const char *name, char why[CONN_WHY]);
int loaded_down(const char *name, char why[CONN_WHY]);

/* By name; case does not matter. NULL: none. */
struct conn *loaded_find(const char *name);
unsigned int loaded_count(void);
/* In the order of names; @fn must not change the table. */
void loaded_each(void (*fn)(void *ctx, struct conn *conn), void *ctx);

/* Looks at every conn anew after addresses, devices or routes changed. */
void conns_orient(void);
/* Ends all: SAs with DELETE to the peers, eroutes, routes. */
void conns_end(void);

#endif
