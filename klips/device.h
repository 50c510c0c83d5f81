/* SPDX-License-Identifier: GPL-2.0 */
/* ipsecN: the network device. */
#ifndef KLIPS_DEVICE_H
#define KLIPS_DEVICE_H

#include <linux/netdevice.h>
#include <net/gro_cells.h>

#include <klips/netlink.h>

#include "hooks.h"
#include "stats.h"

struct klips_net;

/* Private part of an ipsecN. Made under RTNL, read under RCU. */
struct klips_dev {
	struct list_head list;		/* in klips_net.devices */
	struct net_device *dev;
	struct klips_net *kn;		/* of the namespace it was made in, whatever it moves to */
	u32 id;				/* never 0, never used again */
	struct net_device __rcu *lower;	/* underlying device, NULL: detached */
	netdevice_tracker lower_tracker;
	u32 fwmark;			/* of outer packets */
	u8 df;				/* enum klips_df, see also klips_outer_mtu() */
	bool show_tos;			/* hidetos=no: DSCP is copied to the outer header */
	bool parallel;			/* packets are spread over all CPUs (parallel.c) */
	bool quiet;			/* fragicmp=no: no ICMP about size, outer packets are cut instead */
	u16 mss;			/* KLIPS_MSS_* */
	u8 guard;			/* enum klips_guard */
	struct klips_net *hooked[__KLIPS_HOOKS_MAX]; /* where klips_net.hooks counts it, NULL: nowhere; under RTNL */
	bool mtu_fixed;			/* somebody set the MTU: it does not follow */
	bool listed;			/* in klips_net.devices */
	u32 effective_mtu;		/* last one that xmit computed, for eyes */
	atomic_long_t held;		/* packets that wait in holds */
	struct gro_cells cells;
	struct klips_dev_stats __percpu *stats;
};

int klips_device_init(void);
void klips_device_exit(void);

/* Ends the devices that were made in @kn, wherever they are. Takes RTNL. */
void klips_device_net_exit(struct klips_net *kn);

extern const struct net_device_ops klips_netdev_ops;

/* Asked for every packet. */
static inline bool klips_device_is(const struct net_device *dev)
{
	return dev->netdev_ops == &klips_netdev_ops;
}

/* The device of @kn with this id or name, or NULL. RCU read lock or RTNL held. */
struct klips_dev *klips_device_by_id(struct klips_net *kn, u32 id);
struct klips_dev *klips_device_by_name(struct klips_net *kn, const char *name);

/*
 * The first device attached to @lower, or NULL. Where @lower is a device of @kn's it is that one: what comes
 * out of it belongs to it.
 */
struct klips_dev *klips_device_by_lower(struct klips_net *kn,
					const struct net_device *lower);

#endif
