// SPDX-License-Identifier: GPL-2.0
/* rtnetlink: what changed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl.h"
#include "rtnl_parse.h"

#define EVENT_RCVBUF (1 << 20)

static const int groups[] = {
	RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
	RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
};

int rtnl_subscribe(struct rtnl *r)
{
	int size = EVENT_RCVBUF, err;

	err = rtnl_open(r);
	if (err)
		return err;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(r->nl, NETLINK_ADD_MEMBERSHIP, &group,
					  sizeof(group)) < 0)
			goto fail;
	}
	if (fcntl(rtnl_fd(r), F_SETFL, O_NONBLOCK) < 0)
		goto fail;
	/* not fatal: a smaller one only loses (and says so) sooner */
	(void)setsockopt(rtnl_fd(r), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return 0;
fail:
	err = -errno;
	rtnl_close(r);
	return err;
}

int rtnl_fd(const struct rtnl *r)
{
	return mnl_socket_get_fd(r->nl);
}

static bool event_of(const struct nlmsghdr *nlh, struct rtnl_event *event)
{
	memset(event, 0, sizeof(*event));
	event->port = nlh->nlmsg_pid;
	event->replaced = nlh->nlmsg_type == RTM_NEWROUTE && nlh->nlmsg_flags & NLM_F_REPLACE;
	switch (nlh->nlmsg_type) {
	case RTM_DELLINK:
	case RTM_DELADDR:
	case RTM_DELROUTE:
		event->gone = true;
	}
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		event->what = RTNL_EVENT_LINK;
		return rtnl_parse_link(nlh, &event->link);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		event->what = RTNL_EVENT_ADDR;
		return rtnl_parse_addr(nlh, &event->addr);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		event->what = RTNL_EVENT_ROUTE;
		return rtnl_parse_route(nlh, &event->route);
	default:
		return false;
	}
}

int rtnl_events(struct rtnl *r,
		void (*each)(void *ctx, const struct rtnl_event *event), void *ctx)
{
	char buf[NL_BUF] __attribute__((aligned(8)));
	struct rtnl_event event;

	for (;;) {
		const struct nlmsghdr *nlh = (const void *)buf;
		ssize_t got = mnl_socket_recvfrom(r->nl, buf, sizeof(buf));
		int n = got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return 0;
		/* ENOBUFS: the kernel had no room; ENOSPC: we had none */
		if (got < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			event = (struct rtnl_event){ .what = RTNL_EVENT_LOST };
			each(ctx, &event);
			continue;
		}
		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
			if (event_of(nlh, &event))
				each(ctx, &event);
	}
}
