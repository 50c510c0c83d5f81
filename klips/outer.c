// SPDX-License-Identifier: GPL-2.0
#include <linux/ipsec.h>
#include <net/dst_cache.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "device.h"
#include "head.h"
#include "net.h"
#include "outer.h"
#include "transform.h"

/* What differs between the families on the way out. */
struct outer_family {
	struct dst_entry *(*cached)(struct klips_sa *sa);
	/* NULL: there is no route. */
	struct dst_entry *(*lookup)(struct klips_sa *sa, struct net *net, int oif,
				    u32 mark);
	void (*cache)(struct klips_sa *sa, struct dst_entry *dst);
	int (*send)(struct net *net, struct sk_buff *skb);
};

static struct dst_entry *cached_v4(struct klips_sa *sa)
{
	__be32 saddr;
	struct rtable *rt = dst_cache_get_ip4(&sa->route, &saddr);

	return rt ? &rt->dst : NULL;
}

static struct dst_entry *cached_v6(struct klips_sa *sa)
{
	struct in6_addr saddr;

	return dst_cache_get_ip6(&sa->route, &saddr);
}

/* flowi4_proto stays 0: so XFRM's output policies are not asked. */
static struct dst_entry *lookup_v4(struct klips_sa *sa, struct net *net, int oif,
				   u32 mark)
{
	struct flowi4 fl4 = {
		.daddr = sa->dst.v4,
		.saddr = sa->src.v4,
		.flowi4_oif = oif,
		.flowi4_mark = mark,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

/* oif alone is a preference in IPv6: the flag makes it a condition. */
static struct dst_entry *lookup_v6(struct klips_sa *sa, struct net *net, int oif,
				   u32 mark)
{
	struct flowi6 fl6 = {
		.flowi6_oif = oif,
		.flowi6_mark = mark,
	};
	struct dst_entry *dst;

	memcpy(&fl6.daddr, &sa->dst, sizeof(fl6.daddr));
	memcpy(&fl6.saddr, &sa->src, sizeof(fl6.saddr));
	dst = ip6_route_output_flags(net, NULL, &fl6, oif ? RT6_LOOKUP_F_IFACE : 0);
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

static void cache_v4(struct klips_sa *sa, struct dst_entry *dst)
{
	dst_cache_set_ip4(&sa->route, dst, sa->src.v4);
}

static void cache_v6(struct klips_sa *sa, struct dst_entry *dst)
{
	dst_cache_set_ip6(&sa->route, dst, (const struct in6_addr *)&sa->src);
}

/* In both: nothing on the way asks XFRM's policies again. */
static int send_v4(struct net *net, struct sk_buff *skb)
{
	/* What is cut after all must be allowed to be cut again. */
	if (skb->len > dst_mtu(skb_dst(skb)))
		ip_hdr(skb)->frag_off &= ~htons(IP_DF);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->flags |= IPSKB_XFRM_TRANSFORMED;
	return ip_local_out(net, NULL, skb);
}

static int send_v6(struct net *net, struct sk_buff *skb)
{
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->flags |= IP6SKB_XFRM_TRANSFORMED;
	return ip6_local_out(net, NULL, skb);
}

static const struct outer_family v4 = {
	.cached = cached_v4,
	.lookup = lookup_v4,
	.cache = cache_v4,
	.send = send_v4,
};

static const struct outer_family v6 = {
	.cached = cached_v6,
	.lookup = lookup_v6,
	.cache = cache_v6,
	.send = send_v6,
};

static bool leaves_by(const struct dst_entry *dst, const struct net_device *lower)
{
	return !lower || dst->dev == lower;
}

/* A cached route counts only while it leaves by the device attached now. */
static struct dst_entry *route_cached(const struct outer_family *fam,
				      struct klips_sa *sa,
				      const struct net_device *lower)
{
	struct dst_entry *dst = fam->cached(sa);

	if (!dst || leaves_by(dst, lower))
		return dst;
	dst_release(dst);
	return NULL;
}

/* Not into an ipsec device again; and IPv6 takes the device that the source says, not always ours. */
static enum klips_drop route_check(const struct dst_entry *dst,
				   const struct net_device *lower)
{
	if (klips_device_is(dst->dev))
		return KLIPS_DROP_LOOP;
	return leaves_by(dst, lower) ? KLIPS_OK : KLIPS_DROP_NO_ROUTE;
}

bool klips_outer_leaves(const struct klips_dev *kd, const struct dst_entry *dst)
{
	return leaves_by(dst, rcu_dereference(kd->lower));
}

enum klips_drop klips_outer_route(struct klips_sa *sa, struct klips_dev *kd,
				  struct dst_entry **dst)
{
	const struct outer_family *fam = sa->said.family == AF_INET ? &v4 : &v6;
	const struct net_device *lower = rcu_dereference(kd->lower);
	enum klips_drop why;

	*dst = route_cached(fam, sa, lower);
	if (*dst)
		return KLIPS_OK;
	*dst = fam->lookup(sa, kd->kn->net, lower ? lower->ifindex : 0, kd->fwmark);
	if (!*dst)
		return KLIPS_DROP_NO_ROUTE;
	why = route_check(*dst, lower);
	if (why == KLIPS_OK)
		fam->cache(sa, *dst);
	else
		dst_release(*dst);
	return why;
}

/*
 * Where outer packets may be cut, by routers (IPv4 with DF clear) or by us, only our own link
 * counts: a path that is narrower further on costs fragments, not packets, and no ICMP has to come
 * through for it. Where they may not, what the path was learned to carry counts.
 */
static unsigned int outer_room(const struct klips_dev *kd, const struct dst_entry *dst)
{
	unsigned int link = READ_ONCE(dst->dev->mtu);

	if (kd->df == KLIPS_DF_CLEAR)
		return min_t(unsigned int, link, IP_MAX_MTU);
	return min(link, dst_mtu(dst));
}

/* Largest packet with an IP header of @head bytes that @sa makes one of @room bytes of. */
static unsigned int step_mtu(const struct klips_sa *sa, unsigned int head,
			     unsigned int room)
{
	bool tunnel = sa->mode != IPSEC_MODE_TRANSPORT;
	unsigned int front = klips_head_room(sa) + (tunnel ? 0 : head);

	room = room > front ? sa->transform->max_payload(sa, room - front) : 0;
	return room && !tunnel ? room + head : room;
}

unsigned int klips_outer_mtu(struct klips_sa *sa, const struct klips_dev *kd,
			     unsigned int head, const struct dst_entry *dst)
{
	struct klips_sa *chain[KLIPS_GROUP_MAX];
	unsigned int heads[KLIPS_GROUP_MAX], n = 0;
	unsigned int room = outer_room(kd, dst);

	for (; sa && n < KLIPS_GROUP_MAX; sa = klips_sa_outer(sa)) {
		heads[n] = head;
		if (sa->mode != IPSEC_MODE_TRANSPORT)
			head = klips_head_size(sa->said.family);
		chain[n++] = sa;
	}
	while (n--)
		room = step_mtu(chain[n], heads[n], room);
	return room;
}

void klips_outer_room(const struct klips_sa *sa, unsigned int *head,
		      unsigned int *tail)
{
	*head = 0;
	*tail = 0;
	for (; sa; sa = klips_sa_outer(sa)) {
		*head += klips_head_room(sa) + sa->transform->headroom(sa);
		*tail += sa->transform->tailroom(sa);
	}
}

int klips_outer_send(struct klips_dev *kd, struct sk_buff *skb)
{
	const struct outer_family *fam = skb->protocol == htons(ETH_P_IP) ? &v4 : &v6;

	skb->ip_summed = CHECKSUM_NONE;
	skb->mark = kd->fwmark;
	/* What must not be cut was refused before; the rest is cut here if the path needs it. */
	skb->ignore_df = 1;
	return fam->send(kd->kn->net, skb);
}
