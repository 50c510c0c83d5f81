// SPDX-License-Identifier: GPL-2.0
/* Which conns fail closed, and for which networks. Pure: pluto and "ipsec setup failclosed" agree by it. */
#include "conf.h"

/* What leaves in the clear anyway shall do so without pluto, too. */
bool conf_closed(const struct conf_conn *conn)
{
	return conn->type != CONF_PASSTHROUGH && conn->failclosed != CONF_NO;
}

bool conf_closed_at_boot(const struct conf_conn *conn)
{
	if (!conf_closed(conn) || conn->startup == CONF_AUTO_IGNORE)
		return false;
	return conn->failclosed == CONF_YES || conn->startup == CONF_AUTO_ROUTE ||
	       conn->startup == CONF_AUTO_START;
}

/* The end that is this host, as far as it can be told; -1: either may be. */
static int our_end(const struct conf_conn *conn, bool (*is_local)(void *ctx, const struct ip_addr *addr), void *ctx)
{
	int i;

	for (i = 0; i < 2; i++)
		if (conn->end[i].host == CONF_HOST_ADDR && is_local(ctx, &conn->end[i].addr))
			return i;
	for (i = 0; i < 2; i++)
		if (conn->end[i].host == CONF_HOST_DEFAULTROUTE || conn->end[!i].host == CONF_HOST_ANY)
			return i;
	return -1;
}

bool conf_closed_end(const struct conf_end *end)
{
	return end->subnet.addr.family || end->pool.first.family || end->host == CONF_HOST_ADDR;
}

static unsigned int nets_of(const struct conf_end *end, struct subnet *nets)
{
	if (end->pool.first.family)
		return conf_pool_nets(&end->pool, nets);
	*nets = end->subnet.addr.family ? end->subnet : subnet_host(&end->addr);
	return 1;
}

unsigned int conf_closed_nets(const struct conf_conn *conn, bool (*is_local)(void *ctx, const struct ip_addr *addr),
			      void *ctx, struct subnet nets[CONF_CLOSED])
{
	int us = our_end(conn, is_local, ctx), i;
	unsigned int n = 0;

	for (i = 0; i < 2; i++)
		if (i != us && conf_closed_end(&conn->end[i]))
			n += nets_of(&conn->end[i], nets + n);
	return n;
}
