// SPDX-License-Identifier: GPL-2.0
/* PF_KEY messages: built without overrun, taken apart without trust. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "pfkey.h"

void pfkey_begin(struct pfkey_msg *msg, uint8_t type, uint8_t satype)
{
	msg->len = sizeof(msg->hdr);
	msg->err = 0;
	msg->hdr = (struct sadb_msg){
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = type,
		.sadb_msg_satype = satype,
	};
}

static void fail(struct pfkey_msg *msg, int err)
{
	if (!msg->err)
		msg->err = err;
}

/*
 * A zeroed extension of @type whose contents take @bytes, padded to 64-bit words. NULL
 * where it does not fit: then the message is marked and will not be sent.
 */
static void *append(struct pfkey_msg *msg, uint16_t type, size_t bytes)
{
	size_t padded = (bytes + 7) & ~(size_t)7;
	struct sadb_ext *ext;

	if (padded < bytes || padded > sizeof(msg->bytes) - msg->len) {
		fail(msg, -EMSGSIZE);
		return NULL;
	}
	ext = (void *)(msg->bytes + msg->len);
	memset(ext, 0, padded);
	ext->sadb_ext_len = padded / 8;
	ext->sadb_ext_type = type;
	msg->len += padded;
	return ext;
}

void pfkey_put_sa(struct pfkey_msg *msg, uint32_t spi, uint8_t window,
		  uint8_t state, uint8_t aalg, uint8_t ealg, uint32_t flags)
{
	struct sadb_sa *sa = append(msg, SADB_EXT_SA, sizeof(*sa));

	if (!sa)
		return;
	sa->sadb_sa_spi = spi;
	sa->sadb_sa_replay = window;
	sa->sadb_sa_state = state;
	sa->sadb_sa_auth = aalg;
	sa->sadb_sa_encrypt = ealg;
	sa->sadb_sa_flags = flags;
}

void pfkey_put_address(struct pfkey_msg *msg, uint16_t exttype,
		       const struct ip_addr *addr, uint8_t plen, uint8_t proto,
		       in_port_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(addr, port, &ss);
	struct sadb_address *ext;

	if (!len || plen > addr_bits(addr->family)) {
		fail(msg, -EINVAL);
		return;
	}
	ext = append(msg, exttype, sizeof(*ext) + len);
	if (!ext)
		return;
	ext->sadb_address_proto = proto;
	ext->sadb_address_prefixlen = plen;
	memcpy(ext + 1, &ss, len);
}

void pfkey_put_key(struct pfkey_msg *msg, uint16_t exttype, const uint8_t *key,
		   unsigned int bits)
{
	struct sadb_key *ext;

	if (!bits || bits % 8 || bits > UINT16_MAX) {
		fail(msg, -EINVAL);
		return;
	}
	ext = append(msg, exttype, sizeof(*ext) + bits / 8);
	if (!ext)
		return;
	ext->sadb_key_bits = bits;
	memcpy(ext + 1, key, bits / 8);
}

void pfkey_put_lifetime(struct pfkey_msg *msg, uint16_t exttype,
			uint32_t allocations, uint64_t bytes, uint64_t addtime,
			uint64_t usetime)
{
	struct sadb_lifetime *ext = append(msg, exttype, sizeof(*ext));

	if (!ext)
		return;
	ext->sadb_lifetime_allocations = allocations;
	ext->sadb_lifetime_bytes = bytes;
	ext->sadb_lifetime_addtime = addtime;
	ext->sadb_lifetime_usetime = usetime;
}

void pfkey_put_sa2(struct pfkey_msg *msg, uint8_t mode, uint32_t reqid)
{
	struct sadb_x_sa2 *ext = append(msg, SADB_X_EXT_SA2, sizeof(*ext));

	if (!ext)
		return;
	ext->sadb_x_sa2_mode = mode;
	ext->sadb_x_sa2_reqid = reqid;
}

void pfkey_put_spirange(struct pfkey_msg *msg, uint32_t min, uint32_t max)
{
	struct sadb_spirange *ext = append(msg, SADB_EXT_SPIRANGE, sizeof(*ext));

	if (!ext)
		return;
	ext->sadb_spirange_min = min;
	ext->sadb_spirange_max = max;
}

