/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the daemon around the engine share. */
#ifndef PLUTO_PLUTO_H
#define PLUTO_PLUTO_H

#include "conf.h"
#include "engine.h"
#include "kernel.h"

/* The numbers by which our things are known in the kernel, so that nothing foreign is touched. */
#define PLUTO_REQID 0x4b4c0000u		/* reqid of our SAs: this and the 16 bits below */
#define PLUTO_REQID_MASK 0xffff0000u

struct pluto {
	struct conf_setup setup;
	const char *secrets;		/* path */
	const char *ipsecdir;		/* of certs, cacerts, crls, private */
	const char *rundir;		/* of the socket, the pid and what outlives a crash */
	const char *vardir;		/* of what outlives a restart of the machine */
	const char *ctl;		/* path of the socket */
	const char *sockets;		/* path of the socket of who keeps ours when we are killed */
	const struct kernel_ops *kernel;
	struct ike_engine *engine;
	uint64_t started;		/* loop_now() */
	bool stopping;
	bool keep_drop;			/* stop, but leave the drop routes */
};

extern struct pluto pluto;

/* ---- server.c: between the engine and the world ---- */

/* 0 or -errno. */
int server_open(void);
void server_close(void);
/* Serves everything that the engine wants. To be called after every call into it. */
void server_pump(void);
/* When the loop has to come back, for any reason. */
uint64_t server_deadline(void);
void server_tick(void);
/* Reads ipsec.secrets, CAs and CRLs anew: the number of secrets or -errno. */
int server_reread(conf_report_fn report, void *ctx);
/* CAs and CRLs alone: 0 or -errno. */
int server_reread_trust(conf_report_fn report, void *ctx);

/* ---- between addresses of the library and of the engine ---- */

struct ike_addr to_ike_addr(const struct ip_addr *addr, uint16_t port);
struct ip_addr from_ike_addr(const struct ike_addr *addr);

#endif
