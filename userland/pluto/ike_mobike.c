// SPDX-License-Identifier: GPL-2.0
/*
 * MOBIKE, RFC 4555: who began the IKE SA may go on with it from another address. It says so with UPDATE_SA_ADDRESSES from
 * there; the other side believes the addresses of that packet, asks back whether anybody is there who can read (COOKIE2),
 * and only then sends what the tunnel carries there. The same exchange is how plain ESP is put into UDP on the way.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_internal.h"

#define COOKIE2_MIN 8			/* RFC 4555 4.2.5 */
#define COOKIE2_MAX 64

bool mobike_wanted(const struct ike_conn *conn)
{
	return conn->cfg.mobike && !conn->cfg.transport;
}

/* Where both know of NATs the initiator does, without one, too: it may come to one later (RFC 4555 3.3). */
bool mobike_floats(const struct ike_sa *sa, const struct ike_payloads *in)
{
	struct ike_notify n;

	return mobike_wanted(sa->conn) && conn_encap(sa->conn) != IKE_ENCAP_NO &&
	       ike_notify_find(in, N_NAT_DETECTION_SOURCE_IP, &n) && ike_notify_find(in, N_NAT_DETECTION_DESTINATION_IP, &n);
}

/* ---- the other side's word for "no NAT on the way": source, destination, both ports ---- */

static bool same_as_said(const struct view *said, const struct msg *m)
{
	size_t len = ike_addr_len(m->remote.family);

	return said->len == 2 * len + 4 && !memcmp(said->p, m->remote.bytes, len) &&
	       !memcmp(said->p + len, m->local.bytes, len) && get_u16(said->p + 2 * len) == m->remote.port &&
	       get_u16(said->p + 2 * len + 2) == m->local.port;
}

bool mobike_nat_unexpected(const struct ike_payloads *in, const struct msg *m)
{
	struct ike_notify n;

	return ike_notify_find(in, N_NO_NATS_ALLOWED, &n) && !same_as_said(&n.data, m);
}

/* ---- their requests ---- */

static bool has_transport(const struct ike_sa *trunk)
{
	const struct ike_sa *sa;

	for (sa = trunk; sa; sa = family_next(sa))
		if (sa->child.installed && sa->child.c.transport)
			return true;
	return false;
}

static bool is_host(const struct ike_ts *ts, unsigned int n, const struct ike_addr *addr)
{
	struct ike_ts host = ike_ts_host(addr);

	for (; n; n--, ts++)
		if (ts->family == host.family && !memcmp(ts->start, host.start, sizeof(host.start)) &&
		    !memcmp(ts->end, host.end, sizeof(host.end)))
			return true;
	return false;
}

/* A tunnel is for the peer itself at its old address, which is somebody else's after a move. */
static bool is_for_home(const struct ike_sa *trunk)
{
	const struct ike_sa *sa;

	for (sa = trunk; sa; sa = family_next(sa))
		if (sa->child.installed && is_host(sa->child.c.remote_ts, sa->child.c.n_remote_ts, &trunk->home))
			return true;
	return false;
}

/* Into UDP or out of it the kernel puts SAs over IPv4 only. */
static bool may_wrap(const struct ike_sa *sa, uint8_t nat)
{
	return sa->remote.family == AF_INET || !nat == !natt_encap(sa);
}

static enum ike_encap encap_of(const struct ike_sa *sa)
{
	return sa->conn ? conn_encap(sa->conn) : sa->encap;
}

/* 0, or why the addresses of @m are not to be had. */
static uint16_t refusal(const struct ike_sa *sa, const struct msg *m)
{
	if (sa->leads || m->remote.family != sa->remote.family || !ike_addr_equal(&m->local, &sa->local) || has_transport(sa))
		return N_UNACCEPTABLE_ADDRESSES;
	if (!ike_addr_equal(&m->remote, &sa->remote) && is_for_home(sa))
		return N_UNACCEPTABLE_ADDRESSES;
	if (!may_wrap(sa, natt_look(m, &m->in, encap_of(sa))))
		return N_UNACCEPTABLE_ADDRESSES;
	return mobike_nat_unexpected(&m->in, m) ? N_UNEXPECTED_NAT_DETECTED : 0;
}

