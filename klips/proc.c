// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/ipsec: the text that KLIPS always had, for eyes and old scripts. Our own
 * programs read generic netlink.
 *
 * A table is walked by id, one entry at a time under RCU, so it may change between
 * two reads and still nothing is left out. The position in the file is the id after which to
 * go on.
 */
#include <linux/ktime.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "alg.h"
#include "debug.h"
#include "device.h"
#include "eroute.h"
#include "frag.h"
#include "net.h"
#include "netlink.h"
#include "proc_text.h"
#include "sa.h"

/* Private part of an open file. */
struct walk {
	struct seq_net_private net;	/* must be first */
	unsigned long id;		/* of the entry that is shown */
};

typedef void *(*next_fn)(struct klips_net *kn, unsigned long *id);

static struct klips_net *seq_kn(struct seq_file *seq)
{
	return klips_net(seq_file_net(seq));
}

/* Holds come behind the eroutes, whose ids never come so far. */
#define FIRST_HOLD (1UL << (BITS_PER_LONG - 2))

static void *next_hold(struct klips_net *kn, unsigned long *id)
{
	struct klips_hold *h = klips_hold_next(kn, *id - FIRST_HOLD);

	while (h && !klips_hold_is_eroute(h))
		h = klips_hold_next(kn, h->id);
	if (h)
		*id = FIRST_HOLD + h->id;
	return h;
}

static void *next_eroute(struct klips_net *kn, unsigned long *id)
{
	struct klips_eroute *er = *id < FIRST_HOLD ? klips_eroute_next(kn, id) : NULL;

	if (er)
		return er;
	*id = max(*id, FIRST_HOLD);
	return next_hold(kn, id);
}

static void *next_sa(struct klips_net *kn, unsigned long *id)
{
	return klips_sa_next(kn, id);
}

static void *next_device(struct klips_net *kn, unsigned long *id)
{
	struct klips_dev *kd;

	list_for_each_entry_rcu(kd, &kn->devices, list) {
		if (kd->id > *id) {
			*id = kd->id;
			return kd;
		}
	}
	return NULL;
}

static void *walk_start(struct seq_file *seq, loff_t *pos, next_fn next)
	__acquires(RCU)
{
	struct walk *walk = seq->private;

	rcu_read_lock();
	walk->id = *pos;
	return next(seq_kn(seq), &walk->id);
}

static void *walk_next(struct seq_file *seq, loff_t *pos, next_fn next)
{
	struct walk *walk = seq->private;

	*pos = walk->id;
	return next(seq_kn(seq), &walk->id);
}

static void walk_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void *eroute_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	return walk_start(seq, pos, next_eroute);
}

static void *eroute_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return walk_next(seq, pos, next_eroute);
}

static int eroute_show(struct seq_file *seq, void *v)
{
	const struct walk *walk = seq->private;

	if (walk->id < FIRST_HOLD)
		klips_text_eroute(seq, seq_kn(seq), v);
	else
		klips_text_hold(seq, v);
	return 0;
}

static const struct seq_operations eroute_ops = {
	.start = eroute_start,
	.next = eroute_next,
	.stop = walk_stop,
	.show = eroute_show,
};

static void *sa_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	return walk_start(seq, pos, next_sa);
}

static void *sa_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return walk_next(seq, pos, next_sa);
}

static int sa_show(struct seq_file *seq, void *v)
{
	klips_text_sa(seq, v);
	return 0;
}

static const struct seq_operations sa_ops = {
	.start = sa_start,
	.next = sa_next,
	.stop = walk_stop,
	.show = sa_show,
};

static int group_show(struct seq_file *seq, void *v)
{
	klips_text_group(seq, v);
	return 0;
}

static const struct seq_operations group_ops = {
	.start = sa_start,
	.next = sa_next,
	.stop = walk_stop,
	.show = group_show,
};

static void *device_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	return walk_start(seq, pos, next_device);
}

static void *device_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return walk_next(seq, pos, next_device);
}

static int device_show(struct seq_file *seq, void *v)
{
	klips_text_device(seq, v);
	return 0;
}

static const struct seq_operations device_ops = {
	.start = device_start,
	.next = device_next,
	.stop = walk_stop,
	.show = device_show,
};

static int version_show(struct seq_file *seq, void *v)
{
	seq_puts(seq, "klips version: " KLIPS_VERSION "\n");
	return 0;
}

/* What a namespace has, may have, and how often it wanted more. */
static int limits_show(struct seq_file *seq, void *v)
{
	struct klips_net *kn = klips_net(seq_file_single_net(seq));
	struct klips_eroute_limits l;
	struct klips_frag_limits f;

	klips_eroute_limits(kn, &l);
	klips_frag_limits(kn, &f);
	seq_printf(seq, "eroutes: %u, max_eroutes %u, refused %lu\n", l.eroutes,
		   l.max_eroutes, READ_ONCE(kn->refused.eroutes));
	seq_printf(seq, "shapes: %u, max_shapes %u, refused %lu\n", l.shapes,
		   l.max_shapes, READ_ONCE(kn->refused.shapes));
	seq_printf(seq, "sas: %u, max_sas %u, refused %lu\n", READ_ONCE(kn->n_sas),
		   klips_sa_limit(), READ_ONCE(kn->refused.sas));
	seq_printf(seq, "datagrams in fragments: %u, frag_datagrams %u, KiB %u, frag_kbytes %u, refused %lu\n",
		   f.datagrams, f.max_datagrams, f.kbytes, f.max_kbytes, f.lost);
	return 0;
}

