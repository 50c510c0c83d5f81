/* SPDX-License-Identifier: GPL-2.0 */
/* Reading klips over generic netlink (<klips/netlink.h>) into plain structs. */
#ifndef KLIPS_LIB_GENL_H
#define KLIPS_LIB_GENL_H

#include <klips/netlink.h>

#include "pfkey_ops.h"

/* What to tell a person when genl_open() returns -ENOENT. */
#define GENL_NOT_LOADED "klips is not loaded: modprobe klips"

struct mnl_socket;

struct genl {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t drops_group;		/* multicast group of events, 0: the module has none */
	uint32_t seq;
};

/* 0, -ENOENT (klips is not loaded), -EPROTO (another version of it), -errno. */
int genl_open(struct genl *g);
void genl_close(struct genl *g);

/* The version of the module, as KLIPS_VERSION. */
int genl_version(struct genl *g, char *buf, size_t size);

/* Which of KLIPS_DEBUG_FLAGS are on. */
int genl_debug(struct genl *g, uint32_t *flags);

struct genl_eroute {
	struct subnet src, dst;
	uint8_t proto;
	in_port_t sport, dport;		/* network byte order */
	in_port_t sport_mask, dport_mask;
	char device[KLIPS_IFNAMSIZ];	/* "" : every device */
	enum klips_target target;
	bool soft;			/* a trap that is opportunistic */
	struct said said;		/* of a shunt: its pseudo SAID */
	uint64_t packets, bytes;
	bool used;
	uint64_t idle;			/* seconds since last use, with used */
};

/* What a trap or %hold holds. */
struct genl_hold {
	struct genl_eroute eroute;	/* its selector; target of its parent; packets that came to it */
	struct genl_eroute parent;	/* only the fields of a selector */
	enum klips_hold_state state;
	uint64_t held;			/* packets that it has */
	uint64_t bytes;			/* of memory that they take */
	uint64_t age_ms;		/* since it was made, or asks anew */
	uint32_t asked;			/* ACQUIREs since then */
	uint32_t seq;			/* sadb_msg_seq of these */
};

/* All holds, and what became of others. */
struct genl_hold_sums {
	uint32_t holds, sources, waiting;
	uint32_t holds_max, holds_bytes_max;
	uint64_t bytes;
	uint64_t counts[__KLIPS_HOLD_COUNT_MAX];
};

/* A network for which nothing leaves but by an ipsec device. */
struct genl_closed {
	struct subnet net;
	uint64_t packets, bytes;	/* that were kept in */
};

#define GENL_SELECTORS 4

struct genl_sa {
	struct said said;
	struct ip_addr src;
	char device[KLIPS_IFNAMSIZ];
	enum klips_sa_state state;
	uint8_t mode;			/* IPSEC_MODE_* */
	bool inbound;
	char alg[32];
	uint32_t reqid;
	uint32_t window;
	bool esn;
	uint64_t seq_out, seq_in, bitmap;
	uint64_t packets, bytes;
	bool mature;			/* age is known */
	uint64_t age;			/* seconds since mature */
	bool used;
	uint64_t first_used;		/* seconds since first use, with used */
	uint64_t idle;			/* seconds since last use, with used */
	struct genl_limits {
		uint64_t bytes, packets, addtime, usetime;
	} soft, hard;
	uint64_t drops[__KLIPS_DROP_MAX];
	unsigned int selectors;		/* how many the SA has */
	unsigned int selectors_known;	/* how many of them are here */
	struct genl_eroute selector[GENL_SELECTORS]; /* only the fields of a selector */
	uint32_t icv_bits, key_bits;
	uint32_t flags;			/* SADB_SAFLAGS_* */
	struct ip_addr wire_dst;	/* where packets go; said.dst unless it was moved */
	struct sa_encap encap;
	unsigned int members;		/* of its group, 0: alone */
	unsigned int place;		/* in the group */
	struct said group[SA_GROUP_MAX]; /* innermost first */
};

struct genl_device {
	char name[KLIPS_IFNAMSIZ];
	uint32_t ifindex;
	char physical[KLIPS_IFNAMSIZ];	/* "": detached */
	uint32_t mtu, effective_mtu, physical_mtu;
	uint8_t df;			/* enum klips_df */
	bool hidetos, fragicmp, parallel;
	uint32_t fwmark;		/* of outer packets */
	uint8_t guard;			/* enum klips_guard */
	uint16_t mss;			/* KLIPS_MSS_OFF, KLIPS_MSS_AUTO or bytes */
	uint64_t tx_packets, tx_bytes, transformed, passed, held;
	uint64_t tx_drops[__KLIPS_DROP_MAX];
	uint64_t rx_packets, rx_bytes;
	uint64_t would_drop;		/* let in by KLIPS_GUARD_COUNT */
	uint64_t rx_drops[__KLIPS_DROP_MAX];
};

