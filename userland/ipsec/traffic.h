/* SPDX-License-Identifier: GPL-2.0 */
/* What went through the SAs of a conn: pluto knows the SAs, the module counts. */
#ifndef KLIPS_IPSEC_TRAFFIC_H
#define KLIPS_IPSEC_TRAFFIC_H

#include "control.h"
#include "genl.h"
#include "json.h"

struct traffic_table {
	struct genl_sa *sas;
	size_t n;
};

/* Of one pair of SAs; the next pair begins at 0. */
struct traffic {
	uint64_t age;			/* seconds */
	uint64_t in_packets, in_bytes, out_packets, out_bytes;
};

/* All SAs; none where the module is not there. */
struct traffic_table traffic_read(void);
void traffic_free(struct traffic_table *table);

/* False: it has no SAs. */
bool traffic_of(const struct traffic_table *table, const struct ctl_conn *conn, struct traffic *t);
/* The members of an object that is open. */
void traffic_json(struct json *json, const struct traffic *t);

#endif
