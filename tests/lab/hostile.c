// SPDX-License-Identifier: GPL-2.0
/* libs: -lcrypto */
/*
 * Forges packets of any build, right or wrong, with keys that are known, and sends them by a packet socket, so that
 * nothing looks at them on this side.
 *
 *   hostile DEVICE MAC ESP-KEY AH-KEY      hex: AES-GCM key with salt (RFC 4106); key of HMAC-SHA-1
 *
 * Reads orders from standard input, one a line: options, then layers from the outermost to the innermost. Says on standard
 * output "sent N", and of random ones "seed N, ours N": so many must be counted by klips.
 *
 *   cut=N[-M]       only the first N bytes behind the outer IP header (each of N to M), whose length fits; a UDP
 *                   header there says so too
 *   claim=N         the length in the outer IP header is N more than there is
 *   frag=N          as IPv4 fragments of N bytes
 *   atomic=N        as one IPv6 fragment that is all there is (RFC 6946), its header N bytes behind the outer IPv6 header:
 *                   behind extension headers of that length
 *   times=N         so often
 *   save=FILE       what is behind the outer IP header goes into FILE, and is not sent
 *   random=N,seed=N random packets, with layers of some plausibility: no layers are given
 *
 *   ip4[,src=A,dst=A,next=N,ver=N,ihl=N,len=N,tos=N,opt=HEX]
 *   ip6[,src=A,dst=A,next=N,ver=N,len=N]
 *   ext,type=N[,next=N,data=HEX]                      IPv6 extension header, filled up to 8 bytes
 *   udp[,sport=N,dport=N,len=N]
 *   esp,spi=N,seq=N[,hi=N,next=N,tail=HEX,flip=N]     hi: upper half of an ESN; tail: padding, its length, next header
 *   ah,spi=N,seq=N[,hi=N,next=N,hdrlen=N,flip=N]      flip: byte that has a wrong bit in the end, < 0 from the end
 *   comp,cpi=N[,next=N,raw=1]                         raw: what follows is deflated already
 *   bytes[,proto=N,len=N,hex=HEX,file=FILE]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/rnd.h"
#include "forge.h"
#include "one_cpu.h"

static struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
static unsigned long sent;
static int sock;

/* --- orders --------------------------------------------------------------- */

static struct layer layers[LAYERS + 1];
static const struct layer none;

static bool is_outer(const struct layer *l)
{
	return l == layers;
}

/* The word "name,key=value,..." becomes @l; false: it is none. */
static bool parse_layer(char *word, struct layer *l)
{
	size_t len = strcspn(word, ",");

	memset(l, 0, sizeof(*l));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strlen(kinds[i].name) == len && !strncmp(word, kinds[i].name, len))
			l->kind = &kinds[i];
	if (!l->kind)
		return false;
	strsep(&word, ",");
	for (int i = 0; i < PARAMS && word; i++)
		l->params[i] = strsep(&word, ",");
	return true;
}

static void build(struct packet *p, int count)
{
	*p = (struct packet){ .start = buffer + ROOM, .end = buffer + ROOM };
	for (int i = count - 1; i >= 0; i--)
		layers[i].kind->build(p, &layers[i], i + 1 < count ? &layers[i + 1] : &none);
}

static int head_len(const uint8_t *ip)
{
	return ip[0] >> 4 == 4 ? (ip[0] & 15) * 4 : (int)sizeof(struct ip6_hdr);
}

/* The length in the outer header, that of a packet of @len bytes. */
static void set_length(uint8_t *ip, int len)
{
	if (ip[0] >> 4 == 4) {
		be16(ip + 2, len);
		v4_check(ip);
	} else {
		be16(ip + 4, len - (int)sizeof(struct ip6_hdr));
	}
}

