// SPDX-License-Identifier: GPL-2.0
/* IKE_AUTH as responder, RFC 7296 1.2, 2.9, 2.15 and 2.21.2. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* More fragments of the request whose first one is parked; they are not authenticated yet, so only so many bytes. */
static void park_more(struct ike_sa *sa, const struct msg *m)
{
	uint8_t *more;

	if (sa->parked_len + m->raw.len > IKE_MAX_GATHERED || sa->parked[16] != PLD_SKF ||
	    !ike_addr_equal(&sa->parked_remote, &m->remote) || sa->parked_remote.port != m->remote.port)
		return;
	more = realloc(sa->parked, sa->parked_len + m->raw.len);
	if (!more)
		return;
	memcpy(more + sa->parked_len, m->raw.p, m->raw.len);
	sa->parked = more;
	sa->parked_len += m->raw.len;
}

/*
 * The first IKE_AUTH or IKE_INTERMEDIATE, or the first fragment of it, brings the keys about: a half-open IKE SA whose peer never comes
 * back costs no second exponentiation. What comes meanwhile is lost and will be repeated, but for other fragments.
 */
void auth_r_park(struct ike_sa *sa, struct msg *m)
{
	if (m->outer.n != 1 || m->outer.list[0].type != (m->total ? PLD_SKF : PLD_SK))
		return;
	if (sa->state == SA_R_SHARED && sa->parked && m->total)
		park_more(sa, m);
	if (sa->state != SA_R_INIT)
		return;
	sa->parked = copy_bytes(m->raw.p, m->raw.len);
	if (!sa->parked)
		return;
	sa->parked_len = m->raw.len;
	sa->parked_local = m->local;
	sa->parked_remote = m->remote;
	sa_set_state(sa, SA_R_SHARED);
	if (req_dh_shared(sa))
		sa_drop(sa);
}

/* What waited for the keys, as if it came now. */
static void unpark(struct ike_sa *sa, const uint8_t *parked, size_t len)
{
	size_t at, one;
	struct msg m;

	m.local = sa->parked_local;
	m.remote = sa->parked_remote;
	for (at = 0; at < len && sa->state == SA_R_INIT; at += one) {
		one = get_u32(parked + at + 24);
		m.raw = (struct view){ parked + at, one };
		if (!ike_header_parse(m.raw, &m.h))
			sa_receive(sa, &m);
	}
}

void auth_r_shared_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	uint8_t *parked = sa->parked;
	char peer[IKE_ADDR_TEXT];

	sa->parked = NULL;
	if (error || keys_ike(sa, data, len)) {
		ike_log_limited(sa->e, LOG_WARNING, "%s's value for group dh%u is refused: %s",
				ike_peer_text(&sa->remote, peer), sa->group,
				error ? strerror(-error) : "libcrypto failed");
		sa_drop(sa);
		free(parked);
		return;
	}
	sa_set_state(sa, SA_R_INIT);
	unpark(sa, parked, sa->parked_len);
	free(parked);
}

void auth_r_refuse(struct ike_sa *sa, uint16_t type)
{
	if (sa_reply_notify(sa, sa->in.exchange, type, NULL, 0))
		sa_drop(sa);
	else
		sa_bury(sa);
}

/* ---- who is it ---- */

struct who {
	struct ike_id peer, me;		/* me.type 0: the peer does not say whom it wants */
	struct view peer_body;
	struct view auth;
	uint8_t method;
};

static bool who_parse(const struct ike_payloads *in, struct who *w)
{
	const struct ike_payload *i = ike_find(in, PLD_IDi), *r = ike_find(in, PLD_IDr);
	const struct ike_payload *a = ike_find(in, PLD_AUTH);

	memset(w, 0, sizeof(*w));
	if (!i || ike_id_parse(i->body, &w->peer) || (r && ike_id_parse(r->body, &w->me)))
		return false;
	w->peer_body = i->body;
	return !a || !ike_auth_parse(a->body, &w->method, &w->auth);
}