void pfkey_put_target(struct pfkey_msg *msg, uint8_t target, uint8_t flags)
{
	struct klips_ext_target *ext = append(msg, KLIPS_EXT_TARGET, sizeof(*ext));

	if (!ext)
		return;
	ext->target = target;
	ext->flags = flags;
}

void pfkey_put_said(struct pfkey_msg *msg, uint16_t exttype,
		    const struct said *said)
{
	uint8_t satype = sa_proto_satype(said->proto);
	struct klips_ext_said *ext;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&said->dst, 0, &ss);

	if (!len || !satype) {
		fail(msg, -EINVAL);
		return;
	}
	ext = append(msg, exttype, sizeof(*ext) + len);
	if (!ext)
		return;
	ext->satype = satype;
	ext->spi = said->spi;
	memcpy(ext + 1, &ss, len);
}

void pfkey_put_portmask(struct pfkey_msg *msg, in_port_t src, in_port_t dst)
{
	struct klips_ext_portmask *ext = append(msg, KLIPS_EXT_PORTMASK,
						sizeof(*ext));

	if (!ext)
		return;
	ext->src = src;
	ext->dst = dst;
}

void pfkey_put_device(struct pfkey_msg *msg, const char *name)
{
	size_t len = strlen(name);
	struct klips_ext_device *ext;

	if (!len || len >= sizeof(ext->name)) {
		fail(msg, -EINVAL);
		return;
	}
	ext = append(msg, KLIPS_EXT_DEVICE, sizeof(*ext));
	if (ext)
		memcpy(ext->name, name, len);
}

void pfkey_put_replay(struct pfkey_msg *msg, uint32_t window, uint32_t flags)
{
	struct klips_ext_replay *ext = append(msg, KLIPS_EXT_REPLAY, sizeof(*ext));

	if (!ext)
		return;
	ext->window = window;
	ext->flags = flags;
}

static void put_nat_t_port(struct pfkey_msg *msg, uint16_t exttype, in_port_t port)
{
	struct sadb_x_nat_t_port *ext = append(msg, exttype, sizeof(*ext));

	if (ext)
		ext->sadb_x_nat_t_port_port = port;
}

void pfkey_put_nat_t(struct pfkey_msg *msg, uint8_t type, in_port_t sport,
		     in_port_t dport)
{
	struct sadb_x_nat_t_type *ext = append(msg, SADB_X_EXT_NAT_T_TYPE,
					       sizeof(*ext));

	if (!ext)
		return;
	ext->sadb_x_nat_t_type_type = type;
	put_nat_t_port(msg, SADB_X_EXT_NAT_T_SPORT, sport);
	put_nat_t_port(msg, SADB_X_EXT_NAT_T_DPORT, dport);
}

void pfkey_put_keepalive(struct pfkey_msg *msg, uint16_t seconds)
{
	struct klips_ext_keepalive *ext = append(msg, KLIPS_EXT_KEEPALIVE,
						 sizeof(*ext));

	if (ext)
		ext->seconds = seconds;
}

void pfkey_put_debug(struct pfkey_msg *msg, uint32_t set, uint32_t clear)
{
	struct klips_ext_debug *ext = append(msg, KLIPS_EXT_DEBUG, sizeof(*ext));

	if (!ext)
		return;
	ext->set = set;
	ext->clear = clear;
}

void pfkey_wipe(struct pfkey_msg *msg)
{
	explicit_bzero(msg, sizeof(*msg));
}

#define IN_SIZE sizeof(struct sockaddr_in)

