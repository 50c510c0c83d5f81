// SPDX-License-Identifier: GPL-2.0
/* ipsec look: eroutes with their SAs, devices and routes at one glance. */
#include <errno.h>
#include <inttypes.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <klips/netlink.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "rtnl.h"
#include "show.h"

static const char help[] =
"Usage: ipsec look [--json]\n"
"\n"
"Host and date, eroutes (source -> destination => SAs (packets)), attached devices,\n"
"SAs, sums of drops by reason, networks for which nothing leaves but by an ipsec device (packets that\n"
"were kept in), and the routes that lead to ipsec devices or are default ones.\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version. See ipsec_look(8).\n";

enum { AS_JSON = OPT_FIRST };

static const struct option table[] = {
	{ "json", no_argument, NULL, AS_JSON },
	OPTIONS_COMMON
};

/* Everything that is looked at. */
struct view {
	struct genl_eroute *eroutes;
	struct genl_sa *sas;
	struct genl_device *devices;
	struct genl_closed *closed;
	size_t n_eroutes, n_sas, n_devices, n_closed;
	struct json *json;		/* NULL: text */
};

static int closed_cmp(const void *a, const void *b)
{
	return subnet_cmp(&((const struct genl_closed *)a)->net, &((const struct genl_closed *)b)->net);
}

static int load(struct view *v)
{
	struct genl g;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_list_eroutes(&g, &v->eroutes, &v->n_eroutes);
	if (!err)
		err = genl_list_sas(&g, &v->sas, &v->n_sas);
	if (!err)
		err = genl_list_devices(&g, &v->devices, &v->n_devices);
	if (!err)
		err = genl_list_closed(&g, &v->closed, &v->n_closed);
	/* A module that is older has none. */
	if (err == -EOPNOTSUPP)
		err = 0;
	genl_close(&g);
	if (err)
		return complain("cannot read eroutes, SAs, devices and closed networks: %s",
				kernel_why(err));
	qsort(v->eroutes, v->n_eroutes, sizeof(*v->eroutes), show_eroute_cmp);
	qsort(v->sas, v->n_sas, sizeof(*v->sas), show_sa_cmp);
	qsort(v->closed, v->n_closed, sizeof(*v->closed), closed_cmp);
	qsort(v->devices, v->n_devices, sizeof(*v->devices), show_device_cmp);
	return 0;
}

static void print_head(const struct view *v)
{
	char host[256] = "localhost", date[64] = "";
	time_t now = time(NULL);
	struct tm tm;

	gethostname(host, sizeof(host) - 1);
	if (localtime_r(&now, &tm))
		strftime(date, sizeof(date), v->json ? "%Y-%m-%dT%H:%M:%S%z" :
						       "%a %b %e %H:%M:%S %Z %Y", &tm);
	if (!v->json) {
		printf("%s %s\n", host, date);
		return;
	}
	json_string(v->json, "host", host);
	json_string(v->json, "time", date);
}

/* What is done to packets: the SA of the eroute and, behind it, the rest of its group. */
static void print_target(const struct view *v, const struct said *said)
{
	struct genl_sa key = { .said = *said };
	const struct genl_sa *sa = bsearch(&key, v->sas, v->n_sas, sizeof(*v->sas),
					   show_sa_cmp);
	char text[SAID_TEXT];

	if (sa && sa->members)
		show_chain(stdout, sa, false);
	else
		fputs(said_format(said, 'x', text), stdout);
}

static void print_eroute(const struct view *v, const struct genl_eroute *er)
{
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT];

	printf("%-18s -> %-18s => ",
	       show_selector(&er->src, er->sport, er->sport_mask, src),
	       show_selector(&er->dst, er->dport, er->dport_mask, dst));
	print_target(v, &er->said);
	if (er->proto)
		printf(":%u", er->proto);
	if (er->device[0])
		printf(" dev=%s", er->device);
	printf("  (%" PRIu64 ")\n", er->packets);
}

static void print_device(const struct genl_device *dev)
{
	if (dev->physical[0])
		printf("%s->%s mtu=%u(%u)->%u\n", dev->name, dev->physical, dev->mtu,
		       dev->effective_mtu, dev->physical_mtu);
	if (dev->guard != KLIPS_GUARD_DROP)
		printf("%s guard=%s would_drop=%" PRIu64 "\n", dev->name, guard_text(dev->guard),
		       dev->would_drop);
}

/* "drops ipsec0 out: no_eroute=3 no_sa=1"; nothing where there is none. */
static void print_drops(const struct genl_device *dev, const char *way,
			const uint64_t drops[__KLIPS_DROP_MAX])
{
	bool any = false;

	for (unsigned int i = 0; i < __KLIPS_DROP_MAX; i++) {
		if (!drops[i])
			continue;
		if (!any)
			printf("drops %s %s:", dev->name, way);
		printf(" %s=%" PRIu64, drop_name(i), drops[i]);
		any = true;
	}
	if (any)
		putchar('\n');
}

static void print_closed(const struct genl_closed *closed)
{
	char net[SUBNET_TEXT];

	printf("closed %s  (%" PRIu64 ")\n", subnet_format(&closed->net, net), closed->packets);
}

static void json_closed(struct json *json, const struct genl_closed *closed)
{
	char net[SUBNET_TEXT];

	json_object(json, NULL);
	json_string(json, "net", subnet_format(&closed->net, net));
	json_u64(json, "packets", closed->packets);
	json_u64(json, "bytes", closed->bytes);
	json_end(json);
}

