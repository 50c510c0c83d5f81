/* SPDX-License-Identifier: GPL-2.0 */
/* Options of TCP. Pure, no skb in here. */
#ifndef KLIPS_TCPOPT_H
#define KLIPS_TCPOPT_H

#include "pure.h"

#define KLIPS_TCP_HEAD 20		/* bytes, without options */

/*
 * Where in the TCP header at @tcp, @len bytes with its options, the two bytes of the maximum
 * segment size (RFC 9293 3.7.1) are; 0: there are none, or the options in front are broken.
 */
unsigned int klips_tcpopt_mss(const u8 *tcp, unsigned int len);

/*
 * The checksum @check (as it stands in a packet) after the two bytes at offset @at of what it
 * covers went from @from to @to, host byte order (RFC 1624, eqn. 3).
 */
__be16 klips_tcpopt_check(__be16 check, unsigned int at, u16 from, u16 to);

#endif
