// SPDX-License-Identifier: GPL-2.0
/* Transport protocols and ports as people write them. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "protoport.h"
#include "value.h"

/* Those that every host knows, also without /etc/protocols; and no file is read for them. */
static const struct {
	const char *name;
	uint8_t proto;
} known[] = {
	{ "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	{ "ipv6-icmp", IPPROTO_ICMPV6 }, { "icmpv6", IPPROTO_ICMPV6 },
	{ "sctp", IPPROTO_SCTP }, { "gre", IPPROTO_GRE },
	{ "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

/* NULL: none. */
static const char *known_name(uint8_t proto)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (known[i].proto == proto)
			return known[i].name;
	return NULL;
}

static bool known_proto(const char *name, uint8_t *proto)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (!strcmp(known[i].name, name)) {
			*proto = known[i].proto;
			return true;
		}
	}
	return false;
}

const char *ipproto_parse(const char *text, uint8_t *proto)
{
	struct protoent *ent;
	uint64_t n;

	if (!strcmp(text, "%any")) {
		*proto = 0;
		return NULL;
	}
	if (known_proto(text, proto))
		return NULL;
	if (isdigit((unsigned char)*text)) {
		if (number_parse(text, 0, 255, &n))
			return "protocol must be in the range 0 to 255";
		*proto = n;
		return NULL;
	}
	ent = *text ? getprotobyname(text) : NULL;
	if (!ent || ent->p_proto < 0 || ent->p_proto > 255)
		return "protocol is neither a name of /etc/protocols nor in the range 0 to 255";
	*proto = ent->p_proto;
	return NULL;
}

char *ipproto_format(uint8_t proto, char buf[16])
{
	const char *name = known_name(proto);
	struct protoent *ent;

	if (!name && proto) {
		ent = getprotobynumber(proto);
		name = ent ? ent->p_name : NULL;
	}
	if (name && strlen(name) < 16)
		strcpy(buf, name);
	else
		snprintf(buf, 16, "%u", proto);
	return buf;
}

const char *port_parse(const char *text, uint8_t proto, in_port_t *port)
{
	struct servent *serv;
	char name[16];
	uint64_t n;

	if (isdigit((unsigned char)*text)) {
		if (number_parse(text, 0, 65535, &n))
			return "port must be in the range 0 to 65535";
		*port = htons(n);
		return NULL;
	}
	serv = *text ? getservbyname(text, ipproto_format(proto, name)) : NULL;
	if (!serv)
		return "port is neither a service of the protocol nor in the range 0 to 65535";
	*port = serv->s_port;
	return NULL;
}

bool ipproto_has_ports(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return true;
	default:
		return false;
	}
}

const char *protoport_parse(const char *text, struct protoport *pp)
{
	const char *slash = strchr(text, '/'), *err;
	struct protoport p = { 0 };
	char name[32];

	if (!slash)
		slash = text + strlen(text);
	if ((size_t)(slash - text) >= sizeof(name))
		return "protocol name is too long";
	memcpy(name, text, slash - text);
	name[slash - text] = '\0';
	err = ipproto_parse(name, &p.proto);
	if (!err && *slash && !strcmp(slash + 1, "%any"))
		p.port_any = true;
	else if (!err && *slash)
		err = port_parse(slash + 1, p.proto, &p.port);
	if (!err && p.port && !ipproto_has_ports(p.proto))
		err = "this protocol has no ports";
	if (!err)
		*pp = p;
	return err;
}
