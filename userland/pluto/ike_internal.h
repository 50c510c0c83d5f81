/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the engine share. Ownership: the engine owns conns and IKE SAs; an IKE
 * SA owns its Child SA, its branches (ike_branch.h) and its one outstanding request. An IKE SA that ends goes to the
 * graveyard and is freed when the call into the engine returns, so no handler is left
 * with a pointer to freed memory.
 */
#ifndef PLUTO_IKE_INTERNAL_H
#define PLUTO_IKE_INTERNAL_H

#include <syslog.h>

#include "ike_crypto.h"
#include "ike_payload.h"
#include "ike_proposal.h"
#include "ike_text.h"

#define IKE_RETRANSMIT_MS 1000		/* 1, 2, 4, 8, 16 s: a silent peer is reported after 31 s */
#define IKE_RETRANSMIT_TRIES 5
#define IKE_COOKIE_THRESHOLD 32
#define IKE_LIVENESS_MS 60000
#define IKE_RETRY_MS 5000
#define IKE_RETRY_MAX_MS 300000
#define IKE_MAX_HALF_OPEN 1000
#define IKE_HINT_MS 1000		/* how long something better than a refusal in the clear may take */
#define IKE_CHILDLESS_MS 10000		/* an IKE SA without a Child SA is of no use longer */
#define IKE_REKEY_AGAIN_MS 5000		/* after a rekeying that failed for the moment */
#define IKE_TURN_MS 300		/* until another conn of the IKE SA may be done */
#define IKE_MAX_SPARES 8		/* Child SAs of an IKE SA besides the one in use */
#define IKE_LAST_ID 0xffff0000u		/* message ids: what is left is for DELETE */
#define IKE_REKEY_ID 0x80000000u	/* from here on the IKE SA is rekeyed */
#define IKE_PATIENCE_MS 60000		/* for results of requests */
#define IKE_LINGER_MS 30000		/* how long the peer may take to delete what it superseded */
#define IKE_SHUNT_MS 900000		/* SHUNT_PATIENCE of old */
#define IKE_DEAF_MS 1000		/* refusing what asks again after a failure: 1, 2, 4 ... s, */
#define IKE_DEAF_DOUBLINGS 6		/* to 64 s, as the kernel waits */
#define IKE_MAX_HOLDS 64		/* of a conn whose answer is kept in mind; more ask again */
#define IKE_MAX_RESTARTS 4		/* cookies and other groups in one attempt */
#define IKE_NONCE_LEN 32
#define IKE_MAX_NONCE 256
#define IKE_MAX_ID_BODY (4 + 256)	/* of an ID payload: type, reserved, struct ike_id's data */
#define IKE_MAX_MESSAGE 16384		/* that we write; certificates are long */
#define IKE_MAX_CAS 40			/* that CERTREQ names */
#define QCD_MIN 16			/* bytes of a token, RFC 6290 4.1 */
#define QCD_MAX 128
#define IKE_MAX_FRAGMENTS 64		/* of one message */
#define IKE_MAX_GATHERED 65535		/* bytes in them: no message in one piece is longer */

/* ---- timers (ike_heap.c) ---- */

struct timer {
	uint64_t at;
	size_t slot;			/* place in the heap + 1, 0: not set */
	void (*fn)(void *owner);
	void *owner;
};

struct heap {
	struct timer **list;
	size_t n, room, reserved;
};

/* Room for @n more timers: 0 or -ENOMEM; after that setting one cannot fail. */
int heap_reserve(struct heap *h, size_t n);
void heap_release(struct heap *h, size_t n);
void timer_set(struct heap *h, struct timer *t, uint64_t at);
void timer_clear(struct heap *h, struct timer *t);

/* ---- actions and requests (ike_action.c) ---- */

struct act {
	struct act *next;
	size_t size;			/* of the whole block, to wipe it */
	struct ike_action a;
	_Alignas(16) uint8_t extra[];	/* what the action points to */
};

struct ike_sa;
struct ike_conn;
struct xchg;
struct spare;

