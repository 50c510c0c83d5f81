// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "plog.h"
#include "process.h"
#include "updown.h"

#define RUNNING 16			/* programs at once */
#define WAITING 16384			/* calls that wait for their turn */
#define LIMIT_MS 30000			/* that a call may take */
#define LINES 100			/* of a call's output that are logged */
#define WORDS 16

/* A call that is to be made, or is under way. */
struct call {
	struct call *next;
	char conn[CONF_INSTANCE_MAX];
	char verb[UPDOWN_VERB];
	char command[CONF_PATH_MAX];
	size_t env_len;
	char env[];			/* as in struct updown_env */
};

/* A process; pid 0: none. */
struct run {
	struct watch output, end;	/* its stdout and stderr; its pidfd */
	struct call *call;
	pid_t pid;
	uint64_t until;
	bool killed;
	unsigned int lines;
	char line[512];			/* that has not ended yet */
	size_t len;
};

/* What the program was told of a conn, and is to be told of its end. */
struct hook {
	struct hook *next;
	char conn[CONF_INSTANCE_MAX];
	bool trapped;			/* routed without a tunnel */
	unsigned int children;
	bool routed, up;		/* it was told so */
	char command[CONF_PATH_MAX];
	struct updown_env env;
	char verbs[UPDOWN_UNROUTE + 1][UPDOWN_VERB];
};

struct carrier {
	struct carrier *next;
	uint32_t serial;
	char conn[CONF_INSTANCE_MAX];
};

static struct hook *hooks;
static struct carrier *carriers;
static struct call *calls, **calls_last = &calls;
static unsigned int n_calls;
static struct run runs[RUNNING];

/* ---- one process ---- */

static void say(struct run *r)
{
	r->line[r->len] = '\0';
	r->len = 0;
	if (++r->lines <= LINES)
		plog(LOG_INFO, r->call->conn, "updown %s: %s", r->call->verb, r->line);
	else if (r->lines == LINES + 1)
		plog(LOG_WARNING, r->call->conn, "updown %s: says more than %u lines; the rest is not shown", r->call->verb, LINES);
}

static void take_output(struct run *r, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (r->len && (text[i] == '\n' || r->len == sizeof(r->line) - 1))
			say(r);
		if (text[i] != '\n')
			r->line[r->len++] = text[i];
	}
}

static void close_watch(struct watch *w)
{
	if (w->fd < 0)
		return;
	loop_del(w);
	close(w->fd);
	w->fd = -1;
}

/* A little at a time: who writes for ever must not keep anybody. */
static void output_ready(struct watch *w, uint32_t events)
{
	struct run *r = (struct run *)((char *)w - offsetof(struct run, output));
	char text[4096];
	ssize_t got = read(w->fd, text, sizeof(text));

	(void)events;
	if (got > 0)
		take_output(r, text, got);
	else if (!got || errno != EAGAIN)
		close_watch(w);
}

static void tell_end(const struct run *r, const siginfo_t *info)
{
	const struct call *c = r->call;

	if (r->killed)
		plog(LOG_ERR, c->conn, "updown %s: %s took more than %u s and was killed", c->verb, c->command, LIMIT_MS / 1000);
	else if (info->si_code != CLD_EXITED)
		plog(LOG_ERR, c->conn, "updown %s: %s was ended by signal %d", c->verb, c->command, info->si_status);
	else
		plog(info->si_status ? LOG_ERR : LOG_INFO, c->conn, "updown %s: %s exited with status %d", c->verb, c->command,
		     info->si_status);
}

/* Whoever it has left behind may keep the pipe: what is in it now is read, and no more. */
static void end_ready(struct watch *w, uint32_t events)
{
	struct run *r = (struct run *)((char *)w - offsetof(struct run, end));
	siginfo_t info = { 0 };
	unsigned int i;

	(void)events;
	if (waitid(P_PID, r->pid, &info, WEXITED | WNOHANG) < 0 || !info.si_pid)
		return;
	for (i = 0; i < 16 && r->output.fd >= 0; i++)
		if (poll(&(struct pollfd){ .fd = r->output.fd, .events = POLLIN }, 1, 0) == 1)
			output_ready(&r->output, 0);
	if (r->len)
		say(r);
	tell_end(r, &info);
	close_watch(&r->output);
	close_watch(w);
	free(r->call);
	memset(r, 0, sizeof(*r));
	updown_tick();
}

