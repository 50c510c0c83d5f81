// SPDX-License-Identifier: GPL-2.0
/* What happens when an IKE SA has waited long enough. */
#include "ike_internal.h"

static uint64_t liveness(const struct ike_engine *e)
{
	return e->env.liveness_ms ? e->env.liveness_ms : IKE_LIVENESS_MS;
}

void sa_heard(struct ike_sa *sa)
{
	sa->heard = sa->e->now;
	if (sa->child.installed && !sa->superseded)
		timer_set(&sa->e->heap, &sa->t_state, sa->e->now + liveness(sa->e));
}

/* RFC 7296 2.4: an empty INFORMATIONAL; no answer to it and the peer is gone. */
static void ask(struct ike_sa *sa)
{
	sa->send_liveness = true;
	sa_send_next(sa);
	timer_set(&sa->e->heap, &sa->t_state, sa->e->now + liveness(sa->e));
}

static void refused(struct ike_sa *sa)
{
	char list[IKE_OFFERS_TEXT], peer[IKE_ADDR_TEXT];

	conn_failed(sa, IKE_NO_PROPOSAL,
		    "no proposal chosen: %s takes none of %s, or has no conn for us; compare ike= with what its log says it allows",
		    ike_peer_text(&sa->remote, peer),
		    ike_list_text(sa->conn->cfg.ike, sa->conn->cfg.n_ike, false, list));
	sa_drop(sa);
}

/* A request went out of the engine and no result came. */
static void no_result(struct ike_sa *sa)
{
	bool kernel = sa->state == SA_I_GETSPI || sa->state == SA_I_INSTALL;

	if (!sa->initiator) {
		ike_log(sa->e, sa->conn, LOG_ERR, "gave up %s: no result for %u s",
			sa_story(sa->state), IKE_PATIENCE_MS / 1000);
		if (sa->in.pending && sa->keys.ready)
			auth_r_refuse(sa, N_TEMPORARY_FAILURE);
		else
			sa_drop(sa);
		return;
	}
	conn_failed(sa, kernel ? IKE_KERNEL : IKE_PROTOCOL, "gave up %s: no result for %u s",
		    sa_story(sa->state), IKE_PATIENCE_MS / 1000);
	if (sa->state == SA_I_CHECK || sa->state == SA_I_INSTALL)
		sa_close(sa);
	else
		sa_drop(sa);
}

void sa_state_timer(void *owner)
{
	struct ike_sa *sa = owner;

	switch (sa->state) {
	case SA_I_INIT:
		refused(sa);
		break;
	case SA_UP:
		if (sa->child.installed && !sa->superseded)
			ask(sa);
		else
			sa_close(sa);
		break;
	case SA_R_INIT:
	case SA_DEAD:
		sa_drop(sa);
		break;
	default:
		no_result(sa);
	}
}

/* First time: a new one should be made. Second time: it is over. */
void sa_life_timer(void *owner)
{
	struct ike_sa *sa = owner;
	struct ike_conn *conn = sa->conn;

	if (sa->e->now < sa->expires) {
		timer_set(&sa->e->heap, &sa->t_life, sa->expires);
		if (conn && conn->current == sa && conn->wanted) {
			conn->renew = true;
			conn_retry(conn);
		}
		return;
	}
	conn_lost(sa, IKE_GONE, "its lifetime is over");
	sa_close(sa);
}
