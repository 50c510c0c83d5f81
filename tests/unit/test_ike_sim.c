// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* libs: -lcrypto */
/*
 * Two engines over a network that loses, repeats, delays and reorders, with kernels that are slow and
 * fail and crash, and people who change their minds. However it went, in the end both sides hold
 * the same SAs or none, and after both are taken down nothing is left.
 *
 * test_ike_sim [SEED [COUNT]]; a failure prints the seed. SIM_SEEDS in the environment: that many, from 1 on.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ike_node.h"

#define MINUTE 60000
#define CHANGES_END (2 * MINUTE)	/* the last command */
#define FAULTS_END (4 * MINUTE)		/* then the network is well, or dead for ever */
#define SETTLED (20 * MINUTE)		/* what is not in order by now never will be */
#define CONN "east-west"
#define CONNS 3				/* at most, all between the same two; traps and packets are of the first */
#define LAST_TRY 15000			/* since the first: with IKE_RETRANSMIT_MS and _TRIES it is the fifth and last */
#define EXCHANGES 1024			/* of a calm world, until it is well */

static const char *const conn_names[CONNS] = { CONN, "east-west/2x1", "north" };

enum what { DATAGRAM, RESULT, COMMAND };

static unsigned int fragments;		/* of IKE, that were sent */
static unsigned int moved;		/* conns, by MOBIKE */

struct event {
	struct event *next;
	uint64_t at;
	enum what what;
	struct node *to;
	struct ike_addr local, remote;
	struct node_result r;
	int command, conn;
	size_t len;
	uint8_t data[];
};

struct exchange {
	uint8_t spi_i[IKE_SPI_LEN];
	uint32_t id;
	int who;			/* asks */
	uint64_t first;
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
	int n_conns, which;		/* how many, and to which commands are drawn now */
	bool other_psk, other_ike, other_esp, other_net;
	bool well;			/* the faults are over */
	bool routed[2];			/* their kernels have the trap */
	uint32_t last_hold;
	bool steady;			/* calm, and up: so it stays */
	bool calm;			/* both begin at nearly the same time, and little goes wrong */
	struct exchange exchanges[EXCHANGES];
	unsigned int n_exchanges;
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

/* When the exchange of which @from sends @m began. */
static uint64_t exchange_began(struct world *w, int from, const uint8_t *m)
{
	struct exchange new = { .id = get_u32(m + 20), .who = m[19] & IKE_FLAG_RESPONSE ? !from : from, .first = w->now };
	struct exchange *x;

	memcpy(new.spi_i, m, IKE_SPI_LEN);
	for (x = w->exchanges; x < w->exchanges + w->n_exchanges; x++)
		if (x->id == new.id && x->who == new.who && !memcmp(x->spi_i, new.spi_i, IKE_SPI_LEN))
			return x->first;
	if (w->n_exchanges < EXCHANGES)
		w->exchanges[w->n_exchanges++] = new;
	return w->now;
}

/*
 * When it is calm, the last repetition arrives, and its answer: five may be lost by pure chance, all the more as a slow
 * peer hears some of them in vain, and then the tunnel goes down as it should.
 */
static bool spared(struct world *w, int from, const uint8_t *m)
{
	return w->calm && w->now >= exchange_began(w, from, m) + LAST_TRY;
}

static bool lost(struct world *w, int from, const uint8_t *m)
{
	if (w->now >= w->dead_from)
		return true;
	if (w->well)
		return false;
	if (w->now >= w->silent_from[from] && w->now < w->silent_to[from])
		return true;
	return !spared(w, from, m) && rng_chance(&w->rng, w->loss);
}

static void transmit(struct world *w, int from, const struct ike_action *a)
{
	int copies = 1 + (!w->well && rng_chance(&w->rng, w->twice));
	struct event *ev;

	fragments += a->send.data[16] == PLD_SKF;
	for (; copies; copies--) {
		if (lost(w, from, a->send.data))
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
		"auth make", "auth check", "getspi", "install", "remove", "dh forget", "shunt", "refuse", "look", "takeover", "move" };

	if (!w->verbose)
		return;
	printf("%8.3f %s %s %s", w->now / 1000.0, w->node[i].name, a->conn ? a->conn : "", kinds[a->kind]);
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
	const char *before = w->node[i].trouble;
	const struct ike_action *a;

	while ((a = ike_next_action(w->node[i].e))) {
		show(w, i, a);
		if (a->kind == IKE_SEND)
			transmit(w, i, a);
		else
			serve(w, i, a);
		if (w->verbose && w->node[i].trouble != before)
			printf("%8.3f %s TROUBLE\n", w->now / 1000.0, w->node[i].name);
		before = w->node[i].trouble;
	}
}

static struct ike_conn_config config(struct world *w, int i, int which)
{
	struct ike_conn_config c = node_config(conn_names[which], &w->node[i], &w->node[!i]);
	static const uint16_t groups[] = { 31, 19, 20, 14 };
	unsigned int n = w->seed % 16 < 3 ? w->seed % 16 + 1 : 0, j;

