// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "plog.h"

static enum plog_where where = PLOG_STDERR;
static int file = -1;
static int also_stderr;
static uint32_t debug_classes;

int plog_open(enum plog_where to, const char *path)
{
	if (to == PLOG_FILE) {
		file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (file < 0)
			return -errno;
	}
	if (to == PLOG_SYSLOG)
		openlog("pluto", LOG_PID, LOG_DAEMON);
	where = to;
	return 0;
}

void plog_also_stderr(int on)
{
	also_stderr = on;
}

void plog_set_debug(uint32_t classes)
{
	debug_classes = classes;
}

uint32_t plog_debugging(void)
{
	return debug_classes;
}

/* A line in one write, so that lines of several processes do not mix. */
static void put(int fd, const char *front, const char *line)
{
	char out[2048];
	int n = snprintf(out, sizeof(out), "%s%s\n", front, line);

	if (n >= (int)sizeof(out)) {
		n = sizeof(out);
		out[n - 1] = '\n';
	}
	if (write(fd, out, n) < 0)
		return;			/* nowhere to complain to */
}

static void put_file(const char *line)
{
	char front[32];
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(front, sizeof(front), "%b %d %H:%M:%S", &tm);
	snprintf(front + n, sizeof(front) - n, ".%03ld ", ts.tv_nsec / 1000000);
	put(file, front, line);
}

static void put_stderr(int level, const char *line)
{
	char front[8] = "";

	if (where == PLOG_STDERR && getenv("JOURNAL_STREAM"))
		snprintf(front, sizeof(front), "<%d>", level & 7);
	put(STDERR_FILENO, front, line);
}

static void vlog(int level, const char *conn, const char *fmt, va_list args)
{
	int n = 0, len = conn ? conf_base_len(conn) : 0;
	char line[1900], *c;

	/* As ever: "road"[1] for an instance. */
	if (conn)
		n = snprintf(line, sizeof(line), "\"%.*s\"%s: ", len, conn, conn + len);
	vsnprintf(line + n, sizeof(line) - n, fmt, args);
	for (c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	if (where == PLOG_STDERR || (also_stderr && level <= LOG_WARNING))
		put_stderr(level, line);
	if (where == PLOG_FILE)
		put_file(line);
	if (where == PLOG_SYSLOG)
		syslog(level, "%s", line);
}

void plog(int level, const char *conn, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vlog(level, conn, fmt, args);
	va_end(args);
}

void plog_debug(uint32_t classes, const char *conn, const char *fmt, ...)
{
	va_list args;

	if (!(debug_classes & classes))
		return;
	va_start(args, fmt);
	vlog(LOG_DEBUG, conn, fmt, args);
	va_end(args);
}
