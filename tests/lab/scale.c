// SPDX-License-Identifier: GPL-2.0
/*
 * Many selectors, and the flows that meet them.
 *
 *   scale eroutes COUNT SHAPES     prints lines for ipsec --batch: COUNT eroutes to %drop, of SHAPES shapes
 *   scale policies COUNT SHAPES    the same for ip -batch: XFRM policies that allow
 *   scale sas COUNT                lines for ipsec --batch: COUNT SAs
 *   scale states COUNT             the same for ip -batch: XFRM states
 *   scale ports COUNT              lines for ipsec --batch: COUNT eroutes on one pair of prefixes
 *   scale flows COUNT SHAPES hit|miss    flows that meet one entry of each shape each, or pass them all by
 *   scale send ROUNDS <FLOWS       sends a packet of each flow so often; prints what the cheapest of them took, the
 *                                  average over the flows and that of the dearest flow, in nanoseconds
 *   scale dump eroutes|sas|xfrm-policies|xfrm-states|FILE|pfkey [stop]    reads all of it; prints "ENTRIES TOTAL-NS
 *                                  LONGEST-CALL-NS"; or reads once, says "stopped" and waits to be killed
 *
 * The prefixes of one entry of each shape lie in each other: each entry has its own addresses, and all
 * shapes have prefixes that contain them. A flow for a shape leaves them at the bit behind its prefix lengths.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/pfkeyv2.h>
#include <linux/xfrm.h>

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../include/klips/netlink.h"

enum kind { PLAIN, PORT, PROTO };

struct shape {
	int family, src_plen, dst_plen;
	enum kind kind;
};

struct addr {
	uint8_t bytes[16];
};

struct flow {
	int family;
	struct addr src, dst;
	uint16_t port;
};

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "scale: %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * Half of the shapes are IPv4. Of each half: 1 of 1; of 20 the pairs of 4 lengths, 4 of them with ports too; of
 * 250 the pairs of 11 lengths, all of them with ports too, 8 with a protocol alone.
 */
static struct shape shape(unsigned int i, unsigned int shapes)
{
	unsigned int lens = shapes >= 500 ? 11 : 4, step = shapes >= 500 ? 2 : 4, pairs = lens * lens;
	struct shape s = { .family = i % 2 ? AF_INET6 : AF_INET, .kind = PLAIN };
	unsigned int at = i / 2, first = shapes >= 500 ? 12 : 16;

	if (shapes == 1)
		return (struct shape) { .family = AF_INET, .src_plen = 24, .dst_plen = 24 };
	if (at >= pairs) {
		s.kind = at >= 2 * pairs ? PROTO : PORT;
		at = shapes >= 500 ? at % pairs : (at - pairs) * 5;
	}
	s.src_plen = first + at / lens * step;
	s.dst_plen = first + at % lens * step;
	if (s.family == AF_INET6) {	/* 44, 46 ... or 48, 52 ... */
		s.src_plen += 32;
		s.dst_plen += 32;
	}
	return s;
}

static unsigned int bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* The addresses that all prefixes of the entries @n contain. */
static struct addr address(int family, bool dst, unsigned int n)
{
	struct addr a = { { 0 } };
	uint32_t v4 = (dst ? 48u << 24 : 16u << 24) + (n << 16) + 1;

	if (family == AF_INET) {
		a.bytes[0] = v4 >> 24;
		a.bytes[1] = v4 >> 16;
		a.bytes[3] = v4;
		return a;
	}
	memcpy(a.bytes, "\x20\x01\x0d", 3);
	a.bytes[3] = dst ? 0xb9 : 0xb8;
	a.bytes[4] = n >> 8;
	a.bytes[5] = n;
	a.bytes[15] = 1;
	return a;
}

static unsigned int partner(unsigned int n)
{
	return (n * 7 + 3) % 2500;
}

static unsigned int port(unsigned int n)
{
	return 1000 + n;
}

static const char *text(int family, const struct addr *a, char *buf)
{
	return inet_ntop(family, a->bytes, buf, INET6_ADDRSTRLEN);
}

static const char *prefix(int family, struct addr a, unsigned int plen, char *buf)
{
	unsigned int i;

	for (i = plen; i < bits(family); i++)
		a.bytes[i / 8] &= ~(0x80 >> i % 8);
	text(family, &a, buf);
	sprintf(buf + strlen(buf), "/%u", plen);
	return buf;
}