	/* Mostly the cheap group; the others in turn, and a wrong first guess too. */
	for (j = 0; j < c.n_ike; j++)
		c.ike[j].dh = groups[n];
	c.n_ike = 1;
	if (w->seed % 5 == 1)
		c.ike[0] = (struct ike_proposal){ ENCR_AES_CBC, 128, PRF_SHA2_512, INTEG_SHA2_256,
						  c.ike[0].dh, 0, { 0 } };
	if (w->seed % 16 == 4 && !i) {
		c.ike[1] = c.ike[0];
		c.ike[0].dh = DH_ECP256;
		c.n_ike = 2;
	}
	if (w->seed % 5 == 2)
		c.esp[0] = (struct ike_proposal){ ENCR_AES_CBC, 256, 0, INTEG_SHA2_256, 0, 0, { 0 } };
	/* A quarter with additional key exchanges, for the IKE SA, Child SAs or both; some with two; one side may do without. */
	if (w->seed % 4 == 3) {
		c.ike[0].addke[0] = w->seed / 4 % 3 ? KE_MLKEM768 : DH_MODP1024;
		c.ike[0].addke[3] = w->seed / 4 % 2 ? KE_MLKEM1024 : 0;
		c.esp[0].dh = w->seed / 8 % 3 ? DH_X25519 : 0;
		c.esp[0].addke[1] = c.esp[0].dh ? KE_MLKEM512 : 0;
		c.n_esp = c.esp[0].dh ? 1 : c.n_esp;
	}
	if (w->seed % 8 == 7 && i && c.n_ike == 1) {
		c.ike[1] = c.ike[0];
		memset(c.ike[1].addke, 0, sizeof(c.ike[1].addke));
		c.n_ike = 2;
	}
	if (w->other_ike && i)
		c.ike[0].keylen = c.ike[1].keylen = 192;
	if (w->other_esp && i) {
		c.esp[0].keylen = 192;
		c.n_esp = 1;
	}
	c.local_ts[0] = node_net(c.local_ts[0].start[1] + 60 * which);
	c.remote_ts[0] = node_net(c.remote_ts[0].start[1] + 60 * which);
	if (w->other_net && i)
		c.local_ts[0] = node_net(99 + which);
	if (w->seed % 7 == 3 && !w->calm) {
		c.ike_lifetime = 150;
		c.sa_lifetime = 100;
	}
	if (w->seed % 3 == 2)
		c.frag = w->seed % 2 ? IKE_FRAG_FORCE : w->seed % 9 == 8 && i ? IKE_FRAG_NO : IKE_FRAG_YES;
	if (w->seed % 5 == 3)
		c.ppk = IKE_PPK_PROPOSE + (w->seed % 2 && !i);
	c.pfs = (w->seed / 2 + (w->seed % 3 ? 0 : i)) % 3; /* two that contradict each other make it anew */
	c.mobike = w->seed % 4 != 1;
	if (w->seed % 9 == 4)
		c.no_rekey = i;
	if (w->seed % 13 == 6)
		c.reauth = true;
	if (w->seed % 11 == 5)
		c.keyingtries = 2;
	c.negotiationshunt = w->seed / 3 % 8 < 4 ? w->seed / 3 % 8 : IKE_SHUNT_TRAP;
	c.failureshunt = w->seed / 24 % 8 < 4 ? w->seed / 24 % 8 : IKE_SHUNT_TRAP;
	return c;
}

static void conn_load(struct world *w, int i, int which)
{
	struct ike_conn_config c = config(w, i, which);
	int err = ike_conn_add(w->node[i].e, &c);

	/* A third of them with IKE_AUTH in some fragments, or in many. */
	w->node[i].n_certs = w->seed % 3 == 2 ? 1 + w->seed / 3 % 4 : 0;
	w->node[i].cert_len = 900;
	/* A fifth has PPKs, some of them one that the other does not have. */
	w->node[i].ppk_id = w->seed % 20 == 8 && i ? "another" : "ppk";
	w->node[i].ppk = "a secret for later";
	if (err && err != -EEXIST)
		node_trouble(&w->node[i], "ike_conn_add fails");
}

static unsigned int children_of(const struct node *n, const char *conn)
{
	unsigned int i, count = 0;

	for (i = 0; i < NODE_SPIS; i++)
		count += n->spis[i].used && n->spis[i].installed && !strcmp(n->spis[i].conn, conn);
	return count;
}

static const struct ike_child *only_child(const struct node *n, int which)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++)
		if (n->spis[i].used && n->spis[i].installed && !strcmp(n->spis[i].conn, conn_names[which]))
			return &n->spis[i].c;
	return NULL;
}

