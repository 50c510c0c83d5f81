// SPDX-License-Identifier: GPL-2.0
/*
 * Every keyword of Openswan's and libreswan's ipsec.conf, and what becomes of it here.
 * A keyword that is not built may still stand in a file with a value that asks for what is done
 * anyway (compress=no).
 */
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_value.h"

#define FIELD(type, member) offsetof(struct type, member)

#define BUILT(section, name, aliases, parse, field, fallback, note) \
	{ name, aliases, section, CONF_BUILT, parse, field, fallback, note, NULL, false }
#define OBSOLETE(section, name, aliases, note) \
	{ name, aliases, section, CONF_OBSOLETE, NULL, 0, NULL, note, NULL, false }
#define LATER(section, name, aliases, same, note) \
	{ name, aliases, section, CONF_LATER, NULL, 0, NULL, note, same, false }

#define YES "yes true on y 1"
#define NO "no false off n 0"

#define NO_RSA "only pre-shared keys (authby=secret) are built yet"
#define NO_CERTS "certificates are not built yet"
#define NO_IKEV1 "this belongs to IKEv1, which is history (RFC 9395); klips speaks IKEv2"
#define NO_CP "handing out or asking for addresses (configuration payloads) is not built yet"
#define NO_NATT "NAT traversal is not built yet"
#define NO_TUNING "it cannot be changed yet"
#define NO_OE "opportunistic encryption and on-demand conns are not built yet"
#define NO_XFRM "this belongs to the kernel's own XFRM stack; klips has ipsecN devices"
#define NO_KLIPSDEBUG "klips counts drops by reason: see \"ipsec look\""

