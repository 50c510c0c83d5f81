// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fdpass.h"
#include "holder.h"
#include "kept.h"
#include "loop.h"
#include "notify.h"
#include "plog.h"
#include "pluto.h"

#define FIRST_PASSED 3			/* sd_listen_fds(3) */
#define PATIENCE_S 5			/* with the holder */
#define HOLDER_LIVES_MS 60000		/* at least, or it is not started again */
#define OLD_MESSAGES 4096		/* more than a socket has room for */

struct kept {
	struct kept *next;
	int fd;
	char name[HOLDER_NAME];
	bool ours;			/* this pluto uses it; else nobody has taken it (yet) */
	bool stored;			/* whoever keeps them has it */
	bool elsewhere;			/* the holder has it, but the service manager is to keep it */
};

static struct kept *all;
static unsigned int count;
static bool settled;
static struct watch holder = { .fd = -1 };
static uint64_t holder_since;

/* ---- one of them ---- */

static struct kept *kept_new(int fd, const char *name)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->fd = fd;
	snprintf(k->name, sizeof(k->name), "%s", name);
	k->next = all;
	all = k;
	count++;
	return k;
}

static struct kept *find(int fd)
{
	struct kept *k = all;

	while (k && k->fd != fd)
		k = k->next;
	return k;
}

/* Of what FDNAME= may have in it: neither ":" nor what is not ASCII. */
static char *name_of(const struct ip_addr *addr, uint16_t port, const char *device, char name[HOLDER_NAME])
{
	char text[ADDR_TEXT], *c;

	snprintf(name, HOLDER_NAME, "%u-%s-%s", port, addr_format(addr, text), device ? device : "any");
	for (c = name; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == ':')
			*c = '.';
	return name;
}

/* ---- telling ---- */

static void holder_lost(void)
{
	if (holder.fd < 0)
		return;
	loop_del(&holder);
	close(holder.fd);
	holder.fd = -1;
}

static void tell_holder(const char *text, int fd)
{
	if (holder.fd >= 0)
		fdpass_send(holder.fd, NULL, 0, text, fd);
}

static void store(struct kept *k)
{
	char text[HOLDER_TEXT];

	/* FDPOLL: an error that waits in a socket is no reason to close it. */
	snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", k->name);
	if (notify_wanted())
		notify_manager(text, k->fd);
	else
		tell_holder(text, k->fd);
	k->stored = true;
	if (count == HOLDER_MAX + 1)
		plog(LOG_WARNING, NULL, "more than %u sockets: when pluto is killed, ESP in UDP stops at some addresses", HOLDER_MAX);
}

static void unstore(struct kept *k)
{
	char text[HOLDER_TEXT];

	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", k->name);
	if (k->stored && notify_wanted())
		notify_manager(text, -1);
	if (k->elsewhere || (k->stored && !notify_wanted()))
		tell_holder(text, -1);
	k->stored = k->elsewhere = false;
}

static void kept_free(struct kept *k)
{
	struct kept **at = &all;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	count--;
	free(k);
}

/* ---- from the service manager ---- */

/* How many descriptors are ours by sd_listen_fds(3). */
static int passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	long n = 0;
	char *end;

	if (pid && fds && strtol(pid, &end, 10) == getpid() && !*end) {
		n = strtol(fds, &end, 10);
		n = *end || n < 0 || n > HOLDER_MAX ? 0 : n;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	return n;
}

static void from_manager(void)
{
	const char *names = getenv("LISTEN_FDNAMES");
	char name[HOLDER_NAME];
	struct kept *k;
	int n = passed(), i, len;

	for (i = 0; i < n; i++) {
		len = names ? strcspn(names, ":") : 0;
		snprintf(name, sizeof(name), "%.*s", len, names ? names : "");
		if (names)
			names += len + (names[len] == ':');
		k = fcntl(FIRST_PASSED + i, F_SETFD, FD_CLOEXEC) < 0 ? NULL : kept_new(FIRST_PASSED + i, name);
		if (k)
			k->stored = true;
	}
	unsetenv("LISTEN_FDNAMES");
}

/* ---- from the holder ---- */

static int holder_path(struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (strlen(pluto.sockets) >= sizeof(un->sun_path))
		return -ENAMETOOLONG;
	strcpy(un->sun_path, pluto.sockets);
	return 0;
}

static void holder_ready(struct watch *w, uint32_t events);

static int holder_connect(const struct sockaddr_un *un)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int err;

	holder.ready = holder_ready;
	holder.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (holder.fd < 0)
		return -errno;
	setsockopt(holder.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(holder.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(holder.fd, (const struct sockaddr *)un, sizeof(*un)))
		return 0;
	err = -errno;
	close(holder.fd);
	holder.fd = -1;
	return err;
}

/* All that it has, up to the last. False: it has ended, or does not answer. */
static bool holder_gives(void)
{
	char text[HOLDER_TEXT];
	struct kept *k;
	int fd;

	while (fdpass_recv(holder.fd, text, sizeof(text), &fd) > 0) {
		if (!strcmp(text, HOLDER_LAST))
			return !loop_add(&holder, EPOLLIN);
		k = fd < 0 ? NULL : kept_new(fd, text);
		if (!k && fd >= 0)
			close(fd);
		if (k && notify_wanted())
			k->elsewhere = true;
		else if (k)
			k->stored = true;
	}
	return false;
}

/* 0, or there is none: -errno. */
static int from_holder(const struct sockaddr_un *un)
{
	int err = holder_connect(un);

	if (err || holder_gives())
		return err;
	close(holder.fd);
	holder.fd = -1;
	return -EPIPE;
}

