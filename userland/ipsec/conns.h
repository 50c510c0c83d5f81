/* SPDX-License-Identifier: GPL-2.0 */
/* Conns of ipsec.conf on their way to pluto. The file is read here, so that its errors reach whoever typed. */
#ifndef KLIPS_IPSEC_CONNS_H
#define KLIPS_IPSEC_CONNS_H

#include "client.h"

/* Reads ipsec.conf (@path NULL: the default one), errors and warnings on stderr. False: nothing was read. */
bool conns_read(struct conf *conf, const char *path);

/* What can be made of a file that conns_read() refused; see conf_salvage(). */
bool conns_salvage(struct conf *conf, const char *path);

/* CTL_ADD or CTL_REPLACE of one conn. An exit status. */
int conns_load_one(const struct client *c, const struct conf *conf, enum ctl_type type, const char *name);

/* What auto= asks for beyond loading, without waiting for it. */
void conns_begin(const struct client *c, const struct conf_conn *conn);

/* Loads every conn of auto=add and start, and brings those of start up without waiting. An exit status. */
int conns_load_all(const struct client *c, const struct conf *conf);

#endif
