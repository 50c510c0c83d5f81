// SPDX-License-Identifier: GPL-2.0
/* INFORMATIONAL (RFC 7296 1.4) and the refusal of CREATE_CHILD_SA (1.3). */
#include <errno.h>
#include <string.h>

#include "ike_internal.h"

/* What a request asks for. All of it is read before anything is done: a DELETE ends things. */
struct asked {
	bool malformed;
	bool delete_ike;
	bool delete_child;
	uint16_t error;
};

static bool names_child(const struct ike_sa *sa, const struct ike_delete *d)
{
	unsigned int i;

	if (d->proto != PROTO_ESP || d->spi_len != 4 || !sa->child.installed)
		return false;
	for (i = 0; i < d->n; i++)
		if (!memcmp(d->spis + 4 * i, sa->child.c.spi_out, 4))
			return true;
	return false;
}

static struct asked read_request(const struct ike_sa *sa, const struct ike_payloads *in)
{
	struct asked a = { .error = ike_notify_error(in) };
	struct ike_delete d;
	unsigned int i;

	for (i = 0; i < in->n; i++) {
		if (in->list[i].type != PLD_DELETE)
			continue;
		if (ike_delete_parse(in->list[i].body, &d))
			a.malformed = true;
		else if (d.proto == PROTO_IKE)
			a.delete_ike = true;
		else if (names_child(sa, &d))
			a.delete_child = true;
	}
	return a;
}

static void act(struct ike_sa *sa, const struct asked *a)
{
	char peer[IKE_ID_TEXT];

	ike_id_text(&sa->peer_id, peer);
	if (a->error == N_AUTHENTICATION_FAILED)
		conn_lost(sa, IKE_AUTH_FAILED,
			  "authentication failed: %s does not accept our AUTH; compare the PSK in ipsec.secrets on both sides, and both ids",
			  peer);
	else if (a->delete_ike || a->delete_child)
		conn_lost(sa, IKE_GONE, "%s deleted it", peer);
	else if (a->error)
		ike_log(sa->e, sa->conn, LOG_INFO, "%s reports %s", peer,
			ike_notify_name(a->error));
	if (a->error == N_AUTHENTICATION_FAILED || a->delete_ike)
		sa_bury(sa);
	else if (a->delete_child && sa->state == SA_UP)
		sa_close(sa);		/* without a Child SA it is of no use */
}

void info_request(struct ike_sa *sa, struct msg *m)
{
	struct asked a = read_request(sa, &m->in);
	struct ike_writer w;

	if (a.malformed) {
		sa_reply_notify(sa, EXCH_INFORMATIONAL, N_INVALID_SYNTAX, NULL, 0);
		return;
	}
	sa_writer(sa, &w);
	if (a.delete_child && !a.delete_ike)
		w_delete_esp(&w, sa->child.c.spi_in);
	if (sa_reply(sa, EXCH_INFORMATIONAL, &w))
		return;			/* comes again */
	act(sa, &a);
}

void info_response(struct ike_sa *sa, struct msg *m)
{
	bool deleted = sa->out.is_delete;

	(void)m;
	sa_answered(sa);
	if (deleted)
		sa_drop(sa);
	else
		sa_send_next(sa);
}

void create_child_request(struct ike_sa *sa, struct msg *m)
{
	struct ike_notify n;

	ike_log(sa->e, sa->conn, LOG_INFO,
		"the peer wants %s: refused, not built yet; at the end of its lifetime the tunnel is made anew",
		ike_notify_find(&m->in, N_REKEY_SA, &n) ? "to rekey" : "CREATE_CHILD_SA");
	sa_reply_notify(sa, EXCH_CREATE_CHILD_SA, N_NO_ADDITIONAL_SAS, NULL, 0);
}
