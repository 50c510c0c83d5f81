// SPDX-License-Identifier: GPL-2.0
/* From the sections of ipsec.conf to structs: defaults, also=, %default, and pairs of subnets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_source.h"
#include "conf_value.h"

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
			src->order[src->n_order++] = i;
	if (src->n_order)
		qsort_r(src->order, src->n_order, sizeof(*src->order), by_name, src->sects);
	for (i = 1; i < src->n_order; i++) {
		a = &src->sects[src->order[i - 1]];
		b = &src->sects[src->order[i]];
		if (!strcasecmp(a->name, b->name))
			conf_error(src, b->place, "a second \"conn %s\"; expected another name, the first is at %s:%u",
				   b->name, a->place.file, a->place.line);
	}
}

static const struct conf_sect *sect_find(const struct conf *conf, const char *name)
{
	const struct conf_source *src = conf->source;
	unsigned int low = 0, high = src->n_order, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcasecmp(name, src->sects[src->order[middle]].name);
		if (!order)
			return &src->sects[src->order[middle]];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* ---- also= and %default ---- */

/* subnet= and subnets= say the same thing: of two sections that of the nearer one counts. */
static const struct conf_item *chosen_other(const struct chosen *chosen, const struct conf_key *key, unsigned int end)
{
	const char *other = !strcmp(key->name, "subnet") ? "leftsubnets" : !strcmp(key->name, "subnets") ? "leftsubnet" : NULL;
	unsigned int unused;

	if (!other || key->section != CONF_END)
		return NULL;
	return chosen->item[conf_key_find(other, CONF_CONN, &unused) - conf_keys][end];
}

/* auto= may be repeated in a section and the last one counts; all else is there once. */
static void choose(struct chosen *chosen, const struct conf_item *first,
		   const struct conf_item *item, bool flip)
{
	unsigned int end = flip && item->key->section == CONF_END ? !item->end : item->end;
	const struct conf_item **at = &chosen->item[item->key - conf_keys][end];
	const struct conf_item *other = chosen_other(chosen, item->key, end);
	bool repeated = *at >= first && *at < item && !strcmp(item->key->name, "auto");

	if (other && (other < first || other >= item))
		return;
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

/* Both texts were checked: the item when it was read, the fallback by the tests. So false: this is a salvage. */
static bool set_field(const struct conf_key *key, const struct conf_item *item, void *base)
{
	const char *text = item ? item->value : key->fallback;

	return !text || !key->parse(text, (char *)base + key->offset);
}

/* Nobody knows what was meant: what keeps more packets in. */
static void set_closed(struct conf_conn *conn, const struct conf_key *key)
{
	if (!strcmp(key->name, "auto"))
		conn->startup = CONF_AUTO_START;
	else if (!strcmp(key->name, "failclosed"))
		conn->failclosed = CONF_YES;
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
		if (key->section == CONF_CONN && !set_field(key, chosen->item[i][0], conn))
			set_closed(conn, key);
		for (end = 0; key->section == CONF_END && end < 2; end++)
			set_field(key, chosen->item[i][end], &conn->end[end]);
	}
}

/* ---- pairs of subnets ---- */

static const struct conf_item *item_of(const struct chosen *chosen, const char *name)
{
	unsigned int end;
	const struct conf_key *key = conf_key_find(name, CONF_CONN, &end);

	return key ? chosen->item[key - conf_keys][end] : NULL;
}

/* What leftsubnets= or rightsubnets= says, how many; 0: nothing. */
static unsigned int subnets_of(struct conf *conf, const struct chosen *chosen, unsigned int end,
			       struct subnet list[CONF_SUBNETS])
{
	const struct conf_item *several = item_of(chosen, end ? "rightsubnets" : "leftsubnets");
	const struct conf_item *one = item_of(chosen, end ? "rightsubnet" : "leftsubnet");
	unsigned int n;

	/* Of a salvage those in front of what is wrong. */
	if (!several || (conf_subnets_parse(several->value, list, &n) && !conf->source->salvage))
		return 0;
	if (one && !conf->source->salvage)
		conf_error(conf->source, several->place, "%ssubnets= beside %ssubnet= (at %s:%u); expected one of them",
			   end ? "right" : "left", end ? "right" : "left", one->place.file, one->place.line);
	return n;
}

