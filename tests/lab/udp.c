// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams for the scenarios: an exact number of an exact size, from and to exact ports.
 *
 *   udp send [-c COUNT] [-s BYTES] [-i MICROSECONDS] [-p SOURCE-PORT] [-d] [-e] ADDRESS PORT
 *   udp each [-s BYTES,BYTES...] PORT
 *                          sends one datagram of each size to the address that each line of standard input begins with,
 *                          and waits for its answer; prints the lines, with the size, of those that had none
 *   udp shape [-a SOURCE-ADDRESS] PORT
 *                          sends one datagram for each line "ADDRESS BYTES TOS TTL DF" (DF: 0 or 1) of standard input
 *   udp echo PORT          sends every datagram back, from the address it came to
 *   udp sink PORT          prints "BYTES ADDRESS PORT" for every datagram
 *
 * -d sets DF. With -e each datagram is sent when the last one has been answered, or not within 2 s. send prints
 * "sent N answered N" and, for the first error of the socket (an ICMP error, say), "error TEXT".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

#define MAX_DATAGRAM 65507
#define ANSWER_MS 2000

struct order {
	int count;
	int size;
	int gap_us;
	int source_port;
	int dont_fragment;
	int expect_answer;
};

static char buffer[MAX_DATAGRAM];

static void die(const char *what)
{
	fprintf(stderr, "udp: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int bound_socket(int family, int port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, SOCK_DGRAM, 0);
	int res;

	if (fd < 0)
		die("socket");
	if (family == AF_INET6)
		res = bind(fd, (struct sockaddr *)&in6, sizeof(in6));
	else
		res = bind(fd, (struct sockaddr *)&in, sizeof(in));
	if (res < 0)
		die("bind");
	return fd;
}

/* A socket for both families, where the host has both. */
static int listening_socket(const char *port)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return bound_socket(AF_INET, atoi(port));
	close(fd);
	return bound_socket(AF_INET6, atoi(port));
}

/* A socket for both families names an IPv4 address in its IPv6 form. */
static void print_datagram(ssize_t len, const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	char host[INET6_ADDRSTRLEN];

	if (from->ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
	printf("%zd %s %d\n", len, strncmp(host, "::ffff:", 7) ? host : host + 7, ntohs(in->sin_port));
}

/* What says to which address a datagram came says also from which one to answer: but not by which device. */
static void any_device(struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = 0;
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
	}
}

static void serve(int fd, int echo)
{
	union { struct cmsghdr align; char room[256]; } control;
	struct iovec iov = { .iov_base = buffer };
	struct sockaddr_storage from;
	struct msghdr msg = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
	int on = 1, pmtu = IP_PMTUDISC_DONT;
	ssize_t got;

	/* Nobody would send an answer again that was too big for some link. */
	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		msg.msg_namelen = sizeof(from);
		msg.msg_controllen = sizeof(control);
		iov.iov_len = sizeof(buffer);
		got = recvmsg(fd, &msg, 0);
		if (got < 0)
			continue;
		iov.iov_len = got;
		any_device(&msg);
		if (echo)
			sendmsg(fd, &msg, 0);
		else
			print_datagram(got, &from);
	}
}

static int connected_socket(const struct order *order, const char *host, const char *port)
{
	int pmtu = order->dont_fragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
	struct sockaddr_storage to;
	socklen_t len = numeric_address(host, port, &to);
	int fd = bound_socket(to.ss_family, order->source_port);

	if (to.ss_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	if (connect(fd, (struct sockaddr *)&to, len) < 0)
		die("connect");
	return fd;
}

/* 1 when the very datagram comes back. */
static int answered(int fd, const char *sent, int size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	static char got[MAX_DATAGRAM];

	while (poll(&pfd, 1, ANSWER_MS) > 0) {
		ssize_t len = recv(fd, got, sizeof(got), 0);

		if (len < 0)
			return 0;
		if (len == size && !memcmp(got, sent, size))
			return 1;
	}
	return 0;
}

static int send_all(const struct order *order, const char *host, const char *port)
{
	int fd = connected_socket(order, host, port);
	int error = 0, sent = 0, answers = 0;
	int i;

	for (i = 0; i < order->size; i++)
		buffer[i] = 'a' + i % 26;
	for (i = 0; i < order->count; i++) {
		if (order->size >= 4)
			memcpy(buffer, &i, 4);
		if (send(fd, buffer, order->size, 0) == order->size)
			sent++;
		else if (!error)
			error = errno;
		if (order->expect_answer)
			answers += answered(fd, buffer, order->size);
		else if (order->gap_us)
			usleep(order->gap_us);
	}
	printf("sent %d answered %d\n", sent, answers);
	if (error)
		printf("error %s\n", strerror(error));
	return 0;
}

/* 1 when it came back. */
static int ask(const char *host, const char *port, int size)
{
	struct order order = { 0 };
	int fd = connected_socket(&order, host, port);
	int got, i;

	for (i = 0; i < size; i++)
		buffer[i] = 'a' + i % 26;
	got = send(fd, buffer, size, 0) == size && answered(fd, buffer, size);
	close(fd);
	return got;
}

static int each_command(const char *sizes, const char *port)
{
	char line[256], host[INET6_ADDRSTRLEN];
	int failed = 0;

	while (failed < 10 && fgets(line, sizeof(line), stdin)) {
		const char *p;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%45s", host) != 1)
			continue;
		for (p = sizes; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
			if (ask(host, port, atoi(p)))
				continue;
			printf("%s: %d bytes; ", line, atoi(p));
			failed++;
		}
	}
	return failed ? 1 : 0;
}

/* TOS or traffic class, TTL or hop limit. */
static void set_headers(int fd, int family, int tos, int ttl)
{
	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
		setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
	}
}

