// SPDX-License-Identifier: GPL-2.0
/* Text forms of SAIDs, subnets, addresses, data, ports, times: every form, every error. */
/* sources: userland/lib/addr.c userland/lib/said.c userland/lib/subnet.c userland/lib/protoport.c userland/lib/ttodata.c userland/lib/value.c userland/lib/espalg.c */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "espalg.h"
#include "protoport.h"
#include "said.h"
#include "subnet.h"
#include "ttodata.h"
#include "unit.h"
#include "value.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Whether @err is an error that says @words. */
static int says(const char *err, const char *words)
{
	return err && strstr(err, words);
}

static const struct {
	const char *in;
	const char *x, *d, *plain;	/* the three forms that come out */
} saids[] = {
	{ "esp257@1.2.3.4", "esp0x101@1.2.3.4", "esp257@1.2.3.4", "esp.101@1.2.3.4" },
	{ "esp0x101@1.2.3.4", "esp0x101@1.2.3.4", "esp257@1.2.3.4", "esp.101@1.2.3.4" },
	{ "esp.101@1.2.3.4", "esp0x101@1.2.3.4", "esp257@1.2.3.4", "esp.101@1.2.3.4" },
	{ "esp:101@::1", "esp0x101@::1", "esp257@::1", "esp:101@::1" },
	{ "esp0x101@::1", "esp0x101@::1", "esp257@::1", "esp:101@::1" },
	{ "ah0xffffffff@10.0.0.1", "ah0xffffffff@10.0.0.1", "ah4294967295@10.0.0.1", "ah.ffffffff@10.0.0.1" },
	{ "tun.1000@1.2.3.4", "tun0x1000@1.2.3.4", "tun4096@1.2.3.4", "tun.1000@1.2.3.4" },
	{ "comp.123@1.2.3.4", "comp0x123@1.2.3.4", "comp291@1.2.3.4", "comp.123@1.2.3.4" },
	{ "tun0@0.0.0.0", "%passthrough", "%passthrough", "%passthrough4" },
	{ "%passthrough", "%passthrough", "%passthrough", "%passthrough4" },
	{ "%passthrough4", "%passthrough", "%passthrough", "%passthrough4" },
	{ "%passthrough6", "%passthrough6", "%passthrough6", "%passthrough6" },
	{ "tun0@::", "%passthrough6", "%passthrough6", "%passthrough6" },
	{ "%pass", "%pass", "%pass", "%pass" },
	{ "%drop", "%drop", "%drop", "%drop" },
	{ "%reject", "%reject", "%reject", "%reject" },
	{ "%hold", "%hold", "%hold", "%hold" },
	{ "%trap", "%trap", "%trap", "%trap" },
	{ "%trapsubnet", "%trapsubnet", "%trapsubnet", "%trapsubnet" },
	{ "int256@0.0.0.0", "%pass", "%pass", "%pass" },
	{ "int.104@0.0.0.0", "%trap", "%trap", "%trap" },
	{ "int:105@::", "%trapsubnet", "%trapsubnet", "%trapsubnet" },
	{ "int262@0.0.0.0", "%unk-262", "int262@0.0.0.0", "int.106@0.0.0.0" },
};

static void test_said_forms(void)
{
	char buf[SAID_TEXT];
	struct said said, again;
	const char *err;

	for (size_t i = 0; i < N(saids); i++) {
		err = said_parse(saids[i].in, &said);
		CHECK(!err, "%s: %s", saids[i].in, err);
		if (err)
			continue;
		CHECK(!strcmp(said_format(&said, 'x', buf), saids[i].x), "%s: %s", saids[i].in, buf);
		CHECK(!strcmp(said_format(&said, 'd', buf), saids[i].d), "%s: %s", saids[i].in, buf);
		CHECK(!strcmp(said_format(&said, 0, buf), saids[i].plain), "%s: %s", saids[i].in, buf);
		err = said_parse(buf, &again);
		CHECK(!err && (again.proto == SA_PROTO_INT || said_equal(&said, &again)),
		      "%s came back as %s", saids[i].in, buf);
	}
	unit_done("said_forms");
}

