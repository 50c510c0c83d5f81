// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of ESP packets on the wire, of a capture file (tcpdump, Ethernet, IPv4 outside): order FILE
 *
 * Of ESP without encryption the packets inside are seen: those of a flow (UDP source port) must have growing numbers in
 * each SA. Prints "packets N, flows N, SAs N, changes N, backwards N, twice N"; changes: of a flow from one SA to another;
 * twice: the same number of the same SA a second time.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS 65536
#define SAS 16
#define NUMBERS (1 << 22)

struct file_header {
	uint32_t magic, version, zone, digits, length, link;
};

struct packet_header {
	uint32_t seconds, fraction, captured, length;
};

static uint32_t spis[SAS];
static unsigned int n_sas, n_flows;
static uint32_t newest[SAS][FLOWS];
static int sa_of_flow[FLOWS];		/* number + 1 */
static uint8_t *seen[SAS];
static unsigned long packets, changes, backwards, twice;

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

static int sa_number(uint32_t spi)
{
	unsigned int i;

	for (i = 0; i < n_sas; i++)
		if (spis[i] == spi)
			return i;
	if (n_sas == SAS)
		return -1;
	spis[n_sas] = spi;
	seen[n_sas] = calloc(1, NUMBERS);
	return seen[n_sas] ? (int)n_sas++ : -1;
}

static void one(int sa, unsigned int flow, uint32_t seq)
{
	packets++;
	if (sa_of_flow[flow] && sa_of_flow[flow] != sa + 1)
		changes++;
	n_flows += !sa_of_flow[flow];
	sa_of_flow[flow] = sa + 1;
	backwards += seq <= newest[sa][flow];
	newest[sa][flow] = seq;
	if (seq < NUMBERS)
		twice += seen[sa][seq]++ != 0;
}

/* Ethernet, IPv4 without options, ESP, and inside IPv4 without options and UDP. */
static void packet(const uint8_t *p, size_t len)
{
	const uint8_t *esp = p + 14 + 20, *inner = esp + 8;
	int sa;

	if (len < 14 + 20 + 8 + 20 + 8 || p[12] != 8 || p[13] || p[14] != 0x45 || p[14 + 9] != 50)
		return;
	if (inner[0] != 0x45 || inner[9] != 17)
		return;
	sa = sa_number(get32(esp));
	if (sa >= 0)
		one(sa, inner[20] << 8 | inner[21], get32(esp + 4));
}

int main(int argc, char **argv)
{
	struct file_header head;
	struct packet_header h;
	static uint8_t bytes[65536];
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!f || fread(&head, sizeof(head), 1, f) != 1 || head.link != 1) {
		fprintf(stderr, "usage: order FILE, of tcpdump -w on an Ethernet device\n");
		return 2;
	}
	while (fread(&h, sizeof(h), 1, f) == 1 && h.captured <= sizeof(bytes) && fread(bytes, 1, h.captured, f) == h.captured)
		packet(bytes, h.captured);
	printf("packets %lu, flows %u, SAs %u, changes %lu, backwards %lu, twice %lu\n", packets, n_flows, n_sas, changes,
	       backwards, twice);
	return backwards || twice;
}
