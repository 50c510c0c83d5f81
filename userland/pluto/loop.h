/* SPDX-License-Identifier: GPL-2.0 */
/* The event loop: descriptors by epoll, one deadline, one thread. */
#ifndef PLUTO_LOOP_H
#define PLUTO_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* A descriptor that is waited for; lives in the struct of its owner. */
struct watch {
	int fd;
	void (*ready)(struct watch *w, uint32_t events);
};

/* 0 or -errno. */
int loop_init(void);

/* @events EPOLLIN, EPOLLOUT. 0 or -errno. */
int loop_add(struct watch *w, uint32_t events);
void loop_change(struct watch *w, uint32_t events);
/* Also while its event is being served; does not close it. */
void loop_del(struct watch *w);

/* Milliseconds of CLOCK_BOOTTIME: it goes on while the machine sleeps. */
uint64_t loop_now(void);

/* Serves events until @deadline (UINT64_MAX: none) at the longest, at least once where there are any. */
void loop_once(uint64_t deadline);

#endif
