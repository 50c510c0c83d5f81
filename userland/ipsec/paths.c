// SPDX-License-Identifier: GPL-2.0
/* Where things are. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

/* Cuts the last component of @path off. */
static void parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

const char *path_exec_dir(void)
{
	static char dir[PATH_MAX + sizeof("/libexec/ipsec")];
	const char *env = getenv("IPSEC_EXECDIR");
	ssize_t n;

	if (env && *env)
		return env;
	n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	if (n <= 0)
		return "/usr/local/libexec/ipsec";
	dir[n] = '\0';
	parent(dir);
	parent(dir);
	strcat(dir, "/libexec/ipsec");
	return dir;
}

const char *path_conf_dir(void)
{
	const char *env = getenv("IPSEC_CONFS");

	return env && *env ? env : "/etc";
}
