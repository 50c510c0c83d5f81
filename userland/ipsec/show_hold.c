// SPDX-License-Identifier: GPL-2.0
/* Holds as text and as JSON. */
#include <inttypes.h>

#include "show.h"

static const char *const states[] = {
	[KLIPS_HOLD_HELD] = "held",
	[KLIPS_HOLD_DRAINING] = "draining",
	[KLIPS_HOLD_REFUSED] = "refused",
	[KLIPS_HOLD_IDLE] = "idle",
	[KLIPS_HOLD_DEAD] = "dead",
};

#define COUNT_NAME(sym, name) [KLIPS_HOLD_COUNT_##sym] = name,
static const char *const counts[] = { KLIPS_HOLD_COUNTS(COUNT_NAME) };

static const char *state_name(enum klips_hold_state state)
{
	return state <= KLIPS_HOLD_DEAD ? states[state] : "unknown";
}

void show_hold(FILE *out, const struct genl_hold *hold)
{
	const struct genl_eroute *er = &hold->eroute;
	char src[SELECTOR_TEXT], dst[SELECTOR_TEXT], said[SAID_TEXT];

	fprintf(out, "%-10" PRIu64 " %-18s -> %-18s", er->packets,
		show_selector(&er->src, er->sport, er->sport_mask, src),
		show_selector(&er->dst, er->dport, er->dport_mask, dst));
	if (er->proto)
		fprintf(out, " proto=%u", er->proto);
	fprintf(out, " of %s %s dev=%s age=%" PRIu64 ".%03" PRIu64 "s held=%" PRIu64 " bytes=%" PRIu64 " acquires=%u seq=%u\n",
		said_format(&er->said, 'x', said), state_name(hold->state), er->device, hold->age_ms / 1000,
		hold->age_ms % 1000, hold->held, hold->bytes, hold->asked, hold->seq);
}

void show_hold_sums(FILE *out, const struct genl_hold_sums *sums)
{
	fprintf(out, "holds %u of at most %u, sources %u, waiting %u, bytes %" PRIu64 " of at most %u\n", sums->holds,
		sums->holds_max, sums->sources, sums->waiting, sums->bytes, sums->holds_bytes_max);
	for (int i = 0; i < __KLIPS_HOLD_COUNT_MAX; i++)
		fprintf(out, "%s%s %" PRIu64, i ? ", " : "", counts[i], sums->counts[i]);
	putc('\n', out);
}

void json_hold(struct json *json, const char *key, const struct genl_hold *hold)
{
	json_object(json, key);
	json_eroute_name(json, "flow", &hold->eroute);
	json_eroute_name(json, "parent", &hold->parent);
	json_string(json, "state", state_name(hold->state));
	json_u64(json, "packets", hold->eroute.packets);
	json_u64(json, "held", hold->held);
	json_u64(json, "bytes", hold->bytes);
	json_u64(json, "age_ms", hold->age_ms);
	json_u64(json, "acquires", hold->asked);
	json_u64(json, "seq", hold->seq);
	json_end(json);
}

void json_hold_sums(struct json *json, const char *key, const struct genl_hold_sums *sums)
{
	json_object(json, key);
	json_u64(json, "holds", sums->holds);
	json_u64(json, "holds_max", sums->holds_max);
	json_u64(json, "sources", sums->sources);
	json_u64(json, "waiting", sums->waiting);
	json_u64(json, "bytes", sums->bytes);
	json_u64(json, "holds_bytes_max", sums->holds_bytes_max);
	for (int i = 0; i < __KLIPS_HOLD_COUNT_MAX; i++)
		json_u64(json, counts[i], sums->counts[i]);
	json_end(json);
}
