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
#define IKE_MAX_PROPOSALS 64
#define IKE_ADDKES 7

/*
 * One choice of algorithms, by IANA transform numbers; 0 where the kind has none. An
 * ipsec.conf ike=/esp= line is a list of these, best first.
 */
struct ike_proposal {
	uint16_t encr;			/* see <ikealg.h> */
	uint16_t keylen;		/* bits, 0: the cipher has one length only */
	uint16_t prf;			/* IKE only */
	uint16_t integ;			/* 0 with an AEAD */
	uint16_t dh;			/* ESP: 0 without PFS */
	uint8_t esn;			/* ESP: 0 no, 1 yes */
	uint16_t addke[IKE_ADDKES];	/* additional key exchanges, RFC 9370, in this order; 0: none in this place */
};

/*
 * How somebody proves who he is; the numbers of CONF_AUTHBY_*. Which keys and certificates are meant
 * is not the engine's business: whoever serves IKE_AUTH_MAKE and IKE_AUTH_CHECK knows it by the conn's name.
 */
enum {
	IKE_AUTHBY_PSK = 0x0001,
	IKE_AUTHBY_NULL = 0x0002,	/* RFC 7619: nobody proves anything; only alone */
	IKE_AUTHBY_RSA_SHA1 = 0x0004,	/* AUTH method 1 */
	IKE_AUTHBY_RSA_SHA2_256 = 0x0008, /* these: method 14, RFC 7427 */
	IKE_AUTHBY_RSA_SHA2_384 = 0x0010,
	IKE_AUTHBY_RSA_SHA2_512 = 0x0020,
	IKE_AUTHBY_ECDSA_SHA2_256 = 0x0040,
	IKE_AUTHBY_ECDSA_SHA2_384 = 0x0080,
	IKE_AUTHBY_ECDSA_SHA2_512 = 0x0100,
	IKE_AUTHBY_EDDSA = 0x0200,
	IKE_AUTHBY_RSA = 0x0038,
	IKE_AUTHBY_ECDSA = 0x01c0,
	IKE_AUTHBY_RFC7427 = 0x03f8,
};

/*
 * What the kernel has for the packets of a routed conn while there is no tunnel. TRAP: they are held, and
 * ike_acquire() is told.
 */
enum ike_shunt { IKE_SHUNT_TRAP, IKE_SHUNT_PASS, IKE_SHUNT_DROP, IKE_SHUNT_REJECT };

/* Whether a rekeyed Child SA has a key exchange of its own. PREFER: unless the peer wants none. */
enum ike_pfs { IKE_PFS_NO, IKE_PFS_PREFER, IKE_PFS_YES };

/*
 * What becomes of a conn whose peer is dead. UNSAID: tried again if it is wanted. HOLD: only packets bring it up
 * again. CLEAR: it is not wanted any more. RESTART: it is wanted from then on.
 */
enum ike_dpd { IKE_DPD_UNSAID, IKE_DPD_HOLD, IKE_DPD_CLEAR, IKE_DPD_RESTART };

/* Whether ESP goes in UDP: where there is a NAT, never, always. */
enum ike_encap { IKE_ENCAP_AUTO, IKE_ENCAP_NO, IKE_ENCAP_YES };

/*
 * Whether large messages are cut, where the peer takes fragments (RFC 7383). FORCE: into packets that every path
 * carries, of 576 bytes with IPv4.
 */
enum ike_frag { IKE_FRAG_YES, IKE_FRAG_NO, IKE_FRAG_FORCE };

/* Post-quantum pre-shared keys, RFC 8784. PROPOSE: where both have one. */
enum ike_ppk_policy { IKE_PPK_NO, IKE_PPK_PROPOSE, IKE_PPK_INSIST };

#define IKE_MAX_PPK 1024
#define IKE_MAX_PPK_ID 64

struct ike_ppk {
	uint16_t id_len, len;
	uint8_t id[IKE_MAX_PPK_ID];
	uint8_t key[IKE_MAX_PPK];
};

/*
 * Addresses that peers may ask for (RFC 7296 2.19), from the first to the last; family 0: none. Ranges of several
 * conns may overlap: no address is given away twice.
 */
struct ike_pool {
	struct ike_addr first, last;
};

/*
 * Which selectors a peer may have that says so itself (vhost:, vnet:): one host, or .nets, of one of .allow and of none of
 * .deny; or .host: itself.
 */
