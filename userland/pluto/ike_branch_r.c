// SPDX-License-Identifier: GPL-2.0
/* Whose Child SA the peer asks for, in an IKE SA that stands. */
#include "ike_internal.h"

/* The IKE SA, or branch, by which @conn is up with the peer of @trunk; NULL: it is not. */
static struct ike_sa *up_with(const struct ike_conn *conn, const struct ike_sa *trunk)
{
	struct ike_sa *o;

	for (o = conn->sas; o; o = o->conn_next)
		if (o->state == SA_UP && o->child.installed && !o->superseded && sa_same_peer(o, trunk))
			return o;
	return NULL;
}

enum fit { NOTHING, PART, WHOLE };

/* What the peer would get of @conn. */
static enum fit fits(const struct ike_conn *conn, const struct ike_sa *trunk, const struct ike_ts_list *tsi,
		     const struct ike_ts_list *tsr)
{
	struct ike_ts ours[IKE_MAX_TS], theirs[IKE_MAX_TS], out[IKE_MAX_TS];
	unsigned int n = conn_ts(conn, true, &trunk->local, ours);
	unsigned int m = conn_ts(conn, false, &trunk->home, theirs);

	if (!ike_ts_narrow(tsr->list, tsr->n, ours, n, out) || !ike_ts_narrow(tsi->list, tsi->n, theirs, m, out))
		return NOTHING;
	return ike_ts_within(ours, n, tsr->list, tsr->n) && ike_ts_within(theirs, m, tsi->list, tsi->n) ? WHOLE : PART;
}

/*
 * We brought it up by another IKE SA just now: the peer may have asked before it knew that, and then it has to be the same
 * one for both.
 */
static bool crossing(const struct ike_sa *up)
{
	return up->initiator && up->e->now - up->up_at < retransmit_total(up->e);
}

/*
 * A conn that is up is not to be had once more, nor a part of it: it would take the eroutes from it. Where another one
 * fits as a whole, or where none that is up fits at all, that one.
 */
static struct ike_conn *conn_of_mode(struct ike_sa *trunk, const struct ike_ts_list *tsi, const struct ike_ts_list *tsr,
				     bool transport, uint16_t *error)
{
	struct ike_conn *conn = NULL, *first = NULL, *seen;
	struct ike_sa *up;
	bool taken = false;
	enum fit fit;

	while ((conn = which_next_id(trunk, &trunk->peer_id, &trunk->conn->cfg.local_id, conn))) {
		seen = conn_is_template(conn) ? instance_find(conn, trunk) : conn;
		seen = seen ? seen : conn;
		fit = auth_same(trunk->conn, conn) && conn->cfg.transport == transport ? fits(seen, trunk, tsi, tsr) : NOTHING;
		if (fit == NOTHING)
			continue;
		up = up_with(seen, trunk);
		if (fit == WHOLE && up && sa_trunk(up) != trunk && crossing(up)) {
			*error = N_TEMPORARY_FAILURE;
			return NULL;
		}
		if (fit == WHOLE && (!up || sa_trunk(up) != trunk))
			return conn;
		taken |= up != NULL;
		if (!first && !up)
			first = conn;
	}
	*error = taken ? N_NO_ADDITIONAL_SAS : N_TS_UNACCEPTABLE;
	return taken ? NULL : first;
}

/* RFC 7296 1.3.1: transport mode may be declined, by answering with tunnel mode. */
struct ike_conn *branch_conn(struct ike_sa *trunk, const struct ike_ts_list *tsi, const struct ike_ts_list *tsr,
			     bool transport, uint16_t *error)
{
	struct ike_conn *conn = conn_of_mode(trunk, tsi, tsr, transport, error);

	if (!conn && *error == N_TS_UNACCEPTABLE)
		conn = conn_of_mode(trunk, tsi, tsr, !transport, error);
	if (!conn)
		return NULL;
	conn = instance_by(trunk, conn);
	if (!conn)
		*error = N_TS_UNACCEPTABLE;
	return conn;
}
