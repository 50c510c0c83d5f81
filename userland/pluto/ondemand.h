/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ACQUIREs, and EXPIREs, on their way from the socket to the engine. They may arrive while an answer of the
 * kernel is waited for, in the middle of an action of the engine: so they are put aside first.
 */
#ifndef PLUTO_ONDEMAND_H
#define PLUTO_ONDEMAND_H

#include "pfkey_acquire.h"

/* Keeps it, or loses it where there are too many: the kernel asks again. */
void ondemand_put(const struct pfkey_msg *msg);
/* An SA nears its end, or came to it. */
void ondemand_expire(const struct pfkey_msg *msg);
/* Hands all to the engine. Not from inside of it. */
void ondemand_serve(void);
bool ondemand_waiting(void);
/* How many were lost, or made no sense. */
uint64_t ondemand_lost(void);

#endif
