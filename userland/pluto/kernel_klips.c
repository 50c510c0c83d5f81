// SPDX-License-Identifier: GPL-2.0
/* The klips backend: SAs and eroutes by PF_KEY; devices and routes are in files of their own. */
#include <errno.h>
#include <linux/ipsec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "genl.h"
#include "iface.h"
#include "plog.h"
#include "pluto.h"
#include "route.h"
#include "ts.h"

#define WINDOW 64			/* packets of the replay window */
#define LIFE_MARGIN 60			/* seconds after which the kernel ends an SA that pluto did not */
#define ENCR_AES_GCM_16 20

/* What is in the kernel for one Child SA. */
struct child {
	struct child *next;
	uint32_t serial;
	char conn[CONF_NAME_MAX];
	char virt[KLIPS_IFNAMSIZ];
	int virt_index, phys_index;
	struct said in, out;
	struct ip_addr local, remote;
	struct ip_addr source;
	struct flow_sel *flows;		/* of the eroutes; all on virt */
	int n_flows;
	bool *lent;			/* flows[i] belongs to a newer child now */
	int n_in, n_eroutes, n_routes, n_drops; /* how far install came */
	bool has_in, has_out, has_peer;
};

static struct pfkey pk;
static struct watch pk_watch;
static struct child *children;
static uint32_t last_reqid;
static bool opened;

/* ---- what goes wrong, for people ---- */

static int wrong(char why[KERNEL_WHY], int err, const char *what)
{
	snprintf(why, KERNEL_WHY, "klips refused to %s: %s%s", what, strerror(-err),
		 err == -EEXIST ? "; look at \"ipsec eroute\" and \"ipsec spi\"" :
		 err == -ENOENT || err == -EPROTONOSUPPORT ? "; look at the kernel log" : "");
	return err;
}

static int ts_wrong(char why[KERNEL_WHY], int err)
{
	snprintf(why, KERNEL_WHY, "traffic selectors that klips cannot hold: %s",
		 err == -EOPNOTSUPP ? "a range of ports" : err == -E2BIG ? "a range of addresses that needs too many prefixes" :
		 strerror(-err));
	return err;
}

/* ---- the steps of an installation; undo takes back in reverse as far as they came ---- */

static struct flow_sel reversed(const struct flow_sel *sel)
{
	struct flow_sel back = *sel;

	back.src = sel->dst;
	back.dst = sel->src;
	back.sport = sel->dport;
	back.dport = sel->sport;
	back.sport_mask = sel->dport_mask;
	back.dport_mask = sel->sport_mask;
	back.device = NULL;
	return back;
}

static const struct esp_alg *alg_of(const struct ike_child *c)
{
	unsigned int n, i, ealg = c->alg.encr == ENCR_AES_GCM_16 ? SADB_X_EALG_AES_GCM_ICV16 : SADB_X_EALG_AESCBC;
	const struct esp_alg *algs = esp_algs(&n);

	for (i = 0; i < n; i++)
		if (algs[i].ealg == ealg && algs[i].ekey_bits == c->encr_len * 8 &&
		    algs[i].akey_bits == c->integ_len * 8)
			return &algs[i];
	return NULL;
}

static struct sa_spec spec_of(const struct ike_child *c, const struct child *k, const struct esp_alg *alg,
			      bool inbound)
{
	const uint8_t *key = inbound ? c->key_in : c->key_out;
	struct sa_spec spec = { .alg = alg, .mode = IPSEC_MODE_TUNNEL, .window = WINDOW, .device = k->virt };

	spec.said = inbound ? k->in : k->out;
	spec.src = inbound ? k->remote : k->local;
	spec.ekey = key;
	spec.akey = c->integ_len ? key + c->encr_len : NULL;
	spec.reqid = PLUTO_REQID | (++last_reqid & ~PLUTO_REQID_MASK);
	spec.esn = c->alg.esn;
	if (c->lifetime)
		spec.hard.addtime = (uint64_t)c->lifetime + LIFE_MARGIN;
	return spec;
}

/*
 * The selectors come first, to the larval SA that GETSPI made: so there is no packet that
 * the SA accepts without them.
 */
