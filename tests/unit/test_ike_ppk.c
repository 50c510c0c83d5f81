// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c */
/* libs: -lcrypto */
/*
 * Post-quantum pre-shared keys, RFC 8784: who has which, who insists, and what comes of it; the keys as the RFC makes
 * them; and that neither side goes on without where it may not.
 */
#include "ike_pair.h"

static bool seen_no_auth;

static void start(struct pair *p, enum ike_ppk_policy west, enum ike_ppk_policy east)
{
	static struct ike_env env;
	struct ike_conn_config c;
	int i;

	pair_init(p, &env);
	for (i = 0; i < 2; i++) {
		c = pair_config(p, i);
		c.ppk = i ? east : west;
		c.keyingtries = 1;
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
		p->n[i].ppk_id = "ppk1";
		p->n[i].ppk = "thirty-two bytes or more it has!";
	}
}

/* SK_d, SK_pi and SK_pr of RFC 8784 3: T1 of prf+, which is prf(PPK, SK' | 1). */
static bool mixed(const struct node *n, const struct ike_sa *sa, const uint8_t *before, const uint8_t *now)
{
	size_t len = ike_prf_len(sa->alg.prf);
	const uint8_t one = 1;
	struct view parts[] = { { before, len }, { &one, 1 } };
	uint8_t want[IKE_MAX_PRF];

	return !ike_prf(sa->alg.prf, n->ppk, strlen(n->ppk), parts, 2, want) && !memcmp(want, now, len);
}

/* What both have came of the PPK, or did not. */
static int used(struct pair *p)
{
	int i, n = 0;

	for (i = 0; i < 2; i++)
		if (p->n[i].e->all && mixed(&p->n[i], p->n[i].e->all, p->n[i].before_ppk.d, p->n[i].e->all->keys.d))
			n++;
	return n;
}

static void who(void)
{
	static const struct {
		enum ike_ppk_policy west, east;
		const char *west_id, *east_id;	/* NULL: has none */
		int used;			/* -1: it does not come up */
		const char *says;		/* one of the two */
	} cases[] = {
		{ IKE_PPK_PROPOSE, IKE_PPK_PROPOSE, "ppk1", "ppk1", 2, NULL },
		{ IKE_PPK_INSIST, IKE_PPK_INSIST, "ppk1", "ppk1", 2, NULL },
		{ IKE_PPK_INSIST, IKE_PPK_PROPOSE, "ppk1", "ppk1", 2, NULL },
		{ IKE_PPK_PROPOSE, IKE_PPK_INSIST, "ppk1", "ppk1", 2, NULL },
		{ IKE_PPK_NO, IKE_PPK_PROPOSE, "ppk1", "ppk1", 0, NULL },
		{ IKE_PPK_PROPOSE, IKE_PPK_NO, "ppk1", "ppk1", 0, NULL },
		{ IKE_PPK_PROPOSE, IKE_PPK_PROPOSE, "ppk1", "ppk2", 0, NULL },
		{ IKE_PPK_PROPOSE, IKE_PPK_PROPOSE, "ppk1", NULL, 0, NULL },
		{ IKE_PPK_PROPOSE, IKE_PPK_PROPOSE, NULL, "ppk1", 0, NULL },
		{ IKE_PPK_PROPOSE, IKE_PPK_PROPOSE, NULL, NULL, 0, NULL },
		{ IKE_PPK_INSIST, IKE_PPK_NO, "ppk1", "ppk1", -1, "knows nothing of PPKs" },
		{ IKE_PPK_INSIST, IKE_PPK_PROPOSE, NULL, "ppk1", -1, "has no PPKS for this conn" },
		{ IKE_PPK_INSIST, IKE_PPK_PROPOSE, "ppk1", "ppk2", -1, "it insists on a PPK" },
		{ IKE_PPK_NO, IKE_PPK_INSIST, "ppk1", "ppk1", -1, "it uses no PPK" },
		{ IKE_PPK_PROPOSE, IKE_PPK_INSIST, NULL, "ppk1", -1, "it uses no PPK" },
		{ IKE_PPK_PROPOSE, IKE_PPK_INSIST, "ppk1", "ppk2", -1, "of the name that it says" },
	};
	struct pair p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&p, cases[i].west, cases[i].east);
		p.n[WEST].ppk = cases[i].west_id ? p.n[WEST].ppk : NULL;
		p.n[EAST].ppk = cases[i].east_id ? p.n[EAST].ppk : NULL;
		p.n[WEST].ppk_id = cases[i].west_id;
		p.n[EAST].ppk_id = cases[i].east_id;
		pair_up(&p, WEST);
		CHECK(pair_is_up(&p) == (cases[i].used >= 0), "case %zu: %s", i, p.n[WEST].last_text);
		p.n[WEST].ppk = p.n[EAST].ppk = "thirty-two bytes or more it has!";
		if (cases[i].used >= 0)
			CHECK(used(&p) == cases[i].used, "case %zu: %d have mixed it in", i, used(&p));
		else
			CHECK(strstr(p.n[WEST].last_text, cases[i].says) || strstr(p.n[EAST].last_log, cases[i].says),
			      "case %zu: %s / %s", i, p.n[WEST].last_text, p.n[EAST].last_log);
		CHECK(!p.n[WEST].e->all || !p.n[WEST].e->all->ppk, "case %zu: the keys of before are kept", i);
		pair_end(&p, "who");
	}
	unit_done("ike_ppk: who has which, and who insists");
}

