// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf.c userland/lib/conf_wrong.c userland/lib/conf_family.c userland/lib/conf_closed.c userland/lib/conf_source.c userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_setup.c userland/lib/conf_pool.c userland/lib/conf_auth.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/protoport.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "rsa_test_key.h"
#include "unit.h"

static char dir[] = "/tmp/test_conf.XXXXXX";
static char path[64];
static char said[65536];
static unsigned int errors, warnings;

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	if (error)
		errors++;
	else
		warnings++;
	strncat(said, text, sizeof(said) - strlen(said) - 1);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static void put(const char *name, const char *text, size_t len)
{
	char to[128];
	FILE *f;

	snprintf(to, sizeof(to), "%s/%s", dir, name);
	f = fopen(to, "w");
	if (!f) {
		perror(to);
		exit(1);
	}
	fwrite(text, 1, len, f);
	fclose(f);
}

static int load(struct conf *conf, const char *text)
{
	put("ipsec.conf", text, strlen(text));
	said[0] = '\0';
	errors = warnings = 0;
	return conf_load(conf, path, report, NULL);
}

/* The file is refused, with a message that has "ipsec.conf:LINE: " and @what in it. */
static void refused(const char *text, unsigned int line, const char *what)
{
	char place[96];
	struct conf conf;
	int err = load(&conf, text);

	snprintf(place, sizeof(place), "%s:%u: ", path, line);
	CHECK(err == -EINVAL && errors, "%s\nis not refused: %d", text, err);
	CHECK(!conf.conns && !conf.n_conns && !conf.source, "%s\nis half loaded", text);
	CHECK(strstr(said, place), "%s\ndoes not name %s but says %s", text, place, said);
	CHECK(strstr(said, "expected"), "%s\ndoes not say what was expected: %s", text, said);
	CHECK(!what || strstr(said, what), "%s\nsays nothing of \"%s\" but %s", text, what, said);
	if (!err)
		conf_free(&conf);
}

static void taken(const char *text, unsigned int said_warnings)
{
	struct conf conf;
	int err = load(&conf, text);

	CHECK(!err && !errors, "%s\nis refused: %s", text, said);
	CHECK(warnings == said_warnings, "%s\n: %u warnings, not %u: %s", text, warnings, said_warnings, said);
	conf_free(&conf);
}

#define GOOD_CONN "conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n\tauto=add\n"

