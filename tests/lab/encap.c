// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets of a key daemon that takes ESP in UDP (RFC 3948), on port 4500 of both families: UDP_ENCAP, and a policy
 * of their own to let pass what they receive and send. Prints "ready", then stays until it is killed.
 *
 *   encap
 *
 * The module xfrm_user must be loaded: it reads the policy.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 4500

static void die(const char *what)
{
	fprintf(stderr, "encap: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void bypass(int fd, int family, int direction)
{
	struct xfrm_userpolicy_info policy = {
		.sel.family = family,
		.lft = {
			.soft_byte_limit = XFRM_INF, .soft_packet_limit = XFRM_INF,
			.hard_byte_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
		},
		.dir = direction, .action = XFRM_POLICY_ALLOW,
	};
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

	if (setsockopt(fd, level, option, &policy, sizeof(policy)))
		die("IP_XFRM_POLICY (modprobe xfrm_user)");
}

static void listen_on(int family)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int encap = UDP_ENCAP_ESPINUDP, on = 1;
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	bypass(fd, family, XFRM_POLICY_IN);
	bypass(fd, family, XFRM_POLICY_OUT);
	if (setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &encap, sizeof(encap)))
		die("UDP_ENCAP");
	if (family == AF_INET ? bind(fd, (struct sockaddr *)&in, sizeof(in)) :
				bind(fd, (struct sockaddr *)&in6, sizeof(in6)))
		die("port 4500");
}

int main(void)
{
	listen_on(AF_INET);
	listen_on(AF_INET6);
	puts("ready");
	fclose(stdout);
	for (;;)
		pause();
}
