// SPDX-License-Identifier: GPL-2.0
/* Which of the secrets is for whom: the rules of FreeS/WAN. */
#include <string.h>

#include "conf_secrets.h"

enum { MATCH_DEFAULT = 1, MATCH_ANY = 2, MATCH_PEER = 4, MATCH_ME = 8 };

static unsigned int match(const struct secret *one, const struct conf_id *me, const struct conf_id *peer)
{
	unsigned int i, bits = 0;

	if (!one->n_ids)
		return MATCH_DEFAULT;
	for (i = 0; i < one->n_ids; i++) {
		if (one->ids[i].type == CONF_ID_ANY)
			bits |= MATCH_ANY;
		else if (conf_id_equal(&one->ids[i], me))
			bits |= MATCH_ME;
		else if (conf_id_equal(&one->ids[i], peer))
			bits |= MATCH_PEER;
	}
	if (bits == MATCH_ME && one->n_ids == 1)
		return MATCH_ME | MATCH_DEFAULT;	/* only me: for any peer */
	if (bits == MATCH_ME || bits == MATCH_PEER)
		return 0;
	return bits;
}

const struct secret *secrets_find(const struct secrets *s, const struct conf_id *me,
				  const struct conf_id *peer, bool *ambiguous)
{
	const struct secret *best = NULL, *one;
	unsigned int i, bits, best_bits = 0;

	*ambiguous = false;
	for (i = 0; i < s->n; i++) {
		one = &s->list[i];
		bits = one->kind == SECRET_PSK ? match(one, me, peer) : 0;
		if (bits > best_bits) {
			best_bits = bits;
			best = one;
			*ambiguous = false;
		} else if (bits && bits == best_bits &&
			   (one->len != best->len || memcmp(one->psk, best->psk, one->len))) {
			*ambiguous = true;
		}
	}
	return best;
}

unsigned int secret_key_match(const struct secret *one, const struct conf_id *me)
{
	unsigned int i, bits = 0;

	if (one->kind == SECRET_PSK || one->kind == SECRET_PPK)
		return 0;
	if (!one->n_ids)
		return MATCH_DEFAULT;
	for (i = 0; i < one->n_ids; i++)
		bits |= one->ids[i].type == CONF_ID_ANY ? MATCH_ANY : conf_id_equal(&one->ids[i], me) ? MATCH_ME : 0;
	return bits;
}

/* @name is one of the comma-separated @names, or there are none. */
static bool among(const char *names, const char *name)
{
	size_t len = strlen(name), n;

	if (!*names)
		return true;
	for (; *names; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		if (n == len && !memcmp(names, name, n))
			return true;
	}
	return false;
}

const struct secret *secrets_ppk(const struct secrets *s, const struct conf_id *me, const struct conf_id *peer,
				 const char *names, const uint8_t *name, size_t len)
{
	const struct secret *one;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		one = &s->list[i];
		if (one->kind != SECRET_PPK || !match(one, me, peer) || !among(names, one->path))
			continue;
		if (!name || (strlen(one->path) == len && !memcmp(one->path, name, len)))
			return one;
	}
	return NULL;
}
