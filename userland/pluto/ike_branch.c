// SPDX-License-Identifier: GPL-2.0
/* Several Child SAs in one IKE SA, RFC 7296 1.3.1: see ike_branch.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* ---- families ---- */

/* It is to get its first Child SA, by us or by the peer. */
static bool coming(const struct ike_sa *sa)
{
	return sa->trunk && (sa->conn->attempt == sa || sa->x_r);
}

bool family_alive(const struct ike_sa *trunk, const struct ike_sa *but)
{
	const struct ike_sa *sa;

	for (sa = trunk; sa; sa = family_next(sa))
		if (sa != but && (sa->child.installed || coming(sa)))
			return true;
	return false;
}

bool family_up(const struct ike_sa *trunk)
{
	const struct ike_sa *sa;

	for (sa = trunk; sa; sa = family_next(sa))
		if (sa->child.installed)
			return true;
	return false;
}

struct xchg *family_x(struct ike_sa *sa, bool initiator)
{
	for (sa = sa_trunk(sa); sa; sa = family_next(sa))
		if (initiator ? sa->x_i : sa->x_r)
			return initiator ? sa->x_i : sa->x_r;
	return NULL;
}

struct child *family_by_spi_out(struct ike_sa *sa, const uint8_t *spi, struct ike_sa **owner, struct spare **s)
{
	struct child *c = NULL;

	for (sa = sa_trunk(sa); sa && !c; sa = family_next(sa)) {
		*owner = sa;
		c = child_by_spi_out(sa, spi, s);
	}
	return c;
}

struct child *family_by_serial(struct ike_sa *sa, uint32_t serial, struct ike_sa **owner, struct spare **s)
{
	struct child *c = NULL;

	for (sa = sa_trunk(sa); sa && !c; sa = family_next(sa)) {
		*owner = sa;
		c = child_by_serial(sa, serial, s);
	}
	return c;
}

void family_lost(struct ike_sa *trunk, enum ike_reason reason, const char *fmt, ...)
{
	struct ike_sa *sa, *next;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (sa = trunk; sa; sa = next) {
		next = family_next(sa);
		conn_lost(sa, reason, "%s", text);
	}
}

bool family_renew(struct ike_sa *trunk)
{
	struct ike_sa *sa, *next;
	bool any = false;

	for (sa = trunk; sa; sa = next) {
		next = family_next(sa);
		any |= conn_renew(sa);
	}
	return any;
}

/* ---- which IKE SA ---- */

static bool same_ike(const struct ike_conn_config *a, const struct ike_conn_config *b)
{
	return a->encap == b->encap && a->mobike == b->mobike && a->frag == b->frag &&
	       ike_lists_equal(a->ike, a->n_ike, b->ike, b->n_ike);
}

/* Made by us, and on its way. */
static bool on_its_way(const struct ike_sa *sa)
{
	return sa->state <= SA_I_INSTALL && sa->conn->attempt == sa;
}

/* Who was authenticated for the conn of @sa is who @conn wants, by what it wants. */
static bool same_peer(const struct ike_sa *sa, const struct ike_conn *conn)
{
	const struct ike_conn_config *cfg = &conn->cfg, *has = &sa->conn->cfg;

	if (!ike_addr_equal(&sa->local, &cfg->local) || !ike_addr_equal(&sa->home, &cfg->remote))
		return false;
	if (!auth_same(sa->conn, conn) || (cfg->auth_me | cfg->auth_peer) & IKE_AUTHBY_NULL || !same_ike(cfg, has))
		return false;
	return sa->state == SA_UP ? conn_ids_match(conn, &sa->peer_id, &has->local_id) :
	       ike_id_equal(&cfg->remote_id, &has->remote_id);
}

static bool may_carry(struct ike_sa *sa, const struct ike_conn *conn)
{
	if (sa->trunk || !sa->conn || sa->doomed || sa->superseded || sa->heir_of || sa->serial == conn->refused_by)
		return false;
	if (sa->state == SA_UP ? !family_alive(sa, NULL) : !on_its_way(sa))
		return false;
	if (conn->current && sa_trunk(conn->current) == sa)
		return false;		/* it is to be made anew */
	return same_peer(sa, conn);
}

