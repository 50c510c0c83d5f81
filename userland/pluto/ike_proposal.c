// SPDX-License-Identifier: GPL-2.0
/* Lists of algorithms: defaults, SA payloads, the choice. RFC 7296 3.3, RFC 9370 2.2.1. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "ike_crypto.h"
#include "ike_proposal.h"
#include "ike_text.h"

/* RFC 8247 2 and RFC 8221 5, 6: AES-GCM first, 256 bits first, 19 the group all have. */
unsigned int ike_default_proposals(bool esp, struct ike_proposal *list)
{
	static const uint16_t dh[] = { DH_ECP256, DH_X25519, DH_ECP384, DH_MODP2048 };
	static const struct ike_proposal base[] = {
		{ .encr = ENCR_AES_GCM_16, .keylen = 256, .prf = PRF_SHA2_256 },
		{ .encr = ENCR_AES_GCM_16, .keylen = 256, .prf = PRF_SHA2_512 },
		{ .encr = ENCR_AES_GCM_16, .keylen = 128, .prf = PRF_SHA2_256 },
		{ .encr = ENCR_AES_GCM_16, .keylen = 128, .prf = PRF_SHA2_512 },
		{ .encr = ENCR_AES_CBC, .keylen = 256, .prf = PRF_SHA2_256, .integ = INTEG_SHA2_256 },
		{ .encr = ENCR_AES_CBC, .keylen = 256, .prf = PRF_SHA2_512, .integ = INTEG_SHA2_512 },
		{ .encr = ENCR_AES_CBC, .keylen = 128, .prf = PRF_SHA2_256, .integ = INTEG_SHA2_256 },
	};
	unsigned int i, j, n = 0;

	for (i = 0; i < sizeof(base) / sizeof(base[0]); i++) {
		if (esp && base[i].prf != PRF_SHA2_256)
			continue;
		for (j = 0; j < (esp ? 1 : 4); j++) {
			list[n] = base[i];
			list[n].dh = esp ? 0 : dh[j];
			list[n].prf = esp ? 0 : base[i].prf;
			n++;
		}
	}
	return n;
}

char *ike_proposal_text(const struct ike_proposal *p, char buf[IKE_PROPOSAL_TEXT])
{
	struct text t;
	unsigned int i;

	t_init(&t, buf, IKE_PROPOSAL_TEXT);
	t_add(&t, "%s", ike_transform_name(TRANS_ENCR, p->encr, p->keylen));
	if (p->integ)
		t_add(&t, "-%s", ike_transform_name(TRANS_INTEG, p->integ, 0));
	if (p->prf && (!p->integ || strcmp(ike_transform_name(TRANS_PRF, p->prf, 0), ike_transform_name(TRANS_INTEG, p->integ, 0))))
		t_add(&t, "-%s", ike_transform_name(TRANS_PRF, p->prf, 0));
	if (p->dh)
		t_add(&t, "-%s", ike_transform_name(TRANS_DH, p->dh, 0));
	for (i = 0; i < IKE_ADDKES; i++)
		if (p->addke[i])
			t_add(&t, "-%s", ike_transform_name(TRANS_ADDKE1 + i, p->addke[i], 0));
	return buf;
}

static bool same_addke(const struct ike_proposal *a, const struct ike_proposal *b)
{
	return !memcmp(a->addke, b->addke, sizeof(a->addke));
}

uint16_t ike_addke(const struct ike_proposal *p, unsigned int k)
{
	unsigned int i;

	for (i = 0; i < IKE_ADDKES; i++)
		if (p->addke[i] && !k--)
			return p->addke[i];
	return 0;
}

bool ike_has_addke(const struct ike_proposal *list, unsigned int n)
{
	for (; n; n--, list++)
		if (ike_addke(list, 0))
			return true;
	return false;
}

bool ike_proposal_equal(const struct ike_proposal *a, const struct ike_proposal *b)
{
	return a->encr == b->encr && a->keylen == b->keylen && a->prf == b->prf &&
	       a->integ == b->integ && a->dh == b->dh && a->esn == b->esn && same_addke(a, b);
}

