/* SPDX-License-Identifier: GPL-2.0 */
/* An SA on the command line: --said, or --af --edst --spi --proto. */
#ifndef KLIPS_IPSEC_SAIDOPTS_H
#define KLIPS_IPSEC_SAIDOPTS_H

#include "said.h"

struct said_opts {			/* values as given, NULL: not given */
	const char *said;
	const char *af;
	const char *edst;
	const char *spi;
	const char *proto;
};

/*
 * Complains that @option has the value @value, which is wrong because of @err. Returns
 * false.
 */
bool bad_value(const char *option, const char *value, const char *err);

/* inet, inet6; NULL: AF_UNSPEC. Complains about @option. */
bool family_opt(const char *option, const char *value, int *family);

/* Whether any of them was given. */
bool said_opts_given(const struct said_opts *opts);

/*
 * @proto (IPPROTO_*, 0: none) is taken where --proto is missing. SPIs up to 255 are
 * refused. Complains and returns false on everything that is wrong or missing.
 */
bool said_opts_parse(const struct said_opts *opts, uint8_t proto,
		     struct said *said);

#endif
