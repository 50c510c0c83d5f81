// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_proposal.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* sources: userland/pluto/ike_frag.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c userland/pluto/ike_ppk.c userland/pluto/ike_qcd.c */
/* libs: -lcrypto */
/*
 * A gateway with a conn for any peer, and peers that come and go: addresses of its pool, an instance for each, and who
 * of them is whom. Both ends are this engine; strongSwan as a peer is a scenario's.
 */
#include <stdio.h>

#include "ike_node.h"

#define WARRIORS 3
#define GATEWAY WARRIORS
#define ROAD "road"

struct packet {
	struct packet *next;
	struct ike_addr from, to;
	size_t len;
	uint8_t data[];
};

/* The warriors, and behind them the gateway. Behind the NAT they share an address, and differ by ports. */
struct star {
	struct node n[WARRIORS + 1];
	bool natted;
	uint64_t now;
	struct packet *first, **last;
	bool cut[WARRIORS];		/* nothing reaches or leaves it */
	unsigned int loss;		/* percent of what is sent; half as much comes twice */
	struct rng rng;
};

static const char *const names[] = { "one", "two", "three", "gateway" };

static struct ike_addr outside(const struct star *s, int i)
{
	struct ike_addr a = s->n[i].addr;

	if (s->natted && i != GATEWAY) {
		a.bytes[3] = 99;
		a.port = 7000 + i;
	}
	return a;
}

static void push(struct star *s, int from, const struct ike_action *a)
{
	struct packet *p;

	if ((from != GATEWAY && s->cut[from]) || rng_chance(&s->rng, s->loss))
		return;
	if (rng_chance(&s->rng, s->loss / 3))
		push(s, from, a);
	p = malloc(sizeof(*p) + a->send.len);
	p->next = NULL;
	p->from = from == GATEWAY || s->natted ? outside(s, from) : a->send.local;
	if (from == GATEWAY)
		p->from.port = a->send.local.port;
	p->to = a->send.remote;
	p->len = a->send.len;
	memcpy(p->data, a->send.data, p->len);
	*s->last = p;
	s->last = &p->next;
}

static bool drain(struct star *s, int i)
{
	const struct ike_action *a;
	struct node_result r;
	bool any = false;

	while ((a = ike_next_action(s->n[i].e))) {
		any = true;
		if (a->kind == IKE_SEND) {
			push(s, i, a);
			continue;
		}
		node_note(&s->n[i], a);
		if (node_serve(&s->n[i], a, 0, &r))
			ike_result(s->n[i].e, s->now, r.id, r.error, r.data, r.len);
	}
	return any;
}

static void deliver(struct star *s, const struct packet *p)
{
	struct ike_addr to, inside;
	int i;

	for (i = 0; i <= GATEWAY; i++) {
		to = outside(s, i);
		if (!ike_addr_equal(&to, &p->to) || (s->natted && i != GATEWAY && to.port != p->to.port))
			continue;
		if (i != GATEWAY && s->cut[i])
			return;
		inside = s->n[i].addr;
		inside.port = s->natted && i != GATEWAY ? 4500 : p->to.port;
		ike_packet(s->n[i].e, s->now, &inside, &p->from, p->data, p->len);
		return;
	}
}

static void run(struct star *s)
{
	struct packet *p;
	bool any = true;
	int i;

	while (any) {
		any = false;
		for (i = 0; i <= GATEWAY; i++)
			any |= drain(s, i);
		p = s->first;
		if (!p)
			continue;
		s->first = p->next;
		if (!s->first)
			s->last = &s->first;
		any = true;
		deliver(s, p);
		free(p);
	}
}

static void wait_ms(struct star *s, uint64_t ms)
{
	uint64_t end = s->now + ms, at;
	int i, first;

	for (;;) {
		run(s);
		for (first = 0, i = 1; i <= GATEWAY; i++)
			if (ike_deadline(s->n[i].e) < ike_deadline(s->n[first].e))
				first = i;
		at = ike_deadline(s->n[first].e);
		if (at > end)
			break;
		s->now = at > s->now ? at : s->now;
		ike_timer(s->n[first].e, s->now);
	}
	s->now = end;
}

static struct ike_ts everything(void)
{
	struct ike_ts ts = { .family = AF_INET, .end_port = 65535, .end = { 255, 255, 255, 255 } };

	return ts;
}

static struct ike_conn_config gateway_config(struct star *s, unsigned int addresses)
{
	struct ike_conn_config c = node_config(ROAD, &s->n[GATEWAY], &s->n[0]);

