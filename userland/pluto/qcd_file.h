/* SPDX-License-Identifier: GPL-2.0 */
/* The secret of RFC 6290's tokens, in a file that outlives pluto and the machine's restart. */
#ifndef PLUTO_QCD_FILE_H
#define PLUTO_QCD_FILE_H

#include <stdint.h>

#define QCD_SECRET 32

/*
 * Reads the secret of @dir, or makes one of @fresh. NULL, or what is wrong, and errno: then @secret is @fresh, which
 * nobody will know after this.
 */
const char *qcd_secret(const char *dir, const uint8_t fresh[QCD_SECRET], uint8_t secret[QCD_SECRET]);

#endif
