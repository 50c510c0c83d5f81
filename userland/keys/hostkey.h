/* SPDX-License-Identifier: GPL-2.0 */
/* RSA keys of this host: made by libcrypto, written in the classic form of ipsec.secrets. */
#ifndef KLIPS_IPSEC_HOSTKEY_H
#define KLIPS_IPSEC_HOSTKEY_H

#include <stdio.h>

#include "rsakey.h"

#define HOSTKEY_BITS 3072		/* RFC 8247: more than 2048, and not more than peers like */

/* NULL or what was expected of the number of bits that was typed. */
const char *hostkey_bits_parse(const char *text, unsigned int *bits);

/* Makes and checks a key; the caller ends it with rsa_private_wipe(). False: libcrypto failed. */
bool hostkey_make(unsigned int bits, struct rsa_private *key);

/* Writes it, indented by a tab, as "ipsec rsasigkey" prints it. @host: NULL for this host's name. */
void hostkey_print(FILE *out, const struct rsa_private *key, unsigned int bits, const char *host);

#endif
