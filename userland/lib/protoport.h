/* SPDX-License-Identifier: GPL-2.0 */
/* Transport protocols and ports as people write them. */
#ifndef KLIPS_LIB_PROTOPORT_H
#define KLIPS_LIB_PROTOPORT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct protoport {
	uint8_t proto;			/* 0: any */
	bool port_any;			/* %any: every port, narrowed when a conn comes up */
	in_port_t port;			/* network byte order, 0: any */
};

/* 0 to 255 or a name of /etc/protocols; %any is 0. */
const char *ipproto_parse(const char *text, uint8_t *proto);

/* "tcp"; the number as text where it has no name. */
char *ipproto_format(uint8_t proto, char buf[16]);

/* 0 to 65535 or a service name of @proto; @port in network byte order. */
const char *port_parse(const char *text, uint8_t proto, in_port_t *port);

/* Whether @proto has ports that a selector can name (ICMP: type and code). */
bool ipproto_has_ports(uint8_t proto);

/* proto, proto/port, proto/service, proto/%any. */
const char *protoport_parse(const char *text, struct protoport *pp);

#endif
