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
/* libs: -lcrypto -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup */
/*
 * Every allocation of a whole story fails once, and a run of them: nothing crashes, no SPI is
 * lost, and when there is memory again there is a tunnel again.
 */
#include <stddef.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__wrap_strdup(const char *s);

#define TEST_MALLOC __real_malloc

#include "ike_pair.h"

static unsigned int count, from, until;	/* those from @from to @until - 1 fail */

static int fails(void)
{
	return ++count >= from && count < until;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

enum story { PLAIN, CROSSING, REKEYING, SHARING, FRAGMENTS, LENDING, ADDKE, N_STORIES };

/* Another conn between the same two. */
static void load_second(struct pair *p)
{
	struct ike_conn_config c;
	int i;

	for (i = 0; i < 2; i++) {
		c = pair_config(p, i);
		c.name = "second";
		c.local_ts[0] = node_net(c.local_ts[0].start[1] + 60);
		c.remote_ts[0] = node_net(c.remote_ts[0].start[1] + 60);
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
}

static void lend(struct pair *p)
{
	struct ike_conn_config c;
	int i;

	for (i = 0; i < 2; i++) {
		ike_conn_delete(p->n[i].e, CONN, p->now);
		c = pair_config(p, i);
		pair_lend(&c, i);
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
}

/* Both conns with additional key exchanges, one of them too large for a packet. */
static void add_exchanges(struct pair *p)
{
	struct ike_conn_config c;
	int i;

	for (i = 0; i < 2; i++) {
		ike_conn_delete(p->n[i].e, CONN, p->now);
		c = pair_config(p, i);
		c.ike[0].addke[0] = KE_MLKEM1024;
		c.esp[0].dh = DH_X25519;
		c.esp[0].addke[0] = KE_MLKEM512;
		c.n_esp = 1;
		c.pfs = IKE_PFS_YES;
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
}

/* It shares the IKE SA, goes, comes back from the other side, and is rekeyed. */
static void share(struct pair *p)
{
	ike_conn_up(p->n[WEST].e, "second", p->now);
	pair_wait(p, 1000);
	ike_conn_rekey(p->n[EAST].e, "second", false, p->now);
	pair_wait(p, 1000);
	ike_conn_rekey(p->n[WEST].e, "second", true, p->now);
	pair_wait(p, 1000);
	ike_conn_down(p->n[WEST].e, CONN, p->now);
	pair_wait(p, 1000);
	ike_conn_down(p->n[WEST].e, "second", p->now);
	ike_conn_up(p->n[EAST].e, "second", p->now);
	ike_conn_up(p->n[WEST].e, CONN, p->now);
	pair_wait(p, 1000);
}

static bool is_up(struct pair *p, enum story story)
{
	int i;

	for (i = 0; story == SHARING && i < 2; i++)
		if (node_installed(&p->n[i]) != 2 || !conn_find(p->n[i].e, CONN)->current ||
		    !conn_find(p->n[i].e, "second")->current)
			return false;
	return story == SHARING || pair_is_up(p);
}

/* How many allocations the story takes; the run with failures from @a to @b. */
static unsigned int run(unsigned int a, unsigned int b, enum story story)
{
	struct ike_env env = { 0 };
	unsigned int all, i;
	struct pair p;

	from = UINT32_MAX;
	pair_init(&p, &env);
	p.n[WEST].fake_dh = true;
	p.n[EAST].fake_dh = true;
	pair_load(&p);
	for (i = 0; i < 2; i++) {
		p.n[i].n_certs = story == FRAGMENTS ? 2 : 0;
		p.n[i].cert_len = 500;
		conn_find(p.n[i].e, CONN)->cfg.frag = IKE_FRAG_FORCE;
		conn_find(p.n[i].e, CONN)->cfg.ppk = story == FRAGMENTS ? IKE_PPK_PROPOSE : IKE_PPK_NO;
		p.n[i].ppk_id = "ppk";
		p.n[i].ppk = "a secret for later";
	}
	load_second(&p);
	if (story == LENDING)
		lend(&p);
	if (story == ADDKE)
		add_exchanges(&p);
	count = 0;
	from = a;
	until = b;
	ike_conn_up(p.n[WEST].e, CONN, p.now);
	if (story == CROSSING)
		ike_conn_up(p.n[EAST].e, CONN, p.now);
	pair_run(&p);
	if (story == REKEYING || story == ADDKE) {
		for (i = 0; i < 4; i++) {
			ike_conn_rekey(p.n[i & 1].e, CONN, i & 2, p.now);
			pair_wait(&p, 1000);
		}
		ike_conn_rekey(p.n[WEST].e, CONN, true, p.now);
		ike_conn_rekey(p.n[EAST].e, CONN, true, p.now);
	}
	if (story == SHARING)
		share(&p);
	pair_wait(&p, 61000);
	all = count;
	from = UINT32_MAX;
	pair_wait(&p, 400000);
	CHECK(is_up(&p, story), "failures %u to %u: no tunnel", a, b);
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	ike_conn_down(p.n[EAST].e, CONN, p.now);
	ike_conn_down(p.n[WEST].e, "second", p.now);
	ike_conn_down(p.n[EAST].e, "second", p.now);
	pair_wait(&p, 200000);
	for (i = 0; i < 2; i++) {
		CHECK(!node_spi_count(&p.n[i]) && !p.n[i].e->n_sas && !p.n[i].e->half_open && !p.n[i].e->heap.n &&
		      !p.n[i].trouble, "failures %u to %u: %s keeps %u SPIs, %u IKE SAs, %u half-open, %s", a, b,
		      p.n[i].name, node_spi_count(&p.n[i]), p.n[i].e->n_sas, p.n[i].e->half_open,
		      p.n[i].trouble ? p.n[i].trouble : "no misuse");
		ike_engine_free(p.n[i].e);
	}
	return all;
}

/* Loading fails too: -ENOMEM, and nothing of it is there. */
static void test_loading(void)
{
	struct ike_env env = { 0 };
	struct ike_conn_config c;
	unsigned int i;
	struct pair p;
	int err;

	for (i = 1; i < 8; i++) {
		from = UINT32_MAX;
		pair_init(&p, &env);
		c = pair_config(&p, WEST);
		count = 0;
		from = i;
		until = i + 1;
		err = ike_conn_add(p.n[WEST].e, &c);
		from = UINT32_MAX;
		CHECK(err ? err == -ENOMEM && !p.n[WEST].e->n_conns && !p.n[WEST].e->heap.reserved : count < i,
		      "failure %u: %d", i, err);
		ike_engine_free(p.n[WEST].e);
		ike_engine_free(p.n[EAST].e);
	}
	unit_done("ike_memory/loading");
}

int main(void)
{
	static const char *const names[] = { "ike_memory/plain", "ike_memory/crossing", "ike_memory/rekeying", "ike_memory/sharing",
					    "ike_memory/fragments", "ike_memory/lending", "ike_memory/additional key exchanges" };
	unsigned int n, a, story;

	for (story = 0; story < N_STORIES; story++) {
		n = run(UINT32_MAX, 0, story);
		CHECK(n > 50, "only %u allocations", n);
		for (a = 1; a <= n; a++) {
			run(a, a + 1, story);
			run(a, a + 5, story);
		}
		printf("# %u allocations\n", n);
		unit_done(names[story]);
	}
	test_loading();
	return unit_status();
}
