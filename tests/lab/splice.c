// SPDX-License-Identifier: GPL-2.0
/*
 * Sends what is in a file to a socket without copying it: the pages of the packets are those of the file. Whoever
 * decrypts in place writes into it.
 *
 *   splice ADDRESS PORT HOW FILE [HOW FILE]...    UDP; PORT 0: a raw socket of protocol 50
 *
 * HOW: splice     file to pipe to socket
 *      more       the first 16 bytes are copied, what is behind them is not
 *      vmsplice   from memory that is the file
 *      sendfile   without a pipe of ours
 *      segment    copied, twice, as one large packet for the kernel to segment
 * Exit status 1: the file is not what it was, or could not be sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 65536
#define FIRST 16

static uint8_t before[MOST], twice[2 * MOST];
static size_t size;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "splice: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_socket(const char *address, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, port ? SOCK_DGRAM : SOCK_RAW, port ? 0 : IPPROTO_ESP);

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die("socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die(address);
	return fd;
}

/* @size bytes from @at on, which are in the pipe @from then. */
static void into_pipe(int file, off_t at, int *pipe_in, const uint8_t *map)
{
	struct iovec iov = { .iov_base = (void *)map, .iov_len = size };
	ssize_t want = map ? size : size - at;
	ssize_t n = map ? vmsplice(*pipe_in, &iov, 1, 0) : splice(file, &at, *pipe_in, NULL, want, 0);

	if (n != want)
		die("into the pipe");
}

static void by_pipe(int file, int fd, off_t at, const uint8_t *map)
{
	ssize_t rest = size - at, n;
	int ends[2];

	if (pipe(ends))
		die("pipe");
	into_pipe(file, at, &ends[1], map);
	if (at && send(fd, before, at, MSG_MORE) != at)
		die("send");
	n = splice(ends[0], NULL, fd, NULL, rest, 0);
	if (n != rest)
		die("into the socket");
}

static void segments(int fd)
{
	int each = size;

	memcpy(twice, before, size);
	memcpy(twice + size, before, size);
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &each, sizeof(each)) ||
	    send(fd, twice, 2 * size, 0) != (ssize_t)(2 * size))
		die("segments");
}

static void transmit(const char *how, int file, int fd, const uint8_t *map)
{
	off_t from = 0;

	if (!strcmp(how, "more"))
		by_pipe(file, fd, FIRST, NULL);
	else if (!strcmp(how, "vmsplice"))
		by_pipe(file, fd, 0, map);
	else if (!strcmp(how, "segment"))
		segments(fd);
	else if (strcmp(how, "sendfile"))
		by_pipe(file, fd, 0, NULL);
	else if (sendfile(fd, file, &from, size) != (ssize_t)size)
		die("sendfile");
}

/* Sends what is in @name, @how. */
static void one(const char *name, const char *how, int fd)
{
	struct stat st;
	uint8_t *map;
	int file;

	/* For reading only: more right than that nobody needs to have its pages sent. */
	file = open(name, O_RDONLY);
	if (file < 0 || fstat(file, &st) || st.st_size < FIRST || st.st_size > MOST)
		die(name);
	size = st.st_size;
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
	if (map == MAP_FAILED || pread(file, before, size, 0) != st.st_size)
		die(name);
	transmit(how, file, fd, map);
	if (memcmp(map, before, size)) {
		fprintf(stderr, "splice: %s: the packet was written into %s\n", how, name);
		exit(1);
	}
	munmap(map, size);
	close(file);
}

int main(int argc, char **argv)
{
	if (argc < 5 || argc % 2 == 0) {
		fprintf(stderr, "usage: splice ADDRESS PORT splice|more|vmsplice|sendfile|segment FILE ...\n");
		return 2;
	}
	for (int i = 3; i < argc; i += 2) {
		int fd = open_socket(argv[1], atoi(argv[2]));

		one(argv[i + 1], argv[i], fd);
		close(fd);
	}
	return 0;
}