/* As XFRM knows no order but priorities: the narrower, the lower. */
static unsigned int priority(const struct shape *s)
{
	return 100000 - s->src_plen * 520 - s->dst_plen * 4 - s->kind;
}

static void print_entries(unsigned int count, unsigned int shapes, bool policies)
{
	char src[64], dst[64];
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct shape s = shape(i % shapes, shapes);
		unsigned int n = i / shapes;

		prefix(s.family, address(s.family, false, n), s.src_plen, src);
		prefix(s.family, address(s.family, true, partner(n)), s.dst_plen, dst);
		/* By number: ip(8) would open a file to find it by name. */
		if (policies)
			printf("xfrm policy add src %s dst %s %s", src, dst, s.kind == PLAIN ? "" : "proto 17 ");
		else
			printf("eroute --add --src %s --dst %s --said %%drop%s", src, dst,
			       s.kind == PLAIN ? "" : " --transport-proto udp");
		if (s.kind == PORT)
			printf(policies ? "dport %u " : " --dst-port %u", port(n));
		if (policies)
			printf("dir out action allow priority %u", priority(&s));
		putchar('\n');
	}
}

static void print_sas(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		printf("spi --said esp0x%x@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 0x0f1e2d3c4b5a69788796a5b4c3d2e1f0%08x\n",
		       0x10000 + i, i);
}

/* Each has a reqid of its own: XFRM looks at all of one pair of addresses and reqid whenever it gets one more. */
static void print_states(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		printf("xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x%x reqid %u mode tunnel aead rfc4106(gcm(aes)) 0x0f1e2d3c4b5a69788796a5b4c3d2e1f0%08x 128\n",
		       0x10000 + i, i + 1, i);
}

static void print_ports(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		printf("eroute --add --src 16.0.0.0/24 --dst 48.0.0.0/24 --transport-proto udp --dst-port %u --said %%drop\n",
		       port(i));
}

static void leave(struct addr *a, int family, unsigned int plen)
{
	if (plen < bits(family))
		a->bytes[plen / 8] ^= 0x80 >> plen % 8;
}

static void print_flow(int family, const struct addr *src, const struct addr *dst, unsigned int dport)
{
	char a[64], b[64];

	printf("%s %s %u\n", text(family, src, a), text(family, dst, b), dport);
}

/* Each shape by another one of its entries, so that they come from all over the table. */
static void print_hits(unsigned int count, unsigned int shapes)
{
	unsigned int each = count / shapes, i;

	for (i = 0; i < shapes; i++) {
		struct shape s = shape(i, shapes);
		unsigned int n = each ? i * 61 % each : 0;
		struct addr src = address(s.family, false, n), dst = address(s.family, true, partner(n));

		leave(&src, s.family, s.src_plen);
		leave(&dst, s.family, s.dst_plen);
		print_flow(s.family, &src, &dst, s.kind == PORT ? port(n) : 9);
	}
}

/* Both addresses are of many entries, but of none together. */
static void print_misses(unsigned int count, unsigned int shapes)
{
	unsigned int each = count / shapes, i;
	struct addr src, dst;

	for (i = 0; i < 20; i++) {
		int family = i % 2 ? AF_INET6 : AF_INET;
		unsigned int n = each ? i * 61 % each : 0;

		src = address(family, false, n);
		dst = address(family, true, partner((n + 1) % (each > 1 ? each : 2)));
		print_flow(family, &src, &dst, 9);
	}
}

/* Sending. */

static unsigned int read_flows(struct flow **flows)
{
	char src[64], dst[64];
	unsigned int n = 0, dport;

	*flows = NULL;
	while (scanf("%63s %63s %u", src, dst, &dport) == 3) {
		struct flow *f;

		*flows = realloc(*flows, (n + 1) * sizeof(**flows));
		f = &(*flows)[n++];
		memset(f, 0, sizeof(*f));
		f->family = strchr(src, ':') ? AF_INET6 : AF_INET;
		f->port = dport;
		inet_pton(f->family, src, f->src.bytes);
		inet_pton(f->family, dst, f->dst.bytes);
	}
	return n;
}

