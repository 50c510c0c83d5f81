// SPDX-License-Identifier: GPL-2.0
/*
 * A key daemon that only listens, or only says no.
 *
 *   acquire listen        registers for ESP; a line "SEQ FROM TO PROTO SPORT DPORT TRAP-FROM TRAP-TO TARGET FLAGS DEVICE MS" for each
 *                         SADB_ACQUIRE, with when it came in ms since 1970, until it is killed
 *   acquire refuse SEQ    answers it with EHOSTUNREACH; prints the errno of the answer to that, 0 where it was taken
 */
#include <time.h>
#include <unistd.h>

#include "pfsocket.h"

static uint16_t port(const struct sadb_address *ext)
{
	/* The same place in both families. */
	return ntohs(((const struct sockaddr_in *)(ext + 1))->sin_port);
}

static void print_subnet(const struct sadb_address *ext)
{
	const struct sockaddr_in6 *in6 = (const void *)(ext + 1);
	const struct sockaddr_in *in = (const void *)(ext + 1);
	char text[INET6_ADDRSTRLEN];

	if (in->sin_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	printf(" %s/%u", text, ext->sadb_address_prefixlen);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void print_acquire(struct bytes *m)
{
	const struct sadb_address *from = find(m, SADB_EXT_ADDRESS_SRC), *to = find(m, SADB_EXT_ADDRESS_DST);
	const struct sadb_address *trap_from = find(m, KLIPS_EXT_TRAP_SRC), *trap_to = find(m, KLIPS_EXT_TRAP_DST);
	const struct klips_ext_device *device = find(m, KLIPS_EXT_DEVICE);
	const struct klips_ext_trap *trap = find(m, KLIPS_EXT_TRAP);

	if (!from || !to || !trap_from || !trap_to || !device || !trap || !find(m, SADB_EXT_PROPOSAL)) {
		printf("not whole\n");
		return;
	}
	printf("%u", ((const struct sadb_msg *)m->b)->sadb_msg_seq);
	print_subnet(from);
	print_subnet(to);
	printf(" %u %u %u", from->sadb_address_proto, port(from), port(to));
	print_subnet(trap_from);
	print_subnet(trap_to);
	printf(" %u %u %s %lld\n", trap->target, trap->flags, device->name, now_ms());
}

static int listen_for(int fd)
{
	struct bytes m;

	begin(&m, SADB_REGISTER, SADB_SATYPE_ESP);
	finish(&m);
	if (write(fd, m.b, m.len) != (ssize_t)m.len)
		return 1;
	setlinebuf(stdout);
	for (;;) {
		ssize_t n = receive(fd, &m, -1);

		if (n == -ENOBUFS)
			printf("lost some\n");
		else if (n > 0 && m.b[1] == SADB_REGISTER)
			printf("listening\n");
		else if (n > 0 && m.b[1] == SADB_ACQUIRE && !m.b[2])
			print_acquire(&m);
	}
}

static int refuse(int fd, uint32_t seq)
{
	struct sadb_msg *hdr;
	struct bytes m;

	begin(&m, SADB_ACQUIRE, SADB_SATYPE_ESP);
	finish(&m);
	hdr = (struct sadb_msg *)m.b;
	hdr->sadb_msg_errno = EHOSTUNREACH;
	hdr->sadb_msg_seq = seq;
	if (write(fd, m.b, m.len) != (ssize_t)m.len || receive(fd, &m, ANSWER_MS) < 16)
		return 1;
	/* What was taken comes back as it was sent. */
	printf("%u\n", m.b[2] == EHOSTUNREACH ? 0 : m.b[2]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "listen"))
		return listen_for(open_socket());
	if (argc == 3 && !strcmp(argv[1], "refuse"))
		return refuse(open_socket(), strtoul(argv[2], NULL, 0));
	fprintf(stderr, "usage: acquire listen | acquire refuse SEQ\n");
	return 2;
}
