// SPDX-License-Identifier: GPL-2.0
/*
 * The way in: an ESP packet for one of our SAs is unwrapped and arrives on ipsecN. What
 * is not ours goes on to XFRM untouched: a handler returns 0 for a packet that it took, whatever
 * became of it, and -EINVAL for one that it left alone (net/ipv4/xfrm4_protocol.c).
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <net/esp.h>
#include <net/ip.h>
#include <net/xfrm.h>

#include "device.h"
#include "flow.h"
#include "inner.h"
#include "net.h"
#include "rcv.h"
#include "transform.h"

#define PRIORITY_FIRST	200		/* in front of VTI (100), which takes any SPI of its peers */
#define PRIORITY_LAST	-1		/* behind XFRM (0) */

/* A packet of ours that ends here. */
static void rcv_drop(struct klips_dev *kd, struct klips_sa *sa,
		     struct sk_buff *skb, enum klips_drop why)
{
	atomic_long_inc(&sa->drops[why]);
	if (kd)
		klips_stat_rx_drop(kd, why);
	kfree_skb(skb);
}

/* Where packets of @sa arrive: the device that it names, else the one attached to the link. */
static struct klips_dev *rcv_device(struct klips_sa *sa, const struct net_device *link)
{
	if (sa->device)
		return klips_device_by_id(sa->kn, sa->device);
	return klips_device_by_lower(sa->kn, link);
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

/* What can be told before any crypto. */
static enum klips_drop rcv_check(struct klips_sa *sa, struct klips_dev *kd,
				 const struct sk_buff *skb, u64 *seq)
{
	enum klips_drop why = klips_sa_usable(sa);

	if (why != KLIPS_OK)
		return why;
	if (!kd)
		return KLIPS_DROP_NO_DEVICE;
	if (!(kd->dev->flags & IFF_UP))
		return KLIPS_DROP_DEVICE_DOWN;
	if (ip_hdr(skb)->saddr != sa->src.v4)
		return KLIPS_DROP_BAD_SOURCE;
	return replay_check(sa, seq) ? KLIPS_OK : KLIPS_DROP_REPLAY;
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

/* The packet is for @sa: takes it. */
static void rcv_take(struct klips_sa *sa, struct sk_buff *skb, u32 low)
{
	struct klips_dev *kd = rcv_device(sa, skb->dev);
	u8 tos = ip_hdr(skb)->tos;
	struct sk_buff *private;
	enum klips_drop why;
	u64 seq = low;

	why = rcv_check(sa, kd, skb, &seq);
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
		.sa = sa, .kd = kd, .tos = tos, .seq = seq,
	};
	sa->transform->input(private);
}

/* What came out of the tunnel must be an IP packet that the SA is for. */
static enum klips_drop rcv_inspect(struct sk_buff *skb,
				   const struct klips_pass *pass)
{
	struct klips_flow flow;
	enum klips_drop why;

	if (!replay_advance(pass->sa, pass->seq))
		return KLIPS_DROP_REPLAY;
	why = klips_inner_accept(skb, pass->inner_proto);
	if (why != KLIPS_OK)
		return why;
	why = klips_flow_read(skb, &flow);
	if (why != KLIPS_OK)
		return KLIPS_DROP_BAD_INNER;
	if (!klips_sa_admits(pass->sa, pass->kd->id, &flow))
		return KLIPS_DROP_POLICY;
	return klips_inner_ecn(skb, pass->tos) ? KLIPS_OK : KLIPS_DROP_BAD_INNER;
}

static void rcv_deliver(struct klips_dev *kd, struct klips_sa *sa,
			struct sk_buff *skb)
{
	skb_reset_mac_header(skb);
	skb_scrub_packet(skb, !net_eq(dev_net(kd->dev), kd->kn->net));
	skb->dev = kd->dev;
	skb->ip_summed = CHECKSUM_NONE;
	memset(skb->cb, 0, sizeof(skb->cb));
	klips_sa_used(sa, skb->len);
	klips_stat_rx(kd, skb->len);
	gro_cells_receive(&kd->cells, skb);
}

void klips_rcv_done(struct sk_buff *skb, enum klips_drop why)
{
	struct klips_pass pass = *klips_pass(skb);

	rcu_read_lock();
	if (why == KLIPS_OK)
		why = rcv_inspect(skb, &pass);
	if (why == KLIPS_OK)
		rcv_deliver(pass.kd, pass.sa, skb);
	else
		rcv_drop(pass.kd, pass.sa, skb, why);
	rcu_read_unlock();
	klips_sa_put(pass.sa);
	dev_put(pass.kd->dev);
}

/* skb->data at the security protocol's header, RCU read lock held, outer fragments put together. */
static int rcv_find(struct sk_buff *skb, u8 proto)
{
	const struct klips_transform *tf = klips_transform_find(proto);
	struct klips_net *kn = klips_net(dev_net(skb->dev));
	struct klips_said said = { .family = AF_INET, .proto = proto };
	struct klips_sa *sa;
	u32 seq;

	if (!tf->parse(skb, &said.spi, &seq))
		return -EINVAL;
	said.dst.v4 = ip_hdr(skb)->daddr;
	sa = klips_sa_lookup(kn, &said);
	if (!sa)
		return -EINVAL;
	rcv_take(sa, skb, seq);
	return 0;
}

static int esp4_rcv(struct sk_buff *skb)
{
	return rcv_find(skb, IPPROTO_ESP);
}

/* ESP in UDP, from a socket with UDP_ENCAP: not built yet, so all of it is XFRM's. */
static int esp4_input(struct sk_buff *skb, int nexthdr, __be32 spi, int encap_type)
{
	return -EINVAL;
}

/* A packet for nobody, counted where there is somebody to see it: on the device over its link. */
static void count_stranger(const struct sk_buff *skb)
{
	struct klips_dev *kd;

	kd = klips_device_by_lower(klips_net(dev_net(skb->dev)), skb->dev);
	if (kd)
		klips_stat_rx_drop(kd, skb->len < sizeof(struct ip_esp_hdr) ?
				   KLIPS_DROP_TRUNCATED : KLIPS_DROP_UNKNOWN_SPI);
}

/*
 * Called for every packet that XFRM itself decrypts or drops: > 0 says it is not ours. One
 * dropped before a state was found had none: where esp4 is loaded it never comes to esp4_unknown().
 */
static int esp4_cb(struct sk_buff *skb, int err)
{
	const struct sec_path *sp = skb_sec_path(skb);

	if (err < 0 && (!sp || !sp->len))
		count_stranger(skb);
	return 1;
}

/* ICMP about an ESP packet: not 0 asks the next handler. */
static int esp4_err(struct sk_buff *skb, u32 info)
{
	return -ENOENT;
}

/*
 * What neither klips nor XFRM has an SA for. Without esp4 loaded the kernel would answer with
 * ICMP; IPsec does not tell who has no SA (RFC 4301 5.2).
 */
static int esp4_unknown(struct sk_buff *skb)
{
	count_stranger(skb);
	kfree_skb(skb);
	return 0;
}

static struct xfrm4_protocol esp4_first = {
	.handler = esp4_rcv,
	.input_handler = esp4_input,
	.cb_handler = esp4_cb,
	.err_handler = esp4_err,
	.priority = PRIORITY_FIRST,
};

static struct xfrm4_protocol esp4_last = {
	.handler = esp4_unknown,
	.input_handler = esp4_input,
	.cb_handler = esp4_cb,
	.err_handler = esp4_err,
	.priority = PRIORITY_LAST,
};

int klips_rcv_init(void)
{
	int err = xfrm4_protocol_register(&esp4_first, IPPROTO_ESP);

	if (err)
		return err;
	err = xfrm4_protocol_register(&esp4_last, IPPROTO_ESP);
	if (err)
		xfrm4_protocol_deregister(&esp4_first, IPPROTO_ESP);
	return err;
}

void klips_rcv_exit(void)
{
	xfrm4_protocol_deregister(&esp4_last, IPPROTO_ESP);
	xfrm4_protocol_deregister(&esp4_first, IPPROTO_ESP);
}
