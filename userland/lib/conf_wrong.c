// SPDX-License-Identifier: GPL-2.0
/* Whether the settings of a conn fit together. */
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_value.h"

static const char *ends_wrong(const struct conf_end *left, const struct conf_end *right)
{
	if (!left->host)
		return "left= is missing; expected an address, a name, %defaultroute or %any";
	if (!right->host)
		return "right= is missing; expected an address, a name, %defaultroute or %any";
	if (left->host == CONF_HOST_ANY && right->host == CONF_HOST_ANY)
		return "both left= and right= are %any; expected one of them to be this host";
	if (left->host == CONF_HOST_DEFAULTROUTE && right->host == CONF_HOST_DEFAULTROUTE)
		return "both left= and right= are %defaultroute; expected one of them to be the peer";
	if (left->host == CONF_HOST_ADDR && right->host == CONF_HOST_ADDR &&
	    addr_equal(&left->addr, &right->addr))
		return "left= and right= are the same address; expected two hosts";
	if (left->host == CONF_HOST_DNS && right->host == CONF_HOST_DNS && !strcasecmp(left->name, right->name))
		return "left= and right= are the same name; expected two hosts";
	return NULL;
}

static const char *end_wrong(const struct conf_end *end)
{
	if (end->vhost[0] && end->host != CONF_HOST_ANY)
		return "subnet=vhost: of an end that is not %any; expected NET/BITS there, or right=%any";
	if (end->vhost[0] && (end->pool.first.family || end->subnet.addr.family || end->n_subnets))
		return "subnet=vhost: beside addresspool= or subnets=; expected one of them";
	if (end->subnet.addr.family && end->sourceip.family &&
	    !subnet_contains(&end->subnet, &end->sourceip))
		return "sourceip= is outside of that end's subnet=; expected an address inside";
	if (end->host == CONF_HOST_ANY && end->sourceip.family)
		return "sourceip= of an end that is %any; expected it at the end that is this host";
	return NULL;
}

/* Both ends of a traffic selector have one protocol (RFC 7296 2.9). */
static const char *protoports_wrong(const struct protoport *left, const struct protoport *right)
{
	if (left->proto != right->proto)
		return "leftprotoport= and rightprotoport= name different protocols; expected the same in both, with or without a port";
	return NULL;
}

/* What a conn that negotiates nothing needs to be routed; authby= has no meaning for it. */
static const char *shunt_wrong(const struct conf_conn *conn)
{
	unsigned int i;

	if (conf_end_lent(&conn->end[0]) || conf_end_lent(&conn->end[1]))
		return "addresspool= or modecfgclient=yes in a conn that is not a tunnel; expected type=tunnel, or neither";
	for (i = 0; i < 2; i++)
		if (conn->end[i].vhost[0] || (conn->end[i].host == CONF_HOST_ANY && !conn->end[i].subnet.addr.family))
			return "an end of a conn that is not a tunnel is %any without subnet=; expected a subnet= there";
	return NULL;
}

/* A key or a certificate says that signatures are meant. */
static bool has_key(const struct conf_end *end)
{
	return end->key.kind >= CONF_PUBKEY_CERT || end->key2.kind >= CONF_PUBKEY_CERT || end->cert[0];
}

uint32_t conf_conn_auth(const struct conf_conn *conn, unsigned int end)
{
	if (conn->end[end].auth)
		return conn->end[end].auth;
	if (conn->authby)
		return conn->authby;
	return has_key(&conn->end[0]) || has_key(&conn->end[1]) ? CONF_AUTHBY_DEFAULT : 0;
}

static const char *auth_wrong(const struct conf_conn *conn)
{
	unsigned int i;

	if (conn->authby == CONF_AUTHBY_NEVER)
		return "authby=never with type=tunnel or transport; expected secret, rsasig, ecdsa or eddsa, or type=passthrough, drop or reject";
	if (!conn->end[0].auth != !conn->end[1].auth)
		return "leftauth= without rightauth=, or the contrary; expected both, or authby= for both ends";
	if (conn->end[0].auth && conn->authby)
		return "authby= beside leftauth= and rightauth=; expected one or the other";
	for (i = 0; i < 2; i++) {
		if (!conf_conn_auth(conn, i))
			return "authby= is missing; expected authby=secret for a pre-shared key (the classic default, rsasig, needs leftrsasigkey= or leftcert=)";
		if (conn->end[i].cert[0] && conn->end[i].key.kind == CONF_PUBKEY_RSA)
			return "an end has both rsasigkey= and cert=; expected one of them (or rsasigkey=%cert)";
	}
	return NULL;
}

static const char *tunnel_wrong(const struct conf_conn *conn)
{
	bool any = conn->end[0].host == CONF_HOST_ANY || conn->end[1].host == CONF_HOST_ANY;
	const char *wrong = auth_wrong(conn);
	unsigned int i;

	if (!wrong)
		wrong = conf_addresses_wrong(conn);
	if (wrong)
		return wrong;
	if (conn->ppk_ids[0] && conn->ppk == CONF_PPK_NO)
		return "ppk-ids= without ppk=; expected ppk=yes or ppk=insist";
	if (conn->type == CONF_TRANSPORT && conn->mobike == CONF_YES)
		return "mobike=yes with type=transport, whose packets are those of the addresses themselves; expected mobike=no, or type=tunnel";
	for (i = 0; i < 2; i++)
		if (conn->type == CONF_TRANSPORT && (conn->end[i].subnet.addr.family || conn->end[i].vhost[0] || conn->end[i].sourceip.family))
			return "subnet= or sourceip= with type=transport, which is for packets of the two hosts themselves; expected neither, or type=tunnel";
	if (conn->startup == CONF_AUTO_START && any)
		return "auto=start with a peer that is %any; expected auto=add, or the peer's address";
	if (conn->startup == CONF_AUTO_ROUTE && any)
		return "auto=route with a peer that is %any; expected auto=add, or the peer's address";
	return NULL;
}

bool conf_conn_loopback(const struct conf_conn *conn)
{
	struct subnet loopback;
	unsigned int i;

	subnet_parse(conf_host_family(conn) == AF_INET6 ? "::1/128" : "127.0.0.0/8", AF_UNSPEC, &loopback);
	for (i = 0; i < 2; i++)
		if (conn->end[i].host != CONF_HOST_ADDR || !subnet_contains(&loopback, &conn->end[i].addr) ||
		    (conn->end[i].subnet.addr.family && !subnet_within(&loopback, &conn->end[i].subnet)))
			return false;
	return conn->type == CONF_PASSTHROUGH;
}

const char *conf_conn_wrong(const struct conf_conn *conn)
{
	const char *wrong = ends_wrong(&conn->end[0], &conn->end[1]);

	if (!wrong)
		wrong = conf_family_wrong(conn);
	if (!wrong)
		wrong = end_wrong(&conn->end[0]);
	if (!wrong)
		wrong = end_wrong(&conn->end[1]);
	if (!wrong)
		wrong = protoports_wrong(&conn->end[0].protoport, &conn->end[1].protoport);
	if (wrong)
		return wrong;
	return conf_conn_negotiated(conn) ? tunnel_wrong(conn) : shunt_wrong(conn);
}
