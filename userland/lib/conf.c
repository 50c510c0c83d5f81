// SPDX-License-Identifier: GPL-2.0
/* From the sections of ipsec.conf to structs: defaults, also=, %default, and whether it fits together. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_source.h"

#define KEYS_MAX 192

/* The setting that counts for each keyword and end; NULL: none. */
struct chosen {
	const struct conf_item *item[KEYS_MAX][2];
};

static int by_name(const void *a, const void *b, void *sects)
{
	unsigned int na = *(const unsigned int *)a, nb = *(const unsigned int *)b;
	const struct conf_sect *sect = sects;
	int order = strcasecmp(sect[na].name, sect[nb].name);

	if (order)
		return order;
	return na < nb ? -1 : na > nb;
}

/* Sorts the conns by name and reports those that are there twice. */
static void index_conns(struct conf *conf)
{
	struct conf_source *src = conf->source;
	const struct conf_sect *a, *b;
	unsigned int i;

	src->order = calloc(src->n_sects + 1, sizeof(*src->order));
	if (!src->order) {
		conf_error(src, (struct conf_place){ 0 }, "out of memory");
		return;
	}
	for (i = 0; i < src->n_sects; i++)
		if (src->sects[i].name && src->sects[i].name[0] != '%')
			src->order[conf->n_conns++] = i;
	if (conf->n_conns)
		qsort_r(src->order, conf->n_conns, sizeof(*src->order), by_name, src->sects);
	for (i = 1; i < conf->n_conns; i++) {
		a = &src->sects[src->order[i - 1]];
		b = &src->sects[src->order[i]];
		if (!strcasecmp(a->name, b->name))
			conf_error(src, b->place, "a second \"conn %s\"; expected another name, the first is at %s:%u",
				   b->name, a->place.file, a->place.line);
	}
}

/* The index of a conn in conf->conns and of its section in src->order; n_conns: there is none. */
static unsigned int conn_index(const struct conf *conf, const char *name)
{
	const struct conf_source *src = conf->source;
	unsigned int low = 0, high = conf->n_conns, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcasecmp(name, src->sects[src->order[middle]].name);
		if (!order)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return conf->n_conns;
}

static const struct conf_sect *sect_find(const struct conf *conf, const char *name)
{
	unsigned int i = conn_index(conf, name);

	return i < conf->n_conns ? &conf->source->sects[conf->source->order[i]] : NULL;
}

/* ---- also= and %default ---- */

/* auto= may be repeated in a section and the last one counts; all else is there once. */
static void choose(struct chosen *chosen, const struct conf_item *first,
		   const struct conf_item *item, bool flip)
{
	unsigned int end = flip && item->key->section == CONF_END ? !item->end : item->end;
	const struct conf_item **at = &chosen->item[item->key - conf_keys][end];
	bool repeated = *at >= first && *at < item && !strcmp(item->key->name, "auto");

	if (!*at || repeated)
		*at = item;
}

static void choose_own(struct conf *conf, struct chosen *chosen, const struct conf_sect *sect, bool flip)
{
	const struct conf_item *first = &conf->source->items[sect->first];
	unsigned int i;

	for (i = 0; i < sect->n; i++)
		if (!first[i].key->list)
			choose(chosen, first, &first[i], flip);
}

static void choose_all(struct conf *conf, struct chosen *chosen, const struct conf_sect *sect,
		       bool flip, unsigned int depth)
{
	const struct conf_item *item = &conf->source->items[sect->first];
	const struct conf_sect *also;
	unsigned int i;

	choose_own(conf, chosen, sect, flip);
	for (i = 0; i < sect->n && !conf->source->errors; i++, item++) {
		if (!item->key->list)
			continue;
		also = sect_find(conf, item->value);
		if (!also)
			conf_error(conf->source, item->place, "%s=%s: there is no such conn; expected one of this file or what it includes",
				   item->key->name, item->value);
		else if (depth == CONF_DEPTH)
			conf_error(conf->source, item->place, "%s=%s: more than %d conns one in another, or a circle; expected fewer",
				   item->key->name, item->value, CONF_DEPTH);
		else
			choose_all(conf, chosen, also, flip ^ !strcmp(item->key->name, "alsoflip"),
				   depth + 1);
	}
}

static void choose_defaults(struct conf *conf, struct chosen *chosen)
{
	unsigned int i;

	for (i = 0; i < conf->source->n_sects; i++) {
		const struct conf_sect *sect = &conf->source->sects[i];

		if (sect->name && sect->name[0] == '%')
			choose_own(conf, chosen, sect, false);
	}
}

static void set_field(const struct conf_key *key, const struct conf_item *item, void *base)
{
	const char *text = item ? item->value : key->fallback;

	/* Both were checked: the item when it was read, the fallback by the tests. */
	if (text)
		key->parse(text, (char *)base + key->offset);
}

static void fill_conn(struct conf_conn *conn, const char *name, const struct chosen *chosen)
{
	unsigned int i, end;

	memset(conn, 0, sizeof(*conn));
	strncpy(conn->name, name, sizeof(conn->name) - 1);
	for (i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (key->status != CONF_BUILT || key->list)
			continue;
		if (key->section == CONF_CONN)
			set_field(key, chosen->item[i][0], conn);
		for (end = 0; key->section == CONF_END && end < 2; end++)
			set_field(key, chosen->item[i][end], &conn->end[end]);
	}
}

