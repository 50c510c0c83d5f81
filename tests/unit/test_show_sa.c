// SPDX-License-Identifier: GPL-2.0
/* An SA from netlink to the text and the JSON that people and scripts see; and any bytes instead. */
/* sources: userland/ipsec/show_sa.c userland/ipsec/show_eroute.c userland/ipsec/show_device.c */
/* sources: userland/lib/genl_parse.c userland/lib/genl.c userland/lib/nl.c userland/lib/json.c */
/* sources: userland/lib/addr.c userland/lib/said.c userland/lib/subnet.c userland/lib/value.c userland/lib/espalg.c */
/* libs: -lmnl */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "genl_parse.h"
#include "unit.h"
#include "userland/ipsec/show.h"

static char buf[4096] __attribute__((aligned(8)));

static struct nlmsghdr *begin(void)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	return nlh;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	struct ip_addr addr = { 0 };

	CHECK(!addr_parse(text, AF_UNSPEC, &addr), "%s", text);
	mnl_attr_put(nlh, type, addr_len(addr.family), &addr.u);
}

static void put_said(struct nlmsghdr *nlh, const char *text)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, KLIPS_A_SAID);
	struct said said = { 0 };

	CHECK(!said_parse(text, &said), "%s", text);
	mnl_attr_put_u8(nlh, KLIPS_A_FAMILY, said.dst.family);
	mnl_attr_put(nlh, KLIPS_A_DST, addr_len(said.dst.family), &said.dst.u);
	mnl_attr_put_u32(nlh, KLIPS_A_SPI, said.spi);
	mnl_attr_put_u8(nlh, KLIPS_A_PROTO, said.proto);
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *begin_sa(const char *said, const char *src, const char *alg, uint8_t mode)
{
	struct nlmsghdr *nlh = begin();

	put_said(nlh, said);
	mnl_attr_put_u8(nlh, KLIPS_A_FAMILY, strchr(src, ':') ? AF_INET6 : AF_INET);
	put_addr(nlh, KLIPS_A_SRC, src);
	mnl_attr_put_u8(nlh, KLIPS_A_SA_STATE, 1);
	mnl_attr_put_u8(nlh, KLIPS_A_SA_MODE, mode);
	mnl_attr_put_strz(nlh, KLIPS_A_SA_ALG, alg);
	return nlh;
}

static void put_group(struct nlmsghdr *nlh, const char *const *saids, uint8_t place)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, KLIPS_A_SA_GROUP);

	for (; *saids; saids++)
		put_said(nlh, *saids);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u8(nlh, KLIPS_A_SA_PLACE, place);
}

static void put_encap(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, KLIPS_A_SA_ENCAP);

	mnl_attr_put_u8(nlh, KLIPS_A_ENCAP_TYPE, 2);
	mnl_attr_put_u16(nlh, KLIPS_A_SPORT, htons(4500));
	mnl_attr_put_u16(nlh, KLIPS_A_DPORT, htons(61234));
	put_addr(nlh, KLIPS_A_ENCAP_OA_SRC, "10.9.0.1");
	put_addr(nlh, KLIPS_A_ENCAP_OA_DST, "10.9.0.2");
	mnl_attr_put_u16(nlh, KLIPS_A_ENCAP_KEEPALIVE, 20);
	mnl_attr_nest_end(nlh, nest);
}

enum view { LINE, OBJECT, CHAIN, CLASSIC };

/* What is shown of the message. */
static const char *show(const struct nlmsghdr *nlh, enum view view)
{
	static char *text;
	struct genl_attrs attrs;
	struct genl_sa sa;
	struct json json;
	size_t size;
	FILE *out;

	free(text);
	genl_attrs_of(nlh, &attrs);
	genl_parse_sa(&attrs, &sa);
	out = open_memstream(&text, &size);
	if (view == LINE)
		show_sa(out, &sa);
	if (view == CHAIN || view == CLASSIC)
		show_chain(out, &sa, view == CLASSIC);
	if (view == OBJECT) {
		json_start(&json, out);
		json_object(&json, NULL);
		json_sa(&json, "sa", &sa);
		json_finish(&json);
	}
	fclose(out);
	return text;
}

static void check_has(const char *text, const char *what)
{
	CHECK(strstr(text, what), "no \"%s\" in %s", what, text);
}

static void test_kinds(void)
{
	check_has(show(begin_sa("ah0x1001@192.0.2.2", "192.0.2.1", "sha2_256", 1), LINE),
		  "ah0x1001@192.0.2.2 AH_HMAC_SHA2_256: dir=out src=192.0.2.1 aklen=256 life(c,s,h)= "
		  "natencap=none natsport=0 natdport=0 state=mature mode=transport\n");
	check_has(show(begin_sa("comp0x1001@2001:db8::2", "2001:db8::1", "deflate", 1), LINE),
		  "comp0x1001@2001:db8::2 COMP_DEFLATE: dir=out src=2001:db8::1 life(c,s,h)=");
	check_has(show(begin_sa("tun0x1001@192.0.2.2", "192.0.2.1", "none", 2), LINE),
		  "tun0x1001@192.0.2.2 IPIP: dir=out src=192.0.2.1 life(c,s,h)=");
	check_has(show(begin_sa("esp0x1001@192.0.2.2", "192.0.2.1", "aes_gcm128", 2), LINE),
		  "esp0x1001@192.0.2.2 ESP_AES_GCM: dir=out src=192.0.2.1 iv_bits=64bits ");
	check_has(show(begin_sa("ah0x1001@192.0.2.2", "192.0.2.1", "", 2), LINE), " AH_LARVAL: ");
	check_has(show(begin_sa("ah0x1001@192.0.2.2", "192.0.2.1", "newer", 2), LINE), " AH_UNKNOWN: ");
	unit_done("show_sa kinds");
}

