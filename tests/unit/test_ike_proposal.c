// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c userland/pluto/ike_proposal.c userland/pluto/ike_payload.c userland/pluto/ike_write.c */
/* sources: userland/pluto/ike_text.c userland/pluto/ike_names.c userland/pluto/ike_crypto.c userland/pluto/ike_dh.c userland/pluto/ike_kem.c */
/* libs: -lcrypto */
/* SA payloads: lists out, choices back, and the offers of others. */
#include <stdlib.h>
#include <string.h>

#include "ike_crypto.h"
#include "ike_proposal.h"
#include "unit.h"

static uint64_t state = 88172645463325252ull;

static unsigned int draw(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % n;
}

static const uint8_t spi[4] = { 1, 2, 3, 4 };

static size_t offer(const struct ike_proposal *list, unsigned int n, bool esp, uint8_t *buf,
		    size_t cap, struct ike_offers *out)
{
	struct ike_writer w;

	w_init(&w, buf, cap);
	w_proposals(&w, list, n, esp ? spi : NULL);
	CHECK(!w.full && !ike_sa_parse((struct view){ buf + 4, w.len - 4 }, out), "offer of %u", n);
	return w.len;
}

static void test_defaults(void)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS];
	char text[IKE_PROPOSAL_TEXT], all[IKE_OFFERS_TEXT];
	struct ike_offers offers;
	uint8_t buf[2048];
	unsigned int i, n;
	size_t len;

	n = ike_default_proposals(false, list);
	CHECK(n <= IKE_MAX_PROPOSALS, "%u", n);
	for (i = 0; i < n; i++)
		CHECK(!ike_proposal_check(&list[i], false), "IKE default %u", i);
	CHECK(!strcmp(ike_proposal_text(&list[0], text), "aes_gcm256-sha2_256-dh19"), "%s", text);
	len = offer(list, n, false, buf, sizeof(buf), &offers);
	CHECK(len < 500, "%zu bytes: IKE_SA_INIT must stay below an MTU", len);
	ike_list_text(list, n, false, all);
	CHECK(!strncmp(all, "aes_gcm256-sha2_256+sha2_512-dh19+dh31+dh20+dh14,", 48), "%s", all);
	n = ike_default_proposals(true, list);
	for (i = 0; i < n; i++)
		CHECK(!ike_proposal_check(&list[i], true), "ESP default %u", i);
	CHECK(!strcmp(ike_list_text(list, n, true, all),
		      "aes_gcm256,aes_gcm128,aes256-sha2_256,aes128-sha2_256"), "%s", all);
	unit_done("ike_proposal/defaults");
}

/* Any list of proposals: what is offered is exactly the list. */
static struct ike_proposal any(bool esp)
{
	static const uint16_t ciphers[] = {
		ENCR_AES_GCM_16, ENCR_AES_CBC, ENCR_CHACHA20_POLY1305, ENCR_3DES, ENCR_AES_CTR, ENCR_AES_CCM_8, ENCR_NULL,
	};
	static const uint16_t integs[] = { 2, 12, 13, 14 }, prfs[] = { 2, 5, 6, 7 };
	static const uint16_t dh[] = { 2, 14, 18, 19, 20, 21, 31 };
	struct ike_proposal p = { .encr = ciphers[draw(esp ? 7 : 4)] };

	if (!ikealg_encr(p.encr)->bits)
		p.keylen = 128 + 64 * draw(3);
	if (!ike_is_aead(p.encr))
		p.integ = integs[draw(4)];
	if (!esp) {
		p.prf = prfs[draw(4)];
		p.dh = dh[draw(7)];
	} else {
		p.esn = draw(2);
	}
	return p;
}

static bool in_list(const struct ike_proposal *list, unsigned int n, const struct ike_proposal *p)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (ike_proposal_equal(&list[i], p))
			return true;
	return false;
}

static void test_exact(void)
{
	struct ike_proposal list[IKE_MAX_PROPOSALS], p;
	const struct ike_offer *o;
	struct ike_offers offers;
	unsigned int round, i, n;
	uint8_t buf[4096];
	bool esp;

	for (round = 0; round < 3000; round++) {
		esp = draw(2);
		n = 1 + draw(IKE_MAX_OFFERS);	/* at worst each is a proposal of its own */
		for (i = 0; i < n; i++)
			list[i] = any(esp);
		offer(list, n, esp, buf, sizeof(buf), &offers);
		for (i = 0; i < 30; i++) {
			p = any(esp);
			CHECK(!!ike_choose(&offers, esp, &p, 1, 0, &o) == in_list(list, n, &p),
			      "round %u", round);
			CHECK(!ike_choose(&offers, !esp, &p, 1, 0, &o), "round %u: protocol", round);
		}
	}
	unit_done("ike_proposal/exact");
}

