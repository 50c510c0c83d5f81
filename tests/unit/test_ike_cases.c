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
/* What the engine does and says, case by case. */
#include <stdio.h>

#include "ike_pair.h"

static struct ike_env env;

static bool says(const struct node *n, const char *what)
{
	return strstr(n->last_text, what) || strstr(n->last_log, what);
}

static bool drop_all(struct pair *p, struct packet *pkt)
{
	(void)p;
	(void)pkt;
	return false;
}

static void test_up_down(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && p.sent == 4, "up after %u datagrams", p.sent);
	CHECK(p.n[WEST].ups == 1 && p.n[EAST].ups == 1 && p.n[WEST].progresses >= 3, "reports");
	CHECK(says(&p.n[WEST], "10.45.0.0/24 === 10.23.0.0/24, ESP aes_gcm256"), "%s", p.n[WEST].last_text);
	pair_up(&p, WEST);
	CHECK(p.n[WEST].ups == 2 && p.sent == 4, "up again");
	ike_conn_down(p.n[EAST].e, CONN, p.now);
	pair_run(&p);
	CHECK(p.sent == 6 && !node_child(&p.n[WEST]) && !node_child(&p.n[EAST]), "down");
	CHECK(p.n[WEST].downs == 1 && says(&p.n[WEST], "@east deleted it"), "%s", p.n[WEST].last_text);
	/* West still wants it. */
	pair_wait(&p, 10000);
	CHECK(pair_is_up(&p), "not back");
	pair_end(&p, "up_down");
	unit_done("ike_cases/up_down");
}

/* What is sent when nobody answers, and when that is reported. */
static void test_silent(void)
{
	static const uint64_t at[] = { 0, 1000, 3000, 7000, 15000 };
	struct pair p;
	unsigned int i;

	pair_init(&p, &env);
	pair_load(&p);
	p.hook = drop_all;
	pair_up(&p, WEST);
	for (i = 0; i < 5; i++) {
		pair_wait(&p, at[i] - p.now);
		CHECK(p.sent == i + 1, "%u datagrams after %u ms", p.sent, (unsigned int)at[i]);
	}
	pair_wait(&p, 15999);
	CHECK(!p.n[WEST].faileds, "too early");
	pair_wait(&p, 1);
	CHECK(p.n[WEST].faileds == 1 && p.n[WEST].last_reason == IKE_NO_ANSWER &&
	      says(&p.n[WEST], "no answer from 192.1.2.23 to IKE_SA_INIT (sent 5 times in 31 s)"),
	      "%s", p.n[WEST].last_text);
	pair_wait(&p, 7000);
	CHECK(p.sent > 5, "no second attempt");
	pair_end(&p, "silent");
	unit_done("ike_cases/silent");
}

static void test_keyingtries(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	c.keyingtries = 3;
	ike_conn_add(p.n[WEST].e, &c);
	p.hook = drop_all;
	pair_up(&p, WEST);
	pair_wait(&p, 3600000);
	CHECK(p.n[WEST].faileds == 3 && p.sent == 15 && node_is_clean(&p.n[WEST]), "%u attempts, %u sent",
	      p.n[WEST].faileds, p.sent);
	pair_end(&p, "keyingtries");
	unit_done("ike_cases/keyingtries");
}

/* Not wanted, but it is to take the place of what somebody else made. */
static void test_renew(void)
{
	struct pair p;
	int i;

	pair_init(&p, &env);
	pair_load(&p);
	p.hook = drop_all;
	CHECK(ike_conn_renew(p.n[WEST].e, "none", true, p.now) == -ENOENT, "no conn");
	for (i = 0; i < 2; i++) {
		CHECK(!ike_conn_renew(p.n[WEST].e, CONN, true, p.now), "ike_conn_renew");
		pair_wait(&p, 100000);
	}
	CHECK(p.n[WEST].faileds >= 2 && p.sent > 10, "%u attempts, %u sent", p.n[WEST].faileds, p.sent);
	ike_conn_renew(p.n[WEST].e, CONN, false, p.now);
	pair_wait(&p, 600000);
	CHECK(node_is_clean(&p.n[WEST]), "it goes on");
	p.hook = NULL;
	ike_conn_renew(p.n[WEST].e, CONN, true, p.now);
	pair_run(&p);
	CHECK(pair_is_up(&p), "not up");
	ike_conn_renew(p.n[WEST].e, CONN, true, p.now);
	ike_conn_renew(p.n[WEST].e, CONN, false, p.now);
	pair_run(&p);
	CHECK(pair_is_up(&p), "not up any more");
	ike_conn_down(p.n[EAST].e, CONN, p.now);
	pair_wait(&p, 600000);
	CHECK(!node_child(&p.n[WEST]) && node_is_clean(&p.n[WEST]), "taken down, and it came again");
	pair_end(&p, "renew");
	unit_done("ike_cases/renew");
}

