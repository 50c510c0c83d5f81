// SPDX-License-Identifier: GPL-2.0
/* What both sides of IKE_SA_INIT need: NAT detection (RFC 7296 2.23) and cookies (2.6). */
#include <string.h>
#include <sys/socket.h>

#include "ike_internal.h"

#define COOKIE_LIFE_MS 60000

static int natd_hash(const uint8_t *spi_i, const uint8_t *spi_r, const struct ike_addr *a,
		     uint8_t hash[20])
{
	static const uint8_t none[IKE_SPI_LEN];
	uint8_t port[2];
	struct view parts[] = {
		{ spi_i, IKE_SPI_LEN }, { spi_r ? spi_r : none, IKE_SPI_LEN },
		{ a->bytes, ike_addr_len(a->family) }, { port, 2 },
	};

	put_u16(port, a->port);
	return ike_sha1(parts, 4, hash);
}

void w_natd(struct ike_writer *w, const uint8_t *spi_i, const uint8_t *spi_r,
	    const struct ike_addr *local, const struct ike_addr *remote)
{
	uint8_t hash[20];

	if (!natd_hash(spi_i, spi_r, local, hash))
		w_notify(w, N_NAT_DETECTION_SOURCE_IP, hash, sizeof(hash));
	if (!natd_hash(spi_i, spi_r, remote, hash))
		w_notify(w, N_NAT_DETECTION_DESTINATION_IP, hash, sizeof(hash));
}

/* The peer sent hashes of @type and none of them is that of @a. */
static bool differs(const struct ike_payloads *in, const struct ike_header *h, uint16_t type,
		    const struct ike_addr *a)
{
	struct ike_notify n;
	uint8_t hash[20];
	bool any = false;
	unsigned int i;

	if (natd_hash(h->spi_i, h->spi_r, a, hash))
		return false;
	for (i = 0; i < in->n; i++) {
		if (in->list[i].type != PLD_NOTIFY || ike_notify_parse(in->list[i].body, &n))
			continue;
		if (n.type != type)
			continue;
		if (n.data.len == sizeof(hash) && !memcmp(n.data.p, hash, sizeof(hash)))
			return false;
		any = true;
	}
	return any;
}

bool natd_translated(const struct ike_payloads *in, const struct ike_header *h,
		     const struct ike_addr *local, const struct ike_addr *remote)
{
	return differs(in, h, N_NAT_DETECTION_SOURCE_IP, remote) ||
	       differs(in, h, N_NAT_DETECTION_DESTINATION_IP, local);
}

/* ---- cookies ---- */

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
