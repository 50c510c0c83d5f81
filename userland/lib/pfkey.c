// SPDX-License-Identifier: GPL-2.0
/* The PF_KEY socket: send, receive, ask and wait for the answer. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pfkey.h"

#define ANSWER_MS	10000	/* the kernel answers at once; this is for when it does not */
#define RCVBUF		(1 << 20)

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int pfkey_open(struct pfkey *pk)
{
	int size = RCVBUF;

	pk->fd = socket(PF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2);
	if (pk->fd < 0)
		return -errno;
	/* not fatal: messages to others only fill the default buffer sooner */
	if (setsockopt(pk->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(pk->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	pk->pid = getpid();
	/* two sockets of one process must not take each other's answers */
	pk->seq = (uint32_t)now_ms() * 16 + (uint32_t)pk->fd;
	return 0;
}

void pfkey_close(struct pfkey *pk)
{
	if (pk->fd >= 0)
		close(pk->fd);
	pk->fd = -1;
}

int pfkey_send(struct pfkey *pk, struct pfkey_msg *msg)
{
	ssize_t n;

	if (msg->err)
		return msg->err;
	msg->hdr.sadb_msg_len = msg->len / 8;
	do
		n = send(pk->fd, msg->bytes, msg->len, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

ssize_t pfkey_receive(struct pfkey *pk, struct pfkey_msg *msg, int timeout_ms)
{
	struct pollfd pfd = { .fd = pk->fd, .events = POLLIN };
	int64_t end = now_ms() + timeout_ms;
	ssize_t n;
	int ready;

	for (;;) {
		n = recv(pk->fd, msg->bytes, sizeof(msg->bytes),
			 MSG_DONTWAIT | MSG_TRUNC);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
		ready = poll(&pfd, 1, timeout_ms);
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (!ready)
			return 0;
		if (timeout_ms > 0)
			timeout_ms = now_ms() < end ? end - now_ms() : 0;
	}
	if (n < 0)
		return -errno;
	if ((size_t)n > sizeof(msg->bytes))
		return -EMSGSIZE;
	msg->len = n;
	msg->err = 0;
	return n;
}

/* Whether @msg, received, is framed and answers (@type, @seq) of ours. */
static bool is_answer(const struct pfkey *pk, const struct pfkey_msg *msg,
		      uint8_t type, uint32_t seq)
{
	return msg->len >= sizeof(msg->hdr) && msg->hdr.sadb_msg_pid == pk->pid &&
	       msg->hdr.sadb_msg_type == type && msg->hdr.sadb_msg_seq == seq;
}

/* Waits until @end for a message that @match likes; others go to pk->other. */
static int await(struct pfkey *pk, struct pfkey_msg *msg, int64_t end,
		 bool (*match)(const struct pfkey *, const struct pfkey_msg *,
			       uint8_t, uint32_t),
		 uint8_t type, uint32_t seq)
{
	for (;;) {
		int64_t left = end - now_ms();
		ssize_t n = pfkey_receive(pk, msg, left > 0 ? left : 0);

		/* what was lost or too long need not be the answer */
		if (n == -ENOBUFS || n == -EMSGSIZE)
			continue;
		if (n < 0)
			return n;
		if (!n)
			return -ETIMEDOUT;
		if (match(pk, msg, type, seq))
			return -msg->hdr.sadb_msg_errno;
		if (pk->other)
			pk->other(pk->ctx, msg);
	}
}

int pfkey_transact(struct pfkey *pk, struct pfkey_msg *msg,
		   struct pfkey_msg *reply)
{
	struct pfkey_msg own;
	int err;

	msg->hdr.sadb_msg_seq = ++pk->seq;
	msg->hdr.sadb_msg_pid = pk->pid;
	err = pfkey_send(pk, msg);
	if (err)
		return err;
	return await(pk, reply ? reply : &own, now_ms() + ANSWER_MS, is_answer,
		     msg->hdr.sadb_msg_type, pk->seq);
}

/* The parts of a dump count on by themselves (RFC 2367 3.1.10). */
static bool is_part(const struct pfkey *pk, const struct pfkey_msg *msg,
		    uint8_t type, uint32_t seq)
{
	(void)seq;
	return is_answer(pk, msg, type, msg->hdr.sadb_msg_seq);
}

int pfkey_dump(struct pfkey *pk, uint8_t satype,
	       int (*each)(void *ctx, const struct pfkey_view *view), void *ctx)
{
	struct pfkey_view view;
	struct pfkey_msg msg;
	int err;

	pfkey_begin(&msg, SADB_DUMP, satype);
	msg.hdr.sadb_msg_seq = ++pk->seq;
	msg.hdr.sadb_msg_pid = pk->pid;
	err = pfkey_send(pk, &msg);
	while (!err) {
		err = await(pk, &msg, now_ms() + ANSWER_MS, is_part, SADB_DUMP, 0);
		/* an empty table */
		if (err == -ENOENT)
			return 0;
		if (err)
			break;
		if (pfkey_parse(msg.bytes, msg.len, &view))
			return -EBADMSG;
		err = each(ctx, &view);
		if (!msg.hdr.sadb_msg_seq)
			break;
	}
	return err;
}
