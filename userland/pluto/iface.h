/* SPDX-License-Identifier: GPL-2.0 */
/* The addresses of this host: which of them pluto listens at, and what changes about them. */
#ifndef PLUTO_IFACE_H
#define PLUTO_IFACE_H

#include "control.h"
#include "orient.h"
#include "rtnl.h"
#include "udp.h"

#define IFACE_WHY 512

/* Opens rtnetlink, finds the addresses, opens the sockets. 0 or -errno and @why. */
int iface_open(char why[IFACE_WHY]);
void iface_close(void);

/* Looks at everything anew. 0 or the -errno of the first thing that failed and @why. */
int iface_refresh(char why[IFACE_WHY]);

/* Valid until the next refresh. */
struct local_view iface_view(void);

/* The socket bound to this address and port, NULL: none. */
const struct udp *iface_socket(const struct ike_addr *local);

/* For the status. */
void iface_each(void (*fn)(void *ctx, const struct ctl_iface *iface), void *ctx);

/* When changes that were reported are to be looked at; UINT64_MAX: there are none. */
uint64_t iface_deadline(void);
void iface_tick(void);

/* Where the requests go; for device.c and route.c. */
struct rtnl *iface_rtnl(void);

#endif
