// SPDX-License-Identifier: GPL-2.0
/* pluto: the key daemon of klips. Options, beginning, end. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf_value.h"
#include "ctl.h"
#include "device.h"
#include "holder.h"
#include "iface.h"
#include "kept.h"
#include "loop.h"
#include "notify.h"
#include "plog.h"
#include "pluto.h"
#include "resolver.h"
#include "updown.h"

#define EXIT_FAILED 1
#define EXIT_NO_STACK 5
#define EXIT_LOCKED 10
#define GOODBYE_MS 1000			/* for the peers' answers to our DELETEs */
#define UPDOWN_MS 5000			/* for programs of leftupdown= */

struct pluto pluto = {
	.setup.keep_alive = 20,
	.secrets = "/etc/ipsec.secrets",
	.ipsecdir = "/etc/ipsec.d",
	.rundir = "/run/pluto",
	.vardir = "/var/lib/pluto",
	.kernel = &kernel_klips,
};

static struct {
	bool nofork, stderrlog, cleanup;
	const char *logfile;
	char interfaces[1024];
	char listen[512];
	char debug[256];
	const char *hidetos, *fragicmp, *overridemtu, *shuntlifetime, *keep_alive, *strictcrl, *uniqueids, *virtual_private;
} options;

static int ready_pipe = -1;		/* to whoever started us and waits */
static int lock_fd = -1;
static char lock_path[256], ctl_path[256], sockets_path[256];

/* ---- options ---- */

static const char help_text[] =
	"Usage: pluto [OPTIONS]\n"
	"The key daemon; \"ipsec start\" starts it with what ipsec.conf says.\n\n"
	"  --nofork               stay in the foreground\n"
	"  --stderrlog            log to stderr, not to syslog\n"
	"  --logfile FILE         log to the end of FILE\n"
	"  --interface PAIR       ipsecN=DEVICE, %defaultroute, %none; may be given several times\n"
	"  --listen ADDRESS       answer at this address only; may be given several times\n"
	"  --hidetos, --fragicmp yes|no, --overridemtu N\n"
	"                         what devices do with headers, and their MTU: as in ipsec.conf\n"
	"  --shuntlifetime TIME   of failure shunts, as in ipsec.conf\n"
	"  --keep_alive TIME      between packets that keep a NAT awake, as in ipsec.conf\n"
	"  --secretsfile FILE     instead of /etc/ipsec.secrets\n"
	"  --ipsecdir DIR         instead of /etc/ipsec.d: certs, cacerts, crls, private\n"
	"  --strictcrlpolicy yes|no  as in ipsec.conf\n"
	"  --uniqueids yes|no     as in ipsec.conf\n"
	"  --virtual_private NETS what vhost:%priv is, as in ipsec.conf\n"
	"  --rundir DIR           instead of /run/pluto: socket, lock, state\n"
	"  --vardir DIR           instead of /var/lib/pluto: what outlives a restart of the machine\n"
	"  --ctlbase PATH         the socket is PATH.ctl, the lock PATH.pid\n"
	"  --use-klips, --use-auto  SAs go to klips (the default)\n"
	"  --use-nostack          SAs go nowhere: for tests of IKE without a kernel\n"
	"  --debug-all, --debug-none, --debug-control, --debug-kernel, --debug-packets\n"
	"  --cleanup              remove what a crashed pluto left, and end\n"
	"  --help, --version\n\n"
	"Exit status: 0 ended orderly, 1 could not start, 5 klips is not there, 10 runs already.\n";

enum {
	OPT_LOGFILE = 256, OPT_INTERFACE, OPT_LISTEN, OPT_SECRETS, OPT_RUNDIR, OPT_CTLBASE, OPT_KLIPS,
	OPT_NOSTACK, OPT_DEBUG, OPT_CLEANUP, OPT_HELP, OPT_VERSION, OPT_NOFORK, OPT_STDERRLOG,
	OPT_IPSECDIR, OPT_STRICTCRL, OPT_UNIQUEIDS, OPT_VIRTUAL, OPT_HIDETOS, OPT_FRAGICMP, OPT_OVERRIDEMTU, OPT_SHUNTLIFETIME, OPT_KEEP_ALIVE,
	OPT_VARDIR,
};

