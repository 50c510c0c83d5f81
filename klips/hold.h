/* SPDX-License-Identifier: GPL-2.0 */
/*
 * %trap, %trapsubnet and %hold: packets wait for an eroute that lets them go.
 *
 *	(none) --packet meets a trap--> HELD --an eroute changes--> DRAINING --all are gone--> (none)
 *	                                 | ^                           |
 *	                         refused | | packet                    | some still meet the trap
 *	                                 v |                           v
 *	                        REFUSED --time--> IDLE                HELD
 *
 * A hold is the child of the eroute that made it: of a trap for one pair of hosts, with the protocol
 * and the ports that the trap names, of %trapsubnet and %hold for all that the eroute is for.
 */
#ifndef KLIPS_HOLD_H
#define KLIPS_HOLD_H

#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include <klips/types.h>

#include "budget.h"
#include "selector.h"

struct klips_dev;
struct klips_eroute;
struct klips_net;

/* Settings of a namespace, net.klips.* (sysctl.c). */
struct klips_hold_settings {
	unsigned int hold_packets;	/* of one hold */
	unsigned int hold_bytes;	/* of one hold, memory that packets take */
	unsigned int holds_max;
	unsigned int holds_bytes_max;
	unsigned int hold_expire;	/* seconds */
	unsigned int acquire_rate;	/* a second */
	unsigned int acquire_burst;
};

/* The holds of a namespace. From its first trap on, until it ends. */
struct klips_holds {
	struct klips_net *kn;
	struct rhashtable table;	/* by selector, with the device always named */
	spinlock_t lock;		/* lists, budget, next_id; never taken inside a hold's lock */
	struct list_head list;		/* oldest first; read under RCU */
	struct list_head subnets;	/* those that are not for one pair of hosts; the same */
	struct klips_budget budget;
	struct delayed_work turns;	/* the next ACQUIRE that waits for its turn */
	atomic_t draining;
	atomic_t draining_subnets;	/* of these */
	atomic_long_t bytes;		/* that packets in all queues take */
	atomic_t next_seq;
	u64 next_id;
	atomic_long_t counts[__KLIPS_HOLD_COUNT_MAX];
};

/*
 * One hold. Who may still have it: the table and the list, until it is DEAD; its work, for as long as
 * it is queued or runs; readers of either for a grace period. refs counts the first two.
 */
struct klips_hold {
	struct rhash_head node;
	struct klips_selector sel;	/* what it holds */
	struct klips_holds *hs;
	struct klips_dev *kd;		/* with a reference on its device */
	u64 id;				/* order of birth, from 1 */
	refcount_t refs;
	struct list_head list;
	struct list_head subnet;	/* in hs->subnets, if it is one of them */
	struct klips_budget_item budget;
	struct delayed_work work;	/* asks again, expires, drains */

	enum klips_target target;	/* of the eroute that made it, with this selector */
	struct klips_selector parent;
	struct klips_flow flow;		/* of the packet that made it */

	spinlock_t lock;		/* all below */
	enum klips_hold_state state;
	struct sk_buff_head queue;	/* the first packet, and the newest others */
	unsigned int datagrams;		/* in the queue; fragments of one count as one */
	unsigned int bytes;		/* that they take */
	u64 met;			/* packets that came to it */
	u32 seq;			/* of its ACQUIRE */
	unsigned int asked;		/* ACQUIREs since it was made, or asks anew */
	unsigned int refusals;
	u64 since;			/* jiffies: made, or asks anew */
	struct rcu_head rcu;
};

int klips_hold_init(void);
void klips_hold_exit(void);

/* Gives @kn what holds need, before its first trap. kn->lock held; 0 or -ENOMEM. */
int klips_hold_start(struct klips_net *kn);

/* No device and no packet is left. */
void klips_hold_net_exit(struct klips_net *kn);

static inline bool klips_hold_is_target(enum klips_target target)
{
	return target == KLIPS_TARGET_HOLD || target == KLIPS_TARGET_TRAP ||
	       target == KLIPS_TARGET_TRAPSUBNET;
}

/* A packet met @er, which is klips_hold_is_target(). Takes @skb. RCU read lock held, BH off. */
void klips_hold(struct klips_dev *kd, struct sk_buff *skb, struct klips_eroute *er,
		const struct klips_flow *flow);

/* Whether packets are on their way out of holds of @kn: others of their flows go behind them. */
bool klips_hold_draining(const struct klips_net *kn);

/* Where a hold of @flow drains, takes @skb and puts it at its end; else false. As klips_hold(). */
bool klips_hold_join(struct klips_dev *kd, struct sk_buff *skb, const struct klips_flow *flow);

/* Whether a packet of @h that now meets @er stays where it is. RCU read lock held. */
bool klips_hold_keeps(const struct klips_hold *h, const struct klips_eroute *er,
		      const struct klips_flow *flow);

/* An eroute with the selector @sel (NULL: any) came, changed or went. kn->lock held. */
void klips_hold_changed(struct klips_net *kn, const struct klips_selector *sel);

