/* SPDX-License-Identifier: GPL-2.0 */
/* What CTL_STATUS answers. */
#ifndef PLUTO_CTL_STATUS_H
#define PLUTO_CTL_STATUS_H

#include "control.h"
#include "ctl.h"

/*
 * Hands every message of the answer but CTL_DONE to @put. @name: of one conn and its instances, or of one instance, "": all.
 * 0, or -ENOENT and @why: there is none of that name.
 */
int ctl_status(const char *name, void (*put)(void *ctx, enum ctl_type type, const void *body), void *ctx, char why[CTL_WHY]);

#endif