#define IKE_MAX_VIRTUAL 32

struct ike_virtual {
	bool on, nets, host;
	struct ike_ts allow[IKE_MAX_VIRTUAL], deny[IKE_MAX_VIRTUAL];
	unsigned int n_allow, n_deny;
};

#define IKE_MAX_DNS 8

/* A conn as the engine knows it; copied by ike_conn_add(). */
struct ike_conn_config {
	const char *name;
	struct ike_addr local;		/* port 500 */
	struct ike_addr remote;		/* family 0: any peer (answers only) */
	struct ike_id local_id;
	struct ike_id remote_id;	/* type 0: any; a name may have "*" in it */
	uint32_t auth_me, auth_peer;	/* IKE_AUTHBY_*; 0: IKE_AUTHBY_PSK */
	bool ask_cert;			/* the peer may need a certificate: CERTREQ goes out */
	uint8_t creds[32];		/* differs where keys, certificates or CAs of two conns do */
	struct ike_ts local_ts[IKE_MAX_TS];
	struct ike_ts remote_ts[IKE_MAX_TS];
	unsigned int n_local_ts, n_remote_ts; /* 0: the host itself */
	bool transport;			/* transport mode: the selectors must be of the hosts themselves */
	struct ike_proposal ike[IKE_MAX_PROPOSALS];
	struct ike_proposal esp[IKE_MAX_PROPOSALS];
	unsigned int n_ike, n_esp;
	uint32_t ike_lifetime;		/* seconds, 0: no limit */
	uint32_t sa_lifetime;		/* seconds, 0: no limit */
	uint64_t max_bytes, max_packets; /* of a Child SA, 0: no limit */
	bool no_rekey;			/* SAs end with their lifetime unless the peer rekeys them */
	bool reauth;			/* the IKE SA is made anew, with authentication, not rekeyed */
	uint32_t rekey_margin;		/* seconds before the end, 0: a tenth of the lifetime */
	uint32_t rekey_fuzz;		/* percent of the margin by which it is made longer at random */
	enum ike_pfs pfs;
	uint32_t dpd_delay;		/* seconds of silence after which the peer is asked, 0: default */
	enum ike_dpd dpd_action;
	uint32_t dpd_timeout;		/* seconds of silence after which it is gone, 0: after all repetitions */
	unsigned int keyingtries;	/* 0: for ever */
	enum ike_encap encap;
	bool mobike;			/* RFC 4555; tunnel mode only */
	enum ike_frag frag;
	enum ike_ppk_policy ppk;
	struct ike_pool pool;		/* of a conn for any peer: each gets one of these, and no packets but for that one */
	struct ike_virtual virt;	/* of a conn for any peer, without .remote_ts */
	struct ike_addr dns[IKE_MAX_DNS]; /* that peers are told who ask */
	unsigned int n_dns;
	bool ask_address;		/* we ask the peer for an address, and have only that one in the tunnel */
	enum ike_shunt negotiationshunt; /* while packets wait for it; TRAP: they are held */
	enum ike_shunt failureshunt;	/* after that failed, for a while; TRAP: they are refused */
};

/* What the engine calls; must not call back into it. */
struct ike_env {
	/* Fills @buf; the only source of randomness. */
	void (*random)(void *ctx, void *buf, size_t len);
	void *ctx;
	/*
	 * Fills @out with the PPK of the name @id that @conn has for these two, @id NULL: with its first; false: there is
	 * none. May be NULL. The engine wipes it.
	 */
	bool (*ppk)(void *ctx, const char *conn, const struct ike_id *me, const struct ike_id *peer, const uint8_t *id,
		    size_t id_len, struct ike_ppk *out);
	/* Somebody of whom this engine does not know, and who is not at @asker, has this address of a pool. May be NULL. */
	bool (*taken)(void *ctx, const struct ike_addr *addr, const struct ike_addr *asker);
	/* Of the tokens of RFC 6290: the same as before, whatever became of this engine; without .qcd there are none. */
	bool qcd;
	uint8_t qcd_secret[32];
	/* Retransmission: first wait and number of sendings, RFC 7296 2.1; 0: defaults. */
	unsigned int retransmit_ms;
	unsigned int retransmit_tries;
	/* Half-open IKE SAs from which cookies are asked for (RFC 7296 2.6); 0: default. */
	unsigned int cookie_threshold;
	/* Silence of a peer after which it is asked whether it lives (RFC 7296 2.4); 0: default. */
	unsigned int liveness_ms;
	/* First wait before an attempt is repeated, doubled up to five minutes; 0: default. */
	unsigned int retry_ms;
	/* How long a failure shunt stays; 0: default. */
	unsigned int shunt_ms;
	/* The same id from another address is another peer, and ends nothing. */
	bool shared_ids;
};

