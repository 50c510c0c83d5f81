// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "net.h"
#include "sysctl.h"

/* What a setting may be. The upper ends bound what an administrator of a namespace can make the kernel hold. */
#define SETTINGS(X) \
	X(hold_packets,		1,	8,		64) \
	X(hold_bytes,		2048,	65536,		1048576) \
	X(holds_max,		1,	4096,		KLIPS_BUDGET_MAX) \
	X(holds_bytes_max,	65536,	4194304,	67108864) \
	X(hold_expire,		1,	60,		3600) \
	X(acquire_rate,		1,	100,		10000) \
	X(acquire_burst,	1,	100,		10000)

#define LIMITS(name, low, value, high) static unsigned int name##_low = low, name##_high = high;
SETTINGS(LIMITS)

#define ENTRY(name, low, value, high) \
	{ \
		.procname = #name, \
		.data = (void *)offsetof(struct klips_hold_settings, name), \
		.maxlen = sizeof(unsigned int), \
		.mode = 0644, \
		.proc_handler = proc_douintvec_minmax, \
		.extra1 = &name##_low, \
		.extra2 = &name##_high, \
	},

static const struct ctl_table settings[] = { SETTINGS(ENTRY) };

#define DEFAULT(name, low, value, high) .name = value,

int klips_sysctl_net_init(struct klips_net *kn)
{
	struct ctl_table *table;
	unsigned int i;

	kn->hold_settings = (struct klips_hold_settings) { SETTINGS(DEFAULT) };
	table = klips_compat_sysctl_copy(settings);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		table[i].data = (char *)&kn->hold_settings + (unsigned long)table[i].data;
		if (kn->net->user_ns != &init_user_ns)
			table[i].mode = 0444;
	}
	kn->sysctls = klips_compat_sysctl_register(kn->net, "net/klips", table, ARRAY_SIZE(settings));
	if (kn->sysctls)
		return 0;
	kfree(table);
	return -ENOMEM;
}

void klips_sysctl_net_exit(struct klips_net *kn)
{
	const struct ctl_table *table = kn->sysctls->ctl_table_arg;

	unregister_net_sysctl_table(kn->sysctls);
	kfree(table);
}
