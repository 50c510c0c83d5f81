// SPDX-License-Identifier: GPL-2.0
/* ipsec pf_key: print PF_KEY traffic. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "pfkey_ops.h"
#include "pfkey_text.h"
#include "saidopts.h"
#include "value.h"

static const char help[] =
"Usage: ipsec pf_key [--ah] [--esp] [--ipip] [--ipcomp] [--count N] [--daemon PIDFILE]\n"
"\n"
"Registers for the given SA types (without any: all that the module has) and prints\n"
"every PF_KEY message, until it is ended or (--count) N have come. Keys are not shown.\n"
"--daemon goes into the background and writes its process number to PIDFILE.\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version. See ipsec_pf_key(8).\n";

enum { AH = OPT_FIRST, ESP, IPIP, IPCOMP, COUNT, DAEMON };

static const struct option table[] = {
	{ "ah", no_argument, NULL, AH },
	{ "esp", no_argument, NULL, ESP },
	{ "ipip", no_argument, NULL, IPIP },
	{ "ipcomp", no_argument, NULL, IPCOMP },
	{ "count", required_argument, NULL, COUNT },
	{ "daemon", required_argument, NULL, DAEMON },
	OPTIONS_COMMON
};

static const struct {
	int opt;
	uint8_t satype;
} satypes[] = {
	{ AH, SADB_SATYPE_AH },
	{ ESP, SADB_SATYPE_ESP },
	{ IPIP, KLIPS_SATYPE_IPIP },
	{ IPCOMP, SADB_X_SATYPE_IPCOMP },
};

#define N_SATYPES (sizeof(satypes) / sizeof(satypes[0]))

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	ended = number;
}

/* recv() must return at a signal, so without SA_RESTART. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

static void print_other(void *ctx, const struct pfkey_msg *msg)
{
	(void)ctx;
	pfkey_print(stdout, msg->bytes, msg->len);
}

/*
 * What was not asked for by name may be missing in the module. The answers are printed:
 * they say what algorithms there are, and that from here on nothing is missed.
 */
static int register_all(struct pfkey *pk, const struct options *o)
{
	struct pfkey_msg reply;
	bool all = true;

	for (size_t i = 0; i < N_SATYPES; i++)
		all = all && !options_seen(o, satypes[i].opt);
	for (size_t i = 0; i < N_SATYPES; i++) {
		int err;

		if (!all && !options_seen(o, satypes[i].opt))
			continue;
		err = pfkey_register(pk, satypes[i].satype, &reply);
		if (!err)
			pfkey_print(stdout, reply.bytes, reply.len);
		if (err == -EPROTONOSUPPORT && all)
			continue;
		if (err == -EPROTONOSUPPORT)
			return complain("--%s: the module has no such SAs",
					options_name(o, satypes[i].opt));
		if (err)
			return complain("cannot register for %s: %s",
					pfkey_satype_name(satypes[i].satype),
					kernel_why(err));
	}
	return 0;
}

/* Made before anything else happens; -1 and a complaint: it cannot be. */
static int open_pidfile(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		      0644);

	if (fd < 0)
		complain("--daemon '%s': %s", name, strerror(errno));
	return fd;
}

/* Into the background; standard output stays: it is what the messages go to. */
static int go_away(const char *pidfile, int fd)
{
	char text[32];
	int n;

	if (daemon(0, 1) < 0)
		return complain("--daemon: %s", strerror(errno));
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (write(fd, text, n) != n)
		return complain("--daemon '%s': %s", pidfile, strerror(errno));
	return 0;
}

/* Prints @count messages, 0: without end. */
static int print_all(struct pfkey *pk, uint64_t count)
{
	struct pfkey_msg msg;
	uint64_t seen = 0;

	while (!ended && (!count || seen < count)) {
		ssize_t n = pfkey_receive(pk, &msg, 1000);

		if (!n)
			continue;
		if (n == -ENOBUFS || n == -EMSGSIZE) {
			printf("\n%s\n", n == -ENOBUFS ? "messages were lost" :
							 "a message was too long");
		} else if (n < 0) {
			return complain("cannot receive: %s", strerror(-n));
		} else {
			pfkey_print(stdout, msg.bytes, n);
			seen++;
		}
		fflush(stdout);
		if (ferror(stdout))
			return 1;
	}
	return 0;
}

/* @fd is the open @pidfile, or -1. */
static int listen_all(const struct options *o, const char *pidfile, int fd,
		      uint64_t count)
{
	struct pfkey pk;
	int status;

	if (!kernel_pfkey(&pk))
		return 1;
	catch_signals();
	pk.other = print_other;
	status = register_all(&pk, o);
	fflush(stdout);
	if (!status && pidfile)
		status = go_away(pidfile, fd);
	if (!status)
		status = print_all(&pk, count);
	if (ended)
		printf("exiting on signal %d\n", (int)ended);
	pfkey_close(&pk);
	return status;
}

static int run(const struct options *o, const char *pidfile, uint64_t count)
{
	int fd = -1, status;

	if (pidfile) {
		fd = open_pidfile(pidfile);
		if (fd < 0)
			return 1;
	}
	status = listen_all(o, pidfile, fd, count);
	if (pidfile) {
		close(fd);
		unlink(pidfile);
	}
	return status;
}

int cmd_pf_key(int argc, char **argv)
{
	const char *pidfile = NULL;
	struct options o;
	uint64_t count = 0;
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec pf_key", help))
		return o.status;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status;
		if (opt == DAEMON)
			pidfile = optarg;
		if (opt == COUNT && number_parse(optarg, 1, UINT32_MAX, &count)) {
			bad_value("count", optarg, "not a number from 1 to 4294967295");
			return 1;
		}
	}
	if (!options_no_words(&o))
		return 1;
	return run(&o, pidfile, count);
}
