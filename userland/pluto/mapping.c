// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "adopt.h"
#include "loop.h"
#include "mapping.h"
#include "plog.h"
#include "pluto.h"

#define ROOM 256			/* of those that are put aside; what is lost is seen in the peer's next IKE message */

struct mapping {
	uint8_t spi[4];
	struct ike_addr remote;
};

static struct mapping waiting[ROOM];
static unsigned int first, count;

void mapping_put(const struct pfkey_msg *msg)
{
	const struct sadb_x_nat_t_port *port;
	struct pfkey_view view;
	struct ip_addr addr;
	struct said said;
	struct mapping *m;

	if (count == ROOM || pfkey_parse(msg->bytes, msg->len, &view))
		return;
	port = pfkey_ext(&view, SADB_X_EXT_NAT_T_DPORT);
	if (!port || !pfkey_get_said(&view, &said) ||
	    !pfkey_get_address(&view, SADB_EXT_ADDRESS_DST, &addr, NULL, NULL, NULL))
		return;
	m = &waiting[(first + count++) % ROOM];
	memcpy(m->spi, &said.spi, sizeof(m->spi));
	m->remote = to_ike_addr(&addr, ntohs(port->sadb_x_nat_t_port_port));
}

bool mapping_waiting(void)
{
	return count;
}

void mapping_serve(struct pfkey *pk)
{
	struct mapping m;

	while (count) {
		m = waiting[first];
		first = (first + 1) % ROOM;
		count--;
		if (ike_mapping(pluto.engine, loop_now(), m.spi, &m.remote) == -ENOENT)
			adopt_moved(pk, m.spi, &m.remote);
		server_pump();
	}
}
