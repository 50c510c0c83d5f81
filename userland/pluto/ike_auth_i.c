// SPDX-License-Identifier: GPL-2.0
/* IKE_AUTH as initiator, RFC 7296 1.2, 2.15 and 2.21.2. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* The attempt is over and the peer holds nothing, or nothing that it keeps. */
static void fail_drop(struct ike_sa *sa, enum ike_reason reason, const char *text)
{
	conn_failed(sa, reason, "%s", text);
	sa_drop(sa);
}

void auth_i_shared_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	if (error) {
		conn_failed(sa, IKE_PROTOCOL, "the peer's value for group dh%u is refused: %s",
			    sa->group, strerror(-error));
		sa_drop(sa);
		return;
	}
	if (keys_ike(sa, data, len)) {
		fail_drop(sa, IKE_PROTOCOL, "libcrypto failed while making keys");
		return;
	}
	if (sa->conn->cfg.transport && mode_natted(sa)) {
		branches_scatter(sa);	/* the others can do without this one */
		fail_drop(sa, IKE_PROTOCOL, MODE_NATTED);
		return;
	}
	inter_i_next(sa);
}

void auth_i_begin(struct ike_sa *sa)
{
	const char *wrong;

	sa->peer_id = sa->conn->cfg.remote_id;
	wrong = ppk_i_begin(sa);
	if (wrong) {
		fail_drop(sa, sa->peer_ppk ? IKE_NO_SECRET : IKE_PROTOCOL, wrong);
		return;
	}
	sa_set_state(sa, SA_I_GETSPI);
	if (child_prepare(sa))
		fail_drop(sa, IKE_PROTOCOL, "out of memory");
}

/* The body of our ID payload, as it will stand in the message. */
static size_t id_body(const struct ike_id *id, uint8_t body[IKE_MAX_ID_BODY])
{
	memset(body, 0, 4);
	body[0] = id->type;
	memcpy(body + 4, id->data, id->len);
	return 4 + id->len;
}

/* With a PPK twice: first without it, if it may be done without. */
static void make(struct ike_sa *sa)
{
	bool without = ppk_i_without_first(sa);
	uint8_t body[IKE_MAX_ID_BODY], *octets;
	struct view id = { body, 0 };
	size_t n;
	int err = -ENOMEM;

	id.len = id_body(&sa->conn->cfg.local_id, body);
	if (without)
		ppk_swap(sa);
	octets = auth_octets(sa, true, id, &n);
	sa_set_state(sa, SA_I_MAKE);
	if (octets)
		err = req_auth_make(sa, octets, n);
	free(octets);
	if (without)
		ppk_swap(sa);
	if (err)
		fail_drop(sa, IKE_PROTOCOL, "out of memory");
}

void auth_i_spi_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	if (error || len != 4) {
		conn_failed(sa, IKE_KERNEL, "the kernel gives no SPI: %s",
			    error ? strerror(-error) : "wrong length");
		sa_drop(sa);
		return;
	}
	sa->child.have_spi = true;
	memcpy(sa->child.c.spi_in, data, 4);
	memcpy(sa->child.remove->a.remove.spi_in, data, 4);
	make(sa);
}

/*
 * RFC 7296 2.4: this is the only IKE SA between the two identities. The peer will drop
 * all others, so no other must be one that it may hold.
 */
static bool is_initial(const struct ike_sa *sa)
{
	const struct ike_sa *o;

	for (o = sa->e->all; o; o = o->all_next) {
		if (o == sa || o->trunk || o->doomed || !o->conn || o->state == SA_DELETING)
			continue;
		if (o->state < SA_I_AUTH || (o->state >= SA_R_DH && o->state < SA_R_MAKE))
			continue;
		if (ike_id_equal(&o->conn->cfg.local_id, &sa->conn->cfg.local_id) &&
		    ike_id_equal(&o->peer_id, &sa->peer_id))
			return false;
	}
	return true;
}

