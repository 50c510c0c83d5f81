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

int conns_load_one(const struct client *c, const struct conf *conf, enum ctl_type type, const char *name)
{
	const struct conf_conn *conn = conf_find(conf, name);

	if (!conn) {
		complain("there is no conn \"%s\" in ipsec.conf; expected one of its conns", name);
		return EXIT_NO_SUCH_CONN;
	}
	if (!conf_check(conf, conn, report, NULL))
		return EXIT_CONFIG;
	return client_ask(c, type, conn, sizeof(*conn), conn->name);
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
	for (i = 0; i < conf->n_conns; i++)
		if (conf->conns[i].startup == CONF_AUTO_START)
			/* One that cannot be oriented yet comes up by itself when its address appears. */
			client_ask_name(c, CTL_UP, conf->conns[i].name, true);
	/* Only now it is known which far subnets of an earlier run nobody cares for any more. */
	client_ask(c, CTL_LOADED, NULL, 0, NULL);
	return status;
}
