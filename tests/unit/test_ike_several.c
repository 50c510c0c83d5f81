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
/* Several conns between the same two hosts, with other algorithms: whose are used before it is known whose peer it is, and after. */
#include <stdio.h>

#include "ike_pair.h"

static struct ike_env env;

static const struct ike_proposal
	gcm31 = { .encr = ENCR_AES_GCM_16, .keylen = 256, .prf = PRF_SHA2_256, .dh = DH_X25519 },
	gcm19 = { .encr = ENCR_AES_GCM_16, .keylen = 256, .prf = PRF_SHA2_256, .dh = DH_ECP256 },
	gcm31_ke19 = { .encr = ENCR_AES_GCM_16, .keylen = 256, .prf = PRF_SHA2_256, .dh = DH_X25519, .addke = { DH_ECP256 } },
	chacha31 = { .encr = ENCR_CHACHA20_POLY1305, .prf = PRF_SHA2_256, .dh = DH_X25519 },
	cbc31 = { .encr = ENCR_AES_CBC, .keylen = 256, .prf = PRF_SHA2_256, .integ = INTEG_SHA2_256, .dh = DH_X25519 },
	weak = { .encr = ENCR_3DES, .prf = PRF_SHA1, .integ = INTEG_SHA1, .dh = DH_MODP1024 },
	weak31 = { .encr = ENCR_3DES, .prf = PRF_SHA1, .integ = INTEG_SHA1, .dh = DH_X25519 };

#define SEVERAL 3

/* A conn of east's. */
struct wanted {
	const char *name;
	const char *peer;		/* NULL: whoever it is */
	const struct ike_proposal *ike[SEVERAL];
	bool any;			/* from any address */
	const struct ike_proposal *esp;	/* NULL: the defaults */
	uint32_t auth_peer;		/* 0: PSK */
	uint8_t net;			/* of its own; 0: that of the others */
};

static void set_ike(struct ike_conn_config *c, const struct ike_proposal *const list[SEVERAL])
{
	for (c->n_ike = 0; c->n_ike < SEVERAL && list[c->n_ike]; c->n_ike++)
		c->ike[c->n_ike] = *list[c->n_ike];
}

static void add(struct pair *p, const struct wanted *w)
{
	struct ike_conn_config c = pair_config(p, EAST);

	c.name = w->name;
	c.remote_id.type = 0;
	if (w->peer)
		c.remote_id = node_id(w->peer);
	if (w->any) {
		memset(&c.remote, 0, sizeof(c.remote));
		c.n_remote_ts = 0;
	}
	if (w->esp) {
		c.esp[0] = *w->esp;
		c.n_esp = 1;
	}
	c.auth_peer = w->auth_peer;
	if (w->net)
		c.local_ts[0] = node_net(w->net);
	set_ike(&c, w->ike);
	CHECK(!ike_conn_add(p->n[EAST].e, &c), "ike_conn_add of %s", w->name);
}

static void begin(struct pair *p, const struct wanted *list, unsigned int n)
{
	pair_init(p, &env);
	for (; n; n--, list++)
		add(p, list);
}

#define BEGIN(p, list) begin(p, list, sizeof(list) / sizeof((list)[0]))

/* West, with this id, has one conn, and offers these. */
static struct ike_conn_config peer_config(struct pair *p, const char *id, const struct ike_proposal *first,
					  const struct ike_proposal *second)
{
	const struct ike_proposal *const list[SEVERAL] = { first, second };
	struct ike_conn_config c = pair_config(p, WEST);

	c.local_id = node_id(id);
	c.keyingtries = 1;
	set_ike(&c, list);
	return c;
}

static void call(struct pair *p, const struct ike_conn_config *c)
{
	CHECK(!ike_conn_add(p->n[WEST].e, c), "ike_conn_add");
	pair_up(p, WEST);
}

