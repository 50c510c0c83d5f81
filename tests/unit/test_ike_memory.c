// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_action.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_payload.c userland/pluto/ike_proposal.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
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

/* How many allocations the story takes; the run with failures from @a to @b. */
static unsigned int run(unsigned int a, unsigned int b, bool crossing)
{
	struct ike_env env = { 0 };
	unsigned int all, i;
	struct pair p;

	from = UINT32_MAX;
	pair_init(&p, &env);
	p.n[WEST].fake_dh = true;
	p.n[EAST].fake_dh = true;
	pair_load(&p);
	count = 0;
	from = a;
	until = b;
	ike_conn_up(p.n[WEST].e, CONN, p.now);
	if (crossing)
		ike_conn_up(p.n[EAST].e, CONN, p.now);
	pair_run(&p);
	pair_wait(&p, 61000);
	all = count;
	from = UINT32_MAX;
	pair_wait(&p, 400000);
	CHECK(pair_is_up(&p), "failures %u to %u: no tunnel", a, b);
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	ike_conn_down(p.n[EAST].e, CONN, p.now);
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
	unsigned int n, a, crossing;

	for (crossing = 0; crossing < 2; crossing++) {
		n = run(UINT32_MAX, 0, crossing);
		CHECK(n > 50, "only %u allocations", n);
		for (a = 1; a <= n; a++) {
			run(a, a + 1, crossing);
			run(a, a + 5, crossing);
		}
		printf("# %u allocations\n", n);
		unit_done(crossing ? "ike_memory/crossing" : "ike_memory/plain");
	}
	test_loading();
	return unit_status();
}
