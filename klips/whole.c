// SPDX-License-Identifier: GPL-2.0
/*
 * The caller of a hook knows one packet and goes on with that one: the fragment that came last. So it becomes the whole,
 * and a clone of it stands where it was among the others.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "device.h"
#include "drop.h"
#include "frag.h"
#include "whole.h"

/* What the stack has noted of a packet before the hook: nothing yet but where it came in. */
union noted {
	struct inet_skb_parm v4;
	struct inet6_skb_parm v6;
};

/* False: no memory, nothing changed. Else @whole is gone, and @skb is it. */
static bool take_place(struct sk_buff *skb, struct sk_buff *whole)
{
	struct sk_buff *part = skb_clone(skb, GFP_ATOMIC), **at = &skb_shinfo(whole)->frag_list;

	if (!part)
		return false;
	while (*at != skb)
		at = &(*at)->next;
	part->next = skb->next;
	*at = part;
	skb->next = NULL;
	skb_morph(skb, whole);
	consume_skb(whole);
	return true;
}

/* The Ethernet header, which is in front of the IP header still, follows it. */
static void move_link_header(struct sk_buff *skb)
{
	unsigned int at, len = skb->mac_len;

	if (!skb_mac_header_was_set(skb) || skb_network_offset(skb))
		return;
	at = skb_headroom(skb) - len;
	if (len > skb_headroom(skb) || skb->mac_header == at || skb->mac_header + len > skb_headroom(skb))
		return;
	memmove(skb->head + at, skb_mac_header(skb), len);
	skb->mac_header = at;
}

static void note(struct sk_buff *skb, const union noted *noted, unsigned int largest)
{
	if (ip_hdr(skb)->version == 4) {
		*IPCB(skb) = noted->v4;
		IPCB(skb)->frag_max_size = largest;
		return;
	}
	*IP6CB(skb) = noted->v6;
	IP6CB(skb)->frag_max_size = largest;
	skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	move_link_header(skb);
}

/* Where options for every hop were, and which, is noted too: that of one fragment must not stand for another's. */
static bool has_hop_options(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 6 && ipv6_hdr(skb)->nexthdr == NEXTHDR_HOP;
}

static void lose(struct klips_dev *kd, struct sk_buff *skb)
{
	const struct klips_drop_info info = {
		.kn = kd->kn, .kd = kd, .why = KLIPS_DROP_NO_MEMORY, .inbound = true,
	};

	klips_dropped(&info, skb);
	klips_drop_free(skb, info.why);
}

int klips_whole_gather(struct klips_dev *kd, struct sk_buff *skb)
{
	const struct klips_frag_from from = { .kn = kd->kn, .kd = kd, .inbound = true };
	struct sk_buff *whole = skb;
	unsigned int largest;
	union noted noted;
	int why;

	if (has_hop_options(skb))
		return KLIPS_DROP_FRAGMENT;
	memcpy(&noted, skb->cb, sizeof(noted));
	local_bh_disable();
	why = klips_frag_gather(&from, &whole, &largest);
	local_bh_enable();
	if (why != KLIPS_OK)
		return why;
	if (whole != skb && !take_place(skb, whole)) {
		lose(kd, whole);
		return KLIPS_FRAG_WAITS;
	}
	note(skb, &noted, largest);
	return KLIPS_OK;
}