static void test_wrong_psk(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	p.n[EAST].psk = "other";
	pair_up(&p, WEST);
	CHECK(p.n[WEST].last_reason == IKE_AUTH_FAILED && p.n[WEST].faileds == 1 &&
	      says(&p.n[WEST], "192.1.2.23 did not accept us as @west asking for @east"), "%s", p.n[WEST].last_text);
	CHECK(says(&p.n[EAST], "AUTH of @west at 192.1.2.45 is wrong"), "%s", p.n[EAST].last_log);
	CHECK(!node_spi_count(&p.n[WEST]) && !node_spi_count(&p.n[EAST]), "SPIs are left");
	pair_end(&p, "wrong_psk");
	unit_done("ike_cases/wrong_psk");
}

/* The responder's own AUTH is wrong: the initiator tells it, RFC 7296 2.21.2. */
static void test_wrong_psk_back(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	p.n[EAST].hold = 1u << IKE_GETSPI;
	pair_up(&p, WEST);
	p.n[EAST].psk = "other";
	pair_release(&p);
	CHECK(p.n[WEST].last_reason == IKE_AUTH_FAILED &&
	      says(&p.n[WEST], "the peer's AUTH as @east is wrong"), "%s", p.n[WEST].last_text);
	CHECK(p.n[EAST].downs == 1 && p.n[EAST].last_reason == IKE_AUTH_FAILED &&
	      says(&p.n[EAST], "@west does not accept our AUTH"), "%s", p.n[EAST].last_text);
	pair_end(&p, "wrong_psk_back");
	unit_done("ike_cases/wrong_psk_back");
}

static void test_no_secret(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	p.n[WEST].psk = NULL;
	pair_up(&p, WEST);
	CHECK(p.n[WEST].last_reason == IKE_NO_SECRET &&
	      says(&p.n[WEST], "ipsec.secrets has no PSK for these two"), "%s", p.n[WEST].last_text);
	p.n[WEST].psk = "a secret";
	p.n[EAST].psk = NULL;
	pair_wait(&p, 10000);
	CHECK(p.n[WEST].last_reason == IKE_AUTH_FAILED &&
	      says(&p.n[EAST], "ipsec.secrets has no PSK for @east and @west"), "%s", p.n[EAST].last_log);
	pair_end(&p, "no_secret");
	unit_done("ike_cases/no_secret");
}

static void test_no_proposal(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	ike_conn_add(p.n[WEST].e, &c);
	c = pair_config(&p, EAST);
	c.ike[0].keylen = 128;
	ike_conn_add(p.n[EAST].e, &c);
	pair_up(&p, WEST);
	CHECK(!p.n[WEST].faileds, "a refusal in the clear counts at once");
	pair_wait(&p, 1001);
	CHECK(p.n[WEST].last_reason == IKE_NO_PROPOSAL &&
	      says(&p.n[WEST], "192.1.2.23 takes none of aes_gcm256-sha2_256-dh31"), "%s", p.n[WEST].last_text);
	CHECK(says(&p.n[EAST], "it offers aes_gcm256-sha2_256-dh31; ike= of the conn allows aes_gcm128-sha2_256-dh31"),
	      "%s", p.n[EAST].last_log);
	pair_end(&p, "no_proposal");
	unit_done("ike_cases/no_proposal");
}

static void test_no_esp_proposal(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	c.n_esp = 1;
	ike_conn_add(p.n[WEST].e, &c);
	c = pair_config(&p, EAST);
	c.esp[0].keylen = 192;
	c.n_esp = 1;
	ike_conn_add(p.n[EAST].e, &c);
	pair_up(&p, WEST);
	CHECK(p.n[WEST].last_reason == IKE_NO_PROPOSAL &&
	      says(&p.n[WEST], "for the Child SA: 192.1.2.23 takes none of aes_gcm256;"), "%s", p.n[WEST].last_text);
	CHECK(says(&p.n[EAST], "the peer offers aes_gcm256; esp= allows aes_gcm192"), "%s", p.n[EAST].last_log);
	CHECK(!p.n[WEST].e->n_sas, "the IKE SA is not deleted");
	pair_end(&p, "no_esp_proposal");
	unit_done("ike_cases/no_esp_proposal");
}

