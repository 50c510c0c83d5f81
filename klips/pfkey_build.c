// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that klips writes. Each extension has one entry in one table, from which its
 * size and its content both come: they cannot disagree.
 */
#include <linux/ipsec.h>
#include <linux/ktime.h>

#include "alg.h"
#include "device.h"
#include "pfkey.h"
#include "pfkey_msg.h"
#include "replay.h"

/* An SA as it goes into a message, looked at once. */
struct sa_view {
	const struct klips_sa *sa;
	u64 packets;
	u64 bytes;
	struct klips_limits soft;
	struct klips_limits hard;
	union klips_addr src;
	union klips_addr dst;
	struct klips_encap encap;
	unsigned int members;		/* of the group, 0: alone */
	struct klips_said member[KLIPS_GROUP_MAX];
	char device[KLIPS_IFNAMSIZ];	/* "": none */
};

static bool limits_any(const struct klips_limits *limits)
{
	return limits->bytes || limits->packets || limits->addtime ||
	       limits->usetime;
}

/* Wall clock of a moment of ktime_get_seconds(), 0 where there was none. */
static u64 wall_clock(time64_t when)
{
	if (!when)
		return 0;
	return ktime_get_real_seconds() - (ktime_get_seconds() - when);
}

u32 klips_pfkey_saflags(u8 flags)
{
	return (flags & KLIPS_SA_NOPMTUDISC ? SADB_SAFLAGS_NOPMTUDISC : 0) |
	       (flags & KLIPS_SA_DECAP_DSCP ? SADB_SAFLAGS_DECAP_DSCP : 0) |
	       (flags & KLIPS_SA_NOECN ? SADB_SAFLAGS_NOECN : 0) |
	       (flags & KLIPS_SA_FRAGMENTS ? KLIPS_SAFLAGS_FRAGMENTS : 0);
}

static void write_sa(void *ext, const struct sa_view *view)
{
	const struct klips_sa *sa = view->sa;
	struct sadb_sa *out = ext;

	out->sadb_sa_spi = sa->said.spi;
	out->sadb_sa_replay = min_t(u32, sa->replay.window, U8_MAX);
	out->sadb_sa_state = READ_ONCE(sa->state);
	out->sadb_sa_flags = klips_pfkey_saflags(sa->flags);
	if (sa->alg) {
		out->sadb_sa_auth = sa->alg->aalg;
		out->sadb_sa_encrypt = sa->alg->ealg;
	}
}

/* Allocations are packets: the field is as old as that, and narrower. */
static void write_limits(struct sadb_lifetime *out, const struct klips_limits *limits)
{
	out->sadb_lifetime_allocations = min_t(u64, limits->packets, U32_MAX);
	out->sadb_lifetime_bytes = limits->bytes;
	out->sadb_lifetime_addtime = limits->addtime;
	out->sadb_lifetime_usetime = limits->usetime;
}

static void write_hard(void *ext, const struct sa_view *view)
{
	write_limits(ext, &view->hard);
}

static void write_soft(void *ext, const struct sa_view *view)
{
	write_limits(ext, &view->soft);
}

/* RFC 2367 2.3.2: here the times are moments, not seconds that passed. */
static void write_current(void *ext, const struct sa_view *view)
{
	struct sadb_lifetime *out = ext;

	out->sadb_lifetime_allocations = min_t(u64, view->packets, U32_MAX);
	out->sadb_lifetime_bytes = view->bytes;
	out->sadb_lifetime_addtime = wall_clock(view->sa->added);
	out->sadb_lifetime_usetime = wall_clock(READ_ONCE(view->sa->used_first));
}

void klips_pfkey_sockaddr_put(void *sockaddr, u8 family, const union klips_addr *addr)
{
	struct sockaddr_in *in = sockaddr;
	struct sockaddr_in6 *in6 = sockaddr;

	in->sin_family = family;
	if (family == AF_INET)
		in->sin_addr.s_addr = addr->v4;
	else
		memcpy(&in6->sin6_addr, addr, sizeof(in6->sin6_addr));
}

