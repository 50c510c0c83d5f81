// SPDX-License-Identifier: GPL-2.0
/* PF_KEY messages: layouts as RFC 2367 has them, no overrun, nothing trusted. */
/* sources: userland/lib/pfkey_msg.c userland/lib/pfkey_text.c userland/lib/pfkey_ext_text.c userland/lib/addr.c userland/lib/said.c userland/lib/value.c userland/lib/espalg.c */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipsec.h>
#include <stdlib.h>
#include <string.h>

#include "pfkey.h"
#include "pfkey_text.h"
#include "unit.h"

static struct ip_addr addr(const char *text)
{
	struct ip_addr a = { 0 };

	CHECK(!addr_parse(text, AF_UNSPEC, &a), "%s", text);
	return a;
}

/* A whole SADB_ADD with every extension there is. */
static void build(struct pfkey_msg *msg)
{
	struct ip_addr src = addr("192.0.2.1"), dst = addr("2001:db8::2");
	struct said said = { dst, htonl(0x1234), IPPROTO_ESP };
	uint8_t key[20];

	memset(key, 0xa5, sizeof(key));
	pfkey_begin(msg, SADB_ADD, SADB_SATYPE_ESP);
	pfkey_put_sa(msg, htonl(0x1234), 64, SADB_SASTATE_MATURE, 0,
		     SADB_X_EALG_AES_GCM_ICV16, 0);
	pfkey_put_lifetime(msg, SADB_EXT_LIFETIME_HARD, 1, 2, 3, 4);
	pfkey_put_address(msg, SADB_EXT_ADDRESS_SRC, &src, 24, 6, htons(80));
	pfkey_put_address(msg, SADB_EXT_ADDRESS_DST, &dst, 128, 6, 0);
	pfkey_put_key(msg, SADB_EXT_KEY_ENCRYPT, key, 160);
	pfkey_put_sa2(msg, IPSEC_MODE_TUNNEL, 7);
	pfkey_put_spirange(msg, 0x1000, 0xffffffff);
	pfkey_put_target(msg, KLIPS_TARGET_SA, KLIPS_FLOW_REPLACE);
	pfkey_put_said(msg, KLIPS_EXT_SAID, &said);
	pfkey_put_portmask(msg, htons(0xff00), 0xffff);
	pfkey_put_device(msg, "ipsec0");
	pfkey_put_replay(msg, 4096, KLIPS_REPLAY_ESN);
	pfkey_put_nat_t(msg, 2, htons(4500), htons(61234));
	pfkey_put_address(msg, SADB_X_EXT_NAT_T_OA, &src, 32, 0, 0);
	pfkey_put_address(msg, KLIPS_EXT_OA_DST, &dst, 128, 0, 0);
	pfkey_put_keepalive(msg, 20);
	pfkey_put_debug(msg, KLIPS_DEBUG(ESP), KLIPS_DEBUG(RCV));
	msg->hdr.sadb_msg_len = msg->len / 8;
}

static void test_layout(void)
{
	static const struct { uint16_t type, words; } exts[] = {
		{ SADB_EXT_SA, 2 }, { SADB_EXT_LIFETIME_HARD, 4 }, { SADB_EXT_ADDRESS_SRC, 3 },
		{ SADB_EXT_ADDRESS_DST, 5 }, { SADB_EXT_KEY_ENCRYPT, 4 }, { SADB_X_EXT_SA2, 2 },
		{ SADB_EXT_SPIRANGE, 2 }, { KLIPS_EXT_TARGET, 1 }, { KLIPS_EXT_SAID, 6 },
		{ KLIPS_EXT_PORTMASK, 1 }, { KLIPS_EXT_DEVICE, 3 }, { KLIPS_EXT_REPLAY, 2 },
		{ SADB_X_EXT_NAT_T_TYPE, 1 }, { SADB_X_EXT_NAT_T_SPORT, 1 }, { SADB_X_EXT_NAT_T_DPORT, 1 },
		{ SADB_X_EXT_NAT_T_OA, 3 }, { KLIPS_EXT_OA_DST, 5 }, { KLIPS_EXT_KEEPALIVE, 1 },
		{ KLIPS_EXT_DEBUG, 2 },
	};
	struct pfkey_view view;
	struct pfkey_msg msg;
	const char *err;

	build(&msg);
	CHECK(!msg.err, "build: %d", msg.err);
	CHECK(msg.hdr.sadb_msg_version == PF_KEY_V2 && msg.hdr.sadb_msg_type == SADB_ADD, "header");
	err = pfkey_parse(msg.bytes, msg.len, &view);
	CHECK(!err, "%s", err);
	for (size_t i = 0; i < sizeof(exts) / sizeof(exts[0]); i++) {
		const struct sadb_ext *ext = pfkey_ext(&view, exts[i].type);

		CHECK(ext && ext->sadb_ext_len == exts[i].words, "extension %u has %d words",
		      exts[i].type, ext ? ext->sadb_ext_len : -1);
	}
	CHECK(!pfkey_ext(&view, SADB_EXT_ADDRESS_PROXY), "proxy");
	CHECK(!pfkey_ext(&view, 0) && !pfkey_ext(&view, 255) && !pfkey_ext(&view, KLIPS_EXT_MAX + 1), "no slot");
	unit_done("pfkey_layout");
}

