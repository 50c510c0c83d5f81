// SPDX-License-Identifier: GPL-2.0
/*
 * AH: HMACs as published, packets byte for byte, and packets at random whose headers change on
 * the way.
 */
#include "async.h"
#include "selftest.h"
#include "ah_vectors.h"

#define TEST_ROOM 512			/* bytes of the longest packet, and of the room in front */
#define TEST_ROUNDS 500

static unsigned int test_hex(u8 *to, const char *text)
{
	unsigned int len = strlen(text) / 2;

	return hex2bin(to, text, len) ? 0 : len;
}

static const struct klips_alg *test_alg(const char *name)
{
	const struct klips_alg *alg;
	unsigned int n;

	for (alg = klips_algs(&n); n; n--, alg++)
		if (alg->proto == IPPROTO_AH && !strcmp(alg->name, name))
			return alg;
	return NULL;
}

/* An SA with the first bytes of @key, as many as it wants, or NULL. */
static struct klips_sa *test_sa(const char *name, const u8 *key, bool esn)
{
	const struct klips_alg *alg = test_alg(name);
	struct klips_sa_def def = { .akey = key };
	struct klips_sa *sa;

	if (!alg)
		return NULL;
	sa = kzalloc(struct_size(sa, replay.ring, klips_replay_words(0)), GFP_KERNEL);
	if (!sa)
		return NULL;
	klips_replay_init(&sa->replay, 0, esn);
	def.aalg = alg->aalg;
	def.akey_bits = alg->akey_bits;
	if (!ah_init(sa, &def))
		return sa;
	kfree(sa);
	return NULL;
}

static void test_sa_free(struct klips_sa *sa)
{
	ah_destroy(sa);
	kfree(sa);
}

/* The digest of the @len bytes at @text, which is not on the stack. */
static int test_hmac(struct klips_sa *sa, const u8 *text, unsigned int len, u8 *digest)
{
	struct ah_tmp *tmp = kzalloc(sizeof(*tmp) + crypto_ahash_reqsize(sa->ahash),
				     GFP_KERNEL);
	int err;

	if (!tmp)
		return -ENOMEM;
	init_completion(&test_wait.done);
	sg_init_one(tmp->sg, text, len);
	ahash_request_set_tfm(&tmp->req, sa->ahash);
	ahash_request_set_callback(&tmp->req, 0, test_async, NULL);
	ahash_request_set_crypt(&tmp->req, tmp->sg, tmp->digest, len);
	err = test_finish(crypto_ahash_digest(&tmp->req));
	memcpy(digest, tmp->digest, AH_DIGEST);
	kfree(tmp);
	return err;
}

/* Published keys have any length, so they replace the SA's. */
static const char *test_hmac_vector(const struct hmac_vector *v, u8 *bytes)
{
	u8 *want = bytes + TEST_ROOM, *digest = want + AH_DIGEST;
	struct klips_sa *sa = test_sa(v->alg, bytes, false);
	const char *why = NULL;
	unsigned int len;

	if (!sa)
		return "cannot be set up";
	len = test_hex(bytes, v->key);
	if (crypto_ahash_setkey(sa->ahash, bytes, len))
		why = "key refused";
	len = test_hex(bytes, v->text);
	if (!why && test_hmac(sa, bytes, len, digest))
		why = "cannot compute";
	len = test_hex(want, v->digest);
	if (!why && (!len || memcmp(want, digest, len)))
		why = "wrong digest";
	test_sa_free(sa);
	return why;
}

/* A packet whose IP header is @head bytes, with the AH header's place given up. */
static struct sk_buff *test_skb(const u8 *packet, unsigned int len, struct klips_sa *sa,
				unsigned int head, u64 seq, u8 next)
{
	struct sk_buff *skb = alloc_skb(2 * TEST_ROOM, GFP_KERNEL);
	unsigned int gone = ah_headroom(sa);

	if (!skb)
		return NULL;
	skb_reserve(skb, TEST_ROOM);
	*klips_pass(skb) = (struct klips_pass) {
		.sa = sa, .seq = seq, .inner_proto = next, .head = head,
	};
	skb_put_data(skb, packet + head + gone, len - head - gone);
	return skb;
}

/* Does what ah_output() does, with the IP header at @head. */
static enum klips_drop test_seal(struct sk_buff *skb, struct klips_sa *sa, const u8 *head)
{
	unsigned int len = klips_pass(skb)->head;

