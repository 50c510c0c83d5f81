// SPDX-License-Identifier: GPL-2.0
/* Eroutes, SAs and devices as netlink attributes, see <klips/netlink.h>. Never a key. */
#include <linux/ktime.h>

#include <klips/netlink.h>

#include "alg.h"
#include "netlink_fill.h"
#include "pfkey_msg.h"
#include "stats.h"

int klips_fill_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, KLIPS_A_PAD);
}

int klips_fill_addr(struct sk_buff *skb, int type, u8 family,
		    const union klips_addr *addr)
{
	return nla_put(skb, type, klips_addr_len(family), addr);
}

/* Seconds since @when; nothing where that never was. */
static int fill_since(struct sk_buff *skb, int type, time64_t when)
{
	return when ? klips_fill_u64(skb, type, ktime_get_seconds() - when) : 0;
}

/* The name of device @id; nothing where there is none (any more). */
static int fill_device_name(struct sk_buff *skb, struct klips_net *kn, u32 id)
{
	struct klips_dev *kd = id ? klips_device_by_id(kn, id) : NULL;

	return kd ? nla_put_string(skb, KLIPS_A_DEVICE, kd->dev->name) : 0;
}

static int fill_selector_flow(struct sk_buff *skb, const struct klips_selector *sel)
{
	if (nla_put_u8(skb, KLIPS_A_FAMILY, sel->family) ||
	    klips_fill_addr(skb, KLIPS_A_SRC, sel->family, &sel->src) ||
	    klips_fill_addr(skb, KLIPS_A_DST, sel->family, &sel->dst) ||
	    nla_put_u8(skb, KLIPS_A_SRC_PLEN, sel->src_plen) ||
	    nla_put_u8(skb, KLIPS_A_DST_PLEN, sel->dst_plen) ||
	    nla_put_u8(skb, KLIPS_A_PROTO, sel->proto) ||
	    nla_put_be16(skb, KLIPS_A_SPORT, sel->sport) ||
	    nla_put_be16(skb, KLIPS_A_DPORT, sel->dport) ||
	    nla_put_be16(skb, KLIPS_A_SPORT_MASK, sel->sport_mask) ||
	    nla_put_be16(skb, KLIPS_A_DPORT_MASK, sel->dport_mask))
		return -EMSGSIZE;
	return 0;
}

int klips_fill_selector(struct sk_buff *skb, struct klips_net *kn,
			const struct klips_selector *sel)
{
	return fill_selector_flow(skb, sel) ?:
	       fill_device_name(skb, kn, sel->device);
}

static int fill_said(struct sk_buff *skb, const struct klips_said *said)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_SAID);

	if (!nest ||
	    nla_put_u8(skb, KLIPS_A_FAMILY, said->family) ||
	    klips_fill_addr(skb, KLIPS_A_DST, said->family, &said->dst) ||
	    nla_put_be32(skb, KLIPS_A_SPI, said->spi) ||
	    nla_put_u8(skb, KLIPS_A_PROTO, said->proto))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_counts(struct sk_buff *skb, u64 packets, u64 bytes)
{
	return klips_fill_u64(skb, KLIPS_A_PACKETS, packets) ?:
	       klips_fill_u64(skb, KLIPS_A_BYTES, bytes);
}

/* %trapsubnet is %hold while it holds. */
static u8 shown_target(struct klips_net *kn, const struct klips_eroute *er)
{
	return klips_hold_under(kn, er) ? KLIPS_TARGET_HOLD : er->target;
}

int klips_fill_eroute(struct sk_buff *skb, struct klips_net *kn,
		      const struct klips_eroute *er)
{
	u64 packets, bytes;

	klips_counter_sum(er->stats, &packets, &bytes);
	if (klips_fill_selector(skb, kn, &er->entry.sel) ||
	    nla_put_u8(skb, KLIPS_A_TARGET, shown_target(kn, er)) ||
	    fill_counts(skb, packets, bytes) ||
	    fill_since(skb, KLIPS_A_IDLE, READ_ONCE(er->last_used)))
		return -EMSGSIZE;
	if (er->soft)
		return nla_put_flag(skb, KLIPS_A_SOFT);
	if (er->target == KLIPS_TARGET_SA)
		return fill_said(skb, &er->said);
	return 0;
}