static const struct option option_table[] = {
	{ "nofork", no_argument, NULL, OPT_NOFORK },
	{ "stderrlog", no_argument, NULL, OPT_STDERRLOG },
	{ "logfile", required_argument, NULL, OPT_LOGFILE },
	{ "interface", required_argument, NULL, OPT_INTERFACE },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "hidetos", required_argument, NULL, OPT_HIDETOS },
	{ "fragicmp", required_argument, NULL, OPT_FRAGICMP },
	{ "overridemtu", required_argument, NULL, OPT_OVERRIDEMTU },
	{ "shuntlifetime", required_argument, NULL, OPT_SHUNTLIFETIME },
	{ "keep_alive", required_argument, NULL, OPT_KEEP_ALIVE },
	{ "secretsfile", required_argument, NULL, OPT_SECRETS },
	{ "ipsecdir", required_argument, NULL, OPT_IPSECDIR },
	{ "strictcrlpolicy", required_argument, NULL, OPT_STRICTCRL },
	{ "uniqueids", required_argument, NULL, OPT_UNIQUEIDS },
	{ "virtual_private", required_argument, NULL, OPT_VIRTUAL },
	{ "rundir", required_argument, NULL, OPT_RUNDIR },
	{ "vardir", required_argument, NULL, OPT_VARDIR },
	{ "ctlbase", required_argument, NULL, OPT_CTLBASE },
	{ "use-klips", no_argument, NULL, OPT_KLIPS },
	{ "use-auto", no_argument, NULL, OPT_KLIPS },
	{ "use-nostack", no_argument, NULL, OPT_NOSTACK },
	{ "noklips", no_argument, NULL, OPT_NOSTACK },
	{ "debug-all", no_argument, NULL, OPT_DEBUG },
	{ "debug-none", no_argument, NULL, OPT_DEBUG },
	{ "debug-control", no_argument, NULL, OPT_DEBUG },
	{ "debug-kernel", no_argument, NULL, OPT_DEBUG },
	{ "debug-packets", no_argument, NULL, OPT_DEBUG },
	{ "cleanup", no_argument, NULL, OPT_CLEANUP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int usage(const char *what, const char *value, const char *wrong)
{
	fprintf(stderr, "pluto: %s%s%s: %s\n", what, value ? " " : "", value ? value : "", wrong);
	return EXIT_FAILED;
}

/* Adds a word to a list that is parsed at the end as in ipsec.conf. */
static bool append(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	if (len + strlen(word) + 2 > size)
		return false;
	snprintf(list + len, size - len, "%s%s", len ? " " : "", word);
	return true;
}

/* Where the value of an option goes: the text itself, one more word of a list, or that it was given. */
static const struct taken {
	int opt;
	const char **text;
	char *list;
	size_t size;
	bool *flag;
} taken[] = {
	{ OPT_LOGFILE, .text = &options.logfile },
	{ OPT_HIDETOS, .text = &options.hidetos },
	{ OPT_FRAGICMP, .text = &options.fragicmp },
	{ OPT_OVERRIDEMTU, .text = &options.overridemtu },
	{ OPT_SHUNTLIFETIME, .text = &options.shuntlifetime },
	{ OPT_KEEP_ALIVE, .text = &options.keep_alive },
	{ OPT_STRICTCRL, .text = &options.strictcrl },
	{ OPT_UNIQUEIDS, .text = &options.uniqueids },
	{ OPT_VIRTUAL, .text = &options.virtual_private },
	{ OPT_SECRETS, .text = &pluto.secrets },
	{ OPT_IPSECDIR, .text = &pluto.ipsecdir },
	{ OPT_RUNDIR, .text = &pluto.rundir },
	{ OPT_VARDIR, .text = &pluto.vardir },
	{ OPT_INTERFACE, .list = options.interfaces, .size = sizeof(options.interfaces) },
	{ OPT_LISTEN, .list = options.listen, .size = sizeof(options.listen) },
	{ OPT_DEBUG, .list = options.debug, .size = sizeof(options.debug) },
	{ OPT_NOFORK, .flag = &options.nofork },
	{ OPT_STDERRLOG, .flag = &options.stderrlog },
	{ OPT_CLEANUP, .flag = &options.cleanup },
};

static void take_ctlbase(const char *base)
{
	snprintf(ctl_path, sizeof(ctl_path), "%s.ctl", base);
	snprintf(lock_path, sizeof(lock_path), "%s.pid", base);
	snprintf(sockets_path, sizeof(sockets_path), "%s.sockets", base);
}

/* @value: NULL where the option has none. */
static int option_take(int opt, const char *value)
{
	const struct taken *t = taken;

	if (opt == OPT_CTLBASE)
		take_ctlbase(value);
	if (opt == OPT_KLIPS)
		pluto.kernel = &kernel_klips;
	if (opt == OPT_NOSTACK)
		pluto.kernel = &kernel_none;
	while (t < taken + sizeof(taken) / sizeof(taken[0]) && t->opt != opt)
		t++;
	if (t == taken + sizeof(taken) / sizeof(taken[0]))
		return 0;
	if (t->text)
		*t->text = value;
	if (t->flag)
		*t->flag = true;
	return t->list && !append(t->list, t->size, value) ? EXIT_FAILED : 0;
}

/* Options that are ipsec.conf's, and are read as there. */
static const struct setting {
	const char *name;
	const char **text;
	const char *(*parse)(const char *text, void *field);
	void *field;
} settings[] = {
	{ "--hidetos", &options.hidetos, conf_value_bool, &pluto.setup.hidetos },
	{ "--fragicmp", &options.fragicmp, conf_value_bool, &pluto.setup.fragicmp },
	{ "--overridemtu", &options.overridemtu, conf_value_mtu, &pluto.setup.overridemtu },
	{ "--shuntlifetime", &options.shuntlifetime, conf_value_lifetime, &pluto.setup.shuntlifetime },
	{ "--keep_alive", &options.keep_alive, conf_value_lifetime, &pluto.setup.keep_alive },
	{ "--strictcrlpolicy", &options.strictcrl, conf_value_bool, &pluto.setup.strictcrl },
	{ "--uniqueids", &options.uniqueids, conf_value_bool, &pluto.setup.uniqueids },
	{ "--virtual_private", &options.virtual_private, conf_value_virtual, pluto.setup.virtual_private },
};

static int settings_check(void)
{
	const char *wrong;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		wrong = *settings[i].text ? settings[i].parse(*settings[i].text, settings[i].field) : NULL;
		if (wrong)
			return usage(settings[i].name, *settings[i].text, wrong);
	}
	return 0;
}

