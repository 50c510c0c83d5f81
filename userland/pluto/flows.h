/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose an eroute is. Several may claim one selector: the routed conn itself, for what is there
 * without a tunnel, and its Child SAs, of which the newest has it. Who lets it go gives it to the
 * next, atomically; only the last one's end removes it. Another conn cannot claim it.
 */
#ifndef PLUTO_FLOWS_H
#define PLUTO_FLOWS_H

#include "pfkey_acquire.h"

/*
 * Child SA @child of @conn, 0: the conn itself. Claims the selector, which names its device; a second
 * time with another target (@said: of KLIPS_TARGET_SA): that one instead. 0, -EEXIST: another
 * conn has it, or -errno.
 */
int flow_claim(struct pfkey *pk, const struct flow_sel *sel, const char *conn, uint32_t child,
	       enum klips_target target, const struct said *said);
void flow_release(struct pfkey *pk, const struct flow_sel *sel, const char *conn, uint32_t child);

/*
 * Claims what an earlier pluto put there, without touching it; 0, -EEXIST: somebody has claimed it, or -ENOMEM. Forgetting
 * does not touch it either.
 */
int flow_adopt(const struct flow_sel *sel, const char *conn, uint32_t child, const struct said *said);
void flow_forget(const struct flow_sel *sel, const char *conn, uint32_t child);
/* The claim of @conn is another conn's. */
void flow_rename(const struct flow_sel *sel, const char *conn, uint32_t child, const char *to);

/* The conn that has the selector, NULL: none of ours. */
const char *flow_owner(const struct flow_sel *sel);

/* What @owner has @conn may have: it is the same, or an instance of it (what an earlier pluto left is of no instance). */
bool flow_may_take(const char *conn, const char *owner);

/*
 * The routed conn that a packet asks for: whose trap it met, else of those that it fits into the one
 * with the longest prefixes. NULL: none.
 */
const char *flow_asked(const struct pfkey_acquire *a);

#endif
