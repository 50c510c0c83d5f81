// SPDX-License-Identifier: GPL-2.0
/* ipsec setup: the beginning and the end of everything. Exit statuses are those of an init script. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "commands.h"
#include "conns.h"
#include "diag.h"
#include "failclosed.h"
#include "genl.h"
#include "options.h"
#include "own_route.h"
#include "pluto_words.h"
#include "reload.h"

enum {
	USAGE = 2, STOPPED = 3, NOT_ROOT = 4, NOT_INSTALLED = 5, NOT_CONFIGURED = 6,
	PLUTO_RUNS = 10,		/* pluto's own exit status */
};

static const char help[] =
"Usage: ipsec setup [--config FILE] start | stop | restart | reload | status | try-restart | condrestart | version\n"
"       ipsec setup [--config FILE] failclosed\n"
"       ipsec setup --closed stop\n"
"       ipsec start | stop | restart\n"
"\n"
"  start        read ipsec.conf, load the module, start pluto, load the conns\n"
"  stop         end the tunnels (peers are told), remove eroutes, routes and devices\n"
"  restart      stop and start; ipsec.conf is checked first, and packets for the far\n"
"               subnets are dropped in between\n"
"  reload       read ipsec.conf and ipsec.secrets anew; only conns that changed are touched\n"
"  status       whether pluto runs\n"
"  failclosed   drop packets for the far subnets of conns with auto=route and start from now on;\n"
"               done before the network is up, needs neither pluto nor the module\n"
"  --closed     stop leaves it so; without it packets are routed like any others after stop\n"
"For the service manager:\n"
"  run          as start, but pluto stays in the foreground and no conn is loaded\n"
"  load         load the conns into the pluto that runs\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 done or running, 1 failed, 2 usage, 3 stopped, 4 not root, 5 not installed, 6 not configured.\n";

enum { CONFIG = OPT_FIRST, CLOSED };

static const struct option table[] = {
	{ "config", required_argument, NULL, CONFIG },
	{ "closed", no_argument, NULL, CLOSED },
	OPTIONS_COMMON
};

static const struct client client = { .ctl = CTL_PATH };

/* ---- what start needs ---- */

/* Runs @argv and waits: its exit status, 127 where it could not be run. */
static int run(char * const argv[])
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

static bool module_there(void)
{
	struct genl g;
	int err = genl_open(&g);

	if (!err)
		genl_close(&g);
	return !err;
}

static int load_module(void)
{
	char *modprobe[] = { "modprobe", "klips", NULL };
	int status;

	if (module_there())
		return 0;
	status = run(modprobe);
	if (status == 127)
		return complain("cannot run modprobe to load klips; install the package kmod");
	if (!status && module_there())
		return 0;
	if (module_loaded("af_key"))
		return complain("klips cannot be loaded: af_key holds PF_KEY; \"rmmod af_key\", and see /etc/modprobe.d/klips.conf");
	return complain("klips cannot be loaded (modprobe klips); look at \"dmesg | tail\", and whether klips is built for this kernel (dkms status)");
}

static int configured(struct conf *conf, const char *config)
{
	if (geteuid() != 0) {
		complain("permission denied (must be root)");
		return NOT_ROOT;
	}
	if (access(pluto_path(), X_OK) < 0) {
		complain("%s: %s; is klips installed whole?", pluto_path(), strerror(errno));
		return NOT_INSTALLED;
	}
	return conns_read(conf, config) ? 0 : NOT_CONFIGURED;
}

static bool drops(void)
{
	struct stat st;

	return !stat("/sys/class/net/" DROP_DEVICE, &st);
}

/* ---- the verbs ---- */

static int start_read(const struct conf *conf)
{
	struct words w = { .n = 0 };
	int status;

	if (conf->setup.stack == CONF_STACK_KLIPS) {
		/* Whatever fails from here on. */
		failclosed_shut(conf);
		status = load_module();
		if (status)
			return status;
	}
	pluto_words(&w, &conf->setup, false);
	/* pluto goes to the background when it is ready, or says what is wrong and ends. */
	status = run(w.list);
	if (status && status != PLUTO_RUNS) {
		complain("pluto did not start, its exit status was %d", status);
		return drops() ? complain("packets for the far subnets are dropped until it does: \"ipsec setup stop\" ends that") : 1;
	}
	return conns_load_all(&client, conf) ? 1 : 0;
}

static int start(const char *config)
{
	struct conf conf;
	int status = configured(&conf, config);

	if (status)
		return status;
	if (client_running(client.ctl)) {
		printf("klips IPsec appears to be already running\n");
	} else {
		printf("Starting klips IPsec %s...\n", KLIPS_VERSION);
		status = start_read(&conf);
	}
	conf_free(&conf);
	return status;
}

static int foreground(const char *config)
{
	struct words w = { .n = 0 };
	struct conf conf;
	int status = configured(&conf, config);

	if (!status && conf.setup.stack == CONF_STACK_KLIPS) {
		failclosed_shut(&conf);
		status = load_module();
	}
	if (status)
		return status;
	pluto_words(&w, &conf.setup, true);
	execv(w.list[0], w.list);
	return complain("cannot run %s: %s", w.list[0], strerror(errno));
}

static int load(const char *config)
{
	struct conf conf;
	int status = configured(&conf, config);

	if (status)
		return status;
	status = conns_load_all(&client, &conf) ? 1 : 0;
	conf_free(&conf);
	return status;
}