bool ike_lists_equal(const struct ike_proposal *a, unsigned int n, const struct ike_proposal *b, unsigned int m)
{
	unsigned int i;

	for (i = 0; i < n && i < m; i++)
		if (!ike_proposal_equal(&a[i], &b[i]))
			return false;
	return n == m;
}

/* Each is known, on top of a group, and none is there twice. */
static bool addke_ok(const struct ike_proposal *p)
{
	unsigned int k, j;
	uint16_t method;

	for (k = 0; (method = ike_addke(p, k)); k++) {
		if (!p->dh || method == p->dh || !ike_ke_len(method, false))
			return false;
		for (j = 0; j < k; j++)
			if (ike_addke(p, j) == method)
				return false;
	}
	return true;
}

int ike_proposal_check(const struct ike_proposal *p, bool esp)
{
	const struct ikealg_encr *alg = ikealg_encr(p->encr);

	if (!alg || !ikealg_keylen_ok(alg, p->keylen) || !(alg->use & (esp ? IKEALG_ESP : IKEALG_IKE)))
		return -EINVAL;
	if (!addke_ok(p))
		return -EINVAL;
	if (ike_is_aead(p->encr) ? p->integ : !ike_integ_key_len(p->integ))
		return -EINVAL;
	if (esp)
		return !p->prf && p->esn <= 1 && (!p->dh || ike_dh_len(p->dh)) ? 0 : -EINVAL;
	return ike_prf_len(p->prf) && ike_dh_len(p->dh) && !p->esn ? 0 : -EINVAL;
}

/* ---- writing ---- */

static bool same_cipher(const struct ike_proposal *a, const struct ike_proposal *b)
{
	return a->encr == b->encr && a->keylen == b->keylen && a->integ == b->integ &&
	       !a->dh == !b->dh && same_addke(a, b);
}

static uint16_t part(const struct ike_proposal *p, uint8_t type)
{
	return type == TRANS_PRF ? p->prf : type == TRANS_DH ? p->dh : p->esn;
}

/* The distinct values of one transform type in @list. */
static unsigned int distinct(const struct ike_proposal *list, unsigned int n, uint8_t type,
			     uint16_t *out)
{
	unsigned int i, j, count = 0;
	uint16_t v;

	for (i = 0; i < n; i++) {
		v = part(&list[i], type);
		for (j = 0; j < count && out[j] != v; j++)
			;
		if (j == count)
			out[count++] = v;
	}
	return count;
}

static bool repeats(const struct ike_proposal *list, unsigned int n)
{
	unsigned int i, j;

	for (i = 1; i < n; i++)
		for (j = 0; j < i; j++)
			if (ike_proposal_equal(&list[i], &list[j]))
				return true;
	return false;
}

/*
 * How many from the front are one cipher with every combination of some PRFs, some groups and some ESN:
 * these are one proposal on the wire, which keeps the message below an MTU.
 */
static unsigned int group_len(const struct ike_proposal *list, unsigned int n)
{
	uint16_t values[IKE_MAX_PROPOSALS];
	unsigned int run = 1;

	while (run < n && same_cipher(&list[0], &list[run]))
		run++;
	for (; run > 1; run--)
		if (distinct(list, run, TRANS_PRF, values) * distinct(list, run, TRANS_DH, values) *
		    distinct(list, run, TRANS_ESN, values) == run && !repeats(list, run))
			break;
	return run;
}

static void transform(struct ike_writer *w, unsigned int *left, uint8_t type, uint16_t id,
		      uint16_t keylen)
{
	w_u8(w, --*left ? 3 : 0);
	w_u8(w, 0);
	w_u16(w, keylen ? 12 : 8);
	w_u8(w, type);
	w_u8(w, 0);
	w_u16(w, id);
	if (keylen) {
		w_u16(w, 0x8000 | 14);
		w_u16(w, keylen);
	}
}

/* What the proposals are for. */
struct wanted {
	uint8_t proto;
	const uint8_t *spi;
	uint8_t spi_len;
};

