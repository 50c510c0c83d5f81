// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fdpass.h"

#define FDS 4				/* that one message is heard with; one is wanted */

int fdpass_send(int sock, const struct sockaddr *to, socklen_t to_len, const char *text, int fd)
{
	union {
		struct cmsghdr hdr;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = "" };
	struct iovec iov = { (void *)text, strlen(text) };
	struct msghdr msg = { .msg_name = (void *)to, .msg_namelen = to_len, .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		control.hdr.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.hdr), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.bytes);
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The first one is wanted, the others are closed. */
static void take_fds(const struct cmsghdr *c, int *fd)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
	int one;

	for (i = 0; i < n; i++) {
		memcpy(&one, CMSG_DATA(c) + i * sizeof(one), sizeof(one));
		if (*fd < 0)
			*fd = one;
		else
			close(one);
	}
}

int fdpass_recv(int sock, char *text, size_t size, int *fd)
{
	union {
		struct cmsghdr hdr;
		char bytes[CMSG_SPACE(FDS * sizeof(int))];
	} control;
	struct iovec iov = { text, size - 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c;
	ssize_t got;

	*fd = -1;
	do {
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			take_fds(c, fd);
	return got;
}
