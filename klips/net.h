/* SPDX-License-Identifier: GPL-2.0 */
/* What one network namespace has: its eroutes, its SAs, its devices. */
#ifndef KLIPS_NET_H
#define KLIPS_NET_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "classify.h"
#include "closed.h"
#include "hold.h"
#include "hooks.h"

struct ctl_table_header;
struct klips_frags;
struct klips_journal;
struct klips_pfkey_net;
struct klips_shapes;

/* Adds that ended in -ENOSPC, under klips_net.lock. */
struct klips_refused {
	unsigned long eroutes;
	unsigned long shapes;
	unsigned long sas;
};

struct klips_net {
	struct net *net;

	/*
	 * Serialises every change of eroutes and SAs, may sleep. Readers take RCU
	 * only. Taken inside RTNL; whoever holds it never takes RTNL.
	 */
	struct mutex lock;

	struct klips_classifier classifier; /* eroutes by selector */
	struct xarray eroute_ids;	/* by age, for dumps */
	u32 next_eroute;
	unsigned int n_eroutes;
	unsigned int n_pass;		/* of them say %pass; READ_ONCE */

	struct rhashtable sas;		/* by SAID */
	struct rhashtable moved;	/* SAs whose packets go to another address than their name says */
	struct rhltable tunnels;	/* SAs whose packets carry no SPI, by addresses */
	struct xarray sa_ids;
	u32 next_sa;
	unsigned int n_sas;
	atomic_t n_early;		/* packets that wait for larval ones */

	struct klips_refused refused;

	struct klips_holds *holds;	/* NULL before the first trap */
	struct klips_hold_settings hold_settings; /* READ_ONCE */
	struct ctl_table_header *sysctls;

	struct list_head devices;	/* klips_dev, under RTNL; read under RCU */
	u32 next_device;		/* id of the next device, under RTNL */
	unsigned int hooks[__KLIPS_HOOKS_MAX]; /* who wants them, see klips_hooks_get() */

	struct klips_closed_nets closed;

	struct list_head pfkey_sockets;	/* under pfkey_lock */
	spinlock_t pfkey_lock;

	struct klips_frags *frags;	/* fragments that wait for others */

	struct klips_journal *journal;	/* NULL before the first socket or device */
	struct delayed_work drop_work;	/* tells those who follow the journal */
	u64 drop_told;			/* number of the last drop that they heard of */

	u32 debug;			/* KLIPS_DEBUG_FLAGS, under lock; READ_ONCE */
};

struct klips_net *klips_net(const struct net *net);

#endif
