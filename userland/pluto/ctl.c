// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_list.h"
#include "ctl_status.h"
#include "iface.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "resolver.h"

#define CLIENTS 64
#define PATIENCE_MS 30000		/* with one who neither reads nor writes */
#define QUEUE_MAX (1 << 20)		/* bytes of progress that wait for a client */

struct message {
	struct message *next;
	size_t len;
	uint8_t bytes[];
};

struct client {
	struct watch watch;
	struct client *next;
	struct message *first, **last;
	size_t queued;
	uint64_t moved;			/* when it last read or wrote */
	char (*waits_for)[CONF_NAME_MAX]; /* conns whose coming up it waits for, NULL: none */
	unsigned int n_waits;		/* how many have not come up, or failed, yet */
	bool several;			/* it asked for several at once */
	struct ctl_done wrong;		/* of several: what went wrong first */
	bool finished;			/* closed when all is sent */
	bool stops;			/* asked for the end of pluto */
};

static struct watch listener = { .fd = -1 };
static struct client *clients;
static unsigned int n_clients;
static const char *bound_path;

static void client_free(struct client *c)
{
	struct client **at = &clients;
	struct message *m;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	n_clients--;
	while ((m = c->first) != NULL) {
		c->first = m->next;
		free(m);
	}
	loop_del(&c->watch);
	close(c->watch.fd);
	free(c->waits_for);
	free(c);
}

