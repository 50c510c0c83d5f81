/* SPDX-License-Identifier: GPL-2.0 */
/* The answer to CTL_LIST: keys and certificates that conns name, CAs and CRLs. Nothing private is in it. */
#ifndef PLUTO_CTL_LIST_H
#define PLUTO_CTL_LIST_H

#include "control.h"

/* Hands every item of @kinds (CTL_LIST_*) to @put. */
void ctl_list(unsigned int kinds, void (*put)(void *ctx, enum ctl_type type, const void *body), void *ctx);

#endif
