// SPDX-License-Identifier: GPL-2.0
/*
 * The way out through SAs: a packet is made to fit, gets its number and its room, and goes through one SA of
 * its group after the other, to the route of the outermost.
 */
#include <linux/ipsec.h>
#include <net/ip.h>

#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "flow.h"
#include "head.h"
#include "inner.h"
#include "life.h"
#include "mss.h"
#include "net.h"
#include "outer.h"
#include "parallel.h"
#include "transform.h"
#include "xmit.h"

static void sa_drop(struct klips_dev *kd, struct klips_sa *sa,
		    struct sk_buff *skb, enum klips_drop why)
{
	klips_xmit_drop(kd, NULL, sa, skb, why);
}

/*
 * Takes @n numbers, of which *@first is the first. They start at 1 and are taken once, whatever
 * becomes of the packet. The last is 2^32 - 1, or 2^64 - 1 with ESN, never a wrap (RFC 4303
 * 3.3.3); the counter stays there.
 */
static bool take_sequence(struct klips_sa *sa, unsigned int n, u64 *first)
{
	s64 before = atomic64_read(&sa->seq_out);

	do {
		if (unlikely(sa->seq_last - (u64)before < n))
			return false;
	} while (!atomic64_try_cmpxchg(&sa->seq_out, &before, before + n));
	*first = before + 1;
	return true;
}

/* The same where @sa has numbers; KLIPS_OK, or why not, which ends the SA. */
static enum klips_drop take_numbers(struct klips_sa *sa, unsigned int n, u64 *first)
{
	if (!sa->transform->numbered || take_sequence(sa, n, first))
		return KLIPS_OK;
	klips_life_exhausted(sa);
	return KLIPS_DROP_SEQ_OVERFLOW;
}

/*
 * Moves a linear packet of our own towards the end of its buffer, which has room enough in all: a
 * buffer of the next size costs more, to get, to clear and to copy to.
 */
static bool shift(struct sk_buff *skb, unsigned int head, unsigned int tail)
{
	unsigned int by = ALIGN(head - skb_headroom(skb), sizeof(long));

	if (skb_tailroom(skb) < by + tail)
		return false;
	memmove(skb->data + by, skb->data, skb->len);
	skb_reserve(skb, by);
	skb_headers_offset_update(skb, by);
	return true;
}

/*
 * A larger buffer for @skb. Where a socket owns the packet, pskb_expand_head() leaves out of truesize what the
 * buffer grows by: the packet has to say what it holds, because a receiver in this kernel reckons
 * with it, and the socket pays for it until the packet is sent.
 */
static int grow(struct sk_buff *skb, unsigned int head, unsigned int tail)
{
	unsigned int before = skb_end_offset(skb), more;

	if (pskb_expand_head(skb, SKB_DATA_ALIGN(head), tail, GFP_ATOMIC))
		return -ENOMEM;
	if (klips_compat_is_wmem(skb)) {
		more = skb_end_offset(skb) - before;
		skb->truesize += more;
		refcount_add(more, &skb->sk->sk_wmem_alloc);
	}
	return 0;
}

/* Whether it can be said what @skb grows by. pskb_expand_head() says it itself where nobody, or sock_edemux(), owns it. */
static bool may_grow(const struct sk_buff *skb)
{
	return !skb_is_nonlinear(skb) &&
	       (!skb->sk || skb->destructor == sock_edemux || klips_compat_is_wmem(skb));
}

/*
 * Makes @skb linear, writable and roomy in at most one copy, whatever of that it lacks. A copy says what
 * it holds, and nobody owns it. NULL: no memory, @skb is untouched.
 */
static struct sk_buff *make_room(struct sk_buff *skb, unsigned int head,
				 unsigned int tail)
{
	bool own = !skb_is_nonlinear(skb) && !skb_cloned(skb);
	int more = head > skb_headroom(skb) ? head - skb_headroom(skb) : 0;
	struct sk_buff *copy;

	if (own && !more && skb_tailroom(skb) >= tail)
		return skb;
	if (own && more && shift(skb, head, tail))
		return skb;
	if (may_grow(skb))
		return grow(skb, more, tail) ? NULL : skb;
	copy = skb_copy_expand(skb, head, tail, GFP_ATOMIC);
	if (copy)
		consume_skb(skb);
	return copy;
}