	memset(&c.remote, 0, sizeof(c.remote));
	c.remote_id.type = 0;
	c.n_remote_ts = 0;
	c.ike[0].dh = DH_X25519;
	c.n_ike = 1;
	if (addresses) {
		c.pool.first = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 1 } };
		c.pool.last = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, addresses } };
		c.dns[0] = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 4, 0, 53 } };
		c.n_dns = 1;
	}
	return c;
}

static struct ike_conn_config warrior_config(struct star *s, int i, bool ask)
{
	struct ike_conn_config c = node_config(ROAD, &s->n[i], &s->n[GATEWAY]);

	c.ike[0].dh = DH_X25519;
	c.n_ike = 1;
	c.ask_address = ask;
	if (ask)
		c.local_ts[0] = everything();
	else
		c.n_local_ts = 0;
	return c;
}

static void begin(struct star *s, unsigned int addresses, bool ask)
{
	static struct ike_env env;
	struct ike_conn_config c;
	int i;

	memset(s, 0, sizeof(*s));
	s->rng.s = 1;
	s->last = &s->first;
	for (i = 0; i <= GATEWAY; i++)
		node_init(&s->n[i], names[i], 10 + i, 1, &env);
	c = gateway_config(s, addresses);
	CHECK(!ike_conn_add(s->n[GATEWAY].e, &c), "the gateway's conn");
	for (i = 0; i < WARRIORS; i++) {
		c = warrior_config(s, i, ask);
		CHECK(!ike_conn_add(s->n[i].e, &c), "the conn of %s", names[i]);
	}
}

static void up(struct star *s, int i)
{
	CHECK(!ike_conn_up(s->n[i].e, ROAD, s->now), "ike_conn_up");
	run(s);
}

static void down(struct star *s, int i)
{
	CHECK(!ike_conn_down(s->n[i].e, ROAD, s->now), "ike_conn_down");
	run(s);
}

static void finish(struct star *s, const char *what)
{
	struct node *n;
	int i;

	memset(s->cut, 0, sizeof(s->cut));
	for (i = 0; i <= GATEWAY; i++)
		down(s, i);
	wait_ms(s, 300000);
	for (i = 0; i <= GATEWAY; i++) {
		n = &s->n[i];
		CHECK(!n->trouble && !node_spi_count(n) && !n->e->n_sas && !node_dh_count(n) && !n->e->heap.n && n->e->n_conns == 1,
		      "%s: %s is not clean: %u SPIs, %u IKE SAs, %u conns, %s", what, n->name, node_spi_count(n), n->e->n_sas,
		      n->e->n_conns, n->trouble ? n->trouble : "no misuse");
		ike_engine_free(n->e);
	}
}

/* The Child SA that the gateway has under this name, or NULL. */
static struct ike_child *child_of(struct star *s, int i, const char *conn)
{
	struct node *n = &s->n[i];
	int j;

	for (j = 0; j < NODE_SPIS; j++)
		if (n->spis[j].used && n->spis[j].installed && !strcmp(n->spis[j].conn, conn))
			return &n->spis[j].c;
	return NULL;
}

static bool is_host(const struct ike_ts *ts, unsigned int n, uint8_t last)
{
	static const uint8_t net[3] = { 10, 9, 0 };

	return n == 1 && !memcmp(ts->start, net, 3) && ts->start[3] == last && !memcmp(ts->start, ts->end, 16);
}

/* Warrior @i and the gateway's @conn are two ends of one, and the warrior is 10.9.0.@last. */
static bool has(struct star *s, int i, const char *conn, uint8_t last)
{
	const struct ike_child *theirs = child_of(s, i, ROAD), *ours = child_of(s, GATEWAY, conn);

	return theirs && ours && child_mirror(theirs, ours) && is_host(ours->remote_ts, ours->n_remote_ts, last) &&
	       theirs->lease.family == AF_INET && theirs->lease.bytes[3] == last && !ours->lease.family;
}

/* ---- the pool ---- */