/* @list is one cipher, and one choice of additional key exchanges, with all combinations of its PRFs, groups and ESN. */
static void proposal(struct ike_writer *w, const struct ike_proposal *list, unsigned int n,
		     bool last, uint8_t number, const struct wanted *for_)
{
	uint16_t prfs[IKE_MAX_PROPOSALS], dhs[IKE_MAX_PROPOSALS], esns[IKE_MAX_PROPOSALS];
	bool esp = for_->proto == PROTO_ESP;
	unsigned int n_prf = esp ? 0 : distinct(list, n, TRANS_PRF, prfs);
	unsigned int n_dh = list->dh ? distinct(list, n, TRANS_DH, dhs) : 0;
	unsigned int n_esn = esp ? distinct(list, n, TRANS_ESN, esns) : 0;
	unsigned int i, left = 1 + !!list->integ + n_esn + n_prf + n_dh;
	size_t start = w->len;

	for (i = 0; ike_addke(list, i); i++)
		left++;
	w_u8(w, last ? 0 : 2);
	w_u8(w, 0);
	w_u16(w, 0);
	w_u8(w, number);
	w_u8(w, for_->proto);
	w_u8(w, for_->spi_len);
	w_u8(w, left);
	w_bytes(w, for_->spi, for_->spi_len);
	transform(w, &left, TRANS_ENCR, list->encr, list->keylen);
	if (list->integ)
		transform(w, &left, TRANS_INTEG, list->integ, 0);
	for (i = 0; i < n_prf; i++)
		transform(w, &left, TRANS_PRF, prfs[i], 0);
	for (i = 0; i < n_dh; i++)
		transform(w, &left, TRANS_DH, dhs[i], 0);
	for (i = 0; i < n_esn; i++)
		transform(w, &left, TRANS_ESN, esns[i], 0);
	for (i = 0; i < IKE_ADDKES; i++)
		if (list->addke[i])
			transform(w, &left, TRANS_ADDKE1 + i, list->addke[i], 0);
	if (!w->full)
		put_u16(w->buf + start + 2, w->len - start);
}

static void write_proposals(struct ike_writer *w, const struct ike_proposal *list, unsigned int n,
			    const struct wanted *for_)
{
	unsigned int len, number = 1;

	w_begin(w, PLD_SA);
	for (; n; n -= len, list += len) {
		len = group_len(list, n);
		proposal(w, list, len, len == n, number++, for_);
	}
	w_end(w);
}

static struct wanted wanted(const uint8_t *spi)
{
	return (struct wanted){ spi ? PROTO_ESP : PROTO_IKE, spi, spi ? 4 : 0 };
}

void w_proposals(struct ike_writer *w, const struct ike_proposal *list, unsigned int n,
		 const uint8_t *spi)
{
	struct wanted for_ = wanted(spi);

	write_proposals(w, list, n, &for_);
}

void w_chosen(struct ike_writer *w, const struct ike_proposal *p, uint8_t number,
	      const uint8_t *spi)
{
	struct wanted for_ = wanted(spi);

	w_begin(w, PLD_SA);
	proposal(w, p, 1, true, number, &for_);
	w_end(w);
}

void w_rekey_proposals(struct ike_writer *w, const struct ike_proposal *list, unsigned int n,
		       const uint8_t spi[8])
{
	struct wanted for_ = { PROTO_IKE, spi, 8 };

	write_proposals(w, list, n, &for_);
}

void w_rekey_chosen(struct ike_writer *w, const struct ike_proposal *p, uint8_t number,
		    const uint8_t spi[8])
{
	struct wanted for_ = { PROTO_IKE, spi, 8 };

	w_begin(w, PLD_SA);
	proposal(w, p, 1, true, number, &for_);
	w_end(w);
}

/* ---- choosing ---- */

/* How an offer stands to one transform of ours. */
enum held { HELD_NOT, HELD_ABSENT, HELD };

static enum held held(const struct ike_offers *all, const struct ike_offer *o, uint8_t type,
		      uint16_t id, uint16_t keylen)
{
	const struct ike_transform *t = all->transforms + o->first;
	enum held found = HELD_ABSENT;
	unsigned int i;

	for (i = 0; i < o->n; i++, t++) {
		if (t->type != type)
			continue;
		if (t->id == id && t->keylen == keylen && !t->odd)
			return HELD;
		found = HELD_NOT;
	}
	return found;
}

