/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The IKEv2 engine: a pure state machine (DESIGN section 8).
 *
 * In: packets, time, commands, results of requests. Out: a queue of actions. It opens
 * no socket, reads no clock, and draws random bytes only from ike_env.random. Everything that
 * may take long (DH, authentication with secrets, the kernel) is a request that goes out
 * as an action and whose result comes in by ike_result(), in any order, at once or never.
 *
 * Times are milliseconds of a monotonic clock that the caller hands in and that never
 * goes back. Addresses and SPIs are in network byte order, ports in host order.
 */
#ifndef PLUTO_ENGINE_H
#define PLUTO_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ike_engine;

struct ike_addr {
	uint8_t family;			/* AF_INET, AF_INET6; 0: any */
	uint16_t port;			/* 500 or 4500, or what a NAT made of it */
	uint8_t bytes[16];
};

/* RFC 7296 3.5; type 0: none given, or any. */
struct ike_id {
	uint8_t type;			/* ID_IPV4_ADDR 1, ID_FQDN 2, ID_RFC822_ADDR 3, ID_KEY_ID 11 ... */
	uint16_t len;
	uint8_t data[256];
};

/* One traffic selector, RFC 7296 3.13.1. */
struct ike_ts {
	uint8_t family;
	uint8_t proto;			/* 0: any */
	uint16_t start_port;
	uint16_t end_port;
	uint8_t start[16];
	uint8_t end[16];
};

#define IKE_MAX_TS 8
#define IKE_MAX_PROPOSALS 32

/*
 * One choice of algorithms, by IANA transform numbers; 0 where the kind has none. An
 * ipsec.conf ike=/esp= line is a list of these, best first.
 */
struct ike_proposal {
	uint16_t encr;			/* ENCR_AES_CBC 12, ENCR_AES_GCM_16 20 */
	uint16_t keylen;		/* bits, 0: the cipher has one length only */
	uint16_t prf;			/* IKE only: PRF_HMAC_SHA2_256 5, 384 6, 512 7 */
	uint16_t integ;			/* AUTH_HMAC_SHA2_256_128 12, 384_192 13, 512_256 14; 0 with an AEAD */
	uint16_t dh;			/* 14, 19, 20, 31; ESP: 0 without PFS */
	uint8_t esn;			/* ESP: 0 no, 1 yes */
};

/* A conn as the engine knows it; copied by ike_conn_add(). */
struct ike_conn_config {
	const char *name;
	struct ike_addr local;		/* port 500 */
	struct ike_addr remote;		/* family 0: any peer (answers only) */
	struct ike_id local_id;
	struct ike_id remote_id;	/* type 0: any */
	struct ike_ts local_ts[IKE_MAX_TS];
	struct ike_ts remote_ts[IKE_MAX_TS];
	unsigned int n_local_ts, n_remote_ts; /* 0: the host itself */
	struct ike_proposal ike[IKE_MAX_PROPOSALS];
	struct ike_proposal esp[IKE_MAX_PROPOSALS];
	unsigned int n_ike, n_esp;
	uint32_t ike_lifetime;		/* seconds, 0: no limit */
	uint32_t sa_lifetime;		/* seconds, 0: no limit */
	unsigned int keyingtries;	/* 0: for ever */
};

/* What the engine calls; must not call back into it. */
struct ike_env {
	/* Fills @buf; the only source of randomness. */
	void (*random)(void *ctx, void *buf, size_t len);
	void *ctx;
	/* Retransmission: first wait and number of sendings, RFC 7296 2.1; 0: defaults. */
	unsigned int retransmit_ms;
	unsigned int retransmit_tries;
	/* Half-open IKE SAs from which cookies are asked for (RFC 7296 2.6); 0: default. */
	unsigned int cookie_threshold;
	/* Silence of a peer after which it is asked whether it lives (RFC 7296 2.4); 0: default. */
	unsigned int liveness_ms;
	/* First wait before an attempt is repeated, doubled up to five minutes; 0: default. */
	unsigned int retry_ms;
};