static int options_check(void)
{
	const char *interfaces = options.interfaces[0] ? options.interfaces : "%defaultroute";
	const char *debug = options.debug[0] ? options.debug : "none";
	const char *wrong;

	wrong = conf_value_pairs(interfaces, &pluto.setup);
	if (wrong)
		return usage("--interface", interfaces, wrong);
	wrong = options.listen[0] ? conf_value_listen(options.listen, &pluto.setup) : NULL;
	if (wrong)
		return usage("--listen", options.listen, wrong);
	wrong = conf_value_debug(debug, &pluto.setup.debug);
	if (wrong)
		return usage("--debug", debug, wrong);
	if (!ctl_path[0]) {
		snprintf(ctl_path, sizeof(ctl_path), "%s/pluto.ctl", pluto.rundir);
		snprintf(lock_path, sizeof(lock_path), "%s/pluto.pid", pluto.rundir);
		snprintf(sockets_path, sizeof(sockets_path), "%s/pluto.sockets", pluto.rundir);
	}
	pluto.ctl = ctl_path;
	pluto.sockets = sockets_path;
	return settings_check();
}

/* -1: go on; else leave with that status. */
static int options_parse(int argc, char **argv)
{
	int opt, index = 0, status;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":", option_table, &index)) != -1) {
		if (opt == OPT_HELP || opt == OPT_VERSION) {
			fputs(opt == OPT_HELP ? help_text : "pluto of klips " KLIPS_VERSION "\n", stdout);
			return 0;
		}
		if (opt == ':' || opt == '?')
			return usage(argv[optind - 1], NULL, opt == ':' ? "expected a value behind it" :
				     "unknown option, or one that takes no value; expected one of \"pluto --help\"");
		status = option_take(opt, opt == OPT_DEBUG ? option_table[index].name + strlen("debug-") : optarg);
		if (status)
			return usage(argv[optind - 1], NULL, "too many of these");
	}
	if (optind < argc)
		return usage(argv[optind], NULL, "expected options only");
	status = options_check();
	return status ? status : -1;
}

