// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets come from: the kernel's IPsec protocol handlers, in front of XFRM's and behind
 * them. What is not ours goes on untouched: a handler returns 0 for a packet that it took, whatever
 * became of it, and another value for one that it left alone, which in net/ipv4/xfrm4_protocol.c and
 * its IPv6 twin must be -EINVAL. Fragments are put together already.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "device.h"
#include "drop.h"
#include "head.h"
#include "net.h"
#include "protocol.h"
#include "rcv.h"
#include "sa_move.h"
#include "transform.h"

#define PRIORITY_FIRST	200		/* in front of VTI (100), which takes any SPI of its peers */
#define PRIORITY_LAST	-1		/* behind XFRM (0) */
#define PRIORITY_TUNNEL	-1		/* these are sorted the other way: in front of all */

/* The IP header of a packet whose handler was called, skb->data behind it (and behind UDP). */
static void read_head(const struct sk_buff *skb, struct klips_rcv *at)
{
	if (ip_hdr(skb)->version == 4) {
		at->nhoff = offsetof(struct iphdr, protocol);
		at->head = ip_hdrlen(skb);
	} else {
		at->nhoff = IP6CB(skb)->nhoff;
		at->head = -skb_network_offset(skb) - (at->udp ? sizeof(struct udphdr) : 0);
	}
	if (!at->proto)
		at->proto = skb_network_header(skb)[at->nhoff];
}

/*
 * Names the SA of a packet whose header of protocol @proto is at skb->data, and whose IP header is
 * @offset bytes from there; false: truncated.
 */
static bool read_said(struct sk_buff *skb, u8 proto, int offset, struct klips_said *said,
		      u64 *seq)
{
	const struct klips_transform *tf = klips_transform_find(proto);
	union klips_addr src;
	u32 low = 0;

	memset(said, 0, sizeof(*said));
	said->proto = proto;
	if (!tf || !tf->has_spi || !tf->parse(skb, &said->spi, &low))
		return false;
	said->family = klips_head_family(skb->data + offset);
	klips_head_addresses(skb->data + offset, &src, &said->dst);
	*seq = low;
	return true;
}

static int take(struct sk_buff *skb, u8 proto, bool udp)
{
	struct klips_rcv at = { .udp = udp, .proto = proto };
	struct klips_sa *sa = NULL;
	struct klips_said said;

	read_head(skb, &at);
	if (read_said(skb, at.proto, skb_network_offset(skb), &said, &at.seq))
		sa = klips_sa_arrived(klips_net(dev_net(skb->dev)), &said);
	if (!sa)
		return -EINVAL;
	klips_rcv(sa, skb, &at);
	return 0;
}

/* ESP, AH, IPCOMP right behind IP. RCU read lock held. */
static int ipsec_rcv(struct sk_buff *skb)
{
	return take(skb, 0, false);
}

/* ESP in UDP, from a socket with UDP_ENCAP. */
static int ipsec_input(struct sk_buff *skb, int nexthdr, __be32 spi, int encap_type)
{
	return take(skb, IPPROTO_ESP, true);
}

/* A packet for nobody, counted where there is somebody to see it: on the device over its link. */
static void count_stranger(struct sk_buff *skb)
{
	struct klips_drop_info info = {
		.kn = klips_net(dev_net(skb->dev)), .inbound = true,
		.why = KLIPS_DROP_UNKNOWN_SPI,
	};
	struct klips_rcv at = {};
	struct klips_said said;

	info.kd = klips_device_by_lower(info.kn, skb->dev);
	if (!info.kd)
		return;
	read_head(skb, &at);
	if (at.proto == IPPROTO_UDP)
		at.proto = IPPROTO_ESP;
	if (read_said(skb, at.proto, skb_network_offset(skb), &said, &at.seq))
		info.said = &said;
	else
		info.why = KLIPS_DROP_TRUNCATED;
	klips_dropped(&info, skb);
}

/*
 * Called for every packet that XFRM itself decrypts or drops: > 0 says it is not ours. One
 * dropped before a state was found had none: where XFRM has the protocol it never comes to
 * ipsec_unknown().
 */