static void addresses(void)
{
	const struct ike_conn *conn;
	struct star s;

	begin(&s, 2, true);
	up(&s, 0);
	up(&s, 1);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2), "two warriors: %s / %s", s.n[0].last_text, s.n[1].last_text);
	conn = conn_find(s.n[0].e, ROAD);
	CHECK(conn->n_dns == 1 && conn->dns[0].bytes[3] == 53, "no name server was given");

	/* None is left for the third; it tries again, and the others stay. */
	up(&s, 2);
	CHECK(!child_of(&s, 2, ROAD) && strstr(s.n[2].last_text, "no address left"), "a full pool: %s", s.n[2].last_text);
	CHECK(strstr(s.n[GATEWAY].last_log, "are in use"), "the gateway says %s", s.n[GATEWAY].last_log);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2), "somebody lost his tunnel");
	down(&s, 2);

	/* One ends: the other's stays, and who comes back has what he had. */
	down(&s, 0);
	CHECK(!child_of(&s, GATEWAY, ROAD "[1]") && has(&s, 1, ROAD "[2]", 2), "one ended");
	CHECK(!conn_find(s.n[GATEWAY].e, ROAD "[1]") && conn_find(s.n[GATEWAY].e, ROAD "[2]"), "instances do not end with their SAs");
	down(&s, 1);
	up(&s, 1);
	CHECK(child_of(&s, 1, ROAD)->lease.bytes[3] == 2, "another address than before");
	memset(&conn_find(s.n[0].e, ROAD)->lease, 0, sizeof(conn->lease));	/* it does not wish for it */
	up(&s, 0);
	CHECK(child_of(&s, 0, ROAD)->lease.bytes[3] == 1, "another address than before");

	/* What nobody uses is another's when there is no other one. */
	down(&s, 1);
	wait_ms(&s, 60000);
	up(&s, 2);
	CHECK(child_of(&s, 2, ROAD) && child_of(&s, 2, ROAD)->lease.bytes[3] == 2, "the third: %s", s.n[2].last_text);
	finish(&s, "addresses");
}

static void wishes(void)
{
	struct star s;

	begin(&s, 9, true);
	conn_find(s.n[0].e, ROAD)->lease = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 7 } };
	conn_find(s.n[1].e, ROAD)->lease = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 7 } };
	conn_find(s.n[2].e, ROAD)->lease = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 8, 0, 7 } };
	up(&s, 0);
	up(&s, 1);
	up(&s, 2);
	CHECK(has(&s, 0, ROAD "[1]", 7) && has(&s, 1, ROAD "[2]", 1) && has(&s, 2, ROAD "[3]", 2), "wishes: %s %s %s",
	      s.n[0].last_text, s.n[1].last_text, s.n[2].last_text);
	finish(&s, "wishes");
}

static bool odd_taken(void *ctx, const struct ike_addr *addr, const struct ike_addr *asker)
{
	(void)ctx;
	(void)asker;
	return addr->bytes[3] & 1;
}

/* What somebody has whom the engine does not know is lent to nobody. */
static void taken(void)
{
	struct star s;

	begin(&s, 4, true);
	s.n[GATEWAY].e->env.taken = odd_taken;
	conn_find(s.n[0].e, ROAD)->lease = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 3 } };
	up(&s, 0);
	up(&s, 1);
	up(&s, 2);
	CHECK(has(&s, 0, ROAD "[1]", 2) && has(&s, 1, ROAD "[2]", 4) && !child_of(&s, 2, ROAD), "two of four are somebody's");
	finish(&s, "taken");
}

static struct ike_addr owner;

static bool taken_by_owner(void *ctx, const struct ike_addr *addr, const struct ike_addr *asker)
{
	(void)ctx;
	return addr->bytes[3] == 1 && (!ike_addr_equal(asker, &owner) || asker->port != owner.port);
}

/* Whose it was before the engine began has it again, and nobody else. */
static void comes_back(void)
{
	struct star s;

	begin(&s, 1, true);
	s.natted = true;
	s.n[GATEWAY].e->env.taken = taken_by_owner;
	owner = outside(&s, 0);
	up(&s, 1);
	CHECK(!child_of(&s, 1, ROAD), "another's behind the same NAT is lent");
	down(&s, 1);
	up(&s, 0);
	CHECK(has(&s, 0, ROAD "[2]", 1), "who comes back: %s", s.n[0].last_text);
	finish(&s, "comes back");
}

/* The gateway insists on one side, the warrior on the other. */
static void without(void)
{
	struct star s;

	begin(&s, 2, false);
	up(&s, 0);
	CHECK(!child_of(&s, 0, ROAD) && strstr(s.n[0].last_text, "wants to give us an address"), "%s", s.n[0].last_text);
	finish(&s, "not asked for");

	begin(&s, 0, true);
	up(&s, 0);
	CHECK(!child_of(&s, 0, ROAD) && strstr(s.n[0].last_text, "gave us no address"), "%s", s.n[0].last_text);
	finish(&s, "not given");
}

/* ---- IPv6 ---- */

#define SIX "six"

/* 2001:db8::1... for the warriors, ...:ffff:ffff is the last. */
static struct ike_addr six(uint32_t last)
{
	struct ike_addr a = { .family = AF_INET6, .bytes = { 0x20, 1, 0xd, 0xb8 } };

	put_u32(a.bytes + 12, last);
	return a;
}

static struct ike_ts six_net(void)
{
	struct ike_ts ts = { .family = AF_INET6, .end_port = 65535, .start = { 0xfd, 2 }, .end = { 0xfd, 2 } };

