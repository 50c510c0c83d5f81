/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses that a peer gave this host for the inner side: on ipsecN as long as a Child SA has them, counted.
 */
#ifndef PLUTO_INNER_H
#define PLUTO_INNER_H

#include "addr.h"

#define INNER_WHY 512

/* 0 or -errno and @why. */
int inner_add(const struct ip_addr *addr, const char *device, int ifindex, char why[INNER_WHY]);
void inner_del(const struct ip_addr *addr, int ifindex);

#endif