/* A request that has gone out. */
struct req {
	struct req *next;
	uint32_t id;
	enum ike_action_kind kind;
	struct ike_sa *sa;		/* who waits: an IKE SA, or */
	struct xchg *x;			/* a CREATE_CHILD_SA; both NULL: nobody any more */
	struct ike_conn *conn;		/* IKE_INSTALL: holds a reference */
	struct act *remove;		/* what gives back the SPI when nobody waits */
};

/* ---- IKE SAs ---- */

/*
 * X(state, story). I: we began it, R: the peer did. The order within each side is that of the
 * exchanges.
 */
#define SA_STATES(X) \
	X(I_DH, "making a Diffie-Hellman key") \
	X(I_INIT, "sent IKE_SA_INIT, waiting for the answer") \
	X(I_SHARED, "computing the Diffie-Hellman secret") \
	X(I_KE_DH, "making a key for an additional key exchange") \
	X(I_KE, "sent IKE_INTERMEDIATE, waiting for the answer") \
	X(I_KE_SHARED, "computing the secret of an additional key exchange") \
	X(I_GETSPI, "asking the kernel for an SPI") \
	X(I_MAKE, "making AUTH") \
	X(I_AUTH, "sent IKE_AUTH, waiting for the answer") \
	X(I_CHECK, "checking the peer's AUTH") \
	X(I_INSTALL, "installing the Child SA") \
	X(R_DH, "making a Diffie-Hellman key") \
	X(R_INIT, "answered IKE_SA_INIT, waiting for IKE_AUTH") \
	X(R_SHARED, "computing the Diffie-Hellman secret") \
	X(R_KE, "working on an additional key exchange") \
	X(R_CHECK, "checking the peer's AUTH") \
	X(R_GETSPI, "asking the kernel for an SPI") \
	X(R_MAKE, "making AUTH") \
	X(R_INSTALL, "installing the Child SA") \
	X(UP, "established") \
	X(DELETING, "sent DELETE, waiting for the answer") \
	X(DEAD, "ended, answers repetitions only") \
	X(EMBRYO, "made by a rekeying that is under way")

#define SA_STATE_ENUM(state, story) SA_##state,
enum sa_state { SA_STATES(SA_STATE_ENUM) SA_N_STATES };

struct ike_keys {
	bool ready;
	uint8_t d[IKE_MAX_PRF];
	uint8_t a[2][IKE_MAX_PRF];	/* [0]: of the initiator, [1]: of the responder */
	uint8_t e[2][64];
	uint8_t p[2][IKE_MAX_PRF];
};

/* Our request that waits for its answer. */
struct outgoing {
	uint8_t *data;			/* one message, or its fragments one after the other; NULL: none */
	size_t len;
	uint32_t id;
	uint8_t exchange;
	bool is_delete;
	bool is_child_delete;		/* of the spares that have .delete_sent */
	bool is_update, is_probe;	/* RFC 4555 */
	unsigned int sent;		/* times */
	uint64_t wait;			/* ms until the next time */
	uint64_t first;			/* when it was sent first */
};

/* Message ids and the answer that is kept for repetitions. Window 1, RFC 7296 2.3. */
struct incoming {
	uint32_t next;			/* id of the request to come */
	bool pending;			/* it has come, and the answer is being made */
	uint8_t exchange;		/* of which it is */
	uint8_t hash[32];		/* of the last request */
	uint8_t *reply;			/* what answered it: one message, or its fragments one after the other */
	size_t reply_len;
	size_t piece;			/* bytes of the longest fragment in which it came, 0: it was whole */
	struct ike_addr local, remote;	/* where it arrived: the answer goes there */
};

struct child {
	struct ike_child c;
	bool wanted;			/* agreed on with the peer */
	bool have_spi;
	bool installed;
	bool stale;			/* the addresses changed before it was */
	struct act *remove;		/* ready since before IKE_GETSPI, so giving back cannot fail */
	struct act *takeover;		/* the same for what the peer rekeyed */
	uint64_t rekey_at, expires;	/* 0: never */
};

/* What beats() compares: of the first IKE SA of a line in which each was rekeyed into the next. */
struct line {
	bool initiator;
	uint16_t len;
	uint8_t nonce[IKE_MAX_NONCE];	/* the lower of its two */
};