void auth_i_made(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	struct ike_conn_config *cfg = &sa->conn->cfg;
	char me[IKE_ID_TEXT], peer[IKE_ID_TEXT], why[IKE_WHY];
	struct ike_child *c = &sa->child.c;
	struct ike_writer w;
	struct view without;
	bool made = true;

	if (error) {
		conn_failed(sa, error == -ENOENT ? IKE_NO_SECRET : IKE_AUTH_FAILED,
			    "cannot authenticate as %s to %s: %s",
			    ike_id_text(&cfg->local_id, me), ike_id_text(&cfg->remote_id, peer),
			    auth_why(data, len, error == -ENOENT ? "ipsec.secrets has no PSK for these two" : strerror(-error),
				     why, sizeof(why)));
		sa_drop(sa);
		return;
	}
	if (ppk_i_without_first(sa)) {
		if (!auth_of_made(data, len, &without) || ppk_i_keep(sa, without))
			fail_drop(sa, IKE_PROTOCOL, "malformed AUTH of ours");
		else
			make(sa);
		return;
	}
	sa_writer(sa, &w);
	w_id(&w, PLD_IDi, &cfg->local_id);
	made &= w_made_certs(&w, data, len);
	if (cfg->ask_cert)
		w_certreq(&w, sa->e);
	if (cfg->remote_id.type && !ike_id_wild(&cfg->remote_id))
		w_id(&w, PLD_IDr, &cfg->remote_id);
	made &= w_made_auth(&w, data, len);
	w_ppk_i(&w, sa);
	w_ask(&w, sa);
	w_mode(&w, cfg->transport);
	w_proposals(&w, cfg->esp, cfg->n_esp, c->spi_in);
	w_ts(&w, PLD_TSi, c->local_ts, c->n_local_ts);
	w_ts(&w, PLD_TSr, c->remote_ts, c->n_remote_ts);
	/* RFC 7619 2.4: nobody may end what others have by saying that he is they. */
	if (cfg->auth_me != IKE_AUTHBY_NULL && is_initial(sa))
		w_notify(&w, N_INITIAL_CONTACT, NULL, 0);
	w_qcd(&w, sa);
	if (mobike_wanted(sa->conn))
		w_notify(&w, N_MOBIKE_SUPPORTED, NULL, 0);
	if (!made || w.full || sa_request(sa, EXCH_IKE_AUTH, &w)) {
		fail_drop(sa, IKE_PROTOCOL, w.full ? "too many or too large certificates of ours: they do not fit a message" :
			  made ? "out of memory" : "malformed AUTH of ours");
		return;
	}
	sa_set_state(sa, SA_I_AUTH);
	conn_progress(sa, "sent IKE_AUTH as %s, expecting %s", ike_id_text(&cfg->local_id, me),
		      ike_id_text(&cfg->remote_id, peer));
}

/* ---- the answer ---- */

/* Error notify instead of AUTH: the IKE SA is not there for the peer. */
static void refused(struct ike_sa *sa, uint16_t type)
{
	char me[IKE_ID_TEXT], peer[IKE_ID_TEXT], addr[IKE_ADDR_TEXT];

	ike_peer_text(&sa->remote, addr);
	ike_id_text(&sa->conn->cfg.local_id, me);
	ike_id_text(&sa->peer_id, peer);
	if (type == N_AUTHENTICATION_FAILED)
		conn_failed(sa, IKE_AUTH_FAILED, sa->conn->cfg.auth_me == IKE_AUTHBY_PSK ?
			    "authentication failed: %s did not accept us as %s asking for %s; compare the PSK of the two in ipsec.secrets on both sides, and both ids%s; see its log" :
			    "authentication failed: %s did not accept us as %s asking for %s; does it have our public key, or trust the CA of our certificate, and does that name this id%s? See its log",
			    addr, me, peer, sa->ppk ? ", and does it take our PPK" : "");
	else if (type)
		conn_failed(sa, type == N_NO_PROPOSAL_CHOSEN ? IKE_NO_PROPOSAL : IKE_PROTOCOL,
			    "%s answered IKE_AUTH with %s; see its log", addr,
			    ike_notify_name(type));
	else
		conn_failed(sa, IKE_PROTOCOL, "%s answered IKE_AUTH without AUTH", addr);
	sa_drop(sa);
}

/* The Child SA that the peer made. 0, or the notify that says what is wrong with it. */
static uint16_t child_parse(struct ike_sa *sa, const struct msg *m)
{
	const struct ike_payload *s = ike_find(&m->in, PLD_SA);
	const struct ike_payload *ti = ike_find(&m->in, PLD_TSi), *tr = ike_find(&m->in, PLD_TSr);
	struct ike_child *c = &sa->child.c;
	const struct ike_proposal *p;
	struct ike_offers offers;
	struct ike_ts_list i, r;
	uint16_t error;

	if (!s || !ti || !tr || ike_sa_parse(s->body, &offers) ||
	    ike_ts_parse(ti->body, &i) || ike_ts_parse(tr->body, &r))
		return N_INVALID_SYNTAX;
	p = ike_chosen(&offers, true, sa->conn->cfg.esp, sa->conn->cfg.n_esp);
	if (!p || !get_u32(offers.list[0].spi))
		return N_NO_PROPOSAL_CHOSEN;
	if (!i.n || !r.n || i.n > IKE_MAX_TS || r.n > IKE_MAX_TS ||
	    !ike_ts_within(i.list, i.n, c->local_ts, c->n_local_ts) ||
	    !ike_ts_within(r.list, r.n, c->remote_ts, c->n_remote_ts))
		return N_TS_UNACCEPTABLE;
	if (mode_said(&m->in) != sa->conn->cfg.transport)
		return N_USE_TRANSPORT_MODE;
	error = ask_answered(sa, &m->in);
	if (error)
		return error;
	c->transport = sa->conn->cfg.transport;
	c->alg = *p;
	memcpy(c->spi_out, offers.list[0].spi, 4);
	c->n_local_ts = ask_narrow(sa, &i, c->local_ts);
	if (!c->n_local_ts)
		return N_TS_UNACCEPTABLE;
	c->n_remote_ts = ike_ts_reduce(r.list, r.n, c->remote_ts);
	sa->child.wanted = true;
	return 0;
}