/* A transform type that is not known makes the proposal unacceptable, RFC 7296 3.3.6. */
static bool known_types(const struct ike_offers *all, const struct ike_offer *o, bool esp)
{
	const struct ike_transform *t = all->transforms + o->first;
	unsigned int i;

	for (i = 0; i < o->n; i++, t++) {
		if (t->type < TRANS_ENCR || t->type > TRANS_ADDKE7)
			return false;
		if (t->type == (esp ? TRANS_PRF : TRANS_ESN))
			return false;
	}
	return true;
}

/* Where we want none a proposal of the peer may leave the type out, or have NONE among its choices. */
static bool addke_matches(const struct ike_offers *all, const struct ike_offer *o, const struct ike_proposal *p)
{
	enum held found;
	unsigned int i;

	for (i = 0; i < IKE_ADDKES; i++) {
		found = held(all, o, TRANS_ADDKE1 + i, p->addke[i], 0);
		if (p->addke[i] ? found != HELD : found == HELD_NOT)
			return false;
	}
	return true;
}

static bool matches(const struct ike_offers *all, const struct ike_offer *o, bool esp,
		    const struct ike_proposal *p)
{
	enum held integ = held(all, o, TRANS_INTEG, p->integ, 0);

	if (o->proto != (esp ? PROTO_ESP : PROTO_IKE) || o->spi_len != (esp ? 4 : all->ike_spi_len))
		return false;
	if (!known_types(all, o, esp) || !addke_matches(all, o, p))
		return false;
	if (held(all, o, TRANS_ENCR, p->encr, p->keylen) != HELD)
		return false;
	/* No integrity transform at all is right for an AEAD only. */
	if (integ == HELD_NOT || (integ == HELD_ABSENT && !ike_is_aead(p->encr)))
		return false;
	if (!esp)
		return held(all, o, TRANS_PRF, p->prf, 0) == HELD &&
		       held(all, o, TRANS_DH, p->dh, 0) == HELD;
	if (p->dh ? held(all, o, TRANS_DH, p->dh, 0) != HELD : held(all, o, TRANS_DH, 0, 0) == HELD_NOT)
		return false;
	return held(all, o, TRANS_ESN, p->esn, 0) >= (p->esn ? HELD : HELD_ABSENT);
}

const struct ike_proposal *ike_choose(const struct ike_offers *offers, bool esp,
				      const struct ike_proposal *list, unsigned int n,
				      uint16_t dh, const struct ike_offer **offer)
{
	const struct ike_proposal *found = NULL;
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < offers->n; j++)
			if (matches(offers, &offers->list[j], esp, &list[i]))
				break;
		if (j == offers->n || (found && (list[i].dh != dh || !same_addke(&list[i], found))))
			continue;
		found = &list[i];
		*offer = &offers->list[j];
		if (!dh || found->dh == dh)
			break;
	}
	return found;
}

/* The place of its cipher in the offer, which has it. */
static unsigned int cipher_at(const struct ike_offers *all, const struct ike_offer *o, const struct ike_proposal *p)
{
	const struct ike_transform *t = all->transforms + o->first;

	while (t->type != TRANS_ENCR || t->id != p->encr || t->keylen != p->keylen || t->odd)
		t++;
	return t - all->transforms;
}

unsigned int ike_named_at(const struct ike_offers *offers, const struct ike_proposal *list, unsigned int n,
			  const struct ike_proposal *like)
{
	unsigned int i, j, at, first = UINT_MAX;

	for (i = 0; i < n; i++) {
		if (list[i].dh != like->dh || !same_addke(&list[i], like))
			continue;
		for (j = 0; j < offers->n; j++) {
			if (!matches(offers, &offers->list[j], false, &list[i]))
				continue;
			at = cipher_at(offers, &offers->list[j], &list[i]);
			first = at < first ? at : first;
			break;
		}
	}
	return first;
}