/* Values of every keyword that is built: separated by "|". */
static const struct {
	const char *name, *good, *bad;
} values[] = {
	{ "interfaces", "%none|%defaultroute|\"ipsec0=eth0\"|ipsec0=eth0|\"ipsec0=eth0 ipsec1=ppp0\"|\"ipsec0=%defaultroute\"|vpn=eth0",
	  "eth0|ipsec0=|=eth0|\"ipsec0=eth0 ipsec0=eth1\"|ipsec0=a/b|ipsec0123456789012=eth0|%any" },
	{ "protostack", "klips|auto|KLIPS|none", "netkey|xfrm|mast|native|win2k|klipsen" },
	{ "plutodebug", "none|all|control|\"control kernel\"|\"raw, packets\"|klips", "private|everything|\"control nothing\"" },
	{ "listen", "192.0.2.1|\"192.0.2.1 192.0.2.2\"|2001:db8::1", "%any|0.0.0.0|eth0|\"1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9\"" },
	{ "logfile", "/var/log/pluto.log", "pluto.log|~/pluto.log" },
	{ "", "192.0.2.1|%any|%defaultroute|0.0.0.0|2001:db8::1|::|gw|gw-1.example.com|_x.b7|3com.example|a.b.c.d.e|xn--bcher-kva.example",
	  "2001:db8::1/64|2001:db8|fe80::1%eth0|[2001:db8::1]|%opportunistic|%group|192.0.2|192.0.2.256|.gw|gw.|gw..a|-gw|gw/24|gw:500|gw%eth0|gw.1|gw.7b|\"gw a\"|0x7f|b\xc3\xbcro.example|"
	  "a123456789012345678901234567890123456789012345678901234567890123.example" },
	{ "subnet", "vhost:%v6:fd00::/8,%v6:!fd00:1::/64|vnet:%v4:10.0.0.0/8|2001:db8::/32|::/0|2001:db8::1|10.0.0.0/8|10.1.0.0/255.255.0.0|10.1.0.1|0.0.0.0/0", "2001:db8::/129|2001:db8::/|10.0.0.0/33|net/8|vhost:%private|vhost:|vhost:%no,|vnet:%v4:10.0.0.0/33|vhost:10.0.0.0/8|vnet:%v4:!|vhost:%dhcp|\"10.0.0.0/8,11.0.0.0/8\"" },
	{ "subnets", "10.0.0.0/8|{10.0.0.0/8 11.0.0.0/8}|\"10.0.0.0/8, 11.0.0.0/8\"|\"10.1.0.1,10.1.0.2\"",
	  "\" , \"|{10.0.0.0/8 10.0.0.0/8}|{10.0.0.0/8 net}|{10.0.0.0/33}|"
	  "{1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9 1.1.1.10 1.1.1.11 1.1.1.12 1.1.1.13 1.1.1.14 1.1.1.15 1.1.1.16 1.1.1.17}" },
	{ "virtual_private", "%v4:10.0.0.0/8|%v4:10.0.0.0/8,%v4:!10.2.0.0/16,%v6:fd00::/8|\"%v4:10.0.0.0/8, %V4:192.168.0.0/16\"",
	  "10.0.0.0/8|%v4:fd00::/8|%v4:10.0.0.0/8,|,|%v4|%v4:|%v4:!|%v5:10.0.0.0/8|\"%v4:10.0.0.0/8 %v4:11.0.0.0/8\"|%priv|%v4:!!10.0.0.0/8" },
	{ "addresspool", "10.9.0.1-10.9.0.9|10.9.0.1-10.9.0.1|10.9.0.0/24|10.9.0.1/32|10.0.0.0/8|10.9.0.0-10.9.255.255|fd00::1-fd00::9|fd00:9::/64|fd00:9::/112|fd00:9::1/128|fd00:9::-fd00:9::ffff:ffff:ffff:ffff",
	  "10.9.0.9-10.9.0.1|10.9.0.1-|-10.9.0.1|10.9.0.1-10.9.0.256|0.0.0.0/0|0.0.0.0-1.0.0.0|1.0.0.0-3.0.0.0|fd00:9::/63|::/64|::-::9|fd00:9::1-fd00:9:0:1::1|10.9.0.1-fd00::9|fd00::9-fd00::1|10.0.9.0/24,fd00:9::/112|10.9.0.0/33|%pool|10.9.0.1-10.9.0.9-10.9.0.10" },
	{ "modecfgclient", "yes|no", "maybe|2" },
	{ "modecfgserver", "yes|no", "maybe|2" },
	{ "modecfgdns", "10.9.0.53|\"10.9.0.53 10.9.0.54\"|10.9.0.1,10.9.0.2,10.9.0.3,10.9.0.4|\"10.9.0.1, 10.9.0.2\"|fd00::53|10.9.0.1,fd00::53",
	  "\" , \"|ns.example|10.9.0.1,10.9.0.2,10.9.0.3,10.9.0.4,10.9.0.5|fd00::53/128|0.0.0.0|::|10.9.0.256" },
	{ "modecfgdns1", "10.9.0.53|fd00::53", "ns|0.0.0.0|::|10.9.0.53,10.9.0.54|10.9.0.256" },
	{ "modecfgdns2", "10.9.0.53|fd00::53", "ns|0.0.0.0|::|10.9.0.53,10.9.0.54|10.9.0.256" },
	{ "nexthop", "192.0.2.254|%direct|%defaultroute", "gw|0.0.0.0|%any" },
	{ "id", "192.0.2.1|@east.example|user@example|@#0a0b|@[text]|2001:db8::1|\"C=CA, CN=x\"|CN=x|\"O=a, CN=*\"|@~300d310b3009060355040613024154|%fromcert|%null",
	  "east|@#abc|@#xy|\"C=CA, CN\"|XX=1|@~3000|@[]|@" },
	{ "rsasigkey", TEST_PUBKEY "|%cert|%none|%CERT", "0sAQPS|AQPS|%dns|%dnsondemand|0t" TEST_PUBKEY "|0x0103|%any" },
	{ "rsasigkey2", TEST_PUBKEY, "key.pem" },
	{ "auth", "secret|rsasig|ecdsa|eddsa|rsa-sha2_256", "never|eap|rsasig-sha2" },
	{ "cert", "east.pem|/etc/x.pem", "%fromcert" },
	{ "sendcert", "always|alwayssend|sendifasked|ifasked|never|yes|no", "forcedtype|maybe" },
	{ "ca", "\"C=AT, CN=CA\"|%same|%any|\"CN=*\"", "ca.pem|@ca|%ca|\"XX=1\"" },
	{ "updown", "%disabled|/usr/local/bin/updown|\"/bin/updown --verbose x\"|\"ipsec _updown\"",
	  "updown|\"ipsec _updown --route yes\"|\"/bin/up;reboot\"|\"/bin/up $PLUTO_VERB\"|\"/bin/up > /log\"|\"/a 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\"" },
	{ "uniqueids", "yes|no", "never|maybe" },
	{ "strictcrlpolicy", "yes|no", "maybe|ifuri" },
	{ "sourceip", "10.1.0.1", "%any|0.0.0.0|10.1.0.1/24" },
	{ "auto", "ignore|add|start|up|route|ondemand", "yes|no|demand" },
	{ "authby", "secret|psk|Secret|never|rsasig|RSA|rsa-sha1|rsa-sha2|rsa-sha2_256|rsa-sha2_384|rsa-sha2_512|ecdsa|ecdsa-sha2_256|eddsa|null",
	  "password|ecdsa-sha1|rsa-sha3|rsa-sha2_1" },
	{ "type", "tunnel|transport|passthrough|pass|drop|reject", "beet|vpn|udp" },
	{ "endaddrfamily", "ipv4|v4|inet|ipv6|v6|INET6", "ip|any|4|6|inet4" },
	{ "clientaddrfamily", "ipv4|ipv6|inet6", "both|46|%any" },
	{ "failureshunt", "none|hold|passthrough|pass|drop|reject", "trap|yes|clear" },
	{ "keep_alive", "1s|20|1m", "0|25h|never" },
	{ "encapsulation", "auto|yes|no|AUTO", "always|2|drop" },
	{ "ppk", "yes|no|insist|propose|Permit|never", "1|maybe|ppk1" },
	{ "ppk-ids", "one|one,two|\"one , two\"", "one,|,|\"one two\"|,one" },
	{ "fragmentation", "yes|no|force|FORCE|on|0", "always|2|1280" },
	{ "forceencaps", "yes|no", "auto|2" },
	{ "nat_keepalive", "yes|no", "20|auto" },
	{ "mobike", "yes|no|on|0", "auto|allow" },
	{ "negotiationshunt", "none|hold|passthrough|pass|drop|reject", "trap|yes|clear" },
	{ "shuntlifetime", "15m|1|24h", "0|25h|forever" },
	{ "protoport", "tcp|6|17/1701|udp/53|0|icmp|1/0", "tcp/%any|17/65536|256|esp/5|icmp/8|nosuch|tcp/nosuch" },
	{ "ike", "aes_gcm256-sha2_512-dh19|aes128-sha2_256-modp2048|aes256-sha256;modp2048|aes-sha2,aes_gcm|aes_gcm256+aes_gcm128-sha2_256+sha2_512-dh31+dh20|3des-sha1-modp1024|chacha20_poly1305-sha2_512-dh21|chacha20_poly1305_256|aes-sha1-dh2+dh5+dh15+dh16+dh17+dh18|aes_gcm256-none-sha2_512-dh19|aes_gcm256-sha2_384-dh20-ke1_mlkem768|aes_gcm256-dh19-ke1_mlkem768-ke1_none|aes_gcm256-dh19-KE1_x25519-ke7_ml_kem_1024,aes128|aes_gcm256-sha2_256;dh20;addke1=ml_kem_768+none;addke2=dh19|aes_gcm256-dh19-addke3=ml_kem_512",
	  "3des-md5|aes128-md5|aes-sha2_256-modp768|aes-sha2_256-dh22|aes_ctr128-sha2_256|null-sha2_256|3des256|chacha20_poly1305128|aes512|aes_gcm256-sha2_256-|,|aes128,|aes+aes_gcm-sha2_256+sha2_384+sha2_512-dh14+dh19|aes_gcm256-mlkem768|aes_gcm256-dh19-ke0_dh31|aes_gcm256-dh19-ke8_dh31|aes_gcm256-dh19-ke1_|aes_gcm256-dh19-ke1_kyber3|aes_gcm256-dh19-ke1_dh31-dh14|aes_gcm256-dh19-ke1_dh19|aes_gcm256-dh19-ke1_dh31-ke2_dh31|ke1_mlkem768|aes_gcm256-dh19-ke1_aes|aes_gcm256-dh19+dh31-ke1_mlkem768+none-ke2_dh14+none-ke3_dh15+none-ke4_dh16+none" },
	{ "phase2alg", "aes_gcm256|aes_gcm|aes128-sha2_256|aes256-sha2;modp2048|aes_gcm_16_256,aes-sha2_256|aes128-sha1|null|null-sha2_384|aes-sha2_512|3des|aes_ccm128|aes_ccm_8_128|aes_ccm_12_256|aes_ccm_a|aes_gmac256|aes_ctr192-sha2_512|chacha20_poly1305|chacha20poly1305-dh21|aes_gcm256-none|aes_gcm256+chacha20_poly1305-null-dh14|aes_gcm-None;modp2048|aes_gcm256-dh31-ke1_mlkem768|aes_gcm256;dh31;ke1_mlkem768-ke1_none,aes128-sha2_256",
	  "aes_gcm512|aes128-md5|des|cast128|aes_ccm_4_128|aes128-none|aes_gcm256+aes256-none|aes_gcm256-dh14-none|aes_gcm256-ke1_mlkem768" },
	{ "esn", "either|yes|no|YES|yes,no", "maybe|2|both" },
	{ "ikelifetime", "1h|60|86400|24h|1d", "0|25h|2d|-1|h|1y|1.5h" },
	{ "salifetime", "8h|30m", "0|1w|forever" },
	{ "rekey", "yes|no", "maybe|2" },
	{ "rekeymargin", "9m|1|24h", "0|25h|soon" },
	{ "rekeyfuzz", "0%|100%|1000%", "100|1001%|%|-1%|x%" },
	{ "ipsec-max-bytes", "100|5K|20M|3g", "99|G|1T|-1|1.5G" },
	{ "ipsec-max-packets", "100|1000000", "0|many" },
	{ "pfs", "yes|no", "insist" },
	{ "reauth", "yes|no", "always" },
	{ "dpddelay", "0|30|1m|24h", "25h|-1|never" },
	{ "dpdtimeout", "0|120s", "25h|-1" },
	{ "dpdaction", "hold|clear|restart|restart_by_peer|Restart", "trap|none|0" },
	{ "keyingtries", "0|3|%forever", "-1|many|1000001" },
	{ "hidetos", "yes|no|on", "copy|maybe|2" },
	{ "fragicmp", "yes|no", "auto|2" },
	{ "overridemtu", "1400|68|65535", "67|65536|auto|-1|1400b" },
	{ "mtu", "1400|68", "67|65536|auto" },
	{ "mss", "auto|no|off", "1340|yes|max" },
	{ "failclosed", "yes|no|on", "maybe|2|auto" },
	{ "also", "a", "\"a b\"|%default|x=y" },
	{ "alsoflip", "a", "\"a b\"|%default" },
};

