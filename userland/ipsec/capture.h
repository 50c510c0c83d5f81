/* SPDX-License-Identifier: GPL-2.0 */
/* What other programs and /proc say. */
#ifndef KLIPS_IPSEC_CAPTURE_H
#define KLIPS_IPSEC_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs @argv without a shell, stderr with stdout, for at most @seconds: what it printed, zero-terminated, the
 * caller's to free(); what is more than 8 MiB is left out. NULL: it could not be run. @status (may be NULL): its exit
 * status, negative where it was ended.
 */
char *capture(char *const argv[], unsigned int seconds, int *status);

/* A whole file of at most 8 MiB, zero-terminated, the caller's to free(); NULL: errno says why. */
char *file_text(const char *path);

/* The number in a file of /proc/sys; @missing where there is none. */
long file_number(const char *path, long missing);

/* Whether a module of that name is loaded, as /proc/modules has it. */
bool module_loaded(const char *name);

#endif
