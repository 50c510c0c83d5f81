// SPDX-License-Identifier: GPL-2.0
/*
 * Sends datagrams back to back and says what one took: blast ADDRESS PORT BYTES COUNT.
 * All hosts are namespaces on one CPU, so a packet's whole way, to the receiving socket, is over
 * when send() returns; the receiver reads nothing, its socket buffer is full and drops after the work is done.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void blast(int fd, const char *data, size_t len, int count)
{
	while (count--)
		if (send(fd, data, len, 0) < 0)
			perror("blast: send");
}

/* A socket that sends to an address of either family, -1: errno. */
static int connected(const char *address, int port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v6 = inet_pton(AF_INET, address, &in.sin_addr) != 1;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

	if (!v6)
		return fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ? -1 : fd;
	if (inet_pton(AF_INET6, address, &in6.sin6_addr) != 1)
		return -1;
	return fd < 0 || connect(fd, (struct sockaddr *)&in6, sizeof(in6)) < 0 ? -1 : fd;
}

int main(int argc, char **argv)
{
	static char data[65536];
	long long start;
	int fd, count;

	if (argc != 5) {
		fprintf(stderr, "Usage: blast ADDRESS PORT BYTES COUNT\n");
		return 2;
	}
	count = atoi(argv[4]);
	fd = connected(argv[1], atoi(argv[2]));
	if (fd < 0) {
		perror("blast");
		return 1;
	}
	blast(fd, data, atoi(argv[3]), 200);	/* caches, neighbours, page tables */
	start = now();
	blast(fd, data, atoi(argv[3]), count);
	printf("%lld\n", (now() - start) / count);
	return 0;
}
