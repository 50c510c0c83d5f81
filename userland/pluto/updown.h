/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program of leftupdown=: called when a conn is routed, comes up, goes down, is unrouted.
 * Nothing here waits for it, and no shell comes near what it is told.
 */
#ifndef PLUTO_UPDOWN_H
#define PLUTO_UPDOWN_H

#include "conn.h"
#include "engine.h"

#define UPDOWN_ENV 4096			/* bytes of a whole environment */
#define UPDOWN_VARS 48
#define UPDOWN_VERB 32

/* Variables one behind the other, each with its zero. */
struct updown_env {
	size_t len;
	char text[UPDOWN_ENV];
};

/* ---- updown_env.c: pure ---- */

enum updown_event { UPDOWN_PREPARE, UPDOWN_ROUTE, UPDOWN_UP, UPDOWN_DOWN, UPDOWN_UNROUTE };

/* What the program is told of an oriented conn, but the verb. @child: what brings it up, or NULL. */
void updown_env_make(struct updown_env *env, const struct conn *conn, const struct ike_child *child);
/* up-client, route-host-v6 ... */
char *updown_verb(enum updown_event event, const struct conn *conn, const struct ike_child *child, char buf[UPDOWN_VERB]);
/* The peer says what its id is: what a careless script could take for more than text becomes '_'. In place. */
char *updown_clean(char *text);

/* ---- updown.c ---- */

/* @conn has its routes without a tunnel, or has them no more. */
void updown_routed(const struct conn *conn, bool routed);
/* A Child SA of @conn carries its traffic. */
void updown_child_up(const struct conn *conn, const struct ike_child *child);
void updown_child_down(uint32_t serial);

/* When a program has had its time; UINT64_MAX: none runs. */
uint64_t updown_deadline(void);
void updown_tick(void);
/* Something runs or waits to. */
bool updown_busy(void);
/* What runs still is killed, what waits is told and forgotten. */
void updown_end(void);

#endif
