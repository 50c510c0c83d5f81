// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "flows.h"

struct claim {
	struct claim *next;
	struct flow_sel sel;		/* its device is .virt */
	char virt[KLIPS_IFNAMSIZ];
	char conn[CONF_INSTANCE_MAX];
	uint32_t child;			/* 0: of the conn itself */
	enum klips_target target;
	struct said said;
	bool dead;			/* the kernel did not take it back: its SA is gone */
};

static struct claim *claims;		/* the newest first */

static bool same_sel(const struct flow_sel *a, const struct flow_sel *b)
{
	return subnet_equal(&a->src, &b->src) && subnet_equal(&a->dst, &b->dst) && a->proto == b->proto &&
	       a->sport == b->sport && a->dport == b->dport && a->sport_mask == b->sport_mask &&
	       a->dport_mask == b->dport_mask;
}

static bool same_flow(const struct claim *c, const struct flow_sel *sel)
{
	return !strcmp(c->virt, sel->device) && same_sel(&c->sel, sel);
}

/* The one that the kernel has: of the newest Child SA, else of the conn. */
static struct claim *top_of(const struct flow_sel *sel)
{
	struct claim *c, *own = NULL;

	for (c = claims; c; c = c->next) {
		if (c->dead || !same_flow(c, sel))
			continue;
		if (c->child)
			return c;
		own = c;
	}
	return own;
}

static struct claim **claim_at(const struct flow_sel *sel, const char *conn, uint32_t child)
{
	struct claim **at;

	for (at = &claims; *at; at = &(*at)->next)
		if ((*at)->child == child && same_flow(*at, sel) && !strcasecmp((*at)->conn, conn))
			break;
	return at;
}

bool flow_may_take(const char *conn, const char *owner)
{
	size_t len = conf_base_len(conn);

	return !strcasecmp(owner, conn) || (strlen(owner) == len && !strncasecmp(owner, conn, len));
}

const char *flow_owner(const struct flow_sel *sel)
{
	const struct claim *c = top_of(sel);

	return c ? c->conn : NULL;
}

static int put(struct pfkey *pk, const struct claim *c)
{
	return flow_add(pk, &c->sel, c->target, &c->said, true);
}

static int change(struct pfkey *pk, struct claim *c, enum klips_target target, const struct said *said)
{
	struct claim before = *c;
	int err = 0;

	c->target = target;
	c->said = said ? *said : (struct said){ 0 };
	c->dead = false;
	if (top_of(&c->sel) == c)
		err = put(pk, c);
	if (err) {
		c->target = before.target;
		c->said = before.said;
		c->dead = before.dead;
	}
	return err;
}

static struct claim *claim_new(const struct flow_sel *sel, const char *conn, uint32_t child, enum klips_target target,
			       const struct said *said)
{
	struct claim *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->sel = *sel;
	strcpy(c->virt, sel->device);
	c->sel.device = c->virt;
	strcpy(c->conn, conn);
	c->child = child;
	c->target = target;
	if (said)
		c->said = *said;
	return c;
}

static void claim_link(struct claim *c)
{
	c->next = claims;
	claims = c;
}

int flow_claim(struct pfkey *pk, const struct flow_sel *sel, const char *conn, uint32_t child,
	       enum klips_target target, const struct said *said)
{
	struct claim *c = *claim_at(sel, conn, child), *top = top_of(sel);
	int err = 0;

	if (c)
		return change(pk, c, target, said);
	if (top && !flow_may_take(conn, top->conn))
		return -EEXIST;
	c = claim_new(sel, conn, child, target, said);
	if (!c)
		return -ENOMEM;
	if (child || !top)
		err = put(pk, c);
	if (err) {
		free(c);
		return err;
	}
	claim_link(c);
	return 0;
}

int flow_adopt(const struct flow_sel *sel, const char *conn, uint32_t child, const struct said *said)
{
	struct claim *c;

	if (top_of(sel))
		return -EEXIST;
	c = claim_new(sel, conn, child, KLIPS_TARGET_SA, said);
	if (!c)
		return -ENOMEM;
	claim_link(c);
	return 0;
}

void flow_forget(const struct flow_sel *sel, const char *conn, uint32_t child)
{
	struct claim **at = claim_at(sel, conn, child), *c = *at;

	if (!c)
		return;
	*at = c->next;
	free(c);
}

void flow_rename(const struct flow_sel *sel, const char *conn, uint32_t child, const char *to)
{
	struct claim *c = *claim_at(sel, conn, child);

	if (c)
		snprintf(c->conn, sizeof(c->conn), "%s", to);
}

/* To the next whom the kernel takes; false: there is none. */
static bool give_on(struct pfkey *pk, const struct flow_sel *sel)
{
	struct claim *next;

	while ((next = top_of(sel))) {
		if (!put(pk, next))
			return true;
		next->dead = true;
	}
	return false;
}

void flow_release(struct pfkey *pk, const struct flow_sel *sel, const char *conn, uint32_t child)
{
	struct claim **at = claim_at(sel, conn, child), *c = *at;
	bool had_it;

	if (!c)
		return;
	had_it = top_of(sel) == c;
	*at = c->next;
	if (had_it && !give_on(pk, sel))
		flow_del(pk, &c->sel);
	free(c);
}

/* ---- ACQUIRE ---- */

static bool port_fits(in_port_t want, in_port_t mask, in_port_t port)
{
	return (want & mask) == (port & mask);
}

/* Ports of a fragment are not known: they fit. */
static bool fits(const struct claim *c, const struct pfkey_acquire *a)
{
	const struct flow_sel *s = &c->sel, *p = &a->packet;

	if (a->device[0] && strcmp(a->device, c->virt))
		return false;
	if (!subnet_contains(&s->src, &p->src.addr) || !subnet_contains(&s->dst, &p->dst.addr))
		return false;
	if (s->proto && s->proto != p->proto)
		return false;
	return a->fragment || (port_fits(s->sport, s->sport_mask, p->sport) && port_fits(s->dport, s->dport_mask, p->dport));
}

/* The order in which the kernel looks. */
static bool narrower(const struct flow_sel *a, const struct flow_sel *b)
{
	if (a->src.plen != b->src.plen)
		return a->src.plen > b->src.plen;
	if (a->dst.plen != b->dst.plen)
		return a->dst.plen > b->dst.plen;
	if (!a->proto != !b->proto)
		return a->proto;
	return !!a->sport_mask + !!a->dport_mask > !!b->sport_mask + !!b->dport_mask;
}

const char *flow_asked(const struct pfkey_acquire *a)
{
	const struct claim *c, *best = NULL;

	for (c = claims; c; c = c->next) {
		if (c->child || !fits(c, a))
			continue;
		if (a->has_trap && same_sel(&c->sel, &a->trap))
			return c->conn;
		if (!best || narrower(&c->sel, &best->sel))
			best = c;
	}
	return best ? best->conn : NULL;
}
