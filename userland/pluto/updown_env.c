// SPDX-License-Identifier: GPL-2.0
/* The environment of leftupdown='s program: KLIPS' names, one variable a fact. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf_policy.h"
#include "pluto.h"
#include "ts.h"
#include "updown.h"

/* What is cut off would be another value: it is left out instead. */
__attribute__((format(printf, 3, 4)))
static void put(struct updown_env *env, const char *name, const char *fmt, ...)
{
	size_t room = sizeof(env->text) - env->len;
	int head = snprintf(env->text + env->len, room, "PLUTO_%s=", name), len;
	va_list args;

	if (head < 0 || (size_t)head >= room)
		return;
	va_start(args, fmt);
	len = vsnprintf(env->text + env->len + head, room - head, fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)head + len + 1 <= room)
		env->len += head + len + 1;
}

char *updown_clean(char *text)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:@_=/+-#%[]^";
	size_t at;

	for (at = strspn(text, good); text[at]; at += strspn(text + at, good))
		text[at] = '_';
	if (text[0] == '-')
		text[0] = '_';		/* it is no option */
	return text;
}

static void put_addr(struct updown_env *env, const char *name, const struct ip_addr *addr)
{
	char text[ADDR_TEXT];

	if (addr->family)
		put(env, name, "%s", addr_format(addr, text));
}

static struct ip_addr mask_of(const struct subnet *net)
{
	struct ip_addr ones = { .family = net->addr.family };
	struct subnet masked = { .addr = addr_any(net->addr.family) };

	memset(ones.u.bytes, 0xff, addr_len(ones.family));
	subnet_set(&masked, &ones, net->plen);
	return masked.addr;
}

static void put_client(struct updown_env *env, const char *who, const struct subnet *net)
{
	struct ip_addr mask = mask_of(net);
	char name[32], text[SUBNET_TEXT];

	if (!net->addr.family)
		return;
	snprintf(name, sizeof(name), "%s_CLIENT", who);
	put(env, name, "%s", subnet_format(net, text));
	snprintf(name, sizeof(name), "%s_CLIENT_NET", who);
	put_addr(env, name, &net->addr);
	snprintf(name, sizeof(name), "%s_CLIENT_MASK", who);
	put_addr(env, name, &mask);
}

static void put_protoport(struct updown_env *env, const char *who, const struct protoport *pp)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_PROTOCOL", who);
	put(env, name, "%u", pp->proto);
	snprintf(name, sizeof(name), "%s_PORT", who);
	put(env, name, "%u", ntohs(pp->port));
}

static void put_id(struct updown_env *env, const char *name, const struct conf_id *id, const struct ip_addr *addr)
{
	char text[CONF_ID_TEXT] = "%any";

	if (id->type && id->type != CONF_ID_FROMCERT)
		conf_id_format(id, text);
	else if (addr->family)
		addr_format(addr, text);
	put(env, name, "%s", updown_clean(text));
}

static struct conf_id id_of(const struct ike_id *id)
{
	struct conf_id out = { .type = id->type };

	out.len = id->len < sizeof(out.data) ? id->len : sizeof(out.data);
	memcpy(out.data, id->data, out.len);
	return out;
}

/* In the tunnel: what we or the peer were given, or what the peer says that it has, is told by the Child SA alone. */
static struct subnet client_of(const struct conf_end *end, const struct ip_addr *host, const struct ike_child *child, bool mine)
{
	struct subnet client = { 0 };
	struct ip_addr lease;

	if (child && mine && child->lease.family) {
		lease = from_ike_addr(&child->lease);
		client = subnet_host(&lease);
	} else if (child && !mine && (end->pool.first.family || end->vhost[0])) {
		client = ts_prefix(&child->remote_ts[0]);
	}
	return client.addr.family ? client : orient_client(end, host);
}