struct ike_sa *branch_trunk(struct ike_conn *conn)
{
	struct ike_sa *sa;

	if (conn->cfg.ask_address)
		return NULL;		/* that is done in IKE_AUTH only */
	for (sa = conn->e->all; sa && !may_carry(sa, conn); sa = sa->all_next)
		;
	return sa;
}

/* ---- life ---- */

void branch_refresh(struct ike_sa *b)
{
	const struct ike_sa *trunk = b->trunk;

	b->local = trunk->local;
	b->remote = trunk->remote;
	b->home = trunk->home;
	b->nat = trunk->nat;
	b->alg = trunk->alg;
	b->peer_id = trunk->peer_id;
}

struct ike_sa *branch_new(struct ike_sa *trunk, struct ike_conn *conn)
{
	struct ike_sa *b = sa_new_branch(trunk->e), **at = &trunk->branches;

	if (!b)
		return NULL;
	while (*at)
		at = &(*at)->branch_next;
	*at = b;
	b->trunk = trunk;
	branch_refresh(b);
	sa_set_state(b, SA_UP);
	sa_attach(b, conn);
	return b;
}

struct ike_sa *branch_find(struct ike_sa *trunk, const struct ike_conn *conn)
{
	struct ike_sa *b;

	for (b = trunk->branches; b && (b->conn != conn || b->superseded); b = b->branch_next)
		;
	return b;
}

void branch_line(struct ike_sa *b, const struct xchg *x)
{
	int low = nonce_cmp(x->nonce[0], x->nonce_len[0], x->nonce[1], x->nonce_len[1]) > 0;

	b->initiator = x->initiator;
	b->line.initiator = x->initiator;
	b->line.len = x->nonce_len[low];
	memcpy(b->line.nonce, x->nonce[low], b->line.len);
}

static struct ike_sa *first_waiting(const struct ike_sa *trunk)
{
	struct ike_sa *b;

	for (b = trunk->branches; b; b = b->branch_next)
		if (b->conn->attempt == b && !b->x_i && !b->child.installed)
			break;
	return b;
}

void branch_next(struct ike_sa *trunk)
{
	struct ike_sa *b;

	if (trunk->superseded || family_x(trunk, true) || family_x(trunk, false))
		return;
	b = first_waiting(trunk);
	if (!b)
		return;
	branch_refresh(b);
	b->initiator = true;
	b->born = ++b->e->seq;
	conn_progress(b, "asking for a Child SA in the IKE SA #%u", trunk->serial);
	create_child(b);
}

void branch_drop(struct ike_sa *b)
{
	if (b->x_r)
		create_r_refuse(b->x_r, N_TEMPORARY_FAILURE);
	sa_drop(b);
}

void branch_tidy(struct ike_sa *sa)
{
	if (sa->trunk && sa->all_prev && !sa->child.installed && !sa->spares && !sa->x_i && !coming(sa))
		sa_drop(sa);
}

void branches_end(struct ike_sa *trunk)
{
	const struct ike_conn *conn = trunk->conn;
	bool said = !trunk->up && conn && conn->last_reason != IKE_OK && conn->last_text;
	struct ike_sa *b;

	while ((b = trunk->branches)) {
		conn_lost(b, IKE_GONE, "its IKE SA has ended");
		conn_failed(b, said ? conn->last_reason : IKE_GONE, "%s",
			    said ? conn->last_text : "the IKE SA that was to carry it has ended");
		sa_drop(b);
	}
}

void branches_scatter(struct ike_sa *trunk)
{
	struct ike_conn *conn;
	struct ike_sa *b;

	if (!trunk->up)
		trunk->doomed = true;
	while ((b = first_waiting(trunk))) {
		conn = b->conn;
		conn_get(conn);
		sa_drop(b);
		if (conn->tries)
			conn->tries--;
		conn_retry(conn);
		conn_put(conn);
	}
}

