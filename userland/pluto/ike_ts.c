// SPDX-License-Identifier: GPL-2.0
/* Traffic selectors: what two sides both want, RFC 7296 2.9. */
#include <string.h>
#include <sys/socket.h>

#include "ike_text.h"

struct ike_ts ike_ts_host(const struct ike_addr *a)
{
	struct ike_ts ts;

	memset(&ts, 0, sizeof(ts));
	ts.family = a->family;
	ts.end_port = 65535;
	memcpy(ts.start, a->bytes, ike_addr_len(a->family));
	memcpy(ts.end, a->bytes, ike_addr_len(a->family));
	return ts;
}

bool ike_ts_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out)
{
	const struct ike_ts *low = memcmp(a->start, b->start, 16) > 0 ? a : b;
	const struct ike_ts *high = memcmp(a->end, b->end, 16) < 0 ? a : b;

	if (a->family != b->family || (a->proto && b->proto && a->proto != b->proto))
		return false;
	memset(out, 0, sizeof(*out));
	out->family = a->family;
	out->proto = a->proto ? a->proto : b->proto;
	out->start_port = a->start_port > b->start_port ? a->start_port : b->start_port;
	out->end_port = a->end_port < b->end_port ? a->end_port : b->end_port;
	memcpy(out->start, low->start, 16);
	memcpy(out->end, high->end, 16);
	return out->start_port <= out->end_port && memcmp(out->start, out->end, 16) <= 0;
}

static bool ts_same(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->family == b->family && a->proto == b->proto &&
	       a->start_port == b->start_port && a->end_port == b->end_port &&
	       !memcmp(a->start, b->start, 16) && !memcmp(a->end, b->end, 16);
}

static bool ts_contains(const struct ike_ts *outer, const struct ike_ts *inner)
{
	struct ike_ts both;

	return ike_ts_intersect(outer, inner, &both) && ts_same(&both, inner);
}

bool ike_ts_within(const struct ike_ts *list, unsigned int n,
		   const struct ike_ts *have, unsigned int n_have)
{
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < n_have; j++)
			if (ts_contains(&have[j], &list[i]))
				break;
		if (j == n_have)
			return false;
	}
	return true;
}

/* Adds @ts unless what is there covers it; throws out what it covers. */
static unsigned int ts_insert(struct ike_ts *out, unsigned int n, const struct ike_ts *ts)
{
	unsigned int i, kept = 0;

	for (i = 0; i < n; i++)
		if (ts_contains(&out[i], ts))
			return n;
	for (i = 0; i < n; i++)
		if (!ts_contains(ts, &out[i]))
			out[kept++] = out[i];
	if (kept < IKE_MAX_TS)
		out[kept++] = *ts;
	return kept;
}

unsigned int ike_ts_narrow(const struct ike_ts *want, unsigned int n_want,
			   const struct ike_ts *have, unsigned int n_have, struct ike_ts *out)
{
	unsigned int i, j, n = 0;
	struct ike_ts both;

	for (i = 0; i < n_want; i++)
		for (j = 0; j < n_have; j++)
			if (ike_ts_intersect(&want[i], &have[j], &both))
				n = ts_insert(out, n, &both);
	return n;
}

unsigned int ike_ts_reduce(const struct ike_ts *list, unsigned int n, struct ike_ts *out)
{
	unsigned int i, kept = 0;

	for (i = 0; i < n; i++)
		kept = ts_insert(out, kept, &list[i]);
	return kept;
}
