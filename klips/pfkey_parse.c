// SPDX-License-Identifier: GPL-2.0
/*
 * Two tables say what a good PF_KEY message is: one what an extension looks like, one
 * which extensions a message must and may have. Everything else is refused, so that
 * nothing a key daemon asks for is ever silently left out.
 */
#include <linux/ipsec.h>

#include "pfkey_parse.h"

/* SPIs below are reserved by IANA (RFC 4303 2.1). */
#define SPI_MIN 256

static bool is_zero(const void *bytes, size_t len)
{
	const u8 *p = bytes;

	while (len--)
		if (*p++)
			return false;
	return true;
}

/* Bytes of an extension whose length was found to fit. */
static size_t ext_bytes(const void *ext)
{
	return ((const struct sadb_ext *)ext)->sadb_ext_len * 8UL;
}

u8 klips_pfkey_proto(u8 satype)
{
	switch (satype) {
	case SADB_SATYPE_AH:
		return IPPROTO_AH;
	case SADB_SATYPE_ESP:
		return IPPROTO_ESP;
	case SADB_X_SATYPE_IPCOMP:
		return IPPROTO_COMP;
	case KLIPS_SATYPE_IPIP:
		return IPPROTO_IPIP;
	default:
		return 0;
	}
}

u8 klips_pfkey_satype(u8 proto)
{
	switch (proto) {
	case IPPROTO_AH:
		return SADB_SATYPE_AH;
	case IPPROTO_ESP:
		return SADB_SATYPE_ESP;
	case IPPROTO_COMP:
		return SADB_X_SATYPE_IPCOMP;
	case IPPROTO_IPIP:
		return KLIPS_SATYPE_IPIP;
	default:
		return SADB_SATYPE_UNSPEC;
	}
}

void klips_pfkey_sockaddr(const void *sockaddr, struct klips_pfkey_addr *out)
{
	const struct sockaddr_in *in = sockaddr;
	const struct sockaddr_in6 *in6 = sockaddr;

	memset(out, 0, sizeof(*out));
	out->family = in->sin_family;
	if (in->sin_family == AF_INET) {
		out->port = in->sin_port;
		out->addr.v4 = in->sin_addr.s_addr;
	} else {
		out->port = in6->sin6_port;
		memcpy(&out->addr, &in6->sin6_addr, 16);
	}
}

bool klips_pfkey_address(const struct klips_pfkey_msg *msg, u16 type,
			 struct klips_pfkey_addr *out)
{
	const struct sadb_address *ext = klips_pfkey_ext(msg, type);

	if (!ext)
		return false;
	klips_pfkey_sockaddr(ext + 1, out);
	out->plen = ext->sadb_address_prefixlen;
	out->proto = ext->sadb_address_proto;
	return true;
}

/*
 * A sockaddr that fills @room bytes, of which it leaves none but padding. Flow label
 * and scope would be lost, so they must be zero; RFC 2367 2.3.3 says the same.
 */