	memset(ts.end + 8, 0xff, 8);
	return ts;
}

static void add_six(struct star *s, uint32_t first, uint32_t last)
{
	struct ike_conn_config c = gateway_config(s, 9);
	int i;

	c.name = SIX;
	c.pool.first = six(first);
	c.pool.last = six(last);
	c.dns[0] = six(53);
	c.local_ts[0] = six_net();
	CHECK(!ike_conn_add(s->n[GATEWAY].e, &c), "the gateway's IPv6 conn");
	for (i = 0; i < WARRIORS; i++) {
		c = warrior_config(s, i, true);
		c.name = SIX;
		c.local_ts[0] = (struct ike_ts){ .family = AF_INET6, .end_port = 65535 };
		memset(c.local_ts[0].end, 0xff, 16);
		c.remote_ts[0] = six_net();
		CHECK(!ike_conn_add(s->n[i].e, &c), "the IPv6 conn of %s", names[i]);
	}
}

static void up_six(struct star *s, int i)
{
	CHECK(!ike_conn_up(s->n[i].e, SIX, s->now), "ike_conn_up");
	run(s);
}

static bool has_six(struct star *s, int i, const char *conn, uint32_t last)
{
	const struct ike_child *theirs = child_of(s, i, SIX), *ours = child_of(s, GATEWAY, conn);
	struct ike_addr a = six(last);

	return theirs && ours && child_mirror(theirs, ours) && ours->n_remote_ts == 1 && !memcmp(ours->remote_ts[0].start, a.bytes, 16) &&
	       !memcmp(ours->remote_ts[0].end, a.bytes, 16) && ike_addr_equal(&theirs->lease, &a) && theirs->n_dns == 1 &&
	       theirs->dns[0].family == AF_INET6;
}

static void end_six(struct star *s)
{
	int i;

	for (i = 0; i <= GATEWAY; i++)
		ike_conn_down(s->n[i].e, SIX, s->now);
	wait_ms(s, 300000);
	for (i = 0; i <= GATEWAY; i++)
		CHECK(!ike_conn_delete(s->n[i].e, SIX, s->now), "remove");
	run(s);
}

/* A pool that ends with the last address of all, or crosses a byte; beside one of IPv4 for the same peers. */
static void six_addresses(void)
{
	struct star s;
	int i;

	begin(&s, 2, true);
	add_six(&s, 0xfe, 0x100);
	for (i = 0; i < WARRIORS; i++)
		up_six(&s, i);
	CHECK(has_six(&s, 0, SIX "[1]", 0xfe) && has_six(&s, 1, SIX "[2]", 0xff) && has_six(&s, 2, SIX "[3]", 0x100), "three: %s / %s / %s",
	      s.n[0].last_text, s.n[1].last_text, s.n[2].last_text);
	up(&s, 0);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has_six(&s, 0, SIX "[1]", 0xfe), "both families: %s", s.n[0].last_text);
	CHECK(!ike_conn_rekey(s.n[GATEWAY].e, SIX "[1]", false, s.now) && !ike_conn_rekey(s.n[0].e, SIX, true, s.now), "rekey");
	wait_ms(&s, 40000);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has_six(&s, 0, SIX "[1]", 0xfe), "rekeyed: %s", s.n[0].last_text);
	CHECK(!ike_conn_down(s.n[0].e, SIX, s.now), "down");
	run(&s);
	CHECK(has(&s, 0, ROAD "[1]", 1) && !child_of(&s, GATEWAY, SIX "[1]"), "one of both families ends");
	up_six(&s, 0);
	CHECK(child_of(&s, 0, SIX) && child_of(&s, 0, SIX)->lease.bytes[15] == 0xfe, "it comes back");
	end_six(&s);
	finish(&s, "IPv6");

	begin(&s, 2, true);
	add_six(&s, 0xffffffff, 0xffffffff);
	up_six(&s, 0);
	up_six(&s, 1);
	CHECK(has_six(&s, 0, SIX "[1]", 0xffffffff) && !child_of(&s, 1, SIX), "the only one there is");
	CHECK(strstr(s.n[GATEWAY].last_log, "are in use"), "the gateway says %s", s.n[GATEWAY].last_log);
	end_six(&s);
	finish(&s, "IPv6, one");
}

