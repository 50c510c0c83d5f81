// SPDX-License-Identifier: GPL-2.0
/*
 * The way in: a packet for one of our SAs is unwrapped, by that SA and by every other of
 * its group, outermost first, and arrives on ipsecN. protocol.c finds the first one.
 */
#include <linux/ip.h>
#include <linux/ipsec.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "device.h"
#include "drop.h"
#include "events.h"
#include "flow.h"
#include "frag.h"
#include "head.h"
#include "inner.h"
#include "mss.h"
#include "natt.h"
#include "net.h"
#include "parallel.h"
#include "rcv.h"
#include "transform.h"

/* A packet of ours that ends here. */
static void rcv_drop(struct klips_dev *kd, struct klips_sa *sa,
		     struct sk_buff *skb, enum klips_drop why)
{
	const struct klips_drop_info info = {
		.kn = sa->kn, .kd = kd, .sa = sa, .why = why, .inbound = true,
	};

	klips_dropped(&info, skb);
	klips_drop_free(skb, why);
}

/* Where packets of @sa arrive: the device that it names, else the one attached to the link. */
static struct klips_dev *rcv_device(struct klips_sa *sa, const struct net_device *link)
{
	if (sa->device)
		return klips_device_by_id(sa->kn, sa->device);
	return klips_device_by_lower(sa->kn, link);
}

void klips_rcv_drop(struct klips_sa *sa, struct sk_buff *skb, enum klips_drop why)
{
	rcv_drop(skb->dev ? rcv_device(sa, skb->dev) : NULL, sa, skb, why);
}

/* The same, for one that holds its references. */
static void pass_drop(struct sk_buff *skb, enum klips_drop why)
{
	struct klips_pass pass = *klips_pass(skb);

	rcv_drop(pass.kd, pass.sa, skb, why);
	klips_pass_put(&pass);
}

/* @seq becomes the whole number of what the packet carries. */
static bool replay_check(struct klips_sa *sa, u64 *seq)
{
	bool ok;

	spin_lock_bh(&sa->replay_lock);
	*seq = klips_replay_number(&sa->replay, *seq);
	ok = klips_replay_check(&sa->replay, *seq);
	spin_unlock_bh(&sa->replay_lock);
	return ok;
}

static bool replay_advance(struct klips_sa *sa, u64 seq)
{
	bool ok;

	spin_lock_bh(&sa->replay_lock);
	ok = klips_replay_advance(&sa->replay, seq);
	spin_unlock_bh(&sa->replay_lock);
	return ok;
}

/* What can be told of a packet with number @seq before any crypto. */
static enum klips_drop rcv_check(struct klips_sa *sa, struct sk_buff *skb, bool udp, u64 *seq)
{
	enum klips_drop why = klips_sa_usable(sa);

	if (why != KLIPS_OK)
		return why;
	/* A peer behind NAT may have got another address: the ICV will tell. */
	if (!klips_head_is(skb_network_header(skb), sa->said.family, &sa->src, NULL) &&
	    !(udp && sa->encap.type))
		return KLIPS_DROP_BAD_SOURCE;
	if (!sa->transform->numbered)
		return KLIPS_OK;
	return replay_check(sa, seq) ? KLIPS_OK : KLIPS_DROP_REPLAY;
}

/*
 * The device must be there, up, and not half of a group be all that protects the packet. What came out of one ipsecN is
 * for no SA again, as nothing leaves by two: else one packet would cost as many times its crypto as fit into it.
 */
static enum klips_drop rcv_admit(struct klips_sa *sa, const struct klips_dev *kd,
				 const struct net_device *link)
{
	if (klips_sa_outer(sa))
		return KLIPS_DROP_BUNDLE;
	if (klips_device_is(link))
		return KLIPS_DROP_TTL;
	if (!kd)
		return KLIPS_DROP_NO_DEVICE;
	return kd->dev->flags & IFF_UP ? KLIPS_OK : KLIPS_DROP_DEVICE_DOWN;
}

/*
 * Crypto works in place only where nobody else can see the bytes: not in a clone's data, not in
 * pages, which may belong to a file or another socket.
 */
static struct sk_buff *make_private(struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (!skb_is_nonlinear(skb) && !skb_cloned(skb))
		return skb;
	copy = skb_copy(skb, GFP_ATOMIC);
	if (copy)
		consume_skb(skb);
	return copy;
}

