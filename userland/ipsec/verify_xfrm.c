// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protoport.h"
#include "verify.h"
#include "xfrm_flows.h"

static void flow_text(const struct xfrm_flow *f, char *buf, size_t size)
{
	char src[SUBNET_TEXT], dst[SUBNET_TEXT], proto[16] = "", ports[32] = "";

	if (f->proto)
		ipproto_format(f->proto, proto);
	if (f->sport || f->dport)
		snprintf(ports, sizeof(ports), " %u -> %u", f->sport, f->dport);
	snprintf(buf, size, "%s -> %s%s%s%s", subnet_format(&f->src, src), subnet_format(&f->dst, dst), proto[0] ? " " : "", proto, ports);
}

/* How XFRM does it now. */
static void now_text(const struct xfrm_flow *f, char *buf, size_t size)
{
	char local[ADDR_TEXT] = "", remote[ADDR_TEXT] = "", proto[16];

	if (f->blocked) {
		snprintf(buf, size, "XFRM drops it");
		return;
	}
	if (f->local.family)
		addr_format(&f->local, local);
	if (f->remote.family)
		addr_format(&f->remote, remote);
	snprintf(buf, size, "XFRM: %s%s, %s%s%s%s, %u SA%s", ipproto_format(f->ipsec, proto), f->optional ? ", optional" : "",
		 f->tunnel ? "tunnel " : "transport ", local, f->remote.family ? " -> " : "", remote[0] ? remote : "", f->states,
		 f->states == 1 ? "" : "s");
}

static void say_flow(struct verify *v, const struct xfrm_flow *f)
{
	const struct conf_conn *conn;
	enum xfrm_cover cover = xfrm_flow_cover(f, &v->conf, &conn);
	char what[160], now[200];

	flow_text(f, what, sizeof(what));
	now_text(f, now, sizeof(now));
	if (f->blocked) {
		verify_say(v, VERIFY_WARNING, "flow", what, "%s; with klips it goes as it is routed: write a conn of type=drop, or keep the policy", now);
	} else if (cover == XFRM_NOT) {
		verify_say(v, VERIFY_FAILED, "flow", what, "%s; no conn of %s would protect it: it would leave in the clear", now, v->conf_path);
	} else if (cover == XFRM_PART) {
		verify_say(v, VERIFY_FAILED, "flow", what, "%s; conn %s would protect a part of it only: widen its subnets or protoport", now, conn->name);
	} else if (conn->startup == CONF_AUTO_IGNORE || (conn->startup == CONF_AUTO_ADD && conn->failclosed == CONF_NO)) {
		verify_say(v, VERIFY_WARNING, "flow", what, "%s; conn %s would protect it only after \"ipsec %s\": auto=route or start does it by itself",
			   now, conn->name, conn->startup == CONF_AUTO_IGNORE ? "add, ipsec up" : "up");
	} else {
		verify_say(v, VERIFY_OK, "flow", what, "%s; conn %s would protect it%s", now, conn->name,
			   conn->startup == CONF_AUTO_ADD ? ", and drop it until it is brought up (auto=add)" : "");
	}
}

void verify_xfrm(struct verify *v)
{
	struct xfrm_flows flows;
	unsigned int i;
	int err;

	if (!v->conf.source)
		return;
	err = xfrm_flows_read(&flows);
	if (err == -EPROTONOSUPPORT || err == -ECONNREFUSED) {
		verify_say(v, VERIFY_OK, "xfrm", "XFRM policies", "this kernel has no XFRM: nothing is protected by it");
		return;
	}
	if (err) {
		verify_say(v, VERIFY_FAILED, "xfrm", "XFRM policies", "they cannot be read: %s%s", strerror(-err), geteuid() ? "; this needs root" : "");
		return;
	}
	if (!flows.n)
		verify_say(v, VERIFY_OK, "xfrm", "XFRM policies", "XFRM protects nothing now");
	for (i = 0; i < flows.n; i++)
		say_flow(v, &flows.list[i]);
	if (flows.n)
		verify_say(v, VERIFY_NA, "xfrm", "After the move",
			   "end the other key daemon first; what it leaves goes with \"ip xfrm policy flush; ip xfrm state flush\", else packets meet both stacks");
	free(flows.list);
}
