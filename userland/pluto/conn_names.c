// SPDX-License-Identifier: GPL-2.0
/* Conns whose left= or right= is a name: their addresses come and change while they are loaded. */
#include <errno.h>
#include <stdio.h>

#include "conn.h"
#include "iface.h"
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

int conn_names_fill(struct conn *c, char why[CONN_WHY])
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!c->name[i])
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

void conn_names_doubt(const char *name, bool silent)
{
	struct conn *c = loaded_find(name);

	/* Our own name is not to blame. */
	if (c && c->oriented && c->name[!c->where.us])
		resolver_doubt(c->name[!c->where.us], silent);
}
