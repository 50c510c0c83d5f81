// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/flows.c userland/lib/conf_pool.c userland/lib/pfkey_acquire.c userland/lib/pfkey_msg.c userland/lib/addr.c userland/lib/said.c userland/lib/subnet.c userland/lib/value.c */
/* ACQUIRE as the kernel writes it, whose it is, and who has an eroute when several want it. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "flows.h"
#include "unit.h"

/* ---- a kernel with one table; replacing is the only way in ---- */

static struct {
	struct flow_sel sel;
	char device[16];
	enum klips_target target;
	uint32_t spi;
	bool used;
} table[8];
static int refuses_sa;			/* errno with which SAs are not taken, 0: they are */
static unsigned int dels, adds;

static bool same(int i, const struct flow_sel *sel)
{
	return table[i].used && !strcmp(table[i].device, sel->device) && subnet_equal(&table[i].sel.src, &sel->src) &&
	       subnet_equal(&table[i].sel.dst, &sel->dst) && table[i].sel.dport == sel->dport;
}

static int at(const struct flow_sel *sel)
{
	int i, empty = -1;

	for (i = 0; i < 8; i++) {
		if (same(i, sel))
			return i;
		if (!table[i].used)
			empty = i;
	}
	return empty;
}

int flow_add(struct pfkey *pk, const struct flow_sel *sel, enum klips_target target, const struct said *said, bool replace)
{
	int i = at(sel);

	(void)pk;
	CHECK(replace, "an eroute is added without replacing: there would be none for a moment");
	if (target == KLIPS_TARGET_SA && refuses_sa)
		return refuses_sa;
	table[i].used = true;
	table[i].sel = *sel;
	strcpy(table[i].device, sel->device);
	table[i].target = target;
	table[i].spi = target == KLIPS_TARGET_SA ? said->spi : 0;
	adds++;
	return 0;
}

int flow_del(struct pfkey *pk, const struct flow_sel *sel)
{
	int i = at(sel);

	(void)pk;
	CHECK(table[i].used, "an eroute is removed that is not there");
	table[i].used = false;
	dels++;
	return 0;
}

static struct flow_sel sel_of(const char *src, const char *dst, in_port_t dport, const char *device)
{
	struct flow_sel s = { .device = device };

	CHECK(!subnet_parse(src, AF_UNSPEC, &s.src) && !subnet_parse(dst, AF_UNSPEC, &s.dst), "%s %s", src, dst);
	if (dport) {
		s.proto = IPPROTO_TCP;
		s.dport = htons(dport);
		s.dport_mask = 0xffff;
	}
	return s;
}

static void has(const struct flow_sel *sel, enum klips_target target, uint32_t spi, const char *when)
{
	int i = at(sel);

	CHECK(i >= 0 && table[i].used && table[i].target == target && table[i].spi == spi, "%s: target %d spi %u, not %d %u",
	      when, table[i].used ? (int)table[i].target : -1, table[i].spi, target, spi);
}

static struct said sa(uint32_t spi)
{
	return (struct said){ .spi = spi, .proto = IPPROTO_ESP };
}

/* What was in the table before the first claim. */
static void test_adopted(void)
{
	struct flow_sel s = sel_of("10.3.0.0/24", "10.4.0.0/24", 0, "ipsec0");
	struct said old = sa(7), new = sa(8);
	unsigned int before;

	CHECK(!flow_add(NULL, &s, KLIPS_TARGET_SA, &old, true), "of an earlier life");
	before = adds;
	CHECK(!flow_adopt(&s, "wide", 100, &old), "adopt");
	CHECK(flow_adopt(&s, "b", 101, &old) == -EEXIST, "a second one adopts it");
	flow_rename(&s, "wide", 100, "a");
	CHECK(!strcmp(flow_owner(&s), "a"), "the narrower conn's");
	CHECK(!flow_claim(NULL, &s, "a", 0, KLIPS_TARGET_TRAP, NULL), "routed below it");
	CHECK(adds == before && !dels, "adopting changed the table");
	has(&s, KLIPS_TARGET_SA, 7, "adopted");
	CHECK(!flow_claim(NULL, &s, "a", 1, KLIPS_TARGET_SA, &new), "it comes up");
	has(&s, KLIPS_TARGET_SA, 8, "taken over");
	flow_release(NULL, &s, "a", 100);
	has(&s, KLIPS_TARGET_SA, 8, "the adopted one goes");
	flow_release(NULL, &s, "a", 1);
	has(&s, KLIPS_TARGET_TRAP, 0, "down");
	flow_release(NULL, &s, "a", 0);
	CHECK(dels == 1, "the last one goes");
	/* Its lifetime ends before anything else came. */
	flow_add(NULL, &s, KLIPS_TARGET_SA, &old, true);
	flow_adopt(&s, "a", 102, &old);
	flow_claim(NULL, &s, "a", 0, KLIPS_TARGET_TRAP, NULL);
	flow_release(NULL, &s, "a", 102);
	has(&s, KLIPS_TARGET_TRAP, 0, "expired");
	flow_release(NULL, &s, "a", 0);
	/* Forgetting is no end. */
	flow_add(NULL, &s, KLIPS_TARGET_SA, &old, true);
	flow_adopt(&s, "a", 103, &old);
	flow_forget(&s, "a", 103);
	has(&s, KLIPS_TARGET_SA, 7, "forgotten");
	CHECK(!flow_owner(&s), "forgotten, and still somebody's");
	flow_del(NULL, &s);
	dels = 0;
	unit_done("flows/adopted");
}

