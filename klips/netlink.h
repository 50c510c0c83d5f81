/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink family "klips" (reading, and what is closed) and the classic /proc text. */
#ifndef KLIPS_NETLINK_H_INTERNAL
#define KLIPS_NETLINK_H_INTERNAL

#include <linux/types.h>

struct genl_family;
struct genl_info;
struct klips_net;
struct netlink_callback;
struct sk_buff;
union klips_addr;

extern struct genl_family klips_family;

/* Index in klips_family.mcgrps. */
#define KLIPS_MCGRP_DROPS 0

int klips_netlink_init(void);
void klips_netlink_exit(void);

void klips_netlink_net_init(struct klips_net *kn);
/* Before the journal is freed; nothing is dropped any more. */
void klips_netlink_net_exit(struct klips_net *kn);
/* The same for all namespaces, before the family is gone. */
void klips_netlink_stop_telling(void);

/* Drop @number is in the journal: whoever follows it will hear of it. Never sleeps. */
void klips_netlink_dropped(struct klips_net *kn, u64 number);

/* A message of a dump, begun; NULL: no room. finish ends it, or takes it back if @err; passes @err on. */
void *klips_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int klips_dump_finish(struct sk_buff *skb, void *hdr, int err);

/* Attribute @type of a request, an address of @family: 0, or -EINVAL and a message: it is missing, or has another length. */
int klips_genl_read_address(struct genl_info *info, int type, u8 family, union klips_addr *addr);

int klips_dump_drops(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_closed.c */
int klips_dump_closed(struct sk_buff *skb, struct netlink_callback *cb);
int klips_genl_close(struct sk_buff *request, struct genl_info *info);
int klips_genl_open(struct sk_buff *request, struct genl_info *info);

int klips_proc_net_init(struct klips_net *kn);
void klips_proc_net_exit(struct klips_net *kn);

#endif
