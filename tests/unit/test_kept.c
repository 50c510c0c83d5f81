// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/kept.c userland/pluto/holder.c userland/pluto/privileges.c userland/pluto/fdpass.c userland/pluto/notify.c userland/pluto/loop.c userland/lib/addr.c userland/lib/value.c */
/*
 * Sockets that outlive their pluto: one process after the other is a pluto, and most are killed. With a real holder (this
 * program again, as pluto starts itself), and with a service manager that is a socket.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fdpass.h"
#include "holder.h"
#include "kept.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "unit.h"

struct pluto pluto;

static char dir[] = "/tmp/test_kept.XXXXXX";
static char said[512];			/* the last that plog() was given */

void plog(int level, const char *conn, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	(void)conn;
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

/* ---- sockets ---- */

#define PORT 24500			/* and two above it */

static char at[ADDR_TEXT], name[HOLDER_NAME]; /* an address that no other run of this has */

static struct ip_addr home(void)
{
	struct ip_addr a;

	addr_parse(at, AF_INET, &a);
	return a;
}

static struct sockaddr_in sockaddr(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, at, &in.sin_addr);
	return in;
}

static int bound(uint16_t port)
{
	struct sockaddr_in in = sockaddr(port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!bind(fd, (struct sockaddr *)&in, sizeof(in)))
		return fd;
	close(fd);
	return -1;
}

static bool taken(uint16_t port)
{
	int fd = bound(port);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static bool frees(uint16_t port)
{
	int i;

	for (i = 0; i < 500 && taken(port); i++)
		usleep(10000);
	return !taken(port);
}

static void send_to(uint16_t port, const char *text)
{
	struct sockaddr_in in = sockaddr(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&in, sizeof(in)) > 0, "send to %u", port);
	close(fd);
}

static bool hears(int fd, const char *text)
{
	char got[64] = "";

	return recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT) >= 0 && !strcmp(got, text);
}

static int take(uint16_t port)
{
	struct ip_addr addr = home();

	return kept_take(&addr, port, NULL);
}

static void put(int fd, uint16_t port)
{
	struct ip_addr addr = home();

	kept_put(fd, &addr, port, NULL);
}

/* ---- plutos: each in a process of its own, as they have nothing in common ---- */

static pid_t running;
static int stop_it, is_there;

/* Until the test says "go on", if it does not kill us. */
static void pluto_waits(void)
{
	char byte;

	if (write(is_there, "r", 1) == 1 && read(stop_it, &byte, 1) != 1)
		_exit(9);
}

static void run(void (*life)(void))
{
	int there[2], stop[2];
	char byte;

	CHECK(!pipe(there) && !pipe(stop), "pipes");
	running = fork();
	if (!running) {
		is_there = there[1];
		stop_it = stop[0];
		close(there[0]);
		close(stop[1]);
		loop_init();
		life();
		fflush(stdout);
		_exit(unit_failures_now);
	}
	close(there[1]);
	close(stop[0]);
	is_there = there[0];
	stop_it = stop[1];
	CHECK(read(is_there, &byte, 1) == 1, "it did not start");
}

static void ended(int status)
{
	int got;

	waitpid(running, &got, 0);
	CHECK(status < 0 ? WIFSIGNALED(got) : WIFEXITED(got) && WEXITSTATUS(got) == status, "a pluto ended with 0x%x", got);
	close(is_there);
	close(stop_it);
}

static void killed(void)
{
	kill(running, SIGKILL);
	ended(-1);
}

static void goes_on(void)
{
	CHECK(write(stop_it, "g", 1) == 1, "it is gone");
	ended(0);
}

/* ---- the holder ---- */

static void first(void)
{
	int a = bound(PORT), b = bound(PORT + 1), encap = UDP_ENCAP_ESPINUDP;

	CHECK(!setsockopt(b, IPPROTO_UDP, UDP_ENCAP, &encap, sizeof(encap)), "encapsulation: %d", errno);
	kept_open();
	put(a, PORT);
	kept_settle();
	put(b, PORT + 1);
	CHECK(!said[0], "said: %s", said);
	pluto_waits();
	kept_drop(a);
	close(a);
	kept_drop(b);
	close(b);
	kept_close();
	CHECK(!said[0] && !taken(PORT) && !taken(PORT + 1), "an end, and the sockets are there: %s", said);
	CHECK(access(pluto.sockets, F_OK), "an end, and the holder's socket is there");
}

