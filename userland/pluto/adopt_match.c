// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "adopt_match.h"

struct flow_sel adopt_reversed(const struct flow_sel *sel)
{
	struct flow_sel back = *sel;

	back.src = sel->dst;
	back.dst = sel->src;
	back.sport = sel->dport;
	back.dport = sel->sport;
	back.sport_mask = sel->dport_mask;
	back.dport_mask = sel->sport_mask;
	return back;
}

static bool inside(const struct subnet *net, const struct subnet *in)
{
	return in->plen <= net->plen && subnet_contains(in, &net->addr);
}

/* All ports of the one are ports of the other. */
static bool port_inside(in_port_t port, in_port_t mask, in_port_t in, in_port_t in_mask)
{
	return !in_mask || ((mask & in_mask) == in_mask && (port & in_mask) == (in & in_mask));
}

static bool lent(const struct subnet *net, const struct ip_addr pool[2])
{
	unsigned int len = addr_len(pool[0].family);

	return net->addr.family == pool[0].family && net->plen == 8 * len &&
	       memcmp(net->addr.u.bytes, pool[0].u.bytes, len) >= 0 && memcmp(net->addr.u.bytes, pool[1].u.bytes, len) <= 0;
}

static bool near_fits(const struct subnet *net, const struct adopt_conn *conn)
{
	return conn->given ? net->plen == addr_bits(net->addr.family) : inside(net, &conn->flow.src);
}

static bool far_fits(const struct subnet *net, const struct adopt_conn *conn, const struct ip_addr *peer)
{
	struct subnet far = conn->flow.dst.addr.family ? conn->flow.dst : subnet_host(peer);

	return conn->chosen || (conn->pool[0].family ? lent(net, conn->pool) : inside(net, &far));
}

static bool sel_fits(const struct flow_sel *sel, const struct adopt_conn *conn, const struct ip_addr *peer)
{
	const struct flow_sel *flow = &conn->flow;

	return near_fits(&sel->src, conn) && far_fits(&sel->dst, conn, peer) && (!flow->proto || flow->proto == sel->proto) &&
	       port_inside(sel->sport, sel->sport_mask, flow->sport, flow->sport_mask) &&
	       port_inside(sel->dport, sel->dport_mask, flow->dport, flow->dport_mask);
}

/*
 * A conn that names its peer comes before one for anybody, one that says which client it has, or lends, before one whose peer
 * chooses, then the longest prefixes, protocol, ports: these are less than 512 together.
 */
static int narrowness(const struct adopt_conn *conn)
{
	const struct flow_sel *f = &conn->flow;

	return (conn->remote.family ? 1024 : 0) + (conn->chosen ? 0 : 512) + f->src.plen + f->dst.plen + !!f->proto + !!f->sport_mask +
	       !!f->dport_mask;
}

int adopt_score(const struct adopt_sa *sa, const struct adopt_conn *conn)
{
	int i;

	if (!sa->n_sels || strcmp(sa->device, conn->device) || !addr_equal(&sa->local, &conn->local) ||
	    (conn->remote.family && !addr_equal(&sa->peer, &conn->remote)))
		return -1;
	for (i = 0; i < sa->n_sels; i++)
		if (!sel_fits(&sa->sels[i], conn, &sa->peer))
			return -1;
	return narrowness(conn);
}
