// SPDX-License-Identifier: GPL-2.0
/* libs: -lcrypto */
/*
 * Forges ESP packets: AES-GCM-16 (RFC 4106) with a key of the caller's, sent by a raw socket.
 *
 *   esp SRC DST SPI KEY         KEY: hex of AES key and salt
 *
 * Reads orders from standard input, one packet a line, words in any order:
 *   seq=N         sequence number (required)
 *   spi=N         another SPI
 *   src=ADDRESS   another outer source
 *   inner=SRC,DST an inner IPv4 UDP packet, port 7000 to 7000; without it and raw= the ESP payload is empty
 *   raw=HEX       the ESP payload in front of the padding, as it is
 *   tail=HEX      padding, pad length and next header as they are; without it a right one for IPv4
 *   next=N        another next header
 *   flip=N        the bit 0x01 of byte N of the ESP packet turned round (N < 0: from its end)
 *   cut=N         only the first N bytes of the ESP packet
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hex.h"
#include "one_cpu.h"

#define HEADER 16			/* SPI, sequence number, IV */
#define ICV 16
#define SALT 4				/* behind the key */

struct order {
	uint32_t spi, seq;
	struct in_addr src;
	uint8_t payload[2048];
	int len;
	uint8_t tail[256];
	int tail_len;
	int next;
	int flip, has_flip;
	int cut;
};

static uint8_t key[64];
static int key_len;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "esp: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint16_t checksum(const void *data, int len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void ip_header(uint8_t *at, struct in_addr src, struct in_addr dst, int proto, int len)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = proto, .tot_len = htons(len),
		.saddr = src.s_addr, .daddr = dst.s_addr,
	};

	ip.check = checksum(&ip, sizeof(ip));
	memcpy(at, &ip, sizeof(ip));
}

static int inner(char *text, uint8_t *out)
{
	struct udphdr udp = { .source = htons(7000), .dest = htons(7000), .len = htons(8 + 16) };
	int len = sizeof(struct iphdr) + sizeof(udp) + 16;
	struct in_addr src, dst;
	char *comma = strchr(text, ',');

	if (!comma)
		die(text);
	*comma = 0;
	if (!inet_aton(text, &src) || !inet_aton(comma + 1, &dst))
		die(text);
	ip_header(out, src, dst, IPPROTO_UDP, len);
	memcpy(out + sizeof(struct iphdr), &udp, sizeof(udp));
	memset(out + sizeof(struct iphdr) + sizeof(udp), 'x', 16);
	return len;
}

static void take(struct order *o, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		die(word);
	*value++ = 0;
	if (!strcmp(word, "seq")) {
		o->seq = strtoul(value, NULL, 0);
	} else if (!strcmp(word, "spi")) {
		o->spi = strtoul(value, NULL, 0);
	} else if (!strcmp(word, "src")) {
		inet_aton(value, &o->src);
	} else if (!strcmp(word, "inner")) {
		o->len = inner(value, o->payload);
	} else if (!strcmp(word, "raw")) {
		o->len = hex(value, o->payload, sizeof(o->payload));
	} else if (!strcmp(word, "tail")) {
		o->tail_len = hex(value, o->tail, sizeof(o->tail));
	} else if (!strcmp(word, "next")) {
		o->next = atoi(value);
	} else if (!strcmp(word, "flip")) {
		o->flip = atoi(value);
		o->has_flip = 1;
	} else if (!strcmp(word, "cut")) {
		o->cut = atoi(value);
	} else {
		die(word);
	}
}

/* Padding to 4 bytes, its length, the next header. */
static void default_tail(struct order *o)
{
	int pad = (4 - (o->len + 2) % 4) % 4;

	if (o->tail_len)
		return;
	for (int i = 0; i < pad; i++)
		o->tail[i] = i + 1;
	o->tail[pad] = pad;
	o->tail[pad + 1] = o->next;
	o->tail_len = pad + 2;
}

/* Not the kernel's own (AF_ALG): newer ones let through only what is on a list, and this is not. */
static EVP_CIPHER_CTX *cipher(void)
{
	const EVP_CIPHER *aes = key_len == SALT + 16 ? EVP_aes_128_gcm() :
				key_len == SALT + 24 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	errno = EINVAL;
	if (!ctx || key_len != SALT + EVP_CIPHER_key_length(aes) || !EVP_EncryptInit_ex(ctx, aes, NULL, key, NULL))
		die("key");
	return ctx;
}

/* @buf: SPI, sequence number, IV and plaintext, then also the ICV. */
static void encrypt(EVP_CIPHER_CTX *ctx, uint8_t *buf, int len)
{
	uint8_t nonce[SALT + 8];
	int n;

	memcpy(nonce, key + key_len - SALT, SALT);
	memcpy(nonce + SALT, buf + 8, 8);
	if (!EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce) || !EVP_EncryptUpdate(ctx, NULL, &n, buf, 8) ||
	    !EVP_EncryptUpdate(ctx, buf + HEADER, &n, buf + HEADER, len - HEADER) ||
	    !EVP_EncryptFinal_ex(ctx, buf + HEADER + n, &n) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, ICV, buf + len))
		die("encrypt");
}

static void send_one(EVP_CIPHER_CTX *alg, int raw, struct order *o, struct in_addr dst)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = dst };
	static uint8_t packet[4096];
	uint8_t *esp = packet + sizeof(struct iphdr);
	uint32_t word;
	int len;

	default_tail(o);
	word = htonl(o->spi);
	memcpy(esp, &word, 4);
	word = htonl(o->seq);
	memcpy(esp + 4, &word, 4);
	memset(esp + 8, 0x5a, 4);
	memcpy(esp + 12, &word, 4);
	memcpy(esp + HEADER, o->payload, o->len);
	memcpy(esp + HEADER + o->len, o->tail, o->tail_len);
	len = HEADER + o->len + o->tail_len;
	encrypt(alg, esp, len);
	len += ICV;
	if (o->has_flip)
		esp[o->flip < 0 ? len + o->flip : o->flip] ^= 1;
	if (o->cut >= 0 && o->cut < len)
		len = o->cut;
	len += sizeof(struct iphdr);
	ip_header(packet, o->src, dst, IPPROTO_ESP, len);
	if (sendto(raw, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) != len)
		die("send");
}

int main(int argc, char **argv)
{
	struct in_addr src, dst;
	static char line[8192];
	EVP_CIPHER_CTX *alg;
	int raw;

	if (argc != 5 || !inet_aton(argv[1], &src) || !inet_aton(argv[2], &dst)) {
		fprintf(stderr, "usage: esp SRC DST SPI KEY <ORDERS\n");
		return 2;
	}
	key_len = hex(argv[4], key, sizeof(key));
	alg = cipher();
	stay_on_one_cpu();
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (raw < 0)
		die("socket");
	while (fgets(line, sizeof(line), stdin)) {
		struct order o = { .spi = strtoul(argv[3], NULL, 0), .src = src, .next = IPPROTO_IPIP, .cut = -1 };
		char *word, *rest = line;

		while ((word = strsep(&rest, " \n")))
			if (*word)
				take(&o, word);
		send_one(alg, raw, &o, dst);
	}
	return 0;
}