static void test_said_errors(void)
{
	static const struct { const char *in, *words; } bad[] = {
		{ "", "empty" }, { "%", "unknown %" }, { "%passs", "unknown %" },
		{ "%PASS", "unknown %" }, { "e1@1", "too short" },
		{ "esp0x101", "no @" }, { "xyz0x101@1.2.3.4", "does not begin" },
		{ "ESP0x101@1.2.3.4", "does not begin" }, { "esp@1.2.3.4", "no SPI" },
		{ "esp.@1.2.3.4", "no SPI" }, { "esp:@::1", "no SPI" },
		{ "esp0x@1.2.3.4", "SPI" }, { "espxx@1.2.3.4", "SPI" },
		{ "esp-1@1.2.3.4", "SPI" }, { "esp+1@1.2.3.4", "SPI" },
		{ "esp 1@1.2.3.4", "SPI" }, { "esp1 @1.2.3.4", "SPI" },
		{ "esp0x100000000@1.2.3.4", "SPI" }, { "esp4294967296@1.2.3.4", "SPI" },
		{ "esp.0x101@1.2.3.4", "SPI" }, { "esp.100000000@1.2.3.4", "SPI" },
		{ "esp99999999999999999999999@1.2.3.4", "SPI" },
		{ "esp0x101@", "empty" }, { "esp0x101@1.2.3", "IPv4" },
		{ "esp0x101@1.2.3.4.5", "IPv4" }, { "esp0x101@host", "IPv4" },
		{ "esp.101@::1", "IPv4" }, { "esp:101@1.2.3.4", "IPv6" },
		{ "esp0x101@1.2.3.4@", "IPv4" }, { "esp0x101@:::", "IPv6" },
	};
	struct said said, kept = { .spi = 42 };

	for (size_t i = 0; i < N(bad); i++) {
		said = kept;
		CHECK(says(said_parse(bad[i].in, &said), bad[i].words), "'%s': %s",
		      bad[i].in, said_parse(bad[i].in, &said));
		CHECK(!memcmp(&said, &kept, sizeof(said)), "'%s' wrote a result", bad[i].in);
	}
	unit_done("said_errors");
}

static struct ip_addr random_addr(void)
{
	struct ip_addr addr = { .family = rand() % 2 ? AF_INET : AF_INET6 };

	for (unsigned int i = 0; i < addr_len(addr.family); i++)
		addr.u.bytes[i] = rand() % 3 ? rand() : 0;
	return addr;
}

static void test_said_random(void)
{
	static const uint8_t protos[] = { IPPROTO_ESP, IPPROTO_AH, IPPROTO_COMP, IPPROTO_IPIP };
	static const int formats[] = { 'x', 'd', 0 };
	char buf[SAID_TEXT];

	for (int i = 0; i < 20000; i++) {
		struct said said = { .dst = random_addr() }, again;
		const char *err;

		said.spi = htonl((uint32_t)rand() << (rand() % 2) ^ rand());
		said.proto = protos[rand() % N(protos)];
		said_format(&said, formats[rand() % N(formats)], buf);
		err = said_parse(buf, &again);
		CHECK(!err && said_equal(&said, &again), "%s: %s", buf, err);
	}
	unit_done("said_random");
}

static void test_said_targets(void)
{
	char buf[SAID_TEXT];

	for (int target = KLIPS_TARGET_PASS; target < __KLIPS_TARGET_MAX; target++) {
		struct said said = said_of_target(target, AF_INET6), again;

		CHECK((int)said_target(&said) == target, "target %d", target);
		CHECK(said.dst.family == AF_INET6 && addr_is_any(&said.dst), "target %d", target);
		CHECK(!strcmp(said_format(&said, 'x', buf), target_name(target)), "%s", buf);
		CHECK(!said_parse(buf, &again) && (int)said_target(&again) == target, "%s", buf);
	}
	CHECK(!strcmp(target_name(99), "none"), "unknown target");
	for (int proto = 0; proto < 256; proto++)
		if (sa_proto_name(proto))
			CHECK(satype_sa_proto(sa_proto_satype(proto)) == proto, "proto %d", proto);
	unit_done("said_targets");
}

