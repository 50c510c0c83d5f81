// SPDX-License-Identifier: GPL-2.0
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
