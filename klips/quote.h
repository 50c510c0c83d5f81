/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors follow the flow that they are about (RFC 4301 6): the packet that they quote, with
 * its ends exchanged. Pure, no skb in here.
 */
#ifndef KLIPS_QUOTE_H
#define KLIPS_QUOTE_H

#include "selector.h"

/* Bytes in front of the quote, in both families (RFC 792, RFC 4443). */
#define KLIPS_QUOTE_OFFSET 8

/* Whether an ICMP message of @type is an error, which quotes a packet. */
bool klips_quote_is_error(u8 family, u8 proto, u8 type);

/* The ICMP type that answers @type, and that it answers; -1: there is none. */
int klips_quote_icmp_answer(u8 family, u8 type);

/*
 * Reads the packet that begins at @quote, as much as @len bytes show of it, and makes @flow that of
 * its answer. @to: where the error goes, which must be where the packet came from. Ports that
 * cannot be seen make it a fragment. False: it is no packet, or not one to report; @flow is untouched.
 */
bool klips_quote_read(u8 family, const u8 *quote, unsigned int len,
		      const union klips_addr *to, struct klips_flow *flow);

#endif
