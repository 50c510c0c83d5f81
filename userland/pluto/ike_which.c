// SPDX-License-Identifier: GPL-2.0
/* Several conns between the same two hosts, see ike_which.h. */
#include "ike_internal.h"

static bool allows(const struct ike_conn *conn, const struct ike_proposal *p)
{
	unsigned int i;

	for (i = 0; i < conn->cfg.n_ike; i++)
		if (ike_proposal_equal(&conn->cfg.ike[i], p))
			return true;
	return false;
}

/* ---- before it is known who it is ---- */

/* Pairs of leftsubnets= are many such conns. */
static bool same_ike(const struct ike_conn *a, const struct ike_conn *b)
{
	return ike_lists_equal(a->cfg.ike, a->cfg.n_ike, b->cfg.ike, b->cfg.n_ike);
}

/* @a comes after @b in the list of conns. What the peer hopes for it names first, with a value of its group. */
static bool better(const struct common *a, const struct common *b, uint16_t group)
{
	bool at_once = a->chosen->dh == group;

	if (conn_is_template(a->conn) != conn_is_template(b->conn))
		return false;
	if (at_once != (b->chosen->dh == group))
		return at_once;
	return a->at < b->at;
}

bool which_offer(struct ike_engine *e, const struct msg *m, const struct ike_offers *offers, uint16_t group,
		 struct common *best)
{
	struct common c = { .conn = NULL };
	struct ike_notify n;
	bool inter = ike_notify_find(&m->outer, N_INTERMEDIATE_EXCHANGE_SUPPORTED, &n);

	*best = c;
	while ((c.conn = conn_by_addr(e, &m->local, &m->remote, c.conn))) {
		if (best->conn && same_ike(c.conn, best->conn))
			continue;
		c.chosen = ike_choose(offers, false, c.conn->cfg.ike, c.conn->cfg.n_ike, group, &c.offer);
		if (c.chosen && !inter && ike_addke(c.chosen, 0))
			c.chosen = NULL;
		if (c.chosen)
			c.at = ike_named_at(offers, c.conn->cfg.ike, c.conn->cfg.n_ike, c.chosen);
		if (!best->conn || (c.chosen && (!best->chosen || better(&c, best, group))))
			*best = c;
	}
	return best->chosen;
}

/* ---- and after ---- */

struct ike_conn *which_next(const struct ike_sa *sa, struct ike_conn *after)
{
	while ((after = conn_by_addr(sa->e, &sa->local, &sa->home, after)))
		if (allows(after, &sa->alg))
			break;
	return after;
}

struct ike_conn *which_next_id(const struct ike_sa *sa, const struct ike_id *peer, const struct ike_id *me,
			       struct ike_conn *after)
{
	while ((after = which_next(sa, after)))
		if (conn_ids_match(after, peer, me))
			break;
	return after;
}

bool which_weaker(const struct ike_sa *sa, const struct ike_id *peer, const struct ike_id *me)
{
	char id[IKE_ID_TEXT], remote[IKE_ADDR_TEXT], alg[IKE_PROPOSAL_TEXT], ours[IKE_OFFERS_TEXT];
	struct ike_conn *conn = NULL;

	while ((conn = conn_by_addr(sa->e, &sa->local, &sa->home, conn)))
		if (conn_ids_match(conn, peer, me))
			break;
	if (!conn)
		return false;
	ike_log_limited(sa->e, LOG_WARNING,
			"authentication failed: %s at %s is for conn \"%s\", and came with %s, which another conn between these addresses allows; ike= of this one allows %s",
			ike_id_text(peer, id), ike_peer_text(&sa->remote, remote), conn->name, ike_proposal_text(&sa->alg, alg),
			ike_list_text(conn->cfg.ike, conn->cfg.n_ike, false, ours));
	return true;
}

static bool all_allow(const struct ike_sa *trunk, const struct ike_proposal *p)
{
	const struct ike_sa *sa;

	for (sa = trunk; sa; sa = family_next(sa))
		if (!allows(sa->conn, p))
			return false;
	return true;
}

unsigned int which_ike(const struct ike_sa *trunk, struct ike_proposal list[IKE_MAX_PROPOSALS])
{
	const struct ike_conn_config *cfg = &trunk->conn->cfg;
	unsigned int i, n = 0;

	for (i = 0; i < cfg->n_ike; i++)
		if (all_allow(trunk, &cfg->ike[i]))
			list[n++] = cfg->ike[i];
	return n;
}
