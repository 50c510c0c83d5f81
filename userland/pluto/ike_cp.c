// SPDX-License-Identifier: GPL-2.0
/* The CP payload, RFC 7296 3.15. Attributes that are not known are passed over, as it says there. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_payload.h"

/* @family has @len bytes of @value, or none of them is there. */
static struct ike_addr value_of(uint8_t family, struct view value)
{
	size_t len = family == AF_INET ? 4 : 16;
	static const uint8_t none[16];
	struct ike_addr a;

	memset(&a, 0, sizeof(a));
	if (value.len < len || !memcmp(value.p, none, len))
		return a;
	a.family = family;
	memcpy(a.bytes, value.p, len);
	return a;
}

/* RFC 7296 3.15.1: the length of each kind, or nothing at all. An IPv6 address has a prefix length behind it. */
static bool value_ok(uint16_t type, struct view value)
{
	size_t len = value.len;

	switch (type) {
	case INTERNAL_IP4_ADDRESS:
	case INTERNAL_IP4_NETMASK:
	case INTERNAL_IP4_DNS:
		return !len || len == 4;
	case INTERNAL_IP6_ADDRESS:
		return !len || (len == 17 && value.p[16] <= 128);
	case INTERNAL_IP6_DNS:
		return !len || len == 16;
	default:
		return true;
	}
}

static void take_address(struct ike_cp *cp, uint8_t family, struct view value)
{
	struct ike_cp_part *part = ike_cp_part(cp, family);

	if (part->lease)
		return;
	part->lease = true;
	part->addr = value_of(family, value);
}

static void take_server(struct ike_cp *cp, uint8_t family, struct view value)
{
	struct ike_addr a = value_of(family, value);

	ike_cp_part(cp, family)->dns = true;
	if (a.family && cp->n_servers < IKE_MAX_DNS)
		cp->server[cp->n_servers++] = a;
}

static void attribute(struct ike_cp *cp, uint16_t type, struct view value)
{
	if (type == INTERNAL_IP4_ADDRESS || type == INTERNAL_IP6_ADDRESS)
		take_address(cp, type == INTERNAL_IP4_ADDRESS ? AF_INET : AF_INET6, value);
	if (type == INTERNAL_IP4_DNS || type == INTERNAL_IP6_DNS)
		take_server(cp, type == INTERNAL_IP4_DNS ? AF_INET : AF_INET6, value);
}

int ike_cp_parse(struct view body, struct ike_cp *out)
{
	struct view value;
	uint16_t type;

	memset(out, 0, sizeof(*out));
	if (body.len < 4)
		return -EBADMSG;
	out->type = body.p[0];
	body.p += 4;
	body.len -= 4;
	while (body.len) {
		if (body.len < 4)
			return -EBADMSG;
		type = get_u16(body.p) & 0x7fff;	/* the first bit is reserved */
		value = (struct view){ body.p + 4, get_u16(body.p + 2) };
		if (value.len > body.len - 4 || !value_ok(type, value))
			return -EBADMSG;
		attribute(out, type, value);
		body.p += 4 + value.len;
		body.len -= 4 + value.len;
	}
	return 0;
}

static void w_attribute(struct ike_writer *w, uint16_t type, const struct ike_addr *a)
{
	size_t len = a && a->family ? a->family == AF_INET ? 4 : 16 : 0;
	bool prefix = len && type == INTERNAL_IP6_ADDRESS;

	w_u16(w, type);
	w_u16(w, len + prefix);
	if (len)
		w_bytes(w, a->bytes, len);
	if (prefix)
		w_u8(w, 128);
}

static void w_part(struct ike_writer *w, const struct ike_cp_part *part, bool servers, uint16_t address, uint16_t dns)
{
	if (part->lease)
		w_attribute(w, address, &part->addr);
	if (part->dns && !servers)
		w_attribute(w, dns, NULL);
}

void w_cp(struct ike_writer *w, const struct ike_cp *cp)
{
	unsigned int i;

	w_begin(w, PLD_CP);
	w_u8(w, cp->type);
	w_u8(w, 0);
	w_u16(w, 0);
	w_part(w, &cp->ip4, cp->n_servers, INTERNAL_IP4_ADDRESS, INTERNAL_IP4_DNS);
	w_part(w, &cp->ip6, cp->n_servers, INTERNAL_IP6_ADDRESS, INTERNAL_IP6_DNS);
	for (i = 0; i < cp->n_servers; i++)
		w_attribute(w, cp->server[i].family == AF_INET ? INTERNAL_IP4_DNS : INTERNAL_IP6_DNS, &cp->server[i]);
	w_end(w);
}
