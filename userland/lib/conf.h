/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsec.conf, read into plain structs. One table of keywords (conf_keys.c) says what
 * exists, what it means and what is not built yet; nothing is parsed and then ignored.
 *
 * The structs hold no pointers: the ipsec command sends them to pluto as they are.
 */
#ifndef KLIPS_LIB_CONF_H
#define KLIPS_LIB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protoport.h"
#include "rsakey.h"
#include "subnet.h"

#define CONF_NAME_MAX 64		/* bytes of a conn's name, zero included */
#define CONF_HOST_NAME 254		/* bytes of a name in the DNS, zero included */
#define CONF_INSTANCE_MAX (CONF_NAME_MAX + 12) /* of an instance in pluto: with [NUMBER] behind it */
#define CONF_PATH_MAX 256		/* bytes, zero included */
#define CONF_PPKS_MAX 256		/* bytes of ppk-ids=, zero included */
#define CONF_PAIRS 16			/* of interfaces= */
#define CONF_LISTEN 8			/* addresses of listen= */
#define CONF_SUBNETS 16			/* of leftsubnets= */
#define CONF_VIRTUAL_TEXT 512		/* bytes of virtual-private=, zero included */
#define CONF_VHOST_TEXT 128		/* bytes of vhost:..., zero included */
#define CONF_VIRTUAL 16			/* networks in either */
#define CONF_POOL_NETS 128		/* subnets that make up the longest addresspool= */
#define CONF_CLOSED (2 * CONF_POOL_NETS) /* subnets of both ends that fail closed */
#define CONF_DNS 4			/* addresses of modecfgdns= */
#define CONF_PROPOSALS 16		/* after ike= or esp= is expanded; ESN may double them in pluto */

#define CONF_ADDKES 7			/* ke1_ to ke7_ of a proposal */

/* An IKE identity, RFC 7296 3.5; type 0: none was given. */
struct conf_id {
	uint8_t type;			/* CONF_ID_* */
	uint8_t pad;
	uint16_t len;
	uint8_t data[256];
};

enum {
	CONF_ID_NONE = 0,
	CONF_ID_IPV4 = 1,
	CONF_ID_FQDN = 2,
	CONF_ID_RFC822 = 3,
	CONF_ID_IPV6 = 5,
	CONF_ID_DN = 9,			/* DER; in ipsec.conf a part of it may be "*" */
	CONF_ID_KEY = 11,
	CONF_ID_NULL = 13,		/* nobody; RFC 7619 */
	CONF_ID_FROMCERT = 254,		/* leftid=%fromcert: as the certificate says */
	CONF_ID_ANY = 255,		/* %any, in ipsec.secrets only */
};

#define CONF_ID_TEXT 600		/* bytes of the longest text, zero included */

/* NULL, or what is wrong with @text (inventory: 1.2.3.4, @fqdn, user@fqdn, @#hex, @[text], C=AT, CN=x, @~hex). */
const char *conf_id_parse(const char *text, struct conf_id *id);
/* Writes it as it would be typed; "(none)" for none. Bytes that do not print become '?'. */
char *conf_id_format(const struct conf_id *id, char buf[CONF_ID_TEXT]);
bool conf_id_equal(const struct conf_id *a, const struct conf_id *b);
struct conf_id conf_id_of_addr(const struct ip_addr *addr);

/* One choice of algorithms by IANA transform numbers; the members of struct ike_proposal. */
struct conf_proposal {
	uint16_t encr, keylen, prf, integ, dh;
	uint16_t addke[CONF_ADDKES];	/* additional key exchanges, RFC 9370; 0: none in this place */
	uint8_t esn;
	uint8_t pad;
};

struct conf_proposals {
	uint32_t n;
	struct conf_proposal list[CONF_PROPOSALS];
};

/* ike= and esp= in libreswan's grammar: NULL or what is wrong. */
const char *conf_ike_parse(const char *text, struct conf_proposals *p);
const char *conf_esp_parse(const char *text, struct conf_proposals *p);

#define CONF_PROPOSAL_TEXT 192
/* aes_gcm256-sha2_512-dh19-ke1_mlkem768, aes128-sha2_256: what the parsers take. */
char *conf_proposal_format(const struct conf_proposal *p, char buf[CONF_PROPOSAL_TEXT]);

enum conf_host {
	CONF_HOST_NONE,			/* not given */
	CONF_HOST_ADDR,
	CONF_HOST_DEFAULTROUTE,		/* the source address of the default route */
	CONF_HOST_ANY,			/* whoever comes; answers only */
	CONF_HOST_DNS,			/* the address of a name */
};