/* What is asked for is not there, and what nobody can have is not taken. */
static void six_refused(void)
{
	static const struct ike_addr no[] = {
		{ .family = AF_INET6, .bytes = { [15] = 1 } }, { .family = AF_INET6, .bytes = { 0xfe, 0x80, [15] = 9 } },
		{ .family = AF_INET6, .bytes = { 0xff, 2, [15] = 9 } },
		{ .family = AF_INET6, .bytes = { [10] = 0xff, 0xff, 10, 9, 0, 1 } },
	};
	struct ike_conn_config c;
	struct star s;
	size_t i;

	begin(&s, 2, true);
	add_six(&s, 1, 9);
	CHECK(!ike_conn_delete(s.n[GATEWAY].e, SIX, s.now), "remove");
	up_six(&s, 0);
	CHECK(!child_of(&s, 0, SIX) && strstr(s.n[GATEWAY].last_log, "asks for an IPv6 address"), "%s", s.n[GATEWAY].last_log);
	CHECK(strstr(s.n[0].last_text, "no address left"), "%s", s.n[0].last_text);
	ike_conn_down(s.n[0].e, SIX, s.now);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		c = gateway_config(&s, 9);
		c.name = SIX;
		c.pool.first = c.pool.last = no[i];
		c.local_ts[0] = six_net();
		CHECK(!ike_conn_add(s.n[GATEWAY].e, &c), "a pool of no use");
		up_six(&s, 0);
		CHECK(!child_of(&s, 0, SIX) && strstr(s.n[0].last_text, "gave us no address"), "%zu: %s", i, s.n[0].last_text);
		ike_conn_down(s.n[0].e, SIX, s.now);
		run(&s);
		CHECK(!ike_conn_delete(s.n[GATEWAY].e, SIX, s.now), "remove");
		run(&s);
	}
	c.pool.last = six(9);
	c.pool.last.family = AF_INET;
	CHECK(ike_conn_add(s.n[GATEWAY].e, &c) == -EINVAL, "a pool of two families");
	for (i = 0; i < WARRIORS; i++)
		ike_conn_delete(s.n[i].e, SIX, s.now);
	finish(&s, "refused");
}

static void rekeyed(void)
{
	struct star s;
	int i;

	begin(&s, 2, true);
	up(&s, 0);
	up(&s, 1);
	for (i = 0; i < 4; i++) {
		CHECK(!ike_conn_rekey(s.n[i & 1 ? GATEWAY : 0].e, ROAD, i & 2, s.now), "rekeying %d", i);
		wait_ms(&s, 40000);
		CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2), "rekeying %d", i);
	}
	CHECK(s.n[GATEWAY].ups == 2 && !s.n[GATEWAY].downs, "%u ups, %u downs", s.n[GATEWAY].ups, s.n[GATEWAY].downs);
	CHECK(!ike_conn_rekey(s.n[GATEWAY].e, ROAD "[2]", false, s.now) && ike_conn_rekey(s.n[GATEWAY].e, ROAD "[3]", false, s.now) == -ENOENT,
	      "an instance is rekeyed by its name");
	finish(&s, "rekeyed");
}

/* ---- instances ---- */

/* It begins anew, knowing nothing, at the same address or another one. */
static void come_back(struct star *s, int i, uint8_t last)
{
	struct ike_env env = s->n[i].e->env;
	struct ike_conn_config c;
	uint32_t spi = s->n[i].next_spi;
	bool fake_dh = s->n[i].fake_dh;

	ike_engine_free(s->n[i].e);
	node_init(&s->n[i], names[i], last, 77, &env);
	s->n[i].next_spi = spi;
	s->n[i].fake_dh = fake_dh;
	c = warrior_config(s, i, true);
	CHECK(!ike_conn_add(s->n[i].e, &c), "ike_conn_add");
	up(s, i);
}

static void returning(void)
{
	struct star s;

	begin(&s, 9, true);
	up(&s, 0);
	up(&s, 1);
	come_back(&s, 0, 10);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2) && node_installed(&s.n[GATEWAY]) == 2, "begun anew");
	come_back(&s, 0, 50);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2) && node_installed(&s.n[GATEWAY]) == 2, "from another address");
	finish(&s, "returning");

	/* With uniqueids=no that is somebody else. */
	begin(&s, 9, true);
	s.n[GATEWAY].e->env.shared_ids = true;
	up(&s, 0);
	come_back(&s, 0, 50);
	CHECK(has(&s, 0, ROAD "[2]", 2) && child_of(&s, GATEWAY, ROAD "[1]"), "one id, two hosts");
	finish(&s, "one id");
}

static void silent(void)
{
	struct star s;

	begin(&s, 2, true);
	up(&s, 0);
	up(&s, 1);
	s.cut[0] = true;
	wait_ms(&s, 200000);
	CHECK(!conn_find(s.n[GATEWAY].e, ROAD "[1]") && has(&s, 1, ROAD "[2]", 2), "a dead one");
	CHECK(s.n[GATEWAY].downs == 1, "%u downs", s.n[GATEWAY].downs);
	finish(&s, "silent");
}

