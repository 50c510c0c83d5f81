// SPDX-License-Identifier: GPL-2.0
/*
 * A lookup tries source prefixes from the longest to the shortest, for each the destination
 * prefixes from the longest to the shortest, for each protocol and ports. What
 * exists is known by hash, and what cannot be there is not tried: a destination prefix that the
 * source prefix has nothing to do with, a pair that does not exist, port masks that others have.
 * So the cost grows with the number of prefix lengths, not with that of entries or of their ports.
 */
#include "classify_tables.h"

/* The longest of the lengths that is shorter than @plen, or -1. */
static int len_below(const unsigned long *bits, int plen)
{
	unsigned long word;
	int w;

	if (!plen--)
		return -1;
	w = plen / BITS_PER_LONG;
	word = READ_ONCE(bits[w]) & (~0UL >> (BITS_PER_LONG - 1 - plen % BITS_PER_LONG));
	while (!word) {
		if (!w--)
			return -1;
		word = READ_ONCE(bits[w]);
	}
	return w * BITS_PER_LONG + __fls(word);
}

#define for_each_len(plen, bits, family) \
	for (plen = len_below(bits, (family) == AF_INET ? 33 : KLIPS_LENS); \
	     plen >= 0; plen = len_below(bits, plen))

/* Destination prefixes that this lookup has asked for. */
struct search {
	struct klips_classifier *c;
	const struct klips_flow *flow;
	u32 device;
	unsigned long known[(KLIPS_LENS + BITS_PER_LONG - 1) / BITS_PER_LONG];
	struct klips_side *dst[KLIPS_LENS];	/* where known; NULL: there is none */
};

/*
 * Flattened: a hash table knows its functions by pointers, which the compiler sees through only
 * where it inlines all of a lookup. A packet does a dozen of them.
 */
static __flatten struct klips_side *find_side(struct klips_classifier *c,
					      const struct klips_side_key *key)
{
	return rhashtable_lookup(&c->sides, key, side_params);
}

static __flatten struct klips_pair *find_pair(struct klips_classifier *c,
					      const struct klips_pair_key *key)
{
	return rhashtable_lookup(&c->pairs, key, pair_params);
}

static __flatten struct klips_entry *find_entry(struct klips_classifier *c,
						const struct klips_entry_key *key)
{
	return rhashtable_lookup(&c->entries, key, entry_params);
}

static __flatten struct klips_space *find_space(struct klips_classifier *c, u32 device)
{
	return rhashtable_lookup(&c->spaces, &device, space_params);
}

static struct klips_side *search_side(const struct search *s, u8 plen, bool dst)
{
	struct klips_side_key key = {
		.device = s->device, .family = s->flow->family, .plen = plen, .dst = dst,
	};

	klips_addr_mask(&key.addr, dst ? &s->flow->dst : &s->flow->src, s->flow->family, plen);
	return find_side(s->c, &key);
}

static struct klips_side *search_dst(struct search *s, u8 plen)
{
	unsigned long *word = &s->known[plen / BITS_PER_LONG];
	unsigned long bit = 1UL << plen % BITS_PER_LONG;

	if (!(*word & bit)) {
		*word |= bit;
		s->dst[plen] = search_side(s, plen, true);
	}
	return s->dst[plen];
}

static struct klips_entry *search_ports(const struct search *s, const struct klips_pair *pair,
					const struct klips_ports *ports)
{
	const struct klips_flow *flow = s->flow;
	struct klips_entry_key key = { .pair = pair, .proto = flow->proto };
	bool portless = flow->fragment || flow->no_ports;
	struct klips_entry *e;
	unsigned int i;

	for (i = 0; i < ports->count; i++) {
		const struct klips_port_shape *shape = &ports->shape[i];

		if (portless && (shape->sport_mask || shape->dport_mask))
			continue;
		key.sport_mask = shape->sport_mask;
		key.dport_mask = shape->dport_mask;
		key.sport = flow->sport & shape->sport_mask;
		key.dport = flow->dport & shape->dport_mask;
		e = find_entry(s->c, &key);
		if (e)
			return e;
	}
	return NULL;
}

