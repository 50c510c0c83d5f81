/* SPDX-License-Identifier: GPL-2.0 */
/* Which of several IPv6 addresses of a device this host is, RFC 6724. */
#ifndef PLUTO_SOURCE6_H
#define PLUTO_SOURCE6_H

#include "orient.h"

/*
 * The one of the device @phys that goes best with @peer, AF_UNSPEC: with anybody on the Internet. The rules of RFC 6724 5, but that
 * an address that will be gone soon comes after all others: a tunnel is to last. NULL: there is none.
 */
const struct local_addr *source6(const struct local_view *view, const char *phys, const struct ip_addr *peer);

#endif
