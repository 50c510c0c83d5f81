/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distinguished names: DER (X.501, RFC 5280 4.1.2.4) as text and back, and whether two are the same.
 * DER that comes from a peer is read strictly: lengths are definite, minimal and fill what they are in.
 */
#ifndef KLIPS_LIB_DN_H
#define KLIPS_LIB_DN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "C=AT, O=Example, CN=west", or with "/" in front of every part. NULL and @len, or what is wrong. */
const char *dn_parse(const char *text, uint8_t *der, size_t size, size_t *len);

/* Whether it is a name at all. */
bool dn_valid(const uint8_t *der, size_t len);

/* Writes it as dn_parse() reads it, cut at @size; what does not print becomes '?'. Returns @buf. */
char *dn_format(const uint8_t *der, size_t len, char *buf, size_t size);

/*
 * Whether @got is the name @want: the same parts in the same order, letters and blanks compared
 * as RFC 5280 7.1 has it. With @wild a part of @want that is "*" fits any value.
 */
bool dn_match(const uint8_t *want, size_t want_len, const uint8_t *got, size_t got_len, bool wild);

/* Whether a part of it is "*". */
bool dn_wild(const uint8_t *der, size_t len);

#endif