/* Sends what the client takes. False: it is gone. */
static bool flush(struct client *c)
{
	struct message *m;

	while ((m = c->first) != NULL) {
		if (send(c->watch.fd, m->bytes, m->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
				return true;
			return false;
		}
		c->moved = loop_now();
		c->queued -= m->len;
		c->first = m->next;
		free(m);
	}
	return true;
}

static void put(struct client *c, enum ctl_type type, const void *body)
{
	struct ctl_head head = { .magic = CTL_MAGIC, .version = CTL_VERSION, .type = type };
	size_t len = ctl_body_len(type, body);
	struct message *m;

	if (type == CTL_TEXT_LINE && c->queued > QUEUE_MAX)
		return;			/* it does not read: it loses lines, nobody waits */
	m = malloc(sizeof(*m) + sizeof(head) + len);
	if (!m)
		return;
	m->next = NULL;
	m->len = sizeof(head) + len;
	memcpy(m->bytes, &head, sizeof(head));
	memcpy(m->bytes + sizeof(head), body, len);
	if (!c->first) {
		c->last = &c->first;
		c->moved = loop_now();	/* its patience begins with having something to read */
	}
	*c->last = m;
	c->last = &m->next;
	c->queued += m->len;
	loop_change(&c->watch, EPOLLIN | EPOLLOUT);
}

static void put_text(struct client *c, bool error, const char *text)
{
	struct ctl_text t;

	memset(&t, 0, sizeof(t));
	t.error = error;
	snprintf(t.text, sizeof(t.text), "%s", text);
	put(c, CTL_TEXT_LINE, &t);
}

static void put_done(struct client *c, int err, enum ike_reason reason, const char *text)
{
	struct ctl_done d;

	memset(&d, 0, sizeof(d));
	d.err = err;
	d.reason = reason;
	snprintf(d.text, sizeof(d.text), "%s", text ? text : "");
	put(c, CTL_DONE, &d);
	free(c->waits_for);
	c->waits_for = NULL;
	c->finished = true;
}

/* ---- requests ---- */

static void put_status(void *ctx, enum ctl_type type, const void *body)
{
	put(ctx, type, body);
}

static void put_report(void *ctx, bool error, const char *text)
{
	plog(error ? LOG_ERR : LOG_WARNING, NULL, "%s", text);
	put_text(ctx, error, text);
}

/* One of those it waits for is up, or is not: the answer, if it is the last one. */
static void waited(struct client *c, unsigned int at, int err, enum ike_reason reason, const char *text)
{
	char line[CTL_TEXT];
	bool wrong = err || reason != IKE_OK;

	if (!c->several) {
		put_done(c, err, reason, text);
		return;
	}
	snprintf(line, sizeof(line), "\"%s\": %.900s", c->waits_for[at], text);
	put_text(c, wrong, line);
	if (wrong && !c->wrong.err && !c->wrong.reason) {
		c->wrong.err = err;
		c->wrong.reason = reason;
		memcpy(c->wrong.text, line, sizeof(line));
	}
	if (at != --c->n_waits)
		memcpy(c->waits_for[at], c->waits_for[c->n_waits], CONF_NAME_MAX);
	if (!c->n_waits)
		put_done(c, c->wrong.err, c->wrong.reason, c->wrong.text);
}

/* Whether, and where, it waits for @conn: n_waits: it does not. */
static unsigned int waits_at(const struct client *c, const char *conn)
{
	unsigned int i;

	for (i = 0; c->waits_for && conn && i < c->n_waits; i++)
		if (!strcasecmp(c->waits_for[i], conn))
			return i;
	return c->n_waits;
}

static void take_up(struct client *c, const void *body)
{
	const struct ctl_name *name = body;
	char (*names)[CONF_NAME_MAX], why[CTL_WHY] = "", one_why[CONN_WHY];
	unsigned int i, n, at;
	int err = 0, one;

	names = loaded_named(name->name, &n);
	c->waits_for = loaded_named(name->name, &c->n_waits);
	c->several = n > 1;
	for (i = 0; names && c->waits_for && i < n; i++) {
		one = loaded_up(names[i], one_why);
		at = waits_at(c, names[i]);
		if (one && !err)
			memcpy(why, one_why, sizeof(why));
		err = err ? err : one;
		if (one && !name->async && at < c->n_waits)
			waited(c, at, one, IKE_OK, one_why);
	}
	if (!names || (!c->waits_for && !c->finished))
		put_done(c, -ENOMEM, IKE_OK, "out of memory");
	else if (name->async && !c->finished)
		put_done(c, err, IKE_OK, err ? why : "");
	free(names);
	server_pump();
}

/* @fn for the conn, or for all of its pairs: the first error, and why. */
static int for_each_named(const char *name, int (*fn)(const char *name, char why[CONN_WHY]), char why[CTL_WHY])
{
	char (*names)[CONF_NAME_MAX], one_why[CONN_WHY];
	int err = 0, one;
	unsigned int i, n;

	names = loaded_named(name, &n);
	if (!names)
		return -ENOMEM;
	if (n == 1)
		err = fn(names[0], why);
	for (i = 0; n > 1 && i < n; i++) {
		one = fn(names[i], one_why);
		if (!one || err)
			continue;
		err = one;
		snprintf(why, CTL_WHY, "%s: %.400s", names[i], one_why);
	}
	free(names);
	return err;
}

static int rekey_child(const char *name, char why[CONN_WHY])
{
	return loaded_rekey(name, false, why);
}

static void take_status(struct client *c, const void *body)
{
	char why[CTL_WHY] = "";
	int err = ctl_status(body, put_status, c, why);

	put_done(c, err, IKE_OK, why);
}

static void take_list(struct client *c, const void *body)
{
	ctl_list(((const struct ctl_list *)body)->kinds, put_status, c);
	put_done(c, 0, IKE_OK, "");
}

static void take_reread(struct client *c, const void *body)
{
	char text[CTL_WHY];
	int n = server_reread(put_report, c);

	(void)body;
	if (n < 0)
		snprintf(text, sizeof(text), "%s was not loaded, the secrets from before stay", pluto.secrets);
	else
		snprintf(text, sizeof(text), "loaded %d secrets from %s, %u CAs and %u CRLs from %s", n, pluto.secrets,
			 trust_cas(creds_trust()), trust_crls(creds_trust()), pluto.ipsecdir);
	plog(n < 0 ? LOG_ERR : LOG_INFO, NULL, "%s", text);
	put_done(c, n < 0 ? n : 0, IKE_OK, text);
}

static void take_reread_trust(struct client *c, const void *body)
{
	char text[CTL_WHY];
	int err = server_reread_trust(put_report, c);

	(void)body;
	snprintf(text, sizeof(text), "loaded %u CAs and %u CRLs from %s", trust_cas(creds_trust()), trust_crls(creds_trust()),
		 pluto.ipsecdir);
	plog(LOG_INFO, NULL, "%s", text);
	put_done(c, err, IKE_OK, err ? "out of memory" : text);
}

static void take_ready(struct client *c, const void *body)
{
	char why[CTL_WHY] = "";
	int err = iface_refresh(why);

	(void)body;
	resolver_hurry();
	conns_orient();
	put_done(c, err, IKE_OK, err ? why : "");
}

static void find_unoriented(void *ctx, struct conn *conn)
{
	*(bool *)ctx |= !conn->oriented && (conn_names_pending(conn) || (conf_closed(&conn->conf) && !conn->n_shut));
}

/* All of ipsec.conf is loaded, and what nobody cares for has not been removed yet. */
static bool sweep_is_due;

static void sweep(void)
{
	bool unoriented = false;

	/* A conn that waits for its address may own a drop route, and tunnels, from before. */
	loaded_each(find_unoriented, &unoriented);
	if (!unoriented)
		pluto.kernel->loaded();
	sweep_is_due = unoriented;
}

void ctl_oriented(void)
{
	if (sweep_is_due)
		sweep();
}

static void take_loaded(struct client *c, const void *body)
{
	(void)body;
	loaded_all();
	sweep();
	put_done(c, 0, IKE_OK, "");
}

static void take_stop(struct client *c, const void *body)
{
	const struct ctl_stop *stop = body;

	pluto.stopping = true;
	pluto.keep_drop = stop->keep_routes;
	c->stops = true;
}

/* The conn, or the first of its pairs. */
static const char *a_member(const char *name, char buf[CONF_NAME_MAX])
{
	unsigned int n;
	char (*names)[CONF_NAME_MAX] = loaded_named(name, &n);

	snprintf(buf, CONF_NAME_MAX, "%.63s", names ? names[0] : name);
	free(names);
	return buf;
}

static int add(const void *body, char why[CTL_WHY])
{
	return loaded_add(body, why);
}

static int replace(const void *body, char why[CTL_WHY])
{
	return loaded_replace(body, why);
}

static int delete(const void *body, char why[CTL_WHY])
{
	return for_each_named(body, ((const struct ctl_name *)body)->keep_closed ? loaded_delete_closed : loaded_delete, why);
}

/* Pairs have one IKE SA. */
static int rekey_ike(const void *body, char why[CTL_WHY])
{
	char name[CONF_NAME_MAX];

	return loaded_rekey(a_member(body, name), true, why);
}

/* One of three: the result of .each, which is for the conn or all of its pairs, or of .now is the answer; .take answers itself. */
static const struct request {
	int (*each)(const char *name, char why[CONN_WHY]);
	int (*now)(const void *body, char why[CTL_WHY]);
	void (*take)(struct client *c, const void *body);
	bool named;			/* the body is a struct ctl_name */
	bool whole;			/* which has to be a conn's, not an instance's */
} requests[] = {
	[CTL_ADD] = { .now = add },
	[CTL_REPLACE] = { .now = replace },
	[CTL_DELETE] = { .now = delete, .named = true, .whole = true },
	[CTL_UP] = { .take = take_up, .named = true, .whole = true },
	[CTL_DOWN] = { .each = loaded_down, .named = true },
	[CTL_READY] = { .take = take_ready },
	[CTL_REREAD] = { .take = take_reread },
	[CTL_STATUS] = { .take = take_status, .named = true },
	[CTL_LOADED] = { .take = take_loaded },
	[CTL_STOP] = { .take = take_stop },
	[CTL_ROUTE] = { .each = loaded_route, .named = true, .whole = true },
	[CTL_UNROUTE] = { .each = loaded_unroute, .named = true, .whole = true },
	[CTL_REKEY_CHILD] = { .each = rekey_child, .named = true },
	[CTL_REKEY_IKE] = { .now = rekey_ike, .named = true },
	[CTL_LIST] = { .take = take_list },
	[CTL_REREAD_TRUST] = { .take = take_reread_trust },
};

static void refuse_instance(struct client *c, const char *name)
{
	char why[CTL_WHY];

	snprintf(why, sizeof(why), "\"%.80s\" is an instance, which comes and goes with its peer; expected the conn \"%.*s\", or down of the instance",
		 name, (int)conf_base_len(name), name);
	put_done(c, -EINVAL, IKE_OK, why);
}

static void take(struct client *c, int type, void *body)
{
	const struct request *r = (size_t)type < sizeof(requests) / sizeof(requests[0]) ? &requests[type] : &requests[0];
	struct ctl_name *name = body;
	char why[CTL_WHY] = "";
	int err;

	if (r->named)
		name->name[sizeof(name->name) - 1] = '\0';	/* whoever sent it */
	if (r->whole && name->name[conf_base_len(name->name)]) {
		refuse_instance(c, name->name);
	} else if (r->take) {
		r->take(c, body);
	} else if (r->each || r->now) {
		err = r->each ? for_each_named(name->name, r->each, why) : r->now(body, why);
		put_done(c, err, IKE_OK, why);
		server_pump();
	} else {
		put_done(c, -EBADMSG, IKE_OK, "not a request");
	}
}

/* True while the client is there. */
static bool readable(struct client *c)
{
	union {
		struct ctl_head head;
		char bytes[CTL_MSG_MAX];
	} msg;
	ssize_t got = recv(c->watch.fd, &msg, sizeof(msg), MSG_DONTWAIT);
	int type;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!got)
		return false;
	type = ctl_check(&msg, got);
	c->moved = loop_now();
	if (type < 0) {
		put_done(c, type, IKE_OK, type == -EPROTO ? "ipsec and pluto are not of the same version: \"ipsec restart\"" :
			 "malformed request");
		return true;
	}
	if (c->finished || c->waits_for || c->stops)
		return true;		/* one request a connection */
	take(c, type, msg.bytes + sizeof(msg.head));
	return true;
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct client *c = (struct client *)w;

	if ((events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN)) ||
	    (events & EPOLLIN && !readable(c)) || !flush(c)) {
		client_free(c);
		return;
	}
	if (!c->first && c->finished)
		client_free(c);
	else
		loop_change(&c->watch, c->first ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static bool trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

static void accept_ready(struct watch *w, uint32_t events)
{
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	(void)events;
	if (fd < 0)
		return;
	c = n_clients < CLIENTS && trusted(fd) ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		close(fd);
		return;
	}
	c->watch.fd = fd;
	c->watch.ready = client_ready;
	c->moved = loop_now();
	c->next = clients;
	clients = c;
	n_clients++;
	if (loop_add(&c->watch, EPOLLIN))
		client_free(c);
}