static int ipsec_cb(struct sk_buff *skb, int err)
{
	const struct sec_path *sp = skb_sec_path(skb);

	if (err < 0 && (!sp || !sp->len))
		count_stranger(skb);
	return 1;
}

/*
 * What neither klips nor XFRM has an SA for. Without a handler the kernel would answer with
 * ICMP; IPsec does not tell who has no SA (RFC 4301 5.2).
 */
static int ipsec_unknown(struct sk_buff *skb)
{
	count_stranger(skb);
	klips_drop_free(skb, KLIPS_DROP_UNKNOWN_SPI);
	return 0;
}

/* The same for ESP in UDP. */
static int ipsec_unknown_input(struct sk_buff *skb, int nexthdr, __be32 spi, int encap_type)
{
	return ipsec_unknown(skb);
}

/*
 * The device by which packets of @sa leave, 0: not known. One that names no ipsecN is taken for one of
 * the device over the link that brought the ICMP message.
 */
static int oif_of(const struct klips_sa *sa, const struct net_device *link)
{
	const struct klips_dev *kd = sa->device ? klips_device_by_id(sa->kn, sa->device) :
				     klips_device_by_lower(sa->kn, link);
	const struct net_device *lower = kd ? rcu_dereference(kd->lower) : NULL;

	return lower ? lower->ifindex : 0;
}

/* The outbound SA of the packet at skb->data, quoted from its IP header of @len bytes on, or NULL. */
static struct klips_sa *quoted_sa(struct sk_buff *skb, u8 proto, int len)
{
	struct klips_said said;
	bool ok;
	u64 seq;

	if (!pskb_may_pull(skb, len))
		return NULL;
	__skb_pull(skb, len);
	ok = read_said(skb, proto, -len, &said, &seq);
	__skb_push(skb, len);
	return ok ? klips_sa_arrived(klips_net(dev_net(skb->dev)), &said) : NULL;
}

/* ICMP about a packet of ours, proven by its SPI (RFC 4301 8.2): not 0 asks the next handler. */
static int ipsec4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	struct klips_sa *sa = quoted_sa(skb, iph->protocol, iph->ihl * 4);

	if (!sa)
		return -ENOENT;
	if (icmp_hdr(skb)->type == ICMP_DEST_UNREACH &&
	    icmp_hdr(skb)->code == ICMP_FRAG_NEEDED)
		ipv4_update_pmtu(skb, dev_net(skb->dev), info, oif_of(sa, skb->dev), sa->said.proto);
	return 0;
}

static int ipsec6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
		      int offset, __be32 info)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	u8 proto = ip6h->nexthdr;
	struct klips_sa *sa;
	__be16 frag;

	if (ipv6_skip_exthdr(skb, sizeof(*ip6h), &proto, &frag) < 0)
		return -ENOENT;
	sa = quoted_sa(skb, proto, offset);
	if (!sa)
		return -ENOENT;
	if (type == ICMPV6_PKT_TOOBIG)
		ip6_update_pmtu(skb, dev_net(skb->dev), info, oif_of(sa, skb->dev), 0,
				sock_net_uid(dev_net(skb->dev), NULL));
	return 0;
}

/* IP in IP: outer and inner header stand next to each other, only addresses say for which SA. */
static int ipip_rcv(struct sk_buff *skb)
{
	struct klips_rcv at = {};
	union klips_addr src, dst;
	struct klips_sa *sa;

	read_head(skb, &at);
	klips_head_addresses(skb_network_header(skb), &src, &dst);
	sa = klips_sa_by_address(klips_net(dev_net(skb->dev)),
				 klips_head_family(skb_network_header(skb)), &src, &dst);
	if (!sa)
		return -EINVAL;
	klips_rcv(sa, skb, &at);
	return 0;
}

static int ipip4_err(struct sk_buff *skb, u32 info)
{
	return -ENOENT;
}

static int ipip6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
		     int offset, __be32 info)
{
	return -ENOENT;
}

static const u8 protocols[] = { IPPROTO_ESP, IPPROTO_AH, IPPROTO_COMP };

