// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fdpass.h"
#include "notify.h"
#include "plog.h"

#define BARRIER_MS 1000

bool notify_wanted(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path && *path;
}

void notify_manager(const char *state, int passed)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd, err;

	if (!len || len >= sizeof(un.sun_path))
		return;
	memcpy(un.sun_path, path, len);
	if (un.sun_path[0] == '@')
		un.sun_path[0] = '\0';	/* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	err = fd < 0 ? -errno : fdpass_send(fd, (struct sockaddr *)&un, offsetof(struct sockaddr_un, sun_path) + len,
					    state, passed);
	if (err)
		plog(LOG_WARNING, NULL, "cannot tell the service manager \"%s\": %s", state, strerror(-err));
	if (fd >= 0)
		close(fd);
}

/* The manager closes its end of a pipe when it comes to that message. */
void notify_barrier(void)
{
	struct pollfd p = { .events = 0 };
	int ends[2];

	if (!notify_wanted() || pipe2(ends, O_CLOEXEC) < 0)
		return;
	notify_manager("BARRIER=1", ends[1]);
	close(ends[1]);
	p.fd = ends[0];
	while (poll(&p, 1, BARRIER_MS) < 0 && errno == EINTR)
		;
	close(ends[0]);
}