const struct conf_key conf_keys[] = {
	/* config setup */
	BUILT(CONF_SETUP, "interfaces", NULL, conf_value_pairs, 0, "%defaultroute",
	      "\"ipsec0=eth0 ipsec1=ppp0\", %defaultroute (ipsec0 on the device of the default route), %none"),
	BUILT(CONF_SETUP, "protostack", NULL, conf_value_stack, FIELD(conf_setup, stack), "klips",
	      "klips, auto (the same)"),
	BUILT(CONF_SETUP, "plutodebug", NULL, conf_value_debug, FIELD(conf_setup, debug), "none",
	      "none, all, or some of control, kernel, packets"),
	BUILT(CONF_SETUP, "listen", NULL, conf_value_listen, 0, NULL,
	      "addresses to answer at; without it all of the devices in interfaces="),
	BUILT(CONF_SETUP, "logfile", "plutostderrlog", conf_value_path, FIELD(conf_setup, logfile), NULL,
	      "PATH of a file that pluto logs to; without it the journal, or syslog"),
	BUILT(CONF_SETUP, "hidetos", NULL, conf_value_bool, FIELD(conf_setup, hidetos), NULL,
	      "yes, no (DSCP of inner packets on the outer ones); without it as \"ipsec tncfg\" left the devices, which are made with yes"),
	BUILT(CONF_SETUP, "fragicmp", NULL, conf_value_bool, FIELD(conf_setup, fragicmp), NULL,
	      "yes, no (nobody is told that a packet is too large: it is sent, and cut); without it as \"ipsec tncfg\" left the devices, which are made with yes"),
	BUILT(CONF_SETUP, "overridemtu", NULL, conf_value_mtu, FIELD(conf_setup, overridemtu), NULL,
	      "N, the MTU of the devices in interfaces=; without it that of the device below less what a tunnel costs at most"),
	OBSOLETE(CONF_SETUP, "klipsdebug", NULL, NO_KLIPSDEBUG),
	OBSOLETE(CONF_SETUP, "plutoopts", NULL, "give pluto's options in ipsec.service"),
	OBSOLETE(CONF_SETUP, "plutostderrlogtime", "logtime logappend logip", "a log file has times in front of its lines, and so has the journal"),
	OBSOLETE(CONF_SETUP, "perpeerlog", "perpeerlogdir", "every line names its conn: filter the journal"),
	OBSOLETE(CONF_SETUP, "syslog", NULL, "the journal keeps what is said at start and stop"),
	OBSOLETE(CONF_SETUP, "plutorestartoncrash", NULL, "ipsec.service restarts pluto"),
	OBSOLETE(CONF_SETUP, "dumpdir", NULL, "core files are the service manager's (coredumpctl)"),
	OBSOLETE(CONF_SETUP, "pluto", NULL, "pluto is always started"),
	OBSOLETE(CONF_SETUP, "plutofork", NULL, "pluto does not fork"),
	OBSOLETE(CONF_SETUP, "plutowait", NULL, "the start never waits for peers; \"ipsec up\" does"),
	OBSOLETE(CONF_SETUP, "prepluto", "postpluto", "use ExecStartPre= and ExecStartPost= of ipsec.service"),
	OBSOLETE(CONF_SETUP, "manualstart", NULL, "manual keying is done with \"ipsec spi\" and \"ipsec eroute\""),
	OBSOLETE(CONF_SETUP, "forwardcontrol", NULL, "set net.ipv4.ip_forward in sysctl.conf"),
	OBSOLETE(CONF_SETUP, "rp_filter", "rp-filter", "klips works with any rp_filter"),
	OBSOLETE(CONF_SETUP, "nhelpers", NULL, "there is one helper thread"),
	OBSOLETE(CONF_SETUP, "seedbits", NULL, "the kernel's random numbers need no seed"),
	OBSOLETE(CONF_SETUP, "secretsfile", NULL, "pluto reads /etc/ipsec.secrets; its option --secretsfile names another"),
	OBSOLETE(CONF_SETUP, "ipsecdir", "nssdir rundir", "these places are fixed, or options of pluto"),
	OBSOLETE(CONF_SETUP, "nocrsend", NULL, "no certificate is asked for yet"),
	OBSOLETE(CONF_SETUP, "myvendorid", NULL, "klips sends no vendor id"),
	OBSOLETE(CONF_SETUP, "force_busy", "force-busy ddos-mode ddos-ike-threshold ddos-ike-treshold max-halfopen-ike",
		 "cookies are asked for by themselves when many handshakes are half open"),
	OBSOLETE(CONF_SETUP, "statsbin", "audit-log seccomp", "klips has no such thing; see \"ipsec status --json\""),
	OBSOLETE(CONF_SETUP, "expire-lifetime", "xfrmlifetime expire-shunt-interval nflog-all ipsec-interface-managed", NO_XFRM),
	OBSOLETE(CONF_SETUP, "ikev1-policy", "ikev1-secctx-attr-type secctx_attr_value secctx-attr-value secctx-attr-type",
		 NO_IKEV1),
	OBSOLETE(CONF_SETUP, "crlcheckinterval", "crl-timeout curl-timeout curl-iface", NO_CERTS),
	OBSOLETE(CONF_SETUP, "ocsp-uri", "ocsp_uri ocsp-timeout ocsp_timeout ocsp-trustname ocsp_trust_name ocsp-method ocsp-cache-size ocsp-cache-min-age ocsp-cache-max-age",
		 NO_CERTS),
	OBSOLETE(CONF_SETUP, "dnssec-enable", "dnssec-rootkey-file dnssec-anchors", "no names are looked up yet"),
	LATER(CONF_SETUP, "strictcrlpolicy", "crl-strict crl_strict ocsp-strict ocsp_strict ocsp-enable ocsp_enable", NO, NO_CERTS),
	LATER(CONF_SETUP, "uniqueids", NULL, YES, NO_TUNING),
	LATER(CONF_SETUP, "oe", NULL, NO, NO_OE),
	LATER(CONF_SETUP, "shuntlifetime", NULL, NULL, NO_OE),
	LATER(CONF_SETUP, "myid", NULL, NULL, "write leftid= in every conn or in conn %default"),
	LATER(CONF_SETUP, "nat_traversal", "nat-traversal", NO, NO_NATT),
	LATER(CONF_SETUP, "disable_port_floating", NULL, YES " " NO, NO_NATT),
	LATER(CONF_SETUP, "keep_alive", "keep-alive nat_ikeport nat-ikeport", NULL, NO_NATT),
	LATER(CONF_SETUP, "force_keepalive", NULL, NO, NO_NATT),
	LATER(CONF_SETUP, "virtual_private", "virtual-private", NULL, "vhost: and vnet: subnets are not built yet"),
	LATER(CONF_SETUP, "ikeport", NULL, "500", NO_TUNING),
	LATER(CONF_SETUP, "listen-udp", NULL, YES, NO_TUNING),
	LATER(CONF_SETUP, "listen-tcp", NULL, NO, "IKE over TCP (RFC 9329) is not built yet"),
	LATER(CONF_SETUP, "global-redirect", "global-redirect-to", NO " never", "redirection (RFC 5685) is not built yet"),

	/* conn: per end */
	BUILT(CONF_END, "", NULL, conf_value_host, 0, NULL,
	      "ADDRESS, %defaultroute, %any (the peer, answers only)"),
	BUILT(CONF_END, "subnet", NULL, conf_value_subnet, FIELD(conf_end, subnet), NULL,
	      "NET/BITS behind that end; without it the end itself"),
	BUILT(CONF_END, "nexthop", NULL, conf_value_nexthop, 0, NULL,
	      "ADDRESS, %direct, %defaultroute; without it as the kernel routes to the peer"),
	BUILT(CONF_END, "id", NULL, conf_value_id, FIELD(conf_end, id), NULL,
	      "ADDRESS, @name, user@name, @#hex, @[text]; without it the end's address"),
	BUILT(CONF_END, "sourceip", NULL, conf_value_sourceip, FIELD(conf_end, sourceip), NULL,
	      "ADDRESS that the gateway itself uses in the tunnel; without it one of its own inside its subnet"),
	LATER(CONF_END, "subnets", NULL, NULL, "write one conn for each pair of subnets"),
	LATER(CONF_END, "subnetwithin", NULL, NULL, "write leftsubnet= or rightsubnet="),
	LATER(CONF_END, "protoport", NULL, "%any 0", "tunnels for one protocol or port are not built yet"),
	LATER(CONF_END, "updown", NULL, "%disabled", "routes are made by pluto itself; hooks are not built yet"),
	LATER(CONF_END, "rsasigkey", "rsasigkey2 pubkey ckaid ecdsakey", NULL, NO_RSA),
	LATER(CONF_END, "auth", NULL, "secret psk", NO_RSA),
	LATER(CONF_END, "autheap", NULL, "none", NO_RSA),
	LATER(CONF_END, "cert", NULL, NULL, NO_CERTS),
	LATER(CONF_END, "sendcert", NULL, "never", NO_CERTS),
	LATER(CONF_END, "ca", NULL, NULL, NO_CERTS),
	LATER(CONF_END, "xauthserver", "xauthclient", NO, NO_IKEV1),
	LATER(CONF_END, "xauthname", "xauthusername username", NULL, NO_IKEV1),
	LATER(CONF_END, "modecfgserver", "modecfgclient", NO, NO_CP),
	LATER(CONF_END, "addresspool", NULL, NULL, NO_CP),
	LATER(CONF_END, "cat", NULL, NO, NO_OE),
	LATER(CONF_END, "groups", NULL, NULL, NO_OE),
	LATER(CONF_END, "ikeport", NULL, "500", NO_TUNING),
	LATER(CONF_END, "vti", "interface-ip", NULL, NO_XFRM),
	OBSOLETE(CONF_END, "firewall", NULL, "write firewall rules on ipsecN"),
	LATER(CONF_END, "spi", "spibase espenckey espauthkey espreplay_window ahkey ahreplay_window", NULL,
	      "manual keying is done with \"ipsec spi\" and \"ipsec eroute\""),

	/* conn */
	BUILT(CONF_CONN, "auto", NULL, conf_value_auto, FIELD(conf_conn, startup), "ignore",
	      "ignore, add (load it), start (load it and bring it up)"),
	BUILT(CONF_CONN, "authby", NULL, conf_value_authby, FIELD(conf_conn, authby), NULL,
	      "secret (required: nothing else is built yet)"),
	BUILT(CONF_CONN, "type", NULL, conf_value_type, FIELD(conf_conn, type), "tunnel", "tunnel"),
	BUILT(CONF_CONN, "ike", NULL, conf_value_ike, FIELD(conf_conn, ike),
	      "aes_gcm256-sha2_512-dh31+dh19+dh20+dh14,aes_gcm128-sha2_256-dh31+dh19,aes256-sha2_512-dh19+dh14,aes256-sha2_256-dh19+dh14,aes128-sha2_256-dh31+dh19+dh14",
	      "proposals of ENC-HASH-GROUP, best first: aes_gcm256-sha2_512-dh19,aes128-sha2_256-modp2048"),
	BUILT(CONF_CONN, "phase2alg", "esp", conf_value_esp, FIELD(conf_conn, esp),
	      "aes_gcm256,aes_gcm128,aes256-sha2_256,aes128-sha2_256",
	      "proposals of ENC[-HASH][-GROUP], best first: aes_gcm256,aes128-sha2_256"),
	BUILT(CONF_CONN, "ikelifetime", NULL, conf_value_lifetime, FIELD(conf_conn, ikelifetime), "1h",
	      "1s to 24h: life of the IKE SA"),
	BUILT(CONF_CONN, "salifetime", "keylife lifetime", conf_value_lifetime, FIELD(conf_conn, salifetime), "8h",
	      "1s to 24h: life of the IPsec SAs"),
	BUILT(CONF_CONN, "keyingtries", NULL, conf_value_tries, FIELD(conf_conn, keyingtries), "%forever",
	      "N, %forever (0)"),
	BUILT(CONF_CONN, "mtu", NULL, conf_value_mtu, FIELD(conf_conn, mtu), NULL,
	      "N, the MTU of the routes into the tunnel; without it that of the device"),
	BUILT(CONF_CONN, "mss", NULL, conf_value_mss, FIELD(conf_conn, mss), "no",
	      "auto (TCP SYNs through the conn's device, of all its conns and both ways, name what fits the tunnel), no"),
	{ "also", NULL, CONF_CONN, CONF_BUILT, conf_value_conn, 0, NULL,
	  "NAME of a conn whose settings count where this one says nothing", NULL, true },
	{ "alsoflip", NULL, CONF_CONN, CONF_BUILT, conf_value_conn, 0, NULL,
	  "the same with left and right exchanged", NULL, true },
	LATER(CONF_CONN, "connalias", NULL, NULL, "call the conn by its name"),
	LATER(CONF_CONN, "keyexchange", NULL, "ike ikev2 rfc7296", NO_IKEV1),
	LATER(CONF_CONN, "ikev2", NULL, "insist always propose yes", NO_IKEV1),
	LATER(CONF_CONN, "ikev1", NULL, NO, NO_IKEV1),
	LATER(CONF_CONN, "phase2", "auth", "esp default", "AH and IPCOMP are not built yet"),
	LATER(CONF_CONN, "ah", NULL, NULL, "AH is not built yet"),
	LATER(CONF_CONN, "compress", NULL, NO, "IPCOMP is not built yet"),
	OBSOLETE(CONF_CONN, "pfs", NULL, "an IPsec SA's first keys come from the IKE SA's own exchange; rekeying is not built yet"),
	LATER(CONF_CONN, "rekey", NULL, NO, "rekeying is not built yet: an SA ends with its lifetime and a conn that is wanted comes up anew; write rekey=no"),
	OBSOLETE(CONF_CONN, "rekeymargin", "rekeyfuzz", "rekeying is not built yet: an SA ends with its lifetime and a conn that is wanted comes up anew"),
	LATER(CONF_CONN, "reauth", NULL, NO, "rekeying is not built yet"),
	LATER(CONF_CONN, "aggrmode", "aggressive", NO, NO_IKEV1),
	LATER(CONF_CONN, "dpddelay", "dpdtimeout", "0 0s", "dead peer detection is not built yet"),
	LATER(CONF_CONN, "dpdaction", NULL, NULL, "dead peer detection is not built yet"),
	LATER(CONF_CONN, "failureshunt", NULL, "drop none", NO_OE),
	LATER(CONF_CONN, "negotiationshunt", NULL, "drop", NO_OE),
	LATER(CONF_CONN, "disablearrivalcheck", NULL, NO, "decapsulated packets are always checked"),
	LATER(CONF_CONN, "narrowing", NULL, NO, "narrowing cannot be asked for yet"),
	LATER(CONF_CONN, "firstmsgid", "ikepad nat-ikev1-method xauthby xauthfail", NULL, NO_IKEV1),
	LATER(CONF_CONN, "sha2_truncbug", "sha2-truncbug", NO, "wrong ICV lengths are not supported"),
	LATER(CONF_CONN, "forceencaps", "encapsulation", NO " auto", NO_NATT),
	LATER(CONF_CONN, "nat_keepalive", "nat-keepalive", NULL, NO_NATT),
	LATER(CONF_CONN, "overlapip", NULL, NO, NO_TUNING),
	OBSOLETE(CONF_CONN, "sareftrack", NULL, "SArefs are history"),
	LATER(CONF_CONN, "metric", NULL, NULL, NO_TUNING),
	LATER(CONF_CONN, "endaddrfamily", "hostaddrfamily connaddrfamily", "ipv4 v4 inet", "IPv6 is not built yet"),
	LATER(CONF_CONN, "clientaddrfamily", "tunneladdrfamily", "ipv4 v4 inet", "IPv6 is not built yet"),
	LATER(CONF_CONN, "remote_peer_type", "remote-peer-type cisco_unity cisco-unity nm_configured nm-configured", NO, NO_IKEV1),
	LATER(CONF_CONN, "loopback", "labeled_ipsec labeled-ipsec", NO, "labelled IPsec is not built"),
	LATER(CONF_CONN, "policy_label", "policy-label sec-label", NULL, "labelled IPsec is not built"),
	LATER(CONF_CONN, "modecfgpull", NULL, YES " " NO, NO_CP),
	LATER(CONF_CONN, "modecfgdns", "modecfgdns1 modecfgdns2 modecfgdomains modecfgdomain modecfgbanner modecfgwins1 modecfgwins2 ignore-peer-dns share-lease",
	      NULL, NO_CP),
	LATER(CONF_CONN, "fragmentation", "ike_frag ike-frag", NO, "IKE fragmentation (RFC 7383) is not built yet"),
	LATER(CONF_CONN, "mobike", NULL, NO, "MOBIKE (RFC 4555) is not built yet"),
	LATER(CONF_CONN, "esn", NULL, NO, "extended sequence numbers are not built yet"),
	LATER(CONF_CONN, "replay-window", "replay_window", "64", NO_TUNING),
	LATER(CONF_CONN, "ppk", "ppk-ids", NO, "PPK (RFC 8784) is not built yet"),
	LATER(CONF_CONN, "intermediate", "session-resumption", NO, "IKE_INTERMEDIATE and resumption are not built yet"),
	LATER(CONF_CONN, "enable-tcp", "tcp-remoteport", NO, "IKE over TCP (RFC 9329) is not built yet"),
	LATER(CONF_CONN, "initial-contact", "initial_contact", NULL, NO_TUNING),
	LATER(CONF_CONN, "send-vendorid", "send_vendorid", NO, "klips sends no vendor id"),
	LATER(CONF_CONN, "accept-redirect", "accept-redirect-to send-redirect redirect-to", NO " never", "redirection (RFC 5685) is not built yet"),
	LATER(CONF_CONN, "retransmit-timeout", "retransmit-interval", NULL, NO_TUNING),
	LATER(CONF_CONN, "ipsec-max-bytes", "ipsec-max-packets", NULL, NO_TUNING),
	LATER(CONF_CONN, "dns-match-id", "require-id-on-certificate sendca ms-dh-downgrade pam-authorize", NULL, NO_CERTS),
	LATER(CONF_CONN, "decap-dscp", "encap-dscp nopmtudisc", NULL, NO_TUNING),
	LATER(CONF_CONN, "tfc", "send-no-esp-tfc", NO, "padding against traffic analysis is not built yet"),
	LATER(CONF_CONN, "iptfs", "iptfs-fragmentation iptfs-packet-size iptfs-max-queue-size iptfs-init-delay iptfs-reorder-window iptfs-drop-time", NO,
	      "IP-TFS (RFC 9347) is not built"),
	LATER(CONF_CONN, "ipsec-interface", "vti-interface vti-routing vti-shared mark mark-in mark-out", NO, NO_XFRM),
	LATER(CONF_CONN, "nic-offload", "nflog nflog-group priority reqid", NO, NO_XFRM),
	LATER(CONF_CONN, "debug", NULL, "none", "set plutodebug= in config setup"),
};

