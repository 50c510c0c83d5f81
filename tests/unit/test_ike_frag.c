// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_acquire.c userland/pluto/ike_action.c userland/pluto/ike_auth.c userland/pluto/ike_auth_i.c userland/pluto/ike_auth_r.c userland/pluto/ike_child.c */
/* sources: userland/pluto/ike_conn.c userland/pluto/ike_conns.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* sources: userland/pluto/ike_dispatch.c userland/pluto/ike_engine.c userland/pluto/ike_frag.c userland/pluto/ike_heap.c userland/pluto/ike_info.c */
/* sources: userland/pluto/ike_init.c userland/pluto/ike_init_i.c userland/pluto/ike_init_r.c userland/pluto/ike_keys.c userland/pluto/ike_mobike.c userland/pluto/ike_mode.c userland/pluto/ike_intermediate.c userland/pluto/ike_followup.c */
/* sources: userland/pluto/ike_names.c userland/pluto/ike_natt.c userland/pluto/ike_payload.c userland/pluto/ike_ppk.c userland/pluto/ike_proposal.c userland/pluto/ike_qcd.c userland/pluto/ike_sa.c */
/* sources: userland/pluto/ike_send.c userland/pluto/ike_text.c userland/pluto/ike_timers.c userland/pluto/ike_ts.c */
/* sources: userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_children.c userland/pluto/ike_create.c userland/pluto/ike_create_i.c userland/pluto/ike_create_r.c */
/* sources: userland/pluto/ike_rekey.c userland/pluto/ike_cp.c userland/pluto/ike_pool.c userland/pluto/ike_instance.c userland/pluto/ike_which.c userland/pluto/ike_ask.c */
/* sources: userland/pluto/ike_branch.c userland/pluto/ike_branch_r.c */
/* libs: -lcrypto */
/*
 * IKE fragmentation, RFC 7383: who cuts and how large, in which order, how often and with what between them the
 * fragments may come, and that what is not the peer's, or is too much, is not kept.
 */
#include "ike_pair.h"

#define IP_UDP 28

static unsigned int fragments, wholes, longest, answers;

/* Two that send three certificates of 1000 bytes each with IKE_AUTH. */
static void start(struct pair *p, enum ike_frag west, enum ike_frag east)
{
	static struct ike_env env;
	struct ike_conn_config c;
	int i;

	fragments = wholes = longest = answers = 0;
	pair_init(p, &env);
	for (i = 0; i < 2; i++) {
		p->n[i].n_certs = 3;
		p->n[i].cert_len = 1000;
		c = pair_config(p, i);
		c.frag = i ? east : west;
		CHECK(!ike_conn_add(p->n[i].e, &c), "ike_conn_add");
	}
}

static bool is_fragment(const struct packet *pkt)
{
	return pkt->data[16] == PLD_SKF;
}

static bool count(struct pair *p, struct packet *pkt)
{
	(void)p;
	if (is_fragment(pkt))
		fragments++;
	else if (pkt->data[16] == PLD_SK)
		wholes++;
	if (pkt->data[18] == EXCH_IKE_AUTH && pkt->data[19] & IKE_FLAG_RESPONSE)
		answers++;
	if (pkt->len > longest)
		longest = pkt->len;
	return true;
}