static void test_values(void)
{
	struct ip_addr a, want_src = addr("192.0.2.1"), want_dst = addr("2001:db8::2");
	const struct sadb_lifetime *life;
	const struct sadb_key *key;
	struct pfkey_view view;
	struct pfkey_msg msg;
	uint8_t plen, proto;
	struct said said;
	in_port_t port;

	build(&msg);
	CHECK(!pfkey_parse(msg.bytes, msg.len, &view), "parse");
	CHECK(pfkey_get_address(&view, SADB_EXT_ADDRESS_SRC, &a, &plen, &proto, &port) &&
	      addr_equal(&a, &want_src) && plen == 24 && proto == 6 && port == htons(80), "src");
	CHECK(pfkey_get_address(&view, SADB_EXT_ADDRESS_DST, &a, NULL, NULL, NULL) &&
	      addr_equal(&a, &want_dst), "dst");
	CHECK(!pfkey_get_address(&view, SADB_EXT_ADDRESS_PROXY, &a, NULL, NULL, NULL), "proxy");
	CHECK(pfkey_get_said(&view, &said) && said.spi == htonl(0x1234) &&
	      said.proto == IPPROTO_ESP && addr_equal(&said.dst, &want_dst), "said");
	view.own[KLIPS_EXT_SAID - KLIPS_EXT_MIN] = NULL;
	CHECK(pfkey_get_said(&view, &said) && said.spi == htonl(0x1234) &&
	      addr_equal(&said.dst, &want_dst), "said of the SA");
	life = pfkey_ext(&view, SADB_EXT_LIFETIME_HARD);
	CHECK(life->sadb_lifetime_allocations == 1 && life->sadb_lifetime_bytes == 2 &&
	      life->sadb_lifetime_addtime == 3 && life->sadb_lifetime_usetime == 4, "lifetime");
	key = pfkey_ext(&view, SADB_EXT_KEY_ENCRYPT);
	CHECK(key->sadb_key_bits == 160 && !memcmp((const uint8_t *)(key + 1) + 20, "\0\0\0\0", 4),
	      "key padding");
	unit_done("pfkey_values");
}

/* What does not fit or is no value marks the message, and it stays marked. */
static void test_refusals(void)
{
	struct said said = { .spi = 1, .proto = 99, .dst = { .family = AF_INET } };
	struct ip_addr a = addr("192.0.2.1"), none = { 0 };
	uint8_t key[8192] = { 0 };
	struct pfkey_msg msg;

#define REFUSED(call, want) do { \
	pfkey_begin(&msg, SADB_ADD, SADB_SATYPE_ESP); \
	call; \
	CHECK(msg.err == (want), #call ": %d", msg.err); \
} while (0)
	REFUSED(pfkey_put_address(&msg, SADB_EXT_ADDRESS_SRC, &none, 0, 0, 0), -EINVAL);
	REFUSED(pfkey_put_address(&msg, SADB_EXT_ADDRESS_SRC, &a, 33, 0, 0), -EINVAL);
	REFUSED(pfkey_put_key(&msg, SADB_EXT_KEY_AUTH, key, 0), -EINVAL);
	REFUSED(pfkey_put_key(&msg, SADB_EXT_KEY_AUTH, key, 127), -EINVAL);
	REFUSED(pfkey_put_key(&msg, SADB_EXT_KEY_AUTH, key, 65536), -EINVAL);
	REFUSED(pfkey_put_key(&msg, SADB_EXT_KEY_AUTH, key, 8 * 8191), -EMSGSIZE);
	REFUSED(pfkey_put_device(&msg, ""), -EINVAL);
	REFUSED(pfkey_put_device(&msg, "sixteencharacter"), -EINVAL);
	REFUSED(pfkey_put_device(&msg, "fifteencharacte"), 0);
	REFUSED(pfkey_put_said(&msg, KLIPS_EXT_SAID, &said), -EINVAL);
	pfkey_begin(&msg, SADB_ADD, SADB_SATYPE_ESP);
	for (int i = 0; i < 2000; i++)
		pfkey_put_sa(&msg, 1, 0, 0, 0, 0, 0);
	CHECK(msg.err == -EMSGSIZE && msg.len <= PFKEY_MSG_MAX, "overrun: %zu", msg.len);
	pfkey_put_device(&msg, "");
	CHECK(msg.err == -EMSGSIZE, "the first error stays");
	unit_done("pfkey_refusals");
}

