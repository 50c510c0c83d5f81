// SPDX-License-Identifier: GPL-2.0
/* Asking the peer for an address, RFC 7296 2.19; who answers is ike_instance.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_internal.h"

/* It asks for one that its selectors can have. */
static uint8_t family_asked(const struct ike_conn *conn)
{
	return conn->cfg.local_ts[0].family;
}

/* The one of before, if there was one: what goes by it may live on. */
void w_ask(struct ike_writer *w, const struct ike_sa *sa)
{
	const struct ike_conn *conn = sa->conn;
	struct ike_cp cp = { .type = CFG_REQUEST };

	if (!conn->cfg.ask_address)
		return;
	*ike_cp_part(&cp, family_asked(conn)) = (struct ike_cp_part){ .lease = true, .dns = true, .addr = conn->lease };
	w_cp(w, &cp);
}

static bool is_host4(const uint8_t *b)
{
	return b[0] && b[0] != 127 && b[0] < 224;
}

/* Neither ::1, nor IPv4 in IPv6 (RFC 4291 2.5.5), nor of one link alone, nor for many. */
static bool is_host6(const uint8_t *b)
{
	static const uint8_t none[10];

	return memcmp(b, none, sizeof(none)) && (b[0] != 0xfe || (b[1] & 0xc0) != 0x80) && b[0] != 0xff;
}

/* One that a host may have, and that is not an end of the tunnel itself. */
static bool is_usable(const struct ike_addr *a, const struct ike_sa *sa)
{
	return (a->family == AF_INET ? is_host4(a->bytes) : a->family == AF_INET6 && is_host6(a->bytes)) &&
	       !ike_addr_equal(a, &sa->local) && !ike_addr_equal(a, &sa->remote);
}

uint16_t ask_answered(struct ike_sa *sa, const struct ike_payloads *in)
{
	const struct ike_payload *p = ike_find(in, PLD_CP);
	struct ike_cp cp;

	if (!sa->conn->cfg.ask_address)
		return 0;		/* we have what we are, whatever it says */
	if (p && ike_cp_parse(p->body, &cp))
		return N_INVALID_SYNTAX;
	if (!p || cp.type != CFG_REPLY || !is_usable(&ike_cp_part(&cp, family_asked(sa->conn))->addr, sa))
		return N_FAILED_CP_REQUIRED;
	ask_forget(sa);
	sa->given = copy_bytes(&cp, sizeof(cp));
	return sa->given ? 0 : N_TEMPORARY_FAILURE;
}

unsigned int ask_narrow(const struct ike_sa *sa, const struct ike_ts_list *list, struct ike_ts *out)
{
	struct ike_ts own;

	if (!sa->given)
		return ike_ts_reduce(list->list, list->n, out);
	own = ike_ts_host(&ike_cp_part(sa->given, family_asked(sa->conn))->addr);
	return ike_ts_narrow(list->list, list->n, &own, 1, out);
}

void ask_take(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;
	struct ike_cp *cp = sa->given;
	char text[IKE_ADDR_TEXT];

	if (!cp)
		return;
	conn->lease = ike_cp_part(cp, family_asked(conn))->addr;
	conn->n_dns = cp->n_servers;
	memcpy(conn->dns, cp->server, sizeof(conn->dns));
	conn_progress(sa, "our address in the tunnel is %s", ike_addr_text(&conn->lease, text));
}

void ask_forget(struct ike_sa *sa)
{
	free(sa->given);
	sa->given = NULL;
}
