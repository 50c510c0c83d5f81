/* SPDX-License-Identifier: GPL-2.0 */
/* What CTL_STATUS answers. */
#ifndef PLUTO_CTL_STATUS_H
#define PLUTO_CTL_STATUS_H

#include "control.h"

/* Hands every message of the answer but CTL_DONE to @put. @name: of one conn, "": all. False: no conn has that name. */
bool ctl_status(const char *name, void (*put)(void *ctx, enum ctl_type type, const void *body), void *ctx);

#endif
