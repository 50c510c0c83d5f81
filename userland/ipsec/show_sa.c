// SPDX-License-Identifier: GPL-2.0
/* SAs as text and as JSON. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/ipsec.h>
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
	const struct esp_alg *alg = esp_alg_by_name(sa->alg);

	if (alg)
		return esp_alg_xform(alg, buf);
	switch (sa->said.proto) {
	case IPPROTO_ESP: return sa->alg[0] ? "ESP_UNKNOWN" : "ESP_LARVAL";
	case IPPROTO_AH: return "AH_UNKNOWN";
	case IPPROTO_COMP: return "COMP_UNKNOWN";
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
	const struct esp_alg *alg = esp_alg_by_name(sa->alg);

	show_number(out, "iv_bits", alg ? alg->iv * 8 : 0);
	if (alg)
		fputs("bits", out);
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
	fputs(" natencap=none natsport=0 natdport=0", out);
	/* what KLIPS did not have comes last */
	fprintf(out, " state=%s mode=%s", show_sa_state(sa->state),
		sa->mode == IPSEC_MODE_TRANSPORT ? "transport" : "tunnel");
	show_number(out, "reqid", sa->reqid);
	if (sa->device[0])
		fprintf(out, " dev=%s", sa->device);
	putc('\n', out);
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
	json_drops(json, "drops", sa->drops);
	json_end(json);
}
