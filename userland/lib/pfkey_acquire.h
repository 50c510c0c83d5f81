/* SPDX-License-Identifier: GPL-2.0 */
/* ACQUIRE (<klips/pfkey.h>): a packet met a trap, which one, and the negative answer. */
#ifndef KLIPS_LIB_PFKEY_ACQUIRE_H
#define KLIPS_LIB_PFKEY_ACQUIRE_H

#include "pfkey_ops.h"

struct pfkey_acquire {
	uint32_t seq;			/* names the hold, never 0 */
	struct flow_sel packet;		/* two hosts; protocol and ports 0 where it shows none */
	bool fragment;			/* it was one: its ports are not known */
	bool has_trap;
	struct flow_sel trap;		/* the selector that it met, with has_trap; no device in it */
	char device[KLIPS_IFNAMSIZ];	/* the ipsecN that it was routed to, "": not said */
};

/* NULL and @a, or what is wrong with the message. */
const char *pfkey_get_acquire(const struct pfkey_view *view, struct pfkey_acquire *a);

/*
 * The negative answer: what the hold @seq keeps is dropped. @err a positive errno. 0 or -errno of the
 * sending; whether there was such a hold is not waited for.
 */
int pfkey_refuse(struct pfkey *pk, uint32_t seq, int err);

#endif
