// SPDX-License-Identifier: GPL-2.0
/*
 * The Child SA on its way into the kernel, and which of two stays.
 *
 * Both sides of a pair of IKE SAs must choose the same one without talking about it. Of two that
 * the same side began the later stays. Of two that both sides began, one after the
 * other, the later stays too; if they overlapped (one came up while the other was under way,
 * and that looks the same from both ends) the one with the lowest nonce goes, RFC 7296 2.8.1.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* The selectors of one side of the conn; without any: @host itself. */
unsigned int conn_ts(const struct ike_conn *conn, bool local, const struct ike_addr *host,
		     struct ike_ts *out)
{
	const struct ike_conn_config *cfg = &conn->cfg;
	unsigned int n = local ? cfg->n_local_ts : cfg->n_remote_ts;

	if (local && cfg->ask_address && conn->lease.family) {
		out[0] = ike_ts_host(&conn->lease);
		return 1;
	}
	if (!n) {
		out[0] = ike_ts_host(host);
		return 1;
	}
	memcpy(out, local ? cfg->local_ts : cfg->remote_ts, n * sizeof(*out));
	return n;
}

void child_set_addresses(const struct ike_sa *sa, struct child *child)
{
	child->c.local = sa->local;
	child->c.remote = sa->remote;
	child->c.encap = natt_encap(sa);
	child->c.keepalive = sa->nat & IKE_NAT_HERE;
	if (!child->installed)
		child->c.named_peer = sa->remote;
	if (child->remove)
		child->remove->a.remove.local = child->c.named;
}

void child_limits(struct ike_child *c, const struct ike_conn_config *cfg)
{
	c->lifetime = cfg->sa_lifetime;
	c->max_bytes = cfg->max_bytes;
	c->max_packets = cfg->max_packets;
}

/* Everything that can be known before the SPI; asks for it. */
int child_prepare(struct ike_sa *sa)
{
	struct act *remove = act_new(IKE_REMOVE, sa->conn, 0);
	struct ike_child *c = &sa->child.c;

	if (!remove)
		return -ENOMEM;
	sa->child.remove = remove;
	c->child = ++sa->e->next_serial;
	c->initiator = sa->initiator;
	child_limits(c, &sa->conn->cfg);
	if (sa->initiator) {
		c->n_local_ts = conn_ts(sa->conn, true, &sa->local, c->local_ts);
		c->n_remote_ts = conn_ts(sa->conn, false, &sa->home, c->remote_ts);
		if (sa->conn->cfg.ask_address) {	/* whatever address it will be */
			c->n_local_ts = sa->conn->cfg.n_local_ts;
			memcpy(c->local_ts, sa->conn->cfg.local_ts, sizeof(c->local_ts));
		}
		demand_selectors(sa->conn, c);
	}
	remove->a.remove.conn = remove->a.conn;
	remove->a.remove.child = c->child;
	c->named = sa->local;
	child_set_addresses(sa, &sa->child);
	return req_getspi(sa);
}

bool sa_same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	return ike_id_equal(&a->peer_id, &b->peer_id) && !(a->e->env.shared_ids && !ike_addr_equal(&a->home, &b->home));
}

int nonce_cmp(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	int diff = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return diff ? diff : (a_len > b_len) - (a_len < b_len);
}

static void line_begin(struct ike_sa *sa)
{
	int low = nonce_cmp(sa->nonce[0], sa->nonce_len[0], sa->nonce[1], sa->nonce_len[1]) > 0;

	sa->line.initiator = sa->initiator;
	sa->line.len = sa->nonce_len[low];
	memcpy(sa->line.nonce, sa->nonce[low], sa->line.len);
}

/* @sa comes, @old stands. */
static bool beats(const struct ike_sa *sa, const struct ike_sa *old)
{
	if (sa->line.initiator == old->line.initiator)
		return sa->born > old->born;
	if (old->up < sa->born)
		return true;
	return nonce_cmp(sa->line.nonce, sa->line.len, old->line.nonce, old->line.len) > 0;
}

struct ike_sa *child_rival(struct ike_sa *sa, bool *beaten)
{
	struct ike_sa *o, *found = NULL;

	*beaten = false;
	for (o = sa->conn->sas; o; o = o->conn_next) {
		if (o == sa || o->state != SA_UP || !o->child.installed || o->superseded ||
		    !sa_same_peer(sa, o))
			continue;
		if (!beats(sa, o))
			*beaten = true;
		found = o;
	}
	return found;
}

bool child_install(struct ike_sa *sa, int *error)
{
	struct ike_sa *old;
	bool beaten;

	*error = 0;
	line_begin(sa);
	old = child_rival(sa, &beaten);
	if (beaten)
		return false;
	if (sa->conn->installing)
		return true;		/* child_install_ended() comes back */
	sa->child.c.replaces = old ? old->child.c.child : 0;
	*error = keys_child(sa);
	if (!*error)
		*error = req_install(sa);
	if (!*error)
		sa->conn->installing = true;
	return true;
}

/* Installs one Child SA that waits for its turn; false: there is none. */
static bool install_next(struct ike_conn *conn)
{
	struct ike_sa *sa;

	for (sa = conn->sas; sa; sa = sa->conn_next) {
		if (!sa->req && sa->state == SA_I_INSTALL)
			auth_i_install(sa);
		else if (!sa->req && sa->state == SA_R_INSTALL)
			auth_r_install(sa);
		else if (sa->x_i && !sa->x_i->req && sa->x_i->state == X_I_INSTALL)
			x_install(sa->x_i);
		else if (sa->x_r && !sa->x_r->req && sa->x_r->state == X_R_INSTALL)
			x_install(sa->x_r);
		else
			continue;
		return true;
	}
	return false;
}

/* An IKE_INSTALL of the conn has its result: whoever waited is next. */
void child_install_ended(struct ike_conn *conn)
{
	conn->installing = false;
	while (!conn->installing && install_next(conn))
		;
}
