// SPDX-License-Identifier: GPL-2.0
#include "device.h"
#include "stats.h"

#define DROP_NAME(_sym, _name, _text) [KLIPS_DROP_##_sym] = _name,
static const char *const drop_names[] = { KLIPS_DROPS(DROP_NAME) };

#define DROP_TEXT(_sym, _name, _text) [KLIPS_DROP_##_sym] = _text,
static const char *const drop_texts[] = { KLIPS_DROPS(DROP_TEXT) };

const char *klips_drop_name(enum klips_drop why)
{
	return why < __KLIPS_DROP_MAX ? drop_names[why] : "unknown";
}

const char *klips_drop_text(enum klips_drop why)
{
	return why < __KLIPS_DROP_MAX ? drop_texts[why] : "unknown";
}

void klips_counter_add(struct klips_counter __percpu *counter, unsigned int bytes)
{
	struct klips_counter *c = this_cpu_ptr(counter);

	u64_stats_update_begin(&c->sync);
	u64_stats_inc(&c->packets);
	u64_stats_add(&c->bytes, bytes);
	u64_stats_update_end(&c->sync);
}

void klips_counter_sum(const struct klips_counter __percpu *counter, u64 *packets, u64 *bytes)
{
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		const struct klips_counter *c = per_cpu_ptr(counter, cpu);
		unsigned int start;
		u64 p, b;

		do {
			start = u64_stats_fetch_begin(&c->sync);
			p = u64_stats_read(&c->packets);
			b = u64_stats_read(&c->bytes);
		} while (u64_stats_fetch_retry(&c->sync, start));
		*packets += p;
		*bytes += b;
	}
}

/* @slots: an array of u64_stats_t fields of klips_dev_stats, by their offset. */
static u64 read_slot(const struct klips_dev_stats *st, const u64_stats_t *slot)
{
	unsigned int start;
	u64 v;

	do {
		start = u64_stats_fetch_begin(&st->sync);
		v = u64_stats_read(slot);
	} while (u64_stats_fetch_retry(&st->sync, start));
	return v;
}

static void sum_cpu(const struct klips_dev_stats *st, struct klips_dev_sums *s)
{
	unsigned int i;

	s->tx_packets += read_slot(st, &st->tx_packets);
	s->tx_bytes += read_slot(st, &st->tx_bytes);
	s->tx_transformed += read_slot(st, &st->tx_transformed);
	s->tx_passed += read_slot(st, &st->tx_passed);
	s->rx_packets += read_slot(st, &st->rx_packets);
	s->rx_bytes += read_slot(st, &st->rx_bytes);
	s->rx_would_drop += read_slot(st, &st->rx_would_drop);
	for (i = 0; i < __KLIPS_DROP_MAX; i++) {
		s->tx_drops[i] += read_slot(st, &st->tx_drops[i]);
		s->rx_drops[i] += read_slot(st, &st->rx_drops[i]);
	}
}

void klips_dev_sum(const struct klips_dev *kd, struct klips_dev_sums *sums)
{
	int cpu;

	memset(sums, 0, sizeof(*sums));
	for_each_possible_cpu(cpu)
		sum_cpu(per_cpu_ptr(kd->stats, cpu), sums);
	sums->tx_held = atomic_long_read(&kd->held);
	sums->tx_packets += sums->tx_held;
}

static void add(struct klips_dev_stats *st, u64_stats_t *packets,
		u64_stats_t *bytes, unsigned int len)
{
	u64_stats_update_begin(&st->sync);
	u64_stats_inc(packets);
	if (bytes)
		u64_stats_add(bytes, len);
	u64_stats_update_end(&st->sync);
}

void klips_stat_tx(struct klips_dev *kd, unsigned int len)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->tx_packets, &st->tx_bytes, len);
}

void klips_stat_tx_transformed(struct klips_dev *kd)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->tx_transformed, NULL, 0);
}

void klips_stat_tx_passed(struct klips_dev *kd)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->tx_passed, NULL, 0);
}

void klips_stat_tx_drop(struct klips_dev *kd, enum klips_drop why)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->tx_drops[why], NULL, 0);
}

void klips_stat_rx(struct klips_dev *kd, unsigned int len)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->rx_packets, &st->rx_bytes, len);
}

void klips_stat_rx_drop(struct klips_dev *kd, enum klips_drop why)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->rx_drops[why], NULL, 0);
}

void klips_stat_rx_would_drop(struct klips_dev *kd)
{
	struct klips_dev_stats *st = this_cpu_ptr(kd->stats);

	add(st, &st->rx_would_drop, NULL, 0);
}
