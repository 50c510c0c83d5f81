/* SPDX-License-Identifier: GPL-2.0 */
/* Says of a PF_KEY message whether it is good, byte by byte and without any table of the module's. */
#ifndef KLIPS_TESTS_PFKEY_NAIVE_H
#define KLIPS_TESTS_PFKEY_NAIVE_H

#include "pfkey_messages.h"

struct naive {
	const uint8_t *ext[300];
	size_t len[300];
	int count[300];
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return v;
}

static bool zeros(const uint8_t *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (p[i])
			return false;
	return true;
}

static bool naive_sockaddr(const uint8_t *p, size_t room)
{
	uint16_t family = get16(p);

	if (family == AF_INET)
		return room == 16 && zeros(p, 8, 16);
	if (family == AF_INET6)
		return room == 32 && zeros(p, 4, 8) && zeros(p, 24, 32);
	return false;
}

static bool naive_satype(uint8_t satype)
{
	return satype == 2 || satype == 3 || satype == 9 || satype == 200;
}

static bool naive_spi(uint8_t satype, uint32_t spi)
{
	return spi >= 256 && (satype != 9 || spi < 65536);
}

static bool naive_ext(uint16_t type, const uint8_t *p, size_t len)
{
	size_t i;

	switch (type) {
	case SADB_EXT_SA:
		return len == 16 && ntohl(get32(p + 4)) >= 256;
	case SADB_EXT_LIFETIME_HARD:
	case SADB_EXT_LIFETIME_SOFT:
		return len == 32;
	case SADB_EXT_ADDRESS_SRC:
	case SADB_EXT_ADDRESS_DST:
	case SADB_X_EXT_NAT_T_OA:
	case KLIPS_EXT_OA_DST:
	case KLIPS_EXT_NEW_DST:
		return len >= 24 && naive_sockaddr(p + 8, len - 8) && zeros(p, 6, 8) &&
		       p[5] <= (get16(p + 8) == AF_INET ? 32 : 128);
	case SADB_EXT_KEY_AUTH:
	case SADB_EXT_KEY_ENCRYPT:
		i = get16(p + 4);
		return i && i % 8 == 0 && zeros(p, 6, 8) && len == 8 + (i + 63) / 64 * 8 &&
		       zeros(p, 8 + i / 8, len);
	case SADB_EXT_SPIRANGE:
		if (len != 16 || get32(p + 12))
			return false;
		return (!get32(p + 4) && !get32(p + 8)) ||
		       (get32(p + 4) >= 256 && get32(p + 4) <= get32(p + 8));
	case SADB_X_EXT_SA2:
		return len == 16 && p[4] <= 2 && zeros(p, 5, 12);
	case SADB_X_EXT_NAT_T_TYPE:
		return len == 8 && p[4] == 2 && zeros(p, 5, 8);
	case SADB_X_EXT_NAT_T_SPORT:
	case SADB_X_EXT_NAT_T_DPORT:
		return len == 8 && !zeros(p, 4, 6) && zeros(p, 6, 8);
	case KLIPS_EXT_KEEPALIVE:
		return len == 8 && zeros(p, 6, 8);
	case KLIPS_EXT_TARGET:
		return len == 8 && p[4] < 8 && p[5] < 8 && zeros(p, 6, 8);
	case KLIPS_EXT_SAID:
	case KLIPS_EXT_SAID2:
	case KLIPS_EXT_SAID3:
	case KLIPS_EXT_SAID4:
		if (len < 32 || !naive_sockaddr(p + 16, len - 16) || get16(p + 18))
			return false;
		if (get16(p + 16) == AF_INET ? zeros(p, 20, 24) : zeros(p, 24, 40))
			return false;
		return naive_satype(p[4]) && zeros(p, 5, 8) && zeros(p, 12, 16) &&
		       naive_spi(p[4], ntohl(get32(p + 8)));
	case KLIPS_EXT_PORTMASK:
		return len == 8;
	case KLIPS_EXT_DEVICE:
		if (len != 24 || !zeros(p, 4, 8) || p[23] || !p[8])
			return false;
		for (i = 8; p[i]; i++)
			;
		return zeros(p, i, 24);
	case KLIPS_EXT_REPLAY:
		return len == 16 && get32(p + 8) < 2 && !get32(p + 12);
	case KLIPS_EXT_DEBUG:
		return len == 16 && !((get32(p + 4) | get32(p + 8)) >> 14) &&
		       !(get32(p + 4) & get32(p + 8)) && !get32(p + 12);
	default:
		return false;
	}
}

