// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink and links of kind klips where others have gone wrong (tests/BUG-CLASSES.md).
 *
 *   nlclass bad N      requests with attributes cut, too long, nested in each other, of no type there is, and N random ones
 *   nlclass dumps N    N dumps of everything through tiny buffers, most of them given up in the middle
 *
 * What the answers are does not matter, only that the kernel lives, says nothing, and answers a good request afterwards:
 * exit status 0.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <klips/netlink.h>

#include "../unit/rnd.h"

struct request {
	struct nlmsghdr h;
	uint8_t b[4096];
};

static int open_socket(int protocol, int room)
{
	const struct timeval limit = { .tv_sec = 5 };
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	if (fd < 0) {
		perror("nlclass: socket");
		exit(2);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (room)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

static void begin(struct request *r, int type, int flags, const void *head, int len)
{
	memset(&r->h, 0, sizeof(r->h));
	r->h.nlmsg_len = NLMSG_LENGTH(len);
	r->h.nlmsg_type = type;
	r->h.nlmsg_flags = NLM_F_REQUEST | flags;
	memset(r->b, 0, sizeof(r->b));
	memcpy(r->b, head, len);
}

/* An attribute whose length says @says, of @len bytes. */
static struct nlattr *put(struct request *r, int type, int says, const void *data, int len)
{
	struct nlattr *a = (void *)((uint8_t *)&r->h + NLMSG_ALIGN(r->h.nlmsg_len));

	a->nla_type = type;
	a->nla_len = says;
	if (data)
		memcpy(a + 1, data, len);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + NLA_HDRLEN + len;
	return a;
}

/* Sends it, and takes what answer there is: 0, or the errno in it. */
static int ask(int fd, struct request *r)
{
	static uint8_t answer[65536];
	struct nlmsghdr *h;

	/* (NLM_F_EXCL is one of its bits.) */
	if ((r->h.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP || r->h.nlmsg_type == RTM_NEWLINK)
		r->h.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, &r->h, r->h.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		ssize_t n = recv(fd, answer, sizeof(answer), 0);

		if (n < 0)
			return errno;
		for (h = (void *)answer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
		}
	}
}

static int family(int fd)
{
	const struct genlmsghdr g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	uint8_t answer[8192];
	struct request r;
	struct nlattr *a;
	ssize_t n;

	begin(&r, GENL_ID_CTRL, 0, &g, sizeof(g));
	put(&r, CTRL_ATTR_FAMILY_NAME, NLA_HDRLEN + sizeof(KLIPS_GENL_NAME), KLIPS_GENL_NAME, sizeof(KLIPS_GENL_NAME));
	send(fd, &r.h, r.h.nlmsg_len, 0);
	n = recv(fd, answer, sizeof(answer), 0);
	for (ssize_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN < n; at += NLA_ALIGN(a->nla_len)) {
		a = (struct nlattr *)(answer + at);
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(uint16_t *)(a + 1);
		if (!a->nla_len)
			break;
	}
	fprintf(stderr, "nlclass: no family %s\n", KLIPS_GENL_NAME);
	exit(2);
}

static void command(struct request *r, int type, int cmd, int flags)
{
	const struct genlmsghdr g = { .cmd = cmd, .version = KLIPS_GENL_VERSION };

	begin(r, type, flags, &g, sizeof(g));
}

/* Every attribute with every length up to 40, one that says more than there is, less than a header, and in a nest. */
static void bad_attributes(int fd, int type, int cmd)
{
	static uint8_t data[64];
	struct request r;

	memset(data, 0xff, sizeof(data));
	for (int a = 0; a <= KLIPS_A_MAX + 2; a++) {
		for (int len = 0; len <= 40; len++) {
			command(&r, type, cmd, 0);
			put(&r, a, NLA_HDRLEN + len, data, len);
			ask(fd, &r);
		}
		command(&r, type, cmd, 0);
		put(&r, a, 0xffff, data, 4);
		ask(fd, &r);
		command(&r, type, cmd, 0);
		put(&r, a, 2, data, 4);
		ask(fd, &r);
		command(&r, type, cmd, 0);
		put(&r, a | NLA_F_NESTED, NLA_HDRLEN + 8, "\x08\0\1\x80\x04\0\1\x80", 8);
		ask(fd, &r);
	}
}

/* Of a link: each attribute of ours with lengths that it has not, in a link that would be made. */
static void bad_links(int fd)
{
	struct ifinfomsg i = { .ifi_family = AF_UNSPEC };
	static uint8_t data[64];
	struct request r;
	struct nlattr *info, *nest;

	for (int a = 0; a <= IFLA_KLIPS_MAX + 2; a++)
		for (int len = 0; len <= 12; len++) {
			begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &i, sizeof(i));
			put(&r, IFLA_IFNAME, NLA_HDRLEN + 7, "ipsecX", 7);
			info = put(&r, IFLA_LINKINFO, 0, NULL, 0);
			put(&r, IFLA_INFO_KIND, NLA_HDRLEN + 6, "klips", 6);
			nest = put(&r, IFLA_INFO_DATA, 0, NULL, 0);
			memset(data, 0xff, sizeof(data));
			put(&r, a, NLA_HDRLEN + len, data, len);
			nest->nla_len = (uint8_t *)&r.h + r.h.nlmsg_len - (uint8_t *)nest;
			info->nla_len = (uint8_t *)&r.h + r.h.nlmsg_len - (uint8_t *)info;
			if (ask(fd, &r))
				continue;
			/* A length that is right, or nothing of ours. */
			begin(&r, RTM_DELLINK, 0, &i, sizeof(i));
			put(&r, IFLA_IFNAME, NLA_HDRLEN + 7, "ipsecX", 7);
			if (ask(fd, &r))
				fprintf(stderr, "nlclass: ipsecX does not go away\n");
		}
}

static void random_requests(int fd, int type, int count)
{
	static uint8_t data[64];
	struct request r;

	while (count--) {
		command(&r, type, rnd(__KLIPS_CMD_MAX + 2), rnd(2) ? NLM_F_DUMP : 0);
		for (int n = rnd(8); n; n--) {
			int len = rnd(33);

			for (int i = 0; i < len; i++)
				data[i] = rnd(3) ? rnd(256) : 0;
			put(&r, rnd(KLIPS_A_MAX + 3), NLA_HDRLEN + (rnd(20) ? len : (int)rnd(64)), data, len);
		}
		if (ask(fd, &r) == EAGAIN)
			fprintf(stderr, "nlclass: no answer to command %u\n", r.b[0]);
	}
}

static void dumps(int type, int count)
{
	static const int commands[] = { KLIPS_CMD_EROUTE, KLIPS_CMD_SA, KLIPS_CMD_DEVICE, KLIPS_CMD_DROP, KLIPS_CMD_CLOSED };
	uint8_t answer[8192];
	struct request r;

	for (int i = 0; i < count; i++) {
		int fd = open_socket(NETLINK_GENERIC, 1);

		command(&r, type, commands[i % 5], NLM_F_DUMP);
		send(fd, &r.h, r.h.nlmsg_len, 0);
		for (int n = i % 7; n; n--)
			recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	int fd = open_socket(NETLINK_GENERIC, 0), type = family(fd), count = argc > 2 ? atoi(argv[2]) : 0;
	struct request r;

	if (argc == 3 && !strcmp(argv[1], "bad")) {
		bad_attributes(fd, type, KLIPS_CMD_WHY);
		bad_attributes(fd, type, KLIPS_CMD_CLOSE);
		bad_links(open_socket(NETLINK_ROUTE, 0));
		random_requests(fd, type, count);
	} else if (argc == 3 && !strcmp(argv[1], "dumps")) {
		dumps(type, count);
	} else {
		fprintf(stderr, "usage: nlclass bad N | dumps N\n");
		return 2;
	}
	command(&r, type, KLIPS_CMD_VERSION, 0);
	if (ask(fd, &r)) {
		fprintf(stderr, "nlclass: no answer to a good request\n");
		return 1;
	}
	return 0;
}