static void test_orderly(void)
{
	run(first);
	CHECK(taken(PORT) && taken(PORT + 1), "nothing is bound");
	goes_on();
	unit_done("kept/orderly");
}

static void next(void)
{
	struct ip_addr addr = home(), other;
	int a, b, value = 0, fresh;
	socklen_t len = sizeof(value);

	kept_open();
	addr_parse("127.0.0.1", AF_INET, &other);
	CHECK(kept_take(&other, PORT, NULL) < 0 && kept_take(&addr, PORT + 2, NULL) < 0 && kept_take(&addr, PORT, "lo") < 0,
	      "one that does not fit");
	a = take(PORT);
	CHECK(a >= 0 && take(PORT) < 0, "not kept, or given twice");
	CHECK(!hears(a, "old"), "an old message");
	CHECK(strstr(said, at) && strstr(said, " port 24500 of an earlier pluto; 2 messages"), "%s", said);
	send_to(PORT, "new");
	CHECK(hears(a, "new"), "not a new one");
	b = take(PORT + 1);
	CHECK(!getsockopt(b, IPPROTO_UDP, UDP_ENCAP, &value, &len) && value == UDP_ENCAP_ESPINUDP, "encapsulation is gone");
	CHECK(fcntl(b, F_GETFD) & FD_CLOEXEC, "children get it");
	put(a, PORT);
	put(b, PORT + 1);
	kept_settle();
	/* Another address for one of them. */
	kept_drop(a);
	close(a);
	fresh = bound(PORT + 2);
	put(fresh, PORT + 2);
	pluto_waits();
}

/* Its configuration has changed: it wants one of two, and is an orderly one. */
static void third(void)
{
	int b;

	kept_open();
	CHECK(take(PORT) < 0, "one that was dropped");
	b = take(PORT + 1);
	CHECK(b >= 0, "the same one twice over");
	put(b, PORT + 1);
	kept_settle();
	CHECK(frees(PORT + 2), "one that nobody wants is kept");
	kept_drop(b);
	close(b);
	kept_close();
	CHECK(!taken(PORT + 1), "it is open after the end");
	pluto_waits();
}

static void test_killed(void)
{
	run(first);
	killed();
	usleep(50000);
	CHECK(taken(PORT) && taken(PORT + 1), "they died with their pluto");
	send_to(PORT, "old");
	send_to(PORT, "old");
	run(next);
	CHECK(frees(PORT), "one that was dropped is there");
	killed();
	usleep(50000);
	CHECK(taken(PORT + 1) && taken(PORT + 2), "they died with their second pluto");
	run(third);
	goes_on();
	unit_done("kept/killed");
}

/* It ends before it has started: what was kept stays kept. */
static void fails(void)
{
	kept_open();
	CHECK(take(PORT) >= 0, "not kept");
	put(bound(PORT + 2), PORT + 2);
	pluto_waits();
}

/* ipsec setup stop with pluto dead. */
static void cleans_up(void)
{
	kept_open();
	kept_sweep();
	kept_close();
	CHECK(!taken(PORT) && !taken(PORT + 1), "they are there after a cleanup");
	pluto_waits();
}

static void test_cleanup(void)
{
	run(first);
	killed();
	run(fails);
	killed();
	CHECK(taken(PORT) && taken(PORT + 1) && !taken(PORT + 2), "a start that failed changed something");
	run(cleans_up);
	goes_on();
	run(cleans_up);
	goes_on();
	unit_done("kept/cleanup");
}

