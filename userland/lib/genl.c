// SPDX-License-Identifier: GPL-2.0
/* Generic netlink family klips: resolve, ask, dump. */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "genl_parse.h"
#include "nl.h"

#define LIST_TRIES 10	/* a table that changes faster is not worth waiting for */

static struct nlmsghdr *begin(char *buf, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = KLIPS_GENL_VERSION;
	return nlh;
}

static int ask(struct genl *g, struct nlmsghdr *nlh,
	       int (*each)(void *ctx, const struct nlmsghdr *nlh), void *ctx)
{
	struct nl_ask a = { .nl = g->nl, .seq = &g->seq, .each = each, .ctx = ctx };

	return nl_talk(&a, nlh);
}

/* The one group that there is. */
static void take_groups(struct genl *g, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const struct nlattr *name = NULL, *id = NULL;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = attr;
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = attr;
		}
		if (name && mnl_attr_validate(name, MNL_TYPE_NUL_STRING) >= 0 &&
		    !strcmp(mnl_attr_get_str(name), KLIPS_GENL_GROUP_DROPS) &&
		    id && mnl_attr_validate(id, MNL_TYPE_U32) >= 0)
			g->drops_group = mnl_attr_get_u32(id);
	}
}

static int take_family(void *ctx, const struct nlmsghdr *nlh)
{
	struct genl *g = ctx;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			g->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_VERSION &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0 &&
		    mnl_attr_get_u32(attr) != KLIPS_GENL_VERSION)
			return -EPROTO;
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			take_groups(g, attr);
	}
	return 0;
}

