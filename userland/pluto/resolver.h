/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of names in left= and right=. They are looked up by a process of their own, which the C library may keep
 * waiting as long as it wants; again after a while, and when whoever is there does not answer. A name that works is
 * left alone: its tunnel must not end because somebody edits a zone.
 */
#ifndef PLUTO_RESOLVER_H
#define PLUTO_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define RESOLVER_ARG "--resolve"	/* pluto's first argument then; the name and "4" or "6" follow */
#define RESOLVER_WHY 512

struct peer_name;

/* The whole of that process: its exit status. The answer goes to descriptor 1. */
int resolver_run(const char *name, const char *family);

/* Begins to look @name up, for who ends with resolver_put(). NULL: no memory. */
struct peer_name *resolver_get(const char *name, int family);
/* What is known of it is kept for a minute: a conn that is loaded anew needs it at once. */
void resolver_put(struct peer_name *name);

/*
 * The one of its addresses that is to be used, if one of them is this host's (@is_local) that. AF_UNSPEC: none is known yet,
 * and a line of @why.
 */
struct ip_addr resolver_address(const struct peer_name *name, bool (*is_local)(void *ctx, const struct ip_addr *addr), void *ctx,
				char why[RESOLVER_WHY]);

/* It is being looked up for the first time. */
bool resolver_pending(const struct peer_name *name);

/* A tunnel stands at its address: it is not looked up any more. */
void resolver_trust(struct peer_name *name);

/* Its tunnel went down, or, @silent, nobody answers there: it is looked up again, soon. Then the next of its addresses is taken. */
void resolver_doubt(struct peer_name *name, bool silent);

/* Those without an address are looked up now: somebody says that something has changed. */
void resolver_hurry(void);

/* When resolver_tick() has something to do; UINT64_MAX: never. It may call conns_orient(). */
uint64_t resolver_deadline(void);
void resolver_tick(void);

/* What is under way ends. */
void resolver_close(void);

#endif
