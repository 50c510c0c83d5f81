// SPDX-License-Identifier: GPL-2.0
/*
 * IPCOMP: what zlib elsewhere made of a text, round trips, what does not become smaller, broken data and bombs.
 */
#include <linux/pfkeyv2.h>
#include <linux/random.h>

#include "selftest.h"

#define TEST_ROOM 66000
#define TEST_ROUNDS 300

/* The bytes 0 to 255, twice, through raw deflate with a window of 2^11 of zlib 1.2.13, at its best. */
static const char test_stream[] =
	"6360646266616563e7e0e4e2e6e1e5e317101412161115139790949296919593"
	"5750545256515553d7d0d4d2d6d1d5d33730343236313533b7b0b4b2b6b1b5b3"
	"7770747276717573f7f0f4f2f6f1f5f30f080c0a0e090d0b8f888c8a8e898d8b"
	"4f484c4a4e494d4bcfc8cccacec9cdcb2f282c2a2e292d2bafa8acaaaea9adab"
	"6f686c6a6e696d6befe8eceaeee9edeb9f3071d2e42953a74d9f3173d6ec3973"
	"e7cd5fb070d1e2254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173"
	"d7ee3d7bf7ed3f70f0d0e123478f1d3f71f2d4e93367cf9dbf70f1d2e52b57af"
	"5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb376fdfbdfff0f1d3"
	"e72f5fbf7dfff1f3d7ef3f7ffffd6718e1fe0700";

/* Behind a stored block of 20000 bytes: 258 of them again, from 20000 bytes ago, and an end. */
static const u8 test_far[] = { 0x1b, 0x3d, 0x1f, 0x0e, 0x00 };

/* A packet with room in front, NULL: no memory. */
static struct sk_buff *test_skb(struct klips_sa *sa, const void *bytes, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(64 + len, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, 64);
	*klips_pass(skb) = (struct klips_pass) {
		.sa = sa, .inner_proto = IPPROTO_UDP, .proto = IPPROTO_COMP, .head = 20,
	};
	skb_put_data(skb, bytes, len);
	return skb;
}

/* Does what comp_output() does: whether @skb was made smaller. */
static bool test_seal(struct sk_buff *skb)
{
	bool smaller;

	local_bh_disable();
	smaller = comp_shrink(skb);
	local_bh_enable();
	if (smaller)
		comp_push_header(skb);
	return smaller;
}

static enum klips_drop test_open(struct sk_buff *skb)
{
	enum klips_drop why;

	local_bh_disable();
	why = comp_open(skb);
	local_bh_enable();
	return why;
}

/* What becomes of a header and the @len bytes at @stream; @want bytes at @plain where that is KLIPS_OK. */
static enum klips_drop test_stream_open(struct klips_sa *sa, const u8 *stream, unsigned int len,
					const u8 *plain, unsigned int want)
{
	struct sk_buff *skb = test_skb(sa, stream, len);
	enum klips_drop why = KLIPS_DROP_NO_MEMORY;

	if (!skb)
		return why;
	comp_push_header(skb);
	why = test_open(skb);
	if (why == KLIPS_OK && (skb->len != want || memcmp(skb->data, plain, want) ||
				klips_pass(skb)->inner_proto != IPPROTO_UDP))
		why = KLIPS_DROP_BAD_INNER;
	kfree_skb(skb);
	return why;
}

static const char *test_known(struct klips_sa *sa, u8 *bytes)
{
	unsigned int i, len = strlen(test_stream) / 2;
	u8 *stream = bytes + 1024;

	for (i = 0; i < 512; i++)
		bytes[i] = i;
	if (hex2bin(stream, test_stream, len))
		return "bad vector";
	if (test_stream_open(sa, stream, len, bytes, 512) != KLIPS_OK)
		return "cannot be read";
	for (i = 0; i < len; i++)
		if (test_stream_open(sa, stream, i, bytes, 512) !=
		    (i ? KLIPS_DROP_BAD_COMP : KLIPS_DROP_TRUNCATED))
			return "a part of it is taken";
	return NULL;
}

