// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP transfer of zeros as fast as it goes:
 *   stream receive PORT                    takes one connection after the other, for ever, and forgets what comes
 *   stream send ADDRESS PORT BYTES         prints the nanoseconds until the receiver has closed
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char data[262144];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void receive_all(int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd, on = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 4))
		die("stream: listen");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		while (recv(fd, data, sizeof(data), MSG_TRUNC) > 0)
			;
		close(fd);
	}
	die("stream: accept");
}

static void send_all(const char *address, int port, long long bytes)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long long start, left;
	ssize_t n;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("stream: connect");
	start = now();
	for (left = bytes; left; left -= n) {
		n = send(fd, data, left < (long long)sizeof(data) ? (size_t)left : sizeof(data), 0);
		if (n <= 0)
			die("stream: send");
	}
	shutdown(fd, SHUT_WR);
	if (recv(fd, data, 1, 0) != 0)
		die("stream: the receiver did not close");
	printf("%lld\n", now() - start);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "receive")) {
		receive_all(atoi(argv[2]));
	} else if (argc == 5 && !strcmp(argv[1], "send")) {
		send_all(argv[2], atoi(argv[3]), atoll(argv[4]));
		return 0;
	}
	fprintf(stderr, "Usage: stream receive PORT | stream send ADDRESS PORT BYTES\n");
	return 2;
}