bool mobike_read(const struct ike_sa *sa, const struct msg *m, struct mobike_asked *a)
{
	struct ike_notify n;

	memset(a, 0, sizeof(*a));
	if (!sa->mobike)
		return true;
	if (ike_notify_find(&m->in, N_COOKIE2, &n)) {
		if (n.data.len < COOKIE2_MIN || n.data.len > COOKIE2_MAX)
			return false;
		a->cookie = n.data;
	}
	a->natd = ike_notify_find(&m->in, N_NAT_DETECTION_SOURCE_IP, &n);
	if (!ike_notify_find(&m->in, N_UPDATE_SA_ADDRESSES, &n))
		return true;
	if (n.data.len)
		return false;
	a->refused = refusal(sa, m);
	a->update = !a->refused;
	return true;
}

void mobike_answer(const struct ike_sa *sa, const struct msg *m, const struct mobike_asked *a, struct ike_writer *w)
{
	if (a->refused)
		w_notify(w, a->refused, NULL, 0);
	else if (a->natd)
		w_natd(w, sa->spi_i, sa->spi_r, &m->local, &m->remote, encap_of(sa));
	if (a->cookie.p)
		w_notify(w, N_COOKIE2, a->cookie.p, a->cookie.len);
}

static bool same_place(const struct ike_addr *a, const struct ike_addr *b)
{
	return ike_addr_equal(a, b) && a->port == b->port;
}

void mobike_done(struct ike_sa *sa, const struct msg *m, const struct mobike_asked *a)
{
	char from[IKE_ADDR_TEXT], to[IKE_ADDR_TEXT];
	uint8_t nat;

	if (a->refused)
		ike_log(sa->e, sa->conn, LOG_WARNING, "the peer wants to be at %s from now on, and is refused: %s",
			ike_peer_text(&m->remote, to), ike_notify_name(a->refused));
	if (!a->update || sa->state != SA_UP)
		return;
	nat = natt_look(m, &m->in, encap_of(sa));
	if (same_place(&m->remote, &sa->remote) && m->local.port == sa->local.port && nat == sa->nat && !sa->send_probe &&
	    !sa->out.is_probe)
		return;
	ike_log(sa->e, sa->conn, LOG_NOTICE, "the peer moves from %s port %u to %s port %u%s: asking whether it is there",
		ike_peer_text(&sa->remote, from), sa->remote.port, ike_peer_text(&m->remote, to), m->remote.port,
		nat ? ", ESP in UDP" : "");
	sa->local.port = m->local.port;
	sa->remote = m->remote;
	sa->nat = nat;
	sa->send_probe = true;
	sa_send_next(sa);
}

/* ---- our requests ---- */

void mobike_write(struct ike_sa *sa, struct ike_writer *w)
{
	if (sa->send_update) {
		w_notify(w, N_UPDATE_SA_ADDRESSES, NULL, 0);
		w_natd(w, sa->spi_i, sa->spi_r, &sa->local, &sa->remote, conn_encap(sa->conn));
	}
	if (sa->send_probe) {
		sa->e->env.random(sa->e->env.ctx, sa->probe, sizeof(sa->probe));
		w_notify(w, N_COOKIE2, sa->probe, sizeof(sa->probe));
	}
}

void mobike_ask(struct ike_sa *sa, struct ike_writer *w)
{
	if (sa->mobike && sa->leads && sa->nat & IKE_NAT_HERE)
		w_natd(w, sa->spi_i, sa->spi_r, &sa->local, &sa->remote, conn_encap(sa->conn));
}

