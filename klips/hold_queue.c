// SPDX-License-Identifier: GPL-2.0
/* The queue of one hold: its first packet, which asked, and the newest of the others, in order. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "device.h"
#include "hold.h"
#include "net.h"
#include "xmit.h"

/* Behind what the stack has in cb of the packet, which goes on with it when it is let go. */
struct held {
	u32 id;				/* of the datagram that it is a fragment of */
	u16 largest;			/* as in its flow */
	bool fragment;
};

#define HELD_OFFSET 40

static struct held *held(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct inet_skb_parm) > HELD_OFFSET ||
		     sizeof(struct inet6_skb_parm) > HELD_OFFSET ||
		     HELD_OFFSET + sizeof(struct held) > sizeof_field(struct sk_buff, cb));
	return (struct held *)(skb->cb + HELD_OFFSET);
}

unsigned int klips_hold_largest(const struct sk_buff *skb)
{
	return held(skb)->largest;
}

static u32 fragment_id(struct sk_buff *skb, u8 family)
{
	struct frag_hdr _fh, *fh;
	unsigned int at = 0;

	if (family == AF_INET)
		return (__force u32)ip_hdr(skb)->id;
	if (ipv6_find_hdr(skb, &at, NEXTHDR_FRAGMENT, NULL, NULL) < 0)
		return 0;
	fh = skb_header_pointer(skb, at, sizeof(_fh), &_fh);
	return fh ? (__force u32)fh->identification : 0;
}

static bool same_datagram(const struct sk_buff *a, const struct sk_buff *b)
{
	return held(a)->fragment && held(b)->fragment && held(a)->id == held(b)->id;
}

/* h->lock held, as for the next four. */
void klips_hold_queue_add(struct klips_hold *h, struct sk_buff *skb)
{
	struct sk_buff *last = skb_peek_tail(&h->queue);

	if (!last || !same_datagram(last, skb))
		h->datagrams++;
	h->bytes += skb->truesize;
	atomic_long_add(skb->truesize, &h->hs->bytes);
	atomic_long_inc(&h->kd->held);
	__skb_queue_tail(&h->queue, skb);
}

static void queue_gone(struct klips_hold *h, struct sk_buff *skb)
{
	h->bytes -= skb->truesize;
	atomic_long_sub(skb->truesize, &h->hs->bytes);
	atomic_long_dec(&h->kd->held);
}

struct sk_buff *klips_hold_queue_first(struct klips_hold *h)
{
	struct sk_buff *skb = __skb_dequeue(&h->queue), *next = skb_peek(&h->queue);

	if (!skb)
		return NULL;
	queue_gone(h, skb);
	if (!next || !same_datagram(skb, next))
		h->datagrams--;
	return skb;
}

void klips_hold_queue_empty(struct klips_hold *h, struct sk_buff_head *out)
{
	struct sk_buff *skb;

	while ((skb = klips_hold_queue_first(h)))
		__skb_queue_tail(out, skb);
}

/* The oldest datagram but the first makes room; false: there is only that one. */
static bool queue_push_out(struct klips_hold *h, struct sk_buff_head *out)
{
	struct sk_buff *first = skb_peek(&h->queue), *skb = first, *next;

	while (skb && same_datagram(first, skb))
		skb = skb_queue_is_last(&h->queue, skb) ? NULL : skb_queue_next(&h->queue, skb);
	if (skb == first)
		skb = skb_queue_is_last(&h->queue, skb) ? NULL : skb_queue_next(&h->queue, skb);
	if (!skb)
		return false;
	h->datagrams--;
	do {
		next = skb_queue_is_last(&h->queue, skb) ? NULL : skb_queue_next(&h->queue, skb);
		__skb_unlink(skb, &h->queue);
		queue_gone(h, skb);
		__skb_queue_tail(out, skb);
	} while (next && same_datagram(skb, next) && (skb = next));
	return true;
}

/*
 * A local TCP socket keeps its packet, and so sends it no second time while it waits here; any
 * other sender's memory is not ours to keep.
 */
static void take(struct sk_buff *skb, const struct klips_flow *flow)
{
	struct sock *sk = skb->sk;

	skb_dst_force(skb);
	if (sk && !(sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP))
		skb_orphan(skb);
	held(skb)->largest = flow->largest;
	held(skb)->fragment = flow->fragment && !flow->quoted;
	held(skb)->id = held(skb)->fragment ? fragment_id(skb, flow->family) : 0;
}

static bool is_full(const struct klips_hold *h, const struct sk_buff *skb)
{
	const struct klips_hold_settings *set = &h->hs->kn->hold_settings;
	const struct sk_buff *last = skb_peek_tail(&h->queue);
	bool more = last && same_datagram(last, skb);

	return h->datagrams + !more > READ_ONCE(set->hold_packets) ||
	       h->bytes + skb->truesize > READ_ONCE(set->hold_bytes);
}

enum klips_drop klips_hold_queue_take(struct klips_hold *h, struct sk_buff *skb,
				  const struct klips_flow *flow, struct sk_buff_head *out)
{
	take(skb, flow);
	while (!skb_queue_empty(&h->queue) && is_full(h, skb))
		if (!queue_push_out(h, out))
			return KLIPS_DROP_HOLD_FULL;
	klips_hold_queue_add(h, skb);
	return KLIPS_OK;
}

void klips_hold_drop_all(struct klips_dev *kd, struct sk_buff_head *queue, enum klips_drop why)
{
	struct sk_buff *skb;

	if (skb_queue_empty(queue))
		return;
	local_bh_disable();
	rcu_read_lock();
	while ((skb = __skb_dequeue(queue)))
		klips_xmit_drop(kd, NULL, NULL, skb, why);
	rcu_read_unlock();
	local_bh_enable();
}