static void test_order(void)
{
	struct ike_proposal ours[2] = {
		{ .encr = 20, .keylen = 256, .prf = 5, .dh = 19 }, { .encr = 20, .keylen = 128, .prf = 5, .dh = 31 },
	};
	struct ike_proposal theirs[2] = { ours[1], ours[0] };
	const struct ike_offer *o;
	struct ike_offers offers;
	uint8_t buf[512];

	offer(theirs, 2, false, buf, sizeof(buf), &offers);
	CHECK(ike_choose(&offers, false, ours, 2, 0, &o) == &ours[0] && o->number == 2, "our order");
	CHECK(ike_choose(&offers, false, ours, 2, 31, &o) == &ours[1] && o->number == 1,
	      "the group that is there");
	CHECK(ike_choose(&offers, false, ours, 2, 14, &o) == &ours[0] && o->number == 2,
	      "a group that none has");
	unit_done("ike_proposal/order");
}

static void test_chosen(void)
{
	struct ike_proposal list[2] = {
		{ .encr = 20, .keylen = 256, .prf = 5, .dh = 19 }, { .encr = 12, .keylen = 128, .prf = 5, .integ = 12, .dh = 31 },
	};
	struct ike_proposal other = { .encr = 12, .keylen = 128, .prf = 5, .integ = 13, .dh = 31 };
	struct ike_offers offers;
	struct ike_writer w;
	uint8_t buf[512];

	w_init(&w, buf, sizeof(buf));
	w_chosen(&w, &list[1], 2, NULL);
	CHECK(!ike_sa_parse((struct view){ buf + 4, w.len - 4 }, &offers) &&
	      ike_chosen(&offers, false, list, 2) == &list[1], "one of ours");
	CHECK(!ike_chosen(&offers, true, list, 2), "for another protocol");
	offers.list[0].number = 0;
	CHECK(!ike_chosen(&offers, false, list, 2), "number 0");
	w_init(&w, buf, sizeof(buf));
	w_chosen(&w, &other, 2, NULL);
	ike_sa_parse((struct view){ buf + 4, w.len - 4 }, &offers);
	CHECK(!ike_chosen(&offers, false, list, 2), "not one of ours");
	offer(list, 2, false, buf, sizeof(buf), &offers);
	CHECK(!ike_chosen(&offers, false, list, 2), "two chosen");
	list[1] = list[0];
	list[1].dh = 31;
	offer(list, 2, false, buf, sizeof(buf), &offers);
	CHECK(offers.n == 1 && !ike_chosen(&offers, false, list, 2), "two groups chosen");
	unit_done("ike_proposal/chosen");
}

/* Offers with @t transforms, as others make them. */
struct raw {
	uint8_t proto, spi_len;
	struct ike_transform t[6];
};

static bool acceptable(const struct raw *r, bool esp, const struct ike_proposal *p)
{
	struct ike_offers o = { .n = 1, .list = { { 1, r->proto, r->spi_len, spi, 0, 0 } } };
	const struct ike_offer *at;

	while (o.list[0].n < 6 && r->t[o.list[0].n].type) {
		o.transforms[o.list[0].n] = r->t[o.list[0].n];
		o.list[0].n++;
	}
	return ike_choose(&o, esp, p, 1, 0, &at);
}