static void test_no_conn(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	ike_conn_add(p.n[WEST].e, &c);
	pair_up(&p, WEST);
	CHECK(says(&p.n[EAST], "no connection matches: 192.1.2.45 asks for IKE at 192.1.2.23"), "%s", p.n[EAST].last_log);
	c = pair_config(&p, EAST);
	c.remote_id = node_id("north");
	ike_conn_add(p.n[EAST].e, &c);
	pair_wait(&p, 8000);
	CHECK(says(&p.n[EAST], "no connection matches: @west at 192.1.2.45 asks for @east at 192.1.2.23"), "%s",
	      p.n[EAST].last_log);
	CHECK(p.n[WEST].last_reason == IKE_AUTH_FAILED, "%d", p.n[WEST].last_reason);
	ike_conn_delete(p.n[EAST].e, CONN, p.now);
	c = pair_config(&p, EAST);
	c.local_ts[0] = node_net(77);
	ike_conn_add(p.n[EAST].e, &c);
	pair_wait(&p, 15000);
	CHECK(says(&p.n[EAST], "asks for a tunnel between 10.45.0.0/24 (its) and 10.23.0.0/24 (ours)"), "%s",
	      p.n[EAST].last_log);
	CHECK(p.n[WEST].last_reason == IKE_TS_UNACCEPTABLE &&
	      says(&p.n[WEST], "no tunnel between 10.45.0.0/24 (ours) and 10.23.0.0/24 (its)"), "%s", p.n[WEST].last_text);
	pair_end(&p, "no_conn");
	unit_done("ike_cases/no_conn");
}

static void test_kernel_fails(void)
{
	static const struct { int kind, node; enum ike_reason reason; const char *text; } cases[] = {
		{ IKE_GETSPI, WEST, IKE_KERNEL, "the kernel gives no SPI" },
		{ IKE_GETSPI, EAST, IKE_PROTOCOL, "refused the Child SA: TEMPORARY_FAILURE" },
		{ IKE_INSTALL, WEST, IKE_KERNEL, "the kernel refused the Child SA" },
		{ IKE_INSTALL, EAST, IKE_PROTOCOL, "refused the Child SA: TEMPORARY_FAILURE" },
		{ IKE_DH_GENERATE, WEST, IKE_PROTOCOL, "cannot make a key" },
		{ IKE_DH_SHARED, WEST, IKE_PROTOCOL, "is refused" },
		{ IKE_AUTH_MAKE, EAST, IKE_AUTH_FAILED, "did not accept us" },
	};
	struct pair p;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pair_init(&p, &env);
		pair_load(&p);
		p.fail_kind = cases[i].kind;
		p.fail_node = cases[i].node;
		p.fail_with = -EIO;
		pair_up(&p, WEST);
		CHECK(p.n[WEST].last_reason == cases[i].reason && says(&p.n[WEST], cases[i].text),
		      "case %u: %s", i, p.n[WEST].last_text);
		CHECK(!node_child(&p.n[WEST]) && !node_child(&p.n[EAST]), "case %u: something stands", i);
		p.fail_with = 0;
		pair_wait(&p, 60000);
		CHECK(pair_is_up(&p), "case %u: no recovery", i);
		pair_end(&p, "kernel_fails");
	}
	unit_done("ike_cases/kernel_fails");
}

static void test_cookie(void)
{
	struct ike_env one = { .cookie_threshold = 1 };
	struct pair p;
	uint8_t noise[28] = { 0 };

	pair_init(&p, &one);
	pair_load(&p);
	/* Somebody else is half-open at east. */
	p.n[EAST].hold = 1u << IKE_DH_GENERATE;
	pair_up(&p, WEST);
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	pair_run(&p);
	CHECK(p.n[EAST].e->half_open == 1, "%u half-open", p.n[EAST].e->half_open);
	p.n[EAST].hold = 0;
	p.sent = 0;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && p.sent == 6, "%u datagrams", p.sent);
	pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, noise, sizeof(noise));
	pair_release(&p);
	pair_end(&p, "cookie");
	unit_done("ike_cases/cookie");
}

static void test_invalid_ke(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	c.n_ike = 2;
	c.ike[1] = c.ike[0];
	c.ike[0].dh = DH_ECP256;
	ike_conn_add(p.n[WEST].e, &c);
	c = pair_config(&p, EAST);
	ike_conn_add(p.n[EAST].e, &c);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && p.sent == 6, "%u datagrams", p.sent);
	pair_end(&p, "invalid_ke");
	unit_done("ike_cases/invalid_ke");
}

