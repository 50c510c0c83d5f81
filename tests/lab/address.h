/* SPDX-License-Identifier: GPL-2.0 */
/* Numeric addresses; getaddrinfo does not work in a static program. */
#ifndef KLIPS_LAB_ADDRESS_H
#define KLIPS_LAB_ADDRESS_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Ends the program when it is neither IPv4 nor IPv6. */
static socklen_t numeric_address(const char *host, const char *port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(atoi(port));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(atoi(port));
		return sizeof(*in6);
	}
	fprintf(stderr, "'%s': expected an IPv4 or IPv6 address\n", host);
	exit(2);
}

#endif