/* Best first, RFC 8247 and RFC 8221; number written, at most IKE_MAX_PROPOSALS. */
unsigned int ike_default_proposals(bool esp, struct ike_proposal *list);
#define IKE_PROPOSAL_TEXT 192
/* As in the esp= grammar: aes_gcm256-sha2_256-dh19-ke1_mlkem768, aes128-sha2_256. Returns @buf. */
char *ike_proposal_text(const struct ike_proposal *p, char buf[IKE_PROPOSAL_TEXT]);

/* NULL without memory. @env is copied. */
struct ike_engine *ike_engine_new(const struct ike_env *env);
void ike_engine_free(struct ike_engine *e);

/* ---- in ---- */

/*
 * What CERTREQ says from now on (RFC 7296 3.7): SHA-1 of the public keys of the CAs, 20 bytes each;
 * what does not fit is left out. 0 or -ENOMEM.
 */
int ike_set_cas(struct ike_engine *e, const uint8_t *hashes, size_t len);

/*
 * 0, -EEXIST (name taken), -EINVAL (contradictory), -ENOMEM. Of a conn for any peer each one that has authenticated gets an
 * instance, a conn of its own that is called NAME[1], NAME[2] ... in actions and in ike_conns(), and that ends with its SAs. Commands
 * take its name, too.
 */
int ike_conn_add(struct ike_engine *e, const struct ike_conn_config *config);
/* Ends its SAs (with DELETE to the peer) and forgets it: 0 or -ENOENT. */
int ike_conn_delete(struct ike_engine *e, const char *name, uint64_t now);
/* Wants it up: 0 (also where it is up already: an UP report follows), -ENOENT, -EDESTADDRREQ (any peer). */
int ike_conn_up(struct ike_engine *e, const char *name, uint64_t now);
/*
 * Its traffic goes by SAs that somebody else made: tries to bring it up, again and again, until it succeeds or is called with
 * @on false; afterwards it is as wanted as before. Nothing where it is up. 0, -ENOENT, -EDESTADDRREQ (any peer).
 */
int ike_conn_renew(struct ike_engine *e, const char *name, bool on, uint64_t now);
/* Rekeys the Child SA, or the IKE SA, now: 0, -ENOENT, -ENOTCONN (it is not up), -EBUSY (under way). */
int ike_conn_rekey(struct ike_engine *e, const char *name, bool ike, uint64_t now);
/* The kernel says that an SA of ours, either way, nears its end (RFC 2367 3.1.8, soft): 0 or -ENOENT. */
int ike_child_expires(struct ike_engine *e, const uint8_t spi[4], uint64_t now);
/* Wants it, and all instances of it, down, with DELETE to the peers: 0 or -ENOENT. */
int ike_conn_down(struct ike_engine *e, const char *name, uint64_t now);

/*
 * This host has another address: @config is of a conn that is loaded, as it is now. If it is up by MOBIKE (RFC 4555) its
 * tunnel goes on from there: 0. -ENOENT, -ENOTCONN (it is not up), -EOPNOTSUPP (without MOBIKE, or it has no subnet of its
 * own), -EPERM (the peer began the IKE SA, so only it may move): then it is as it was, and has to be loaded anew.
 */
int ike_conn_moved(struct ike_engine *e, const struct ike_conn_config *config, uint64_t now);

/*
 * Conns on demand. The caller has installed the trap when it calls ike_conn_route(), and removes it
 * after ike_conn_unroute(). Between the two IKE_SHUNT says what stands in its place.
 */

/* 0 (also where it is routed already), -ENOENT, -EDESTADDRREQ (any peer). */
int ike_conn_route(struct ike_engine *e, const char *name, uint64_t now);
/* Ends what packets asked for: 0, -ENOENT or -EBUSY (it is up). */
int ike_conn_unroute(struct ike_engine *e, const char *name, uint64_t now);

/* A packet that met a trap and is held. */
struct ike_acquire {
	uint32_t seq;			/* names the hold; IKE_REFUSE brings it back */
	struct ike_ts local, remote;	/* one address each; protocol 0, all ports: not known */
};

