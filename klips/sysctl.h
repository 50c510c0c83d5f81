/* SPDX-License-Identifier: GPL-2.0 */
/* net.klips.*: the settings of a namespace that have no better place. */
#ifndef KLIPS_SYSCTL_H
#define KLIPS_SYSCTL_H

struct klips_net;

/* Defaults, and the files; those of a namespace whose administrator is not ours can only be read. 0 or -ENOMEM. */
int klips_sysctl_net_init(struct klips_net *kn);
void klips_sysctl_net_exit(struct klips_net *kn);

#endif
