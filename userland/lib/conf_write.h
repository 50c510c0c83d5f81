/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec.conf out of what was understood of it: what is read again gives the same structs. */
#ifndef KLIPS_LIB_CONF_WRITE_H
#define KLIPS_LIB_CONF_WRITE_H

#include <stdio.h>

#include "conf.h"

#define CONF_WRITE_VALUE 2048		/* bytes of the longest value, zero included */

/*
 * The value of a keyword that is built, as its parser takes it, out of the struct that it is a field of. "": there is
 * nothing to be said. False: nobody knows how to write it.
 */
bool conf_write_value(const struct conf_key *key, const void *base, char buf[CONF_WRITE_VALUE]);

/* All of it; defaults are left out, also= and conn %default are resolved. */
void conf_write(const struct conf *conf, FILE *out);
void conf_write_conn(const struct conf_conn *conn, FILE *out);

#endif