/* Best first, RFC 8247 and RFC 8221; number written, at most IKE_MAX_PROPOSALS. */
unsigned int ike_default_proposals(bool esp, struct ike_proposal *list);
#define IKE_PROPOSAL_TEXT 64
/* As in the esp= grammar: aes_gcm256-sha2_256-dh19, aes128-sha2_256. Returns @buf. */
char *ike_proposal_text(const struct ike_proposal *p, char buf[IKE_PROPOSAL_TEXT]);

/* NULL without memory. @env is copied. */
struct ike_engine *ike_engine_new(const struct ike_env *env);
void ike_engine_free(struct ike_engine *e);

/* ---- in ---- */

/* 0, -EEXIST (name taken), -EINVAL (contradictory), -ENOMEM. */
int ike_conn_add(struct ike_engine *e, const struct ike_conn_config *config);
/* Ends its SAs (with DELETE to the peer) and forgets it: 0 or -ENOENT. */
int ike_conn_delete(struct ike_engine *e, const char *name, uint64_t now);
/* Wants it up: 0 (also where it is up already: an UP report follows), -ENOENT, -EDESTADDRREQ (any peer). */
int ike_conn_up(struct ike_engine *e, const char *name, uint64_t now);
/* Wants it down, with DELETE to the peer: 0 or -ENOENT. */
int ike_conn_down(struct ike_engine *e, const char *name, uint64_t now);

/* A datagram that arrived from @remote at @local; the non-ESP marker of port 4500 is already off. */
void ike_packet(struct ike_engine *e, uint64_t now, const struct ike_addr *local,
		const struct ike_addr *remote, const uint8_t *data, size_t len);

/* When ike_timer() is next due, UINT64_MAX: never. */
uint64_t ike_deadline(const struct ike_engine *e);
void ike_timer(struct ike_engine *e, uint64_t now);

/* ---- out ---- */

enum ike_action_kind {
	IKE_SEND,			/* send a datagram */
	IKE_LOG,			/* one line of text */
	IKE_REPORT,			/* a conn changed; who waits for --up wants to know */
	IKE_DH_GENERATE,		/* requests: each gets one ike_result() */
	IKE_DH_SHARED,
	IKE_AUTH_MAKE,
	IKE_AUTH_CHECK,
	IKE_GETSPI,
	IKE_INSTALL,
	IKE_REMOVE,			/* no result */
	IKE_DH_FORGET,			/* no result: the private value is not needed any more */
};

enum ike_report_kind {
	IKE_PROGRESS,			/* a step was done, in .text */
	IKE_UP,				/* the Child SA stands, in kernel and at the peer */
	IKE_DOWN,			/* it is gone */
	IKE_FAILED,			/* the attempt is over; .reason and .text say why */
};

/* Why an attempt failed; also the exit status of "ipsec auto --up" (documented there). */
enum ike_reason {
	IKE_OK,
	IKE_NO_ANSWER,			/* peer silent */
	IKE_NO_PROPOSAL,		/* text: both lists */
	IKE_AUTH_FAILED,		/* text: whose */
	IKE_NO_CONN,			/* nothing matches what was asked for */
	IKE_TS_UNACCEPTABLE,
	IKE_NO_SECRET,
	IKE_PROTOCOL,			/* the peer broke the protocol or answered an error */
	IKE_KERNEL,			/* the kernel refused the SAs: text */
	IKE_GONE,			/* taken down or deleted meanwhile */
};

/*
 * What installs one Child SA: both SAs, the eroute, the route. Keys are the engine's to zero.
 *
 * Every SPI that IKE_GETSPI gave is ended by exactly one IKE_REMOVE, whether it was installed
 * or not; that of a Child SA whose IKE_INSTALL is under way comes after the result. With
 * .replaces, eroute and route of the old Child SA become those of the new one; the old SAs stay
 * until the IKE_REMOVE of .replaces, which must leave eroute and route alone. If the install fails
 * the old Child SA still stands whole. At most one IKE_INSTALL of a conn is under way.
 */
