// SPDX-License-Identifier: GPL-2.0
/*
 * An SA in UDP that has sent nothing for as long as it was told to wait sends one byte, 0xff, so that
 * the NAT on the way keeps its mapping. The peer's kernel drops it.
 */
#include <linux/ktime.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst.h>

#include "device.h"
#include "head.h"
#include "keepalive.h"
#include "net.h"
#include "outer.h"
#include "sa.h"
#include "transform.h"

/* The device that packets of @sa leave by: what it names, or whatever there is. */
static struct klips_dev *keepalive_device(struct klips_sa *sa)
{
	if (sa->device)
		return klips_device_by_id(sa->kn, sa->device);
	return list_first_or_null_rcu(&sa->kn->devices, struct klips_dev, list);
}

static void keepalive_send(struct klips_sa *sa, struct klips_dev *kd)
{
	unsigned int room = LL_MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(struct udphdr);
	struct dst_entry *dst;
	struct sk_buff *skb;

	if (!READ_ONCE(sa->encap.type) || klips_outer_route(sa, kd, &dst) != KLIPS_OK)
		return;
	skb = alloc_skb(room + 1, GFP_ATOMIC);
	if (!skb) {
		dst_release(dst);
		return;
	}
	skb_reserve(skb, room);
	skb_put_u8(skb, 0xff);
	skb->dev = dst->dev;
	*klips_pass(skb) = (struct klips_pass) { .sa = sa, .kd = kd };
	klips_head_new(skb);
	skb_dst_set(skb, dst);
	klips_outer_send(kd, skb);
}

static void keepalive_work(struct work_struct *work)
{
	struct klips_sa *sa = container_of(to_delayed_work(work), struct klips_sa, keepalive);
	u16 wait = READ_ONCE(sa->encap.keepalive);
	time64_t idle = ktime_get_seconds() - READ_ONCE(sa->used_last);
	struct klips_dev *kd;

	if (!wait || READ_ONCE(sa->state) == KLIPS_SA_DEAD)
		goto out;
	if (idle >= wait) {
		local_bh_disable();
		rcu_read_lock();
		kd = keepalive_device(sa);
		if (kd)
			keepalive_send(sa, kd);
		rcu_read_unlock();
		local_bh_enable();
		idle = 0;
	}
	klips_sa_queue(sa, &sa->keepalive, (wait - idle) * HZ);
out:
	klips_sa_put(sa);
}

void klips_keepalive_init(struct klips_sa *sa)
{
	INIT_DELAYED_WORK(&sa->keepalive, keepalive_work);
}

void klips_keepalive_start(struct klips_sa *sa)
{
	if (sa->encap.keepalive)
		klips_sa_queue(sa, &sa->keepalive, sa->encap.keepalive * HZ);
}

void klips_keepalive_stop(struct klips_sa *sa)
{
	/* Waits for its end: it may have been about to queue itself again. One that left UDP may have some, too. */
	if (cancel_delayed_work_sync(&sa->keepalive))
		klips_sa_put(sa);
}
