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
 * IKE_AUTH by signatures as the engine sees it: what is announced and asked for, what of it reaches whoever
 * signs and checks, and that nobody gets a conn that he was not authenticated for. The signatures are a model.
 */
#include "ike_pair.h"

#define CA "0123456789abcdefghij"	/* SHA-1 of a key */

/* What reached the one that serves AUTH. */
static struct {
	uint32_t hashes, make_allowed, check_allowed;
	bool asked;
	uint8_t method;
	unsigned int n_certs;
	char cert[64];
} seen[2];

static unsigned int n_certs = 1;	/* that are sent */
static uint8_t method = AUTH_SIGNATURE;
static const char *why;			/* a check fails with this text */

/* "Signs" with a hash that both can compute. */
static void model(struct node *n, const struct ike_action *a, struct node_result *r)
{
	struct view part = { a->auth.octets, a->auth.len };
	struct ike_bytes certs[IKE_MAX_CERTS];
	uint8_t sig[32];
	unsigned int i, me = !strcmp(n->name, "east");

	ike_sha256(&part, 1, sig);
	if (a->kind == IKE_AUTH_MAKE) {
		seen[me].hashes = a->auth.hashes;
		seen[me].asked = a->auth.cert_asked;
		seen[me].make_allowed = a->auth.allowed;
		for (i = 0; i < n_certs; i++)
			certs[i] = (struct ike_bytes){ (const uint8_t *)n->name, 4 };
		r->len = ike_made_put(r->data, sizeof(r->data), method, sig, sizeof(sig), certs, n_certs);
		return;
	}
	seen[me].method = a->auth.method;
	seen[me].check_allowed = a->auth.allowed;
	seen[me].n_certs = a->auth.n_certs;
	if (a->auth.n_certs)
		snprintf(seen[me].cert, sizeof(seen[me].cert), "%.*s", (int)a->auth.certs[0].len, (const char *)a->auth.certs[0].p);
	if (why) {
		r->error = -EKEYREJECTED;
		r->len = strlen(why);
		memcpy(r->data, why, r->len);
	} else if (a->auth.auth_len != sizeof(sig) || memcmp(a->auth.auth, sig, sizeof(sig))) {
		r->error = -EKEYREJECTED;
	}
}

static void start(struct pair *p, struct ike_conn_config c[2])
{
	static struct ike_env env;
	int i;

	memset(seen, 0, sizeof(seen));
	n_certs = 1;
	method = AUTH_SIGNATURE;
	why = NULL;
	pair_init(p, &env);
	for (i = 0; i < 2; i++) {
		p->n[i].auth = model;
		c[i] = pair_config(p, i);
		c[i].auth_me = c[i].auth_peer = IKE_AUTHBY_RSA | IKE_AUTHBY_EDDSA;
		c[i].ask_cert = true;
		c[i].keyingtries = 1;
	}
}

static void add(struct pair *p, struct ike_conn_config c[2])
{
	CHECK(!ike_conn_add(p->n[WEST].e, &c[WEST]) && !ike_conn_add(p->n[EAST].e, &c[EAST]), "ike_conn_add");
}

static bool says(const struct node *n, const char *what)
{
	return strstr(n->last_log, what) || strstr(n->last_text, what);
}

/* Hashes, CERTREQ and CERT go both ways. */
static void both_ways(void)
{
	struct ike_conn_config c[2];
	struct pair p;
	int i;

	start(&p, c);
	c[EAST].auth_peer = IKE_AUTHBY_RSA_SHA2_384 | IKE_AUTHBY_ECDSA_SHA2_256 | IKE_AUTHBY_RSA_SHA2_512;
	add(&p, c);
	for (i = 0; i < 2; i++)
		CHECK(!ike_set_cas(p.n[i].e, (const uint8_t *)CA CA, 40), "ike_set_cas");
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "not up: %s", p.n[WEST].last_text);
	CHECK(seen[WEST].hashes == (1 << 2 | 1 << 3 | 1 << 4) && seen[EAST].hashes == (1 << 2 | 1 << 3 | 1 << 4 | 1 << 5),
	      "hashes %x and %x", seen[WEST].hashes, seen[EAST].hashes);
	CHECK(seen[WEST].asked && seen[EAST].asked, "no certificate is asked for");
	CHECK(seen[WEST].n_certs == 1 && !strcmp(seen[WEST].cert, "east") && !strcmp(seen[EAST].cert, "west"), "certificates");
	CHECK(seen[EAST].method == AUTH_SIGNATURE && seen[EAST].check_allowed == c[EAST].auth_peer &&
	      seen[WEST].make_allowed == c[WEST].auth_me, "what is allowed");
	pair_end(&p, "signatures");
	unit_done("ike_auth: hash algorithms, CERTREQ and CERT, both ways");
}

