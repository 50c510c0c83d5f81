// SPDX-License-Identifier: GPL-2.0
/*
 * Random flows, and a packet for each.
 *
 *   flows make SEED COUNT    prints COUNT lines "SRC DST PROTO SPORT DPORT", as ipsec why --stdin reads them
 *   flows table SEED COUNT   prints COUNT lines of options for ipsec eroute --add; some are there twice
 *   flows send [RATE]        reads such flows, sends an IPv4 packet for each, at most RATE a second; its identification is the
 *                            line's number; says how many, and then in which time
 *
 * Both draw from the same few addresses and ports, so that flows meet eroutes. The networks 10.2 to 10.5 are
 * for the scenario to route: two to ipsec devices, one elsewhere, one nowhere.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Packets between two rests, and how long these are: no queue on the way shall overflow. */
#define BURST 32
#define REST_US 10000

static unsigned int pick(unsigned int n)
{
	return random() % n;
}

/* 10.1.0.2 to .63: .1 is the gateway's own. */
static uint32_t source(void)
{
	return 0x0a010002 + pick(62);
}

static uint32_t destination(void)
{
	static const uint8_t net[] = { 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 5 };

	return 0x0a000000 | net[pick(16)] << 16 | pick(4) << 8 | pick(16);
}

static const char *text(uint32_t addr, char buf[16])
{
	struct in_addr in = { htonl(addr) };

	return inet_ntop(AF_INET, &in, buf, 16);
}

static void make_flow(void)
{
	static const uint8_t protos[] = { 17, 17, 17, 6, 6, 1, 47, 132 };
	uint8_t proto = protos[pick(8)];
	char src[16], dst[16];

	printf("%s %s %u", text(source(), src), text(destination(), dst), proto);
	if (proto == 1)
		printf(" %u %u\n", pick(2) * 8, pick(2));
	else if (proto == 47)
		printf("\n");
	else
		printf(" %u %u\n", 1000 + pick(3), 7000 + pick(3));
}

static void print_net(const char *option, uint32_t addr, int bits)
{
	char buf[16];

	printf("--%s %s/%d ", option, text(addr & ~((1ull << (32 - bits)) - 1), buf), bits);
}

static void make_selector(void)
{
	static const int bits[] = { 8, 16, 20, 23, 24, 26, 28, 29, 30, 31, 32, 32 };

	uint32_t dst = destination();

	print_net("src", source(), bits[pick(12)]);
	/* Some of 10.3.3 shall meet nothing. */
	if (dst >> 16 == 0x0a03)
		print_net("dst", dst & ~0x100, bits[4 + pick(8)]);
	else
		print_net("dst", dst, bits[1 + pick(11)]);
	switch (pick(8)) {
	case 0:
	case 1:
		printf("--transport-proto udp ");
		break;
	case 2:
		printf("--transport-proto udp --dst-port %u ", 7000 + pick(3));
		break;
	case 3:
		printf("--transport-proto tcp --src-port %u ", 1000 + pick(3));
		break;
	case 4:
		printf("--transport-proto tcp --src-port %u --dst-port %u ", 1000 + pick(3), 7000 + pick(3));
		break;
	case 5:
		printf("--transport-proto %s ", pick(2) ? "icmp --src-port 8" : "47");
		break;
	}
}

/* SAs 0x1001 to 0x1004 shall exist, 0x1005 be larval, 0x1006 not exist. */
static void make_eroute(void)
{
	static const char *const shunts[] = { "%pass", "%drop", "%reject" };

	make_selector();
	if (!pick(3))
		printf("--device ipsec%u ", pick(2));
	if (pick(5) < 3)
		printf("--said esp0x%x@192.0.2.2\n", 0x1001 + pick(6));
	else
		printf("--said %s\n", shunts[pick(3)]);
}

static int make(void (*one)(void), const char *seed, const char *count)
{
	srandom(atoi(seed));
	for (int i = 0; i < atoi(count); i++)
		one();
	return 0;
}

/* The first bytes are ports, or ICMP's type and code, whichever the protocol has. */
static int build(char *packet, int id, const char *src, const char *dst, const unsigned int n[3])
{
	struct iphdr *ip = (struct iphdr *)packet;
	uint8_t *l4 = (uint8_t *)(ip + 1);

	memset(packet, 0, sizeof(*ip) + 24);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->id = htons(id);
	ip->protocol = n[0];
	ip->saddr = inet_addr(src);
	ip->daddr = inet_addr(dst);
	if (n[0] == IPPROTO_ICMP) {
		l4[0] = n[1];
		l4[1] = n[2];
	} else {
		l4[0] = n[1] >> 8;
		l4[1] = n[1];
		l4[2] = n[2] >> 8;
		l4[3] = n[2];
	}
	if (n[0] == IPPROTO_TCP)
		l4[12] = 5 << 4;
	return sizeof(*ip) + 24;
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* After @id packets, of which the first left at @start. */
static void rest(long long start, int id, int rate)
{
	long long ahead;

	if (!rate && id % BURST == 0)
		usleep(REST_US);
	if (!rate || id % 8)
		return;
	ahead = start + id * 1000000LL / rate - now_us();
	if (ahead > 0)
		usleep(ahead);
}

static int send_all(int rate)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), id = 0;
	char line[256], src[64], dst[64], packet[64];
	long long start = now_us();

	while (fgets(line, sizeof(line), stdin)) {
		struct sockaddr_in to = { .sin_family = AF_INET };
		unsigned int n[3] = { 0 };
		int len;

		if (sscanf(line, "%63s %63s %u %u %u", src, dst, &n[0], &n[1], &n[2]) < 3)
			return 2;
		len = build(packet, ++id, src, dst, n);
		to.sin_addr.s_addr = inet_addr(dst);
		if (sendto(fd, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) != len) {
			fprintf(stderr, "flows: line %d: %s\n", id, strerror(errno));
			return 1;
		}
		rest(start, id, rate);
	}
	printf("sent %d", id);
	if (rate)
		printf(" in %lld ms", (now_us() - start) / 1000);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make"))
		return make(make_flow, argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "table"))
		return make(make_eroute, argv[2], argv[3]);
	if ((argc == 2 || argc == 3) && !strcmp(argv[1], "send"))
		return send_all(argc == 3 ? atoi(argv[2]) : 0);
	fprintf(stderr, "usage: flows make SEED COUNT | table SEED COUNT | send [RATE]\n");
	return 2;
}
