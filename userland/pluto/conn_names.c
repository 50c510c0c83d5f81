// SPDX-License-Identifier: GPL-2.0
/* Conns whose left= or right= is a name: their addresses come and change while they are loaded. */
#include <errno.h>
#include <stdio.h>

#include "conn.h"
#include "iface.h"
#include "pluto.h"
#include "resolver.h"

int conn_names_get(struct conn *c)
{
	int family = conf_host_family(&c->conf);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (c->conf.end[i].host != CONF_HOST_DNS)
			continue;
		c->name[i] = resolver_get(c->conf.end[i].name, family);
		if (!c->name[i])
			return -ENOMEM;
	}
	return 0;
}

void conn_names_put(struct conn *c)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		resolver_put(c->name[i]);
		c->name[i] = NULL;
	}
}

static struct ip_addr address(const struct conn *c, unsigned int end, char why[CONN_WHY])
{
	struct local_view view = iface_view();

	return resolver_address(c->name[end], orient_is_local, &view, why);
}

/* The peer is at the address that its tunnel has; conns that share its name may be about to leave it. */
static bool keeps(const struct conn *c, unsigned int end)
{
	struct said in, out;

	return c->oriented && end != c->where.us && (c->name_proved || pluto.kernel->adopted(c, &in, &out));
}

int conn_names_fill(struct conn *c, char why[CONN_WHY])
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!c->name[i] || keeps(c, i))
			continue;
		c->conf.end[i].addr = address(c, i, why);
		if (!c->conf.end[i].addr.family)
			return -ENXIO;
	}
	return 0;
}

bool conn_names_pending(const struct conn *c)
{
	bool pending[2], known[2];
	char why[CONN_WHY];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pending[i] = c->name[i] && resolver_pending(c->name[i]);
		known[i] = !c->name[i] || address(c, i, why).family;
	}
	return (pending[0] || pending[1]) && (pending[0] || known[0]) && (pending[1] || known[1]);
}

bool conn_names_missing(const struct conn *c, char why[CONN_WHY])
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (c->name[i] && !address(c, i, why).family)
			return true;
	return false;
}

static void again(void *ctx, struct conn *c)
{
	unsigned int i;

	if (c->oriented && orient_is_local(ctx, &c->where.local))
		return;
	for (i = 0; i < 2; i++)
		if (c->name[i])
			resolver_doubt(c->name[i], false);
}

void conns_names_again(void)
{
	struct local_view view = iface_view();

	loaded_each(again, &view);
}

/* The peer's name, as far as @c is oriented; our own is not to blame. */
static struct peer_name *name_of_peer(const struct conn *c)
{
	return c && c->oriented ? c->name[!c->where.us] : NULL;
}

void conn_names_trust(const char *name)
{
	struct conn *c = loaded_find(name);

	if (!name_of_peer(c))
		return;
	c->name_proved = true;
	/* Not of one that has moved on: this tunnel is at an address of before. */
	if (addr_equal(&c->where.remote, &c->conf.end[!c->where.us].addr))
		resolver_trust(name_of_peer(c));
}

void conn_names_doubt(const char *name, bool again, bool silent)
{
	struct conn *c = loaded_find(name);

	if (!name_of_peer(c))
		return;
	c->name_proved = false;
	if (again)
		resolver_doubt(name_of_peer(c), silent);
}
