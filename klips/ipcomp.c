// SPDX-License-Identifier: GPL-2.0
/*
 * IPCOMP (RFC 3173) with deflate (RFC 2394), straight from the kernel's zlib. Packets that would
 * not become smaller go without.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <linux/zlib.h>
#include <net/ip.h>
#include <net/ipcomp.h>

#include "alg.h"
#include "transform.h"

#define COMP_LEAST	90		/* bytes of payload from which on trying is worth it */
#define COMP_WINDOW	11		/* bits, as other kernels send it ... */
#define COMP_WINDOW_IN	MAX_WBITS	/* ... what peers may send (RFC 2394 2.1) */
#define COMP_SCRATCH	65536
#define COMP_BENCHES	16		/* at most, however many CPUs there are */

/*
 * Workbenches of zlib, for all SAs: one per CPU, until there are too many of these. They are there while
 * there is an SA that needs them.
 */
struct comp_bench {
	spinlock_t lock;
	struct z_stream_s deflate;
	struct z_stream_s inflate;
	u8 scratch[COMP_SCRATCH];
	u8 work[];			/* zlib's own, for the one, then for the other */
};

static DEFINE_MUTEX(comp_mutex);	/* protects comp_users, and who makes and frees benches */
static unsigned int comp_users;
static struct comp_bench *comp_benches[COMP_BENCHES];

static unsigned int comp_count(void)
{
	return min_t(unsigned int, nr_cpu_ids, COMP_BENCHES);
}

static void comp_free(void)
{
	unsigned int i;

	for (i = 0; i < COMP_BENCHES; i++) {
		kvfree(comp_benches[i]);
		comp_benches[i] = NULL;
	}
}

static struct comp_bench *comp_bench_new(void)
{
	size_t out = ALIGN(zlib_deflate_workspacesize(-COMP_WINDOW, MAX_MEM_LEVEL), 64);
	size_t in = zlib_inflate_workspacesize();
	struct comp_bench *bench;

	bench = kvzalloc(struct_size(bench, work, out + in), GFP_KERNEL_ACCOUNT);
	if (!bench)
		return NULL;
	spin_lock_init(&bench->lock);
	bench->deflate.workspace = bench->work;
	bench->inflate.workspace = bench->work + out;
	if (zlib_deflateInit2(&bench->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			      -COMP_WINDOW, MAX_MEM_LEVEL,
			      Z_DEFAULT_STRATEGY) == Z_OK &&
	    zlib_inflateInit2(&bench->inflate, -COMP_WINDOW_IN) == Z_OK)
		return bench;
	kvfree(bench);
	return NULL;
}

static int comp_get(void)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&comp_mutex);
	for (i = 0; !comp_users && !err && i < comp_count(); i++) {
		comp_benches[i] = comp_bench_new();
		if (!comp_benches[i])
			err = -ENOMEM;
	}
	if (err)
		comp_free();
	else
		comp_users++;
	mutex_unlock(&comp_mutex);
	return err;
}

static void comp_put(void)
{
	mutex_lock(&comp_mutex);
	if (!--comp_users)
		comp_free();
	mutex_unlock(&comp_mutex);
}

/* The one to take here, with its lock; BH off. */
static struct comp_bench *comp_bench(void)
{
	return comp_benches[raw_smp_processor_id() % comp_count()];
}

static int comp_init(struct klips_sa *sa, const struct klips_sa_def *def)
{
	sa->alg = klips_alg_find(IPPROTO_COMP, def->ealg, def->aalg,
				 def->ekey_bits, def->akey_bits);
	if (!sa->alg)
		return -EINVAL;
	return comp_get();
}

static void comp_destroy(struct klips_sa *sa)
{
	comp_put();
}

static unsigned int comp_headroom(const struct klips_sa *sa)
{
	return sizeof(struct ip_comp_hdr);
}

static unsigned int comp_tailroom(const struct klips_sa *sa)
{
	return 0;
}

/* What does not become smaller stays as it is. */
static unsigned int comp_max_payload(const struct klips_sa *sa, unsigned int room)
{
	return room;
}

/*
 * Deflates the payload into @bench's scratch: its bytes there, or 0 where that and a header are not less
 * than it was (RFC 3173 2.2).
 */
static unsigned int comp_deflate(struct comp_bench *bench, const struct sk_buff *skb)
{
	struct z_stream_s *z = &bench->deflate;

	if (zlib_deflateReset(z) != Z_OK)
		return 0;
	z->next_in = skb->data;
	z->avail_in = skb->len;
	z->next_out = bench->scratch;
	z->avail_out = min_t(unsigned int, COMP_SCRATCH,
			     skb->len - sizeof(struct ip_comp_hdr) - 1);
	return zlib_deflate(z, Z_FINISH) == Z_STREAM_END ? z->total_out : 0;
}

