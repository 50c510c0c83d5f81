// SPDX-License-Identifier: GPL-2.0
/*
 * Outer headers by one rule each (DESIGN section 3): TTL is the namespace's default, flow label 0,
 * DSCP 0 unless hidetos=no copies the inner one, ECN by RFC 6040 4.1, DF as the device says. In
 * transport mode there is one header only, and it stays as it is.
 */
#include <linux/ip.h>
#include <linux/ipsec.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "device.h"
#include "head.h"
#include "net.h"
#include "transform.h"

static unsigned int head_len_v4(const struct sk_buff *skb, u16 *nhoff)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	*nhoff = offsetof(struct iphdr, protocol);
	return iph->ihl >= 5 && iph->ihl * 4 <= skb_headlen(skb) ? iph->ihl * 4 : 0;
}

/* With @all to what is no extension header; else only to those that the way needs. */
static unsigned int head_len_v6(const struct sk_buff *skb, u16 *nhoff, bool all)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	unsigned int at = sizeof(*ip6h), len = at, next = ip6h->nexthdr;

	*nhoff = offsetof(struct ipv6hdr, nexthdr);
	while (next == NEXTHDR_HOP || next == NEXTHDR_ROUTING || next == NEXTHDR_DEST) {
		const struct ipv6_opt_hdr *opt = (const void *)skb->data + at;

		if (at + sizeof(*opt) > skb_headlen(skb) ||
		    at + ipv6_optlen(opt) > skb_headlen(skb))
			return 0;
		/* Destination options alone are for the end: the hops of a routing header read them too. */
		if (all || next != NEXTHDR_DEST) {
			len = at + ipv6_optlen(opt);
			*nhoff = at;
		}
		at += ipv6_optlen(opt);
		next = opt->nexthdr;
	}
	return len;
}

static unsigned int head_len(const struct sk_buff *skb, u16 *nhoff, bool all)
{
	if (skb_headlen(skb) >= sizeof(struct iphdr) && skb->data[0] >> 4 == 4)
		return head_len_v4(skb, nhoff);
	if (skb_headlen(skb) >= sizeof(struct ipv6hdr) && skb->data[0] >> 4 == 6)
		return head_len_v6(skb, nhoff, all);
	return 0;
}

unsigned int klips_head_len(const struct sk_buff *skb, u16 *nhoff)
{
	return head_len(skb, nhoff, false);
}

unsigned int klips_head_whole(const struct sk_buff *skb, u16 *nhoff)
{
	return head_len(skb, nhoff, true);
}

/* Lengths and checksum of the header at skb->data, which is whole now. */
static void head_seal(struct sk_buff *skb)
{
	if (skb->data[0] >> 4 == 4) {
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
		skb->protocol = htons(ETH_P_IP);
	} else {
		unsigned int len = skb->len - sizeof(struct ipv6hdr);

		ipv6_hdr(skb)->payload_len = htons(len > IPV6_MAXPLEN ? 0 : len);
		skb->protocol = htons(ETH_P_IPV6);
	}
}

static u8 outer_tos(const struct klips_pass *pass)
{
	u8 dscp = pass->kd->show_tos ? pass->tos & ~INET_ECN_MASK : 0;

	return dscp | (pass->sa->flags & KLIPS_SA_NOECN ? 0 : pass->tos & INET_ECN_MASK);
}

static bool outer_df(const struct klips_pass *pass)
{
	if (pass->sa->flags & KLIPS_SA_NOPMTUDISC)
		return false;
	return pass->kd->df == KLIPS_DF_SET ||
	       (pass->kd->df == KLIPS_DF_COPY && pass->df);
}

static void push_v4(struct sk_buff *skb, const struct klips_pass *pass, u8 proto)
{
	struct net *net = pass->sa->kn->net;
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = outer_tos(pass);
	iph->frag_off = outer_df(pass) ? htons(IP_DF) : 0;
	iph->ttl = READ_ONCE(net->ipv4.sysctl_ip_default_ttl);
	iph->protocol = proto;
	iph->saddr = pass->sa->src.v4;
	iph->daddr = pass->sa->dst.v4;
	__ip_select_ident(net, iph, 1);
}

static void push_v6(struct sk_buff *skb, const struct klips_pass *pass, u8 proto)
{
	struct net *net = pass->sa->kn->net;
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	ip6_flow_hdr(ip6h, outer_tos(pass), 0);
	ip6h->nexthdr = proto;
	ip6h->hop_limit = READ_ONCE(net->ipv6.devconf_all->hop_limit);
	memcpy(&ip6h->saddr, &pass->sa->src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, &pass->sa->dst, sizeof(ip6h->daddr));
}

/* In front of what skb->data is at, which the header names with @proto. */
static void push_head(struct sk_buff *skb, const struct klips_pass *pass, u8 proto, bool old_head)
{
	const u8 *old = skb_network_header(skb);

	if (old_head) {
		skb_push(skb, pass->head);
		memmove(skb->data, old, pass->head);
		skb->data[pass->nhoff] = proto;
	} else if (pass->sa->said.family == AF_INET) {
		push_v4(skb, pass, proto);
	} else {
		push_v6(skb, pass, proto);
	}
}

