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

unsigned int conf_closed_nets(const struct conf_conn *conn, bool (*is_local)(void *ctx, const struct ip_addr *addr),
			      void *ctx, struct subnet nets[2])
{
	int us = our_end(conn, is_local, ctx), i;
	unsigned int n = 0;

	for (i = 0; i < 2; i++) {
		if (i == us)
			continue;
		if (conn->end[i].subnet.addr.family)
			nets[n++] = conn->end[i].subnet;
		else if (conn->end[i].host == CONF_HOST_ADDR)
			nets[n++] = subnet_host(&conn->end[i].addr);
	}
	return n;
}
