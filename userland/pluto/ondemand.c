// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <string.h>

#include "flows.h"
#include "loop.h"
#include "ondemand.h"
#include "plog.h"
#include "pluto.h"

#define ROOM 256			/* of those that are put aside */

static struct pfkey_acquire waiting[ROOM];
static unsigned int first, count;
static uint64_t lost;
static uint32_t soft[ROOM];		/* SPIs of SAs that near their end */
static unsigned int n_soft;

void ondemand_put(const struct pfkey_msg *msg)
{
	const char *wrong;
	struct pfkey_view view;

	wrong = pfkey_parse(msg->bytes, msg->len, &view);
	if (!wrong && view.hdr->sadb_msg_errno)
		return;			/* somebody's negative answer */
	if (!wrong && count < ROOM)
		wrong = pfkey_get_acquire(&view, &waiting[(first + count) % ROOM]);
	else if (!wrong)
		wrong = "too many of them";
	if (!wrong) {
		count++;
		return;
	}
	if (!lost++)
		plog(LOG_WARNING, NULL, "an ACQUIRE is lost: %s", wrong);
}

/* A lost one is no harm: the lifetime that pluto itself watches is shorter. */
void ondemand_expire(const struct pfkey_msg *msg)
{
	struct pfkey_view view;
	const struct sadb_sa *sa;

	if (pfkey_parse(msg->bytes, msg->len, &view) || view.hdr->sadb_msg_errno)
		return;
	sa = pfkey_ext(&view, SADB_EXT_SA);
	if (!pfkey_ext(&view, SADB_EXT_LIFETIME_SOFT))
		plog(LOG_WARNING, NULL, "the kernel ended an SA at the end of its lifetime");
	else if (sa && n_soft < ROOM)
		soft[n_soft++] = sa->sadb_sa_spi;
}

bool ondemand_waiting(void)
{
	return count || n_soft;
}

uint64_t ondemand_lost(void)
{
	return lost;
}

/* One end of the packet. ICMP has types where others have ports: they are left open. */
static struct ike_ts to_ts(const struct subnet *host, const struct flow_sel *packet, in_port_t port, bool known)
{
	struct ike_addr addr = to_ike_addr(&host->addr, 0);
	struct ike_ts ts = { .family = addr.family, .proto = packet->proto, .end_port = 65535 };

	memcpy(ts.start, addr.bytes, sizeof(ts.start));
	memcpy(ts.end, addr.bytes, sizeof(ts.end));
	if (known && port && packet->proto != IPPROTO_ICMP && packet->proto != IPPROTO_ICMPV6)
		ts.start_port = ts.end_port = ntohs(port);
	return ts;
}

static void serve(const struct pfkey_acquire *p)
{
	struct ike_acquire a = { .seq = p->seq };

	a.local = to_ts(&p->packet.src, &p->packet, p->packet.sport, !p->fragment);
	a.remote = to_ts(&p->packet.dst, &p->packet, p->packet.dport, !p->fragment);
	ike_acquire(pluto.engine, flow_asked(p), &a, loop_now());
	server_pump();
}

void ondemand_serve(void)
{
	struct pfkey_acquire a;
	uint8_t spi[4];

	while (n_soft) {
		memcpy(spi, &soft[--n_soft], 4);
		ike_child_expires(pluto.engine, spi, loop_now());
		server_pump();
	}
	while (count) {
		a = waiting[first];
		first = (first + 1) % ROOM;
		count--;
		serve(&a);
	}
}
