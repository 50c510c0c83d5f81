// SPDX-License-Identifier: GPL-2.0
#include <linux/ratelimit.h>

#include "debug.h"

DEFINE_STATIC_KEY_FALSE(klips_debug_key);

/* Lines of all namespaces together. */
static DEFINE_RATELIMIT_STATE(klips_debug_limit, HZ, 200);

#define FLAG_NAME(sym, name, text) name,
static const char * const flag_names[] = { KLIPS_DEBUG_FLAGS(FLAG_NAME) };

const char *klips_debug_name(enum klips_debug_bit bit)
{
	return bit < __KLIPS_DEBUG_MAX ? flag_names[bit] : "unknown";
}

void klips_debug_change(struct klips_net *kn, u32 set, u32 clear)
{
	u32 before = kn->debug, after = (before & ~clear) | set;

	WRITE_ONCE(kn->debug, after);
	if (!before && after)
		static_branch_inc(&klips_debug_key);
	if (before && !after)
		static_branch_dec(&klips_debug_key);
}

void klips_debug_net_exit(struct klips_net *kn)
{
	klips_debug_change(kn, 0, KLIPS_DEBUG_ALL);
}

bool klips_debug_may(struct klips_net *kn, u32 flags)
{
	return READ_ONCE(kn->debug) & flags && __ratelimit(&klips_debug_limit);
}
