/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PF_KEY v2 (RFC 2367, <klips/pfkey.h>): a socket, a message builder that cannot
 * overrun, and a checked view of a received message. What a message means is in
 * pfkey_ops.h.
 */
#ifndef KLIPS_LIB_PFKEY_H
#define KLIPS_LIB_PFKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <klips/pfkey.h>

#include "addr.h"
#include "said.h"

#define PFKEY_MSG_MAX	8192	/* bytes of any message either way */

/*
 * A message. Built by pfkey_begin(), pfkey_put_*() and pfkey_send(), which refuses it
 * if anything did not fit or was no valid value (err). Wipe one that held keys.
 */
struct pfkey_msg {
	size_t len;			/* bytes used */
	int err;			/* 0, or the -errno that building met first */
	union {
		struct sadb_msg hdr;
		uint8_t bytes[PFKEY_MSG_MAX];
	} __attribute__((aligned(8)));
};

/*
 * @type SADB_* or KLIPS_SADB_*, @satype SADB_SATYPE_*. pfkey_transact() sets seq and
 * pid.
 */
void pfkey_begin(struct pfkey_msg *msg, uint8_t type, uint8_t satype);

/* @spi network byte order; @window 0 to 64 packets (more: pfkey_put_replay). */
void pfkey_put_sa(struct pfkey_msg *msg, uint32_t spi, uint8_t window,
		  uint8_t state, uint8_t aalg, uint8_t ealg, uint32_t flags);

/* @exttype SADB_EXT_ADDRESS_SRC, _DST ...; @port network byte order. */
void pfkey_put_address(struct pfkey_msg *msg, uint16_t exttype,
		       const struct ip_addr *addr, uint8_t plen, uint8_t proto,
		       in_port_t port);

/* @exttype SADB_EXT_KEY_AUTH or _ENCRYPT. @bits a multiple of 8, not 0. */
void pfkey_put_key(struct pfkey_msg *msg, uint16_t exttype, const uint8_t *key,
		   unsigned int bits);

/* @exttype SADB_EXT_LIFETIME_SOFT or _HARD; 0: no limit; times in seconds. */
void pfkey_put_lifetime(struct pfkey_msg *msg, uint16_t exttype,
			uint32_t allocations, uint64_t bytes, uint64_t addtime,
			uint64_t usetime);

/* @mode IPSEC_MODE_*. */
void pfkey_put_sa2(struct pfkey_msg *msg, uint8_t mode, uint32_t reqid);

/* Host byte order, inclusive. */
void pfkey_put_spirange(struct pfkey_msg *msg, uint32_t min, uint32_t max);

/* @target enum klips_target, @flags KLIPS_FLOW_*. */
void pfkey_put_target(struct pfkey_msg *msg, uint8_t target, uint8_t flags);
/* @exttype KLIPS_EXT_SAID, or SAID2 ... of a group. */
void pfkey_put_said(struct pfkey_msg *msg, uint16_t exttype,
		    const struct said *said);
void pfkey_put_portmask(struct pfkey_msg *msg, in_port_t src, in_port_t dst);
void pfkey_put_device(struct pfkey_msg *msg, const char *name);
void pfkey_put_replay(struct pfkey_msg *msg, uint32_t window, uint32_t flags);
void pfkey_put_debug(struct pfkey_msg *msg, uint32_t set, uint32_t clear);

/* @type UDP_ENCAP_ESPINUDP; ports in network byte order, as the outer packet has them. */
void pfkey_put_nat_t(struct pfkey_msg *msg, uint8_t type, in_port_t sport,
		     in_port_t dport);
void pfkey_put_keepalive(struct pfkey_msg *msg, uint16_t seconds);

/* Zeroes the whole message. */
void pfkey_wipe(struct pfkey_msg *msg);

/* One ext of each type at most; views into the message they were parsed from. */
struct pfkey_view {
	const struct sadb_msg *hdr;
	const struct sadb_ext *std[SADB_EXT_MAX + 1];
	const struct sadb_ext *own[KLIPS_EXT_MAX - KLIPS_EXT_MIN + 1];
};

/*
 * Checks framing (lengths, duplicates, least size of each known extension; unknown
 * ones are skipped) of @len bytes at @bytes (8-byte aligned). NULL or what is wrong.
 */
const char *pfkey_parse(const void *bytes, size_t len, struct pfkey_view *view);

/* The extension of @type, at least as long as its struct, or NULL. */
const void *pfkey_ext(const struct pfkey_view *view, uint16_t type);

/*
 * Address extension @exttype taken apart; any of the last three may be NULL. False:
 * absent or malformed.
 */
bool pfkey_get_address(const struct pfkey_view *view, uint16_t exttype,
		       struct ip_addr *addr, uint8_t *plen, uint8_t *proto,
		       in_port_t *port);

/*
 * The SA that a message is about: (SA, ADDRESS_DST, satype); of a flow, a group and a new NAT
 * mapping KLIPS_EXT_SAID.
 */
bool pfkey_get_said(const struct pfkey_view *view, struct said *said);

/* The members of a group, innermost first, in messages that say them: how many there are. */
unsigned int pfkey_get_group(const struct pfkey_view *view, struct said saids[4]);

/* A socket. Set other and ctx (or zero them), then pfkey_open(). */
struct pfkey {
	int fd;
	uint32_t seq;			/* last one used by pfkey_transact() */
	uint32_t pid;			/* sadb_msg_pid of our messages */
	/*
	 * Gets messages that are no answer to ours while pfkey_transact() waits; may
	 * be NULL. Must not call pfkey_transact().
	 */
	void (*other)(void *ctx, const struct pfkey_msg *msg);
	void *ctx;
};

/*
 * 0 or -errno: -EAFNOSUPPORT where neither klips nor af_key is loaded, -EPERM,
 * -EACCES. Close-on-exec.
 */
int pfkey_open(struct pfkey *pk);
void pfkey_close(struct pfkey *pk);

/*
 * Sends @msg as it is (length filled in). 0 or -errno: what building or the kernel
 * said.
 */
int pfkey_send(struct pfkey *pk, struct pfkey_msg *msg);

/*
 * Receives one message of any kind into @msg; waits @timeout_ms (-1: forever, 0: not at
 * all). Returns bytes (framing not checked), 0: none came in time, or -errno; -ENOBUFS:
 * some were lost, -EMSGSIZE: one longer than PFKEY_MSG_MAX was.
 */
ssize_t pfkey_receive(struct pfkey *pk, struct pfkey_msg *msg, int timeout_ms);

/*
 * Sends @msg and waits (up to 10 s, -ETIMEDOUT) for the answer with our pid, its seq
 * and its type, left in @reply (may be NULL). The kernel's errno becomes -errno.
 */
int pfkey_transact(struct pfkey *pk, struct pfkey_msg *msg,
		   struct pfkey_msg *reply);

/*
 * SADB_DUMP of @satype: @each gets every answer until the one with seq 0 that ends it;
 * a nonzero return of it ends the dump early and is returned.
 */
int pfkey_dump(struct pfkey *pk, uint8_t satype,
	       int (*each)(void *ctx, const struct pfkey_view *view), void *ctx);

#endif
