/* SPDX-License-Identifier: GPL-2.0 */
/* Who did it: the owner of a netlink socket, by the number that events carry. */
#ifndef PLUTO_REMOVER_H
#define PLUTO_REMOVER_H

#include <stdint.h>

#define REMOVER_TEXT 64

/*
 * "pid 123 (ip)". The number is a pid for the first socket of a process only, and that of its own pid namespace; a
 * process that has ended has no name any more: what is not known is not said. To be called as soon as the event is
 * there. @port 0: "" .
 */
char *remover_text(uint32_t port, char buf[REMOVER_TEXT]);

#endif
