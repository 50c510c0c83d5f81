// SPDX-License-Identifier: GPL-2.0
/* Until PF_KEY has it. */
#include "pfkey.h"
#include "sa.h"

void klips_pfkey_new_mapping(struct klips_sa *sa, const union klips_addr *src, __be16 sport)
{
}