/* Without CAs or need nothing is asked for; a PSK conn says nothing of hashes. */
static void not_asked(void)
{
	struct ike_conn_config c[2];
	struct pair p;

	start(&p, c);
	c[WEST].ask_cert = false;
	add(&p, c);
	CHECK(!ike_set_cas(p.n[WEST].e, (const uint8_t *)CA, 20), "ike_set_cas");
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && !seen[WEST].asked && !seen[EAST].asked, "CERTREQ without need, or without CAs");
	pair_end(&p, "not asked");

	start(&p, c);
	c[WEST].auth_peer = c[EAST].auth_me = IKE_AUTHBY_PSK;
	p.n[EAST].auth = NULL;
	p.n[WEST].auth = NULL;
	c[WEST].auth_me = c[EAST].auth_peer = IKE_AUTHBY_PSK;
	add(&p, c);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "PSK: %s", p.n[WEST].last_text);
	pair_end(&p, "psk");
	unit_done("ike_auth: nothing is asked for without need");
}

/* What is not allowed is not even checked. */
static void methods(void)
{
	static const struct {
		uint32_t peer;
		uint8_t method;
		const char *what;	/* NULL: it is taken */
	} cases[] = {
		{ IKE_AUTHBY_PSK, AUTH_SIGNATURE, "expects a pre-shared key" },
		{ IKE_AUTHBY_RSA, AUTH_PSK, "expects a digital signature" },
		{ IKE_AUTHBY_RSA, AUTH_RSA, "expects a digital signature" },
		{ IKE_AUTHBY_RSA_SHA1, AUTH_SIGNATURE, "expects an RSA signature with SHA-1" },
		{ IKE_AUTHBY_RSA_SHA1, AUTH_RSA, NULL },
		{ IKE_AUTHBY_RSA | IKE_AUTHBY_RSA_SHA1, AUTH_RSA, NULL },
		{ IKE_AUTHBY_RSA | IKE_AUTHBY_PSK, AUTH_SIGNATURE, NULL },
		{ IKE_AUTHBY_RSA, 9, "expects a digital signature" },
		{ IKE_AUTHBY_RSA, 13, "expects a digital signature" },
		{ IKE_AUTHBY_RSA, 0, "expects a digital signature" },
		{ IKE_AUTHBY_RSA, 255, "expects a digital signature" },
	};
	struct ike_conn_config c[2];
	struct pair p;
	bool known;
	size_t i;
	int who;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (who = 0; who < 2; who++) {
			start(&p, c);
			method = cases[i].method;
			c[who].auth_peer = cases[i].peer;
			c[!who].auth_peer = ~0u;
			add(&p, c);
			known = method == AUTH_PSK || method == AUTH_RSA || method == AUTH_SIGNATURE;
			pair_up(&p, WEST);
			CHECK(pair_is_up(&p) == !cases[i].what, "case %zu, %d: up or not", i, who);
			/* An unknown one gets no further than the responder. */
			if (cases[i].what && (known || who == EAST))
				CHECK(says(&p.n[who], cases[i].what), "case %zu, %d: %s / %s", i, who, p.n[who].last_log, p.n[who].last_text);
			if (cases[i].what && who == EAST)
				CHECK(!seen[EAST].method, "case %zu: it was checked all the same", i);
			pair_end(&p, "methods");
		}
	}
	unit_done("ike_auth: methods that the conn does not want");
}

/* The text of who checks reaches who waits, and the other side is told. */
static void why_not(void)
{
	struct ike_conn_config c[2];
	struct pair p;

	start(&p, c);
	add(&p, c);
	p.hook = NULL;
	why = "the certificate has expired";
	pair_up(&p, WEST);
	CHECK(!pair_is_up(&p) && says(&p.n[EAST], "the certificate has expired"), "%s", p.n[EAST].last_log);
	CHECK(p.n[WEST].last_reason == IKE_AUTH_FAILED && says(&p.n[WEST], "did not accept us"), "%s", p.n[WEST].last_text);
	pair_end(&p, "why");
	unit_done("ike_auth: why not");
}