enum conf_nexthop {
	CONF_NEXTHOP_NONE,		/* not given: as the kernel routes to the peer */
	CONF_NEXTHOP_ADDR,
	CONF_NEXTHOP_DIRECT,		/* the peer is on the link */
	CONF_NEXTHOP_DEFAULTROUTE,	/* the gateway of the default route */
};

/* authby=, leftauth=: what may prove who somebody is. */
enum {
	CONF_AUTHBY_SECRET = 0x0001,
	CONF_AUTHBY_NULL = 0x0002,	/* RFC 7619: nothing is proved; only alone */
	CONF_AUTHBY_RSA_SHA1 = 0x0004,	/* RFC 7296's own signature; only where it is named */
	CONF_AUTHBY_RSA_SHA2_256 = 0x0008,
	CONF_AUTHBY_RSA_SHA2_384 = 0x0010,
	CONF_AUTHBY_RSA_SHA2_512 = 0x0020,
	CONF_AUTHBY_ECDSA_SHA2_256 = 0x0040,
	CONF_AUTHBY_ECDSA_SHA2_384 = 0x0080,
	CONF_AUTHBY_ECDSA_SHA2_512 = 0x0100,
	CONF_AUTHBY_EDDSA = 0x0200,
	CONF_AUTHBY_NEVER = 0x8000,	/* of the other types */
	CONF_AUTHBY_RSA = 0x0038,	/* rsasig */
	CONF_AUTHBY_ECDSA = 0x01c0,
	CONF_AUTHBY_SIGNATURES = 0x03fc,
	CONF_AUTHBY_DEFAULT = 0x03f8,	/* where there is a key or a certificate */
};

enum conf_pubkey_kind {
	CONF_PUBKEY_UNSAID,
	CONF_PUBKEY_NONE,		/* %none */
	CONF_PUBKEY_CERT,		/* %cert: of the certificate */
	CONF_PUBKEY_RSA,		/* RFC 3110 */
};

struct conf_pubkey {
	uint8_t kind;			/* enum conf_pubkey_kind */
	uint16_t len;
	uint8_t data[RSA_BLOB_MAX];
};

enum conf_sendcert { CONF_SENDCERT_ALWAYS, CONF_SENDCERT_ASKED, CONF_SENDCERT_NEVER };

/* leftca=: a name that must be among those that issued the certificate. */
enum conf_ca_kind { CONF_CA_ANY, CONF_CA_SAME, CONF_CA_NAME };

struct conf_ca {
	uint8_t kind;			/* enum conf_ca_kind */
	struct conf_id name;
};

/* Addresses from one to another, both included; AF_UNSPEC: none. */
struct conf_range {
	struct ip_addr first, last;
};

/* left or right. */
struct conf_end {
	uint8_t host;			/* enum conf_host */
	uint8_t nexthop;		/* enum conf_nexthop */
	struct ip_addr addr;		/* CONF_HOST_ADDR; of CONF_HOST_DNS in pluto only, when it is known */
	char name[CONF_HOST_NAME];	/* CONF_HOST_DNS */
	struct ip_addr nexthop_addr;	/* CONF_NEXTHOP_ADDR */
	struct ip_addr sourceip;	/* AF_UNSPEC: none */
	struct subnet subnet;		/* AF_UNSPEC: the host itself */
	uint8_t n_subnets;		/* how many subnets= names; .subnet is one of them */
	struct protoport protoport;	/* protocol 0: any */
	struct conf_id id;		/* none: that of the certificate, else the address */
	struct conf_pubkey key, key2;	/* rsasigkey, rsasigkey2 */
	char cert[CONF_PATH_MAX];	/* of a file; "": none */
	uint8_t sendcert;		/* enum conf_sendcert */
	struct conf_ca ca;
	uint32_t auth;			/* CONF_AUTHBY_*; 0: as authby= says */
	char updown[CONF_PATH_MAX];	/* program and its arguments; "": none */
	char vhost[CONF_VHOST_TEXT];	/* "vhost:%priv,%no": in place of .subnet, "": none */
	struct conf_range pool;		/* that end, which is %any, gets an address of these */
	uint8_t cfgclient, cfgserver;	/* enum conf_bool: that end asks for an address, or gives one */
	struct ip_addr dns1, dns2;	/* of modecfgdns1=, modecfgdns2= with left or right in front */
};