/* What the peer has of a PPK is what the conn may go without, or with. */
static bool ppk_fits(const struct ike_sa *sa, const struct ike_conn *conn, const struct ike_payloads *in)
{
	struct ike_notify n;

	if (!sa->peer_ppk || !ike_notify_find(in, N_PPK_IDENTITY, &n))
		return conn->cfg.ppk != IKE_PPK_INSIST;
	return conn->cfg.ppk != IKE_PPK_NO || ike_notify_find(in, N_NO_PPK_AUTH, &n);
}

/* The first conn of these ids whose peer may prove it this way; else the first of these ids. */
static struct ike_conn *conn_for(struct ike_sa *sa, const struct who *w, const struct ike_payloads *in)
{
	struct ike_conn *first = which_next_id(sa, &w->peer, &w->me, NULL), *conn = first;

	while (conn && !(w->auth.p && auth_method_ok(conn, w->method) && ppk_fits(sa, conn, in)))
		conn = which_next_id(sa, &w->peer, &w->me, conn);
	return conn ? conn : first;
}

static void nobody(struct ike_sa *sa, const struct who *w)
{
	char peer[IKE_ID_TEXT], me[IKE_ID_TEXT], remote[IKE_ADDR_TEXT], local[IKE_ADDR_TEXT];

	if (!which_weaker(sa, &w->peer, &w->me))
		ike_log_limited(sa->e, LOG_WARNING,
				"no connection matches: %s at %s asks for %s at %s; see leftid= and rightid= of the conns between these addresses",
				ike_id_text(&w->peer, peer), ike_peer_text(&sa->remote, remote),
				w->me.type ? ike_id_text(&w->me, me) : "whoever answers", ike_addr_text(&sa->local, local));
	auth_r_refuse(sa, N_AUTHENTICATION_FAILED);
}

static void wrong_method(struct ike_sa *sa, const struct who *w)
{
	char peer[IKE_ID_TEXT], remote[IKE_ADDR_TEXT];

	ike_log_limited(sa->e, LOG_WARNING,
			"authentication failed: %s at %s authenticates with %s, conn \"%s\" expects %s",
			ike_id_text(&w->peer, peer), ike_peer_text(&sa->remote, remote),
			w->auth.p ? ike_auth_name(w->method) : "EAP", sa->conn->name, auth_expected(sa->conn));
	auth_r_refuse(sa, N_AUTHENTICATION_FAILED);
}

static void wrong_ppk(struct ike_sa *sa, const struct who *w, const char *why)
{
	char peer[IKE_ID_TEXT], remote[IKE_ADDR_TEXT];

	ike_log_limited(sa->e, LOG_WARNING, "authentication failed: conn \"%s\": %s at %s: %s", sa->conn->name,
			ike_id_text(&w->peer, peer), ike_peer_text(&sa->remote, remote), why);
	auth_r_refuse(sa, N_AUTHENTICATION_FAILED);
}

static void nat_forbidden(struct ike_sa *sa, const struct who *w)
{
	char peer[IKE_ID_TEXT], remote[IKE_ADDR_TEXT];

	ike_log_limited(sa->e, LOG_WARNING, "conn \"%s\": %s at %s forbids NATs (NO_NATS_ALLOWED), and there is one between us",
			sa->conn->name, ike_id_text(&w->peer, peer), ike_peer_text(&sa->remote, remote));
	auth_r_refuse(sa, N_UNEXPECTED_NAT_DETECTED);
}

static int check_auth(struct ike_sa *sa, const struct who *w, const struct ike_payloads *in, struct view instead)
{
	size_t len;
	uint8_t *octets = auth_octets(sa, false, w->peer_body, &len);
	int err = -ENOMEM;

	if (octets)
		err = req_auth_check(sa, octets, len, in, instead);
	free(octets);
	return err;
}