static int fill_limits(struct sk_buff *skb, int type,
		       const struct klips_limits *limits)
{
	struct nlattr *nest;

	if (!limits->bytes && !limits->packets && !limits->addtime &&
	    !limits->usetime)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest ||
	    klips_fill_u64(skb, KLIPS_A_LIFE_BYTES, limits->bytes) ||
	    klips_fill_u64(skb, KLIPS_A_LIFE_PACKETS, limits->packets) ||
	    klips_fill_u64(skb, KLIPS_A_LIFE_ADDTIME, limits->addtime) ||
	    klips_fill_u64(skb, KLIPS_A_LIFE_USETIME, limits->usetime))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Attribute 0 is no drop reason in this nest, so it serves for padding. */
static int fill_drop(struct sk_buff *skb, enum klips_drop why, u64 count)
{
	return count ? nla_put_u64_64bit(skb, why + 1, count, 0) : 0;
}

static int fill_sa_drops(struct sk_buff *skb, const struct klips_sa *sa)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_SA_DROPS);
	int why;

	if (!nest)
		return -EMSGSIZE;
	for (why = 0; why < __KLIPS_DROP_MAX; why++)
		if (fill_drop(skb, why, atomic_long_read(&sa->drops[why])))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_sa_selectors(struct sk_buff *skb, const struct klips_sa *sa)
{
	const struct klips_selectors *s = rcu_dereference(sa->selectors);
	struct nlattr *nest;
	unsigned int i;

	if (!s)
		return 0;
	if (nla_put_u32(skb, KLIPS_A_SA_SELECTORS, s->count))
		return -EMSGSIZE;
	for (i = 0; i < min_t(unsigned int, s->count, KLIPS_FILL_SELECTORS); i++) {
		nest = nla_nest_start(skb, KLIPS_A_SA_SELECTOR);
		if (!nest || klips_fill_selector(skb, sa->kn, &s->sel[i]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int fill_sa_sequence(struct sk_buff *skb, struct klips_sa *sa)
{
	u64 top, recent;

	/* They belong together. */
	spin_lock_bh(&sa->replay_lock);
	top = sa->replay.top;
	recent = klips_replay_recent(&sa->replay);
	spin_unlock_bh(&sa->replay_lock);
	if (nla_put_u32(skb, KLIPS_A_SA_WINDOW, sa->replay.window) ||
	    (sa->replay.esn && nla_put_flag(skb, KLIPS_A_SA_ESN)) ||
	    klips_fill_u64(skb, KLIPS_A_SA_SEQ_OUT, atomic64_read(&sa->seq_out)) ||
	    klips_fill_u64(skb, KLIPS_A_SA_SEQ_IN, top))
		return -EMSGSIZE;
	return klips_fill_u64(skb, KLIPS_A_SA_BITMAP, recent);
}

static int fill_sa_alg(struct sk_buff *skb, const struct klips_sa *sa)
{
	if (!sa->alg)
		return 0;
	if (nla_put_string(skb, KLIPS_A_SA_ALG, sa->alg->name) ||
	    nla_put_u32(skb, KLIPS_A_SA_ICV_BITS, sa->alg->icv * 8))
		return -EMSGSIZE;
	return nla_put_u32(skb, KLIPS_A_SA_KEY_BITS, sa->ekey_bits);
}

static int fill_sa_life(struct sk_buff *skb, const struct klips_sa *sa)
{
	if (fill_since(skb, KLIPS_A_IDLE, READ_ONCE(sa->used_last)) ||
	    fill_since(skb, KLIPS_A_SA_AGE, sa->added) ||
	    fill_since(skb, KLIPS_A_SA_USED, READ_ONCE(sa->used_first)) ||
	    fill_limits(skb, KLIPS_A_SA_SOFT, &sa->soft))
		return -EMSGSIZE;
	return fill_limits(skb, KLIPS_A_SA_HARD, &sa->hard);
}

static int fill_sa_group(struct sk_buff *skb, const struct klips_sa *sa)
{
	const struct klips_group *group = rcu_dereference(sa->group);
	struct nlattr *nest;
	unsigned int i;
	u8 place = 0;

	if (!group)
		return 0;
	nest = nla_nest_start(skb, KLIPS_A_SA_GROUP);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < group->count; i++) {
		if (fill_said(skb, &group->sa[i]->said))
			return -EMSGSIZE;
		if (group->sa[i] == sa)
			place = i;
	}
	nla_nest_end(skb, nest);
	return nla_put_u8(skb, KLIPS_A_SA_PLACE, place);
}

static int fill_encap(struct sk_buff *skb, u8 family, const struct klips_encap *encap)
{
	struct nlattr *nest;

	if (!encap->type)
		return 0;
	nest = nla_nest_start(skb, KLIPS_A_SA_ENCAP);
	if (!nest ||
	    nla_put_u8(skb, KLIPS_A_ENCAP_TYPE, encap->type) ||
	    nla_put_be16(skb, KLIPS_A_SPORT, encap->sport) ||
	    nla_put_be16(skb, KLIPS_A_DPORT, encap->dport))
		return -EMSGSIZE;
	if (encap->oa_set &&
	    (klips_fill_addr(skb, KLIPS_A_ENCAP_OA_SRC, family, &encap->oa_src) ||
	     klips_fill_addr(skb, KLIPS_A_ENCAP_OA_DST, family, &encap->oa_dst)))
		return -EMSGSIZE;
	if (encap->keepalive &&
	    nla_put_u16(skb, KLIPS_A_ENCAP_KEEPALIVE, encap->keepalive))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What most SAs have nothing of. */
static int fill_sa_more(struct sk_buff *skb, struct klips_sa *sa)
{
	struct klips_encap encap;
	u8 family = sa->said.family;
	union klips_addr dst;

	/* UPDATE moves them together. */
	spin_lock_bh(&sa->replay_lock);
	encap = sa->encap;
	dst = sa->dst;
	spin_unlock_bh(&sa->replay_lock);
	if (sa->flags &&
	    nla_put_u32(skb, KLIPS_A_SA_FLAGS, klips_pfkey_saflags(sa->flags)))
		return -EMSGSIZE;
	if (memcmp(&dst, &sa->said.dst, sizeof(dst)) &&
	    klips_fill_addr(skb, KLIPS_A_SA_WIRE_DST, family, &dst))
		return -EMSGSIZE;
	return fill_sa_group(skb, sa) ?: fill_encap(skb, family, &encap);
}

int klips_fill_sa(struct sk_buff *skb, struct klips_sa *sa)
{
	u64 packets, bytes;

	klips_counter_sum(sa->stats, &packets, &bytes);
	if (fill_said(skb, &sa->said) ||
	    nla_put_u8(skb, KLIPS_A_FAMILY, sa->said.family) ||
	    klips_fill_addr(skb, KLIPS_A_SRC, sa->said.family, &sa->src) ||
	    nla_put_u8(skb, KLIPS_A_SA_STATE, READ_ONCE(sa->state)) ||
	    nla_put_u8(skb, KLIPS_A_SA_MODE, sa->mode) ||
	    nla_put_u32(skb, KLIPS_A_SA_REQID, sa->reqid) ||
	    fill_counts(skb, packets, bytes))
		return -EMSGSIZE;
	if (klips_sa_inbound(sa) && nla_put_flag(skb, KLIPS_A_SA_INBOUND))
		return -EMSGSIZE;
	if (fill_device_name(skb, sa->kn, sa->device) ||
	    fill_sa_alg(skb, sa) ||
	    fill_sa_sequence(skb, sa) ||
	    fill_sa_life(skb, sa) ||
	    fill_sa_more(skb, sa) ||
	    fill_sa_drops(skb, sa))
		return -EMSGSIZE;
	return fill_sa_selectors(skb, sa);
}

static int fill_drops(struct sk_buff *skb, const u64 *drops)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_DROPS);
	int why;

	if (!nest)
		return -EMSGSIZE;
	for (why = 0; why < __KLIPS_DROP_MAX; why++)
		if (fill_drop(skb, why, drops[why]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_tx(struct sk_buff *skb, const struct klips_dev_sums *sums)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_TX);

	if (!nest ||
	    fill_counts(skb, sums->tx_packets, sums->tx_bytes) ||
	    klips_fill_u64(skb, KLIPS_A_TRANSFORMED, sums->tx_transformed) ||
	    klips_fill_u64(skb, KLIPS_A_PASSED, sums->tx_passed) ||
	    klips_fill_u64(skb, KLIPS_A_HELD, sums->tx_held) ||
	    fill_drops(skb, sums->tx_drops))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_rx(struct sk_buff *skb, const struct klips_dev_sums *sums)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_RX);

	if (!nest ||
	    fill_counts(skb, sums->rx_packets, sums->rx_bytes) ||
	    klips_fill_u64(skb, KLIPS_A_WOULD_DROP, sums->rx_would_drop) ||
	    fill_drops(skb, sums->rx_drops))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_headers(struct sk_buff *skb, const struct klips_dev *kd)
{
	if (nla_put_u8(skb, KLIPS_A_DF, READ_ONCE(kd->df)) ||
	    nla_put_u8(skb, KLIPS_A_HIDETOS, !READ_ONCE(kd->show_tos)) ||
	    nla_put_u8(skb, KLIPS_A_FRAGICMP, !READ_ONCE(kd->quiet)))
		return -EMSGSIZE;
	if (nla_put_u16(skb, KLIPS_A_MSS, READ_ONCE(kd->mss)) ||
	    nla_put_u32(skb, KLIPS_A_FWMARK, READ_ONCE(kd->fwmark)) ||
	    nla_put_u8(skb, KLIPS_A_GUARD, READ_ONCE(kd->guard)))
		return -EMSGSIZE;
	return nla_put_u8(skb, KLIPS_A_PARALLEL, READ_ONCE(kd->parallel));
}

int klips_fill_device(struct sk_buff *skb, const struct klips_dev *kd)
{
	const struct net_device *lower = rcu_dereference(kd->lower);
	struct klips_dev_sums sums;

	klips_dev_sum(kd, &sums);
	if (nla_put_string(skb, KLIPS_A_DEVICE, kd->dev->name) ||
	    nla_put_u32(skb, KLIPS_A_IFINDEX, kd->dev->ifindex) ||
	    nla_put_u32(skb, KLIPS_A_MTU, READ_ONCE(kd->dev->mtu)) ||
	    nla_put_u32(skb, KLIPS_A_EFFECTIVE_MTU, READ_ONCE(kd->effective_mtu)) ||
	    fill_headers(skb, kd) ||
	    fill_tx(skb, &sums) ||
	    fill_rx(skb, &sums))
		return -EMSGSIZE;
	if (!lower)
		return 0;
	return nla_put_string(skb, KLIPS_A_PHYSICAL, lower->name) ?:
	       nla_put_u32(skb, KLIPS_A_PHYSICAL_MTU, READ_ONCE(lower->mtu));
}

static int fill_flow(struct sk_buff *skb, const struct klips_flow *flow)
{
	if (nla_put_u8(skb, KLIPS_A_FAMILY, flow->family) ||
	    klips_fill_addr(skb, KLIPS_A_SRC, flow->family, &flow->src) ||
	    klips_fill_addr(skb, KLIPS_A_DST, flow->family, &flow->dst) ||
	    nla_put_u8(skb, KLIPS_A_PROTO, flow->proto))
		return -EMSGSIZE;
	if (flow->fragment)
		return nla_put_flag(skb, KLIPS_A_DROP_FRAGMENT);
	if (flow->no_ports)
		return 0;
	return nla_put_be16(skb, KLIPS_A_SPORT, flow->sport) ?:
	       nla_put_be16(skb, KLIPS_A_DPORT, flow->dport);
}

/* An eroute that names a device names that of the drop. */
static int fill_drop_eroute(struct sk_buff *skb, const struct klips_drop_record *rec)
{
	struct nlattr *nest = nla_nest_start(skb, KLIPS_A_DROP_EROUTE);

	if (!nest || fill_selector_flow(skb, &rec->eroute) ||
	    nla_put_u8(skb, KLIPS_A_TARGET, rec->target))
		return -EMSGSIZE;
	if (rec->eroute.device && nla_put_string(skb, KLIPS_A_DEVICE, rec->device))
		return -EMSGSIZE;
	if (rec->target == KLIPS_TARGET_SA && fill_said(skb, &rec->eroute_said))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int klips_fill_drop(struct sk_buff *skb, const struct klips_drop_record *rec)
{
	if (klips_fill_u64(skb, KLIPS_A_DROP_NUMBER, rec->number) ||
	    klips_fill_u64(skb, KLIPS_A_DROP_TIME, rec->time) ||
	    nla_put_u8(skb, KLIPS_A_DROP_REASON, rec->why))
		return -EMSGSIZE;
	if (rec->inbound && nla_put_flag(skb, KLIPS_A_DROP_INBOUND))
		return -EMSGSIZE;
	if (rec->device[0] && nla_put_string(skb, KLIPS_A_DEVICE, rec->device))
		return -EMSGSIZE;
	if ((rec->has_flow && fill_flow(skb, &rec->flow)) ||
	    (rec->has_eroute && fill_drop_eroute(skb, rec)))
		return -EMSGSIZE;
	return rec->has_said ? fill_said(skb, &rec->said) : 0;
}
