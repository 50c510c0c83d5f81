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
/* sources: userland/pluto/qcd_file.c */
/*
 * Quick crash detection, RFC 6290: who has lost its IKE SAs says so with a token that nobody else could make, and
 * that nobody gets while the IKE SA stands. And the file that the secret is in.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "ike_pair.h"
#include "qcd_file.h"

static void start(struct pair *p)
{
	static struct ike_env env;

	memset(&env, 0, sizeof(env));
	pair_init(p, &env);
	pair_load(p);
	pair_up(p, WEST);
	CHECK(pair_is_up(p), "not up");
}

/* It begins anew with nothing but the secret, or another one. */
static void restart(struct pair *p, int i, bool same)
{
	struct node *n = &p->n[i], old = *n;
	struct ike_env env = n->e->env;
	struct ike_conn_config c;

	ike_engine_free(n->e);
	node_init(n, old.name, old.addr.bytes[3], 77, &env);
	if (!same) {
		env.qcd_secret[0] ^= 1;
		ike_engine_free(n->e);
		n->e = ike_engine_new(&env);
	}
	n->next_spi = old.next_spi;
	c = pair_config(p, i);
	CHECK(!ike_conn_add(n->e, &c), "ike_conn_add");
}

static void crashes(void)
{
	unsigned int sent;
	struct pair p;
	int i;

	for (i = 0; i < 2; i++) {
		start(&p);
		restart(&p, i, true);
		conn_find(p.n[!i].e, CONN)->wanted = false;
		conn_find(p.n[!i].e, CONN)->cfg.dpd_action = IKE_DPD_CLEAR;
		sent = p.sent;
		pair_wait(&p, IKE_LIVENESS_MS + 10);
		CHECK(!p.n[!i].e->n_sas && p.n[!i].downs == 1 && !node_installed(&p.n[!i]), "crash of %d: the IKE SA stays", i);
		CHECK(p.sent == sent + 2, "crash of %d: %u datagrams", i, p.sent - sent);
		CHECK(strstr(p.n[!i].last_text, "has begun anew"), "%s", p.n[!i].last_text);
		pair_end(&p, "crashes");

		/* Without the secret it takes all repetitions. */
		start(&p);
		restart(&p, i, false);
		conn_find(p.n[!i].e, CONN)->wanted = false;
		pair_wait(&p, IKE_LIVENESS_MS + 10000);
		CHECK(p.n[!i].e->n_sas == 1, "crash of %d: another token is believed", i);
		pair_wait(&p, 40000);
		CHECK(!p.n[!i].e->n_sas && strstr(p.n[!i].last_text, "does not answer"), "%s", p.n[!i].last_text);
		pair_end(&p, "crashes");
	}
	unit_done("ike_qcd: a crash is noticed at once, with the right token only");
}

/* The one that is wanted comes up again by itself. */
static void again(void)
{
	struct pair p;

	start(&p);
	restart(&p, EAST, true);
	pair_wait(&p, IKE_LIVENESS_MS + 1000);
	CHECK(pair_is_up(&p) && p.n[WEST].ups == 2, "not up again: %s", p.n[WEST].last_text);
	pair_end(&p, "again");
	unit_done("ike_qcd: and it comes up again");
}

static uint8_t answer[512];
static size_t answer_len;

static bool catch(struct pair *p, struct packet *pkt)
{
	(void)p;
	answer_len = pkt->len < sizeof(answer) ? pkt->len : 0;
	memcpy(answer, pkt->data, answer_len);
	return false;
}

/* The answer has a token. */
static bool has_token(void)
{
	struct ike_payloads in;
	struct ike_notify n;
	bool found = answer_len && !ike_chain_parse(answer[16], (struct view){ answer + 28, answer_len - 28 }, &in) &&
		     ike_notify_find(&in, N_QCD_TOKEN, &n) && n.data.len == 32;

	return found;
}

/* A packet with these SPIs and flags for east; what it answers. */
static bool asks(struct pair *p, const uint8_t *spi_i, const uint8_t *spi_r, uint8_t flags, uint8_t next)
{
	uint8_t m[64] = { 0 };

	memcpy(m, spi_i, 8);
	memcpy(m + 8, spi_r, 8);
	m[16] = next;
	m[17] = 0x20;
	m[18] = EXCH_INFORMATIONAL;
	m[19] = flags;
	put_u32(m + 20, 9);
	put_u32(m + 24, sizeof(m));
	put_u16(m + 30, sizeof(m) - 28);
	answer_len = 0;
	pair_deliver(p, EAST, &p->n[EAST].addr, &p->n[WEST].addr, m, sizeof(m));
	pair_run(p);
	return has_token();
}