static bool naive_host(const uint8_t *p)
{
	uint8_t full = get16(p + 8) == AF_INET ? 32 : 128;

	return (p[4] == 0 || p[4] == 255) && (p[5] == 0 || p[5] == full) && !get16(p + 10);
}

/* An address of an SA beside its source: whole, not 0, of the SA's family; or none. */
static bool naive_other(const uint8_t *p, int family)
{
	return !p || (naive_host(p) && get16(p + 8) == family &&
		      !(family == AF_INET ? zeros(p, 12, 16) : zeros(p, 16, 32)));
}

/* What ADD and UPDATE say of an SA of this type. */
static bool naive_kind(const struct naive *n, uint8_t satype)
{
	const uint8_t *sa = n->ext[SADB_EXT_SA], *sa2 = n->ext[SADB_X_EXT_SA2];
	const uint8_t *dst = n->ext[SADB_EXT_ADDRESS_DST];
	int udp = n->count[SADB_X_EXT_NAT_T_TYPE] + n->count[SADB_X_EXT_NAT_T_SPORT] +
		  n->count[SADB_X_EXT_NAT_T_DPORT];
	int oa = n->count[SADB_X_EXT_NAT_T_OA] + n->count[KLIPS_EXT_OA_DST];
	bool transport = sa2 && sa2[4] == 1;

	if (sa[10] && satype != 2 && satype != 3)
		return false;
	if (sa[11] && satype != 3 && satype != 9)
		return false;
	if ((sa[8] || n->ext[KLIPS_EXT_REPLAY]) && satype != 2 && satype != 3)
		return false;
	if (n->ext[SADB_EXT_KEY_AUTH] && satype != 2 && satype != 3)
		return false;
	if (n->ext[SADB_EXT_KEY_ENCRYPT] && satype != 3)
		return false;
	if (transport && (satype == 200 || get32(sa + 12) & 0x10000000))
		return false;
	if (udp + oa + n->count[KLIPS_EXT_KEEPALIVE] && (satype != 3 || udp != 3))
		return false;
	if (oa && !transport)
		return false;
	return naive_other(n->ext[SADB_X_EXT_NAT_T_OA], get16(dst + 8)) &&
	       naive_other(n->ext[KLIPS_EXT_OA_DST], get16(dst + 8)) &&
	       naive_other(n->ext[KLIPS_EXT_NEW_DST], get16(dst + 8));
}

static bool naive_sa_message(const struct naive *n, uint8_t type, uint8_t satype)
{
	const uint8_t *range = n->ext[SADB_EXT_SPIRANGE];
	const uint8_t *src = n->ext[SADB_EXT_ADDRESS_SRC];
	const uint8_t *dst = n->ext[SADB_EXT_ADDRESS_DST];
	const uint8_t *sa = n->ext[SADB_EXT_SA];

	if (!naive_host(dst))
		return false;
	if (get16(dst + 8) == AF_INET ? zeros(dst, 12, 16) : zeros(dst, 16, 32))
		return false;
	if (src && (!naive_host(src) || get16(src + 8) != get16(dst + 8)))
		return false;
	if (sa && !naive_spi(satype, ntohl(get32(sa + 4))))
		return false;
	if (range && get32(range + 8) && !naive_spi(satype, get32(range + 8)))
		return false;
	if (type == SADB_ADD || type == SADB_UPDATE)
		return sa[9] == 1 && !(get32(sa + 12) & 0x0fffffff) &&
		       naive_kind(n, satype);
	return true;
}

