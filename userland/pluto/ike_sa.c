// SPDX-License-Identifier: GPL-2.0
/* The life of an IKE SA: tables, states, ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

#define SA_TIMERS 4

#define SA_STATE_STORY(state, story) story,

const char *sa_story(enum sa_state state)
{
	static const char *const stories[] = { SA_STATES(SA_STATE_STORY) };

	return stories[state];
}

void *copy_bytes(const void *p, size_t len)
{
	void *copy = malloc(len ? len : 1);

	if (copy && len)
		memcpy(copy, p, len);
	return copy;
}

/* SPIs of strangers are theirs to choose, so all eight bytes count. */
static unsigned int bucket(const uint8_t *spi)
{
	uint64_t v;

	memcpy(&v, spi, sizeof(v));
	return (v * 0x9e3779b97f4a7c15u >> 40) % IKE_BUCKETS;
}

struct ike_sa *sa_by_spi(struct ike_engine *e, const uint8_t *spi)
{
	struct ike_sa *sa;

	for (sa = e->by_spi[bucket(spi)]; sa; sa = sa->spi_next)
		if (!memcmp(sa_my_spi(sa), spi, IKE_SPI_LEN))
			return sa;
	return NULL;
}

/* A random SPI that is not 0 and not in use. */
static void choose_spi(struct ike_sa *sa)
{
	static const uint8_t none[IKE_SPI_LEN];
	uint8_t spi[IKE_SPI_LEN];
	unsigned int b;

	do {
		sa->e->env.random(sa->e->env.ctx, spi, sizeof(spi));
	} while (!memcmp(spi, none, sizeof(spi)) || sa_by_spi(sa->e, spi));
	memcpy(sa_my_spi(sa), spi, sizeof(spi));
	b = bucket(spi);
	sa->spi_next = sa->e->by_spi[b];
	sa->e->by_spi[b] = sa;
}

static void timer_init(struct timer *t, struct ike_sa *sa, void (*fn)(void *owner))
{
	t->fn = fn;
	t->owner = sa;
}

/* Without SPIs, as a branch is. */
struct ike_sa *sa_new_branch(struct ike_engine *e)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (!sa || heap_reserve(&e->heap, SA_TIMERS)) {
		free(sa);
		return NULL;
	}
	sa->e = e;
	sa->born = ++e->seq;
	sa->serial = ++e->next_serial;
	timer_init(&sa->t_send, sa, sa_send_timer);
	timer_init(&sa->t_state, sa, sa_state_timer);
	timer_init(&sa->t_life, sa, sa_life_timer);
	timer_init(&sa->t_child, sa, sa_child_timer);
	sa->all_prev = &e->all;
	sa->all_next = e->all;
	if (e->all)
		e->all->all_prev = &sa->all_next;
	e->all = sa;
	e->n_sas++;
	return sa;
}

struct ike_sa *sa_new(struct ike_engine *e, bool initiator, const struct ike_addr *local,
		      const struct ike_addr *remote)
{
	struct ike_sa *sa = sa_new_branch(e);

	if (!sa)
		return NULL;
	sa->initiator = initiator;
	sa->local = *local;
	sa->remote = *remote;
	sa->home = *remote;
	sa->leads = initiator;
	choose_spi(sa);
	if (!initiator) {
		sa->half_open = true;
		e->half_open++;
	}
	return sa;
}

void sa_attach(struct ike_sa *sa, struct ike_conn *conn)
{
	sa->conn = conn;
	sa->conn_next = conn->sas;
	conn->sas = sa;
	conn_get(conn);
}

static void detach(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;
	struct ike_sa **at;

	if (!conn)
		return;
	for (at = &conn->sas; *at != sa; at = &(*at)->conn_next)
		;
	*at = sa->conn_next;
	if (conn->current == sa)
		conn->current = NULL;
	if (conn->attempt == sa)
		conn->attempt = NULL;
	sa->conn = NULL;
	sa->e->instance_ended |= conn->of && !conn->sas;
	conn_touch(conn);
	conn_put(conn);
}

