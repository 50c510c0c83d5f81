// SPDX-License-Identifier: GPL-2.0
/* Which bytes of an IP header AH protects (RFC 4302 3.3.3.1 and appendix A). */
#include "ah_mutable.h"

#define V4_HEADER	20
#define V4_DADDR	16

#define V6_HEADER	40
#define V6_DADDR	24
#define V6_ADDRESS	16
#define V6_NEXT		6
#define V6_MUTABLE	0x20		/* in the type of an option: its data may change on the way */

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_SECURITY = 130,		/* RFC 1108 */
	OPT_LSRR = 131,
	OPT_EXTENDED_SECURITY = 133,	/* RFC 1108 */
	OPT_CIPSO = 134,
	OPT_SSRR = 137,
	OPT_ROUTER_ALERT = 148,		/* RFC 2113 */
	OPT_MULTI_DESTINATION = 149,	/* RFC 1770 */
};

static bool v4_immutable(u8 type)
{
	switch (type) {
	case OPT_SECURITY:
	case OPT_EXTENDED_SECURITY:
	case OPT_CIPSO:
	case OPT_ROUTER_ALERT:
	case OPT_MULTI_DESTINATION:
		return true;
	default:
		return false;
	}
}

/* A source route that is not used up ends at its last address. */
static void v4_route(u8 *head, const u8 *opt, unsigned int len)
{
	if (opt[0] != OPT_LSRR && opt[0] != OPT_SSRR)
		return;
	if (len >= 7 && opt[2] >= 4 && opt[2] + 3U <= len)
		memcpy(head + V4_DADDR, opt + len - 4, 4);
}

static bool v4_options(u8 *head, unsigned int len)
{
	unsigned int at = V4_HEADER, opt;

	while (at < len && head[at] != OPT_END) {
		if (head[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (len - at < 2)
			return false;
		opt = head[at + 1];
		if (opt < 2 || opt > len - at)
			return false;
		if (!v4_immutable(head[at])) {
			v4_route(head, head + at, opt);
			memset(head + at, 0, opt);
		}
		at += opt;
	}
	return true;
}

/* TOS, flags and fragment offset, TTL, checksum; options (appendix A1). */
static bool v4_canonical(u8 *head, unsigned int len)
{
	if (len < V4_HEADER || (head[0] & 0xfU) * 4 != len)
		return false;
	head[1] = 0;
	memset(head + 6, 0, 3);
	memset(head + 10, 0, 2);
	return v4_options(head, len);
}

/* Hop-by-hop and destination options at @ext, @len bytes (appendix A2). */
static bool v6_options(u8 *ext, unsigned int len)
{
	unsigned int at = 2, opt;

	while (at < len) {
		if (!ext[at]) {			/* Pad1 */
			at++;
			continue;
		}
		if (len - at < 2)
			return false;
		opt = ext[at + 1] + 2;
		if (opt > len - at)
			return false;
		if (ext[at] & V6_MUTABLE)
			memset(ext + at + 2, 0, opt - 2);
		at += opt;
	}
	return true;
}

/*
 * A routing header with segments left: they are visited in order, each changes places with
 * the destination address (RFC 2460 4.4, RFC 6275 6.4).
 */
static bool v6_routing(u8 *head, u8 *ext)
{
	unsigned int n = ext[1] / 2, left = ext[3];
	u8 *visit, final[V6_ADDRESS];

	if (!left)
		return true;
	if ((ext[2] != 0 && ext[2] != 2) || ext[1] % 2 || left > n)
		return false;
	visit = ext + 8 + (n - left) * V6_ADDRESS;
	memcpy(final, visit + (left - 1) * V6_ADDRESS, V6_ADDRESS);
	memmove(visit + V6_ADDRESS, visit, (left - 1) * V6_ADDRESS);
	memcpy(visit, head + V6_DADDR, V6_ADDRESS);
	memcpy(head + V6_DADDR, final, V6_ADDRESS);
	ext[3] = 0;
	return true;
}

static bool v6_extension(u8 *head, u8 *ext, unsigned int len, u8 type)
{
	switch (type) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_DSTOPTS:
		return v6_options(ext, len);
	case IPPROTO_ROUTING:
		return v6_routing(head, ext);
	default:
		return false;
	}
}

/* Class, flow label, hop limit; extension headers. */
static bool v6_canonical(u8 *head, unsigned int len)
{
	unsigned int at = V6_HEADER, ext;
	u8 type;

	if (len < V6_HEADER)
		return false;
	head[0] &= 0xf0;
	memset(head + 1, 0, 3);
	head[7] = 0;
	for (type = head[V6_NEXT]; at < len; at += ext) {
		if (len - at < 8)
			return false;
		ext = (head[at + 1] + 1) * 8;
		if (ext > len - at || !v6_extension(head, head + at, ext, type))
			return false;
		type = head[at];
	}
	return true;
}

bool klips_ah_canonical(u8 *head, unsigned int len)
{
	switch (len ? head[0] >> 4 : 0) {
	case 4:
		return v4_canonical(head, len);
	case 6:
		return v6_canonical(head, len);
	default:
		return false;
	}
}