/* NATs between the two. */
#define IKE_NAT_HERE	1		/* in front of us */
#define IKE_NAT_THERE	2		/* in front of the peer */
#define IKE_NAT_FORCED	4		/* none, but UDP is wanted */

#define IKE_NATT_PORT 4500

struct ike_sa {
	struct ike_engine *e;
	struct ike_conn *conn;		/* NULL: responder that does not know yet */
	struct ike_sa *conn_next;
	struct ike_sa *trunk;		/* of a branch (ike_branch.h), NULL: it is an IKE SA itself */
	struct ike_sa *branches, *branch_next;
	struct ike_sa *spi_next, *peer_next, *all_next, **all_prev;
	enum sa_state state;
	bool initiator;
	bool half_open;			/* counted as such */
	bool doomed;			/* to be deleted when IKE_AUTH is answered */
	bool superseded;		/* another one has its traffic; the peer will delete it */
	bool initial_contact;		/* the peer said that it has no other */
	bool send_auth_failed, send_delete, send_liveness;
	bool send_update, send_probe;	/* RFC 4555: our addresses; whether the peer is at its own */
	bool mobike;			/* both have it */
	bool leads;			/* we began the first IKE SA of its line: moving is for us */
	bool peer_mobike;		/* responder, until IKE_AUTH is answered */
	uint8_t probe[16];		/* COOKIE2 that was sent */
	uint8_t seen[20];		/* how the peer sees us: its last NAT_DETECTION_DESTINATION_IP, */
	bool seen_set;			/* if any */
	uint8_t eaten;			/* looks at the Child SA that found packets out, and none in */
	uint32_t serial;
	uint64_t born, up;		/* order of events, not time */
	uint64_t up_at;			/* time */
	struct line line;
	uint64_t heard;			/* when the peer last proved that it lives */
	uint32_t looked_at;		/* Child SA whose packets were counted last */
	uint64_t looked;		/* how many had come in by it */

	uint8_t spi_i[IKE_SPI_LEN], spi_r[IKE_SPI_LEN];
	struct ike_addr local, remote;
	struct ike_addr home;		/* .remote when the peer was authenticated: conns are found by it */
	enum ike_encap encap;		/* responder: what IKE_SA_INIT said */
	uint8_t nat;			/* IKE_NAT_*, as IKE_SA_INIT found it */
	struct ike_proposal alg;
	uint16_t group;			/* of the DH value that we made */
	uint32_t dh_key;		/* id of the private value, 0: none */
	uint8_t *peer_ke;
	size_t peer_ke_len;
	uint8_t nonce[2][IKE_MAX_NONCE]; /* [0]: Ni */
	uint16_t nonce_len[2];
	uint8_t *msg[2];		/* the IKE_SA_INIT messages, until AUTH is done */
	size_t msg_len[2];
	uint8_t init_hash[32];		/* responder: of the IKE_SA_INIT request */
	uint8_t cookie[64];
	uint8_t cookie_len;
	uint8_t restarts;
	uint8_t inter_done;		/* IKE_INTERMEDIATE exchanges that are over, */
	uint8_t int_auth[2][IKE_MAX_PRF]; /* and what AUTH covers of them: [0]: the initiator's messages */
	struct ike_keys keys;
	struct {			/* of the peer, until its last IKE_INTERMEDIATE was answered */
		uint8_t e[64], a[IKE_MAX_PRF];
	} before;
	uint64_t iv;			/* counter, never repeats */

	struct outgoing out;
	uint32_t out_next;
	struct incoming in;
	bool frag;			/* both take fragments, RFC 7383 */
	struct gathered *gathered[2];	/* of a message that is not complete; [1]: of an answer */
	struct req *req;
	uint8_t *inner;			/* IKE_AUTH request: what was inside, while it is worked on */
	size_t inner_len;
	uint8_t inner_first;
	uint8_t *parked;		/* IKE_AUTH or IKE_INTERMEDIATE request, or fragments of it, that waits for the keys, encrypted */
	size_t parked_len;
	struct ike_addr parked_local, parked_remote;