/* Ends the way of a packet that klips_stat_tx() counted and that holds its references. */
static void pass_drop(struct sk_buff *skb, enum klips_drop why)
{
	struct klips_pass pass = *klips_pass(skb);

	klips_xmit_lost(pass.kd, NULL, NULL, pass.sa, why);
	klips_drop_free(skb, why);
	klips_pass_put(&pass);
}

/* Moves the IP header away from the payload, as far as what goes between needs. */
static bool open_transport(struct sk_buff *skb, struct klips_pass *pass)
{
	unsigned int gap = klips_head_room(pass->sa) +
			   pass->sa->transform->headroom(pass->sa);

	if (!klips_head_is(skb->data, pass->sa->said.family, &pass->sa->src, &pass->sa->dst))
		return false;
	pass->head = klips_head_len(skb, &pass->nhoff);
	if (!pass->head)
		return false;
	pass->inner_proto = skb->data[pass->nhoff];
	skb_push(skb, gap);
	memmove(skb->data, skb->data + gap, pass->head);
	skb_reset_network_header(skb);
	__skb_pull(skb, gap + pass->head);
	return true;
}

/* The group may have changed since room was made for it. */
static bool has_room(const struct sk_buff *skb, const struct klips_sa *sa)
{
	return skb_headroom(skb) >= klips_head_room(sa) + sa->transform->headroom(sa) &&
	       skb_tailroom(skb) >= sa->transform->tailroom(sa);
}

/* One SA at work on the IP packet at skb->data; klips_xmit_done() goes on from there. */
static void xmit_step(struct sk_buff *skb)
{
	struct klips_pass *pass = klips_pass(skb);
	const struct klips_transform *tf = pass->sa->transform;

	if (unlikely(!has_room(skb, pass->sa))) {
		klips_xmit_done(skb, KLIPS_DROP_SA_STATE);
		return;
	}
	pass->proto = tf->proto;
	if (pass->sa->mode == IPSEC_MODE_TRANSPORT) {
		if (!open_transport(skb, pass)) {
			klips_xmit_done(skb, KLIPS_DROP_TRANSPORT);
			return;
		}
	} else {
		pass->inner_proto = klips_inner_ipip(skb);
		pass->tos = klips_inner_tos(skb);
		pass->df = klips_inner_df(skb);
	}
	tf->output(skb);
}

/* The packet goes to @sa next: takes its number and a reference. */
static enum klips_drop xmit_next(struct klips_pass *pass, struct klips_sa *sa)
{
	enum klips_drop why = take_numbers(sa, 1, &pass->seq);

	if (why != KLIPS_OK)
		return why;
	if (!klips_sa_get(sa))
		return KLIPS_DROP_SA_STATE;
	klips_sa_put(pass->sa);
	pass->sa = sa;
	return KLIPS_OK;
}

/* Sends the packet by the route that it was given and counts what became of it. */
static void xmit_send(struct sk_buff *skb)
{
	struct klips_pass pass = *klips_pass(skb);
	int err;

	/* The device may have gone while crypto was under way. */
	if (unlikely(!klips_outer_leaves(pass.kd, skb_dst(skb)))) {
		pass_drop(skb, KLIPS_DROP_NO_DEVICE);
		return;
	}
	err = klips_outer_send(pass.kd, skb);
	/* The macro evaluates its argument twice. */
	if (unlikely(net_xmit_eval(err)))
		klips_xmit_lost(pass.kd, NULL, NULL, pass.sa, KLIPS_DROP_SEND);
	else
		klips_stat_tx_transformed(pass.kd);
	klips_pass_put(&pass);
}

/* An SA has done its work: the packet goes to the next of its group, or out. */
static void xmit_on(struct sk_buff *skb)
{
	struct klips_pass *pass = klips_pass(skb);
	struct klips_sa *next = klips_sa_outer(pass->sa);
	enum klips_drop why;

	if (!pass->sa->transform->covers_head)
		klips_head_put(skb);
	klips_sa_used(pass->sa, pass->len);
	if (!next) {
		/* It had one behind it when it came: half of a group protects nothing. */
		if (pass->more)
			pass_drop(skb, KLIPS_DROP_SA_STATE);
		else
			xmit_send(skb);
		return;
	}
	why = xmit_next(pass, next);
	if (why != KLIPS_OK) {
		pass_drop(skb, why);
		return;
	}
	pass->more = !!klips_sa_outer(next);
	xmit_step(skb);
}

