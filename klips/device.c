// SPDX-License-Identifier: GPL-2.0
/*
 * ipsecN, made by rtnetlink (link kind "klips"). The device belongs to the namespace in
 * which it was made: eroutes, SAs and outer packets are there, even when the device moves.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/esp.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/rtnetlink.h>

#include <klips/netlink.h>

#include "alg.h"
#include "debug.h"
#include "device.h"
#include "eroute.h"
#include "frag.h"
#include "hold.h"
#include "hooks.h"
#include "journal.h"
#include "net.h"
#include "pfkey.h"
#include "xmit.h"

/*
 * What ESP in tunnel mode costs at most: IPv6 outside, UDP, header and trailer of the costliest
 * algorithm. Groups may cost more, most SAs cost less; each has its own MTU, which counts.
 */
static unsigned int worst_overhead(void)
{
	unsigned int worst = 0, n, i;
	const struct klips_alg *algs = klips_algs(&n);

	for (i = 0; i < n; i++)
		worst = max_t(unsigned int, worst, algs[i].iv + algs[i].icv +
			      max_t(unsigned int, algs[i].block, 4) - 1);
	return sizeof(struct ipv6hdr) + sizeof(struct udphdr) + sizeof(struct ip_esp_hdr) + 2 + worst;
}

/*
 * The underlying MTU less the worst overhead, so that most packets never need more than one outer
 * packet; never less than IPv6 needs, or the kernel would flush the device's IPv6 routes.
 */
static void follow_mtu(struct klips_dev *kd, const struct net_device *lower)
{
	unsigned int mtu = lower ? lower->mtu : ETH_DATA_LEN;

	if (kd->mtu_fixed)
		return;
	mtu = min_t(unsigned int, mtu, IP_MAX_MTU);
	mtu = mtu > worst_overhead() ? mtu - worst_overhead() : 0;
	dev_set_mtu(kd->dev, max_t(unsigned int, mtu, IPV6_MIN_MTU));
	kd->mtu_fixed = false;
	klips_debug(kd->kn, KLIPS_DEBUG(TUNNEL), "tunnel: %s has MTU %u now", kd->dev->name,
		    kd->dev->mtu);
}

static void attach(struct klips_dev *kd, struct net_device *lower)
{
	struct net_device *old = rtnl_dereference(kd->lower);

	if (old == lower)
		return;
	klips_debug(kd->kn, KLIPS_DEBUG(TNCFG), "tncfg: %s attached to %s, to %s before",
		    kd->dev->name, lower ? lower->name : "none", old ? old->name : "none");
	rcu_assign_pointer(kd->lower, lower);
	netdev_put(old, &kd->lower_tracker);
	netdev_hold(lower, &kd->lower_tracker, GFP_KERNEL);
	follow_mtu(kd, lower);
}

static int klips_open(struct net_device *dev)
{
	const struct klips_dev *kd = netdev_priv(dev);
	struct in_device *in4 = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6 = __in6_dev_get(dev);

	if (in4) {
		/* What goes in and comes out here has met its policy: XFRM is not asked. */
		IN_DEV_CONF_SET(in4, NOXFRM, true);
		IN_DEV_CONF_SET(in4, NOPOLICY, true);
		IN_DEV_CONF_SET(in4, SEND_REDIRECTS, false);
	}
	if (in6) {
		in6->cnf.disable_policy = true;
		in6->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
	}
	klips_debug(kd->kn, KLIPS_DEBUG(TUNNEL), "tunnel: %s is up", dev->name);
	return 0;
}

static int klips_stop(struct net_device *dev)
{
	klips_hold_device_end(netdev_priv(dev));
	return 0;
}

