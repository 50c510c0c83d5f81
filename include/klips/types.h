/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What the module and its userland both name: eroute targets, drop reasons,
 * algorithm numbers. Values are ABI: add at the end, never renumber.
 */
#ifndef KLIPS_TYPES_H
#define KLIPS_TYPES_H

#include <linux/types.h>

/* What an eroute does with a packet that meets it (DESIGN section 4). */
enum klips_target {
	KLIPS_TARGET_NONE,		/* no eroute: drop */
	KLIPS_TARGET_SA,		/* through an SA */
	KLIPS_TARGET_PASS,
	KLIPS_TARGET_DROP,
	KLIPS_TARGET_REJECT,
	KLIPS_TARGET_HOLD,
	KLIPS_TARGET_TRAP,
	KLIPS_TARGET_TRAPSUBNET,
	__KLIPS_TARGET_MAX
};

/* The pseudo SPIs of classic SAID text: %pass is int256@0.0.0.0 and so on. */
#define KLIPS_SPI_PASS		256
#define KLIPS_SPI_DROP		257
#define KLIPS_SPI_REJECT	258
#define KLIPS_SPI_HOLD		259
#define KLIPS_SPI_TRAP		260
#define KLIPS_SPI_TRAPSUBNET	261

/*
 * Why a packet was dropped. One list serves kernel counters, netlink, JSON and
 * the lab's sums: KLIPS_DROP(symbol, "name in JSON", "one line for people").
 */
#define KLIPS_DROPS(X) \
	X(NO_EROUTE,	"no_eroute",	"no eroute matches the packet") \
	X(EROUTE_DROP,	"eroute_drop",	"the eroute says %drop") \
	X(EROUTE_REJECT, "eroute_reject", "the eroute says %reject") \
	X(NOT_IP,	"not_ip",	"neither IPv4 nor IPv6") \
	X(BAD_HEADER,	"bad_header",	"malformed IP header") \
	X(UNSUPPORTED,	"unsupported",	"needs a feature that is not built yet") \
	X(NO_SA,	"no_sa",	"the eroute's SA does not exist") \
	X(SA_STATE,	"sa_state",	"the SA is larval, dying or dead") \
	X(SA_EXPIRED,	"sa_expired",	"a hard lifetime of the SA is over") \
	X(SEQ_OVERFLOW,	"seq_overflow",	"the SA's sequence numbers are used up") \
	X(TOO_BIG,	"too_big",	"larger than the SA's MTU and DF is set") \
	X(NO_DEVICE,	"no_device",	"no underlying device is attached") \
	X(NO_ROUTE,	"no_route",	"no route for the outer packet") \
	X(LOOP,		"loop",		"the outer route leads back into an ipsec device") \
	X(NO_MEMORY,	"no_memory",	"out of memory") \
	X(CRYPTO,	"crypto",	"the cipher reported an error") \
	X(TTL,		"ttl",		"too many nested transforms") \
	X(UNKNOWN_SPI,	"unknown_spi",	"no SA has this SPI, here or in XFRM") \
	X(TRUNCATED,	"truncated",	"too short for its protocol") \
	X(REPLAY,	"replay",	"sequence number already seen or too old") \
	X(AUTH,		"auth",		"integrity check failed") \
	X(BAD_PADDING,	"bad_padding",	"ESP padding is wrong") \
	X(BAD_NEXTHDR,	"bad_nexthdr",	"next header is not what the SA carries") \
	X(BAD_INNER,	"bad_inner",	"malformed packet inside the tunnel") \
	X(BAD_SOURCE,	"bad_source",	"outer source is not the SA's") \
	X(POLICY,	"policy",	"inner packet outside the SA's selectors") \
	X(DEVICE_DOWN,	"device_down",	"the ipsec device is down") \
	X(SEND,		"send",		"the underlying device did not take the packet") \
	X(FRAGMENT,	"fragment",	"what it shows of its datagram does not tell which eroute it meets") \
	X(BUNDLE,	"bundle",	"not by all SAs of the group, or not in their order") \
	X(BAD_COMP,	"bad_comp",	"compressed data is broken") \
	X(COMP_BOMB,	"comp_bomb",	"compressed data would grow beyond one IP packet") \
	X(TRANSPORT,	"transport",	"addresses are not those of the transport mode SA") \
	X(BUSY,		"busy",		"too many packets of the SA are under way") \
	X(BAD_QUOTE,	"bad_quote",	"ICMP error that quotes no packet of whom it goes to") \
	X(NO_DAEMON,	"no_daemon",	"met a trap, but no key daemon listens") \
	X(NOT_ASKED,	"not_asked",	"met a trap, but no tunnel is asked for to such an address") \
	X(HOLD_FULL,	"hold_full",	"pushed out of a hold by newer packets") \
	X(HOLD_LIMIT,	"hold_limit",	"held, while there are more holds or bytes than there may be") \
	X(HOLD_EXPIRED,	"hold_expired",	"held until nobody answered any more") \
	X(REFUSED,	"refused",	"held, and the key daemon refused a tunnel") \
	X(FRAG_TIMEOUT,	"frag_timeout",	"a fragment whose datagram did not become whole in time") \
	X(FRAG_OVERLAP,	"frag_overlap",	"a fragment that repeats or overlaps another one, or one that was overlapped") \
	X(FRAG_LIMIT,	"frag_limit",	"too many fragments wait for the rest of their datagrams") \
	X(FRAG_BAD,	"frag_bad",	"a fragment that cannot be one: tiny, too long, without its headers") \
	X(CLEAR,	"clear",	"in the clear, though its answer goes through a tunnel") \
	X(CLOSED,	"closed",	"for a closed network, or from one that has no way back, by another way than an ipsec device")

