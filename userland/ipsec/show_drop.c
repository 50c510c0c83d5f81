// SPDX-License-Identifier: GPL-2.0
/* Dropped packets as text and as JSON. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <time.h>

#include "protoport.h"
#include "show.h"

#define NS 1000000000ULL
#define TIME_TEXT 48

static char *time_text(uint64_t ns, bool utc, char buf[TIME_TEXT])
{
	time_t seconds = ns / NS;
	char date[24] = "?";
	struct tm tm;

	if (utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm))
		strftime(date, sizeof(date), utc ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, TIME_TEXT, "%s.%06" PRIu64 "%s", date, (uint64_t)(ns % NS / 1000),
		 utc ? "Z" : "");
	return buf;
}

/* 10.1.0.2:53, [2001:db8::1]:53; the ports of icmp are type and code, told once. */
static void show_end(FILE *out, const struct genl_drop *drop, const struct ip_addr *addr,
		     in_port_t port)
{
	bool v6 = addr->family == AF_INET6;
	char text[ADDR_TEXT];

	addr_format(addr, text);
	if (drop->has_ports && ipproto_has_ports(drop->proto))
		fprintf(out, "%s%s%s:%u", v6 ? "[" : "", text, v6 ? "]" : "", ntohs(port));
	else
		fputs(text, out);
}

static void show_flow(FILE *out, const struct genl_drop *drop)
{
	char proto[16];

	putc(' ', out);
	show_end(out, drop, &drop->src, drop->sport);
	fputs(" -> ", out);
	show_end(out, drop, &drop->dst, drop->dport);
	fprintf(out, " %s", ipproto_format(drop->proto, proto));
	if (drop->has_ports && !ipproto_has_ports(drop->proto))
		fprintf(out, " %u/%u", ntohs(drop->sport), ntohs(drop->dport));
	if (drop->fragment)
		fputs(" fragment", out);
}

void show_drop(FILE *out, const struct genl_drop *drop)
{
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT], said[SAID_TEXT], when[TIME_TEXT];
	const struct genl_eroute *er = &drop->eroute;

	fprintf(out, "%s %s %s %s", time_text(drop->time, false, when),
		drop->device[0] ? drop->device : "-", drop->inbound ? "in" : "out",
		drop_name(drop->reason));
	if (drop->has_flow)
		show_flow(out, drop);
	if (drop->has_eroute)
		fprintf(out, ", eroute %s -> %s => %s",
			show_selector(&er->src, er->sport, er->sport_mask, src),
			show_selector(&er->dst, er->dport, er->dport_mask, dst),
			said_format(&er->said, 'x', said));
	if (drop->has_said)
		fprintf(out, ", SA %s", said_format(&drop->said, 'x', said));
	putc('\n', out);
}

static void json_flow(struct json *json, const struct genl_drop *drop)
{
	char addr[ADDR_TEXT];

	if (!drop->has_flow) {
		json_null(json, "flow");
		return;
	}
	json_object(json, "flow");
	json_string(json, "family", show_family(drop->src.family));
	json_string(json, "src", addr_format(&drop->src, addr));
	json_string(json, "dst", addr_format(&drop->dst, addr));
	json_u64(json, "proto", drop->proto);
	if (drop->has_ports) {
		json_u64(json, "sport", ntohs(drop->sport));
		json_u64(json, "dport", ntohs(drop->dport));
	} else {
		json_null(json, "sport");
		json_null(json, "dport");
	}
	json_bool(json, "fragment", drop->fragment);
	json_end(json);
}

void json_drop(struct json *json, const char *key, const struct genl_drop *drop)
{
	char said[SAID_TEXT], when[TIME_TEXT];

	json_object(json, key);
	json_u64(json, "number", drop->number);
	json_string(json, "time", time_text(drop->time, true, when));
	json_string(json, "device", drop->device[0] ? drop->device : NULL);
	json_string(json, "direction", drop->inbound ? "in" : "out");
	json_string(json, "reason", drop_name(drop->reason));
	json_string(json, "text", drop_text(drop->reason));
	json_flow(json, drop);
	if (drop->has_eroute)
		json_eroute_name(json, "eroute", &drop->eroute);
	else
		json_null(json, "eroute");
	json_string(json, "said", drop->has_said ? said_format(&drop->said, 'x', said) : NULL);
	json_end(json);
}
