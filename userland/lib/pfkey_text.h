/* SPDX-License-Identifier: GPL-2.0 */
/* PF_KEY messages as text, for ipsec pf_key and for logs. Keys are never shown. */
#ifndef KLIPS_LIB_PFKEY_TEXT_H
#define KLIPS_LIB_PFKEY_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <klips/pfkey.h>

/* "acquire", "x_addflow"; "unknown" for numbers that are none. */
const char *pfkey_type_name(uint8_t type);

/* "ESP", "IPIP"; "unknown". */
const char *pfkey_satype_name(uint8_t satype);

/*
 * Two lines and a blank one before them, as ipsec pf_key always had. @len bytes at
 * @bytes may be anything: too short, or lengths that do not fit, are said instead.
 */
void pfkey_print(FILE *out, const void *bytes, size_t len);

/* "{ext=1 len=2 ...} "; @ext passed pfkey_parse(), in a message of @satype. */
void pfkey_print_ext(FILE *out, const struct sadb_ext *ext, uint8_t satype);

#endif
