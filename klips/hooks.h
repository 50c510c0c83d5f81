/* SPDX-License-Identifier: GPL-2.0 */
/* Where packets meet us that are not on their way through one of our devices: in netfilter, where a namespace has a use for it. */
#ifndef KLIPS_HOOKS_H
#define KLIPS_HOOKS_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct klips_dev;
struct klips_net;

/* Sets of hooks that a namespace has while something wants them: one of its devices, or what is closed. */
enum klips_hooks {
	KLIPS_HOOKS_GUARD,		/* guard.c, unless the device has it off */
	KLIPS_HOOKS_DETOUR,		/* detour.c, for devices that are where they were made */
	__KLIPS_HOOKS_OF_DEVICES,
	KLIPS_HOOKS_CLOSED = __KLIPS_HOOKS_OF_DEVICES, /* closed.c */
	__KLIPS_HOOKS_MAX
};

/*
 * One more, or one less, wants @set in @kn. Callers exclude each other for each set: RTNL for those of devices, kn->lock for
 * KLIPS_HOOKS_CLOSED. May sleep. get: 0 or -errno.
 */
int klips_hooks_get(struct klips_net *kn, enum klips_hooks set);
void klips_hooks_put(struct klips_net *kn, enum klips_hooks set);

/*
 * Sees to it that the namespace where @kd is now has what @kd wants, and that the one where it was does
 * not have it for @kd any more; @there: false where it is leaving. RTNL held. 0, or -errno, and the set that failed is as before.
 */
int klips_hooks_follow(struct klips_dev *kd, bool there);

#endif
