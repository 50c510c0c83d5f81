// SPDX-License-Identifier: GPL-2.0
/*
 * Which extensions a message must and may have, from one table, and what must hold between
 * them. Everything else is refused, so that nothing a key daemon asks for is ever silently
 * left out.
 */
#include <linux/ipsec.h>

#include "pfkey_ext.h"

/* Addresses of an SA are hosts; KAME's daemons write "any protocol" as 255. */
static bool is_host(const struct klips_pfkey_addr *addr)
{
	u8 full = addr->family == AF_INET ? 32 : 128;

	return !addr->port && (!addr->plen || addr->plen == full) &&
	       (!addr->proto || addr->proto == IPSEC_ULPROTO_ANY);
}

/* A host of @family, where the message has extension @type at all. */
static bool host_fits(const struct klips_pfkey_msg *msg, u16 type, u8 family)
{
	struct klips_pfkey_addr addr;

	if (!klips_pfkey_address(msg, type, &addr))
		return true;
	return is_host(&addr) && addr.family == family &&
	       !klips_is_zero(&addr.addr, sizeof(addr.addr));
}

static int check_msg_sa(const struct klips_pfkey_msg *msg)
{
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);
	struct klips_pfkey_addr src, dst;

	if (sa && !klips_pfkey_spi_fits(msg->hdr->sadb_msg_satype, sa->sadb_sa_spi))
		return -EINVAL;
	if (!klips_pfkey_address(msg, SADB_EXT_ADDRESS_DST, &dst) ||
	    !is_host(&dst) || klips_is_zero(&dst.addr, sizeof(dst.addr)))
		return -EINVAL;
	if (!klips_pfkey_address(msg, SADB_EXT_ADDRESS_SRC, &src))
		return 0;
	return is_host(&src) && src.family == dst.family ? 0 : -EINVAL;
}

static int check_msg_getspi(const struct klips_pfkey_msg *msg)
{
	const struct sadb_spirange *range = klips_pfkey_ext(msg, SADB_EXT_SPIRANGE);

	if (range && range->sadb_spirange_max &&
	    !klips_pfkey_spi_fits(msg->hdr->sadb_msg_satype,
				  htonl(range->sadb_spirange_max)))
		return -EINVAL;
	return check_msg_sa(msg);
}

#define B(name) KLIPS_SLOT_BIT(name)
#define KEYS (B(SADB_EXT_KEY_AUTH) | B(SADB_EXT_KEY_ENCRYPT))
#define NAT_T_WHOLE (B(SADB_X_EXT_NAT_T_TYPE) | B(SADB_X_EXT_NAT_T_SPORT) | \
		     B(SADB_X_EXT_NAT_T_DPORT))
#define NAT_T_OA (B(SADB_X_EXT_NAT_T_OA) | B(KLIPS_EXT_OA_DST))
#define NAT_T (NAT_T_WHOLE | NAT_T_OA | B(KLIPS_EXT_KEEPALIVE))

/* What only some SAs have, by their type. */
static const struct sa_kind {
	u8 satype;
	bool auth;			/* an authentication algorithm */
	bool encrypt;			/* one of encryption, or of compression */
	u64 exts;			/* of KIND_EXTS */
} sa_kinds[] = {
	{ SADB_SATYPE_AH, true, false, B(SADB_EXT_KEY_AUTH) | B(KLIPS_EXT_REPLAY) },
	{ SADB_SATYPE_ESP, true, true, KEYS | NAT_T | B(KLIPS_EXT_REPLAY) },
	{ SADB_X_SATYPE_IPCOMP, false, true, 0 },
	{ KLIPS_SATYPE_IPIP, false, false, 0 },
};

#define KIND_EXTS (KEYS | NAT_T | B(KLIPS_EXT_REPLAY))

