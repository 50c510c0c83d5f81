/* SPDX-License-Identifier: GPL-2.0 */
/* Lifetimes of SAs as events: nothing else touches the timers. */
#ifndef KLIPS_LIFE_H
#define KLIPS_LIFE_H

struct klips_sa;

/* A new SA exists, no timer runs. */
void klips_life_init(struct klips_sa *sa);
/* It is in the table, or its limits changed. kn->lock held. */
void klips_life_start(struct klips_sa *sa);
/* It left the table. kn->lock held. */
void klips_life_stop(struct klips_sa *sa);
/* It carried its first packet. Any context. */
void klips_life_used(struct klips_sa *sa);
/* Its sequence numbers are used up, which is a hard limit too (RFC 4303 3.3.3). Any context. */
void klips_life_exhausted(struct klips_sa *sa);
/*
 * One more packet wants through: false where a limit of bytes or packets is
 * over. RCU read lock held, any context.
 */
bool klips_life_allows(struct klips_sa *sa);

#endif
