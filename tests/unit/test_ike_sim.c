// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_action.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_payload.c userland/pluto/ike_proposal.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* libs: -lcrypto */
/*
 * Two engines over a network that loses, repeats, delays and reorders, with kernels that are slow and
 * fail, and people who change their minds. However it went, in the end both sides hold
 * the same SAs or none, and after both are taken down nothing is left.
 *
 * test_ike_sim [SEED [COUNT]]; a failure prints the seed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ike_node.h"

#define MINUTE 60000
#define CHANGES_END (2 * MINUTE)	/* the last command */
#define FAULTS_END (4 * MINUTE)		/* then the network is well, or dead for ever */
#define SETTLED (20 * MINUTE)		/* what is not in order by now never will be */
#define CONN "east-west"

enum what { DATAGRAM, RESULT, COMMAND };

struct event {
	struct event *next;
	uint64_t at;
	enum what what;
	struct node *to;
	struct ike_addr local, remote;
	struct node_result r;
	int command;
	size_t len;
	uint8_t data[];
};

struct world {
	uint64_t seed, now;
	struct rng rng;
	struct node node[2];
	struct event *events;
	/* Faults, in percent and milliseconds. */
	unsigned int loss, twice, delay, result_delay, kernel_fails, crypto_fails, lost_results;
	uint64_t dead_from;		/* the network loses everything from here on */
	uint64_t silent_from[2], silent_to[2]; /* and, for a while, what one side sends */
	bool other_psk, other_ike, other_esp, other_net;
	bool well;			/* the faults are over */
	bool calm;			/* both begin at nearly the same time, and little goes wrong */
	unsigned int resent, shown;
	bool verbose;
};

static void add_event(struct world *w, struct event *ev)
{
	struct event **at = &w->events;

	while (*at && (*at)->at <= ev->at)
		at = &(*at)->next;
	ev->next = *at;
	*at = ev;
}

static struct event *new_event(struct world *w, enum what what, struct node *to, uint64_t delay,
			       const void *data, size_t len)
{
	struct event *ev = calloc(1, sizeof(*ev) + len);

	ev->at = w->now + delay;
	ev->what = what;
	ev->to = to;
	ev->len = len;
	if (len)
		memcpy(ev->data, data, len);
	return ev;
}

static bool lost(struct world *w, int from)
{
	if (w->now >= w->dead_from)
		return true;
	if (w->well)
		return false;
	if (w->now >= w->silent_from[from] && w->now < w->silent_to[from])
		return true;
	return rng_chance(&w->rng, w->loss);
}

static void transmit(struct world *w, int from, const struct ike_action *a)
{
	int copies = 1 + (!w->well && rng_chance(&w->rng, w->twice));
	struct event *ev;

	for (; copies; copies--) {
		if (lost(w, from))
			continue;
		ev = new_event(w, DATAGRAM, &w->node[!from],
			       1 + (w->well ? 5 : rng_below(&w->rng, w->delay)),
			       a->send.data, a->send.len);
		ev->local = a->send.remote;
		ev->remote = a->send.local;
		add_event(w, ev);
	}
}

static int failure(struct world *w, const struct ike_action *a)
{
	bool kernel = a->kind == IKE_GETSPI || a->kind == IKE_INSTALL;

	if (w->well)
		return 0;
	if (kernel)
		return rng_chance(&w->rng, w->kernel_fails) ? -ENOBUFS : 0;
	return rng_chance(&w->rng, w->crypto_fails) ? -EIO : 0;
}

static void serve(struct world *w, int i, const struct ike_action *a)
{
	struct node_result r;
	struct event *ev;

	node_note(&w->node[i], a);
	if (!node_serve(&w->node[i], a, failure(w, a), &r))
		return;
	/* Results of the kernel always come; a thread that dies takes its result with it. */
	if (!w->well && a->kind != IKE_GETSPI && a->kind != IKE_INSTALL &&
	    rng_chance(&w->rng, w->lost_results))
		return;
	ev = new_event(w, RESULT, &w->node[i], w->well ? 0 : rng_below(&w->rng, w->result_delay),
		       NULL, 0);
	ev->r = r;
	add_event(w, ev);
}

