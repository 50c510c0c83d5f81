// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "orient.h"
#include "source6.h"

static const struct local_addr *local_find(const struct local_view *view, const struct ip_addr *addr)
{
	unsigned int i;

	for (i = 0; i < view->n; i++)
		if (addr_equal(&view->addrs[i].addr, addr))
			return &view->addrs[i];
	return NULL;
}

bool orient_is_local(void *view, const struct ip_addr *addr)
{
	return local_find(view, addr);
}

static const struct local_default *way_out(const struct local_view *view, int family)
{
	return &view->way_out[family == AF_INET6];
}

/* What %defaultroute is, towards @peer (AF_UNSPEC: not known). */
static struct ip_addr default_addr(const struct local_view *view, int family, const struct ip_addr *peer)
{
	const struct ip_addr *src = &way_out(view, family)->src;
	const struct local_addr *at = family == AF_INET6 ? local_find(view, src) : NULL;

	return at ? source6(view, at->phys, peer)->addr : *src;
}

/* What the address of the end @i is now; AF_UNSPEC: any, or not known. */
static struct ip_addr end_addr(const struct conf_conn *conn, unsigned int i, const struct local_view *view, int family)
{
	const struct conf_end *end = &conn->end[i];
	struct ip_addr none = { 0 };

	if (end->host == CONF_HOST_ADDR || end->host == CONF_HOST_DNS)
		return end->addr;
	if (end->host == CONF_HOST_DEFAULTROUTE && way_out(view, family)->there)
		return default_addr(view, family, &conn->end[!i].addr);
	return none;
}

static void list_locals(const struct local_view *view, char *buf, size_t size)
{
	char text[ADDR_TEXT];
	unsigned int i;
	size_t n = 0;

	buf[0] = '\0';
	for (i = 0; i < view->n && n + ADDR_TEXT + 24 < size; i++)
		n += snprintf(buf + n, size - n, "%s%s on %s", i ? ", " : "",
			      addr_format(&view->addrs[i].addr, text), view->addrs[i].phys);
	if (!view->n)
		snprintf(buf, size, "none");
	else if (i < view->n)
		snprintf(buf + n, size - n, ", ...");
}

static const char *end_text(const struct conf_end *end, const struct ip_addr *addr, int family, char buf[ADDR_TEXT])
{
	if (end->host == CONF_HOST_ANY)
		return "%any";
	if (end->host == CONF_HOST_DNS && !addr->family)
		return "a name whose address is not known";
	if (end->host == CONF_HOST_DEFAULTROUTE && !addr->family)
		return family == AF_INET6 ? "%defaultroute (there is none of IPv6)" : "%defaultroute (there is none)";
	return addr_format(addr, buf);
}

static bool nobody(const struct conf_conn *conn, const struct local_view *view,
		   const struct ip_addr addr[2], char why[ORIENT_WHY])
{
	char left[ADDR_TEXT], right[ADDR_TEXT], have[300];
	int family = conf_host_family(conn);

	list_locals(view, have, sizeof(have));
	snprintf(why, ORIENT_WHY, "neither left=%s nor right=%s is an address of this host, which has: %s",
		 end_text(&conn->end[0], &addr[0], family, left),
		 end_text(&conn->end[1], &addr[1], family, right), have);
	return false;
}

/* Our end's own address for its own packets into the tunnel. */
static struct ip_addr source_addr(const struct conf_end *end, const struct local_view *view,
				  const struct ip_addr *local)
{
	struct ip_addr source = { 0 };
	unsigned int i;

	if (end->sourceip.family)
		return end->sourceip;
	if (!end->subnet.addr.family || subnet_contains(&end->subnet, local))
		return *local;
	for (i = 0; i < view->n; i++) {
		if (!subnet_contains(&end->subnet, &view->addrs[i].addr) || (source.family && view->addrs[i].passing))
			continue;
		source = view->addrs[i].addr;
		if (!view->addrs[i].passing)
			break;
	}
	return source;
}

static struct ip_addr nexthop_addr(const struct conf_end *end, const struct local_view *view, int family)
{
	struct ip_addr none = { 0 };

	if (end->nexthop == CONF_NEXTHOP_ADDR)
		return end->nexthop_addr;
	if (end->nexthop == CONF_NEXTHOP_DEFAULTROUTE && way_out(view, family)->there)
		return way_out(view, family)->gw;
	return none;
}

static bool device_ok(const struct local_view *view, const struct local_addr *at, char why[ORIENT_WHY])
{
	char text[ADDR_TEXT];

	addr_format(&at->addr, text);
	if (!view->any_device && !at->virt[0])
		snprintf(why, ORIENT_WHY, "%s is on %s, which has no ipsec device: look at interfaces= in ipsec.conf",
			 text, at->phys);
	else if (!at->listening)
		snprintf(why, ORIENT_WHY, "pluto does not listen at %s: look at listen= in ipsec.conf", text);
	else
		return true;
	return false;
}

bool orient(const struct conf_conn *conn, const struct local_view *view, struct oriented *out,
	    char why[ORIENT_WHY])
{
	int family = conf_host_family(conn);
	struct ip_addr addr[2] = { end_addr(conn, 0, view, family), end_addr(conn, 1, view, family) };
	const struct local_addr *at[2] = { local_find(view, &addr[0]), local_find(view, &addr[1]) };
	unsigned int us;
	char text[ADDR_TEXT];

	memset(out, 0, sizeof(*out));
	if (!at[0] && !at[1])
		return nobody(conn, view, addr, why);
	if (at[0] && at[1]) {
		snprintf(why, ORIENT_WHY, "both ends are this host; expected one of them to be the peer");
		return false;
	}
	us = at[0] ? 0 : 1;
	if (conn->end[!us].host == CONF_HOST_DEFAULTROUTE) {
		snprintf(why, ORIENT_WHY, "the peer is %%defaultroute, but %s is this host; expected the peer's address",
			 addr_format(&addr[us], text));
		return false;
	}
	if (!device_ok(view, at[us], why))
		return false;
	out->us = us;
	out->local = addr[us];
	out->remote = addr[!us];
	out->nexthop = nexthop_addr(&conn->end[us], view, family);
	out->source = source_addr(&conn->end[us], view, &addr[us]);
	strcpy(out->phys, at[us]->phys);
	strcpy(out->virt, at[us]->virt);
	out->virt_index = at[us]->virt_index;
	return true;
}

struct subnet orient_client(const struct conf_end *end, const struct ip_addr *addr)
{
	struct subnet none = { 0 };

	if (end->subnet.addr.family)
		return end->subnet;
	return addr->family ? subnet_host(addr) : none;
}