static void bind_source(int fd, const char *source)
{
	struct sockaddr_storage from;
	socklen_t len = numeric_address(source, "0", &from);

	if (bind(fd, (struct sockaddr *)&from, len) < 0)
		die(source);
}

/* Not bound to a port: an address is bound only once. */
static int shaped_socket(const char *source, const char *host, const char *port, int df)
{
	int pmtu = df ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;
	struct sockaddr_storage to;
	socklen_t len = numeric_address(host, port, &to);
	int fd = socket(to.ss_family, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	if (source)
		bind_source(fd, source);
	if (to.ss_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	if (connect(fd, (struct sockaddr *)&to, len) < 0)
		die("connect");
	return fd;
}

static int shape_command(const char *source, const char *port)
{
	int df;
	char line[256], host[INET6_ADDRSTRLEN];
	int size, tos, ttl;

	while (fgets(line, sizeof(line), stdin)) {
		int fd;

		if (sscanf(line, "%45s %d %d %d %d", host, &size, &tos, &ttl, &df) != 5 ||
		    size < 0 || size > MAX_DATAGRAM)
			return 2;
		fd = shaped_socket(source, host, port, df);
		set_headers(fd, strchr(host, ':') ? AF_INET6 : AF_INET, tos, ttl);
		if (send(fd, buffer, size, 0) != size)
			die(line);
		close(fd);
	}
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: udp send [-c COUNT] [-s BYTES] [-i MICROSECONDS] [-p PORT] [-d] [-e] ADDRESS PORT\n"
			"       udp each [-s BYTES,BYTES...] PORT\n"
			"       udp shape [-a ADDRESS] PORT\n       udp echo PORT\n       udp sink PORT\n");
	return 2;
}

static int send_command(int argc, char **argv)
{
	struct order order = { .count = 1, .size = 64 };
	int opt;

	while ((opt = getopt(argc, argv, "c:s:i:p:de")) != -1) {
		switch (opt) {
		case 'c':
			order.count = atoi(optarg);
			break;
		case 's':
			order.size = atoi(optarg);
			break;
		case 'i':
			order.gap_us = atoi(optarg);
			break;
		case 'p':
			order.source_port = atoi(optarg);
			break;
		case 'd':
			order.dont_fragment = 1;
			break;
		case 'e':
			order.expect_answer = 1;
			break;
		default:
			return usage();
		}
	}
	if (argc - optind != 2 || order.size < 0 || order.size > MAX_DATAGRAM)
		return usage();
	return send_all(&order, argv[optind], argv[optind + 1]);
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "send"))
		return send_command(argc - 1, argv + 1);
	if (argc == 3 && !strcmp(argv[1], "each"))
		return each_command("64", argv[2]);
	if (argc == 5 && !strcmp(argv[1], "each") && !strcmp(argv[2], "-s"))
		return each_command(argv[3], argv[4]);
	if (argc == 3 && !strcmp(argv[1], "shape"))
		return shape_command(NULL, argv[2]);
	if (argc == 5 && !strcmp(argv[1], "shape") && !strcmp(argv[2], "-a"))
		return shape_command(argv[3], argv[4]);
	if (argc == 3 && !strcmp(argv[1], "echo"))
		serve(listening_socket(argv[2]), 1);
	if (argc == 3 && !strcmp(argv[1], "sink"))
		serve(listening_socket(argv[2]), 0);
	return usage();
}