/* ---- one at a time ---- */

static int lock(void)
{
	char pid[32] = "";
	ssize_t got;

	if (mkdir(pluto.rundir, 0700) < 0 && errno != EEXIST) {
		fprintf(stderr, "pluto: cannot make %s: %s\n", pluto.rundir, strerror(errno));
		return EXIT_FAILED;
	}
	lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (lock_fd < 0) {
		fprintf(stderr, "pluto: cannot open %s: %s\n", lock_path, strerror(errno));
		return EXIT_FAILED;
	}
	if (!flock(lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	got = read(lock_fd, pid, sizeof(pid) - 1);
	pid[got > 0 ? strcspn(pid, "\n") : 0] = '\0';
	fprintf(stderr, "pluto: lock file \"%s\" is held: pluto runs already, pid %s; \"ipsec stop\" ends it\n",
		lock_path, pid);
	return EXIT_LOCKED;
}

/* ---- telling that we are ready ---- */

/* Goes to the background. In the parent: waits until the child is ready or ended, and exits. */
static void go_background(void)
{
	int fds[2], status, null;
	char byte;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid < 0)
		return;
	if (pid > 0) {
		close(fds[1]);
		if (read(fds[0], &byte, 1) == 1)
			_exit(0);
		if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
			_exit(WEXITSTATUS(status));
		_exit(EXIT_FAILED);
	}
	close(fds[0]);
	ready_pipe = fds[1];
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		close(null);
	}
}

static void tell_ready(void)
{
	int null;

	notify_manager("READY=1", -1);
	if (ready_pipe < 0) {
		puts("Pluto initialized");
		fflush(stdout);
		return;
	}
	plog_also_stderr(0);
	null = options.stderrlog ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
	if (write(ready_pipe, "r", 1) == 1)
		close(ready_pipe);
}

/* ---- signals ---- */

/* "ipsec setup stop" says whether to open; a service manager in a hurry says nothing, and that opens nothing. */
static void stop_by_signal(void)
{
	if (!pluto.stopping)
		pluto.keep_drop = true;
	pluto.stopping = true;
}

static void signal_ready(struct watch *w, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		plog(LOG_NOTICE, NULL, "pluto ignores SIGHUP; \"ipsec setup reload\" reads ipsec.conf and the secrets anew");
	else
		stop_by_signal();
}

static int signals_open(void)
{
	static struct watch w = { .ready = signal_ready };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w.fd < 0 ? -errno : loop_add(&w, EPOLLIN);
}

/* ---- beginning and end ---- */

static void log_report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	plog(error ? LOG_ERR : LOG_WARNING, NULL, "%s", text);
}

static int failed(int status, const char *what, int err)
{
	if (err)
		plog(LOG_ERR, NULL, "%s: %s", what, strerror(-err));
	else
		plog(LOG_ERR, NULL, "%s", what);
	return status;
}

