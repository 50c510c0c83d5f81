// SPDX-License-Identifier: GPL-2.0
/* Keys of the IKE SA and the Child SA, and the octets that AUTH signs. RFC 7296 2.14, 2.15, 2.17; RFC 9370 2.2. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

/* Where in the key stream something goes. */
struct slice {
	uint8_t *to;
	size_t len;
};

static int cut(uint16_t prf, const uint8_t *key, size_t key_len, const struct view *seed,
	       unsigned int n_seed, const struct slice *slices, unsigned int n)
{
	uint8_t stream[7 * IKE_MAX_PRF];
	size_t len = 0, at = 0;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++)
		len += slices[i].len;
	if (len > sizeof(stream))
		return -EINVAL;
	err = ike_prf_plus(prf, key, key_len, seed, n_seed, stream, len);
	for (i = 0; !err && i < n; i++) {
		memcpy(slices[i].to, stream + at, slices[i].len);
		at += slices[i].len;
	}
	explicit_bzero(stream, sizeof(stream));
	return err;
}

/* All keys of @sa from SKEYSEED. */
static int cut_ike(struct ike_sa *sa, const uint8_t *skeyseed)
{
	struct ike_keys *k = &sa->keys;
	size_t prf = ike_prf_len(sa->alg.prf), integ = ike_integ_key_len(sa->alg.integ);
	size_t encr = ike_encr_key_len(sa->alg.encr, sa->alg.keylen);
	struct slice slices[] = {
		{ k->d, prf }, { k->a[0], integ }, { k->a[1], integ }, { k->e[0], encr },
		{ k->e[1], encr }, { k->p[0], prf }, { k->p[1], prf },
	};
	struct view seed[] = {
		{ sa->nonce[0], sa->nonce_len[0] }, { sa->nonce[1], sa->nonce_len[1] },
		{ sa->spi_i, IKE_SPI_LEN }, { sa->spi_r, IKE_SPI_LEN },
	};

	return cut(sa->alg.prf, skeyseed, prf, seed, 4, slices, 7);
}

int keys_ike(struct ike_sa *sa, const uint8_t *shared, size_t len)
{
	uint8_t nonces[2 * IKE_MAX_NONCE], skeyseed[IKE_MAX_PRF];
	size_t ni = sa->nonce_len[0], nr = sa->nonce_len[1];
	struct view secret = { shared, len };
	int err;

	memcpy(nonces, sa->nonce[0], ni);
	memcpy(nonces + ni, sa->nonce[1], nr);
	err = ike_prf(sa->alg.prf, nonces, ni + nr, &secret, 1, skeyseed);
	if (!err)
		err = cut_ike(sa, skeyseed);
	sa->keys.ready = !err;
	explicit_bzero(skeyseed, sizeof(skeyseed));
	return err;
}

int keys_more(struct ike_sa *sa, const uint8_t *shared, size_t len)
{
	struct view parts[] = {
		{ shared, len }, { sa->nonce[0], sa->nonce_len[0] }, { sa->nonce[1], sa->nonce_len[1] },
	};
	uint8_t skeyseed[IKE_MAX_PRF];
	int err;

	err = ike_prf(sa->alg.prf, sa->keys.d, ike_prf_len(sa->alg.prf), parts, 3, skeyseed);
	if (!err)
		err = cut_ike(sa, skeyseed);
	explicit_bzero(skeyseed, sizeof(skeyseed));
	return err;
}

int keys_x_ike(struct xchg *x)
{
	struct ike_sa *made = x->made, *old = x->sa;
	uint8_t skeyseed[IKE_MAX_PRF];
	struct view parts[] = {
		{ x->secret, x->secret_len }, { x->nonce[0], x->nonce_len[0] }, { x->nonce[1], x->nonce_len[1] },
		{ x->more, x->more_len },
	};
	int err, i;

	for (i = 0; i < 2; i++) {
		memcpy(made->nonce[i], x->nonce[i], x->nonce_len[i]);
		made->nonce_len[i] = x->nonce_len[i];
	}
	made->alg = x->alg;
	err = ike_prf(old->alg.prf, old->keys.d, ike_prf_len(old->alg.prf), parts, 4, skeyseed);
	if (!err)
		err = cut_ike(made, skeyseed);
	made->keys.ready = !err;
	explicit_bzero(skeyseed, sizeof(skeyseed));
	return err;
}

static int cut_child(const struct ike_sa *sa, struct ike_child *c, bool initiator, const struct view *seed,
		     unsigned int n_seed)
{
	size_t encr = ike_encr_key_len(c->alg.encr, c->alg.keylen);
	size_t integ = ike_integ_key_len(c->alg.integ);
	uint8_t *to_r = initiator ? c->key_out : c->key_in;
	uint8_t *to_i = initiator ? c->key_in : c->key_out;
	struct slice slices[] = { { to_r, encr + integ }, { to_i, encr + integ } };

	if (!(encr + integ) || encr + integ > sizeof(c->key_in))
		return -EINVAL;
	c->encr_len = encr;
	c->integ_len = integ;
	return cut(sa->alg.prf, sa->keys.d, ike_prf_len(sa->alg.prf), seed, n_seed, slices, 2);
}

int keys_child(struct ike_sa *sa)
{
	struct view seed[] = {
		{ sa->nonce[0], sa->nonce_len[0] }, { sa->nonce[1], sa->nonce_len[1] },
	};

	return cut_child(sa, &sa->child.c, sa->initiator, seed, 2);
}

int keys_x_child(struct xchg *x)
{
	struct view seed[] = {
		{ x->secret, x->secret_len }, { x->nonce[0], x->nonce_len[0] }, { x->nonce[1], x->nonce_len[1] },
		{ x->more, x->more_len },
	};

	return cut_child(sa_trunk(x->sa), &x->child.c, x->initiator, x->secret_len ? seed : seed + 1, x->secret_len ? 4 : 3);
}

uint8_t *auth_octets(struct ike_sa *sa, bool mine, struct view id, size_t *len)
{
	int signer = mine ? sa_me(sa) : sa_peer(sa);
	size_t prf = ike_prf_len(sa->alg.prf), nonce = sa->nonce_len[!signer], n;
	uint8_t *octets, inter[IKE_MAX_INT_AUTH];

	if (!sa->msg[signer])
		return NULL;
	n = inter_octets(sa, inter);
	*len = sa->msg_len[signer] + nonce + prf + n;
	octets = malloc(*len);
	if (!octets)
		return NULL;
	memcpy(octets, sa->msg[signer], sa->msg_len[signer]);
	memcpy(octets + sa->msg_len[signer], sa->nonce[!signer], nonce);
	if (ike_prf(sa->alg.prf, sa->keys.p[signer], prf, &id, 1,
		    octets + sa->msg_len[signer] + nonce)) {
		free(octets);
		return NULL;
	}
	memcpy(octets + *len - n, inter, n);
	return octets;
}
