// SPDX-License-Identifier: GPL-2.0
/* ESP against published packets, byte for byte, in both directions. */
#include "async.h"
#include "selftest.h"
#include "esp_vectors.h"

#define TEST_ROOM 256			/* bytes of the longest packet, and of the room around it */
#define TEST_KEY 64

static int test_crypt(struct sk_buff *skb, struct klips_sa *sa, bool seal)
{
	int err;

	init_completion(&test_wait.done);
	err = seal ? esp_seal(skb, sa, test_async) : esp_open(skb, sa, test_async);
	err = test_finish(err);
	esp_tmp_free(skb);
	return err;
}

/* Bytes of the hexadecimal @text, NULL: none. */
static unsigned int test_hex(u8 *to, const char *text)
{
	unsigned int len = text ? strlen(text) / 2 : 0;

	return len && !hex2bin(to, text, len) ? len : 0;
}

static bool test_same(const u8 *bytes, const char *text)
{
	u8 want[TEST_ROOM];

	return !memcmp(bytes, want, test_hex(want, text));
}

static const struct klips_alg *test_alg(const char *name)
{
	const struct klips_alg *alg;
	unsigned int n;

	for (alg = klips_algs(&n); n; n--, alg++)
		if (!strcmp(alg->name, name))
			return alg;
	return NULL;
}

static struct klips_sa *test_sa(const struct vector *v)
{
	const struct klips_alg *alg = test_alg(v->alg);
	u8 ekey[TEST_KEY], akey[TEST_KEY];
	struct klips_sa_def def = { .ekey = ekey, .akey = akey, .esn = v->esn };
	struct klips_sa *sa;
	int err;

	if (!alg)
		return ERR_PTR(-EINVAL);
	def.ealg = alg->ealg;
	def.aalg = alg->aalg;
	def.ekey_bits = test_hex(ekey, v->ekey) * 8;
	def.akey_bits = test_hex(akey, v->akey) * 8;
	sa = kzalloc(struct_size(sa, replay.ring, klips_replay_words(0)), GFP_KERNEL);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	klips_replay_init(&sa->replay, 0, v->esn);
	sa->said.spi = htonl(v->spi);
	err = esp_init(sa, &def);
	if (!err)
		return sa;
	kfree(sa);
	return ERR_PTR(err);
}

/* The payload, or NULL. */
static struct sk_buff *test_skb(const struct vector *v, struct klips_sa *sa)
{
	struct sk_buff *skb = alloc_skb(3 * TEST_ROOM, GFP_KERNEL);
	u8 bytes[TEST_ROOM];

	if (!skb)
		return NULL;
	skb_reserve(skb, TEST_ROOM);
	*klips_pass(skb) = (struct klips_pass) {
		.sa = sa, .seq = v->seq, .inner_proto = v->next,
	};
	skb_put_data(skb, bytes, test_hex(bytes, v->payload));
	return skb;
}

/* NULL, or what is wrong with the packet that becomes of the payload. */
static const char *test_output(const struct vector *v, struct sk_buff *skb,
			       struct klips_sa *sa)
{
	unsigned int head = esp_headroom(sa);
	u8 bytes[TEST_ROOM];

	if (v->trailer)
		esp_put_trailer(skb, sa);
	else
		skb_put_zero(skb, sa->alg->icv);
	esp_push_header(skb, sa);
	if (test_hex(bytes, v->iv) != sa->alg->iv)
		return "bad IV";
	memcpy(skb->data + sizeof(struct ip_esp_hdr), bytes, sa->alg->iv);
	if (test_crypt(skb, sa, true))
		return "cannot encrypt";
	if (skb->len != head + test_hex(bytes, v->cipher) + sa->alg->icv)
		return "wrong length";
	if (get_unaligned_be32(skb->data) != v->spi ||
	    get_unaligned_be32(skb->data + 4) != (u32)v->seq)
		return "wrong header";
	if (!test_same(skb->data + head, v->cipher))
		return "wrong ciphertext";
	if (!test_same(skb_tail_pointer(skb) - sa->alg->icv, v->icv))
		return "wrong ICV";
	return NULL;
}

/* Whether @skb with byte @at changed is refused for its ICV; it is whole again afterwards. */
static bool test_refused(struct sk_buff *skb, struct klips_sa *sa, unsigned int at)
{
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);
	int err;

	if (!copy)
		return false;
	copy->data[at] ^= 0x10;
	err = test_crypt(copy, sa, false);
	kfree_skb(copy);
	return err == -EBADMSG;
}

/* The same, with another upper half of the number. */
static bool test_refused_number(struct sk_buff *skb, struct klips_sa *sa)
{
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);
	int err;

	if (!copy)
		return false;
	klips_pass(copy)->seq ^= 1ULL << 32;
	err = test_crypt(copy, sa, false);
	kfree_skb(copy);
	return err == (sa->replay.esn ? -EBADMSG : 0);
}

/* NULL, or what is wrong with what becomes of the packet. */
static const char *test_input(const struct vector *v, struct sk_buff *skb,
			      struct klips_sa *sa)
{
	u32 before = get_unaligned_be32(skb->data - 4);
	unsigned int i;

	for (i = 0; i < skb->len; i++)
		if (!test_refused(skb, sa, i))
			return "a changed packet is taken";
	if (!test_refused_number(skb, sa))
		return "the upper half of the number does not count as it should";
	if (test_crypt(skb, sa, false))
		return "its own packet is refused";
	if (get_unaligned_be32(skb->data) != v->spi ||
	    get_unaligned_be32(skb->data - 4) != before)
		return "the header is not as it was";
	if (!v->trailer)
		return test_same(skb->data + esp_headroom(sa), v->payload) ?
			NULL : "wrong cleartext";
	if (esp_strip(skb, sa) != KLIPS_OK)
		return "padding refused";
	if (klips_pass(skb)->inner_proto != v->next)
		return "wrong next header";
	if (skb->len != (v->payload ? strlen(v->payload) / 2 : 0) ||
	    !test_same(skb->data, v->payload))
		return "wrong cleartext";
	return NULL;
}

static const char *test_vector(const struct vector *v)
{
	struct klips_sa *sa = test_sa(v);
	const char *why = "no memory";
	struct sk_buff *skb;

	if (IS_ERR(sa))
		return PTR_ERR(sa) == -ENOENT ? "the kernel does not have it" :
						"cannot be set up";
	skb = test_skb(v, sa);
	if (skb)
		why = test_output(v, skb, sa);
	if (!why)
		why = test_input(v, skb, sa);
	kfree_skb(skb);
	esp_destroy(sa);
	kfree(sa);
	return why;
}

bool klips_selftest_esp(void)
{
	bool ok = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		const char *why = test_vector(&vectors[i]);
		char name[96];

		snprintf(name, sizeof(name), "%s (%s)", vectors[i].source,
			 vectors[i].alg);
		if (why)
			klips_selftest_fail(name, why);
		else
			klips_selftest_ok(name);
		ok &= !why;
	}
	return ok;
}
