// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments wait here for the rest of their datagram, apart from the kernel's own reassembly: what waits here takes no
 * room there. Memory and time are bounded for a namespace, and a quarter of that for each source: over
 * it the oldest datagram goes, of the source that has too much first.
 *
 * One lock for a namespace: only fragments that no decision can be made on come here.
 */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/dst.h>
#include <net/inet_frag.h>

#include "device.h"
#include "drop.h"
#include "frag.h"
#include "frag_head.h"
#include "net.h"

/* One source may have this part of all. */
#define SHARE 4

static unsigned int frag_datagrams = 4096;
module_param(frag_datagrams, uint, 0644);
MODULE_PARM_DESC(frag_datagrams, "Datagrams in a network namespace whose fragments wait for the rest (default: 4096)");

static unsigned int frag_kbytes = 16384;
module_param(frag_kbytes, uint, 0644);
MODULE_PARM_DESC(frag_kbytes, "Memory for them, in KiB (default: 16384)");

static unsigned int frag_seconds = 10;
module_param(frag_seconds, uint, 0644);
MODULE_PARM_DESC(frag_seconds, "How long they wait (default: 10)");

/* An IPv4 address or an IPv6 /64; a hash key, no holes. */
struct source_key {
	union klips_addr addr;
	u32 family;
};

struct source {
	struct rhash_head node;
	struct source_key key;
	struct list_head datagrams;	/* oldest first */
	unsigned int count;
	unsigned long bytes;
	struct rcu_head rcu;
};

struct datagram {
	struct rhash_head node;
	struct klips_frag_key key;
	struct source *source;
	struct list_head of_source;
	struct list_head by_age;	/* in klips_frags.datagrams, or dead and in a list of those */
	struct klips_dev *kd;		/* reference on its device, or NULL */
	unsigned long born;		/* jiffies */
	struct klips_pieces pieces;
	unsigned long bytes;
	unsigned int largest;		/* of its fragments, bytes with header */
	u8 ecn;
	enum klips_drop why;		/* with which it ended */
	struct rcu_head rcu;
};

struct klips_frags {
	struct klips_net *kn;
	spinlock_t lock;		/* protects all below */
	struct rhashtable table;	/* datagrams by key */
	struct rhashtable sources;
	struct list_head datagrams;	/* oldest first */
	unsigned int count;
	unsigned long bytes;
	unsigned long lost;
	struct delayed_work work;
};

