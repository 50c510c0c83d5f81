// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "pfkey_acquire.h"

/* A pair of address extensions as a selector. */
static bool get_selector(const struct pfkey_view *view, uint16_t src, uint16_t dst, struct flow_sel *sel)
{
	struct ip_addr from, to;
	uint8_t plen[2], proto[2];

	memset(sel, 0, sizeof(*sel));
	if (!pfkey_get_address(view, src, &from, &plen[0], &proto[0], &sel->sport) ||
	    !pfkey_get_address(view, dst, &to, &plen[1], &proto[1], &sel->dport) ||
	    from.family != to.family || proto[0] != proto[1])
		return false;
	sel->proto = proto[0];
	return subnet_set(&sel->src, &from, plen[0]) && subnet_set(&sel->dst, &to, plen[1]);
}

static bool is_host(const struct subnet *net)
{
	return net->plen == addr_bits(net->addr.family);
}

static const char *get_trap(const struct pfkey_view *view, struct pfkey_acquire *a)
{
	const struct klips_ext_portmask *mask = pfkey_ext(view, KLIPS_EXT_PORTMASK);

	if (!pfkey_ext(view, KLIPS_EXT_TRAP_SRC) && !pfkey_ext(view, KLIPS_EXT_TRAP_DST))
		return NULL;
	if (!get_selector(view, KLIPS_EXT_TRAP_SRC, KLIPS_EXT_TRAP_DST, &a->trap))
		return "the selector of its trap is malformed";
	if (mask) {
		a->trap.sport_mask = mask->src;
		a->trap.dport_mask = mask->dst;
	} else {
		a->trap.sport_mask = a->trap.sport ? 0xffff : 0;
		a->trap.dport_mask = a->trap.dport ? 0xffff : 0;
	}
	a->has_trap = true;
	return NULL;
}

const char *pfkey_get_acquire(const struct pfkey_view *view, struct pfkey_acquire *a)
{
	const struct klips_ext_trap *trap = pfkey_ext(view, KLIPS_EXT_TRAP);
	const struct klips_ext_device *device = pfkey_ext(view, KLIPS_EXT_DEVICE);

	memset(a, 0, sizeof(*a));
	a->seq = view->hdr->sadb_msg_seq;
	if (view->hdr->sadb_msg_type != SADB_ACQUIRE || !a->seq)
		return "it is none, or without a number";
	if (!get_selector(view, SADB_EXT_ADDRESS_SRC, SADB_EXT_ADDRESS_DST, &a->packet) ||
	    !is_host(&a->packet.src) || !is_host(&a->packet.dst))
		return "the addresses of its packet are malformed";
	a->fragment = trap && trap->flags & KLIPS_TRAP_FRAGMENT;
	if (device && memchr(device->name, '\0', sizeof(device->name)))
		memcpy(a->device, device->name, sizeof(a->device));
	return get_trap(view, a);
}

int pfkey_refuse(struct pfkey *pk, uint32_t seq, int err)
{
	struct pfkey_msg msg;

	pfkey_begin(&msg, SADB_ACQUIRE, SADB_SATYPE_ESP);
	msg.hdr.sadb_msg_seq = seq;
	msg.hdr.sadb_msg_pid = pk->pid;
	msg.hdr.sadb_msg_errno = err;
	return pfkey_send(pk, &msg);
}
