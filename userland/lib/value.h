/* SPDX-License-Identifier: GPL-2.0 */
/* The small values of ipsec.conf and of options: numbers, times, booleans. */
#ifndef KLIPS_LIB_VALUE_H
#define KLIPS_LIB_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal or 0x hex, no sign, no blanks; an error unless @min <= value <= @max. */
const char *number_parse(const char *text, uint64_t min, uint64_t max,
			 uint64_t *value);

/* N, Ns, Nm, Nh, Nd, Nw: seconds. */
const char *time_parse(const char *text, uint64_t *seconds);

/* N% (the % is required), at most 10000. */
const char *percent_parse(const char *text, unsigned int *percent);

/* yes, true, on, 1; no, false, off, 0. Case does not matter. */
const char *bool_parse(const char *text, bool *value);

#endif
