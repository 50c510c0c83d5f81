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
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM		(1 << 17)
#define LAYERS		32
#define PARAMS		8
#define ESP_HEADER	16		/* SPI, sequence number, IV */
#define ESP_ICV		16
#define SALT		4
#define AH_HEADER	24
#define AH_ICV		12

struct packet {
	uint8_t *start, *end;
	uint8_t *ah;			/* its ICV wants the IP header, which is not there yet */
	const struct layer *ah_layer;
};

struct layer {
	const struct kind *kind;
	char *params[PARAMS];
};

struct kind {
	const char *name;
	int proto;
	void (*build)(struct packet *p, const struct layer *l, const struct layer *inside);
};

static uint8_t buffer[2 * ROOM], esp_key[64], ah_key[64];
static int esp_key_len, ah_key_len, sock;
static struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
static unsigned long sent;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "hostile: %s: %s\n", what, errno ? strerror(errno) : "not understood");
	exit(1);
}

static int hex(const char *text, uint8_t *out, int room)
{
	int n = 0;

	if (!strncmp(text, "0x", 2))
		text += 2;
	while (n < room && sscanf(text, "%2hhx", out + n) == 1) {
		text += 2;
		n++;
	}
	return n;
}

/* --- layers --------------------------------------------------------------- */

static const char *param(const struct layer *l, const char *key)
{
	size_t len = strlen(key);

	for (int i = 0; i < PARAMS && l->params[i]; i++)
		if (!strncmp(l->params[i], key, len) && l->params[i][len] == '=')
			return l->params[i] + len + 1;
	return NULL;
}

static long number(const struct layer *l, const char *key, long otherwise)
{
	const char *value = param(l, key);

	return value ? strtol(value, NULL, 0) : otherwise;
}

/* How a header names what follows it. */
static int proto_of(const struct layer *l)
{
	if (!l->kind)
		return IPPROTO_IPIP;
	return l->kind->proto ? l->kind->proto : number(l, "proto", number(l, "type", 253));
}

static int next_of(const struct layer *l, const struct layer *inside)
{
	return number(l, "next", proto_of(inside));
}

static uint8_t *push(struct packet *p, int len)
{
	p->start -= len;
	return memset(p->start, 0, len);
}

static uint8_t *put(struct packet *p, int len)
{
	p->end += len;
	return memset(p->end - len, 0, len);
}

static void be16(uint8_t *at, uint16_t n)
{
	n = htons(n);
	memcpy(at, &n, sizeof(n));
}

static void be32(uint8_t *at, uint32_t n)
{
	n = htonl(n);
	memcpy(at, &n, sizeof(n));
}

static uint32_t add(uint32_t sum, const uint8_t *p, int len)
{
	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	return len ? sum + (p[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void flip(const struct layer *l, uint8_t *from, const uint8_t *to_end)
{
	long at = number(l, "flip", 0);

	if (param(l, "flip"))
		from[at < 0 ? to_end - from + at : at] ^= 1;
}

static void build_bytes(struct packet *p, const struct layer *l, const struct layer *inside)
{
	const char *data = param(l, "hex"), *name = param(l, "file");
	FILE *f;

	(void)inside;
	if (data) {
		p->end += hex(data, p->end, ROOM / 2);
	} else if (name) {
		f = fopen(name, "r");
		if (!f)
			die(name);
		p->end += fread(p->end, 1, ROOM / 2, f);
		fclose(f);
	} else {
		memset(put(p, number(l, "len", 16)), 'x', number(l, "len", 16));
	}
}

static void build_udp(struct packet *p, const struct layer *l, const struct layer *inside)
{
	uint8_t *udp = push(p, 8);

	(void)inside;
	be16(udp, number(l, "sport", 7000));
	be16(udp + 2, number(l, "dport", 7000));
	be16(udp + 4, number(l, "len", p->end - p->start));
}

static void build_comp(struct packet *p, const struct layer *l, const struct layer *inside)
{
	int len = p->end - p->start;
	uint8_t *at;

	if (!param(l, "raw")) {
		/* One block, stored, the last (RFC 1951 3.2.4); its numbers are little endian. */
		at = push(p, 5);
		at[0] = 1;
		at[1] = len;
		at[2] = len >> 8;
		at[3] = ~len;
		at[4] = ~len >> 8;
	}
	at = push(p, 4);
	at[0] = next_of(l, inside);
	be16(at + 2, number(l, "cpi", 0));
}

/* With ESN the upper half stands between SPI and lower half in what is authenticated. */
static int esp_aad(const struct layer *l, const uint8_t *esp, uint8_t *aad)
{
	if (!param(l, "hi")) {
		memcpy(aad, esp, 8);
		return 8;
	}
	memcpy(aad, esp, 4);
	be32(aad + 4, number(l, "hi", 0));
	memcpy(aad + 8, esp + 4, 4);
	return 12;
}

static void esp_seal(struct packet *p, const struct layer *l)
{
	static EVP_CIPHER_CTX *ctx;
	uint8_t nonce[SALT + 8], aad[12], *text = p->start + ESP_HEADER;
	int n, aad_len = esp_aad(l, p->start, aad);

	if (!ctx) {
		ctx = EVP_CIPHER_CTX_new();
		if (!ctx || !EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, esp_key, NULL))
			die("cipher");
	}
	memcpy(nonce, esp_key + esp_key_len - SALT, SALT);
	memcpy(nonce + SALT, p->start + 8, 8);
	if (!EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce) || !EVP_EncryptUpdate(ctx, NULL, &n, aad, aad_len) ||
	    !EVP_EncryptUpdate(ctx, text, &n, text, p->end - text) || !EVP_EncryptFinal_ex(ctx, text + n, &n) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, ESP_ICV, put(p, ESP_ICV)))
		die("encrypt");
}

