// SPDX-License-Identifier: GPL-2.0
/* The ways into the engine that are not packets or commands. */
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

struct ike_engine *ike_engine_new(const struct ike_env *env)
{
	struct ike_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->env = *env;
	e->last = &e->first;
	return e;
}

void engine_enter(struct ike_engine *e, uint64_t now)
{
	if (now > e->now)
		e->now = now;
}

void engine_leave(struct ike_engine *e)
{
	sa_free_graveyard(e);
	instances_sweep(e);
}

uint64_t ike_deadline(const struct ike_engine *e)
{
	return e->heap.n ? e->heap.list[0]->at : UINT64_MAX;
}

void ike_timer(struct ike_engine *e, uint64_t now)
{
	struct timer *t;

	engine_enter(e, now);
	while (e->heap.n && e->heap.list[0]->at <= e->now) {
		t = e->heap.list[0];
		timer_clear(&e->heap, t);
		t->fn(t->owner);
	}
	engine_leave(e);
}

void ike_result(struct ike_engine *e, uint64_t now, uint32_t id, int error,
		const uint8_t *data, size_t len)
{
	struct req *r = req_take(e, id);
	struct ike_sa *sa;

	if (!r)
		return;
	engine_enter(e, now);
	sa = r->sa;
	if (r->x) {
		r->x->req = NULL;
		if (r->kind == IKE_DH_GENERATE && !error)
			r->x->dh_key = id;
		x_result(r->x, error > 0 ? -error : error, data, len);
	} else if (sa) {
		sa->req = NULL;
		if (r->kind == IKE_DH_GENERATE && !error)
			sa->dh_key = id;
		sa_result(sa, error > 0 ? -error : error, data, len);
	} else {
		req_result_unwanted(e, r, error, data, len);
	}
	if (r->conn)
		child_install_ended(r->conn);
	req_free(r);
	engine_leave(e);
}

static void free_requests(struct ike_engine *e)
{
	struct req *r;
	unsigned int i;

	for (i = 0; i < IKE_BUCKETS; i++) {
		while ((r = e->reqs[i])) {
			e->reqs[i] = r->next;
			req_free(r);
		}
	}
}

void ike_engine_free(struct ike_engine *e)
{
	if (!e)
		return;
	while (e->all)
		sa_drop(e->all);
	sa_free_graveyard(e);
	free_requests(e);
	conns_free(e);
	pools_free(e);
	while (ike_next_action(e))
		;
	free(e->heap.list);
	free(e->cas);
	explicit_bzero(e, sizeof(*e));
	free(e);
}
