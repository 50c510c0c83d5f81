/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the ipsec command and pluto: one datagram of a SOCK_SEQPACKET socket is one
 * message, a struct ctl_head with the struct of its type behind it. A connection carries
 * one request and its answers, the last of which is CTL_DONE. Both programs are built of the same
 * tree; another CTL_VERSION is refused by name. All is in host byte order.
 */
#ifndef KLIPS_LIB_CONTROL_H
#define KLIPS_LIB_CONTROL_H

#include "conf.h"
#include "said.h"

#define CTL_MAGIC 0x4b4c4950u
#define CTL_VERSION 8
#define CTL_TEXT 1024			/* bytes, zero included */
#define CTL_MSG_MAX 16384
#define CTL_PATH "/run/pluto/pluto.ctl"

enum ctl_type {
	/* requests */
	CTL_ADD = 1,			/* struct conf_conn; -EEXIST where there is one */
	CTL_REPLACE,			/* struct conf_conn */
	CTL_DELETE,			/* struct ctl_name */
	CTL_UP,				/* struct ctl_name; answers come until it stands or failed */
	CTL_DOWN,			/* struct ctl_name */
	CTL_READY,			/* look at addresses and devices anew */
	CTL_REREAD,			/* ipsec.secrets */
	CTL_STATUS,			/* struct ctl_name, name "": all */
	CTL_LOADED,			/* all of ipsec.conf is: drop routes of other conns go */
	CTL_STOP,			/* struct ctl_stop */
	CTL_ROUTE,			/* struct ctl_name */
	CTL_UNROUTE,			/* struct ctl_name; -EBUSY: it is up */
	CTL_REKEY_CHILD,		/* struct ctl_name; -ENOTCONN: it is not up, -EBUSY: under way */
	CTL_REKEY_IKE,			/* the same */
	CTL_REREAD_TRUST,		/* CAs and CRLs */
	CTL_LIST,			/* struct ctl_list */
	/* answers */
	CTL_TEXT_LINE = 64,		/* struct ctl_text: a line for people */
	CTL_DAEMON,			/* struct ctl_daemon */
	CTL_IFACE,			/* struct ctl_iface */
	CTL_CONN,			/* struct ctl_conn */
	CTL_ITEM,			/* struct ctl_item */
	CTL_DONE,			/* struct ctl_done */
};

struct ctl_head {
	uint32_t magic;
	uint16_t version;
	uint16_t type;			/* enum ctl_type */
};

struct ctl_name {
	char name[CONF_NAME_MAX];
	uint8_t async;			/* CTL_UP: answer at once */
	uint8_t keep_closed;		/* CTL_DELETE: what it kept closed stays so until CTL_LOADED */
};

struct ctl_stop {
	uint8_t keep_routes;		/* the drop routes stay: it is started again soon */
};

/* In messages only the bytes up to the terminating zero are sent. */
struct ctl_text {
	uint8_t error;
	char text[CTL_TEXT];
};

/* How a request ended. */
struct ctl_done {
	int32_t err;			/* 0 or -errno: of the request itself */
	uint32_t reason;		/* enum ike_reason: why the conn is not up */
	char text[CTL_TEXT];		/* "" or one line */
};

struct ctl_daemon {
	char version[32];
	char stack[16];			/* klips, none */
	char secrets[256];		/* path */
	char libcrypto[64];		/* its name for itself */
	uint32_t mlkem;			/* and whether it has ML-KEM */
	uint32_t pid;
	uint32_t debug;			/* CONF_DEBUG_* */
	uint32_t n_secrets;
	uint32_t n_conns;
	uint32_t n_up;
	uint64_t uptime;		/* seconds */
	uint64_t acquires[4];		/* by enum ike_acquired: started, duplicate, refused, unmatched */
	uint64_t acquires_lost;		/* malformed, or too many at once */
};

struct ctl_iface {
	char virt[KLIPS_IFNAMSIZ];	/* "" without klips */
	char phys[KLIPS_IFNAMSIZ];
	struct ip_addr addr;
	uint16_t port;			/* host order */
};

