// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams between many pairs of addresses at a time.
 *
 *   pairs [-t TRIES] [-x] PORT SIZE,SIZE... <PAIRS
 *
 * A pair is a line "NAME FROM TO". From FROM to TO, PORT to PORT, goes one datagram of each size, and must come back as
 * it was; what is not back within 2 s is sent once more, TRIES times in all (4): where a path is narrower than was
 * thought an IPv6 sender learns it so. With -x those that go out over IPv6 have hop-by-hop and destination options. Its
 * content says its NAME, again and again, so that it can be found where it should not be.
 * Prints for each pair "NAME ok", or what became of the sizes that were not as they should: "NAME 3000:lost 64:changed".
 * A size that took more than one try is shown as "NAME ok 1300:2". Exit status 1: a datagram was lost or changed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"

#define MAX_PAIRS 256
#define MAX_BYTES 9000
#define AT_A_TIME 16
#define ANSWER_MS 2000

enum state { UNSENT, WAITING, GOOD, LOST, CHANGED };

struct pair {
	char name[32];
	int fd;
	enum state state;		/* of the size that is under way */
	int tries;
	long deadline;
	char result[128];
	bool bad;
};

static struct pair pairs[MAX_PAIRS];
static int n_pairs;
static int max_tries = 4;
static bool with_options;

/*
 * Options for experiments (RFC 4727), which nobody knows and everybody passes over. The data of 0x3e may change on the
 * way, that of 0x1e may not. What follows is filled in by the kernel. PadN fills up to 8 bytes.
 */
static const unsigned char hop_options[] = { 0, 1, 0x3e, 4, 'h', 'o', 'p', 's', 0x1e, 2, 'o', 'k', 1, 2, 0, 0 };
static const unsigned char destination_options[] = { 0, 0, 0x1e, 4, 'd', 'e', 's', 't' };

static void die(const char *what)
{
	fprintf(stderr, "pairs: %s: %s\n", what, strerror(errno));
	exit(2);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* "<NAME>" as often as it goes in; a datagram of one byte has its last letter. */
static void fill(const struct pair *p, char *buf, int size)
{
	char text[40];
	int len = snprintf(text, sizeof(text), "<%s>", p->name);

	for (int i = 0; i < size; i++)
		buf[i] = text[(i + (size < len ? len - 2 : 0)) % len];
}

static void add_options(int fd)
{
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_HOPOPTS, hop_options, sizeof(hop_options)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, destination_options, sizeof(destination_options)))
		die("options");
}

static void open_pair(struct pair *p, const char *from, const char *to, const char *port)
{
	int dont = IP_PMTUDISC_DONT, want = IPV6_PMTUDISC_WANT;
	struct sockaddr_storage a;
	socklen_t len = numeric_address(from, port, &a);

	p->fd = socket(a.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&a, len))
		die(from);
	if (a.ss_family == AF_INET)
		setsockopt(p->fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont));
	else
		setsockopt(p->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &want, sizeof(want));
	if (with_options && a.ss_family == AF_INET6)
		add_options(p->fd);
	len = numeric_address(to, port, &a);
	if (connect(p->fd, (struct sockaddr *)&a, len))
		die(to);
}

static void read_pairs(const char *port)
{
	char line[256], from[64], to[64];

	while (fgets(line, sizeof(line), stdin)) {
		struct pair *p = &pairs[n_pairs++];

		if (n_pairs > MAX_PAIRS || sscanf(line, "%31s %63s %63s", p->name, from, to) != 3) {
			fprintf(stderr, "pairs: line %d: expected \"NAME FROM TO\", at most %d lines\n", n_pairs, MAX_PAIRS);
			exit(2);
		}
		open_pair(p, from, to, port);
	}
}

static void send_one(struct pair *p, int size)
{
	char buf[MAX_BYTES];

	fill(p, buf, size);
	p->state = WAITING;
	p->tries++;
	p->deadline = now_ms() + ANSWER_MS;
	/* An error that an earlier datagram left is told now: it is another reason to try again. */
	for (int i = 0; i < 3 && send(p->fd, buf, size, 0) < 0; i++)
		if (errno == EAGAIN)
			return;
}

/* A late answer to an earlier size is for nobody. */
static void receive(struct pair *p, int size)
{
	char got[MAX_BYTES], sent[MAX_BYTES];
	ssize_t len = recv(p->fd, got, sizeof(got), 0);

	if (len != size || p->state != WAITING)
		return;
	fill(p, sent, size);
	p->state = memcmp(got, sent, size) ? CHANGED : GOOD;
}

static void note(struct pair *p, int size, const char *what)
{
	size_t at = strlen(p->result);

	snprintf(p->result + at, sizeof(p->result) - at, " %d:%s", size, what);
}

/* The size is done with this pair. */
static void settle(struct pair *p, int size)
{
	char text[16];

	if (p->state == GOOD && p->tries == 1)
		return;
	snprintf(text, sizeof(text), "%d", p->tries);
	note(p, size, p->state == GOOD ? text : p->state == LOST ? "lost" : "changed");
	p->bad |= p->state != GOOD;
}

/* Starts pairs, sends again what was not answered: how many are under way. */
static int push(int size)
{
	int waiting = 0;

	for (int i = 0; i < n_pairs; i++) {
		struct pair *p = &pairs[i];

		if (p->state == WAITING && now_ms() > p->deadline) {
			if (p->tries < max_tries)
				send_one(p, size);
			else
				p->state = LOST;
		} else if (p->state == UNSENT && waiting < AT_A_TIME) {
			send_one(p, size);
		}
		waiting += p->state == WAITING;
	}
	return waiting;
}

static void one_size(int size)
{
	static struct pollfd fds[MAX_PAIRS];

	for (int i = 0; i < n_pairs; i++) {
		pairs[i].state = UNSENT;
		pairs[i].tries = 0;
		fds[i] = (struct pollfd) { .fd = pairs[i].fd, .events = POLLIN };
	}
	while (push(size)) {
		if (poll(fds, n_pairs, 20) < 0)
			die("poll");
		for (int i = 0; i < n_pairs; i++)
			if (fds[i].revents)
				receive(&pairs[i], size);
	}
	for (int i = 0; i < n_pairs; i++)
		settle(&pairs[i], size);
}

static int report(void)
{
	int status = 0;

	for (int i = 0; i < n_pairs; i++) {
		printf("%s%s%s\n", pairs[i].name, pairs[i].bad ? "" : " ok", pairs[i].result);
		status |= pairs[i].bad;
	}
	return status;
}

int main(int argc, char **argv)
{
	char *sizes, *word;
	int opt;

	while ((opt = getopt(argc, argv, "t:x")) != -1) {
		if (opt == 't')
			max_tries = atoi(optarg);
		else if (opt == 'x')
			with_options = true;
		else
			return 2;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: pairs [-t TRIES] [-x] PORT SIZE,SIZE... <PAIRS\n");
		return 2;
	}
	read_pairs(argv[optind]);
	sizes = argv[optind + 1];
	while ((word = strsep(&sizes, ","))) {
		int size = atoi(word);

		if (size < 1 || size > MAX_BYTES)
			return 2;
		one_size(size);
	}
	return report();
}
