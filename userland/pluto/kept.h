/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UDP sockets that outlive a pluto that is killed: as long as one is open on port 4500 the kernel takes ESP out of UDP.
 * Somebody else has duplicates and gives them to the next pluto, which takes those that fit it: the service manager in its
 * descriptor store, where NOTIFY_SOCKET says that there is one, or else a process of our own (holder.h).
 */
#ifndef PLUTO_KEPT_H
#define PLUTO_KEPT_H

#include <stdint.h>

#include "addr.h"

/* Gets what an earlier pluto left. Before anything is bound. */
void kept_open(void);
/*
 * The socket bound to these (@device NULL: any); what waits in it is thrown away: it is old, and its senders repeat what
 * they still want. -1: there is none.
 */
int kept_take(const struct ip_addr *addr, uint16_t port, const char *device);
/* What nobody took is not needed any more. */
void kept_sweep(void);
/* This pluto has started: what was kept for it and what it has opened is kept from now on. With kept_sweep(). */
void kept_settle(void);
/* @fd, new or taken, is one to keep. */
void kept_put(int fd, const struct ip_addr *addr, uint16_t port, const char *device);
/* It is about to be closed, and is to be gone then. */
void kept_drop(int fd);
/* Returns when nothing that was dropped is open any more. */
void kept_close(void);

#endif
