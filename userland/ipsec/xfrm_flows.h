/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's own stack protects: its outbound policies, by netlink. Keys are not asked for. */
#ifndef KLIPS_IPSEC_XFRM_FLOWS_H
#define KLIPS_IPSEC_XFRM_FLOWS_H

#include "conf.h"
#include "nl.h"

struct xfrm_flow {
	struct subnet src, dst;
	uint8_t proto;			/* 0: any */
	uint16_t sport, dport;		/* host order, 0: any (or a range) */
	uint8_t ipsec;			/* IPPROTO_ESP, AH, COMP of its first template */
	bool tunnel, optional;
	bool blocked;			/* dropped by policy, not protected */
	struct ip_addr local, remote;	/* outer, AF_UNSPEC: the packet's own */
	unsigned int states;		/* SAs that its template would take */
};

struct xfrm_flows {
	struct xfrm_flow *list;
	unsigned int n;
};

/* Outbound policies with a template, and those that block: 0 or -errno. The list is the caller's to free(). */
int xfrm_flows_read(struct xfrm_flows *flows);

/* One message of the dump: whether it is such a policy. */
bool xfrm_flow_parse(const struct nlmsghdr *nlh, struct xfrm_flow *flow);

enum xfrm_cover { XFRM_NOT, XFRM_PART, XFRM_WHOLE };

/* The conn that would protect it best, in *conn; XFRM_NOT: none, and *conn is NULL. Whichever end this host is. */
enum xfrm_cover xfrm_flow_cover(const struct xfrm_flow *flow, const struct conf *conf, const struct conf_conn **conn);

#endif