static int check_sockaddr(const void *sockaddr, size_t room)
{
	const struct sockaddr_in *in = sockaddr;
	const struct sockaddr_in6 *in6 = sockaddr;

	switch (in->sin_family) {
	case AF_INET:
		if (room != sizeof(*in) || !is_zero(in->sin_zero, 8))
			return -EINVAL;
		return 0;
	case AF_INET6:
		if (room != ((sizeof(*in6) + 7) & ~7UL) ||
		    in6->sin6_flowinfo || in6->sin6_scope_id ||
		    !is_zero(in6 + 1, room - sizeof(*in6)))
			return -EINVAL;
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

static int check_address(const void *ext)
{
	const struct sadb_address *address = ext;
	size_t room = ext_bytes(ext) - sizeof(*address);
	unsigned int bits = room == sizeof(struct sockaddr_in) ? 32 : 128;
	int err = check_sockaddr(address + 1, room);

	if (err)
		return err;
	if (address->sadb_address_prefixlen > bits ||
	    address->sadb_address_reserved)
		return -EINVAL;
	return 0;
}

static int check_sa(const void *ext)
{
	const struct sadb_sa *sa = ext;

	return ntohl(sa->sadb_sa_spi) < SPI_MIN ? -EINVAL : 0;
}

static int check_key(const void *ext)
{
	const struct sadb_key *key = ext;
	size_t room = ext_bytes(ext) - sizeof(*key);
	size_t bytes = key->sadb_key_bits / 8;

	if (!bytes || key->sadb_key_bits % 8 || key->sadb_key_reserved)
		return -EINVAL;
	if (room != ((bytes + 7) & ~7UL))
		return -EINVAL;
	if (!is_zero((const u8 *)(key + 1) + bytes, room - bytes))
		return -EINVAL;
	return 0;
}

static int check_spirange(const void *ext)
{
	const struct sadb_spirange *range = ext;

	if (range->sadb_spirange_reserved)
		return -EINVAL;
	if (!range->sadb_spirange_min && !range->sadb_spirange_max)
		return 0;		/* ours to choose */
	if (range->sadb_spirange_min < SPI_MIN ||
	    range->sadb_spirange_min > range->sadb_spirange_max)
		return -EINVAL;
	return 0;
}

static int check_sa2(const void *ext)
{
	const struct sadb_x_sa2 *sa2 = ext;

	if (sa2->sadb_x_sa2_reserved1 || sa2->sadb_x_sa2_reserved2 ||
	    sa2->sadb_x_sa2_sequence)
		return -EINVAL;
	switch (sa2->sadb_x_sa2_mode) {
	case IPSEC_MODE_ANY:
	case IPSEC_MODE_TUNNEL:
		return 0;
	case IPSEC_MODE_TRANSPORT:
	case IPSEC_MODE_BEET:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int check_target(const void *ext)
{
	const struct klips_ext_target *target = ext;
	u8 flags = KLIPS_FLOW_REPLACE | KLIPS_FLOW_INBOUND | KLIPS_FLOW_CLEAR;

	if (target->target >= __KLIPS_TARGET_MAX || target->flags & ~flags ||
	    target->reserved)
		return -EINVAL;
	return 0;
}

static int check_said(const void *ext)
{
	const struct klips_ext_said *said = ext;
	int err = check_sockaddr(said + 1, ext_bytes(ext) - sizeof(*said));
	struct klips_pfkey_addr dst;

	if (err)
		return err;
	klips_pfkey_sockaddr(said + 1, &dst);
	if (dst.port || is_zero(&dst.addr, sizeof(dst.addr)))
		return -EINVAL;
	if (!klips_pfkey_proto(said->satype) || ntohl(said->spi) < SPI_MIN ||
	    !is_zero(said->reserved, sizeof(said->reserved)) || said->reserved2)
		return -EINVAL;
	return 0;
}

static int check_device(const void *ext)
{
	const struct klips_ext_device *device = ext;
	size_t used = 0;

	while (used < sizeof(device->name) && device->name[used])
		used++;
	if (!used || used == sizeof(device->name) ||
	    !is_zero(device->name + used, sizeof(device->name) - used) ||
	    !is_zero(device->reserved, sizeof(device->reserved)))
		return -EINVAL;
	return 0;
}

static int check_replay(const void *ext)
{
	const struct klips_ext_replay *replay = ext;

	if (replay->flags & ~KLIPS_REPLAY_ESN || replay->reserved)
		return -EINVAL;
	return 0;
}

/* What an extension looks like. Without an entry: known by name only, never permitted. */
struct ext_rule {
	u16 min;			/* bytes, a multiple of 8 */
	u16 max;
	int (*check)(const void *ext);
};

#define LIFETIME_RULE { sizeof(struct sadb_lifetime), sizeof(struct sadb_lifetime) }
#define ADDRESS_RULE { 24, 40, check_address }
#define KEY_RULE { 16, 8 + 8192, check_key }

static const struct ext_rule ext_rules[KLIPS_SLOTS] = {
	[KLIPS_SLOT(SADB_EXT_SA)] = { 16, 16, check_sa },
	[KLIPS_SLOT(SADB_EXT_LIFETIME_HARD)] = LIFETIME_RULE,
	[KLIPS_SLOT(SADB_EXT_LIFETIME_SOFT)] = LIFETIME_RULE,
	[KLIPS_SLOT(SADB_EXT_ADDRESS_SRC)] = ADDRESS_RULE,
	[KLIPS_SLOT(SADB_EXT_ADDRESS_DST)] = ADDRESS_RULE,
	[KLIPS_SLOT(SADB_EXT_KEY_AUTH)] = KEY_RULE,
	[KLIPS_SLOT(SADB_EXT_KEY_ENCRYPT)] = KEY_RULE,
	[KLIPS_SLOT(SADB_EXT_SPIRANGE)] = { 16, 16, check_spirange },
	[KLIPS_SLOT(SADB_X_EXT_SA2)] = { 16, 16, check_sa2 },
	[KLIPS_SLOT(KLIPS_EXT_TARGET)] = { 8, 8, check_target },
	[KLIPS_SLOT(KLIPS_EXT_SAID)] = { 32, 48, check_said },
	[KLIPS_SLOT(KLIPS_EXT_PORTMASK)] = { 8, 8 },
	[KLIPS_SLOT(KLIPS_EXT_DEVICE)] = { 24, 24, check_device },
	[KLIPS_SLOT(KLIPS_EXT_REPLAY)] = { 16, 16, check_replay },
};

/* Addresses of an SA are hosts; KAME's daemons write "any protocol" as 255. */
static bool is_host(const struct klips_pfkey_addr *addr)
{
	u8 full = addr->family == AF_INET ? 32 : 128;

	return !addr->port && (!addr->plen || addr->plen == full) &&
	       (!addr->proto || addr->proto == IPSEC_ULPROTO_ANY);
}

static int check_msg_sa(const struct klips_pfkey_msg *msg)
{
	struct klips_pfkey_addr src, dst;

	if (!klips_pfkey_address(msg, SADB_EXT_ADDRESS_DST, &dst) ||
	    !is_host(&dst) || is_zero(&dst.addr, sizeof(dst.addr)))
		return -EINVAL;
	if (!klips_pfkey_address(msg, SADB_EXT_ADDRESS_SRC, &src))
		return 0;
	return is_host(&src) && src.family == dst.family ? 0 : -EINVAL;
}

/* ADD and UPDATE say how the SA is from now on, so the whole of SADB_EXT_SA counts. */
static int check_msg_mature(const struct klips_pfkey_msg *msg)
{
	u32 known = SADB_SAFLAGS_PFS | SADB_SAFLAGS_NOPMTUDISC |
		    SADB_SAFLAGS_DECAP_DSCP | SADB_SAFLAGS_NOECN;
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);

	if (sa->sadb_sa_state != SADB_SASTATE_MATURE ||
	    sa->sadb_sa_flags & ~known)
		return -EINVAL;
	if (sa->sadb_sa_flags)
		return -EOPNOTSUPP;
	return check_msg_sa(msg);
}

/* The selector of a flow; whether it is canonical is for klips_selector_check(). */
static int check_flow_addresses(const struct klips_pfkey_msg *msg)
{
	struct klips_pfkey_addr src, dst;

	if (!klips_pfkey_address(msg, SADB_EXT_ADDRESS_SRC, &src) ||
	    !klips_pfkey_address(msg, SADB_EXT_ADDRESS_DST, &dst))
		return -EINVAL;
	return src.family == dst.family && src.proto == dst.proto ? 0 : -EINVAL;
}

/* The SA of a flow is named exactly where it is used. */
static int check_flow_said(const struct klips_pfkey_msg *msg, bool used)
{
	const struct klips_ext_said *said = klips_pfkey_ext(msg, KLIPS_EXT_SAID);
	u8 satype = msg->hdr->sadb_msg_satype;

	if (!said != !used)
		return -EINVAL;
	if (satype && (!said || satype != said->satype))
		return -EINVAL;
	return 0;
}

static int check_msg_addflow(const struct klips_pfkey_msg *msg)
{
	const struct klips_ext_target *target = klips_pfkey_ext(msg, KLIPS_EXT_TARGET);
	bool inbound = target->flags & KLIPS_FLOW_INBOUND;
	int err;

	if (target->target == KLIPS_TARGET_NONE || target->flags & KLIPS_FLOW_CLEAR)
		return -EINVAL;
	if (inbound && (target->target != KLIPS_TARGET_SA ||
			klips_pfkey_ext(msg, KLIPS_EXT_DEVICE)))
		return -EINVAL;
	err = check_flow_said(msg, target->target == KLIPS_TARGET_SA);
	return err ?: check_flow_addresses(msg);
}

static int check_msg_delflow(const struct klips_pfkey_msg *msg)
{
	const struct klips_ext_target *target = klips_pfkey_ext(msg, KLIPS_EXT_TARGET);
	bool inbound = target->flags & KLIPS_FLOW_INBOUND;
	int err;

	if (target->target != KLIPS_TARGET_NONE || target->flags & KLIPS_FLOW_REPLACE)
		return -EINVAL;
	if (inbound && klips_pfkey_ext(msg, KLIPS_EXT_DEVICE))
		return -EINVAL;
	err = check_flow_said(msg, inbound);
	if (err)
		return err;
	if (!(target->flags & KLIPS_FLOW_CLEAR))
		return check_flow_addresses(msg);
	if (inbound || klips_pfkey_ext(msg, SADB_EXT_ADDRESS_SRC) ||
	    klips_pfkey_ext(msg, SADB_EXT_ADDRESS_DST) ||
	    klips_pfkey_ext(msg, KLIPS_EXT_PORTMASK))
		return -EINVAL;
	return 0;
}

/* Which SA types a message may have in its header. */
enum satypes {
	SATYPE_ONE,			/* one that SAs can have */
	SATYPE_ANY,			/* the same, or SADB_SATYPE_UNSPEC: all */
	SATYPE_FLOW,			/* left to the check */
};

/* Which extensions a message has. */
struct msg_rule {
	int refused;			/* errno of a message that is not taken at all */
	enum satypes satypes;
	u64 required;
	u64 optional;
	u64 unbuilt;			/* RFC 2367 or Linux have it here, klips does not */
	int (*check)(const struct klips_pfkey_msg *msg);
};

#define B(name) KLIPS_SLOT_BIT(name)
#define SA_NAME (B(SADB_EXT_SA) | B(SADB_EXT_ADDRESS_DST))
#define ADDRESSES (B(SADB_EXT_ADDRESS_SRC) | B(SADB_EXT_ADDRESS_DST))
#define NAT_T (B(SADB_X_EXT_NAT_T_TYPE) | B(SADB_X_EXT_NAT_T_SPORT) | \
	       B(SADB_X_EXT_NAT_T_DPORT) | B(SADB_X_EXT_NAT_T_OA))
#define RFC_UNBUILT (B(SADB_EXT_ADDRESS_PROXY) | B(SADB_EXT_IDENTITY_SRC) | \
		     B(SADB_EXT_IDENTITY_DST) | B(SADB_EXT_SENSITIVITY) | \
		     B(SADB_X_EXT_SEC_CTX))

#define MATURE_RULE { \
	.required = SA_NAME | B(SADB_EXT_ADDRESS_SRC), \
	.optional = B(SADB_EXT_LIFETIME_HARD) | B(SADB_EXT_LIFETIME_SOFT) | \
		    B(SADB_EXT_KEY_AUTH) | B(SADB_EXT_KEY_ENCRYPT) | \
		    B(SADB_X_EXT_SA2) | B(KLIPS_EXT_DEVICE) | B(KLIPS_EXT_REPLAY), \
	.unbuilt = NAT_T | RFC_UNBUILT, \
	.check = check_msg_mature, \
}

