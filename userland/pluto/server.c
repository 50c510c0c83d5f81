// SPDX-License-Identifier: GPL-2.0
/* Between the engine and the world: what it wants is done here, what came of it is told to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "conn.h"
#include "ctl.h"
#include "iface.h"
#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "qcd_file.h"
#include "resolver.h"
#include "updown.h"
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
	if (a->report.kind == IKE_UP)
		loaded_came_up(a->conn);
	if (a->report.kind == IKE_UP)
		conn_names_trust(a->conn);
	/* IKE_GONE: somebody here, or the peer, wanted it. */
	else if (a->report.kind == IKE_DOWN || a->report.kind == IKE_FAILED)
		conn_names_doubt(a->conn, a->report.reason != IKE_GONE, a->report.reason == IKE_NO_ANSWER);
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
	} else {
		updown_child_up(conn, child);
	}
	ike_result(pluto.engine, loop_now(), a->id, err, NULL, 0);
}

static void do_look(const struct ike_action *a)
{
	uint64_t packets[2] = { 0, 0 };	/* in, out */
	int err = pluto.kernel->packets(a->look, &packets[0], &packets[1]);

	ike_result(pluto.engine, loop_now(), a->id, err, (const uint8_t *)packets, sizeof(packets));
}

static void do_move(const struct ike_action *a)
{
	struct child_path path = {
		.local = a->move.local, .remote = a->move.remote, .encap = a->move.encap, .keepalive = a->move.keepalive,
	};

	pluto.kernel->move(a->move.child, &path);
}

static void do_shunt(const struct ike_action *a)
{
	static const uint8_t targets[] = {
		[IKE_SHUNT_TRAP] = KLIPS_TARGET_TRAP, [IKE_SHUNT_PASS] = KLIPS_TARGET_PASS,
		[IKE_SHUNT_DROP] = KLIPS_TARGET_DROP, [IKE_SHUNT_REJECT] = KLIPS_TARGET_REJECT,
	};
	const struct conn *conn = a->conn ? loaded_find(a->conn) : NULL;
	char why[KERNEL_WHY] = "";

	if (conn && conn->trapped && pluto.kernel->route(conn, targets[a->shunt], why))
		plog(LOG_ERR, a->conn, "%s", why);
}

static void do_vault(const struct ike_action *a)
{
	const struct conn *conn = a->conn ? loaded_find(a->conn) : NULL;
	struct conn_creds creds;

	if (conn)
		creds = conn_creds(conn);
	vault_serve(a, conn ? &creds : NULL);
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
		pluto.kernel->remove(a->remove.child, a->remove.spi_in, &a->remove.local);
		updown_child_down(a->remove.child);
		break;
	case IKE_LOOK:
		do_look(a);
		break;
	case IKE_TAKEOVER:
		pluto.kernel->takeover(a->takeover);
		break;
	case IKE_MOVE:
		do_move(a);
		break;
	case IKE_SHUNT:
		do_shunt(a);
		break;
	case IKE_REFUSE:
		pluto.kernel->refuse(a->refuse.seq, a->refuse.error);
		break;
	default:
		do_vault(a);
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
	uint64_t first = ike_deadline(pluto.engine);
	uint64_t others[] = { iface_deadline(), ctl_deadline(), pluto.kernel->deadline(), updown_deadline(),
			      resolver_deadline() };
	unsigned int i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] < first)
			first = others[i];
	return first;
}

void server_tick(void)
{
	uint64_t now = loop_now();

	if (ike_deadline(pluto.engine) <= now) {
		ike_timer(pluto.engine, now);
		server_pump();
	}
	pluto.kernel->serve();
	iface_tick();
	ctl_tick();
	updown_tick();
	resolver_tick();
}

static void tell_cas(void)
{
	size_t len;
	const uint8_t *hashes = trust_hashes(creds_trust(), &len);

	ike_set_cas(pluto.engine, hashes, len);
}

int server_reread(conf_report_fn report, void *ctx)
{
	int n = creds_load(pluto.secrets, pluto.ipsecdir, pluto.setup.strictcrl == CONF_YES, report, ctx);

	if (n >= 0)
		tell_cas();
	return n;
}

int server_reread_trust(conf_report_fn report, void *ctx)
{
	int err = creds_load_trust(pluto.ipsecdir, pluto.setup.strictcrl == CONF_YES, report, ctx);

	if (!err)
		tell_cas();
	return err;
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

static bool ppk(void *ctx, const char *name, const struct ike_id *me, const struct ike_id *peer, const uint8_t *id,
		size_t id_len, struct ike_ppk *out)
{
	const struct conn *conn = loaded_find(name);

	(void)ctx;
	return conn && creds_ppk(conn->conf.ppk_ids, me, peer, id, id_len, out);
}

/* By SAs that an earlier pluto left. */
static bool taken(void *ctx, const struct ike_addr *addr, const struct ike_addr *asker)
{
	struct ip_addr client = from_ike_addr(addr);

	(void)ctx;
	return pluto.kernel->adopted_client && pluto.kernel->adopted_client(&client, asker);
}

/* Who loses all IKE SAs in a crash can say so only with the secret of before (RFC 6290). */
static void read_qcd_secret(struct ike_env *env)
{
	uint8_t fresh[QCD_SECRET];
	const char *wrong;

	random_bytes(NULL, fresh, sizeof(fresh));
	wrong = qcd_secret(pluto.vardir, fresh, env->qcd_secret);
	if (wrong)
		plog(LOG_WARNING, NULL, "%s/qcd.secret: %s: %s; peers will notice a crash of ours later", pluto.vardir, wrong,
		     strerror(errno));
	env->qcd = true;
}

int server_open(void)
{
	struct ike_env env = { .random = random_bytes, .ppk = ppk, .taken = taken, .shunt_ms = 1000 * pluto.setup.shuntlifetime,
			       .shared_ids = pluto.setup.uniqueids == CONF_NO };
	int err = vault_open(vault_result);

	if (err)
		return err;
	read_qcd_secret(&env);
	pluto.engine = ike_engine_new(&env);
	explicit_bzero(env.qcd_secret, sizeof(env.qcd_secret));
	return pluto.engine ? 0 : -ENOMEM;
}

void server_close(void)
{
	ike_engine_free(pluto.engine);
	pluto.engine = NULL;
	vault_close();
}
