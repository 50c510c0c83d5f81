/* SPDX-License-Identifier: GPL-2.0 */
/* rtnetlink messages into the structs of rtnl.h; inside of the library. */
#ifndef KLIPS_LIB_RTNL_PARSE_H
#define KLIPS_LIB_RTNL_PARSE_H

#include <libmnl/libmnl.h>

#include "rtnl.h"

/* False: @nlh is another kind of message, or too short. */
bool rtnl_parse_link(const struct nlmsghdr *nlh, struct rtnl_link *link);
bool rtnl_parse_addr(const struct nlmsghdr *nlh, struct rtnl_addr *addr);

/* Also false for what rtnl_routes() leaves out. */
bool rtnl_parse_route(const struct nlmsghdr *nlh, struct rtnl_route *route);

#endif
