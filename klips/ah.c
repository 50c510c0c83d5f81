// SPDX-License-Identifier: GPL-2.0
/*
 * AH (RFC 4302) with HMACs. The ICV covers the IP header in front too, without what changes on
 * the way: during crypto that header is another one (ah_mutable.h), a copy of the real one is put back afterwards.
 */
#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <net/ah.h>
#include <net/ip.h>

#include "ah_mutable.h"
#include "alg.h"
#include "head.h"
#include "transform.h"

#define AH_ICV		32		/* bytes of the longest ICV */
#define AH_DIGEST	64		/* and of the longest digest that one is cut from */

/*
 * One allocation for all that a crypto request needs beside the packet. Behind the hash's own memory, which
 * follows, lies the IP header as it was.
 */
struct ah_tmp {
	struct scatterlist sg[2];
	unsigned int head;		/* bytes of IP header */
	__be32 seq_hi;
	u8 icv[AH_ICV];			/* in: as it came */
	u8 digest[AH_DIGEST];
	struct ahash_request req;	/* and what the hash wants behind it */
};

/* ICV and padding: to 4 bytes in IPv4, to 8 in IPv6 (RFC 4302 2.6). */
static unsigned int ah_headroom(const struct klips_sa *sa)
{
	return ALIGN(sizeof(struct ip_auth_hdr) + sa->alg->icv,
		     sa->said.family == AF_INET6 ? 8 : 4);
}

static unsigned int ah_tailroom(const struct klips_sa *sa)
{
	return 0;
}

static unsigned int ah_max_payload(const struct klips_sa *sa, unsigned int room)
{
	return room > ah_headroom(sa) ? room - ah_headroom(sa) : 0;
}

static int ah_init(struct klips_sa *sa, const struct klips_sa_def *def)
{
	int err;

	sa->alg = klips_alg_find(IPPROTO_AH, def->ealg, def->aalg,
				 def->ekey_bits, def->akey_bits);
	if (!sa->alg)
		return -EINVAL;
	sa->ahash = crypto_alloc_ahash(sa->alg->hash, 0, 0);
	if (IS_ERR(sa->ahash)) {
		err = PTR_ERR(sa->ahash);
		sa->ahash = NULL;
		return err;
	}
	err = crypto_ahash_setkey(sa->ahash, def->akey, def->akey_bits / 8);
	if (!err && (crypto_ahash_digestsize(sa->ahash) > AH_DIGEST ||
		     crypto_ahash_digestsize(sa->ahash) < sa->alg->icv))
		err = -EINVAL;
	if (err) {
		crypto_free_ahash(sa->ahash);
		sa->ahash = NULL;
	}
	return err;
}

static void ah_destroy(struct klips_sa *sa)
{
	crypto_free_ahash(sa->ahash);
}

static u8 *ah_saved_head(struct ah_tmp *tmp, const struct klips_sa *sa)
{
	return (u8 *)(tmp + 1) + crypto_ahash_reqsize(sa->ahash);
}

/* The AH header behind the IP header that is at skb_network_header(). */
static struct ip_auth_hdr *ah_header(const struct sk_buff *skb, unsigned int head)
{
	return (struct ip_auth_hdr *)(skb_network_header(skb) + head);
}

static struct ah_tmp *ah_tmp_alloc(struct sk_buff *skb, struct klips_sa *sa,
				   unsigned int head)
{
	struct ah_tmp *tmp;

	tmp = kmalloc(sizeof(*tmp) + crypto_ahash_reqsize(sa->ahash) + head,
		      GFP_ATOMIC);
	if (!tmp)
		return NULL;
	tmp->head = head;
	memcpy(tmp->icv, ah_header(skb, head)->auth_data, sa->alg->icv);
	memcpy(ah_saved_head(tmp, sa), skb_network_header(skb), head);
	klips_pass(skb)->tmp = tmp;
	return tmp;
}

/* The request is done, whatever came of it. */
static void ah_tmp_free(struct sk_buff *skb)
{
	struct ah_tmp *tmp = klips_pass(skb)->tmp;

	if (!tmp)
		return;
	memcpy(skb_network_header(skb),
	       ah_saved_head(tmp, klips_pass(skb)->sa), tmp->head);
	kfree(tmp);
	klips_pass(skb)->tmp = NULL;
}

/*
 * The digest of IP header, @head bytes, AH header with an ICV of 0, padding as it is, payload and, with ESN, the upper
 * half of the number (RFC 4302 3.3.3). 0, -errno (-EINVAL: malformed IP header), or -EINPROGRESS:
 * @done will be called. ah_tmp_free() is the caller's, at the end.
 */
static int ah_digest(struct sk_buff *skb, struct klips_sa *sa, unsigned int head,
		     crypto_completion_t done)
{
	unsigned int len = skb_tail_pointer(skb) - skb_network_header(skb);
	unsigned int parts = sa->replay.esn ? 2 : 1;
	struct ah_tmp *tmp = ah_tmp_alloc(skb, sa, head);

	if (!tmp)
		return -ENOMEM;
	if (!klips_ah_canonical(skb_network_header(skb), head))
		return -EINVAL;
	memset(ah_header(skb, head)->auth_data, 0, sa->alg->icv);
	tmp->seq_hi = htonl(klips_pass(skb)->seq >> 32);
	sg_init_table(tmp->sg, parts);
	sg_set_buf(&tmp->sg[0], skb_network_header(skb), len);
	if (parts > 1)
		sg_set_buf(&tmp->sg[1], &tmp->seq_hi, sizeof(tmp->seq_hi));
	ahash_request_set_tfm(&tmp->req, sa->ahash);
	ahash_request_set_callback(&tmp->req, 0, done, skb);
	ahash_request_set_crypt(&tmp->req, tmp->sg, tmp->digest,
				len + (parts - 1) * sizeof(tmp->seq_hi));
	return crypto_ahash_digest(&tmp->req);
}

