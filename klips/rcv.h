/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KLIPS_RCV_H
#define KLIPS_RCV_H

/* Registers with the kernel's IPsec protocol handlers, beside XFRM. May sleep. */
int klips_rcv_init(void);
/* No packet is in a handler any more when it returns. May sleep. */
void klips_rcv_exit(void);

#endif
