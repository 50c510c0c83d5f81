// SPDX-License-Identifier: GPL-2.0
/*
 * Post-quantum pre-shared keys, RFC 8784: a secret that both have is mixed into what later keys and AUTH are made of,
 * so that who breaks the key exchange one day still lacks it. Who began says which one; where nobody insists both go on
 * without, and the initiator has sent for that an AUTH without it (NO_PPK_AUTH).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

#define PPK_ID_FIXED 2

/* Before AUTH is proved: the keys that are not in use. */
struct ppk {
	struct ike_keys other;		/* .d and .p only */
	uint8_t id[IKE_MAX_PPK_ID];
	uint16_t id_len;
	uint8_t *no_auth;		/* initiator: AUTH without it */
	size_t no_auth_len;
};

void ppk_forget(struct ike_sa *sa)
{
	if (!sa->ppk)
		return;
	free(sa->ppk->no_auth);
	explicit_bzero(sa->ppk, sizeof(*sa->ppk));
	free(sa->ppk);
	sa->ppk = NULL;
}

bool ppk_wanted(const struct ike_sa *sa)
{
	struct ike_conn *conn = NULL;

	if (sa->conn)
		return sa->conn->cfg.ppk != IKE_PPK_NO;
	while ((conn = which_next(sa, conn)))
		if (conn->cfg.ppk != IKE_PPK_NO)
			return true;
	return false;
}

/* RFC 8784 3: of the keys that stand, and the secret. */
static int mix(const struct ike_sa *sa, const struct ike_ppk *secret, struct ike_keys *to)
{
	size_t len = ike_prf_len(sa->alg.prf);
	struct view d = { sa->keys.d, len }, p[2] = { { sa->keys.p[0], len }, { sa->keys.p[1], len } };
	uint16_t prf = sa->alg.prf;
	int err;

	err = ike_prf_plus(prf, secret->key, secret->len, &d, 1, to->d, len);
	if (!err)
		err = ike_prf_plus(prf, secret->key, secret->len, &p[0], 1, to->p[0], len);
	if (!err)
		err = ike_prf_plus(prf, secret->key, secret->len, &p[1], 1, to->p[1], len);
	return err;
}

void ppk_swap(struct ike_sa *sa)
{
	struct ike_keys k;

	memcpy(k.d, sa->keys.d, sizeof(k.d));
	memcpy(k.p, sa->keys.p, sizeof(k.p));
	memcpy(sa->keys.d, sa->ppk->other.d, sizeof(k.d));
	memcpy(sa->keys.p, sa->ppk->other.p, sizeof(k.p));
	memcpy(sa->ppk->other.d, k.d, sizeof(k.d));
	memcpy(sa->ppk->other.p, k.p, sizeof(k.p));
	explicit_bzero(&k, sizeof(k));
}

/* @id NULL: any that the conn has. 0: it is mixed in; -ENOENT: there is none. */
static int use(struct ike_sa *sa, const uint8_t *id, size_t id_len)
{
	const struct ike_env *env = &sa->e->env;
	struct ike_ppk secret;
	int err = -ENOENT;

	memset(&secret, 0, sizeof(secret));
	if (!env->ppk || !env->ppk(env->ctx, sa->conn->name, &sa->conn->cfg.local_id, &sa->peer_id, id, id_len, &secret))
		return err;
	if (secret.len && secret.len <= sizeof(secret.key) && secret.id_len && secret.id_len <= sizeof(secret.id)) {
		err = -ENOMEM;
		sa->ppk = calloc(1, sizeof(*sa->ppk));
	}
	if (sa->ppk) {
		memcpy(sa->ppk->id, secret.id, secret.id_len);
		sa->ppk->id_len = secret.id_len;
		err = mix(sa, &secret, &sa->ppk->other);
		if (!err)
			ppk_swap(sa);
		else
			ppk_forget(sa);
	}
	explicit_bzero(&secret, sizeof(secret));
	return err;
}

