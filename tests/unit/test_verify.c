// SPDX-License-Identifier: GPL-2.0
/* sources: userland/ipsec/nat_rules.c userland/ipsec/xfrm_flows.c userland/ipsec/capture.c userland/lib/nl.c userland/lib/conf.c userland/lib/conf_wrong.c userland/lib/conf_family.c userland/lib/conf_closed.c userland/lib/conf_source.c userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_setup.c userland/lib/conf_pool.c userland/lib/conf_auth.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/protoport.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c */
/* libs: -lmnl */
/* What "ipsec verify" reads: rules of NAT, policies of XFRM, other programs. */
#include <arpa/inet.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "nat_rules.h"
#include "unit.h"
#include "xfrm_flows.h"

/* ---- NAT ---- */

struct seen {
	unsigned int n;
	struct nat_rule rule[8];
};

static void keep(void *ctx, const struct nat_rule *rule)
{
	struct seen *s = ctx;

	if (s->n < 8)
		s->rule[s->n] = *rule;
	s->n++;
}

static void nft(void)
{
	static const char ruleset[] =
		"table inet gateway {\n\tchain post {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		"\t\tmeta mark 0x00000010 accept\n\t\toifname \"eth0\" masquerade\n"
		"\t\tip saddr 10.5.0.0/24 oifname \"ipsec0\" snat ip to 10.1.0.1\n"
		"\t\toifname { \"eth0\", \"ppp*\" } counter packets 0 bytes 0 masquerade\n"
		"\t\toifname != \"ipsec0\" masquerade\n\t\tmasquerade\n\t\tip saddr != 10.1.0.0/24 masquerade\n\t}\n}\n"
		"table ip other {\n\tchain c { }\n}\n";
	struct seen s = { 0 };

	nat_rules_nft(ruleset, keep, &s);
	CHECK(s.n == 6, "%u rules", s.n);
	CHECK(nat_rule_meets(&s.rule[0], "eth0") && !nat_rule_meets(&s.rule[0], "ipsec0"), "masquerade on eth0");
	CHECK(nat_rule_meets(&s.rule[1], "ipsec0") && s.rule[1].saddr.plen == 24, "snat on ipsec0");
	CHECK(nat_rule_meets(&s.rule[2], "ppp3") && !nat_rule_meets(&s.rule[2], "ipsec0"), "a set with a pattern");
	CHECK(nat_rule_meets(&s.rule[3], "eth0") && !nat_rule_meets(&s.rule[3], "ipsec0"), "not ipsec0");
	CHECK(nat_rule_meets(&s.rule[4], "ipsec0") && !s.rule[4].saddr.addr.family, "everywhere");
	CHECK(nat_rule_meets(&s.rule[5], "ipsec0") && !s.rule[5].saddr.addr.family, "not from a subnet: from any");
	CHECK(!strcmp(s.rule[0].text, "oifname \"eth0\" masquerade"), "shown as '%s'", s.rule[0].text);
	unit_done("verify: nft rules");
}

static void iptables(void)
{
	static const char saved[] =
		"*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.1.0.0/24 -o eth0 -j MASQUERADE\n"
		"-A POSTROUTING -j MASQUERADE\n-A POSTROUTING ! -o ipsec+ -j SNAT --to-source 1.2.3.4\n"
		"-A PREROUTING -i eth0 -j DNAT --to-destination 10.1.0.2\nCOMMIT\n";
	struct seen s = { 0 };

	nat_rules_iptables(saved, keep, &s);
	CHECK(s.n == 3, "%u rules", s.n);
	CHECK(!nat_rule_meets(&s.rule[0], "ipsec0") && s.rule[0].saddr.addr.family == AF_INET, "eth0");
	CHECK(nat_rule_meets(&s.rule[1], "ipsec0"), "everywhere");
	CHECK(!nat_rule_meets(&s.rule[2], "ipsec0") && nat_rule_meets(&s.rule[2], "eth1"), "not ipsec+");
	unit_done("verify: iptables rules");
}

