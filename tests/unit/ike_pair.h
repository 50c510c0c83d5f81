/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two hosts and a wire without faults, for tests that want one thing to happen: results can be
 * kept back, datagrams looked at, changed or kept back, messages forged with the right keys.
 */
#ifndef KLIPS_TESTS_IKE_PAIR_H
#define KLIPS_TESTS_IKE_PAIR_H

#include "ike_node.h"

#ifndef TEST_MALLOC
#define TEST_MALLOC malloc		/* a test that makes memory fail spares itself */
#endif

#define WEST 0
#define EAST 1
#define CONN "east-west"

struct packet {
	struct packet *next;
	int from;
	struct ike_addr local, remote;	/* of the sender */
	size_t len;
	uint8_t data[];
};

struct held {
	int node;
	enum ike_action_kind kind;
	struct node_result r;
};

struct pair {
	struct node n[2];
	uint64_t now;
	struct packet *first, **last;
	/* Says whether the datagram goes on. May be NULL. */
	bool (*hook)(struct pair *p, struct packet *pkt);
	void *ctx;
	unsigned int sent;		/* datagrams so far */
	struct held held[32];
	unsigned int n_held;
	int fail_kind, fail_node, fail_with; /* requests of this kind fail; fail_with 0: none */
};

static inline void pair_init(struct pair *p, struct ike_env *env)
{
	memset(p, 0, sizeof(*p));
	p->last = &p->first;
	node_init(&p->n[WEST], "west", 45, 1, env);
	node_init(&p->n[EAST], "east", 23, 1, env);
}

static inline struct ike_conn_config pair_config(struct pair *p, int i)
{
	struct ike_conn_config c = node_config(CONN, &p->n[i], &p->n[!i]);
	unsigned int j;

	for (j = 0; j < c.n_ike; j++)
		c.ike[j].dh = DH_X25519;
	c.n_ike = 1;
	return c;
}

/* East becomes a gateway that lends addresses to anybody, west somebody who asks for one. */
static inline void pair_lend(struct ike_conn_config *c, int i)
{
	if (i == WEST) {
		c->ask_address = true;
		memset(&c->local_ts[0].start, 0, sizeof(c->local_ts[0].start));
		memset(&c->local_ts[0].end, 0xff, 4);
		return;
	}
	memset(&c->remote, 0, sizeof(c->remote));
	c->n_remote_ts = 0;
	c->pool.first = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 1 } };
	c->pool.last = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 2 } };
	c->dns[c->n_dns++] = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 23, 0, 53 } };
}

static inline void pair_load(struct pair *p)
{
	struct ike_conn_config c;
	int i;

	for (i = 0; i < 2; i++) {
		c = pair_config(p, i);
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
}

static inline struct packet *packet_new(int from, const struct ike_addr *local,
					const struct ike_addr *remote, const void *data, size_t len)
{
	struct packet *pkt = TEST_MALLOC(sizeof(*pkt) + len);

	pkt->next = NULL;
	pkt->from = from;
	pkt->local = *local;
	pkt->remote = *remote;
	pkt->len = len;
	memcpy(pkt->data, data, len);
	return pkt;
}

static inline void pair_push(struct pair *p, struct packet *pkt)
{
	pkt->next = NULL;
	*p->last = pkt;
	p->last = &pkt->next;
}

/* Data in a block of its own, so that reading beyond its end is seen. */
static inline void pair_deliver(struct pair *p, int to, const struct ike_addr *local,
				const struct ike_addr *remote, const uint8_t *data, size_t len)
{
	uint8_t *copy = TEST_MALLOC(len ? len : 1);

	if (len)
		memcpy(copy, data, len);
	ike_packet(p->n[to].e, p->now, local, remote, copy, len);
	free(copy);
}

static inline void pair_serve(struct pair *p, int i, const struct ike_action *a)
{
	int fail = p->fail_with && p->fail_kind == (int)a->kind && p->fail_node == i ? p->fail_with : 0;
	enum ike_action_kind kind = a->kind;
	struct node_result r;

	node_note(&p->n[i], a);
	if (!node_serve(&p->n[i], a, fail, &r))
		return;
	if (p->n[i].hold & 1u << kind && p->n_held < 32) {
		p->held[p->n_held++] = (struct held){ i, kind, r };
		return;
	}
	ike_result(p->n[i].e, p->now, r.id, r.error, r.data, r.len);
}

static inline bool pair_drain(struct pair *p, int i)
{
	const struct ike_action *a;
	bool any = false;

	while ((a = ike_next_action(p->n[i].e))) {
		any = true;
		if (a->kind == IKE_SEND)
			pair_push(p, packet_new(i, &a->send.local, &a->send.remote,
						a->send.data, a->send.len));
		else
			pair_serve(p, i, a);
	}
	return any;
}

/* Until nothing more happens by itself. */
static inline void pair_run(struct pair *p)
{
	struct packet *pkt;
	bool any = true;

	while (any) {
		any = pair_drain(p, WEST) | pair_drain(p, EAST);
		pkt = p->first;
		if (!pkt)
			continue;
		p->first = pkt->next;
		if (!p->first)
			p->last = &p->first;
		any = true;
		p->sent++;
		if (!p->hook || p->hook(p, pkt))
			pair_deliver(p, !pkt->from, &pkt->remote, &pkt->local, pkt->data, pkt->len);
		free(pkt);
	}
}

/* Lets @ms pass, with the timers. */
static inline void pair_wait(struct pair *p, uint64_t ms)
{
	uint64_t end = p->now + ms, at;
	int i;

	for (;;) {
		pair_run(p);
		i = ike_deadline(p->n[WEST].e) <= ike_deadline(p->n[EAST].e) ? WEST : EAST;
		at = ike_deadline(p->n[i].e);
		if (at > end)
			break;
		if (at > p->now)
			p->now = at;
		ike_timer(p->n[i].e, p->now);
	}
	p->now = end;
}

/* Gives the results that were kept back. */
static inline void pair_release(struct pair *p)
{
	struct held h;

	p->n[WEST].hold = 0;
	p->n[EAST].hold = 0;
	while (p->n_held) {
		h = p->held[0];
		memmove(p->held, p->held + 1, --p->n_held * sizeof(h));
		ike_result(p->n[h.node].e, p->now, h.r.id, h.r.error, h.r.data, h.r.len);
		pair_run(p);
	}
}

static inline void pair_up(struct pair *p, int i)
{
	CHECK(!ike_conn_up(p->n[i].e, CONN, p->now), "ike_conn_up");
	pair_run(p);
}

static inline struct ike_child *node_child(struct node *n)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++)
		if (n->spis[i].used && n->spis[i].installed)
			return &n->spis[i].c;
	return NULL;
}

