/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Reading klips: generic netlink family "klips", and the attributes of link kind
 * "klips". Nothing here changes an SA or an eroute; that is PF_KEY's job. Which networks are closed is said here.
 *
 * Numbers are host byte order unless a type is called be16 or be32; addresses are
 * 4 or 16 bytes in network byte order, as KLIPS_A_FAMILY says.
 */
#ifndef KLIPS_NETLINK_H
#define KLIPS_NETLINK_H

#include <linux/types.h>

#define KLIPS_GENL_NAME		"klips"
#define KLIPS_GENL_VERSION	1

/* Multicast group: KLIPS_CMD_DROP messages, as they come, for CAP_NET_ADMIN. */
#define KLIPS_GENL_GROUP_DROPS	"drops"

/* The device that drops, which is pluto's: routes to it open nothing. */
#define KLIPS_DROP_DEVICE	"klips-drop"

enum klips_cmd {
	KLIPS_CMD_UNSPEC,
	KLIPS_CMD_VERSION,	/* do: KLIPS_A_VERSION, KLIPS_A_DEBUG */
	KLIPS_CMD_EROUTE,	/* dump: one message an eroute, and one a hold of a trap, with HOLD_STATE */
	KLIPS_CMD_SA,		/* dump: one message an SA; never a key */
	KLIPS_CMD_DEVICE,	/* dump: one message an ipsec device with its counters */
	KLIPS_CMD_WHY,		/* do: a flow in, what would happen to it out */
	KLIPS_CMD_DROP,		/* dump: one message a drop of the journal, oldest first; event */
	KLIPS_CMD_HOLD,		/* dump: one message a hold, oldest first; do: what there is and was of them */
	KLIPS_CMD_CLOSED,	/* dump: one message a closed network: FAMILY, DST, DST_PLEN, PACKETS and BYTES kept in */
	KLIPS_CMD_CLOSE,	/* do: FAMILY, DST, DST_PLEN: nothing leaves for it but by ipsecN; what is closed may be */
	KLIPS_CMD_OPEN,		/* do: the same: it is as every other; -ENOENT: it was not closed */
	__KLIPS_CMD_MAX
};

enum klips_attr {
	KLIPS_A_UNSPEC,
	KLIPS_A_PAD,
	KLIPS_A_VERSION,	/* string */

	/* selector of an eroute or SA; the flow of a WHY request (ports, no masks) */
	KLIPS_A_FAMILY,		/* u8: AF_INET, AF_INET6 */
	KLIPS_A_SRC,		/* address */
	KLIPS_A_DST,		/* address */
	KLIPS_A_SRC_PLEN,	/* u8 */
	KLIPS_A_DST_PLEN,	/* u8 */
	KLIPS_A_PROTO,		/* u8, 0: any; in KLIPS_A_SAID IPPROTO_ESP ... */
	KLIPS_A_SPORT,		/* be16 */
	KLIPS_A_DPORT,		/* be16 */
	KLIPS_A_SPORT_MASK,	/* be16, 0: any */
	KLIPS_A_DPORT_MASK,	/* be16, 0: any */
	KLIPS_A_DEVICE,		/* string: the ipsec device it names, absent: none */

	/* eroute */
	KLIPS_A_TARGET,		/* u8: enum klips_target */
	KLIPS_A_SAID,		/* nest: FAMILY, DST, SPI, PROTO */
	KLIPS_A_SPI,		/* be32 */
	KLIPS_A_PACKETS,	/* u64: eroute: packets that met it; SA: transformed */
	KLIPS_A_BYTES,		/* u64 */
	KLIPS_A_IDLE,		/* u64 seconds since last use, absent: never used */

	/* SA: SAID, FAMILY and SRC (outer source), PACKETS, BYTES, IDLE, DEVICE and these */
	KLIPS_A_SA_STATE,	/* u8: enum klips_sa_state */
	KLIPS_A_SA_MODE,	/* u8: IPSEC_MODE_TRANSPORT 1, IPSEC_MODE_TUNNEL 2 */
	KLIPS_A_SA_INBOUND,	/* flag: the destination is an address of this namespace */
	KLIPS_A_SA_ALG,		/* string in the esp= grammar: aes_gcm128, aes128-sha2_256 */
	KLIPS_A_SA_REQID,	/* u32 */
	KLIPS_A_SA_WINDOW,	/* u32 packets */
	KLIPS_A_SA_SEQ_OUT,	/* u64 last sequence number sent */
	KLIPS_A_SA_SEQ_IN,	/* u64 highest sequence number accepted */
	KLIPS_A_SA_BITMAP,	/* u64: bit 0 is SEQ_IN, the 63 before it above, as far as WINDOW goes */
	KLIPS_A_SA_AGE,		/* u64 seconds since it became mature */
	KLIPS_A_SA_USED,	/* u64 seconds since first use, absent: never used */
	KLIPS_A_SA_SOFT,	/* nest of KLIPS_A_LIFE_*, absent: no limit */
	KLIPS_A_SA_HARD,	/* the same */
	KLIPS_A_LIFE_BYTES,	/* u64, 0: no limit */
	KLIPS_A_LIFE_PACKETS,	/* u64 */
	KLIPS_A_LIFE_ADDTIME,	/* u64 seconds */
	KLIPS_A_LIFE_USETIME,	/* u64 seconds */
	KLIPS_A_SA_DROPS,	/* nest as KLIPS_A_DROPS: drops on this SA by reason */
	KLIPS_A_SA_SELECTOR,	/* nest, repeated: selector that inner packets must fit */
	KLIPS_A_SA_ICV_BITS,	/* u32 */
	KLIPS_A_SA_KEY_BITS,	/* u32: length of the encryption key, never the key */

