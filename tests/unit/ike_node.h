/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host around one engine, for tests: it serves the requests with the real cryptography and
 * a model of the kernel that notices every misuse.
 */
#ifndef KLIPS_TESTS_IKE_NODE_H
#define KLIPS_TESTS_IKE_NODE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_crypto.h"
#include "ike_internal.h"
#include "unit.h"

#define NODE_SPIS 64
#define NODE_DHS 256
#define NODE_CONNS 16

/* xorshift64*: the same seed, the same run. */
struct rng {
	uint64_t s;
};

static inline uint64_t rng_next(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return r->s * 0x2545f4914f6cdd1dull;
}

static inline unsigned int rng_below(struct rng *r, unsigned int n)
{
	return n ? (rng_next(r) >> 33) % n : 0;
}

/* True in @percent of 100. */
static inline bool rng_chance(struct rng *r, unsigned int percent)
{
	return rng_below(r, 100) < percent;
}

/* One SPI of the kernel: larval, or with a Child SA. */
struct node_spi {
	bool used, installed;
	unsigned int claim;		/* order of the claims to the eroute of the conn, 0: none */
	uint8_t spi[4];
	struct ike_child c;
	char conn[64];
};

/* Who has eroute and route of a conn, and what the routed conn has without a tunnel. */
struct node_owner {
	char conn[64];
	uint32_t child;			/* 0: nobody */
	bool back;			/* it got it back when a later one was removed */
	enum ike_shunt shunt;
};

#define NODE_HOLDS 128

struct node_result;

struct node {
	const char *name;
	struct ike_engine *e;
	struct rng rng;
	struct ike_addr addr;
	struct node_spi spis[NODE_SPIS];
	struct node_owner owners[NODE_CONNS];
	struct { uint32_t id; struct ike_dh dh; } dhs[NODE_DHS];
	uint32_t next_spi;
	unsigned int next_claim;
	const char *psk;		/* NULL: none */
	/* Serves AUTH in place of the PSK; may be NULL. */
	void (*auth)(struct node *n, const struct ike_action *a, struct node_result *r);
	const char *ppk_id, *ppk;	/* NULL: none */
	struct ike_keys before_ppk;	/* the keys when it was asked for */
	unsigned int n_certs, cert_len;	/* that go with the PSK, to make IKE_AUTH large */
	bool fake_dh;			/* cheap values instead of Diffie-Hellman, for fuzzing */
	uint32_t hold;			/* kinds of requests, as bits, whose results are kept back */
	char last_log[2048];
	const char *trap;		/* the conn of these, NULL: there is one only */
	uint32_t holds[NODE_HOLDS];	/* that met the trap of the one conn, and wait */
	unsigned int n_holds, refuses, shunts;
	uint32_t last_refused;
	int last_error;
	unsigned int installs, takeovers, inherited, crashes_seen;
	uint64_t packets[2];		/* that came in, and went out, by whatever Child SA */
	unsigned int moves;
	unsigned int ups, downs, faileds, progresses;
	enum ike_reason last_reason;
	char last_text[2048];
	const char *trouble;		/* misuse of the kernel: what */
};

/* The outcome of a request. */
struct node_result {
	uint32_t id;
	int error;
	uint8_t data[8192];
	size_t len;
};

static inline void node_random(void *ctx, void *buf, size_t len)
{
	struct node *n = ctx;
	uint8_t *p = buf;

	while (len--)
		*p++ = rng_next(&n->rng) >> 56;
}

static inline bool node_ppk(void *ctx, const char *conn, const struct ike_id *me, const struct ike_id *peer,
			    const uint8_t *id, size_t id_len, struct ike_ppk *out)
{
	struct node *n = ctx;

	(void)conn;
	(void)me;
	(void)peer;
	n->before_ppk = n->e->all->keys;
	if (!n->ppk || (id && (id_len != strlen(n->ppk_id) || memcmp(id, n->ppk_id, id_len))))
		return false;
	out->id_len = strlen(n->ppk_id);
	memcpy(out->id, n->ppk_id, out->id_len);
	out->len = strlen(n->ppk);
	memcpy(out->key, n->ppk, out->len);
	return true;
}

static inline struct ike_addr node_addr(uint8_t last)
{
	struct ike_addr a = { .family = AF_INET, .port = 500, .bytes = { 192, 1, 2, last } };

	return a;
}

