// SPDX-License-Identifier: GPL-2.0
#include <linux/netdevice.h>

#include "device.h"
#include "transform.h"

static const struct klips_transform *const transforms[] = {
	&klips_esp,
	&klips_ah,
	&klips_ipcomp,
	&klips_ipip,
};

const struct klips_transform *klips_transform_find(u8 proto)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(transforms); i++)
		if (transforms[i]->proto == proto)
			return transforms[i];
	return NULL;
}

void klips_pass_put(const struct klips_pass *pass)
{
	klips_sa_put(pass->sa);
	dev_put(pass->kd->dev);
}

enum klips_drop klips_crypto_why(int err)
{
	switch (err) {
	case 0:
		return KLIPS_OK;
	case -EBADMSG:
		return KLIPS_DROP_AUTH;
	case -ENOMEM:
		return KLIPS_DROP_NO_MEMORY;
	default:
		return KLIPS_DROP_CRYPTO;
	}
}
