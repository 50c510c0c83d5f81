// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conn.h"
#include "loop.h"
#include "plog.h"
#include "privileges.h"
#include "resolver.h"
#include "process.h"

#define ADDRS 8				/* of a name that are tried */
#define RUNNING 8			/* processes at once */
#define LIMIT_MS 30000			/* that one may take */
#define FIRST_MS 5000			/* from a failure to the next try, doubled each time up to: */
#define LAST_MS 60000
#define STALE_MS 60000			/* a name without a tunnel is looked up again so often, and one of no conn is forgotten */

/* What the process says, in one write; of the same program. */
struct answer {
	int32_t error;			/* EAI_* */
	int32_t error_sys;		/* errno, with EAI_SYSTEM */
	uint32_t n;
	struct ip_addr addr[ADDRS];
};

struct peer_name {
	struct peer_name *next;
	unsigned int users;
	char text[CONF_HOST_NAME];
	int family;
	struct answer known;		/* the last that was no failure */
	unsigned int current;		/* of known.addr[] */
	char failure[256];		/* of the last try, "": it was none */
	unsigned int failures;		/* in a row */
	bool silent;			/* nobody answers at the current one */
	bool trusted;			/* a tunnel stands there */
	uint64_t next_at;		/* of the next try; UINT64_MAX: none is planned */
	uint64_t asked_at;
	struct watch output;		/* of the process; fd -1: there is none */
	pid_t pid;
};

static struct peer_name *names;
static unsigned int running;

/* ---- the process ---- */

static void take_result(struct answer *a, const struct addrinfo *list)
{
	struct ip_addr addr;
	in_port_t port;
	unsigned int i;

	for (; list && a->n < ADDRS; list = list->ai_next) {
		memset(&addr, 0, sizeof(addr));
		if (!addr_from_sockaddr(&addr, &port, list->ai_addr, list->ai_addrlen) || addr_is_any(&addr))
			continue;
		for (i = 0; i < a->n && !addr_equal(&a->addr[i], &addr); i++)
			;
		if (i == a->n)
			a->addr[a->n++] = addr;
	}
}

int resolver_run(const char *name, const char *family)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_family = *family == '6' ? AF_INET6 : AF_INET }, *list = NULL;
	struct answer a;

	prctl(PR_SET_NAME, "ipsec-names");
	privileges_drop();
	memset(&a, 0, sizeof(a));
	a.error = getaddrinfo(name, NULL, &hints, &list);
	a.error_sys = errno;
	if (!a.error)
		take_result(&a, list);
	return write(STDOUT_FILENO, &a, sizeof(a)) == sizeof(a) ? 0 : 1;
}

/* ---- what becomes of its answer ---- */

static uint64_t pause_after(unsigned int failures)
{
	uint64_t ms = FIRST_MS;

	while (--failures && ms < LAST_MS)
		ms *= 2;
	return ms < LAST_MS ? ms : LAST_MS;
}

static void failed(struct peer_name *n, const char *why)
{
	bool news = strcmp(n->failure, why);

	snprintf(n->failure, sizeof(n->failure), "%s", why);
	n->failures++;
	n->next_at = loop_now() + pause_after(n->failures);
	if (news)
		plog(LOG_WARNING, NULL, "cannot find the address of %s: %s; it is looked up again after %u s, and so on", n->text, why,
		     (unsigned int)(pause_after(n->failures) / 1000));
}

static bool loopback(const struct ip_addr *addr)
{
	return addr->family == AF_INET ? addr->u.bytes[0] == 127 : IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)addr->u.bytes);
}

/* /etc/hosts of many hosts has their own name there, which is no end of a tunnel. */
static void without_loopback(struct answer *a)
{
	unsigned int i, n = 0;

	for (i = 0; i < a->n; i++)
		if (!loopback(&a->addr[i]))
			a->addr[n++] = a->addr[i];
	a->n = n;
}