static void key_text(char *to, size_t size, const struct conf_key *key, const char *name, const char *value)
{
	bool end = key->section == CONF_END;

	if (key->section == CONF_SETUP)
		snprintf(to, size, "config setup\n\t%s=%s\n", name, value);
	else
		snprintf(to, size, "conn a\n\nconn b\n\t%s%s=%s\n%s", end ? "right" : "", name, value,
			 strcmp(name, "auto") ? "" : "\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n");
}

static unsigned int key_line(const struct conf_key *key)
{
	return key->section == CONF_SETUP ? 2 : 4;
}

/* Calls @fn with every piece of @list. */
static void each_value(const struct conf_key *key, const char *list, const char *between,
		       void (*fn)(const struct conf_key *key, const char *value))
{
	char *copy = strdup(list), *at = copy, *piece;

	while ((piece = strsep(&at, between)) != NULL)
		fn(key, piece);
	free(copy);
}

static void good_value(const struct conf_key *key, const char *value)
{
	char text[1024];

	key_text(text, sizeof(text), key, key->name, value);
	taken(text, 0);
}

static void bad_value(const struct conf_key *key, const char *value)
{
	char text[1024];

	key_text(text, sizeof(text), key, key->name, value);
	refused(text, key_line(key), "expected");
}

static void built_key(const struct conf_key *key)
{
	union {
		struct conf_setup setup;
		struct conf_conn conn;
		struct conf_end end;
	} scratch;
	const char *wrong;
	size_t i;

	CHECK(key->note && *key->note, "%s: no values in the table", key->name);
	wrong = key->fallback ? key->parse(key->fallback, &scratch) : NULL;
	CHECK(!wrong, "%s: the default %s is not valid: %s", key->name, key->fallback, wrong);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcmp(values[i].name, key->name))
			continue;
		each_value(key, values[i].good, "|", good_value);
		each_value(key, values[i].bad, "|", bad_value);
		return;
	}
	CHECK(false, "%s= is built and not tested", key->name);
}

static void other_key(const struct conf_key *key, const char *name)
{
	char text[256];

	key_text(text, sizeof(text), key, name, "12345");
	if (key->status == CONF_OBSOLETE)
		taken(text, 1);
	else if (key->status == CONF_LATER)
		refused(text, key_line(key), key->note);
}

static void alias(const struct conf_key *key, const char *name)
{
	const struct conf_key *found;
	char full[64];
	unsigned int end;

	snprintf(full, sizeof(full), "%s%s", key->section == CONF_END ? "RIGHT" : "", name);
	found = conf_key_find(full, key->section == CONF_SETUP ? CONF_SETUP : CONF_CONN, &end);
	CHECK(found == key, "%s is not found, or is another keyword", full);
	CHECK(key->section != CONF_END || end == 1, "%s is no right end", full);
	other_key(key, name);
}

static void every_key(void)
{
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];

		alias(key, key->name);
		if (key->aliases)
			each_value(key, key->aliases, " ", alias);
		if (key->status == CONF_BUILT)
			built_key(key);
		else
			CHECK(key->note && *key->note, "%s: no reason", key->name);
		if (key->same)
			each_value(key, key->same, " ", good_value);
	}
	unit_done("conf: every keyword: found, good and bad values, refused with a reason");
}

static void lines(void)
{
	refused("conn a\n\tlefft=1.2.3.4\n", 2, "perhaps left");
	refused("conn a\n\tzzzzzzzz=1\n", 2, "unknown keyword");
	refused("conn a\n\tinterfaces=%none\n", 2, "config setup");
	refused("config setup\n\tleft=1.2.3.4\n", 2, "a conn");
	refused("config setup\n\tleftsubnet=1.2.3.4\n", 2, "a conn");
	refused("\tleft=1.2.3.4\n", 1, "outside of any section");
	refused("conn a\nleft=1.2.3.4\n", 2, "first column");
	refused("conn a\n\tleft\n", 2, "KEYWORD=VALUE");
	refused("conn a\n\t=5\n", 2, "KEYWORD=VALUE");
	refused("conn a\n\tleftid=@a b\n", 2, "\"...\"");
	refused("conn a\n\tleftid=\"@a\n\"\n", 2, "same line");
	refused("conn a\n\tleftid=\"@a\"b\n", 2, "after the value");
	refused("conn a\n\tleftid=@\"a\"\n", 2, "quote");
	refused("conn\n", 1, "a name");
	refused("conn a b\n", 1, "end of the line");
	refused("conn a[1]\n", 1, "instances");
	taken("conn a[]\n\nconn a[x1]\n\nconn [1]\n\nconn a[1]b\n", 0);
	refused("conn a=b\n", 1, "a name");
	refused("conn %oedefault\n", 1, "%default");
	refused("config\n", 1, "config setup");
	refused("config setup\nconfig setup\n", 2, "ipsec.conf:1");
	refused("ca x\n", 1, "certificates");
	refused("version 1\n", 1, "version 2");
	refused("hello\n", 1, "expected");
	refused("conn a\n\tleft=1.2.3.4\nconn A\n\tleft=1.2.3.4\n", 3, "ipsec.conf:1");
	refused("conn a\n\tikelifetime=1h\n\n\tikelifetime=2h\n", 4, "ipsec.conf:2");
	refused("conn a\n\tkeylife=1h\n\tsalifetime=2h\n", 3, "ipsec.conf:2");
	refused("conn %default\n\talso=b\nconn b\n", 2, "%default");
	refused("conn a\n\talso=b\n", 2, "no such conn");
	refused("conn a\n\talso=b\nconn b\n\talso=a\n", 2, "circle");
	refused("conn a\n\tleft=1.2.3.4\n\tauto=add\n", 1, "right=");
	refused("include /nonexistent/ipsec.conf\n", 1, "cannot read");
	refused("include\n", 1, "name of a file");
	taken("conn a\n\tikelifetime=1h\n\tikelifetime=1h\n", 0);
	taken("conn a\n\tauto=add\n\tauto=ignore\n", 0);
	taken("version 2\nconn a\n\tx-note=anything\n\tX_other=\"at all\"\n", 0);
	taken("version 2.0 # comment\nconn a # comment\n# comment\n\t# comment\n\n\tleftid=@a # comment\n  rightid = @b\n", 0);
	taken("conn a\r\n\tleftid=@a\r\n", 0);
	taken("conn a\n\tleftid=\n", 1);
	taken("conn a\n\tleftid=@a#b\n", 0);
	taken("conn a\n\tleftid=@a", 0);
	taken("", 0);
	unit_done("conf: lines");
}

