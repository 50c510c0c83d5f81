// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams for the scenarios: an exact number of an exact size, from and to exact ports.
 *
 *   udp send [-c COUNT] [-s BYTES] [-i MICROSECONDS] [-p SOURCE-PORT] [-d] [-e] ADDRESS PORT
 *   udp echo PORT          sends every datagram back
 *   udp sink PORT          prints "BYTES ADDRESS PORT" for every datagram
 *
 * -d sets DF. With -e each datagram is sent when the last one has been answered, or not within 2 s. send prints
 * "sent N answered N" and, for the first error of the socket (an ICMP error, say), "error TEXT".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static void serve(int fd, int echo)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr_storage from;
	socklen_t len;
	ssize_t got;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		len = sizeof(from);
		got = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &len);
		if (got < 0)
			continue;
		if (echo) {
			sendto(fd, buffer, got, 0, (struct sockaddr *)&from, len);
			continue;
		}
		getnameinfo((struct sockaddr *)&from, len, host, sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
		printf("%zd %s %s\n", got, strncmp(host, "::ffff:", 7) ? host : host + 7, port);
	}
}

static int connected_socket(const struct order *order, const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	int pmtu = order->dont_fragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
	struct addrinfo *to;
	int fd;

	if (getaddrinfo(host, port, &hints, &to)) {
		fprintf(stderr, "udp: '%s' '%s': expected an address and a port\n", host, port);
		exit(2);
	}
	fd = bound_socket(to->ai_family, order->source_port);
	if (to->ai_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
		die("connect");
	freeaddrinfo(to);
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

static int usage(void)
{
	fprintf(stderr, "usage: udp send [-c COUNT] [-s BYTES] [-i MICROSECONDS] [-p PORT] [-d] [-e] ADDRESS PORT\n"
			"       udp echo PORT\n       udp sink PORT\n");
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
	if (argc == 3 && !strcmp(argv[1], "echo"))
		serve(listening_socket(argv[2]), 1);
	if (argc == 3 && !strcmp(argv[1], "sink"))
		serve(listening_socket(argv[2]), 0);
	return usage();
}