/* Peers may look back by 32 KiB. */
static const char *test_window(struct klips_sa *sa, u8 *bytes)
{
	static const u8 stored[] = { 0x00, 0x20, 0x4e, 0xdf, 0xb1 };
	u8 *stream = bytes + 21000;

	get_random_bytes(bytes, 20000);
	memcpy(stream, stored, sizeof(stored));
	memcpy(stream + sizeof(stored), bytes, 20000);
	memcpy(stream + sizeof(stored) + 20000, test_far, sizeof(test_far));
	memcpy(bytes + 20000, bytes, 258);
	return test_stream_open(sa, stream, sizeof(stored) + 20000 + sizeof(test_far),
				bytes, 20258) == KLIPS_OK ? NULL : "cannot be read";
}

/* Of few different bytes, so that it can be made smaller. */
static void test_text(u8 *bytes, unsigned int len)
{
	unsigned int kinds = 1 + get_random_u32() % 16;

	get_random_bytes(bytes, len);
	while (len--)
		bytes[len] %= kinds;
}

static const char *test_round(struct klips_sa *sa, u8 *bytes, unsigned int len)
{
	struct sk_buff *skb;
	const char *why = NULL;

	test_text(bytes, len);
	skb = test_skb(sa, bytes, len);
	if (!skb)
		return "no memory";
	if (!test_seal(skb)) {
		if (len >= 400)
			why = "it did not become smaller";
		else if (skb->len != len || memcmp(skb->data, bytes, len))
			why = "it is not as it was";
	} else if (len < COMP_LEAST || skb->len >= len) {
		why = "it became larger";
	} else if (skb->data[0] != IPPROTO_UDP || skb->data[1] ||
		   get_unaligned_be16(skb->data + 2) != 0xc001) {
		why = "wrong header";
	} else if (test_open(skb) != KLIPS_OK) {
		why = "its own packet is refused";
	} else if (skb->len != len || memcmp(skb->data, bytes, len)) {
		why = "it is not what it was";
	}
	kfree_skb(skb);
	return why;
}

static const char *test_rounds(struct klips_sa *sa, u8 *bytes)
{
	const char *why = test_round(sa, bytes, IP_MAX_MTU - 20);
	unsigned int i;

	for (i = 1; !why && i < TEST_ROUNDS; i++)
		why = test_round(sa, bytes, i);
	for (i = 0; !why && i < TEST_ROUNDS; i++)
		why = test_round(sa, bytes, 1 + get_random_u32() % (i % 10 ? 3000 : 65000));
	return why;
}

/* What is random stays as it is. */
static const char *test_random(struct klips_sa *sa, u8 *bytes)
{
	const char *why = NULL;
	struct sk_buff *skb;

	get_random_bytes(bytes, 1400);
	skb = test_skb(sa, bytes, 1400);
	if (!skb)
		return "no memory";
	if (test_seal(skb) || skb->len != 1400 || memcmp(skb->data, bytes, 1400))
		why = "it is not as it was";
	kfree_skb(skb);
	return why;
}

/* Zeroes, the last of them too many. */
static const char *test_bomb(struct klips_sa *sa, u8 *bytes)
{
	unsigned int most = IP_MAX_MTU - 20, len;
	struct sk_buff *skb;
	u8 *stream;

	memset(bytes, 0, TEST_ROOM);
	for (len = most; len <= most + 2; len++) {
		skb = test_skb(sa, bytes, len);
		if (!skb)
			return "no memory";
		if (!test_seal(skb) || skb->len > 200) {
			kfree_skb(skb);
			return "cannot be made";
		}
		stream = skb->data + sizeof(struct ip_comp_hdr);
		if (test_stream_open(sa, stream, skb->len - sizeof(struct ip_comp_hdr), bytes, len) !=
		    (len == most ? KLIPS_OK : KLIPS_DROP_COMP_BOMB)) {
			kfree_skb(skb);
			return len == most ? "the largest packet is refused" : "it is taken";
		}
		kfree_skb(skb);
	}
	return NULL;
}

