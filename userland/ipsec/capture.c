// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"

#define TEXT_MAX (8 << 20)

extern char **environ;

struct text {
	char *at;
	size_t len, size;
};

/* Room for more; false: no memory, or there is too much. */
static bool more(struct text *t)
{
	char *bigger;

	if (t->size - t->len > 4096)
		return true;
	if (t->size >= TEXT_MAX)
		return false;
	bigger = realloc(t->at, t->size ? 2 * t->size : 65536);
	if (!bigger)
		return false;
	t->at = bigger;
	t->size = t->size ? 2 * t->size : 65536;
	return true;
}

static int spawn(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int err = posix_spawn_file_actions_init(&files);

	if (err)
		return err;
	err = posix_spawnattr_init(&attr);
	if (!err)
		err = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, out, 2);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	if (!err)
		err = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

/* Until its end, its time, or too much of it; whether it ended by itself. */
static bool read_all(struct text *t, int fd, long until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t got;
	long left;

	while (more(t)) {
		left = until - now_ms();
		if (left <= 0 || poll(&p, 1, left) <= 0)
			return false;
		got = read(fd, t->at + t->len, t->size - t->len - 1);
		if (got <= 0)
			return true;
		t->len += got;
	}
	return false;
}

char *capture(char *const argv[], unsigned int seconds, int *status)
{
	struct text t = { 0 };
	int fds[2], ended = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return NULL;
	fflush(NULL);
	if (spawn(argv, fds[1], &pid)) {
		close(fds[0]);
		close(fds[1]);
		return NULL;
	}
	close(fds[1]);
	if (!read_all(&t, fds[0], now_ms() + 1000L * seconds))
		kill(-pid, SIGKILL);
	close(fds[0]);
	waitpid(pid, &ended, 0);
	if (status)
		*status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
	if (t.at)
		t.at[t.len] = '\0';
	return t.at;
}

char *file_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct text t = { 0 };
	ssize_t got = 1;

	if (fd < 0)
		return NULL;
	while (got > 0 && more(&t)) {
		got = read(fd, t.at + t.len, t.size - t.len - 1);
		if (got > 0)
			t.len += got;
		else if (got < 0)
			err = errno;
	}
	close(fd);
	if (err || !t.at) {
		free(t.at);
		errno = err ? err : ENOMEM;
		return NULL;
	}
	t.at[t.len] = '\0';
	return t.at;
}

long file_number(const char *path, long missing)
{
	char *text = file_text(path), *end;
	long n = text ? strtol(text, &end, 10) : missing;

	if (text && end == text)
		n = missing;
	free(text);
	return n;
}

bool module_loaded(const char *name)
{
	char *text = file_text("/proc/modules"), *at = text;
	size_t len = strlen(name);
	bool found = false;

	while (at && *at && !found) {
		found = !strncmp(at, name, len) && at[len] == ' ';
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	free(text);
	return found;
}