static bool naive_flow_message(const struct naive *n, uint8_t type, uint8_t satype)
{
	const uint8_t *src = n->ext[SADB_EXT_ADDRESS_SRC];
	const uint8_t *dst = n->ext[SADB_EXT_ADDRESS_DST];
	const uint8_t *said = n->ext[KLIPS_EXT_SAID];
	const uint8_t *device = n->ext[KLIPS_EXT_DEVICE];
	uint8_t target = n->ext[KLIPS_EXT_TARGET][4];
	uint8_t flags = n->ext[KLIPS_EXT_TARGET][5];
	bool inbound = flags & KLIPS_FLOW_INBOUND;

	if (satype && (!said || satype != said[4]))
		return false;
	if (inbound && device)
		return false;
	if (flags & KLIPS_FLOW_CLEAR)
		return type == KLIPS_SADB_DELFLOW && flags == KLIPS_FLOW_CLEAR && !target &&
		       !src && !dst && !said && !n->ext[KLIPS_EXT_PORTMASK];
	if (!src || !dst || get16(src + 8) != get16(dst + 8) || src[4] != dst[4])
		return false;
	if (type == KLIPS_SADB_DELFLOW)
		return !target && !(flags & (KLIPS_FLOW_REPLACE | KLIPS_FLOW_SOFT)) && inbound == !!said;
	if (flags & KLIPS_FLOW_SOFT && target != KLIPS_TARGET_TRAP && target != KLIPS_TARGET_TRAPSUBNET)
		return false;
	if (inbound && target != KLIPS_TARGET_SA)
		return false;
	return target && !!said == (target == KLIPS_TARGET_SA);
}

static bool naive_good(const uint8_t *b, size_t len)
{
	const struct msg_name *msg;
	struct naive n = { 0 };

	if (len < 16 || len > 16384 || b[0] != 2 || get16(b + 6) ||
	    get16(b + 4) * 8UL != len)
		return false;
	msg = msg_find(b[1]);
	/* The one message that says that something went wrong. */
	if (!msg || !b[2] != (b[1] != SADB_ACQUIRE))
		return false;
	if (!strcmp(msg->satypes, "one") && !naive_satype(b[3]))
		return false;
	if (!strcmp(msg->satypes, "any") && b[3] && !naive_satype(b[3]))
		return false;

	for (size_t at = 16; at < len;) {
		size_t ext_len = get16(b + at) * 8UL;
		uint16_t type = get16(b + at + 2);

		if (!ext_len || at + ext_len > len || type >= 300 || n.count[type]++ ||
		    !naive_ext(type, b + at, ext_len))
			return false;
		n.ext[type] = b + at;
		at += ext_len;
	}
	for (size_t i = 0; i < EXTS; i++) {
		bool required = has_word(msg->required, ext_names[i].name);
		bool there = n.count[ext_names[i].type];

		if (required && !there)
			return false;
		if (there && !required && !has_word(msg->optional, ext_names[i].name))
			return false;
	}
	if (n.ext[KLIPS_EXT_TARGET])
		return naive_flow_message(&n, b[1], b[3]);
	if (b[1] == KLIPS_SADB_GRPSA)
		return (!b[3] || b[3] == n.ext[KLIPS_EXT_SAID][4]) &&
		       n.count[KLIPS_EXT_SAID2] >= n.count[KLIPS_EXT_SAID3] &&
		       n.count[KLIPS_EXT_SAID3] >= n.count[KLIPS_EXT_SAID4];
	return !n.ext[SADB_EXT_ADDRESS_DST] || naive_sa_message(&n, b[1], b[3]);
}

#endif
