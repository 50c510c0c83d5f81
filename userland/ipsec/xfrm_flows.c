// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>

#include "xfrm_flows.h"

static bool take_net(struct subnet *net, int family, const xfrm_address_t *addr, unsigned int plen)
{
	struct ip_addr a;

	return addr_from_bytes(&a, family, addr, addr_len(family)) && plen <= addr_bits(family) &&
	       subnet_set(net, &a, plen);
}

/* An outer address; any: not said. */
static void take_outer(struct ip_addr *to, int family, const xfrm_address_t *addr)
{
	if (!addr_from_bytes(to, family, addr, addr_len(family)) || addr_is_any(to))
		memset(to, 0, sizeof(*to));
}

static void take_template(struct xfrm_flow *flow, const struct nlattr *attr)
{
	const struct xfrm_user_tmpl *t = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) < sizeof(*t))
		return;
	flow->ipsec = t->id.proto;
	flow->tunnel = t->mode == XFRM_MODE_TUNNEL;
	flow->optional = t->optional;
	take_outer(&flow->local, t->family, &t->saddr);
	take_outer(&flow->remote, t->family, &t->id.daddr);
}

/* A range is as good as any port. */
static uint16_t port_of(const void *port, const void *mask)
{
	uint16_t p, m;

	memcpy(&p, port, sizeof(p));
	memcpy(&m, mask, sizeof(m));
	return m == 0xffff ? ntohs(p) : 0;
}

bool xfrm_flow_parse(const struct nlmsghdr *nlh, struct xfrm_flow *flow)
{
	const struct xfrm_userpolicy_info *p = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	memset(flow, 0, sizeof(*flow));
	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY || mnl_nlmsg_get_payload_len(nlh) < sizeof(*p) ||
	    p->dir != XFRM_POLICY_OUT)
		return false;
	if (!take_net(&flow->src, p->sel.family, &p->sel.saddr, p->sel.prefixlen_s) ||
	    !take_net(&flow->dst, p->sel.family, &p->sel.daddr, p->sel.prefixlen_d))
		return false;
	flow->proto = p->sel.proto;
	flow->sport = port_of(&p->sel.sport, &p->sel.sport_mask);
	flow->dport = port_of(&p->sel.dport, &p->sel.dport_mask);
	flow->blocked = p->action == XFRM_POLICY_BLOCK;
	mnl_attr_for_each(attr, nlh, sizeof(*p))
		if (mnl_attr_get_type(attr) == XFRMA_TMPL && !flow->ipsec)
			take_template(flow, attr);
	return flow->blocked || flow->ipsec;
}

static int each_policy(void *ctx, const struct nlmsghdr *nlh)
{
	struct xfrm_flows *flows = ctx;
	struct xfrm_flow flow, *bigger;

	if (!xfrm_flow_parse(nlh, &flow))
		return 0;
	bigger = reallocarray(flows->list, flows->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	flows->list = bigger;
	flows->list[flows->n++] = flow;
	return 0;
}

static int each_state(void *ctx, const struct nlmsghdr *nlh)
{
	const struct xfrm_usersa_info *sa = mnl_nlmsg_get_payload(nlh);
	struct xfrm_flows *flows = ctx;
	struct ip_addr dst;
	unsigned int i;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(nlh) < sizeof(*sa) ||
	    !addr_from_bytes(&dst, sa->family, &sa->id.daddr, addr_len(sa->family)))
		return 0;
	for (i = 0; i < flows->n; i++)
		flows->list[i].states += sa->id.proto == flows->list[i].ipsec &&
					 addr_equal(&flows->list[i].remote, &dst);
	return 0;
}

static int dump(struct mnl_socket *nl, uint16_t type, size_t size, int (*each)(void *ctx, const struct nlmsghdr *nlh),
		void *ctx)
{
	static uint32_t seq;
	char buf[NL_REQ];
	struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
	struct nl_ask ask = { .nl = nl, .seq = &seq, .each = each, .ctx = ctx };

	req->nlmsg_type = type;
	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(req, size);
	return nl_talk(&ask, req);
}

int xfrm_flows_read(struct xfrm_flows *flows)
{
	struct mnl_socket *nl;
	int err = nl_open(&nl, NETLINK_XFRM);

	memset(flows, 0, sizeof(*flows));
	if (err)
		return err;
	err = dump(nl, XFRM_MSG_GETPOLICY, sizeof(struct xfrm_userpolicy_id), each_policy, flows);
	if (!err)
		err = dump(nl, XFRM_MSG_GETSA, sizeof(struct xfrm_usersa_id), each_state, flows);
	mnl_socket_close(nl);
	if (err) {
		free(flows->list);
		memset(flows, 0, sizeof(*flows));
	}
	return err;
}

/* ---- and klips ---- */

/* What is behind an end; AF_UNSPEC: nobody knows before it comes. */
static struct subnet client_of(const struct conf_end *end)
{
	struct subnet none = { 0 };

	if (end->subnet.addr.family)
		return end->subnet;
	return end->host == CONF_HOST_ADDR ? subnet_host(&end->addr) : none;
}

static bool overlap(const struct subnet *a, const struct subnet *b)
{
	return subnet_within(a, b) || subnet_within(b, a);
}

static bool port_whole(const struct protoport *pp, uint8_t proto, uint16_t port)
{
	return !pp->proto || (pp->proto == proto && (!pp->port || ntohs(pp->port) == port));
}

static bool port_part(const struct protoport *pp, uint8_t proto, uint16_t port)
{
	return !pp->proto || !proto || (pp->proto == proto && (!pp->port || !port || ntohs(pp->port) == port));
}

static enum xfrm_cover cover_by(const struct xfrm_flow *flow, const struct conf_end *us, const struct conf_end *peer)
{
	struct subnet ours = client_of(us), theirs = client_of(peer);

	if (!ours.addr.family || !theirs.addr.family || !overlap(&ours, &flow->src) || !overlap(&theirs, &flow->dst) ||
	    !port_part(&us->protoport, flow->proto, flow->sport) ||
	    !port_part(&peer->protoport, flow->proto, flow->dport))
		return XFRM_NOT;
	return subnet_within(&ours, &flow->src) && subnet_within(&theirs, &flow->dst) &&
	       port_whole(&us->protoport, flow->proto, flow->sport) &&
	       port_whole(&peer->protoport, flow->proto, flow->dport) ? XFRM_WHOLE : XFRM_PART;
}

enum xfrm_cover xfrm_flow_cover(const struct xfrm_flow *flow, const struct conf *conf, const struct conf_conn **conn)
{
	enum xfrm_cover best = XFRM_NOT, one;
	unsigned int i, us;

	*conn = NULL;
	for (i = 0; i < conf->n_conns; i++) {
		for (us = 0; us < 2 && conf_conn_negotiated(&conf->conns[i]); us++) {
			one = cover_by(flow, &conf->conns[i].end[us], &conf->conns[i].end[!us]);
			/* of two that cover it the one that is loaded by itself */
			if (one < best || one == XFRM_NOT ||
			    (one == best && (*conn)->startup >= conf->conns[i].startup))
				continue;
			best = one;
			*conn = &conf->conns[i];
		}
	}
	return best;
}
