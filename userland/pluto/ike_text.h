/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses, identities and selectors as people write them; bytes of a peer made harmless. */
#ifndef PLUTO_IKE_TEXT_H
#define PLUTO_IKE_TEXT_H

#include "engine.h"

/* Text that grows in a buffer of the caller; what does not fit is cut, always terminated. */
struct text {
	char *buf;
	size_t cap, len;
};

void t_init(struct text *t, char *buf, size_t cap);
void t_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define IKE_ADDR_TEXT 72
#define IKE_ID_TEXT 600
#define IKE_WHY 700			/* of what went wrong with AUTH */
#define IKE_TS_TEXT 700

/* All return @buf, of the size above. */
char *ike_addr_text(const struct ike_addr *a, char *buf);
/* With the port unless it is 500. */
char *ike_peer_text(const struct ike_addr *a, char *buf);
/* "@east", "10.1.0.1", "%any" for type 0. */
char *ike_id_text(const struct ike_id *id, char *buf);
/* "10.1.0.0/24", "10.1.0.1-10.1.0.9/17/4000-4001", several with blanks between. */
char *ike_ts_text(const struct ike_ts *list, unsigned int n, char *buf);

bool ike_addr_equal(const struct ike_addr *a, const struct ike_addr *b); /* ports apart */
/* Whether @got is who the conn wants: names may have "*" for a value. */
bool ike_id_match(const struct ike_id *want, const struct ike_id *got);
/* A part of it is "*": it is nobody's own. */
bool ike_id_wild(const struct ike_id *id);
bool ike_id_equal(const struct ike_id *a, const struct ike_id *b);

/* Bytes of an address of @family: 4, 16, or 0. */
size_t ike_addr_len(uint8_t family);
/* The host @a alone, every protocol and port. */
struct ike_ts ike_ts_host(const struct ike_addr *a);
/* What is in both; false: nothing. */
bool ike_ts_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out);
/*
 * RFC 7296 2.9: every selector of @want cut to those of @have, without repetitions, at most
 * IKE_MAX_TS. Returns the number.
 */
unsigned int ike_ts_narrow(const struct ike_ts *want, unsigned int n_want,
			   const struct ike_ts *have, unsigned int n_have, struct ike_ts *out);
/* The same selectors without those that others cover. Returns the number; @out may not be @list. */
unsigned int ike_ts_reduce(const struct ike_ts *list, unsigned int n, struct ike_ts *out);
/* Each of @list lies within one of @have. */
bool ike_ts_within(const struct ike_ts *list, unsigned int n,
		   const struct ike_ts *have, unsigned int n_have);

#endif
