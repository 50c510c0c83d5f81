// SPDX-License-Identifier: GPL-2.0
/* Sysctls, routes and rules that would meet a conn's packets. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "nat_rules.h"
#include "own_route.h"
#include "verify.h"

/* The device below a pair of interfaces=; "": there is no default route. */
static void physical(struct verify *v, const struct conf_pair *pair, char name[KLIPS_IFNAMSIZ])
{
	struct rtnl_route route;
	struct rtnl_link link;
	static const char * const any[] = { "192.0.2.255", "2001:db8::ffff" };	/* any address of nobody's network */
	struct ip_addr addr;
	unsigned int i;

	strcpy(name, pair->phys);
	for (i = 0; i < 2 && !name[0]; i++)
		if (!addr_parse(any[i], AF_UNSPEC, &addr) && !rtnl_route_get(&v->rtnl, &addr, NULL, &route) &&
		    !rtnl_link_get_index(&v->rtnl, route.oif, &link))
			strcpy(name, link.name);
}

static void devices(struct verify *v)
{
	char phys[KLIPS_IFNAMSIZ];
	struct rtnl_link link;
	uint32_t i;

	for (i = 0; i < v->conf.setup.n_pairs; i++) {
		physical(v, &v->conf.setup.pairs[i], phys);
		if (!phys[0])
			verify_say(v, VERIFY_FAILED, "device", "Devices of interfaces=", "%s=%%defaultroute, and there is no default route: name a device",
				   v->conf.setup.pairs[i].virt);
		else if (rtnl_link_get(&v->rtnl, phys, &link))
			verify_say(v, VERIFY_FAILED, "device", "Devices of interfaces=", "%s=%s, and there is no device %s: see \"ip link\"",
				   v->conf.setup.pairs[i].virt, phys, phys);
		else if (!(link.flags & IFF_UP))
			verify_say(v, VERIFY_WARNING, "device", "Devices of interfaces=", "%s is down: ip link set %s up", phys, phys);
		else
			verify_say(v, VERIFY_OK, "device", "Devices of interfaces=", "%s above %s", v->conf.setup.pairs[i].virt, phys);
	}
}

/* The first conn with a subnet of @family behind this host; NULL: none. */
static const char *conn_behind(struct verify *v, int family)
{
	const struct conf_conn *conn = v->conf.conns;
	unsigned int i, us;

	for (i = 0; i < v->conf.n_conns; i++, conn++) {
		us = verify_us(v, conn);
		if (us < 2 && conn->end[us].subnet.addr.family == family && !verify_is_local(v, &conn->end[us].subnet.addr))
			return conn->name;
	}
	return NULL;
}

/* A gateway forwards. */
static void forwarding(struct verify *v)
{
	static const struct {
		int family;
		const char *file, *name;
	} both[] = {
		{ AF_INET, "/proc/sys/net/ipv4/ip_forward", "net.ipv4.ip_forward" },
		{ AF_INET6, "/proc/sys/net/ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding" },
	};
	unsigned int i, bad = 0, any = 0;
	const char *conn;

	for (i = 0; i < 2; i++) {
		conn = conn_behind(v, both[i].family);
		any += conn != NULL;
		if (!conn || file_number(both[i].file, 0))
			continue;
		bad++;
		verify_say(v, VERIFY_FAILED, "forwarding", "IP forwarding",
			   "conn %s has a subnet behind this host, and nothing is forwarded: sysctl -w %s=1, and the same in /etc/sysctl.d",
			   conn, both[i].name);
	}
	if (!any)
		verify_say(v, VERIFY_NA, "forwarding", "IP forwarding", "no conn has a subnet behind this host");
	else if (!bad)
		verify_say(v, VERIFY_OK, "forwarding", "IP forwarding", NULL);
}

static long of_device(const char *what, const char *device)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", device, what);
	return file_number(path, 0);
}

