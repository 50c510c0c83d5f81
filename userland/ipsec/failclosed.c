// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "failclosed.h"
#include "own_route.h"

struct addrs {
	struct ip_addr *list;
	unsigned int n;
};

struct job {
	struct rtnl rtnl;
	struct addrs local;		/* before the network is up there are none */
	int drop;			/* ifindex of the drop device */
	unsigned int failed;
};

static int each_addr(void *ctx, const struct rtnl_addr *addr)
{
	struct addrs *a = ctx;
	struct ip_addr *bigger = reallocarray(a->list, a->n + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	a->list = bigger;
	a->list[a->n++] = addr->local;
	return 0;
}

static bool is_local(void *ctx, const struct ip_addr *addr)
{
	const struct addrs *a = ctx;
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (addr_equal(&a->list[i], addr))
			return true;
	return false;
}

static bool shut_net(struct job *job, const char *conn, const struct subnet *net)
{
	struct rtnl_route route = drop_route(job->drop), other;
	struct subnet part[2];
	unsigned int n = net_halves(net, part), i;
	char text[SUBNET_TEXT];
	int err;

	for (i = 0; i < n; i++) {
		route.dst = part[i];
		err = own_route_add(&job->rtnl, &route, &other);
		if (!err)
			continue;
		complain("conn %s: cannot make the route to %s on " DROP_DEVICE ", so packets for it may leave in the clear: %s",
			 conn, subnet_format(&part[i], text), err == -EEXIST ? "there is one of the same metric that is not klips'" :
			 rtnl_error(&job->rtnl, err));
		return false;
	}
	return true;
}

static void shut_conn(struct job *job, const struct conf_conn *conn)
{
	struct subnet nets[CONF_CLOSED];
	unsigned int n, i;
	bool ok = true;

	if (!conf_closed_at_boot(conn))
		return;
	n = conf_closed_nets(conn, is_local, &job->local, nets);
	for (i = 0; i < n; i++)
		ok &= shut_net(job, conn->name, &nets[i]);
	job->failed += !ok;
}

static bool any_closed(const struct conf *conf)
{
	unsigned int i;

	for (i = 0; i < conf->n_conns; i++)
		if (conf_closed_at_boot(&conf->conns[i]))
			return true;
	return false;
}

/* 0, or -errno of what nothing can be done without. */
static int prepare(struct job *job)
{
	int err = rtnl_open(&job->rtnl);
	char why[DROP_WHY];

	if (err) {
		complain("cannot open rtnetlink: %s", strerror(-err));
		return err;
	}
	err = rtnl_addrs(&job->rtnl, AF_UNSPEC, each_addr, &job->local);
	if (err)
		complain("cannot read the addresses of this host: %s", rtnl_error(&job->rtnl, err));
	err = drop_device(&job->rtnl, &job->drop);
	if (err)
		complain("%s; packets for the far subnets may leave in the clear",
			 drop_device_why(&job->rtnl, err, why));
	return err;
}

unsigned int failclosed_shut(const struct conf *conf)
{
	struct job job = { .failed = 0 };
	unsigned int i;

	/* A host without such conns needs no drop device. */
	if (!any_closed(conf))
		return 0;
	if (prepare(&job))
		job.failed++;
	for (i = 0; job.drop && i < conf->n_conns; i++)
		shut_conn(&job, &conf->conns[i]);
	free(job.local.list);
	rtnl_close(&job.rtnl);
	return job.failed;
}
