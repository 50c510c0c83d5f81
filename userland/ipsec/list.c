// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "diag.h"
#include "json.h"
#include "list.h"

#define DAY 86400
#define SOON (30 * DAY)

struct list {
	struct ctl_item *items;
	unsigned int n;
	bool no_memory;
	int64_t now;
};

static const struct {
	uint8_t kind;
	const char *title, *name;
} kinds[] = {
	{ CTL_LIST_PUBKEYS, "RSA Public Keys", "public_keys" },
	{ CTL_LIST_CERTS, "X.509 End Certificates", "certificates" },
	{ CTL_LIST_CACERTS, "X.509 CA Certificates", "ca_certificates" },
	{ CTL_LIST_CRLS, "X.509 CRLs", "crls" },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void take_answer(void *ctx, int type, const void *body)
{
	struct list *l = ctx;
	struct ctl_item *more;

	if (type != CTL_ITEM)
		return;
	more = reallocarray(l->items, l->n + 1, sizeof(*more));
	if (!more) {
		l->no_memory = true;
		return;
	}
	l->items = more;
	l->items[l->n++] = *(const struct ctl_item *)body;
}

static bool is_due(const struct list *l, const struct ctl_item *item)
{
	return item->until && item->until < l->now + SOON;
}

static const char *time_text(int64_t at, bool utc, char buf[64])
{
	time_t t = at;
	struct tm tm;

	if (!at)
		return "never";
	if (!(utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) || !strftime(buf, 64, utc ? "%b %d %H:%M:%S %Y UTC" : "%b %d %H:%M:%S %Y", &tm))
		return "unknown";
	return buf;
}

static void from_text(const struct list *l, const struct ctl_item *item, const char *word, bool utc)
{
	char when[64];

	printf("%s %s %s\n", word, time_text(item->from, utc, when), item->from > l->now ? "fatal (not yet)" : "ok");
}

static void until_text(const struct list *l, const struct ctl_item *item, const char *word, bool utc)
{
	int64_t days = (item->until - l->now) / DAY;
	char when[64];

	printf("%s %s ", word, time_text(item->until, utc, when));
	if (!item->until)
		puts("ok");
	else if (item->until < l->now)
		puts("fatal (expired)");
	else
		printf("%s (expires in %" PRId64 " day%s)\n", is_due(l, item) ? "warning" : "ok", days, days == 1 ? "" : "s");
}

static const char *private_text(const struct ctl_item *item)
{
	return item->has_private ? ", has private key" : "";
}

static void item_text(const struct list *l, const struct ctl_item *item, bool utc)
{
	static const char * const ends[] = { "left", "right" };
	char id[CONF_ID_TEXT];

	if (item->conn[0])
		printf("000 %s of conn \"%s\"\n", ends[item->end & 1], item->conn);
	else
		puts("000 -");
	if (item->kind == CTL_LIST_PUBKEYS) {
		printf("000        %s Key %s%s\n", item->key, item->keyid, private_text(item));
		printf("000        id:       %s\n", conf_id_format(&item->subject, id));
		return;
	}
	if (item->kind != CTL_LIST_CRLS)
		printf("000        subject:  '%s'\n", conf_id_format(&item->subject, id));
	printf("000        issuer:   '%s'\n", conf_id_format(&item->issuer, id));
	if (item->kind == CTL_LIST_CRLS) {
		printf("000        number:   %s, %u revoked\n", item->serial[0] ? item->serial : "none", item->revoked);
		from_text(l, item, "000        updates:  this", utc);
		until_text(l, item, "000                  next", utc);
		return;
	}
	printf("000        serial:   %s\n", item->serial);
	printf("000        pubkey:   %s Key%s\n", item->key, private_text(item));
	from_text(l, item, "000        validity: not before", utc);
	until_text(l, item, "000                  not after ", utc);
}

static void print_text(const struct list *l, const struct list_how *how)
{
	unsigned int i, k, n;

	for (k = 0; k < N_KINDS; k++) {
		if (!(how->kinds & kinds[k].kind))
			continue;
		printf("000  \n000 List of %s:\n000  \n", kinds[k].title);
		for (i = n = 0; i < l->n; i++) {
			if (l->items[i].kind != kinds[k].kind || (how->due && !is_due(l, &l->items[i])))
				continue;
			item_text(l, &l->items[i], how->utc);
			n++;
		}
		if (!n)
			puts(how->due ? "000 none that expires within 30 days" : "000 none");
	}
}

static void json_id(struct json *j, const char *key, const struct conf_id *id)
{
	char text[CONF_ID_TEXT];

	json_string(j, key, id->type ? conf_id_format(id, text) : NULL);
}

static void json_time(struct json *j, const char *key, int64_t at)
{
	if (at)
		json_i64(j, key, at);
	else
		json_null(j, key);
}

static void json_item(struct json *j, const struct list *l, const struct ctl_item *item)
{
	json_object(j, NULL);
	json_string(j, "conn", item->conn[0] ? item->conn : NULL);
	json_string(j, "end", !item->conn[0] ? NULL : item->end ? "right" : "left");
	json_id(j, item->kind == CTL_LIST_PUBKEYS ? "id" : "subject", &item->subject);
	if (item->kind == CTL_LIST_PUBKEYS)
		json_string(j, "keyid", item->keyid);
	else
		json_id(j, "issuer", &item->issuer);
	json_string(j, "serial", item->serial[0] ? item->serial : NULL);
	json_string(j, "key", item->key[0] ? item->key : NULL);
	json_bool(j, "has_private_key", item->has_private);
	json_time(j, "not_before", item->from);
	json_time(j, "not_after", item->until);
	json_bool(j, "expired", item->until && item->until < l->now);
	if (item->kind == CTL_LIST_CRLS)
		json_u64(j, "revoked", item->revoked);
	json_end(j);
}

static void print_json(const struct list *l, const struct list_how *how)
{
	unsigned int i, k;
	struct json j;

	json_start(&j, stdout);
	json_object(&j, NULL);
	for (k = 0; k < N_KINDS; k++) {
		if (!(how->kinds & kinds[k].kind))
			continue;
		json_array(&j, kinds[k].name);
		for (i = 0; i < l->n; i++)
			if (l->items[i].kind == kinds[k].kind && (!how->due || is_due(l, &l->items[i])))
				json_item(&j, l, &l->items[i]);
		json_end(&j);
	}
	json_finish(&j);
}

int list_print(const char *ctl, const struct list_how *how)
{
	struct list l = { .now = time(NULL) };
	struct client c = { .ctl = ctl, .answer = take_answer, .ctx = &l };
	struct ctl_list request = { .kinds = how->kinds };
	int status = client_ask(&c, CTL_LIST, &request, sizeof(request), NULL);

	if (!status && l.no_memory) {
		complain("out of memory");
		status = EXIT_ERROR;
	}
	if (!status && how->json)
		print_json(&l, how);
	else if (!status)
		print_text(&l, how);
	free(l.items);
	return status;
}