enum ike_acquired {
	IKE_ACQ_STARTED,		/* it brings the conn up */
	IKE_ACQ_DUPLICATE,		/* an attempt is under way, or it has come up meanwhile */
	IKE_ACQ_REFUSED,		/* IKE_REFUSE says why */
	IKE_ACQ_UNMATCHED,		/* no such conn is routed; IKE_REFUSE with ENOENT */
	IKE_ACQ_KINDS
};

/* @name: the conn whose trap it was, NULL: nobody's. */
enum ike_acquired ike_acquire(struct ike_engine *e, const char *name, const struct ike_acquire *a,
			      uint64_t now);
/* How many there were of each kind. */
void ike_acquires(const struct ike_engine *e, uint64_t counts[IKE_ACQ_KINDS]);

/* A datagram that arrived from @remote at @local; the non-ESP marker of port 4500 is already off. */
void ike_packet(struct ike_engine *e, uint64_t now, const struct ike_addr *local,
		const struct ike_addr *remote, const uint8_t *data, size_t len);

/*
 * The kernel has an authenticated packet of the Child SA with @spi_in that came, in UDP, from @remote (PF_KEY
 * NEW_MAPPING). IKE_MOVE follows if that is to be believed: 0 or -ENOENT.
 */
int ike_mapping(struct ike_engine *e, uint64_t now, const uint8_t spi_in[4], const struct ike_addr *remote);

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
	IKE_KE_ANSWER,
	IKE_AUTH_MAKE,
	IKE_AUTH_CHECK,
	IKE_GETSPI,
	IKE_INSTALL,
	IKE_REMOVE,			/* no result */
	IKE_DH_FORGET,			/* no result: the private value is not needed any more */
	IKE_SHUNT,			/* no result: what the routed conn has where no tunnel is */
	IKE_REFUSE,			/* no result: the packets of a hold are not wanted any more */
	IKE_LOOK,			/* request: packets of a Child SA so far: in and out, each uint64_t of the host */
	IKE_TAKEOVER,			/* no result: a Child SA that was installed .inbound_only gets eroute and route */
	IKE_MOVE,			/* no result: a Child SA has other addresses or ports, or is in UDP now, or no more */
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
 *
 * With .inbound_only the peer does not take packets through it yet (RFC 7296 2.8): both SAs are made, but
 * eroute and route stay with .replaces until the IKE_TAKEOVER. If the one that has them is
 * removed, the one that had them before and still stands gets them back.
 */
struct ike_child {
	const char *conn;
	struct ike_id peer_id;		/* as it proved it; type 0: not said */
	uint32_t child;			/* serial number, names it for IKE_REMOVE */
	uint32_t replaces;		/* serial of the Child SA it takes over from, 0: none */
	struct ike_addr local, remote;	/* outer addresses; ports with encapsulation */
	struct ike_addr named;		/* .local when IKE_GETSPI was asked: in the kernel's name of the inbound SA */
	struct ike_addr named_peer;	/* .remote when it was installed: in that of the outbound SA */
	bool transport;			/* transport mode */
	bool encap;			/* ESP in UDP */
	bool keepalive;			/* a NAT is in front of us and has to be kept awake */
	bool initiator;
	bool inbound_only;		/* see above */
	struct ike_proposal alg;
	uint8_t spi_in[4], spi_out[4];
	uint8_t key_in[128], key_out[128]; /* encryption key (AEAD: with salt), then integrity key */
	uint16_t encr_len, integ_len;	/* bytes of each */
	struct ike_ts local_ts[IKE_MAX_TS], remote_ts[IKE_MAX_TS];
	unsigned int n_local_ts, n_remote_ts;
	struct ike_addr lease;		/* that the peer gave us, family 0: none */
	struct ike_addr dns[IKE_MAX_DNS]; /* name servers that it named */
	unsigned int n_dns;
	uint32_t lifetime;		/* seconds */
	uint64_t max_bytes, max_packets; /* 0: no limit; ike_child_expires() is to be called before */
};

#define IKE_MAX_DH 1024			/* bytes of a public value or shared secret */
#define IKE_MAX_KE 1568			/* of what goes over the wire in a key exchange of any kind */
#define IKE_MAX_AUTH 64			/* with a pre-shared key */
#define IKE_MAX_CERTS 8			/* CERT payloads that are looked at */
#define IKE_MAX_CERT 8192		/* bytes of one */

