// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

/* What a message holds: least length, and where its text is (the tail may be cut behind it). */
static const struct {
	uint16_t type;
	uint16_t size;
	uint16_t text;			/* offset of a text that ends the struct; 0: none */
} layouts[] = {
	{ CTL_ADD, sizeof(struct conf_conn), 0 },
	{ CTL_REPLACE, sizeof(struct conf_conn), 0 },
	{ CTL_DELETE, sizeof(struct ctl_name), 0 },
	{ CTL_UP, sizeof(struct ctl_name), 0 },
	{ CTL_DOWN, sizeof(struct ctl_name), 0 },
	{ CTL_READY, 0, 0 },
	{ CTL_REREAD, 0, 0 },
	{ CTL_REREAD_TRUST, 0, 0 },
	{ CTL_LOADED, 0, 0 },
	{ CTL_STATUS, sizeof(struct ctl_name), 0 },
	{ CTL_STOP, sizeof(struct ctl_stop), 0 },
	{ CTL_ROUTE, sizeof(struct ctl_name), 0 },
	{ CTL_UNROUTE, sizeof(struct ctl_name), 0 },
	{ CTL_REKEY_CHILD, sizeof(struct ctl_name), 0 },
	{ CTL_REKEY_IKE, sizeof(struct ctl_name), 0 },
	{ CTL_LIST, sizeof(struct ctl_list), 0 },
	{ CTL_TEXT_LINE, sizeof(struct ctl_text), offsetof(struct ctl_text, text) },
	{ CTL_DAEMON, sizeof(struct ctl_daemon), 0 },
	{ CTL_IFACE, sizeof(struct ctl_iface), 0 },
	{ CTL_CONN, sizeof(struct ctl_conn), 0 },
	{ CTL_ITEM, sizeof(struct ctl_item), 0 },
	{ CTL_DONE, sizeof(struct ctl_done), offsetof(struct ctl_done, text) },
};

static int layout(unsigned int type)
{
	unsigned int i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return i;
	return -1;
}

size_t ctl_body_len(enum ctl_type type, const void *body)
{
	int i = layout(type);

	if (i < 0)
		return 0;
	if (!layouts[i].text)
		return layouts[i].size;
	return layouts[i].text + strnlen((const char *)body + layouts[i].text, CTL_TEXT - 1) + 1;
}

int ctl_check(void *msg, size_t len)
{
	struct ctl_head head;
	char *body = (char *)msg + sizeof(head);
	size_t n;
	int i;

	if (len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, msg, sizeof(head));
	if (head.magic != CTL_MAGIC || head.version != CTL_VERSION)
		return -EPROTO;
	i = layout(head.type);
	n = len - sizeof(head);
	if (i < 0 || n > layouts[i].size)
		return -EBADMSG;
	if (!layouts[i].text)
		return n == layouts[i].size ? head.type : -EBADMSG;
	if (n <= layouts[i].text || body[n - 1])
		return -EBADMSG;
	return head.type;
}

int ctl_request(const char *path, enum ctl_type type, const void *body, size_t len)
{
	struct ctl_head head = { .magic = CTL_MAGIC, .version = CTL_VERSION, .type = type };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct iovec iov[2] = { { &head, sizeof(head) }, { (void *)body, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	int fd, err;

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	strcpy(un.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
	    sendmsg(fd, &msg, MSG_NOSIGNAL) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int ctl_answer(int fd, void *body)
{
	char msg[CTL_MSG_MAX + sizeof(struct ctl_head)];
	ssize_t got;
	int type;

	do {
		got = recv(fd, msg, sizeof(msg), 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (!got)
		return -EPIPE;
	type = ctl_check(msg, got);
	if (type < 0)
		return type;
	memset(body, 0, CTL_MSG_MAX);
	memcpy(body, msg + sizeof(struct ctl_head), got - sizeof(struct ctl_head));
	return type;
}
