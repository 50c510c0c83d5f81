// SPDX-License-Identifier: GPL-2.0
/* SAs as text and as JSON. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/ipsec.h>
#include <linux/udp.h>
#include <string.h>

#include "espalg.h"
#include "show.h"

int show_sa_cmp(const void *a, const void *b)
{
	return said_cmp(&((const struct genl_sa *)a)->said,
			&((const struct genl_sa *)b)->said);
}

const char *show_sa_state(enum klips_sa_state state)
{
	static const char *const names[] = { "larval", "mature", "dying", "dead" };

	return (unsigned int)state < 4 ? names[state] : "unknown";
}

static const char *xform(const struct genl_sa *sa, char buf[ESP_ALG_XFORM])
{
	const struct esp_alg *alg = sa_alg_by_name(sa->said.proto, sa->alg);
	bool larval = !sa->alg[0];

	if (alg)
		return esp_alg_xform(alg, buf);
	switch (sa->said.proto) {
	case IPPROTO_ESP: return larval ? "ESP_LARVAL" : "ESP_UNKNOWN";
	case IPPROTO_AH: return larval ? "AH_LARVAL" : "AH_UNKNOWN";
	case IPPROTO_COMP: return larval ? "COMP_LARVAL" : "COMP_UNKNOWN";
	case IPPROTO_IPIP: return "IPIP";
	default: return "UNKNOWN";
	}
}

/* The classic policy= field: the inner packets that an inbound SA may carry. */
static void show_policies(FILE *out, const struct genl_sa *sa)
{
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT];

	for (unsigned int i = 0; i < sa->selectors_known; i++) {
		const struct genl_eroute *sel = &sa->selector[i];

		fprintf(out, " policy=%s->%s",
			show_selector(&sel->src, sel->sport, sel->sport_mask, src),
			show_selector(&sel->dst, sel->dport, sel->dport_mask, dst));
		if (sel->proto)
			fprintf(out, ":%u", sel->proto);
	}
	if (sa->selectors > sa->selectors_known)
		fprintf(out, " policies=%u", sa->selectors);
}

static void show_number(FILE *out, const char *name, uint64_t n)
{
	if (n)
		fprintf(out, " %s=%" PRIu64, name, n);
}

static void show_crypto(FILE *out, const struct genl_sa *sa)
{
	const struct esp_alg *alg = sa_alg_by_name(sa->said.proto, sa->alg);

	if (alg && alg->iv)
		fprintf(out, " iv_bits=%ubits", alg->iv * 8);
	show_number(out, "ooowin", sa->window);
	show_number(out, "ooo_errs", sa->drops[KLIPS_DROP_REPLAY]);
	show_number(out, "seq", sa->inbound ? sa->seq_in : sa->seq_out);
	if (sa->bitmap)
		fprintf(out, " bit=0x%" PRIx64, sa->bitmap);
	if (sa->esn)
		fputs(" esn", out);
	show_number(out, "alen", sa->icv_bits);
	show_number(out, "aklen", alg ? alg->akey_bits : 0);
	show_number(out, "auth_errs", sa->drops[KLIPS_DROP_AUTH]);
	show_number(out, "eklen", sa->key_bits);
	show_number(out, "encr_size_errs", sa->drops[KLIPS_DROP_TRUNCATED]);
	show_number(out, "encr_pad_errs", sa->drops[KLIPS_DROP_BAD_PADDING]);
}

/* name(current,soft,hard), where there is anything to say. */
static void show_life(FILE *out, const char *name, uint64_t now, uint64_t soft,
		      uint64_t hard)
{
	if (now || soft || hard)
		fprintf(out, "%s(%" PRIu64 ",%" PRIu64 ",%" PRIu64 ")", name, now,
			soft, hard);
}

static const char *encap_name(const struct genl_sa *sa)
{
	switch (sa->encap.type) {
	case 0: return "none";
	case UDP_ENCAP_ESPINUDP: return "nonesp";
	default: return "unknown";
	}
}

