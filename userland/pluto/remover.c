// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "remover.h"

/* The name of a process; false: there is none of that number. Whatever it calls itself, it gets no further lines. */
static bool process_name(uint32_t pid, char name[32])
{
	char path[64], *at;
	bool there;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	there = fgets(name, 32, f) != NULL;
	fclose(f);
	if (!there)
		return false;
	name[strcspn(name, "\n")] = '\0';
	for (at = name; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return true;
}

char *remover_text(uint32_t port, char buf[REMOVER_TEXT])
{
	char name[32];

	buf[0] = '\0';
	if (port > INT32_MAX)
		snprintf(buf, REMOVER_TEXT, "netlink port %u (unknown whose)", port);
	else if (port && process_name(port, name))
		snprintf(buf, REMOVER_TEXT, "pid %u (%s)", port, name);
	else if (port)
		snprintf(buf, REMOVER_TEXT, "pid %u (unknown: it has ended)", port);
	return buf;
}
