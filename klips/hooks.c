// SPDX-License-Identifier: GPL-2.0
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>

#include "closed.h"
#include "debug.h"
#include "detour.h"
#include "device.h"
#include "guard.h"
#include "hooks.h"
#include "net.h"

/* Behind what puts fragments together and addresses right, before all that filters. */
static const struct nf_hook_ops guard_ops[] = {
	{
		.hook = klips_guard_v4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_NAT_DST + 1,
	}, {
		.hook = klips_guard_v6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_NAT_DST + 1,
	},
};

/* One hook for both families; the priorities of netfilter are the same in both. */
#define BOTH_FAMILIES(fn, num, prio)				\
	{ .hook = fn, .pf = NFPROTO_IPV4, .hooknum = num, .priority = prio }, \
	{ .hook = fn, .pf = NFPROTO_IPV6, .hooknum = num, .priority = prio }

/* Where packets have the source that routes and eroutes know. */
#define BEFORE_SOURCE_NAT (NF_IP_PRI_NAT_SRC - 1)

static const struct nf_hook_ops detour_ops[] = {
	BOTH_FAMILIES(klips_detour, NF_INET_POST_ROUTING, BEFORE_SOURCE_NAT),
};

/*
 * On FORWARD, too, before all that filters: what a chain there puts into a flowtable goes from device to device from then
 * on, and is never seen again.
 */
static const struct nf_hook_ops closed_ops[] = {
	BOTH_FAMILIES(klips_closed_hook, NF_INET_FORWARD, NF_IP_PRI_FIRST),
	BOTH_FAMILIES(klips_closed_hook, NF_INET_POST_ROUTING, BEFORE_SOURCE_NAT),
};

static const struct {
	const char *name;
	const struct nf_hook_ops *ops;
	unsigned int n;
} sets[__KLIPS_HOOKS_MAX] = {
	[KLIPS_HOOKS_GUARD] = { "guard", guard_ops, ARRAY_SIZE(guard_ops) },
	[KLIPS_HOOKS_DETOUR] = { "detour", detour_ops, ARRAY_SIZE(detour_ops) },
	[KLIPS_HOOKS_CLOSED] = { "hook for what is closed", closed_ops, ARRAY_SIZE(closed_ops) },
};

int klips_hooks_get(struct klips_net *kn, enum klips_hooks set)
{
	int err;

	if (kn->hooks[set]) {
		kn->hooks[set]++;
		return 0;
	}
	err = nf_register_net_hooks(kn->net, sets[set].ops, sets[set].n);
	if (err)
		return err;
	kn->hooks[set] = 1;
	klips_debug(kn, KLIPS_DEBUG(TUNNEL), "tunnel: the %s is there", sets[set].name);
	return 0;
}

void klips_hooks_put(struct klips_net *kn, enum klips_hooks set)
{
	if (--kn->hooks[set])
		return;
	nf_unregister_net_hooks(kn->net, sets[set].ops, sets[set].n);
	klips_debug(kn, KLIPS_DEBUG(TUNNEL), "tunnel: the %s is gone", sets[set].name);
}

/* Where @kd wants @set, NULL: nowhere. */
static struct klips_net *wanted(const struct klips_dev *kd, enum klips_hooks set)
{
	struct klips_net *here = klips_net(dev_net(kd->dev));

	if (set == KLIPS_HOOKS_GUARD)
		return kd->guard == KLIPS_GUARD_OFF ? NULL : here;
	/* The underlying device is where @kd was made. */
	return here == kd->kn ? here : NULL;
}

static int follow(struct klips_dev *kd, enum klips_hooks set, struct klips_net *kn)
{
	int err;

	if (kn == kd->hooked[set])
		return 0;
	err = kn ? klips_hooks_get(kn, set) : 0;
	if (err)
		return err;
	if (kd->hooked[set])
		klips_hooks_put(kd->hooked[set], set);
	kd->hooked[set] = kn;
	return 0;
}

int klips_hooks_follow(struct klips_dev *kd, bool there)
{
	enum klips_hooks set;
	int err = 0;

	for (set = 0; set < __KLIPS_HOOKS_OF_DEVICES && !err; set++)
		err = follow(kd, set, there ? wanted(kd, set) : NULL);
	return err;
}
