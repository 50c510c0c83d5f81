/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of the tools: one line on stderr, "ipsec eroute: what is wrong". */
#ifndef KLIPS_LIB_DIAG_H
#define KLIPS_LIB_DIAG_H

#include <stdbool.h>

/* The name in front, e.g. "ipsec eroute"; kept, not copied. */
void diag_name(const char *name);

/* The text of --label, put behind the name; kept, not copied. NULL: none. */
void diag_label(const char *label);

/* Whether debug() says anything. */
void diag_debug(bool on);

/*
 * One line on stderr; control characters of what was typed are shown as '?'. Returns
 * 1, the exit status of an error.
 */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