static void errors_together(void)
{
	char text[4096] = "conn a\n";
	struct conf conf;
	int i;

	load(&conf, "conn a\n\tleft=x/\n\tright=y/\n\tfoo=1\n");
	CHECK(errors == 3, "%u of 3 errors: %s", errors, said);
	for (i = 0; i < 50; i++)
		strcat(text, "\tfoo=1\n");
	load(&conf, text);
	CHECK(errors == 21, "%u errors are shown, not 20 and a note", errors);
	put("ipsec.conf", "conn a\n\tleft\0=1\n", 15);
	said[0] = '\0';
	CHECK(conf_load(&conf, path, report, NULL) == -EINVAL && strstr(said, "zero byte"), "a zero byte: %s", said);
	CHECK(conf_load(&conf, "/nonexistent", report, NULL) == -ENOENT, "a missing file");
	CHECK(conf_load(&conf, dir, report, NULL) < 0, "a directory");
	unit_done("conf: several errors, unreadable files");
}

static void pairs(void)
{
	static const char head[] = "conn %default\n\tauthby=secret\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\nconn a-b\n";
	static const struct {
		const char *text, *expected;
	} wrong[] = {
		{ "conn a\n\tleftsubnets={10.1.0.0/24 10.3.0.0/24}\n\tleftsubnet=10.1.0.0/24\n", "leftsubnets= beside leftsubnet=" },
		{ "conn a\n\trightsubnets=10.1.0.0/24\nconn a/1x1\n", "a pair of subnets, too" },
		{ "conn a\n\trightsubnets=10.1.0.0/24\nconn a/1x1a\n", "a pair of subnets, too" },
		{ "conn a123456789012345678901234567890123456789012345678901234567\n\trightsubnets=10.1.0.0/24\n", "too long" },
		{ "conn a\n\tleftsubnets={10.1.0.0/24 10.3.0.0/24}\n\tleftsourceip=10.9.0.1\n", "sourceip" },
	};
	char text[1024], net[SUBNET_TEXT];
	const struct conf_conn *c;
	struct conf_conn fewer;
	struct conf conf;
	unsigned int i;

	snprintf(text, sizeof(text), "%sconn a\n\tleftsubnets={10.1.0.0/24 10.3.0.0/24}\n\trightsubnets=\"10.2.0.0/24,10.4.0.0/24 10.6.0.0/24\"\n"
		 "\tleftsourceip=10.3.0.1\nconn b\n\tleftsubnets=10.7.0.0/24\n", head);
	CHECK(!load(&conf, text), "refused: %s", said);
	CHECK(conf.n_conns == 8, "%u conns", conf.n_conns);
	for (i = 1; i < conf.n_conns; i++)
		CHECK(strcasecmp(conf.conns[i - 1].name, conf.conns[i].name) < 0, "%s", conf.conns[i].name);
	c = conf_find(&conf, "A/2X3");
	CHECK(c && !strcmp(c->alias, "a") && !strcmp(subnet_format(&c->end[0].subnet, net), "10.3.0.0/24"), "left");
	CHECK(c && c->end[0].sourceip.family && !strcmp(subnet_format(&c->end[1].subnet, net), "10.6.0.0/24"), "right");
	CHECK(c && conf_named(c, "a") && conf_named(c, "a/2x3") && !conf_named(c, "a/2x2") && !conf_named(c, ""), "names");
	c = conf_find(&conf, "a/2x3");
	CHECK(c && c->pairs[0] == 2 && c->pairs[1] == 3 && conf_pair_of(conf_find(&conf, "a/1x2"), c), "two by three");
	CHECK(!conf_pair_of(conf_find(&conf, "b/1x1"), c) && !conf_pair_of(conf_find(&conf, "a-b"), c) &&
	      !conf_pair_of(c, conf_find(&conf, "b/1x1")), "pairs of others");
	fewer = *c;
	fewer.pairs[1] = 2;
	CHECK(!conf_pair_of(c, &fewer) && conf_pair_of(conf_find(&conf, "a/2x2"), &fewer), "fewer pairs than before");
	c = conf_find(&conf, "a/1x1");
	CHECK(c && !c->end[0].sourceip.family && c->authby == CONF_AUTHBY_SECRET, "a sourceip of another subnet");
	CHECK(!conf_find(&conf, "a") && conf_find(&conf, "b/1x1") && conf_find(&conf, "a-b"), "conns that are, or are not");
	conf_free(&conf);
	snprintf(text, sizeof(text), "%sconn a\n\talso=ends\n\tleftsubnets={10.1.0.0/24 10.3.0.0/24}\n"
		 "conn b\n\tleftsubnet=10.9.0.0/24\n\talso=a\nconn ends\n\tleftsubnet=10.7.0.0/24\n", head);
	CHECK(!load(&conf, text) && conf.n_conns == 5, "also=: %u conns, %s", conf.n_conns, said);
	c = conf_find(&conf, "b");
	CHECK(c && !c->alias[0] && !strcmp(subnet_format(&c->end[0].subnet, net), "10.9.0.0/24"), "b is not what it says itself");
	CHECK(conf_find(&conf, "a/2x1") && conf_find(&conf, "ends"), "a is not what it says itself");
	conf_free(&conf);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", head, wrong[i].text);
		CHECK(load(&conf, text) && strstr(said, wrong[i].expected), "%s\n%s", wrong[i].text, said);
	}
	unit_done("conf: pairs of subnets");
}

/* Pairs are of one family each. */
static void pair_families(void)
{
	static const char both[] = GOOD_CONN "\tleftsubnets={10.1.0.0/24 2001:db8:1::/64 10.3.0.0/24}\n";
	const struct conf_conn *c;
	struct conf_conn now;
	struct conf conf;
	char text[512];

	snprintf(text, sizeof(text), "%s\trightsubnets={2001:db8:2::/64,10.2.0.0/24}\n", both);
	CHECK(!load(&conf, text) && conf.n_conns == 3, "%u conns: %s", conf.n_conns, said);
	CHECK(conf_find(&conf, "a/1x2") && conf_find(&conf, "a/2x1") && conf_find(&conf, "a/3x2"), "other pairs");
	c = conf_find(&conf, "a/2x1");
	CHECK(c && conf_client_family(c, 0) == AF_INET6 && conf_client_family(c, 1) == AF_INET6 &&
	      conf_host_family(c) == AF_INET, "families of a/2x1");
	CHECK(c && !conf_pair_last(c) && conf_pair_last(conf_find(&conf, "a/3x2")) && !conf_pair_last(conf_find(&conf, "a/1x2")), "last");
	if (c) {
		now = *c;
		now.pairs_v6[1] = 0;	/* "a/2x1" would be mixed now */
		CHECK(conf_pair_of(c, c) && !conf_pair_of(c, &now), "a pair that is none any more");
		CHECK(!conf_pair_fits(c, 0, 0) && !conf_pair_fits(c, 3, 1) && !conf_pair_fits(c, 99, 99), "pairs that are none");
	}
	conf_free(&conf);
	snprintf(text, sizeof(text), "%s\trightsubnet=10.2.0.0/24\n", both);
	CHECK(load(&conf, text) && strstr(said, "none of that family"), "an IPv6 subnet without another: %s", said);
	snprintf(text, sizeof(text), "%s", both);
	CHECK(load(&conf, text) && strstr(said, "none of that family"), "an IPv6 subnet and a host: %s", said);
	unit_done("conf: pairs of IPv4 and IPv6");
}