static void test_narrowing(void)
{
	struct ike_conn_config c;
	struct pair p;

	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	c.remote_ts[0] = (struct ike_ts){ AF_INET, 0, 0, 65535, { 10 }, { 10, 255, 255, 255 } };
	ike_conn_add(p.n[WEST].e, &c);
	c = pair_config(&p, EAST);
	c.local_ts[0].proto = 17;
	ike_conn_add(p.n[EAST].e, &c);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && node_child(&p.n[WEST])->remote_ts[0].proto == 17 &&
	      node_child(&p.n[WEST])->remote_ts[0].start[1] == 23, "not narrowed");
	pair_end(&p, "narrowing");
	pair_init(&p, &env);
	c = pair_config(&p, WEST);
	c.n_local_ts = 0;
	ike_conn_add(p.n[WEST].e, &c);
	c = pair_config(&p, EAST);
	c.n_remote_ts = 0;
	ike_conn_add(p.n[EAST].e, &c);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && !memcmp(node_child(&p.n[WEST])->local_ts[0].start, p.n[WEST].addr.bytes, 4),
	      "the host itself");
	pair_end(&p, "host");
	unit_done("ike_cases/narrowing");
}

/* Every datagram comes three times: one answer to each, with the same bytes. */
static struct packet *replies[64];
static unsigned int n_replies;

static bool thrice(struct pair *p, struct packet *pkt)
{
	bool response = pkt->data[19] & IKE_FLAG_RESPONSE;
	unsigned int i;

	if (response) {
		replies[n_replies++] = packet_new(pkt->from, &pkt->local, &pkt->remote, pkt->data, pkt->len);
		return n_replies % 3 == 1;
	}
	for (i = 0; i < 2; i++) {
		pair_deliver(p, !pkt->from, &pkt->remote, &pkt->local, pkt->data, pkt->len);
		while (pair_drain(p, WEST) | pair_drain(p, EAST))
			;
	}
	return true;
}

static void test_repetitions(void)
{
	struct pair p;
	unsigned int i;

	pair_init(&p, &env);
	pair_load(&p);
	p.hook = thrice;
	pair_up(&p, WEST);
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	pair_run(&p);
	CHECK(n_replies == 9, "%u answers to 3 requests that came 3 times", n_replies);
	for (i = 0; i < n_replies; i++) {
		CHECK(replies[i]->len == replies[i / 3 * 3]->len &&
		      !memcmp(replies[i]->data, replies[i / 3 * 3]->data, replies[i]->len),
		      "answer %u differs", i);
	}
	while (n_replies)
		free(replies[--n_replies]);
	CHECK(p.n[EAST].ups == 1 && p.n[EAST].downs == 1, "done more than once");
	pair_end(&p, "repetitions");
	unit_done("ike_cases/repetitions");
}

/* ---- notifies in the clear prove nothing ---- */

static uint16_t forged_notify;
static uint8_t forged_exchange;

static bool forge_first(struct pair *p, struct packet *pkt)
{
	struct ike_writer w;
	uint8_t buf[64];

	if (pkt->data[18] != forged_exchange || !(pkt->data[19] & IKE_FLAG_RESPONSE))
		return true;
	w_init(&w, buf, sizeof(buf));
	w_header(&w, pkt->data, pkt->data + 8, pkt->data[18], IKE_FLAG_RESPONSE, get_u32(pkt->data + 20));
	w_notify(&w, forged_notify, NULL, 0);
	w_finish(&w);
	pair_deliver(p, !pkt->from, &pkt->remote, &pkt->local, buf, w.len);
	pair_wait(p, forged_notify == N_NO_PROPOSAL_CHOSEN ? 500 : 2500);
	return true;
}

static void test_forged_notify(void)
{
	static const uint16_t types[] = { N_NO_PROPOSAL_CHOSEN, N_AUTHENTICATION_FAILED, N_INVALID_SYNTAX,
		N_INVALID_IKE_SPI, N_INVALID_MAJOR_VERSION, N_INVALID_KE_PAYLOAD, N_COOKIE };
	struct pair p;
	unsigned int i, j;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (j = 0; j < 2; j++) {
			pair_init(&p, &env);
			pair_load(&p);
			forged_notify = types[i];
			forged_exchange = j ? EXCH_IKE_AUTH : EXCH_IKE_SA_INIT;
			p.hook = forge_first;
			pair_up(&p, WEST);
			CHECK(pair_is_up(&p), "%s in the clear ends %s", ike_notify_name(types[i]),
			      ike_exchange_name(forged_exchange));
			pair_end(&p, "forged_notify");
		}
	}
	unit_done("ike_cases/forged_notify");
}

/* ---- versions ---- */

