// SPDX-License-Identifier: GPL-2.0
/*
 * ike= and esp=: ENC[-HASH][-DH],... in libreswan's grammar. Every component may be a list
 * joined by "+"; ";" before a group is the classic spelling of "-", and "none" or "null" behind an
 * AEAD says what goes without saying. Additional key exchanges (RFC 9370) behind it are
 * spelled as strongSwan does, ke1_mlkem768, or as libreswan does, addke1=ml_kem_768. Numbers are those of
 * the IANA registry "IKEv2 parameters", transform types 1 to 4 and 6 to 12.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "ikealg.h"

#define ITEMS 8				/* of one list */

struct hash {
	const char *name;
	uint16_t prf, integ;
};

/* The first name of a number is the one that is printed. */
static const struct hash hashes[] = {
	{ "sha2_256", PRF_SHA2_256, INTEG_SHA2_256 }, { "sha256", PRF_SHA2_256, INTEG_SHA2_256 }, { "sha2", PRF_SHA2_256, INTEG_SHA2_256 },
	{ "sha2_384", PRF_SHA2_384, INTEG_SHA2_384 }, { "sha384", PRF_SHA2_384, INTEG_SHA2_384 },
	{ "sha2_512", PRF_SHA2_512, INTEG_SHA2_512 }, { "sha512", PRF_SHA2_512, INTEG_SHA2_512 },
	{ "sha1", PRF_SHA1, INTEG_SHA1 }, { "sha", PRF_SHA1, INTEG_SHA1 },
};

static const struct {
	const char *name;
	uint16_t number;
} groups[] = {
	{ "dh2", DH_MODP1024 }, { "modp1024", DH_MODP1024 },
	{ "dh5", DH_MODP1536 }, { "modp1536", DH_MODP1536 },
	{ "dh14", DH_MODP2048 }, { "modp2048", DH_MODP2048 },
	{ "dh15", DH_MODP3072 }, { "modp3072", DH_MODP3072 },
	{ "dh16", DH_MODP4096 }, { "modp4096", DH_MODP4096 },
	{ "dh17", DH_MODP6144 }, { "modp6144", DH_MODP6144 },
	{ "dh18", DH_MODP8192 }, { "modp8192", DH_MODP8192 },
	{ "dh19", DH_ECP256 }, { "ecp_256", DH_ECP256 }, { "ecp256", DH_ECP256 },
	{ "dh20", DH_ECP384 }, { "ecp_384", DH_ECP384 }, { "ecp384", DH_ECP384 },
	{ "dh21", DH_ECP521 }, { "ecp_521", DH_ECP521 }, { "ecp521", DH_ECP521 },
	{ "dh31", DH_X25519 }, { "curve25519", DH_X25519 }, { "x25519", DH_X25519 },
}, kems[] = {
	{ "mlkem512", KE_MLKEM512 }, { "ml_kem_512", KE_MLKEM512 },
	{ "mlkem768", KE_MLKEM768 }, { "ml_kem_768", KE_MLKEM768 },
	{ "mlkem1024", KE_MLKEM1024 }, { "ml_kem_1024", KE_MLKEM1024 },
}, ciphers[] = {			/* longer names first: they are matched from the front */
	{ "aes_gcm_16", ENCR_AES_GCM_16 }, { "aes_gcm_c", ENCR_AES_GCM_16 },
	{ "aes_gcm", ENCR_AES_GCM_16 }, { "aesgcm", ENCR_AES_GCM_16 },
	{ "chacha20_poly1305", ENCR_CHACHA20_POLY1305 }, { "chacha20poly1305", ENCR_CHACHA20_POLY1305 },
	{ "aes_ccm_16", ENCR_AES_CCM_16 }, { "aes_ccm_c", ENCR_AES_CCM_16 },
	{ "aes_ccm_12", ENCR_AES_CCM_12 }, { "aes_ccm_b", ENCR_AES_CCM_12 },
	{ "aes_ccm_8", ENCR_AES_CCM_8 }, { "aes_ccm_a", ENCR_AES_CCM_8 },
	{ "aes_ccm", ENCR_AES_CCM_16 },
	{ "aes_gmac", ENCR_AES_GMAC }, { "null_auth_aes_gmac", ENCR_AES_GMAC },
	{ "aes_ctr", ENCR_AES_CTR }, { "aesctr", ENCR_AES_CTR },
	{ "3des_cbc", ENCR_3DES }, { "3des", ENCR_3DES }, { "null", ENCR_NULL },
	{ "aes_cbc", ENCR_AES_CBC }, { "aes", ENCR_AES_CBC },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One proposal with its lists not multiplied out yet. */
struct lists {
	struct { uint16_t encr, keylen; } encr[ITEMS];
	const struct hash *hash[ITEMS];
	uint16_t dh[ITEMS];
	uint16_t ke[CONF_ADDKES][ITEMS];
	unsigned int n_encr, n_hash, n_dh, n_ke[CONF_ADDKES];
	int place;			/* of the ke1_ ... that was read last; -1: none yet */
	bool joined;			/* by "+", to the word before */
};

static const char *unknown(const char *what, size_t len, bool ike)
{
	static char text[320];

	snprintf(text, sizeof(text), "\"%.*s\" is unknown or not built; expected %s, for example %s",
		 (int)(len > 40 ? 40 : len), what,
		 ike ? "aes_gcm, aes (128, 192, 256), chacha20_poly1305 or 3des, then sha2_256, sha2_384, sha2_512 or sha1, then dh2, dh5, dh14 to dh21 or dh31, then ke1_mlkem768" :
		       "aes_gcm, aes_ccm, aes_gmac (128, 192, 256) or chacha20_poly1305, or aes, aes_ctr, 3des or null with sha2_256, sha2_384, sha2_512 or sha1",
		 ike ? "aes_gcm256-sha2_512-dh19" : "aes_gcm256,aes128-sha2_256");
	return text;
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && !strncasecmp(word, name, len);
}

static const struct hash *hash_find(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(hashes); i++)
		if (word_is(word, len, hashes[i].name))
			return &hashes[i];
	return NULL;
}

