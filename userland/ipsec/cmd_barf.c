// SPDX-License-Identifier: GPL-2.0
/* ipsec barf: everything that a bug report needs, and no key. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "censor.h"
#include "client.h"
#include "commands.h"
#include "conf.h"
#include "diag.h"
#include "options.h"
#include "paths.h"
#include "value.h"

static const char help[] =
"Usage: ipsec barf [--short] [--maxlines N]\n"
"\n"
"Prints all that somebody needs who is to find out what is wrong here: versions, status, eroutes, SAs, devices, drops,\n"
"routes, rules, sysctls, firewall, configuration, logs. Keys and secrets are left out: what ipsec.secrets has, and every\n"
"long hexadecimal number, is shown as [...]. Addresses and names are shown: read it before it goes to others.\n"
"\n"
"--short       without logs, and without what is not klips'\n"
"--maxlines N  of each log: 1 to 100000, 500 without this option\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 done, 1 failed, 64 usage. See ipsec_barf(8).\n";

enum { SHORT = OPT_FIRST, MAXLINES };

static const struct option table[] = {
	{ "short", no_argument, NULL, SHORT },
	{ "maxlines", required_argument, NULL, MAXLINES },
	OPTIONS_COMMON
};

#define SECONDS 30			/* that one command may take */
#define WORDS 12

/* "@ipsec" is this program; "@N" the number of lines; a name with "/" alone is a file. */
static const struct section {
	const char *name;
	bool brief;			/* also with --short */
	const char *command;		/* words between blanks */
} sections[] = {
	{ "version", true, "@ipsec --version" },
	{ "/proc/version", true, "/proc/version" },
	{ "distribution", true, "/etc/os-release" },
	{ "module", true, "modinfo klips" },
	{ "dkms", true, "dkms status" },
	{ "status", true, "@ipsec status" },
	{ "status_json", true, "@ipsec status --json" },
	{ "trafficstatus", true, "@ipsec trafficstatus" },
	{ "listall", true, "@ipsec auto --listall --utc" },
	{ "look", true, "@ipsec look" },
	{ "eroute", true, "@ipsec eroute" },
	{ "holds", true, "@ipsec eroute --holds" },
	{ "spi", true, "@ipsec spi" },
	{ "spigrp", true, "@ipsec spigrp" },
	{ "tncfg", true, "@ipsec tncfg --json" },
	{ "drops", true, "@ipsec drops" },
	{ "klipsdebug", true, "@ipsec klipsdebug" },
	{ "module_parameters", true, "grep -r . /sys/module/klips/parameters" },
	{ "verify", true, "@ipsec verify" },
	{ "from_xfrm", true, "@ipsec verify --from-xfrm" },
	{ "checkconfig", true, "@ipsec addconn --checkconfig" },
	{ "readwriteconf", true, "@ipsec readwriteconf" },
	{ "conf", true, "@conf" },
	{ "secrets", true, "@secrets" },
	{ "ipsec.d", true, "ls -lR @confdir/ipsec.d" },
	{ "ip_address", true, "ip address" },
	{ "ip_link", true, "ip -s -d link" },
	{ "ip_route", true, "ip route show table all" },
	{ "ip_route_6", true, "ip -6 route show table all" },
	{ "ip_rule", true, "ip rule" },
	{ "ip_rule_6", true, "ip -6 rule" },
	{ "ip_neigh", false, "ip neigh" },
	{ "ip_xfrm_policy", true, "ip -s xfrm policy" },
	{ "nft", true, "nft list ruleset" },
	{ "sysctl", true, "sysctl -a -r ^net[.]ipv[46][.](ip_forward|ip_no_pmtu_disc|conf[.].*[.](forwarding|rp_filter|send_redirects|accept_redirects|accept_source_route))" },
	{ "udp", true, "/proc/net/udp" },
	{ "processes", true, "ps -eo pid,ppid,user,stat,etime,comm" },
	{ "units", true, "systemctl --no-pager -n 0 status ipsec ipsec-failclosed" },
	{ "modules", false, "/proc/modules" },
	{ "crypto", false, "/proc/crypto" },
	{ "memory", false, "/proc/meminfo" },
	{ "load", false, "/proc/loadavg" },
	{ "interrupts", false, "/proc/softirqs" },
	{ "kernel_command_line", false, "/proc/cmdline" },
	{ "log", false, "journalctl --no-pager -n @N -u ipsec -u ipsec-failclosed" },
	{ "log_file", false, "@log" },
	{ "kernel_log", false, "@dmesg" },
	{ "date", true, "date" },
};

struct barf {
	struct censor censor;
	char self[PATH_MAX];		/* this program */
	char lines[16];			/* of each log */
	bool brief;
};

static void head(const char *name, const char *command)
{
	printf("+ _________________________ %s\n+ %s\n", name, command);
}

static void print(const struct barf *b, char *text, const char *otherwise)
{
	if (!text)
		printf("(%s)\n", otherwise);
	else
		censor_print(&b->censor, text, stdout);
	if (text && *text && text[strlen(text) - 1] != '\n')
		putchar('\n');
	free(text);
}