void auth_r_request(struct ike_sa *sa, struct msg *m)
{
	char peer[IKE_ADDR_TEXT];
	struct ike_conn *conn;
	struct view instead;
	struct ike_notify n;
	const char *wrong;
	struct who w;

	if (ike_addke(&sa->alg, sa->inter_done)) {
		ike_log_limited(sa->e, LOG_WARNING, "IKE_AUTH of %s is refused: it comes before all key exchanges that were agreed on",
				ike_peer_text(&m->remote, peer));
		auth_r_refuse(sa, N_INVALID_SYNTAX);
		return;
	}
	if (!who_parse(&m->in, &w)) {
		auth_r_refuse(sa, N_INVALID_SYNTAX);
		return;
	}
	/*
	 * The peer may have gone to port 4500 (RFC 7296 2.23); it is there from now on. Its home is where IKE_SA_INIT was
	 * answered: that somebody reads there is certain, the source of this packet may be anybody's.
	 */
	sa->local = m->local;
	sa->remote = m->remote;
	sa->inner = copy_bytes(m->plain.p, m->plain.len);
	sa->inner_len = m->plain.len;
	sa->inner_first = m->plain_first;
	sa->initial_contact = w.method != AUTH_NULL && ike_notify_find(&m->in, N_INITIAL_CONTACT, &n);
	sa->peer_id = w.peer;
	auth_note(sa, &m->in);
	conn = conn_for(sa, &w, &m->in);
	if (!conn) {
		nobody(sa, &w);
		return;
	}
	sa_attach(sa, conn);
	if (!w.auth.p || !auth_method_ok(conn, w.method) || !auth_id_ok(&w.peer, w.method)) {
		wrong_method(sa, &w);
		return;
	}
	sa->peer_mobike = ike_notify_find(&m->in, N_MOBIKE_SUPPORTED, &n);
	if (sa->peer_mobike && mobike_wanted(conn) && mobike_nat_unexpected(&m->in, m)) {
		nat_forbidden(sa, &w);
		return;
	}
	wrong = ppk_r_begin(sa, &m->in, &instead);
	if (wrong) {
		wrong_ppk(sa, &w, wrong);
		return;
	}
	sa_set_state(sa, SA_R_CHECK);
	if (!sa->inner || check_auth(sa, &w, &m->in, instead))
		sa_drop(sa);
}

/* ---- the Child SA ---- */

struct want {
	bool any;			/* a Child SA is asked for */
	bool transport;			/* in transport mode */
	struct ike_offers offers;
	struct ike_ts_list tsi, tsr;
	struct ike_cp asked;		/* of addresses; empty: nothing */
	bool cp_missing;		/* and a conn of these ids gives one to everybody */
};

/* CFG_SET is of no use in IKE_AUTH, and nobody answers it (RFC 7296 3.15). */
static bool want_cp(const struct ike_payloads *in, struct want *w)
{
	const struct ike_payload *cp = ike_find(in, PLD_CP);

	memset(&w->asked, 0, sizeof(w->asked));
	w->cp_missing = false;
	if (!cp)
		return true;
	if (ike_cp_parse(cp->body, &w->asked))
		return false;
	if (w->asked.type != CFG_REQUEST)
		memset(&w->asked, 0, sizeof(w->asked));
	return true;
}

/* The conn gives no address, or one is asked for of the family that it gives. */
static bool asked_for(struct want *w, const struct ike_conn *conn)
{
	uint8_t family = conn->cfg.pool.first.family;

	return !family || ike_cp_part(&w->asked, family)->lease;
}

static bool want_parse(const struct ike_payloads *in, struct want *w)
{
	const struct ike_payload *s = ike_find(in, PLD_SA);
	const struct ike_payload *i = ike_find(in, PLD_TSi), *r = ike_find(in, PLD_TSr);

	w->any = s;
	w->transport = mode_said(in);
	if (!want_cp(in, w))
		return false;
	if (!s)
		return true;
	return i && r && !ike_sa_parse(s->body, &w->offers) &&
	       !ike_ts_parse(i->body, &w->tsi) && !ike_ts_parse(r->body, &w->tsr);
}

