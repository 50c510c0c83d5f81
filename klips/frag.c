// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own reassembly, under a user number of ours: fragments that meet a transport mode
 * SA never mix with those of the host or of conntrack. Bounds of memory and time are the kernel's.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include <klips/types.h>

#include "device.h"
#include "frag.h"
#include "net.h"

#define FRAG_USER 0x4b4c4950		/* far from enum ip_defrag_users and ip6_defrag_users */

/* Both calls free what is bad. */
static int gather_v4(struct net *net, struct sk_buff *skb)
{
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	return ip_defrag(net, skb, FRAG_USER);
}

static int gather_v6(struct net *net, struct sk_buff *skb)
{
	int err;

	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	err = nf_ct_frag6_gather(net, skb, FRAG_USER);
	if (err && err != -EINPROGRESS)
		kfree_skb(skb);
	return err;
}

int klips_frag_gather(struct klips_dev *kd, struct sk_buff **skbp)
{
	struct net *net = dev_net(kd->dev);
	int err;

	err = ip_hdr(*skbp)->version == 4 ? gather_v4(net, *skbp) : gather_v6(net, *skbp);
	if (!err) {
		(*skbp)->ignore_df = 1;
		return KLIPS_OK;
	}
	*skbp = NULL;
	return err == -EINPROGRESS ? KLIPS_FRAG_WAITS : KLIPS_DROP_FRAGMENT;
}