static void test_subnet_forms(void)
{
	static const struct { const char *in, *out; } good[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" }, { "10.1.2.3/8", "10.0.0.0/8" },
		{ "10.1.2.3/255.255.0.0", "10.1.0.0/16" }, { "10.1.2.3", "10.1.2.3/32" },
		{ "10.1.2.3/0.0.0.0", "0.0.0.0/0" }, { "1.2.3.4/255.255.255.255", "1.2.3.4/32" },
		{ "0/0", "0.0.0.0/0" }, { "%default", "0.0.0.0/0" }, { "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255/31", "255.255.255.254/31" }, { "10.0.0.0/08", "10.0.0.0/8" },
		{ "::/0", "::/0" }, { "2001:db8::1", "2001:db8::1/128" },
		{ "2001:db8::ffff/32", "2001:db8::/32" }, { "2001:db8::ffff/127", "2001:db8::fffe/127" },
		{ "2001:db8::1/ffff:ffff::", "2001:db8::/32" },
	};
	char buf[SUBNET_TEXT];
	struct subnet net;
	const char *err;

	for (size_t i = 0; i < N(good); i++) {
		err = subnet_parse(good[i].in, AF_UNSPEC, &net);
		CHECK(!err && !strcmp(subnet_format(&net, buf), good[i].out), "%s: %s %s",
		      good[i].in, err, buf);
	}
	unit_done("subnet_forms");
}

static void test_subnet_errors(void)
{
	static const struct { const char *in; int family; const char *words; } bad[] = {
		{ "", AF_UNSPEC, "empty" }, { "/8", AF_UNSPEC, "empty" },
		{ "10.0.0.0/", AF_UNSPEC, "nothing behind" }, { "10.0.0.0/33", AF_UNSPEC, "0 to 32" },
		{ "10.0.0.0/-1", AF_UNSPEC, "0 to 32" }, { "10.0.0.0/8x", AF_UNSPEC, "0 to 32" },
		{ "10.0.0.0/0x8", AF_UNSPEC, "0 to 32" }, { "10.0.0.0/ 8", AF_UNSPEC, "0 to 32" },
		{ "::/129", AF_UNSPEC, "0 to 128" }, { "10.0.0/8", AF_UNSPEC, "IPv4" },
		{ "10.0.0.0/255.0.255.0", AF_UNSPEC, "non-contiguous" },
		{ "10.0.0.0/0.0.0.1", AF_UNSPEC, "non-contiguous" },
		{ "10.0.0.0/255.0.0", AF_UNSPEC, "netmask" }, { "10.0.0.0/ffff::", AF_UNSPEC, "netmask" },
		{ "::1/255.0.0.0", AF_UNSPEC, "netmask" }, { "::1", AF_INET, "IPv4" },
		{ "10.0.0.0/8", AF_INET6, "IPv6" }, { "10.0.0.0/8/8", AF_UNSPEC, "0 to 32" },
		{ "fe80::1%eth0/64", AF_UNSPEC, "IPv6" },
		{ "11111111111111111111111111111111111111111111111111111111/8", AF_UNSPEC, "too long" },
	};
	struct subnet net;

	for (size_t i = 0; i < N(bad); i++)
		CHECK(says(subnet_parse(bad[i].in, bad[i].family, &net), bad[i].words), "'%s': %s",
		      bad[i].in, subnet_parse(bad[i].in, bad[i].family, &net));
	unit_done("subnet_errors");
}