/* "PATH WORD WORD" in words; @text is changed. */
static void split(char *text, char *argv[WORDS + 1])
{
	unsigned int n = 0;
	char *rest;

	for (text = strtok_r(text, " \t", &rest); text && n < WORDS; text = strtok_r(NULL, " \t", &rest))
		argv[n++] = text;
	argv[n] = NULL;
}

static void split_env(struct call *c, char *envp[UPDOWN_VARS + 3])
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char verb_var[UPDOWN_VERB + 16];
	unsigned int n = 0;
	size_t at;

	snprintf(verb_var, sizeof(verb_var), "PLUTO_VERB=%s", c->verb);
	envp[n++] = path;
	envp[n++] = verb_var;
	for (at = 0; at < c->env_len && n < UPDOWN_VARS + 2; at += strlen(c->env + at) + 1)
		envp[n++] = c->env + at;
	envp[n] = NULL;
}

/* What it says and what it complains of are heard. */
static int run_it(struct run *r, int pipe_end)
{
	char command[CONF_PATH_MAX], *argv[WORDS + 1], *envp[UPDOWN_VARS + 3];

	strcpy(command, r->call->command);
	split(command, argv);
	split_env(r->call, envp);
	return process_start(argv[0], argv, envp, pipe_end, pipe_end, &r->pid);
}

static int watch_it(struct run *r, int fd)
{
	int err;

	r->output.fd = fd;
	r->output.ready = output_ready;
	r->end.fd = pidfd_open(r->pid, 0);
	r->end.ready = end_ready;
	if (r->end.fd < 0)
		return -errno;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	err = loop_add(&r->end, EPOLLIN);
	if (!err && loop_add(&r->output, EPOLLIN)) {
		close(r->output.fd);	/* it is run, and not heard */
		r->output.fd = -1;
	}
	return err;
}

