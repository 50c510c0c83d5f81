// SPDX-License-Identifier: GPL-2.0
/*
 * Drops as the kernel tells them: what a message says is what comes out, in text and JSON; what is
 * absent or malformed is not there, and never read beyond. The man page has every reason.
 */
/* sources: userland/ipsec/show_drop.c userland/ipsec/show_eroute.c userland/lib/addr.c */
/* sources: userland/lib/genl.c userland/lib/genl_parse.c userland/lib/json.c userland/lib/nl.c */
/* sources: userland/lib/protoport.c userland/lib/said.c userland/lib/subnet.c userland/lib/value.c */
/* libs: -lmnl */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "genl_parse.h"
#include "unit.h"
#include "userland/ipsec/show.h"

static char room[8192] __attribute__((aligned(8)));

static struct nlmsghdr *message(void)
{
	struct nlmsghdr *nlh;

	memset(room, 0, sizeof(room));
	nlh = mnl_nlmsg_put_header(room);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	return nlh;
}

static void put_addr(struct nlmsghdr *nlh, int type, const char *text)
{
	struct ip_addr addr;

	addr_parse(text, AF_UNSPEC, &addr);
	mnl_attr_put(nlh, type, addr_len(addr.family), addr.u.bytes);
}

static void put_flow(struct nlmsghdr *nlh, int family, const char *src, const char *dst)
{
	mnl_attr_put_u8(nlh, KLIPS_A_FAMILY, family);
	put_addr(nlh, KLIPS_A_SRC, src);
	put_addr(nlh, KLIPS_A_DST, dst);
}

static void put_said(struct nlmsghdr *nlh, uint32_t spi, const char *dst)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, KLIPS_A_SAID);

	mnl_attr_put_u8(nlh, KLIPS_A_FAMILY, AF_INET);
	put_addr(nlh, KLIPS_A_DST, dst);
	mnl_attr_put_u32(nlh, KLIPS_A_SPI, htonl(spi));
	mnl_attr_put_u8(nlh, KLIPS_A_PROTO, IPPROTO_ESP);
	mnl_attr_nest_end(nlh, nest);
}

static void put_eroute(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, KLIPS_A_DROP_EROUTE);

	put_flow(nlh, AF_INET, "10.1.0.0", "10.2.0.0");
	mnl_attr_put_u8(nlh, KLIPS_A_SRC_PLEN, 24);
	mnl_attr_put_u8(nlh, KLIPS_A_DST_PLEN, 16);
	mnl_attr_put_u8(nlh, KLIPS_A_TARGET, KLIPS_TARGET_SA);
	put_said(nlh, 0x1001, "192.0.2.2");
	mnl_attr_nest_end(nlh, nest);
}

static void put_drop(struct nlmsghdr *nlh, uint64_t number, unsigned int reason)
{
	mnl_attr_put_u64(nlh, KLIPS_A_DROP_NUMBER, number);
	mnl_attr_put_u64(nlh, KLIPS_A_DROP_TIME, 1700000000123456789ULL);
	mnl_attr_put_u8(nlh, KLIPS_A_DROP_REASON, reason);
}

static struct genl_drop parsed(const struct nlmsghdr *nlh)
{
	struct genl_attrs attrs;
	struct genl_drop drop;

	genl_attrs_of(nlh, &attrs);
	genl_parse_drop(&attrs, &drop);
	return drop;
}

/* The line of @drop and its JSON are these. */
static void shows(const struct genl_drop *drop, const char *text, const char *json_text)
{
	char *line = NULL, *object = NULL;
	size_t n_line, n_object;
	FILE *out = open_memstream(&line, &n_line);
	struct json json;

	show_drop(out, drop);
	fclose(out);
	CHECK(!strcmp(line, text), "wanted %s got %s", text, line);
	out = open_memstream(&object, &n_object);
	json_start(&json, out);
	json_drop(&json, NULL, drop);
	json_finish(&json);
	fclose(out);
	CHECK(!strcmp(object, json_text), "wanted %s got %s", json_text, object);
	free(line);
	free(object);
}

