// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf_write.c userland/lib/conf.c userland/lib/conf_wrong.c userland/lib/conf_family.c userland/lib/conf_closed.c userland/lib/conf_source.c userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_setup.c userland/lib/conf_pool.c userland/lib/conf_auth.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/protoport.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c */
/* What readwriteconf prints, read again, is the same. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_write.h"
#include "rsa_test_key.h"
#include "unit.h"

static char path[] = "/tmp/test_conf_write.XXXXXX";
static char said[4096];

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	if (error)
		snprintf(said, sizeof(said), "%s", text);
}

static int load(struct conf *conf, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		exit(1);
	}
	fwrite(text, 1, len, f);
	fclose(f);
	said[0] = '\0';
	return conf_load(conf, path, report, NULL);
}

static char *write_text(const struct conf *conf, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	conf_write(conf, f);
	fclose(f);
	return text;
}

/* The text that was printed; the caller frees it. */
static char *round_trip(const char *text)
{
	struct conf first, second;
	size_t len, again;
	char *out, *out2;
	unsigned int i;

	if (load(&first, text, strlen(text))) {
		CHECK(false, "%s\nis refused: %s", text, said);
		return NULL;
	}
	out = write_text(&first, &len);
	if (load(&second, out, len)) {
		CHECK(false, "%s\nbecomes %s\nwhich is refused: %s", text, out, said);
		conf_free(&first);
		return out;
	}
	CHECK(!memcmp(&first.setup, &second.setup, sizeof(first.setup)), "%s\nbecomes %s\n, another setup", text, out);
	CHECK(first.n_conns == second.n_conns, "%s\nbecomes %s\n, %u conns", text, out, second.n_conns);
	for (i = 0; i < first.n_conns && i < second.n_conns; i++)
		CHECK(!memcmp(&first.conns[i], &second.conns[i], sizeof(first.conns[i])), "%s\nbecomes %s\n, another conn %s", text,
		      out, first.conns[i].name);
	out2 = write_text(&second, &again);
	CHECK(len == again && !memcmp(out, out2, len), "%s\nbecomes %s\nbecomes %s", text, out, out2);
	free(out2);
	conf_free(&first);
	conf_free(&second);
	return out;
}

/* A keyword that is built and that nobody can write would silently be lost. */
static void all_keys(void)
{
	static union {
		struct conf_setup setup;
		struct conf_conn conn;
		struct conf_end end;
	} nothing;
	char value[CONF_WRITE_VALUE];
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].status == CONF_BUILT && !conf_keys[i].list)
			CHECK(conf_write_value(&conf_keys[i], &nothing, value), "%s=: nobody can write it", conf_keys[i].name);
	unit_done("conf_write: every keyword that is built");
}

static void one(const char *section, const char *name, const char *value)
{
	char text[2048], *out;

	snprintf(text, sizeof(text), "%s\n\t%s=\"%s\"\n", section, name, value);
	out = round_trip(text);
	CHECK(!out || strstr(out, !strcmp(name, "hostaddrfamily") ? "endaddrfamily" : name), "%s\n%s is not in %s", text, name, out ? out : "");
	free(out);
}