static int check_kind(const struct klips_pfkey_msg *msg)
{
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);
	const struct sa_kind *kind = sa_kinds;

	/* Every type that a message about an SA can have has its row. */
	while (kind->satype != msg->hdr->sadb_msg_satype)
		kind++;
	if ((sa->sadb_sa_auth && !kind->auth) ||
	    (sa->sadb_sa_encrypt && !kind->encrypt) ||
	    (sa->sadb_sa_replay && !(kind->exts & B(KLIPS_EXT_REPLAY))))
		return -EINVAL;
	return msg->present & KIND_EXTS & ~kind->exts ? -EINVAL : 0;
}

static bool is_mode(const struct klips_pfkey_msg *msg, u8 mode)
{
	const struct sadb_x_sa2 *sa2 = klips_pfkey_ext(msg, SADB_X_EXT_SA2);

	return sa2 && sa2->sadb_x_sa2_mode == mode;
}

/* All that belongs together is there; addresses to repair checksums by: in transport mode. */
static int check_nat_t(const struct klips_pfkey_msg *msg, u8 family)
{
	if (!(msg->present & NAT_T))
		return 0;
	if (NAT_T_WHOLE & ~msg->present)
		return -EINVAL;
	if (msg->present & NAT_T_OA && !is_mode(msg, IPSEC_MODE_TRANSPORT))
		return -EINVAL;
	return host_fits(msg, SADB_X_EXT_NAT_T_OA, family) &&
	       host_fits(msg, KLIPS_EXT_OA_DST, family) ? 0 : -EINVAL;
}

/* ADD and UPDATE say how the SA is from now on, so the whole of SADB_EXT_SA counts. */
static int check_msg_mature(const struct klips_pfkey_msg *msg)
{
	u32 known = SADB_SAFLAGS_PFS | SADB_SAFLAGS_NOPMTUDISC |
		    SADB_SAFLAGS_DECAP_DSCP | SADB_SAFLAGS_NOECN | KLIPS_SAFLAGS_FRAGMENTS;
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);
	struct klips_pfkey_addr dst;
	int err = check_msg_sa(msg);

	if (err)
		return err;
	if (sa->sadb_sa_state != SADB_SASTATE_MATURE ||
	    sa->sadb_sa_flags & ~known)
		return -EINVAL;
	if (sa->sadb_sa_flags & SADB_SAFLAGS_PFS)
		return -EOPNOTSUPP;
	if (is_mode(msg, IPSEC_MODE_TRANSPORT) &&
	    (msg->hdr->sadb_msg_satype == KLIPS_SATYPE_IPIP ||
	     sa->sadb_sa_flags & KLIPS_SAFLAGS_FRAGMENTS))
		return -EINVAL;
	err = check_kind(msg);
	if (err)
		return err;
	klips_pfkey_address(msg, SADB_EXT_ADDRESS_DST, &dst);
	if (!host_fits(msg, KLIPS_EXT_NEW_DST, dst.family))
		return -EINVAL;
	return check_nat_t(msg, dst.family);
}

/* The members of a group stand in their order, without a hole. */
static int check_msg_group(const struct klips_pfkey_msg *msg)
{
	const struct klips_ext_said *first = klips_pfkey_ext(msg, KLIPS_EXT_SAID);
	u8 satype = msg->hdr->sadb_msg_satype;

	if (satype && satype != first->satype)
		return -EINVAL;
	if (klips_pfkey_ext(msg, KLIPS_EXT_SAID3) &&
	    !klips_pfkey_ext(msg, KLIPS_EXT_SAID2))
		return -EINVAL;
	if (klips_pfkey_ext(msg, KLIPS_EXT_SAID4) &&
	    !klips_pfkey_ext(msg, KLIPS_EXT_SAID3))
		return -EINVAL;
	return 0;
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
	if (target->flags & KLIPS_FLOW_SOFT && target->target != KLIPS_TARGET_TRAP &&
	    target->target != KLIPS_TARGET_TRAPSUBNET)
		return -EINVAL;
	err = check_flow_said(msg, target->target == KLIPS_TARGET_SA);
	return err ?: check_flow_addresses(msg);
}

