// SPDX-License-Identifier: GPL-2.0
/* Eroutes as text and as JSON. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "show.h"

char *show_selector(const struct subnet *net, in_port_t port, in_port_t mask,
		    char buf[SELECTOR_TEXT])
{
	bool v6 = net->addr.family == AF_INET6;
	char text[SUBNET_TEXT], bits[8] = "";

	subnet_format(net, text);
	if (mask && mask != 0xffff)
		snprintf(bits, sizeof(bits), "/0x%x", ntohs(mask));
	if (!mask)
		snprintf(buf, SELECTOR_TEXT, "%s", text);
	else
		snprintf(buf, SELECTOR_TEXT, "%s%s%s:%u%s", v6 ? "[" : "", text,
			 v6 ? "]" : "", ntohs(port), bits);
	return buf;
}

const char *show_family(int family)
{
	return family == AF_INET6 ? "inet6" : "inet";
}

int show_eroute_cmp(const void *pa, const void *pb)
{
	const struct genl_eroute *a = pa, *b = pb;
	int order = subnet_cmp(&a->src, &b->src);

	if (!order)
		order = subnet_cmp(&a->dst, &b->dst);
	if (!order)
		order = (int)a->proto - (int)b->proto;
	if (!order)
		order = (int)ntohs(a->sport) - (int)ntohs(b->sport);
	if (!order)
		order = (int)ntohs(a->dport) - (int)ntohs(b->dport);
	return order ? order : strcmp(a->device, b->device);
}

void show_eroute(FILE *out, const struct genl_eroute *er)
{
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT], said[SAID_TEXT];

	fprintf(out, "%-10" PRIu64 " %-18s -> %-18s => %s", er->packets,
		show_selector(&er->src, er->sport, er->sport_mask, src),
		show_selector(&er->dst, er->dport, er->dport_mask, dst),
		said_format(&er->said, 'x', said));
	if (er->proto)
		fprintf(out, ":%u", er->proto);
	if (er->device[0])
		fprintf(out, " dev=%s", er->device);
	if (er->soft)
		fputs(" soft", out);
	putc('\n', out);
}

static void json_port(struct json *json, const char *port_key, const char *mask_key,
		      in_port_t port, in_port_t mask)
{
	if (!mask)
		return;
	json_u64(json, port_key, ntohs(port));
	if (mask != 0xffff)
		json_u64(json, mask_key, ntohs(mask));
}

/* Names without the % of the text. */
static const char *json_target(enum klips_target target)
{
	const char *name = target_name(target);

	if (target == KLIPS_TARGET_SA)
		return "sa";
	return *name == '%' ? name + 1 : name;
}

/* What an eroute is, without what it did. */
static void json_entry(struct json *json, const struct genl_eroute *er)
{
	bool sa = er->target == KLIPS_TARGET_SA;
	char net[SUBNET_TEXT], said[SAID_TEXT];

	json_string(json, "family", show_family(er->src.addr.family));
	json_string(json, "src", subnet_format(&er->src, net));
	json_string(json, "dst", subnet_format(&er->dst, net));
	json_u64(json, "proto", er->proto);
	json_port(json, "sport", "sport_mask", er->sport, er->sport_mask);
	json_port(json, "dport", "dport_mask", er->dport, er->dport_mask);
	json_string(json, "device", er->device[0] ? er->device : NULL);
	json_string(json, "target", json_target(er->target));
	json_bool(json, "soft", er->soft);
	json_string(json, "said", sa ? said_format(&er->said, 'x', said) : NULL);
}

void json_eroute_name(struct json *json, const char *key, const struct genl_eroute *er)
{
	json_object(json, key);
	json_entry(json, er);
	json_end(json);
}

void json_eroute(struct json *json, const char *key, const struct genl_eroute *er)
{
	json_object(json, key);
	json_entry(json, er);
	json_u64(json, "packets", er->packets);
	json_u64(json, "bytes", er->bytes);
	if (er->used)
		json_u64(json, "idle", er->idle);
	else
		json_null(json, "idle");
	json_end(json);
}
