/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, run by pluto beside its event loop. */
#ifndef PLUTO_PROCESS_H
#define PLUTO_PROCESS_H

#include <sys/types.h>

/*
 * Runs @path in a process group of its own, which *pid names then: no signal blocked or ignored, in /, with /dev/null to read
 * from, @out and @err (-1: /dev/null) to write to, and nothing else of ours. 0 or -errno, and *pid 0.
 */
int process_start(const char *path, char *const argv[], char *const envp[], int out, int err, pid_t *pid);

#endif