/* East has exactly this conn up, with these algorithms. */
static void is_up(struct pair *p, const char *name, const struct ike_proposal *alg, const char *what)
{
	struct ike_conn *conn = conn_find(p->n[EAST].e, name);
	char text[IKE_PROPOSAL_TEXT];

	CHECK(conn && conn->current, "%s: \"%s\" is not up: %s", what, name, p->n[EAST].last_log);
	CHECK(pair_is_up(p), "%s: not one tunnel", what);
	if (conn && conn->current)
		CHECK(ike_proposal_equal(&sa_trunk(conn->current)->alg, alg), "%s: it has %s", what,
		      ike_proposal_text(&sa_trunk(conn->current)->alg, text));
}

static void end(struct pair *p, const struct wanted *list, unsigned int n, const char *what)
{
	for (; n; n--, list++)
		ike_conn_down(p->n[EAST].e, list->name, p->now);
	pair_end(p, what);
	unit_done(what);
}

#define END(p, list, what) end(p, list, sizeof(list) / sizeof((list)[0]), what)

/* ---- before it is known who it is ---- */

static void test_second(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .ike = { &weak } }, { .name = "b", .ike = { &chacha31, &gcm31 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	call(&p, &c);
	is_up(&p, "b", &gcm31, "the first has nothing in common with it");
	CHECK(p.sent == 4, "%u datagrams", p.sent);
	END(&p, list, "ike_several/second");
}

/* Of two that could be meant, the one whose algorithms the peer names first; with the group of its KE before others. */
static void test_peers_order(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .peer = "old", .ike = { &weak, &chacha31 } }, { .name = "b", .peer = "west", .ike = { &gcm31 } },
	};
	static const struct wanted more[] = {
		{ .name = "a", .peer = "old", .ike = { &chacha31 } }, { .name = "b", .peer = "west", .ike = { &gcm31, &cbc31 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &chacha31);
	call(&p, &c);
	is_up(&p, "b", &gcm31, "the second of the same group");
	CHECK(p.sent == 4, "%u datagrams", p.sent);
	END(&p, list, "ike_several/peers_order");

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &weak);
	call(&p, &c);
	is_up(&p, "b", &gcm31, "the second, the first has another group");
	CHECK(p.sent == 4, "%u datagrams", p.sent);
	END(&p, list, "ike_several/peers_group");

	/* What it then gets is the conn's own preference. */
	BEGIN(&p, more);
	c = peer_config(&p, "west", &cbc31, &chacha31);
	c.ike[c.n_ike++] = gcm31;
	call(&p, &c);
	is_up(&p, "b", &gcm31, "the second, by its second choice");
	END(&p, more, "ike_several/peers_first");

	BEGIN(&p, list);
	c = peer_config(&p, "old", &weak, &gcm31);
	call(&p, &c);
	is_up(&p, "a", &weak, "the first");
	END(&p, list, "ike_several/old_peer");
}

/* The value is of a group that only a conn has that has nothing else in common. */
static void test_other_group(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .ike = { &chacha31 } }, { .name = "b", .ike = { &gcm19 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &gcm19);
	call(&p, &c);
	is_up(&p, "b", &gcm19, "after INVALID_KE_PAYLOAD");
	CHECK(p.sent == 6, "%u datagrams", p.sent);
	END(&p, list, "ike_several/other_group");
}

static void test_cookies(void)
{
	static const struct wanted list[] = { { .name = "a", .ike = { &weak } }, { .name = "b", .ike = { &gcm19 } } };
	struct ike_env one = { .cookie_threshold = 1 };
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &one);
	add(&p, &list[0]);
	add(&p, &list[1]);
	p.n[EAST].e->half_open++;	/* somebody else's */
	c = peer_config(&p, "west", &gcm31, &gcm19);
	call(&p, &c);
	p.n[EAST].e->half_open--;
	is_up(&p, "b", &gcm19, "with a cookie, and another group");
	CHECK(p.sent == 8 || p.sent == 10, "%u datagrams", p.sent);
	END(&p, list, "ike_several/cookies");
}

