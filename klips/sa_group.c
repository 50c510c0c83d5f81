// SPDX-License-Identifier: GPL-2.0
/* Groups (spigrp): SAs that work on a packet one after the other. */
#include <linux/ipsec.h>
#include <linux/slab.h>

#include "net.h"
#include "sa.h"
#include "transform.h"

/*
 * A group has no reference on its members and they have none on it: whoever found one of them under
 * RCU may read the group, and through it the others, as long as it reads. Members leave the table
 * together, after the group was taken from all of them; both are freed after a grace period.
 */
static struct klips_group *group_of(const struct klips_sa *sa)
{
	return rcu_dereference_check(sa->group, lockdep_is_held(&sa->kn->lock));
}

struct klips_sa *klips_sa_outer(const struct klips_sa *sa)
{
	const struct klips_group *group = group_of(sa);

	return group && sa->place + 1 < group->count ? group->sa[sa->place + 1] : NULL;
}

struct klips_sa *klips_sa_inner(const struct klips_sa *sa)
{
	const struct klips_group *group = group_of(sa);

	return group && sa->place ? group->sa[sa->place - 1] : NULL;
}

struct klips_sa *klips_sa_outermost(struct klips_sa *sa)
{
	const struct klips_group *group = group_of(sa);

	return group ? group->sa[group->count - 1] : sa;
}

struct klips_sa *klips_sa_innermost(struct klips_sa *sa)
{
	const struct klips_group *group = group_of(sa);

	return group ? group->sa[0] : sa;
}

unsigned int klips_group_dissolve(struct klips_sa *sa,
				  struct klips_sa *members[KLIPS_GROUP_MAX])
{
	struct klips_group *group = group_of(sa);
	unsigned int i, count;

	if (!group)
		return 0;
	count = group->count;
	for (i = 0; i < count; i++) {
		members[i] = group->sa[i];
		RCU_INIT_POINTER(members[i]->group, NULL);
	}
	kfree_rcu(group, rcu);
	return count;
}

/* Transport mode keeps the IP header that the SA before it made, so it must be for it. */
static bool same_wire(const struct klips_sa *a, const struct klips_sa *b)
{
	return a->said.family == b->said.family &&
	       !memcmp(&a->src, &b->src, sizeof(a->src)) &&
	       !memcmp(&a->dst, &b->dst, sizeof(a->dst));
}

/* Whether @sa can work on what the one before it (NULL: there is none) has made. */
static int member_check(const struct klips_sa *sa, const struct klips_sa *before,
			bool last)
{
	if (sa->state != KLIPS_SA_MATURE && sa->state != KLIPS_SA_DYING)
		return -EINVAL;
	if (rcu_access_pointer(sa->group))
		return -EEXIST;
	if (!before)
		return 0;
	/*
	 * And two headers with the same addresses are never meant: it is the classic pair of tun and esp,
	 * with the mode of esp forgotten.
	 */
	if ((sa->mode == IPSEC_MODE_TRANSPORT) != same_wire(sa, before))
		return -EINVAL;
	/* Encrypted data does not compress (RFC 3173 2), and its absence could not be told. */
	if (last && sa->transform->may_skip)
		return -EINVAL;
	return klips_sa_inbound(sa) == klips_sa_inbound(before) ? 0 : -EINVAL;
}

static int find_members(struct klips_net *kn, const struct klips_said *saids,
			struct klips_group *group)
{
	unsigned int i, k;

	for (i = 0; i < group->count; i++) {
		group->sa[i] = klips_sa_lookup(kn, &saids[i]);
		if (!group->sa[i])
			return -ESRCH;
		for (k = 0; k < i; k++)
			if (group->sa[k] == group->sa[i])
				return -EINVAL;
	}
	return 0;
}

static int check_members(const struct klips_group *group)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < group->count && !err; i++)
		err = member_check(group->sa[i], i ? group->sa[i - 1] : NULL,
				   i == group->count - 1);
	return err;
}

static int ungroup(struct klips_net *kn, const struct klips_said *said)
{
	struct klips_sa *sa = klips_sa_lookup(kn, said);
	struct klips_sa *members[KLIPS_GROUP_MAX];

	if (!sa)
		return -ESRCH;
	return klips_group_dissolve(sa, members) ? 0 : -EINVAL;
}

int klips_sa_group(struct klips_net *kn, const struct klips_said *saids,
		   unsigned int count)
{
	struct klips_group *group;
	unsigned int i;
	int err;

	lockdep_assert_held(&kn->lock);
	if (!count || count > KLIPS_GROUP_MAX)
		return -EINVAL;
	if (count == 1)
		return ungroup(kn, saids);
	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	if (!group)
		return -ENOMEM;
	group->count = count;
	err = find_members(kn, saids, group);
	if (!err)
		err = check_members(group);
	if (err) {
		kfree(group);
		return err;
	}
	for (i = 0; i < count; i++)
		group->sa[i]->place = i;
	/* Outermost first: until the innermost has it, packets are dropped, never half protected. */
	for (i = count; i--; )
		rcu_assign_pointer(group->sa[i]->group, group);
	return 0;
}
