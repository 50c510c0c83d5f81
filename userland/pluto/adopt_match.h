/* SPDX-License-Identifier: GPL-2.0 */
/* Which conn an SA belongs to that was there before pluto: told by its ends and its selectors. Pure. */
#ifndef PLUTO_ADOPT_MATCH_H
#define PLUTO_ADOPT_MATCH_H

#include "pfkey_ops.h"

/* An SA as the kernel shows it. */
struct adopt_sa {
	struct said said;
	struct ip_addr src;		/* outer source */
	struct ip_addr local;		/* where we are; the SAID of an inbound SA has where we were */
	struct ip_addr peer;		/* where it is: what a NAT made of one of the two */
	char device[KLIPS_IFNAMSIZ];
	bool inbound;
	struct sa_encap encap;		/* type 0: not in UDP */
	struct sa_limits hard, soft;
	struct flow_sel *sels;		/* of its eroutes; inbound: its selectors, turned round */
	int n_sels;
};

/* What a conn is here. */
struct adopt_conn {
	struct ip_addr local;
	struct ip_addr remote;		/* AF_UNSPEC: whoever comes */
	const char *device;
	struct flow_sel flow;		/* from the near client to the far one, which is AF_UNSPEC: the peer itself, or */
	struct ip_addr pool[2];		/* one address from this to that; AF_UNSPEC: none */
	bool chosen;			/* or whatever the peer said that it has */
	bool given;			/* the near client is one address, that the peer gave */
};

/* How well it fits: the more the narrower the conn is. Negative: not at all. */
int adopt_score(const struct adopt_sa *sa, const struct adopt_conn *conn);

/* The selector of an answer. */
struct flow_sel adopt_reversed(const struct flow_sel *sel);

#endif