/* A conn with an additional key exchange, and one without. */
static void test_addke(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .ike = { &gcm31_ke19 } }, { .name = "b", .ike = { &gcm31 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	call(&p, &c);
	is_up(&p, "b", &gcm31, "a peer that knows of none");
	END(&p, list, "ike_several/no_addke");

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31_ke19, &gcm31);
	call(&p, &c);
	is_up(&p, "a", &gcm31_ke19, "a peer that knows it");
	CHECK(p.sent == 6, "%u datagrams", p.sent);
	END(&p, list, "ike_several/addke");
}

/* Its own conn before one for anybody, whatever the order of the offer; else that one. */
static void test_template(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .ike = { &gcm31 }, .any = true }, { .name = "b", .ike = { &chacha31 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &chacha31);
	call(&p, &c);
	is_up(&p, "b", &chacha31, "its own");
	END(&p, list, "ike_several/fixed");

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	c.remote_ts[0] = node_net(23);
	c.local_ts[0] = ike_ts_host(&p.n[WEST].addr);
	call(&p, &c);
	is_up(&p, "a[1]", &gcm31, "the template");
	END(&p, list, "ike_several/template");
}

/* ---- and after ---- */

static void refused(struct pair *p, const char *const words[], unsigned int n, const char *what)
{
	unsigned int i;

	CHECK(!p->n[EAST].ups && !p->n[WEST].ups && p->n[WEST].faileds == 1, "%s: %u and %u ups, %u failures", what, p->n[EAST].ups,
	      p->n[WEST].ups, p->n[WEST].faileds);
	CHECK(strstr(p->n[WEST].last_text, "did not accept us"), "%s: the peer hears \"%s\"", what, p->n[WEST].last_text);
	for (i = 0; i < n; i++)
		CHECK(strstr(p->n[EAST].last_log, words[i]), "%s: no \"%s\" in \"%s\"", what, words[i], p->n[EAST].last_log);
}

/* What is good enough for one is so for nobody else, though AUTH would be right. */
static void test_no_leak(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .peer = "old", .ike = { &weak } }, { .name = "b", .peer = "west", .ike = { &gcm31 } },
	};
	static const char *const words[] = { "\"b\"", "west", "3des", "ike=", "aes_gcm" };
	static const char *const nobody[] = { "no connection matches", "stranger" };
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &weak, &gcm31);
	call(&p, &c);
	refused(&p, words, 5, "weak");
	END(&p, list, "ike_several/no_leak");

	BEGIN(&p, list);
	c = peer_config(&p, "stranger", &weak, NULL);
	call(&p, &c);
	refused(&p, nobody, 2, "nobody's id");
	END(&p, list, "ike_several/stranger");
}

static void test_no_leak_to_template(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .peer = "old", .ike = { &weak } }, { .name = "b", .ike = { &gcm31 }, .any = true },
	};
	static const char *const words[] = { "\"b\"", "3des" };
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &weak);
	call(&p, &c);
	refused(&p, words, 2, "weak, of a conn for this address");
	END(&p, list, "ike_several/no_leak_template");
}

static void test_ids(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .peer = "old", .ike = { &gcm31 } }, { .name = "b", .peer = "west", .ike = { &chacha31, &gcm31 } }, { .name = "c", .peer = "new", .ike = { &gcm31 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	call(&p, &c);
	is_up(&p, "b", &gcm31, "the second by its id");
	END(&p, list, "ike_several/ids");
}

static void test_authby(void)
{
	static const struct wanted list[] = {
		{ .name = "a", .peer = "west", .ike = { &weak } }, { .name = "b", .peer = "west", .ike = { &gcm31 }, .auth_peer = IKE_AUTHBY_ECDSA_SHA2_256 },
		{ .name = "c", .peer = "west", .ike = { &gcm31 } },
	};
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	call(&p, &c);
	is_up(&p, "c", &gcm31, "the one that takes its kind of proof");
	END(&p, list, "ike_several/authby");
}

/* All the same but ike=, or esp=: of a Child SA the one that has something in common. */
static void test_same_ids(void)
{
	static const struct ike_proposal cbc = { .encr = ENCR_AES_CBC, .keylen = 128, .integ = INTEG_SHA2_256 };
	static const struct ike_proposal gcm = { .encr = ENCR_AES_GCM_16, .keylen = 128 };
	static const struct wanted list[] = {
		{ .name = "a", .peer = "west", .ike = { &chacha31 } }, { .name = "b", .peer = "west", .ike = { &gcm31 }, .esp = &cbc }, { .name = "c", .peer = "west", .ike = { &gcm31 }, .esp = &gcm },
	};
	static const struct ike_proposal chacha = { .encr = ENCR_CHACHA20_POLY1305 };
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	c.esp[0] = gcm;
	c.n_esp = 1;
	call(&p, &c);
	is_up(&p, "c", &gcm31, "by ike=, then by esp=");
	END(&p, list, "ike_several/esp");

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, NULL);
	c.esp[0] = chacha;
	c.n_esp = 1;
	call(&p, &c);
	CHECK(!p.n[EAST].ups && strstr(p.n[EAST].last_log, "no proposal chosen for the Child SA"), "no esp= at all: %s",
	      p.n[EAST].last_log);
	END(&p, list, "ike_several/no_esp");
}