static char *print(const void *bytes, size_t len)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	pfkey_print(out, bytes, len);
	fclose(out);
	return text;
}

static void test_text(void)
{
	static const char *const words[] = {
		"\npfkey v2 msg. type=3(add) seq=0 len=51 pid=0 errno=0 satype=3(ESP)\n",
		"version=2 type=3 errno=0 satype=3 len=51 seq=0 pid=0 {ext=1 len=2 spi=0x00001234 ",
		"{ext=5 len=3 proto=6 prefixlen=24 addr=192.0.2.1 port=80 } ",
		"{ext=9 len=4 key(160 bits) } ", "addr=2001:db8::2 port=0 ",
		"target=1(SA) flags=0x1<replace> ", "portmask=0xff00,0xffff ", "device=ipsec0 ",
		"window=4096 flags=0x1<esn> ", "encrypt=20(AES_GCM_16) ", "{ext=261 len=2 set=0x20 clear=0x80 } ",
		"mode=2(tunnel) reqid=7 ", "{ext=20 len=1 natt=2(nonesp) } {ext=21 len=1 natsport=4500 } ",
		"{ext=22 len=1 natdport=61234 } ", "{ext=23 len=3 proto=0 prefixlen=32 addr=192.0.2.1 port=0 } ",
		"{ext=262 len=5 proto=0 prefixlen=128 addr=2001:db8::2 port=0 } ", "{ext=264 len=1 keepalive=20 } ",
	};
	struct pfkey_msg msg;
	char *text;

	build(&msg);
	text = print(msg.bytes, msg.len);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		CHECK(strstr(text, words[i]), "no \"%s\" in %s", words[i], text);
	CHECK(!strstr(text, "a5a5"), "the key is shown: %s", text);
	free(text);
	text = print(msg.bytes, 15);
	CHECK(strstr(text, "runt"), "%s", text);
	free(text);
	text = print(msg.bytes, msg.len - 8);
	CHECK(strstr(text, "length mismatch"), "%s", text);
	free(text);
	CHECK(!strcmp(pfkey_type_name(128), "x_addflow") && !strcmp(pfkey_type_name(99), "unknown") &&
	      !strcmp(pfkey_satype_name(200), "IPIP"), "names");
	unit_done("pfkey_text");
}

/* Bytes of an extension in host order, padded to words; how many bytes it then has. */
static size_t put_raw(struct pfkey_msg *msg, uint16_t type, const void *body, size_t len)
{
	struct sadb_ext *ext = (void *)(msg->bytes + msg->len);
	size_t size = (sizeof(*ext) + len + 7) & ~7UL;

	memset(ext, 0, size);
	ext->sadb_ext_len = size / 8;
	ext->sadb_ext_type = type;
	memcpy(ext + 1, body, len);
	msg->len += size;
	return size;
}