static void write_address(void *ext, const struct sa_view *view,
			  const union klips_addr *addr)
{
	u8 family = view->sa->said.family;
	struct sadb_address *out = ext;

	out->sadb_address_prefixlen = family == AF_INET ? 32 : 128;
	klips_pfkey_sockaddr_put(out + 1, family, addr);
}

static void write_src(void *ext, const struct sa_view *view)
{
	write_address(ext, view, &view->src);
}

static void write_dst(void *ext, const struct sa_view *view)
{
	write_address(ext, view, &view->sa->said.dst);
}

static void write_new_dst(void *ext, const struct sa_view *view)
{
	write_address(ext, view, &view->dst);
}

static void write_oa(void *ext, const struct sa_view *view)
{
	write_address(ext, view, &view->encap.oa_src);
}

static void write_oa_dst(void *ext, const struct sa_view *view)
{
	write_address(ext, view, &view->encap.oa_dst);
}

static void write_nat_t_type(void *ext, const struct sa_view *view)
{
	struct sadb_x_nat_t_type *out = ext;

	out->sadb_x_nat_t_type_type = view->encap.type;
}

static void write_sport(void *ext, const struct sa_view *view)
{
	struct sadb_x_nat_t_port *out = ext;

	out->sadb_x_nat_t_port_port = view->encap.sport;
}

static void write_dport(void *ext, const struct sa_view *view)
{
	struct sadb_x_nat_t_port *out = ext;

	out->sadb_x_nat_t_port_port = view->encap.dport;
}

static void write_keepalive(void *ext, const struct sa_view *view)
{
	struct klips_ext_keepalive *out = ext;

	out->seconds = view->encap.keepalive;
}

static void write_said(void *ext, const struct klips_said *said)
{
	struct klips_ext_said *out = ext;

	out->satype = klips_pfkey_satype(said->proto);
	out->spi = said->spi;
	klips_pfkey_sockaddr_put(out + 1, said->family, &said->dst);
}

static void write_sa2(void *ext, const struct sa_view *view)
{
	struct sadb_x_sa2 *out = ext;

	out->sadb_x_sa2_mode = view->sa->mode;
	out->sadb_x_sa2_reqid = view->sa->reqid;
}

static void write_device(void *ext, const struct sa_view *view)
{
	struct klips_ext_device *out = ext;

	memcpy(out->name, view->device, sizeof(out->name));
}

static void write_replay(void *ext, const struct sa_view *view)
{
	struct klips_ext_replay *out = ext;

	out->window = view->sa->replay.window;
	out->flags = view->sa->replay.esn ? KLIPS_REPLAY_ESN : 0;
}

/* bytes 0: an address, as long as its family wants. Members of the group come behind these. */
static const struct part {
	u16 type;
	u16 bytes;
	void (*put)(void *ext, const struct sa_view *view);
} parts_of_sa[] = {
	{ SADB_EXT_SA, sizeof(struct sadb_sa), write_sa },
	{ SADB_EXT_LIFETIME_CURRENT, sizeof(struct sadb_lifetime), write_current },
	{ SADB_EXT_LIFETIME_HARD, sizeof(struct sadb_lifetime), write_hard },
	{ SADB_EXT_LIFETIME_SOFT, sizeof(struct sadb_lifetime), write_soft },
	{ SADB_EXT_ADDRESS_SRC, 0, write_src },
	{ SADB_EXT_ADDRESS_DST, 0, write_dst },
	{ SADB_X_EXT_SA2, sizeof(struct sadb_x_sa2), write_sa2 },
	{ KLIPS_EXT_DEVICE, sizeof(struct klips_ext_device), write_device },
	{ KLIPS_EXT_REPLAY, sizeof(struct klips_ext_replay), write_replay },
	{ SADB_X_EXT_NAT_T_TYPE, sizeof(struct sadb_x_nat_t_type), write_nat_t_type },
	{ SADB_X_EXT_NAT_T_SPORT, sizeof(struct sadb_x_nat_t_port), write_sport },
	{ SADB_X_EXT_NAT_T_DPORT, sizeof(struct sadb_x_nat_t_port), write_dport },
	{ SADB_X_EXT_NAT_T_OA, 0, write_oa },
	{ KLIPS_EXT_OA_DST, 0, write_oa_dst },
	{ KLIPS_EXT_KEEPALIVE, sizeof(struct klips_ext_keepalive), write_keepalive },
	{ KLIPS_EXT_NEW_DST, 0, write_new_dst },
};

