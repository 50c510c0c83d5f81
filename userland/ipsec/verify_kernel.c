// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture.h"
#include "genl.h"
#include "verify.h"

/* Whether modprobe would find it. */
static bool loadable(void)
{
	char path[PATH_MAX], *text;
	struct utsname u;
	bool found;

	if (uname(&u) < 0)
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", u.release);
	text = file_text(path);
	found = text && (strstr(text, "/klips.ko:") || strstr(text, "/klips.ko."));
	free(text);
	return found;
}

static void not_loaded(struct verify *v)
{
	if (loadable())
		verify_say(v, VERIFY_WARNING, "module", "Kernel module klips", "it is not loaded: \"ipsec start\" loads it, or: modprobe klips");
	else
		verify_say(v, VERIFY_FAILED, "module", "Kernel module klips",
			   "it is not there for this kernel: make install, or dkms install klips (dkms status); see README");
}

static void module(struct verify *v)
{
	char version[64] = "";
	struct genl g;
	int err = genl_open(&g);

	if (err == -ENOENT) {
		not_loaded(v);
		return;
	}
	if (!err) {
		genl_version(&g, version, sizeof(version));
		genl_close(&g);
	}
	if (err == -EPROTO || (!err && strcmp(version, KLIPS_VERSION)))
		verify_say(v, VERIFY_FAILED, "module", "Kernel module klips",
			   "it is of version %s, and these commands of " KLIPS_VERSION ": ipsec stop; rmmod klips; ipsec start (after make install or dkms)",
			   version[0] ? version : "another");
	else if (err)
		verify_say(v, VERIFY_FAILED, "module", "Kernel module klips", "it cannot be asked: %s%s", strerror(-err),
			   geteuid() ? "; this needs root" : "");
	else
		verify_say(v, VERIFY_OK, "module", "Kernel module klips", "version %s, as these commands", version);
}

static void af_key(struct verify *v)
{
	if (module_loaded("af_key"))
		verify_say(v, VERIFY_FAILED, "af_key", "PF_KEY is klips'", "af_key holds it: modprobe -r af_key; /etc/modprobe.d/klips.conf keeps it out");
	else if (access("/etc/modprobe.d/klips.conf", F_OK))
		verify_say(v, VERIFY_WARNING, "af_key", "PF_KEY is klips'",
			   "nothing keeps af_key out: /etc/modprobe.d/klips.conf is not there (\"make install\" brings it)");
	else
		verify_say(v, VERIFY_OK, "af_key", "PF_KEY is klips'", NULL);
}

void verify_kernel(struct verify *v)
{
	module(v);
	af_key(v);
}
