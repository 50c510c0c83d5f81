// SPDX-License-Identifier: GPL-2.0
/* Attributes of family klips into plain structs. */
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "genl_parse.h"

static void keep(struct genl_attrs *attrs, const struct nlattr *attr)
{
	unsigned int type = mnl_attr_get_type(attr);

	if (type <= KLIPS_A_MAX && !attrs->a[type])
		attrs->a[type] = attr;
}

void genl_attrs_of(const struct nlmsghdr *nlh, struct genl_attrs *attrs)
{
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	attrs->nlh = nlh;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		keep(attrs, attr);
}

static bool nested(const struct nlattr *nest, struct genl_attrs *attrs)
{
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	if (!nest)
		return false;
	mnl_attr_for_each_nested(attr, nest)
		keep(attrs, attr);
	return true;
}

/* An integer of any width. */
static uint64_t number(const struct nlattr *attr)
{
	switch (attr ? mnl_attr_get_payload_len(attr) : 0) {
	case 1: return mnl_attr_get_u8(attr);
	case 2: return mnl_attr_get_u16(attr);
	case 4: return mnl_attr_get_u32(attr);
	case 8: return mnl_attr_get_u64(attr);
	default: return 0;
	}
}

static uint64_t num(const struct genl_attrs *attrs, unsigned int type)
{
	return number(attrs->a[type]);
}

uint64_t genl_get_number(const struct genl_attrs *attrs, unsigned int type)
{
	return num(attrs, type);
}

void genl_get_string(const struct genl_attrs *attrs, unsigned int type, char *buf,
		     size_t size)
{
	const struct nlattr *attr = attrs->a[type];

	buf[0] = '\0';
	if (attr && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		snprintf(buf, size, "%s", mnl_attr_get_str(attr));
}

/* An address of @family; none where it is absent or has another length. */
static void get_addr(const struct genl_attrs *attrs, unsigned int type,
		     int family, struct ip_addr *addr)
{
	const struct nlattr *attr = attrs->a[type];

	memset(addr, 0, sizeof(*addr));
	if (attr)
		addr_from_bytes(addr, family, mnl_attr_get_payload(attr),
				mnl_attr_get_payload_len(attr));
}

static void get_said(const struct nlattr *nest, struct said *said)
{
	struct genl_attrs a;

	memset(said, 0, sizeof(*said));
	if (!nested(nest, &a))
		return;
	get_addr(&a, KLIPS_A_DST, num(&a, KLIPS_A_FAMILY), &said->dst);
	said->spi = num(&a, KLIPS_A_SPI);
	said->proto = num(&a, KLIPS_A_PROTO);
}

static void get_drops(const struct nlattr *nest, uint64_t drops[__KLIPS_DROP_MAX])
{
	const struct nlattr *attr;

	memset(drops, 0, sizeof(uint64_t) * __KLIPS_DROP_MAX);
	if (!nest)
		return;
	mnl_attr_for_each_nested(attr, nest) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type >= 1 && type <= __KLIPS_DROP_MAX)
			drops[type - 1] = number(attr);
	}
}

static void get_selector(const struct genl_attrs *a, struct genl_eroute *er)
{
	int family = num(a, KLIPS_A_FAMILY);
	struct ip_addr addr;

	get_addr(a, KLIPS_A_SRC, family, &addr);
	if (!addr.family)
		addr = addr_any(family);
	subnet_set(&er->src, &addr, num(a, KLIPS_A_SRC_PLEN));
	get_addr(a, KLIPS_A_DST, family, &addr);
	if (!addr.family)
		addr = addr_any(family);
	subnet_set(&er->dst, &addr, num(a, KLIPS_A_DST_PLEN));
	er->proto = num(a, KLIPS_A_PROTO);
	er->sport = num(a, KLIPS_A_SPORT);
	er->dport = num(a, KLIPS_A_DPORT);
	er->sport_mask = num(a, KLIPS_A_SPORT_MASK);
	er->dport_mask = num(a, KLIPS_A_DPORT_MASK);
	genl_get_string(a, KLIPS_A_DEVICE, er->device, sizeof(er->device));
}

