// SPDX-License-Identifier: GPL-2.0
/* Transport protocols and ports as people write them. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "protoport.h"
#include "value.h"

const char *ipproto_parse(const char *text, uint8_t *proto)
{
	struct protoent *ent;
	uint64_t n;

	if (!strcmp(text, "%any")) {
		*proto = 0;
		return NULL;
	}
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
	struct protoent *ent = proto ? getprotobynumber(proto) : NULL;

	if (ent && strlen(ent->p_name) < 16)
		strcpy(buf, ent->p_name);
	else
		snprintf(buf, 16, "%u", proto);
	return buf;
}

const char *port_parse(const char *text, uint8_t proto, in_port_t *port)
{
	struct protoent *ent;
	struct servent *serv;
	uint64_t n;

	if (isdigit((unsigned char)*text)) {
		if (number_parse(text, 0, 65535, &n))
			return "port must be in the range 0 to 65535";
		*port = htons(n);
		return NULL;
	}
	ent = getprotobynumber(proto);
	serv = *text ? getservbyname(text, ent ? ent->p_name : NULL) : NULL;
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
