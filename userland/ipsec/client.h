/* SPDX-License-Identifier: GPL-2.0 */
/* Asking pluto: what all commands about conns have in common. */
#ifndef KLIPS_IPSEC_CLIENT_H
#define KLIPS_IPSEC_CLIENT_H

#include "control.h"

/*
 * Exit statuses of the commands about conns, documented in ipsec_auto(8). 1 to 9 are enum
 * ike_reason, why the conn is not up; what never came so far has a number of <sysexits.h>.
 */
enum {
	EXIT_DONE = 0,
	EXIT_USAGE = 64,
	EXIT_NO_SUCH_CONN = 65,
	EXIT_NOT_RUNNING = 69,
	EXIT_ERROR = 70,		/* pluto refused it */
	EXIT_CONFIG = 78,		/* ipsec.conf is wrong */
};

/* Where pluto's socket is. */
struct client {
	const char *ctl;
	/* Gets every answer but CTL_TEXT_LINE and CTL_DONE; may be NULL. */
	void (*answer)(void *ctx, int type, const void *body);
	void *ctx;
	bool quiet;			/* says nothing of its own */
};

/* Whether pluto answers at @ctl. */
bool client_running(const char *ctl);

/*
 * Sends a request, prints the lines that come (errors on stderr) and waits for its end.
 * Returns an exit status, having said on stderr what was wrong. @conn: its name in messages, or NULL.
 */
int client_ask(const struct client *c, enum ctl_type type, const void *body, size_t len,
	       const char *conn);

/* The same about one conn by name. */
int client_ask_name(const struct client *c, enum ctl_type type, const char *conn, bool async);

/* CTL_STOP, and waits until pluto has ended. An exit status. */
int client_stop(const struct client *c, const struct ctl_stop *request);

/* Name in JSON of why a conn is not up: no_answer, auth_failed ...; NULL: for no reason. */
const char *reason_name(uint32_t reason);
const char *reason_words(uint32_t reason);

#endif