/* Bytes that an extension has at least; those that are not here: its head. */
static const struct {
	uint16_t type;
	uint16_t size;
} least[] = {
	{ SADB_EXT_SA, sizeof(struct sadb_sa) },
	{ SADB_EXT_LIFETIME_CURRENT, sizeof(struct sadb_lifetime) },
	{ SADB_EXT_LIFETIME_HARD, sizeof(struct sadb_lifetime) },
	{ SADB_EXT_LIFETIME_SOFT, sizeof(struct sadb_lifetime) },
	{ SADB_EXT_ADDRESS_SRC, sizeof(struct sadb_address) + IN_SIZE },
	{ SADB_EXT_ADDRESS_DST, sizeof(struct sadb_address) + IN_SIZE },
	{ SADB_EXT_ADDRESS_PROXY, sizeof(struct sadb_address) + IN_SIZE },
	{ SADB_EXT_KEY_AUTH, sizeof(struct sadb_key) },
	{ SADB_EXT_KEY_ENCRYPT, sizeof(struct sadb_key) },
	{ SADB_EXT_IDENTITY_SRC, sizeof(struct sadb_ident) },
	{ SADB_EXT_IDENTITY_DST, sizeof(struct sadb_ident) },
	{ SADB_EXT_SENSITIVITY, sizeof(struct sadb_sens) },
	{ SADB_EXT_PROPOSAL, sizeof(struct sadb_prop) },
	{ SADB_EXT_SUPPORTED_AUTH, sizeof(struct sadb_supported) },
	{ SADB_EXT_SUPPORTED_ENCRYPT, sizeof(struct sadb_supported) },
	{ SADB_EXT_SPIRANGE, sizeof(struct sadb_spirange) },
	{ SADB_X_EXT_POLICY, sizeof(struct sadb_x_policy) },
	{ SADB_X_EXT_SA2, sizeof(struct sadb_x_sa2) },
	{ SADB_X_EXT_NAT_T_TYPE, sizeof(struct sadb_x_nat_t_type) },
	{ SADB_X_EXT_NAT_T_SPORT, sizeof(struct sadb_x_nat_t_port) },
	{ SADB_X_EXT_NAT_T_DPORT, sizeof(struct sadb_x_nat_t_port) },
	{ SADB_X_EXT_NAT_T_OA, sizeof(struct sadb_address) + IN_SIZE },
	{ SADB_X_EXT_SEC_CTX, sizeof(struct sadb_x_sec_ctx) },
	{ SADB_X_EXT_KMADDRESS, sizeof(struct sadb_x_kmaddress) },
	{ SADB_X_EXT_FILTER, sizeof(struct sadb_x_filter) },
	{ KLIPS_EXT_TARGET, sizeof(struct klips_ext_target) },
	{ KLIPS_EXT_SAID, sizeof(struct klips_ext_said) + IN_SIZE },
	{ KLIPS_EXT_SAID2, sizeof(struct klips_ext_said) + IN_SIZE },
	{ KLIPS_EXT_SAID3, sizeof(struct klips_ext_said) + IN_SIZE },
	{ KLIPS_EXT_SAID4, sizeof(struct klips_ext_said) + IN_SIZE },
	{ KLIPS_EXT_PORTMASK, sizeof(struct klips_ext_portmask) },
	{ KLIPS_EXT_DEVICE, sizeof(struct klips_ext_device) },
	{ KLIPS_EXT_REPLAY, sizeof(struct klips_ext_replay) },
	{ KLIPS_EXT_OA_DST, sizeof(struct sadb_address) + IN_SIZE },
	{ KLIPS_EXT_NEW_DST, sizeof(struct sadb_address) + IN_SIZE },
	{ KLIPS_EXT_DEBUG, sizeof(struct klips_ext_debug) },
	{ KLIPS_EXT_KEEPALIVE, sizeof(struct klips_ext_keepalive) },
	{ KLIPS_EXT_TRAP, sizeof(struct klips_ext_trap) },
	{ KLIPS_EXT_TRAP_SRC, sizeof(struct sadb_address) + IN_SIZE },
	{ KLIPS_EXT_TRAP_DST, sizeof(struct sadb_address) + IN_SIZE },
};

static size_t least_size(uint16_t type)
{
	for (size_t i = 0; i < sizeof(least) / sizeof(least[0]); i++)
		if (least[i].type == type)
			return least[i].size;
	return sizeof(struct sadb_ext);
}

