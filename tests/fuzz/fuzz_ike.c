// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/ike_*.c userland/lib/dn.c userland/lib/rsakey.c */
/*
 * libFuzzer: a story of two engines. Each byte of the input is a step: a datagram of any bytes, a
 * message with the right keys and any bytes inside, time, a command, a datagram lost. Build:
 * clang -std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -Iuserland/pluto -Itests/unit
 * tests/fuzz/fuzz_ike.c userland/pluto/ike_*.c userland/lib/dn.c userland/lib/rsakey.c -Iuserland/lib -lcrypto -lgmp
 */
#include <stdio.h>

#include "ike_pair.h"

struct input {
	const uint8_t *p;
	size_t len;
};

static uint8_t byte(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->p++;
}

/* The next bytes, as many as the next byte (times two) says. */
static struct view some(struct input *in)
{
	size_t len = 2 * byte(in);
	struct view v;

	if (len > in->len)
		len = in->len;
	v = (struct view){ in->p, len };
	in->p += len;
	in->len -= len;
	return v;
}

static void raw(struct pair *p, int to, struct view v)
{
	pair_deliver(p, to, &p->n[to].addr, &p->n[!to].addr, v.p, v.len);
}

/* Any bytes behind a right header. */
static void headed(struct pair *p, int to, uint8_t exchange, uint8_t first, struct view v)
{
	const struct ike_sa *sa = p->n[to].e->all;
	uint8_t out[2048];
	size_t len;

	if (!sa)
		return;
	len = forge(sa, EXCH_IKE_SA_INIT + exchange % 5, sa->out.data, sa->out.data ? sa->out.id : sa->in.next,
		    0, NULL, 0, out, sizeof(out));
	out[16] = first;
	memcpy(out + len, v.p, v.len);
	put_u32(out + 24, len + v.len);
	raw(p, to, (struct view){ out, len + v.len });
}

static void sealed(struct pair *p, int to, uint8_t exchange, uint8_t first, struct view v)
{
	const struct ike_sa *sa = p->n[to].e->all;
	static const uint8_t exchanges[] = { EXCH_IKE_SA_INIT, EXCH_IKE_AUTH, EXCH_CREATE_CHILD_SA, EXCH_INFORMATIONAL, 38,
		EXCH_IKE_INTERMEDIATE, EXCH_IKE_FOLLOWUP_KE };
	bool response = exchange & 0x80;
	uint8_t out[2048];
	size_t len;

	if (!sa || !sa->keys.ready)
		return;
	len = forge(sa, exchanges[exchange % sizeof(exchanges)], response, response ? sa->out.id : sa->in.next, first,
		    v.p, v.len, out, sizeof(out));
	raw(p, to, (struct view){ out, len });
}

static bool lossy(struct pair *p, struct packet *pkt)
{
	(void)pkt;
	return !(byte(p->ctx) & 1);
}

static void step(struct pair *p, struct input *in, uint8_t op)
{
	int to = op & 1;
	uint8_t a, b;

	switch (op >> 1 & 7) {
	case 0:
		raw(p, to, some(in));
		break;
	case 1:
		a = byte(in);
		b = byte(in);
		headed(p, to, a, b, some(in));
		break;
	case 2:
		a = byte(in);
		b = byte(in);
		sealed(p, to, a, b, some(in));
		break;
	case 3:
		pair_wait(p, 500 * byte(in));
		break;
	case 4:
		ike_conn_up(p->n[to].e, CONN, p->now);
		break;
	case 5:
		ike_conn_down(p->n[to].e, CONN, p->now);
		break;
	case 6:
		p->n[to].hold = 1u << (IKE_DH_GENERATE + byte(in) % 7);
		break;
	default:
		pair_release(p);
	}
	if (op & 0x80)
		return;			/* more before anything is answered */
	p->hook = op & 0x40 ? lossy : NULL;
	pair_run(p);
	p->hook = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct ike_env env = { .cookie_threshold = 3 };
	struct pair p;
	int before = unit_failures_now;

	pair_init(&p, &env);
	p.n[WEST].fake_dh = true;
	p.n[EAST].fake_dh = true;
	pair_load(&p);
	p.ctx = &in;
	while (in.len)
		step(&p, &in, byte(&in));
	pair_end(&p, "fuzz");
	if (unit_failures_now != before)
		abort();
	return 0;
}