/* ---- initiator ---- */

const char *ppk_i_begin(struct ike_sa *sa)
{
	enum ike_ppk_policy policy = sa->conn->cfg.ppk;
	int err;

	if (!sa->peer_ppk)
		return policy == IKE_PPK_INSIST ? "ppk=insist, and the peer knows nothing of PPKs (RFC 8784)" : NULL;
	err = use(sa, NULL, 0);
	if (err && err != -ENOENT)
		return "out of memory";
	if (!err || policy != IKE_PPK_INSIST)
		return NULL;
	return "ppk=insist, and ipsec.secrets has no PPKS for this conn; see ppk-ids=";
}

bool ppk_i_without_first(const struct ike_sa *sa)
{
	return sa->ppk && !sa->ppk->no_auth && sa->conn->cfg.ppk != IKE_PPK_INSIST;
}

int ppk_i_keep(struct ike_sa *sa, struct view auth)
{
	sa->ppk->no_auth = copy_bytes(auth.p, auth.len);
	sa->ppk->no_auth_len = auth.len;
	return sa->ppk->no_auth ? 0 : -ENOMEM;
}

void w_ppk_i(struct ike_writer *w, const struct ike_sa *sa)
{
	uint8_t body[1 + IKE_MAX_PPK_ID] = { PPK_ID_FIXED };

	if (!sa->ppk)
		return;
	memcpy(body + 1, sa->ppk->id, sa->ppk->id_len);
	w_notify(w, N_PPK_IDENTITY, body, 1 + sa->ppk->id_len);
	if (sa->ppk->no_auth)
		w_notify(w, N_NO_PPK_AUTH, sa->ppk->no_auth, sa->ppk->no_auth_len);
}

bool ppk_i_answered(struct ike_sa *sa, const struct ike_payloads *in)
{
	struct ike_notify n;

	if (!sa->ppk)
		return true;
	if (ike_notify_find(in, N_PPK_IDENTITY, &n)) {
		ppk_forget(sa);
		conn_progress(sa, "the PPK is mixed into the keys");
		return true;
	}
	if (sa->conn->cfg.ppk == IKE_PPK_INSIST)
		return false;
	ppk_swap(sa);
	ppk_forget(sa);
	conn_progress(sa, "the peer does not have our PPK: it is done without");
	return true;
}

/* ---- responder ---- */

/* The id that the peer named, of a kind that is known. */
static bool named(const struct ike_payloads *in, struct ike_notify *n)
{
	return ike_notify_find(in, N_PPK_IDENTITY, n) && n->data.len > 1 && n->data.p[0] == PPK_ID_FIXED;
}

const char *ppk_r_begin(struct ike_sa *sa, const struct ike_payloads *in, struct view *instead)
{
	enum ike_ppk_policy policy = sa->conn->cfg.ppk;
	struct ike_notify n, no_auth;
	int err = -ENOENT;
	bool said;

	*instead = (struct view){ NULL, 0 };
	if (!sa->peer_ppk || !ike_notify_find(in, N_PPK_IDENTITY, &n))
		return policy == IKE_PPK_INSIST ? "it uses no PPK, and the conn has ppk=insist" : NULL;
	said = named(in, &n);
	if (said && policy != IKE_PPK_NO)
		err = use(sa, n.data.p + 1, n.data.len - 1);
	sa->ppk_used = !err;
	if (!err) {
		ppk_forget(sa);
		return NULL;
	}
	if (err != -ENOENT)
		return "out of memory";
	if (policy == IKE_PPK_INSIST)
		return "ipsec.secrets has no PPKS of the name that it says, and the conn has ppk=insist";
	if (!ike_notify_find(in, N_NO_PPK_AUTH, &no_auth) || !no_auth.data.len)
		return "it insists on a PPK of a name that ipsec.secrets, or ppk-ids=, does not have";
	*instead = no_auth.data;
	return NULL;
}