static void test_versions(void)
{
	uint8_t msg[28] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 28 };
	const struct ike_action *a;
	struct pair p;
	unsigned int i, logs = 0;

	pair_init(&p, &env);
	for (i = 0; i < 100; i++) {
		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, msg, sizeof(msg));
		while ((a = ike_next_action(p.n[EAST].e))) {
			logs += a->kind == IKE_LOG;
			node_note(&p.n[EAST], a);
			CHECK(a->kind != IKE_SEND, "an answer to IKEv1");
			CHECK(i || strstr(a->log.text, "IKEv1 packet from 192.1.2.45 refused"), "%s", a->log.text);
		}
	}
	CHECK(logs > 0 && logs <= 11, "%u lines for 100 packets", logs);
	msg[17] = 0x30;
	msg[19] = IKE_FLAG_INITIATOR;
	pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, msg, sizeof(msg));
	a = ike_next_action(p.n[EAST].e);
	while (a && a->kind != IKE_SEND)
		a = ike_next_action(p.n[EAST].e);
	CHECK(a && a->send.len == 36 && a->send.data[17] == 0x20 &&
	      get_u16(a->send.data + 34) == N_INVALID_MAJOR_VERSION, "no INVALID_MAJOR_VERSION");
	pair_end(&p, "versions");
	unit_done("ike_cases/versions");
}

/* ---- ports ---- */

/* As strongSwan with MOBIKE does: everything after IKE_SA_INIT on port 4500. */
static bool float_ports(struct pair *p, struct packet *pkt)
{
	(void)p;
	if (pkt->data[18] == EXCH_IKE_SA_INIT)
		return true;
	if (pkt->from == WEST) {
		pkt->local.port = 4500;
		pkt->remote.port = 4500;
	} else {
		CHECK(pkt->local.port == 4500 && pkt->remote.port == 4500, "east answers on port %u", pkt->local.port);
		pkt->local.port = 500;
		pkt->remote.port = 500;
	}
	return true;
}

static void test_port_4500(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	p.hook = float_ports;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "not up");
	ike_conn_down(p.n[EAST].e, CONN, p.now);
	pair_run(&p);
	CHECK(p.n[WEST].downs == 1, "the DELETE went elsewhere");
	pair_end(&p, "port_4500");
	unit_done("ike_cases/port_4500");
}

/* ---- after it is up ---- */

static struct ike_sa *up_sa(struct pair *p, int i)
{
	return conn_find(p->n[i].e, CONN)->current;
}

static bool seen_hook(struct pair *p, struct packet *pkt)
{
	if (pkt->from == EAST && pkt->data[19] & IKE_FLAG_RESPONSE)
		*(struct packet **)p->ctx = packet_new(EAST, &pkt->local, &pkt->remote, pkt->data, pkt->len);
	return false;
}

/* East's answer to an authenticated request with @inner: the first payload's type and body. */
static uint8_t ask_east(struct pair *p, uint8_t exchange, uint8_t first, const uint8_t *inner, size_t len,
			uint8_t *body, size_t *body_len)
{
	struct ike_sa *sa = up_sa(p, EAST), mirror;
	struct packet *answer = NULL;
	uint8_t buf[512], plain[512], type = 255;
	struct ike_payloads in;
	size_t n;

	mirror = *up_sa(p, WEST);
	n = forge(sa, exchange, false, sa->in.next, first, inner, len, buf, sizeof(buf));
	p->hook = seen_hook;
	p->ctx = &answer;
	pair_deliver(p, EAST, &p->n[EAST].addr, &p->n[WEST].addr, buf, n);
	pair_run(p);
	p->hook = NULL;
	if (!answer)
		return 254;
	n = unseal(&mirror, answer, plain, &type);
	free(answer);
	*body_len = 0;
	if (!type)
		return 0;
	CHECK(!ike_chain_parse(type, (struct view){ plain, n }, &in), "an answer that cannot be read");
	*body_len = in.list[0].body.len;
	memcpy(body, in.list[0].body.p, *body_len);
	return type;
}

