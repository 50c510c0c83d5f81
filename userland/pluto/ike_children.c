// SPDX-License-Identifier: GPL-2.0
/*
 * The Child SAs of an IKE SA. One carries the traffic: it is the IKE SA's own. Others stand beside it: one that the
 * peer made and that we do not send through yet (RFC 7296 2.8), those that were replaced and wait for their DELETE,
 * and the one that lost a collision.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

struct child *child_by_serial(struct ike_sa *sa, uint32_t serial, struct spare **spare)
{
	struct spare *s;

	*spare = NULL;
	if (sa->child.installed && sa->child.c.child == serial)
		return &sa->child;
	for (s = sa->spares; s && s->child.c.child != serial; s = s->next)
		;
	*spare = s;
	return s ? &s->child : NULL;
}

struct child *child_by_spi_out(struct ike_sa *sa, const uint8_t *spi, struct spare **spare)
{
	struct spare *s;

	*spare = NULL;
	if (sa->child.installed && !memcmp(sa->child.c.spi_out, spi, 4))
		return &sa->child;
	for (s = sa->spares; s && memcmp(s->child.c.spi_out, spi, 4); s = s->next)
		;
	*spare = s;
	return s ? &s->child : NULL;
}

unsigned int spares_count(const struct ike_sa *sa)
{
	const struct spare *s;
	unsigned int n = 0;

	for (s = sa->spares; s; s = s->next)
		n++;
	return n;
}

bool spare_fresh(const struct ike_sa *sa)
{
	const struct spare *s;

	for (s = sa->spares; s; s = s->next)
		if (s->fresh && !s->deleting)
			return true;
	return false;
}

void child_hand_over(struct child *to, struct child *from)
{
	*to = *from;
	explicit_bzero(from, sizeof(*from));
}

void spare_put(struct ike_sa *sa, struct spare *s, struct child *child)
{
	child_hand_over(&s->child, child);
	s->due = sa->e->now + IKE_LINGER_MS;
	s->next = sa->spares;
	sa->spares = s;
	child_timer_set(sa);
}

void spare_drop(struct ike_sa *sa, struct spare *s)
{
	struct spare **at = &sa->spares;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	child_release(sa->e, &s->child);
	free(s);
}

void spare_delete(struct ike_sa *sa, struct spare *s)
{
	s->deleting = true;
	sa_send_next(sa);
}

void spare_takeover(struct ike_sa *sa, struct spare *s)
{
	struct child before = sa->child;

	/* Another IKE SA's Child SA has the traffic already. */
	if (sa->superseded)
		act_free(s->child.takeover);
	else if (s->child.takeover)
		act_push(sa->e, s->child.takeover);
	s->child.takeover = NULL;
	sa->child = s->child;
	s->child = before;
	s->fresh = false;
	s->due = sa->e->now + IKE_LINGER_MS;
	explicit_bzero(&before, sizeof(before));
	if (!sa->superseded)
		child_announce(sa, &sa->child, "rekeyed by the peer");
	child_timer_set(sa);
}

bool child_succeeded(struct ike_sa *sa)
{
	struct spare *s, *found = NULL;

	for (s = sa->spares; s; s = s->next)
		if (s->child.installed && !s->deleting && (!found || s->fresh))
			found = s;
	if (!found)
		return false;
	spare_takeover(sa, found);
	spare_drop(sa, found);		/* now what was in use before */
	return true;
}

void child_retire(struct ike_sa *sa, uint32_t serial)
{
	struct spare *s;

	child_by_serial(sa, serial, &s);
	if (s)
		spare_delete(sa, s);
}

void children_end(struct ike_sa *sa)
{
	if (sa->x_i)
		x_end(sa->x_i);
	if (sa->x_r)
		x_end(sa->x_r);
	while (sa->spares)
		spare_drop(sa, sa->spares);
	child_end(sa);
	timer_clear(&sa->e->heap, &sa->t_child);
}