/* The way to the peer by another device than the one that its packets come by. */
static void rp_filter_conn(struct verify *v, const struct conf_conn *conn, unsigned int *bad)
{
	unsigned int us = verify_us(v, conn);
	const struct conf_end *peer = &conn->end[us == 0];
	struct rtnl_route route;
	struct rtnl_link link;
	uint32_t i;
	char phys[KLIPS_IFNAMSIZ];
	long all = of_device("rp_filter", "all"), own;

	if (us > 1 || peer->host != CONF_HOST_ADDR || peer->addr.family != AF_INET ||
	    rtnl_route_get(&v->rtnl, &peer->addr, NULL, &route) || rtnl_link_get_index(&v->rtnl, route.oif, &link))
		return;
	for (i = 0; i < v->conf.setup.n_pairs; i++) {
		physical(v, &v->conf.setup.pairs[i], phys);
		own = phys[0] ? of_device("rp_filter", phys) : 0;
		if (!phys[0] || !strcmp(phys, link.name) || (own > all ? own : all) != 1 || v->conf.setup.n_pairs > 1)
			continue;
		++*bad;
		verify_say(v, VERIFY_FAILED, "rp_filter", "Reverse path filter",
			   "the peer of conn %s is routed to %s, so rp_filter=1 drops what it sends to %s: mend the route, or sysctl -w net.ipv4.conf.%s.rp_filter=2",
			   conn->name, link.name, phys, phys);
	}
}

static void rp_filter(struct verify *v)
{
	unsigned int i, bad = 0;

	for (i = 0; i < v->conf.n_conns; i++)
		rp_filter_conn(v, &v->conf.conns[i], &bad);
	if (!bad)
		verify_say(v, VERIFY_OK, "rp_filter", "Reverse path filter", NULL);
}

/* A host in front of a tunnel that tells others, or is told, of ways around it. */
static void redirects(struct verify *v)
{
	char phys[KLIPS_IFNAMSIZ], text[256] = "";
	uint32_t i;

	for (i = 0; i < v->conf.setup.n_pairs; i++) {
		physical(v, &v->conf.setup.pairs[i], phys);
		if (!phys[0])
			continue;
		if (of_device("send_redirects", phys) || of_device("send_redirects", "all"))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " net.ipv4.conf.%s.send_redirects=0", phys);
		if (of_device("accept_redirects", phys) && (of_device("accept_redirects", "all") || !file_number("/proc/sys/net/ipv4/ip_forward", 0)))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " net.ipv4.conf.%s.accept_redirects=0", phys);
	}
	if (text[0])
		verify_say(v, VERIFY_WARNING, "redirects", "ICMP redirects are off",
			   "they may lead packets past the tunnel: sysctl -w%s (and net.ipv4.conf.all. of the same)", text);
	else
		verify_say(v, VERIFY_OK, "redirects", "ICMP redirects are off", NULL);
}

/* ---- drop routes ---- */

struct wanted {
	const struct subnet *net;
	bool found;
};

static int each_route(void *ctx, const struct rtnl_route *route)
{
	struct wanted *w = ctx;

	w->found |= route_is_drop(route) && subnet_equal(&route->dst, w->net);
	return 0;
}

static bool has_drop(struct verify *v, const struct subnet *net)
{
	struct subnet part[2];
	unsigned int n = net_halves(net, part), i;

	for (i = 0; i < n; i++) {
		struct wanted w = { .net = &part[i] };

		if (rtnl_routes(&v->rtnl, net->addr.family, each_route, &w) || !w.found)
			return false;
	}
	return true;
}

static void drop_routes(struct verify *v)
{
	unsigned int i, j, n, bad = 0, all = 0;
	struct subnet nets[CONF_CLOSED];
	char text[SUBNET_TEXT];

	for (i = 0; i < v->conf.n_conns; i++) {
		if (!conf_closed_at_boot(&v->conf.conns[i]))
			continue;
		n = conf_closed_nets(&v->conf.conns[i], verify_is_local, v, nets);
		for (j = 0; j < n; j++, all++) {
			if (has_drop(v, &nets[j]) || bad++)
				continue;
			verify_say(v, VERIFY_FAILED, "failclosed", "Drop routes under the tunnels",
				   "conn %s has none to %s, so without its tunnel packets leave in the clear: systemctl enable ipsec-failclosed; ipsec setup failclosed",
				   v->conf.conns[i].name, subnet_format(&nets[j], text));
		}
	}
	if (!all)
		verify_say(v, VERIFY_NA, "failclosed", "Drop routes under the tunnels", "no conn is to be closed from the start");
	else if (!bad)
		verify_say(v, VERIFY_OK, "failclosed", "Drop routes under the tunnels", NULL);
}

void verify_net(struct verify *v)
{
	if (!v->conf.source)
		return;			/* what is not known cannot be looked at */
	devices(v);
	forwarding(v);
	rp_filter(v);
	redirects(v);
	drop_routes(v);
}

/* ---- source NAT ---- */

struct nat {
	struct verify *v;
	unsigned int bad;
};

