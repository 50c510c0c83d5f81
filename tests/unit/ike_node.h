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
#define NODE_CONNS 4

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
	uint8_t spi[4];
	struct ike_child c;
	char conn[64];
};

/* Who has eroute and route of a conn. */
struct node_owner {
	char conn[64];
	uint32_t child;			/* 0: nobody */
};

struct node {
	const char *name;
	struct ike_engine *e;
	struct rng rng;
	struct ike_addr addr;
	struct node_spi spis[NODE_SPIS];
	struct node_owner owners[NODE_CONNS];
	struct { uint32_t id; struct ike_dh dh; } dhs[NODE_DHS];
	uint32_t next_spi;
	const char *psk;		/* NULL: none */
	bool fake_dh;			/* cheap values instead of Diffie-Hellman, for fuzzing */
	uint32_t hold;			/* kinds of requests, as bits, whose results are kept back */
	char last_log[2048];
	unsigned int ups, downs, faileds, progresses;
	enum ike_reason last_reason;
	char last_text[2048];
	const char *trouble;		/* misuse of the kernel: what */
};

/* The outcome of a request. */
struct node_result {
	uint32_t id;
	int error;
	uint8_t data[IKE_MAX_DH];
	size_t len;
};

static inline void node_random(void *ctx, void *buf, size_t len)
{
	struct node *n = ctx;
	uint8_t *p = buf;

	while (len--)
		*p++ = rng_next(&n->rng) >> 56;
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
	env->ctx = n;
	n->e = ike_engine_new(env);
}

static inline struct node_owner *node_owner(struct node *n, const char *conn)
{
	int i;

	for (i = 0; i < NODE_CONNS; i++)
		if (!strcmp(n->owners[i].conn, conn))
			return &n->owners[i];
	for (i = 0; i < NODE_CONNS; i++) {
		if (n->owners[i].conn[0])
			continue;
		snprintf(n->owners[i].conn, sizeof(n->owners[i].conn), "%s", conn);
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

static inline bool node_replaces_known(struct node *n, uint32_t child)
{
	int i;

	for (i = 0; i < NODE_SPIS; i++)
		if (n->spis[i].used && n->spis[i].installed && n->spis[i].c.child == child)
			return true;
	return false;
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
	if (o->child && o->child != c->replaces && node_replaces_known(n, o->child))
		node_trouble(n, "IKE_INSTALL over a Child SA that it does not replace");
	s->installed = true;
	s->c = *c;
	snprintf(s->conn, sizeof(s->conn), "%s", c->conn);
	o->child = c->child;
}

static inline void node_remove(struct node *n, const struct ike_action *a)
{
	struct node_spi *s = node_spi(n, a->remove.spi_in);
	struct node_owner *o = node_owner(n, a->remove.conn);

	if (!s) {
		node_trouble(n, "IKE_REMOVE of an SPI that does not exist");
		return;
	}
	if (o->child == a->remove.child)
		o->child = 0;
	explicit_bzero(s, sizeof(*s));
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

static inline void node_auth(struct node *n, const struct ike_action *a, struct node_result *r)
{
	const uint8_t *psk = (const uint8_t *)n->psk;

	if (!psk)
		r->error = -ENOENT;
	else if (a->kind == IKE_AUTH_MAKE)
		r->error = ike_psk_auth(a->auth.prf, psk, strlen(n->psk), a->auth.octets,
					a->auth.len, r->data, &r->len);
	else
		r->error = ike_psk_check(a->auth.prf, psk, strlen(n->psk), a->auth.octets,
					 a->auth.len, a->auth.auth, a->auth.auth_len);
}

static inline int node_dh_generate(struct node *n, const struct ike_action *a, struct node_result *r)
{
	struct ike_dh dh;
	int err = 0;

	if (n->fake_dh) {
		dh.group = a->dh_generate.group;
		memcpy(dh.seed, a->dh_generate.seed, sizeof(dh.seed));
		r->len = ike_dh_len(dh.group);
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
	if (!n->fake_dh)
		return ike_dh_shared(&dh, a->dh_shared.peer, a->dh_shared.len, r->data, &r->len);
	r->len = 32;
	for (i = 0; i < 32; i++)
		r->data[i] = dh.seed[i] ^ a->dh_shared.peer[i];
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
	case IKE_AUTH_MAKE:
	case IKE_AUTH_CHECK:
		r->error = fail;
		if (!fail)
			node_auth(n, a, r);
		return true;
	case IKE_GETSPI:
		r->error = fail;
		if (!fail)
			node_getspi(n, r);
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

/* What needs no result and no network. */
static inline void node_note(struct node *n, const struct ike_action *a)
{
	struct ike_dh dh;

	if (a->kind == IKE_REMOVE)
		node_remove(n, a);
	else if (a->kind == IKE_DH_FORGET)
		node_dh_take(n, a->dh_forget.key, &dh);
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