struct ike_bytes {
	const uint8_t *p;
	size_t len;
};

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
		struct {		/* an additional key exchange as responder: all of it at once */
			uint16_t group;
			uint8_t seed[64]; /* random: all that is drawn is made of it */
			const uint8_t *peer;
			size_t len;
		} ke_answer;
		struct {
			uint32_t key;
		} dh_forget;
		struct {		/* RFC 7296 2.15: octets to sign */
			const struct ike_id *me, *peer; /* MAKE as initiator: peer of type 0 if the conn takes any */
			uint16_t prf;
			uint32_t allowed; /* IKE_AUTHBY_* of who makes it */
			const uint8_t *octets;
			size_t len;
			uint32_t hashes; /* MAKE: a bit for each number of the peer's SIGNATURE_HASH_ALGORITHMS */
			bool cert_asked; /* MAKE: the peer sent CERTREQ */
			const uint8_t *null_key; /* RFC 7619 2.1: in place of a secret, IKE_AUTHBY_NULL only */
			size_t null_len;
			uint8_t method;	/* CHECK: what the peer sent */
			const uint8_t *auth;
			size_t auth_len;
			struct ike_bytes certs[IKE_MAX_CERTS]; /* CHECK: X.509, its own first */
			unsigned int n_certs;
		} auth;
		struct {
			struct ike_addr local, remote;
		} getspi;
		enum ike_shunt shunt;
		struct {
			uint32_t seq;
			int error;	/* a positive errno */
		} refuse;
		const struct ike_child *install;
		uint32_t takeover, look; /* serial of the Child SA */
		struct {
			uint32_t child;
			struct ike_addr local, remote; /* as in struct ike_child */
			bool encap, keepalive;
		} move;
		struct {
			const char *conn;
			uint32_t child;
			uint8_t spi_in[4], spi_out[4]; /* spi_out 0: was never installed */
			struct ike_addr local;
		} remove;
	};
};

/* The next action, or NULL. It and what it points to are valid until the next call into the engine. */
const struct ike_action *ike_next_action(struct ike_engine *e);

/*
 * The result of request @id. @error: 0, or -errno (ENOENT: no secret, EKEYREJECTED: AUTH is
 * wrong). Data: DH_GENERATE the public value, DH_SHARED the secret, KE_ANSWER
 * what goes to the peer and behind it the secret, AUTH_MAKE a struct of bytes that
 * ike_made_put() writes, GETSPI 4 bytes, LOOK 16 bytes; else none; with an error of AUTH_MAKE and AUTH_CHECK a line of text
 * that says more, without a zero at its end, or nothing. Results of requests that nobody waits for any
 * more must come too: the engine then gives back what was made (IKE_REMOVE, IKE_DH_FORGET).
 */
void ike_result(struct ike_engine *e, uint64_t now, uint32_t id, int error,
		const uint8_t *data, size_t len);

/*
 * Writes what AUTH_MAKE made: the AUTH method, its data, and the certificates that go with it. The
 * number of bytes; 0: @size is too small, or there is too much.
 */
size_t ike_made_put(uint8_t *buf, size_t size, uint8_t method, const uint8_t *auth, size_t auth_len,
		    const struct ike_bytes *certs, unsigned int n_certs);

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
	struct ike_addr named, named_peer; /* the addresses in the names of these SAs */
	bool routed;			/* on demand */
	bool asked_for;			/* by packets that wait now */
	enum ike_shunt shunt;		/* routed: what is where no tunnel is */
	uint64_t shunt_until;		/* of a failure shunt, 0: it is none */
	/* The conn for any peer of which this is an instance, for one of them; NULL: it is none. */
	const char *of;
	unsigned int instance;		/* its number */
	struct ike_addr peer;		/* family 0: not known */
	struct ike_id peer_id;
	struct ike_ts client;		/* the first selector of its side; family 0: none */
	struct ike_addr lease;		/* that this peer has of us, or we have of it; family 0: none */
	struct ike_addr dns[IKE_MAX_DNS]; /* that came with it */
	unsigned int n_dns;
	const char *story;		/* what it is doing, for people: "sent IKE_AUTH, waiting for the answer" */
};

/* Calls @fn for every conn, by name. */
void ike_conns(const struct ike_engine *e, void (*fn)(void *ctx, const struct ike_conn_info *info),
	       void *ctx);

#endif