static void meaning(void)
{
	static const char text[] =
		"config setup\n\tinterfaces=\"ipsec0=eth0 ipsec1=%defaultroute\"\n\tplutodebug=\"kernel control\"\n"
		"\tlisten=192.0.2.1\n\tprotostack=klips\n"
		"conn %default\n\tauthby=secret\n\tikelifetime=30m\n"
		"conn West-East\n\talso=ends\n\tikelifetime=20m\n\tkeyingtries=3\n\tauto=start\n\tesp=aes128-sha2_256\n"
		"conn ends\n\tleft=192.0.2.1\n\tleftsubnet=10.1.0.0/16\n\tleftid=@west\n\tright=192.0.2.2\n"
		"\trightsubnet=10.2.0.0/16\n\trightsourceip=10.2.0.1\n\tikelifetime=10m\n\tleftnexthop=192.0.2.254\n"
		"conn flipped\n\talsoflip=ends\n\tauto=add\n";
	const struct conf_conn *c, *f;
	struct conf conf;
	char buf[CONF_ID_TEXT], sub[SUBNET_TEXT];

	CHECK(!load(&conf, text), "refused: %s", said);
	c = conf_find(&conf, "west-EAST");
	f = conf_find(&conf, "flipped");
	CHECK(conf.n_conns == 3 && c && f, "%u conns", conf.n_conns);
	if (!c || !f)
		exit(1);
	CHECK(!conf_find(&conf, "none") && !conf_find(&conf, "%default"), "a conn that is none is found");
	CHECK(!strcmp(c->name, "West-East") && c->startup == CONF_AUTO_START && c->authby == CONF_AUTHBY_SECRET, "conn");
	CHECK(c->ikelifetime == 1200 && c->salifetime == 8 * 3600 && c->keyingtries == 3, "%u %u %u",
	      c->ikelifetime, c->salifetime, c->keyingtries);
	CHECK(c->esp.n == 1 && c->esp.list[0].encr == 12 && c->esp.list[0].keylen == 128 &&
	      c->esp.list[0].integ == 12 && !c->esp.list[0].prf && !c->esp.list[0].dh, "esp");
	CHECK(c->ike.n > 4 && c->ike.list[0].encr == 20 && c->ike.list[0].keylen == 256 && c->ike.list[0].prf == 7 &&
	      !c->ike.list[0].integ && c->ike.list[0].dh == 31, "ike");
	CHECK(!strcmp(conf_id_format(&c->end[0].id, buf), "@west"), "leftid is %s", buf);
	CHECK(!strcmp(subnet_format(&c->end[1].subnet, sub), "10.2.0.0/16"), "rightsubnet is %s", sub);
	CHECK(c->end[0].nexthop == CONF_NEXTHOP_ADDR && c->end[1].sourceip.family == AF_INET, "nexthop, sourceip");
	CHECK(!strcmp(conf_id_format(&f->end[1].id, buf), "@west") && f->ikelifetime == 600, "alsoflip: %s %u",
	      buf, f->ikelifetime);
	CHECK(f->end[0].sourceip.family == AF_INET && f->end[1].nexthop == CONF_NEXTHOP_ADDR, "alsoflip: ends");
	CHECK(conf.setup.n_pairs == 2 && !strcmp(conf.setup.pairs[0].phys, "eth0") && !conf.setup.pairs[1].phys[0] &&
	      conf.setup.n_listen == 1 && conf.setup.debug == (CONF_DEBUG_CONTROL | CONF_DEBUG_KERNEL), "setup");
	conf_free(&conf);
	CHECK(!load(&conf, ""), "an empty file");
	CHECK(conf.setup.n_pairs == 1 && !strcmp(conf.setup.pairs[0].virt, "ipsec0"), "default of interfaces=");
	conf_free(&conf);
	unit_done("conf: also, alsoflip, %default, defaults");
}

