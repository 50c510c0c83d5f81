// SPDX-License-Identifier: GPL-2.0
/*
 * What both sides of CREATE_CHILD_SA need (RFC 7296 1.3): its life, the requests, collisions. Several
 * things happen before the answer: a key, a secret, an SPI, an installation; each state here waits for one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

struct xchg *x_new(struct ike_sa *sa, bool initiator, bool ike)
{
	struct xchg *x = calloc(1, sizeof(*x));

	if (x)
		x->spare = calloc(1, sizeof(*x->spare));
	if (!x || !x->spare) {
		free(x);
		return NULL;
	}
	x->sa = sa;
	x->initiator = initiator;
	x->ike = ike;
	x->state = initiator ? X_I_DH : X_R_DH;
	x->nonce_len[!initiator] = IKE_NONCE_LEN;
	sa->e->env.random(sa->e->env.ctx, x->nonce[!initiator], IKE_NONCE_LEN);
	*(initiator ? &sa->x_i : &sa->x_r) = x;
	return x;
}

void x_end(struct xchg *x)
{
	struct ike_sa *sa = x->sa;

	*(x->initiator ? &sa->x_i : &sa->x_r) = NULL;
	if (x->req)
		req_forsake(x->req, &x->child);
	child_release(sa->e, &x->child);
	if (x->dh_key)
		dh_forget_key(sa->e, x->dh_key);
	if (x->made)
		sa_drop(x->made);
	free(x->ke);
	free(x->pub);
	followup_forget(x);
	free(x->spare);
	explicit_bzero(x, sizeof(*x));
	free(x);
	child_timer_set(sa);
}

void x_result(struct xchg *x, int error, const uint8_t *data, size_t len)
{
	static void (*const table[X_N_STATES])(struct xchg *x, int error, const uint8_t *data, size_t len) = {
		[X_I_DH] = create_i_dh_done, [X_I_SPI] = create_i_spi_done,
		[X_I_SHARED] = create_i_shared_done, [X_I_INSTALL] = create_i_installed,
		[X_I_KE_DH] = followup_i_dh_done, [X_I_KE_SHARED] = followup_i_shared_done,
		[X_R_KE] = followup_r_answered,
		[X_R_DH] = create_r_dh_done, [X_R_SHARED] = create_r_shared_done,
		[X_R_SPI] = create_r_spi_done, [X_R_INSTALL] = create_r_installed,
	};

	child_timer_set(x->sa);
	if (table[x->state])
		table[x->state](x, error, data, len);
}

int x_dh_generate(struct xchg *x)
{
	return x_send(x, act_dh_generate(x->sa->e, x->sa->conn, x->group));
}

int x_dh_shared(struct xchg *x)
{
	int err = x_send(x, act_dh_shared(x->sa->conn, x->dh_key, x->ke, x->ke_len));

	if (!err)
		x->dh_key = 0;		/* used up */
	return err;
}

int x_keep_secret(struct xchg *x, const uint8_t *data, size_t len)
{
	if (!len || len > sizeof(x->secret))
		return -EINVAL;
	memcpy(x->secret, data, len);
	x->secret_len = len;
	return 0;
}

/* What the peer puts in the place of another one takes over later. */
static bool x_in_steps(const struct xchg *x)
{
	return !x->initiator && x->old;
}

/* Everything that can be known before the SPI; asks for it. */
int x_child_prepare(struct xchg *x)
{
	struct ike_sa *sa = x->sa;
	struct child *child = &x->child;

	child->remove = act_new(IKE_REMOVE, sa->conn, 0);
	child->takeover = x_in_steps(x) ? act_new(IKE_TAKEOVER, sa->conn, 0) : NULL;
	if (!child->remove || (x_in_steps(x) && !child->takeover))
		return -ENOMEM;
	child->c.child = ++sa->e->next_serial;
	child->c.initiator = x->initiator;
	child_limits(&child->c, &sa->conn->cfg);
	child->remove->a.remove.conn = child->remove->a.conn;
	child->remove->a.remove.child = child->c.child;
	child->c.named = sa->local;
	child_set_addresses(sa, child);
	if (child->takeover)
		child->takeover->a.takeover = child->c.child;
	return x_send(x, act_getspi(sa));
}

