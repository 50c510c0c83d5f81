/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows that kernels differ; included before everything. What
 * KLIPS_HAVE_* and KLIPS_LACKS_* say was found in the headers by Kbuild.include.
 */
#ifndef KLIPS_COMPAT_H
#define KLIPS_COMPAT_H

#include <linux/crypto.h>

/* For what is large, and written before it is read, where the compiler zeroes all of the stack. */
#ifndef __uninitialized
#define __uninitialized
#endif

#ifdef KLIPS_HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Segmentation: a header of its own since 6.5. */
#include <linux/netdevice.h>
#ifdef KLIPS_HAVE_NET_GSO
#include <net/gso.h>
#endif

/* hex2bin() and the like, in linux/kernel.h before. */
#ifdef KLIPS_HAVE_LINUX_HEX
#include <linux/hex.h>
#endif

/* A workqueue that is not WQ_UNBOUND has to say so where there is a word for it; 7.3 warns. */
#ifndef KLIPS_HAVE_WQ_PERCPU
#define WQ_PERCPU 0
#endif

/* The workqueue of schedule_work(): 7.3 warns where it is called by its old name. */
#include <linux/workqueue.h>
#ifndef KLIPS_HAVE_SYSTEM_PERCPU_WQ
#define system_percpu_wq system_wq
#endif

/* A table of sysctls ends with its size since 6.6, with an empty entry before. Both have room for one. */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#define klips_compat_sysctl_copy(entries) \
	((struct ctl_table *)klips_compat_sysctl_dup(entries, sizeof(entries)))
static inline void *klips_compat_sysctl_dup(const void *entries, size_t size)
{
	void *copy = kzalloc(size + sizeof(struct ctl_table), GFP_KERNEL_ACCOUNT);

	if (copy)
		memcpy(copy, entries, size);
	return copy;
}
#ifdef KLIPS_HAVE_SYSCTL_SZ
#define klips_compat_sysctl_register(net, path, table, n) register_net_sysctl_sz(net, path, table, n)
#else
#define klips_compat_sysctl_register(net, path, table, n) register_net_sysctl(net, path, table)
#endif

/* A route of IPv6, without what a packet would need of it: exported since IPv6 is no module any more. */
#ifdef KLIPS_HAVE_IPV6_STUBS
#include <net/ipv6_stubs.h>
#define klips_compat_fib6_lookup(...) ipv6_stub->fib6_lookup(__VA_ARGS__)
#else
#define klips_compat_fib6_lookup fib6_lookup
#endif

/*
 * Whether a socket that sends has paid for skb->truesize, and gets back what it says in the end: there is a word for it since
 * 7.2. Before, TCP's destructors are no module's to know, but what has a TCP socket and none of those of received packets has
 * one of them.
 */
#include <net/sock.h>
static inline bool klips_compat_is_wmem(const struct sk_buff *skb)
{
#ifdef KLIPS_HAVE_IS_SKB_WMEM
	return is_skb_wmem(skb);
#else
	if (skb->destructor == sock_wfree)
		return true;
	return skb->sk && sk_fullsock(skb->sk) && sk_is_tcp(skb->sk) &&
	       skb->destructor != sock_edemux && skb->destructor != sock_efree &&
	       skb->destructor != sock_rfree;
#endif
}

/* Crypto completion: gets its data since 6.3, the request around it before. */
#ifdef KLIPS_HAVE_CRYPTO_DATA_CALLBACK
typedef void *klips_crypto_arg_t;
static inline void *klips_crypto_data(klips_crypto_arg_t arg)
{
	return arg;
}
#else
typedef struct crypto_async_request *klips_crypto_arg_t;
static inline void *klips_crypto_data(klips_crypto_arg_t arg)
{
	return arg->data;
}
#endif

/* A device whose transmit path needs no lock: a flag of its own since 6.12. */
#ifdef KLIPS_HAVE_DEV_LLTX
#define klips_compat_lltx(dev) ((dev)->lltx = true)
#else
#define klips_compat_lltx(dev) ((dev)->features |= NETIF_F_LLTX)
#endif

/*
 * rtnl_link_ops.newlink takes its arguments in a structure since 6.15: KLIPS_COMPAT_NEWLINK(fn)
 * behind the definition of fn, KLIPS_COMPAT_NEWLINK_OP(fn) where the operation is named.
 */
#ifdef KLIPS_HAVE_NEWLINK_PARAMS
#define KLIPS_COMPAT_NEWLINK(fn) \
	static int fn##_params(struct net_device *dev, \
			       struct rtnl_newlink_params *params, \
			       struct netlink_ext_ack *extack) \
	{ \
		return fn(rtnl_newlink_link_net(params), dev, params->tb, \
			  params->data, extack); \
	}
#define KLIPS_COMPAT_NEWLINK_OP(fn) fn##_params
#else
#define KLIPS_COMPAT_NEWLINK(fn)
#define KLIPS_COMPAT_NEWLINK_OP(fn) fn
#endif

#endif