/* Cuts what the peer wants to what @conn says. */
static bool narrow(struct ike_sa *sa, const struct ike_conn *conn, const struct want *w)
{
	struct ike_child *c = &sa->child.c;
	struct ike_ts ts[IKE_MAX_TS];
	unsigned int n;

	c->n_remote_ts = instance_ts(conn, &sa->home, &w->tsi, c->remote_ts);
	n = conn_ts(conn, true, &sa->local, ts);
	c->n_local_ts = ike_ts_narrow(w->tsr.list, w->tsr.n, ts, n, c->local_ts);
	return c->n_local_ts && c->n_remote_ts;
}

static bool esp_fits(const struct ike_conn *conn, const struct want *w)
{
	const struct ike_offer *offer;

	return ike_choose(&w->offers, true, conn->cfg.esp, conn->cfg.n_esp, 0, &offer);
}

/*
 * Several conns may have these ids: the one whose selectors fit, and better one that has algorithms in common. Who was
 * authenticated for one of them may have another only where the same keys, certificates and CAs are asked for.
 */
static bool find_selectors(struct ike_sa *sa, struct want *w, bool transport)
{
	struct ike_id me = sa->conn->cfg.local_id;
	struct ike_conn *conn = NULL, *proved = sa->conn, *found = NULL;

	while ((conn = which_next_id(sa, &sa->peer_id, &me, conn))) {
		if (!auth_same(proved, conn) || conn->cfg.transport != transport)
			continue;
		w->cp_missing |= !asked_for(w, conn);
		if (!asked_for(w, conn) || !narrow(sa, conn, w))
			continue;
		if (esp_fits(conn, w)) {
			sa_move(sa, conn);
			return true;
		}
		if (!found)
			found = conn;
	}
	if (!found)
		return false;
	sa_move(sa, found);
	return narrow(sa, found, w);
}

static void log_selectors(struct ike_sa *sa, const struct want *w)
{
	char i[IKE_TS_TEXT], r[IKE_TS_TEXT], peer[IKE_ID_TEXT];

	ike_log(sa->e, sa->conn, LOG_WARNING,
		"no connection matches: %s asks for a tunnel between %s (its) and %s (ours); compare leftsubnet= and rightsubnet= on both sides",
		ike_id_text(&sa->peer_id, peer), ike_ts_text(w->tsi.list, w->tsi.n, i),
		ike_ts_text(w->tsr.list, w->tsr.n, r));
}

/* No conn fits, but one would if the peer asked for an address. */
static uint16_t unselected(struct ike_sa *sa, const struct want *w)
{
	char peer[IKE_ID_TEXT];

	if (!w->cp_missing) {
		log_selectors(sa, w);
		return N_TS_UNACCEPTABLE;
	}
	ike_id_text(&sa->peer_id, peer);
	if (w->asked.ip4.lease || w->asked.ip6.lease) {
		ike_log(sa->e, sa->conn, LOG_WARNING, "%s asks for an %s address, and rightaddresspool= has others", peer,
			w->asked.ip4.lease ? "IPv4" : "IPv6");
		return N_INTERNAL_ADDRESS_FAILURE;
	}
	ike_log(sa->e, sa->conn, LOG_WARNING, "%s asks for no address, and gets no tunnel without one of rightaddresspool=", peer);
	return N_FAILED_CP_REQUIRED;
}

/* The conn whose Child SA it is, and its selectors. */
static uint16_t choose_conn(struct ike_sa *sa, struct want *w)
{
	uint16_t error;
	uint8_t family;

	/* The same mode first. RFC 7296 1.3.1: transport mode may be declined, by answering with tunnel mode. */
	if (!find_selectors(sa, w, w->transport) && !find_selectors(sa, w, !w->transport))
		return unselected(sa, w);
	family = sa->conn->cfg.pool.first.family;
	sa->cp_asked = ike_cp_part(&w->asked, family)->lease;
	error = instance_enter(sa, &ike_cp_part(&w->asked, family)->addr);
	if (error || narrow(sa, sa->conn, w))
		return error;
	log_selectors(sa, w);
	return N_TS_UNACCEPTABLE;
}