void x_spi(struct xchg *x, const uint8_t spi[4])
{
	x->child.have_spi = true;
	memcpy(x->child.c.spi_in, spi, 4);
	memcpy(x->child.remove->a.remove.spi_in, spi, 4);
}

/* False: it is not to come, as the conn is up by another IKE SA that stays. */
static bool find_replaced(struct xchg *x)
{
	struct ike_sa *sa = x->sa, *old;
	bool beaten;

	x->child.c.replaces = sa->child.c.child;
	if (x->old || sa->child.installed)
		return true;
	branch_line(sa, x);
	old = child_rival(sa, &beaten);
	x->child.c.replaces = old ? old->child.c.child : 0;
	return !beaten;
}

/* When its turn comes: a conn has one installation at a time. */
void x_install(struct xchg *x)
{
	struct ike_conn *conn = x->sa->conn;
	int err;

	if (!find_replaced(x)) {
		x->initiator ? create_i_beaten(x) : create_r_refuse(x, N_NO_ADDITIONAL_SAS);
		return;
	}
	if (conn->installing)
		return;			/* child_install_ended() comes back */
	x->child.c.peer_id = x->sa->peer_id;
	x->child.c.inbound_only = x_in_steps(x) || (!x->initiator && x->sa->child.installed);
	err = keys_x_child(x);
	if (!err)
		err = x_send(x, act_install(conn, &x->child.c));
	if (err)
		x_result(x, err, NULL, 0);
	else
		conn->installing = true;
}

/* ---- collisions, RFC 7296 2.8.1 ---- */

static int lower_nonce(const struct xchg *x)
{
	return nonce_cmp(x->nonce[0], x->nonce_len[0], x->nonce[1], x->nonce_len[1]) > 0;
}

void x_collides(struct xchg *ours, const struct xchg *theirs)
{
	int low = lower_nonce(theirs);

	ours->collided = true;
	ours->rival = 0;
	ours->rival_nonce_len = theirs->nonce_len[low];
	memcpy(ours->rival_nonce, theirs->nonce[low], theirs->nonce_len[low]);
}

bool x_loses(const struct xchg *x)
{
	int low = lower_nonce(x);

	return x->collided &&
	       nonce_cmp(x->nonce[low], x->nonce_len[low], x->rival_nonce, x->rival_nonce_len) < 0;
}

/* ---- algorithms ---- */

static unsigned int add(struct ike_proposal *list, unsigned int n, const struct ike_proposal *p, uint16_t dh)
{
	struct ike_proposal one = *p;
	unsigned int i;

	one.dh = dh;
	if (dh != p->dh)		/* what esp= says is on top of its own group */
		memset(one.addke, 0, sizeof(one.addke));
	for (i = 0; i < n; i++)
		if (ike_proposal_equal(&list[i], &one))
			return n;
	if (n < IKE_MAX_PROPOSALS)
		list[n++] = one;
	return n;
}

/*
 * With pfs every cipher with its own group, or that of the IKE SA. A responder that does not ask for a key
 * exchange has no reason to refuse one.
 */
unsigned int x_proposals(const struct ike_sa *sa, bool responder, struct ike_proposal *list)
{
	static const uint16_t groups[] = { DH_ECP256, DH_X25519, DH_ECP384, DH_MODP2048 };
	const struct ike_conn *conn = sa->conn;
	const struct ike_conn_config *cfg = &conn->cfg;
	unsigned int i, j, n = 0;

	for (i = 0; cfg->pfs != IKE_PFS_NO && i < conn->n_esp_pfs; i++)
		n = add(list, n, &conn->esp_pfs[i], conn->esp_pfs[i].dh ? conn->esp_pfs[i].dh : sa->alg.dh);
	for (i = 0; cfg->pfs != IKE_PFS_YES && i < cfg->n_esp; i++)
		n = add(list, n, &cfg->esp[i], 0);
	for (j = 0; responder && cfg->pfs != IKE_PFS_YES && j < sizeof(groups) / sizeof(groups[0]); j++)
		for (i = 0; i < cfg->n_esp; i++)
			n = add(list, n, &cfg->esp[i], groups[j]);
	return n;
}
