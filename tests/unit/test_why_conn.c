// SPDX-License-Identifier: GPL-2.0
/* sources: userland/ipsec/why_conn.c userland/lib/json.c userland/lib/conf_closed.c userland/lib/conf_pool.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c */
/* What is said of a conn in each of the states that pluto tells. */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "status.h"
#include "unit.h"
#include "why_conn.h"

/* Nobody is asked here. */
int status_ask(struct status *s, const char *ctl, const char *conn)
{
	(void)ctl;
	(void)conn;
	memset(s, 0, sizeof(*s));
	return EXIT_NOT_RUNNING;
}

void status_free(struct status *s)
{
	(void)s;
}

int complain(const char *fmt, ...)
{
	(void)fmt;
	return 1;
}

const char *reason_name(uint32_t reason)
{
	return reason == 9 ? "gone" : "no_answer";
}

const char *reason_words(uint32_t reason)
{
	return reason == 9 ? "taken down" : "the peer does not answer";
}

/* An oriented tunnel that nobody asked for. */
static struct ctl_conn make(void)
{
	struct ctl_conn c = { .routing = CTL_UNROUTED, .retry = UINT64_MAX, .since = 12 };

	strcpy(c.conf.name, "a");
	strcpy(c.story, "sent IKE_SA_INIT");
	c.conf.startup = CONF_AUTO_ADD;
	addr_parse("192.0.2.1", AF_INET, &c.local);
	addr_parse("192.0.2.2", AF_INET, &c.remote);
	return c;
}

static unsigned int up;			/* instances */

static void says(const struct ctl_conn *c, const char *verdict, const char *text)
{
	char *json = NULL, *plain = NULL, want[64];
	size_t n;
	FILE *f = open_memstream(&json, &n);

	why_conn_json(c, up, f);
	fclose(f);
	f = open_memstream(&plain, &n);
	why_conn_text(c, up, f);
	fclose(f);
	snprintf(want, sizeof(want), "\"verdict\":\"%s\"", verdict);
	CHECK(strstr(json, want), "not %s but %s", want, json);
	CHECK(strstr(plain, text), "says nothing of \"%s\" but: %s", text, plain);
	CHECK(strstr(plain, "  why      ") && strstr(plain, "  packets  "), "%s", plain);
	free(json);
	free(plain);
}

static void states(void)
{
	struct ctl_conn c = make();

	says(&c, "not_asked", "nobody has asked for it\n");
	c.reason = 9;
	says(&c, "not_asked", "since it was taken down");
	c.reason = 1;
	c.tries = 3;
	strcpy(c.failure, "the peer 192.0.2.2 did not answer");
	says(&c, "given_up", "did not answer; it was given up after 3 attempts");
	c.state = CTL_WAITING;
	c.retry = 28;
	says(&c, "failed_waiting", "tried again in 28 s (attempt 4, and so on for ever)");
	c.conf.keyingtries = 5;
	says(&c, "failed_waiting", "(attempt 4 of 5)");
	says(&c, "failed_waiting", "  why      the peer 192.0.2.2 did not answer\n");
	c.failure[0] = '\0';
	says(&c, "failed_waiting", "  why      the peer does not answer\n");
	c.state = CTL_TRYING;
	says(&c, "failed_trying", "under way: sent IKE_SA_INIT");
	c.reason = 0;
	says(&c, "first_try", "since 12 s being brought up");
	c.state = CTL_ESTABLISHED;
	c.routing = CTL_TUNNEL;
	says(&c, "up", "a: up, since 12 s");
	unit_done("why: the states of a conn");
}

static void others(void)
{
	struct ctl_conn c = make();

	c.routing = CTL_PROSPECTIVE;
	says(&c, "on_demand", "packets  are held, and bring it up");
	c.routing = CTL_FAILURE;
	c.shunt_left = 7;
	c.conf.failureshunt = CONF_SHUNT_REJECT;
	says(&c, "on_demand", "stays for 7 s more");
	says(&c, "on_demand", "packets  are refused");
	c = make();
	memset(&c.remote, 0, sizeof(c.remote));
	says(&c, "waits_for_peer", "bring it up at the peer");
	says(&c, "waits_for_peer", "maybe in the clear");
	says(&c, "waits_for_peer", "nobody has come\n");
	up = 2;
	says(&c, "waits_for_peer", "each peer that comes is an instance of it, and 2 are up\n");
	up = 0;
	addr_parse("10.9.0.1", AF_INET, &c.conf.end[1].pool.first);
	says(&c, "waits_for_peer", "packets  are dropped");
	memset(&c.conf.end[1].pool, 0, sizeof(c.conf.end[1].pool));
	subnet_parse("10.2.0.0/24", AF_INET, &c.conf.end[1].subnet);
	says(&c, "waits_for_peer", "packets  are dropped");
	c = make();
	c.us = 2;
	c.routing = CTL_UNORIENTED;
	strcpy(c.failure, "neither left=1.2.3.4 ...");
	says(&c, "unoriented", "neither left=1.2.3.4");
	says(&c, "unoriented", "maybe in the clear");
	c.nameless = true;
	says(&c, "no_address", "neither left=1.2.3.4");
	says(&c, "no_address", "as soon as the name has an address");
	c.nameless = false;
	c.conf.startup = CONF_AUTO_ROUTE;
	says(&c, "unoriented", "maybe in the clear");
	c.conf.end[1].host = CONF_HOST_ADDR;
	says(&c, "unoriented", "packets  are dropped");
	c = make();
	says(&c, "not_asked", "packets  are dropped");
	c.conf.failclosed = CONF_NO;
	says(&c, "not_asked", "maybe in the clear");
	c.adopted = 1;
	c.routing = CTL_TUNNEL;
	says(&c, "adopted", "a: up\n");
	c = make();
	c.conf.type = CONF_PASSTHROUGH;
	c.routing = CTL_PROSPECTIVE;
	says(&c, "shunt", "a: no tunnel\n");
	says(&c, "shunt", "leave in the clear");
	c.routing = 200;
	c.conf.negotiationshunt = c.conf.failureshunt = 255;
	c.state = 77;
	says(&c, "shunt", "a: no tunnel\n");
	unit_done("why: what is no tunnel of ours");
}

int main(void)
{
	states();
	others();
	return unit_status();
}