/*
 * Closes a network, which may be closed already, and opens it, -ENOENT: it was not closed. 0 or -errno; -EOPNOTSUPP: the
 * module is older than that.
 */
int genl_close_net(struct genl *g, const struct subnet *net);
int genl_open_net(struct genl *g, const struct subnet *net);

/*
 * All of them, in the kernel's order, in an array that is the caller's to free(), asked again while a dump was
 * interrupted by changes. 0 or -errno; then *list is NULL and *n 0.
 */
int genl_list_eroutes(struct genl *g, struct genl_eroute **list, size_t *n);
int genl_list_sas(struct genl *g, struct genl_sa **list, size_t *n);
int genl_list_devices(struct genl *g, struct genl_device **list, size_t *n);
int genl_list_closed(struct genl *g, struct genl_closed **list, size_t *n);
int genl_list_holds(struct genl *g, struct genl_hold **list, size_t *n);
int genl_hold_sums(struct genl *g, struct genl_hold_sums *sums);

/* A flow to ask about. */
struct genl_flow {
	struct ip_addr src, dst;
	uint8_t proto;
	in_port_t sport, dport;		/* network byte order */
	const char *device;		/* ipsecN, NULL: where it is routed to */
};

struct genl_why {
	enum klips_verdict verdict;
	enum klips_drop drop;		/* with KLIPS_VERDICT_DROP */
	bool has_eroute, has_sa;
	struct genl_eroute eroute;
	struct genl_sa sa;
	char route_dev[KLIPS_IFNAMSIZ];	/* "": no route */
	struct ip_addr route_gw;	/* AF_UNSPEC: on link, as outer_gw */
	struct ip_addr outer_src, outer_dst; /* AF_UNSPEC: not known */
	char outer_dev[KLIPS_IFNAMSIZ];
	struct ip_addr outer_gw;
	uint32_t mtu;			/* 0: not known */
};

int genl_why(struct genl *g, const struct genl_flow *flow, struct genl_why *why);

/* One packet that was dropped. */
struct genl_drop {
	uint64_t number;		/* 1, 2 ... in the namespace */
	uint64_t time;			/* ns since 1970 */
	uint8_t reason;			/* enum klips_drop, or newer */
	bool inbound;
	char device[KLIPS_IFNAMSIZ];	/* "": none */
	bool has_flow, has_ports, has_eroute, has_said;
	bool fragment;
	struct ip_addr src, dst;	/* with has_flow, as proto and fragment */
	uint8_t proto;
	in_port_t sport, dport;		/* with has_ports, network byte order */
	struct genl_eroute eroute;	/* no counters */
	struct said said;
};

/*
 * The journal of drops, oldest first; the struct is @each's only while it runs. A nonzero return of @each ends the dump and
 * is returned. Else 0 or -errno; -EINTR: it changed under the dump and may be asked again.
 */
int genl_drops(struct genl *g,
	       int (*each)(void *ctx, const struct genl_drop *drop), void *ctx);

/* What to do with drops as they come; a nonzero return of any of these ends it. */
struct genl_follow {
	int (*each)(void *ctx, const struct genl_drop *drop);
	int (*idle)(void *ctx);		/* none is left for the moment */
	int (*lost)(void *ctx);		/* too slow: some are gone, the journal may have them yet */
	void *ctx;
};

/*
 * genl_drops_join(): from here on drops are queued on the socket, which then serves for nothing else.
 * genl_drops_follow() takes them until a function of @f returns nonzero, which is returned; else
 * -errno. Holes in the numbers tell what was not sent; now and then one may come twice.
 */
int genl_drops_join(struct genl *g);
int genl_drops_follow(struct genl *g, const struct genl_follow *f);

/*
 * Text of a drop reason: "no_eroute", and one line for people. Numbers newer than this
 * program: "unknown".
 */
const char *drop_name(unsigned int reason);
const char *drop_text(unsigned int reason);
/* Back from the name; negative: there is none. */
int drop_by_name(const char *name);

#endif