static const struct {
	uint32_t flag;
	const char *name;
} flags[] = {
	{ SADB_SAFLAGS_NOPMTUDISC, "nopmtudisc" },
	{ SADB_SAFLAGS_DECAP_DSCP, "decap-dscp" },
	{ SADB_SAFLAGS_NOECN, "noecn" },
	{ KLIPS_SAFLAGS_FRAGMENTS, "fragments" },
};

#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

static bool was_moved(const struct genl_sa *sa)
{
	return !addr_equal(&sa->wire_dst, &sa->said.dst);
}

static void show_addr(FILE *out, const char *name, const struct ip_addr *addr)
{
	char text[ADDR_TEXT];

	if (addr->family)
		fprintf(out, " %s=%s", name, addr_format(addr, text));
}

static void show_more(FILE *out, const struct genl_sa *sa)
{
	show_number(out, "keepalive", sa->encap.keepalive);
	show_addr(out, "natoa", &sa->encap.oa_src);
	show_addr(out, "natoadst", &sa->encap.oa_dst);
	if (was_moved(sa))
		show_addr(out, "dst", &sa->wire_dst);
	for (size_t i = 0; i < N_FLAGS; i++)
		if (sa->flags & flags[i].flag)
			fprintf(out, " %s", flags[i].name);
}

void show_sa(FILE *out, const struct genl_sa *sa)
{
	char said[SAID_TEXT], src[ADDR_TEXT], alg[ESP_ALG_XFORM];

	fprintf(out, "%s %s: dir=%s src=%s", said_format(&sa->said, 'x', said),
		xform(sa, alg), sa->inbound ? "in " : "out", addr_format(&sa->src, src));
	show_policies(out, sa);
	show_crypto(out, sa);
	fputs(" life(c,s,h)=", out);
	show_life(out, "bytes", sa->bytes, sa->soft.bytes, sa->hard.bytes);
	show_life(out, "addtime", sa->age, sa->soft.addtime, sa->hard.addtime);
	show_life(out, "usetime", sa->used ? sa->first_used : 0,
		  sa->soft.usetime, sa->hard.usetime);
	show_life(out, "packets", sa->packets, sa->soft.packets, sa->hard.packets);
	if (sa->used)
		fprintf(out, " idle=%" PRIu64, sa->idle);
	fprintf(out, " natencap=%s natsport=%u natdport=%u", encap_name(sa),
		ntohs(sa->encap.sport), ntohs(sa->encap.dport));
	/* what KLIPS did not have comes last */
	fprintf(out, " state=%s mode=%s", show_sa_state(sa->state),
		sa->mode == IPSEC_MODE_TRANSPORT ? "transport" : "tunnel");
	show_number(out, "reqid", sa->reqid);
	if (sa->device[0])
		fprintf(out, " dev=%s", sa->device);
	show_more(out, sa);
	putc('\n', out);
}

void show_chain(FILE *out, const struct genl_sa *sa, bool classic)
{
	unsigned int left = sa->members ? sa->members - sa->place : 1;
	const struct said *said = sa->members ? &sa->group[sa->place] : &sa->said;
	char text[SAID_TEXT];

	for (; left; left--, said++)
		fprintf(out, "%s%s", said_format(said, 'x', text),
			classic || left > 1 ? " " : "");
}

static void json_limits(struct json *json, const char *key,
			const struct genl_limits *l)
{
	json_object(json, key);
	json_u64(json, "bytes", l->bytes);
	json_u64(json, "packets", l->packets);
	json_u64(json, "addtime", l->addtime);
	json_u64(json, "usetime", l->usetime);
	json_end(json);
}

static void json_seconds(struct json *json, const char *key, bool known, uint64_t s)
{
	if (known)
		json_u64(json, key, s);
	else
		json_null(json, key);
}

static void json_selector(struct json *json, const struct genl_eroute *sel)
{
	char net[SUBNET_TEXT];

	json_object(json, NULL);
	json_string(json, "src", subnet_format(&sel->src, net));
	json_string(json, "dst", subnet_format(&sel->dst, net));
	json_u64(json, "proto", sel->proto);
	if (sel->sport_mask)
		json_u64(json, "sport", ntohs(sel->sport));
	if (sel->dport_mask)
		json_u64(json, "dport", ntohs(sel->dport));
	json_end(json);
}

