/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PLUTO_PRIVILEGES_H
#define PLUTO_PRIVILEGES_H

/* For a process beside pluto that needs none: root it stays, with no capability left, now or after an exec. */
void privileges_drop(void);

#endif