static void xmit_end(struct sk_buff *skb, enum klips_drop why)
{
	rcu_read_lock();
	if (why == KLIPS_OK)
		xmit_on(skb);
	else
		pass_drop(skb, why);
	rcu_read_unlock();
}

void klips_xmit_done(struct sk_buff *skb, enum klips_drop why)
{
	if (klips_pass(skb)->ticketed)
		klips_parallel_done(skb, why, xmit_end);
	else
		xmit_end(skb, why);
}

static void xmit_spread(struct sk_buff *skb)
{
	enum klips_drop why = klips_parallel_start(skb, xmit_step);

	if (why != KLIPS_OK)
		pass_drop(skb, why);
}

/* Hands a packet that fits, with its number and a reference on its route, to its first SA; klips_xmit_done() knows its fate. */
static void xmit_transform(struct klips_dev *kd, struct klips_sa *sa,
			   struct sk_buff *skb, struct dst_entry *dst, u64 seq)
{
	unsigned int head, tail;
	struct sk_buff *roomy;

	klips_outer_room(sa, &head, &tail);
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		sa_drop(kd, sa, skb, KLIPS_DROP_NO_MEMORY);
		return;
	}
	roomy = make_room(skb, LL_RESERVED_SPACE(dst->dev) + head, tail);
	if (!roomy) {
		sa_drop(kd, sa, skb, KLIPS_DROP_NO_MEMORY);
		return;
	}
	if (!klips_sa_get(sa)) {
		sa_drop(kd, sa, roomy, KLIPS_DROP_SA_STATE);
		return;
	}
	klips_stat_tx(kd, roomy->len);
	skb_scrub_packet(roomy, !net_eq(dev_net(kd->dev), kd->kn->net));
	skb_dst_set(roomy, dst_clone(dst));
	dev_hold(kd->dev);
	*klips_pass(roomy) = (struct klips_pass) {
		.sa = sa, .kd = kd, .len = roomy->len, .seq = seq,
		.more = !!klips_sa_outer(sa),
	};
	if (kd->parallel)
		xmit_spread(roomy);
	else
		xmit_step(roomy);
}

/* One packet that fits, whose number is not taken yet. */
static void xmit_one(struct klips_dev *kd, struct klips_sa *sa, struct sk_buff *skb,
		     struct dst_entry *dst)
{
	u64 seq = 0;
	enum klips_drop why = take_numbers(sa, 1, &seq);

	if (why == KLIPS_OK)
		xmit_transform(kd, sa, skb, dst, seq);
	else
		sa_drop(kd, sa, skb, why);
}

/* A fragment of a packet that klips_inner_fragment() cut: device and SA as of the whole. */
static void xmit_fragment(struct sk_buff *skb, void *arg)
{
	struct klips_inner_cut *cut = arg;

	xmit_one(cut->kd, cut->sa, skb, cut->dst);
}

/* Whether the packet that @sa and those behind it make of this one is one that IP has a length for. */
static bool has_length(const struct klips_sa *sa, const struct sk_buff *skb)
{
	unsigned int head, tail;

	klips_outer_room(sa, &head, &tail);
	return head + skb->len + tail <= IP_MAX_MTU;
}

/* Tells the sender, or cuts the packet, if it may be, so that what is encrypted fits the path. */
static void xmit_too_big(struct klips_dev *kd, struct klips_sa *sa, struct sk_buff *skb,
			 struct dst_entry *dst, unsigned int mtu, bool cuttable)
{
	struct klips_inner_cut cut = { .kd = kd, .sa = sa, .dst = dst };
	unsigned int len = skb->len;
	enum klips_drop why;

	switch (klips_inner_fit(skb, mtu, cuttable, kd->quiet)) {
	case KLIPS_FIT_WHOLE:
		if (has_length(sa, skb))
			xmit_one(kd, sa, skb, dst);
		else
			sa_drop(kd, sa, skb, KLIPS_DROP_TOO_BIG);
		return;
	case KLIPS_FIT_NOT:
		sa_drop(kd, sa, skb, KLIPS_DROP_TOO_BIG);
		return;
	case KLIPS_FIT_CUT:
		break;
	}
	why = klips_inner_fragment(skb, mtu, xmit_fragment, &cut);
	if (why == KLIPS_OK)
		return;
	/* What was not handed over counts as one packet. */
	klips_stat_tx(kd, len);
	klips_xmit_lost(kd, NULL, NULL, sa, why);
}

