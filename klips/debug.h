/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "ipsec klipsdebug" makes the module tell in the kernel log, per namespace; rate limited,
 * and a jump that is not taken while no namespace wants any.
 */
#ifndef KLIPS_DEBUG_H
#define KLIPS_DEBUG_H

#include <linux/jump_label.h>
#include <linux/printk.h>
#include <klips/types.h>

#include "net.h"

DECLARE_STATIC_KEY_FALSE(klips_debug_key);

/* Name of a flag as in "ipsec klipsdebug". */
const char *klips_debug_name(enum klips_debug_bit bit);

/* Turns flags on and off. kn->lock held. */
void klips_debug_change(struct klips_net *kn, u32 set, u32 clear);
void klips_debug_net_exit(struct klips_net *kn);

/* Whether one of @flags is on, and there may be one more line. */
bool klips_debug_may(struct klips_net *kn, u32 flags);

/* Whether @flag is on, and verbose too. */
static inline bool klips_debug_verbose(const struct klips_net *kn, u32 flag)
{
	u32 want = flag | KLIPS_DEBUG(VERBOSE);

	return static_branch_unlikely(&klips_debug_key) &&
	       (READ_ONCE(kn->debug) & want) == want;
}

/*
 * One line where one of @flags is on; else the arguments are not looked at. Lines begin with the
 * number of the namespace, as in /proc/PID/ns/net.
 */
#define klips_debug(kn, flags, fmt, ...) do { \
	if (static_branch_unlikely(&klips_debug_key) && \
	    klips_debug_may(kn, flags)) \
		printk(KERN_DEBUG "klips[%u]: " fmt "\n", \
		       (kn)->net->ns.inum, ##__VA_ARGS__); \
} while (0)

#endif