static bool is_ipsec(const struct view *v, int ifindex)
{
	for (size_t i = 0; i < v->n_devices; i++)
		if ((int)v->devices[i].ifindex == ifindex)
			return true;
	return false;
}

static const char *type_name(uint8_t type)
{
	switch (type) {
	case RTN_BLACKHOLE: return "blackhole";
	case RTN_UNREACHABLE: return "unreachable";
	case RTN_PROHIBIT: return "prohibit";
	case RTN_THROW: return "throw";
	default: return "unicast";
	}
}

static void json_route(struct json *json, const struct rtnl_route *route)
{
	char net[SUBNET_TEXT], addr[ADDR_TEXT], name[IF_NAMESIZE];
	bool dev = route->oif && if_indextoname(route->oif, name);

	json_object(json, NULL);
	json_string(json, "dst", subnet_format(&route->dst, net));
	json_string(json, "gateway",
		    route->gateway.family ? addr_format(&route->gateway, addr) : NULL);
	json_string(json, "device", dev ? name : NULL);
	json_u64(json, "table", route->table);
	json_string(json, "src",
		    route->prefsrc.family ? addr_format(&route->prefsrc, addr) : NULL);
	json_u64(json, "metric", route->metric);
	json_string(json, "type", type_name(route->type));
	json_end(json);
}

/* The same words as ip route. */
static void print_route(const struct rtnl_route *route)
{
	char net[SUBNET_TEXT], addr[ADDR_TEXT], name[IF_NAMESIZE];

	if (strcmp(type_name(route->type), "unicast"))
		printf("%s ", type_name(route->type));
	printf("%s", route->dst.plen ? subnet_format(&route->dst, net) : "default");
	if (route->gateway.family)
		printf(" via %s", addr_format(&route->gateway, addr));
	if (route->oif)
		printf(" dev %s", if_indextoname(route->oif, name) ? name : "?");
	if (route->table != RT_TABLE_MAIN)
		printf(" table %u", route->table);
	if (route->prefsrc.family)
		printf(" src %s", addr_format(&route->prefsrc, addr));
	if (route->metric)
		printf(" metric %u", route->metric);
	if (route->nexthops > 1)
		printf(" (%u next hops)", route->nexthops);
	putchar('\n');
}

static int take_route(void *ctx, const struct rtnl_route *route)
{
	const struct view *v = ctx;

	if (route->type == RTN_LOCAL ||
	    (route->dst.plen && !is_ipsec(v, route->oif)))
		return 0;
	if (v->json)
		json_route(v->json, route);
	else
		print_route(route);
	return 0;
}

static int print_routes(struct view *v)
{
	struct rtnl r;
	int err = rtnl_open(&r);

	if (v->json)
		json_array(v->json, "routes");
	else
		puts("ROUTING TABLES");
	if (!err) {
		err = rtnl_routes(&r, AF_UNSPEC, take_route, v);
		rtnl_close(&r);
	}
	if (v->json)
		json_end(v->json);
	if (err)
		return complain("cannot read the routes: %s", strerror(-err));
	return 0;
}

static int print_all(struct view *v)
{
	print_head(v);
	for (size_t i = 0; i < v->n_eroutes; i++)
		print_eroute(v, &v->eroutes[i]);
	for (size_t i = 0; i < v->n_devices; i++)
		print_device(&v->devices[i]);
	for (size_t i = 0; i < v->n_sas; i++)
		show_sa(stdout, &v->sas[i]);
	for (size_t i = 0; i < v->n_devices; i++) {
		print_drops(&v->devices[i], "out", v->devices[i].tx_drops);
		print_drops(&v->devices[i], "in", v->devices[i].rx_drops);
	}
	for (size_t i = 0; i < v->n_closed; i++)
		print_closed(&v->closed[i]);
	return print_routes(v);
}

/* The objects of the other listings under one roof. */
static int print_json(struct view *v)
{
	struct json json;
	int status;

	v->json = &json;
	json_start(&json, stdout);
	json_object(&json, NULL);
	print_head(v);
	json_array(&json, "eroutes");
	for (size_t i = 0; i < v->n_eroutes; i++)
		json_eroute(&json, NULL, &v->eroutes[i]);
	json_end(&json);
	json_array(&json, "devices");
	for (size_t i = 0; i < v->n_devices; i++)
		json_device(&json, NULL, &v->devices[i]);
	json_end(&json);
	json_array(&json, "sas");
	for (size_t i = 0; i < v->n_sas; i++)
		json_sa(&json, NULL, &v->sas[i]);
	json_end(&json);
	json_array(&json, "closed");
	for (size_t i = 0; i < v->n_closed; i++)
		json_closed(&json, &v->closed[i]);
	json_end(&json);
	status = print_routes(v);
	json_finish(&json);
	return status;
}

static bool take(void *ctx, int opt)
{
	*(bool *)ctx = opt == AS_JSON;
	return true;
}

int cmd_look(int argc, char **argv)
{
	struct view v = { 0 };
	bool as_json = false;
	struct options o;
	int status;

	if (!options_start(&o, argc, argv, table, "ipsec look", help) ||
	    !options_read(&o, take, &as_json))
		return o.status;
	status = load(&v);
	if (!status)
		status = as_json ? print_json(&v) : print_all(&v);
	free(v.eroutes);
	free(v.sas);
	free(v.devices);
	free(v.closed);
	return status;
}
