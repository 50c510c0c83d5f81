// SPDX-License-Identifier: GPL-2.0
/*
 * ESP (RFC 4303), with combined mode ciphers only: an AEAD, or cipher and HMAC bound together
 * by authenc. The associated data is what lies in front of the ciphertext, ESP header and IV,
 * where the kernel's AEADs for ESP take the IV as the end of it, and authenticate it or not as their
 * RFCs say.
 */
#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <linux/ipsec.h>
#include <linux/ipv6.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <net/esp.h>
#include <net/ip.h>

#include "alg.h"
#include "transform.h"

/* One allocation for all that a crypto request needs beside the packet. */
struct esp_tmp {
	struct scatterlist sg[1];
	__be32 lent;			/* ESN: what stood in front of the header */
	u8 iv[16];
	struct aead_request req;	/* and what the cipher wants behind it */
};

static unsigned int esp_headroom(const struct klips_sa *sa)
{
	return sizeof(struct ip_esp_hdr) + sa->alg->iv;
}

static unsigned int esp_block(const struct klips_sa *sa)
{
	return max_t(unsigned int, sa->alg->block, 4);
}

/*
 * How long ESP must be at least. XFRM drops shorter ones in UDP over IPv6, without a count
 * (xfrm6_udp_encap_rcv() takes skb->len, from the UDP header on, for that from the IPv6 header on).
 */
static unsigned int esp_min(const struct klips_sa *sa)
{
	return sa->encap.type && sa->said.family == AF_INET6 ? sizeof(struct ipv6hdr) : 0;
}

static unsigned int esp_tailroom(const struct klips_sa *sa)
{
	return esp_min(sa) + esp_block(sa) - 1 + 2 + sa->alg->icv;
}

static unsigned int esp_max_payload(const struct klips_sa *sa, unsigned int room)
{
	unsigned int fixed = esp_headroom(sa) + sa->alg->icv;

	if (room < fixed + esp_block(sa))
		return 0;
	return round_down(room - fixed, esp_block(sa)) - 2;
}

/* What authenc wants as key: lengths as an rtattr, then both keys. */
static int authenc_setkey(struct klips_sa *sa, const struct klips_sa_def *def)
{
	unsigned int alen = def->akey_bits / 8, elen = def->ekey_bits / 8;
	unsigned int len = RTA_SPACE(sizeof(struct crypto_authenc_key_param)) +
			   alen + elen;
	struct crypto_authenc_key_param *param;
	struct rtattr *rta;
	int err;
	u8 *key;

	key = kzalloc(len, GFP_KERNEL_ACCOUNT);
	if (!key)
		return -ENOMEM;
	rta = (struct rtattr *)key;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(elen);
	memcpy(key + RTA_SPACE(sizeof(*param)), def->akey, alen);
	memcpy(key + RTA_SPACE(sizeof(*param)) + alen, def->ekey, elen);
	err = crypto_aead_setkey(sa->aead, key, len);
	kfree_sensitive(key);
	return err;
}

static int esp_setkey(struct klips_sa *sa, const struct klips_sa_def *def)
{
	if (def->akey_bits)
		return authenc_setkey(sa, def);
	return crypto_aead_setkey(sa->aead, def->ekey, def->ekey_bits / 8);
}

static int esp_init(struct klips_sa *sa, const struct klips_sa_def *def)
{
	char name[KLIPS_ALG_CRYPTO];
	int err;

	sa->alg = klips_alg_find(IPPROTO_ESP, def->ealg, def->aalg,
				 def->ekey_bits, def->akey_bits);
	if (!sa->alg)
		return -EINVAL;
	sa->ekey_bits = def->ekey_bits;
	klips_alg_crypto(sa->alg, def->esn, name, sizeof(name));
	sa->aead = crypto_alloc_aead(name, 0, 0);
	if (IS_ERR(sa->aead)) {
		err = PTR_ERR(sa->aead);
		sa->aead = NULL;
		return err;
	}
	err = esp_setkey(sa, def);
	if (!err)
		err = crypto_aead_setauthsize(sa->aead, sa->alg->icv);
	if (err) {
		crypto_free_aead(sa->aead);
		sa->aead = NULL;
	}
	return err;
}

static void esp_destroy(struct klips_sa *sa)
{
	crypto_free_aead(sa->aead);
}