	uint8_t qcd[QCD_MAX];		/* the peer's token */
	uint8_t qcd_len;
	bool send_qcd;			/* ours, of a rekeyed IKE SA */
	bool peer_ppk;			/* both know of PPKs */
	bool ppk_used;			/* responder: one is in the keys */
	struct ppk *ppk;		/* ike_ppk.c, until AUTH is done */
	struct ike_id peer_id;
	uint32_t peer_hashes;		/* a bit for each number of SIGNATURE_HASH_ALGORITHMS */
	bool cert_asked;		/* the peer sent CERTREQ */
	uint8_t offer;			/* number of the peer's ESP proposal that was chosen */
	uint16_t child_error;		/* notify that goes, or came, instead of a Child SA */
	bool cp_asked;			/* responder: the peer asked for an address */
	struct ike_cp *given;		/* initiator: what the peer gave, until AUTH is checked */
	struct child child;
	struct spare *spares;
	struct xchg *x_i, *x_r;		/* that we began, that the peer began */
	uint32_t heir_of;		/* serial of the IKE SA whose Child SAs may come here, 0: of none */
	uint16_t hint;			/* error notify that came in the clear */
	bool hint_final;		/* the attempt ends unless something better comes soon */

	struct timer t_send;		/* retransmission */
	struct timer t_state;		/* patience, liveness */
	struct timer t_life;		/* lifetime */
	struct timer t_child;		/* of Child SAs: rekeying, ends, takeovers, patience */
	uint64_t expires;		/* when it is over, 0: never */
};

static inline int sa_me(const struct ike_sa *sa)
{
	return sa->initiator ? 0 : 1;
}

static inline int sa_peer(const struct ike_sa *sa)
{
	return sa->initiator ? 1 : 0;
}

