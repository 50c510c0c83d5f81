// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/orient.c userland/pluto/source6.c userland/lib/conf_family.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c */
#include <string.h>

#include "orient.h"
#include "unit.h"

static struct ip_addr ip(const char *text)
{
	struct ip_addr addr = { 0 };

	if (text)
		CHECK(!addr_parse(text, AF_UNSPEC, &addr), "%s is no address", text);
	return addr;
}

static struct local_addr locals[] = {
	{ .phys = "eth0", .virt = "ipsec0", .listening = true },
	{ .phys = "eth1" },
	{ .phys = "eth2", .virt = "ipsec1" },
	{ .phys = "eth0", .virt = "ipsec0", .listening = true },
	{ .phys = "eth1", .passing = true },
	{ .phys = "eth1" },
	{ .phys = "eth1", .passing = true },
};

static struct local_view view;

static void host(void)
{
	locals[0].addr = ip("192.0.2.1");
	locals[1].addr = ip("10.1.0.1");
	locals[2].addr = ip("198.51.100.1");
	locals[3].addr = ip("2001:db8::1");
	locals[4].addr = ip("fd01::9");
	locals[5].addr = ip("fd01::1");
	locals[6].addr = ip("fd01::8");
	view = (struct local_view){ .addrs = locals, .n = 7 };
	view.way_out[0] = (struct local_default){ true, ip("192.0.2.254"), ip("192.0.2.1") };
	view.way_out[1] = (struct local_default){ true, ip("fe80::1"), ip("2001:db8::1") };
}

static struct conf_end end(const char *addr, const char *net)
{
	struct conf_end end = { .host = CONF_HOST_ADDR };

	if (!strcmp(addr, "%any"))
		end.host = CONF_HOST_ANY;
	else if (!strcmp(addr, "%defaultroute"))
		end.host = CONF_HOST_DEFAULTROUTE;
	else
		end.addr = ip(addr);
	if (net)
		CHECK(!subnet_parse(net, AF_UNSPEC, &end.subnet), "%s is no subnet", net);
	return end;
}

static bool is(const struct ip_addr *addr, const char *text)
{
	struct ip_addr other = ip(text);

	return addr_equal(addr, &other);
}

static void good(const char *left, const char *right, unsigned int us, const char *remote)
{
	struct conf_conn conn = { .end = { end(left, NULL), end(right, NULL) } };
	struct oriented o;
	char why[ORIENT_WHY] = "";
	bool ok = orient(&conn, &view, &o, why);

	CHECK(ok, "%s, %s: %s", left, right, why);
	CHECK(!ok || (o.us == us && is(&o.local, "192.0.2.1") && is(&o.remote, remote)), "%s, %s: other ends", left, right);
	CHECK(!ok || (!strcmp(o.phys, "eth0") && !strcmp(o.virt, "ipsec0")), "%s, %s: %s %s", left, right, o.phys, o.virt);
}

static void bad(const char *left, const char *right, const char *what)
{
	struct conf_conn conn = { .end = { end(left, NULL), end(right, NULL) } };
	struct oriented o;
	char why[ORIENT_WHY] = "";

	CHECK(!orient(&conn, &view, &o, why) && strstr(why, what), "%s, %s: \"%s\" is not about %s", left, right, why, what);
}

static void ends(void)
{
	good("192.0.2.1", "192.0.2.2", 0, "192.0.2.2");
	good("192.0.2.2", "192.0.2.1", 1, "192.0.2.2");
	good("%defaultroute", "192.0.2.2", 0, "192.0.2.2");
	good("192.0.2.2", "%defaultroute", 1, "192.0.2.2");
	good("192.0.2.1", "%any", 0, NULL);
	good("%any", "%defaultroute", 1, NULL);
	bad("192.0.2.7", "192.0.2.8", "192.0.2.1 on eth0");
	bad("192.0.2.7", "%any", "192.0.2.7");
	bad("192.0.2.1", "10.1.0.1", "both ends");
	bad("192.0.2.1", "%defaultroute", "both ends");
	bad("10.1.0.1", "10.1.0.9", "interfaces=");
	bad("198.51.100.1", "10.1.0.9", "listen=");
	view.way_out[0].there = false;
	bad("%defaultroute", "192.0.2.7", "there is none");
	bad("192.0.2.1", "%defaultroute", "peer is %defaultroute");
	view.n = 0;
	bad("192.0.2.1", "192.0.2.2", "none");
	host();
	view.any_device = true;
	locals[1].listening = true;
	bad("10.1.0.9", "10.1.0.8", "10.1.0.1 on eth1");
	locals[0].virt[0] = '\0';
	view.any_device = false;
	bad("192.0.2.1", "192.0.2.2", "interfaces=");
	strcpy(locals[0].virt, "ipsec0");
	unit_done("orient: which end is this host");
}