/* What a lookup comes to that cannot be decided. */
static struct klips_entry undecided;

bool klips_classify_undecided(const struct klips_entry *e)
{
	return e == &undecided;
}

/*
 * Whether entries with these port masks name what a fragment does not show: ports, and in IPv6 the
 * protocol too, which stands behind headers that only the first fragment has.
 */
static bool hidden(const struct klips_ports *ports, u8 family)
{
	unsigned int i;

	for (i = 0; i < ports->count; i++) {
		const struct klips_port_shape *shape = &ports->shape[i];

		/* 0: nobody has them any more, there was no memory to leave them out. */
		if (READ_ONCE(shape->users) &&
		    (family == AF_INET6 || shape->sport_mask || shape->dport_mask))
			return true;
	}
	return false;
}

static struct klips_entry *search_pair(const struct search *s, struct klips_side *src,
				       struct klips_side *dst)
{
	struct klips_pair_key key = { .src = src, .dst = dst };
	const struct klips_ports *ports;
	struct klips_entry *e = NULL;
	struct klips_pair *pair;

	pair = find_pair(s->c, &key);
	if (!pair)
		return NULL;
	ports = rcu_dereference(pair->ports);
	if (unlikely(s->flow->fragment) && ports && hidden(ports, s->flow->family))
		return &undecided;
	/* Protocol 0 is a protocol of packets, and any of selectors. */
	if (ports && s->flow->proto)
		e = search_ports(s, pair, ports);
	return e ?: rcu_dereference(pair->plain);
}

/* The entries of a source prefix, longest destination first. */
static struct klips_entry *search_src(struct search *s, struct klips_side *src)
{
	const unsigned long bit = 1UL << src->key.plen % BITS_PER_LONG;
	const unsigned int word = src->key.plen / BITS_PER_LONG;
	struct klips_side *dst;
	struct klips_entry *e;
	int plen;

	for_each_len(plen, src->lens.bits, s->flow->family) {
		dst = search_dst(s, plen);
		if (!dst || !(READ_ONCE(dst->lens.bits[word]) & bit))
			continue;
		e = search_pair(s, src, dst);
		if (e)
			return e;
	}
	return NULL;
}

static struct klips_entry *search_space(struct klips_classifier *c, struct klips_space *space,
					const struct klips_flow *flow)
{
	struct search s __uninitialized;	/* most of it is never used */
	struct klips_entry *e;
	struct klips_side *src;
	int plen;

	s.c = c;
	s.flow = flow;
	s.device = space->device;
	memset(s.known, 0, sizeof(s.known));
	for_each_len(plen, klips_space_lens(space, flow->family)->bits, flow->family) {
		src = search_side(&s, plen, false);
		e = src ? search_src(&s, src) : NULL;
		if (e)
			return e;
	}
	return NULL;
}

static struct klips_entry *search_all(struct klips_classifier *c, u32 device,
				      const struct klips_flow *flow)
{
	struct klips_space *space = NULL;
	struct klips_entry *e = NULL;

	if (device && atomic_read(&c->spaces.nelems))
		space = find_space(c, device);
	if (space)
		e = search_space(c, space, flow);
	return e ?: search_space(c, &c->any, flow);
}

/*
 * A lookup reads many words. Of one change that comes meanwhile it sees all or nothing, but of two it
 * might see the second alone: the new broad entry not yet, the old narrow one no longer. So a
 * lookup that a change overtook is done again. Whoever sees something of a change sees the number of the
 * one before it.
 */
struct klips_entry *klips_classify_find(struct klips_classifier *c, u32 device,
					const struct klips_flow *flow)
{
	struct klips_entry *e;
	u32 before;

	do {
		before = READ_ONCE(c->changes);
		smp_rmb();
		e = search_all(c, device, flow);
		smp_rmb();
	} while (unlikely(READ_ONCE(c->changes) != before));
	return e;
}