static void together(void)
{
	static const struct {
		const char *more, *what;
	} wrong[] = {
		{ "left=%any\n\tright=%any", "%any" }, { "left=%defaultroute\n\tright=%defaultroute", "%defaultroute" },
		{ "left=192.0.2.1\n\tright=192.0.2.1", "same address" }, { "left=gw\n\tright=GW", "same name" }, { "left=192.0.2.1", "right=" }, { "right=192.0.2.1", "left=" },
		{ "left=192.0.2.1\n\tright=2001:db8::1", "IPv6" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\trightsubnet=2001:db8::/32", "IPv6" },
		{ "left=192.0.2.1\n\tright=%any\n\tleftsubnet=2001:db8::/32", "IPv6" },
		{ "left=2001:db8::1\n\tright=2001:db8::2\n\tleftsubnet=10.1.0.0/16", "IPv6" },
		{ "left=2001:db8::1\n\tright=2001:db8::2\n\tleftnexthop=192.0.2.254", "nexthop=" },
		{ "left=2001:db8::1\n\tright=2001:db8::2\n\tleftsourceip=10.1.0.1", "sourceip=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\thostaddrfamily=ipv6", "hostaddrfamily=" },
		{ "left=2001:db8::1\n\tright=%any\n\tconnaddrfamily=v4", "hostaddrfamily=" },
		{ "left=%defaultroute\n\tright=0.0.0.0\n\tendaddrfamily=ipv6", "hostaddrfamily=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tclientaddrfamily=ipv6", "clientaddrfamily=" },
		{ "left=2001:db8::1\n\tright=2001:db8::1", "same address" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftsubnet=10.1.0.0/16\n\tleftsourceip=10.2.0.1", "sourceip" },
		{ "left=192.0.2.1\n\tright=%any\n\trightsourceip=10.2.0.1", "sourceip" },
		{ "left=192.0.2.1\n\tright=%any\n\tauto=start", "auto=start" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\trightaddresspool=10.9.0.0/24", "not %any" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\trightmodecfgclient=no", "modecfgclient=no" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\trightsubnet=10.9.0.0/24", "subnet=" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\trightsubnets={10.9.0.0/24 10.8.0.0/24}", "subnet" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\ttype=transport", "type=transport" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\trightsubnet=vhost:%priv", "not %any" },
		{ "left=192.0.2.1\n\tright=%any\n\trightsubnet=vhost:%priv\n\trightaddresspool=10.9.0.0/24", "vhost:" },
		{ "left=192.0.2.1\n\tright=%any\n\trightsubnet=vhost:%no\n\ttype=transport", "type=transport" },
		{ "left=192.0.2.1\n\tright=%any\n\trightsubnet=vhost:%no\n\ttype=drop", "without subnet=" },
		{ "left=192.0.2.1\n\tright=%any\n\trightmodecfgclient=yes", "addresspool=" },
		{ "left=192.0.2.1\n\tright=%any\n\tmodecfgdns=10.9.0.53", "modecfgdns=" },
		{ "left=192.0.2.1\n\tright=%any\n\tleftmodecfgdns1=10.9.0.53", "modecfgdns=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgserver=yes", "modecfgserver=yes" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\trightmodecfgclient=yes", "both ends" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\tleftsubnet=10.1.0.0/24", "subnet=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\tleftsourceip=10.1.0.1", "sourceip=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\trightsubnets={10.9.0.0/24 10.8.0.0/24}", "several" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\tauto=route", "auto=route" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\tdpdaction=hold", "dpdaction=hold" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\trightmodecfgserver=no", "modecfgserver=no" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\tleftmodecfgserver=no", "modecfgserver=no" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\ttype=passthrough", "modecfgclient=yes" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\trightmodecfgclient=yes\n\ttype=drop", "modecfgclient=yes" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\ttype=reject", "modecfgclient=yes" },
		{ "left=192.0.2.1\n\tright=%any\n\trightsubnet=10.9.0.0/24\n\trightaddresspool=10.9.0.0/24\n\ttype=drop", "addresspool=" },
		{ "left=192.0.2.1\n\tright=%any\n\tauto=route", "auto=route" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftprotoport=tcp", "different protocols" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftprotoport=tcp\n\trightprotoport=udp/53", "different protocols" },
		{ "left=192.0.2.1\n\tright=%any\n\ttype=drop", "without subnet=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tppk-ids=one", "without ppk=" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\ttype=transport\n\tleftsubnet=10.1.0.0/16", "type=transport" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\ttype=transport\n\trightsubnet=192.0.2.2/32", "type=transport" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\ttype=transport\n\tmobike=yes", "mobike=yes with type=transport" },
	};
	/* Leases are of the family of what they are for, in tunnels of either; what a peer chooses is of the family that the other end has.
	   And what is near to what is refused, but does fit. */
	static const struct { const char *more, *what; } mixed[] = {
		{ "left=2001:db8::1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\tleftsubnet=10.2.0.0/24", NULL },
		{ "left=2001:db8::1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\tleftsubnet=fd01::/64", "IPv6" },
		{ "left=2001:db8::1\n\tright=%any\n\trightaddresspool=10.9.0.0/24", "IPv6" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\tleftsubnet=fd01::/64", "IPv6" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24", NULL },
		{ "left=2001:db8::1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\tleftsubnet=10.2.0.0/24\n\tclientaddrfamily=ipv6", "clientaddrfamily=" },
		{ "left=2001:db8::1\n\tright=2001:db8::2\n\tleftmodecfgclient=yes\n\trightsubnet=10.2.0.0/24", NULL },
		{ "left=2001:db8::1\n\tright=2001:db8::2\n\tleftmodecfgclient=yes\n\trightsubnet=fd01::/64", NULL },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\tclientaddrfamily=ipv6", "clientaddrfamily=" },
		{ "left=2001:db8::1\n\tright=2001:db8::2\n\tleftmodecfgclient=yes", NULL },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=fd09::/64\n\tleftsubnet=fd01::/64", NULL },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=fd09::/64\n\tleftsubnet=10.2.0.0/24", "IPv6" },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=fd09::/64", "IPv6" },

		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\trightsubnet=::/0", NULL },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=yes\n\tdpdaction=restart\n\trightmodecfgserver=yes", NULL },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftmodecfgclient=no\n\trightmodecfgserver=no\n\tdpdaction=hold", NULL },
		{ "left=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n\tdpdaction=hold", NULL },
		{ "left=192.0.2.1\n\tright=%any\n\trightsubnet=vhost:%all\n\tleftsubnet=fd01::/64", NULL },
		{ "left=2001:db8::1\n\tright=%any\n\trightsubnet=vhost:%all\n\tleftsubnet=10.1.0.0/16", NULL },
		{ "left=2001:db8::1\n\tright=%any\n\trightsubnet=vhost:%all", NULL },
	};
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "\n\nconn a\n\tauto=add\n\tauthby=secret\n\t%s\n", wrong[i].more);
		refused(text, 3, wrong[i].what);
		snprintf(text, sizeof(text), "\n\nconn a\n\tauto=ignore\n\t%s\n\tauto=ignore\n", wrong[i].more);
		taken(text, 0);
	}
	refused("conn a\n\tleft=192.0.2.1\n\tright=%any\n\trightaddresspool=10.9.0.0/24,fd09::/64\n", 4, "one family");
	refused("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n", 1, "authby=secret");
	refused("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n\tleftauth=rsasig\n", 1, "rightauth=");
	refused(GOOD_CONN "\tleftauth=rsasig\n\trightauth=psk\n", 1, "authby= beside");
	refused("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n\tleftcert=x.pem\n\tleftrsasigkey=" TEST_PUBKEY "\n", 1,
		"both rsasigkey= and cert=");
	taken("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n\tleftauth=rsasig\n\trightauth=psk\n", 0);
	refused("conn a\n\tauthby=null|secret\n", 2, "null alone");
	taken("conn a\n\tauthby=\"secret|rsasig,ecdsa\"\n", 0);
	taken("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n\tleftcert=x.pem\n\tleftrsasigkey=%cert\n", 0);
	taken("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n\trightrsasigkey=" TEST_PUBKEY "\n", 0);
	refused("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=route\n\tauthby=never\n", 1, "authby=never");
	taken(GOOD_CONN, 0);
	taken(GOOD_CONN "\tleftsubnet=2001:db8:1::/48\n\trightsubnet=2001:db8:2::/48\n\tclientaddrfamily=ipv6\n", 0);
	taken("conn a\n\tleft=2001:db8::1\n\tright=2001:db8::2\n\tauthby=secret\n\tauto=route\n", 0);
	taken("conn a\n\tleft=%defaultroute\n\tright=::\n\tleftsubnet=2001:db8:1::/48\n\tauthby=secret\n\tauto=add\n", 0);
	taken("conn a\n\tleft=2001:db8::1\n\tright=2001:db8::2\n\tleftsubnet=10.1.0.0/16\n\trightsubnet=10.2.0.0/16\n\tauthby=secret\n\tauto=add\n", 0);
	for (i = 0; i < sizeof(mixed) / sizeof(mixed[0]); i++) {
		snprintf(text, sizeof(text), "conn a\n\tauto=add\n\tauthby=secret\n\t%s\n", mixed[i].more);
		if (mixed[i].what)
			refused(text, 1, mixed[i].what);
		else
			taken(text, 0);
	}
	unit_done("conf: what does not fit together");
}

#define EXCLUDE_LO(type, subnet) \
	"conn exclude-lo\n\tauthby=never\n\tleft=127.0.0.1\n\tleftsubnet=" subnet "\n\tright=127.0.0.2\n" \
	"\trightsubnet=127.0.0.0/8\n\ttype=" type "\n\tauto=route\n"

/* Conns that negotiate nothing, and those that wait for packets. */
static void on_demand(void)
{
	static const struct {
		const char *text;
		bool loopback;
	} los[] = {
		{ EXCLUDE_LO("passthrough", "127.0.0.0/8"), true },
		{ EXCLUDE_LO("drop", "127.0.0.0/8"), false },
		{ EXCLUDE_LO("passthrough", "10.0.0.0/8"), false },
		{ EXCLUDE_LO("passthrough", "126.0.0.0/7"), false },
	};
	struct conf conf;
	const struct conf_conn *c;
	size_t i;

	for (i = 0; i < sizeof(los) / sizeof(los[0]); i++) {
		CHECK(!load(&conf, los[i].text), "refused: %s", said);
		CHECK(conf.n_conns == 1 && conf.conns[0].startup == CONF_AUTO_ROUTE &&
		      conf.conns[0].authby == CONF_AUTHBY_NEVER, "exclude-lo is another conn");
		CHECK(conf_conn_loopback(&conf.conns[0]) == los[i].loopback, "%s: of the loopback or not", los[i].text);
		conf_free(&conf);
	}
	CHECK(!load(&conf, "conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n\tauto=ondemand\n"
		    "\tfailureshunt=reject\n\tnegotiationshunt=passthrough\n\tleftprotoport=tcp\n\trightprotoport=6/443\n"
		    "conn b\n\tleft=192.0.2.1\n\tright=%any\n\trightsubnet=10.9.0.0/16\n\ttype=pass\n\tauthby=secret\n\tauto=start\n"),
	      "refused: %s", said);
	c = conf.conns;
	CHECK(c[0].startup == CONF_AUTO_ROUTE && c[0].failureshunt == CONF_SHUNT_REJECT &&
	      c[0].negotiationshunt == CONF_SHUNT_PASSTHROUGH, "shunts");
	CHECK(c[0].end[0].protoport.proto == 6 && !c[0].end[0].protoport.port &&
	      c[0].end[1].protoport.port == htons(443), "protoport");
	CHECK(c[1].type == CONF_PASSTHROUGH && !c[1].failureshunt && !c[1].negotiationshunt, "type=pass");
	CHECK(conf.setup.shuntlifetime == 900, "shuntlifetime is %u", conf.setup.shuntlifetime);
	conf_free(&conf);
	unit_done("conf: on demand, shunts, exclude-lo");
}