/*
 * With ESN the upper half of the number is authenticated between SPI and lower half, and not sent
 * (RFC 4303 2.2.1, RFC 4106 5): during crypto the SPI moves 4 bytes to the front, into an outer header, or the
 * room for one, which are lent for it.
 */
static u8 *esn_insert(struct sk_buff *skb, struct esp_tmp *tmp)
{
	__be32 *start = (__be32 *)skb->data - 1;

	tmp->lent = start[0];
	start[0] = start[1];
	start[1] = htonl(klips_pass(skb)->seq >> 32);
	return (u8 *)start;
}

static void esn_remove(struct sk_buff *skb, const struct esp_tmp *tmp)
{
	__be32 *start = (__be32 *)skb->data - 1;

	start[1] = start[0];
	start[0] = tmp->lent;
}

static struct esp_tmp *esp_tmp_alloc(struct sk_buff *skb, struct klips_sa *sa)
{
	unsigned int assoc = esp_headroom(sa), len = skb->len;
	u8 *start = skb->data;
	struct esp_tmp *tmp;

	tmp = kmalloc(sizeof(*tmp) + crypto_aead_reqsize(sa->aead), GFP_ATOMIC);
	if (!tmp)
		return NULL;
	memcpy(tmp->iv, skb->data + sizeof(struct ip_esp_hdr), sa->alg->iv);
	if (sa->replay.esn) {
		start = esn_insert(skb, tmp);
		assoc += sizeof(__be32);
		len += sizeof(__be32);
	}
	sg_init_one(tmp->sg, start, len);
	aead_request_set_tfm(&tmp->req, sa->aead);
	aead_request_set_ad(&tmp->req, assoc);
	klips_pass(skb)->tmp = tmp;
	return tmp;
}

/* The request is done, whatever came of it. */
static void esp_tmp_free(struct sk_buff *skb)
{
	struct esp_tmp *tmp = klips_pass(skb)->tmp;

	if (!tmp)
		return;
	if (klips_pass(skb)->sa->replay.esn)
		esn_remove(skb, tmp);
	kfree(tmp);
	klips_pass(skb)->tmp = NULL;
}

static void esp_output_end(struct sk_buff *skb, int err)
{
	esp_tmp_free(skb);
	klips_xmit_done(skb, klips_crypto_why(err));
}

static void esp_output_async(klips_crypto_arg_t arg, int err)
{
	if (err != -EINPROGRESS)
		esp_output_end(klips_crypto_data(arg), err);
}

/* Padding of what is @len bytes with pad length and next header: up to a whole block, and to what it must have. */
static unsigned int esp_padding(const struct klips_sa *sa, unsigned int len)
{
	unsigned int fixed = esp_headroom(sa) + sa->alg->icv, least = esp_min(sa);

	return ALIGN(max(len, least > fixed ? least - fixed : 0), esp_block(sa)) - len;
}

/* Padding, pad length and next header behind the payload, RFC 4303 2.4 to 2.6. */
static void esp_put_trailer(struct sk_buff *skb, const struct klips_sa *sa)
{
	unsigned int pad, i;
	u8 *tail;

	pad = esp_padding(sa, skb->len + 2);
	tail = skb_put(skb, pad + 2 + sa->alg->icv);
	for (i = 0; i < pad; i++)
		tail[i] = i + 1;
	tail[pad] = pad;
	tail[pad + 1] = klips_pass(skb)->inner_proto;
}

/* SPI, sequence number and IV in front of it. A counter is never used twice under one key. */
static void esp_push_header(struct sk_buff *skb, const struct klips_sa *sa)
{
	struct ip_esp_hdr *esph = skb_push(skb, esp_headroom(sa));
	u64 seq = klips_pass(skb)->seq;

	esph->spi = sa->said.spi;
	esph->seq_no = htonl(seq);
	if (sa->alg->iv_counter)
		put_unaligned_be64(seq, esph->enc_data);
	else
		get_random_bytes(esph->enc_data, sa->alg->iv);
}

/*
 * Encrypts what lies between header and ICV, and puts in the ICV. 0, -errno, or -EINPROGRESS:
 * @done will be called. esp_tmp_free() is the caller's, at the end.
 */