/* Only where both want it, and as large as fits. */
static void sizes(void)
{
	static const struct {
		enum ike_frag west, east;
		unsigned int fragments, longest;
	} cases[] = {
		{ IKE_FRAG_YES, IKE_FRAG_YES, 6, 1280 - IP_UDP }, { IKE_FRAG_NO, IKE_FRAG_YES, 0, 4000 },
		{ IKE_FRAG_YES, IKE_FRAG_NO, 0, 4000 }, { IKE_FRAG_FORCE, IKE_FRAG_FORCE, 14, 576 - IP_UDP },
		/* Who is asked in small pieces answers in small ones. */
		{ IKE_FRAG_FORCE, IKE_FRAG_YES, 14, 576 - IP_UDP }, { IKE_FRAG_YES, IKE_FRAG_FORCE, 10, 1280 - IP_UDP },
	};
	struct pair p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&p, cases[i].west, cases[i].east);
		p.hook = count;
		pair_up(&p, WEST);
		CHECK(pair_is_up(&p), "case %zu: %s", i, p.n[WEST].last_text);
		CHECK(fragments == cases[i].fragments, "case %zu: %u fragments", i, fragments);
		CHECK(longest <= cases[i].longest && longest > cases[i].longest * 3 / 4, "case %zu: %u bytes", i, longest);
		CHECK(wholes == (fragments ? 0u : 2u), "case %zu: %u whole ones", i, wholes);
		pair_end(&p, "sizes");
	}
	unit_done("ike_frag: only where both want it, and as large as fits");
}

/* CBC has its padding, IPv6 a longer header, port 4500 a marker. */
static void rooms(void)
{
	struct ike_conn_config c;
	struct pair p;
	int i;

	start(&p, IKE_FRAG_YES, IKE_FRAG_YES);
	for (i = 0; i < 2; i++) {
		ike_conn_delete(p.n[i].e, CONN, 0);
		p.n[i].addr.family = AF_INET6;
	}
	for (i = 0; i < 2; i++) {
		c = pair_config(&p, i);
		c.encap = IKE_ENCAP_YES;
		c.frag = i ? IKE_FRAG_FORCE : IKE_FRAG_YES;
		c.ike[0] = (struct ike_proposal){ ENCR_AES_CBC, 256, PRF_SHA2_512, INTEG_SHA2_512, DH_X25519, 0, { 0 } };
		CHECK(!ike_conn_add(p.n[i].e, &c), "ike_conn_add");
	}
	p.hook = count;
	pair_up(&p, WEST);
	CHECK(pair_is_up(&p) && fragments, "%u fragments: %s", fragments, p.n[WEST].last_text);
	CHECK(longest <= 1280 - 40 - 8 - 4 && longest > 1200, "%u bytes", longest);
	pair_end(&p, "rooms");
	unit_done("ike_frag: IPv6, CBC, port 4500");
}

/* ---- orders ---- */

static struct packet *kept[64];
static unsigned int n_kept;

/* Keeps back the fragments of IKE_AUTH that go one way. */
static bool keep(struct pair *p, struct packet *pkt)
{
	struct packet *copy;

	if (!is_fragment(pkt) || pkt->from != *(int *)p->ctx || n_kept == 64)
		return true;
	copy = packet_new(pkt->from, &pkt->local, &pkt->remote, pkt->data, pkt->len);
	kept[n_kept++] = copy;
	return false;
}

/* West begins; the fragments of *@from do not arrive. */
static void start_kept(struct pair *p, int *from)
{
	start(p, IKE_FRAG_YES, IKE_FRAG_YES);
	p->hook = keep;
	p->ctx = from;
	pair_up(p, WEST);
}

static void give(struct pair *p, unsigned int i)
{
	pair_deliver(p, !kept[i]->from, &kept[i]->remote, &kept[i]->local, kept[i]->data, kept[i]->len);
	pair_run(p);
}

static void forget_kept(void)
{
	while (n_kept)
		free(kept[--n_kept]);
}

