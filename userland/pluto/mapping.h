/* SPDX-License-Identifier: GPL-2.0 */
/* Peers whose NAT has given them another address or port, as the kernel sees it in their ESP (PF_KEY NEW_MAPPING). */
#ifndef PLUTO_MAPPING_H
#define PLUTO_MAPPING_H

#include <stdbool.h>

#include "pfkey.h"

/* Puts a NEW_MAPPING aside: it may come in the middle of anything. */
void mapping_put(const struct pfkey_msg *msg);
bool mapping_waiting(void);
/* Tells the engine of those put aside, and of what it does not know adopt.h. */
void mapping_serve(struct pfkey *pk);

#endif