/* Two conns of one pair of ids; @same: they ask for the same keys. West has the second one only. */
static void two_conns(bool same)
{
	struct ike_conn_config c[2], second;
	struct pair p;

	start(&p, c);
	CHECK(!ike_conn_add(p.n[EAST].e, &c[EAST]), "the first");
	second = c[EAST];
	second.name = "zz-second";
	second.local_ts[0].start[2] ^= 0x40;
	second.local_ts[0].end[2] ^= 0x40;
	c[WEST].remote_ts[0] = second.local_ts[0];
	if (!same)
		second.creds[5] = 1;
	CHECK(!ike_conn_add(p.n[EAST].e, &second) && !ike_conn_add(p.n[WEST].e, &c[WEST]), "the others");
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) == same, "%s: %s", same ? "the same keys" : "other keys", p.n[WEST].last_text);
	if (!same)
		CHECK(p.n[WEST].last_reason == IKE_TS_UNACCEPTABLE, "%d", p.n[WEST].last_reason);
	pair_end(&p, "two conns");
}

/* More certificates than are looked at, and what is no result at all. */
static void bounds(void)
{
	struct ike_bytes many[IKE_MAX_CERTS + 1];
	struct ike_conn_config c[2];
	uint8_t buf[64];
	struct pair p;
	unsigned int i;

	for (i = 0; i <= IKE_MAX_CERTS; i++)
		many[i] = (struct ike_bytes){ (const uint8_t *)"x", 1 };
	CHECK(!ike_made_put(buf, sizeof(buf), AUTH_SIGNATURE, (const uint8_t *)"y", 1, many, IKE_MAX_CERTS + 1), "nine are taken");
	for (i = 0; i < 2 + 3 + 3; i++)
		CHECK(!ike_made_put(buf, i, AUTH_SIGNATURE, (const uint8_t *)"y", 1, many, 1), "%u bytes are enough", i);
	CHECK(ike_made_put(buf, i, AUTH_SIGNATURE, (const uint8_t *)"y", 1, many, 1) == i, "%u bytes are not enough", i);

	start(&p, c);
	add(&p, c);
	n_certs = IKE_MAX_CERTS;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && seen[EAST].n_certs == IKE_MAX_CERTS, "%u certificates", seen[EAST].n_certs);
	pair_end(&p, "many");
	unit_done("ike_auth: bounds");
}

/* RFC 7619: only where both say so; who has no id cannot come in by a secret; INITIAL_CONTACT means nothing. */
static void null_auth(void)
{
	struct ike_conn_config c[2];
	struct pair p;
	int i;

	for (i = 0; i < 4; i++) {
		start(&p, c);
		p.n[WEST].auth = p.n[EAST].auth = NULL;
		c[WEST].auth_me = c[EAST].auth_peer = IKE_AUTHBY_NULL;
		c[WEST].auth_peer = c[EAST].auth_me = i & 1 ? IKE_AUTHBY_NULL : IKE_AUTHBY_PSK;
		memset(&c[WEST].local_id, 0, sizeof(c[WEST].local_id));
		c[WEST].local_id.type = ID_NULL;
		memset(&c[EAST].remote_id, 0, sizeof(c[EAST].remote_id));
		if (i & 2)
			c[EAST].auth_peer = IKE_AUTHBY_PSK;
		add(&p, c);
		pair_up(&p, WEST);
		CHECK(pair_is_up(&p) == !(i & 2), "case %d: %s", i, p.n[WEST].last_text);
		if (i & 2)
			CHECK(says(&p.n[EAST], "expects a pre-shared key"), "%s", p.n[EAST].last_log);
		pair_end(&p, "null");
	}
	/* No id and a secret. */
	start(&p, c);
	p.n[WEST].auth = p.n[EAST].auth = NULL;
	c[WEST].auth_me = c[EAST].auth_peer = c[WEST].auth_peer = c[EAST].auth_me = IKE_AUTHBY_PSK;
	memset(&c[WEST].local_id, 0, sizeof(c[WEST].local_id));
	c[WEST].local_id.type = ID_NULL;
	memset(&c[EAST].remote_id, 0, sizeof(c[EAST].remote_id));
	add(&p, c);
	pair_up(&p, WEST);
	CHECK(!pair_is_up(&p), "ID_NULL with a secret");
	pair_end(&p, "null id");
	unit_done("ike_auth: by nothing, where both say so");
}

int main(void)
{
	both_ways();
	null_auth();
	not_asked();
	methods();
	why_not();
	two_conns(true);
	two_conns(false);
	unit_done("ike_auth: another conn only with the same keys");
	bounds();
	return unit_status();
}