static void put_dns(struct updown_env *env, const struct ike_child *child)
{
	char list[IKE_MAX_DNS * ADDR_TEXT] = "", text[ADDR_TEXT];
	struct ip_addr addr;
	unsigned int i;

	for (i = 0; i < child->n_dns; i++) {
		addr = from_ike_addr(&child->dns[i]);
		if (i)
			strcat(list, " ");
		strcat(list, addr_format(&addr, text));
	}
	if (list[0])
		put(env, "PEER_DNS_INFO", "%s", list);
}

static void put_me(struct updown_env *env, const struct conn *conn, const struct conf_end *end, const struct ike_child *child)
{
	struct subnet client = client_of(end, &conn->where.local, child, true);
	struct ip_addr source = child && child->lease.family ? from_ike_addr(&child->lease) : conn->where.source;

	put_addr(env, "ME", &conn->where.local);
	put_id(env, "MY_ID", &end->id, &conn->where.local);
	put_client(env, "MY", &client);
	put_protoport(env, "MY", &end->protoport);
	put_addr(env, "MY_SOURCEIP", &source);
}

static void put_peer(struct updown_env *env, const struct conn *conn, const struct conf_end *end,
		     const struct ike_child *child)
{
	struct ip_addr peer = child ? from_ike_addr(&child->remote) : conn->where.remote;
	struct conf_id id = child && child->peer_id.type ? id_of(&child->peer_id) : end->id;
	struct subnet client = client_of(end, &peer, child, false);
	char ca[CONF_ID_TEXT];

	put_addr(env, "PEER", &peer);
	put_id(env, "PEER_ID", &id, &peer);
	put_client(env, "PEER", &client);
	put_protoport(env, "PEER", &end->protoport);
	if (end->ca.kind == CONF_CA_NAME)
		put(env, "PEER_CA", "%s", updown_clean(conf_id_format(&end->ca.name, ca)));
}

static const char *family_name(int family)
{
	return family == AF_INET6 ? "ipv6" : "ipv4";
}

void updown_env_make(struct updown_env *env, const struct conn *conn, const struct ike_child *child)
{
	const struct conf_end *us = &conn->conf.end[conn->where.us], *peer = &conn->conf.end[!conn->where.us];
	struct subnet client = orient_client(us, &conn->where.local);
	char policy[CONF_POLICY_TEXT];

	env->len = 0;
	put(env, "VERSION", "2.0");
	put(env, "STACK", "%s", pluto.kernel->name);
	put(env, "CONNECTION", "%s", conn->conf.name);
	put_addr(env, "NEXT_HOP", &conn->where.nexthop);
	put(env, "INTERFACE", "%s", conn->where.virt[0] ? conn->where.virt : conn->where.phys);
	put_me(env, conn, us, child);
	put_peer(env, conn, peer, child);
	if (child)
		put_dns(env, child);
	if (conn->conf.mtu)
		put(env, "MTU", "%u", conn->conf.mtu);
	put(env, "CONN_POLICY", "%s", conf_policy_format(&conn->conf, policy));
	put(env, "CONN_ADDRFAMILY", "%s", family_name(conn->where.local.family));
	put(env, "CONN_ENDFAMILY", "%s", family_name(conn->where.local.family));
	put(env, "CONN_CLIENTFAMILY", "%s", family_name(client.addr.family));
}

char *updown_verb(enum updown_event event, const struct conn *conn, const struct ike_child *child, char buf[UPDOWN_VERB])
{
	static const char * const events[] = {
		[UPDOWN_PREPARE] = "prepare", [UPDOWN_ROUTE] = "route", [UPDOWN_UP] = "up", [UPDOWN_DOWN] = "down",
		[UPDOWN_UNROUTE] = "unroute",
	};
	struct subnet host = subnet_host(&conn->where.local);
	struct subnet client = client_of(&conn->conf.end[conn->where.us], &conn->where.local, child, true);

	snprintf(buf, UPDOWN_VERB, "%s-%s%s", events[event], subnet_equal(&client, &host) ? "host" : "client",
		 conn->where.local.family == AF_INET6 ? "-v6" : "");
	return buf;
}