/* A conn whose client that rule would give another source; NULL: none. */
static const char *met_conn(const struct verify *v, const struct nat_rule *rule)
{
	const struct subnet *net;
	unsigned int i, us;

	for (i = 0; i < v->conf.n_conns; i++) {
		us = verify_us(v, &v->conf.conns[i]);
		if (us > 1)
			continue;
		net = &v->conf.conns[i].end[us].subnet;
		if (!rule->saddr.addr.family || !net->addr.family || subnet_within(&rule->saddr, net) ||
		    subnet_within(net, &rule->saddr))
			return v->conf.conns[i].name;
	}
	return NULL;
}

struct first_addr {
	int ifindex;
	struct ip_addr addr;
};

static int each_first(void *ctx, const struct rtnl_addr *addr)
{
	struct first_addr *first = ctx;

	if (addr->ifindex == first->ifindex && !first->addr.family)
		first->addr = addr->local;
	return 0;
}

/* Masquerade gives outer packets the first address of their device: the peer does not know those of another one. */
static void outer_packets(struct nat *n, const struct nat_rule *rule, const struct conf_conn *conn, const char *phys)
{
	unsigned int us = verify_us(n->v, conn);
	struct first_addr first = { 0 };
	char text[ADDR_TEXT];
	struct rtnl_link link;

	if (us > 1 || conn->end[us].host != CONF_HOST_ADDR || rtnl_link_get(&n->v->rtnl, phys, &link) ||
	    (rule->saddr.addr.family && !subnet_contains(&rule->saddr, &conn->end[us].addr)))
		return;
	first.ifindex = link.ifindex;
	rtnl_addrs(&n->v->rtnl, conn->end[us].addr.family, each_first, &first);
	if (!first.addr.family || addr_equal(&first.addr, &conn->end[us].addr))
		return;
	n->bad++;
	verify_say(n->v, VERIFY_WARNING, "nat", "Source NAT leaves tunnels alone",
		   "outer packets of conn %s come from %s, which is not the first address of %s: \"%s\" may change it. Let marked ones be: \"ipsec tncfg --set ipsecN --fwmark 0x10\", and before that rule \"meta mark 0x10 accept\"",
		   conn->name, addr_format(&conn->end[us].addr, text), phys, rule->text);
}

static void each_rule(void *ctx, const struct nat_rule *rule)
{
	struct nat *n = ctx;
	const struct conf_setup *setup = &n->v->conf.setup;
	const char *conn = met_conn(n->v, rule);
	char phys[KLIPS_IFNAMSIZ];
	unsigned int c;
	uint32_t i;

	for (i = 0; i < setup->n_pairs; i++) {
		physical(n->v, &setup->pairs[i], phys);
		for (c = 0; phys[0] && nat_rule_meets(rule, phys) && c < n->v->conf.n_conns; c++)
			outer_packets(n, rule, &n->v->conf.conns[c], phys);
	}
	for (i = 0; conn && i < setup->n_pairs; i++) {
		if (!nat_rule_meets(rule, setup->pairs[i].virt))
			continue;
		n->bad++;
		verify_say(n->v, VERIFY_FAILED, "nat", "Source NAT leaves tunnels alone",
			   "what goes into %s gets another source, and no eroute or the wrong one (conn %s): \"%s\"; name the device that it is for (%s \"%s\")",
			   setup->pairs[i].virt, conn, rule->text, rule->text[0] == '-' ? "-o" : "oifname",
			   setup->pairs[i].phys[0] ? setup->pairs[i].phys : "eth0");
		return;
	}
}

void verify_nat(struct verify *v)
{
	char *nft[] = { "nft", "list", "ruleset", NULL }, *old[] = { "iptables-legacy-save", "-t", "nat", NULL };
	struct nat n = { .v = v };
	int status = -1, old_status = -1;
	char *text, *old_text;

	if (!v->conf.source)
		return;
	text = capture(nft, 20, &status);
	/* Without the old module there are no rules of it, and to ask for them would load it. */
	old_text = module_loaded("iptable_nat") ? capture(old, 20, &old_status) : NULL;
	if (text && !status)
		nat_rules_nft(text, each_rule, &n);
	if (old_text && !old_status)
		nat_rules_iptables(old_text, each_rule, &n);
	if (!text || status)
		verify_say(v, VERIFY_NA, "nat", "Source NAT leaves tunnels alone", "\"nft list ruleset\" cannot be run: install nftables to have it looked at");
	else if (!n.bad)
		verify_say(v, VERIFY_OK, "nat", "Source NAT leaves tunnels alone", NULL);
	free(text);
	free(old_text);
}
