/* SPDX-License-Identifier: GPL-2.0 */
/* The last drops of a namespace: who, by which eroute and SA, why. */
#ifndef KLIPS_JOURNAL_H
#define KLIPS_JOURNAL_H

#include <klips/types.h>

#include "sa.h"
#include "selector.h"

struct klips_net;

/* How many drops are kept. */
#define KLIPS_JOURNAL_SIZE 1024

/*
 * What is known of one drop. Names are copied: device, SA and eroute may be gone when somebody
 * reads it.
 */
struct klips_drop_record {
	u64 number;			/* 1, 2 ... in the namespace; 0: not in the journal */
	u64 time;			/* ns since 1970 */
	char device[KLIPS_IFNAMSIZ];	/* ipsecN; "": none */
	u8 why;				/* enum klips_drop */
	u8 target;			/* of the eroute, enum klips_target */
	bool inbound;
	bool has_flow;
	bool has_said;
	bool has_eroute;
	struct klips_flow flow;
	struct klips_said said;		/* the SA, or the one that was not there */
	struct klips_selector eroute;
	struct klips_said eroute_said;	/* with KLIPS_TARGET_SA */
};

/*
 * Makes the journal of @kn where it has none: before its first socket or device, without which
 * nothing is dropped. May sleep. 0 or -ENOMEM.
 */
int klips_journal_start(struct klips_net *kn);

/* Frees it; nothing is dropped any more. */
void klips_journal_net_exit(struct klips_net *kn);

/* Writes @rec down and gives it its number. Never sleeps; BH off. */
void klips_journal_add(struct klips_net *kn, struct klips_drop_record *rec);

/* Number of the newest record, 0: none. */
u64 klips_journal_last(struct klips_net *kn);

/*
 * The oldest record that is kept and has a number above @after, in @rec; false: none. In the
 * order of numbers; one that is missing was overwritten. Process context.
 */
bool klips_journal_read(struct klips_net *kn, u64 after,
			struct klips_drop_record *rec);

#endif
