// SPDX-License-Identifier: GPL-2.0
/* INFORMATIONAL (RFC 7296 1.4). */
#include <errno.h>
#include <string.h>

#include "ike_internal.h"

/* What a request asks for. All of it is read before anything is done: a DELETE ends things. */
struct asked {
	bool malformed;
	bool delete_ike;
	uint32_t children[IKE_MAX_NAMED]; /* serials */
	uint8_t spis[IKE_MAX_NAMED * 4]; /* ours of them, for the answer */
	unsigned int n, n_spis;
	uint16_t error;
	uint32_t lost[IKE_MAX_NAMED];	/* serials of those in use in whose place there is no other one */
	unsigned int n_lost;
};

static bool known(const struct asked *a, uint32_t serial)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (a->children[i] == serial)
			return true;
	return false;
}

/* RFC 7296 1.4.1: what we are deleting ourselves is not named in the answer. */
static void read_delete_esp(struct ike_sa *sa, const struct ike_delete *d, struct asked *a)
{
	struct ike_sa *owner;
	struct spare *s;
	struct child *c;
	unsigned int i;

	for (i = 0; i < d->n && a->n < IKE_MAX_NAMED; i++) {
		c = family_by_spi_out(sa, d->spis + 4 * i, &owner, &s);
		if (!c)
			create_i_gone(sa, d->spis + 4 * i);
		if (!c || known(a, c->c.child))
			continue;
		a->children[a->n++] = c->c.child;
		if (!s || !s->delete_sent)
			memcpy(a->spis + 4 * a->n_spis++, c->c.spi_in, 4);
	}
}

static struct asked read_request(struct ike_sa *sa, const struct ike_payloads *in)
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
		else if (d.proto == PROTO_ESP && d.spi_len == 4)
			read_delete_esp(sa, &d, &a);
	}
	return a;
}

static void delete_children(struct ike_sa *sa, struct asked *a)
{
	struct ike_sa *owner;
	struct spare *s;
	unsigned int i;

	for (i = 0; i < a->n; i++) {
		if (!family_by_serial(sa, a->children[i], &owner, &s))
			continue;
		if (s)
			spare_drop(owner, s);
		else if (!child_succeeded(owner))
			a->lost[a->n_lost++] = a->children[i];
	}
}

/* Each of them is of a conn of its own. Without any Child SA the IKE SA is of no use. */
static void lose_children(struct ike_sa *sa, const struct asked *a, const char *peer)
{
	struct ike_sa *owner;
	struct spare *s;
	unsigned int i;

	for (i = 0; i < a->n_lost && sa->state == SA_UP; i++) {
		if (!family_by_serial(sa, a->lost[i], &owner, &s) || s)
			continue;
		conn_lost(owner, IKE_GONE, "%s deleted it", peer);
		tunnel_close(owner, false);
	}
}

static void act(struct ike_sa *sa, const struct asked *a)
{
	struct ike_sa *heir = a->delete_ike ? heir_find(sa) : NULL;
	char peer[IKE_ID_TEXT];

	if (heir)
		heir_claim(heir);
	ike_id_text(&sa->peer_id, peer);
	if (a->error == N_AUTHENTICATION_FAILED)
		family_lost(sa, IKE_AUTH_FAILED,
			  "authentication failed: %s does not accept our AUTH; compare the PSK in ipsec.secrets on both sides, and both ids",
			  peer);
	else if (a->delete_ike)
		family_lost(sa, IKE_GONE, "%s deleted it", peer);
	else if (a->error && !a->n_lost)
		ike_log(sa->e, sa->conn, LOG_INFO, "%s reports %s", peer,
			ike_notify_name(a->error));
	if (a->error == N_AUTHENTICATION_FAILED || a->delete_ike)
		sa_bury(sa);
	else
		lose_children(sa, a, peer);
}

void info_request(struct ike_sa *sa, struct msg *m)
{
	struct asked a = read_request(sa, &m->in);
	struct mobike_asked move;
	struct ike_writer w;

	qcd_note(sa, &m->in);
	if (!mobike_read(sa, m, &move) || a.malformed) {
		sa_reply_notify(sa, EXCH_INFORMATIONAL, N_INVALID_SYNTAX, NULL, 0);
		return;
	}
	if (!a.delete_ike && sa->heir_of) {
		heir_claim(sa);		/* the peer uses it */
		a = read_request(sa, &m->in);
	}
	/* What takes over does so before the peer hears that it may stop listening. */
	delete_children(sa, &a);
	sa_writer(sa, &w);
	if (a.n_spis && !a.delete_ike)
		w_delete_esp(&w, a.spis, a.n_spis);
	mobike_answer(sa, m, &move, &w);
	if (sa_reply(sa, EXCH_INFORMATIONAL, &w) && !a.n_lost)
		return;			/* comes again */
	mobike_done(sa, m, &move);
	act(sa, &a);
}

static void children_deleted(struct ike_sa *sa)
{
	struct spare *s, *next;

	for (; sa; sa = family_next(sa)) {
		for (s = sa->spares; s; s = next) {
			next = s->next;
			if (s->delete_sent)
				spare_drop(sa, s);
		}
		child_timer_set(sa);
	}
}

void info_response(struct ike_sa *sa, struct msg *m)
{
	bool deleted = sa->out.is_delete, update = sa->out.is_update, probe = sa->out.is_probe, ok;

	if (sa->out.is_child_delete)
		children_deleted(sa);
	sa_answered(sa);
	ok = sa->state != SA_UP || mobike_response(sa, m, update, probe);
	if (deleted)
		sa_drop(sa);
	else if (!ok)
		sa_close(sa);
	else
		sa_send_next(sa);
	if (sa->state == SA_UP)
		eaten_act(sa);
}
