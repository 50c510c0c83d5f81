/* SPDX-License-Identifier: GPL-2.0 */
/*
 * veth queues a packet on the CPU that sent it. A sender that is moved to another CPU while the first one stands still
 * (an emulated one does, for many milliseconds) overtakes itself; who counts on the order stays on one.
 */
#ifndef KLIPS_LAB_ONE_CPU_H
#define KLIPS_LAB_ONE_CPU_H

#include <sched.h>

static void stay_on_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

#endif
