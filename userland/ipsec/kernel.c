// SPDX-License-Identifier: GPL-2.0
/* Reaching the module. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "kernel.h"

/* Whether af_key is there. To ask for a socket would load it. */
static bool af_key_loaded(void)
{
	return !access("/proc/net/pfkey", F_OK);
}

bool kernel_genl(struct genl *g)
{
	int err = genl_open(g);

	if (!err)
		return true;
	if (err == -ENOENT && af_key_loaded())
		complain("klips is not loaded, and af_key is in its place: modprobe -r af_key; modprobe klips");
	else if (err == -ENOENT)
		complain(GENL_NOT_LOADED);
	else if (err == -EPROTO)
		complain("the klips module in the kernel has another version than this program: reload it");
	else
		complain("cannot reach klips over netlink: %s", kernel_why(err));
	return false;
}

static struct pfkey kept = { .fd = -1 };

void kernel_pfkey_keep(struct pfkey *pk)
{
	kept = *pk;
	pk->fd = -1;
}

bool kernel_pfkey(struct pfkey *pk)
{
	struct genl g;
	int err;

	if (kept.fd >= 0) {
		*pk = kept;
		kept.fd = -1;
		return true;
	}
	if (!kernel_genl(&g))
		return false;
	genl_close(&g);
	memset(pk, 0, sizeof(*pk));
	err = pfkey_open(pk);
	if (err)
		complain("cannot open PF_KEY: %s", kernel_why(err));
	return !err;
}

const char *kernel_why(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return "this needs root (CAP_NET_ADMIN)";
	case ENODEV:
		return "there is no such ipsec device, see ipsec tncfg";
	case EAFNOSUPPORT:
	case EPFNOSUPPORT:
		return "address families do not fit, or this one is not supported yet";
	case EOPNOTSUPP:
		return "this kernel module cannot do that yet";
	case ENOMEM:
	case ENOBUFS:
		return "the kernel has no memory for it";
	case ETIMEDOUT:
		return "the kernel did not answer, look at the kernel log";
	case EINVAL:
		return "the kernel takes it for invalid, look at the kernel log";
	default:
		return strerror(-err);
	}
}
