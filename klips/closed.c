// SPDX-License-Identifier: GPL-2.0
/*
 * A packet for a closed network may leave if we sealed it, or a key daemon sent it, or it is of the link alone; if it meets
 * %pass; or where an administrator has said of a part of the network where that goes: by a more specific route, or by a rule
 * that sends it to another table than the main one. A network of this host's own is no more closed than that. By which
 * other device a packet leaves is not asked: a program that binds its socket to one does not get round this.
 */
#include <linux/slab.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include <klips/netlink.h>

#include "bypass.h"
#include "closed.h"
#include "debug.h"
#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "flow.h"
#include "flowi.h"
#include "head.h"
#include "judge.h"
#include "net.h"

#define CLOSED_MAX 65536

static const struct rhashtable_params closed_params = {
	.key_len = sizeof(struct klips_closed_key),
	.key_offset = offsetof(struct klips_closed, key),
	.head_offset = offsetof(struct klips_closed, node),
	.automatic_shrinking = true,
};

/* ---- the table ---- */

static unsigned int slot(u8 family)
{
	return family == AF_INET6;
}

static struct klips_closed *find(struct klips_net *kn, const struct klips_closed_key *key)
{
	return rhashtable_lookup_fast(&kn->closed.table, key, closed_params);
}

/* The smallest closed network that @dst is in, NULL: none. RCU read lock held. */
static struct klips_closed *find_longest(struct klips_net *kn, u8 family, const union klips_addr *dst)
{
	const unsigned long *lens = kn->closed.lens[slot(family)];
	unsigned int below = KLIPS_CLOSED_LENS, plen;

	for (; (plen = find_last_bit(lens, below)) < below; below = plen) {
		struct klips_closed_key key = { .family = family, .plen = plen };
		struct klips_closed *c;

		klips_addr_mask(&key.net, dst, family, plen);
		c = find(kn, &key);
		if (c)
			return c;
	}
	return NULL;
}

/* Before the first of a length is in, and after the last has gone. */
static void count_len(struct klips_closed_nets *nets, const struct klips_closed_key *key, int by)
{
	unsigned int *count = &nets->count[slot(key->family)][key->plen];

	*count += by;
	if (*count)
		set_bit(key->plen, nets->lens[slot(key->family)]);
	else
		clear_bit(key->plen, nets->lens[slot(key->family)]);
}

static int key_check(const struct klips_closed_key *key)
{
	unsigned int len = klips_addr_len(key->family);
	union klips_addr net = { };

	if (!len || key->plen > 8 * len)
		return -EINVAL;
	klips_addr_mask(&net, &key->net, key->family, key->plen);
	return memcmp(&net, &key->net, sizeof(net)) ? -EINVAL : 0;
}