/* Against a model that looks at one bit at a time. */
static void test_subnet_random(void)
{
	char buf[SUBNET_TEXT];

	for (int i = 0; i < 20000; i++) {
		struct ip_addr a = random_addr(), b = rand() % 2 ? random_addr() : a;
		unsigned int plen = rand() % (addr_bits(a.family) + 1), same = 0;
		struct subnet net, again;

		if (rand() % 2)
			b.u.bytes[rand() % addr_len(b.family)] ^= 1 << rand() % 8;
		CHECK(subnet_set(&net, &a, plen), "plen %u", plen);
		CHECK(!subnet_parse(subnet_format(&net, buf), AF_UNSPEC, &again) &&
		      subnet_equal(&net, &again), "%s", buf);
		while (a.family == b.family && same < plen &&
		       !((a.u.bytes[same / 8] ^ b.u.bytes[same / 8]) & 0x80 >> same % 8))
			same++;
		CHECK(subnet_contains(&net, &b) == (a.family == b.family && same == plen),
		      "%s", buf);
	}
	CHECK(!subnet_set(&(struct subnet){ 0 }, &(struct ip_addr){ .family = AF_INET }, 33), "33");
	unit_done("subnet_random");
}

static void test_ttodata_forms(void)
{
	static const struct { const char *in, *out; size_t len; } good[] = {
		{ "0x00", "\0", 1 }, { "0xdeadBEEF", "\xde\xad\xbe\xef", 4 },
		{ "0Xde_ad_be_ef", "\xde\xad\xbe\xef", 4 }, { "0xdead_beef", "\xde\xad\xbe\xef", 4 },
		{ "0saGVsbG8=", "hello", 5 }, { "0SaGVsbA==", "hell", 4 }, { "0saGVsbG8h", "hello!", 6 },
		{ "0s+/+/", "\xfb\xff\xbf", 3 }, { "0tsecret 0x", "secret 0x", 9 }, { "0Tx", "x", 1 },
	};
	uint8_t buf[16];
	const char *err;
	size_t len;

	for (size_t i = 0; i < N(good); i++) {
		err = ttodata(good[i].in, buf, sizeof(buf), &len);
		CHECK(!err && len == good[i].len && !memcmp(buf, good[i].out, len), "%s: %s",
		      good[i].in, err);
	}
	CHECK(!ttodata_base("6162zz", 4, 16, buf, sizeof(buf), &len) && len == 2, "base 16");
	unit_done("ttodata_forms");
}

static void test_ttodata_errors(void)
{
	static const struct { const char *in, *words; } bad[] = {
		{ "", "too short" }, { "0", "too short" }, { "x", "too short" },
		{ "1x00", "does not begin" }, { "secret", "does not begin" },
		{ "0y00", "unknown format" }, { "0b11", "unknown format" },
		{ "0x", "no data" }, { "0s", "no data" }, { "0t", "no data" },
		{ "0x1", "mid-byte" }, { "0x123", "mid-byte" }, { "0x1_2", "mid-byte" },
		{ "0x12_", "unknown character" }, { "0x_12", "unknown character" },
		{ "0x12__34", "unknown character" }, { "0xg0", "unknown character" },
		{ "0x0g", "unknown character" }, { "0x12 34", "unknown character" },
		{ "0saGVsbG8", "mid-byte" }, { "0saGVsbA=", "mid-byte" }, { "0sa", "mid-byte" },
		{ "0saGVsbG9=", "non-zero" }, { "0saGVsbB==", "non-zero" },
		{ "0s====", "unknown character" }, { "0sa===", "unknown character" },
		{ "0saG=h", "unknown character" }, { "0saGVs-G8h", "unknown character" },
		{ "0saG==aGVs", "unknown character" }, { "0saGVs\nG8h", "unknown character" },
		{ "0x0102030405060708090a0b0c0d0e0f1011", "more data" },
		{ "0tabcdefghijklmnopq", "more data" },
		{ "0sAAAAAAAAAAAAAAAAAAAAAAA=", "more data" },
	};
	uint8_t buf[16], zero[16] = { 0 };
	size_t len;

	for (size_t i = 0; i < N(bad); i++) {
		memset(buf, 0, sizeof(buf));
		CHECK(says(ttodata(bad[i].in, buf, sizeof(buf), &len), bad[i].words), "'%s': %s",
		      bad[i].in, ttodata(bad[i].in, buf, sizeof(buf), &len));
		CHECK(!memcmp(buf, zero, sizeof(buf)), "'%s' left data behind", bad[i].in);
	}
	unit_done("ttodata_errors");
}

