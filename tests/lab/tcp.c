// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP transfer whose every byte is checked: both ends compute the same pseudo-random stream.
 *
 *   tcp receive PORT               takes one connection; prints "received N bytes", or "received N bytes, differs at N"
 *   tcp send ADDRESS PORT BYTES    waits until the receiver has closed
 *
 * Both give up after 60 s without progress.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "address.h"

#define STALL_SECONDS 60

static unsigned char buffer[65536];

static void die(const char *what)
{
	fprintf(stderr, "tcp: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* xorshift64: the next byte of the stream. */
static unsigned char next_byte(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
}

static void limit_stalls(int fd)
{
	struct timeval limit = { .tv_sec = STALL_SECONDS };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int listening_socket(int port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	int res, on = 1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	res = bind(fd, (struct sockaddr *)&in6, sizeof(in6));
	if (res)
		res = bind(fd, (struct sockaddr *)&in, sizeof(in));
	if (res || listen(fd, 1))
		die("listen");
	return fd;
}

static int receive_all(int port)
{
	uint64_t state = 1;
	long long total = 0, differs = -1;
	int listener = listening_socket(port);
	int fd;
	ssize_t got, i;

	limit_stalls(listener);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	limit_stalls(fd);
	while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		for (i = 0; i < got; i++)
			if (buffer[i] != next_byte(&state) && differs < 0)
				differs = total + i;
		total += got;
	}
	if (got < 0)
		die("receive");
	printf("received %lld bytes", total);
	if (differs >= 0)
		printf(", differs at %lld", differs);
	printf("\n");
	return differs >= 0;
}

static int connected_socket(const char *host, const char *port)
{
	struct sockaddr_storage to;
	socklen_t len = numeric_address(host, port, &to);
	int fd = socket(to.ss_family, SOCK_STREAM, 0);

	limit_stalls(fd);
	if (connect(fd, (struct sockaddr *)&to, len))
		die("connect");
	return fd;
}

static int send_all(const char *host, const char *port, long long bytes)
{
	uint64_t state = 1;
	int fd = connected_socket(host, port);

	while (bytes > 0) {
		ssize_t len = bytes < (long long)sizeof(buffer) ? bytes : (long long)sizeof(buffer);
		ssize_t sent, i;

		for (i = 0; i < len; i++)
			buffer[i] = next_byte(&state);
		for (i = 0; i < len; i += sent) {
			sent = send(fd, buffer + i, len - i, MSG_NOSIGNAL);
			if (sent <= 0)
				die("send");
		}
		bytes -= len;
	}
	shutdown(fd, SHUT_WR);
	if (recv(fd, buffer, 1, 0) != 0)
		die("waiting for the receiver to close");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "receive"))
		return receive_all(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_all(argv[2], argv[3], atoll(argv[4]));
	fprintf(stderr, "usage: tcp receive PORT\n       tcp send ADDRESS PORT BYTES\n");
	return 2;
}