static void test_requests(void)
{
	struct ike_writer w;
	uint8_t inner[256], body[256], type;
	struct pair p;
	size_t len;

	pair_init(&p, &env);
	pair_load(&p);
	pair_up(&p, WEST);
	CHECK(!ask_east(&p, EXCH_INFORMATIONAL, 0, inner, 0, body, &len), "liveness");
	type = ask_east(&p, EXCH_CREATE_CHILD_SA, 0, inner, 0, body, &len);
	CHECK(type == PLD_NOTIFY && get_u16(body + 2) == N_INVALID_SYNTAX, "CREATE_CHILD_SA without anything");
	type = ask_east(&p, EXCH_IKE_AUTH, 0, inner, 0, body, &len);
	CHECK(type == PLD_NOTIFY && get_u16(body + 2) == N_INVALID_SYNTAX, "IKE_AUTH again");
	type = ask_east(&p, 77, 0, inner, 0, body, &len);
	CHECK(type == PLD_NOTIFY && get_u16(body + 2) == N_INVALID_SYNTAX, "unknown exchange");
	memcpy(inner, "\0\x80\0\4", 4);
	type = ask_east(&p, EXCH_INFORMATIONAL, 200, inner, 4, body, &len);
	CHECK(type == PLD_NOTIFY && get_u16(body + 2) == N_UNSUPPORTED_CRITICAL_PAYLOAD && body[4] == 200, "critical");
	inner[1] = 0;
	CHECK(!ask_east(&p, EXCH_INFORMATIONAL, 200, inner, 4, body, &len), "unknown, not critical");
	type = ask_east(&p, EXCH_INFORMATIONAL, PLD_DELETE, inner, 3, body, &len);
	CHECK(type == PLD_NOTIFY && get_u16(body + 2) == N_INVALID_SYNTAX, "malformed");
	CHECK(pair_is_up(&p), "the tunnel suffered");
	/* DELETE of the Child SA: answered with ours, and then the IKE SA goes too. */
	w_init(&w, inner, sizeof(inner));
	w_delete_esp(&w, node_child(&p.n[WEST])->spi_in, 1);
	memcpy(body + 100, node_child(&p.n[EAST])->spi_in, 4);
	type = ask_east(&p, EXCH_INFORMATIONAL, PLD_DELETE, inner, w.len, body, &len);
	CHECK(type == PLD_DELETE && len == 8 && body[0] == PROTO_ESP && !memcmp(body + 4, body + 100, 4), "DELETE of ESP");
	CHECK(p.n[EAST].downs == 1 && !node_child(&p.n[EAST]), "the Child SA stands");
	pair_end(&p, "requests");
	unit_done("ike_cases/requests");
}

static void test_liveness(void)
{
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	pair_up(&p, WEST);
	p.sent = 0;
	pair_wait(&p, 60500);
	CHECK(p.sent == 2 || p.sent == 4, "%u datagrams in a minute of silence", p.sent);
	p.hook = drop_all;
	pair_wait(&p, 92000);
	CHECK(p.n[WEST].downs == 1 && p.n[EAST].downs == 1 && p.n[EAST].last_reason == IKE_NO_ANSWER &&
	      says(&p.n[EAST], "192.1.2.45 does not answer any more"), "%s", p.n[EAST].last_text);
	p.hook = NULL;
	pair_wait(&p, 60000);
	CHECK(pair_is_up(&p), "west wants it, and it is not back");
	pair_end(&p, "liveness");
	unit_done("ike_cases/liveness");
}

/* West crashed and comes back: east gives up the old without asking, and its route stays. */
static void test_restart(void)
{
	struct ike_conn_config c;
	struct ike_env again = env;
	struct pair p;

	pair_init(&p, &env);
	pair_load(&p);
	pair_up(&p, WEST);
	ike_engine_free(p.n[WEST].e);
	node_init(&p.n[WEST], "west", 45, 777, &again);
	p.n[WEST].next_spi += 500;
	c = pair_config(&p, WEST);
	ike_conn_add(p.n[WEST].e, &c);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "not up, or not alone");
	CHECK(!p.n[EAST].downs && p.n[EAST].ups == 2 && p.n[EAST].e->n_sas == 1, "east: %u downs, %u IKE SAs",
	      p.n[EAST].downs, p.n[EAST].e->n_sas);
	CHECK(node_owner(&p.n[EAST], CONN)->child == node_child(&p.n[EAST])->child, "the eroute is lost");
	pair_end(&p, "restart");
	unit_done("ike_cases/restart");
}

