/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the files of the module that know no skb and no lock: they compile in the
 * kernel and, for unit tests and fuzzing, in user space.
 */
#ifndef KLIPS_PURE_H
#define KLIPS_PURE_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/kernel.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/types.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
#define hweight16(w) ((unsigned int)__builtin_popcount((u16)(w)))
#define __force
#endif

#endif
