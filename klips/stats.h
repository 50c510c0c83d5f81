/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of an ipsecN. For every device
 *   tx_packets = transformed + passed + held + the sum of tx drops
 * once nothing is in flight; the lab checks it after every scenario. Held is what waits now: a packet
 * has its place among the others when it is let go. Its bytes count from then on.
 */
#ifndef KLIPS_STATS_H
#define KLIPS_STATS_H

#include <linux/u64_stats_sync.h>
#include <klips/types.h>

/* Packets and bytes of an eroute or an SA, for each CPU. */
struct klips_counter {
	u64_stats_t packets;
	u64_stats_t bytes;
	struct u64_stats_sync sync;
};

/* One more packet of @bytes. BH off. */
void klips_counter_add(struct klips_counter __percpu *c, unsigned int bytes);

/* Summed over CPUs; the two belong together for each of them. */
void klips_counter_sum(const struct klips_counter __percpu *c, u64 *packets, u64 *bytes);

struct klips_dev_stats {
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	u64_stats_t tx_transformed;
	u64_stats_t tx_passed;
	u64_stats_t tx_drops[__KLIPS_DROP_MAX];
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t rx_would_drop;
	u64_stats_t rx_drops[__KLIPS_DROP_MAX];
	struct u64_stats_sync sync;
};

struct klips_dev;

/* The same, summed over CPUs, as plain numbers. */
struct klips_dev_sums {
	u64 tx_packets, tx_bytes, tx_transformed, tx_passed, tx_held;
	u64 tx_drops[__KLIPS_DROP_MAX];
	u64 rx_packets, rx_bytes, rx_would_drop;
	u64 rx_drops[__KLIPS_DROP_MAX];
};

/* One more packet of @len bytes, or one more with this fate. BH off. */
void klips_stat_tx(struct klips_dev *kd, unsigned int len);
void klips_stat_tx_transformed(struct klips_dev *kd);
void klips_stat_tx_passed(struct klips_dev *kd);
void klips_stat_tx_drop(struct klips_dev *kd, enum klips_drop why);
void klips_stat_rx(struct klips_dev *kd, unsigned int len);
void klips_stat_rx_drop(struct klips_dev *kd, enum klips_drop why);
void klips_stat_rx_would_drop(struct klips_dev *kd);

void klips_dev_sum(const struct klips_dev *kd, struct klips_dev_sums *sums);

/* Names of enum klips_drop as in JSON, and one line for people. */
const char *klips_drop_name(enum klips_drop why);
const char *klips_drop_text(enum klips_drop why);

#endif