static int install_in(struct child *k, const struct ike_child *c, const struct esp_alg *alg, char why[KERNEL_WHY])
{
	struct sa_spec spec = spec_of(c, k, alg, true);
	struct flow_sel sel;
	int err;

	for (; k->n_in < k->n_flows; k->n_in++) {
		sel = reversed(&k->flows[k->n_in]);
		err = flow_add_inbound(&pk, &sel, &k->in, k->n_in == 0);
		if (err)
			return wrong(why, err, "take the inbound selectors");
	}
	err = sa_update(&pk, &spec);
	if (err)
		return wrong(why, err, "take the inbound SA");
	k->has_in = true;
	return 0;
}

static int install_out(struct child *k, const struct ike_child *c, const struct esp_alg *alg, char why[KERNEL_WHY])
{
	struct sa_spec spec = spec_of(c, k, alg, false);
	int err = sa_add(&pk, &spec);

	if (err)
		return wrong(why, err, "take the outbound SA");
	k->has_out = true;
	return 0;
}

static bool same_flow(const struct child *a, const struct flow_sel *fa, const struct child *b, const struct flow_sel *fb)
{
	return subnet_equal(&fa->src, &fb->src) && subnet_equal(&fa->dst, &fb->dst) && fa->proto == fb->proto &&
	       fa->sport == fb->sport && fa->dport == fb->dport && fa->sport_mask == fb->sport_mask &&
	       fa->dport_mask == fb->dport_mask && !strcmp(a->virt, b->virt);
}

/* The child whose eroute this selector is now, and which of its flows; NULL: nobody's of ours. */
static struct child *holder(const struct child *k, const struct flow_sel *sel, int *index)
{
	struct child *other;
	int i;

	for (other = children; other; other = other->next)
		for (i = 0; other != k && i < other->n_eroutes; i++)
			if (!other->lent[i] && same_flow(k, sel, other, &other->flows[i])) {
				*index = i;
				return other;
			}
	return NULL;
}

/* A selector has one eroute: a conn may take over its own, never another conn's. */
static int check_holders(const struct child *k, char why[KERNEL_WHY])
{
	char src[SUBNET_TEXT], dst[SUBNET_TEXT];
	struct child *other;
	int i, index;

	for (i = 0; i < k->n_flows; i++) {
		other = holder(k, &k->flows[i], &index);
		if (!other || !strcasecmp(other->conn, k->conn))
			continue;
		snprintf(why, KERNEL_WHY, "cannot install the eroute %s -> %s: conn \"%s\" has it",
			 subnet_format(&k->flows[i].src, src), subnet_format(&k->flows[i].dst, dst), other->conn);
		return -EEXIST;
	}
	return 0;
}

static int install_eroutes(struct child *k, char why[KERNEL_WHY])
{
	struct child *other;
	int err, index;

	for (; k->n_eroutes < k->n_flows; k->n_eroutes++) {
		other = holder(k, &k->flows[k->n_eroutes], &index);
		err = flow_add(&pk, &k->flows[k->n_eroutes], KLIPS_TARGET_SA, &k->out, true);
		if (err)
			return wrong(why, err, "take the eroute");
		if (other)
			other->lent[index] = true;
	}
	return 0;
}

/* Takes the eroutes away, or gives them back to an older child that still has its SA. */
static void remove_eroutes(struct child *k)
{
	struct child *other;
	int i;

	while (k->n_eroutes) {
		k->n_eroutes--;
		if (k->lent[k->n_eroutes])
			continue;
		for (other = children; other; other = other->next) {
			for (i = 0; other != k && i < other->n_eroutes; i++)
				if (other->lent[i] && same_flow(k, &k->flows[k->n_eroutes], other, &other->flows[i]))
					break;
			if (other != k && i < other->n_eroutes)
				break;
		}
		if (other && !flow_add(&pk, &other->flows[i], KLIPS_TARGET_SA, &other->out, true))
			other->lent[i] = false;
		else
			flow_del(&pk, &k->flows[k->n_eroutes]);
	}
}

/* ---- routes ---- */

static bool strict_rp_filter(const char *device)
{
	static const char * const places[] = { "all", "" };
	int strictest = 0, value;
	char path[128];
	unsigned int i;
	FILE *f;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", *places[i] ? places[i] : device);
		f = fopen(path, "re");
		if (f && fscanf(f, "%d", &value) == 1 && value > strictest)
			strictest = value;
		if (f)
			fclose(f);
	}
	return strictest == 1;
}

