// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* libs: -lcrypto */
/*
 * NAT traversal: a NAT in front of west, of east (which sends its port 500 and 4500 in), of both, and of neither. It may
 * give west other ports at any time, and then knows nothing of the old ones. All of it in IPv4 and in IPv6.
 */
#include <stdio.h>

#include "ike_pair.h"

static struct ike_env env;
static bool six;

/* Outside addresses; port 0: there is no NAT. */
struct nat {
	struct ike_addr outside[2];
	uint16_t base[2];		/* of the ports outside */
	unsigned int at_500, at_4500;	/* datagrams that came to east's ports */
};

static void translate(struct pair *p, struct packet *pkt)
{
	struct nat *nat = p->ctx;
	int to = !pkt->from;

	if (nat->outside[pkt->from].family) {
		nat->outside[pkt->from].port = nat->base[pkt->from] + pkt->local.port;
		pkt->local = nat->outside[pkt->from];
	}
	if (!nat->outside[to].family)
		return;
	pkt->remote.port -= nat->base[to];
	memcpy(pkt->remote.bytes, p->n[to].addr.bytes, sizeof(pkt->remote.bytes));
}

/* Whether the NAT in front of the receiver knows what to do with it. */
static bool known(struct pair *p, const struct packet *pkt)
{
	struct nat *nat = p->ctx;
	int to = !pkt->from;
	uint16_t inside = pkt->remote.port - nat->base[to];

	if (!nat->outside[to].family)
		return ike_addr_equal(&pkt->remote, &p->n[to].addr);
	return ike_addr_equal(&pkt->remote, &nat->outside[to]) && (inside == 500 || inside == 4500);
}

static bool through_nat(struct pair *p, struct packet *pkt)
{
	struct nat *nat = p->ctx;

	if (!known(p, pkt))
		return false;
	translate(p, pkt);
	if (pkt->from == WEST) {
		nat->at_500 += pkt->remote.port == 500;
		nat->at_4500 += pkt->remote.port == 4500;
	}
	return true;
}

static struct ike_addr outside(uint8_t last)
{
	if (six)
		return (struct ike_addr){ .family = AF_INET6, .bytes = { 0xfd, 0, 1, last, [15] = 1 } };
	return (struct ike_addr){ .family = AF_INET, .bytes = { 203, 0, 113, last } };
}

/* West's conn names east's outside, east's any peer or west's outside. */
static void start(struct pair *p, struct nat *nat, enum ike_encap west, enum ike_encap east)
{
	struct ike_conn_config c;

	int i;

	pair_init(p, &env);
	for (i = 0; six && i < 2; i++)
		p->n[i].addr = (struct ike_addr){ AF_INET6, 500, { 0xfd, 0, 0, p->n[i].addr.bytes[3], [15] = 1 } };
	p->hook = through_nat;
	p->ctx = nat;
	c = pair_config(p, WEST);
	c.encap = west;
	if (nat->outside[EAST].family) {
		memcpy(c.remote.bytes, nat->outside[EAST].bytes, sizeof(c.remote.bytes));
	}
	CHECK(!ike_conn_add(p->n[WEST].e, &c), "west");
	c = pair_config(p, EAST);
	c.encap = east;
	if (nat->outside[WEST].family)
		c.remote.family = 0;
	CHECK(!ike_conn_add(p->n[EAST].e, &c), "east");
	pair_up(p, WEST);
}

static void check_up(struct pair *p, const char *what, bool encap, bool here, bool there)
{
	struct ike_child *west = node_child(&p->n[WEST]), *east = node_child(&p->n[EAST]);

	CHECK(pair_is_up(p), "%s: not up: %s", what, p->n[WEST].last_text);
	if (!west || !east)
		return;
	CHECK(west->encap == encap && east->encap == encap, "%s: encap %d, %d", what, west->encap, east->encap);
	CHECK(west->keepalive == here && east->keepalive == there, "%s: keepalives %d, %d", what, west->keepalive,
	      east->keepalive);
	CHECK(west->local.port == (encap ? 4500 : 500), "%s: west's port %u", what, west->local.port);
}