static inline void node_init(struct node *n, const char *name, uint8_t last, uint64_t seed,
			     struct ike_env *env)
{
	memset(n, 0, sizeof(*n));
	n->name = name;
	n->rng.s = seed * 0x9e3779b97f4a7c15ull + last + 1;
	n->addr = node_addr(last);
	n->psk = "a secret";
	n->next_spi = 0x1000u * last;
	env->random = node_random;
	env->ppk = node_ppk;
	env->qcd = true;
	memset(env->qcd_secret, last, sizeof(env->qcd_secret));
	env->ctx = n;
	n->e = ike_engine_new(env);
}

static inline struct node_owner *node_owner(struct node *n, const char *conn)
{
	size_t len = strlen(conn);
	int i;

	for (i = 0; i < NODE_CONNS; i++)
		if (!strcmp(n->owners[i].conn, conn))
			return &n->owners[i];
	for (i = 0; i < NODE_CONNS; i++) {
		if (n->owners[i].conn[0])
			continue;
		memcpy(n->owners[i].conn, conn, len < sizeof(n->owners[i].conn) ? len : sizeof(n->owners[i].conn) - 1);
		return &n->owners[i];
	}
	return NULL;
}

static inline struct node_spi *node_spi(struct node *n, const uint8_t spi[4])
{
	int i;

	for (i = 0; i < NODE_SPIS; i++)
		if (n->spis[i].used && !memcmp(n->spis[i].spi, spi, 4))
			return &n->spis[i];
	return NULL;
}

static inline void node_trouble(struct node *n, const char *what)
{
	if (!n->trouble)
		n->trouble = what;
}

static inline unsigned int node_spi_count(const struct node *n)
{
	unsigned int i, count = 0;

	for (i = 0; i < NODE_SPIS; i++)
		count += n->spis[i].used;
	return count;
}

static inline unsigned int node_installed(const struct node *n)
{
	unsigned int i, count = 0;

	for (i = 0; i < NODE_SPIS; i++)
		count += n->spis[i].used && n->spis[i].installed;
	return count;
}

static inline unsigned int node_dh_count(const struct node *n)
{
	unsigned int i, count = 0;

	for (i = 0; i < NODE_DHS; i++)
		count += n->dhs[i].id != 0;
	return count;
}

static inline void node_getspi(struct node *n, struct node_result *r)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++) {
		if (n->spis[i].used)
			continue;
		memset(&n->spis[i], 0, sizeof(n->spis[i]));
		n->spis[i].used = true;
		put_u32(n->spis[i].spi, ++n->next_spi);
		memcpy(r->data, n->spis[i].spi, 4);
		r->len = 4;
		return;
	}
	node_trouble(n, "SPIs leak");
	r->error = -ENOSPC;
}

/* The Child SA of the newest claim has the eroute. */
static inline void node_eroute(struct node *n, struct node_owner *o)
{
	unsigned int i, best = 0;

	o->child = 0;
	for (i = 0; i < NODE_SPIS; i++) {
		if (!n->spis[i].used || n->spis[i].claim <= best || strcmp(n->spis[i].conn, o->conn))
			continue;
		best = n->spis[i].claim;
		o->child = n->spis[i].c.child;
	}
}

static inline void node_install(struct node *n, const struct ike_child *c, struct node_result *r)
{
	struct node_spi *s = node_spi(n, c->spi_in);
	struct node_owner *o = node_owner(n, c->conn);

	if (!s || s->installed) {
		node_trouble(n, "IKE_INSTALL of an SPI that is not larval");
		r->error = -EINVAL;
		return;
	}
	s->installed = true;
	s->c = *c;
	snprintf(s->conn, sizeof(s->conn), "%s", c->conn);
	n->installs++;
	if (c->inbound_only)
		return;
	if (o->child && !o->back && o->child != c->replaces)
		node_trouble(n, "IKE_INSTALL over a Child SA that it does not replace");
	s->claim = ++n->next_claim;
	o->back = false;
	node_eroute(n, o);
	if (!n->trap || !strcmp(n->trap, c->conn))
		n->n_holds = 0;		/* what was held leaves through it */
}

static inline void node_takeover(struct node *n, uint32_t child)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++) {
		if (!n->spis[i].used || !n->spis[i].installed || n->spis[i].c.child != child)
			continue;
		if (n->spis[i].claim || !n->spis[i].c.inbound_only)
			node_trouble(n, "IKE_TAKEOVER by one that has it");
		n->spis[i].claim = ++n->next_claim;
		n->takeovers++;
		node_owner(n, n->spis[i].conn)->back = false;
		node_eroute(n, node_owner(n, n->spis[i].conn));
		return;
	}
	node_trouble(n, "IKE_TAKEOVER by a Child SA that does not exist");
}