const unsigned int conf_n_keys = sizeof(conf_keys) / sizeof(conf_keys[0]);

bool conf_among(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	while (words && *words) {
		n = strcspn(words, " ");
		if (n == len && !strncasecmp(words, word, n))
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

static const struct conf_key *key_lookup(const char *name, enum conf_section section)
{
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].section == section &&
		    (!strcasecmp(conf_keys[i].name, name) || conf_among(conf_keys[i].aliases, name)))
			return &conf_keys[i];
	return NULL;
}

const struct conf_key *conf_key_find(const char *name, enum conf_section section, unsigned int *end)
{
	const struct conf_key *key = key_lookup(name, section);

	*end = 0;
	if (key || section != CONF_CONN)
		return key;
	if (!strncasecmp(name, "left", 4))
		return key_lookup(name + 4, CONF_END);
	*end = 1;
	return strncasecmp(name, "right", 5) ? NULL : key_lookup(name + 5, CONF_END);
}

/* Edit distance, up to @limit. Names are short: one row on the stack. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[CONF_NAME_MAX], i, j, diagonal, best;
	size_t n = strlen(b);

	if (n >= CONF_NAME_MAX || strlen(a) >= CONF_NAME_MAX)
		return CONF_NAME_MAX;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			best = diagonal + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[n];
}

const char *conf_key_similar(const char *name, enum conf_section section, char buf[CONF_NAME_MAX])
{
	static const char * const ends[] = { "left", "right", "" };
	unsigned int i, e, last, d, best = 3;
	char candidate[CONF_NAME_MAX];

	for (i = 0; i < conf_n_keys; i++) {
		if ((conf_keys[i].section == CONF_SETUP) != (section == CONF_SETUP))
			continue;
		e = conf_keys[i].section == CONF_END ? 0 : 2;
		for (last = e ? 2 : 1; e <= last; e++) {
			strcpy(stpcpy(candidate, ends[e]), conf_keys[i].name);
			d = distance(name, candidate);
			if (d < best) {
				best = d;
				strcpy(buf, candidate);
			}
		}
	}
	return best < 3 ? buf : NULL;
}