/* A yes or no whose absence means: as it is. */
enum conf_bool { CONF_UNSAID, CONF_NO, CONF_YES };

enum conf_auto { CONF_AUTO_IGNORE, CONF_AUTO_ADD, CONF_AUTO_START, CONF_AUTO_ROUTE };

/* A tunnel, protection of two hosts alone, or a shunt: what becomes of the packets without any negotiation. */
enum conf_type { CONF_TUNNEL, CONF_PASSTHROUGH, CONF_DROP, CONF_REJECT, CONF_TRANSPORT };

/* What becomes of packets while there is no tunnel; HOLD: they stay with the trap. */
enum conf_shunt { CONF_SHUNT_HOLD, CONF_SHUNT_PASSTHROUGH, CONF_SHUNT_DROP, CONF_SHUNT_REJECT };

/* What becomes of a conn whose peer is dead. */
enum conf_dpd { CONF_DPD_UNSAID, CONF_DPD_HOLD, CONF_DPD_CLEAR, CONF_DPD_RESTART };

/* hostaddrfamily=, clientaddrfamily=. */
enum conf_family { CONF_FAMILY_UNSAID, CONF_FAMILY_IPV4, CONF_FAMILY_IPV6 };

enum conf_esn { CONF_ESN_EITHER, CONF_ESN_NO, CONF_ESN_YES };

/* Whether ESP goes in UDP: where there is a NAT, never, always. */
enum conf_encap { CONF_ENCAP_AUTO, CONF_ENCAP_NO, CONF_ENCAP_YES };

/* Whether large IKE messages are cut: where the peer takes fragments, never, into small ones. */
enum conf_frag { CONF_FRAG_YES, CONF_FRAG_NO, CONF_FRAG_FORCE };

/* Post-quantum pre-shared keys, RFC 8784: not, where both have one, or not without. */
enum conf_ppk { CONF_PPK_NO, CONF_PPK_PROPOSE, CONF_PPK_INSIST };

/*
 * Where leftsubnets= or rightsubnets= is said there is a conn for each pair, "NAME/1x2" for the first of left and the second
 * of right, and NAME is the alias of all of them. A pair of an IPv4 and an IPv6 subnet is none.
 */
struct conf_conn {
	char name[CONF_NAME_MAX];
	char alias[CONF_NAME_MAX];	/* "": it is no pair */
	uint8_t pairs[2];		/* how many there are of left and of right */
	uint16_t pairs_v6[2];		/* a bit for each of them that is IPv6 */
	struct conf_end end[2];		/* left, right */
	uint8_t startup;		/* enum conf_auto */
	uint8_t type;			/* enum conf_type */
	uint8_t hostfamily, clientfamily; /* enum conf_family: what the addresses have to be of */
	uint8_t failureshunt;		/* enum conf_shunt: after a negotiation that failed */
	uint8_t negotiationshunt;	/* enum conf_shunt: while one is under way */
	uint8_t encapsulation;		/* enum conf_encap */
	uint8_t esn;			/* enum conf_esn */
	uint8_t nat_keepalive;		/* enum conf_bool */
	uint8_t fragmentation;		/* enum conf_frag */
	uint8_t mobike;			/* enum conf_bool */
	uint8_t ppk;			/* enum conf_ppk */
	char ppk_ids[CONF_PPKS_MAX];	/* with commas between; "": any */
	uint32_t authby;		/* CONF_AUTHBY_*; 0: not given */
	uint32_t ikelifetime;		/* seconds */
	uint32_t salifetime;		/* seconds */
	uint8_t rekey, reauth, pfs;	/* enum conf_bool */
	uint8_t dpdaction;		/* enum conf_dpd */
	uint32_t rekeymargin;		/* seconds */
	uint32_t rekeyfuzz;		/* percent */
	uint64_t max_bytes, max_packets; /* of an IPsec SA, 0: no limit */
	uint32_t dpddelay, dpdtimeout;	/* seconds, 0: not said */
	uint32_t keyingtries;		/* 0: for ever */
	uint32_t mtu;			/* of the route, bytes, 0: that of the device */
	uint8_t mss;			/* 1: auto */
	uint8_t failclosed;		/* enum conf_bool */
	struct ip_addr dns[CONF_DNS];	/* name servers for whoever gets an address */
	struct ip_addr dns1, dns2;	/* the same, in the words of old */
	struct conf_proposals ike, esp;
};

/* It has SAs, which IKE makes; else it is a shunt. */
static inline bool conf_conn_negotiated(const struct conf_conn *conn)
{
	return conn->type == CONF_TUNNEL || conn->type == CONF_TRANSPORT;
}

