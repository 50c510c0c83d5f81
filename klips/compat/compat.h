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