/* @n more conns, with @conn in all of them; NULL: no memory. */
static struct conf_conn *conns_more(struct conf *conf, const struct conf_conn *conn, unsigned int n)
{
	struct conf_conn *list = reallocarray(conf->conns, conf->n_conns + n + 1, sizeof(*list)), *at;

	if (!list) {
		conf_error(conf->source, (struct conf_place){ 0 }, "out of memory");
		return NULL;
	}
	conf->conns = list;
	at = list + conf->n_conns;
	conf->n_conns += n;
	while (n--)
		at[n] = *conn;
	return at;
}

static void name_pair(struct conf *conf, struct conf_conn *conn, const struct conf_sect *sect, unsigned int i, unsigned int j)
{
	int len = snprintf(conn->name, sizeof(conn->name), "%.*s/%ux%u", CONF_NAME_MAX - 7, sect->name, i + 1, j + 1);

	memcpy(conn->alias, sect->name, strlen(sect->name) + 1);
	if (strncmp(conn->name, sect->name, strlen(sect->name)) || len >= CONF_NAME_MAX)
		conf_error(conf->source, sect->place, "conn %s: with /%ux%u its name is too long; expected at most %d characters",
			   sect->name, i + 1, j + 1, CONF_NAME_MAX - 7);
}

/* sourceip= is in one of the subnets: of the others it is not meant. */
static void place_source(struct conf_end *end, const struct subnet *list, unsigned int n)
{
	unsigned int i;

	if (!n || !end->sourceip.family || subnet_contains(&end->subnet, &end->sourceip))
		return;
	for (i = 0; i < n; i++)
		if (subnet_contains(&list[i], &end->sourceip))
			memset(&end->sourceip, 0, sizeof(end->sourceip));
}

/* Which of the @n in @list are IPv6; of none it is the end itself. */
static uint16_t which_v6(const struct conf_conn *conn, unsigned int end, const struct subnet *list, unsigned int n)
{
	uint16_t bits = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		bits |= (list[i].addr.family == AF_INET6) << i;
	return n ? bits : conf_client_family(conn, end) == AF_INET6;
}

/* How many pairs there are. A subnet that is in none was not meant so. Of a salvage all are, whatever their families. */
static unsigned int count_pairs(struct conf *conf, struct conf_conn *conn, const struct conf_sect *sect,
				const struct subnet *left, unsigned int n, const struct subnet *right, unsigned int m)
{
	unsigned int i, j, count = 0;
	uint32_t rows = 0, columns = 0;

	conn->pairs[0] = n ? n : 1;
	conn->pairs[1] = m ? m : 1;
	if (!conf->source->salvage) {
		conn->pairs_v6[0] = which_v6(conn, 0, left, n);
		conn->pairs_v6[1] = which_v6(conn, 1, right, m);
	}
	for (i = 0; i < conn->pairs[0]; i++) {
		for (j = 0; j < conn->pairs[1]; j++) {
			if (!conf_pair_fits(conn, i, j))
				continue;
			rows |= 1U << i;
			columns |= 1U << j;
			count++;
		}
	}
	if (rows + 1 != 1U << conn->pairs[0] || columns + 1 != 1U << conn->pairs[1])
		conf_error(conf->source, sect->place, "conn %s: leftsubnets= or rightsubnets= has an IPv4 or IPv6 subnet, and the other end none of that family; expected one (an end without any is the host itself)",
			   sect->name);
	return count;
}

/* One conn, or one for each pair. */
static void expand(struct conf *conf, struct conf_conn *conn, const struct conf_sect *sect,
		   const struct chosen *chosen)
{
	struct subnet left[CONF_SUBNETS], right[CONF_SUBNETS];
	unsigned int n = subnets_of(conf, chosen, 0, left), m = subnets_of(conf, chosen, 1, right), i, j;
	unsigned int count = n + m ? count_pairs(conf, conn, sect, left, n, right, m) : 1;
	struct conf_conn *at = conns_more(conf, conn, count);

	for (i = 0; at && n + m && i < conn->pairs[0]; i++) {
		for (j = 0; j < conn->pairs[1]; j++) {
			if (!conf_pair_fits(conn, i, j))
				continue;
			name_pair(conf, at, sect, i, j);
			if (n)
				at->end[0].subnet = left[i];
			if (m)
				at->end[1].subnet = right[j];
			place_source(&at->end[0], left, n);
			place_source(&at->end[1], right, m);
			at++;
		}
	}
}

