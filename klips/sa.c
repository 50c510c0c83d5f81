// SPDX-License-Identifier: GPL-2.0
/* The SADB: a hash by SAID, read without locks, changed under kn->lock. */
#include <linux/inetdevice.h>
#include <linux/ipsec.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/pfkeyv2.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "alg.h"
#include "events.h"
#include "keepalive.h"
#include "life.h"
#include "net.h"
#include "parallel.h"
#include "sa.h"
#include "sa_move.h"
#include "transform.h"

static struct workqueue_struct *sa_wq;

static unsigned int max_sas = 262144;
module_param(max_sas, uint, 0644);
MODULE_PARM_DESC(max_sas, "SAs in a network namespace (default: 262144)");

static const struct rhashtable_params sa_params = {
	.key_len = sizeof(struct klips_said),
	.key_offset = offsetof(struct klips_sa, said),
	.head_offset = offsetof(struct klips_sa, node),
	.automatic_shrinking = true,
};

struct klips_sa *klips_sa_lookup(struct klips_net *kn,
				 const struct klips_said *said)
{
	return rhashtable_lookup_fast(&kn->sas, said, sa_params);
}

static const struct rhashtable_params tunnel_params = {
	.key_len = sizeof_field(struct klips_sa, wire),
	.key_offset = offsetof(struct klips_sa, wire),
	.head_offset = offsetof(struct klips_sa, by_address),
	.automatic_shrinking = true,
};

bool klips_sa_is_by_address(const struct klips_sa *sa)
{
	const struct klips_transform *tf = sa->transform;

	return tf && (!tf->has_spi || (tf->may_skip && sa->mode == IPSEC_MODE_TUNNEL));
}

static int address_insert(struct klips_net *kn, struct klips_sa *sa)
{
	if (!klips_sa_is_by_address(sa))
		return 0;
	return rhltable_insert(&kn->tunnels, &sa->by_address, tunnel_params);
}

static void address_remove(struct klips_net *kn, struct klips_sa *sa)
{
	if (klips_sa_is_by_address(sa))
		rhltable_remove(&kn->tunnels, &sa->by_address, tunnel_params);
}

struct klips_sa *klips_sa_by_address(struct klips_net *kn, u8 family,
				     const union klips_addr *src,
				     const union klips_addr *dst)
{
	typeof_member(struct klips_sa, wire) key = {};
	struct klips_sa *sa, *inside = NULL;
	struct rhlist_head *list, *pos;

	key.src = *src;
	key.dst = *dst;
	key.family = family;
	list = rhltable_lookup(&kn->tunnels, &key, tunnel_params);
	rhl_for_each_entry_rcu(sa, pos, list, by_address) {
		if (!klips_sa_outer(sa))
			return sa;
		inside = sa;
	}
	return inside;
}

struct klips_sa *klips_sa_next(struct klips_net *kn, unsigned long *id)
{
	return xa_find_after(&kn->sa_ids, id, ULONG_MAX, XA_PRESENT);
}

static void sa_free(struct klips_sa *sa)
{
	if (sa->transform)
		sa->transform->destroy(sa);
	klips_parallel_free(sa);
	dst_cache_destroy(&sa->route);
	free_percpu(sa->stats);
	kfree(rcu_dereference_protected(sa->selectors, true));
	kfree_sensitive(sa);
}

static void sa_free_work(struct work_struct *work)
{
	sa_free(container_of(to_rcu_work(work), struct klips_sa, free_work));
}

bool klips_sa_get(struct klips_sa *sa)
{
	return refcount_inc_not_zero(&sa->refs);
}

/*
 * Three kinds of holder exist: the table (until sa_unlink), packets inside crypto
 * (until their completion, which always comes), and queued work (until it ran or was
 * cancelled). None of them can take a new reference once the table has let go, except through
 * klips_sa_get(), which fails at zero; readers that found the SA under RCU are waited for by the grace
 * period. Then no one is left, and process context frees what may sleep.
 */