static void transmit(const uint8_t *at, int len)
{
	to.sll_protocol = htons(at[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
	if (sendto(sock, at, len, 0, (struct sockaddr *)&to, sizeof(to)) != len)
		die("send");
	sent++;
}

static void transmit_fragments(const uint8_t *at, int len, int size)
{
	uint8_t piece[2048];
	int head = head_len(at), rest = len - head;

	for (int done = 0; done < rest; done += size) {
		int n = rest - done < size ? rest - done : size;

		memcpy(piece, at, head);
		memcpy(piece + head, at + head + done, n);
		be16(piece + 6, done / 8 | (done + n < rest ? IP_MF : 0));
		set_length(piece, head + n);
		transmit(piece, head + n);
	}
	sent -= (rest + size - 1) / size - 1;
}

/* As if cut on the way, into one piece: an AH does not cover the fragment header. */
static void transmit_atomic(const struct packet *p, int behind)
{
	static uint8_t copy[ROOM];
	int len = p->end - p->start, at = sizeof(struct ip6_hdr), next = 6, end = at + behind;

	memcpy(copy, p->start, len);
	while (at < end && at < len) {
		next = at;
		at += (copy[at + 1] + 1) * 8;
	}
	if (copy[0] >> 4 != 6 || at != end)
		die("atomic");
	memmove(copy + at + 8, copy + at, len - at);
	memset(copy + at, 0, 8);
	copy[at] = copy[next];
	copy[next] = IPPROTO_FRAGMENT;
	be32(copy + at + 4, 0x6946);
	set_length(copy, len + 8);
	transmit(copy, len + 8);
}

/* A copy of @p is cut to @n bytes behind its IP header, and sent. */
static void transmit_cut(const struct packet *p, int n, int claim)
{
	static uint8_t copy[ROOM];
	int head = head_len(p->start);

	memcpy(copy, p->start, p->end - p->start);
	if (copy[0] >> 4 == 4 && copy[9] == IPPROTO_UDP && n >= 8)
		be16(copy + head + 4, n);
	set_length(copy, head + n + claim);
	transmit(copy, head + n);
}

static void save(const struct packet *p, const char *name)
{
	const uint8_t *from = p->start + head_len(p->start);
	FILE *f = fopen(name, "w");

	if (!f || fwrite(from, 1, p->end - from, f) != (size_t)(p->end - from) || fclose(f))
		die(name);
}

struct order {
	int from, to, claim, frag, atomic, times;
	const char *save;
};

static void carry_out(const struct order *o, int count)
{
	struct packet p;

	build(&p, count);
	if (o->save) {
		save(&p, o->save);
		return;
	}
	for (int i = 0; i < o->times; i++) {
		if (o->frag)
			transmit_fragments(p.start, p.end - p.start, o->frag);
		else if (o->atomic >= 0)
			transmit_atomic(&p, o->atomic);
		else if (o->from >= 0)
			for (int n = o->from; n <= o->to; n++)
				transmit_cut(&p, n, o->claim);
		else
			transmit(p.start, p.end - p.start);
	}
}

/* --- random --------------------------------------------------------------- */

static const uint8_t protos[] = { 50, 51, 108, 4, 41, 17 };
static const uint8_t nexts[] = { 4, 41, 17, 6, 1, 58, 50, 51, 108, 0, 43, 44, 59, 60, 255 };

static int rnd_bytes(uint8_t *at, int len)
{
	for (int i = 0; i < len; i++)
		at[i] = rnd(256);
	return len;
}

/* Something like an IP packet, between addresses that no SA is for. */
static int rnd_inner(uint8_t *at)
{
	static const uint8_t head4[] = { 0x45, 0, 0, 60, 0, 1, 0, 0, 64, 17, 0, 0, 10, 77, 77, 77, 10, 78, 78, 78 };
	static const uint8_t head6[] = { 0x60, 0, 0, 0, 0, 20, 17, 64, 0xfd, 0x77, [23] = 1, 0xfd, 0x78, [39] = 1 };
	int len = rnd(120), at_most = 0;

	rnd_bytes(at, len);
	if (rnd(2))
		memcpy(at, head4, at_most = len < 20 ? len : 20);
	else
		memcpy(at, head6, at_most = len < 40 ? len : 40);
	for (int n = rnd(3); n && at_most > 12; n--)
		at[rnd(12)] = rnd(256);
	return len;
}

/* A header of @proto, of an SA that there is or not, with an ICV that is right, in front of what @p has. */
static void rnd_header(struct packet *p, int proto)
{
	static char spi[16], seq[16], next[16], raw[] = "raw=1";
	struct layer l = { .params = { next, seq, spi } };

	snprintf(next, sizeof(next), "next=%u", nexts[rnd(sizeof(nexts))]);
	snprintf(seq, sizeof(seq), "seq=%u", rnd(2) ? 20000 + rnd(1 << 20) : rnd(1 << 30));
	snprintf(spi, sizeof(spi), "%s=%u", proto == 108 ? "cpi" : "spi", rnd(4) ? 0x1002 + rnd(8) : rnd(65536));
	if (proto == IPPROTO_COMP && rnd(2))
		l.params[3] = raw;
	if (proto == IPPROTO_ESP)
		build_esp(p, &l, &none);
	else if (proto == IPPROTO_AH)
		build_ah(p, &l, &none);
	else
		build_comp(p, &l, &none);
}

/*
 * Whether klips gets to see a packet of @proto with @len bytes at @at, behind an IP header of @head bytes. In UDP the
 * kernel wants at least as many again, and wants no marker of IKE.
 */
static bool is_ours(int proto, const uint8_t *at, int len, int head)
{
	switch (proto) {
	case IPPROTO_IPIP:
		return len >= (int)sizeof(struct iphdr);
	case IPPROTO_IPV6:
		return len >= (int)sizeof(struct ip6_hdr);
	case IPPROTO_UDP:
		return len >= head + 8 && memcmp(at + 8, "\0\0\0", 4);
	default:
		return true;
	}
}

/* One random packet; whether klips must count it. */
static bool random_packet(void)
{
	static char sport[] = "sport=4500", dport[] = "dport=4500", next[16];
	const struct layer udp = { .params = { sport, dport } };
	int proto = protos[rnd(sizeof(protos))], len;
	struct packet p = { .start = buffer + ROOM, .end = buffer + ROOM };
	uint8_t *fixed;

	memset(&layers[0], 0, sizeof(layers[0]));
	layers[0].params[0] = next;
	snprintf(next, sizeof(next), "next=%d", proto);
	p.end += rnd(3) ? rnd_inner(p.end) : rnd_bytes(p.end, rnd(300));
	if (proto == IPPROTO_UDP ? rnd(4) : proto > 41 && rnd(4))
		rnd_header(&p, proto == IPPROTO_UDP ? IPPROTO_ESP : proto);
	fixed = p.start;
	if (!p.ah)
		for (int n = rnd(4) ? 0 : rnd(4); n && p.end > fixed; n--)
			fixed[rnd(p.end - fixed)] = rnd(256);
	if (proto == IPPROTO_UDP)
		build_udp(&p, &udp, &none);
	fixed = p.start;
	len = p.end - fixed;
	if (rnd(3))
		build_ip4(&p, &layers[0], &none);
	else
		build_ip6(&p, &layers[0], &none);
	transmit(p.start, p.end - p.start);
	return is_ours(proto, fixed, len, head_len(p.start));
}

static void random_packets(long count, uint64_t seed)
{
	long ours = 0;

	rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (long i = 0; i < count; i++)
		ours += random_packet();
	printf("seed %llu, ours %ld\n", (unsigned long long)seed, ours);
}

/* --- main ----------------------------------------------------------------- */

static bool parse_option(char *word, struct order *o)
{
	char *value = strchr(word, '='), *end;

	if (!value)
		return false;
	*value++ = 0;
	if (!strcmp(word, "cut")) {
		o->from = o->to = strtol(value, &end, 0);
		if (*end == '-')
			o->to = strtol(end + 1, NULL, 0);
	} else if (!strcmp(word, "claim")) {
		o->claim = atoi(value);
	} else if (!strcmp(word, "frag")) {
		o->frag = atoi(value);
	} else if (!strcmp(word, "atomic")) {
		o->atomic = atoi(value);
	} else if (!strcmp(word, "times")) {
		o->times = atoi(value);
	} else if (!strcmp(word, "save")) {
		o->save = value;
	} else if (!strcmp(word, "random")) {
		end = strstr(value, ",seed=");
		random_packets(atol(value), end ? strtoull(end + 6, NULL, 0) : 1);
	} else {
		return false;
	}
	return true;
}

static void obey(char *line)
{
	struct order o = { .from = -1, .atomic = -1, .times = 1 };
	int count = 0;
	char *word;

	while ((word = strsep(&line, " \n"))) {
		errno = 0;
		if (!*word)
			continue;
		if (count < LAYERS && parse_layer(word, &layers[count]))
			count++;
		else if (count || !parse_option(word, &o))
			die(word);
	}
	if (count)
		carry_out(&o, count);
}

int main(int argc, char **argv)
{
	static char line[ROOM];

	if (argc != 5 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to.sll_addr[0], &to.sll_addr[1], &to.sll_addr[2],
				&to.sll_addr[3], &to.sll_addr[4], &to.sll_addr[5]) != 6) {
		fprintf(stderr, "usage: hostile DEVICE MAC ESP-KEY AH-KEY <ORDERS\n");
		return 2;
	}
	to.sll_ifindex = if_nametoindex(argv[1]);
	esp_key_len = hex(argv[3], esp_key, sizeof(esp_key));
	ah_key_len = hex(argv[4], ah_key, sizeof(ah_key));
	stay_on_one_cpu();
	sock = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (!to.sll_ifindex || sock < 0)
		die(argv[1]);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	printf("sent %lu\n", sent);
	return 0;
}
