/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink family "klips" (reading only) and the classic /proc text. */
#ifndef KLIPS_NETLINK_H_INTERNAL
#define KLIPS_NETLINK_H_INTERNAL

struct klips_net;

int klips_netlink_init(void);
void klips_netlink_exit(void);

int klips_proc_net_init(struct klips_net *kn);
void klips_proc_net_exit(struct klips_net *kn);

#endif