static size_t build_v4(const struct flow *f, uint8_t *p)
{
	struct iphdr *ip = (struct iphdr *)p;

	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(36);
	ip->ttl = 64;
	ip->protocol = 17;
	memcpy(&ip->saddr, f->src.bytes, 4);
	memcpy(&ip->daddr, f->dst.bytes, 4);
	p[22] = f->port >> 8;
	p[23] = f->port;
	p[25] = 16;
	return 36;
}

static size_t build_v6(const struct flow *f, uint8_t *p)
{
	struct ip6_hdr *ip = (struct ip6_hdr *)p;

	ip->ip6_flow = htonl(6u << 28);
	ip->ip6_plen = htons(16);
	ip->ip6_nxt = 17;
	ip->ip6_hlim = 64;
	memcpy(&ip->ip6_src, f->src.bytes, 16);
	memcpy(&ip->ip6_dst, f->dst.bytes, 16);
	p[42] = f->port >> 8;
	p[43] = f->port;
	p[45] = 16;
	return 56;
}

/* The cheapest of them: what the packet takes when no timer interrupts it. */
static long long send_one(int fd, const struct flow *f, unsigned int rounds)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	bool v4 = f->family == AF_INET;
	uint8_t packet[64] = { 0 };
	long long start, took, least = 0;
	unsigned int i;
	size_t len;

	len = v4 ? build_v4(f, packet) : build_v6(f, packet);
	memcpy(&to4.sin_addr, f->dst.bytes, 4);
	memcpy(&to6.sin6_addr, f->dst.bytes, 16);
	for (i = 0; i < rounds; i++) {
		start = now();
		if (sendto(fd, packet, len, 0, v4 ? (void *)&to4 : (void *)&to6, v4 ? sizeof(to4) : sizeof(to6)) < 0)
			die("send");
		took = now() - start;
		least = !i || took < least ? took : least;
	}
	return least;
}

static int send_all(unsigned int rounds)
{
	int v4 = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), v6 = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	long long cost, sum = 0, most = 0;
	struct flow *flows;
	unsigned int i, n;

	if (v4 < 0 || v6 < 0)
		die("raw socket");
	n = read_flows(&flows);
	for (i = 0; i < n; i++) {
		cost = send_one(flows[i].family == AF_INET ? v4 : v6, &flows[i], rounds);
		sum += cost;
		most = cost > most ? cost : most;
	}
	printf("%lld %lld\n", n ? sum / n : 0, most);
	return !n;
}

/* Dumps. */

static struct { long long entries, start, longest; bool stop; } dump;

static void told(long long call_started)
{
	long long took = now() - call_started;

	dump.longest = took > dump.longest ? took : dump.longest;
}

/* In the middle of a dump, if that is what is asked for. */
static void maybe_stop(void)
{
	while (dump.stop) {
		puts("stopped");
		fflush(stdout);
		pause();
	}
}

static int genl_open(uint16_t *family)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
		struct nlattr a;
		char name[8];
	} get = {
		{ sizeof(get), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0 }, { CTRL_CMD_GETFAMILY, 1, 0 },
		{ 4 + 6, CTRL_ATTR_FAMILY_NAME }, "klips",
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	char buf[8192];
	ssize_t len;

	if (fd < 0 || send(fd, &get, sizeof(get), 0) < 0)
		die("generic netlink");
	len = recv(fd, buf, sizeof(buf), 0);
	for (char *p = buf + 20; p + 4 <= buf + len; p += (((struct nlattr *)p)->nla_len + 3) & ~3) {
		if (((struct nlattr *)p)->nla_type == CTRL_ATTR_FAMILY_ID) {
			memcpy(family, p + 4, 2);
			return fd;
		}
	}
	errno = ENOENT;
	die("family klips");
	return -1;
}

/* Sends @ask, and counts all that is answered. */
static void dump_netlink(int fd, struct nlmsghdr *ask)
{
	static char buf[65536];

	dump.start = now();
	if (send(fd, ask, ask->nlmsg_len, 0) < 0)
		die("dump");
	told(dump.start);
	for (;;) {
		long long start = now();
		ssize_t len = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *n = (struct nlmsghdr *)buf;

		told(start);
		if (len <= 0)
			die("dump");
		for (; NLMSG_OK(n, len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_type == NLMSG_DONE)
				return;
			if (n->nlmsg_type == NLMSG_ERROR) {
				errno = -((struct nlmsgerr *)NLMSG_DATA(n))->error;
				die("dump");
			}
			dump.entries++;
		}
		maybe_stop();
	}
}