/* Every order of three, each with one of them twice, to the responder (with and without keys) and the initiator. */
static void orders(void)
{
	static const unsigned int order[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	unsigned int i, j, slow;
	struct pair p;
	int from;

	for (from = 0; from < 2; from++) {
		for (i = 0; i < 12; i++) {
			slow = i / 6;
			start_kept(&p, &from);
			CHECK(n_kept == 3, "%u fragments", n_kept);
			p.hook = NULL;
			p.n[EAST].hold = slow ? 1u << IKE_DH_SHARED : 0;
			for (j = 0; j < 3; j++) {
				give(&p, order[i % 6][j]);
				if (j < 2) {
					give(&p, order[i % 6][j]);
					CHECK(!pair_is_up(&p), "from %d, order %u: too early", from, i);
				}
			}
			pair_release(&p);
			CHECK(pair_is_up(&p), "from %d, order %u, %s: not up", from, i, slow ? "slow" : "fast");
			forget_kept();
			pair_end(&p, "orders");
		}
	}
	unit_done("ike_frag: any order, repetitions, before the keys are there");
}

static bool lose_one(struct pair *p, struct packet *pkt)
{
	unsigned int *left = p->ctx;

	if (!is_fragment(pkt) || !*left)
		return true;
	return --*left;
}

/* Each of the six once lost: the repetition of all brings it. */
static void losses(void)
{
	unsigned int i, left;
	struct pair p;

	for (i = 1; i <= 6; i++) {
		start(&p, IKE_FRAG_YES, IKE_FRAG_YES);
		left = i;
		p.hook = lose_one;
		p.ctx = &left;
		pair_up(&p, WEST);
		CHECK(!pair_is_up(&p) || i > 3, "%u: up all the same", i);
		pair_wait(&p, 1500);
		CHECK(pair_is_up(&p) && !left, "%u: not up", i);
		p.hook = NULL;
		pair_end(&p, "losses");
	}
	unit_done("ike_frag: what is lost comes again");
}

/* The answer is asked for again by the first fragment only, also by one of another cut. */
static void repeats(void)
{
	struct ike_sa *west;
	int from = WEST;
	unsigned int i;
	struct pair p;

	start_kept(&p, &from);
	p.hook = count;
	for (i = 0; i < 3; i++)
		give(&p, i);
	CHECK(pair_is_up(&p) && answers == 3, "%u fragments of the answer", answers);
	give(&p, 1);
	give(&p, 2);
	CHECK(answers == 3, "the second and third are enough for an answer");
	give(&p, 0);
	CHECK(answers == 6, "no answer to the first");
	kept[0]->data[kept[0]->len - 1] ^= 1;
	give(&p, 0);
	CHECK(answers == 6, "an answer to a forged first one");
	/* The same request again, in smaller pieces: made by west's own hand. */
	west = p.n[WEST].e->all;
	{
		uint8_t text[100] = { 0 }, buf[512];
		struct piece piece = { EXCH_IKE_AUTH, false, 1, PLD_VENDOR, 1, 9, text, sizeof(text) };
		size_t len = sa_seal(west, &piece, buf, sizeof(buf));

		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, buf, len);
		pair_run(&p);
		CHECK(answers == 9, "no answer to another cut: %u", answers);
	}
	forget_kept();
	pair_end(&p, "repeats");
	unit_done("ike_frag: the first fragment asks for the answer again");
}

/* ---- hostile ---- */

static uint8_t buf[70000];

/* A fragment of an INFORMATIONAL request to east, as west would make it. */
static void inform(struct pair *p, uint32_t id, uint16_t n, uint16_t total, uint8_t first, const void *text, size_t len)
{
	struct piece piece = { EXCH_INFORMATIONAL, false, id, first, n, total, text, len };
	size_t sealed = sa_seal(p->n[WEST].e->all, &piece, buf, sizeof(buf));

	CHECK(sealed, "sa_seal");
	pair_deliver(p, EAST, &p->n[EAST].addr, &p->n[WEST].addr, buf, sealed);
	pair_run(p);
}

static bool info_answer(struct pair *p, struct packet *pkt)
{
	(void)p;
	if (pkt->data[18] == EXCH_INFORMATIONAL && pkt->data[19] & IKE_FLAG_RESPONSE)
		answers++;
	return pkt->from == WEST;
}

static const uint8_t vendor[12] = { 0, 0, 0, 12, 'n', 'o', 'b', 'o', 'd', 'y', '!', '!' };

static void up(struct pair *p)
{
	start(p, IKE_FRAG_YES, IKE_FRAG_YES);
	pair_up(p, WEST);
	CHECK(pair_is_up(p), "not up");
	p->hook = info_answer;
	answers = 0;
}

