// SPDX-License-Identifier: GPL-2.0
/* Closed networks over generic netlink: the list, and the two requests that change it. */
#include <net/genetlink.h>

#include <klips/netlink.h>

#include "closed.h"
#include "debug.h"
#include "net.h"
#include "netlink.h"
#include "netlink_fill.h"
#include "pfkey.h"

static int fill(struct sk_buff *skb, struct klips_closed *c)
{
	const struct klips_closed_key *key = &c->key;

	if (nla_put_u8(skb, KLIPS_A_FAMILY, key->family) ||
	    klips_fill_addr(skb, KLIPS_A_DST, key->family, &key->net) ||
	    nla_put_u8(skb, KLIPS_A_DST_PLEN, key->plen) ||
	    klips_fill_u64(skb, KLIPS_A_PACKETS, atomic64_read(&c->packets)) ||
	    klips_fill_u64(skb, KLIPS_A_BYTES, atomic64_read(&c->bytes)))
		return -EMSGSIZE;
	return 0;
}

static int put(struct sk_buff *skb, struct netlink_callback *cb, struct klips_closed *c)
{
	void *hdr = klips_dump_put(skb, cb, KLIPS_CMD_CLOSED);

	return hdr ? klips_dump_finish(skb, hdr, fill(skb, c)) : -EMSGSIZE;
}

int klips_dump_closed(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct klips_net *kn = klips_net(sock_net(skb->sk));
	unsigned long *last = (unsigned long *)cb->ctx, id = *last;
	struct klips_closed *c;

	rcu_read_lock();
	while ((c = klips_closed_next(kn, &id)) && !put(skb, cb, c))
		*last = id;
	rcu_read_unlock();
	return c && !skb->len ? -EMSGSIZE : skb->len;
}

static int read_key(struct genl_info *info, struct klips_closed_key *key)
{
	struct nlattr **attrs = info->attrs;

	memset(key, 0, sizeof(*key));
	if (!attrs[KLIPS_A_FAMILY] || !attrs[KLIPS_A_DST_PLEN]) {
		NL_SET_ERR_MSG(info->extack, "the network has no family or no prefix length");
		return -EINVAL;
	}
	key->family = nla_get_u8(attrs[KLIPS_A_FAMILY]);
	key->plen = nla_get_u8(attrs[KLIPS_A_DST_PLEN]);
	return klips_genl_read_address(info, KLIPS_A_DST, key->family, &key->net);
}

static int change(struct genl_info *info, const char *word,
		  int (*fn)(struct klips_net *kn, const struct klips_closed_key *key))
{
	struct klips_net *kn = klips_net(genl_info_net(info));
	struct klips_closed_key key;
	int err;

	if (!klips_pfkey_serves(kn->net)) {
		NL_SET_ERR_MSG(info->extack, "network namespaces of other users are not served, see the module parameter unprivileged_userns");
		return -EPERM;
	}
	err = read_key(info, &key);
	if (err)
		return err;
	err = fn(kn, &key);
	if (err == -EINVAL)
		NL_SET_ERR_MSG(info->extack, "there is no such family, the prefix is too long, or the address has bits behind it");
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "too many networks are closed in this network namespace");
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "this network is not closed");
	if (key.family == AF_INET)
		klips_debug(kn, KLIPS_DEBUG(NETLINK), "netlink: %s %pI4/%u: %d", word, &key.net.v4, key.plen, err);
	else
		klips_debug(kn, KLIPS_DEBUG(NETLINK), "netlink: %s %pI6c/%u: %d", word, key.net.v6, key.plen, err);
	return err;
}

int klips_genl_close(struct sk_buff *request, struct genl_info *info)
{
	return change(info, "close", klips_closed_add);
}

int klips_genl_open(struct sk_buff *request, struct genl_info *info)
{
	return change(info, "open", klips_closed_del);
}