/* Holds, and what became of others. */
static int holds_show(struct seq_file *seq, void *v)
{
	struct klips_net *kn = klips_net(seq_file_single_net(seq));
	struct klips_hold_sums s;
	int i;

	klips_hold_sum(kn, &s);
	seq_printf(seq, "holds: %u, holds_max %u, of %u sources, %u wait for their turn\n", s.holds,
		   READ_ONCE(kn->hold_settings.holds_max), s.sources, s.waiting);
	seq_printf(seq, "bytes: %llu, holds_bytes_max %u\n", s.bytes,
		   READ_ONCE(kn->hold_settings.holds_bytes_max));
	for (i = 0; i < __KLIPS_HOLD_COUNT_MAX; i++)
		seq_printf(seq, "%s: %llu\n", klips_hold_count_name(i), s.counts[i]);
	return 0;
}

/* The first nine are those of KLIPS. */
static int debug_show(struct seq_file *seq, void *v)
{
	u32 flags = READ_ONCE(klips_net(seq_file_single_net(seq))->debug);
	int bit;

	for (bit = 0; bit < __KLIPS_DEBUG_MAX; bit++)
		seq_printf(seq, "debug_%s=%08x.\n", klips_debug_name(bit),
			   flags & BIT(bit) ? U32_MAX : 0);
	return 0;
}

static int xforms_show(struct seq_file *seq, void *v)
{
	unsigned int n, i;
	const struct klips_alg *algs = klips_algs(&n);

	for (i = 0; i < n; i++)
		klips_text_alg(seq, &algs[i]);
	return 0;
}

/* Drops of all ipsec devices by reason, both ways. */
static int drops_show(struct seq_file *seq, void *v)
{
	struct klips_net *kn = klips_net(seq_file_single_net(seq));
	u64 all[__KLIPS_DROP_MAX] = {};
	struct klips_dev_sums *sums;
	struct klips_dev *kd;
	int why;

	sums = kmalloc(sizeof(*sums), GFP_KERNEL);
	if (!sums)
		return -ENOMEM;
	rcu_read_lock();
	list_for_each_entry_rcu(kd, &kn->devices, list) {
		klips_dev_sum(kd, sums);
		for (why = 0; why < __KLIPS_DROP_MAX; why++)
			all[why] += sums->tx_drops[why] + sums->rx_drops[why];
	}
	rcu_read_unlock();
	kfree(sums);
	for (why = 0; why < __KLIPS_DROP_MAX; why++)
		seq_printf(seq, "%s %llu\n", klips_drop_name(why), all[why]);
	return 0;
}

static bool add_table(const char *name, struct proc_dir_entry *dir,
		      const struct seq_operations *ops)
{
	return proc_create_net_data(name, 0400, dir, ops, sizeof(struct walk), NULL);
}

static bool add_directory(struct net *net, const char *name,
			  struct proc_dir_entry *parent,
			  const struct seq_operations *ops)
{
	struct proc_dir_entry *dir = proc_net_mkdir(net, name, parent);

	return dir && add_table("all", dir, ops);
}

static bool add_stats(struct net *net, struct proc_dir_entry *parent)
{
	struct proc_dir_entry *dir = proc_net_mkdir(net, "stats", parent);

	return dir && proc_create_net_single("drops", 0400, dir, drops_show, NULL);
}

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "ipsec_eroute", "ipsec/eroute/all" },
	{ "ipsec_spi", "ipsec/spi/all" },
	{ "ipsec_spigrp", "ipsec/spigrp/all" },
	{ "ipsec_tncfg", "ipsec/tncfg" },
	{ "ipsec_version", "ipsec/version" },
	{ "ipsec_klipsdebug", "ipsec/klipsdebug" },
};

static bool add_links(struct net *net)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (!proc_symlink(links[i].name, net->proc_net, links[i].target))
			return false;
	return true;
}

int klips_proc_net_init(struct klips_net *kn)
{
	struct net *net = kn->net;
	struct proc_dir_entry *dir;

	if (!IS_ENABLED(CONFIG_PROC_FS))
		return 0;
	dir = proc_net_mkdir(net, "ipsec", net->proc_net);
	if (!dir)
		return -ENOMEM;
	if (add_directory(net, "eroute", dir, &eroute_ops) &&
	    add_directory(net, "spi", dir, &sa_ops) &&
	    add_directory(net, "spigrp", dir, &group_ops) &&
	    add_table("tncfg", dir, &device_ops) &&
	    proc_create_net_single("limits", 0400, dir, limits_show, NULL) &&
	    proc_create_net_single("holds", 0400, dir, holds_show, NULL) &&
	    proc_create_net_single("version", 0444, dir, version_show, NULL) &&
	    proc_create_net_single("klipsdebug", 0400, dir, debug_show, NULL) &&
	    proc_create_net_single("xforms", 0400, dir, xforms_show, NULL) &&
	    add_stats(net, dir) &&
	    add_links(net))
		return 0;
	klips_proc_net_exit(kn);
	return -ENOMEM;
}

void klips_proc_net_exit(struct klips_net *kn)
{
	struct net *net = kn->net;
	unsigned int i;

	/* Nothing is said about names that are not there (yet). */
	for (i = 0; i < ARRAY_SIZE(links); i++)
		remove_proc_subtree(links[i].name, net->proc_net);
	remove_proc_subtree("ipsec", net->proc_net);
}
