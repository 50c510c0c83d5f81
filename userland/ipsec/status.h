/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec status: the classic lines, or JSON. */
#ifndef KLIPS_IPSEC_STATUS_H
#define KLIPS_IPSEC_STATUS_H

#include <stdbool.h>

#include "control.h"

/* Asks pluto at @ctl about @conn ("": all) and prints it. An exit status. */
int status_print(const char *ctl, const char *conn, bool json);

/* All that pluto says. */
struct status {
	struct ctl_daemon daemon;
	struct ctl_iface *ifaces;
	unsigned int n_ifaces;
	struct ctl_conn *conns;
	unsigned int n_conns;
	bool no_memory;
};

/* Asks pluto at @ctl about @conn ("": all): an exit status, told on stderr. To be ended by status_free(). */
int status_ask(struct status *s, const char *ctl, const char *conn);
void status_free(struct status *s);

/* One way to print it each, of status_print(). */
#define STATUS_CALLED (CONF_NAME_MAX + 16 + ADDR_TEXT)
/* "road", and of an instance "road"[1] 203.0.113.5, with the quotes. Returns @buf. */
char *status_called(const struct ctl_conn *c, char buf[STATUS_CALLED]);

void status_text(const struct status *s);
void status_json(const struct status *s);

#endif
