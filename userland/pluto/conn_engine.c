// SPDX-License-Identifier: GPL-2.0
/* What the engine is told of a conn: ipsec.conf in its words. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "certs.h"
#include "conn.h"
#include "ike_crypto.h"
#include "pluto.h"

static struct ike_id to_ike_id(const struct conf_id *id, const struct ip_addr *addr)
{
	struct conf_id own = *id;
	struct ike_id out;

	if (!own.type)
		own = conf_id_of_addr(addr);
	memset(&out, 0, sizeof(out));
	out.type = own.type;
	out.len = own.len;
	memcpy(out.data, own.data, own.len);
	return out;
}

static struct ike_ts to_ike_ts(const struct subnet *net, const struct protoport *pp)
{
	struct ike_ts ts = { .family = net->addr.family, .proto = pp->proto, .end_port = 65535 };
	unsigned int len = addr_len(net->addr.family), i, bits;

	memcpy(ts.start, net->addr.u.bytes, len);
	memcpy(ts.end, net->addr.u.bytes, len);
	for (i = 0; i < len; i++) {
		bits = net->plen > 8 * i ? net->plen - 8 * i : 0;
		if (bits < 8)
			ts.end[i] |= 0xff >> bits;
	}
	if (pp->port)
		ts.start_port = ts.end_port = ntohs(pp->port);
	return ts;
}

static struct ike_proposal to_ike_proposal(const struct conf_proposal *p, uint8_t esn)
{
	struct ike_proposal out = {
		.encr = p->encr, .keylen = p->keylen, .prf = p->prf, .integ = p->integ, .dh = p->dh, .esn = esn,
	};

	memcpy(out.addke, p->addke, sizeof(out.addke));
	return out;
}

static void proposals(struct ike_proposal *to, unsigned int *n, const struct conf_proposals *from)
{
	for (*n = 0; *n < from->n && *n < IKE_MAX_PROPOSALS; ++*n)
		to[*n] = to_ike_proposal(&from->list[*n], 0);
}

/* Each with extended sequence numbers, without, or first with them. */
static void esp_proposals(struct ike_conn_config *cfg, const struct conf_proposals *from, uint8_t esn)
{
	unsigned int i;

	for (i = 0; i < from->n && cfg->n_esp + 2 <= IKE_MAX_PROPOSALS; i++) {
		if (esn != CONF_ESN_NO)
			cfg->esp[cfg->n_esp++] = to_ike_proposal(&from->list[i], 1);
		if (esn != CONF_ESN_YES)
			cfg->esp[cfg->n_esp++] = to_ike_proposal(&from->list[i], 0);
	}
}

static enum ike_shunt to_ike_shunt(uint8_t shunt)
{
	static const uint8_t shunts[] = {
		[CONF_SHUNT_HOLD] = IKE_SHUNT_TRAP, [CONF_SHUNT_PASSTHROUGH] = IKE_SHUNT_PASS,
		[CONF_SHUNT_DROP] = IKE_SHUNT_DROP, [CONF_SHUNT_REJECT] = IKE_SHUNT_REJECT,
	};

	return shunts[shunt];
}

static enum ike_encap to_ike_encap(uint8_t encap)
{
	static const uint8_t encaps[] = {
		[CONF_ENCAP_AUTO] = IKE_ENCAP_AUTO, [CONF_ENCAP_NO] = IKE_ENCAP_NO, [CONF_ENCAP_YES] = IKE_ENCAP_YES,
	};

	return encaps[encap];
}

static enum ike_frag to_ike_frag(uint8_t frag)
{
	static const uint8_t frags[] = {
		[CONF_FRAG_YES] = IKE_FRAG_YES, [CONF_FRAG_NO] = IKE_FRAG_NO, [CONF_FRAG_FORCE] = IKE_FRAG_FORCE,
	};

	return frags[frag];
}

struct conn_creds conn_creds(const struct conn *c)
{
	unsigned int us = c->where.us;

	return (struct conn_creds){ &c->conf.end[us], &c->conf.end[!us], c->cert[us], c->cert[!us] };
}

void conn_certs_forget(struct conn *c)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		cert_free(c->cert[i]);
		c->cert[i] = NULL;
	}
}