/* Nobody gets the token of an IKE SA that stands, by whatever direction he turns it. */
static void not_while_it_stands(void)
{
	static const uint8_t none[8], other[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t spi[2][8], own[8];
	struct pair p;
	unsigned int i, n = 0;

	for (i = 0; i < 2; i++) {
		start(&p);
		if (i)
			CHECK(!ike_conn_rekey(p.n[EAST].e, CONN, true, p.now), "rekey");
		pair_wait(&p, 100);
		p.hook = catch;
		memcpy(spi[0], p.n[EAST].e->all->spi_i, 8);
		memcpy(spi[1], p.n[EAST].e->all->spi_r, 8);
		for (n = 0; n < 8; n++)
			CHECK(!asks(&p, spi[n & 1], spi[!(n & 1)], n & 2 ? IKE_FLAG_INITIATOR : 0, n & 4 ? PLD_SK : PLD_SKF),
			      "case %u: it tells", n);
		memcpy(own, sa_my_spi(p.n[EAST].e->all), 8);
		CHECK(!asks(&p, own, other, 0, PLD_SK) && !asks(&p, other, own, IKE_FLAG_INITIATOR, PLD_SK) &&
		      !asks(&p, own, other, IKE_FLAG_INITIATOR, PLD_SK) && !asks(&p, other, own, 0, PLD_SK), "one that is in use");
		CHECK(!asks(&p, none, other, 0, PLD_SK) && !asks(&p, other, none, IKE_FLAG_INITIATOR, PLD_SK), "no SPI");
		CHECK(!asks(&p, other, other, IKE_FLAG_RESPONSE, PLD_SK), "an answer");
		CHECK(!asks(&p, other, other, 0, PLD_NOTIFY) && answer_len, "in the clear");
		CHECK(asks(&p, other, other, 0, PLD_SK), "one that is gone");
		p.hook = NULL;
		pair_end(&p, "stands");
	}
	start(&p);
	p.hook = catch;
	for (i = n = 0; i < 1000; i++)
		n += asks(&p, (uint8_t[8]){ 1, i >> 8, i }, other, 0, PLD_SK);
	CHECK(n > 10 && n <= 30, "%u of 1000 answers", n);
	p.hook = NULL;
	pair_end(&p, "many");
	unit_done("ike_qcd: not while it stands, and not too many");
}

/* West waits for an answer; what comes is made of the right token with something wrong. */
static void forged(void)
{
	struct ike_sa *west;
	uint8_t m[256];
	struct pair p;
	size_t i, at;

	start(&p);
	p.hook = catch;
	west = p.n[WEST].e->all;
	west->send_liveness = true;
	sa_send_next(west);
	pair_run(&p);
	memcpy(m, west->spi_i, 8);
	memcpy(m + 8, west->spi_r, 8);
	m[16] = PLD_NOTIFY;
	m[17] = 0x20;
	m[18] = EXCH_INFORMATIONAL;
	m[19] = IKE_FLAG_RESPONSE;
	put_u32(m + 20, west->out.id);
	at = 28;
	put_u32(m + at, 40);
	m[at + 4] = PROTO_IKE;
	m[at + 5] = 0;
	put_u16(m + at + 6, N_QCD_TOKEN);
	memcpy(m + at + 8, west->qcd, 32);
	put_u32(m + 24, at + 40);
	for (i = 0; i < 256; i++) {
		m[at + 8 + i / 8] ^= 1 << i % 8;
		pair_deliver(&p, WEST, &p.n[WEST].addr, &p.n[EAST].addr, m, at + 40);
		m[at + 8 + i / 8] ^= 1 << i % 8;
	}
	m[23]++;
	pair_deliver(&p, WEST, &p.n[WEST].addr, &p.n[EAST].addr, m, at + 40);
	m[23]--;
	for (i = 0; i < 32; i++) {	/* shorter */
		put_u16(m + at + 2, 8 + i);
		put_u32(m + 24, at + 8 + i);
		pair_deliver(&p, WEST, &p.n[WEST].addr, &p.n[EAST].addr, m, at + 8 + i);
	}
	CHECK(p.n[WEST].e->n_sas == 1 && west->state == SA_UP, "a forged token is believed");
	put_u16(m + at + 2, 40);
	put_u32(m + 24, at + 40);
	pair_deliver(&p, WEST, &p.n[WEST].addr, &p.n[EAST].addr, m, at + 40);
	CHECK(!p.n[WEST].e->n_sas, "the right one is not");
	p.hook = NULL;
	pair_end(&p, "forged");
	unit_done("ike_qcd: forged tokens");
}

/* A rekeyed IKE SA has its own. */
static void rekeyed(void)
{
	struct pair p;
	int i;

	for (i = 0; i < 2; i++) {
		start(&p);
		CHECK(!ike_conn_rekey(p.n[i].e, CONN, true, p.now), "rekey");
		pair_wait(&p, 100);
		CHECK(p.n[WEST].e->all->qcd_len == 32 && p.n[EAST].e->all->qcd_len == 32 &&
		      !p.n[WEST].e->all->send_qcd && !p.n[EAST].e->all->send_qcd, "by %d: no tokens after rekeying: %u, %u", i,
		      p.n[WEST].e->all->qcd_len, p.n[EAST].e->all->qcd_len);
		/* A request of the one who answered would come before the other one is ready for it. */
		CHECK(p.n[i].e->all->out_next == 1 && !p.n[!i].e->all->out_next,
		      "by %d: the token of who answers is not in the answer", i);
		restart(&p, EAST, true);
		conn_find(p.n[WEST].e, CONN)->wanted = false;
		pair_wait(&p, IKE_LIVENESS_MS + 1000);
		CHECK(!p.n[WEST].e->n_sas, "not noticed");
		pair_end(&p, "rekeyed");
	}
	unit_done("ike_qcd: after rekeying");
}

static void file(void)
{
	uint8_t a[QCD_SECRET], b[QCD_SECRET], got[QCD_SECRET];
	char top[] = "/tmp/test_qcd.XXXXXX", dir[64], path[80];
	struct stat st;

	CHECK(mkdtemp(top), "mkdtemp");
	snprintf(dir, sizeof(dir), "%s/var", top);
	snprintf(path, sizeof(path), "%s/qcd.secret", dir);
	memset(a, 1, sizeof(a));
	memset(b, 2, sizeof(b));
	CHECK(!qcd_secret(dir, a, got) && !memcmp(got, a, sizeof(a)), "the first");
	CHECK(!stat(path, &st) && (st.st_mode & 07777) == 0600 && st.st_size == QCD_SECRET, "mode %o", st.st_mode);
	CHECK(!stat(dir, &st) && (st.st_mode & 07777) == 0700, "mode of the directory %o", st.st_mode);
	CHECK(!qcd_secret(dir, b, got) && !memcmp(got, a, sizeof(a)), "not kept");
	CHECK(!chmod(path, 0640) && !qcd_secret(dir, b, got) && !memcmp(got, b, sizeof(b)), "others have read it");
	CHECK(!stat(path, &st) && (st.st_mode & 07777) == 0600, "mode %o", st.st_mode);
	CHECK(!truncate(path, 31) && !qcd_secret(dir, a, got) && !memcmp(got, a, sizeof(a)), "half of it");
	CHECK(!truncate(path, 33) && !qcd_secret(dir, b, got) && !memcmp(got, b, sizeof(b)), "more than it");
	CHECK(!unlink(path) && !mkdir(path, 0700), "a directory in its place");
	CHECK(qcd_secret(dir, a, got) && !memcmp(got, a, sizeof(a)), "what cannot be written is not told");
	rmdir(path);
	snprintf(path, sizeof(path), "%s/qcd.secret.new", dir);
	unlink(path);
	CHECK(!rmdir(dir) && !rmdir(top), "something is left");
	CHECK(qcd_secret("/nowhere/at/all", a, got) && !memcmp(got, a, sizeof(a)), "no directory");
	unit_done("ike_qcd: the file of the secret");
}

int main(void)
{
	crashes();
	again();
	not_while_it_stands();
	forged();
	rekeyed();
	file();
	return unit_status();
}
