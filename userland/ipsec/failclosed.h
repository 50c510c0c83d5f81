/* SPDX-License-Identifier: GPL-2.0 */
/* The routes to the drop device, without pluto and the module: at boot, and while both are being started. */
#ifndef KLIPS_IPSEC_FAILCLOSED_H
#define KLIPS_IPSEC_FAILCLOSED_H

#include "conf.h"

/*
 * From now on packets for the far subnets of conns that fail closed at boot are dropped unless there is a tunnel. Adds
 * only; pluto adopts these routes. How many conns it failed for, each with a line on stderr.
 */
unsigned int failclosed_shut(const struct conf *conf);

#endif
