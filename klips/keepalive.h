/* SPDX-License-Identifier: GPL-2.0 */
/* NAT keepalives (RFC 3948 2.3, 4) as events: nothing else touches their timers. */
#ifndef KLIPS_KEEPALIVE_H
#define KLIPS_KEEPALIVE_H

struct klips_sa;

/* A new SA exists, no timer runs. */
void klips_keepalive_init(struct klips_sa *sa);
/* It is in the table, or its encapsulation changed. kn->lock held. */
void klips_keepalive_start(struct klips_sa *sa);
/* It left the table. kn->lock held. */
void klips_keepalive_stop(struct klips_sa *sa);

#endif
