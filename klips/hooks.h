/* SPDX-License-Identifier: GPL-2.0 */
/* Where packets meet us that are not on their way through one of our devices: in netfilter, where a namespace has a use for it. */
#ifndef KLIPS_HOOKS_H
#define KLIPS_HOOKS_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct klips_dev;

/* Sets of hooks that a namespace has while one of its devices wants them. */
enum klips_hooks {
	KLIPS_HOOKS_GUARD,		/* guard.c, unless the device has it off */
	KLIPS_HOOKS_DETOUR,		/* detour.c, for devices that are where they were made */
	__KLIPS_HOOKS_MAX
};

/*
 * Sees to it that the namespace where @kd is now has what @kd wants, and that the one where it was does
 * not have it for @kd any more; @there: false where it is leaving. RTNL held. 0, or -errno, and the set that failed is as before.
 */
int klips_hooks_follow(struct klips_dev *kd, bool there);

#endif