static int esp_seal(struct sk_buff *skb, struct klips_sa *sa, crypto_completion_t done)
{
	unsigned int crypt = skb->len - esp_headroom(sa) - sa->alg->icv;
	struct esp_tmp *tmp = esp_tmp_alloc(skb, sa);

	if (!tmp)
		return -ENOMEM;
	aead_request_set_crypt(&tmp->req, tmp->sg, tmp->sg, crypt, tmp->iv);
	aead_request_set_callback(&tmp->req, 0, done, skb);
	return crypto_aead_encrypt(&tmp->req);
}

/* Checks the ICV and decrypts what lies in front of it, as esp_seal(). -EBADMSG: wrong ICV. */
static int esp_open(struct sk_buff *skb, struct klips_sa *sa, crypto_completion_t done)
{
	unsigned int crypt = skb->len - esp_headroom(sa);
	struct esp_tmp *tmp = esp_tmp_alloc(skb, sa);

	if (!tmp)
		return -ENOMEM;
	aead_request_set_crypt(&tmp->req, tmp->sg, tmp->sg, crypt, tmp->iv);
	aead_request_set_callback(&tmp->req, 0, done, skb);
	return crypto_aead_decrypt(&tmp->req);
}

static void esp_output(struct sk_buff *skb)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	int err;

	esp_put_trailer(skb, sa);
	esp_push_header(skb, sa);
	err = esp_seal(skb, sa, esp_output_async);
	if (err != -EINPROGRESS)
		esp_output_end(skb, err);
}

/*
 * Takes off what esp_put_trailer() put on, after it was authenticated. The padding is checked too:
 * it is 1, 2, 3 ... whatever the peer (RFC 4303 2.4).
 */
static enum klips_drop esp_strip(struct sk_buff *skb, const struct klips_sa *sa)
{
	unsigned int text = skb->len - esp_headroom(sa) - sa->alg->icv;
	const u8 *end = skb_tail_pointer(skb) - sa->alg->icv;
	unsigned int pad = end[-2], i;

	if (pad + 2 > text)
		return KLIPS_DROP_BAD_PADDING;
	for (i = 0; i < pad; i++)
		if (end[(int)i - 2 - (int)pad] != i + 1)
			return KLIPS_DROP_BAD_PADDING;
	klips_pass(skb)->inner_proto = end[-1];
	skb_trim(skb, skb->len - sa->alg->icv - pad - 2);
	__skb_pull(skb, esp_headroom(sa));
	return KLIPS_OK;
}

static void esp_input_end(struct sk_buff *skb, int err)
{
	enum klips_drop why = klips_crypto_why(err);

	esp_tmp_free(skb);
	if (why == KLIPS_OK)
		why = esp_strip(skb, klips_pass(skb)->sa);
	klips_rcv_done(skb, why);
}

static void esp_input_async(klips_crypto_arg_t arg, int err)
{
	if (err != -EINPROGRESS)
		esp_input_end(klips_crypto_data(arg), err);
}

static void esp_input(struct sk_buff *skb)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	unsigned int assoc = esp_headroom(sa), block = esp_block(sa);
	int err;

	if (skb->len < assoc + block + sa->alg->icv ||
	    (skb->len - assoc - sa->alg->icv) % block) {
		klips_rcv_done(skb, KLIPS_DROP_TRUNCATED);
		return;
	}
	err = esp_open(skb, sa, esp_input_async);
	if (err != -EINPROGRESS)
		esp_input_end(skb, err);
}

static bool esp_parse(struct sk_buff *skb, __be32 *spi, u32 *seq)
{
	const struct ip_esp_hdr *esph;

	if (!pskb_may_pull(skb, sizeof(*esph)))
		return false;
	esph = (const struct ip_esp_hdr *)skb->data;
	*spi = esph->spi;
	*seq = ntohl(esph->seq_no);
	return true;
}

const struct klips_transform klips_esp = {
	.proto = IPPROTO_ESP,
	.has_spi = true,
	.numbered = true,
	.init = esp_init,
	.destroy = esp_destroy,
	.headroom = esp_headroom,
	.tailroom = esp_tailroom,
	.max_payload = esp_max_payload,
	.output = esp_output,
	.input = esp_input,
	.parse = esp_parse,
};

#ifdef DEBUG
#include "selftest/esp.c"
#endif
