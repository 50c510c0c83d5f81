// SPDX-License-Identifier: GPL-2.0
/* Cookies, which both sides of IKE_SA_INIT need (RFC 7296 2.6). */
#include <string.h>

#include "ike_internal.h"

#define COOKIE_LIFE_MS 60000

/* Secrets change once a minute and are good for one more, so a cookie lives that long. */
static void cookie_turn(struct ike_engine *e)
{
	uint64_t age = e->now - e->cookie_since;

	if (e->cookie_ready && age < COOKIE_LIFE_MS)
		return;
	if (e->cookie_ready && age < 2 * COOKIE_LIFE_MS)
		memcpy(e->cookie_secret[1], e->cookie_secret[0], sizeof(e->cookie_secret[1]));
	else
		e->env.random(e->env.ctx, e->cookie_secret[1], sizeof(e->cookie_secret[1]));
	e->env.random(e->env.ctx, e->cookie_secret[0], sizeof(e->cookie_secret[0]));
	e->cookie_since = e->now;
	e->cookie_ready = true;
}

int cookie_make(struct ike_engine *e, const struct msg *m, struct view nonce, bool old,
		uint8_t cookie[32])
{
	uint8_t port[2];
	struct view parts[] = {
		nonce, { m->remote.bytes, ike_addr_len(m->remote.family) }, { port, 2 },
		{ m->h.spi_i, IKE_SPI_LEN },
	};

	cookie_turn(e);
	put_u16(port, m->remote.port);
	return ike_prf(PRF_SHA2_256, e->cookie_secret[old], sizeof(e->cookie_secret[0]), parts, 4,
		       cookie);
}

bool cookie_valid(struct ike_engine *e, const struct msg *m, struct view nonce)
{
	struct ike_notify n;
	uint8_t right[32];
	int old;

	if (!ike_notify_find(&m->outer, N_COOKIE, &n) || n.data.len != sizeof(right))
		return false;
	for (old = 0; old < 2; old++)
		if (!cookie_make(e, m, nonce, old, right) &&
		    ike_same(right, n.data.p, sizeof(right)))
			return true;
	return false;
}