static void show(struct world *w, int i, const struct ike_action *a)
{
	static const char *const kinds[] = { "send", "log", "report", "dh generate", "dh shared",
		"auth make", "auth check", "getspi", "install", "remove", "dh forget" };

	if (!w->verbose)
		return;
	printf("%8.3f %s %s", w->now / 1000.0, w->node[i].name, kinds[a->kind]);
	if (a->kind == IKE_SEND)
		printf(" %s%s id %u, %zu bytes", ike_exchange_name(a->send.data[18]),
		       a->send.data[19] & IKE_FLAG_RESPONSE ? " response" : "",
		       get_u32(a->send.data + 20), a->send.len);
	if (a->kind == IKE_LOG)
		printf(" %s", a->log.text);
	if (a->kind == IKE_REPORT)
		printf(" %d %d %s", a->report.kind, a->report.reason, a->report.text);
	if (a->kind == IKE_REMOVE)
		printf(" child %u", a->remove.child);
	if (a->kind == IKE_INSTALL)
		printf(" child %u replaces %u", a->install->child, a->install->replaces);
	printf("\n");
}

static void drain(struct world *w, int i)
{
	const struct ike_action *a;

	while ((a = ike_next_action(w->node[i].e))) {
		show(w, i, a);
		if (a->kind == IKE_SEND)
			transmit(w, i, a);
		else
			serve(w, i, a);
	}
}

static struct ike_conn_config config(struct world *w, int i)
{
	struct ike_conn_config c = node_config(CONN, &w->node[i], &w->node[!i]);
	static const uint16_t groups[] = { 31, 19, 20, 14 };
	unsigned int n = w->seed % 16 < 3 ? w->seed % 16 + 1 : 0, j;

	/* Mostly the cheap group; the others in turn, and a wrong first guess too. */
	for (j = 0; j < c.n_ike; j++)
		c.ike[j].dh = groups[n];
	c.n_ike = 1;
	if (w->seed % 5 == 1)
		c.ike[0] = (struct ike_proposal){ ENCR_AES_CBC, 128, PRF_SHA2_512, INTEG_SHA2_256,
						  c.ike[0].dh, 0 };
	if (w->seed % 16 == 4 && !i) {
		c.ike[1] = c.ike[0];
		c.ike[0].dh = DH_ECP256;
		c.n_ike = 2;
	}
	if (w->seed % 5 == 2)
		c.esp[0] = (struct ike_proposal){ ENCR_AES_CBC, 256, 0, INTEG_SHA2_256, 0, 0 };
	if (w->other_ike && i)
		c.ike[0].keylen = 192;
	if (w->other_esp && i) {
		c.esp[0].keylen = 192;
		c.n_esp = 1;
	}
	if (w->other_net && i)
		c.local_ts[0] = node_net(99);
	if (w->seed % 7 == 3 && !w->calm) {
		c.ike_lifetime = 150;
		c.sa_lifetime = 100;
	}
	if (w->seed % 11 == 5)
		c.keyingtries = 2;
	return c;
}

static void conn_load(struct world *w, int i)
{
	struct ike_conn_config c = config(w, i);
	int err = ike_conn_add(w->node[i].e, &c);

	if (err && err != -EEXIST)
		node_trouble(&w->node[i], "ike_conn_add fails");
}

enum { UP, DOWN, DELETE, LOAD };

static void command(struct world *w, int i, int what)
{
	struct ike_engine *e = w->node[i].e;
	static const char *const names[] = { "up", "down", "delete", "load" };

	if (w->verbose)
		printf("%8.3f %s command %s\n", w->now / 1000.0, w->node[i].name, names[what]);
	if (what == UP)
		ike_conn_up(e, CONN, w->now);
	else if (what == DOWN)
		ike_conn_down(e, CONN, w->now);
	else if (what == DELETE)
		ike_conn_delete(e, CONN, w->now);
	else
		conn_load(w, i);
}

