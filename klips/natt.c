// SPDX-License-Identifier: GPL-2.0
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

#include "head.h"
#include "natt.h"
#include "pfkey.h"
#include "sa.h"
#include "transform.h"

void klips_natt_mapping(const struct sk_buff *skb, struct klips_mapping *m)
{
	const struct klips_pass *pass = klips_pass((struct sk_buff *)skb);
	const struct udphdr *udph = (const void *)skb_network_header(skb) + pass->head;
	union klips_addr dst;

	memset(m, 0, sizeof(*m));
	klips_head_addresses(skb_network_header(skb), &m->src, &dst);
	m->sport = udph->source;
}

#define TELL_AGAIN (10 * HZ)	/* who did not hear it may have had no room, and finds out by nothing else */

/* While packets come from there, and the SA stays where it is. */
static bool is_told(const struct klips_sa *sa, const struct klips_mapping *m)
{
	return !memcmp(m, &sa->told, sizeof(*m)) && time_before(jiffies, sa->told_at + TELL_AGAIN);
}

void klips_natt_seen(struct klips_sa *sa, const struct klips_mapping *m)
{
	bool news;

	if (!sa->encap.type)
		return;
	spin_lock_bh(&sa->replay_lock);
	news = m->sport != sa->encap.sport || memcmp(&m->src, &sa->src, sizeof(m->src));
	if (!news) {
		memset(&sa->told, 0, sizeof(sa->told));
	} else if (is_told(sa, m)) {
		news = false;
	} else {
		sa->told = *m;
		sa->told_at = jiffies;
	}
	spin_unlock_bh(&sa->replay_lock);
	if (news)
		klips_pfkey_new_mapping(sa, &m->src, m->sport);
}

static void repair(struct sk_buff *skb, __sum16 *check, const struct klips_sa *sa)
{
	const struct klips_encap *encap = &sa->encap;
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	if (sa->said.family == AF_INET) {
		inet_proto_csum_replace4(check, skb, encap->oa_src.v4,
					 ip_hdr(skb)->saddr, true);
		inet_proto_csum_replace4(check, skb, encap->oa_dst.v4,
					 ip_hdr(skb)->daddr, true);
		return;
	}
	inet_proto_csum_replace16(check, skb, encap->oa_src.v6,
				  ip6h->saddr.s6_addr32, true);
	inet_proto_csum_replace16(check, skb, encap->oa_dst.v6,
				  ip6h->daddr.s6_addr32, true);
}

void klips_natt_repair(struct sk_buff *skb, const struct klips_sa *sa)
{
	struct tcphdr *tcph = (void *)skb->data + klips_pass(skb)->head;
	struct udphdr *udph = (void *)tcph;
	unsigned int len = skb->len - klips_pass(skb)->head;

	skb->ip_summed = CHECKSUM_NONE;
	if (!sa->encap.oa_set) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	} else if (klips_pass(skb)->inner_proto == IPPROTO_TCP && len >= sizeof(*tcph)) {
		repair(skb, &tcph->check, sa);
	} else if (klips_pass(skb)->inner_proto == IPPROTO_UDP && len >= sizeof(*udph) &&
		   udph->check) {
		repair(skb, &udph->check, sa);
		if (!udph->check)
			udph->check = CSUM_MANGLED_0;
	}
}