/* Nothing in the offer but what @p says, or NONE. */
static bool nothing_else(const struct ike_offers *all, const struct ike_offer *o,
			 const struct ike_proposal *p)
{
	const struct ike_transform *t = all->transforms + o->first;
	bool seen[TRANS_ADDKE7 + 1] = { false };
	uint16_t want[TRANS_ADDKE7 + 1] = {
		[TRANS_ENCR] = p->encr, [TRANS_PRF] = p->prf, [TRANS_INTEG] = p->integ,
		[TRANS_DH] = p->dh, [TRANS_ESN] = p->esn,
	};
	unsigned int i;

	memcpy(want + TRANS_ADDKE1, p->addke, sizeof(p->addke));
	for (i = 0; i < o->n; i++, t++) {
		if (seen[t->type] || t->id != want[t->type])
			return false;
		seen[t->type] = true;
	}
	return true;
}

const struct ike_proposal *ike_chosen(const struct ike_offers *offers, bool esp,
				      const struct ike_proposal *list, unsigned int n)
{
	unsigned int i;

	if (offers->n != 1 || !offers->list[0].number)
		return NULL;
	for (i = 0; i < n; i++)
		if (matches(offers, &offers->list[0], esp, &list[i]) &&
		    nothing_else(offers, &offers->list[0], &list[i]))
			return &list[i];
	return NULL;
}

/* ---- text ---- */

/* Names of one transform type, joined by "+"; "" for none. */
static void names(const struct ike_offers *all, const struct ike_offer *o, uint8_t type,
		  char *buf, size_t cap)
{
	const struct ike_transform *x = all->transforms + o->first;
	struct text t;
	unsigned int i;

	t_init(&t, buf, cap);
	for (i = 0; i < o->n; i++, x++) {
		if (x->type != type || (type != TRANS_ENCR && type < TRANS_ADDKE1 && !x->id))
			continue;
		t_add(&t, "%s%s", t.len ? "+" : "", ike_transform_name(type, x->id, x->keylen));
	}
}

static void offer_text(struct text *t, const struct ike_offers *all, const struct ike_offer *o)
{
	static const uint8_t types[] = { TRANS_INTEG, TRANS_PRF, TRANS_DH };
	char buf[3][256], ke[256];
	unsigned int i;

	names(all, o, TRANS_ENCR, buf[0], sizeof(buf[0]));
	t_add(t, "%s", buf[0][0] ? buf[0] : "no cipher");
	for (i = 0; i < 3; i++)
		names(all, o, types[i], buf[i], sizeof(buf[i]));
	if (!strcmp(buf[0], buf[1]))
		buf[1][0] = '\0';	/* one hash for both, as it would be typed */
	for (i = 0; i < 3; i++)
		if (buf[i][0])
			t_add(t, "-%s", buf[i]);
	for (i = TRANS_ADDKE1; i <= TRANS_ADDKE7; i++) {
		names(all, o, i, ke, sizeof(ke));
		if (ke[0])
			t_add(t, "-%s", ke);
	}
}

char *ike_offers_text(const struct ike_offers *offers, bool esp, char *buf)
{
	struct text t;
	unsigned int i;

	t_init(&t, buf, IKE_OFFERS_TEXT);
	for (i = 0; i < offers->n; i++) {
		if (offers->list[i].proto != (esp ? PROTO_ESP : PROTO_IKE))
			continue;
		if (t.len)
			t_add(&t, ",");
		offer_text(&t, offers, &offers->list[i]);
	}
	if (!t.len)
		t_add(&t, "nothing");
	return buf;
}

char *ike_list_text(const struct ike_proposal *list, unsigned int n, bool esp, char *buf)
{
	static const uint8_t spi[4];
	struct ike_offers offers;
	struct ike_writer w;
	uint8_t space[2048];

	w_init(&w, space, sizeof(space));
	w_proposals(&w, list, n, esp ? spi : NULL);
	if (w.full || ike_sa_parse((struct view){ space + IKE_GENERIC_LEN,
						  w.len - IKE_GENERIC_LEN }, &offers))
		offers.n = 0;
	return ike_offers_text(&offers, esp, buf);
}