void sa_move(struct ike_sa *sa, struct ike_conn *conn)
{
	struct ike_conn *old = sa->conn;
	struct ike_sa **at;

	if (conn == old)
		return;
	for (at = &old->sas; *at != sa; at = &(*at)->conn_next)
		;
	*at = sa->conn_next;
	sa_attach(sa, conn);
	conn_put(old);
}

void sa_index_peer(struct ike_sa *sa)
{
	unsigned int b = bucket(sa->spi_i);

	sa->peer_next = sa->e->by_peer[b];
	sa->e->by_peer[b] = sa;
}

struct ike_sa *sa_by_init(struct ike_engine *e, const struct ike_addr *remote,
			  const uint8_t *spi_i, const uint8_t hash[32])
{
	struct ike_sa *sa;

	for (sa = e->by_peer[bucket(spi_i)]; sa; sa = sa->peer_next)
		if (!memcmp(sa->spi_i, spi_i, IKE_SPI_LEN) &&
		    !memcmp(sa->init_hash, hash, sizeof(sa->init_hash)) &&
		    ike_addr_equal(&sa->remote, remote))
			return sa;
	return NULL;
}

static void unindex(struct ike_sa *sa)
{
	struct ike_sa **at;

	if (sa->trunk)
		return;
	for (at = &sa->e->by_spi[bucket(sa_my_spi(sa))]; *at; at = &(*at)->spi_next) {
		if (*at != sa)
			continue;
		*at = sa->spi_next;
		break;
	}
	for (at = &sa->e->by_peer[bucket(sa->spi_i)]; *at; at = &(*at)->peer_next) {
		if (*at != sa)
			continue;
		*at = sa->peer_next;
		break;
	}
}

/* How long a state may last, 0: something else watches over it. */
static uint64_t state_limit(const struct ike_sa *sa)
{
	switch (sa->state) {
	case SA_I_INIT:
	case SA_I_KE:
	case SA_I_AUTH:
	case SA_UP:
	case SA_DELETING:
	case SA_EMBRYO:
		return 0;
	case SA_R_INIT:
		return retransmit_total(sa->e) + 5000;
	case SA_DEAD:
		return retransmit_total(sa->e);
	default:
		return IKE_PATIENCE_MS;
	}
}

void sa_set_state(struct ike_sa *sa, enum sa_state state)
{
	uint64_t limit;

	sa->state = state;
	limit = state_limit(sa);
	if (limit)
		timer_set(&sa->e->heap, &sa->t_state, sa->e->now + limit);
	else
		timer_clear(&sa->e->heap, &sa->t_state);
}

void sa_not_half_open(struct ike_sa *sa)
{
	if (sa->half_open)
		sa->e->half_open--;
	sa->half_open = false;
}

/* ---- ends ---- */

void child_release(struct ike_engine *e, struct child *child)
{
	if (child->remove && child->have_spi) {
		if (child->installed)
			memcpy(child->remove->a.remove.spi_out, child->c.spi_out, 4);
		act_push(e, child->remove);
	} else {
		act_free(child->remove);
	}
	act_free(child->takeover);
	explicit_bzero(child, sizeof(*child));
}

/* Gives back the SPI and what is installed, at once or when the request's result comes. */
void child_end(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;

	if (sa->req && (sa->req->kind == IKE_GETSPI || sa->req->kind == IKE_INSTALL))
		req_orphan(sa);
	child_release(sa->e, &sa->child);
	if (conn && conn->current == sa) {
		conn->current = NULL;
		conn_touch(conn);
	}
}

