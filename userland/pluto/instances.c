// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <strings.h>

#include "instances.h"
#include "pluto.h"

struct listing {
	const char *of;
	char *buf;
	size_t size, len;
	unsigned int n, left_out;
};

static void list(void *ctx, const struct ike_conn_info *info)
{
	struct listing *l = ctx;
	int more;

	if (!info->of || strcasecmp(info->of, l->of))
		return;
	more = snprintf(l->buf + l->len, l->size - l->len, "%s\"%s\"", l->n ? ", " : "", info->name);
	l->n++;
	if (l->left_out || more < 0 || (size_t)more >= l->size - l->len) {
		l->buf[l->len] = '\0';
		l->left_out++;
		return;
	}
	l->len += more;
}

void instance_missing(const char *of, const char *name, char *why, size_t size)
{
	char names[300] = "";
	struct listing l = { .of = of, .buf = names, .size = sizeof(names) };

	ike_conns(pluto.engine, list, &l);
	if (!l.n)
		snprintf(why, size, "there is no \"%.80s\" (any more): nobody is there by \"%.64s\"", name, of);
	else if (l.left_out)
		snprintf(why, size, "there is no \"%.80s\" (any more); expected one of %s and %u more, see \"ipsec status\"", name, names,
			 l.left_out);
	else
		snprintf(why, size, "there is no \"%.80s\" (any more); expected %s%s", name, l.n > 1 ? "one of " : "", names);
}
