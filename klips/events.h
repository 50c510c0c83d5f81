/* SPDX-License-Identifier: GPL-2.0 */
/* What happens, for those who watch: tracepoints and klipsdebug at one stroke. Any context. */
#ifndef KLIPS_EVENTS_H
#define KLIPS_EVENTS_H

#include "debug.h"
#include "trace.h"

/* A packet met @er on its way out. RCU read lock held. */
void klips_events_say_eroute(const struct klips_dev *kd, const struct klips_flow *flow,
			     const struct klips_eroute *er);

static inline void klips_event_eroute(const struct klips_dev *kd,
				      const struct klips_flow *flow,
				      const struct klips_eroute *er)
{
	trace_klips_eroute(kd, flow, er);
	if (klips_debug_verbose(kd->kn, KLIPS_DEBUG(XMIT)))
		klips_events_say_eroute(kd, flow, er);
}

/* @skb came out of @sa and arrives on @kd. */
void klips_events_say_arrival(const struct klips_dev *kd, const struct klips_sa *sa,
			      const struct sk_buff *skb);

static inline void klips_event_arrival(const struct klips_dev *kd,
				       const struct klips_sa *sa,
				       const struct sk_buff *skb)
{
	if (klips_debug_verbose(kd->kn, KLIPS_DEBUG(RCV)))
		klips_events_say_arrival(kd, sa, skb);
}

void klips_event_drop(struct klips_net *kn, const struct klips_drop_record *rec);

/* @sa is in the table, larval or mature; has left it; a soft or hard limit is over. */
void klips_event_sa_add(struct klips_sa *sa);
void klips_event_sa_del(struct klips_sa *sa);
void klips_event_sa_expire(struct klips_sa *sa, bool hard);

/* @what: "added", "replaced", "removed". */
void klips_event_eroute_change(struct klips_net *kn, const struct klips_eroute *er,
			       const char *what);

#endif