static uint16_t choose_child(struct ike_sa *sa, struct want *w)
{
	char theirs[IKE_OFFERS_TEXT], ours[IKE_OFFERS_TEXT];
	struct ike_child *c = &sa->child.c;
	const struct ike_offer *offer;
	const struct ike_proposal *p;
	uint16_t error = choose_conn(sa, w);
	struct ike_conn_config *cfg;

	if (error)
		return error;
	cfg = &sa->conn->cfg;
	if (!mode_possible(sa, sa->conn, w->transport)) {
		mode_log_refused(sa, sa->conn, w->transport);
		return N_NO_PROPOSAL_CHOSEN;
	}
	if (w->transport && !cfg->transport)
		ike_log(sa->e, sa->conn, LOG_INFO, "the peer would like transport mode, the conn has type=tunnel: it is answered with a tunnel");
	c->transport = cfg->transport;
	p = ike_choose(&w->offers, true, cfg->esp, cfg->n_esp, 0, &offer);
	if (!p || !get_u32(offer->spi)) {
		ike_log(sa->e, sa->conn, LOG_WARNING,
			"no proposal chosen for the Child SA: the peer offers %s; esp= allows %s",
			ike_offers_text(&w->offers, true, theirs),
			ike_list_text(cfg->esp, cfg->n_esp, true, ours));
		return N_NO_PROPOSAL_CHOSEN;
	}
	c->alg = *p;
	sa->offer = offer->number;
	memcpy(c->spi_out, offer->spi, 4);
	sa->child.wanted = true;
	return 0;
}

/* Without a Child SA the answer says why; the IKE SA stands all the same. */
static void make_auth(struct ike_sa *sa)
{
	uint8_t body[IKE_MAX_ID_BODY] = { 0 }, *octets;
	const struct ike_id *me = &sa->conn->cfg.local_id;
	struct view id = { body, 4 + me->len };
	size_t len;
	int err = -ENOMEM;

	body[0] = me->type;
	memcpy(body + 4, me->data, me->len);
	octets = auth_octets(sa, true, id, &len);
	sa_set_state(sa, SA_R_MAKE);
	if (octets)
		err = req_auth_make(sa, octets, len);
	free(octets);
	if (err)
		sa_drop(sa);
}

static void auth_wrong(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	char peer[IKE_ID_TEXT], me[IKE_ID_TEXT], addr[IKE_ADDR_TEXT], why[IKE_WHY];

	ike_id_text(&sa->peer_id, peer);
	ike_id_text(&sa->conn->cfg.local_id, me);
	ike_peer_text(&sa->remote, addr);
	if (len)
		ike_log_limited(sa->e, LOG_WARNING, "authentication failed: conn \"%s\": %s at %s: %s", sa->conn->name, peer,
				addr, auth_why(data, len, "", why, sizeof(why)));
	else if (error == -ENOENT)
		ike_log_limited(sa->e, LOG_WARNING,
				"authentication failed: conn \"%s\": ipsec.secrets has no PSK for %s and %s",
				sa->conn->name, me, peer);
	else
		ike_log_limited(sa->e, LOG_WARNING,
				"authentication failed: conn \"%s\": AUTH of %s at %s is wrong; compare the PSK of %s and %s in ipsec.secrets on both sides",
				sa->conn->name, peer, addr, me, peer);
	auth_r_refuse(sa, N_AUTHENTICATION_FAILED);
}

void auth_r_checked(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	struct view inner = { sa->inner, sa->inner_len };
	struct ike_payloads in;
	struct want w;

	if (error) {
		auth_wrong(sa, error, data, len);
		return;
	}
	sa_not_half_open(sa);
	if (ike_chain_parse(sa->inner_first, inner, &in) || !want_parse(&in, &w)) {
		auth_r_refuse(sa, N_INVALID_SYNTAX);
		return;
	}
	qcd_note(sa, &in);
	sa->child_error = w.any ? choose_child(sa, &w) : 0;
	if (!sa->child.wanted) {
		make_auth(sa);
		return;
	}
	sa_set_state(sa, SA_R_GETSPI);
	if (child_prepare(sa))
		sa_drop(sa);
}

