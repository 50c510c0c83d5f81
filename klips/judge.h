/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of a packet that came in the clear, though its answer would go into a tunnel
 * (DESIGN section 4, the guard). Pure, no skb in here.
 */
#ifndef KLIPS_JUDGE_H
#define KLIPS_JUDGE_H

#include "selector.h"

/* Such a packet, as far as it matters. */
struct klips_suspect {
	/* As klips_flow_read() has it: of an ICMP error, that of the answer to the packet that it quotes. */
	struct klips_flow flow;
	enum klips_drop read;		/* KLIPS_OK; else @flow has nothing but addresses */
	u8 proto;			/* as in @flow, but AH is one, and a later fragment has one */
	bool to_us;			/* @flow.dst is an address of this host */
	bool to_many;			/* it is broadcast or multicast */
	bool neighbour;			/* IPv6: its hop limit is 255, so no router has sent it on */
	bool opened;			/* XFRM has decrypted it */
	bool bypass;			/* UDP: a socket takes it that is exempt from policies */
	bool whole;			/* it was put together here */
};

/* Whether packets of @proto are what SAs make. */
bool klips_judge_is_ipsec(u8 proto);

/*
 * Whether what goes where @flow goes is of the link alone, and for no tunnel: broadcast, multicast of that scope, who listens
 * to what multicast, fe80::, neighbour discovery. @neighbour: IPv6, and its hop limit is 255.
 */
bool klips_judge_link_scope(const struct klips_flow *flow, bool neighbour);

/* The flow that answers @flow; it is what has to be routed, and to meet an eroute. */
void klips_judge_answer(const struct klips_flow *flow, struct klips_flow *answer);

/* Whether @s is let in whatever its answer would meet. */
bool klips_judge_exempt(const struct klips_suspect *s);

/*
 * Whether the fate of a fragment hangs on what it does not show: the ports that an eroute names, or a socket.
 * @found: what klips_eroute_find() said of its answer.
 */
bool klips_judge_wants_whole(const struct klips_suspect *s, enum klips_drop found);

/*
 * The verdict on one that is not exempt: KLIPS_OK, or why it is dropped. @found: as above, @target: that of the eroute
 * found, @soft: it is a soft trap.
 */
enum klips_drop klips_judge(const struct klips_suspect *s, enum klips_drop found,
			    enum klips_target target, bool soft);

#endif