/* Bytes of a sockaddr of @family in a message. */
unsigned int klips_pfkey_sockaddr_size(u8 family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) :
				   ALIGN(sizeof(struct sockaddr_in6), 8);
}

static unsigned int part_size(const struct part *part, u8 family)
{
	return part->bytes ?: sizeof(struct sadb_address) + klips_pfkey_sockaddr_size(family);
}

static unsigned int said_size(u8 family)
{
	return sizeof(struct klips_ext_said) + klips_pfkey_sockaddr_size(family);
}

/* @bytes more, all zero, for an extension of @type. */
void *klips_pfkey_ext_put(struct sk_buff *skb, u16 type, unsigned int bytes)
{
	struct sadb_ext *ext = skb_put_zero(skb, bytes);

	ext->sadb_ext_type = type;
	ext->sadb_ext_len = bytes / 8;
	return ext;
}

struct sadb_msg *klips_pfkey_hdr_put(struct sk_buff *skb, const struct sadb_msg *hdr)
{
	struct sadb_msg *out = skb_put_data(skb, hdr, sizeof(*hdr));

	out->sadb_msg_errno = 0;
	out->sadb_msg_reserved = 0;
	return out;
}

void klips_pfkey_hdr_finish(struct sk_buff *skb)
{
	struct sadb_msg *hdr = (struct sadb_msg *)skb->data;

	hdr->sadb_msg_len = skb->len / 8;
}

struct sk_buff *klips_pfkey_sa_alloc(gfp_t gfp)
{
	size_t size = sizeof(struct sadb_msg) + KLIPS_GROUP_MAX * said_size(AF_INET6);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts_of_sa); i++)
		size += part_size(&parts_of_sa[i], AF_INET6);
	return alloc_skb(size, gfp);
}

/* Only kn->lock, or RCU, keeps the group; who holds which is above. */
static void view_group(struct sa_view *view)
{
	const struct klips_group *group;
	unsigned int i;

	rcu_read_lock();
	group = rcu_dereference(view->sa->group);
	for (i = 0; group && i < group->count; i++)
		view->member[i] = group->sa[i]->said;
	view->members = i;
	rcu_read_unlock();
}

static void view_take(struct sa_view *view, struct klips_sa *sa)
{
	struct klips_dev *kd;

	memset(view, 0, sizeof(*view));
	view->sa = sa;
	view->soft = sa->soft;
	view->hard = sa->hard;
	/* UPDATE moves them together. */
	spin_lock_bh(&sa->replay_lock);
	view->src = sa->src;
	view->dst = sa->dst;
	view->encap = sa->encap;
	spin_unlock_bh(&sa->replay_lock);
	view_group(view);
	klips_counter_sum(sa->stats, &view->packets, &view->bytes);
	if (!sa->device)
		return;
	rcu_read_lock();
	kd = klips_device_by_id(sa->kn, sa->device);
	if (kd)
		strscpy_pad(view->device, kd->dev->name, sizeof(view->device));
	rcu_read_unlock();
}

/*
 * Those of @parts that the SA has something for. That a limit was reached must be said even
 * where it was none of the SA's, but the end of its sequence numbers.
 */