static void happen(struct world *w, struct event *ev)
{
	struct ike_engine *e = ev->to->e;

	if (ev->what == DATAGRAM)
		ike_packet(e, w->now, &ev->local, &ev->remote, ev->data, ev->len);
	else if (ev->what == RESULT)
		ike_result(e, w->now, ev->r.id, ev->r.error, ev->r.data, ev->r.len);
	else
		command(w, ev->to - w->node, ev->command);
	free(ev);
}

/* The next thing that happens, not after @until: false: nothing. */
static bool step(struct world *w, uint64_t until)
{
	uint64_t at = w->events ? w->events->at : UINT64_MAX, due;
	struct event *ev;
	int i, timer = -1;

	for (i = 0; i < 2; i++) {
		due = ike_deadline(w->node[i].e);
		if (due >= at)
			continue;
		at = due;
		timer = i;
	}
	if (at > until)
		return false;
	if (at > w->now)
		w->now = at;
	if (timer >= 0) {
		ike_timer(w->node[timer].e, w->now);
	} else {
		ev = w->events;
		w->events = ev->next;
		happen(w, ev);
	}
	drain(w, 0);
	drain(w, 1);
	return true;
}

static void run_until(struct world *w, uint64_t until)
{
	while (step(w, until))
		;
	w->now = until;
}

static void plan_command(struct world *w, uint64_t at, int i, int what)
{
	struct event *ev = new_event(w, COMMAND, &w->node[i], 0, NULL, 0);

	ev->at = at;
	ev->command = what;
	add_event(w, ev);
}

static void draw_faults(struct world *w)
{
	struct rng *r = &w->rng;
	int i;

	w->loss = rng_chance(r, 70) ? rng_below(r, 45) : 0;
	w->twice = rng_chance(r, 60) ? rng_below(r, 60) : 0;
	w->delay = rng_chance(r, 70) ? 1 + rng_below(r, 3000) : 10;
	w->result_delay = rng_chance(r, 50) ? 1 + rng_below(r, 4000) : 1;
	w->kernel_fails = rng_chance(r, 25) ? rng_below(r, 60) : 0;
	w->crypto_fails = rng_chance(r, 15) ? rng_below(r, 30) : 0;
	w->lost_results = rng_chance(r, 10) ? rng_below(r, 20) : 0;
	w->dead_from = rng_chance(r, 12) ? rng_below(r, FAULTS_END) : UINT64_MAX;
	for (i = 0; i < 2; i++) {
		if (!rng_chance(r, 25))
			continue;
		w->silent_from[i] = rng_below(r, CHANGES_END);
		w->silent_to[i] = w->silent_from[i] + rng_below(r, 2 * MINUTE);
	}
	w->other_psk = rng_chance(r, 5);
	w->other_ike = rng_chance(r, 4);
	w->other_esp = rng_chance(r, 4);
	w->other_net = rng_chance(r, 4);
}

static void draw_commands(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_below(r, 8);
	uint64_t at;
	int i;

	plan_command(w, 0, rng_below(r, 2), UP);
	if (rng_chance(r, 50))		/* both at once, or nearly */
		plan_command(w, rng_below(r, rng_chance(r, 50) ? 1 : 3000), rng_below(r, 2), UP);
	for (; n; n--) {
		at = rng_below(r, CHANGES_END);
		i = rng_below(r, 2);
		if (rng_chance(r, 20)) {
			plan_command(w, at, i, DELETE);
			plan_command(w, at + rng_below(r, 10000), i, LOAD);
			plan_command(w, at + 10000, i, UP);
		} else {
			plan_command(w, at, i, rng_chance(r, 50) ? UP : DOWN);
		}
	}
}

