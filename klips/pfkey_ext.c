// SPDX-License-Identifier: GPL-2.0
/* What each PF_KEY extension looks like, by itself: one table, and how to read some. */
#include <linux/ipsec.h>
#include <linux/udp.h>

#include "pfkey_ext.h"

/* SPIs below are reserved by IANA (RFC 4303 2.1). */
#define SPI_MIN 256

/* Compression Parameter Indices have 16 bits (RFC 3173 3.3). */
#define CPI_MAX 0xffff

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

bool klips_pfkey_spi_fits(u8 satype, __be32 spi)
{
	return ntohl(spi) >= SPI_MIN &&
	       (satype != SADB_X_SATYPE_IPCOMP || ntohl(spi) <= CPI_MAX);
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
		if (room != sizeof(*in) || !klips_is_zero(in->sin_zero, 8))
			return -EINVAL;
		return 0;
	case AF_INET6:
		if (room != ((sizeof(*in6) + 7) & ~7UL) ||
		    in6->sin6_flowinfo || in6->sin6_scope_id ||
		    !klips_is_zero(in6 + 1, room - sizeof(*in6)))
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

/* The type of SA is in the header: whether the SPI fits it is checked with the message. */
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
	if (!klips_is_zero((const u8 *)(key + 1) + bytes, room - bytes))
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
	case IPSEC_MODE_TRANSPORT:
		return 0;
	case IPSEC_MODE_BEET:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int check_target(const void *ext)
{
	const struct klips_ext_target *target = ext;
	u8 flags = KLIPS_FLOW_REPLACE | KLIPS_FLOW_INBOUND | KLIPS_FLOW_CLEAR |
		   KLIPS_FLOW_SOFT;

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
	if (dst.port || klips_is_zero(&dst.addr, sizeof(dst.addr)))
		return -EINVAL;
	if (!klips_pfkey_proto(said->satype) ||
	    !klips_pfkey_spi_fits(said->satype, said->spi) ||
	    !klips_is_zero(said->reserved, sizeof(said->reserved)) || said->reserved2)
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
	    !klips_is_zero(device->name + used, sizeof(device->name) - used) ||
	    !klips_is_zero(device->reserved, sizeof(device->reserved)))
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

static int check_nat_t_type(const void *ext)
{
	const struct sadb_x_nat_t_type *type = ext;

	if (!klips_is_zero(type->sadb_x_nat_t_type_reserved,
		     sizeof(type->sadb_x_nat_t_type_reserved)))
		return -EINVAL;
	switch (type->sadb_x_nat_t_type_type) {
	case UDP_ENCAP_ESPINUDP:
		return 0;
	case UDP_ENCAP_ESPINUDP_NON_IKE:	/* of drafts before RFC 3948 */
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int check_nat_t_port(const void *ext)
{
	const struct sadb_x_nat_t_port *port = ext;

	return port->sadb_x_nat_t_port_port && !port->sadb_x_nat_t_port_reserved ?
		0 : -EINVAL;
}

static int check_debug(const void *ext)
{
	const struct klips_ext_debug *debug = ext;

	if ((debug->set | debug->clear) & ~KLIPS_DEBUG_ALL ||
	    debug->set & debug->clear || debug->reserved)
		return -EINVAL;
	return 0;
}

static int check_keepalive(const void *ext)
{
	return ((const struct klips_ext_keepalive *)ext)->reserved ? -EINVAL : 0;
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
#define NAT_T_PORT_RULE { 8, 8, check_nat_t_port }
#define SAID_RULE { 32, 48, check_said }

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
	[KLIPS_SLOT(SADB_X_EXT_NAT_T_TYPE)] = { 8, 8, check_nat_t_type },
	[KLIPS_SLOT(SADB_X_EXT_NAT_T_SPORT)] = NAT_T_PORT_RULE,
	[KLIPS_SLOT(SADB_X_EXT_NAT_T_DPORT)] = NAT_T_PORT_RULE,
	[KLIPS_SLOT(SADB_X_EXT_NAT_T_OA)] = ADDRESS_RULE,
	[KLIPS_SLOT(KLIPS_EXT_TARGET)] = { 8, 8, check_target },
	[KLIPS_SLOT(KLIPS_EXT_SAID)] = SAID_RULE,
	[KLIPS_SLOT(KLIPS_EXT_PORTMASK)] = { 8, 8 },
	[KLIPS_SLOT(KLIPS_EXT_DEVICE)] = { 24, 24, check_device },
	[KLIPS_SLOT(KLIPS_EXT_REPLAY)] = { 16, 16, check_replay },
	[KLIPS_SLOT(KLIPS_EXT_OA_DST)] = ADDRESS_RULE,
	[KLIPS_SLOT(KLIPS_EXT_NEW_DST)] = ADDRESS_RULE,
	[KLIPS_SLOT(KLIPS_EXT_DEBUG)] = { 16, 16, check_debug },
	[KLIPS_SLOT(KLIPS_EXT_KEEPALIVE)] = { 8, 8, check_keepalive },
	[KLIPS_SLOT(KLIPS_EXT_SAID2)] = SAID_RULE,
	[KLIPS_SLOT(KLIPS_EXT_SAID3)] = SAID_RULE,
	[KLIPS_SLOT(KLIPS_EXT_SAID4)] = SAID_RULE,
	[KLIPS_SLOT(KLIPS_EXT_TRAP)] = { 8, 8 },
	[KLIPS_SLOT(KLIPS_EXT_TRAP_SRC)] = ADDRESS_RULE,
	[KLIPS_SLOT(KLIPS_EXT_TRAP_DST)] = ADDRESS_RULE,
};

int klips_pfkey_slot(u16 type)
{
	if (type > SADB_EXT_RESERVED && type <= SADB_EXT_MAX)
		return KLIPS_SLOT(type);
	if (type >= KLIPS_EXT_MIN && type <= KLIPS_EXT_MAX)
		return KLIPS_SLOT(type);
	return -EINVAL;
}

int klips_pfkey_ext_check(unsigned int slot, const void *ext, size_t len)
{
	const struct ext_rule *rule = &ext_rules[slot];

	if (len < rule->min || len > rule->max)
		return -EINVAL;
	return rule->check ? rule->check(ext) : 0;
}