static void dump_genl(uint8_t cmd)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
	} ask = { { sizeof(ask), 0, NLM_F_REQUEST | NLM_F_DUMP, 2, 0 }, { cmd, 1, 0 } };
	int fd = genl_open(&ask.n.nlmsg_type);

	dump_netlink(fd, &ask.n);
}

static void dump_xfrm(uint16_t type)
{
	struct nlmsghdr ask = { sizeof(ask), type, NLM_F_REQUEST | NLM_F_DUMP, 2, 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);

	if (fd < 0)
		die("XFRM");
	dump_netlink(fd, &ask);
}

static void dump_file(const char *path)
{
	static char buf[65536];
	size_t size = dump.stop ? 512 : sizeof(buf);
	int fd = open(path, O_RDONLY);
	long long start;
	ssize_t len, i;

	if (fd < 0)
		die(path);
	dump.start = now();
	do {
		start = now();
		len = read(fd, buf, size);
		told(start);
		for (i = 0; i < len; i++)
			dump.entries += buf[i] == '\n';
		maybe_stop();
	} while (len > 0);
}

static void dump_pfkey(void)
{
	struct sadb_msg msg = {
		.sadb_msg_version = PF_KEY_V2, .sadb_msg_type = SADB_DUMP, .sadb_msg_len = 2,
		.sadb_msg_seq = 7, .sadb_msg_pid = getpid(),
	}, *got;
	int fd = socket(PF_KEY, SOCK_RAW, PF_KEY_V2), size = 1 << 20;
	static char buf[65536];
	long long start;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	dump.start = now();
	if (fd < 0 || send(fd, &msg, sizeof(msg), 0) < 0)
		die("PF_KEY");
	told(dump.start);
	got = (struct sadb_msg *)buf;
	do {
		start = now();
		if (recv(fd, buf, sizeof(buf), 0) < (ssize_t)sizeof(msg))
			die("PF_KEY dump");
		told(start);
		if (got->sadb_msg_errno)
			return;
		dump.entries++;
		maybe_stop();
	} while (got->sadb_msg_seq);
}

static int dump_all(const char *what, bool stop)
{
	dump.stop = stop;
	if (!strcmp(what, "eroutes"))
		dump_genl(KLIPS_CMD_EROUTE);
	else if (!strcmp(what, "sas"))
		dump_genl(KLIPS_CMD_SA);
	else if (!strcmp(what, "xfrm-policies"))
		dump_xfrm(XFRM_MSG_GETPOLICY);
	else if (!strcmp(what, "xfrm-states"))
		dump_xfrm(XFRM_MSG_GETSA);
	else if (!strcmp(what, "pfkey"))
		dump_pfkey();
	else
		dump_file(what);
	printf("%lld %lld %lld\n", dump.entries, now() - dump.start, dump.longest);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int count = argc > 2 ? atoi(argv[2]) : 0, shapes = argc > 3 ? atoi(argv[3]) : 0;

	if (!strcmp(what, "eroutes") && shapes)
		print_entries(count, shapes, false);
	else if (!strcmp(what, "policies") && shapes)
		print_entries(count, shapes, true);
	else if (!strcmp(what, "sas") && count)
		print_sas(count);
	else if (!strcmp(what, "states") && count)
		print_states(count);
	else if (!strcmp(what, "ports") && count)
		print_ports(count);
	else if (!strcmp(what, "flows") && argc == 5 && shapes && !strcmp(argv[4], "miss"))
		print_misses(count, shapes);
	else if (!strcmp(what, "flows") && argc == 5 && shapes)
		print_hits(count, shapes);
	else if (!strcmp(what, "send") && count)
		return send_all(count);
	else if (!strcmp(what, "dump") && argc >= 3)
		return dump_all(argv[2], argc == 4);
	else
		return fprintf(stderr, "scale: see the head of tests/lab/scale.c\n"), 2;
	return 0;
}