/* Whatever stands there. */
static void odd_rules(void)
{
	static const char * const odd[] = {
		"", "\n\n", "oifname", "oifname { masquerade", "oifname != masquerade", "saddr masquerade", "masquerade saddr", "-A", "-A x -o",
		"oifname { \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\" } masquerade",
		"oifname \"a-name-of-more-than-fifteen-bytes\" masquerade", "-A POSTROUTING -s nonsense -j MASQUERADE -j",
	};
	struct seen s = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		nat_rules_nft(odd[i], keep, &s);
		nat_rules_iptables(odd[i], keep, &s);
	}
	text = malloc(5001);
	memset(text, 'm', 5000);
	text[5000] = '\0';
	for (i = 0; i < 5000; i += 11)
		text[i] = ' ';
	nat_rules_nft(text, keep, &s);
	for (i = 0; i < 5000; i += 900)
		text[i] = '\n';
	nat_rules_nft(text, keep, &s);
	free(text);
	unit_done("verify: rules that are none");
}

/* ---- XFRM ---- */

static struct conf conf;
static char path[] = "/tmp/test_verify.XXXXXX";

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	CHECK(!error, "%s", text);
}

static void load(const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	conf_free(&conf);
	conf_load(&conf, path, report, NULL);
}

static struct xfrm_flow flow_of(const char *src, const char *dst, uint8_t proto, uint16_t dport)
{
	struct xfrm_flow f = { .proto = proto, .dport = dport, .ipsec = IPPROTO_ESP };

	subnet_parse(src, AF_UNSPEC, &f.src);
	subnet_parse(dst, AF_UNSPEC, &f.dst);
	return f;
}

static void covered(const char *src, const char *dst, uint8_t proto, uint16_t dport, enum xfrm_cover want, const char *by)
{
	struct xfrm_flow f = flow_of(src, dst, proto, dport);
	const struct conf_conn *conn;
	enum xfrm_cover got = xfrm_flow_cover(&f, &conf, &conn);

	CHECK(got == want && (by ? conn && !strcmp(conn->name, by) : !conn), "%s -> %s %u %u: %d by %s", src, dst, proto, dport,
	      got, conn ? conn->name : "none");
}

static void cover(void)
{
	load("conn %default\n authby=secret\n"
	     "conn net\n left=192.0.2.1\n right=192.0.2.2\n leftsubnet=10.1.0.0/16\n rightsubnet=10.2.0.0/16\n auto=route\n"
	     "conn tcp\n left=192.0.2.1\n right=192.0.2.3\n leftprotoport=tcp\n rightprotoport=tcp/80\n auto=add\n"
	     "conn road\n left=192.0.2.1\n right=%any\n auto=add\n"
	     "conn clear\n authby=never\n type=passthrough\n left=192.0.2.1\n right=192.0.2.9\n auto=route\n");
	covered("10.1.0.0/16", "10.2.0.0/16", 0, 0, XFRM_WHOLE, "net");
	covered("10.2.3.0/24", "10.1.0.0/16", 6, 80, XFRM_WHOLE, "net");
	covered("10.0.0.0/8", "10.2.0.0/16", 0, 0, XFRM_PART, "net");
	covered("10.1.0.0/16", "10.3.0.0/16", 0, 0, XFRM_NOT, NULL);
	covered("192.0.2.1/32", "192.0.2.3/32", 6, 80, XFRM_WHOLE, "tcp");
	covered("192.0.2.1/32", "192.0.2.3/32", 6, 0, XFRM_PART, "tcp");
	covered("192.0.2.1/32", "192.0.2.3/32", 0, 0, XFRM_PART, "tcp");
	covered("192.0.2.1/32", "192.0.2.3/32", 17, 80, XFRM_NOT, NULL);
	covered("192.0.2.1/32", "192.0.2.9/32", 0, 0, XFRM_NOT, NULL);
	covered("2001:db8::/32", "2001:db8:1::/48", 0, 0, XFRM_NOT, NULL);
	conf_free(&conf);
	unit_done("verify: which conn would protect what XFRM does");
}