static void test_whole(void)
{
	struct nlmsghdr *nlh = message();
	struct genl_drop drop;

	put_drop(nlh, 7, KLIPS_DROP_NO_SA);
	mnl_attr_put_strz(nlh, KLIPS_A_DEVICE, "ipsec0");
	put_flow(nlh, AF_INET, "10.1.0.2", "10.2.0.2");
	mnl_attr_put_u8(nlh, KLIPS_A_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(nlh, KLIPS_A_SPORT, htons(4000));
	mnl_attr_put_u16(nlh, KLIPS_A_DPORT, htons(53));
	put_eroute(nlh);
	put_said(nlh, 0x1002, "192.0.2.3");
	drop = parsed(nlh);
	shows(&drop, "2023-11-14 22:13:20.123456 ipsec0 out no_sa 10.1.0.2:4000 -> 10.2.0.2:53 udp, "
		     "eroute 10.1.0.0/24 -> 10.2.0.0/16 => esp0x1001@192.0.2.2, SA esp0x1002@192.0.2.3\n",
	      "{\"number\":7,\"time\":\"2023-11-14T22:13:20.123456Z\",\"device\":\"ipsec0\",\"direction\":\"out\","
	      "\"reason\":\"no_sa\",\"text\":\"the eroute's SA does not exist\","
	      "\"flow\":{\"family\":\"inet\",\"src\":\"10.1.0.2\",\"dst\":\"10.2.0.2\",\"proto\":17,"
	      "\"sport\":4000,\"dport\":53,\"fragment\":false},"
	      "\"eroute\":{\"family\":\"inet\",\"src\":\"10.1.0.0/24\",\"dst\":\"10.2.0.0/16\",\"proto\":0,"
	      "\"device\":null,\"target\":\"sa\",\"soft\":false,\"said\":\"esp0x1001@192.0.2.2\"},"
	      "\"said\":\"esp0x1002@192.0.2.3\"}\n");
	unit_done("drop_whole");
}

static void test_little(void)
{
	struct nlmsghdr *nlh = message();
	struct genl_drop drop;

	put_drop(nlh, 1, 200);
	mnl_attr_put(nlh, KLIPS_A_DROP_INBOUND, 0, NULL);
	drop = parsed(nlh);
	shows(&drop, "2023-11-14 22:13:20.123456 - in unknown\n",
	      "{\"number\":1,\"time\":\"2023-11-14T22:13:20.123456Z\",\"device\":null,\"direction\":\"in\","
	      "\"reason\":\"unknown\",\"text\":\"a reason newer than this program\",\"flow\":null,"
	      "\"eroute\":null,\"said\":null}\n");
	nlh = message();
	put_drop(nlh, 2, KLIPS_DROP_FRAGMENT);
	put_flow(nlh, AF_INET6, "2001:db8::1", "2001:db8::2");
	mnl_attr_put_u8(nlh, KLIPS_A_PROTO, IPPROTO_TCP);
	mnl_attr_put(nlh, KLIPS_A_DROP_FRAGMENT, 0, NULL);
	drop = parsed(nlh);
	CHECK(drop.has_flow && !drop.has_ports && drop.fragment, "fragment");
	CHECK(drop.src.family == AF_INET6, "family %d", drop.src.family);
	unit_done("drop_little");
}

/* An address that is not as long as its family, strings without an end, ports without addresses. */
static void test_malformed(void)
{
	struct nlmsghdr *nlh = message();
	struct genl_drop drop;

	put_drop(nlh, 3, KLIPS_DROP_NO_SA);
	put_flow(nlh, AF_INET6, "10.1.0.2", "10.2.0.2");
	mnl_attr_put_u16(nlh, KLIPS_A_SPORT, 1);
	mnl_attr_put_u16(nlh, KLIPS_A_DPORT, 1);
	mnl_attr_put(nlh, KLIPS_A_DEVICE, 3, "abc");
	mnl_attr_put(nlh, KLIPS_A_SAID, 3, "abc");
	mnl_attr_put(nlh, KLIPS_A_DROP_EROUTE, 0, NULL);
	drop = parsed(nlh);
	CHECK(!drop.has_flow && !drop.has_ports && !drop.has_said, "taken for good");
	CHECK(!drop.device[0], "device %s", drop.device);
	for (unsigned int i = 0; i < 20000; i++) {
		char line[1024];
		FILE *out = fmemopen(line, sizeof(line), "w");

		nlh = message();
		for (int n = random() % 12; n; n--) {
			char junk[64];

			for (size_t k = 0; k < sizeof(junk); k++)
				junk[k] = random();
			mnl_attr_put(nlh, random() % (KLIPS_A_MAX + 3), random() % 40, junk);
		}
		drop = parsed(nlh);
		show_drop(out, &drop);
		fclose(out);
	}
	unit_done("drop_malformed");
}

static void test_man(void)
{
	FILE *f = fopen("userland/man/ipsec_drops.8", "r");
	static char page[65536];
	size_t n = f ? fread(page, 1, sizeof(page) - 1, f) : 0;

	CHECK(n, "cannot read userland/man/ipsec_drops.8");
	if (f)
		fclose(f);
	for (int i = 0; i < __KLIPS_DROP_MAX; i++) {
		char want[160];

		snprintf(want, sizeof(want), "\n.It Li %s\n%s\n", drop_name(i), drop_text(i));
		CHECK(strstr(page, want), "the man page has not %s", want + 1);
		CHECK(drop_by_name(drop_name(i)) == i, "%s", drop_name(i));
	}
	CHECK(drop_by_name("nosuch") < 0 && drop_by_name("") < 0, "a name that is none");
	unit_done("drop_reasons");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_whole();
	test_little();
	test_malformed();
	test_man();
	return unit_status();
}
