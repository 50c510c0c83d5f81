// SPDX-License-Identifier: GPL-2.0
#include <linux/in.h>

#include "events.h"
#include "text.h"

void klips_events_say_eroute(const struct klips_dev *kd, const struct klips_flow *flow,
			     const struct klips_eroute *er)
{
	char src[KLIPS_TEXT], dst[KLIPS_TEXT], er_src[KLIPS_TEXT], er_dst[KLIPS_TEXT];

	klips_debug(kd->kn, KLIPS_DEBUG(XMIT), "xmit: %s %s -> %s proto %u met %s -> %s => %s",
		    kd->dev->name, klips_end_text(src, flow->family, &flow->src, flow->sport),
		    klips_end_text(dst, flow->family, &flow->dst, flow->dport), flow->proto,
		    klips_src_text(er_src, &er->entry.sel), klips_dst_text(er_dst, &er->entry.sel),
		    klips_target_name(er->target));
}

void klips_events_say_arrival(const struct klips_dev *kd, const struct klips_sa *sa,
			      const struct sk_buff *skb)
{
	char said[KLIPS_TEXT];

	klips_debug(kd->kn, KLIPS_DEBUG(RCV), "rcv: %s %u bytes arrived by %s", kd->dev->name,
		    skb->len, klips_said_text(said, &sa->said));
}

/* The flags that have to do with a drop. */
static u32 drop_flags(const struct klips_drop_record *rec)
{
	u32 flags = rec->inbound ? KLIPS_DEBUG(RCV) : KLIPS_DEBUG(XMIT);

	switch (rec->said.proto) {
	case IPPROTO_ESP:
		return flags | KLIPS_DEBUG(ESP);
	case IPPROTO_AH:
		return flags | KLIPS_DEBUG(AH);
	case IPPROTO_COMP:
		return flags | KLIPS_DEBUG(COMP);
	default:
		return flags;
	}
}

static noinline void say_drop(struct klips_net *kn, const struct klips_drop_record *rec)
{
	char src[KLIPS_TEXT], dst[KLIPS_TEXT], said[KLIPS_TEXT];
	const struct klips_flow *flow = &rec->flow;

	klips_debug(kn, drop_flags(rec), "%s: %s dropped %s -> %s proto %u, SA %s: %s",
		    rec->inbound ? "rcv" : "xmit", rec->device[0] ? rec->device : "-",
		    klips_end_text(src, flow->family, &flow->src, flow->sport),
		    klips_end_text(dst, flow->family, &flow->dst, flow->dport), flow->proto,
		    klips_said_text(said, &rec->said), klips_drop_name(rec->why));
}

void klips_event_drop(struct klips_net *kn, const struct klips_drop_record *rec)
{
	trace_klips_drop(rec);
	if (static_branch_unlikely(&klips_debug_key))
		say_drop(kn, rec);
}

static void say_sa(struct klips_sa *sa, const char *what, const char *how)
{
	char said[KLIPS_TEXT];

	klips_debug(sa->kn, KLIPS_DEBUG(SPI), "spi: %s %s, %s",
		    klips_said_text(said, &sa->said), what, how);
}

void klips_event_sa_add(struct klips_sa *sa)
{
	const char *state = klips_state_name(sa->state);

	trace_klips_sa_add(sa, state);
	say_sa(sa, "added", state);
}

void klips_event_sa_del(struct klips_sa *sa)
{
	const char *state = klips_state_name(sa->state);

	trace_klips_sa_del(sa, state);
	say_sa(sa, "removed", state);
}

void klips_event_sa_expire(struct klips_sa *sa, bool hard)
{
	const char *limit = hard ? "hard" : "soft";

	trace_klips_sa_expire(sa, limit);
	say_sa(sa, "expired", limit);
}

void klips_event_eroute_change(struct klips_net *kn, const struct klips_eroute *er,
			       const char *what)
{
	char src[KLIPS_TEXT], dst[KLIPS_TEXT];

	klips_debug(kn, KLIPS_DEBUG(EROUTE), "eroute: %s -> %s => %s %s",
		    klips_src_text(src, &er->entry.sel), klips_dst_text(dst, &er->entry.sel),
		    klips_target_name(er->target), what);
	klips_debug(kn, KLIPS_DEBUG(RADIJ), "radij: %u shapes of eroutes",
		    kn->classifier.n_shapes);
}
