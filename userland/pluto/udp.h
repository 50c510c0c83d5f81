/* SPDX-License-Identifier: GPL-2.0 */
/* IKE's sockets: one an address and port, on the device of that address, past every IPsec policy. */
#ifndef PLUTO_UDP_H
#define PLUTO_UDP_H

#include "addr.h"
#include "engine.h"
#include "loop.h"

#define UDP_WHY 512

struct udp {
	struct watch watch;		/* fd -1: not open */
	struct ip_addr addr;
	uint16_t port;			/* host order; 4500 has the non-ESP marker (RFC 3948 2.2) */
};

/* Binds @u to @addr and @port on @device (NULL: any). 0 or -errno and @why, which names both and whom to look for. */
int udp_open(struct udp *u, const struct ip_addr *addr, uint16_t port, const char *device,
	     char why[UDP_WHY]);
void udp_close(struct udp *u);

/* Sends an IKE message. 0 or -errno. */
int udp_send(const struct udp *u, const struct ike_addr *remote, const uint8_t *data, size_t len);

#endif