/* -EINVAL is ours: see ah_digest(). */
static enum klips_drop ah_why(int err)
{
	return err == -EINVAL ? KLIPS_DROP_BAD_HEADER : klips_crypto_why(err);
}

/* Puts the ICV in; the IP header is the real one again. */
static enum klips_drop ah_sealed(struct sk_buff *skb, int err)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	struct ah_tmp *tmp = klips_pass(skb)->tmp;

	if (!err)
		memcpy(ah_header(skb, tmp->head)->auth_data, tmp->digest,
		       sa->alg->icv);
	ah_tmp_free(skb);
	return ah_why(err);
}

static void ah_output_async(klips_crypto_arg_t arg, int err)
{
	struct sk_buff *skb = klips_crypto_data(arg);

	if (err != -EINPROGRESS)
		klips_xmit_done(skb, ah_sealed(skb, err));
}

/* AH's own header in front of the payload, its ICV and padding are 0. */
static void ah_push_header(struct sk_buff *skb, const struct klips_sa *sa)
{
	unsigned int len = ah_headroom(sa);
	struct ip_auth_hdr *ah = skb_push(skb, len);

	memset(ah, 0, len);
	ah->nexthdr = klips_pass(skb)->inner_proto;
	ah->hdrlen = len / 4 - 2;
	ah->spi = sa->said.spi;
	ah->seq_no = htonl(klips_pass(skb)->seq);
}

static void ah_output(struct sk_buff *skb)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	unsigned int len;
	int err;

	ah_push_header(skb, sa);
	len = skb->len;
	klips_head_put(skb);
	err = ah_digest(skb, sa, skb->len - len, ah_output_async);
	if (err != -EINPROGRESS)
		klips_xmit_done(skb, ah_sealed(skb, err));
}

/* What a header says of its length, to its end with padding. */
static unsigned int ah_length(const struct ip_auth_hdr *ah)
{
	return (ah->hdrlen + 2) * 4;
}

/* Compares the ICV and takes the header off. */
static enum klips_drop ah_opened(struct sk_buff *skb, int err)
{
	const struct ip_auth_hdr *ah = (const struct ip_auth_hdr *)skb->data;
	struct ah_tmp *tmp = klips_pass(skb)->tmp;

	if (!err && crypto_memneq(tmp->digest, tmp->icv,
				  klips_pass(skb)->sa->alg->icv))
		err = -EBADMSG;
	ah_tmp_free(skb);
	if (err)
		return ah_why(err);
	klips_pass(skb)->inner_proto = ah->nexthdr;
	__skb_pull(skb, ah_length(ah));
	return KLIPS_OK;
}

static void ah_input_async(klips_crypto_arg_t arg, int err)
{
	struct sk_buff *skb = klips_crypto_data(arg);

	if (err != -EINPROGRESS)
		klips_rcv_done(skb, ah_opened(skb, err));
}

/*
 * The padding behind the ICV has any length: peers pad to 4 or to 8 bytes in IPv4, and all of it is
 * authenticated.
 */
static enum klips_drop ah_check(struct sk_buff *skb, const struct klips_sa *sa)
{
	const struct ip_auth_hdr *ah = (const struct ip_auth_hdr *)skb->data;
	unsigned int least = sizeof(*ah) + sa->alg->icv;

	if (skb->len < least || ah_length(ah) < least || skb->len < ah_length(ah))
		return KLIPS_DROP_TRUNCATED;
	if (skb->data != (u8 *)ah_header(skb, klips_pass(skb)->head))
		return KLIPS_DROP_BAD_HEADER;
	return KLIPS_OK;
}

static void ah_input(struct sk_buff *skb)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	enum klips_drop why = ah_check(skb, sa);
	int err;

	if (why != KLIPS_OK) {
		klips_rcv_done(skb, why);
		return;
	}
	err = ah_digest(skb, sa, klips_pass(skb)->head, ah_input_async);
	if (err != -EINPROGRESS)
		klips_rcv_done(skb, ah_opened(skb, err));
}

static bool ah_parse(struct sk_buff *skb, __be32 *spi, u32 *seq)
{
	const struct ip_auth_hdr *ah;

	if (!pskb_may_pull(skb, sizeof(*ah)))
		return false;
	ah = (const struct ip_auth_hdr *)skb->data;
	*spi = ah->spi;
	*seq = ntohl(ah->seq_no);
	return true;
}

const struct klips_transform klips_ah = {
	.proto = IPPROTO_AH,
	.has_spi = true,
	.numbered = true,
	.covers_head = true,
	.init = ah_init,
	.destroy = ah_destroy,
	.headroom = ah_headroom,
	.tailroom = ah_tailroom,
	.max_payload = ah_max_payload,
	.output = ah_output,
	.input = ah_input,
	.parse = ah_parse,
};

#ifdef DEBUG
#include "selftest/ah.c"
#endif