/* Of every kind a value that is no default. */
static void every_kind(void)
{
	static const char * const setup[][2] = {
		{ "interfaces", "ipsec0=eth0 ipsec1=%defaultroute" }, { "interfaces", "%none" }, { "protostack", "none" },
		{ "plutodebug", "all" }, { "plutodebug", "kernel packets" }, { "listen", "192.0.2.1 2001:db8::1" },
		{ "logfile", "/var/log/a b" }, { "hidetos", "no" }, { "overridemtu", "1400" }, { "shuntlifetime", "1h" },
		{ "virtual_private", "%v4:10.0.0.0/8,%v4:!10.2.0.0/16" },
	};
	static const char * const conn[][2] = {
		{ "left", "192.0.2.1" }, { "right", "gw.example.com" }, { "left", "%any" }, { "right", "%defaultroute" }, { "leftsubnet", "10.0.0.0/8" },
		{ "rightsubnet", "2001:db8::/32" }, { "leftnexthop", "%direct" }, { "leftnexthop", "192.0.2.254" },
		{ "leftid", "@west" }, { "leftid", "w@example" }, { "leftid", "192.0.2.7" }, { "leftid", "@#0a0b0c" },
		{ "leftid", "C=AT, O=Some \\, Body, CN=west" }, { "leftid", "C=AT, CN=*" }, { "leftid", "@~300d310b3009060355040613024154" },
		{ "leftid", "%fromcert" }, { "leftid", "%null" }, { "leftsourceip", "10.0.0.1" }, { "leftprotoport", "udp/1701" },
		{ "rightprotoport", "tcp" }, { "leftrsasigkey", TEST_PUBKEY }, { "leftrsasigkey", "%cert" }, { "leftauth", "ecdsa|eddsa" },
		{ "leftcert", "a b.pem" }, { "leftsendcert", "sendifasked" }, { "leftca", "C=AT, CN=CA" }, { "leftca", "%same" },
		{ "rightaddresspool", "10.9.0.1-10.9.0.9" }, { "rightaddresspool", "10.9.0.0/24" }, { "modecfgdns", "10.9.0.53 fd00::53" }, { "modecfgdns", "10.9.0.53 10.9.0.54" },
		{ "modecfgdns1", "10.9.0.55" }, { "leftmodecfgdns2", "10.9.0.56" }, { "leftmodecfgclient", "yes" }, { "leftmodecfgserver", "no" },
		{ "rightsubnet", "vhost:%priv,%no" }, { "rightsubnet", "vnet:%v4:10.0.0.0/8,%v4:!10.1.0.0/16" },
		{ "leftupdown", "/bin/up --down" }, { "auto", "route" }, { "authby", "never" }, { "authby", "secret|rsasig|rsa-sha1" },
		{ "authby", "rsa-sha2_256|ecdsa-sha2_512" }, { "type", "reject" }, { "failureshunt", "drop" }, { "negotiationshunt", "passthrough" },
		{ "encapsulation", "yes" }, { "nat_keepalive", "no" }, { "mobike", "yes" }, { "ike", "aes128-sha2_256-modp2048,aes_gcm256-sha2_512-dh31-ke1_mlkem768-ke1_none-ke3_ecp384" },
		{ "phase2alg", "aes128-sha2_256,aes_gcm256-dh19" }, { "ikelifetime", "2h" }, { "salifetime", "90" }, { "rekey", "no" },
		{ "rekeyfuzz", "0%" }, { "ipsec-max-bytes", "5000000K" }, { "ipsec-max-bytes", "3G" }, { "ipsec-max-bytes", "20000000G" }, { "ipsec-max-packets", "100" }, { "pfs", "no" },
		{ "reauth", "yes" }, { "dpddelay", "30" }, { "dpdaction", "restart" }, { "keyingtries", "3" }, { "mtu", "1400" }, { "mss", "auto" },
		{ "failclosed", "no" }, { "esn", "yes" }, { "esn", "no" }, { "fragmentation", "force" }, { "ppk", "insist" }, { "ppk-ids", "a,b" },
		{ "type", "transport" }, { "hostaddrfamily", "ipv6" }, { "clientaddrfamily", "ipv4" }, { "right", "::" }, { "left", "2001:db8::1" },
		{ "leftsubnets", "{10.1.0.0/24 10.3.0.0/24}" }, { "rightsubnets", "10.1.0.0/24,10.3.0.0/24" },
		{ "leftsubnets", "10.1.0.0/24 10.2.0.0/24 10.3.0.0/24 10.4.0.0/24 10.5.0.0/24 10.6.0.0/24 10.7.0.0/24 10.8.0.0/24 10.9.0.0/24 10.10.0.0/24 10.11.0.0/24" },
		{ "phase2alg", "aes_ccm_8_128,null-sha1,chacha20_poly1305-dh21,aes_gmac256,aes_ctr128-sha2_384" },
		{ "ike", "3des-sha1-dh2,chacha20_poly1305-sha2_256-dh18" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(setup) / sizeof(setup[0]); i++)
		one("config setup", setup[i][0], setup[i][1]);
	for (i = 0; i < sizeof(conn) / sizeof(conn[0]); i++) {
		if (!strcmp(conn[i][0], "auto"))
			one("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret", conn[i][0], conn[i][1]);
		else
			one("conn a", conn[i][0], conn[i][1]);
	}
	unit_done("conf_write: every kind of value comes back");
}

/* also=, %default, aliases and defaults are what a reader must not have to know. */
static void resolved(void)
{
	char *out = round_trip("conn %default\n\tauthby=secret\n\tkeylife=2h\n\tikelifetime=1h\nconn b\n\tleftsubnet=10.1.0.0/16\n"
			       "\tesp=aes_gcm128\nconn A\n\talsoflip=b\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n"
			       "\tforceencaps=yes\n");

	CHECK(out && !strcmp(out, "version 2.0\n\nconfig setup\n\nconn A\n\tleft=192.0.2.1\n\tright=192.0.2.2\n"
			     "\trightsubnet=10.1.0.0/16\n\tauto=add\n\tauthby=secret\n\tencapsulation=yes\n\tphase2alg=aes_gcm128\n\tsalifetime=7200s\n"
			     "\nconn b\n\tleftsubnet=10.1.0.0/16\n\tauthby=secret\n\tphase2alg=aes_gcm128\n\tsalifetime=7200s\n"),
	      "it is: %s", out);
	free(out);
	out = round_trip("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n\tauto=add\n"
			 "\tleftsubnets={10.1.0.0/24 2001:db8:1::/64 10.3.0.0/24}\n\trightsubnets={2001:db8:2::/64,10.2.0.0/24}\nconn b\n\tauto=ignore\n");
	CHECK(out && strstr(out, "leftsubnets={10.1.0.0/24 2001:db8:1::/64 10.3.0.0/24}\n\trightsubnets={2001:db8:2::/64 10.2.0.0/24}\n\nconn b"),
	      "it is: %s", out);
	free(out);
	free(round_trip(""));
	unit_done("conf_write: what is printed");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	all_keys();
	every_kind();
	resolved();
	unlink(path);
	return unit_status();
}