/* The same id from another address: a crashed one that moved, or (uniqueids=no) somebody else. */
static void test_unique(bool shared)
{
	struct ike_env own[2] = { env, env };
	struct ike_conn_config c;
	struct pair p;
	int i;

	own[0].shared_ids = own[1].shared_ids = shared;
	pair_init(&p, &own[0]);
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		if (i == EAST)
			memset(&c.remote, 0, sizeof(c.remote));
		c.n_local_ts = i == EAST;
		c.n_remote_ts = i == WEST;
		CHECK(!ike_conn_add(p.n[i].e, &c), "ike_conn_add");
	}
	pair_up(&p, WEST);
	CHECK(node_installed(&p.n[EAST]) == 1, "not up");
	ike_engine_free(p.n[WEST].e);
	node_init(&p.n[WEST], "west", 46, 777, &own[1]);
	c = pair_config(&p, WEST);
	c.n_local_ts = 0;
	ike_conn_add(p.n[WEST].e, &c);
	pair_up(&p, WEST);
	CHECK(node_installed(&p.n[EAST]) == (shared ? 2 : 1), "shared %d: %u Child SAs", shared, node_installed(&p.n[EAST]));
	CHECK(p.n[EAST].e->n_sas == (shared ? 2 : 1), "shared %d: %u IKE SAs", shared, p.n[EAST].e->n_sas);
	if (shared)
		p.n[EAST].trouble = NULL;	/* the model of the kernel knows of one peer a conn */
	pair_end(&p, "unique");
	unit_done(shared ? "ike_cases/shared ids" : "ike_cases/unique ids");
}

/* A second conn between the same two identities: neither ends the other. */
static void test_two_conns(void)
{
	struct ike_conn_config c;
	struct pair p;
	int i;

	pair_init(&p, &env);
	pair_load(&p);
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		c.name = "second";
		c.local_ts[0].start[1] += 100;
		c.local_ts[0].end[1] += 100;
		c.remote_ts[0].start[1] += 100;
		c.remote_ts[0].end[1] += 100;
		ike_conn_add(p.n[i].e, &c);
	}
	pair_up(&p, WEST);
	ike_conn_up(p.n[WEST].e, "second", p.now);
	pair_run(&p);
	pair_wait(&p, 200000);
	CHECK(node_installed(&p.n[WEST]) == 2 && node_installed(&p.n[EAST]) == 2, "%u and %u Child SAs",
	      node_installed(&p.n[WEST]), node_installed(&p.n[EAST]));
	CHECK(!p.n[WEST].downs && !p.n[EAST].downs, "something went down");
	ike_conn_delete(p.n[WEST].e, "second", p.now);
	pair_run(&p);
	CHECK(node_installed(&p.n[EAST]) == 1 && conn_find(p.n[EAST].e, CONN)->current, "the wrong one went down");
	pair_end(&p, "two_conns");
	unit_done("ike_cases/two_conns");
}

static void test_lifetime(void)
{
	struct ike_conn_config c;
	struct pair p;
	int i;

	pair_init(&p, &env);
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		c.ike_lifetime = 3600;
		c.sa_lifetime = 600;
		ike_conn_add(p.n[i].e, &c);
	}
	pair_up(&p, WEST);
	pair_wait(&p, 3000000);
	CHECK(pair_is_up(&p) && p.n[WEST].ups == 1 && p.n[WEST].installs >= 5 && !p.n[WEST].downs && !p.n[EAST].downs,
	      "%u ups, %u Child SAs, %u and %u downs", p.n[WEST].ups, p.n[WEST].installs, p.n[WEST].downs, p.n[EAST].downs);
	conn_find(p.n[WEST].e, CONN)->wanted = false;
	for (i = 0; i < 2; i++)
		conn_find(p.n[i].e, CONN)->cfg.no_rekey = true;
	pair_wait(&p, 1300000);
	CHECK(p.n[WEST].downs == 1 && p.n[EAST].downs == 1, "outlives its lifetime");
	pair_end(&p, "lifetime");
	unit_done("ike_cases/lifetime");
}

static void test_delete_midway(void)
{
	struct pair p;
	unsigned int kind;

	for (kind = IKE_DH_GENERATE; kind <= IKE_INSTALL; kind++) {
		pair_init(&p, &env);
		pair_load(&p);
		p.n[kind & 1].hold = 1u << kind;
		pair_up(&p, WEST);
		ike_conn_delete(p.n[kind & 1].e, CONN, p.now);
		pair_run(&p);
		pair_release(&p);
		pair_wait(&p, 200000);
		CHECK(!node_child(&p.n[WEST]) && !node_child(&p.n[EAST]), "kind %u: something stands", kind);
		pair_end(&p, "delete_midway");
	}
	unit_done("ike_cases/delete_midway");
}