/* What packets of a conn meet. */
enum ctl_routing {
	CTL_UNORIENTED,			/* this host is no end of it */
	CTL_UNROUTED,			/* nothing of it */
	CTL_PROSPECTIVE,		/* its trap, or its shunt */
	CTL_HOLD,			/* its trap, and it is being brought up */
	CTL_NEGOTIATION,		/* negotiationshunt= */
	CTL_FAILURE,			/* failureshunt= */
	CTL_TUNNEL,
	CTL_LOOPBACK,			/* exclude-lo: no packets ever come */
	CTL_N_ROUTINGS
};

enum ctl_state { CTL_IDLE, CTL_TRYING, CTL_ESTABLISHED, CTL_WAITING };

struct ctl_conn {
	struct conf_conn conf;
	uint8_t us;			/* 0 left, 1 right is this host; 2: neither */
	uint8_t state;			/* enum ctl_state */
	uint8_t routing;		/* enum ctl_routing */
	uint64_t shunt_left;		/* seconds of the failure shunt */
	struct ip_addr local, remote;	/* AF_UNSPEC: not known (yet) */
	struct ip_addr nexthop;		/* of the peer, AF_UNSPEC: on link or not known */
	struct ip_addr source;		/* of the gateway's own packets */
	char virt[KLIPS_IFNAMSIZ];	/* ipsecN of its eroutes, "" none */
	char phys[KLIPS_IFNAMSIZ];
	uint64_t since;			/* seconds in this state */
	uint64_t retry;			/* seconds to the next attempt; UINT64_MAX: none is planned */
	uint32_t tries;
	uint32_t reason;		/* enum ike_reason of the last failure */
	uint32_t ike_serial, child_serial;
	struct conf_proposal ike, esp;	/* in use; encr 0: none */
	struct said in, out;		/* spi 0: none */
	uint32_t instance;		/* number of the instance for one peer, 0: the conn itself */
	uint16_t peer_port;		/* of an instance: where its IKE comes from */
	struct conf_id peer_id;		/* of an instance: as it proved it */
	struct subnet client;		/* of an instance: the peer's, AF_UNSPEC: not known, or no prefix */
	struct ip_addr lease;		/* that the peer has of us, or we have of it; AF_UNSPEC: none */
	struct ip_addr dns[8];		/* name servers that came with ours */
	uint32_t n_dns;
	uint8_t adopted;		/* these are of an earlier pluto */
	uint8_t nameless;		/* an end's name has no address that is known; .failure says why */
	char failure[CTL_TEXT];		/* text of the last failure */
	char story[256];
};

/* What is listed, as bits; of an item one of them. */
enum {
	CTL_LIST_PUBKEYS = 1,		/* raw ones, of conns */
	CTL_LIST_CERTS = 2,		/* of conns */
	CTL_LIST_CACERTS = 4,
	CTL_LIST_CRLS = 8,
	CTL_LIST_ALL = 15,
};

struct ctl_list {
	uint8_t kinds;
};

struct ctl_item {
	uint8_t kind;			/* CTL_LIST_* */
	uint8_t end;			/* of .conn: 0 left, 1 right */
	uint8_t has_private;		/* ipsec.secrets has its private key */
	char conn[CONF_NAME_MAX];	/* that names it; "": none does */
	struct conf_id subject, issuer;	/* of PUBKEYS .subject is whose it is; type 0: none, or longer than an id can be */
	char serial[64];		/* hexadecimal; of a CRL its number; "": none */
	char key[32];			/* "2048 RSA"; "" of a CRL */
	char keyid[RSA_KEYID];		/* of PUBKEYS */
	int64_t from, until;		/* seconds since 1970 that it is good for; a CRL: when the next one is due. 0: not said */
	uint32_t revoked;		/* certificates in a CRL */
};

/* ---- the client's side: blocking ---- */

/* Connects and sends a request. The socket or -errno (-ECONNREFUSED, -ENOENT: pluto is not running). */
int ctl_request(const char *path, enum ctl_type type, const void *body, size_t len);

/*
 * Waits for the next answer: its type and @body (CTL_MSG_MAX bytes of room, zeroed behind what came), or
 * -errno: -EPIPE: pluto closed the connection, -EPROTO: another version of it.
 */
int ctl_answer(int fd, void *body);

/* ---- both sides ---- */

/* Bytes that are sent of a message of @type; structs that end in text without what is behind it. */
size_t ctl_body_len(enum ctl_type type, const void *body);

/* Whether @len bytes at @msg are a message of ours: its type, or -EPROTO, -EBADMSG. Text in it is terminated. */
int ctl_check(void *msg, size_t len);

#endif