struct ike_child {
	const char *conn;
	uint32_t child;			/* serial number, names it for IKE_REMOVE */
	uint32_t replaces;		/* serial of the Child SA it takes over from, 0: none */
	struct ike_addr local, remote;	/* outer addresses; ports with encapsulation */
	bool encap;			/* ESP in UDP (not built yet) */
	bool initiator;
	struct ike_proposal alg;
	uint8_t spi_in[4], spi_out[4];
	uint8_t key_in[128], key_out[128]; /* encryption key (AEAD: with salt), then integrity key */
	uint16_t encr_len, integ_len;	/* bytes of each */
	struct ike_ts local_ts[IKE_MAX_TS], remote_ts[IKE_MAX_TS];
	unsigned int n_local_ts, n_remote_ts;
	uint32_t lifetime;		/* seconds */
};

#define IKE_MAX_DH 512			/* bytes of a public value or shared secret */
#define IKE_MAX_AUTH 64

struct ike_action {
	enum ike_action_kind kind;
	uint32_t id;			/* of a request */
	const char *conn;		/* name or NULL */
	union {
		struct {
			struct ike_addr local, remote;
			const uint8_t *data;
			size_t len;
		} send;
		struct {
			int level;	/* as syslog: LOG_ERR ... LOG_DEBUG */
			const char *text;
		} log;
		struct {
			enum ike_report_kind kind;
			enum ike_reason reason;
			const char *text;
		} report;
		struct {
			uint16_t group;
			uint8_t seed[64]; /* random, the private value is made of it */
		} dh_generate;		/* the private value stays outside under .id */
		struct {
			uint32_t key;	/* .id of the IKE_DH_GENERATE; gone afterwards */
			const uint8_t *peer;
			size_t len;
		} dh_shared;
		struct {
			uint32_t key;
		} dh_forget;
		struct {		/* RFC 7296 2.15: octets to sign, with a PSK of the two ids */
			const struct ike_id *me, *peer; /* MAKE as initiator: peer of type 0 if the conn takes any */
			uint16_t prf;
			const uint8_t *octets;
			size_t len;
			const uint8_t *auth;	/* AUTH_CHECK: what the peer sent */
			size_t auth_len;
		} auth;
		struct {
			struct ike_addr local, remote;
		} getspi;
		const struct ike_child *install;
		struct {
			const char *conn;
			uint32_t child;
			uint8_t spi_in[4], spi_out[4]; /* spi_out 0: was never installed */
			struct ike_addr local, remote;
		} remove;
	};
};

/* The next action, or NULL. It and what it points to are valid until the next call into the engine. */
const struct ike_action *ike_next_action(struct ike_engine *e);

/*
 * The result of request @id. @error: 0, or -errno (ENOENT: no secret, EKEYREJECTED: AUTH is
 * wrong). Data: DH_GENERATE the public value, DH_SHARED the secret, AUTH_MAKE the AUTH data, GETSPI 4
 * bytes; else none. Results of requests that nobody waits for any more must come too: the engine
 * then gives back what was made (IKE_REMOVE, IKE_DH_FORGET).
 */
void ike_result(struct ike_engine *e, uint64_t now, uint32_t id, int error,
		const uint8_t *data, size_t len);

/* ---- looking ---- */

enum ike_conn_state {
	IKE_CONN_IDLE,			/* loaded, nothing wanted */
	IKE_CONN_TRYING,		/* an attempt is under way */
	IKE_CONN_ESTABLISHED,
	IKE_CONN_WAITING,		/* wanted, next attempt at .retry_at */
};

struct ike_conn_info {
	const char *name;
	enum ike_conn_state state;
	enum ike_reason last_reason;	/* of the last attempt that failed */
	const char *last_text;
	uint64_t since;			/* when it came into this state */
	uint64_t retry_at;		/* 0: never by itself */
	unsigned int tries;
	uint32_t ike_serial, child_serial; /* 0: none */
	struct ike_proposal ike, esp;	/* in use */
	uint8_t spi_in[4], spi_out[4];
	const char *story;		/* what it is doing, for people: "sent IKE_AUTH, waiting for the answer" */
};

/* Calls @fn for every conn, by name. */
void ike_conns(const struct ike_engine *e, void (*fn)(void *ctx, const struct ike_conn_info *info),
	       void *ctx);

#endif
