/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec auto --listall and its parts. */
#ifndef KLIPS_IPSEC_LIST_H
#define KLIPS_IPSEC_LIST_H

#include <stdbool.h>

struct list_how {
	unsigned int kinds;		/* CTL_LIST_* */
	bool due;			/* only what has expired, or will within 30 days */
	bool utc, json;
};

/* Asks pluto at @ctl and prints: an exit status. */
int list_print(const char *ctl, const struct list_how *how);

#endif
