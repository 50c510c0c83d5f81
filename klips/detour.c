// SPDX-License-Identifier: GPL-2.0
/*
 * Source NAT of a connection is decided once, at its first POSTROUTING. That of ipsecN would be it, and a rule for the
 * underlying device would come too late for what is to %pass through that. So its packets never come to ipsecN: they
 * get the route that xmit.c would give them, and begin their POSTROUTING anew. Packets of no connection have no NAT, and
 * go the ordinary way.
 */
#include <linux/skbuff.h>
#include <net/dst.h>

#include "detour.h"
#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "events.h"
#include "flow.h"
#include "inner.h"
#include "net.h"

/* The %pass that @skb meets, with its flow; NULL: it meets something else, which is for ipsecN to say. */
static struct klips_eroute *find_pass(const struct klips_dev *kd, struct sk_buff *skb,
				      struct klips_flow *flow)
{
	struct klips_eroute *er;

	if (klips_flow_read(skb, flow) != KLIPS_OK ||
	    klips_eroute_find(kd->kn, kd->id, flow, &er) != KLIPS_OK)
		return NULL;
	return er->target == KLIPS_TARGET_PASS ? er : NULL;
}

/* It counts as if it had come to the device. */
static void go_round(struct klips_dev *kd, struct sk_buff *skb, struct sock *sk,
		     const struct klips_eroute *er, const struct klips_flow *flow)
{
	const struct klips_drop_info info = {
		.kn = kd->kn, .kd = kd, .er = er, .flow = flow, .why = KLIPS_DROP_SEND,
		.sealed = true,
	};
	int err;

	klips_stat_tx(kd, skb->len);
	err = dst_output(kd->kn->net, sk, skb);
	if (unlikely(net_xmit_eval(err)))
		klips_dropped(&info, NULL);
	else
		klips_stat_tx_passed(kd);
}

unsigned int klips_detour(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct net_device *lower;
	struct klips_eroute *er;
	struct klips_flow flow;
	struct dst_entry *dst;
	struct klips_dev *kd;

	if (likely(!klips_device_is(state->out)) || !skb_nfct(skb))
		return NF_ACCEPT;
	kd = netdev_priv(state->out);
	lower = rcu_dereference(kd->lower);
	/* Most have no %pass, and need not look twice. */
	if (!READ_ONCE(kd->kn->n_pass) || !lower || !net_eq(state->net, kd->kn->net))
		return NF_ACCEPT;
	er = find_pass(kd, skb, &flow);
	dst = er ? klips_inner_pass_route(state->net, lower, &flow, skb->mark) : NULL;
	if (!dst)
		return NF_ACCEPT;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	/* A local sender may be preemptible here. */
	local_bh_disable();
	klips_eroute_used(er, skb->len);
	klips_event_eroute(kd, &flow, er);
	go_round(kd, skb, state->sk, er, &flow);
	local_bh_enable();
	return NF_STOLEN;
}