static u64 view_parts(const struct sa_view *view, u64 parts, u8 type)
{
	if (!limits_any(&view->soft) && type != SADB_EXPIRE)
		parts &= ~KLIPS_SLOT_BIT(SADB_EXT_LIFETIME_SOFT);
	if (!limits_any(&view->hard) && type != SADB_EXPIRE)
		parts &= ~KLIPS_SLOT_BIT(SADB_EXT_LIFETIME_HARD);
	if (!view->device[0])
		parts &= ~KLIPS_SLOT_BIT(KLIPS_EXT_DEVICE);
	if (view->sa->replay.window <= U8_MAX && !view->sa->replay.esn)
		parts &= ~KLIPS_SLOT_BIT(KLIPS_EXT_REPLAY);
	if (!view->encap.type)
		parts &= ~KLIPS_PFKEY_NAT_T;
	if (!view->encap.oa_set)
		parts &= ~(KLIPS_SLOT_BIT(SADB_X_EXT_NAT_T_OA) |
			   KLIPS_SLOT_BIT(KLIPS_EXT_OA_DST));
	if (!view->encap.keepalive)
		parts &= ~KLIPS_SLOT_BIT(KLIPS_EXT_KEEPALIVE);
	if (!memcmp(&view->dst, &view->sa->said.dst, sizeof(view->dst)))
		parts &= ~KLIPS_SLOT_BIT(KLIPS_EXT_NEW_DST);
	return parts;
}

static void group_put(struct sk_buff *skb, const struct sa_view *view)
{
	unsigned int i;

	for (i = 0; i < view->members; i++) {
		const struct klips_said *said = &view->member[i];

		write_said(klips_pfkey_ext_put(skb, klips_pfkey_member(i), said_size(said->family)),
			   said);
	}
}

void klips_pfkey_sa_fill(struct sk_buff *skb, const struct sadb_msg *hdr,
			 struct klips_sa *sa, u64 parts)
{
	struct sa_view view;
	struct sadb_msg *out = klips_pfkey_hdr_put(skb, hdr);
	unsigned int i;

	out->sadb_msg_satype = klips_pfkey_satype(sa->said.proto);
	view_take(&view, sa);
	parts = view_parts(&view, parts, hdr->sadb_msg_type);
	for (i = 0; i < ARRAY_SIZE(parts_of_sa); i++) {
		const struct part *part = &parts_of_sa[i];
		unsigned int size = part_size(part, sa->said.family);

		if (parts & KLIPS_SLOT_BIT(part->type))
			part->put(klips_pfkey_ext_put(skb, part->type, size), &view);
	}
	if (parts & KLIPS_PFKEY_GROUP)
		group_put(skb, &view);
	klips_pfkey_hdr_finish(skb);
}

struct sk_buff *klips_pfkey_echo(const struct sadb_msg *hdr, gfp_t gfp)
{
	size_t len = hdr->sadb_msg_len * 8UL;
	struct sk_buff *skb = alloc_skb(len, gfp);

	if (skb)
		skb_put_data(skb, hdr, len);
	return skb;
}

struct sk_buff *klips_pfkey_plain(const struct sadb_msg *hdr, int err, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb(sizeof(*hdr), gfp);

	if (!skb)
		return NULL;
	klips_pfkey_hdr_put(skb, hdr)->sadb_msg_errno = -err;
	klips_pfkey_hdr_finish(skb);
	return skb;
}

/* Widens the entry of algorithm @id, or adds it, in the list that @ext is. */
static void supported_add(struct sk_buff *skb, struct sadb_supported *ext,
			  u8 id, u8 ivlen, u16 bits)
{
	struct sadb_alg *alg = (struct sadb_alg *)(ext + 1);
	struct sadb_alg *end = (struct sadb_alg *)skb_tail_pointer(skb);

	while (alg < end && alg->sadb_alg_id != id)
		alg++;
	if (alg == end) {
		skb_put_zero(skb, sizeof(*alg));
		ext->sadb_supported_len++;
		alg->sadb_alg_id = id;
		alg->sadb_alg_ivlen = ivlen;
		alg->sadb_alg_minbits = bits;
	}
	alg->sadb_alg_minbits = min_t(u16, alg->sadb_alg_minbits, bits);
	alg->sadb_alg_maxbits = max_t(u16, alg->sadb_alg_maxbits, bits);
}