/* Caller holds kn->lock. */
static int insert(struct klips_net *kn, struct klips_closed *c)
{
	static const struct xa_limit ids = XA_LIMIT(1, U32_MAX);
	struct klips_closed_nets *nets = &kn->closed;
	int err;

	err = xa_alloc_cyclic(&nets->ids, &c->id, c, ids, &nets->next_id, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	count_len(nets, &c->key, 1);
	err = rhashtable_insert_fast(&nets->table, &c->node, closed_params);
	if (err)
		goto err_len;
	err = klips_hooks_get(kn, KLIPS_HOOKS_CLOSED);
	if (err)
		goto err_table;
	nets->n++;
	return 0;

err_table:
	rhashtable_remove_fast(&nets->table, &c->node, closed_params);
err_len:
	count_len(nets, &c->key, -1);
	xa_erase(&nets->ids, c->id);
	return err;
}

/* Caller holds kn->lock. */
static void remove(struct klips_net *kn, struct klips_closed *c)
{
	struct klips_closed_nets *nets = &kn->closed;

	nets->n--;
	klips_hooks_put(kn, KLIPS_HOOKS_CLOSED);
	rhashtable_remove_fast(&nets->table, &c->node, closed_params);
	count_len(nets, &c->key, -1);
	xa_erase(&nets->ids, c->id);
	kfree_rcu(c, rcu);
}

static int add_locked(struct klips_net *kn, const struct klips_closed_key *key)
{
	struct klips_closed *c;
	int err;

	if (find(kn, key))
		return 0;
	if (kn->closed.n >= CLOSED_MAX)
		return -ENOSPC;
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->key = *key;
	err = insert(kn, c);
	if (!err)
		return 0;
	kfree_rcu(c, rcu);
	return err;
}

int klips_closed_add(struct klips_net *kn, const struct klips_closed_key *key)
{
	int err = key_check(key);

	if (err)
		return err;
	mutex_lock(&kn->lock);
	err = add_locked(kn, key);
	mutex_unlock(&kn->lock);
	return err;
}

int klips_closed_del(struct klips_net *kn, const struct klips_closed_key *key)
{
	struct klips_closed *c;
	int err = key_check(key);

	if (err)
		return err;
	mutex_lock(&kn->lock);
	c = find(kn, key);
	if (c)
		remove(kn, c);
	mutex_unlock(&kn->lock);
	return c ? 0 : -ENOENT;
}

struct klips_closed *klips_closed_next(struct klips_net *kn, unsigned long *id)
{
	return xa_find_after(&kn->closed.ids, id, ULONG_MAX, XA_PRESENT);
}

int klips_closed_net_init(struct klips_net *kn)
{
	xa_init_flags(&kn->closed.ids, XA_FLAGS_ALLOC1);
	return rhashtable_init(&kn->closed.table, &closed_params);
}

void klips_closed_net_exit(struct klips_net *kn)
{
	bool any = kn->closed.n;
	struct klips_closed *c;
	unsigned long id;

	mutex_lock(&kn->lock);
	xa_for_each(&kn->closed.ids, id, c)
		remove(kn, c);
	mutex_unlock(&kn->lock);
	/* Where the module goes and the namespace stays, a packet may be in the hook yet. */
	if (any)
		synchronize_rcu();
	rhashtable_destroy(&kn->closed.table);
	xa_destroy(&kn->closed.ids);
}

/* ---- where a packet goes ---- */

/* What goes there does not leave. */
static bool is_inside(const struct net_device *out)
{
	return klips_device_is(out) || out->flags & IFF_LOOPBACK;
}

/* A route that was found where a network is closed. */
struct way {
	const struct fib_nh_common *nhc;
	unsigned int plen;
	u32 table;
	u8 protocol;
};

/*
 * Whether @way says where a part of @closed goes, or that it is a network of this host's own, by an address in it. What a
 * stranger on the link has told of ways through him (DHCP, router advertisements) is no administrator's word.
 */
static bool says_otherwise(const struct klips_closed *closed, const struct way *way)
{
	bool learnt = way->protocol == RTPROT_DHCP || way->protocol == RTPROT_RA;
	const struct net_device *dev = way->nhc->nhc_dev;

	/* No way out: this packet has got past it by another device. */
	if (!dev || is_inside(dev) || !strcmp(dev->name, KLIPS_DROP_DEVICE))
		return false;
	if (way->table != RT_TABLE_MAIN && way->table != RT_TABLE_DEFAULT)
		return true;
	if (way->nhc->nhc_gw_family)
		return way->plen > closed->key.plen && !learnt;
	return way->plen > closed->key.plen ||
	       (way->plen == closed->key.plen && (learnt || way->protocol == RTPROT_KERNEL));
}

/* What rules may ask of a packet beside its flow. */
struct sending {
	int iif;
	u32 mark;
	kuid_t uid;
};

static bool find_v4(struct net *net, const struct klips_flow *flow, const struct sending *by, struct way *way)
{
	struct flowi4 fl4 = klips_flowi4(flow);
	struct fib_result res = { };

	fl4.flowi4_iif = by->iif;
	fl4.flowi4_mark = by->mark;
	fl4.flowi4_uid = by->uid;
	if (fib_lookup(net, &fl4, &res, 0) || !res.table || !res.nhc)
		return false;
	*way = (struct way) { res.nhc, res.prefixlen, res.table->tb_id, res.fi->fib_protocol };
	return true;
}

static bool find_v6(struct net *net, const struct klips_flow *flow, const struct sending *by, struct way *way)
{
	struct flowi6 fl6 = klips_flowi6(flow);
	struct fib6_result res = { };

	fl6.flowi6_iif = by->iif;
	fl6.flowi6_mark = by->mark;
	fl6.flowi6_uid = by->uid;
	if (klips_compat_fib6_lookup(net, 0, &fl6, &res, RT6_LOOKUP_F_HAS_SADDR) ||
	    !res.f6i || !res.f6i->fib6_table || !res.nh)
		return false;
	/* That it is multicast says a route that every host has. */
	if (res.fib6_type == RTN_MULTICAST || res.fib6_flags & RTF_REJECT)
		return false;
	*way = (struct way) { &res.nh->nh_common, res.f6i->fib6_dst.plen, res.f6i->fib6_table->tb6_id,
			      res.f6i->fib6_protocol };
	return true;
}

/* False: there is none, or one that rejects. */
static bool find_way(struct net *net, const struct klips_flow *flow, const struct sending *by, struct way *way)
{
	return flow->family == AF_INET ? find_v4(net, flow, by, way) : find_v6(net, flow, by, way);
}

static bool led_there(struct net *net, const struct klips_closed *c, const struct klips_flow *flow,
		      const struct sending *by)
{
	struct way way;

	return find_way(net, flow, by, &way) && says_otherwise(c, &way);
}

/* Whether @flow may pass in the clear by @out, the device under one of ours. */
static bool may_pass(struct klips_net *kn, const struct klips_flow *flow, const struct net_device *out)
{
	struct klips_eroute *er;
	struct klips_dev *kd;

	list_for_each_entry_rcu(kd, &kn->devices, list) {
		if (rcu_access_pointer(kd->lower) != out ||
		    klips_eroute_find(kn, kd->id, flow, &er) != KLIPS_OK)
			continue;
		if (er->target == KLIPS_TARGET_PASS || er->soft)
			return true;
	}
	return false;
}

bool klips_closed_keeps(struct klips_net *kn, const struct klips_flow *flow, const struct net_device *out)
{
	static const struct sending by = { .iif = LOOPBACK_IFINDEX, .uid = GLOBAL_ROOT_UID };
	struct klips_closed *c = find_longest(kn, flow->family, &flow->dst);

	if (!c || is_inside(out))
		return false;
	return !klips_judge_link_scope(flow, false) && !may_pass(kn, flow, out) &&
	       !led_there(kn->net, c, flow, &by);
}

/* ---- the hook ---- */

/* A bridge shows the frames that it sends on, where it is told to; they are not routed here. */
static bool is_bridged(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst && dst->flags & DST_FAKE_RTABLE;
}

/*
 * What we send ourselves has no plain text in it, but for %pass; nor has what XFRM made. What XFRM is about to encrypt comes
 * by here first.
 */
static bool is_sealed(const struct sk_buff *skb, u8 family)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (dst && dst_xfrm(dst))
		return true;
	return family == AF_INET ? IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED :
				   IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED;
}

