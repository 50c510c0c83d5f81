/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pluto needs of the kernel, as a table of functions: klips, or nothing at all for
 * tests of IKE alone. Everything that fails has changed nothing.
 */
#ifndef PLUTO_KERNEL_H
#define PLUTO_KERNEL_H

#include "conn.h"
#include "said.h"

#define KERNEL_WHY 512

struct child_path {
	struct ike_addr local, remote;	/* ports with .encap */
	bool encap;			/* ESP in UDP */
	bool keepalive;			/* a NAT is in front of us */
};

struct kernel_ops {
	const char *name;		/* klips, none */
	bool devices;			/* it has ipsecN devices */
	/* Takes hold of the kernel; what an earlier pluto left stays as it is. 0 or -errno and @why. */
	int (*open)(char why[KERNEL_WHY]);
	/* Drop routes stay with pluto.keep_drop. */
	void (*close)(void);
	/* Fills @spi for an inbound SA. 0 or -errno. */
	int (*getspi)(const struct ike_addr *local, const struct ike_addr *remote, uint8_t spi[4]);
	/* Both SAs, the eroutes, the routes of a Child SA. 0 or -errno and @why. */
	int (*install)(const struct ike_child *child, const struct conn *conn, char why[KERNEL_WHY]);
	/* An installed Child SA that was .inbound_only gets eroutes and routes. What fails is logged. */
	void (*takeover)(uint32_t child);
	/* Packets that came and went through it so far: 0 or -errno. */
	int (*packets)(uint32_t child, uint64_t *in, uint64_t *out);
	/* Takes back an installed Child SA, or the inbound SA that getspi() made. */
	void (*remove)(uint32_t child, const uint8_t spi_in[4], const struct ike_addr *local);
	/* From now on a Child SA is between these ends, and in UDP or not. */
	void (*move)(uint32_t child, const struct child_path *path);
	/*
	 * From now on nothing for @net leaves in the clear; counted. @sure: whatever routes say, until the last user has gone;
	 * else it may be a network of this host's own, and better routes are followed. 0 or -errno and @why.
	 */
	int (*shut)(const struct subnet *net, bool sure, char why[KERNEL_WHY]);
	void (*unshut)(const struct subnet *net);
	/* What else an oriented conn needs as long as it is loaded. 0 or -errno and @why. */
	int (*load)(const struct conn *conn, char why[KERNEL_WHY]);
	void (*unload)(const struct conn *conn);
	/* The same conn was at another place. */
	void (*moved)(const struct conn *conn, const struct oriented *was);
	/* All conns are loaded and oriented: what an earlier pluto left and none of them has is not needed. */
	void (*loaded)(void);
	/* Ends what @conn has of an earlier pluto. */
	void (*down)(const struct conn *conn);
	/* Its traffic goes by that: by which SAs. */
	bool (*adopted)(const struct conn *conn, struct said *in, struct said *out);
	/* One of these is for @addr alone, and its peer is not at @asker. May be NULL. */
	bool (*adopted_client)(const struct ip_addr *addr, const struct ike_addr *asker);
	/*
	 * The eroutes of @conn while it has no tunnel, and the routes to them; again: other eroutes in their place.
	 * 0 or -errno and @why.
	 */
	int (*route)(const struct conn *conn, enum klips_target target, char why[KERNEL_WHY]);
	void (*unroute)(const struct conn *conn);
	/* What a trap holds under this number is not wanted; @error positive. */
	void (*refuse)(uint32_t seq, int error);
	/* When serve() is due: at once while packets that met traps, and peers that moved, wait to be told to the engine. */
	uint64_t (*deadline)(void);
	void (*serve)(void);
};

extern const struct kernel_ops kernel_klips;
extern const struct kernel_ops kernel_none;

#endif
