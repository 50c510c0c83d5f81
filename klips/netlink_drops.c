// SPDX-License-Identifier: GPL-2.0
/*
 * The journal of drops over generic netlink: the dump, and events for those who follow.
 *
 * A drop makes no event. Where somebody listens it starts a work that tells, a moment later, what
 * has come into the journal since: so a flood costs no more than the journal holds in that moment, and
 * a listener sees by a hole in the numbers what went by.
 */
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include <klips/netlink.h>

#include "journal.h"
#include "net.h"
#include "netlink.h"
#include "netlink_fill.h"

#define TELL_DELAY (HZ / 20)

struct dump_place {
	u64 number;			/* of the last record that was shown */
	u64 last;			/* the newest when the dump began */
	bool begun;
};

static int put_record(struct sk_buff *skb, const struct klips_drop_record *rec,
		      u32 portid, u32 seq, int flags)
{
	void *hdr = genlmsg_put(skb, portid, seq, &klips_family, flags,
				KLIPS_CMD_DROP);

	if (!hdr)
		return -EMSGSIZE;
	if (klips_fill_drop(skb, rec)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int klips_dump_drops(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct klips_net *kn = klips_net(sock_net(skb->sk));
	struct dump_place *at = (struct dump_place *)cb->ctx;
	struct klips_drop_record rec;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (!at->begun) {
		at->last = klips_journal_last(kn);
		at->begun = true;
	}
	while (klips_journal_read(kn, at->number, &rec) && rec.number <= at->last) {
		if (put_record(skb, &rec, NETLINK_CB(cb->skb).portid,
			       cb->nlh->nlmsg_seq, NLM_F_MULTI))
			return skb->len ? skb->len : -EMSGSIZE;
		at->number = rec.number;
	}
	return skb->len;
}

static void tell(struct klips_net *kn, struct sk_buff *skb)
{
	genlmsg_multicast_netns(&klips_family, kn->net, skb, 0, KLIPS_MCGRP_DROPS,
				GFP_KERNEL);
}

/* What has come since, as many records in a message as it takes. */
static void tell_work(struct work_struct *work)
{
	struct klips_net *kn = container_of(to_delayed_work(work),
					    struct klips_net, drop_work);
	u64 last = klips_journal_last(kn);
	struct klips_drop_record rec;
	struct sk_buff *skb = NULL;

	while (klips_journal_read(kn, READ_ONCE(kn->drop_told), &rec) &&
	       rec.number <= last) {
		if (skb && put_record(skb, &rec, 0, 0, 0)) {
			tell(kn, skb);
			skb = NULL;
		}
		if (!skb) {
			skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
			if (!skb || put_record(skb, &rec, 0, 0, 0))
				break;
		}
		WRITE_ONCE(kn->drop_told, rec.number);
	}
	if (skb)
		tell(kn, skb);
}

/*
 * Numbers that nobody listened to are told already. Two drops may set it in the wrong order,
 * and a listener hear of one twice: it knows it by its number.
 */
void klips_netlink_dropped(struct klips_net *kn, u64 number)
{
	if (genl_has_listeners(&klips_family, kn->net, KLIPS_MCGRP_DROPS))
		schedule_delayed_work(&kn->drop_work, TELL_DELAY);
	else if (READ_ONCE(kn->drop_told) < number)
		WRITE_ONCE(kn->drop_told, number);
}

void klips_netlink_net_init(struct klips_net *kn)
{
	INIT_DELAYED_WORK(&kn->drop_work, tell_work);
}

void klips_netlink_net_exit(struct klips_net *kn)
{
	cancel_delayed_work_sync(&kn->drop_work);
}

void klips_netlink_stop_telling(void)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		klips_netlink_net_exit(klips_net(net));
	up_read(&net_rwsem);
}
