// SPDX-License-Identifier: GPL-2.0
#include <linux/timekeeping.h>

#include "device.h"
#include "drop.h"
#include "eroute.h"
#include "events.h"
#include "flow.h"
#include "journal.h"
#include "net.h"
#include "netlink.h"

/*
 * Words of the kernel's drop monitor (skb:kfree_skb). Reasons of one's own are for parts of the kernel
 * that have a number in enum skb_drop_reason_subsys, which no module from outside can have: so the
 * nearest of the core's, and those exist in every kernel that is supported.
 */
static const enum skb_drop_reason kernel_reasons[__KLIPS_DROP_MAX] = {
	[KLIPS_DROP_NO_EROUTE] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_EROUTE_DROP] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_EROUTE_REJECT] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_NOT_IP] = SKB_DROP_REASON_UNHANDLED_PROTO,
	[KLIPS_DROP_BAD_HEADER] = SKB_DROP_REASON_IP_INHDR,
	[KLIPS_DROP_NO_SA] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_SA_STATE] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_SA_EXPIRED] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_SEQ_OVERFLOW] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_TOO_BIG] = SKB_DROP_REASON_PKT_TOO_BIG,
	[KLIPS_DROP_NO_DEVICE] = SKB_DROP_REASON_DEV_READY,
	[KLIPS_DROP_NO_ROUTE] = SKB_DROP_REASON_IP_OUTNOROUTES,
	[KLIPS_DROP_LOOP] = SKB_DROP_REASON_IP_OUTNOROUTES,
	[KLIPS_DROP_NO_MEMORY] = SKB_DROP_REASON_NOMEM,
	[KLIPS_DROP_UNKNOWN_SPI] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_TRUNCATED] = SKB_DROP_REASON_HDR_TRUNC,
	[KLIPS_DROP_BAD_INNER] = SKB_DROP_REASON_IP_INHDR,
	[KLIPS_DROP_BAD_SOURCE] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_POLICY] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_DEVICE_DOWN] = SKB_DROP_REASON_DEV_READY,
	[KLIPS_DROP_FRAGMENT] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_BAD_QUOTE] = SKB_DROP_REASON_IP_INHDR,
	[KLIPS_DROP_BUSY] = SKB_DROP_REASON_FULL_RING,
	[KLIPS_DROP_TRANSPORT] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_BUNDLE] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_NO_DAEMON] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_NOT_ASKED] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_HOLD_FULL] = SKB_DROP_REASON_FULL_RING,
	[KLIPS_DROP_HOLD_LIMIT] = SKB_DROP_REASON_FULL_RING,
	[KLIPS_DROP_HOLD_EXPIRED] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_REFUSED] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_FRAG_BAD] = SKB_DROP_REASON_IP_INHDR,
	[KLIPS_DROP_CLEAR] = SKB_DROP_REASON_XFRM_POLICY,
	[KLIPS_DROP_CLOSED] = SKB_DROP_REASON_XFRM_POLICY,
};

void klips_drop_free(struct sk_buff *skb, enum klips_drop why)
{
	enum skb_drop_reason reason = SKB_DROP_REASON_NOT_SPECIFIED;

	if (why < __KLIPS_DROP_MAX && kernel_reasons[why])
		reason = kernel_reasons[why];
	kfree_skb_reason(skb, reason);
}

static void count(const struct klips_drop_info *info)
{
	if (info->sa)
		atomic_long_inc(&info->sa->drops[info->why]);
	if (!info->kd)
		return;
	if (info->inbound)
		klips_stat_rx_drop(info->kd, info->why);
	else
		klips_stat_tx_drop(info->kd, info->why);
}

/* The flow of the packet that begins at the network header; skb->data may be behind it. */
static bool read_flow(struct sk_buff *skb, struct klips_flow *flow)
{
	int behind = -skb_network_offset(skb);
	bool ok;

	if (behind < 0 || behind > (int)skb_headroom(skb))
		return false;
	__skb_push(skb, behind);
	ok = klips_flow_read(skb, flow) == KLIPS_OK;
	__skb_pull(skb, behind);
	return ok;
}

/* False: its fate was decided without a look at the table, or there was nothing in it. */
static bool met_eroute(const struct klips_drop_info *info)
{
	return !info->inbound && info->kd && info->why != KLIPS_DROP_NO_EROUTE &&
	       info->why != KLIPS_DROP_FRAGMENT;
}

static void record_eroute(const struct klips_drop_info *info,
			  struct klips_drop_record *rec)
{
	const struct klips_eroute *er = info->er;
	struct klips_eroute *found;

	if (!er && rec->has_flow && met_eroute(info) &&
	    klips_eroute_find(info->kn, info->kd->id, &rec->flow, &found) == KLIPS_OK)
		er = found;
	if (!er)
		return;
	rec->has_eroute = true;
	rec->eroute = er->entry.sel;
	rec->target = er->target;
	if (er->target == KLIPS_TARGET_SA)
		rec->eroute_said = er->said;
}

static void record_said(const struct klips_drop_info *info,
			struct klips_drop_record *rec)
{
	rec->has_said = true;
	if (info->sa)
		rec->said = info->sa->said;
	else if (info->said)
		rec->said = *info->said;
	else if (rec->has_eroute && rec->target == KLIPS_TARGET_SA)
		rec->said = rec->eroute_said;
	else
		rec->has_said = false;
}

static void record(const struct klips_drop_info *info, struct sk_buff *skb,
		   struct klips_drop_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->time = ktime_get_real_ns();
	rec->why = info->why;
	rec->inbound = info->inbound;
	if (info->kd)
		strscpy(rec->device, info->kd->dev->name, sizeof(rec->device));
	rec->has_flow = info->flow;
	if (info->flow)
		rec->flow = *info->flow;
	else if (skb && !info->sealed)
		rec->has_flow = read_flow(skb, &rec->flow);
	record_eroute(info, rec);
	record_said(info, rec);
}

void klips_dropped(const struct klips_drop_info *info, struct sk_buff *skb)
{
	struct klips_drop_record rec;

	count(info);
	record(info, skb, &rec);
	klips_journal_add(info->kn, &rec);
	klips_netlink_dropped(info->kn, rec.number);
	klips_event_drop(info->kn, &rec);
}