static void child_failed(struct ike_sa *sa, const char *what, int error)
{
	ike_log(sa->e, sa->conn, LOG_ERR, "%s: %s", what, strerror(-error));
	child_end(sa);
	sa->child_error = N_TEMPORARY_FAILURE;
}

void auth_r_spi_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	if (error || len != 4) {
		child_failed(sa, "the kernel gives no SPI", error ? error : -EPROTO);
	} else {
		sa->child.have_spi = true;
		memcpy(sa->child.c.spi_in, data, 4);
		memcpy(sa->child.remove->a.remove.spi_in, data, 4);
	}
	make_auth(sa);
}

/* The answer, kept in .inner until the kernel has the Child SA. */
static int compose(struct ike_sa *sa, const uint8_t *made, size_t len)
{
	struct ike_writer w;

	sa_writer(sa, &w);
	w_id(&w, PLD_IDr, &sa->conn->cfg.local_id);
	if (!w_made_certs(&w, made, len) || !w_made_auth(&w, made, len))
		return -EPROTO;
	if (sa->ppk_used)
		w_notify(&w, N_PPK_IDENTITY, NULL, 0);
	if (w.full)
		return -EMSGSIZE;
	free(sa->inner);
	sa->inner = copy_bytes(w.buf, w.len);
	sa->inner_len = w.len;
	sa->inner_first = w.first;
	return sa->inner ? 0 : -ENOMEM;
}

static void answer(struct ike_sa *sa)
{
	struct ike_child *c = &sa->child.c;
	struct ike_payloads head;
	struct ike_writer w;
	unsigned int i;

	sa_writer(sa, &w);
	if (!ike_chain_parse(sa->inner_first, (struct view){ sa->inner, sa->inner_len }, &head)) {
		for (i = 0; i < head.n; i++) {
			w_begin(&w, head.list[i].type);
			w_bytes(&w, head.list[i].body.p, head.list[i].body.len);
			w_end(&w);
		}
	}
	if (sa->child.installed) {
		w_lease(&w, sa);
		w_mode(&w, c->transport);
		w_chosen(&w, &c->alg, sa->offer, c->spi_in);
		w_ts(&w, PLD_TSi, c->remote_ts, c->n_remote_ts);
		w_ts(&w, PLD_TSr, c->local_ts, c->n_local_ts);
	} else if (sa->child_error) {
		w_notify(&w, sa->child_error, NULL, 0);
	}
	w_qcd(&w, sa);
	sa->mobike = sa->peer_mobike && mobike_wanted(sa->conn);
	if (sa->mobike)
		w_notify(&w, N_MOBIKE_SUPPORTED, NULL, 0);
	if (sa_reply(sa, EXCH_IKE_AUTH, &w)) {
		sa_drop(sa);
		return;
	}
	sa_wipe_init(sa);
	sa_set_state(sa, SA_UP);
	conn_sa_up(sa);
}

void auth_r_installed(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	if (error)
		child_failed(sa, "the kernel refused the Child SA", error);
	else
		child_installed(sa, &sa->child);
	answer(sa);
}

/* It is the turn of this Child SA, or there is none to install. */
void auth_r_install(struct ike_sa *sa)
{
	int error;

	if (!sa->child.wanted) {
		answer(sa);
	} else if (!child_install(sa, &error)) {
		/* We began one at the same time, and that one stays. */
		child_end(sa);
		sa->child_error = N_NO_ADDITIONAL_SAS;
		answer(sa);
	} else if (error) {
		auth_r_installed(sa, error, NULL, 0);
	}
}

void auth_r_made(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	char me[IKE_ID_TEXT], why[IKE_WHY];
	int err = error ? error : compose(sa, data, len);

	if (err) {
		ike_log(sa->e, sa->conn, LOG_ERR, "cannot authenticate as %s: %s",
			ike_id_text(&sa->conn->cfg.local_id, me),
			auth_why(data, error ? len : 0, strerror(-err), why, sizeof(why)));
		auth_r_refuse(sa, N_AUTHENTICATION_FAILED);
		return;
	}
	sa_set_state(sa, SA_R_INSTALL);
	auth_r_install(sa);
}