/* What only IKE_SA_INIT and IKE_AUTH need. */
void sa_wipe_init(struct ike_sa *sa)
{
	int i;

	for (i = 0; i < 2; i++) {
		free(sa->msg[i]);
		sa->msg[i] = NULL;
	}
	free(sa->peer_ke);
	free(sa->inner);
	free(sa->parked);
	sa->peer_ke = NULL;
	sa->inner = NULL;
	sa->parked = NULL;
	ppk_forget(sa);
	ask_forget(sa);
	explicit_bzero(sa->int_auth, sizeof(sa->int_auth));
	explicit_bzero(&sa->before, sizeof(sa->before));
	explicit_bzero(sa->keys.p, sizeof(sa->keys.p));
}

static void leave_trunk(struct ike_sa *sa)
{
	struct ike_sa **at = &sa->trunk->branches;

	while (*at != sa)
		at = &(*at)->branch_next;
	*at = sa->branch_next;
	sa->branch_next = NULL;
}

/* Everything but the tables and the answer to repetitions. */
static void retire(struct ike_sa *sa)
{
	branches_end(sa);
	children_end(sa);
	if (sa->trunk)
		leave_trunk(sa);
	req_orphan(sa);
	dh_forget(sa);
	sa_not_half_open(sa);
	sa_wipe_init(sa);
	sa_answered(sa);
	frag_forget(sa, false);
	frag_forget(sa, true);
	explicit_bzero(&sa->keys, sizeof(sa->keys));
	timer_clear(&sa->e->heap, &sa->t_life);
	timer_clear(&sa->e->heap, &sa->t_state);
	timer_clear(&sa->e->heap, &sa->t_child);
	detach(sa);
}

void sa_bury(struct ike_sa *sa)
{
	retire(sa);
	sa_set_state(sa, SA_DEAD);
}

void sa_drop(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;

	if (!sa->all_prev)
		return;			/* lies in the graveyard */
	retire(sa);
	sa->state = SA_DEAD;
	unindex(sa);
	*sa->all_prev = sa->all_next;
	if (sa->all_next)
		sa->all_next->all_prev = sa->all_prev;
	sa->all_prev = NULL;
	sa->all_next = e->graveyard;
	e->graveyard = sa;
	e->n_sas--;
	heap_release(&e->heap, SA_TIMERS);
}

void sa_free_graveyard(struct ike_engine *e)
{
	struct ike_sa *sa;

	while ((sa = e->graveyard)) {
		e->graveyard = sa->all_next;
		free(sa->in.reply);
		explicit_bzero(sa, sizeof(*sa));
		free(sa);
	}
}

void sa_close(struct ike_sa *sa)
{
	branches_end(sa);
	children_end(sa);
	req_orphan(sa);
	if (!sa->keys.ready) {
		sa_drop(sa);
		return;
	}
	if (sa->conn && sa->conn->attempt == sa) {
		sa->conn->attempt = NULL;
		conn_touch(sa->conn);
	}
	timer_clear(&sa->e->heap, &sa->t_life);
	if (sa->in.pending && sa->state == SA_UP)
		sa_reply_notify(sa, sa->in.exchange, N_TEMPORARY_FAILURE, NULL, 0);
	sa_set_state(sa, SA_DELETING);
	sa->send_delete = true;
	sa_send_next(sa);
}

void sa_end(struct ike_sa *sa, uint16_t refuse)
{
	if (sa->state != SA_UP)
		branches_scatter(sa);
	switch (sa->state) {
	case SA_I_AUTH:
		/* The peer may have it up already: that is known when the answer comes. */
		sa->doomed = true;
		child_end(sa);
		if (sa->conn->attempt == sa)
			sa->conn->attempt = NULL;
		break;
	case SA_I_CHECK:
	case SA_I_INSTALL:
		sa_close(sa);
		break;
	case SA_UP:
		tunnel_close(sa, true);
		break;
	case SA_R_CHECK:
	case SA_R_GETSPI:
	case SA_R_MAKE:
	case SA_R_INSTALL:
		auth_r_refuse(sa, refuse);
		break;
	case SA_DELETING:
	case SA_DEAD:
		break;
	default:
		sa_drop(sa);
	}
}