/* The last @lines lines of @text, in place. */
static char *tail(char *text, const char *lines)
{
	unsigned long n = strtoul(lines, NULL, 10);
	char *at = text + strlen(text);

	while (at > text && n) {
		at--;
		n -= at > text && at[-1] == '\n';
	}
	return memmove(text, at, strlen(at) + 1);
}

static void section_secrets(const char *dir)
{
	char path[PATH_MAX], *text;

	snprintf(path, sizeof(path), "%s/ipsec.secrets", dir);
	text = file_text(path);
	if (text) {
		censor_print_secrets(text, stdout);
		explicit_bzero(text, strlen(text));
	} else {
		printf("(%s)\n", strerror(errno));
	}
	free(text);
}

static void section_conf(const struct barf *b, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/ipsec.conf", dir);
	print(b, file_text(path), "cannot be read");
}

static void report_nothing(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	(void)text;
}

/* logfile=, where there is one. */
static void section_log(const struct barf *b, const char *dir)
{
	char path[PATH_MAX], *text;
	struct conf conf;

	snprintf(path, sizeof(path), "%s/ipsec.conf", dir);
	if (conf_load(&conf, path, report_nothing, NULL) || !conf.setup.logfile[0]) {
		puts("(there is no logfile=)");
		conf_free(&conf);
		return;
	}
	text = capture((char *[]){ (char *)"tail", (char *)"-n", (char *)b->lines, conf.setup.logfile, NULL }, SECONDS, NULL);
	conf_free(&conf);
	print(b, text, "cannot be read");
}

/* What the kernel says of us and of what is near. */
static void section_dmesg(const struct barf *b)
{
	char *argv[] = { "dmesg", NULL }, *text = capture(argv, SECONDS, NULL), *line = text, *next, *to = text;
	size_t len;

	for (; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		len = next - line;
		if (!memmem(line, len, "klips", 5) && !memmem(line, len, "ipsec", 5) && !memmem(line, len, "BUG", 3) &&
		    !memmem(line, len, "WARNING", 7) && !memmem(line, len, "Oops", 4))
			continue;
		memmove(to, line, len);
		to += len;
	}
	if (to)
		*to = '\0';
	print(b, text ? tail(text, b->lines) : NULL, "cannot be run");
}

static void section_command(struct barf *b, const char *command)
{
	char copy[512], dir[PATH_MAX], *argv[WORDS + 1], *word, *rest;
	unsigned int n = 0;

	snprintf(copy, sizeof(copy), "%s", command);
	for (word = strtok_r(copy, " ", &rest); word && n < WORDS; word = strtok_r(NULL, " ", &rest))
		argv[n++] = !strcmp(word, "@ipsec") ? b->self : !strcmp(word, "@N") ? b->lines : word;
	argv[n] = NULL;
	if (n && !strncmp(argv[n - 1], "@confdir", 8)) {
		snprintf(dir, sizeof(dir), "%s%s", path_conf_dir(), argv[n - 1] + 8);
		argv[n - 1] = dir;
	}
	print(b, capture(argv, SECONDS, NULL), "cannot be run, or said nothing");
}

static void section(struct barf *b, const struct section *s)
{
	if (b->brief && !s->brief)
		return;
	head(s->name, s->command[0] == '@' ? s->command + 1 : s->command);
	if (!strcmp(s->command, "@secrets"))
		section_secrets(path_conf_dir());
	else if (!strcmp(s->command, "@conf"))
		section_conf(b, path_conf_dir());
	else if (!strcmp(s->command, "@log"))
		section_log(b, path_conf_dir());
	else if (!strcmp(s->command, "@dmesg"))
		section_dmesg(b);
	else if (s->command[0] == '/')
		print(b, file_text(s->command), "cannot be read");
	else
		section_command(b, s->command);
	fflush(stdout);
}

static int run(struct barf *b)
{
	char path[PATH_MAX];
	unsigned int i;
	ssize_t len = readlink("/proc/self/exe", b->self, sizeof(b->self) - 1);
	int err;

	b->self[len > 0 ? len : 0] = '\0';
	snprintf(path, sizeof(path), "%s/ipsec.secrets", path_conf_dir());
	err = censor_learn(&b->censor, path);
	if (err)
		complain("cannot read %s: %s; without it nobody knows what must not be shown%s", path, strerror(-err),
			 geteuid() ? " (this needs root)" : "");
	for (i = 0; !err && i < sizeof(sections) / sizeof(sections[0]); i++)
		section(b, &sections[i]);
	censor_free(&b->censor);
	if (err)
		return 1;
	return ferror(stdout) || fflush(stdout) ? complain("cannot write all of it") : 0;
}

int cmd_barf(int argc, char **argv)
{
	struct barf b = { .lines = "500" };
	struct options o;
	uint64_t n;
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec barf", help))
		return EXIT_USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		if (opt == SHORT)
			b.brief = true;
		if (opt == MAXLINES && number_parse(optarg, 1, 100000, &n)) {
			complain("--maxlines '%s': expected a number of 1 to 100000", optarg);
			return EXIT_USAGE;
		}
		if (opt == MAXLINES)
			snprintf(b.lines, sizeof(b.lines), "%u", (unsigned int)n);
	}
	return options_no_words(&o) ? run(&b) : EXIT_USAGE;
}