static struct ip_addr here;		/* the one address of this host, AF_UNSPEC: none yet */

static bool is_here(void *ctx, const struct ip_addr *addr)
{
	(void)ctx;
	return here.family && addr_equal(&here, addr);
}

/* What conn @i of @conf closes at boot, as text; @addr NULL: before the network is up. */
static const char *closed_nets(const struct conf *conf, unsigned int i, const char *addr)
{
	static char text[CONF_CLOSED * (SUBNET_TEXT + 1) + 1];
	struct subnet nets[CONF_CLOSED];
	unsigned int n, k;
	size_t len = 0;

	here.family = AF_UNSPEC;
	if (addr)
		addr_parse(addr, AF_UNSPEC, &here);
	text[0] = '\0';
	n = conf_closed_at_boot(&conf->conns[i]) ? conf_closed_nets(&conf->conns[i], is_here, NULL, nets) : 0;
	for (k = 0; k < n; k++) {
		subnet_format(&nets[k], text + len);
		strcat(text, " ");
		len = strlen(text);
	}
	return text;
}

/* @ends and @more are lines of a conn. */
static void closes(const char *ends, const char *more, const char *addr, const char *want)
{
	struct conf conf;
	char text[512];
	const char *nets;

	snprintf(text, sizeof(text), "conn a\n\tauthby=secret\n%s%s", ends, more);
	CHECK(!load(&conf, text), "refused: %s", said);
	if (errors)
		return;
	nets = closed_nets(&conf, 0, addr);
	CHECK(!strcmp(nets, want), "%s%s closes '%s' at boot, not '%s'", ends, more, nets, want);
	conf_free(&conf);
}

static struct conf_range pool_of(uint32_t first, uint32_t last)
{
	struct conf_range pool;

	memset(&pool, 0, sizeof(pool));
	first = htonl(first);
	last = htonl(last);
	addr_from_bytes(&pool.first, AF_INET, (const uint8_t *)&first, 4);
	addr_from_bytes(&pool.last, AF_INET, (const uint8_t *)&last, 4);
	return pool;
}

/* They lie one behind the other from @first to @last, so each address is in one and none else is. How many. */
static unsigned int pool_covered(uint32_t first, uint32_t last)
{
	struct conf_range pool = pool_of(first, last);
	struct subnet nets[CONF_POOL_NETS], net;
	unsigned int n = conf_pool_nets(&pool, nets), i;
	uint64_t at = first;
	uint32_t begin;

	for (i = 0; i < n; i++) {
		memcpy(&begin, nets[i].addr.u.bytes, 4);
		CHECK(ntohl(begin) == at && nets[i].addr.family == AF_INET && nets[i].plen >= 8 && nets[i].plen <= 32 &&
		      subnet_set(&net, &nets[i].addr, nets[i].plen) && subnet_equal(&net, &nets[i]),
		      "%08x-%08x: %u begins elsewhere", first, last, i);
		at += 1ULL << (32 - nets[i].plen);
	}
	CHECK(at == (uint64_t)last + 1, "%08x-%08x ends elsewhere", first, last);
	return n;
}

/* The fewest that there can be: the largest that begins at @first and is within, and so on. */
static unsigned int pool_fewest(uint32_t first, uint32_t last)
{
	uint64_t at = first, size;
	unsigned int n;

	for (n = 0; at <= last; n++, at += size)
		for (size = 1 << 24; at % size || at + size - 1 > last; size /= 2)
			;
	return n;
}

/* All of an IPv6 pool, each address once; it need not be counted. */
static void pool6_nets(const char *first, const char *last, unsigned int n, const char *begin, const char *end)
{
	struct subnet nets[CONF_POOL_NETS];
	struct conf_range pool;
	char text[SUBNET_TEXT];
	unsigned int got, i;

	memset(&pool, 0, sizeof(pool));

	CHECK(!addr_parse(first, AF_INET6, &pool.first) && !addr_parse(last, AF_INET6, &pool.last), "%s, %s", first, last);
	got = conf_pool_nets(&pool, nets);
	CHECK(got == n, "%s-%s: %u subnets", first, last, got);
	if (got != n || !n)
		return;
	CHECK(!strcmp(subnet_format(&nets[0], text), begin), "%s-%s begins with %s", first, last, text);
	CHECK(!strcmp(subnet_format(&nets[n - 1], text), end), "%s-%s ends with %s", first, last, text);
	for (i = 1; i < n; i++)
		CHECK(subnet_cmp(&nets[i - 1], &nets[i]) < 0 && !subnet_within(&nets[i - 1], &nets[i]) &&
		      !subnet_within(&nets[i], &nets[i - 1]), "%s-%s: %u and the one before", first, last, i);
}

static void pool_nets(void)
{
	static const struct { uint32_t first, last; unsigned int n; } cases[] = {
		{ 0x0a090000, 0x0a0900ff, 1 }, { 0x0a090001, 0x0a0900fe, 14 }, { 0x0a000001, 0x0afffffe, 46 },
		{ 0x0a000000, 0x0affffff, 1 }, { 0x0a800001, 0x0b7ffffe, 46 }, { 0xffffffff, 0xffffffff, 1 },
		{ 0xff000000, 0xffffffff, 1 }, { 1, 1 << 24, 25 }, { 0xfffffffe, 0xffffffff, 1 },
	};
	struct subnet nets[CONF_POOL_NETS];
	struct conf_range pool = pool_of(2, 1);
	uint32_t first, last;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(pool_covered(cases[i].first, cases[i].last) == cases[i].n, "%08x-%08x: not %u", cases[i].first, cases[i].last,
		      cases[i].n);
	for (first = 0x0a08fff0; first < 0x0a090010; first++)
		for (last = first; last < 0x0a090040; last++)
			CHECK(pool_covered(first, last) == pool_fewest(first, last), "%08x-%08x: not the fewest", first, last);
	for (i = 0, first = 1; i < 2000; i++) {
		first = first * 1664525 + 1013904223;
		last = first + (first * 2654435761U >> 8);
		if (last > first)
			CHECK(pool_covered(first, last) <= CONF_POOL_NETS, "%08x-%08x: too many", first, last);
	}
	pool6_nets("fd09::1", "fd09::ffff:ffff:ffff:ffff", 64, "fd09::1/128", "fd09::8000:0:0:0/65");
	pool6_nets("fd09::", "fd09::ffff:ffff:ffff:ffff", 2, "fd09::/65", "fd09::8000:0:0:0/65");
	pool6_nets("fd09::1", "fd09::ffff:ffff:ffff:fffe", 126, "fd09::1/128", "fd09::ffff:ffff:ffff:fffe/128");
	pool6_nets("fd09::9", "fd09::9", 1, "fd09::9/128", "fd09::9/128");
	pool6_nets("fd09::ffff:ffff:ffff:ffff", "fd09::ffff:ffff:ffff:ffff", 1, "fd09::ffff:ffff:ffff:ffff/128",
		   "fd09::ffff:ffff:ffff:ffff/128");
	pool6_nets("fd09::9", "fd09::8", 0, "", "");
	pool6_nets("fd09::9", "fd09:0:0:1::9", 0, "", "");
	CHECK(!conf_pool_nets(&pool, nets), "from behind");
	CHECK(!conf_pool_ok(&pool), "from behind is taken");
	pool = pool_of(0x0a000000, 0x0affffff);
	CHECK(conf_pool_ok(&pool), "the largest is refused");
	pool.last.family = AF_INET6;
	CHECK(!conf_pool_ok(&pool) && !conf_pool_nets(&pool, nets), "of two families");
	pool = pool_of(0x0a000000, 0x0b000000);
	CHECK(!conf_pool_ok(&pool) && !conf_pool_nets(&pool, nets), "too large");
	pool = pool_of(0, 9);
	CHECK(!conf_pool_ok(&pool), "from 0.0.0.0");
	memset(&pool, 0, sizeof(pool));
	CHECK(!conf_pool_ok(&pool) && !conf_pool_nets(&pool, nets), "no pool");
	unit_done("conf: subnets of a pool");
}