/* Then a tunnel that is up may never go down, however the two attempts cross. */
static void draw_calm(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int apart = rng_chance(r, 50) ? 300 : 8000;

	w->loss = rng_below(r, 10);
	w->twice = rng_below(r, 30);
	w->delay = 1 + rng_below(r, rng_chance(r, 50) ? 100 : 2000);
	w->result_delay = 1 + rng_below(r, rng_chance(r, 50) ? 100 : 2000);
	w->dead_from = UINT64_MAX;
	plan_command(w, rng_below(r, apart), 0, UP);
	plan_command(w, rng_below(r, apart), 1, UP);
}

static void world_init(struct world *w, uint64_t seed)
{
	struct ike_env env = { 0 };
	int i;

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->rng.s = seed * 0xd1342543de82ef95ull + 0x632be59bd9b4e019ull;
	rng_next(&w->rng);
	w->calm = seed % 4 == 0;
	if (!w->calm)
		draw_faults(w);
	if (seed % 6 == 0)
		env.cookie_threshold = 1;
	node_init(&w->node[0], "west", 45, seed, &env);
	node_init(&w->node[1], "east", 23, seed, &env);
	if (w->other_psk)
		w->node[1].psk = "another";
	for (i = 0; i < 2; i++)
		conn_load(w, i);
	if (w->calm)
		draw_calm(w);
	else
		draw_commands(w);
}

static void world_free(struct world *w)
{
	struct event *ev;

	while ((ev = w->events)) {
		w->events = ev->next;
		free(ev);
	}
	ike_engine_free(w->node[0].e);
	ike_engine_free(w->node[1].e);
}

/* ---- what must hold ---- */

static const struct ike_child *only_child(const struct node *n)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++)
		if (n->spis[i].used && n->spis[i].installed)
			return &n->spis[i].c;
	return NULL;
}

static void collect(void *ctx, const struct ike_conn_info *info)
{
	*(struct ike_conn_info *)ctx = *info;
}

static bool expect_tunnel(const struct world *w)
{
	return w->dead_from == UINT64_MAX && !w->other_psk && !w->other_ike && !w->other_esp &&
	       !w->other_net;
}

static void check_settled(struct world *w)
{
	struct node *a = &w->node[0], *b = &w->node[1];
	const struct ike_child *ca = only_child(a), *cb = only_child(b);
	struct ike_conn *conn[2];
	struct ike_conn_info info;
	int i;

	CHECK(!a->trouble && !b->trouble, "seed %" PRIu64 ": %s", w->seed,
	      a->trouble ? a->trouble : b->trouble);
	CHECK(node_installed(a) <= 1 && node_installed(b) <= 1,
	      "seed %" PRIu64 ": %u and %u Child SAs", w->seed, node_installed(a),
	      node_installed(b));
	CHECK(!ca == !cb, "seed %" PRIu64 ": west %s, east %s", w->seed, ca ? "up" : "none",
	      cb ? "up" : "none");
	CHECK(!ca || !cb || child_mirror(ca, cb), "seed %" PRIu64 ": not the same SAs", w->seed);
	for (i = 0; i < 2; i++) {
		conn[i] = conn_find(w->node[i].e, CONN);
		memset(&info, 0, sizeof(info));
		ike_conns(w->node[i].e, collect, &info);
		CHECK(!conn[i] || (info.state == IKE_CONN_ESTABLISHED) == !!ca,
		      "seed %" PRIu64 ": %s says state %d", w->seed, w->node[i].name, info.state);
		CHECK(!ca || !cb || node_owner(&w->node[i], CONN)->child == (i ? cb : ca)->child,
		      "seed %" PRIu64 ": %s lost its eroute", w->seed, w->node[i].name);
	}
	if (!expect_tunnel(w))
		CHECK(!ca, "seed %" PRIu64 ": a tunnel that cannot be", w->seed);
	else if (conn[0] && conn[1] && (conn[0]->wanted || conn[1]->wanted))
		CHECK(ca, "seed %" PRIu64 ": wanted, possible, and not there", w->seed);
}