/*
 * A peer inside of its own client: the way back to it is the tunnel, so a strict rp_filter drops
 * its ESP. A route of its own mends that, but not where the client is the peer and nothing else.
 */
static int install_peer_route(struct child *k, const struct conn *conn, char why[KERNEL_WHY])
{
	bool inside = false, alone = false;
	struct rtnl_route way;
	int i, err;

	if (!strict_rp_filter(conn->where.phys))
		return 0;
	for (i = 0; i < k->n_flows; i++) {
		if (!subnet_contains(&k->flows[i].dst, &k->remote))
			continue;
		inside = true;
		alone |= k->flows[i].dst.plen == addr_bits(k->remote.family);
	}
	if (alone)
		plog(LOG_WARNING, k->conn, "the peer is its own client and rp_filter is strict on %s, which drops its packets: sysctl -w net.ipv4.conf.%s.rp_filter=2",
		     conn->where.phys, conn->where.phys);
	if (!inside || alone || conn->where.nexthop.family ||
	    rtnl_route_get(iface_rtnl(), &k->remote, &k->local, &way) || way.oif != k->phys_index)
		return 0;
	err = route_peer_add(&k->remote, k->phys_index, &way.gateway, why);
	k->has_peer = !err;
	return err;
}

static int install_routes(struct child *k, const struct conn *conn, char why[KERNEL_WHY])
{
	int err = install_peer_route(k, conn, why);

	for (; !err && k->n_drops < k->n_flows; k->n_drops++) {
		err = route_drop_add(&k->flows[k->n_drops].dst, why);
		if (err)
			return err;
	}
	for (; !err && k->n_routes < k->n_flows; k->n_routes++) {
		err = route_tunnel_add(&k->flows[k->n_routes].dst, k->virt_index, &k->source, conn->conf.mtu, why);
		if (err)
			return err;
	}
	return err;
}

/* ---- a whole child ---- */

static void child_undo(struct child *k)
{
	while (k->n_routes)
		route_tunnel_del(&k->flows[--k->n_routes].dst, k->virt_index);
	while (k->n_drops && !pluto.keep_drop)
		route_drop_del(&k->flows[--k->n_drops].dst);
	if (k->has_peer)
		route_peer_del(&k->remote, k->phys_index);
	remove_eroutes(k);
	if (k->has_out)
		sa_delete(&pk, &k->out, &k->local);
	if (k->has_in)
		sa_delete(&pk, &k->in, &k->remote);
	free(k->flows);
	free(k->lent);
	free(k);
}

static struct said said_of(const struct ip_addr *dst, const uint8_t spi[4])
{
	struct said said = { .dst = *dst, .proto = IPPROTO_ESP };

	memcpy(&said.spi, spi, 4);
	return said;
}

static struct child *child_new(const struct ike_child *c, const struct conn *conn)
{
	struct child *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->serial = c->child;
	snprintf(k->conn, sizeof(k->conn), "%s", c->conn);
	strcpy(k->virt, conn->where.virt);
	k->virt_index = conn->where.virt_index;
	k->local = from_ike_addr(&c->local);
	k->remote = from_ike_addr(&c->remote);
	k->source = conn->where.source;
	k->in = said_of(&k->local, c->spi_in);
	k->out = said_of(&k->remote, c->spi_out);
	return k;
}

static int child_prepare(struct child *k, const struct ike_child *c, const struct conn *conn, char why[KERNEL_WHY])
{
	struct rtnl_link link;
	int i, err;

	k->n_flows = ts_flows(c->local_ts, c->n_local_ts, c->remote_ts, c->n_remote_ts, &k->flows);
	if (k->n_flows < 0) {
		err = k->n_flows;
		k->n_flows = 0;
		return ts_wrong(why, err);
	}
	for (i = 0; i < k->n_flows; i++)
		k->flows[i].device = k->virt;
	k->lent = calloc(k->n_flows, sizeof(*k->lent));
	err = k->lent ? rtnl_link_get(iface_rtnl(), conn->where.phys, &link) : -ENOMEM;
	if (err || !k->virt_index) {
		snprintf(why, KERNEL_WHY, "the devices %s and %s are not both there: look at \"ipsec tncfg\"",
			 k->virt, conn->where.phys);
		return err ? err : -ENODEV;
	}
	k->phys_index = link.ifindex;
	return check_holders(k, why);
}