static int by_conn_name(const void *a, const void *b)
{
	const struct conf_conn *x = a, *y = b;

	if (x->alias[0] && !strcasecmp(x->alias, y->alias))	/* 2x1 is before 10x1 */
		return strverscmp(x->name + strlen(x->alias), y->name + strlen(y->alias));
	return strcasecmp(x->name, y->name);
}

/* Whether it is called as if it were one of the pairs of another one. */
static bool among_pairs(const struct conf *conf, const struct conf_conn *conn)
{
	const struct conf_conn *c;
	size_t len;

	if (conn->alias[0] || !strchr(conn->name, '/'))
		return false;
	for (c = conf->conns; c < conf->conns + conf->n_conns; c++) {
		len = strlen(c->alias);
		if (len && !strncasecmp(conn->name, c->alias, len) && conn->name[len] == '/')
			return true;
	}
	return false;
}

/* "a-b" is before "a/1x1", though "a" is before "a-b"; the pairs of a conn follow one another. */
static void sort_conns(struct conf *conf)
{
	unsigned int i;

	if (conf->n_conns)
		qsort(conf->conns, conf->n_conns, sizeof(*conf->conns), by_conn_name);
	for (i = 0; i < conf->n_conns; i++)
		if (among_pairs(conf, &conf->conns[i]))
			conf_error(conf->source, (struct conf_place){ 0 }, "a conn is called \"%s\" and a pair of subnets, too; expected another name",
				   conf->conns[i].name);
}

static void fill_conns(struct conf *conf)
{
	struct conf_source *src = conf->source;
	struct chosen *chosen = malloc(sizeof(*chosen));
	struct conf_conn *conn = malloc(sizeof(*conn));
	const struct conf_sect *sect;
	unsigned int i;

	conf->conns = calloc(1, sizeof(*conf->conns));
	if (!conf->conns || !chosen || !conn)
		conf_error(src, (struct conf_place){ 0 }, "out of memory");
	for (i = 0; conf->conns && chosen && conn && i < src->n_order; i++) {
		sect = &src->sects[src->order[i]];
		memset(chosen, 0, sizeof(*chosen));
		if (src->salvage)
			src->errors = 0;
		choose_all(conf, chosen, sect, false, 0);
		choose_defaults(conf, chosen);
		fill_conn(conn, sect->name, chosen);
		expand(conf, conn, sect, chosen);
	}
	sort_conns(conf);
	free(conn);
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

bool conf_check(const struct conf *conf, const struct conf_conn *conn, conf_report_fn report, void *ctx)
{
	const char *wrong = conf_conn_wrong(conn);
	struct conf_source src = { .report = report, .ctx = ctx };
	const struct conf_sect *sect = sect_find(conf, conn->alias[0] ? conn->alias : conn->name);

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

static struct conf_source *conf_begin(struct conf *conf, const char *path, conf_report_fn report, void *ctx)
{
	struct conf_source *src = calloc(1, sizeof(*src));

	memset(conf, 0, sizeof(*conf));
	if (!src)
		return NULL;
	src->report = report;
	src->ctx = ctx;
	conf->source = src;
	conf_source_read(src, path);
	return src;
}

int conf_load(struct conf *conf, const char *path, conf_report_fn report, void *ctx)
{
	struct conf_source *src = conf_begin(conf, path, report, ctx);
	int err;

	if (!src) {
		report(ctx, true, "out of memory");
		return -ENOMEM;
	}
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

static void report_nothing(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	(void)text;
}

bool conf_salvage(struct conf *conf, const char *path)
{
	struct conf_source *src = conf_begin(conf, path, report_nothing, NULL);

	if (!src)
		return false;
	src->salvage = true;
	index_conns(conf);
	fill_conns(conf);
	if (conf->conns)
		return true;
	conf_free(conf);
	return false;
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
	unsigned int i;

	for (i = 0; i < conf->n_conns; i++)
		if (!strcasecmp(conf->conns[i].name, name))
			return &conf->conns[i];
	return NULL;
}

bool conf_named(const struct conf_conn *conn, const char *name)
{
	return !strcasecmp(conn->name, name) || (conn->alias[0] && !strcasecmp(conn->alias, name));
}
