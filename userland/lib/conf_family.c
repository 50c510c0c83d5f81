// SPDX-License-Identifier: GPL-2.0
/* IPv4 and IPv6: of which family a conn's hosts and its packets are, and which of its subnets go together. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf.h"

static int family_of(uint8_t said)
{
	return said == CONF_FAMILY_IPV6 ? AF_INET6 : AF_INET;
}

int conf_host_family(const struct conf_conn *conn)
{
	unsigned int i;

	for (i = 0; i < 2 && !conn->hostfamily; i++)
		if (conn->end[i].addr.family)
			return conn->end[i].addr.family;
	return family_of(conn->hostfamily);
}

/* AF_UNSPEC: nothing says it. */
static int said_family(const struct conf_end *end)
{
	return end->pool.first.family ? end->pool.first.family : end->subnet.addr.family;
}

int conf_client_family(const struct conf_conn *conn, unsigned int end)
{
	int family = said_family(&conn->end[end]);

	/* What the peer chooses, or lends, is of the family of what it is for. */
	if (!family && (conn->end[end].vhost[0] || conf_end_lent(&conn->end[end])))
		family = said_family(&conn->end[!end]);
	return family ? family : conf_host_family(conn);
}

static const char *end_wrong(const struct conf_conn *conn, unsigned int i)
{
	const struct conf_end *end = &conn->end[i];
	int host = conf_host_family(conn);

	if (end->addr.family && end->addr.family != host)
		return conn->hostfamily ? "left= or right= is not of the family that hostaddrfamily= (endaddrfamily=) says; expected an address of that one" :
		       "one of left= and right= is an IPv4 address and the other IPv6; expected the same of both";
	if (end->nexthop_addr.family && end->nexthop_addr.family != host)
		return "nexthop= is not of the family of left= and right=, one is IPv4 and the other IPv6; expected the same";
	if (end->sourceip.family && end->sourceip.family != conf_client_family(conn, i))
		return "sourceip= is not of the family of that end's subnet=, one is IPv4 and the other IPv6; expected the same";
	return NULL;
}

const char *conf_family_wrong(const struct conf_conn *conn)
{
	const char *wrong = end_wrong(conn, 0);

	if (!wrong)
		wrong = end_wrong(conn, 1);
	if (wrong)
		return wrong;
	if (conf_client_family(conn, 0) != conf_client_family(conn, 1))
		return "one end's packets are IPv4 and the other's IPv6 (an end without subnet= is the host itself, one with addresspool= has addresses of that); expected the same family";
	if (conn->clientfamily && family_of(conn->clientfamily) != conf_client_family(conn, 0))
		return "clientaddrfamily= is not the family of the subnets (of the hosts, where there are none); expected that one";
	return NULL;
}

/* ---- pairs ---- */

bool conf_pair_fits(const struct conf_conn *conn, unsigned int i, unsigned int j)
{
	if (i >= conn->pairs[0] || j >= conn->pairs[1] || i >= CONF_SUBNETS || j >= CONF_SUBNETS)
		return false;
	return (conn->pairs_v6[0] >> i & 1) == (conn->pairs_v6[1] >> j & 1);
}

static bool numbers_of(const struct conf_conn *conn, unsigned int *i, unsigned int *j)
{
	return conn->alias[0] && sscanf(conn->name + strnlen(conn->alias, CONF_NAME_MAX - 1), "/%3ux%3u", i, j) == 2 &&
	       (*i)-- && (*j)--;
}

bool conf_pair_of(const struct conf_conn *conn, const struct conf_conn *now)
{
	unsigned int i, j;

	return now->alias[0] && numbers_of(conn, &i, &j) && !strcasecmp(conn->alias, now->alias) &&
	       conf_pair_fits(now, i, j);
}

bool conf_pair_last(const struct conf_conn *conn)
{
	unsigned int i, j;

	if (!numbers_of(conn, &i, &j))
		return true;
	for (; i < conn->pairs[0]; i++, j = -1U)
		while (++j < conn->pairs[1])
			if (conf_pair_fits(conn, i, j))
				return false;
	return true;
}