enum { UP, DOWN, DELETE, LOAD, ROUTE, UNROUTE, PACKET, AGAIN, REKEY_CHILD, REKEY_IKE, EXPIRE, RESTART, MOVE, RETURN };

/* Crashes, and begins anew with nothing, as after a power cut. What it was waiting for does not come. */
static void restart(struct world *w, int i)
{
	struct node *n = &w->node[i], old = *n;
	struct event **at = &w->events, *ev;
	struct ike_env env = n->e->env;
	int which;

	while ((ev = *at)) {
		if (ev->what != RESULT || ev->to != n) {
			at = &ev->next;
			continue;
		}
		*at = ev->next;
		free(ev);
	}
	ike_engine_free(n->e);
	node_init(n, old.name, old.addr.bytes[3], w->seed + w->now, &env);
	n->psk = old.psk;
	n->next_spi = old.next_spi;
	n->trouble = old.trouble;
	n->trap = CONN;
	w->routed[i] = false;
	for (which = 0; which < w->n_conns; which++)
		conn_load(w, i, which);
}

static void route(struct world *w, int i, bool on)
{
	struct node *n = &w->node[i];

	if (on && !ike_conn_route(n->e, CONN, w->now))
		w->routed[i] = true;
	if (on || ike_conn_unroute(n->e, CONN, w->now))
		return;
	drain(w, i);
	w->routed[i] = false;
	n->n_holds = 0;			/* they end with the trap */
}

static void command(struct world *w, int i, int what, int which);

/* The trap is there, and nothing above it. */
static bool trapped(struct world *w, int i)
{
	const struct node_owner *o = node_owner(&w->node[i], CONN);

	return w->routed[i] && !o->child && o->shunt == IKE_SHUNT_TRAP;
}

static void packet(struct world *w, int i)
{
	if (trapped(w, i))
		node_acquire(&w->node[i], CONN, &w->node[!i], ++w->last_hold, rng_below(&w->rng, 5), w->now);
}

/* The kernel repeats what nobody has answered. */
static void again(struct world *w, int i)
{
	struct node *n = &w->node[i];
	uint32_t seqs[NODE_HOLDS];
	unsigned int j, count = n->n_holds;

	memcpy(seqs, n->holds, sizeof(seqs));
	for (j = 0; j < count && trapped(w, i); j++)
		node_acquire(n, CONN, &w->node[!i], seqs[j], seqs[j] % 5, w->now);
}

/*
 * The host is elsewhere, at @last: what MOBIKE does not take along is loaded anew where the peer looks for it, and, away from
 * there, left as it is.
 */
static void move(struct world *w, int i, uint8_t last)
{
	struct ike_engine *e = w->node[i].e;
	struct ike_conn_config c;
	struct ike_conn *conn;
	bool wanted;
	int which;

	for (which = 0; which < w->n_conns; which++) {
		conn = conn_find(e, conn_names[which]);
		if (!conn || conn->cfg.local.bytes[3] == last)
			continue;
		c = conn->cfg;
		c.local.bytes[3] = last;
		wanted = conn->wanted;
		if (!ike_conn_moved(e, &c, w->now)) {
			moved++;
			continue;
		}
		if (last != w->node[i].addr.bytes[3])
			continue;
		command(w, i, DELETE, which);
		command(w, i, LOAD, which);
		if (wanted)
			command(w, i, UP, which);
	}
}