static void test_claims(void)
{
	struct flow_sel s = sel_of("10.1.0.0/24", "10.2.0.0/24", 0, "ipsec0");
	struct flow_sel other = sel_of("10.1.0.0/24", "10.2.0.0/24", 0, "ipsec1");
	struct said one = sa(1), two = sa(2);

	CHECK(!flow_claim(NULL, &s, "a", 0, KLIPS_TARGET_TRAP, NULL), "trap");
	has(&s, KLIPS_TARGET_TRAP, 0, "routed");
	CHECK(!strcmp(flow_owner(&s), "a") && !flow_owner(&other), "owner");
	CHECK(flow_claim(NULL, &s, "b", 0, KLIPS_TARGET_TRAP, NULL) == -EEXIST, "a second conn");
	CHECK(flow_claim(NULL, &s, "b", 9, KLIPS_TARGET_SA, &one) == -EEXIST, "a second conn's tunnel");
	CHECK(!flow_claim(NULL, &other, "b", 0, KLIPS_TARGET_PASS, NULL), "the same on another device");
	CHECK(!flow_claim(NULL, &s, "A", 1, KLIPS_TARGET_SA, &one), "tunnel");
	has(&s, KLIPS_TARGET_SA, 1, "up");
	CHECK(!flow_claim(NULL, &s, "a", 2, KLIPS_TARGET_SA, &two), "the next tunnel");
	has(&s, KLIPS_TARGET_SA, 2, "taken over");
	CHECK(!flow_claim(NULL, &s, "a", 0, KLIPS_TARGET_DROP, NULL), "a shunt below");
	has(&s, KLIPS_TARGET_SA, 2, "a shunt below");
	flow_release(NULL, &s, "a", 1);
	has(&s, KLIPS_TARGET_SA, 2, "the old tunnel ends");
	flow_release(NULL, &s, "a", 2);
	has(&s, KLIPS_TARGET_DROP, 0, "down");
	CHECK(!flow_claim(NULL, &s, "a", 0, KLIPS_TARGET_TRAP, NULL), "trap again");
	has(&s, KLIPS_TARGET_TRAP, 0, "trap again");
	CHECK(!dels, "%u eroutes were removed in between", dels);
	/* A tunnel that fails to come up, and one whose older one's SA is gone. */
	refuses_sa = -ESRCH;
	CHECK(flow_claim(NULL, &s, "a", 3, KLIPS_TARGET_SA, &one) == -ESRCH, "an SA that is not there");
	has(&s, KLIPS_TARGET_TRAP, 0, "after that");
	refuses_sa = 0;
	flow_claim(NULL, &s, "a", 4, KLIPS_TARGET_SA, &one);
	flow_release(NULL, &s, "a", 0);
	has(&s, KLIPS_TARGET_SA, 1, "unrouted below the tunnel");
	flow_claim(NULL, &s, "a", 5, KLIPS_TARGET_SA, &two);
	refuses_sa = -ESRCH;
	flow_release(NULL, &s, "a", 5);
	CHECK(dels == 1 && !table[at(&s)].used, "an eroute without an SA stays");
	refuses_sa = 0;
	flow_release(NULL, &s, "a", 4);
	flow_release(NULL, &s, "a", 4);
	/* The trap comes back even so. */
	flow_claim(NULL, &s, "a", 0, KLIPS_TARGET_TRAP, NULL);
	flow_claim(NULL, &s, "a", 6, KLIPS_TARGET_SA, &one);
	flow_claim(NULL, &s, "a", 7, KLIPS_TARGET_SA, &two);
	refuses_sa = -ESRCH;
	flow_release(NULL, &s, "a", 7);
	has(&s, KLIPS_TARGET_TRAP, 0, "the older tunnel has no SA");
	refuses_sa = 0;
	flow_release(NULL, &s, "a", 6);
	has(&s, KLIPS_TARGET_TRAP, 0, "and ends");
	flow_release(NULL, &s, "a", 0);
	flow_release(NULL, &other, "b", 0);
	CHECK(dels == 3, "%u removed", dels);
	unit_done("flows/claims");
}

