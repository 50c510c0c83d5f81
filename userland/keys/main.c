// SPDX-License-Identifier: GPL-2.0
/*
 * rsasigkey, newhostkey, showhostkey: the commands of ipsec that need libcrypto and libgmp. They are a program of
 * their own, under these names beside pluto, because loading those takes longer than most commands of ipsec do.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "diag.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "newhostkey", cmd_newhostkey },
	{ "rsasigkey", cmd_rsasigkey },
	{ "showhostkey", cmd_showhostkey },
};

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	static char title[64];
	size_t i;

	name = name ? name + 1 : argc > 0 ? argv[0] : "";
	snprintf(title, sizeof(title), "ipsec %.32s", name);
	diag_name(title);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run(argc, argv);
	return complain("unknown command, expected \"ipsec newhostkey\", \"ipsec rsasigkey\" or \"ipsec showhostkey\"");
}
