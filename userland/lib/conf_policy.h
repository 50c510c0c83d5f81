/* SPDX-License-Identifier: GPL-2.0 */
/* What a conn is, in the words of the classic status line: PSK+ENCRYPT+TUNNEL+UP. */
#ifndef KLIPS_LIB_CONF_POLICY_H
#define KLIPS_LIB_CONF_POLICY_H

#include "conf.h"

#define CONF_POLICY_TEXT 160

char *conf_policy_format(const struct conf_conn *conn, char buf[CONF_POLICY_TEXT]);

#endif
