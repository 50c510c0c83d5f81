// SPDX-License-Identifier: GPL-2.0
/* What one does with PF_KEY: SAs and flows as plain structs. */
#include <errno.h>
#include <linux/ipsec.h>

#include "pfkey_ops.h"

#define SA_WINDOW_MAX	64	/* what sadb_sa_replay is used for */
#define SPI_FIRST	0x1000	/* below: by hand (inventory of KLIPS: pluto starts here) */

static void put_host(struct pfkey_msg *msg, uint16_t exttype,
		     const struct ip_addr *addr)
{
	pfkey_put_address(msg, exttype, addr, addr_bits(addr->family), 0, 0);
}

static void put_limits(struct pfkey_msg *msg, uint16_t exttype,
		       const struct sa_limits *l)
{
	if (l->allocations || l->bytes || l->addtime || l->usetime)
		pfkey_put_lifetime(msg, exttype, l->allocations, l->bytes,
				   l->addtime, l->usetime);
}

static void put_encap(struct pfkey_msg *msg, const struct sa_encap *encap)
{
	if (!encap->type)
		return;
	pfkey_put_nat_t(msg, encap->type, encap->sport, encap->dport);
	if (encap->oa_src.family)
		put_host(msg, SADB_X_EXT_NAT_T_OA, &encap->oa_src);
	if (encap->oa_dst.family)
		put_host(msg, KLIPS_EXT_OA_DST, &encap->oa_dst);
	if (encap->keepalive)
		pfkey_put_keepalive(msg, encap->keepalive);
}

static void put_keys(struct pfkey_msg *msg, const struct sa_spec *spec)
{
	const struct esp_alg *alg = spec->alg;

	if (alg && alg->akey_bits)
		pfkey_put_key(msg, SADB_EXT_KEY_AUTH, spec->akey, alg->akey_bits);
	if (alg && alg->ekey_bits)
		pfkey_put_key(msg, SADB_EXT_KEY_ENCRYPT, spec->ekey, alg->ekey_bits);
}

/* ADD and UPDATE have the same extensions. */
static int sa_put(struct pfkey *pk, uint8_t type, const struct sa_spec *spec)
{
	bool wide = spec->window > SA_WINDOW_MAX || spec->esn;
	const struct esp_alg *alg = spec->alg;
	struct pfkey_msg msg;
	int err;

	pfkey_begin(&msg, type, sa_proto_satype(spec->said.proto));
	pfkey_put_sa(&msg, spec->said.spi, wide ? 0 : spec->window,
		     SADB_SASTATE_MATURE, alg ? alg->aalg : 0, alg ? alg->ealg : 0,
		     spec->flags);
	put_limits(&msg, SADB_EXT_LIFETIME_HARD, &spec->hard);
	put_limits(&msg, SADB_EXT_LIFETIME_SOFT, &spec->soft);
	put_host(&msg, SADB_EXT_ADDRESS_SRC, &spec->src);
	put_host(&msg, SADB_EXT_ADDRESS_DST, &spec->said.dst);
	put_keys(&msg, spec);
	pfkey_put_sa2(&msg, spec->mode || !alg ? spec->mode : IPSEC_MODE_TUNNEL,
		      spec->reqid);
	if (spec->device)
		pfkey_put_device(&msg, spec->device);
	if (wide)
		pfkey_put_replay(&msg, spec->window,
				 spec->esn ? KLIPS_REPLAY_ESN : 0);
	put_encap(&msg, &spec->encap);
	if (spec->new_dst.family)
		put_host(&msg, KLIPS_EXT_NEW_DST, &spec->new_dst);
	err = pfkey_transact(pk, &msg, NULL);
	pfkey_wipe(&msg);
	return err;
}

int sa_add(struct pfkey *pk, const struct sa_spec *spec)
{
	return sa_put(pk, SADB_ADD, spec);
}