int genl_open(struct genl *g)
{
	char buf[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	int err;

	memset(g, 0, sizeof(*g));
	err = nl_open(&g->nl, NETLINK_GENERIC);
	if (err)
		return err;
	nlh = begin(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, KLIPS_GENL_NAME);
	err = ask(g, nlh, take_family, g);
	if (!err && !g->family)
		err = -ENOENT;
	if (err)
		genl_close(g);
	return err;
}

void genl_close(struct genl *g)
{
	if (g->nl)
		mnl_socket_close(g->nl);
	g->nl = NULL;
}

struct text {
	char *buf;
	size_t size;
};

static int take_version(void *ctx, const struct nlmsghdr *nlh)
{
	struct genl_attrs attrs;
	struct text *text = ctx;

	genl_attrs_of(nlh, &attrs);
	genl_get_string(&attrs, KLIPS_A_VERSION, text->buf, text->size);
	return 0;
}

int genl_version(struct genl *g, char *buf, size_t size)
{
	char req[NL_REQ] __attribute__((aligned(8)));
	struct text text = { buf, size };

	buf[0] = '\0';
	return ask(g, begin(req, g->family, KLIPS_CMD_VERSION, 0), take_version,
		   &text);
}

static int take_debug(void *ctx, const struct nlmsghdr *nlh)
{
	struct genl_attrs attrs;
	uint32_t *flags = ctx;

	genl_attrs_of(nlh, &attrs);
	*flags = genl_get_number(&attrs, KLIPS_A_DEBUG);
	return 0;
}

int genl_debug(struct genl *g, uint32_t *flags)
{
	char req[NL_REQ] __attribute__((aligned(8)));

	*flags = 0;
	return ask(g, begin(req, g->family, KLIPS_CMD_VERSION, 0), take_debug, flags);
}

/* A request that changes something, and has no answer but whether it went well. */
static int ask_net(struct genl *g, uint8_t cmd, const struct subnet *net)
{
	char req[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = begin(req, g->family, cmd, 0);

	mnl_attr_put_u8(nlh, KLIPS_A_FAMILY, net->addr.family);
	mnl_attr_put(nlh, KLIPS_A_DST, addr_len(net->addr.family), net->addr.u.bytes);
	mnl_attr_put_u8(nlh, KLIPS_A_DST_PLEN, net->plen);
	return ask(g, nlh, NULL, NULL);
}

int genl_close_net(struct genl *g, const struct subnet *net)
{
	return ask_net(g, KLIPS_CMD_CLOSE, net);
}

int genl_open_net(struct genl *g, const struct subnet *net)
{
	return ask_net(g, KLIPS_CMD_OPEN, net);
}

static int take_hold_sums(void *ctx, const struct nlmsghdr *nlh)
{
	struct genl_attrs attrs;

	genl_attrs_of(nlh, &attrs);
	genl_parse_hold_sums(&attrs, ctx);
	return 0;
}

int genl_hold_sums(struct genl *g, struct genl_hold_sums *sums)
{
	char req[NL_REQ] __attribute__((aligned(8)));

	memset(sums, 0, sizeof(*sums));
	return ask(g, begin(req, g->family, KLIPS_CMD_HOLD, 0), take_hold_sums, sums);
}

struct drops {
	int (*each)(void *ctx, const struct genl_drop *drop);
	void *ctx;
};

static int take_drop(void *ctx, const struct nlmsghdr *nlh)
{
	struct drops *d = ctx;
	struct genl_attrs attrs;
	struct genl_drop drop;

	genl_attrs_of(nlh, &attrs);
	genl_parse_drop(&attrs, &drop);
	return d->each(d->ctx, &drop);
}

int genl_drops(struct genl *g,
	       int (*each)(void *ctx, const struct genl_drop *drop), void *ctx)
{
	char req[NL_REQ] __attribute__((aligned(8)));
	struct drops d = { .each = each, .ctx = ctx };

	return ask(g, begin(req, g->family, KLIPS_CMD_DROP, NLM_F_DUMP), take_drop, &d);
}

int genl_drops_join(struct genl *g)
{
	if (!g->drops_group)
		return -EOPNOTSUPP;
	if (mnl_socket_setsockopt(g->nl, NETLINK_ADD_MEMBERSHIP, &g->drops_group,
				  sizeof(g->drops_group)) < 0)
		return -errno;
	return 0;
}

static int follow_datagram(struct genl *g, const struct genl_follow *f, const char *buf,
			   int n)
{
	struct drops d = { .each = f->each, .ctx = f->ctx };
	const struct nlmsghdr *nlh = (const void *)buf;
	int result = 0;

	for (; !result && mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_type == g->family &&
		    mnl_nlmsg_get_payload_len(nlh) >= sizeof(*genl) &&
		    genl->cmd == KLIPS_CMD_DROP)
			result = take_drop(&d, nlh);
	}
	return result;
}

int genl_drops_follow(struct genl *g, const struct genl_follow *f)
{
	char buf[NL_BUF] __attribute__((aligned(8)));
	int fd = mnl_socket_get_fd(g->nl), flags = 0, result = 0;
	bool lost = false;

	while (!result) {
		ssize_t n = recv(fd, buf, sizeof(buf), flags);

		flags = MSG_DONTWAIT;
		if (n >= 0) {
			result = follow_datagram(g, f, buf, n);
		} else if (errno == EAGAIN && lost) {
			lost = false;
			result = f->lost(f->ctx);
		} else if (errno == EAGAIN) {
			flags = 0;
			result = f->idle(f->ctx);
		} else if (errno == ENOBUFS) {
			/* Told once: events are lost until the queue has been read to its end. */
			lost = true;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return result;
}

static int take_why(void *ctx, const struct nlmsghdr *nlh)
{
	struct genl_attrs attrs;

	genl_attrs_of(nlh, &attrs);
	genl_parse_why(&attrs, ctx);
	return 0;
}

int genl_why(struct genl *g, const struct genl_flow *flow, struct genl_why *why)
{
	char req[NL_REQ] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = begin(req, g->family, KLIPS_CMD_WHY, 0);
	unsigned int len = addr_len(flow->src.family);

	if (!len || flow->dst.family != flow->src.family)
		return -EAFNOSUPPORT;
	if (flow->device && strlen(flow->device) >= KLIPS_IFNAMSIZ)
		return -ENODEV;
	mnl_attr_put_u8(nlh, KLIPS_A_FAMILY, flow->src.family);
	mnl_attr_put(nlh, KLIPS_A_SRC, len, flow->src.u.bytes);
	mnl_attr_put(nlh, KLIPS_A_DST, len, flow->dst.u.bytes);
	mnl_attr_put_u8(nlh, KLIPS_A_PROTO, flow->proto);
	mnl_attr_put_u16(nlh, KLIPS_A_SPORT, flow->sport);
	mnl_attr_put_u16(nlh, KLIPS_A_DPORT, flow->dport);
	if (flow->device)
		mnl_attr_put_strz(nlh, KLIPS_A_DEVICE, flow->device);
	return ask(g, nlh, take_why, why);
}

/* The lists differ in what they ask for, and what an answer becomes. */
struct kind {
	uint8_t cmd;
	size_t size;
	void (*parse)(const struct genl_attrs *attrs, void *item);
};

static void parse_eroute(const struct genl_attrs *attrs, void *item)
{
	genl_parse_eroute(attrs, item);
}

static void parse_sa(const struct genl_attrs *attrs, void *item)
{
	genl_parse_sa(attrs, item);
}

static void parse_device(const struct genl_attrs *attrs, void *item)
{
	genl_parse_device(attrs, item);
}

static void parse_hold(const struct genl_attrs *attrs, void *item)
{
	genl_parse_hold(attrs, item);
}

static void parse_closed(const struct genl_attrs *attrs, void *item)
{
	genl_parse_closed(attrs, item);
}

static const struct kind eroutes = { KLIPS_CMD_EROUTE, sizeof(struct genl_eroute), parse_eroute };
static const struct kind sas = { KLIPS_CMD_SA, sizeof(struct genl_sa), parse_sa };
static const struct kind devices = { KLIPS_CMD_DEVICE, sizeof(struct genl_device), parse_device };
static const struct kind holds = { KLIPS_CMD_HOLD, sizeof(struct genl_hold), parse_hold };
static const struct kind closed_nets = { KLIPS_CMD_CLOSED, sizeof(struct genl_closed), parse_closed };

/* A growing array of items of one kind. */
struct list {
	const struct kind *kind;
	char *items;
	size_t n, room;
};

static int list_room(struct list *l)
{
	size_t room = l->room ? l->room * 2 : 64;
	char *items;

	if (l->n < l->room)
		return 0;
	items = reallocarray(l->items, room, l->kind->size);
	if (!items)
		return -ENOMEM;
	l->items = items;
	l->room = room;
	return 0;
}

static int take_item(void *ctx, const struct nlmsghdr *nlh)
{
	struct genl_attrs attrs;
	struct list *l = ctx;
	int err = list_room(l);

	if (err)
		return err;
	genl_attrs_of(nlh, &attrs);
	l->kind->parse(&attrs, l->items + l->n++ * l->kind->size);
	return 0;
}

/* @items: the address of the pointer to them. */
static int collect(struct genl *g, const struct kind *kind, void *items, size_t *n)
{
	char req[NL_REQ] __attribute__((aligned(8)));
	struct list l = { .kind = kind };
	int err = -EINTR;

	for (int tries = 0; tries < LIST_TRIES && err == -EINTR; tries++) {
		l.n = 0;
		err = ask(g, begin(req, g->family, kind->cmd, NLM_F_DUMP), take_item, &l);
	}
	if (err) {
		free(l.items);
		l = (struct list){ .kind = kind };
	}
	memcpy(items, &l.items, sizeof(l.items));
	*n = l.n;
	return err;
}

int genl_list_eroutes(struct genl *g, struct genl_eroute **list, size_t *n)
{
	return collect(g, &eroutes, list, n);
}

int genl_list_sas(struct genl *g, struct genl_sa **list, size_t *n)
{
	return collect(g, &sas, list, n);
}

int genl_list_devices(struct genl *g, struct genl_device **list, size_t *n)
{
	return collect(g, &devices, list, n);
}

int genl_list_holds(struct genl *g, struct genl_hold **list, size_t *n)
{
	return collect(g, &holds, list, n);
}

int genl_list_closed(struct genl *g, struct genl_closed **list, size_t *n)
{
	return collect(g, &closed_nets, list, n);
}

#define DROP_ROW(sym, name, text) { name, text },
static const struct { const char *name, *text; } drops[] = { KLIPS_DROPS(DROP_ROW) };

const char *drop_name(unsigned int reason)
{
	return reason < __KLIPS_DROP_MAX ? drops[reason].name : "unknown";
}

int drop_by_name(const char *name)
{
	for (int i = 0; i < __KLIPS_DROP_MAX; i++)
		if (!strcmp(name, drops[i].name))
			return i;
	return -1;
}

const char *drop_text(unsigned int reason)
{
	return reason < __KLIPS_DROP_MAX ? drops[reason].text :
		"a reason newer than this program";
}
