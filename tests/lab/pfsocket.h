/* SPDX-License-Identifier: GPL-2.0 */
/* What programs that speak PF_KEY to the module, without any code of ours on this side, have in common. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../unit/pfkey_messages.h"

#define ANSWER_MS 5000

static int findings __attribute__((unused));

#define EXPECT(cond, ...) do { \
	if (!(cond)) { \
		findings++; \
		printf("not ok: "); \
		printf(__VA_ARGS__); \
		printf("\n"); \
	} \
} while (0)

static inline int open_socket(void)
{
	int fd = socket(PF_KEY, SOCK_RAW, PF_KEY_V2);

	if (fd < 0) {
		perror("PF_KEY socket");
		exit(2);
	}
	return fd;
}

/* The next message, or 0 where none came in time, or -errno. Bytes that are not written are not 0. */
static inline ssize_t receive(int fd, struct bytes *m, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	memset(m, 0xff, sizeof(*m));
	m->len = 0;
	if (poll(&p, 1, ms) <= 0)
		return 0;
	n = recv(fd, m->b, sizeof(m->b), 0);
	if (n < 0)
		return -errno;
	m->len = n;
	return n;
}

/* The extension at *@at, which goes behind it; NULL: there is no whole one. */
static inline struct sadb_ext *next_ext(struct bytes *m, size_t *at)
{
	struct sadb_ext *ext = (struct sadb_ext *)(m->b + *at);

	if (*at + 8 > m->len || !ext->sadb_ext_len || *at + ext->sadb_ext_len * 8UL > m->len)
		return NULL;
	*at += ext->sadb_ext_len * 8UL;
	return ext;
}

/* The extension of @type, or NULL. */
static inline void *find(struct bytes *m, uint16_t type)
{
	struct sadb_ext *ext;
	size_t at = 16;

	while ((ext = next_ext(m, &at)))
		if (ext->sadb_ext_type == type)
			return ext;
	return NULL;
}