/* ---- ACQUIRE ---- */

struct acq {
	const char *src, *dst;
	uint8_t plen, proto, flags;
	in_port_t sport, dport;
	const char *trap_src, *trap_dst;	/* NULL: the message says none */
	uint8_t trap_proto;
	in_port_t trap_dport, mask;
	const char *device;
	uint32_t seq;
	uint8_t type;
};

static const struct acq plain = {
	.src = "10.1.0.7", .dst = "10.2.0.9", .plen = 32, .proto = 6, .sport = 40000, .dport = 80,
	.trap_src = "10.1.0.0/24", .trap_dst = "10.2.0.0/24", .device = "ipsec0", .seq = 77, .type = SADB_ACQUIRE,
};

static void put_host(struct pfkey_msg *msg, uint16_t type, const char *text, const struct acq *q, in_port_t port)
{
	struct ip_addr addr;

	CHECK(!addr_parse(text, AF_UNSPEC, &addr), "%s", text);
	pfkey_put_address(msg, type, &addr, q->plen, q->proto, htons(port));
}

static void put_net(struct pfkey_msg *msg, uint16_t type, const char *text, const struct acq *q, in_port_t port)
{
	struct subnet net;

	CHECK(!subnet_parse(text, AF_UNSPEC, &net), "%s", text);
	pfkey_put_address(msg, type, &net.addr, net.plen, q->trap_proto, htons(port));
}

static const char *parse(const struct acq *q, struct pfkey_acquire *a)
{
	static struct pfkey_msg msg;
	struct klips_ext_trap trap = { .len = 1, .type = KLIPS_EXT_TRAP, .target = KLIPS_TARGET_TRAP, .flags = q->flags };
	struct pfkey_view view;
	const char *wrong;

	pfkey_begin(&msg, q->type, SADB_SATYPE_ESP);
	put_host(&msg, SADB_EXT_ADDRESS_SRC, q->src, q, q->sport);
	put_host(&msg, SADB_EXT_ADDRESS_DST, q->dst, q, q->dport);
	memcpy(msg.bytes + msg.len, &trap, sizeof(trap));
	msg.len += sizeof(trap);
	if (q->trap_src)
		put_net(&msg, KLIPS_EXT_TRAP_SRC, q->trap_src, q, 0);
	if (q->trap_dst)
		put_net(&msg, KLIPS_EXT_TRAP_DST, q->trap_dst, q, q->trap_dport);
	if (q->mask)
		pfkey_put_portmask(&msg, 0, htons(q->mask));
	if (q->device)
		pfkey_put_device(&msg, q->device);
	msg.hdr.sadb_msg_seq = q->seq;
	msg.hdr.sadb_msg_len = msg.len / 8;
	wrong = pfkey_parse(msg.bytes, msg.len, &view);
	CHECK(!wrong, "%s", wrong);
	return pfkey_get_acquire(&view, a);
}

