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

#include "subnet.h"

#define CONF_NAME_MAX 64		/* bytes of a conn's name, zero included */
#define CONF_PATH_MAX 256		/* bytes, zero included */
#define CONF_PAIRS 16			/* of interfaces= */
#define CONF_LISTEN 8			/* addresses of listen= */
#define CONF_PROPOSALS 16		/* after ike= or esp= is expanded; as IKE_MAX_PROPOSALS */

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
	CONF_ID_KEY = 11,
	CONF_ID_ANY = 255,		/* %any, in ipsec.secrets only */
};

#define CONF_ID_TEXT 600		/* bytes of the longest text, zero included */

/* NULL, or what is wrong with @text (inventory: 1.2.3.4, @fqdn, user@fqdn, @#hex, @[text]). */
const char *conf_id_parse(const char *text, struct conf_id *id);
/* Writes it as it would be typed; "(none)" for none. Bytes that do not print become '?'. */
char *conf_id_format(const struct conf_id *id, char buf[CONF_ID_TEXT]);
bool conf_id_equal(const struct conf_id *a, const struct conf_id *b);
struct conf_id conf_id_of_addr(const struct ip_addr *addr);

/* One choice of algorithms by IANA transform numbers; the members of struct ike_proposal. */
struct conf_proposal {
	uint16_t encr, keylen, prf, integ, dh;
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

#define CONF_PROPOSAL_TEXT 64
/* aes_gcm256-sha2_512-dh19, aes128-sha2_256: what the parsers take. */
char *conf_proposal_format(const struct conf_proposal *p, char buf[CONF_PROPOSAL_TEXT]);

enum conf_host {
	CONF_HOST_NONE,			/* not given */
	CONF_HOST_ADDR,
	CONF_HOST_DEFAULTROUTE,		/* the source address of the default route */
	CONF_HOST_ANY,			/* whoever comes; answers only */
};

enum conf_nexthop {
	CONF_NEXTHOP_NONE,		/* not given: as the kernel routes to the peer */
	CONF_NEXTHOP_ADDR,
	CONF_NEXTHOP_DIRECT,		/* the peer is on the link */
	CONF_NEXTHOP_DEFAULTROUTE,	/* the gateway of the default route */
};

/* left or right. */
struct conf_end {
	uint8_t host;			/* enum conf_host */
	uint8_t nexthop;		/* enum conf_nexthop */
	struct ip_addr addr;		/* CONF_HOST_ADDR */
	struct ip_addr nexthop_addr;	/* CONF_NEXTHOP_ADDR */
	struct ip_addr sourceip;	/* AF_UNSPEC: none */
	struct subnet subnet;		/* AF_UNSPEC: the host itself */
	struct conf_id id;		/* none: the address */
};

enum conf_auto { CONF_AUTO_IGNORE, CONF_AUTO_ADD, CONF_AUTO_START };
enum conf_authby { CONF_AUTHBY_NONE, CONF_AUTHBY_SECRET };

struct conf_conn {
	char name[CONF_NAME_MAX];
	struct conf_end end[2];		/* left, right */
	uint8_t startup;		/* enum conf_auto */
	uint8_t authby;			/* enum conf_authby */
	uint8_t type;			/* 0: tunnel */
	uint32_t ikelifetime;		/* seconds */
	uint32_t salifetime;		/* seconds */
	uint32_t keyingtries;		/* 0: for ever */
	uint32_t mtu;			/* of the route, bytes, 0: that of the device */
	uint8_t mss;			/* 1: auto */
	struct conf_proposals ike, esp;
};

/* A yes or no whose absence means: as it is. */
enum conf_bool { CONF_UNSAID, CONF_NO, CONF_YES };

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
	char logfile[CONF_PATH_MAX];	/* "": the journal, or syslog */
};

/* ---- the file ---- */

/* Gets every message, "FILE:LINE: what is wrong, what was expected"; @error: else a warning. */
typedef void (*conf_report_fn)(void *ctx, bool error, const char *text);

struct conf {
	struct conf_setup setup;
	struct conf_conn *conns;	/* by name; %default is not among them */
	unsigned int n_conns;
	struct conf_source *source;	/* where everything stood */
};

/*
 * Reads @path and what it includes. 0 and @conf filled, to be ended by conf_free(); or
 * -errno with at least one error reported (-EINVAL: about what is in it) and nothing in @conf.
 */
int conf_load(struct conf *conf, const char *path, conf_report_fn report, void *ctx);
void conf_free(struct conf *conf);

/* By name; case does not matter. NULL: none. */
const struct conf_conn *conf_find(const struct conf *conf, const char *name);

/*
 * Whether @conn can be loaded: both ends, authby and so on are there and fit together.
 * Done by conf_load() for every conn that is not auto=ignore.
 */
bool conf_check(const struct conf *conf, const struct conf_conn *conn,
		conf_report_fn report, void *ctx);

/* The same without a file, for whoever is handed a conn: NULL or what is wrong. */
const char *conf_conn_wrong(const struct conf_conn *conn);

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
