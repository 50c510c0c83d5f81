// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closed.h"
#include "genl.h"
#include "plog.h"

static struct genl klips;
static bool is_open;

static int reach(void)
{
	int err = is_open ? 0 : genl_open(&klips);

	is_open = !err;
	return err;
}

/* -ENOENT: there is no module, or it was not closed; -EOPNOTSUPP: the module knows nothing of it, so nothing is. */
static bool is_wrong(int err)
{
	return err && err != -ENOENT && err != -EOPNOTSUPP;
}

void closed_add(const struct subnet *net)
{
	static bool told;		/* once of a module that knows nothing of it */
	int err = reach();
	char text[SUBNET_TEXT];

	if (!err)
		err = genl_close_net(&klips, net);
	if (err && !(err == -EOPNOTSUPP && told))
		plog(LOG_ERR, NULL, "klips cannot close %s, and nothing but routes keeps packets for it in: %s", subnet_format(net, text),
		     err == -EOPNOTSUPP ? "the module is older than pluto; load the one that came with it" : strerror(-err));
	told |= err == -EOPNOTSUPP;
}

void closed_del(const struct subnet *net)
{
	int err = reach();
	char text[SUBNET_TEXT];

	if (!err)
		err = genl_open_net(&klips, net);
	if (is_wrong(err))
		plog(LOG_ERR, NULL, "klips cannot open %s, so packets for it are dropped until there is a tunnel: %s",
		     subnet_format(net, text), strerror(-err));
}

void closed_sweep(bool (*wanted)(const struct subnet *net))
{
	struct genl_closed *list = NULL;
	size_t n = 0, i;
	int err = reach();

	if (!err)
		err = genl_list_closed(&klips, &list, &n);
	if (is_wrong(err))
		plog(LOG_ERR, NULL, "klips does not say what is closed, and what is so without need stays so (ipsec look): %s",
		     strerror(-err));
	for (i = 0; i < n; i++)
		if (!wanted || !wanted(&list[i].net))
			closed_del(&list[i].net);
	free(list);
}

void closed_end(void)
{
	if (is_open)
		genl_close(&klips);
	is_open = false;
}
