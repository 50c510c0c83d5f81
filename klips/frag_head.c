// SPDX-License-Identifier: GPL-2.0
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "frag_head.h"
#include "head.h"

/* Bytes in which the headers in front of an IPv6 fragment have to end. */
#define HEAD_MAX 256

/* Of the transport header, which has to be in the first IPv6 fragment (RFC 8200 4.5). */
#define TRANSPORT_MIN 8

/* The IP packet at skb->data has @len bytes; what is behind them is padding. */
static bool trim(struct sk_buff *skb, unsigned int len)
{
	return len <= skb->len && !pskb_trim(skb, len);
}

static bool read_v4(struct sk_buff *skb, struct klips_frag_key *key)
{
	struct klips_frag *f = klips_frag(skb);
	const struct iphdr *iph;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return false;
	iph = (const struct iphdr *)skb->data;
	len = ntohs(iph->tot_len);
	f->head = iph->ihl * 4;
	if (f->head < sizeof(*iph) || len < f->head || !trim(skb, len) || !pskb_may_pull(skb, f->head))
		return false;
	iph = (const struct iphdr *)skb->data;
	key->family = AF_INET;
	key->proto = iph->protocol;
	key->id = (__force __be32)(u32)ntohs(iph->id);
	f->piece.from = (ntohs(iph->frag_off) & IP_OFFSET) * 8;
	f->piece.to = f->piece.from + len - f->head;
	f->last = !(iph->frag_off & htons(IP_MF));
	f->ecn = 1 << (iph->tos & INET_ECN_MASK);
	return f->head + f->piece.to <= IP_MAX_MTU;
}

/* Whether a first fragment has all headers, up to the transport's. */
static bool shows_transport(const struct sk_buff *skb, u8 next)
{
	const struct klips_frag *f = (const struct klips_frag *)skb->cb;
	__be16 frag = 0;
	int at = ipv6_skip_exthdr(skb, f->head, &next, &frag);

	return at >= 0 && !frag && at + TRANSPORT_MIN <= skb->len;
}

static bool read_v6(struct sk_buff *skb, struct klips_frag_key *key)
{
	struct klips_frag *f = klips_frag(skb);
	const struct frag_hdr *fh;
	unsigned int len, head;

	if (!pskb_may_pull(skb, min_t(unsigned int, skb->len, HEAD_MAX)))
		return false;
	head = klips_head_whole(skb, &f->nhoff);
	if (!head || skb->data[f->nhoff] != NEXTHDR_FRAGMENT)
		return false;
	f->head = head + sizeof(*fh);
	len = sizeof(struct ipv6hdr) +
	      ntohs(((const struct ipv6hdr *)skb->data)->payload_len);
	if (len < f->head || f->head > skb_headlen(skb) || !trim(skb, len))
		return false;
	fh = (const struct frag_hdr *)(skb->data + head);
	key->family = AF_INET6;
	key->id = fh->identification;
	f->piece.from = ntohs(fh->frag_off) & IP6_OFFSET;
	f->piece.to = f->piece.from + len - f->head;
	f->last = !(fh->frag_off & htons(IP6_MF));
	f->ecn = 1 << (ipv6_get_dsfield((const struct ipv6hdr *)skb->data) & INET_ECN_MASK);
	if (head - sizeof(struct ipv6hdr) + f->piece.to > IPV6_MAXPLEN)
		return false;
	return f->piece.from || shows_transport(skb, fh->nexthdr);
}

bool klips_frag_read(struct sk_buff *skb, struct klips_frag_key *key)
{
	struct klips_frag *f = klips_frag(skb);

	memset(f, 0, sizeof(*f));
	if (klips_head_family(skb->data) == AF_INET ? !read_v4(skb, key) : !read_v6(skb, key))
		return false;
	klips_head_addresses(skb->data, &key->src, &key->dst);
	return klips_piece_plausible(f->piece.from, f->piece.to, f->last);
}

static void finish_v4(struct sk_buff *skb, u8 ecn)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->tos |= ecn;
	iph->tot_len = htons(skb->len);
	iph->frag_off = 0;
	ip_send_check(iph);
}

/* The fragment header goes. */
static void finish_v6(struct sk_buff *skb, const struct klips_frag *f, u8 ecn)
{
	unsigned int head = f->head - sizeof(struct frag_hdr);

	skb->data[f->nhoff] = skb->data[head];
	memmove(skb->data + sizeof(struct frag_hdr), skb->data, head);
	__skb_pull(skb, sizeof(struct frag_hdr));
	skb_reset_network_header(skb);
	ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	ipv6_change_dsfield(ipv6_hdr(skb), 0xff, ecn);
}

void klips_frag_finish(struct sk_buff *skb, u8 ecn)
{
	const struct klips_frag f = *klips_frag(skb);
	unsigned int gone = 0;

	skb_reset_network_header(skb);
	if (klips_head_family(skb->data) == AF_INET) {
		finish_v4(skb, ecn);
	} else {
		finish_v6(skb, &f, ecn);
		gone = sizeof(struct frag_hdr);
	}
	skb_set_transport_header(skb, f.head - gone);
	memset(skb->cb, 0, sizeof(skb->cb));
}