int conn_certs_read(struct conn *c, char why[CONN_WHY])
{
	char wrong[CERT_WHY];
	unsigned int i;

	conn_certs_forget(c);
	for (i = 0; i < 2; i++) {
		if (!c->conf.end[i].cert[0])
			continue;
		c->cert[i] = creds_cert(c->conf.end[i].cert, pluto.ipsecdir, wrong);
		if (!c->cert[i]) {
			snprintf(why, CONN_WHY, "%scert=: %.400s", i ? "right" : "left", wrong);
			return -EINVAL;
		}
	}
	return 0;
}

/* leftid= as written, else the certificate's subject; none: whoever the certificate names, or the address. */
static struct conf_id id_of(const struct conn *c, unsigned int end)
{
	struct conf_id id = c->conf.end[end].id, subject;

	if (!id.type && conf_conn_auth(&c->conf, end) == CONF_AUTHBY_NULL)
		id.type = end == c->where.us ? CONF_ID_NULL : CONF_ID_FROMCERT;	/* nobody; or whoever it is */
	if (id.type && id.type != CONF_ID_FROMCERT)
		return id;
	if (c->cert[end] && cert_subject(c->cert[end]->x, &subject))
		return subject;
	return id;
}

/* Conns with the same of it ask the same proof of a peer. */
static void creds_digest(const struct conn *c, uint8_t out[32])
{
	struct view parts[16];
	const struct conf_end *e;
	unsigned int i, n = 0;

	for (i = 0; i < 2; i++) {
		e = &c->conf.end[i ? !c->where.us : c->where.us];
		parts[n++] = (struct view){ (const uint8_t *)&e->key, sizeof(e->key) };
		parts[n++] = (struct view){ (const uint8_t *)&e->key2, sizeof(e->key2) };
		parts[n++] = (struct view){ (const uint8_t *)e->cert, sizeof(e->cert) };
		parts[n++] = (struct view){ (const uint8_t *)&e->ca, sizeof(e->ca) };
	}
	parts[n++] = (struct view){ (const uint8_t *)c->conf.ppk_ids, sizeof(c->conf.ppk_ids) };
	if (ike_sha256(parts, n, out))
		memcpy(out, &c, sizeof(c));	/* like no other */
}

/* Addresses that the peer is given, or gives. */
static void addresses(struct ike_conn_config *cfg, const struct conn *c, const struct conf_end *us, const struct conf_end *peer)
{
	struct subnet all = { .addr = addr_any(conf_client_family(&c->conf, c->where.us)) };
	struct ip_addr dns[CONF_DNS + 6];
	unsigned int i, n = conf_conn_dns(&c->conf, dns);

	cfg->ask_address = us->cfgclient == CONF_YES;
	if (cfg->ask_address)
		cfg->local_ts[0] = to_ike_ts(&all, &us->protoport);
	if (!peer->pool.first.family)
		return;
	cfg->pool.first = to_ike_addr(&peer->pool.first, 0);
	cfg->pool.last = to_ike_addr(&peer->pool.last, 0);
	all = subnet_host(&peer->pool.first);
	cfg->remote_ts[cfg->n_remote_ts++] = to_ike_ts(&all, &peer->protoport);
	for (i = 0; i < n && cfg->n_dns < IKE_MAX_DNS; i++)
		cfg->dns[cfg->n_dns++] = to_ike_addr(&dns[i], 0);
}

static void virtual_nets(struct ike_virtual *v, const struct conf_nets *nets)
{
	struct protoport any = { 0 };
	unsigned int i;

	for (i = 0; i < nets->n; i++) {
		if (nets->except[i] && v->n_deny < IKE_MAX_VIRTUAL)
			v->deny[v->n_deny++] = to_ike_ts(&nets->net[i], &any);
		else if (!nets->except[i] && v->n_allow < IKE_MAX_VIRTUAL)
			v->allow[v->n_allow++] = to_ike_ts(&nets->net[i], &any);
	}
}

/* Both texts were looked at when they were read. */
static void virtual_client(struct ike_virtual *v, const struct conf_end *peer)
{
	struct conf_nets all = { .n = 2, .net[0].addr = addr_any(AF_INET), .net[1].addr = addr_any(AF_INET6) }, priv;
	struct conf_vhost vhost;

	if (!peer->vhost[0] || conf_vhost_parse(peer->vhost, &vhost))
		return;
	v->on = true;
	v->nets = vhost.nets;
	v->host = vhost.host;
	if (vhost.all)			/* first: the others are in it, should there be too many */
		virtual_nets(v, &all);
	if (vhost.priv && pluto.setup.virtual_private[0] && !conf_nets_parse(pluto.setup.virtual_private, &priv))
		virtual_nets(v, &priv);
	virtual_nets(v, &vhost.own);
}

