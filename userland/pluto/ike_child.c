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

	if (!n) {
		out[0] = ike_ts_host(host);
		return 1;
	}
	memcpy(out, local ? cfg->local_ts : cfg->remote_ts, n * sizeof(*out));
	return n;
}

void child_set_addresses(struct ike_sa *sa)
{
	sa->child.c.local = sa->local;
	sa->child.c.remote = sa->remote;
	if (!sa->child.remove)
		return;
	sa->child.remove->a.remove.local = sa->local;
	sa->child.remove->a.remove.remote = sa->remote;
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
	c->lifetime = sa->conn->cfg.sa_lifetime;
	if (sa->initiator) {
		c->n_local_ts = conn_ts(sa->conn, true, &sa->local, c->local_ts);
		c->n_remote_ts = conn_ts(sa->conn, false, &sa->remote, c->remote_ts);
	}
	remove->a.remove.conn = remove->a.conn;
	remove->a.remove.child = c->child;
	child_set_addresses(sa);
	return req_getspi(sa);
}

bool sa_same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	return ike_id_equal(&a->peer_id, &b->peer_id);
}

static int nonce_cmp(const struct ike_sa *a, int i, const struct ike_sa *b, int j)
{
	size_t la = a->nonce_len[i], lb = b->nonce_len[j];
	int diff = memcmp(a->nonce[i], b->nonce[j], la < lb ? la : lb);

	return diff ? diff : (la > lb) - (la < lb);
}

/* The lower of an IKE SA's two nonces. */
static int lower_nonce(const struct ike_sa *sa)
{
	return nonce_cmp(sa, 0, sa, 1) > 0;
}

/* @sa comes, @old stands. */
static bool beats(const struct ike_sa *sa, const struct ike_sa *old)
{
	if (sa->initiator == old->initiator)
		return sa->born > old->born;
	if (old->up < sa->born)
		return true;
	return nonce_cmp(sa, lower_nonce(sa), old, lower_nonce(old)) > 0;
}

/* The Child SA that @sa's would take over from, if it may; *beaten: it may not come at all. */
static struct ike_sa *rival(struct ike_sa *sa, bool *beaten)
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
	old = rival(sa, &beaten);
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

/* An IKE SA whose Child SA waits for its turn, or NULL. */
static struct ike_sa *waiting(struct ike_conn *conn)
{
	struct ike_sa *sa;

	for (sa = conn->sas; sa; sa = sa->conn_next)
		if (!sa->req && (sa->state == SA_I_INSTALL || sa->state == SA_R_INSTALL))
			return sa;
	return NULL;
}

/* An IKE_INSTALL of the conn has its result: whoever waited is next. */
void child_install_ended(struct ike_conn *conn)
{
	struct ike_sa *sa;

	conn->installing = false;
	while (!conn->installing && (sa = waiting(conn))) {
		if (sa->initiator)
			auth_i_install(sa);
		else
			auth_r_install(sa);
	}
}