static void fill_conns(struct conf *conf)
{
	struct conf_source *src = conf->source;
	struct chosen *chosen = malloc(sizeof(*chosen));
	const struct conf_sect *sect;
	unsigned int i;

	conf->conns = calloc(conf->n_conns + 1, sizeof(*conf->conns));
	if (!conf->conns || !chosen)
		conf_error(src, (struct conf_place){ 0 }, "out of memory");
	for (i = 0; conf->conns && chosen && i < conf->n_conns; i++) {
		sect = &src->sects[src->order[i]];
		memset(chosen, 0, sizeof(*chosen));
		choose_all(conf, chosen, sect, false, 0);
		choose_defaults(conf, chosen);
		fill_conn(&conf->conns[i], sect->name, chosen);
	}
	free(chosen);
}

static void fill_setup(struct conf *conf)
{
	struct conf_source *src = conf->source;
	struct chosen chosen;
	unsigned int i;

	memset(&chosen, 0, sizeof(chosen));
	for (i = 0; i < src->n_sects; i++)
		if (!src->sects[i].name)
			choose_own(conf, &chosen, &src->sects[i], false);
	for (i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].section == CONF_SETUP && conf_keys[i].status == CONF_BUILT)
			set_field(&conf_keys[i], chosen.item[i][0], &conf->setup);
}

/* ---- does it fit together ---- */

static int client_family(const struct conf_end *end)
{
	return end->subnet.addr.family;
}

static const char *ends_wrong(const struct conf_end *left, const struct conf_end *right)
{
	if (!left->host)
		return "left= is missing; expected an address, %defaultroute or %any";
	if (!right->host)
		return "right= is missing; expected an address, %defaultroute or %any";
	if (left->host == CONF_HOST_ANY && right->host == CONF_HOST_ANY)
		return "both left= and right= are %any; expected one of them to be this host";
	if (left->host == CONF_HOST_DEFAULTROUTE && right->host == CONF_HOST_DEFAULTROUTE)
		return "both left= and right= are %defaultroute; expected one of them to be the peer";
	if (left->host == CONF_HOST_ADDR && right->host == CONF_HOST_ADDR &&
	    addr_equal(&left->addr, &right->addr))
		return "left= and right= are the same address; expected two hosts";
	if (left->addr.family == AF_INET6 || right->addr.family == AF_INET6 ||
	    client_family(left) == AF_INET6 || client_family(right) == AF_INET6)
		return "IPv6 is not built yet; expected IPv4 addresses and subnets";
	if (left->sourceip.family == AF_INET6 || right->sourceip.family == AF_INET6 ||
	    left->nexthop_addr.family == AF_INET6 || right->nexthop_addr.family == AF_INET6)
		return "IPv6 is not built yet; expected IPv4 addresses in sourceip= and nexthop=";
	return NULL;
}

static const char *end_wrong(const struct conf_end *end)
{
	if (end->subnet.addr.family && end->sourceip.family &&
	    !subnet_contains(&end->subnet, &end->sourceip))
		return "sourceip= is outside of that end's subnet=; expected an address inside";
	if (end->host == CONF_HOST_ANY && end->sourceip.family)
		return "sourceip= of an end that is %any; expected it at the end that is this host";
	return NULL;
}

const char *conf_conn_wrong(const struct conf_conn *conn)
{
	const char *wrong = ends_wrong(&conn->end[0], &conn->end[1]);

	if (!wrong)
		wrong = end_wrong(&conn->end[0]);
	if (!wrong)
		wrong = end_wrong(&conn->end[1]);
	if (wrong)
		return wrong;
	if (conn->authby != CONF_AUTHBY_SECRET)
		return "authby= is missing; expected authby=secret (the classic default, rsasig, is not built yet)";
	if (conn->startup == CONF_AUTO_START &&
	    (conn->end[0].host == CONF_HOST_ANY || conn->end[1].host == CONF_HOST_ANY))
		return "auto=start with a peer that is %any; expected auto=add, or the peer's address";
	return NULL;
}

bool conf_check(const struct conf *conf, const struct conf_conn *conn, conf_report_fn report, void *ctx)
{
	const char *wrong = conf_conn_wrong(conn);
	struct conf_source src = { .report = report, .ctx = ctx };
	const struct conf_sect *sect = sect_find(conf, conn->name);

	if (!wrong)
		return true;
	conf_error(&src, sect ? sect->place : (struct conf_place){ 0 }, "conn %s: %s", conn->name, wrong);
	return false;
}

static void check_conns(struct conf *conf)
{
	struct conf_source *src = conf->source;
	unsigned int i;

	for (i = 0; i < conf->n_conns; i++)
		if (conf->conns[i].startup != CONF_AUTO_IGNORE &&
		    !conf_check(conf, &conf->conns[i], src->report, src->ctx))
			src->errors++;
}

/* ---- all of it ---- */

int conf_load(struct conf *conf, const char *path, conf_report_fn report, void *ctx)
{
	struct conf_source *src = calloc(1, sizeof(*src));
	int err;

	memset(conf, 0, sizeof(*conf));
	if (!src) {
		report(ctx, true, "out of memory");
		return -ENOMEM;
	}
	src->report = report;
	src->ctx = ctx;
	conf->source = src;
	conf_source_read(src, path);
	if (!src->errors)
		index_conns(conf);
	if (!src->errors)
		fill_setup(conf);
	if (!src->errors)
		fill_conns(conf);
	if (!src->errors)
		check_conns(conf);
	if (!src->errors)
		return 0;
	err = src->err ? src->err : -EINVAL;
	conf_free(conf);
	return err;
}

void conf_free(struct conf *conf)
{
	if (conf->source)
		conf_source_free(conf->source);
	free(conf->source);
	free(conf->conns);
	memset(conf, 0, sizeof(*conf));
}

const struct conf_conn *conf_find(const struct conf *conf, const char *name)
{
	unsigned int i = conn_index(conf, name);

	return i < conf->n_conns ? &conf->conns[i] : NULL;
}
