/* SPDX-License-Identifier: GPL-2.0 */
/* The control socket: pluto's side. No client, however slow, makes anybody wait. */
#ifndef PLUTO_CTL_H
#define PLUTO_CTL_H

#include "control.h"
#include "engine.h"

#define CTL_WHY 512

/* 0 or -errno and @why. */
int ctl_open(const char *path, char why[CTL_WHY]);
/* Tells whoever asked for the stop that it is done, and closes all. */
void ctl_close(void);

/* The engine reports about @conn: those who wait for it get to know. */
/* Conns were looked at anew: what had to wait for that is done. */
void ctl_oriented(void);

void ctl_report(const char *conn, enum ike_report_kind kind, enum ike_reason reason, const char *text);
/* One more line for those who wait for @conn. */
void ctl_progress(const char *conn, const char *text);

/* When clients that do not read or write have to go; UINT64_MAX: there are none. */
uint64_t ctl_deadline(void);
void ctl_tick(void);

#endif