static void test_ttodata_random(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int i = 0; i < 5000; i++) {
		uint8_t data[66] = { 0 }, back[66];
		char hex[140] = "0x", b64[100] = "0s";
		size_t n = 1 + rand() % 64, len, at = 2;

		for (size_t j = 0; j < n; j++) {
			data[j] = rand();
			sprintf(hex + 2 + 2 * j, "%02x", data[j]);
		}
		for (size_t j = 0; j < n; j += 3) {
			uint32_t bits = data[j] << 16 | data[j + 1] << 8 | data[j + 2];

			for (int k = 0; k < 4; k++)
				b64[at++] = j + k > n ? '=' : digits[bits >> (18 - 6 * k) & 63];
		}
		b64[at] = '\0';
		CHECK(!ttodata(hex, back, 64, &len) && len == n && !memcmp(data, back, n), "%s", hex);
		CHECK(!ttodata(b64, back, 64, &len) && len == n && !memcmp(data, back, n), "%s", b64);
	}
	unit_done("ttodata_random");
}

static void test_protoport(void)
{
	static const char *const bad[] = {
		"", "256", "-1", "nosuch", "tcp/", "tcp/65536", "tcp/-1", "tcp/nosuch",
		"tcp/80/80", "esp/80", "/80", "0/80", "tcp/0x50x", "6x",
	};
	struct protoport pp;

	CHECK(!protoport_parse("tcp", &pp) && pp.proto == 6 && !pp.port && !pp.port_any, "tcp");
	CHECK(!protoport_parse("17/500", &pp) && pp.proto == 17 && pp.port == htons(500), "17/500");
	CHECK(!protoport_parse("udp/%any", &pp) && pp.proto == 17 && pp.port_any, "udp/%%any");
	CHECK(!protoport_parse("tcp/http", &pp) && pp.port == htons(80), "tcp/http");
	CHECK(!protoport_parse("%any", &pp) && pp.proto == 0, "%%any");
	CHECK(!protoport_parse("icmp/8", &pp) && pp.proto == 1 && pp.port == htons(8), "icmp/8");
	for (size_t i = 0; i < N(bad); i++)
		CHECK(protoport_parse(bad[i], &pp), "'%s' was taken", bad[i]);
	unit_done("protoport");
}

static void test_values(void)
{
	unsigned int percent;
	uint64_t n;
	bool yes;

	CHECK(!number_parse("0", 0, 9, &n) && n == 0, "0");
	CHECK(!number_parse("0x1f", 0, 99, &n) && n == 31, "0x1f");
	CHECK(!number_parse("18446744073709551615", 0, UINT64_MAX, &n) && n == UINT64_MAX, "max");
	CHECK(says(number_parse("10", 0, 9, &n), "range") && says(number_parse("1", 2, 9, &n), "range"), "range");
	for (const char *const *p = (const char *const[]){ "", " 1", "+1", "-1", "1 ", "0x", "0x0x1",
			"1a", "18446744073709551616", NULL }; *p; p++)
		CHECK(says(number_parse(*p, 0, UINT64_MAX, &n), "not a number"), "'%s'", *p);
	CHECK(!time_parse("90", &n) && n == 90 && !time_parse("90s", &n) && n == 90, "90");
	CHECK(!time_parse("3m", &n) && n == 180 && !time_parse("8h", &n) && n == 28800, "3m 8h");
	CHECK(!time_parse("1d", &n) && n == 86400 && !time_parse("2w", &n) && n == 1209600, "1d 2w");
	for (const char *const *p = (const char *const[]){ "", "h", "-1", "1y", "1hh", "1 h", "0x1",
			"99999999999999999999", "15250284452472w", NULL }; *p; p++)
		CHECK(time_parse(*p, &n), "time '%s' was taken", *p);
	CHECK(!percent_parse("100%", &percent) && percent == 100, "100%%");
	CHECK(percent_parse("100", &percent) && percent_parse("%", &percent) &&
	      percent_parse("10001%", &percent), "percent");
	CHECK(!bool_parse("Yes", &yes) && yes && !bool_parse("off", &yes) && !yes, "bool");
	CHECK(bool_parse("", &yes) && bool_parse("maybe", &yes), "bool errors");
	unit_done("values");
}

