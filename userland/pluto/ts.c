// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ts.h"

#define FLOWS_MAX 256

static bool bit(const uint8_t *addr, unsigned int i)
{
	return addr[i / 8] & (0x80 >> (i % 8));
}

/* The last address of the prefix @addr/@plen. */
static void last_of(const uint8_t *addr, unsigned int plen, unsigned int bits, uint8_t *last)
{
	unsigned int i;

	memcpy(last, addr, bits / 8);
	for (i = plen; i < bits; i++)
		last[i / 8] |= 0x80 >> (i % 8);
}

/* The shortest prefix that begins at @start and does not go beyond @end. */
static unsigned int widest(const uint8_t *start, const uint8_t *end, unsigned int bits)
{
	unsigned int plen = bits;
	uint8_t last[16];

	while (plen > 0 && !bit(start, plen - 1)) {
		last_of(start, plen - 1, bits, last);
		if (memcmp(last, end, bits / 8) > 0)
			break;
		plen--;
	}
	return plen;
}

/* One more, in place; false: it was the last address there is. */
static bool increment(uint8_t *addr, unsigned int len)
{
	while (len--)
		if (++addr[len])
			return true;
	return false;
}

int ts_prefixes(const struct ike_ts *ts, struct subnet out[TS_PREFIXES])
{
	unsigned int bits = addr_bits(ts->family), len = bits / 8, plen;
	uint8_t at[16], last[16];
	struct ip_addr addr;
	int n = 0;

	if (!bits || memcmp(ts->start, ts->end, len) > 0)
		return -EINVAL;
	memcpy(at, ts->start, len);
	do {
		if (n == TS_PREFIXES)
			return -E2BIG;
		plen = widest(at, ts->end, bits);
		if (!addr_from_bytes(&addr, ts->family, at, len) || !subnet_set(&out[n++], &addr, plen))
			return -EINVAL;
		last_of(at, plen, bits, last);
		memcpy(at, last, len);
	} while (memcmp(last, ts->end, len) < 0 && increment(at, len));
	return n;
}

struct subnet ts_prefix(const struct ike_ts *ts)
{
	struct subnet all[TS_PREFIXES];

	return ts_prefixes(ts, all) == 1 ? all[0] : (struct subnet){ 0 };
}

/* A port range as a port and its mask: any, or one. */
static int port_of(const struct ike_ts *ts, in_port_t *port, in_port_t *mask)
{
	*port = *mask = 0;
	if (ts->start_port == 0 && ts->end_port == 65535)
		return 0;
	if (ts->start_port != ts->end_port)
		return -EOPNOTSUPP;
	*port = htons(ts->start_port);
	*mask = 0xffff;
	return 0;
}

static int add_pair(const struct ike_ts *local, const struct ike_ts *remote, struct flow_sel *list, int n)
{
	struct subnet src[TS_PREFIXES], dst[TS_PREFIXES];
	int n_src = ts_prefixes(local, src), n_dst = ts_prefixes(remote, dst), i, j, err;
	struct flow_sel sel = { 0 };

	if (n_src < 0 || n_dst < 0)
		return n_src < 0 ? n_src : n_dst;
	if (n + n_src * n_dst > FLOWS_MAX)
		return -E2BIG;
	sel.proto = local->proto ? local->proto : remote->proto;
	err = port_of(local, &sel.sport, &sel.sport_mask);
	if (!err)
		err = port_of(remote, &sel.dport, &sel.dport_mask);
	if (err)
		return err;
	for (i = 0; i < n_src; i++) {
		for (j = 0; j < n_dst; j++) {
			sel.src = src[i];
			sel.dst = dst[j];
			list[n++] = sel;
		}
	}
	return n;
}

int ts_flows(const struct ike_ts *local, unsigned int n_local, const struct ike_ts *remote,
	     unsigned int n_remote, struct flow_sel **list)
{
	struct flow_sel *flows = calloc(FLOWS_MAX, sizeof(*flows));
	unsigned int i, j;
	int n = 0;

	if (!flows)
		return -ENOMEM;
	for (i = 0; i < n_local && n >= 0; i++)
		for (j = 0; j < n_remote && n >= 0; j++)
			if (local[i].family == remote[j].family &&
			    (!local[i].proto || !remote[j].proto || local[i].proto == remote[j].proto))
				n = add_pair(&local[i], &remote[j], flows, n);
	if (n <= 0) {
		free(flows);
		return n ? n : -EINVAL;
	}
	*list = flows;
	return n;
}
