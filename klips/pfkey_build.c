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

static void write_sa(void *ext, const struct sa_view *view)
{
	const struct klips_sa *sa = view->sa;
	struct sadb_sa *out = ext;

	out->sadb_sa_spi = sa->said.spi;
	out->sadb_sa_replay = min_t(u32, sa->replay.window, U8_MAX);
	out->sadb_sa_state = READ_ONCE(sa->state);
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

static void write_address(struct sadb_address *out, u8 family,
			  const union klips_addr *addr)
{
	struct sockaddr_in *in = (void *)(out + 1);
	struct sockaddr_in6 *in6 = (void *)(out + 1);

	in->sin_family = family;
	if (family == AF_INET) {
		out->sadb_address_prefixlen = 32;
		in->sin_addr.s_addr = addr->v4;
	} else {
		out->sadb_address_prefixlen = 128;
		memcpy(&in6->sin6_addr, addr, sizeof(in6->sin6_addr));
	}
}

static void write_src(void *ext, const struct sa_view *view)
{
	write_address(ext, view->sa->said.family, &view->sa->src);
}

static void write_dst(void *ext, const struct sa_view *view)
{
	write_address(ext, view->sa->said.family, &view->sa->said.dst);
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

/* bytes 0: an address, as long as its family wants. */
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
};

static unsigned int part_size(const struct part *part, u8 family)
{
	size_t sockaddr = family == AF_INET ? sizeof(struct sockaddr_in) :
					      sizeof(struct sockaddr_in6);

	return part->bytes ?: sizeof(struct sadb_address) + ALIGN(sockaddr, 8);
}

/* @bytes more, all zero, for an extension of @type. */
static void *ext_put(struct sk_buff *skb, u16 type, unsigned int bytes)
{
	struct sadb_ext *ext = skb_put_zero(skb, bytes);

	ext->sadb_ext_type = type;
	ext->sadb_ext_len = bytes / 8;
	return ext;
}

static struct sadb_msg *hdr_put(struct sk_buff *skb, const struct sadb_msg *hdr)
{
	struct sadb_msg *out = skb_put_data(skb, hdr, sizeof(*hdr));

	out->sadb_msg_errno = 0;
	out->sadb_msg_reserved = 0;
	return out;
}

static void hdr_finish(struct sk_buff *skb)
{
	struct sadb_msg *hdr = (struct sadb_msg *)skb->data;

	hdr->sadb_msg_len = skb->len / 8;
}

struct sk_buff *klips_pfkey_sa_alloc(gfp_t gfp)
{
	size_t size = sizeof(struct sadb_msg);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts_of_sa); i++)
		size += part_size(&parts_of_sa[i], AF_INET6);
	return alloc_skb(size, gfp);
}

static void view_take(struct sa_view *view, const struct klips_sa *sa)
{
	struct klips_dev *kd;

	memset(view, 0, sizeof(*view));
	view->sa = sa;
	view->soft = sa->soft;
	view->hard = sa->hard;
	klips_sa_count(sa, &view->packets, &view->bytes);
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
	return parts;
}

void klips_pfkey_sa_fill(struct sk_buff *skb, const struct sadb_msg *hdr,
			 const struct klips_sa *sa, u64 parts)
{
	struct sa_view view;
	struct sadb_msg *out = hdr_put(skb, hdr);
	unsigned int i;

	out->sadb_msg_satype = klips_pfkey_satype(sa->said.proto);
	view_take(&view, sa);
	parts = view_parts(&view, parts, hdr->sadb_msg_type);
	for (i = 0; i < ARRAY_SIZE(parts_of_sa); i++) {
		const struct part *part = &parts_of_sa[i];
		unsigned int size = part_size(part, sa->said.family);

		if (parts & KLIPS_SLOT_BIT(part->type))
			part->put(ext_put(skb, part->type, size), &view);
	}
	hdr_finish(skb);
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
	hdr_put(skb, hdr)->sadb_msg_errno = -err;
	hdr_finish(skb);
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

/* @present: bit n stands for the nth algorithm of klips_algs(). */
static void supported_put(struct sk_buff *skb, u16 type, u64 present)
{
	struct sadb_supported *ext = ext_put(skb, type, sizeof(*ext));
	const struct klips_alg *alg;
	unsigned int n;

	for (alg = klips_algs(&n); present; present >>= 1, alg++) {
		if (!(present & 1))
			continue;
		if (type == SADB_EXT_SUPPORTED_ENCRYPT)
			supported_add(skb, ext, alg->ealg, alg->iv, alg->ekey_bits);
		else if (alg->aalg != SADB_AALG_NONE)
			supported_add(skb, ext, alg->aalg, 0, alg->akey_bits);
	}
	if (ext->sadb_supported_len == 1)
		skb_trim(skb, skb->len - sizeof(*ext));
}

struct sk_buff *klips_pfkey_supported(const struct sadb_msg *hdr)
{
	const struct klips_alg *alg;
	unsigned int n, i;
	struct sk_buff *skb;
	u64 present = 0;

	alg = klips_algs(&n);
	for (i = 0; i < n && i < 64; i++)
		if (klips_alg_present(&alg[i]))
			present |= 1ULL << i;
	skb = alloc_skb(sizeof(*hdr) + 2 * (sizeof(struct sadb_supported) +
					    n * sizeof(struct sadb_alg)), GFP_KERNEL);
	if (!skb)
		return NULL;
	hdr_put(skb, hdr);
	supported_put(skb, SADB_EXT_SUPPORTED_AUTH, present);
	supported_put(skb, SADB_EXT_SUPPORTED_ENCRYPT, present);
	hdr_finish(skb);
	return skb;
}

void klips_pfkey_expire(struct klips_sa *sa, bool hard)
{
	struct sadb_msg hdr = {
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = SADB_EXPIRE,
	};
	struct sk_buff *skb = klips_pfkey_sa_alloc(GFP_ATOMIC);
	u64 limit = KLIPS_SLOT_BIT(hard ? SADB_EXT_LIFETIME_HARD :
				   SADB_EXT_LIFETIME_SOFT);

	if (!skb)
		return;
	rcu_read_lock();
	klips_pfkey_sa_fill(skb, &hdr, sa, KLIPS_PFKEY_NAME | limit |
			    KLIPS_SLOT_BIT(SADB_X_EXT_SA2) |
			    KLIPS_SLOT_BIT(SADB_EXT_LIFETIME_CURRENT));
	rcu_read_unlock();
	klips_pfkey_broadcast(sa->kn, skb);
}