/*
 * What a packet that never saw a wire still lacks of a checksum inside (one of a header that is
 * behind us does not matter any more): nobody could tell later where it goes.
 */
static bool fill_checksum(struct sk_buff *skb)
{
	int at = skb_checksum_start_offset(skb);

	if (likely(skb->ip_summed != CHECKSUM_PARTIAL))
		return true;
	if (at >= 0 && at < skb->len)
		return !skb_checksum_help(skb);
	skb->ip_summed = CHECKSUM_NONE;
	return true;
}

/*
 * Makes of the packet what its sender's SA made: whole, nothing left to be filled in. A fragment header
 * may be there still, where one fragment was all (RFC 6946).
 */
static bool restore(struct sk_buff *skb, bool atomic, struct klips_pass *at)
{
	if (unlikely(atomic))
		klips_head_unfragment(skb, &at->head, &at->nhoff);
	return fill_checksum(skb);
}

static u8 outer_tos(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4 ? ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));
}

/* Whether a header of protocol @proto is that of @sa's transform. */
static bool is_of(const struct klips_sa *sa, u8 proto)
{
	if (sa->transform->has_spi)
		return proto == sa->transform->proto;
	return proto == IPPROTO_IPIP || proto == IPPROTO_IPV6;
}

/* Hands the packet to its SA; klips_rcv_done() goes on from there. */
static void rcv_step(struct sk_buff *skb)
{
	struct klips_pass *pass = klips_pass(skb);

	if (likely(is_of(pass->sa, pass->proto))) {
		pass->sa->transform->input(skb);
		return;
	}
	/* IPCOMP that came without, and was found by its addresses. */
	pass->inner_proto = pass->proto;
	klips_rcv_done(skb, KLIPS_OK);
}

static void rcv_spread(struct sk_buff *skb)
{
	enum klips_drop why = klips_parallel_start(skb, rcv_step);

	if (why != KLIPS_OK)
		pass_drop(skb, why);
}

/* Whether it had to be put together. */
static bool came_cut(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4 ? IPCB(skb)->frag_max_size :
					   IP6CB(skb)->flags & IP6SKB_FRAGMENTED;
}

/* The packet is for @sa, which no other has to come before: takes it. */
void klips_rcv(struct klips_sa *sa, struct sk_buff *skb, const struct klips_rcv *at)
{
	bool atomic = ip_hdr(skb)->version == 6 && IP6CB(skb)->flags & IP6SKB_FRAGMENTED;
	struct klips_dev *kd = rcv_device(sa, skb->dev);
	bool cut = came_cut(skb);
	struct sk_buff *private;
	enum klips_drop why;
	u64 seq = at->seq;

	why = rcv_admit(sa, kd, skb->dev);
	if (why == KLIPS_OK && unlikely(READ_ONCE(sa->state) == KLIPS_SA_LARVAL) && klips_larval_hold(sa, skb, at))
		return;
	if (why == KLIPS_OK)
		why = rcv_check(sa, skb, at->udp, &seq);
	if (why != KLIPS_OK) {
		rcv_drop(kd, sa, skb, why);
		return;
	}
	private = make_private(skb);
	if (!private) {
		rcv_drop(kd, sa, skb, KLIPS_DROP_NO_MEMORY);
		return;
	}
	if (!klips_sa_get(sa)) {
		rcv_drop(kd, sa, private, KLIPS_DROP_SA_STATE);
		return;
	}
	dev_hold(kd->dev);
	*klips_pass(private) = (struct klips_pass) {
		.sa = sa, .kd = kd, .tos = outer_tos(private), .seq = seq,
		.head = at->head, .nhoff = at->nhoff, .proto = at->proto, .udp = at->udp,
		.cut = cut,
		.more = !!klips_sa_inner(sa),
	};
	if (!restore(private, atomic, klips_pass(private)))
		pass_drop(private, KLIPS_DROP_NO_MEMORY);
	else if (kd->parallel)
		rcv_spread(private);
	else
		rcv_step(private);
}

/* Tunnel mode: the outer header is gone, an IP packet is what must be there. */
static enum klips_drop unwrap_tunnel(struct sk_buff *skb, u8 proto)
{
	const struct klips_pass pass = *klips_pass(skb);
	enum klips_drop why = klips_inner_accept(skb, proto);