static netdev_tx_t klips_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	rcu_read_lock();
	__skb_pull(skb, skb_network_offset(skb));
	klips_xmit(netdev_priv(dev), skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

static int klips_change_mtu(struct net_device *dev, int mtu)
{
	struct klips_dev *kd = netdev_priv(dev);

	kd->mtu_fixed = true;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static int klips_get_iflink(const struct net_device *dev)
{
	const struct klips_dev *kd = netdev_priv(dev);
	const struct net_device *lower;
	int ifindex;

	rcu_read_lock();
	lower = rcu_dereference(kd->lower);
	ifindex = lower ? lower->ifindex : 0;
	rcu_read_unlock();
	return ifindex;
}

static u64 sum(const u64 *values, unsigned int n)
{
	u64 all = 0;

	while (n--)
		all += values[n];
	return all;
}

static void klips_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *st)
{
	struct klips_dev_sums s;

	klips_dev_sum(netdev_priv(dev), &s);
	st->tx_packets = s.tx_packets;
	st->tx_bytes = s.tx_bytes;
	st->tx_dropped = sum(s.tx_drops, __KLIPS_DROP_MAX);
	st->rx_packets = s.rx_packets;
	st->rx_bytes = s.rx_bytes;
	st->rx_dropped = sum(s.rx_drops, __KLIPS_DROP_MAX);
}

static int klips_dev_init(struct net_device *dev)
{
	struct klips_dev *kd = netdev_priv(dev);
	int err;

	kd->stats = alloc_percpu_gfp(struct klips_dev_stats, GFP_KERNEL_ACCOUNT);
	if (!kd->stats)
		return -ENOMEM;
	err = gro_cells_init(&kd->cells, dev);
	if (err)
		free_percpu(kd->stats);
	return err;
}

/*
 * Under RTNL, after the device is closed and unlisted and a grace period has passed: no
 * packet enters it any more. Packets inside crypto still hold the device, so its private
 * part, with the statistics, stays until klips_dev_free().
 */
static void klips_dev_uninit(struct net_device *dev)
{
	struct klips_dev *kd = netdev_priv(dev);

	klips_debug(kd->kn, KLIPS_DEBUG(TUNNEL), "tunnel: %s removed", dev->name);
	attach(kd, NULL);
	klips_hold_device_end(kd);
	if (kd->listed)
		list_del_rcu(&kd->list);
	klips_frag_flush(kd->kn, kd);
	mutex_lock(&kd->kn->lock);
	klips_eroute_flush(kd->kn, kd->id);
	mutex_unlock(&kd->kn->lock);
}

static void klips_dev_free(struct net_device *dev)
{
	struct klips_dev *kd = netdev_priv(dev);

	gro_cells_destroy(&kd->cells);
	free_percpu(kd->stats);
}

const struct net_device_ops klips_netdev_ops = {
	.ndo_init = klips_dev_init,
	.ndo_uninit = klips_dev_uninit,
	.ndo_open = klips_open,
	.ndo_stop = klips_stop,
	.ndo_start_xmit = klips_start_xmit,
	.ndo_change_mtu = klips_change_mtu,
	.ndo_get_iflink = klips_get_iflink,
	.ndo_get_stats64 = klips_get_stats64,
};

/* The stack may leave checksums and cutting to us for as long as it can. */
#define KLIPS_FEATURES (NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA | NETIF_F_GSO_SOFTWARE)

static const struct device_type klips_type = { .name = KLIPS_LINK_KIND };

static void klips_setup(struct net_device *dev)
{
	dev->netdev_ops = &klips_netdev_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	klips_compat_lltx(dev);
	dev->features |= KLIPS_FEATURES;
	dev->hw_features |= KLIPS_FEATURES;
	dev->hw_enc_features |= KLIPS_FEATURES;
	dev->mtu = ETH_DATA_LEN - worst_overhead();
	dev->min_mtu = IPV4_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU - worst_overhead();
	dev->needed_tailroom = worst_overhead();
	dev->priv_destructor = klips_dev_free;
	dev->needs_free_netdev = true;
	SET_NETDEV_DEVTYPE(dev, &klips_type);
	netif_keep_dst(dev);
}

static const struct nla_policy klips_link_policy[IFLA_KLIPS_MAX + 1] = {
	[IFLA_KLIPS_DEV] = { .type = NLA_U32 },
	[IFLA_KLIPS_FWMARK] = { .type = NLA_U32 },
	[IFLA_KLIPS_DF] = NLA_POLICY_MAX(NLA_U8, __KLIPS_DF_MAX - 1),
	[IFLA_KLIPS_HIDETOS] = NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_KLIPS_PARALLEL] = NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_KLIPS_FRAGICMP] = NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_KLIPS_MSS] = { .type = NLA_U16 },
	[IFLA_KLIPS_GUARD] = NLA_POLICY_MAX(NLA_U8, __KLIPS_GUARD_MAX - 1),
};

static int klips_validate(struct nlattr *tb[], struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	u16 mss = data && data[IFLA_KLIPS_MSS] ? nla_get_u16(data[IFLA_KLIPS_MSS]) : 0;

	if (mss == KLIPS_MSS_OFF || mss == KLIPS_MSS_AUTO ||
	    (mss >= KLIPS_MSS_MIN && mss <= KLIPS_MSS_MAX))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, data[IFLA_KLIPS_MSS], "mss: expected off, auto or 88 to 65495");
	return -ERANGE;
}

/* The underlying device that a request names: an error, or NULL for "detached" or "as it is". */
static struct net_device *named_lower(struct klips_net *kn, struct nlattr *tb[],
				      struct nlattr *data[], bool *named,
				      struct netlink_ext_ack *extack)
{
	struct nlattr *attr = data && data[IFLA_KLIPS_DEV] ? data[IFLA_KLIPS_DEV] :
			      tb[IFLA_LINK];
	struct net_device *lower;

