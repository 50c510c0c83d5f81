// SPDX-License-Identifier: GPL-2.0
/* Reserves an SPI, as a key daemon does before there are keys: larval SRC DST SPI. The SA stays larval. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/pfkeyv2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct address {
	struct sadb_address ext;
	struct sockaddr_in in;
};

struct request {
	struct sadb_msg msg;
	struct address src, dst;
	struct sadb_spirange range;
};

static int fill(struct address *a, uint16_t type, const char *text)
{
	a->ext.sadb_address_len = sizeof(*a) / 8;
	a->ext.sadb_address_exttype = type;
	a->in.sin_family = AF_INET;
	return inet_aton(text, &a->in.sin_addr);
}

int main(int argc, char **argv)
{
	struct request r = {
		.msg = {
			.sadb_msg_version = PF_KEY_V2, .sadb_msg_type = SADB_GETSPI,
			.sadb_msg_satype = SADB_SATYPE_ESP, .sadb_msg_len = sizeof(r) / 8,
		},
		.range = { .sadb_spirange_len = 2, .sadb_spirange_exttype = SADB_EXT_SPIRANGE },
	};
	int fd = socket(PF_KEY, SOCK_RAW, PF_KEY_V2);
	char answer[4096];

	if (argc != 4 || !fill(&r.src, SADB_EXT_ADDRESS_SRC, argv[1]) || !fill(&r.dst, SADB_EXT_ADDRESS_DST, argv[2])) {
		fprintf(stderr, "usage: larval SRC DST SPI\n");
		return 2;
	}
	r.range.sadb_spirange_min = strtoul(argv[3], NULL, 0);
	r.range.sadb_spirange_max = r.range.sadb_spirange_min;
	if (fd < 0 || write(fd, &r, sizeof(r)) != sizeof(r) || read(fd, answer, sizeof(answer)) < 16) {
		perror("larval");
		return 1;
	}
	errno = ((struct sadb_msg *)answer)->sadb_msg_errno;
	if (errno)
		perror("larval: GETSPI");
	return errno != 0;
}
