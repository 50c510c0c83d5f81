// SPDX-License-Identifier: GPL-2.0
/*
 * Where keys are in the memory of this machine, those that nobody uses any more too.
 *
 *   keys new BYTES...      prints new random keys in hexadecimal digits, one a line
 *   keys add gcm|cbc|ah SPI SRC DST KEY [AUTHKEY]    an SA through PF_KEY, without any code of ours on this side; where it
 *                          is refused, the errno is said, and the exit status is 1
 *   keys find FILE         FILE: lines "NAME KEY"; prints "NAME TIMES" for each, and "own TIMES", of a key that this process
 *                          holds for as long; where they are goes to standard error
 *
 * What is looked for is 16 bytes of a key in a row, at any address, as they are or as HMAC starts with them (xor 0x36,
 * xor 0x5c), in all memory that the kernel has mapped: its own, that of processes, and free pages. Keys are masked here
 * wherever they lie longer than a call takes, or they would be found because they are looked for.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "../unit/pfkey_messages.h"
#include "address.h"

#define MASK		0xa5
#define KEYS		64
#define PIECE		16		/* bytes in a row */
#define PIECES		1024
#define CHUNK		65536
#define SHOWN		40		/* places */
#define DIRECT_MAP_END	0xffffff0000000000UL	/* above: the kernel's text, a second time */