static uint16_t group_find(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(groups); i++)
		if (word_is(word, len, groups[i].name))
			return groups[i].number;
	return 0;
}

/* ke1_NAME or addke1=NAME: which of the seven it is, and how long that is; -1: neither. */
static int place_parse(const char *word, size_t len, size_t *head)
{
	size_t n = len > 4 && !strncasecmp(word, "ke", 2) ? 2 : len > 7 && !strncasecmp(word, "addke", 5) ? 5 : 0;

	if (!n || word[n] < '1' || word[n] > '0' + CONF_ADDKES || word[n + 1] != (n == 2 ? '_' : '='))
		return -1;
	*head = n + 2;
	return word[n] - '1';
}

static bool add_ke(struct lists *l, int place, const char *name, size_t len)
{
	uint16_t number = group_find(name, len);
	size_t i;

	for (i = 0; i < COUNT(kems); i++)
		if (word_is(name, len, kems[i].name))
			number = kems[i].number;
	if (place < 0 || l->n_ke[place] == ITEMS || (!number && !word_is(name, len, "none")))
		return false;
	l->ke[place][l->n_ke[place]++] = number;
	return true;
}

/* With its place in front, or behind a "+" in that of the one before. */
static bool ke_word(struct lists *l, const char *word, size_t len)
{
	size_t head = 0;
	int place = place_parse(word, len, &head);

	if (place < 0 && !l->joined)
		return false;
	if (place >= 0)
		l->place = place;
	return add_ke(l, l->place, word + head, len - head);
}

/* The key length behind a cipher's name: bits, 0 where none is said, 1 where it is wrong. */
static uint16_t keylen_parse(const char *rest, size_t len)
{
	if (len && *rest == '_') {
		rest++;
		len--;
		if (!len)
			return 1;
	}
	if (!len)
		return 0;
	if (word_is(rest, len, "128"))
		return 128;
	if (word_is(rest, len, "192"))
		return 192;
	return word_is(rest, len, "256") ? 256 : 1;
}

static bool add_encr(struct lists *l, uint16_t encr, uint16_t keylen)
{
	if (l->n_encr == ITEMS)
		return false;
	l->encr[l->n_encr].encr = encr;
	l->encr[l->n_encr++].keylen = keylen;
	return true;
}

