// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "fdpass.h"
#include "holder.h"
#include "privileges.h"

#define PATIENCE_S 5			/* with one who does not take what he asked for */

struct held {
	int fd;
	char name[HOLDER_NAME];
};

static struct held held[HOLDER_MAX];
static unsigned int n_held;

/* An empty one would be the end for whom it is given to, as the last one is. */
static bool is_name(const char *name)
{
	return *name && strlen(name) < HOLDER_NAME && strcmp(name, HOLDER_LAST);
}

static void take(const char *name, int fd)
{
	struct held *h = &held[n_held];

	if (fd < 0)
		return;
	if (n_held == HOLDER_MAX || !is_name(name)) {
		close(fd);
		return;
	}
	h->fd = fd;
	strcpy(h->name, name);
	n_held++;
}

static void drop(const char *name)
{
	unsigned int i = 0;

	while (i < n_held) {
		if (strcmp(held[i].name, name)) {
			i++;
			continue;
		}
		close(held[i].fd);
		held[i] = held[--n_held];
	}
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The name is the last line. */
static void obey(const char *text, int fd)
{
	const char *name = strstr(text, "\nFDNAME=");

	if (name && begins(text, "FDSTORE=1\n")) {
		take(name + strlen("\nFDNAME="), fd);
		return;
	}
	if (name && begins(text, "FDSTOREREMOVE=1\n"))
		drop(name + strlen("\nFDNAME="));
	if (fd >= 0)
		close(fd);
}

static bool trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) && (cred.uid == 0 || cred.uid == geteuid());
}

static bool give(int client)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	unsigned int i;

	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	for (i = 0; i < n_held; i++)
		if (fdpass_send(client, NULL, 0, held[i].name, held[i].fd))
			return false;
	return !fdpass_send(client, NULL, 0, HOLDER_LAST, -1);
}

static void serve(int client)
{
	char text[HOLDER_TEXT];
	int fd;

	while (fdpass_recv(client, text, sizeof(text), &fd) > 0)
		obey(text, fd);
}

/* It needs no privilege but to be root's, so that nobody else ends it or looks into it. */
static void become(void)
{
	/* Not "pluto": who kills all of these means the key daemon. */
	prctl(PR_SET_NAME, "ipsec-sockets");
	privileges_drop();
	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (chdir("/") < 0)
		return;			/* then it stays where it is */
}

int holder_run(void)
{
	int client;

	become();
	for (;;) {
		client = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (client < 0) {
			fprintf(stderr, "pluto: %s is for pluto itself: descriptor 0 is not the socket that it waits at\n",
				HOLDER_ARG);
			return 1;
		}
		if (trusted(client) && give(client))
			serve(client);
		close(client);
		if (!n_held)
			return 0;
	}
}
