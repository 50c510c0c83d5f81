/* SPDX-License-Identifier: GPL-2.0 */
/* The ipsecN devices of interfaces=: made or found, attached, up; those pluto made are removed by it. */
#ifndef PLUTO_DEVICE_H
#define PLUTO_DEVICE_H

#include "rtnl.h"

#define DEVICE_WHY 512

/* Remembers across a crash which devices are ours. */
void device_open(void);
/* Removes the devices that pluto made. */
void device_close(void);

/* Removes the devices that a crashed pluto made. */
void device_cleanup(void);

/*
 * Brings the devices to what interfaces= says; @default_index: the device of the default
 * route, 0: there is none. 0 or the -errno of the first thing that failed and @why.
 */
int device_sync(int default_index, char why[DEVICE_WHY]);

/* One conn more, or less, that wants TCP SYNs through this ipsecN clamped: the device does while one does. */
void device_mss_get(const char *virt);
void device_mss_put(const char *virt);

/* The name of the ipsecN above a device, "": none. */
const char *device_above(int phys_index);
/* Whether the device that had this ifindex is one of interfaces=. */
bool device_lost(int ifindex);
/* The ifindex of an ipsecN of ours, 0: none. */
int device_index(const char *virt);

#endif
