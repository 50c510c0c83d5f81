// SPDX-License-Identifier: GPL-2.0
/* NAT traversal, RFC 7296 2.23: whether there is a NAT, on which side, and a peer whose address changes. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_internal.h"

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

/* Says a wrong source where UDP is wanted anyway: both sides take that for a NAT. */
void w_natd(struct ike_writer *w, const uint8_t *spi_i, const uint8_t *spi_r,
	    const struct ike_addr *local, const struct ike_addr *remote, enum ike_encap encap)
{
	struct ike_addr source = *local;
	uint8_t hash[20];

	if (encap == IKE_ENCAP_NO)
		return;
	if (encap == IKE_ENCAP_YES)
		source.port = 0;
	if (!natd_hash(spi_i, spi_r, &source, hash))
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

static void tell(struct ike_sa *sa, const struct msg *m)
{
	const char *where = sa->nat & IKE_NAT_HERE && sa->nat & IKE_NAT_THERE ? "NAT on both sides" :
			    sa->nat & IKE_NAT_HERE ? "we are behind a NAT" :
			    sa->nat & IKE_NAT_THERE ? "the peer is behind a NAT" : "encapsulation=yes";
	char peer[IKE_ADDR_TEXT];

	if (sa->initiator)
		conn_progress(sa, "%s: ESP goes in UDP", where);
	else
		ike_log_limited(sa->e, LOG_INFO, "%s asks for IKE, %s: ESP goes in UDP",
				ike_peer_text(&m->remote, peer), where);
}

uint8_t natt_look(const struct msg *m, const struct ike_payloads *in, enum ike_encap encap)
{
	uint8_t nat = 0;

	if (encap == IKE_ENCAP_NO)
		return 0;
	if (differs(in, &m->h, N_NAT_DETECTION_SOURCE_IP, &m->remote))
		nat |= IKE_NAT_THERE;
	if (differs(in, &m->h, N_NAT_DETECTION_DESTINATION_IP, &m->local))
		nat |= IKE_NAT_HERE;
	return encap == IKE_ENCAP_YES ? nat | IKE_NAT_FORCED : nat;
}

void natt_detect(struct ike_sa *sa, const struct msg *m, enum ike_encap encap)
{
	sa->nat = natt_look(m, &m->outer, encap);
	if (sa->nat)
		tell(sa, m);
}

/* The initiator, with all that follows. */
void natt_float(struct ike_sa *sa, const struct ike_payloads *in)
{
	if (!sa->nat && !mobike_floats(sa, in))
		return;
	sa->local.port = IKE_NATT_PORT;
	sa->remote.port = IKE_NATT_PORT;
}

bool natt_encap(const struct ike_sa *sa)
{
	return sa->nat && sa->local.port == IKE_NATT_PORT;
}

/* False: no memory. */
static bool move_child(struct ike_sa *sa, struct child *child)
{
	struct act *act;

	child_set_addresses(sa, child);
	child->stale = !child->installed;
	if (child->stale)
		return true;
	act = act_new(IKE_MOVE, sa->conn, 0);
	if (!act)
		return false;
	act->a.move.child = child->c.child;
	act->a.move.local = child->c.local;
	act->a.move.remote = child->c.remote;
	act->a.move.encap = child->c.encap;
	act->a.move.keepalive = child->c.keepalive;
	act_push(sa->e, act);
	return true;
}

void child_installed(struct ike_sa *sa, struct child *child)
{
	child->installed = true;
	if (child->stale)
		move_child(sa, child);
}

static bool move_own(struct ike_sa *sa)
{
	bool ok = move_child(sa, &sa->child);
	struct spare *s;

	for (s = sa->spares; s; s = s->next)
		ok &= move_child(sa, &s->child);
	if (sa->x_i)
		ok &= move_child(sa, &sa->x_i->child);
	if (sa->x_r)
		ok &= move_child(sa, &sa->x_r->child);
	return ok;
}

bool natt_move_children(struct ike_sa *trunk)
{
	bool ok = move_own(trunk);
	struct ike_sa *b;

	for (b = trunk->branches; b; b = b->branch_next) {
		branch_refresh(b);
		ok &= move_own(b);
	}
	return ok;
}

/*
 * An authenticated packet of the peer has come from @remote. Who is behind a NAT himself follows nobody: anybody
 * on the way could lead him astray by sending a packet on from elsewhere.
 */
void natt_moved(struct ike_sa *sa, const struct ike_addr *remote)
{
	char from[IKE_ADDR_TEXT], to[IKE_ADDR_TEXT];
	struct ike_addr before = sa->remote;

	if (!natt_encap(sa) || sa->nat & IKE_NAT_HERE || !(sa->nat & IKE_NAT_THERE) ||
	    remote->family != sa->remote.family ||
	    (ike_addr_equal(remote, &sa->remote) && remote->port == sa->remote.port))
		return;
	ike_log(sa->e, sa->conn, LOG_INFO, "the peer's NAT has moved it from %s port %u to %s port %u",
		ike_peer_text(&sa->remote, from), sa->remote.port, ike_peer_text(remote, to), remote->port);
	sa->remote = *remote;
	if (!natt_move_children(sa))
		sa->remote = before;	/* the next packet from there moves it, and all of them, again */
}

static bool has_child(struct ike_sa *sa, const uint8_t spi_in[4])
{
	const struct spare *s;

	if (sa->child.installed && !memcmp(sa->child.c.spi_in, spi_in, 4))
		return true;
	for (s = sa->spares; s; s = s->next)
		if (s->child.installed && !memcmp(s->child.c.spi_in, spi_in, 4))
			return true;
	return false;
}

int ike_mapping(struct ike_engine *e, uint64_t now, const uint8_t spi_in[4], const struct ike_addr *remote)
{
	struct ike_sa *sa;

	engine_enter(e, now);
	for (sa = e->all; sa; sa = sa->all_next)
		if (sa->state == SA_UP && has_child(sa, spi_in))
			break;
	if (sa)
		natt_moved(sa_trunk(sa), remote);
	engine_leave(e);
	return sa ? 0 : -ENOENT;
}
