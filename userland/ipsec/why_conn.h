/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec why CONN: why is its tunnel down, and what comes next. */
#ifndef KLIPS_IPSEC_WHY_CONN_H
#define KLIPS_IPSEC_WHY_CONN_H

#include <stdio.h>

#include "control.h"

/* Asks pluto at @ctl, prints the answer: an exit status of client.h. */
int why_conn(const char *ctl, const char *name, bool json);

/* What there is to be said, for tests of it; @up of its instances are. */
void why_conn_text(const struct ctl_conn *c, unsigned int up, FILE *out);
void why_conn_json(const struct ctl_conn *c, unsigned int up, FILE *out);

#endif