/* RFC 2367 has the source here too; nobody at a shell knows it. */
#define NAME_RULE { \
	.required = SA_NAME, \
	.optional = B(SADB_EXT_ADDRESS_SRC), \
	.unbuilt = B(SADB_EXT_ADDRESS_PROXY), \
	.check = check_msg_sa, \
}

#define UNBUILT_RULE { .refused = -EOPNOTSUPP }

static const struct msg_rule msg_rules[] = {
	[SADB_GETSPI] = {
		.required = ADDRESSES,
		.optional = B(SADB_EXT_SPIRANGE) | B(SADB_X_EXT_SA2),
		.unbuilt = B(SADB_EXT_ADDRESS_PROXY),
		.check = check_msg_sa,
	},
	[SADB_UPDATE] = MATURE_RULE,
	[SADB_ADD] = MATURE_RULE,
	[SADB_DELETE] = NAME_RULE,
	[SADB_GET] = NAME_RULE,
	[SADB_ACQUIRE] = { .refused = -EINVAL },
	[SADB_REGISTER] = { .satypes = SATYPE_ONE },
	[SADB_EXPIRE] = { .refused = -EINVAL },
	[SADB_FLUSH] = { .satypes = SATYPE_ANY },
	[SADB_DUMP] = { .satypes = SATYPE_ANY, .unbuilt = B(SADB_X_EXT_FILTER) },
	[SADB_X_PROMISC ... SADB_X_SPDDELETE2] = UNBUILT_RULE,
	[SADB_X_NAT_T_NEW_MAPPING] = { .refused = -EINVAL },
	[SADB_X_MIGRATE] = UNBUILT_RULE,
	[SADB_X_MIGRATE + 1 ... KLIPS_SADB_ADDFLOW - 1] = { .refused = -EINVAL },
	[KLIPS_SADB_ADDFLOW] = {
		.satypes = SATYPE_FLOW,
		.required = ADDRESSES | B(KLIPS_EXT_TARGET),
		.optional = B(KLIPS_EXT_SAID) | B(KLIPS_EXT_PORTMASK) |
			    B(KLIPS_EXT_DEVICE),
		.unbuilt = B(SADB_EXT_IDENTITY_SRC) | B(SADB_EXT_IDENTITY_DST),
		.check = check_msg_addflow,
	},
	[KLIPS_SADB_DELFLOW] = {
		.satypes = SATYPE_FLOW,
		.required = B(KLIPS_EXT_TARGET),
		.optional = ADDRESSES | B(KLIPS_EXT_SAID) | B(KLIPS_EXT_PORTMASK) |
			    B(KLIPS_EXT_DEVICE),
		.check = check_msg_delflow,
	},
	[KLIPS_SADB_GRPSA] = UNBUILT_RULE,
	[KLIPS_SADB_DEBUG] = UNBUILT_RULE,
};