static const struct rhashtable_params table_params = {
	.key_len = sizeof(struct klips_frag_key),
	.key_offset = offsetof(struct datagram, key),
	.head_offset = offsetof(struct datagram, node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params source_params = {
	.key_len = sizeof(struct source_key),
	.key_offset = offsetof(struct source, key),
	.head_offset = offsetof(struct source, node),
	.automatic_shrinking = true,
};

static struct sk_buff *skb_of(struct klips_piece *p)
{
	return container_of((void *)container_of(p, struct klips_frag, piece), struct sk_buff, cb);
}

/* Sources. */

static struct source *source_get(struct klips_frags *frags, const struct klips_frag_key *key)
{
	struct source_key sk = { .family = key->family };
	struct source *s;

	klips_addr_mask(&sk.addr, &key->src, key->family, key->family == AF_INET ? 32 : 64);
	s = rhashtable_lookup_fast(&frags->sources, &sk, source_params);
	if (s)
		return s;
	s = kzalloc(sizeof(*s), GFP_ATOMIC);
	if (!s)
		return NULL;
	s->key = sk;
	INIT_LIST_HEAD(&s->datagrams);
	if (!rhashtable_insert_fast(&frags->sources, &s->node, source_params))
		return s;
	kfree(s);
	return NULL;
}

static void source_drop_unused(struct klips_frags *frags, struct source *s)
{
	if (s->count)
		return;
	rhashtable_remove_fast(&frags->sources, &s->node, source_params);
	kfree_rcu(s, rcu);
}

/* Datagrams. */

static unsigned long timeout(void)
{
	return clamp(READ_ONCE(frag_seconds), 1U, 60U) * HZ;
}

static struct net_device *dev_of(const struct datagram *d)
{
	return d->kd ? d->kd->dev : NULL;
}

static struct datagram *datagram_new(struct klips_frags *frags, const struct klips_frag_key *key,
				     struct klips_dev *kd)
{
	struct datagram *d = kzalloc(sizeof(*d), GFP_ATOMIC);

	if (!d)
		return NULL;
	d->key = *key;
	d->kd = kd;
	d->born = jiffies;
	d->source = source_get(frags, key);
	if (!d->source)
		goto err_free;
	if (rhashtable_insert_fast(&frags->table, &d->node, table_params))
		goto err_source;
	dev_hold(dev_of(d));
	d->source->count++;
	list_add_tail(&d->of_source, &d->source->datagrams);
	if (list_empty(&frags->datagrams))
		mod_delayed_work(system_percpu_wq, &frags->work, timeout());
	list_add_tail(&d->by_age, &frags->datagrams);
	frags->count++;
	return d;

err_source:
	source_drop_unused(frags, d->source);
err_free:
	kfree(d);
	return NULL;
}

/* Takes @d out, with what it has. The caller, and nobody else, knows it then. */
static void datagram_remove(struct klips_frags *frags, struct datagram *d)
{
	struct source *s = d->source;

	rhashtable_remove_fast(&frags->table, &d->node, table_params);
	list_del(&d->by_age);
	frags->count--;
	frags->bytes -= d->bytes;
	list_del(&d->of_source);
	s->count--;
	s->bytes -= d->bytes;
	source_drop_unused(frags, s);
}

static void datagram_free(struct datagram *d)
{
	dev_put(dev_of(d));
	kfree_rcu(d, rcu);
}

/* Its end, without its having been whole: bury() does the rest, outside of the lock. */
static void datagram_end(struct klips_frags *frags, struct datagram *d, enum klips_drop why,
			 struct list_head *dead)
{
	datagram_remove(frags, d);
	d->why = why;
	list_add_tail(&d->by_age, dead);
}

static void lose(struct klips_net *kn, const struct datagram *d, struct sk_buff *skb)
{
	const struct klips_drop_info info = {
		.kn = kn, .kd = d->kd, .why = d->why, .inbound = d->key.inbound,
	};

	if (d->kd && !d->key.inbound)
		klips_stat_tx(d->kd, skb->len);
	klips_dropped(&info, skb);
	klips_drop_free(skb, d->why);
}

/* Each fragment counts: it came in, and is dropped. RCU read lock held, BH off. */
static void bury(struct klips_net *kn, struct list_head *dead)
{
	struct datagram *d, *next;
	struct klips_piece *p;

	list_for_each_entry_safe(d, next, dead, by_age) {
		while ((p = d->pieces.first)) {
			d->pieces.first = p->next;
			lose(kn, d, skb_of(p));
		}
		datagram_free(d);
	}
}

/* Limits. */

static bool over(unsigned int count, unsigned long bytes, unsigned int share)
{
	return count > max(READ_ONCE(frag_datagrams) / share, 1U) ||
	       bytes / 1024 > READ_ONCE(frag_kbytes) / share;
}

static void evict(struct klips_frags *frags, struct datagram *d, struct list_head *dead)
{
	frags->lost++;
	datagram_end(frags, d, KLIPS_DROP_FRAG_LIMIT, dead);
}

/* After a fragment of @s was taken. @s is there until the RCU read lock is given back, empty or not. */
static void keep_limits(struct klips_frags *frags, struct source *s, struct list_head *dead)
{
	while (over(s->count, s->bytes, SHARE))
		evict(frags, list_first_entry(&s->datagrams, struct datagram, of_source), dead);
	while (over(frags->count, frags->bytes, 1))
		evict(frags, list_first_entry(&frags->datagrams, struct datagram, by_age), dead);
}

static void frags_timeout(struct work_struct *work)
{
	struct klips_frags *frags = container_of(to_delayed_work(work), struct klips_frags, work);
	unsigned long wait = timeout();
	struct datagram *d, *next;
	LIST_HEAD(dead);

	rcu_read_lock();
	spin_lock_bh(&frags->lock);
	list_for_each_entry_safe(d, next, &frags->datagrams, by_age) {
		if (time_before(jiffies, d->born + wait)) {
			schedule_delayed_work(&frags->work, d->born + wait - jiffies);
			break;
		}
		datagram_end(frags, d, KLIPS_DROP_FRAG_TIMEOUT, &dead);
	}
	spin_unlock(&frags->lock);
	bury(frags->kn, &dead);
	local_bh_enable();
	rcu_read_unlock();
}

/* The whole. */

/* Lets go of what a packet that waits has no right to keep. */
static void detach(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
}

/* The fragments as one packet, a list behind the first; @last, the one that came last, lends it its route. */
static struct sk_buff *join(struct klips_pieces *pieces, struct sk_buff *last, u8 ecn)
{
	struct sk_buff *skb = skb_of(pieces->first), **at = &skb_shinfo(skb)->frag_list, *part;
	struct klips_piece *p;

	if (skb != last) {
		skb_dst_copy(skb, last);
		skb->dev = last->dev;
	}
	for (p = pieces->first->next; p; p = p->next) {
		part = skb_of(p);
		detach(part);
		__skb_pull(part, klips_frag(part)->head);
		skb->len += part->len;
		skb->data_len += part->len;
		skb->truesize += part->truesize;
		part->next = NULL;
		*at = part;
		at = &part->next;
	}
	skb_orphan(skb);
	klips_frag_finish(skb, ecn);
	skb->ip_summed = CHECKSUM_NONE;
	skb->ignore_df = 1;
	return skb;
}

static int finish(struct klips_frags *frags, struct datagram *d, struct sk_buff **skb,
		  unsigned int *largest, struct list_head *dead)
{
	u8 ecn = ip_frag_ecn_table[d->ecn];

	/* Somebody marked some as congested and not the others as able to be (RFC 3168 5.3). */
	if (ecn == 0xff) {
		datagram_end(frags, d, KLIPS_DROP_FRAG_BAD, dead);
		return KLIPS_FRAG_WAITS;
	}
	datagram_remove(frags, d);
	*largest = d->largest;
	*skb = join(&d->pieces, *skb, ecn);
	datagram_free(d);
	return KLIPS_OK;
}

static void account(struct klips_frags *frags, struct datagram *d, struct sk_buff *skb)
{
	d->bytes += skb->truesize;
	d->source->bytes += skb->truesize;
	frags->bytes += skb->truesize;
	d->ecn |= klips_frag(skb)->ecn;
	d->largest = max(d->largest, skb->len);
}

static int add(struct klips_frags *frags, struct datagram *d, struct sk_buff **skb,
	       unsigned int *largest, struct list_head *dead)
{
	struct klips_frag *f = klips_frag(*skb);

	switch (klips_pieces_add(&d->pieces, &f->piece, f->last)) {
	case KLIPS_PIECE_AGAIN:
		return KLIPS_DROP_FRAG_OVERLAP;
	case KLIPS_PIECE_OVERLAPS:
		datagram_end(frags, d, KLIPS_DROP_FRAG_OVERLAP, dead);
		return KLIPS_DROP_FRAG_OVERLAP;
	case KLIPS_PIECE_TOO_MANY:
		evict(frags, d, dead);
		return KLIPS_DROP_FRAG_LIMIT;
	case KLIPS_PIECE_WHOLE:
		account(frags, d, *skb);
		return finish(frags, d, skb, largest, dead);
	case KLIPS_PIECE_WAITS:
		break;
	}
	account(frags, d, *skb);
	detach(*skb);
	keep_limits(frags, d->source, dead);
	return KLIPS_FRAG_WAITS;
}

/* Reads the fragment; it has its bytes for itself then, and no list of its own behind it. */
static enum klips_drop prepare(const struct klips_frag_from *from, struct sk_buff *skb,
			       struct klips_frag_key *key)
{
	key->user = from->user;
	key->inbound = from->inbound;
	key->device = from->kd ? from->kd->id : 0;
	if (skb_is_gso(skb) || !klips_frag_read(skb, key))
		return KLIPS_DROP_FRAG_BAD;
	if (skb_unclone(skb, GFP_ATOMIC) || (skb_has_frag_list(skb) && skb_linearize(skb)))
		return KLIPS_DROP_NO_MEMORY;
	return KLIPS_OK;
}

/* A device that is going has been flushed, or will be: nothing may wait on it after that. */
static bool going(const struct klips_dev *kd)
{
	return kd && READ_ONCE(kd->dev->reg_state) != NETREG_REGISTERED;
}

int klips_frag_gather(const struct klips_frag_from *from, struct sk_buff **skb, unsigned int *largest)
{
	struct klips_frags *frags = from->kn->frags;
	struct klips_frag_key key = {};
	int why = prepare(from, *skb, &key);
	struct datagram *d = NULL;
	LIST_HEAD(dead);

	if (why != KLIPS_OK)
		return why;
	spin_lock(&frags->lock);
	if (!going(from->kd))
		d = rhashtable_lookup_fast(&frags->table, &key, table_params) ?:
		    datagram_new(frags, &key, from->kd);
	why = d ? add(frags, d, skb, largest, &dead) : KLIPS_DROP_NO_MEMORY;
	spin_unlock(&frags->lock);
	bury(from->kn, &dead);
	return why;
}

void klips_frag_flush(struct klips_net *kn, struct klips_dev *kd)
{
	struct klips_frags *frags = kn->frags;
	struct datagram *d, *next;
	LIST_HEAD(dead);

	rcu_read_lock();
	spin_lock_bh(&frags->lock);
	list_for_each_entry_safe(d, next, &frags->datagrams, by_age)
		if (d->kd == kd)
			datagram_end(frags, d, KLIPS_DROP_NO_DEVICE, &dead);
	spin_unlock(&frags->lock);
	bury(kn, &dead);
	local_bh_enable();
	rcu_read_unlock();
}

int klips_frag_net_init(struct klips_net *kn)
{
	struct klips_frags *frags = kzalloc(sizeof(*frags), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!frags)
		return err;
	frags->kn = kn;
	spin_lock_init(&frags->lock);
	INIT_LIST_HEAD(&frags->datagrams);
	INIT_DELAYED_WORK(&frags->work, frags_timeout);
	err = rhashtable_init(&frags->table, &table_params);
	if (err)
		goto err_free;
	err = rhashtable_init(&frags->sources, &source_params);
	if (err)
		goto err_table;
	kn->frags = frags;
	return 0;

err_table:
	rhashtable_destroy(&frags->table);
err_free:
	kfree(frags);
	return err;
}

void klips_frag_net_exit(struct klips_net *kn)
{
	struct klips_frags *frags = kn->frags;

	cancel_delayed_work_sync(&frags->work);
	klips_frag_flush(kn, NULL);
	rhashtable_destroy(&frags->table);
	rhashtable_destroy(&frags->sources);
	kfree(frags);
}

void klips_frag_limits(struct klips_net *kn, struct klips_frag_limits *limits)
{
	struct klips_frags *frags = kn->frags;

	limits->datagrams = READ_ONCE(frags->count);
	limits->max_datagrams = READ_ONCE(frag_datagrams);
	limits->kbytes = READ_ONCE(frags->bytes) / 1024;
	limits->max_kbytes = READ_ONCE(frag_kbytes);
	limits->lost = READ_ONCE(frags->lost);
}