static void check_calm(const struct world *w)
{
	const struct node *a = &w->node[0], *b = &w->node[1];
	const struct ike_child *ca = only_child(a), *cb = only_child(b);

	if (!w->calm)
		return;
	CHECK(ca && cb && child_mirror(ca, cb), "seed %" PRIu64 ": not up in a minute", w->seed);
	CHECK(!a->downs && !b->downs, "seed %" PRIu64 ": went down by itself", w->seed);
}

static void check_clean(struct world *w)
{
	struct node *n;
	struct req *r;
	unsigned int i, j, reqs;

	for (i = 0; i < 2; i++) {
		n = &w->node[i];
		CHECK(!n->trouble, "seed %" PRIu64 ": %s", w->seed, n->trouble);
		CHECK(!node_spi_count(n), "seed %" PRIu64 ": %s keeps %u SPIs", w->seed, n->name,
		      node_spi_count(n));
		CHECK(!n->e->n_sas && !n->e->half_open, "seed %" PRIu64 ": %s keeps %u IKE SAs, %u half-open",
		      w->seed, n->name, n->e->n_sas, n->e->half_open);
		CHECK(!n->e->heap.n, "seed %" PRIu64 ": %s keeps %zu timers", w->seed, n->name,
		      n->e->heap.n);
		CHECK(w->lost_results || !node_dh_count(n), "seed %" PRIu64 ": %s keeps %u private values",
		      w->seed, n->name, node_dh_count(n));
		for (reqs = 0, j = 0; j < IKE_BUCKETS; j++)
			for (r = n->e->reqs[j]; r; r = r->next)
				reqs++;
		CHECK(w->lost_results || !reqs, "seed %" PRIu64 ": %s keeps %u requests", w->seed,
		      n->name, reqs);
		CHECK(n->e->heap.reserved == n->e->n_conns, "seed %" PRIu64 ": %s: room of timers",
		      w->seed, n->name);
	}
}

/* One tunnel takes over from another: with short lifetimes that may be at any time. */
static bool busy(const struct world *w)
{
	const struct ike_sa *sa;
	int i;

	for (i = 0; i < 2; i++)
		for (sa = w->node[i].e->all; sa; sa = sa->all_next)
			if (sa->state != SA_UP || sa->superseded || sa->out.data)
				return true;
	return false;
}

static bool run(uint64_t seed, bool verbose, unsigned int *tunnels)
{
	int before = unit_failures_now, i;
	struct world *w = malloc(sizeof(*w));

	world_init(w, seed);
	w->verbose = verbose;
	drain(w, 0);
	drain(w, 1);
	run_until(w, MINUTE);
	check_calm(w);
	run_until(w, FAULTS_END);
	w->well = true;
	run_until(w, SETTLED);
	for (i = 0; i < 60 && busy(w); i++)
		run_until(w, w->now + 1000);
	check_settled(w);
	*tunnels += only_child(&w->node[0]) != NULL;
	for (i = 0; i < 2; i++)
		command(w, i, DOWN);
	drain(w, 0);
	drain(w, 1);
	run_until(w, w->now + 3 * MINUTE);
	check_clean(w);
	world_free(w);
	free(w);
	return unit_failures_now == before;
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	unsigned int count = argc > 2 ? atoi(argv[2]) : argc > 1 ? 1 : 1000, i, tunnels = 0;

	for (i = 0; i < count; i++)
		run(first + i, argc > 1 && argc < 3, &tunnels);
	/* A simulation in which nothing ever comes up would prove nothing. */
	CHECK(count < 100 || tunnels > count / 4, "only %u of %u runs end with a tunnel", tunnels, count);
	printf("# %u runs, %u end with a tunnel\n", count, tunnels);
	unit_done("ike_sim");
	return unit_status();
}