/* What cannot even be started is told, and is over. */
static void start(struct run *r, struct call *call)
{
	int fds[2], err = pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;

	r->call = call;
	if (!err) {
		err = run_it(r, fds[1]);
		close(fds[1]);
		if (err)
			close(fds[0]);
	}
	if (!err) {
		r->until = loop_now() + LIMIT_MS;
		err = watch_it(r, fds[0]);
		if (!err)
			return;
		kill(-r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
		close(fds[0]);
		if (r->end.fd >= 0)
			close(r->end.fd);
	}
	plog(LOG_ERR, call->conn, "updown %s: cannot run %s: %s", call->verb, call->command, strerror(-err));
	free(call);
	memset(r, 0, sizeof(*r));
}

/* ---- turns: of a conn one at a time, in their order ---- */

static bool runs_now(const char *conn)
{
	unsigned int i;

	for (i = 0; i < RUNNING; i++)
		if (runs[i].call && !strcasecmp(runs[i].call->conn, conn))
			return true;
	return false;
}

static struct call *next_call(void)
{
	struct call **at = &calls, *c;

	while (*at && runs_now((*at)->conn))
		at = &(*at)->next;
	c = *at;
	if (!c)
		return NULL;
	*at = c->next;
	if (!*at)
		calls_last = at;
	n_calls--;
	return c;
}

static void start_all(void)
{
	struct call *c;
	unsigned int i;

	for (i = 0; i < RUNNING; i++) {
		while (!runs[i].call) {
			c = next_call();
			if (!c)
				return;
			start(&runs[i], c);
		}
	}
}

static void call_add(const struct hook *h, enum updown_event event)
{
	struct call *c = n_calls < WAITING ? malloc(sizeof(*c) + h->env.len) : NULL;

	if (!c) {
		plog(LOG_ERR, h->conn, "updown %s: not called: %s", h->verbs[event],
		     n_calls < WAITING ? "out of memory" : "too many calls wait");
		return;
	}
	c->next = NULL;
	strcpy(c->conn, h->conn);
	strcpy(c->verb, h->verbs[event]);
	strcpy(c->command, h->command);
	c->env_len = h->env.len;
	memcpy(c->env, h->env.text, h->env.len);
	*calls_last = c;
	calls_last = &c->next;
	n_calls++;
}

/* ---- conns ---- */

static struct hook **hook_at(const char *conn)
{
	struct hook **at = &hooks;

	while (*at && strcasecmp((*at)->conn, conn))
		at = &(*at)->next;
	return at;
}

/* @name: of @conn, or of an instance of it. */
static struct hook *hook_get(const struct conn *conn, const char *name)
{
	struct hook **at = hook_at(name), *h = *at;

	if (h || !conn->conf.end[conn->where.us].updown[0])
		return h;
	h = calloc(1, sizeof(*h));
	if (!h) {
		plog(LOG_ERR, conn->conf.name, "updown: out of memory");
		return NULL;
	}
	snprintf(h->conn, sizeof(h->conn), "%s", name);
	*at = h;
	return h;
}

/* As it is now; its end may come when the conn is gone. */
static void hook_learn(struct hook *h, const struct conn *conn, const struct ike_child *child)
{
	unsigned int i;

	strcpy(h->command, conn->conf.end[conn->where.us].updown);
	for (i = 0; i <= UPDOWN_UNROUTE; i++)
		updown_verb(i, conn, child, h->verbs[i]);
	updown_env_make(&h->env, conn, child);
}

/* Tells what changed. The hook may be gone afterwards. */
static void hook_tell(struct hook *h)
{
	bool routed = h->trapped || h->children, up = h->children;

	if (routed && !h->routed) {
		call_add(h, UPDOWN_PREPARE);
		call_add(h, UPDOWN_ROUTE);
	}
	if (up && !h->up)
		call_add(h, UPDOWN_UP);
	if (!up && h->up)
		call_add(h, UPDOWN_DOWN);
	if (!routed && h->routed)
		call_add(h, UPDOWN_UNROUTE);
	h->routed = routed;
	h->up = up;
	if (!routed) {
		*hook_at(h->conn) = h->next;
		free(h);
	}
	start_all();
}

void updown_routed(const struct conn *conn, bool routed)
{
	struct hook *h = routed ? hook_get(conn, conn->conf.name) : *hook_at(conn->conf.name);

	if (!h)
		return;
	if (routed && !h->routed)
		hook_learn(h, conn, NULL);
	h->trapped = routed;
	hook_tell(h);
}

void updown_child_up(const struct conn *conn, const struct ike_child *child)
{
	struct hook *h = hook_get(conn, child->conn);
	struct carrier *c = h ? calloc(1, sizeof(*c)) : NULL;

	if (!h)
		return;
	if (!c) {
		plog(LOG_ERR, conn->conf.name, "updown: out of memory");
		hook_tell(h);
		return;
	}
	c->serial = child->child;
	strcpy(c->conn, h->conn);
	c->next = carriers;
	carriers = c;
	if (!h->up)
		hook_learn(h, conn, child);
	h->children++;
	hook_tell(h);
}

void updown_child_down(uint32_t serial)
{
	struct carrier **at = &carriers, *c;
	struct hook *h;

	while (*at && (*at)->serial != serial)
		at = &(*at)->next;
	c = *at;
	if (!c)
		return;
	*at = c->next;
	h = *hook_at(c->conn);
	free(c);
	if (!h)
		return;
	h->children--;
	hook_tell(h);
}

/* ---- time ---- */

uint64_t updown_deadline(void)
{
	uint64_t first = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < RUNNING; i++)
		if (runs[i].call && !runs[i].killed && runs[i].until < first)
			first = runs[i].until;
	return first;
}

void updown_tick(void)
{
	unsigned int i;

	for (i = 0; i < RUNNING; i++) {
		if (!runs[i].call || runs[i].killed || runs[i].until > loop_now())
			continue;
		runs[i].killed = true;
		kill(-runs[i].pid, SIGKILL);
	}
	start_all();
}

bool updown_busy(void)
{
	unsigned int i;

	for (i = 0; i < RUNNING; i++)
		if (runs[i].call)
			return true;
	return calls != NULL;
}

void updown_end(void)
{
	struct call *c;
	unsigned int i;

	for (i = 0; i < RUNNING; i++) {
		if (!runs[i].call)
			continue;
		plog(LOG_WARNING, runs[i].call->conn, "updown %s: %s runs still while pluto ends: killed", runs[i].call->verb,
		     runs[i].call->command);
		kill(-runs[i].pid, SIGKILL);
	}
	while ((c = calls) != NULL) {
		plog(LOG_WARNING, c->conn, "updown %s: not called: pluto ends", c->verb);
		calls = c->next;
		free(c);
	}
	calls_last = &calls;
	n_calls = 0;
}