/* How many the holder gives, or -1: what it says has no end. */
static int given(int sock)
{
	char text[HOLDER_TEXT] = "";
	int fd, n = 0;

	while (fdpass_recv(sock, text, sizeof(text), &fd) > 0 && strcmp(text, HOLDER_LAST)) {
		CHECK(fd >= 0, "%s without descriptor", text);
		close(fd);
		n++;
	}
	return strcmp(text, HOLDER_LAST) ? -1 : n;
}

/* What root says to the holder and pluto would not. */
static void test_nonsense(void)
{
	static const char *const texts[] = { "\n", "FDSTORE=1", "FDNAME=x", "STOPPING=1", "FDSTOREREMOVE=1\nFDNAME=",
					     "FDSTOREREMOVE=1", "FDSTORE=1\nFDNAME=", "FDSTORE=1\nFDNAME=" HOLDER_LAST };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int sock, keep = bound(PORT + 2);
	char long_text[400];
	unsigned int i;

	run(first);
	killed();
	strcpy(un.sun_path, pluto.sockets);
	sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK(!connect(sock, (struct sockaddr *)&un, sizeof(un)), "connect");
	/* What is unread when we close it, would close its end before it has read what we say. */
	CHECK(given(sock) == 2, "not two sockets");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	memcpy(long_text, "FDSTORE=1\nFDNAME=", strlen("FDSTORE=1\nFDNAME="));
	fdpass_send(sock, NULL, 0, long_text, keep);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fdpass_send(sock, NULL, 0, texts[i], keep);
		fdpass_send(sock, NULL, 0, texts[i], -1);
	}
	close(keep);
	close(sock);
	CHECK(frees(PORT + 2), "it keeps what has no name");
	sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK(!connect(sock, (struct sockaddr *)&un, sizeof(un)), "it has ended");
	CHECK(given(sock) == 2, "not two sockets any more");
	close(sock);
	run(cleans_up);
	goes_on();
	unit_done("kept/nonsense");
}

/* A socket file that nobody listens at, and a holder that is killed. */
static void orphan(void)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int dead = socket(AF_UNIX, SOCK_SEQPACKET, 0), fd = bound(PORT), sock;

	strcpy(un.sun_path, pluto.sockets);
	CHECK(!bind(dead, (struct sockaddr *)&un, sizeof(un)), "bind");
	close(dead);
	kept_open();
	put(fd, PORT);
	kept_settle();
	CHECK(!said[0], "said: %s", said);
	sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK(!connect(sock, (struct sockaddr *)&un, sizeof(un)), "no holder");
	CHECK(!getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) && cred.pid != getpid(), "the holder is us");
	pluto_waits();
	close(fd);
	kept_close();
}

static void test_orphan(void)
{
	run(orphan);
	killed();
	CHECK(taken(PORT), "it died with its pluto");
	run(cleans_up);
	goes_on();
	unit_done("kept/orphan");
}

/* ---- the service manager ---- */

static int manager;

static void manager_is(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", dir, name);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(!bind(manager, (struct sockaddr *)&un, sizeof(un)), "bind");
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
}

/* The descriptor that comes with that, or -1. */
static int told(const char *what, const char *of)
{
	struct pollfd p = { .fd = manager, .events = POLLIN };
	char got[HOLDER_TEXT] = "nothing", text[HOLDER_TEXT];
	int fd = -1;

	snprintf(text, sizeof(text), "%s%s", what, of);
	if (poll(&p, 1, 5000) == 1)
		fdpass_recv(manager, got, sizeof(got), &fd);
	CHECK(!strcmp(got, text), "the manager was told \"%s\", not \"%s\"", got, text);
	return fd;
}

static void managed(void)
{
	int fd = bound(PORT);

	kept_open();
	put(fd, PORT);
	kept_settle();
	pluto_waits();
	kept_drop(fd);
	close(fd);
	kept_close();
}

/* What systemd does before it runs the service again. */
static void handed(int fd, int other, bool right)
{
	char pid[16], names[HOLDER_NAME + 8];

	snprintf(pid, sizeof(pid), "%d", getpid() + !right);
	snprintf(names, sizeof(names), "%s:other", name);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", names, 1);
	fd = fcntl(fd, F_DUPFD, 10);
	other = fcntl(other, F_DUPFD, 10);
	dup2(fd, 3);
	dup2(other, 4);
	close(fd);
	close(other);
}

