// SPDX-License-Identifier: GPL-2.0
/*
 * Lookups on one CPU while eroutes are replaced on another: never a miss, never a broader entry, never half of one. Under
 * the two that are replaced, one of a port and one of its networks, lies a broad %drop.
 */
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "selftest.h"

static unsigned int selftest_lookups = 100000;
module_param(selftest_lookups, uint, 0444);
MODULE_PARM_DESC(selftest_lookups, "Lookups of the self-test of replaced eroutes, at least (default: 100000)");

#define SELFTEST_BATCH 256		/* lookups between two rests */
#define SELFTEST_SEEN 100		/* replacements that lookups should have seen */
#define SELFTEST_PATIENCE 10		/* so many times the lookups, where CPUs take turns rather than run at once */

struct selftest_replace {
	struct klips_net *kn;
	struct klips_flow flow[2];	/* one meets the networks, one the port */
	unsigned int missed, broader, seen;
	u64 lookups;
	struct completion ended;
};

/* Entry @i has SPI 2 * i + 1 or 2 * i + 2, and a destination that goes with it. */
static struct klips_said selftest_said(int i, unsigned int turn)
{
	struct klips_said said = { .family = AF_INET, .proto = IPPROTO_ESP };

	said.spi = htonl(2 * i + 1 + (turn & 1));
	said.dst.v4 = said.spi;
	return said;
}

static struct klips_selector selftest_selector(int i)
{
	struct klips_selector sel = {
		.family = AF_INET, .src_plen = 24, .dst_plen = 24,
		.src.v4 = htonl(0x0a010000), .dst.v4 = htonl(0x0a020000),
	};

	if (i == 1) {
		sel.proto = IPPROTO_UDP;
		sel.dport = htons(7000);
		sel.dport_mask = htons(0xffff);
	} else if (i == 2) {
		sel.src_plen = 8;
		sel.dst_plen = 8;
		sel.src.v4 = htonl(0x0a000000);
		sel.dst.v4 = htonl(0x0a000000);
	}
	return sel;
}

static void selftest_look_up(struct selftest_replace *t, int i, u32 *last)
{
	struct klips_eroute *er = NULL;
	u32 spi;

	if (klips_eroute_find(t->kn, 0, &t->flow[i], &er) != KLIPS_OK) {
		t->missed++;
		return;
	}
	spi = ntohl(er->said.spi);
	if (er->target != KLIPS_TARGET_SA || er->said.dst.v4 != er->said.spi ||
	    (spi - 1) / 2 != i)
		t->broader++;
	t->seen += spi != *last;
	*last = spi;
}

static bool selftest_enough(const struct selftest_replace *t, u64 n)
{
	if (n < selftest_lookups)
		return false;
	return t->seen >= SELFTEST_SEEN || n >= (u64)SELFTEST_PATIENCE * selftest_lookups;
}

static int selftest_reader(void *data)
{
	struct selftest_replace *t = data;
	u32 last[2] = {};
	u64 n;

	for (n = 0; !selftest_enough(t, n); n++) {
		if (n % SELFTEST_BATCH == 0) {
			if (n)
				rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
		selftest_look_up(t, n & 1, &last[n & 1]);
	}
	if (n)
		rcu_read_unlock();
	t->lookups = n;
	complete(&t->ended);
	return 0;
}

static int selftest_put(struct klips_net *kn, int i, unsigned int turn)
{
	struct klips_selector sel = selftest_selector(i);
	struct klips_said said = selftest_said(i, turn);
	int err;

	mutex_lock(&kn->lock);
	err = klips_eroute_add(kn, &sel, i == 2 ? KLIPS_TARGET_DROP : KLIPS_TARGET_SA, &said, true);
	mutex_unlock(&kn->lock);
	return err;
}

static struct klips_flow selftest_flow(u16 dport)
{
	return (struct klips_flow){
		.family = AF_INET, .proto = IPPROTO_UDP, .sport = htons(5000), .dport = htons(dport),
		.src.v4 = htonl(0x0a010002), .dst.v4 = htonl(0x0a020002),
	};
}

/* The reader has a CPU of its own, where there are two. */
static struct task_struct *selftest_start(struct selftest_replace *t)
{
	struct task_struct *task = kthread_create(selftest_reader, t, "klips_selftest");
	unsigned int cpu;

	if (IS_ERR(task))
		return NULL;
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu < nr_cpu_ids)
		kthread_bind(task, cpu);
	wake_up_process(task);
	return task;
}

static const char *selftest_race(struct selftest_replace *t)
{
	unsigned int turn = 0;
	int err = 0;

	if (selftest_put(t->kn, 0, 0) || selftest_put(t->kn, 1, 0) || selftest_put(t->kn, 2, 0))
		return "no memory";
	if (!selftest_start(t))
		return "no thread";
	while (!try_wait_for_completion(&t->ended)) {
		turn++;
		err = err ?: selftest_put(t->kn, turn / 2 % 2, turn);
		cond_resched();
	}
	pr_info("klips selftest: replaced %u times under %llu lookups, which saw %u of them; %u missed, %u met another\n",
		turn, t->lookups, t->seen, t->missed, t->broader);
	if (err)
		return "a replacement was refused";
	if (t->missed)
		return "a lookup missed";
	return t->broader ? "a lookup met another entry" : NULL;
}

bool klips_selftest_eroute(void)
{
	struct selftest_replace t = { .flow = { selftest_flow(53), selftest_flow(7000) } };
	const char *why = "no memory";

	init_completion(&t.ended);
	t.kn = kzalloc(sizeof(*t.kn), GFP_KERNEL);
	if (t.kn) {
		mutex_init(&t.kn->lock);
		if (!klips_eroute_net_init(t.kn)) {
			why = selftest_race(&t);
			klips_eroute_net_exit(t.kn);
		}
	}
	/* Eroutes end after a grace period, the reader before it tells. */
	rcu_barrier();
	kfree(t.kn);
	if (why)
		klips_selftest_fail("replaced eroutes", why);
	else
		klips_selftest_ok("replaced eroutes");
	return !why;
}