/* The same name, another secret: that is a wrong AUTH, not a way without. */
static void wrong(void)
{
	struct pair p;

	start(&p, IKE_PPK_PROPOSE, IKE_PPK_PROPOSE);
	p.n[EAST].ppk = "another";
	pair_up(&p, WEST);
	CHECK(!pair_is_up(&p) && p.n[WEST].last_reason == IKE_AUTH_FAILED, "%s", p.n[WEST].last_text);
	pair_end(&p, "wrong");
	unit_done("ike_ppk: the same name, another secret");
}

/* What goes over the wire, seen by who has west's keys. */
static bool watch(struct pair *p, struct packet *pkt)
{
	struct ike_sa *sa = p->n[WEST].e->all;
	struct ike_cipher c = sa_cipher(sa, sa_me(sa));
	struct ike_payloads outer, in;
	struct ike_notify n;
	uint8_t plain[4096];
	size_t len;

	if (pkt->from == EAST || pkt->data[18] != EXCH_IKE_AUTH)
		return true;
	CHECK(!ike_chain_parse(pkt->data[16], (struct view){ pkt->data + 28, pkt->len - 28 }, &outer) &&
	      !ike_open(&c, pkt->data, 32, pkt->len, plain, &len) &&
	      !ike_chain_parse(outer.list[0].inside, (struct view){ plain, len }, &in), "cannot be opened");
	CHECK(ike_notify_find(&in, N_PPK_IDENTITY, &n) && n.data.len == 5 && n.data.p[0] == 2 && !memcmp(n.data.p + 1, "ppk1", 4),
	      "PPK_IDENTITY");
	seen_no_auth = ike_notify_find(&in, N_NO_PPK_AUTH, &n);
	CHECK(!seen_no_auth || n.data.len == ike_prf_len(sa->alg.prf), "NO_PPK_AUTH of %zu bytes", n.data.len);
	return true;
}

static void wire(void)
{
	struct pair p;

	start(&p, IKE_PPK_PROPOSE, IKE_PPK_PROPOSE);
	p.hook = watch;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && seen_no_auth, "no NO_PPK_AUTH");
	pair_end(&p, "wire");
	start(&p, IKE_PPK_INSIST, IKE_PPK_PROPOSE);
	p.hook = watch;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && !seen_no_auth, "NO_PPK_AUTH of who insists");
	CHECK(mixed(&p.n[WEST], p.n[WEST].e->all, p.n[WEST].before_ppk.d, p.n[WEST].e->all->keys.d), "SK_d");
	pair_end(&p, "wire");
	unit_done("ike_ppk: what is sent");
}

/* ---- west's request, changed on the way by who has its keys ---- */

enum change { KIND_OPAQUE = 1, KIND_NONE = 2, NO_AUTH_GONE = 4, NO_AUTH_WRONG = 8, ID_OTHER = 16 };

static void change_in(uint8_t *plain, size_t len, uint8_t first, int what)
{
	struct ike_payloads in;
	struct ike_notify n;

	CHECK(!ike_chain_parse(first, (struct view){ plain, len }, &in), "chain");
	CHECK(ike_notify_find(&in, N_PPK_IDENTITY, &n), "PPK_IDENTITY");
	if (what & (KIND_OPAQUE | KIND_NONE))
		plain[n.data.p - plain] = what & KIND_OPAQUE ? 1 : 0;
	if (what & ID_OTHER)
		plain[n.data.p - plain + 1] ^= 1;
	CHECK(ike_notify_find(&in, N_NO_PPK_AUTH, &n), "NO_PPK_AUTH");
	if (what & NO_AUTH_WRONG)
		plain[n.data.p - plain] ^= 1;
	if (what & NO_AUTH_GONE)
		put_u16(plain + (n.data.p - plain) - 2, 40000);
}

