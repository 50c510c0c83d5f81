// SPDX-License-Identifier: GPL-2.0
/* Which inner packets an SA may carry: a list, replaced as a whole. */
#include <linux/slab.h>

#include "net.h"
#include "sa.h"

static struct klips_selectors *selectors_locked(struct klips_sa *sa)
{
	return rcu_dereference_protected(sa->selectors,
					 lockdep_is_held(&sa->kn->lock));
}

static struct klips_selectors *selectors_alloc(unsigned int count)
{
	struct klips_selectors *s;

	s = kzalloc(struct_size(s, sel, count), GFP_KERNEL_ACCOUNT);
	if (s)
		s->count = count;
	return s;
}

static void selectors_publish(struct klips_sa *sa, struct klips_selectors *s)
{
	struct klips_selectors *old = selectors_locked(sa);

	rcu_assign_pointer(sa->selectors, s);
	kfree_rcu(old, rcu);
}

/* The place of @sel in @s, s->count where it is not there. */
static unsigned int selectors_find(const struct klips_selectors *s,
				   const struct klips_selector *sel)
{
	unsigned int i;

	for (i = 0; i < s->count; i++)
		if (!memcmp(&s->sel[i], sel, sizeof(*sel)))
			break;
	return i;
}

int klips_sa_selector_add(struct klips_net *kn, const struct klips_said *said,
			  const struct klips_selector *sel, bool only)
{
	struct klips_selectors *old, *s;
	unsigned int count = 0;
	struct klips_sa *sa;
	int err;

	lockdep_assert_held(&kn->lock);
	err = klips_selector_check(sel);
	if (err)
		return err;
	sa = klips_sa_lookup(kn, said);
	if (!sa)
		return -ESRCH;
	old = selectors_locked(sa);
	if (old && !only) {
		count = old->count;
		if (selectors_find(old, sel) < count)
			return -EEXIST;
	}
	if (count >= KLIPS_SA_MAX_SELECTORS)
		return -ENOSPC;
	s = selectors_alloc(count + 1);
	if (!s)
		return -ENOMEM;
	if (count)
		memcpy(s->sel, old->sel, count * sizeof(*s->sel));
	s->sel[count] = *sel;
	selectors_publish(sa, s);
	return 0;
}

/* The last one goes too: then nothing fits, rather than everything. */
int klips_sa_selector_del(struct klips_net *kn, const struct klips_said *said,
			  const struct klips_selector *sel)
{
	struct klips_selectors *old, *s;
	struct klips_sa *sa;
	unsigned int at;

	lockdep_assert_held(&kn->lock);
	sa = klips_sa_lookup(kn, said);
	if (!sa)
		return -ESRCH;
	old = selectors_locked(sa);
	at = old ? selectors_find(old, sel) : 0;
	if (!old || at == old->count)
		return -ENOENT;
	s = selectors_alloc(old->count - 1);
	if (!s)
		return -ENOMEM;
	memcpy(s->sel, old->sel, at * sizeof(*s->sel));
	memcpy(s->sel + at, old->sel + at + 1, (s->count - at) * sizeof(*s->sel));
	selectors_publish(sa, s);
	return 0;
}

bool klips_sa_wants_whole(const struct klips_sa *sa, const struct klips_flow *flow)
{
	const struct klips_selectors *s = rcu_dereference(sa->selectors);
	unsigned int i;

	for (i = 0; s && i < s->count; i++)
		if (s->sel[i].family == flow->family && klips_selector_hides(&s->sel[i]))
			return true;
	return false;
}

bool klips_sa_admits(const struct klips_sa *sa, u32 device,
		     const struct klips_flow *flow)
{
	const struct klips_selectors *s = rcu_dereference(sa->selectors);
	unsigned int i;

	if (!s)
		return true;
	for (i = 0; i < s->count; i++)
		if (klips_selector_match(&s->sel[i], device, flow))
			return true;
	return false;
}