static void fail_closed(void)
{
	static const char ends[] = "\tleft=192.0.2.1\n\tleftsubnet=10.1.0.0/16\n\tright=192.0.2.2\n\trightsubnet=10.2.0.0/16\n";
	static const char hosts[] = "\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=route\n";
	struct conf conf;

	closes(ends, "\tauto=start\n", "192.0.2.1", "10.2.0.0/16 ");
	closes(ends, "\tauto=route\n", "192.0.2.2", "10.1.0.0/16 ");
	closes(ends, "\tauto=start\n", NULL, "10.1.0.0/16 10.2.0.0/16 ");
	closes(ends, "\tauto=add\n", "192.0.2.1", "");
	closes(ends, "\tauto=add\n\tfailclosed=yes\n", "192.0.2.1", "10.2.0.0/16 ");
	closes(ends, "\tauto=start\n\tfailclosed=no\n", "192.0.2.1", "");
	closes(ends, "\tauto=ignore\n\tfailclosed=yes\n", "192.0.2.1", "");
	closes(ends, "\tauto=route\n\ttype=passthrough\n", "192.0.2.1", "");
	closes(ends, "\tauto=route\n\ttype=drop\n", "192.0.2.1", "10.2.0.0/16 ");
	closes(hosts, "", "192.0.2.1", "192.0.2.2/32 ");
	closes(hosts, "", NULL, "192.0.2.1/32 192.0.2.2/32 ");
	closes("\tleft=%defaultroute\n\tright=192.0.2.2\n\trightsubnet=0.0.0.0/0\n", "\tauto=start\n", NULL, "0.0.0.0/0 ");
	closes("\tleft=192.0.2.1\n\tleftsubnet=0.0.0.0/0\n\tright=%any\n\trightsubnet=10.9.0.0/16\n",
	       "\tauto=add\n\tfailclosed=yes\n", NULL, "10.9.0.0/16 ");

	closes("\tleft=192.0.2.1\n\tleftsubnet=10.1.0.0/16\n\tright=%any\n\trightaddresspool=10.9.0.1-10.9.0.6\n",
	       "\tauto=add\n\tfailclosed=yes\n", NULL, "10.9.0.1/32 10.9.0.2/31 10.9.0.4/31 10.9.0.6/32 ");
	closes("\tleft=192.0.2.1\n\tleftsubnet=10.1.0.0/16\n\tright=%any\n\trightaddresspool=10.9.0.0/24\n",
	       "\tauto=add\n", NULL, "");
	closes("\tleft=192.0.2.1\n\tleftsubnet=10.1.0.0/16\n\tright=%any\n\trightsubnet=vhost:%priv\n",
	       "\tauto=add\n\tfailclosed=yes\n", NULL, "");

	CHECK(load(&conf, "conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\trightsubnet=10.2.0.0/16\n\tauthby=secrett\n\tauto=start\n"
		   "conn b\n\talso=a\n\trightsubnet=10.3.0.0/16\n\tauto=strat\n"
		   "conn c\n\talso=a\n\trightsubnet=10.4.0.0/16\n\tauto=add\n\tfailclosed=maybe\n"
		   "conn d\n\talso=a\n\trightsubnet=10.5.0.0/16\n\tauto=add\n") < 0, "taken");
	CHECK(conf_salvage(&conf, path) && conf.n_conns == 4, "nothing can be made of it");
	CHECK(!strcmp(closed_nets(&conf, 0, "192.0.2.1"), "10.2.0.0/16 "), "a: %s", closed_nets(&conf, 0, "192.0.2.1"));
	CHECK(!strcmp(closed_nets(&conf, 1, "192.0.2.1"), "10.3.0.0/16 "), "b: %s", closed_nets(&conf, 1, "192.0.2.1"));
	CHECK(!strcmp(closed_nets(&conf, 2, "192.0.2.1"), "10.4.0.0/16 "), "c: %s", closed_nets(&conf, 2, "192.0.2.1"));
	CHECK(!strcmp(closed_nets(&conf, 3, "192.0.2.1"), ""), "d: %s", closed_nets(&conf, 3, "192.0.2.1"));
	conf_free(&conf);
	CHECK(conf_salvage(&conf, "/nonexistent/ipsec.conf") && !conf.n_conns, "a file that is not there");
	conf_free(&conf);
	unit_done("conf: what fails closed at boot");
}

static void includes(void)
{
	struct conf conf;
	char sub[64];

	snprintf(sub, sizeof(sub), "%s/d", dir);
	mkdir(sub, 0700);
	put("d/one.conf", GOOD_CONN, strlen(GOOD_CONN));
	put("d/two.conf", "conn b\n\talso=a\n", 15);
	CHECK(!load(&conf, "include d/*.conf\n") && conf.n_conns == 2, "a relative pattern: %s", said);
	conf_free(&conf);
	CHECK(!load(&conf, "include d/{two,one}.conf\n") && conf.n_conns == 2, "braces: %s", said);
	conf_free(&conf);
	taken("include d/*.none\n", 0);
	put("d/two.conf", "include one.conf\n", 17);
	CHECK(!load(&conf, "include d/two.conf\n") && conf.n_conns == 1, "relative to the including file: %s", said);
	conf_free(&conf);
	refused("conn x\n\tleft=1.2.3.4\ninclude d/one.conf\n\tright=1.2.3.5\n", 4, "outside of any section");
	put("d/two.conf", "include ../ipsec.conf\n", 22);
	load(&conf, "include d/two.conf\n");
	CHECK(errors && strstr(said, "d/two.conf:1: ") && strstr(said, "includes itself"), "a loop: %s", said);
	put("d/two.conf", "conn b\n\tleft=1.1\n", 17);
	load(&conf, "include d/two.conf\n");
	CHECK(errors && strstr(said, "d/two.conf:2: "), "an error in an included file: %s", said);
	unit_done("conf: include");
}

static void clean(void)
{
	static const char * const names[] = { "d/one.conf", "d/two.conf", "d", "ipsec.conf", "" };
	char name[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", dir, names[i]);
		remove(name);
	}
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/ipsec.conf", dir);
	every_key();
	lines();
	errors_together();
	pair_families();
	meaning();
	pairs();
	together();
	on_demand();
	pool_nets();
	fail_closed();
	includes();
	clean();
	return unit_status();
}
