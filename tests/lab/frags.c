// SPDX-License-Identifier: GPL-2.0
/*
 * Sends UDP datagrams in fragments that are cut, ordered and repeated as one likes, right or wrong.
 *
 *   frags SOURCE DESTINATION       addresses of one family; the source need not be one of this host
 *
 * Reads orders from standard input, one a line: options, then the fragments in the order in which they are sent.
 *
 *   id=N       the datagram's identification; else that of the order before and one more
 *   len=N      bytes of the datagram, with its UDP header (default 4008)
 *   port=N     to which it goes (default 7000), from 4000
 *   ext=N      IPv6: options in front of the fragment header (1), in its fragmentable part (2), or both (3)
 *   times=N    so many such datagrams, each fragment of all before the next one
 *   from=ADDRESS     another source
 *   wait=MS    before it
 *   FROM-TO[m|l][@PORT]            these of its bytes; m: says that there are more, l: says that it is the last; with
 *              another port, in the fragment that shows it
 *
 * Each datagram has the right checksum for what it is in whole. Says "sent N", of fragments.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "address.h"
#include "one_cpu.h"

#define MAX 66000
#define WORDS 256

struct order {
	uint32_t id;
	int len;			/* with options of IPv6, as all below */
	int port;
	int ext;
	int times;
	struct sockaddr_storage from;
};

static uint8_t part[MAX], packet[MAX];
static struct sockaddr_storage to;
static socklen_t to_len;
static unsigned long sent;
static int sock, family;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "frags: %s: %s\n", what, errno ? strerror(errno) : "not understood");
	exit(1);
}

static void be16(uint8_t *at, uint16_t n)
{
	at[0] = n >> 8;
	at[1] = n;
}

static uint32_t sum(const uint8_t *p, int len)
{
	uint32_t all = 0;

	for (int i = 0; i < len; i++)
		all += i & 1 ? p[i] : p[i] << 8;
	return all;
}

static const uint8_t *bytes_of(const struct sockaddr_storage *a)
{
	return family == AF_INET ? (const uint8_t *)&((const struct sockaddr_in *)a)->sin_addr :
				   (const uint8_t *)&((const struct sockaddr_in6 *)a)->sin6_addr;
}

static int option(uint8_t *at, int next)
{
	static const uint8_t pad[8] = { 0, 0, 1, 4 };

	memcpy(at, pad, sizeof(pad));
	at[0] = next;
	return sizeof(pad);
}

/* What is cut: the datagram, in IPv6 with options for its destination in front. */
static void fill(const struct order *o)
{
	int head = o->ext & 2 ? option(part, IPPROTO_UDP) : 0, size = family == AF_INET ? 4 : 16;
	int len = o->len - head;
	uint8_t *udp = part + head;
	uint32_t check;

	for (int i = 8; i < len; i++)
		udp[i] = i * 7 + o->id + i / 256;
	be16(udp, 4000);
	be16(udp + 2, o->port);
	be16(udp + 4, len);
	be16(udp + 6, 0);
	check = sum(udp, len) + sum(bytes_of(&o->from), size) + sum(bytes_of(&to), size) + IPPROTO_UDP + len;
	while (check >> 16)
		check = (check & 0xffff) + (check >> 16);
	be16(udp + 6, check == 0xffff ? check : ~check);
}

static int head_v4(const struct order *o, int from, bool more, int len)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
		.id = htons(o->id), .tot_len = htons(sizeof(ip) + len),
		.frag_off = htons(from / 8 | (more ? IP_MF : 0)),
	};

	memcpy(&ip.saddr, bytes_of(&o->from), 4);
	memcpy(&ip.daddr, bytes_of(&to), 4);
	memcpy(packet, &ip, sizeof(ip));
	return sizeof(ip);
}

