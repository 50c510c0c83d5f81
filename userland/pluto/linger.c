// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <strings.h>

#include "linger.h"
#include "loop.h"

static struct child *first, **last = &first; /* in the order in which they end */

static bool same_conn(const struct child *a, const struct child *b)
{
	return !strcasecmp(a->conn, b->conn);
}

static bool replaced(const struct child *k, const struct child *children)
{
	for (; children; children = children->next)
		if (children->n_eroutes && same_conn(children, k))
			return true;
	return false;
}

static void end(struct pfkey *pk, struct child **at)
{
	struct child *k = *at;

	*at = k->next;
	if (!k->next)
		last = at;
	child_undo(pk, k);
}

static void end_conn(struct pfkey *pk, const struct child *of)
{
	struct child **at = &first;

	while (*at)
		if (same_conn(*at, of))
			end(pk, at);
		else
			at = &(*at)->next;
}

/* Of too many the one that has been there longest goes. */
static void make_room(struct pfkey *pk, const struct child *k)
{
	struct child **at, **oldest = NULL;
	unsigned int n = 0;

	for (at = &first; *at; at = &(*at)->next) {
		if (!same_conn(*at, k))
			continue;
		if (!n++)
			oldest = at;
	}
	if (n >= LINGER_MAX)
		end(pk, oldest);
}

void linger_remove(struct pfkey *pk, const struct child *children, struct child *k)
{
	if (!replaced(k, children)) {
		end_conn(pk, k);
		child_undo(pk, k);
		return;
	}
	make_room(pk, k);
	child_let_go(pk, k);
	k->until = loop_now() + LINGER_MS;
	k->next = NULL;
	*last = k;
	last = &k->next;
}

bool linger_give_way(struct pfkey *pk, const struct said *said)
{
	struct child **at;

	for (at = &first; *at; at = &(*at)->next) {
		if (!said_equal(&(*at)->out, said))
			continue;
		end(pk, at);
		return true;
	}
	return false;
}

void linger_close(struct pfkey *pk)
{
	while (first)
		end(pk, &first);
}

void linger_serve(struct pfkey *pk)
{
	while (first && first->until <= loop_now())
		end(pk, &first);
}

uint64_t linger_deadline(void)
{
	return first ? first->until : UINT64_MAX;
}
