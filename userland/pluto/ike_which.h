/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom a peer that calls may mean, of several conns between the same two hosts: the part of ike_internal.h that is about it.
 * IKE_SA_INIT takes the algorithms of one of them before the peer has said who it is. Later only a conn counts that has
 * these in its own list: what is good enough for one peer is so for no other one.
 */
#ifndef PLUTO_IKE_WHICH_H
#define PLUTO_IKE_WHICH_H

#include "ike_internal.h"

/* What a conn and the offer of a peer have in common. */
struct common {
	struct ike_conn *conn;
	const struct ike_proposal *chosen;
	const struct ike_offer *offer;
	unsigned int at;		/* how far down in the offer the peer names the first of it */
};

/*
 * The conn whose algorithms IKE_SA_INIT takes: one for this peer's address before one for anybody; of these one whose
 * group is that of the peer's KE, @group; of these the one of whose ciphers the peer names one first. False: none has
 * anything in common, .conn is the first there is, or NULL.
 */
bool which_offer(struct ike_engine *e, const struct msg *m, const struct ike_offers *offers, uint16_t group,
		 struct common *best);
/* The next conn after @after between the addresses of @sa that allows the algorithms of @sa. */
struct ike_conn *which_next(const struct ike_sa *sa, struct ike_conn *after);
/* The same, with these ids. */
struct ike_conn *which_next_id(const struct ike_sa *sa, const struct ike_id *peer, const struct ike_id *me,
			       struct ike_conn *after);
/* There is none of these because of its algorithms: logged. */
bool which_weaker(const struct ike_sa *sa, const struct ike_id *peer, const struct ike_id *me);
/* What all conns of the family allow: an IKE SA that is rekeyed may become nothing else. */
unsigned int which_ike(const struct ike_sa *trunk, struct ike_proposal list[IKE_MAX_PROPOSALS]);

#endif
