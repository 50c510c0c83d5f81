// SPDX-License-Identifier: GPL-2.0
/*
 * Messages in fragments, RFC 7383: what would be cut by IP, whose fragments firewalls like to drop, is cut here. Each
 * fragment is encrypted and authenticated for itself, so nothing is kept of what is not the peer's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_internal.h"

#define SKF_HEAD 4			/* number, total */
#define PACKET 1280			/* bytes of an IP packet: what nearly every path carries, and IPv6 always */
#define PACKET_V4 576			/* what every IPv4 path carries */
#define MIN_ROOM 256			/* of a message, if the peer cuts into crumbs */

struct gathered {
	uint32_t id;
	uint16_t total, n;
	size_t len;			/* of all of them */
	size_t longest;			/* as it came */
	uint8_t first;			/* type of the first payload inside */
	uint8_t hash[32];		/* of the first, as it came */
	struct {
		uint8_t *p;		/* NULL: has not come */
		size_t len;
	} list[IKE_MAX_FRAGMENTS];
};

/* ---- out ---- */

bool frag_offered(const struct ike_sa *sa)
{
	struct ike_conn *conn = NULL;

	if (sa->conn)
		return sa->conn->cfg.frag != IKE_FRAG_NO;
	while ((conn = which_next(sa, conn)))
		if (conn->cfg.frag != IKE_FRAG_NO)
			return true;
	return false;
}

size_t frag_room(const struct ike_sa *sa, bool response)
{
	size_t room = PACKET, piece = sa->in.piece;

	if (!sa->frag || (sa->conn && sa->conn->cfg.frag == IKE_FRAG_NO))
		return 0;
	/* A responder does not know its conn before IKE_AUTH. */
	if (sa->conn && sa->conn->cfg.frag == IKE_FRAG_FORCE && sa->remote.family == AF_INET)
		room = PACKET_V4;
	room -= (sa->remote.family == AF_INET ? 20 : 40) + 8;
	if ((response ? sa->in.local.port : sa->local.port) == IKE_NATT_PORT)
		room -= 4;		/* the marker */
	if (!response || !piece || piece >= room)
		return room;
	return piece > MIN_ROOM ? piece : MIN_ROOM;	/* the peer knows its path better */
}

/* How much of what is inside goes into one fragment. */
static size_t piece_len(const struct ike_sa *sa, size_t room)
{
	size_t len = room, head = IKE_HEADER_LEN + IKE_GENERIC_LEN + SKF_HEAD;

	while (len && head + sa_sealed_len(sa, len) > room)
		len--;
	return len;
}

size_t frag_seal(struct ike_sa *sa, const struct piece *whole, size_t room)
{
	size_t each = piece_len(sa, room), at = 0, len = 0, n;
	struct ike_engine *e = sa->e;
	struct piece p = *whole;

	p.total = each ? (whole->len + each - 1) / each : 0;
	if (!p.total || p.total > IKE_MAX_FRAGMENTS)
		return 0;
	for (; at < whole->len; at += each) {
		p.number++;
		p.plain = whole->plain + at;
		p.len = whole->len - at < each ? whole->len - at : each;
		n = sa_seal(sa, &p, e->buf + len, sizeof(e->buf) - len);
		if (!n)
			return 0;
		len += n;
		p.first = PLD_NONE;
	}
	ike_log(e, sa->conn, LOG_DEBUG, "%s goes in %u fragments", ike_exchange_name(p.exchange), p.total);
	return len;
}

/* ---- in ---- */

bool frag_parse(const struct ike_sa *sa, struct msg *m)
{
	const struct ike_payload *last = m->outer.n ? &m->outer.list[m->outer.n - 1] : NULL;

	m->number = m->total = 0;
	m->hashed = false;
	if (!last || last->type != PLD_SKF)
		return true;
	if (!sa->frag || m->outer.n != 1 || last->body.len < SKF_HEAD)
		return false;
	m->number = get_u16(last->body.p);
	m->total = get_u16(last->body.p + 2);
	return m->number && m->number <= m->total && m->total <= IKE_MAX_FRAGMENTS;
}