static void die(const char *what)
{
	fprintf(stderr, "keys: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned int digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Bytes of @hex, which begins with 0x, xor @mask; how many there are, at most @size. */
static size_t parse(const char *hex, uint8_t mask, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (hex += 2; hex[0] && hex[1] && n < size; hex += 2)
		out[n++] = (digit(hex[0]) << 4 | digit(hex[1])) ^ mask;
	return n;
}

static void new_key(size_t len)
{
	uint8_t masked[128];

	if (len > sizeof(masked) || getrandom(masked, len, 0) != (ssize_t)len)
		die("random bytes");
	printf("0x");
	for (size_t i = 0; i < len; i++)
		printf("%02x", masked[i] ^ MASK);
	printf("\n");
}

/* Adding. */

static void put_host(struct bytes *m, uint16_t type, const char *text)
{
	struct sadb_address *ext = grow(m, type, 24);
	struct sockaddr_storage at;

	numeric_address(text, "0", &at);
	memcpy(ext + 1, &at, sizeof(struct sockaddr_in));
	ext->sadb_address_prefixlen = 32;
}

static void put_key(struct bytes *m, uint16_t type, const char *hex)
{
	size_t len = (strlen(hex) - 2) / 2;
	struct sadb_key *ext = grow(m, type, 8 + (len + 7) / 8 * 8);

	ext->sadb_key_bits = len * 8;
	parse(hex, 0, (uint8_t *)(ext + 1), len);
}

static int add(char **arg, int n)
{
	bool gcm = !strcmp(arg[0], "gcm"), ah = !strcmp(arg[0], "ah");
	struct sadb_sa *sa;
	struct bytes m;
	int fd = socket(PF_KEY, SOCK_RAW, PF_KEY_V2), err;

	begin(&m, SADB_ADD, ah ? SADB_SATYPE_AH : SADB_SATYPE_ESP);
	sa = grow(&m, SADB_EXT_SA, 16);
	sa->sadb_sa_spi = htonl(strtoul(arg[1], NULL, 0));
	sa->sadb_sa_state = SADB_SASTATE_MATURE;
	sa->sadb_sa_encrypt = gcm ? SADB_X_EALG_AES_GCM_ICV16 : ah ? 0 : SADB_X_EALG_AESCBC;
	sa->sadb_sa_auth = gcm ? 0 : ah ? SADB_AALG_SHA1HMAC : SADB_X_AALG_SHA2_256HMAC;
	put_host(&m, SADB_EXT_ADDRESS_SRC, arg[2]);
	put_host(&m, SADB_EXT_ADDRESS_DST, arg[3]);
	put_key(&m, ah ? SADB_EXT_KEY_AUTH : SADB_EXT_KEY_ENCRYPT, arg[4]);
	if (n > 5)
		put_key(&m, SADB_EXT_KEY_AUTH, arg[5]);
	finish(&m);
	if (fd < 0 || write(fd, m.b, m.len) != (ssize_t)m.len)
		die("PF_KEY");
	explicit_bzero(&m, sizeof(m));
	if (read(fd, m.b, sizeof(m.b)) < (ssize_t)sizeof(struct sadb_msg))
		die("PF_KEY");
	err = ((struct sadb_msg *)m.b)->sadb_msg_errno;
	if (err)
		fprintf(stderr, "keys: ADD: %s\n", strerror(err));
	return err != 0;
}

/* Finding. */

static struct {
	char name[64];
	unsigned int times;
} keys[KEYS];
static unsigned int n_keys;

/* 16 bytes of a key, or of what HMAC makes of it, masked; and which key it is. */
static struct piece {
	uint8_t masked[PIECE];
	unsigned int key;
} pieces[PIECES];
static unsigned int n_pieces;

/*
 * The first 8 words of each piece, at whatever address it lies one of them is at an address that 8 divides. Masked as the
 * pieces are, in lists by their lowest 16 bits.
 */
static struct word {
	uint64_t value;
	unsigned int piece, skew;
	unsigned int next;		/* 0: none */
} words[PIECES * 8 + 1];
static unsigned int n_words;
static unsigned short first[1 << 16];
static unsigned int shown;

static void add_piece(unsigned int key, const uint8_t *masked, uint8_t form)
{
	struct piece *p = &pieces[n_pieces];

	if (n_pieces == PIECES) {
		errno = E2BIG;
		die("keys");
	}
	p->key = key;
	for (unsigned int i = 0; i < PIECE; i++)
		p->masked[i] = masked[i] ^ form;
	for (unsigned int skew = 0; skew < 8; skew++) {
		struct word *w = &words[++n_words];

		w->piece = n_pieces;
		w->skew = skew;
		memcpy(&w->value, p->masked + skew, 8);
		w->next = first[w->value & 0xffff];
		first[w->value & 0xffff] = n_words;
	}
	n_pieces++;
}

static void add_key_named(const char *name, const uint8_t *masked, size_t len)
{
	unsigned int key = n_keys++;

	if (key == KEYS) {
		errno = E2BIG;
		die("keys");
	}
	snprintf(keys[key].name, sizeof(keys[key].name), "%s", name);
	for (size_t at = 0; at + PIECE <= len; at += PIECE) {
		add_piece(key, masked + at, 0);
		add_piece(key, masked + at, 0x36);
		add_piece(key, masked + at, 0x5c);
	}
}

static void read_keys(const char *path)
{
	char name[64], hex[256];
	FILE *file = fopen(path, "re");
	uint8_t masked[128];

	if (!file)
		die(path);
	while (fscanf(file, "%63s %255s", name, hex) == 2)
		add_key_named(name, masked, parse(hex, MASK, masked, sizeof(masked)));
	fclose(file);
}

/* What the kernel says of the page at @phys (include/uapi/linux/kernel-page-flags.h). */
static uint64_t page_flags(uint64_t phys)
{
	static int fd = -1;
	uint64_t flags = 0;

	if (fd < 0)
		fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (pread(fd, &flags, sizeof(flags), phys / 4096 * 8) != sizeof(flags))
		return 0;
	return flags;
}

static void found(const struct piece *p, uint64_t phys)
{
	uint64_t flags;

	keys[p->key].times++;
	if (!strcmp(keys[p->key].name, "own") || shown++ >= SHOWN)
		return;
	flags = page_flags(phys);
	fprintf(stderr, "%s at 0x%llx, a page%s%s%s%s, flags 0x%llx\n", keys[p->key].name, (unsigned long long)phys,
		flags & 1 << 7 ? " of kmalloc" : "", flags & 1 << 10 ? " that is free" : "",
		flags & 1 << 12 ? " of a process" : "", flags & 1 << 11 ? " of a mapping" : "", (unsigned long long)flags);
}

/* Whether @p lies at @at. */
static bool lies_at(const struct piece *p, const uint8_t *at)
{
	for (unsigned int i = 0; i < PIECE; i++)
		if ((at[i] ^ MASK) != p->masked[i])
			return false;
	return true;
}

static void look_through(const uint8_t *from, size_t len, uint64_t phys)
{
	for (size_t at = 0; at + 8 <= len; at += 8) {
		uint64_t value = *(const uint64_t *)(from + at);
		const struct word *w;

		/* Most memory was never used. */
		if (!value)
			continue;
		value ^= MASK * 0x0101010101010101UL;
		for (w = &words[first[value & 0xffff]]; w != words; w = &words[w->next])
			if (w->value == value && at >= w->skew && at - w->skew + PIECE <= len &&
			    lies_at(&pieces[w->piece], from + at - w->skew))
				found(&pieces[w->piece], phys + at - w->skew);
	}
}

static uint8_t chunk[CHUNK] __attribute__((aligned(4096)));

/*
 * One stretch of physical memory. What cannot be read is not there. What was read is gone before the next is.
 */
static uint64_t scan(int fd, const Elf64_Phdr *ph)
{
	uint64_t bytes = 0;

	for (uint64_t at = 0; at < ph->p_filesz; at += CHUNK) {
		size_t want = ph->p_filesz - at < CHUNK ? ph->p_filesz - at : CHUNK;
		ssize_t len = pread(fd, chunk, want, ph->p_offset + at);

		if (len <= 0)
			continue;
		look_through(chunk, len, ph->p_paddr + at);
		explicit_bzero(chunk, len);
		bytes += len;
	}
	return bytes;
}

static int find(const char *path)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint8_t own[PIECE], masked[PIECE];
	uint64_t bytes = 0;
	Elf64_Phdr ph[64];
	Elf64_Ehdr head;
	unsigned int n, i;

	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head))
		die("/proc/kcore");
	n = head.e_phnum < 64 ? head.e_phnum : 64;
	if (pread(fd, ph, n * sizeof(*ph), head.e_phoff) != (ssize_t)(n * sizeof(*ph)))
		die("/proc/kcore");
	if (getrandom(own, sizeof(own), 0) != sizeof(own))
		die("random bytes");
	for (i = 0; i < PIECE; i++)
		masked[i] = own[i] ^ MASK;
	add_key_named("own", masked, sizeof(masked));
	read_keys(path);
	for (i = 0; i < n; i++)
		if (ph[i].p_type == PT_LOAD && ph[i].p_paddr != ~0UL && ph[i].p_vaddr < DIRECT_MAP_END)
			bytes += scan(fd, &ph[i]);
	/* Or the last page stays in the kernel's own buffer of this file. */
	if (pread(fd, chunk, 4096, 0) < 0)
		die("/proc/kcore");
	fprintf(stderr, "%llu MB read\n", (unsigned long long)bytes >> 20);
	for (i = 0; i < n_keys; i++)
		printf("%s %u\n", keys[i].name, keys[i].times);
	explicit_bzero(own, sizeof(own));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "new")) {
		for (int i = 2; i < argc; i++)
			new_key(atoi(argv[i]));
		return 0;
	}
	if ((argc == 7 || argc == 8) && !strcmp(argv[1], "add"))
		return add(argv + 2, argc - 2);
	if (argc == 3 && !strcmp(argv[1], "find"))
		return find(argv[2]);
	fprintf(stderr, "keys: see the head of tests/lab/keys.c\n");
	return 2;
}