static int start(void)
{
	char why[512] = "", pid[32];
	int err;

	err = loop_init();
	if (!err)
		err = signals_open();
	if (!err)
		err = server_open();
	if (err)
		return failed(EXIT_FAILED, "cannot start", err);
	kept_open();
	if (iface_open(why))
		return failed(EXIT_FAILED, why, 0);
	if (pluto.kernel->open(why))
		return failed(EXIT_NO_STACK, why, 0);
	if (iface_refresh(why) || ctl_open(pluto.ctl, why)) {
		/* "ipsec setup stop" opens, nothing that goes wrong does. */
		pluto.keep_drop = true;
		pluto.kernel->close();
		return failed(EXIT_FAILED, why, 0);
	}
	if (server_reread(log_report, NULL) < 0)
		plog(LOG_WARNING, NULL, "no secrets are loaded");
	if (ftruncate(lock_fd, 0) < 0 || pwrite(lock_fd, pid, snprintf(pid, sizeof(pid), "%d\n", getpid()), 0) < 0)
		return failed(EXIT_FAILED, "cannot write the lock file", -errno);
	kept_settle();
	pluto.started = loop_now();
	return 0;
}

/* Ends everything in the order it depends on each other. */
static void finish(void)
{
	uint64_t until = loop_now() + GOODBYE_MS, next;

	notify_manager("STOPPING=1", -1);
	plog(LOG_NOTICE, NULL, "ending");
	conns_end();
	/* The engine is done when it waits for nothing any more. */
	while ((next = ike_deadline(pluto.engine)) != UINT64_MAX && loop_now() < until) {
		server_tick();
		loop_once(next < until ? next : until);
	}
	until = loop_now() + UPDOWN_MS;
	while (updown_busy() && loop_now() < until)
		loop_once(until);
	updown_end();
	resolver_close();
	pluto.kernel->close();
	iface_close();
	kept_close();
	unlink(lock_path);
	ctl_close();
	server_close();
}

/* What a crashed pluto left in the kernel goes. */
static int cleanup(void)
{
	char why[512] = "";

	if (loop_init() || iface_open(why))
		return failed(EXIT_FAILED, why, 0);
	kept_open();
	kept_sweep();
	kept_close();
	if (pluto.kernel->open(why))
		plog(LOG_NOTICE, NULL, "%s: only routes are cleaned up", why);
	else
		pluto.kernel->loaded();
	device_cleanup();
	pluto.kernel->close();
	iface_close();
	unlink(lock_path);
	return 0;
}

int main(int argc, char **argv)
{
	enum plog_where where;
	int status, err;

	if (argc == 2 && !strcmp(argv[1], HOLDER_ARG))
		return holder_run();
	if (argc == 4 && !strcmp(argv[1], RESOLVER_ARG))
		return resolver_run(argv[2], argv[3]);
	status = options_parse(argc, argv);
	if (status >= 0)
		return status;
	if (geteuid() != 0)
		return usage("pluto", NULL, "needs root");
	status = lock();
	if (status)
		return status;
	where = options.logfile ? PLOG_FILE : options.stderrlog || options.nofork || options.cleanup ? PLOG_STDERR : PLOG_SYSLOG;
	err = plog_open(where, options.logfile);
	if (err)
		return usage("--logfile", options.logfile, strerror(-err));
	plog_set_debug(pluto.setup.debug);
	if (options.cleanup)
		return cleanup();
	if (!options.nofork) {
		plog_also_stderr(1);
		go_background();
	}
	status = start();
	if (status) {
		unlink(lock_path);
		return status;
	}
	plog(LOG_NOTICE, NULL, "pluto of klips %s is ready, kernel interface %s", KLIPS_VERSION, pluto.kernel->name);
	tell_ready();
	while (!pluto.stopping) {
		server_tick();
		loop_once(server_deadline());
	}
	finish();
	return 0;
}