static inline void node_remove(struct node *n, const struct ike_action *a)
{
	struct node_spi *s = node_spi(n, a->remove.spi_in);
	struct node_owner *o;

	if (!s) {
		node_trouble(n, "IKE_REMOVE of an SPI that does not exist");
		return;
	}
	o = node_owner(n, a->remove.conn);
	o->back |= s->claim && o->child == s->c.child;
	explicit_bzero(s, sizeof(*s));
	node_eroute(n, o);
}

static inline void node_dh_store(struct node *n, uint32_t id, const struct ike_dh *dh)
{
	int i;

	for (i = 0; i < NODE_DHS; i++) {
		if (n->dhs[i].id)
			continue;
		n->dhs[i].id = id;
		n->dhs[i].dh = *dh;
		return;
	}
	node_trouble(n, "private values leak");
}

static inline bool node_dh_take(struct node *n, uint32_t id, struct ike_dh *dh)
{
	int i;

	for (i = 0; i < NODE_DHS; i++) {
		if (n->dhs[i].id != id)
			continue;
		*dh = n->dhs[i].dh;
		n->dhs[i].id = 0;
		return true;
	}
	node_trouble(n, "a private value that does not exist");
	return false;
}

static inline int node_made(const struct node *n, const struct ike_action *a, struct node_result *r)
{
	struct ike_bytes certs[IKE_MAX_CERTS];
	static uint8_t cert[4096];
	uint8_t auth[IKE_MAX_AUTH];
	unsigned int i;
	size_t len;
	int err;

	for (i = 0; i < sizeof(cert); i++)
		cert[i] = i;
	for (i = 0; i < n->n_certs; i++)
		certs[i] = (struct ike_bytes){ cert, n->cert_len };
	err = ike_psk_auth(a->auth.prf, (const uint8_t *)n->psk, strlen(n->psk), a->auth.octets, a->auth.len, auth, &len);
	if (!err)
		r->len = ike_made_put(r->data, sizeof(r->data), AUTH_PSK, auth, len, certs, n->n_certs);
	return err;
}

/* RFC 7619. */
static inline void node_null(const struct ike_action *a, struct node_result *r)
{
	uint8_t auth[IKE_MAX_AUTH];
	size_t len;

	if (a->kind == IKE_AUTH_CHECK) {
		r->error = ike_psk_check(a->auth.prf, a->auth.null_key, a->auth.null_len, a->auth.octets, a->auth.len,
					 a->auth.auth, a->auth.auth_len);
		return;
	}
	r->error = ike_psk_auth(a->auth.prf, a->auth.null_key, a->auth.null_len, a->auth.octets, a->auth.len, auth, &len);
	r->len = ike_made_put(r->data, sizeof(r->data), AUTH_NULL, auth, len, NULL, 0);
}

static inline void node_auth(struct node *n, const struct ike_action *a, struct node_result *r)
{
	const uint8_t *psk = (const uint8_t *)n->psk;

	if (a->auth.allowed == IKE_AUTHBY_NULL) {
		node_null(a, r);
		return;
	}
	if (!psk)
		r->error = -ENOENT;
	else if (a->kind == IKE_AUTH_MAKE)
		r->error = node_made(n, a, r);
	else if (a->auth.method != AUTH_PSK)
		node_trouble(n, "AUTH of a method that the conn does not want");
	else
		r->error = ike_psk_check(a->auth.prf, psk, strlen(n->psk), a->auth.octets,
					 a->auth.len, a->auth.auth, a->auth.auth_len);
}

/* Cheap values, where that is wanted or this libcrypto has no others. */
static inline bool node_fakes(const struct node *n, uint16_t group)
{
	return n->fake_dh || (ikealg_kem_name(group) && !ike_kem_ready(group));
}

static inline int node_dh_generate(struct node *n, const struct ike_action *a, struct node_result *r)
{
	struct ike_dh dh;
	int err = 0;

	if (node_fakes(n, a->dh_generate.group)) {
		dh.group = a->dh_generate.group;
		memcpy(dh.seed, a->dh_generate.seed, sizeof(dh.seed));
		r->len = ike_ke_len(dh.group, false);
		memset(r->data, 0, r->len);
		memcpy(r->data, dh.seed, 32);
	} else {
		err = ike_dh_generate(&dh, a->dh_generate.group, a->dh_generate.seed, r->data, &r->len);
	}
	if (!err)
		node_dh_store(n, a->id, &dh);
	return err;
}

static inline int node_dh_shared(struct node *n, const struct ike_action *a, struct node_result *r)
{
	struct ike_dh dh;
	size_t i;

	if (!node_dh_take(n, a->dh_shared.key, &dh))
		return -ENOENT;
	if (!node_fakes(n, dh.group))
		return ike_dh_shared(&dh, a->dh_shared.peer, a->dh_shared.len, r->data, &r->len);
	r->len = 32;
	for (i = 0; i < 32; i++)
		r->data[i] = dh.seed[i] ^ a->dh_shared.peer[i];
	return 0;
}