/* @kd is down, or going: its holds end, and so do their packets. Process context. */
void klips_hold_device_end(struct klips_dev *kd);

/* The key daemon's no to ACQUIRE @seq: 0, or -ESRCH where no hold waits for its answer. */
int klips_hold_refuse(struct klips_net *kn, u32 seq);

/* Whether %trapsubnet or %hold @er holds packets: it is shown as %hold. RCU read lock held. */
bool klips_hold_under(struct klips_net *kn, const struct klips_eroute *er);

/* The first hold with an id above @id, or NULL. RCU read lock held. */
struct klips_hold *klips_hold_next(struct klips_net *kn, u64 id);

/* Whether "ipsec eroute" has a line for @h: of others it shows the eroute that made them. */
bool klips_hold_is_eroute(const struct klips_hold *h);

/* A hold at one moment, for eyes. */
struct klips_hold_view {
	enum klips_hold_state state;
	unsigned int packets;		/* in its queue */
	unsigned int bytes;
	u64 met;
	u32 seq;
	unsigned int asked;
	u64 age_ms;
};

void klips_hold_look(struct klips_hold *h, struct klips_hold_view *view);

/* All holds of a namespace, and what became of others. */
struct klips_hold_sums {
	unsigned int holds, sources, waiting;
	u64 bytes;
	u64 counts[__KLIPS_HOLD_COUNT_MAX];
};

/* Zeros where there never was a trap. */
void klips_hold_sum(struct klips_net *kn, struct klips_hold_sums *sums);

/* Names of the counters, and of the states. */
const char *klips_hold_count_name(enum klips_hold_count count);
const char *klips_hold_state_name(enum klips_hold_state state);

/* hold_ask.c: the questions. */

/* @h wants an answer, and asks when it is its turn. Any context; no lock held. */
void klips_hold_ask(struct klips_hold *h);

/* Seconds until @h asks again, by how often it has. */
unsigned int klips_hold_again(const struct klips_hold *h);

/* Whether a tunnel is asked for to where @flow goes; @skb: the packet, for its route. */
bool klips_hold_askable(const struct klips_flow *flow, const struct sk_buff *skb);

void klips_hold_turns(struct work_struct *work);

/* Between the files of the hold. */

/* hold.c: a reference more, one less; work in a workqueue of ours. */
void klips_hold_get(struct klips_hold *h);
void klips_hold_put(struct klips_hold *h);
void klips_hold_later(struct delayed_work *work, unsigned long delay);
void klips_hold_count(struct klips_holds *hs, enum klips_hold_count count);

/* The hold with this very selector, or NULL. RCU read lock held. */
struct klips_hold *klips_hold_find(struct klips_holds *hs, const struct klips_selector *key);

/* That of one pair of hosts, with as much of protocol and ports. */
void klips_hold_pair_key(struct klips_selector *key, u32 device, const struct klips_flow *flow,
			 bool proto, bool ports);

/* Its work, in @delay jiffies and not before. h->lock held, and it is not DEAD: nothing is queued after that. */
void klips_hold_schedule(struct klips_hold *h, unsigned long delay);

/*
 * Out of the table: packets make a new one. h->lock held; false: it was DEAD before. Who made it DEAD
 * calls klips_hold_forget() when it has let go of the lock.
 */
bool klips_hold_die(struct klips_hold *h);
void klips_hold_forget(struct klips_hold *h);

/* Ends it: what it holds is dropped for @why, and @count one more. */
void klips_hold_end(struct klips_hold *h, enum klips_drop why, enum klips_hold_count count);

static inline bool klips_hold_is_subnet(const struct klips_hold *h)
{
	return h->target != KLIPS_TARGET_TRAP;
}

static inline bool klips_hold_asks(const struct klips_hold *h)
{
	return h->target != KLIPS_TARGET_HOLD;
}

/* hold_drain.c: lets it go, h->lock held; sends what it holds, if it was let go. */
void klips_hold_release(struct klips_hold *h);
void klips_hold_drain(struct klips_hold *h);

/* hold_queue.c: the queue of @h, h->lock held. */

/* Puts @skb in its place; what it pushes out goes to @out. KLIPS_OK or KLIPS_DROP_HOLD_FULL. */
enum klips_drop klips_hold_queue_take(struct klips_hold *h, struct sk_buff *skb,
				      const struct klips_flow *flow, struct sk_buff_head *out);
/* At the end, whatever the limits. */
void klips_hold_queue_add(struct klips_hold *h, struct sk_buff *skb);
struct sk_buff *klips_hold_queue_first(struct klips_hold *h);
void klips_hold_queue_empty(struct klips_hold *h, struct sk_buff_head *out);

/* Of a packet of a queue: klips_flow.largest, which is only known when it comes. */
unsigned int klips_hold_largest(const struct sk_buff *skb);

/* Drops packets that were queued. No lock held. */
void klips_hold_drop_all(struct klips_dev *kd, struct sk_buff_head *queue, enum klips_drop why);

#endif
