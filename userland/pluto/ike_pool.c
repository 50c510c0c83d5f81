// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that peers get of us (RFC 7296 2.19). One table for all conns, so that overlapping pools give no address
 * twice. An address that is free again stays its last owner's to come back to until there is no other one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

#define LEASES 65536			/* of all pools, with those that are remembered for who had them */

struct lease {
	struct lease *next;
	struct ike_addr addr;
	struct ike_conn *user;		/* NULL: it is free */
	uint64_t freed;			/* order of events */
	struct ike_id id;		/* whose it is, or was */
};

static bool inside(const struct ike_pool *pool, const struct ike_addr *a)
{
	return a->family == pool->first.family && memcmp(a->bytes, pool->first.bytes, sizeof(a->bytes)) >= 0 &&
	       memcmp(a->bytes, pool->last.bytes, sizeof(a->bytes)) <= 0;
}

/* By its last bytes: the others are the same in all of a pool. */
static unsigned int bucket_of(const struct ike_addr *a)
{
	return get_u32(a->bytes + ike_addr_len(a->family) - 4) % IKE_BUCKETS;
}

static void step(struct ike_addr *a)
{
	unsigned int i = ike_addr_len(a->family);

	while (i && !++a->bytes[--i])
		;
}

static struct lease *lease_of(const struct ike_engine *e, const struct ike_addr *addr)
{
	struct lease *l;

	for (l = e->leases[bucket_of(addr)]; l && !ike_addr_equal(&l->addr, addr); l = l->next)
		;
	return l;
}

/* Nobody comes back who has no name (RFC 7619). */
static bool returns(const struct lease *l, const struct ike_id *peer)
{
	return peer->type != ID_NULL && ike_id_equal(&l->id, peer);
}

/* A free one in the pool: the peer's of before, else (@peer NULL) the one that is free for the longest time. */
static struct lease *free_lease(const struct ike_engine *e, const struct ike_pool *pool, const struct ike_id *peer)
{
	struct lease *l, *best = NULL;
	unsigned int i;

	for (i = 0; i < IKE_BUCKETS; i++)
		for (l = e->leases[i]; l; l = l->next)
			if (!l->user && inside(pool, &l->addr) && (!peer || returns(l, peer)) && (!best || l->freed < best->freed))
				best = l;
	return best;
}

static struct lease *lease_new(struct ike_engine *e, const struct ike_addr *addr)
{
	struct lease *l = calloc(1, sizeof(*l)), **bucket = &e->leases[bucket_of(addr)];

	if (!l)
		return NULL;
	l->addr = *addr;
	l->next = *bucket;
	*bucket = l;
	e->n_leases++;
	return l;
}

static bool is_unused(const struct ike_engine *e, const struct ike_addr *addr, const struct ike_addr *asker)
{
	return !lease_of(e, addr) && !(e->env.taken && e->env.taken(e->env.ctx, addr, asker));
}

/* One that nobody has had: the wish, else the first. NULL: there is none, or no memory. */
static struct lease *unused(struct ike_engine *e, const struct ike_pool *pool, const struct ike_addr *wish,
			    const struct ike_addr *asker)
{
	struct ike_addr at = pool->first;

	at.port = 0;
	if (inside(pool, wish) && is_unused(e, wish, asker))
		return lease_new(e, wish);
	for (; inside(pool, &at); step(&at)) {
		if (is_unused(e, &at, asker))
			return lease_new(e, &at);
		if (ike_addr_equal(&at, &pool->last))
			break;		/* what comes after the last of all is the first */
	}
	return NULL;
}

int pool_lease(struct ike_conn *conn, const struct ike_sa *sa, const struct ike_addr *wish)
{
	const struct ike_pool *pool = &conn->cfg.pool;
	struct ike_engine *e = conn->e;
	const struct ike_id *peer = &sa->peer_id;
	struct lease *l;

	if (conn->leased)
		return 0;
	l = free_lease(e, pool, peer);
	/* A pool of IPv6 is never used up: what nobody has any more is not remembered for ever. */
	if (!l && e->n_leases < LEASES)
		l = unused(e, pool, wish, &sa->remote);
	if (!l)
		l = free_lease(e, pool, NULL);
	if (!l)
		return -ENOSPC;
	l->user = conn;
	l->id = *peer;
	conn->leased = l;
	conn->lease = l->addr;
	return 0;
}

void pool_release(struct ike_conn *conn)
{
	if (!conn->leased)
		return;
	conn->leased->user = NULL;
	conn->leased->freed = ++conn->e->seq;
	conn->leased = NULL;
	memset(&conn->lease, 0, sizeof(conn->lease));
}

void pools_free(struct ike_engine *e)
{
	struct lease *l;
	unsigned int i;

	for (i = 0; i < IKE_BUCKETS; i++) {
		while ((l = e->leases[i])) {
			e->leases[i] = l->next;
			free(l);
		}
	}
}