/* ---- reports ---- */

void ctl_progress(const char *conn, const char *text)
{
	struct client *c;

	for (c = clients; c; c = c->next)
		if (waits_at(c, conn) < c->n_waits && c->waits_for)
			put_text(c, false, text);
}

void ctl_report(const char *conn, enum ike_report_kind kind, enum ike_reason reason, const char *text)
{
	struct client *c;
	unsigned int at;

	for (c = clients; c; c = c->next) {
		at = waits_at(c, conn);
		if (!c->waits_for || at == c->n_waits)
			continue;
		if (kind == IKE_PROGRESS)
			put_text(c, false, text);
		else if (kind == IKE_UP)
			waited(c, at, 0, IKE_OK, text);
		else
			waited(c, at, 0, kind == IKE_DOWN ? IKE_GONE : reason, text);
	}
}

/* ---- patience ---- */

static bool idle(const struct client *c)
{
	return c->first || !(c->waits_for || c->stops);
}

uint64_t ctl_deadline(void)
{
	uint64_t first = UINT64_MAX;
	struct client *c;

	for (c = clients; c; c = c->next)
		if (idle(c) && c->moved + PATIENCE_MS < first)
			first = c->moved + PATIENCE_MS;
	return first;
}

void ctl_tick(void)
{
	uint64_t now = loop_now();
	struct client *c, *next;

	for (c = clients; c; c = next) {
		next = c->next;
		if (idle(c) && c->moved + PATIENCE_MS <= now)
			client_free(c);
	}
}