	/* device */
	KLIPS_A_IFINDEX,	/* u32 */
	KLIPS_A_PHYSICAL,	/* string: underlying device, absent: detached */
	KLIPS_A_PHYSICAL_MTU,	/* u32 */
	KLIPS_A_MTU,		/* u32 */
	KLIPS_A_EFFECTIVE_MTU,	/* u32: last one computed for an SA, 0: none yet */
	KLIPS_A_TX,		/* nest: PACKETS, BYTES, TRANSFORMED, PASSED, HELD, DROPS */
	KLIPS_A_RX,		/* nest: PACKETS, BYTES, DROPS */
	KLIPS_A_TRANSFORMED,	/* u64 */
	KLIPS_A_PASSED,		/* u64 */
	KLIPS_A_HELD,		/* u64 */
	KLIPS_A_DROPS,		/* nest: attribute type enum klips_drop + 1, u64; zeros left out */

	/* WHY answer: the above for the eroute and SA that were chosen, and these */
	KLIPS_A_WHY_EROUTE,	/* nest: the eroute, as in KLIPS_CMD_EROUTE; absent: none */
	KLIPS_A_WHY_SA,		/* nest: the SA, as in KLIPS_CMD_SA; absent: none */
	KLIPS_A_WHY_VERDICT,	/* u8: enum klips_verdict */
	KLIPS_A_WHY_DROP,	/* u8: enum klips_drop, with VERDICT_DROP */
	KLIPS_A_WHY_ROUTE_DEV,	/* string: device the flow is routed to */
	KLIPS_A_WHY_ROUTE_GW,	/* address, absent: on link */
	KLIPS_A_WHY_OUTER_SRC,	/* address */
	KLIPS_A_WHY_OUTER_DST,	/* address */
	KLIPS_A_WHY_OUTER_DEV,	/* string: device the outer packet would leave by */
	KLIPS_A_WHY_OUTER_GW,	/* address, absent: on link */
	KLIPS_A_WHY_MTU,	/* u32: largest inner packet that goes unfragmented */

	/* SA: u32, selectors in all; one message shows the first 16. Absent: any inner packet fits */
	KLIPS_A_SA_SELECTORS,
	KLIPS_A_SA_ESN,		/* SA: flag: sequence numbers have 64 bits */

	/* SA */
	KLIPS_A_SA_FLAGS,	/* u32: SADB_SAFLAGS_* of PF_KEY, absent: none */
	KLIPS_A_SA_WIRE_DST,	/* address its packets go to, absent: that of the SAID */
	KLIPS_A_SA_GROUP,	/* nest: KLIPS_A_SAID of each member, innermost first; absent: alone */
	KLIPS_A_SA_PLACE,	/* u8: its own place in the group, from 0 */
	KLIPS_A_SA_ENCAP,	/* nest, absent: none; TYPE, SPORT and DPORT of UDP, OA_*, KEEPALIVE */
	KLIPS_A_ENCAP_TYPE,	/* u8: UDP_ENCAP_ESPINUDP */
	KLIPS_A_ENCAP_OA_SRC,	/* address as the sender's stack had it, absent: not given */
	KLIPS_A_ENCAP_OA_DST,	/* address, with OA_SRC */
	KLIPS_A_ENCAP_KEEPALIVE,	/* u16 seconds, absent: none */

	/*
	 * drop: these; DEVICE; the flow as FAMILY, SRC, DST, PROTO, SPORT, DPORT, absent where it
	 * is not known; SAID, absent: no SA
	 */
	KLIPS_A_DROP_NUMBER,	/* u64: 1, 2 ... in the namespace; a hole: overwritten or not told */
	KLIPS_A_DROP_TIME,	/* u64 ns since 1970 */
	KLIPS_A_DROP_REASON,	/* u8: enum klips_drop */
	KLIPS_A_DROP_INBOUND,	/* flag */
	KLIPS_A_DROP_FRAGMENT,	/* flag: of a datagram, its ports are not known */
	KLIPS_A_DROP_EROUTE,	/* nest: selector, TARGET, SAID; absent: it met none */

	KLIPS_A_DEBUG,		/* VERSION: u32: bits of KLIPS_DEBUG_FLAGS that are on */

