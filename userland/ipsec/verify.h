/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec verify: what is wrong with this host, and how to mend it. */
#ifndef KLIPS_IPSEC_VERIFY_H
#define KLIPS_IPSEC_VERIFY_H

#include "conf.h"
#include "json.h"
#include "rtnl.h"

enum verdict { VERIFY_OK, VERIFY_WARNING, VERIFY_FAILED, VERIFY_NA };

struct verify {
	struct json *json;		/* NULL: lines */
	bool colour;
	unsigned int failed, warnings;
	/* what the checks look at; conf.source NULL: there is none that can be read */
	struct conf conf;
	const char *conf_path;
	struct rtnl rtnl;
	struct ip_addr *locals;
	unsigned int n_locals;
};

/* One check: @name for programs, @what for people; @fmt (may be NULL): what was found, and what to do. */
void verify_say(struct verify *v, enum verdict verdict, const char *name, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* The end of @conn that has an address of this host, or is %defaultroute: 0, 1; 2: none. */
unsigned int verify_us(const struct verify *v, const struct conf_conn *conn);
bool verify_is_local(void *ctx, const struct ip_addr *addr);

/* verify_kernel.c: module, af_key. verify_net.c: sysctls, routes, NAT. verify_daemon.c: pluto, ports, files. */
void verify_kernel(struct verify *v);
void verify_net(struct verify *v);
void verify_nat(struct verify *v);
void verify_daemon(struct verify *v);

/* verify_xfrm.c: which flows XFRM protects now, and whether a conn would. */
void verify_xfrm(struct verify *v);

#endif
