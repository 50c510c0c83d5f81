// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "conns.h"
#include "diag.h"
#include "pluto_words.h"
#include "reload.h"

/* What pluto has. */
struct loaded {
	struct conf conf;		/* its conns only */
	uint32_t pid;
	bool no_memory;
};

struct reload {
	const struct client *c;
	const struct conf *conf;
	struct loaded loaded;
	unsigned int same;
	int status;			/* the first error's */
};

static void take_answer(void *ctx, int type, const void *body)
{
	struct loaded *l = ctx;
	struct conf *conf = &l->conf;
	struct conf_conn *more;

	if (type == CTL_DAEMON)
		l->pid = ((const struct ctl_daemon *)body)->pid;
	if (type != CTL_CONN || ((const struct ctl_conn *)body)->instance)
		return;			/* instances come and go with their peers */
	more = reallocarray(conf->conns, conf->n_conns + 1, sizeof(*more));
	if (!more) {
		l->no_memory = true;
		return;
	}
	conf->conns = more;
	conf->conns[conf->n_conns++] = ((const struct ctl_conn *)body)->conf;
}

static int ask_loaded(const struct client *c, struct loaded *l)
{
	struct client with_answer = { .ctl = c->ctl, .answer = take_answer, .ctx = l };
	int status = client_ask_name(&with_answer, CTL_STATUS, "", false);

	if (!status && l->no_memory) {
		complain("out of memory");
		status = EXIT_ERROR;
	}
	return status;
}

static void failed(struct reload *r, int status)
{
	if (!r->status)
		r->status = status;
}

/* The name that stands in ipsec.conf: of a pair its conn's. */
static const char *family(const struct conf_conn *conn)
{
	return conn->alias[0] ? conn->alias : conn->name;
}

/* conns_load_one() takes all pairs of a conn: the first of them stands for them. */
static bool is_first(const struct conf *conf, unsigned int at)
{
	return !at || strcasecmp(family(&conf->conns[at - 1]), family(&conf->conns[at])) != 0;
}

static bool is_loaded(const struct reload *r, const char *name)
{
	unsigned int i;

	for (i = 0; i < r->loaded.conf.n_conns; i++)
		if (conf_named(&r->loaded.conf.conns[i], name))
			return true;
	return false;
}

/* Every pair of it is there, as it stands in the file. */
static bool is_same(const struct reload *r, const char *name)
{
	const struct conf_conn *there;
	unsigned int i, n = 0;

	for (i = 0; i < r->conf->n_conns; i++) {
		if (!conf_named(&r->conf->conns[i], name))
			continue;
		there = conf_find(&r->loaded.conf, r->conf->conns[i].name);
		if (!there || memcmp(there, &r->conf->conns[i], sizeof(*there)) != 0)
			return false;
		n++;
	}
	for (i = 0; i < r->loaded.conf.n_conns; i++)
		n -= conf_named(&r->loaded.conf.conns[i], name);
	return !n;
}

/* Before others come, who may want its eroutes; what it kept closed stays so until they are there. */
static void unload(struct reload *r, const struct conf_conn *conn)
{
	struct ctl_name name = { .keep_closed = true };
	int status;

	strcpy(name.name, conn->name);
	status = client_ask(r->c, CTL_DELETE, &name, sizeof(name), conn->name);
	failed(r, status);
	if (!status)
		printf("\"%s\": unloaded, ipsec.conf does not have it any more\n", conn->name);
}

/* What the file does not have any more. */
static void unload_gone(struct reload *r)
{
	const struct conf_conn *conn;
	unsigned int i, j;

	for (i = 0; i < r->loaded.conf.n_conns; i++) {
		conn = &r->loaded.conf.conns[i];
		for (j = 0; j < r->conf->n_conns; j++)
			if (!strcasecmp(family(&r->conf->conns[j]), family(conn)))
				break;
		if (j == r->conf->n_conns)
			unload(r, conn);
	}
}

static void begin(const struct reload *r, const char *name)
{
	unsigned int i;

	for (i = 0; i < r->conf->n_conns; i++)
		if (conf_named(&r->conf->conns[i], name))
			conns_begin(r->c, &r->conf->conns[i]);
}

static void load_one(struct reload *r, const struct conf_conn *conn)
{
	const char *name = family(conn);
	bool there = is_loaded(r, name);
	int status;

	if (!there && conn->startup == CONF_AUTO_IGNORE)
		return;
	if (there && is_same(r, name)) {
		r->same++;
		return;
	}
	status = conns_load_one(r->c, r->conf, there ? CTL_REPLACE : CTL_ADD, name);
	failed(r, status);
	if (status)
		return;
	printf("\"%s\": %s\n", name, there ? "changed, loaded anew" : "loaded");
	fflush(stdout);
	begin(r, name);
}

/* pluto has "config setup" from its command line. */
static void check_setup(const struct reload *r)
{
	static char there[16384];
	struct words words = { .n = 0 };
	size_t at, len;
	unsigned int i;
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/cmdline", r->loaded.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, there, sizeof(there) - 1);
	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return;
	/* How it was called, and whether it went to the background, is not of "config setup". */
	at = strlen(there) + 1;
	if (at < (size_t)got && !strcmp(there + at, "--nofork"))
		at += strlen("--nofork") + 1;
	pluto_words(&words, &r->conf->setup, false);
	for (i = 1; i < words.n && at < (size_t)got; i++, at += len) {
		len = strlen(there + at) + 1;
		if (strcmp(there + at, words.list[i]) != 0)
			break;
	}
	if (i < words.n || at < (size_t)got)
		complain("warning: \"config setup\" is not what pluto was started with; \"ipsec restart\" makes it count");
}

int reload_conns(const struct client *c, const struct conf *conf)
{
	struct reload r = { .c = c, .conf = conf };
	unsigned int i;

	r.status = ask_loaded(c, &r.loaded);
	if (r.status)
		goto out;
	/* First, for those that come up anew. */
	failed(&r, client_ask(c, CTL_REREAD, NULL, 0, NULL));
	unload_gone(&r);
	for (i = 0; i < conf->n_conns; i++)
		if (is_first(conf, i))
			load_one(&r, &conf->conns[i]);
	failed(&r, client_ask(c, CTL_LOADED, NULL, 0, NULL));
	printf("%u conn%s as before\n", r.same, r.same == 1 ? "" : "s");
	check_setup(&r);
out:
	free(r.loaded.conf.conns);
	return r.status;
}