static void test_algs(void)
{
	static const struct { const char *in, *out; } names[] = {
		{ "aes_gcm128", "aes_gcm128" }, { "AES_GCM_16_256", "aes_gcm256" },
		{ "aes_gcm_c_192", "aes_gcm192" }, { "aes128gcm16", "aes_gcm128" },
		{ "aes-gcm-256", "aes_gcm256" }, { "aes128-sha2_256", "aes128-sha2_256" },
		{ "aes256-sha2", "aes256-sha2_256" }, { "aes_cbc192-sha256", "aes192-sha2_256" },
		{ "aes256-hmac_sha2_256", "aes256-sha2_256" },
		{ "aes_gcm_256-null", "aes_gcm256" }, { "aes256gcm16", "aes_gcm256" },
		{ "aes_ccm_16_128", "aes_ccm128" }, { "aes_ccm_c_128", "aes_ccm128" },
		{ "aes_ccm_a_256", "aes_ccm_8_256" }, { "aes_ccm_12_192", "aes_ccm_12_192" },
		{ "aes128ccm8", "aes_ccm_8_128" }, { "aes128ccm12", "aes_ccm_12_128" },
		{ "AES_CTR_128-HMAC_SHA1", "aes_ctr128-sha1" }, { "aes128ctr-sha", "aes_ctr128-sha1" },
		{ "3des_cbc-sha1", "3des-sha1" }, { "3des-sha2", "3des-sha2_256" },
		{ "null_auth_aes_gmac_256", "aes_gmac256" }, { "aes192gmac", "aes_gmac192" },
		{ "chacha20poly1305", "chacha20_poly1305" },
		{ "chacha20poly1305-none", "chacha20_poly1305" },
		{ "aes256-sha2_512_256", "aes256-sha2_512" }, { "aes192-sha384", "aes192-sha2_384" },
		{ "null-hmac_sha2_256", "null-sha2_256" },
	};
	static const char *const bad[] = {
		"", "aes", "aes_gcm", "aes_gcm512", "3des", "3des-md5-96", "aes128", "null", "null-null",
		"aes_gcm128x", "aes_gcm128-sha1", "aes128-none", "aes-sha1", "aes_ccm_10_128", "des-sha1",
		"sha1", "%u", "aes_gcm_12_128", "chacha20_poly1305128", "aes_ctr128",
	};
	char xform[ESP_ALG_XFORM];
	const struct esp_alg *alg;
	unsigned int n;

	for (size_t i = 0; i < N(names); i++) {
		alg = esp_alg_by_name(names[i].in);
		CHECK(alg && !strcmp(alg->name, names[i].out), "%s: %s", names[i].in,
		      alg ? alg->name : "none");
	}
	for (size_t i = 0; i < N(bad); i++)
		CHECK(!esp_alg_by_name(bad[i]), "'%s' was taken", bad[i]);
	alg = esp_algs(&n);
	for (unsigned int i = 0; i < n; i++) {
		CHECK(esp_alg_by_name(alg[i].name) == &alg[i], "%s", alg[i].name);
		CHECK(esp_alg_by_number(alg[i].ealg, alg[i].aalg, alg[i].ekey_bits) == &alg[i],
		      "%s", alg[i].name);
		CHECK(ealg_name(alg[i].ealg) && aalg_name(alg[i].aalg), "%s", alg[i].name);
	}
	CHECK(n == 48, "%u algorithms", n);
	CHECK(!strcmp(esp_alg_xform(esp_alg_by_name("3des-sha1"), xform), "ESP_3DES_HMAC_SHA1"), "%s", xform);
	CHECK(!strcmp(esp_alg_xform(esp_alg_by_name("aes_gcm128"), xform), "ESP_AES_GCM"), "%s", xform);
	unit_done("algs");
}