/* The rule of the message in @hdr, or NULL and why not in @err. */
static const struct msg_rule *find_rule(const struct sadb_msg *hdr, int *err)
{
	u8 type = hdr->sadb_msg_type;
	const struct msg_rule *rule;

	*err = -EINVAL;
	if (type == SADB_RESERVED ||
	    type >= sizeof(msg_rules) / sizeof(msg_rules[0]))
		return NULL;
	rule = &msg_rules[type];
	if (rule->refused) {
		*err = rule->refused;
		return NULL;
	}
	if (hdr->sadb_msg_errno)
		return NULL;
	if (rule->satypes == SATYPE_FLOW ||
	    klips_pfkey_proto(hdr->sadb_msg_satype))
		return rule;
	if (rule->satypes == SATYPE_ANY &&
	    hdr->sadb_msg_satype == SADB_SATYPE_UNSPEC)
		return rule;
	return NULL;
}

/* The place of an extension of type @type, negative where there is no such type. */
static int find_slot(u16 type)
{
	if (type > SADB_EXT_RESERVED && type <= SADB_EXT_MAX)
		return KLIPS_SLOT(type);
	if (type >= KLIPS_EXT_MIN && type <= KLIPS_EXT_MAX)
		return KLIPS_SLOT(type);
	return -EINVAL;
}

