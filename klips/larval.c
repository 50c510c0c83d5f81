// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that wait for a larval SA, see larval.h. Anybody can send them who sees its SPI, so that there are limits, and
 * nothing is believed: once there are keys they are received as if they came just then.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "head.h"
#include "larval.h"
#include "net.h"
#include "rcv.h"
#include "sa.h"

#define LARVAL_PACKETS 64		/* of one SA */
#define LARVAL_PACKETS_ALL 1024		/* of a namespace */
#define LARVAL_TRUESIZE 16384		/* bytes of memory of one: no datagram that many fragments made */

struct early {
	struct list_head list;
	struct sk_buff *skb;
	struct klips_rcv at;
	int link;			/* its device, which may go meanwhile */
};

void klips_larval_init(struct klips_larval *l)
{
	spin_lock_init(&l->lock);
	INIT_LIST_HEAD(&l->packets);
}

/* It keeps nothing alive that it does not need: a route and its device, a socket, a connection, states of XFRM. */
static void detach(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb_orphan(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = NULL;
}

/* Under the lock. */
static bool has_room(struct klips_sa *sa)
{
	return !sa->larval.closed && sa->larval.n < LARVAL_PACKETS &&
	       atomic_add_unless(&sa->kn->n_early, 1, LARVAL_PACKETS_ALL);
}

static bool go_on(struct klips_sa *larval, struct sk_buff *skb, const struct klips_rcv *at)
{
	struct klips_sa *sa = klips_sa_lookup(larval->kn, &larval->said);

	if (!sa || sa == larval)
		return false;
	klips_rcv(sa, skb, at);
	return true;
}

bool klips_larval_hold(struct klips_sa *sa, struct sk_buff *skb, const struct klips_rcv *at)
{
	struct early *early;
	bool held, closed;

	if (skb->truesize > LARVAL_TRUESIZE)
		return false;
	if (!klips_head_is(skb_network_header(skb), sa->said.family, &sa->src, NULL))
		return false;
	early = kmalloc(sizeof(*early), GFP_ATOMIC | __GFP_NOWARN);
	if (!early)
		return false;
	*early = (struct early) { .skb = skb, .at = *at, .link = skb->dev->ifindex };
	spin_lock(&sa->larval.lock);
	closed = sa->larval.closed;
	held = has_room(sa);
	if (held) {
		detach(skb);
		list_add_tail(&early->list, &sa->larval.packets);
		sa->larval.n++;
	}
	spin_unlock(&sa->larval.lock);
	if (held)
		return true;
	kfree(early);
	return closed && go_on(sa, skb, at);
}

static void early_end(struct early *early, struct klips_sa *larval, struct klips_sa *sa)
{
	struct sk_buff *skb = early->skb;

	skb->dev = dev_get_by_index_rcu(larval->kn->net, early->link);
	if (sa && skb->dev)
		klips_rcv(sa, skb, &early->at);
	else
		klips_rcv_drop(larval, skb, KLIPS_DROP_SA_STATE);
	atomic_dec(&larval->kn->n_early);
	kfree(early);
}

void klips_larval_end(struct klips_sa *larval, struct klips_sa *sa)
{
	struct early *early, *next;
	LIST_HEAD(packets);

	spin_lock_bh(&larval->larval.lock);
	larval->larval.closed = true;
	list_splice_init(&larval->larval.packets, &packets);
	spin_unlock_bh(&larval->larval.lock);
	local_bh_disable();
	rcu_read_lock();
	list_for_each_entry_safe(early, next, &packets, list)
		early_end(early, larval, sa);
	rcu_read_unlock();
	local_bh_enable();
}
