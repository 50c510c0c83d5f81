/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layers of forged packets (hostile.c), built from the innermost outwards: each puts its header in front of what
 * is there, and its trailer behind.
 */
#ifndef KLIPS_TESTS_FORGE_H
#define KLIPS_TESTS_FORGE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"

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
static int esp_key_len, ah_key_len;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "hostile: %s: %s\n", what, errno ? strerror(errno) : "not understood");
	exit(1);
}

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

#endif
