// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include "process.h"

/* 0 or a positive errno, as all of posix_spawn. */
static int add_files(posix_spawn_file_actions_t *files, int out, int err)
{
	int bad = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);

	if (!bad)
		bad = posix_spawn_file_actions_adddup2(files, out, 1);
	if (!bad)
		bad = posix_spawn_file_actions_adddup2(files, err < 0 ? 0 : err, 2);
	if (!bad)
		bad = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (!bad)
		bad = posix_spawn_file_actions_addchdir_np(files, "/");
	return bad;
}

static void set_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

int process_start(const char *path, char *const argv[], char *const envp[], int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int bad;

	*pid = 0;
	if (posix_spawn_file_actions_init(&files))
		return -ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	set_signals(&attr);
	bad = add_files(&files, out, err);
	if (!bad)
		bad = posix_spawn(pid, path, &files, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (bad)
		*pid = 0;
	return -bad;
}