	*named = attr;
	if (!attr || !nla_get_u32(attr))
		return NULL;
	lower = __dev_get_by_index(kn->net, nla_get_u32(attr));
	if (!lower) {
		NL_SET_ERR_MSG(extack, "no such underlying device in this namespace");
		return ERR_PTR(-ENODEV);
	}
	if (klips_device_is(lower) || lower->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "an ipsec or loopback device cannot lie under an ipsec device");
		return ERR_PTR(-EINVAL);
	}
	return lower;
}

static void apply_headers(struct klips_dev *kd, struct nlattr *data[])
{
	if (data[IFLA_KLIPS_DF])
		WRITE_ONCE(kd->df, nla_get_u8(data[IFLA_KLIPS_DF]));
	if (data[IFLA_KLIPS_HIDETOS])
		WRITE_ONCE(kd->show_tos, !nla_get_u8(data[IFLA_KLIPS_HIDETOS]));
	if (data[IFLA_KLIPS_FRAGICMP])
		WRITE_ONCE(kd->quiet, !nla_get_u8(data[IFLA_KLIPS_FRAGICMP]));
	if (data[IFLA_KLIPS_MSS])
		WRITE_ONCE(kd->mss, nla_get_u16(data[IFLA_KLIPS_MSS]));
}

/* Another mark may mean other routes than those that the SAs have cached. */
static void apply_fwmark(struct klips_dev *kd, u32 fwmark)
{
	if (kd->fwmark == fwmark)
		return;
	WRITE_ONCE(kd->fwmark, fwmark);
	rt_genid_bump_all(kd->kn->net);
}

/* The only setting that can fail. A device that is being made gets its guard when it is registered. */
static int apply_guard(struct klips_dev *kd, struct nlattr *data[])
{
	u8 before = kd->guard;
	int err;

	if (!data || !data[IFLA_KLIPS_GUARD])
		return 0;
	WRITE_ONCE(kd->guard, nla_get_u8(data[IFLA_KLIPS_GUARD]));
	err = klips_hooks_follow(kd, kd->listed);
	if (err)
		WRITE_ONCE(kd->guard, before);
	return err;
}

static void apply(struct klips_dev *kd, struct nlattr *data[], bool named,
		  struct net_device *lower)
{
	if (data && data[IFLA_KLIPS_FWMARK])
		apply_fwmark(kd, nla_get_u32(data[IFLA_KLIPS_FWMARK]));
	if (data && data[IFLA_KLIPS_PARALLEL])
		WRITE_ONCE(kd->parallel, nla_get_u8(data[IFLA_KLIPS_PARALLEL]));
	if (data)
		apply_headers(kd, data);
	if (named)
		attach(kd, lower);
}

static int klips_newlink(struct net *net, struct net_device *dev,
			 struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	struct klips_dev *kd = netdev_priv(dev);
	struct klips_net *kn = klips_net(net);
	struct net_device *lower;
	bool named;
	int err;

	if (!klips_pfkey_serves(net)) {
		NL_SET_ERR_MSG(extack, "klips serves other user namespaces only with unprivileged_userns=1");
		return -EPERM;
	}
	lower = named_lower(kn, tb, data, &named, extack);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	err = klips_journal_start(kn);
	if (err)
		return err;
	kd->dev = dev;
	kd->kn = kn;
	kd->id = ++kn->next_device;
	kd->mtu_fixed = tb[IFLA_MTU];
	err = apply_guard(kd, data);
	if (!err)
		err = register_netdevice(dev);
	if (err)
		return err;
	/* Not before: one that fails is freed at once, and readers take RCU only. */
	kd->listed = true;
	klips_debug(kn, KLIPS_DEBUG(TUNNEL), "tunnel: %s made", dev->name);
	list_add_tail_rcu(&kd->list, &kn->devices);
	apply(kd, data, named, lower);
	return 0;
}

KLIPS_COMPAT_NEWLINK(klips_newlink)

static int klips_changelink(struct net_device *dev, struct nlattr *tb[],
			    struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct klips_dev *kd = netdev_priv(dev);
	struct net_device *lower;
	bool named;
	int err;

	/* Outer packets are the business of the namespace of birth. */
	if (!net_eq(dev_net(dev), kd->kn->net) &&
	    !ns_capable(kd->kn->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	lower = named_lower(kd->kn, tb, data, &named, extack);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	err = apply_guard(kd, data);
	if (err)
		return err;
	apply(kd, data, named, lower);
	return 0;
}

static size_t klips_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u32)) * 2 + nla_total_size(sizeof(u8)) * 5 +
	       nla_total_size(sizeof(u16));
}

