// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/resolver.c userland/pluto/process.c userland/pluto/privileges.c userland/lib/addr.c userland/lib/value.c */
/*
 * Names of peers: this program again is the process that looks them up, with a getaddrinfo() that reads files, and time goes
 * on when the test says so.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn.h"
#include "loop.h"
#include "plog.h"
#include "resolver.h"
#include "unit.h"

static char said[512];
static unsigned int oriented;

void plog(int level, const char *conn, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	(void)conn;
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

void conns_orient(void)
{
	oriented++;
}

/* ---- time, and one event after the other ---- */

static uint64_t now = 1000;
static struct watch *watched[16];

uint64_t loop_now(void)
{
	return now;
}

int loop_add(struct watch *w, uint32_t events)
{
	unsigned int i = 0;

	(void)events;
	while (watched[i])
		i++;
	watched[i] = w;
	return 0;
}

void loop_del(struct watch *w)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		if (watched[i] == w)
			watched[i] = NULL;
}

static unsigned int under_way(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < 16; i++)
		n += watched[i] != NULL;
	return n;
}

/* Until nothing is under way any more. */
static void serve(void)
{
	unsigned int i;

	resolver_tick();
	while (under_way()) {
		for (i = 0; i < 16; i++) {
			struct pollfd p = { .fd = watched[i] ? watched[i]->fd : -1, .events = POLLIN };

			if (watched[i] && poll(&p, 1, 10) == 1)
				watched[i]->ready(watched[i], 0);
		}
	}
}

/* ---- what the name servers know: a file for each name, an address in each line ---- */

static char *file_of(const char *name)
{
	static char path[400];

	snprintf(path, sizeof(path), "/tmp/test_resolver.%s", name);
	return path;
}

static void zone(const char *name, const char *addresses)
{
	FILE *f = fopen(file_of(name), "w");

	CHECK(f && fputs(addresses, f) >= 0 && !fclose(f), "%s", file_of(name));
}

int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
		struct addrinfo **restrict list)
{
	FILE *f = fopen(file_of(name), "r");
	struct addrinfo **end = list;
	struct sockaddr_storage *ss;
	struct ip_addr addr;
	char line[100];

	(void)service;
	if (!f)
		return EAI_NONAME;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "hang"))
			pause();
		if (!strcmp(line, "die"))
			abort();
		addr_parse(line, hints->ai_family, &addr);
		*end = calloc(1, sizeof(**end) + sizeof(*ss));
		ss = (struct sockaddr_storage *)(*end + 1);
		(*end)->ai_addrlen = addr_to_sockaddr(&addr, 0, ss);
		(*end)->ai_addr = (struct sockaddr *)ss;
		end = &(*end)->ai_next;
	}
	fclose(f);
	return *list ? 0 : EAI_NODATA;
}

/* ---- the tests ---- */

static char gw[64], other[64];

static bool never(void *ctx, const struct ip_addr *addr)
{
	(void)ctx;
	(void)addr;
	return false;
}

static bool same(void *ctx, const struct ip_addr *addr)
{
	return addr_equal(ctx, addr);
}

static const char *address(const struct peer_name *n)
{
	static char text[ADDR_TEXT];
	char why[RESOLVER_WHY] = "";
	struct ip_addr addr = resolver_address(n, never, NULL, why);

	return addr_format(&addr, text);
}

static void is(const struct peer_name *n, const char *wanted)
{
	CHECK(!strcmp(address(n), wanted), "it is %s, not %s", address(n), wanted);
}

static void says(const struct peer_name *n, const char *words)
{
	char why[RESOLVER_WHY] = "";

	resolver_address(n, never, NULL, why);
	CHECK(strstr(why, words), "\"%s\" without \"%s\"", why, words);
}

/* Not used any more, and forgotten. */
static void put(struct peer_name *n)
{
	resolver_put(n);
	now += 60000;
	resolver_tick();
}

static void test_found(void)
{
	struct peer_name *n, *again, *ours;
	struct ip_addr mine;
	char why[RESOLVER_WHY];

	zone(gw, "192.0.2.7\n192.0.2.8\n192.0.2.7\n");
	n = resolver_get(gw, AF_INET);
	again = resolver_get(gw, AF_INET);
	CHECK(n == again && resolver_pending(n) && resolver_deadline() <= now, "it does not begin");
	says(n, "is being looked up");
	serve();
	is(n, "192.0.2.7");
	CHECK(oriented == 1 && !resolver_pending(n), "nobody is told");
	CHECK(strstr(said, "192.0.2.7"), "%s", said);
	CHECK(resolver_deadline() == now + 60000, "no tunnel, and it is looked up again at %u", (unsigned int)(resolver_deadline() - now));
	resolver_trust(n);
	CHECK(resolver_deadline() == UINT64_MAX, "one that works is looked up again");
	addr_parse("192.0.2.8", AF_INET, &mine);
	mine = resolver_address(n, same, &mine, why);
	CHECK(mine.u.bytes[3] == 8, "not the one that is ours");
	zone(other, "2001:db8::1\n");
	ours = resolver_get(other, AF_INET6);
	serve();
	is(ours, "2001:db8::1");
	resolver_put(ours);
	resolver_put(again);
	is(n, "192.0.2.7");
	resolver_put(n);
	/* A conn that is loaded anew has it at once, and looks it up all the same. */
	zone(gw, "192.0.2.6\n");
	n = resolver_get(gw, AF_INET);
	is(n, "192.0.2.7");
	serve();
	is(n, "192.0.2.6");
	put(n);
	unit_done("resolver/found");
}