/* The NAT in front of us has given us another address or port: the peer does not follow that by itself. */
static void look_at_us(struct ike_sa *sa, const struct msg *m, bool update)
{
	struct ike_notify n;

	if (!sa->leads || !ike_notify_find(&m->in, N_NAT_DETECTION_DESTINATION_IP, &n) || n.data.len != sizeof(sa->seen))
		return;
	if (!update && sa->seen_set && memcmp(sa->seen, n.data.p, sizeof(sa->seen))) {
		ike_log(sa->e, sa->conn, LOG_NOTICE, "the NAT in front of us has moved us: telling the peer");
		sa->send_update = true;
	}
	memcpy(sa->seen, n.data.p, sizeof(sa->seen));
	sa->seen_set = true;
}

/* RFC 4555 3.7: another cookie than ours comes from somebody who does not keep to the protocol. */
static bool probe_ok(struct ike_sa *sa, const struct msg *m)
{
	struct ike_notify n;

	if (ike_notify_find(&m->in, N_COOKIE2, &n) && n.data.len == sizeof(sa->probe) &&
	    !memcmp(n.data.p, sa->probe, sizeof(sa->probe)))
		return true;
	family_lost(sa, IKE_PROTOCOL, "the peer did not send back what proves that it is where it says it is");
	return false;
}

static void followed(struct ike_sa *sa, const struct msg *m)
{
	uint16_t error = ike_notify_error(&m->in);
	char here[IKE_ADDR_TEXT];
	uint8_t nat;

	ike_addr_text(&sa->local, here);
	if (error) {
		ike_log(sa->e, sa->conn, LOG_WARNING, "the peer refuses to follow us to %s: %s; making the tunnel anew", here,
			ike_notify_name(error));
		family_renew(sa);
		return;
	}
	nat = natt_look(m, &m->in, conn_encap(sa->conn));
	ike_log(sa->e, sa->conn, LOG_NOTICE, "the peer has followed us to %s%s", here, nat ? ", ESP in UDP" : "");
	if (!may_wrap(sa, nat)) {
		family_renew(sa);
		return;
	}
	sa->nat = nat;
	/* Without memory for all of it, all of it again. */
	sa->send_update |= !natt_move_children(sa);
}

bool mobike_response(struct ike_sa *sa, const struct msg *m, bool update, bool probe)
{
	if (probe && !probe_ok(sa, m))
		return false;
	if (sa->mobike)
		look_at_us(sa, m, update);
	/* Where something newer is to be said already this was for nothing. */
	if (update && !sa->send_update)
		followed(sa, m);
	if (probe && !sa->send_probe) {
		ike_log(sa->e, sa->conn, LOG_NOTICE, "the peer is there: its tunnels follow");
		sa->send_probe = !natt_move_children(sa);
	}
	return true;
}

/* ---- we are elsewhere ---- */

static void set_local(struct ike_conn *conn, const struct ike_addr *from, const struct ike_addr *to)
{
	struct ike_sa *sa, *t;

	for (sa = conn->sas; sa; sa = sa->conn_next) {
		t = sa_trunk(sa);
		if (t->mobike && ike_addr_equal(&t->local, from))
			memcpy(t->local.bytes, to->bytes, sizeof(to->bytes));
	}
}

/* What waits for an answer is sent from there at once. */
static void speak(struct ike_sa *sa)
{
	sa_retransmit(sa);
	sa->send_update = true;
	sa_send_next(sa);
}

static int may_move(const struct ike_conn *conn, const struct ike_conn_config *to)
{
	const struct ike_conn_config *was = &conn->cfg;
	const struct ike_sa *sa = conn->current ? sa_trunk(conn->current) : NULL;

	if (!sa || sa->state != SA_UP)
		return -ENOTCONN;
	if (!sa->mobike || to->local.family != was->local.family || to->n_local_ts != was->n_local_ts || !was->n_local_ts ||
	    memcmp(to->local_ts, was->local_ts, was->n_local_ts * sizeof(*was->local_ts)))
		return -EOPNOTSUPP;
	return sa->leads ? 0 : -EPERM;
}