	if (why != KLIPS_OK)
		return why;
	if (!(pass.sa->flags & KLIPS_SA_NOECN) && !klips_inner_ecn(skb, pass.tos))
		return KLIPS_DROP_BAD_INNER;
	if (pass.sa->flags & KLIPS_SA_DECAP_DSCP)
		klips_inner_dscp(skb, pass.tos);
	return KLIPS_OK;
}

/* The SA of the packet has found it good: what is left is an IP packet again. */
static enum klips_drop unwrap(struct sk_buff *skb)
{
	struct klips_pass *pass = klips_pass(skb);
	struct klips_mapping from;

	if (pass->sa->transform->numbered && !replay_advance(pass->sa, pass->seq))
		return KLIPS_DROP_REPLAY;
	if (pass->udp) {
		klips_natt_mapping(skb, &from);
		klips_natt_seen(pass->sa, &from);
	}
	skb->ip_summed = CHECKSUM_NONE;
	if (pass->sa->mode != IPSEC_MODE_TRANSPORT)
		return unwrap_tunnel(skb, pass->inner_proto);
	/* A dummy (RFC 4303 2.6) is for nobody: the IP stack would answer it. */
	if (pass->inner_proto == NEXTHDR_NONE)
		return KLIPS_DROP_BAD_NEXTHDR;
	klips_head_back(skb);
	if (pass->udp)
		klips_natt_repair(skb, pass->sa);
	return KLIPS_OK;
}

/* A packet small enough may come without its compression (RFC 3173 2.2). */
static enum klips_drop skip(struct sk_buff *skb, const struct klips_sa *sa, unsigned int head,
			    u8 proto)
{
	if (sa->mode == IPSEC_MODE_TRANSPORT)
		return KLIPS_OK;
	klips_pass(skb)->tos = outer_tos(skb);
	__skb_pull(skb, head);
	return unwrap_tunnel(skb, proto);
}

/* The transform's header at skb->data must name @sa, as the IP header in front of it. */
static enum klips_drop identify(struct sk_buff *skb, const struct klips_sa *sa, u64 *seq)
{
	u32 low = 0;
	__be32 spi;

	if (!klips_head_is(skb_network_header(skb), sa->said.family, NULL, &sa->said.dst))
		return KLIPS_DROP_BUNDLE;
	if (!sa->transform->has_spi)
		return KLIPS_OK;
	if (!sa->transform->parse(skb, &spi, &low))
		return KLIPS_DROP_TRUNCATED;
	*seq = low;
	return spi == sa->said.spi ? KLIPS_OK : KLIPS_DROP_BUNDLE;
}

/* Goes on with the packet at skb->data to @sa, the next of its group inward. */
static enum klips_drop rcv_next(struct sk_buff *skb, struct klips_sa *sa)
{
	struct klips_pass *pass = klips_pass(skb);
	enum klips_drop why;
	u64 seq = 0;

	why = identify(skb, sa, &seq);
	if (why == KLIPS_OK)
		why = rcv_check(sa, skb, false, &seq);
	if (why != KLIPS_OK)
		return why;
	if (!klips_sa_get(sa))
		return KLIPS_DROP_SA_STATE;
	klips_sa_put(pass->sa);
	pass->sa = sa;
	pass->seq = seq;
	pass->udp = false;
	pass->tos = outer_tos(skb);
	pass->more = !!klips_sa_inner(sa);
	sa->transform->input(skb);
	return KLIPS_OK;
}

static bool wants_whole(const struct klips_sa *sa, const struct klips_flow *flow)
{
	for (; sa; sa = klips_sa_outer(sa))
		if (klips_sa_wants_whole(sa, flow))
			return true;
	return false;
}

static enum klips_drop read_inner(struct sk_buff *skb, struct klips_flow *flow)
{
	enum klips_drop why = klips_flow_read(skb, flow);

	return why == KLIPS_OK || why == KLIPS_DROP_BAD_QUOTE ? why : KLIPS_DROP_BAD_INNER;
}

/* The flow of what came out; a fragment may have to wait for the rest, which comes by the same SA. */
static int rcv_read(struct sk_buff **skb, const struct klips_pass *pass, struct klips_flow *flow)
{
	const struct klips_sa *first = klips_sa_innermost(pass->sa);
	const struct klips_frag_from from = {
		.kn = first->kn, .kd = pass->kd, .user = first->id, .inbound = true,
	};
	int why = read_inner(*skb, flow);
	unsigned int largest;

	if (why != KLIPS_OK || likely(!flow->fragment) || flow->quoted || !wants_whole(first, flow))
		return why;
	why = klips_frag_gather(&from, skb, &largest);
	return why == KLIPS_OK ? read_inner(*skb, flow) : why;
}

