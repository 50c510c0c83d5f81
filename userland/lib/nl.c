// SPDX-License-Identifier: GPL-2.0
/* One netlink request and its answers. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"

int nl_open(struct mnl_socket **nl, int bus)
{
	int on = 1, err;

	*nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!*nl)
		return -errno;
	/* not fatal: without it there is only the errno */
	(void)mnl_socket_setsockopt(*nl, NETLINK_EXT_ACK, &on, sizeof(on));
	if (mnl_socket_bind(*nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		mnl_socket_close(*nl);
		*nl = NULL;
		return err;
	}
	return 0;
}

/* The extended acknowledgement's text, behind the error and what it echoes. */
static void copy_words(const struct nl_ask *ask, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t off = sizeof(*e);
	const struct nlattr *attr;

	if (!ask->error || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
		off += e->msg.nlmsg_len - sizeof(e->msg);
	if (off >= mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, off) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(ask->error, ask->error_size, "%s",
				 mnl_attr_get_str(attr));
	}
}

/* What is known of the answers so far. */
struct talk {
	bool done;
	bool interrupted;
	int result;			/* first error, or what each() returned */
};

static void one(const struct nl_ask *ask, const struct nlmsghdr *nlh,
		struct talk *t)
{
	const int *err = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		t->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		t->done = true;
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err) || *err >= 0)
			return;
		if (!t->result)
			t->result = *err;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			copy_words(ask, nlh);
		return;
	default:
		if (!t->result && ask->each)
			t->result = ask->each(ask->ctx, nlh);
	}
}

int nl_talk(const struct nl_ask *ask, struct nlmsghdr *req)
{
	bool dump = (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	char buf[NL_BUF] __attribute__((aligned(8)));
	struct talk t = { 0 };

	req->nlmsg_flags |= NLM_F_REQUEST | (dump ? 0 : NLM_F_ACK);
	req->nlmsg_seq = ++*ask->seq;
	if (ask->error)
		ask->error[0] = '\0';
	if (mnl_socket_sendto(ask->nl, req, req->nlmsg_len) < 0)
		return -errno;
	while (!t.done) {
		const struct nlmsghdr *nlh = (const void *)buf;
		ssize_t got = mnl_socket_recvfrom(ask->nl, buf, sizeof(buf));
		int n = got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
			if (nlh->nlmsg_seq == *ask->seq)
				one(ask, nlh, &t);
	}
	if (!t.result && t.interrupted)
		return -EINTR;
	return t.result;
}