void klips_sa_put(struct klips_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		queue_rcu_work(sa_wq, &sa->free_work);
}

void klips_sa_queue(struct klips_sa *sa, struct delayed_work *work, unsigned long delay)
{
	if (!klips_sa_get(sa))
		return;
	/* It was queued already, with a reference. */
	if (mod_delayed_work(sa_wq, work, delay))
		klips_sa_put(sa);
}

static struct klips_sa *sa_alloc(struct klips_net *kn,
				 const struct klips_said *said,
				 const union klips_addr *src, u32 window, bool esn)
{
	struct klips_sa *sa = kzalloc(struct_size(sa, replay.ring,
						  klips_replay_words(window)),
				      GFP_KERNEL_ACCOUNT);

	if (!sa)
		return NULL;
	sa->said = *said;
	sa->src = *src;
	sa->dst = said->dst;
	sa->family = said->family;
	sa->kn = kn;
	sa->state = KLIPS_SA_LARVAL;
	sa->mode = IPSEC_MODE_TUNNEL;
	refcount_set(&sa->refs, 1);
	spin_lock_init(&sa->replay_lock);
	klips_replay_init(&sa->replay, window, esn);
	sa->seq_last = esn ? U64_MAX : U32_MAX;
	INIT_RCU_WORK(&sa->free_work, sa_free_work);
	klips_larval_init(&sa->larval);
	klips_life_init(sa);
	klips_keepalive_init(sa);
	sa->stats = alloc_percpu_gfp(struct klips_counter, GFP_KERNEL_ACCOUNT);
	if (!sa->stats)
		goto err_free;
	if (dst_cache_init(&sa->route, GFP_KERNEL_ACCOUNT))
		goto err_free_stats;
	return sa;

err_free_stats:
	free_percpu(sa->stats);
err_free:
	kfree(sa);
	return NULL;
}