/* NULL: it is not of a socket of this host, or of one that is no more than a few fields yet, or still. */
static const struct sock *full_sock(const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk ? sk_to_full_sk(state->sk) : NULL;

	return sk && sk_fullsock(sk) ? sk : NULL;
}

static bool is_neighbours(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET6 && ipv6_hdr(skb)->hop_limit == 255;
}

/* Where it came from, for rules: a VRF has routes of its own, and they are in a table of its own. */
static int came_by(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	int vrf = l3mdev_master_ifindex_rcu(state->out);

	if (vrf)
		return vrf;
	return state->sk || !skb->skb_iif ? LOOPBACK_IFINDEX : skb->skb_iif;
}

/* @read: there is more in @flow than where it goes. */
static bool may_leave(struct klips_net *kn, const struct klips_closed *c, const struct sk_buff *skb,
		      const struct klips_flow *flow, bool read, const struct nf_hook_state *state)
{
	const struct sock *sk = full_sock(state);
	const struct sending by = {
		.iif = came_by(skb, state), .mark = skb->mark, .uid = sock_net_uid(state->net, sk),
	};

	if ((sk && klips_bypasses(sk)) || klips_judge_link_scope(flow, is_neighbours(skb, state->pf)))
		return true;
	return led_there(state->net, c, flow, &by) || (read && may_pass(kn, flow, state->out));
}

