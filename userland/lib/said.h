/* SPDX-License-Identifier: GPL-2.0 */
/* SAIDs: which SA, as text and as PF_KEY says it. */
#ifndef KLIPS_LIB_SAID_H
#define KLIPS_LIB_SAID_H

#include "addr.h"

/*
 * IPPROTO_* of the classic prefixes, and the one that has no protocol: int, the
 * shunts.
 */
#define SA_PROTO_INT 61

struct said {
	struct ip_addr dst;
	uint32_t spi;			/* network byte order */
	uint8_t proto;			/* IPPROTO_ESP, _AH, _COMP, _IPIP or SA_PROTO_INT */
};

#define SAID_TEXT 72		/* bytes of the longest text, zero included */

/*
 * Every form of KLIPS: esp257@1.2.3.4, esp0x101@1.2.3.4, esp.101@1.2.3.4, esp:101@::1,
 * %passthrough, %passthrough4, %passthrough6, %pass, %drop, %reject, %hold, %trap,
 * %trapsubnet.
 */
const char *said_parse(const char *text, struct said *said);

/*
 * @format 'x': esp0x101@1.2.3.4 (what ipsec eroute shows), 'd': esp257@1.2.3.4,
 * 0: esp.101@1.2.3.4 (what pluto's status shows). Shunts are %pass and so on in all.
 */
char *said_format(const struct said *said, int format, char buf[SAID_TEXT]);

/*
 * The target that @said stands for; KLIPS_TARGET_SA for a real SA, NONE for an unknown
 * int.
 */
enum klips_target said_target(const struct said *said);

/* The pseudo SAID of a shunt; its destination is 0.0.0.0 or ::. */
struct said said_of_target(enum klips_target target, int family);

/* "%pass" and so on; "SA", "none" for the two that are no shunt. */
const char *target_name(enum klips_target target);

/* "esp", "ah", "comp", "tun", "int"; NULL where it is none of them. */
const char *sa_proto_name(uint8_t proto);
const char *sa_proto_parse(const char *text, uint8_t *proto);

/* A number 0 to 2^32 - 1, decimal or 0x hex; @spi in network byte order. */
const char *spi_parse(const char *text, uint32_t *spi);

/* PF_KEY's SA type of a protocol (SADB_SATYPE_*, KLIPS_SATYPE_*) and back; 0: none. */
uint8_t sa_proto_satype(uint8_t proto);
uint8_t satype_sa_proto(uint8_t satype);

bool said_equal(const struct said *a, const struct said *b);
int said_cmp(const struct said *a, const struct said *b);

#endif