void genl_parse_eroute(const struct genl_attrs *a, struct genl_eroute *er)
{
	memset(er, 0, sizeof(*er));
	get_selector(a, er);
	er->target = num(a, KLIPS_A_TARGET);
	if (er->target == KLIPS_TARGET_SA)
		get_said(a->a[KLIPS_A_SAID], &er->said);
	else
		er->said = said_of_target(er->target, er->src.addr.family);
	er->soft = a->a[KLIPS_A_SOFT];
	er->packets = num(a, KLIPS_A_PACKETS);
	er->bytes = num(a, KLIPS_A_BYTES);
	er->used = a->a[KLIPS_A_IDLE];
	er->idle = num(a, KLIPS_A_IDLE);
}

void genl_parse_hold(const struct genl_attrs *a, struct genl_hold *hold)
{
	struct genl_attrs parent;

	memset(hold, 0, sizeof(*hold));
	genl_parse_eroute(a, &hold->eroute);
	if (nested(a->a[KLIPS_A_HOLD_PARENT], &parent))
		get_selector(&parent, &hold->parent);
	hold->state = num(a, KLIPS_A_HOLD_STATE);
	hold->held = num(a, KLIPS_A_HELD);
	hold->bytes = num(a, KLIPS_A_BYTES);
	hold->age_ms = num(a, KLIPS_A_HOLD_AGE);
	hold->asked = num(a, KLIPS_A_HOLD_ASKED);
	hold->seq = num(a, KLIPS_A_HOLD_SEQ);
}

void genl_parse_closed(const struct genl_attrs *a, struct genl_closed *closed)
{
	struct ip_addr addr;

	memset(closed, 0, sizeof(*closed));
	get_addr(a, KLIPS_A_DST, num(a, KLIPS_A_FAMILY), &addr);
	subnet_set(&closed->net, &addr, num(a, KLIPS_A_DST_PLEN));
	closed->packets = num(a, KLIPS_A_PACKETS);
	closed->bytes = num(a, KLIPS_A_BYTES);
}

void genl_parse_hold_sums(const struct genl_attrs *a, struct genl_hold_sums *sums)
{
	const struct nlattr *nest = a->a[KLIPS_A_HOLDS_COUNTS], *attr;

	memset(sums, 0, sizeof(*sums));
	sums->holds = num(a, KLIPS_A_HOLDS);
	sums->sources = num(a, KLIPS_A_HOLDS_SOURCES);
	sums->waiting = num(a, KLIPS_A_HOLDS_WAITING);
	sums->holds_max = num(a, KLIPS_A_HOLDS_MAX);
	sums->holds_bytes_max = num(a, KLIPS_A_HOLDS_BYTES_MAX);
	sums->bytes = num(a, KLIPS_A_BYTES);
	if (!nest)
		return;
	mnl_attr_for_each_nested(attr, nest) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type >= 1 && type <= __KLIPS_HOLD_COUNT_MAX)
			sums->counts[type - 1] = number(attr);
	}
}

static void get_limits(const struct nlattr *nest, struct genl_limits *l)
{
	struct genl_attrs a;

	nested(nest, &a);
	l->bytes = num(&a, KLIPS_A_LIFE_BYTES);
	l->packets = num(&a, KLIPS_A_LIFE_PACKETS);
	l->addtime = num(&a, KLIPS_A_LIFE_ADDTIME);
	l->usetime = num(&a, KLIPS_A_LIFE_USETIME);
}

static void get_encap(const struct nlattr *nest, int family, struct sa_encap *encap)
{
	struct genl_attrs a;

	if (!nested(nest, &a))
		return;
	encap->type = num(&a, KLIPS_A_ENCAP_TYPE);
	encap->sport = num(&a, KLIPS_A_SPORT);
	encap->dport = num(&a, KLIPS_A_DPORT);
	get_addr(&a, KLIPS_A_ENCAP_OA_SRC, family, &encap->oa_src);
	get_addr(&a, KLIPS_A_ENCAP_OA_DST, family, &encap->oa_dst);
	encap->keepalive = num(&a, KLIPS_A_ENCAP_KEEPALIVE);
}

static void get_group(const struct genl_attrs *a, struct genl_sa *sa)
{
	const struct nlattr *nest = a->a[KLIPS_A_SA_GROUP], *attr;

	if (!nest)
		return;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) != KLIPS_A_SAID ||
		    sa->members == SA_GROUP_MAX)
			continue;
		get_said(attr, &sa->group[sa->members++]);
	}
	sa->place = num(a, KLIPS_A_SA_PLACE);
	if (sa->place >= sa->members)
		sa->members = 0;
}

