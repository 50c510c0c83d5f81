// SPDX-License-Identifier: GPL-2.0
/* What happens when an IKE SA has waited long enough. */
#include <string.h>

#include "ike_internal.h"

static uint64_t liveness(const struct ike_sa *sa)
{
	const struct ike_env *env = &sa->e->env;

	if (sa->conn && sa->conn->cfg.dpd_delay)
		return 1000ull * sa->conn->cfg.dpd_delay;
	return env->liveness_ms ? env->liveness_ms : IKE_LIVENESS_MS;
}

void sa_heard(struct ike_sa *sa)
{
	sa->heard = sa->e->now;
	/* What asks us in its turn must not keep us from looking whether ESP comes. */
	if (sa->t_state.slot && eaten_watched(sa))
		return;
	if (family_up(sa) && !sa->superseded)
		timer_set(&sa->e->heap, &sa->t_state, sa->e->now + liveness(sa));
}

/* RFC 7296 2.4: an empty INFORMATIONAL; no answer to it and the peer is gone. */
static void ask(struct ike_sa *sa)
{
	sa->send_liveness = true;
	sa_send_next(sa);
}

/* What came in through the Child SA since we looked last is a sign of life, too. */
void sa_looked(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	uint64_t packets[2] = { 0, 0 }, before = sa->looked_at == sa->child.c.child ? sa->looked : 0;

	if (!sa->child.installed || sa->superseded)
		return;
	if (!error && len == sizeof(packets))
		memcpy(packets, data, sizeof(packets));
	sa->looked_at = sa->child.c.child;
	sa->looked = packets[0];
	if (eaten_look(sa, packets[0], packets[1]))
		ask(sa);
	else if (packets[0] > before)
		sa_heard(sa);
	else if (sa->e->now >= sa->heard + liveness(sa))
		ask(sa);
	else
		timer_set(&sa->e->heap, &sa->t_state, sa->heard + liveness(sa));
}

/* Nothing was heard for a while: at IKE, that is. */
static void look(struct ike_sa *sa)
{
	struct act *act = sa->req || !sa->child.installed ? NULL : act_new(IKE_LOOK, sa->conn, 0);

	timer_set(&sa->e->heap, &sa->t_state, sa->e->now + liveness(sa));
	if (act)
		act->a.look = sa->child.c.child;
	if (!act || req_send(sa, act))
		ask(sa);
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
		if (sa->trunk)
			tunnel_close(sa, true);
		else if (family_up(sa) && !sa->superseded)
			look(sa);
		else if (family_alive(sa, NULL) && !sa->superseded)
			timer_set(&sa->e->heap, &sa->t_state, sa->e->now + IKE_CHILDLESS_MS);
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

/* Before the end: a new one should be made. At the end it is over. */
void sa_life_timer(void *owner)
{
	struct ike_sa *sa = owner;
	struct ike_conn *conn = sa->conn;

	if (sa->e->now >= sa->expires) {
		family_lost(sa, IKE_GONE, "the lifetime of its IKE SA is over");
		sa_close(sa);
		return;
	}
	timer_set(&sa->e->heap, &sa->t_life, sa->expires);
	if (!conn || !family_up(sa) || sa->superseded)
		return;
	if (conn->cfg.reauth && family_renew(sa))
		return;
	if (rekey_ike(sa))
		rekey_ike_later(sa, 1000);
}