/* It gets an address of the other end. */
static inline bool conf_end_lent(const struct conf_end *end)
{
	return end->pool.first.family || end->cfgclient == CONF_YES;
}

/* AF_INET or AF_INET6: of the two hosts, so of what ESP goes in. */
int conf_host_family(const struct conf_conn *conn);

/* The same of what goes through the tunnel, as @conn->end[@end] says it. */
int conf_client_family(const struct conf_conn *conn, unsigned int end);

enum conf_stack { CONF_STACK_KLIPS, CONF_STACK_NONE };

/* plutodebug= */
enum {
	CONF_DEBUG_CONTROL = 1,		/* what the IKE engine does */
	CONF_DEBUG_KERNEL = 2,		/* PF_KEY, devices, routes */
	CONF_DEBUG_PACKETS = 4,		/* one line a datagram */
	CONF_DEBUG_ALL = 7,
};

/* One of interfaces=: a device of ours and what lies under it. */
struct conf_pair {
	char virt[KLIPS_IFNAMSIZ];
	char phys[KLIPS_IFNAMSIZ];	/* "": the device of the default route */
};

struct conf_setup {
	uint32_t n_pairs;		/* 0: %none */
	struct conf_pair pairs[CONF_PAIRS];
	uint32_t n_listen;		/* 0: every address */
	struct ip_addr listen[CONF_LISTEN];
	uint8_t stack;			/* enum conf_stack */
	uint32_t debug;			/* CONF_DEBUG_* */
	uint8_t hidetos, fragicmp;	/* enum conf_bool */
	uint32_t overridemtu;		/* bytes, 0: as the devices under them say */
	uint32_t shuntlifetime;		/* seconds that failure shunts stay */
	uint32_t keep_alive;		/* seconds between packets that keep a NAT awake */
	uint8_t strictcrl, uniqueids;	/* enum conf_bool */
	char virtual_private[CONF_VIRTUAL_TEXT]; /* what %priv is; "": nothing */
	char logfile[CONF_PATH_MAX];	/* "": the journal, or syslog */
};

/* ---- the file ---- */

/* Gets every message, "FILE:LINE: what is wrong, what was expected"; @error: else a warning. */
typedef void (*conf_report_fn)(void *ctx, bool error, const char *text);

struct conf {
	struct conf_setup setup;
	struct conf_conn *conns;	/* by name; %default is not among them */
	unsigned int n_conns;		/* each pair of subnets is one */
	struct conf_source *source;	/* where everything stood */
};

/*
 * Reads @path and what it includes. 0 and @conf filled, to be ended by conf_free(); or
 * -errno with at least one error reported (-EINVAL: about what is in it) and nothing in @conf.
 */
int conf_load(struct conf *conf, const char *path, conf_report_fn report, void *ctx);
void conf_free(struct conf *conf);

/*
 * What can be made of a file that conf_load() refused, for who only wants to know what to keep in: conns without what
 * was wrong with them; auto= and failclosed= that are wrong count as start and yes. Reports nothing, fills no setup.
 * False: no memory.
 */
bool conf_salvage(struct conf *conf, const char *path);

/* Bytes of "road", of which "road[3]" is an instance; of any other name all of it. */
size_t conf_base_len(const char *name);

/* Networks, and what of them is not meant: %v4:10.0.0.0/8,%v4:!10.2.0.0/16. */
struct conf_nets {
	unsigned int n;
	struct subnet net[CONF_VIRTUAL];
	bool except[CONF_VIRTUAL];
};

/* Which client a peer may have that is %any: vhost:%priv,%no. */
struct conf_vhost {
	bool nets;			/* vnet: a network, too, not only a host */
	bool host;			/* %no: itself */
	bool all;			/* %all: any */
	bool priv;			/* %priv: of virtual-private= */
	struct conf_nets own;		/* %v4: of its own */
};

/* It can be a host's name in left=. */
bool conf_host_name_ok(const char *text);

/* NULL or what was expected. */
const char *conf_nets_parse(const char *text, struct conf_nets *nets);
const char *conf_vhost_parse(const char *text, struct conf_vhost *vhost);

/* Whether @conn is @name or one of its pairs. */
bool conf_named(const struct conf_conn *conn, const char *name);

/* @conn is one of the pairs of which @now is another one. */
bool conf_pair_of(const struct conf_conn *conn, const struct conf_conn *now);