static void test_add(void)
{
	struct ike_conn_config good, c;
	struct pair p;
	int i;

	pair_init(&p, &env);
	good = pair_config(&p, WEST);
	for (i = 0; i < 9; i++) {
		c = good;
		if (i == 0)
			c.name = "";
		if (i == 1)
			c.local.family = 0;
		if (i == 2)
			c.n_ike = 0;
		if (i == 3)
			c.n_esp = IKE_MAX_PROPOSALS + 1;
		if (i == 4)
			c.ike[0].dh = 1;
		if (i == 5)
			c.esp[0].integ = 12;
		if (i == 6)
			c.local_ts[0].end[0] = 1;
		if (i == 7)
			c.local_id.type = 0;
		if (i == 8)
			c.remote.family = AF_INET6;
		CHECK(ike_conn_add(p.n[WEST].e, &c) == -EINVAL, "case %d", i);
	}
	CHECK(!ike_conn_add(p.n[WEST].e, &good), "good");
	CHECK(ike_conn_add(p.n[WEST].e, &good) == -EEXIST, "twice");
	c = good;
	c.name = "any";
	c.remote.family = 0;
	CHECK(!ike_conn_add(p.n[WEST].e, &c) && ike_conn_up(p.n[WEST].e, "any", 0) == -EDESTADDRREQ, "any peer");
	CHECK(ike_conn_up(p.n[WEST].e, "none", 0) == -ENOENT && ike_conn_down(p.n[WEST].e, "none", 0) == -ENOENT &&
	      ike_conn_delete(p.n[WEST].e, "none", 0) == -ENOENT, "unknown names");
	pair_end(&p, "add");
	unit_done("ike_cases/add");
}

/* Cuts the message behind the nonce: so it may come from anywhere. */
static void without_natd(struct packet *pkt)
{
	struct ike_payloads in;

	CHECK(!ike_chain_parse(pkt->data[16], (struct view){ pkt->data + 28, pkt->len - 28 }, &in) &&
	      in.list[2].type == PLD_NONCE, "the third payload is not the nonce");
	pkt->len = in.list[2].body.p + in.list[2].body.len - pkt->data;
	pkt->data[in.list[2].body.p - 4 - pkt->data] = PLD_NONE;
	put_u32(pkt->data + 24, pkt->len);
}

/* Strangers with made-up addresses: a few half-open IKE SAs, then cookies, and a friend still gets in. */
static void test_flood(void)
{
	struct ike_conn_config c;
	struct packet *first = NULL;
	struct ike_addr from;
	struct pair p;
	unsigned int i, most = 0;

	pair_init(&p, &env);
	pair_load(&p);
	c = pair_config(&p, EAST);
	c.name = "any";
	c.remote.family = 0;
	ike_conn_add(p.n[EAST].e, &c);
	ike_conn_up(p.n[WEST].e, CONN, 0);
	pair_drain(&p, WEST);
	first = p.first;
	p.first = NULL;
	p.last = &p.first;
	p.hook = drop_all;
	without_natd(first);
	for (i = 0; i < 5000; i++) {
		put_u32(first->data, i + 1);
		from = node_addr(1 + i % 20);
		from.port = 1000 + i;
		pair_deliver(&p, EAST, &p.n[EAST].addr, &from, first->data, first->len);
		pair_run(&p);
		if (p.n[EAST].e->half_open > most)
			most = p.n[EAST].e->half_open;
	}
	CHECK(most == IKE_COOKIE_THRESHOLD, "%u half-open", most);
	p.hook = NULL;
	pair_wait(&p, 40000);
	CHECK(pair_is_up(&p), "the friend does not get in");
	free(first);
	pair_end(&p, "flood");
	unit_done("ike_cases/flood");
}

static void test_ipv6(void)
{
	struct pair p;
	int i;

	pair_init(&p, &env);
	for (i = 0; i < 2; i++) {
		p.n[i].addr = (struct ike_addr){ .family = AF_INET6, .port = 500,
						 .bytes = { 0x20, 1, 0xd, 0xb8, [15] = 1 + i } };
		p.n[i].addr.bytes[3] = i ? 23 : 45;
	}
	pair_load(&p);
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p), "not up: %s", p.n[WEST].last_text);
	pair_end(&p, "ipv6");
	unit_done("ike_cases/ipv6");
}

int main(void)
{
	test_up_down();
	test_silent();
	test_keyingtries();
	test_renew();
	test_wrong_psk();
	test_wrong_psk_back();
	test_no_secret();
	test_no_proposal();
	test_no_esp_proposal();
	test_no_conn();
	test_kernel_fails();
	test_cookie();
	test_invalid_ke();
	test_narrowing();
	test_repetitions();
	test_forged_notify();
	test_versions();
	test_port_4500();
	test_requests();
	test_liveness();
	test_restart();
	test_unique(false);
	test_unique(true);
	test_two_conns();
	test_lifetime();
	test_delete_midway();
	test_add();
	test_flood();
	test_ipv6();
	return unit_status();
}