static void details(void)
{
	struct conf_conn conn = { .end = { end("192.0.2.1", "10.1.0.0/16"), end("192.0.2.2", "10.2.0.0/16") } };
	struct ip_addr peer = ip("192.0.2.2");
	struct subnet net;
	struct oriented o;
	char why[ORIENT_WHY] = "", text[SUBNET_TEXT];

	CHECK(orient(&conn, &view, &o, why) && is(&o.source, "10.1.0.1") && !o.nexthop.family, "source inside the subnet: %s", why);
	conn.end[0].sourceip = ip("10.1.7.7");
	CHECK(orient(&conn, &view, &o, why) && is(&o.source, "10.1.7.7"), "sourceip=");
	conn.end[0].sourceip.family = AF_UNSPEC;
	conn.end[0].subnet = subnet_host(&peer);
	CHECK(orient(&conn, &view, &o, why) && !o.source.family, "a source outside of the subnet");
	conn.end[0] = end("192.0.2.1", "0.0.0.0/0");
	CHECK(orient(&conn, &view, &o, why) && is(&o.source, "192.0.2.1"), "source with 0/0");
	conn.end[0] = end("192.0.2.1", NULL);
	CHECK(orient(&conn, &view, &o, why) && is(&o.source, "192.0.2.1"), "source without a subnet");
	conn.end[0].nexthop = CONF_NEXTHOP_DEFAULTROUTE;
	CHECK(orient(&conn, &view, &o, why) && is(&o.nexthop, "192.0.2.254"), "nexthop=%%defaultroute");
	conn.end[0].nexthop = CONF_NEXTHOP_ADDR;
	conn.end[0].nexthop_addr = ip("192.0.2.77");
	CHECK(orient(&conn, &view, &o, why) && is(&o.nexthop, "192.0.2.77"), "nexthop=ADDRESS");
	net = orient_client(&conn.end[0], &o.local);
	CHECK(!strcmp(subnet_format(&net, text), "192.0.2.1/32"), "the client without a subnet is %s", text);
	net = orient_client(&conn.end[1], &o.remote);
	CHECK(!strcmp(subnet_format(&net, text), "10.2.0.0/16"), "the client is %s", text);
	unit_done("orient: nexthop, source, client");
}

/* left=%defaultroute is of the family that the other end has, or that hostaddrfamily= says. */
static void families(void)
{
	struct conf_conn conn = { .end = { end("%defaultroute", "2001:db8:1::/48"), end("2001:db8::2", "2001:db8:2::/48") } };
	struct oriented o;
	char why[ORIENT_WHY] = "";

	conn.end[0].nexthop = CONF_NEXTHOP_DEFAULTROUTE;
	CHECK(orient(&conn, &view, &o, why) && is(&o.local, "2001:db8::1") && is(&o.nexthop, "fe80::1"), "IPv6: %s", why);
	CHECK(!o.source.family, "a source outside of the subnet");
	conn.end[1] = end("%any", NULL);
	CHECK(orient(&conn, &view, &o, why) && is(&o.local, "192.0.2.1") && is(&o.nexthop, "192.0.2.254"), "%%any: %s", why);
	conn.hostfamily = CONF_FAMILY_IPV6;
	CHECK(orient(&conn, &view, &o, why) && is(&o.local, "2001:db8::1"), "hostaddrfamily=ipv6: %s", why);
	view.way_out[1].there = false;
	CHECK(!orient(&conn, &view, &o, why) && strstr(why, "none of IPv6"), "without a way out: %s", why);
	host();
	conn = (struct conf_conn){ .end = { end("192.0.2.1", "2001:db8::/64"), end("192.0.2.2", "2001:db8:2::/48") } };
	CHECK(orient(&conn, &view, &o, why) && is(&o.local, "192.0.2.1") && is(&o.source, "2001:db8::1"), "IPv6 in IPv4: %s", why);
	CHECK(!subnet_parse("fd01::/64", AF_UNSPEC, &conn.end[0].subnet) && orient(&conn, &view, &o, why) && is(&o.source, "fd01::1"),
	      "a temporary address is the source");
	view.n = 5;
	CHECK(orient(&conn, &view, &o, why) && is(&o.source, "fd01::9"), "there is no other one: %s", why);
	host();
	unit_done("orient: IPv6");
}