static bool change(struct pair *p, struct packet *pkt)
{
	struct ike_sa *sa = p->n[WEST].e->all;
	struct ike_cipher c = sa_cipher(sa, sa_me(sa));
	uint8_t plain[4096], iv[16] = { 0 };
	struct ike_payloads outer;
	size_t len;

	if (pkt->from == EAST || pkt->data[18] != EXCH_IKE_AUTH)
		return true;
	CHECK(!ike_chain_parse(pkt->data[16], (struct view){ pkt->data + 28, pkt->len - 28 }, &outer) &&
	      !ike_open(&c, pkt->data, 32, pkt->len, plain, &len), "cannot be opened");
	change_in(plain, len, outer.list[0].inside, *(int *)p->ctx);
	memcpy(iv, pkt->data + 32, ike_iv_len(c.encr));
	CHECK(!ike_seal(&c, iv, pkt->data, 32, plain, len), "ike_seal");
	return true;
}

static void changed(void)
{
	static const struct {
		int what, used;		/* -1: it does not come up */
	} cases[] = {
		{ 0, 2 }, { NO_AUTH_GONE, 2 }, { NO_AUTH_WRONG, 2 },
		{ KIND_OPAQUE, 0 }, { KIND_NONE, 0 }, { ID_OTHER, 0 },
		{ KIND_OPAQUE | NO_AUTH_GONE, -1 }, { KIND_NONE | NO_AUTH_GONE, -1 }, { ID_OTHER | NO_AUTH_GONE, -1 },
		{ KIND_OPAQUE | NO_AUTH_WRONG, -1 }, { ID_OTHER | NO_AUTH_WRONG, -1 },
	};
	struct pair p;
	size_t i;
	int what;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&p, IKE_PPK_PROPOSE, IKE_PPK_PROPOSE);
		what = cases[i].what;
		p.hook = change;
		p.ctx = &what;
		pair_up(&p, WEST);
		CHECK(pair_is_up(&p) == (cases[i].used >= 0), "change %d: %s", what, p.n[WEST].last_text);
		if (cases[i].used >= 0)
			CHECK(used(&p) == cases[i].used, "change %d: %d have mixed it in", what, used(&p));
		pair_end(&p, "changed");
	}
	unit_done("ike_ppk: kinds of names, and AUTH without it, as they should not be");
}

/* The responder says that it used what it did not, and the contrary; names of unknown kinds, and too long ones. */
static bool lie(struct pair *p, struct packet *pkt)
{
	if (pkt->from == EAST && pkt->data[18] == EXCH_IKE_SA_INIT && p->n[EAST].e->all)
		p->n[EAST].e->all->ppk_used = true;
	return true;
}

static void hostile(void)
{
	struct pair p;

	start(&p, IKE_PPK_PROPOSE, IKE_PPK_NO);
	conn_find(p.n[EAST].e, CONN)->cfg.ppk = IKE_PPK_PROPOSE;
	p.n[EAST].ppk = NULL;
	p.hook = lie;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "ppk_used was not set by who decides");
	pair_end(&p, "lie");

	/* An id as long as can be, and one that is longer. */
	start(&p, IKE_PPK_PROPOSE, IKE_PPK_PROPOSE);
	p.n[WEST].ppk_id = p.n[EAST].ppk_id = "0123456789012345678901234567890123456789012345678901234567890123";
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && used(&p) == 2, "64 bytes");
	pair_end(&p, "long");
	unit_done("ike_ppk: lies and lengths");
}

/* After both kinds of rekeying there still is a tunnel, of the same keys. */
static void rekeyed(void)
{
	struct pair p;
	int i;

	start(&p, IKE_PPK_INSIST, IKE_PPK_INSIST);
	pair_up(&p, WEST);
	for (i = 0; i < 4; i++) {
		CHECK(!ike_conn_rekey(p.n[i & 1].e, CONN, i & 2, p.now), "rekey");
		pair_wait(&p, 40000);
		CHECK(pair_is_up(&p), "rekeying %d", i);
	}
	pair_end(&p, "rekeyed");
	unit_done("ike_ppk: rekeyed");
}

int main(void)
{
	who();
	wrong();
	wire();
	changed();
	hostile();
	rekeyed();
	return unit_status();
}