/* What klips never sends or takes, as bytes behind the head, and how it is shown. */
static void test_text_of_others(void)
{
	static const struct {
		uint16_t type;
		uint8_t satype;
		uint8_t body[36];
		size_t len;
		const char *text;
	} rows[] = {
		{ SADB_EXT_IDENTITY_SRC, 3, "\2\0\0\0\7\0\0\0\0\0\0\0east.example", 24,
		  "{ext=10 len=4 type=2(fqdn) id=7 name=east.example } " },
		{ SADB_EXT_IDENTITY_DST, 3, "\1\0\0\0\0\0\0\0\0\0\0\0a\nb", 15,
		  "{ext=11 len=3 type=1(prefix) id=0 name=a?b } " },
		{ SADB_EXT_SENSITIVITY, 3, "\1\0\0\0\2\3\4\5", 12,
		  "{ext=12 len=2 dpd=1 sens_level=2 sens_len=3 integ_level=4 integ_len=5 } " },
		{ SADB_X_EXT_POLICY, 3, "\2\0\1\0\11\0\0\0\12\0\0\0", 12,
		  "{ext=18 len=2 type=2 dir=1 id=9 priority=10 } " },
		{ SADB_X_EXT_SEC_CTX, 3, "\1\2\3\0abc", 8, "{ext=24 len=2 alg=1 doi=2 context=abc } " },
		{ SADB_X_EXT_FILTER, 3, "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0\300\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\40\30", 36,
		  "{ext=26 len=5 src=192.0.2.1/32 dst=192.0.2.0/24 } " },
		{ SADB_X_EXT_NAT_T_TYPE, 3, "\1", 4, "natt=1(nonike) " },
		{ SADB_X_EXT_SA2, 3, "\1\0\0\0\0\0\0\0\5", 12, "mode=1(transport) reqid=5 " },
		{ SADB_EXT_SA, 9, "\0\0\20\1\0\1\0\2\0\0\0\300", 12,
		  "spi=0x00001001 replay=0 state=1(mature) auth=0(none) encrypt=2(DEFLATE) flags=0xc0000000<decap-dscp><noecn> " },
		{ SADB_EXT_SA, 3, "\0\0\20\1\0\1\0\2\1\0\0\40", 12,
		  "encrypt=2 flags=0x20000001<pfs><nopmtudisc> " },
		{ SADB_EXT_SUPPORTED_ENCRYPT, 9, "\0\0\0\0\2\0\0\0\0\0\0\0", 12,
		  "(id=2(DEFLATE) ivlen=0 bits=0-0) " },
		{ KLIPS_EXT_SAID2, 0, "\11\0\0\0\0\0\20\1\0\0\0\0\2\0\0\0\300\0\2\1", 28,
		  "{ext=265 len=4 satype=9(COMP) spi=0x00001001 addr=192.0.2.1 port=0 } " },
		{ KLIPS_EXT_NEW_DST, 3, "\0\40\0\0\2\0\0\0\300\0\2\1", 20,
		  "{ext=263 len=3 proto=0 prefixlen=32 addr=192.0.2.1 port=0 } " },
		{ 300, 3, "\1\2\3\4", 4, "{ext=300 len=1 bytes=0x01020304 } " },
	};
	struct pfkey_msg msg;
	char *text;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pfkey_begin(&msg, SADB_GET, rows[i].satype);
		put_raw(&msg, rows[i].type, rows[i].body, rows[i].len);
		msg.hdr.sadb_msg_len = msg.len / 8;
		text = print(msg.bytes, msg.len);
		CHECK(strstr(text, rows[i].text), "no \"%s\" in %s", rows[i].text, text);
		free(text);
	}
	CHECK(!strcmp(pfkey_type_name(SADB_X_NAT_T_NEW_MAPPING), "x_nat_t_new_mapping") &&
	      !strcmp(pfkey_type_name(KLIPS_SADB_GRPSA), "x_grpsa") &&
	      !strcmp(pfkey_type_name(SADB_X_MIGRATE), "x_migrate") &&
	      !strcmp(pfkey_satype_name(SADB_X_SATYPE_IPCOMP), "COMP"), "names");
	unit_done("pfkey_text_of_others");
}

