/* SPDX-License-Identifier: GPL-2.0 */
/* A request on a struct rtnl; inside of the library. */
#ifndef KLIPS_LIB_RTNL_ASK_H
#define KLIPS_LIB_RTNL_ASK_H

#include <libmnl/libmnl.h>

#include "rtnl.h"

/* As nl_talk(). */
int rtnl_ask(struct rtnl *r, struct nlmsghdr *nlh,
	     int (*each)(void *ctx, const struct nlmsghdr *nlh), void *ctx);

#endif