/* One extension of @len bytes, its own length as it says itself. */
static int take_ext(const struct msg_rule *rule, const struct sadb_ext *ext,
		    size_t len, struct klips_pfkey_msg *msg)
{
	int slot = find_slot(ext->sadb_ext_type);
	u64 bit;

	if (slot < 0)
		return -EINVAL;
	bit = 1ULL << slot;
	if (rule->unbuilt & bit)
		return -EOPNOTSUPP;
	if (!((rule->required | rule->optional) & bit) || msg->ext[slot])
		return -EINVAL;
	if (len < ext_rules[slot].min || len > ext_rules[slot].max)
		return -EINVAL;
	msg->ext[slot] = ext;
	return ext_rules[slot].check ? ext_rules[slot].check(ext) : 0;
}

int klips_pfkey_frame(const void *buf, size_t len)
{
	const struct sadb_msg *hdr = buf;

	if (len < sizeof(*hdr) || len > KLIPS_PFKEY_MAX_MSG)
		return -EMSGSIZE;
	if (hdr->sadb_msg_version != PF_KEY_V2)
		return -EINVAL;
	if (len != hdr->sadb_msg_len * 8UL)
		return -EMSGSIZE;
	return hdr->sadb_msg_reserved ? -EINVAL : 0;
}

int klips_pfkey_parse(const void *buf, size_t len, struct klips_pfkey_msg *msg)
{
	const struct msg_rule *rule;
	size_t at = sizeof(*msg->hdr);
	unsigned int slot;
	int err;

	memset(msg, 0, sizeof(*msg));
	msg->hdr = buf;
	rule = find_rule(msg->hdr, &err);
	if (!rule)
		return err;

	while (at < len) {
		const struct sadb_ext *ext = buf + at;
		size_t room = len - at;
		size_t ext_len;

		if (room < 8)
			return -EINVAL;
		ext_len = ext->sadb_ext_len * 8UL;
		if (!ext_len || ext_len > room)
			return -EINVAL;
		err = take_ext(rule, ext, ext_len, msg);
		if (err)
			return err;
		at += ext_len;
	}

	for (slot = 0; slot < KLIPS_SLOTS; slot++)
		if (rule->required & 1ULL << slot && !msg->ext[slot])
			return -EINVAL;
	return rule->check ? rule->check(msg) : 0;
}
