/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one does with PF_KEY: SAs and flows (eroutes) as plain structs. All return 0 or
 * -errno as the kernel said it (EEXIST, ESRCH, ENOENT ...), and change nothing on error.
 */
#ifndef KLIPS_LIB_PFKEY_OPS_H
#define KLIPS_LIB_PFKEY_OPS_H

#include "espalg.h"
#include "pfkey.h"
#include "subnet.h"

struct sa_limits {			/* 0: no limit */
	uint32_t allocations;		/* PF_KEY's lifetime says so and means packets in klips */
	uint64_t bytes;
	uint64_t addtime;		/* seconds since it was added */
	uint64_t usetime;		/* seconds since it was first used */
};

/* ESP in UDP (RFC 3948), ports in network byte order. */
struct sa_encap {
	uint8_t type;			/* UDP_ENCAP_ESPINUDP, 0: none */
	in_port_t sport, dport;		/* as the outer packet has them */
	struct ip_addr oa_src, oa_dst;	/* original addresses, AF_UNSPEC: not given */
	uint16_t keepalive;		/* seconds, 0: none */
};

/* An SA to add. Keys stay the caller's, to be wiped by it. */
struct sa_spec {
	struct said said;
	struct ip_addr src;		/* outer source, same family as said.dst */
	const struct esp_alg *alg;	/* NULL: UPDATE of a mature SA */
	const uint8_t *ekey;		/* alg->ekey_bits, or NULL without encryption */
	const uint8_t *akey;		/* alg->akey_bits, or NULL with an AEAD */
	uint8_t mode;			/* IPSEC_MODE_*, 0: tunnel */
	uint32_t flags;			/* SADB_SAFLAGS_* */
	uint32_t reqid;
	uint32_t window;		/* packets, 0: no replay check */
	bool esn;
	struct sa_limits soft;
	struct sa_limits hard;
	const char *device;		/* ipsecN, or NULL */
	struct sa_encap encap;
	struct ip_addr new_dst;		/* UPDATE: where packets go from now on, in UDP or not as .encap says; AF_UNSPEC: not given */
};

int sa_add(struct pfkey *pk, const struct sa_spec *spec);

/*
 * Turns the larval SA that sa_getspi() made into a mature one, or gives a mature one other lifetimes
 * and, where it was moved, other ends and UDP around it or not: without algorithm and keys. -ESRCH: there is none.
 */
int sa_update(struct pfkey *pk, const struct sa_spec *spec);

/* Ends the SA and its group. -ESRCH: there is none. */
int sa_delete(struct pfkey *pk, const struct said *said,
	      const struct ip_addr *src);

/* How many packets went through it so far. @src NULL: whatever its source is. -ESRCH: there is none. */
int sa_packets(struct pfkey *pk, const struct said *said, const struct ip_addr *src, uint64_t *packets);

/*
 * A larval SA to @dst (an address of ours) with an SPI of [min, max], host byte order;
 * 0, 0:
 * klips chooses from 0x1000 upwards. Written to said->spi in network byte order;
 * said->dst and said->proto are given.
 */
int sa_getspi(struct pfkey *pk, struct said *said, const struct ip_addr *src,
	      uint32_t min, uint32_t max);

#define SA_GROUP_MAX 4

/*
 * Makes one group of @n SAs, 1 to SA_GROUP_MAX, innermost first; one: dissolves the group that it is
 * in. -ESRCH: one is missing, -EEXIST: one is in a group, -EINVAL: an order that cannot work.
 */
int sa_group(struct pfkey *pk, const struct said *saids, unsigned int n);

/* Ends all SAs of @satype, SADB_SATYPE_UNSPEC: all. */
int sa_flush(struct pfkey *pk, uint8_t satype);

/*
 * Asks for ACQUIRE and EXPIRE of @satype on this socket; @reply (may be NULL) lists
 * the algorithms.
 */
int pfkey_register(struct pfkey *pk, uint8_t satype, struct pfkey_msg *reply);

/* A selector: which packets. */
struct flow_sel {
	struct subnet src;
	struct subnet dst;
	uint8_t proto;			/* 0: any */
	in_port_t sport, dport;		/* network byte order, 0: any */
	in_port_t sport_mask, dport_mask; /* network byte order; 0: all bits of a port that is not 0 */
	const char *device;		/* ipsecN, or NULL */
};

/*
 * Adds an eroute; @replace: creates or replaces it, atomically. @said counts with
 * KLIPS_TARGET_SA and may be NULL otherwise.
 */
int flow_add(struct pfkey *pk, const struct flow_sel *sel,
	     enum klips_target target, const struct said *said, bool replace);

/* The same, of a trap that is opportunistic: what it covers may come in the clear. */
int flow_add_soft(struct pfkey *pk, const struct flow_sel *sel, enum klips_target target, bool replace);

/* -ENOENT: there is none. */
int flow_del(struct pfkey *pk, const struct flow_sel *sel);

/*
 * Adds a selector (without a device) that inner packets of the inbound SA @said must fit; @replace: makes it
 * the only one. -ESRCH: no such SA.
 */
int flow_add_inbound(struct pfkey *pk, const struct flow_sel *sel,
		     const struct said *said, bool replace);
int flow_del_inbound(struct pfkey *pk, const struct flow_sel *sel,
		     const struct said *said);

/* Turns bits of KLIPS_DEBUG_FLAGS on and off: what the module tells in the kernel log. */
int debug_set(struct pfkey *pk, uint32_t set, uint32_t clear);

/* Removes every eroute of the namespace, or (@device not NULL) those that name this ipsecN. */
int flow_clear(struct pfkey *pk, const char *device);

#endif
