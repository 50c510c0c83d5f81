/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec.conf as it stands in the files: sections of settings, each with its place. Private to conf*.c. */
#ifndef KLIPS_LIB_CONF_SOURCE_H
#define KLIPS_LIB_CONF_SOURCE_H

#include <sys/types.h>

#include "conf.h"

#define CONF_DEPTH 10			/* of include and of also= */

struct conf_place {
	const char *file;
	unsigned int line;
};

struct conf_item {
	const struct conf_key *key;
	unsigned int end;		/* 0 left, 1 right */
	const char *value;
	struct conf_place place;
};

struct conf_sect {
	const char *name;		/* NULL: config setup */
	struct conf_place place;
	unsigned int first, n;		/* of the items */
};

struct conf_source {
	struct conf_sect *sects;
	unsigned int n_sects;
	struct conf_item *items;
	unsigned int n_items;
	char **texts;			/* what places and values point into */
	unsigned int n_texts;
	unsigned int *order;		/* the sections of conns, by name */
	unsigned int n_order;
	conf_report_fn report;
	void *ctx;
	unsigned int errors;
	bool salvage;			/* errors do not end anything */
	int err;			/* -errno of the first error */
};

/* Reads everything; src->errors says whether it was well. */
void conf_source_read(struct conf_source *src, const char *path);
void conf_source_free(struct conf_source *src);

/* Reports "FILE:LINE: text"; the first twenty errors are shown. */
void conf_error(struct conf_source *src, struct conf_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warning(struct conf_source *src, struct conf_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Checks @item's value by the keyword's status, reporting what is to be said. */
void conf_item_check(struct conf_source *src, const struct conf_item *item);

/* The keyword as it was meant: leftsubnet; left; ike. */
char *conf_item_name(const struct conf_item *item, char buf[CONF_NAME_MAX]);

#endif
