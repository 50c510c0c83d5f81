/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The PF_KEY v2 dialect of klips: RFC 2367 and <linux/pfkeyv2.h> wherever they
 * have a number, and these private ones for what KLIPS adds. Lengths count 64-bit
 * words, every extension is padded to one; SPIs, addresses and ports are in network
 * byte order, all else in host order (RFC 2367 2.2).
 *
 * Subnets are SADB_EXT_ADDRESS_* with sadb_address_prefixlen, ports stand in the
 * sockaddr, the transport protocol (0: any) in sadb_address_proto of both addresses.
 *
 * Socket. AF_KEY, SOCK_RAW, PF_KEY_V2; CAP_NET_ADMIN in the user namespace of the
 * network namespace, when it is opened and whenever it is written to. A write fails
 * where the bytes are no message (EMSGSIZE: length, EINVAL: version, reserved field) or
 * the right is missing (EPERM). Any other refusal is answered by a header with
 * sadb_msg_errno, to the sender alone, and has changed nothing. Success is answered to
 * the sender and, except for GET, DUMP and REGISTER, to every other socket of the namespace,
 * in the order in which things happened. A reader that lost messages gets ENOBUFS.
 * Keys are in no answer.
 *
 * An extension that a message does not permit, that is there twice or unknown, or that has a
 * field which would be ignored, is EINVAL; what PF_KEY knows and klips does not do
 * is EOPNOTSUPP: identities, sensitivity and proxy (klips chooses by eroutes, and would only
 * carry them), SADB_SAFLAGS_PFS (the key daemon's affair), BEET, X_PROMISC and the X_SPD messages
 * (eroutes are ADDFLOW's).
 *
 * SAs. Addresses are hosts (prefixlen 0 or all, port 0, protocol 0 or 255).
 * sadb_sa_replay counts packets. In lifetimes, allocations are packets. ADD and UPDATE say
 * SADB_SASTATE_MATURE. UPDATE makes a larval SA mature, which needs keys, or
 * changes a mature one, which forbids them: its lifetimes (those not given end), and where NAT-T
 * has moved its ends, see there. SADB_X_EXT_SA2
 * says mode (ANY is tunnel) and reqid. GETSPI without a range, or with 0 to 0: klips chooses. DELETE and
 * GET may leave out the source; one that is given and not 0 must be that of the SA. DELETE ends,
 * as KLIPS always did, the whole group that the SA is in; its answer names the SA that was asked for.
 *
 * What there is of an SA depends on its type:
 *   AH      sadb_sa_auth with KEY_AUTH, replay
 *   ESP     sadb_sa_auth, sadb_sa_encrypt and their keys, replay, NAT-T
 *   IPCOMP  sadb_sa_encrypt, which names the compression (SADB_X_CALG_DEFLATE); the SPI is a CPI, up to 0xffff
 *   IPIP    nothing, and never transport mode; the SPI only names it, packets carry none
 * All have sadb_sa_flags: NOPMTUDISC (the outer DF stays clear), DECAP_DSCP (the outer DSCP goes
 * into the inner header), NOECN; in tunnel mode also
 * KLIPS_SAFLAGS_FRAGMENTS.
 *
 * REGISTER is answered by the algorithms of the SA type that the running kernel has: IPCOMP's stand in
 * SUPPORTED_ENCRYPT, IPIP has none. EPROTONOSUPPORT: no such SAs. GET, DUMP and EXPIRE say all
 * there is of the SA but its keys: beside what ADD said LIFETIME_CURRENT (sums so far, times as
 * moments), KLIPS_EXT_NEW_DST where it was moved, and KLIPS_EXT_SAID, SAID2 ... the whole of its
 * group, innermost first. EXPIRE has the one limit that was reached.
 *
 * DUMP: one message an SA. All but the last have the sequence number of the request (1
 * if that is 0); the last has 0. Without any SA: a header with ENOENT and 0. EBUSY while
 * another dump is under way on the socket. FLUSH and DUMP: SADB_SATYPE_UNSPEC means all.
 */
#ifndef KLIPS_PFKEY_H
#define KLIPS_PFKEY_H

#include <linux/types.h>
#include <linux/pfkeyv2.h>

/* Message types, above everything in <linux/pfkeyv2.h>. */
#define KLIPS_SADB_ADDFLOW	128
#define KLIPS_SADB_DELFLOW	129
#define KLIPS_SADB_GRPSA	130
#define KLIPS_SADB_DEBUG	131

/*
 * In sadb_sa_flags: the peer has agreed to NON_FIRST_FRAGMENTS_ALSO (RFC 7296 3.10.1, RFC 4301 7.2). An IPv4 packet too
 * big for the path is cut before it is encrypted even where its eroute names protocol or ports.
 */
#define KLIPS_SAFLAGS_FRAGMENTS	0x10000000

/* SA types that <linux/pfkeyv2.h> has no number for. */
#define KLIPS_SATYPE_IPIP	200
#define KLIPS_SATYPE_INT	201

/* Extension types. */
#define KLIPS_EXT_TARGET	256
#define KLIPS_EXT_SAID		257
#define KLIPS_EXT_PORTMASK	258
#define KLIPS_EXT_DEVICE	259
#define KLIPS_EXT_REPLAY	260
#define KLIPS_EXT_DEBUG		261
#define KLIPS_EXT_OA_DST	262	/* struct sadb_address */
#define KLIPS_EXT_NEW_DST	263	/* struct sadb_address */
#define KLIPS_EXT_KEEPALIVE	264
#define KLIPS_EXT_SAID2		265	/* struct klips_ext_said, as the next two */
#define KLIPS_EXT_SAID3		266
#define KLIPS_EXT_SAID4		267
#define KLIPS_EXT_TRAP		268
#define KLIPS_EXT_TRAP_SRC	269	/* struct sadb_address */
#define KLIPS_EXT_TRAP_DST	270	/* struct sadb_address */
#define KLIPS_EXT_MIN		256
#define KLIPS_EXT_MAX		270

/*
 * What a flow message does. ADDFLOW: creates an eroute whose selector is ADDRESS_SRC
 * and ADDRESS_DST; EEXIST where it exists unless REPLACE, which creates or replaces
 * atomically. With INBOUND no eroute appears: the selector is added to those that
 * inner packets of the SA in KLIPS_EXT_SAID may have (REPLACE: becomes the only one).
 * DELFLOW: removes the eroute (ENOENT where there is none), with INBOUND the
 * selector of the SA, with CLEAR every eroute of the namespace, or of KLIPS_EXT_DEVICE.
 * Prefixes with bits behind their length are EINVAL. KLIPS_EXT_SAID is there exactly with
 * KLIPS_TARGET_SA (ADDFLOW) and INBOUND; sadb_msg_satype is 0 or that of the SAID.
 * KLIPS_EXT_DEVICE: ENODEV where the namespace has no such ipsec device.
 */
struct klips_ext_target {
	__u16 len;			/* 1 */
	__u16 type;			/* KLIPS_EXT_TARGET */
	__u8 target;			/* enum klips_target; DELFLOW: 0 */
	__u8 flags;			/* KLIPS_FLOW_* */
	__u16 reserved;			/* 0 */
} __attribute__((packed));

#define KLIPS_FLOW_REPLACE	0x01
#define KLIPS_FLOW_INBOUND	0x02
#define KLIPS_FLOW_CLEAR	0x04
#define KLIPS_FLOW_SOFT		0x08	/* ADDFLOW of a trap: opportunistic, the guard lets in what it covers */

/* Names an SA: followed by a sockaddr_in or sockaddr_in6 padded to 8 bytes. */
struct klips_ext_said {
	__u16 len;			/* 4 (IPv4) or 6 (IPv6) */
	__u16 type;			/* KLIPS_EXT_SAID */
	__u8 satype;			/* SADB_SATYPE_* or KLIPS_SATYPE_* */
	__u8 reserved[3];		/* 0 */
	__be32 spi;
	__u32 reserved2;		/* 0 */
} __attribute__((packed));

/* Which bits of the ports count; without it all of a port that is not 0. */
struct klips_ext_portmask {
	__u16 len;			/* 1 */
	__u16 type;			/* KLIPS_EXT_PORTMASK */
	__be16 src;
	__be16 dst;
} __attribute__((packed));

/* The ipsec device of an eroute or an SA, by name, padded with zeros. */
struct klips_ext_device {
	__u16 len;			/* 3 */
	__u16 type;			/* KLIPS_EXT_DEVICE */
	__u8 reserved[4];		/* 0 */
	char name[16];			/* zero-terminated */
} __attribute__((packed));

/* Replay windows that sadb_sa_replay (8 bit) cannot say, and ESN; overrides it. */
struct klips_ext_replay {
	__u16 len;			/* 2 */
	__u16 type;			/* KLIPS_EXT_REPLAY */
	__u32 window;			/* packets, at most 4096; 0: no replay check */
	__u32 flags;			/* KLIPS_REPLAY_* */
	__u32 reserved;			/* 0 */
} __attribute__((packed));

#define KLIPS_REPLAY_ESN	0x01

/* DEBUG: what the module tells in the kernel log of this namespace; alone in its message. */
struct klips_ext_debug {
	__u16 len;			/* 2 */
	__u16 type;			/* KLIPS_EXT_DEBUG */
	__u32 set;			/* bits of KLIPS_DEBUG_FLAGS to turn on, */
	__u32 clear;			/* and off; none in both */
	__u32 reserved;			/* 0 */
} __attribute__((packed));

/*
 * NAT-T (RFC 3948) in ADD and UPDATE: SADB_X_EXT_NAT_T_TYPE (UDP_ENCAP_ESPINUDP), _SPORT and
 * _DPORT, all three; the ports as the outer packet of this SA has them. Transport mode: the
 * addresses that the sender's stack used, SADB_X_EXT_NAT_T_OA for its source and KLIPS_EXT_OA_DST
 * for its destination, by which checksums are repaired; one that is not given is that of the SA.
 *
 * SADB_X_NAT_T_NEW_MAPPING (from the kernel): SA, ADDRESS_SRC and NAT_T_SPORT as they were,
 * ADDRESS_DST and NAT_T_DPORT as an authenticated packet now has its source, and in KLIPS_EXT_SAID
 * the whole name of the SA; told once for each, and again every 10 s while packets go on coming
 * from there. UPDATE then moves the SA: its source by ADDRESS_SRC, its destination by KLIPS_EXT_NEW_DST (the SAID
 * stays its name), its ports.
 *
 * UPDATE moves an SA that is not in UDP, too, but for IPIP, IPCOMP in tunnel mode and members of a group; one in
 * tunnel mode over IPv4 it puts into UDP, or, with NEW_DST and without NAT_T_TYPE, out of it. An inbound SA is found
 * by what comes to its new destination and by what still comes to the old one; EEXIST: another has its SPI there.
 */

/* Seconds between NAT keepalives while the SA sends nothing (RFC 3948 2.3); 0: none. */
struct klips_ext_keepalive {
	__u16 len;			/* 1 */
	__u16 type;			/* KLIPS_EXT_KEEPALIVE */
	__u16 seconds;
	__u16 reserved;			/* 0 */
} __attribute__((packed));

/*
 * ACQUIRE (from the kernel, RFC 2367 3.1.6): a packet has met a trap, and is held. To all sockets that
 * have registered for SADB_SATYPE_ESP. sadb_msg_seq, never 0, names the hold; it is repeated, with the
 * same number, while nobody answers. ADDRESS_SRC and _DST are the packet's: hosts, its protocol in
 * sadb_address_proto, its ports (of ICMP type and code) in the sockaddr, 0 where it shows none. PROPOSAL has
 * no combinations: the key daemon chooses. KLIPS_EXT_TRAP, TRAP_SRC and TRAP_DST, and PORTMASK where it names
 * ports, are the selector of the trap, KLIPS_EXT_DEVICE the ipsec device that the packet was routed to.
 *
 * The answer is an eroute that the packet now meets, whoever makes it: what is held goes out by it, in
 * order, and the hold ends. The negative answer is SADB_ACQUIRE, a header alone, with sadb_msg_errno
 * and the sadb_msg_seq of the hold: its packets are dropped, and its flow is asked for again not
 * before 1, 2, 4 ... 64 seconds. ESRCH: there is no such hold (any more). EINVAL: without an errno.
 */
struct klips_ext_trap {
	__u16 len;			/* 1 */
	__u16 type;			/* KLIPS_EXT_TRAP */
	__u8 target;			/* KLIPS_TARGET_TRAP or KLIPS_TARGET_TRAPSUBNET */
	__u8 flags;			/* KLIPS_TRAP_* */
	__u16 reserved;			/* 0 */
} __attribute__((packed));

#define KLIPS_TRAP_FRAGMENT	0x01	/* the packet was a fragment: its ports are not known */

/*
 * GRPSA: KLIPS_EXT_SAID, SAID2 ... SAID4 become one group, in the order in which they work on a
 * packet that is sent: the first is the innermost, the last the outermost. With KLIPS_EXT_SAID alone
 * the group that it is in is dissolved. EEXIST: one is in a group already; ESRCH: there is none;
 * EINVAL: in an order that cannot be. An eroute names the first; what is received comes by the last.
 * sadb_msg_satype is 0 or that of the first. A group ends as a whole, with any of its SAs.
 */

#endif