	ah_push_header(skb, sa);
	memcpy(skb_push(skb, len), head, len);
	skb_reset_network_header(skb);
	init_completion(&test_wait.done);
	return ah_sealed(skb, test_finish(ah_digest(skb, sa, len, test_async)));
}

/* Does what ah_input() does with a packet at whose IP header skb->data is. */
static enum klips_drop test_open(struct sk_buff *skb, struct klips_sa *sa)
{
	unsigned int head = klips_pass(skb)->head;
	enum klips_drop why;

	__skb_pull(skb, head);
	why = ah_check(skb, sa);
	if (why != KLIPS_OK)
		return why;
	init_completion(&test_wait.done);
	return ah_opened(skb, test_finish(ah_digest(skb, sa, head, test_async)));
}

/* What becomes of @skb once @change has been at it; it is whole again afterwards. */
static enum klips_drop test_changed(struct sk_buff *skb, struct klips_sa *sa,
				    void (*change)(struct sk_buff *copy, unsigned int arg),
				    unsigned int arg)
{
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);
	enum klips_drop why;

	if (!copy)
		return KLIPS_DROP_NO_MEMORY;
	change(copy, arg);
	why = test_open(copy, sa);
	kfree_skb(copy);
	return why;
}

static void flip_bit(struct sk_buff *copy, unsigned int bit)
{
	copy->data[bit / 8] ^= 1 << bit % 8;
}

static void flip_number(struct sk_buff *copy, unsigned int bit)
{
	klips_pass(copy)->seq ^= 1ULL << bit;
}

static void cut(struct sk_buff *copy, unsigned int len)
{
	skb_trim(copy, len);
}

/* Whether a bit of the IP header counts: two headers that are one to AH differ in what does not. */
static bool test_counts(const struct sk_buff *skb, unsigned int bit)
{
	unsigned int head = klips_pass((struct sk_buff *)skb)->head;
	u8 one[128], two[128];

	if (bit / 8 >= head)
		return true;
	memcpy(one, skb->data, head);
	memcpy(two, skb->data, head);
	two[bit / 8] ^= 1 << bit % 8;
	if (!klips_ah_canonical(one, head) || !klips_ah_canonical(two, head))
		return true;
	return memcmp(one, two, head);
}

/* Every bit, every length, and the number that is not sent. NULL: all as it should be. */
static const char *test_hostile(struct sk_buff *skb, struct klips_sa *sa)
{
	unsigned int i, head = klips_pass(skb)->head, free = 0;

	for (i = 0; i < skb->len * 8; i++) {
		bool counts = test_counts(skb, i);

		free += !counts;
		if ((test_changed(skb, sa, flip_bit, i) == KLIPS_OK) == counts)
			return counts ? "a changed packet is taken" :
					"a change that routers make is refused";
	}
	if (free < 32)
		return "too little may change";
	for (i = head; i < skb->len; i++)
		if (test_changed(skb, sa, cut, i) == KLIPS_OK)
			return "a truncated packet is taken";
	if (test_changed(skb, sa, flip_number, 32) !=
	    (sa->replay.esn ? KLIPS_DROP_AUTH : KLIPS_OK))
		return "the upper half of the number does not count as it should";
	return NULL;
}

static const char *test_packet(const struct ah_vector *v, struct sk_buff *skb,
			       struct klips_sa *sa, const u8 *packet, unsigned int len)
{
	unsigned int payload = len - v->head - ah_headroom(sa);
	const char *why;

	if (test_seal(skb, sa, packet) != KLIPS_OK)
		return "cannot be sealed";
	if (skb->len != len)
		return "wrong length";
	if (memcmp(skb->data, packet, len))
		return "wrong packet";
	why = test_hostile(skb, sa);
	if (why)
		return why;
	klips_pass(skb)->inner_proto = 0;
	if (test_open(skb, sa) != KLIPS_OK)
		return "its own packet is refused";
	if (memcmp(skb_network_header(skb), packet, v->head))
		return "the IP header is not as it was";
	if (klips_pass(skb)->inner_proto != v->next || skb->len != payload ||
	    memcmp(skb->data, packet + len - payload, payload))
		return "wrong payload";
	return NULL;
}