static inline int node_ke_answer(struct node *n, const struct ike_action *a, struct node_result *r)
{
	size_t len = ike_ke_len(a->ke_answer.group, true), i;

	if (!node_fakes(n, a->ke_answer.group))
		return ike_ke_answer(a->ke_answer.group, a->ke_answer.seed, a->ke_answer.peer, a->ke_answer.len, r->data, &r->len);
	r->len = len + 32;
	memset(r->data, 0, r->len);
	memcpy(r->data, a->ke_answer.seed, 32);
	for (i = 0; i < 32; i++)
		r->data[len + i] = a->ke_answer.seed[i] ^ a->ke_answer.peer[i];
	return 0;
}

/* Serves @a if it is a request: true and @r filled. @fail: it shall fail with this errno, 0: not. */
static inline bool node_serve(struct node *n, const struct ike_action *a, int fail,
			      struct node_result *r)
{
	struct ike_dh dh;

	r->id = a->id;
	r->error = 0;
	r->len = 0;
	switch (a->kind) {
	case IKE_DH_GENERATE:
		r->error = fail ? fail : node_dh_generate(n, a, r);
		return true;
	case IKE_DH_SHARED:
		r->error = fail ? fail : node_dh_shared(n, a, r);
		if (fail)
			node_dh_take(n, a->dh_shared.key, &dh);
		return true;
	case IKE_KE_ANSWER:
		r->error = fail ? fail : node_ke_answer(n, a, r);
		return true;
	case IKE_AUTH_MAKE:
	case IKE_AUTH_CHECK:
		r->error = fail;
		if (!fail && n->auth)
			n->auth(n, a, r);
		else if (!fail)
			node_auth(n, a, r);
		return true;
	case IKE_GETSPI:
		r->error = fail;
		if (!fail)
			node_getspi(n, r);
		return true;
	case IKE_LOOK:
		r->error = fail;
		memcpy(r->data, n->packets, sizeof(n->packets));
		r->len = sizeof(n->packets);
		return true;
	case IKE_INSTALL:
		r->error = fail;
		if (!fail)
			node_install(n, a->install, r);
		return true;
	default:
		return false;
	}
}

/* ---- the trap ---- */

static inline void node_hold_add(struct node *n, uint32_t seq)
{
	unsigned int i;

	for (i = 0; i < n->n_holds; i++)
		if (n->holds[i] == seq)
			return;
	if (n->n_holds < NODE_HOLDS)
		n->holds[n->n_holds++] = seq;
}

static inline void node_refuse(struct node *n, const struct ike_action *a)
{
	unsigned int i;

	n->refuses++;
	n->last_refused = a->refuse.seq;
	n->last_error = a->refuse.error;
	if (!a->refuse.seq || a->refuse.error <= 0)
		node_trouble(n, "IKE_REFUSE without a number or an error");
	for (i = 0; i < n->n_holds; i++) {
		if (n->holds[i] != a->refuse.seq)
			continue;
		n->holds[i] = n->holds[--n->n_holds];
		return;
	}
}

static inline void node_shunt(struct node *n, const struct ike_action *a)
{
	struct node_owner *o = node_owner(n, a->conn);

	n->shunts++;
	if (o->shunt == a->shunt)
		node_trouble(n, "IKE_SHUNT for what is there already");
	o->shunt = a->shunt;
	if (a->shunt != IKE_SHUNT_TRAP && !o->child && (!n->trap || !strcmp(n->trap, a->conn)))
		n->n_holds = 0;
}

static inline void node_move(struct node *n, const struct ike_action *a)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++) {
		if (!n->spis[i].used || !n->spis[i].installed || n->spis[i].c.child != a->move.child)
			continue;
		n->spis[i].c.local = a->move.local;
		n->spis[i].c.remote = a->move.remote;
		n->spis[i].c.encap = a->move.encap;
		n->spis[i].c.keepalive = a->move.keepalive;
		n->moves++;
		return;
	}
	node_trouble(n, "IKE_MOVE of a Child SA that does not exist");
}

