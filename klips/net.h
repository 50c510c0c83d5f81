/* SPDX-License-Identifier: GPL-2.0 */
/* What one network namespace has: its eroutes, its SAs, its devices. */
#ifndef KLIPS_NET_H
#define KLIPS_NET_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

struct klips_shapes;
struct klips_pfkey_net;

struct klips_net {
	struct net *net;

	/*
	 * Serialises every change of eroutes and SAs, may sleep. Readers take RCU
	 * only. Taken inside RTNL; whoever holds it never takes RTNL.
	 */
	struct mutex lock;

	struct rhashtable eroutes;	/* by selector */
	struct xarray eroute_ids;	/* by age, for dumps */
	u32 next_eroute;
	struct klips_shapes __rcu *shapes; /* which kinds of selector exist, in order */

	struct rhashtable sas;		/* by SAID */
	struct rhltable tunnels;	/* SAs whose packets carry no SPI, by addresses */
	struct xarray sa_ids;
	u32 next_sa;

	struct list_head devices;	/* klips_dev, under RTNL; read under RCU */
	u32 next_device;		/* id of the next device, under RTNL */

	struct list_head pfkey_sockets;	/* under pfkey_lock */
	spinlock_t pfkey_lock;
};

struct klips_net *klips_net(const struct net *net);

#endif
