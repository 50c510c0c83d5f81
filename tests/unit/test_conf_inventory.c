// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_setup.c userland/lib/conf_pool.c userland/lib/conf_auth.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/protoport.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c */
/*
 * Every keyword that a file of Openswan or libreswan may have: it is built, or it has no effect and a warning says what to
 * do instead, or it is refused with a reason. What becomes of each is written down here, too, so that a change is seen.
 */
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "unit.h"

static const struct {
	enum conf_section section;
	enum conf_status status;
	const char *words;
} inventory[] = {
	{ CONF_SETUP, CONF_BUILT, "interfaces protostack plutodebug logfile plutostderrlog listen hidetos fragicmp overridemtu "
	  "shuntlifetime keep_alive keep-alive strictcrlpolicy crl-strict crl_strict virtual_private virtual-private" },
	{ CONF_SETUP, CONF_OBSOLETE, "klipsdebug plutoopts plutostderrlogtime plutorestartoncrash dumpdir syslog pluto plutowait "
	  "prepluto postpluto manualstart nat_traversal disable_port_floating force_keepalive nhelpers force_busy nocrsend "
	  "crlcheckinterval secctx_attr_value forwardcontrol rp_filter plutofork logtime logappend logip perpeerlog perpeerlogdir "
	  "ipsecdir secretsfile statsbin seedbits myvendorid curl-iface curl-timeout force-busy ddos-mode ddos-ike-threshold "
	  "ddos-ike-treshold max-halfopen-ike nflog-all xfrmlifetime ocsp-uri ocsp-timeout ocsp-trustname ocsp_uri ocsp_timeout "
	  "ocsp_trust_name ocsp-method ocsp-cache-size ocsp-cache-min-age ocsp-cache-max-age secctx-attr-value secctx-attr-type "
	  "nssdir rundir dnssec-enable dnssec-rootkey-file dnssec-anchors audit-log seccomp expire-lifetime ikev1-policy" },
	{ CONF_SETUP, CONF_LATER, "oe myid ikeport nat-ikeport nat_ikeport ocsp-strict ocsp_strict "
	  "ocsp-enable ocsp_enable listen-udp listen-tcp global-redirect global-redirect-to" },
	{ CONF_CONN, CONF_BUILT, "left right leftsubnet leftnexthop leftsourceip leftupdown leftid leftrsasigkey leftrsasigkey2 leftcert "
	  "leftsendcert leftca leftprotoport leftauth rightsubnet rightid rightca auto authby type also alsoflip ike phase2alg esp pfs "
	  "ikelifetime ike-lifetime salifetime keylife lifetime ipsec-lifetime rekey rekeymargin rekeyfuzz keyingtries dpddelay "
	  "dpdtimeout dpdaction failureshunt negotiationshunt forceencaps encapsulation nat_keepalive nat-keepalive mtu mss failclosed "
	  "mobike reauth ipsec-max-bytes ipsec-max-packets endaddrfamily hostaddrfamily connaddrfamily clientaddrfamily tunneladdrfamily "
	  "leftaddresspool rightaddresspool leftmodecfgclient leftmodecfgserver leftmodecfgdns1 "
	  "leftmodecfgdns2 modecfgdns modecfgdns1 modecfgdns2" },
	{ CONF_CONN, CONF_OBSOLETE, "leftfirewall rightfirewall sareftrack" },
	{ CONF_CONN, CONF_LATER, "leftsubnetwithin leftspi leftspibase leftespenckey leftespauthkey leftespreplay_window "
	  "leftxauthserver leftxauthclient leftxauthname leftxauthusername "
	  "leftmodecfgwins1 leftmodecfgwins2 leftcat connalias keyexchange ikev1 ikev2 phase2 auth "
	  "compress aggrmode aggressive disablearrivalcheck firstmsgid sha2_truncbug sha2-truncbug overlapip metric "
	  "remote_peer_type remote-peer-type nm_configured "
	  "loopback labeled_ipsec policy_label modecfgpull modecfgdomain modecfgdomains modecfgbanner "
	  "modecfgwins1 modecfgwins2 pam-authorize sendca cisco_unity cisco-unity send_vendorid ikepad nat-ikev1-method xauthby xauthfail "
	  "retransmit-timeout retransmit-interval initial_contact initial-contact priority reqid nflog decap-dscp encap-dscp nopmtudisc "
	  "tfc vti-interface vti-routing vti-shared ipsec-interface mark mark-in mark-out nic-offload sec-label enable-tcp tcp-remoteport "
	  "accept-redirect redirect-to send-redirect session-resumption intermediate require-id-on-certificate ms-dh-downgrade dns-match-id" },
};

/* Others build these just now: that they are known is what counts. */
static const char moving[] = "leftsubnets fragmentation ike_frag ike-frag ppk esn replay-window narrowing ah";

static void known(enum conf_section section, const char *word, int status)
{
	static const char * const names[] = { "built", "obsolete", "refused" };
	unsigned int end;
	const struct conf_key *key = conf_key_find(word, section, &end);

	CHECK(key, "%s= is not known", word);
	if (!key)
		return;
	CHECK(status < 0 || key->status == status, "%s= is %s, not %s", word, names[key->status], names[status < 0 ? 0 : status]);
	CHECK(key->note && strlen(key->note) > 8, "%s=: nothing says what to do", word);
	CHECK(key->status != CONF_BUILT || key->parse, "%s= is built, and nobody reads it", word);
}

static void each(enum conf_section section, const char *words, int status)
{
	char *copy = strdup(words), *rest, *word;

	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		known(section, word, status);
	free(copy);
}

/* Openswan's and libreswan's spelling are one keyword. */
static void spelling(void)
{
	static const char * const pairs[][2] = {
		{ "nat-keepalive", "nat_keepalive" }, { "ipsec-max-bytes", "ipsec_max_bytes" }, { "dns-match-id", "dns_match_id" },
		{ "IKE-LIFETIME", "ikelifetime" }, { "salifetime", "ipsec_lifetime" }, { "leftmodecfg-dns1", "" },
	};
	const struct conf_key *a, *b;
	unsigned int i, end;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		a = conf_key_find(pairs[i][0], CONF_CONN, &end);
		b = pairs[i][1][0] ? conf_key_find(pairs[i][1], CONF_CONN, &end) : NULL;
		CHECK(a == b, "%s= and %s= are not the same", pairs[i][0], pairs[i][1]);
	}
	CHECK(!conf_key_find("a-name-of-a-keyword-that-is-as-long-as-no-name-of-any-keyword-ever-was", CONF_CONN, &end), "it is known");
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(inventory) / sizeof(inventory[0]); i++)
		each(inventory[i].section, inventory[i].words, inventory[i].status);
	each(CONF_CONN, moving, -1);
	each(CONF_SETUP, "uniqueids", CONF_BUILT);
	unit_done("conf: all keywords of Openswan and libreswan");
	spelling();
	unit_done("conf: - and _ are the same");
	return unit_status();
}