static int head_v6(const struct order *o, int from, bool more, int len)
{
	struct ip6_hdr ip = { .ip6_hlim = 64 };
	struct ip6_frag frag = {
		.ip6f_nxt = o->ext & 2 ? IPPROTO_DSTOPTS : IPPROTO_UDP,
		.ip6f_offlg = htons(from | more), .ip6f_ident = htonl(o->id),
	};
	int at = sizeof(ip);

	ip.ip6_nxt = o->ext & 1 ? IPPROTO_HOPOPTS : IPPROTO_FRAGMENT;
	ip.ip6_vfc = 6 << 4;
	if (o->ext & 1)
		at += option(packet + at, IPPROTO_FRAGMENT);
	memcpy(packet + at, &frag, sizeof(frag));
	at += sizeof(frag);
	ip.ip6_plen = htons(at - sizeof(ip) + len);
	memcpy(&ip.ip6_src, bytes_of(&o->from), 16);
	memcpy(&ip.ip6_dst, bytes_of(&to), 16);
	memcpy(packet, &ip, sizeof(ip));
	return at;
}

static void transmit(const struct order *o, const char *word)
{
	int from, to_byte, port = o->port, used = 0, head, at = o->ext & 2 ? 8 : 0;
	bool more;

	if (sscanf(word, "%d-%d%n", &from, &to_byte, &used) != 2 || to_byte < from || to_byte > MAX - 100)
		die(word);
	more = to_byte < o->len;
	for (word += used; *word == 'm' || *word == 'l'; word++)
		more = *word == 'm';
	if (*word == '@')
		port = atoi(word + 1);
	fill(o);
	be16(part + at + 2, port);
	head = family == AF_INET ? head_v4(o, from, more, to_byte - from) : head_v6(o, from, more, to_byte - from);
	memcpy(packet + head, part + from, to_byte - from);
	if (sendto(sock, packet, head + to_byte - from, 0, (struct sockaddr *)&to, to_len) < 0)
		die("send");
	/* No queue on the way shall overflow. */
	if (!(++sent % 16))
		usleep(20000);
}

/* "key=value"; false: a fragment. */
static bool set(struct order *o, const char *word)
{
	const char *value = strchr(word, '=');
	int n = value ? atoi(value + 1) : 0;

	if (!value)
		return false;
	if (!strncmp(word, "id=", 3))
		o->id = n;
	else if (!strncmp(word, "len=", 4))
		o->len = n;
	else if (!strncmp(word, "port=", 5))
		o->port = n;
	else if (!strncmp(word, "ext=", 4))
		o->ext = n;
	else if (!strncmp(word, "times=", 6))
		o->times = n;
	else if (!strncmp(word, "wait=", 5))
		usleep(n * 1000);
	else if (!strncmp(word, "from=", 5))
		numeric_address(value + 1, "0", &o->from);
	else
		die(word);
	return true;
}

static void obey(struct order *o, char *line)
{
	char *word[WORDS];
	uint32_t first;
	int n = 0;

	o->id++;
	o->times = 1;
	for (char *w = strtok(line, " \n"); w && n < WORDS; w = strtok(NULL, " \n"))
		if (!set(o, w))
			word[n++] = w;
	first = o->id;
	for (int i = 0; i < n; i++) {
		for (int t = 0; t < o->times; t++) {
			o->id = first + t;
			transmit(o, word[i]);
		}
	}
}

int main(int argc, char **argv)
{
	struct order o = { .len = 4008, .port = 7000 }, one;
	static char line[8192];

	if (argc != 3) {
		fprintf(stderr, "usage: frags SOURCE DESTINATION <ORDERS\n");
		return 2;
	}
	to_len = numeric_address(argv[2], "0", &to);
	numeric_address(argv[1], "0", &o.from);
	family = to.ss_family;
	stay_on_one_cpu();
	sock = socket(family, SOCK_RAW, IPPROTO_RAW);
	if (sock < 0)
		die("socket");
	while (fgets(line, sizeof(line), stdin)) {
		one = o;
		obey(&one, line);
		o.id = one.id;
	}
	printf("sent %lu\n", sent);
	return 0;
}