/* Numbers that cannot be, too many, too long; another cut; a whole message instead; an id that is not to come. */
static void hostile(void)
{
	static uint8_t big[32000];
	struct ike_sa *east;
	struct pair p;
	unsigned int i;

	up(&p);
	east = p.n[EAST].e->all;
	inform(&p, 2, 0, 3, PLD_VENDOR, vendor, 12);
	inform(&p, 2, 4, 3, PLD_VENDOR, vendor, 12);
	inform(&p, 2, 1, IKE_MAX_FRAGMENTS + 1, PLD_VENDOR, vendor, 12);
	inform(&p, 2, 1, 65535, PLD_VENDOR, vendor, 12);
	CHECK(!east->gathered[0], "something of it is kept");
	inform(&p, 3, 1, 2, PLD_VENDOR, vendor, 12);
	inform(&p, 1, 2, 2, 0, vendor, 12);
	CHECK(!east->gathered[0], "kept out of the window");
	/* Nothing of a forged one. */
	inform(&p, 2, 1, 2, PLD_VENDOR, vendor, 12);
	CHECK(east->gathered[0], "the first is not kept");
	for (i = 0; i < 60; i++) {
		struct piece piece = { EXCH_INFORMATIONAL, false, 2, 0, 2, 2 + (i & 1), vendor, 12 };
		size_t len = sa_seal(p.n[WEST].e->all, &piece, buf, sizeof(buf));

		buf[32 + i % (len - 32)] ^= 1 << i % 8;
		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, buf, i % 7 ? len : len - 1);
		pair_run(&p);
	}
	CHECK(!answers && east->gathered[0], "a forged fragment counts");
	/* Fewer than before: an old one. More: anew. */
	inform(&p, 2, 1, 1, PLD_VENDOR, vendor, 12);
	CHECK(!answers, "an older cut is taken");
	inform(&p, 2, 3, 3, 0, vendor + 8, 4);
	inform(&p, 2, 2, 2, 0, vendor + 6, 6);
	inform(&p, 2, 1, 3, PLD_VENDOR, vendor, 4);
	CHECK(!answers, "two cuts are mixed");
	inform(&p, 2, 2, 3, 0, vendor + 4, 4);
	CHECK(answers == 1 && !east->gathered[0], "another cut is not taken: %u", answers);
	/* Too long altogether. */
	for (i = 1; i < 4; i++)
		inform(&p, 3, i, 3, i == 1 ? PLD_VENDOR : 0, big, sizeof(big));
	CHECK(answers == 1 && !east->gathered[0], "96 kB are taken");
	/* A whole one instead; nothing in a fragment; rubbish inside. */
	inform(&p, 3, 2, 2, 0, vendor, 12);
	inform(&p, 3, 0, 0, PLD_VENDOR, vendor, 12);
	CHECK(answers == 2 && !east->gathered[0], "a whole one after a fragment");
	inform(&p, 4, 2, 3, 0, vendor, 0);
	inform(&p, 4, 3, 3, 0, vendor, 12);
	inform(&p, 4, 1, 3, PLD_VENDOR, vendor, 0);
	CHECK(answers == 3, "an empty fragment");
	inform(&p, 5, 1, 2, PLD_VENDOR, big, 100);
	inform(&p, 5, 2, 2, 0, big, 100);
	CHECK(answers == 4 && p.n[EAST].e->all == east && east->state == SA_UP, "rubbish");
	/* What is not complete goes with the IKE SA. */
	inform(&p, 6, 2, 3, 0, vendor, 12);
	p.hook = NULL;
	east->in.next = 6;
	pair_end(&p, "hostile");
	unit_done("ike_frag: hostile fragments");
}