/*
 * A packet from a closed network whose answer would be let out nowhere. What a flowtable takes it takes for both directions,
 * and asks for the way back itself.
 */
static bool may_be_answered(struct klips_net *kn, const struct klips_closed *c, const struct sk_buff *skb,
			    const struct klips_flow *flow, bool read, const struct nf_hook_state *state)
{
	const struct sending by = {
		.iif = l3mdev_master_ifindex_rcu(state->out) ?: state->out->ifindex,
		.mark = skb->mark, .uid = GLOBAL_ROOT_UID,
	};
	struct klips_flow answer;
	struct way way;

	klips_judge_answer(flow, &answer);
	if (!find_way(state->net, &answer, &by, &way) || !way.nhc->nhc_dev)
		return true;
	return is_inside(way.nhc->nhc_dev) || says_otherwise(c, &way) ||
	       (read && may_pass(kn, &answer, way.nhc->nhc_dev));
}

static void keep_in(struct klips_net *kn, struct klips_closed *c, struct sk_buff *skb,
		    const struct klips_flow *flow)
{
	const struct klips_drop_info info = { .kn = kn, .flow = flow, .why = KLIPS_DROP_CLOSED };

	atomic64_inc(&c->packets);
	atomic64_add(skb->len, &c->bytes);
	/* A local sender may be preemptible here. */
	local_bh_disable();
	klips_dropped(&info, skb);
	local_bh_enable();
	klips_drop_free(skb, KLIPS_DROP_CLOSED);
}

/* @addr, which is in @c: its source if it is @from there, else where it goes. */
static noinline unsigned int inspect(struct klips_net *kn, struct klips_closed *c, struct sk_buff *skb,
				     const union klips_addr *addr, bool from, const struct nf_hook_state *state)
{
	struct klips_flow flow;
	bool read, may;

	if (is_bridged(skb))
		return NF_ACCEPT;
	read = klips_flow_read(skb, &flow) == KLIPS_OK;
	flow.family = state->pf;
	if (from) {
		flow.src = *addr;
		may = may_be_answered(kn, c, skb, &flow, read, state);
	} else {
		flow.dst = *addr;
		may = may_leave(kn, c, skb, &flow, read, state);
	}
	if (may)
		return NF_ACCEPT;
	keep_in(kn, c, skb, &flow);
	return NF_STOLEN;
}

static unsigned int look(struct klips_net *kn, struct sk_buff *skb, const union klips_addr *addr, bool from,
			 const struct nf_hook_state *state)
{
	struct klips_closed *c = find_longest(kn, state->pf, addr);

	return c ? inspect(kn, c, skb, addr, from, state) : NF_ACCEPT;
}

unsigned int klips_closed_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct klips_net *kn = klips_net(state->net);
	unsigned int verdict = NF_ACCEPT;
	union klips_addr src, dst;

	if (is_sealed(skb, state->pf))
		return NF_ACCEPT;
	klips_head_addresses(skb_network_header(skb), &src, &dst);
	if (state->hook == NF_INET_FORWARD)
		verdict = look(kn, skb, &src, true, state);
	if (verdict != NF_ACCEPT || is_inside(state->out))
		return verdict;
	return look(kn, skb, &dst, false, state);
}