static bool cipher_word(struct lists *l, const char *word, size_t len)
{
	uint16_t keylen, fixed;
	size_t i, n;

	for (i = 0; i < COUNT(ciphers); i++) {
		n = strlen(ciphers[i].name);
		if (len < n || strncasecmp(word, ciphers[i].name, n))
			continue;
		keylen = keylen_parse(word + n, len - n);
		fixed = ikealg_encr(ciphers[i].number)->bits;
		if (keylen == 1 || (fixed && keylen && keylen != fixed))
			continue;
		if (keylen || fixed)
			return add_encr(l, ciphers[i].number, fixed ? 0 : keylen);
		return add_encr(l, ciphers[i].number, 256) && add_encr(l, ciphers[i].number, 128);
	}
	return false;
}

/* What libreswan writes in place of a hash where the ciphers need none. */
static bool no_hash(const struct lists *l, const char *word, size_t len)
{
	unsigned int i;

	if (l->n_hash || l->n_dh || (!word_is(word, len, "none") && !word_is(word, len, "null")))
		return false;
	for (i = 0; i < l->n_encr; i++)
		if (!ikealg_encr(l->encr[i].encr)->icv)
			return false;
	return true;
}

/* A word behind the cipher: a hash, a group or an additional key exchange. */
static bool other_word(struct lists *l, const char *word, size_t len)
{
	const struct hash *hash = hash_find(word, len);
	uint16_t group = group_find(word, len);
	size_t head;

	if (l->place >= 0 || place_parse(word, len, &head) >= 0)
		return ke_word(l, word, len);
	if (hash && l->n_hash < ITEMS && !l->n_dh)
		l->hash[l->n_hash++] = hash;
	else if (group && l->n_dh < ITEMS)
		l->dh[l->n_dh++] = group;
	else
		return no_hash(l, word, len);
	return true;
}

static const char *lists_parse(const char *text, size_t len, struct lists *l, bool ike)
{
	size_t word;
	bool first = true;

	memset(l, 0, sizeof(*l));
	l->place = -1;
	for (;;) {
		for (word = 0; word < len && !strchr("-+;", text[word]); word++)
			;
		if (!(first ? cipher_word(l, text, word) : other_word(l, text, word)))
			return unknown(text, word, ike);
		if (word == len)
			return NULL;
		l->joined = text[word] == '+';
		if (!l->joined)
			first = false;
		text += word + 1;
		len -= word + 1;
	}
}

static void lists_default(struct lists *l, bool ike)
{
	static const uint16_t dh[] = { DH_ECP256, DH_X25519, DH_MODP2048 };

	if (!l->n_hash)
		l->hash[l->n_hash++] = &hashes[0];
	if (ike && !l->n_dh) {
		memcpy(l->dh, dh, sizeof(dh));
		l->n_dh = COUNT(dh);
	}
	if (!l->n_dh)
		l->n_dh = 1;		/* ESP without PFS: group 0 */
}

static struct conf_proposal combine(const struct lists *l, unsigned int e, unsigned int h,
				    unsigned int d, bool ike)
{
	struct conf_proposal p;

	memset(&p, 0, sizeof(p));
	p.encr = l->encr[e].encr;
	p.keylen = l->encr[e].keylen;
	if (ike)
		p.prf = l->hash[h]->prf;
	if (!ikealg_encr(p.encr)->icv)
		p.integ = l->hash[h]->integ;
	p.dh = l->dh[d];
	return p;
}

/* No method twice: RFC 9370 2.2.1. */
static bool repeats(const struct conf_proposal *p)
{
	unsigned int i, j;

	for (i = 0; i < CONF_ADDKES; i++) {
		if (p->addke[i] && p->addke[i] == p->dh)
			return true;
		for (j = 0; p->addke[i] && j < i; j++)
			if (p->addke[i] == p->addke[j])
				return true;
	}
	return false;
}

/* All combinations with the additional key exchanges of @addke. */
static const char *expand_one(const struct lists *l, const uint16_t *addke, struct conf_proposals *out, bool ike)
{
	unsigned int e, h, d;
	struct conf_proposal p;

	for (e = 0; e < l->n_encr; e++) {
		for (h = 0; h < l->n_hash; h++) {
			/* In ESP an AEAD has no hash. */
			if (!ike && ikealg_encr(l->encr[e].encr)->icv && h)
				break;
			for (d = 0; d < l->n_dh; d++) {
				p = combine(l, e, h, d, ike);
				memcpy(p.addke, addke, sizeof(p.addke));
				if (repeats(&p))
					return "the same key exchange twice in one proposal adds nothing; expected ke1_ to ke7_ to differ, and to differ from the group";
				if (out->n == CONF_PROPOSALS)
					return "expected at most 16 combinations of algorithms";
				out->list[out->n++] = p;
			}
		}
	}
	return NULL;
}

