/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in /sys/kernel/tracing/events/klips: a packet dropped, an eroute chosen, an SA
 * added, removed, expired. Off they cost a jump that is not taken. Names are copied into the
 * event: nothing that it names need exist when somebody reads it.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM klips

#if !defined(KLIPS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KLIPS_TRACE_H

#include <linux/tracepoint.h>

#include "device.h"
#include "eroute.h"
#include "journal.h"
#include "sa.h"
#include "text.h"

#define KLIPS_TRACE_WORD 16		/* names of devices, reasons, targets, states */

TRACE_EVENT(klips_drop,
	TP_PROTO(const struct klips_drop_record *rec),
	TP_ARGS(rec),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(bool, inbound)
		__field(u8, proto)
		__array(char, device, KLIPS_TRACE_WORD)
		__array(char, reason, KLIPS_TRACE_WORD)
		__array(char, src, KLIPS_TEXT)
		__array(char, dst, KLIPS_TEXT)
		__array(char, said, KLIPS_TEXT)
	),
	TP_fast_assign(
		__entry->number = rec->number;
		__entry->inbound = rec->inbound;
		__entry->proto = rec->flow.proto;
		strscpy(__entry->device, rec->device, KLIPS_TRACE_WORD);
		strscpy(__entry->reason, klips_drop_name(rec->why), KLIPS_TRACE_WORD);
		klips_end_text(__entry->src, rec->flow.family, &rec->flow.src, rec->flow.sport);
		klips_end_text(__entry->dst, rec->flow.family, &rec->flow.dst, rec->flow.dport);
		klips_said_text(__entry->said, &rec->said);
	),
	TP_printk("number=%llu device=%s %s reason=%s src=%s dst=%s proto=%u said=%s",
		  __entry->number, __entry->device, __entry->inbound ? "in" : "out",
		  __entry->reason, __entry->src, __entry->dst, __entry->proto,
		  __entry->said)
);

TRACE_EVENT(klips_eroute,
	TP_PROTO(const struct klips_dev *kd, const struct klips_flow *flow,
		 const struct klips_eroute *er),
	TP_ARGS(kd, flow, er),
	TP_STRUCT__entry(
		__field(u8, proto)
		__field(u8, er_proto)
		__array(char, device, KLIPS_TRACE_WORD)
		__array(char, src, KLIPS_TEXT)
		__array(char, dst, KLIPS_TEXT)
		__array(char, er_src, KLIPS_TEXT)
		__array(char, er_dst, KLIPS_TEXT)
		__array(char, target, KLIPS_TRACE_WORD)
		__array(char, said, KLIPS_TEXT)
	),
	TP_fast_assign(
		__entry->proto = flow->proto;
		__entry->er_proto = er->entry.sel.proto;
		strscpy(__entry->device, kd->dev->name, KLIPS_TRACE_WORD);
		klips_end_text(__entry->src, flow->family, &flow->src, flow->sport);
		klips_end_text(__entry->dst, flow->family, &flow->dst, flow->dport);
		klips_src_text(__entry->er_src, &er->entry.sel);
		klips_dst_text(__entry->er_dst, &er->entry.sel);
		strscpy(__entry->target, klips_target_name(er->target), KLIPS_TRACE_WORD);
		klips_said_text(__entry->said, &er->said);
	),
	TP_printk("device=%s src=%s dst=%s proto=%u eroute=%s->%s:%u target=%s said=%s",
		  __entry->device, __entry->src, __entry->dst, __entry->proto,
		  __entry->er_src, __entry->er_dst, __entry->er_proto, __entry->target,
		  __entry->said)
);

DECLARE_EVENT_CLASS(klips_sa_class,
	TP_PROTO(const struct klips_sa *sa, const char *what),
	TP_ARGS(sa, what),
	TP_STRUCT__entry(
		__field(u32, reqid)
		__array(char, said, KLIPS_TEXT)
		__array(char, src, KLIPS_TEXT)
		__array(char, what, KLIPS_TRACE_WORD)
	),
	TP_fast_assign(
		__entry->reqid = sa->reqid;
		klips_said_text(__entry->said, &sa->said);
		klips_end_text(__entry->src, sa->said.family, &sa->src, 0);
		strscpy(__entry->what, what, KLIPS_TRACE_WORD);
	),
	TP_printk("said=%s src=%s reqid=%u %s",
		  __entry->said, __entry->src, __entry->reqid, __entry->what)
);

/* @what: the state in which it came into the table, or left it. */
DEFINE_EVENT(klips_sa_class, klips_sa_add,
	TP_PROTO(const struct klips_sa *sa, const char *what),
	TP_ARGS(sa, what)
);

DEFINE_EVENT(klips_sa_class, klips_sa_del,
	TP_PROTO(const struct klips_sa *sa, const char *what),
	TP_ARGS(sa, what)
);

/* @what: "soft" or "hard". */
DEFINE_EVENT(klips_sa_class, klips_sa_expire,
	TP_PROTO(const struct klips_sa *sa, const char *what),
	TP_ARGS(sa, what)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
/* In klips/, which Kbuild has among the paths for headers, wherever the module is built. */
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