static const char *test_vector(const struct ah_vector *v, u8 *bytes)
{
	const char *why = "no memory";
	struct sk_buff *skb;
	struct klips_sa *sa;
	unsigned int len;

	test_hex(bytes, v->key);
	sa = test_sa(v->alg, bytes, v->esn);
	if (!sa)
		return "cannot be set up";
	len = test_hex(bytes, v->packet);
	sa->said.spi = htonl(v->spi);
	sa->said.family = bytes[0] >> 4 == 4 ? AF_INET : AF_INET6;
	skb = test_skb(bytes, len, sa, v->head, v->seq, v->next);
	if (skb)
		why = test_packet(v, skb, sa, bytes, len);
	kfree_skb(skb);
	test_sa_free(sa);
	return why;
}

/* What a router does to a header. */
static void route(struct sk_buff *copy, unsigned int random)
{
	u8 *head = copy->data;

	if (head[0] >> 4 == 4) {
		head[1] = random;
		head[8] -= 1 + (random >> 8) % 30;
		head[6] ^= random & 0x40;
		put_unaligned(random >> 16, (u16 *)(head + 10));
	} else {
		head[0] ^= random & 0xf;
		put_unaligned(random >> 8, (u16 *)(head + 2));
		head[7] -= 1 + (random >> 24) % 30;
	}
}

/* One packet at random, without options: sealed, routed, opened; changed, refused. */
static const char *test_round(struct klips_sa *sa, u8 *bytes)
{
	bool v6 = get_random_u32() & 1;
	unsigned int head = v6 ? 40 : 20, len = get_random_u32() % (TEST_ROOM - 128), i;
	const char *why = NULL;
	struct sk_buff *skb;

	sa->said.family = v6 ? AF_INET6 : AF_INET;
	get_random_bytes(bytes, TEST_ROOM);
	bytes[0] = v6 ? 0x60 | (bytes[0] & 0xf) : 0x45;
	bytes[6] = IPPROTO_AH;
	len += head + ah_headroom(sa);
	skb = test_skb(bytes, len, sa, head, get_unaligned((u64 *)(bytes + 4)), bytes[9]);
	if (!skb)
		return "no memory";
	if (test_seal(skb, sa, bytes) != KLIPS_OK)
		why = "cannot be sealed";
	for (i = 0; !why && i < 4; i++) {
		unsigned int bit = get_random_u32() % (skb->len * 8);

		if (test_changed(skb, sa, route, get_random_u32()) != KLIPS_OK)
			why = "refused after a router had it";
		else if (test_counts(skb, bit) &&
			 test_changed(skb, sa, flip_bit, bit) == KLIPS_OK)
			why = "a changed packet is taken";
		else if (test_changed(skb, sa, cut, head + get_random_u32() % (skb->len - head)) == KLIPS_OK)
			why = "a truncated packet is taken";
	}
	kfree_skb(skb);
	return why;
}

static const char *test_random(const char *alg, u8 *bytes, bool esn)
{
	struct klips_sa *sa = test_sa(alg, bytes, esn);
	const char *why = NULL;
	unsigned int i;

	if (!sa)
		return "cannot be set up";
	for (i = 0; !why && i < TEST_ROUNDS; i++)
		why = test_round(sa, bytes);
	test_sa_free(sa);
	return why;
}

static bool test_say(const char *name, const char *alg, const char *why)
{
	char line[96];

	snprintf(line, sizeof(line), "AH, %s (%s)", name, alg);
	if (why)
		klips_selftest_fail(line, why);
	else
		klips_selftest_ok(line);
	return !why;
}

bool klips_selftest_ah(void)
{
	u8 *bytes = kzalloc(2 * TEST_ROOM, GFP_KERNEL);
	const struct klips_alg *alg;
	unsigned int i, n;
	bool ok = bytes;

	for (i = 0; bytes && i < ARRAY_SIZE(hmac_vectors); i++)
		ok &= test_say(hmac_vectors[i].source, hmac_vectors[i].alg,
			       test_hmac_vector(&hmac_vectors[i], bytes));
	for (i = 0; bytes && i < ARRAY_SIZE(ah_vectors); i++)
		ok &= test_say(ah_vectors[i].name, ah_vectors[i].alg,
			       test_vector(&ah_vectors[i], bytes));
	alg = klips_algs(&n);
	for (i = 0; bytes && i < n; i++)
		if (alg[i].proto == IPPROTO_AH)
			ok &= test_say("packets at random", alg[i].name,
				       test_random(alg[i].name, bytes, i & 1));
	kfree(bytes);
	return ok;
}
