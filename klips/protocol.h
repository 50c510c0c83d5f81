/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_PROTOCOL_H
#define KLIPS_PROTOCOL_H

/* Registers with the kernel's IPsec protocol handlers, beside XFRM. May sleep. */
int klips_protocol_init(void);
/* No packet is in a handler any more when it returns. May sleep. */
void klips_protocol_exit(void);

#endif
