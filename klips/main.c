// SPDX-License-Identifier: GPL-2.0
/* Order of birth, reverse order of death; nothing else. */
#include <linux/module.h>
#include <net/netns/generic.h>

#include <klips/types.h>

#include "closed.h"
#include "debug.h"
#include "device.h"
#include "eroute.h"
#include "frag.h"
#include "hold.h"
#include "journal.h"
#include "net.h"
#include "netlink.h"
#include "parallel.h"
#include "pfkey.h"
#include "protocol.h"
#include "sa.h"
#include "selftest/selftest.h"
#include "sysctl.h"

static unsigned int klips_net_id __read_mostly;

struct klips_net *klips_net(const struct net *net)
{
	return net_generic(net, klips_net_id);
}

static int __net_init net_init(struct net *net)
{
	struct klips_net *kn = klips_net(net);
	int err;

	kn->net = net;
	mutex_init(&kn->lock);
	INIT_LIST_HEAD(&kn->devices);
	klips_netlink_net_init(kn);
	err = klips_eroute_net_init(kn);
	if (err)
		return err;
	err = klips_sa_net_init(kn);
	if (err)
		goto err_eroute;
	err = klips_pfkey_net_init(kn);
	if (err)
		goto err_sa;
	err = klips_frag_net_init(kn);
	if (err)
		goto err_pfkey;
	err = klips_proc_net_init(kn);
	if (err)
		goto err_frag;
	err = klips_sysctl_net_init(kn);
	if (err)
		goto err_proc;
	err = klips_closed_net_init(kn);
	if (err)
		goto err_sysctl;
	return 0;

err_sysctl:
	klips_sysctl_net_exit(kn);
err_proc:
	klips_proc_net_exit(kn);
err_frag:
	klips_frag_net_exit(kn);
err_pfkey:
	klips_pfkey_net_exit(kn);
err_sa:
	klips_sa_net_exit(kn);
err_eroute:
	klips_eroute_net_exit(kn);
	return err;
}

static void __net_exit net_exit(struct net *net)
{
	struct klips_net *kn = klips_net(net);

	klips_closed_net_exit(kn);
	klips_sysctl_net_exit(kn);
	klips_proc_net_exit(kn);
	klips_device_net_exit(kn);
	klips_frag_net_exit(kn);
	klips_pfkey_net_exit(kn);
	klips_sa_net_exit(kn);
	klips_eroute_net_exit(kn);
	klips_hold_net_exit(kn);
	klips_netlink_net_exit(kn);
	klips_journal_net_exit(kn);
	klips_debug_net_exit(kn);
}

static void __net_exit net_exit_batch(struct list_head *list)
{
	klips_sa_net_exit_batch();
}

/*
 * A subsystem, not a device: at the end of a namespace its network devices, ours too, are gone
 * before net_exit() runs, so no packet looks for an SA or an eroute any more.
 */
static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.exit_batch = net_exit_batch,
	.id = &klips_net_id,
	.size = sizeof(struct klips_net),
};

static int __init klips_init(void)
{
	int err;

	err = klips_selftest();
	if (err)
		return err;
	err = klips_sa_init();
	if (err)
		return err;
	err = klips_parallel_init();
	if (err)
		goto err_sa;
	err = klips_hold_init();
	if (err)
		goto err_parallel;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_hold;
	err = klips_netlink_init();
	if (err)
		goto err_net;
	err = klips_device_init();
	if (err)
		goto err_netlink;
	err = klips_protocol_init();
	if (err)
		goto err_device;
	err = klips_pfkey_init();
	if (err)
		goto err_protocol;
	return 0;

err_protocol:
	klips_protocol_exit();
err_device:
	klips_device_exit();
err_netlink:
	klips_netlink_exit();
err_net:
	unregister_pernet_subsys(&net_ops);
err_hold:
	klips_hold_exit();
err_parallel:
	klips_parallel_exit();
err_sa:
	klips_sa_exit();
	return err;
}

static void __exit klips_exit(void)
{
	klips_pfkey_exit();
	klips_protocol_exit();
	klips_device_exit();
	klips_netlink_exit();
	unregister_pernet_subsys(&net_ops);
	klips_hold_exit();
	klips_parallel_exit();
	klips_sa_exit();
}

module_init(klips_init);
module_exit(klips_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KLIPS: IPsec with its own interfaces, eroutes and holds");
MODULE_AUTHOR("the klips project");
MODULE_VERSION(KLIPS_VERSION);
MODULE_ALIAS_RTNL_LINK("klips");
/*
 * All that an SA may ask for, so that none has to wait for modprobe, or finds that nobody may load modules any more.
 * Where a name is an alias, the module for this CPU comes, too; what a kernel has built in, or in its library, is passed by.
 */
MODULE_SOFTDEP("pre: gcm ccm chacha20poly1305 authenc authencesn cbc ctr hmac sha1 sha256 sha512 "
	       "crypto-ghash crypto-chacha20 crypto-poly1305 crypto-des3_ede crypto_null");
