// SPDX-License-Identifier: GPL-2.0
/*
 * Sends datagrams back to back and says what one took: blast ADDRESS PORT BYTES COUNT.
 * All hosts are namespaces on one CPU, so a packet's whole way, to the receiving socket, is over
 * when send() returns; the receiver reads nothing, its socket buffer is full and drops after the work is done.
 */
#include <arpa/inet.h>
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

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	static char data[65536];
	long long start;
	int fd, count;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "Usage: blast ADDRESS PORT BYTES COUNT\n");
		return 2;
	}
	to.sin_port = htons(atoi(argv[2]));
	count = atoi(argv[4]);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("blast");
		return 1;
	}
	blast(fd, data, atoi(argv[3]), 200);	/* caches, neighbours, page tables */
	start = now();
	blast(fd, data, atoi(argv[3]), count);
	printf("%lld\n", (now() - start) / count);
	return 0;
}