static void commands(void)
{
	struct ike_conn_config c;
	struct star s;

	begin(&s, 9, true);
	up(&s, 0);
	up(&s, 1);
	CHECK(ike_conn_up(s.n[GATEWAY].e, ROAD "[1]", s.now) == -EDESTADDRREQ, "an instance cannot begin");
	CHECK(ike_conn_delete(s.n[GATEWAY].e, ROAD "[1]", s.now) == -ENOENT, "an instance cannot be unloaded");
	CHECK(!ike_conn_down(s.n[GATEWAY].e, ROAD "[1]", s.now), "an instance is taken down");
	conn_find(s.n[0].e, ROAD)->wanted = false;
	run(&s);
	CHECK(!child_of(&s, 0, ROAD) && has(&s, 1, ROAD "[2]", 2), "only that one");
	up(&s, 2);
	conn_find(s.n[1].e, ROAD)->wanted = false;
	conn_find(s.n[2].e, ROAD)->wanted = false;
	CHECK(!ike_conn_down(s.n[GATEWAY].e, ROAD, s.now), "all are taken down");
	run(&s);
	CHECK(!node_spi_count(&s.n[GATEWAY]) && !node_spi_count(&s.n[1]) && !node_spi_count(&s.n[2]), "they stay");
	up(&s, 1);
	conn_find(s.n[1].e, ROAD)->wanted = false;
	CHECK(!ike_conn_delete(s.n[GATEWAY].e, ROAD, s.now), "the template is unloaded");
	run(&s);
	CHECK(!node_spi_count(&s.n[GATEWAY]) && !node_spi_count(&s.n[1]) && !s.n[GATEWAY].e->n_conns, "with what was made of it");
	c = gateway_config(&s, 9);
	CHECK(!ike_conn_add(s.n[GATEWAY].e, &c), "it is loaded again");
	up(&s, 1);
	CHECK(has(&s, 1, ROAD "[1]", 2), "after it was loaded again");
	finish(&s, "commands");
}

static void looked_at(void *ctx, const struct ike_conn_info *info)
{
	unsigned int *seen = ctx;

	if (!info->of) {
		CHECK(!strcmp(info->name, ROAD) && !info->instance && info->state == IKE_CONN_IDLE, "the template");
		return;
	}
	++*seen;
	CHECK(!strcmp(info->of, ROAD) && info->instance == *seen && info->state == IKE_CONN_ESTABLISHED, "instance %u", *seen);
	CHECK(info->peer.bytes[3] == 9 + *seen && info->lease.bytes[3] == *seen && info->peer_id.len == 3, "instance %u", *seen);
}

static void looking(void)
{
	unsigned int seen = 0;
	struct star s;

	begin(&s, 9, true);
	up(&s, 0);
	up(&s, 1);
	ike_conns(s.n[GATEWAY].e, looked_at, &seen);
	CHECK(seen == 2, "%u instances", seen);
	finish(&s, "looking");
}

static void behind_nat(void)
{
	struct star s;

	begin(&s, 9, true);
	s.natted = true;
	up(&s, 0);
	up(&s, 1);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2), "two behind one NAT: %s", s.n[1].last_text);
	CHECK(child_of(&s, GATEWAY, ROAD "[1]")->remote.port == 7000 && child_of(&s, GATEWAY, ROAD "[2]")->remote.port == 7001 &&
	      child_of(&s, GATEWAY, ROAD "[1]")->encap, "in UDP, each to its port");
	down(&s, 0);
	CHECK(has(&s, 1, ROAD "[2]", 2), "one ended");
	finish(&s, "behind a NAT");
}

/* Who has no name is another one at each address and port. */
static void nameless(void)
{
	struct ike_conn_config c;
	struct star s;
	int i;

	begin(&s, 9, true);
	s.natted = true;
	for (i = 0; i <= GATEWAY; i++) {
		c = conn_find(s.n[i].e, ROAD)->cfg;
		c.name = "null";
		c.auth_me = c.auth_peer = IKE_AUTHBY_NULL;
		c.local_id = (struct ike_id){ .type = ID_NULL };
		c.remote_id = (struct ike_id){ 0 };
		CHECK(!ike_conn_delete(s.n[i].e, ROAD, s.now), "ike_conn_delete");
		c.name = ROAD;
		CHECK(!ike_conn_add(s.n[i].e, &c), "ike_conn_add");
	}
	up(&s, 0);
	up(&s, 1);
	CHECK(has(&s, 0, ROAD "[1]", 1) && has(&s, 1, ROAD "[2]", 2), "two without a name: %s", s.n[1].last_text);
	finish(&s, "nameless");
}