static bool answer_ok(const struct answer *a, int family)
{
	unsigned int i;

	if (a->n > ADDRS)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->addr[i].family != family)
			return false;
	return true;
}

/* Of the new ones: the one that is in use, the one behind it where that is silent, else the first. */
static unsigned int choose(const struct peer_name *n, const struct answer *a)
{
	unsigned int i;

	for (i = 0; n->known.n && i < a->n; i++)
		if (addr_equal(&a->addr[i], &n->known.addr[n->current]))
			return n->silent ? (i + 1) % a->n : i;
	return 0;
}

static void found(struct peer_name *n, const struct answer *a)
{
	struct ip_addr before = n->known.n ? n->known.addr[n->current] : (struct ip_addr){ 0 };
	unsigned int current = choose(n, a);
	char text[ADDR_TEXT], old[ADDR_TEXT];

	n->known = *a;
	n->current = current;
	n->failure[0] = '\0';
	n->failures = 0;
	n->silent = false;
	n->next_at = n->trusted ? UINT64_MAX : loop_now() + STALE_MS;
	if (addr_equal(&before, &a->addr[current]))
		return;
	addr_format(&a->addr[current], text);
	if (before.family)
		plog(LOG_NOTICE, NULL, "%s is %s now, and no longer %s", n->text, text, addr_format(&before, old));
	else
		plog(LOG_INFO, NULL, "%s is %s%s", n->text, text, a->n > 1 ? ", the first of its addresses" : "");
}

static const char *other_family(const struct peer_name *n)
{
	return n->family == AF_INET ? " (of IPv4; hostaddrfamily=ipv6 looks for IPv6)" : " (of IPv6)";
}

static void take_answer(struct peer_name *n, struct answer *a)
{
	bool all_loopback = a->n;
	char why[200];

	if (a->error) {
		snprintf(why, sizeof(why), "%s%s", a->error == EAI_SYSTEM ? strerror(a->error_sys) : gai_strerror(a->error),
			 a->error == EAI_NODATA || a->error == EAI_ADDRFAMILY ? other_family(n) : "");
		failed(n, why);
		return;
	}
	without_loopback(a);
	if (a->n)
		found(n, a);
	else
		failed(n, all_loopback ? "it has loopback addresses only; look at /etc/hosts" : "it has no address that a host may have");
}

/* ---- the process, from outside ---- */

static void end_process(struct peer_name *n)
{
	if (n->output.fd < 0)
		return;
	loop_del(&n->output);
	close(n->output.fd);
	n->output.fd = -1;
	running--;
	kill(-n->pid, SIGKILL);
	waitpid(n->pid, NULL, 0);
}

static void name_ready(struct watch *w, uint32_t events)
{
	struct peer_name *n = (struct peer_name *)((char *)w - offsetof(struct peer_name, output));
	struct answer a;
	ssize_t got = read(w->fd, &a, sizeof(a));

	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	end_process(n);
	if (got == sizeof(a) && answer_ok(&a, n->family))
		take_answer(n, &a);
	else
		failed(n, "the process that looks it up ended without an answer");
	conns_orient();
}

static int start(struct peer_name *n)
{
	char *argv[] = { "ipsec-names", RESOLVER_ARG, n->text, n->family == AF_INET6 ? "6" : "4", NULL }, *envp[] = { NULL };
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	err = process_start("/proc/self/exe", argv, envp, fds[1], -1, &n->pid);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	n->output.fd = fds[0];
	n->output.ready = name_ready;
	running++;
	err = loop_add(&n->output, EPOLLIN);
	if (err)
		end_process(n);
	return err;
}

/* False: it has failed already. */
static bool ask(struct peer_name *n)
{
	int err = start(n);

	n->asked_at = loop_now();
	n->next_at = n->asked_at + LIMIT_MS;
	if (err)
		failed(n, strerror(-err));
	return !err;
}

/* ---- names ---- */