/* Whether the subnets number @i of left and @j of right, from 0, are a pair of @conn: both are there and of one family. */
bool conf_pair_fits(const struct conf_conn *conn, unsigned int i, unsigned int j);

/* @conn is the last of its pairs, or none. */
bool conf_pair_last(const struct conf_conn *conn);

/* By name; case does not matter. NULL: none. */
const struct conf_conn *conf_find(const struct conf *conf, const char *name);

/*
 * Whether @conn can be loaded: both ends, authby and so on are there and fit together.
 * Done by conf_load() for every conn that is not auto=ignore.
 */
bool conf_check(const struct conf *conf, const struct conf_conn *conn,
		conf_report_fn report, void *ctx);

/* Its part about IPv4 and IPv6: NULL or what is wrong. */
const char *conf_family_wrong(const struct conf_conn *conn);

/* The same without a file, for whoever is handed a conn: NULL or what is wrong. */
const char *conf_conn_wrong(const struct conf_conn *conn);

/*
 * The classic exclude-lo: a conn that lets 127.0.0.0/8 through. Such packets never reach an ipsec
 * device, so there is nothing to be done for it.
 */
bool conf_conn_loopback(const struct conf_conn *conn);

/* ---- fail closed ---- */

/* Whether packets for the far client of @conn are dropped, and not routed elsewhere, while pluto has it loaded. */
bool conf_closed(const struct conf_conn *conn);

/* The same, but from before the network is up, so without pluto, too. */
bool conf_closed_at_boot(const struct conf_conn *conn);

/*
 * The networks of those packets, as far as they can be told without pluto: how many there are in @nets. Where nobody
 * knows which end is this host it is both: a route of the worst metric to a network behind this host harms nobody.
 */
unsigned int conf_closed_nets(const struct conf_conn *conn, bool (*is_local)(void *ctx, const struct ip_addr *addr),
			      void *ctx, struct subnet nets[CONF_CLOSED]);

/* Whether there is such a network behind @end, if it is the far one. */
bool conf_closed_end(const struct conf_end *end);

/* It is one that addresspool= can say: from an address to a higher one, and not too many between. */
bool conf_pool_ok(const struct conf_range *pool);

/* The networks that make up @pool and nothing else: how many. */
unsigned int conf_pool_nets(const struct conf_range *pool, struct subnet nets[CONF_POOL_NETS]);

/* The name servers that it says in whatever words: how many. */
unsigned int conf_conn_dns(const struct conf_conn *conn, struct ip_addr dns[CONF_DNS + 6]);

/* How @end (0, 1) proves who it is: CONF_AUTHBY_*, with what is not said filled in. 0: nothing says it. */
uint32_t conf_conn_auth(const struct conf_conn *conn, unsigned int end);

/* ---- the table of keywords ---- */

enum conf_section {
	CONF_SETUP,			/* config setup */
	CONF_CONN,			/* conn */
	CONF_END,			/* conn, with left or right in front */
};

enum conf_status {
	CONF_BUILT,
	CONF_OBSOLETE,			/* accepted with a warning that says why it does nothing */
	CONF_LATER,			/* refused with the reason, but for values that say what is done anyway */
};

struct conf_key {
	const char *name;		/* lower case; "" of CONF_END: left and right themselves */
	const char *aliases;		/* separated by blanks, or NULL */
	uint8_t section;		/* enum conf_section */
	uint8_t status;			/* enum conf_status */
	/* Parses @text into @field: NULL or what was expected. */
	const char *(*parse)(const char *text, void *field);
	uint16_t offset;		/* of the field in conf_setup, conf_conn or conf_end */
	const char *fallback;		/* text of the default, or NULL */
	const char *note;		/* BUILT: values; OBSOLETE: what to do instead; LATER: why not */
	const char *same;		/* LATER: values that are done anyway, separated by blanks */
	bool list;			/* may stand several times in a section */
};

extern const struct conf_key conf_keys[];
extern const unsigned int conf_n_keys;

/*
 * Finds @name of a section of kind @section (CONF_SETUP or CONF_CONN); @end becomes 0
 * (left), 1 (right) or, where it is of no end, 0. NULL: none.
 */
const struct conf_key *conf_key_find(const char *name, enum conf_section section,
				     unsigned int *end);

/* Whether @word is one of the blank-separated @words (may be NULL); case does not matter. */
bool conf_among(const char *words, const char *word);

/* The keyword most like @name, or NULL where none is near. */
const char *conf_key_similar(const char *name, enum conf_section section,
			     char buf[CONF_NAME_MAX]);

#endif
