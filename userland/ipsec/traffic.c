// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "traffic.h"

struct traffic_table traffic_read(void)
{
	struct traffic_table table = { 0 };
	struct genl g;

	if (genl_open(&g))
		return table;
	if (genl_list_sas(&g, &table.sas, &table.n))
		table = (struct traffic_table){ 0 };
	genl_close(&g);
	return table;
}

void traffic_free(struct traffic_table *table)
{
	free(table->sas);
	memset(table, 0, sizeof(*table));
}

/* The destination is not known of a peer that is %any. */
static const struct genl_sa *find(const struct traffic_table *table, const struct said *said)
{
	struct ip_addr any = addr_any(said->dst.family);
	size_t i;

	for (i = 0; said->spi && i < table->n; i++)
		if (table->sas[i].said.spi == said->spi && table->sas[i].said.proto == said->proto &&
		    (addr_equal(&said->dst, &any) || addr_equal(&table->sas[i].said.dst, &said->dst)))
			return &table->sas[i];
	return NULL;
}

bool traffic_of(const struct traffic_table *table, const struct ctl_conn *conn, struct traffic *t)
{
	const struct genl_sa *in = find(table, &conn->in), *out = find(table, &conn->out);

	memset(t, 0, sizeof(*t));
	if (!in && !out)
		return false;
	if (in) {
		t->in_packets = in->packets;
		t->in_bytes = in->bytes;
		t->age = in->age;
	}
	if (out) {
		t->out_packets = out->packets;
		t->out_bytes = out->bytes;
		t->age = out->age;
	}
	return true;
}

void traffic_json(struct json *json, const struct traffic *t)
{
	json_u64(json, "age", t->age);
	json_u64(json, "in_packets", t->in_packets);
	json_u64(json, "in_bytes", t->in_bytes);
	json_u64(json, "out_packets", t->out_packets);
	json_u64(json, "out_bytes", t->out_bytes);
}
