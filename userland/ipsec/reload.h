/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_IPSEC_RELOAD_H
#define KLIPS_IPSEC_RELOAD_H

#include "client.h"

/*
 * Makes the pluto that runs have the secrets and conns of @conf: what is gone is unloaded, what is new or changed is
 * loaded (its tunnel ends and comes up again), what is as before is not touched. Says on stdout what it did.
 * Returns an exit status, the first error's.
 */
int reload_conns(const struct client *c, const struct conf *conf);

#endif