static void get_sa(const struct genl_attrs *a, struct genl_sa *sa)
{
	memset(sa, 0, sizeof(*sa));
	get_said(a->a[KLIPS_A_SAID], &sa->said);
	get_addr(a, KLIPS_A_SRC, num(a, KLIPS_A_FAMILY), &sa->src);
	genl_get_string(a, KLIPS_A_DEVICE, sa->device, sizeof(sa->device));
	sa->state = num(a, KLIPS_A_SA_STATE);
	sa->mode = num(a, KLIPS_A_SA_MODE);
	sa->inbound = a->a[KLIPS_A_SA_INBOUND];
	genl_get_string(a, KLIPS_A_SA_ALG, sa->alg, sizeof(sa->alg));
	sa->reqid = num(a, KLIPS_A_SA_REQID);
	sa->window = num(a, KLIPS_A_SA_WINDOW);
	sa->esn = a->a[KLIPS_A_SA_ESN];
	sa->seq_out = num(a, KLIPS_A_SA_SEQ_OUT);
	sa->seq_in = num(a, KLIPS_A_SA_SEQ_IN);
	sa->bitmap = num(a, KLIPS_A_SA_BITMAP);
	sa->packets = num(a, KLIPS_A_PACKETS);
	sa->bytes = num(a, KLIPS_A_BYTES);
	sa->mature = a->a[KLIPS_A_SA_AGE];
	sa->age = num(a, KLIPS_A_SA_AGE);
	sa->used = a->a[KLIPS_A_SA_USED];
	sa->first_used = num(a, KLIPS_A_SA_USED);
	sa->idle = num(a, KLIPS_A_IDLE);
	get_limits(a->a[KLIPS_A_SA_SOFT], &sa->soft);
	get_limits(a->a[KLIPS_A_SA_HARD], &sa->hard);
	get_drops(a->a[KLIPS_A_SA_DROPS], sa->drops);
	sa->icv_bits = num(a, KLIPS_A_SA_ICV_BITS);
	sa->key_bits = num(a, KLIPS_A_SA_KEY_BITS);
	sa->selectors = num(a, KLIPS_A_SA_SELECTORS);
	sa->flags = num(a, KLIPS_A_SA_FLAGS);
	get_addr(a, KLIPS_A_SA_WIRE_DST, sa->said.dst.family, &sa->wire_dst);
	if (!sa->wire_dst.family)
		sa->wire_dst = sa->said.dst;
	get_encap(a->a[KLIPS_A_SA_ENCAP], sa->said.dst.family, &sa->encap);
	get_group(a, sa);
}

static void add_selector(struct genl_sa *sa, const struct nlattr *attr)
{
	struct genl_attrs a;

	if (mnl_attr_get_type(attr) != KLIPS_A_SA_SELECTOR || !nested(attr, &a))
		return;
	if (sa->selectors_known < GENL_SELECTORS)
		get_selector(&a, &sa->selector[sa->selectors_known++]);
}

void genl_parse_sa(const struct genl_attrs *a, struct genl_sa *sa)
{
	const struct nlattr *attr;

	get_sa(a, sa);
	mnl_attr_for_each(attr, a->nlh, sizeof(struct genlmsghdr))
		add_selector(sa, attr);
}

void genl_parse_device(const struct genl_attrs *a, struct genl_device *dev)
{
	struct genl_attrs tx, rx;

	memset(dev, 0, sizeof(*dev));
	genl_get_string(a, KLIPS_A_DEVICE, dev->name, sizeof(dev->name));
	dev->ifindex = num(a, KLIPS_A_IFINDEX);
	genl_get_string(a, KLIPS_A_PHYSICAL, dev->physical, sizeof(dev->physical));
	dev->mtu = num(a, KLIPS_A_MTU);
	dev->effective_mtu = num(a, KLIPS_A_EFFECTIVE_MTU);
	dev->physical_mtu = num(a, KLIPS_A_PHYSICAL_MTU);
	dev->df = num(a, KLIPS_A_DF);
	dev->hidetos = num(a, KLIPS_A_HIDETOS);
	dev->fragicmp = num(a, KLIPS_A_FRAGICMP);
	dev->mss = num(a, KLIPS_A_MSS);
	dev->parallel = num(a, KLIPS_A_PARALLEL);
	dev->fwmark = num(a, KLIPS_A_FWMARK);
	dev->guard = num(a, KLIPS_A_GUARD);
	nested(a->a[KLIPS_A_TX], &tx);
	dev->tx_packets = num(&tx, KLIPS_A_PACKETS);
	dev->tx_bytes = num(&tx, KLIPS_A_BYTES);
	dev->transformed = num(&tx, KLIPS_A_TRANSFORMED);
	dev->passed = num(&tx, KLIPS_A_PASSED);
	dev->held = num(&tx, KLIPS_A_HELD);
	get_drops(tx.a[KLIPS_A_DROPS], dev->tx_drops);
	nested(a->a[KLIPS_A_RX], &rx);
	dev->rx_packets = num(&rx, KLIPS_A_PACKETS);
	dev->rx_bytes = num(&rx, KLIPS_A_BYTES);
	dev->would_drop = num(&rx, KLIPS_A_WOULD_DROP);
	get_drops(rx.a[KLIPS_A_DROPS], dev->rx_drops);
}