struct ike_conn_config conn_engine_config(const struct conn *c)
{
	const struct conf_end *us = &c->conf.end[c->where.us], *peer = &c->conf.end[!c->where.us];
	struct subnet ours = orient_client(us, &c->where.local);
	struct subnet theirs = orient_client(peer, &c->where.remote);
	static const uint8_t pfs[] = {
		[CONF_UNSAID] = IKE_PFS_PREFER, [CONF_NO] = IKE_PFS_NO, [CONF_YES] = IKE_PFS_YES,
	};
	static const uint8_t actions[] = {
		[CONF_DPD_UNSAID] = IKE_DPD_UNSAID, [CONF_DPD_HOLD] = IKE_DPD_HOLD,
		[CONF_DPD_CLEAR] = IKE_DPD_CLEAR, [CONF_DPD_RESTART] = IKE_DPD_RESTART,
	};
	struct conf_id our_id, their_id;
	struct ike_conn_config cfg;

	memset(&cfg, 0, sizeof(cfg));
	cfg.name = c->conf.name;
	cfg.local = to_ike_addr(&c->where.local, 500);
	cfg.remote = to_ike_addr(&c->where.remote, 500);
	our_id = id_of(c, c->where.us);
	their_id = id_of(c, !c->where.us);
	cfg.local_id = to_ike_id(&our_id, &c->where.local);
	if (their_id.type != CONF_ID_FROMCERT)
		cfg.remote_id = to_ike_id(&their_id, &c->where.remote);
	cfg.auth_me = conf_conn_auth(&c->conf, c->where.us);
	cfg.auth_peer = conf_conn_auth(&c->conf, !c->where.us);
	cfg.ask_cert = cfg.auth_peer & CONF_AUTHBY_SIGNATURES && peer->key.kind != CONF_PUBKEY_RSA &&
		       peer->key2.kind != CONF_PUBKEY_RSA && !c->cert[!c->where.us];
	creds_digest(c, cfg.creds);
	cfg.local_ts[cfg.n_local_ts++] = to_ike_ts(&ours, &us->protoport);
	if (theirs.addr.family)		/* else the peer itself, whoever it will be */
		cfg.remote_ts[cfg.n_remote_ts++] = to_ike_ts(&theirs, &peer->protoport);
	addresses(&cfg, c, us, peer);
	virtual_client(&cfg.virt, peer);
	cfg.transport = c->conf.type == CONF_TRANSPORT;
	proposals(cfg.ike, &cfg.n_ike, &c->conf.ike);
	esp_proposals(&cfg, &c->conf.esp, c->conf.esn);
	cfg.ike_lifetime = c->conf.ikelifetime;
	cfg.sa_lifetime = c->conf.salifetime;
	cfg.no_rekey = c->conf.rekey == CONF_NO;
	cfg.reauth = c->conf.reauth == CONF_YES;
	cfg.rekey_margin = c->conf.rekeymargin;
	cfg.rekey_fuzz = c->conf.rekeyfuzz;
	cfg.pfs = pfs[c->conf.pfs];
	cfg.dpd_delay = c->conf.dpddelay;
	cfg.dpd_timeout = c->conf.dpdtimeout;
	cfg.dpd_action = actions[c->conf.dpdaction];
	cfg.max_bytes = c->conf.max_bytes;
	cfg.max_packets = c->conf.max_packets;
	cfg.keyingtries = c->conf.keyingtries;
	cfg.negotiationshunt = to_ike_shunt(c->conf.negotiationshunt);
	cfg.failureshunt = to_ike_shunt(c->conf.failureshunt);
	cfg.encap = to_ike_encap(c->conf.encapsulation);
	cfg.mobike = c->conf.mobike == CONF_YES;
	cfg.frag = to_ike_frag(c->conf.fragmentation);
	cfg.ppk = c->conf.ppk == CONF_PPK_NO ? IKE_PPK_NO : c->conf.ppk == CONF_PPK_INSIST ? IKE_PPK_INSIST : IKE_PPK_PROPOSE;
	return cfg;
}