int sa_update(struct pfkey *pk, const struct sa_spec *spec)
{
	return sa_put(pk, SADB_UPDATE, spec);
}

int sa_delete(struct pfkey *pk, const struct said *said,
	      const struct ip_addr *src)
{
	struct ip_addr any = addr_any(said->dst.family);
	struct pfkey_msg msg;

	pfkey_begin(&msg, SADB_DELETE, sa_proto_satype(said->proto));
	pfkey_put_sa(&msg, said->spi, 0, SADB_SASTATE_MATURE, 0, 0, 0);
	put_host(&msg, SADB_EXT_ADDRESS_SRC, src ? src : &any);
	put_host(&msg, SADB_EXT_ADDRESS_DST, &said->dst);
	return pfkey_transact(pk, &msg, NULL);
}

int sa_packets(struct pfkey *pk, const struct said *said, const struct ip_addr *src, uint64_t *packets)
{
	const struct sadb_lifetime *current = NULL;
	struct ip_addr any = addr_any(said->dst.family);
	struct pfkey_msg msg, reply;
	struct pfkey_view view;
	int err;

	pfkey_begin(&msg, SADB_GET, sa_proto_satype(said->proto));
	pfkey_put_sa(&msg, said->spi, 0, SADB_SASTATE_MATURE, 0, 0, 0);
	put_host(&msg, SADB_EXT_ADDRESS_SRC, src ? src : &any);
	put_host(&msg, SADB_EXT_ADDRESS_DST, &said->dst);
	err = pfkey_transact(pk, &msg, &reply);
	if (!err && !pfkey_parse(reply.bytes, reply.len, &view))
		current = pfkey_ext(&view, SADB_EXT_LIFETIME_CURRENT);
	if (current)
		*packets = current->sadb_lifetime_allocations;
	pfkey_wipe(&reply);
	return err ? err : current ? 0 : -EBADMSG;
}

int sa_getspi(struct pfkey *pk, struct said *said, const struct ip_addr *src,
	      uint32_t min, uint32_t max)
{
	const struct sadb_sa *sa;
	struct pfkey_msg msg, reply;
	struct pfkey_view view;
	int err;

	if (!min && !max) {
		min = SPI_FIRST;
		max = UINT32_MAX;
	}
	pfkey_begin(&msg, SADB_GETSPI, sa_proto_satype(said->proto));
	put_host(&msg, SADB_EXT_ADDRESS_SRC, src);
	put_host(&msg, SADB_EXT_ADDRESS_DST, &said->dst);
	pfkey_put_spirange(&msg, min, max);
	err = pfkey_transact(pk, &msg, &reply);
	if (err)
		return err;
	if (pfkey_parse(reply.bytes, reply.len, &view))
		return -EBADMSG;
	sa = pfkey_ext(&view, SADB_EXT_SA);
	if (!sa)
		return -EBADMSG;
	said->spi = sa->sadb_sa_spi;
	return 0;
}

int sa_group(struct pfkey *pk, const struct said *saids, unsigned int n)
{
	struct pfkey_msg msg;

	if (!n || n > SA_GROUP_MAX)
		return -EINVAL;
	pfkey_begin(&msg, KLIPS_SADB_GRPSA, sa_proto_satype(saids[0].proto));
	pfkey_put_said(&msg, KLIPS_EXT_SAID, &saids[0]);
	for (unsigned int i = 1; i < n; i++)
		pfkey_put_said(&msg, KLIPS_EXT_SAID2 + i - 1, &saids[i]);
	return pfkey_transact(pk, &msg, NULL);
}

int sa_flush(struct pfkey *pk, uint8_t satype)
{
	struct pfkey_msg msg;

	pfkey_begin(&msg, SADB_FLUSH, satype);
	return pfkey_transact(pk, &msg, NULL);
}

