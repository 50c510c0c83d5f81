/* SPDX-License-Identifier: GPL-2.0 */
/* One netlink request and its answers, for genl.c and rtnl*.c. */
#ifndef KLIPS_LIB_NL_H
#define KLIPS_LIB_NL_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#define NL_BUF 32768		/* bytes of one datagram from the kernel at most */
#define NL_REQ 1024		/* bytes of a request of ours */

struct nl_ask {
	struct mnl_socket *nl;
	uint32_t *seq;			/* counted up by nl_talk() */
	int (*each)(void *ctx, const struct nlmsghdr *nlh); /* may be NULL */
	void *ctx;
	char *error;			/* gets the kernel's words; may be NULL */
	size_t error_size;
};

/* Opens and binds a socket on @bus (NETLINK_*). 0 or -errno. */
int nl_open(struct mnl_socket **nl, int bus);

/*
 * Sends @req (a dump or a request, flags completed here) and gives each answer to
 * ask->each. A nonzero return of it is returned once the rest has been read and dropped.
 * 0, or -errno from the kernel; -EINTR: the dump was inconsistent.
 */
int nl_talk(const struct nl_ask *ask, struct nlmsghdr *req);

#endif
