/* SPDX-License-Identifier: GPL-2.0 */
/* Reaching the module, and saying why it could not be done. */
#ifndef KLIPS_IPSEC_KERNEL_H
#define KLIPS_IPSEC_KERNEL_H

#include "genl.h"
#include "pfkey.h"

/* False: told on stderr what is missing and what to type. */
bool kernel_genl(struct genl *g);

/* A PF_KEY socket that is klips' and not af_key's. */
bool kernel_pfkey(struct pfkey *pk);

/* Done with it, instead of pfkey_close(): the next command of a --batch goes on with it. */
void kernel_pfkey_keep(struct pfkey *pk);

/* What an errno that every command may get means, for a person. */
const char *kernel_why(int err);

#endif