static void command(struct world *w, int i, int what, int which)
{
	struct ike_engine *e = w->node[i].e;
	const char *conn = conn_names[which];
	const struct ike_child *c;
	static const char *const names[] = { "up", "down", "delete", "load", "route", "unroute", "packet", "again",
		"rekey", "rekey IKE", "soft expire", "restart", "move", "return" };

	if (w->verbose && what != AGAIN)
		printf("%8.3f %s command %s %s\n", w->now / 1000.0, w->node[i].name, names[what], conn);
	switch (what) {
	case UP:
		ike_conn_up(e, conn, w->now);
		break;
	case DOWN:
		ike_conn_down(e, conn, w->now);
		break;
	case DELETE:
		ike_conn_delete(e, conn, w->now);
		if (which)
			break;
		w->routed[i] = false;
		drain(w, i);
		w->node[i].n_holds = 0;
		break;
	case LOAD:
		conn_load(w, i, which);
		break;
	case ROUTE:
	case UNROUTE:
		route(w, i, what == ROUTE);
		break;
	case PACKET:
		packet(w, i);
		break;
	case REKEY_CHILD:
	case REKEY_IKE:
		ike_conn_rekey(e, conn, what == REKEY_IKE, w->now);
		break;
	case RESTART:
		restart(w, i);
		break;
	case MOVE:
		move(w, i, w->node[i].addr.bytes[3] + 100);
		break;
	case RETURN:
		move(w, i, w->node[i].addr.bytes[3]);
		break;
	case EXPIRE:
		c = only_child(&w->node[i], which);
		if (c)
			ike_child_expires(e, c->spi_out, w->now);
		break;
	default:
		again(w, i);
	}
}

static void happen(struct world *w, struct event *ev)
{
	struct ike_engine *e = ev->to->e;

	if (ev->what == DATAGRAM)
		ike_packet(e, w->now, &ev->local, &ev->remote, ev->data, ev->len);
	else if (ev->what == RESULT)
		ike_result(e, w->now, ev->r.id, ev->r.error, ev->r.data, ev->r.len);
	else
		command(w, ev->to - w->node, ev->command, ev->conn);
	free(ev);
}

/* What a host sends now the other one must take in: make before break. */
static void check_heard(struct world *w, int i, int which)
{
	const struct node_owner *o = node_owner(&w->node[i], conn_names[which]);
	const struct node *n = &w->node[i];
	struct node_spi *peer;
	int j;

	for (j = 0; j < NODE_SPIS; j++) {
		if (!n->spis[j].used || !o->child || n->spis[j].c.child != o->child)
			continue;
		peer = node_spi(&w->node[!i], n->spis[j].c.spi_out);
		if (!peer || !peer->installed)
			node_trouble(&w->node[i], "sends through an SA that the peer does not have");
	}
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
	for (i = 0; w->steady && i < w->n_conns; i++) {
		check_heard(w, 0, i);
		check_heard(w, 1, i);
	}
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
	if (what != PACKET && what != AGAIN && what != ROUTE && what != UNROUTE)
		ev->conn = w->which;
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

/* Traps, packets that meet them, and the repetitions of the kernel. */
static void draw_packets(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_below(r, 12);
	uint64_t at;
	int i;

	for (i = 0; i < 2; i++)
		if (rng_chance(r, 60))
			plan_command(w, rng_below(r, MINUTE), i, ROUTE);
	if (rng_chance(r, 20))
		plan_command(w, rng_below(r, CHANGES_END), rng_below(r, 2), UNROUTE);
	for (; n; n--) {
		at = rng_below(r, CHANGES_END);
		i = rng_below(r, 2);
		plan_command(w, at, i, PACKET);
		if (rng_chance(r, 50))
			plan_command(w, at + rng_below(r, 2000), i, PACKET);
	}
	for (at = 0; at < SETTLED; at += 5000)
		for (i = 0; i < 2; i++)
			plan_command(w, at, i, AGAIN);
}

/* Rekeying by either side, often by both at nearly the same time, and while something else ends. */
static void draw_rekeys(struct world *w, unsigned int most, uint64_t until)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_below(r, most + 1);
	int i, what;
	uint64_t at;

	for (; n; n--) {
		at = rng_below(r, until);
		i = rng_below(r, 2);
		what = rng_chance(r, 20) ? EXPIRE : rng_chance(r, 50) ? REKEY_CHILD : REKEY_IKE;
		plan_command(w, at, i, what);
		if (rng_chance(r, 60))
			plan_command(w, at + rng_below(r, rng_chance(r, 50) ? 5 : 2 * w->delay + 1), !i,
				     rng_chance(r, 80) ? what : rng_chance(r, 50) ? REKEY_CHILD : REKEY_IKE);
		if (rng_chance(r, 5))
			plan_command(w, at + rng_below(r, w->delay + 1), rng_below(r, 2), DOWN);
	}
}