/* Whatever their order: for a peer like it a unique local address, for all others a global one; a temporary one if there is no other. */
static void which_of_several(void)
{
	static const struct { const char *peer, *have[3], *want; } cases[] = {
		{ "2001:db8:2::2", { "2001:db8::1", "fd01::1" }, "2001:db8::1" }, { "%any", { "2001:db8::1", "fd01::1" }, "2001:db8::1" },
		{ "fd02::2", { "2001:db8::1", "fd01::1" }, "fd01::1" }, { "fd02::2", { "2001:db8::1" }, "2001:db8::1" },
		{ "2001:db8:2::2", { "fd01::1" }, "fd01::1" }, { "2001:db8:2::2", { "fd01::1", "T2001:db8::9" }, "fd01::1" },
		{ "2001:db8:2::2", { "2001:db8::1", "T2001:db8::9", "fd01::1" }, "2001:db8::1" },
		{ "2001:db8:2::2", { "T2001:db8::9" }, "2001:db8::9" }, { "2001:db8:2::2", { "T2001:db8::9", "Tfd01::1" }, "2001:db8::9" },
		{ "2001:db8:2::2", { "2001:db8:1::1", "2001:db8:2::1" }, "2001:db8:2::1" },
		{ "2001:db8:2::2", { "2002:c000:201::1", "2001:db8::1" }, "2001:db8::1" },
		{ "2002:c000:202::1", { "2002:c000:201::1", "2001:db8::1" }, "2002:c000:201::1" },
		{ "2001:db8:2::2", { "fec0::1", "2600::1" }, "2600::1" },
	};
	struct local_addr have[4];
	struct conf_conn conn = { .end = { end("%defaultroute", NULL) }, .hostfamily = CONF_FAMILY_IPV6 };
	struct local_view several = { .addrs = have };
	char why[ORIENT_WHY] = "";
	unsigned int i, first, n;
	struct oriented o;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (n = 0; n < 3 && cases[i].have[n]; n++)
			;
		for (first = 0; first < n; first++) {
			/* One that fits better is on another device. */
			have[n] = (struct local_addr){ .phys = "eth1", .virt = "ipsec1", .listening = true, .addr = ip(cases[i].want) };
			have[n].addr.u.bytes[15] ^= 0x80;
			for (several.n = 0; several.n < n; several.n++) {
				const char *text = cases[i].have[(first + several.n) % n];

				have[several.n] = (struct local_addr){ .phys = "eth0", .virt = "ipsec0", .listening = true, .passing = *text == 'T' };
				have[several.n].addr = ip(text + (*text == 'T'));
			}
			several.n++;
			several.way_out[1] = (struct local_default){ true, ip("fe80::1"), have[0].addr };
			conn.end[1] = end(cases[i].peer, NULL);
			CHECK(orient(&conn, &several, &o, why) && is(&o.local, cases[i].want), "%u.%u: not %s towards %s: %s", i, first,
			      cases[i].want, cases[i].peer, why);
		}
	}
	unit_done("orient: several IPv6 addresses on the way out");
}

int main(void)
{
	host();
	ends();
	details();
	families();
	which_of_several();
	return unit_status();
}