/* @present: bit n stands for the nth of klips_algs(). IPCOMP's compress where others encrypt. */
static void supported_put(struct sk_buff *skb, u16 type, u64 present)
{
	struct sadb_supported *ext = klips_pfkey_ext_put(skb, type, sizeof(*ext));
	const struct klips_alg *alg;
	unsigned int n;

	for (alg = klips_algs(&n); present; present >>= 1, alg++) {
		u8 id = type == SADB_EXT_SUPPORTED_AUTH ? alg->aalg : alg->ealg;

		if (!(present & 1) || !id)
			continue;
		if (type == SADB_EXT_SUPPORTED_AUTH)
			supported_add(skb, ext, id, 0, alg->akey_bits);
		else
			supported_add(skb, ext, id, alg->iv, alg->ekey_bits);
	}
	if (ext->sadb_supported_len == 1)
		skb_trim(skb, skb->len - sizeof(*ext));
}

struct sk_buff *klips_pfkey_supported(const struct sadb_msg *hdr)
{
	u8 proto = klips_pfkey_proto(hdr->sadb_msg_satype);
	const struct klips_alg *alg;
	struct sk_buff *skb;
	unsigned int n, i;
	u64 present = 0;

	/* Asked once: the kernel may look for modules. */
	alg = klips_algs(&n);
	for (i = 0; i < n && i < 64; i++)
		if (alg[i].proto == proto && klips_alg_present(&alg[i]))
			present |= 1ULL << i;
	skb = alloc_skb(sizeof(*hdr) + 2 * (sizeof(struct sadb_supported) +
					    n * sizeof(struct sadb_alg)), GFP_KERNEL);
	if (!skb)
		return NULL;
	klips_pfkey_hdr_put(skb, hdr);
	supported_put(skb, SADB_EXT_SUPPORTED_AUTH, present);
	supported_put(skb, SADB_EXT_SUPPORTED_ENCRYPT, present);
	klips_pfkey_hdr_finish(skb);
	return skb;
}

void klips_pfkey_expire(struct klips_sa *sa, bool hard)
{
	struct sadb_msg hdr = {
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = SADB_EXPIRE,
	};
	struct sk_buff *skb = klips_pfkey_sa_alloc(GFP_ATOMIC);
	u64 other = KLIPS_SLOT_BIT(hard ? SADB_EXT_LIFETIME_SOFT :
				   SADB_EXT_LIFETIME_HARD);

	if (!skb)
		return;
	rcu_read_lock();
	klips_pfkey_sa_fill(skb, &hdr, sa, KLIPS_PFKEY_ALL & ~other);
	rcu_read_unlock();
	klips_pfkey_broadcast(sa->kn, skb);
}

void klips_pfkey_new_mapping(struct klips_sa *sa, const union klips_addr *src,
			     __be16 sport)
{
	struct sadb_msg hdr = {
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = SADB_X_NAT_T_NEW_MAPPING,
		.sadb_msg_satype = klips_pfkey_satype(sa->said.proto),
	};
	struct sk_buff *skb = klips_pfkey_sa_alloc(GFP_ATOMIC);
	unsigned int size = sizeof(struct sadb_address) +
			    klips_pfkey_sockaddr_size(sa->said.family);
	struct sa_view view;

	if (!skb)
		return;
	view_take(&view, sa);
	klips_pfkey_hdr_put(skb, &hdr);
	write_sa(klips_pfkey_ext_put(skb, SADB_EXT_SA, sizeof(struct sadb_sa)), &view);
	write_src(klips_pfkey_ext_put(skb, SADB_EXT_ADDRESS_SRC, size), &view);
	write_sport(klips_pfkey_ext_put(skb, SADB_X_EXT_NAT_T_SPORT,
			    sizeof(struct sadb_x_nat_t_port)), &view);
	write_address(klips_pfkey_ext_put(skb, SADB_EXT_ADDRESS_DST, size), &view, src);
	view.encap.dport = sport;
	write_dport(klips_pfkey_ext_put(skb, SADB_X_EXT_NAT_T_DPORT,
			    sizeof(struct sadb_x_nat_t_port)), &view);
	write_said(klips_pfkey_ext_put(skb, KLIPS_EXT_SAID, said_size(sa->said.family)), &sa->said);
	klips_pfkey_hdr_finish(skb);
	klips_pfkey_broadcast(sa->kn, skb);
}