void child_announce(struct ike_sa *sa, const struct child *child, const char *what)
{
	char esp[IKE_PROPOSAL_TEXT];

	ike_log(sa->e, sa->conn, LOG_INFO, "%s: ESP %s, SPI in 0x%08x out 0x%08x", what,
		ike_proposal_text(&child->c.alg, esp), get_u32(child->c.spi_in), get_u32(child->c.spi_out));
}

/* ---- time ---- */

uint64_t rekey_margin_ms(struct ike_sa *sa, uint32_t life)
{
	const struct ike_conn_config *cfg = &sa->conn->cfg;
	uint64_t margin = cfg->rekey_margin ? 1000ull * cfg->rekey_margin : 100ull * life;
	uint64_t more = cfg->rekey_margin ? margin * cfg->rekey_fuzz / 100 : margin / 2;

	margin += engine_random(sa->e, more);
	return margin < 500ull * life ? margin : 500ull * life;
}

void child_lifetime(struct ike_sa *sa, struct child *child)
{
	uint32_t life = child->c.lifetime;

	if (!life)
		return;
	child->expires = sa->e->now + 1000ull * life;
	if (!sa->conn->cfg.no_rekey)
		child->rekey_at = child->expires - rekey_margin_ms(sa, life);
}

static void sooner(uint64_t *at, uint64_t when)
{
	if (when && when < *at)
		*at = when;
}

void child_timer_set(struct ike_sa *sa)
{
	uint64_t at = UINT64_MAX;
	const struct spare *s;

	if (sa->state == SA_UP && sa->child.installed) {
		sooner(&at, sa->child.expires);
		if (!sa->x_i && !sa->superseded)
			sooner(&at, sa->child.rekey_at);
	}
	for (s = sa->spares; s && sa->state == SA_UP; s = s->next)
		if (!s->deleting)
			sooner(&at, s->due);
	if (sa->x_i && sa->x_i->req)
		sooner(&at, sa->x_i->due);
	if (sa->x_r && (sa->x_r->req || sa->x_r->state == X_R_WAIT))
		sooner(&at, sa->x_r->due);
	if (at == UINT64_MAX)
		timer_clear(&sa->e->heap, &sa->t_child);
	else
		timer_set(&sa->e->heap, &sa->t_child, at > sa->e->now ? at : sa->e->now + 1);
}

/* Something of another conn of the IKE SA is under way: after it. */
int rekey_child_soon(struct ike_sa *sa)
{
	bool own = sa->x_i || sa->x_r || spare_fresh(sa);
	int err = rekey_child(sa);

	if (err != -EBUSY || own)
		return err;
	sa->child.rekey_at = sa->e->now + engine_jitter(sa->e, IKE_TURN_MS);
	child_timer_set(sa);
	return 0;
}

static void patience(struct ike_sa *sa)
{
	if (sa->x_r && (sa->x_r->req || sa->x_r->state == X_R_WAIT) && sa->x_r->due <= sa->e->now)
		create_r_refuse(sa->x_r, N_TEMPORARY_FAILURE);
	if (sa->x_i && sa->x_i->req && sa->x_i->due <= sa->e->now)
		create_i_failed(sa->x_i, "no result of a request");
}

/* One whose time has come, or NULL. */
static struct spare *spare_due(const struct ike_sa *sa)
{
	struct spare *s;

	for (s = sa->spares; s; s = s->next)
		if (!s->deleting && s->due <= sa->e->now)
			return s;
	return NULL;
}

void sa_child_timer(void *owner)
{
	struct ike_sa *sa = owner;
	uint64_t now = sa->e->now;
	struct spare *s;

	patience(sa);
	if (sa->state == SA_UP && sa->child.installed && sa->child.expires && sa->child.expires <= now) {
		conn_lost(sa, IKE_GONE, "its lifetime is over");
		tunnel_close(sa, true);
		return;
	}
	while (sa->state == SA_UP && (s = spare_due(sa))) {
		if (s->fresh)
			spare_takeover(sa, s);
		else
			spare_delete(sa, s);
	}
	if (sa->child.rekey_at && sa->child.rekey_at <= now && !sa->x_i) {
		sa->child.rekey_at = now + IKE_REKEY_AGAIN_MS;
		rekey_child_soon(sa);
	}
	child_timer_set(sa);
}