static void build_esp(struct packet *p, const struct layer *l, const struct layer *inside)
{
	int pad = (4 - (p->end - p->start + 2) % 4) % 4;
	const char *tail = param(l, "tail");
	uint8_t *at;

	p->ah = NULL;		/* in here it stays without an ICV */
	if (tail) {
		p->end += hex(tail, p->end, 256);
	} else {
		at = put(p, pad + 2);
		for (int i = 0; i < pad; i++)
			at[i] = i + 1;
		at[pad] = pad;
		at[pad + 1] = next_of(l, inside);
	}
	at = push(p, ESP_HEADER);
	be32(at, number(l, "spi", 0));
	be32(at + 4, number(l, "seq", 0));
	be32(at + 8, number(l, "hi", 0));
	be32(at + 12, number(l, "seq", 0));
	esp_seal(p, l);
	flip(l, p->start, p->end);
}

static void build_ah(struct packet *p, const struct layer *l, const struct layer *inside)
{
	uint8_t *at = push(p, AH_HEADER);

	at[0] = next_of(l, inside);
	at[1] = number(l, "hdrlen", AH_HEADER / 4 - 2);
	be32(at + 4, number(l, "spi", 0));
	be32(at + 8, number(l, "seq", 0));
	p->ah = at;
	p->ah_layer = l;
}

/*
 * What may change on the way is 0; of IPv4 options only a router alert (0x94) may not. Those of IPv6 that are used here
 * may not either.
 */
static void canonical(uint8_t *head)
{
	if (head[0] >> 4 == 4) {
		head[1] = 0;
		memset(head + 6, 0, 3);
		memset(head + 10, 0, 2);
		if ((head[0] & 15) > 5 && head[20] != 0x94)
			memset(head + 20, 0, ((head[0] & 15) - 5) * 4);
	} else {
		memset(head, 0, 4);
		head[0] = 0x60;
		head[7] = 0;
	}
}

static void ah_seal(struct packet *p)
{
	static uint8_t copy[ROOM];
	uint8_t digest[EVP_MAX_MD_SIZE];
	int len = p->end - p->start;

	if (!p->ah)
		return;
	memcpy(copy, p->start, len);
	canonical(copy);
	if (param(p->ah_layer, "hi")) {
		be32(copy + len, number(p->ah_layer, "hi", 0));
		len += 4;
	}
	if (!HMAC(EVP_sha1(), ah_key, ah_key_len, copy, len, digest, NULL))
		die("HMAC");
	memcpy(p->ah + AH_HEADER - AH_ICV, digest, AH_ICV);
	flip(p->ah_layer, p->ah, p->end);
	p->ah = NULL;
}

static void address(const struct layer *l, const char *key, int family, const char *otherwise, uint8_t *at)
{
	const char *text = param(l, key);

	errno = 0;
	if (inet_pton(family, text ? text : otherwise, at) != 1)
		die(text);
}