/* None are taken that were not agreed on; what is cut off anywhere is no message. */
static void not_agreed(void)
{
	struct pair p;
	size_t len;

	start(&p, IKE_FRAG_YES, IKE_FRAG_NO);
	pair_up(&p, WEST);
	p.hook = info_answer;
	answers = 0;
	inform(&p, 2, 1, 1, PLD_VENDOR, vendor, 12);
	CHECK(!answers && !p.n[EAST].e->all->gathered[0], "a fragment that was not agreed on");
	p.hook = NULL;
	pair_end(&p, "not agreed");

	up(&p);
	for (len = 29; len < 37; len++) {
		memset(buf, 0, sizeof(buf));
		memcpy(buf, p.n[EAST].e->all->spi_i, 8);
		memcpy(buf + 8, p.n[EAST].e->all->spi_r, 8);
		buf[16] = PLD_SKF;
		buf[17] = 0x20;
		buf[18] = EXCH_INFORMATIONAL;
		buf[19] = IKE_FLAG_INITIATOR;
		put_u32(buf + 20, 2);
		put_u32(buf + 24, len);
		put_u16(buf + 30, len - 28);
		put_u32(buf + 32, 0x10001);
		pair_deliver(&p, EAST, &p.n[EAST].addr, &p.n[WEST].addr, buf, len);
		pair_run(&p);
	}
	CHECK(!answers, "short ones are answered");
	p.hook = NULL;
	pair_end(&p, "short");
	unit_done("ike_frag: not without agreement, not cut off");
}

/* Before the keys are there only so much is kept, and of one peer. */
static void parked(void)
{
	struct ike_sa *east;
	int from = WEST;
	unsigned int i;
	struct pair p;

	start_kept(&p, &from);
	p.hook = NULL;
	p.n[EAST].hold = 1u << IKE_DH_SHARED;
	give(&p, 0);
	east = p.n[EAST].e->all;
	for (i = 0; i < 100; i++)
		give(&p, 1 + i % 2);
	CHECK(east->parked_len > 3000 && east->parked_len <= IKE_MAX_GATHERED, "%zu bytes are parked", east->parked_len);
	i = east->parked_len;
	kept[1]->local.port = 501;
	kept[1]->len = 100;
	put_u32(kept[1]->data + 24, 100);
	put_u16(kept[1]->data + 30, 72);
	give(&p, 1);
	CHECK(east->parked_len == i, "from elsewhere");
	pair_release(&p);
	CHECK(pair_is_up(&p), "not up");
	forget_kept();
	pair_end(&p, "parked");
	unit_done("ike_frag: so many wait for the keys");
}

/* A rekeyed IKE SA goes on with it. */
static void rekeyed(void)
{
	struct pair p;

	up(&p);
	p.hook = NULL;
	CHECK(!ike_conn_rekey(p.n[WEST].e, CONN, true, p.now), "rekey");
	pair_wait(&p, 100);
	CHECK(p.n[WEST].e->n_sas == 1 && p.n[EAST].e->all->frag && p.n[WEST].e->all->frag, "forgotten");
	p.hook = info_answer;
	answers = 0;
	inform(&p, p.n[EAST].e->all->in.next, 1, 1, PLD_VENDOR, vendor, 12);
	CHECK(answers == 1, "no answer");
	p.n[WEST].e->all->out_next = p.n[EAST].e->all->in.next;
	p.hook = NULL;
	pair_end(&p, "rekeyed");
	unit_done("ike_frag: after rekeying");
}

/* Nobody answers what is long: it may be IP's fragments. */
static bool lose_long(struct pair *p, struct packet *pkt)
{
	(void)p;
	return pkt->len < 1400;
}

static void hint(void)
{
	struct pair p;

	start(&p, IKE_FRAG_YES, IKE_FRAG_NO);
	p.hook = lose_long;
	pair_up(&p, WEST);
	pair_wait(&p, 60000);
	CHECK(strstr(p.n[WEST].last_text, "do IP fragments pass?"), "%s", p.n[WEST].last_text);
	pair_end(&p, "hint");
	unit_done("ike_frag: who is not answered is told");
}

int main(void)
{
	sizes();
	rooms();
	orders();
	losses();
	repeats();
	hostile();
	not_agreed();
	parked();
	rekeyed();
	hint();
	return unit_status();
}
