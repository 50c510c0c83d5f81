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

#define NO_EAP "EAP is not built"
#define NO_OCSP "OCSP is not built; CRLs are read from /etc/ipsec.d/crls"
#define NO_IKEV1 "this belongs to IKEv1, which is history (RFC 9395); klips speaks IKEv2"
#define NO_DOMAINS "peers are given an address and told name servers (modecfgdns=), and nothing else yet"
#define NO_TUNING "it cannot be changed yet"
#define NO_OE "opportunistic encryption is not built yet"
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
	BUILT(CONF_SETUP, "shuntlifetime", NULL, conf_value_lifetime, FIELD(conf_setup, shuntlifetime), "15m",
	      "1s to 24h: how long failureshunt= stays after a negotiation that failed"),
	BUILT(CONF_SETUP, "keep_alive", "keep-alive", conf_value_lifetime, FIELD(conf_setup, keep_alive), "20s",
	      "1s to 24h: how long a tunnel behind a NAT may be silent before a packet keeps the NAT awake"),
	BUILT(CONF_SETUP, "strictcrlpolicy", "crl-strict crl_strict", conf_value_bool, FIELD(conf_setup, strictcrl), "no",
	      "yes (a certificate is accepted only if each of its issuers has a current CRL), no (a CRL that is missing or too old is passed over)"),
	BUILT(CONF_SETUP, "uniqueids", NULL, conf_value_bool, FIELD(conf_setup, uniqueids), "yes",
	      "yes (who comes with the id of a peer that is up ends what that one has), no (only from the same address: several hosts may come with one id, to a conn that takes them)"),
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
	OBSOLETE(CONF_SETUP, "nocrsend", NULL, "a certificate is asked for where a conn may want one"),
	OBSOLETE(CONF_SETUP, "myvendorid", NULL, "klips sends no vendor id"),
	OBSOLETE(CONF_SETUP, "force_busy", "force-busy ddos-mode ddos-ike-threshold ddos-ike-treshold max-halfopen-ike",
		 "cookies are asked for by themselves when many handshakes are half open"),
	OBSOLETE(CONF_SETUP, "statsbin", "audit-log seccomp", "klips has no such thing; see \"ipsec status --json\""),
	OBSOLETE(CONF_SETUP, "expire-lifetime", "xfrmlifetime expire-shunt-interval nflog-all ipsec-interface-managed", NO_XFRM),
	OBSOLETE(CONF_SETUP, "ikev1-policy", "ikev1-secctx-attr-type secctx_attr_value secctx-attr-value secctx-attr-type",
		 NO_IKEV1),
	OBSOLETE(CONF_SETUP, "crlcheckinterval", "crl-timeout curl-timeout curl-iface", "CRLs are not fetched: put them into /etc/ipsec.d/crls, then \"ipsec rereadcrls\""),
	OBSOLETE(CONF_SETUP, "ocsp-uri", "ocsp_uri ocsp-timeout ocsp_timeout ocsp-trustname ocsp_trust_name ocsp-method ocsp-cache-size ocsp-cache-min-age ocsp-cache-max-age",
		 NO_OCSP),
	OBSOLETE(CONF_SETUP, "dnssec-enable", "dnssec-rootkey-file dnssec-anchors", "names in left= and right= are looked up by the C library, as this host is set up; a peer has to prove its id, whatever the DNS says"),
	LATER(CONF_SETUP, "ocsp-strict", "ocsp_strict ocsp-enable ocsp_enable", NO, NO_OCSP),
	LATER(CONF_SETUP, "oe", NULL, NO, NO_OE),
	LATER(CONF_SETUP, "myid", NULL, NULL, "write leftid= in every conn or in conn %default"),
	OBSOLETE(CONF_SETUP, "nat_traversal", "nat-traversal", "NAT traversal is always there; see encapsulation= of a conn"),
	OBSOLETE(CONF_SETUP, "disable_port_floating", NULL, "behind a NAT IKE moves to port 4500 (RFC 7296 2.23)"),
	OBSOLETE(CONF_SETUP, "force_keepalive", NULL, "keepalives are sent where a NAT needs them; see nat_keepalive= of a conn"),
	LATER(CONF_SETUP, "nat_ikeport", "nat-ikeport", "4500", NO_TUNING),
	BUILT(CONF_SETUP, "virtual_private", "virtual-private", conf_value_virtual, FIELD(conf_setup, virtual_private), NULL,
	      "%v4:NET/BITS or %v6:NET/BITS, with ! in front of the net: not that part of them; several with commas between: what %priv is in rightsubnet=vhost:%priv"),
	LATER(CONF_SETUP, "ikeport", NULL, "500", NO_TUNING),
	LATER(CONF_SETUP, "listen-udp", NULL, YES, NO_TUNING),
	LATER(CONF_SETUP, "listen-tcp", NULL, NO, "IKE over TCP (RFC 9329) is not built yet"),
	LATER(CONF_SETUP, "global-redirect", "global-redirect-to", NO " never", "redirection (RFC 5685) is not built yet"),

	/* conn: per end */
	BUILT(CONF_END, "", NULL, conf_value_host, 0, NULL,
	      "ADDRESS, NAME of a host (looked up when the conn is loaded, and again each minute, or sooner, while no tunnel stands), %defaultroute, %any (the peer, answers only)"),
	BUILT(CONF_END, "subnet", NULL, conf_value_subnet, 0, NULL,
	      "NET/BITS behind that end; without it the end itself; of an end that is %any also vhost: or vnet: with some of %no (itself), %priv (see virtual_private=), %v4:NET/BITS or %v6:NET/BITS, the same with ! in front of the net (not that part), %all, with commas between: whichever of these hosts (vnet: or networks) the peer says it has"),
	BUILT(CONF_END, "subnets", NULL, conf_value_subnets, FIELD(conf_end, n_subnets), NULL,
	      "{NET/BITS NET/BITS ...}, at most 16, in place of subnet=: each pair of the two ends is a conn NAME/1x1, NAME/1x2 ... and all share one IKE SA"),
	BUILT(CONF_END, "nexthop", NULL, conf_value_nexthop, 0, NULL,
	      "ADDRESS, %direct, %defaultroute; without it as the kernel routes to the peer"),
	BUILT(CONF_END, "id", NULL, conf_value_id, FIELD(conf_end, id), NULL,
	      "ADDRESS, @name, user@name, @#hex, @[text], a distinguished name (\"C=AT, O=Example, CN=west\"; of the peer with * for a value that may be any), %fromcert, %null (with authby=null); without it the subject of cert=, else the end's address"),
	BUILT(CONF_END, "sourceip", NULL, conf_value_sourceip, FIELD(conf_end, sourceip), NULL,
	      "ADDRESS that the gateway itself uses in the tunnel; without it one of its own inside its subnet"),
	BUILT(CONF_END, "protoport", NULL, conf_value_protoport, FIELD(conf_end, protoport), NULL,
	      "PROTOCOL, PROTOCOL/PORT (tcp, 17/1701, tcp/http): only these packets; what else is routed there is dropped unless another conn has it"),
	BUILT(CONF_END, "rsasigkey", NULL, conf_value_pubkey, FIELD(conf_end, key), NULL,
	      "0s and base64 as \"ipsec showhostkey\" prints it: that end's RSA key; %cert (its certificate has it), %none (as without this keyword)"),
	BUILT(CONF_END, "rsasigkey2", NULL, conf_value_pubkey, FIELD(conf_end, key2), NULL,
	      "a second key that the peer may use, while keys are changed"),
	BUILT(CONF_END, "auth", NULL, conf_value_endauth, FIELD(conf_end, auth), NULL,
	      "how this end proves who it is, where the two do it differently: the words of authby="),
	BUILT(CONF_END, "cert", NULL, conf_value_cert, FIELD(conf_end, cert), NULL,
	      "FILE in /etc/ipsec.d/certs, or a path: that end's certificate (PEM or DER); of the peer only where it is to be this one"),
	BUILT(CONF_END, "sendcert", NULL, conf_value_sendcert, FIELD(conf_end, sendcert), "always",
	      "always, sendifasked, never: when our certificate is sent"),
	BUILT(CONF_END, "ca", NULL, conf_value_ca, FIELD(conf_end, ca), "%any",
	      "the name of a CA that must be above the peer's certificate; %same (the issuer of ours), %any (one of /etc/ipsec.d/cacerts)"),
	LATER(CONF_END, "subnetwithin", NULL, NULL, "write leftsubnet= or rightsubnet="),
	BUILT(CONF_END, "updown", NULL, conf_value_updown, FIELD(conf_end, updown), "%disabled",
	      "PATH of a program, and its arguments, that is called when the conn is routed, comes up, goes down, is unrouted (of the end that is this host); %disabled or \"ipsec _updown\": nothing is called, pluto makes the routes itself"),
	LATER(CONF_END, "pubkey", "ecdsakey ckaid", NULL, "raw keys are those of rsasigkey=; other kinds come in a certificate, see cert="),
	LATER(CONF_END, "autheap", NULL, "none", NO_EAP),
	LATER(CONF_END, "xauthserver", "xauthclient", NO, NO_IKEV1),
	LATER(CONF_END, "xauthname", "xauthusername username", NULL, NO_IKEV1),
	BUILT(CONF_END, "addresspool", NULL, conf_value_pool, FIELD(conf_end, pool), NULL,
	      "FIRST-LAST or NET/BITS: each peer, which is %any, gets one of these addresses when it asks for one, and no tunnel when it does not (RFC 7296 2.19); of NET/BITS neither the first nor, of IPv4, the last. One pool, of one family"),
	BUILT(CONF_END, "modecfgclient", NULL, conf_value_bool, FIELD(conf_end, cfgclient), NULL,
	      "yes (that end asks for an address, which is put on ipsecN and is its only one in the tunnel; where it is %any see addresspool=), no"),
	BUILT(CONF_END, "modecfgserver", NULL, conf_value_bool, FIELD(conf_end, cfgserver), NULL,
	      "yes (that end gives addresses: the other one has addresspool= or modecfgclient=yes), no"),
	BUILT(CONF_END, "modecfgdns1", NULL, conf_value_ip, FIELD(conf_end, dns1), NULL,
	      "ADDRESS of a name server for whoever gets an address: as modecfgdns= of the conn"),
	BUILT(CONF_END, "modecfgdns2", NULL, conf_value_ip, FIELD(conf_end, dns2), NULL,
	      "ADDRESS of another one"),
	LATER(CONF_END, "modecfgwins1", "modecfgwins2", NULL, "WINS is history"),
	LATER(CONF_END, "cat", NULL, NO, NO_OE),
	LATER(CONF_END, "groups", NULL, NULL, NO_OE),
	LATER(CONF_END, "ikeport", NULL, "500", NO_TUNING),
	LATER(CONF_END, "vti", "interface-ip", NULL, NO_XFRM),
	OBSOLETE(CONF_END, "firewall", NULL, "write firewall rules on ipsecN"),
	LATER(CONF_END, "spi", "spibase espenckey espauthkey espreplay_window ahkey ahreplay_window", NULL,
	      "manual keying is done with \"ipsec spi\" and \"ipsec eroute\""),

	/* conn */
	BUILT(CONF_CONN, "auto", NULL, conf_value_auto, FIELD(conf_conn, startup), "ignore",
	      "ignore, add (load it), route or ondemand (load it, and let the first packet bring it up), start (load it and bring it up)"),
	BUILT(CONF_CONN, "authby", NULL, conf_value_authby, FIELD(conf_conn, authby), NULL,
	      "secret, rsasig or rsa-sha2 (RSA with SHA2, RFC 7427; rsa-sha2_256, rsa-sha2_384, rsa-sha2_512 for one of them), ecdsa (ecdsa-sha2_256 ...), eddsa, rsa-sha1 (old peers only), several with | between them, null (alone: anybody may come, RFC 7619), never (of the other types); without it rsasig|ecdsa|eddsa if there is rsasigkey= or cert="),
	BUILT(CONF_CONN, "type", NULL, conf_value_type, FIELD(conf_conn, type), "tunnel",
	      "tunnel, transport (packets of the two hosts themselves, without another header around them; not through a NAT); without any negotiation: passthrough (packets leave in the clear), drop, reject (dropped, and the sender is told)"),
	BUILT(CONF_CONN, "endaddrfamily", "hostaddrfamily connaddrfamily", conf_value_family, FIELD(conf_conn, hostfamily), NULL,
	      "ipv4, ipv6: of the two hosts; needed for ipv6 where left= and right= are %defaultroute and %any, since it goes without saying where one of them is an address"),
	BUILT(CONF_CONN, "clientaddrfamily", "tunneladdrfamily", conf_value_family, FIELD(conf_conn, clientfamily), NULL,
	      "ipv4, ipv6: of the packets that go through the tunnel; goes without saying, the subnets have to be of that family"),
	BUILT(CONF_CONN, "failureshunt", NULL, conf_value_shunt, FIELD(conf_conn, failureshunt), "none",
	      "of a conn on demand, after its negotiation failed: none (what is held is dropped, and the next packet asks again), passthrough, drop, reject (for shuntlifetime=, or until it comes up)"),
	BUILT(CONF_CONN, "negotiationshunt", NULL, conf_value_shunt, FIELD(conf_conn, negotiationshunt), "hold",
	      "of a conn on demand, while it negotiates: hold (packets wait for the tunnel), passthrough, drop, reject"),
	BUILT(CONF_CONN, "encapsulation", NULL, conf_value_encap, FIELD(conf_conn, encapsulation), "auto",
	      "auto (ESP goes in UDP where there is a NAT, and where IKE comes through but nothing of what is sent as ESP is answered by ESP), yes (always), no (never, and the peer is not told of our addresses)"),
	BUILT(CONF_CONN, "forceencaps", NULL, conf_value_forceencaps, FIELD(conf_conn, encapsulation), NULL,
	      "yes (as encapsulation=yes), no (as encapsulation=auto)"),
	BUILT(CONF_CONN, "nat_keepalive", "nat-keepalive", conf_value_bool, FIELD(conf_conn, nat_keepalive), "yes",
	      "yes, no (a tunnel that is silent for too long is forgotten by the NAT in front of us)"),
	BUILT(CONF_CONN, "fragmentation", "ike_frag ike-frag", conf_value_frag, FIELD(conf_conn, fragmentation), "yes",
	      "yes (IKE messages that do not fit an IP packet of 1280 bytes go in fragments of IKE, RFC 7383, if the peer takes them), no (they are left to IP, whose fragments are often dropped on the way), force (with IPv4 already what does not fit 576 bytes, which every path carries)"),
	BUILT(CONF_CONN, "mobike", NULL, conf_value_bool, FIELD(conf_conn, mobike), "no",
	      "yes (who began the IKE SA takes the tunnel along when its own address changes, RFC 4555, if the peer has it, too; for tunnels with a subnet behind the end that moves), no (a tunnel whose address changes is made anew)"),
	BUILT(CONF_CONN, "ppk", NULL, conf_value_ppk, FIELD(conf_conn, ppk), "no",
	      "yes or propose (a post-quantum pre-shared key of ipsec.secrets is mixed into the keys, RFC 8784, where the peer has it, too), insist (else it does not come up), no"),
	BUILT(CONF_CONN, "ppk-ids", NULL, conf_value_ppks, FIELD(conf_conn, ppk_ids), NULL,
	      "names of PPKS in ipsec.secrets that are good for this conn, with commas between; without it all that are for these two ids"),
	BUILT(CONF_CONN, "ike", NULL, conf_value_ike, FIELD(conf_conn, ike),
	      "aes_gcm256-sha2_512-dh31+dh19+dh20+dh14,aes_gcm128-sha2_256-dh31+dh19,aes256-sha2_512-dh19+dh14,aes256-sha2_256-dh19+dh14,aes128-sha2_256-dh31+dh19+dh14",
	      "proposals of ENC-HASH-GROUP[-ke1_METHOD...], best first: aes_gcm256-sha2_512-dh19-ke1_mlkem768,aes128-sha2_256-modp2048"),
	BUILT(CONF_CONN, "phase2alg", "esp", conf_value_esp, FIELD(conf_conn, esp),
	      "aes_gcm256,aes_gcm128,aes256-sha2_256,aes128-sha2_256",
	      "proposals of ENC[-HASH][-GROUP], best first: aes_gcm256,aes128-sha2_256; behind an AEAD HASH is nothing, none or null"),
	BUILT(CONF_CONN, "esn", NULL, conf_value_esn, FIELD(conf_conn, esn), "either",
	      "either (extended sequence numbers, RFC 4304, where the peer has them), yes (or no tunnel), no"),
	BUILT(CONF_CONN, "ikelifetime", "ike-lifetime", conf_value_lifetime, FIELD(conf_conn, ikelifetime), "1h",
	      "1s to 24h: life of the IKE SA"),
	BUILT(CONF_CONN, "salifetime", "keylife lifetime ipsec-lifetime", conf_value_lifetime, FIELD(conf_conn, salifetime), "8h",
	      "1s to 24h: life of the IPsec SAs"),
	BUILT(CONF_CONN, "rekey", NULL, conf_value_bool, FIELD(conf_conn, rekey), "yes",
	      "yes, no (SAs end with their lifetime, unless the peer rekeys them)"),
	BUILT(CONF_CONN, "rekeymargin", NULL, conf_value_lifetime, FIELD(conf_conn, rekeymargin), "9m",
	      "1s to 24h: how long before the end of a lifetime it is rekeyed; never more than half of the lifetime"),
	BUILT(CONF_CONN, "rekeyfuzz", NULL, conf_value_percent, FIELD(conf_conn, rekeyfuzz), "100%",
	      "0% to 1000%: by how much of itself rekeymargin= is made longer at random, so that both sides do not begin at once"),
	BUILT(CONF_CONN, "ipsec-max-bytes", NULL, conf_value_amount, FIELD(conf_conn, max_bytes), NULL,
	      "N, NK, NM or NG: bytes after which an IPsec SA is over; it is rekeyed at three quarters of them; without it there is no such limit"),
	BUILT(CONF_CONN, "ipsec-max-packets", NULL, conf_value_amount, FIELD(conf_conn, max_packets), NULL,
	      "N, NK, NM or NG: the same in packets"),
	BUILT(CONF_CONN, "pfs", NULL, conf_value_bool, FIELD(conf_conn, pfs), NULL,
	      "yes (a rekeyed IPsec SA has a key exchange of its own, in the group of esp= or else of the IKE SA), no (not asked for, not refused); without it yes, unless the peer wants none"),
	BUILT(CONF_CONN, "reauth", "ikereauth", conf_value_bool, FIELD(conf_conn, reauth), "no",
	      "yes (near its end the IKE SA is made anew, with authentication, before the old one goes), no (it is rekeyed)"),
	BUILT(CONF_CONN, "dpddelay", NULL, conf_value_dpd, FIELD(conf_conn, dpddelay), NULL,
	      "0s to 24h: silence after which the peer is asked whether it lives; without it, or 0, 60s"),
	BUILT(CONF_CONN, "dpdtimeout", NULL, conf_value_dpd, FIELD(conf_conn, dpdtimeout), NULL,
	      "0s to 24h: silence after which the peer is held to be dead, if it does not answer; without it, or 0, after five questions in 31 s"),
	BUILT(CONF_CONN, "dpdaction", NULL, conf_value_dpdaction, FIELD(conf_conn, dpdaction), NULL,
	      "of a conn whose peer is dead: hold (packets are held, and the first one brings it up), restart (packets are held, and it is tried at once), clear (it is down); without it what was brought up by auto=start or \"ipsec up\" is tried again"),
	BUILT(CONF_CONN, "keyingtries", NULL, conf_value_tries, FIELD(conf_conn, keyingtries), "%forever",
	      "N, %forever (0)"),
	BUILT(CONF_CONN, "mtu", NULL, conf_value_mtu, FIELD(conf_conn, mtu), NULL,
	      "N, the MTU of the routes into the tunnel; without it that of the device"),
	BUILT(CONF_CONN, "mss", NULL, conf_value_mss, FIELD(conf_conn, mss), "no",
	      "auto (TCP SYNs through the conn's device, of all its conns and both ways, name what fits the tunnel), no"),
	BUILT(CONF_CONN, "failclosed", NULL, conf_value_bool, FIELD(conf_conn, failclosed), NULL,
	      "yes (packets for the far subnet are dropped, and take no other route, whenever they cannot go to ipsecN; from before the network is up), no; without it yes, and with auto=add only while the conn is loaded"),
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
	LATER(CONF_CONN, "aggrmode", "aggressive", NO, NO_IKEV1),
	LATER(CONF_CONN, "disablearrivalcheck", NULL, NO, "decapsulated packets are always checked"),
	LATER(CONF_CONN, "narrowing", NULL, NO, "narrowing cannot be asked for yet"),
	LATER(CONF_CONN, "firstmsgid", "ikepad nat-ikev1-method xauthby xauthfail", NULL, NO_IKEV1),
	LATER(CONF_CONN, "sha2_truncbug", "sha2-truncbug", NO, "wrong ICV lengths are not supported"),
	LATER(CONF_CONN, "overlapip", NULL, NO, NO_TUNING),
	OBSOLETE(CONF_CONN, "sareftrack", NULL, "SArefs are history"),
	LATER(CONF_CONN, "metric", NULL, NULL, NO_TUNING),
	LATER(CONF_CONN, "remote_peer_type", "remote-peer-type cisco_unity cisco-unity nm_configured nm-configured", NO, NO_IKEV1),
	LATER(CONF_CONN, "loopback", "labeled_ipsec labeled-ipsec", NO, "labelled IPsec is not built"),
	LATER(CONF_CONN, "policy_label", "policy-label sec-label", NULL, "labelled IPsec is not built"),
	LATER(CONF_CONN, "modecfgpull", NULL, YES " " NO, NO_IKEV1),
	BUILT(CONF_CONN, "modecfgdns", NULL, conf_value_dns, FIELD(conf_conn, dns), NULL,
	      "one to 4 ADDRESSes of name servers that peers are told who get one of addresspool=, with commas or blanks between"),
	BUILT(CONF_CONN, "modecfgdns1", NULL, conf_value_ip, FIELD(conf_conn, dns1), NULL, "ADDRESS of one more"),
	BUILT(CONF_CONN, "modecfgdns2", NULL, conf_value_ip, FIELD(conf_conn, dns2), NULL, "ADDRESS of one more"),
	LATER(CONF_CONN, "modecfgdomains", "modecfgdomain modecfgbanner modecfgwins1 modecfgwins2", NULL, NO_DOMAINS),
	LATER(CONF_CONN, "ignore-peer-dns", NULL, YES, "name servers that the peer names are shown and told to leftupdown=; nothing else is done with them"),
	LATER(CONF_CONN, "share-lease", NULL, YES, "who comes with the same id has the same address"),
	LATER(CONF_CONN, "replay-window", "replay_window", "64", NO_TUNING),
	LATER(CONF_CONN, "intermediate", "session-resumption", NO, "IKE_INTERMEDIATE and resumption are not built yet"),
	LATER(CONF_CONN, "enable-tcp", "tcp-remoteport", NO, "IKE over TCP (RFC 9329) is not built yet"),
	LATER(CONF_CONN, "initial-contact", "initial_contact", NULL, NO_TUNING),
	LATER(CONF_CONN, "send-vendorid", "send_vendorid", NO, "klips sends no vendor id"),
	LATER(CONF_CONN, "accept-redirect", "accept-redirect-to send-redirect redirect-to", NO " never", "redirection (RFC 5685) is not built yet"),
	LATER(CONF_CONN, "retransmit-timeout", "retransmit-interval", NULL, NO_TUNING),
	LATER(CONF_CONN, "require-id-on-certificate", NULL, YES, "a certificate always has to name the id that it is shown for"),
	LATER(CONF_CONN, "dns-match-id", "sendca ms-dh-downgrade pam-authorize", NO " none", NO_TUNING),
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

static const struct conf_key *key_lookup_as(const char *name, enum conf_section section)
{
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].section == section &&
		    (!strcasecmp(conf_keys[i].name, name) || conf_among(conf_keys[i].aliases, name)))
			return &conf_keys[i];
	return NULL;
}

/* Openswan wrote "_" where libreswan writes "-": neither means anything. */
static const struct conf_key *key_lookup(const char *name, enum conf_section section)
{
	const struct conf_key *key = key_lookup_as(name, section);
	char other[CONF_NAME_MAX];
	static const char from[] = "-_", to[] = "_-";
	unsigned int i, j;

	for (i = 0; !key && i < 2 && strlen(name) < sizeof(other); i++) {
		for (j = 0; name[j]; j++)
			other[j] = name[j] == from[i] ? to[i] : name[j];
		other[j] = '\0';
		key = key_lookup_as(other, section);
	}
	return key;
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