static void test_failures(void)
{
	static const unsigned int pauses[] = { 5, 10, 20, 40, 60, 60 };
	struct peer_name *n;
	unsigned int i;

	unlink(file_of(gw));
	n = resolver_get(gw, AF_INET);
	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		serve();
		is(n, "none");
		says(n, "Name or service not known");
		CHECK(!resolver_pending(n), "it is pending for ever");
		CHECK(resolver_deadline() == now + pauses[i] * 1000, "again after %u ms, not %u s", (unsigned int)(resolver_deadline() - now),
		      pauses[i]);
		now = resolver_deadline();
	}
	zone(gw, "");
	serve();
	says(n, "No address associated with hostname (of IPv4; hostaddrfamily=ipv6 looks for IPv6)");
	zone(gw, "127.0.1.1\n0.0.0.0\n");
	now = resolver_deadline();
	serve();
	says(n, "loopback addresses only");
	zone(gw, "0.0.0.0\n");
	now = resolver_deadline();
	serve();
	says(n, "no address that a host may have");
	zone(gw, "127.0.1.1\n192.0.2.9\n");
	resolver_hurry();
	CHECK(resolver_deadline() == now, "it does not hurry");
	serve();
	is(n, "192.0.2.9");
	put(n);
	unit_done("resolver/failures");
}

static void test_ends_badly(void)
{
	struct peer_name *n;

	zone(gw, "die\n");
	n = resolver_get(gw, AF_INET);
	serve();
	says(n, "ended without an answer");
	zone(gw, "hang\n");
	now = resolver_deadline();
	resolver_tick();
	CHECK(under_way() == 1, "it is not under way");
	says(n, "being looked up again");
	now += 29000;
	resolver_tick();
	CHECK(under_way() == 1, "it had not its time");
	now = resolver_deadline();
	resolver_tick();
	CHECK(!under_way(), "it is under way for ever");
	says(n, "no answer from the name servers");
	now = resolver_deadline();
	resolver_tick();
	put(n);				/* and with it what is under way */
	CHECK(!under_way() && resolver_deadline() == UINT64_MAX, "something is left");
	unit_done("resolver/ends_badly");
}

static void test_doubt(void)
{
	struct peer_name *n;
	unsigned int i;

	zone(gw, "192.0.2.1\n192.0.2.2\n192.0.2.3\n");
	n = resolver_get(gw, AF_INET);
	serve();
	resolver_doubt(n, false);
	CHECK(resolver_deadline() == now + 5000, "at once after the last time");
	now = resolver_deadline();
	serve();
	is(n, "192.0.2.1");
	now += 60000;
	for (i = 0; i < 2; i++) {
		resolver_doubt(n, true);
		now = resolver_deadline();
		serve();
	}
	is(n, "192.0.2.3");
	CHECK(strstr(said, "no longer 192.0.2.2"), "%s", said);
	/* It moved, and one that is silent is not the next one's fault. */
	zone(gw, "192.0.2.9\n192.0.2.8\n");
	resolver_doubt(n, true);
	now = resolver_deadline();
	serve();
	is(n, "192.0.2.9");
	/* What is known stays while name servers are away. */
	unlink(file_of(gw));
	resolver_doubt(n, true);
	now = resolver_deadline();
	serve();
	is(n, "192.0.2.9");
	zone(gw, "192.0.2.9\n192.0.2.8\n");
	now = resolver_deadline();
	serve();
	is(n, "192.0.2.8");
	/* It was silent, and then a tunnel stands there after all: a look-up that is under way changes nothing any more. */
	resolver_doubt(n, true);
	now = resolver_deadline();
	resolver_tick();
	resolver_trust(n);
	CHECK(!under_way() && resolver_deadline() == UINT64_MAX, "it is still doubted");
	is(n, "192.0.2.8");
	resolver_doubt(n, false);
	now = resolver_deadline();
	serve();
	is(n, "192.0.2.8");
	put(n);
	unit_done("resolver/doubt");
}

/* More at once than there are processes. */
static void test_many(void)
{
	struct peer_name *n[12];
	char name[12][80];
	unsigned int i;

	for (i = 0; i < 12; i++) {
		snprintf(name[i], sizeof(name[i]), "%u.%s", i, gw);
		zone(name[i], "192.0.2.1\n");
		n[i] = resolver_get(name[i], AF_INET);
	}
	resolver_tick();
	CHECK(under_way() == 8, "%u at once", under_way());
	serve();
	serve();
	for (i = 0; i < 12; i++) {
		is(n[i], "192.0.2.1");
		put(n[i]);
		unlink(file_of(name[i]));
	}
	unit_done("resolver/many");
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], RESOLVER_ARG))
		return resolver_run(argv[2], argv[3]);
	snprintf(gw, sizeof(gw), "gw%d.test", getpid());
	snprintf(other, sizeof(other), "other%d.test", getpid());
	test_found();
	test_failures();
	test_ends_badly();
	test_doubt();
	test_many();
	unlink(file_of(gw));
	unlink(file_of(other));
	return unit_status();
}