/* Valid streams with a byte changed, and noise: each is taken or refused, with nothing beyond its bounds. */
static const char *test_noise(struct klips_sa *sa, u8 *bytes)
{
	unsigned int i, bad = 0;

	for (i = 0; i < 20 * TEST_ROUNDS; i++) {
		struct sk_buff *skb;
		enum klips_drop why;

		if (i & 1)
			test_text(bytes, 1000);
		else
			get_random_bytes(bytes, 1000);
		skb = test_skb(sa, bytes, 1 + get_random_u32() % 1000);
		if (!skb)
			return "no memory";
		if (!test_seal(skb))
			comp_push_header(skb);
		skb->data[4 + get_random_u32() % (skb->len - 4)] ^= 1 << i % 8;
		why = test_open(skb);
		bad += why == KLIPS_DROP_BAD_COMP;
		if (why == KLIPS_OK && skb->len > IP_MAX_MTU - 20) {
			kfree_skb(skb);
			return "larger than an IP packet";
		}
		kfree_skb(skb);
		cond_resched();
	}
	return bad > TEST_ROUNDS ? NULL : "too little is refused";
}

static const char *test_parse(struct klips_sa *sa)
{
	struct sk_buff *skb = test_skb(sa, "\x04\0\xff\xfe" "x", 5);
	const char *why = NULL;
	__be32 spi = 0;
	u32 seq = 1;

	if (!skb)
		return "no memory";
	if (!comp_parse(skb, &spi, &seq) || ntohl(spi) != 0xfffe || seq)
		why = "wrong CPI";
	skb_trim(skb, 4);
	if (test_open(skb) != KLIPS_DROP_TRUNCATED)
		why = "an empty packet is taken";
	skb_trim(skb, 3);
	if (comp_parse(skb, &spi, &seq))
		why = "a truncated header is taken";
	kfree_skb(skb);
	return why;
}

static bool test_say(const char *name, const char *why)
{
	if (why)
		klips_selftest_fail(name, why);
	else
		klips_selftest_ok(name);
	return !why;
}

static bool test_all(struct klips_sa *sa, u8 *bytes)
{
	bool ok = test_say("IPCOMP, header", test_parse(sa));

	ok &= test_say("IPCOMP, stream of another zlib", test_known(sa, bytes));
	ok &= test_say("IPCOMP, largest window", test_window(sa, bytes));
	ok &= test_say("IPCOMP, round trips", test_rounds(sa, bytes));
	ok &= test_say("IPCOMP, random payload", test_random(sa, bytes));
	ok &= test_say("IPCOMP, bombs", test_bomb(sa, bytes));
	ok &= test_say("IPCOMP, noise", test_noise(sa, bytes));
	return ok;
}

/* An SA with CPI 0xc001, and what must not become one. */
static bool test_init(struct klips_sa *sa)
{
	struct klips_sa_def def = { .ealg = SADB_X_CALG_DEFLATE };
	bool ok;

	def.akey_bits = 160;
	ok = comp_init(sa, &def);
	def.akey_bits = 0;
	def.aalg = SADB_AALG_SHA1HMAC;
	ok &= !!comp_init(sa, &def);
	def.aalg = SADB_AALG_NONE;
	def.ealg = SADB_X_CALG_LZS;
	ok &= !!comp_init(sa, &def);
	def.ealg = SADB_X_CALG_DEFLATE;
	sa->said.spi = htonl(0xc001);
	return !comp_init(sa, &def) && test_say("IPCOMP, SAs", ok ? NULL : "one that cannot be is made");
}

bool klips_selftest_ipcomp(void)
{
	struct klips_sa *sa = kzalloc(struct_size(sa, replay.ring, klips_replay_words(0)), GFP_KERNEL);
	u8 *bytes = kvzalloc(TEST_ROOM, GFP_KERNEL);
	bool ok = false;

	if (!sa || !bytes) {
		klips_selftest_fail("IPCOMP", "no memory");
	} else if (test_init(sa)) {
		ok = test_all(sa, bytes);
		comp_destroy(sa);
		ok &= test_say("IPCOMP, memory", comp_benches[0] ? "benches stay" : NULL);
	}
	kvfree(bytes);
	kfree(sa);
	return ok;
}