static void push_udp(struct sk_buff *skb, const struct klips_encap *encap)
{
	struct udphdr *udph = skb_push(skb, sizeof(*udph));

	udph->source = encap->sport;
	udph->dest = encap->dport;
	udph->len = htons(skb->len);
	udph->check = 0;
}

/* None in IPv4 (RFC 3948 2.1); IPv6 receivers drop what has none (RFC 8200 8.1). */
static void checksum_udp(struct sk_buff *skb)
{
	struct udphdr *udph = udp_hdr(skb);
	unsigned int len = ntohs(udph->len);

	if (skb->protocol != htons(ETH_P_IPV6))
		return;
	udph->check = csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
				      len, IPPROTO_UDP,
				      csum_partial(udph, len, 0)) ?: CSUM_MANGLED_0;
}

/* An UPDATE may have put the SA into UDP after room was made for this packet: it goes as it would have gone before. */
static bool has_udp(const struct sk_buff *skb, const struct klips_pass *pass, bool old_head)
{
	unsigned int head = old_head ? pass->head : klips_head_size(pass->sa->said.family);

	return READ_ONCE(pass->sa->encap.type) && skb_headroom(skb) >= sizeof(struct udphdr) + head;
}

static void put(struct sk_buff *skb, bool old_head)
{
	const struct klips_pass *pass = klips_pass(skb);
	bool udp = has_udp(skb, pass, old_head);
	unsigned int len;

	if (udp)
		push_udp(skb, &pass->sa->encap);
	len = skb->len;
	push_head(skb, pass, udp ? IPPROTO_UDP : pass->proto, old_head);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, skb->len - len);
	head_seal(skb);
	if (udp)
		checksum_udp(skb);
}

void klips_head_put(struct sk_buff *skb)
{
	put(skb, klips_pass(skb)->sa->mode == IPSEC_MODE_TRANSPORT);
}

void klips_head_new(struct sk_buff *skb)
{
	put(skb, false);
}

void klips_head_back(struct sk_buff *skb)
{
	const struct klips_pass *pass = klips_pass(skb);
	const u8 *old = skb_network_header(skb);

	skb_push(skb, pass->head);
	memmove(skb->data, old, pass->head);
	skb->data[pass->nhoff] = pass->inner_proto;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, pass->head);
	head_seal(skb);
}

void klips_head_unfragment(struct sk_buff *skb, u16 *head, u16 *nhoff)
{
	unsigned int at = sizeof(struct ipv6hdr), prev = offsetof(struct ipv6hdr, nexthdr);
	u8 *h = skb_network_header(skb);

	while (at + sizeof(struct frag_hdr) <= *head && h[prev] != NEXTHDR_FRAGMENT) {
		prev = at;
		at += ipv6_optlen((const struct ipv6_opt_hdr *)(h + at));
	}
	if (at + sizeof(struct frag_hdr) > *head)
		return;
	h[prev] = h[at];
	memmove(h + sizeof(struct frag_hdr), h, at);
	skb_set_network_header(skb, skb_network_offset(skb) + (int)sizeof(struct frag_hdr));
	*head -= sizeof(struct frag_hdr);
	*nhoff = *nhoff == at ? prev : *nhoff - (*nhoff > at ? sizeof(struct frag_hdr) : 0);
	be16_add_cpu(&ipv6_hdr(skb)->payload_len, -(int)sizeof(struct frag_hdr));
}

void klips_head_addresses(const void *head, union klips_addr *src, union klips_addr *dst)
{
	const struct iphdr *iph = head;
	const struct ipv6hdr *ip6h = head;

	memset(src, 0, sizeof(*src));
	memset(dst, 0, sizeof(*dst));
	if (iph->version == 4) {
		src->v4 = iph->saddr;
		dst->v4 = iph->daddr;
	} else {
		memcpy(src, &ip6h->saddr, sizeof(*src));
		memcpy(dst, &ip6h->daddr, sizeof(*dst));
	}
}

bool klips_head_is(const void *head, u8 family, const union klips_addr *src,
		   const union klips_addr *dst)
{
	const struct iphdr *iph = head;
	const struct ipv6hdr *ip6h = head;

	if (family == AF_INET)
		return iph->version == 4 && (!src || iph->saddr == src->v4) &&
		       (!dst || iph->daddr == dst->v4);
	return ip6h->version == 6 &&
	       (!src || !memcmp(&ip6h->saddr, src, sizeof(*src))) &&
	       (!dst || !memcmp(&ip6h->daddr, dst, sizeof(*dst)));
}

unsigned int klips_head_room(const struct klips_sa *sa)
{
	unsigned int udp = sa->encap.type ? sizeof(struct udphdr) : 0;

	if (sa->mode == IPSEC_MODE_TRANSPORT)
		return udp;
	return udp + klips_head_size(sa->said.family);
}