static void draw_restarts(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_chance(r, 30) ? 1 + rng_below(r, 2) : 0;
	uint64_t at;
	int i;

	for (; n; n--) {
		at = rng_below(r, CHANGES_END);
		i = rng_below(r, 2);
		plan_command(w, at, i, RESTART);
		if (rng_chance(r, 70))
			plan_command(w, at + rng_below(r, 3000), i, rng_chance(r, 50) ? ROUTE : UP);
	}
}

/* Mostly the one who began, but nobody knows who that is. */
static void draw_moves(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = w->seed % 4 != 1 && rng_chance(r, 40) ? 1 + rng_below(r, 3) : 0;
	uint64_t at;
	int i;

	for (; n; n--) {
		at = rng_below(r, CHANGES_END);
		i = rng_below(r, 2);
		plan_command(w, at, i, MOVE);
		plan_command(w, at + rng_below(r, 10000), i, RETURN);
		plan_command(w, CHANGES_END, i, RETURN);
	}
}

/* @n times a conn goes up, in @up of a hundred, or down, or is unloaded and comes back. */
static void draw_changes(struct world *w, unsigned int n, unsigned int up)
{
	struct rng *r = &w->rng;
	uint64_t at;
	int i;

	for (; n; n--) {
		at = rng_below(r, CHANGES_END);
		i = rng_below(r, 2);
		if (rng_chance(r, 20)) {
			plan_command(w, at, i, DELETE);
			plan_command(w, at + rng_below(r, 10000), i, LOAD);
			plan_command(w, at + 10000, i, UP);
		} else {
			plan_command(w, at, i, rng_chance(r, up) ? UP : DOWN);
		}
	}
}

/* Of the other conns, often when the first does something too. */
static void draw_more(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_below(r, 6);

	if (rng_chance(r, 70))
		plan_command(w, rng_chance(r, 50) ? 0 : rng_below(r, 10000), rng_below(r, 2), UP);
	if (rng_chance(r, 50))
		plan_command(w, rng_below(r, rng_chance(r, 50) ? 3 : 10000), rng_below(r, 2), UP);
	draw_changes(w, n, 60);
	draw_rekeys(w, 3, CHANGES_END);
}

static void draw_commands(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_below(r, 8);

	if (rng_chance(r, 70))
		plan_command(w, 0, rng_below(r, 2), UP);
	if (rng_chance(r, 50))		/* both at once, or nearly */
		plan_command(w, rng_below(r, rng_chance(r, 50) ? 1 : 3000), rng_below(r, 2), UP);
	draw_changes(w, n, 50);
	draw_packets(w);
	draw_rekeys(w, 6, CHANGES_END);
	for (w->which = 1; w->which < w->n_conns; w->which++)
		draw_more(w);
	w->which = 0;
	draw_restarts(w);
	draw_moves(w);
}

/* Not more than what the first minute leaves time for. */
static void calm_rekeys(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int n = rng_below(r, 4), i, what;
	uint64_t at;

	for (; n; n--) {
		at = MINUTE + 40000 * n;
		i = rng_below(r, 2);
		what = rng_chance(r, 50) ? REKEY_CHILD : REKEY_IKE;
		plan_command(w, at, i, what);
		if (rng_chance(r, 70))
			plan_command(w, at + rng_below(r, 2 * w->delay), !i, rng_chance(r, 70) ? what : REKEY_CHILD);
	}
}