static void json_identity(struct json *json, const struct genl_sa *sa)
{
	char said[SAID_TEXT], addr[ADDR_TEXT], spi[16];

	snprintf(spi, sizeof(spi), "0x%08x", ntohl(sa->said.spi));
	json_string(json, "said", said_format(&sa->said, 'x', said));
	json_string(json, "proto", sa_proto_name(sa->said.proto));
	json_string(json, "spi", spi);
	json_string(json, "family", show_family(sa->said.dst.family));
	json_string(json, "src", addr_format(&sa->src, addr));
	json_string(json, "dst", addr_format(&sa->said.dst, addr));
	json_string(json, "direction", sa->inbound ? "in" : "out");
	json_string(json, "state", show_sa_state(sa->state));
	json_string(json, "mode",
		    sa->mode == IPSEC_MODE_TRANSPORT ? "transport" : "tunnel");
	json_string(json, "device", sa->device[0] ? sa->device : NULL);
	json_u64(json, "reqid", sa->reqid);
}

static void json_addr(struct json *json, const char *key, const struct ip_addr *addr)
{
	char text[ADDR_TEXT];

	json_string(json, key, addr->family ? addr_format(addr, text) : NULL);
}

static void json_encap(struct json *json, const struct genl_sa *sa)
{
	if (!sa->encap.type) {
		json_null(json, "natt");
		return;
	}
	json_object(json, "natt");
	json_string(json, "type", encap_name(sa));
	json_u64(json, "sport", ntohs(sa->encap.sport));
	json_u64(json, "dport", ntohs(sa->encap.dport));
	json_addr(json, "oa", &sa->encap.oa_src);
	json_addr(json, "oa_dst", &sa->encap.oa_dst);
	json_u64(json, "keepalive", sa->encap.keepalive);
	json_end(json);
}

static void json_flags(struct json *json, const struct genl_sa *sa)
{
	json_array(json, "flags");
	for (size_t i = 0; i < N_FLAGS; i++)
		if (sa->flags & flags[i].flag)
			json_string(json, NULL, flags[i].name);
	json_end(json);
}

void json_group(struct json *json, const char *key, const struct genl_sa *sa)
{
	char said[SAID_TEXT];

	json_array(json, key);
	for (unsigned int i = 0; i < sa->members; i++)
		json_string(json, NULL, said_format(&sa->group[i], 'x', said));
	json_end(json);
}

void json_sa(struct json *json, const char *key, const struct genl_sa *sa)
{
	char bitmap[24];

	json_object(json, key);
	json_identity(json, sa);
	json_string(json, "alg", sa->alg[0] ? sa->alg : NULL);
	json_u64(json, "key_bits", sa->key_bits);
	json_u64(json, "icv_bits", sa->icv_bits);
	snprintf(bitmap, sizeof(bitmap), "0x%016" PRIx64, sa->bitmap);
	json_object(json, "replay");
	json_u64(json, "window", sa->window);
	json_bool(json, "esn", sa->esn);
	json_u64(json, "seq_out", sa->seq_out);
	json_u64(json, "seq_in", sa->seq_in);
	json_string(json, "bitmap", bitmap);
	json_end(json);
	json_u64(json, "packets", sa->packets);
	json_u64(json, "bytes", sa->bytes);
	json_seconds(json, "age", sa->mature, sa->age);
	json_seconds(json, "used", sa->used, sa->first_used);
	json_seconds(json, "idle", sa->used, sa->idle);
	json_limits(json, "soft", &sa->soft);
	json_limits(json, "hard", &sa->hard);
	json_array(json, "selectors");
	for (unsigned int i = 0; i < sa->selectors_known; i++)
		json_selector(json, &sa->selector[i]);
	json_end(json);
	json_u64(json, "selector_count", sa->selectors);
	json_addr(json, "wire_dst", &sa->wire_dst);
	json_encap(json, sa);
	json_flags(json, sa);
	json_group(json, "group", sa);
	json_drops(json, "drops", sa->drops);
	json_end(json);
}
