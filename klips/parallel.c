// SPDX-License-Identifier: GPL-2.0
/*
 * Every packet gets a ticket of its SA, waits at one CPU after the other for its crypto, and then in
 * the slot of its ticket until those before it are through. One work item per SA, always on the same CPU,
 * takes them out, so that neither our queues nor those behind us can change their order.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "parallel.h"
#include "sa.h"
#include "transform.h"

#define WINDOW 256			/* packets of one SA under way: a power of two */
#define BACKLOG 1024			/* packets that wait for one CPU */

struct klips_order {
	struct klips_sa *sa;
	struct work_struct work;	/* holds a reference on sa while it is queued */
	int cpu;
	spinlock_t lock;		/* protects what follows */
	u16 next;			/* ticket of the next packet that starts */
	u16 first;			/* ticket of the next packet that ends */
	void (*end)(struct sk_buff *skb, enum klips_drop why);
	struct sk_buff *done[WINDOW];
};

struct worker {
	struct sk_buff_head queue;
	struct work_struct work;
};

static DEFINE_PER_CPU(struct worker, workers);
static DEFINE_PER_CPU(unsigned int, last_cpu);
static struct workqueue_struct *parallel_wq;

/* In pass->tmp while a packet waits for its CPU: nothing else uses it then. */
typedef void (*work_fn)(struct sk_buff *skb);

static struct sk_buff *order_next(struct klips_order *order)
{
	struct sk_buff *skb;

	spin_lock_bh(&order->lock);
	skb = order->done[order->first % WINDOW];
	if (skb) {
		order->done[order->first % WINDOW] = NULL;
		order->first++;
	}
	spin_unlock_bh(&order->lock);
	return skb;
}

static void order_work(struct work_struct *work)
{
	struct klips_order *order = container_of(work, struct klips_order, work);
	struct klips_sa *sa = order->sa;
	struct sk_buff *skb;

	while ((skb = order_next(order))) {
		local_bh_disable();
		klips_pass(skb)->ticketed = false;
		order->end(skb, klips_pass(skb)->why);
		local_bh_enable();
		cond_resched();
	}
	klips_sa_put(sa);
}

static struct klips_order *order_alloc(struct klips_sa *sa)
{
	struct klips_order *order = kzalloc(sizeof(*order), GFP_ATOMIC | __GFP_ACCOUNT), *other;

	if (!order)
		return NULL;
	order->sa = sa;
	INIT_WORK(&order->work, order_work);
	spin_lock_init(&order->lock);
	order->cpu = cpumask_local_spread(sa->id % num_online_cpus(), NUMA_NO_NODE);
	other = cmpxchg(&sa->order, NULL, order);
	if (!other)
		return order;
	kfree(order);
	return other;
}

static bool take_ticket(struct klips_order *order, u16 *ticket)
{
	bool ok;

	spin_lock_bh(&order->lock);
	ok = (u16)(order->next - order->first) < WINDOW;
	if (ok)
		*ticket = order->next++;
	spin_unlock_bh(&order->lock);
	return ok;
}

static void worker_work(struct work_struct *work)
{
	struct worker *worker = container_of(work, struct worker, work);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&worker->queue))) {
		work_fn fn = klips_pass(skb)->tmp;

		klips_pass(skb)->tmp = NULL;
		local_bh_disable();
		rcu_read_lock();
		fn(skb);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
}

static int next_cpu(void)
{
	int cpu = cpumask_next(__this_cpu_read(last_cpu), cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	__this_cpu_write(last_cpu, cpu);
	return cpu;
}

enum klips_drop klips_parallel_start(struct sk_buff *skb, work_fn fn)
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	struct klips_order *order = READ_ONCE(sa->order) ?: order_alloc(sa);
	struct worker *worker;
	int cpu = next_cpu();

	if (!order)
		return KLIPS_DROP_NO_MEMORY;
	if (!take_ticket(order, &klips_pass(skb)->ticket))
		return KLIPS_DROP_BUSY;
	klips_pass(skb)->ticketed = true;
	worker = per_cpu_ptr(&workers, cpu);
	if (skb_queue_len_lockless(&worker->queue) >= BACKLOG) {
		/* Its turn comes all the same: only the crypto is done here. */
		fn(skb);
		return KLIPS_OK;
	}
	klips_pass(skb)->tmp = fn;
	skb_queue_tail(&worker->queue, skb);
	queue_work_on(cpu, parallel_wq, &worker->work);
	return KLIPS_OK;
}

void klips_parallel_done(struct sk_buff *skb, enum klips_drop why,
			 void (*end)(struct sk_buff *skb, enum klips_drop why))
{
	struct klips_sa *sa = klips_pass(skb)->sa;
	struct klips_order *order = sa->order;
	bool turn;

	klips_pass(skb)->why = why;
	/* For the work: it cannot fail, the packet has one too. Before the packet can be taken out. */
	klips_sa_get(sa);
	spin_lock_bh(&order->lock);
	order->end = end;
	turn = klips_pass(skb)->ticket == order->first;
	order->done[klips_pass(skb)->ticket % WINDOW] = skb;
	spin_unlock_bh(&order->lock);
	if (!turn || !queue_work_on(order->cpu, parallel_wq, &order->work))
		klips_sa_put(sa);
}

void klips_parallel_free(struct klips_sa *sa)
{
	kfree(sa->order);
}

int klips_parallel_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct worker *worker = per_cpu_ptr(&workers, cpu);

		skb_queue_head_init(&worker->queue);
		INIT_WORK(&worker->work, worker_work);
	}
	parallel_wq = alloc_workqueue("klips-crypt", WQ_PERCPU | WQ_CPU_INTENSIVE | WQ_MEM_RECLAIM, 0);
	return parallel_wq ? 0 : -ENOMEM;
}

/* Devices are gone, and with them every packet that held one. */
void klips_parallel_exit(void)
{
	destroy_workqueue(parallel_wq);
}