/* ---- beginning and end ---- */

int ctl_open(const char *path, char why[CTL_WHY])
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	mode_t mask;
	int err = 0;

	if (strlen(path) >= sizeof(un.sun_path)) {
		snprintf(why, CTL_WHY, "the path of the control socket is too long: %s", path);
		return -ENAMETOOLONG;
	}
	strcpy(un.sun_path, path);
	unlink(path);			/* of a crashed pluto: we hold the lock */
	listener.ready = accept_ready;
	listener.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	if (listener.fd < 0 || bind(listener.fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
	    listen(listener.fd, CLIENTS) < 0)
		err = -errno;
	umask(mask);
	if (!err)
		err = loop_add(&listener, EPOLLIN);
	if (err)
		snprintf(why, CTL_WHY, "cannot make the control socket %s: %s", path, strerror(-err));
	bound_path = err ? NULL : path;
	return err;
}

void ctl_close(void)
{
	struct client *c;

	while ((c = clients) != NULL) {
		if (!c->finished)
			put_done(c, 0, c->stops ? IKE_OK : IKE_GONE, "pluto has ended");
		flush(c);
		/* Who asked for the end sees it when this process is gone, lock and all. */
		if (c->stops)
			clients = c->next;
		else
			client_free(c);
	}
	if (listener.fd >= 0) {
		loop_del(&listener);
		close(listener.fd);
	}
	if (bound_path)
		unlink(bound_path);
}
