// SPDX-License-Identifier: GPL-2.0
/* Fail closed: nothing for a conn's far subnets, or for the addresses that it lends, leaves in the clear while it is loaded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conn.h"
#include "iface.h"
#include "pluto.h"

void conn_unshut(struct conn *c)
{
	while (c->n_shut)
		pluto.kernel->unshut(&c->shut[--c->n_shut]);
	free(c->shut);
	c->shut = NULL;
}

/* Nothing for @nets leaves in the clear any more; only then what was shut before may. 0 or -errno and @why. */
static int conn_shut_nets(struct conn *c, const struct subnet *nets, unsigned int n, bool sure, char why[CONN_WHY])
{
	struct subnet *kept = n ? malloc(n * sizeof(*kept)) : NULL;
	unsigned int i;
	int err;

	if (n && !kept) {
		snprintf(why, CONN_WHY, "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		kept[i] = nets[i];
		err = pluto.kernel->shut(&nets[i], sure, why);
		if (!err)
			continue;
		while (i--)
			pluto.kernel->unshut(&nets[i]);
		free(kept);
		return err;
	}
	conn_unshut(c);
	c->shut = kept;
	c->n_shut = n;
	return 0;
}

int conn_shut(struct conn *c, char why[CONN_WHY])
{
	const struct conf_end *peer = &c->conf.end[!c->where.us];
	struct subnet nets[CONF_CLOSED];
	unsigned int n = conf_pool_nets(&peer->pool, nets);

	if (!n) {
		nets[0] = orient_client(peer, &c->where.remote);
		n = nets[0].addr.family != AF_UNSPEC;
	}
	return conn_shut_nets(c, nets, conf_closed(&c->conf) ? n : 0, true, why);
}

int conn_shut_unoriented(struct conn *c, char why[CONN_WHY])
{
	struct local_view view = iface_view();
	struct subnet nets[CONF_CLOSED];
	char missing[CONN_WHY];
	unsigned int n = 0;

	if (conf_closed_at_boot(&c->conf) || (conf_closed(&c->conf) && conn_names_missing(c, missing)))
		n = conf_closed_nets(&c->conf, orient_is_local, &view, nets);
	return conn_shut_nets(c, nets, n, false, why);
}