/* The next choice of additional key exchanges, the last place first; false: there is no other. */
static bool next_addke(const struct lists *l, unsigned int *at)
{
	int i;

	for (i = CONF_ADDKES - 1; i >= 0; i--) {
		if (++at[i] < l->n_ke[i])
			return true;
		at[i] = 0;
	}
	return false;
}

/* Those with one choice of additional key exchanges stay together: they are one proposal of the SA payload. */
static const char *expand(struct lists *l, struct conf_proposals *out, bool ike)
{
	unsigned int at[CONF_ADDKES] = { 0 }, i;
	uint16_t addke[CONF_ADDKES];
	const struct ikealg_encr *encr;
	const char *wrong;

	if (!ike && l->place >= 0 && !l->n_dh)
		return "additional key exchanges (ke1_ ...) come on top of a group of esp=: expected one before them, for example aes_gcm256-dh19-ke1_mlkem768";
	lists_default(l, ike);
	for (i = 0; i < l->n_encr; i++) {
		encr = ikealg_encr(l->encr[i].encr);
		if (!(encr->use & (ike ? IKEALG_IKE : IKEALG_ESP)))
			return unknown(encr->name, strlen(encr->name), ike);
	}
	do {
		for (i = 0; i < CONF_ADDKES; i++)
			addke[i] = l->ke[i][at[i]];
		wrong = expand_one(l, addke, out, ike);
	} while (!wrong && next_addke(l, at));
	return wrong;
}

/* Where the proposal at @text ends: at a ",", or at a ";" that no group or additional key exchange follows. */
static size_t proposal_len(const char *text)
{
	size_t len = 0, word, head;

	for (;;) {
		len += strcspn(text + len, ",;");
		if (text[len] != ';')
			return len;
		word = strcspn(text + len + 1, ",;+-");
		if (!group_find(text + len + 1, word) && place_parse(text + len + 1, word, &head) < 0)
			return len;
		len++;
	}
}

static const char *proposals_parse(const char *text, struct conf_proposals *p, bool ike)
{
	struct conf_proposals out;
	const char *wrong;
	struct lists l;
	size_t len;

	memset(&out, 0, sizeof(out));
	for (;;) {
		text += strspn(text, " \t");
		len = proposal_len(text);
		wrong = lists_parse(text, len, &l, ike);
		if (!wrong)
			wrong = expand(&l, &out, ike);
		if (wrong)
			return wrong;
		if (!text[len])
			break;
		text += len + 1;
	}
	*p = out;
	return NULL;
}

const char *conf_ike_parse(const char *text, struct conf_proposals *p)
{
	return proposals_parse(text, p, true);
}

const char *conf_esp_parse(const char *text, struct conf_proposals *p)
{
	return proposals_parse(text, p, false);
}

static const char *hash_name(const struct conf_proposal *p)
{
	size_t i;

	for (i = 0; i < COUNT(hashes); i++)
		if (hashes[i].prf == p->prf || (!p->prf && hashes[i].integ == p->integ))
			return hashes[i].name;
	return "?";
}

char *conf_proposal_format(const struct conf_proposal *p, char buf[CONF_PROPOSAL_TEXT])
{
	const struct ikealg_encr *encr = ikealg_encr(p->encr);
	const char *kem;
	unsigned int i;
	int n;

	n = snprintf(buf, CONF_PROPOSAL_TEXT, p->keylen ? "%s%u" : "%s", encr ? encr->name : "?", p->keylen);
	if (p->prf || p->integ)
		n += snprintf(buf + n, CONF_PROPOSAL_TEXT - n, "-%s", hash_name(p));
	if (p->dh)
		n += snprintf(buf + n, CONF_PROPOSAL_TEXT - n, "-dh%u", p->dh);
	for (i = 0; i < CONF_ADDKES; i++) {
		kem = ikealg_kem_name(p->addke[i]);
		if (kem)
			n += snprintf(buf + n, CONF_PROPOSAL_TEXT - n, "-ke%u_%s", i + 1, kem);
		else if (p->addke[i])
			n += snprintf(buf + n, CONF_PROPOSAL_TEXT - n, "-ke%u_dh%u", i + 1, p->addke[i]);
	}
	return buf;
}