static int klips_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct klips_dev *kd = netdev_priv(dev);

	if (nla_put_u32(skb, IFLA_KLIPS_DEV, klips_get_iflink(dev)) ||
	    nla_put_u32(skb, IFLA_KLIPS_FWMARK, kd->fwmark) ||
	    nla_put_u8(skb, IFLA_KLIPS_DF, kd->df) ||
	    nla_put_u8(skb, IFLA_KLIPS_HIDETOS, !kd->show_tos) ||
	    nla_put_u8(skb, IFLA_KLIPS_FRAGICMP, !kd->quiet) ||
	    nla_put_u16(skb, IFLA_KLIPS_MSS, kd->mss) ||
	    nla_put_u8(skb, IFLA_KLIPS_GUARD, kd->guard) ||
	    nla_put_u8(skb, IFLA_KLIPS_PARALLEL, kd->parallel))
		return -EMSGSIZE;
	return 0;
}

static struct net *klips_get_link_net(const struct net_device *dev)
{
	const struct klips_dev *kd = netdev_priv(dev);

	return kd->kn->net;
}

static struct rtnl_link_ops klips_link_ops __read_mostly = {
	.kind = KLIPS_LINK_KIND,
	.maxtype = IFLA_KLIPS_MAX,
	.policy = klips_link_policy,
	.validate = klips_validate,
	.priv_size = sizeof(struct klips_dev),
	.setup = klips_setup,
	.newlink = KLIPS_COMPAT_NEWLINK_OP(klips_newlink),
	.changelink = klips_changelink,
	.get_size = klips_get_size,
	.fill_info = klips_fill_info,
	.get_link_net = klips_get_link_net,
};

struct klips_dev *klips_device_by_id(struct klips_net *kn, u32 id)
{
	struct klips_dev *kd;

	list_for_each_entry_rcu(kd, &kn->devices, list, lockdep_rtnl_is_held())
		if (kd->id == id)
			return kd;
	return NULL;
}

struct klips_dev *klips_device_by_name(struct klips_net *kn, const char *name)
{
	struct klips_dev *kd;

	list_for_each_entry_rcu(kd, &kn->devices, list, lockdep_rtnl_is_held())
		if (!strncmp(kd->dev->name, name, IFNAMSIZ))
			return kd;
	return NULL;
}

struct klips_dev *klips_device_by_lower(struct klips_net *kn,
					const struct net_device *lower)
{
	struct klips_dev *kd;

	if (klips_device_is(lower)) {
		kd = netdev_priv(lower);
		return kd->kn == kn ? kd : NULL;
	}
	list_for_each_entry_rcu(kd, &kn->devices, list, lockdep_rtnl_is_held())
		if (rcu_access_pointer(kd->lower) == lower)
			return kd;
	return NULL;
}

static void lower_event(struct klips_dev *kd, struct net_device *lower,
			unsigned long event)
{
	if (rtnl_dereference(kd->lower) != lower)
		return;
	if (event == NETDEV_UNREGISTER)
		attach(kd, NULL);
	else if (event == NETDEV_CHANGEMTU)
		follow_mtu(kd, lower);
}

/* A move to another namespace is an end and a beginning. */
static int own_event(struct klips_dev *kd, unsigned long event)
{
	switch (event) {
	case NETDEV_REGISTER:
		return notifier_from_errno(klips_hooks_follow(kd, true));
	case NETDEV_UNREGISTER:
		klips_hooks_follow(kd, false);
		return NOTIFY_DONE;
	default:
		return NOTIFY_DONE;
	}
}

static int klips_netdev_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct klips_dev *kd;

	if (klips_device_is(dev))
		return own_event(netdev_priv(dev), event);
	list_for_each_entry(kd, &klips_net(dev_net(dev))->devices, list)
		lower_event(kd, dev, event);
	return NOTIFY_DONE;
}

static struct notifier_block klips_netdev_notifier = {
	.notifier_call = klips_netdev_event,
};

void klips_device_net_exit(struct klips_net *kn)
{
	struct klips_dev *kd, *next;
	LIST_HEAD(kill);

	rtnl_lock();
	list_for_each_entry_safe(kd, next, &kn->devices, list)
		unregister_netdevice_queue(kd->dev, &kill);
	unregister_netdevice_many(&kill);
	rtnl_unlock();
}

int klips_device_init(void)
{
	int err = register_netdevice_notifier(&klips_netdev_notifier);

	if (err)
		return err;
	err = rtnl_link_register(&klips_link_ops);
	if (err)
		unregister_netdevice_notifier(&klips_netdev_notifier);
	return err;
}

void klips_device_exit(void)
{
	rtnl_link_unregister(&klips_link_ops);
	unregister_netdevice_notifier(&klips_netdev_notifier);
}