static int klips_install(const struct ike_child *c, const struct conn *conn, char why[KERNEL_WHY])
{
	const struct esp_alg *alg = alg_of(c);
	struct child *k;
	int err;

	if (!alg) {
		snprintf(why, KERNEL_WHY, "klips has no such ESP algorithm (%u, %u bits, integrity %u)", c->alg.encr,
			 c->alg.keylen, c->alg.integ);
		return -EOPNOTSUPP;
	}
	k = child_new(c, conn);
	if (!k) {
		snprintf(why, KERNEL_WHY, "out of memory");
		return -ENOMEM;
	}
	err = child_prepare(k, c, conn, why);
	if (!err)
		err = install_in(k, c, alg, why);
	if (!err)
		err = install_out(k, c, alg, why);
	if (!err)
		err = install_eroutes(k, why);
	if (!err)
		err = install_routes(k, conn, why);
	if (err) {
		child_undo(k);
		return err;
	}
	k->next = children;
	children = k;
	return 0;
}

static void klips_remove(uint32_t serial, const uint8_t spi_in[4], const struct ike_addr *local,
			 const struct ike_addr *remote)
{
	struct ip_addr dst = from_ike_addr(local), src = from_ike_addr(remote);
	struct said in = said_of(&dst, spi_in);
	struct child **at = &children, *k;

	while (*at && (*at)->serial != serial)
		at = &(*at)->next;
	k = *at;
	if (k) {
		*at = k->next;
		child_undo(k);
	} else if (in.spi) {
		sa_delete(&pk, &in, &src);	/* the larval one, if it is still there */
	}
}

static int klips_getspi(const struct ike_addr *local, const struct ike_addr *remote, uint8_t spi[4])
{
	struct ip_addr src = from_ike_addr(remote);
	struct said said = { .dst = from_ike_addr(local), .proto = IPPROTO_ESP };
	int err = sa_getspi(&pk, &said, &src, 0, 0);

	if (!err)
		memcpy(spi, &said.spi, 4);
	return err;
}

/* ---- conns ---- */

/* The far client of a conn, AF_UNSPEC: not known before a peer comes. */
static struct subnet far_client(const struct conn *conn)
{
	return orient_client(&conn->conf.end[!conn->where.us], &conn->where.remote);
}

/* nexthop= is the way to the peer, whatever the routing table says; 0: it was not given. */
static int nexthop_index(const struct conn *conn)
{
	struct rtnl_link link;

	if (!conn->where.nexthop.family || !conn->where.remote.family ||
	    rtnl_link_get(iface_rtnl(), conn->where.phys, &link))
		return 0;
	return link.ifindex;
}

static int klips_load(const struct conn *conn, char why[KERNEL_WHY])
{
	struct subnet net = far_client(conn);
	int index = nexthop_index(conn), err = 0;

	if (net.addr.family)
		err = route_drop_add(&net, why);
	if (!err && index) {
		err = route_peer_add(&conn->where.remote, index, &conn->where.nexthop, why);
		if (err && net.addr.family)
			route_drop_del(&net);
	}
	if (!err && conn->conf.mss)
		device_mss_get(conn->where.virt);
	return err;
}

static void klips_unload(const struct conn *conn)
{
	struct subnet net = far_client(conn);
	int index = nexthop_index(conn);

	if (conn->conf.mss)
		device_mss_put(conn->where.virt);
	if (index)
		route_peer_del(&conn->where.remote, index);
	if (net.addr.family && !pluto.keep_drop)
		route_drop_del(&net);
}

/* ---- what a crashed pluto left ---- */

struct orphans {
	struct genl_sa *sas;
	size_t n;
};

static bool ours(const struct genl_sa *sa)
{
	return (sa->reqid & PLUTO_REQID_MASK) == PLUTO_REQID;
}

