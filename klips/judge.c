// SPDX-License-Identifier: GPL-2.0
/* Pure: compiles in user space for its unit test, where its cases stand as a table. */
#include "judge.h"
#include "quote.h"

enum {
	ICMP = 1, IGMP = 2, UDP = 17, ESP = 50, AH = 51, ICMPV6 = 58, IPCOMP = 108,
	LISTENER_QUERY = 130, LISTENER_DONE = 132, ROUTER_SOLICITATION = 133, NEIGHBOUR_ADVERTISEMENT = 136,
};

bool klips_judge_is_ipsec(u8 proto)
{
	return proto == ESP || proto == AH || proto == IPCOMP;
}

static void answer_icmp(const struct klips_flow *flow, struct klips_flow *answer)
{
	int type = klips_quote_icmp_answer(flow->family, ntohs(flow->sport));

	/* What nobody answers has no type that an eroute could name. */
	answer->no_ports = type < 0;
	answer->sport = htons(type < 0 ? 0 : type);
	answer->dport = flow->dport;
}

void klips_judge_answer(const struct klips_flow *flow, struct klips_flow *answer)
{
	*answer = *flow;
	answer->src = flow->dst;
	answer->dst = flow->src;
	if (flow->fragment || flow->no_ports)
		return;
	if (flow->proto == ICMP || flow->proto == ICMPV6) {
		answer_icmp(flow, answer);
		return;
	}
	answer->sport = flow->dport;
	answer->dport = flow->sport;
}

/* A gateway that is in the subnet it protects is found by its peer like any neighbour. */
static bool finds_neighbours(const struct klips_flow *flow)
{
	u16 type = ntohs(flow->sport);

	return flow->family == AF_INET6 && flow->proto == ICMPV6 && !flow->fragment &&
	       !flow->quoted && type >= ROUTER_SOLICITATION && type <= NEIGHBOUR_ADVERTISEMENT;
}

static bool is_link_local(const struct klips_flow *flow, const union klips_addr *addr)
{
	return flow->family == AF_INET6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* What carries tunnels, and their keys; or an ICMP error about it. */
static bool is_outer(const struct klips_suspect *s)
{
	return s->to_us && s->read == KLIPS_OK &&
	       (klips_judge_is_ipsec(s->proto) || (s->proto == UDP && s->bypass));
}

bool klips_judge_exempt(const struct klips_suspect *s)
{
	if (s->to_many || s->opened || is_outer(s))
		return true;
	if (is_link_local(&s->flow, &s->flow.src) || is_link_local(&s->flow, &s->flow.dst))
		return true;
	return s->neighbour && s->read == KLIPS_OK && finds_neighbours(&s->flow);
}

/* RFC 5771 4, RFC 919 7. */
static bool is_link_many_v4(const u8 *dst)
{
	return (dst[0] == 224 && !dst[1] && !dst[2]) || (dst[0] & dst[1] & dst[2] & dst[3]) == 255;
}

/* RFC 4291 2.7: scopes 1 and 2. */
static bool is_link_many_v6(const u8 *dst)
{
	return dst[0] == 0xff && (dst[1] & 0x0f) <= 2;
}

/* Who listens to a group says so to the group itself: RFC 2236 2.4, RFC 2710 3. */
static bool is_listeners(const struct klips_flow *flow)
{
	u16 type = ntohs(flow->sport);

	if (flow->family == AF_INET)
		return flow->proto == IGMP && flow->dst.bytes[0] >> 4 == 0xe;
	return flow->proto == ICMPV6 && flow->dst.bytes[0] == 0xff && !flow->fragment && !flow->quoted &&
	       type >= LISTENER_QUERY && type <= LISTENER_DONE;
}

bool klips_judge_link_scope(const struct klips_flow *flow, bool neighbour)
{
	if (is_listeners(flow))
		return true;
	if (flow->family == AF_INET)
		return is_link_many_v4(flow->dst.bytes);
	return is_link_many_v6(flow->dst.bytes) || is_link_local(flow, &flow->dst) ||
	       (neighbour && finds_neighbours(flow));
}

bool klips_judge_wants_whole(const struct klips_suspect *s, enum klips_drop found)
{
	if (s->read != KLIPS_OK || !s->flow.fragment || s->flow.quoted || s->whole)
		return false;
	return found == KLIPS_DROP_FRAGMENT || (s->to_us && s->proto == UDP);
}

/* In the clear is in order where the answer is, or may be, in the clear, too. */
static bool permits(enum klips_target target, bool soft)
{
	return target == KLIPS_TARGET_PASS || soft;
}

enum klips_drop klips_judge(const struct klips_suspect *s, enum klips_drop found,
			    enum klips_target target, bool soft)
{
	if (s->read != KLIPS_OK)
		return s->read;
	if (found == KLIPS_DROP_FRAGMENT)
		return found;
	return found == KLIPS_OK && permits(target, soft) ? KLIPS_OK : KLIPS_DROP_CLEAR;
}