/* Where the view keeps an extension of @type; NULL: it keeps none. */
static const struct sadb_ext **slot(struct pfkey_view *view, uint16_t type)
{
	if (type > 0 && type <= SADB_EXT_MAX)
		return &view->std[type];
	if (type >= KLIPS_EXT_MIN && type <= KLIPS_EXT_MAX)
		return &view->own[type - KLIPS_EXT_MIN];
	return NULL;
}

static const char *parse_ext(const struct sadb_ext *ext, size_t left,
			     struct pfkey_view *view)
{
	size_t size = ext->sadb_ext_len * 8;
	const struct sadb_ext **where = slot(view, ext->sadb_ext_type);

	if (!size)
		return "an extension has length 0";
	if (size > left)
		return "an extension is longer than the message";
	if (!where)
		return NULL;
	if (size < least_size(ext->sadb_ext_type))
		return "an extension is too short for its type";
	if (*where)
		return "an extension comes twice";
	*where = ext;
	return NULL;
}

const char *pfkey_parse(const void *bytes, size_t len, struct pfkey_view *view)
{
	const struct sadb_msg *hdr = bytes;
	const uint8_t *p = bytes;
	const char *err = NULL;

	memset(view, 0, sizeof(*view));
	if (len < sizeof(*hdr))
		return "shorter than its header";
	if (hdr->sadb_msg_len * 8u != len)
		return "its length field does not fit what came";
	view->hdr = hdr;
	for (size_t at = sizeof(*hdr); at < len && !err;) {
		const struct sadb_ext *ext = (const void *)(p + at);

		err = parse_ext(ext, len - at, view);
		at += ext->sadb_ext_len * 8;
	}
	return err;
}

const void *pfkey_ext(const struct pfkey_view *view, uint16_t type)
{
	const struct sadb_ext **where = slot((struct pfkey_view *)view, type);

	return where ? *where : NULL;
}

bool pfkey_get_address(const struct pfkey_view *view, uint16_t exttype,
		       struct ip_addr *addr, uint8_t *plen, uint8_t *proto,
		       in_port_t *port)
{
	const struct sadb_address *ext = pfkey_ext(view, exttype);

	if (!ext ||
	    !addr_from_sockaddr(addr, port, (const void *)(ext + 1),
				ext->sadb_address_len * 8 - sizeof(*ext)))
		return false;
	if (plen)
		*plen = ext->sadb_address_prefixlen;
	if (proto)
		*proto = ext->sadb_address_proto;
	return true;
}

static bool read_said(const struct pfkey_view *view, uint16_t type, struct said *said)
{
	const struct klips_ext_said *ext = pfkey_ext(view, type);
	struct said s = { 0 };

	if (!ext || !addr_from_sockaddr(&s.dst, NULL, (const void *)(ext + 1),
					ext->len * 8 - sizeof(*ext)))
		return false;
	s.spi = ext->spi;
	s.proto = satype_sa_proto(ext->satype);
	*said = s;
	return s.proto != 0;
}

bool pfkey_get_said(const struct pfkey_view *view, struct said *said)
{
	const struct sadb_sa *sa = pfkey_ext(view, SADB_EXT_SA);
	struct said s = { 0 };

	if (!sa || view->hdr->sadb_msg_type == SADB_X_NAT_T_NEW_MAPPING)
		return read_said(view, KLIPS_EXT_SAID, said);
	if (!pfkey_get_address(view, SADB_EXT_ADDRESS_DST, &s.dst, NULL, NULL, NULL))
		return false;
	s.spi = sa->sadb_sa_spi;
	s.proto = satype_sa_proto(view->hdr->sadb_msg_satype);
	*said = s;
	return s.proto != 0;
}

unsigned int pfkey_get_group(const struct pfkey_view *view, struct said saids[4])
{
	unsigned int n = 0;

	if (!read_said(view, KLIPS_EXT_SAID, &saids[0]))
		return 0;
	for (n = 1; n < 4; n++)
		if (!read_said(view, KLIPS_EXT_SAID2 + n - 1, &saids[n]))
			break;
	return n;
}