/* Those of AH, IPCOMP and IPIP, by the names of people and of the module. */
static void test_other_algs(void)
{
	static const struct {
		uint8_t proto;
		const char *in, *out, *xform;
		unsigned int akey_bits, icv;
	} names[] = {
		{ IPPROTO_AH, "sha1", "sha1", "AH_HMAC_SHA1", 160, 12 },
		{ IPPROTO_AH, "hmac-sha1-96", "sha1", "AH_HMAC_SHA1", 160, 12 },
		{ IPPROTO_AH, "sha2_256", "sha2_256", "AH_HMAC_SHA2_256", 256, 16 },
		{ IPPROTO_AH, "SHA256", "sha2_256", "AH_HMAC_SHA2_256", 256, 16 },
		{ IPPROTO_AH, "hmac-sha2-256-128", "sha2_256", "AH_HMAC_SHA2_256", 256, 16 },
		{ IPPROTO_AH, "hmac_sha2_384", "sha2_384", "AH_HMAC_SHA2_384", 384, 24 },
		{ IPPROTO_AH, "sha2_512", "sha2_512", "AH_HMAC_SHA2_512", 512, 32 },
		{ IPPROTO_COMP, "deflate", "deflate", "COMP_DEFLATE", 0, 0 },
		{ IPPROTO_IPIP, "none", "none", "IPIP", 0, 0 },
		{ IPPROTO_ESP, "aes_gcm128", "aes_gcm128", "ESP_AES_GCM", 0, 16 },
	};
	static const struct {
		uint8_t proto;
		const char *name;
	} bad[] = {
		{ IPPROTO_AH, "" }, { IPPROTO_AH, "null" }, { IPPROTO_AH, "none" }, { IPPROTO_AH, "md5" },
		{ IPPROTO_AH, "hmac-md5-96" }, { IPPROTO_AH, "aes128-sha1" }, { IPPROTO_AH, "sha1sha1" },
		{ IPPROTO_COMP, "lzs" }, { IPPROTO_COMP, "" }, { IPPROTO_COMP, "sha1" }, { IPPROTO_IPIP, "sha1" },
		{ IPPROTO_ESP, "sha1" }, { IPPROTO_ESP, "deflate" }, { IPPROTO_UDP, "none" },
	};
	char xform[ESP_ALG_XFORM];

	for (size_t i = 0; i < N(names); i++) {
		const struct esp_alg *alg = sa_alg_by_name(names[i].proto, names[i].in);

		CHECK(alg && alg->proto == names[i].proto && !strcmp(alg->name, names[i].out) &&
		      !strcmp(esp_alg_xform(alg, xform), names[i].xform) &&
		      alg->akey_bits == names[i].akey_bits && alg->icv == names[i].icv,
		      "%s", names[i].in);
	}
	for (size_t i = 0; i < N(bad); i++)
		CHECK(!sa_alg_by_name(bad[i].proto, bad[i].name), "'%s' was taken", bad[i].name);
	CHECK(!strcmp(calg_name(2), "DEFLATE") && !calg_name(5), "names of compressions");
	unit_done("algs of AH, IPCOMP and IPIP");
}

int main(void)
{
	srand(1);
	test_said_forms();
	test_said_errors();
	test_said_random();
	test_said_targets();
	test_subnet_forms();
	test_subnet_errors();
	test_subnet_random();
	test_ttodata_forms();
	test_ttodata_errors();
	test_ttodata_random();
	test_protoport();
	test_values();
	test_algs();
	test_other_algs();
	return unit_status();
}