void genl_parse_drop(const struct genl_attrs *a, struct genl_drop *drop)
{
	int family = num(a, KLIPS_A_FAMILY);
	struct genl_attrs in;

	memset(drop, 0, sizeof(*drop));
	drop->number = num(a, KLIPS_A_DROP_NUMBER);
	drop->time = num(a, KLIPS_A_DROP_TIME);
	drop->reason = num(a, KLIPS_A_DROP_REASON);
	drop->inbound = a->a[KLIPS_A_DROP_INBOUND];
	genl_get_string(a, KLIPS_A_DEVICE, drop->device, sizeof(drop->device));
	get_addr(a, KLIPS_A_SRC, family, &drop->src);
	get_addr(a, KLIPS_A_DST, family, &drop->dst);
	drop->has_flow = drop->src.family && drop->dst.family;
	drop->has_ports = drop->has_flow && a->a[KLIPS_A_SPORT] && a->a[KLIPS_A_DPORT];
	drop->fragment = a->a[KLIPS_A_DROP_FRAGMENT];
	drop->proto = num(a, KLIPS_A_PROTO);
	drop->sport = num(a, KLIPS_A_SPORT);
	drop->dport = num(a, KLIPS_A_DPORT);
	drop->has_eroute = nested(a->a[KLIPS_A_DROP_EROUTE], &in);
	if (drop->has_eroute)
		genl_parse_eroute(&in, &drop->eroute);
	get_said(a->a[KLIPS_A_SAID], &drop->said);
	drop->has_said = drop->said.dst.family;
}

/* An address whose family only its length tells: a gateway may be of the other one. */
static void get_any_addr(const struct genl_attrs *a, unsigned int type,
			 struct ip_addr *addr)
{
	const struct nlattr *attr = a->a[type];
	bool v6 = attr && mnl_attr_get_payload_len(attr) == 16;

	get_addr(a, type, v6 ? AF_INET6 : AF_INET, addr);
}

void genl_parse_why(const struct genl_attrs *a, struct genl_why *why)
{
	const struct nlattr *nest = a->a[KLIPS_A_WHY_SA], *attr;
	struct genl_attrs in;

	memset(why, 0, sizeof(*why));
	why->verdict = num(a, KLIPS_A_WHY_VERDICT);
	why->drop = num(a, KLIPS_A_WHY_DROP);
	why->has_eroute = nested(a->a[KLIPS_A_WHY_EROUTE], &in);
	if (why->has_eroute)
		genl_parse_eroute(&in, &why->eroute);
	why->has_sa = nested(nest, &in);
	if (why->has_sa) {
		get_sa(&in, &why->sa);
		mnl_attr_for_each_nested(attr, nest)
			add_selector(&why->sa, attr);
	}
	genl_get_string(a, KLIPS_A_WHY_ROUTE_DEV, why->route_dev,
			sizeof(why->route_dev));
	get_any_addr(a, KLIPS_A_WHY_ROUTE_GW, &why->route_gw);
	get_any_addr(a, KLIPS_A_WHY_OUTER_SRC, &why->outer_src);
	get_any_addr(a, KLIPS_A_WHY_OUTER_DST, &why->outer_dst);
	genl_get_string(a, KLIPS_A_WHY_OUTER_DEV, why->outer_dev,
			sizeof(why->outer_dev));
	get_any_addr(a, KLIPS_A_WHY_OUTER_GW, &why->outer_gw);
	why->mtu = num(a, KLIPS_A_WHY_MTU);
}