/* A packet of any size that is one. */
static void xmit_sized(struct klips_dev *kd, struct klips_sa *sa, struct sk_buff *skb,
		       struct dst_entry *dst, unsigned int mtu, bool cuttable)
{
	if (skb->len <= klips_inner_mtu(skb, mtu))
		xmit_one(kd, sa, skb, dst);
	else
		xmit_too_big(kd, sa, skb, dst, mtu, cuttable);
}

/* Packets that all fit: their numbers are taken at once. */
static void xmit_list(struct klips_dev *kd, struct klips_sa *sa, struct sk_buff *segs,
		      struct dst_entry *dst)
{
	struct sk_buff *seg, *next;
	enum klips_drop why;
	unsigned int n = 0;
	u64 seq = 0;

	skb_list_walk_safe(segs, seg, next)
		n++;
	why = take_numbers(sa, n, &seq);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		if (why == KLIPS_OK)
			xmit_transform(kd, sa, seg, dst, seq++);
		else
			sa_drop(kd, sa, seg, why);
	}
}

/* What the stack left in one piece as long as it could: cut into the packets it stands for. */
static void xmit_gso(struct klips_dev *kd, struct klips_sa *sa, struct sk_buff *skb,
		     struct dst_entry *dst, unsigned int mtu, bool cuttable)
{
	bool fits = skb_gso_validate_network_len(skb, klips_inner_mtu(skb, mtu));
	struct sk_buff *segs = skb_gso_segment(skb, 0), *seg, *next;

	if (IS_ERR_OR_NULL(segs)) {
		sa_drop(kd, sa, skb, KLIPS_DROP_NO_MEMORY);
		return;
	}
	consume_skb(skb);
	if (likely(fits)) {
		xmit_list(kd, sa, segs, dst);
		return;
	}
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		xmit_sized(kd, sa, seg, dst, mtu, cuttable);
	}
}

/* Whether every SA that is to work on the packet may. */
static enum klips_drop chain_usable(struct klips_sa *sa)
{
	enum klips_drop why = KLIPS_OK;

	for (; sa && why == KLIPS_OK; sa = klips_sa_outer(sa))
		why = klips_sa_usable(sa);
	return why;
}

/*
 * Transport mode is for whole packets (RFC 4301 7), and so is an eroute that names more than a fragment shows: a peer with
 * the same policy takes no fragment out of the tunnel, unless it said that it does.
 */
static bool may_cut(const struct klips_eroute *er, const struct klips_sa *sa)
{
	return sa->mode != IPSEC_MODE_TRANSPORT &&
	       (!er->entry.sel.proto || sa->flags & KLIPS_SA_FRAGMENTS);
}

static void xmit_chain(struct klips_dev *kd, struct klips_sa *sa, struct sk_buff *skb,
		       const struct klips_flow *flow, struct dst_entry *dst, bool cuttable)
{
	unsigned int head, mtu;
	enum klips_drop why;
	u16 nhoff;

	head = sa->mode == IPSEC_MODE_TRANSPORT ? klips_head_len(skb, &nhoff) : 0;
	mtu = klips_outer_mtu(sa, kd, head, dst);
	if (kd->effective_mtu != mtu)
		WRITE_ONCE(kd->effective_mtu, mtu);
	why = klips_mss_out(kd, skb, flow, mtu);
	if (unlikely(why != KLIPS_OK)) {
		sa_drop(kd, sa, skb, why);
		return;
	}
	if (skb_is_gso(skb))
		xmit_gso(kd, sa, skb, dst, mtu, cuttable);
	else
		xmit_sized(kd, sa, skb, dst, mtu, cuttable);
}

void klips_xmit_sa(struct klips_dev *kd, struct sk_buff *skb,
		   struct klips_eroute *er, const struct klips_flow *flow)
{
	struct klips_sa *sa = klips_sa_lookup(kd->kn, &er->said);
	struct dst_entry *dst;
	enum klips_drop why;

	if (!sa) {
		klips_xmit_drop(kd, er, NULL, skb, KLIPS_DROP_NO_SA);
		return;
	}
	why = chain_usable(sa);
	if (why == KLIPS_OK)
		why = klips_outer_route(klips_sa_outermost(sa), kd, &dst);
	if (why != KLIPS_OK) {
		sa_drop(kd, sa, skb, why);
		return;
	}
	xmit_chain(kd, sa, skb, flow, dst, may_cut(er, sa));
	dst_release(dst);
}

#ifdef DEBUG
#include "selftest/xmit.c"
#endif
