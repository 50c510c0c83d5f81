/* SPDX-License-Identifier: GPL-2.0 */
/* IP headers as AH's ICV sees them. Pure: compiles in user space for its unit test. */
#ifndef KLIPS_AH_MUTABLE_H
#define KLIPS_AH_MUTABLE_H

#include "pure.h"

/*
 * Makes of the IP header at @head, @len bytes with IPv4 options or IPv6 extension headers, what
 * the ICV is computed over (RFC 4302 3.3.3.1): what may change on the way is 0, what
 * changes in a known way is as the destination will see it. Doing it twice changes nothing
 * more. false: malformed, @head is then in between; or a routing header of unknown type.
 */
bool klips_ah_canonical(u8 *head, unsigned int len);

#endif
