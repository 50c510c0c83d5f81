/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pluto needs of the kernel, as a table of functions: klips, or nothing at all for
 * tests of IKE alone. Everything that fails has changed nothing.
 */
#ifndef PLUTO_KERNEL_H
#define PLUTO_KERNEL_H

#include "conn.h"

#define KERNEL_WHY 512

struct kernel_ops {
	const char *name;		/* klips, none */
	bool devices;			/* it has ipsecN devices */
	/* Takes hold of the kernel and clears away what a crashed pluto left. 0 or -errno and @why. */
	int (*open)(char why[KERNEL_WHY]);
	/* Drop routes stay with pluto.keep_drop. */
	void (*close)(void);
	/* Fills @spi for an inbound SA. 0 or -errno. */
	int (*getspi)(const struct ike_addr *local, const struct ike_addr *remote, uint8_t spi[4]);
	/* Both SAs, the eroutes, the routes of a Child SA. 0 or -errno and @why. */
	int (*install)(const struct ike_child *child, const struct conn *conn, char why[KERNEL_WHY]);
	/* Takes back an installed Child SA, or the inbound SA that getspi() made. */
	void (*remove)(uint32_t child, const uint8_t spi_in[4], const struct ike_addr *local,
		       const struct ike_addr *remote);
	/* From now on nothing for the far client of @conn leaves in the clear. 0 or -errno and @why. */
	int (*load)(const struct conn *conn, char why[KERNEL_WHY]);
	void (*unload)(const struct conn *conn);
	/* All conns are loaded and oriented: what keeps packets of others from leaving is not needed. */
	void (*loaded)(void);
};

extern const struct kernel_ops kernel_klips;
extern const struct kernel_ops kernel_none;

#endif