int pfkey_register(struct pfkey *pk, uint8_t satype, struct pfkey_msg *reply)
{
	struct pfkey_msg msg;

	pfkey_begin(&msg, SADB_REGISTER, satype);
	return pfkey_transact(pk, &msg, reply);
}

/* A mask that was not given: all of a port that was. */
static in_port_t full_mask(in_port_t mask, in_port_t port)
{
	return mask || !port ? mask : 0xffff;
}

static void put_selector(struct pfkey_msg *msg, const struct flow_sel *sel)
{
	pfkey_put_address(msg, SADB_EXT_ADDRESS_SRC, &sel->src.addr,
			  sel->src.plen, sel->proto, sel->sport);
	pfkey_put_address(msg, SADB_EXT_ADDRESS_DST, &sel->dst.addr,
			  sel->dst.plen, sel->proto, sel->dport);
	if (sel->sport_mask || sel->dport_mask)
		pfkey_put_portmask(msg, full_mask(sel->sport_mask, sel->sport),
				   full_mask(sel->dport_mask, sel->dport));
	if (sel->device)
		pfkey_put_device(msg, sel->device);
}

static int flow(struct pfkey *pk, uint8_t type, const struct flow_sel *sel,
		uint8_t target, uint8_t flags, const struct said *said)
{
	struct pfkey_msg msg;

	pfkey_begin(&msg, type,
		    said ? sa_proto_satype(said->proto) : SADB_SATYPE_UNSPEC);
	put_selector(&msg, sel);
	pfkey_put_target(&msg, target, flags);
	if (said)
		pfkey_put_said(&msg, KLIPS_EXT_SAID, said);
	return pfkey_transact(pk, &msg, NULL);
}

int flow_add(struct pfkey *pk, const struct flow_sel *sel,
	     enum klips_target target, const struct said *said, bool replace)
{
	if (target != KLIPS_TARGET_SA)
		said = NULL;
	else if (!said)
		return -EINVAL;
	return flow(pk, KLIPS_SADB_ADDFLOW, sel, target,
		    replace ? KLIPS_FLOW_REPLACE : 0, said);
}

int flow_add_soft(struct pfkey *pk, const struct flow_sel *sel, enum klips_target target, bool replace)
{
	return flow(pk, KLIPS_SADB_ADDFLOW, sel, target,
		    KLIPS_FLOW_SOFT | (replace ? KLIPS_FLOW_REPLACE : 0), NULL);
}

int flow_del(struct pfkey *pk, const struct flow_sel *sel)
{
	return flow(pk, KLIPS_SADB_DELFLOW, sel, 0, 0, NULL);
}

int flow_add_inbound(struct pfkey *pk, const struct flow_sel *sel,
		     const struct said *said, bool replace)
{
	return flow(pk, KLIPS_SADB_ADDFLOW, sel, KLIPS_TARGET_SA,
		    KLIPS_FLOW_INBOUND | (replace ? KLIPS_FLOW_REPLACE : 0), said);
}

int flow_del_inbound(struct pfkey *pk, const struct flow_sel *sel,
		     const struct said *said)
{
	return flow(pk, KLIPS_SADB_DELFLOW, sel, 0, KLIPS_FLOW_INBOUND, said);
}

int flow_clear(struct pfkey *pk, const char *device)
{
	struct pfkey_msg msg;

	pfkey_begin(&msg, KLIPS_SADB_DELFLOW, SADB_SATYPE_UNSPEC);
	pfkey_put_target(&msg, 0, KLIPS_FLOW_CLEAR);
	if (device)
		pfkey_put_device(&msg, device);
	return pfkey_transact(pk, &msg, NULL);
}

int debug_set(struct pfkey *pk, uint32_t set, uint32_t clear)
{
	struct pfkey_msg msg;

	pfkey_begin(&msg, KLIPS_SADB_DEBUG, SADB_SATYPE_UNSPEC);
	pfkey_put_debug(&msg, set, clear);
	return pfkey_transact(pk, &msg, NULL);
}