static void test_groups(void)
{
	static const char *const group[] = {
		"tun0x1001@192.0.2.2", "esp0x1002@192.0.2.2", "ah0x1003@2001:db8::2", NULL,
	};
	static const char *const long_one[] = {
		"tun0x1001@192.0.2.2", "tun0x1002@192.0.2.2", "tun0x1003@192.0.2.2", "tun0x1004@192.0.2.2",
		"tun0x1005@192.0.2.2", NULL,
	};
	struct nlmsghdr *nlh;

	nlh = begin_sa(group[0], "192.0.2.1", "none", 2);
	check_has(show(nlh, OBJECT), "\"group\":[]");
	CHECK(!strcmp(show(nlh, CLASSIC), "tun0x1001@192.0.2.2 "), "alone: '%s'", show(nlh, CLASSIC));
	put_group(nlh, group, 0);
	CHECK(!strcmp(show(nlh, CLASSIC), "tun0x1001@192.0.2.2 esp0x1002@192.0.2.2 ah0x1003@2001:db8::2 "),
	      "the first: '%s'", show(nlh, CLASSIC));
	CHECK(!strcmp(show(nlh, CHAIN), "tun0x1001@192.0.2.2 esp0x1002@192.0.2.2 ah0x1003@2001:db8::2"),
	      "the first: '%s'", show(nlh, CHAIN));
	check_has(show(nlh, OBJECT), "\"esp0x1002@192.0.2.2\"");

	nlh = begin_sa(group[1], "192.0.2.1", "aes_gcm128", 1);
	put_group(nlh, group, 1);
	CHECK(!strcmp(show(nlh, CLASSIC), "esp0x1002@192.0.2.2 ah0x1003@2001:db8::2 "), "the second: '%s'",
	      show(nlh, CLASSIC));

	nlh = begin_sa(long_one[4], "192.0.2.1", "none", 2);
	put_group(nlh, long_one, 4);
	CHECK(!strcmp(show(nlh, CLASSIC), "tun0x1005@192.0.2.2 "), "a place beyond: '%s'", show(nlh, CLASSIC));
	unit_done("show_sa groups");
}

static void test_nat_t(void)
{
	struct nlmsghdr *nlh = begin_sa("esp0x1001@192.0.2.2", "192.0.2.1", "aes_gcm128", 1);

	check_has(show(nlh, OBJECT), "\"natt\":null");
	check_has(show(nlh, OBJECT), "\"wire_dst\":\"192.0.2.2\"");
	put_encap(nlh);
	put_addr(nlh, KLIPS_A_SA_WIRE_DST, "198.51.100.7");
	mnl_attr_put_u32(nlh, KLIPS_A_SA_FLAGS, SADB_SAFLAGS_NOECN | SADB_SAFLAGS_NOPMTUDISC);
	check_has(show(nlh, LINE), " natencap=nonesp natsport=4500 natdport=61234 state=mature mode=transport "
		  "keepalive=20 natoa=10.9.0.1 natoadst=10.9.0.2 dst=198.51.100.7 nopmtudisc noecn\n");
	check_has(show(nlh, OBJECT), "\"wire_dst\":\"198.51.100.7\"");
	check_has(show(nlh, OBJECT), "\"oa_dst\":\"10.9.0.2\"");
	check_has(show(nlh, OBJECT), "\"dport\":61234");
	check_has(show(nlh, OBJECT), "\"keepalive\":20");
	check_has(show(nlh, OBJECT), "\"nopmtudisc\"");
	unit_done("show_sa ESP in UDP");
}

/* Attributes of any length and type: shown or left out, never read beyond (ASan looks on). */
static void test_garbage(void)
{
	static const char *const group[] = { "tun0x1001@192.0.2.2", "esp0x1002@192.0.2.2", NULL };

	for (int i = 0; i < 20000; i++) {
		struct nlmsghdr *nlh = begin_sa("esp0x1001@192.0.2.2", "192.0.2.1", "aes_gcm128", 1), *exact;

		put_group(nlh, group, rand() % 3);
		put_encap(nlh);
		for (int n = rand() % 6; n; n--) {
			size_t at = sizeof(*nlh) + rand() % (nlh->nlmsg_len - sizeof(*nlh));

			buf[at] = rand() % 2 ? rand() : rand() % 16;
		}
		exact = malloc(nlh->nlmsg_len);
		memcpy(exact, nlh, nlh->nlmsg_len);
		CHECK(*show(exact, LINE), "nothing shown");
		CHECK(*show(exact, OBJECT), "nothing shown");
		CHECK(*show(exact, CLASSIC), "nothing shown");
		free(exact);
	}
	unit_done("show_sa garbage");
}

int main(void)
{
	srand(1);
	test_kinds();
	test_groups();
	test_nat_t();
	test_garbage();
	show(begin(), CHAIN);
	return unit_status();
}
