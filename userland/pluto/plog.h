/* SPDX-License-Identifier: GPL-2.0 */
/* What pluto says: one line at a time, to the journal, a file, or syslog. Keys never. */
#ifndef PLUTO_PLOG_H
#define PLUTO_PLOG_H

#include <stdint.h>
#include <syslog.h>

enum plog_where {
	PLOG_STDERR,			/* with <N> in front when that is the journal */
	PLOG_FILE,			/* with the time in front */
	PLOG_SYSLOG,
};

/* 0 or -errno of opening @path (PLOG_FILE only). */
int plog_open(enum plog_where where, const char *path);
/* While on, everything goes to stderr as well: until whoever started pluto has been told it is ready. */
void plog_also_stderr(int on);
void plog_set_debug(uint32_t classes);	/* CONF_DEBUG_* */
uint32_t plog_debugging(void);

/* @level as syslog; @conn: the name of the conn it is about, or NULL. Control characters become '?'. */
void plog(int level, const char *conn, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Only where one of @classes (CONF_DEBUG_*) is on. */
void plog_debug(uint32_t classes, const char *conn, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
