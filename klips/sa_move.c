// SPDX-License-Identifier: GPL-2.0
/* SAs whose ends move (NAT, MOBIKE): their SAIDs stay, and a second hash finds them where they are. */
#include <linux/ipsec.h>

#include "alg.h"
#include "net.h"
#include "sa_move.h"

static const struct rhashtable_params moved_params = {
	.key_len = sizeof(struct klips_said),
	.key_offset = offsetof(struct klips_sa, at),
	.head_offset = offsetof(struct klips_sa, by_place),
	.automatic_shrinking = true,
};

struct klips_sa *klips_sa_arrived(struct klips_net *kn, const struct klips_said *said)
{
	struct klips_sa *sa = klips_sa_lookup(kn, said);

	return sa ?: rhashtable_lookup_fast(&kn->moved, said, moved_params);
}

static bool is_moved(const struct klips_sa *sa, const struct klips_sa_def *def)
{
	return memcmp(&def->src, &sa->src, sizeof(sa->src)) || def->moved;
}

/* The others of a group are told their addresses by it, and so is who finds it by them. */
static bool may_move(const struct klips_sa *sa)
{
	return !klips_sa_is_by_address(sa) && (sa->encap.type || !rcu_access_pointer(sa->group));
}

/* Into UDP, or out of it. Room for a packet was made before: esp_min() must not change. */
static bool may_wrap(const struct klips_sa *sa, const struct klips_sa_def *def)
{
	return sa->encap.type == def->encap.type ||
	       (sa->said.family == AF_INET && sa->mode == IPSEC_MODE_TUNNEL && may_move(sa));
}

bool klips_sa_may_change(const struct klips_sa *sa, const struct klips_sa_def *def)
{
	return (!is_moved(sa, def) || may_move(sa)) &&
	       (!def->encap_set || may_wrap(sa, def)) &&
	       (!def->encap.oa_set || sa->encap.oa_set) &&
	       (!def->flags || def->flags == sa->flags) &&
	       (!def->mode || def->mode == sa->mode) &&
	       (!def->reqid || def->reqid == sa->reqid) &&
	       (!def->device || def->device == sa->device) &&
	       (!def->window || def->window == sa->replay.window) &&
	       (!def->ealg || def->ealg == sa->alg->ealg) &&
	       (!def->aalg || def->aalg == sa->alg->aalg);
}

void klips_sa_unplace(struct klips_net *kn, struct klips_sa *sa)
{
	if (sa->elsewhere)
		rhashtable_remove_fast(&kn->moved, &sa->by_place, moved_params);
	sa->elsewhere = false;
}

/* A reader that is on the wrong chain meanwhile notices that at its end, and begins again. */
static int place(struct klips_net *kn, struct klips_sa *sa, const struct klips_said *at)
{
	int err;

	sa->at = *at;
	if (!memcmp(at, &sa->said, sizeof(*at)))
		return 0;
	err = rhashtable_insert_fast(&kn->moved, &sa->by_place, moved_params);
	sa->elsewhere = !err;
	return err;
}

/* Packets that come to @dst find @sa there, though its name says otherwise. */
static int place_at(struct klips_net *kn, struct klips_sa *sa, const union klips_addr *dst)
{
	struct klips_said at = sa->said, before = sa->said;
	struct klips_sa *other;
	int err;

	if (!memcmp(dst, &sa->dst, sizeof(*dst)))
		return 0;
	at.dst = *dst;
	before.dst = sa->dst;
	other = klips_sa_arrived(kn, &at);
	if (other && other != sa && rcu_access_pointer(sa->selectors))
		return -EEXIST;
	klips_sa_unplace(kn, sa);
	err = place(kn, sa, &at);
	if (err)
		place(kn, sa, &before);
	return err;
}

/* Packets on their way may still go to the old place. */
int klips_sa_move(struct klips_net *kn, struct klips_sa *sa, const struct klips_sa_def *def)
{
	int err;

	if (!is_moved(sa, def) && !def->encap_set)
		return 0;
	err = def->moved ? place_at(kn, sa, &def->dst) : 0;
	if (err)
		return err;
	spin_lock_bh(&sa->replay_lock);
	sa->src = def->src;
	if (def->moved)
		sa->dst = def->dst;
	if (def->encap_set)
		sa->encap = def->encap;
	memset(&sa->told, 0, sizeof(sa->told));
	spin_unlock_bh(&sa->replay_lock);
	dst_cache_reset(&sa->route);
	return 0;
}

int klips_moved_init(struct klips_net *kn)
{
	return rhashtable_init(&kn->moved, &moved_params);
}

void klips_moved_exit(struct klips_net *kn)
{
	rhashtable_destroy(&kn->moved);
}
