// SPDX-License-Identifier: GPL-2.0
/* ipsec: one command, a table of subcommands. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "commands.h"
#include "diag.h"
#include "genl.h"
#include "paths.h"

/* Without a function it is a program of that name in path_exec_dir(). */
static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	/* conns and pluto */
	{ "setup", cmd_setup, "start, stop, restart klips; status of it" },
	{ "start", cmd_setup_short, "load klips, start pluto, load the conns" },
	{ "stop", cmd_setup_short, "end all tunnels and pluto" },
	{ "restart", cmd_setup_short, "stop, then start; nothing leaves in the clear between" },
	{ "auto", cmd_auto, "load, unload, bring up and take down conns" },
	{ "add", cmd_auto_short, "load a conn from ipsec.conf" },
	{ "delete", cmd_auto_short, "unload a conn" },
	{ "replace", cmd_auto_short, "load a conn anew" },
	{ "up", cmd_auto_short, "bring a conn up" },
	{ "down", cmd_auto_short, "take a conn down" },
	{ "route", cmd_auto_short, "let the first packet bring a conn up" },
	{ "unroute", cmd_auto_short, "the contrary" },
	{ "rekey-child", cmd_auto_short, "give a conn's IPsec SAs new keys now" },
	{ "rekey-ike", cmd_auto_short, "the same with its IKE SA" },
	{ "status", cmd_auto_short, "what pluto has loaded, what is up, what failed" },
	{ "trafficstatus", cmd_trafficstatus, "bytes of each tunnel that is up" },
	{ "whack", cmd_whack, "what it was in KLIPS, as far as it makes sense today" },
	{ "ready", cmd_auto_short, "look at addresses and devices anew" },
	{ "rereadsecrets", cmd_auto_short, "read ipsec.secrets anew" },
	{ "secrets", cmd_auto_short, "the same" },
	{ "rereadcacerts", cmd_auto_short, "read the CAs anew" },
	{ "rereadcrls", cmd_auto_short, "read the CRLs anew" },
	{ "rereadall", cmd_auto_short, "read secrets, CAs and CRLs anew" },
	{ "addconn", cmd_addconn, "load conns, or see what is wrong with ipsec.conf" },
	{ "readwriteconf", cmd_readwriteconf, "print what was understood of ipsec.conf" },
	{ "newhostkey", NULL, "make an RSA key for this host" },
	{ "rsasigkey", NULL, "make an RSA key, and print it" },
	{ "showhostkey", NULL, "the public part of this host's RSA key" },
	{ "pluto", NULL, "the key daemon itself" },
	{ "verify", cmd_verify, "what is wrong with this host, and how to mend it" },
	{ "barf", cmd_barf, "everything for a bug report, without keys" },
	/* the kernel */
	{ "drops", cmd_drops, "the last packets that were dropped, and why" },
	{ "eroute", cmd_eroute, "list or change eroutes: what happens to which packets" },
	{ "klipsdebug", cmd_klipsdebug, "list or change what the module tells in the kernel log" },
	{ "look", cmd_look, "eroutes, SAs, devices and routes at one glance" },
	{ "pf_key", cmd_pf_key, "print PF_KEY traffic" },
	{ "spi", cmd_spi, "list or change SAs" },
	{ "spigrp", cmd_spigrp, "list, make or dissolve groups of SAs" },
	{ "tncfg", cmd_tncfg, "list ipsec devices, attach them to physical ones" },
	{ "why", cmd_why, "what would happen to a packet, or why a conn is down" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("Usage: ipsec COMMAND [ARGUMENTS]\n"
	       "       ipsec --batch FILE     (- is standard input; a line: COMMAND ARGUMENTS)\n"
	       "       ipsec --help | --version | --versioncode | --copyright | --directory | --confdir\n\n"
	       "Commands (each has --help and a page: man ipsec_COMMAND):\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-13s %s\n", commands[i].name, commands[i].help);
	return 0;
}

/* The version of the module, "" where it is not loaded. */
static void kernel_version(char *buf, size_t size)
{
	struct genl g;

	buf[0] = '\0';
	if (genl_open(&g))
		return;
	if (genl_version(&g, buf, size))
		buf[0] = '\0';
	genl_close(&g);
}

static int version(void)
{
	char kernel[64];

	kernel_version(kernel, sizeof(kernel));
	if (kernel[0])
		printf("Linux klips U%s/K%s (klips)\n", KLIPS_VERSION, kernel);
	else
		printf("Linux klips U%s/K(no kernel code presently loaded)\n",
		       KLIPS_VERSION);
	return 0;
}

static int versioncode(void)
{
	char kernel[64];

	kernel_version(kernel, sizeof(kernel));
	printf("U%s/K%s\n", KLIPS_VERSION, kernel[0] ? kernel : "(none)");
	return 0;
}

static int copyright(void)
{
	puts("klips: free software under the GNU General Public License, version 2.\n"
	     "There is no warranty, as far as the law permits. The licence is in the file COPYING.");
	return 0;
}

static int directory(void)
{
	puts(path_exec_dir());
	return 0;
}

static int confdir(void)
{
	puts(path_conf_dir());
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} options[] = {
	{ "--help", help },
	{ "--version", version },
	{ "--versioncode", versioncode },
	{ "--copyright", copyright },
	{ "--directory", directory },
	{ "--confdir", confdir },
};

static int run(const struct command *cmd, int argc, char **argv)
{
	char path[PATH_MAX], name[64];

	snprintf(name, sizeof(name), "ipsec %s", cmd->name);
	diag_name(name);
	if (cmd->run)
		return cmd->run(argc, argv);
	if (snprintf(path, sizeof(path), "%s/%s", path_exec_dir(), cmd->name) >=
	    (int)sizeof(path))
		return complain("the path of the program is too long");
	execv(path, argv);
	return complain("cannot run %s: %s", path, strerror(errno));
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* A line of a batch: what is a program of its own would not come back. */
static int run_in_batch(int argc, char **argv)
{
	const struct command *cmd = find_command(argv[0]);

	if (!cmd || !cmd->run)
		return complain("'%s' is no command for --batch, see ipsec --help", argv[0]);
	return run(cmd, argc, argv);
}

int main(int argc, char **argv)
{
	const struct command *cmd;

	if (argc < 2) {
		help();
		return 1;
	}
	cmd = find_command(argv[1]);
	if (cmd)
		return run(cmd, argc - 1, argv + 1);
	if (!strcmp(argv[1], "--batch") && argc != 3)
		return complain("--batch needs one file, - is standard input");
	if (!strcmp(argv[1], "--batch"))
		return batch(argv[2], run_in_batch);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!strcmp(argv[1], options[i].name))
			return options[i].run();
	return complain("unknown command '%s', see ipsec --help", argv[1]);
}