#define KLIPS_DROP_ENUM(sym, name, text) KLIPS_DROP_##sym,
enum klips_drop {
	KLIPS_DROPS(KLIPS_DROP_ENUM)
	__KLIPS_DROP_MAX
};

/* Where a function says why a packet has to be dropped: it does not. */
#define KLIPS_OK __KLIPS_DROP_MAX

/*
 * What "ipsec klipsdebug" turns on: KLIPS_DEBUG_FLAGS(symbol, "name", "what is then told in the
 * kernel log"). Bit n of a mask is the n-th.
 */
#define KLIPS_DEBUG_FLAGS(X) \
	X(TUNNEL,	"tunnel",	"ipsec devices made, removed, up, with another MTU") \
	X(XFORM,	"xform",	"which cipher an SA got, or why it got none") \
	X(EROUTE,	"eroute",	"eroutes added, replaced, removed") \
	X(SPI,		"spi",		"SAs added, removed, expired") \
	X(RADIJ,	"radij",	"shapes of the eroute table") \
	X(ESP,		"esp",		"packets dropped on an ESP SA, either way") \
	X(AH,		"ah",		"packets dropped on an AH SA, either way") \
	X(RCV,		"rcv",		"packets dropped on their way in") \
	X(PFKEY,	"pfkey",	"PF_KEY messages, and what became of them") \
	X(XMIT,		"xmit",		"packets dropped on their way out") \
	X(TNCFG,	"tncfg",	"ipsec devices attached and detached") \
	X(NETLINK,	"netlink",	"requests of programs that read") \
	X(COMP,		"comp",		"packets dropped on an IPCOMP SA, either way") \
	X(VERBOSE,	"verbose",	"with xmit and rcv: also packets that were not dropped")

#define KLIPS_DEBUG_ENUM(sym, name, text) KLIPS_DEBUG_BIT_##sym,
enum klips_debug_bit {
	KLIPS_DEBUG_FLAGS(KLIPS_DEBUG_ENUM)
	__KLIPS_DEBUG_MAX
};

#define KLIPS_DEBUG(sym) (1U << KLIPS_DEBUG_BIT_##sym)
#define KLIPS_DEBUG_ALL ((1U << __KLIPS_DEBUG_MAX) - 1)

/* SA states, RFC 2367 2.3.1 (as SADB_SASTATE_*). */
enum klips_sa_state {
	KLIPS_SA_LARVAL,
	KLIPS_SA_MATURE,
	KLIPS_SA_DYING,
	KLIPS_SA_DEAD,
};

/* What became of holds and their packets: KLIPS_HOLD_COUNTS(symbol, "name in JSON"). */
#define KLIPS_HOLD_COUNTS(X) \
	X(MADE,		"made")		/* holds */ \
	X(ASKED,	"asked")	/* ACQUIREs that somebody got */ \
	X(UNHEARD,	"unheard")	/* ACQUIREs that nobody got */ \
	X(RELEASED,	"released")	/* packets that met another eroute */ \
	X(REFUSED,	"refused")	/* holds, by the key daemon */ \
	X(EXPIRED,	"expired")	/* holds */ \
	X(EVICTED,	"evicted")	/* holds that made room, and those there was no room for */

#define KLIPS_HOLD_COUNT_ENUM(sym, name) KLIPS_HOLD_COUNT_##sym,
enum klips_hold_count {
	KLIPS_HOLD_COUNTS(KLIPS_HOLD_COUNT_ENUM)
	__KLIPS_HOLD_COUNT_MAX
};

/* What a hold does; DEAD is never seen. */
enum klips_hold_state {
	KLIPS_HOLD_HELD,		/* queues packets, waits for an eroute or an answer */
	KLIPS_HOLD_DRAINING,		/* sends them, each by the eroute that it now meets */
	KLIPS_HOLD_REFUSED,		/* the key daemon said no: drops packets for some time */
	KLIPS_HOLD_IDLE,		/* that time is over: the next packet asks again */
	KLIPS_HOLD_DEAD,
};

/* Family-neutral address; which member counts is said by a family beside it. */
union klips_addr {
	__be32 v4;
	__be32 v6[4];
	__u8 bytes[16];
};

/* Longest name of a network device, terminating zero included. */
#define KLIPS_IFNAMSIZ 16

#endif
