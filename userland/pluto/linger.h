/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a rekeyed Child SA leaves (RFC 7296 2.8): packets that the peer sent by the old SAs may still be on their way when
 * both sides have agreed on their end, and packets of ours may have found the old eroute a moment before it was replaced.
 * So both SAs stay for a while, without eroutes.
 */
#ifndef PLUTO_LINGER_H
#define PLUTO_LINGER_H

#include "child.h"

#define LINGER_MS 3000
#define LINGER_MAX 8			/* of one conn: who rekeys without end does not fill the kernel */

/*
 * The end of @k, which is none of @children any more. If one of these has its conn's traffic it stays a while, else the
 * tunnel is down: it ends at once, with all of its conn that stay.
 */
void linger_remove(struct pfkey *pk, const struct child *children, struct child *k);
/* An SA to be added has the SAID of one that stays: that one goes. False: it was none of these. */
bool linger_give_way(struct pfkey *pk, const struct said *said);
/* All of them go. */
void linger_close(struct pfkey *pk);

void linger_serve(struct pfkey *pk);
/* When linger_serve() is due next. */
uint64_t linger_deadline(void);

#endif
