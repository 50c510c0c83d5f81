// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/linger.c userland/lib/said.c userland/lib/addr.c userland/lib/value.c */
/* What a rekeyed Child SA leaves in the kernel, and for how long. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linger.h"
#include "loop.h"
#include "unit.h"

static uint64_t now = 1000;
static char ended[64];			/* serials, in order */
static unsigned int released;		/* eroutes */

uint64_t loop_now(void)
{
	return now;
}

void child_let_go(struct pfkey *pk, struct child *k)
{
	(void)pk;
	released += k->n_eroutes;
	k->n_eroutes = 0;
}

void child_undo(struct pfkey *pk, struct child *k)
{
	size_t len = strlen(ended);

	child_let_go(pk, k);
	snprintf(ended + len, sizeof(ended) - len, "%s%u", len ? " " : "", k->serial);
	free(k);
}

static struct child *child(uint32_t serial, const char *conn)
{
	struct child *k = calloc(1, sizeof(*k));

	CHECK(k, "no memory");
	k->serial = serial;
	strcpy(k->conn, conn);
	k->n_eroutes = 1;
	k->has_in = k->has_out = true;
	CHECK(!addr_parse("192.0.2.2", AF_UNSPEC, &k->out.dst), "addr");
	k->out.spi = htonl(serial);
	k->out.proto = IPPROTO_ESP;
	return k;
}

static void gone(const char *serials, const char *when)
{
	CHECK(!strcmp(ended, serials), "%s: ended '%s', not '%s'", when, ended, serials);
	ended[0] = '\0';
}

static void at(uint64_t ms, const char *serials, const char *when)
{
	now = ms;
	linger_serve(NULL);
	gone(serials, when);
}

/* Its eroutes are not its own any more, and nothing else is missing before its time. */
static void test_rekeyed(void)
{
	struct child new = { .serial = 9, .conn = "A", .n_eroutes = 1 };

	CHECK(linger_deadline() == UINT64_MAX, "a deadline of nothing");
	linger_remove(NULL, &new, child(1, "a"));
	gone("", "rekeyed");
	CHECK(released == 1, "its eroutes would come back with the end of the new one");
	CHECK(linger_deadline() == 1000 + LINGER_MS, "deadline %llu", (unsigned long long)linger_deadline());
	at(1500, "", "not yet");
	linger_remove(NULL, &new, child(2, "a"));
	CHECK(linger_deadline() == 1000 + LINGER_MS, "the first one's");
	at(999 + LINGER_MS, "", "a moment too soon");
	at(1000 + LINGER_MS, "1", "the first");
	CHECK(linger_deadline() == 1500 + LINGER_MS, "the second one's");
	at(5000 + LINGER_MS, "2", "the second");
	CHECK(linger_deadline() == UINT64_MAX, "a deadline of what has ended");
	linger_remove(NULL, &new, child(3, "a"));
	at(now + LINGER_MS, "3", "after all had gone");
	unit_done("linger/rekeyed");
}

/* Nothing stays of a tunnel that is down, of others it does. */
static void test_down(void)
{
	struct child b = { .serial = 8, .conn = "b", .n_eroutes = 1 };
	struct child fresh = { .next = &b, .serial = 9, .conn = "a" };
	struct child new = { .next = &b, .serial = 10, .conn = "a", .n_eroutes = 1 };

	linger_remove(NULL, NULL, child(1, "a"));
	gone("1", "the only one");
	linger_remove(NULL, &fresh, child(1, "a"));
	gone("1", "another has no traffic yet, or is another conn's");
	linger_remove(NULL, &new, child(1, "a"));
	linger_remove(NULL, &b, child(2, "b"));
	linger_remove(NULL, &new, child(3, "a"));
	gone("", "rekeyed");
	linger_remove(NULL, &b, child(4, "a"));
	gone("1 3 4", "down");
	linger_remove(NULL, &b, child(5, "b"));
	at(now + LINGER_MS, "2 5", "the other conn's");
	unit_done("linger/down");
}

static void test_many(void)
{
	struct child b = { .conn = "b", .n_eroutes = 1 };
	struct child a = { .next = &b, .conn = "a", .n_eroutes = 1 };
	uint32_t i;

	linger_remove(NULL, &a, child(1, "b"));
	for (i = 0; i < LINGER_MAX; i++)
		linger_remove(NULL, &a, child(10 + i, "a"));
	gone("", "as many as may be");
	linger_remove(NULL, &a, child(30, "a"));
	gone("10", "one more");
	linger_close(NULL);
	gone("1 11 12 13 14 15 16 17 30", "the end");
	CHECK(linger_deadline() == UINT64_MAX, "a deadline after the end");
	linger_remove(NULL, &a, child(1, "b"));
	at(now + LINGER_MS, "1", "after the end");
	unit_done("linger/many");
}

/* A peer that began anew may choose the SPI of before. */
static void test_give_way(void)
{
	struct child a = { .conn = "a", .n_eroutes = 1 };
	struct child *one = child(1, "a"), *two = child(2, "a");
	struct said said = two->out;

	linger_remove(NULL, &a, one);
	linger_remove(NULL, &a, two);
	CHECK(linger_give_way(NULL, &said), "it is there");
	gone("2", "given way");
	CHECK(!linger_give_way(NULL, &said), "it is there no more");
	linger_remove(NULL, &a, child(3, "a"));
	at(now + LINGER_MS, "1 3", "the others");
	unit_done("linger/give-way");
}

int main(void)
{
	test_rekeyed();
	test_down();
	test_many();
	test_give_way();
	return unit_status();
}