static int each_eroute(void *ctx, const struct genl_eroute *er)
{
	struct orphans *o = ctx;
	struct flow_sel sel = {
		.src = er->src, .dst = er->dst, .proto = er->proto, .sport = er->sport, .dport = er->dport,
		.sport_mask = er->sport_mask, .dport_mask = er->dport_mask,
		.device = er->device[0] ? er->device : NULL,
	};
	size_t i;

	for (i = 0; i < o->n; i++)
		if (ours(&o->sas[i]) && er->target == KLIPS_TARGET_SA && said_equal(&er->said, &o->sas[i].said))
			flow_del(&pk, &sel);
	return 0;
}

/* Only what is its own: SAs with our reqids, and the eroutes that name them. */
static void sweep_orphans(void)
{
	struct genl_eroute *eroutes;
	struct orphans o = { 0 };
	struct genl g;
	size_t i, n = 0, gone = 0;

	if (genl_open(&g))
		return;
	if (!genl_list_sas(&g, &o.sas, &o.n) && !genl_list_eroutes(&g, &eroutes, &n)) {
		for (i = 0; i < n; i++)
			each_eroute(&o, &eroutes[i]);
		free(eroutes);
		for (i = 0; i < o.n; i++)
			if (ours(&o.sas[i]) && !sa_delete(&pk, &o.sas[i].said, &o.sas[i].src))
				gone++;
	}
	free(o.sas);
	genl_close(&g);
	if (gone)
		plog(LOG_WARNING, NULL, "removed %zu SAs that an earlier pluto left behind", gone);
}

/* ---- beginning and end ---- */

/* Messages to everybody: EXPIRE, and answers to others. Read so that ours find room. */
static void pfkey_other(void *ctx, const struct pfkey_msg *msg)
{
	(void)ctx;
	if (msg->hdr.sadb_msg_type == SADB_EXPIRE)
		plog(LOG_WARNING, NULL, "the kernel ended an SA at the end of its lifetime");
	plog_debug(CONF_DEBUG_KERNEL, NULL, "PF_KEY message of type %u from %u", msg->hdr.sadb_msg_type,
		   msg->hdr.sadb_msg_pid);
}

static void pfkey_ready(struct watch *w, uint32_t events)
{
	struct pfkey_msg msg;

	(void)w;
	(void)events;
	while (pfkey_receive(&pk, &msg, 0) > 0) {
		pfkey_other(NULL, &msg);
		pfkey_wipe(&msg);
	}
}

static int pfkey_wrong(int err, char why[KERNEL_WHY])
{
	const char *look = "";

	if (err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT)
		look = "; klips is not loaded: modprobe klips";
	else if (err == -EPERM || err == -EACCES)
		look = "; pluto needs CAP_NET_ADMIN";
	snprintf(why, KERNEL_WHY, "cannot open PF_KEY: %s%s", strerror(-err), look);
	return err;
}

static int klips_open(char why[KERNEL_WHY])
{
	struct genl g;
	int err = genl_open(&g);

	if (err) {
		snprintf(why, KERNEL_WHY, "%s", err == -ENOENT ? GENL_NOT_LOADED : strerror(-err));
		return err;
	}
	genl_close(&g);
	err = pfkey_open(&pk);
	if (err)
		return pfkey_wrong(err, why);
	pk.other = pfkey_other;
	err = pfkey_register(&pk, SADB_SATYPE_ESP, NULL);
	if (err)
		return pfkey_wrong(err, why);
	pk_watch.fd = pk.fd;
	pk_watch.ready = pfkey_ready;
	err = loop_add(&pk_watch, EPOLLIN);
	if (err)
		return pfkey_wrong(err, why);
	route_open();
	sweep_orphans();
	device_open();
	opened = true;
	return 0;
}

static void klips_close(void)
{
	struct child *k;

	while ((k = children) != NULL) {
		children = k->next;
		child_undo(k);
	}
	route_close(pluto.keep_drop);
	device_close();
	if (!opened)
		return;
	loop_del(&pk_watch);
	pfkey_close(&pk);
}

const struct kernel_ops kernel_klips = {
	.name = "klips",
	.devices = true,
	.open = klips_open,
	.close = klips_close,
	.getspi = klips_getspi,
	.install = klips_install,
	.remove = klips_remove,
	.load = klips_load,
	.unload = klips_unload,
	.loaded = route_drop_sweep,
};