/* One Child SA, the same on both sides. */
static inline bool pair_is_up(struct pair *p)
{
	const struct ike_child *a = node_child(&p->n[WEST]), *b = node_child(&p->n[EAST]);

	return a && b && node_installed(&p->n[WEST]) == 1 && node_installed(&p->n[EAST]) == 1 &&
	       child_mirror(a, b);
}

static inline bool node_is_clean(const struct node *n)
{
	return !n->trouble && !node_spi_count(n) && !n->e->n_sas && !n->e->half_open &&
	       !node_dh_count(n) && !n->e->heap.n;
}

/* Takes everything down: what is left then is a leak. Frees @p's engines. */
static inline void pair_end(struct pair *p, const char *what)
{
	int i;

	p->hook = NULL;
	p->fail_with = 0;
	pair_release(p);
	for (i = 0; i < 2; i++) {
		ike_conn_down(p->n[i].e, CONN, p->now);
		pair_run(p);
	}
	pair_wait(p, 300000);
	for (i = 0; i < 2; i++)
		CHECK(node_is_clean(&p->n[i]), "%s: %s is not clean: %u SPIs, %u IKE SAs, %u half-open, %u private values, %zu timers, %s",
		      what, p->n[i].name, node_spi_count(&p->n[i]), p->n[i].e->n_sas,
		      p->n[i].e->half_open, node_dh_count(&p->n[i]), p->n[i].e->heap.n,
		      p->n[i].trouble ? p->n[i].trouble : "no misuse");
	ike_engine_free(p->n[WEST].e);
	ike_engine_free(p->n[EAST].e);
}

/* ---- forging ---- */

static inline struct ike_cipher sa_cipher(const struct ike_sa *sa, int whose)
{
	return (struct ike_cipher){ sa->alg.encr, sa->alg.keylen, sa->alg.integ, sa->keys.e[whose],
				    sa->keys.a[whose] };
}

/*
 * A message to the owner of @sa as its peer would make it. @inner NULL: not encrypted, without
 * payloads. Returns the length.
 */
static inline size_t forge(const struct ike_sa *sa, uint8_t exchange, bool response, uint32_t id,
			   uint8_t first, const uint8_t *inner, size_t len, uint8_t *out, size_t cap)
{
	struct ike_cipher c = sa_cipher(sa, sa_peer(sa));
	static uint64_t counter;
	uint8_t iv[16] = { 0xff };
	struct ike_writer w;
	size_t sealed;

	w_init(&w, out, cap);
	w_header(&w, sa->spi_i, sa->spi_r, exchange,
		 (sa->initiator ? 0 : IKE_FLAG_INITIATOR) | (response ? IKE_FLAG_RESPONSE : 0), id);
	if (!inner) {
		w_finish(&w);
		return w.len;
	}
	w_begin(&w, PLD_SK);
	*w.next = first;
	sealed = ike_sealed_len(&c, len);
	put_u16(w.buf + w.open + 2, IKE_GENERIC_LEN + sealed);
	put_u32(w.buf + 24, w.len + sealed);
	put_u32(iv + 4, ++counter);
	return ike_seal(&c, iv, out, w.len, inner, len) ? 0 : w.len + sealed;
}

/* Opens @pkt, which the peer of @sa's owner sent. Returns the length inside, *first its type. */
static inline size_t unseal(const struct ike_sa *sa, const struct packet *pkt, uint8_t *plain,
			    uint8_t *first)
{
	struct ike_cipher c = sa_cipher(sa, sa_peer(sa));
	struct ike_payloads outer;
	size_t len = 0;

	if (ike_chain_parse(pkt->data[16], (struct view){ pkt->data + 28, pkt->len - 28 }, &outer) ||
	    outer.n != 1 || outer.list[0].type != PLD_SK)
		return 0;
	*first = outer.list[0].inside;
	return ike_open(&c, pkt->data, 32, pkt->len, plain, &len) ? 0 : len;
}

#endif