static void ask_soon(struct peer_name *n)
{
	uint64_t soonest = n->asked_at + FIRST_MS, now = loop_now();

	if (n->output.fd < 0 && n->next_at > soonest)
		n->next_at = soonest > now ? soonest : now;
}

struct peer_name *resolver_get(const char *name, int family)
{
	struct peer_name *n = names;

	while (n && (n->family != family || strcasecmp(n->text, name) != 0))
		n = n->next;
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return NULL;
		snprintf(n->text, sizeof(n->text), "%s", name);
		n->family = family;
		n->output.fd = -1;
		n->next_at = loop_now();
		n->next = names;
		names = n;
	} else if (!n->users) {
		n->next_at = loop_now();
	} else if (!n->known.n) {
		ask_soon(n);		/* who loads a conn anew may have mended it */
	}
	n->users++;
	return n;
}

static void forget(struct peer_name *name)
{
	struct peer_name **at = &names;

	while (*at != name)
		at = &(*at)->next;
	*at = name->next;
	end_process(name);
	free(name);
}

void resolver_put(struct peer_name *name)
{
	if (!name || --name->users)
		return;
	end_process(name);
	name->trusted = name->silent = false;
	name->next_at = loop_now() + STALE_MS;
}

static unsigned int seconds_to(uint64_t at)
{
	uint64_t now = loop_now();

	return at > now ? (at - now + 999) / 1000 : 0;
}

struct ip_addr resolver_address(const struct peer_name *n, bool (*is_local)(void *ctx, const struct ip_addr *addr), void *ctx,
				char why[RESOLVER_WHY])
{
	struct ip_addr none = { 0 };
	unsigned int i;

	for (i = 0; i < n->known.n; i++)
		if (is_local(ctx, &n->known.addr[i]))
			return n->known.addr[i];
	if (n->known.n)
		return n->known.addr[n->current];
	if (n->failure[0] && n->output.fd < 0)
		snprintf(why, RESOLVER_WHY, "cannot find the address of %s: %.100s; it is looked up again in %u s", n->text, n->failure,
			 seconds_to(n->next_at));
	else if (n->failure[0])
		snprintf(why, RESOLVER_WHY, "cannot find the address of %s: %.100s; it is being looked up again", n->text, n->failure);
	else
		snprintf(why, RESOLVER_WHY, "the address of %s is being looked up", n->text);
	return none;
}

bool resolver_pending(const struct peer_name *n)
{
	return !n->known.n && !n->failure[0];
}

void resolver_trust(struct peer_name *n)
{
	n->trusted = true;
	n->silent = false;
	end_process(n);
	n->next_at = UINT64_MAX;
}

void resolver_doubt(struct peer_name *n, bool silent)
{
	n->trusted = false;
	n->silent |= silent;
	ask_soon(n);
}

void resolver_hurry(void)
{
	struct peer_name *n;

	for (n = names; n; n = n->next)
		if (n->users && !n->known.n && n->output.fd < 0)
			n->next_at = loop_now();
}

/* ---- time ---- */

uint64_t resolver_deadline(void)
{
	uint64_t first = UINT64_MAX;
	struct peer_name *n;

	for (n = names; n; n = n->next)
		if (n->next_at < first && (n->output.fd >= 0 || running < RUNNING || !n->users))
			first = n->next_at;
	return first;
}

void resolver_tick(void)
{
	uint64_t now = loop_now();
	struct peer_name *n, *next;
	bool news = false;

	for (n = names; n; n = next) {
		next = n->next;
		if (n->next_at > now)
			continue;
		if (!n->users) {
			forget(n);
		} else if (n->output.fd >= 0) {
			end_process(n);
			failed(n, "no answer from the name servers");
			news = true;
		} else if (running < RUNNING) {
			news |= !ask(n);
		}
	}
	if (news)
		conns_orient();
}

void resolver_close(void)
{
	while (names)
		forget(names);
}