/* ---- ends of Child SAs ---- */

void spare_bye(struct ike_sa *trunk, struct spare *s, const uint8_t spi[4], bool later)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->child.c.spi_in, spi, 4);
	s->deleting = !later;
	s->due = trunk->e->now + IKE_LINGER_MS;
	s->next = trunk->spares;
	trunk->spares = s;
	child_timer_set(trunk);
}

/* What the peer may have made of our request is deleted when its answer comes. */
static void x_let_go(struct xchg *x, struct ike_sa *trunk)
{
	struct spare *s = x->spare;

	if (x->state == X_I_SENT) {
		x->sa->x_i = NULL;
		x->sa = trunk;
		x->unwanted = true;
		trunk->x_i = x;
		return;
	}
	if (x->state > X_I_SENT) {
		x->spare = NULL;
		spare_bye(trunk, s, x->child.c.spi_in, false);
	}
	x_end(x);
}

/* The SPIs of all that @sa has go to the trunk; false: no memory. */
static bool farewell(struct ike_sa *sa, struct ike_sa *trunk)
{
	struct spare *s, *next, *own = NULL;
	uint8_t spi[4];

	if (sa->child.installed) {
		own = calloc(1, sizeof(*own));
		if (!own)
			return false;
		memcpy(spi, sa->child.c.spi_in, 4);
		spare_bye(trunk, own, spi, false);
	}
	if (sa == trunk)
		return true;		/* what else it has ends by itself */
	for (s = sa->spares; s; s = next) {
		next = s->next;
		memcpy(spi, s->child.c.spi_in, 4);
		child_release(sa->e, &s->child);
		spare_bye(trunk, s, spi, false);
	}
	sa->spares = NULL;
	return true;
}

/* Its own Child SAs, of a trunk that stays. */
static void trunk_strip(struct ike_sa *sa)
{
	struct spare *s;
	uint8_t spi[4];

	for (s = sa->spares; s; s = s->next) {
		memcpy(spi, s->child.c.spi_in, 4);
		child_release(sa->e, &s->child);
		memcpy(s->child.c.spi_in, spi, 4);
		s->fresh = false;
		s->deleting = true;
	}
	child_end(sa);
	child_timer_set(sa);
}

void tunnel_close(struct ike_sa *sa, bool tell)
{
	struct ike_sa *trunk = sa_trunk(sa);

	if (!sa->all_prev)
		return;
	if (sa->trunk && trunk->state != SA_UP) {
		branch_drop(sa);	/* it waits for the trunk, and others may, too */
		return;
	}
	if (trunk->state != SA_UP || !family_alive(trunk, sa) || (tell && !farewell(sa, trunk))) {
		sa_close(trunk);
		return;
	}
	if (sa->x_i && !sa->x_i->ike && !sa->x_i->unwanted)
		x_let_go(sa->x_i, trunk);
	if (sa->x_r && !sa->x_r->ike)
		create_r_refuse(sa->x_r, N_TEMPORARY_FAILURE);
	if (sa->trunk)
		branch_drop(sa);
	else
		trunk_strip(sa);
	sa_send_next(trunk);
}

void tunnel_linger(struct ike_sa *sa)
{
	struct spare *s, *o;

	if (sa->trunk || !family_alive(sa, sa)) {
		sa->superseded = true;
		timer_set(&sa->e->heap, &sa->t_state, sa->e->now + IKE_LINGER_MS);
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		tunnel_close(sa, true);
		return;
	}
	if (sa->x_i && !sa->x_i->ike && !sa->x_i->unwanted)
		x_let_go(sa->x_i, sa);
	if (sa->x_r && !sa->x_r->ike)
		create_r_refuse(sa->x_r, N_TEMPORARY_FAILURE);
	for (o = sa->spares; o; o = o->next)
		o->fresh = false;	/* none takes over any more: it is deleted when due */
	spare_put(sa, s, &sa->child);
}
