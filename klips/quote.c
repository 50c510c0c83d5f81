// SPDX-License-Identifier: GPL-2.0
/* Pure: compiles in user space for its unit test. */
#include "quote.h"

#define V4_HEAD 20
#define V6_HEAD 40

/* IP protocols, and IPv6 extension headers. */
enum {
	HOP = 0, ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, ROUTING = 43, FRAGMENT = 44, AH = 51,
	ICMPV6 = 58, DEST = 60, SCTP = 132, UDPLITE = 136,
};

/* The quoted packet: what is behind its IP header, and how much of that there is. */
struct quote {
	const u8 *rest;
	unsigned int len;
	u8 proto;
	bool later;			/* not the first fragment: there are no ports in it */
};

bool klips_quote_is_error(u8 family, u8 proto, u8 type)
{
	if (family == AF_INET && proto == ICMP)
		return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
	return family == AF_INET6 && proto == ICMPV6 && type >= 1 && type <= 4;
}

static bool head_v4(const u8 *ip, unsigned int len, struct quote *q)
{
	unsigned int head = len ? (ip[0] & 15) * 4 : 0;

	if (len < V4_HEAD || ip[0] >> 4 != 4 || head < V4_HEAD || head > len)
		return false;
	q->proto = ip[9];
	q->later = ip[6] & 0x1f || ip[7];
	q->rest = ip + head;
	q->len = len - head;
	return true;
}

/* Bytes of the extension header of @type at @p, 0: it is none. */
static unsigned int extension(u8 type, const u8 *p)
{
	switch (type) {
	case HOP:
	case ROUTING:
	case DEST:
		return (p[1] + 1) * 8;
	case FRAGMENT:
		return 8;
	case AH:
		return (p[1] + 2) * 4;
	default:
		return 0;
	}
}

static bool is_extension(u8 type)
{
	return type == HOP || type == ROUTING || type == DEST || type == FRAGMENT || type == AH;
}

/* The protocol is behind all extension headers: unless they end in the quote, nobody knows it. */
static bool head_v6(const u8 *ip, unsigned int len, struct quote *q)
{
	unsigned int at = V6_HEAD, n;

	if (len < V6_HEAD || ip[0] >> 4 != 6)
		return false;
	q->proto = ip[6];
	q->later = false;
	while (is_extension(q->proto) && !q->later) {
		if (len - at < 8)
			return false;
		n = extension(q->proto, ip + at);
		if (n > len - at)
			return false;
		q->later = q->proto == FRAGMENT && (ip[at + 2] || ip[at + 3] & 0xf8);
		q->proto = ip[at];
		at += n;
	}
	q->rest = ip + at;
	q->len = len - at;
	return true;
}

int klips_quote_icmp_answer(u8 family, u8 type)
{
	if (family == AF_INET6)
		return type == 128 || type == 129 ? type ^ 1 : -1;
	switch (type) {
	case 0:
		return 8;
	case 8:
		return 0;
	case 13:			/* timestamp */
	case 17:			/* address mask */
		return type + 1;
	case 14:
	case 18:
		return type - 1;
	default:
		return -1;
	}
}

static __be16 be16(u8 high, u8 low)
{
	u8 bytes[2] = { high, low };
	__be16 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* False: an error about an error, which nobody sends (RFC 1122 3.2.2). */
static bool answer_icmp(const struct quote *q, struct klips_flow *flow)
{
	int type;

	if (q->later || q->len < 2) {
		flow->fragment = true;
		return true;
	}
	if (klips_quote_is_error(flow->family, q->proto, q->rest[0]))
		return false;
	type = klips_quote_icmp_answer(flow->family, q->rest[0]);
	if (type < 0) {
		flow->fragment = true;
		return true;
	}
	flow->sport = be16(0, type);
	flow->dport = be16(0, q->rest[1]);
	return true;
}

static void answer_ports(const struct quote *q, struct klips_flow *flow)
{
	if (q->later || q->len < 4) {
		flow->fragment = true;
		return;
	}
	flow->sport = be16(q->rest[2], q->rest[3]);
	flow->dport = be16(q->rest[0], q->rest[1]);
}

static bool answer_transport(const struct quote *q, struct klips_flow *flow)
{
	switch (q->proto) {
	case TCP:
	case UDP:
	case DCCP:
	case SCTP:
	case UDPLITE:
		answer_ports(q, flow);
		return true;
	case ICMP:
	case ICMPV6:
		return answer_icmp(q, flow);
	default:
		flow->no_ports = true;
		return true;
	}
}

bool klips_quote_read(u8 family, const u8 *quote, unsigned int len,
		      const union klips_addr *to, struct klips_flow *flow)
{
	struct klips_flow answer = { .family = family, .quoted = true };
	unsigned int size = klips_addr_len(family);
	struct quote q;
	const u8 *src;

	if (family == AF_INET ? !head_v4(quote, len, &q) : !head_v6(quote, len, &q))
		return false;
	src = quote + (family == AF_INET ? 12 : 8);
	if (memcmp(src, to, size))
		return false;
	answer.proto = q.proto;
	memcpy(&answer.dst, src, size);
	memcpy(&answer.src, src + size, size);
	if (!answer_transport(&q, &answer))
		return false;
	*flow = answer;
	return true;
}