/* True: @id is who the conn expects. */
static bool peer_id_ok(struct ike_sa *sa, const struct ike_id *id)
{
	const struct ike_id *want = &sa->conn->cfg.remote_id;

	return !want->type || ike_id_match(want, id);
}

static void wrong_peer(struct ike_sa *sa, const struct ike_id *id)
{
	char got[IKE_ID_TEXT], want[IKE_ID_TEXT], addr[IKE_ADDR_TEXT];

	conn_failed(sa, IKE_AUTH_FAILED,
		    "authentication failed: %s says it is %s, the conn expects %s; see leftid= and rightid= on both sides",
		    ike_peer_text(&sa->remote, addr), ike_id_text(id, got),
		    ike_id_text(&sa->conn->cfg.remote_id, want));
	sa->send_auth_failed = true;
	sa_close(sa);
}

static void wrong_method(struct ike_sa *sa, uint8_t method)
{
	char addr[IKE_ADDR_TEXT];

	conn_failed(sa, IKE_AUTH_FAILED,
		    "authentication failed: %s authenticates with %s, the conn expects %s; see authby= there",
		    ike_peer_text(&sa->remote, addr), ike_auth_name(method), auth_expected(sa->conn));
	sa->send_auth_failed = true;
	sa_close(sa);
}

static void malformed(struct ike_sa *sa)
{
	char addr[IKE_ADDR_TEXT];

	conn_failed(sa, IKE_PROTOCOL, "%s answered IKE_AUTH with a malformed message",
		    ike_peer_text(&sa->remote, addr));
	sa_close(sa);
}

void auth_i_response(struct ike_sa *sa, struct msg *m)
{
	const struct ike_payload *id = ike_find(&m->in, PLD_IDr), *a = ike_find(&m->in, PLD_AUTH);
	uint8_t method, *octets;
	struct ike_notify n;
	struct ike_id peer;
	struct view auth;
	size_t len;
	int err = -ENOMEM;

	sa_answered(sa);
	if (sa->doomed) {
		sa_close(sa);
		return;
	}
	if (!a) {
		refused(sa, ike_notify_error(&m->in));
		return;
	}
	if (!id || ike_id_parse(id->body, &peer) || ike_auth_parse(a->body, &method, &auth)) {
		malformed(sa);
		return;
	}
	if (!auth_method_ok(sa->conn, method) || !auth_id_ok(&peer, method)) {
		wrong_method(sa, method);
		return;
	}
	if (!peer_id_ok(sa, &peer)) {
		wrong_peer(sa, &peer);
		return;
	}
	sa->peer_id = peer;
	if (!ppk_i_answered(sa, &m->in)) {
		conn_failed(sa, IKE_AUTH_FAILED, "the peer does not use our PPK, and the conn has ppk=insist");
		sa->send_auth_failed = true;
		sa_close(sa);
		return;
	}
	qcd_note(sa, &m->in);
	sa->mobike = mobike_wanted(sa->conn) && ike_notify_find(&m->in, N_MOBIKE_SUPPORTED, &n);
	sa->child_error = ike_notify_error(&m->in);
	if (!sa->child_error)
		sa->child_error = child_parse(sa, m);
	octets = auth_octets(sa, false, id->body, &len);
	sa_set_state(sa, SA_I_CHECK);
	if (octets)
		err = req_auth_check(sa, octets, len, &m->in, (struct view){ NULL, 0 });
	free(octets);
	if (err) {
		conn_failed(sa, IKE_PROTOCOL, "out of memory");
		sa_close(sa);
	}
}

/* Without a Child SA of its own it is there for those who wait for it. */
static void for_others(struct ike_sa *sa)
{
	if (!family_alive(sa, sa)) {
		sa_close(sa);
		return;
	}
	child_end(sa);
	sa_set_state(sa, SA_UP);
	conn_sa_up(sa);
}