static int reload(const char *config)
{
	struct conf conf;
	int status = configured(&conf, config);

	if (status)
		return status;
	if (client_running(client.ctl)) {
		status = reload_conns(&client, &conf) ? 1 : 0;
	} else {
		complain("pluto is not running: \"ipsec start\" starts it");
		status = STOPPED;
	}
	conf_free(&conf);
	return status;
}

/* pluto is gone, but perhaps it crashed: what it left goes too. */
static int clean_up(void)
{
	char *words[] = { (char *)pluto_path(), "--cleanup", NULL };

	printf("stop ordered, but klips IPsec appears to be already stopped; cleaning up anyway\n");
	if (access(words[0], X_OK) == 0)
		run(words);
	return 0;
}

/* @closed: packets for the far subnets are dropped then, and not routed like any others. */
static int stop(bool closed)
{
	struct ctl_stop request = { .keep_routes = closed };
	struct client c = { .ctl = CTL_PATH, .quiet = true };

	if (geteuid() != 0) {
		complain("permission denied (must be root)");
		return NOT_ROOT;
	}
	if (!client_running(c.ctl))
		return closed ? 0 : clean_up();
	printf("Stopping klips IPsec...\n");
	fflush(stdout);
	return client_stop(&c, &request);
}

static int restart(const char *config, bool only_running)
{
	struct conf conf;
	int status;

	if (only_running && !client_running(client.ctl))
		return 0;
	/* A mistake in ipsec.conf must not end the tunnels that work. */
	status = configured(&conf, config);
	if (status)
		return status;
	conf_free(&conf);
	status = stop(true);
	return status ? status : start(config);
}

static void daemon_answer(void *ctx, int type, const void *body)
{
	if (type == CTL_DAEMON)
		memcpy(ctx, body, sizeof(struct ctl_daemon));
}

static bool keeps_closed(void)
{
	struct genl_closed *list = NULL;
	struct genl g;
	size_t n = 0;

	if (genl_open(&g))
		return false;
	genl_list_closed(&g, &list, &n);
	genl_close(&g);
	free(list);
	return n;
}

static int status(void)
{
	struct ctl_daemon d = { 0 };
	struct client c = { .ctl = CTL_PATH, .answer = daemon_answer, .ctx = &d };

	if (!client_running(c.ctl)) {
		printf("IPsec stopped\n");
		if (drops())
			printf("but...\npackets for the far subnets are dropped (ip route show dev " DROP_DEVICE "): \"ipsec setup stop\" ends that\n");
		else if (keeps_closed())
			printf("but...\npackets for the far subnets are dropped (ipsec look, closed): \"ipsec setup stop\" ends that\n");
		return STOPPED;
	}
	if (client_ask_name(&c, CTL_STATUS, "", false))
		return 1;
	printf("IPsec running  - pluto pid: %u\npluto pid %u\n", d.pid, d.pid);
	if (d.n_up)
		printf("%u tunnel%s up\n", d.n_up, d.n_up == 1 ? "" : "s");
	else
		printf("No tunnels up\n");
	return 0;
}

/* A file with mistakes in it ends with its status, but what can be read of it is done. */
static int failclosed(const char *config)
{
	struct conf conf;
	int status = 0;

	if (geteuid() != 0) {
		complain("permission denied (must be root)");
		return NOT_ROOT;
	}
	if (!conns_read(&conf, config)) {
		status = NOT_CONFIGURED;
		if (!conns_salvage(&conf, config))
			return status;
	}
	if (failclosed_shut(&conf))
		status = status ? status : 1;
	else if (status)
		complain("ipsec.conf is wrong: packets are dropped only for the subnets that could be read of it");
	conf_free(&conf);
	return status;
}

static int verb(const char *name, const char *config, bool closed)
{
	if (!strcmp(name, "start"))
		return start(config);
	if (!strcmp(name, "stop"))
		return stop(closed);
	if (!strcmp(name, "failclosed"))
		return failclosed(config);
	if (!strcmp(name, "restart"))
		return restart(config, false);
	if (!strcmp(name, "try-restart") || !strcmp(name, "condrestart"))
		return restart(config, true);
	if (!strcmp(name, "status"))
		return status();
	if (!strcmp(name, "run"))
		return foreground(config);
	if (!strcmp(name, "load"))
		return load(config);
	if (!strcmp(name, "version"))
		return printf("klips IPsec %s\n", KLIPS_VERSION) < 0;
	if (!strcmp(name, "reload") || !strcmp(name, "force-reload"))
		return reload(config);
	complain("unknown operation \"%s\"; expected start, stop, restart, reload, status or failclosed", name);
	return USAGE;
}

static int setup(int argc, char **argv, const char *name)
{
	const char *config = NULL;
	bool closed = false;
	struct options o;
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec setup", help))
		return USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? USAGE : 0;
		if (opt == CONFIG)
			config = optarg;
		else
			closed = true;
	}
	if (!name && optind < o.argc)
		name = o.argv[optind++];
	if (!name || optind < o.argc) {
		complain("expected one operation: start, stop, restart or status; see --help");
		return USAGE;
	}
	if (closed && strcmp(name, "stop") != 0) {
		complain("--closed: expected with stop only");
		return USAGE;
	}
	return verb(name, config, closed);
}

int cmd_setup(int argc, char **argv)
{
	return setup(argc, argv, NULL);
}

int cmd_setup_short(int argc, char **argv)
{
	return setup(argc, argv, argv[0]);
}