static int stored_fd, other_fd;

static void managed_again(void)
{
	int fd;

	handed(stored_fd, other_fd, true);
	kept_open();
	CHECK(!getenv("LISTEN_FDS") && !getenv("LISTEN_PID") && !getenv("LISTEN_FDNAMES"), "children see it too");
	fd = take(PORT);
	CHECK(fd == 3, "not taken from the manager");
	put(fd, PORT);
	kept_settle();
	CHECK(fcntl(3, F_GETFD) == FD_CLOEXEC && fcntl(4, F_GETFD) < 0, "what nobody wants is open");
	pluto_waits();
}

static void not_for_us(void)
{
	handed(stored_fd, other_fd, false);
	kept_open();
	CHECK(take(PORT) < 0 && fcntl(3, F_GETFD) >= 0, "another process' descriptors");
	handed(stored_fd, other_fd, true);
	setenv("LISTEN_FDS", "2x", 1);
	kept_open();
	CHECK(take(PORT) < 0, "LISTEN_FDS=2x");
	pluto_waits();
}

static void test_manager(void)
{
	int barrier;

	manager_is("notify");
	run(managed);
	stored_fd = told("FDSTORE=1\nFDPOLL=0\nFDNAME=", name);
	CHECK(stored_fd >= 0 && access(pluto.sockets, F_OK), "no descriptor, or a holder beside the manager");
	killed();
	CHECK(taken(PORT), "it died with its pluto");
	other_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	run(managed_again);
	CHECK(told("FDSTOREREMOVE=1\nFDNAME=", "other") < 0, "a descriptor");
	killed();
	run(not_for_us);
	killed();
	close(stored_fd);
	close(other_fd);
	run(managed);
	close(told("FDSTORE=1\nFDPOLL=0\nFDNAME=", name));
	CHECK(write(stop_it, "g", 1) == 1, "it is gone");
	told("FDSTOREREMOVE=1\nFDNAME=", name);
	barrier = told("BARRIER=1", "");
	CHECK(waitpid(running, NULL, WNOHANG) == 0 && barrier >= 0, "it did not wait");
	close(barrier);
	ended(0);
	unsetenv("NOTIFY_SOCKET");
	unit_done("kept/manager");
}

/* A pluto of the manager after one that was started by hand, and killed. */
static void moved(void)
{
	int fd;

	kept_open();
	fd = take(PORT);
	CHECK(fd >= 0, "not kept");
	put(fd, PORT);
	kept_settle();
	pluto_waits();
}

static void test_moved(void)
{
	run(first);
	killed();
	manager_is("notify2");
	run(moved);
	stored_fd = told("FDSTORE=1\nFDPOLL=0\nFDNAME=", name);
	CHECK(frees(PORT + 1), "the holder has more");
	killed();
	CHECK(taken(PORT), "not in the store");
	close(stored_fd);
	CHECK(frees(PORT), "the holder has it, too");
	unsetenv("NOTIFY_SOCKET");
	unit_done("kept/moved");
}

int main(int argc, char **argv)
{
	char sockets[64], rm[80];

	if (argc == 2 && !strcmp(argv[1], HOLDER_ARG))
		return holder_run();
	CHECK(mkdtemp(dir) != NULL, "%s", dir);
	snprintf(at, sizeof(at), "127.%d.%d.77", getpid() >> 8 & 255, getpid() & 255);
	snprintf(name, sizeof(name), "%d-%s-any", PORT, at);
	snprintf(sockets, sizeof(sockets), "%s/sockets", dir);
	pluto.sockets = sockets;
	unsetenv("NOTIFY_SOCKET");
	test_orderly();
	test_killed();
	test_cleanup();
	test_nonsense();
	test_orphan();
	test_manager();
	test_moved();
	snprintf(rm, sizeof(rm), "rm -r %s", dir);
	CHECK(!system(rm), "%s", rm);
	return unit_status();
}
