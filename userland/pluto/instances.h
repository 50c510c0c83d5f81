/* SPDX-License-Identifier: GPL-2.0 */
/* Instances of conns for any peer, as people name them: road[2]. */
#ifndef PLUTO_INSTANCES_H
#define PLUTO_INSTANCES_H

#include <stddef.h>

/* Into @why of @size bytes: that there is no @name, which would be an instance of the conn @of, and which ones there are. */
void instance_missing(const char *of, const char *name, char *why, size_t size);

#endif