/* @i says that it has 10.@second.0.@from to @to. */
static void says(struct star *s, int i, uint8_t second, uint8_t from, uint8_t to)
{
	struct ike_conn_config *c = &conn_find(s->n[i].e, ROAD)->cfg;

	c->local_ts[0] = node_net(second);
	c->local_ts[0].start[3] = from;
	c->local_ts[0].end[3] = to;
	c->n_local_ts = 1;
	conn_find(s->n[i].e, ROAD)->wanted = false;
	ike_conn_down(s->n[i].e, ROAD, s->now);
	run(s);
	up(s, i);
}

/* vhost:%no,%priv with 10.0.0.0/8 but 10.2.0.0/24. */
static void virtual_begin(struct star *s, bool nets)
{
	struct ike_conn_config c;

	begin(s, 0, false);
	ike_conn_delete(s->n[GATEWAY].e, ROAD, s->now);
	c = gateway_config(s, 0);
	c.virt.on = true;
	c.virt.host = true;
	c.virt.nets = nets;
	c.virt.allow[0] = node_net(0);
	c.virt.allow[0].end[1] = 255;
	c.virt.deny[0] = node_net(2);
	c.virt.n_allow = c.virt.n_deny = 1;
	CHECK(!ike_conn_add(s->n[GATEWAY].e, &c), "vhost:");
}

static void clients(void)
{
	const struct ike_child *c;
	struct star s;

	virtual_begin(&s, false);
	up(&s, 0);
	c = child_of(&s, GATEWAY, ROAD "[1]");
	CHECK(c && c->remote_ts[0].start[3] == 10, "itself: %s", s.n[0].last_text);
	s.natted = true;
	says(&s, 1, 77, 5, 5);
	c = child_of(&s, GATEWAY, ROAD "[2]");
	CHECK(c && c->remote_ts[0].start[1] == 77 && c->remote_ts[0].start[3] == 5 && child_mirror(c, child_of(&s, 1, ROAD)),
	      "a private address: %s", s.n[1].last_text);
	CHECK(!ike_conn_rekey(s.n[GATEWAY].e, ROAD "[2]", false, s.now), "rekeying");
	wait_ms(&s, 40000);
	c = child_of(&s, GATEWAY, ROAD "[2]");
	CHECK(c && c->remote_ts[0].start[1] == 77, "after rekeying");
	says(&s, 2, 2, 5, 5);
	CHECK(!child_of(&s, 2, ROAD), "an address that is not meant");
	says(&s, 2, 3, 5, 6);
	CHECK(!child_of(&s, 2, ROAD), "two addresses");
	says(&s, 2, 3, 9, 9);
	CHECK(child_of(&s, 2, ROAD), "another one: %s", s.n[2].last_text);
	says(&s, 2, 77, 5, 5);
	CHECK(!child_of(&s, 2, ROAD), "an address that another one has");
	conn_find(s.n[2].e, ROAD)->cfg.local_ts[0].proto = 6;
	down(&s, 2);
	up(&s, 2);
	CHECK(!child_of(&s, 2, ROAD), "TCP of an address that another one has");
	s.natted = false;
	finish(&s, "vhost:");

	virtual_begin(&s, true);
	says(&s, 0, 3, 0, 255);
	c = child_of(&s, 0, ROAD);
	CHECK(c && c->local_ts[0].end[3] == 255, "a network: %s", s.n[0].last_text);
	says(&s, 2, 3, 0, 127);
	CHECK(!child_of(&s, 2, ROAD), "half a network that another one has");
	says(&s, 1, 1, 0, 255);
	conn_find(s.n[1].e, ROAD)->cfg.local_ts[0].end[1] = 2;
	down(&s, 1);
	up(&s, 1);
	CHECK(!child_of(&s, 1, ROAD), "a network with what is not meant in it");
	finish(&s, "vnet:");
}

/* Without a pool each is its own client. */
static void hosts(void)
{
	const struct ike_child *c;
	struct star s;

	begin(&s, 0, false);
	up(&s, 0);
	up(&s, 1);
	c = child_of(&s, GATEWAY, ROAD "[2]");
	CHECK(child_of(&s, GATEWAY, ROAD "[1]") && c && c->remote_ts[0].start[3] == 11, "hosts");
	CHECK(conn_find(s.n[GATEWAY].e, ROAD)->current == NULL, "the template has none itself");
	finish(&s, "hosts");
}

