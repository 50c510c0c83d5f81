// SPDX-License-Identifier: GPL-2.0
/* What comes over the control socket was parsed by another program: it is looked at again. */
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "ike_crypto.h"

static bool key_wrong(const struct conf_pubkey *key)
{
	struct rsa_public pub;

	return key->kind > CONF_PUBKEY_RSA || key->len > sizeof(key->data) ||
	       (key->kind == CONF_PUBKEY_RSA && rsa_public_parse(key->data, key->len, &pub));
}


static bool addresses_malformed(const struct conf_conn *conf)
{
	struct ip_addr dns[CONF_DNS + 6];
	unsigned int i, n = conf_conn_dns(conf, dns);
	const struct conf_end *e;

	for (i = 0; i < n; i++)
		if (!addr_len(dns[i].family))
			return true;
	for (i = 0; i < 2; i++) {
		e = &conf->end[i];
		if (((e->pool.first.family || e->pool.last.family) && !conf_pool_ok(&e->pool)) || e->cfgclient > CONF_YES ||
		    e->cfgserver > CONF_YES)
			return true;
	}
	return false;
}

/* What ike= or esp= names and libcrypto does not have. */
static const char *kem_missing(const struct conf_proposals *p, const char *keyword)
{
	static char text[256];
	unsigned int i, j;
	uint16_t method;

	for (i = 0; i < p->n; i++) {
		for (j = 0; j < CONF_ADDKES; j++) {
			method = p->list[i].addke[j];
			if (!ikealg_kem_name(method) || ike_kem_ready(method))
				continue;
			snprintf(text, sizeof(text), "%s= names %s, which the libcrypto of this host (%s) does not have: OpenSSL 3.5 and later have it",
				 keyword, ikealg_kem_name(method), ike_libcrypto());
			return text;
		}
	}
	return NULL;
}

const char *conn_conf_wrong(const struct conf_conn *conf)
{
	struct conf_vhost vhost;
	const char *missing;
	unsigned int i;

	if (!memchr(conf->name, '\0', sizeof(conf->name)) || !conf->name[0] ||
	    !memchr(conf->alias, '\0', sizeof(conf->alias)) || conf_base_len(conf->name) != strlen(conf->name))
		return "a conn without a name of its own";
	if (conf->ike.n < 1 || conf->ike.n > CONF_PROPOSALS || conf->esp.n < 1 || conf->esp.n > CONF_PROPOSALS)
		return "a conn without algorithms";
	missing = kem_missing(&conf->ike, "ike");
	if (!missing)
		missing = kem_missing(&conf->esp, "esp");
	if (missing)
		return missing;
	for (i = 0; i < 2; i++)
		if (conf->end[i].id.len > sizeof(conf->end[i].id.data) || key_wrong(&conf->end[i].key) ||
		    key_wrong(&conf->end[i].key2) || !memchr(conf->end[i].cert, '\0', sizeof(conf->end[i].cert)) ||
		    !memchr(conf->end[i].updown, '\0', sizeof(conf->end[i].updown)) ||
		    conf->end[i].ca.name.len > sizeof(conf->end[i].ca.name.data) ||
		    conf->end[i].subnet.plen > addr_bits(conf->end[i].subnet.addr.family))
			return "malformed end";
	for (i = 0; i < 2; i++)
		if (conf->end[i].host > CONF_HOST_DNS || !memchr(conf->end[i].name, '\0', sizeof(conf->end[i].name)) ||
		    (conf->end[i].host == CONF_HOST_DNS && (!conf_host_name_ok(conf->end[i].name) || conf->end[i].addr.family)))
			return "malformed left= or right=";
	if (conf->type > CONF_TRANSPORT || conf->failureshunt > CONF_SHUNT_REJECT ||
	    conf->negotiationshunt > CONF_SHUNT_REJECT)
		return "malformed shunts";
	if (conf->rekey > CONF_YES || conf->reauth > CONF_YES || conf->pfs > CONF_YES ||
	    conf->dpdaction > CONF_DPD_RESTART)
		return "malformed rekeying";
	if (conf->mobike > CONF_YES)
		return "malformed mobike=";
	if (conf->hostfamily > CONF_FAMILY_IPV6 || conf->clientfamily > CONF_FAMILY_IPV6)
		return "malformed endaddrfamily= or clientaddrfamily=";
	if (conf->encapsulation > CONF_ENCAP_YES || conf->nat_keepalive > CONF_YES || conf->fragmentation > CONF_FRAG_FORCE)
		return "malformed encapsulation";
	if (conf->ppk > CONF_PPK_INSIST || !memchr(conf->ppk_ids, '\0', sizeof(conf->ppk_ids)))
		return "malformed ppk= or ppk-ids=";
	for (i = 0; i < 2; i++)
		if (!memchr(conf->end[i].vhost, '\0', sizeof(conf->end[i].vhost)) ||
		    (conf->end[i].vhost[0] && conf_vhost_parse(conf->end[i].vhost, &vhost)))
			return "malformed vhost:";
	if (addresses_malformed(conf))
		return "malformed addresspool= or modecfgdns=";
	if (conf->failclosed > CONF_YES || conf->startup > CONF_AUTO_ROUTE)
		return "malformed failclosed= or auto=";
	return conf_conn_wrong(conf);
}