/* Of which SA a message is, and of which group. */
static void test_saids(void)
{
	struct said tun = { addr("192.0.2.2"), htonl(0x1001), IPPROTO_IPIP };
	struct said esp = { addr("2001:db8::2"), htonl(0x1002), IPPROTO_ESP }, got[4];
	struct ip_addr elsewhere = addr("198.51.100.1");
	struct pfkey_view view;
	struct pfkey_msg msg;

	pfkey_begin(&msg, KLIPS_SADB_GRPSA, 0);
	pfkey_put_said(&msg, KLIPS_EXT_SAID, &tun);
	pfkey_put_said(&msg, KLIPS_EXT_SAID2, &esp);
	msg.hdr.sadb_msg_len = msg.len / 8;
	CHECK(!pfkey_parse(msg.bytes, msg.len, &view), "GRPSA");
	CHECK(pfkey_get_group(&view, got) == 2 && said_equal(&got[0], &tun) &&
	      said_equal(&got[1], &esp), "its group");
	CHECK(pfkey_get_said(&view, &got[0]) && said_equal(&got[0], &tun), "its first");

	pfkey_begin(&msg, SADB_GET, SADB_SATYPE_ESP);
	pfkey_put_sa(&msg, htonl(0x1002), 0, 1, 0, 0, 0);
	pfkey_put_address(&msg, SADB_EXT_ADDRESS_DST, &esp.dst, 128, 0, 0);
	pfkey_put_said(&msg, KLIPS_EXT_SAID, &tun);
	pfkey_put_said(&msg, KLIPS_EXT_SAID2, &esp);
	msg.hdr.sadb_msg_len = msg.len / 8;
	CHECK(!pfkey_parse(msg.bytes, msg.len, &view), "GET");
	CHECK(pfkey_get_said(&view, &got[0]) && said_equal(&got[0], &esp), "GET of a member");

	pfkey_begin(&msg, SADB_X_NAT_T_NEW_MAPPING, SADB_SATYPE_ESP);
	pfkey_put_sa(&msg, htonl(0x1002), 0, 1, 0, 0, 0);
	pfkey_put_address(&msg, SADB_EXT_ADDRESS_DST, &elsewhere, 32, 0, 0);
	pfkey_put_said(&msg, KLIPS_EXT_SAID, &esp);
	msg.hdr.sadb_msg_len = msg.len / 8;
	CHECK(!pfkey_parse(msg.bytes, msg.len, &view), "NEW_MAPPING");
	CHECK(pfkey_get_said(&view, &got[0]) && said_equal(&got[0], &esp), "NEW_MAPPING names its SA");
	CHECK(pfkey_get_group(&view, got) == 1, "NEW_MAPPING is of one SA");
	unit_done("pfkey_saids");
}

/* Any bytes: parsed or refused, printed, never a key, never beyond the end (ASan looks on). */
static void test_garbage(void)
{
	struct pfkey_view view;
	struct pfkey_msg msg;

	for (int i = 0; i < 10000; i++) {
		size_t len;
		void *exact;
		char *text;

		build(&msg);
		len = rand() % 4 ? msg.len : rand() % (msg.len + 1) & ~7u;
		for (int n = rand() % 4; n; n--)
			msg.bytes[rand() % msg.len] = rand() % 2 ? rand() : rand() % 8;
		if (rand() % 4)
			msg.hdr.sadb_msg_len = len / 8;
		exact = malloc(len ? len : 1);
		memcpy(exact, msg.bytes, len);
		if (!pfkey_parse(exact, len, &view)) {
			struct said said;
			struct ip_addr a;

			pfkey_get_said(&view, &said);
			pfkey_get_address(&view, SADB_EXT_ADDRESS_SRC, &a, NULL, NULL, NULL);
		}
		text = print(exact, len);
		CHECK(*text, "nothing printed");
		free(text);
		free(exact);
	}
	unit_done("pfkey_garbage");
}

static void test_zero_length_ext(void)
{
	struct pfkey_view view;
	struct pfkey_msg msg;
	struct sadb_ext *ext;

	pfkey_begin(&msg, SADB_ADD, SADB_SATYPE_ESP);
	pfkey_put_sa2(&msg, 0, 0);
	pfkey_put_sa2(&msg, 0, 0);
	msg.hdr.sadb_msg_len = msg.len / 8;
	CHECK(pfkey_parse(msg.bytes, msg.len, &view), "twice the same");
	ext = (void *)(msg.bytes + 16);
	ext->sadb_ext_len = 0;
	CHECK(pfkey_parse(msg.bytes, msg.len, &view), "length 0");
	ext->sadb_ext_len = 1;
	CHECK(pfkey_parse(msg.bytes, msg.len, &view), "too short for its type");
	ext->sadb_ext_len = 5;
	CHECK(pfkey_parse(msg.bytes, msg.len, &view), "longer than the message");
	CHECK(pfkey_parse(msg.bytes, 8, &view), "shorter than its header");
	unit_done("pfkey_framing");
}

int main(void)
{
	srand(1);
	test_layout();
	test_values();
	test_refusals();
	test_text();
	test_text_of_others();
	test_saids();
	test_garbage();
	test_zero_length_ext();
	return unit_status();
}