static void test_foreign(void)
{
	struct ike_proposal gcm = { .encr = 20, .keylen = 256, .dh = 0 }, cbc = { .encr = 12, .keylen = 128, .integ = 12 };
	struct ike_proposal ike = { .encr = 20, .keylen = 256, .prf = 5, .dh = 19 };
	struct { const char *what; struct raw r; bool esp; struct ike_proposal *p; bool ok; } cases[] = {
		{ "AEAD with integrity NONE", { 3, 4, { { 1, 20, 256, 0 }, { 3, 0, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 1 },
		{ "AEAD with an integrity algorithm", { 3, 4, { { 1, 20, 256, 0 }, { 3, 12, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "CBC without integrity", { 3, 4, { { 1, 12, 128, 0 }, { 5, 0, 0, 0 } } }, 1, &cbc, 0 },
		{ "CBC with integrity NONE", { 3, 4, { { 1, 12, 128, 0 }, { 3, 0, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &cbc, 0 },
		{ "without ESN", { 3, 4, { { 1, 20, 256, 0 } } }, 1, &gcm, 1 },
		{ "ESN only", { 3, 4, { { 1, 20, 256, 0 }, { 5, 1, 0, 0 } } }, 1, &gcm, 0 },
		{ "ESN or not", { 3, 4, { { 1, 20, 256, 0 }, { 5, 1, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 1 },
		{ "group NONE", { 3, 4, { { 1, 20, 256, 0 }, { 4, 0, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 1 },
		{ "a group in the first Child SA", { 3, 4, { { 1, 20, 256, 0 }, { 4, 19, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "unknown transform type", { 3, 4, { { 1, 20, 256, 0 }, { 6, 35, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "no key length", { 3, 4, { { 1, 20, 0, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "unknown attribute", { 3, 4, { { 1, 20, 256, 1 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "AH", { 2, 4, { { 1, 20, 256, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "protocol 0", { 0, 4, { { 1, 20, 256, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "SPI of 8 bytes", { 3, 8, { { 1, 20, 256, 0 }, { 5, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "nothing at all", { 3, 4, { { 0, 0, 0, 0 } } }, 1, &gcm, 0 },
		{ "IKE", { 1, 0, { { 1, 20, 256, 0 }, { 2, 5, 0, 0 }, { 4, 19, 0, 0 } } }, 0, &ike, 1 },
		{ "IKE without a group", { 1, 0, { { 1, 20, 256, 0 }, { 2, 5, 0, 0 } } }, 0, &ike, 0 },
		{ "IKE without a PRF", { 1, 0, { { 1, 20, 256, 0 }, { 4, 19, 0, 0 } } }, 0, &ike, 0 },
		{ "IKE with ESN", { 1, 0, { { 1, 20, 256, 0 }, { 2, 5, 0, 0 }, { 4, 19, 0, 0 }, { 5, 0, 0, 0 } } }, 0, &ike, 0 },
		{ "IKE with an SPI", { 1, 8, { { 1, 20, 256, 0 }, { 2, 5, 0, 0 }, { 4, 19, 0, 0 } } }, 0, &ike, 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(acceptable(&cases[i].r, cases[i].esp, cases[i].p) == cases[i].ok, "%s",
		      cases[i].what);
	unit_done("ike_proposal/foreign");
}

static void test_check(void)
{
	struct ike_proposal p = { .encr = 20, .keylen = 256, .prf = 5, .dh = 19 };

	CHECK(!ike_proposal_check(&p, false), "good");
	p.integ = 12;
	CHECK(ike_proposal_check(&p, false), "AEAD with integrity");
	p = (struct ike_proposal){ 12, 256, 5, 0, 19, 0, { 0 } };
	CHECK(ike_proposal_check(&p, false), "CBC without");
	p = (struct ike_proposal){ 20, 256, 5, 0, 0, 0, { 0 } };
	CHECK(ike_proposal_check(&p, false), "IKE without a group");
	p = (struct ike_proposal){ 20, 0, 5, 0, 19, 0, { 0 } };
	CHECK(ike_proposal_check(&p, false), "no key length");
	p = (struct ike_proposal){ 20, 256, 1, 0, 19, 0, { 0 } };
	CHECK(ike_proposal_check(&p, false), "MD5");
	p = (struct ike_proposal){ 3, 192, 5, 2, 2, 0, { 0 } };
	CHECK(ike_proposal_check(&p, false), "3DES with a key length");
	p.keylen = 0;
	CHECK(!ike_proposal_check(&p, false), "3DES, SHA-1, group 2: where somebody names them");
	p = (struct ike_proposal){ 11, 0, 0, 12, 0, 1, { 0 } };
	CHECK(!ike_proposal_check(&p, true), "NULL with a hash and ESN in ESP");
	p.integ = 0;
	CHECK(ike_proposal_check(&p, true), "NULL without a hash");
	p = (struct ike_proposal){ 13, 128, 5, 12, 19, 0, { 0 } };
	CHECK(ike_proposal_check(&p, false), "CTR in IKE");
	unit_done("ike_proposal/check");
}

int main(void)
{
	test_defaults();
	test_exact();
	test_order();
	test_chosen();
	test_foreign();
	test_check();
	return unit_status();
}