static struct nlmsghdr *policy(char *buf, uint8_t dir, uint8_t action, bool tmpl)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_userpolicy_info *p;
	struct xfrm_user_tmpl t = { .family = AF_INET, .mode = XFRM_MODE_TUNNEL };

	nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
	p = mnl_nlmsg_put_extra_header(nlh, sizeof(*p));
	memset(p, 0, sizeof(*p));
	p->sel.family = AF_INET;
	inet_pton(AF_INET, "10.1.0.0", &p->sel.saddr);
	inet_pton(AF_INET, "10.2.0.0", &p->sel.daddr);
	p->sel.prefixlen_s = 16;
	p->sel.prefixlen_d = 24;
	p->sel.proto = 6;
	p->sel.dport = htons(80);
	p->sel.dport_mask = 0xffff;
	p->dir = dir;
	p->action = action;
	t.id.proto = IPPROTO_ESP;
	inet_pton(AF_INET, "192.0.2.1", &t.saddr);
	inet_pton(AF_INET, "192.0.2.2", &t.id.daddr);
	if (tmpl)
		mnl_attr_put(nlh, XFRMA_TMPL, sizeof(t), &t);
	return nlh;
}

static void parse(void)
{
	char buf[NL_REQ], text[ADDR_TEXT];
	struct nlmsghdr *nlh = policy(buf, XFRM_POLICY_OUT, XFRM_POLICY_ALLOW, true);
	struct xfrm_userpolicy_info *p = mnl_nlmsg_get_payload(nlh);
	struct xfrm_flow f;
	uint32_t len;

	CHECK(xfrm_flow_parse(nlh, &f) && f.src.plen == 16 && f.dst.plen == 24 && f.proto == 6 && f.dport == 80 && !f.sport &&
	      f.ipsec == IPPROTO_ESP && f.tunnel && !f.blocked, "a policy");
	CHECK(!strcmp(addr_format(&f.remote, text), "192.0.2.2"), "to %s", text);
	p->sel.prefixlen_s = 33;
	CHECK(!xfrm_flow_parse(nlh, &f), "a prefix of 33 bits");
	p->sel.prefixlen_s = 16;
	p->sel.family = 99;
	CHECK(!xfrm_flow_parse(nlh, &f), "family 99");
	p->sel.family = AF_INET;
	for (len = NLMSG_HDRLEN; len < nlh->nlmsg_len; len += 4) {
		struct nlmsghdr *cut = malloc(len);

		memcpy(cut, nlh, len);
		cut->nlmsg_len = len;
		CHECK(!xfrm_flow_parse(cut, &f), "%u bytes of it", len);
		free(cut);
	}
	CHECK(!xfrm_flow_parse(policy(buf, XFRM_POLICY_IN, XFRM_POLICY_ALLOW, true), &f), "inbound");
	CHECK(!xfrm_flow_parse(policy(buf, XFRM_POLICY_OUT, XFRM_POLICY_ALLOW, false), &f), "one that lets out in the clear");
	CHECK(xfrm_flow_parse(policy(buf, XFRM_POLICY_OUT, XFRM_POLICY_BLOCK, false), &f) && f.blocked, "one that drops");
	unit_done("verify: policies of XFRM");
}

/* ---- other programs ---- */

static void programs(void)
{
	char *echo[] = { "sh", "-c", "echo out; echo err >&2; exit 3", NULL }, *slow[] = { "sleep", "60", NULL };
	char *nothing[] = { "/nonexistent", NULL }, *endless[] = { "yes", NULL };
	time_t before = time(NULL);
	int status = 0;
	char *text = capture(echo, 30, &status);

	CHECK(text && !strcmp(text, "out\nerr\n") && status == 3, "'%s' and status %d", text ? text : "nothing", status);
	free(text);
	text = capture(slow, 1, &status);
	CHECK(status == -1 && time(NULL) - before < 20, "a slow one was waited for");
	free(text);
	CHECK(!capture(nothing, 5, &status), "one that is not there says something");
	text = capture(endless, 30, &status);
	CHECK(text && strlen(text) <= 8 << 20 && strlen(text) > 1 << 20, "one that never ends: %zu bytes", text ? strlen(text) : 0);
	free(text);
	CHECK(file_number("/proc/sys/nosuch", 7) == 7, "a number that is not there");
	CHECK(!file_text("/proc/nosuch"), "a file that is not there");
	CHECK(!module_loaded("") && !module_loaded("nosuchmodule"), "a module that is not there");
	unit_done("verify: what other programs say");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	nft();
	iptables();
	odd_rules();
	cover();
	parse();
	programs();
	unlink(path);
	return unit_status();
}