/* An error may come after a reader has found it: klips_sa_put() is how it ends then, too. */
static int sa_insert(struct klips_net *kn, struct klips_sa *sa)
{
	static const struct xa_limit ids = XA_LIMIT(1, U32_MAX);
	int err;

	if (kn->n_sas >= READ_ONCE(max_sas)) {
		kn->refused.sas++;
		return -ENOSPC;
	}
	/* Only what is in the hash is shown: nobody may see an SA that ends in an error. */
	err = xa_alloc_cyclic(&kn->sa_ids, &sa->id, NULL, ids, &kn->next_sa,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	err = rhashtable_insert_fast(&kn->sas, &sa->node, sa_params);
	if (err)
		goto err_id;
	err = address_insert(kn, sa);
	if (err)
		goto err_sa;
	xa_store(&kn->sa_ids, sa->id, sa, GFP_KERNEL_ACCOUNT);
	kn->n_sas++;
	klips_event_sa_add(sa);
	return 0;

err_sa:
	rhashtable_remove_fast(&kn->sas, &sa->node, sa_params);
err_id:
	xa_erase(&kn->sa_ids, sa->id);
	return err;
}

static void sa_unlink_one(struct klips_net *kn, struct klips_sa *sa)
{
	address_remove(kn, sa);
	klips_sa_unplace(kn, sa);
	rhashtable_remove_fast(&kn->sas, &sa->node, sa_params);
	xa_erase(&kn->sa_ids, sa->id);
	kn->n_sas--;
	klips_event_sa_del(sa);
	if (sa->state == KLIPS_SA_LARVAL)
		klips_larval_end(sa, NULL);
	WRITE_ONCE(sa->state, KLIPS_SA_DEAD);
	klips_life_stop(sa);
	klips_keepalive_stop(sa);
	klips_sa_put(sa);
}

/* The others of its group go too: alone, they would protect less than was asked for. */
static void sa_unlink(struct klips_net *kn, struct klips_sa *sa)
{
	struct klips_sa *members[KLIPS_GROUP_MAX];
	unsigned int n = klips_group_dissolve(sa, members);

	if (!n)
		sa_unlink_one(kn, sa);
	while (n--)
		sa_unlink_one(kn, members[n]);
}

static bool addr_is_unicast(u8 family, const union klips_addr *addr)
{
	if (family == AF_INET)
		return addr->v4 && !ipv4_is_multicast(addr->v4) &&
		       !ipv4_is_lbcast(addr->v4);
	return ipv6_addr_type((const struct in6_addr *)addr) & IPV6_ADDR_UNICAST;
}

static int identity_check(const struct klips_said *said,
			  const union klips_addr *src)
{
	/* RFC 4303 2.1: 1 to 255 are reserved, 0 never goes out. */
	if (ntohl(said->spi) < 256)
		return -EINVAL;
	if (said->family != AF_INET && said->family != AF_INET6)
		return -EINVAL;
	if (!addr_is_unicast(said->family, &said->dst) ||
	    !addr_is_unicast(said->family, src))
		return -EINVAL;
	/* RFC 3173 3.3: a CPI has 16 bits. */
	if (said->proto == IPPROTO_COMP && ntohl(said->spi) > U16_MAX)
		return -EINVAL;
	return klips_transform_find(said->proto) ? 0 : -EPROTONOSUPPORT;
}

static int encap_check(const struct klips_sa_def *def)
{
	const struct klips_encap *encap = &def->encap;

	if (!encap->type)
		return encap->oa_set || encap->keepalive || encap->sport || encap->dport ?
		       -EINVAL : 0;
	if (def->said.proto != IPPROTO_ESP || !encap->sport || !encap->dport)
		return -EINVAL;
	if (encap->oa_set && def->mode != IPSEC_MODE_TRANSPORT)
		return -EINVAL;
	return encap->type == UDP_ENCAP_ESPINUDP ? 0 : -EOPNOTSUPP;
}

static int def_check(const struct klips_sa_def *def)
{
	int err = identity_check(&def->said, &def->src);

	if (!err)
		err = encap_check(def);
	if (err)
		return err;
	if (def->window > KLIPS_REPLAY_MAX_WINDOW)
		return -EINVAL;
	if ((def->window || def->esn) && !klips_transform_find(def->said.proto)->numbered)
		return -EINVAL;
	if (def->moved && !addr_is_unicast(def->said.family, &def->dst))
		return -EINVAL;
	switch (def->mode) {
	case IPSEC_MODE_ANY:
	case IPSEC_MODE_TUNNEL:
	case IPSEC_MODE_TRANSPORT:
		return 0;
	default:
		return -EINVAL;
	}
}

/* A mature SA that is not in the table yet. */
static struct klips_sa *sa_make(struct klips_net *kn,
				const struct klips_sa_def *def)
{
	struct klips_sa *sa = sa_alloc(kn, &def->said, &def->src, def->window,
				       def->esn);
	const struct klips_transform *tf;
	int err;

	if (!sa)
		return ERR_PTR(-ENOMEM);
	if (def->mode == IPSEC_MODE_TRANSPORT)
		sa->mode = IPSEC_MODE_TRANSPORT;
	sa->flags = def->flags;
	sa->encap = def->encap;
	tf = klips_transform_find(def->said.proto);
	err = tf->init(sa, def);
	klips_debug(kn, KLIPS_DEBUG(XFORM), "xform: SPI 0x%x, cipher %u, hash %u: %s, %d",
		    ntohl(def->said.spi), def->ealg, def->aalg,
		    sa->alg ? sa->alg->name : "none", err);
	if (err) {
		sa_free(sa);
		return ERR_PTR(err);
	}
	sa->transform = tf;
	sa->reqid = def->reqid;
	sa->device = def->device;
	sa->soft = def->soft;
	sa->hard = def->hard;
	sa->added = ktime_get_seconds();
	sa->state = KLIPS_SA_MATURE;
	return sa;
}

int klips_sa_add(struct klips_net *kn, const struct klips_sa_def *def)
{
	struct klips_sa *sa;
	int err;

	lockdep_assert_held(&kn->lock);
	err = def_check(def);
	if (err)
		return err;
	if (klips_sa_lookup(kn, &def->said))
		return -EEXIST;
	sa = sa_make(kn, def);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	err = sa_insert(kn, sa);
	if (err) {
		klips_sa_put(sa);
		return err;
	}
	klips_life_start(sa);
	klips_keepalive_start(sa);
	return 0;
}

/* Puts a mature SA into the place of the larval one that GETSPI made. */
static int sa_mature(struct klips_net *kn, struct klips_sa *larval,
		     const struct klips_sa_def *def)
{
	struct klips_sa *sa = sa_make(kn, def);
	struct klips_selectors *selectors;
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	sa->id = larval->id;
	/* Those that it was given already hold from the first packet on. */
	selectors = rcu_dereference_protected(larval->selectors,
					      lockdep_is_held(&kn->lock));
	RCU_INIT_POINTER(sa->selectors, selectors);
	err = address_insert(kn, sa);
	if (err)
		goto err_sa;
	err = rhashtable_replace_fast(&kn->sas, &larval->node, &sa->node, sa_params);
	if (err)
		goto err_address;
	xa_store(&kn->sa_ids, sa->id, sa, GFP_KERNEL_ACCOUNT);
	RCU_INIT_POINTER(larval->selectors, NULL);
	klips_event_sa_add(sa);
	klips_life_stop(larval);
	klips_life_start(sa);
	klips_keepalive_start(sa);
	klips_larval_end(larval, sa);
	klips_sa_put(larval);
	return 0;

err_address:
	address_remove(kn, sa);
err_sa:
	RCU_INIT_POINTER(sa->selectors, NULL);
	klips_sa_put(sa);
	return err;
}

int klips_sa_update(struct klips_net *kn, const struct klips_sa_def *def)
{
	struct klips_sa *sa;
	int err;

	lockdep_assert_held(&kn->lock);
	err = def_check(def);
	if (err)
		return err;
	sa = klips_sa_lookup(kn, &def->said);
	if (!sa)
		return -ESRCH;
	if (sa->state == KLIPS_SA_LARVAL)
		return def->moved ? -EINVAL : sa_mature(kn, sa, def);
	if (def->ekey || def->akey || !klips_sa_may_change(sa, def))
		return -EINVAL;
	err = klips_sa_move(kn, sa, def);
	if (err)
		return err;
	klips_keepalive_start(sa);
	sa->soft = def->soft;
	sa->hard = def->hard;
	klips_life_start(sa);
	return 0;
}

/* XFRM may share the namespace: an SPI must not name an SA in both. */
static bool spi_is_free(struct klips_net *kn, const struct klips_said *said)
{
	struct xfrm_state *x;

	if (klips_sa_arrived(kn, said))
		return false;
	x = xfrm_state_lookup(kn->net, 0, (const xfrm_address_t *)&said->dst,
			      said->spi, said->proto, said->family);
	if (!x)
		return true;
	xfrm_state_put(x);
	return false;
}

int klips_sa_getspi(struct klips_net *kn, struct klips_said *said,
		    const union klips_addr *src, u32 min, u32 max)
{
	struct klips_sa *sa;
	u32 span, first, i;
	int err;

	lockdep_assert_held(&kn->lock);
	said->spi = htonl(min);
	err = identity_check(said, src);
	if (!err && max < min)
		err = -EINVAL;
	if (err)
		return err;
	span = max - min;
	first = span == U32_MAX ? get_random_u32() : get_random_u32() % (span + 1);
	for (i = 0; i <= min_t(u32, span, 1 << 16); i++) {
		said->spi = htonl(min + (u32)(((u64)first + i) % ((u64)span + 1)));
		if (spi_is_free(kn, said))
			break;
		said->spi = 0;
	}
	if (!said->spi)
		return -EEXIST;
	sa = sa_alloc(kn, said, src, 0, false);
	if (!sa)
		return -ENOMEM;
	err = sa_insert(kn, sa);
	if (err) {
		klips_larval_end(sa, NULL);
		klips_sa_put(sa);
		return err;
	}
	klips_life_start(sa);
	return 0;
}

int klips_sa_delete(struct klips_net *kn, const struct klips_said *said)
{
	struct klips_sa *sa;

	lockdep_assert_held(&kn->lock);
	sa = klips_sa_lookup(kn, said);
	if (!sa)
		return -ESRCH;
	sa_unlink(kn, sa);
	return 0;
}

void klips_sa_flush(struct klips_net *kn, u8 proto)
{
	struct klips_sa *sa;
	unsigned long id;

	lockdep_assert_held(&kn->lock);
	xa_for_each(&kn->sa_ids, id, sa) {
		if (!proto || sa->said.proto == proto)
			sa_unlink(kn, sa);
		cond_resched();
	}
}

enum klips_drop klips_sa_usable(struct klips_sa *sa)
{
	u8 state = READ_ONCE(sa->state);

	if (state != KLIPS_SA_MATURE && state != KLIPS_SA_DYING)
		return KLIPS_DROP_SA_STATE;
	return klips_life_allows(sa) ? KLIPS_OK : KLIPS_DROP_SA_EXPIRED;
}

void klips_sa_used(struct klips_sa *sa, unsigned int bytes)
{
	time64_t now = ktime_get_seconds();

	klips_counter_add(sa->stats, bytes);
	if (sa->used_last != now)
		WRITE_ONCE(sa->used_last, now);
	if (unlikely(!sa->used_first)) {
		WRITE_ONCE(sa->used_first, now);
		klips_life_used(sa);
	}
}

bool klips_sa_inbound(const struct klips_sa *sa)
{
	if (sa->said.family == AF_INET)
		return inet_addr_type(sa->kn->net, sa->dst.v4) == RTN_LOCAL;
	return ipv6_chk_addr(sa->kn->net, (const struct in6_addr *)&sa->dst,
			     NULL, 0);
}

unsigned int klips_sa_limit(void)
{
	return READ_ONCE(max_sas);
}

int klips_sa_net_init(struct klips_net *kn)
{
	int err = rhashtable_init(&kn->sas, &sa_params);

	if (err)
		return err;
	err = klips_moved_init(kn);
	if (err)
		goto err_sas;
	err = rhltable_init(&kn->tunnels, &tunnel_params);
	if (err)
		goto err_moved;
	xa_init_flags(&kn->sa_ids, XA_FLAGS_ALLOC1);
	return 0;

err_moved:
	klips_moved_exit(kn);
err_sas:
	rhashtable_destroy(&kn->sas);
	return err;
}

/* No packet, no socket and no device of the namespace is left. */
void klips_sa_net_exit(struct klips_net *kn)
{
	mutex_lock(&kn->lock);
	klips_sa_flush(kn, 0);
	mutex_unlock(&kn->lock);
	/* Lifetime work uses kn: its last run must be over. */
	flush_workqueue(sa_wq);
	rhltable_destroy(&kn->tunnels);
	klips_moved_exit(kn);
	rhashtable_destroy(&kn->sas);
	xa_destroy(&kn->sa_ids);
}

/*
 * An SA is freed by work that a grace period queues, and it may have a route until then: that must be given
 * back while the namespace's IPv6 can still take it.
 */
void klips_sa_net_exit_batch(void)
{
	rcu_barrier();
	flush_workqueue(sa_wq);
}

int klips_sa_init(void)
{
	sa_wq = alloc_workqueue("klips", WQ_UNBOUND, 0);
	return sa_wq ? 0 : -ENOMEM;
}

/* Everything is unlinked; what is left are grace periods and the work behind them. */
void klips_sa_exit(void)
{
	rcu_barrier();
	destroy_workqueue(sa_wq);
}
