/* SPDX-License-Identifier: GPL-2.0 */
/* UPDATE of a mature SA: what it may change, and SAs that are elsewhere than their name, the SAID, says. */
#ifndef KLIPS_SA_MOVE_H
#define KLIPS_SA_MOVE_H

#include "sa.h"

/* klips_sa_lookup() for a packet with @said on the wire: also an SA that was moved there and has another name. */
struct klips_sa *klips_sa_arrived(struct klips_net *kn, const struct klips_said *said);

/*
 * Whether @def, where it says anything, says of the mature @sa what it is, but for its limits, where it is, and whether
 * it goes in UDP. Caller holds kn->lock.
 */
bool klips_sa_may_change(const struct klips_sa *sa, const struct klips_sa_def *def);

/*
 * Both ends are where @def says now, which klips_sa_may_change() allowed. -EEXIST: @sa takes packets in, and another SA has
 * its SPI there; -ENOMEM. Then it is where it was. Caller holds kn->lock.
 */
int klips_sa_move(struct klips_net *kn, struct klips_sa *sa, const struct klips_sa_def *def);

/* Before @sa goes. Caller holds kn->lock. */
void klips_sa_unplace(struct klips_net *kn, struct klips_sa *sa);

int klips_moved_init(struct klips_net *kn);
/* Nothing is moved any more. */
void klips_moved_exit(struct klips_net *kn);

#endif