/* The IKE SA is authenticated but the Child SA is refused, by the peer or by us. */
static void no_child(struct ike_sa *sa)
{
	char addr[IKE_ADDR_TEXT], list[IKE_OFFERS_TEXT], l[IKE_TS_TEXT], r[IKE_TS_TEXT];
	struct ike_conn_config *cfg = &sa->conn->cfg;
	struct ike_child *c = &sa->child.c;

	ike_peer_text(&sa->remote, addr);
	switch (sa->child_error) {
	case N_NO_PROPOSAL_CHOSEN:
		conn_failed(sa, IKE_NO_PROPOSAL,
			    "no proposal chosen for the Child SA: %s takes none of %s; compare esp= with what its log says it allows",
			    addr, ike_list_text(cfg->esp, cfg->n_esp, true, list));
		break;
	case N_TS_UNACCEPTABLE:
		conn_failed(sa, IKE_TS_UNACCEPTABLE,
			    "traffic selectors refused: %s has no tunnel between %s (ours) and %s (its); compare leftsubnet= and rightsubnet= on both sides",
			    addr, ike_ts_text(c->local_ts, c->n_local_ts, l),
			    ike_ts_text(c->remote_ts, c->n_remote_ts, r));
		break;
	case N_INTERNAL_ADDRESS_FAILURE:
		conn_failed(sa, IKE_PROTOCOL, "%s has no address left for us", addr);
		break;
	case N_FAILED_CP_REQUIRED:
		conn_failed(sa, IKE_PROTOCOL, cfg->ask_address ? "%s gave us no address, and the conn has modecfgclient=yes" :
			    "%s wants to give us an address, which the conn does not ask for; see modecfgclient=", addr);
		break;
	case N_USE_TRANSPORT_MODE:
		conn_failed(sa, IKE_PROTOCOL, cfg->transport ?
			    "%s agrees to tunnel mode only, and type=transport was asked for; see its log, and type= on both sides" :
			    "%s answered with transport mode, which was not asked for", addr);
		break;
	default:
		conn_failed(sa, IKE_PROTOCOL, "%s authenticated but refused the Child SA: %s; see its log",
			    addr, ike_notify_name(sa->child_error));
	}
	for_others(sa);
}

/*
 * Another Child SA of this conn came up while ours was being made, and it stays. The peer, who
 * began that one, may still send through ours: it deletes it when the other is up there too.
 */
static void superseded(struct ike_sa *sa)
{
	ike_log(sa->e, sa->conn, LOG_DEBUG, "the peer began at the same time: its IKE SA stays");
	child_end(sa);
	sa->conn->attempt = NULL;
	sa->superseded = true;
	sa->up = ++sa->e->seq;
	sa_set_state(sa, SA_UP);
	timer_set(&sa->e->heap, &sa->t_state, sa->e->now + IKE_LINGER_MS);
	branches_scatter(sa);
}

static bool have_other(const struct ike_sa *sa)
{
	return sa->conn->current && sa->conn->current != sa && !sa->conn->renew;
}

void auth_i_checked(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	char peer[IKE_ID_TEXT], why[IKE_WHY];

	ike_id_text(&sa->peer_id, peer);
	if (error && len) {
		conn_failed(sa, error == -ENOENT ? IKE_NO_SECRET : IKE_AUTH_FAILED, "authentication of the peer as %s failed: %s",
			    peer, auth_why(data, len, "", why, sizeof(why)));
		sa->send_auth_failed = true;
		sa_close(sa);
		return;
	}
	if (error) {
		conn_failed(sa, error == -ENOENT ? IKE_NO_SECRET : IKE_AUTH_FAILED,
			    "authentication failed: the peer's AUTH as %s is wrong (%s); compare the PSK in ipsec.secrets on both sides",
			    peer, error == -EKEYREJECTED ? "another secret" : strerror(-error));
		sa->send_auth_failed = true;
		sa_close(sa);
		return;
	}
	ask_take(sa);
	sa_wipe_init(sa);
	conn_progress(sa, "peer %s is authenticated", peer);
	if (sa->child_error && have_other(sa)) {
		branches_scatter(sa);
		sa_close(sa);
		return;
	}
	if (sa->child_error) {
		no_child(sa);
		return;
	}
	sa_set_state(sa, SA_I_INSTALL);
	auth_i_install(sa);
}

void auth_i_install(struct ike_sa *sa)
{
	int error;

	if (!child_install(sa, &error))
		superseded(sa);
	else if (error)
		auth_i_installed(sa, error, NULL, 0);
}

void auth_i_installed(struct ike_sa *sa, int error, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	if (error) {
		conn_failed(sa, IKE_KERNEL, "the kernel refused the Child SA: %s", strerror(-error));
		sa_close(sa);
		return;
	}
	child_installed(sa, &sa->child);
	sa_set_state(sa, SA_UP);
	conn_sa_up(sa);
}