/* What came out must be a packet that every SA it came by is for; to them it counts. */
static int rcv_inspect(struct sk_buff **skb, const struct klips_pass *pass)
{
	struct klips_sa *first = klips_sa_innermost(pass->sa), *sa;
	struct klips_flow flow;
	int why = rcv_read(skb, pass, &flow);

	if (why != KLIPS_OK)
		return why;
	for (sa = first; sa; sa = klips_sa_outer(sa))
		if (!klips_sa_admits(sa, pass->kd->id, &flow))
			return KLIPS_DROP_POLICY;
	why = klips_mss_in(pass->kd, *skb, &flow);
	if (why != KLIPS_OK)
		return why;
	for (sa = first; sa; sa = klips_sa_outer(sa))
		klips_sa_used(sa, (*skb)->len);
	return KLIPS_OK;
}

/*
 * What was put together of fragments, here (then it has a list) or by the peer, may become that again. No other IPv6
 * packet is so large that it had to be cut outside: its sender would have been told.
 */
static bool may_be_cut(const struct sk_buff *skb, const struct klips_pass *pass)
{
	return skb_has_frag_list(skb) || (pass->cut && skb->protocol == htons(ETH_P_IPV6));
}

static void rcv_deliver(const struct klips_pass *pass, struct sk_buff *skb)
{
	struct klips_dev *kd = pass->kd;

	skb_reset_mac_header(skb);
	skb_scrub_packet(skb, !net_eq(dev_net(kd->dev), kd->kn->net));
	skb->ignore_df = may_be_cut(skb, pass);
	skb->dev = kd->dev;
	memset(skb->cb, 0, sizeof(skb->cb));
	klips_stat_rx(kd, skb->len);
	klips_event_arrival(kd, pass->sa, skb);
	gro_cells_receive(&kd->cells, skb);
}

/* The end of its way: the packet arrives on its device. */
static void rcv_end(struct sk_buff *skb)
{
	struct klips_pass pass = *klips_pass(skb);
	int why = rcv_inspect(&skb, &pass);

	if (why == KLIPS_OK)
		rcv_deliver(&pass, skb);
	else if (why != KLIPS_FRAG_WAITS)
		rcv_drop(pass.kd, pass.sa, skb, why);
	klips_pass_put(&pass);
}

/* The packet at skb->data has come out of its SA: to the next of the group, or to its end. */
static void rcv_on(struct sk_buff *skb)
{
	struct klips_pass *pass = klips_pass(skb);
	struct klips_sa *next = klips_sa_inner(pass->sa);
	enum klips_drop why = KLIPS_OK;

	/* It had one behind it when it came. */
	if (!next && pass->more)
		why = KLIPS_DROP_BUNDLE;
	for (; next && why == KLIPS_OK; next = klips_sa_inner(next)) {
		pass->head = klips_head_whole(skb, &pass->nhoff);
		if (!pass->head) {
			why = KLIPS_DROP_BAD_INNER;
			break;
		}
		pass->proto = skb->data[pass->nhoff];
		if (is_of(next, pass->proto)) {
			__skb_pull(skb, pass->head);
			why = rcv_next(skb, next);
			if (why == KLIPS_OK)
				return;
		} else if (next->transform->may_skip) {
			why = skip(skb, next, pass->head, pass->proto);
		} else {
			why = KLIPS_DROP_BUNDLE;
		}
	}
	if (why == KLIPS_OK)
		rcv_end(skb);
	else
		pass_drop(skb, why);
}

static void rcv_finish(struct sk_buff *skb, enum klips_drop why)
{
	rcu_read_lock();
	if (why == KLIPS_OK)
		why = unwrap(skb);
	if (why == KLIPS_OK)
		rcv_on(skb);
	else
		pass_drop(skb, why);
	rcu_read_unlock();
}

void klips_rcv_done(struct sk_buff *skb, enum klips_drop why)
{
	if (klips_pass(skb)->ticketed)
		klips_parallel_done(skb, why, rcv_finish);
	else
		rcv_finish(skb, why);
}
