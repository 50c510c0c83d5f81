/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several Child SAs in one IKE SA: the part of ike_internal.h that is about it.
 *
 * The conn that brought an IKE SA up has its Child SA in struct ike_sa itself. Each other conn that uses it hangs on it
 * as a branch: a struct ike_sa with Child SAs, but without SPIs, keys and window, which are those of .trunk. So whatever
 * is about Child SAs needs not know the difference. A family is a trunk and its branches. It has one CREATE_CHILD_SA that it
 * began and one that the peer did, as the window is one. A trunk may be without a Child SA of its own while branches
 * have some.
 */
#ifndef PLUTO_IKE_BRANCH_H
#define PLUTO_IKE_BRANCH_H

#include "ike_internal.h"

#define IKE_MAX_NAMED 64		/* SPIs in one DELETE */

/* The IKE SA itself. */
static inline struct ike_sa *sa_trunk(struct ike_sa *sa)
{
	return sa->trunk ? sa->trunk : sa;
}

/* The member of @trunk's family after @sa, the trunk being the first; NULL: none. */
static inline struct ike_sa *family_next(const struct ike_sa *sa)
{
	return sa->trunk ? sa->branch_next : sa->branches;
}

/* Some Child SA stands. */
bool family_up(const struct ike_sa *trunk);
/* The same, or one is waited for. @but: besides this one; may be NULL. */
bool family_alive(const struct ike_sa *trunk, const struct ike_sa *but);
/* The CREATE_CHILD_SA that we, or the peer, began; NULL: none. */
struct xchg *family_x(struct ike_sa *sa, bool initiator);
/* The Child SA that the peer knows by @spi, and whose it is. */
struct child *family_by_spi_out(struct ike_sa *sa, const uint8_t *spi, struct ike_sa **owner, struct spare **s);
struct child *family_by_serial(struct ike_sa *sa, uint32_t serial, struct ike_sa **owner, struct spare **s);
/* conn_lost() for all of them. */
void family_lost(struct ike_sa *trunk, enum ike_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* conn_renew() for all of them; false: for none. */
bool family_renew(struct ike_sa *trunk);

/* The IKE SA that stands, or is being made, and that @conn may use; NULL: none. */
struct ike_sa *branch_trunk(struct ike_conn *conn);
/* A branch of @trunk for @conn, not begun; NULL: no memory. */
struct ike_sa *branch_new(struct ike_sa *trunk, struct ike_conn *conn);
/* What a branch has from its trunk, after that changed. */
void branch_refresh(struct ike_sa *b);
/* As branch of @trunk it is up or comes up there; NULL: neither. */
struct ike_sa *branch_find(struct ike_sa *trunk, const struct ike_conn *conn);
/* The conn whose Child SA the peer asks for, in this mode; NULL: *error says why there is none. */
struct ike_conn *branch_conn(struct ike_sa *trunk, const struct ike_ts_list *tsi, const struct ike_ts_list *tsr,
			     bool transport, uint16_t *error);
/* Begins with one that waits, if nothing else is under way. */
void branch_next(struct ike_sa *trunk);
/* For beats(): @x makes its Child SA. */
void branch_line(struct ike_sa *b, const struct xchg *x);
/* Without a word to the peer, but with an answer if it waits for one. */
void branch_drop(struct ike_sa *b);
/* If nothing of it is there or under way, it goes. */
void branch_tidy(struct ike_sa *sa);
/* The trunk ends, and all that hangs on it. */
void branches_end(struct ike_sa *trunk);
/* The trunk will not come up: those that wait for it look for another one. */
void branches_scatter(struct ike_sa *trunk);

/* The Child SA of @sa ends; with it the IKE SA if there is no other one. @tell: the peer has to be told. */
void tunnel_close(struct ike_sa *sa, bool tell);
/* The peer has another one in place of @sa's, and will delete it. */
void tunnel_linger(struct ike_sa *sa);
/* @s: names @spi, of a Child SA that we have no more, in the next DELETE; @later: the peer may delete it before. */
void spare_bye(struct ike_sa *trunk, struct spare *s, const uint8_t spi[4], bool later);

#endif