/* Then a tunnel that is up may never go down, however the two attempts cross. */
static void draw_calm(struct world *w)
{
	struct rng *r = &w->rng;
	unsigned int apart = rng_chance(r, 50) ? 300 : 8000;
	int i;

	w->loss = rng_below(r, 10);
	w->twice = rng_below(r, 30);
	w->delay = 1 + rng_below(r, rng_chance(r, 50) ? 100 : 2000);
	w->result_delay = 1 + rng_below(r, rng_chance(r, 50) ? 100 : 2000);
	w->dead_from = UINT64_MAX;
	for (i = 0; i < 2; i++) {
		plan_command(w, 0, i, ROUTE);
		plan_command(w, rng_below(r, apart), i, rng_chance(r, 50) ? UP : PACKET);
	}
	for (w->which = 1; w->which < w->n_conns; w->which++)
		for (i = 0; i < 2; i++)
			if (!i || rng_chance(r, 70))
				plan_command(w, rng_below(r, apart), rng_chance(r, 50), UP);
	for (w->which = 0; w->which < w->n_conns; w->which++)
		calm_rekeys(w);
	w->which = 0;
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
	w->n_conns = seed / 4 % 2 ? 2 + seed / 8 % 2 : 1;
	if (!w->calm)
		draw_faults(w);
	if (seed % 6 == 0)
		env.cookie_threshold = 1;
	node_init(&w->node[0], "west", 45, seed, &env);
	node_init(&w->node[1], "east", 23, seed, &env);
	if (w->other_psk)
		w->node[1].psk = "another";
	for (i = 0; i < 2 * w->n_conns; i++)
		conn_load(w, i & 1, i / 2);
	for (i = 0; i < 2; i++)
		w->node[i].trap = CONN;
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

static void collect(void *ctx, const struct ike_conn_info *info)
{
	struct ike_conn_info *list = ctx;
	int i;

	for (i = 0; i < CONNS; i++)
		if (!strcmp(info->name, conn_names[i]))
			list[i] = *info;
}

static bool expect_tunnel(const struct world *w)
{
	return w->dead_from == UINT64_MAX && !w->other_psk && !w->other_ike && !w->other_esp &&
	       !w->other_net;
}

static void check_settled(struct world *w, int which)
{
	struct node *a = &w->node[0], *b = &w->node[1];
	const struct ike_child *ca = only_child(a, which), *cb = only_child(b, which);
	const char *name = conn_names[which];
	struct ike_conn_info infos[CONNS], info;
	struct ike_conn *conn[2];
	int i;

	CHECK(!a->trouble && !b->trouble, "seed %" PRIu64 ": %s", w->seed,
	      a->trouble ? a->trouble : b->trouble);
	CHECK(children_of(a, name) <= 1 && children_of(b, name) <= 1,
	      "seed %" PRIu64 ": %s: %u and %u Child SAs", w->seed, name, children_of(a, name),
	      children_of(b, name));
	CHECK(!ca == !cb, "seed %" PRIu64 ": west %s, east %s", w->seed, ca ? "up" : "none",
	      cb ? "up" : "none");
	CHECK(!ca || !cb || child_mirror(ca, cb), "seed %" PRIu64 ": not the same SAs", w->seed);
	for (i = 0; i < 2; i++) {
		conn[i] = conn_find(w->node[i].e, name);
		memset(infos, 0, sizeof(infos));
		ike_conns(w->node[i].e, collect, infos);
		info = infos[which];
		CHECK(!conn[i] || (info.state == IKE_CONN_ESTABLISHED) == !!ca,
		      "seed %" PRIu64 ": %s says state %d", w->seed, w->node[i].name, info.state);
		CHECK(!w->node[i].n_holds, "seed %" PRIu64 ": %s: %u holds have no answer", w->seed, w->node[i].name,
		      w->node[i].n_holds);
		CHECK(node_owner(&w->node[i], name)->shunt == IKE_SHUNT_TRAP || info.shunt_until || info.asked_for,
		      "seed %" PRIu64 ": %s: a shunt stays for ever", w->seed, w->node[i].name);
		CHECK(!ca || !cb || node_owner(&w->node[i], name)->child == (i ? cb : ca)->child,
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
	int i;

	if (!w->calm)
		return;
	for (i = 0; i < w->n_conns; i++)
		CHECK(only_child(a, i) && only_child(b, i), "seed %" PRIu64 ": %s is not up in a minute", w->seed, conn_names[i]);
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
		CHECK(n->e->heap.reserved == CONN_TIMERS * n->e->n_conns, "seed %" PRIu64 ": %s: room of timers",
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

static uint64_t acquired[IKE_ACQ_KINDS];
static unsigned int installs, takeovers, inherited, shared, several, crashes_seen;

/* How many conns there are beside the first in an IKE SA, where there could be. */
static void count_shared(const struct world *w)
{
	const struct ike_sa *sa;
	unsigned int branches = 0;
	int i, up = 0;

	for (i = 0; i < w->n_conns; i++)
		up += only_child(&w->node[0], i) != NULL;
	for (sa = w->node[0].e->all; sa; sa = sa->all_next)
		branches += sa->trunk && sa->child.installed;
	shared += branches;
	several += up ? up - 1 : 0;
}

static void count_acquires(const struct world *w)
{
	uint64_t counts[IKE_ACQ_KINDS];
	int i, kind;

	for (i = 0; i < 2; i++) {
		installs += w->node[i].installs;
		takeovers += w->node[i].takeovers;
		inherited += w->node[i].inherited;
		crashes_seen += w->node[i].crashes_seen;
		ike_acquires(w->node[i].e, counts);
		for (kind = 0; kind < IKE_ACQ_KINDS; kind++)
			acquired[kind] += counts[kind];
	}
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
	w->steady = w->calm;
	run_until(w, FAULTS_END);
	check_calm(w);
	w->well = true;
	run_until(w, SETTLED);
	for (i = 0; i < 60 && busy(w); i++)
		run_until(w, w->now + 1000);
	for (i = 0; i < w->n_conns; i++)
		check_settled(w, i);
	count_shared(w);
	*tunnels += only_child(&w->node[0], 0) != NULL;
	w->steady = false;
	for (i = 0; i < 2 * w->n_conns; i++)
		command(w, i & 1, DOWN, i / 2);
	drain(w, 0);
	drain(w, 1);
	run_until(w, w->now + 3 * MINUTE);
	check_clean(w);
	count_acquires(w);
	world_free(w);
	free(w);
	return unit_failures_now == before;
}

int main(int argc, char **argv)
{
	const char *seeds = getenv("SIM_SEEDS");
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	unsigned int count = argc > 2 ? atoi(argv[2]) : argc > 1 ? 1 : seeds ? atoi(seeds) : 600, i, tunnels = 0;

	for (i = 0; i < count; i++)
		run(first + i, argc > 1 && argc < 3, &tunnels);
	/* A simulation in which nothing ever comes up would prove nothing. */
	CHECK(count < 100 || tunnels > count / 4, "only %u of %u runs end with a tunnel", tunnels, count);
	CHECK(count < 100 || (acquired[IKE_ACQ_STARTED] > count / 2 && acquired[IKE_ACQ_DUPLICATE] > count / 2 &&
			      acquired[IKE_ACQ_REFUSED] > count / 100), "hardly any packets ask");
	CHECK(count < 100 || crashes_seen > count / 100, "hardly any crash is proved");
	CHECK(count < 100 || fragments > count, "hardly any fragments");
	CHECK(count < 100 || moved > count / 20, "hardly anything moves");
	CHECK(count < 100 || (takeovers > count / 2 && inherited > count / 2), "hardly anything is rekeyed");
	CHECK(count < 100 || (several > count / 10 && shared > several / 2), "%u of %u conns share an IKE SA", shared, several);
	printf("# %u runs, %u end with a tunnel; %u Child SAs installed, %u takeovers, %u IKE SAs rekeyed\n", count, tunnels,
	       installs, takeovers, inherited);
	printf("# %u of %u further conns use the IKE SA of another one\n", shared, several);
	printf("# %u fragments of IKE, %u crashes proved\n", fragments, crashes_seen);
	printf("# ACQUIREs: %u began an attempt, %u duplicate, %u refused\n",
	       (unsigned int)acquired[0], (unsigned int)acquired[1], (unsigned int)acquired[2]);
	unit_done("ike_sim");
	return unit_status();
}