static void test_places(void)
{
	struct nat none = { .base = { 0, 0 } }, here = { .outside[WEST] = outside(1), .base[WEST] = 20000 };
	struct nat there = { .outside[EAST] = outside(2) };
	struct nat both = { .outside = { outside(1), outside(2) }, .base[WEST] = 20000 };
	struct pair p;

	start(&p, &none, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	check_up(&p, "no NAT", false, false, false);
	CHECK(!none.at_4500, "to port 4500 without a NAT");
	pair_end(&p, "no NAT");
	start(&p, &here, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	check_up(&p, "in front of west", true, true, false);
	CHECK(here.at_500 == 1 && here.at_4500 == 1, "%u and %u datagrams", here.at_500, here.at_4500);
	CHECK(node_child(&p.n[EAST])->remote.port == 24500, "east sends to %u", node_child(&p.n[EAST])->remote.port);
	p.hook = through_nat;
	ike_conn_down(p.n[WEST].e, CONN, p.now);
	pair_run(&p);
	CHECK(!node_child(&p.n[EAST]), "DELETE does not arrive");
	pair_end(&p, "in front of west");
	start(&p, &there, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	check_up(&p, "in front of east", true, false, true);
	pair_end(&p, "in front of east");
	start(&p, &both, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	check_up(&p, "in front of both", true, true, true);
	pair_end(&p, "in front of both");
	unit_done("ike_natt/places");
}

/* encapsulation=: one side that wants UDP makes both use it; one that does not says nothing of addresses. */
static void test_settings(void)
{
	static const char * const names[] = { "auto", "no", "yes" };
	struct nat none = { .base = { 0, 0 } };
	char what[64];
	struct pair p;
	int i, j;

	for (i = IKE_ENCAP_AUTO; i <= IKE_ENCAP_YES; i++) {
		for (j = IKE_ENCAP_AUTO; j <= IKE_ENCAP_YES; j++) {
			bool encap = i != IKE_ENCAP_NO && j != IKE_ENCAP_NO && (i == IKE_ENCAP_YES || j == IKE_ENCAP_YES);

			/* They differ, and ESP of either kind is taken (RFC 7296 2.23). */
			if ((i == IKE_ENCAP_NO && j == IKE_ENCAP_YES) || (i == IKE_ENCAP_YES && j == IKE_ENCAP_NO))
				continue;
			snprintf(what, sizeof(what), "%s and %s", names[i], names[j]);
			start(&p, &none, i, j);
			check_up(&p, what, encap, false, false);
			pair_end(&p, what);
		}
	}
	unit_done("ike_natt/settings");
}

/* West gets other ports: east follows what it can prove, and nothing else. */
static void test_moves(void)
{
	struct nat nat = { .outside[WEST] = outside(1), .base[WEST] = 20000 };
	struct ike_addr from;
	struct pair p;
	int i;

	start(&p, &nat, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	for (i = 0; i < 5; i++) {
		nat.base[WEST] += 100;
		/* West's liveness request comes from there. */
		pair_wait(&p, 120000);
		CHECK(node_child(&p.n[EAST])->remote.port == nat.base[WEST] + 4500, "move %d: east sends to %u, not %u", i,
		      node_child(&p.n[EAST])->remote.port, nat.base[WEST] + 4500);
		CHECK(pair_is_up(&p), "move %d: down", i);
	}
	/* So does the kernel's word; not that of an unknown SPI. */
	from = node_child(&p.n[EAST])->remote;
	from.port++;
	CHECK(ike_mapping(p.n[EAST].e, p.now, (const uint8_t *)"\0\0\0\1", &from) == -ENOENT, "unknown SPI");
	CHECK(!ike_mapping(p.n[EAST].e, p.now, node_child(&p.n[EAST])->spi_in, &from), "known SPI");
	pair_run(&p);
	CHECK(node_child(&p.n[EAST])->remote.port == from.port, "east sends to %u", node_child(&p.n[EAST])->remote.port);
	/* West is behind a NAT itself and follows nobody. */
	from = node_child(&p.n[WEST])->remote;
	from.port++;
	CHECK(!ike_mapping(p.n[WEST].e, p.now, node_child(&p.n[WEST])->spi_in, &from), "west knows it");
	pair_run(&p);
	CHECK(node_child(&p.n[WEST])->remote.port == 4500, "west sends to %u", node_child(&p.n[WEST])->remote.port);
	p.hook = NULL;
	pair_end(&p, "moves");
	unit_done("ike_natt/moves");
}

/* What a rekeying makes is where the old one was, and follows as well. */
static void test_rekeys(void)
{
	struct nat nat = { .outside[WEST] = outside(1), .base[WEST] = 20000 };
	struct pair p;
	int i;

	start(&p, &nat, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	for (i = 0; i < 8; i++) {
		CHECK(!ike_conn_rekey(p.n[i & 1].e, CONN, i & 2, p.now), "rekey %d", i);
		pair_wait(&p, 40000);
		check_up(&p, i & 2 ? "IKE SA rekeyed" : "Child SA rekeyed", true, true, false);
		nat.base[WEST] += 100;
		pair_wait(&p, 120000);
		CHECK(node_child(&p.n[EAST])->remote.port == nat.base[WEST] + 4500, "rekey %d: east sends to %u", i,
		      node_child(&p.n[EAST])->remote.port);
	}
	p.hook = NULL;
	pair_end(&p, "rekeys");
	unit_done("ike_natt/rekeys");
}

/* Another conn in the same IKE SA is where the IKE SA is, and moves with it, whichever of its packets told. */
static void test_branch(void)
{
	struct nat nat = { .outside[WEST] = outside(1), .base[WEST] = 20000 };
	const struct node_spi *s;
	struct ike_conn_config c;
	unsigned int moved;
	struct ike_addr from;
	struct pair p;
	int i;

	start(&p, &nat, IKE_ENCAP_AUTO, IKE_ENCAP_AUTO);
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		c.name = "second";
		c.local_ts[0] = node_net(c.local_ts[0].start[1] + 60);
		c.remote_ts[0] = node_net(c.remote_ts[0].start[1] + 60);
		if (i == EAST)
			c.remote.family = 0;
		CHECK(!ike_conn_add(p.n[i].e, &c), "second");
	}
	CHECK(!ike_conn_up(p.n[WEST].e, "second", p.now), "up");
	pair_run(&p);
	for (i = 0; i < 3; i++) {
		moved = 0;
		for (s = p.n[EAST].spis; s < p.n[EAST].spis + NODE_SPIS; s++)
			moved += s->used && s->installed && s->c.encap && s->c.remote.port == nat.base[WEST] + 4500;
		CHECK(moved == 2, "%d: %u of 2 Child SAs are at port %u", i, moved, nat.base[WEST] + 4500);
		CHECK(node_installed(&p.n[WEST]) == 2 && !conn_find(p.n[WEST].e, "second")->last_reason, "not both up");
		nat.base[WEST] += 100;
		from = node_child(&p.n[EAST])->remote;
		from.port = nat.base[WEST] + 4500;
		/* The kernel heard it on the second one, or West said it itself. */
		if (i)
			pair_wait(&p, 120000);
		else
			CHECK(!ike_mapping(p.n[EAST].e, p.now, conn_find(p.n[EAST].e, "second[1]")->current->child.c.spi_in, &from),
			      "known SPI");
		pair_run(&p);
	}
	p.hook = through_nat;
	ike_conn_down(p.n[WEST].e, "second", p.now);
	pair_run(&p);
	CHECK(node_installed(&p.n[EAST]) == 1, "%u are left", node_installed(&p.n[EAST]));
	p.hook = NULL;
	ike_conn_down(p.n[EAST].e, "second", p.now);
	pair_end(&p, "branch");
	unit_done("ike_natt/branch");
}

/* RFC 7296 2.23: SHA-1 of SPIs, address and port; these are made with Python's hashlib. */
static void test_hashes(void)
{
	static const uint8_t spi_i[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, spi_r[8] = { 17, 18, 19, 20, 21, 22, 23, 24 };
	static const uint8_t source[20] = {
		0x64, 0x5e, 0xfd, 0xf3, 0xa4, 0xd4, 0x73, 0x67, 0x9c, 0x6a, 0x65, 0x30, 0xab, 0xef, 0xd3, 0xb7, 0x1d, 0x8c, 0x18, 0xaf,
	}, destination[20] = {
		0x9a, 0x0f, 0x11, 0xf7, 0xd9, 0x5b, 0x32, 0x53, 0xd7, 0x90, 0xad, 0xdc, 0x0f, 0x13, 0xe7, 0xe7, 0x19, 0x93, 0x70, 0xf2,
	};
	struct ike_addr west = { AF_INET6, 500, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, east = west;
	struct ike_payloads in;
	struct ike_notify n;
	struct ike_writer w;
	uint8_t buf[256];

	east.bytes[15] = 2;
	east.port = 4500;
	w_init(&w, buf, sizeof(buf));
	w_header(&w, spi_i, spi_r, EXCH_IKE_SA_INIT, 0, 0);
	w_natd(&w, spi_i, spi_r, &west, &east, IKE_ENCAP_AUTO);
	w_natd(&w, spi_i, NULL, &west, &east, IKE_ENCAP_AUTO);
	w_finish(&w);
	CHECK(!ike_chain_parse(PLD_NOTIFY, (struct view){ buf + 28, w.len - 28 }, &in) && in.n == 4, "notifies");
	CHECK(!ike_notify_parse(in.list[0].body, &n) && n.type == N_NAT_DETECTION_SOURCE_IP && n.data.len == 20 &&
	      !memcmp(n.data.p, source, 20), "2001:db8::1 port 500");
	CHECK(!ike_notify_parse(in.list[3].body, &n) && n.type == N_NAT_DETECTION_DESTINATION_IP && n.data.len == 20 &&
	      !memcmp(n.data.p, destination, 20), "2001:db8::2 port 4500, no SPI of the responder yet");
	unit_done("ike_natt/hashes");
}

static void test_all(void)
{
	test_places();
	test_settings();
	test_moves();
	test_rekeys();
	test_branch();
}

int main(void)
{
	test_hashes();
	test_all();
	six = true;
	test_all();
	return unit_status();
}
