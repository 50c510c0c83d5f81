// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdio.h>

#include "conns.h"
#include "diag.h"
#include "paths.h"

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	complain("%s%s", error ? "" : "warning: ", text);
}

static const char *conf_path(const char *path, char *buf, size_t size)
{
	if (path)
		return path;
	snprintf(buf, size, "%s/ipsec.conf", path_conf_dir());
	return buf;
}

bool conns_read(struct conf *conf, const char *path)
{
	char buf[PATH_MAX];

	return conf_load(conf, conf_path(path, buf, sizeof(buf)), report, NULL) == 0;
}

bool conns_salvage(struct conf *conf, const char *path)
{
	char buf[PATH_MAX];

	return conf_salvage(conf, conf_path(path, buf, sizeof(buf)));
}

int conns_load_one(const struct client *c, const struct conf *conf, enum ctl_type type, const char *name)
{
	const struct conf_conn *conn;
	int status = EXIT_DONE, one;
	unsigned int i, n = 0;

	for (i = 0; i < conf->n_conns; i++) {
		conn = &conf->conns[i];
		if (!conf_named(conn, name))
			continue;
		n++;
		one = conf_check(conf, conn, report, NULL) ? client_ask(c, type, conn, sizeof(*conn), conn->name) : EXIT_CONFIG;
		if (one)
			status = one;
	}
	if (n)
		return status;
	complain("there is no conn \"%s\" in ipsec.conf; expected one of its conns", name);
	return EXIT_NO_SUCH_CONN;
}

/* What auto= asks for beyond loading, 0: nothing. What negotiates nothing can only be routed. */
static enum ctl_type startup_request(const struct conf_conn *conn)
{
	if (conn->startup == CONF_AUTO_ROUTE || (conn->startup == CONF_AUTO_START && !conf_conn_negotiated(conn)))
		return CTL_ROUTE;
	return conn->startup == CONF_AUTO_START ? CTL_UP : 0;
}

void conns_begin(const struct client *c, const struct conf_conn *conn)
{
	enum ctl_type type = startup_request(conn);

	if (type)
		client_ask_name(c, type, conn->name, true);
}

int conns_load_all(const struct client *c, const struct conf *conf)
{
	int status = EXIT_DONE, one;
	unsigned int i;

	for (i = 0; i < conf->n_conns; i++) {
		if (conf->conns[i].startup == CONF_AUTO_IGNORE)
			continue;
		one = client_ask(c, CTL_ADD, &conf->conns[i], sizeof(conf->conns[i]), conf->conns[i].name);
		if (one)
			status = one;
	}
	/* One that cannot be oriented yet comes up, or is routed, by itself when its address appears. */
	for (i = 0; i < conf->n_conns; i++)
		conns_begin(c, &conf->conns[i]);
	/* Only now it is known which far subnets of an earlier run nobody cares for any more. */
	client_ask(c, CTL_LOADED, NULL, 0, NULL);
	return status;
}