	/* device, as IFLA_KLIPS_* */
	KLIPS_A_DF,		/* u8: enum klips_df */
	KLIPS_A_HIDETOS,	/* u8 */
	KLIPS_A_FRAGICMP,	/* u8 */
	KLIPS_A_MSS,		/* u16 */
	KLIPS_A_PARALLEL,	/* u8 */
	KLIPS_A_FWMARK,		/* u32 */

	/*
	 * hold: selector, with DEVICE; TARGET of its parent; PACKETS that came to it, HELD that it has, BYTES
	 * of memory that they take; these
	 */
	KLIPS_A_HOLD_STATE,	/* u8: enum klips_hold_state */
	KLIPS_A_HOLD_AGE,	/* u64 ms since it was made, or asks anew */
	KLIPS_A_HOLD_ASKED,	/* u32: ACQUIREs since then */
	KLIPS_A_HOLD_SEQ,	/* u32: sadb_msg_seq of these */
	KLIPS_A_HOLD_PARENT,	/* nest: selector of the eroute that made it */

	/* all holds: HELD in bytes of memory as BYTES; these, and the settings net.klips.* */
	KLIPS_A_HOLDS,		/* u32 */
	KLIPS_A_HOLDS_SOURCES,	/* u32: senders that they are of */
	KLIPS_A_HOLDS_WAITING,	/* u32: whose ACQUIRE waits for its turn */
	KLIPS_A_HOLDS_COUNTS,	/* nest: attribute type enum klips_hold_count + 1, u64 */
	KLIPS_A_HOLDS_MAX,	/* u32 */
	KLIPS_A_HOLDS_BYTES_MAX, /* u32 */
	KLIPS_A_GUARD,		/* u8: enum klips_guard */
	KLIPS_A_WOULD_DROP,	/* in RX: u64: packets that KLIPS_GUARD_COUNT has let in */

	KLIPS_A_SOFT,		/* eroute: flag: a trap whose packets may come and go in the clear */
	__KLIPS_A_MAX
};
#define KLIPS_A_MAX (__KLIPS_A_MAX - 1)

/* What would happen to a flow. */
enum klips_verdict {
	KLIPS_VERDICT_NOT_OURS,	/* not routed to an ipsec device */
	KLIPS_VERDICT_SA,	/* transformed by the SA and sent */
	KLIPS_VERDICT_PASS,	/* sent in the clear through the underlying device */
	KLIPS_VERDICT_DROP,	/* dropped, KLIPS_A_WHY_DROP says why */
	KLIPS_VERDICT_REJECT,	/* dropped and answered */
	KLIPS_VERDICT_HOLD,	/* queued */
	KLIPS_VERDICT_NO_ROUTE,	/* the namespace has no route for the flow */
};

/*
 * Link kind "klips". The underlying device is IFLA_LINK (so "ip link add link eth0
 * name ipsec0 type klips" works with any iproute2) or IFLA_KLIPS_DEV, which also
 * detaches.
 */
#define KLIPS_LINK_KIND "klips"

enum klips_link_attr {
	IFLA_KLIPS_UNSPEC,
	IFLA_KLIPS_DEV,		/* u32 ifindex of the underlying device, 0: detached */
	IFLA_KLIPS_FWMARK,	/* u32 mark of outer packets */
	IFLA_KLIPS_DF,		/* u8: enum klips_df */
	IFLA_KLIPS_HIDETOS,	/* u8: 1: DSCP of outer packets is 0, 0: that of the inner ones */
	IFLA_KLIPS_FRAGICMP,	/* u8: 1: who sends too large packets with DF is told, 0: they are sent, cut outside */
	IFLA_KLIPS_MSS,		/* u16: KLIPS_MSS_OFF, _AUTO, or the most that a TCP SYN may name */
	IFLA_KLIPS_PARALLEL,	/* u8: 1: packets of an SA are spread over all CPUs, in order */
	IFLA_KLIPS_GUARD,	/* u8: enum klips_guard */
	__IFLA_KLIPS_MAX
};
#define IFLA_KLIPS_MAX (__IFLA_KLIPS_MAX - 1)

/* DF of outer IPv4 packets. */
enum klips_df {
	KLIPS_DF_CLEAR,		/* 0: routers may cut them, so that no ICMP has to come through */
	KLIPS_DF_COPY,		/* that of the inner packet: what the path carries is learnt and told its sender */
	KLIPS_DF_SET,		/* 1 */
	__KLIPS_DF_MAX
};

/* Packets from outside that come in the clear, though their answer goes through a tunnel. */
enum klips_guard {
	KLIPS_GUARD_DROP,	/* are dropped */
	KLIPS_GUARD_COUNT,	/* are counted and let in */
	KLIPS_GUARD_OFF,	/* are not looked for */
	__KLIPS_GUARD_MAX
};

#define KLIPS_MSS_OFF	0
#define KLIPS_MSS_MIN	88		/* bytes, the least that Linux itself takes */
#define KLIPS_MSS_MAX	65495
#define KLIPS_MSS_AUTO	65535		/* what fits the SA */

#endif