/* Whether the payload could be made smaller; then it is. */
static bool comp_shrink(struct sk_buff *skb)
{
	struct comp_bench *bench = comp_bench();
	unsigned int len;

	if (skb->len < COMP_LEAST)
		return false;
	spin_lock(&bench->lock);
	len = comp_deflate(bench, skb);
	if (len) {
		memcpy(skb->data, bench->scratch, len);
		skb_trim(skb, len);
	}
	spin_unlock(&bench->lock);
	return len;
}

static void comp_push_header(struct sk_buff *skb)
{
	struct klips_pass *pass = klips_pass(skb);
	struct ip_comp_hdr *comp = skb_push(skb, sizeof(*comp));

	comp->nexthdr = pass->inner_proto;
	comp->flags = 0;
	comp->cpi = htons(ntohl(pass->sa->said.spi));
}

static void comp_output(struct sk_buff *skb)
{
	if (comp_shrink(skb))
		comp_push_header(skb);
	else
		klips_pass(skb)->proto = klips_pass(skb)->inner_proto;
	klips_xmit_done(skb, KLIPS_OK);
}

/*
 * Inflates the payload into @bench's scratch, at most @most bytes: *@len of them. zlib stops where
 * the room ends, whatever the data would become. Bytes behind the end of the data are ignored, as by others.
 */
static enum klips_drop comp_inflate(struct comp_bench *bench, const struct sk_buff *skb,
				    unsigned int most, unsigned int *len)
{
	struct z_stream_s *z = &bench->inflate;
	int status;

	if (zlib_inflateReset(z) != Z_OK)
		return KLIPS_DROP_BAD_COMP;
	z->next_in = skb->data;
	z->avail_in = skb->len;
	z->next_out = bench->scratch;
	z->avail_out = most + 1;	/* one more tells an end from too much */
	status = zlib_inflate(z, Z_FINISH);
	*len = most + 1 - z->avail_out;
	if (*len > most)
		return KLIPS_DROP_COMP_BOMB;
	return status == Z_STREAM_END ? KLIPS_OK : KLIPS_DROP_BAD_COMP;
}

/* The payload becomes the @len bytes at @data. No socket owns what came in, so pskb_expand_head() keeps truesize true. */
static enum klips_drop comp_replace(struct sk_buff *skb, const u8 *data,
				    unsigned int len)
{
	int more = (int)len - (int)skb->len;

	if (more > skb_tailroom(skb) &&
	    pskb_expand_head(skb, 0, more - skb_tailroom(skb), GFP_ATOMIC))
		return KLIPS_DROP_NO_MEMORY;
	if (more > 0)
		skb_put(skb, more);
	else
		skb_trim(skb, len);
	memcpy(skb->data, data, len);
	return KLIPS_OK;
}

/* What comes out fits into one IP packet with the header in front of it. */
static enum klips_drop comp_grow(struct sk_buff *skb)
{
	unsigned int most = IP_MAX_MTU - klips_pass(skb)->head, len;
	struct comp_bench *bench = comp_bench();
	enum klips_drop why;

	spin_lock(&bench->lock);
	why = comp_inflate(bench, skb, most, &len);
	if (why == KLIPS_OK)
		why = comp_replace(skb, bench->scratch, len);
	spin_unlock(&bench->lock);
	return why;
}

/* Flags are the peer's business (RFC 3173 3.3). */
static enum klips_drop comp_open(struct sk_buff *skb)
{
	const struct ip_comp_hdr *comp = (const struct ip_comp_hdr *)skb->data;

	if (skb->len <= sizeof(*comp))
		return KLIPS_DROP_TRUNCATED;
	klips_pass(skb)->inner_proto = comp->nexthdr;
	__skb_pull(skb, sizeof(*comp));
	return comp_grow(skb);
}

static void comp_input(struct sk_buff *skb)
{
	klips_rcv_done(skb, comp_open(skb));
}

static bool comp_parse(struct sk_buff *skb, __be32 *spi, u32 *seq)
{
	const struct ip_comp_hdr *comp;

	if (!pskb_may_pull(skb, sizeof(*comp)))
		return false;
	comp = (const struct ip_comp_hdr *)skb->data;
	*spi = htonl(ntohs(comp->cpi));
	*seq = 0;
	return true;
}

const struct klips_transform klips_ipcomp = {
	.proto = IPPROTO_COMP,
	.has_spi = true,
	.may_skip = true,
	.init = comp_init,
	.destroy = comp_destroy,
	.headroom = comp_headroom,
	.tailroom = comp_tailroom,
	.max_payload = comp_max_payload,
	.output = comp_output,
	.input = comp_input,
	.parse = comp_parse,
};

#ifdef DEBUG
#include "selftest/ipcomp.c"
#endif