static bool is_outer(const struct layer *l);

static void v4_check(uint8_t *ip)
{
	be16(ip + 10, 0);
	be16(ip + 10, fold(add(0, ip, (ip[0] & 15) * 4)));
}

static void build_ip4(struct packet *p, const struct layer *l, const struct layer *inside)
{
	uint8_t options[40] = {}, *ip;
	static uint16_t id;
	int len = 0;

	if (param(l, "opt"))
		len = (hex(param(l, "opt"), options, sizeof(options)) + 3) / 4 * 4;
	memcpy(push(p, len), options, len);
	ip = push(p, sizeof(struct iphdr));
	ip[0] = number(l, "ver", 4) << 4 | number(l, "ihl", 5 + len / 4);
	ip[1] = number(l, "tos", 0);
	be16(ip + 2, number(l, "len", p->end - p->start));
	be16(ip + 4, ++id);
	ip[8] = 64;
	ip[9] = next_of(l, inside);
	address(l, "src", AF_INET, is_outer(l) ? "192.0.2.2" : "10.2.0.2", ip + 12);
	address(l, "dst", AF_INET, is_outer(l) ? "192.0.2.1" : "10.1.0.2", ip + 16);
	ah_seal(p);
	v4_check(ip);
}

/* UDP over IPv6 cannot do without. */
static void v6_udp_check(uint8_t *ip, int len)
{
	uint8_t *udp = ip + sizeof(struct ip6_hdr);
	uint16_t sum;

	be16(udp + 6, 0);
	sum = fold(add(add(IPPROTO_UDP + len, ip + 8, 32), udp, len));
	be16(udp + 6, sum ? sum : 0xffff);
}

static void build_ip6(struct packet *p, const struct layer *l, const struct layer *inside)
{
	int len = p->end - p->start;
	uint8_t *ip = push(p, sizeof(struct ip6_hdr));

	ip[0] = number(l, "ver", 6) << 4;
	be16(ip + 4, number(l, "len", len));
	ip[6] = next_of(l, inside);
	ip[7] = 64;
	address(l, "src", AF_INET6, is_outer(l) ? "2001:db8::2" : "fd02::2", ip + 8);
	address(l, "dst", AF_INET6, is_outer(l) ? "2001:db8::1" : "fd01::2", ip + 24);
	if (ip[6] == IPPROTO_UDP && len >= 8)
		v6_udp_check(ip, len);
	ah_seal(p);
}

static void build_ext(struct packet *p, const struct layer *l, const struct layer *inside)
{
	uint8_t data[64] = {}, *ext;
	int len = param(l, "data") ? hex(param(l, "data"), data, sizeof(data) - 8) : 0;
	int pad = (8 - (2 + len) % 8) % 8;

	if (pad > 1) {
		data[len] = 1;
		data[len + 1] = pad - 2;
	}
	ext = push(p, 2 + len + pad);
	ext[0] = next_of(l, inside);
	ext[1] = (2 + len + pad) / 8 - 1;
	memcpy(ext + 2, data, len + pad);
}

static const struct kind kinds[] = {
	{ "ip4", IPPROTO_IPIP, build_ip4 }, { "ip6", IPPROTO_IPV6, build_ip6 }, { "ext", 0, build_ext },
	{ "udp", IPPROTO_UDP, build_udp }, { "esp", IPPROTO_ESP, build_esp }, { "ah", IPPROTO_AH, build_ah },
	{ "comp", IPPROTO_COMP, build_comp }, { "bytes", 0, build_bytes },
};

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
	int from, to, claim, frag, times;
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
		else if (o->from >= 0)
			for (int n = o->from; n <= o->to; n++)
				transmit_cut(&p, n, o->claim);
		else
			transmit(p.start, p.end - p.start);
	}
}

/* --- random --------------------------------------------------------------- */

static uint64_t state;

/* xorshift64*: less than @n. */
static uint32_t rnd(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return n ? (state * 2685821657736338717ULL >> 32) % n : 0;
}

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

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
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
	struct order o = { .from = -1, .times = 1 };
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
	sock = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (!to.sll_ifindex || sock < 0)
		die(argv[1]);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	printf("sent %lu\n", sent);
	return 0;
}
