/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module itself keeps closed: the networks of the routes to the drop device. Whoever takes these away, and those into
 * the tunnel with them, lets nothing out.
 */
#ifndef PLUTO_CLOSED_H
#define PLUTO_CLOSED_H

#include <stdbool.h>

#include "subnet.h"

/* It may be closed already, or never have been. What fails is in the log. */
void closed_add(const struct subnet *net);
void closed_del(const struct subnet *net);

/* Opens what @wanted does not want; NULL: all. */
void closed_sweep(bool (*wanted)(const struct subnet *net));

void closed_end(void);

#endif
