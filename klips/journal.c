// SPDX-License-Identifier: GPL-2.0
/*
 * A ring of fixed size. A drop takes a number, which says its place, and a lock that belongs to
 * this place alone: two drops meet there only when one of them is KLIPS_JOURNAL_SIZE drops late,
 * a drop and a reader only while one record is copied. A flood has no lock in common.
 */
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "journal.h"
#include "net.h"

struct place {
	spinlock_t lock;		/* protects rec */
	struct klips_drop_record rec;
};

struct klips_journal {
	atomic64_t last;		/* number of the newest drop */
	struct place place[KLIPS_JOURNAL_SIZE];
};

static struct place *place_of(struct klips_journal *j, u64 number)
{
	return &j->place[number % KLIPS_JOURNAL_SIZE];
}

int klips_journal_start(struct klips_net *kn)
{
	struct klips_journal *j;
	unsigned int i;

	if (READ_ONCE(kn->journal))
		return 0;
	j = kvzalloc(sizeof(*j), GFP_KERNEL_ACCOUNT);
	if (!j)
		return -ENOMEM;
	for (i = 0; i < KLIPS_JOURNAL_SIZE; i++)
		spin_lock_init(&j->place[i].lock);
	if (cmpxchg(&kn->journal, NULL, j))
		kvfree(j);
	return 0;
}

void klips_journal_net_exit(struct klips_net *kn)
{
	kvfree(kn->journal);
	kn->journal = NULL;
}

void klips_journal_add(struct klips_net *kn, struct klips_drop_record *rec)
{
	struct klips_journal *j = READ_ONCE(kn->journal);
	struct place *p;

	if (!j)
		return;
	rec->number = atomic64_inc_return(&j->last);
	p = place_of(j, rec->number);
	spin_lock(&p->lock);
	if (likely(p->rec.number < rec->number))
		p->rec = *rec;
	spin_unlock(&p->lock);
}

u64 klips_journal_last(struct klips_net *kn)
{
	struct klips_journal *j = READ_ONCE(kn->journal);

	return j ? atomic64_read(&j->last) : 0;
}

/* False: it is not there yet, and what is behind it has to wait for it. */
static bool read_place(struct place *p, u64 number, struct klips_drop_record *rec,
		       bool *overwritten)
{
	bool written;

	spin_lock_bh(&p->lock);
	written = p->rec.number >= number;
	*overwritten = p->rec.number > number;
	if (written && !*overwritten)
		*rec = p->rec;
	spin_unlock_bh(&p->lock);
	return written;
}

bool klips_journal_read(struct klips_net *kn, u64 after,
			struct klips_drop_record *rec)
{
	struct klips_journal *j = READ_ONCE(kn->journal);
	bool overwritten;
	u64 last, n;

	if (!j)
		return false;
	last = atomic64_read(&j->last);
	n = after + 1;
	if (last > KLIPS_JOURNAL_SIZE)
		n = max(n, last - KLIPS_JOURNAL_SIZE + 1);
	for (; n <= last; n++) {
		if (!read_place(place_of(j, n), n, rec, &overwritten))
			return false;
		if (!overwritten)
			return true;
	}
	return false;
}

#ifdef DEBUG
#include "selftest/journal.c"
#endif