static inline uint8_t *sa_my_spi(struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

/* ---- conns ---- */

/* A conn that packets bring up (ike_acquire.c). */
struct demand {
	bool routed;
	bool pending;			/* packets wait for an attempt that is under way or planned */
	enum ike_shunt shunt;		/* what is where no tunnel is */
	struct ike_ts local, remote;	/* of the packet that asked first */
	uint32_t holds[IKE_MAX_HOLDS];	/* that want an answer */
	unsigned int n_holds;
	unsigned int failures;		/* in a row */
	uint64_t deaf_until;
	struct timer t_shunt;		/* end of the failure shunt */
};

#define CONN_TIMERS 2

struct ike_conn {
	struct ike_engine *e;
	char *name;
	struct ike_conn_config cfg;
	unsigned int refs;		/* the engine's list, IKE SAs, requests */
	bool gone;			/* deleted; some IKE SA still says farewell */
	bool wanted;
	bool installing;		/* an IKE_INSTALL is under way */
	bool renew;			/* the current IKE SA nears its end; or there is none, see ike_conn_renew() */
	unsigned int tries;
	enum ike_reason last_reason;
	char *last_text;
	enum ike_conn_state state;
	uint64_t since;
	struct timer t_retry;
	struct ike_sa *sas;
	struct ike_sa *current;		/* whose Child SA carries the traffic */
	struct ike_sa *attempt;		/* that we began and that is not up yet */
	bool in_udp;			/* encapsulation=auto: plain ESP was eaten on the way */
	bool udp_trial;			/* the attempt under way is because of that */
	bool no_udp;			/* it could not be had */
	uint32_t refused_by;		/* serial of the IKE SA in which the peer wants none for it */
	struct demand demand;
	struct ike_conn *of;		/* it is an instance of this one (ike_instance.c) */
	unsigned int instance;		/* its number */
	unsigned int instances;		/* how many a template has had */
	struct lease *leased;		/* that the peer has of us (ike_pool.c), and */
	struct ike_addr lease;		/* which that is, or that we have of the peer */
	struct ike_addr dns[IKE_MAX_DNS]; /* that came with the latter */
	unsigned int n_dns;
	struct ike_proposal esp_pfs[IKE_MAX_PROPOSALS]; /* cfg.esp with the groups, for rekeying */
	unsigned int n_esp_pfs;
};

/* ---- the engine ---- */

#define IKE_BUCKETS 1024

/* At most some lines of a kind in ten seconds: strangers must not fill the log. */
struct limit {
	uint64_t start;
	unsigned int n;
};

struct ike_engine {
	struct ike_env env;
	uint64_t now;
	uint64_t seq;			/* order of events */
	uint32_t next_req, next_serial;
	struct heap heap;
	struct act *first, **last;	/* actions to come */
	struct act *current;		/* the one that was handed out */
	struct req *reqs[IKE_BUCKETS];
	struct ike_sa *by_spi[IKE_BUCKETS]; /* by our SPI */
	struct ike_sa *by_peer[IKE_BUCKETS]; /* responders, by the initiator's SPI */
	struct ike_sa *all, *graveyard;
	unsigned int half_open, n_sas;
	struct ike_conn **conns;	/* by name */
	unsigned int n_conns, conn_room;
	bool instance_ended;		/* one may be without an IKE SA */
	struct lease *leases[IKE_BUCKETS]; /* by address */
	unsigned int n_leases;
	uint8_t cookie_secret[2][32];	/* now, before */
	uint64_t cookie_since;		/* when the newer one was made */
	bool cookie_ready;
	struct limit log_limit, stranger_limit, qcd_limit;
	uint8_t *cas;			/* for CERTREQ */
	size_t cas_len;
	uint64_t acquires[IKE_ACQ_KINDS];
	uint8_t buf[2 * IKE_MAX_MESSAGE]; /* with what fragments need more */
	uint8_t inner[IKE_MAX_MESSAGE];
};

/* One datagram on its way through the engine. */
struct msg {
	struct ike_addr local, remote;
	struct ike_header h;
	struct view raw;
	struct ike_payloads outer;
	struct ike_payloads in;		/* inside SK, or the same as outer */
	struct view plain;		/* inside SK */
	uint8_t plain_first;
	uint16_t number, total;		/* of a fragment; total 0: it is none */
	bool hashed;			/* .hash is that of its first fragment */
	uint8_t hash[32];
};

/* ike_action.c */
struct act *act_new(enum ike_action_kind kind, struct ike_conn *conn, size_t extra);
void act_push(struct ike_engine *e, struct act *act);
void act_free(struct act *act);
void ike_send(struct ike_engine *e, const struct ike_addr *local, const struct ike_addr *remote,
	      const uint8_t *data, size_t len);
void ike_log(struct ike_engine *e, struct ike_conn *conn, int level, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* As ike_log(), but not more often than the log can bear: for what strangers can cause. */
void ike_log_limited(struct ike_engine *e, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool limit_ok(struct ike_engine *e, struct limit *l, unsigned int max);
void ike_report(struct ike_conn *conn, enum ike_report_kind kind, enum ike_reason reason,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Sends @act out as the request of @sa. */
int req_send(struct ike_sa *sa, struct act *act);
int x_send(struct xchg *x, struct act *act);
struct act *act_dh_generate(struct ike_engine *e, struct ike_conn *conn, uint16_t group);
struct act *act_dh_shared(struct ike_conn *conn, uint32_t key, const uint8_t *peer, size_t len);
/* An additional key exchange, all of it, with the peer's value @peer. */
struct act *act_ke_answer(struct ike_engine *e, struct ike_conn *conn, uint16_t group, struct view peer);
struct act *act_getspi(const struct ike_sa *sa);
struct act *act_install(struct ike_conn *conn, const struct ike_child *child);
/* What @r made is given back when its result comes. @child: whose it is, for IKE_GETSPI and IKE_INSTALL. */
void req_forsake(struct req *r, struct child *child);
void dh_forget_key(struct ike_engine *e, uint32_t key);
int req_dh_generate(struct ike_sa *sa);
int req_dh_shared(struct ike_sa *sa);
int req_getspi(struct ike_sa *sa);
int req_install(struct ike_sa *sa);
int req_auth_make(struct ike_sa *sa, const uint8_t *octets, size_t len);
/* @in: with the peer's AUTH and CERT payloads; @instead, if any, of the data of AUTH. */
int req_auth_check(struct ike_sa *sa, const uint8_t *octets, size_t len, const struct ike_payloads *in, struct view instead);
void req_orphan(struct ike_sa *sa);
void dh_forget(struct ike_sa *sa);
struct req *req_take(struct ike_engine *e, uint32_t id);
void req_free(struct req *r);
void req_result_unwanted(struct ike_engine *e, struct req *r, int error, const uint8_t *data,
			 size_t len);

/* ike_sa.c */
struct ike_sa *sa_new(struct ike_engine *e, bool initiator, const struct ike_addr *local,
		      const struct ike_addr *remote);
struct ike_sa *sa_new_branch(struct ike_engine *e);
void sa_attach(struct ike_sa *sa, struct ike_conn *conn);
/* From the conn that it has, in which it is neither current nor the attempt, to another one. */
void sa_move(struct ike_sa *sa, struct ike_conn *conn);
struct ike_sa *sa_by_spi(struct ike_engine *e, const uint8_t *spi);
void sa_index_peer(struct ike_sa *sa);
struct ike_sa *sa_by_init(struct ike_engine *e, const struct ike_addr *remote,
			  const uint8_t *spi_i, const uint8_t hash[32]);
void sa_set_state(struct ike_sa *sa, enum sa_state state);
void sa_not_half_open(struct ike_sa *sa);
/* Ends it without a word. */
void sa_drop(struct ike_sa *sa);
/* Ends it, but keeps the last answer for repetitions of the last request. */
void sa_bury(struct ike_sa *sa);
/* Ends it with DELETE to the peer, when keys are there and the window allows. */
void sa_close(struct ike_sa *sa);
/* Ends it as the conn's going down asks for, whatever state it is in. */
void sa_end(struct ike_sa *sa, uint16_t refuse);
void sa_free_graveyard(struct ike_engine *e);
void child_end(struct ike_sa *sa);
/* Gives back what @child has and wipes it. No request for it may be under way. */
void child_release(struct ike_engine *e, struct child *child);
void sa_wipe_init(struct ike_sa *sa);
const char *sa_story(enum sa_state state);
void *copy_bytes(const void *p, size_t len);

/* ike_send.c: encrypted messages, requests, answers */
struct ike_writer *sa_writer(struct ike_sa *sa, struct ike_writer *w);
int sa_request(struct ike_sa *sa, uint8_t exchange, struct ike_writer *inner);
int sa_transmit(struct ike_sa *sa, uint8_t exchange, uint32_t id, const uint8_t *data, size_t len);
void sa_answered(struct ike_sa *sa);
/* The request that waits for its answer, if any, once more and at once; it has all its repetitions again. */
void sa_retransmit(struct ike_sa *sa);
/* Answers the pending request and keeps the answer. */
int sa_reply(struct ike_sa *sa, uint8_t exchange, struct ike_writer *inner);
int sa_reply_notify(struct ike_sa *sa, uint8_t exchange, uint16_t type, const void *data, size_t len);
void sa_repeat_reply(struct ike_sa *sa, const struct msg *m);
/* Sends what waits: DELETE, liveness. */
void sa_send_next(struct ike_sa *sa);
int sa_open(struct ike_sa *sa, struct msg *m, uint8_t *plain);
/* With the keys that the responder had before it answered the last IKE_INTERMEDIATE. */
int sa_open_before(struct ike_sa *sa, struct msg *m, uint8_t *plain);
/* An answer in the clear to a message that belongs to no IKE SA. */
void send_clear_notify(struct ike_engine *e, const struct msg *m, uint16_t type, const void *data,
		       size_t len);
uint64_t retransmit_total(const struct ike_engine *e);

/* ike_keys.c */
int keys_ike(struct ike_sa *sa, const uint8_t *shared, size_t len);
/* RFC 9370 2.2.2: after an additional key exchange. */
int keys_more(struct ike_sa *sa, const uint8_t *shared, size_t len);
int keys_child(struct ike_sa *sa);
/* RFC 7296 2.17 and 2.18: of what @x makes. */
int keys_x_child(struct xchg *x);
int keys_x_ike(struct xchg *x);
/* RFC 7296 2.15: what @mine or the peer signs; @id is the body of the ID payload. Freed by the caller. */
uint8_t *auth_octets(struct ike_sa *sa, bool mine, struct view id, size_t *len);

/* ike_auth.c: what both sides of IKE_AUTH need */
/* The conn wants what is proved by method @method to be proved so. */
bool auth_method_ok(const struct ike_conn *conn, uint8_t method);
/* RFC 7619 2.2: who has no id can prove nothing. */
bool auth_id_ok(const struct ike_id *id, uint8_t method);
/* "a pre-shared key", "a signature": what the conn expects of its peer. */
const char *auth_expected(const struct ike_conn *conn);
/* Who was authenticated for @a may have @b as well: same ids, keys and CAs. */
bool auth_same(const struct ike_conn *a, const struct ike_conn *b);
void w_hashes(struct ike_writer *w, uint32_t allowed);
void w_certreq(struct ike_writer *w, const struct ike_engine *e);
/* SIGNATURE_HASH_ALGORITHMS and CERTREQ of the peer, from whatever message they are in. */
void auth_note(struct ike_sa *sa, const struct ike_payloads *in);
/* Writes CERT and AUTH from the result of IKE_AUTH_MAKE; false: it is not one. */
bool w_made_certs(struct ike_writer *w, const uint8_t *made, size_t len);
bool w_made_auth(struct ike_writer *w, const uint8_t *made, size_t len);
/* What of it stands in AUTH. */
bool auth_of_made(const uint8_t *made, size_t len, struct view *auth);
unsigned int auth_certs(const struct ike_payloads *in, struct view certs[IKE_MAX_CERTS]);
/* The text that came with an error, or @instead. */
const char *auth_why(const uint8_t *data, size_t len, const char *instead, char *buf, size_t size);

/* ike_natt.c */
void w_natd(struct ike_writer *w, const uint8_t *spi_i, const uint8_t *spi_r,
	    const struct ike_addr *local, const struct ike_addr *remote, enum ike_encap encap);
/* The kernel has @child. */
void child_installed(struct ike_sa *sa, struct child *child);
/* What the payloads @in of @m say of NATs: IKE_NAT_*. */
uint8_t natt_look(const struct msg *m, const struct ike_payloads *in, enum ike_encap encap);
/* All Child SAs of the family go by the addresses, and UDP or not, of the IKE SA. False: no memory. */
bool natt_move_children(struct ike_sa *trunk);
/* What the peer's IKE_SA_INIT message says of NATs, into sa->nat. */
void natt_detect(struct ike_sa *sa, const struct msg *m, enum ike_encap encap);
/* To port 4500, if there is a NAT, or MOBIKE wants it; @in: of the answer to IKE_SA_INIT. */
void natt_float(struct ike_sa *sa, const struct ike_payloads *in);
/* Whether ESP goes in UDP. */
bool natt_encap(const struct ike_sa *sa);
/* An authenticated packet has come from @remote: if a NAT may have done that, it is followed. */
void natt_moved(struct ike_sa *sa, const struct ike_addr *remote);

/* ike_init.c, ike_init_i.c, ike_init_r.c */
int cookie_make(struct ike_engine *e, const struct msg *m, struct view nonce, bool old,
		uint8_t cookie[32]);
bool cookie_valid(struct ike_engine *e, const struct msg *m, struct view nonce);
void init_start(struct ike_sa *sa);
void init_i_dh_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void init_i_response(struct ike_sa *sa, struct msg *m);
void init_r_request(struct ike_engine *e, struct msg *m);
void init_r_dh_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);

/* ike_auth_i.c, ike_auth_r.c */
void auth_i_shared_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
/* All key exchanges are over. */
void auth_i_begin(struct ike_sa *sa);
void auth_i_spi_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_i_made(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_i_response(struct ike_sa *sa, struct msg *m);
void auth_i_checked(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_i_install(struct ike_sa *sa);
void auth_i_installed(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_r_park(struct ike_sa *sa, struct msg *m);
void auth_r_shared_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_r_request(struct ike_sa *sa, struct msg *m);
void auth_r_checked(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_r_spi_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_r_made(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void auth_r_install(struct ike_sa *sa);
void auth_r_installed(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
/* Answers IKE_AUTH, or what came before it, with an error alone and ends the IKE SA. */
void auth_r_refuse(struct ike_sa *sa, uint16_t type);

/* ike_child.c */
int child_prepare(struct ike_sa *sa);
void child_limits(struct ike_child *c, const struct ike_conn_config *cfg);
void child_set_addresses(const struct ike_sa *sa, struct child *child);
/* Installs when its turn comes; false: another Child SA of the conn stands and stays. */
bool child_install(struct ike_sa *sa, int *error);
int nonce_cmp(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);
void child_install_ended(struct ike_conn *conn);
bool sa_same_peer(const struct ike_sa *a, const struct ike_sa *b);
/* The Child SA that @sa's would take over from, if it may; *beaten: it may not come at all. */
struct ike_sa *child_rival(struct ike_sa *sa, bool *beaten);

/* ike_info.c */
void info_request(struct ike_sa *sa, struct msg *m);
void info_response(struct ike_sa *sa, struct msg *m);

/* ike_dispatch.c */
void sa_receive(struct ike_sa *sa, struct msg *m);
void sa_result(struct ike_sa *sa, int error, const uint8_t *data, size_t len);

/* ike_engine.c: around every call into the engine */
void engine_enter(struct ike_engine *e, uint64_t now);
void engine_leave(struct ike_engine *e);

/* ike_conn.c */
void conn_get(struct ike_conn *conn);
void conn_put(struct ike_conn *conn);
struct ike_conn *conn_find(struct ike_engine *e, const char *name);
/* The next conn after @after that may talk from @local to @remote; exact peers before any. */
struct ike_conn *conn_by_addr(struct ike_engine *e, const struct ike_addr *local,
			      const struct ike_addr *remote, struct ike_conn *after);
bool conn_ids_match(const struct ike_conn *conn, const struct ike_id *peer, const struct ike_id *me);
unsigned int conn_ts(const struct ike_conn *conn, bool local, const struct ike_addr *host,
		     struct ike_ts *out);
void conn_sa_up(struct ike_sa *sa);
/* A Child SA that stood is gone. */
void conn_lost(struct ike_sa *sa, enum ike_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The attempt is over: one line, the report, the next try. The caller ends the IKE SA. */
void conn_failed(struct ike_sa *sa, enum ike_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void conn_touch(struct ike_conn *conn);
/* When the IKE SA is rekeyed or made anew, and when it ends. */
void sa_lifetime(struct ike_sa *sa);
/* @ms and up to a quarter more, so that two who failed together do not come back together. */
uint64_t engine_jitter(struct ike_engine *e, uint64_t ms);
uint64_t engine_random(struct ike_engine *e, uint64_t below);
void conn_progress(struct ike_sa *sa, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void conn_retry(void *owner);
/* Makes the tunnel of @sa anew, from IKE_SA_INIT on; false: only the peer could, whoever it is. */
bool conn_renew(struct ike_sa *sa);
void conns_free(struct ike_engine *e);

/* Ends what is under way for @conn and everything that stands, and stops wanting it. */
void conn_take_down(struct ike_conn *conn, uint16_t refuse);

/* ike_acquire.c */
void demand_init(struct ike_conn *conn);
/* Puts the packet that asked in front of the selectors of @c (RFC 7296 2.9). */
void demand_selectors(const struct ike_conn *conn, struct ike_child *c);
/* The attempt is over; goes on waiting where another one follows. */
void demand_failed(struct ike_conn *conn, enum ike_reason reason);
/* The tunnel stands: the kernel sends what it holds by itself. */
void demand_served(struct ike_conn *conn);
/* Nobody is waited for any more. */
void demand_cancel(struct ike_conn *conn);

/* ike_timers.c: what the timers of an IKE SA do */
void sa_send_timer(void *owner);
void sa_state_timer(void *owner);
void sa_life_timer(void *owner);
void sa_heard(struct ike_sa *sa);
void sa_looked(struct ike_sa *sa, int error, const uint8_t *data, size_t len);

#include "ike_create.h"
#include "ike_ext.h"
#include "ike_branch.h"
#include "ike_which.h"

#endif
