/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IKEv2 messages as bytes, RFC 7296 section 3: a parser that only looks (views into the
 * caller's buffer, nothing written, nothing allocated) and a bounded writer.
 *
 * Every parser returns 0 or -EBADMSG, and then its output is not to be used.
 */
#ifndef PLUTO_IKE_PAYLOAD_H
#define PLUTO_IKE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "engine.h"
#include "ike_names.h"

#define IKE_SPI_LEN 8
#define IKE_HEADER_LEN 28
#define IKE_GENERIC_LEN 4

#define IKE_FLAG_INITIATOR 0x08		/* the sender began the IKE SA */
#define IKE_FLAG_VERSION 0x10
#define IKE_FLAG_RESPONSE 0x20

#define IKE_VERSION_2 0x20

struct view {
	const uint8_t *p;
	size_t len;
};

struct ike_header {
	const uint8_t *spi_i, *spi_r;
	uint8_t next;
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	uint32_t id;
	uint32_t len;
};

/* At least 28 bytes and a length field that says what arrived. */
int ike_header_parse(struct view msg, struct ike_header *h);

#define IKE_MAX_PAYLOADS 64

struct ike_payload {
	uint8_t type;
	bool critical;
	uint8_t inside;			/* SK, SKF: type of the first payload inside */
	struct view body;		/* without the generic header */
};

struct ike_payloads {
	struct ike_payload list[IKE_MAX_PAYLOADS];
	unsigned int n;
};

/*
 * The chain that begins with type @first; must fill @data exactly. SK and SKF end a chain. More
 * than IKE_MAX_PAYLOADS is -EBADMSG.
 */
int ike_chain_parse(uint8_t first, struct view data, struct ike_payloads *out);
/* The first of @type, or NULL. */
const struct ike_payload *ike_find(const struct ike_payloads *list, uint8_t type);
/* Type of a critical payload that RFC 7296 does not define, or 0. */
uint8_t ike_unknown_critical(const struct ike_payloads *list);

struct ike_notify {
	uint8_t proto;
	struct view spi;
	uint16_t type;
	struct view data;
};

int ike_notify_parse(struct view body, struct ike_notify *out);
/* The first well-formed notify of @type: true and @out filled. */
bool ike_notify_find(const struct ike_payloads *list, uint16_t type, struct ike_notify *out);
/* The first notify that is an error (type < 16384), or 0. */
uint16_t ike_notify_error(const struct ike_payloads *list);

struct ike_delete {
	uint8_t proto;
	uint8_t spi_len;
	uint16_t n;
	const uint8_t *spis;		/* n * spi_len bytes */
};

int ike_delete_parse(struct view body, struct ike_delete *out);
int ike_ke_parse(struct view body, uint16_t *group, struct view *value);
int ike_auth_parse(struct view body, uint8_t *method, struct view *data);
/* An ID longer than ours can be is -EBADMSG. */
int ike_id_parse(struct view body, struct ike_id *out);

/* Selectors of kinds that are not known are left out, and what is beyond the room. */
#define IKE_OFFERED_TS 32
struct ike_ts_list {
	struct ike_ts list[IKE_OFFERED_TS];
	unsigned int n;
};

int ike_ts_parse(struct view body, struct ike_ts_list *out);

/* ---- CP payload, RFC 7296 3.15: addresses for the inner side ---- */

enum { CFG_REQUEST = 1, CFG_REPLY = 2, CFG_SET = 3, CFG_ACK = 4 };
enum { INTERNAL_IP4_ADDRESS = 1, INTERNAL_IP4_NETMASK = 2, INTERNAL_IP4_DNS = 3, INTERNAL_IP6_ADDRESS = 8,
	INTERNAL_IP6_DNS = 10 };

/* What it has of one family. */
struct ike_cp_part {
	bool lease, dns;		/* there is INTERNAL_IPn_ADDRESS, INTERNAL_IPn_DNS */
	struct ike_addr addr;		/* the first one, family 0: without a value, or 0.0.0.0, or :: */
};

/* What is known of it. A request names what it wants, with or without a value. */
struct ike_cp {
	uint8_t type;
	struct ike_cp_part ip4, ip6;
	struct ike_addr server[IKE_MAX_DNS]; /* what does not fit is left out */
	unsigned int n_servers;
};

int ike_cp_parse(struct view body, struct ike_cp *out);

static inline struct ike_cp_part *ike_cp_part(struct ike_cp *cp, uint8_t family)
{
	return family == AF_INET6 ? &cp->ip6 : &cp->ip4;
}

/* ---- SA payload ---- */

struct ike_transform {
	uint8_t type;
	uint16_t id;
	uint16_t keylen;		/* bits, 0: no attribute */
	bool odd;			/* has an attribute that is not known */
};

struct ike_offer {
	uint8_t number;
	uint8_t proto;
	uint8_t spi_len;
	const uint8_t *spi;
	uint16_t first, n;		/* of the transforms */
};

#define IKE_MAX_OFFERS 32
#define IKE_MAX_TRANSFORMS 512

/* What does not fit is left out; that it is well formed is checked all the same. */
struct ike_offers {
	struct ike_offer list[IKE_MAX_OFFERS];
	unsigned int n;
	struct ike_transform transforms[IKE_MAX_TRANSFORMS];
	unsigned int n_transforms;
	uint8_t ike_spi_len;		/* that an IKE SA must have: 0, or 8 when it is rekeyed; the reader's to set */
};

int ike_sa_parse(struct view body, struct ike_offers *out);

/* ---- writing ---- */

struct ike_writer {
	uint8_t *buf;
	size_t cap, len;
	uint8_t *next;			/* where the type of the payload to come is written */
	uint8_t first;			/* of a chain without a header */
	size_t open;			/* where the open payload starts */
	bool full;			/* something did not fit: the message is void */
};

void w_init(struct ike_writer *w, void *buf, size_t cap);
void w_header(struct ike_writer *w, const uint8_t *spi_i, const uint8_t *spi_r,
	      uint8_t exchange, uint8_t flags, uint32_t id);
/* Writes the length into the header: end of an unencrypted message. */
void w_finish(struct ike_writer *w);

void w_begin(struct ike_writer *w, uint8_t type);
void w_end(struct ike_writer *w);
void w_u8(struct ike_writer *w, uint8_t v);
void w_u16(struct ike_writer *w, uint16_t v);
void w_u32(struct ike_writer *w, uint32_t v);
void w_bytes(struct ike_writer *w, const void *p, size_t len);

void w_notify(struct ike_writer *w, uint16_t type, const void *data, size_t len);
/* A notify about one SA. */
void w_notify_spi(struct ike_writer *w, uint8_t proto, const uint8_t *spi, uint8_t spi_len, uint16_t type);
void w_ke(struct ike_writer *w, uint16_t group, const void *value, size_t len);
void w_nonce(struct ike_writer *w, const void *nonce, size_t len);
void w_id(struct ike_writer *w, uint8_t type, const struct ike_id *id);
void w_auth(struct ike_writer *w, uint8_t method, const void *data, size_t len);
void w_ts(struct ike_writer *w, uint8_t type, const struct ike_ts *list, unsigned int n);
/* A reply has the values, a request names what is wanted. */
void w_cp(struct ike_writer *w, const struct ike_cp *cp);
void w_delete_ike(struct ike_writer *w);
/* @spis: @n times 4 bytes. */
void w_delete_esp(struct ike_writer *w, const uint8_t *spis, unsigned int n);

static inline uint16_t get_u16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static inline uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

static inline void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, v >> 16);
	put_u16(p + 2, v);
}

#endif
