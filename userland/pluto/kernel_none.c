// SPDX-License-Identifier: GPL-2.0
/* No kernel: IKE as always, SAs go nowhere. For tests of two plutos on one machine. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "kernel.h"
#include "plog.h"

static int none_open(char why[KERNEL_WHY])
{
	(void)why;
	plog(LOG_WARNING, NULL, "without a kernel (--use-nostack): IKE is negotiated, nothing is encrypted");
	return 0;
}

static void none_close(void)
{
}

static int none_getspi(const struct ike_addr *local, const struct ike_addr *remote, uint8_t spi[4])
{
	(void)local;
	(void)remote;
	if (getrandom(spi, 4, 0) != 4)
		return -1;
	spi[0] |= 0x10;			/* above the reserved ones */
	return 0;
}

static int none_install(const struct ike_child *child, const struct conn *conn, char why[KERNEL_WHY])
{
	(void)conn;
	(void)why;
	plog(LOG_INFO, child->conn, "Child SA %u: not installed, there is no kernel", child->child);
	return 0;
}

static void none_takeover(uint32_t child)
{
	(void)child;
}

static int none_packets(uint32_t child, uint64_t *in, uint64_t *out)
{
	(void)child;
	*in = *out = 0;
	return 0;
}

static void none_remove(uint32_t child, const uint8_t spi_in[4], const struct ike_addr *local)
{
	(void)child;
	(void)spi_in;
	(void)local;
}

static void none_move(uint32_t child, const struct child_path *path)
{
	(void)child;
	(void)path;
}

static void none_moved(const struct conn *conn, const struct oriented *was)
{
	(void)conn;
	(void)was;
}

static int none_load(const struct conn *conn, char why[KERNEL_WHY])
{
	(void)conn;
	(void)why;
	return 0;
}

static void none_unload(const struct conn *conn)
{
	(void)conn;
}

static void none_loaded(void)
{
}

static int none_route(const struct conn *conn, enum klips_target target, char why[KERNEL_WHY])
{
	(void)conn;
	(void)target;
	(void)why;
	return 0;
}

static void none_refuse(uint32_t seq, int error)
{
	(void)seq;
	(void)error;
}

static int none_shut(const struct subnet *net, bool sure, char why[KERNEL_WHY])
{
	(void)net;
	(void)sure;
	(void)why;
	return 0;
}

static void none_unshut(const struct subnet *net)
{
	(void)net;
}

static bool none_adopted(const struct conn *conn, struct said *in, struct said *out)
{
	(void)conn;
	(void)in;
	(void)out;
	return false;
}

static uint64_t none_deadline(void)
{
	return UINT64_MAX;
}

const struct kernel_ops kernel_none = {
	.name = "none",
	.open = none_open,
	.close = none_close,
	.getspi = none_getspi,
	.install = none_install,
	.takeover = none_takeover,
	.packets = none_packets,
	.remove = none_remove,
	.move = none_move,
	.shut = none_shut,
	.unshut = none_unshut,
	.load = none_load,
	.unload = none_unload,
	.moved = none_moved,
	.loaded = none_loaded,
	.down = none_unload,
	.adopted = none_adopted,
	.route = none_route,
	.unroute = none_unload,
	.refuse = none_refuse,
	.deadline = none_deadline,
	.serve = none_loaded,
};
