/* SPDX-License-Identifier: GPL-2.0 */
/* What the service manager that started us is told, as in sd_notify(3). */
#ifndef PLUTO_NOTIFY_H
#define PLUTO_NOTIFY_H

#include <stdbool.h>

/* There is one that wants to be told. */
bool notify_wanted(void);
/* @fd goes along, -1: none. Nothing where there is none. */
void notify_manager(const char *state, int fd);
/* Returns when all that was said before has been heard, or after a second. */
void notify_barrier(void);

#endif