static bool is_response(const struct msg *m)
{
	return m->h.flags & IKE_FLAG_RESPONSE;
}

/* RFC 7383 2.6: more fragments than before are a new cut of the same message, fewer are an old one. */
bool frag_wanted(const struct ike_sa *sa, const struct msg *m)
{
	const struct gathered *g = sa->gathered[is_response(m)];

	if (!g || g->id != m->h.id || m->total > g->total)
		return true;
	return m->total == g->total && !g->list[m->number - 1].p;
}

void frag_forget(struct ike_sa *sa, bool response)
{
	struct gathered *g = sa->gathered[response];
	unsigned int i;

	if (!g)
		return;
	for (i = 0; i < g->total; i++) {
		if (g->list[i].p)
			explicit_bzero(g->list[i].p, g->list[i].len);
		free(g->list[i].p);
	}
	free(g);
	sa->gathered[response] = NULL;
}

/* Those of the message that @m is of, maybe none yet. */
static struct gathered *gathering(struct ike_sa *sa, const struct msg *m)
{
	struct gathered **g = &sa->gathered[is_response(m)];

	if (*g && ((*g)->id != m->h.id || (*g)->total != m->total))
		frag_forget(sa, is_response(m));
	if (!*g)
		*g = calloc(1, sizeof(**g));
	if (*g) {
		(*g)->id = m->h.id;
		(*g)->total = m->total;
	}
	return *g;
}

static bool keep(struct gathered *g, const struct msg *m)
{
	uint8_t *copy;

	if (g->len + m->plain.len > IKE_MAX_GATHERED || (m->number == 1 && ike_sha256(&m->raw, 1, g->hash)))
		return false;
	copy = copy_bytes(m->plain.p, m->plain.len);
	if (!copy)
		return false;
	if (m->number == 1)
		g->first = m->plain_first;
	g->list[m->number - 1].p = copy;
	g->list[m->number - 1].len = m->plain.len;
	g->len += m->plain.len;
	if (m->raw.len > g->longest)
		g->longest = m->raw.len;
	g->n++;
	return true;
}

static uint8_t *join(const struct gathered *g)
{
	uint8_t *whole = malloc(g->len ? g->len : 1);
	size_t at = 0;
	unsigned int i;

	for (i = 0; whole && i < g->total; i++) {
		memcpy(whole + at, g->list[i].p, g->list[i].len);
		at += g->list[i].len;
	}
	return whole;
}

uint8_t *frag_gather(struct ike_sa *sa, struct msg *m)
{
	struct gathered *g = gathering(sa, m);
	uint8_t *whole;

	if (!g)
		return NULL;
	if (!keep(g, m)) {
		frag_forget(sa, is_response(m));	/* all of it comes again */
		return NULL;
	}
	if (g->n < g->total)
		return NULL;
	whole = join(g);
	if (!whole) {
		frag_forget(sa, is_response(m));
		return NULL;
	}
	m->plain = (struct view){ whole, g->len };
	m->plain_first = g->first;
	m->hashed = true;
	memcpy(m->hash, g->hash, sizeof(m->hash));
	if (!is_response(m))
		sa->in.piece = g->longest;
	return whole;
}

/* The same bytes, or another cut of the same message: then it must be the peer's. */
bool frag_repeats(struct ike_sa *sa, struct msg *m)
{
	uint8_t hash[32], *plain;
	bool ok;

	if (m->number != 1 || ike_sha256(&m->raw, 1, hash))
		return false;
	if (!memcmp(hash, sa->in.hash, sizeof(hash)))
		return true;
	plain = sa->keys.ready ? malloc(m->raw.len) : NULL;
	if (!plain)
		return false;
	/* What was answered last is an IKE_INTERMEDIATE, and the keys are new since. */
	if (sa->state == SA_R_INIT && sa->inter_done)
		ok = !sa_open_before(sa, m, plain);
	else
		ok = !sa_open(sa, m, plain);
	explicit_bzero(plain, m->raw.len);
	free(plain);
	return ok;
}