/* Something happens to one of them. */
static void anything(struct star *s)
{
	int i = rng_below(&s->rng, WARRIORS);
	struct node *n = &s->n[i];
	char name[32];

	switch (rng_below(&s->rng, 8)) {
	case 0:
		ike_conn_down(n->e, ROAD, s->now);
		break;
	case 1:
		come_back(s, i, 10 + i);
		break;
	case 2:
		snprintf(name, sizeof(name), ROAD "[%u]", rng_below(&s->rng, 9));
		ike_conn_down(s->n[GATEWAY].e, name, s->now);
		break;
	case 3:
		ike_conn_rekey(s->n[GATEWAY].e, ROAD, rng_below(&s->rng, 2), s->now);
		break;
	case 4:
		ike_conn_rekey(n->e, ROAD, rng_below(&s->rng, 2), s->now);
		break;
	default:
		ike_conn_up(n->e, ROAD, s->now);
	}
}

/* The one instance that has the other end of what warrior @i has; its address. */
static unsigned int lease_of(struct star *s, int i)
{
	const struct ike_child *c = child_of(s, i, ROAD);
	const struct node *gw = &s->n[GATEWAY];
	int j;

	for (j = 0; c && j < NODE_SPIS; j++)
		if (gw->spis[j].used && gw->spis[j].installed && child_mirror(&gw->spis[j].c, c))
			return is_host(gw->spis[j].c.remote_ts, gw->spis[j].c.n_remote_ts, c->lease.bytes[3]) ? c->lease.bytes[3] : 0;
	return 0;
}

/* Whatever happened, and with a third of all datagrams lost: in the end each has its own address, and nothing is left of before. */
static void storms(void)
{
	unsigned int seed, step, leases;
	struct star s;
	int i;

	for (seed = 1; seed <= 100; seed++) {
		begin(&s, 4, true);
		s.rng.s = seed * 0x9e3779b97f4a7c15ull;
		for (i = 0; i <= GATEWAY; i++)
			s.n[i].fake_dh = true;
		s.loss = rng_below(&s.rng, 34);
		for (step = 0; step < 40; step++) {
			anything(&s);
			wait_ms(&s, rng_below(&s.rng, 4000));
		}
		s.loss = 0;
		wait_ms(&s, 100000);
		for (i = 0, leases = 0; i < WARRIORS; i++)
			ike_conn_up(s.n[i].e, ROAD, s.now);
		wait_ms(&s, 700000);
		for (i = 0; i < WARRIORS; i++)
			leases |= 1u << lease_of(&s, i);
		CHECK(!(leases & 1) && __builtin_popcount(leases) == WARRIORS && node_installed(&s.n[GATEWAY]) == WARRIORS &&
		      s.n[GATEWAY].e->n_conns == WARRIORS + 1, "seed %u: addresses 0x%x, %u Child SAs, %u conns", seed, leases,
		      node_installed(&s.n[GATEWAY]), s.n[GATEWAY].e->n_conns);
		finish(&s, "storms");
	}
}

static void contradictions(void)
{
	struct ike_conn_config c;
	struct star s;

	begin(&s, 9, true);
	c = gateway_config(&s, 9);
	c.name = "b";
	c.pool.last.bytes[3] = 0;
	CHECK(ike_conn_add(s.n[GATEWAY].e, &c) == -EINVAL, "a pool that ends before it begins");
	c = gateway_config(&s, 9);
	c.name = "b";
	c.remote = s.n[0].addr;
	CHECK(ike_conn_add(s.n[GATEWAY].e, &c) == -EINVAL, "a pool for one peer");
	c = warrior_config(&s, 0, true);
	c.name = "b";
	memset(&c.remote, 0, sizeof(c.remote));
	CHECK(ike_conn_add(s.n[0].e, &c) == -EINVAL, "asking whoever comes");
	finish(&s, "contradictions");
}

int main(void)
{
	addresses();
	unit_done("ike_warrior: addresses of a pool");
	wishes();
	unit_done("ike_warrior: the address that is asked for");
	taken();
	comes_back();
	unit_done("ike_warrior: addresses that are somebody's");
	without();
	unit_done("ike_warrior: one side does not want it");
	six_addresses();
	unit_done("ike_warrior: IPv6, beside IPv4");
	six_refused();
	unit_done("ike_warrior: IPv6 that is not there, or of no use");
	rekeyed();
	unit_done("ike_warrior: rekeying");
	returning();
	unit_done("ike_warrior: a peer that comes back");
	silent();
	unit_done("ike_warrior: a peer that is gone");
	commands();
	unit_done("ike_warrior: commands");
	looking();
	unit_done("ike_warrior: looking");
	behind_nat();
	unit_done("ike_warrior: behind one NAT");
	nameless();
	unit_done("ike_warrior: peers without a name");
	clients();
	unit_done("ike_warrior: clients that peers choose");
	hosts();
	unit_done("ike_warrior: each its own client");
	storms();
	unit_done("ike_warrior: storms");
	contradictions();
	unit_done("ike_warrior: contradictions");
	return unit_status();
}