/* What needs no result and no network. */
static inline void node_note(struct node *n, const struct ike_action *a)
{
	struct ike_dh dh;

	if (a->kind == IKE_REMOVE)
		node_remove(n, a);
	else if (a->kind == IKE_TAKEOVER)
		node_takeover(n, a->takeover);
	else if (a->kind == IKE_DH_FORGET)
		node_dh_take(n, a->dh_forget.key, &dh);
	else if (a->kind == IKE_REFUSE)
		node_refuse(n, a);
	else if (a->kind == IKE_MOVE)
		node_move(n, a);
	else if (a->kind == IKE_SHUNT)
		node_shunt(n, a);
	else if (a->kind == IKE_LOG && strstr(a->log.text, "IKE SA was rekeyed by"))
		n->inherited++;
	else if (a->kind == IKE_LOG && strstr(a->log.text, "has begun anew and proves"))
		n->crashes_seen++;
	else if (a->kind == IKE_LOG && a->log.level < LOG_DEBUG)
		snprintf(n->last_log, sizeof(n->last_log), "%s", a->log.text);
	if (a->kind != IKE_REPORT)
		return;
	n->ups += a->report.kind == IKE_UP;
	n->downs += a->report.kind == IKE_DOWN;
	n->faileds += a->report.kind == IKE_FAILED;
	n->progresses += a->report.kind == IKE_PROGRESS;
	if (a->report.kind == IKE_PROGRESS)
		return;
	n->last_reason = a->report.reason;
	snprintf(n->last_text, sizeof(n->last_text), "%s", a->report.text);
}

static inline struct ike_id node_id(const char *fqdn)
{
	struct ike_id id = { .type = ID_FQDN, .len = strlen(fqdn) };

	memcpy(id.data, fqdn, id.len);
	return id;
}

static inline struct ike_ts node_net(uint8_t second)
{
	struct ike_ts ts = {
		.family = AF_INET, .end_port = 65535,
		.start = { 10, second, 0, 0 }, .end = { 10, second, 0, 255 },
	};

	return ts;
}

/* conn east-west: 10.LAST.0.0/24 behind each. */
static inline struct ike_conn_config node_config(const char *name, struct node *me,
						 struct node *peer)
{
	struct ike_conn_config c;

	memset(&c, 0, sizeof(c));
	c.name = name;
	c.local = me->addr;
	c.remote = peer->addr;
	c.local_id = node_id(me->name);
	c.remote_id = node_id(peer->name);
	c.local_ts[0] = node_net(me->addr.bytes[3]);
	c.remote_ts[0] = node_net(peer->addr.bytes[3]);
	c.n_local_ts = 1;
	c.n_remote_ts = 1;
	c.n_ike = ike_default_proposals(false, c.ike);
	c.n_esp = ike_default_proposals(true, c.esp);
	return c;
}

/* A TCP packet from host @from behind @me to host @to behind @peer. */
static inline struct ike_acquire node_packet(uint32_t seq, struct node *me, uint8_t from, struct node *peer, uint8_t to)
{
	struct ike_acquire a = { .seq = seq };

	a.local = (struct ike_ts){ .family = AF_INET, .proto = 6, .start_port = 40000, .end_port = 40000,
				   .start = { 10, me->addr.bytes[3], 0, from }, .end = { 10, me->addr.bytes[3], 0, from } };
	a.remote = (struct ike_ts){ .family = AF_INET, .proto = 6, .start_port = 80, .end_port = 80,
				    .start = { 10, peer->addr.bytes[3], 0, to }, .end = { 10, peer->addr.bytes[3], 0, to } };
	return a;
}

/* A packet as above meets the trap. */
static inline enum ike_acquired node_acquire(struct node *me, const char *conn, struct node *peer, uint32_t seq,
					     uint8_t from, uint64_t now)
{
	struct ike_acquire a = node_packet(seq, me, from, peer, 1);

	node_hold_add(me, seq);
	return ike_acquire(me->e, conn, &a, now);
}

/* The two Child SAs are the two ends of one. */
static inline bool child_mirror(const struct ike_child *a, const struct ike_child *b)
{
	return !memcmp(a->spi_in, b->spi_out, 4) && !memcmp(a->spi_out, b->spi_in, 4) &&
	       a->encr_len == b->encr_len && a->integ_len == b->integ_len &&
	       ike_proposal_equal(&a->alg, &b->alg) &&
	       !memcmp(a->key_in, b->key_out, sizeof(a->key_in)) &&
	       !memcmp(a->key_out, b->key_in, sizeof(a->key_in)) &&
	       a->n_local_ts == b->n_remote_ts && a->n_remote_ts == b->n_local_ts &&
	       !memcmp(a->local_ts, b->remote_ts, a->n_local_ts * sizeof(a->local_ts[0])) &&
	       !memcmp(a->remote_ts, b->local_ts, a->n_remote_ts * sizeof(a->local_ts[0])) &&
	       a->initiator != b->initiator;
}

#endif