/* ---- in one IKE SA ---- */

/* The peer has both in one IKE SA, and would then have the algorithms of one of them for both. */
static void test_rekey(int who)
{
	static const struct wanted list[] = {
		{ .name = "a", .peer = "west", .ike = { &gcm31, &weak31 } },
		{ .name = "b", .peer = "west", .ike = { &gcm31, &cbc31 }, .net = 77 },
	};
	struct ike_conn_config c;
	const struct ike_conn *b;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &weak31);
	call(&p, &c);
	c.name = "more";
	c.remote_ts[0] = node_net(77);
	CHECK(!ike_conn_add(p.n[WEST].e, &c) && !ike_conn_up(p.n[WEST].e, "more", p.now), "the other one");
	pair_run(&p);
	b = conn_find(p.n[EAST].e, "b");
	CHECK(b->current && b->current->trunk, "not two in one: %s", p.n[EAST].last_log);
	conn_find(p.n[WEST].e, CONN)->cfg.ike[0] = weak31;
	conn_find(p.n[WEST].e, CONN)->cfg.ike[1] = who == WEST ? weak31 : gcm31;
	CHECK(!ike_conn_rekey(p.n[who].e, who == WEST ? CONN : "a", true, p.now), "rekey");
	pair_run(&p);
	CHECK(p.n[EAST].inherited == (who == EAST), "%u rekeyed", p.n[EAST].inherited);
	CHECK(b->current && ike_proposal_equal(&sa_trunk(b->current)->alg, &gcm31), "the weak one of \"a\" is for \"b\" now");
	CHECK(conn_find(p.n[EAST].e, "a")->current, "\"a\" is down");
	ike_conn_down(p.n[WEST].e, "more", p.now);
	END(&p, list, who == WEST ? "ike_several/rekey" : "ike_several/rekey_ours");
}

/* Alone in the IKE SA it may have all of its own. */
static void test_rekey_alone(void)
{
	static const struct wanted list[] = { { .name = "a", .peer = "west", .ike = { &gcm31, &weak31 } } };
	struct ike_conn_config c;
	struct pair p;

	BEGIN(&p, list);
	c = peer_config(&p, "west", &gcm31, &weak31);
	call(&p, &c);
	conn_find(p.n[WEST].e, CONN)->cfg.ike[0] = weak31;
	CHECK(!ike_conn_rekey(p.n[WEST].e, CONN, true, p.now), "rekey");
	pair_run(&p);
	is_up(&p, "a", &weak31, "rekeyed with another one");
	END(&p, list, "ike_several/rekey_alone");
}

int main(void)
{
	test_second();
	test_peers_order();
	test_other_group();
	test_cookies();
	test_addke();
	test_template();
	test_no_leak();
	test_no_leak_to_template();
	test_ids();
	test_authby();
	test_same_ids();
	test_rekey(WEST);
	test_rekey(EAST);
	test_rekey_alone();
	return unit_status();
}