static int check_msg_delflow(const struct klips_pfkey_msg *msg)
{
	const struct klips_ext_target *target = klips_pfkey_ext(msg, KLIPS_EXT_TARGET);
	bool inbound = target->flags & KLIPS_FLOW_INBOUND;
	int err;

	if (target->target != KLIPS_TARGET_NONE ||
	    target->flags & (KLIPS_FLOW_REPLACE | KLIPS_FLOW_SOFT))
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

#define SA_NAME (B(SADB_EXT_SA) | B(SADB_EXT_ADDRESS_DST))
#define ADDRESSES (B(SADB_EXT_ADDRESS_SRC) | B(SADB_EXT_ADDRESS_DST))
#define RFC_UNBUILT (B(SADB_EXT_ADDRESS_PROXY) | B(SADB_EXT_IDENTITY_SRC) | \
		     B(SADB_EXT_IDENTITY_DST) | B(SADB_EXT_SENSITIVITY) | \
		     B(SADB_X_EXT_SEC_CTX))

/* @more: what only one of ADD and UPDATE may have. */
#define MATURE_RULE(more) { \
	.required = SA_NAME | B(SADB_EXT_ADDRESS_SRC), \
	.optional = B(SADB_EXT_LIFETIME_HARD) | B(SADB_EXT_LIFETIME_SOFT) | \
		    KEYS | NAT_T | B(SADB_X_EXT_SA2) | B(KLIPS_EXT_DEVICE) | \
		    B(KLIPS_EXT_REPLAY) | (more), \
	.unbuilt = RFC_UNBUILT, \
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
		.check = check_msg_getspi,
	},
	[SADB_UPDATE] = MATURE_RULE(B(KLIPS_EXT_NEW_DST)),
	[SADB_ADD] = MATURE_RULE(0),
	[SADB_DELETE] = NAME_RULE,
	[SADB_GET] = NAME_RULE,
	[SADB_ACQUIRE] = { .satypes = SATYPE_ANY },	/* the negative answer */
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
	[KLIPS_SADB_GRPSA] = {
		.satypes = SATYPE_FLOW,
		.required = B(KLIPS_EXT_SAID),
		.optional = B(KLIPS_EXT_SAID2) | B(KLIPS_EXT_SAID3) |
			    B(KLIPS_EXT_SAID4),
		.check = check_msg_group,
	},
	[KLIPS_SADB_DEBUG] = {
		.satypes = SATYPE_ANY,
		.required = B(KLIPS_EXT_DEBUG),
	},
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
	/* An answer to us has one, what asks something of us has none. */
	if (!hdr->sadb_msg_errno == (type == SADB_ACQUIRE))
		return NULL;
	if (rule->satypes == SATYPE_FLOW ||
	    klips_pfkey_proto(hdr->sadb_msg_satype))
		return rule;
	if (rule->satypes == SATYPE_ANY &&
	    hdr->sadb_msg_satype == SADB_SATYPE_UNSPEC)
		return rule;
	return NULL;
}

/* One extension of @len bytes, its own length as it says itself. */
static int take_ext(const struct msg_rule *rule, const struct sadb_ext *ext,
		    size_t len, struct klips_pfkey_msg *msg)
{
	int slot = klips_pfkey_slot(ext->sadb_ext_type);
	u64 bit;

	if (slot < 0)
		return -EINVAL;
	bit = 1ULL << slot;
	if (rule->unbuilt & bit)
		return -EOPNOTSUPP;
	if (!((rule->required | rule->optional) & bit) || msg->ext[slot])
		return -EINVAL;
	msg->ext[slot] = ext;
	msg->present |= bit;
	return klips_pfkey_ext_check(slot, ext, len);
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

	if (rule->required & ~msg->present)
		return -EINVAL;
	return rule->check ? rule->check(msg) : 0;
}