static void test_parse(void)
{
	struct acq q = plain;
	struct pfkey_acquire a;
	char text[SUBNET_TEXT];

	CHECK(!parse(&q, &a) && a.seq == 77 && !a.fragment && a.has_trap && !strcmp(a.device, "ipsec0"), "plain");
	CHECK(!strcmp(subnet_format(&a.packet.src, text), "10.1.0.7/32") && a.packet.proto == 6 &&
	      a.packet.sport == htons(40000) && a.packet.dport == htons(80), "packet");
	CHECK(!strcmp(subnet_format(&a.trap.dst, text), "10.2.0.0/24") && !a.trap.proto && !a.trap.dport_mask, "trap");
	q.flags = KLIPS_TRAP_FRAGMENT;
	q.trap_proto = 6;
	q.trap_dport = 80;
	CHECK(!parse(&q, &a) && a.fragment && a.trap.proto == 6 && a.trap.dport_mask == 0xffff && !a.trap.sport_mask, "ports");
	q.mask = 0xff00;
	CHECK(!parse(&q, &a) && a.trap.dport_mask == htons(0xff00), "mask");
	q = plain;
	q.trap_src = q.trap_dst = q.device = NULL;
	CHECK(!parse(&q, &a) && !a.has_trap && !a.device[0], "without a trap");
	q.trap_src = "10.1.0.0/24";
	CHECK(parse(&q, &a), "half a trap");
	q = plain;
	q.trap_dst = "2001:db8::/32";
	CHECK(parse(&q, &a), "a trap of two families");
	q = plain;
	q.dst = "2001:db8::1";
	CHECK(parse(&q, &a), "a packet of two families");
	q = plain;
	q.plen = 24;
	CHECK(parse(&q, &a), "a packet that is a net");
	q = plain;
	q.seq = 0;
	CHECK(parse(&q, &a), "number 0");
	q = plain;
	q.type = SADB_EXPIRE;
	CHECK(parse(&q, &a), "another message");
	q = plain;
	q.src = "2001:db8::7";
	q.dst = "2001:db8::9";
	q.plen = 128;
	q.trap_src = q.trap_dst = "2001:db8::/32";
	CHECK(!parse(&q, &a) && a.has_trap, "IPv6");
	unit_done("flows/parse");
}

static void asked(const struct acq *q, const char *conn, const char *what)
{
	struct pfkey_acquire a;
	const char *got;

	CHECK(!parse(q, &a), "%s", what);
	got = flow_asked(&a);
	CHECK(!got == !conn && (!got || !strcmp(got, conn)), "%s: %s, not %s", what, got ? got : "nobody", conn ? conn : "nobody");
}

static void test_asked(void)
{
	struct flow_sel net = sel_of("10.1.0.0/24", "10.2.0.0/24", 0, "ipsec0");
	struct flow_sel web = sel_of("10.1.0.0/24", "10.2.0.0/24", 80, "ipsec0");
	struct flow_sel wide = sel_of("10.0.0.0/8", "10.2.0.0/16", 0, "ipsec0");
	struct flow_sel second = sel_of("10.1.0.0/24", "10.2.0.0/24", 0, "ipsec1");
	struct acq q = plain;

	asked(&q, NULL, "nothing is routed");
	flow_claim(NULL, &wide, "wide", 0, KLIPS_TARGET_TRAP, NULL);
	flow_claim(NULL, &net, "net", 0, KLIPS_TARGET_TRAP, NULL);
	flow_claim(NULL, &web, "web", 0, KLIPS_TARGET_TRAP, NULL);
	flow_claim(NULL, &second, "second", 0, KLIPS_TARGET_TRAP, NULL);
	asked(&q, "net", "the trap says whose it is");
	q.device = "ipsec1";
	asked(&q, "second", "the device says whose it is");
	q.device = "ipsec2";
	asked(&q, NULL, "another device");
	q = plain;
	q.trap_proto = 6;
	q.trap_dport = 80;
	asked(&q, "web", "a trap with ports");
	q.trap_src = q.trap_dst = NULL;
	q.trap_proto = 0;
	asked(&q, "web", "the narrowest that fits");
	q.dport = 81;
	asked(&q, "net", "another port");
	q.flags = KLIPS_TRAP_FRAGMENT;
	asked(&q, "web", "a fragment may be of any port");
	q.flags = 0;
	q.src = "10.9.0.1";
	asked(&q, "wide", "only the wide one fits");
	q.dst = "10.3.0.1";
	asked(&q, NULL, "none fits");
	q = plain;
	q.trap_src = "10.1.0.0/16";
	asked(&q, "web", "somebody else's trap");
	flow_release(NULL, &web, "web", 0);
	flow_release(NULL, &net, "net", 0);
	flow_release(NULL, &wide, "wide", 0);
	asked(&q, NULL, "unrouted");
	unit_done("flows/asked");
}

/* Of the functions that nothing here calls. */
int pfkey_send(struct pfkey *pk, struct pfkey_msg *msg)
{
	(void)pk;
	CHECK(msg->hdr.sadb_msg_type == SADB_ACQUIRE && msg->hdr.sadb_msg_errno == EACCES && msg->hdr.sadb_msg_seq == 9 &&
	      msg->len == sizeof(msg->hdr), "the refusal is another message");
	return 0;
}

int main(void)
{
	struct pfkey pk = { 0 };

	test_adopted();
	test_claims();
	test_parse();
	test_asked();
	CHECK(!pfkey_refuse(&pk, 9, EACCES), "refuse");
	unit_done("flows/refuse");
	return unit_status();
}