int ike_conn_moved(struct ike_engine *e, const struct ike_conn_config *config, uint64_t now)
{
	struct ike_conn *conn = conn_find(e, config->name);
	char from[IKE_ADDR_TEXT], to[IKE_ADDR_TEXT];
	struct ike_addr was;
	struct ike_sa *sa;
	int err = conn ? may_move(conn, config) : -ENOENT;

	if (err)
		return err;
	engine_enter(e, now);
	was = conn->cfg.local;
	conn->cfg.local = config->local;
	conn->cfg.local_id = config->local_id;
	sa = sa_trunk(conn->current);
	/* Another conn of the same IKE SA may have said so before. */
	if (!ike_addr_equal(&sa->local, &config->local) || !(sa->send_update || sa->out.is_update)) {
		ike_log(e, conn, LOG_NOTICE, "this host was at %s and is at %s now: the tunnel goes on from there (MOBIKE)",
			ike_addr_text(&was, from), ike_addr_text(&config->local, to));
		set_local(conn, &was, &config->local);
		natt_move_children(sa);
		speak(sa);
	}
	engine_leave(e);
	return 0;
}

/* ---- plain ESP does not come through ---- */

enum ike_encap conn_encap(const struct ike_conn *conn)
{
	return conn->cfg.encap == IKE_ENCAP_AUTO && conn->in_udp ? IKE_ENCAP_YES : conn->cfg.encap;
}

bool eaten_watched(const struct ike_sa *sa)
{
	const struct ike_conn *conn = sa->conn;

	return conn && sa->child.installed && conn->cfg.encap == IKE_ENCAP_AUTO && !conn->cfg.transport && !conn->in_udp &&
	       !conn->no_udp && !natt_encap(sa) && !(sa->looked_at == sa->child.c.child && sa->looked);
}

bool eaten_look(struct ike_sa *sa, uint64_t in, uint64_t out)
{
	if (in || !out || !eaten_watched(sa))
		sa->eaten = 0;
	else if (sa->eaten < UINT8_MAX)
		sa->eaten++;
	return sa->eaten;
}

/* By whom it is asked for: a peer that could do it without a new IKE SA is given time to. */
void eaten_act(struct ike_sa *sa)
{
	struct ike_conn *conn = sa->conn;
	bool update = sa->mobike && sa->leads && sa->local.port == IKE_NATT_PORT && sa->local.family == AF_INET;

	if (!sa->eaten || !conn || (sa->mobike && !update && sa->eaten < 2))
		return;
	sa->eaten = 0;
	if (!update && !conn->cfg.remote.family) {
		conn->no_udp = true;
		ike_log(sa->e, conn, LOG_WARNING, "the peer answers, but no ESP comes from it: does a firewall drop IP protocol 50? It could go in UDP if the peer began anew");
		return;
	}
	conn->in_udp = true;
	ike_log(sa->e, conn, LOG_WARNING, "the peer answers, but no ESP comes from it: does a firewall drop IP protocol 50? Moving it to UDP, port 4500");
	if (update) {
		sa->send_update = true;
		sa_send_next(sa);
		return;
	}
	conn->udp_trial = true;
	family_renew(sa);
}

void eaten_trial_over(struct ike_conn *conn, bool ok)
{
	if (!conn->udp_trial)
		return;
	conn->udp_trial = false;
	if (ok && natt_encap(conn->current))
		return;
	conn->in_udp = false;
	if (ok)
		return;			/* the peer was faster, without UDP: that one is looked at, too */
	conn->no_udp = true;
	conn->renew = false;
	ike_log(conn->e, conn, LOG_WARNING, "ESP cannot go in UDP either: it stays as it is");
}
