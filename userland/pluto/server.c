// SPDX-License-Identifier: GPL-2.0
/* Between the engine and the world: what it wants is done here, what came of it is told to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ctl.h"
#include "iface.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "vault.h"

struct ike_addr to_ike_addr(const struct ip_addr *addr, uint16_t port)
{
	struct ike_addr out = { .family = addr->family, .port = addr->family ? port : 0 };

	memcpy(out.bytes, addr->u.bytes, sizeof(out.bytes));
	return out;
}

struct ip_addr from_ike_addr(const struct ike_addr *addr)
{
	struct ip_addr out = { 0 };

	addr_from_bytes(&out, addr->family, addr->bytes, addr_len(addr->family));
	return out;
}

/* ---- one action ---- */

static void do_send(const struct ike_action *a)
{
	const struct udp *u = iface_socket(&a->send.local);
	struct ip_addr remote = from_ike_addr(&a->send.remote);
	char text[ADDR_TEXT];
	int err = u ? udp_send(u, &a->send.remote, a->send.data, a->send.len) : -EADDRNOTAVAIL;

	if (err)
		plog(LOG_WARNING, a->conn, "cannot send to %s:%u: %s", addr_format(&remote, text),
		     a->send.remote.port, strerror(-err));
}

static void do_log(const struct ike_action *a)
{
	if (a->log.level == LOG_DEBUG)
		plog_debug(CONF_DEBUG_CONTROL, a->conn, "%s", a->log.text);
	else
		plog(a->log.level, a->conn, "%s", a->log.text);
}

/* The engine logs what it reports by itself: this is for those who wait. */
static void do_report(const struct ike_action *a)
{
	ctl_report(a->conn, a->report.kind, a->report.reason, a->report.text ? a->report.text : "");
}

static void do_getspi(const struct ike_action *a)
{
	struct ike_addr local = a->getspi.local, remote = a->getspi.remote;
	uint32_t id = a->id;
	uint8_t spi[4];
	int err = pluto.kernel->getspi(&local, &remote, spi);

	if (err)
		plog(LOG_ERR, a->conn, "cannot get an SPI: %s; look at \"ipsec spi\" and the kernel log", strerror(-err));
	ike_result(pluto.engine, loop_now(), id, err, err ? NULL : spi, err ? 0 : sizeof(spi));
}

static void do_install(const struct ike_action *a)
{
	const struct ike_child *child = a->install;
	const struct conn *conn = child->conn ? loaded_find(child->conn) : NULL;
	char why[KERNEL_WHY] = "the conn is gone";
	int err = conn && conn->oriented ? pluto.kernel->install(child, conn, why) : -ENOENT;

	if (err) {
		plog(LOG_ERR, child->conn, "%s", why);
		ctl_progress(child->conn, why);
	}
	ike_result(pluto.engine, loop_now(), a->id, err, NULL, 0);
}

static void do_action(const struct ike_action *a)
{
	switch (a->kind) {
	case IKE_SEND:
		do_send(a);
		break;
	case IKE_LOG:
		do_log(a);
		break;
	case IKE_REPORT:
		do_report(a);
		break;
	case IKE_GETSPI:
		do_getspi(a);
		break;
	case IKE_INSTALL:
		do_install(a);
		break;
	case IKE_REMOVE:
		pluto.kernel->remove(a->remove.child, a->remove.spi_in, &a->remove.local, &a->remove.remote);
		break;
	default:
		vault_serve(a);
	}
}

void server_pump(void)
{
	static bool pumping;		/* results come back while an action is done */
	const struct ike_action *a;

	if (pumping)
		return;
	pumping = true;
	while ((a = ike_next_action(pluto.engine)) != NULL)
		do_action(a);
	pumping = false;
}

static void vault_result(uint32_t id, int error, const uint8_t *data, size_t len)
{
	ike_result(pluto.engine, loop_now(), id, error, data, len);
	server_pump();
}

/* ---- time ---- */

uint64_t server_deadline(void)
{
	uint64_t engine = ike_deadline(pluto.engine), iface = iface_deadline(), ctl = ctl_deadline();

	if (iface < engine)
		engine = iface;
	return ctl < engine ? ctl : engine;
}

void server_tick(void)
{
	uint64_t now = loop_now();

	if (ike_deadline(pluto.engine) <= now) {
		ike_timer(pluto.engine, now);
		server_pump();
	}
	iface_tick();
	ctl_tick();
}

int server_reread(conf_report_fn report, void *ctx)
{
	return vault_load(pluto.secrets, report, ctx);
}

/* ---- beginning and end ---- */

static void random_bytes(void *ctx, void *buf, size_t len)
{
	uint8_t *at = buf;
	ssize_t got;

	(void)ctx;
	while (len) {
		got = getrandom(at, len, 0);
		if (got < 0 && errno != EINTR) {
			/* Cannot be on any kernel that klips supports; going on would use guessable keys. */
			plog(LOG_CRIT, NULL, "the kernel gives no random numbers: %s", strerror(errno));
			exit(1);
		}
		if (got > 0) {
			at += got;
			len -= got;
		}
	}
}

int server_open(void)
{
	static const struct ike_env env = { .random = random_bytes };
	int err = vault_open(vault_result);

	if (err)
		return err;
	pluto.engine = ike_engine_new(&env);
	return pluto.engine ? 0 : -ENOMEM;
}

void server_close(void)
{
	ike_engine_free(pluto.engine);
	pluto.engine = NULL;
	vault_close();
}