/* In the child of a child, which is nobody's to wait for. */
static void holder_exec(int listener)
{
	static char *argv[] = { "ipsec-sockets", HOLDER_ARG, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0 && dup2(listener, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	    dup2(null, STDERR_FILENO) >= 0)
		execv("/proc/self/exe", argv);
	_exit(1);
}

static int holder_fork(int listener)
{
	pid_t pid = fork();

	if (!pid) {
		if (fork())
			_exit(0);
		holder_exec(listener);
	}
	return pid < 0 || waitpid(pid, NULL, 0) < 0 ? -errno : 0;
}

static int holder_listen(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), err;
	mode_t mask = umask(0177);

	unlink(un->sun_path);
	err = fd < 0 || bind(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 || listen(fd, 4) < 0 ? -errno : fd;
	umask(mask);
	if (err < 0 && fd >= 0)
		close(fd);
	return err;
}

static void holder_start(void)
{
	struct sockaddr_un un;
	int err = holder_path(&un), fd = err ? err : holder_listen(&un);

	if (!err && fd >= 0)
		err = holder_fork(fd);
	if (!err)
		err = fd < 0 ? fd : from_holder(&un);
	if (fd >= 0)
		close(fd);
	holder_since = loop_now();
	if (err)
		plog(LOG_WARNING, NULL, "cannot start the process that keeps the sockets: %s; if pluto is killed, ESP in UDP stops",
		     strerror(-err));
}

/* It says nothing after the beginning: it has ended. */
static void holder_ready(struct watch *w, uint32_t events)
{
	bool again = loop_now() >= holder_since + HOLDER_LIVES_MS;
	struct kept *k;

	(void)w;
	(void)events;
	holder_lost();
	plog(LOG_WARNING, NULL, "the process that keeps the sockets (ipsec-sockets) has ended%s", again ? ": starting another" :
	     ", at once again; if pluto is killed, ESP in UDP stops");
	if (again)
		holder_start();
	for (k = all; again && k; k = k->next)
		store(k);
}

/* ---- taking ---- */

static bool option_is(int fd, int level, int option, int wanted)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return !getsockopt(fd, level, option, &value, &len) && value == wanted;
}

static uint64_t netns_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0 ? 0 : cookie;
}

static bool here(int fd)
{
	int fresh = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool same = fresh >= 0 && netns_of(fresh) && netns_of(fresh) == netns_of(fd);

	if (fresh >= 0)
		close(fresh);
	return same;
}

static bool on_device(int fd, const char *device)
{
	char name[KLIPS_IFNAMSIZ] = "";
	socklen_t len = sizeof(name);

	/* Of one that is gone, and made anew perhaps, there is no name. */
	return !getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len) && !strcmp(name, device ? device : "");
}

static bool fits(int fd, const struct ip_addr *addr, uint16_t port, const char *device)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip_addr bound;
	in_port_t at;

	return option_is(fd, SOL_SOCKET, SO_TYPE, SOCK_DGRAM) && option_is(fd, SOL_SOCKET, SO_PROTOCOL, IPPROTO_UDP) &&
	       !getsockname(fd, (struct sockaddr *)&ss, &len) &&
	       addr_from_sockaddr(&bound, &at, (struct sockaddr *)&ss, len) && addr_equal(&bound, addr) &&
	       at == htons(port) && on_device(fd, device) && here(fd);
}

int kept_take(const struct ip_addr *addr, uint16_t port, const char *device)
{
	char text[ADDR_TEXT], byte;
	struct kept *k = all;
	unsigned int old = 0;

	while (k && (k->ours || !fits(k->fd, addr, port, device)))
		k = k->next;
	if (!k)
		return -1;
	while (old < OLD_MESSAGES && recv(k->fd, &byte, 1, MSG_DONTWAIT) >= 0)
		old++;
	k->ours = true;
	plog(LOG_NOTICE, NULL, "took the socket %s port %u%s%s of an earlier pluto; %u messages that came meanwhile are dropped",
	     addr_format(addr, text), port, device ? " on " : "", device ? device : "", old);
	return k->fd;
}

/* ---- keeping ---- */

void kept_open(void)
{
	struct sockaddr_un un;

	from_manager();
	if (!holder_path(&un))
		from_holder(&un);
}

void kept_sweep(void)
{
	struct kept *k, *next;

	for (k = all; k; k = next) {
		next = k->next;
		if (k->ours)
			continue;
		unstore(k);
		close(k->fd);
		kept_free(k);
	}
}

void kept_settle(void)
{
	struct kept *k;

	kept_sweep();
	settled = true;
	for (k = all; k; k = k->next)
		if (k->elsewhere)
			unstore(k);
	if (notify_wanted())
		holder_lost();
	else if (holder.fd < 0)
		holder_start();
	for (k = all; k; k = k->next)
		if (!k->stored)
			store(k);
}

void kept_put(int fd, const struct ip_addr *addr, uint16_t port, const char *device)
{
	char name[HOLDER_NAME];
	struct kept *k = find(fd);

	if (!k)
		k = kept_new(fd, name_of(addr, port, device, name));
	if (!k)
		return;			/* one that ends with us */
	k->ours = true;
	if (settled && !k->stored)
		store(k);
}

void kept_drop(int fd)
{
	struct kept *k = find(fd);

	if (!k)
		return;
	unstore(k);
	kept_free(k);
}

void kept_close(void)
{
	struct sockaddr_un un;
	char byte;

	notify_barrier();
	if (holder.fd < 0)
		return;
	if (!holder_path(&un))
		unlink(un.sun_path);
	/* It ends when it has heard that. */
	shutdown(holder.fd, SHUT_WR);
	if (recv(holder.fd, &byte, 1, 0) < 0)
		plog(LOG_WARNING, NULL, "the process that keeps the sockets (ipsec-sockets) does not end");
	holder_lost();
}
