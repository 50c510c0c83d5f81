// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

#define EVENTS 64

static int epoll_fd = -1;
/* The events being served: loop_del() takes a watch out of them. */
static struct epoll_event pending[EVENTS];
static int n_pending;

int loop_init(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return epoll_fd < 0 ? -errno : 0;
}

static int control(int op, struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	return epoll_ctl(epoll_fd, op, w->fd, &ev) < 0 ? -errno : 0;
}

int loop_add(struct watch *w, uint32_t events)
{
	return control(EPOLL_CTL_ADD, w, events);
}

void loop_change(struct watch *w, uint32_t events)
{
	control(EPOLL_CTL_MOD, w, events);
}

void loop_del(struct watch *w)
{
	int i;

	control(EPOLL_CTL_DEL, w, 0);
	for (i = 0; i < n_pending; i++)
		if (pending[i].data.ptr == w)
			pending[i].data.ptr = NULL;
}

uint64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_ms(uint64_t deadline)
{
	uint64_t now = loop_now();

	if (deadline == UINT64_MAX)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

void loop_once(uint64_t deadline)
{
	struct watch *w;
	int i;

	n_pending = epoll_wait(epoll_fd, pending, EVENTS, wait_ms(deadline));
	for (i = 0; i < n_pending; i++) {
		w = pending[i].data.ptr;
		if (w)
			w->ready(w, pending[i].events);
	}
	n_pending = 0;
}