#define FIRST(_err) { \
	.handler = ipsec_rcv, \
	.input_handler = ipsec_input, \
	.cb_handler = ipsec_cb, \
	.err_handler = (_err), \
	.priority = PRIORITY_FIRST, \
}

#define LAST(_err) { \
	.handler = ipsec_unknown, \
	.input_handler = ipsec_unknown_input, \
	.cb_handler = ipsec_cb, \
	.err_handler = (_err), \
	.priority = PRIORITY_LAST, \
}

/* One of each for every protocol: they are links of a list. */
static struct xfrm4_protocol first4[] = { FIRST(ipsec4_err), FIRST(ipsec4_err), FIRST(ipsec4_err) };
static struct xfrm4_protocol last4[] = { LAST(ipsec4_err), LAST(ipsec4_err), LAST(ipsec4_err) };
static struct xfrm6_protocol first6[] = { FIRST(ipsec6_err), FIRST(ipsec6_err), FIRST(ipsec6_err) };
static struct xfrm6_protocol last6[] = { LAST(ipsec6_err), LAST(ipsec6_err), LAST(ipsec6_err) };

#define TUNNEL(_err) { \
	.handler = ipip_rcv, \
	.err_handler = (_err), \
	.priority = PRIORITY_TUNNEL, \
}

static struct xfrm_tunnel tunnel4[] = { TUNNEL(ipip4_err), TUNNEL(ipip4_err) };
static struct xfrm6_tunnel tunnel6[] = { TUNNEL(ipip6_err), TUNNEL(ipip6_err) };
static const unsigned short tunnel_inner[] = { AF_INET, AF_INET6 };

/* How many of these are registered: init goes up, exit down. */
static unsigned int protocols_up, tunnels_up;

static int protocol_up(unsigned int i)
{
	int err = xfrm4_protocol_register(&first4[i], protocols[i]);

	if (err)
		return err;
	err = xfrm4_protocol_register(&last4[i], protocols[i]);
	if (err)
		goto err_first4;
	err = xfrm6_protocol_register(&first6[i], protocols[i]);
	if (err)
		goto err_last4;
	err = xfrm6_protocol_register(&last6[i], protocols[i]);
	if (!err)
		return 0;
	xfrm6_protocol_deregister(&first6[i], protocols[i]);
err_last4:
	xfrm4_protocol_deregister(&last4[i], protocols[i]);
err_first4:
	xfrm4_protocol_deregister(&first4[i], protocols[i]);
	return err;
}

static void protocol_down(unsigned int i)
{
	xfrm6_protocol_deregister(&last6[i], protocols[i]);
	xfrm6_protocol_deregister(&first6[i], protocols[i]);
	xfrm4_protocol_deregister(&last4[i], protocols[i]);
	xfrm4_protocol_deregister(&first4[i], protocols[i]);
}

static int tunnel_up(unsigned int i)
{
	int err = xfrm4_tunnel_register(&tunnel4[i], tunnel_inner[i]);

	if (err)
		return err;
	err = xfrm6_tunnel_register(&tunnel6[i], tunnel_inner[i]);
	if (err)
		xfrm4_tunnel_deregister(&tunnel4[i], tunnel_inner[i]);
	return err;
}

static void tunnel_down(unsigned int i)
{
	xfrm6_tunnel_deregister(&tunnel6[i], tunnel_inner[i]);
	xfrm4_tunnel_deregister(&tunnel4[i], tunnel_inner[i]);
}

int klips_protocol_init(void)
{
	int err = 0;

	for (; !err && protocols_up < ARRAY_SIZE(protocols); protocols_up += !err)
		err = protocol_up(protocols_up);
	for (; !err && tunnels_up < ARRAY_SIZE(tunnel_inner); tunnels_up += !err)
		err = tunnel_up(tunnels_up);
	if (err)
		klips_protocol_exit();
	return err;
}

void klips_protocol_exit(void)
{
	while (tunnels_up)
		tunnel_down(--tunnels_up);
	while (protocols_up)
		protocol_down(--protocols_up);
}
